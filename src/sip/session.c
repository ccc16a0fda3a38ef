#include "sip/session.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/xalloc.h"
#include "sip/print.h"
#include "sip/ua_int.h"

enum state {
	INVITING,   /* ours; nothing came yet */
	PROCEEDING, /* ours; a provisional response came */
	CANCELLING, /* ours; CANCEL went, the final response is open */
	INCOMING,   /* the peer's; not yet answered */
	ANSWERED,   /* the peer's; our 2xx waits for its ACK */
	UP,
	ENDING, /* our BYE waits for its answer */
	OVER
};

/* RFC 3261 section 17.1.1.1. */
#define T1_US INT64_C(500000)
#define T2_US INT64_C(4000000)

enum { CHANGE_TRIES = 2 };

/* A request of ours in the dialog, and who wants to know. */
struct change {
	struct le le;
	struct sip_session *session;
	struct sip_txn *x; /* NULL once it is final */
	sip_change_h *h;
	void *arg;
};

struct sip_session {
	struct le le; /* in ua->sessions; first for ua.c */
	struct hash_le by_call_id;
	struct sip_ua *ua;
	struct sip_session_handlers h;
	void *arg;
	bool outgoing; /* we sent the first INVITE */
	bool released;
	int depth; /* handlers on the stack: not to be freed */
	enum state state;

	/* dialog, RFC 3261 section 12 */
	char *call_id;
	char *local, *remote; /* From and To values as we send them */
	char *local_tag;
	char *remote_tag; /* NULL until known */
	char *target;	  /* URI */
	char *route;	  /* comma list, or NULL */
	struct addr peer; /* where the first INVITE went or came from */
	uint32_t local_cseq, remote_cseq;

	/* INVITE of ours that is open, first or later */
	struct sip_txn *out;
	uint32_t out_cseq;
	char *ack; /* of the newest 2xx, for repeated ones */
	size_t ack_n;
	uint32_t ack_cseq;
	struct addr ack_to;
	bool acked;
	bool hangup; /* asked for while it could not be done */
	char *hangup_headers;
	struct timer cancel_timer;

	/* re-INVITE of ours */
	sip_change_h *change_h;
	void *change_arg;
	char *change_headers, *change_type;
	struct buf change_body;
	struct timer change_timer; /* runs after a 491 */
	int change_tries;
	struct list changes; /* requests other than INVITE */

	/* INVITE of the peer's that is open, first or later */
	struct sip_txn *in;
	uint32_t in_cseq;
	char *in_branch;
	char *ok; /* our 2xx, repeated until the ACK */
	size_t ok_n;
	struct addr ok_to;
	struct timer ok_timer;
	int64_t ok_wait_us, ok_until_us;
};

/* ---- life ---- */

static void change_free(struct change *c)
{
	list_unlink(&c->le);
	if (c->x)
		sip_txn_detach(c->x);
	free(c);
}

void session_free(struct sip_session *s)
{
	while (s->changes.head)
		change_free(container_of(s->changes.head, struct change, le));
	if (s->out)
		sip_txn_detach(s->out);
	if (s->in)
		sip_txn_set_owner(s->in, NULL);
	timer_stop(&s->cancel_timer);
	timer_stop(&s->change_timer);
	timer_stop(&s->ok_timer);
	hash_del(&s->by_call_id);
	list_unlink(&s->le);
	buf_fini(&s->change_body);
	free(s->call_id);
	free(s->local);
	free(s->remote);
	free(s->local_tag);
	free(s->remote_tag);
	free(s->target);
	free(s->route);
	free(s->ack);
	free(s->hangup_headers);
	free(s->change_headers);
	free(s->change_type);
	free(s->in_branch);
	free(s->ok);
	free(s);
}

bool session_over(const struct sip_session *s)
{
	return s->state == OVER;
}

/* Every way in from outside is between these two: a handler may release the
 * session, and then the last one out frees it. */
static void enter(struct sip_session *s)
{
	s->depth++;
}

static void leave(struct sip_session *s)
{
	if (--s->depth == 0 && s->released && s->state == OVER)
		session_free(s);
}

static void set_state(struct sip_session *s, enum state state)
{
	static const char *const name[] = {
		"inviting", "proceeding", "cancelling", "incoming",
		"answered", "up",	  "ending",	"over"};

	if (log_wants(LOG_DEBUG))
		log_debug("%s %s: %s -> %s", s->ua->conf.name, s->call_id,
			  name[s->state], name[state]);
	s->state = state;
}

static void over(struct sip_session *s, enum sip_ended how)
{
	if (s->state == OVER)
		return;
	set_state(s, OVER);
	timer_stop(&s->ok_timer);
	timer_stop(&s->change_timer);
	timer_stop(&s->cancel_timer);
	if (s->h.ended)
		s->h.ended(s, how, s->arg);
}

static void failed(struct sip_session *s, const struct sip_failure *f)
{
	set_state(s, OVER);
	timer_stop(&s->cancel_timer);
	if (s->h.failed)
		s->h.failed(s, f, s->arg);
}

void sip_session_release(struct sip_session *s)
{
	if (!s)
		return;
	memset(&s->h, 0, sizeof(s->h));
	s->change_h = NULL;
	s->released = true;
	enter(s);
	leave(s);
}

void sip_session_drop(struct sip_session *s)
{
	if (!s)
		return;
	enter(s);
	memset(&s->h, 0, sizeof(s->h));
	if (s->out)
		sip_txn_detach(s->out);
	if (s->in)
		sip_txn_set_owner(s->in, NULL);
	s->out = s->in = NULL;
	while (s->changes.head)
		change_free(container_of(s->changes.head, struct change, le));
	over(s, SIP_ENDED_LOST);
	sip_session_release(s);
	leave(s);
}

static void on_ok_timer(void *arg);
static void on_cancel_timer(void *arg);
static void on_change_timer(void *arg);

static struct sip_session *session_new(struct sip_ua *ua, struct span call_id,
				       const struct sip_session_handlers *h,
				       void *arg)
{
	struct sip_session *s = xcalloc(1, sizeof(*s));

	s->ua = ua;
	if (h)
		s->h = *h;
	s->arg = arg;
	s->call_id = span_dup(call_id);
	buf_init(&s->change_body, SIP_MAX);
	timer_init(&s->ok_timer, ua->conf.loop, on_ok_timer, s);
	timer_init(&s->cancel_timer, ua->conf.loop, on_cancel_timer, s);
	timer_init(&s->change_timer, ua->conf.loop, on_change_timer, s);
	list_append(&ua->sessions, &s->le);
	hash_add(&ua->by_call_id, &s->by_call_id, span_of(s->call_id));
	return s;
}

struct sip_session *session_find(struct sip_ua *ua, struct span call_id,
				 struct span local_tag, struct span remote_tag)
{
	struct hash_le *e;

	for (e = hash_find(&ua->by_call_id, call_id); e;
	     e = hash_find_next(e)) {
		struct sip_session *s = container_of(e, struct sip_session,
						     by_call_id);

		if (span_is(local_tag, s->local_tag) && s->remote_tag &&
		    span_is(remote_tag, s->remote_tag))
			return s;
	}
	return NULL;
}

const char *sip_session_call_id(const struct sip_session *s)
{
	return s->call_id;
}

bool sip_session_is_up(const struct sip_session *s)
{
	return s->state == UP;
}

bool sip_session_is_open(const struct sip_session *s)
{
	return s->out || s->in || timer_running(&s->change_timer) ||
	       timer_running(&s->ok_timer);
}

const struct sip_view *sip_session_invite_view(const struct sip_session *s)
{
	return s->in ? sip_txn_view(s->in) : NULL;
}

/* ---- the dialog ---- */

static void replace(char **at, char *owned)
{
	free(*at);
	*at = owned;
}

/* RFC 3261 section 12.2.1.2: target refresh. */
static void take_target(struct sip_session *s, const struct sip_view *v)
{
	struct span contact;

	if (sip_view_element(v, "Contact", 0, &contact))
		replace(&s->target, span_dup(sip_addr_uri(contact)));
}

/* Record-Route as our route set: reversed in responses (section 12.1.2). */
static void take_route(struct sip_session *s, const struct sip_view *v,
		       bool reverse)
{
	struct span value;
	struct buf list;
	unsigned n = 0, i;

	while (sip_view_element(v, "Record-Route", n, &value))
		n++;
	if (n == 0)
		return;
	buf_init(&list, 8192);
	for (i = 0; i < n; i++) {
		sip_view_element(v, "Record-Route", reverse ? n - 1 - i : i,
				 &value);
		buf_addf(&list, "%s%.*s", i ? ", " : "", SPAN_ARG(value));
	}
	replace(&s->route, buf_steal(&list));
}

/* A 2xx makes the dialog (section 13.2.2.4). */
static void take_dialog(struct sip_session *s, const struct sip_view *resp)
{
	replace(&s->remote, span_dup(resp->to));
	replace(&s->remote_tag, span_dup(resp->to_tag));
	take_route(s, resp, true);
	take_target(s, resp);
}

static void next_hop(const struct sip_session *s, struct addr *to)
{
	if (!ua_next_hop(s->target, s->route, to))
		*to = s->peer;
}

/* Puts a request of this dialog into ua->out. */
static void print(struct sip_session *s, const char *method, uint32_t cseq,
		  const char *headers, const char *content_type,
		  struct span body)
{
	char branch[TOKEN + 1];
	bool target = strcmp(method, "INVITE") == 0 ||
		      strcmp(method, "UPDATE") == 0;
	struct sip_out r = {.method = method,
			    .uri = s->target,
			    .via = &s->ua->local,
			    .branch = branch,
			    .from = s->local,
			    .to = s->remote,
			    .call_id = s->call_id,
			    .cseq = cseq,
			    .route = s->route,
			    .contact = target ? s->ua->contact : NULL,
			    .headers = headers,
			    .content_type = content_type,
			    .body = body};

	ua_token(s->ua, "branch", branch);
	buf_clear(&s->ua->out);
	sip_print_request(&s->ua->out, &r);
}

/* ---- INVITE of ours ---- */

static void on_invite_outcome(enum sip_outcome o, const struct sip_view *resp,
			      const char *why, void *arg);

static char *with_tag(const char *value, const char *tag)
{
	return xasprintf("%s;tag=%s", value, tag);
}

struct sip_session *sip_session_invite(struct sip_ua *ua,
				       const struct sip_invite *inv,
				       const struct sip_session_handlers *h,
				       void *arg, struct err *e)
{
	char call_id[33], tag[TOKEN + 1];
	struct sip_session *s;
	struct addr to;

	if (!ua_next_hop(inv->uri, NULL, &to)) {
		err_set(e, ERR_INPUT, "'%s' leads nowhere", inv->uri);
		return NULL;
	}
	ids_hex(ua->conf.ids, "call-id", call_id, 32);
	ua_token(ua, "tag", tag);
	s = session_new(ua, span_of(call_id), h, arg);
	s->state = INVITING;
	s->outgoing = true;
	s->local_tag = xstrdup(tag);
	s->local = with_tag(inv->from, tag);
	s->remote = xstrdup(inv->to);
	s->target = xstrdup(inv->uri);
	s->peer = to;
	s->local_cseq = s->out_cseq = 1;
	print(s, "INVITE", s->out_cseq, inv->headers, inv->content_type,
	      inv->body);
	s->out = sip_txn_request(ua->txns, &to, buf_span(&ua->out),
				 on_invite_outcome, s, e);
	if (!s->out) {
		session_free(s);
		return NULL;
	}
	return s;
}

static void send_cancel(struct sip_session *s)
{
	struct sip_ua *ua = s->ua;

	set_state(s, CANCELLING);
	buf_clear(&ua->out);
	sip_print_cancel(&ua->out, sip_txn_view(s->out), s->hangup_headers);
	sip_txn_request(ua->txns, &s->peer, buf_span(&ua->out), NULL, NULL,
			NULL);
	/* section 9.1: without a final response by then it counts as ended */
	timer_after(&s->cancel_timer, 64 * T1_US);
}

static void on_cancel_timer(void *arg)
{
	struct sip_session *s = arg;
	struct sip_failure f = {
		.outcome = SIP_TIMEOUT, .code = 408, .cancelled = true};

	enter(s);
	if (s->out)
		sip_txn_kill(s->out);
	s->out = NULL;
	failed(s, &f);
	leave(s);
}

void sip_session_ack(struct sip_session *s, const char *content_type,
		     struct span body)
{
	struct sip_ua *ua = s->ua;

	if (s->acked)
		return;
	s->acked = true;
	print(s, "ACK", s->out_cseq, NULL, content_type, body);
	next_hop(s, &s->ack_to);
	ua_send(ua, &s->ack_to);
	free(s->ack);
	s->ack_n = ua->out.n;
	s->ack_cseq = s->out_cseq;
	s->ack = xmemdup(buf_str(&ua->out), ua->out.n);
}

bool session_2xx_again(struct sip_session *s, const struct sip_view *resp)
{
	struct sip_ua *ua = s->ua;

	if (resp->cseq != s->out_cseq || !s->ack)
		return false;
	if (s->ack_cseq != s->out_cseq) {
		/* of a re-INVITE that our BYE overtook */
		s->acked = false;
		sip_session_ack(s, NULL, span_of(""));
		return true;
	}
	buf_clear(&ua->out);
	buf_add(&ua->out, s->ack, s->ack_n);
	ua_send(ua, &s->ack_to);
	return true;
}

static void send_bye(struct sip_session *s);

static void on_first_2xx(struct sip_session *s, const struct sip_view *resp)
{
	take_dialog(s, resp);
	timer_stop(&s->cancel_timer);
	s->acked = false;
	set_state(s, UP);
	if (!s->hangup && s->h.answered)
		s->h.answered(s, resp, s->arg);
	sip_session_ack(s, NULL, span_of(""));
	if (s->hangup && s->state == UP)
		send_bye(s);
}

static int code_of(enum sip_outcome o, const struct sip_view *resp)
{
	switch (o) {
	case SIP_FINAL:
		return resp->code;
	case SIP_TIMEOUT:
		return 408; /* RFC 3261 section 8.1.3.1 */
	case SIP_UNREACHABLE:
		return 503;
	default:
		return 500;
	}
}

static void on_provisional(struct sip_session *s, const struct sip_view *resp)
{
	if (s->state == INVITING)
		set_state(s, PROCEEDING);
	if (s->hangup && s->state == PROCEEDING)
		send_cancel(s);
	else if (s->h.progress)
		s->h.progress(s, resp, s->arg);
}

static void on_invite_outcome(enum sip_outcome o, const struct sip_view *resp,
			      const char *why, void *arg)
{
	struct sip_session *s = arg;
	struct sip_failure f = {.outcome = o,
				.code = code_of(o, resp),
				.resp = resp,
				.why = why,
				.cancelled = s->hangup};

	enter(s);
	if (o == SIP_PROVISIONAL) {
		on_provisional(s, resp);
	} else {
		s->out = NULL;
		if (o == SIP_FINAL && resp->code < 300)
			on_first_2xx(s, resp);
		else
			failed(s, &f);
	}
	leave(s);
}

/* ---- re-INVITE of ours ---- */

static void on_reinvite_outcome(enum sip_outcome o, const struct sip_view *resp,
				const char *why, void *arg);

static int send_reinvite(struct sip_session *s)
{
	struct sip_ua *ua = s->ua;
	struct addr to;

	s->out_cseq = ++s->local_cseq;
	s->change_tries++;
	print(s, "INVITE", s->out_cseq, s->change_headers, s->change_type,
	      buf_span(&s->change_body));
	next_hop(s, &to);
	s->out = sip_txn_request(ua->txns, &to, buf_span(&ua->out),
				 on_reinvite_outcome, s, NULL);
	return s->out ? 0 : -1;
}

int sip_session_reinvite(struct sip_session *s, const char *headers,
			 const char *content_type, struct span body,
			 sip_change_h *h, void *arg)
{
	if (s->state != UP || sip_session_is_open(s))
		return -1;
	replace(&s->change_headers, headers ? xstrdup(headers) : NULL);
	replace(&s->change_type, content_type ? xstrdup(content_type) : NULL);
	buf_clear(&s->change_body);
	buf_add_span(&s->change_body, body);
	s->change_h = h;
	s->change_arg = arg;
	s->change_tries = 0;
	return send_reinvite(s);
}

static void on_change_timer(void *arg)
{
	struct sip_session *s = arg;

	enter(s);
	if (s->state == UP)
		send_reinvite(s);
	leave(s);
}

static void changed(struct sip_session *s, enum sip_outcome o,
		    const struct sip_view *resp)
{
	sip_change_h *h = s->change_h;

	s->change_h = NULL;
	if (h)
		h(s, o, resp, s->change_arg);
}

/* RFC 3261 section 14.1: we own the Call-ID of what we began, so 2.1 to 4 s,
 * else up to 2 s; in steps of 10 ms. */
static void wait_and_retry(struct sip_session *s)
{
	uint32_t steps = rng_below(s->ua->conf.rng, s->outgoing ? 191 : 201);

	timer_after(&s->change_timer,
		    ((s->outgoing ? 210 : 0) + (int64_t)steps) * 10000);
}

static void on_reinvite_outcome(enum sip_outcome o, const struct sip_view *resp,
				const char *why, void *arg)
{
	struct sip_session *s = arg;

	(void)why;
	if (o == SIP_PROVISIONAL)
		return;
	enter(s);
	s->out = NULL;
	if (o == SIP_FINAL && resp->code < 300) {
		take_target(s, resp);
		s->acked = false;
		changed(s, o, resp);
		sip_session_ack(s, NULL, span_of(""));
		if (s->hangup && s->state == UP)
			send_bye(s);
	} else if (o == SIP_FINAL && resp->code == 491 && s->state == UP &&
		   s->change_tries < CHANGE_TRIES) {
		wait_and_retry(s);
	} else {
		changed(s, o, resp);
	}
	leave(s);
}

/* ---- other requests of ours ---- */

static void on_change_outcome(enum sip_outcome o, const struct sip_view *resp,
			      const char *why, void *arg)
{
	struct change *c = arg;
	struct sip_session *s = c->session;
	sip_change_h *h = s->released ? NULL : c->h;
	void *h_arg = c->arg;

	(void)why;
	if (o == SIP_PROVISIONAL)
		return;
	enter(s);
	c->x = NULL;
	change_free(c);
	if (h)
		h(s, o, resp, h_arg);
	leave(s);
}

int sip_session_request(struct sip_session *s, const char *method,
			const char *headers, const char *content_type,
			struct span body, sip_change_h *h, void *arg)
{
	struct change *c;
	struct addr to;

	if (s->state != UP)
		return -1;
	print(s, method, ++s->local_cseq, headers, content_type, body);
	next_hop(s, &to);
	c = xcalloc(1, sizeof(*c));
	c->session = s;
	c->h = h;
	c->arg = arg;
	list_append(&s->changes, &c->le);
	c->x = sip_txn_request(s->ua->txns, &to, buf_span(&s->ua->out),
			       on_change_outcome, c, NULL);
	if (!c->x) {
		change_free(c);
		return -1;
	}
	return 0;
}

/* ---- ending ---- */

static void on_bye_outcome(enum sip_outcome o, const struct sip_view *resp,
			   const char *why, void *arg)
{
	struct sip_session *s = arg;

	(void)resp;
	(void)why;
	if (o == SIP_PROVISIONAL)
		return;
	enter(s);
	s->out = NULL;
	over(s, SIP_ENDED_HERE);
	leave(s);
}

static void send_bye(struct sip_session *s)
{
	struct addr to;

	set_state(s, ENDING);
	timer_stop(&s->ok_timer);
	timer_stop(&s->change_timer);
	if (s->out)
		sip_txn_detach(s->out);
	print(s, "BYE", ++s->local_cseq, s->hangup_headers, NULL, span_of(""));
	next_hop(s, &to);
	s->out = sip_txn_request(s->ua->txns, &to, buf_span(&s->ua->out),
				 on_bye_outcome, s, NULL);
	if (!s->out)
		over(s, SIP_ENDED_LOST);
}

void sip_session_hangup(struct sip_session *s, const char *headers)
{
	if (s->hangup)
		return;
	enter(s);
	replace(&s->hangup_headers, headers ? xstrdup(headers) : NULL);
	s->hangup = true;
	switch (s->state) {
	case PROCEEDING:
		send_cancel(s);
		break;
	case UP:
		/* not before the ACK: on_first_2xx goes on from here */
		if (s->acked || !s->outgoing)
			send_bye(s);
		break;
	case INCOMING:
		sip_session_reject(s, 480, NULL);
		break;
	default: /* INVITING, ANSWERED: when the peer has spoken */
		break;
	}
	leave(s);
}

/* ---- INVITE of the peer's ---- */

struct sip_session *sip_session_incoming(struct sip_ua *ua, struct sip_txn *x,
					 const struct sip_session_handlers *h,
					 void *arg)
{
	const struct sip_view *req = sip_txn_view(x);
	struct sip_session *s = session_new(ua, req->call_id, h, arg);
	char tag[TOKEN + 1];

	ua_token(ua, "tag", tag);
	s->state = INCOMING;
	s->local_tag = xstrdup(tag);
	s->local = xasprintf("%.*s;tag=%s", SPAN_ARG(req->to), tag);
	s->remote = span_dup(req->from);
	s->remote_tag = span_dup(req->from_tag);
	s->target = span_dup(sip_addr_uri(req->from));
	take_target(s, req);
	take_route(s, req, false);
	s->peer = *sip_txn_peer(x);
	s->remote_cseq = req->cseq;
	s->in = x;
	s->in_cseq = req->cseq;
	s->in_branch = span_dup(req->branch);
	sip_txn_set_owner(x, s);
	return s;
}

static void print_reply(struct sip_session *s, struct buf *b,
			const struct sip_txn *x, int code, const char *headers,
			const char *content_type, struct span body)
{
	struct sip_reply r = {.code = code,
			      .to_tag = s->local_tag,
			      .headers = headers,
			      .content_type = content_type,
			      .body = body};

	if (code > 100 && code < 300)
		r.contact = s->ua->contact;
	buf_clear(b);
	sip_print_reply(b, sip_txn_view(x), &r);
}

void sip_session_reply(struct sip_session *s, struct sip_txn *x, int code,
		       const char *headers, const char *content_type,
		       struct span body)
{
	print_reply(s, &s->ua->out, x, code, headers, content_type, body);
	sip_txn_reply(x, buf_span(&s->ua->out));
}

void sip_session_progress(struct sip_session *s, int code, const char *headers,
			  const char *content_type, struct span body)
{
	if (s->in)
		sip_session_reply(s, s->in, code, headers, content_type, body);
}

void sip_session_print_answer(struct sip_session *s, struct buf *b, int code,
			      const char *headers, const char *content_type,
			      struct span body)
{
	if (s->in)
		print_reply(s, b, s->in, code, headers, content_type, body);
}

void sip_session_answer_raw(struct sip_session *s, struct span text)
{
	struct sip_txn *x = s->in;

	if (!x)
		return;
	replace(&s->ok, xmemdup(text.p, text.n));
	s->ok_n = text.n;
	s->ok_to = *sip_txn_peer(x);
	s->in = NULL;
	sip_txn_set_owner(x, NULL);
	if (s->state == INCOMING)
		set_state(s, ANSWERED);
	/* RFC 3261 section 13.3.1.4 */
	s->ok_wait_us = T1_US;
	s->ok_until_us = loop_now(s->ua->conf.loop) + 64 * T1_US;
	timer_after(&s->ok_timer, s->ok_wait_us);
	sip_txn_reply(x, text);
}

void sip_session_answer(struct sip_session *s, int code, const char *headers,
			const char *content_type, struct span body)
{
	if (!s->in)
		return;
	print_reply(s, &s->ua->out, s->in, code, headers, content_type, body);
	sip_session_answer_raw(s, buf_span(&s->ua->out));
}

void sip_session_reject(struct sip_session *s, int code, const char *headers)
{
	struct sip_txn *x = s->in;

	if (!x)
		return;
	enter(s);
	s->in = NULL;
	sip_txn_set_owner(x, NULL);
	sip_session_reply(s, x, code, headers, NULL, span_of(""));
	if (s->state == INCOMING)
		over(s, SIP_ENDED_HERE);
	leave(s);
}

/* RFC 3261 section 13.3.1.4: given up after 64*T1, not at the next repeat. */
static void repeat_ok_later(struct sip_session *s)
{
	int64_t next_us = loop_now(s->ua->conf.loop) + s->ok_wait_us;

	timer_at(&s->ok_timer,
		 next_us < s->ok_until_us ? next_us : s->ok_until_us);
}

static void on_ok_timer(void *arg)
{
	struct sip_session *s = arg;
	struct sip_ua *ua = s->ua;

	enter(s);
	if (loop_now(ua->conf.loop) >= s->ok_until_us) {
		/* never acknowledged: BYE, and nobody to talk to */
		if (s->h.ended)
			s->h.ended(s, SIP_ENDED_LOST, s->arg);
		s->h.ended = NULL;
		send_bye(s);
	} else {
		buf_clear(&ua->out);
		buf_add(&ua->out, s->ok, s->ok_n);
		ua_send(ua, &s->ok_to);
		s->ok_wait_us *= 2;
		if (s->ok_wait_us > T2_US)
			s->ok_wait_us = T2_US;
		repeat_ok_later(s);
	}
	leave(s);
}

bool session_invite_again(struct sip_ua *ua, const struct sip_view *req)
{
	struct hash_le *e;

	for (e = hash_find(&ua->by_call_id, req->call_id); e;
	     e = hash_find_next(e)) {
		struct sip_session *s = container_of(e, struct sip_session,
						     by_call_id);

		if (s->ok && s->remote_tag &&
		    span_is(req->from_tag, s->remote_tag) &&
		    span_is(req->branch, s->in_branch)) {
			buf_clear(&ua->out);
			buf_add(&ua->out, s->ok, s->ok_n);
			ua_send(ua, &s->ok_to);
			return true;
		}
	}
	return false;
}

void session_acked(struct sip_session *s, const struct sip_view *ack)
{
	if (ack->cseq != s->in_cseq || !timer_running(&s->ok_timer))
		return;
	enter(s);
	timer_stop(&s->ok_timer);
	if (s->state == ANSWERED)
		set_state(s, UP);
	if (s->h.acked)
		s->h.acked(s, ack, s->arg);
	if (s->hangup && s->state == UP)
		send_bye(s);
	leave(s);
}

void session_cancelled(struct sip_session *s)
{
	struct sip_txn *x = s->in;

	if (!x)
		return;
	enter(s);
	s->in = NULL;
	sip_txn_set_owner(x, NULL);
	sip_session_reply(s, x, 487, NULL, NULL, span_of(""));
	if (s->state == INCOMING)
		over(s, SIP_ENDED_CANCELLED);
	leave(s);
}

/* ---- requests in the dialog ---- */

static void on_bye(struct sip_session *s, struct sip_txn *x)
{
	struct sip_txn *open = s->in;

	sip_session_reply(s, x, 200, NULL, NULL, span_of(""));
	if (open) {
		/* RFC 3261 section 15.1.2 */
		s->in = NULL;
		sip_txn_set_owner(open, NULL);
		sip_session_reply(s, open, 487, NULL, NULL, span_of(""));
	}
	if (s->state == ENDING)
		return; /* both at once: ours is still to be answered */
	if (s->out)
		sip_txn_detach(s->out);
	s->out = NULL;
	over(s, SIP_ENDED_BY_PEER);
}

static void on_reinvite(struct sip_session *s, struct sip_txn *x,
			const struct sip_view *req)
{
	if (s->in || timer_running(&s->ok_timer)) {
		/* section 14.2 */
		sip_session_reply(s, x, 500, "Retry-After: 1\r\n", NULL,
				  span_of(""));
		return;
	}
	if (s->out || s->state != UP) {
		sip_session_reply(s, x, 491, NULL, NULL, span_of(""));
		return;
	}
	s->in = x;
	s->in_cseq = req->cseq;
	replace(&s->in_branch, span_dup(req->branch));
	sip_txn_set_owner(x, s);
	take_target(s, req);
	if (s->h.reinvited)
		s->h.reinvited(s, req, s->arg);
	else
		sip_session_reject(s, 488, NULL);
}

static void on_other(struct sip_session *s, struct sip_txn *x,
		     const struct sip_view *req)
{
	if (s->h.request && s->h.request(s, x, req, s->arg))
		return;
	if (span_is(req->method, "OPTIONS") ||
	    (span_is(req->method, "UPDATE") && span_empty(req->body)))
		sip_session_reply(s, x, 200, "Allow: " SIP_ALLOW "\r\n", NULL,
				  span_of(""));
	else if (span_is(req->method, "UPDATE"))
		sip_session_reply(s, x, 488, NULL, NULL, span_of(""));
	else
		sip_session_reply(s, x, 405, "Allow: " SIP_ALLOW "\r\n", NULL,
				  span_of(""));
}

void session_request(struct sip_session *s, struct sip_txn *x,
		     const struct sip_view *req)
{
	enter(s);
	if (s->state == OVER) {
		sip_session_reply(s, x, 481, NULL, NULL, span_of(""));
	} else if (req->cseq < s->remote_cseq) {
		/* section 12.2.2: out of order */
		sip_session_reply(s, x, 500, NULL, NULL, span_of(""));
	} else {
		s->remote_cseq = req->cseq;
		if (span_is(req->method, "BYE"))
			on_bye(s, x);
		else if (span_is(req->method, "INVITE"))
			on_reinvite(s, x, req);
		else
			on_other(s, x, req);
	}
	leave(s);
}
