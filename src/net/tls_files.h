/*
 * net/tls_files.h - certificates and keys from files; for tls.c only
 */
#ifndef NET_TLS_FILES_H
#define NET_TLS_FILES_H

#include <openssl/ssl.h>

#include "core/err.h"

/* Files are PEM. Each: -1 with ERR_ENV, which names the file. The key has to be
 * that of the certificate that was loaded before; one with a passphrase is not
 * taken, since nobody is asked for it. */
int tls_load_ca(SSL_CTX *ctx, const char *path, struct err *e);
int tls_load_cert(SSL_CTX *ctx, const char *path, struct err *e);
int tls_load_key(SSL_CTX *ctx, const char *path, struct err *e);

#endif
