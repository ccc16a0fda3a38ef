#include "cli/run.h"

#include <stdlib.h>

#include "core/buf.h"

enum { TEXT_MAX = 1024 };

static const struct {
	const char *name; /* of many */
	const char *one;
	size_t at; /* in struct world_left */
} parts[] = {
	{"timers", "timer", offsetof(struct world_left, timers)},
	{"transactions", "transaction",
	 offsetof(struct world_left, transactions)},
	{"dialogs", "dialog", offsetof(struct world_left, dialogs)},
	{"flows", "flow", offsetof(struct world_left, flows)},
	{"descriptors", "descriptor", offsetof(struct world_left, descriptors)},
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

static size_t *part(struct world_left *left, size_t i)
{
	return (size_t *)(void *)((char *)left + parts[i].at);
}

json_t *run_left_json(const struct world_left *left)
{
	struct world_left l = *left;
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < PARTS; i++)
		json_object_set_new(o, parts[i].name,
				    json_integer((json_int_t)*part(&l, i)));
	return o;
}

char *run_left_text(const struct world_left *left)
{
	struct world_left l = *left;
	struct buf b;
	size_t i;

	buf_init(&b, TEXT_MAX);
	for (i = 0; i < PARTS; i++)
		buf_addf(&b, "%s%zu %s", i ? ", " : "", *part(&l, i),
			 *part(&l, i) == 1 ? parts[i].one : parts[i].name);
	return buf_steal(&b);
}

void run_left_show(FILE *f, const json_t *runs)
{
	struct world_left all = {.timers = 0};
	const json_t *run, *left;
	char *text;
	size_t i, k;

	json_array_foreach(runs, i, run)
	{
		left = json_object_get(run, "leaks");
		for (k = 0; k < PARTS; k++)
			*part(&all, k) += (size_t)json_integer_value(
				json_object_get(left, parts[k].name));
	}
	text = run_left_text(&all);
	fprintf(f, "left behind: %s\n", text);
	free(text);
}
