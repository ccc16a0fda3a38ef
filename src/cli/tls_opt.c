#include "cli/tls_opt.h"

#include <stddef.h>

#include "net/tls.h"

static const char *const names[] = {
	[TLS_CA] = "ca", [TLS_CERT] = "cert", [TLS_KEY] = "key"};

bool tls_opt_given(const struct tls_opt *t)
{
	return t->ca || t->cert || t->key;
}

const char *tls_opt_name(const struct tls_opt *t)
{
	return t->ca ? "ca" : t->cert ? "cert" : "key";
}

/* A key of no name of its own is looked for in the file of --cert. */
static int file_fault(const struct tls_opt *t, enum tls_file which,
		      struct err *e)
{
	if (which == TLS_KEY && !t->key)
		return err_wrap(e, "--cert without --key");
	return err_wrap(e, "--%s", names[which]);
}

int tls_opt_check(const struct tls_opt *t, struct err *e)
{
	struct tls_conf conf = {.ca = t->ca, .cert = t->cert, .key = t->key};
	const char *const file[] = {
		[TLS_CA] = t->ca, [TLS_CERT] = t->cert, [TLS_KEY] = t->key};
	enum tls_file which;
	size_t i;

	for (i = 0; i < sizeof(file) / sizeof(file[0]); i++)
		if (file[i] && !file[i][0])
			return err_set(e, ERR_USAGE, "--%s wants a file",
				       names[i]);
	if (t->key && !t->cert)
		return err_set(e, ERR_USAGE,
			       "--key goes with --cert: which certificate is "
			       "it of?");
	if (tls_check_files(&conf, &which, e) < 0)
		return file_fault(t, which, e);
	return 0;
}
