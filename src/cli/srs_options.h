/*
 * cli/srs_options.h - the options of `srs`
 */
#ifndef CLI_SRS_OPTIONS_H
#define CLI_SRS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/login.h"
#include "core/addr.h"
#include "net/tls.h"
#include "recorder/recorder.h"
#include "sip/digest.h"

enum { SRS_LISTEN_MAX = 16, SRS_ASKS_MAX = 8 };
/* The script: what is asked, and what follows --answer inactive. */
enum { SRS_LINES_MAX = SRS_ASKS_MAX + 1 };

/* Texts are borrowed from the command line; `conf` points into the rest. */
struct srs_options {
	struct recorder_conf conf; /* what options say of it */
	struct recorder_line line[SRS_LINES_MAX];
	const char *name, *level;
	struct login login;
	const char *digest[SIP_DIGESTS];
	size_t n_digests;
	struct addr listen[SRS_LISTEN_MAX];
	size_t n; /* of them; one at least */
	struct tls_conf tls;
	bool json, once, judges;
};

/* Reads them into `o`, which must stay where it is. -1, or the exit code of a
 * command that ends here. */
int srs_options(struct srs_options *o, int argc, char **argv);

/* "udp", "tcp" or "tls", as --listen names them. */
const char *srs_way(const struct addr *a);

#endif
