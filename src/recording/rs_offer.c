/* What is said to a recorder: SDP, metadata, headers. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/xalloc.h"
#include "recording/priv.h"
#include "sip/mime.h"
#include "sip/print.h"

enum {
	TEXT_MAX = 60000,
	HEADS = 512 /* of the parts of a body, and boundaries */
};

static struct addr media_addr(const struct instance *i, uint16_t port)
{
	struct addr a = *sip_ua_addr(instance_ua(i));

	if (i->set->media)
		addr_parse_ip(span_of(i->set->media), &a);
	a.port = port;
	return a;
}

/* By stream, from 1; in the module, the relay counts the callee first. */
const char *rs_offer_label(const struct instance *i, size_t stream)
{
	static const char *const theirs[RECORDING_PARTIES][RECORDING_KINDS] = {
		{"1", "3", "5"}, {"0", "2", "4"}};
	const struct stream *s = &i->r->stream[stream];

	return instance_has(i, HABIT_LABELS_1_0) ? theirs[s->party][s->kind]
						 : s->label;
}

/* RFC 5761 section 4: these would be taken for RTCP. */
static bool may_mux(const struct stream *s)
{
	size_t c;

	for (c = 0; c < s->n_codecs; c++)
		if (s->codec[c].pt >= 64 && s->codec[c].pt <= 95)
			return false;
	return true;
}

static void fill_live(const struct instance *i, size_t stream, bool paused,
		      struct sdp_out_media *m)
{
	const struct stream *s = &i->r->stream[stream];

	m->type = recording_kind_type(s->kind);
	m->addr = media_addr(i, fork_addr(i->fork[stream])->port);
	m->codec = s->codec;
	m->n_codecs = s->n_codecs;
	m->dir = paused || !sdp_dir_sends(s->dir) ? SDP_INACTIVE : SDP_SENDONLY;
	m->label = rs_offer_label(i, stream);
	m->ptime = s->ptime;
	m->rtcp_mux = i->set->rtcp == RECORDING_RTCP_MUX && may_mux(s);
	if (i->set->rtcp == RECORDING_RTCP_NAMED)
		m->rtcp_port = fork_rtcp_port(i->fork[stream]);
}

/* Its line stays, with port 0 (RFC 3264 section 8). */
static void fill_dead(const struct instance *i, size_t line, int stream,
		      struct sdp_out_media *m)
{
	if (i->wish && line < i->wish->n_media) {
		m->type = i->wish->media[line].type;
		m->proto = i->wish->media[line].proto;
	} else {
		m->type = recording_kind_type(i->r->stream[stream].kind);
		m->proto = keys_wanted(i) ? "RTP/SAVP" : NULL;
	}
}

/* It may lack what the call speaks by now, but not in an answer to it. */
static bool can_answer(const struct instance *i, size_t line)
{
	const struct sdp_media *theirs = &i->wish->media[line];
	int stream = lines_stream(&i->lines, line);
	const struct stream *s = &i->r->stream[stream < 0 ? 0 : stream];
	size_t c;

	if (stream < 0 || !s->live || !lines_may_carry(i, s, theirs))
		return false;
	for (c = 0; c < s->n_codecs; c++)
		if (sdp_codec_like(theirs, &s->codec[c]))
			return true;
	return false;
}

bool rs_offer_can_answer(const struct instance *i)
{
	bool wanted = false;
	size_t line;

	for (line = 0; line < i->wish->n_media; line++) {
		if (can_answer(i, line))
			return true;
		wanted |= lines_stream(&i->lines, line) >= 0 &&
			  i->wish->media[line].port;
	}
	return !wanted;
}

/* One m-line; `theirs` is the one it answers, or NULL. */
static void fill_line(const struct instance *i, size_t line, bool paused,
		      const struct sdp_media *theirs, struct sdp_out_media *out)
{
	int stream = lines_stream(&i->lines, line);

	memset(out, 0, sizeof(*out));
	if (theirs && !instance_has(i, HABIT_ANSWERS_SENDONLY))
		paused |= theirs->dir != SDP_RECVONLY &&
			  theirs->dir != SDP_SENDRECV;
	if (theirs ? can_answer(i, line)
		   : stream >= 0 && lines_live(i, (size_t)stream))
		fill_live(i, (size_t)stream, paused, out);
	else
		fill_dead(i, line, stream, out);
	if (out->addr.port)
		keys_offer(i, (size_t)stream, out);
	if (theirs && out->addr.port)
		keys_answer(i, (size_t)stream, theirs, out);
	if (!theirs)
		return;
	out->proto = theirs->proto;
	/* RFC 5761 section 5.1.1: only what was offered */
	out->rtcp_mux &= theirs->rtcp_mux;
}

static void write_sdp(const struct instance *i, bool paused,
		      const struct sdp *theirs, struct buf *out)
{
	struct sdp_out_media media[SDP_MEDIA];
	struct sdp_out s = {.sess_id = i->sdp_id,
			    .version = i->sdp_version,
			    .name = "siprec-src",
			    .addr = media_addr(i, 0),
			    .media = media,
			    .n_media = i->lines.n};
	size_t m;

	for (m = 0; m < s.n_media; m++)
		fill_line(i, m, paused, theirs ? &theirs->media[m] : NULL,
			  &media[m]);
	sdp_write(out, &s);
}

/* RFC 3264 section 8: a changed description has version + 1, the same version
 * is the same description. */
static int update_sdp(struct instance *i, bool paused, const struct sdp *theirs,
		      struct err *e)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	write_sdp(i, paused, theirs, &text);
	if (i->sdp.n && !span_eq(buf_span(&text), buf_span(&i->sdp)) &&
	    !instance_has(i, HABIT_FROZEN_VERSION)) {
		i->sdp_version++;
		buf_clear(&text);
		write_sdp(i, paused, theirs, &text);
	}
	buf_fini(&i->sdp);
	i->sdp = text;
	sdp_free(i->offer);
	i->offer = sdp_parse(buf_span(&i->sdp), e);
	if (!i->offer)
		return -1;
	lines_said(i);
	return 0;
}

/* RFC 7865 wants base64 of a UUID; a name of the user's becomes one. */
static void group_id(const char *group, char out[META_ID])
{
	uint8_t uuid[16];

	if (strlen(group) == META_ID - 1 && strcmp(group + 22, "==") == 0) {
		memcpy(out, group, META_ID);
		return;
	}
	ids_of_name(group, uuid);
	ids_base64(uuid, out);
}

/* A stream that this session has carried stays known without a label when it
 * is gone: a label of no m-line would lead nowhere (7866-9.1-h). */
static size_t fill_streams(const struct instance *i,
			   struct meta_stream out[RECORDING_STREAMS])
{
	size_t s, n = 0;

	for (s = 0; s < i->r->n_streams; s++) {
		if (i->lines.of[s] == NO_LINE)
			continue;
		memcpy(out[n].id, i->stream_id[s], META_ID);
		out[n].label = lines_live(i, s) ? rs_offer_label(i, s) : NULL;
		n++;
	}
	return n;
}

/* What a party sends and receives of the streams there are. RFC 7865 section
 * 6.8.1: who stops is told to have stopped. */
static void fill_associations(const struct instance *i, int party,
			      struct meta_participant *out, const char **send,
			      const char **recv)
{
	const struct recording *r = i->r;
	bool frozen = instance_has(i, HABIT_FROZEN_METADATA);
	size_t s;

	out->send = send;
	out->recv = recv;
	for (s = 0; s < r->n_streams; s++) {
		const struct stream *own = &r->stream[s];
		int other = streams_find(r, !party, own->kind);

		if (own->party != party || !own->live)
			continue;
		if ((frozen || sdp_dir_sends(own->dir)) &&
		    i->lines.of[s] != NO_LINE)
			send[out->n_send++] = i->stream_id[s];
		if (other >= 0 && r->stream[other].live &&
		    (frozen || sdp_dir_receives(own->dir)) &&
		    i->lines.of[other] != NO_LINE)
			recv[out->n_recv++] = i->stream_id[other];
	}
}

static void fill_session(const struct instance *i, struct meta_session *out,
			 char group[META_ID])
{
	const struct recording_settings *set = i->set;
	bool early = instance_has(i, HABIT_EARLY_TIMES);

	memset(out, 0, sizeof(*out));
	memcpy(out->id, i->session_id, META_ID);
	out->start_us = early ? 0 : i->r->began_us;
	out->associate_us = early ? i->r->began_us : i->associate_us;
	if (instance_has(i, HABIT_CALL_ID_AS_SESSION_ID))
		out->sip_session_id = i->r->conf.call_id;
	out->group_xml = set->group_xml;
	out->session_xml = set->session_xml;
	if (set->group && instance_has(i, HABIT_GROUP_AS_TEXT)) {
		out->group = set->group;
	} else if (set->group) {
		group_id(set->group, group);
		out->group = group;
	}
}

static int update_metadata(struct instance *i, struct err *e)
{
	const struct recording *r = i->r;
	bool frozen = instance_has(i, HABIT_FROZEN_METADATA);
	struct meta_participant party[RECORDING_PARTIES + ROSTER_PAST];
	struct meta_stream stream[RECORDING_STREAMS];
	const char *send[RECORDING_PARTIES][RECORDING_STREAMS];
	const char *recv[RECORDING_PARTIES][RECORDING_STREAMS];
	struct meta_session session;
	char group[META_ID];
	struct meta_doc doc = {
		.raw = instance_has(i, HABIT_UNESCAPED),
		.offset_times = instance_has(i, HABIT_OFFSET_TIMES),
		.session = &session,
		.participant = party,
		.n_participants = RECORDING_PARTIES,
		.stream = stream,
		.n_streams = fill_streams(i, stream)};
	int p;

	if (frozen && i->meta.n)
		return 0;
	fill_session(i, &session, group);
	memset(party, 0, sizeof(party));
	for (p = 0; p < RECORDING_PARTIES; p++) {
		const struct recording_party *who = frozen ? &r->conf.party[p]
							   : &r->party[p];

		memcpy(party[p].id, i->participant_id[p], META_ID);
		party[p].aor = doc.raw ? who->uri : who->aor;
		party[p].name = who->name;
		party[p].xml = roster_xml(i, (size_t)p);
		party[p].associate_us = session.associate_us;
		if (i->joined_us[p] > session.associate_us)
			party[p].associate_us = i->joined_us[p];
		fill_associations(i, p, &party[p], send[p], recv[p]);
	}
	doc.n_participants += roster_fill(i, &party[RECORDING_PARTIES]);
	buf_clear(&i->meta);
	return meta_write(&i->meta, &doc, e);
}

int rs_offer_write(struct instance *i, bool paused, struct err *e)
{
	if (!lines_place(i))
		return err_set(e, ERR_ENV, "there is no stream to offer");
	i->offered_paused = paused;
	/* what waits out a 491 is written again, with the same news */
	i->news = i->stale || (i->news && i->rs && sip_session_waits(i->rs));
	i->stale = false;
	verb_written(i);
	if (update_sdp(i, paused, NULL, e) < 0)
		return -1;
	return update_metadata(i, e);
}

void rs_offer_body(struct instance *i, struct buf *body, char *content_type,
		   size_t size)
{
	struct span part[] = {buf_span(&i->sdp), buf_span(&i->meta)};
	char boundary[71], token[META_ID];
	size_t n = 0, k;

	/* of the base64 what may stand in a boundary without quotes */
	for (k = 0; i->session_id[k]; k++)
		if (isalnum((unsigned char)i->session_id[k]))
			token[n++] = i->session_id[k];
	token[n] = '\0';
	if (instance_has(i, HABIT_ONE_BOUNDARY))
		snprintf(boundary, sizeof(boundary), "OSS-unique-boundary-42");
	else
		mime_boundary(boundary, sizeof(boundary), token, part, 2);
	buf_room(body, part[0].n + part[1].n + HEADS);
	mime_add(body, boundary, "Content-Type: application/sdp\r\n", part[0]);
	mime_add(body, boundary,
		 "Content-Type: " META_TYPE "\r\n"
		 "Content-Disposition: recording-session\r\n",
		 part[1]);
	mime_close(body, boundary);
	snprintf(content_type, size, "multipart/mixed;boundary=%s", boundary);
}

void rs_offer_own_headers(const struct instance *i, struct buf *headers)
{
	size_t h;

	for (h = 0; h < i->set->n_headers; h++)
		buf_add_all(headers, i->set->header[h], "\r\n");
}

void rs_offer_abilities(const struct instance *i, struct buf *headers)
{
	if (instance_has(i, HABIT_NO_ABILITIES))
		return;
	buf_add_str(headers, "Supported: 100rel, timer\r\n"
			     "Allow: " SIP_ALLOW "\r\n"
			     "Accept: application/sdp, " META_TYPE
			     ", multipart/mixed\r\n");
}

void rs_offer_headers(struct instance *i, struct buf *headers, bool first)
{
	buf_add_str(headers, "Require: siprec\r\n");
	rs_offer_abilities(i, headers);
	refresh_add_header(i, headers);
	if (!instance_has(i, HABIT_NO_ABILITIES))
		buf_add_all(headers, "Date: ",
			    clock_sip_date(loop_wall_us(i->r->conf.loop)),
			    "\r\n");
	if (first || i->set->headers_on_all)
		rs_offer_own_headers(i, headers);
}

/* RFC 7866 section 6.1.1: From is the SRC, To is the SRS. */
char *rs_offer_from(const struct instance *i)
{
	if (i->set->from_uri)
		return xasprintf("<%s>", i->set->from_uri);
	if (instance_has(i, HABIT_FROM_IS_SRS))
		return xasprintf("<%s>", instance_uri(i));
	return xasprintf("<sip:siprec-src@%s>",
			 sip_ua_addr_text(instance_ua(i)));
}

char *rs_offer_to(const struct instance *i, const char *uri)
{
	return xasprintf("<%s>", i->set->to_uri ? i->set->to_uri : uri);
}

int rs_offer_write_answer(struct instance *i, struct err *e)
{
	i->offered_paused = i->want_paused;
	keys_follow(i, i->wish);
	return update_sdp(i, i->want_paused, i->wish, e);
}
