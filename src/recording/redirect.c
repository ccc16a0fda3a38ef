/* Where redirects lead (RFC 3261 section 8.1.3.4): the targets that come before
 * the next server's turn. */
#include <stdlib.h>
#include <string.h>

#include "recording/priv.h"
#include "sip/head.h"

/* In thousandths; a Contact without q is as good as any (RFC 3261 section
 * 20.10). */
static int q_of(struct span contact)
{
	int q, digits, unit = 1000;
	struct span text;
	size_t n;

	if (!sip_param(contact, "q", &text))
		return unit;
	if (text.n == 0 || text.p[0] != '0')
		return text.n && text.p[0] == '1' ? unit : 0;
	q = 0;
	digits = 3;
	for (n = 2; n < text.n && digits-- > 0; n++) {
		unit /= 10;
		if (text.p[n] >= '0' && text.p[n] <= '9')
			q += (text.p[n] - '0') * unit;
	}
	return q;
}

/* No URI twice, or a circle would have no end. */
static bool is_known(const struct instance *i, struct span uri)
{
	size_t n;

	for (n = 0; n < i->targets.n; n++)
		if (span_is(uri, i->targets.uri[n]))
			return true;
	return span_is(uri, instance_at(i)->uri);
}

/* Among those that this redirect brings, which begin at `from`. */
static void insert(struct targets *t, size_t from, struct span uri, int q)
{
	size_t at = from;

	while (at < t->n && t->fresh[at] && t->q[at] >= q)
		at++;
	memmove(&t->uri[at + 1], &t->uri[at], (t->n - at) * sizeof(*t->uri));
	memmove(&t->q[at + 1], &t->q[at], (t->n - at) * sizeof(*t->q));
	memmove(&t->fresh[at + 1], &t->fresh[at],
		(t->n - at) * sizeof(*t->fresh));
	t->uri[at] = span_dup(uri);
	t->q[at] = q;
	t->fresh[at] = true;
	t->n++;
}

void redirect_take(struct instance *i, const struct sip_view *resp)
{
	struct targets *t = &i->targets;
	struct span contact;
	bool sips = span_case_starts(span_of(instance_uri(i)), "sips:");
	enum addr_proto proto;
	struct sip_walk w;
	struct sip_uri u;

	memset(t->fresh, 0, sizeof(t->fresh));
	sip_walk(&w, resp, "Contact");
	while (t->n < TARGETS_MAX && sip_walk_next(&w, &contact)) {
		struct span uri = sip_addr_uri(contact);

		/* RFC 3261 section 8.1.3.4: from SIPS to SIPS only */
		if (sip_uri_parse(uri, &u) &&
		    sip_uri_proto(&u, ADDR_UDP, &proto) &&
		    (!sips || span_case_starts(uri, "sips:")) &&
		    !is_known(i, uri))
			insert(t, t->next, uri, q_of(contact));
	}
}

bool redirect_next(struct instance *i)
{
	struct targets *t = &i->targets;
	char why[HEALTH_WHY];

	while (t->next < t->n) {
		i->redirect = t->uri[t->next++];
		if (!health_is_out(i->r->conf.health, i->redirect, why))
			return true;
	}
	return false;
}

void redirect_forget(struct instance *i)
{
	struct targets *t = &i->targets;

	while (t->n)
		free(t->uri[--t->n]);
	t->next = 0;
	i->redirect = NULL;
}
