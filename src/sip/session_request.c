/* What we send in a session besides INVITEs, and how we end it. */
#include "sip/session.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "sip/session_int.h"

bool session_is_challenged(struct sip_session *s, enum sip_outcome o,
			   const struct sip_view *resp, unsigned *tries)
{
	if (o != SIP_FINAL)
		return false;
	if (auth_challenged(&s->auth, resp, s->ua->conf.ids, tries))
		return true;
	if (resp->code != 401 && resp->code != 407)
		auth_accepted(&s->auth, resp);
	return false;
}

/* ---- requests that change or ask ---- */

static void on_change_outcome(enum sip_outcome o, const struct sip_view *resp,
			      const char *why, void *arg);

/* Sends what ua->out holds. -1: `c` is gone. */
static int send_change(struct sip_session *s, struct change *c,
		       const struct addr *to)
{
	c->x = sip_txn_request(s->ua->txns, to, buf_span(&s->ua->out),
			       on_change_outcome, c, NULL);
	if (!c->x) {
		session_change_free(c);
		return -1;
	}
	return 0;
}

static int change_with_login(struct change *c)
{
	struct sip_session *s = c->session;
	struct addr to = session_print(s, c->method, ++s->local_cseq,
				       c->headers, c->type,
				       span_from(c->body, c->body_n));

	return send_change(s, c, &to);
}

static void on_change_outcome(enum sip_outcome o, const struct sip_view *resp,
			      const char *why, void *arg)
{
	struct change *c = arg;
	struct sip_session *s = c->session;
	sip_change_h *h = s->released ? NULL : c->h;
	void *h_arg = c->arg;

	(void)why;
	if (o == SIP_PROVISIONAL)
		return;
	session_enter(s);
	c->x = NULL;
	if (session_is_challenged(s, o, resp, &c->challenges) && c->method) {
		if (change_with_login(c) == 0)
			h = NULL; /* not yet */
	} else {
		session_change_free(c);
	}
	/* RFC 3311 section 5.1: accepted, it names a new target */
	if (o == SIP_FINAL && resp->code / 100 == 2 &&
	    span_is(resp->cseq_method, "UPDATE"))
		session_take_target(s, resp);
	if (h)
		h(s, o, resp, h_arg);
	session_leave(s);
}

static struct change *change_new(struct sip_session *s, sip_change_h *h,
				 void *arg)
{
	struct change *c = xcalloc(1, sizeof(*c));

	c->session = s;
	c->h = h;
	c->arg = arg;
	list_append(&s->changes, &c->le);
	return c;
}

int session_send(struct sip_session *s, const char *method, const char *headers,
		 const char *content_type, struct span body, sip_change_h *h,
		 void *arg)
{
	struct change *c = change_new(s, h, arg);
	struct addr to;

	if (s->auth.user) {
		c->method = xstrdup(method);
		c->headers = headers ? xstrdup(headers) : NULL;
		c->type = content_type ? xstrdup(content_type) : NULL;
		c->body = xmemdup(body.p, body.n);
		c->body_n = body.n;
	}
	to = session_print(s, method, ++s->local_cseq, headers, content_type,
			   body);
	return send_change(s, c, &to);
}

int sip_session_request(struct sip_session *s, const char *method,
			const char *headers, const char *content_type,
			struct span body, sip_change_h *h, void *arg)
{
	if (s->state != UP && !sip_session_is_early(s))
		return -1;
	return session_send(s, method, headers, content_type, body, h, arg);
}

/* The peer's value with a tag that is nobody's. */
static char *with_other_tag(const char *value)
{
	struct span all = span_of(value), tag;
	size_t end = all.n;

	if (sip_param(all, "tag", &tag))
		end = (size_t)(tag.p + tag.n - all.p);
	return xasprintf("%.*sx%s", (int)end, value, value + end);
}

int sip_session_stray(struct sip_session *s, unsigned wrong, const char *method,
		      const char *headers, const char *content_type,
		      struct span body, sip_change_h *h, void *arg)
{
	char *remote = s->remote;
	uint32_t cseq = s->local_cseq + 1;
	struct addr to;

	if (s->state != UP)
		return -1;
	if (wrong & SIP_WRONG_TAG)
		s->remote = with_other_tag(remote);
	if (wrong & SIP_WRONG_CSEQ)
		cseq = s->local_cseq - (s->local_cseq > 0);
	to = session_print(s, method, cseq, headers, content_type, body);
	if (wrong & SIP_WRONG_TAG) {
		free(s->remote);
		s->remote = remote;
	}
	return send_change(s, change_new(s, h, arg), &to);
}

/* ---- ending ---- */

static int send_bye(struct sip_session *s);

static void on_bye_outcome(enum sip_outcome o, const struct sip_view *resp,
			   const char *why, void *arg)
{
	struct sip_session *s = arg;

	(void)why;
	if (o == SIP_PROVISIONAL)
		return;
	session_enter(s);
	s->out = NULL;
	if (!session_is_challenged(s, o, resp, &s->challenges) ||
	    send_bye(s) < 0)
		session_ended(s, SIP_ENDED_HERE);
	session_leave(s);
}

static int send_bye(struct sip_session *s)
{
	struct addr to = session_print(s, "BYE", ++s->local_cseq,
				       s->hangup_headers, NULL, span_of(""));

	s->out = sip_txn_request(s->ua->txns, &to, buf_span(&s->ua->out),
				 on_bye_outcome, s, NULL);
	return s->out ? 0 : -1;
}

void session_send_bye(struct sip_session *s)
{
	session_set_state(s, ENDING);
	timer_stop(&s->ok_timer);
	timer_stop(&s->change_timer);
	if (s->out)
		sip_txn_detach(s->out);
	s->challenges = 0;
	if (send_bye(s) < 0) /* not before sip_session_hangup returned */
		timer_after(&s->change_timer, 0);
}

void sip_session_hangup(struct sip_session *s, const char *headers)
{
	if (s->hangup)
		return;
	session_enter(s);
	session_replace(&s->hangup_headers, headers ? xstrdup(headers) : NULL);
	s->hangup = true;
	switch (s->state) {
	case PROCEEDING:
		session_send_cancel(s);
		break;
	case UP:
		/* not before the ACK: on_first_2xx goes on from here */
		if (s->acked || !s->outgoing)
			session_send_bye(s);
		break;
	case INCOMING:
		sip_session_reject(s, 480, NULL);
		break;
	default: /* INVITING, ANSWERED: when the peer has spoken */
		break;
	}
	session_leave(s);
}
