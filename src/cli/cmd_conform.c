#include "cli/conform.h"

#include <fnmatch.h>

static void print_text(const struct conform_text *t, bool named)
{
	if (named)
		printf("# conform/%s.yml\n", t->id);
	fwrite(t->text, 1, t->n, stdout);
	if (named)
		putchar('\n');
}

/* One as it is, to be kept as a file; several below their names. */
static int show_texts(const char *pattern)
{
	size_t i, n = 0;

	for (i = 0; i < conform_n_texts; i++)
		n += fnmatch(pattern, conform_texts[i].id, 0) == 0;
	for (i = 0; i < conform_n_texts; i++)
		if (fnmatch(pattern, conform_texts[i].id, 0) == 0)
			print_text(&conform_texts[i], n > 1);
	if (n)
		return 0;
	fprintf(stderr,
		"there is no check '%s' ('siprec-src conform --list "
		"--level may --grade field' shows all)\n",
		pattern);
	return err_exit_code(ERR_EMPTY);
}

int cmd_conform(int argc, char **argv)
{
	struct conform_conf conf;
	struct conform_list list = {.at = NULL};
	int code = conform_conf_read(&conf, argc, argv);

	if (code < 0 && conf.show) {
		code = show_texts(conf.show);
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
