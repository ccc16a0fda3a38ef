/*
 * net/tls_cert.h - certificates made in memory; for tls.c only
 */
#ifndef NET_TLS_CERT_H
#define NET_TLS_CERT_H

#include <openssl/ssl.h>

#include "net/tls.h"

X509 *tls_authority_cert(struct tls_authority *a); /* borrowed */

/* Gives `ctx` a new key and a certificate for conf's name and address. */
int tls_cert_make(SSL_CTX *ctx, const struct tls_conf *conf, struct err *e);

#endif
