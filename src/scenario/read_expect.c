#include "scenario/read.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "scenario/expect.h"

enum { CHECKS_MAX = 1000, SOURCE_MAX = 4000 };

/* ---- handlers of keys ---- */

/* The keys that are checks; most hold one text, the subject. */
void scn_read_check_key(struct faults *f, const struct scn_key *k,
			const struct node *n, void *out)
{
	struct check_draft *d = out;

	if (k->type == SCN_T_TEXTS)
		scn_value_read(f, k, n, &d->check.list);
	else
		scn_value_read(f, k, n, &d->check.subject);
}

void scn_read_if(struct faults *f, const struct scn_key *k,
		 const struct node *n, void *out)
{
	struct check_draft *d = out;

	if (n->kind == NODE_MAP)
		d->only_if = n;
	else
		scn_fault_type(f, k, "names of the matrix with values", n);
}

/* start, end, N or a time. */
void scn_read_at(struct faults *f, const struct scn_key *k,
		 const struct node *n, void *out)
{
	struct scn_check *c = &((struct check_draft *)out)->check;
	uint32_t nth;

	if (n->kind == NODE_TEXT && strcmp(n->text, "start") == 0) {
		c->at = SCN_AT_START;
	} else if (n->kind == NODE_TEXT && strcmp(n->text, "end") == 0) {
		c->at = SCN_AT_END;
	} else if (n->kind == NODE_TEXT &&
		   parse_u32(span_of(n->text), 1, 10000, &nth)) {
		c->at = SCN_AT_NTH;
		c->at_nth = (int)nth;
	} else {
		c->at = SCN_AT_TIME;
		scn_value_read(f, k, n, &c->at_us);
	}
}

void scn_read_between(struct faults *f, const struct scn_key *k,
		      const struct node *n, void *out)
{
	struct scn_check *c = &((struct check_draft *)out)->check;
	struct scn_key time = *k;

	if (n->kind != NODE_LIST || n->n != 2) {
		scn_fault_type(f, k, "two times such as [2s, 3s]", n);
		return;
	}
	time.type = SCN_T_TIME;
	scn_value_read(f, &time, n->item[0], &c->from_us);
	scn_value_read(f, &time, n->item[1], &c->until_us);
	if (c->from_us != SCN_UNSET && c->until_us != SCN_UNSET &&
	    c->from_us >= c->until_us)
		scn_fault(f, n->place, "'between' ends before it begins");
}

/* What only the call itself can say. */
static bool is_as_captured(const struct node *n)
{
	return n->kind == NODE_TEXT && strcmp(n->text, "as_captured") == 0;
}

void scn_read_flag_order(struct faults *f, const struct scn_key *k,
			 const struct node *n, void *out)
{
	struct scn_check *c = &((struct check_draft *)out)->check;

	c->order_captured = is_as_captured(n);
	if (c->order_captured)
		return;
	c->order_set = true;
	scn_value_read(f, k, n, &c->order);
}

void scn_read_check_ssrc(struct faults *f, const struct scn_key *k,
			 const struct node *n, void *out)
{
	struct scn_check *c = &((struct check_draft *)out)->check;

	c->has_ssrc = true;
	scn_value_read(f, k, n, &c->ssrc);
}

static void read_one_code(struct faults *f, const struct scn_key *k,
			  const struct node *n, struct scn_range *r)
{
	scn_value_read(f, k, n, r);
	if (r->set && ((r->min > -1 && r->min < 100) || r->min > 699 ||
		       (r->max > 699 && r->max < 1e9)))
		scn_fault(f, n->place, "'code' is a code 100 to 699, not '%s'",
			  r->text);
}

/* The text of all is that of the first. */
static void read_more_codes(struct faults *f, const struct scn_key *k,
			    const struct node *n, struct scn_check *c)
{
	struct scn_range *r = &c->code_or[c->n_code_or];
	char *text;

	read_one_code(f, k, n, r);
	if (!r->set || !c->code.text)
		return;
	text = xasprintf("%s or %s", c->code.text, r->text);
	free(c->code.text);
	free(r->text);
	c->code.text = text;
	r->text = NULL;
	c->n_code_or++;
}

void scn_read_code(struct faults *f, const struct scn_key *k,
		   const struct node *n, void *out)
{
	struct scn_check *c = &((struct check_draft *)out)->check;
	size_t i;

	if (n->kind != NODE_LIST) {
		read_one_code(f, k, n, &c->code);
		return;
	}
	if (n->n == 0 || n->n > SCN_CODES_MAX) {
		scn_fault(f, n->place, "'code' wants 1 to %d codes",
			  SCN_CODES_MAX);
		return;
	}
	read_one_code(f, k, n->item[0], &c->code);
	for (i = 1; i < n->n; i++)
		read_more_codes(f, k, n->item[i], c);
}

void scn_read_packets(struct faults *f, const struct scn_key *k,
		      const struct node *n, void *out)
{
	struct scn_check *c = &((struct check_draft *)out)->check;

	c->packets_captured = is_as_captured(n);
	if (!c->packets_captured)
		scn_value_read(f, k, n, &c->packets);
}

void scn_read_max_gap(struct faults *f, const struct scn_key *k,
		      const struct node *n, void *out)
{
	struct scn_check *c = &((struct check_draft *)out)->check;

	c->max_gap_captured = is_as_captured(n);
	if (!c->max_gap_captured)
		scn_value_read(f, k, n, &c->max_gap);
}

/* ---- one entry ---- */

static bool value_fits(const struct node *values, const char *value)
{
	size_t i;

	if (values->kind == NODE_TEXT)
		return strcmp(values->text, value) == 0;
	for (i = 0; values->kind == NODE_LIST && i < values->n; i++) {
		if (values->item[i]->kind == NODE_TEXT &&
		    strcmp(values->item[i]->text, value) == 0)
			return true;
	}
	return false;
}

static const char *matrix_value(const struct scenario *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_matrix; i++) {
		if (strcmp(s->matrix[i].name, name) == 0)
			return s->matrix[i].value;
	}
	return NULL;
}

/* Whether `if:` lets the check apply to this run. */
static bool applies(struct faults *f, const struct node *only_if,
		    const struct scenario *s)
{
	bool yes = true;
	size_t i;

	for (i = 0; only_if && i < only_if->n; i++) {
		const char *name = only_if->key[i]->text;
		const char *value = matrix_value(s, name);

		if (only_if->item[i]->kind == NODE_MAP)
			scn_fault(f, only_if->item[i]->place,
				  "'if' wants a value or a list of them");
		if (!value)
			scn_fault(f, only_if->key[i]->place,
				  "'if': there is no '%.60s' in the matrix",
				  name);
		else if (!value_fits(only_if->item[i], value))
			yes = false;
	}
	return yes;
}

static void add_checks(uint32_t with, struct buf *out)
{
	size_t i;

	for (i = 0; i < scn_check_table.n; i++) {
		const struct scn_key *k = &scn_check_table.key[i];

		if (k->flags & KEY_ALONE && k->with & with)
			buf_addf(out, "%s%s", out->n ? ", " : "", k->name);
	}
}

/* Modifiers of other checks would be ignored, so they are faults. */
static void check_modifiers(struct faults *f, const struct node *n,
			    const struct scn_key *check)
{
	struct buf names;
	size_t i;

	for (i = 0; i < n->n; i++) {
		const struct scn_key *k = scn_table_key(&scn_check_table,
							n->key[i]->text);

		if (!k || k->flags & (KEY_ALONE | KEY_LATER) ||
		    k->with & check->with)
			continue;
		buf_init(&names, 1024);
		add_checks(k->with, &names);
		scn_fault(f, n->key[i]->place,
			  "'%s' does not go with '%s' (it goes with %s)",
			  k->name, check->name, buf_str(&names));
		buf_fini(&names);
	}
}

/* The one key of an entry that is a check; NULL after a fault. */
static const struct scn_key *find_check(struct faults *f, const struct node *n)
{
	const struct scn_key *first = NULL, *k;
	bool unknown = false;
	size_t i;

	for (i = 0; n->kind == NODE_MAP && i < n->n; i++) {
		k = scn_table_key(&scn_check_table, n->key[i]->text);
		if (!k)
			unknown = true;
		if (!k || !(k->flags & KEY_ALONE))
			continue;
		if (first) {
			scn_fault(
				f, n->key[i]->place,
				"two checks in one entry, '%s' and '%s' (write "
				"two entries)",
				first->name, k->name);
			return NULL;
		}
		first = k;
	}
	if (!first && !unknown && n->kind == NODE_MAP)
		scn_fault(f, n->place,
			  "an entry of 'expect' needs a check, such "
			  "as 'recorded_by: NAME'");
	return first && !(first->flags & KEY_LATER) ? first : NULL;
}

static enum scn_check_kind kind_of(const struct scn_key *k)
{
	unsigned kind = 0;

	while (!(k->with >> kind & 1))
		kind++;
	return (enum scn_check_kind)kind;
}

char *scn_source_of(const struct node *n)
{
	struct buf b;

	buf_init(&b, SOURCE_MAX);
	scn_node_print(n, &b);
	if (!b.p)
		return xstrdup("");
	return buf_steal(&b);
}

static void read_entry(struct faults *f, const struct node *n,
		       struct scenario *s)
{
	const struct scn_key *k = find_check(f, n);
	struct check_draft d;
	struct scn_check *c = &d.check;

	memset(&d, 0, sizeof(d));
	c->from_us = c->until_us = c->within_us = SCN_UNSET;
	scn_table_read(f, &scn_check_table, n, &d);
	if (k) {
		c->kind = kind_of(k);
		c->key = k->name;
		c->place = n->place;
		check_modifiers(f, n, k);
		scn_expect_check(f, n, scn_node_get(n, k->name), s, c);
	}
	if (!applies(f, d.only_if, s)) {
		scn_check_fini(c);
		s->n_checks_skipped++;
		return;
	}
	c->source = scn_source_of(n);
	s->check[s->n_checks++] = *c;
}

void scn_read_expect(struct faults *f, const struct node *n, struct scenario *s)
{
	size_t i, count, results = scn_results(s);

	if (!n || (n->kind == NODE_LIST && n->n == 0))
		count = 0;
	else
		count = n->kind == NODE_LIST ? n->n : 1;
	if (count > CHECKS_MAX) {
		scn_fault(f, n->place, "more than %d checks", CHECKS_MAX);
		return;
	}
	if (count + results == 0)
		return;
	s->check = xcalloc(count + results, sizeof(*s->check));
	scn_add_results(s);
	for (i = 0; i < count; i++)
		read_entry(f, n->kind == NODE_LIST ? n->item[i] : n, s);
}
