#include "cli/cmd.h"

#include <stdio.h>

#include "scenario/table.h"

static const struct opt options[] = {
	{"keys", 0, NULL, "every key as man page text instead"},
	{NULL, 0, NULL, NULL}};
const struct opt_table cmd_schema_table = {
	"schema", "",
	"Prints the JSON Schema of a scenario: editors check and complete by "
	"it.",
	options};

int cmd_schema(int argc, char **argv)
{
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;
	bool keys = false;

	opt_init(&p, &cmd_schema_table, argc, argv);
	while ((kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			return p.exit_code;
		if (kind == OPT_ARG)
			return opt_fault(&cmd_schema_table,
					 "it takes no argument: '%s'",
					 got.value);
		keys = true;
	}
	if (keys)
		scn_table_print_man(stdout);
	else
		scn_table_print_schema(stdout);
	return 0;
}
