#include "sdp/sdp.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"

enum { SHOWN = 41 }; /* how much of a wrong line an error quotes */

static const char *const dir_names[] = {"sendrecv", "sendonly", "recvonly",
					"inactive"};

const char *sdp_dir_name(enum sdp_dir d)
{
	return dir_names[d];
}

enum sdp_dir sdp_dir_reverse(enum sdp_dir d)
{
	if (d == SDP_SENDONLY)
		return SDP_RECVONLY;
	if (d == SDP_RECVONLY)
		return SDP_SENDONLY;
	return d;
}

/* The start of a line, safe to print. */
static const char *shown(struct span s, char out[SHOWN])
{
	size_t i;

	for (i = 0; i < s.n && i < SHOWN - 1; i++)
		out[i] = s.p[i] >= ' ' && s.p[i] <= '~' ? s.p[i] : '?';
	out[i] = '\0';
	return out;
}

static int fault(const struct sdp_line *line, const char *wanted, struct err *e)
{
	char text[SHOWN];

	return err_set(e, ERR_INPUT, "sdp line %d: %s, got '%s'", line->number,
		       wanted, shown(line->text, text));
}

/* ---- fields ---- */

static struct span next_token(struct span *rest)
{
	size_t n = 0;
	struct span token;

	*rest = span_trim(*rest);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	token = span_from(rest->p, n);
	*rest = span_skip(*rest, n);
	return token;
}

static bool copy_token(char *out, size_t size, struct span token)
{
	if (token.n == 0 || token.n >= size)
		return false;
	memcpy(out, token.p, token.n);
	out[token.n] = '\0';
	return true;
}

/* "IN IP4 192.0.2.1/127"; a host name leaves the address unset. */
static struct addr read_addr(struct span value)
{
	struct span host;
	struct addr a;

	next_token(&value);
	next_token(&value);
	host = next_token(&value);
	if (!addr_parse_ip(span_cut(&host, '/'), &a))
		addr_init(&a);
	return a;
}

static bool dir_of(struct span name, enum sdp_dir *dir)
{
	size_t i;

	for (i = 0; i < sizeof(dir_names) / sizeof(*dir_names); i++) {
		if (span_case_is(name, dir_names[i])) {
			*dir = (enum sdp_dir)i;
			return true;
		}
	}
	return false;
}

static const struct sdp_line *find(const struct sdp_line *line, size_t n,
				   const char *start)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (span_starts(line[i].text, start))
			return &line[i];
	return NULL;
}

const struct sdp_line *sdp_find(const struct sdp *s, int media,
				const char *start)
{
	if (media < 0)
		return find(s->line, s->n_session_lines, start);
	if ((size_t)media >= s->n_media)
		return NULL;
	return find(s->media[media].line, s->media[media].n_lines, start);
}

static void read_dir(const struct sdp_line *line, size_t n, struct sdp_media *m)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (span_starts(line[i].text, "a=") &&
		    dir_of(span_trim(span_skip(line[i].text, 2)), &m->dir)) {
			m->has_dir = true;
			return;
		}
	}
}

/* ---- attributes of a section ---- */

static struct sdp_codec *codec_of(struct sdp_media *m, struct span *value)
{
	uint32_t pt;

	if (!parse_u32(next_token(value), 0, 127, &pt))
		return NULL;
	return (struct sdp_codec *)sdp_codec_by_pt(m, (uint8_t)pt);
}

/* A map that cannot be read leaves the format as it was: RFC 8866 section
 * 5.13 wants unknown attributes ignored. */
static int read_rtpmap(struct sdp_media *m, struct span value)
{
	struct sdp_codec *c = codec_of(m, &value);
	struct span map = next_token(&value);
	struct span name = span_cut(&map, '/');
	struct span rate = span_cut(&map, '/');
	uint32_t hz, channels = 1;

	if (!c || !parse_u32(rate, 1, UINT32_MAX, &hz) ||
	    (map.n && !parse_u32(map, 1, 255, &channels)))
		return 0;
	if (!copy_token(c->name, sizeof(c->name), name))
		return 0;
	c->rate = hz;
	c->channels = (uint8_t)channels;
	return 0;
}

static int read_fmtp(struct sdp_media *m, struct span value)
{
	struct sdp_codec *c = codec_of(m, &value);

	value = span_trim(value);
	if (c && !c->fmtp && value.n)
		c->fmtp = span_dup(value);
	return 0;
}

static int read_ptime(struct sdp_media *m, struct span value)
{
	uint32_t ms;

	if (parse_u32(span_cut(&value, '.'), 1, 10000, &ms))
		m->ptime = ms;
	return 0;
}

/* A cut label would name another stream, so one that does not fit is -1. */
static int read_label(struct sdp_media *m, struct span value)
{
	if (value.n == 0 || m->label[0])
		return 0;
	return copy_token(m->label, sizeof(m->label), value) ? 0 : -1;
}

static int read_rtcp_mux(struct sdp_media *m, struct span value)
{
	(void)value;
	m->rtcp_mux = true;
	return 0;
}

static const struct {
	const char *name;
	int (*read)(struct sdp_media *m, struct span value);
} attributes[] = {
	{"rtpmap", read_rtpmap},     {"fmtp", read_fmtp},
	{"ptime", read_ptime},	     {"label", read_label},
	{"rtcp-mux", read_rtcp_mux},
};

static int read_attribute(struct sdp_media *m, struct span text)
{
	struct span value = span_skip(text, 2);
	struct span name = span_trim(span_cut(&value, ':'));
	size_t i;

	for (i = 0; i < sizeof(attributes) / sizeof(*attributes); i++)
		if (span_case_is(name, attributes[i].name))
			return attributes[i].read(m, span_trim(value));
	return 0;
}

/* RFC 3605; without it RTCP is on the next port (RFC 3550 section 11). */
static void read_rtcp(struct sdp_media *m)
{
	const struct sdp_line *line = find(m->line, m->n_lines, "a=rtcp:");
	struct span value;
	struct addr a;
	uint32_t port;

	m->rtcp = m->conn;
	m->rtcp.port = m->port && m->port < 65535 ? m->port + 1u : 0;
	if (!line)
		return;
	value = span_skip(line->text, strlen("a=rtcp:"));
	if (!parse_u32(next_token(&value), 0, 65535, &port))
		return;
	if (span_trim(value).n) {
		a = read_addr(value);
		if (!addr_is_set(&a))
			return;
		m->rtcp = a;
	}
	m->rtcp.port = (uint16_t)port;
}

/* ---- m= ---- */

static bool is_rtp(const struct sdp_media *m)
{
	return span_find(span_of(m->proto), span_of("RTP/")) < strlen(m->proto);
}

/* Formats of RTP are payload types; those of other protocols are left to
 * whoever reads the line. More than SDP_CODECS and repeats are ignored. */
static bool read_formats(struct sdp_media *m, struct span rest)
{
	struct span token = next_token(&rest);
	uint32_t pt;

	if (token.n == 0)
		return m->port == 0;
	for (; is_rtp(m) && token.n; token = next_token(&rest)) {
		struct sdp_codec *c = &m->codec[m->n_codecs];

		if (!parse_u32(token, 0, 127, &pt))
			return false;
		if (m->n_codecs == SDP_CODECS ||
		    sdp_codec_by_pt(m, (uint8_t)pt))
			continue;
		c->pt = (uint8_t)pt;
		c->channels = 1;
		sdp_static_codec(c->pt, c);
		m->n_codecs++;
	}
	return true;
}

static int read_m_line(struct sdp_media *m, struct err *e)
{
	struct span rest = span_skip(m->line->text, 2);
	struct span type = next_token(&rest);
	struct span port = next_token(&rest);
	struct span proto = next_token(&rest);
	uint32_t number;

	if (!copy_token(m->type, sizeof(m->type), type))
		return fault(m->line, "bad media type", e);
	if (!parse_u32(span_cut(&port, '/'), 0, 65535, &number))
		return fault(m->line, "bad port", e);
	if (!copy_token(m->proto, sizeof(m->proto), proto))
		return fault(m->line, "bad protocol", e);
	m->port = (uint16_t)number;
	if (!read_formats(m, rest))
		return fault(m->line, "wanted formats (0 to 127 for RTP)", e);
	return 0;
}

/* ---- the whole ---- */

/* A section begins as the session is: RFC 8866 section 5.7 for c=, RFC 3264
 * section 5.1 for the direction. */
static int read_media(const struct sdp *s, struct sdp_media *m, struct err *e)
{
	const struct sdp_line *conn = find(m->line, m->n_lines, "c=");
	size_t i;

	if (read_m_line(m, e) < 0)
		return -1;
	if (!conn)
		conn = sdp_find(s, -1, "c=");
	if (conn)
		m->conn = read_addr(span_skip(conn->text, 2));
	m->conn.port = m->port;
	read_dir(s->line, s->n_session_lines, m);
	read_dir(m->line, m->n_lines, m);
	for (i = 1; i < m->n_lines; i++)
		if (span_starts(m->line[i].text, "a=") &&
		    read_attribute(m, m->line[i].text) < 0)
			return fault(&m->line[i], "wanted a short token", e);
	read_rtcp(m);
	return 0;
}

/* Cuts the lines after the session's into sections. */
static int find_sections(struct sdp *s, struct err *e)
{
	size_t i;

	s->n_session_lines = s->n_lines;
	for (i = 0; i < s->n_lines; i++) {
		if (!span_starts(s->line[i].text, "m=")) {
			if (s->n_media)
				s->media[s->n_media - 1].n_lines++;
			continue;
		}
		if (s->n_media == SDP_MEDIA)
			return err_set(e, ERR_INPUT,
				       "sdp line %d: more than %d m-lines",
				       s->line[i].number, SDP_MEDIA);
		if (s->n_media == 0)
			s->n_session_lines = i;
		s->media[s->n_media].line = &s->line[i];
		s->media[s->n_media++].n_lines = 1;
	}
	return 0;
}

static void read_origin(struct sdp *s)
{
	const struct sdp_line *line = sdp_find(s, -1, "o=");
	struct span rest;

	if (!line)
		return;
	s->origin = span_skip(line->text, 2);
	rest = s->origin;
	next_token(&rest);
	s->sess_id = next_token(&rest);
	if (!parse_u64(next_token(&rest), 0, UINT64_MAX, &s->version))
		s->version = 0;
}

static bool is_line(struct span text)
{
	return text.n >= 2 && text.p[0] >= 'a' && text.p[0] <= 'z' &&
	       text.p[1] == '=' && span_chr(text, '\0') == text.n;
}

static int split(struct sdp *s, struct span rest, struct err *e)
{
	size_t room = 0;
	struct span text;
	int number = 1;

	while (span_line(&rest, &text)) {
		if (s->n_lines == room) {
			room = room ? room * 2 : 32;
			s->line = xreallocarray(s->line, room,
						sizeof(*s->line));
		}
		s->line[s->n_lines].text = text;
		s->line[s->n_lines].number = number++;
		if (!is_line(text))
			return fault(&s->line[s->n_lines], "wanted 'x=...'", e);
		s->n_lines++;
	}
	return 0;
}

struct sdp *sdp_parse(struct span text, struct err *e)
{
	struct sdp *s = NULL;
	size_t i, n = text.n;

	if (n > SDP_MAX) {
		err_set(e, ERR_INPUT, "sdp of %zu bytes, at most %d", n,
			SDP_MAX);
		return NULL;
	}
	while (n && (text.p[n - 1] == '\r' || text.p[n - 1] == '\n'))
		n--;
	if (n == 0) {
		err_set(e, ERR_INPUT, "sdp line 1: wanted 'v=0', got nothing");
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	s->text = span_dup(text);
	if (split(s, span_from(s->text, n), e) < 0)
		goto fail;
	if (!span_is(span_trim(s->line[0].text), "v=0")) {
		fault(&s->line[0], "wanted 'v=0'", e);
		goto fail;
	}
	if (find_sections(s, e) < 0)
		goto fail;
	read_origin(s);
	for (i = 0; i < s->n_media; i++)
		if (read_media(s, &s->media[i], e) < 0)
			goto fail;
	return s;
fail:
	sdp_free(s);
	return NULL;
}

void sdp_free(struct sdp *s)
{
	size_t i, j;

	if (!s)
		return;
	for (i = 0; i < s->n_media; i++)
		for (j = 0; j < s->media[i].n_codecs; j++)
			free(s->media[i].codec[j].fmtp);
	free(s->line);
	free(s->text);
	free(s);
}
