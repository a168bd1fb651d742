/* What must work before a journey is begun (K-14), and what the centre has acknowledged (K-15). */
#include "kiosk.h"
#include "tamga/link.h"
#include "tamga/log.h"

#include <libgen.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FREE_AT_LEAST (16u * 1024u * 1024u) /* bytes: room for thousands of journeys, and for SQLite's log */
#define CLOCK_OFF_MS  (5 * 60 * 1000)
#define BUILT_MS      INT64_C(1767225600000) /* 1 January 2026: no kiosk's clock can be before its program */

static enum tg_status disk_state(const char *database)
{
	char path[600];
	struct statvfs fs;
	tg_copy(path, sizeof path, database);
	if (statvfs(dirname(path), &fs))
		return TG_IO;
	return (uint64_t)fs.f_bavail * fs.f_frsize < FREE_AT_LEAST ? TG_DISK_FULL : TG_OK;
}

/* Nobody to compare with now: by the newest time that the centre signed to this kiosk. */
static enum tg_status remembered_clock(struct kiosk *k)
{
	struct tg_error err = {0};
	struct tg_clock_seen seen = {0};
	struct tg_store *s = NULL; /* one of its own: the kiosk's belongs to another thread */
	enum tg_status st = tg_store_open_readonly(&s, k->config->database, &err);
	if (st == TG_OK)
		st = tg_store_clock_seen(s, &seen, &err);
	tg_store_close(s);
	if (st != TG_OK)
		return TG_OK; /* what is wrong with the store is told by itself */
	return tg_clock_contradicts(&seen, k->clock.wall_ms(k->clock.ctx), CLOCK_OFF_MS) ? TG_CLOCK_WRONG : TG_OK;
}

static enum tg_status clock_state(struct kiosk *k, const struct tg_link_status *link, bool asked)
{
	if (k->clock.wall_ms(k->clock.ctx) < BUILT_MS)
		return TG_CLOCK_WRONG;
	if (!asked || !link->centre_reachable)
		return remembered_clock(k);
	return link->clock_offset_ms > CLOCK_OFF_MS || link->clock_offset_ms < -CLOCK_OFF_MS ? TG_CLOCK_WRONG : TG_OK;
}

void kiosk_services(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_link_status link = {0};
	struct tg_event ev = {.kind = TG_EV_SERVICES};
	bool asked = tg_link_status(job->k->config->agent_socket, &link, &err) == TG_OK;
	ev.status = job->k->start_status;
	if (ev.status == TG_OK)
		ev.status = disk_state(job->k->config->database);
	if (ev.status == TG_OK)
		ev.status = clock_state(job->k, &link, asked);
	if (ev.status == TG_OK && access(job->k->config->token_program, X_OK))
		ev.status = TG_TOKEN_MODULE;
	kiosk_post(job->k, &ev);
}

void kiosk_sync_state(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_app_row row;
	struct tg_event ev = {.kind = TG_EV_SYNC};
	ev.status = tg_store_app_find(job->k->store, job->state.number, &row, &err);
	if (ev.status != TG_OK)
		return;
	tg_copy(ev.number, sizeof ev.number, row.number);
	ev.accepted_ms = row.accepted_ms;
	ev.sent_ms = row.sent_ms;
	ev.registered_ms = row.registered_ms;
	kiosk_post(job->k, &ev);
}
