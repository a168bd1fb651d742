/* A thread beside the works: what takes long and hurries nobody. */
#include "centre.h"
#include "tamga/log.h"

#define EVERY_MS 600000

static bool stopped(void *ctx)
{
	struct tg_keeping *k = ctx;
	return tg_works_are_stopping(&k->works);
}

static void say(const char *name, int64_t entries, void *ctx)
{
	(void)ctx;
	tg_log_info("segment %s sealed: %lld entries", name, (long long)entries);
}

static enum tg_status seal(struct tg_store *s, int64_t now_ms, void *ctx, struct tg_error *err)
{
	struct tg_keeping *k = ctx;
	const struct tg_seal_order o = {
	        .now_ms = now_ms, .keep_months = (int)k->months, .stopped = stopped, .sealed = say, .ctx = ctx};
	return tg_store_seal(s, &o, err);
}

enum tg_status tg_keeping_start(struct tg_keeping *k, const struct tg_centre_paths *p, unsigned months,
        struct tg_clock clock, struct tg_error *err)
{
	const struct tg_job jobs[] = {{seal, k}};
	k->months = months;
	return tg_works_start(&k->works, p, jobs, sizeof(jobs) / sizeof(jobs[0]), EVERY_MS, clock, err);
}

void tg_keeping_stop(struct tg_keeping *k)
{
	tg_works_stop(&k->works);
}
