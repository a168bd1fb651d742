/* Months that are over, moved out of the centre's database (src/decisions/0227). */
#include "ctl.h"

static void say(const char *name, int64_t entries, void *ctx)
{
	(void)ctx;
	printf("%s: %lld entries\n", name, (long long)entries);
}

enum ctl_exit ctl_journal_seal(const struct ctl_args *args)
{
	const char *dir = NULL, *months = "1", *clock_file = NULL;
	const struct ctl_option options[] = {{"--data", &dir, NULL}, {"--after-months", &months, NULL},
	        {"--clock-file", &clock_file, NULL}, {NULL, NULL, NULL}};
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	uint64_t keep = 0;
	if (!ctl_parse(args, options, NULL, 0) ||
	        !ctl_number("--after-months", months, (struct ctl_range){0, 1200}, &keep))
		return CTL_TROUBLE;
	enum ctl_exit code = ctl_open_centre(dir, &s);
	const struct tg_seal_order order = {.now_ms = ctl_now(clock_file), .keep_months = (int)keep, .sealed = say};
	enum tg_status st = code == CTL_YES ? tg_store_seal(s, &order, &err) : TG_OK;
	tg_store_close(s);
	return st == TG_OK ? code : ctl_fail(st, &err);
}
