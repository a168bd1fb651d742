/* What kiosks ask: who may, what it was, the answer as JSON. The answers themselves are in ask_app.c and ask_desk.c. */
#include "companies.h"
#include "tamga/link.h"
#include "tamga/log.h"
#include "tamga/text.h"

#include <jansson.h>
#include <stdlib.h>

/* --- Guesses: misses of each kiosk in the running minute. Two kiosks in one slot share the measure. */
#define SLOTS      1024u
#define MISSES_MAX 30u
#define WINDOW_MS  60000
struct tg_guesses {
	struct {
		int64_t since_ms;
		unsigned misses;
	} slots[SLOTS];
};

static unsigned slot_of(const char *kiosk)
{
	return tg_text_hash(kiosk) % SLOTS;
}

enum tg_status tg_guess_allowed(struct tg_asker *a, const char *kiosk)
{
	const int64_t now = a->clock.mono_ms(a->clock.ctx);
	unsigned at = slot_of(kiosk);
	if (now - a->guesses->slots[at].since_ms >= WINDOW_MS) {
		a->guesses->slots[at].since_ms = now;
		a->guesses->slots[at].misses = 0;
	}
	return a->guesses->slots[at].misses < MISSES_MAX ? TG_OK : TG_LIMIT;
}

void tg_guess_missed(struct tg_asker *a, const char *kiosk)
{
	a->guesses->slots[slot_of(kiosk)].misses++;
}

/* --- Questions */
static const struct {
	const char *path;
	bool staffed; /* kiosks with the role "desk" or "field" only */
	tg_question *answer;
} questions[] = {
        {"status", false, tg_ask_status},
        {"open", false, tg_ask_open},
        {"keys", false, tg_ask_keys},
        {"power", false, tg_ask_power},
        {"pending", false, tg_ask_pending},
        {"cloud", false, tg_ask_cloud},
        {"cloud-of", false, tg_ask_cloud_of},
        {"companies", false, tg_ask_companies},
        {"queue", true, tg_ask_queue},
        {"money", true, tg_ask_money},
        {"read", true, tg_ask_read},
        {"claim", true, tg_ask_claim},
        {"locks", true, tg_ask_locks},
        {"registers", true, tg_ask_registers},
};

static enum tg_status check_role(struct tg_asker *a, const char *kiosk, struct tg_error *err)
{
	char role[16];
	TG_TRY(tg_store_kiosk_role(a->store, kiosk, role, err));
	return role[0] ? TG_OK : tg_error_set(err, TG_CENTRE_REFUSED, "kiosk %s is no desk", kiosk);
}

static enum tg_status answer(struct tg_asker *a, struct tg_request *q, json_t **out, struct tg_error *err)
{
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		if (strcmp(questions[i].path, q->path) != 0)
			continue;
		if (questions[i].staffed)
			TG_TRY(check_role(a, q->kiosk, err));
		a->elsewhere = NULL;
		json_t *in = json_loadb((const char *)q->body.data, q->body.len, JSON_REJECT_DUPLICATES, NULL);
		enum tg_status st = json_is_object(in) ? questions[i].answer(a, q->kiosk, in, out, err)
		                                       : tg_error_set(err, TG_INVALID, "the body is no object");
		json_decref(in);
		return st;
	}
	return tg_error_set(err, TG_INVALID, "no such question");
}

static void answer_one(struct tg_asker *a, struct tg_request *q)
{
	struct tg_error err = {0};
	json_t *out = NULL;
	enum tg_status st = answer(a, q, &out, &err);
	char *text = st == TG_OK && out ? json_dumps(out, JSON_COMPACT) : NULL;
	json_decref(out);
	if (st == TG_OK && !text)
		st = tg_error_set(&err, TG_NO_MEMORY, "answer");
	size_t n = text ? strlen(text) : 0;
	if (st == TG_OK && n > TG_LINK_ASK_ANSWER_MAX)
		st = tg_error_set(&err, TG_LIMIT, "the answer is too long");
	if (st == TG_OK) {
		q->http = 200;
		q->type = "application/json";
		tg_buf_add(&q->answer, text, n);
	} else {
		q->elsewhere = a->elsewhere;
		if (tg_status_class(st) != TG_CLASS_APPLICANT && st != TG_SHARD_OTHER)
			tg_log_warn("%s asks %s: %s", q->kiosk, q->path, tg_status_name(st));
		tg_request_refuse(q, st);
	}
	free(text);
}

static void *run(void *ctx)
{
	struct tg_asker *a = ctx;
	struct tg_request *list;
	while ((list = tg_queue_take(&a->queue, 0)))
		while (list) {
			struct tg_request *q = list;
			list = q->next;
			if (q->work == TG_WORK_TREE)
				tg_ask_tree(a, q);
			else
				answer_one(a, q);
			q->answered = true;
			MHD_resume_connection(q->connection);
		}
	return NULL;
}

static void release(struct tg_asker *a)
{
	tg_store_close(a->store);
	tg_registry_close(a->registry);
	free(a->guesses);
	/* The queue stays, closed: the server still runs. */
	a->store = NULL;
	a->registry = NULL;
	a->guesses = NULL;
}

enum tg_status tg_asker_start(struct tg_asker *a, const struct tg_centre_paths *p,
        const struct tg_registers_port *registers, struct tg_clock clock, struct tg_error *err)
{
	*a = (struct tg_asker){.clock = clock, .guesses = calloc(1, sizeof(struct tg_guesses))};
	if (registers)
		a->registers = *registers;
	enum tg_status st = tg_queue_init(&a->queue);
	if (st == TG_OK && !a->guesses)
		st = tg_error_set(err, TG_NO_MEMORY, "asker");
	if (st == TG_OK)
		st = tg_registry_open(&a->registry, p->registry, err);
	if (st == TG_OK)
		st = tg_store_open(&a->store, p->replica, TG_STORE_CENTRE, NULL, err);
	if (st == TG_OK && pthread_create(&a->thread, NULL, run, a) != 0)
		st = tg_error_set(err, TG_NO_MEMORY, "asker thread");
	if (st != TG_OK)
		release(a);
	return st;
}

void tg_asker_stop(struct tg_asker *a)
{
	if (!a->store)
		return;
	tg_queue_close(&a->queue);
	pthread_join(a->thread, NULL);
	release(a);
}
