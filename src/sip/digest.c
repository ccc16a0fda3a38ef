#include "sip/digest.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "sip/value.h"

enum { HASHED_MAX = 128 * 1024 };

/* ---- algorithms: RFC 7616 section 3.3, RFC 8760 section 2.1 ---- */

static const struct {
	const char *name;
	const EVP_MD *(*md)(void);
	bool sess;
} algorithms[SIP_DIGESTS] = {
	[SIP_DIGEST_UNKNOWN] = {"?", NULL, false},
	[SIP_DIGEST_MD5] = {"MD5", EVP_md5, false},
	[SIP_DIGEST_MD5_SESS] = {"MD5-sess", EVP_md5, true},
	[SIP_DIGEST_SHA256] = {"SHA-256", EVP_sha256, false},
	[SIP_DIGEST_SHA256_SESS] = {"SHA-256-sess", EVP_sha256, true},
	[SIP_DIGEST_SHA512_256] = {"SHA-512-256", EVP_sha512_256, false},
	[SIP_DIGEST_SHA512_256_SESS] = {"SHA-512-256-sess", EVP_sha512_256,
					true},
};

enum sip_digest_algorithm sip_digest_algorithm(struct span name)
{
	int i;

	if (span_empty(name))
		return SIP_DIGEST_MD5;
	for (i = SIP_DIGEST_MD5; i < SIP_DIGESTS; i++)
		if (span_case_is(name, algorithms[i].name))
			return (enum sip_digest_algorithm)i;
	return SIP_DIGEST_UNKNOWN;
}

const char *sip_digest_name(enum sip_digest_algorithm a)
{
	return algorithms[a].name;
}

bool sip_digest_is_sess(enum sip_digest_algorithm a)
{
	return algorithms[a].sess;
}

/* ---- reading ---- */

static struct span without_quotes(struct span s)
{
	s = span_trim(s);
	if (s.n < 2 || s.p[0] != '"')
		return s;
	s = span_skip(s, 1);
	if (s.p[s.n - 1] == '"')
		s.n--;
	return s;
}

/* "name=value" of a comma list. False at its end, and where the next scheme
 * begins: "Digest realm" has a blank before the equals sign that no parameter
 * has. */
static bool take_param(struct span *rest, struct span *name, struct span *value)
{
	struct span param, ahead = *rest;

	do {
		if (span_empty(span_trim(ahead)))
			return false;
		*rest = ahead;
		param = sip_value_take(&ahead);
	} while (span_empty(param));
	*name = span_trim(span_cut(&param, '='));
	if (span_chr(*name, ' ') < name->n || span_chr(*name, '\t') < name->n)
		return false;
	*value = without_quotes(param);
	*rest = ahead;
	return true;
}

/* The auth-scheme that a value begins with. */
static struct span take_scheme(struct span *rest)
{
	struct span scheme;

	*rest = span_trim(*rest);
	scheme = span_cut(rest, ' ');
	return span_trim(scheme);
}

static bool has_auth(struct span qop)
{
	while (qop.n)
		if (span_case_is(span_trim(span_cut(&qop, ',')), "auth"))
			return true;
	return false;
}

static void challenge_param(struct sip_challenge *c, struct span name,
			    struct span value)
{
	if (span_case_is(name, "realm"))
		c->realm = value;
	else if (span_case_is(name, "nonce"))
		c->nonce = value;
	else if (span_case_is(name, "algorithm"))
		c->algorithm_name = value;
	else if (span_case_is(name, "stale"))
		c->stale = span_case_is(value, "true");
	else if (span_case_is(name, "opaque")) {
		c->opaque = value;
		c->has_opaque = true;
	} else if (span_case_is(name, "qop")) {
		c->has_qop = true;
		c->qop_auth = has_auth(value);
	}
}

bool sip_challenge_take(struct span *rest, struct sip_challenge *c)
{
	struct span scheme, name, value;

	memset(c, 0, sizeof(*c));
	*rest = span_trim(*rest);
	if (span_empty(*rest))
		return false;
	scheme = take_scheme(rest);
	while (take_param(rest, &name, &value))
		challenge_param(c, name, value);
	if (span_empty(span_trim(*rest)))
		rest->n = 0;
	if (span_case_is(scheme, "Digest") && c->nonce.p && c->realm.p)
		c->algorithm = sip_digest_algorithm(c->algorithm_name);
	return true;
}

/* Where the value of a parameter of credentials goes, or NULL. */
static struct span *place_for(struct sip_credentials *c, struct span name)
{
	const struct {
		const char *name;
		struct span *at;
	} places[] = {
		{"username", &c->user},	    {"realm", &c->realm},
		{"nonce", &c->nonce},	    {"uri", &c->uri},
		{"response", &c->response}, {"opaque", &c->opaque},
		{"cnonce", &c->cnonce},	    {"algorithm", &c->algorithm_name},
		{"qop", &c->qop},	    {"nc", &c->nc},
	};
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (span_case_is(name, places[i].name))
			return places[i].at;
	return NULL;
}

bool sip_credentials_read(struct span value, struct sip_credentials *c)
{
	struct span name, text, *place;

	memset(c, 0, sizeof(*c));
	if (!span_case_is(take_scheme(&value), "Digest"))
		return false;
	while (take_param(&value, &name, &text)) {
		place = place_for(c, name);
		if (place)
			*place = text;
	}
	c->algorithm = sip_digest_algorithm(c->algorithm_name);
	return c->user.p && c->realm.p && c->nonce.p && c->uri.p &&
	       c->response.p && c->algorithm != SIP_DIGEST_UNKNOWN;
}

bool sip_nextnonce(struct span value, struct span *nonce)
{
	struct span name, text;

	while (take_param(&value, &name, &text))
		if (span_case_is(name, "nextnonce")) {
			*nonce = text;
			return text.n > 0;
		}
	return false;
}

/* ---- computing: RFC 7616 section 3.4 ---- */

static void hash(enum sip_digest_algorithm a, const struct buf *b,
		 char out[SIP_DIGEST_HEX + 1])
{
	static const char digit[] = "0123456789abcdef";
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0, i;

	if (!EVP_Digest(buf_str(b), b->n, md, &n, algorithms[a].md(), NULL))
		abort();
	for (i = 0; i < n && i * 2 < SIP_DIGEST_HEX; i++) {
		out[i * 2] = digit[md[i] >> 4];
		out[i * 2 + 1] = digit[md[i] & 15];
	}
	out[i * 2] = '\0';
}

/* Its parts with colons between. */
static void hash_parts(enum sip_digest_algorithm a, const struct span *part,
		       size_t n, char out[SIP_DIGEST_HEX + 1])
{
	struct buf b;
	size_t i;

	buf_init(&b, HASHED_MAX);
	for (i = 0; i < n; i++) {
		if (i)
			buf_add_char(&b, ':');
		buf_add_span(&b, part[i]);
	}
	hash(a, &b, out);
	if (b.p)
		OPENSSL_cleanse(b.p, b.cap); /* it may hold a password */
	buf_fini(&b);
}

static void hash_a1(const struct sip_digest *d, char out[SIP_DIGEST_HEX + 1])
{
	const struct span who[] = {d->user, d->realm, d->password};

	hash_parts(d->algorithm, who, 3, out);
	if (algorithms[d->algorithm].sess) {
		const struct span sess[] = {span_of(out), d->nonce, d->cnonce};
		char ha1[SIP_DIGEST_HEX + 1];

		hash_parts(d->algorithm, sess, 3, ha1);
		memcpy(out, ha1, sizeof(ha1));
	}
}

void sip_digest_response(const struct sip_digest *d,
			 char out[SIP_DIGEST_HEX + 1])
{
	const struct span what[] = {d->method, d->uri};
	char ha1[SIP_DIGEST_HEX + 1], ha2[SIP_DIGEST_HEX + 1];

	hash_a1(d, ha1);
	hash_parts(d->algorithm, what, 2, ha2);
	if (d->qop) {
		const struct span all[] = {span_of(ha1),    d->nonce,
					   d->nc,	    d->cnonce,
					   span_of("auth"), span_of(ha2)};

		hash_parts(d->algorithm, all, 6, out);
	} else {
		const struct span all[] = {span_of(ha1), d->nonce,
					   span_of(ha2)};

		hash_parts(d->algorithm, all, 3, out);
	}
	OPENSSL_cleanse(ha1, sizeof(ha1));
}

bool sip_credentials_fit(const struct sip_credentials *c, struct span method,
			 const char *password)
{
	struct sip_digest d = {.algorithm = c->algorithm,
			       .user = c->user,
			       .realm = c->realm,
			       .password = span_of(password),
			       .nonce = c->nonce,
			       .method = method,
			       .uri = c->uri,
			       .cnonce = c->cnonce,
			       .nc = c->nc,
			       .qop = !span_empty(c->qop)};
	char right[SIP_DIGEST_HEX + 1];

	if (d.qop && !span_case_is(c->qop, "auth"))
		return false;
	sip_digest_response(&d, right);
	return c->response.n == strlen(right) &&
	       CRYPTO_memcmp(c->response.p, right, c->response.n) == 0;
}
