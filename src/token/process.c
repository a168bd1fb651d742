#include "process.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

/* Where modules and the daemon of the readers are told from outside where to look, and the sanitizers of test builds.
 * Above all not OPENSSL_CONF: an engine named there would be loaded into the child. */
static const char *const kept[] = {
        "SOFTHSM2_CONF=", "OPENSC_CONF=", "PCSCLITE_CSOCK_NAME=", "ASAN_OPTIONS=", "UBSAN_OPTIONS="};
#define KEPT (sizeof kept / sizeof kept[0])

/* The allocator overwrites what is freed: OpenSC formats each APDU, the PIN's too, into a string that it frees as it
 * is, even when it logs nothing (seen in 0.23). Blocks in the thread cache are not overwritten, so there is none. */
static char wiping_malloc[] = "GLIBC_TUNABLES=glibc.malloc.perturb=165:glibc.malloc.tcache_count=0";

static void choose_environment(char *out[KEPT + 2])
{
	size_t n = 0;
	out[n++] = wiping_malloc;
	for (char **e = environ; *e; e++)
		for (size_t i = 0; i < KEPT && n < KEPT + 1; i++)
			if (strncmp(*e, kept[i], strlen(kept[i])) == 0)
				out[n++] = *e;
	out[n] = NULL;
}

/* 0 or an errno value. */
static int describe_files(posix_spawn_file_actions_t *files, int child_end, const char *stderr_path)
{
	int rc = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDWR, 0);
	if (!rc)
		rc = posix_spawn_file_actions_addopen(files, 1, "/dev/null", O_RDWR, 0);
	if (!rc)
		rc = posix_spawn_file_actions_addopen(
		        files, 2, stderr_path ? stderr_path : "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(files, child_end, TG_TOKEN_FD);
	if (!rc)
		rc = posix_spawn_file_actions_addclosefrom_np(files, TG_TOKEN_FD + 1);
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

static int start(const struct tg_token_config *c, int child_end, pid_t *pid)
{
	char program[] = "tamga-token";
	char *argv[] = {program, (char *)(uintptr_t)c->carriers_path, (char *)(uintptr_t)c->module_override, NULL};
	char *env[KEPT + 2];
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	choose_environment(env);
	int rc = posix_spawn_file_actions_init(&files);
	if (rc)
		return rc;
	rc = posix_spawnattr_init(&attr);
	if (!rc) {
		rc = describe_files(&files, child_end, c->stderr_path);
		if (!rc)
			rc = describe_signals(&attr);
		if (!rc)
			rc = posix_spawn(pid, c->program, &files, &attr, argv, env);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

enum tg_status tg_token_spawn(const struct tg_token_config *config, pid_t *pid, int *fd, struct tg_error *err)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return tg_error_set(err, TG_TOKEN_LOST, "socketpair: %s", strerror(errno));
	/* Above the numbers the child's own files get, so that opening them cannot close it. */
	int child_end = fcntl(pair[1], F_DUPFD_CLOEXEC, TG_TOKEN_FD + 1);
	close(pair[1]);
	int rc = child_end < 0 ? errno : start(config, child_end, pid);
	if (child_end >= 0)
		close(child_end);
	if (rc) {
		close(pair[0]);
		return tg_error_set(err, TG_TOKEN_LOST, "%s: %s", config->program, strerror(rc));
	}
	*fd = pair[0];
	return TG_OK;
}
