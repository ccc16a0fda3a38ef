#include "net/tls_cert.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "core/xalloc.h"
#include "net/local.h"

#define DAY INT64_C(86400)

enum { HOSTS = 32 }; /* names of one certificate */

struct tls_authority {
	EVP_PKEY *key;
	X509 *cert;
	int64_t wall_s;
	long serial;
};

static EVP_PKEY *new_key(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	if (!key)
		abort();
	return key;
}

/* Valid from `from_s` to `to_s`, by the wall clock; not signed yet. */
static X509 *new_cert(struct tls_authority *a, const char *name, EVP_PKEY *key,
		      int64_t from_s, int64_t to_s)
{
	X509 *cert = X509_new();
	X509_NAME *subject;

	if (!cert)
		abort();
	subject = X509_get_subject_name(cert);
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), ++a->serial);
	ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)from_s);
	ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)to_s);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
				   (const unsigned char *)name, -1, -1, 0);
	X509_set_pubkey(cert, key);
	return cert;
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (!extension)
		abort();
	X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
}

struct tls_authority *tls_authority_new(int64_t wall_us)
{
	struct tls_authority *a = xcalloc(1, sizeof(*a));

	a->wall_s = wall_us / 1000000;
	return a;
}

static void make_authority(struct tls_authority *a)
{
	a->key = new_key();
	a->cert = new_cert(a, "siprec-src CA of one run", a->key,
			   a->wall_s - DAY, a->wall_s + 3650 * DAY);
	X509_set_issuer_name(a->cert, X509_get_subject_name(a->cert));
	add_extension(a->cert, a->cert, NID_basic_constraints,
		      "critical,CA:TRUE");
	add_extension(a->cert, a->cert, NID_key_usage,
		      "critical,keyCertSign,cRLSign");
	add_extension(a->cert, a->cert, NID_subject_key_identifier, "hash");
	X509_sign(a->cert, a->key, EVP_sha256());
}

void tls_authority_free(struct tls_authority *a)
{
	if (!a)
		return;
	X509_free(a->cert);
	EVP_PKEY_free(a->key);
	free(a);
}

X509 *tls_authority_cert(struct tls_authority *a)
{
	if (!a->cert)
		make_authority(a);
	return a->cert;
}

/* What the certificate is for, as OpenSSL writes subjectAltName. */
static char *names_of(const struct tls_conf *conf)
{
	struct addr ip = addr_loopback(0);
	const char *host[HOSTS];
	char text[ADDR_TEXT];
	size_t n = 0, i;
	struct buf b;

	if (conf->flaw == TLS_WRONG_NAME)
		return xstrdup("DNS:elsewhere.example");
	if (conf->local)
		ip = *conf->local;
	if (addr_is_any(&ip))
		net_local_any(ip.family, &ip);
	buf_init(&b, 65000);
	buf_addf(&b, "IP:%s,DNS:localhost,DNS:%s,URI:sip:%s",
		 addr_ip_text(&ip, text), conf->name, conf->name);
	if (conf->dns)
		n = dns_hosts(conf->dns, &ip, host, HOSTS);
	for (i = 0; i < n; i++)
		buf_addf(&b, ",DNS:%s", host[i]);
	return buf_steal(&b);
}

int tls_cert_make(SSL_CTX *ctx, const struct tls_conf *conf, struct err *e)
{
	struct tls_authority *a = conf->authority;
	bool alone = conf->flaw == TLS_SELF_SIGNED;
	bool old = conf->flaw == TLS_EXPIRED;
	EVP_PKEY *key = new_key();
	X509 *cert = new_cert(a, conf->name, key,
			      a->wall_s - (old ? 30 : 1) * DAY,
			      a->wall_s + (old ? -1 : 365) * DAY);
	X509 *issuer = alone ? cert : tls_authority_cert(a);
	char *names = names_of(conf);
	int rc = 0;

	X509_set_issuer_name(cert, X509_get_subject_name(issuer));
	add_extension(cert, issuer, NID_basic_constraints, "critical,CA:FALSE");
	add_extension(cert, issuer, NID_ext_key_usage, "serverAuth,clientAuth");
	add_extension(cert, issuer, NID_subject_alt_name, names);
	X509_sign(cert, alone ? key : a->key, EVP_sha256());
	if (SSL_CTX_use_certificate(ctx, cert) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, key) != 1)
		rc = err_set(e, ERR_ENV, "a certificate cannot be made");
	free(names);
	X509_free(cert);
	EVP_PKEY_free(key);
	return rc;
}
