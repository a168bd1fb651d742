/* The kiosk's side of tamga-chip: started for one reading, ended with it. */
#include "tamga/clock.h"
#include "tamga/spawn.h"
#include "wire.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_MS 30000
#define SEND_MS    1000 /* a child that does not even read */
#define FRAME_MS   1000 /* from a frame's first byte to its last: it comes from this machine */

struct reading {
	int fd, cancel_fd;
	int64_t deadline;
	tg_mrtd_progress *progress;
	void *ctx;
	int last_step; /* -1 before the first */
};

/* Where the daemon of the readers is, and the sanitizers of test builds. Above all not OPENSSL_CONF: an engine named
 * there would be loaded into the child. */
static enum tg_status start(const struct tg_document_config *config, pid_t *pid, int *fd, struct tg_error *err)
{
	static const char *const kept[] = {"PCSCLITE_CSOCK_NAME=", "ASAN_OPTIONS=", "UBSAN_OPTIONS="};
	char name[] = "tamga-chip";
	char *argv[] = {name, NULL}, *env[sizeof kept / sizeof kept[0] + 1] = {NULL};
	size_t n = 0;
	for (char **e = environ; *e; e++)
		for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
			if (strncmp(*e, kept[i], strlen(kept[i])) == 0 && n < sizeof kept / sizeof kept[0])
				env[n++] = *e;
	const struct tg_spawn child = {.program = config->program,
	        .argv = argv,
	        .env = env,
	        .stderr_path = config->stderr_path,
	        .child_fd = TG_CHIP_FD,
	        .failed = TG_TOKEN_LOST};
	return tg_spawn(&child, pid, fd, err);
}

static int64_t now_ms(void)
{
	return tg_clock_real().mono_ms(NULL);
}

/* Until the child says something, the caller has enough, or the time is over. */
static enum tg_status wait_for_child(const struct reading *r, struct tg_error *err)
{
	for (;;) {
		int64_t left = r->deadline - now_ms();
		struct pollfd p[2] = {{.fd = r->fd, .events = POLLIN}, {.fd = r->cancel_fd, .events = POLLIN}};
		int n = left > 0 ? poll(p, r->cancel_fd >= 0 ? 2 : 1, (int)left) : 0;
		if (n > 0 && r->cancel_fd >= 0 && p[1].revents)
			return tg_error_set(err, TG_CANCELLED, "the reading was cancelled");
		if (n > 0)
			return TG_OK;
		if (n == 0)
			return tg_error_set(err, TG_TOKEN_LOST, "the document was not read in time");
		if (errno != EINTR)
			return tg_error_set(err, TG_TOKEN_LOST, "poll: %s", strerror(errno));
	}
}

/* Steps only ever go on. */
static bool take_progress(struct reading *r, const struct tg_buf *body)
{
	if (body->len != 1 || body->data[0] >= TG_MRTD_STEP_COUNT || (int)body->data[0] <= r->last_step)
		return false;
	r->last_step = body->data[0];
	if (r->progress)
		r->progress((enum tg_mrtd_step)r->last_step, r->ctx);
	return true;
}

static enum tg_status listen_to_child(
        struct reading *r, struct tg_buf *body, struct tg_mrtd_raw *out, struct tg_error *err)
{
	for (;;) {
		uint16_t kind = 0;
		enum tg_status result = TG_TOKEN_LOST;
		TG_TRY(wait_for_child(r, err));
		if (tg_frame_recv(r->fd, &kind, body, FRAME_MS) != TG_OK)
			return tg_error_set(err, TG_TOKEN_LOST, "the document's child was lost");
		if (kind == TG_CHIP_PROGRESS && take_progress(r, body))
			continue;
		if (kind != TG_CHIP_RESULT || !tg_chip_result_decode(body, &result, out, err))
			return tg_error_set(err, TG_TOKEN_LOST, "the document's child talks nonsense");
		return result;
	}
}

static enum tg_status converse(
        struct reading *r, const struct tg_chip_request *request, struct tg_mrtd_raw *out, struct tg_error *err)
{
	struct tg_buf body = TG_BUF_INIT;
	tg_chip_request_encode(request, &body);
	enum tg_status status = tg_buf_status(&body);
	if (status == TG_OK && tg_frame_send(r->fd, TG_CHIP_REQUEST, body.data, body.len, SEND_MS) != TG_OK)
		status = tg_error_set(err, TG_TOKEN_LOST, "the document's child takes no request");
	tg_buf_wipe(&body);
	if (status == TG_OK)
		status = listen_to_child(r, &body, out, err);
	tg_buf_wipe(&body);
	return status;
}

static void bury(pid_t pid)
{
	kill(pid, SIGKILL); /* it has answered, or never will */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

enum tg_status tg_document_read(const struct tg_document_config *config, const char *reader,
        const struct tg_mrtd_access *access, int cancel_fd, tg_mrtd_progress *progress, void *ctx,
        struct tg_mrtd_raw *out, struct tg_error *err)
{
	struct tg_chip_request request = {.access = *access};
	struct reading r = {.fd = -1, .cancel_fd = cancel_fd, .progress = progress, .ctx = ctx, .last_step = -1};
	pid_t pid = -1;
	*out = (struct tg_mrtd_raw){0};
	TG_BUG_IF(!config->program || !reader);
	if (!tg_copy(request.reader, sizeof request.reader, reader))
		return tg_error_set(err, TG_INVALID, "the reader's name is too long");
	if (RAND_bytes(request.challenge, sizeof request.challenge) != 1)
		return tg_error_set(err, TG_IO, "no randoms");
	r.deadline = now_ms() + (config->timeout_ms > 0 ? config->timeout_ms : DEFAULT_MS);
	enum tg_status status = start(config, &pid, &r.fd, err);
	if (status == TG_OK) {
		status = converse(&r, &request, out, err);
		close(r.fd);
		bury(pid);
	}
	memcpy(out->challenge, request.challenge, sizeof out->challenge);
	OPENSSL_cleanse(&request, sizeof request);
	return status;
}
