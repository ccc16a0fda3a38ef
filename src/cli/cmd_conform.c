#include "cli/conform.h"

#include <string.h>

static int show_text(const char *id)
{
	size_t i;

	for (i = 0; i < conform_n_texts; i++) {
		if (strcmp(conform_texts[i].id, id) != 0)
			continue;
		fwrite(conform_texts[i].text, 1, conform_texts[i].n, stdout);
		return 0;
	}
	fprintf(stderr,
		"there is no check '%s' ('siprec-src conform --list "
		"--level may --grade field' shows all)\n",
		id);
	return err_exit_code(ERR_EMPTY);
}

int cmd_conform(int argc, char **argv)
{
	struct conform_conf conf;
	struct conform_list list = {.at = NULL};
	int code = conform_conf_read(&conf, argc, argv);

	if (code < 0 && conf.show) {
		code = show_text(conf.show);
	} else if (code < 0) {
		code = conform_list_load(&list, &conf);
		if (code == 0 && conf.list)
			conform_show_list(stdout, &list);
		else if (code == 0)
			code = conform_run(&conf, &list);
	}
	conform_list_fini(&list);
	conform_conf_fini(&conf);
	return code;
}
