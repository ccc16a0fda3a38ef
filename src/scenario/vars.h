/*
 * scenario/vars.h - ${NAME}, and the runs of a matrix
 *
 * Who wins: the command line, then the matrix, then `vars`, then the
 * environment (only names listed in `needs.env`). A literal "${" is written
 * "$${".
 */
#ifndef SCENARIO_VARS_H
#define SCENARIO_VARS_H

#include "scenario/node.h"

enum { MATRIX_RUNS_MAX = 4096 };

struct vars;

/* Reads `matrix`, `vars` and `needs` of the document; `root` and `given` are
 * borrowed and must outlive it. */
struct vars *scn_vars_new(const struct node *root, const struct scn_var *given,
			  size_t n_given, struct faults *f);
void scn_vars_free(struct vars *v); /* NULL is fine */

/* Combinations of the matrix; 1 without one. */
size_t scn_vars_runs(const struct vars *v);

/* From now on ${} has the values of this run; last key of the matrix fastest. */
void scn_vars_select(struct vars *v, size_t run);

/* Names and values of the matrix in the run selected. */
const struct scn_var *scn_vars_matrix(const struct vars *v, size_t *n);

/* The document of the run: all ${} replaced; without matrix, vars, needs. */
struct node *scn_vars_apply(struct vars *v);

#endif
