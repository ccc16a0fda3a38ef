/*
 * Completions are made from the tables that parse the command line. Values
 * are completed where the table lists them ("real|virtual|auto") or where
 * they name a file.
 */
#include "cli/cmd.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/span.h"

static const struct opt options[] = {{NULL, 0, NULL, NULL}};
const struct opt_table cmd_completion_table = {
	"completion", "bash|zsh|fish",
	"Prints completions for a shell, to be sourced by it:\n"
	"  bash: . <(siprec-src completion bash)\n"
	"  zsh:  siprec-src completion zsh >DIR/_siprec-src, DIR in $fpath\n"
	"  fish: siprec-src completion fish | source",
	options};

/* ---- what an argument can be ---- */

static bool is_file(const char *arg)
{
	static const char *const names[] = {"FILE", "DIR", "PCAP", "RUN",
					    "SOCKET"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strstr(arg, names[i]))
			return true;
	return false;
}

/* The next of words between bars, "stop" of "stop ID"; false at the end.
 * What is not in small letters stands for something, and is left out. */
static bool next_word(struct span *rest, struct span *word)
{
	while (rest->n) {
		size_t n = span_chr(*rest, '|'), k = 0;

		*word = span_from(rest->p, n);
		*rest = span_skip(*rest, n < rest->n ? n + 1 : n);
		while (k < word->n && (islower((unsigned char)word->p[k]) ||
				       word->p[k] == '-'))
			k++;
		if (k && (k == word->n || word->p[k] == ' ')) {
			word->n = k;
			return true;
		}
	}
	return false;
}

static bool has_words(const char *arg)
{
	struct span rest = span_of(arg), word;

	return next_word(&rest, &word);
}

static void print_words(const char *arg)
{
	struct span rest = span_of(arg), word;
	const char *between = "";

	while (next_word(&rest, &word)) {
		printf("%s%.*s", between, SPAN_ARG(word));
		between = " ";
	}
}

/* Inside single quotes of any of the three. */
static void print_quoted(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			printf("'\\''");
		else if (*text == '\n')
			putchar(' ');
		else
			putchar(*text);
	}
}

/* ---- bash ---- */

static void bash_values(const struct opt *o)
{
	for (; o->name; o++) {
		if (!o->arg)
			continue;
		printf("\t\t--%s%s%c) ", o->name, o->letter ? "|-" : "",
		       o->letter ? o->letter : ' ');
		if (has_words(o->arg)) {
			printf("words='");
			print_words(o->arg);
			printf("' files= ;;\n");
		} else {
			printf("files=%s ;;\n", is_file(o->arg) ? "-f" : "");
		}
	}
}

static void bash_command(const char *name, const struct opt_table *t)
{
	const struct opt *o;

	printf("\t%s)\n\t\toptions='--help", name);
	for (o = t->opt; o->name; o++)
		printf(" --%s", o->name);
	printf("'\n\t\twords='");
	print_words(t->args);
	printf("' files=%s\n\t\tcase $prev in\n", is_file(t->args) ? "-f" : "");
	bash_values(t->opt);
	printf("\t\t*) [[ $cur == -* ]] && words=$options files= ;;\n"
	       "\t\tesac ;;\n");
}

static void print_bash(void)
{
	size_t i;

	printf("_siprec_src()\n{\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
	       "\tlocal prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	       "\tlocal options= words= files=\n\n"
	       "\t[ \"$COMP_CWORD\" -eq 1 ] && prev=\n"
	       "\tcase ${COMP_CWORD}:${COMP_WORDS[1]} in 1:*) words='help");
	for (i = 0; cmd_name(i); i++)
		printf(" %s", cmd_name(i));
	printf(" --help --version' ;;\n\t*) case ${COMP_WORDS[1]} in\n");
	for (i = 0; cmd_name(i); i++)
		bash_command(cmd_name(i), cmd_table(i));
	printf("\tesac ;;\n\tesac\n"
	       "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" $files -- "
	       "\"$cur\")\n}\n"
	       "complete -o filenames -F _siprec_src siprec-src\n");
}

/* ---- zsh ---- */

/* In _arguments brackets and colons mean something. */
static void zsh_text(const char *text)
{
	for (; *text; text++) {
		char c[2] = {*text, '\0'};

		if (strchr("[]:", *text))
			putchar('\\');
		print_quoted(c);
	}
}

static void zsh_action(const char *arg)
{
	if (has_words(arg)) {
		printf("(");
		print_words(arg);
		printf(")");
	} else if (is_file(arg)) {
		printf("_files");
	}
}

static void zsh_option(const struct opt *o)
{
	printf(" \\\n\t\t\t'");
	printf("*--%s[", o->name);
	zsh_text(o->help);
	printf("]");
	if (o->arg) {
		printf(":");
		zsh_text(o->arg);
		printf(":");
		zsh_action(o->arg);
	}
	printf("'");
}

static void zsh_command(const char *name, const struct opt_table *t)
{
	const struct opt *o;

	printf("\t%s)\n\t\t_arguments '--help[print help]'", name);
	for (o = t->opt; o->name; o++)
		zsh_option(o);
	if (t->args[0]) {
		printf(" \\\n\t\t\t'*:");
		zsh_text(t->args);
		printf(":");
		zsh_action(t->args);
		printf("'");
	}
	printf(" ;;\n");
}

static void print_zsh(void)
{
	size_t i;

	printf("#compdef siprec-src\n\n_siprec_src()\n{\n"
	       "\tlocal -a commands line\n\tlocal state\n\n\tcommands=(");
	for (i = 0; cmd_name(i); i++) {
		printf("\n\t\t'%s:", cmd_name(i));
		print_quoted(cmd_what(i));
		printf("'");
	}
	printf(")\n\t_arguments -C '1:command:->command' '*::argument:->rest'\n"
	       "\tif [[ $state == command ]]; then\n"
	       "\t\t_describe command commands\n\t\treturn\n\tfi\n"
	       "\tcase $line[1] in\n");
	for (i = 0; cmd_name(i); i++)
		zsh_command(cmd_name(i), cmd_table(i));
	printf("\tesac\n}\n\n"
	       "if [ \"$funcstack[1]\" = _siprec-src ]; then\n"
	       "\t_siprec_src \"$@\"\nelse\n"
	       "\tcompdef _siprec_src siprec-src\nfi\n");
}

/* ---- fish ---- */

static void fish_seen(const char *name)
{
	printf("complete -c siprec-src -n '__fish_seen_subcommand_from %s'",
	       name);
}

static void fish_words(const char *arg)
{
	if (!is_file(arg))
		printf(" -f");
	if (has_words(arg)) {
		printf(" -a '");
		print_words(arg);
		printf("'");
	}
}

static void fish_option(const char *name, const struct opt *o)
{
	fish_seen(name);
	printf(" -l %s", o->name);
	if (o->letter)
		printf(" -s %c", o->letter);
	if (o->arg) {
		printf(" -r");
		fish_words(o->arg);
	}
	printf(" -d '");
	print_quoted(o->help);
	printf("'\n");
}

static void fish_command(size_t i)
{
	const struct opt_table *t = cmd_table(i);
	const struct opt *o;

	printf("complete -c siprec-src -f -n __fish_use_subcommand -a %s -d '",
	       cmd_name(i));
	print_quoted(cmd_what(i));
	printf("'\n");
	fish_seen(cmd_name(i));
	fish_words(t->args);
	printf("\n");
	for (o = t->opt; o->name; o++)
		fish_option(cmd_name(i), o);
}

static void print_fish(void)
{
	size_t i;

	for (i = 0; cmd_name(i); i++)
		fish_command(i);
}

/* ---- the command ---- */

static const struct shell {
	const char *name;
	void (*print)(void);
} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

static int print_for(const char *name)
{
	size_t i;

	for (i = 0; name && i < sizeof(shells) / sizeof(*shells); i++) {
		if (strcmp(shells[i].name, name) == 0) {
			shells[i].print();
			return 0;
		}
	}
	if (!name)
		return opt_fault(&cmd_completion_table,
				 "for which shell? bash, zsh or fish");
	return opt_fault(&cmd_completion_table,
			 "wants bash, zsh or fish, not '%s'", name);
}

int cmd_completion(int argc, char **argv)
{
	const char *shell = NULL;
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;

	opt_init(&p, &cmd_completion_table, argc, argv);
	while ((kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			return p.exit_code;
		if (shell)
			return opt_fault(&cmd_completion_table,
					 "one shell at a time");
		shell = got.value;
	}
	return print_for(shell);
}
