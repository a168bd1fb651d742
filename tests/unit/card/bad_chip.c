/* Stands in for tamga-chip: what it does is the name of the reader it is asked for. */
#include "harden.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void send_raw(const void *bytes, size_t n)
{
	if (write(TG_CHIP_FD, bytes, n) != (ssize_t)n)
		_exit(1);
}

static void send_result(enum tg_status status, const char *detail, bool dg1)
{
	struct tg_mrtd_raw raw = {.apdus = 7, .pace = true};
	struct tg_error err = {0};
	struct tg_buf out = TG_BUF_INIT;
	(void)tg_error_set(&err, status, "%s", detail);
	if (dg1)
		tg_buf_add(&raw.dg1, "\x61\x03\x5F\x1F\x00", 5);
	tg_chip_result_encode(status, &err, &raw, &out);
	if (tg_frame_send(TG_CHIP_FD, TG_CHIP_RESULT, out.data, out.len, 1000) != TG_OK)
		_exit(1);
	tg_buf_finish(&out);
	tg_mrtd_raw_finish(&raw);
}

static void send_step(uint8_t step)
{
	if (tg_frame_send(TG_CHIP_FD, TG_CHIP_PROGRESS, &step, 1, 1000) != TG_OK)
		_exit(1);
}

/* A result with fields that none may have: its last one `tag` with n bytes. */
static void send_with_field(uint16_t tag, size_t n)
{
	static uint8_t many[40000];
	struct tg_mrtd_raw raw = {0};
	struct tg_error err = {.detail = "x"};
	struct tg_buf out = TG_BUF_INIT;
	tg_chip_result_encode(TG_DOC_READ, &err, &raw, &out);
	tg_field_put(&out, tag, many, n);
	if (tg_frame_send(TG_CHIP_FD, TG_CHIP_RESULT, out.data, out.len, 1000) != TG_OK)
		_exit(1);
	tg_buf_finish(&out);
}

static void try_call(struct tg_buf *out, const char *name, long result)
{
	tg_buf_addf(out, "%s=%s ", name, result >= 0 ? "done" : errno == EACCES ? "refused" : strerror(errno));
}

/* Everything that a taken-over child would like to do. */
static void prison(void)
{
	struct tg_buf out = TG_BUF_INIT;
	char name[] = "/bin/true";
	char *argv[] = {name, NULL};
	if (!tg_chip_harden() || !tg_chip_confine())
		_exit(1);
	try_call(&out, "read", open("/etc/passwd", O_RDONLY | O_CLOEXEC));
	try_call(&out, "write", open("/tmp/tamga-chip-was-here", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	try_call(&out, "network", socket(AF_INET, SOCK_STREAM, 0));
	try_call(&out, "local", socket(AF_UNIX, SOCK_STREAM, 0));
	try_call(&out, "fork", syscall(SYS_fork));
	try_call(&out, "clone", syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0));
	try_call(&out, "exec", execv(name, argv));
	try_call(&out, "kill", kill(getppid(), 0));
	try_call(&out, "trace", syscall(SYS_ptrace, 16, 1, NULL, NULL));
	try_call(&out, "code",
	        (long)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == -1 ? -1 : 0);
	try_call(&out, "unlink", unlink("/tmp/nothing"));
	try_call(&out, "memory",
	        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
	send_result(TG_DOC_READ, tg_buf_str(&out), false);
	tg_buf_finish(&out);
}

static void misbehave(const char *how)
{
	static const uint8_t huge[] = {0xFF, 0xFF, 0xFF, 0xFF, 0, 3};
	if (strcmp(how, "good") == 0)
		send_result(TG_OK, "", true);
	else if (strcmp(how, "refused") == 0)
		send_result(TG_DOC_ACCESS, "the chip does not open: 6300", false);
	else if (strcmp(how, "die") == 0)
		raise(SIGKILL);
	else if (strcmp(how, "end") == 0)
		_exit(0);
	else if (strcmp(how, "huge") == 0)
		send_raw(huge, sizeof huge);
	else if (strcmp(how, "kind") == 0)
		send_raw("\0\0\0\2\0\7", 6);
	else if (strcmp(how, "half") == 0)
		send_raw("\0\0\0\100\0\3", 6);
	else if (strcmp(how, "empty") == 0)
		send_raw("\0\0\0\2\0\3", 6);
	else if (strcmp(how, "status") == 0)
		send_result(TG_CENTRE_REFUSED, "x", false);
	else if (strcmp(how, "bug") == 0)
		send_result(TG_BUG, "x", false);
	else if (strcmp(how, "no-dg1") == 0)
		send_result(TG_OK, "", false);
	else if (strcmp(how, "twice") == 0)
		send_with_field(8, 1);
	else if (strcmp(how, "unknown") == 0)
		send_with_field(99, 1);
	else if (strcmp(how, "words") == 0)
		send_result(TG_DOC_READ, "\x1b[2Jred \xff\xfe", false);
	else if (strcmp(how, "prison") == 0)
		prison();
}

static void step_badly(const char *how)
{
	if (strcmp(how, "back") == 0) {
		send_step(TG_MRTD_DATA);
		send_step(TG_MRTD_SELECT);
	} else if (strcmp(how, "far") == 0) {
		send_step(TG_MRTD_STEP_COUNT);
	} else if (strcmp(how, "again") == 0) {
		for (;;)
			send_step(TG_MRTD_SELECT);
	} else if (strcmp(how, "trickle") == 0) {
		send_raw("\0\0\4\0\0\3", 6);
		for (;;) {
			send_raw("x", 1);
			(void)usleep(50000);
		}
	}
}

int main(void)
{
	struct tg_buf body = TG_BUF_INIT;
	struct tg_chip_request q;
	uint16_t kind = 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || tg_frame_recv(TG_CHIP_FD, &kind, &body, 5000) != TG_OK ||
	        kind != TG_CHIP_REQUEST || !tg_chip_request_decode(&q, &body))
		return 1;
	tg_buf_finish(&body);
	misbehave(q.reader);
	step_badly(q.reader);
	(void)pause(); /* whatever it was: it does not end by itself */
	return 0;
}
