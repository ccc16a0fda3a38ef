#include "sip/head.h"

#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include <osipparser2/osip_message.h>
#include <osipparser2/osip_parser.h>
#include <osipparser2/osip_uri.h>

#include "core/buf.h"
#include "sip/plain.h"

enum { HEAD_MAX = 65536, ELEMENTS_MAX = 2048 };

/* Headers of which a message has exactly one (or, where `optional`, at most
 * one). */
static const struct {
	const char *name;
	bool optional;
} singles[] = {
	{"From", false},	  {"To", false},
	{"Call-ID", false},	  {"CSeq", false},
	{"Content-Length", true}, {"Content-Type", true},
	{"Max-Forwards", true},
};

static int check_singles(const struct sip_view *v, struct err *e)
{
	size_t i;

	for (i = 0; i < sizeof(singles) / sizeof(singles[0]); i++) {
		unsigned n = sip_view_header_count(v, singles[i].name);

		if (n == 0 && !singles[i].optional)
			return err_set(e, ERR_INPUT, "no %s header",
				       singles[i].name);
		if (n > 1)
			return err_set(e, ERR_INPUT, "%u %s headers", n,
				       singles[i].name);
	}
	return 0;
}

static int check_length(const struct sip_view *v, struct err *e)
{
	struct span value;
	size_t have = v->text.n;
	uint32_t n;

	if (!sip_view_header(v, "Content-Length", 0, &value))
		return 0;
	if (!parse_u32(span_trim(value), 0, UINT32_MAX, &n))
		return err_set(e, ERR_INPUT,
			       "Content-Length '%.*s' is no "
			       "number",
			       SPAN_ARG(value));
	have -= (size_t)(v->body.p ? v->body.p - v->text.p
				   : (ptrdiff_t)v->text.n);
	if (n > have)
		return err_set(e, ERR_INPUT,
			       "Content-Length %u, but %zu bytes "
			       "of body came",
			       n, have);
	return 0;
}

/* A tag is a token, and there is one: a second would name another dialog. */
static int check_tag(struct span value, const char *name, bool wanted,
		     struct err *e)
{
	struct span tag, other, rest;

	if (!sip_param(value, "tag", &tag))
		return wanted ? err_set(e, ERR_INPUT, "%s without tag", name)
			      : 0;
	if (span_empty(tag))
		return err_set(e, ERR_INPUT, "%s with an empty tag", name);
	rest = span_skip(value, (size_t)(tag.p + tag.n - value.p));
	if (sip_param(rest, "tag", &other))
		return err_set(e, ERR_INPUT, "%s with two tags", name);
	return 0;
}

static int check_tags(const struct sip_view *v, struct err *e)
{
	bool reply = !v->request && v->code > 100;

	if (check_tag(v->from, "From", true, e) < 0)
		return -1;
	if (check_tag(v->to, "To", false, e) < 0)
		return -1;
	if (reply && span_empty(v->to_tag))
		return err_set(e, ERR_INPUT, "%d without To tag", v->code);
	return 0;
}

/* RFC 3261 section 25.1: one blank between the parts, and the status code has
 * one behind it even without a reason. */
static int check_start_line(const struct sip_view *v, struct err *e)
{
	static const char version[] = "SIP/2.0";
	struct span line = v->text, rest;

	while (line.n && (line.p[0] == '\r' || line.p[0] == '\n'))
		line = span_skip(line, 1);
	line.n = span_chr(line, '\n');
	if (line.n == 0 || line.p[line.n - 1] != '\r')
		return err_set(e, ERR_INPUT, "start line ends in LF, not CRLF");
	line.n--;
	rest = line;
	if (v->request) {
		span_cut(&rest, ' ');
		span_cut(&rest, ' ');
	} else {
		rest = span_cut(&rest, ' ');
		line = span_skip(line, rest.n + 1);
	}
	if (!span_case_is(rest, version))
		return err_set(e, ERR_INPUT, "start line is not that of %s",
			       version);
	if (!v->request && (line.n < 4 || line.p[3] != ' '))
		return err_set(e, ERR_INPUT, "no blank after the status code");
	return 0;
}

static int check_start(const struct sip_view *v, struct err *e)
{
	if (v->request && !span_eq(v->method, v->cseq_method))
		return err_set(e, ERR_INPUT,
			       "CSeq says %.*s, the request is %.*s",
			       SPAN_ARG(v->cseq_method), SPAN_ARG(v->method));
	if (!v->request && (v->code < 100 || v->code > 699))
		return err_set(e, ERR_INPUT, "status %d is not in 100 to 699",
			       v->code);
	return 0;
}

/* Ports are 1 to 65535, in the URIs that requests are sent to. */
static int check_uri(struct span uri, const char *where, struct err *e)
{
	struct sip_uri u;

	if ((span_case_starts(uri, "sip:") || span_case_starts(uri, "sips:")) &&
	    !sip_uri_parse(uri, &u))
		return err_set(e, ERR_INPUT, "bad URI '%.*s' in %s",
			       SPAN_ARG(uri), where);
	return 0;
}

static int check_uris(const struct sip_view *v, struct err *e)
{
	struct span contact;
	struct sip_walk w;

	if (v->request && check_uri(v->uri, "the request line", e) < 0)
		return -1;
	sip_walk(&w, v, "Contact");
	while (sip_walk_next(&w, &contact))
		if (check_uri(sip_addr_uri(contact), "Contact", e) < 0)
			return -1;
	return 0;
}

static int check_via(const struct sip_view *v, struct err *e)
{
	struct span by = sip_via_sent_by(v->via), port;
	uint32_t n;

	if (span_empty(by))
		return err_set(e, ERR_INPUT, "no Via header");
	if (span_empty(v->branch))
		return err_set(e, ERR_INPUT, "Via without branch");
	if (by.p[0] == '[')
		by = span_skip(by, span_chr(by, ']'));
	port = span_skip(by, span_chr(by, ':'));
	if (!span_empty(port) &&
	    !parse_u32(span_trim(span_skip(port, 1)), 1, 65535, &n))
		return err_set(e, ERR_INPUT, "bad port in Via '%.*s'",
			       SPAN_ARG(v->via));
	return 0;
}

static int check_line_ends(const struct sip_view *v, struct err *e)
{
	size_t i;

	for (i = 0; i < v->headers.n; i++)
		if (v->headers.p[i] == '\n' &&
		    (i == 0 || v->headers.p[i - 1] != '\r'))
			return err_set(e, ERR_INPUT,
				       "header lines end in LF, not CRLF");
	return 0;
}

int sip_head_check(const struct sip_view *v, struct err *e)
{
	struct span number;

	if (check_line_ends(v, e) < 0 || check_singles(v, e) < 0)
		return -1;
	if (check_start_line(v, e) < 0 || check_via(v, e) < 0)
		return -1;
	if (span_empty(v->call_id))
		return err_set(e, ERR_INPUT, "empty Call-ID");
	if (span_empty(v->cseq_method))
		return err_set(e, ERR_INPUT, "bad CSeq");
	if (sip_view_header(v, "CSeq", 0, &number)) {
		uint32_t seq;

		number = span_trim(number);
		number.n = span_chr(number, ' ');
		if (!parse_u32(number, 0, INT32_MAX, &seq))
			return err_set(e, ERR_INPUT, "CSeq number '%.*s'",
				       SPAN_ARG(number));
	}
	if (check_start(v, e) < 0 || check_tags(v, e) < 0 ||
	    check_uris(v, e) < 0)
		return -1;
	return check_length(v, e);
}

/* Head lines but Content-Length: with it osip would want the body, and a bad
 * part would fail the message. */
static void copy_head(struct buf *b, const struct sip_view *v)
{
	struct span rest = span_from(
		v->text.p, (size_t)(v->headers.p - v->text.p) + v->headers.n);
	bool drop = false;

	while (rest.n) {
		size_t n = span_chr(rest, '\n');
		struct span line = span_from(rest.p, n < rest.n ? n + 1 : n);
		bool more = line.p[0] == ' ' || line.p[0] == '\t';

		if (!more) {
			struct span name = span_from(line.p,
						     span_chr(line, ':'));

			name = span_trim(name);
			drop = span_case_is(name, "Content-Length") ||
			       span_case_is(name, "l");
		}
		if (!drop)
			buf_add_span(b, line);
		rest = span_skip(rest, line.n);
	}
	buf_add_str(b, "\r\n");
}

/* osip walks through all it has for each header and list element it adds: what
 * costs it seconds is nothing that anybody means. */
static bool is_endless(struct span headers)
{
	size_t i, n = 0;

	for (i = 0; i < headers.n; i++)
		n += headers.p[i] == ',' || headers.p[i] == '\n';
	return n > ELEMENTS_MAX;
}

struct osip_message *sip_head_parse(const struct sip_view *v, struct err *e)
{
	osip_message_t *m = NULL;
	struct buf head;
	int rc;

	if (is_endless(v->headers)) {
		err_set(e, ERR_INPUT, "more than %d headers and list elements",
			ELEMENTS_MAX);
		return NULL;
	}

	buf_init(&head, HEAD_MAX + 64);
	copy_head(&head, v);
	if (head.overflow || osip_message_init(&m) != 0) {
		buf_fini(&head);
		err_set(e, ERR_INPUT, "head is too long");
		return NULL;
	}
	rc = osip_message_parse(m, head.p, head.n);
	buf_fini(&head);
	if (rc != 0) {
		osip_message_free(m);
		err_set(e, ERR_INPUT, "a header is malformed");
		return NULL;
	}
	return m;
}

int sip_head_test(const struct sip_view *v, struct err *e)
{
	osip_message_t *m;

	if (sip_is_plain(v))
		return 0;
	if (sip_head_check(v, e) < 0 || !(m = sip_head_parse(v, e)))
		return -1;
	osip_message_free(m);
	return 0;
}

/* ---- URIs ---- */

static void copy(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

static bool take_port(struct sip_uri *u, const char *port)
{
	uint32_t n;

	if (!port)
		return true;
	if (!parse_u32(span_of(port), 1, 65535, &n))
		return false;
	u->port = (uint16_t)n;
	return true;
}

static bool take_uri(struct sip_uri *u, osip_uri_t *o)
{
	osip_uri_param_t *param = NULL;

	if (!o->scheme || strlen(o->scheme) >= sizeof(u->scheme))
		return false;
	copy(u->scheme, sizeof(u->scheme), o->scheme);
	if (span_case_is(span_of(u->scheme), "tel"))
		return true;
	if (!span_case_is(span_of(u->scheme), "sip") &&
	    !span_case_is(span_of(u->scheme), "sips"))
		return false;
	if (!o->host || !o->host[0] || strlen(o->host) >= sizeof(u->host))
		return false;
	copy(u->user, sizeof(u->user), o->username);
	copy(u->host, sizeof(u->host), o->host);
	if (osip_uri_uparam_get_byname(o, (char *)"transport", &param) == 0 &&
	    param)
		copy(u->transport, sizeof(u->transport), param->gvalue);
	param = NULL;
	u->lr = osip_uri_uparam_get_byname(o, (char *)"lr", &param) == 0 &&
		param;
	return take_port(u, o->port);
}

static void put(char *out, size_t size, struct span s)
{
	size_t n = s.n < size ? s.n : size - 1;

	memcpy(out, s.p, n);
	out[n] = '\0';
}

static void take_plain(struct sip_uri *u, const struct plain_uri *p)
{
	struct span value;

	memcpy(u->scheme, "sips", p->sips ? 4 : 3);
	put(u->user, sizeof(u->user), p->user);
	put(u->host, sizeof(u->host), p->host);
	if (sip_uri_plain_param(p, "transport", &value))
		put(u->transport, sizeof(u->transport), value);
	u->lr = sip_uri_plain_param(p, "lr", &value);
	u->port = p->port;
}

bool sip_uri_parse(struct span text, struct sip_uri *u)
{
	osip_uri_t *o = NULL;
	struct plain_uri plain;
	char z[1024];
	bool ok = false;

	memset(u, 0, sizeof(*u));
	if (sip_uri_plain(text, &plain)) {
		take_plain(u, &plain);
		return true;
	}
	if (text.n == 0 || text.n >= sizeof(z) || memchr(text.p, '\0', text.n))
		return false;
	memcpy(z, text.p, text.n);
	z[text.n] = '\0';
	if (strpbrk(z, " \t\r\n<>\""))
		return false;
	if (osip_uri_init(&o) != 0)
		return false;
	if (osip_uri_parse(o, z) == 0)
		ok = take_uri(u, o);
	osip_uri_free(o);
	return ok;
}

bool sip_uri_proto(const struct sip_uri *u, enum addr_proto otherwise,
		   enum addr_proto *out)
{
	static const char *const names[] = {"udp", "tcp", "tls"};
	bool sips = span_case_is(span_of(u->scheme), "sips");
	int i;

	if (!u->host[0])
		return false;
	*out = sips ? ADDR_TLS : otherwise;
	if (!u->transport[0])
		return true;
	for (i = ADDR_UDP; i <= ADDR_TLS; i++)
		if (span_case_is(span_of(u->transport), names[i]))
			break;
	if (i > ADDR_TLS || (sips && i == ADDR_UDP))
		return false;
	if (!sips)
		*out = (enum addr_proto)i;
	return true;
}

/* What stands after the colon of its host, or nothing. */
static struct span port_text(struct span uri)
{
	struct span rest = span_skip(uri, span_chr(uri, ':') + 1);

	if (span_chr(rest, '@') < rest.n)
		rest = span_skip(rest, span_chr(rest, '@') + 1);
	rest = span_cut(&rest, '?');
	rest = span_cut(&rest, ';');
	if (rest.n && rest.p[0] == '[')
		rest = span_skip(rest, span_chr(rest, ']'));
	return span_skip(rest, span_chr(rest, ':') + 1);
}

int sip_uri_check(struct span text, struct err *e)
{
	struct span port = port_text(text);
	enum addr_proto proto;
	struct sip_uri u;
	uint32_t n;

	if (port.n && !parse_u32(port, 1, 65535, &n))
		return err_set(e, ERR_INPUT,
			       "'%.*s': a port is 1 to 65535, not '%.*s'",
			       SPAN_ARG(text), SPAN_ARG(port));
	if (!sip_uri_parse(text, &u) || !u.host[0])
		return err_set(e, ERR_INPUT,
			       "'%.*s' is no SIP URI such as "
			       "sip:recorder@192.0.2.7",
			       SPAN_ARG(text));
	if (sip_uri_proto(&u, ADDR_UDP, &proto))
		return 0;
	if (span_case_is(span_of(u.transport), "udp"))
		return err_set(e, ERR_INPUT,
			       "'%.*s': sips goes with tls, not with udp",
			       SPAN_ARG(text));
	return err_set(e, ERR_INPUT,
		       "'%.*s': transport '%s' is not one of udp, tcp, tls",
		       SPAN_ARG(text), u.transport);
}

enum { SIP_PORT = 5060, SIPS_PORT = 5061 };

static uint16_t usual_port(enum addr_proto proto)
{
	return proto == ADDR_TLS ? SIPS_PORT : SIP_PORT;
}

void sip_via_addr(struct span via, const struct addr *from, struct addr *out)
{
	struct span by = sip_via_sent_by(via);
	struct addr sent_by;

	*out = *from;
	out->port = usual_port((enum addr_proto)from->proto);
	if (addr_parse(by, &sent_by) && sent_by.port)
		out->port = sent_by.port;
	else if (span_chr(by, ':') < by.n && by.p[0] != '[') {
		uint32_t port;

		if (parse_u32(span_skip(by, span_chr(by, ':') + 1), 1, 65535,
			      &port))
			out->port = (uint16_t)port;
	}
}

void sip_reply_addr(const struct sip_view *req, const struct addr *from,
		    struct addr *out)
{
	struct span rport;

	*out = *from;
	if (!addr_is_reliable(from) && !sip_param(req->via, "rport", &rport))
		sip_via_addr(req->via, from, out);
}
