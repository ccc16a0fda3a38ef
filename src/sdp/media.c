#include "sdp/read.h"

#include <string.h>

#include "core/xalloc.h"

static const char *const dir_names[] = {"sendrecv", "sendonly", "recvonly",
					"inactive"};

const char *sdp_dir_name(enum sdp_dir d)
{
	return dir_names[d];
}

enum sdp_dir sdp_dir_reverse(enum sdp_dir d)
{
	if (d == SDP_SENDONLY)
		return SDP_RECVONLY;
	if (d == SDP_RECVONLY)
		return SDP_SENDONLY;
	return d;
}

bool sdp_dir_sends(enum sdp_dir d)
{
	return d == SDP_SENDRECV || d == SDP_SENDONLY;
}

bool sdp_dir_receives(enum sdp_dir d)
{
	return d == SDP_SENDRECV || d == SDP_RECVONLY;
}

enum sdp_dir sdp_dir_of(bool sends, bool receives)
{
	if (sends)
		return receives ? SDP_SENDRECV : SDP_SENDONLY;
	return receives ? SDP_RECVONLY : SDP_INACTIVE;
}

static bool copy_token(char *out, size_t size, struct span token)
{
	if (token.n == 0 || token.n >= size)
		return false;
	memcpy(out, token.p, token.n);
	out[token.n] = '\0';
	return true;
}

/* "IN IP4 192.0.2.1/127"; a host name leaves the address unset. */
static struct addr read_addr(struct span value)
{
	struct span host;
	struct addr a;

	sdp_token(&value);
	sdp_token(&value);
	host = sdp_token(&value);
	if (!addr_parse_ip(span_cut(&host, '/'), &a))
		addr_init(&a);
	return a;
}

static bool dir_of(struct span name, enum sdp_dir *dir)
{
	size_t i;

	if (name.n != strlen("sendrecv")) /* all have eight letters */
		return false;
	for (i = 0; i < sizeof(dir_names) / sizeof(*dir_names); i++) {
		if (span_case_is(name, dir_names[i])) {
			*dir = (enum sdp_dir)i;
			return true;
		}
	}
	return false;
}

static void read_dir(const struct sdp_line *line, size_t n, struct sdp_media *m)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (span_starts(line[i].text, "a=") &&
		    dir_of(span_trim(span_skip(line[i].text, 2)), &m->dir)) {
			m->has_dir = true;
			return;
		}
	}
}

/* ---- attributes of a section ---- */

static struct sdp_codec *codec_of(struct sdp_media *m, struct span *value)
{
	uint32_t pt;

	if (!parse_u32(sdp_token(value), 0, 127, &pt))
		return NULL;
	return (struct sdp_codec *)sdp_codec_by_pt(m, (uint8_t)pt);
}

/* A map that cannot be read leaves the format as it was: RFC 8866 section
 * 5.13 wants unknown attributes ignored. */
static int read_rtpmap(struct sdp_media *m, struct span value)
{
	struct sdp_codec *c = codec_of(m, &value);
	struct span map = sdp_token(&value);
	struct span name = span_cut(&map, '/');
	struct span rate = span_cut(&map, '/');
	uint32_t hz, channels = 1;

	if (!c || !parse_u32(rate, 1, UINT32_MAX, &hz) ||
	    (map.n && !parse_u32(map, 1, 255, &channels)))
		return 0;
	if (!copy_token(c->name, sizeof(c->name), name))
		return 0;
	c->rate = hz;
	c->channels = (uint8_t)channels;
	return 0;
}

static int read_fmtp(struct sdp_media *m, struct span value)
{
	struct sdp_codec *c = codec_of(m, &value);

	value = span_trim(value);
	if (c && !c->fmtp && value.n)
		c->fmtp = span_dup(value);
	return 0;
}

static int read_ptime(struct sdp_media *m, struct span value)
{
	uint32_t ms;

	if (parse_u32(span_cut(&value, '.'), 1, 10000, &ms))
		m->ptime = ms;
	return 0;
}

/* A cut label would name another stream, so one that does not fit is -1. */
static int read_label(struct sdp_media *m, struct span value)
{
	if (value.n == 0 || m->label[0])
		return 0;
	return copy_token(m->label, sizeof(m->label), value) ? 0 : -1;
}

static int read_rtcp_mux(struct sdp_media *m, struct span value)
{
	(void)value;
	m->rtcp_mux = true;
	return 0;
}

/* RFC 4568 section 4: at media level only, so only here. */
static int read_crypto(struct sdp_media *m, struct span value)
{
	if (m->n_cryptos == SDP_CRYPTOS)
		return 0;
	m->crypto = xreallocarray(m->crypto, m->n_cryptos + 1,
				  sizeof(*m->crypto));
	sdp_crypto_read(value, &m->crypto[m->n_cryptos++]);
	return 0;
}

static const struct {
	const char *name;
	int (*read)(struct sdp_media *m, struct span value);
} attributes[] = {
	{"rtpmap", read_rtpmap},     {"fmtp", read_fmtp},
	{"ptime", read_ptime},	     {"label", read_label},
	{"rtcp-mux", read_rtcp_mux}, {"crypto", read_crypto},
};

static int read_attribute(struct sdp_media *m, struct span text)
{
	struct span value = span_skip(text, 2);
	struct span name = span_trim(span_cut(&value, ':'));
	size_t i;

	for (i = 0; i < sizeof(attributes) / sizeof(*attributes); i++)
		if (span_case_is(name, attributes[i].name))
			return attributes[i].read(m, span_trim(value));
	return 0;
}

/* RFC 3605; without it RTCP is on the next port (RFC 3550 section 11). */
static void read_rtcp(struct sdp_media *m)
{
	const struct sdp_line *line = sdp_find_line(m->line, m->n_lines,
						    "a=rtcp:");
	struct span value;
	struct addr a;
	uint32_t port;

	m->rtcp = m->conn;
	m->rtcp.port = m->port && m->port < 65535 ? m->port + 1u : 0;
	if (!line)
		return;
	value = span_skip(line->text, strlen("a=rtcp:"));
	if (!parse_u32(sdp_token(&value), 0, 65535, &port))
		return;
	if (span_trim(value).n) {
		a = read_addr(value);
		if (!addr_is_set(&a))
			return;
		m->rtcp = a;
	}
	m->rtcp.port = (uint16_t)port;
}

/* ---- m= ---- */

static bool is_rtp(const struct sdp_media *m)
{
	return span_find(span_of(m->proto), span_of("RTP/")) < strlen(m->proto);
}

enum { CODECS_STEP = 8 };

static void add_codec(struct sdp_media *m, uint8_t pt)
{
	struct sdp_codec *c;

	if (m->n_codecs % CODECS_STEP == 0)
		m->codec = xreallocarray(m->codec, m->n_codecs + CODECS_STEP,
					 sizeof(*c));
	c = &m->codec[m->n_codecs++];
	memset(c, 0, sizeof(*c));
	c->pt = pt;
	c->channels = 1;
	sdp_static_codec(pt, c);
}

/* Formats of RTP are payload types; those of other protocols are left to
 * whoever reads the line. More than SDP_CODECS and repeats are ignored. */
static bool read_formats(struct sdp_media *m, struct span rest)
{
	struct span token = sdp_token(&rest);
	bool rtp = is_rtp(m);
	uint32_t pt;

	if (token.n == 0)
		return m->port == 0;
	for (; rtp && token.n; token = sdp_token(&rest)) {
		if (!parse_u32(token, 0, 127, &pt))
			return false;
		if (m->n_codecs == SDP_CODECS ||
		    sdp_codec_by_pt(m, (uint8_t)pt))
			continue;
		add_codec(m, (uint8_t)pt);
	}
	return true;
}

static int read_m_line(struct sdp_media *m, struct err *e)
{
	struct span rest = span_skip(m->line->text, 2);
	struct span type = sdp_token(&rest);
	struct span port = sdp_token(&rest);
	struct span proto = sdp_token(&rest);
	uint32_t number;

	if (!copy_token(m->type, sizeof(m->type), type))
		return sdp_fault(m->line, "bad media type", e);
	if (!parse_u32(span_cut(&port, '/'), 0, 65535, &number))
		return sdp_fault(m->line, "bad port", e);
	if (!copy_token(m->proto, sizeof(m->proto), proto))
		return sdp_fault(m->line, "bad protocol", e);
	m->port = (uint16_t)number;
	if (!read_formats(m, rest))
		return sdp_fault(m->line, "wanted formats (0 to 127 for RTP)",
				 e);
	return 0;
}

/* A section begins as the session is: RFC 8866 section 5.7 for c=, RFC 3264
 * section 5.1 for the direction. */
int sdp_read_media(const struct sdp *s, struct sdp_media *m, struct err *e)
{
	const struct sdp_line *conn = sdp_find_line(m->line, m->n_lines, "c=");
	size_t i;

	if (read_m_line(m, e) < 0)
		return -1;
	if (!conn)
		conn = sdp_find(s, -1, "c=");
	if (conn)
		m->conn = read_addr(span_skip(conn->text, 2));
	m->conn.port = m->port;
	read_dir(s->line, s->n_session_lines, m);
	read_dir(m->line, m->n_lines, m);
	for (i = 1; i < m->n_lines; i++)
		if (span_starts(m->line[i].text, "a=") &&
		    read_attribute(m, m->line[i].text) < 0)
			return sdp_fault(&m->line[i], "wanted a short token",
					 e);
	read_rtcp(m);
	return 0;
}
