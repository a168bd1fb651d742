/* Files of a medium. Whoever made it may have put anything on it: links, folders without end, files of any length and
 * name. */
#include "media.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MOST   2
#define ENTRIES_MOST 2000 /* looked at in all */
#define NAMES_MOST   9    /* tried for a new file */

/* A folder that is being read, and those it lies in. */
struct level {
	DIR *dir;
	char prefix[KIOSK_MEDIUM_PATH];
};
struct scan {
	struct kiosk_medium_list *out;
	dev_t device;
	unsigned entries;
	struct level levels[DEPTH_MOST + 1];
	int depth; /* -1: none is open */
};

static bool is_candidate(const char *name)
{
	static const char *const suffixes[] = {".csr", ".p10", ".pem", ".req", ".txt"};
	size_t n = strlen(name);
	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
		if (n > 4 && !strcasecmp(name + n - 4, suffixes[i]))
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The first ones by name, however the medium orders them. */
static void keep(struct kiosk_medium_list *l, const char *path)
{
	const size_t size = sizeof l->paths[0];
	if (l->n == TG_MEDIUM_FILES_MAX) {
		l->more = true;
		if (strcmp(path, l->paths[l->n - 1]) >= 0)
			return;
		l->n--;
	}
	tg_copy(l->paths[l->n++], size, path);
	qsort(l->paths, l->n, size, compare);
}

/* Takes `folder`. */
static void go_into(struct scan *s, int folder, const char *prefix)
{
	DIR *dir = s->depth < DEPTH_MOST ? fdopendir(folder) : NULL;
	if (!dir) {
		close(folder);
		return;
	}
	struct level *l = &s->levels[++s->depth];
	l->dir = dir;
	tg_copy(l->prefix, sizeof l->prefix, prefix);
}

static void look_at(struct scan *s, const char *name)
{
	char path[KIOSK_MEDIUM_PATH];
	struct stat st;
	const struct level *l = &s->levels[s->depth];
	int len = snprintf(path, sizeof path, "%s%s", l->prefix, name);
	if (name[0] == '.' || len < 0 || (size_t)len >= sizeof path - 1 ||
	        fstatat(dirfd(l->dir), name, &st, AT_SYMLINK_NOFOLLOW) || st.st_dev != s->device)
		return;
	if (S_ISREG(st.st_mode) && is_candidate(name)) {
		keep(s->out, path);
	} else if (S_ISDIR(st.st_mode)) {
		int fd = openat(dirfd(l->dir), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		path[len] = '/';
		path[len + 1] = '\0';
		if (fd >= 0)
			go_into(s, fd, path);
	}
}

static void scan_all(struct scan *s)
{
	while (s->depth >= 0) {
		struct dirent *e = s->entries < ENTRIES_MOST ? readdir(s->levels[s->depth].dir) : NULL;
		if (e) {
			s->entries++;
			look_at(s, e->d_name);
		} else {
			closedir(s->levels[s->depth--].dir);
		}
	}
	s->out->more = s->out->more || s->entries >= ENTRIES_MOST;
}

enum tg_status kiosk_medium_scan(const char *root, struct kiosk_medium_list *out, struct tg_error *err)
{
	struct scan s = {.out = out, .depth = -1};
	struct stat st;
	memset(out, 0, sizeof *out);
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		if (fd >= 0)
			close(fd);
		return tg_error_set(err, TG_MEDIUM_READ, "medium: %s", strerror(errno));
	}
	s.device = st.st_dev;
	go_into(&s, fd, "");
	scan_all(&s);
	return TG_OK;
}

/* Each part of the path by itself, so that no link is followed on the way. */
static int open_below(int folder, const char *path)
{
	char part[KIOSK_MEDIUM_PATH];
	int fd = folder;
	for (;;) {
		size_t n = strcspn(path, "/");
		bool last = path[n] == '\0';
		snprintf(part, sizeof part, "%.*s", (int)n, path);
		int next = openat(
		        fd, part, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | (last ? O_NONBLOCK | O_NOCTTY : O_DIRECTORY));
		if (fd != folder)
			close(fd);
		if (next < 0 || last)
			return next;
		fd = next;
		path += n + 1;
	}
}

static enum tg_status read_all(int fd, struct tg_buf *out, struct tg_error *err)
{
	uint8_t part[4096];
	ssize_t n;
	while ((n = read(fd, part, sizeof part)) > 0 && out->len <= TG_MEDIUM_FILE_MAX)
		tg_buf_add(out, part, (size_t)n);
	if (n < 0 || out->len > TG_MEDIUM_FILE_MAX)
		return tg_error_set(err, TG_MEDIUM_READ, "medium: %s", n < 0 ? strerror(errno) : "longer than 16 KiB");
	return tg_buf_status(out);
}

enum tg_status kiosk_medium_read(const char *root, const char *path, struct tg_buf *out, struct tg_error *err)
{
	struct stat st;
	int folder = open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int fd = folder >= 0 ? open_below(folder, path) : -1;
	enum tg_status status = TG_OK;
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > (off_t)TG_MEDIUM_FILE_MAX)
		status = tg_error_set(err, TG_MEDIUM_READ, "medium: no such file, or longer than 16 KiB");
	if (status == TG_OK)
		status = read_all(fd, out, err);
	if (fd >= 0)
		close(fd);
	if (folder >= 0)
		close(folder);
	return status;
}

/* ---- writing ---- */

static bool write_all(int fd, struct tg_bytes bytes)
{
	size_t done = 0;
	while (done < bytes.len) {
		ssize_t n = write(fd, bytes.data + done, bytes.len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return !fsync(fd);
}

/* An unfinished file is taken away again; when the medium is gone it cannot be, and is not taken for ours later. */
static bool write_new(int folder, const char *name, struct tg_bytes bytes)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return false;
	bool good = write_all(fd, bytes);
	int saved = errno;
	good = !close(fd) && good;
	if (!good)
		(void)unlinkat(folder, name, 0);
	else
		good = !fsync(folder) || errno == EINVAL; /* not every file system can */
	errno = good ? 0 : saved;
	return good;
}

static bool is_ours(const char *root, const char *name, struct tg_bytes bytes)
{
	struct tg_buf b = TG_BUF_INIT;
	struct tg_error ignored = {0};
	bool same = kiosk_medium_read(root, name, &b, &ignored) == TG_OK && b.len == bytes.len && b.data &&
	            memcmp(b.data, bytes.data, b.len) == 0;
	tg_buf_finish(&b);
	return same;
}

enum tg_status kiosk_medium_write(const char *root, const char *base, const char *suffix, struct tg_bytes bytes,
        char name[80], struct tg_error *err)
{
	int folder = open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool good = false;
	int why = folder < 0 ? errno : 0;
	for (int i = 1; folder >= 0 && !good && i <= NAMES_MOST; i++) {
		char more[8] = "";
		if (i > 1)
			snprintf(more, sizeof more, "-%d", i);
		snprintf(name, 80, "%.50s%s%.10s", base, more, suffix);
		good = is_ours(root, name, bytes) || write_new(folder, name, bytes);
		why = errno;
		if (!good && why != EEXIST)
			break;
	}
	if (folder >= 0)
		close(folder);
	return good ? TG_OK : tg_error_set(err, TG_MEDIUM_WRITE, "medium: %s", strerror(why));
}
