/* What a refusal says for itself, besides its code. */
#include <stdio.h>
#include <string.h>

#include "recording/priv.h"

/* Text of a peer's: as it is, but for what a terminal would act upon. */
static void add_text(struct buf *b, struct span text)
{
	size_t i;

	for (i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		buf_add_char(b, c < ' ' || c == 0x7f ? ' ' : (char)c);
	}
}

static void add_header(struct buf *b, const struct sip_view *resp,
		       const char *name)
{
	struct span value;
	unsigned i;

	for (i = 0; i < 3 && sip_view_header(resp, name, i, &value); i++) {
		buf_addf(b, "; %s: ", name);
		add_text(b, value);
	}
}

void refusal_text(const struct sip_view *resp, const char *why, char *out,
		  size_t size)
{
	struct buf b;

	buf_init(&b, 70000);
	add_text(&b, resp->reason);
	if (why)
		buf_addf(&b, ": %s", why);
	/* RFC 3261 section 20.43, 20.40, 20.33 */
	add_header(&b, resp, "Warning");
	add_header(&b, resp, "Unsupported");
	add_header(&b, resp, "Retry-After");
	snprintf(out, size, "%s", buf_str(&b));
	buf_fini(&b);
}

/* Delta seconds, then a comment and parameters (RFC 3261 section 20.33). */
int64_t refusal_retry_us(const struct sip_view *resp)
{
	struct span value;
	uint32_t seconds;
	size_t n = 0;

	if (!sip_view_header(resp, "Retry-After", 0, &value))
		return 0;
	while (n < value.n && value.p[n] >= '0' && value.p[n] <= '9')
		n++;
	value.n = n;
	if (!parse_u32(value, 0, INT32_MAX, &seconds))
		return 0;
	return (int64_t)seconds * 1000000;
}
