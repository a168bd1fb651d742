/* What the centre's machine keeps, copied while the centre works (src/decisions/0221, 0228). */
#include "backup.h"

#include "ctl.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <jansson.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

struct backup {
	const char *data, *out, *since, *clock_file;
	bool keys;
	char making[CTL_PATH]; /* its name until it is whole: what was cut off is never taken for a backup */
	struct ctl_manifest list, before;
};

/* In this order: an office that knows of more than its replica repeats no notice; one that knows of less would. */
static const char *const databases[] = {"centre.db", "office.db", "ca.db"};
#define DATABASES (sizeof(databases) / sizeof(databases[0]))

/* One that was never made is left out. */
static bool copy_database(struct backup *b, const char *name)
{
	char source[CTL_PATH], target[CTL_PATH];
	struct tg_error err = {0};
	if (!ctl_path(source, b->data, name) || !ctl_path(target, b->making, name))
		return false;
	if (!ctl_is_there(source))
		return true;
	enum tg_status st = tg_store_copy(source, target, &err);
	if (st != TG_OK)
		(void)ctl_fail(st, &err);
	return st == TG_OK && ctl_manifest_add(&b->list, b->making, name);
}

/* A second name for what the backup before holds, where it is the same byte for byte. */
static bool take_from_before(struct backup *b, const char *source, const char *target, const char *name)
{
	const struct ctl_file *f = b->since ? ctl_manifest_find(&b->before, name) : NULL;
	char sha256[65], old[CTL_PATH];
	int64_t size = 0;
	return f && ctl_file_digest(source, sha256, &size) && size == f->size && strcmp(sha256, f->sha256) == 0 &&
	       ctl_path(old, b->since, name) && link(old, target) == 0;
}

static bool copy_file(struct backup *b, const char *name)
{
	char source[CTL_PATH], target[CTL_PATH];
	if (!ctl_path(source, b->data, name) || !ctl_path(target, b->making, name) ||
	        !ctl_make_folders(b->making, name))
		return false;
	if (!take_from_before(b, source, target, name) && !ctl_file_copy(source, target))
		return false;
	return ctl_manifest_add(&b->list, b->making, name);
}

/* The months that the copy of the replica speaks of. */
static bool copy_segments(struct backup *b)
{
	char replica[CTL_PATH], name[64];
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;
	bool ok = ctl_path(replica, b->making, databases[0]) &&
	          sqlite3_open_v2(replica, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	          sqlite3_prepare_v2(db, "SELECT name FROM segment ORDER BY name", -1, &q, NULL) == SQLITE_OK;
	while (ok && sqlite3_step(q) == SQLITE_ROW) {
		(void)snprintf(name, sizeof(name), "segments/%s.db", (const char *)sqlite3_column_text(q, 0));
		ok = copy_file(b, name);
	}
	(void)sqlite3_finalize(q);
	(void)sqlite3_close(db);
	return ok;
}

/* Everything else in the directory: keys, certificates, secrets, the token. What names the directory itself is made
 * again by the next start. */
static bool is_other(const char *name)
{
	static const char *const not_kept[] = {"lock", "listen", "segments", "softhsm2.conf"};
	for (size_t i = 0; i < sizeof(not_kept) / sizeof(not_kept[0]); i++)
		if (strcmp(name, not_kept[i]) == 0)
			return false;
	return name[0] != '.' && !strstr(name, ".db") && strncmp(name, "damaged-", strlen("damaged-")) != 0;
}

/* `folders`: names, each followed by a NUL; those inside are added. */
static bool copy_other(struct backup *b, const char *folder, const char *entry, struct tg_buf *folders)
{
	char name[256], path[CTL_PATH];
	struct stat st;
	if (snprintf(name, sizeof(name), "%s%s%s", folder, *folder ? "/" : "", entry) >= (int)sizeof(name) ||
	        !ctl_path(path, b->data, name))
		return false;
	if (lstat(path, &st) != 0)
		return errno == ENOENT || ctl_refuse(path); /* gone meanwhile: a temporary one */
	if (S_ISDIR(st.st_mode))
		tg_buf_add(folders, name, strlen(name) + 1);
	return !S_ISREG(st.st_mode) || copy_file(b, name);
}

static bool copy_folder(struct backup *b, const char *folder, struct tg_buf *folders)
{
	char path[CTL_PATH];
	if (!ctl_path(path, b->data, folder))
		return false;
	DIR *d = opendir(path);
	if (!d)
		return ctl_refuse(path);
	bool ok = true;
	for (struct dirent *e; ok && (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && (*folder || is_other(e->d_name)))
			ok = copy_other(b, folder, e->d_name, folders);
	(void)closedir(d);
	return ok;
}

static bool copy_others(struct backup *b)
{
	struct tg_buf folders = TG_BUF_INIT;
	char folder[256];
	bool ok = true;
	tg_buf_add(&folders, "", 1);
	for (size_t at = 0; ok && at < folders.len; at += strlen(folder) + 1)
		ok = tg_buf_status(&folders) == TG_OK &&
		     tg_copy(folder, sizeof(folder), (const char *)folders.data + at) &&
		     copy_folder(b, folder, &folders);
	tg_buf_finish(&folders);
	return ok;
}

static enum ctl_exit copy_all(struct backup *b)
{
	char replica[CTL_PATH];
	for (size_t i = 0; i < DATABASES; i++)
		if (!copy_database(b, databases[i]))
			return CTL_TROUBLE;
	if (!copy_segments(b) || (b->keys && !copy_others(b)) || !ctl_path(replica, b->making, databases[0]))
		return CTL_TROUBLE;
	return ctl_verify_file(replica);
}

/* The name is given last. */
static enum ctl_exit finish(struct backup *b)
{
	char parent[CTL_PATH];
	tg_time_utc(ctl_now(b->clock_file), b->list.time);
	if (!ctl_manifest_write(&b->list, b->making) || !ctl_sync_dir(b->making))
		return CTL_TROUBLE;
	if (rename(b->making, b->out) != 0 && !ctl_refuse(b->out))
		return CTL_TROUBLE;
	return ctl_path(parent, b->out, "..") && ctl_sync_dir(parent) ? CTL_YES : CTL_TROUBLE;
}

static enum ctl_exit tell(const struct backup *b)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	int64_t bytes = 0;
	for (size_t i = 0; i < b->list.n; i++)
		bytes += b->list.files[i].size;
	json_t *body = json_pack("{s:s, s:I, s:I, s:b}", "to", b->out, "files", (json_int_t)b->list.n, "bytes",
	        (json_int_t)bytes, "keys", b->keys);
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	enum ctl_exit code = text ? ctl_open_centre(b->data, &s) : CTL_TROUBLE;
	enum tg_status st =
	        code == CTL_YES ? tg_store_append(s, TG_RECORD_BACKUP_MADE, text, ctl_now(b->clock_file), NULL, &err)
	                        : TG_OK;
	tg_store_close(s);
	free(text);
	json_decref(body);
	if (st != TG_OK)
		return ctl_fail(st, &err);
	if (code == CTL_YES)
		printf("%s: %zu files, %lld bytes%s\n", b->out, b->list.n, (long long)bytes,
		        b->keys ? ", with keys" : "");
	return code;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

/* What a try before left that was cut off. */
static bool remove_unfinished(const char *making)
{
	return nftw(making, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0 || errno == ENOENT ||
	       ctl_refuse(making);
}

static enum ctl_exit make(struct backup *b)
{
	if (snprintf(b->making, sizeof(b->making), "%s.unfinished", b->out) >= (int)sizeof(b->making) ||
	        ctl_is_there(b->out)) {
		fprintf(stderr, "tamgactl: %s is there already\n", b->out);
		return CTL_TROUBLE;
	}
	if (b->since && !ctl_manifest_read(&b->before, b->since))
		return CTL_TROUBLE;
	if (!remove_unfinished(b->making) || (mkdir(b->making, 0700) != 0 && !ctl_refuse(b->making)))
		return CTL_TROUBLE;
	enum ctl_exit code = copy_all(b);
	if (code == CTL_YES)
		code = finish(b);
	return code == CTL_YES ? tell(b) : code;
}

enum ctl_exit ctl_backup(const struct ctl_args *args)
{
	struct backup b = {0};
	char replica[CTL_PATH];
	const struct ctl_option options[] = {{"--data", &b.data, NULL}, {"--out", &b.out, NULL},
	        {"--since", &b.since, NULL}, {"--with-keys", NULL, &b.keys}, {"--clock-file", &b.clock_file, NULL},
	        {NULL, NULL, NULL}};
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	if (!ctl_centre_file(replica, b.data, databases[0]))
		return CTL_TROUBLE;
	if (!ctl_given("--out NEW-DIR", b.out))
		return CTL_TROUBLE;
	enum ctl_exit code = make(&b);
	ctl_manifest_free(&b.list);
	ctl_manifest_free(&b.before);
	return code;
}
