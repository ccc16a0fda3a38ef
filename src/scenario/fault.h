/*
 * scenario/fault.h - what is wrong in a file, and where
 */
#ifndef SCENARIO_FAULT_H
#define SCENARIO_FAULT_H

#include <stddef.h>

#include "core/err.h"
#include "scenario/model.h"

enum { FAULTS_MAX = 64 }; /* more of them help nobody */

struct fault {
	enum err_kind kind;
	struct scn_place place;
	char *text; /* owned */
	size_t seq; /* order found */
};

struct faults {
	const char *file; /* in messages; file names are relative to it */
	struct fault at[FAULTS_MAX];
	size_t n;
};

void scn_faults_init(struct faults *f, const char *file);
void scn_faults_fini(struct faults *f);

/* Adds one, unless the same was said of the same place before. */
void scn_fault(struct faults *f, struct scn_place place, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void scn_fault_env(struct faults *f, struct scn_place place, const char *fmt,
		   ...) __attribute__((format(printf, 3, 4)));

/* Hands them to `out` as "file:line:col: text", in the order of the file. */
void scn_faults_report(struct faults *f, struct causes *out);

#endif
