/* The one thread that writes the replica: everything that waits goes into one transaction, and only after its commit is
 * anything acknowledged. */
#include "centre.h"
#include "tamga/log.h"

#include <stdlib.h>

#define GROUP_MAX 4096u /* entries; a single batch has at most TG_BATCH_ENTRIES */

static void answer_ack(struct tg_writer *w, struct tg_request *q, uint64_t seq, const uint8_t hash[TG_HASH_LEN])
{
	struct tg_error err = {0};
	struct tg_ack a = {.seq = seq, .centre_time_ms = w->clock.wall_ms(w->clock.ctx)};
	(void)tg_copy(a.kiosk, sizeof(a.kiosk), q->kiosk);
	memcpy(a.hash, hash, TG_HASH_LEN);
	enum tg_status st = tg_ack_sign(w->key, &a, &err);
	if (st != TG_OK) {
		tg_log_error(&err, "no acknowledgement");
		tg_request_refuse(q, st);
		return;
	}
	q->http = 200;
	q->type = "application/octet-stream";
	tg_ack_encode(&a, &q->answer);
}

static void answer_high_water(struct tg_writer *w, struct tg_request *q)
{
	struct tg_error err = {0};
	uint64_t seq = 0;
	uint8_t hash[TG_HASH_LEN];
	enum tg_status st = tg_store_head(w->store, q->kiosk, &seq, hash, &err);
	if (st != TG_OK) {
		tg_log_error(&err, "high water");
		tg_request_refuse(q, st);
		return;
	}
	answer_ack(w, q, seq, hash);
}

/* Answered after the group's commit: a kiosk that has just sent sees what came of it. */
static enum tg_status write_page(struct tg_writer *w, const struct tg_request *q, struct tg_error *err)
{
	uint64_t head = 0;
	tg_feed_write_begin(&w->page, q->after);
	/* First the head: an item that another process adds in between is in the page or after its end. */
	TG_TRY(tg_store_feed_cursor(w->store, &head, err));
	enum tg_status st = TG_OK;
	if (head > q->after)
		st = tg_store_feed_for(
		        w->store, q->kiosk, q->after, (int)TG_FEED_PAGE_ITEMS + 1, tg_feed_write, &w->page, err);
	if (st != TG_OK && st != TG_LIMIT)
		return st;
	/* A kiosk that was told more than we have, by the centre that we were restored from, keeps its cursor. */
	return tg_feed_write_end(&w->page, head, st == TG_LIMIT, w->clock.wall_ms(w->clock.ctx));
}

static void answer_feed(struct tg_writer *w, struct tg_request *q)
{
	struct tg_error err = {0};
	enum tg_status st = write_page(w, q, &err);
	if (st != TG_OK) {
		tg_log_error(&err, "feed");
		tg_request_refuse(q, st);
		return;
	}
	q->http = 200;
	q->type = "application/octet-stream";
	tg_buf_add(&q->answer, w->page.bytes.data, w->page.bytes.len);
}

/* All stored: the last of them. Repeats among them: whatever the stream's head is. Else what was wrong first. */
static void answer_journal(struct tg_writer *w, struct tg_request *q, const enum tg_status *results)
{
	bool repeats = false;
	for (size_t i = 0; i < q->n; i++) {
		if (results[i] == TG_SYNC_REPEAT) {
			repeats = true;
		} else if (results[i] != TG_OK) {
			if (results[i] != TG_SYNC_GAP)
				tg_log_warn("stream %s, entry %llu: %s", q->kiosk,
				        (unsigned long long)q->entries[i].seq, tg_status_name(results[i]));
			tg_request_refuse(q, results[i]);
			return;
		}
	}
	if (repeats)
		answer_high_water(w, q);
	else
		answer_ack(w, q, q->entries[q->n - 1].seq, q->entries[q->n - 1].hash);
}

static size_t collect(struct tg_writer *w, struct tg_request *list)
{
	size_t n = 0;
	for (struct tg_request *q = list; q; q = q->next) {
		if (q->n > 0)
			memcpy(&w->group[n], q->entries, q->n * sizeof(*q->entries));
		n += q->n;
	}
	return n;
}

static enum tg_status commit(struct tg_writer *w, size_t n)
{
	struct tg_error err = {0};
	if (n == 0)
		return TG_OK;
	enum tg_status st = tg_store_receive(w->store, w->group, n, w->clock.wall_ms(w->clock.ctx), w->results, &err);
	if (st != TG_OK)
		tg_log_error(&err, "%zu entries were not stored", n);
	for (size_t i = 0; st == TG_OK && i < sizeof(w->after) / sizeof(w->after[0]); i++)
		if (w->after[i])
			tg_works_wake(w->after[i]);
	return st;
}

static void answer_one(struct tg_writer *w, struct tg_request *q, enum tg_status st, const enum tg_status *results)
{
	if (st != TG_OK)
		tg_request_refuse(q, st == TG_INVALID ? TG_BUG : st);
	else if (q->work == TG_WORK_HIGH_WATER)
		answer_high_water(w, q);
	else if (q->work == TG_WORK_FEED)
		answer_feed(w, q);
	else
		answer_journal(w, q, results);
}

static void do_group(struct tg_writer *w, struct tg_request *list)
{
	size_t n = 0;
	enum tg_status st = commit(w, collect(w, list));
	while (list) {
		/* Once resumed, the request is the other thread's. */
		struct tg_request *q = list;
		list = q->next;
		answer_one(w, q, st, &w->results[n]);
		n += q->n;
		q->answered = true;
		MHD_resume_connection(q->connection);
	}
}

static void *run(void *ctx)
{
	struct tg_writer *w = ctx;
	struct tg_request *list;
	while ((list = tg_queue_take(&w->queue, GROUP_MAX)))
		do_group(w, list);
	return NULL;
}

static void release(struct tg_writer *w)
{
	tg_store_close(w->store);
	tg_ack_key_destroy(w->key);
	free(w->group);
	free(w->results);
	tg_buf_finish(&w->page.bytes);
	tg_queue_finish(&w->queue);
	*w = (struct tg_writer){0};
}

static enum tg_status open_parts(struct tg_writer *w, const struct tg_centre_paths *p, struct tg_error *err)
{
	w->group = calloc(GROUP_MAX, sizeof(*w->group));
	w->results = calloc(GROUP_MAX, sizeof(*w->results));
	if (!w->group || !w->results)
		return tg_error_set(err, TG_NO_MEMORY, "writer");
	TG_TRY(tg_ack_key_load(&w->key, p->ack_key, err));
	return tg_store_open(&w->store, p->replica, TG_STORE_CENTRE, NULL, err);
}

enum tg_status tg_writer_start(
        struct tg_writer *w, const struct tg_centre_paths *p, struct tg_clock clock, struct tg_error *err)
{
	*w = (struct tg_writer){.clock = clock};
	TG_TRY(tg_queue_init(&w->queue));
	enum tg_status st = open_parts(w, p, err);
	if (st == TG_OK && pthread_create(&w->thread, NULL, run, w) != 0)
		st = tg_error_set(err, TG_NO_MEMORY, "writer thread");
	if (st != TG_OK)
		release(w);
	return st;
}

void tg_writer_stop(struct tg_writer *w)
{
	if (!w->store)
		return;
	tg_queue_close(&w->queue);
	pthread_join(w->thread, NULL);
	release(w);
}
