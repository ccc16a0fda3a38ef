/*
 * trace/trace.h - all that happened in a run, in order
 *
 * Actors and wires append, nobody takes away; expectations and reports read
 * the finished trace and never the actors. Times are loop_now microseconds;
 * trace_call()->t0_us turns them into times of a call. Strings and bytes
 * handed in are copied; what is handed out is borrowed until trace_free.
 * Records keep their address for the life of the trace. A trace belongs to one
 * thread.
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/addr.h"
#include "core/span.h"

struct trace;

struct trace *trace_new(void);
void trace_free(struct trace *t);

/* Keep nothing of messages, streams, notes and files from now on, nor names: for
 * a program that runs for ever and has nobody who reads the trace.
 * trace_add_sip and trace_rtp_of give NULL then. */
void trace_forget(struct trace *t);

/* ---- calls: a scenario has one, a load many; numbered from 0 ---- */

struct trace_call {
	int64_t t0_us;	      /* the first INVITE was sent; -1: not yet */
	int64_t answered_us;  /* -1: never */
	int64_t ended_us;     /* -1: never */
	int final;	      /* final code of the INVITE, 0: none */
	bool in_order;	      /* call and recordings ended in good order */
	const char *disorder; /* why not, or NULL */
};

struct trace_call *trace_call(struct trace *t, int call); /* made on demand */

/* NULL: there is no such call. */
const struct trace_call *trace_call_at(const struct trace *t, int call);
int trace_calls(const struct trace *t);

/* A copy of `text` that lives as long as the trace; for `disorder`. */
const char *trace_keep(struct trace *t, const char *text);

/* Messages with this Call-ID, and notes about it, belong to the call, also
 * those already in the trace that belonged to none. */
void trace_bind_call_id(struct trace *t, struct span call_id, int call);

/* The call that a Call-ID belongs to, -1 when none is known. */
int trace_call_of(const struct trace *t, struct span call_id);

/* ---- SIP: a record a datagram ---- */

struct trace_sip {
	size_t order;	    /* place among all records of the trace */
	int64_t sent_us;    /* when it was sent, or arrived from outside */
	int64_t arrived_us; /* -1: lost, nobody there, or an outside peer */
	struct addr src, dst;
	const char *from, *to; /* who: "caller", "src", "vault"; of an address
				 * that has no name the other end of that
				 * Call-ID; else the address in text */
	struct span text;      /* the whole message */
	int call;	       /* -1: of no call that is known */
	bool again;	       /* the same bytes went the same way before */

	/* Filled in by the classifier; empty when it is not SIP. */
	bool request;
	struct span method; /* of the request, or of the CSeq */
	int code;	    /* 0 for requests */
	uint32_t cseq;
	struct span call_id;
};

/* Looks into `m->text` and fills in the fields above; installed once by
 * whoever knows SIP (sip/view.h: sip_classify). */
typedef void(trace_classify_h)(struct trace_sip *m);
void trace_set_classifier(struct trace *t, trace_classify_h *h);

/* Gives an address a name for all records to come, of a flow of ours or of an
 * outside peer. The newest name counts. */
void trace_name_addr(struct trace *t, const struct addr *a, const char *name);

/* NULL: it has none. */
const char *trace_name_of(const struct trace *t, const struct addr *a);

/* NULL: trace_forget. */
struct trace_sip *trace_add_sip(struct trace *t, int64_t now_us,
				const struct addr *src, const struct addr *dst,
				const void *p, size_t n);
void trace_sip_arrived(struct trace_sip *m, int64_t now_us);

size_t trace_n_sip(const struct trace *t);
const struct trace_sip *trace_sip_at(const struct trace *t, size_t i);

/* Messages of one call, in order: start with i = 0, false at the end. */
bool trace_call_sip(const struct trace *t, int call, size_t *i,
		    const struct trace_sip **m);

/* ---- attempts of a hunt (RFC-MATRIX D-fo-*) ---- */

struct trace_attempt {
	size_t order;
	int call;
	const char *instance; /* "default" */
	const char *server;   /* name in the scenario, or the URI */
	const char *uri;      /* where the INVITE went */
	const char *call_id;
	int64_t at_us;
	int64_t ended_us;   /* -1 while open */
	const char *result; /* final code as text, or "timeout",
				 * "unreachable", "malformed", "unusable",
				 * "cancelled"; NULL while open */
	const char *why;    /* reason phrase or explanation, or NULL */
};

struct trace_attempt *trace_add_attempt(struct trace *t, int call,
					int64_t now_us, const char *instance,
					const char *server, const char *uri,
					const char *call_id);
/* It was this server that took it, of those that its URI stands for. */
void trace_attempt_taken(struct trace *t, struct trace_attempt *a,
			 const char *server);
void trace_attempt_end(struct trace *t, struct trace_attempt *a, int64_t now_us,
		       const char *result, const char *why);
size_t trace_n_attempts(const struct trace *t);
const struct trace_attempt *trace_attempt_at(const struct trace *t, size_t i);

/* ---- events of a recording ---- */

struct trace_event {
	size_t order;
	int call;
	int64_t at_us;
	const char *kind;   /* as `events:` lists them: "start", "stop" */
	const char *name;   /* "E_SIPREC_START", "E_SIPREC_STOP", or
				 * "SIPREC_SRC_" and the kind in capitals */
	const char *dlg_id; /* of the recorded call; all six as in the
				 * OpenSIPS module, never NULL */
	const char *dlg_callid;
	const char *callid; /* of the recording dialog */
	const char *session_id;
	const char *server; /* URI */
	const char *instance;
	const char *code;   /* final code or "", where there is one */
	const char *reason; /* or "" */
};

/* Copies all strings of `ev`; `order` is set here. */
const struct trace_event *trace_add_event(struct trace *t,
					  const struct trace_event *ev);
size_t trace_n_events(const struct trace *t);
const struct trace_event *trace_event_at(const struct trace *t, size_t i);

/* ---- what the user asked of a recording, by steps of the timeline ---- */

struct trace_step {
	size_t order;
	int call;
	size_t step; /* number in the scenario, from 0 */
	int64_t at_us;
	int64_t ended_us;   /* -1 while open */
	const char *result; /* "ok", "refused 488"; NULL while open */
};

struct trace_step *trace_add_step(struct trace *t, int call, int64_t now_us,
				  size_t step);
void trace_step_end(struct trace *t, struct trace_step *s, int64_t now_us,
		    const char *result);
size_t trace_n_steps(const struct trace *t);
const struct trace_step *trace_step_at(const struct trace *t, size_t i);

/* ---- RTP: a record a stream, (source, destination, SSRC) ---- */

struct trace_arrival {
	int64_t at_us;
	uint32_t ts;
	uint16_t seq;
	uint16_t size; /* of the RTP packet, octets */
	uint8_t pt;
	uint8_t marker;
};

enum { TRACE_KEYS = 127 }; /* kept of a stream */

/* What every packet touches stands together, at the end. */
struct trace_rtp {
	size_t order;
	struct addr src, dst;
	const char *from, *to; /* whose they were when it began: ports are
				* used again */

	/* From trace_bind_rtp; NULL and -1 for streams of the call itself. */
	const char *server; /* recorder's name */
	const char *party;  /* "caller" */
	const char *media;  /* "audio", "video", "audio2" */
	const char *label;
	const char *instance;
	int call;

	/* What the receiver's RTCP said of it last (RFC 3550 section 6.4.1). */
	bool reported;
	int32_t reported_lost;
	double reported_jitter_us;
	int64_t reported_rtt_us; /* -1: it had no SR to measure by */
	uint64_t rtcp;		 /* packets of it that came, of any kind */
	bool rtcp_bad;		 /* one was no compound packet (RFC 3550 A.2) */
	bool rtcp_cname;	 /* one had a CNAME */
	bool rtcp_astray;	 /* one came from where its RTCP is not taken */
	/* The same of its sender. */
	uint64_t sender_rtcp;
	bool sender_rtcp_bad, sender_rtcp_cname;
	char dtmf[TRACE_KEYS + 1]; /* keys that the receiver heard */

	/* SRTP (RFC 3711): of what it is closed with, and what could not be
	 * opened. */
	const char *suite;    /* NULL: in clear */
	uint64_t forged;      /* packets that did not authenticate */
	uint64_t replayed;    /* that came before, or too late to tell */
	uint64_t rtcp_forged; /* reports of the receiver, likewise */

	struct trace_arrival *log; /* arrivals, when wanted */
	size_t n_log, cap_log;

	uint32_t ssrc;
	uint32_t clock_rate; /* 8000 when not known */
	const char *codec;   /* "PCMU"; "payload type 8" as long as none came
			      * with the type of that codec */
	uint8_t pt;	     /* of the newest packet */
	bool pt_changed;
	uint64_t sent;			     /* 0 for a stream from outside */
	int64_t first_sent_us, last_sent_us; /* -1: none */
	uint64_t received; /* sequence numbers seen, each once */
	uint64_t duplicates;
	uint64_t reordered;	   /* came after a later one */
	uint64_t lost;		   /* gaps of sequence not filled, or, when that
				 * is more, sent less received; a jump of over
				 * 3000 numbers is a restart and no loss. All
				 * that is sent to a peer outside, where nobody
				 * counts arrivals, is "lost": see `first_us` */
	uint64_t octets;	   /* payload octets received, duplicates too */
	int64_t first_us, last_us; /* arrivals; -1: none */
	int64_t max_gap_us;	   /* longest time between two arrivals */
	double jitter_us;	   /* RFC 3550 section 6.4.1, between packets
				 * of one payload type with new timestamps */
};

/* Keep every arrival (24 bytes each) from now on; default off. */
void trace_log_arrivals(struct trace *t, bool on);

/* Times are those of a virtual clock, on which nobody is ever late; default:
 * they are not. */
void trace_exact(struct trace *t, bool on);
bool trace_is_exact(const struct trace *t);

/* Whose a stream is; as in struct trace_rtp. */
struct trace_bind {
	int call;
	const char *instance, *server, *party, *media, *label, *codec;
	uint32_t clock_rate; /* 0: not known */
	uint8_t pt;	     /* the codec's payload type, as agreed */
	const char *suite;   /* of SRTP, or NULL */
};

/* Streams from `src` to `dst` that begin from now on are this party's at this
 * recorder; a recorder may take several recordings at one port. A later bind of
 * the same two replaces it for streams to come. */
void trace_bind_rtp(struct trace *t, const struct addr *src,
		    const struct addr *dst, const struct trace_bind *bind);

/* The stream of a packet, made when it is new; NULL when `p` is no RTP version
 * 2 packet. Callers keep it for the next packet of the same (src, dst) and
 * check `ssrc` themselves. */
struct trace_rtp *trace_rtp_of(struct trace *t, const struct addr *src,
			       const struct addr *dst, const void *p, size_t n);
void trace_rtp_sent(struct trace_rtp *r, int64_t now_us);
void trace_rtp_received(struct trace *t, struct trace_rtp *r, int64_t now_us,
			const void *p, size_t n);

/* The stream, or NULL: no packet of it was seen. */
struct trace_rtp *trace_rtp_find(const struct trace *t, const struct addr *src,
				 const struct addr *dst, uint32_t ssrc);
void trace_rtp_key(struct trace_rtp *r, char key); /* the receiver heard it */

/* A report block of the receiver's came; jitter as it stands in there, -1 for
 * a round trip that is not known. */
void trace_rtp_reported(struct trace_rtp *r, int32_t lost, uint32_t jitter,
			int64_t rtt_us);

/* RTCP of the receiver's came. */
struct trace_rtcp {
	bool bad, cname, astray;
};
void trace_rtp_rtcp(struct trace_rtp *r, const struct trace_rtcp *seen);
/* RTCP of the sender's came. */
void trace_rtp_sender_rtcp(struct trace_rtp *r, const struct trace_rtcp *seen);

size_t trace_n_rtp(const struct trace *t);
const struct trace_rtp *trace_rtp_at(const struct trace *t, size_t i);

/* ---- what the parties of a captured call sent ---- */

/* What the recordings of it can be held against: nobody of ours sent it. */
struct trace_original {
	int call;
	const char *party; /* "caller" */
	const char *media; /* as in struct trace_rtp */
	uint32_t ssrc;
	struct trace_arrival *log; /* every packet; `at_us` on our clock */
	size_t n_log, cap_log;
};

/* A packet goes by; what is no RTP version 2 is left out. A no-op unless
 * arrivals are kept. */
void trace_original(struct trace *t, int call, const char *party,
		    const char *media, int64_t now_us, const void *p, size_t n);
size_t trace_n_originals(const struct trace *t);
const struct trace_original *trace_original_at(const struct trace *t, size_t i);

/* ---- states, notes, files ---- */

enum trace_note_kind { TRACE_STATE, TRACE_NOTE, TRACE_WARNING };

struct trace_note {
	size_t order;
	int call; /* -1: of the run */
	int64_t at_us;
	enum trace_note_kind kind;
	const char *who; /* actor */
	const char *text;
};

void trace_notef(struct trace *t, int call, int64_t now_us,
		 enum trace_note_kind kind, const char *who, const char *fmt,
		 ...) __attribute__((format(printf, 6, 7)));
/* The same about a dialog: of the call that its Call-ID belongs to, or will. */
void trace_dialog_notef(struct trace *t, struct span call_id, int64_t now_us,
			enum trace_note_kind kind, const char *who,
			const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
size_t trace_n_notes(const struct trace *t);
const struct trace_note *trace_note_at(const struct trace *t, size_t i);

enum trace_file_kind {
	TRACE_FILE_AUDIO,
	TRACE_FILE_METADATA,
	TRACE_FILE_PCAP,
	TRACE_FILE_OUTSIDE /* whoever wrote it: a check was about it */
};

struct trace_file {
	enum trace_file_kind kind;
	int call;
	const char *server; /* recorder that wrote it, or NULL */
	const char *party;  /* audio: party or, unknown, the label */
	const char *path;   /* as the program opens it */
};

void trace_add_file(struct trace *t, enum trace_file_kind kind, int call,
		    const char *server, const char *party, const char *path);
size_t trace_n_files(const struct trace *t);
const struct trace_file *trace_file_at(const struct trace *t, size_t i);

#endif
