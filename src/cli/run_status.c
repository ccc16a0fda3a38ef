#include "cli/run_status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/status_json.h"
#include "core/buf.h"
#include "core/list.h"
#include "core/log.h"
#include "core/xalloc.h"
#include "world/request.h"
#include "world/status.h"

#define PATIENCE_US INT64_C(5000000) /* for one client, all in all */

enum { CLIENTS_MAX = 16, BACKLOG = 16 };

struct run_status {
	const char *path; /* borrowed */
	int fd;
	/* while a world is up */
	struct world *w;
	struct loop_fd watch;
	struct list clients;
};

struct client {
	struct le le;
	struct run_status *s;
	struct loop_fd watch;
	struct timer timer;
	struct buf in, out;
	size_t sent; /* of `out` */
};

/* ---- the socket ---- */

static int name_socket(struct sockaddr_un *un, const char *path, struct err *e)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(un->sun_path))
		return err_set(e, ERR_ENV, "%s: longer than a socket's name",
			       path);
	memcpy(un->sun_path, path, strlen(path) + 1);
	return 0;
}

/* A socket that nobody listens at is what a killed run left. */
static int clear_way(const struct sockaddr_un *un, struct err *e)
{
	struct stat st;
	int fd, rc;

	if (lstat(un->sun_path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_ENV, "%s: is there and is no socket",
			       un->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	rc = connect(fd, (const struct sockaddr *)un, sizeof(*un));
	close(fd);
	if (rc == 0)
		return err_set(e, ERR_ENV, "%s: another run answers there",
			       un->sun_path);
	unlink(un->sun_path);
	return 0;
}

struct run_status *run_status_open(const char *path, struct err *e)
{
	struct run_status *s = NULL;
	struct sockaddr_un un;
	int fd;

	if (name_socket(&un, path, e) < 0 || clear_way(&un, e) < 0)
		return NULL;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&un, sizeof(un)) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		err_set(e, ERR_ENV, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	s->path = path;
	s->fd = fd;
	return s;
}

void run_status_close(struct run_status *s)
{
	if (!s)
		return;
	close(s->fd);
	unlink(s->path);
	free(s);
}

/* ---- one client ---- */

static void client_free(struct client *c)
{
	loop_fd_stop(&c->watch);
	timer_stop(&c->timer);
	list_unlink(&c->le);
	close(c->watch.fd);
	buf_fini(&c->in);
	buf_fini(&c->out);
	free(c);
}

static void on_patience(void *arg)
{
	client_free(arg);
}

static void on_writable(uint32_t events, void *arg)
{
	struct client *c = arg;
	ssize_t put;

	(void)events;
	put = send(c->watch.fd, c->out.p + c->sent, c->out.n - c->sent,
		   MSG_NOSIGNAL | MSG_DONTWAIT);
	if (put < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (put > 0)
		c->sent += (size_t)put;
	if (put < 0 || c->sent == c->out.n)
		client_free(c);
}

static void answer(struct client *c, struct span line)
{
	struct loop *l = c->watch.loop;
	int fd = c->watch.fd;
	struct err e = ERR_INIT;

	status_answer(c->s->w, line, &c->out);
	loop_fd_stop(&c->watch);
	if (loop_fd_watch(&c->watch, l, fd, EPOLLOUT, on_writable, c, &e) < 0)
		client_free(c);
}

static void on_readable(uint32_t events, void *arg)
{
	struct client *c = arg;
	char chunk[WORLD_REQUEST_MAX];
	ssize_t got = recv(c->watch.fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	struct span in;
	size_t end;

	(void)events;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0)
		buf_add(&c->in, chunk, (size_t)got);
	in = buf_span(&c->in);
	end = span_chr(in, '\n');
	if (end < in.n)
		answer(c, span_from(in.p, end));
	else if (got <= 0 || c->in.overflow)
		client_free(c);
}

static void on_client(uint32_t events, void *arg)
{
	struct run_status *s = arg;
	struct err e = ERR_INIT;
	struct client *c;
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0)
		return;
	if (s->clients.n >= CLIENTS_MAX) {
		close(fd);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->s = s;
	c->watch.fd = fd;
	buf_init(&c->in, WORLD_REQUEST_MAX);
	buf_init(&c->out, STATUS_ANSWER_MAX);
	timer_init(&c->timer, world_loop(s->w), on_patience, c);
	timer_after(&c->timer, PATIENCE_US);
	list_append(&s->clients, &c->le);
	if (loop_fd_watch(&c->watch, world_loop(s->w), fd, EPOLLIN, on_readable,
			  c, &e) < 0)
		client_free(c);
}

/* ---- with the run ---- */

void run_status_up(struct run_status *s, struct world *w)
{
	struct err e = ERR_INIT;

	s->w = w;
	if (loop_fd_watch(&s->watch, world_loop(w), s->fd, EPOLLIN, on_client,
			  s, &e) < 0)
		log_warn("%s: %s", s->path, e.text);
}

void run_status_down(struct run_status *s)
{
	while (s->clients.head)
		client_free(container_of(s->clients.head, struct client, le));
	loop_fd_stop(&s->watch);
	s->w = NULL;
}
