#include "sip/ua.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/xalloc.h"
#include "net/local.h"
#include "sip/edit.h"
#include "sip/head.h"
#include "sip/print.h"
#include "sip/session_int.h"

enum { ORPHANS = 1024 };

/* A dialog that a late or forked 2xx made and nobody wants; the newest are
 * remembered. */
struct orphan {
	struct hash_le by_key;
	struct le le;
	char *key;
};

void ua_token(struct sip_ua *ua, const char *kind, char out[TOKEN + 1])
{
	ids_hex(ua->conf.ids, kind, out, TOKEN);
}

/* Edits see what goes out; what they leave of it is sent, as often as they
 * say. */
static int put(struct sip_ua *ua, const struct addr *to, struct span text)
{
	struct buf out;
	unsigned n;
	int rc = 0;

	if (!ua->conf.edits)
		return flow_send(ua->flow, to, text.p, text.n);
	buf_init(&out, SIP_MAX);
	for (n = sip_edits_apply(ua->conf.edits, text, &out); n > 0; n--)
		if (flow_send(ua->flow, to, out.p, out.n) < 0)
			rc = -1;
	buf_fini(&out);
	return rc;
}

int ua_send(struct sip_ua *ua, const struct addr *to)
{
	if (!ua->flow || ua->out.overflow)
		return -1;
	return put(ua, to, buf_span(&ua->out));
}

bool ua_next_hop(const char *uri, const char *route, struct addr *out)
{
	struct span first = span_of(uri);
	struct sip_uri u;

	if (route && route[0])
		first = sip_addr_uri(span_of(route));
	return sip_uri_parse(first, &u) && sip_uri_by_udp(&u) &&
	       sip_uri_addr(&u, out);
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
		r.contact = ua->contact;
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

/* ---- a 2xx nobody waits for ---- */

static void orphan_free(struct orphan *o)
{
	hash_del(&o->by_key);
	list_unlink(&o->le);
	free(o->key);
	free(o);
}

/* RFC 3261 section 18.1.2: a response whose topmost Via is not ours is not
 * for us. */
static bool is_ours(const struct sip_ua *ua, const struct sip_view *resp)
{
	char text[ADDR_TEXT];

	return span_is(sip_via_sent_by(resp->via), addr_text(&ua->local, text));
}

/* Keeps the run going until the answer came. */
static void on_orphan_bye(enum sip_outcome o, const struct sip_view *resp,
			  const char *why, void *arg)
{
	(void)o;
	(void)resp;
	(void)why;
	(void)arg;
}

static void send_orphan_request(struct sip_ua *ua, const struct sip_view *resp,
				const char *method, uint32_t cseq)
{
	struct sip_session_handlers none = {0};
	struct sip_session *s = session_new(ua, resp->call_id, &none, NULL);
	struct addr to;

	s->local = span_dup(resp->from);
	session_take_dialog(s, resp);
	if (s->target && ua_next_hop(s->target, s->route, &to)) {
		session_print(s, method, cseq, NULL, NULL, span_of(""));
		if (strcmp(method, "ACK") == 0)
			ua_send(ua, &to);
		else
			sip_txn_request(ua->txns, &to, buf_span(&ua->out),
					on_orphan_bye, NULL, NULL);
	}
	session_free(s);
}

static void orphan_add(struct sip_ua *ua, char *key)
{
	struct orphan *o = xcalloc(1, sizeof(*o));

	if (ua->orphan_list.n == ORPHANS)
		orphan_free(
			container_of(ua->orphan_list.head, struct orphan, le));
	o->key = key;
	hash_add(&ua->orphans, &o->by_key, span_of(key));
	list_append(&ua->orphan_list, &o->le);
}

void ua_leave_orphans(struct sip_ua *ua, const char *call_id)
{
	orphan_add(ua, xstrdup(call_id));
}

/* D-fo-late200: ACK every time, BYE once. */
static void end_orphan(struct sip_ua *ua, const struct sip_view *resp)
{
	char *key;

	if (hash_find(&ua->orphans, resp->call_id))
		return;
	key = xasprintf("%.*s|%.*s", SPAN_ARG(resp->call_id),
			SPAN_ARG(resp->to_tag));
	send_orphan_request(ua, resp, "ACK", resp->cseq);
	if (hash_find(&ua->orphans, span_of(key))) {
		free(key);
		return;
	}
	orphan_add(ua, key);
	send_orphan_request(ua, resp, "BYE", resp->cseq + 1);
}

static void on_stray(const struct sip_view *resp, const struct addr *from,
		     void *arg)
{
	struct sip_ua *ua = arg;
	struct sip_session *s;

	(void)from;
	if (resp->code / 100 != 2 || !span_is(resp->cseq_method, "INVITE") ||
	    !is_ours(ua, resp))
		return;
	s = session_find(ua, resp->call_id, resp->from_tag, resp->to_tag);
	if (s)
		session_2xx_again(s, resp);
	else
		end_orphan(ua, resp);
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

	if (!ua->flow)
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

/* ---- the address ---- */

static int on_send(const struct addr *to, struct span text, void *arg)
{
	struct sip_ua *ua = arg;

	/* a dead process is no transport error to itself */
	if (!ua->flow)
		return 0;
	return put(ua, to, text);
}

static void on_datagram(const struct addr *from, const void *p, size_t n,
			void *arg)
{
	struct sip_ua *ua = arg;

	sip_txns_receive(ua->txns, from, span_from(p, n));
}

static void on_refused(const struct addr *to, void *arg)
{
	struct sip_ua *ua = arg;

	sip_txns_unreachable(ua->txns, to);
}

static int open_flow(struct sip_ua *ua, const struct addr *local, struct err *e)
{
	struct flow_conf conf = {.kind = FLOW_SIP,
				 .name = ua->conf.name,
				 .local = local,
				 .recv = on_datagram,
				 .error = on_refused,
				 .arg = ua};

	ua->flow = flow_open(ua->conf.wire, &conf, e);
	if (!ua->flow)
		return -1;
	ua->bound = *flow_addr(ua->flow);
	ua->local = ua->bound;
	if (addr_is_any(&ua->bound)) {
		net_local_any(ua->bound.family, &ua->local);
		ua->local.port = ua->bound.port;
		trace_name_addr(ua->conf.trace, &ua->local, ua->conf.name);
	}
	return 0;
}

struct sip_ua *sip_ua_new(const struct sip_ua_conf *conf, struct err *e)
{
	struct sip_ua *ua = xcalloc(1, sizeof(*ua));
	struct sip_txns_conf tc = {.loop = conf->loop,
				   .send = on_send,
				   .request = on_request,
				   .stray = on_stray,
				   .faulty = on_faulty,
				   .garbage = on_garbage,
				   .arg = ua};
	char host[ADDR_TEXT];

	ua->conf = *conf;
	buf_init(&ua->out, SIP_MAX);
	hash_init(&ua->by_call_id);
	hash_init(&ua->orphans);
	if (open_flow(ua, conf->local, e) < 0) {
		free(ua);
		return NULL;
	}
	ua->txns = sip_txns_new(&tc);
	ua->contact = xasprintf(
		"<sip:%s%s%s>%s", conf->user ? conf->user : "",
		conf->user ? "@" : "", addr_text(&ua->local, host),
		conf->contact_params ? conf->contact_params : "");
	return ua;
}

void sip_ua_free(struct sip_ua *ua)
{
	if (!ua)
		return;
	while (ua->sessions.head)
		session_free((struct sip_session *)ua->sessions.head);
	while (ua->orphan_list.head)
		orphan_free(
			container_of(ua->orphan_list.head, struct orphan, le));
	sip_txns_free(ua->txns);
	flow_close(ua->flow);
	hash_fini(&ua->by_call_id);
	hash_fini(&ua->orphans);
	buf_fini(&ua->out);
	free(ua->contact);
	free(ua);
}

const struct addr *sip_ua_addr(const struct sip_ua *ua)
{
	return &ua->local;
}

const char *sip_ua_contact(const struct sip_ua *ua)
{
	return ua->contact;
}

struct sip_txn *sip_ua_request(struct sip_ua *ua, const char *method,
			       const char *uri, const char *headers,
			       sip_outcome_h *h, void *arg, struct err *e)
{
	char branch[TOKEN + 1], tag[TOKEN + 1], call_id[33];
	struct span me = sip_addr_uri(span_of(ua->contact));
	struct sip_out r = {.method = method,
			    .uri = uri,
			    .via = &ua->local,
			    .branch = branch,
			    .call_id = call_id,
			    .cseq = 1,
			    .headers = headers};
	struct addr at;
	char *from, *to;
	struct sip_txn *x;

	if (!ua_next_hop(uri, NULL, &at)) {
		err_set(e, ERR_INPUT, "'%s' leads nowhere by UDP", uri);
		return NULL;
	}
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

void sip_ua_kill(struct sip_ua *ua)
{
	flow_bury(ua->flow);
	ua->flow = NULL;
}

int sip_ua_revive(struct sip_ua *ua, struct err *e)
{
	struct addr same = ua->bound;

	if (ua->flow)
		return 0;
	return open_flow(ua, &same, e);
}

bool sip_ua_busy(const struct sip_ua *ua)
{
	const struct le *e;

	if (!ua->flow)
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
