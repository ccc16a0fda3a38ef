/*
 * net/tls.h - TLS between two ends that somebody else connects (OpenSSL)
 *
 * An end takes the bytes that came and gives those that are to be sent, so it
 * works above any stream. Certificates are checked at a time that is handed in,
 * and made in memory for who has none. TLS 1.2 and 1.3 only (BCP 195).
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/addr.h"
#include "core/buf.h"
#include "core/dns.h"
#include "core/err.h"

/* ---- a CA that lives as long as a run, and certificates of it ---- */

struct tls_authority;

/* `wall_us`: now. Its key is made when the first certificate is. */
struct tls_authority *tls_authority_new(int64_t wall_us);
void tls_authority_free(struct tls_authority *a); /* NULL is fine */

/* ---- what one actor has and wants ---- */

enum tls_flaw { TLS_SOUND, TLS_EXPIRED, TLS_SELF_SIGNED, TLS_WRONG_NAME };

struct tls_conf {
	struct tls_authority *authority; /* borrowed; not NULL */
	const char *ca; /* PEM file of who is trusted; NULL: the authority,
			 * and towards servers ... */
	bool system;	/* ... those that the system trusts */
	const char *cert, *key; /* PEM files, chain and private key; NULL: a
				 * certificate of the authority, which servers
				 * show, and clients if `shows` */
	bool shows;
	bool takes_any;	    /* as a client: servers are not checked */
	bool demands;	    /* as a server: a certificate of every client */
	int version;	    /* 12 or 13: that one only; 0: both */
	enum tls_flaw flaw; /* of a certificate that is made */
	const char *name;   /* it is for this host name ... */
	const struct addr *local; /* ... this IP address ... */
	const struct dns *dns;	  /* ... and what leads there; NULL: nothing */
	/* What the user would write to trust a CA and to show a certificate,
	 * such as "--ca FILE": for tls_why. NULL: it is not told. */
	const char *ca_by, *cert_by;
};

enum tls_file { TLS_CA, TLS_CERT, TLS_KEY };

/* Whether the files of `conf` can be used, and go together; its other fields do
 * not matter. -1 with ERR_ENV, and with the one that is at fault. */
int tls_check_files(const struct tls_conf *conf, enum tls_file *which,
		    struct err *e);

struct tls;

/* Files are read now; strings of `conf` are borrowed. NULL with ERR_ENV. */
struct tls *tls_new(const struct tls_conf *conf, struct err *e);
void tls_free(struct tls *t); /* its ends are gone; NULL is fine */

/* ---- one end of a connection ---- */

struct tls_end;

/* `host` is who the server has to be (RFC 5922 section 7): a name or an IP
 * address of its certificate. `wall_us`: now. A session with that server that is
 * remembered is taken up again. */
struct tls_end *tls_connect(struct tls *t, struct span host,
			    const struct addr *to, int64_t wall_us);
struct tls_end *tls_accept(struct tls *t, int64_t wall_us);
void tls_end_free(struct tls_end *x); /* NULL is fine */

enum tls_state {
	TLS_BEGINS, /* the handshake goes on */
	TLS_WAITS,  /* it is done, but the server has not said yet that it likes
		     * our certificate, or does without (TLS 1.3) */
	TLS_UP,
	TLS_CLOSED, /* by the peer, in good order */
	TLS_FAILED
};

/* Takes what came, which may be nothing. Readable bytes are added to `plain`,
 * what is to be sent to `out`, both also when it failed. */
enum tls_state tls_take(struct tls_end *x, struct span came, struct buf *plain,
			struct buf *out);

/* Why it failed: "certificate has expired", and what would help. */
const char *tls_why(const struct tls_end *x);

/* Encrypts into `out`; only when it is up, or waits no longer. */
void tls_write(struct tls_end *x, struct span plain, struct buf *out);

/* Says goodbye, into `out`. */
void tls_bye(struct tls_end *x, struct buf *out);

/* Whether the server's certificate is for this host, too. */
bool tls_is_for(const struct tls_end *x, struct span host);
bool tls_is_resumed(const struct tls_end *x);

#endif
