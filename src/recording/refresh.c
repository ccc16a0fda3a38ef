/* Session timers (RFC 4028): one that the recorder wants is kept, and one is
 * asked for by `session_expires`. */
#include <stdio.h>

#include "recording/priv.h"
#include "sip/expires.h"

/* Of an interval that counts. */
static bool read_expires(const struct sip_view *v, struct sip_expires *x)
{
	return sip_expires_read(v, x) && x->seconds >= SIP_EXPIRES_LEAST_S;
}

bool refresh_too_short(const struct sip_view *req)
{
	struct sip_expires x;

	return sip_expires_read(req, &x) && x.seconds < SIP_EXPIRES_LEAST_S;
}

/* Those that watch give the session up in time (section 10). */
static void watch(struct instance *i)
{
	timer_after(&i->refresh_timer, sip_expires_watch_us(i->watch_s));
}

void refresh_arm(struct instance *i, const struct sip_view *v)
{
	struct sip_expires x;
	bool ours;

	if (instance_has(i, HABIT_DEAF_TO_LOSS))
		return;
	/* an ACK, or a request for metadata that says nothing of it */
	if (v->request && !sip_view_header_count(v, "Session-Expires")) {
		if (i->watch_s)
			watch(i);
		return;
	}
	timer_stop(&i->refresh_timer);
	i->expires_s = i->watch_s = 0;
	if (read_expires(v, &x)) {
		ours = x.uas == v->request;
	} else {
		/* section 7.2: who does not know timers can still be asked for
		 * signs of life */
		x.seconds = i->ask_s;
		ours = true;
	}
	if (!x.seconds)
		return;
	if (ours) {
		i->expires_s = x.seconds;
		/* section 7.2: half way */
		timer_after(&i->refresh_timer, (int64_t)x.seconds * 500000);
	} else {
		i->watch_s = x.seconds;
		watch(i);
	}
}

static void refresh_by_invite(struct instance *i)
{
	i->refresh = true;
	instance_sync(i);
}

/* Section 10 says when the session is given up; a recorder that takes no UPDATE
 * gets a re-INVITE. */
static void on_updated(struct sip_session *s, enum sip_outcome o,
		       const struct sip_view *resp, void *arg)
{
	struct instance *i = arg;
	char code[16];

	if (i->state != INSTANCE_RECORDING || i->rs != s)
		return;
	if (o == SIP_FINAL && resp->code < 300) {
		refresh_arm(i, resp);
	} else if (o == SIP_FINAL && resp->code != 408 && resp->code != 481) {
		refresh_by_invite(i);
	} else {
		snprintf(code, sizeof(code), "%d",
			 o == SIP_FINAL		? resp->code
			 : o == SIP_UNREACHABLE ? 503
						: 408);
		instance_lost(i, code, "the session could not be refreshed");
	}
}

/* Section 7.4: no SDP, so that nothing can change. */
static bool send_update(struct instance *i)
{
	struct buf headers;
	bool sent;

	buf_init(&headers, 16384);
	rs_offer_abilities(i, &headers);
	refresh_add_header(i, &headers);
	if (i->set->headers_on_all)
		rs_offer_own_headers(i, &headers);
	sent = sip_session_request(i->rs, "UPDATE", buf_str(&headers), NULL,
				   span_of(""), on_updated, i) == 0;
	buf_fini(&headers);
	return sent;
}

void refresh_due(void *arg)
{
	struct instance *i = arg;

	if (i->watch_s) {
		instance_lost(i, "408", "it did not refresh the session");
		return;
	}
	if (!i->set->refresh_by_update || !send_update(i))
		refresh_by_invite(i);
}

bool refresh_longer(struct instance *i, const struct sip_view *resp)
{
	uint32_t seconds = sip_expires_min(resp);

	if (!i->ask_s || seconds <= i->ask_s)
		return false;
	i->ask_s = i->min_se_s = seconds;
	return true;
}

void refresh_add_header(const struct instance *i, struct buf *headers)
{
	/* section 7.4: who refreshes does not change */
	if (i->expires_s)
		buf_addf(headers, "Session-Expires: %u;refresher=uac\r\n",
			 i->expires_s);
	else if (i->watch_s)
		buf_addf(headers, "Session-Expires: %u;refresher=uas\r\n",
			 i->watch_s);
	else if (i->ask_s)
		buf_addf(headers, "Session-Expires: %u\r\n", i->ask_s);
	if (i->min_se_s)
		buf_addf(headers, "Min-SE: %u\r\n", i->min_se_s);
}

void refresh_add_answer(const struct sip_view *req, struct buf *headers)
{
	struct sip_expires x;

	if (!read_expires(req, &x))
		return;
	buf_addf(headers, "Session-Expires: %u;refresher=%s\r\n", x.seconds,
		 x.uas ? "uas" : "uac");
	/* section 9: so that it knows that it has to */
	if (!x.uas && sip_view_lists(req, "Supported", "timer"))
		buf_add_str(headers, "Require: timer\r\n");
}
