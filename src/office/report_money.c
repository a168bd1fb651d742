/* What applications cost, what came for them, what went back, by service and day (DOS-7). */
#include "report_money.h"

#include <jansson.h>
#include <stdlib.h>

#define KEY_MAX 400
#define NAMES   6

static const char *const names[NAMES] = {"provider", "service", "day", "what", "how", "currency"};

struct money {
	struct tg_report_streams *streams;
	const struct tg_catalog *catalog;
	const struct tg_report_period *p;
	json_t *rows; /* names joined by tabs → [count, amount] */
	struct tg_error *err;
};

static enum tg_status count(struct money *m, const char *key, int64_t amount)
{
	json_t *row = json_object_get(m->rows, key);
	if (!row) {
		row = json_pack("[i, i]", 0, 0);
		if (!row || json_object_set_new(m->rows, key, row) != 0)
			return tg_error_set(m->err, TG_NO_MEMORY, "report");
	}
	json_int_t n = json_integer_value(json_array_get(row, 0)), sum = json_integer_value(json_array_get(row, 1));
	bool ok = json_array_set_new(row, 0, json_integer(n + 1)) == 0 &&
	          json_array_set_new(row, 1, json_integer(sum + amount)) == 0;
	return ok ? TG_OK : tg_error_set(m->err, TG_NO_MEMORY, "report");
}

static enum tg_status see(const struct tg_money_move *move, void *ctx)
{
	struct money *m = ctx;
	struct tg_app_row app = {0};
	char day[11], key[KEY_MAX];
	bool here;
	const struct tg_provider *p = tg_catalog_provider(m->catalog, move->provider);
	tg_report_day(move->time_ms, p ? p->utc_offset_minutes : 0, day);
	bool wanted = !m->p->provider || strcmp(m->p->provider, move->provider) == 0;
	if (!wanted || strcmp(day, m->p->from) < 0 || strcmp(day, m->p->until) > 0)
		return TG_OK;
	TG_TRY(tg_report_streams_place(m->streams, move->place, &here, m->err));
	if (!here)
		return TG_OK;
	enum tg_status st = move->number[0] ? tg_store_app_find(m->streams->s, move->number, &app, m->err) : TG_OK;
	if (st != TG_OK && st != TG_NOT_FOUND)
		return st;
	(void)snprintf(key, sizeof(key), "%s\t%s\t%s\t%s\t%s\t%s", move->provider, app.service, day, move->what,
	        move->how, move->currency);
	return count(m, key, move->amount);
}

static json_t *row_of(const char *key, const json_t *sums)
{
	json_t *row = json_object();
	for (int i = 0; row && i < NAMES; i++) {
		size_t n = strcspn(key, "\t");
		(void)json_object_set_new(row, names[i], json_stringn(key, n));
		key += key[n] ? n + 1 : n;
	}
	(void)json_object_set(row, "count", json_array_get(sums, 0));
	(void)json_object_set(row, "amount", json_array_get(sums, 1));
	return row;
}

enum tg_status tg_report_money_count(struct tg_report_streams *streams, const struct tg_catalog *catalog,
        const struct tg_report_period *p, json_t *sums, struct tg_error *err)
{
	struct money m = {streams, catalog, p, sums, err};
	return tg_store_money_moves(streams->s, see, &m, err);
}

json_t *tg_report_money_rows(const json_t *sums)
{
	const char *key;
	json_t *row, *rows = json_array();
	char *sorted = json_dumps(sums, JSON_SORT_KEYS);
	json_t *all = sorted ? json_loads(sorted, 0, NULL) : NULL;
	free(sorted);
	json_object_foreach(all, key, row)(void) json_array_append_new(rows, row_of(key, row));
	if (!all) {
		json_decref(rows);
		rows = NULL;
	}
	json_decref(all);
	return rows;
}
