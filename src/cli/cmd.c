#include "cli/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/loop.h"
#include "core/xalloc.h"
#include "scenario/text.h"
#include "sip/head.h"

static const char *program = "siprec-src";

/* What stands in for it is open the wrong way round, so that whoever uses it
 * hears of it. */
void cmd_begin(void)
{
	int fd, stand_in;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		stand_in = open("/dev/null",
				fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
		if (stand_in >= 0 && stand_in != fd)
			close(stand_in);
	}
}

int cmd_end(int code)
{
	bool failed = ferror(stdout);

	if (fflush(stdout) != 0)
		fprintf(stderr, "standard output cannot be written: %s\n",
			strerror(errno));
	else if (failed) /* why was known then */
		fprintf(stderr, "standard output was not written in full\n");
	else
		return code;
	return code ? code : err_exit_code(ERR_ENV);
}

void cmd_set_program(const char *argv0)
{
	program = argv0;
}

const char *cmd_program(void)
{
	return program;
}

void cmd_catch_signals(int flags)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = loop_interrupt;
	sa.sa_flags = flags;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

int cmd_vars_add(struct cmd_vars *v, const char *text, struct err *e)
{
	const char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return err_set(e, ERR_USAGE, "--var wants NAME=VALUE, not '%s'",
			       text);
	v->at = xreallocarray(v->at, v->n + 1, sizeof(*v->at));
	v->at[v->n].name = xstrndup(text, (size_t)(equals - text));
	v->at[v->n++].value = xstrdup(equals + 1);
	return 0;
}

void cmd_vars_fini(struct cmd_vars *v)
{
	while (v->n) {
		v->n--;
		free(v->at[v->n].name);
		free(v->at[v->n].value);
	}
	free(v->at);
	v->at = NULL;
}

void cmd_paths_add(struct cmd_paths *p, const char *path)
{
	p->at = xreallocarray(p->at, p->n + 1, sizeof(*p->at));
	p->at[p->n++] = (char *)(uintptr_t)path;
}

void cmd_paths_fini(struct cmd_paths *p)
{
	free(p->at);
	p->at = NULL;
	p->n = 0;
}

int cmd_take_uri(const char *option, const char *value, const char **out,
		 struct err *e)
{
	struct err why = ERR_INIT;

	if (!scn_text_is_sip_uri(value))
		return err_set(e, ERR_USAGE,
			       "--%s wants a SIP URI such as "
			       "sip:recorder@192.0.2.7, not '%s'",
			       option, value);
	if (sip_uri_check(span_of(value), &why) < 0)
		return err_set(e, ERR_USAGE, "--%s %s", option, why.text);
	*out = value;
	return 0;
}

int cmd_show_causes(const struct causes *c)
{
	int code = 0;
	size_t i;

	for (i = 0; i < c->n; i++) {
		int this = cmd_show_err(&c->at[i]);

		/* a faulty scenario counts before its environment */
		if (!code || this < code)
			code = this;
	}
	return code;
}

int cmd_show_err(const struct err *e)
{
	fprintf(stderr, "%s\n", e->text);
	return err_exit_code(e->kind);
}
