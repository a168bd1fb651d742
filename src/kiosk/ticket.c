/* Tickets of the electronic queue (NCA-8): numbers of a day are this kiosk's own series, "A-017". */
#include "paper.h"
#include "tamga/link.h"
#include "tamga/log.h"
#include "ticket.h"

#include <jansson.h>
#include <stdlib.h>

#define DAY_MS      86400000 /* the store's day of a ticket is UTC's: it begins when no office is open */
#define TICKETS_MAX 999

enum tg_status kiosk_ticket_note(
        struct kiosk *k, const char *ticket, const char *number, const char *what, struct tg_error *err)
{
	json_t *body = json_pack("{s:s, s:s, s:s, s:I}", "ticket", ticket, "number", number, "what", what, "time_ms",
	        (json_int_t)k->clock.wall_ms(k->clock.ctx));
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	if (!text)
		return tg_error_set(err, TG_NO_MEMORY, "ticket");
	enum tg_status st = kiosk_append(k, TG_RECORD_QUEUE_TICKET, text, err);
	free(text);
	return st;
}

/* --- The next number: on the store's worker */

struct next {
	const char *series;
	unsigned highest;
	char ticket[TG_TICKET_MAX];
};

static enum tg_status see(const struct tg_ticket_row *row, void *ctx)
{
	struct next *n = ctx;
	size_t len = strlen(n->series);
	if (strncmp(row->ticket, n->series, len) != 0 || row->ticket[len] != '-')
		return TG_OK;
	unsigned long number = strtoul(row->ticket + len + 1, NULL, 10);
	if (number > n->highest && number <= TICKETS_MAX)
		n->highest = (unsigned)number;
	return TG_OK;
}

static enum tg_status find_next(struct kiosk *k, void *arg, struct tg_error *err)
{
	struct next *n = arg;
	int64_t now = k->clock.wall_ms(k->clock.ctx), today = now - now % DAY_MS;
	TG_TRY(tg_store_tickets(k->store, today, INT64_MAX, see, n, err));
	if (n->highest >= TICKETS_MAX)
		return tg_error_set(err, TG_LIMIT, "all tickets of today are given out");
	(void)snprintf(n->ticket, sizeof n->ticket, "%s-%03u", n->series, n->highest + 1);
	return TG_OK;
}

/* --- Paper: without a printer the number on the screen is enough */

static void put_on_paper(struct kiosk_job *job, const char *ticket, struct tg_event *ev)
{
	const struct tg_flow_state *s = &job->state;
	const char *to = NULL;
	char name[32];
	struct tg_error err = {0};
	struct kiosk *k = job->k;
	const struct tg_slip slip = {.title = "ticket.slip",
	        .big = ticket,
	        .rows = {{"ticket.slip.place", s->provider->label, true}},
	        .n_rows = 1,
	        .notes = {"ticket.slip.note"},
	        .n_notes = 1,
	        .office = kiosk_office_language(s->provider, s->lang),
	        .ms = k->clock.wall_ms(k->clock.ctx),
	        .utc_offset_minutes = s->provider->utc_offset_minutes,
	        .copies = 1,
	        .sandbox = k->config->sandbox};
	(void)snprintf(name, sizeof name, "ticket-%s", ticket);
	enum tg_status st = kiosk_paper_slip(k, &slip, s->lang, name, ev->where, &to, &err);
	if (st != TG_OK && st != TG_PRINTER_NONE)
		tg_log_error(&err, "ticket not printed");
	if (!to || strcmp(to, "paper") != 0)
		ev->where[0] = '\0'; /* kept as a file: nobody holds it in the hand */
}

/* --- On the print worker */

static void work(struct kiosk_job *job)
{
	struct kiosk *k = job->k;
	struct tg_error err = {0};
	struct tg_event ev = {.kind = TG_EV_TICKET};
	struct next n = {.series = k->config->ticket_series};
	const char *typed = job->state.ticket.typed.value;
	enum tg_status st = TG_OK;
	if (typed[0] != '\0')
		(void)tg_copy(n.ticket, sizeof n.ticket, typed);
	else
		st = kiosk_store_call(k, find_next, &n, &err);
	if (st == TG_OK)
		st = kiosk_ticket_note(k, n.ticket, "", "taken", &err);
	ev.status = st;
	if (st == TG_OK) {
		(void)tg_copy(ev.number, sizeof ev.number, n.ticket);
		(void)!tg_link_poke(k->config->agent_socket);
		if (typed[0] == '\0')
			put_on_paper(job, n.ticket, &ev);
	} else {
		tg_log_error(&err, "no ticket");
	}
	kiosk_post(k, &ev);
}

void kiosk_start_ticket(struct kiosk *k)
{
	kiosk_job_start(k->print_worker, kiosk_job_new(k, work));
}
