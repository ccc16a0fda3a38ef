#include "cli/run_events.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/span.h"
#include "core/xalloc.h"
#include "report/report.h"

enum {
	DATAGRAM_MAX = 65000,
	PATIENCE_S = 1 /* for a reader of datagrams that does not read */
};

struct run_events {
	const char *to; /* borrowed */
	int fd;
	int lock; /* a file of its own; -1: datagrams need none */
	struct sockaddr_storage dst;
	socklen_t dst_n;
};

static int fault(const struct run_events *ev, struct err *e)
{
	return err_set(e, ERR_ENV, "%s: %s", ev->to, strerror(errno));
}

/* ---- opening ---- */

/* POSIX locks belong to a process, so that workers which share the descriptor
 * still take turns, and one that dies lets go. They need a file, which what
 * is written to may not be. */
static int open_stream(struct run_events *ev, struct err *e)
{
	if (strcmp(ev->to, "-") == 0)
		ev->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		ev->fd = open(ev->to,
			      O_WRONLY | O_CREAT | O_TRUNC | O_APPEND |
				      O_CLOEXEC,
			      0666);
	if (ev->fd < 0)
		return fault(ev, e);
	ev->lock = memfd_create("events", MFD_CLOEXEC);
	return ev->lock < 0 ? fault(ev, e) : 0;
}

static int open_socket(struct run_events *ev, int family, struct err *e)
{
	struct timeval patience = {.tv_sec = PATIENCE_S};

	ev->fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ev->fd < 0)
		return fault(ev, e);
	setsockopt(ev->fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		   sizeof(patience));
	return 0;
}

static int open_udp(struct run_events *ev, struct span where, struct err *e)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found = NULL;
	size_t n = where.n, bracket;
	char *host, *port;
	uint32_t number;
	int rc = -1;

	while (n && where.p[n - 1] != ':')
		n--;
	if (n < 2 || !parse_u32(span_skip(where, n), 1, 65535, &number))
		return err_set(e, ERR_USAGE,
			       "--events wants udp:HOST:PORT, not '%s'",
			       ev->to);
	bracket = n > 3 && where.p[0] == '[' && where.p[n - 2] == ']';
	host = xstrndup(where.p + bracket, n - 1 - 2 * bracket);
	port = span_dup(span_skip(where, n));
	rc = getaddrinfo(host, port, &hints, &found);
	if (rc) {
		rc = err_set(e, ERR_ENV, "%s: %s", ev->to, gai_strerror(rc));
	} else {
		memcpy(&ev->dst, found->ai_addr, found->ai_addrlen);
		ev->dst_n = found->ai_addrlen;
		rc = open_socket(ev, found->ai_family, e);
		freeaddrinfo(found);
	}
	free(host);
	free(port);
	return rc;
}

/* Connected only to see that somebody is there: lines go out by name, so that
 * a reader may be started again. */
static int open_unix(struct run_events *ev, const char *path, struct err *e)
{
	struct sockaddr_un *un = (struct sockaddr_un *)(void *)&ev->dst;

	if (!*path || strlen(path) >= sizeof(un->sun_path))
		return err_set(e, ERR_USAGE,
			       "--events wants unix:PATH of at most %zu "
			       "octets, not '%s'",
			       sizeof(un->sun_path) - 1, ev->to);
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, strlen(path) + 1);
	ev->dst_n = sizeof(*un);
	if (open_socket(ev, AF_UNIX, e) < 0)
		return -1;
	if (connect(ev->fd, (struct sockaddr *)un, sizeof(*un)) < 0)
		return fault(ev, e);
	return 0;
}

struct run_events *run_events_open(const char *to, struct err *e)
{
	struct run_events *ev = xcalloc(1, sizeof(*ev));
	struct span text = span_of(to);
	int rc;

	ev->to = to;
	ev->fd = ev->lock = -1;
	/* A reader that goes away is a fault to be told, not the end. */
	signal(SIGPIPE, SIG_IGN);
	if (span_starts(text, "udp:"))
		rc = open_udp(ev, span_skip(text, 4), e);
	else if (span_starts(text, "unix:"))
		rc = open_unix(ev, to + 5, e);
	else
		rc = open_stream(ev, e);
	if (rc == 0)
		return ev;
	run_events_close(ev);
	return NULL;
}

void run_events_close(struct run_events *ev)
{
	if (!ev)
		return;
	if (ev->fd >= 0)
		close(ev->fd);
	if (ev->lock >= 0)
		close(ev->lock);
	free(ev);
}

/* ---- writing ---- */

static json_t *matrix_of(const struct scenario *s)
{
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < s->n_matrix; i++)
		json_object_set_new(o, s->matrix[i].name,
				    json_string(s->matrix[i].value));
	return o;
}

/* One line with its end; owned by the caller. */
static char *line_of(const struct scenario *s, const struct trace *t,
		     const struct trace_event *event)
{
	json_t *o = report_event(t, event);
	char *text, *line;

	json_object_set_new(o, "scenario", json_string(s->name));
	json_object_set_new(o, "call", json_integer(event->call + 1));
	if (s->n_matrix)
		json_object_set_new(o, "matrix", matrix_of(s));
	text = json_dumps(o, JSON_COMPACT);
	line = xasprintf("%s\n", text ? text : "{}");
	free(text);
	json_decref(o);
	return line;
}

static void lock(const struct run_events *ev, short type)
{
	struct flock whole = {.l_type = type, .l_whence = SEEK_SET};

	while (fcntl(ev->lock, F_SETLKW, &whole) < 0 && errno == EINTR)
		continue;
}

static int write_line(const struct run_events *ev, const char *p, size_t n,
		      struct err *e)
{
	int rc = 0;

	lock(ev, F_WRLCK);
	while (n && rc == 0) {
		ssize_t put = write(ev->fd, p, n);

		if (put >= 0) {
			p += put;
			n -= (size_t)put;
		} else if (errno != EINTR) {
			rc = fault(ev, e);
		}
	}
	lock(ev, F_UNLCK);
	return rc;
}

static int send_line(const struct run_events *ev, const char *p, size_t n,
		     struct err *e)
{
	const struct sockaddr *dst = (const struct sockaddr *)&ev->dst;
	ssize_t put = -1;

	if (n > DATAGRAM_MAX)
		errno = EMSGSIZE;
	else
		do
			put = sendto(ev->fd, p, n, MSG_NOSIGNAL, dst,
				     ev->dst_n);
		while (put < 0 && errno == EINTR);
	return put < 0 ? fault(ev, e) : 0;
}

int run_events_add(struct run_events *ev, const struct scenario *s,
		   const struct trace *t, const struct trace_event *event,
		   struct err *e)
{
	char *line = line_of(s, t, event);
	int rc;

	if (ev->lock >= 0)
		rc = write_line(ev, line, strlen(line), e);
	else
		rc = send_line(ev, line, strlen(line), e);
	free(line);
	return rc;
}
