#include "tamga/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_LEN_MAX 1000

static enum tg_status read_all(struct tg_buf *out, int fd, const char *path, size_t max, struct tg_error *err)
{
	uint8_t part[4096];
	size_t had = out->len;
	enum tg_status status = TG_OK;
	ssize_t n = 1;
	while (status == TG_OK && n != 0) {
		n = read(fd, part, sizeof part);
		if (n < 0 && errno != EINTR)
			status = tg_error_at(err, TG_IO, path, 0, 0, "%s", strerror(errno));
		if (n > 0)
			tg_buf_add(out, part, (size_t)n);
		if (out->len - had > max)
			status = tg_error_at(err, TG_LIMIT, path, 0, 0, "longer than %zu bytes", max);
	}
	explicit_bzero(part, sizeof part);
	return status;
}

enum tg_status tg_file_read(struct tg_buf *out, const char *path, size_t max, struct tg_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return tg_error_at(err, errno == ENOENT ? TG_NOT_FOUND : TG_IO, path, 0, 0, "%s", strerror(errno));
	enum tg_status status = read_all(out, fd, path, max, err);
	close(fd);
	if (status == TG_OK && tg_buf_status(out) != TG_OK)
		status = tg_error_at(err, TG_NO_MEMORY, path, 0, 0, "no memory");
	return status;
}

static bool write_all(int fd, const uint8_t *bytes, size_t left)
{
	while (left > 0) {
		ssize_t n = write(fd, bytes, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		left -= (size_t)n;
	}
	return fsync(fd) == 0;
}

/* The new name is on the disk only when its folder is. */
static bool sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_LEN_MAX + 1];
	if (slash)
		(void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
	int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool replace(const char *path, const char *beside, const void *bytes, size_t n, mode_t mode)
{
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	bool ok = fd >= 0 && write_all(fd, bytes, n);
	if (fd >= 0)
		ok = close(fd) == 0 && ok;
	return ok && rename(beside, path) == 0 && sync_folder(path);
}

enum tg_status tg_file_write(const char *path, const void *bytes, size_t n, mode_t mode, struct tg_error *err)
{
	char beside[PATH_LEN_MAX + 8];
	if (strlen(path) > PATH_LEN_MAX)
		return tg_error_at(err, TG_IO, path, 0, 0, "the path is too long");
	(void)snprintf(beside, sizeof beside, "%s.new", path);
	if (replace(path, beside, bytes, n, mode))
		return TG_OK;
	int why = errno;
	(void)unlink(beside);
	return tg_error_at(err, why == ENOSPC ? TG_DISK_FULL : TG_IO, path, 0, 0, "%s", strerror(why));
}

enum tg_status tg_file_move(const char *from, const char *to, struct tg_error *err)
{
	if (rename(from, to) == 0 && sync_folder(to))
		return TG_OK;
	return tg_error_at(err, TG_IO, from, 0, 0, "%s", strerror(errno));
}
