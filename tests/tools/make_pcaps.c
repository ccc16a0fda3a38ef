/*
 * make_pcaps DIR - writes the captures of pcaps/, the same bytes every time
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spandsp.h>

#include "capture/capture.h"
#include "core/buf.h"
#include "core/loop.h"
#include "core/rng.h"
#include "core/xalloc.h"

enum { FRAME_MS = 20, SAMPLES = 160, SECONDS = 3, CAPTURE_MAX = 1 << 20 };

/* A call between two parties, with the time it takes. */
struct play {
	struct capture_writer *w;
	int64_t now_us;
	const char *call_id;
	const char *formats; /* of the m-line */
	const char *attributes;
};

static const char *dir;
/* Of the call that is being written. */
static const char *caller_ip = "10.1.1.10", *callee_ip = "10.1.1.20";
static const char *caller = "caller", *callee = "callee";
static const char *asserted = ""; /* a header line of the caller's INVITE */

static void die(const char *text)
{
	fprintf(stderr, "make_pcaps: %s\n", text);
	exit(1);
}

static char *path_of(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static struct addr addr_of(const char *ip, uint16_t port)
{
	struct addr a;

	if (!addr_parse_ip(span_of(ip), &a))
		die(ip);
	a.port = port;
	return a;
}

static struct play play_begin(const char *name, const char *formats,
			      const char *attributes)
{
	struct play p = {NULL, LOOP_EPOCH_US, name, formats, attributes};
	char *path = path_of(name);
	struct err e;

	p.w = capture_writer_open(path, &e);
	if (!p.w)
		die(e.text);
	free(path);
	return p;
}

static void play_end(struct play *p)
{
	struct err e;

	if (capture_writer_close(p->w, &e) < 0)
		die(e.text);
}

static void send_text(struct play *p, bool by_caller, const char *text)
{
	struct addr a = addr_of(caller_ip, 5060);
	struct addr b = addr_of(callee_ip, 5060);

	capture_writer_add(p->w, p->now_us, by_caller ? &a : &b,
			   by_caller ? &b : &a, text, strlen(text));
}

/* A message of the caller's dialog; `start` is its first line. The body, if
 * any, describes media at `ip` and `port`. */
static void send_sip(struct play *p, bool by_caller, const char *start,
		     const char *cseq, bool to_tag, const char *ip,
		     unsigned port)
{
	const char *branch = strchr(cseq, ' ') + 1;
	char *body = ip ? xasprintf("v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\n"
				    "c=IN IP4 %s\r\nt=0 0\r\n"
				    "m=audio %u RTP/AVP %s\r\n%s",
				    ip, ip, port, p->formats, p->attributes)
			: xstrdup("");
	char *text = xasprintf(
		"%s\r\n"
		"Via: SIP/2.0/UDP %s:5060;branch=z9hG4bK-%s-%s\r\n"
		"Max-Forwards: 70\r\n"
		"From: <sip:%s@example.com>;tag=a\r\n"
		"To: <sip:%s@example.com>%s\r\n"
		"Call-ID: %s\r\n"
		"CSeq: %s\r\n"
		"Contact: <sip:%s:5060>\r\n"
		"%s%s"
		"Content-Length: %zu\r\n\r\n%s",
		start, caller_ip, p->call_id, branch, caller, callee,
		to_tag ? ";tag=b" : "", p->call_id, cseq,
		by_caller ? caller_ip : callee_ip,
		strncmp(start, "INVITE", 6) ? "" : asserted,
		ip ? "Content-Type: application/sdp\r\n" : "", strlen(body),
		body);

	send_text(p, by_caller, text);
	free(text);
	free(body);
}

static void wait_ms(struct play *p, int64_t ms)
{
	p->now_us += ms * 1000;
}

static void call_begin(struct play *p)
{
	send_sip(p, true, "INVITE sip:callee@10.1.1.20 SIP/2.0", "1 INVITE",
		 false, caller_ip, 4000);
	wait_ms(p, 10);
	send_sip(p, false, "SIP/2.0 100 Trying", "1 INVITE", false, NULL, 0);
	wait_ms(p, 90);
	send_sip(p, false, "SIP/2.0 180 Ringing", "1 INVITE", true, NULL, 0);
	wait_ms(p, 900);
	send_sip(p, false, "SIP/2.0 200 OK", "1 INVITE", true, callee_ip, 5000);
	wait_ms(p, 10);
	send_sip(p, true, "ACK sip:10.1.1.20:5060 SIP/2.0", "1 ACK", true, NULL,
		 0);
	wait_ms(p, 10);
}

static void call_end(struct play *p)
{
	send_sip(p, true, "BYE sip:10.1.1.20:5060 SIP/2.0", "2 BYE", true, NULL,
		 0);
	wait_ms(p, 10);
	send_sip(p, false, "SIP/2.0 200 OK", "2 BYE", true, NULL, 0);
}

struct packet {
	bool marker;
	uint8_t pt;
	uint16_t seq;
	uint32_t ts, ssrc;
};

static void send_on(struct play *p, bool by_caller, uint16_t caller_port,
		    uint16_t callee_port, const struct packet *k,
		    const void *payload, size_t n)
{
	struct addr one = addr_of(caller_ip, caller_port);
	struct addr two = addr_of(callee_ip, callee_port);
	struct buf b;

	buf_init(&b, 1472);
	buf_add_char(&b, (char)0x80);
	buf_add_char(&b, (char)((k->marker ? 0x80 : 0) | k->pt));
	buf_add_be16(&b, k->seq);
	buf_add_be32(&b, k->ts);
	buf_add_be32(&b, k->ssrc);
	buf_add(&b, payload, n);
	capture_writer_add(p->w, p->now_us, by_caller ? &one : &two,
			   by_caller ? &two : &one, b.p, b.n);
	buf_fini(&b);
}

static void send_rtp(struct play *p, bool by_caller, const struct packet *k,
		     const void *payload, size_t n)
{
	send_on(p, by_caller, 4000, 5000, k, payload, n);
}

/* A sender report and the name of the sender (RFC 3550 sections 6.4.1, 6.5). */
static void send_report(struct play *p, bool by_caller, const struct packet *k,
			uint32_t packets)
{
	struct addr one = addr_of(caller_ip, 4001);
	struct addr two = addr_of(callee_ip, 5001);
	struct buf b;

	buf_init(&b, 1472);
	buf_add_be32(&b, 0x80c80006);
	buf_add_be32(&b, k->ssrc);
	buf_add_be32(&b, (uint32_t)(p->now_us / 1000000 + 2208988800));
	buf_add_be32(&b, (uint32_t)((p->now_us % 1000000 << 32) / 1000000));
	buf_add_be32(&b, k->ts);
	buf_add_be32(&b, packets);
	buf_add_be32(&b, packets * SAMPLES);
	buf_add_be32(&b, 0x81ca0003);
	buf_add_be32(&b, k->ssrc);
	buf_add(&b,
		"\x01\x05"
		"party\0",
		8);
	capture_writer_add(p->w, p->now_us, by_caller ? &one : &two,
			   by_caller ? &two : &one, b.p, b.n);
	buf_fini(&b);
}

static void tone(uint8_t *out, double hz, uint32_t from)
{
	const double turn = 6.283185307179586;
	uint32_t i;

	for (i = 0; i < SAMPLES; i++)
		out[i] = linear_to_ulaw((int)lrint(
			8000.0 * sin(turn * hz * (from + i) / 8000.0)));
}

static void make_call_pcmu(void)
{
	struct play p = play_begin("call-pcmu.pcap", "0 101",
				   "a=rtpmap:0 PCMU/8000\r\n"
				   "a=rtpmap:101 telephone-event/8000\r\n"
				   "a=fmtp:101 0-16\r\n");
	uint32_t i, n = SECONDS * 1000 / FRAME_MS;
	uint8_t octets[SAMPLES];

	call_begin(&p);
	for (i = 0; i < n; i++) {
		struct packet a = {i == 0, 0, (uint16_t)(1000 + i),
				   16000 + i * SAMPLES, 0xcafe0440};
		struct packet b = {i == 0, 0, (uint16_t)(65500 + i),
				   i * SAMPLES - 8000, 0xcafe0660};

		tone(octets, 440, i * SAMPLES);
		send_rtp(&p, true, &a, octets, SAMPLES);
		wait_ms(&p, 3);
		tone(octets, 660, i * SAMPLES);
		send_rtp(&p, false, &b, octets, SAMPLES);
		if (i == n / 2) {
			send_report(&p, true, &a, i + 1);
			send_report(&p, false, &b, i + 1);
		}
		wait_ms(&p, FRAME_MS - 3);
	}
	call_end(&p);
	play_end(&p);
}

/* Nothing but RTP, of a static type. The octets are no sound. */
static void make_g722(void)
{
	struct play p = play_begin("g722.pcap", "9", "");
	struct rng rng;
	uint32_t i;

	rng_init(&rng, 722);
	for (i = 0; i < 100; i++) {
		struct packet k = {i == 0, 9, (uint16_t)(i + 1), i * SAMPLES,
				   0x00000722};
		uint8_t octets[SAMPLES];
		size_t j;

		for (j = 0; j < sizeof(octets); j++)
			octets[j] = (uint8_t)rng_below(&rng, 256);
		send_rtp(&p, true, &k, octets, sizeof(octets));
		wait_ms(&p, FRAME_MS);
	}
	play_end(&p);
}

/* A second line of audio, in another codec and at another pace: an interpreter,
 * say. Of the callee's there only every other packet is sent. */
static void make_two_lines(void)
{
	struct play p = play_begin("two-lines.pcap", "0",
				   "a=rtpmap:0 PCMU/8000\r\n"
				   "m=audio 6000 RTP/AVP 8\r\n"
				   "a=rtpmap:8 PCMA/8000\r\n");
	uint8_t octets[SAMPLES];
	uint32_t i;

	call_begin(&p);
	for (i = 0; i < 50; i++) {
		struct packet a = {i == 0, 0, (uint16_t)i, i * SAMPLES, 1};
		struct packet b = {i == 0, 0, (uint16_t)i, i * SAMPLES, 2};
		struct packet c = {i == 0, 8, (uint16_t)i, i * SAMPLES, 3};
		struct packet d = {i == 0, 8, (uint16_t)(i / 2), i * SAMPLES,
				   4};

		tone(octets, 440, i * SAMPLES);
		send_rtp(&p, true, &a, octets, SAMPLES);
		send_rtp(&p, false, &b, octets, SAMPLES);
		send_on(&p, true, 6000, 6000, &c, octets, SAMPLES);
		if (i % 2 == 0)
			send_on(&p, false, 6000, 6000, &d, octets, SAMPLES);
		wait_ms(&p, FRAME_MS);
	}
	call_end(&p);
	play_end(&p);
}

/* The caller goes on in another codec of the answer, and nobody says so; the
 * callee is silent for a while and sends comfort noise. The trunk asserts who
 * the caller is. */
static void make_changing(void)
{
	struct play p = play_begin("changing.pcap", "0 8",
				   "a=rtpmap:0 PCMU/8000\r\n"
				   "a=rtpmap:8 PCMA/8000\r\n");
	uint8_t octets[SAMPLES], noise = 0x4e;
	uint32_t i;

	asserted = "P-Asserted-Identity: <sip:+15550100@trunk.example.net>\r\n";
	call_begin(&p);
	asserted = "";
	for (i = 0; i < 50; i++) {
		struct packet a = {i == 0, i < 25 ? 0 : 8, (uint16_t)i,
				   i * SAMPLES, 1};
		struct packet b = {i == 0 || i == 31, i == 20 ? 13 : 0,
				   (uint16_t)(i > 30 ? i - 10 : i), i * SAMPLES,
				   2};

		tone(octets, 440, i * SAMPLES);
		send_rtp(&p, true, &a, octets, SAMPLES);
		tone(octets, 660, i * SAMPLES);
		if (i == 20)
			send_rtp(&p, false, &b, &noise, 1);
		else if (i < 20 || i > 30)
			send_rtp(&p, false, &b, octets, SAMPLES);
		wait_ms(&p, FRAME_MS);
	}
	call_end(&p);
	play_end(&p);
}

/* Payloads of 1 to 120 octets, a talk spurt every 25 packets, and the packet
 * after the 50th missing. */
static void make_opus(void)
{
	struct play p = play_begin(
		"opus-dynamic.pcap", "111",
		"a=rtpmap:111 opus/48000/2\r\n"
		"a=fmtp:111 minptime=10;useinbandfec=1;stereo=0\r\n");
	struct rng rng;
	uint32_t i;

	rng_init(&rng, 111);
	call_begin(&p);
	for (i = 0; i < 100; i++) {
		struct packet k = {i % 25 == 0, 111,
				   (uint16_t)(65490 + i + (i >= 50)),
				   (i + (i >= 50)) * 960, 0x00000111};
		uint8_t octets[120];
		size_t j, n = 1 + rng_below(&rng, sizeof(octets));

		for (j = 0; j < n; j++)
			octets[j] = (uint8_t)rng_below(&rng, 256);
		octets[0] = 0x78; /* one mono frame of 20 ms */
		if (i == 50)
			wait_ms(&p, FRAME_MS);
		send_rtp(&p, true, &k, octets, n);
		wait_ms(&p, FRAME_MS);
	}
	call_end(&p);
	play_end(&p);
}

/* A second and a half of PCMU, from `at_ms` on. */
static void add_first(struct play *p, int64_t at_ms)
{
	uint8_t octets[SAMPLES];
	uint32_t i;

	wait_ms(p, at_ms);
	call_begin(p);
	for (i = 0; i < 75; i++) {
		struct packet a = {i == 0, 0, (uint16_t)i, i * SAMPLES, 1};
		struct packet b = {i == 0, 0, (uint16_t)i, i * SAMPLES, 2};

		tone(octets, 440, i * SAMPLES);
		send_rtp(p, true, &a, octets, SAMPLES);
		tone(octets, 660, i * SAMPLES);
		send_rtp(p, false, &b, octets, SAMPLES);
		wait_ms(p, FRAME_MS);
	}
	call_end(p);
}

/* As long, of G.729 that is no speech; half way the callee begins anew with
 * another SSRC. */
static void add_second(struct play *p, int64_t at_ms)
{
	uint8_t octets[20] = {0};
	uint32_t i;

	wait_ms(p, at_ms);
	call_begin(p);
	for (i = 0; i < 75; i++) {
		struct packet a = {i == 0, 18, (uint16_t)i, i * SAMPLES, 3};
		struct packet b = {i == 0, 18, (uint16_t)i, i * SAMPLES, 4};

		if (i >= 40) {
			b.ssrc = 5;
			b.seq = (uint16_t)(i + 30000);
			b.ts = i * SAMPLES + 1000000;
		}
		send_rtp(p, true, &a, octets, sizeof(octets));
		send_rtp(p, false, &b, octets, sizeof(octets));
		wait_ms(p, FRAME_MS);
	}
	call_end(p);
}

/* A request of the B2BUA on the callee's side, or the caller's answer to it:
 * whoever is there now is called `who`, at `ip`, in a session of its own. */
static void send_change(struct play *p, bool by_caller, const char *start,
			const char *cseq, const char *who, const char *ip)
{
	char *body = ip ? xasprintf("v=0\r\no=%s 7 1 IN IP4 %s\r\ns=-\r\n"
				    "c=IN IP4 %s\r\nt=0 0\r\n"
				    "m=audio %d RTP/AVP 0\r\n",
				    by_caller ? "-" : who, ip, ip,
				    by_caller ? 4000 : 5000)
			: xstrdup("");
	char *text = xasprintf(
		"%s\r\n"
		"Via: SIP/2.0/UDP %s:5060;branch=z9hG4bK-%s-change%s\r\n"
		"Max-Forwards: 70\r\n"
		"From: <sip:%s@example.com>;tag=b\r\n"
		"To: <sip:%s@example.com>;tag=a\r\n"
		"Call-ID: %s\r\n"
		"CSeq: %s\r\n"
		"%s%s%s"
		"%s"
		"Content-Length: %zu\r\n\r\n%s",
		start, callee_ip, p->call_id, ip ? "" : "-ack", callee, caller,
		p->call_id, cseq, by_caller ? "" : "P-Asserted-Identity: <sip:",
		by_caller ? "" : who, by_caller ? "" : "@example.com>\r\n",
		ip ? "Content-Type: application/sdp\r\n" : "", strlen(body),
		body);

	send_text(p, by_caller, text);
	free(text);
	free(body);
	wait_ms(p, 10);
}

/* Speech of both, `n` packets from number `at` of the caller's on. */
static void talk(struct play *p, uint32_t n, uint32_t at, uint32_t callee_ssrc)
{
	uint8_t octets[SAMPLES];
	uint32_t i;

	for (i = at; i < at + n; i++) {
		struct packet a = {i == 0, 0, (uint16_t)i, i * SAMPLES, 1};
		struct packet b = {i == at, 0, (uint16_t)(i - at),
				   (i - at) * SAMPLES, callee_ssrc};

		tone(octets, 440, i * SAMPLES);
		send_rtp(p, true, &a, octets, SAMPLES);
		tone(octets, callee_ssrc == 2 ? 660 : 880, i * SAMPLES);
		send_rtp(p, false, &b, octets, SAMPLES);
		wait_ms(p, FRAME_MS);
	}
}

/* Bob is transferred to Carol by a B2BUA, whom the caller sees as a new name
 * and new media. */
static void make_transfer(void)
{
	struct play p = play_begin("transfer.pcap", "0",
				   "a=rtpmap:0 PCMU/8000\r\n");
	const char *b2bua = callee_ip;

	caller = "alice";
	callee = "bob";
	call_begin(&p);
	talk(&p, 50, 0, 2);
	send_change(&p, false, "INVITE sip:alice@10.1.1.10 SIP/2.0", "1 INVITE",
		    "carol", "10.1.1.30");
	send_change(&p, true, "SIP/2.0 200 OK", "1 INVITE", "", caller_ip);
	send_change(&p, false, "ACK sip:alice@10.1.1.10 SIP/2.0", "1 ACK",
		    "carol", NULL);
	callee_ip = "10.1.1.30";
	talk(&p, 50, 50, 6);
	callee_ip = b2bua;
	call_end(&p);
	play_end(&p);
}

/* Two calls that overlap, the one that began later first in the file. */
static void make_two_calls(void)
{
	struct play p = play_begin("two-calls.pcap", "18",
				   "a=rtpmap:18 G729/8000\r\n"
				   "a=fmtp:18 annexb=no\r\n");
	struct play q = {p.w, p.now_us, "first", "0",
			 "a=rtpmap:0 PCMU/8000\r\n"};

	p.call_id = "second";
	caller = "carol";
	callee = "dave";
	caller_ip = "10.1.2.10";
	callee_ip = "10.1.2.20";
	add_second(&p, 1200);
	caller = "alice";
	callee = "bob";
	caller_ip = "10.1.1.10";
	callee_ip = "10.1.1.20";
	add_first(&q, 0);
	play_end(&p);
}

static struct buf load(const char *name)
{
	char *path = path_of(name);
	struct buf b;
	struct err e;

	buf_init(&b, CAPTURE_MAX);
	if (buf_read_file(&b, path, &e) < 0)
		die(e.text);
	free(path);
	return b;
}

static void store(const struct buf *b, const char *name)
{
	char *path = path_of(name);
	struct err e;

	if (buf_write_file(b, path, &e) < 0)
		die(e.text);
	free(path);
}

/* Ends in the middle of a packet. */
static void make_cut(void)
{
	struct buf b = load("call-pcmu.pcap");

	b.n = b.n / 2;
	store(&b, "cut.pcap");
	buf_fini(&b);
}

static void add_block(struct buf *b, uint32_t type, const struct buf *body)
{
	const char zeros[4] = {0};
	size_t pad = (4 - body->n % 4) % 4;

	buf_add_be32(b, type);
	buf_add_be32(b, (uint32_t)(12 + body->n + pad));
	buf_add_span(b, buf_span(body));
	buf_add(b, zeros, pad);
	buf_add_be32(b, (uint32_t)(12 + body->n + pad));
}

static void add_section(struct buf *b)
{
	struct buf body;

	buf_init(&body, 64);
	buf_add_be32(&body, 0x1a2b3c4d);
	buf_add_be32(&body, 0x00010000);
	buf_add_be32(&body, UINT32_MAX); /* length not given */
	buf_add_be32(&body, UINT32_MAX);
	add_block(b, 0x0a0d0d0a, &body);
	buf_fini(&body);
}

static void add_interface(struct buf *b, uint16_t link, uint8_t digits)
{
	struct buf body;

	buf_init(&body, 64);
	buf_add_be16(&body, link);
	buf_add_be16(&body, 0);
	buf_add_be32(&body, 65535);
	buf_add_be32(&body, 9 << 16 | 1); /* if_tsresol */
	buf_add_be32(&body, (uint32_t)digits << 24);
	buf_add_be32(&body, 0);
	add_block(b, 1, &body);
	buf_fini(&body);
}

static void add_packet(struct buf *b, uint32_t iface, uint64_t t,
		       const struct buf *frame)
{
	struct buf body;

	buf_init(&body, 4096);
	buf_add_be32(&body, iface);
	buf_add_be32(&body, (uint32_t)(t >> 32));
	buf_add_be32(&body, (uint32_t)t);
	buf_add_be32(&body, (uint32_t)frame->n);
	buf_add_be32(&body, (uint32_t)frame->n);
	buf_add_span(&body, buf_span(frame));
	add_block(b, 6, &body);
	buf_fini(&body);
}

/* Two VLAN tags in an Ethernet header, as a provider's switch shows them. */
static void tag_frame(struct buf *out, struct span ethernet)
{
	buf_add(out, ethernet.p, 12);
	buf_add_be32(out, 0x88a80064);
	buf_add_be32(out, 0x810000c8);
	buf_add_span(out, span_skip(ethernet, 12));
}

/* A header of Linux's "any" device instead of the Ethernet one. */
static void cook_frame(struct buf *out, struct span ethernet)
{
	buf_add_be16(out, 0); /* to us */
	buf_add_be16(out, 1); /* ARPHRD_ETHER */
	buf_add_be16(out, 6);
	buf_add(out, ethernet.p + 6, 6);
	buf_add_be16(out, 0);
	buf_add_span(out, span_skip(ethernet, 12));
}

/* The first frames of the PCMU call: the caller's on one interface with
 * nanoseconds, the callee's on another with microseconds. */
static void make_vlan_sll(void)
{
	struct buf from = load("call-pcmu.pcap"), out, frame;
	size_t at = 24, i;

	buf_init(&out, CAPTURE_MAX);
	buf_init(&frame, 4096);
	add_section(&out);
	add_interface(&out, 1, 9);
	add_interface(&out, 113, 6);
	for (i = 0; i < 120; i++) {
		uint32_t head[4]; /* seconds, nanoseconds, lengths */
		struct span ethernet;
		bool by_caller;

		memcpy(head, from.p + at, sizeof(head));
		ethernet = span_from(from.p + at + sizeof(head), head[2]);
		by_caller = ethernet.p[29] == 10; /* last octet of the source */
		buf_clear(&frame);
		if (by_caller)
			tag_frame(&frame, ethernet);
		else
			cook_frame(&frame, ethernet);
		add_packet(&out, by_caller ? 0 : 1,
			   by_caller ? head[0] * UINT64_C(1000000000) + head[1]
				     : head[0] * UINT64_C(1000000) +
					       head[1] / 1000,
			   &frame);
		at += sizeof(head) + head[2];
	}
	store(&out, "vlan-sll.pcapng");
	buf_fini(&frame);
	buf_fini(&out);
	buf_fini(&from);
}

/* ---- fragments, as Linux's "any" device shows them (SLL2) ---- */

enum { ETHERNET = 14, IP = 20, FRAGMENT = 256 };

static void add_sll2(struct buf *b, const char head[16], struct span packet)
{
	uint32_t n = (uint32_t)(20 + packet.n);

	buf_add(b, head, 8);
	buf_add(b, &n, 4);
	buf_add(b, &n, 4);
	buf_add_be32(b, 0x08000000); /* IPv4 */
	buf_add_be32(b, 1);	     /* interface */
	buf_add_be32(b, 0x00010006); /* Ethernet, to us, 6 octets */
	buf_add(b, "\x02\0\0\0\0\x01\0", 8);
	buf_add_span(b, packet);
}

/* RFC 1071, over a header with no sum in it. */
static uint16_t sum_of(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < n; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~(sum + (sum >> 16));
}

/* The last fragment comes first. */
static void add_fragments(struct buf *b, const char head[16],
			  struct span packet)
{
	struct span data = span_skip(packet, IP);
	size_t at = (data.n - 1) / FRAGMENT * FRAGMENT;
	uint8_t out[IP + FRAGMENT];

	for (;; at -= FRAGMENT) {
		bool last = data.n - at <= FRAGMENT;
		size_t n = last ? data.n - at : FRAGMENT;
		size_t flags = at / 8 | (last ? 0 : 0x2000);
		uint16_t sum;

		memcpy(out, packet.p, IP);
		memcpy(out + IP, data.p + at, n);
		out[2] = (uint8_t)((IP + n) >> 8);
		out[3] = (uint8_t)(IP + n);
		out[6] = (uint8_t)(flags >> 8);
		out[7] = (uint8_t)flags;
		out[10] = out[11] = 0;
		sum = sum_of(out, IP);
		out[10] = (uint8_t)(sum >> 8);
		out[11] = (uint8_t)sum;
		add_sll2(b, head, span_from((const char *)out, IP + n));
		if (at == 0)
			return;
	}
}

/* The same call as in changing.pcap; what is long comes in pieces. */
static void make_fragments(void)
{
	struct buf from = load("changing.pcap"), out;
	const uint32_t link = 276;
	size_t at = 24;

	buf_init(&out, CAPTURE_MAX);
	buf_add(&out, from.p, 20);
	buf_add(&out, &link, 4);
	while (at < from.n) {
		const char *head = from.p + at;
		struct span packet;
		uint32_t n;

		memcpy(&n, head + 8, 4);
		packet = span_from(head + 16 + ETHERNET, n - ETHERNET);
		if (packet.n > IP + FRAGMENT)
			add_fragments(&out, head, packet);
		else
			add_sll2(&out, head, packet);
		at += 16 + n;
	}
	store(&out, "fragments-sll2.pcap");
	buf_fini(&out);
	buf_fini(&from);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		die("usage: make_pcaps DIR");
	dir = argv[1];
	make_call_pcmu();
	make_g722();
	make_opus();
	make_two_lines();
	make_changing();
	make_fragments();
	make_cut();
	make_vlan_sll();
	make_two_calls();
	make_transfer();
	return 0;
}
