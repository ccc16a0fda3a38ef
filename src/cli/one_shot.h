/*
 * cli/one_shot.h - what commands share that run a scenario nobody wrote
 *
 * They make its text from their options, and print in a few lines what
 * happened.
 */
#ifndef CLI_ONE_SHOT_H
#define CLI_ONE_SHOT_H

#include <stdbool.h>

#include "cli/login.h"
#include "cli/opt.h"
#include "cli/tls_opt.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/span.h"
#include "scenario/model.h"
#include "world/world.h"

/* As a YAML text in double quotes, in which "${" is no variable. */
void one_shot_quote(struct buf *b, struct span text);
/* "  key: "value"" on a line of its own; nothing for NULL. */
void one_shot_key(struct buf *b, const char *key, const char *value);

/* The recorder of it. Texts are borrowed; NULL where nothing was said. */
struct one_shot_rec {
	const char *uri; /* NULL: an embedded one */
	const char *answer_within;
	const char *srtp; /* suites, best first, with commas; "on": the usual */
	bool clear_keys;  /* they may be told where others can read them */
	const struct login *login;
	struct tls_opt tls;
};

#define SRTP_ARG "on|SUITE[,SUITE]"
#define SRTP_HELP                                                              \
	"encrypt media, with keys in SDP; suites best first (on: "             \
	"AES_CM_128_HMAC_SHA1_80)"
#define CLEAR_KEYS_HELP "its keys may go over UDP or TCP, for all to read"

/* Whether its options go together, and its files can be used. -1 with ERR_USAGE
 * or ERR_ENV. */
int one_shot_check(const struct one_shot_rec *r, struct err *e);
/* The sections src, srs and expect: that recorder is asked, and records. */
void one_shot_recorder(struct buf *b, const struct one_shot_rec *r);

/* A key of that text, and the option that it came from. */
struct one_shot_key {
	const char *key; /* in quotes, as faults begin: "'uri'"; NULL ends */
	const char *option;
};

/* Shows the faults of the text by the options that the user wrote, and returns
 * the exit code. Keys of the recorder are known; `keys` are the others. */
int one_shot_faults(const struct opt_table *table,
		    const struct one_shot_key *keys,
		    const struct causes *causes);

/* Runs it, prints what happened, returns the exit code. Faults are `table`'s.
 */
int one_shot_run(const struct opt_table *table, const struct scenario *s,
		 const struct world_conf *world);

/* Prints how a run went, on standard output, and its warnings on standard error;
 * returns the exit code: 0 when all that could be was recorded, 1 when not, and
 * that of the signal that interrupted it. */
int one_shot_tell(const struct scenario *s, const struct world_result *r);

#endif
