#include "scenario/model.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "scenario/expect.h"

/* ---- questions ---- */

/* Four numbers with dots between them. */
static bool has_ipv4(const char *text)
{
	regex_t r;
	bool found;

	if (!text || regcomp(&r, "[0-9]{1,3}([.][0-9]{1,3}){3}",
			     REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	found = regexec(&r, text, 0, NULL, 0) == 0;
	regfree(&r);
	return found;
}

/* Where `dns` says it, that is inside. */
static bool is_outside(const struct scenario *s, const char *uri)
{
	return uri && (!s->n_dns || has_ipv4(uri) || strchr(uri, '['));
}

static bool all_embedded(const struct scenario *s)
{
	size_t i, j;

	for (i = 0; i < s->n_instances; i++) {
		for (j = 0; j < s->instance[i].n_servers; j++) {
			if (is_outside(s, s->instance[i].server[j].uri))
				return false;
		}
	}
	return true;
}

enum scn_clock scenario_clock(const struct scenario *s, enum scn_clock asked)
{
	if (asked != SCN_CLOCK_AUTO)
		return asked;
	if (s->clock != SCN_CLOCK_AUTO)
		return s->clock;
	return all_embedded(s) && !scenario_is_live(s) ? SCN_CLOCK_VIRTUAL
						       : SCN_CLOCK_REAL;
}

bool scenario_reads_disk(const struct scenario *s, const struct scn_check *c)
{
	return c->kind == SCN_CHECK_FILES && c->path &&
	       (strchr(c->subject, '/') || !all_embedded(s));
}

bool scenario_is_live(const struct scenario *s)
{
	size_t i;

	for (i = 0; i < s->call.n_parties; i++)
		if (s->media[i].source == SCN_SOURCE_UDP)
			return true;
	return false;
}

const char *scenario_input(const struct scenario *s, size_t i)
{
	size_t party;

	if (i == 0)
		return s->file;
	if (s->call.capture.path && i-- == 1)
		return s->call.capture.path;
	for (party = 0; s->media && party < s->call.n_parties; party++) {
		if (s->media[party].path && i-- == 1)
			return s->media[party].path;
	}
	return NULL;
}

int scenario_srs(const struct scenario *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_srs; i++) {
		if (strcmp(s->srs[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}

static bool instance_names_ipv4(const struct scn_instance *i)
{
	size_t k;

	for (k = 0; k < i->n_servers; k++)
		if (has_ipv4(i->server[k].uri))
			return true;
	return has_ipv4(i->socket) || has_ipv4(i->media);
}

bool scenario_names_ipv4(const struct scenario *s)
{
	static const char usual[] = "udp:127.0.0.1:0";
	size_t i;

	for (i = 0; i < s->n_instances; i++)
		if (instance_names_ipv4(&s->instance[i]))
			return true;
	for (i = 0; i < s->n_srs; i++)
		if ((s->srs[i].listen && strcmp(s->srs[i].listen, usual) != 0 &&
		     has_ipv4(s->srs[i].listen)) ||
		    has_ipv4(s->srs[i].redirect))
			return true;
	return false;
}

int64_t scenario_length_us(const struct scenario *s)
{
	const struct scn_call *c = &s->call;
	int64_t last = c->reject ? c->answer_us : c->end_us, after = 0;
	size_t i;

	if (c->cancel_us != SCN_UNSET)
		last = c->cancel_us;
	for (i = 0; i < s->n_steps; i++) {
		if (s->step[i].kind == SCN_AT && s->step[i].time_us > last)
			last = s->step[i].time_us;
		if (s->step[i].kind == SCN_AFTER)
			after += s->step[i].time_us;
	}
	return last + after;
}

/* ---- lists of text ---- */

void scn_strings_add(struct scn_strings *s, const char *text)
{
	s->at = xreallocarray(s->at, s->n + 1, sizeof(*s->at));
	s->at[s->n++] = xstrdup(text);
}

void scn_strings_fini(struct scn_strings *s)
{
	while (s->n)
		free(s->at[--s->n]);
	free(s->at);
	s->at = NULL;
}

bool scn_strings_has(const struct scn_strings *s, const char *text)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (strcmp(s->at[i], text) == 0)
			return true;
	}
	return false;
}

/* ---- the end ---- */

void scn_alias_add(struct scn_capture *c, int party, const char *aor)
{
	c->alias = xreallocarray(c->alias, c->n_aliases + 1, sizeof(*c->alias));
	c->alias[c->n_aliases].aor = xstrdup(aor);
	c->alias[c->n_aliases++].party = party;
}

static void capture_fini(struct scn_capture *c)
{
	size_t i;

	for (i = 0; i < c->n_seats; i++)
		free(c->seat[i].at);
	for (i = 0; i < c->n_aliases; i++)
		free(c->alias[i].aor);
	for (i = 0; i < c->n; i++) {
		free(c->one[i].party[SCN_CALLER].aor);
		free(c->one[i].party[SCN_CALLER].name);
		free(c->one[i].party[SCN_CALLEE].aor);
		free(c->one[i].party[SCN_CALLEE].name);
	}
	free(c->one);
	free(c->seat);
	free(c->alias);
	free(c->path);
	free(c->call_id);
}

static void edit_fini(struct scn_edit *e)
{
	free(e->of);
	free(e->replace);
	free(e->with);
	free(e->text);
	scn_strings_fini(&e->mangle);
	scn_strings_fini(&e->headers);
}

static void call_fini(struct scn_call *c)
{
	size_t i;

	capture_fini(&c->capture);

	for (i = 0; i < c->n_parties; i++) {
		free(c->party[i].id);
		free(c->party[i].aor);
		free(c->party[i].name);
	}
	free(c->party);
	free(c->connected.aor);
	free(c->connected.name);
	scn_strings_fini(&c->codecs);
	scn_strings_fini(&c->video);
	scn_strings_fini(&c->headers);
}

static void login_fini(struct scn_login *l)
{
	free(l->user);
	free(l->password);
}

static void tls_fini(struct scn_tls *t)
{
	free(t->ca);
	free(t->cert);
	free(t->key);
}

static void instance_fini(struct scn_instance *i)
{
	size_t k;

	for (k = 0; k < i->n_servers; k++) {
		free(i->server[k].name);
		free(i->server[k].uri);
		login_fini(&i->server[k].login);
	}
	login_fini(&i->login);
	tls_fini(&i->tls);
	free(i->server);
	free(i->name);
	free(i->skip_failover_codes);
	free(i->group);
	free(i->caller_xml);
	free(i->callee_xml);
	free(i->media);
	scn_strings_fini(&i->headers);
	scn_strings_fini(&i->profile);
	scn_strings_fini(&i->srtp.suites);
	free(i->socket);
	free(i->from_uri);
	free(i->to_uri);
	free(i->group_custom_extension);
	free(i->session_custom_extension);
}

static void line_fini(struct scn_line *l)
{
	free(l->when);
	scn_strings_fini(&l->mangle);
	scn_strings_fini(&l->headers);
	free(l->send);
	free(l->body);
	free(l->type);
	free(l->require);
}

static void srs_fini(struct scn_srs *r)
{
	while (r->n_lines)
		line_fini(&r->line[--r->n_lines]);
	free(r->line);
	free(r->name);
	free(r->uri);
	free(r->listen);
	free(r->redirect);
	tls_fini(&r->tls);
	free(r->login.user);
	free(r->login.password);
	free(r->login.realm);
	scn_strings_fini(&r->login.algorithms);
	scn_strings_fini(&r->mangle);
	scn_strings_fini(&r->srtp.suites);
	scn_strings_fini(&r->codecs);
}

static void event_fini(struct scn_event_want *w)
{
	free(w->name);
	scn_strings_fini(&w->has_key);
	scn_strings_fini(&w->has_value);
}

void scn_check_fini(struct scn_check *c)
{
	size_t i;

	for (i = 0; i < c->n_events; i++)
		event_fini(&c->event[i]);
	free(c->event);
	scn_strings_fini(&c->list);
	scn_strings_fini(&c->to);
	scn_strings_fini(&c->across);
	scn_strings_fini(&c->has);
	scn_strings_fini(&c->has_not);
	free(c->source);
	free(c->subject);
	free(c->path);
	free(c->party);
	free(c->of);
	free(c->instance);
	free(c->is);
	free(c->matches);
	free(c->codec);
	free(c->dtmf);
	free(c->count.text);
	free(c->code.text);
	free(c->packets.text);
	free(c->loss.text);
	free(c->jitter.text);
	free(c->max_gap.text);
	free(c->forged.text);
	free(c->reordered.text);
	free(c->duplicates.text);
	free(c->suite);
	free(c->duration.text);
}

static void lists_fini(struct scenario *s)
{
	size_t i;

	for (i = 0; i < s->n_matrix; i++) {
		free(s->matrix[i].name);
		free(s->matrix[i].value);
	}
	for (i = 0; s->media && i < s->call.n_parties; i++) {
		free(s->media[i].path);
		free(s->media[i].dtmf);
		free(s->media[i].udp);
		free(s->media[i].peer);
	}
	for (i = 0; i < s->n_instances; i++)
		instance_fini(&s->instance[i]);
	for (i = 0; i < s->n_edits; i++)
		edit_fini(&s->edit[i]);
	for (i = 0; i < s->n_dns; i++) {
		free(s->dns[i].name);
		free(s->dns[i].text);
	}
	free(s->dns);
	for (i = 0; i < s->n_srs; i++)
		srs_fini(&s->srs[i]);
	for (i = 0; i < s->n_steps; i++) {
		free(s->step[i].when);
		free(s->step[i].target);
		free(s->step[i].to.aor);
		free(s->step[i].to.name);
		scn_strings_fini(&s->step[i].codecs);
		scn_strings_fini(&s->step[i].video);
		free(s->step[i].keys);
		free(s->step[i].method);
		scn_strings_fini(&s->step[i].headers);
		free(s->step[i].body);
		free(s->step[i].type);
		free(s->step[i].result);
		free(s->step[i].source);
	}
	for (i = 0; i < s->n_checks; i++)
		scn_check_fini(&s->check[i]);
}

void scenario_free(struct scenario *s)
{
	if (!s)
		return;
	lists_fini(s);
	call_fini(&s->call);
	scn_strings_fini(&s->tags);
	scn_strings_fini(&s->rfc);
	scn_strings_fini(&s->warnings);
	free(s->matrix);
	free(s->media);
	free(s->instance);
	free(s->edit);
	free(s->srs);
	free(s->step);
	free(s->check);
	free(s->file);
	free(s->stem);
	free(s->name);
	free(s->skip);
	free(s);
}
