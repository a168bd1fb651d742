#include "ca_table.h"

#define TRANSACTIONS_MAX 256
#define TRANSACTION_MS   120000

struct tg_ca_transactions {
	struct tg_ca_transaction *first;
	unsigned n;
};

struct tg_ca_transactions *tg_ca_transactions_create(struct tg_ca *ca)
{
	(void)ca;
	return calloc(1, sizeof(struct tg_ca_transactions));
}

void tg_ca_transactions_destroy(struct tg_ca_transactions *t)
{
	while (t != NULL && t->first != NULL) {
		struct tg_ca_transaction *next = t->first->next;
		tg_ca_transaction_free(t->first);
		t->first = next;
	}
	free(t);
}

enum tg_status tg_ca_transaction_create(struct tg_ca_transaction **out, struct tg_ca *ca)
{
	struct tg_ca_transaction *t = calloc(1, sizeof *t);
	*out = NULL;
	if (t == NULL)
		return TG_NO_MEMORY;
	t->ca = ca;
	enum tg_status status = tg_ca_server_create(t);
	if (status == TG_OK)
		*out = t;
	else
		tg_ca_transaction_free(t);
	return status;
}

void tg_ca_transaction_free(struct tg_ca_transaction *t)
{
	if (t == NULL)
		return;
	OSSL_CMP_SRV_CTX_free(t->server);
	free(t);
}

static int64_t mono(const struct tg_ca *ca)
{
	return ca->clock.mono_ms(ca->clock.ctx);
}

static void unlink_at(struct tg_ca_transactions *all, struct tg_ca_transaction **at)
{
	struct tg_ca_transaction *t = *at;
	*at = t->next;
	t->next = NULL;
	all->n--;
}

static void forget_expired(struct tg_ca *ca)
{
	int64_t now = mono(ca);
	struct tg_ca_transaction **at = &ca->transactions->first;
	while (*at != NULL) {
		struct tg_ca_transaction *t = *at;
		if (now < t->deadline_ms) {
			at = &t->next;
			continue;
		}
		unlink_at(ca->transactions, at);
		tg_ca_transaction_free(t);
	}
}

struct tg_ca_transaction *tg_ca_table_take(struct tg_ca *ca, const uint8_t *id, size_t id_len, const char *peer)
{
	forget_expired(ca);
	for (struct tg_ca_transaction **at = &ca->transactions->first; *at != NULL; at = &(*at)->next) {
		struct tg_ca_transaction *t = *at;
		if (t->id_len == id_len && memcmp(t->id, id, id_len) == 0 && strcmp(t->peer, peer) == 0) {
			unlink_at(ca->transactions, at);
			return t;
		}
	}
	return NULL;
}

void tg_ca_table_put(struct tg_ca *ca, struct tg_ca_transaction *t)
{
	struct tg_ca_transactions *all = ca->transactions;
	unsigned max = ca->config.transactions_max > 0 ? (unsigned)ca->config.transactions_max : TRANSACTIONS_MAX;
	struct tg_ca_transaction **at = &all->first;
	if (all->n >= max) {
		while ((*at)->next != NULL)
			at = &(*at)->next;
		struct tg_ca_transaction *oldest = *at;
		unlink_at(all, at);
		tg_ca_transaction_free(oldest);
	}
	t->deadline_ms = mono(ca) + (ca->config.transaction_ms > 0 ? ca->config.transaction_ms : TRANSACTION_MS);
	t->next = all->first;
	all->first = t;
	all->n++;
}

unsigned tg_ca_transactions(struct tg_ca *ca)
{
	(void)pthread_mutex_lock(&ca->lock);
	forget_expired(ca);
	unsigned n = ca->transactions->n;
	(void)pthread_mutex_unlock(&ca->lock);
	return n;
}
