/* Requests of the recorder's: offers, requests for a snapshot, anything. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "recorder/rec.h"
#include "sip/mime.h"
#include "sip/print.h"

/* The dialog is not ready for it: try again after this long. */
#define AGAIN_US INT64_C(50000)

enum { PARTS = 3 };

/* RFC 7865 section 7, RFC 7866 section 9.2. */
static const char snapshot_xml[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<requestsnapshot xmlns=\"urn:ietf:params:xml:ns:recording:1\">\n"
	"  <requestreason>the recorder wants all of it</requestreason>\n"
	"</requestsnapshot>\n";

struct ask {
	struct le le;
	struct rec_session *session;
	struct recorder_line line; /* what it points to is borrowed */
	struct timer timer;
};

static void ask_free(struct ask *a)
{
	timer_stop(&a->timer);
	list_unlink(&a->le);
	free(a);
}

void rec_ask_fini(struct rec_session *s)
{
	while (s->asks.head)
		ask_free(container_of(s->asks.head, struct ask, le));
}

/* ---- bodies ---- */

struct part {
	const char *headers;
	struct span body;
};

static const char *add_part(struct part *part, size_t *n, const char *type,
			    const char *headers, struct span body)
{
	part[*n].headers = headers;
	part[*n].body = body;
	++*n;
	return *n == 1 ? type : NULL;
}

/* The parts as one body; its type is written into `type`. */
static void wrap(const struct part *part, size_t n, char *type, size_t size,
		 struct buf *out)
{
	struct span body[PARTS];
	char boundary[48];
	size_t i;

	for (i = 0; i < n; i++)
		body[i] = part[i].body;
	mime_boundary(boundary, sizeof(boundary), "recorder", body, n);
	for (i = 0; i < n; i++)
		mime_add(out, boundary, part[i].headers, part[i].body);
	mime_close(out, boundary);
	snprintf(type, size, "multipart/mixed;boundary=%s", boundary);
}

/* SDP, request for a snapshot, text: what there is of them, as one body. False
 * when there is none. */
static bool build_body(struct rec_session *s, const struct recorder_line *l,
		       char *type, size_t size, struct buf *out)
{
	const char *text_type = l->type ? l->type : "text/plain";
	char *text_headers = xasprintf("Content-Type: %s\r\n", text_type);
	struct part part[PARTS];
	const char *only = NULL;
	struct buf sdp;
	size_t n = 0;

	buf_init(&sdp, SDP_MAX);
	if (l->offer != RECORDER_OFFER_NONE) {
		rec_describe(s, l->offer, l->mangle, &sdp);
		only = add_part(part, &n, "application/sdp",
				"Content-Type: application/sdp\r\n",
				buf_span(&sdp));
	}
	if (l->snapshot)
		only = add_part(part, &n, "application/rs-metadata+xml",
				"Content-Type: application/rs-metadata+xml\r\n"
				"Content-Disposition: recording-session\r\n",
				span_of(snapshot_xml));
	if (l->body)
		only = add_part(part, &n, text_type, text_headers,
				span_of(l->body));
	if (only) {
		snprintf(type, size, "%s", only);
		buf_add_span(out, part[0].body);
	} else if (n > 0) {
		wrap(part, n, type, size, out);
	}
	buf_fini(&sdp);
	free(text_headers);
	return n > 0;
}

/* The disposition of an undivided body is the message's. */
static char *build_headers(const struct rec_session *s,
			   const struct recorder_line *l, bool change)
{
	struct buf b;
	char *all;

	buf_init(&b, 1024);
	if (change) {
		buf_add_str(&b, REC_HEADERS);
		rec_expiry_add_request(s, &b);
	}
	if (l->snapshot && !l->body && l->offer == RECORDER_OFFER_NONE)
		buf_add_str(&b, "Content-Disposition: recording-session\r\n");
	all = rec_script_headers(l, buf_str(&b));
	buf_fini(&b);
	return all;
}

/* ---- what became of an offer ---- */

static void each_moved(struct rec_session *s, bool accepted)
{
	size_t i;

	for (i = 0; i < s->n_streams; i++)
		rec_stream_moved(s->stream[i], accepted);
}

static void set_dir(struct rec_session *s, bool hold, enum sdp_dir dir)
{
	size_t i;

	s->hold = hold;
	for (i = 0; i < s->n_streams; i++)
		s->stream[i]->dir = dir;
}

static void agreed(struct rec_session *s, enum recorder_offer offer)
{
	struct rec_stream *last = rec_stream_last(s);

	if (offer == RECORDER_OFFER_INACTIVE)
		set_dir(s, true, SDP_INACTIVE);
	else if (offer == RECORDER_OFFER_RECVONLY)
		set_dir(s, false, SDP_RECVONLY);
	else if (offer == RECORDER_OFFER_FEWER && last)
		rec_stream_remove(last);
}

/* RFC 3261 section 13.2.2.4: the offer is in the 2xx, our answer in the ACK. */
static void answer_in_ack(struct rec_session *s, const struct recorder_line *l,
			  const struct sip_view *resp)
{
	struct err e = ERR_INIT;
	struct rec_offer o;
	struct buf sdp;

	rec_offer_read(&o, resp, false);
	if (!o.sdp || rec_streams_follow(s, o.sdp, &e) < 0)
		rec_warn(s, "the 2xx has no offer to answer: %s",
			 e.text[0] ? e.text : o.why);
	if (o.sdp && o.has_metadata)
		rec_streams_metadata(s, o.metadata);
	if (l->answer == RECORDER_INACTIVE)
		set_dir(s, true, SDP_INACTIVE);
	buf_init(&sdp, SDP_MAX);
	if (!(l->mangle & MANGLE_NO_SDP))
		rec_describe(s, RECORDER_OFFER_SAME, l->mangle, &sdp);
	sip_session_ack(s->sip, sdp.n ? "application/sdp" : NULL,
			buf_span(&sdp));
	buf_fini(&sdp);
	rec_offer_fini(&o);
}

static bool is_reinvite(const struct recorder_line *l)
{
	return strcmp(l->send, "re-INVITE") == 0;
}

/* What the SRC says to our offer: its keys. */
static void take_answer(struct rec_session *s, const struct sip_view *resp,
			bool moved)
{
	struct rec_offer o;
	size_t i;

	rec_offer_read(&o, resp, false);
	for (i = 0; o.sdp && i < s->n_streams && i < o.sdp->n_media; i++)
		rec_secure_answered(s->stream[i], &o.sdp->media[i], moved);
	rec_offer_fini(&o);
}

static void on_outcome(struct sip_session *sip, enum sip_outcome o,
		       const struct sip_view *resp, void *arg)
{
	struct ask *a = arg;
	struct rec_session *s = a->session;
	const struct recorder_line *l = &a->line;
	bool ok = o == SIP_FINAL && resp->code < 300, lost = false;

	(void)sip;
	if (o != SIP_FINAL)
		rec_warn(s, "%s of the recorder got no answer", l->send);
	if (ok && l->offer != RECORDER_OFFER_NONE)
		take_answer(s, resp, l->offer == RECORDER_OFFER_MOVED);
	if (l->offer == RECORDER_OFFER_MOVED)
		each_moved(s, ok);
	if (ok && is_reinvite(l) && l->offer == RECORDER_OFFER_NONE)
		answer_in_ack(s, l, resp);
	else if (ok)
		agreed(s, l->offer);
	if (is_reinvite(l) || strcmp(l->send, "UPDATE") == 0)
		lost = !rec_expiry_outcome(s, l->refresh, o, resp);
	ask_free(a);
	if (lost)
		rec_expiry_give_up(s, "nobody answered the refresh");
}

/* ---- sending ---- */

bool rec_ask_ends(const struct recorder_line *l)
{
	return l->send && strcmp(l->send, "BYE") == 0 && !l->wrong_tag &&
	       !l->lower_cseq;
}

static int prepare(struct rec_session *s, enum recorder_offer offer,
		   struct err *e)
{
	size_t i;

	for (i = 0; offer == RECORDER_OFFER_MOVED && i < s->n_streams; i++)
		if (rec_stream_move(s->stream[i], e) < 0)
			return -1;
	return 0;
}

static int send_as(struct ask *a, const char *headers, const char *type,
		   struct span body)
{
	const struct recorder_line *l = &a->line;
	struct sip_session *sip = a->session->sip;
	unsigned wrong = (l->wrong_tag ? SIP_WRONG_TAG : 0) |
			 (l->lower_cseq ? SIP_WRONG_CSEQ : 0);

	if (wrong)
		return sip_session_stray(sip, wrong,
					 is_reinvite(l) ? "INVITE" : l->send,
					 headers, type, body, on_outcome, a);
	if (is_reinvite(l))
		return sip_session_reinvite(sip, headers, type, body,
					    on_outcome, a);
	return sip_session_request(sip, l->send, headers, type, body,
				   on_outcome, a);
}

static void send_request(struct ask *a)
{
	const struct recorder_line *l = &a->line;
	struct rec_session *s = a->session;
	bool change = is_reinvite(l) || strcmp(l->send, "UPDATE") == 0;
	char *headers = build_headers(s, l, change);
	struct err e = ERR_INIT;
	char type[128];
	struct buf body;
	bool any;

	buf_init(&body, SIP_MAX);
	if (prepare(s, l->offer, &e) < 0)
		rec_warn(s, "no ports to move to: %s", e.text);
	any = build_body(s, l, type, sizeof(type), &body);
	if (send_as(a, headers, any ? type : NULL, buf_span(&body)) < 0) {
		rec_warn(s, "%s cannot be sent", l->send);
		ask_free(a);
	}
	buf_fini(&body);
	free(headers);
}

static void hang_up(struct ask *a)
{
	char *headers = rec_script_headers(&a->line, NULL);
	struct sip_session *sip = a->session->sip;

	ask_free(a);
	sip_session_hangup(sip, headers);
	free(headers);
}

static void on_due(void *arg)
{
	struct ask *a = arg;
	struct sip_session *sip = a->session->sip;

	if (rec_ask_ends(&a->line))
		hang_up(a);
	else if (!sip_session_is_up(sip) ||
		 (is_reinvite(&a->line) && sip_session_is_open(sip)))
		timer_after(&a->timer, AGAIN_US);
	else
		send_request(a);
}

void rec_ask(struct rec_session *s, const struct recorder_line *line,
	     int64_t us)
{
	struct ask *a = xcalloc(1, sizeof(*a));

	a->session = s;
	a->line = *line;
	timer_init(&a->timer, s->recorder->conf.loop, on_due, a);
	list_append(&s->asks, &a->le);
	if (us > 0)
		timer_after(&a->timer, us);
	else
		on_due(a);
}
