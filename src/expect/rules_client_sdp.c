/* Rules about a recording client: its descriptions. */
#include "expect/rules.h"

#include <string.h>

typedef void(sdp_h)(struct judge *j, const struct said *s, const struct sdp *d);

static void each_sdp(struct judge *j, sdp_h *h)
{
	struct said s = {.i = 0};
	struct err e = ERR_INIT;
	struct span text;
	struct sdp *d;

	while (rule_next_said(j, &s)) {
		if (s.m->again || !rule_has_sdp(&s.v, &text))
			continue;
		d = sdp_parse(text, &e);
		if (!d)
			continue; /* 8866-5-a says so */
		rule_seen(j, &s);
		h(j, &s, d);
		sdp_free(d);
	}
}

static void check_direction(struct judge *j, const struct said *s,
			    const struct sdp *d)
{
	size_t m;

	for (m = 0; m < d->n_media; m++)
		if (d->media[m].port && d->media[m].dir != SDP_SENDONLY &&
		    d->media[m].dir != SDP_INACTIVE)
			rule_fail(j, s, "m-line %zu is %s%s", m + 1,
				  sdp_dir_name(d->media[m].dir),
				  d->media[m].has_dir ? ""
						      : ", for it says none");
}

static void check_label(struct judge *j, const struct said *s,
			const struct sdp *d)
{
	size_t m;

	for (m = 0; m < d->n_media; m++)
		if (d->media[m].port && !d->media[m].label[0])
			rule_fail(j, s, "m-line %zu has no label", m + 1);
}

static void check_label_unique(struct judge *j, const struct said *s,
			       const struct sdp *d)
{
	size_t m, k;

	for (m = 0; m < d->n_media; m++)
		for (k = 0; k < m; k++)
			if (d->media[m].label[0] &&
			    strcmp(d->media[m].label, d->media[k].label) == 0)
				rule_fail(j, s,
					  "m-lines %zu and %zu have label '%s'",
					  k + 1, m + 1, d->media[m].label);
}

static void check_label_token(struct judge *j, const struct said *s,
			      const struct sdp *d)
{
	size_t m;

	for (m = 0; m < d->n_media; m++)
		if (strpbrk(d->media[m].label, " \"(),/:;<=>?@[\\]{}"))
			rule_fail(j, s, "label '%s' is no token",
				  d->media[m].label);
}

static bool is_dynamic(const struct sdp_codec *c)
{
	return c->pt >= 96;
}

static void check_reach(struct judge *j, const struct said *s,
			const struct sdp *d)
{
	size_t m, c;

	for (m = 0; m < d->n_media; m++) {
		const struct sdp_media *line = &d->media[m];

		if (!line->port)
			continue;
		if (!addr_is_set(&line->conn))
			rule_fail(j, s, "m-line %zu has no address", m + 1);
		for (c = 0; c < line->n_codecs; c++)
			if (is_dynamic(&line->codec[c]) &&
			    !line->codec[c].name[0])
				rule_fail(j, s,
					  "m-line %zu has type %u without "
					  "rtpmap",
					  m + 1, line->codec[c].pt);
	}
}

static void check_own_ports(struct judge *j, const struct said *s,
			    const struct sdp *d)
{
	size_t m, k;

	for (m = 0; m < d->n_media; m++)
		for (k = 0; k < m; k++)
			if (d->media[m].port &&
			    d->media[m].port == d->media[k].port &&
			    !sdp_find(d, -1, "a=group:BUNDLE"))
				rule_fail(j, s,
					  "m-lines %zu and %zu have port %u",
					  k + 1, m + 1, d->media[m].port);
}

static bool is_secure_way(const struct said *s)
{
	return span_case_starts(s->v.via, "SIP/2.0/TLS");
}

static void check_keys(struct judge *j, const struct said *s,
		       const struct sdp *d)
{
	size_t m;

	for (m = 0; m < d->n_media; m++)
		if (sdp_find(d, (int)m, "a=crypto:") && !is_secure_way(s))
			rule_fail(j, s, "m-line %zu has a key in clear", m + 1);
}

/* What the phones negotiate between them means nothing here. */
static void check_foreign_lines(struct judge *j, const struct said *s,
				const struct sdp *d)
{
	static const char *const foreign[] = {
		"a=candidate:", "a=ice-ufrag:", "a=ice-pwd:", "a=mid:"};
	size_t m, i;

	for (m = 0; m < d->n_media; m++)
		for (i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
			if (sdp_find(d, (int)m, foreign[i]) &&
			    !sdp_find(d, -1, "a=group:") &&
			    !sdp_find(d, -1, "a=ice-"))
				rule_fail(j, s,
					  "m-line %zu has '%s' of the "
					  "recorded call",
					  m + 1, foreign[i]);
}

static bool before(const struct judge *j, const struct said *s,
		   struct span *text)
{
	struct said e = {.i = 0};
	struct span one;
	bool found = false;

	while (rule_next_said(j, &e) && e.m != s->m)
		if (!e.m->again && span_eq(e.v.call_id, s->v.call_id) &&
		    rule_has_sdp(&e.v, &one)) {
			*text = one;
			found = true;
		}
	return found;
}

static void check_places(struct judge *j, const struct said *s,
			 const struct sdp *d)
{
	struct span old;
	struct sdp *was;
	size_t m;

	if (!before(j, s, &old))
		return;
	was = sdp_parse(old, NULL);
	for (m = 0; was && m < was->n_media; m++) {
		if (m >= d->n_media) {
			rule_fail(j, s, "%zu m-lines after %zu", d->n_media,
				  was->n_media);
			break;
		}
		if (was->media[m].port && d->media[m].port &&
		    (strcmp(was->media[m].type, d->media[m].type) != 0 ||
		     strcmp(was->media[m].label, d->media[m].label) != 0))
			rule_fail(j, s,
				  "m-line %zu was %s with label '%s', and is "
				  "%s with '%s'",
				  m + 1, was->media[m].type,
				  was->media[m].label, d->media[m].type,
				  d->media[m].label);
	}
	sdp_free(was);
}

#define OF_SDP(name)                                                           \
	static void name(struct judge *j)                                      \
	{                                                                      \
		each_sdp(j, check_##name);                                     \
	}

OF_SDP(direction)
OF_SDP(label)
OF_SDP(label_unique)
OF_SDP(label_token)
OF_SDP(reach)
OF_SDP(own_ports)
OF_SDP(keys)
OF_SDP(foreign_lines)
OF_SDP(places)

const struct rule rules_client_sdp[] = {
	{"7866-7.1.1-a", direction},
	{"7866-7.1.1-b", label},
	{"D-label-unique", label_unique},
	{"4574-4-a", label_token},
	{"3264-5-a.src", reach},
	{"8866-9-a.src", own_ports},
	{"4568-3-a", keys},
	{"7866-12-d", foreign_lines},
	{"3264-8-c", places},
	{NULL, NULL},
};
