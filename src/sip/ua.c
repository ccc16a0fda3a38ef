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
#include "sip/targets.h"

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

int ua_send(struct sip_ua *ua, const struct addr *to)
{
	if (ua->out.overflow)
		return -1;
	return ua_send_text(ua, to, buf_span(&ua->out));
}

size_t ua_targets(struct sip_ua *ua, const char *uri, const struct sip_way *way,
		  struct addr *out, size_t max)
{
	struct sip_uri u;

	if (!sip_uri_parse(span_of(uri), &u))
		return 0;
	return sip_uri_targets(&u, ua->conf.dns, ua->conf.rng, way, out, max);
}

bool ua_outside(struct sip_ua *ua, const char *uri, struct addr *out)
{
	struct sip_way way = {.proto = ADDR_UDP};

	return ua_targets(ua, uri, &way, out, 1) == 1;
}

bool ua_next_hop(struct sip_ua *ua, const char *uri, const char *route,
		 const struct addr *peer, struct addr *out)
{
	struct sip_way way = {.proto = (enum addr_proto)peer->proto,
			      .decided = true};
	struct span first = span_of(uri);
	struct addr at[SIP_TARGETS];
	struct sip_uri u;
	size_t n, i;

	if (route && route[0])
		first = sip_addr_uri(span_of(route));
	if (!sip_uri_parse(first, &u))
		return false;
	n = sip_uri_targets(&u, ua->conf.dns, NULL, &way, at, SIP_TARGETS);
	for (i = 0; i < n; i++)
		if (addr_eq(&at[i], peer))
			break;
	if (n)
		*out = at[i < n ? i : 0];
	return n > 0;
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
	struct span by = sip_via_sent_by(resp->via);
	char text[ADDR_TEXT];
	int i;

	for (i = 0; i < UA_PROTOS; i++)
		if (addr_is_set(&ua->at[i]) &&
		    span_is(by, addr_text(&ua->at[i], text)))
			return true;
	return false;
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
				const struct addr *from, const char *method,
				uint32_t cseq)
{
	struct sip_session_handlers none = {0};
	struct sip_session *s = session_new(ua, resp->call_id, &none, NULL);
	struct addr to;

	s->local = span_dup(resp->from);
	s->peer = *from;
	session_take_dialog(s, resp);
	if (s->target && ua_next_hop(ua, s->target, s->route, from, &to)) {
		session_next_hop(s, &to);
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
static void end_orphan(struct sip_ua *ua, const struct sip_view *resp,
		       const struct addr *from)
{
	char *key;

	if (hash_find(&ua->orphans, resp->call_id))
		return;
	key = xasprintf("%.*s|%.*s", SPAN_ARG(resp->call_id),
			SPAN_ARG(resp->to_tag));
	send_orphan_request(ua, resp, from, "ACK", resp->cseq);
	if (hash_find(&ua->orphans, span_of(key))) {
		free(key);
		return;
	}
	orphan_add(ua, key);
	send_orphan_request(ua, resp, from, "BYE", resp->cseq + 1);
}

static void on_stray(const struct sip_view *resp, const struct addr *from,
		     void *arg)
{
	struct sip_ua *ua = arg;
	struct sip_session *s;

	if (resp->code / 100 != 2 || !span_is(resp->cseq_method, "INVITE") ||
	    !is_ours(ua, resp))
		return;
	s = session_find(ua, resp->call_id, resp->from_tag, resp->to_tag);
	if (s)
		session_2xx_again(s, resp);
	else
		end_orphan(ua, resp, from);
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

/* ---- what goes and comes ---- */

/* Whose connection is gone gets its responses where it listens (RFC 3261
 * section 18.2.2). */
static int send_by_conn(struct sip_ua *ua, const struct addr *to,
			struct span text)
{
	struct addr back;
	struct sip_view v;

	if (sip_conns_has(ua->conns, to) || !sip_view(text, &v) || v.request)
		return sip_conns_send(ua->conns, to, text);
	sip_via_addr(v.via, to, &back);
	return sip_conns_send(ua->conns, &back, text);
}

static int transmit(struct sip_ua *ua, const struct addr *to, struct span text)
{
	if (addr_is_reliable(to))
		return send_by_conn(ua, to, text);
	ua_at(ua, ADDR_UDP);
	return ua->flow ? flow_send(ua->flow, to, text.p, text.n) : -1;
}

/* Edits see what goes out; what they leave of it is sent, as often as they
 * say. */
static int transmit_edited(struct sip_ua *ua, const struct addr *to,
			   struct span text)
{
	struct buf out;
	unsigned n;
	int rc = 0;

	buf_init(&out, SIP_MAX);
	for (n = sip_edits_apply(ua->conf.edits, text, &out); n > 0; n--)
		if (transmit(ua, to, buf_span(&out)) < 0)
			rc = -1;
	buf_fini(&out);
	return rc;
}

int ua_send_text(struct sip_ua *ua, const struct addr *to, struct span text)
{
	/* a dead process is no transport error to itself */
	if (ua->dead)
		return 0;
	return ua->conf.edits ? transmit_edited(ua, to, text)
			      : transmit(ua, to, text);
}

static int on_send(const struct addr *to, struct span text, void *arg)
{
	return ua_send_text(arg, to, text);
}

static void on_message(const struct addr *from, struct span text, void *arg)
{
	struct sip_ua *ua = arg;

	sip_txns_receive(ua->txns, from, text);
}

static void on_datagram(const struct addr *from, const void *p, size_t n,
			void *arg)
{
	on_message(from, span_from(p, n), arg);
}

static void on_refused(const struct addr *to, void *arg)
{
	struct sip_ua *ua = arg;

	sip_txns_unreachable(ua->txns, to, NULL);
}

static void on_lost(const struct addr *to, const char *why, void *arg)
{
	struct sip_ua *ua = arg;

	sip_txns_unreachable(ua->txns, to, why);
}

static void on_noise(const struct addr *from, const char *why, void *arg)
{
	struct sip_ua *ua = arg;

	sip_txns_noise(ua->txns, from, why);
}

/* ---- addresses ---- */

/* What we show of an address that we are bound to. */
static void show(struct sip_ua *ua, enum addr_proto proto,
		 const struct addr *bound)
{
	struct addr *at = &ua->at[proto];

	ua->bound[proto] = *bound;
	*at = *bound;
	if (!addr_is_any(bound))
		return;
	net_local_any(bound->family, at);
	at->port = bound->port;
	at->proto = bound->proto;
	trace_name_addr(ua->conf.trace, at, ua->conf.name);
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
	show(ua, ADDR_UDP, flow_addr(ua->flow));
	return 0;
}

static int open_at(struct sip_ua *ua, enum addr_proto proto,
		   const struct addr *local, struct err *e)
{
	struct addr at = addr_with(local, proto);

	if (proto == ADDR_UDP)
		return open_flow(ua, &at, e);
	if (sip_conns_listen(ua->conns, &at, e) < 0)
		return -1;
	show(ua, proto, sip_conns_addr(ua->conns, proto));
	return 0;
}

static const struct addr *first_at(const struct sip_ua *ua)
{
	int i = 0;

	while (i < ADDR_TLS && !addr_is_set(&ua->at[i]))
		i++;
	return &ua->at[i];
}

/* The IP address of what is open, with its port if that may be shared. */
static struct addr beside(const struct sip_ua *ua, enum addr_proto proto)
{
	const struct addr *first = first_at(ua);
	struct addr local = addr_with(&ua->bound[first->proto], proto);

	if (proto == ADDR_TLS || first->proto == ADDR_TLS)
		local.port = 0;
	return local;
}

const struct addr *ua_at(struct sip_ua *ua, enum addr_proto proto)
{
	struct addr local;

	if (addr_is_set(&ua->at[proto]) || ua->dead)
		return &ua->at[proto];
	local = beside(ua, proto);
	if (open_at(ua, proto, &local, NULL) == 0)
		return &ua->at[proto];
	local.port = 0;
	if (open_at(ua, proto, &local, NULL) < 0)
		/* nobody reaches us there, but by our own connections */
		ua->at[proto] = addr_with(first_at(ua), proto);
	return &ua->at[proto];
}

const char *ua_contact(struct sip_ua *ua, enum addr_proto proto, bool sips)
{
	static const char *const params[] = {"", ";transport=tcp",
					     ";transport=tls", ""};
	char **at;
	char host[ADDR_TEXT];

	if (sips)
		proto = ADDR_TLS;
	at = &ua->contact[sips ? UA_SIPS : (int)proto];
	if (!*at)
		*at = xasprintf(
			"<%s:%s%s%s%s>%s", sips ? "sips" : "sip",
			ua->conf.user ? ua->conf.user : "",
			ua->conf.user ? "@" : "",
			addr_text(ua_at(ua, proto), host),
			params[sips ? UA_SIPS : (int)proto],
			ua->conf.contact_params ? ua->conf.contact_params : "");
	return *at;
}

/* ---- life ---- */

/* A port that is free for UDP may be taken for TCP: then another one. */
static int open_all(struct sip_ua *ua, const struct addr *local, struct err *e)
{
	unsigned protos = ua->conf.protos ? ua->conf.protos : 1 << ADDR_UDP;
	struct addr at = *local;
	int i;

	for (i = 0; i < UA_PROTOS; i++) {
		if (!(protos >> i & 1))
			continue;
		if (addr_is_set(first_at(ua)))
			at = beside(ua, (enum addr_proto)i);
		if (open_at(ua, (enum addr_proto)i, &at, e) < 0)
			return -1;
	}
	return 0;
}

static void close_all(struct sip_ua *ua)
{
	sip_conns_close(ua->conns);
	flow_close(ua->flow);
	ua->flow = NULL;
	memset(ua->at, 0, sizeof(ua->at));
}

enum { PORT_TRIES = 16 };

static int open_somewhere(struct sip_ua *ua, const struct addr *local,
			  struct err *e)
{
	struct addr any = wire_loopback(ua->conf.wire);
	int tries = local && local->port ? 1 : PORT_TRIES;

	while (open_all(ua, local ? local : &any, e) < 0) {
		close_all(ua);
		if (--tries == 0)
			return -1;
	}
	return 0;
}

static struct sip_conns *make_conns(struct sip_ua *ua)
{
	struct sip_conns_conf conf = {.loop = ua->conf.loop,
				      .wire = ua->conf.wire,
				      .tls = ua->conf.tls,
				      .name = ua->conf.name,
				      .local = &ua->from,
				      .message = on_message,
				      .lost = on_lost,
				      .garbage = on_noise,
				      .arg = ua};

	return sip_conns_new(&conf);
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

	ua->conf = *conf;
	buf_init(&ua->out, SIP_MAX);
	hash_init(&ua->by_call_id);
	hash_init(&ua->orphans);
	ua->conns = make_conns(ua);
	if (open_somewhere(ua, conf->local, e) < 0) {
		sip_conns_free(ua->conns);
		free(ua);
		return NULL;
	}
	ua->from = ua->bound[first_at(ua)->proto];
	ua->txns = sip_txns_new(&tc);
	return ua;
}

void sip_ua_free(struct sip_ua *ua)
{
	int i;

	if (!ua)
		return;
	while (ua->sessions.head)
		session_free((struct sip_session *)ua->sessions.head);
	while (ua->orphan_list.head)
		orphan_free(
			container_of(ua->orphan_list.head, struct orphan, le));
	sip_txns_free(ua->txns);
	sip_conns_free(ua->conns);
	flow_close(ua->flow);
	hash_fini(&ua->by_call_id);
	hash_fini(&ua->orphans);
	buf_fini(&ua->out);
	for (i = 0; i < UA_CONTACTS; i++)
		free(ua->contact[i]);
	free(ua);
}

const struct addr *sip_ua_addr(const struct sip_ua *ua)
{
	return first_at(ua);
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
		err_set(e, ERR_INPUT, "'%s' leads nowhere", uri);
		return NULL;
	}
	r.via = ua_at(ua, (enum addr_proto)at.proto);
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

void sip_ua_kill(struct sip_ua *ua)
{
	ua->dead = true;
	sip_conns_close(ua->conns);
	flow_bury(ua->flow);
	ua->flow = NULL;
}

int sip_ua_revive(struct sip_ua *ua, struct err *e)
{
	int i;

	if (!ua->dead)
		return 0;
	ua->dead = false;
	for (i = 0; i < UA_PROTOS; i++)
		if (addr_is_set(&ua->at[i]) &&
		    open_at(ua, (enum addr_proto)i, &ua->bound[i], e) < 0) {
			ua->dead = true;
			return -1;
		}
	return 0;
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
