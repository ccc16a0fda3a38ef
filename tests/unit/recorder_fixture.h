/* A recorder on the simulated wire, and an SRC that talks to it. */
#ifndef RECORDER_FIXTURE_H
#define RECORDER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/xalloc.h"
#include "media/codec.h"
#include "media/rtcp.h"
#include "media/source.h"
#include "meta/meta.h"
#include "recorder/recorder.h"
#include "sdp/sdp.h"
#include "sip/mime.h"
#include "sip/session.h"

#define MS INT64_C(1000)
#define SECOND INT64_C(1000000)

#define SRC_HEADERS "Require: siprec\r\n"

struct fix {
	struct loop *loop;
	struct trace *trace;
	struct ids *ids;
	struct rng rng;
	struct wire *wire;
	struct recorder_conf conf;
	struct recorder *r;
	struct sip_ua *src;
	struct sip_session *session;
	struct flow *media; /* sends RTP, takes RTCP */
	struct timer stop;
	char dir[64]; /* "" until wanted */

	/* what the SRC saw */
	int progress; /* newest 1xx */
	int final;    /* of the INVITE */
	int64_t progress_us, final_us;
	enum sip_outcome outcome;
	bool ended;
	char *answer; /* whole text of the 2xx, or the failure */
	char *change; /* of the newest change */
	int change_code;
	struct rtcp_seen rtcp;
	unsigned n_rtcp;
	bool refused; /* RTP came back */

	/* what the recorder told: "kind text\n" */
	struct buf told;
	uint64_t packets, lost; /* of the newest "ended" */
};

static inline void keep(char **at, struct span text)
{
	free(*at);
	*at = span_dup(text);
}

static inline void fix_progress(struct sip_session *s, const struct sip_view *v,
				void *arg)
{
	struct fix *f = arg;

	(void)s;
	f->progress = v->code;
	f->progress_us = loop_now(f->loop);
}

static inline void fix_answered(struct sip_session *s, const struct sip_view *v,
				void *arg)
{
	struct fix *f = arg;

	(void)s;
	f->final = v->code;
	f->final_us = loop_now(f->loop);
	keep(&f->answer, v->text);
}

static inline void fix_failed(struct sip_session *s,
			      const struct sip_failure *x, void *arg)
{
	struct fix *f = arg;

	(void)s;
	f->final = x->code;
	f->final_us = loop_now(f->loop);
	f->outcome = x->outcome;
	if (x->resp)
		keep(&f->answer, x->resp->text);
}

static inline void fix_ended(struct sip_session *s, enum sip_ended how,
			     void *arg)
{
	struct fix *f = arg;

	(void)s;
	(void)how;
	f->ended = true;
}

static inline void fix_changed(struct sip_session *s, enum sip_outcome o,
			       const struct sip_view *v, void *arg)
{
	struct fix *f = arg;

	(void)s;
	assert_int_equal(o, SIP_FINAL);
	f->change_code = v->code;
	keep(&f->change, v->text);
}

static inline void fix_media(const struct addr *from, const void *p, size_t n,
			     void *arg)
{
	struct fix *f = arg;

	(void)from;
	if (rtcp_parse(p, n, &f->rtcp))
		f->n_rtcp++;
}

static inline void fix_refused(const struct addr *to, const char *why,
			       void *arg)
{
	struct fix *f = arg;

	(void)to;
	(void)why;
	f->refused = true;
}

static inline void fix_event(const struct recorder_event *ev, void *arg)
{
	struct fix *f = arg;

	buf_addf(&f->told, "%s %s\n", ev->kind, ev->text);
	if (strcmp(ev->kind, "ended") == 0) {
		f->packets = ev->packets;
		f->lost = ev->lost;
	}
}

static inline void fix_stop(void *arg)
{
	loop_stop(((struct fix *)arg)->loop);
}

static inline void fix_run(struct fix *f, int64_t us)
{
	timer_after(&f->stop, us);
	loop_run(f->loop);
}

static inline struct fix *fix_new(void)
{
	struct fix *f = xcalloc(1, sizeof(*f));

	f->loop = loop_new(LOOP_VIRTUAL);
	f->trace = trace_new();
	trace_set_classifier(f->trace, sip_classify);
	f->ids = ids_new(1, true);
	rng_init(&f->rng, 1);
	f->wire = wire_sim_new(f->loop, f->trace, &f->rng, MS);
	timer_init(&f->stop, f->loop, fix_stop, f);
	buf_init(&f->told, 64 * 1024);
	f->conf = (struct recorder_conf){.loop = f->loop,
					 .wire = f->wire,
					 .trace = f->trace,
					 .ids = f->ids,
					 .rng = &f->rng,
					 .name = "vault",
					 .ring_us = -1,
					 .bye_after_us = -1,
					 .die_after_us = -1,
					 .event = fix_event,
					 .arg = f};
	return f;
}

/* A directory for its files. */
static inline void fix_want_dir(struct fix *f)
{
	strcpy(f->dir, "/tmp/recorder-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->conf.dir = f->dir;
}

/* Recorder and SRC come up. */
static inline void fix_start(struct fix *f)
{
	struct sip_ua_conf src = {.loop = f->loop,
				  .wire = f->wire,
				  .trace = f->trace,
				  .ids = f->ids,
				  .rng = &f->rng,
				  .name = "src",
				  .user = "src",
				  .contact_params = ";+sip.src"};
	struct flow_conf media = {.kind = FLOW_RTP,
				  .name = "src",
				  .recv = fix_media,
				  .error = fix_refused,
				  .arg = f};

	f->r = recorder_new(&f->conf, NULL);
	assert_non_null(f->r);
	f->src = sip_ua_new(&src, NULL);
	f->media = flow_open(f->wire, &media, NULL);
	assert_true(f->src && f->media);
}

static inline void fix_free(struct fix *f)
{
	sip_session_release(f->session);
	timer_stop(&f->stop);
	recorder_free(f->r);
	sip_ua_free(f->src);
	flow_close(f->media);
	assert_int_equal(wire_flows(f->wire), 0);
	wire_free(f->wire);
	assert_int_equal(loop_timers(f->loop), 0);
	loop_free(f->loop);
	trace_free(f->trace);
	ids_free(f->ids);
	buf_fini(&f->told);
	if (f->dir[0]) {
		char *command = xasprintf("rm -rf %s", f->dir);

		assert_int_equal(system(command), 0);
		free(command);
	}
	free(f->answer);
	free(f->change);
	free(f);
}

/* ---- what the SRC says ---- */

static const char two_lines[] =
	"v=0\r\no=src 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
	"t=0 0\r\n"
	"m=audio 20000 RTP/AVP 18 8 0 101\r\n"
	"a=rtpmap:101 telephone-event/8000\r\na=sendonly\r\na=label:1\r\n"
	"m=audio 20002 RTP/AVP 0\r\na=sendonly\r\na=label:2\r\n";

/* A complete document: alice sends label 1, bob label 2. */
static inline void add_metadata(struct buf *b)
{
	static const char *const s1[] = {"c3RyZWFtMDAwMDAwMDAwMQ=="};
	static const char *const s2[] = {"c3RyZWFtMDAwMDAwMDAwMg=="};
	struct meta_session session = {.id = "c2Vzc2lvbjAwMDAwMDAwMQ==",
				       .start_us = LOOP_EPOCH_US,
				       .associate_us = LOOP_EPOCH_US};
	struct meta_participant p[] = {{.id = "cGFydHkwMDAwMDAwMDAwMQ==",
					.aor = "sip:alice@example.com",
					.associate_us = LOOP_EPOCH_US,
					.send = s1,
					.n_send = 1,
					.recv = s2,
					.n_recv = 1},
				       {.id = "cGFydHkwMDAwMDAwMDAwMg==",
					.aor = "sip:bob@example.com",
					.associate_us = LOOP_EPOCH_US,
					.send = s2,
					.n_send = 1,
					.recv = s1,
					.n_recv = 1}};
	struct meta_stream st[] = {
		{.id = "c3RyZWFtMDAwMDAwMDAwMQ==", .label = "1"},
		{.id = "c3RyZWFtMDAwMDAwMDAwMg==", .label = "2"}};
	struct meta_doc d = {.session = &session,
			     .participant = p,
			     .n_participants = 2,
			     .stream = st,
			     .n_streams = 2};

	assert_int_equal(meta_write(b, &d, NULL), 0);
}

#define MULTIPART "multipart/mixed;boundary=cut"

static inline void add_body(struct buf *b, const char *sdp, bool metadata)
{
	struct buf xml;

	buf_init(&xml, META_MAX);
	mime_add(b, "cut", "Content-Type: application/sdp\r\n", span_of(sdp));
	if (metadata) {
		add_metadata(&xml);
		mime_add(b, "cut",
			 "Content-Type: application/rs-metadata+xml\r\n"
			 "Content-Disposition: recording-session\r\n",
			 buf_span(&xml));
	}
	mime_close(b, "cut");
	buf_fini(&xml);
}

static inline void fix_invite_raw(struct fix *f, const char *headers,
				  const char *type, struct span body)
{
	static const struct sip_session_handlers h = {.progress = fix_progress,
						      .answered = fix_answered,
						      .failed = fix_failed,
						      .ended = fix_ended};
	struct sip_invite inv = {.uri = recorder_uri(f->r),
				 .from = "<sip:src@127.0.0.1>",
				 .to = "<sip:vault@127.0.0.1>",
				 .headers = headers,
				 .content_type = type,
				 .body = body};

	sip_session_release(f->session);
	f->session = sip_session_invite(f->src, &inv, &h, f, NULL);
	assert_non_null(f->session);
	trace_bind_call_id(f->trace, span_of(sip_session_call_id(f->session)),
			   0);
}

static inline void fix_invite(struct fix *f, const char *sdp)
{
	struct buf body;

	buf_init(&body, META_MAX);
	add_body(&body, sdp, true);
	fix_invite_raw(f, SRC_HEADERS, MULTIPART, buf_span(&body));
	buf_fini(&body);
}

/* Answer of the recorder as it can be read; freed by the caller. */
static inline struct sdp *sdp_of(const char *message)
{
	struct sip_view v;
	struct mime m;

	assert_non_null(message);
	assert_true(sip_view(span_of(message), &v));
	assert_int_equal(mime_of(&m, &v, NULL), 0);
	assert_non_null(mime_find(&m, "application/sdp"));
	return sdp_parse(mime_find(&m, "application/sdp")->body, NULL);
}

static inline bool told(const struct fix *f, const char *what)
{
	return strstr(buf_str(&f->told), what) != NULL;
}

/* One packet of 160 octets to the nth line of the answer. */
static inline void fix_rtp(struct fix *f, const struct sdp *answer, size_t line,
			   const struct rtp *r)
{
	uint8_t packet[RTP_MAX];
	size_t n = rtp_write(r, packet);

	assert_int_equal(
		flow_send(f->media, &answer->media[line].conn, packet, n), 0);
}

/* `n` packets of a tone, each 20 ms, from sequence number and timestamp on. */
static inline void fix_tone(struct fix *f, const struct sdp *answer,
			    size_t line, struct rtp at, unsigned n, double hz)
{
	const struct codec *c = codec_find(at.pt == 8 ? "PCMA" : "PCMU");
	struct source *s = source_tone(c, hz);
	int64_t due;
	struct rtp r;
	unsigned i;

	for (i = 0; i < n; i++) {
		assert_true(source_next(s, &due, &r));
		r.seq = (uint16_t)(r.seq + at.seq);
		r.ts += at.ts;
		r.ssrc = at.ssrc;
		r.pt = at.pt;
		fix_rtp(f, answer, line, &r);
		fix_run(f, 20 * MS);
	}
	source_free(s);
}

#endif
