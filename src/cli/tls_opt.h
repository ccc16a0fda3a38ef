/*
 * cli/tls_opt.h - the options --ca, --cert and --key of the commands that call
 */
#ifndef CLI_TLS_OPT_H
#define CLI_TLS_OPT_H

#include <stdbool.h>

#include "core/err.h"

/* Entries of a table of options. */
/* clang-format off */
#define TLS_CA_OPT                                                             \
	{"ca", 0, "FILE", "over TLS, trust these CAs (PEM), not the system's"}
#define TLS_CERT_OPT                                                           \
	{"cert", 0, "FILE", "over TLS, show this certificate (PEM, with its "  \
			    "chain) if asked"}
#define TLS_KEY_OPT                                                            \
	{"key", 0, "FILE", "its private key (default: the file of --cert)"}
/* clang-format on */

/* Files as the command line has them; borrowed, NULL: not given. */
struct tls_opt {
	const char *ca, *cert, *key;
};

bool tls_opt_given(const struct tls_opt *t);

/* The name of the first one that was given, which faults are about. */
const char *tls_opt_name(const struct tls_opt *t);

/* Whether they go together and can be used. -1 with ERR_USAGE, or ERR_ENV for
 * what is wrong with a file; the text names the option. */
int tls_opt_check(const struct tls_opt *t, struct err *e);

#endif
