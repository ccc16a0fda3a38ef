#include "sdp/sdp.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "sdp/read.h"

enum { SHOWN = 41 }; /* how much of a wrong line an error quotes */

/* The start of a line, safe to print. */
static const char *shown(struct span s, char out[SHOWN])
{
	size_t i;

	for (i = 0; i < s.n && i < SHOWN - 1; i++)
		out[i] = s.p[i] >= ' ' && s.p[i] <= '~' ? s.p[i] : '?';
	out[i] = '\0';
	return out;
}

int sdp_fault(const struct sdp_line *line, const char *wanted, struct err *e)
{
	char text[SHOWN];

	return err_set(e, ERR_INPUT, "sdp line %d: %s, got '%s'", line->number,
		       wanted, shown(line->text, text));
}

struct span sdp_token(struct span *rest)
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

const struct sdp_line *sdp_find_line(const struct sdp_line *line, size_t n,
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
		return sdp_find_line(s->line, s->n_session_lines, start);
	if ((size_t)media >= s->n_media)
		return NULL;
	return sdp_find_line(s->media[media].line, s->media[media].n_lines,
			     start);
}

static void add_section(struct sdp *s, struct sdp_line *first)
{
	struct sdp_media *m;

	s->media = xreallocarray(s->media, s->n_media + 1, sizeof(*s->media));
	m = &s->media[s->n_media++];
	memset(m, 0, sizeof(*m));
	m->line = first;
	m->n_lines = 1;
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
		add_section(s, &s->line[i]);
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
	sdp_token(&rest);
	s->sess_id = sdp_token(&rest);
	if (!parse_u64(sdp_token(&rest), 0, UINT64_MAX, &s->version))
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
			return sdp_fault(&s->line[s->n_lines], "wanted 'x=...'",
					 e);
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
		sdp_fault(&s->line[0], "wanted 'v=0'", e);
		goto fail;
	}
	if (find_sections(s, e) < 0)
		goto fail;
	read_origin(s);
	for (i = 0; i < s->n_media; i++)
		if (sdp_read_media(s, &s->media[i], e) < 0)
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
	for (i = 0; i < s->n_media; i++) {
		for (j = 0; j < s->media[i].n_codecs; j++)
			free(s->media[i].codec[j].fmtp);
		free(s->media[i].codec);
		free(s->media[i].crypto);
	}
	free(s->media);
	free(s->line);
	free(s->text);
	free(s);
}
