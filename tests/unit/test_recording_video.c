/* Streams that come and go, and their m-lines at a recorder. */
#include "meta/meta.h"
#include "recording_fixture.h"

static struct peer *const srs = &w.peer[0];

static const struct sdp_codec codecs[] = {
	{.pt = 0, .name = "PCMU", .rate = 8000, .channels = 1},
	{.pt = 97, .name = "H264", .rate = 90000, .channels = 1},
	{.pt = 96, .name = "VP8", .rate = 90000, .channels = 1}};

static const struct recording_media streams[RECORDING_STREAMS] = {
	{0, RECORDING_AUDIO, &codecs[0], 1, 20, SDP_SENDRECV},
	{1, RECORDING_AUDIO, &codecs[0], 1, 20, SDP_SENDRECV},
	{0, RECORDING_VIDEO, &codecs[1], 1, 0, SDP_SENDRECV},
	{1, RECORDING_VIDEO, &codecs[1], 1, 0, SDP_SENDRECV}};

#define TAKES_VIDEO                                                            \
	TAKES "m=video %3 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n"            \
	      "a=recvonly\r\n"                                                 \
	      "m=video %4 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n"            \
	      "a=recvonly\r\n"
#define NO_VIDEO TAKES "m=video 0 RTP/AVP 97\r\nm=video 0 RTP/AVP 97\r\n"

/* The first `n` streams are in the call now. */
static void have(size_t n)
{
	recording_media_changed(w.r, streams, n, false);
	settle();
}

static void begin(void)
{
	make_recording();
	recording_media_known(w.r, streams, 2, loop_wall_us(w.loop));
	settle();
	reply(srs, "INVITE", 200, TAKES);
}

static void hang_up(void)
{
	recording_call_ended(w.r);
	settle();
	reply(srs, "BYE", 200, NULL);
}

static void see(unsigned n)
{
	uint8_t out[RTP_MAX];
	int p;

	while (n-- > 0) {
		for (p = 0; p < RECORDING_PARTIES; p++) {
			struct rtp r = {.pt = 97,
					.seq = w.seq[p],
					.ts = w.seq[p] * 3600u,
					.ssrc = 0x2000u + (uint32_t)p,
					.payload = span_of("0123456789")};

			w.seq[p]++;
			recording_rtp(w.r, p, RECORDING_VIDEO, out,
				      rtp_write(&r, out));
		}
		run_for(40 * MS);
	}
}

/* What the newest INVITE offers: "audio:1 audio:2 video:- " is a label or, of
 * port 0, "-". */
static const char *offered(void)
{
	static char text[256];
	struct sdp *s = sdp_in(last(srs, "INVITE"));
	size_t m, n = 0;

	text[0] = '\0';
	for (m = 0; m < s->n_media; m++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s:%s",
				      m ? " " : "", s->media[m].type,
				      s->media[m].port ? s->media[m].label
						       : "-");
	sdp_free(s);
	return text;
}

static uint64_t version(void)
{
	struct sdp *s = sdp_in(last(srs, "INVITE"));
	uint64_t v = s->version;

	sdp_free(s);
	return v;
}

static size_t times(const char *what)
{
	struct span text = metadata_in(last(srs, "INVITE"));
	size_t n = 0, at;

	while ((at = span_find(text, span_of(what))) < text.n) {
		text = span_skip(text, at + 1);
		n++;
	}
	return n;
}

/* The id of the stream with a label, in the newest metadata; "" for none. */
static const char *id_of(int label)
{
	static char id[4][META_ID];
	struct span text = metadata_in(last(srs, "INVITE"));
	struct span found = span_of("");
	char end[64];
	size_t at;

	snprintf(end, sizeof(end), "<label>%d</label>", label);
	at = span_find(text, span_of(end));
	if (at == text.n)
		return "";
	text.n = at;
	while ((at = span_find(text, span_of("stream_id=\""))) < text.n) {
		text = span_skip(text, at + strlen("stream_id=\""));
		found = text;
	}
	memcpy(id[label - 1], found.p, META_ID - 1);
	return id[label - 1];
}

static void test_video_comes_behind(void **state)
{
	char one[META_ID], two[META_ID];

	(void)state;
	begin();
	assert_string_equal(offered(), "audio:1 audio:2");
	snprintf(one, sizeof(one), "%s", id_of(1));
	snprintf(two, sizeof(two), "%s", id_of(2));
	have(4);
	assert_string_equal(offered(), "audio:1 audio:2 video:3 video:4");
	assert_int_equal(version(), 2);
	assert_string_equal(id_of(1), one);
	assert_string_equal(id_of(2), two);
	assert_int_equal(times("<send>"), 4);
	assert_int_equal(times("<recv>"), 4);
	assert_int_equal(times("<label>"), 4);
	see(2); /* not before the recorder takes it */
	assert_int_equal(srs->line[2].n_rtp, 0);
	reply(srs, "INVITE", 200, TAKES_VIDEO);
	talk(3);
	see(5);
	assert_int_equal(srs->line[0].n_rtp, 3);
	assert_int_equal(srs->line[2].n_rtp, 5);
	assert_int_equal(srs->line[3].n_rtp, 5);
	assert_int_equal(srs->line[2].last.ssrc, 0x2000);
	assert_string_equal(events(), "start update");
	hang_up();
}

/* RFC 7022 section 4.2: what belongs to one person is synchronized by it. */
static void test_video_shares_the_cname(void **state)
{
	(void)state;
	begin();
	have(4);
	reply(srs, "INVITE", 200, TAKES_VIDEO);
	talk(1);
	see(1);
	run_for(10 * SECOND);
	assert_string_equal(srs->line[0].report.cname,
			    srs->line[2].report.cname);
	assert_string_equal(srs->line[1].report.cname,
			    srs->line[3].report.cname);
	assert_string_not_equal(srs->line[0].report.cname,
				srs->line[1].report.cname);
	hang_up();
}

static void test_video_goes_and_comes_back(void **state)
{
	char three[META_ID], four[META_ID];

	(void)state;
	begin();
	have(4);
	reply(srs, "INVITE", 200, TAKES_VIDEO);
	snprintf(three, sizeof(three), "%s", id_of(3));
	snprintf(four, sizeof(four), "%s", id_of(4));
	see(3);
	recording_media_changed(w.r, streams, 2, false);
	see(3); /* not one, whatever the recorder will say */
	assert_int_equal(srs->line[2].n_rtp, 3);
	assert_true(srs->line[2].report.bye);
	assert_string_equal(offered(), "audio:1 audio:2 video:- video:-");
	assert_int_equal(version(), 3);
	assert_int_equal(times("<label>"), 2);
	assert_int_equal(times("<stream "), 4);
	assert_int_equal(times("<send>"), 2);
	assert_int_equal(times("<recv>"), 2);
	reply(srs, "INVITE", 200, NO_VIDEO);
	have(4);
	assert_string_equal(offered(), "audio:1 audio:2 video:3 video:4");
	assert_int_equal(version(), 4);
	assert_string_equal(id_of(3), three);
	assert_string_equal(id_of(4), four);
	reply(srs, "INVITE", 200, TAKES_VIDEO);
	see(2);
	assert_int_equal(srs->line[2].n_rtp, 5);
	assert_string_equal(events(), "start update update update");
	hang_up();
}

/* A line of the recorder's is no place for a stream, and stays. */
static void test_video_comes_behind_the_recorders_line(void **state)
{
	(void)state;
	begin();
	reinvite(srs, TAKES "m=audio %5 RTP/AVP 0\r\na=recvonly\r\n");
	ack(srs, NULL);
	have(4);
	assert_string_equal(offered(),
			    "audio:1 audio:2 audio:- video:3 video:4");
	reply(srs, "INVITE", 200,
	      TAKES "m=audio 0 RTP/AVP 0\r\n"
		    "m=video %4 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n"
		    "a=recvonly\r\n"
		    "m=video %6 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n"
		    "a=recvonly\r\n");
	see(2);
	assert_int_equal(srs->line[3].n_rtp, 2);
	assert_int_equal(srs->line[5].n_rtp, 2);
	assert_int_equal(srs->line[4].n_rtp, 0);
	hang_up();
}

/* What we removed is dead in the recorder's offer too, and no wish of its. */
static void test_video_is_not_unwanted_when_dead(void **state)
{
	(void)state;
	begin();
	have(4);
	reply(srs, "INVITE", 200, TAKES_VIDEO);
	have(2);
	reply(srs, "INVITE", 200, NO_VIDEO);
	reinvite(srs, NO_VIDEO);
	ack(srs, NULL);
	have(4);
	assert_string_equal(offered(), "audio:1 audio:2 video:3 video:4");
	reply(srs, "INVITE", 200, TAKES_VIDEO);
	reinvite(srs, NO_VIDEO); /* now it is */
	ack(srs, NULL);
	ask(RECORDING_PAUSE);
	assert_string_equal(offered(), "audio:1 audio:2 video:- video:-");
	assert_int_equal(times("<label>"), 2);
	reply(srs, "INVITE", 200, NO_VIDEO);
	hang_up();
}

/* A line that was never agreed on is not missing in what the recorder offers
 * before our offer goes out once more. */
static void test_video_and_a_glare(void **state)
{
	struct sdp *s;

	(void)state;
	begin();
	have(4);
	reply(srs, "INVITE", 491, NULL);
	reinvite(srs, TAKES);
	s = sdp_in(last(srs, "200/INVITE"));
	assert_int_equal(s->n_media, 2);
	sdp_free(s);
	ack(srs, NULL);
	run_for(5 * SECOND);
	assert_string_equal(offered(), "audio:1 audio:2 video:3 video:4");
	reply(srs, "INVITE", 200, TAKES_VIDEO);
	see(1);
	assert_int_equal(srs->line[2].n_rtp, 1);
	hang_up();
}

static const struct {
	const char *name;
	int code;
	const char *next; /* what is offered then */
} refusals[] = {
	{"the media is the reason", 488, "audio:1 audio:2"},
	{"nobody takes it", 606, "audio:1 audio:2"},
	{"a moment's weakness", 500, "audio:1 audio:2 video:3 video:4"},
};

static void test_video_refused_with_all(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		if (i)
			setup(state);
		begin();
		have(4);
		reply(srs, "INVITE", refusals[i].code, NULL);
		assert_string_equal(events(), "start refused");
		see(1);
		talk(1);
		assert_int_equal(srs->line[2].n_rtp, 0);
		assert_int_equal(srs->line[0].n_rtp, 1);
		ask(RECORDING_PAUSE);
		if (strcmp(offered(), refusals[i].next) != 0)
			fail_msg("%s: %s", refusals[i].name, offered());
		reply(srs, "INVITE", 200,
		      refusals[i].code == 500 ? TAKES_VIDEO : TAKES);
		have(2);
		if (count(srs, "INVITE") == 4) /* there was video to remove */
			reply(srs, "INVITE", 200,
			      refusals[i].code == 500 ? NO_VIDEO : TAKES);
		have(4); /* once more: it may suit now */
		assert_string_equal(offered(),
				    "audio:1 audio:2 video:3 video:4");
		reply(srs, "INVITE", 200, TAKES_VIDEO);
		hang_up();
		if (i + 1 < sizeof(refusals) / sizeof(*refusals))
			teardown(state);
	}
}

/* The same of a line that comes back to life. */
static void test_video_refused_when_it_comes_back(void **state)
{
	(void)state;
	begin();
	have(4);
	reply(srs, "INVITE", 200, TAKES_VIDEO);
	have(2);
	reply(srs, "INVITE", 200, NO_VIDEO);
	have(4);
	reply(srs, "INVITE", 488, NULL);
	ask(RECORDING_PAUSE);
	assert_string_equal(offered(), "audio:1 audio:2 video:- video:-");
	assert_int_equal(times("<label>"), 2);
	reply(srs, "INVITE", 200, NO_VIDEO);
	assert_string_equal(events(), "start update update refused pause");
	reinvite(srs, NO_VIDEO); /* changes nothing */
	ack(srs, NULL);
	assert_string_equal(events(), "start update update refused pause");
	hang_up();
}

/* What was refused is nothing that the recorder's own offer differs from. */
static void test_video_refused_then_the_same_again(void **state)
{
	(void)state;
	begin();
	have(4);
	reply(srs, "INVITE", 488, NULL);
	reinvite(srs, TAKES);
	ack(srs, NULL);
	assert_string_equal(events(), "start refused");
	talk(1);
	assert_int_equal(packets_at(srs), 2);
	hang_up();
}

/* A new dialog has no dead lines in it, and the stream is the same. */
static void test_video_at_the_next_recorder(void **state)
{
	char three[META_ID];

	(void)state;
	w.set.n_servers = 2;
	w.set.failover_on_loss = true;
	begin();
	have(4);
	reply(srs, "INVITE", 200, TAKES_VIDEO);
	snprintf(three, sizeof(three), "%s", id_of(3));
	have(2);
	reply(srs, "INVITE", 200, NO_VIDEO);
	request(srs, "BYE", NULL, NULL, NULL);
	assert_int_equal(count(&w.peer[1], "INVITE"), 1);
	assert_false(in(span_of(last(&w.peer[1], "INVITE")->text), "m=video"));
	reply(&w.peer[1], "INVITE", 200, TAKES);
	have(4);
	assert_true(in(span_of(last(&w.peer[1], "INVITE")->text), three));
	assert_true(in(span_of(last(&w.peer[1], "INVITE")->text), "a=label:4"));
	reply(&w.peer[1], "INVITE", 200, TAKES_VIDEO);
	recording_call_ended(w.r);
	settle();
	reply(&w.peer[1], "BYE", 200, NULL);
}

/* A recorder that has filled the description leaves no place: the audio goes
 * on. */
static void test_video_finds_no_place(void **state)
{
	struct buf b;
	size_t m;

	(void)state;
	begin();
	buf_init(&b, SDP_MAX);
	buf_add_str(&b, TAKES);
	for (m = 2; m < SDP_MEDIA; m++)
		buf_add_str(&b, "m=text 0 RTP/AVP 98\r\n");
	reinvite(srs, buf_str(&b));
	ack(srs, NULL);
	have(4);
	assert_false(in(span_of(offered()), "video"));
	assert_int_equal(times("<stream "), 2);
	assert_int_equal(times("<send>"), 2);
	reply(srs, "INVITE", 200, buf_str(&b));
	buf_fini(&b);
	see(1);
	talk(1);
	assert_int_equal(srs->line[0].n_rtp, 1);
	hang_up();
}

static void test_video_changes_its_codec(void **state)
{
	struct recording_media other[RECORDING_STREAMS];

	(void)state;
	begin();
	have(4);
	reply(srs, "INVITE", 200, TAKES_VIDEO);
	memcpy(other, streams, sizeof(other));
	other[2].codec = other[3].codec = &codecs[2];
	recording_media_changed(w.r, other, 4, false);
	settle();
	assert_string_equal(offered(), "audio:1 audio:2 video:3 video:4");
	assert_true(in(span_of(last(srs, "INVITE")->text),
		       "a=rtpmap:96 VP8/90000"));
	assert_false(in(span_of(last(srs, "INVITE")->text), "H264"));
	/* a recorder that has no VP8 takes the audio */
	reply(srs, "INVITE", 200, NO_VIDEO);
	assert_string_equal(events(), "start update update");
	talk(1);
	see(1);
	assert_int_equal(srs->line[0].n_rtp, 1);
	assert_int_equal(srs->line[2].n_rtp, 0);
	hang_up();
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_video_comes_behind),
		T(test_video_shares_the_cname),
		T(test_video_goes_and_comes_back),
		T(test_video_comes_behind_the_recorders_line),
		T(test_video_is_not_unwanted_when_dead),
		T(test_video_and_a_glare),
		T(test_video_refused_with_all),
		T(test_video_refused_when_it_comes_back),
		T(test_video_refused_then_the_same_again),
		T(test_video_at_the_next_recorder),
		T(test_video_finds_no_place),
		T(test_video_changes_its_codec),
	};

	return cmocka_run_group_tests_name("recording_video", tests, NULL,
					   NULL);
}
