#include "recording/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/list.h"
#include "core/xalloc.h"

struct server {
	struct hash_le by_uri;
	struct le le;
	struct health *health;
	char *name, *uri;
	int64_t rests_until_us; /* 0: it does not */
	bool down;
	/* probing */
	struct sip_ua *ua; /* NULL: it is not probed */
	int64_t every_us;
	struct timer timer;
	struct sip_txn *open; /* a probe without final response, or NULL */
};

struct health {
	struct loop *loop;
	struct trace *trace;
	struct hash servers;
	struct list all;
};

struct health *health_new(struct loop *loop, struct trace *trace)
{
	struct health *h = xcalloc(1, sizeof(*h));

	h->loop = loop;
	h->trace = trace;
	hash_init(&h->servers);
	return h;
}

static void stop(struct server *s)
{
	timer_stop(&s->timer);
	if (s->open)
		sip_txn_detach(s->open);
	s->open = NULL;
}

void health_stop(struct health *h)
{
	struct le *e;

	for (e = h->all.head; e; e = e->next)
		stop(container_of(e, struct server, le));
}

void health_free(struct health *h)
{
	if (!h)
		return;
	health_stop(h);
	while (h->all.head) {
		struct server *s = container_of(h->all.head, struct server, le);

		list_unlink(&s->le);
		hash_del(&s->by_uri);
		free(s->name);
		free(s->uri);
		free(s);
	}
	hash_fini(&h->servers);
	free(h);
}

static struct server *find(const struct health *h, const char *uri)
{
	struct hash_le *e = hash_find(&h->servers, span_of(uri));

	return e ? container_of(e, struct server, by_uri) : NULL;
}

static void on_probe_due(void *arg);

static struct server *get(struct health *h, const char *name, const char *uri)
{
	struct server *s = find(h, uri);

	if (s)
		return s;
	s = xcalloc(1, sizeof(*s));
	s->health = h;
	s->name = xstrdup(name);
	s->uri = xstrdup(uri);
	timer_init(&s->timer, h->loop, on_probe_due, s);
	list_append(&h->all, &s->le);
	hash_add(&h->servers, &s->by_uri, span_of(s->uri));
	return s;
}

/* ---- up and down ---- */

static void mark(struct server *s, bool down, const char *why)
{
	struct health *h = s->health;

	if (s->down == down)
		return;
	s->down = down;
	trace_notef(h->trace, -1, loop_now(h->loop), TRACE_WARNING, s->name,
		    down ? "down: %s" : "up again: %s", why);
}

/* Any answer shows that somebody is there, but for those that say otherwise
 * (RFC 3261 section 21.4.9 and 21.5). */
static void on_probed(enum sip_outcome o, const struct sip_view *resp,
		      const char *why, void *arg)
{
	struct server *s = arg;
	char text[64];

	(void)why;
	if (o == SIP_PROVISIONAL)
		return;
	s->open = NULL;
	if (o != SIP_FINAL) {
		mark(s, true,
		     o == SIP_UNREACHABLE ? "a probe did not reach it"
					  : "no answer to a probe");
		return;
	}
	snprintf(text, sizeof(text), "%d to a probe", resp->code);
	mark(s, resp->code == 408 || resp->code / 100 == 5, text);
}

static void on_probe_due(void *arg)
{
	struct server *s = arg;
	struct err e = ERR_INIT;

	if (s->open)
		mark(s, true, "no answer to a probe");
	stop(s);
	timer_after(&s->timer, s->every_us);
	s->open = sip_ua_request(s->ua, "OPTIONS", s->uri,
				 "Accept: application/sdp\r\n", on_probed, s,
				 &e);
	if (!s->open)
		mark(s, true, e.text);
}

void health_probe(struct health *h, struct sip_ua *ua, const char *name,
		  const char *uri, int64_t every_us)
{
	struct server *s = get(h, name, uri);

	if (s->ua && s->every_us <= every_us)
		return;
	s->ua = ua;
	s->every_us = every_us;
	timer_after(&s->timer, 0);
}

void health_silent(struct health *h, const char *uri)
{
	struct server *s = h ? find(h, uri) : NULL;

	if (s && s->ua)
		mark(s, true, "no answer to an INVITE");
}

/* ---- left alone ---- */

void health_rest(struct health *h, const char *name, const char *uri,
		 int64_t us)
{
	if (h && us > 0)
		get(h, name, uri)->rests_until_us = loop_now(h->loop) + us;
}

bool health_is_out(const struct health *h, const char *uri,
		   char why[HEALTH_WHY])
{
	const struct server *s = h ? find(h, uri) : NULL;
	int64_t left_us;

	if (!s)
		return false;
	left_us = s->rests_until_us - loop_now(h->loop);
	if (s->rests_until_us && left_us > 0) {
		snprintf(why, HEALTH_WHY,
			 "it said 503 and wants to be left alone for %.1f s "
			 "more",
			 (double)left_us / 1e6);
		return true;
	}
	snprintf(why, HEALTH_WHY, "it is down");
	return s->down;
}
