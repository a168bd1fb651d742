/* A damaged database of the centre, named and made again (src/decisions/0229). */
#include "backup.h"
#include "ctl.h"

static void say(const char *line, void *ctx)
{
	(void)ctx;
	printf("damaged: %s\n", line);
}

static void report(const struct tg_mend_report *r)
{
	printf("mended: %lld entries stand, %lld more wait for what the kiosks send again\n", (long long)r->entries,
	        (long long)r->aside);
	if (r->own_lost > 0)
		printf("lost: %lld entries of the centre's own stream; nobody else has them\n", (long long)r->own_lost);
	if (r->reopened > 0)
		printf("%lld segments came back into the database\n", (long long)r->reopened);
	printf("the old files are in %s\n", r->moved_to);
}

enum ctl_exit ctl_journal_mend(const struct ctl_args *args)
{
	const char *dir = NULL, *clock_file = NULL;
	bool look = false;
	char path[CTL_PATH];
	struct tg_error err = {0};
	struct tg_mend_report r = {0};
	const struct ctl_option options[] = {{"--data", &dir, NULL}, {"--look", NULL, &look},
	        {"--clock-file", &clock_file, NULL}, {NULL, NULL, NULL}};
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	if (!dir) {
		fputs("tamgactl: --data DIR, the centre's directory, is missing\n", stderr);
		return CTL_TROUBLE;
	}
	if (!ctl_path(path, dir, "centre.db") || !ctl_centre_stands_still(dir))
		return CTL_TROUBLE;
	enum tg_status st = look ? tg_store_inspect(path, say, NULL, &err)
	                         : tg_store_mend(path, ctl_now(clock_file), say, NULL, &r, &err);
	if (st == TG_NOT_FOUND || (look && st == TG_OK)) {
		puts("nothing is damaged");
		return CTL_YES;
	}
	if (st != TG_OK)
		return look && st == TG_STORE_DAMAGED ? CTL_NO : ctl_fail(st, &err);
	report(&r);
	return CTL_YES;
}
