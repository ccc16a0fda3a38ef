/*
 * scenario/load.h - from a file to checked scenarios
 *
 * Reads one YAML document, checks it against the table of SCENARIO.md, fills
 * in `vars`, `matrix` and `${NAME}`, and hands out one scenario for each
 * combination of the matrix. All faults of a file are reported, not only the
 * first, each as `file:line:col: what, and what would be right`.
 */
#ifndef SCENARIO_LOAD_H
#define SCENARIO_LOAD_H

#include "core/err.h"
#include "core/span.h"
#include "scenario/model.h"

/* XML, XPath, URIs and media files are the business of other rooms, so the program
 * installs its judges once, before the first load. A NULL member leaves texts
 * and files unchecked; NULL takes all of them away. Each returns -1 with the
 * reason in `e`; a media file is a fault of the environment (ERR_ENV) unless
 * `e` says that the scenario picks what is not in it (ERR_SCENARIO). */
struct scn_checkers {
	int (*xpath)(const char *xpath, struct err *e);
	int (*fragment)(struct span xml, bool own_ns, struct err *e);
	/* Whether requests can go to a URI. */
	int (*server)(struct span uri, struct err *e);
	int (*media)(const struct scn_media *m, struct err *e);
	/* Fills in what the capture says: names of the parties that have none
	 * (aor NULL), aliases, times, reject. */
	int (*call)(struct scn_call *c, struct err *e);
};
void scn_set_checkers(const struct scn_checkers *c);

/* Runs of one file, in the order of the matrix (last key fastest). */
struct scn_set {
	struct scenario **at; /* owned */
	size_t n;
};

/* `var` are the command line's --var K=V, which beat `vars` and `matrix`.
 * Returns -1 with at least one cause (ERR_SCENARIO, or ERR_ENV when the file
 * cannot be read) and an empty set. */
int scn_load(struct scn_set *set, const char *path, const struct scn_var *var,
	     size_t n_vars, struct causes *causes);

/* The same from memory; `path` names it in messages and anchors relative file
 * names. For tests and the one-shot commands. */
int scn_load_text(struct scn_set *set, const char *path, const char *text,
		  size_t size, const struct scn_var *var, size_t n_vars,
		  struct causes *causes);

void scn_set_fini(struct scn_set *set);

/* All *.yml and *.yaml files below the arguments (files stay as they are,
 * directories are read recursively), sorted by name. -1 with ERR_ENV for a
 * missing path, ERR_EMPTY for a directory without scenarios. */
int scn_find(struct scn_strings *files, char *const *path, size_t n,
	     struct err *e);

#endif
