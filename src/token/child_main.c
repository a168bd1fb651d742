/* Program tamga-token: CARRIERS [CARRIER=MODULE], its parent at descriptor 3. Reads one request after another, answers
 * each once, ends when the parent is gone. Exit codes: 2 wrong start, 3 the machine refuses the hardening, 4 nonsense
 * from the parent, 0 the parent closed. */
#include "child.h"
#include "tamga/frame.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define FRAME_MS 10000 /* for the rest of a frame that has begun */

typedef enum tg_status key_work(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out);

typedef enum tg_status pin_work(struct tg_child *c, const struct tg_token_request *r, struct tg_token_answer *a);

/* Work on the token as a whole: finds out itself whether it may. */
static pin_work *const token_works[TG_OP_END] = {
        [TG_OP_INSPECT] = tg_child_inspect,
        [TG_OP_LOGIN] = tg_child_login,
        [TG_OP_CHANGE_PIN] = tg_child_change_pin,
        [TG_OP_UNBLOCK] = tg_child_unblock,
};

/* Work on keys, after a login. */
static key_work *const works[TG_OP_END] = {
        [TG_OP_GENERATE] = tg_child_generate,
        [TG_OP_FIND] = tg_child_find_key,
        [TG_OP_REQUEST] = tg_child_request,
        [TG_OP_WRITE] = tg_child_write,
        [TG_OP_PROVE] = tg_child_prove,
        [TG_OP_REMOVE] = tg_child_remove,
        [TG_OP_SWEEP] = tg_child_sweep,
        [TG_OP_SIGN] = tg_child_sign,
        [TG_OP_SIGN_HASH] = tg_child_sign_hash,
};

static enum tg_status work(
        struct tg_child *c, const struct tg_token_request *r, struct tg_token_answer *a, struct tg_buf *result)
{
	if (token_works[r->op])
		return token_works[r->op](c, r, a);
	if (r->op == TG_OP_LOGOUT) {
		tg_child_logout(c);
		return TG_OK;
	}
	if (r->op == TG_OP_CERTIFICATES) {
		TG_TRY(tg_child_present(c));
		return tg_child_certificates(c, r, result);
	}
	TG_BUG_IF(!works[r->op]);
	TG_TRY(tg_child_ready(c));
	return works[r->op](c, r, result);
}

/* False when nothing more can be said to the parent. */
static bool answer(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *request)
{
	struct tg_token_answer a = {0};
	struct tg_buf result = TG_BUF_INIT, body = TG_BUF_INIT;
	c->err = (struct tg_error){0};
	a.status = work(c, r, &a, &result);
	tg_buf_wipe(request); /* the PIN ends here */
	if (a.status != TG_OK)
		(void)tg_copy(a.detail, sizeof a.detail, c->err.detail);
	else
		a.result = (struct tg_bytes){result.data, result.len};
	tg_token_answer_build(&a, &body);
	enum tg_status sent = tg_buf_status(&body);
	if (sent == TG_OK)
		sent = tg_frame_send(
		        TG_TOKEN_FD, (uint16_t)((unsigned)r->op | TG_OP_ANSWER), body.data, body.len, FRAME_MS);
	tg_buf_finish(&result);
	tg_buf_finish(&body);
	return sent == TG_OK;
}

/* 0 when the parent has closed, otherwise an exit code. */
static int serve(struct tg_child *c)
{
	for (;;) {
		struct pollfd p = {.fd = TG_TOKEN_FD, .events = POLLIN};
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return 4;
		if (!p.revents)
			continue;
		struct tg_buf body = TG_BUF_INIT;
		struct tg_token_request r;
		uint16_t kind = 0;
		enum tg_status status = tg_frame_recv(TG_TOKEN_FD, &kind, &body, FRAME_MS);
		if (status == TG_OK)
			status = tg_token_request_parse(&r, kind, body.data, body.len);
		bool alive = status == TG_OK && answer(c, &r, &body);
		tg_buf_wipe(&body);
		if (!alive)
			return status == TG_OK || status == TG_IO ? 0 : 4;
	}
}

/* Before the first module is loaded. What a kernel lacks is told, for a technician who starts this by hand. */
static bool confine(const struct tg_child *c)
{
	int landlock;
	if (!tg_child_refuse_files(c, &landlock) || !tg_child_refuse_calls())
		return false;
	if (landlock == 0)
		(void)fprintf(stderr, "tamga-token: this kernel has no Landlock: modules see the files of this user\n");
	return true;
}

int main(int argc, char **argv)
{
	struct tg_child c = {0};
	struct tg_carriers *carriers = NULL;
	if (argc < 2 || argc > 3)
		return 2;
	/* The engine is loaded while files may still be opened. Without it GOST is TG_ALGORITHM, and the rest works. */
	if (tg_gost_load(&c.err) != TG_OK)
		c.err = (struct tg_error){0};
	if (!tg_child_harden())
		return 3;
	if (tg_carriers_load(&carriers, argv[1], &c.err) != TG_OK)
		return 2;
	c.carriers = carriers;
	c.carriers_path = argv[1];
	c.module_override = argc == 3 ? argv[2] : NULL;
	if (!confine(&c))
		return 3;
	c.keep_opensc_conf = getenv("OPENSC_CONF") != NULL; /* who sets it has thought of it */
	int rc = serve(&c);
	tg_child_logout(&c);
	tg_child_unload(&c);
	tg_carriers_destroy(carriers);
	_exit(rc); /* a module's own exit handlers have crashed before now; there is nothing left for them to do */
}
