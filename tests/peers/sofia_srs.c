/*
 * A recorder on Sofia-SIP, so that somebody who shares no line with us reads
 * what we send: its SIP, MIME and SDP parsers, its dialogs, its offers and
 * answers. It takes every stream, counts the RTP, and tells what it saw:
 *
 *   listening udp:127.0.0.1:40123
 *   invite media=2 labels=1,2 modes=sendonly,sendonly metadata=2154
 *   reinvite media=2 labels=1,2 modes=inactive,inactive metadata=2160
 *   bye
 *   stream label=1 packets=150 lost=0
 *   left 0
 *
 * Usage: sofia_srs [--plain]; `--plain` never heard of siprec. SIGINT or
 * SIGTERM ends it; `left` says how many calls were open then.
 */
typedef struct app nua_magic_t;
typedef struct call nua_hmagic_t;
typedef struct stream su_wakeup_arg_t;
#define NUA_MAGIC_T nua_magic_t
#define NUA_HMAGIC_T nua_hmagic_t
#define SU_WAKEUP_ARG_T su_wakeup_arg_t

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <sofia-sip/msg_mime.h>
#include <sofia-sip/nta_tag.h>
#include <sofia-sip/nua.h>
#include <sofia-sip/sdp.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/su.h>
#include <sofia-sip/su_string.h>

enum { STREAMS = 4, SDP_MAX = 4096, RTP_HEAD = 12 };

struct stream {
	struct call *call;
	char label[32];
	int fd; /* -1: unused */
	int port;
	int wait; /* of su_root_register */
	unsigned packets, first, last;
};

struct call {
	struct app *app;
	nua_handle_t *nh;
	unsigned version; /* of our SDP */
	struct stream stream[STREAMS];
};

struct app {
	su_root_t *root;
	nua_t *nua;
	unsigned calls; /* open ones */
	bool down;
};

/* What is in an INVITE for us. */
struct offer {
	sdp_parser_t *parser;
	sdp_session_t *sdp;
	size_t metadata; /* octets */
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void count(struct stream *s, const unsigned char *b, ssize_t n)
{
	/* RFC 3550 section 5.1; RFC 5761 section 4 tells RTCP apart */
	if (n < RTP_HEAD || b[0] >> 6 != 2 || (b[1] >= 192 && b[1] <= 223))
		return;
	s->last = (unsigned)(b[2] << 8 | b[3]);
	if (!s->packets++)
		s->first = s->last;
}

/* All that is there, so that a BYE does not overtake what came before it. */
static int on_rtp(void *app, su_wait_t *w, struct stream *s)
{
	unsigned char b[2048];
	ssize_t n;

	(void)app;
	(void)w;
	while ((n = recv(s->fd, b, sizeof(b), MSG_DONTWAIT)) >= 0)
		count(s, b, n);
	return 0;
}

static bool stream_open(struct call *c, struct stream *s)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t n = sizeof(a);
	su_wait_t wait[1];

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->call = c;
	s->fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    getsockname(s->fd, (struct sockaddr *)&a, &n) < 0 ||
	    su_wait_create(wait, s->fd, SU_WAIT_IN) < 0)
		return false;
	s->port = ntohs(a.sin_port);
	s->wait = su_root_register(c->app->root, wait, on_rtp, s, 0);
	return s->wait > 0;
}

static struct call *call_new(struct app *app, nua_handle_t *nh)
{
	struct call *c = calloc(1, sizeof(*c));
	size_t i;

	if (!c)
		abort();
	c->app = app;
	c->nh = nh;
	for (i = 0; i < STREAMS; i++)
		c->stream[i].fd = -1;
	nua_handle_bind(nh, c);
	app->calls++;
	return c;
}

static void call_end(struct call *c)
{
	struct stream *s;
	unsigned lost;

	for (s = c->stream; s < c->stream + STREAMS; s++) {
		if (s->fd < 0)
			continue;
		on_rtp(NULL, NULL, s);
		lost = s->packets ? s->last - s->first + 1 - s->packets : 0;
		printf("stream label=%s packets=%u lost=%u\n", s->label,
		       s->packets, lost & 0xffff);
		su_root_deregister(c->app->root, s->wait);
		close(s->fd);
	}
	c->app->calls--;
	nua_handle_bind(c->nh, NULL);
	nua_handle_destroy(c->nh);
	free(c);
}

static bool is(const msg_content_type_t *c, const char *type)
{
	return c && su_casematch(c->c_type, type);
}

static const char *label_of(const sdp_media_t *m)
{
	const sdp_attribute_t *a = sdp_attribute_find(m->m_attributes, "label");

	return a && a->a_value ? a->a_value : "-";
}

/* False when there is no SDP that Sofia takes. */
static bool offer_read(struct offer *o, su_home_t *home, const sip_t *sip)
{
	const sip_payload_t *body = sip->sip_payload;
	msg_multipart_t *part;

	memset(o, 0, sizeof(*o));
	if (!body)
		return false;
	if (is(sip->sip_content_type, "application/sdp")) {
		o->parser = sdp_parse(home, body->pl_data,
				      (issize_t)body->pl_len, sdp_f_strict);
		o->sdp = sdp_session(o->parser);
		return o->sdp;
	}
	part = msg_multipart_parse(home, sip->sip_content_type,
				   sip->sip_payload);
	for (; part; part = part->mp_next) {
		body = part->mp_payload;
		if (is(part->mp_content_type, "application/sdp") && body)
			o->parser = sdp_parse(home, body->pl_data,
					      (issize_t)body->pl_len,
					      sdp_f_strict);
		if ((is(part->mp_content_type, "application/rs-metadata+xml") ||
		     is(part->mp_content_type, "application/rs-metadata")) &&
		    body)
			o->metadata = body->pl_len;
	}
	o->sdp = o->parser ? sdp_session(o->parser) : NULL;
	return o->sdp;
}

static const char *mode_name(sdp_mode_t mode)
{
	static const char *const names[] = {"inactive", "sendonly", "recvonly",
					    "sendrecv"};

	return names[mode & 3];
}

/* RFC 7866 section 7.2: an SRS receives, or rests. */
static void tell(const char *what, const struct offer *o)
{
	const sdp_media_t *m;
	unsigned n = 0;

	for (m = o->sdp->sdp_media; m; m = m->m_next)
		n++;
	printf("%s media=%u labels=", what, n);
	for (m = o->sdp->sdp_media; m; m = m->m_next)
		printf("%s%s", label_of(m), m->m_next ? "," : " modes=");
	for (m = o->sdp->sdp_media; m; m = m->m_next)
		printf("%s%s", mode_name(m->m_mode), m->m_next ? "," : " ");
	printf("metadata=%zu\n", o->metadata);
}

/* One m-line of the answer: the first format, and RFC 3264 section 6.1. */
static int add_media(char *to, size_t size, const sdp_media_t *m,
		     const struct stream *s)
{
	const sdp_rtpmap_t *r = m->m_rtpmaps;
	int n;

	if (s->fd < 0 || m->m_rejected || !r)
		return snprintf(to, size, "m=%s 0 RTP/AVP 0\r\n",
				m->m_type_name);
	n = snprintf(to, size, "m=%s %d RTP/AVP %u\r\n", m->m_type_name,
		     s->port, r->rm_pt);
	return n + snprintf(to + n, size - (size_t)n,
			    "a=rtpmap:%u %s/%lu\r\na=label:%s\r\na=%s\r\n",
			    r->rm_pt, r->rm_encoding, r->rm_rate, s->label,
			    m->m_mode & sdp_sendonly ? "recvonly" : "inactive");
}

static void answer(char *to, size_t size, struct call *c, const struct offer *o)
{
	const sdp_media_t *m;
	struct stream *s = c->stream;
	int n;

	n = snprintf(to, size,
		     "v=0\r\no=sofia 1 %u IN IP4 127.0.0.1\r\ns=-\r\n"
		     "c=IN IP4 127.0.0.1\r\nt=0 0\r\n",
		     ++c->version);
	for (m = o->sdp->sdp_media; m && s < c->stream + STREAMS;
	     m = m->m_next, s++) {
		if (s->fd < 0 && !m->m_rejected && !stream_open(c, s))
			exit(1);
		snprintf(s->label, sizeof(s->label), "%s", label_of(m));
		n += add_media(to + n, size - (size_t)n, m, s);
	}
}

static void on_invite(struct app *app, nua_handle_t *nh, struct call *c,
		      const sip_t *sip)
{
	su_home_t home[1] = {SU_HOME_INIT(home)};
	char sdp[SDP_MAX];
	struct offer o;

	su_home_init(home);
	if (!offer_read(&o, home, sip)) {
		printf("unreadable\n");
		nua_respond(nh, SIP_488_NOT_ACCEPTABLE, TAG_END());
	} else {
		tell(c ? "reinvite" : "invite", &o);
		if (!c)
			c = call_new(app, nh);
		answer(sdp, sizeof(sdp), c, &o);
		nua_respond(nh, SIP_200_OK, NUTAG_M_FEATURES("+sip.srs"),
			    SIPTAG_REQUIRE_STR("siprec"),
			    SIPTAG_CONTENT_TYPE_STR("application/sdp"),
			    SIPTAG_PAYLOAD_STR(sdp), TAG_END());
	}
	sdp_parser_free(o.parser);
	su_home_deinit(home);
}

/* The port was the system's choice. */
static void tell_port(const sip_contact_t *m)
{
	if (m) {
		printf("listening udp:%s:%s\n", m->m_url->url_host,
		       m->m_url->url_port);
		return;
	}
	fprintf(stderr, "sofia_srs: no address to listen at\n");
	exit(1);
}

static void on_event(nua_event_t event, int status, char const *phrase,
		     nua_t *nua, struct app *app, nua_handle_t *nh,
		     struct call *c, sip_t const *sip, tagi_t tags[])
{
	const sip_contact_t *contact = NULL;
	int state = 0;

	(void)status;
	(void)phrase;
	(void)nua;
	switch (event) {
	case nua_r_get_params:
		tl_gets(tags, NTATAG_CONTACT_REF(contact), TAG_END());
		tell_port(contact);
		break;
	case nua_i_invite:
		on_invite(app, nh, c, sip);
		break;
	case nua_i_bye:
		printf("bye\n");
		break;
	case nua_i_cancel:
		printf("cancel\n");
		break;
	case nua_i_state:
		tl_gets(tags, NUTAG_CALLSTATE_REF(state), TAG_END());
		if (state == nua_callstate_terminated && c)
			call_end(c);
		break;
	case nua_r_shutdown:
		app->down = status >= 200;
		break;
	default:
		break;
	}
}

static int serve(struct app *app, bool plain)
{
	app->nua = nua_create(
		app->root, on_event, app, NUTAG_URL("sip:127.0.0.1:*"),
		NUTAG_MEDIA_ENABLE(0), NUTAG_AUTOALERT(0), NUTAG_AUTOANSWER(0),
		NUTAG_SESSION_TIMER(0), NTATAG_UDP_MTU(65535),
		NTATAG_MAXSIZE(65536),
		SIPTAG_SUPPORTED_STR(plain ? "timer" : "timer, siprec"),
		TAG_END());
	if (!app->nua)
		return 1;
	nua_get_params(app->nua, TAG_ANY(), TAG_END());
	while (!stop)
		su_root_step(app->root, 50);
	printf("left %u\n", app->calls);
	nua_shutdown(app->nua);
	while (!app->down)
		su_root_step(app->root, 50);
	nua_destroy(app->nua);
	return 0;
}

int main(int argc, char **argv)
{
	bool plain = argc > 1 && strcmp(argv[1], "--plain") == 0;
	struct app app = {.calls = 0};
	int rc;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	su_init();
	app.root = su_root_create(&app);
	rc = serve(&app, plain);
	su_root_destroy(app.root);
	su_deinit();
	return rc;
}
