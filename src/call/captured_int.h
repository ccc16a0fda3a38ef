/*
 * call/captured_int.h - what the files of a captured call share
 *
 * captured.c plays it, moment by moment; captured_said.c hears its messages;
 * captured_media.c says what comes of them.
 */
#ifndef CALL_CAPTURED_INT_H
#define CALL_CAPTURED_INT_H

#include "call/call_int.h"
#include "call/overheard.h"
#include "capture/tape.h"
#include "net/way.h"

struct captured {
	struct call *call;
	const struct capture_tape *tape; /* borrowed from the cache */
	size_t pos;			 /* of the moment to come */
	struct timer timer;
	double speed;
	bool hurries;	     /* nobody waits but for what came of a change */
	int64_t late_us;     /* waited for that so far */
	int64_t waits_us;    /* since then; -1: not now */
	int64_t patience_us; /* until then; -1: no change is open */
	bool turned;	     /* the caller of the capture is our callee */
	unsigned turn;	     /* of the leg that is played, from 1 */
	struct overheard *overheard;   /* owned */
	unsigned line[CALL_LINES];     /* m-line that is played; 0: none */
	bool named[CALL_PARTIES];      /* the user says who it is */
	bool renamed[CALL_PARTIES];    /* and that was not told yet */
	char *session[CALL_PARTIES];   /* owned: o= of what it said, or NULL */
	uint32_t shift;		       /* what is added to rewrite a number */
	bool passed_over;	       /* packets of further m-lines: said so */
	struct way *way[CALL_PARTIES]; /* owned: of their media; NULL: good */
};

/* ---- captured_media.c ---- */

/* Whose a moment is, a party of the call. */
int captured_party(const struct captured *d, const struct capture_moment *m);
enum call_kind captured_kind(const struct captured *d,
			     const struct capture_stream *s);
/* Of a leg that the call is not in: not yet, or not any more. */
bool captured_elsewhere(const struct captured *d,
			const struct capture_moment *m);

/* What both have said last is in force: tells those who listen. */
void captured_tell_media(struct captured *d);
/* The same of streams without SIP, of which nobody says when they began: with
 * the first packet they are under way. */
void captured_tell_streams(struct captured *d);

/* ---- captured_said.c ---- */

/* A message is said. */
void captured_message(struct captured *d, const struct capture_moment *m);

#endif
