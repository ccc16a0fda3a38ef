/*
 * expect/client.h - whoever calls a recorder, judged by the rules of RFCs
 */
#ifndef EXPECT_CLIENT_H
#define EXPECT_CLIENT_H

#include "expect/expect.h"

/* Judges the client of one call of the trace by each rule of
 * scn_client_rules, in their order: a verdict for each is appended, whose
 * `check` is the rule's id; SKIPPED is a rule that nothing came up for.
 * `recorder` are the names that recorders of ours have in the trace. */
void expect_client(const struct trace *t, int call, const char *const *recorder,
		   size_t n, struct verdicts *out);

#endif
