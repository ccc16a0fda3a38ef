#include "call/overheard.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "sip/mime.h"

enum { PARTIES = 2 };

/* What a request asks: its INVITE, or an UPDATE or PRACK in between. */
enum ask_kind { ASK_INVITE, ASK_OTHER, ASKS };

/* The newest of a party and kind. All texts are owned, or NULL. */
struct ask {
	uint32_t cseq;
	bool begun;
	char *offer;  /* in the request */
	char *answer; /* to it, the newest */
	char *late;   /* an offer in a response instead */
};

struct overheard {
	struct ask ask[PARTIES][ASKS];
	struct sdp *sdp[PARTIES]; /* owned; in force, or NULL */
	bool by_update;
};

struct overheard *overheard_new(void)
{
	return xcalloc(1, sizeof(struct overheard));
}

static void ask_fini(struct ask *a)
{
	free(a->offer);
	free(a->answer);
	free(a->late);
	memset(a, 0, sizeof(*a));
}

void overheard_free(struct overheard *o)
{
	int p, k;

	if (!o)
		return;
	for (p = 0; p < PARTIES; p++) {
		for (k = 0; k < ASKS; k++)
			ask_fini(&o->ask[p][k]);
		sdp_free(o->sdp[p]);
	}
	free(o);
}

static struct span description_of(const struct sip_view *v)
{
	struct mime parts = {.n = 0};
	const struct mime_part *part;

	mime_of(&parts, v, NULL); /* what could be read stays in parts */
	part = mime_find(&parts, "application/sdp");
	return part ? part->body : span_of("");
}

/* Takes both texts in force. A description that nobody can read changes
 * nothing. */
static bool agree(struct overheard *o, int offerer, const char *offer,
		  struct span answer)
{
	struct sdp *a = sdp_parse(span_of(offer), NULL);
	struct sdp *b = sdp_parse(answer, NULL);

	if (!a || !b) {
		sdp_free(a);
		sdp_free(b);
		return false;
	}
	sdp_free(o->sdp[offerer]);
	sdp_free(o->sdp[!offerer]);
	o->sdp[offerer] = a;
	o->sdp[!offerer] = b;
	return true;
}

/* ---- requests ---- */

/* On the next hop, or sent again, it is the same request. */
static void begin(struct ask *a, const struct sip_view *v, struct span sdp)
{
	if (a->begun && a->cseq == v->cseq)
		return;
	ask_fini(a);
	a->begun = true;
	a->cseq = v->cseq;
	if (!span_empty(sdp))
		a->offer = span_dup(sdp);
}

/* The answer to an offer that came in a response: in the ACK, or in the PRACK
 * for it. */
static bool answer_late(struct overheard *o, int party, struct span sdp)
{
	struct ask *a = &o->ask[party][ASK_INVITE];
	bool news;

	if (!a->late || span_empty(sdp))
		return false;
	o->by_update = false;
	news = agree(o, !party, a->late, sdp);
	free(a->late);
	a->late = NULL;
	a->answer = span_dup(sdp);
	return news;
}

static bool on_request(struct overheard *o, const struct sip_view *v, int party,
		       struct span sdp)
{
	bool prack = span_is(v->method, "PRACK");

	if ((prack || span_is(v->method, "ACK")) && answer_late(o, party, sdp))
		return true;
	if (span_is(v->method, "INVITE"))
		begin(&o->ask[party][ASK_INVITE], v, sdp);
	else if (prack || span_is(v->method, "UPDATE"))
		begin(&o->ask[party][ASK_OTHER], v, sdp);
	return false;
}

/* ---- responses ---- */

static struct ask *asked(struct overheard *o, const struct sip_view *v,
			 int asker)
{
	struct ask *a = NULL;

	if (span_is(v->cseq_method, "INVITE"))
		a = &o->ask[asker][ASK_INVITE];
	else if (span_is(v->cseq_method, "UPDATE") ||
		 span_is(v->cseq_method, "PRACK"))
		a = &o->ask[asker][ASK_OTHER];
	return a && a->begun && a->cseq == v->cseq ? a : NULL;
}

/* The 200 says once more what the 183 said (RFC 3261 section 13.2.1), unless it
 * is from another phone. */
static bool answer(struct overheard *o, struct ask *a, int asker,
		   struct span sdp)
{
	if (a->answer && span_is(sdp, a->answer))
		return false;
	free(a->answer);
	a->answer = span_dup(sdp);
	return agree(o, asker, a->offer, sdp);
}

static bool on_response(struct overheard *o, const struct sip_view *v,
			int party, struct span sdp)
{
	struct ask *a = asked(o, v, !party);

	if (!a || v->code <= 100 || v->code > 299 || span_empty(sdp))
		return false;
	if (a->offer) {
		o->by_update = span_is(v->cseq_method, "UPDATE");
		return answer(o, a, !party, sdp);
	}
	if (!a->answer) { /* else it is sent again */
		free(a->late);
		a->late = span_dup(sdp);
	}
	return false;
}

/* ---- all ---- */

bool overheard_message(struct overheard *o, const struct sip_view *v, int party)
{
	struct span sdp = description_of(v);

	return v->request ? on_request(o, v, party, sdp)
			  : on_response(o, v, party, sdp);
}

const struct sdp *overheard_sdp(const struct overheard *o, int party)
{
	return o->sdp[party];
}

bool overheard_by_update(const struct overheard *o)
{
	return o->by_update;
}
