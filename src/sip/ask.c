/* Requests of ours outside any dialog. */
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "sip/print.h"
#include "sip/ua_int.h"

/* RFC 3261 section 12.1: these take part in making a dialog. */
static bool has_contact(const char *method)
{
	return strcmp(method, "OPTIONS") == 0 || strcmp(method, "UPDATE") == 0;
}

struct sip_txn *sip_ua_ask(struct sip_ua *ua, const struct sip_ask *ask,
			   sip_outcome_h *h, void *arg, struct err *e)
{
	char branch[TOKEN + 1], tag[TOKEN + 1], *from;
	struct sip_out r = {.method = ask->method,
			    .uri = ask->uri,
			    .branch = branch,
			    .to = ask->to,
			    .call_id = ask->call_id,
			    .cseq = 1,
			    .headers = ask->headers,
			    .content_type = ask->content_type,
			    .body = ask->body};
	struct sip_txn *x = NULL;
	struct addr to;

	if (!ua_outside(ua, ask->uri, &to)) {
		ua_nowhere(ua, ask->uri, e);
		return NULL;
	}
	r.via = ua_via(ua, (enum addr_proto)to.proto);
	if (has_contact(ask->method))
		r.contact = ua_contact(
			ua, (enum addr_proto)to.proto,
			span_case_starts(span_of(ask->uri), "sips:"));
	ua_token(ua, "branch", branch);
	ua_token(ua, "tag", tag);
	from = xasprintf("%s;tag=%s", ask->from, tag);
	r.from = from;
	buf_clear(&ua->out);
	sip_print_request(&ua->out, &r);
	if (!ua->out.overflow)
		x = sip_txn_request(ua->txns, &to, buf_span(&ua->out), h, arg,
				    e);
	free(from);
	return x;
}
