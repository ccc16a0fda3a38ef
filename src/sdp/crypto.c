#include "sdp/crypto.h"

#include <stdio.h>
#include <string.h>

#include "core/base64.h"
#include "sdp/read.h"

enum { SHOWN = 32 }; /* how much of a word a fault quotes */

static void fault(struct sdp_crypto *c, const char *what, struct span word)
{
	int n = (int)(word.n < SHOWN ? word.n : SHOWN);

	snprintf(c->fault, sizeof(c->fault), "%s '%.*s'", what, n,
		 word.n ? word.p : "");
}

/* ---- reading ---- */

/* RFC 4568 section 9.1: decimal, 1 to 9 digits, no leading zero. */
static bool read_tag(struct span word, uint32_t *tag)
{
	return word.n && word.p[0] != '0' && parse_u32(word, 1, 999999999, tag);
}

/* "2^20" or a number. */
static bool is_lifetime(struct span word)
{
	uint64_t n;

	if (span_starts(word, "2^"))
		return parse_u64(span_skip(word, 2), 0, 48, &n);
	return parse_u64(word, 1, UINT64_C(1) << 48, &n);
}

/* "1:4": a value, and the octets that it takes. */
static bool read_mki(struct span word, struct sdp_crypto *c)
{
	struct span value = span_cut(&word, ':');
	uint64_t number;
	uint32_t n;
	size_t i;

	if (!parse_u64(value, 0, UINT64_MAX, &number) ||
	    !parse_u32(word, 1, SDP_MKI, &n) ||
	    (n < sizeof(number) && number >> 8 * n))
		return false;
	c->mki_n = (uint8_t)n;
	for (i = 0; i < n; i++)
		c->mki[n - 1 - i] = i < sizeof(number)
					    ? (uint8_t)(number >> 8 * i)
					    : 0;
	return true;
}

static void read_inline(struct span value, struct sdp_crypto *c)
{
	struct span key = span_cut(&value, '|');
	size_t n = 0, wanted = suite_key_len(c->key.suite);
	struct span part;

	if (!base64_read(key, c->key.key, sizeof(c->key.key), &n)) {
		snprintf(c->fault, sizeof(c->fault),
			 "the key is not base64 of %zu octets", wanted);
		return;
	}
	if (n != wanted) {
		snprintf(c->fault, sizeof(c->fault),
			 "the key has %zu octets, wanted %zu", n, wanted);
		return;
	}
	while (value.n) {
		part = span_cut(&value, '|');
		if (span_chr(part, ':') < part.n ? !read_mki(part, c)
						 : !is_lifetime(part)) {
			fault(c, "neither a lifetime nor an MKI:", part);
			return;
		}
	}
}

static void read_keys(struct span word, struct sdp_crypto *c)
{
	if (!span_starts(word, "inline:"))
		fault(c, "wanted 'inline:' and a key, got", word);
	else if (span_chr(word, ';') < word.n)
		snprintf(c->fault, sizeof(c->fault), "more than one key");
	else
		read_inline(span_skip(word, strlen("inline:")), c);
}

/* RFC 4568 section 6.3.7: what begins with '-' may be left aside; a window
 * size is a hint. */
static void read_parameters(struct span rest, struct sdp_crypto *c)
{
	struct span word;

	while ((word = sdp_token(&rest)).n)
		if (!span_starts(word, "-") && !span_starts(word, "WSH="))
			fault(c, "a session parameter that is not done:", word);
}

void sdp_crypto_read(struct span value, struct sdp_crypto *out)
{
	struct span tag = sdp_token(&value);
	struct span suite = sdp_token(&value);

	memset(out, 0, sizeof(*out));
	if (!read_tag(tag, &out->tag)) {
		out->tag = 0;
		fault(out, "wanted a tag, got", tag);
		return;
	}
	if (!suite_find(suite, &out->key.suite)) {
		fault(out, "the suite is not known:", suite);
		return;
	}
	read_keys(sdp_token(&value), out);
	if (!out->fault[0])
		read_parameters(value, out);
}

void sdp_crypto_write(struct buf *b, uint32_t tag, const struct suite_key *key)
{
	char text[BASE64_TEXT(SUITE_KEY)];

	base64_write(key->key, suite_key_len(key->suite), text);
	buf_addf(b, "a=crypto:%u %s inline:%s\r\n", tag, suite_name(key->suite),
		 text);
}

/* ---- offer and answer ---- */

bool sdp_is_secure(const char *proto)
{
	struct span p = span_of(proto);

	return span_case_is(p, "RTP/SAVP") || span_case_is(p, "RTP/SAVPF");
}

const struct sdp_crypto *sdp_crypto_choose(const struct sdp_media *offer,
					   unsigned suites)
{
	const struct sdp_crypto *c;
	size_t i;

	for (i = 0; i < offer->n_cryptos; i++) {
		c = &offer->crypto[i];
		if (!c->fault[0] && suites >> c->key.suite & 1)
			return c;
	}
	return NULL;
}

static const struct sdp_crypto *by_tag(const struct sdp_media *m, uint32_t tag)
{
	size_t i;

	for (i = 0; i < m->n_cryptos; i++)
		if (m->crypto[i].tag == tag)
			return &m->crypto[i];
	return NULL;
}

bool sdp_crypto_agreed(const struct sdp_media *ours,
		       const struct sdp_media *theirs,
		       const struct sdp_crypto **our_line,
		       const struct sdp_crypto **their_line)
{
	const struct sdp_media *answer = theirs->n_cryptos == 1 ? theirs : ours;
	uint32_t tag;

	if (answer->n_cryptos != 1)
		return false;
	tag = answer->crypto[0].tag;
	*our_line = by_tag(ours, tag);
	*their_line = by_tag(theirs, tag);
	return *our_line && *their_line && !(*our_line)->fault[0] &&
	       !(*their_line)->fault[0] &&
	       (*our_line)->key.suite == (*their_line)->key.suite;
}

/* What is wrong with the keys of an accepted line, or NULL. RFC 4568 section
 * 5.1.2; section 7.1.2 wants a key that is not the offer's. */
static const char *fault_of(const struct sdp_media *offer,
			    const struct sdp_media *answer, char *text,
			    size_t size)
{
	const struct sdp_crypto *o, *a = answer->crypto;
	size_t i;

	if (answer->n_cryptos == 0)
		return "has no a=crypto";
	if (answer->n_cryptos > 1)
		return "has more than one a=crypto";
	if (a->fault[0]) {
		snprintf(text, size, "a=crypto: %s", a->fault);
		return text;
	}
	o = by_tag(offer, a->tag);
	if (!o) {
		snprintf(text, size,
			 "a=crypto has tag %u, which was not "
			 "offered",
			 a->tag);
		return text;
	}
	if (o->key.suite != a->key.suite) {
		snprintf(text, size, "a=crypto has tag %u with %s, offered %s",
			 a->tag, suite_name(a->key.suite),
			 suite_name(o->key.suite));
		return text;
	}
	for (i = 0; i < offer->n_cryptos; i++)
		if (suite_key_eq(&offer->crypto[i].key, &a->key))
			return "a=crypto has the key of the offer, not one of "
			       "its own";
	return NULL;
}

static int check_line(const struct sdp_media *offer,
		      const struct sdp_media *answer, size_t number,
		      struct err *e)
{
	const char *why;
	char text[160];

	if (answer->port == 0)
		return 0;
	if (sdp_is_secure(offer->proto) && !sdp_is_secure(answer->proto))
		return err_set(e, ERR_INPUT,
			       "m-line %zu offered %s, answered %s: in clear",
			       number, offer->proto, answer->proto);
	if (!sdp_is_secure(offer->proto))
		return 0;
	why = fault_of(offer, answer, text, sizeof(text));
	if (why)
		return err_set(e, ERR_INPUT, "m-line %zu of the answer: %s",
			       number, why);
	return 0;
}

int sdp_check_keys(const struct sdp *offer, const struct sdp *answer,
		   struct err *e)
{
	size_t i;

	for (i = 0; i < offer->n_media && i < answer->n_media; i++)
		if (check_line(&offer->media[i], &answer->media[i], i + 1, e) <
		    0)
			return -1;
	return 0;
}
