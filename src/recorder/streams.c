#include <stdlib.h>
#include <unistd.h>

#include "core/xalloc.h"
#include "meta/meta.h"
#include "recorder/rec.h"
#include "sip/head.h"

enum { PARTY_MAX = 64 };

int rec_streams_follow(struct rec_session *s, const struct sdp *offer,
		       struct err *e)
{
	size_t i;

	/* RFC 3264 section 8: lines are refused, never taken away */
	if (offer->n_media < s->n_streams)
		return err_set(e, ERR_INPUT, "%zu m-lines, there were %zu",
			       offer->n_media, s->n_streams);
	for (i = 0; i < offer->n_media; i++) {
		if (i == s->n_streams)
			s->stream[s->n_streams++] = rec_stream_new(s, i + 1);
		if (rec_stream_follow(s->stream[i], &offer->media[i], e) < 0)
			return -1;
	}
	return 0;
}

/* ---- metadata ---- */

/* The scenario's word for the speaker, or the user part of the address. */
static char *party_of(const struct recorder *r, const char *aor)
{
	const char *known = NULL;
	char clean[PARTY_MAX];
	struct sip_uri u;

	if (r->conf.party)
		known = r->conf.party(aor, r->conf.arg);
	if (known)
		return xstrdup(known);
	if (sip_uri_parse(span_of(aor), &u) && u.user[0])
		rec_name_clean(span_of(u.user), clean, sizeof(clean));
	else
		rec_name_clean(span_of(aor), clean, sizeof(clean));
	return xstrdup(clean);
}

static void learn_parties(struct rec_session *s, struct span xml)
{
	struct meta_sender who;
	size_t i;

	for (i = 0; i < s->n_streams; i++) {
		struct rec_stream *st = s->stream[i];

		if (st->label[0] && meta_label_sender(xml, st->label, &who) &&
		    who.aor[0])
			rec_stream_spoken_by(st, party_of(s->recorder, who.aor),
					     who.id);
	}
}

static char *document_path(struct recorder *r)
{
	char *path = NULL;

	do {
		free(path);
		path = xasprintf("%s/%s-%u.xml", r->conf.dir, r->conf.name,
				 ++r->documents);
	} while (r->conf.keep && access(path, F_OK) == 0);
	return path;
}

/* Owned path of the file, NULL when none was written. */
static char *write_document(struct rec_session *s, struct span xml)
{
	struct recorder *r = s->recorder;
	struct err e = ERR_INIT;
	struct buf b;
	char *path;

	if (!r->conf.dir)
		return NULL;
	path = document_path(r);
	buf_init(&b, xml.n + 1);
	buf_add_span(&b, xml);
	if (buf_write_file(&b, path, &e) < 0) {
		rec_warn(s, "metadata is not kept: %s", e.text);
		free(path);
		path = NULL;
	} else {
		trace_add_file(r->conf.trace, TRACE_FILE_METADATA, rec_call(s),
			       r->conf.name, NULL, path);
	}
	buf_fini(&b);
	return path;
}

void rec_streams_metadata(struct rec_session *s, struct span xml)
{
	char *path = write_document(s, xml);
	struct recorder_event ev = {.kind = "metadata",
				    .call_id = s->call_id,
				    .text = "document",
				    .path = path};

	rec_event(s->recorder, ev);
	free(path);
	learn_parties(s, xml);
}
