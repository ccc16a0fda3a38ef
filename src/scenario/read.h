/*
 * scenario/read.h - the sections of a file, one reader each
 *
 * Each takes the node of its section (NULL: the section is not there) and
 * fills its part of the scenario. They are called in the order in which names
 * come to be known: call, media, srs, src, timeline, expect.
 */
#ifndef SCENARIO_READ_H
#define SCENARIO_READ_H

#include "scenario/fault.h"
#include "scenario/model.h"
#include "scenario/node.h"
#include "scenario/table.h"

void scn_read_call(struct faults *f, const struct node *n, struct scenario *s);
void scn_read_media(struct faults *f, const struct node *n, struct scenario *s);
void scn_read_srs(struct faults *f, const struct node *n, struct scenario *s);
void scn_read_src(struct faults *f, const struct node *n, struct scenario *s);
/* Of `src`, for all that it sends. */
void scn_read_dns(struct faults *f, const struct node *n, struct scenario *s);
void scn_read_edits(struct faults *f, const struct node *n, struct scenario *s);
void scn_read_timeline(struct faults *f, const struct node *n,
		       struct scenario *s);
/* An entry as written, in one line; owned by the caller. */
char *scn_source_of(const struct node *n);
void scn_read_expect(struct faults *f, const struct node *n,
		     struct scenario *s);

/* What several sections say together: the clock, the end of the call. `root`
 * is the document. */
void scn_check_whole(struct faults *f, const struct node *root,
		     struct scenario *s);

/* ---- values.c ---- */

/* Whether requests can go to a SIP URI; a fault when not. */
bool scn_server_uri(struct faults *f, struct scn_place place, const char *text);

/* A file name as the program opens it, seen from the file `from`; owned. */
char *scn_path_of(const char *from, const char *text);

/* ---- read_capture.c: a call out of a capture ---- */

/* `parties` of it: whose an address is. */
void scn_read_seats(struct faults *f, const struct node *n,
		    struct scn_capture *c);
/* All of `call` is read: what has no place beside a capture, and what the
 * capture says. */
void scn_finish_capture(struct faults *f, const struct node *n,
			struct scn_call *c);
/* Keys that only such a call has, in one that is none. */
void scn_check_not_captured(struct faults *f, const struct node *n);
/* Of `media` and `timeline`: what cannot be done to such a call; and how many
 * calls there are. */
void scn_check_captured(struct faults *f, const struct node *root,
			struct scenario *s);

/* A method that some recorder's script sends; one that a step of the timeline
 * sends. */
bool scn_is_scripted(const struct scenario *s, const char *method);
bool scn_is_sent(const struct scenario *s, const char *method);

/* ---- read_verb.c: what is asked of a recording, and its result ---- */

/* The verb asks something of a recording of ours. */
bool scn_verb_asks(const struct scn_step *p);
/* Checks the step `n`, whose verb's value is `verb`; `instance`: what it says
 * of one. */
void scn_check_asked(struct faults *f, const struct node *n,
		     const struct node *verb, const char *instance,
		     const struct scenario *s, struct scn_step *p);
/* Keys that only such a step has, in one that is none. */
void scn_check_not_asked(struct faults *f, const struct node *n);
/* Number of steps with a result. */
size_t scn_results(const struct scenario *s);
/* Makes a check of each, at the front of the scenario's. */
void scn_add_results(struct scenario *s);

/* ---- names ---- */

/* Each is the fault itself when the name points nowhere. */
int scn_name_srs(struct faults *f, const struct node *n,
		 const struct scenario *s, const char *name);
bool scn_name_recorder(struct faults *f, const struct node *n,
		       const struct scenario *s, const char *name);
int scn_name_party(struct faults *f, const struct node *n,
		   const struct scenario *s, const char *id);
bool scn_name_instance(struct faults *f, const struct node *n,
		       const struct scenario *s, const char *name);
bool scn_name_event(struct faults *f, const struct node *n, const char *name);
/* A method, known or not: a word in capitals. */
bool scn_name_method(struct faults *f, const struct node *n,
		     const char *method);
extern const char *const scn_event_names[]; /* ends with NULL */

/* ---- handlers of the tables, each in the file of its section ---- */
scn_read_h scn_read_party, scn_read_codecs, scn_read_listen, scn_read_step_time,
	scn_read_verb, scn_read_check_key, scn_read_events, scn_read_if,
	scn_read_at, scn_read_between, scn_read_udp, scn_read_keys,
	scn_read_ssrc, scn_read_check_ssrc, scn_read_packets, scn_read_code,
	scn_read_step_when, scn_read_flag_order, scn_read_nothing,
	scn_read_block, scn_read_srtp, scn_read_suite, scn_read_script,
	scn_read_srs_codecs, scn_read_script_reply, scn_read_script_headers,
	scn_read_step_codecs, scn_read_video, scn_read_step_video,
	scn_read_connected, scn_read_capture, scn_read_pick, scn_read_speed,
	scn_read_max_gap, scn_read_login, scn_read_guard, scn_read_tls;

/* "Alice <sip:alice@example.com>", a SIP URI or a tel URI. */
void scn_read_name_addr(struct faults *f, const struct node *n,
			struct scn_party *p);

/* Structs that the tables of entries fill: the model's and what is needed to
 * make sense of it. */
struct step_draft {
	struct scn_step step;
	char *by, *to, *instance;
};

struct check_draft {
	struct scn_check check;
	const struct node *only_if; /* borrowed */
};

/* Warns when a pattern of skip_failover_codes matches more than it seems. */
void scn_check_skip_codes(struct scn_strings *warnings, const char *file,
			  struct scn_place place, const char *pattern);

/* telephone-event among the codecs of a call in which keys are pressed. */
void scn_add_events(struct scenario *s);

/* A codec that is relayed, and cannot be made here. */
bool scn_codec_is_relayed(const char *name);

#endif
