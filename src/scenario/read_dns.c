/* What the scenario says of host names: `dns: {NAME: RECORD or a list}`. */
#include <stdlib.h>

#include "core/dns.h"
#include "core/xalloc.h"
#include "scenario/read.h"

enum { RECORDS_MAX = 500 };

static void read_record(struct faults *f, struct dns *table, const char *name,
			const struct node *n, struct scenario *s)
{
	struct err e = ERR_INIT;
	struct scn_record *r;

	if (n->kind != NODE_TEXT) {
		scn_fault(f, n->place,
			  "a record of 'dns' is a text such as 'A 192.0.2.1'");
		return;
	}
	if (s->n_dns == RECORDS_MAX) {
		scn_fault(f, n->place, "'dns' has more than %d records",
			  RECORDS_MAX);
		return;
	}
	if (dns_add(table, name, n->text, &e) < 0) {
		scn_fault(f, n->place, "%s", e.text);
		return;
	}
	s->dns = xrealloc(s->dns, (s->n_dns + 1) * sizeof(*s->dns));
	r = &s->dns[s->n_dns++];
	r->name = xstrdup(name);
	r->text = xstrdup(n->text);
}

void scn_read_dns(struct faults *f, const struct node *n, struct scenario *s)
{
	struct dns *table;
	size_t i, k;

	if (n && n->kind != NODE_MAP)
		scn_fault(f, n->place,
			  "'dns' wants names with records, such as "
			  "'host.example.com: \"A 192.0.2.1\"'");
	if (!n || n->kind != NODE_MAP)
		return;
	table = dns_new();
	for (i = 0; i < n->n; i++) {
		const struct node *v = n->item[i];

		if (v->kind != NODE_LIST)
			read_record(f, table, n->key[i]->text, v, s);
		else
			for (k = 0; k < v->n; k++)
				read_record(f, table, n->key[i]->text,
					    v->item[k], s);
	}
	dns_free(table);
}
