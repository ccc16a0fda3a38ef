#include "sip/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "core/xalloc.h"

enum {
	REALMS_MAX = 8,	     /* of one session */
	TRIES_MAX = 5,	     /* challenges to one request */
	CHALLENGES_MAX = 32, /* in one response */
	VALUE_MAX = 2048     /* realm, nonce, opaque of a peer */
};

/* Where credentials are asked for, and with what. Texts owned. */
struct realm {
	struct le le;
	bool proxy;
	char *name, *nonce;
	char *opaque; /* NULL: not given */
	enum sip_digest_algorithm algorithm;
	bool algorithm_said, qop;
	uint32_t count; /* of requests with this nonce */
	bool good;	/* a request with it went through */
	char cnonce[17];
};

void auth_init(struct auth *a, const struct sip_login *login)
{
	memset(a, 0, sizeof(*a));
	if (!login || !login->user)
		return;
	a->user = xstrdup(login->user);
	a->password = xstrdup(login->password ? login->password : "");
}

static void realm_forget(struct realm *r)
{
	free(r->name);
	free(r->nonce);
	free(r->opaque);
}

void auth_fini(struct auth *a)
{
	while (a->realms.head) {
		struct realm *r = container_of(a->realms.head, struct realm,
					       le);

		list_unlink(&r->le);
		realm_forget(r);
		free(r);
	}
	free(a->user);
	if (a->password)
		OPENSSL_cleanse(a->password, strlen(a->password));
	free(a->password);
}

static struct realm *realm_of(struct auth *a, bool proxy, struct span name)
{
	struct le *e;

	for (e = a->realms.head; e; e = e->next) {
		struct realm *r = container_of(e, struct realm, le);

		if (r->proxy == proxy && span_is(name, r->name))
			return r;
	}
	return NULL;
}

/* ---- challenges ---- */

static bool can_answer(const struct sip_challenge *c)
{
	return c->algorithm != SIP_DIGEST_UNKNOWN &&
	       (!c->has_qop || c->qop_auth) && c->realm.n < VALUE_MAX &&
	       c->nonce.n < VALUE_MAX && c->opaque.n < VALUE_MAX;
}

static void say_unfit(struct auth *a, const struct sip_challenge *c)
{
	if (c->algorithm != SIP_DIGEST_UNKNOWN && c->has_qop && !c->qop_auth)
		snprintf(a->why, sizeof(a->why),
			 "its challenge has no qop=auth");
	else if (c->algorithm_name.n)
		snprintf(a->why, sizeof(a->why),
			 "its challenge wants the algorithm '%.*s'",
			 (int)(c->algorithm_name.n < 40 ? c->algorithm_name.n
							: 40),
			 c->algorithm_name.p);
	else
		snprintf(a->why, sizeof(a->why),
			 "its challenge cannot be read");
}

/* The strongest challenge for the same realm: RFC 8760 section 2.4 lets the
 * order decide, RFC 7616 section 3.7 and 5.11 the strength. */
struct best {
	bool proxy;
	struct sip_challenge c;
};

static void consider(struct auth *a, struct best best[], size_t *n, bool proxy,
		     const struct sip_challenge *c)
{
	size_t i;

	if (!can_answer(c)) {
		say_unfit(a, c);
		return;
	}
	for (i = 0; i < *n; i++)
		if (best[i].proxy == proxy &&
		    span_eq(best[i].c.realm, c->realm)) {
			if (c->algorithm > best[i].c.algorithm)
				best[i].c = *c;
			return;
		}
	if (*n == REALMS_MAX)
		return;
	best[*n].proxy = proxy;
	best[(*n)++].c = *c;
}

static void read_challenges(struct auth *a, const struct sip_view *resp,
			    const char *name, bool proxy, struct best best[],
			    size_t *n)
{
	struct sip_challenge c;
	struct span value;
	unsigned i = 0, left = CHALLENGES_MAX;

	while (left && sip_view_header(resp, name, i++, &value))
		while (left && sip_challenge_take(&value, &c)) {
			consider(a, best, n, proxy, &c);
			left--;
		}
}

static void take(struct realm *r, const struct best *b, struct ids *ids)
{
	realm_forget(r);
	r->proxy = b->proxy;
	r->name = span_dup(b->c.realm);
	r->nonce = span_dup(b->c.nonce);
	r->opaque = b->c.has_opaque ? span_dup(b->c.opaque) : NULL;
	r->algorithm = b->c.algorithm;
	r->algorithm_said = b->c.algorithm_name.n > 0;
	r->qop = b->c.qop_auth;
	r->count = 0;
	r->good = false;
	ids_hex(ids, "cnonce", r->cnonce, sizeof(r->cnonce) - 1);
}

/* False: what was answered is asked again, so the login is wrong. Where it was
 * right before, the nonce may have run out without a word. */
static bool learn(struct auth *a, const struct best *b, struct ids *ids)
{
	struct realm *r = realm_of(a, b->proxy, b->c.realm);

	if (r && r->count && !b->c.stale && !r->good) {
		snprintf(a->why, sizeof(a->why),
			 "the login of '%.40s' for realm '%.60s' is wrong",
			 a->user, r->name);
		return false;
	}
	if (!r && a->realms.n == REALMS_MAX) {
		snprintf(a->why, sizeof(a->why), "it has too many realms");
		return false;
	}
	if (!r) {
		r = xcalloc(1, sizeof(*r));
		list_append(&a->realms, &r->le);
	}
	take(r, b, ids);
	return true;
}

bool auth_challenged(struct auth *a, const struct sip_view *resp,
		     struct ids *ids, unsigned *tries)
{
	struct best best[REALMS_MAX];
	size_t n = 0, i;

	a->why[0] = '\0';
	if (resp->code != 401 && resp->code != 407)
		return false;
	if (!a->user) {
		snprintf(a->why, sizeof(a->why), "it wants a login");
		return false;
	}
	if (++*tries > TRIES_MAX) {
		snprintf(a->why, sizeof(a->why),
			 "it was answered %d times and asks again", TRIES_MAX);
		return false;
	}
	read_challenges(a, resp, "WWW-Authenticate", false, best, &n);
	read_challenges(a, resp, "Proxy-Authenticate", true, best, &n);
	if (n == 0 && !a->why[0])
		snprintf(a->why, sizeof(a->why), "it has no challenge");
	for (i = 0; i < n; i++)
		if (!learn(a, &best[i], ids))
			return false;
	if (n > 0)
		a->why[0] = '\0';
	return n > 0;
}

/* ---- credentials ---- */

void auth_accepted(struct auth *a, const struct sip_view *resp)
{
	struct span value, next;
	struct realm *r = NULL;
	struct le *e;

	for (e = a->realms.head; e; e = e->next) {
		r = container_of(e, struct realm, le);
		r->good = true;
	}
	/* it names no realm, so there has to be one alone */
	if (a->realms.n != 1 ||
	    !sip_view_header(resp, "Authentication-Info", 0, &value) ||
	    !sip_nextnonce(value, &next) || next.n >= VALUE_MAX)
		return;
	free(r->nonce);
	r->nonce = span_dup(next);
	r->count = 0;
}

static void add_line(const struct auth *a, const struct realm *r,
		     const char *method, const char *uri, struct buf *out)
{
	char response[SIP_DIGEST_HEX + 1], nc[9];
	struct sip_digest d = {.algorithm = r->algorithm,
			       .user = span_of(a->user),
			       .realm = span_of(r->name),
			       .password = span_of(a->password),
			       .nonce = span_of(r->nonce),
			       .method = span_of(method),
			       .uri = span_of(uri),
			       .cnonce = span_of(r->cnonce),
			       .qop = r->qop};

	snprintf(nc, sizeof(nc), "%08x", r->count);
	d.nc = span_of(nc);
	sip_digest_response(&d, response);
	buf_addf(out,
		 "%s: Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", "
		 "uri=\"%s\", response=\"%s\"",
		 r->proxy ? "Proxy-Authorization" : "Authorization", a->user,
		 r->name, r->nonce, uri, response);
	if (r->algorithm_said)
		buf_addf(out, ", algorithm=%s", sip_digest_name(r->algorithm));
	if (r->opaque)
		buf_addf(out, ", opaque=\"%s\"", r->opaque);
	if (r->qop)
		buf_addf(out, ", qop=auth, cnonce=\"%s\", nc=%s", r->cnonce,
			 nc);
	else if (sip_digest_is_sess(r->algorithm))
		buf_addf(out, ", cnonce=\"%s\"", r->cnonce);
	buf_add_str(out, "\r\n");
}

void auth_add_lines(struct auth *a, const char *method, const char *uri,
		    struct buf *out)
{
	struct le *e;

	for (e = a->realms.head; e; e = e->next) {
		struct realm *r = container_of(e, struct realm, le);

		r->count++;
		add_line(a, r, method, uri, out);
	}
}
