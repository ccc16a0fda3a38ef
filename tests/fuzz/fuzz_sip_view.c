/* A view of any bytes: all of it is inside of the text. What is plain, message
 * or URI, libosip2 takes too, and reads the same. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <osipparser2/osip_message.h>
#include <osipparser2/osip_parser.h>
#include <osipparser2/osip_uri.h>

#include "sip/head.h"
#include "sip/plain.h"
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

static void look_at_plain(const struct sip_view *v)
{
	osip_message_t *m;

	if (!sip_is_plain(v))
		return;
	assert(sip_head_check(v, NULL) == 0);
	m = sip_head_parse(v, NULL);
	assert(m);
	osip_message_free(m);
}

static void look_at_uri(struct span text)
{
	struct plain_uri u;
	osip_uri_t *o = NULL;
	char *z;

	if (!sip_uri_plain(text, &u))
		return;
	z = span_dup(text);
	assert(osip_uri_init(&o) == 0 && osip_uri_parse(o, z) == 0);
	assert(span_is(u.host, o->host));
	assert(span_is(u.user, o->username ? o->username : ""));
	assert(strcmp(o->scheme, u.sips ? "sips" : "sip") == 0);
	osip_uri_free(o);
	free(z);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"Via", "Contact", "Supported",
					    "Content-Type", "From"};
	struct span text = span_from((const char *)data, size), value;
	struct sip_view v;
	unsigned nth;
	size_t i;

	parser_init();
	look_at_value(text, text);
	look_at_uri(text);
	if (!sip_view(text, &v))
		return 0;
	look_at_plain(&v);
	look_at_uri(v.uri);
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
