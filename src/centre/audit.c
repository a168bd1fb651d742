#include "audit.h"

#include "centre.h"
#include "tamga/log.h"

#include <openssl/sha.h>
#include <stdlib.h>

#define AGAIN_MS INT64_C(86400000) /* a refusal that goes on is told once a day */
#define TELL_MS  60000             /* counts of refused clients */
#define STEP_MS  5000              /* a jump of the clock that is no slewing */

/* The machine's own, which nobody moves: a clock of training moves both. */
static int64_t mono(void)
{
	const struct tg_clock real = tg_clock_real();
	return real.mono_ms(real.ctx);
}

enum tg_status tg_audit_open(
        struct tg_audit *a, const struct tg_centre_paths *p, struct tg_clock clock, struct tg_error *err)
{
	memset(a, 0, sizeof(*a));
	a->clock = clock;
	a->started_ms = mono();
	a->ahead_ms = clock.wall_ms(clock.ctx) - a->started_ms;
	if (pthread_mutex_init(&a->lock, NULL) != 0)
		return tg_error_set(err, TG_NO_MEMORY, "audit");
	a->ready = true;
	enum tg_status st = tg_registry_open(&a->registry, p->registry, err);
	if (st == TG_OK)
		st = tg_store_open(&a->store, p->replica, TG_STORE_CENTRE, NULL, err);
	if (st != TG_OK)
		tg_audit_close(a);
	return st;
}

void tg_audit_close(struct tg_audit *a)
{
	if (!a->ready)
		return;
	tg_store_close(a->store);
	tg_registry_close(a->registry);
	pthread_mutex_destroy(&a->lock);
	a->ready = false;
}

static int64_t wall(const struct tg_audit *a)
{
	return a->clock.wall_ms(a->clock.ctx);
}

enum tg_status tg_audit_write(struct tg_audit *a, enum tg_record_kind kind, json_t *body, struct tg_error *err)
{
	pthread_mutex_lock(&a->lock);
	enum tg_status st = tg_kiosk_note(a->registry, kind, body, wall(a));
	if (st == TG_OK)
		st = tg_kiosk_tell(a->registry, a->store, err);
	else
		(void)tg_error_set(err, st, "%s", tg_record_kind_name(kind));
	pthread_mutex_unlock(&a->lock);
	return st;
}

void tg_audit_note(struct tg_audit *a, enum tg_record_kind kind, json_t *body)
{
	struct tg_error err = {0};
	if (tg_audit_write(a, kind, body, &err) != TG_OK)
		tg_log_error(&err, "the audit journal has to wait");
}

enum tg_status tg_audit_settle(struct tg_audit *a, struct tg_error *err)
{
	pthread_mutex_lock(&a->lock);
	enum tg_status st = tg_kiosk_tell(a->registry, a->store, err);
	pthread_mutex_unlock(&a->lock);
	return st;
}

/* --- What the CA tells */
static const char *plain(const char *text)
{
	return text ? text : "";
}

static void hash_wish(const struct tg_ca_event *e, uint8_t out[TG_HASH_LEN])
{
	char text[400];
	int n = snprintf(text, sizeof(text), "%s\n%s\n%s\n%s\n%s", plain(e->kiosk), plain(e->number), plain(e->profile),
	        plain(e->key), plain(e->serial));
	SHA256((const unsigned char *)text, n > 0 && (size_t)n < sizeof(text) ? (size_t)n : 0, out);
}

/* A kiosk asks until it is answered: the same refusal is one event. */
static bool is_news(struct tg_audit *a, const struct tg_ca_event *e)
{
	uint8_t wish[TG_HASH_LEN];
	int64_t now = wall(a);
	hash_wish(e, wish);
	bool known = false;
	pthread_mutex_lock(&a->lock);
	struct tg_audit_refusal *at = NULL;
	for (unsigned i = 0; i < TG_AUDIT_REFUSALS && !at; i++)
		if (a->refusals[i].at_ms != 0 && memcmp(a->refusals[i].wish, wish, sizeof(wish)) == 0)
			at = &a->refusals[i];
	known = at && at->why == e->why->status && now - at->at_ms < AGAIN_MS;
	if (!at)
		at = &a->refusals[a->next++ % TG_AUDIT_REFUSALS];
	if (!known) {
		memcpy(at->wish, wish, sizeof(wish));
		at->why = e->why->status;
		at->at_ms = now;
	}
	pthread_mutex_unlock(&a->lock);
	return !known;
}

static void note_refusal(struct tg_audit *a, const struct tg_ca_event *e)
{
	if (is_news(a, e))
		tg_audit_note(a, TG_RECORD_CERTIFICATE_REFUSED,
		        json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s}", "number", plain(e->number), "profile",
		                plain(e->profile), "kiosk", plain(e->kiosk), "key", plain(e->key), "serial",
		                plain(e->serial), "code", (int)e->why->status, "why", e->why->detail));
}

static void told(void *ctx, const struct tg_ca_event *e)
{
	static const char *const words[] = {[TG_CA_KEY_MADE] = "made",
	        [TG_CA_KEY_OPENED] = "opened",
	        [TG_CA_KEY_LOCKED] = "locked",
	        [TG_CA_KEY_DESTROYED] = "destroyed"};
	struct tg_audit *a = ctx;
	switch (e->what) {
	case TG_CA_KEY_MADE:
	case TG_CA_KEY_OPENED:
	case TG_CA_KEY_LOCKED:
	case TG_CA_KEY_DESTROYED:
		tg_audit_note(a, TG_RECORD_CA_KEY, json_pack("{s:s, s:s}", "what", words[e->what], "label", e->label));
		return;
	case TG_CA_OWN_CERTIFICATE:
		tg_audit_note(a, TG_RECORD_CA_CERTIFICATE,
		        json_pack("{s:s, s:s}", "file", e->label, "serial", plain(e->serial)));
		return;
	case TG_CA_WISH_REFUSED:
		note_refusal(a, e);
		return;
	}
}

struct tg_ca_watch tg_audit_watch(struct tg_audit *a)
{
	return (struct tg_ca_watch){.told = told, .ctx = a};
}

/* --- Clients that are let in no further: anybody can make as many as the network carries. */
void tg_audit_refused(struct tg_audit *a, struct tg_audit_count *of)
{
	int64_t now = wall(a);
	if (atomic_fetch_add(&of->n, 1) == 0)
		atomic_store(&of->first_ms, now);
	atomic_store(&of->last_ms, now);
}

static void tell_count(struct tg_audit *a, struct tg_audit_count *of, const char *what, bool ends)
{
	/* The first is told soon, the others of the same minute together. */
	if (atomic_load(&of->n) == 0 || (!ends && wall(a) - atomic_load(&of->first_ms) < TELL_MS))
		return;
	unsigned n = atomic_exchange(&of->n, 0);
	tg_audit_note(a, TG_RECORD_ACCESS_REFUSED,
	        json_pack("{s:s, s:I, s:I, s:I}", "what", what, "count", (json_int_t)n, "first_ms",
	                (json_int_t)atomic_load(&of->first_ms), "last_ms", (json_int_t)atomic_load(&of->last_ms)));
}

/* --- The clock */
static void look_at_clock(struct tg_audit *a)
{
	int64_t ahead = wall(a) - mono(), by = ahead - a->ahead_ms;
	a->ahead_ms = ahead;
	if (by < -STEP_MS || by > STEP_MS) {
		tg_log_warn("the wall clock jumped by %lld ms", (long long)by);
		tg_audit_note(a, TG_RECORD_CLOCK_STEPPED, json_pack("{s:I}", "by_ms", (json_int_t)by));
	}
}

void tg_audit_tick(struct tg_audit *a, bool ends)
{
	struct tg_error err = {0};
	look_at_clock(a);
	tell_count(a, &a->no_certificate, "certificate", ends);
	tell_count(a, &a->no_kiosk, "kiosk", ends);
	if (tg_audit_settle(a, &err) != TG_OK)
		tg_log_error(&err, "the audit journal has to wait");
}
