#include "cli/opt.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "scenario/suggest.h"

enum { COLUMN = 28 }; /* of the names in --help */

static const struct opt everywhere[] = {
	{"help", 'h', NULL, "print this help"},
	{"version", 0, NULL, "print the version"},
	{NULL, 0, NULL, NULL}};

void opt_init(struct opt_parser *p, const struct opt_table *t, int argc,
	      char **argv)
{
	memset(p, 0, sizeof(*p));
	p->table = t;
	p->argc = argc;
	p->argv = argv;
	p->next = 1;
}

int opt_is(const struct opt_got *got, const char *name)
{
	return strcmp(got->opt->name, name) == 0;
}

int opt_fault(const struct opt_table *t, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "siprec-src %s: ", t->command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return 2;
}

int opt_fault_err(const struct opt_table *t, const struct err *e)
{
	opt_fault(t, "%s", e->text);
	return err_exit_code(e->kind);
}

/* ---- help ---- */

static char *opt_text(const struct opt *o)
{
	char letter[8] = "    ";

	if (o->letter)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	return xasprintf("%s--%s%s%s", letter, o->name, o->arg ? " " : "",
			 o->arg ? o->arg : "");
}

static void print_options(const struct opt *o, FILE *out)
{
	for (; o->name; o++) {
		char *text = opt_text(o);

		if (strlen(text) > COLUMN)
			fprintf(out, "  %s\n  %*s %s\n", text, COLUMN, "",
				o->help);
		else
			fprintf(out, "  %-*s %s\n", COLUMN, text, o->help);
		free(text);
	}
}

void opt_print_help(const struct opt_table *t, FILE *out)
{
	fprintf(out, "usage: siprec-src %s [OPTION ...]%s%s\n\n%s\n\n",
		t->command, t->args[0] ? " " : "", t->args, t->what);
	print_options(t->opt, out);
	print_options(everywhere, out);
}

/* ---- parsing ---- */

static enum opt_kind leave(struct opt_parser *p, int code)
{
	p->exit_code = code;
	return OPT_EXIT;
}

static enum opt_kind got_everywhere(struct opt_parser *p, const struct opt *o)
{
	if (strcmp(o->name, "help") == 0)
		opt_print_help(p->table, stdout);
	else
		printf("siprec-src %s\n", SIPREC_SRC_VERSION);
	return leave(p, 0);
}

static const struct opt *find_long(const struct opt *o, const char *name,
				   size_t n)
{
	for (; o->name; o++) {
		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	}
	return NULL;
}

static const struct opt *find_letter(const struct opt *o, char letter)
{
	for (; o->name; o++) {
		if (o->letter == letter)
			return o;
	}
	return NULL;
}

static enum opt_kind unknown_long(struct opt_parser *p, const char *name,
				  size_t n)
{
	char *word = xstrndup(name, n);
	const struct opt *o;
	struct suggest s;

	scn_suggest_init(&s, word);
	for (o = p->table->opt; o->name; o++)
		scn_suggest_try(&s, o->name);
	for (o = everywhere; o->name; o++)
		scn_suggest_try(&s, o->name);
	if (s.best)
		opt_fault(p->table,
			  "unknown option '--%s' (did you mean '--%s'?)", word,
			  s.best);
	else
		opt_fault(p->table, "unknown option '--%s' (see --help)", word);
	free(word);
	return leave(p, 2);
}

/* Its value is the next word, which may look like an option. */
static enum opt_kind next_word(struct opt_parser *p, struct opt_got *got)
{
	if (p->next < p->argc) {
		got->value = p->argv[p->next++];
		return OPT_OPTION;
	}
	opt_fault(p->table, "option '--%s' needs a value (%s)", got->opt->name,
		  got->opt->arg);
	return leave(p, 2);
}

static enum opt_kind long_option(struct opt_parser *p, struct opt_got *got,
				 const char *word)
{
	const char *equals = strchr(word, '=');
	size_t n = equals ? (size_t)(equals - word) : strlen(word);
	const struct opt *o = find_long(everywhere, word, n);

	if (o && !equals)
		return got_everywhere(p, o);
	got->opt = find_long(p->table->opt, word, n);
	if (!got->opt)
		return unknown_long(p, word, n);
	if (equals && !got->opt->arg) {
		opt_fault(p->table, "option '--%s' takes no value",
			  got->opt->name);
		return leave(p, 2);
	}
	if (!got->opt->arg)
		return OPT_OPTION;
	if (!equals)
		return next_word(p, got);
	got->value = equals + 1;
	return OPT_OPTION;
}

static enum opt_kind short_option(struct opt_parser *p, struct opt_got *got)
{
	char letter = *p->short_++;
	const struct opt *o = find_letter(everywhere, letter);
	const char *rest = *p->short_ ? p->short_ : NULL;

	p->short_ = rest;
	got->opt = find_letter(p->table->opt, letter);
	if (!got->opt && o)
		return got_everywhere(p, o);
	if (!got->opt) {
		opt_fault(p->table, "unknown option '-%c' (see --help)",
			  letter);
		return leave(p, 2);
	}
	if (!got->opt->arg)
		return OPT_OPTION;
	p->short_ = NULL;
	if (!rest)
		return next_word(p, got);
	got->value = rest;
	return OPT_OPTION;
}

enum opt_kind opt_next(struct opt_parser *p, struct opt_got *got)
{
	const char *word;

	memset(got, 0, sizeof(*got));
	if (p->short_)
		return short_option(p, got);
	if (p->next >= p->argc)
		return OPT_END;
	word = p->argv[p->next++];
	if (!p->args_only && strcmp(word, "--") == 0) {
		p->args_only = 1;
		return opt_next(p, got);
	}
	if (p->args_only || word[0] != '-' || !word[1]) {
		got->value = word;
		return OPT_ARG;
	}
	if (word[1] == '-')
		return long_option(p, got, word + 2);
	p->short_ = word + 1;
	return short_option(p, got);
}
