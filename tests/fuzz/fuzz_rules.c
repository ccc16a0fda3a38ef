/*
 * An exchange of messages, cut at NUL bytes, goes through all rules that a
 * recorder and a client are judged by. A message that begins with '<' comes
 * from the recorder, without that sign.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "expect/client.h"
#include "expect/expect.h"
#include "scenario/rules.h"
#include "sip/view.h"

enum { MESSAGES = 32 };

static const char *const names[] = {"src", "vault"};

static void deliver(struct trace *t, struct span m, int64_t at_us)
{
	struct addr src = addr_loopback(5060), dst = addr_loopback(5061), a;
	struct sip_view v;

	if (m.n && m.p[0] == '<') {
		m = span_skip(m, 1);
		a = src;
		src = dst;
		dst = a;
	}
	if (sip_view(m, &v))
		trace_bind_call_id(t, v.call_id, 0);
	trace_sip_arrived(trace_add_sip(t, at_us, &src, &dst, m.p, m.n),
			  at_us + 1);
}

static struct scn_check *all_rules(void)
{
	struct scn_check *c = calloc(scn_n_rules, sizeof(*c));
	size_t i;

	for (i = 0; c && i < scn_n_rules; i++) {
		c[i].kind = SCN_CHECK_RULES;
		c[i].key = "rules";
		c[i].within_us = SCN_UNSET;
		scn_strings_add(&c[i].list, scn_rules[i].id);
	}
	return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scn_check *checks;
	struct span rest = span_from((const char *)data, size);
	struct trace *t = trace_new();
	char vault[] = "vault";
	struct scn_srs srs = {.name = vault};
	struct scenario s = {.srs = &srs, .n_srs = 1};
	struct verdicts v;
	uint16_t i;

	if (!checks)
		checks = all_rules();
	s.check = checks;
	s.n_checks = scn_n_rules;
	s.load.calls = 1;
	trace_set_classifier(t, sip_classify);
	trace_call(t, 0)->t0_us = 1;
	for (i = 0; i < 2; i++) {
		struct addr a = addr_loopback((uint16_t)(5060 + i));

		trace_name_addr(t, &a, names[i]);
	}
	for (i = 0; rest.n && i < MESSAGES; i++)
		deliver(t, span_cut(&rest, '\0'), 1000 * (i + 1));
	verdicts_init(&v);
	expect_judge(&s, t, 0, &v);
	expect_client(t, 0, names + 1, 1, &v);
	verdicts_fini(&v);
	trace_free(t);
	return 0;
}
