/*
 * sdp/sdp.h - session descriptions (RFC 8866), line by line
 *
 * Reads tolerantly, keeps every line with its number, and offers the fields
 * that offer/answer (RFC 3264) and SIPREC (RFC 7866 section 7) turn on. Also
 * writes the descriptions that our own actors send.
 */
#ifndef SDP_SDP_H
#define SDP_SDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/addr.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/span.h"
#include "sdp/crypto.h"

enum sdp_dir { SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY, SDP_INACTIVE };

enum { SDP_CODECS = 32, SDP_MEDIA = 32, SDP_MAX = 64 * 1024 };

struct sdp_codec {
	uint8_t pt;	  /* 0..127 */
	char name[32];	  /* encoding name; static types filled in */
	uint32_t rate;	  /* Hz; 0: not known */
	uint8_t channels; /* 1 unless said */
	char *fmtp;	  /* owned; parameters of a=fmtp, or NULL */
};

struct sdp_line {
	struct span text; /* whole line without CRLF, "a=label:1" */
	int number;	  /* from 1 */
};

struct sdp_media {
	char type[16];		 /* "audio", "video" */
	uint16_t port;		 /* 0: refused or removed */
	char proto[24];		 /* "RTP/AVP" */
	struct sdp_codec *codec; /* owned; in the order of the m-line, at
				  * most SDP_CODECS */
	size_t n_codecs;
	struct addr conn; /* c= of the section or the session, with the
				 * m-line's port */
	struct addr rtcp; /* a=rtcp, or conn with port + 1 */
	bool rtcp_mux;
	struct sdp_crypto *crypto; /* owned; a=crypto lines in their order, at
				    * most SDP_CRYPTOS */
	size_t n_cryptos;
	enum sdp_dir dir;      /* of the section, else of the session, else
				 * sendrecv */
	bool has_dir;	       /* said by one of them */
	char label[64];	       /* a=label (RFC 4574), or "" */
	uint32_t ptime;	       /* ms, 0: not said */
	struct sdp_line *line; /* borrowed slice: the m= line and its section */
	size_t n_lines;
};

struct sdp {
	char *text;	       /* owned copy */
	struct sdp_line *line; /* owned; all lines */
	size_t n_lines;
	size_t n_session_lines; /* those before the first m= */
	struct span origin;	/* value of o= */
	struct span sess_id;
	uint64_t version;	 /* o= sess-version */
	struct sdp_media *media; /* owned; at most SDP_MEDIA */
	size_t n_media;
};

/* NULL with ERR_INPUT and "sdp line N: ..." when it cannot be used: no v=0, a
 * line that is not x=..., a bad m= line, too long, too many sections. */
struct sdp *sdp_parse(struct span text, struct err *e);
void sdp_free(struct sdp *s);

const char *sdp_dir_name(enum sdp_dir d);     /* "sendonly" */
enum sdp_dir sdp_dir_reverse(enum sdp_dir d); /* as seen by the peer */
bool sdp_dir_sends(enum sdp_dir d);
bool sdp_dir_receives(enum sdp_dir d);
enum sdp_dir sdp_dir_of(bool sends, bool receives);

/* First line of a section (media >= 0) or the session (-1) that begins with
 * `start` ("a=label:"), or NULL. */
const struct sdp_line *sdp_find(const struct sdp *s, int media,
				const char *start);

const struct sdp_codec *sdp_codec_by_pt(const struct sdp_media *m, uint8_t pt);
/* By name (case folded), rate and channels: RFC 3264 section 6.1. */
const struct sdp_codec *sdp_codec_like(const struct sdp_media *m,
				       const struct sdp_codec *c);

/* Fills name, rate, channels of a static payload type (RFC 3551 section 6);
 * false for others. */
bool sdp_static_codec(uint8_t pt, struct sdp_codec *c);
/* PCMU, PCMA, G722, ... by name: payload type and rate. */
bool sdp_codec_by_name(struct span name, struct sdp_codec *c);

/* ---- answers ---- */

/* Whether `answer` fits `offer` (RFC 3264 section 6): as many m-lines, same
 * media, protocols, directions that fit. -1 with ERR_INPUT: "answer has 1
 * m-line, offer has 2". Direction and protocol faults are reported too but
 * `usable` tells whether media can flow all the same: right number of m-lines
 * and at least one with a port and a common codec. */
int sdp_check_answer(const struct sdp *offer, const struct sdp *answer,
		     bool *usable, struct err *e);

/* ---- writing ---- */

/* What our actors say of one m-line. */
struct sdp_out_media {
	const char *type;  /* "audio" */
	const char *proto; /* NULL: "RTP/AVP" */
	struct addr addr;  /* port 0: refused */
	const struct sdp_codec *codec;
	size_t n_codecs;
	enum sdp_dir dir;
	const char *label; /* NULL: none */
	bool rtcp_mux;
	uint16_t rtcp_port;		/* a=rtcp; 0: not said */
	const struct suite_key *crypto; /* a=crypto lines ... */
	size_t n_cryptos;
	uint32_t crypto_tag; /* ... with tags from this one on */
	uint32_t ptime;	     /* 0: not said */
};

struct sdp_out {
	const char *user; /* o= user name, NULL: "-" */
	uint64_t sess_id, version;
	struct addr addr; /* o= and session c= */
	const char *name; /* s=, NULL: "-" */
	const struct sdp_out_media *media;
	size_t n_media;
};

/* Appends the description, every line ended by CRLF, IP4 or IP6 as the
 * addresses are; a media c= only where it differs from the session's. */
void sdp_write(struct buf *b, const struct sdp_out *out);

#endif
