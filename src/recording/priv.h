/*
 * recording/priv.h - what the files of this room share
 */
#ifndef RECORDING_PRIV_H
#define RECORDING_PRIV_H

#include <regex.h>

#include "core/buf.h"
#include "core/list.h"
#include "media/rtp.h"
#include "meta/meta.h"
#include "recording/habit.h"
#include "recording/health.h"
#include "recording/recording.h"
#include "sip/session.h"
#include "media/rtcp.h"

/* ---- fork.c: one stream of RTP on its way to one server ---- */

struct fork;
struct instance;

/* Nobody listens where it sends to; told once for every place. */
typedef void(fork_refused_h)(const struct fork *f, void *arg);

/* The recorder's RTCP says this of our stream; the round trip is -1 when it had
 * no SR to measure by. */
typedef void(fork_report_h)(const struct fork *f, const struct rtcp_block *b,
			    int64_t rtt_us, void *arg);

/* RTCP of the recorder's did not authenticate and is left aside. */
typedef void(fork_forged_h)(const struct fork *f, void *arg);

struct fork_conf {
	struct wire *wire;
	struct loop *loop;
	struct rng *rng;
	struct addr local; /* port 0 */
	struct fork *via;  /* whose port its RTP leaves by; NULL: its own */
	bool rtcp_apart;   /* RTCP not on the next port */
	int64_t alive_us;  /* silent no longer than that; 0: never mind */
	const char *name;  /* of the actor */
	const char *cname; /* SDES CNAME, copied */
	fork_refused_h *refused; /* may be NULL */
	fork_report_h *report;	 /* may be NULL */
	fork_forged_h *forged;	 /* may be NULL */
	/* RTCP came; may be NULL */
	void (*heard)(const struct fork *f, const struct trace_rtcp *seen,
		      void *arg);
	int64_t (*wall_us)(void *arg); /* when what is sent now was said, us
					* since 1970; NULL: now */
	void *arg;
};

/* Opens the pair of ports; nothing is sent before fork_aim. */
struct fork *fork_new(const struct fork_conf *conf, struct err *e);
void fork_free(struct fork *f); /* says RTCP BYE when it had sent anything */
const struct addr *fork_addr(const struct fork *f); /* that SDP names */
/* That its packets come from, until the fork that it shares with is freed. */
const struct addr *fork_source(const struct fork *f);
uint16_t fork_rtcp_port(const struct fork *f);

/* Where it sends from now on and how codecs of the call are numbered there.
 * `offer` and `answer` are the m-sections of the exchange. False: the answer
 * refuses the stream, nothing is sent. */
bool fork_aim(struct fork *f, const struct sdp_media *offer,
	      const struct sdp_media *answer);
void fork_stop(struct fork *f); /* nowhere any more, RTCP neither */
/* No RTP, RTCP goes on. An answer that takes nothing does the same by itself
 * and until the next answer. */
void fork_pause(struct fork *f, bool paused);
void fork_send(struct fork *f, const void *p, size_t n);
const struct addr *fork_dst(const struct fork *f);
/* When the first packet went out since RTCP came, to any fork of the session
 * that fork_was_heard was told of; 0: none did. */
int64_t fork_unheard_us(const struct fork *f);
void fork_was_heard(struct fork *f);
uint32_t fork_ssrc(const struct fork *f); /* of what it sent last */
bool fork_is_taken(const struct fork *f); /* its answer takes packets now */
/* How it is encrypted, or NULL: in clear. */
const char *fork_suite(const struct fork *f);
/* Forgets keys and counters: a session with somebody else begins. */
void fork_unseal(struct fork *f);
/* Codec that the answer chose, or NULL when refused. */
const struct sdp_codec *fork_codec(const struct fork *f);
/* Packets that could not go because the answer has no such codec. */
uint64_t fork_unfit(const struct fork *f);

/* ---- streams.c: of the call, and their m-lines at one recorder ---- */

/* A stream that the call has, or had: its number and label stay its own. */
struct stream {
	int party;
	enum recording_kind kind;
	char label[8];		 /* its number, from 1 */
	bool live;		 /* the call has it now */
	struct sdp_codec *codec; /* owned */
	size_t n_codecs;
	uint32_t ptime;
	enum sdp_dir dir; /* of the party in the call */
};

/* Where the streams stand in the SDP of a session. No line moves or goes away
 * (RFC 3264 section 8), and some may be the recorder's. */
struct lines {
	size_t n;			    /* m-lines */
	size_t of[RECORDING_STREAMS];	    /* NO_LINE: none yet */
	bool up[RECORDING_STREAMS];	    /* it has a port */
	bool unwanted[RECORDING_STREAMS];   /* the recorder took it away */
	bool impossible[RECORDING_STREAMS]; /* and refused all for it */
};

#define NO_LINE SIZE_MAX

/* RFC 7022 section 4.2: 96 bits in hex that say nothing, and a NUL. */
enum { CNAME = 25 };

/* Takes over what the call has now; false when that is no news. */
bool streams_take(struct recording *r, const struct recording_media *media,
		  size_t n);
void streams_fini(struct recording *r);
/* The number of a stream, or -1. */
int streams_find(const struct recording *r, int party,
		 enum recording_kind kind);

/* A session begins: no line has been offered in it. */
void lines_init(struct lines *l);
/* Gives live streams what they lack, ids, forks and lines; one for which there
 * are no ports goes without. False: there is no line at all. */
bool lines_place(struct instance *i);
/* The stream of an m-line, or -1. */
int lines_stream(const struct lines *l, size_t line);
/* Whether a stream is to flow, as far as we and `l` know. */
bool lines_live(const struct instance *i, size_t stream);
/* Whether an m-line of the recorder's may carry a stream. */
bool lines_may_carry(const struct instance *i, const struct stream *s,
		     const struct sdp_media *theirs);
/* The recorder's offer makes the lines of the session what they are in it. */
void lines_follow(struct instance *i, const struct sdp *theirs);
/* i->offer is what is said of them now. */
void lines_said(struct instance *i);
/* It is agreed on. */
void lines_settled(struct instance *i);
/* What the recorder refused with `code` is not the session's. */
void lines_refused(struct instance *i, int code);

void forks_pause(struct instance *i, bool paused);
void forks_stop(struct instance *i);
void forks_rest(struct instance *i); /* those of streams that are gone */
void forks_close(struct instance *i);

/* ---- keys.c: of SRTP ---- */

bool keys_wanted(const struct instance *i);
/* Gives a stream keys unless it has them; one that comes back, other ones. */
void keys_place(struct instance *i, size_t s);
/* A session begins: nothing said to somebody else counts in it. */
void keys_forget(struct instance *i);
/* Other keys in the next offer. */
void keys_renew(struct instance *i);
/* Other keys for the streams that `theirs` moves, in our answer to it. */
void keys_follow(struct instance *i, const struct sdp *theirs);
/* Whether a line of theirs is as secure as ours, no less and no more, and its
 * keys are ones that we can answer. */
bool keys_fit(const struct instance *i, const struct sdp_media *theirs);
/* Puts what is said of them into a line: of an offer, of an answer. */
void keys_offer(const struct instance *i, size_t s, struct sdp_out_media *m);
void keys_answer(const struct instance *i, size_t s,
		 const struct sdp_media *theirs, struct sdp_out_media *m);

/* ---- instance.c ---- */

enum instance_state {
	INSTANCE_IDLE, /* not begun, stopped, or failed */
	INSTANCE_HUNTING,
	INSTANCE_RECORDING
};

enum { ROSTER_PAST = 16 };

/* Who took part and left. */
struct past {
	char id[META_ID];
	struct recording_party who;
	const char *xml; /* borrowed, or NULL */
	int64_t associate_us, disassociate_us;
};

enum { TARGETS_MAX = 10 };

/* Contacts of redirects, in the order in which they are asked. */
struct targets {
	char *uri[TARGETS_MAX];	 /* owned */
	int q[TARGETS_MAX];	 /* in thousandths */
	bool fresh[TARGETS_MAX]; /* of the newest redirect */
	size_t n;
	size_t next; /* those before it were asked */
};

struct instance {
	struct recording *r;
	const struct recording_settings *set;
	enum instance_state state;
	bool wanted; /* begin as soon as the media is known */
	regex_t skip;
	bool has_skip;

	/* hunt */
	size_t first;		/* server that the hunt begins with */
	size_t n;		/* servers that it may try */
	size_t at;		/* how many it is past the first */
	struct targets targets; /* of redirects, while a server has its turn */
	const char *redirect;	/* the one that is asked, or NULL */
	char *early;		/* a reliable 18x with the answer, or NULL */
	size_t early_n;
	int redirects;
	struct trace_attempt *attempt;
	const char *call_id; /* of the newest attempt; the trace's */
	struct sip_session *rs;
	struct timer answer_timer, silence_timer;
	uint32_t ask_s;	   /* Session-Expires of the next INVITE, 0: none */
	uint32_t min_se_s; /* what a 422 asked for, 0: nothing */

	/* what was offered last, and what is agreed */
	struct buf sdp, meta; /* texts */
	struct sdp *offer;    /* or our answer: what i->sdp says */
	struct sdp *wish;     /* newest offer of the recorder, or NULL */
	char session_id[META_ID], stream_id[RECORDING_STREAMS][META_ID];
	char participant_id[RECORDING_PARTIES][META_ID];
	char cname[RECORDING_PARTIES][CNAME];
	struct lines lines;  /* of what was offered last */
	struct lines agreed; /* of the session: what they fall back to */
	bool settled;	     /* what i->sdp says is agreed on */
	uint64_t sdp_id, sdp_version;
	int64_t associate_us;
	int64_t joined_us[RECORDING_PARTIES]; /* who took over, or 0 */
	bool replaced[RECORDING_PARTIES];     /* by somebody else */
	struct past past[ROSTER_PAST];
	size_t n_past;
	struct fork *fork[RECORDING_STREAMS]; /* NULL: not opened yet */
	struct suite_key key[RECORDING_STREAMS][SUITES]; /* of what we send,
							  * as set->suite */
	bool keyed[RECORDING_STREAMS];			 /* it has them */
	bool forged[RECORDING_STREAMS];			 /* and that was told */
	bool want_paused, offered_paused, agreed_paused;
	bool stale;	    /* the call is not as it was offered last */
	bool news;	    /* what was offered last says what changed in it */
	bool answer_due;    /* in the ACK, to the offer of our 2xx */
	bool snapshot;	    /* the recorder asked for all metadata */
	bool refresh;	    /* the session timer asks for a re-INVITE */
	uint32_t expires_s; /* of a session that we refresh, or 0 */
	uint32_t watch_s;   /* of one that the recorder refreshes */
	struct timer change_timer; /* a re-INVITE of ours is open */
	struct timer sync_timer;
	struct timer refresh_timer;
	struct timer alive_timer, rtcp_timer;
	bool alive_open; /* a keep-alive waits for its answer */
	bool begun;	 /* some time, by the user's or the call's wish */
	bool stopped;	 /* and the user stopped it */
	bool hung_up;	 /* by the recorder, and we go on (HABIT_BYE_405) */
	const char *disorder;

	/* what the user asked for */
	struct list verbs;     /* struct verb, open */
	const char *hunted;    /* how the newest attempt ended; the trace's */
	bool updating;	       /* an UPDATE of ours is open */
	int update_tries;      /* that were refused with 491 */
	int64_t not_before_us; /* the next change, after such a 491 */
};

struct recording {
	struct recording_conf conf;
	struct instance *instance;
	size_t n;
	struct stream stream[RECORDING_STREAMS]; /* in order of appearance */
	size_t n_streams;
	/* who they are now; strings of conf or of the trace */
	struct recording_party party[RECORDING_PARTIES];
	bool renamed; /* and that was not told yet */
	uint8_t number[RECORDING_PARTIES][RECORDING_KINDS]; /* of a stream,
							     * from 1 */
	bool known, answered, ended;
	int64_t began_us;
	char *disorder;
};

/* `first`, `n`: which of the settings' servers are its own. */
int instance_init(struct instance *i, struct recording *r,
		  const struct recording_settings *set, size_t first, size_t n,
		  struct err *e);
void instance_fini(struct instance *i);
enum recording_result instance_start(struct instance *i);
enum recording_result instance_pause(struct instance *i, bool paused);
enum recording_result instance_stop(struct instance *i);
void instance_begin(struct instance *i); /* the media is known */
void instance_call_ended(struct instance *i);
/* The nth that the hunt tries, from 0; and the one that it is at. */
const struct recording_server *instance_nth(const struct instance *i, size_t n);
const struct recording_server *instance_at(const struct instance *i);
const char *instance_uri(const struct instance *i);
struct sip_ua *instance_ua(const struct instance *i);
/* The scenario's name of who is asked; of a redirect's target that nobody
 * named, its URI. */
const char *instance_server(const struct instance *i);
void instance_event(struct instance *i, const char *kind, const char *code,
		    const char *reason);
bool instance_has(const struct instance *i, enum recording_habit h);
/* Takes an answer's SDP into the forks; false when it cannot be used. */
bool instance_take_answer(struct instance *i, const struct sip_view *resp,
			  char *why, size_t size);
/* Streams of this party that begin from now on are somebody else's. */
void instance_rebind(struct instance *i, size_t p);
/* Ends `rs` (sip_session_hangup) and lets go of it; `headers_on: all` puts the
 * user's headers on the BYE or CANCEL too. */
void instance_hangup(const struct instance *i, struct sip_session *rs);
/* Points the forks where the recorder's SDP, that goes with i->offer, wants
 * them; the number of streams that can flow. */
size_t instance_aim(struct instance *i, const struct sdp *theirs);

/* Where the packets of a stream go, or nowhere: to see what an exchange
 * changed. */
struct aim {
	struct addr dst;
	bool taken;
};
void instance_aims(const struct instance *i, struct aim at[]);
bool instance_aims_differ(const struct instance *i, const struct aim before[]);

/* From accepted to ended. */
void instance_recording(struct instance *i, const struct sip_view *resp);
void instance_over(struct instance *i); /* forks closed, idle */
/* Forgets what belonged to the session with one recorder. */
void instance_forget_session(struct instance *i);

/* ---- loss.c ---- */

/* The recorder is gone while it recorded (RFC 3261 section 12.2.1.2): the
 * session ends, and `on_loss` says what comes next. `code` may be "". */
void instance_lost(struct instance *i, const char *code, const char *reason);

/* ---- redirect.c ---- */

/* Takes the Contacts of a 3xx, by q, before those that wait; none twice and no
 * more than TARGETS_MAX while one server has its turn. */
void redirect_take(struct instance *i, const struct sip_view *resp);
/* On to the next target; false: there is none. */
bool redirect_next(struct instance *i);
void redirect_forget(struct instance *i);

/* ---- refusal.c ---- */

/* "Service Unavailable; Retry-After: 60": the reason phrase, `why` unless that
 * is NULL, Warning, Unsupported and Retry-After; cut to `size`. */
void refusal_text(const struct sip_view *resp, const char *why, char *out,
		  size_t size);
/* Retry-After, or 0. */
int64_t refusal_retry_us(const struct sip_view *resp);

/* ---- select.c ---- */

/* Where the hunt of call number `call` begins. */
size_t select_first(const struct recording_settings *set, int call);

/* ---- alive.c: signs of life: `keepalive`, `rtcp_within` ---- */

void alive_begin(struct instance *i);
void alive_due(void *arg); /* OPTIONS in the dialog */
void alive_rtcp_due(void *arg);
void alive_heard(void *arg); /* RTCP of the recorder came */

/* ---- hunt.c ---- */

void hunt_begin(struct instance *i);
void hunt_cancel(struct instance *i); /* the call ended or `stop` */
/* Pauses or resumes before the answer (HABIT_SECOND_INVITE). */
void hunt_again(struct instance *i, bool paused);
void hunt_timeout(void *arg);
void hunt_silent(void *arg);
/* The server in use was lost: on to the next one, if there is any. */
void hunt_on(struct instance *i, const char *code, const char *text);

/* ---- dialog.c: handlers of the session once it is up ---- */

extern const struct sip_session_handlers instance_handlers;
void instance_change_late(void *arg); /* no final answer to a re-INVITE */
void instance_sync(void *arg);	      /* brings the RS to what is wanted */

/* Offers what is wanted now, in a re-INVITE or UPDATE. */
void instance_send_change(struct instance *i);
/* The offer made last will have no answer: it counts as never made. */
void instance_unanswered(struct instance *i);
/* `resp` (or an ACK) answers the offer made last. */
void instance_changed(struct instance *i, const struct sip_view *resp);

/* ---- asked.c: requests of the recorder ---- */

void asked_reinvite(struct sip_session *s, const struct sip_view *req,
		    void *arg);
void asked_ack(struct sip_session *s, const struct sip_view *ack, void *arg);
bool asked_request(struct sip_session *s, struct sip_txn *x,
		   const struct sip_view *req, void *arg);
bool asked_bye(struct sip_session *s, struct sip_txn *x,
	       const struct sip_view *req, void *arg);

/* ---- refresh.c: the session timer ---- */

/* What the recorder's 2xx, or its request that we accept, makes of it. A
 * request that does not mention the timer leaves it as it is. */
void refresh_arm(struct instance *i, const struct sip_view *v);
void refresh_due(void *arg);
/* A 422 to our INVITE: true when a longer interval is worth another try (RFC
 * 4028 section 7.3). */
bool refresh_longer(struct instance *i, const struct sip_view *resp);
/* Session-Expires and Min-SE of INVITE and re-INVITE. */
void refresh_add_header(const struct instance *i, struct buf *headers);
/* An interval that we refuse, with 422 and Min-SE: 90. */
bool refresh_too_short(const struct sip_view *req);
void refresh_add_answer(const struct sip_view *req, struct buf *headers);

/* ---- verb.c: what the user asked for, until it is known how it went ---- */

void verb_settle(struct instance *i);	 /* ends what has come to be so */
void verb_written(struct instance *i);	 /* an offer is, with all metadata */
void verb_unwritten(struct instance *i); /* it has to be written again */
void verb_accepted(struct instance *i); /* the offer was, or the first INVITE */
/* Ends what the offer that is open was to bring. */
void verb_refused(struct instance *i, enum recording_result result, int code);
void verb_lost(struct instance *i);
/* Nobody accepted the first INVITE; `attempt`: how the last one ended, or
 * NULL when none could be made. */
void verb_failed(struct instance *i, const char *attempt);
void verb_over(struct instance *i);  /* all that is open ends */
void verb_flush(struct instance *i); /* requests that waited for the dialog */
/* The change that comes next is to be an UPDATE. */
bool verb_by_update(const struct instance *i);
struct recording_outcome verb_outcome(enum sip_outcome o,
				      const struct sip_view *resp);

/* ---- roster.c ---- */

void roster_new_id(struct instance *i, size_t p);
/* The user's block for this party, which is about the one who was there from
 * the beginning. */
const char *roster_xml(const struct instance *i, size_t p);
/* Those who left, up to ROSTER_PAST. */
size_t roster_fill(const struct instance *i, struct meta_participant *out);

/* ---- rs_offer.c ---- */

/* Writes i->sdp (version + 1 when it differs from the last) and i->meta. */
int rs_offer_write(struct instance *i, bool paused, struct err *e);
/* Writes i->sdp as the answer to i->wish. */
int rs_offer_write_answer(struct instance *i, struct err *e);
/* What its m-line is labelled when it lives. */
const char *rs_offer_label(const struct instance *i, size_t stream);
/* False: i->wish wants media, but none that we could send. */
bool rs_offer_can_answer(const struct instance *i);
/* multipart/mixed of both; content_type is "multipart/mixed;boundary=..." */
void rs_offer_body(struct instance *i, struct buf *body, char *content_type,
		   size_t size);
/* Header lines of all that sets up or changes the session: what we can. */
void rs_offer_abilities(const struct instance *i, struct buf *headers);
/* Header lines of INVITE and re-INVITE. */
void rs_offer_headers(struct instance *i, struct buf *headers, bool first);
/* Those of the user, for any request. */
void rs_offer_own_headers(const struct instance *i, struct buf *headers);
char *rs_offer_from(const struct instance *i);
char *rs_offer_to(const struct instance *i, const char *uri);

#endif
