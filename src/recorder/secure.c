/* SRTP at the recorder: which line it takes, its own keys, what it opens. */
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "media/srtp.h"
#include "recorder/rec.h"

void rec_secure_fini(struct rec_stream *st)
{
	struct rec_secure *x = &st->secure;

	seal_free(x->out);
	opener_free(x->in);
	memset(x, 0, sizeof(*x));
}

/* ---- keys ---- */

static void make_key(const struct rec_stream *st, enum suite suite,
		     struct suite_key *key)
{
	key->suite = suite;
	ids_key(st->session->recorder->conf.ids, "srtp", key->key,
		suite_key_len(suite));
}

/* Ours, from now on. */
static void use_own(struct rec_stream *st, const struct suite_key *key)
{
	struct rec_secure *x = &st->secure;
	struct seal *before = x->out;

	x->own = x->next = *key;
	x->out = seal_new(key, before);
	seal_free(before);
}

static void use_theirs(struct rec_stream *st, const struct sdp_crypto *c,
		       bool anew)
{
	struct rec_secure *x = &st->secure;
	struct seal_mki mki = {c->mki, c->mki_n};

	if (!x->in)
		x->in = opener_new();
	opener_key(x->in, &c->key, mki, anew);
	x->theirs = c->key;
}

/* RFC 4568 section 7.1.4: whose address is another gets another key. */
static void choose_own(struct rec_stream *st, const struct sdp_media *m,
		       const struct sdp_crypto *c)
{
	struct rec_secure *x = &st->secure;
	struct suite_key key;

	if (x->out && x->own.suite == c->key.suite &&
	    addr_eq(&x->peer, &m->conn))
		return;
	make_key(st, c->key.suite, &key);
	use_own(st, &key);
}

bool rec_secure_follow(struct rec_stream *st, const struct sdp_media *m)
{
	const struct recorder_conf *conf = &st->session->recorder->conf;
	struct rec_secure *x = &st->secure;
	const struct sdp_crypto *c;

	if (!sdp_is_secure(m->proto)) {
		rec_secure_fini(st);
		return conf->srtp != RECORDER_SRTP_REQUIRED;
	}
	c = sdp_crypto_choose(m, conf->suites ? conf->suites : ~0u);
	if (!c || conf->srtp == RECORDER_SRTP_REFUSED)
		return false; /* RFC 4568 section 5.1.2: not in clear */
	choose_own(st, m, c);
	use_theirs(st, c, false);
	x->on = true;
	x->tag = c->tag;
	x->peer = m->conn;
	return true;
}

void rec_secure_moves(struct rec_stream *st)
{
	if (st->secure.on)
		make_key(st, st->secure.own.suite, &st->secure.next);
}

/* What they send to before they know, goes to the address before. */
void rec_secure_answered(struct rec_stream *st, const struct sdp_media *m,
			 bool moved)
{
	struct rec_secure *x = &st->secure;
	const struct sdp_crypto *c = m->n_cryptos == 1 ? &m->crypto[0] : NULL;

	if (!x->on || m->port == 0)
		return;
	if (!c || c->fault[0] || c->tag != x->tag ||
	    c->key.suite != x->own.suite || !sdp_is_secure(m->proto)) {
		rec_warn(st->session,
			 "the answer to m-line %zu has no a=crypto "
			 "that fits ours",
			 st->number);
		return;
	}
	if (!suite_key_eq(&x->next, &x->own))
		use_own(st, &x->next);
	use_theirs(st, c, moved);
}

/* ---- what is said ---- */

/* A suite that nobody would take it for. */
static enum suite other_suite(enum suite s)
{
	return s == SUITE_AES_CM_128_HMAC_SHA1_80
		       ? SUITE_AES_CM_128_HMAC_SHA1_32
		       : SUITE_AES_CM_128_HMAC_SHA1_80;
}

static void in_clear(struct sdp_out_media *m)
{
	m->proto = span_case_is(span_of(m->proto), "RTP/SAVPF") ? "RTP/AVPF"
								: "RTP/AVP";
	m->n_cryptos = 0;
}

void rec_secure_describe(const struct rec_stream *st, bool moved,
			 unsigned mangle, struct suite_key key[REC_CRYPTOS],
			 struct sdp_out_media *m)
{
	const struct rec_secure *x = &st->secure;

	if (!x->on)
		return;
	key[0] = key[1] = moved ? x->next : x->own;
	m->crypto = key;
	m->crypto_tag = x->tag;
	m->n_cryptos = mangle & MANGLE_TWO_CRYPTOS ? 2 : 1;
	if (mangle & MANGLE_KEY_ECHO)
		key[0] = x->theirs;
	if (mangle & MANGLE_WRONG_KEY)
		key[0].key[0] ^= 0xff;
	if (mangle & MANGLE_OTHER_SUITE)
		key[0].suite = other_suite(key[0].suite);
	if (mangle & MANGLE_UNKNOWN_TAG)
		m->crypto_tag += 100;
	if (mangle & MANGLE_NO_CRYPTO)
		m->n_cryptos = 0;
	if (mangle & MANGLE_IN_CLEAR)
		in_clear(m);
}

/* ---- packets ---- */

static void count(struct rec_stream *st, const struct addr *from, const void *p,
		  size_t n, enum seal_result r)
{
	const struct recorder *rec = st->session->recorder;
	struct rec_secure *x = &st->secure;
	struct trace_rtp *t = NULL;
	struct rtp rtp;

	if (r == SEAL_BROKEN)
		return;
	/* at the address that was offered, by a key that we do not know yet */
	if (st->next_rtp)
		return;
	if (rtp_parse(p, n, &rtp))
		t = trace_rtp_find(rec->conf.trace, from, flow_addr(st->rtp),
				   rtp.ssrc);
	if (t && r == SEAL_REPLAYED)
		t->replayed++;
	else if (t)
		t->forged++;
	x->forged += r != SEAL_REPLAYED;
	if (r == SEAL_REPLAYED || x->told)
		return;
	x->told = true;
	rec_warn(st->session, "packets of m-line %zu do not authenticate",
		 st->number);
}

bool rec_secure_open(struct rec_stream *st, const struct addr *from,
		     const void *p, size_t *n, uint8_t *out)
{
	bool rtcp = rtcp_is(p, *n);
	enum seal_result r;

	if (!st->secure.on) {
		memcpy(out, p, *n);
		return true;
	}
	r = rtcp ? opener_rtcp(st->secure.in, p, n, out)
		 : opener_rtp(st->secure.in, p, n, out);
	if (r != SEAL_OK && !rtcp)
		count(st, from, p, *n, r);
	return r == SEAL_OK;
}

bool rec_secure_close(struct rec_stream *st, void *p, size_t *n)
{
	return !st->secure.on || seal_rtcp(st->secure.out, p, n);
}
