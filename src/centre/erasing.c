/* What the rules of screens/retention.yaml let go is erased by the centre itself, a little in each round, so that
 * kiosks do not wait for it (C-8). */
#include "centre.h"
#include "tamga/log.h"

#define ROUND_BODIES 256
#define ROUND_MS     1000    /* works are woken by every entry that comes */
#define SWEEP_MS     3600000 /* days are counted: once an hour is often */

enum tg_status tg_erasing_open(
        struct tg_erasing *e, const char *screens, const struct tg_catalog *catalog, struct tg_error *err)
{
	char path[600];
	*e = (struct tg_erasing){0};
	if (snprintf(path, sizeof(path), "%s/retention.yaml", screens) >= (int)sizeof(path))
		return tg_error_set(err, TG_CONFIG, "--screens: too long");
	TG_TRY(tg_retention_load(&e->rules, path, tg_record_personal_kinds(), catalog, err));
	e->idle.days = (int)e->rules->idle_days;
	return TG_OK;
}

void tg_erasing_close(struct tg_erasing *e)
{
	tg_retention_destroy(e->rules);
	e->rules = NULL;
}

static void end_sweep(struct tg_erasing *e, int64_t now_ms)
{
	if (e->sum.bodies > 0)
		tg_log_info("erased by rule: %llu bodies of %llu applications", (unsigned long long)e->sum.bodies,
		        (unsigned long long)e->sum.applications);
	if (e->idle.ended > 0)
		tg_log_info("ended as abandoned: %llu applications", (unsigned long long)e->idle.ended);
	e->idle = (struct tg_idle_rule){.days = e->idle.days};
	e->sum = (struct tg_erase_count){0};
	e->sweep = (struct tg_erase_sweep){.entry = e->sweep.entry};
	e->next_ms = now_ms + SWEEP_MS;
}

static enum tg_status sweep(struct tg_erasing *e, struct tg_store *s, int64_t now_ms, struct tg_error *err)
{
	const struct tg_erase_rules rules = {tg_retention_centre_days, tg_retention_centre_min(e->rules), e->rules};
	struct tg_erase_count part;
	if (!e->idle.done)
		TG_TRY(tg_store_abandon(s, &e->idle, now_ms, err));
	TG_TRY(tg_store_erase_due(s, &rules, now_ms, ROUND_BODIES, false, &e->sweep, &part, err));
	e->sum.applications += part.applications;
	e->sum.bodies += part.bodies;
	if (e->sweep.applications_done && e->sweep.entries_done && e->idle.done)
		end_sweep(e, now_ms);
	return TG_OK;
}

static bool is_time(int64_t now_ms, int64_t next_ms, int64_t every_ms)
{
	return now_ms >= next_ms || next_ms - now_ms > every_ms; /* or the clock was set back */
}

enum tg_status tg_erasing_round(struct tg_store *s, int64_t now_ms, void *ctx, struct tg_error *err)
{
	struct tg_erasing *e = ctx;
	uint64_t left = 0;
	if (!is_time(now_ms, e->round_ms, ROUND_MS))
		return TG_OK;
	e->round_ms = now_ms + ROUND_MS;
	if (is_time(now_ms, e->next_ms, SWEEP_MS))
		TG_TRY(sweep(e, s, now_ms, err));
	/* Also what tamgactl erased, or a centre that was killed. */
	return tg_store_erase_finish(s, &left, err);
}
