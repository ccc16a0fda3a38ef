/* The script: what a recorder does about requests, and at its moments. */
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "recorder/rec.h"
#include "sip/print.h"

enum { HEADERS_MAX = 16384 };

/* A request that waits for what is done about it, or that gets no answer. */
struct held {
	struct le le;
	struct rec_session *session;
	struct sip_txn *x; /* NULL: the session's re-INVITE, or an ACK */
	const struct recorder_line *line;
	struct timer timer;
};

/* ---- lines ---- */

const struct recorder_line *rec_script_take(const struct recorder *r,
					    unsigned *used, struct span when)
{
	size_t i;

	for (i = 0; i < r->conf.n_lines; i++) {
		const struct recorder_line *line = &r->conf.line[i];

		if (!line->when || !span_is(when, line->when) ||
		    used[i] >= line->times)
			continue;
		used[i]++;
		return line;
	}
	return NULL;
}

char *rec_script_headers(const struct recorder_line *line, const char *more)
{
	struct buf b;
	size_t i;

	buf_init(&b, HEADERS_MAX);
	if (more)
		buf_add_str(&b, more);
	for (i = 0; line && i < line->n_headers; i++)
		buf_addf(&b, "%s\r\n", line->header[i]);
	if (line && line->require)
		buf_addf(&b, "Require: %s\r\n", line->require);
	return b.p ? buf_steal(&b) : NULL;
}

static bool is_for(const struct recorder_line *line, const char *when)
{
	return strcmp(line->when, when) == 0;
}

/* ---- requests that wait ---- */

static void held_free(struct held *h)
{
	timer_stop(&h->timer);
	list_unlink(&h->le);
	free(h);
}

static void hold(struct rec_session *s, struct sip_txn *x,
		 const struct recorder_line *line, int64_t us, timer_h *due)
{
	struct held *h = xcalloc(1, sizeof(*h));

	h->session = s;
	h->x = x;
	h->line = line;
	list_append(&s->held, &h->le);
	timer_init(&h->timer, s->recorder->conf.loop, due, h);
	timer_after(&h->timer, us);
}

/* The peer hung up; it may have got no answer. */
static void end(struct rec_session *s)
{
	struct sip_session *sip = s->sip;

	rec_tell(s, "bye", "the client hung up");
	rec_session_free(s);
	sip_session_drop(sip);
}

/* Nobody waits for the answer any more. */
static void on_silent(void *arg)
{
	struct held *h = arg;
	struct rec_session *s = h->session;
	bool bye = is_for(h->line, "BYE");

	sip_txn_kill(h->x);
	held_free(h);
	if (bye)
		end(s);
}

/* ---- replies ---- */

static void reply(struct rec_session *s, struct sip_txn *x,
		  const struct recorder_line *line)
{
	bool options = is_for(line, "OPTIONS");
	int code = line->reply;
	char *headers;

	if (code == RECORDER_REPLY_POLITE)
		code = options || is_for(line, "BYE") ? 200 : 405;
	headers = rec_script_headers(line, options || code == 405 ? REC_HEADERS
								  : NULL);
	if (x)
		sip_session_reply(s->sip, x, code, headers, NULL, span_of(""));
	else
		sip_session_reject(s->sip, code, headers);
	free(headers);
}

/* False: a polite reply, which the caller gives, and at once. */
static bool do_reply(struct rec_session *s, struct sip_txn *x,
		     const struct recorder_line *line, bool late)
{
	bool change = is_for(line, "re-INVITE") || is_for(line, "UPDATE");

	if (is_for(line, "ACK"))
		return true;
	if (line->reply == RECORDER_REPLY_NEVER) {
		if (x)
			hold(s, x, line, REC_SILENT_US, on_silent);
		return true;
	}
	if (change && line->reply < 300) {
		rec_change(s, x, line);
		return true;
	}
	if (line->reply == RECORDER_REPLY_POLITE && !late)
		return false;
	reply(s, x, line);
	return true;
}

/* A BYE of ours goes before the reply: both cross. Any reply ends the session
 * for the peer, so it does for us. */
static bool do_bye(struct rec_session *s, struct sip_txn *x,
		   const struct recorder_line *line)
{
	struct sip_ua *ua = s->recorder->ua;

	if (rec_ask_ends(line)) {
		rec_ask(s, line, 0);
		sip_ua_reply(ua, x, line->reply > 0 ? line->reply : 200, NULL);
		return true;
	}
	if (line->send)
		rec_ask(s, line, 0);
	if (line->reply == RECORDER_REPLY_NEVER) {
		hold(s, x, line, REC_SILENT_US, on_silent);
		return true;
	}
	reply(s, x, line);
	end(s);
	return true;
}

static bool perform(struct rec_session *s, struct sip_txn *x,
		    const struct recorder_line *line, bool late)
{
	bool done;

	if (is_for(line, "BYE"))
		return do_bye(s, x, line);
	done = do_reply(s, x, line, late);
	if (line->send)
		rec_ask(s, line, 0);
	return done;
}

static void on_due(void *arg)
{
	struct held *h = arg;
	struct rec_session *s = h->session;
	const struct recorder_line *line = h->line;
	struct sip_txn *x = h->x;

	held_free(h);
	perform(s, x, line, true);
}

/* ---- what comes ---- */

static bool act(struct rec_session *s, struct sip_txn *x, struct span when)
{
	const struct recorder_line *line = rec_script_take(s->recorder, s->used,
							   when);

	if (!line)
		return false;
	if (line->wait_us == 0)
		return perform(s, x, line, false);
	hold(s, x, line, line->wait_us, on_due);
	return true;
}

bool rec_script_do(struct rec_session *s, const char *when)
{
	return act(s, NULL, span_of(when));
}

bool rec_script_request(struct rec_session *s, struct sip_txn *x,
			const struct sip_view *req)
{
	return act(s, x, req->method);
}

/* ---- moments, and the end ---- */

void rec_script_answered(struct rec_session *s)
{
	const struct recorder_conf *conf = &s->recorder->conf;
	size_t i;

	for (i = 0; i < conf->n_lines; i++)
		if (!conf->line[i].when)
			rec_ask(s, &conf->line[i], conf->line[i].after_us);
}

void rec_script_fini(struct rec_session *s)
{
	while (s->held.head) {
		struct held *h = container_of(s->held.head, struct held, le);

		if (h->x)
			sip_txn_kill(h->x);
		held_free(h);
	}
}
