/*
 * make_load FILE CALLS SECONDS - writes a capture of many calls at once, each
 * with two streams of PCMU: 100 packets a second and call. A packet in a
 * thousand is lost, one in a thousand comes twice.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"
#include "core/loop.h"
#include "core/rng.h"
#include "core/xalloc.h"
#include "media/rtp.h"

enum { FRAME_US = 20000, SAMPLES = 160, PER_HOST = 200 };

struct load {
	struct capture_writer *w;
	struct rng rng;
	unsigned calls;
	int64_t now_us;
};

static struct addr host(unsigned side, unsigned call, unsigned port)
{
	char text[64];
	struct addr a;

	snprintf(text, sizeof(text), "10.%u.%u.%u", side,
		 call / PER_HOST / 250 + 1, call / PER_HOST % 250 + 1);
	if (!addr_parse_ip(span_of(text), &a))
		abort();
	a.port = (uint16_t)port;
	return a;
}

static struct addr media_of(unsigned side, unsigned call)
{
	return host(side, call, 10000 + call % PER_HOST * 2);
}

static void send_text(struct load *l, bool by_caller, unsigned call,
		      const char *text)
{
	struct addr caller = host(1, call, 5060), callee = host(2, call, 5060);

	capture_writer_add(l->w, l->now_us, by_caller ? &caller : &callee,
			   by_caller ? &callee : &caller, text, strlen(text));
	l->now_us += 10;
}

static char *message(unsigned call, const char *start, const char *cseq,
		     bool answered, const char *body)
{
	return xasprintf("%s\r\n"
			 "Via: SIP/2.0/UDP h;branch=z9hG4bK%u%s\r\n"
			 "From: <sip:a%u@example.com>;tag=a%u\r\n"
			 "To: <sip:b%u@example.com>%s\r\n"
			 "Call-ID: call-%u@example.com\r\n"
			 "CSeq: %s\r\n"
			 "Contact: <sip:x@example.com>\r\n"
			 "%s"
			 "Content-Length: %zu\r\n\r\n%s",
			 start, call, cseq, call, call, call,
			 answered ? ";tag=b" : "", call, cseq,
			 body[0] ? "Content-Type: application/sdp\r\n" : "",
			 strlen(body), body);
}

static char *describe(unsigned side, unsigned call)
{
	struct addr a = media_of(side, call);
	char ip[ADDR_TEXT];

	addr_ip_text(&a, ip);
	return xasprintf("v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\n"
			 "t=0 0\r\nm=audio %u RTP/AVP 0 101\r\n"
			 "a=rtpmap:101 telephone-event/8000\r\n",
			 ip, ip, a.port);
}

static void send_message(struct load *l, bool by_caller, unsigned call,
			 const char *start, const char *cseq, bool answered,
			 unsigned described)
{
	char *body = described ? describe(described, call) : xstrdup("");
	char *text = message(call, start, cseq, answered, body);

	send_text(l, by_caller, call, text);
	free(text);
	free(body);
}

static void set_up(struct load *l, unsigned call)
{
	send_message(l, true, call, "INVITE sip:b@example.com SIP/2.0",
		     "1 INVITE", false, 1);
	send_message(l, false, call, "SIP/2.0 180 Ringing", "1 INVITE", true,
		     0);
	send_message(l, false, call, "SIP/2.0 200 OK", "1 INVITE", true, 2);
	send_message(l, true, call, "ACK sip:b@example.com SIP/2.0", "1 ACK",
		     true, 0);
}

static void tear_down(struct load *l, unsigned call)
{
	send_message(l, true, call, "BYE sip:b@example.com SIP/2.0", "2 BYE",
		     true, 0);
	send_message(l, false, call, "SIP/2.0 200 OK", "2 BYE", true, 0);
}

static void send_rtp(struct load *l, unsigned side, unsigned call, unsigned n)
{
	static const char sound[SAMPLES];
	struct rtp rtp = {.seq = (uint16_t)n,
			  .ts = n * SAMPLES,
			  .ssrc = call * 2 + side,
			  .payload = span_from(sound, sizeof(sound))};
	struct addr src = media_of(side, call), dst = media_of(3 - side, call);
	uint32_t dice = rng_below(&l->rng, 1000);
	uint8_t packet[RTP_MAX];
	size_t size = rtp_write(&rtp, packet);

	if (dice != 0)
		capture_writer_add(l->w, l->now_us, &src, &dst, packet, size);
	if (dice == 1)
		capture_writer_add(l->w, l->now_us, &src, &dst, packet, size);
}

static void talk(struct load *l, unsigned seconds)
{
	unsigned n, call, frames = seconds * 1000000 / FRAME_US;
	int64_t from_us = l->now_us;

	for (n = 0; n < frames; n++) {
		for (call = 0; call < l->calls; call++) {
			l->now_us = from_us + (int64_t)n * FRAME_US +
				    (int64_t)call * FRAME_US / l->calls;
			send_rtp(l, 1, call, n);
			send_rtp(l, 2, call, n);
		}
	}
}

int main(int argc, char **argv)
{
	struct load l = {.now_us = LOOP_EPOCH_US};
	struct err e = ERR_INIT;
	uint32_t calls, seconds;
	unsigned i;

	if (argc != 4 || !parse_u32(span_of(argv[2]), 1, 1000000, &calls) ||
	    !parse_u32(span_of(argv[3]), 1, 100000, &seconds)) {
		fputs("usage: make_load FILE CALLS SECONDS\n", stderr);
		return 2;
	}
	l.calls = calls;
	rng_init(&l.rng, 1);
	l.w = capture_writer_open(argv[1], &e);
	for (i = 0; l.w && i < calls; i++)
		set_up(&l, i);
	if (l.w)
		talk(&l, seconds);
	for (i = 0; l.w && i < calls; i++)
		tear_down(&l, i);
	if (!l.w || capture_writer_close(l.w, &e) < 0) {
		fprintf(stderr, "make_load: %s\n", e.text);
		return 1;
	}
	return 0;
}
