/*
 * scenario/rules.h - rules of RFCs that a recorder, or its client, is judged by
 *
 * Names and words only; what each of them looks at is in expect/. An id is the
 * RFC, its section and a letter; "D-" is a rule that follows from several, and
 * what stands after a dot is a part of the rule.
 */
#ifndef SCENARIO_RULES_H
#define SCENARIO_RULES_H

#include <stddef.h>

struct scn_rule {
	const char *id;	  /* "7866-6.2-d" */
	const char *text; /* what is wanted, of the recorder */
};

extern const struct scn_rule scn_rules[]; /* of a recorder */
extern const size_t scn_n_rules;

struct scn_client_rule {
	struct scn_rule rule;
	const char *level; /* "must", "should" */
};
extern const struct scn_client_rule scn_client_rules[];
extern const size_t scn_n_client_rules;

/* NULL: there is no such rule. */
const struct scn_rule *scn_rule_find(const char *id);

/* The pack of all rules of clients: a check by it is one by each of them that
 * has at least its level. */
#define SCN_RULES_PACK "rfc7866-src"

#endif
