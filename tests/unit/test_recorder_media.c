#include "recorder_fixture.h"

#include <unistd.h>

#include "media/sound.h"
#include "recorder/names.h"
#include "recorder/track.h"

static struct sdp *establish(struct fix *f, const char *sdp)
{
	fix_invite(f, sdp);
	fix_run(f, 50 * MS);
	assert_int_equal(f->final, 200);
	return sdp_of(f->answer);
}

static void hangup(struct fix *f)
{
	sip_session_hangup(f->session, NULL);
	fix_run(f, 100 * MS);
	assert_true(f->ended);
}

static void read_sound(const struct fix *f, const char *name, struct sound *s)
{
	char *path = xasprintf("%s/%s", f->dir, name);
	struct err e = ERR_INIT;

	if (sound_read(s, path, 0, &e) < 0)
		fail_msg("%s", e.text);
	free(path);
}

static bool has_file(const struct fix *f, const char *name)
{
	char *path = xasprintf("%s/%s", f->dir, name);
	bool there = access(path, R_OK) == 0;

	free(path);
	return there;
}

/* ---- files ---- */

static void test_both_parties_are_heard(void **state)
{
	static const struct {
		const char *file;
		double hz, other;
	} rows[] = {{"vault-alice.wav", 440, 660}, {"vault-bob.wav", 660, 440}};
	struct fix *f = fix_new();
	struct sdp *a;
	size_t i;

	(void)state;
	fix_want_dir(f);
	fix_start(f);
	a = establish(f, two_lines);
	fix_tone(f, a, 0, (struct rtp){.pt = 8, .seq = 65530, .ssrc = 1}, 50,
		 440);
	fix_tone(f, a, 1, (struct rtp){.ts = 0xfffffff0, .ssrc = 2}, 50, 660);
	hangup(f);
	for (i = 0; i < 2; i++) {
		struct sound_facts facts;
		struct sound s;

		read_sound(f, rows[i].file, &s);
		assert_int_equal(s.rate, 8000);
		assert_int_equal(s.n, 8000);
		sound_analyse(&s, rows[i].hz, &facts);
		assert_true(facts.tone > 0.95);
		assert_true(facts.silent < 0.05);
		sound_analyse(&s, rows[i].other, &facts);
		assert_true(facts.tone < 0.05);
		sound_fini(&s);
	}
	assert_true(has_file(f, "vault-1.xml"));
	assert_int_equal(trace_n_files(f->trace), 3);
	for (i = 0; i < 3; i++)
		assert_int_equal(trace_file_at(f->trace, i)->call, 0);
	assert_string_equal(trace_file_at(f->trace, 1)->party, "alice");
	assert_true(told(f, "bye the client hung up"));
	assert_int_equal(f->packets, 50);
	assert_int_equal(f->lost, 0);
	sdp_free(a);
	fix_free(f);
}

static const char *name_party(const char *aor, void *arg)
{
	(void)arg;
	return strcmp(aor, "sip:alice@example.com") == 0 ? "caller" : NULL;
}

/* A second session of the same party does not write over the first. */
static void test_file_names(void **state)
{
	struct fix *f = fix_new();
	struct rtp one = {.ssrc = 1};
	int i;

	(void)state;
	fix_want_dir(f);
	f->conf.party = name_party;
	fix_start(f);
	for (i = 0; i < 2; i++) {
		struct sdp *a = establish(f, two_lines);

		fix_tone(f, a, 0, one, 1, 440);
		fix_tone(f, a, 1, one, 1, 440);
		hangup(f);
		sdp_free(a);
	}
	assert_true(has_file(f, "vault-caller.wav"));
	assert_true(has_file(f, "vault-caller-2.wav"));
	assert_true(has_file(f, "vault-bob-2.wav"));
	assert_true(has_file(f, "vault-2.xml"));
	assert_false(has_file(f, "vault-3.xml"));
	fix_free(f);
}

static void test_label_without_metadata(void **state)
{
	struct fix *f = fix_new();
	struct sdp *a;

	(void)state;
	fix_want_dir(f);
	fix_start(f);
	fix_invite_raw(f, SRC_HEADERS, "application/sdp",
		       span_of("v=0\r\no=s 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
			       "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			       "m=audio 2 RTP/AVP 0\r\na=label:../x y\r\n"
			       "m=audio 4 RTP/AVP 0\r\n"));
	fix_run(f, 50 * MS);
	a = sdp_of(f->answer);
	fix_tone(f, a, 0, (struct rtp){.ssrc = 1}, 1, 440);
	fix_tone(f, a, 1, (struct rtp){.ssrc = 1}, 1, 440);
	assert_true(has_file(f, "vault-label-.._x_y.wav"));
	assert_true(has_file(f, "vault-line-2.wav"));
	sdp_free(a);
	fix_free(f);
}

static void test_name_take(void **state)
{
	static const struct {
		const char *stem, *path;
	} rows[] = {{"v-bob-2", "d/v-bob-2.wav"},
		    {"v-bob", "d/v-bob.wav"},
		    {"v-bob", "d/v-bob-3.wav"},
		    {"v-bob-2", "d/v-bob-2-2.wav"},
		    {"v-bob-3", "d/v-bob-3-2.wav"}};
	struct rec_names n;
	size_t i;

	(void)state;
	rec_names_init(&n);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *path = rec_names_take(&n, "d", rows[i].stem, "wav",
					    false);

		assert_string_equal(path, rows[i].path);
		free(path);
	}
	rec_names_fini(&n);
}

static void test_name_clean(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {{"alice", "alice"},	      {"", "_"},
		    {"../../etc", "_._.._e"}, {"+49 1", "+49_1"},
		    {"a/b", "a_b"},	      {"0123456789", "0123456"}};
	char out[8];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rec_name_clean(span_of(rows[i].in), out, sizeof(out));
		assert_string_equal(out, rows[i].out);
	}
}

/* ---- a track: where sound lies ---- */

/* 160 samples at full level, put at a timestamp and a time. */
struct put {
	uint32_t ssrc, ts;
	int64_t at_ms;
};

static void put_all(const char *path, const struct put *put, size_t n)
{
	struct rec_track *t = rec_track_open(path, 8000, NULL);
	int16_t loud[160];
	size_t i;

	assert_non_null(t);
	for (i = 0; i < 160; i++)
		loud[i] = 20000;
	for (i = 0; i < n; i++)
		rec_track_put(t, put[i].ssrc, put[i].ts, put[i].at_ms * MS,
			      loud, 160);
	rec_track_close(t);
}

static void test_track_places_packets(void **state)
{
	static const struct {
		const char *name;
		struct put put[3];
		size_t n;
		size_t samples;	 /* of the file */
		size_t quiet[2]; /* silent span, from and to */
	} rows[] = {
		{"one", {{1, 7, 0}}, 1, 160, {0, 0}},
		{"in order", {{1, 7, 0}, {1, 167, 20}}, 2, 320, {0, 0}},
		{"lost", {{1, 0, 0}, {1, 320, 40}}, 2, 480, {160, 320}},
		{"late",
		 {{1, 0, 0}, {1, 320, 40}, {1, 160, 41}},
		 3,
		 480,
		 {160, 320}},
		{"again", {{1, 0, 0}, {1, 0, 1}}, 2, 160, {0, 0}},
		{"half late", {{1, 0, 0}, {1, 80, 20}}, 2, 240, {0, 0}},
		{"wrap", {{1, 0xffffffb0, 0}, {1, 80, 20}}, 2, 320, {0, 0}},
		{"pause of 10 s",
		 {{1, 0, 0}, {1, 80000, 1}},
		 2,
		 80160,
		 {160, 80000}},
		{"jump of 31 s",
		 {{1, 0, 0}, {1, 248000, 1000}},
		 2,
		 8160,
		 {160, 8000}},
		{"jump back",
		 {{1, 1000000, 0}, {1, 0, 1000}},
		 2,
		 8160,
		 {160, 8000}},
		{"new source",
		 {{1, 0, 0}, {2, 99, 2000}},
		 2,
		 16160,
		 {160, 16000}},
		{"new source at once",
		 {{1, 0, 0}, {2, 99, 0}, {2, 259, 1}},
		 3,
		 480,
		 {0, 0}},
	};
	char path[] = "/tmp/track-XXXXXX";
	size_t i, k;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sound s;

		print_message("%s\n", rows[i].name);
		put_all(path, rows[i].put, rows[i].n);
		assert_int_equal(sound_read(&s, path, 0, NULL), 0);
		assert_int_equal(s.n, rows[i].samples);
		for (k = 0; k < s.n; k++)
			assert_int_equal(s.pcm[k] == 0,
					 k >= rows[i].quiet[0] &&
						 k < rows[i].quiet[1]);
		sound_fini(&s);
	}
	unlink(path);
}

/* Timestamps of 29 s more a packet would fill a disk in no time. */
static void test_track_is_bounded(void **state)
{
	char path[] = "/tmp/track-XXXXXX";
	int fd = mkstemp(path);
	struct put put[200];
	struct sound s;
	uint32_t i;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (i = 0; i < 200; i++)
		put[i] = (struct put){1, i * 29 * 8000, i};
	put_all(path, put, 200);
	assert_int_equal(sound_read(&s, path, 0, NULL), 0);
	assert_true(s.n > 3000 * 8000 && s.n <= 3601 * 8000);
	sound_fini(&s);
	unlink(path);
}

/* ---- packets ---- */

/* All that is no decodable sound is counted or ignored, and survived. */
static void test_strange_packets(void **state)
{
	static const char *const junk[] = {"", "\x80", "\x80\xc8\x00\x01",
					   "hello, recorder", "\xff\xff\xff"};
	struct fix *f = fix_new();
	struct rtp r = {.pt = 18, .ssrc = 5, .payload = span_of("0123456789")};
	struct sdp *a;
	size_t i;

	(void)state;
	fix_want_dir(f);
	fix_start(f);
	a = establish(f, two_lines);
	for (i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		flow_send(f->media, &a->media[0].conn, junk[i],
			  strlen(junk[i]));
	fix_rtp(f, a, 0, &r);
	r.pt = 8;
	r.payload.n = 0;
	r.seq = 3;
	fix_rtp(f, a, 0, &r);
	fix_run(f, 100 * MS);
	assert_false(has_file(f, "vault-alice.wav"));
	recorder_kill(f->r);
	assert_non_null(strstr(buf_str(&f->told), "media first packet"));
	assert_non_null(strstr(buf_str(&f->told), "ended stream ended"));
	sdp_free(a);
	fix_free(f);
}

static void test_losses_are_counted(void **state)
{
	struct fix *f = fix_new();
	struct rtp at = {.ssrc = 5};
	struct sdp *a;

	(void)state;
	fix_start(f);
	a = establish(f, two_lines);
	fix_tone(f, a, 1, at, 10, 440);
	at.seq = 20;
	at.ts = 3200;
	fix_tone(f, a, 1, at, 10, 440);
	hangup(f);
	assert_int_equal(f->packets, 20);
	assert_int_equal(f->lost, 10);
	sdp_free(a);
	fix_free(f);
}

static void send_sr(struct fix *f, const struct sdp *a)
{
	struct rtcp_sender s = {.ssrc = 5, .wall_us = LOOP_EPOCH_US};
	struct buf b;

	buf_init(&b, 512);
	rtcp_write_sr(&b, &s, "src");
	flow_send(f->media, &a->media[0].rtcp, b.p, b.n);
	buf_fini(&b);
}

static void run_report(const char *attribute, bool *rtp_port)
{
	struct fix *f = fix_new();
	struct rtp at = {.ssrc = 5};
	struct sdp *a;
	unsigned before;
	char *sdp;

	fix_start(f);
	sdp = xasprintf("v=0\r\no=s 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
			"c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			"m=audio %u RTP/AVP 0\r\na=%s\r\na=label:1\r\n",
			flow_addr(f->media)->port, attribute);
	if (strncmp(attribute, "rtcp:", 5) == 0) {
		free(sdp);
		sdp = xasprintf("v=0\r\no=s 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
				"c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
				"m=audio 40000 RTP/AVP 0\r\na=rtcp:%u\r\n",
				flow_addr(f->media)->port);
	}
	a = establish(f, sdp);
	*rtp_port = a->media[0].rtcp_mux;
	fix_tone(f, a, 0, at, 3, 440);
	at.seq = 4;
	at.ts = 640;
	fix_tone(f, a, 0, at, 1, 440);
	send_sr(f, a);
	fix_run(f, 8 * SECOND);
	assert_int_equal(f->n_rtcp, 1);
	assert_true(f->rtcp.rr && f->rtcp.has_block);
	assert_string_equal(f->rtcp.cname, "vault");
	assert_int_equal(f->rtcp.block.ssrc, 5);
	assert_int_equal(f->rtcp.block.lost, 1);
	assert_int_equal(f->rtcp.block.highest_seq, 4);
	assert_int_equal(f->rtcp.block.fraction, 256 / 5);
	assert_true(f->rtcp.block.lsr && f->rtcp.block.dlsr);
	/* nothing came since */
	before = f->n_rtcp;
	fix_run(f, 30 * SECOND);
	assert_int_equal(f->n_rtcp, before);
	sdp_free(a);
	free(sdp);
	fix_free(f);
}

static void test_receiver_reports(void **state)
{
	bool mux;

	(void)state;
	run_report("rtcp:0", &mux);
	assert_false(mux);
	run_report("rtcp-mux", &mux);
	assert_true(mux);
}

/* ---- video ---- */

static const char with_video[] =
	"v=0\r\no=src 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
	"t=0 0\r\n"
	"m=audio 20000 RTP/AVP 8\r\na=sendonly\r\na=label:2\r\n"
	"m=video 20002 RTP/AVP 97 0\r\na=rtpmap:97 H264/90000\r\n"
	"a=sendonly\r\na=label:1\r\n";

/* It is counted like any other stream; not even G.711 on a line of video
 * becomes a sound file. */
static void test_video_is_counted(void **state)
{
	struct fix *f = fix_new();
	struct source *s = source_video("H264", 1);
	struct sdp *a;
	int64_t at_us;
	struct rtp r;
	unsigned i;

	(void)state;
	fix_want_dir(f);
	fix_start(f);
	a = establish(f, with_video);
	assert_int_not_equal(a->media[1].port, 0);
	assert_string_equal(a->media[1].codec[0].name, "H264");
	for (i = 0; i < 50; i++) {
		source_next(s, &at_us, &r);
		r.pt = i < 40 ? 97 : 0;
		if (i != 7)
			fix_rtp(f, a, 1, &r);
		fix_run(f, 20 * MS);
	}
	assert_true(told(f, "media first packet; it is counted, and no file "
			    "is written"));
	hangup(f);
	assert_int_equal(f->packets, 49);
	assert_int_equal(f->lost, 1);
	assert_false(has_file(f, "vault-alice.wav"));
	assert_false(has_file(f, "vault-label-1.wav"));
	source_free(s);
	sdp_free(a);
	fix_free(f);
}

static void test_video_refused(void **state)
{
	struct fix *f = fix_new();
	struct sdp *a;

	(void)state;
	f->conf.no_video = true;
	fix_start(f);
	a = establish(f, with_video);
	assert_int_not_equal(a->media[0].port, 0);
	assert_int_equal(a->media[1].port, 0);
	assert_string_equal(a->media[1].type, "video");
	sdp_free(a);
	hangup(f);
	fix_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_clean),
		cmocka_unit_test(test_name_take),
		cmocka_unit_test(test_track_places_packets),
		cmocka_unit_test(test_track_is_bounded),
		cmocka_unit_test(test_both_parties_are_heard),
		cmocka_unit_test(test_file_names),
		cmocka_unit_test(test_label_without_metadata),
		cmocka_unit_test(test_strange_packets),
		cmocka_unit_test(test_losses_are_counted),
		cmocka_unit_test(test_receiver_reports),
		cmocka_unit_test(test_video_is_counted),
		cmocka_unit_test(test_video_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
