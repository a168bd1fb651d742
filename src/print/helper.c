/* The kiosk's side of tamga-print: started for one receipt, ended with it. */
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEND_MS 2000

static int describe(posix_spawn_file_actions_t *files, posix_spawnattr_t *attr, int child_end)
{
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	int rc = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDWR, 0);
	if (!rc)
		rc = posix_spawn_file_actions_addopen(files, 1, "/dev/null", O_RDWR, 0);
	if (!rc)
		rc = posix_spawn_file_actions_addopen(files, 2, "/dev/null", O_RDWR, 0);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(files, child_end, TG_PRINT_FD);
	if (!rc)
		rc = posix_spawn_file_actions_addclosefrom_np(files, TG_PRINT_FD + 1);
	if (!rc)
		rc = posix_spawnattr_setsigmask(attr, &none);
	if (!rc)
		rc = posix_spawnattr_setsigdefault(attr, &all);
	if (!rc)
		rc = posix_spawnattr_setflags(
		        attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
	return rc;
}

/* 0 or an errno value. */
static int start(const char *program, int child_end, pid_t *pid)
{
	char name[] = "tamga-print";
	char *argv[] = {name, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rc = posix_spawn_file_actions_init(&files);
	if (rc)
		return rc;
	rc = posix_spawnattr_init(&attr);
	if (!rc) {
		rc = describe(&files, &attr, child_end);
		if (!rc)
			rc = posix_spawn(pid, program, &files, &attr, argv, environ);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

static enum tg_status spawn(const char *program, pid_t *pid, int *fd, struct tg_error *err)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return tg_error_set(err, TG_PRINT_FAILED, "socketpair: %s", strerror(errno));
	/* Above the numbers the child's own files get, so that opening them cannot close it. */
	int child_end = fcntl(pair[1], F_DUPFD_CLOEXEC, TG_PRINT_FD + 1);
	int rc = child_end < 0 ? errno : start(program, child_end, pid);
	close(pair[1]);
	if (child_end >= 0)
		close(child_end);
	if (rc == 0) {
		*fd = pair[0];
		return TG_OK;
	}
	close(pair[0]);
	return tg_error_set(err, TG_PRINT_FAILED, "%s: %s", program, strerror(rc));
}

static enum tg_status converse(int fd, const struct tg_buf *job, int timeout_ms, struct tg_buf *body, struct tg_buf *pdf,
        int *number, struct tg_error *err)
{
	uint16_t kind = 0;
	enum tg_status result = TG_PRINT_FAILED;
	TG_TRY(tg_frame_send(fd, TG_PRINT_JOB, job->data, job->len, SEND_MS));
	TG_TRY(tg_frame_recv(fd, &kind, body, timeout_ms));
	if (kind == TG_PRINT_PDF) {
		tg_buf_add(pdf, body->data, body->len);
		TG_TRY(tg_buf_status(pdf));
		TG_TRY(tg_frame_recv(fd, &kind, body, timeout_ms));
	}
	if (kind != TG_PRINT_RESULT || !tg_print_result_decode(body, &result, number, err))
		return tg_error_set(err, TG_PRINT_FAILED, "tamga-print answers nonsense");
	return result;
}

enum tg_status tg_print_receipt(const struct tg_print_settings *s, const struct tg_receipt *r, enum tg_lang first,
        enum tg_lang office, struct tg_buf *pdf, int *job, struct tg_error *err)
{
	const struct tg_print_job message = {
	        .receipt = *r, .first = first, .office = office, .locale = s->locale, .printer = s->printer};
	struct tg_buf out = TG_BUF_INIT, body = TG_BUF_INIT;
	int fd = -1, number = 0;
	pid_t pid = -1;
	tg_print_job_encode(&message, &out);
	enum tg_status st = tg_buf_status(&out);
	if (st == TG_OK)
		st = spawn(s->program, &pid, &fd, err);
	if (st == TG_OK) {
		st = converse(fd, &out, s->timeout_ms, &body, pdf, &number, err);
		if (st == TG_IO || st == TG_TIMEOUT || st == TG_LIMIT)
			st = tg_error_set(err, TG_PRINT_FAILED, "tamga-print was lost");
		close(fd);
		kill(pid, SIGKILL); /* it has answered, or never will */
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (job)
		*job = number;
	tg_buf_wipe(&out);
	tg_buf_wipe(&body);
	return st;
}
