#include "scenario/outside.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"

/* A key that tells an embedded recorder how to behave, or NULL. */
static const char *told(const struct scn_srs *r)
{
	const struct {
		bool said;
		const char *key;
	} keys[] = {
		{r->answer != SCN_ANSWER_POLITE, "answer"},
		{r->refuse != 0, "refuse"},
		{r->redirect != NULL, "redirect"},
		{r->ring_us != SCN_UNSET, "ring"},
		{r->wait_us != 0, "wait"},
		{r->bye_after_us != SCN_UNSET, "bye_after"},
		{r->die_after_us != SCN_UNSET, "die_after"},
		{r->codecs.n != 0, "codecs"},
		{r->no_video, "video"},
		{r->login.user != NULL, "login"},
		{r->srtp.on, "srtp"},
		{r->mangle.n != 0, "mangle"},
		{r->n_lines != 0, "script"},
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].said)
			return keys[i].key;
	return NULL;
}

static char *why_not(const struct scenario *s)
{
	const char *key;
	size_t i;

	if (s->n_srs != 1)
		return xasprintf("it has %zu recorders, and one stands outside",
				 s->n_srs);
	if (s->srs[0].uri)
		return xasprintf("its recorder '%s' has a 'uri' of its own",
				 s->srs[0].name);
	key = told(&s->srs[0]);
	if (key)
		return xasprintf("'%s' tells its recorder '%s' what to do, and "
				 "nobody can tell the one outside",
				 key, s->srs[0].name);
	for (i = 0; i < s->n_steps; i++)
		if (s->step[i].srs >= 0)
			return xasprintf("line %d is for its recorder '%s' to "
					 "do, and nobody can tell the one "
					 "outside",
					 s->step[i].place.line, s->srs[0].name);
	return NULL;
}

/* What only the receiver knows. */
static bool is_unknown(const struct scn_check *c)
{
	switch (c->kind) {
	case SCN_CHECK_AUDIO:
	case SCN_CHECK_QUIET:
		return true;
	case SCN_CHECK_FILES: /* its own names, and its own folder */
		return !strchr(c->subject, '/');
	case SCN_CHECK_RTP:
		return c->loss.set || c->jitter.set || c->max_gap.set ||
		       c->reordered.set || c->duplicates.set || c->order_set ||
		       c->dtmf || c->order_captured || c->max_gap_captured;
	default:
		return false;
	}
}

static void aim_servers(struct scn_instance *i, const char *uri)
{
	size_t k;

	for (k = 0; k < i->n_servers; k++)
		if (i->server[k].srs >= 0 && !i->server[k].uri)
			i->server[k].uri = xstrdup(uri);
}

static void give_login(struct scn_login *l, const struct scn_login *as)
{
	if (!as->user || l->user)
		return;
	l->user = xstrdup(as->user);
	l->password = xstrdup(as->password);
}

static void give_tls(struct scn_tls *t, const struct scn_tls *as)
{
	if (as->ca && !t->ca)
		t->ca = xstrdup(as->ca);
	if (!as->cert || t->cert)
		return;
	t->cert = xstrdup(as->cert);
	t->key = as->key ? xstrdup(as->key) : NULL;
	t->shows = false;
}

static void give_srtp(struct scn_srtp *srtp, const struct scn_srtp *as)
{
	size_t i;

	if (!as->on || srtp->on)
		return;
	srtp->on = true;
	srtp->clear_signalling = as->clear_signalling;
	for (i = 0; i < as->suites.n; i++)
		scn_strings_add(&srtp->suites, as->suites.at[i]);
}

/* One that says `srtp: false` is about RTP in clear. */
static char *why_not_srtp(const struct scenario *s)
{
	size_t i;

	for (i = 0; i < s->n_instances; i++)
		if (!s->instance[i].srtp.on &&
		    s->instance[i].srtp.mode == SCN_SRTP_REFUSED)
			return xstrdup("it is about an offer without SRTP");
	return NULL;
}

void scenario_aim(struct scenario *s, const char *uri,
		  const struct scn_instance *as)
{
	size_t i;

	s->skip = why_not(s);
	if (!s->skip && as->srtp.on)
		s->skip = why_not_srtp(s);
	if (s->skip)
		return;
	s->srs[0].uri = xstrdup(uri);
	for (i = 0; i < s->n_instances; i++) {
		aim_servers(&s->instance[i], uri);
		give_login(&s->instance[i].login, &as->login);
		give_tls(&s->instance[i].tls, &as->tls);
		give_srtp(&s->instance[i].srtp, &as->srtp);
	}
	s->challenges_pass = as->login.user != NULL;
	s->clock = SCN_CLOCK_REAL;
	for (i = 0; i < s->n_checks; i++)
		s->check[i].unknown = is_unknown(&s->check[i]);
}
