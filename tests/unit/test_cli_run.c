/* The command `run` in a world that does what the scenario is named after. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "core/buf.h"
#include "core/loop.h"
#include "core/xalloc.h"
#include "world/world.h"

/* ---- the world ---- */

bool world_needs_files(const struct scenario *s)
{
	return strcmp(s->name, "needs files") == 0;
}

static void leave_file(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	if (f)
		fclose(f);
	free(path);
}

static void wait_for_signal(struct world_result *r)
{
	printf("waiting\n");
	fflush(stdout);
	while (!loop_interrupted())
		usleep(1000);
	r->interrupted = true;
}

/* Tells what it is asked to: an event with a long reason. */
static void tell_event(const struct world_conf *conf, const struct trace *t)
{
	static char reason[8000];
	struct trace_event ev = {.kind = "start",
				 .name = "E_SIPREC_START",
				 .dlg_id = "",
				 .dlg_callid = "",
				 .callid = "",
				 .session_id = "",
				 .server = "",
				 .instance = "default",
				 .code = "",
				 .reason = reason};
	int i;

	memset(reason, 'x', sizeof(reason) - 1);
	for (i = 0; i < 5 && conf->hooks.event; i++)
		conf->hooks.event(t, &ev, conf->hooks.arg);
}

/* A scenario without checks passes when its call was in good order. */
int world_run(const struct scenario *s, const struct world_conf *conf,
	      struct world_result *r, struct err *e)
{
	if (strncmp(s->name, "crash", 5) == 0)
		kill(getpid(), SIGKILL);
	if (strncmp(s->name, "exit", 4) == 0)
		_exit(7);
	if (conf->dir)
		leave_file(conf->dir, "wire.pcap");
	if (strncmp(s->name, "port busy", 9) == 0)
		return err_set(e, ERR_ENV, "port 5060 is busy");
	r->trace = trace_new();
	trace_call(r->trace, 0)->in_order = strncmp(s->name, "bad", 3) != 0;
	r->duration_us = 1000000;
	if (strncmp(s->name, "events", 6) == 0)
		tell_event(conf, r->trace);
	if (strcmp(s->name, "leaky") == 0 && conf->leaks)
		r->left.dialogs = 1;
	if (strcmp(s->name, "hang") == 0)
		wait_for_signal(r);
	if (strcmp(s->name, "dir") == 0)
		printf("dir=%s\n", conf->dir ? conf->dir : "none");
	if (strcmp(s->name, "seed") == 0)
		printf("seed=%llu\n", (unsigned long long)conf->seed);
	if (strcmp(s->name, "clock") == 0)
		printf("clock=%d\n", (int)conf->clock);
	fflush(stdout);
	return 0;
}

/* ---- a command in a process and a directory of its own ---- */

struct desk {
	char dir[32];
	struct buf out, err;
	int code;
};

static int setup(void **state)
{
	struct desk *d = xcalloc(1, sizeof(*d));

	snprintf(d->dir, sizeof(d->dir), "/tmp/siprec-XXXXXX");
	buf_init(&d->out, 1 << 20);
	buf_init(&d->err, 1 << 20);
	*state = d;
	return mkdtemp(d->dir) && chdir(d->dir) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	struct desk *d = *state;
	char *command = xasprintf("rm -rf %s", d->dir);
	int rc = chdir("/") == 0 && system(command) == 0 ? 0 : -1;

	free(command);
	buf_fini(&d->out);
	buf_fini(&d->err);
	free(d);
	return rc;
}

/* A scenario file of that name; `more` is added as it is. */
static void put_file(const char *path, const char *name, const char *more)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f, "name: %s\nsrs: [{name: vault}]\n%s", name, more);
	fclose(f);
}

static pid_t begin(char **argv)
{
	pid_t pid;
	int argc = 0;

	/* Nobody reads what an earlier one said. */
	unlink(".out");
	pid = fork();
	assert_true(pid >= 0);
	if (pid)
		return pid;
	if (!freopen(".out", "w", stdout) || !freopen(".err", "w", stderr))
		_exit(99);
	while (argv[argc])
		argc++;
	exit(cmd_dispatch(argc, argv));
}

static void end(struct desk *d, pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	d->code = WIFEXITED(status) ? WEXITSTATUS(status)
				    : 1000 + WTERMSIG(status);
	buf_clear(&d->out);
	buf_clear(&d->err);
	assert_int_equal(buf_read_file(&d->out, ".out", NULL), 0);
	assert_int_equal(buf_read_file(&d->err, ".err", NULL), 0);
}

#define RUN(d, ...)                                                            \
	end(d, begin((char *[]){(char *)"siprec-src", __VA_ARGS__, NULL}))
#define W(s) (char *)(uintptr_t)(s)

static void assert_has(const struct buf *b, const char *text)
{
	if (!strstr(buf_str(b), text))
		fail_msg("no \"%s\" in \"%s\"", text, buf_str(b));
}

static void assert_has_not(const struct buf *b, const char *text)
{
	if (strstr(buf_str(b), text))
		fail_msg("\"%s\" in \"%s\"", text, buf_str(b));
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* ---- words ---- */

static void test_dispatch(void **state)
{
	static const struct {
		const char *name, *a, *b;
		int code;
		const char *out, *err;
	} rows[] = {
		{"nothing", NULL, NULL, 2, "", "usage: siprec-src"},
		{"help", "--help", NULL, 0, "usage: siprec-src", ""},
		{"help word", "help", NULL, 0, "  run ", ""},
		{"help of run", "help", "run", 0, "--fail-fast", ""},
		{"help of nothing", "help", "walk", 2, "", "'walk'"},
		{"version", "--version", NULL, 0, "siprec-src 0.", ""},
		{"command's version", "run", "--version", 0, "siprec-src 0.",
		 ""},
		{"slip", "rnu", NULL, 2, "", "(did you mean 'run'?)"},
		{"unknown", "dance", NULL, 2, "", "unknown command 'dance'"},
		{"unknown option", "-x", NULL, 2, "", "unknown option '-x'"},
		{"replay of nothing", "replay", NULL, 2, "", "which capture?"},
		{"scenario of nothing", "from-pcap", NULL, 2, "",
		 "which capture?"},
		{"no file", "run", NULL, 2, "", "which file?"},
		{"call without a recorder", "call", NULL, 2, "", "--to"},
		{"call with an argument", "call", "x", 2, "", "'x'"},
	};
	struct desk *d = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		RUN(d, W(rows[i].a), W(rows[i].b));
		if (d->code != rows[i].code)
			fail_msg("%s: exit %d", rows[i].name, d->code);
		assert_has(&d->out, rows[i].out);
		assert_has(&d->err, rows[i].err);
	}
}

static void test_options_wrong(void **state)
{
	static const struct {
		const char *option, *says;
	} rows[] = {
		{"--jobs=0", "1 to 256, not '0'"},
		{"-j257", "1 to 256, not '257'"},
		{"--jobs=x", "not 'x'"},
		{"--shard=3/2", "K/N with K from 1 to N, not '3/2'"},
		{"--shard=0/2", "not '0/2'"},
		{"--shard=1", "not '1'"},
		{"--shard=1/2/3", "not '1/2/3'"},
		{"--repeat=-1", "not '-1'"},
		{"--var=x", "NAME=VALUE"},
		{"--seed=1x", "not '1x'"},
		{"--seed=9223372036854775808", "number"},
		{"--clock=fast", "auto, virtual or real, not 'fast'"},
		{"--keep=all", "on-fail, always or never, not 'all'"},
		{"--color=red", "auto, always or never, not 'red'"},
		{"--progress=on", "off or auto, not 'on'"},
		{"--report=json", "FORMAT=FILE, not 'json'"},
		{"--report=json=", "FORMAT=FILE"},
		{"--report=xml=x", "junit, tap, json or html, not 'xml'"},
		{"--out=", "wants a directory"},
		{"--event=x", "unknown option '--event' (did you mean "
			      "'--events'?)"},
		{"--events=", "a file, -, udp:HOST:PORT or unix:PATH"},
		{"--status=", "the path of a socket"},
		{"--status=x", "--status wants the real clock, and a.yml"},
	};
	struct desk *d = *state;
	size_t i;

	put_file("a.yml", "a", "");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		RUN(d, W("run"), W("a.yml"), W(rows[i].option));
		assert_int_equal(d->code, 2);
		assert_has(&d->err, rows[i].says);
		assert_string_equal(buf_str(&d->out), "");
	}
	RUN(d, W("run"), W("a.yml"), W("--report=json=-"), W("--events=-"));
	assert_int_equal(d->code, 2);
	assert_has(&d->err, "cannot both go to standard output");
	RUN(d, W("run"), W("a.yml"), W("-j2"), W("--status=s"));
	assert_int_equal(d->code, 2);
	assert_has(&d->err, "one run at a time, not -j 2");
	RUN(d, W("run"), W("a.yml"), W("--report=json=-"), W("--report=tap=-"));
	assert_int_equal(d->code, 2);
	assert_has(&d->err, "only one report");
}

static void test_call_options_wrong(void **state)
{
	static const struct {
		const char *option, *says;
		int code;
	} rows[] = {
		{"--to=nobody", "--to wants a SIP URI", 2},
		{"--duration=5", "--duration wants a time such as 5s", 2},
		{"--duration=0s", "--duration wants a time", 2},
		{"--answer-within=x", "--answer-within wants a time", 2},
		{"--codec=G729", "--codec wants PCMU or PCMA", 2},
		{"--tone=9999", "--tone", 2},
		{"--tone=440, wav: x", "--tone", 2},
		{"--caller=<", "'<'", 2},
		{"--caller=\"${HOME}\" <x>", "${HOME}", 2},
		{"--seed=x", "--seed wants a number", 2},
	};
	struct desk *d = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		RUN(d, W("call"), W("--to=sip:127.0.0.1"), W(rows[i].option));
		assert_int_equal(d->code, rows[i].code);
		assert_has(&d->err, rows[i].says);
	}
	RUN(d, W("call"), W("--to=sip:127.0.0.1"), W("--tone=1"), W("--tone=1"),
	    W("--wav=x"));
	assert_has(&d->err, "twice at most");
}

/* ---- events ---- */

/* Lines of a file, each a JSON object of its own; -1: one is not. */
static int count_lines(const char *path)
{
	struct buf b;
	struct span rest, line;
	json_t *o;
	int n = 0;

	buf_init(&b, 64 << 20);
	assert_int_equal(buf_read_file(&b, path, NULL), 0);
	rest = buf_span(&b);
	while (n >= 0 && span_line(&rest, &line)) {
		o = json_loadb(line.p, line.n, 0, NULL);
		n = json_is_object(o) ? n + 1 : -1;
		json_decref(o);
	}
	buf_fini(&b);
	return n;
}

static void test_events_side_by_side(void **state)
{
	struct desk *d = *state;

	put_file("a.yml", "events a", "");
	put_file("b.yml", "events b", "");
	RUN(d, W("run"), W("a.yml"), W("b.yml"), W("-j8"), W("--repeat=10"),
	    W("--events=lines"));
	assert_int_equal(d->code, 0);
	assert_int_equal(count_lines("lines"), 2 * 10 * 5);
	RUN(d, W("run"), W("a.yml"), W("b.yml"), W("-j8"), W("--repeat=10"),
	    W("--events=-"));
	assert_int_equal(count_lines(".out"), 2 * 10 * 5);
	assert_has(&d->err, "20 passed, 0 failed");
}

static void test_events_nowhere(void **state)
{
	static const struct {
		const char *to, *says;
		int code;
	} rows[] = {
		{"--events=none/x", "none/x: No such file", 4},
		{"--events=unix:none", "unix:none: No such file", 4},
		{"--events=unix:", "unix:PATH", 2},
		{"--events=udp:", "udp:HOST:PORT", 2},
		{"--events=udp:127.0.0.1", "udp:HOST:PORT", 2},
		{"--events=udp:127.0.0.1:0", "udp:HOST:PORT", 2},
		{"--events=udp:127.0.0.1:65536", "udp:HOST:PORT", 2},
		{"--events=udp::5", "udp:HOST:PORT", 2},
		{"--events=/dev/full", "events were lost: /dev/full", 4},
	};
	struct desk *d = *state;
	size_t i;

	put_file("a.yml", "events", "");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		RUN(d, W("run"), W("a.yml"), W(rows[i].to));
		if (d->code != rows[i].code)
			fail_msg("%s: exit %d", rows[i].to, d->code);
		assert_has(&d->err, rows[i].says);
	}
}

static void test_leaks_fail_a_run(void **state)
{
	struct desk *d = *state;

	put_file("a.yml", "good", "");
	put_file("b.yml", "leaky", "");
	RUN(d, W("run"), W("a.yml"), W("--leaks"));
	assert_int_equal(d->code, 0);
	assert_has(&d->out, "left behind: 0 timers, 0 transactions, 0 dialogs, "
			    "0 flows, 0 descriptors\n1 passed");
	RUN(d, W("run"), W("b.yml"));
	assert_int_equal(d->code, 0);
	assert_has_not(&d->out, "left behind");
	RUN(d, W("run"), W("a.yml"), W("b.yml"), W("--leaks"),
	    W("--report=json=r"));
	assert_int_equal(d->code, 1);
	assert_has(&d->out, "0 transactions, 1 dialog, 0 flows");
	assert_has(&d->out, "1 passed, 1 failed");
	RUN(d, W("run"), W("b.yml"), W("--leaks"), W("--report=json=-"));
	assert_has(&d->out, "\"dialogs\": 1");
}

/* ---- exit codes ---- */

static void test_exit_codes(void **state)
{
	static const struct {
		const char *name, *files[4];
		int code;
	} rows[] = {
		{"passed", {"good.yml"}, 0},
		{"failed", {"bad.yml"}, 1},
		{"a crash", {"crash.yml"}, 1},
		{"environment", {"port.yml"}, 4},
		{"failed beats environment", {"bad.yml", "port.yml"}, 1},
		{"environment among good ones", {"good.yml", "port.yml"}, 4},
		{"a fault stops all", {"broken.yml", "bad.yml"}, 3},
		{"missing", {"good.yml", "missing.yml"}, 4},
		{"empty directory", {"empty"}, 5},
		{"all checks left out", {"skip.yml"}, 0},
	};
	struct desk *d = *state;
	size_t i;

	put_file("good.yml", "good", "");
	put_file("bad.yml", "bad", "");
	put_file("crash.yml", "crash", "");
	put_file("port.yml", "port busy", "");
	put_file("broken.yml", "broken", "cal: {}\n");
	put_file("skip.yml", "skip",
		 "matrix: {code: [1]}\n"
		 "expect: [{recorded_by: vault, if: {code: 2}}]\n");
	assert_int_equal(mkdir("empty", 0777), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		RUN(d, W("run"), W(rows[i].files[0]), W(rows[i].files[1]));
		if (d->code != rows[i].code)
			fail_msg("%s: exit %d: %s", rows[i].name, d->code,
				 buf_str(&d->err));
		if (rows[i].code > 1 && rows[i].code != 4)
			assert_string_equal(buf_str(&d->out), "");
	}
}

static void test_faults_all_shown(void **state)
{
	struct desk *d = *state;

	put_file("a.yml", "a", "cal: {}\nsrss: []\n");
	put_file("b.yml", "b", "tag: x\n");
	RUN(d, W("run"), W("."), W("-n"), W("none"));
	assert_int_equal(d->code, 3);
	assert_has(&d->err, "a.yml:3:1: unknown key 'cal'");
	assert_has(&d->err, "a.yml:4:1: unknown key 'srss'");
	assert_has(&d->err, "b.yml:3:1: unknown key 'tag'");
}

/* ---- selection ---- */

static void put_library(void)
{
	assert_int_equal(mkdir("lib", 0777), 0);
	put_file("lib/one.yml", "first of all", "tags: [smoke, fast]\n");
	put_file("lib/two.yml", "second",
		 "tags: [slow]\nmatrix: {code: [486, 603]}\n"
		 "vars: {x: \"${code}\"}\n");
	put_file("lib/six.yml", "sixth", "tags: [smoke]\n");
}

static void test_selection(void **state)
{
	static const struct {
		const char *name, *a, *b;
		int runs;
	} rows[] = {
		{"all", NULL, NULL, 4},
		{"a tag", "-tsmoke", NULL, 2},
		{"either tag", "-tfast", "-tslow", 3},
		{"without a tag", "-Tslow", NULL, 2},
		{"with one, without another", "-tsmoke", "-Tfast", 1},
		{"a name", "--name=first*", NULL, 1},
		{"a file name", "-ntwo", NULL, 2},
		{"a file name with value", "-ntwo-603", NULL, 1},
		{"either name", "-ntwo-4*", "-nsix?h", 2},
		{"one value", "--var=code=486", NULL, 3},
		{"first half", "--shard=1/2", NULL, 2},
		{"last third", "--shard=3/3", NULL, 1},
		{"twice", "--repeat=2", "-tfast", 2},
	};
	struct desk *d = *state;
	char want[64];
	size_t i;

	put_library();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		RUN(d, W("run"), W("-q"), W("lib"), W(rows[i].a), W(rows[i].b));
		snprintf(want, sizeof(want), "%d passed, 0 failed\n",
			 rows[i].runs);
		if (strcmp(buf_str(&d->out), want) != 0)
			fail_msg("%s: %s", rows[i].name, buf_str(&d->out));
	}
}

static void test_selection_empty(void **state)
{
	struct desk *d = *state;

	put_library();
	RUN(d, W("run"), W("lib"), W("-t"), W("smok"));
	assert_int_equal(d->code, 5);
	assert_has(&d->err, "did you mean 'smoke'?");
	assert_has(&d->err, "4 runs, with tags smoke, fast, slow");
	RUN(d, W("run"), W("lib"), W("-tfast"), W("--shard=2/2"));
	assert_int_equal(d->code, 5);
	assert_has(&d->err, "shard 2/2 of 1 run is empty");
}

static void test_shards_part_the_whole(void **state)
{
	struct desk *d = *state;
	char shard[16], report[32];
	size_t total = 0;
	int k;

	put_library();
	for (k = 1; k <= 3; k++) {
		json_t *o;

		snprintf(shard, sizeof(shard), "--shard=%d/3", k);
		snprintf(report, sizeof(report), "--report=json=%d.json", k);
		RUN(d, W("run"), W("lib"), shard, report);
		o = json_load_file(report + 14, 0, NULL);
		total += json_array_size(json_object_get(o, "scenarios"));
		json_decref(o);
	}
	assert_int_equal(total, 4);
}

/* ---- order, workers ---- */

static void test_order_of_list(void **state)
{
	struct desk *d = *state;
	const char *a, *b, *c;

	put_file("a.yml", "port busy", "");
	put_file("b.yml", "crash", "");
	put_file("c.yml", "good", "");
	RUN(d, W("run"), W("c.yml"), W("b.yml"), W("a.yml"), W("-j3"));
	a = strstr(buf_str(&d->out), "ERROR port busy");
	b = strstr(buf_str(&d->out), "ERROR crash");
	c = strstr(buf_str(&d->out), "ok    good");
	assert_true(a && b && c && a < b && b < c);
}

static void test_crash_costs_one_run(void **state)
{
	static const char *const jobs[] = {"-j1", "-j2", "-j8"};
	struct desk *d = *state;
	size_t i;

	put_file("a.yml", "crash ${n}", "matrix: {n: [1, 2, 3]}\n");
	put_file("b.yml", "exit", "");
	put_file("c.yml", "good ${n}", "matrix: {n: [1, 2, 3]}\n");
	for (i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		RUN(d, W("run"), W("."), W(jobs[i]));
		assert_int_equal(d->code, 1);
		assert_has(&d->out, "the run crashed (signal 9)");
		assert_has(&d->out, "the run ended early (exit code 7)");
		assert_has(&d->out, "3 passed, 4 failed\n");
		assert_has_not(&d->out, "kept:");
	}
	assert_false(exists("out"));
}

static void test_fail_fast(void **state)
{
	struct desk *d = *state;

	put_file("a.yml", "good", "");
	put_file("b.yml", "bad", "");
	put_file("c.yml", "good", "matrix: {n: [1, 2, 3]}\n");
	RUN(d, W("run"), W("."), W("-j1"), W("--fail-fast"));
	assert_int_equal(d->code, 1);
	assert_has(&d->out, "1 passed, 1 failed\n");
}

static void test_conf_reaches_the_world(void **state)
{
	struct desk *d = *state;

	put_file("s.yml", "seed", "seed: 5\n");
	put_file("c.yml", "clock", "");
	RUN(d, W("run"), W("s.yml"));
	assert_has(&d->out, "seed=5\n");
	RUN(d, W("run"), W("s.yml"), W("--seed=9"));
	assert_has(&d->out, "seed=9\n");
	RUN(d, W("run"), W("c.yml"), W("--clock=real"));
	assert_has(&d->out, "clock=2\n");
	RUN(d, W("run"), W("c.yml"));
	assert_has(&d->out, "clock=1\n");
}

/* ---- files ---- */

static void test_keep(void **state)
{
	static const struct {
		const char *name, *scenario, *keep;
		bool kept;
	} rows[] = {
		{"passed", "good", "on-fail", false},
		{"failed", "bad", "on-fail", true},
		{"no environment", "port busy", "on-fail", true},
		{"passed, always", "good", "always", true},
		{"failed, never", "bad", "never", false},
		{"passed, needed", "needs files", "never", false},
	};
	struct desk *d = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put_file("a.yml", rows[i].scenario, "");
		RUN(d, W("run"), W("a.yml"), W("--keep"), W(rows[i].keep));
		if (exists("out/a/wire.pcap") != rows[i].kept)
			fail_msg("%s: %s", rows[i].name, buf_str(&d->out));
		if (rows[i].kept)
			unlink("out/a/wire.pcap"), rmdir("out/a"), rmdir("out");
		assert_false(exists("out"));
	}
}

static void test_keep_never_writes_nothing(void **state)
{
	struct desk *d = *state;

	put_file("a.yml", "dir", "");
	RUN(d, W("run"), W("a.yml"), W("--keep=never"));
	assert_has(&d->out, "dir=none\n");
	RUN(d, W("run"), W("a.yml"), W("--out=x/y"));
	assert_has(&d->out, "dir=x/y/a\n");
}

static void test_old_files_go(void **state)
{
	struct desk *d = *state;

	put_file("a.yml", "bad", "");
	assert_int_equal(mkdir("out", 0777), 0);
	assert_int_equal(mkdir("out/a", 0777), 0);
	leave_file("out/a", "old.wav");
	leave_file("out/a", "old.xml");
	leave_file("out/a", "old.pcap");
	leave_file("out/a", "notes.txt");
	RUN(d, W("run"), W("a.yml"));
	assert_has(&d->out, "kept:  out/a\n");
	assert_false(exists("out/a/old.wav") || exists("out/a/old.xml") ||
		     exists("out/a/old.pcap"));
	assert_true(exists("out/a/wire.pcap"));
	put_file("a.yml", "good", "");
	RUN(d, W("run"), W("a.yml"));
	assert_false(exists("out/a/wire.pcap"));
	assert_true(exists("out/a/notes.txt"));
}

static void test_names_of_directories(void **state)
{
	struct desk *d = *state;

	assert_int_equal(mkdir("p", 0777), 0);
	assert_int_equal(mkdir("q", 0777), 0);
	put_file("p/a.yml", "bad ${n}", "matrix: {n: [1, 2]}\n");
	put_file("q/a-2.yml", "bad", "");
	RUN(d, W("run"), W("p"), W("q"), W("-q"));
	assert_true(exists("out/a-1") && exists("out/a-2"));
	assert_true(exists("out/a-2-2"));
	RUN(d, W("run"), W("q"), W("-q"), W("--repeat=2"), W("--out=two"));
	assert_true(exists("two/a-2-r1") && exists("two/a-2-r2"));
}

static void test_out_that_cannot_be(void **state)
{
	struct desk *d = *state;

	put_file("a.yml", "good", "");
	RUN(d, W("run"), W("a.yml"), W("--out=a.yml/x"));
	assert_int_equal(d->code, 4);
	assert_has(&d->out, "a.yml/x");
	assert_has(&d->out, "Not a directory");
}

/* ---- reports ---- */

static void test_reports(void **state)
{
	struct desk *d = *state;
	json_t *o;

	put_file("a.yml", "good", "");
	put_file("b.yml", "bad", "");
	RUN(d, W("run"), W("."), W("--report=json=r.json"),
	    W("--report=junit=r.xml"), W("--report=tap=r.tap"));
	assert_int_equal(d->code, 1);
	o = json_load_file("r.json", 0, NULL);
	assert_int_equal(json_array_size(json_object_get(o, "scenarios")), 2);
	json_decref(o);
	assert_true(exists("r.xml") && exists("r.tap"));
}

static void test_report_alone_on_stdout(void **state)
{
	struct desk *d = *state;
	json_t *o;

	put_file("a.yml", "good", "");
	RUN(d, W("run"), W("a.yml"), W("--report=json=-"));
	o = json_loads(buf_str(&d->out), 0, NULL);
	assert_non_null(o);
	assert_null(json_object_get(
		json_array_get(json_object_get(o, "scenarios"), 0), "_exit"));
	json_decref(o);
	assert_has(&d->err, "1 passed, 0 failed\n");
}

static void test_report_that_cannot_be(void **state)
{
	struct desk *d = *state;

	put_file("a.yml", "good", "");
	RUN(d, W("run"), W("a.yml"), W("--report=tap=none/r.tap"));
	assert_int_equal(d->code, 4);
	assert_has(&d->err, "none/r.tap: No such file");
	assert_string_equal(buf_str(&d->out), "");
	RUN(d, W("run"), W("a.yml"), W("--report=tap=/dev/full"));
	assert_int_equal(d->code, 4);
	assert_has(&d->err, "/dev/full: could not be written");
}

static void test_color(void **state)
{
	struct desk *d = *state;

	put_file("a.yml", "good", "");
	RUN(d, W("run"), W("a.yml"));
	assert_has_not(&d->out, "\033[");
	RUN(d, W("run"), W("a.yml"), W("--color=always"));
	assert_has(&d->out, "\033[32m");
}

/* ---- signals ---- */

static void wait_for_text(const char *path, const char *text)
{
	struct buf b;
	bool found = false;
	int i;

	buf_init(&b, 1 << 20);
	for (i = 0; i < 5000 && !found; i++) {
		buf_clear(&b);
		if (buf_read_file(&b, path, NULL) == 0)
			found = strstr(buf_str(&b), text) != NULL;
		usleep(1000);
	}
	buf_fini(&b);
	assert_true(found);
}

static void test_signal_ends_gently(void **state)
{
	static const struct {
		int signal, code;
	} rows[] = {{SIGINT, 130}, {SIGTERM, 143}};
	struct desk *d = *state;
	size_t i;

	put_file("a.yml", "good", "");
	put_file("b.yml", "hang", "");
	put_file("c.yml", "good", "matrix: {n: [1, 2, 3]}\n");
	for (i = 0; i < 2; i++) {
		pid_t pid = begin((char *[]){W("siprec-src"), W("run"), W("."),
					     W("-j1"), W("--report=tap=r.tap"),
					     NULL});

		wait_for_text(".out", "waiting");
		kill(pid, rows[i].signal);
		end(d, pid);
		assert_int_equal(d->code, rows[i].code);
		assert_has(&d->out, "interrupted by signal");
		assert_has(&d->out, "kept:  out/b\n");
		assert_has(&d->out, "1 passed, 1 failed\n");
		assert_true(exists("out/b/wire.pcap") && exists("r.tap"));
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(test_dispatch),
		T(test_options_wrong),
		T(test_call_options_wrong),
		T(test_events_side_by_side),
		T(test_events_nowhere),
		T(test_leaks_fail_a_run),
		T(test_exit_codes),
		T(test_faults_all_shown),
		T(test_selection),
		T(test_selection_empty),
		T(test_shards_part_the_whole),
		T(test_order_of_list),
		T(test_crash_costs_one_run),
		T(test_fail_fast),
		T(test_conf_reaches_the_world),
		T(test_keep),
		T(test_keep_never_writes_nothing),
		T(test_old_files_go),
		T(test_names_of_directories),
		T(test_out_that_cannot_be),
		T(test_reports),
		T(test_report_alone_on_stdout),
		T(test_report_that_cannot_be),
		T(test_color),
		T(test_signal_ends_gently),
	};

	return cmocka_run_group_tests_name("cli_run", tests, NULL, NULL);
}
