/* Certificates and keys from files, and what is said of those that are wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "net/tls.h"

enum { PATH = 128, NAME = 16 };

/* Files as OpenSSL would write them, in a folder of the test's own. */
static char folder[] = "/tmp/test_net_tls_files.XXXXXX";

static const char *path_of(const char *name, char text[PATH])
{
	snprintf(text, PATH, "%s/%.*s", folder, NAME, name);
	return text;
}

static FILE *create(const char *name)
{
	char path[PATH];
	FILE *f = fopen(path_of(name, path), "w");

	assert_non_null(f);
	return f;
}

/* NAME.pem is a certificate, NAME.key its key, and NAME.enc that with a
 * passphrase. */
static void write_pair(const char *name)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	char file[NAME];
	FILE *f;

	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	snprintf(file, sizeof(file), "%s.pem", name);
	f = create(file);
	assert_int_equal(PEM_write_X509(f, cert), 1);
	fclose(f);
	snprintf(file, sizeof(file), "%s.key", name);
	f = create(file);
	assert_int_equal(
		PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	snprintf(file, sizeof(file), "%s.enc", name);
	f = create(file);
	assert_int_equal(PEM_write_PrivateKey(f, key, EVP_aes_128_cbc(), NULL,
					      0, NULL, "word"),
			 1);
	fclose(f);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void remove_all(void)
{
	static const char *const names[] = {"a.pem", "a.key", "a.enc",
					    "b.pem", "b.key", "b.enc"};
	char path[PATH];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove(path_of(names[i], path));
	remove(folder);
}

/* What is wrong with which file; no text: nothing is. */
static void test_tls_files(void **state)
{
	static const struct {
		const char *name, *ca, *cert, *key, *why;
		enum tls_file which;
	} rows[] = {
		{"all three", "b.pem", "a.pem", "a.key", NULL, TLS_KEY},
		{"a CA alone", "b.pem", NULL, NULL, NULL, TLS_CA},
		{"no CA in it", "a.key", NULL, NULL, "no certificate in PEM",
		 TLS_CA},
		{"no file", "none", NULL, NULL, "No such file", TLS_CA},
		{"a key as certificate", NULL, "a.key", "a.key",
		 "no certificate in PEM", TLS_CERT},
		{"no key in it", NULL, "a.pem", NULL, "no private key in PEM",
		 TLS_KEY},
		{"another's key", NULL, "a.pem", "b.key",
		 "it is not the key of the certificate", TLS_KEY},
		{"a passphrase", NULL, "a.pem", "a.enc", "it has a passphrase",
		 TLS_KEY},
	};
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(folder));
	write_pair("a");
	write_pair("b");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char ca[PATH], cert[PATH], key[PATH];
		struct tls_conf tc = {
			.ca = rows[i].ca ? path_of(rows[i].ca, ca) : NULL,
			.cert = rows[i].cert ? path_of(rows[i].cert, cert)
					     : NULL,
			.key = rows[i].key ? path_of(rows[i].key, key) : NULL};
		enum tls_file which;
		struct err e = ERR_INIT;
		int rc = tls_check_files(&tc, &which, &e);

		print_message("%s: %s\n", rows[i].name, e.text);
		assert_int_equal(rc, rows[i].why ? -1 : 0);
		assert_int_equal(which, rows[i].which);
		if (rows[i].why)
			assert_non_null(strstr(e.text, rows[i].why));
	}
	remove_all();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tls_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
