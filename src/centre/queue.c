/* Requests between threads, and their refusals. */
#include "centre.h"

#include <stdlib.h>
#include <time.h>

enum tg_status tg_queue_init(struct tg_queue *q)
{
	*q = (struct tg_queue){0};
	if (pthread_mutex_init(&q->lock, NULL) != 0)
		return TG_NO_MEMORY;
	pthread_condattr_t a;
	if (pthread_condattr_init(&a) != 0)
		return TG_NO_MEMORY;
	bool ok = pthread_condattr_setclock(&a, CLOCK_MONOTONIC) == 0 && pthread_cond_init(&q->some, &a) == 0;
	pthread_condattr_destroy(&a);
	return ok ? TG_OK : TG_NO_MEMORY;
}

void tg_queue_finish(struct tg_queue *q)
{
	pthread_cond_destroy(&q->some);
	pthread_mutex_destroy(&q->lock);
}

enum tg_status tg_queue_put(struct tg_queue *q, struct tg_request *r)
{
	enum tg_status st = TG_OK;
	pthread_mutex_lock(&q->lock);
	if (q->closed)
		st = TG_CENTRE_DOWN;
	else if (q->max > 0 && q->n >= q->max)
		st = TG_CENTRE_BUSY;
	if (st == TG_OK) {
		bool was_empty = q->first == NULL;
		r->next = NULL;
		if (was_empty)
			q->first = r;
		else
			q->last->next = r;
		q->last = r;
		q->n++;
		if (was_empty)
			pthread_cond_signal(&q->some);
	}
	pthread_mutex_unlock(&q->lock);
	return st;
}

unsigned tg_queue_length(struct tg_queue *q)
{
	pthread_mutex_lock(&q->lock);
	unsigned n = q->n;
	pthread_mutex_unlock(&q->lock);
	return n;
}

struct tg_request *tg_queue_take(struct tg_queue *q, size_t max_entries)
{
	pthread_mutex_lock(&q->lock);
	while (!q->first && !q->closed)
		pthread_cond_wait(&q->some, &q->lock);
	struct tg_request *head = q->first, *end = head;
	size_t total = head ? head->n : 0;
	unsigned taken = head ? 1 : 0;
	while (end && end->next && total + end->next->n <= max_entries) {
		end = end->next;
		total += end->n;
		taken++;
	}
	if (end) {
		q->first = end->next;
		q->n -= taken;
		end->next = NULL;
	}
	pthread_mutex_unlock(&q->lock);
	return head;
}

bool tg_queue_wait(struct tg_queue *q, int ms)
{
	struct timespec until = {0};
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (ms > 0 && until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&q->lock);
	int rc = 0;
	while (!q->first && !q->closed && rc == 0)
		rc = ms < 0 ? pthread_cond_wait(&q->some, &q->lock)
		            : pthread_cond_timedwait(&q->some, &q->lock, &until);
	bool some = q->first != NULL;
	pthread_mutex_unlock(&q->lock);
	return some;
}

void tg_queue_shut(struct tg_queue *q)
{
	*q = (struct tg_queue){.lock = PTHREAD_MUTEX_INITIALIZER, .some = PTHREAD_COND_INITIALIZER, .closed = true};
}

bool tg_queue_is_closed(struct tg_queue *q)
{
	pthread_mutex_lock(&q->lock);
	bool closed = q->closed;
	pthread_mutex_unlock(&q->lock);
	return closed;
}

void tg_queue_close(struct tg_queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->some);
	pthread_mutex_unlock(&q->lock);
}

void tg_request_free(struct tg_request *q)
{
	if (!q)
		return;
	/* Both may hold what people wrote of themselves. */
	tg_buf_wipe(&q->body);
	tg_buf_wipe(&q->answer);
	free(q->entries);
	free(q);
}

unsigned tg_http_of(enum tg_status st)
{
	static const struct {
		enum tg_status st;
		unsigned http;
	} table[] = {{TG_OK, 200}, {TG_NOT_FOUND, 404}, {TG_INVALID, 400}, {TG_LIMIT, 413}, {TG_KIOSK_UNKNOWN, 403},
	        {TG_ENROL_WRONG, 403}, {TG_ENROL_USED, 403}, {TG_ENROL_EXPIRED, 403}, {TG_CHANNEL_EXPIRED, 403},
	        {TG_SYNC_FOREIGN, 403}, {TG_CENTRE_REFUSED, 403}, {TG_TLS, 403}, {TG_SYNC_GAP, 409},
	        {TG_SYNC_FORK, 409}, {TG_CHAIN_BROKEN, 409}, {TG_CLAIMED, 409}, {TG_CARD_STATE, 409},
	        {TG_POWER_USED, 409}, {TG_PAYMENT_TWICE, 409}, {TG_CENTRE_BUSY, 503}, {TG_REFUND_LATE, 409},
	        {TG_REGISTER_DOWN, 424}, {TG_SHARD_OTHER, 421}};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].st == st)
			return table[i].http;
	return 503;
}

void tg_request_refuse(struct tg_request *q, enum tg_status st)
{
	q->http = tg_http_of(st);
	q->type = "application/json";
	q->refusal = st;
	tg_buf_reset(&q->answer);
	tg_buf_addf(&q->answer, "{\"code\":%d,\"name\":\"%s\"", (int)st, tg_status_name(st));
	if (st == TG_CENTRE_BUSY)
		tg_buf_addf(&q->answer, ",\"wait_ms\":%u", q->wait_ms);
	if (st == TG_SHARD_OTHER && q->elsewhere)
		tg_buf_addf(&q->answer, ",\"centre\":\"%s\"", q->elsewhere);
	tg_buf_add_str(&q->answer, "}\n");
}
