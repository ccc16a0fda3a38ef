#include "net/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "core/hash.h"
#include "core/list.h"
#include "core/xalloc.h"
#include "net/tls_cert.h"
#include "net/tls_files.h"

enum { WHY = 200, SESSIONS = 1024, HOST = 256 };

/* A session to be taken up again. */
struct known {
	struct hash_le by_server;
	struct le le; /* the newest last */
	char *server;
	SSL_SESSION *session;
};

struct tls {
	struct tls_conf conf;
	struct addr local;	  /* of conf */
	SSL_CTX *client, *server; /* NULL: not needed yet */
	struct hash by_server;
	struct list known;
};

struct tls_end {
	struct tls *t;
	SSL *ssl;
	BIO *in, *out; /* of ssl */
	char host[HOST];
	char *server; /* owned: key of its session; NULL: we are the server */
	bool asked;   /* for our certificate */
	bool told;    /* something came after the handshake */
	bool wrong_name;
	enum tls_state state;
	char why[WHY];
};

static struct tls_end *end_of(const SSL *ssl)
{
	return SSL_get_app_data(ssl);
}

/* ---- sessions ---- */

static void known_free(struct known *k)
{
	hash_del(&k->by_server);
	list_unlink(&k->le);
	SSL_SESSION_free(k->session);
	free(k->server);
	free(k);
}

static struct known *find_known(const struct tls *t, const char *server)
{
	struct hash_le *he = hash_find(&t->by_server, span_of(server));

	return he ? container_of(he, struct known, by_server) : NULL;
}

/* A ticket came: takes the session over. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls_end *x = end_of(ssl);
	struct known *k;

	x->told = true;
	if (!x->server)
		return 0;
	k = find_known(x->t, x->server);
	if (k)
		known_free(k);
	else if (x->t->known.n == SESSIONS)
		known_free(container_of(x->t->known.head, struct known, le));
	k = xcalloc(1, sizeof(*k));
	k->server = xstrdup(x->server);
	k->session = session;
	hash_add(&x->t->by_server, &k->by_server, span_of(k->server));
	list_append(&x->t->known, &k->le);
	return 1;
}

/* ---- certificates ---- */

/* RFC 5922 section 7.1: a SIP URI without a user is a domain. */
static bool uri_is_for(const GENERAL_NAME *name, const char *host)
{
	struct span uri;

	if (name->type != GEN_URI)
		return false;
	uri = span_from((const char *)ASN1_STRING_get0_data(name->d.ia5),
			(size_t)ASN1_STRING_length(name->d.ia5));
	if (!span_case_starts(uri, "sip:"))
		return false;
	uri = span_skip(uri, 4);
	uri.n = span_chr(uri, ';');
	return span_case_is(uri, host);
}

static bool cert_is_for(X509 *cert, const char *host)
{
	GENERAL_NAMES *names;
	bool found = false;
	int i;

	if (!cert || !host[0])
		return false;
	if (X509_check_ip_asc(cert, host, 0) == 1)
		return true;
	/* RFC 5922 section 7.2: wildcards match nothing */
	if (X509_check_host(cert, host, 0, X509_CHECK_FLAG_NO_WILDCARDS,
			    NULL) == 1)
		return true;
	names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (i = 0; names && !found && i < sk_GENERAL_NAME_num(names); i++)
		found = uri_is_for(sk_GENERAL_NAME_value(names, i), host);
	GENERAL_NAMES_free(names);
	return found;
}

/* The name is checked where the chain is, so that the server hears of it. */
static int on_verify(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
		store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_end *x = end_of(ssl);

	if (!ok || X509_STORE_CTX_get_error_depth(store) > 0 || !x->server)
		return ok;
	if (cert_is_for(X509_STORE_CTX_get_current_cert(store), x->host))
		return 1;
	x->wrong_name = true;
	X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
	return 0;
}

static int on_cert_asked(SSL *ssl, void *arg)
{
	(void)arg;
	end_of(ssl)->asked = true;
	return 1;
}

/* ---- contexts ---- */

static int give_cert(SSL_CTX *ctx, const struct tls_conf *conf, struct err *e)
{
	if (!conf->cert)
		return tls_cert_make(ctx, conf, e);
	return tls_load_cert(ctx, conf->cert, e) < 0
		       ? -1
		       : tls_load_key(ctx, conf->key ? conf->key : conf->cert,
				      e);
}

static int give_trust(SSL_CTX *ctx, const struct tls_conf *conf, bool client,
		      struct err *e)
{
	if (conf->ca)
		return tls_load_ca(ctx, conf->ca, e);
	X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx),
			    tls_authority_cert(conf->authority));
	if (client && conf->system)
		SSL_CTX_set_default_verify_paths(ctx);
	ERR_clear_error();
	return 0;
}

static SSL_CTX *new_ctx(const struct tls_conf *conf, const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (!ctx)
		abort();
	SSL_CTX_set_min_proto_version(
		ctx, conf->version == 13 ? TLS1_3_VERSION : TLS1_2_VERSION);
	SSL_CTX_set_max_proto_version(
		ctx, conf->version == 12 ? TLS1_2_VERSION : TLS1_3_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
	return ctx;
}

static int make_client(struct tls *t, const struct tls_conf *conf,
		       struct err *e)
{
	t->client = new_ctx(conf, TLS_client_method());
	SSL_CTX_set_verify(t->client,
			   conf->takes_any ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
			   conf->takes_any ? NULL : on_verify);
	SSL_CTX_set_session_cache_mode(
		t->client, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(t->client, on_session);
	SSL_CTX_set_cert_cb(t->client, on_cert_asked, NULL);
	if ((conf->cert || conf->shows) && give_cert(t->client, conf, e) < 0)
		return -1;
	return give_trust(t->client, conf, true, e);
}

static int make_server(struct tls *t, const struct tls_conf *conf,
		       struct err *e)
{
	static const unsigned char id[] = "siprec-src";

	t->server = new_ctx(conf, TLS_server_method());
	if (conf->demands)
		SSL_CTX_set_verify(t->server,
				   SSL_VERIFY_PEER |
					   SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
				   on_verify);
	SSL_CTX_set_session_id_context(t->server, id, sizeof(id) - 1);
	if (give_cert(t->server, conf, e) < 0)
		return -1;
	return give_trust(t->server, conf, false, e);
}

/* Keys are made only when somebody needs them; files are read at once. */
struct tls *tls_new(const struct tls_conf *conf, struct err *e)
{
	struct tls *t = xcalloc(1, sizeof(*t));

	t->conf = *conf;
	if (conf->local) {
		t->local = *conf->local;
		t->conf.local = &t->local;
	}
	hash_init(&t->by_server);
	if (!conf->ca && !conf->cert)
		return t;
	if (make_client(t, conf, e) < 0 || make_server(t, conf, e) < 0) {
		tls_free(t);
		return NULL;
	}
	return t;
}

static SSL_CTX *client_of(struct tls *t)
{
	if (!t->client && make_client(t, &t->conf, NULL) < 0)
		abort();
	return t->client;
}

static SSL_CTX *server_of(struct tls *t)
{
	if (!t->server && make_server(t, &t->conf, NULL) < 0)
		abort();
	return t->server;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	while (t->known.head)
		known_free(container_of(t->known.head, struct known, le));
	hash_fini(&t->by_server);
	SSL_CTX_free(t->client);
	SSL_CTX_free(t->server);
	free(t);
}

/* ---- ends ---- */

static struct tls_end *end_new(struct tls *t, SSL_CTX *ctx, int64_t wall_us)
{
	struct tls_end *x = xcalloc(1, sizeof(*x));

	x->t = t;
	x->ssl = SSL_new(ctx);
	x->in = BIO_new(BIO_s_mem());
	x->out = BIO_new(BIO_s_mem());
	if (!x->ssl || !x->in || !x->out)
		abort();
	SSL_set_bio(x->ssl, x->in, x->out);
	SSL_set_app_data(x->ssl, x);
	X509_VERIFY_PARAM_set_time(SSL_get0_param(x->ssl),
				   (time_t)(wall_us / 1000000));
	return x;
}

struct tls_end *tls_connect(struct tls *t, struct span host,
			    const struct addr *to, int64_t wall_us)
{
	struct tls_end *x = end_new(t, client_of(t), wall_us);
	struct known *k;
	struct addr ip;
	char text[ADDR_TEXT];

	snprintf(x->host, sizeof(x->host), "%.*s", SPAN_ARG(host));
	x->server = xasprintf("%s %s", addr_text(to, text), x->host);
	if (!addr_parse_ip(host, &ip)) /* RFC 6066 section 3: names only */
		SSL_set_tlsext_host_name(x->ssl, x->host);
	k = find_known(t, x->server);
	if (k)
		SSL_set_session(x->ssl, k->session);
	SSL_set_connect_state(x->ssl);
	return x;
}

struct tls_end *tls_accept(struct tls *t, int64_t wall_us)
{
	struct tls_end *x = end_new(t, server_of(t), wall_us);

	SSL_set_accept_state(x->ssl);
	return x;
}

void tls_end_free(struct tls_end *x)
{
	if (!x)
		return;
	/* a session that breaks off is still good to be taken up again */
	SSL_set_shutdown(x->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(x->ssl);
	free(x->server);
	free(x);
}

static void take_out(struct tls_end *x, struct buf *out)
{
	char piece[4096];
	int n;

	while ((n = BIO_read(x->out, piece, sizeof(piece))) > 0)
		buf_add(out, piece, (size_t)n);
}

/* Who signed the peer's certificate is nobody that we know. */
static bool is_of_stranger(long verdict)
{
	return verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
	       verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
	       verdict == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
	       verdict == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
	       verdict == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
}

/* What the user can do about it. */
static void advise(struct tls_end *x, long verdict, bool alerted)
{
	const struct tls_conf *c = &x->t->conf;
	size_t n = strlen(x->why);

	if (c->ca_by && is_of_stranger(verdict))
		snprintf(x->why + n, sizeof(x->why) - n,
			 "; %s names the CAs to trust", c->ca_by);
	else if (c->cert_by && alerted && x->asked && !c->cert && !c->shows)
		snprintf(x->why + n, sizeof(x->why) - n,
			 "; %s gives the certificate that was asked for",
			 c->cert_by);
}

/* "tlsv13 alert certificate required" without what stands before "alert". */
static void explain(struct tls_end *x)
{
	long verdict = SSL_get_verify_result(x->ssl);
	const char *reason = ERR_reason_error_string(ERR_peek_error());
	const char *alert = reason ? strstr(reason, "alert ") : NULL;

	ERR_clear_error();
	if (x->wrong_name)
		snprintf(x->why, sizeof(x->why),
			 "the certificate is not for '%.100s'", x->host);
	else if (verdict != X509_V_OK)
		snprintf(x->why, sizeof(x->why), "%s",
			 X509_verify_cert_error_string(verdict));
	else
		snprintf(x->why, sizeof(x->why), "%s",
			 alert	  ? alert
			 : reason ? reason
				  : "the peer broke off");
	advise(x, x->wrong_name ? X509_V_OK : verdict, alert != NULL);
}

static enum tls_state state_of(const struct tls_end *x)
{
	if (!SSL_is_init_finished(x->ssl))
		return TLS_BEGINS;
	if (x->server && x->asked && !x->told &&
	    SSL_version(x->ssl) == TLS1_3_VERSION)
		return TLS_WAITS;
	return TLS_UP;
}

/* Reads what there is; -1 when nothing more ever comes. */
static int read_plain(struct tls_end *x, struct buf *plain)
{
	char piece[16384];
	int n, why;

	while ((n = SSL_read(x->ssl, piece, sizeof(piece))) > 0) {
		x->told = true;
		buf_add(plain, piece, (size_t)n);
	}
	why = SSL_get_error(x->ssl, n);
	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
		return 0;
	if (why == SSL_ERROR_ZERO_RETURN) {
		x->state = TLS_CLOSED;
	} else {
		explain(x);
		x->state = TLS_FAILED;
	}
	return -1;
}

enum tls_state tls_take(struct tls_end *x, struct span came, struct buf *plain,
			struct buf *out)
{
	ERR_clear_error();
	if (came.n)
		BIO_write(x->in, came.p, (int)came.n);
	if (x->state != TLS_FAILED && x->state != TLS_CLOSED &&
	    read_plain(x, plain) == 0)
		x->state = state_of(x);
	take_out(x, out);
	return x->state;
}

const char *tls_why(const struct tls_end *x)
{
	return x->why;
}

void tls_write(struct tls_end *x, struct span plain, struct buf *out)
{
	ERR_clear_error();
	if (plain.n)
		SSL_write(x->ssl, plain.p, (int)plain.n);
	take_out(x, out);
}

void tls_bye(struct tls_end *x, struct buf *out)
{
	ERR_clear_error();
	if (SSL_is_init_finished(x->ssl) && x->state != TLS_FAILED)
		SSL_shutdown(x->ssl);
	take_out(x, out);
}

bool tls_is_for(const struct tls_end *x, struct span host)
{
	X509 *cert = SSL_get0_peer_certificate(x->ssl);
	char name[HOST];

	if (span_case_is(host, x->host))
		return true;
	snprintf(name, sizeof(name), "%.*s", SPAN_ARG(host));
	return cert_is_for(cert, name);
}

bool tls_is_resumed(const struct tls_end *x)
{
	return SSL_session_reused(x->ssl);
}
