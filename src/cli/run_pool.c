#include "cli/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/loop.h"
#include "core/xalloc.h"

/* Between parent and worker: down goes the number of a job, four octets; up
 * comes the size of a result, four octets, and the JSON text. */
enum { RESULT_MAX = 256 * 1024 * 1024, CHUNK = 64 * 1024 };

struct worker {
	pid_t pid;    /* 0: none */
	int fd;	      /* of the parent */
	bool working; /* on `job` */
	size_t job;
	struct buf in;
};

struct pool {
	struct worker *worker; /* owned */
	struct pollfd *pfd;    /* owned, one for each worker */
	size_t n_workers;
	size_t n_jobs, next_job;
	bool stop; /* begin nothing more */
	bool told; /* workers know of the signal */
	run_job_h *job;
	run_done_h *done;
	void *arg;
	sigset_t old_mask;
	sigset_t wait_mask; /* that, without SIGINT and SIGTERM blocked */
	int rc;		    /* -1: a worker ended badly */
	struct err *e;
};

/* ---- in the worker ---- */

static bool receive(int fd, void *p, size_t n)
{
	char *at = p;

	while (n) {
		ssize_t got = recv(fd, at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		n -= (size_t)got;
	}
	return true;
}

static bool transmit(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n) {
		ssize_t put = send(fd, at, n, MSG_NOSIGNAL);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		at += put;
		n -= (size_t)put;
	}
	return true;
}

static bool hand_back(int fd, json_t *result)
{
	char *text = json_dumps(result, JSON_COMPACT);
	uint32_t size = text ? (uint32_t)strlen(text) : 0;
	bool ok = transmit(fd, &size, sizeof(size)) &&
		  transmit(fd, text ? text : "", size);

	free(text);
	json_decref(result);
	return ok;
}

/* A terminal tells the worker of a signal, and the parent tells it again: it
 * takes any number gently, and goes when its parent goes. */
static void work(const struct pool *p, int fd, pid_t parent)
{
	uint32_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		return;
	cmd_catch_signals(0);
	sigprocmask(SIG_SETMASK, &p->wait_mask, NULL);
	while (receive(fd, &i, sizeof(i)))
		if (!hand_back(fd, p->job(i, p->arg)))
			return;
}

/* ---- workers come and go ---- */

/* The worker's copies of what only the parent needs. */
static void drop_inherited(struct pool *p)
{
	size_t i;

	for (i = 0; i < p->n_workers; i++) {
		if (p->worker[i].pid)
			close(p->worker[i].fd);
		buf_fini(&p->worker[i].in);
	}
	free(p->worker);
	free(p->pfd);
}

static int worker_begin(struct pool *p, struct worker *w)
{
	pid_t parent = getpid();
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) < 0)
		return err_set(p->e, ERR_ENV, "no worker: %s", strerror(errno));
	/* What is still buffered would be written by both. */
	fflush(NULL);
	w->pid = fork();
	if (w->pid == 0) {
		drop_inherited(p);
		close(fd[0]);
		work(p, fd[1], parent);
		exit(0);
	}
	close(fd[1]);
	if (w->pid < 0) {
		w->pid = 0;
		close(fd[0]);
		return err_set(p->e, ERR_ENV, "no worker: %s", strerror(errno));
	}
	w->fd = fd[0];
	w->working = false;
	return 0;
}

/* Returns what waitpid said; 0 when it ended well. */
static int worker_end(struct worker *w)
{
	int status = 0;

	close(w->fd);
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	w->pid = 0;
	buf_clear(&w->in);
	return status;
}

/* ---- results ---- */

/* Those that work hear of it once. */
static void interrupt_all(struct pool *p, int signal)
{
	size_t i;

	if (p->told)
		return;
	p->told = true;
	p->stop = true;
	for (i = 0; i < p->n_workers; i++)
		if (p->worker[i].working)
			kill(p->worker[i].pid, signal);
}

static void describe_end(int status, char *out, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(out, size, "crashed (signal %d)", WTERMSIG(status));
	else
		snprintf(out, size, "ended early (exit code %d)",
			 WEXITSTATUS(status));
}

static void job_done(struct pool *p, struct worker *w, json_t *result,
		     const char *why)
{
	enum run_next next;

	w->working = false;
	next = p->done(w->job, result, why, p->arg);
	if (next != RUN_GO_ON)
		p->stop = true;
	if (next == RUN_CUT)
		interrupt_all(p, SIGTERM);
}

/* The worker is gone: with its job, if it had one. */
static void worker_lost(struct pool *p, struct worker *w)
{
	char end[64], why[96];
	int status = worker_end(w);

	describe_end(status, end, sizeof(end));
	snprintf(why, sizeof(why), "the run %s", end);
	if (w->working) {
		job_done(p, w, NULL, why);
	} else if (status) {
		p->stop = true;
		p->rc = err_set(p->e, ERR_ENV, "a worker without a run %s",
				end);
	}
}

static bool take_result(struct pool *p, struct worker *w)
{
	uint32_t size;
	json_t *result;

	if (w->in.n < sizeof(size))
		return false;
	memcpy(&size, w->in.p, sizeof(size));
	if (w->in.n - sizeof(size) < size)
		return false;
	result = json_loadb(w->in.p + sizeof(size), size, 0, NULL);
	buf_clear(&w->in);
	if (w->working)
		job_done(p, w, result,
			 result ? NULL : "the run left no result");
	else
		json_decref(result);
	return true;
}

static void worker_readable(struct pool *p, struct worker *w)
{
	char chunk[CHUNK];
	ssize_t got = recv(w->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got <= 0) {
		worker_lost(p, w);
		return;
	}
	buf_add(&w->in, chunk, (size_t)got);
	if (!take_result(p, w) && w->in.overflow) {
		kill(w->pid, SIGKILL);
		worker_lost(p, w);
	}
}

/* ---- the parent's turns ---- */

/* False when there is no worker for it. */
static bool give_job(struct pool *p, struct worker *w)
{
	uint32_t i = (uint32_t)p->next_job;

	if (!w->pid && worker_begin(p, w) < 0)
		return false;
	if (!transmit(w->fd, &i, sizeof(i))) {
		worker_lost(p, w);
		err_set(p->e, ERR_ENV, "a worker went away");
		return false;
	}
	w->job = p->next_job++;
	w->working = true;
	return true;
}

/* Gives work to all that have none; returns how many work. */
static size_t keep_busy(struct pool *p)
{
	size_t i, busy = 0;

	for (i = 0; i < p->n_workers; i++) {
		struct worker *w = &p->worker[i];

		if (!w->working && !p->stop && p->next_job < p->n_jobs &&
		    !give_job(p, w)) {
			p->stop = true;
			p->rc = -1;
		}
		busy += w->working;
	}
	return busy;
}

static void wait_turn(struct pool *p)
{
	size_t i;

	for (i = 0; i < p->n_workers; i++) {
		p->pfd[i].fd = p->worker[i].pid ? p->worker[i].fd : -1;
		p->pfd[i].events = POLLIN;
		p->pfd[i].revents = 0;
	}
	/* Signals come only in here, so none is lost between a look at
	 * loop_interrupted and the sleep. */
	if (ppoll(p->pfd, p->n_workers, NULL, &p->wait_mask) < 0)
		return;
	for (i = 0; i < p->n_workers; i++)
		if (p->pfd[i].revents)
			worker_readable(p, &p->worker[i]);
}

static void pass_on_signal(struct pool *p)
{
	if (loop_interrupted())
		interrupt_all(p, loop_interrupted());
}

static void pool_init(struct pool *p, size_t jobs)
{
	sigset_t both;
	size_t i;

	p->n_workers = jobs < p->n_jobs ? jobs : p->n_jobs;
	p->worker = xcalloc(p->n_workers + 1, sizeof(*p->worker));
	p->pfd = xcalloc(p->n_workers + 1, sizeof(*p->pfd));
	for (i = 0; i < p->n_workers; i++)
		buf_init(&p->worker[i].in, RESULT_MAX);
	sigemptyset(&both);
	sigaddset(&both, SIGINT);
	sigaddset(&both, SIGTERM);
	sigprocmask(SIG_BLOCK, &both, &p->old_mask);
	p->wait_mask = p->old_mask; /* those of a pool around it are blocked */
	sigdelset(&p->wait_mask, SIGINT);
	sigdelset(&p->wait_mask, SIGTERM);
	/* The default is back after the first of each kind, so that a second
	 * one ends the program. */
	cmd_catch_signals((int)SA_RESETHAND);
}

static void pool_fini(struct pool *p)
{
	size_t i;

	/* All at once, so that they end side by side. */
	for (i = 0; i < p->n_workers; i++)
		if (p->worker[i].pid)
			shutdown(p->worker[i].fd, SHUT_WR);
	for (i = 0; i < p->n_workers; i++) {
		if (p->worker[i].pid)
			worker_lost(p, &p->worker[i]);
		buf_fini(&p->worker[i].in);
	}
	free(p->worker);
	free(p->pfd);
	sigprocmask(SIG_SETMASK, &p->old_mask, NULL);
}

int run_pool(size_t n, unsigned jobs, run_job_h *job, run_done_h *done,
	     void *arg, struct err *e)
{
	struct pool p = {.n_jobs = n, .job = job, .done = done, .arg = arg};

	p.e = e;
	pool_init(&p, jobs);
	for (;;) {
		pass_on_signal(&p);
		if (!keep_busy(&p))
			break;
		wait_turn(&p);
	}
	pool_fini(&p);
	return p.rc ? p.rc : loop_interrupted();
}
