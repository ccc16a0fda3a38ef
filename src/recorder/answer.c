#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "recorder/rec.h"
#include "sip/mime.h"
#include "sip/print.h"

/* Ways that leave no dialog behind. */
#define MANGLE_NO_DIALOG (MANGLE_GARBAGE | MANGLE_BAD_STATUS | MANGLE_NO_TO_TAG)

static const struct {
	const char *name;
	unsigned bit;
} mangles[] = {
	{"no-sdp", MANGLE_NO_SDP},
	{"one-media", MANGLE_ONE_MEDIA},
	{"ports-zero", MANGLE_PORTS_ZERO},
	{"no-labels", MANGLE_NO_LABELS},
	{"garbage", MANGLE_GARBAGE},
	{"bad-status", MANGLE_BAD_STATUS},
	{"no-to-tag", MANGLE_NO_TO_TAG},
	{"multipart", MANGLE_MULTIPART},
	{"sendrecv", MANGLE_SENDRECV},
	{"no-trying", MANGLE_NO_TRYING},
	{"last-refused", MANGLE_LAST_REFUSED},
	{"echo-key", MANGLE_KEY_ECHO},
	{"in-clear", MANGLE_IN_CLEAR},
	{"unknown-tag", MANGLE_UNKNOWN_TAG},
	{"no-crypto", MANGLE_NO_CRYPTO},
	{"wrong-key", MANGLE_WRONG_KEY},
	{"other-suite", MANGLE_OTHER_SUITE},
	{"two-cryptos", MANGLE_TWO_CRYPTOS},
};

unsigned recorder_mangle_bit(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(mangles) / sizeof(mangles[0]); i++)
		if (strcmp(mangles[i].name, name) == 0)
			return mangles[i].bit;
	return 0;
}

/* ---- the description ---- */

static struct addr line_addr(const struct rec_stream *st,
			     enum recorder_offer offer, unsigned mangle)
{
	if (mangle & MANGLE_PORTS_ZERO || !st->rtp)
		return st->session->local;
	if (offer == RECORDER_OFFER_MOVED && st->next_rtp)
		return *flow_addr(st->next_rtp);
	return *flow_addr(st->rtp);
}

/* What a=rtcp names, or 0: the next port, or the same. */
static uint16_t line_rtcp(const struct rec_stream *st,
			  enum recorder_offer offer)
{
	bool moved = offer == RECORDER_OFFER_MOVED && st->next_rtcp;

	if (!st->session->recorder->conf.rtcp_named || !st->rtcp)
		return 0;
	return flow_addr(moved ? st->next_rtcp : st->rtcp)->port;
}

static enum sdp_dir line_dir(const struct rec_stream *st,
			     enum recorder_offer offer)
{
	if (offer == RECORDER_OFFER_INACTIVE)
		return SDP_INACTIVE;
	return offer == RECORDER_OFFER_RECVONLY ? SDP_RECVONLY : st->dir;
}

static void describe_line(const struct rec_stream *st,
			  enum recorder_offer offer, unsigned mangle,
			  struct suite_key key[REC_CRYPTOS],
			  struct sdp_out_media *m)
{
	memset(m, 0, sizeof(*m));
	m->type = st->type;
	m->proto = st->proto;
	m->addr = line_addr(st, offer, mangle);
	m->codec = st->codecs.codec;
	m->n_codecs = st->codecs.n;
	m->dir = line_dir(st, offer);
	if (st->label[0] && !(mangle & MANGLE_NO_LABELS))
		m->label = st->label;
	m->rtcp_mux = st->mux;
	m->rtcp_port = line_rtcp(st, offer);
	rec_secure_describe(st, offer == RECORDER_OFFER_MOVED, mangle, key, m);
}

/* An m-line of nobody's; the discard port will do (RFC 863). */
static void describe_extra(const struct rec_session *s, struct sdp_out_media *m)
{
	static const struct sdp_codec pcmu = {
		.pt = 0, .name = "PCMU", .rate = 8000, .channels = 1};

	memset(m, 0, sizeof(*m));
	m->type = "audio";
	m->addr = s->local;
	m->addr.port = 9;
	m->codec = &pcmu;
	m->n_codecs = 1;
	m->dir = SDP_RECVONLY;
}

struct rec_stream *rec_stream_last(const struct rec_session *s)
{
	size_t i = s->n_streams;

	while (i > 0 && !s->stream[i - 1]->rtp)
		i--;
	return i > 0 ? s->stream[i - 1] : NULL;
}

static void write_sdp(const struct rec_session *s, enum recorder_offer offer,
		      unsigned mangle, struct buf *b)
{
	struct suite_key key[SDP_MEDIA][REC_CRYPTOS];
	struct sdp_out_media media[SDP_MEDIA + 1];
	struct sdp_out out = {.user = "recorder",
			      .sess_id = s->sess_id,
			      .version = s->version,
			      .addr = s->local,
			      .media = media,
			      .n_media = s->n_streams};
	const struct rec_stream *last = rec_stream_last(s);
	size_t i;

	for (i = 0; i < s->n_streams; i++) {
		describe_line(s->stream[i], offer, mangle, key[i], &media[i]);
		if ((offer == RECORDER_OFFER_FEWER ||
		     mangle & MANGLE_LAST_REFUSED) &&
		    s->stream[i] == last)
			media[i].addr.port = 0;
	}
	if (offer == RECORDER_OFFER_MORE)
		describe_extra(s, &media[out.n_media++]);
	if (offer == RECORDER_OFFER_CUT && out.n_media > 0)
		out.n_media--;
	if ((mangle & MANGLE_ONE_MEDIA) && out.n_media > 1)
		out.n_media = 1;
	sdp_write(b, &out);
}

static bool is_direction(struct span line)
{
	return span_is(line, "a=recvonly") || span_is(line, "a=inactive");
}

static void drop_directions(struct buf *b)
{
	struct span rest, line;
	char *text = xstrndup(buf_str(b), b->n);

	rest = span_from(text, b->n);
	buf_clear(b);
	while (span_line(&rest, &line))
		if (!is_direction(line))
			buf_addf(b, "%.*s\r\n", SPAN_ARG(line));
	free(text);
}

/* RFC 8866 section 5.2: the version counts changes. */
void rec_describe(struct rec_session *s, enum recorder_offer offer,
		  unsigned mangle, struct buf *b)
{
	write_sdp(s, offer, mangle, b);
	if (s->sdp && strcmp(s->sdp, buf_str(b)) != 0) {
		s->version++;
		buf_clear(b);
		write_sdp(s, offer, mangle, b);
	}
	free(s->sdp);
	s->sdp = xstrdup(buf_str(b));
	if (mangle & MANGLE_SENDRECV)
		drop_directions(b);
}

/* ---- the message ---- */

/* The code and header lines that the script wants. */
static int ok_code(const struct rec_session *s)
{
	return s->line && s->line->reply >= 200 ? s->line->reply : 200;
}

static void print(struct rec_session *s, struct buf *b, const char *headers,
		  struct span sdp)
{
	char boundary[48], type[96];
	int code = ok_code(s);
	struct buf body;

	if (s->mangle & MANGLE_NO_SDP) {
		sip_session_print_answer(s->sip, b, code, headers, NULL,
					 span_of(""));
		return;
	}
	if (!(s->mangle & MANGLE_MULTIPART)) {
		sip_session_print_answer(s->sip, b, code, headers,
					 "application/sdp", sdp);
		return;
	}
	mime_boundary(boundary, sizeof(boundary), "recorder", &sdp, 1);
	snprintf(type, sizeof(type), "multipart/mixed;boundary=%s", boundary);
	buf_init(&body, SIP_MAX);
	mime_add(&body, boundary, "Content-Type: application/sdp\r\n", sdp);
	mime_close(&body, boundary);
	sip_session_print_answer(s->sip, b, code, headers, type,
				 buf_span(&body));
	buf_fini(&body);
}

/* Writes `b` anew with the bytes of `old` in it replaced. */
static void replace(struct buf *b, struct span old, const char *by)
{
	struct span all = buf_span(b);
	struct buf out;
	size_t at = (size_t)(old.p - all.p);

	buf_init(&out, SIP_MAX);
	buf_add(&out, all.p, at);
	buf_add_str(&out, by);
	buf_add_span(&out, span_skip(all, at + old.n));
	buf_fini(b);
	*b = out;
}

static void break_message(struct buf *b, unsigned mangle)
{
	struct sip_view v;

	if ((mangle & MANGLE_NO_TO_TAG) && sip_view(buf_span(b), &v))
		replace(b, span_skip(v.to, span_find(v.to, span_of(";tag="))),
			"");
	if (mangle & MANGLE_BAD_STATUS)
		replace(b, span_from(b->p, span_chr(buf_span(b), '\r')),
			"SIP/2.0 999 Beyond All Classes");
	if (mangle & MANGLE_GARBAGE) {
		buf_clear(b);
		buf_add(b, "\x16\x03\x01 this is no SIP\r\n\r\n\0\xff", 24);
	}
}

char *rec_ok_headers(struct rec_session *s, const struct sip_view *req,
		     const struct recorder_line *line)
{
	struct buf b;
	char *all;

	buf_init(&b, 1024);
	buf_add_str(&b, REC_HEADERS);
	rec_expiry_accept(s, req, &b);
	all = rec_script_headers(line, buf_str(&b));
	buf_fini(&b);
	return all;
}

bool rec_answer_send(struct rec_session *s)
{
	char *headers = rec_ok_headers(s, sip_session_invite_view(s->sip),
				       s->line);
	struct buf sdp, text;

	buf_init(&sdp, SDP_MAX);
	buf_init(&text, SIP_MAX);
	rec_describe(s, RECORDER_OFFER_SAME, s->mangle, &sdp);
	print(s, &text, headers, buf_span(&sdp));
	break_message(&text, s->mangle);
	sip_session_answer_raw(s->sip, buf_span(&text));
	buf_fini(&sdp);
	buf_fini(&text);
	free(headers);
	return !(s->mangle & MANGLE_NO_DIALOG);
}
