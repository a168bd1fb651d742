/* Lists of complex certificates (DOS-6): begun by the application, changed by the centre's entries in their order, made
 * again from the journal. The sqlite3 program says what stands in the tables. */
#include "app_lib.h"

#include <stdio.h>
#include <string.h>

#define FIRST                                                                                                          \
	",\"proof\":\"desk\",\"product\":\"complex-5\",\"companies\":[{\"inn\":\"1\",\"name\":\"А\"},"                \
	"{\"inn\":\"2\",\"name\":\"Б\"},{\"inn\":\"3\",\"name\":\"В\"}]"
#define CHANGE ",\"proof\":\"desk\",\"operation\":\"companies\""
#define LIST   "SELECT group_concat(inn || name, ' ') FROM (SELECT * FROM company ORDER BY number, inn)"

static void accept(struct world *w, const char *number)
{
	assert_int_equal(app_claim(w->c, number, "K2", "S", NOW), TG_OK);
	app_add(w->b, TG_RECORD_DESK_DECIDED, number, ",\"staff\":\"S\",\"outcome\":\"accepted\"");
	world_turn(w);
}

/* The centre writes what it judged. */
static void changed(struct world *w, const char *number, const char *more)
{
	char body[400];
	(void)snprintf(body, sizeof body, "{\"number\":\"%s\",\"certificate\":\"A\",\"product\":\"complex-5\"%s}",
	        number, more);
	lib_append(w->c, TG_RECORD_COMPANIES_CHANGED, body);
	world_turn(w);
}

static long owed(const char *number)
{
	char sql[120];
	(void)snprintf(sql, sizeof sql, "SELECT count(*) FROM work WHERE what = 'companies' AND number = '%s'", number);
	return lib_count("c", sql);
}

static struct world begun(void)
{
	struct world w = world_open();
	app_submit(w.a, "A", FIRST);
	world_turn(&w);
	assert_string_equal(lib_sqlite3("c", LIST), "1А 2Б 3В");
	accept(&w, "A");
	return w;
}

static enum tg_status add_name(const char *inn, const char *name, void *ctx)
{
	char *out = ctx;
	(void)snprintf(out + strlen(out), 64 - strlen(out), "%s%s;", inn, name);
	return TG_OK;
}

static void dos6_changes_in_the_centres_order(void **state)
{
	(void)state;
	struct world w = begun();
	struct tg_company_list list;
	char names[64] = "";
	app_submit(w.a, "B", CHANGE);
	app_submit(w.b, "C", CHANGE);
	world_turn(&w);
	assert_int_equal(owed("B"), 0); /* not before somebody has accepted it */
	accept(&w, "B");
	accept(&w, "C");
	assert_int_equal(owed("B"), 1);
	assert_int_equal(owed("C"), 1);
	changed(&w, "C",
	        ",\"added\":[{\"inn\":\"4\",\"name\":\"Г\"}],\"removed\":[{\"inn\":\"1\",\"name\":\"А\"}],\"count\":3,"
	        "\"code\":0");
	assert_string_equal(lib_sqlite3("c", LIST), "2Б 3В 4Г");
	app_assert_state(w.c, "C", "delivered");
	app_assert_state(w.b, "C", "delivered"); /* its kiosk is told */
	assert_int_equal(owed("C"), 0);
	changed(&w, "B", ",\"added\":[],\"removed\":[{\"inn\":\"1\",\"name\":\"А\"}],\"count\":3,\"code\":429");
	assert_string_equal(lib_sqlite3("c", LIST), "2Б 3В 4Г"); /* refused: nothing changes */
	app_assert_state(w.c, "B", "refused");
	app_assert_state(w.a, "B", "refused");
	assert_int_equal(app_code(w.a, "B"), 429);
	assert_int_equal(tg_store_companies(w.c, "A", &list, add_name, names, NULL), TG_OK);
	assert_string_equal(names, "2Б;3В;4Г;");
	assert_string_equal(list.product, "complex-5");
	assert_int_equal(list.count, 3);
	assert_int_equal(tg_store_companies(w.c, "B", &list, NULL, NULL, NULL), TG_NOT_FOUND);
	assert_int_equal(tg_store_companies(w.a, "A", &list, NULL, NULL, NULL), TG_NOT_FOUND); /* at the centre only */
	assert_int_equal(tg_store_rebuild(w.c, NULL), TG_OK);
	assert_string_equal(lib_sqlite3("c", LIST), "2Б 3В 4Г");
	app_assert_state(w.c, "B", "refused");
	app_assert_state(w.c, "C", "delivered");
	assert_int_equal(lib_count("c", "SELECT count(*) FROM work WHERE what = 'companies'"), 0);
	world_close(&w);
}

static void dos6_nobody_else_changes_a_list(void **state)
{
	(void)state;
	struct world w = begun();
	static const char more[] =
	        "\"certificate\":\"A\",\"product\":\"complex-5\",\"added\":[],\"removed\":[{\"inn\":\"1\"}],"
	        "\"count\":2,\"code\":0";
	char body[300];
	app_submit(w.a, "B", CHANGE);
	app_submit(w.a, "D", ",\"proof\":\"desk\"");
	world_turn(&w);
	/* a kiosk's word; before it was accepted; for an application of another kind */
	(void)snprintf(body, sizeof body, "{\"number\":\"B\",%s}", more);
	lib_append(w.a, TG_RECORD_COMPANIES_CHANGED, body);
	world_turn(&w);
	lib_append(w.c, TG_RECORD_COMPANIES_CHANGED, body);
	accept(&w, "D");
	(void)snprintf(body, sizeof body, "{\"number\":\"D\",%s}", more);
	lib_append(w.c, TG_RECORD_COMPANIES_CHANGED, body);
	assert_string_equal(lib_sqlite3("c", LIST), "1А 2Б 3В");
	app_assert_state(w.c, "B", "at-desk");
	app_assert_state(w.c, "D", "accepted");
	accept(&w, "B");
	lib_append(w.a, TG_RECORD_COMPANIES_CHANGED, "{\"number\":\"B\"}");
	lib_append(w.c, TG_RECORD_COMPANIES_CHANGED,
	        "{\"number\":\"B\",\"added\":7,\"removed\":{}}"); /* of no certificate */
	world_turn(&w);
	assert_string_equal(lib_sqlite3("c", LIST), "1А 2Б 3В");
	world_close(&w);
}

static void dos6_no_certificate_no_list(void **state)
{
	(void)state;
	static const char *const ends[] = {"refused", "not-accepted"};
	for (size_t i = 0; i < 2; i++) {
		char more[80];
		lib_make_dir();
		struct world w = world_open();
		app_submit(w.a, "A", FIRST);
		world_turn(&w);
		assert_int_equal(app_claim(w.c, "A", "K2", "S", NOW), TG_OK);
		(void)snprintf(more, sizeof more, ",\"staff\":\"S\",\"outcome\":\"%s\"", ends[i]);
		app_add(w.b, TG_RECORD_DESK_DECIDED, "A", more);
		world_turn(&w);
		assert_string_equal(lib_sqlite3("c", "SELECT count(*) FROM company"), "0");
		assert_string_equal(lib_sqlite3("c", "SELECT count(*) FROM company_list"), "0");
		world_close(&w);
		lib_remove_dir();
	}
}

static void dos6_a_list_that_is_none(void **state)
{
	(void)state;
	struct world w = world_open();
	app_submit(w.a, "A", ",\"product\":\"complex-5\",\"companies\":\"all\"");
	app_submit(w.a, "B",
	        ",\"product\":\"complex-5\",\"companies\":[7,{\"name\":\"А\"},{\"inn\":\"\"},{\"inn\":\"9\"}]");
	app_submit(w.a, "C", ",\"companies\":[{\"inn\":\"1\",\"name\":\"А\"}]");
	world_turn(&w);
	assert_string_equal(lib_sqlite3("c", LIST), "9");
	assert_string_equal(lib_sqlite3("c", "SELECT group_concat(number) FROM company_list"), "B");
	assert_string_equal(lib_sqlite3("a", "SELECT count(*) FROM company"), "0"); /* a kiosk keeps none */
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(dos6_changes_in_the_centres_order, lib_setup, lib_teardown),
	        cmocka_unit_test_setup_teardown(dos6_nobody_else_changes_a_list, lib_setup, lib_teardown),
	        cmocka_unit_test(dos6_no_certificate_no_list),
	        cmocka_unit_test_setup_teardown(dos6_a_list_that_is_none, lib_setup, lib_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
