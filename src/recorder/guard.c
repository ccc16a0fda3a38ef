/* The login that a recorder asks for: its challenges, and the answers to them
 * (RFC 3261 section 22.2 and 22.4, RFC 7616, RFC 8760). */
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "recorder/rec.h"
#include "sip/digest.h"

enum { NONCES_MAX = 4096, NONCE = 32, HEADERS_MAX = 8192 };

/* One that was given out; the newest are remembered. */
struct nonce {
	struct le le;
	char text[NONCE + 1];
	int64_t born_us;
	uint32_t count; /* highest nc that came with it */
};

static void nonce_free(struct nonce *n)
{
	list_unlink(&n->le);
	free(n);
}

void rec_guard_fini(struct recorder *r)
{
	while (r->nonces.head)
		nonce_free(container_of(r->nonces.head, struct nonce, le));
}

static struct nonce *nonce_new(struct recorder *r)
{
	struct nonce *n = xcalloc(1, sizeof(*n));

	if (r->nonces.n == NONCES_MAX)
		nonce_free(container_of(r->nonces.head, struct nonce, le));
	ids_hex(r->conf.ids, "nonce", n->text, NONCE);
	n->born_us = loop_now(r->conf.loop);
	list_append(&r->nonces, &n->le);
	return n;
}

static struct nonce *nonce_of(const struct recorder *r, struct span text)
{
	struct le *e;

	for (e = r->nonces.head; e; e = e->next) {
		struct nonce *n = container_of(e, struct nonce, le);

		if (span_is(text, n->text))
			return n;
	}
	return NULL;
}

/* ---- challenges ---- */

static void challenge(struct recorder *r, struct sip_ua *ua, struct sip_txn *x,
		      bool stale)
{
	const struct recorder_login *l = &r->conf.login;
	const struct nonce *n = nonce_new(r);
	struct buf h;
	size_t i;

	buf_init(&h, HEADERS_MAX);
	for (i = 0; i < l->n_algorithms; i++)
		buf_addf(&h,
			 "%s: Digest realm=\"%s\", nonce=\"%s\", algorithm=%s"
			 "%s%s\r\n",
			 l->proxy ? "Proxy-Authenticate" : "WWW-Authenticate",
			 l->realm, n->text, l->algorithm[i],
			 l->no_qop ? "" : ", qop=\"auth\"",
			 stale ? ", stale=true" : "");
	sip_ua_reply(ua, x, l->proxy ? 407 : 401, buf_str(&h));
	buf_fini(&h);
}

/* ---- answers ---- */

static bool is_offered(const struct recorder_login *l,
		       enum sip_digest_algorithm a)
{
	size_t i;

	for (i = 0; i < l->n_algorithms; i++)
		if (sip_digest_algorithm(span_of(l->algorithm[i])) == a)
			return true;
	return false;
}

static bool is_right(const struct recorder *r, const struct sip_view *req,
		     const struct sip_credentials *c)
{
	const struct recorder_login *l = &r->conf.login;

	return span_is(c->user, l->user) && is_offered(l, c->algorithm) &&
	       span_empty(c->qop) == l->no_qop &&
	       sip_credentials_fit(c, req->method, l->password);
}

/* A nonce count that does not go up is a replay (RFC 7616 section 3.4). */
static bool is_fresh(struct recorder *r, const struct sip_credentials *c)
{
	int64_t stale_us = r->conf.login.stale_us;
	struct nonce *n = nonce_of(r, c->nonce);
	uint32_t count = 0;

	if (!n ||
	    (stale_us >= 0 && loop_now(r->conf.loop) - n->born_us >= stale_us))
		return false;
	if (r->conf.login.no_qop)
		return true;
	if (c->nc.n != 8 || !parse_hex32(c->nc, &count) || count <= n->count)
		return false;
	n->count = count;
	return true;
}

/* Those for our realm, among those for proxies on the way. */
static bool credentials_of(const struct recorder *r, const struct sip_view *req,
			   struct sip_credentials *c)
{
	const char *name = r->conf.login.proxy ? "Proxy-Authorization"
					       : "Authorization";
	struct span value;
	unsigned i;

	for (i = 0; sip_view_header(req, name, i, &value); i++)
		if (sip_credentials_read(value, c) &&
		    span_is(c->realm, r->conf.login.realm))
			return true;
	return false;
}

static void tell(struct recorder *r, const struct sip_view *req,
		 const char *why)
{
	char *call_id = span_dup(req->call_id);
	char *text = xasprintf("%d to %.*s: %s",
			       r->conf.login.proxy ? 407 : 401,
			       SPAN_ARG(req->method), why);
	struct recorder_event ev = {
		.kind = "login", .call_id = call_id, .text = text};

	rec_event(r, ev);
	free(call_id);
	free(text);
}

bool rec_guard(struct sip_ua *ua, struct sip_txn *x, const struct sip_view *req,
	       void *recorder)
{
	struct recorder *r = recorder;
	struct sip_credentials c;

	if (!credentials_of(r, req, &c)) {
		tell(r, req, "no login");
		challenge(r, ua, x, false);
		return false;
	}
	if (!is_right(r, req, &c)) {
		tell(r, req, "a wrong login");
		challenge(r, ua, x, false);
		return false;
	}
	if (!is_fresh(r, &c)) {
		tell(r, req, "its nonce is stale");
		challenge(r, ua, x, true);
		return false;
	}
	return true;
}
