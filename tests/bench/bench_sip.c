/* What a 4 KB SIPREC INVITE costs to read and to write, beside libosip2 alone
 * in the same run. */
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <osipparser2/osip_message.h>
#include <osipparser2/osip_parser.h>

#include "bench.h"
#include "core/buf.h"
#include "sip/head.h"
#include "sip/mime.h"
#include "sip/print.h"

static struct buf message;
static char sdp[1200], meta[2200];

static void fill(char *text, size_t size, const char *line)
{
	size_t n = strlen(line), at;

	for (at = 0; at + n < size; at += n)
		memcpy(text + at, line, n);
	text[at] = '\0';
}

static void print_invite(struct buf *out)
{
	struct buf body;
	struct sip_out r = {
		.method = "INVITE",
		.uri = "sip:vault@127.0.0.1:5070",
		.via = "UDP 127.0.0.1:5060",
		.branch = "0123456789abcdef",
		.from = "<sip:siprec-src@127.0.0.1:5060>;tag=0123456789abcdef",
		.to = "<sip:vault@127.0.0.1:5070>",
		.call_id = "0123456789abcdef0123456789abcdef",
		.cseq = 1,
		.contact = "<sip:siprec-src@127.0.0.1:5060>;+sip.src",
		.headers = "Require: siprec\r\nSupported: timer\r\n"
			   "Allow: " SIP_ALLOW "\r\n"
			   "Accept: application/sdp, "
			   "application/rs-metadata+xml\r\n",
		.content_type = "multipart/mixed;boundary=siprec"};

	buf_init(&body, SIP_MAX);
	mime_add(&body, "siprec", "Content-Type: application/sdp\r\n",
		 span_of(sdp));
	mime_add(&body, "siprec",
		 "Content-Type: application/rs-metadata+xml\r\n"
		 "Content-Disposition: recording-session\r\n",
		 span_of(meta));
	mime_close(&body, "siprec");
	r.body = buf_span(&body);
	buf_clear(out);
	sip_print_request(out, &r);
	buf_fini(&body);
}

static void ours_read(void)
{
	struct sip_view v;
	struct mime m;

	if (!sip_view(buf_span(&message), &v) || sip_head_check(&v, NULL) < 0 ||
	    mime_of(&m, &v, NULL) < 0 || m.n != 2)
		abort();
}

static void ours_transaction(void)
{
	struct sip_view v;
	osip_message_t *m;

	if (!sip_view(buf_span(&message), &v) || sip_head_check(&v, NULL) < 0)
		abort();
	m = sip_head_parse(&v, NULL);
	if (!m)
		abort();
	osip_message_free(m);
}

static void ours_write(void)
{
	static struct buf out;

	if (!out.max)
		buf_init(&out, SIP_MAX);
	print_invite(&out);
	if (out.n != message.n)
		abort();
}

static osip_message_t *osip_read_message(void)
{
	osip_message_t *m = NULL;

	if (osip_message_init(&m) != 0 ||
	    osip_message_parse(m, message.p, message.n) != 0)
		abort();
	return m;
}

static void osip_read(void)
{
	osip_message_free(osip_read_message());
}

static osip_message_t *kept;

static void osip_write(void)
{
	char *text = NULL;
	size_t n;

	osip_message_force_update(kept);
	if (osip_message_to_str(kept, &text, &n) != 0)
		abort();
	osip_free(text);
}

static void repeat(size_t n, void *arg)
{
	void (*f)(void) = *(void (**)(void))arg;

	while (n--)
		f();
}

static double row(const char *name, double base_ns, void (*f)(void))
{
	return bench_row(name, base_ns, repeat, &f);
}

int main(void)
{
	double osip_r, osip_w, r, w;

	parser_init();
	fill(sdp, sizeof(sdp), "a=rtpmap:0 PCMU/8000\r\n");
	fill(meta, sizeof(meta), "<nameID aor=\"sip:alice@example.com\"/>\r\n");
	buf_init(&message, SIP_MAX);
	print_invite(&message);
	printf("SIPREC INVITE of %zu octets\n", message.n);
	bench_head("one message");
	osip_r = row("libosip2 reads", 0, osip_read);
	r = row("ours reads: view, checks, MIME", osip_r, ours_read);
	row("ours reads for a transaction", osip_r, ours_transaction);
	kept = osip_read_message();
	osip_w = row("libosip2 writes", 0, osip_write);
	osip_message_free(kept);
	w = row("ours writes, both bodies", osip_w, ours_write);
	printf("read and written a second: ours %.0f, libosip2 %.0f, "
	       "ratio of cost %.2f\n",
	       1e9 / (r + w), 1e9 / (osip_r + osip_w),
	       (r + w) / (osip_r + osip_w));
	buf_fini(&message);
	return 0;
}
