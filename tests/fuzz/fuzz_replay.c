/* A capture of any kind, each call of it played once more. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "call/cache.h"
#include "call/call.h"
#include "net/wire.h"

enum { CALLS = 4 };

static void heard(struct call *c, int party, enum call_kind kind, const void *p,
		  size_t n, void *arg)
{
	unsigned *sum = arg;

	(void)c;
	*sum += (unsigned)party + (unsigned)kind + (unsigned)n +
		*(const unsigned char *)p;
}

static void play(const struct call_capture *capture)
{
	struct loop *loop = loop_new(LOOP_VIRTUAL);
	struct trace *trace = trace_new();
	struct ids *ids = ids_new(1, true);
	const struct call_handlers h = {.rtp = heard};
	struct rng rng;
	struct wire *wire;
	struct call_conf conf = {.loop = loop,
				 .trace = trace,
				 .ids = ids,
				 .rng = &rng,
				 .capture = capture,
				 .party = {{.id = "caller", .aor = "sip:a@b"},
					   {.id = "callee", .aor = "sip:c@d"}}};
	struct err e = ERR_INIT;
	struct call *call;
	unsigned sum = 0;

	rng_init(&rng, 1);
	trace_log_arrivals(trace, true);
	wire = wire_sim_new(loop, trace, &rng, 1000);
	conf.wire = wire;
	call = call_new(&conf, &h, &sum, &e);
	if (call) {
		call_start(call);
		loop_run(loop);
		call_free(call);
	}
	wire_free(wire);
	ids_free(ids);
	trace_free(trace);
	loop_free(loop);
}

static void play_all(const char *path)
{
	struct err e = ERR_INIT;
	const struct capture_calls *calls = cache_calls(path, &e);
	struct call_capture capture = {.path = path, .speed = 1};
	size_t i, n = calls && calls->n_calls < CALLS ? calls->n_calls : CALLS;

	if (!calls || cache_tapes(path, &e) < 0)
		return;
	for (i = 0; i < n; i++) {
		struct call_facts facts;

		capture.number = i + 1;
		capture.rewrite = (enum call_rewrite)(i % 3);
		if (call_look(&facts, &capture, &e) < 0)
			continue;
		call_facts_fini(&facts);
		play(&capture);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("capture", 0);
	char path[32];

	if (fd < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, data, size) == (ssize_t)size)
		play_all(path);
	call_cache_free();
	close(fd);
	return 0;
}
