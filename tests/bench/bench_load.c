/*
 * Runs the program with a load of calls on sockets and prints what they took
 * of the machine: memory a call, CPU a packet, packets sent and received.
 *
 *     bench_load PROGRAM SCENARIO CALLS SECONDS REPORT
 *
 * The scenario has `vars: {calls: N}`; SECONDS after its begin all of them
 * run. The memory of a run with a single call is taken off. Prints shell
 * assignments; REPORT is written.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "core/clock.h"
#include "core/span.h"
#include "core/xalloc.h"

enum { LOOK_NS = 200000000 };

struct load {
	const char *program, *scenario, *report;
	int64_t held_us; /* from the start until all calls run */
	/* Resident memory of the process that runs the calls. */
	long held_kb; /* while all run */
	long peak_kb; /* with what is left of them, and the report */
	int exit;
};

/* Value of a line of /proc/PID/status in `unit`, 0 when there is none. */
static long status_of(long pid, const char *key)
{
	char path[64], line[128];
	long value = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, key, strlen(key)) == 0)
			value = strtol(line + strlen(key), NULL, 10);
	fclose(f);
	return value;
}

/* The program runs scenarios in children of its own. */
static long resident_kb(long program)
{
	DIR *d = opendir("/proc");
	const struct dirent *e;
	long kb = 0;

	while (d && (e = readdir(d))) {
		long pid = strtol(e->d_name, NULL, 10);

		if (pid > 0 && status_of(pid, "PPid:") == program)
			kb += status_of(pid, "VmRSS:");
	}
	if (d)
		closedir(d);
	return kb ? kb : status_of(program, "VmRSS:");
}

static void become_program(const struct load *l, int calls)
{
	char *var = xasprintf("calls=%d", calls);
	char *report = xasprintf("json=%s", l->report);

	/* what it says would stand among our own lines */
	if (!freopen("/dev/null", "w", stdout))
		_exit(127);
	execl(l->program, l->program, "run", l->scenario, "--clock", "real",
	      "--keep", "never", "-q", "--var", var, "--report", report,
	      (char *)NULL);
	_exit(127);
}

static void run(struct load *l, int calls)
{
	const struct timespec look = {0, LOOK_NS};
	int64_t begin_us = clock_monotonic_us();
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		become_program(l, calls);
	l->peak_kb = l->held_kb = 0;
	while (waitpid(pid, &status, WNOHANG) == 0) {
		long kb = resident_kb(pid);

		if (kb > l->peak_kb)
			l->peak_kb = kb;
		if (clock_monotonic_us() - begin_us <= l->held_us)
			l->held_kb = kb;
		nanosleep(&look, NULL);
	}
	l->exit = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int64_t cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) +
	       u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

/* Of the recorded streams, over all calls. */
static json_int_t sum(const json_t *report, const char *key)
{
	const json_t *run = json_array_get(json_object_get(report, "scenarios"),
					   0);
	const json_t *streams = json_object_get(run, "streams");
	json_int_t total = 0;
	size_t i;

	for (i = 0; i < json_array_size(streams); i++)
		total += json_integer_value(
			json_object_get(json_array_get(streams, i), key));
	return total;
}

static double a_call(long kb, int calls)
{
	return (double)kb / (calls - 1);
}

static void print(const struct load *l, int calls, long single_kb,
		  int64_t took_us)
{
	json_t *report = json_load_file(l->report, 0, NULL);
	json_int_t sent = sum(report, "sent");

	/* what is recorded was sent once before, from party to party */
	printf("load_exit=%d\n", l->exit);
	printf("load_sent=%" JSON_INTEGER_FORMAT "\n", sent);
	printf("load_received=%" JSON_INTEGER_FORMAT "\n",
	       sum(report, "received"));
	printf("load_kb=%.1f\n", a_call(l->held_kb - single_kb, calls));
	printf("load_peak_kb=%.1f\n", a_call(l->peak_kb - single_kb, calls));
	printf("load_cpu_us=%.2f\n",
	       (double)took_us / (double)(sent ? 2 * sent : 1));
	json_decref(report);
}

int main(int argc, char **argv)
{
	struct load l = {0};
	uint32_t calls, seconds;
	long single_kb;
	int64_t before_us;

	if (argc != 6 || !parse_u32(span_of(argv[3]), 2, 100000, &calls) ||
	    !parse_u32(span_of(argv[4]), 1, 1000, &seconds))
		return 2;
	l.program = argv[1];
	l.scenario = argv[2];
	l.report = argv[5];
	l.held_us = (int64_t)seconds * 1000000;
	run(&l, 1);
	single_kb = l.held_kb;
	before_us = cpu_us();
	run(&l, (int)calls);
	print(&l, (int)calls, single_kb, cpu_us() - before_us);
	return 0;
}
