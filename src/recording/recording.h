/*
 * recording/recording.h - the SRC: a call's recording sessions (RFC 7866)
 *
 * One recording belongs to one call and has one or more instances, side by
 * side, each with its servers, settings and state of its own. An instance
 * hunts for a server that accepts, forks the parties' RTP to it, and ends with
 * the call. The call is told nothing and waits for nothing.
 */
#ifndef RECORDING_RECORDING_H
#define RECORDING_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/span.h"
#include "core/suite.h"
#include "sdp/sdp.h"
#include "sip/session.h"
#include "trace/trace.h"

struct recording;
struct health;

/* What a party sends: one stream of a kind, no more. A second one of audio is a
 * kind of its own. */
enum recording_kind {
	RECORDING_AUDIO,
	RECORDING_VIDEO,
	RECORDING_AUDIO2,
	RECORDING_KINDS
};

enum {
	RECORDING_PARTIES = 2,
	RECORDING_STREAMS = RECORDING_PARTIES * RECORDING_KINDS
};

const char *recording_kind_name(enum recording_kind k); /* "audio2" */
const char *recording_kind_type(enum recording_kind k); /* of m-lines */

enum recording_start {
	RECORDING_AT_SDP, /* as soon as the callee's SDP is known */
	RECORDING_AT_ANSWER,
	RECORDING_MANUAL
};

struct recording_server {
	const char *name; /* in the scenario */
	const char *uri;
	unsigned weight;	/* RECORDING_WEIGHTED */
	struct sip_login login; /* user NULL: the instance's */
};

/* Which server a call's hunt begins with; the others follow in their order,
 * from the first again after the last. */
enum recording_select {
	RECORDING_SEQUENCE,    /* the first one */
	RECORDING_ROUND_ROBIN, /* the next one with every call */
	RECORDING_WEIGHTED,    /* each its share of the calls, evenly mixed */
	RECORDING_ALL	       /* no hunt: each is a recording of its own */
};

/* Where RTCP goes, as far as we may choose. */
enum recording_rtcp {
	RECORDING_RTCP_NEXT, /* the port after that of RTP */
	RECORDING_RTCP_MUX,  /* that of RTP, when the recorder agrees */
	RECORDING_RTCP_NAMED /* another one, in a=rtcp */
};

/* Settings of one instance, named as in the OpenSIPS module; borrowed. NULL
 * and 0: not set. */
struct recording_settings {
	const char *name;
	const struct recording_server *server; /* tried in this order */
	size_t n_servers;
	enum recording_select select;
	const char *skip_failover_codes; /* POSIX extended, case-blind,
						 * unanchored */
	enum recording_start start;
	int64_t answer_within_us;      /* from INVITE to final response */
	int64_t provisional_within_us; /* from INVITE to any response */
	int64_t rtcp_within_us;	       /* RTCP from a recorder so often */
	int64_t keepalive_us;	       /* OPTIONS in the dialog so often */
	int64_t probe_us;	       /* to every server, whoever is called */
	uint32_t session_expires_s;    /* 90 and up */
	struct sip_login login;	       /* user NULL: none */
	struct sip_way way;	       /* to servers whose URI names none */
	enum sip_by_size by_size;
	bool follow_redirects;
	bool refresh_by_update; /* the session timer's */
	bool failover_on_loss;	/* the next server takes over */
	const char *group;
	const char *caller_xml, *callee_xml;
	const char *group_xml, *session_xml;
	const char *media;	   /* IP address for the SDP */
	const char *const *header; /* "Name: value" */
	size_t n_headers;
	bool headers_on_all;
	const char *from_uri, *to_uri;
	struct sip_ua
		*ua; /* with a socket of its own; NULL: recording_conf.ua */
	enum recording_rtcp rtcp;
	bool shared_port;	  /* all RTP leaves by the first line's port */
	int64_t rtp_keepalive_us; /* RFC 6263; 15 s and up, 0: none */
	enum suite suite[SUITES]; /* of SRTP, best first ... */
	size_t n_suites;	  /* ... 0: media in clear */
	uint64_t habits;	  /* recording/habit.h; 0: as the RFCs say */
};

struct recording_party {
	const char *id;	  /* "caller" */
	const char *uri;  /* as the call said it */
	const char *aor;  /* without port and parameters */
	const char *name; /* or NULL */
};

/* An event was added to the trace. */
typedef void(recording_event_h)(const struct trace_event *ev, void *arg);

struct recording_conf {
	struct sip_ua *ua; /* of the SRC, made by recording_agent */
	struct wire *wire;
	struct loop *loop;
	struct trace *trace;
	struct ids *ids;
	struct rng *rng;
	const struct dns *dns; /* names of hosts; may be NULL */
	int call;	       /* number in the trace */
	const char *call_id;   /* of the recorded dialog */
	const char *dlg_id;
	struct recording_party party[RECORDING_PARTIES];
	struct health *health; /* of servers, or NULL (recording/health.h) */
	const struct recording_settings *instance;
	size_t n_instances;
	recording_event_h *event; /* may be NULL */
	/* When what the parties send now was said, us since 1970; NULL: now. */
	int64_t (*wall_us)(void *arg);
	void *arg;
};

/* The user agent that recordings of any number of calls share: +sip.src in
 * the Contact (RFC 7866 section 6.1.1). `conf` gives loop, wire, trace, ids,
 * rng, local; the rest is filled in. */
struct sip_ua *recording_agent(const struct sip_ua_conf *conf, struct err *e);

/* `conf` is copied, what it points to is borrowed for the life of the
 * recording. NULL with ERR_SCENARIO for a bad skip_failover_codes. */
struct recording *recording_new(const struct recording_conf *conf,
				struct err *e);
/* NULL is fine; silent, but for what is still asked for. */
void recording_free(struct recording *r);

/* ---- what the call does ---- */

/* One stream of the call, as it is agreed on. */
struct recording_media {
	int party;
	enum recording_kind kind;
	const struct sdp_codec *codec; /* what the party sends comes first */
	size_t n_codecs;
	uint32_t ptime;	  /* ms, 0: not said */
	enum sdp_dir dir; /* of the party: recvonly sends nothing */
};

/* Who a party is now: the same one under another name, or somebody else, who
 * is a participant with a stream of its own. Told with the media that is known
 * or changed next. */
void recording_party(struct recording *r, int party,
		     const struct recording_party *now, bool other);
/* Both sides of the media are known: instances that wait for it begin. The
 * call began at `began_us` (1970, UTC). `media`: the streams there are. A
 * stream has an m-line of its own towards each recorder; they stand in the
 * order in which the streams came to be known, and are labelled so. */
void recording_media_known(struct recording *r,
			   const struct recording_media *media, size_t n,
			   int64_t began_us);
/* A re-INVITE, or an UPDATE, of the call was accepted. What is different now,
 * names too, goes to every recorder in one exchange; those that are being
 * hunted for get it in the next INVITE, or right after they accepted. A stream
 * that is not in `media` is gone, and may come back: then it is the same stream
 * again. */
void recording_media_changed(struct recording *r,
			     const struct recording_media *media, size_t n,
			     bool by_update);
void recording_answered(struct recording *r);
/* A packet of a party came through. */
void recording_rtp(struct recording *r, int party, enum recording_kind kind,
		   const void *p, size_t n);
/* Ends what runs (BYE) and what hunts (CANCEL when it may). */
void recording_call_ended(struct recording *r);

/* ---- what the user asks for; `instance` NULL: each of them ---- */

enum recording_verb {
	RECORDING_START,
	RECORDING_PAUSE,
	RECORDING_RESUME,
	RECORDING_STOP,
	RECORDING_UPDATE, /* metadata now (RFC 7866 section 9.1) */
	RECORDING_SEND	  /* a request of the user's in the dialog */
};

enum recording_result {
	RECORDING_OK,	       /* done; of recording_do also: under way */
	RECORDING_NO_INSTANCE, /* no such instance */
	RECORDING_NOT_RECORDING,
	RECORDING_ALREADY, /* start of one that runs or hunts */

	/* How that which was under way can end besides. */
	RECORDING_REFUSED,     /* by the recorder, with a code */
	RECORDING_TIMEOUT,     /* no answer in time */
	RECORDING_UNREACHABLE, /* nobody there */
	RECORDING_UNUSABLE,    /* an answer that cannot be used */
	RECORDING_LOST,	       /* the recorder was lost before it answered */
	RECORDING_CANCELLED,   /* the recording ended before */
	RECORDING_OVERTAKEN,   /* the opposite was asked before it was sent */
	RECORDING_FAILED       /* we could not: no ports, too long a message */
};
const char *recording_result_text(enum recording_result r);

/* Answers at once; any verb but RECORDING_SEND. */
enum recording_result recording_do(struct recording *r,
				   enum recording_verb verb,
				   const char *instance);

struct recording_ask {
	enum recording_verb verb;
	const char *instance; /* NULL: each of them */
	bool by_update;	      /* UPDATE: in an UPDATE instead of a re-INVITE */
	bool outside;	      /* SEND: in no dialog, and at once */
	unsigned wrong;	      /* SEND: SIP_WRONG_TAG, SIP_WRONG_CSEQ */
	bool rekey;	      /* UPDATE: with other keys of SRTP */
	/* SEND, borrowed for the life of the recording */
	const char *method;
	const char *const *header; /* "Name: value" */
	size_t n_headers;
	const char *type; /* of the body; NULL: none */
	struct span body;
};

struct recording_outcome {
	enum recording_result result;
	int code; /* of RECORDING_REFUSED */
};

enum { RECORDING_OUTCOME = 40 };
/* "ok", "refused 488"; the text may be put into `text`. */
const char *recording_outcome_text(struct recording_outcome o,
				   char text[RECORDING_OUTCOME]);

/* How it went: once for each recording_ask, maybe before that returns, and at
 * the latest from recording_free. Of several instances: of all when they agree,
 * else of the first that did not do it. */
typedef void(recording_done_h)(struct recording_outcome o, void *arg);

/* What cannot be done yet waits: for the outcome of the hunt, for the exchange
 * that is open in the dialog. */
void recording_ask(struct recording *r, const struct recording_ask *ask,
		   recording_done_h *done, void *arg);

/* ---- what the world asks ---- */

/* A hunt or session of this recording still under way. */
bool recording_busy(const struct recording *r);

/* No hunt goes on, and no recorder has yet to hear of a change of the call. */
bool recording_is_settled(const struct recording *r);

/* What did not end as it should, for scenarios without checks: "recording
 * 'default': no server accepted it (vault: 486 Busy Here)"; NULL when all is well. */
const char *recording_disorder(const struct recording *r);

#endif
