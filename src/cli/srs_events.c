#include "cli/srs_events.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"

/* What peers say goes to a terminal: no control characters. */
static char *printable(const char *text)
{
	char *copy = xstrdup(text), *p;

	for (p = copy; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return copy;
}

static void print_field(const char *name, const char *value)
{
	char *text;

	if (!value[0])
		return;
	text = printable(value);
	printf(" %s=%s", name, text);
	free(text);
}

void srs_event_text(const struct recorder_event *ev)
{
	char *text = printable(ev->text);

	printf("+%.3f %s %s", (double)ev->at_us / 1e6, ev->kind, text);
	free(text);
	print_field("label", ev->label);
	print_field("party", ev->party);
	print_field("media", ev->media);
	print_field("file", ev->path);
	if (strcmp(ev->kind, "dtmf") == 0)
		printf(" key=%s ms=%u", ev->key, ev->duration_ms);
	if (strcmp(ev->kind, "ended") == 0)
		printf(" packets=%llu lost=%llu",
		       (unsigned long long)ev->packets,
		       (unsigned long long)ev->lost);
	print_field("call", ev->call_id);
	putchar('\n');
}

/* Empty ones are left out; bytes that are not UTF-8 become "?". */
static void add_string(json_t *o, const char *key, const char *value)
{
	char *copy, *p;

	if (!value[0] || json_object_set_new(o, key, json_string(value)) == 0)
		return;
	copy = xstrdup(value);
	for (p = copy; *p; p++)
		if ((unsigned char)*p > 0x7e)
			*p = '?';
	json_object_set_new(o, key, json_string(copy));
	free(copy);
}

void srs_event_json(const struct recorder_event *ev)
{
	json_t *o = json_object();

	json_object_set_new(o, "at_ms", json_integer(ev->at_us / 1000));
	add_string(o, "kind", ev->kind);
	add_string(o, "call_id", ev->call_id);
	add_string(o, "text", ev->text);
	add_string(o, "label", ev->label);
	add_string(o, "party", ev->party);
	add_string(o, "media", ev->media);
	add_string(o, "path", ev->path);
	if (strcmp(ev->kind, "dtmf") == 0) {
		add_string(o, "key", ev->key);
		json_object_set_new(o, "duration_ms",
				    json_integer(ev->duration_ms));
	}
	if (strcmp(ev->kind, "ended") == 0) {
		json_object_set_new(o, "packets",
				    json_integer((json_int_t)ev->packets));
		json_object_set_new(o, "lost",
				    json_integer((json_int_t)ev->lost));
	}
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}
