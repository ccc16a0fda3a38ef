/*
 * cli/opt.h - the options of a command, from one table
 *
 * The table is what is parsed and what --help prints. Options and arguments
 * come in the order of the command line: `--opt=value`, `--opt value`, `-j4`,
 * `-j 4`, `-qv`; after `--` all are arguments. --help and --version belong to
 * every command and are not in its table.
 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include <stdio.h>

#include "core/err.h"

struct opt {
	const char *name; /* without the dashes; NULL ends the table */
	char letter;	  /* short form, or 0 */
	const char *arg;  /* name of its value, or NULL for a flag */
	const char *help; /* one line */
};

struct opt_table {
	const char *command; /* "check" */
	const char *args;    /* "FILE|DIR ..." */
	const char *what;    /* what the command does, one line */
	const struct opt *opt;
};

struct opt_parser {
	const struct opt_table *table;
	int argc;
	char **argv;
	int next;	    /* index of the next word */
	const char *short_; /* rest of a word such as -qv, or NULL */
	int args_only;	    /* after -- */
	int exit_code;	    /* with OPT_EXIT */
};

enum opt_kind {
	OPT_END,    /* nothing left */
	OPT_OPTION, /* `opt` and, if it has one, `value` */
	OPT_ARG,    /* `value` */
	OPT_EXIT    /* help was printed (0), or a fault (2): leave now */
};

struct opt_got {
	const struct opt *opt; /* element of the table */
	const char *value;     /* borrowed from argv */
};

/* argv[0] is the command's name. All is borrowed. */
void opt_init(struct opt_parser *p, const struct opt_table *t, int argc,
	      char **argv);
enum opt_kind opt_next(struct opt_parser *p, struct opt_got *got);

/* Whether that option was got. */
int opt_is(const struct opt_got *got, const char *name);

/* "siprec-src check: text" on standard error; returns exit code 2. */
int opt_fault(const struct opt_table *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The same of an err; returns its exit code. */
int opt_fault_err(const struct opt_table *t, const struct err *e);

void opt_print_help(const struct opt_table *t, FILE *out);

#endif
