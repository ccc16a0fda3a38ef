#include "cli/cmd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/opt.h"
#include "cli/status_json.h"
#include "core/buf.h"
#include "core/xalloc.h"
#include "world/request.h"

enum { PATIENCE_S = 10, COLUMNS_MAX = 8 };

static const struct opt options[] = {
	{"status", 0, "SOCKET", "of 'siprec-src run --status SOCKET'; needed"},
	{"json", 0, NULL, "print the answer as it came"},
	{NULL, 0, NULL, NULL}};
const struct opt_table cmd_ctl_table = {
	"ctl", "sessions|streams|stop ID|pause ID|resume ID",
	"Shows what a run records right now, and stops or pauses it.", options};

struct ctl {
	const char *path;
	bool json;
	struct cmd_paths words;
	struct buf line; /* the request */
};

/* ---- asking ---- */

static int no_answer(const struct ctl *c, const char *why, struct err *e)
{
	return err_set(e, ERR_ENV, "%s: %s", c->path, why);
}

static int open_socket(const struct ctl *c, struct err *e)
{
	struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(c->path) >= sizeof(un.sun_path))
		return no_answer(c, "longer than a socket's name", e);
	memcpy(un.sun_path, c->path, strlen(c->path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return no_answer(c, strerror(errno), e);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0)
		return fd;
	no_answer(c, strerror(errno), e);
	close(fd);
	return -1;
}

static int read_answer(const struct ctl *c, int fd, struct buf *in,
		       struct err *e)
{
	char chunk[4096];
	ssize_t got;

	for (;;) {
		got = recv(fd, chunk, sizeof(chunk), 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		buf_add(in, chunk, (size_t)got);
	}
	if (got < 0)
		return no_answer(c, "no answer; is a run going on?", e);
	if (!in->n)
		return no_answer(c, "the run ended", e);
	return 0;
}

static json_t *ask(struct ctl *c, struct err *e)
{
	int fd = open_socket(c, e);
	json_t *answer = NULL;
	struct buf in;

	if (fd < 0)
		return NULL;
	buf_init(&in, STATUS_ANSWER_MAX);
	buf_add_char(&c->line, '\n');
	/* What cannot be sent is seen as an answer that does not come. */
	send(fd, c->line.p, c->line.n, MSG_NOSIGNAL);
	if (read_answer(c, fd, &in, e) == 0) {
		answer = json_loadb(in.p, in.n, 0, NULL);
		if (!json_is_object(answer)) {
			no_answer(c, "the answer is none of siprec-src", e);
			json_decref(answer);
			answer = NULL;
		}
	}
	close(fd);
	buf_fini(&in);
	return answer;
}

/* ---- showing ---- */

struct column {
	const char *head, *key;
};

static const struct column session_columns[] = {
	{"ID", "id"},	       {"CALL", "call"},   {"INSTANCE", "instance"},
	{"SERVER", "server"},  {"STATE", "state"}, {"SINCE", "since_ms"},
	{"PACKETS", "packets"}};
static const struct column stream_columns[] = {
	{"SESSION", "id"},     {"PARTY", "party"},
	{"MEDIA", "media"},    {"LABEL", "label"},
	{"CODEC", "codec"},    {"DESTINATION", "destination"},
	{"PACKETS", "packets"}};

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

/* Owned by the caller. Times of a call are shown as reports show them. */
static char *cell(const json_t *row, const struct column *c)
{
	const json_t *v = json_object_get(row, c->key);
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v))
		return xstrdup(text_of(row, c->key));
	if (strcmp(c->key, "since_ms") != 0)
		return xasprintf("%lld", (long long)n);
	return n < 0 ? xstrdup("-") : xasprintf("+%.3f s", (double)n / 1e3);
}

static void print_cell(const char *text, size_t width, bool last)
{
	if (last)
		printf("%s\n", text);
	else
		printf("%-*s  ", (int)width, text);
}

static void measure(const json_t *rows, const struct column *c, size_t n,
		    size_t *width)
{
	const json_t *row;
	size_t i, k;

	for (k = 0; k < n; k++)
		width[k] = strlen(c[k].head);
	json_array_foreach(rows, i, row)
	{
		for (k = 0; k < n; k++) {
			char *text = cell(row, &c[k]);

			if (strlen(text) > width[k])
				width[k] = strlen(text);
			free(text);
		}
	}
}

static void print_table(const json_t *rows, const struct column *c, size_t n)
{
	size_t width[COLUMNS_MAX], i, k;
	const json_t *row;

	measure(rows, c, n, width);
	for (k = 0; k < n; k++)
		print_cell(c[k].head, width[k], k + 1 == n);
	json_array_foreach(rows, i, row)
	{
		for (k = 0; k < n; k++) {
			char *text = cell(row, &c[k]);

			print_cell(text, width[k], k + 1 == n);
			free(text);
		}
	}
}

static void show(const struct ctl *c, const json_t *answer)
{
	const json_t *sessions = json_object_get(answer, "sessions");
	const json_t *streams = json_object_get(answer, "streams");
	const char *result = text_of(answer, "result");

	if (c->json) {
		json_dumpf(answer, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (sessions) {
		print_table(sessions, session_columns,
			    sizeof(session_columns) /
				    sizeof(session_columns[0]));
	} else if (streams) {
		print_table(streams, stream_columns,
			    sizeof(stream_columns) / sizeof(stream_columns[0]));
	} else {
		printf("%s\n", *result ? result : text_of(answer, "error"));
	}
}

/* ---- the command ---- */

static int check_words(struct ctl *c, struct err *e)
{
	struct world_request rq;
	size_t i;

	if (!c->path)
		return err_set(e, ERR_USAGE,
			       "which run? (--status SOCKET, see --help)");
	if (!c->words.n)
		return err_set(e, ERR_USAGE, "what? (see --help)");
	for (i = 0; i < c->words.n; i++)
		buf_addf(&c->line, "%s%s", i ? " " : "", c->words.at[i]);
	if (c->line.overflow || c->line.n == WORLD_REQUEST_MAX ||
	    span_chr(buf_span(&c->line), '\n') < c->line.n)
		return err_set(e, ERR_USAGE, "'%s' is no request",
			       c->words.at[0]);
	return world_request_parse(&rq, buf_span(&c->line), e);
}

static int perform(struct ctl *c)
{
	struct err e = ERR_INIT;
	json_t *answer;
	int code;

	if (check_words(c, &e) < 0)
		return opt_fault(&cmd_ctl_table, "%s", e.text);
	answer = ask(c, &e);
	if (!answer)
		return cmd_show_err(&e);
	show(c, answer);
	code = json_is_true(json_object_get(answer, "ok")) ? 0 : 1;
	json_decref(answer);
	return code;
}

int cmd_ctl(int argc, char **argv)
{
	struct ctl c = {.path = NULL};
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;
	int code = -1;

	buf_init(&c.line, WORLD_REQUEST_MAX);
	opt_init(&p, &cmd_ctl_table, argc, argv);
	while (code < 0 && (kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			code = p.exit_code;
		else if (kind == OPT_ARG)
			cmd_paths_add(&c.words, got.value);
		else if (opt_is(&got, "json"))
			c.json = true;
		else
			c.path = got.value;
	}
	if (code < 0)
		code = perform(&c);
	cmd_paths_fini(&c.words);
	buf_fini(&c.line);
	return code;
}
