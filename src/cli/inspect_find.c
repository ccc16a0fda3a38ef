#include <string.h>
#include <sys/stat.h>

#include "call/cache.h"
#include "cli/inspect.h"
#include "core/span.h"

static bool has_call_id(const struct capture_calls *c, size_t call,
			const char *call_id)
{
	size_t i;

	for (i = 0; i < c->call[call].n_legs; i++) {
		if (strcmp(c->leg[c->call[call].leg[i]].call_id, call_id) == 0)
			return true;
	}
	return false;
}

int inspect_find(const struct capture_calls *c, const char *wanted,
		 size_t *call, struct err *e)
{
	uint32_t n;

	if (parse_u32(span_of(wanted), 1, UINT32_MAX, &n) && n <= c->n_calls) {
		*call = n - 1;
		return 0;
	}
	for (*call = 0; *call < c->n_calls; ++*call) {
		if (has_call_id(c, *call, wanted))
			return 0;
	}
	return err_set(e, ERR_EMPTY, "no call '%s' in it; it has %zu call%s",
		       wanted, c->n_calls, c->n_calls == 1 ? "" : "s");
}

/* The Call-ID of a leg that began no call means that leg. */
static bool is_later_leg(const struct capture_calls *c, size_t call,
			 const char *wanted)
{
	uint32_t n;

	return !(parse_u32(span_of(wanted), 1, UINT32_MAX, &n) &&
		 n <= c->n_calls) &&
	       capture_is_later_leg(c, call, wanted);
}

int inspect_choose(const char *path, const char *wanted, bool *legs,
		   const struct capture_calls **of, size_t *call, struct err *e)
{
	*of = *legs ? cache_legs(path, e) : cache_calls(path, e);
	if (!*of)
		return -1;
	if (!wanted)
		return 0;
	if (inspect_find(*of, wanted, call, e) < 0)
		return -1;
	if (*legs || !is_later_leg(*of, *call, wanted))
		return 0;
	*legs = true;
	return inspect_choose(path, wanted, legs, of, call, e);
}

void inspect_warn(const struct capture_info *info, const char *path)
{
	struct span rest = span_of(info->warning), one;

	while (capture_next_warning(&rest, &one))
		fprintf(stderr, "%s: %.*s\n", path, SPAN_ARG(one));
}

const char *inspect_input(const char *word)
{
	return strcmp(word, "-") == 0 ? "/dev/stdin" : word;
}

bool inspect_is_pipe(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}
