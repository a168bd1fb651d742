#include "ctl.h"

#include "tamga/replica.h"

#define CTL_ROW(group, name, arguments, help, function) {group, name, arguments, help, function},
static const struct tg_ctl_command commands[] = {CTL_COMMANDS(CTL_ROW)};
#undef CTL_ROW
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *to)
{
	fputs("tamgactl " TAMGA_VERSION "\n\n", to);
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct tg_ctl_command *c = &commands[i];
		fprintf(to, "  tamgactl %s%s%s %s\n        %s\n", c->group, *c->name ? " " : "", c->name, c->arguments,
		        c->help);
	}
	fputs("\nExit status: 0 yes or done, 1 no, 2 wrong use or trouble.\n", to);
}

const struct tg_ctl_command *ctl_command(const char *group, const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].group, group) == 0 && strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* The row of the first words, and in `words` how many they are. */
static const struct tg_ctl_command *find(int argc, char **argv, int *words)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct tg_ctl_command *c = &commands[i];
		*words = *c->name ? 2 : 1;
		if (argc > *words && strcmp(c->group, argv[1]) == 0 && (!*c->name || strcmp(c->name, argv[2]) == 0))
			return c;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
		print_help(stdout);
		return CTL_YES;
	}
	int words = 0;
	const struct tg_ctl_command *c = find(argc, argv, &words);
	if (!c) {
		print_help(stderr);
		return CTL_TROUBLE;
	}
	const struct ctl_args args = {argc - 1 - words, (const char *const *)argv + 1 + words};
	tg_store_set_log_opener(tg_postgres_open_log);
	enum ctl_exit code = c->run(&args);
	/* What could not be written was not said: a full disk must not look like success. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("tamgactl: cannot write the output\n", stderr);
		return CTL_TROUBLE;
	}
	return (int)code;
}
