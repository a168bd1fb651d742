/* A damaged database of the centre, named and made again (src/decisions/0229). */
#include "backup.h"
#include "ctl.h"

#include "tamga/office.h"
#include "tamga/registry.h"

static void say(const char *line, void *ctx)
{
	(void)ctx;
	printf("damaged: %s\n", line);
}

static void report(const struct tg_mend_report *r)
{
	printf("mended: %lld entries stand, %lld more wait for what the kiosks send again\n", (long long)r->entries,
	        (long long)r->aside);
	if (r->same_tree)
		puts("nothing is lost: the tree over the journal is the one that was there");
	if (r->own_lost > 0)
		printf("lost: %lld entries of the centre's own stream; nobody else has them\n", (long long)r->own_lost);
	if (r->reopened > 0)
		printf("%lld segments came back into the database\n", (long long)r->reopened);
	printf("the old files are in %s\n", r->moved_to);
}

static bool is_backup(const char *dir)
{
	struct ctl_manifest list = {0};
	const bool is = ctl_manifest_check(&list, dir);
	ctl_manifest_free(&list);
	return is;
}

/* One file of the directory. */
struct wish {
	const char *dir, *backup, *clock_file;
	bool look;
	struct tg_error err;
};

static enum tg_status mend_replica(struct wish *w, const struct tg_mend_order *o)
{
	struct tg_mend_report r = {0};
	if (w->look)
		return tg_store_inspect(o->path, say, NULL, &w->err);
	enum tg_status st = tg_store_mend(o, &r, &w->err);
	if (st == TG_OK)
		report(&r);
	return st;
}

static enum tg_status mend_beside(struct wish *w, const struct tg_mend_order *o, const struct tg_beside *b)
{
	char moved_to[64];
	if (w->look)
		return tg_store_inspect_beside(o->path, say, NULL, &w->err);
	enum tg_status st = tg_store_mend_beside(o, b, moved_to, &w->err);
	if (st == TG_OK)
		printf("mended: %s; the old file is in %s\n", o->path, moved_to);
	return st;
}

/* `beside` NULL: the replica. */
static enum ctl_exit mend_file(struct wish *w, const char *name, const struct tg_beside *beside, bool *any)
{
	char path[CTL_PATH], copy[CTL_PATH];
	if (!ctl_path(path, w->dir, name) || (w->backup && !ctl_path(copy, w->backup, name)))
		return CTL_TROUBLE;
	const struct tg_mend_order o = {path, w->backup ? copy : NULL, ctl_now(w->clock_file), say, NULL};
	enum tg_status st = beside ? mend_beside(w, &o, beside) : mend_replica(w, &o);
	const bool fine = st == TG_NOT_FOUND || (w->look && st == TG_OK);
	*any = *any || !fine;
	if (fine || st == TG_OK)
		return CTL_YES;
	return w->look && st == TG_STORE_DAMAGED ? CTL_NO : ctl_fail(st, &w->err);
}

static enum ctl_exit mend_all(struct wish *w)
{
	static const struct {
		const char *name;
		const struct tg_beside *beside;
	} files[] = {{"centre.db", NULL}, {"ca.db", &tg_registry_mending}, {"office.db", &tg_office_mending}};
	bool any = false;
	enum ctl_exit code = CTL_YES;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const enum ctl_exit one = mend_file(w, files[i].name, files[i].beside, &any);
		code = one > code ? one : code;
	}
	if (!any)
		puts("nothing is damaged");
	return code;
}

enum ctl_exit ctl_journal_mend(const struct ctl_args *args)
{
	struct wish w = {0};
	const struct ctl_option options[] = {{"--data", &w.dir, NULL}, {"--look", NULL, &w.look},
	        {"--backup", &w.backup, NULL}, {"--clock-file", &w.clock_file, NULL}, {NULL, NULL, NULL}};
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	if (!w.dir) {
		fputs("tamgactl: --data DIR, the centre's directory, is missing\n", stderr);
		return CTL_TROUBLE;
	}
	if (!ctl_centre_stands_still(w.dir))
		return CTL_TROUBLE;
	return w.backup && !is_backup(w.backup) ? CTL_NO : mend_all(&w);
}
