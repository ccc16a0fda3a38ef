#include "net/tls_files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "net/tls.h"

/* A file that OpenSSL did not take: "PEM lib" says no more than we do. */
static int file_fault(struct err *e, const char *path, const char *wanted)
{
	unsigned long last = ERR_peek_last_error();
	const char *why = ERR_GET_REASON(last) == ERR_R_PEM_LIB
				  ? NULL
				  : ERR_reason_error_string(last);

	ERR_clear_error();
	if (access(path, R_OK) < 0)
		return err_set(e, ERR_ENV, "%s: %s", path, strerror(errno));
	return err_set(e, ERR_ENV, "%s: no %s in PEM%s%s", path, wanted,
		       why ? ": " : "", why ? why : "");
}

int tls_load_ca(SSL_CTX *ctx, const char *path, struct err *e)
{
	if (SSL_CTX_load_verify_locations(ctx, path, NULL) == 1)
		return 0;
	return file_fault(e, path, "certificate");
}

int tls_load_cert(SSL_CTX *ctx, const char *path, struct err *e)
{
	if (SSL_CTX_use_certificate_chain_file(ctx, path) == 1)
		return 0;
	return file_fault(e, path, "certificate");
}

/* `arg` is whether it was wanted. */
static int no_passphrase(char *text, int size, int writing, void *arg)
{
	bool *asked = arg;

	(void)text;
	(void)size;
	(void)writing;
	*asked = true;
	return -1;
}

static bool is_mismatch(unsigned long error)
{
	return ERR_GET_LIB(error) == ERR_LIB_X509 &&
	       ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH;
}

int tls_load_key(SSL_CTX *ctx, const char *path, struct err *e)
{
	bool asked = false;
	int rc;

	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	SSL_CTX_set_default_passwd_cb_userdata(ctx, &asked);
	rc = SSL_CTX_use_PrivateKey_file(ctx, path, SSL_FILETYPE_PEM);
	SSL_CTX_set_default_passwd_cb(ctx, NULL);
	SSL_CTX_set_default_passwd_cb_userdata(ctx, NULL);
	if (rc == 1)
		return 0;
	if (!asked && !is_mismatch(ERR_peek_last_error()))
		return file_fault(e, path, "private key");
	ERR_clear_error();
	return err_set(e, ERR_ENV, "%s: %s", path,
		       asked ? "it has a passphrase, which nobody is asked for"
			     : "it is not the key of the certificate");
}

/* `which`: the file that it got to. */
static int load(SSL_CTX *ctx, const struct tls_conf *conf, enum tls_file *which,
		struct err *e)
{
	*which = TLS_CA;
	if (conf->ca && tls_load_ca(ctx, conf->ca, e) < 0)
		return -1;
	if (!conf->cert)
		return 0;
	*which = TLS_CERT;
	if (tls_load_cert(ctx, conf->cert, e) < 0)
		return -1;
	*which = TLS_KEY;
	return tls_load_key(ctx, conf->key ? conf->key : conf->cert, e);
}

int tls_check_files(const struct tls_conf *conf, enum tls_file *which,
		    struct err *e)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	int rc;

	if (!ctx)
		abort();
	rc = load(ctx, conf, which, e);
	SSL_CTX_free(ctx);
	return rc;
}
