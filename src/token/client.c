#include "process.h"
#include "tamga/frame.h"
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEND_MS 1000 /* a child that does not even read */

struct tg_token {
	struct tg_token_config config; /* its strings are our own copies */
	pthread_mutex_t lock;          /* over pid: tg_token_kill comes from any thread */
	pid_t pid;
	int fd;
	/* What was inspected last, so that a new child can be brought to the same token. */
	bool inspected; /* by the child that runs now */
	bool has_reader;
	char reader[128];
	uint8_t atr[64];
	size_t atr_len;
};

static char *copy(const char *s)
{
	return s ? strdup(s) : NULL;
}

static void free_config(struct tg_token_config *c)
{
	free((void *)(uintptr_t)c->program);
	free((void *)(uintptr_t)c->carriers_path);
	free((void *)(uintptr_t)c->module_override);
	free((void *)(uintptr_t)c->stderr_path);
}

enum tg_status tg_token_create(struct tg_token **out, const struct tg_token_config *config)
{
	*out = NULL;
	TG_BUG_IF(!config->program || !config->carriers_path);
	struct tg_token *t = calloc(1, sizeof *t);
	if (!t)
		return TG_NO_MEMORY;
	t->fd = -1;
	t->config = *config;
	t->config.program = copy(config->program);
	t->config.carriers_path = copy(config->carriers_path);
	t->config.module_override = copy(config->module_override);
	t->config.stderr_path = copy(config->stderr_path);
	if (t->config.call_ms <= 0)
		t->config.call_ms = 15000;
	if (t->config.generate_ms <= 0)
		t->config.generate_ms = 120000;
	bool short_of_memory = !t->config.program || !t->config.carriers_path ||
	                       (config->module_override && !t->config.module_override) ||
	                       (config->stderr_path && !t->config.stderr_path);
	if (short_of_memory || pthread_mutex_init(&t->lock, NULL)) {
		free_config(&t->config);
		free(t);
		return TG_NO_MEMORY;
	}
	*out = t;
	return TG_OK;
}

/* Kills and buries the child. Returns its wait status. */
static int end_child(struct tg_token *t)
{
	int status = 0;
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	t->inspected = false;
	pthread_mutex_lock(&t->lock);
	pid_t pid = t->pid;
	if (pid > 0)
		kill(pid, SIGKILL);
	pthread_mutex_unlock(&t->lock);
	if (pid <= 0)
		return 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&t->lock);
	t->pid = 0;
	pthread_mutex_unlock(&t->lock);
	return status;
}

void tg_token_destroy(struct tg_token *t)
{
	if (!t)
		return;
	end_child(t);
	pthread_mutex_destroy(&t->lock);
	free_config(&t->config);
	free(t);
}

void tg_token_kill(struct tg_token *t)
{
	pthread_mutex_lock(&t->lock);
	if (t->pid > 0)
		kill(t->pid, SIGKILL);
	pthread_mutex_unlock(&t->lock);
}

int tg_token_pid(const struct tg_token *t)
{
	struct tg_token *self = (struct tg_token *)(uintptr_t)t; /* the lock is not part of the value */
	pthread_mutex_lock(&self->lock);
	int pid = (int)t->pid;
	pthread_mutex_unlock(&self->lock);
	return pid;
}

/* Between calls a good child is silent: anything to read is its end, or nonsense. */
static bool child_is_idle(const struct tg_token *t)
{
	struct pollfd p = {.fd = t->fd, .events = POLLIN};
	return t->fd >= 0 && poll(&p, 1, 0) == 0;
}

static enum tg_status ensure_child(struct tg_token *t, struct tg_error *err)
{
	if (child_is_idle(t))
		return TG_OK;
	end_child(t);
	pid_t pid;
	TG_TRY(tg_token_spawn(&t->config, &pid, &t->fd, err));
	pthread_mutex_lock(&t->lock);
	t->pid = pid;
	pthread_mutex_unlock(&t->lock);
	return TG_OK;
}

static enum tg_status lose_child(struct tg_token *t, enum tg_status why, struct tg_error *err)
{
	int status = end_child(t);
	if (why == TG_TIMEOUT)
		return tg_error_set(err, TG_TOKEN_LOST, "the token child gave no answer in time and was ended");
	if (why == TG_TOKEN_PROTOCOL || why == TG_LIMIT)
		return tg_error_set(err, TG_TOKEN_LOST, "the token child talked nonsense and was ended");
	if (WIFSIGNALED(status))
		return tg_error_set(err, TG_TOKEN_LOST, "the token child was ended by signal %d", WTERMSIG(status));
	return tg_error_set(err, TG_TOKEN_LOST, "the token child ended with %d", WEXITSTATUS(status));
}

/* After these the module's picture of the readers cannot be trusted: the next call gets a fresh child. */
static bool child_is_stale(enum tg_status status)
{
	return status == TG_CARD_PULLED || status == TG_READER_GONE || status == TG_READER_SERVICE ||
	       status == TG_TOKEN_MODULE || status == TG_TOKEN_LOST;
}

/* A person types on the reader, which takes its time. */
static bool asks_pad(const struct tg_token_request *r)
{
	return (r->op == TG_OP_LOGIN || r->op == TG_OP_CHANGE_PIN || r->op == TG_OP_UNBLOCK) &&
	       !r->field[TG_F_PIN].data;
}

static enum tg_status exchange(
        struct tg_token *t, const struct tg_token_request *r, struct tg_buf *frame, struct tg_token_answer *answer)
{
	uint16_t kind = 0;
	tg_token_request_build(r, frame);
	TG_TRY(tg_buf_status(frame));
	enum tg_status status = tg_frame_send(t->fd, (uint16_t)r->op, frame->data, frame->len, SEND_MS);
	tg_buf_wipe(frame); /* it may have held a PIN */
	TG_TRY(status);
	int limit = r->op == TG_OP_GENERATE || asks_pad(r) ? t->config.generate_ms : t->config.call_ms;
	TG_TRY(tg_frame_recv(t->fd, &kind, frame, limit));
	return tg_token_answer_parse(answer, kind, r->op, frame->data, frame->len);
}

static void take_info(struct tg_token_info *out, const struct tg_token_answer *answer)
{
	if (out && answer->has_info)
		*out = answer->info;
}

/* One call. `info` and `result` may be NULL; `result` is appended to. */
static enum tg_status call(struct tg_token *t, const struct tg_token_request *r, struct tg_token_info *info,
        struct tg_buf *result, struct tg_error *err)
{
	struct tg_buf frame = TG_BUF_INIT;
	struct tg_token_answer answer;
	TG_TRY(ensure_child(t, err));
	enum tg_status status = exchange(t, r, &frame, &answer);
	if (status != TG_OK) {
		tg_buf_wipe(&frame);
		bool nobody = status == TG_TIMEOUT && asks_pad(r);
		status = lose_child(t, status, err);
		return nobody ? tg_error_set(err, TG_TIMEOUT, "nobody typed on the reader's PIN pad in time") : status;
	}
	take_info(info, &answer);
	if (answer.status == TG_OK && result) {
		tg_buf_add(result, answer.result.data, answer.result.len);
		answer.status = tg_buf_status(result);
	}
	tg_buf_wipe(&frame);
	if (child_is_stale(answer.status))
		end_child(t);
	return answer.status == TG_OK ? TG_OK : tg_error_set(err, answer.status, "%s", answer.detail);
}

static struct tg_bytes text(const char *s)
{
	return (struct tg_bytes){(const uint8_t *)s, s ? strlen(s) : 0};
}

static struct tg_token_request for_key(enum tg_token_op op, const struct tg_key_ref *key)
{
	struct tg_token_request r = {.op = op};
	r.field[TG_F_KEY_ID] = (struct tg_bytes){key->id, key->id_len};
	r.field[TG_F_LABEL] = text(key->label ? key->label : "");
	return r;
}

static enum tg_status inspect_again(struct tg_token *t, struct tg_token_info *out, struct tg_error *err)
{
	struct tg_token_request r = {.op = TG_OP_INSPECT};
	if (t->has_reader)
		r.field[TG_F_READER] = text(t->reader);
	if (t->atr_len)
		r.field[TG_F_ATR] = (struct tg_bytes){t->atr, t->atr_len};
	enum tg_status status = call(t, &r, out, NULL, err);
	t->inspected = status == TG_OK;
	return status;
}

enum tg_status tg_token_inspect(struct tg_token *t, const char *reader, const uint8_t *atr, size_t atr_len,
        struct tg_token_info *out, struct tg_error *err)
{
	*out = (struct tg_token_info){.tries_left = -1};
	t->has_reader = reader;
	if (atr_len > sizeof t->atr || (reader && !tg_copy(t->reader, sizeof t->reader, reader)))
		return tg_error_set(err, TG_INVALID, "reader name or answer to reset too long");
	if (atr_len)
		memcpy(t->atr, atr, atr_len);
	t->atr_len = atr_len;
	return inspect_again(t, out, err);
}

/* A child that was lost since the inspection is replaced by one that has inspected the same reader. */
static enum tg_status bring_to_token(struct tg_token *t, struct tg_token_info *out, struct tg_error *err)
{
	if (child_is_idle(t) && t->inspected)
		return TG_OK;
	TG_TRY(ensure_child(t, err));
	return inspect_again(t, out, err);
}

/* NULL, or empty: the reader's pad asks. */
static struct tg_bytes secret(const struct tg_secret *s)
{
	size_t n = s ? tg_secret_len(s) : 0;
	return n ? (struct tg_bytes){tg_secret_peek(s), n} : (struct tg_bytes){NULL, 0};
}

/* The serial number may stand in `out` itself: it is taken before that is filled anew. */
static enum tg_status pin_work(struct tg_token *t, enum tg_token_op op, const char *serial,
        const struct tg_secret *first, const struct tg_secret *new, struct tg_token_info *out, struct tg_error *err)
{
	char of[sizeof out->serial];
	bool fits = tg_copy(of, sizeof of, serial);
	*out = (struct tg_token_info){.tries_left = -1};
	if (!fits)
		return tg_error_set(err, TG_CARD_OTHER, "no token has a serial number that long");
	TG_TRY(bring_to_token(t, out, err));
	struct tg_token_request r = {.op = op};
	r.field[TG_F_SERIAL] = text(of);
	r.field[TG_F_PIN] = secret(first);
	r.field[TG_F_NEW_PIN] = secret(new);
	return call(t, &r, out, NULL, err);
}

enum tg_status tg_token_login(struct tg_token *t, const char *serial, const struct tg_secret *pin,
        struct tg_token_info *out, struct tg_error *err)
{
	return pin_work(t, TG_OP_LOGIN, serial, pin, NULL, out, err);
}

void tg_token_logout(struct tg_token *t)
{
	struct tg_token_request r = {.op = TG_OP_LOGOUT};
	if (t->fd < 0)
		return;
	/* Whatever it answers: a child that cannot log out is ended, and its login with it. */
	if (call(t, &r, NULL, NULL, NULL) != TG_OK)
		end_child(t);
}

enum tg_status tg_token_generate(struct tg_token *t, const struct tg_key_ref *key, const char *algorithm,
        struct tg_buf *spki, struct tg_error *err)
{
	struct tg_token_request r = for_key(TG_OP_GENERATE, key);
	r.field[TG_F_ALGORITHM] = text(algorithm);
	return call(t, &r, NULL, spki, err);
}

enum tg_status tg_token_find_key(
        struct tg_token *t, const struct tg_key_ref *key, struct tg_buf *spki, struct tg_error *err)
{
	struct tg_token_request r = for_key(TG_OP_FIND, key);
	return call(t, &r, NULL, spki, err);
}

enum tg_status tg_token_request(struct tg_token *t, const struct tg_key_ref *key, struct tg_bytes spki,
        struct tg_bytes subject, struct tg_bytes extensions, const char *reg_info, struct tg_buf *crmf,
        struct tg_error *err)
{
	struct tg_token_request r = for_key(TG_OP_REQUEST, key);
	r.field[TG_F_SPKI] = spki;
	r.field[TG_F_SUBJECT] = subject;
	if (extensions.len)
		r.field[TG_F_EXTENSIONS] = extensions;
	if (reg_info)
		r.field[TG_F_REG_INFO] = text(reg_info);
	return call(t, &r, NULL, crmf, err);
}

enum tg_status tg_token_write(
        struct tg_token *t, const struct tg_key_ref *key, struct tg_bytes certificate, struct tg_error *err)
{
	struct tg_token_request r = for_key(TG_OP_WRITE, key);
	r.field[TG_F_CERTIFICATE] = certificate;
	return call(t, &r, NULL, NULL, err);
}

enum tg_status tg_token_prove(
        struct tg_token *t, const struct tg_key_ref *key, struct tg_bytes certificate, struct tg_error *err)
{
	struct tg_token_request r = for_key(TG_OP_PROVE, key);
	r.field[TG_F_CERTIFICATE] = certificate;
	return call(t, &r, NULL, NULL, err);
}

enum tg_status tg_token_remove(struct tg_token *t, const struct tg_key_ref *key, struct tg_error *err)
{
	struct tg_token_request r = for_key(TG_OP_REMOVE, key);
	return call(t, &r, NULL, NULL, err);
}

enum tg_status tg_token_sweep(struct tg_token *t, struct tg_error *err)
{
	struct tg_token_request r = {.op = TG_OP_SWEEP};
	return call(t, &r, NULL, NULL, err);
}

static enum tg_status sign(struct tg_token *t, const struct tg_token_request *r, struct tg_buf *signature,
        struct tg_buf *algorithm, struct tg_error *err)
{
	struct tg_buf both = TG_BUF_INIT;
	struct tg_bytes a = {NULL, 0}, s = {NULL, 0};
	enum tg_status status = call(t, r, NULL, &both, err);
	if (status == TG_OK)
		status = tg_token_signature_take((struct tg_bytes){both.data, both.len}, &a, &s);
	if (status == TG_TOKEN_PROTOCOL)
		status = lose_child(t, status, err);
	if (status == TG_OK) {
		tg_buf_add(algorithm, a.data, a.len);
		tg_buf_add(signature, s.data, s.len);
		status = algorithm->failed ? TG_NO_MEMORY : tg_buf_status(signature);
	}
	tg_buf_finish(&both);
	return status;
}

enum tg_status tg_token_sign(struct tg_token *t, const struct tg_key_ref *key, struct tg_bytes message,
        struct tg_buf *signature, struct tg_buf *algorithm, struct tg_error *err)
{
	struct tg_token_request r = for_key(TG_OP_SIGN, key);
	r.field[TG_F_MESSAGE] = message.data ? message : text("");
	return sign(t, &r, signature, algorithm, err);
}

enum tg_status tg_token_sign_hash(struct tg_token *t, const struct tg_key_ref *key, struct tg_bytes hash,
        struct tg_buf *signature, struct tg_buf *algorithm, struct tg_error *err)
{
	struct tg_token_request r = for_key(TG_OP_SIGN_HASH, key);
	r.field[TG_F_HASH] = hash;
	return sign(t, &r, signature, algorithm, err);
}

enum tg_status tg_token_certificates(struct tg_token *t, tg_token_certificate_fn *fn, void *ctx, struct tg_error *err)
{
	struct tg_token_request r = {.op = TG_OP_CERTIFICATES};
	struct tg_token_info info;
	struct tg_token_certificate c;
	struct tg_buf all = TG_BUF_INIT;
	struct tg_reader reader;
	enum tg_status status = bring_to_token(t, &info, err);
	if (status == TG_OK)
		status = call(t, &r, NULL, &all, err);
	tg_reader_init(&reader, all.data, all.len);
	for (unsigned n = 0; status == TG_OK && n < TG_CERTIFICATES_MAX && tg_token_certificate_next(&reader, &c); n++)
		status = fn(&c, ctx);
	if (status == TG_OK && !tg_reader_done(&reader))
		status = lose_child(t, TG_TOKEN_PROTOCOL, err);
	tg_buf_finish(&all);
	return status;
}

enum tg_status tg_token_change_pin(struct tg_token *t, const char *serial, const struct tg_secret *old,
        const struct tg_secret *new, struct tg_token_info *out, struct tg_error *err)
{
	if (old && new &&tg_secret_equal(old, new)) {
		*out = (struct tg_token_info){.tries_left = -1};
		return tg_error_set(err, TG_PIN_WEAK, "the new PIN is the old one");
	}
	return pin_work(t, TG_OP_CHANGE_PIN, serial, old, new, out, err);
}

enum tg_status tg_token_unblock(struct tg_token *t, const char *serial, const struct tg_secret *so_pin,
        const struct tg_secret *new, struct tg_token_info *out, struct tg_error *err)
{
	return pin_work(t, TG_OP_UNBLOCK, serial, so_pin, new, out, err);
}
