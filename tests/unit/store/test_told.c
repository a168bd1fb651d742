/* What the centre tells its kiosks: entries of its own stream, and the feed that follows from them; what may be in an
 * item; what is gone. Requirement C-5. */
#include "lib.h"

#define WORDS "{\"en\":\"e\",\"kk\":\"k\",\"ky\":\"y\",\"ru\":\"r\"}"
#define CERT  "b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1"

static void tell(struct tg_store *c, enum tg_record_kind kind, const char *json)
{
	struct tg_error err = {0};
	enum tg_status st = tg_store_tell(c, kind, json, NOW, &err);
	if (st != TG_OK)
		print_error("tell: %s: %s\n", tg_status_name(st), err.detail);
	assert_int_equal(st, TG_OK);
}

static void tell_everything(struct tg_store *c)
{
	tell(c, TG_RECORD_NEWS_TOLD,
	        "{\"id\":\"n1\",\"provider\":\"kz-nca\",\"from_ms\":1,\"until_ms\":2,\"title\":" WORDS
	        ",\"text\":" WORDS "}");
	tell(c, TG_RECORD_NEWS_TOLD, "{\"id\":\"n2\",\"title\":" WORDS "}");
	tell(c, TG_RECORD_SOFTWARE_TOLD, "{\"version\":\"1.4.0\",\"from_ms\":1,\"until_ms\":2,\"text\":" WORDS "}");
	tell(c, TG_RECORD_REGISTER_IMPORTED, "{\"register\":\"persons\",\"source\":\"ГБД ФЛ\",\"records\":7,\"ms\":5}");
	tell(c, TG_RECORD_CERTIFICATE_REVOKED,
	        "{\"certificate\":\"" CERT "\",\"serial\":\"0a1b\",\"reason\":1,\"ms\":5}");
	tell(c, TG_RECORD_NEWS_TOLD, "{\"id\":\"n2\"}");
}

static const char *feed_of(const char *name)
{
	return lib_sqlite3(name, "SELECT kind || ' ' || key || ' ' || provider || ' ' || audience || ' ' || "
	                         "coalesce(body, 'gone') FROM feed ORDER BY kind, key");
}

static const char *const everything =
        "news n1 kz-nca  {\"from_ms\":1,\"text\":" WORDS ",\"title\":" WORDS ",\"until_ms\":2}\n"
        "news n2   gone\n"
        "register persons   {\"ms\":5,\"records\":7,\"source\":\"ГБД ФЛ\"}\n"
        "revoked " CERT "   {\"ms\":5,\"reason\":1,\"serial\":\"0a1b\"}\n"
        "software 1.4.0   {\"from_ms\":1,\"text\":" WORDS ",\"until_ms\":2}";

static void test_c5_what_is_told_is_an_entry(void **state)
{
	(void)state;
	struct tg_store *c = lib_open_centre("c");
	tell_everything(c);
	tg_store_close(c);
	assert_string_equal(feed_of("c"), everything);
	assert_string_equal(lib_sqlite3("c", "SELECT group_concat(kiosk || seq || kind, ' ') FROM journal"),
	        "C00-11news.told C00-12news.told C00-13software.told C00-14register.imported C00-15certificate.revoked "
	        "C00-16news.told");
	/* Said once more, nothing new: nobody is told. */
	long cursor = lib_count("c", "SELECT cursor FROM feed_state");
	c = lib_open_centre("c");
	tell(c, TG_RECORD_CERTIFICATE_REVOKED,
	        "{\"certificate\":\"" CERT "\",\"serial\":\"0a1b\",\"reason\":1,\"ms\":5}");
	tell(c, TG_RECORD_NEWS_TOLD, "{\"id\":\"never-told\"}");
	tg_store_close(c);
	assert_int_equal(lib_count("c", "SELECT cursor FROM feed_state"), cursor);
}

static void test_c5_what_may_not_be_told_is_refused(void **state)
{
	(void)state;
	static char longer[9000];
	struct tg_store *c = lib_open_centre("c");
	int n = snprintf(longer, sizeof(longer),
	        "{\"id\":\"a\",\"title\":{\"kk\":\"%08000d\",\"ky\":\"\",\"ru\":\"\",\"en\":\"\"}}", 0);
	assert_true(n > 8000 && (size_t)n < sizeof(longer));
	const struct {
		enum tg_record_kind kind;
		const char *json;
	} bad[] = {{TG_RECORD_NEWS_TOLD, "[]"}, {TG_RECORD_NEWS_TOLD, "{}"}, {TG_RECORD_NEWS_TOLD, "{\"id\":\"\"}"},
	        {TG_RECORD_NEWS_TOLD, "{\"id\":\"a b\",\"title\":" WORDS "}"},
	        {TG_RECORD_NEWS_TOLD, "{\"id\":\"a\",\"text\":" WORDS "}"}, /* neither told nor taken back */
	        {TG_RECORD_NEWS_TOLD, "{\"id\":\"a\",\"title\":\"text\"}"},
	        {TG_RECORD_NEWS_TOLD, "{\"id\":\"a\",\"title\":{\"kk\":\"k\",\"ru\":\"r\",\"en\":\"e\"}}"},
	        {TG_RECORD_NEWS_TOLD, "{\"id\":\"a\",\"title\":" WORDS ",\"iin\":\"900101300017\"}"},
	        {TG_RECORD_NEWS_TOLD, "{\"id\":\"a\",\"title\":" WORDS ",\"from_ms\":\"1\"}"},
	        {TG_RECORD_NEWS_TOLD, "{\"id\":\"a\",\"title\":" WORDS ",\"provider\":\"a b\"}"},
	        {TG_RECORD_NEWS_TOLD, longer}, {TG_RECORD_SOFTWARE_TOLD, "{\"version\":\"1\",\"title\":" WORDS "}"},
	        {TG_RECORD_REGISTER_IMPORTED, "{\"register\":\"p\",\"ms\":1,\"source\":\"two\\nlines\"}"},
	        {TG_RECORD_CERTIFICATE_REVOKED, "{\"certificate\":\"" CERT "\",\"serial\":\"1\",\"holder\":\"Asan\"}"}};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(tg_store_tell(c, bad[i].kind, bad[i].json, NOW, NULL), TG_INVALID);
	tg_store_close(c);
	assert_int_equal(lib_count("c", "SELECT (SELECT count(*) FROM journal) + (SELECT count(*) FROM feed)"), 0);
}

/* The members of each kind, and what looks like them. */
static void test_c5_no_item_says_more_than_its_kind_may(void **state)
{
	(void)state;
	const struct {
		const char *kind, *audience, *body;
		bool good;
	} table[] = {
	        {"news", "", "{\"from_ms\":1,\"until_ms\":2,\"title\":" WORDS ",\"text\":" WORDS "}", true},
	        {"news", "", "{\"number\":\"K7M2-0004-9QX1\"}", false},
	        {"news", "K1", "{\"from_ms\":1}", false},
	        {"software", "", "{\"from_ms\":1,\"until_ms\":2,\"text\":" WORDS "}", true},
	        {"software", "", "{\"url\":\"http://x\"}", false},
	        {"register", "", "{\"source\":\"s\",\"records\":1,\"ms\":2}", true},
	        {"register", "", "{\"key\":\"900101300017\"}", false},
	        {"revoked", "", "{\"serial\":\"0a\",\"reason\":1,\"ms\":2}", true},
	        {"revoked", "", "{\"subject\":\"CN=Asan\"}", false},
	        {"lock", "", "{\"tries\":[[\"K1\",5,0]],\"clears\":[[\"K1\",5]]}", true},
	        {"lock", "", "{\"tries\":[[\"Asan Usenov\",5,0]]}", false},
	        {"lock", "", "{\"tries\":[[\"K1\",5,\"900101300017\"]]}", false},
	        {"token", "", "{\"state\":\"lost\"}", true},
	        {"token", "", "{\"state\":\"lost by Asan\"}", false},
	        {"token", "", "{\"holder\":\"x\"}", false},
	        {"application", "K1",
	                "{\"state\":\"accepted\",\"code\":0,\"ms\":1,\"promised_ms\":2,\"ground\":\"g\",\"complaint\":"
	                "\"answered\",\"due\":1,\"rest\":1,\"currency\":\"KGS\"}",
	                true},
	        {"application", "", "{\"state\":\"accepted\"}", false}, /* for everybody */
	        {"application", "K1", "{\"iin\":\"900101300017\"}", false},
	        {"application", "K1", "{\"ground\":\"because Asan Usenov said so\"}", false},
	        {"application", "K1", "{\"answers\":[]}", false},
	        {"anything", "", "{}", false},
	};
	struct tg_store *c = lib_open_centre("c");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct tg_feed_item item = {
		        .time_ms = NOW, .key = "k", .body = table[i].body, .body_len = strlen(table[i].body)};
		assert_true(tg_copy(item.kind, sizeof(item.kind), table[i].kind));
		assert_true(tg_copy(item.audience, sizeof(item.audience), table[i].audience));
		enum tg_status st = tg_store_feed_add(c, &item, NULL);
		if (st != (table[i].good ? TG_OK : TG_INVALID))
			print_error("%s %s\n", table[i].kind, table[i].body);
		assert_int_equal(st, table[i].good ? TG_OK : TG_INVALID);
	}
	tg_store_close(c);
}

static void test_c5_no_kiosk_speaks_for_the_centre(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("k", "K1"), *c = lib_open_centre("c");
	(void)lib_append(k, TG_RECORD_NEWS_TOLD, "{\"id\":\"n1\",\"title\":" WORDS "}");
	(void)lib_append(k, TG_RECORD_CERTIFICATE_REVOKED, "{\"certificate\":\"" CERT "\",\"serial\":\"1\"}");
	lib_send_all(k, "K1", c, NOW);
	assert_int_equal(tg_store_rebuild(c, NULL), TG_OK);
	tg_store_close(k);
	tg_store_close(c);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM journal"), 2);
	assert_int_equal(lib_count("c", "SELECT count(*) FROM feed"), 0);
	assert_int_equal(lib_count("k", "SELECT count(*) FROM feed"), 0);
}

/* Names that come out of a kiosk's entries: none makes a page that the others cannot read. */
static void test_c5_a_bad_name_makes_no_bad_page(void **state)
{
	(void)state;
	static const char *const serials[] = {"S 1", "\\u0421", "S\\\"", "S\\n", ""};
	struct tg_store *k = lib_open_kiosk("k", "K1"), *c = lib_open_centre("c"), *other = lib_open_kiosk("o", "K2");
	char body[300];
	for (size_t i = 0; i < 5; i++) {
		(void)snprintf(body, sizeof(body),
		        "{\"number\":\"A%zu\",\"provider\":\"p\",\"carrier\":{\"serial\":\"%s\"}}", i, serials[i]);
		(void)lib_append(k, TG_RECORD_APPLICATION_SUBMITTED, body);
		(void)snprintf(body, sizeof(body), "{\"number\":\"A%zu\"}", i);
		(void)lib_append(k, TG_RECORD_APPLICATION_DELIVERED, body);
		(void)snprintf(body, sizeof(body), "{\"serial\":\"%s\",\"state\":\"lost\"}", serials[i]);
		(void)!tg_store_append(k, TG_RECORD_TOKEN_STATE, body, NOW, NULL, NULL);
	}
	(void)lib_append(k, TG_RECORD_PIN_TRIED, "{\"certificate\":\"" CERT "\",\"provider\":\"a b\",\"right\":false}");
	lib_send_all(k, "K1", c, NOW);
	tell(c, TG_RECORD_NEWS_TOLD, "{\"id\":\"n1\",\"title\":" WORDS "}");
	lib_read_feed(other, "K2", c);
	tg_store_close(k);
	tg_store_close(c);
	tg_store_close(other);
	assert_int_equal(lib_count("o", "SELECT count(*) FROM feed WHERE kind = 'news'"), 1);
}

static void test_c5_a_rebuild_tells_the_same(void **state)
{
	(void)state;
	struct tg_store *c = lib_open_centre("c");
	tell_everything(c);
	uint64_t before, after;
	assert_int_equal(tg_store_feed_cursor(c, &before, NULL), TG_OK);
	assert_int_equal(tg_store_rebuild(c, NULL), TG_OK);
	assert_int_equal(tg_store_rebuild(c, NULL), TG_OK);
	assert_int_equal(tg_store_feed_cursor(c, &after, NULL), TG_OK);
	assert_int_equal(before, after);
	tg_store_close(c);
	assert_string_equal(feed_of("c"), everything);
	/* One is lost, one changed, one never was: these three are told, above all cursors given out. */
	(void)lib_sqlite3("c", "DELETE FROM feed WHERE kind = 'revoked'; UPDATE feed SET body = '{\"from_ms\":9}' "
	                       "WHERE kind = 'software'; INSERT INTO feed (cursor, time_ms, kind, key, provider, "
	                       "audience, body) VALUES (5, 5, 'news', 'n9', '', '', '{}')");
	c = lib_open_centre("c");
	assert_int_equal(tg_store_rebuild(c, NULL), TG_OK);
	tg_store_close(c);
	char sql[120];
	(void)snprintf(sql, sizeof(sql),
	        "SELECT group_concat(key, ' ') FROM (SELECT key FROM feed WHERE cursor > %llu ORDER BY key)",
	        (unsigned long long)before);
	assert_string_equal(lib_sqlite3("c", sql), "1.4.0 " CERT " n9");
	(void)lib_sqlite3("c", "DELETE FROM feed WHERE key = 'n9'");
	assert_string_equal(feed_of("c"), everything);
}

static void test_c5_a_revoked_certificate_is_known_offline(void **state)
{
	(void)state;
	struct tg_store *k = lib_open_kiosk("k", "K1"), *c = lib_open_centre("c");
	assert_int_equal(tg_store_certificate_check(k, CERT, NULL), TG_OK);
	tell(c, TG_RECORD_CERTIFICATE_REVOKED,
	        "{\"certificate\":\"" CERT "\",\"serial\":\"0a1b\",\"reason\":1,\"ms\":5}");
	lib_read_feed(k, "K1", c);
	tg_store_close(c);
	assert_int_equal(tg_store_certificate_check(k, CERT, NULL), TG_CERT_REVOKED);
	assert_int_equal(tg_store_certificate_check(k, "00", NULL), TG_OK);
	tg_store_close(k);
	(void)lib_sqlite3("k", "UPDATE feed SET body = 'x'");
	k = lib_open_kiosk("k", "K1");
	assert_int_equal(tg_store_certificate_check(k, CERT, NULL), TG_STORE_DAMAGED);
	tg_store_close(k);
}

#define T(name) cmocka_unit_test_setup_teardown(name, lib_setup, lib_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
	        T(test_c5_what_may_not_be_told_is_refused),
	        T(test_c5_no_item_says_more_than_its_kind_may),
	        T(test_c5_no_kiosk_speaks_for_the_centre),
	        T(test_c5_a_bad_name_makes_no_bad_page),
	        T(test_c5_what_is_told_is_an_entry),
	        T(test_c5_a_rebuild_tells_the_same),
	        T(test_c5_a_revoked_certificate_is_known_offline),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
