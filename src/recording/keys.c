/* Keys of what we send: a=crypto of our descriptions (RFC 4568). */
#include "recording/priv.h"

bool keys_wanted(const struct instance *i)
{
	return i->set->n_suites > 0;
}

/* One for each suite, so that lines of one offer differ (7866-12.2-b,
 * 4568-6.1-a). */
static void make(struct instance *i, size_t s)
{
	size_t k;

	for (k = 0; k < i->set->n_suites; k++) {
		i->key[s][k].suite = i->set->suite[k];
		ids_key(i->r->conf.ids, "srtp", i->key[s][k].key,
			suite_key_len(i->set->suite[k]));
	}
	i->keyed[s] = true;
}

/* It flowed in this session, and does not now. */
static bool rests(const struct fork *f)
{
	return f && fork_suite(f) && !fork_codec(f);
}

/* What comes back may be sent to other ports, where counters begin again: not
 * with the key that was used (RFC 3711 section 9.1). */
void keys_place(struct instance *i, size_t s)
{
	if (rests(i->fork[s])) {
		fork_unseal(i->fork[s]);
		i->keyed[s] = false;
	}
	if (keys_wanted(i) && !i->keyed[s])
		make(i, s);
}

void keys_forget(struct instance *i)
{
	size_t s;

	for (s = 0; s < RECORDING_STREAMS; s++) {
		i->keyed[s] = false;
		if (i->fork[s])
			fork_unseal(i->fork[s]);
	}
}

void keys_renew(struct instance *i)
{
	size_t s;

	for (s = 0; keys_wanted(i) && s < RECORDING_STREAMS; s++)
		if (i->keyed[s])
			make(i, s);
}

/* RFC 4568 section 7.1.4: who is sent to elsewhere hears of another key. */
void keys_follow(struct instance *i, const struct sdp *theirs)
{
	size_t s, line;

	for (s = 0; keys_wanted(i) && s < RECORDING_STREAMS; s++) {
		line = i->lines.of[s];
		if (i->fork[s] && line != NO_LINE && line < theirs->n_media &&
		    i->keyed[s] && fork_codec(i->fork[s]) &&
		    !addr_eq(fork_dst(i->fork[s]), &theirs->media[line].conn))
			make(i, s);
	}
}

static unsigned suites_of(const struct instance *i)
{
	unsigned bits = 0;
	size_t k;

	for (k = 0; k < i->set->n_suites; k++)
		bits |= 1u << i->set->suite[k];
	return bits;
}

bool keys_fit(const struct instance *i, const struct sdp_media *theirs)
{
	if (!keys_wanted(i))
		return !sdp_is_secure(theirs->proto);
	return sdp_is_secure(theirs->proto) &&
	       sdp_crypto_choose(theirs, suites_of(i));
}

void keys_offer(const struct instance *i, size_t s, struct sdp_out_media *m)
{
	if (!keys_wanted(i))
		return;
	m->proto = "RTP/SAVP";
	m->crypto = i->key[s];
	m->n_cryptos = i->set->n_suites;
	m->crypto_tag = 1;
}

void keys_answer(const struct instance *i, size_t s,
		 const struct sdp_media *theirs, struct sdp_out_media *m)
{
	const struct sdp_crypto *c;
	size_t k = 0;

	if (!keys_wanted(i))
		return;
	c = sdp_crypto_choose(theirs, suites_of(i));
	while (i->set->suite[k] != c->key.suite)
		k++;
	m->crypto = &i->key[s][k];
	m->n_cryptos = 1;
	m->crypto_tag = c->tag;
}
