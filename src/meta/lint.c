/*
 * What is wrong with a document although it may be valid:
 *
 *   L1  root is `recording` or `requestsnapshot` of RFC 7865's namespace
 *   L2  ids are the 16 octets of a UUID in base64 (section 6.10)
 *   L3  one id, one element, whatever the kind
 *   L4  references lead to an element of the right kind; in a partial
 *       document they may lead to what an earlier one said
 *   L5  every label is in the SDP of the message, and in a complete document
 *       every label of the SDP is in some stream (RFC 7866 section 7.1.1)
 *   L6  times are RFC 3339 with zone, `T` and `Z` upper case (section 6.9)
 *   L7  nothing stops or leaves before it began
 *   L8  sipSessionID is a Session-ID value of RFC 7989
 */
#include "meta/xml.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/xalloc.h"

enum kind { GROUP, SESSION, PARTICIPANT, STREAM };

static const char *const kind_names[] = {"group", "session", "participant",
					 "stream"};

/* Something with an id. */
struct thing {
	struct hash_le le; /* in lint.ids, keyed by id */
	struct le le_all;  /* in lint.all */
	enum kind kind;	   /* which element it is */
	char *id;	   /* owned; without blanks */
	int line;
};

struct lint {
	struct meta_faults *f;
	struct hash ids;
	struct list all; /* owned things */
	bool partial;
};

/* Where an id of a thing is said, and where others refer to it: in an
 * attribute, or in a child when `child` is given. */
struct place {
	const char *element;
	const char *attr;
	const char *child;
	enum kind kind;
};

static const struct place definitions[] = {
	{"group", "group_id", NULL, GROUP},
	{"session", "session_id", NULL, SESSION},
	{"participant", "participant_id", NULL, PARTICIPANT},
	{"stream", "stream_id", NULL, STREAM},
};

static const struct place references[] = {
	{"session", NULL, "group-ref", GROUP},
	{"stream", "session_id", NULL, SESSION},
	{"sessionrecordingassoc", "session_id", NULL, SESSION},
	{"participantsessionassoc", "participant_id", NULL, PARTICIPANT},
	{"participantsessionassoc", "session_id", NULL, SESSION},
	{"participantstreamassoc", "participant_id", NULL, PARTICIPANT},
	{"participantstreamassoc", NULL, "send", STREAM},
	{"participantstreamassoc", NULL, "recv", STREAM},
};

static int line_of(const xmlNode *n)
{
	return (int)xmlGetLineNo(n);
}

/* ---- L2 to L4: ids ---- */

/* 128 bits are 21 sextets and two bits more. */
static bool is_uuid(const char *id)
{
	static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	return strlen(id) == 24 && strspn(id, base64) == 22 &&
	       strchr("AQgw", id[21]) && strcmp(id + 22, "==") == 0;
}

static void check_shape(struct lint *l, const char *what, const char *id,
			int line)
{
	if (!is_uuid(id))
		faults_add(l->f, "L2", line,
			   "%s id '%.60s' is not a UUID of 16 octets in base64",
			   what, id);
}

static struct thing *thing_find(const struct lint *l, const char *id,
				enum kind kind)
{
	const struct hash_le *e = hash_find(&l->ids, span_of(id));

	for (; e; e = hash_find_next(e)) {
		struct thing *t = container_of(e, struct thing, le);

		if (t->kind == kind)
			return t;
	}
	return NULL;
}

/* The newest thing with this id, of whatever kind. */
static struct thing *thing_any(const struct lint *l, const char *id)
{
	struct hash_le *e = hash_find(&l->ids, span_of(id));

	return e ? container_of(e, struct thing, le) : NULL;
}

static void define(struct lint *l, const struct place *at, const xmlNode *n)
{
	char *id = xml_id(xml_attr(n, at->attr));
	const struct thing *other;
	struct thing *t;

	if (!id)
		return; /* the schema says so */
	check_shape(l, kind_names[at->kind], id, line_of(n));
	other = thing_any(l, id);
	if (other)
		faults_add(l->f, "L3", line_of(n),
			   "%s id '%.60s' is that of the %s on line %d",
			   kind_names[at->kind], id, kind_names[other->kind],
			   other->line);
	/* one of a kind will do, and keeps the chains of the table short */
	if (thing_find(l, id, at->kind)) {
		free(id);
		return;
	}
	t = xcalloc(1, sizeof(*t));
	t->kind = at->kind;
	t->id = id;
	t->line = line_of(n);
	hash_add(&l->ids, &t->le, span_of(t->id));
	list_append(&l->all, &t->le_all);
}

static void resolve(struct lint *l, const struct place *at, const xmlNode *n,
		    const char *id)
{
	const struct thing *other = thing_any(l, id);
	const char *from = at->child ? at->child : at->element;

	if (thing_find(l, id, at->kind))
		return;
	if (other)
		faults_add(l->f, "L4", line_of(n),
			   "%s refers to %s '%.60s', which is a %s", from,
			   kind_names[at->kind], id, kind_names[other->kind]);
	else if (l->partial)
		check_shape(l, kind_names[at->kind], id, line_of(n));
	else
		faults_add(l->f, "L4", line_of(n),
			   "%s refers to %s '%.60s', which is not in the"
			   " document",
			   from, kind_names[at->kind], id);
}

static void follow(struct lint *l, const struct place *at, const xmlNode *n)
{
	char *id;

	if (at->attr) {
		id = xml_id(xml_attr(n, at->attr));
		if (id)
			resolve(l, at, n, id);
		free(id);
		return;
	}
	for (n = xml_child(n, at->child); n; n = xml_next(n, at->child)) {
		id = xml_id(xml_text(n));
		resolve(l, at, n, id);
		free(id);
	}
}

/* Calls `visit` for each element of the document that a table names. */
static void visit_all(struct lint *l, const xmlNode *root,
		      const struct place *table, size_t n_rows,
		      void (*visit)(struct lint *l, const struct place *at,
				    const xmlNode *n))
{
	const xmlNode *n;
	size_t i;

	for (n = xml_child(root, NULL); n; n = xml_next(n, NULL))
		for (i = 0; i < n_rows; i++)
			if (xml_is(n, table[i].element))
				visit(l, &table[i], n);
}

/* ---- L5: labels ---- */

/* Marks the labels that are `text`; false when there are none. */
static bool mark(const char *const *label, bool *seen, size_t n,
		 const char *text)
{
	bool found = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(label[i], text) == 0) {
			seen[i] = true;
			found = true;
		}
	}
	return found;
}

static void check_labels(struct lint *l, const xmlNode *root,
			 const char *const *label, size_t n_labels)
{
	bool *seen = xcalloc(n_labels + 1, sizeof(*seen));
	const xmlNode *s, *n;
	size_t i;

	for (s = xml_child(root, "stream"); s; s = xml_next(s, "stream")) {
		char *text;

		n = xml_child(s, "label");
		if (!n)
			continue;
		text = xml_text(n);
		if (!mark(label, seen, n_labels, text))
			faults_add(l->f, "L5", line_of(n),
				   "label '%.60s' is on no m-line of the SDP",
				   text);
		free(text);
	}
	for (i = 0; i < n_labels && !l->partial; i++)
		if (!seen[i])
			faults_add(l->f, "L5", 0,
				   "a=label:%.60s of the SDP is in no stream",
				   label[i]);
	free(seen);
}

/* ---- L6 and L7: times ---- */

static bool read_time(struct lint *l, const xmlNode *n, int64_t *us)
{
	char *text;
	bool ok;

	if (!n)
		return false;
	text = xml_text(n);
	ok = time_read(text, us);
	if (!ok)
		faults_add(l->f, "L6", line_of(n),
			   "%s '%.60s' is not a time as 2026-01-02T03:04:05Z",
			   (const char *)n->name, text);
	free(text);
	return ok;
}

static void check_period(struct lint *l, const xmlNode *n, const char *from,
			 const char *to)
{
	const xmlNode *end = xml_child(n, to);
	int64_t from_us, to_us;
	bool known = read_time(l, xml_child(n, from), &from_us);

	if (read_time(l, end, &to_us) && known && to_us < from_us)
		faults_add(l->f, "L7", line_of(end), "%s is before %s", to,
			   from);
}

static void check_times(struct lint *l, const xmlNode *root)
{
	const xmlNode *n;

	for (n = xml_child(root, NULL); n; n = xml_next(n, NULL)) {
		check_period(l, n, "associate-time", "disassociate-time");
		check_period(l, n, "start-time", "stop-time");
	}
}

/* ---- L8 ---- */

static void check_session_ids(struct lint *l, const xmlNode *root)
{
	const xmlNode *s, *n;

	for (s = xml_child(root, "session"); s; s = xml_next(s, "session")) {
		for (n = xml_child(s, "sipSessionID"); n;
		     n = xml_next(n, "sipSessionID")) {
			char *text = xml_text(n);

			if (!sip_session_id_ok(text))
				faults_add(l->f, "L8", line_of(n),
					   "sipSessionID '%.60s' is not"
					   " UUID;remote=UUID in hex",
					   text);
			free(text);
		}
	}
}

/* ---- the whole ---- */

static bool is_partial(const xmlNode *root)
{
	const xmlNode *n = xml_child(root, "datamode");
	char *text = n ? xml_text(n) : NULL;
	bool partial = text && strcmp(text, "partial") == 0;

	free(text);
	return partial;
}

static bool check_root(const xmlNode *root, struct meta_faults *f)
{
	const char *ns = root->ns ? (const char *)root->ns->href : NULL;

	if (xml_is(root, "recording") || xml_is(root, "requestsnapshot"))
		return true;
	faults_add(f, "L1", line_of(root),
		   "root is '%.40s' in namespace '%.60s', wanted recording or"
		   " requestsnapshot in " META_NS,
		   (const char *)root->name, ns ? ns : "");
	return false;
}

static void free_things(struct lint *l)
{
	while (l->all.head) {
		struct thing *t = container_of(l->all.head, struct thing,
					       le_all);

		list_unlink(&t->le_all);
		free(t->id);
		free(t);
	}
	hash_fini(&l->ids);
}

void lint_check(const xmlDoc *doc, const char *const *label, size_t n_labels,
		bool sdp, struct meta_faults *f)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	struct lint l = {.f = f};

	if (!check_root(root, f) || !xml_is(root, "recording"))
		return;
	l.partial = is_partial(root);
	hash_init(&l.ids);
	visit_all(&l, root, definitions,
		  sizeof(definitions) / sizeof(*definitions), define);
	visit_all(&l, root, references,
		  sizeof(references) / sizeof(*references), follow);
	if (sdp)
		check_labels(&l, root, label, n_labels);
	check_times(&l, root);
	check_session_ids(&l, root);
	free_things(&l);
}
