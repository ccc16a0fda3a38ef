#include "capture/leg.h"

#include <stdlib.h>
#include <string.h>

#include "capture/described.h"
#include "core/hash.h"
#include "core/list.h"
#include "core/xalloc.h"
#include "sip/mime.h"
#include "sip/view.h"

enum {
	RECENT = 32,   /* messages remembered, to know them again */
	SDP_KEPT = 64, /* versions of a leg's descriptions */
	START_LINE = 2048,
};

/* The same frame captured twice is no retransmission. */
#define TWICE_US 2000

/* The newest INVITE or UPDATE of a party. */
struct ask {
	uint32_t cseq;
	bool has_sdp;
};

/* How it was before the newest offer of a party inside the dialog. */
struct before {
	bool open; /* not answered yet */
	uint32_t cseq;
	bool silent, held;
	uint64_t described;
	bool holds; /* it counted as one */
	size_t sdp; /* which of the leg's it is; SIZE_MAX: none */
};

struct leg {
	struct hash_le he;
	struct leg *next;
	struct capture_leg pub;
	uint32_t invite; /* CSeq of the initial INVITE */
	bool cancel;
	int final_first, final_any; /* of the first hop, of any */
	int64_t rejected_us, bye_us;
	struct ask asked[2];
	uint32_t reinvite[2], refer[2]; /* newest CSeq of a party */
	bool silent[2];			/* it asks the other to be */
	bool held[2];			/* and did not at first */
	bool asked_before[2];		/* it described itself before */
	uint64_t described[2];		/* sum of its newest description */
	struct before before[2];
	struct {
		uint64_t sum;
		int64_t at_us;
	} recent[RECENT];
	unsigned n_recent;
	size_t place; /* of its facts, at the end */
};

struct legs {
	struct hash by_call_id;
	struct leg *first, **last; /* owned */
	struct ends *ends;
};

/* A message on its way through here. */
struct heard {
	const struct capture_packet *p;
	struct sip_view v;
	struct leg *leg;
	enum capture_party party; /* who sent it */
	enum capture_party asker; /* who sent its request */
};

static enum capture_party other(enum capture_party p)
{
	return p == CAPTURE_CALLER ? CAPTURE_CALLEE : CAPTURE_CALLER;
}

struct legs *legs_new(struct ends *ends)
{
	struct legs *l = xcalloc(1, sizeof(*l));

	hash_init(&l->by_call_id);
	l->last = &l->first;
	l->ends = ends;
	return l;
}

static void sdp_fini(struct capture_sdp *s)
{
	size_t i;

	for (i = 0; i < s->n_media; i++)
		free(s->media[i].codecs);
	free(s->media);
}

void capture_leg_fini(struct capture_leg *l)
{
	size_t i;

	for (i = 0; i < l->n_sdp; i++)
		sdp_fini(&l->sdp[i]);
	free(l->sdp);
	free(l->call_id);
	free(l->caller);
	free(l->callee);
	free(l->session_id);
	free(l->refer_to);
	free(l->replaces);
	free(l->caller_tag);
	memset(l, 0, sizeof(*l));
}

void legs_free(struct legs *l)
{
	if (!l)
		return;
	hash_fini(&l->by_call_id);
	while (l->first) {
		struct leg *leg = l->first;

		l->first = leg->next;
		capture_leg_fini(&leg->pub);
		free(leg);
	}
	free(l);
}

struct leg *legs_next(const struct legs *l, const struct leg *at)
{
	return at ? at->next : l->first;
}

struct leg *legs_find(const struct legs *l, struct span call_id)
{
	struct hash_le *e = hash_find(&l->by_call_id, call_id);

	return e ? container_of(e, struct leg, he) : NULL;
}

struct capture_leg *leg_facts(struct leg *l)
{
	return &l->pub;
}

void leg_place(struct leg *l, size_t place)
{
	l->place = place;
}

size_t leg_placed(const struct leg *l)
{
	return l->place;
}

bool leg_is_partial(const struct leg *l)
{
	return l->pub.partial;
}

int64_t leg_end_us(const struct leg *l)
{
	if (l->bye_us >= 0)
		return l->bye_us;
	return l->pub.answered_us < 0 ? l->rejected_us : -1;
}

/* ---- the beginning ---- */

static bool ends_with_version(struct span line)
{
	static const char version[] = " SIP/2.0";
	const size_t n = sizeof(version) - 1;

	while (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line.n > n && memcmp(line.p + line.n - n, version, n) == 0;
}

/* RFC 3261 section 7: a status line, or a request line. RTP and STUN do not
 * begin with a letter. */
bool legs_is_sip(struct span data)
{
	struct span line = data;

	if (data.n < 16 || data.p[0] < 'A' || data.p[0] > 'z')
		return false;
	if (memcmp(data.p, "SIP/2.0 ", 8) == 0)
		return true;
	if (line.n > START_LINE)
		line.n = START_LINE;
	line.n = span_chr(line, '\n');
	return line.n < data.n && ends_with_version(line);
}

static bool is_any(struct span method, const char *const *names)
{
	for (; *names; names++) {
		if (span_is(method, *names))
			return true;
	}
	return false;
}

/* What tells of a call: its INVITE, or what only a call has. */
static bool begins_leg(const struct sip_view *v)
{
	static const char *const in_call[] = {"BYE",	"ACK",	  "PRACK",
					      "UPDATE", "CANCEL", NULL};

	if (!v->call_id.n)
		return false;
	if (!v->request)
		return span_is(v->cseq_method, "INVITE");
	return span_is(v->method, "INVITE") ||
	       (v->to_tag.n && is_any(v->method, in_call));
}

struct span leg_user(const char *uri)
{
	struct span rest = span_of(uri), scheme = span_cut(&rest, ':');
	struct span user = span_cut(&rest, '@');

	return user.n ? user : scheme;
}

static char *aor_of(struct span value)
{
	return span_dup(sip_uri_aor(sip_addr_uri(value)));
}

static void take_session_id(struct capture_leg *l, const struct sip_view *v)
{
	struct span value, id;
	size_t i;

	if (l->session_id || !sip_view_header(v, "Session-ID", 0, &value))
		return;
	id = span_trim(span_cut(&value, ';'));
	for (i = 0; i < id.n && id.p[i] == '0'; i++)
		;
	if (i < id.n) /* RFC 7989 section 5: all zeros are none */
		l->session_id = span_dup(id);
}

/* RFC 3891 section 3: its to-tag is the tag of whom it is sent to. */
static void take_replaces(const struct legs *l, const struct heard *h)
{
	struct capture_leg *pub = &h->leg->pub;
	const struct leg *of;
	struct span value, tag;

	if (pub->replaces || !sip_view_header(&h->v, "Replaces", 0, &value))
		return;
	if (!sip_param(value, "to-tag", &tag))
		tag = span_of("");
	pub->replaces = span_dup(span_trim(span_cut(&value, ';')));
	of = legs_find(l, span_of(pub->replaces));
	if (of)
		pub->kept = span_is(tag, of->pub.caller_tag) ? CAPTURE_CALLER
							     : CAPTURE_CALLEE;
}

static struct leg *begin(struct legs *l, const struct capture_packet *p,
			 const struct sip_view *v)
{
	struct leg *leg = xcalloc(1, sizeof(*leg));
	struct capture_leg *pub = &leg->pub;

	pub->call_id = span_dup(v->call_id);
	pub->caller = aor_of(v->from);
	pub->callee = aor_of(v->to);
	leg->pub.caller_tag = span_dup(v->from_tag);
	pub->src = v->request ? p->src : p->dst;
	pub->dst = v->request ? p->dst : p->src;
	pub->far = pub->dst;
	pub->tcp = p->tcp;
	pub->partial = !v->request || v->to_tag.n;
	pub->start_us = p->at_us;
	pub->answered_us = pub->end_us = -1;
	pub->next = SIZE_MAX;
	pub->kept = pub->joins = CAPTURE_NOBODY;
	leg->rejected_us = leg->bye_us = -1;
	leg->invite = v->cseq;
	hash_add(&l->by_call_id, &leg->he, span_of(pub->call_id));
	*l->last = leg;
	l->last = &leg->next;
	return leg;
}

/* A Call-ID that begins anew after its call is another call. */
static bool is_another(const struct leg *leg, const struct sip_view *v)
{
	return v->request && span_is(v->method, "INVITE") && !v->to_tag.n &&
	       leg->bye_us >= 0 &&
	       !span_eq(v->from_tag, span_of(leg->pub.caller_tag));
}

/* ---- what was heard before ---- */

static uint64_t sum_up(uint64_t sum, struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		sum = (sum ^ (uint8_t)s.p[i]) * UINT64_C(1099511628211);
	return sum;
}

static uint64_t sum_of(const struct capture_packet *p)
{
	uint64_t sum = UINT64_C(14695981039346656037);

	sum = sum_up(sum, span_from((const char *)&p->src, sizeof(p->src)));
	sum = sum_up(sum, span_from((const char *)&p->dst, sizeof(p->dst)));
	return sum_up(sum, p->data);
}

/* Whether the same bytes went the same way before. */
static bool is_again(struct leg *leg, const struct capture_packet *p)
{
	uint64_t sum = sum_of(p);
	unsigned i, n = leg->n_recent < RECENT ? leg->n_recent : RECENT;

	for (i = 0; i < n; i++) {
		if (leg->recent[i].sum != sum)
			continue;
		leg->pub.again += p->at_us - leg->recent[i].at_us > TWICE_US;
		leg->recent[i].at_us = p->at_us;
		return true;
	}
	i = leg->n_recent++ % RECENT;
	leg->recent[i].sum = sum;
	leg->recent[i].at_us = p->at_us;
	return false;
}

/* ---- descriptions ---- */

/* RFC 3264: what answers an offer, and what is one. */
static bool is_offer(const struct heard *h)
{
	const struct ask *a = &h->leg->asked[h->asker];
	bool answered = a->cseq == h->v.cseq && a->has_sdp;

	if (!h->v.request)
		return !answered;
	return !span_is(h->v.method, "ACK") &&
	       (!span_is(h->v.method, "PRACK") || answered);
}

/* Who asks for silence from the beginning, such as an SRC, holds nobody. */
static void note_hold(struct leg *leg, enum capture_party party,
		      struct capture_sdp *s)
{
	bool silent = described_is_hold(s);

	s->holds = silent && !leg->silent[party] && leg->asked_before[party];
	s->resumes = !silent && leg->held[party];
	leg->pub.holds += s->holds;
	leg->silent[party] = silent;
	leg->held[party] = (leg->held[party] || s->holds) && !s->resumes;
}

/* NULL: on the next hop the same offer comes once more. */
static struct before *keep_before(const struct heard *h)
{
	struct leg *leg = h->leg;
	struct before *b = &leg->before[h->asker];

	if (!h->v.request || !h->v.to_tag.n || b->cseq == h->v.cseq)
		return NULL;
	*b = (struct before){.open = true,
			     .cseq = h->v.cseq,
			     .silent = leg->silent[h->asker],
			     .held = leg->held[h->asker],
			     .described = leg->described[h->asker],
			     .sdp = SIZE_MAX};
	return b;
}

/* RFC 3261 section 14.1, RFC 3311 section 5.1: what was refused has changed
 * nothing. */
static void take_back(const struct heard *h)
{
	struct leg *leg = h->leg;
	struct before *b = &leg->before[h->asker];

	if (!b->open || b->cseq != h->v.cseq || h->v.code < 200)
		return;
	b->open = false;
	if (h->v.code < 300)
		return;
	leg->silent[h->asker] = b->silent;
	leg->held[h->asker] = b->held;
	leg->described[h->asker] = b->described;
	leg->pub.holds -= b->holds;
	if (b->sdp != SIZE_MAX)
		leg->pub.sdp[b->sdp].holds = leg->pub.sdp[b->sdp].resumes =
			false;
}

static void take_sdp(struct legs *l, const struct heard *h, struct span text)
{
	struct capture_leg *pub = &h->leg->pub;
	struct described d = {h->leg, h->party, h->p->at_us, h->p->src};
	uint64_t sum = sum_up(14695981039346656037u, text);
	struct before *before = NULL;
	struct capture_sdp s = {
		.at_us = h->p->at_us, .party = h->party, .offer = is_offer(h)};

	if (!described_read(&s, &d, l->ends, text))
		return;
	if (s.offer) {
		before = keep_before(h);
		note_hold(h->leg, h->party, &s);
	}
	if (before)
		before->holds = s.holds;
	h->leg->asked_before[h->party] = true;
	if (h->leg->described[h->party] == sum || pub->n_sdp >= SDP_KEPT) {
		sdp_fini(&s);
		return;
	}
	h->leg->described[h->party] = sum;
	if (before)
		before->sdp = pub->n_sdp;
	pub->sdp = xreallocarray(pub->sdp, pub->n_sdp + 1, sizeof(s));
	pub->sdp[pub->n_sdp++] = s;
}

static bool is_ask(const struct heard *h)
{
	return h->v.request && (span_is(h->v.method, "INVITE") ||
				span_is(h->v.method, "UPDATE"));
}

static void take_body(struct legs *l, const struct heard *h)
{
	struct mime parts = {.n = 0};
	bool has_sdp = false;
	size_t i;

	mime_of(&parts, &h->v, NULL); /* what could be read stays in parts */
	for (i = 0; i < parts.n; i++) {
		if (span_case_is(parts.part[i].type, "application/sdp")) {
			take_sdp(l, h, parts.part[i].body);
			has_sdp = true;
		}
	}
	if (mime_metadata(&parts))
		h->leg->pub.siprec = true;
	if (is_ask(h)) {
		h->leg->asked[h->asker].cseq = h->v.cseq;
		h->leg->asked[h->asker].has_sdp = has_sdp;
	}
}

/* ---- requests ---- */

/* True the first time: on the next hop the same request comes once more. */
static bool is_next(uint32_t *newest, uint32_t cseq)
{
	if (*newest == cseq)
		return false;
	*newest = cseq;
	return true;
}

/* Without a tag it is the first one, or the first one again: with credentials,
 * or elsewhere. */
static void on_invite(const struct legs *l, const struct heard *h)
{
	struct leg *leg = h->leg;

	take_session_id(&leg->pub, &h->v);
	take_replaces(l, h);
	if (sip_view_lists(&h->v, "Require", "siprec"))
		leg->pub.siprec = true;
	if (h->v.to_tag.n) {
		if (is_next(&leg->reinvite[h->asker], h->v.cseq))
			leg->pub.reinvites++;
		return;
	}
	if (!addr_eq(&h->p->src, &leg->pub.src))
		leg->pub.far = h->p->dst;
	if (h->v.cseq <= leg->invite || leg->pub.answered_us >= 0)
		return;
	leg->invite = h->v.cseq;
	leg->final_first = leg->final_any = 0;
	leg->rejected_us = -1;
}

static void on_refer(const struct heard *h)
{
	struct span to;

	if (!is_next(&h->leg->refer[h->asker], h->v.cseq))
		return;
	h->leg->pub.transfers++;
	if (!sip_view_header(&h->v, "Refer-To", 0, &to))
		return;
	free(h->leg->pub.refer_to);
	h->leg->pub.refer_to = span_dup(sip_addr_uri(to));
	h->leg->pub.refer_us = h->p->at_us;
	h->leg->pub.referred = other(h->party);
}

static void on_request(const struct legs *l, const struct heard *h)
{
	if (span_is(h->v.method, "INVITE"))
		on_invite(l, h);
	else if (span_is(h->v.method, "REFER"))
		on_refer(h);
	else if (span_is(h->v.method, "CANCEL"))
		h->leg->cancel = true;
	else if (span_is(h->v.method, "BYE") && h->leg->bye_us < 0)
		h->leg->bye_us = h->p->at_us;
}

/* ---- responses ---- */

static bool is_first_hop(const struct heard *h)
{
	return addr_eq(&h->p->src, &h->leg->pub.dst) ||
	       addr_eq(&h->p->dst, &h->leg->pub.src);
}

static void on_response(const struct heard *h)
{
	struct leg *leg = h->leg;
	int code = h->v.code;

	if (span_is(h->v.cseq_method, "INVITE") ||
	    span_is(h->v.cseq_method, "UPDATE"))
		take_back(h);
	if (!span_is(h->v.cseq_method, "INVITE") ||
	    h->asker != CAPTURE_CALLER || h->v.cseq != leg->invite ||
	    code < 200)
		return;
	/* a fork of a proxy may fail after another took the call */
	if (leg->final_any < 200 || leg->final_any > 299)
		leg->final_any = code;
	if (is_first_hop(h) && !leg->final_first)
		leg->final_first = code;
	if (code < 300 && leg->pub.answered_us < 0)
		leg->pub.answered_us = h->p->at_us;
	if (code >= 300 && leg->rejected_us < 0)
		leg->rejected_us = h->p->at_us;
}

/* ---- all ---- */

static void heard_whose(struct heard *h)
{
	bool by_caller = span_eq(h->v.from_tag,
				 span_of(h->leg->pub.caller_tag));

	h->asker = by_caller ? CAPTURE_CALLER : CAPTURE_CALLEE;
	h->party = h->v.request ? h->asker : other(h->asker);
}

bool legs_add(struct legs *l, const struct capture_packet *p)
{
	struct heard h = {.p = p};

	if (!legs_is_sip(p->data) || !sip_view(p->data, &h.v))
		return false;
	h.leg = legs_find(l, h.v.call_id);
	if (!h.leg || is_another(h.leg, &h.v)) {
		if (!begins_leg(&h.v))
			return true;
		h.leg = begin(l, p, &h.v);
	}
	h.leg->pub.last_us = p->at_us;
	if (is_again(h.leg, p))
		return true;
	h.leg->pub.messages++;
	heard_whose(&h);
	if (h.v.request)
		on_request(l, &h);
	else
		on_response(&h);
	take_body(l, &h);
	return true;
}

static enum capture_outcome outcome_of(const struct leg *leg)
{
	const struct capture_leg *l = &leg->pub;

	if (l->answered_us >= 0 || (l->partial && !l->final))
		return leg->bye_us >= 0 ? CAPTURE_ANSWERED : CAPTURE_OPEN;
	if (leg->cancel && (!l->final || l->final == 487))
		return CAPTURE_CANCELLED;
	return l->final ? CAPTURE_REJECTED : CAPTURE_UNANSWERED;
}

void leg_close(struct leg *leg)
{
	struct capture_leg *l = &leg->pub;

	l->final = leg->final_first ? leg->final_first : leg->final_any;
	if (l->answered_us >= 0 && l->final >= 300)
		l->final = leg->final_any;
	l->outcome = outcome_of(leg);
	l->end_us = leg_end_us(leg);
	if (l->end_us < 0 && l->outcome == CAPTURE_CANCELLED)
		l->end_us = l->last_us;
}
