/* Preloaded into one program by tests: kills it by SIGKILL just before (or, with TG_KILL_AFTER=1, just after) its n-th
 * fsync or fdatasync, TG_KILL_AT_SYNC=n. With SQLite in WAL mode and synchronous=FULL each commit is one such call, so
 * that every journal entry is a place where the power goes. TG_KILL_UNDER=DIR: only files of that folder, and the
 * folder itself, are counted. The count is kept per process. */
#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int fsync(int fd);
int fdatasync(int fd);

static atomic_int count;

static long wanted(const char *name)
{
	const char *text = getenv(name);
	return text ? strtol(text, NULL, 10) : 0;
}

static int is_meant(int fd)
{
	char link[64], path[PATH_MAX];
	const char *under = getenv("TG_KILL_UNDER");
	if (!under)
		return 1;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = '\0';
	size_t len = strlen(under);
	return strncmp(path, under, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static int counted(const char *name, int fd)
{
	int (*real)(int);
	*(void **)&real = dlsym(RTLD_NEXT, name);
	if (!is_meant(fd))
		return real(fd);
	int at = atomic_fetch_add(&count, 1) + 1;
	int due = wanted("TG_KILL_AT_SYNC") == at;
	if (due && !wanted("TG_KILL_AFTER"))
		raise(SIGKILL);
	int rc = real(fd);
	if (due)
		raise(SIGKILL);
	return rc;
}

int fsync(int fd)
{
	return counted("fsync", fd);
}

int fdatasync(int fd)
{
	return counted("fdatasync", fd);
}
