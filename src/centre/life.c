/* What a centre looks at before it opens its door to kiosks: its clock, its keys, who may be let in. */
#include "centre.h"
#include "tamga/log.h"

#define TLS_SECONDS (INT64_C(397) * 86400)
/* Behind what it received last: a correction by a time service; or a clock that lost its battery. */
#define CLOCK_WARN_MS   INT64_C(300000)
#define CLOCK_REFUSE_MS INT64_C(86400000)

/* Acknowledgements, ends of terms and revocations are dated by this clock, and kiosks believe it. */
enum tg_status tg_life_clock(const struct tg_centre_paths *p, struct tg_clock clock, bool accept, struct tg_error *err)
{
	struct tg_store *s = NULL;
	int64_t newest = 0, now = clock.wall_ms(clock.ctx);
	TG_TRY(tg_store_open(&s, p->replica, TG_STORE_CENTRE, NULL, err));
	enum tg_status st = tg_store_newest_received(s, &newest, err);
	tg_store_close(s);
	if (st != TG_OK || now >= newest - CLOCK_WARN_MS)
		return st;
	char text[TG_TIME_TEXT];
	tg_time_utc(newest, text);
	if (now >= newest - CLOCK_REFUSE_MS || accept) {
		struct tg_error warning = {0};
		(void)!tg_error_set(&warning, TG_CLOCK_WRONG, "the newest entry was received at %s", text);
		tg_log_error(&warning, "the clock stands before what was received last");
		return TG_OK;
	}
	return tg_error_set(err, TG_CLOCK_WRONG,
	        "the clock stands before the newest entry, which was received at %s; set it, or say --accept-clock",
	        text);
}

static enum tg_status look_for_sandbox(struct tg_centre_options *o, const char *registry, struct tg_error *err)
{
	struct tg_registry *r = NULL;
	bool closed = false;
	TG_TRY(tg_registry_open(&r, registry, err));
	enum tg_status st = tg_kiosk_sandbox_closed(r, &closed);
	tg_registry_close(r);
	o->no_sandbox_enrolment = o->no_sandbox_enrolment || closed;
	return st == TG_OK ? TG_OK : tg_error_at(err, st, registry, 0, 0, "registry");
}

enum tg_status tg_life_prepare(struct tg_centre_options *o, const struct tg_centre_paths *p, const char *hosts,
        struct tg_clock clock, struct tg_error *err)
{
	TG_TRY(look_for_sandbox(o, p->registry, err));
	TG_TRY(tg_centre_setup(p, !o->no_sandbox_enrolment, err));
	TG_TRY(tg_life_clock(p, clock, o->accept_clock, err));
	return tg_tls_open(p, hosts, o->tls_seconds > 0 ? o->tls_seconds : TLS_SECONDS, err);
}

enum tg_status tg_life_tell(struct tg_store *s, int64_t now_ms, void *ctx, struct tg_error *err)
{
	const struct tg_centre_paths *p = ctx;
	struct tg_registry *r = NULL;
	(void)now_ms;
	TG_TRY(tg_registry_open(&r, p->registry, err));
	enum tg_status st = tg_kiosk_tell(r, s, err);
	tg_registry_close(r);
	return st;
}
