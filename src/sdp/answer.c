#include "sdp/sdp.h"

#include <string.h>

enum { FAULTS_MAX = 900, CODECS_MAX = 160 };

/* Faults are told one after the other, with "; " between. */
static struct buf *next_fault(struct buf *faults)
{
	if (faults->n)
		buf_add_str(faults, "; ");
	return faults;
}

static bool same_word(const char *a, const char *b)
{
	return span_case_eq(span_of(a), span_of(b));
}

/* Tones and comfort noise go along with a codec but are none. */
static bool is_codec(const struct sdp_codec *c)
{
	return !same_word(c->name, "telephone-event") &&
	       !same_word(c->name, "CN");
}

static bool common_codec(const struct sdp_media *offer,
			 const struct sdp_media *answer)
{
	size_t i;

	for (i = 0; i < answer->n_codecs; i++)
		if (is_codec(&answer->codec[i]) &&
		    sdp_codec_like(offer, &answer->codec[i]))
			return true;
	return false;
}

static void add_codecs(struct buf *b, const struct sdp_media *m)
{
	struct buf list;
	size_t i;

	buf_init(&list, CODECS_MAX);
	for (i = 0; i < m->n_codecs; i++) {
		const struct sdp_codec *c = &m->codec[i];

		if (c->name[0])
			buf_addf(&list, " %s/%u", c->name, c->rate);
		else
			buf_addf(&list, " %u", c->pt);
		if (c->channels > 1)
			buf_addf(&list, "/%u", c->channels);
	}
	if (m->n_codecs == 0)
		buf_add_str(&list, " none");
	if (list.overflow)
		buf_add_str(&list, " ...");
	buf_add_span(b, buf_span(&list));
	buf_fini(&list);
}

/* RFC 3264 section 6.1. */
static bool dir_fits(enum sdp_dir offer, enum sdp_dir answer)
{
	return offer == SDP_SENDRECV || answer == SDP_INACTIVE ||
	       answer == sdp_dir_reverse(offer);
}

static void check_dir(const struct sdp_media *offer,
		      const struct sdp_media *answer, size_t number,
		      struct buf *faults)
{
	const char * or = offer->dir == SDP_INACTIVE ? "" : " or inactive";

	if (dir_fits(offer->dir, answer->dir))
		return;
	buf_addf(next_fault(faults),
		 "m-line %zu offered %s, answered %s%s, wanted %s%s", number,
		 sdp_dir_name(offer->dir), sdp_dir_name(answer->dir),
		 answer->has_dir ? "" : " (no direction line)",
		 sdp_dir_name(sdp_dir_reverse(offer->dir)), or);
}

/* Whether media can flow on an accepted line. */
static bool check_accepted(const struct sdp_media *offer,
			   const struct sdp_media *answer, size_t number,
			   struct buf *faults)
{
	check_dir(offer, answer, number, faults);
	if (!addr_is_set(&answer->conn)) {
		buf_addf(next_fault(faults),
			 "m-line %zu accepted on port %u without an IP address"
			 " in a c= line",
			 number, answer->port);
		return false;
	}
	if (offer->n_codecs && !common_codec(offer, answer)) {
		buf_addf(next_fault(faults),
			 "m-line %zu accepted on port %u without a common"
			 " codec: offered",
			 number, answer->port);
		add_codecs(faults, offer);
		buf_add_str(faults, ", answered");
		add_codecs(faults, answer);
		return false;
	}
	return offer->n_codecs > 0;
}

static bool check_media(const struct sdp_media *offer,
			const struct sdp_media *answer, size_t number,
			struct buf *faults)
{
	if (!same_word(offer->type, answer->type)) {
		buf_addf(next_fault(faults),
			 "m-line %zu offered %s, answered %s", number,
			 offer->type, answer->type);
		return false;
	}
	if (!same_word(offer->proto, answer->proto))
		buf_addf(next_fault(faults),
			 "m-line %zu offered %s, answered %s", number,
			 offer->proto, answer->proto);
	if (answer->port == 0)
		return false;
	if (offer->port == 0) {
		/* RFC 3264 section 8.2 */
		buf_addf(
			next_fault(faults),
			"m-line %zu offered with port 0, answered with port %u",
			number, answer->port);
		return false;
	}
	return check_accepted(offer, answer, number, faults);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

int sdp_check_answer(const struct sdp *offer, const struct sdp *answer,
		     bool *usable, struct err *e)
{
	struct buf faults;
	size_t i;
	int rc = 0;

	*usable = false;
	if (offer->n_media != answer->n_media)
		return err_set(e, ERR_INPUT,
			       "answer has %zu m-line%s, offer has %zu",
			       answer->n_media, plural(answer->n_media),
			       offer->n_media);
	buf_init(&faults, FAULTS_MAX);
	for (i = 0; i < offer->n_media; i++)
		if (check_media(&offer->media[i], &answer->media[i], i + 1,
				&faults))
			*usable = true;
	if (faults.n)
		rc = err_set(e, ERR_INPUT, "%s", buf_str(&faults));
	buf_fini(&faults);
	return rc;
}
