/* The one thread that writes the replica: everything that waits goes into one transaction, and only after its commit is
 * anything acknowledged. */
#include "centre.h"
#include "tamga/log.h"

#include <stdlib.h>

#define GROUP_MAX 4096u /* entries; a single batch has at most TG_BATCH_ENTRIES */
#define LOOK_MS   200   /* until what another process said is seen */
#define GIVEN_MAX 256u  /* pages to kiosks that wait, before entries are taken again */

static void answer_ack(struct tg_writer *w, struct tg_request *q, uint64_t seq, const uint8_t hash[TG_HASH_LEN])
{
	struct tg_error err = {0};
	struct tg_ack a = {.seq = seq, .centre_time_ms = w->clock.wall_ms(w->clock.ctx), .tree = w->tree};
	(void)tg_copy(a.kiosk, sizeof(a.kiosk), q->kiosk);
	memcpy(a.hash, hash, TG_HASH_LEN);
	enum tg_status st = w->tree_read;
	if (st == TG_OK)
		st = tg_ack_sign(w->key, &a, &err);
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

/* Answered after the group's commit: a kiosk that has just sent sees what came of it. `*news`: there is something in
 * it. */
static enum tg_status write_page(
        struct tg_writer *w, const struct tg_request *q, uint64_t *head, bool *news, struct tg_error *err)
{
	struct tg_feed_place at = {q->after, q->walk};
	/* First the head: an item that another process adds in between is in the page or after its end. */
	TG_TRY(tg_store_feed_begin(w->store, &at, w->clock.wall_ms(w->clock.ctx), head, err));
	bool anew = at.after != q->after || at.walk != q->walk;
	tg_feed_write_begin(&w->page, q->after, &at, anew);
	enum tg_status st = TG_OK;
	if (*head > at.after)
		st = tg_store_feed_for(
		        w->store, q->kiosk, at.after, (int)TG_FEED_PAGE_ITEMS + 1, tg_feed_write, &w->page, err);
	if (st != TG_OK && st != TG_LIMIT)
		return st;
	*news = anew || at.walk > 0 || w->page.n > 0;
	/* A kiosk that was told more than we have, by the centre that we were restored from, keeps its cursor. */
	return tg_feed_write_end(&w->page, *head, st == TG_LIMIT, w->clock.wall_ms(w->clock.ctx));
}

static void answer_feed(struct tg_writer *w, struct tg_request *q, uint64_t *head, bool *news)
{
	struct tg_error err = {0};
	enum tg_status st = write_page(w, q, head, news, &err);
	if (st != TG_OK) {
		*news = true;
		tg_log_error(&err, "feed");
		tg_request_refuse(q, st);
		return;
	}
	q->http = 200;
	q->type = "application/octet-stream";
	tg_buf_reset(&q->answer);
	tg_buf_add(&q->answer, w->page.bytes.data, w->page.bytes.len);
}

/* Once resumed, the request is the other thread's. */
static void give(struct tg_request *q)
{
	q->answered = true;
	MHD_resume_connection(q->connection);
}

static void give_waiting(struct tg_writer *w, struct tg_request *list)
{
	while (list) {
		uint64_t head;
		bool news;
		struct tg_request *q = list;
		list = q->next;
		answer_feed(w, q, &head, &news);
		give(q);
	}
}

/* Nothing to tell: the question stays until there is. */
static void feed_or_wait(struct tg_writer *w, struct tg_request *q)
{
	uint64_t head = 0;
	bool news = true;
	answer_feed(w, q, &head, &news);
	if (news || q->wait_s == 0 || tg_queue_is_closed(&w->queue)) {
		give(q);
		return;
	}
	tg_buf_reset(&q->answer);
	/* Who only waits for news takes nobody's place. */
	tg_pressure_leave(w->pressure, &q->flight);
	struct tg_request *before = tg_waiting_add(w->waiting, q, head, w->clock.mono_ms(w->clock.ctx));
	give_waiting(w, before);
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

/* A kiosk that had erased them already: no mistake, but nobody should have to wonder where they are. */
static void say_bodiless(const struct tg_writer *w, size_t n)
{
	size_t without = 0, first = n;
	for (size_t i = 0; i < n; i++)
		if (w->results[i] == TG_OK && !w->group[i].body) {
			first = first < n ? first : i;
			without++;
		}
	if (without > 0)
		tg_log_warn("stream %s: %zu entries came without their bodies, which were erased there",
		        w->group[first].kiosk, without);
}

static enum tg_status commit(struct tg_writer *w, size_t n)
{
	struct tg_error err = {0};
	if (n == 0)
		return TG_OK;
	enum tg_status st = tg_store_receive(w->store, w->group, n, w->clock.wall_ms(w->clock.ctx), w->results, &err);
	if (st != TG_OK)
		tg_log_error(&err, "%zu entries were not stored", n);
	else
		say_bodiless(w, n);
	if (st == TG_OK && w->after)
		tg_works_wake(w->after);
	return st;
}

static void answer_one(struct tg_writer *w, struct tg_request *q, enum tg_status st, const enum tg_status *results)
{
	if (st != TG_OK)
		tg_request_refuse(q, st == TG_INVALID ? TG_BUG : st);
	else if (q->work == TG_WORK_HIGH_WATER)
		answer_high_water(w, q);
	else
		answer_journal(w, q, results);
}

/* Where the list of requests is taken to pieces, what it held has been looked at before. */
struct load {
	size_t bytes;
	unsigned batches;
	int64_t since_us;
};

static struct load load_of(const struct tg_request *list)
{
	struct load l = {.since_us = tg_counts_now_us()};
	for (; list; list = list->next) {
		l.batches += list->n > 0;
		l.bytes += list->n > 0 ? list->body.len : 0;
	}
	return l;
}

/* Commit and signatures: what the writer is able to take is what kiosks are told. */
static void was_done(struct tg_writer *w, const struct load *l, size_t entries)
{
	if (l->batches == 0)
		return;
	tg_pressure_drained(w->pressure, l->bytes, l->batches, tg_counts_now_us() - l->since_us);
	atomic_fetch_add(&w->counts->groups, 1);
	atomic_fetch_add(&w->counts->entries, entries);
}

/* What is acknowledged is in the tree that is told with it. */
static void look_at_tree(struct tg_writer *w)
{
	struct tg_error err = {0};
	w->tree_read = tg_store_tree_head(w->store, &w->tree, &err);
	if (w->tree_read != TG_OK)
		tg_log_error(&err, "tree");
}

static void do_group(struct tg_writer *w, struct tg_request *list)
{
	size_t n = 0;
	const struct load load = load_of(list);
	enum tg_status st = commit(w, collect(w, list));
	look_at_tree(w);
	while (list) {
		struct tg_request *q = list;
		list = q->next;
		if (q->work == TG_WORK_FEED && st == TG_OK) {
			feed_or_wait(w, q);
			continue;
		}
		answer_one(w, q, st, &w->results[n]);
		n += q->n;
		if (q->n > 0 && q->refusal == TG_OK)
			tg_counts_acknowledged(w->counts, tg_counts_now_us() - q->queued_us);
		give(q);
	}
	was_done(w, &load, n);
}

static void *run(void *ctx)
{
	struct tg_writer *w = ctx;
	bool open = true;
	while (open) {
		/* While somebody waits, what other threads and processes say is looked for. */
		bool some = tg_queue_wait(&w->queue, tg_waiting_count(w->waiting) > 0 ? LOOK_MS : -1);
		if (some)
			do_group(w, tg_queue_take(&w->queue, GROUP_MAX));
		open = some || !tg_queue_is_closed(&w->queue);
		give_waiting(w, tg_waiting_due(w->waiting, w->store, w->clock.mono_ms(w->clock.ctx), GIVEN_MAX));
	}
	give_waiting(w, tg_waiting_all(w->waiting));
	return NULL;
}

static void release(struct tg_writer *w)
{
	tg_store_close(w->store);
	tg_ack_key_destroy(w->key);
	free(w->group);
	free(w->results);
	tg_buf_finish(&w->page.bytes);
	tg_waiting_destroy(w->waiting);
	/* The queue stays, closed: the server still runs, and what comes now must be refused, not kept. */
	w->store = NULL;
	w->key = NULL;
	w->group = NULL;
	w->results = NULL;
	w->waiting = NULL;
}

static enum tg_status open_parts(struct tg_writer *w, const struct tg_centre_paths *p, struct tg_error *err)
{
	w->group = calloc(GROUP_MAX, sizeof(*w->group));
	w->results = calloc(GROUP_MAX, sizeof(*w->results));
	w->waiting = tg_waiting_create();
	if (!w->group || !w->results || !w->waiting)
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
