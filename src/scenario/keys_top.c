/* Keys of a scenario, of what it needs, and of its load. */
#include "scenario/keys.h"

static const struct scn_word clocks[] = {{"auto", SCN_CLOCK_AUTO, false},
					 {"virtual", SCN_CLOCK_VIRTUAL, false},
					 {"real", SCN_CLOCK_REAL, false},
					 {NULL, 0, false}};

static const struct scn_word levels[] = {{"must", SCN_LEVEL_MUST, false},
					 {"should", SCN_LEVEL_SHOULD, false},
					 {"may", SCN_LEVEL_MAY, false},
					 {NULL, 0, false}};
static const struct scn_word grades[] = {
	{"strict", 0, false}, {"field", 1, false}, {NULL, 0, false}};

#define AT(field) .at = offsetof(struct scenario, field)
static const struct scn_key top_keys[] = {
	{.name = "name",
	 .type = SCN_T_TEXT,
	 .flags = KEY_NEEDED,
	 AT(name),
	 .help = "what the scenario shows, in one line"},
	{.name = "tags",
	 .type = SCN_T_TEXTS,
	 AT(tags),
	 .help = "words to select it by"},
	{.name = "level",
	 .type = SCN_T_WORD,
	 AT(level),
	 .word = levels,
	 .help = "of a check of conform: how much the rule binds"},
	{.name = "rfc",
	 .type = SCN_T_TEXTS,
	 AT(rfc),
	 .help = "of a check of conform: the rules, as RFC, section and "
		 "letter"},
	{.name = "grade",
	 .type = SCN_T_EITHER,
	 AT(field),
	 .word = grades,
	 .otherwise = "strict",
	 .help = "of a check of conform: strict, what RFCs say, or field, what "
		 "clients in the field send besides"},
	{.name = "clock",
	 .type = SCN_T_WORD,
	 AT(clock),
	 .word = clocks,
	 .otherwise = "auto",
	 .help = "simulated time, or wall time and sockets"},
	{.name = "seed",
	 .type = SCN_T_U64,
	 AT(seed),
	 .otherwise = "1",
	 .help = "where randomness begins"},
	{.name = "matrix",
	 .type = SCN_T_NAMED,
	 .help = "names with lists of values: a run for each combination"},
	{.name = "vars",
	 .type = SCN_T_NAMED,
	 .help = "names with values, for ${NAME}"},
	{.name = "needs",
	 .type = SCN_T_MAP,
	 .sub = &scn_needs_table,
	 .help = "what must be there for the scenario to run"},
	{.name = "call",
	 .type = SCN_T_MAP,
	 .sub = &scn_call_table,
	 .help = "who talks, when it is answered, when it ends"},
	{.name = "media",
	 .type = SCN_T_NAMED,
	 .sub = &scn_media_table,
	 .help = "what each party sends"},
	{.name = "src",
	 .type = SCN_T_MAP,
	 .sub = &scn_src_table,
	 .help = "how the call is recorded"},
	{.name = "srs",
	 .type = SCN_T_LIST,
	 .sub = &scn_srs_table,
	 .help = "the recorders, embedded or real"},
	{.name = "dns",
	 .type = SCN_T_NAMED,
	 .help = "names with records, one or a list, as zone files write them: "
		 "A, AAAA, CNAME, SRV, NAPTR (RFC 3263)"},
	{.name = "timeline",
	 .type = SCN_T_LIST,
	 .sub = &scn_step_table,
	 .help = "what happens when"},
	{.name = "expect",
	 .type = SCN_T_LIST,
	 .sub = &scn_check_table,
	 .help = "what must be true afterwards"},
	{.name = "load",
	 .type = SCN_T_MAP,
	 .sub = &scn_load_table,
	 .help = "runs the call that often"},
};
#undef AT
const struct scn_table scn_top_table = {"the scenario", top_keys,
					COUNT(top_keys)};

static const struct scn_key needs_keys[] = {
	{.name = "env",
	 .type = SCN_T_TEXTS,
	 .help = "environment variables that ${} may use"},
};
const struct scn_table scn_needs_table = {"needs", needs_keys,
					  COUNT(needs_keys)};

#define AT(field) .at = offsetof(struct scn_load, field)
static const struct scn_key load_keys[] = {
	{.name = "calls",
	 .type = SCN_T_INT,
	 AT(calls),
	 .min = 1,
	 .max = 1e6,
	 .otherwise = "1",
	 .help = "how many calls"},
	{.name = "concurrent",
	 .type = SCN_T_INT,
	 AT(concurrent),
	 .min = 1,
	 .max = 100000,
	 .help = "at most that many at the same time"},
	{.name = "rate",
	 .type = SCN_T_RATE,
	 AT(rate),
	 .help = "new calls a second, such as 50/s; without it all at once"},
};
#undef AT
const struct scn_table scn_load_table = {"load", load_keys, COUNT(load_keys)};
