/*
 * scenario/table.h - every key of the notation, in one place
 *
 * A table is a section: its keys, their types, ranges, defaults and one line
 * of help. The reader, `check`, the JSON Schema and the man page all go by
 * it. table_read fills a struct of the model: each key knows the offset of
 * its field; what needs more than a type has a `read` handler.
 */
#ifndef SCENARIO_TABLE_H
#define SCENARIO_TABLE_H

#include <stdint.h>
#include <stdio.h>

#include "scenario/fault.h"
#include "scenario/model.h"
#include "scenario/node.h"

enum scn_type {
	SCN_T_TEXT,    /* char * */
	SCN_T_TEXTS,   /* struct scn_strings; one or a list */
	SCN_T_BOOL,    /* bool */
	SCN_T_INT,     /* int in min..max */
	SCN_T_U64,     /* uint64_t */
	SCN_T_TIME,    /* int64_t, us */
	SCN_T_HZ,      /* double in min..max */
	SCN_T_SHARE,   /* double, 0..1 */
	SCN_T_RATE,    /* double, a second */
	SCN_T_WORD,    /* enum, one of `word` */
	SCN_T_EITHER,  /* bool, one of `word` */
	SCN_T_FIXED,   /* one of `word`, nothing is kept */
	SCN_T_NUMBERS, /* struct scn_range of numbers */
	SCN_T_TIMES,   /* struct scn_range, us */
	SCN_T_SHARES,  /* struct scn_range, 0..1 */
	SCN_T_SSRC,    /* uint32_t */
	SCN_T_URI,     /* char *: a SIP or SIPS URI */
	SCN_T_SERVER,  /* char *: one that requests can go to */
	SCN_T_ADDRESS, /* char *: an IP address */
	SCN_T_HEADERS, /* struct scn_strings: "Name: value" */
	SCN_T_REGEX,   /* char *: POSIX extended */
	SCN_T_XPATH,   /* char * */
	SCN_T_XML,     /* char *: elements */
	SCN_T_XML_EXT, /* char *: elements in namespaces of their own */
	SCN_T_FILE,    /* char *: an existing file, as the program opens it */
	SCN_T_MAP,     /* a section, `sub` */
	SCN_T_LIST,    /* sections, `sub`; one or a list */
	SCN_T_NAMED    /* names with sections `sub`, or with texts */
};

enum {
	KEY_LATER = 1,	/* named in the contract, not built yet */
	KEY_NEEDED = 2, /* must be there */
	KEY_ALONE = 4	/* exactly one such key in an entry: a check, a verb */
};

struct scn_word {
	const char *name;
	int value;
	bool later;
};

struct scn_key;
struct scn_table;

/* Reads the value of a key into `out`, the struct of the section. */
typedef void scn_read_h(struct faults *f, const struct scn_key *k,
			const struct node *n, void *out);

struct scn_key {
	const char *name;
	enum scn_type type;
	unsigned flags;
	size_t at;	       /* offset of the field in the section's struct */
	double min, max;       /* numbers, Hz; microseconds for times */
	const char *otherwise; /* default, as it would be written, or NULL */
	const struct scn_word *word; /* ends with a NULL name */
	const struct scn_table *sub; /* MAP, LIST, NAMED */
	scn_read_h *read;	     /* instead of the type's reader */
	uint32_t with;		     /* checks: its bit; modifiers: theirs;
				      * HEADERS: not 0 in a recording's INVITE */
	const char *help;
};

struct scn_table {
	const char *name; /* as messages call the section */
	const struct scn_key *key;
	size_t n;
};

/* keys_*.c. A key with `read` or a plain type is read by scn_table_read, in the
 * order of the table; a MAP, LIST or NAMED without `read` by its section's
 * own reader. */
extern const struct scn_table scn_top_table, scn_needs_table, scn_call_table,
	scn_party_table, scn_pick_table, scn_media_table, scn_server_table,
	scn_srtp_table, scn_srs_srtp_table, scn_src_table, scn_instance_table,
	scn_srs_table, scn_line_table, scn_step_table, scn_check_table,
	scn_event_table, scn_load_table, scn_login_table, scn_guard_table,
	scn_edit_table, scn_src_tls_table, scn_srs_tls_table;

const struct scn_key *scn_table_key(const struct scn_table *t,
				    const char *name);

/* Puts the defaults of the table into `out`. */
void scn_table_defaults(const struct scn_table *t, void *out);

/* Reads what the map `n` says over what `out` holds; texts that were there
 * are freed. Faults: not a map, unknown keys, keys not built yet, missing
 * ones, wrong values. */
void scn_table_read(struct faults *f, const struct scn_table *t,
		    const struct node *n, void *out);

/* The type's reader alone. */
void scn_value_read(struct faults *f, const struct scn_key *k,
		    const struct node *n, void *field);

/* "'end' wants a time such as 4s or 300ms, not '4'". */
void scn_fault_type(struct faults *f, const struct scn_key *k,
		    const char *wants, const struct node *n);

/* Scalar or list of scalars; calls `each` for every entry. */
typedef void text_h(struct faults *f, const struct node *n, void *arg);
void scn_each_text(struct faults *f, const struct scn_key *k,
		   const struct node *n, text_h *each, void *arg);

/* ---- what is made of the tables ---- */

/* JSON Schema (draft 2020-12) of a scenario file. */
void scn_table_print_schema(FILE *out);

/* Every section with its keys, for scenario(5), in man(7) macros. */
void scn_table_print_man(FILE *out);

#endif
