/* Signs of life of a recorder that records: asked for, or awaited. */
#include <stdio.h>

#include "recording/priv.h"

static void on_alive(struct sip_session *s, enum sip_outcome o,
		     const struct sip_view *resp, void *arg)
{
	struct instance *i = arg;
	char code[16];

	if (i->state != INSTANCE_RECORDING || i->rs != s)
		return;
	i->alive_open = false;
	if (o == SIP_UNREACHABLE) {
		instance_lost(i, "503", "a keep-alive did not reach it");
	} else if (o == SIP_TIMEOUT) {
		instance_lost(i, "408", "no answer to a keep-alive");
	} else if (o == SIP_FINAL && (resp->code == 481 || resp->code == 408)) {
		/* RFC 3261 section 12.2.1.2; any other code shows a dialog */
		snprintf(code, sizeof(code), "%d", resp->code);
		instance_lost(i, code, "it does not know the session any more");
	}
}

static void ask(struct instance *i)
{
	struct buf headers;

	buf_init(&headers, 16384);
	rs_offer_abilities(i, &headers);
	if (i->set->headers_on_all)
		rs_offer_own_headers(i, &headers);
	i->alive_open = sip_session_request(i->rs, "OPTIONS", buf_str(&headers),
					    NULL, span_of(""), on_alive,
					    i) == 0;
	buf_fini(&headers);
}

void alive_due(void *arg)
{
	struct instance *i = arg;

	if (i->alive_open) {
		instance_lost(i, "408", "no answer to a keep-alive");
		return;
	}
	timer_after(&i->alive_timer, i->set->keepalive_us);
	ask(i);
}

/* ---- RTCP (RFC 7866 section 8.1.1) ---- */

/* One report is a sign of life for all streams. */
void alive_heard(void *arg)
{
	struct instance *i = arg;
	size_t s;

	for (s = 0; s < RECORDING_STREAMS; s++)
		if (i->fork[s])
			fork_was_heard(i->fork[s]);
}

/* When the oldest packet went out that no RTCP followed; 0: none. */
static int64_t unheard_us(const struct instance *i)
{
	int64_t oldest = 0;
	size_t s;

	for (s = 0; s < RECORDING_STREAMS; s++) {
		int64_t us = i->fork[s] ? fork_unheard_us(i->fork[s]) : 0;

		if (us && (!oldest || us < oldest))
			oldest = us;
	}
	return oldest;
}

void alive_rtcp_due(void *arg)
{
	struct instance *i = arg;
	int64_t now_us = loop_now(i->r->conf.loop), since = unheard_us(i);
	int64_t late_us = since ? now_us - since : 0;

	if (late_us >= i->set->rtcp_within_us)
		instance_lost(i, "408", "no RTCP from it");
	else
		timer_after(&i->rtcp_timer, i->set->rtcp_within_us - late_us);
}

void alive_begin(struct instance *i)
{
	i->alive_open = false;
	if (i->set->rtcp_within_us)
		timer_after(&i->rtcp_timer, i->set->rtcp_within_us);
	if (i->set->keepalive_us)
		timer_after(&i->alive_timer, i->set->keepalive_us);
}
