/* Session timers (RFC 4028): we never ask for one, but keep one that the
 * recorder wants. */
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

void refresh_arm(struct instance *i, const struct sip_view *v)
{
	const char *us = v->request ? "uas" : "uac";
	struct span refresher;
	uint32_t seconds;

	/* an ACK, or a request for metadata that says nothing of it */
	if (v->request && !sip_view_header_count(v, "Session-Expires"))
		return;
	timer_stop(&i->refresh_timer);
	i->expires_s = 0;
	if (!read_expires(v, &seconds, &refresher) ||
	    !span_case_is(refresher, us))
		return;
	i->expires_s = seconds;
	/* section 7.2: half way */
	timer_after(&i->refresh_timer, (int64_t)seconds * 500000);
}

void refresh_due(void *arg)
{
	struct instance *i = arg;

	i->refresh = true;
	instance_sync(i);
}

void refresh_add_header(const struct instance *i, struct buf *headers)
{
	if (i->expires_s)
		buf_addf(headers, "Session-Expires: %u;refresher=uac\r\n",
			 i->expires_s);
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
