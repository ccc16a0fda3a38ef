#include "cli/plain.h"

#include <ctype.h>
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/list.h"
#include "core/xalloc.h"

enum { LINE_MAX_OCTETS = 65536 };

/* What the group of a pattern matches is replaced. */
static const struct rule {
	const char *name;    /* with a number; in capitals: as it is */
	const char *pattern; /* POSIX extended, case folded */
	int group;
} rules[] = {
	{"branch", "branch=([^;, ]+)", 1},
	{"tag", ";tag=([^;,> ]+)", 1},
	{"tag", "(to|from)-tag=([^;,> ?\"]+)", 2},
	{"call", "^(call-id|i) *: *([^ ]+)", 2},
	{"call", "replaces[:=] *([^;?]+)", 1},
	{"boundary", "boundary=\"?([^;\" ]+)", 1},
	{"boundary", "^--([^ ]{4,}[^-])(--)?$", 1},
	{"session", "^session-id *: *([^;]+)", 1},
	{"session", "remote=([0-9a-f]{32})", 1},
	{"nonce", "[ ,]c?nonce=\"([^\"]*)\"", 1},
	{"response", "[ ,]response=\"([^\"]*)\"", 1},
	{"key", "inline:([^|; ]+)", 1},
	{"ssrc", "^a=ssrc:([0-9]+)", 1},
	{"origin", "^o=[^ ]+ ([0-9]+ [0-9]+) ", 1},
	{"id", "_id=\"([^\"]+)\"", 1},
	{"id", "<(send|recv)>([^<]+)<", 2},
	{"id", "urn:uuid:([0-9a-f-]{36})", 1},
	{"port", ";rport=([0-9]+)", 1},
	{"port", "^m=[a-z]+ ([1-9][0-9]*)", 1},
	{"port", "^a=rtcp:([0-9]+)", 1},
	{"port", "[0-9]\\.[0-9]+:([0-9]{2,5})", 1},
	{"port", "\\]:([0-9]{2,5})", 1},
	{"TIME", "([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)?)", 1},
	{"TIME", "^date *: *(.*)$", 1},
	{"LENGTH", "^(content-length|l) *: *([0-9]+)", 2},
};

enum { RULES = sizeof(rules) / sizeof(*rules), GROUPS = 3 };

/* A value that was met, and the name it has got. */
struct known {
	struct hash_le he;
	struct known *next;
	char *value, *name; /* owned */
};

struct plain {
	regex_t regex[RULES];
	unsigned met[RULES];  /* by the first rule of a name */
	struct hash by_value; /* name of the rule and value */
	struct known *known;  /* owned */
};

struct plain *plain_new(void)
{
	struct plain *p = xcalloc(1, sizeof(*p));
	size_t i;

	hash_init(&p->by_value);
	for (i = 0; i < RULES; i++)
		if (regcomp(&p->regex[i], rules[i].pattern,
			    REG_EXTENDED | REG_ICASE) != 0)
			abort(); /* a pattern of the table above */
	return p;
}

void plain_free(struct plain *p)
{
	struct known *k, *next;
	size_t i;

	if (!p)
		return;
	for (i = 0; i < RULES; i++)
		regfree(&p->regex[i]);
	for (k = p->known; k; k = next) {
		next = k->next;
		free(k->value);
		free(k->name);
		free(k);
	}
	hash_fini(&p->by_value);
	free(p);
}

static size_t first_of(const char *name)
{
	size_t i = 0;

	while (strcmp(rules[i].name, name) != 0)
		i++;
	return i;
}

static bool is_word(const struct rule *r)
{
	return r->name[0] >= 'A' && r->name[0] <= 'Z';
}

/* The name that a value has, or gets. */
static const char *name_of(struct plain *p, const struct rule *r,
			   struct span value)
{
	char *key = xasprintf("%s %.*s", r->name, SPAN_ARG(value));
	struct hash_le *e = hash_find(&p->by_value, span_of(key));
	struct known *k;

	if (e) {
		free(key);
		return container_of(e, struct known, he)->name;
	}
	k = xcalloc(1, sizeof(*k));
	k->value = key;
	k->name = xasprintf("%s-%u", r->name, ++p->met[first_of(r->name)]);
	hash_add(&p->by_value, &k->he, span_of(k->value));
	k->next = p->known;
	p->known = k;
	return k->name;
}

static char *apply(struct plain *p, size_t i, const char *line)
{
	const char *rest = line;
	regmatch_t m[GROUPS];
	struct buf out;
	char *text;
	int flags = 0;

	buf_init(&out, LINE_MAX_OCTETS);
	while (regexec(&p->regex[i], rest, GROUPS, m, flags) == 0) {
		const regmatch_t *v = &m[rules[i].group];
		struct span value = span_from(rest + v->rm_so,
					      (size_t)(v->rm_eo - v->rm_so));

		buf_add(&out, rest, (size_t)v->rm_so);
		buf_add_str(&out, is_word(&rules[i])
					  ? rules[i].name
					  : name_of(p, &rules[i], value));
		rest += v->rm_eo;
		flags = REG_NOTBOL;
		if (!*rest)
			break;
	}
	buf_add_str(&out, rest);
	text = buf_steal(&out);
	buf_fini(&out);
	return text;
}

static void add_line(struct plain *p, struct span line, struct buf *out)
{
	char *text = span_dup(line), *next;
	size_t i;

	for (i = 0; i < line.n; i++)
		if (iscntrl((unsigned char)text[i]))
			text[i] = '?';
	for (i = 0; i < RULES; i++) {
		next = apply(p, i, text);
		free(text);
		text = next;
	}
	buf_add_str(out, text);
	buf_add_char(out, '\n');
	free(text);
}

void plain_message(struct plain *p, struct span text, struct buf *out)
{
	struct span line;

	while (span_line(&text, &line))
		add_line(p, line, out);
}
