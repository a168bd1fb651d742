/* tamga-walk: plays a walk file on a program in a pseudo-terminal. Exit 0 when every step went well, 1 when not, 2 for
 * a wrong command line or walk file. The last screen goes to the standard output, what went wrong to standard error. */
#include "play.h"

#include <getopt.h>
#include <signal.h>

static int usage(void)
{
	fputs("usage: tamga-walk --walk FILE [--check] [--dir DIR] [--ctl-card SOCKET] [--ctl-token SOCKET]\n"
	      "                  [--card-insert CMD] [--token-insert CMD] [--restart CMD] [--net-switch FILE]\n"
	      "                  [--clock-file FILE] [--pids DIR] [--size 80x24]\n"
	      "                  [--patience SECONDS] -- PROGRAM ARGS…\n",
	        stderr);
	return 2;
}

static bool parse_size(const char *text, struct tg_play_options *o)
{
	int used = 0;
	return sscanf(text, "%4dx%4d%n", &o->columns, &o->rows, &used) == 2 && !text[used] && o->columns > 0 &&
	       o->rows > 0;
}

static bool parse_patience(const char *text, struct tg_play_options *o)
{
	char *end;
	long seconds = strtol(text, &end, 10);
	o->patience_ms = (int)seconds * 1000;
	return seconds > 0 && seconds <= 3600 && *end == '\0';
}

static int parse_options(int argc, char **argv, struct tg_play_options *o, bool *check)
{
	const struct {
		const char *name;
		const char **value;
	} texts[] = {{"walk", &o->walk}, {"dir", &o->dir}, {"ctl-card", &o->ctl_card}, {"ctl-token", &o->ctl_token},
	        {"card-insert", &o->card_insert}, {"token-insert", &o->token_insert}, {"restart", &o->restart},
	        {"net-switch", &o->net_switch}, {"clock-file", &o->clock_file}, {"pids", &o->pids}};
	enum { N = sizeof texts / sizeof texts[0] };
	struct option options[N + 4] = {{0}};
	for (int i = 0; i < N; i++)
		options[i] = (struct option){texts[i].name, required_argument, NULL, i};
	options[N] = (struct option){"size", required_argument, NULL, N};
	options[N + 1] = (struct option){"check", no_argument, NULL, N + 1};
	options[N + 2] = (struct option){"patience", required_argument, NULL, N + 2};
	for (int c; (c = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
		if (c >= 0 && c < N)
			*texts[c].value = optarg;
		else if (c == N + 1)
			*check = true;
		else if (!(c == N && parse_size(optarg, o)) && !(c == N + 2 && parse_patience(optarg, o)))
			return 2;
	}
	o->argv = (const char *const *)(uintptr_t)(argv + optind);
	return o->walk && (*check || argv[optind]) ? 0 : 2;
}

static int report(const struct tg_play_options *o, const struct tg_error *err, int rc)
{
	if (err->line)
		fprintf(stderr, "%s:%d: %s\n", *err->file ? err->file : o->walk, err->line, err->detail);
	else
		fprintf(stderr, "%s: %s\n", o->walk, err->detail);
	return rc;
}

static int check_only(const struct tg_play_options *o)
{
	struct tg_walk w;
	struct tg_error err = {0};
	if (tg_walk_load(&w, o->walk, &err) != TG_OK)
		return report(o, &err, 2);
	tg_walk_finish(&w);
	return 0;
}

int main(int argc, char **argv)
{
	struct tg_play_options o = {.columns = 80, .rows = 24};
	struct tg_error err = {0};
	struct tg_buf last = TG_BUF_INIT;
	bool check = false;
	if (parse_options(argc, argv, &o, &check))
		return usage();
	signal(SIGPIPE, SIG_IGN);
	int rc = check_only(&o);
	if (check || rc)
		return rc;
	enum tg_status st = tg_play(&o, &last, &err);
	fputs(tg_buf_str(&last), stdout);
	fflush(stdout);
	tg_buf_finish(&last);
	return st == TG_OK ? 0 : report(&o, &err, 1);
}
