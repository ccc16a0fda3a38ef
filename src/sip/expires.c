#include "sip/expires.h"

static bool read_seconds(struct span value, uint32_t *seconds)
{
	value.n = span_chr(value, ';');
	return parse_u32(span_trim(value), 0, INT32_MAX, seconds);
}

bool sip_expires_read(const struct sip_view *v, struct sip_expires *x)
{
	struct span value, who;

	if (!sip_view_header(v, "Session-Expires", 0, &value) ||
	    !read_seconds(value, &x->seconds))
		return false;
	x->says_who = sip_param(value, "refresher", &who);
	x->uas = x->says_who && span_case_is(who, "uas");
	return true;
}

uint32_t sip_expires_min(const struct sip_view *v)
{
	struct span value;
	uint32_t seconds;

	if (sip_view_header(v, "Min-SE", 0, &value) &&
	    read_seconds(value, &seconds) && seconds > SIP_EXPIRES_LEAST_S)
		return seconds;
	return SIP_EXPIRES_LEAST_S;
}

int64_t sip_expires_watch_us(uint32_t seconds)
{
	uint32_t early = seconds / 3 < 32 ? seconds / 3 : 32;

	return (int64_t)(seconds - early) * 1000000;
}
