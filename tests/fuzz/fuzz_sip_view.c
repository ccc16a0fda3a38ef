/* A view of any bytes: all of it is inside of the text. */
#include <assert.h>

#include "sip/view.h"

static void check_inside(struct span text, struct span s)
{
	assert(s.n == 0 || (s.p >= text.p && s.p + s.n <= text.p + text.n));
}

static void look_at_value(struct span text, struct span value)
{
	struct span out;

	check_inside(text, value);
	if (sip_param(value, "tag", &out))
		check_inside(text, out);
	check_inside(text, sip_addr_uri(value));
	check_inside(text, sip_addr_display(value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"Via", "Contact", "Supported",
					    "Content-Type", "From"};
	struct span text = span_from((const char *)data, size), value;
	struct sip_view v;
	unsigned nth;
	size_t i;

	look_at_value(text, text);
	if (!sip_view(text, &v))
		return 0;
	check_inside(text, v.body);
	check_inside(text, v.headers);
	check_inside(text, v.branch);
	check_inside(text, sip_view_type(&v));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		unsigned n = sip_view_header_count(&v, names[i]);

		for (nth = 0; sip_view_header(&v, names[i], nth, &value); nth++)
			look_at_value(text, value);
		assert(nth == n);
		for (nth = 0; nth < 8; nth++)
			if (sip_view_element(&v, names[i], nth, &value))
				look_at_value(text, value);
		sip_view_lists(&v, names[i], "timer");
	}
	return 0;
}
