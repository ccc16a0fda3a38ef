#include "cli/cmd.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/srs_events.h"
#include "cli/srs_judge.h"
#include "cli/srs_options.h"
#include "core/xalloc.h"
#include "net/tls.h"
#include "recorder/recorder.h"
#include "sip/view.h"

/* How long our BYEs may wait for answers when we are told to go. */
#define LEAVE_US INT64_C(1000000)
#define LOOK_US INT64_C(10000)

struct srs {
	struct srs_options set;
	struct recorder *recorder[SRS_LISTEN_MAX];
	struct srs_judge *judge; /* NULL: nobody is judged */

	struct loop *loop;
	struct rng rng;
	struct timer look; /* runs while we leave */
	int64_t leave_us;

	uint64_t sessions, streams, packets, lost;
};

/* ---- events ---- */

static bool is_end(const char *kind)
{
	return strcmp(kind, "bye") == 0 || strcmp(kind, "cancelled") == 0 ||
	       strcmp(kind, "refused") == 0;
}

static void tell_judge(struct srs *s, const struct recorder_event *ev)
{
	if (!s->judge)
		return;
	if (strcmp(ev->kind, "invite") == 0)
		srs_judge_begins(s->judge, ev->call_id);
	else if (is_end(ev->kind))
		srs_judge_ended(s->judge, ev->call_id);
}

static void on_event(const struct recorder_event *ev, void *arg)
{
	struct srs *s = arg;

	if (s->set.json)
		srs_event_json(ev);
	else
		srs_event_text(ev);
	tell_judge(s, ev);
	if (strcmp(ev->kind, "answered") == 0) {
		s->sessions++;
	} else if (strcmp(ev->kind, "ended") == 0) {
		s->streams++;
		s->packets += ev->packets;
		s->lost += ev->lost;
	} else if (strcmp(ev->kind, "bye") == 0 && s->set.once) {
		loop_stop(s->loop);
	}
}

static void print_summary(const struct srs *s)
{
	if (s->set.json)
		return;
	printf("%llu sessions, %llu streams, %llu packets, %llu lost\n",
	       (unsigned long long)s->sessions, (unsigned long long)s->streams,
	       (unsigned long long)s->packets, (unsigned long long)s->lost);
}

/* ---- leaving ---- */

static bool is_busy(const struct srs *s)
{
	size_t i;

	for (i = 0; i < s->set.n; i++)
		if (recorder_busy(s->recorder[i]))
			return true;
	return false;
}

static void on_look(void *arg)
{
	struct srs *s = arg;

	if (!is_busy(s) || loop_now(s->loop) >= s->leave_us)
		loop_stop(s->loop);
	else
		timer_after(&s->look, LOOK_US);
}

/* Hangs up before it goes. */
static void on_interrupt(int signal, void *arg)
{
	struct srs *s = arg;
	size_t i;

	(void)signal;
	for (i = 0; i < s->set.n; i++)
		recorder_bye(s->recorder[i]);
	s->leave_us = loop_now(s->loop) + LEAVE_US;
	timer_after(&s->look, 0);
}

static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = loop_interrupt};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

/* ---- running ---- */

static int make_dir(const char *dir, struct err *e)
{
	struct stat st;

	if (mkdir(dir, 0777) == 0 ||
	    (errno == EEXIST && stat(dir, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	return err_set(e, ERR_ENV, "%s: %s", dir,
		       strerror(errno == EEXIST ? ENOTDIR : errno));
}

/* Recorders after the first have a number in their name. */
static int open_recorder(struct srs *s, size_t i, struct err *e)
{
	char text[ADDR_TEXT];
	char *name = i ? xasprintf("%s-%zu", s->set.name, i + 1)
		       : xstrdup(s->set.name);

	s->set.conf.name = name;
	s->set.conf.local = &s->set.listen[i];
	s->set.conf.protos = 1u << s->set.listen[i].proto;
	s->recorder[i] = recorder_new(&s->set.conf, e);
	if (s->judge)
		srs_judge_recorder(s->judge, name);
	free(name);
	if (!s->recorder[i])
		return -1;
	printf("listening %s:%s\n", srs_way(&s->set.listen[i]),
	       addr_text(recorder_addr(s->recorder[i]), text));
	return 0;
}

static int serve(struct srs *s, struct err *e)
{
	size_t i;
	int rc = -1;

	if (s->set.conf.dir && make_dir(s->set.conf.dir, e) < 0)
		return -1;
	for (i = 0; i < s->set.n; i++)
		if (open_recorder(s, i, e) < 0)
			goto out;
	catch_signals();
	loop_on_interrupt(s->loop, on_interrupt, s);
	loop_run(s->loop);
	rc = 0;
out:
	for (i = 0; i < s->set.n; i++)
		recorder_free(s->recorder[i]);
	timer_stop(&s->look);
	return rc;
}

/* What is said at the end; the exit code. */
static int finish(struct srs *s)
{
	print_summary(s);
	return s->judge ? srs_judge_finish(s->judge) : 0;
}

static int run(struct srs *s)
{
	struct err e = ERR_INIT;
	int code = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	rng_init(&s->rng, rng_system_seed());
	s->loop = loop_new(LOOP_REAL);
	timer_init(&s->look, s->loop, on_look, s);
	s->set.conf.loop = s->loop;
	s->set.conf.rng = &s->rng;
	s->set.conf.ids = ids_new(0, false);
	s->set.conf.trace = trace_new();
	trace_set_classifier(s->set.conf.trace, sip_classify);
	s->set.conf.wire = wire_udp_new(s->loop, s->set.conf.trace);
	s->set.conf.keep = true;
	s->set.conf.event = on_event;
	s->set.conf.arg = s;
	s->set.tls.authority = tls_authority_new(loop_wall_us(s->loop));
	s->set.tls.name = s->set.name;
	s->set.tls.local = &s->set.listen[0];
	s->set.tls.demands = s->set.tls.ca != NULL;
	if (s->set.judges)
		s->judge = srs_judge_new(s->loop, s->set.conf.trace,
					 s->set.level, s->set.json);
	else
		trace_forget(s->set.conf.trace);
	s->set.conf.tls = tls_new(&s->set.tls, &e);
	if (!s->set.conf.tls || serve(s, &e) < 0)
		code = cmd_show_err(&e);
	else
		code = finish(s);
	srs_judge_free(s->judge);
	tls_free(s->set.conf.tls);
	tls_authority_free(s->set.tls.authority);
	wire_free(s->set.conf.wire);
	trace_free(s->set.conf.trace);
	ids_free(s->set.conf.ids);
	loop_free(s->loop);
	return code;
}

int cmd_srs(int argc, char **argv)
{
	struct srs s = {.loop = NULL};
	int code = srs_options(&s.set, argc, argv);

	return code < 0 ? run(&s) : code;
}
