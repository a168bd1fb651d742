#include "mend.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_MAX_HERE 700

static enum tg_status failed(const char *path, struct tg_error *err)
{
	enum tg_status st = errno == ENOSPC || errno == EDQUOT ? TG_DISK_FULL : TG_IO;
	return tg_error_at(err, st, path, 0, 0, "%s", strerror(errno));
}

static bool joined(char out[PATH_MAX_HERE], const char *a, const char *b)
{
	return snprintf(out, PATH_MAX_HERE, "%s%s", a, b) < PATH_MAX_HERE;
}

bool tg_mend_is_cut_off(const char *path)
{
	char done[PATH_MAX_HERE];
	return joined(done, path, TG_MENDED) && access(done, F_OK) == 0;
}

void tg_mend_remove_unfinished(const char *path)
{
	static const char *const parts[] = {TG_MENDING, TG_MENDING "-wal", TG_MENDING "-shm"};
	char name[700];
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (snprintf(name, sizeof(name), "%s%s", path, parts[i]) < (int)sizeof(name))
			(void)unlink(name);
}

static enum tg_status sync_dir(const char *path, struct tg_error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum tg_status st = fd >= 0 && fsync(fd) == 0 ? TG_OK : failed(path, err);
	if (fd >= 0)
		(void)close(fd);
	return st;
}

/* A second name: the first one goes only when all have theirs. One that is there already comes from the try before. */
static enum tg_status keep(const char *path, const char *dir, struct tg_error *err)
{
	char to[PATH_MAX_HERE];
	const char *slash = strrchr(path, '/');
	if (!joined(to, dir, slash ? slash : path))
		return tg_error_set(err, TG_LIMIT, "store: the path is too long");
	return link(path, to) == 0 || errno == EEXIST || errno == ENOENT ? TG_OK : failed(to, err);
}

static enum tg_status drop(const char *path, struct tg_error *err)
{
	return unlink(path) == 0 || errno == ENOENT ? TG_OK : failed(path, err);
}

/* Files of months that the new database does not know: their rows are in it. `act`: keep or drop. */
static enum tg_status each_dropped(const char *path, const char *dir, bool dropping, struct tg_error *err)
{
	char done[PATH_MAX_HERE], file[600];
	struct tg_damaged d = {0}, fresh = {0};
	struct tg_months months = {0};
	enum tg_status st = joined(done, path, TG_MENDED) ? tg_damaged_open(&fresh, done, err) : TG_LIMIT;
	if (st == TG_OK && tg_damaged_number(&fresh, "SELECT count(*) FROM segment", -1) >= 0)
		st = tg_months_read(&months, path, &d, err);
	for (size_t i = 0; st == TG_OK && i < months.n; i++) {
		char sql[100];
		(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM segment WHERE name = '%s'", months.at[i].name);
		if (tg_damaged_number(&fresh, sql, -1) != 0 || !tg_month_path(&months, i, file))
			continue;
		st = dropping ? drop(file, err) : keep(file, dir, err);
	}
	tg_damaged_close(&fresh);
	tg_months_free(&months);
	return st;
}

static enum tg_status keep_old(const char *path, const char *dir, struct tg_error *err)
{
	char log[PATH_MAX_HERE];
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return failed(dir, err);
	if (!joined(log, path, "-wal"))
		return tg_error_set(err, TG_LIMIT, "store: the path is too long");
	TG_TRY(keep(path, dir, err));
	TG_TRY(keep(log, dir, err));
	TG_TRY(each_dropped(path, dir, false, err));
	return sync_dir(dir, err);
}

static enum tg_status take_place(const char *path, const char *parent, struct tg_error *err)
{
	static const char *const logs[] = {"-wal", "-shm"};
	char name[PATH_MAX_HERE];
	TG_TRY(each_dropped(path, NULL, true, err));
	/* The log of the old file must not be read into the new one. */
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		if (!joined(name, path, logs[i]))
			return tg_error_set(err, TG_LIMIT, "store: the path is too long");
		TG_TRY(drop(name, err));
	}
	TG_TRY(sync_dir(parent, err));
	if (!joined(name, path, TG_MENDED) || rename(name, path) != 0)
		return failed(path, err);
	return sync_dir(parent, err);
}

static void name_by_time(int64_t now_ms, char moved_to[64])
{
	char utc[TG_TIME_TEXT];
	size_t n = (size_t)snprintf(moved_to, 64, "damaged-");
	tg_time_utc(now_ms, utc);
	for (const char *p = utc; *p && n < 63; p++)
		if (*p != ':' && *p != '-')
			moved_to[n++] = *p;
	moved_to[n] = '\0';
}

enum tg_status tg_mend_swap(const char *path, int64_t now_ms, char moved_to[64], struct tg_error *err)
{
	char parent[PATH_MAX_HERE], dir[PATH_MAX_HERE];
	const char *slash = strrchr(path, '/');
	name_by_time(now_ms, moved_to);
	if (snprintf(parent, sizeof(parent), "%.*s", slash ? (int)(slash - path) + 1 : 2, slash ? path : "./") >=
	                (int)sizeof(parent) ||
	        !joined(dir, parent, moved_to))
		return tg_error_set(err, TG_LIMIT, "store: the path is too long");
	TG_TRY(keep_old(path, dir, err));
	return take_place(path, parent, err);
}
