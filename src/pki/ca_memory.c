#include "tamga/ca.h"

struct tg_ca_memory {
	struct tg_ca_record *list;
	int64_t *changes; /* the last change of each, 0: none */
	int64_t change;
	size_t n, cap;
	uint64_t crl_number;
};

static enum tg_status copy(const struct tg_ca_record *r, struct tg_ca_record *out)
{
	struct tg_buf der = TG_BUF_INIT;
	tg_buf_add(&der, r->certificate.data, r->certificate.len);
	*out = *r;
	out->certificate = der;
	return tg_buf_status(&der);
}

static struct tg_ca_record *by_serial(struct tg_ca_memory *m, const char *serial)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->list[i].serial, serial) == 0)
			return &m->list[i];
	return NULL;
}

static struct tg_ca_record *by_spki(struct tg_ca_memory *m, const uint8_t hash[TG_HASH_LEN])
{
	for (size_t i = 0; i < m->n; i++)
		if (memcmp(m->list[i].spki_hash, hash, TG_HASH_LEN) == 0)
			return &m->list[i];
	return NULL;
}

static enum tg_status find_by_spki(void *ctx, const uint8_t spki_hash[TG_HASH_LEN], struct tg_ca_record *out)
{
	const struct tg_ca_record *r = by_spki(ctx, spki_hash);
	return r == NULL ? TG_NOT_FOUND : copy(r, out);
}

static enum tg_status find_by_serial(void *ctx, const char *serial, struct tg_ca_record *out)
{
	const struct tg_ca_record *r = by_serial(ctx, serial);
	return r == NULL ? TG_NOT_FOUND : copy(r, out);
}

static enum tg_status grow(struct tg_ca_memory *m)
{
	size_t cap = m->cap == 0 ? 16 : m->cap * 2;
	if (m->n < m->cap)
		return TG_OK;
	struct tg_ca_record *list = realloc(m->list, cap * sizeof *list);
	if (list != NULL)
		m->list = list;
	int64_t *changes = realloc(m->changes, cap * sizeof *changes);
	if (changes != NULL)
		m->changes = changes;
	if (list == NULL || changes == NULL)
		return TG_NO_MEMORY;
	m->cap = cap;
	return TG_OK;
}

static enum tg_status insert(void *ctx, const struct tg_ca_record *r)
{
	struct tg_ca_memory *m = ctx;
	if (by_serial(m, r->serial) != NULL || by_spki(m, r->spki_hash) != NULL)
		return TG_INVALID;
	TG_TRY(grow(m));
	TG_TRY(copy(r, &m->list[m->n]));
	m->changes[m->n] = 0;
	m->n++;
	return TG_OK;
}

static enum tg_status replace(void *ctx, const char *serial, const struct tg_ca_record *r)
{
	struct tg_ca_record *at = by_serial(ctx, serial), fresh;
	if (at == NULL)
		return TG_NOT_FOUND;
	TG_TRY(copy(r, &fresh));
	tg_ca_record_finish(at);
	*at = fresh;
	return TG_OK;
}

static bool listed(enum tg_ca_state state)
{
	return state == TG_CA_REVOKED || state == TG_CA_REJECTED;
}

static enum tg_status set_state(
        void *ctx, const char *serial, enum tg_ca_state state, int reason, int64_t changed_ms, const char *by)
{
	struct tg_ca_memory *m = ctx;
	struct tg_ca_record *r = by_serial(ctx, serial);
	(void)by;
	if (r == NULL)
		return TG_NOT_FOUND;
	if (listed(state) || listed(r->state))
		m->changes[r - m->list] = ++m->change;
	r->state = state;
	r->reason = reason;
	r->changed_ms = changed_ms;
	return TG_OK;
}

static enum tg_status each_changed(
        void *ctx, int64_t after, enum tg_status (*fn)(const struct tg_ca_record *r, void *fn_ctx), void *fn_ctx)
{
	struct tg_ca_memory *m = ctx;
	for (size_t i = 0; i < m->n; i++)
		if (m->changes[i] > after)
			TG_TRY(fn(&m->list[i], fn_ctx));
	return TG_OK;
}

static enum tg_status last_change(void *ctx, int64_t *out)
{
	const struct tg_ca_memory *m = ctx;
	*out = m->change;
	return TG_OK;
}

static enum tg_status each_revoked(
        void *ctx, enum tg_status (*fn)(const struct tg_ca_record *r, void *fn_ctx), void *fn_ctx)
{
	struct tg_ca_memory *m = ctx;
	for (size_t i = 0; i < m->n; i++)
		if (listed(m->list[i].state))
			TG_TRY(fn(&m->list[i], fn_ctx));
	return TG_OK;
}

static enum tg_status next_crl_number(void *ctx, uint64_t least, uint64_t *out)
{
	struct tg_ca_memory *m = ctx;
	m->crl_number = m->crl_number + 1 > least ? m->crl_number + 1 : least;
	*out = m->crl_number;
	return TG_OK;
}

enum tg_status tg_ca_memory_create(struct tg_ca_memory **out)
{
	*out = calloc(1, sizeof **out);
	return *out == NULL ? TG_NO_MEMORY : TG_OK;
}

void tg_ca_memory_destroy(struct tg_ca_memory *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n; i++)
		tg_ca_record_finish(&m->list[i]);
	free(m->list);
	free(m->changes);
	free(m);
}

struct tg_ca_store tg_ca_memory_port(struct tg_ca_memory *m)
{
	return (struct tg_ca_store){.find_by_spki = find_by_spki,
	        .find_by_serial = find_by_serial,
	        .insert = insert,
	        .replace = replace,
	        .set_state = set_state,
	        .each_revoked = each_revoked,
	        .each_changed = each_changed,
	        .last_change = last_change,
	        .next_crl_number = next_crl_number,
	        .ctx = m};
}
