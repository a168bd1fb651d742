/* Files of an identity directory. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

char *tg_identity_path(const char *dir, const char *name)
{
	char *out = NULL;
	return asprintf(&out, "%s/%s", dir, name) < 0 ? NULL : out;
}

char *tg_identity_line(const char *dir, const char *name)
{
	char line[600];
	char *path = tg_identity_path(dir, name);
	FILE *f = path ? fopen(path, "re") : NULL;
	free(path);
	if (!f)
		return NULL;
	char *got = fgets(line, sizeof(line), f);
	fclose(f);
	if (!got)
		return NULL;
	line[strcspn(line, "\r\n")] = '\0';
	return strdup(line);
}

static bool write_all(int fd, const char *text)
{
	size_t left = strlen(text);
	while (left > 0) {
		ssize_t n = write(fd, text, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		left -= (size_t)n;
	}
	return fsync(fd) == 0;
}

static void sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

enum tg_status tg_identity_write(const char *dir, const char *name, const char *text, struct tg_error *err)
{
	char path[512], temp[520];
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return tg_error_set(err, TG_CONFIG, "path too long");
	(void)snprintf(temp, sizeof(temp), "%s.new", path);
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write_all(fd, text);
	if (fd >= 0)
		ok = close(fd) == 0 && ok;
	if (!ok || rename(temp, path) != 0)
		return tg_error_set(err, errno == ENOSPC ? TG_DISK_FULL : TG_IO, "%s: %s", name, strerror(errno));
	sync_dir(dir);
	return TG_OK;
}
