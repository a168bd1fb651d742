#include "app_lib.h"

#include <stdlib.h>

/* One entry with body {"number": N MORE}. */
void app_add(struct tg_store *s, enum tg_record_kind kind, const char *number, const char *more)
{
	char body[600];
	int n = snprintf(body, sizeof(body), "{\"number\":\"%s\"%s}", number, more);
	assert_true(n > 0 && (size_t)n < sizeof(body));
	(void)lib_append(s, kind, body);
}

void app_submit(struct tg_store *s, const char *number, const char *more)
{
	char all[500];
	int n = snprintf(
	        all, sizeof(all), ",\"provider\":\"kz-nca\",\"service\":\"issue\",\"form\":\"nca-a2\"%s", more);
	assert_true(n > 0 && (size_t)n < sizeof(all));
	app_add(s, TG_RECORD_APPLICATION_SUBMITTED, number, all);
}

void app_assert_state(struct tg_store *s, const char *number, const char *state)
{
	struct tg_app_row row;
	assert_int_equal(tg_store_app_find(s, number, &row, NULL), TG_OK);
	assert_string_equal(tg_app_state_name(row.state), state);
}

int app_code(struct tg_store *s, const char *number)
{
	struct tg_app_row row;
	assert_int_equal(tg_store_app_find(s, number, &row, NULL), TG_OK);
	return row.code;
}

void app_role(struct tg_store *c, const char *kiosk, const char *name)
{
	assert_int_equal(tg_store_set_kiosk_role(c, kiosk, name, NOW, NULL), TG_OK);
}

enum tg_status app_claim(struct tg_store *c, const char *number, const char *kiosk, const char *staff, int64_t now)
{
	struct tg_claim w = {0};
	int64_t until;
	assert_true(tg_copy(w.number, sizeof(w.number), number) && tg_copy(w.kiosk, sizeof(w.kiosk), kiosk) &&
	            tg_copy(w.staff, sizeof(w.staff), staff));
	return tg_store_claim(c, &w, now, &until, NULL);
}

struct world world_open(void)
{
	struct world w = {lib_open_kiosk("a", "K1"), lib_open_kiosk("b", "K2"), lib_open_centre("c")};
	app_role(w.c, "K2", "desk");
	return w;
}

void world_turn(struct world *w)
{
	lib_send_all(w->a, "K1", w->c, NOW + 10);
	lib_send_all(w->b, "K2", w->c, NOW + 20);
	lib_read_feed(w->a, "K1", w->c);
	lib_read_feed(w->b, "K2", w->c);
}

static const char *const dumps[] = {"a", "b", "c"};
#define DUMP                                                                                                           \
	"SELECT number, kiosk, state, kind, way, operation, proof, person, head, power, before_complaint, "            \
	"promised_ms, "                                                                                                \
	"code, flags, finished_ms, first_seq, last_seq, irregular, held FROM application ORDER BY 1;"                  \
	"SELECT * FROM claim; SELECT * FROM early; SELECT * FROM power; SELECT * FROM used_signature;"                 \
	"SELECT * FROM kiosk_role; SELECT number, about, state FROM complaint; SELECT * FROM ticket;"                  \
	"SELECT * FROM work ORDER BY 1, 2, 3; SELECT kind, key, body, audience FROM feed ORDER BY 1, 2;"

/* Rebuilt tables are the same ones, everywhere. */
void world_close(struct world *w)
{
	struct tg_store *all[] = {w->a, w->b, w->c};
	for (int i = 0; i < 3; i++) {
		char *before = strdup(lib_sqlite3(dumps[i], DUMP));
		assert_int_equal(tg_store_rebuild(all[i], NULL), TG_OK);
		assert_string_equal(lib_sqlite3(dumps[i], DUMP), before);
		free(before);
		tg_store_close(all[i]);
	}
}
