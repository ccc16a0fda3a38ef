/*
 * make_transfers DIR - writes the transfers of pcaps/ that go on in another
 * dialog, the same bytes every time
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"
#include "core/buf.h"
#include "core/loop.h"
#include "core/xalloc.h"

enum { PACKETS = 25, OCTETS = 160 };

/* Who takes part, where, and what its stream is. */
struct side {
	const char *user, *ip;
	uint16_t port;
	uint32_t ssrc;
	uint16_t seq;
};

struct dialog {
	const char *call_id;
	struct side *caller, *callee;
	unsigned cseq[2]; /* of the caller, of the callee */
};

/* One message; zero is a request of the caller without a body. */
struct msg {
	const char *start; /* "INVITE", or "200 OK" */
	const char *method;
	const char *more; /* header lines */
	bool by_callee;	  /* the request is the callee's */
	bool untagged, sdp;
};

static struct capture_writer *out;
static int64_t now_us;

static void die(const char *text)
{
	fprintf(stderr, "make_transfers: %s\n", text);
	exit(1);
}

static void wait_ms(int64_t ms)
{
	now_us += ms * 1000;
}

static void begin(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	struct err e;

	now_us = LOOP_EPOCH_US;
	out = capture_writer_open(path, &e);
	if (!out)
		die(e.text);
	free(path);
}

static void end(void)
{
	struct err e;

	if (capture_writer_close(out, &e) < 0)
		die(e.text);
}

static void put(const struct side *from, uint16_t from_port,
		const struct side *to, uint16_t to_port, const void *p,
		size_t n)
{
	struct addr a, b;

	if (!addr_parse_ip(span_of(from->ip), &a) ||
	    !addr_parse_ip(span_of(to->ip), &b))
		die(from->ip);
	a.port = from_port;
	b.port = to_port;
	capture_writer_add(out, now_us, &a, &b, p, n);
}

/* ---- SIP ---- */

static char *body_of(const struct side *s)
{
	return xasprintf("v=0\r\no=%s 1 1 IN IP4 %s\r\ns=-\r\n"
			 "c=IN IP4 %s\r\nt=0 0\r\n"
			 "m=audio %u RTP/AVP 0\r\n",
			 s->user, s->ip, s->ip, s->port);
}

static void say(struct dialog *d, const struct msg *m)
{
	bool request = m->start[0] > '9';
	const struct side *asker = m->by_callee ? d->callee : d->caller;
	const struct side *asked = m->by_callee ? d->caller : d->callee;
	const struct side *from = request ? asker : asked;
	const struct side *to = request ? asked : asker;
	const char *method = request ? m->start : m->method;
	unsigned *cseq = &d->cseq[m->by_callee];
	char *body = m->sdp ? body_of(from) : xstrdup("");
	char *line, *text;

	*cseq += request && strcmp(method, "ACK") != 0;
	line = request ? xasprintf("%s sip:%s@%s SIP/2.0", m->start,
				   asked->user, asked->ip)
		       : xasprintf("SIP/2.0 %s", m->start);
	text = xasprintf("%s\r\n"
			 "Via: SIP/2.0/UDP %s:5060;branch=z9hG4bK-%s-%u-%s\r\n"
			 "Max-Forwards: 70\r\n"
			 "From: <sip:%s@example.com>;tag=%s-%s\r\n"
			 "To: <sip:%s@example.com>%s%s%s%s\r\n"
			 "Call-ID: %s\r\n"
			 "CSeq: %u %s\r\n"
			 "Contact: <sip:%s@%s>\r\n"
			 "%s%s"
			 "Content-Length: %zu\r\n\r\n%s",
			 line, asker->ip, d->call_id, *cseq, method,
			 asker->user, d->call_id, asker->user, asked->user,
			 m->untagged ? "" : ";tag=",
			 m->untagged ? "" : d->call_id, m->untagged ? "" : "-",
			 m->untagged ? "" : asked->user, d->call_id, *cseq,
			 method, from->user, from->ip, m->more ? m->more : "",
			 m->sdp ? "Content-Type: application/sdp\r\n" : "",
			 strlen(body), body);
	put(from, 5060, to, 5060, text, strlen(text));
	wait_ms(10);
	free(line);
	free(text);
	free(body);
}

#define SAY(d, ...) say(d, &(struct msg){.start = __VA_ARGS__})

static void answer(struct dialog *d, const char *more)
{
	SAY(d, "INVITE", .untagged = true, .sdp = true, .more = more);
	SAY(d, "180 Ringing", "INVITE");
	wait_ms(200);
	SAY(d, "200 OK", "INVITE", .sdp = true);
	SAY(d, "ACK");
}

static void hang_up(struct dialog *d, bool by_callee)
{
	SAY(d, "BYE", .by_callee = by_callee);
	SAY(d, "200 OK", "BYE", .by_callee = by_callee);
}

/* The REFER comes from the side that is transferred from. */
static void refer(struct dialog *d, bool by_callee, const char *to)
{
	char *more = xasprintf("Refer-To: <%s>\r\n", to);

	SAY(d, "REFER", .by_callee = by_callee, .more = more);
	SAY(d, "202 Accepted", "REFER", .by_callee = by_callee);
	free(more);
}

/* ---- RTP ---- */

static void speak(struct side *from, const struct side *to)
{
	uint8_t octets[OCTETS];
	struct buf b;

	memset(octets, (uint8_t)from->ssrc, sizeof(octets));
	buf_init(&b, 1472);
	buf_add_be16(&b, from->seq ? 0x8000 : 0x8080);
	buf_add_be16(&b, from->seq);
	buf_add_be32(&b, from->seq * (uint32_t)OCTETS);
	buf_add_be32(&b, from->ssrc);
	buf_add(&b, octets, sizeof(octets));
	put(from, from->port, to, to->port, b.p, b.n);
	buf_fini(&b);
	from->seq++;
}

static void talk(struct side *a, struct side *b)
{
	int i;

	for (i = 0; i < PACKETS; i++) {
		speak(a, b);
		speak(b, a);
		wait_ms(20);
	}
}

/* ---- what happens ---- */

/* Bob asks Alice, who called him, to call Carol instead: blindly. */
static void make_refer(const char *dir)
{
	struct side alice = {"alice", "10.1.1.10", 4000, 0x11, 0};
	struct side bob = {"bob", "10.1.1.20", 5000, 0x22, 0};
	struct side again = {"alice", "10.1.1.10", 4010, 0x33, 0};
	struct side carol = {"carol", "10.1.1.30", 6000, 0x44, 0};
	struct dialog first = {"refer-1", &alice, &bob, {0, 0}};
	struct dialog second = {"refer-2", &again, &carol, {0, 0}};

	begin(dir, "transfer-refer.pcap");
	answer(&first, NULL);
	talk(&alice, &bob);
	refer(&first, true, "sip:carol@example.com");
	hang_up(&first, true);
	answer(&second, "Referred-By: <sip:bob@example.com>\r\n");
	talk(&again, &carol);
	hang_up(&second, true);
	end();
}

/* Bob, who called Alice, asks Carol first, in a call of its own; Alice then
 * takes his place there. */
static void make_consulted(const char *dir)
{
	struct side alice = {"alice", "10.1.1.10", 4000, 0x11, 0};
	struct side bob = {"bob", "10.1.1.20", 5000, 0x22, 0};
	struct side asks = {"bob", "10.1.1.20", 5010, 0x55, 0};
	struct side asked = {"carol", "10.1.1.30", 6000, 0x66, 0};
	struct side again = {"alice", "10.1.1.10", 4010, 0x33, 0};
	struct side carol = {"carol", "10.1.1.30", 6010, 0x44, 0};
	struct dialog first = {"consulted-1", &bob, &alice, {0, 0}};
	struct dialog aside = {"consulted-2", &asks, &asked, {0, 0}};
	struct dialog second = {"consulted-3", &again, &carol, {0, 0}};

	begin(dir, "transfer-consulted.pcap");
	answer(&first, NULL);
	talk(&bob, &alice);
	answer(&aside, NULL);
	talk(&asks, &asked);
	refer(&first, false,
	      "sip:carol@example.com?Replaces=consulted-2%3Bto-tag%3D"
	      "consulted-2-carol%3Bfrom-tag%3Dconsulted-2-bob");
	answer(&second, "Replaces: consulted-2;to-tag=consulted-2-carol"
			";from-tag=consulted-2-bob\r\n");
	hang_up(&aside, true);
	hang_up(&first, false);
	talk(&again, &carol);
	hang_up(&second, false);
	end();
}

/* Dave picks up what Bob has: he calls Alice in Bob's place. */
static void make_picked_up(const char *dir)
{
	struct side alice = {"alice", "10.1.1.10", 4000, 0x11, 0};
	struct side bob = {"bob", "10.1.1.20", 5000, 0x22, 0};
	struct side again = {"alice", "10.1.1.10", 4010, 0x33, 0};
	struct side dave = {"dave", "10.1.1.40", 7000, 0x44, 0};
	struct dialog first = {"picked-up-1", &alice, &bob, {0, 0}};
	struct dialog second = {"picked-up-2", &dave, &again, {0, 0}};

	begin(dir, "transfer-picked-up.pcap");
	answer(&first, NULL);
	talk(&alice, &bob);
	answer(&second, "Replaces: picked-up-1;to-tag=picked-up-1-alice"
			";from-tag=picked-up-1-bob\r\n");
	hang_up(&first, false);
	talk(&dave, &again);
	hang_up(&second, true);
	end();
}

/* Bob asks the B2BUA in front of him; Alice's side of it goes on as it was. */
static void make_b2bua(const char *dir)
{
	struct side alice = {"alice", "10.1.1.10", 4000, 0x11, 0};
	struct side near = {"bob", "10.1.1.5", 8000, 0x22, 0};
	struct side far = {"alice", "10.1.1.5", 8010, 0x33, 0};
	struct side bob = {"bob", "10.1.1.20", 5000, 0x44, 0};
	struct side other = {"alice", "10.1.1.5", 8020, 0x55, 0};
	struct side carol = {"carol", "10.1.1.30", 6000, 0x66, 0};
	struct dialog first = {"b2bua-1", &alice, &near, {0, 0}};
	struct dialog second = {"b2bua-2", &far, &bob, {0, 0}};
	struct dialog third = {"b2bua-3", &other, &carol, {0, 0}};

	begin(dir, "transfer-b2bua.pcap");
	SAY(&first, "INVITE", .untagged = true, .sdp = true);
	answer(&second, NULL);
	SAY(&first, "200 OK", "INVITE", .sdp = true);
	SAY(&first, "ACK");
	talk(&alice, &near);
	talk(&far, &bob);
	refer(&second, true, "sip:carol@example.com");
	hang_up(&second, true);
	answer(&third, NULL);
	talk(&alice, &near);
	talk(&other, &carol);
	hang_up(&third, true);
	hang_up(&first, true);
	end();
}

int main(int argc, char **argv)
{
	if (argc != 2)
		die("usage: make_transfers DIR");
	make_refer(argv[1]);
	make_consulted(argv[1]);
	make_picked_up(argv[1]);
	make_b2bua(argv[1]);
	return 0;
}
