#include "sdp/sdp.h"

#include <inttypes.h>
#include <string.h>

/* Text from outside, without what would end the line. */
static void add_text(struct buf *b, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\r\n");

		buf_add(b, text, n);
		text += n;
		text += strspn(text, "\r\n");
	}
}

/* "IN IP4 192.0.2.1" */
static void add_addr(struct buf *b, const struct addr *a)
{
	char ip[ADDR_TEXT];

	buf_add_all(b, "IN ", a->family == 6 ? "IP6 " : "IP4 ",
		    addr_is_set(a) ? addr_ip_text(a, ip) : "0.0.0.0", "\r\n");
}

static void add_m_line(struct buf *b, const struct sdp_out_media *m)
{
	size_t i;

	buf_addf(b, "m=%s %u %s", m->type, m->addr.port,
		 m->proto ? m->proto : "RTP/AVP");
	for (i = 0; i < m->n_codecs; i++)
		buf_addf(b, " %u", m->codec[i].pt);
	if (m->n_codecs == 0)
		/* RFC 3264 section 6: a refused line lists a format too */
		buf_add_str(b, " 0");
	buf_add_str(b, "\r\n");
}

static void add_codec(struct buf *b, const struct sdp_codec *c)
{
	if (c->name[0]) {
		buf_addf(b, "a=rtpmap:%u %s/%" PRIu32, c->pt, c->name, c->rate);
		if (c->channels > 1)
			buf_addf(b, "/%u", c->channels);
		buf_add_str(b, "\r\n");
	}
	if (c->fmtp) {
		buf_addf(b, "a=fmtp:%u ", c->pt);
		add_text(b, c->fmtp);
		buf_add_str(b, "\r\n");
	}
}

static void add_label(struct buf *b, const char *label)
{
	if (!label)
		return;
	buf_add_str(b, "a=label:");
	add_text(b, label);
	buf_add_str(b, "\r\n");
}

static void add_media(struct buf *b, const struct sdp_out_media *m,
		      const struct addr *session)
{
	size_t i;

	add_m_line(b, m);
	if (m->addr.port == 0) {
		add_label(b, m->label);
		return;
	}
	if (addr_is_set(&m->addr) && !addr_ip_eq(&m->addr, session)) {
		buf_add_str(b, "c=");
		add_addr(b, &m->addr);
	}
	for (i = 0; i < m->n_codecs; i++)
		add_codec(b, &m->codec[i]);
	if (m->ptime)
		buf_addf(b, "a=ptime:%" PRIu32 "\r\n", m->ptime);
	buf_add_all(b, "a=", sdp_dir_name(m->dir), "\r\n");
	add_label(b, m->label);
	if (m->rtcp_mux)
		buf_add_str(b, "a=rtcp-mux\r\n");
	if (m->rtcp_port)
		buf_addf(b, "a=rtcp:%u\r\n", m->rtcp_port);
	for (i = 0; i < m->n_cryptos; i++)
		sdp_crypto_write(b, m->crypto_tag + (uint32_t)i, &m->crypto[i]);
}

void sdp_write(struct buf *b, const struct sdp_out *out)
{
	size_t i;

	buf_add_str(b, "v=0\r\no=");
	add_text(b, out->user ? out->user : "-");
	buf_addf(b, " %" PRIu64 " %" PRIu64 " ", out->sess_id, out->version);
	add_addr(b, &out->addr);
	buf_add_str(b, "s=");
	add_text(b, out->name ? out->name : "-");
	buf_add_str(b, "\r\nc=");
	add_addr(b, &out->addr);
	buf_add_str(b, "t=0 0\r\n");
	for (i = 0; i < out->n_media; i++)
		add_media(b, &out->media[i], &out->addr);
}
