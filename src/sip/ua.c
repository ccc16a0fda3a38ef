#include "sip/ua.h"

#include <stdlib.h>

#include "core/xalloc.h"
#include "sip/head.h"
#include "sip/print.h"
#include "sip/session_int.h"

void ua_token(struct sip_ua *ua, const char *kind, char out[TOKEN + 1])
{
	ids_hex(ua->conf.ids, kind, out, TOKEN);
}

/* ---- replies without a session ---- */

static void reply(struct sip_ua *ua, struct sip_txn *x, int code,
		  const char *headers)
{
	char tag[TOKEN + 1];
	struct sip_reply r = {.code = code,
			      .from = sip_txn_source(x),
			      .to_tag = tag,
			      .headers = headers};

	ua_token(ua, "tag", tag);
	if (code / 100 == 2)
		r.contact = ua_contact(
			ua, (enum addr_proto)sip_txn_peer(x)->proto,
			span_case_starts(sip_txn_view(x)->uri, "sips:"));
	buf_clear(&ua->out);
	sip_print_reply(&ua->out, sip_txn_view(x), &r);
	sip_txn_reply(x, buf_span(&ua->out));
}

void sip_ua_reply(struct sip_ua *ua, struct sip_txn *x, int code,
		  const char *headers)
{
	reply(ua, x, code, headers);
}

char *ua_capabilities(const struct sip_ua *ua)
{
	return xasprintf("Allow: " SIP_ALLOW "\r\n"
			 "Accept: %s\r\n"
			 "Supported: %s\r\n",
			 ua->conf.accept ? ua->conf.accept : "application/sdp",
			 ua->conf.understood ? ua->conf.understood : "");
}

static void reply_options(struct sip_ua *ua, struct sip_txn *x)
{
	char *headers = ua_capabilities(ua);

	reply(ua, x, 200, headers);
	free(headers);
}

static bool is_understood(const struct sip_ua *ua, struct span tag)
{
	struct span known = span_of(ua->conf.understood);

	while (known.n)
		if (span_case_eq(span_trim(span_cut(&known, ',')), tag))
			return true;
	return false;
}

/* RFC 3261 section 8.2.2.3: 420 lists exactly what we do not know, as far as
 * there is room. */
static bool refuse_extensions(struct sip_ua *ua, struct sip_txn *x,
			      const struct sip_view *req)
{
	struct span tag;
	struct sip_walk w;
	struct buf h;
	bool bad = false;

	buf_init(&h, 1024);
	sip_walk(&w, req, "Require");
	while (sip_walk_next(&w, &tag)) {
		if (is_understood(ua, tag))
			continue;
		buf_addf(&h, "%s%.*s",
			 h.n ? ", " : "Unsupported: ", SPAN_ARG(tag));
		bad = true;
	}
	if (bad) {
		h.max += 2; /* the line ends, however long it is */
		if (h.n)
			buf_add_str(&h, "\r\n");
		reply(ua, x, 420, buf_str(&h));
	}
	buf_fini(&h);
	return bad;
}

/* ---- requests ---- */

static void on_cancel(struct sip_ua *ua, struct sip_txn *x,
		      const struct sip_view *req)
{
	struct sip_txn *invite = sip_txn_of_cancel(ua->txns, req);
	struct sip_session *s = invite ? sip_txn_owner(invite) : NULL;

	/* RFC 3261 section 9.2: after the final response it has no effect, but
	 * it matches; RFC 6026 keeps the transaction after a 2xx for that */
	reply(ua, x, invite || session_answered(ua, req) ? 200 : 481, NULL);
	if (s)
		session_cancelled(s);
}

static void on_new_invite(struct sip_ua *ua, struct sip_txn *x,
			  const struct sip_view *req, const struct addr *from)
{
	if (session_is_merged(ua, req)) {
		reply(ua, x, 482, NULL);
		return;
	}
	if (refuse_extensions(ua, x, req))
		return;
	if (ua->conf.invite)
		ua->conf.invite(ua, x, req, from, ua->conf.arg);
	else
		reply(ua, x, 603, NULL);
}

static void outside_dialog(struct sip_ua *ua, struct sip_txn *x,
			   const struct sip_view *req, const struct addr *from)
{
	if (span_is(req->method, "INVITE"))
		on_new_invite(ua, x, req, from);
	else if (span_is(req->method, "OPTIONS"))
		reply_options(ua, x);
	else if (span_is(req->method, "BYE") ||
		 span_is(req->method, "UPDATE") ||
		 span_is(req->method, "INFO") || span_is(req->method, "PRACK"))
		reply(ua, x, 481, NULL);
	else
		reply(ua, x, 405, "Allow: " SIP_ALLOW "\r\n");
}

static void on_request(struct sip_txn *x, const struct sip_view *req,
		       const struct addr *from, void *arg)
{
	struct sip_ua *ua = arg;
	struct sip_session *s = NULL;

	if (!span_empty(req->to_tag))
		s = session_find(ua, req->call_id, req->to_tag, req->from_tag);
	if (!x) {
		if (s)
			session_acked(s, req);
	} else if (span_is(req->method, "CANCEL")) {
		on_cancel(ua, x, req);
	} else if (span_is(req->method, "INVITE") &&
		   session_invite_again(ua, req)) {
		sip_txn_kill(x);
	} else if (ua->conf.admit &&
		   !ua->conf.admit(ua, x, req, ua->conf.arg)) {
		return;
	} else if (s) {
		if (!refuse_extensions(ua, x, req))
			session_request(s, x, req);
	} else if (!span_empty(req->to_tag)) {
		reply(ua, x, 481, NULL);
	} else {
		outside_dialog(ua, x, req, from);
	}
}

static void on_garbage(const struct addr *from, const char *why, void *arg)
{
	struct sip_ua *ua = arg;
	char text[ADDR_TEXT];

	trace_notef(ua->conf.trace, -1, loop_now(ua->conf.loop), TRACE_WARNING,
		    ua->conf.name, "message from %s was dropped: %s",
		    addr_text(from, text), why);
}

/* RFC 3261 sections 16.3 and 18.3, without a transaction: the same answer each
 * time. The reason phrase says what is wrong. */
static void on_faulty(const struct sip_view *req, const struct addr *from,
		      const char *why, void *arg)
{
	struct sip_ua *ua = arg;
	char *reason = xasprintf("Bad Request (%s)", why), *p;
	struct sip_reply r = {
		.code = 400, .reason = reason, .from = from, .to_tag = "400"};
	struct addr to;

	if (ua->dead)
		return;
	for (p = reason; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			*p = '?';
	sip_reply_addr(req, from, &to);
	buf_clear(&ua->out);
	sip_print_reply(&ua->out, req, &r);
	ua_send(ua, &to);
	free(reason);
}

static int on_send(const struct addr *to, struct span text, void *arg)
{
	return ua_send_text(arg, to, text);
}

/* ---- life ---- */

struct sip_ua *sip_ua_new(const struct sip_ua_conf *conf, struct err *e)
{
	struct sip_ua *ua = xcalloc(1, sizeof(*ua));
	struct sip_txns_conf tc = {.loop = conf->loop,
				   .send = on_send,
				   .request = on_request,
				   .stray = ua_stray,
				   .faulty = on_faulty,
				   .garbage = on_garbage,
				   .arg = ua};

	ua->conf = *conf;
	buf_init(&ua->out, SIP_MAX);
	hash_init(&ua->by_call_id);
	hash_init(&ua->orphans);
	if (ua_open(ua, conf->local, e) < 0) {
		free(ua);
		return NULL;
	}
	ua->txns = sip_txns_new(&tc);
	return ua;
}

void sip_ua_free(struct sip_ua *ua)
{
	if (!ua)
		return;
	while (ua->sessions.head)
		session_free((struct sip_session *)ua->sessions.head);
	sip_txns_free(ua->txns);
	ua_close(ua);
	hash_fini(&ua->by_call_id);
	ua_orphans_free(ua);
	buf_fini(&ua->out);
	free(ua);
}

struct sip_txn *sip_ua_request(struct sip_ua *ua, const char *method,
			       const char *uri, const char *headers,
			       sip_outcome_h *h, void *arg, struct err *e)
{
	char branch[TOKEN + 1], tag[TOKEN + 1], call_id[33];
	struct sip_out r = {.method = method,
			    .uri = uri,
			    .branch = branch,
			    .call_id = call_id,
			    .cseq = 1,
			    .headers = headers};
	struct addr at;
	struct span me;
	char *from, *to;
	struct sip_txn *x;

	if (!ua_outside(ua, uri, &at)) {
		ua_nowhere(ua, uri, e);
		return NULL;
	}
	r.via = ua_via(ua, (enum addr_proto)at.proto);
	me = sip_addr_uri(
		span_of(ua_contact(ua, (enum addr_proto)at.proto,
				   span_case_starts(span_of(uri), "sips:"))));
	ids_hex(ua->conf.ids, "call-id", call_id, 32);
	ua_token(ua, "branch", branch);
	ua_token(ua, "tag", tag);
	r.from = from = xasprintf("<%.*s>;tag=%s", SPAN_ARG(me), tag);
	r.to = to = xasprintf("<%s>", uri);
	buf_clear(&ua->out);
	sip_print_request(&ua->out, &r);
	x = sip_txn_request(ua->txns, &at, buf_span(&ua->out), h, arg, e);
	free(from);
	free(to);
	return x;
}

bool sip_ua_busy(const struct sip_ua *ua)
{
	const struct le *e;

	if (ua->dead)
		return false;
	if (sip_txns_waiting(ua->txns))
		return true;
	for (e = ua->sessions.head; e; e = e->next)
		if (!session_over((const struct sip_session *)e))
			return true;
	return false;
}

struct sip_ua_left sip_ua_left(const struct sip_ua *ua)
{
	struct sip_ua_left left = {.dialogs = ua->sessions.n,
				   .transactions = sip_txns_left(ua->txns)};

	return left;
}
