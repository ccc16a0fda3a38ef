#include "sip/session.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/xalloc.h"
#include "sip/head.h"
#include "sip/print.h"
#include "sip/session_int.h"
#include "sip/value.h"

enum { HOPS = 71 }; /* Max-Forwards, and one too many */

/* ---- life ---- */

void session_change_free(struct change *c)
{
	list_unlink(&c->le);
	if (c->x)
		sip_txn_detach(c->x);
	free(c->method);
	free(c->headers);
	free(c->type);
	free(c->body);
	free(c);
}

void session_free(struct sip_session *s)
{
	while (s->changes.head)
		session_change_free(
			container_of(s->changes.head, struct change, le));
	if (s->out)
		sip_txn_detach(s->out);
	if (s->in)
		sip_txn_set_owner(s->in, NULL);
	timer_stop(&s->cancel_timer);
	timer_stop(&s->change_timer);
	timer_stop(&s->ok_timer);
	early_fini(&s->early);
	provisionals_fini(s);
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
	free(s->always);
	free(s->first_target);
	free(s->first_remote);
	free(s->targets);
	auth_fini(&s->auth);
	free(s->credentials);
	free(s->change_headers);
	free(s->change_type);
	free(s->in_branch);
	free(s->contact);
	free(s->ok);
	free(s);
}

bool session_over(const struct sip_session *s)
{
	return s->state == OVER;
}

/* Every way in from outside is between these two: a handler may release the
 * session, and then the last one out frees it. */
void session_enter(struct sip_session *s)
{
	s->depth++;
}

void session_leave(struct sip_session *s)
{
	if (--s->depth == 0 && s->released && s->state == OVER)
		session_free(s);
}

void session_set_state(struct sip_session *s, enum session_state state)
{
	static const char *const name[] = {
		"inviting", "proceeding", "cancelling", "incoming",
		"answered", "up",	  "ending",	"over"};

	if (log_wants(LOG_DEBUG))
		log_debug("%s %s: %s -> %s", s->ua->conf.name, s->call_id,
			  name[s->state], name[state]);
	s->state = state;
}

void session_ended(struct sip_session *s, enum sip_ended how)
{
	if (s->state == OVER)
		return;
	session_set_state(s, OVER);
	provisionals_stop(s);
	timer_stop(&s->ok_timer);
	timer_stop(&s->change_timer);
	timer_stop(&s->cancel_timer);
	if (s->h.ended)
		s->h.ended(s, how, s->arg);
}

void session_failed(struct sip_session *s, const struct sip_failure *f)
{
	session_set_state(s, OVER);
	timer_stop(&s->cancel_timer);
	/* a 2xx that comes yet is of no dialog of ours */
	session_replace(&s->remote_tag, NULL);
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
	session_enter(s);
	session_leave(s);
}

void sip_session_drop(struct sip_session *s)
{
	if (!s)
		return;
	session_enter(s);
	memset(&s->h, 0, sizeof(s->h));
	if (s->out)
		sip_txn_detach(s->out);
	if (s->in)
		sip_txn_set_owner(s->in, NULL);
	s->out = s->in = NULL;
	while (s->changes.head)
		session_change_free(
			container_of(s->changes.head, struct change, le));
	session_ended(s, SIP_ENDED_LOST);
	sip_session_release(s);
	session_leave(s);
}

struct sip_session *session_new(struct sip_ua *ua, struct span call_id,
				const struct sip_session_handlers *h, void *arg)
{
	struct sip_session *s = xcalloc(1, sizeof(*s));

	s->ua = ua;
	if (h)
		s->h = *h;
	s->arg = arg;
	s->call_id = span_dup(call_id);
	buf_init(&s->change_body, SIP_MAX);
	timer_init(&s->ok_timer, ua->conf.loop, session_on_ok_timer, s);
	timer_init(&s->cancel_timer, ua->conf.loop, session_on_cancel_timer, s);
	timer_init(&s->change_timer, ua->conf.loop, session_on_change_timer, s);
	provisionals_init(s);
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

const struct addr *sip_session_peer(const struct sip_session *s)
{
	return &s->peer;
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
	return s->out || s->in || s->acking ||
	       timer_running(&s->change_timer) || timer_running(&s->ok_timer);
}

bool sip_session_is_offering(const struct sip_session *s)
{
	return s->out != NULL;
}

bool sip_session_waits(const struct sip_session *s)
{
	return s->state == UP && timer_running(&s->change_timer);
}

const struct sip_view *sip_session_invite_view(const struct sip_session *s)
{
	return s->in ? sip_txn_view(s->in) : NULL;
}

/* ---- the dialog ---- */

void session_replace(char **at, char *owned)
{
	free(*at);
	*at = owned;
}

/* RFC 3261 section 12.2.1.2: target refresh. What no request could be sent to
 * changes nothing. */
void session_take_target(struct sip_session *s, const struct sip_view *v)
{
	struct span contact;
	struct sip_uri u;

	if (!sip_view_element(v, "Contact", 0, &contact))
		return;
	contact = sip_addr_uri(contact);
	if (sip_uri_parse(contact, &u) && u.host[0])
		session_replace(&s->target, span_dup(contact));
}

/* Record-Route as our route set: reversed in responses (section 12.1.2). More
 * routes than a request may have hops (section 8.1.1.6) are none. */
void session_take_route(struct sip_session *s, const struct sip_view *v,
			bool reverse)
{
	struct span hop[HOPS];
	struct sip_walk w;
	struct buf list;
	size_t n = 0, i;

	sip_walk(&w, v, "Record-Route");
	while (n < HOPS && sip_walk_next(&w, &hop[n]))
		n++;
	if (n == 0 || n == HOPS)
		return;
	buf_init(&list, 8192);
	for (i = 0; i < n; i++)
		buf_addf(&list, "%s%.*s", i ? ", " : "",
			 SPAN_ARG(hop[reverse ? n - 1 - i : i]));
	if (list.overflow)
		buf_fini(&list);
	else
		session_replace(&s->route, buf_steal(&list));
}

/* A 2xx makes the dialog (section 13.2.2.4), and so does a 1xx with a tag,
 * until another one comes (section 12.1). */
void session_take_dialog(struct sip_session *s, const struct sip_view *resp)
{
	session_replace(&s->remote, span_dup(resp->to));
	session_replace(&s->remote_tag, span_dup(resp->to_tag));
	session_replace(&s->route, NULL);
	session_take_route(s, resp, true);
	session_take_target(s, resp);
}

/* Where the next request of this dialog goes: over the connection of the first
 * INVITE when the target is on the same host and has none of its own. */
static void next_hop(const struct sip_session *s, struct addr *to)
{
	const struct addr *peer = &s->peer;

	if (!ua_next_hop(s->ua, s->target, s->route, peer, to)) {
		*to = *peer;
		return;
	}
	if (addr_is_reliable(to) && to->proto == peer->proto &&
	    addr_ip_eq(to, peer) && !sip_conns_has(s->ua->conns, to) &&
	    sip_conns_has(s->ua->conns, peer))
		*to = *peer;
}

/* Into ua->out, with the credentials that are known. */
static void print_with_login(struct sip_session *s, struct sip_out *r)
{
	struct buf lines;

	buf_init(&lines, SIP_MAX);
	if (strcmp(r->method, "ACK") == 0) {
		/* RFC 3261 section 22.1: those of its INVITE, as they are */
		r->credentials = s->credentials;
	} else {
		auth_add_lines(&s->auth, r->method, r->uri, &lines);
		r->credentials = lines.n ? buf_str(&lines) : NULL;
	}
	buf_clear(&s->ua->out);
	sip_print_request(&s->ua->out, r);
	if (strcmp(r->method, "INVITE") == 0 && lines.n)
		session_replace(&s->credentials, buf_steal(&lines));
	buf_fini(&lines);
}

/* RFC 3261 section 12.2.1.1: a first route that is strict becomes the
 * Request-URI, without what may not stand there, and the target the last
 * route. False: it is loose. */
static bool is_strict(const char *route, struct span *first, struct span *rest)
{
	struct span list = span_of(route);
	struct sip_uri u;

	*first = sip_addr_uri(sip_value_take(&list));
	*rest = span_trim(list);
	if (!sip_uri_parse(*first, &u) || u.lr)
		return false;
	first->n = span_chr(*first, '?');
	return true;
}

struct addr session_print(struct sip_session *s, const char *method,
			  uint32_t cseq, const char *headers,
			  const char *content_type, struct span body)
{
	char branch[TOKEN + 1], *uri = NULL, *route = NULL;
	bool target = strcmp(method, "INVITE") == 0 ||
		      strcmp(method, "UPDATE") == 0;
	struct span first, rest;
	struct addr to;
	struct sip_out r = {.method = method,
			    .uri = s->target,
			    .branch = branch,
			    .from = s->local,
			    .to = s->remote,
			    .call_id = s->call_id,
			    .cseq = cseq,
			    .route = s->route,
			    .headers = headers,
			    .content_type = content_type,
			    .body = body};

	next_hop(s, &to);
	r.via = ua_via(s->ua, (enum addr_proto)to.proto);
	if (target)
		r.contact = ua_contact(s->ua, (enum addr_proto)to.proto,
				       s->sips);
	ua_token(s->ua, "branch", branch);
	if (s->route && is_strict(s->route, &first, &rest)) {
		r.uri = uri = span_dup(first);
		r.route = route = xasprintf("%.*s%s<%s>", SPAN_ARG(rest),
					    rest.n ? ", " : "", s->target);
	}
	print_with_login(s, &r);
	free(uri);
	free(route);
	return to;
}

/* ---- requests in the dialog ---- */

static bool is_inviting(const struct sip_session *s)
{
	return s->state == INVITING || s->state == PROCEEDING ||
	       s->state == CANCELLING;
}

static void on_bye(struct sip_session *s, struct sip_txn *x,
		   const struct sip_view *req)
{
	struct sip_txn *open = s->in;

	if (is_inviting(s)) {
		/* RFC 3261 section 15: not from the one that is called */
		sip_session_reply(s, x, 481, NULL, NULL, span_of(""));
		return;
	}
	if (s->h.bye && s->h.bye(s, x, req, s->arg))
		return;
	sip_session_reply(s, x, 200, NULL, NULL, span_of(""));
	if (open) {
		/* RFC 3261 section 15.1.2 */
		s->in = NULL;
		provisionals_stop(s);
		sip_txn_set_owner(open, NULL);
		sip_session_reply(s, open, 487, NULL, NULL, span_of(""));
	}
	if (s->state == ENDING)
		return; /* both at once: ours is still to be answered */
	if (s->out)
		sip_txn_detach(s->out);
	s->out = NULL;
	session_ended(s, SIP_ENDED_BY_PEER);
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
	session_replace(&s->in_branch, span_dup(req->branch));
	sip_txn_set_owner(x, s);
	if (s->h.reinvited)
		s->h.reinvited(s, req, s->arg);
	else
		sip_session_reject(s, 488, NULL);
}

static void reply_options(struct sip_session *s, struct sip_txn *x)
{
	char *headers = ua_capabilities(s->ua);

	sip_session_reply(s, x, 200, headers, NULL, span_of(""));
	free(headers);
}

static void on_other(struct sip_session *s, struct sip_txn *x,
		     const struct sip_view *req)
{
	if (s->h.request && s->h.request(s, x, req, s->arg))
		return;
	if (span_is(req->method, "OPTIONS"))
		reply_options(s, x);
	else if (span_is(req->method, "UPDATE") && span_empty(req->body))
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
	session_enter(s);
	if (span_is(req->method, "PRACK") && s->state == OVER) {
		/* RFC 3262 section 3: it may cross a refusal */
		provisionals_prack(s, x, req);
	} else if (s->state == OVER) {
		sip_session_reply(s, x, 481, NULL, NULL, span_of(""));
	} else if (req->cseq < s->remote_cseq) {
		/* section 12.2.2: out of order */
		sip_session_reply(s, x, 500, NULL, NULL, span_of(""));
	} else {
		s->remote_cseq = req->cseq;
		if (span_is(req->method, "BYE"))
			on_bye(s, x, req);
		else if (span_is(req->method, "INVITE"))
			on_reinvite(s, x, req);
		else if (span_is(req->method, "PRACK"))
			provisionals_prack(s, x, req);
		else
			on_other(s, x, req);
	}
	session_leave(s);
}
