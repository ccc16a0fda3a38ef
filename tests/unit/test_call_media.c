/* What the parties say: sources, codecs, impairments. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call_fixture.h"
#include "capture/capture.h"
#include "media/codec.h"
#include "media/rtp.h"
#include "media/sound.h"

#define OPUS "pcaps/opus-dynamic.pcap"
#define G722 "pcaps/g722.pcap"
#define PCMU "pcaps/call-pcmu.pcap"

static struct fixture f;

static void set_pcap(int party, const char *path)
{
	struct call_source *s = &f.conf.party[party].source;

	memset(s, 0, sizeof(*s));
	s->kind = CALL_PCAP;
	s->path = path;
}

static const char *offer_text(void)
{
	static char text[2048];
	const struct trace_sip *m;
	struct sip_view v;
	size_t i = 0;

	assert_true(trace_call_sip(f.trace, 0, &i, &m));
	assert_true(sip_view(m->text, &v));
	snprintf(text, sizeof(text), "%.*s", SPAN_ARG(v.body));
	return text;
}

static void check_heard_tone(int party, double hz)
{
	const struct codec *c = codec_find("PCMU");
	struct sound_facts facts;
	struct sound s = {NULL, 0, 8000};
	struct rtp r;
	size_t i;

	s.pcm = malloc(f.n_heard[party] * 160 * sizeof(*s.pcm));
	for (i = 0; i < f.n_heard[party]; i++) {
		const struct heard *h = &f.heard[party][i];

		assert_true(rtp_parse(h->bytes, h->n, &r));
		codec_decode(c, (const uint8_t *)r.payload.p, r.payload.n,
			     s.pcm + s.n);
		s.n += r.payload.n;
	}
	sound_analyse(&s, hz, &facts);
	free(s.pcm);
	assert_true(facts.tone > 0.95);
}

static void test_media_tones(void **state)
{
	const struct call_media *m;

	(void)state;
	fixture_init(&f);
	fixture_run(&f);
	check_heard_tone(CALL_CALLER, 440);
	check_heard_tone(CALL_CALLEE, 660);
	m = call_media(f.call, CALL_CALLER, CALL_AUDIO);
	assert_int_equal(m->n_codecs, 2);
	assert_string_equal(m->codec[0].name, "PCMU");
	assert_int_equal(m->codec[0].pt, 0);
	assert_string_equal(m->codec[1].name, "PCMA");
	assert_int_equal(m->dir, SDP_SENDRECV);
	assert_int_equal(m->ptime, 20);
	fixture_fini(&f);
}

static void test_media_second_codec(void **state)
{
	static const char *const codecs[] = {"opus", "PCMA"};
	struct rtp r;

	(void)state;
	fixture_init(&f);
	f.conf.codec = codecs;
	fixture_run(&f);
	/* the first that we can encode; it leads what the party agreed to */
	assert_string_equal(
		call_media(f.call, CALL_CALLER, CALL_AUDIO)->codec[0].name,
		"PCMA");
	assert_string_equal(
		call_media(f.call, CALL_CALLEE, CALL_AUDIO)->codec[1].name,
		"opus");
	assert_true(rtp_parse(f.heard[0][0].bytes, f.heard[0][0].n, &r));
	assert_int_equal(r.pt, 8);
	fixture_fini(&f);
}

static void test_media_silence(void **state)
{
	struct rtp r;
	size_t i;

	(void)state;
	fixture_init(&f);
	f.conf.party[CALL_CALLER].source.kind = CALL_SILENCE;
	fixture_run(&f);
	assert_int_equal(f.n_heard[CALL_CALLER], 50);
	assert_true(rtp_parse(f.heard[0][9].bytes, f.heard[0][9].n, &r));
	for (i = 0; i < r.payload.n; i++)
		assert_int_equal((uint8_t)r.payload.p[i], 0xff);
	fixture_fini(&f);
}

static void check_as_captured(int party, const char *path)
{
	struct capture_streams s;
	int64_t first_us = f.heard[party][0].at_us;
	size_t i;

	assert_int_equal(capture_streams(&s, path, &f.err), 0);
	assert_int_equal(f.n_heard[party], s.at[0].n);
	for (i = 0; i < s.at[0].n; i++) {
		const struct heard *h = &f.heard[party][i];
		const struct capture_rtp_packet *p = &s.at[0].packet[i];

		assert_int_equal(h->n, p->data.n);
		assert_memory_equal(h->bytes, p->data.p, h->n);
		assert_int_equal(h->at_us - first_us, p->at_us);
	}
	capture_streams_fini(&s);
}

static void test_media_captures_untouched(void **state)
{
	const struct call_media *m;
	const char *offer;

	(void)state;
	fixture_init(&f);
	set_pcap(CALL_CALLER, OPUS);
	set_pcap(CALL_CALLEE, G722);
	f.conf.end_us = 5000000;
	fixture_run(&f);
	check_as_captured(CALL_CALLER, OPUS);
	check_as_captured(CALL_CALLEE, G722);
	offer = offer_text();
	assert_non_null(strstr(offer, "RTP/AVP 111 9 0 8\r\n"));
	assert_non_null(strstr(offer, "a=rtpmap:111 opus/48000/2\r\n"));
	assert_non_null(strstr(offer, "a=fmtp:111 minptime=10;"
				      "useinbandfec=1;stereo=0\r\n"));
	m = call_media(f.call, CALL_CALLER, CALL_AUDIO);
	assert_int_equal(m->n_codecs, 4);
	assert_string_equal(m->codec[0].name, "opus");
	assert_string_equal(m->codec[0].fmtp,
			    "minptime=10;useinbandfec=1;stereo=0");
	m = call_media(f.call, CALL_CALLEE, CALL_AUDIO);
	assert_string_equal(m->codec[0].name, "G722");
	assert_string_equal(m->codec[1].name, "opus");
	fixture_fini(&f);
}

static void test_media_capture_and_tone(void **state)
{
	(void)state;
	fixture_init(&f);
	set_pcap(CALL_CALLER, OPUS);
	fixture_run(&f);
	assert_string_equal(
		call_media(f.call, CALL_CALLEE, CALL_AUDIO)->codec[0].name,
		"PCMU");
	check_heard_tone(CALL_CALLEE, 660);
	fixture_fini(&f);
}

static void test_media_capture_of_named_codec(void **state)
{
	struct rtp r;

	(void)state;
	fixture_init(&f);
	set_pcap(CALL_CALLER, PCMU);
	set_pcap(CALL_CALLEE, PCMU);
	f.conf.party[CALL_CALLEE].source.has_ssrc = true;
	f.conf.party[CALL_CALLEE].source.ssrc = 0xcafe0660;
	fixture_run(&f);
	assert_non_null(strstr(offer_text(), "RTP/AVP 0 8\r\n"));
	assert_true(rtp_parse(f.heard[0][0].bytes, f.heard[0][0].n, &r));
	assert_int_equal(r.ssrc, 0xcafe0440);
	assert_true(rtp_parse(f.heard[1][0].bytes, f.heard[1][0].n, &r));
	assert_int_equal(r.ssrc, 0xcafe0660);
	fixture_fini(&f);
}

/* Named or not, it is offered once, with the parameters of the capture. */
static void test_media_capture_with_parameters(void **state)
{
	static const char *const codecs[] = {"PCMU", "opus"};

	(void)state;
	fixture_init(&f);
	f.conf.codec = codecs;
	set_pcap(CALL_CALLER, OPUS);
	fixture_run(&f);
	assert_non_null(strstr(offer_text(), "RTP/AVP 111 0\r\n"));
	assert_non_null(strstr(offer_text(), "a=fmtp:111 "));
	fixture_fini(&f);
}

static void write_wav(char path[32], size_t n)
{
	struct sound_writer *w;
	int16_t pcm[160];
	size_t i, at = 0;
	int fd;

	snprintf(path, 32, "/tmp/call-XXXXXX.wav");
	fd = mkstemps(path, 4);
	assert_true(fd >= 0);
	close(fd);
	w = sound_writer_open(path, 8000, &f.err);
	assert_non_null(w);
	while (at < n) {
		for (i = 0; i < 160 && at < n; i++, at++)
			pcm[i] = (int16_t)(8000 *
					   sin((double)at * 2 * M_PI / 8));
		sound_writer_add(w, pcm, i);
	}
	sound_writer_close(w);
}

static void test_media_wav(void **state)
{
	char path[32];

	(void)state;
	fixture_init(&f);
	write_wav(path, 4000);
	f.conf.party[CALL_CALLER].source.kind = CALL_WAV;
	f.conf.party[CALL_CALLER].source.path = path;
	fixture_run(&f);
	/* half a second, then nothing */
	assert_int_equal(f.n_heard[CALL_CALLER], 25);
	assert_int_equal(f.heard[0][24].at_us - f.heard[0][0].at_us, 480000);
	check_heard_tone(CALL_CALLER, 1000);
	/* the second call does not need the file */
	unlink(path);
	call_free(f.call);
	fixture_open(&f);
	assert_non_null(f.call);
	fixture_fini(&f);
}

static void test_media_loss(void **state)
{
	const struct trace_rtp *r = NULL;
	size_t i, sent = 0;

	(void)state;
	fixture_init(&f);
	f.conf.party[CALL_CALLER].source.way.loss = 0.2;
	f.conf.end_us = 11000000;
	fixture_run(&f);
	assert_in_range(f.n_heard[CALL_CALLER], 360, 440);
	assert_int_equal(f.n_heard[CALL_CALLEE], 500);
	for (i = 0; i < trace_n_rtp(f.trace); i++) {
		r = trace_rtp_at(f.trace, i);
		sent += r->sent;
	}
	assert_int_equal(sent, f.n_heard[CALL_CALLER] + 500);
	fixture_fini(&f);
}

static void test_media_duplicates(void **state)
{
	(void)state;
	fixture_init(&f);
	f.conf.party[CALL_CALLEE].source.way.duplicate = 1;
	fixture_run(&f);
	assert_int_equal(f.n_heard[CALL_CALLEE], 100);
	fixture_fini(&f);
}

static void test_media_faults(void **state)
{
	static const struct {
		const char *name;
		enum call_source_kind kind;
		const char *path;
		int stream;
		enum err_kind err;
		const char *has;
	} rows[] = {
		{"no wav", CALL_WAV, "/nonexistent.wav", 0, ERR_ENV,
		 "/nonexistent.wav"},
		{"a wav that is none", CALL_WAV, "Makefile", 0, ERR_INPUT,
		 "Makefile: not a sound file"},
		{"no pcap", CALL_PCAP, "/nonexistent.pcap", 0, ERR_ENV,
		 "/nonexistent.pcap"},
		{"a pcap that is none", CALL_PCAP, "Makefile", 0, ERR_INPUT,
		 "Makefile: not a capture file"},
		{"stream not there", CALL_PCAP, PCMU, 3, ERR_SCENARIO,
		 "no stream 3 in " PCMU "; it has: 1 0xcafe0440"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct call_source *s = &f.conf.party[CALL_CALLEE].source;

		print_message("%s\n", rows[i].name);
		fixture_init(&f);
		s->kind = rows[i].kind;
		s->path = rows[i].path;
		s->stream = rows[i].stream;
		fixture_open(&f);
		assert_null(f.call);
		assert_int_equal(f.err.kind, rows[i].err);
		assert_non_null(strstr(f.err.text, "callee: "));
		assert_non_null(strstr(f.err.text, rows[i].has));
		assert_int_equal(trace_n_sip(f.trace), 0);
		fixture_fini(&f);
	}
}

static void test_media_codec_faults(void **state)
{
	static const char *const unknown[] = {"PCMU", "PCMX"};
	static const char *const cannot[] = {"opus", "G722"};

	(void)state;
	fixture_init(&f);
	f.conf.codec = unknown;
	fixture_open(&f);
	assert_null(f.call);
	assert_string_equal(f.err.text, "codec 'PCMX' is not known");
	f.conf.codec = cannot;
	fixture_open(&f);
	assert_null(f.call);
	assert_int_equal(f.err.kind, ERR_SCENARIO);
	fixture_fini(&f);
}

static const char *const with_events[] = {"PCMU", "telephone-event"};

static void on_press(void *arg)
{
	call_dtmf(arg, CALL_CALLEE, "7");
}

/* Of the conf a second after its first packet, and by command. */
static void press_in(const char *const *codec, size_t n)
{
	struct timer t;

	fixture_init(&f);
	f.conf.codec = codec;
	f.conf.n_codecs = n;
	f.conf.party[CALL_CALLER].source.keys = "12";
	f.conf.end_us = 4000000;
	fixture_open(&f);
	assert_non_null(f.call);
	timer_init(&t, f.loop, on_press, f.call);
	timer_after(&t, 2000000);
	call_start(f.call);
	loop_run(f.loop);
}

/* Event packets of a party, in the sequence of its sound. */
static size_t count_events(int party, size_t *first)
{
	struct rtp r, before = {.seq = 0};
	size_t i, n = 0;

	for (i = 0; i < f.n_heard[party]; i++) {
		assert_true(rtp_parse(f.heard[party][i].bytes,
				      f.heard[party][i].n, &r));
		if (i) {
			assert_int_equal(r.seq, (uint16_t)(before.seq + 1));
			assert_int_equal(r.ssrc, before.ssrc);
		}
		if (r.pt == 101 && n++ == 0)
			*first = i;
		before = r;
	}
	return n;
}

static void test_media_keys(void **state)
{
	size_t first = 0;

	(void)state;
	press_in(with_events, 2);
	assert_non_null(strstr(offer_text(), "telephone-event/8000"));
	assert_int_equal(count_events(CALL_CALLER, &first), 14);
	assert_int_equal(first, 49);
	assert_int_equal(count_events(CALL_CALLEE, &first), 7);
	assert_int_equal(trace_n_notes(f.trace), 0);
	fixture_fini(&f);
}

static void test_media_keys_not_agreed(void **state)
{
	size_t first;

	(void)state;
	press_in(with_events, 1);
	assert_int_equal(count_events(CALL_CALLER, &first), 0);
	assert_int_equal(count_events(CALL_CALLEE, &first), 0);
	assert_int_equal(trace_n_notes(f.trace), 1);
	assert_string_equal(trace_note_at(f.trace, 0)->text,
			    "keys are not pressed: the other one takes no "
			    "telephone-event");
	fixture_fini(&f);
}

static void test_media_cut_capture(void **state)
{
	(void)state;
	fixture_init(&f);
	set_pcap(CALL_CALLER, "pcaps/cut.pcap");
	f.conf.end_us = 5000000;
	fixture_run(&f);
	assert_int_equal(f.n_heard[CALL_CALLER], 74);
	assert_int_equal(trace_n_notes(f.trace), 1);
	assert_string_equal(trace_note_at(f.trace, 0)->text,
			    "pcaps/cut.pcap: the file breaks off inside "
			    "packet 153");
	fixture_fini(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_media_tones),
		cmocka_unit_test(test_media_second_codec),
		cmocka_unit_test(test_media_silence),
		cmocka_unit_test(test_media_captures_untouched),
		cmocka_unit_test(test_media_capture_and_tone),
		cmocka_unit_test(test_media_capture_of_named_codec),
		cmocka_unit_test(test_media_capture_with_parameters),
		cmocka_unit_test(test_media_wav),
		cmocka_unit_test(test_media_loss),
		cmocka_unit_test(test_media_duplicates),
		cmocka_unit_test(test_media_faults),
		cmocka_unit_test(test_media_codec_faults),
		cmocka_unit_test(test_media_keys),
		cmocka_unit_test(test_media_keys_not_agreed),
		cmocka_unit_test(test_media_cut_capture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
