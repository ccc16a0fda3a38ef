/*
 * expect/rules.h - how the rules of scenario/rules.h are judged
 *
 * A rule looks at all that a recorder said in the call. It tells each thing it
 * looked at by rule_seen, and what does not hold by rule_fail; a rule that saw
 * nothing is skipped, not passed. The message that speaks against it is its
 * proof. For this room only.
 */
#ifndef EXPECT_RULES_H
#define EXPECT_RULES_H

#include "expect/judge.h"
#include "sdp/sdp.h"
#include "sip/mime.h"
#include "sip/view.h"

/* A message of the recorder's, or to it. */
struct said {
	size_t i; /* where to go on; 0 at first */
	const struct trace_sip *m;
	struct sip_view v;
};

/* Next message from a recorder that the check is about, as it came; the other
 * one: next that was sent to it. Retransmissions are among them. */
bool rule_next_said(const struct judge *j, struct said *s);
bool rule_next_asked(const struct judge *j, struct said *s);
/* Next response of a recorder to `method` (NULL: any), code in the range. */
bool rule_next_reply(const struct judge *j, const char *method, int min,
		     int max, struct said *s);
/* Next request of a recorder; `method` NULL: any but ACK. */
bool rule_next_request(const struct judge *j, const char *method,
		       struct said *s);

/* The request that a response of the recorder's answers; false: none. */
bool rule_request_of(const struct judge *j, const struct said *reply,
		     struct said *req);
/* The final response to a request; false: none came. */
bool rule_final_of(const struct judge *j, const struct said *req,
		   struct said *reply);

bool rule_has_sdp(const struct sip_view *v, struct span *sdp);

void rule_seen(struct judge *j, const struct said *s);
void rule_fail(struct judge *j, const struct said *s, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

struct rule {
	const char *id;
	judge_h *judge;
};
extern const struct rule rules_sip[], rules_sdp[], rules_media[]; /* NULL id
								   * at the end */

#endif
