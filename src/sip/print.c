#include "sip/print.h"

#include <stdio.h>
#include <string.h>

#include "sip/value.h"

#define AGENT "siprec-src/" SIPREC_SRC_VERSION

static void add_header(struct buf *b, const char *name, const char *value)
{
	if (value)
		buf_add_all(b, name, ": ", value, "\r\n");
}

static void add_span(struct buf *b, const char *name, struct span value)
{
	buf_add_all(b, name, ": ");
	buf_add_span(b, value);
	buf_add_str(b, "\r\n");
}

static void add_body(struct buf *b, const char *content_type, struct span body)
{
	if (content_type)
		add_header(b, "Content-Type", content_type);
	else
		body.n = 0;
	buf_addf(b, "Content-Length: %zu\r\n\r\n", body.n);
	buf_add_span(b, body);
}

void sip_print_request(struct buf *b, const struct sip_out *r)
{
	buf_add_all(b, r->method, " ", r->uri, " SIP/2.0\r\n");
	buf_add_all(b, "Via: SIP/2.0/", r->via, ";rport;branch=z9hG4bK",
		    r->branch, "\r\n", NULL);
	buf_add_str(b, "Max-Forwards: 70\r\n");
	add_header(b, "Route", r->route);
	add_header(b, "From", r->from);
	add_header(b, "To", r->to);
	add_header(b, "Call-ID", r->call_id);
	buf_addf(b, "CSeq: %u %s\r\n", r->cseq,
		 r->cseq_method ? r->cseq_method : r->method);
	add_header(b, "Contact", r->contact);
	add_header(b, "User-Agent", AGENT);
	if (r->credentials)
		buf_add_str(b, r->credentials);
	if (r->headers)
		buf_add_str(b, r->headers);
	add_body(b, r->content_type, r->body);
}

static void copy_headers(struct buf *b, const struct sip_view *v,
			 const char *name)
{
	struct span value;
	unsigned i;

	for (i = 0; sip_view_header(v, name, i, &value); i++)
		add_span(b, name, value);
}

/* Whether the sent-by of a Via is the IP address it came from. */
static bool is_sent_by(struct span via, const struct addr *from)
{
	struct addr by;

	return addr_parse(sip_via_sent_by(via), &by) && addr_ip_eq(&by, from);
}

/* A Via with `received` and `rport` as they are seen here; what it says of
 * `received` itself is nobody's word. */
static void add_seen_via(struct buf *b, struct span via,
			 const struct addr *from)
{
	char ip[ADDR_TEXT];
	bool rport = false, first = true, known = is_sent_by(via, from);

	while (via.n) {
		struct span part = span_from(via.p, sip_value_find(via, ";"));
		struct span rest = part, name = span_trim(span_cut(&rest, '='));

		via = span_skip(via, part.n < via.n ? part.n + 1 : part.n);
		if (!first && span_case_is(name, "received"))
			continue;
		if (!first)
			buf_add_char(b, ';');
		if (!first && span_case_is(name, "rport")) {
			buf_addf(b, "rport=%u", from->port);
			rport = true;
		} else {
			buf_add_span(b, span_trim(part));
		}
		first = false;
	}
	if (rport || !known)
		buf_addf(b, ";received=%s", addr_ip_text(from, ip));
}

static void add_vias(struct buf *b, const struct sip_view *req,
		     const struct addr *from)
{
	struct span value, top;
	unsigned i;

	if (!from) {
		copy_headers(b, req, "Via");
		return;
	}
	for (i = 0; sip_view_header(req, "Via", i, &value); i++) {
		buf_add_str(b, "Via: ");
		if (i == 0) {
			top = sip_value_take(&value);
			add_seen_via(b, top, from);
			if (value.n)
				buf_add_str(b, ", ");
		}
		buf_add_span(b, span_trim(value));
		buf_add_str(b, "\r\n");
	}
}

void sip_print_reply(struct buf *b, const struct sip_view *req,
		     const struct sip_reply *r)
{
	buf_addf(b, "SIP/2.0 %d %s\r\n", r->code,
		 r->reason ? r->reason : sip_reason(r->code));
	add_vias(b, req, r->from);
	copy_headers(b, req, "Record-Route");
	add_span(b, "From", req->from);
	buf_add_str(b, "To: ");
	buf_add_span(b, req->to);
	/* RFC 3261 section 8.2.6.2: a tag in all but the 100 */
	if (span_empty(req->to_tag) && r->to_tag && r->code > 100)
		buf_add_all(b, ";tag=", r->to_tag, NULL);
	buf_add_str(b, "\r\n");
	copy_headers(b, req, "Call-ID");
	copy_headers(b, req, "CSeq");
	add_header(b, "Contact", r->contact);
	add_header(b, "Server", AGENT);
	if (r->headers)
		buf_add_str(b, r->headers);
	add_body(b, r->content_type, r->body);
}

static void print_like(struct buf *b, const struct sip_view *invite,
		       const char *method, struct span to, const char *headers)
{
	buf_addf(b, "%s %.*s SIP/2.0\r\n", method, SPAN_ARG(invite->uri));
	add_span(b, "Via", invite->via);
	buf_add_str(b, "Max-Forwards: 70\r\n");
	copy_headers(b, invite, "Route");
	add_span(b, "From", invite->from);
	add_span(b, "To", to);
	copy_headers(b, invite, "Call-ID");
	buf_addf(b, "CSeq: %u %s\r\n", invite->cseq, method);
	if (strcmp(method, "ACK") == 0) {
		copy_headers(b, invite, "Authorization");
		copy_headers(b, invite, "Proxy-Authorization");
	}
	add_header(b, "User-Agent", AGENT);
	if (headers)
		buf_add_str(b, headers);
	buf_add_str(b, "Content-Length: 0\r\n\r\n");
}

void sip_print_ack(struct buf *b, const struct sip_view *invite,
		   const struct sip_view *resp)
{
	print_like(b, invite, "ACK", resp->to, NULL);
}

void sip_print_cancel(struct buf *b, const struct sip_view *invite,
		      const char *headers)
{
	print_like(b, invite, "CANCEL", invite->to, headers);
}

/* RFC 3261 section 21 and the registry of response codes. */
static const struct {
	int code;
	const char *reason;
} reasons[] = {
	{100, "Trying"},
	{180, "Ringing"},
	{181, "Call Is Being Forwarded"},
	{182, "Queued"},
	{183, "Session Progress"},
	{200, "OK"},
	{202, "Accepted"},
	{300, "Multiple Choices"},
	{301, "Moved Permanently"},
	{302, "Moved Temporarily"},
	{305, "Use Proxy"},
	{380, "Alternative Service"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{402, "Payment Required"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{407, "Proxy Authentication Required"},
	{408, "Request Timeout"},
	{410, "Gone"},
	{413, "Request Entity Too Large"},
	{414, "Request-URI Too Long"},
	{415, "Unsupported Media Type"},
	{416, "Unsupported URI Scheme"},
	{420, "Bad Extension"},
	{421, "Extension Required"},
	{422, "Session Interval Too Small"},
	{423, "Interval Too Brief"},
	{480, "Temporarily Unavailable"},
	{481, "Call/Transaction Does Not Exist"},
	{482, "Loop Detected"},
	{483, "Too Many Hops"},
	{484, "Address Incomplete"},
	{485, "Ambiguous"},
	{486, "Busy Here"},
	{487, "Request Terminated"},
	{488, "Not Acceptable Here"},
	{491, "Request Pending"},
	{493, "Undecipherable"},
	{500, "Server Internal Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Server Time-out"},
	{505, "Version Not Supported"},
	{513, "Message Too Large"},
	{600, "Busy Everywhere"},
	{603, "Decline"},
	{604, "Does Not Exist Anywhere"},
	{606, "Not Acceptable"},
};

static const char *const classes[] = {"Trying",		"OK",
				      "Redirection",	"Request Failure",
				      "Server Failure", "Global Failure"};

const char *sip_reason(int code)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].code == code)
			return reasons[i].reason;
	if (code < 100 || code > 699)
		return "Unknown";
	return classes[code / 100 - 1];
}
