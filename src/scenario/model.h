/*
 * scenario/model.h - a scenario, checked and with its defaults filled in
 *
 * What the reader makes of a file and all that the rest of the program knows
 * of it. Plain data: no actors, no YAML. Strings are owned by the scenario.
 * Times are microseconds; SCN_UNSET where the file says nothing and there is
 * no default. In `call` and for `at` they count from the call's first INVITE.
 */
#ifndef SCENARIO_MODEL_H
#define SCENARIO_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCN_UNSET INT64_MIN

/* Where something stands in the scenario file; both from 1. */
struct scn_place {
	int line;
	int col;
};

/* `190..210`, `2..`, `..3`, or one value (min == max). Unit of the key. */
struct scn_range {
	bool set;
	double min; /* -HUGE_VAL when open */
	double max; /* HUGE_VAL when open */
	char *text; /* as written, for reports */
};

struct scn_strings {
	char **at;
	size_t n;
};

/* ---- call ---- */

enum { SCN_CALLER, SCN_CALLEE }; /* the first two parties */

struct scn_party {
	char *id;   /* "caller", "callee", or a name of `parties` */
	char *aor;  /* a SIP, SIPS or tel URI, no brackets */
	char *name; /* display name without quotes, or NULL */
};

/* A call out of a capture. */
struct scn_capture {
	bool wanted;
	char *path;    /* as the program opens it */
	char *call_id; /* which call; NULL: by `index` */
	int index;     /* from 1; default 1 */
	int pair;      /* instead: of streams without SIP, from 1; 0: a call */
	bool legs;     /* the legs of calls are calls */
	double speed;  /* 1: as captured; 0: `max` */
	int64_t start_at_us;
	enum scn_rewrite {
		SCN_REWRITE_NONE,
		SCN_REWRITE_SSRC,
		SCN_REWRITE_TIME
	} rewrite;
	struct scn_seat {
		char *at;  /* IP address, or with a port */
		int party; /* SCN_CALLER, SCN_CALLEE */
	} * seat;
	size_t n_seats;
	bool every; /* `pick: all`: each call that has media */
	/* Filled in by the checker of captures: those, in the order they began
	 */
	struct scn_captured {
		int index; /* 0: none, but */
		int pair;
		int64_t begin_us; /* from the first of them */
		struct scn_party party[2];
	} * one;
	size_t n;
	int64_t longest_us; /* likewise */
	/* Likewise: what the parties are called on
	 * the way, besides the names in `party`. */
	struct scn_alias {
		char *aor;
		int party;
	} * alias;
	size_t n_aliases;
};

struct scn_call {
	struct scn_capture capture; /* not wanted: synthesized. Of the times
				     * below the checker fills in those that
				     * are known */
	struct scn_party *party;
	size_t n_parties;	/* at least 2 */
	int64_t ring_us;	/* 180; SCN_UNSET: none */
	int64_t early_media_us; /* 183 with SDP; SCN_UNSET: none */
	int64_t forked_us;	/* 183 with SDP of another phone; likewise */
	int64_t answer_us;	/* 200 (or `reject`); default 1 s, or 1 s after
				 * a `cancel` */
	int64_t cancel_us;	/* caller's CANCEL; SCN_UNSET: none */
	int64_t end_us;		/* BYE; default 5 s */
	int reject;		/* final code 300..699, 0: none */
	bool ended_by_callee;
	bool late_offer;	    /* INVITE without SDP */
	bool bare_answer;	    /* 200 without SDP, the 183 had it */
	bool reliable;		    /* 180 and 183 get a PRACK */
	struct scn_party connected; /* who answers; aor NULL: the callee */
	struct scn_strings codecs;  /* default PCMU, PCMA */
	struct scn_strings video;   /* default none */
	bool video_refused;	    /* by the callee */
	struct scn_strings headers; /* "Name: value", on the INVITE */
	struct scn_place place;
};

/* ---- media ---- */

enum scn_source {
	SCN_SOURCE_TONE,
	SCN_SOURCE_WAV,
	SCN_SOURCE_PCAP,
	SCN_SOURCE_SILENCE,
	SCN_SOURCE_UDP
};

struct scn_media {
	enum scn_source source;
	double hz;     /* tone */
	char *path;    /* wav, pcap: as the program opens it */
	bool has_ssrc; /* pcap: pick by SSRC ... */
	uint32_t ssrc;
	int stream;  /* ... or by number from 1; 0: the first */
	double loss; /* shares 0..1 of the packets on the way */
	double reorder;
	double duplicate;
	int64_t jitter_us; /* added delay, 0 up to this */
	char *dtmf;	   /* keys, or NULL */
	char *udp;	   /* udp: "ADDR:PORT" of the live socket */
	char *peer; /* udp: the same of whoever is not heard yet, or NULL */
	struct scn_place place;
};

/* ---- src ---- */

enum scn_start { SCN_START_SDP, SCN_START_ANSWER, SCN_START_MANUAL };
enum scn_select {
	SCN_SELECT_SEQUENCE,
	SCN_SELECT_ROUND_ROBIN,
	SCN_SELECT_WEIGHTED,
	SCN_SELECT_ALL
};

/* What the SRC says when it is asked for. */
struct scn_login {
	char *user; /* NULL: none */
	char *password;
};

/* How SIP is carried where a URI says nothing of it. */
enum scn_transport {
	SCN_TRANSPORT_DEFAULT, /* UDP; nobody chose it */
	SCN_TRANSPORT_UDP,
	SCN_TRANSPORT_TCP,
	SCN_TRANSPORT_TLS,
	SCN_TRANSPORT_AUTO /* SRC: UDP, TCP when it is large; recorder: both */
};

/* Certificates of the SRC or of a recorder. */
struct scn_tls {
	char *ca, *cert, *key; /* files, as the program opens them; NULL: the
				* run makes them */
	bool shows;	       /* SRC: a certificate that the run makes */
	bool unchecked;	       /* SRC: whatever a server shows is taken */
	bool demands;	       /* recorder: clients have to show theirs */
	int version;	       /* 12, 13; 0: both */
	enum scn_flaw {
		SCN_SOUND,
		SCN_EXPIRED,
		SCN_SELF_SIGNED,
		SCN_WRONG_NAME
	} flaw; /* recorder: of the certificate that the run makes */
};

/* One entry of `servers`: a recorder of `srs`, or a URI of nobody's. */
struct scn_server {
	char *name; /* name of the `srs` entry, or the URI */
	char *uri;  /* NULL for an embedded recorder */
	int srs;    /* index into scenario.srs, or -1 */
	int weight; /* share of the calls, `select: weighted`; default 1 */
	struct scn_login login; /* instead of the instance's */
	struct scn_place place;
};

/* `srtp` of an instance, or of a recorder. */
enum scn_srtp_mode { SCN_SRTP_TAKEN, SCN_SRTP_REQUIRED, SCN_SRTP_REFUSED };

/* Where RTCP goes; of a recorder, MUX: where it is offered. */
enum scn_rtcp { SCN_RTCP_NEXT, SCN_RTCP_MUX, SCN_RTCP_NAMED };

struct scn_srtp {
	bool on;		   /* said at all */
	struct scn_strings suites; /* best first, each once; of a recorder
				    * empty: all */
	bool clear_signalling;	   /* SRC: keys may go over UDP and TCP */
	enum scn_srtp_mode mode;   /* recorder */
};

/* Settings of one recording instance; `default` when none is named. */
struct scn_instance {
	char *name;
	struct scn_server *server;
	size_t n_servers;
	char *skip_failover_codes; /* NULL: none */
	char *group;
	char *caller_xml, *callee_xml;
	char *media;		    /* address of the media source */
	struct scn_strings headers; /* "Name: value" */
	bool headers_on_all;
	char *socket; /* "udp:ADDR:PORT" of its SIP; NULL: any port */
	char *from_uri, *to_uri;
	char *group_custom_extension;
	char *session_custom_extension;
	enum scn_start start;
	enum scn_select select;
	int64_t answer_within_us; /* default 32 s */
	int64_t provisional_within_us, keepalive_us, session_expires_us;
	int64_t rtcp_within_us, probe_us;
	enum scn_transport transport;
	struct scn_tls tls;
	bool follow_redirects;
	bool refresh_by_update;
	bool failover_on_loss; /* `on_loss: failover` */
	struct scn_login login;
	struct scn_srtp srtp;
	enum scn_rtcp rtcp;
	bool shared_port; /* `source_port: shared` */
	int64_t rtp_keepalive_us;
	struct scn_strings profile; /* rfc, opensips, names of habits */
	struct scn_place place;
};

/* What DNS would say of a name. */
struct scn_record {
	char *name;
	char *text; /* "SRV 10 60 5060 a.example.com" */
};

/* A change to requests of the SRC on their way out. */
struct scn_edit {
	char *of;  /* method, or "re-INVITE" */
	int times; /* the first so many; 0: all */
	bool drop;
	int again;		   /* copies sent right after it */
	struct scn_strings mangle; /* names of sip/edit.h */
	char *replace, *with;	   /* NULL: nothing */
	struct scn_strings headers;
	int longer, shorter; /* octets that Content-Length is off by */
	char *text;	     /* sent instead, or NULL */
	struct scn_place place;
};

/* ---- srs ---- */

enum scn_answer {
	SCN_ANSWER_POLITE, /* 200, recvonly */
	SCN_ANSWER_NEVER,  /* not one response */
	SCN_ANSWER_INACTIVE
};

/* What the SDP of a recorder's request says. */
enum scn_offer {
	SCN_OFFER_DEFAULT, /* same in a re-INVITE, none in others */
	SCN_OFFER_NONE,
	SCN_OFFER_SAME,
	SCN_OFFER_INACTIVE,
	SCN_OFFER_RECVONLY,
	SCN_OFFER_FEWER, /* the last m-line with port 0 */
	SCN_OFFER_CUT,	 /* the last m-line gone */
	SCN_OFFER_MORE,
	SCN_OFFER_MOVED
};

enum { SCN_REPLY_POLITE = 0, SCN_REPLY_NEVER = -1 };

/* One entry of a recorder's script. */
struct scn_line {
	char *when;	  /* method that it takes; NULL: a moment ... */
	int64_t after_us; /* ... so long after each 200 */
	int times;	  /* how often, 1.. */
	int64_t wait_us;  /* before anything is done about the request */
	int reply;	  /* final code 200..699, or SCN_REPLY_ */
	enum scn_answer answer;
	struct scn_strings mangle, headers;
	char *send; /* method, "re-INVITE", or NULL */
	enum scn_offer offer;
	bool snapshot;
	char *body, *type;
	bool wrong_tag, lower_cseq;
	char *require;
};

/* The login that a recorder asks for (RFC 3261 section 22). */
struct scn_guard {
	char *user; /* NULL: none is asked for */
	char *password;
	char *realm;		       /* NULL: the recorder's name */
	struct scn_strings algorithms; /* a challenge each */
	bool proxy;		       /* 407, not 401 */
	bool no_qop;
	int64_t stale_us; /* age at which a nonce is; SCN_UNSET: never */
};

/* A recorder's session timer; SCN_UNSET: none. */
struct scn_timer {
	int64_t expires_us, min_us;
	bool we_refresh;
	enum scn_refresh {
		SCN_REFRESH_INVITE,
		SCN_REFRESH_UPDATE,
		SCN_REFRESH_NEVER
	} by;
};

struct scn_srs {
	char *name;
	char *uri;    /* a real recorder; NULL: embedded */
	char *listen; /* "udp:127.0.0.1:0" */
	bool placed;  /* the file says `listen` */
	enum scn_transport transport;
	struct scn_tls tls;
	enum scn_answer answer;
	int refuse;	      /* final code 300..699, 0: accept */
	char *redirect;	      /* 302 with this Contact, or NULL */
	int64_t ring_us;      /* 180 after; SCN_UNSET: none */
	int64_t wait_us;      /* before the final answer; default 0 */
	int64_t bye_after_us; /* from its 200; SCN_UNSET: never */
	int64_t die_after_us; /* from its 200; SCN_UNSET: never */
	bool reliable;	      /* its 180 waits for a PRACK */
	bool early_answer;    /* a 183 with its SDP instead */
	bool strict;
	struct scn_strings codecs; /* audio that it takes; empty: any */
	bool no_video;		   /* it refuses every line of video */
	struct scn_guard login;
	struct scn_srtp srtp;
	struct scn_timer timer;
	enum scn_rtcp rtcp;
	struct scn_strings mangle; /* ways to spoil its 200 */
	struct scn_line *line;	   /* the script */
	size_t n_lines;
	struct scn_place place;
};

/* ---- timeline ---- */

enum scn_verb {
	SCN_VERB_START,
	SCN_VERB_PAUSE,
	SCN_VERB_RESUME,
	SCN_VERB_STOP,
	SCN_VERB_CANCEL,   /* of the call, by the caller */
	SCN_VERB_BYE,	   /* of the call by a party, or `by` a recorder */
	SCN_VERB_KILL,	   /* a recorder stops existing ... */
	SCN_VERB_REVIVE,   /* ... and comes back at its address */
	SCN_VERB_REINVITE, /* of the call by a party, or `by` a recorder */
	SCN_VERB_UPDATE,   /* of the recording, or `by` a recorder */
	SCN_VERB_OPTIONS,  /* `by` a recorder */
	SCN_VERB_HOLD,	   /* a party silences the other one */
	SCN_VERB_UNHOLD,
	SCN_VERB_MUTE, /* a party is silent */
	SCN_VERB_UNMUTE,
	SCN_VERB_SEND, /* a request of the user's in the recording's dialog */
	SCN_VERB_IDENTITY, /* a party is called something else */
	SCN_VERB_TRANSFER, /* somebody else takes its place */
	SCN_VERB_DTMF	   /* a party presses keys */
};

enum scn_step_time {
	SCN_AT,	   /* time_us from the call's first INVITE */
	SCN_AFTER, /* time_us from the step before */
	SCN_WHEN   /* at an event */
};

struct scn_step {
	enum scn_step_time kind;
	int64_t time_us; /* SCN_AT and SCN_AFTER */
	char *when;	 /* SCN_WHEN: name of an event */
	enum scn_verb verb;
	char *target; /* "recording" (all of them) or an instance (with a result
		       * of its own, also one that there is not); "call"
		       * to cancel; party to say bye; recorder */
	int srs;      /* recorder meant by `by` or target, or -1 */
	/* re-INVITE and UPDATE of a recorder; NONE of a party: no SDP in its
	 * re-INVITE */
	enum scn_offer offer;
	/* of what a party does in the call */
	struct scn_strings codecs; /* offered from now on; empty: as before */
	struct scn_strings video;  /* the same; empty: as before ... */
	bool no_video;		   /* ... or removed */
	bool new_port;		   /* for its media */
	bool by_update;		   /* UPDATE, not INVITE; also of `update` */
	bool rekey;		   /* `update`: with other keys of SRTP */
	struct scn_party to;	   /* identity: aor and name */
	int to_party;		   /* transfer: index into call.party */
	char *keys;		   /* dtmf */
	/* of `send` */
	bool outside;			      /* in no dialog */
	bool send_wrong_tag, send_lower_cseq; /* as in a recorder's script */
	char *method;
	struct scn_strings headers; /* "Name: value" */
	char *body, *type;	    /* NULL: no body */
	char *result;		    /* what a recording makes of it; NULL: it
				     * does not matter */
	char *source;		    /* the entry as written, with a result */
	struct scn_place place;
};

/* ---- expect ---- */

enum scn_check_kind {
	SCN_CHECK_RECORDED_BY,
	SCN_CHECK_ATTEMPTS,
	SCN_CHECK_EVENTS,
	SCN_CHECK_REQUESTS,
	SCN_CHECK_NEVER,
	SCN_CHECK_REPLY,
	SCN_CHECK_RTP,
	SCN_CHECK_AUDIO,
	SCN_CHECK_HEADER,
	SCN_CHECK_QUIET,
	SCN_CHECK_METADATA,
	SCN_CHECK_METADATA_VALID,
	SCN_CHECK_SDP,
	SCN_CHECK_SAME,
	SCN_CHECK_FILES,
	SCN_CHECK_GAP,
	SCN_CHECK_RESULT, /* of a step; made from it, no entry of `expect` */
	SCN_CHECK_RULES
};

/* `{event: start, has: {server: "...", session_id: "..."}}` or a bare name. */
struct scn_event_want {
	char *name;
	struct scn_strings has_key; /* parallel to has_value */
	struct scn_strings has_value;
};

enum scn_at {
	SCN_AT_DEFAULT,
	SCN_AT_START,
	SCN_AT_END,
	SCN_AT_NTH,
	SCN_AT_TIME
};

/* Which of a party's streams. */
enum scn_stream { SCN_STREAM_AUDIO, SCN_STREAM_VIDEO, SCN_STREAM_AUDIO2 };
extern const char *const scn_stream_name[3]; /* "audio" */

enum { SCN_CODES_MAX = 8 };

struct scn_check {
	enum scn_check_kind kind;
	const char *key; /* the check's key as written, a literal */
	struct scn_place place;
	char *source; /* the entry as written, one line, for reports */
	bool unknown; /* it cannot be known of a recorder outside */

	/* What is looked at. Unused ones are NULL, empty or unset. */
	struct scn_strings list;      /* recorded_by (empty: nobody),
					 * attempts ("first timeout", one
					 * blank), requests */
	struct scn_event_want *event; /* events */
	size_t n_events;
	char *subject;		   /* never/reply: method; rtp/audio: recorder;
				 * quiet: recorder; header: name; metadata:
				 * XPath; sdp/same: "offer", "answer" or, for
				 * same, "metadata"; files: glob; gap: party */
	char *path;		   /* files: the glob as the program finds it */
	char *party;		   /* rtp, audio: party of "vault/caller" */
	enum scn_stream stream;	   /* rtp: "vault/caller/video" */
	char *of;		   /* header: method, default INVITE */
	bool by_src;		   /* reply: the SRC's, not the recorder's */
	struct scn_strings to;	   /* recorders it is about; empty: any */
	struct scn_strings across; /* same */
	char *instance;		   /* NULL: any */
	int media;		   /* sdp: m-section from 1; 0: whole */
	enum scn_at at;		   /* metadata, sdp */
	int at_nth;		   /* SCN_AT_NTH: document from 1 */
	int64_t at_us;		   /* SCN_AT_TIME */
	int64_t from_us, until_us; /* quiet: between */
	int64_t within_us;	   /* SCN_UNSET: no bound */
	size_t step;		   /* result: number of the step */

	/* What is wanted of it. */
	char *is;
	struct scn_strings has;
	struct scn_strings has_not; /* `not` */
	char *matches;		    /* POSIX extended, case-blind */
	struct scn_range count;
	struct scn_range code;			 /* reply */
	struct scn_range code_or[SCN_CODES_MAX]; /* others that fit too; the
						    * text of all is in `code`
						    */
	size_t n_code_or;
	char *suite; /* of SRTP, or "none"; NULL: not asked */
	struct scn_range forged, reordered, duplicates;
	struct scn_range packets, loss, jitter, max_gap; /* loss 0..1, us */
	char *codec;
	char *dtmf; /* rtp: the keys that were heard */
	bool has_ssrc;
	uint32_t ssrc;
	bool order; /* `order: true`: no packet out of order */
	bool order_set;
	/* `as_captured`, in place of a range or of `order` */
	bool packets_captured, max_gap_captured, order_captured;
	double hz;    /* audio, files: 0 when no tone is asked for */
	bool silence; /* audio */
	struct scn_range duration; /* files, gap; us */
	bool wanted;		   /* metadata_valid: true or false */
	bool should; /* rules: of a pack also what only should be kept */
};

/* ---- the whole ---- */

enum scn_clock { SCN_CLOCK_AUTO, SCN_CLOCK_VIRTUAL, SCN_CLOCK_REAL };

struct scn_load {
	int calls;	/* 1: no load */
	int concurrent; /* 0: no bound */
	double rate;	/* calls a second; 0: all at once */
};

/* How much a rule binds: what `conform` may be told to look at. */
enum scn_level {
	SCN_LEVEL_NONE,
	SCN_LEVEL_MUST,
	SCN_LEVEL_SHOULD,
	SCN_LEVEL_MAY
};

/* One name and value of the matrix or of vars, as text. */
struct scn_var {
	char *name;
	char *value;
};

struct scenario {
	char *file; /* path as given on the command line */
	char *stem; /* file name without directory and ending, plus
				 * "-value" for each matrix value: names DIR/
				 * of kept files, safe in a file name */
	char *name;
	struct scn_strings tags;
	enum scn_level level;	/* of a check of `conform`, as the next two */
	struct scn_strings rfc; /* ids of the rules it is about */
	bool field;		/* what clients in the field send, no rule */
	struct scn_var *matrix; /* values of this run */
	size_t n_matrix;
	enum scn_clock clock;
	bool seed_set;
	uint64_t seed; /* default 1 */
	struct scn_call call;
	struct scn_media *media; /* one for each party of the call */
	struct scn_instance *instance;
	size_t n_instances;
	struct scn_edit *edit; /* of all that the SRC sends */
	size_t n_edits;
	struct scn_record *dns;
	size_t n_dns;
	struct scn_srs *srs;
	size_t n_srs;
	struct scn_step *step;
	size_t n_steps;
	struct scn_check *check;
	size_t n_checks;
	size_t n_checks_skipped; /* left out by `if:` in this run */
	struct scn_load load;
	struct scn_strings warnings; /* "file:line:col: ...", not faults */
	bool challenges_pass;	     /* `reply` looks past a 401 or 407 that was
			       * answered with a login */
	char *skip; /* why it is not run, or NULL (scenario/outside.h) */
};

/* The clock it runs on: `asked` unless that is auto, then the file's choice,
 * then virtual when every party and recorder is embedded, else real. */
enum scn_clock scenario_clock(const struct scenario *s, enum scn_clock asked);

/* A party of a capture that names nobody has a name all the same. */
void scn_fill_party(struct scn_party *party, int p);
/* Puts a name that a party goes by into a captured call; copies it. */
void scn_alias_add(struct scn_capture *c, int party, const char *aor);

void scn_strings_add(struct scn_strings *s, const char *text);
bool scn_strings_has(const struct scn_strings *s, const char *text);
void scn_strings_fini(struct scn_strings *s);

/* Whether a check is about files that lie anywhere, for it names a folder or a
 * recorder stands outside. */
bool scenario_reads_disk(const struct scenario *s, const struct scn_check *c);

/* Whether a party's media comes from outside. */
bool scenario_is_live(const struct scenario *s);

/* The files that it reads, one after the other from 0: its own, then captures
 * and sounds, as the program opens them. NULL after the last; borrowed. */
const char *scenario_input(const struct scenario *s, size_t i);

/* Index of an embedded or external recorder by name, or -1. */
int scenario_srs(const struct scenario *s, const char *name);

/* Whether the file wants an IPv4 address of an actor of ours or of a server, so
 * that it cannot be run on IPv6. */
bool scenario_names_ipv4(const struct scenario *s);

/* When the last thing that the file itself times is over: end of the call,
 * last `at` step, and all `after` steps one after the other. */
int64_t scenario_length_us(const struct scenario *s);

void scenario_free(struct scenario *s); /* NULL is fine */

#endif
