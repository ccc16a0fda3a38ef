/*
 * core/err.h - why something did not work
 *
 * A function that can fail takes a `struct err *` last, fills it and returns
 * -1 (or NULL). Callers add what they know, in front, with err_wrap. The kind
 * decides the exit code of the program. What a peer does is never an err.
 */
#ifndef CORE_ERR_H
#define CORE_ERR_H

#include <stdbool.h>
#include <stddef.h>

enum err_kind {
	ERR_NONE,
	ERR_FAILED,   /* an expectation failed: exit 1 */
	ERR_USAGE,    /* command line fault: exit 2 */
	ERR_SCENARIO, /* scenario does not parse or validate: exit 3 */
	ERR_ENV,      /* file missing, port busy, peer unreachable: exit 4 */
	ERR_EMPTY,    /* nothing matched the selection: exit 5 */
	ERR_INPUT     /* bad bytes in a message or media file: exit 4 */
};

struct err {
	enum err_kind kind;
	char text[1024]; /* lower case, no full stop, cut when longer */
};

#define ERR_INIT                                                               \
	{                                                                      \
		ERR_NONE, ""                                                   \
	}

/* Sets kind and text; returns -1, so that callers can `return err_set(...)`.
 * `e` may be NULL when nobody asks why. */
int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "prefix: " in front of the text; returns -1. */
int err_wrap(struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Exit code of the contract for a kind. */
int err_exit_code(enum err_kind kind);

/* Faults of one input, collected in the order found and shown together. */
struct causes {
	struct err *at; /* owned */
	size_t n;
};

void causes_init(struct causes *c);
void causes_fini(struct causes *c);
void causes_add(struct causes *c, const struct err *e);
void causes_addf(struct causes *c, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
