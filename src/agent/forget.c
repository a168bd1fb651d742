/* A kiosk drops personal data when the centre has it and the days of screens/retention.yaml are over, or at once where
 * the centre was ordered to erase it (C-8). Belongs to the sender's thread, which alone knows that the centre and this
 * kiosk agree. */
#include "agent.h"
#include "tamga/log.h"

#define ROUND_BODIES 256
#define SWEEP_MS     600000
#define NEWS_MS      5000 /* the feed moves all the time: what it says is looked at no more often */

static void load(struct tg_forgetting *f, const char *path)
{
	struct tg_error err = {0};
	f->tried = true;
	enum tg_status st = tg_retention_load(&f->rules, path, tg_record_personal_kinds(), NULL, &err);
	if (st != TG_OK)
		tg_log_error(&err, "without these rules no personal data is erased here");
}

void tg_forget_finish(struct tg_forgetting *f)
{
	tg_retention_destroy(f->rules);
	*f = (struct tg_forgetting){0};
}

static bool is_time(struct tg_forgetting *f, struct tg_store *s, int64_t mono_ms)
{
	struct tg_error err = {0};
	uint64_t cursor = f->cursor;
	if (mono_ms < f->round_ms)
		return false;
	enum tg_status st = tg_store_feed_cursor(s, &cursor, &err);
	bool news = st == TG_OK && cursor != f->cursor;
	bool sweeping = f->sweep.application != 0 || f->sweep.applications_done || f->left > 0;
	if (!news && !sweeping && mono_ms < f->sweep_ms)
		return false;
	f->cursor = cursor;
	f->round_ms = mono_ms + NEWS_MS;
	return true;
}

static void end_sweep(struct tg_forgetting *f, int64_t mono_ms)
{
	if (f->sum.bodies > 0)
		tg_log_info("erased by rule or order: %llu bodies", (unsigned long long)f->sum.bodies);
	f->sum = (struct tg_erase_count){0};
	f->sweep = (struct tg_erase_sweep){.entry = f->sweep.entry};
	f->sweep_ms = mono_ms + SWEEP_MS;
}

static enum tg_status round_of(
        struct tg_forgetting *f, struct tg_store *s, int64_t mono_ms, int64_t centre_ms, struct tg_error *err)
{
	const struct tg_erase_rules rules = {tg_retention_kiosk_days, tg_retention_kiosk_min(f->rules), f->rules};
	struct tg_erase_count part;
	TG_TRY(tg_store_erase_due(s, &rules, centre_ms, ROUND_BODIES, false, &f->sweep, &part, err));
	f->sum.bodies += part.bodies;
	if (f->sweep.applications_done && f->sweep.entries_done)
		end_sweep(f, mono_ms);
	return tg_store_erase_finish(s, &f->left, err);
}

void tg_forget_turn(struct tg_forgetting *f, const struct tg_agent *a, struct tg_store *s, int64_t centre_ms)
{
	struct tg_error err = {0};
	const int64_t mono_ms = a->clock.mono_ms(a->clock.ctx);
	if (!f->tried)
		load(f, a->config->retention ? a->config->retention : TG_RETENTION_FILE);
	if (!f->rules || !is_time(f, s, mono_ms))
		return;
	enum tg_status st = round_of(f, s, mono_ms, centre_ms, &err);
	if (st != f->last && st != TG_OK)
		tg_log_error(&err, "personal data could not be erased");
	f->last = st;
}
