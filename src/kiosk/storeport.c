#include "kiosk.h"
#include "tamga/link.h"
#include "tamga/log.h"

#include <pthread.h>

struct call {
	struct tg_job base;
	struct kiosk *k;
	kiosk_store_fn *fn;
	void *arg;
	struct tg_error *err;
	enum tg_status status;
	bool done;
	pthread_mutex_t lock;
	pthread_cond_t ended;
};

static void run(struct tg_job *base)
{
	struct call *call = (struct call *)base;
	call->status = call->fn(call->k, call->arg, call->err);
}

/* The worker is done with the job here, run or dropped: only now may the caller's stack go. */
static void finish(struct tg_job *base)
{
	struct call *call = (struct call *)base;
	pthread_mutex_lock(&call->lock);
	call->done = true;
	pthread_cond_signal(&call->ended);
	pthread_mutex_unlock(&call->lock);
}

enum tg_status kiosk_store_call(struct kiosk *k, kiosk_store_fn *fn, void *arg, struct tg_error *err)
{
	struct call call = {.base = {.run = run, .destroy = finish},
	        .k = k,
	        .fn = fn,
	        .arg = arg,
	        .err = err,
	        .status = TG_CANCELLED,
	        .lock = PTHREAD_MUTEX_INITIALIZER,
	        .ended = PTHREAD_COND_INITIALIZER};
	tg_worker_submit(k->store_worker, &call.base);
	pthread_mutex_lock(&call.lock);
	while (!call.done)
		pthread_cond_wait(&call.ended, &call.lock);
	pthread_mutex_unlock(&call.lock);
	pthread_mutex_destroy(&call.lock);
	pthread_cond_destroy(&call.ended);
	return call.status;
}

struct append {
	enum tg_record_kind kind;
	const char *json;
};

static enum tg_status append(struct kiosk *k, void *arg, struct tg_error *err)
{
	const struct append *a = arg;
	return tg_store_append(k->store, a->kind, a->json, k->clock.wall_ms(k->clock.ctx), NULL, err);
}

enum tg_status kiosk_append(struct kiosk *k, enum tg_record_kind kind, const char *json, struct tg_error *err)
{
	struct append a = {kind, json};
	return kiosk_store_call(k, append, &a, err);
}

void kiosk_poke(const struct kiosk *k)
{
	if (tg_link_poke(k->config->agent_socket) != TG_OK)
		tg_log_info("agent not reached: entries wait");
}

struct load {
	struct kiosk *k;
	const char *number;
	struct tg_chip_work *work;
};

static enum tg_status apply(const struct tg_entry *e, void *ctx)
{
	struct load *l = ctx;
	return tg_chip_work_apply(l->work, l->k->catalog, e);
}

static enum tg_status load(struct kiosk *k, void *arg, struct tg_error *err)
{
	struct load *l = arg;
	return tg_store_app_entries(k->store, l->number, apply, l, err);
}

enum tg_status kiosk_load_work_here(
        struct kiosk *k, const char *number, struct tg_chip_work *work, struct tg_error *err)
{
	struct load l = {k, number, work};
	tg_chip_work_init(work);
	TG_TRY(load(k, &l, err));
	return work->form ? TG_OK : tg_error_set(err, TG_NOT_FOUND, "no application with this number");
}

enum tg_status kiosk_load_work(struct kiosk *k, const char *number, struct tg_chip_work *work, struct tg_error *err)
{
	struct load l = {k, number, work};
	tg_chip_work_init(work);
	TG_TRY(kiosk_store_call(k, load, &l, err));
	return work->form ? TG_OK : tg_error_set(err, TG_NOT_FOUND, "no application with this number");
}
