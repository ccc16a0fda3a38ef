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

enum { TEXT_MAX = 60000, LABEL = 24 };

static struct addr media_addr(const struct instance *i, size_t p)
{
	struct addr a = *fork_addr(i->fork[p]);
	uint16_t port = a.port;

	if (i->set->media) {
		addr_parse_ip(span_of(i->set->media), &a);
		a.port = port;
	}
	return a;
}

/* By party, from 1; in the module, the relay counts the callee first. */
static const char *label_of(const struct instance *i, size_t p)
{
	static const char *const ours[] = {"1", "2"}, *const theirs[] = {"1",
									 "0"};

	return instance_has(i, HABIT_LABELS_1_0) ? theirs[p] : ours[p];
}

static void fill_live(const struct instance *i, size_t p, bool paused,
		      struct sdp_out_media *m, char label[LABEL])
{
	const struct recording *r = i->r;

	snprintf(label, LABEL, "%s", label_of(i, p));
	m->type = "audio";
	m->addr = media_addr(i, p);
	m->codec = r->codec[p];
	m->n_codecs = r->n_codecs[p];
	m->dir = paused || !sdp_dir_sends(r->dir[p]) ? SDP_INACTIVE
						     : SDP_SENDONLY;
	m->label = label;
	m->ptime = r->ptime[p];
}

/* Which m-lines live on is the recorder's newest wish: what it removed is not
 * offered again, what it added is refused (7866-7.2-d, 7866-7.2-g), and no
 * line ever disappears (RFC 3264 section 8). */
static bool is_live(const struct instance *i, size_t m)
{
	const struct sdp_media *theirs;

	if (m >= RECORDING_PARTIES || !i->wish)
		return m < RECORDING_PARTIES;
	theirs = &i->wish->media[m];
	return theirs->port && strcmp(theirs->type, "audio") == 0 &&
	       (strcmp(theirs->proto, "RTP/AVP") == 0 ||
		strcmp(theirs->proto, "RTP/AVPF") == 0);
}

/* It may lack what the call speaks by now, but not in an answer to it. */
static bool can_answer(const struct instance *i, size_t m)
{
	const struct sdp_media *theirs = &i->wish->media[m];
	size_t c;

	if (!is_live(i, m))
		return false;
	for (c = 0; c < i->r->n_codecs[m]; c++)
		if (sdp_codec_like(theirs, &i->r->codec[m][c]))
			return true;
	return false;
}

size_t rs_offer_lines(const struct instance *i)
{
	return i->wish ? i->wish->n_media : RECORDING_PARTIES;
}

bool rs_offer_can_answer(const struct instance *i)
{
	bool wanted = false;
	size_t m;

	for (m = 0; m < RECORDING_PARTIES; m++) {
		if (can_answer(i, m))
			return true;
		wanted |= i->wish->media[m].port != 0;
	}
	return !wanted;
}

/* One m-line; `theirs` is the one it answers, or NULL. */
static void fill_line(const struct instance *i, size_t m, bool paused,
		      const struct sdp_media *theirs, struct sdp_out_media *out,
		      char label[LABEL])
{
	memset(out, 0, sizeof(*out));
	if (theirs && !instance_has(i, HABIT_ANSWERS_SENDONLY))
		paused |= theirs->dir != SDP_RECVONLY &&
			  theirs->dir != SDP_SENDRECV;
	if (theirs ? can_answer(i, m) : is_live(i, m)) {
		fill_live(i, m, paused, out, label);
	} else {
		out->type = i->wish->media[m].type;
		out->proto = i->wish->media[m].proto;
	}
	if (theirs)
		out->proto = theirs->proto;
}

static void write_sdp(const struct instance *i, bool paused,
		      const struct sdp *theirs, struct buf *out)
{
	struct sdp_out_media media[SDP_MEDIA];
	char label[SDP_MEDIA][LABEL];
	struct sdp_out s = {.sess_id = i->sdp_id,
			    .version = i->sdp_version,
			    .name = "siprec-src",
			    .addr = media_addr(i, 0),
			    .media = media,
			    .n_media = rs_offer_lines(i)};
	size_t m;

	for (m = 0; m < s.n_media; m++)
		fill_line(i, m, paused, theirs ? &theirs->media[m] : NULL,
			  &media[m], label[m]);
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
	buf_clear(&i->sdp);
	buf_add_span(&i->sdp, buf_span(&text));
	buf_fini(&text);
	sdp_free(i->offer);
	i->offer = sdp_parse(buf_span(&i->sdp), e);
	return i->offer ? 0 : -1;
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

static int update_metadata(struct instance *i, struct err *e)
{
	const struct recording *r = i->r;
	const struct recording_settings *set = i->set;
	struct meta_participant party[RECORDING_PARTIES];
	struct meta_stream stream[RECORDING_PARTIES];
	const char *id[RECORDING_PARTIES];
	struct meta_session session;
	char group[META_ID];
	bool early = instance_has(i, HABIT_EARLY_TIMES);
	bool frozen = instance_has(i, HABIT_FROZEN_METADATA);
	struct meta_doc doc = {
		.raw = instance_has(i, HABIT_UNESCAPED),
		.offset_times = instance_has(i, HABIT_OFFSET_TIMES),
		.session = &session,
		.participant = party,
		.n_participants = RECORDING_PARTIES,
		.stream = stream,
		.n_streams = RECORDING_PARTIES};
	int64_t associate_us = early ? r->began_us : i->associate_us;
	size_t p;

	if (frozen && i->meta.n)
		return 0;

	memset(&session, 0, sizeof(session));
	memset(party, 0, sizeof(party));
	memcpy(session.id, i->session_id, META_ID);
	session.start_us = early ? 0 : r->began_us;
	session.associate_us = associate_us;
	if (instance_has(i, HABIT_CALL_ID_AS_SESSION_ID))
		session.sip_session_id = r->conf.call_id;
	session.group_xml = set->group_xml;
	session.session_xml = set->session_xml;
	if (set->group && instance_has(i, HABIT_GROUP_AS_TEXT)) {
		session.group = set->group;
	} else if (set->group) {
		group_id(set->group, group);
		session.group = group;
	}
	for (p = 0; p < RECORDING_PARTIES; p++) {
		id[p] = i->stream_id[p];
		memcpy(stream[p].id, i->stream_id[p], META_ID);
		/* a label of no m-line would lead nowhere (7866-9.1-h) */
		stream[p].label = is_live(i, p) ? label_of(i, p) : NULL;
	}
	for (p = 0; p < RECORDING_PARTIES; p++) {
		memcpy(party[p].id, i->participant_id[p], META_ID);
		party[p].aor = doc.raw ? r->conf.party[p].uri
				       : r->conf.party[p].aor;
		party[p].name = r->conf.party[p].name;
		party[p].xml = p == 0 ? set->caller_xml : set->callee_xml;
		party[p].associate_us = associate_us;
		/* RFC 7865 section 6.8.1: who stops is told to have stopped */
		party[p].send = &id[p];
		party[p].n_send = frozen || sdp_dir_sends(r->dir[p]);
		party[p].recv = &id[1 - p];
		party[p].n_recv = frozen || sdp_dir_receives(r->dir[p]);
	}
	buf_clear(&i->meta);
	return meta_write(&i->meta, &doc, e);
}

int rs_offer_write(struct instance *i, bool paused, struct err *e)
{
	i->offered_paused = paused;
	/* what waits out a 491 is written again, with the same news */
	i->news = i->stale || (i->news && i->rs && sip_session_waits(i->rs));
	i->stale = false;
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
		buf_addf(headers, "%s\r\n", i->set->header[h]);
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
	char date[32];

	clock_sip_date(loop_wall_us(i->r->conf.loop), date, sizeof(date));
	buf_add_str(headers, "Require: siprec\r\n");
	rs_offer_abilities(i, headers);
	refresh_add_header(i, headers);
	if (!instance_has(i, HABIT_NO_ABILITIES))
		buf_addf(headers, "Date: %s\r\n", date);
	if (first || i->set->headers_on_all)
		rs_offer_own_headers(i, headers);
}

/* RFC 7866 section 6.1.1: From is the SRC, To is the SRS. */
char *rs_offer_from(const struct instance *i)
{
	char at[ADDR_TEXT];

	if (i->set->from_uri)
		return xasprintf("<%s>", i->set->from_uri);
	if (instance_has(i, HABIT_FROM_IS_SRS))
		return xasprintf("<%s>", instance_uri(i));
	return xasprintf("<sip:siprec-src@%s>",
			 addr_text(sip_ua_addr(i->r->conf.ua), at));
}

char *rs_offer_to(const struct instance *i, const char *uri)
{
	return xasprintf("<%s>", i->set->to_uri ? i->set->to_uri : uri);
}

int rs_offer_write_answer(struct instance *i, struct err *e)
{
	i->offered_paused = i->want_paused;
	return update_sdp(i, i->want_paused, i->wish, e);
}
