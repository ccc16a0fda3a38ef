#include "scenario/read.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "scenario/suggest.h"
#include "scenario/text.h"

enum { INSTANCES_MAX = 16, SERVERS_MAX = 64 };

/* Servers need the whole instance: read_servers. */
void scn_read_nothing(struct faults *f, const struct scn_key *k,
		      const struct node *n, void *out)
{
	(void)f;
	(void)k;
	(void)n;
	(void)out;
}

/* Whether the SRC has that habit of the OpenSIPS module. */
static bool has_habit(const struct scn_instance *i, const char *habit)
{
	return scn_strings_has(&i->profile, "opensips") ||
	       scn_strings_has(&i->profile, habit);
}

/* XML of the user's. What is pasted as it is need not be any. */
void scn_read_block(struct faults *f, const struct scn_key *k,
		    const struct node *n, void *out)
{
	struct scn_key as_it_is = *k;

	if (has_habit(out, "unescaped"))
		as_it_is.type = SCN_T_TEXT;
	scn_value_read(f, &as_it_is, n, (char *)out + k->at);
}

static struct scn_server *add_server(struct scn_instance *i, const char *name)
{
	struct scn_server *v;

	i->server = xreallocarray(i->server, i->n_servers + 1,
				  sizeof(*i->server));
	v = &i->server[i->n_servers++];
	memset(v, 0, sizeof(*v));
	v->name = xstrdup(name);
	v->srs = -1;
	v->weight = 1;
	return v;
}

static void add_srs(struct scn_instance *i, const struct scenario *s, int srs)
{
	struct scn_server *v = add_server(i, s->srs[srs].name);

	v->srs = srs;
	v->place = s->srs[srs].place;
	if (s->srs[srs].uri)
		v->uri = xstrdup(s->srs[srs].uri);
}

static void fault_server(struct faults *f, const struct node *n,
			 const struct scenario *s)
{
	char hint[SUGGEST_HINT];
	struct suggest g;
	size_t i;

	scn_suggest_init(&g, n->text);
	for (i = 0; i < s->n_srs; i++)
		scn_suggest_try(&g, s->srs[i].name);
	scn_suggest_hint(&g, hint);
	scn_fault(f, n->place,
		  "'%.60s' is neither a recorder of 'srs' nor a SIP "
		  "URI%s",
		  n->text, hint);
}

struct server_arg {
	struct scn_instance *instance;
	const struct scenario *scenario;
};

static void read_server(struct faults *f, const struct node *n, void *arg)
{
	struct server_arg *a = arg;
	int srs = scenario_srs(a->scenario, n->text);

	if (a->instance->n_servers == SERVERS_MAX) {
		scn_fault(f, n->place, "more than %d servers", SERVERS_MAX);
	} else if (srs >= 0) {
		add_srs(a->instance, a->scenario, srs);
	} else if (scn_text_is_sip_uri(n->text)) {
		scn_server_uri(f, n->place, n->text);
		add_server(a->instance, n->text)->uri = xstrdup(n->text);
	} else {
		fault_server(f, n, a->scenario);
		return;
	}
	a->instance->server[a->instance->n_servers - 1].place = n->place;
}

/* {name: vault, weight: 3} */
static void read_weighted(struct faults *f, const struct node *n,
			  struct server_arg *arg)
{
	const struct node *name = scn_node_get(n, "name");
	struct scn_instance *i = arg->instance;
	struct scn_server draft = {.weight = 1};
	size_t before = i->n_servers;

	scn_table_read(f, &scn_server_table, n, &draft);
	if (draft.name && name)
		read_server(f, name, arg);
	if (i->n_servers > before) {
		i->server[i->n_servers - 1].weight = draft.weight;
		i->server[i->n_servers - 1].login = draft.login;
		memset(&draft.login, 0, sizeof(draft.login));
	}
	if (scn_node_get(n, "weight") && i->select != SCN_SELECT_WEIGHTED)
		scn_fault(f, scn_node_key_place(n, "weight"),
			  "'weight' goes with 'select: weighted'");
	free(draft.name);
	free(draft.login.user);
	free(draft.login.password);
}

static void read_entry(struct faults *f, const struct node *n,
		       struct server_arg *arg)
{
	if (n->kind == NODE_MAP)
		read_weighted(f, n, arg);
	else
		scn_each_text(f, scn_table_key(&scn_src_table, "servers"), n,
			      read_server, arg);
}

/* Servers of the nearest node that says any; else every recorder. */
static void read_servers(struct faults *f, const struct node *n,
			 const struct scenario *s, struct scn_instance *i)
{
	struct server_arg arg = {i, s};
	size_t k;

	if (n && n->kind == NODE_LIST && n->n == 0) {
		scn_fault(f, n->place,
			  "'servers' is empty (leave it out to try "
			  "every recorder of 'srs')");
	} else if (n && n->kind == NODE_LIST) {
		for (k = 0; k < n->n; k++)
			read_entry(f, n->item[k], &arg);
	} else if (n) {
		read_entry(f, n, &arg);
	} else {
		for (k = 0; k < s->n_srs; k++)
			add_srs(i, s, (int)k);
	}
}

static void check_codes(const struct node *n, const char *file,
			const struct scn_instance *i, struct scenario *s)
{
	const struct node *codes = scn_node_get(n, "skip_failover_codes");

	if (codes && i->skip_failover_codes)
		scn_check_skip_codes(&s->warnings, file, codes->place,
				     i->skip_failover_codes);
}

static bool says(const struct node *src, const struct node *own,
		 const char *key)
{
	return scn_node_get(own, key) || scn_node_get(src, key);
}

/* The module's own timers, where the file says none. */
static void read_waits(const struct node *src, const struct node *own,
		       struct scn_instance *i)
{
	if (!has_habit(i, "waits-30-120"))
		return;
	if (!says(src, own, "answer_within"))
		i->answer_within_us = 120000000;
	if (!says(src, own, "provisional_within"))
		i->provisional_within_us = 30000000;
}

/* There is no element that it could be added to. */
static void check_group(const struct node *n, const char *file,
			const struct scn_instance *i, struct scenario *s)
{
	const struct node *extension = scn_node_get(n,
						    "group_custom_extension");
	char *text;

	if (!extension || !i->group_custom_extension || i->group)
		return;
	text = xasprintf("%s:%d:%d: warning: 'group_custom_extension' without "
			 "'group' is not sent",
			 file, extension->place.line, extension->place.col);
	scn_strings_add(&s->warnings, text);
	free(text);
}

/* RFC 4568 section 3: keys only where what tells them is encrypted. */
static void check_srtp(struct faults *f, const struct node *n,
		       const struct scn_instance *i)
{
	const struct node *srtp = scn_node_get(n, "srtp");

	if (srtp && i->srtp.on && !i->srtp.clear_signalling &&
	    i->transport != SCN_TRANSPORT_TLS)
		scn_fault(f, srtp->place,
			  "'srtp' tells its keys in SDP, which everybody can "
			  "read over udp (RFC 4568 section 3): say 'transport: "
			  "tls', or, if that may be, 'srtp: {clear_signalling: "
			  "true}'");
}

/* An instance has what `src` says, unless it says something else itself. */
static void read_instance(struct faults *f, const char *name,
			  const struct node *src, const struct node *own,
			  struct scenario *s)
{
	struct scn_instance *i = &s->instance[s->n_instances++];
	const struct node *servers = scn_node_get(own, "servers");
	static const struct scn_place top = {1, 1};

	i->name = xstrdup(name);
	i->place = own ? own->place : src ? src->place : top;
	scn_table_defaults(&scn_src_table, i);
	if (src)
		scn_table_read(f, &scn_src_table, src, i);
	if (own)
		scn_table_read(f, &scn_instance_table, own, i);
	read_waits(src, own, i);
	read_servers(f, servers ? servers : scn_node_get(src, "servers"), s, i);
	check_srtp(f, scn_node_get(own, "srtp") ? own : src, i);
	check_codes(scn_node_get(own, "skip_failover_codes") ? own : src,
		    f->file, i, s);
	check_group(scn_node_get(own, "group_custom_extension") ? own : src,
		    f->file, i, s);
}

static void read_instances(struct faults *f, const struct node *src,
			   const struct node *n, struct scenario *s)
{
	size_t i;

	if (n->kind != NODE_MAP || n->n == 0 || n->n > INSTANCES_MAX) {
		scn_fault(f, n->place,
			  "'instances' wants 1 to %d names with "
			  "settings",
			  INSTANCES_MAX);
		return;
	}
	s->instance = xcalloc(n->n, sizeof(*s->instance));
	for (i = 0; i < n->n; i++) {
		const char *name = n->key[i]->text;
		bool empty = scn_node_is_null(n->item[i]);

		if (!scn_text_is_plain_name(name) || !strcmp(name, "recording"))
			scn_fault(f, n->key[i]->place,
				  "an instance cannot be called '%.60s'", name);
		read_instance(f, name, src, empty ? NULL : n->item[i], s);
	}
}

void scn_read_src(struct faults *f, const struct node *n, struct scenario *s)
{
	const struct node *instances = scn_node_get(n, "instances");

	if (n && n->kind != NODE_MAP) {
		scn_table_read(f, &scn_src_table, n, NULL);
		n = NULL;
	}
	scn_read_edits(f, scn_node_get(n, "edit"), s);
	if (instances) {
		read_instances(f, n, instances, s);
		return;
	}
	s->instance = xcalloc(1, sizeof(*s->instance));
	read_instance(f, "default", n, NULL, s);
}
