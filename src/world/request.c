#include "world/request.h"

#include <string.h>

static const struct {
	const char *word;
	enum world_asked asked;
	enum recording_verb verb; /* WORLD_VERB */
} words[] = {
	{"sessions", WORLD_SESSIONS, RECORDING_START},
	{"streams", WORLD_STREAMS, RECORDING_START},
	{"stop", WORLD_VERB, RECORDING_STOP},
	{"pause", WORLD_VERB, RECORDING_PAUSE},
	{"resume", WORLD_VERB, RECORDING_RESUME},
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

static int parse_id(struct world_request *rq, struct span id, struct err *e)
{
	bool has_slash = span_chr(id, '/') < id.n;
	struct span rest = id, call = span_cut(&rest, '/');

	if (!parse_u32(call, 1, INT32_MAX, &rq->call) ||
	    (has_slash && span_empty(rest)))
		return err_set(e, ERR_USAGE,
			       "'%.*s' is no id such as 1 or 1/default",
			       SPAN_ARG(id));
	rq->instance = rest;
	return 0;
}

int world_request_parse(struct world_request *rq, struct span line,
			struct err *e)
{
	struct span rest = span_trim(line);
	struct span word = span_cut(&rest, ' ');
	size_t i;

	memset(rq, 0, sizeof(*rq));
	rest = span_trim(rest);
	for (i = 0; i < WORDS && !span_is(word, words[i].word); i++)
		continue;
	if (i == WORDS)
		return err_set(e, ERR_USAGE,
			       "'%.*s' is none of sessions, streams, stop, "
			       "pause and resume",
			       SPAN_ARG(word));
	rq->asked = words[i].asked;
	rq->verb = words[i].verb;
	if (rq->asked != WORLD_VERB)
		return span_empty(rest)
			       ? 0
			       : err_set(e, ERR_USAGE, "'%s' takes no id",
					 words[i].word);
	if (span_empty(rest))
		return err_set(e, ERR_USAGE,
			       "%s what? (an id such as 1 or 1/default)",
			       words[i].word);
	return parse_id(rq, rest, e);
}
