/* Questions for the feed that wait until there is something to tell. They belong to the writer's thread alone.
 *
 * What is for one kiosk goes to it at once. What is for all would wake everybody for one wrong PIN somewhere: it goes
 * out spread over a millisecond for each kiosk that waits, ten seconds at most. src/decisions/0253. */
#include "centre.h"
#include "tamga/log.h"
#include "tamga/text.h"

#include <stdlib.h>

#define BUCKETS     4096u
#define CALM_MAX_MS 10000
#define LOOKED_AT   1000

struct tg_waiting {
	struct tg_request *buckets[BUCKETS]; /* by kiosk; linked through `next` */
	unsigned n;
	uint64_t seen;    /* items up to here have woken whom they had to */
	uint64_t for_all; /* the newest that is for everybody */
};

static unsigned bucket_of(const char *kiosk)
{
	return tg_text_hash(kiosk) % BUCKETS;
}

struct tg_waiting *tg_waiting_create(void)
{
	return calloc(1, sizeof(struct tg_waiting));
}

void tg_waiting_destroy(struct tg_waiting *w)
{
	free(w);
}

unsigned tg_waiting_count(const struct tg_waiting *w)
{
	return w->n;
}

struct tg_request *tg_waiting_add(struct tg_waiting *w, struct tg_request *q, uint64_t head, int64_t now_ms)
{
	struct tg_request **at = &w->buckets[bucket_of(q->kiosk)], *before = NULL;
	while (*at && strcmp((*at)->kiosk, q->kiosk) != 0)
		at = &(*at)->next;
	if (*at) {
		before = *at;
		*at = before->next;
		before->next = NULL;
	} else {
		w->n++;
	}
	q->until_ms = now_ms + (int64_t)q->wait_s * 1000;
	q->since_ms = now_ms;
	q->due = false;
	q->told = head;
	q->next = w->buckets[bucket_of(q->kiosk)];
	w->buckets[bucket_of(q->kiosk)] = q;
	return before;
}

static enum tg_status mark(const struct tg_feed_item *item, void *ctx)
{
	struct tg_waiting *w = ctx;
	w->seen = item->cursor;
	if (!item->audience[0]) {
		w->for_all = item->cursor;
		return TG_OK;
	}
	for (struct tg_request *q = w->buckets[bucket_of(item->audience)]; q; q = q->next)
		if (strcmp(q->kiosk, item->audience) == 0)
			q->due = true;
	return TG_OK;
}

/* What was written since the last look, by whichever process. */
static enum tg_status look(struct tg_waiting *w, struct tg_store *s, struct tg_error *err)
{
	uint64_t head = 0;
	TG_TRY(tg_store_feed_cursor(s, &head, err));
	if (w->seen == 0 || w->n == 0)
		w->seen = head;
	while (w->seen < head) {
		uint64_t before = w->seen;
		TG_TRY(tg_store_feed_after(s, w->seen, LOOKED_AT, mark, w, err));
		if (w->seen == before) /* the newest was said again meanwhile, and has another place */
			break;
	}
	return TG_OK;
}

static bool is_due(const struct tg_waiting *w, const struct tg_request *q, int64_t now_ms)
{
	int64_t calm = w->n < CALM_MAX_MS ? (int64_t)w->n : CALM_MAX_MS;
	return q->due || now_ms >= q->until_ms || (w->for_all > q->told && now_ms - q->since_ms >= calm);
}

struct tg_request *tg_waiting_due(struct tg_waiting *w, struct tg_store *s, int64_t now_ms, unsigned max)
{
	struct tg_error err = {0};
	struct tg_request *out = NULL;
	if (w->n == 0)
		return NULL;
	if (look(w, s, &err) != TG_OK)
		tg_log_error(&err, "feed");
	for (unsigned b = 0; b < BUCKETS && max > 0; b++) {
		struct tg_request **at = &w->buckets[b];
		while (*at && max > 0) {
			struct tg_request *q = *at;
			if (!is_due(w, q, now_ms)) {
				at = &q->next;
				continue;
			}
			*at = q->next;
			q->next = out;
			out = q;
			w->n--;
			max--;
		}
	}
	return out;
}

struct tg_request *tg_waiting_all(struct tg_waiting *w)
{
	struct tg_request *out = NULL;
	for (unsigned b = 0; b < BUCKETS; b++)
		while (w->buckets[b]) {
			struct tg_request *q = w->buckets[b];
			w->buckets[b] = q->next;
			q->next = out;
			out = q;
		}
	w->n = 0;
	return out;
}
