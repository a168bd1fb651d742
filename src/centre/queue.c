/* Requests between threads, and their refusals. */
#include "centre.h"

#include <stdlib.h>

enum tg_status tg_queue_init(struct tg_queue *q)
{
	*q = (struct tg_queue){0};
	if (pthread_mutex_init(&q->lock, NULL) != 0)
		return TG_NO_MEMORY;
	return pthread_cond_init(&q->some, NULL) == 0 ? TG_OK : TG_NO_MEMORY;
}

void tg_queue_finish(struct tg_queue *q)
{
	pthread_cond_destroy(&q->some);
	pthread_mutex_destroy(&q->lock);
}

bool tg_queue_put(struct tg_queue *q, struct tg_request *r)
{
	pthread_mutex_lock(&q->lock);
	bool open = !q->closed;
	if (open) {
		bool was_empty = q->first == NULL;
		r->next = NULL;
		if (was_empty)
			q->first = r;
		else
			q->last->next = r;
		q->last = r;
		if (was_empty)
			pthread_cond_signal(&q->some);
	}
	pthread_mutex_unlock(&q->lock);
	return open;
}

struct tg_request *tg_queue_take(struct tg_queue *q, size_t max_entries)
{
	pthread_mutex_lock(&q->lock);
	while (!q->first && !q->closed)
		pthread_cond_wait(&q->some, &q->lock);
	struct tg_request *head = q->first, *end = head;
	size_t total = head ? head->n : 0;
	while (end && end->next && total + end->next->n <= max_entries) {
		end = end->next;
		total += end->n;
	}
	if (end) {
		q->first = end->next;
		end->next = NULL;
	}
	pthread_mutex_unlock(&q->lock);
	return head;
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
	        {TG_SYNC_FOREIGN, 403}, {TG_CENTRE_REFUSED, 403}, {TG_TLS, 403}, {TG_SYNC_GAP, 409},
	        {TG_SYNC_FORK, 409}, {TG_CHAIN_BROKEN, 409}, {TG_CLAIMED, 409}, {TG_CARD_STATE, 409},
	        {TG_POWER_USED, 409}, {TG_PAYMENT_TWICE, 409}, {TG_REFUND_LATE, 409}, {TG_REGISTER_DOWN, 424}};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].st == st)
			return table[i].http;
	return 503;
}

void tg_request_refuse(struct tg_request *q, enum tg_status st)
{
	q->http = tg_http_of(st);
	q->type = "application/json";
	tg_buf_reset(&q->answer);
	tg_buf_addf(&q->answer, "{\"code\":%d,\"name\":\"%s\"}\n", (int)st, tg_status_name(st));
}
