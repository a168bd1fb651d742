#include "tamga/spawn.h"
#include "tamga/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* 0 or an errno value, as all below. */
static int describe_files(posix_spawn_file_actions_t *files, const struct tg_spawn *s, int child_end)
{
	int rc = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDWR, 0);
	if (!rc)
		rc = posix_spawn_file_actions_addopen(files, 1, "/dev/null", O_RDWR, 0);
	if (!rc)
		rc = posix_spawn_file_actions_addopen(
		        files, 2, s->stderr_path ? s->stderr_path : "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(files, child_end, s->child_fd);
	if (!rc)
		rc = posix_spawn_file_actions_addclosefrom_np(files, s->child_fd + 1);
	return rc;
}

static int describe_signals(posix_spawnattr_t *attr)
{
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	int rc = posix_spawnattr_setsigmask(attr, &none);
	if (!rc)
		rc = posix_spawnattr_setsigdefault(attr, &all);
	if (!rc)
		rc = posix_spawnattr_setflags(
		        attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
	return rc;
}

static int start(const struct tg_spawn *s, int child_end, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rc = posix_spawn_file_actions_init(&files);
	if (rc)
		return rc;
	rc = posix_spawnattr_init(&attr);
	if (!rc) {
		rc = describe_files(&files, s, child_end);
		if (!rc)
			rc = describe_signals(&attr);
		if (!rc)
			rc = posix_spawn(pid, s->program, &files, &attr, s->argv, s->env);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

enum tg_status tg_spawn(const struct tg_spawn *s, pid_t *pid, int *fd, struct tg_error *err)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return tg_error_set(err, s->failed, "socketpair: %s", strerror(errno));
	/* Above the numbers the child's own files get, so that opening them cannot close it. */
	int child_end = fcntl(pair[1], F_DUPFD_CLOEXEC, s->child_fd + 1);
	int rc = child_end < 0 ? errno : start(s, child_end, pid);
	close(pair[1]);
	if (child_end >= 0)
		close(child_end);
	if (rc) {
		close(pair[0]);
		return tg_error_set(err, s->failed, "%s: %s", s->program, strerror(rc));
	}
	*fd = pair[0];
	return TG_OK;
}

bool tg_spawn_beside(char *out, size_t cap, const char *name)
{
	ssize_t n = readlink("/proc/self/exe", out, cap - 1);
	out[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(out, '/');
	size_t at = slash ? (size_t)(slash - out) + 1 : 0;
	return slash && tg_copy(out + at, cap - at, name);
}
