/*
 * expect/rules.h - how the rules of scenario/rules.h are judged
 *
 * A rule looks at all that one side said in the call: a recorder, or the client
 * that calls it. It tells each thing it looked at by rule_seen, and what does
 * not hold by rule_fail; a rule that saw nothing is skipped, not passed. The
 * message that speaks against it is its proof. For this room only.
 */
#ifndef EXPECT_RULES_H
#define EXPECT_RULES_H

#include "expect/judge.h"
#include "sdp/sdp.h"
#include "sip/mime.h"
#include "sip/view.h"

/* A message of the side that is judged, or to it. */
struct said {
	size_t i; /* where to go on; 0 at first */
	const struct trace_sip *m;
	struct sip_view v;
};

/* Next message of the side that is judged, as it came, from or to a recorder
 * that the check is about; the other one: next of the other side. Those that
 * were sent again are among them. */
bool rule_next_said(const struct judge *j, struct said *s);
bool rule_next_asked(const struct judge *j, struct said *s);
/* Next response of that side to `method` (NULL: any), code in the range. */
bool rule_next_reply(const struct judge *j, const char *method, int min,
		     int max, struct said *s);
/* Next request of that side; `method` NULL: any but ACK. */
bool rule_next_request(const struct judge *j, const char *method,
		       struct said *s);

/* The request that a response of that side answers; false: none. */
bool rule_request_of(const struct judge *j, const struct said *reply,
		     struct said *req);
/* The final response to a request; false: none came. */
bool rule_final_of(const struct judge *j, const struct said *req,
		   struct said *reply);

/* A SIP URI, with one pair of brackets around it or none. */
bool rule_is_one_uri(struct span contact);
bool rule_has_sdp(const struct sip_view *v, struct span *sdp);

void rule_seen(struct judge *j, const struct said *s);
void rule_fail(struct judge *j, const struct said *s, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* It could not be looked at, and that is not the fault of who sent it. */
void rule_limit(struct judge *j, const char *text);

struct rule {
	const char *id;
	judge_h *judge;
};
/* NULL id at the end. Those of a client judge the client, and so does a rule of
 * the others when it is asked for by its id and ".src". */
extern const struct rule rules_sip[], rules_flow[], rules_snapshot[],
	rules_sdp[], rules_text[], rules_media[];
extern const struct rule rules_client[], rules_client_metadata[],
	rules_client_sdp[], rules_client_media[];

#endif
