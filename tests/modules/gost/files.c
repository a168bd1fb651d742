#include "module.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool path_of(const char *name, char out[512])
{
	const char *folder = getenv("TAMGA_TEST_GOST_DIR");
	return folder != NULL && (size_t)snprintf(out, 512, "%s/%s", folder, name) < 512;
}

bool folder_there(void)
{
	char path[512];
	struct stat st;
	return path_of("", path) && stat(path, &st) == 0;
}

bool file_there(const char *name)
{
	char path[512];
	return path_of(name, path) && access(path, F_OK) == 0;
}

long file_read(const char *name, void *out, size_t cap)
{
	char path[512];
	int fd = path_of(name, path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return -1;
	size_t had = 0;
	ssize_t n = 1;
	while (n > 0 && had < cap - 1) {
		n = read(fd, (char *)out + had, cap - 1 - had);
		had += n > 0 ? (size_t)n : 0;
	}
	(void)close(fd);
	((char *)out)[had] = '\0';
	return n < 0 ? -1 : (long)had;
}

bool file_write(const char *name, const void *data, size_t n)
{
	char path[512], part[530];
	if (!path_of(name, path))
		return false;
	(void)snprintf(part, sizeof part, "%s.new", path);
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	bool ok = n == 0 || write(fd, data, n) == (ssize_t)n;
	return close(fd) == 0 && ok && rename(part, path) == 0;
}

void file_remove(const char *name)
{
	char path[512];
	if (path_of(name, path))
		(void)unlink(path);
}
