#include "media/srtp.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <srtp2/srtp.h>

#include "core/buf.h"
#include "core/xalloc.h"

_Static_assert(SEAL_ROOM >= SRTP_MAX_TRAILER_LEN + 4,
	       "a seal adds no more than it says");

enum {
	WINDOW = 1024, /* packets; RFC 3711 section 3.3.2 wants 64 and more */
	SETTLED = 256, /* packets under a new key; the one before is over */
	NEAR_TOP = 0xc000, /* sequence numbers about to wrap ... */
	NEAR_ZERO = 0x4000 /* ... and those that just did */
};

/* Where the packets of a source stand. */
struct place {
	bool known;
	uint32_t ssrc;
	uint16_t seq;
	uint32_t roc;
};

struct seal {
	srtp_t session;
	srtp_policy_t policy;
	struct suite_key key;
	srtp_master_key_t master; /* of `policy`, with an MKI */
	srtp_master_key_t *masters[1];
	uint8_t mki[128];
	struct place newest; /* packet */
	struct place from;   /* where the counters go on, until they did */
};

struct opener {
	struct seal *now, *before; /* owned; NULL: none */
	unsigned passed;	   /* by `now` */
};

/* In the process that uses it: what is under libsrtp2 does not live through a
 * fork. */
void seal_prepare(void)
{
	static bool done;

	if (!done && srtp_init() != srtp_err_status_ok)
		abort();
	done = true;
}

/* RFC 4568 section 6.2: with a tag of 32 bits, that of RTCP has 80. */
static void set_suite(srtp_policy_t *p, enum suite s)
{
	switch (s) {
	case SUITE_AES_CM_128_HMAC_SHA1_32:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&p->rtp);
		srtp_crypto_policy_set_rtcp_default(&p->rtcp);
		break;
	case SUITE_AES_256_CM_HMAC_SHA1_80:
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&p->rtp);
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&p->rtcp);
		break;
	case SUITE_AES_256_CM_HMAC_SHA1_32:
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&p->rtp);
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&p->rtcp);
		break;
	case SUITE_AEAD_AES_128_GCM:
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&p->rtp);
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&p->rtcp);
		break;
	case SUITE_AEAD_AES_256_GCM:
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&p->rtp);
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&p->rtcp);
		break;
	default:
		srtp_crypto_policy_set_rtp_default(&p->rtp);
		srtp_crypto_policy_set_rtcp_default(&p->rtcp);
		break;
	}
}

static void set_mki(struct seal *s, struct seal_mki mki)
{
	if (!mki.n || mki.n > sizeof(s->mki))
		return;
	memcpy(s->mki, mki.p, mki.n);
	s->master.key = s->key.key;
	s->master.mki_id = s->mki;
	s->master.mki_size = (unsigned)mki.n;
	s->masters[0] = &s->master;
	s->policy.key = NULL;
	s->policy.keys = s->masters;
	s->policy.num_master_keys = 1;
}

static struct seal *make(const struct suite_key *key, struct seal_mki mki,
			 srtp_ssrc_type_t way, const struct seal *before)
{
	struct seal *s = xcalloc(1, sizeof(*s));
	srtp_err_status_t rc;

	seal_prepare();
	s->key = *key;
	set_suite(&s->policy, key->suite);
	s->policy.ssrc.type = way;
	s->policy.key = s->key.key;
	s->policy.window_size = WINDOW;
	/* what the call sent twice goes out twice, with the same bytes */
	s->policy.allow_repeat_tx = 1;
	set_mki(s, mki);
	rc = srtp_create(&s->session, &s->policy);
	assert(rc == srtp_err_status_ok);
	(void)rc;
	if (before)
		s->from = before->newest;
	return s;
}

struct seal *seal_new(const struct suite_key *key, const struct seal *before)
{
	struct seal_mki none = {NULL, 0};

	return make(key, none, ssrc_any_outbound, before);
}

void seal_free(struct seal *s)
{
	if (!s)
		return;
	srtp_dealloc(s->session);
	free(s);
}

/* ---- counters ---- */

static bool read_place(const void *p, size_t n, struct place *out)
{
	struct span r = span_from(p, n);
	uint32_t ts;
	uint16_t first;

	out->known = rd_be16(&r, &first) && rd_be16(&r, &out->seq) &&
		     rd_be32(&r, &ts) && rd_be32(&r, &out->ssrc);
	return out->known;
}

/* RFC 3711 section 3.3.1, for the packet after, or shortly before, `last`. */
static uint32_t counter_at(const struct place *last, uint16_t seq)
{
	if (last->seq >= NEAR_TOP && seq < NEAR_ZERO)
		return last->roc + 1;
	if (last->seq < NEAR_ZERO && seq >= NEAR_TOP && last->roc)
		return last->roc - 1;
	return last->roc;
}

/* The first packet of the source that the seal before knew: its counter goes on
 * from there. */
static void take_over(struct seal *s, const struct place *at)
{
	srtp_policy_t own = s->policy;
	uint32_t roc;

	if (!s->from.known || s->from.ssrc != at->ssrc)
		return;
	s->from.known = false;
	roc = counter_at(&s->from, at->seq);
	own.ssrc.type = ssrc_specific;
	own.ssrc.value = at->ssrc;
	if (roc && srtp_add_stream(s->session, &own) == srtp_err_status_ok)
		srtp_set_stream_roc(s->session, at->ssrc, roc);
}

static void remember(struct seal *s, const struct place *at)
{
	uint32_t roc = 0;

	if (srtp_get_stream_roc(s->session, at->ssrc, &roc) !=
	    srtp_err_status_ok)
		return;
	/* of late packets the counter may be another: they are not newest */
	if (s->newest.known && s->newest.ssrc == at->ssrc &&
	    (uint16_t)(at->seq - s->newest.seq) >= 0x8000)
		return;
	s->newest = *at;
	s->newest.roc = roc;
}

/* ---- packets ---- */

bool seal_rtp(struct seal *s, void *p, size_t *n)
{
	struct place at;
	int len = (int)*n;

	if (!read_place(p, *n, &at))
		return false;
	take_over(s, &at);
	if (srtp_protect(s->session, p, &len) != srtp_err_status_ok)
		return false;
	remember(s, &at);
	*n = (size_t)len;
	return true;
}

bool seal_rtcp(struct seal *s, void *p, size_t *n)
{
	int len = (int)*n;

	if (srtp_protect_rtcp(s->session, p, &len) != srtp_err_status_ok)
		return false;
	*n = (size_t)len;
	return true;
}

static enum seal_result result_of(srtp_err_status_t rc)
{
	switch (rc) {
	case srtp_err_status_ok:
		return SEAL_OK;
	case srtp_err_status_replay_fail:
	case srtp_err_status_replay_old:
	case srtp_err_status_pkt_idx_old:
		return SEAL_REPLAYED;
	case srtp_err_status_auth_fail:
	case srtp_err_status_cipher_fail:
	case srtp_err_status_bad_mki:
		return SEAL_FORGED;
	default:
		return SEAL_BROKEN;
	}
}

static enum seal_result open_rtp(struct seal *s, const void *p, size_t *n,
				 void *out)
{
	struct place at;
	int len = (int)*n;
	srtp_err_status_t rc;

	if (!read_place(p, *n, &at))
		return SEAL_BROKEN;
	memcpy(out, p, *n);
	take_over(s, &at);
	rc = srtp_unprotect_mki(s->session, out, &len, s->master.mki_size > 0);
	if (rc != srtp_err_status_ok)
		return result_of(rc);
	remember(s, &at);
	*n = (size_t)len;
	return SEAL_OK;
}

static enum seal_result open_rtcp(struct seal *s, const void *p, size_t *n,
				  void *out)
{
	int len = (int)*n;
	srtp_err_status_t rc;

	memcpy(out, p, *n);
	rc = srtp_unprotect_rtcp_mki(s->session, out, &len,
				     s->master.mki_size > 0);
	if (rc == srtp_err_status_ok)
		*n = (size_t)len;
	return result_of(rc);
}

/* ---- openers ---- */

struct opener *opener_new(void)
{
	return xcalloc(1, sizeof(struct opener));
}

static void forget(struct seal **s)
{
	seal_free(*s);
	*s = NULL;
}

void opener_free(struct opener *o)
{
	if (!o)
		return;
	forget(&o->now);
	forget(&o->before);
	free(o);
}

void opener_key(struct opener *o, const struct suite_key *key,
		struct seal_mki mki, bool anew)
{
	if (o->now && !anew && suite_key_eq(&o->now->key, key))
		return;
	forget(&o->before);
	o->before = o->now;
	o->now = make(key, mki, ssrc_any_inbound, anew ? NULL : o->before);
	o->passed = 0;
}

typedef enum seal_result(open_h)(struct seal *s, const void *p, size_t *n,
				 void *out);

/* What no key opens is as the newest one finds it. */
static enum seal_result open_by(struct opener *o, open_h *open, const void *p,
				size_t *n, void *out)
{
	enum seal_result r;

	if (!o->now || *n > SEAL_PACKET)
		return SEAL_BROKEN;
	r = open(o->now, p, n, out);
	if (r == SEAL_OK && o->before && ++o->passed >= SETTLED)
		forget(&o->before);
	if (r == SEAL_FORGED && o->before &&
	    open(o->before, p, n, out) == SEAL_OK)
		return SEAL_OK;
	return r;
}

enum seal_result opener_rtp(struct opener *o, const void *p, size_t *n,
			    void *out)
{
	return open_by(o, open_rtp, p, n, out);
}

enum seal_result opener_rtcp(struct opener *o, const void *p, size_t *n,
			     void *out)
{
	return open_by(o, open_rtcp, p, n, out);
}
