#include "capture/described.h"

#include <string.h>

#include "core/buf.h"
#include "core/xalloc.h"

enum { CODECS_TEXT = 1024 };

/* RFC 1918 and RFC 6598: addresses that a NAT hides. */
static bool is_private(const struct addr *a)
{
	if (a->family != 4)
		return false;
	return a->ip[0] == 10 || (a->ip[0] == 172 && a->ip[1] >> 4 == 1) ||
	       (a->ip[0] == 192 && a->ip[1] == 168) ||
	       (a->ip[0] == 100 && a->ip[1] >> 6 == 1);
}

static bool has_line(const struct sdp_media *m, const char *start)
{
	size_t i;

	for (i = 1; i < m->n_lines; i++) {
		if (span_starts(m->line[i].text, start))
			return true;
	}
	return false;
}

/* SRTP keyed by RFC 4568 or RFC 5763. */
static bool is_encrypted(const struct sdp_media *m)
{
	return span_find(span_of(m->proto), span_of("SAVP")) <
		       strlen(m->proto) ||
	       has_line(m, "a=crypto:");
}

static char *name_codecs(const struct sdp_media *m)
{
	struct buf b;
	size_t i;

	buf_init(&b, CODECS_TEXT);
	for (i = 0; i < m->n_codecs; i++) {
		const struct sdp_codec *c = &m->codec[i];

		if (b.n)
			buf_add_char(&b, ' ');
		if (c->name[0])
			buf_addf(&b, "%s/%u", c->name, c->rate);
		else
			buf_addf(&b, "%u", c->pt);
	}
	return buf_steal(&b);
}

static void note_ends(const struct described *d, struct ends *ends,
		      const struct sdp_media *m, unsigned m_line)
{
	struct end who = {.leg = d->leg,
			  .party = d->party,
			  .at_us = d->at_us,
			  .m_line = m_line,
			  .encrypted = is_encrypted(m)};
	struct addr at = m->conn;

	if (!m->port || addr_is_any(&at))
		return;
	memccpy(who.media, m->type, '\0', sizeof(who.media) - 1);
	if (addr_is_set(&at))
		ends_add(ends, &at, &who, m);
	if (addr_is_set(&at) && (!is_private(&at) || addr_ip_eq(&at, &d->from)))
		return;
	at = d->from;
	at.port = m->port;
	who.guess = true;
	ends_add(ends, &at, &who, m);
}

static void take_media(struct capture_media *out, const struct sdp_media *m)
{
	memccpy(out->type, m->type, '\0', sizeof(out->type) - 1);
	out->addr = m->conn;
	out->addr.port = m->port;
	out->dir = addr_is_any(&m->conn) ? SDP_INACTIVE : m->dir;
	out->encrypted = is_encrypted(m);
	out->codecs = name_codecs(m);
}

bool described_read(struct capture_sdp *out, const struct described *d,
		    struct ends *ends, struct span text)
{
	struct sdp *sdp = sdp_parse(text, NULL);
	size_t i;

	if (!sdp)
		return false;
	out->media = sdp->n_media ? xcalloc(sdp->n_media, sizeof(*out->media))
				  : NULL;
	out->n_media = sdp->n_media;
	for (i = 0; i < sdp->n_media; i++) {
		take_media(&out->media[i], &sdp->media[i]);
		note_ends(d, ends, &sdp->media[i], (unsigned)i + 1);
	}
	sdp_free(sdp);
	return true;
}

bool described_is_hold(const struct capture_sdp *s)
{
	size_t i, silent = 0, open = 0;

	for (i = 0; i < s->n_media; i++) {
		open += s->media[i].addr.port != 0;
		silent += s->media[i].addr.port &&
			  !sdp_dir_receives(s->media[i].dir);
	}
	return open && silent == open;
}
