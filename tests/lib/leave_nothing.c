/* Linked into every test: what it makes by mkdtemp and mkstemp goes when it ends, also when it has failed and cmocka
 * has jumped over what would have cleared it away. Not after a crash: then it is of use. */
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEPT 256

char *__real_mkdtemp(char *path);
int __real_mkstemp(char *path);
char *__wrap_mkdtemp(char *path);
int __wrap_mkstemp(char *path);

static char *made[KEPT];
static size_t n_made;
static pid_t owner; /* a child that ends by exit() leaves its parent's things alone */

static int clear(const char *path, const struct stat *s, int kind, struct FTW *f)
{
	(void)s;
	(void)kind;
	(void)f;
	(void)remove(path);
	return 0;
}

static void clear_all(void)
{
	for (size_t i = 0; getpid() == owner && i < n_made; i++) {
		(void)nftw(made[i], clear, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
		free(made[i]);
	}
}

static void note(const char *path)
{
	char whole[PATH_MAX];
	if (n_made == 0) {
		owner = getpid();
		(void)atexit(clear_all);
	}
	if (n_made < KEPT && getpid() == owner && realpath(path, whole))
		made[n_made++] = strdup(whole);
}

char *__wrap_mkdtemp(char *path)
{
	char *dir = __real_mkdtemp(path);
	if (dir)
		note(dir);
	return dir;
}

int __wrap_mkstemp(char *path)
{
	int fd = __real_mkstemp(path);
	if (fd >= 0)
		note(path);
	return fd;
}
