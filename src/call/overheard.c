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

struct dialog {
	struct dialog *next;
	char *call_id; /* owned */
	struct ask ask[PARTIES][ASKS];
};

struct overheard {
	struct dialog *dialogs;	  /* owned */
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

static void dialog_free(struct dialog *d)
{
	int p, k;

	for (p = 0; p < PARTIES; p++)
		for (k = 0; k < ASKS; k++)
			ask_fini(&d->ask[p][k]);
	free(d->call_id);
	free(d);
}

void overheard_free(struct overheard *o)
{
	int p;

	if (!o)
		return;
	while (o->dialogs) {
		struct dialog *d = o->dialogs;

		o->dialogs = d->next;
		dialog_free(d);
	}
	for (p = 0; p < PARTIES; p++)
		sdp_free(o->sdp[p]);
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
static bool answer_late(struct overheard *o, struct dialog *d, int party,
			struct span sdp)
{
	struct ask *a = &d->ask[party][ASK_INVITE];
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

static bool on_request(struct overheard *o, struct dialog *d,
		       const struct sip_view *v, int party, struct span sdp)
{
	bool prack = span_is(v->method, "PRACK");

	if ((prack || span_is(v->method, "ACK")) &&
	    answer_late(o, d, party, sdp))
		return true;
	if (span_is(v->method, "INVITE"))
		begin(&d->ask[party][ASK_INVITE], v, sdp);
	else if (prack || span_is(v->method, "UPDATE"))
		begin(&d->ask[party][ASK_OTHER], v, sdp);
	return false;
}

/* ---- responses ---- */

static struct ask *asked(struct dialog *d, const struct sip_view *v, int asker)
{
	struct ask *a = NULL;

	if (span_is(v->cseq_method, "INVITE"))
		a = &d->ask[asker][ASK_INVITE];
	else if (span_is(v->cseq_method, "UPDATE") ||
		 span_is(v->cseq_method, "PRACK"))
		a = &d->ask[asker][ASK_OTHER];
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

static bool on_response(struct overheard *o, struct dialog *d,
			const struct sip_view *v, int party, struct span sdp)
{
	struct ask *a = asked(d, v, !party);

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

static struct dialog *dialog_of(struct overheard *o, struct span call_id)
{
	struct dialog *d = o->dialogs;

	while (d && !span_is(call_id, d->call_id))
		d = d->next;
	if (d)
		return d;
	d = xcalloc(1, sizeof(*d));
	d->call_id = span_dup(call_id);
	d->next = o->dialogs;
	o->dialogs = d;
	return d;
}

bool overheard_message(struct overheard *o, const struct sip_view *v, int party)
{
	struct dialog *d = dialog_of(o, v->call_id);
	struct span sdp = description_of(v);

	return v->request ? on_request(o, d, v, party, sdp)
			  : on_response(o, d, v, party, sdp);
}

const struct sdp *overheard_sdp(const struct overheard *o, int party)
{
	return o->sdp[party];
}

bool overheard_by_update(const struct overheard *o)
{
	return o->by_update;
}
