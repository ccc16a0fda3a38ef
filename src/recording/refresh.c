/* Session timers (RFC 4028): one that the recorder wants is kept, and one is
 * asked for by `session_expires`. */
#include <stdio.h>

#include "recording/priv.h"

enum { SHORTEST_S = 90 }; /* section 5 */

static bool read_expires(const struct sip_view *v, uint32_t *seconds,
			 struct span *refresher)
{
	struct span value;

	if (!sip_view_header(v, "Session-Expires", 0, &value))
		return false;
	if (!sip_param(value, "refresher", refresher))
		*refresher = span_of("uac");
	value.n = span_chr(value, ';');
	return parse_u32(span_trim(value), SHORTEST_S, INT32_MAX, seconds);
}

bool refresh_too_short(const struct sip_view *req)
{
	struct span value;
	uint32_t seconds;

	if (!sip_view_header(req, "Session-Expires", 0, &value))
		return false;
	value.n = span_chr(value, ';');
	return parse_u32(span_trim(value), 0, SHORTEST_S - 1, &seconds);
}

/* Section 10: some time before it expires, the session is given up. */
static int64_t watch_us(uint32_t seconds)
{
	uint32_t early = seconds / 3 < 32 ? seconds / 3 : 32;

	return (int64_t)(seconds - early) * 1000000;
}

void refresh_arm(struct instance *i, const struct sip_view *v)
{
	const char *us = v->request ? "uas" : "uac";
	struct span refresher;
	uint32_t seconds;

	if (instance_has(i, HABIT_DEAF_TO_LOSS))
		return;
	/* an ACK, or a request for metadata that says nothing of it */
	if (v->request && !sip_view_header_count(v, "Session-Expires")) {
		if (i->watch_s)
			timer_after(&i->refresh_timer, watch_us(i->watch_s));
		return;
	}
	timer_stop(&i->refresh_timer);
	i->expires_s = i->watch_s = 0;
	if (!read_expires(v, &seconds, &refresher)) {
		/* section 7.2: who does not know timers can still be asked for
		 * signs of life */
		seconds = i->ask_s;
		refresher = span_of(us);
	}
	if (!seconds)
		return;
	if (span_case_is(refresher, us)) {
		i->expires_s = seconds;
		/* section 7.2: half way */
		timer_after(&i->refresh_timer, (int64_t)seconds * 500000);
	} else {
		i->watch_s = seconds;
		timer_after(&i->refresh_timer, watch_us(seconds));
	}
}

void refresh_due(void *arg)
{
	struct instance *i = arg;

	if (i->watch_s) {
		instance_lost(i, "408", "it did not refresh the session");
		return;
	}
	i->refresh = true;
	instance_sync(i);
}

bool refresh_longer(struct instance *i, const struct sip_view *resp)
{
	struct span value;
	uint32_t seconds;

	if (!i->ask_s || !sip_view_header(resp, "Min-SE", 0, &value))
		return false;
	value.n = span_chr(value, ';');
	if (!parse_u32(span_trim(value), i->ask_s + 1, INT32_MAX, &seconds))
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
	struct span refresher;
	uint32_t seconds;
	bool us;

	if (!read_expires(req, &seconds, &refresher))
		return;
	us = span_case_is(refresher, "uas");
	buf_addf(headers, "Session-Expires: %u;refresher=%s\r\n", seconds,
		 us ? "uas" : "uac");
	/* section 9: so that it knows that it has to */
	if (!us && sip_view_lists(req, "Supported", "timer"))
		buf_add_str(headers, "Require: timer\r\n");
}
