/*
 * A message of a peer goes through every check that looks into messages, and
 * what the checks say of it through the reports.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "expect/expect.h"
#include "report/report.h"
#include "sip/view.h"

static char *hosts[] = {"src", "vault", "far"};
static char *text[] = {"a=label:1", "alice"};
static struct scn_srs srs[2];

static struct scn_check checks[] = {
	{.kind = SCN_CHECK_REQUESTS, .key = "requests"},
	{.kind = SCN_CHECK_NEVER, .key = "never", .subject = "INVITE"},
	{.kind = SCN_CHECK_REPLY, .key = "reply", .subject = "INVITE"},
	{.kind = SCN_CHECK_HEADER, .key = "header", .subject = "Via"},
	{.kind = SCN_CHECK_METADATA, .key = "metadata", .subject = "//*"},
	{.kind = SCN_CHECK_METADATA_VALID, .key = "metadata_valid"},
	{.kind = SCN_CHECK_SDP, .key = "sdp", .subject = "offer", .media = 1},
	{.kind = SCN_CHECK_SDP, .key = "sdp", .subject = "answer"},
	{.kind = SCN_CHECK_SAME, .key = "same", .subject = "offer"},
	{.kind = SCN_CHECK_SAME, .key = "same", .subject = "metadata"},
};
enum { CHECKS = sizeof(checks) / sizeof(checks[0]) };

static void set_stage(struct scenario *s)
{
	size_t i;

	srs[0].name = hosts[1];
	srs[1].name = hosts[2];
	for (i = 0; i < CHECKS; i++) {
		checks[i].within_us = SCN_UNSET;
		checks[i].across = (struct scn_strings){hosts + 1, 2};
		checks[i].has = (struct scn_strings){text, 2};
		checks[i].matches = "a.*b";
		if (checks[i].kind == SCN_CHECK_METADATA ||
		    checks[i].kind == SCN_CHECK_SDP)
			checks[i].to = (struct scn_strings){hosts + 1, 1};
	}
	s->file = s->name = "f.yml";
	s->srs = srs;
	s->n_srs = 2;
	s->check = checks;
	s->n_checks = CHECKS;
	s->load.calls = 1;
}

/* From host `from` to the other, known to belong to the call. */
static void deliver(struct trace *t, struct span m, uint16_t from, uint16_t to)
{
	struct addr src = addr_loopback((uint16_t)(5060 + from));
	struct addr dst = addr_loopback((uint16_t)(5060 + to));
	struct sip_view v;

	if (sip_view(m, &v))
		trace_bind_call_id(t, v.call_id, 0);
	trace_sip_arrived(trace_add_sip(t, 2, &src, &dst, m.p, m.n), 3);
}

static void report(const struct scenario *s, const struct trace *t,
		   const struct verdicts *v, FILE *out)
{
	struct report_input in = {
		.s = s,
		.t = t,
		.v = v,
		.status = REPORT_FAILED,
		.clock = "virtual",
		.argv0 = "siprec-src",
	};
	json_t *runs = json_array();

	json_array_append_new(runs, report_scenario(&in));
	report_console_summary(out, runs);
	report_junit(out, runs);
	report_tap(out, runs);
	report_json(out, runs);
	json_decref(runs);
}

/* Two messages, cut at a NUL byte: one to each recorder and both answers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *out;
	struct span second = span_from((const char *)data, size);
	struct span first = span_cut(&second, '\0');
	struct trace *t = trace_new();
	struct scenario s = {0};
	struct verdicts v;
	uint16_t i;

	if (!out)
		out = fopen("/dev/null", "w");
	set_stage(&s);
	trace_set_classifier(t, sip_classify);
	trace_call(t, 0)->t0_us = 1;
	for (i = 0; i < 3; i++) {
		struct addr a = addr_loopback((uint16_t)(5060 + i));

		trace_name_addr(t, &a, hosts[i]);
	}
	deliver(t, first, 0, 1);
	deliver(t, second, 0, 2);
	deliver(t, second, 1, 0);
	verdicts_init(&v);
	expect_judge(&s, t, 0, &v);
	report(&s, t, &v, out);
	verdicts_fini(&v);
	trace_free(t);
	return 0;
}
