/* Sentences: look-up in four languages at once, places filled, and .mo files that lie (P-1). The good file is made by
 * gettext's own msgfmt; the others are that file with bytes changed, or built by hand. */
#include "screen_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#define LOCALE TAMGA_BINARY_DIR "/locale"

static char dir[64];

static int set_up(void **state)
{
	(void)state;
	fixture_folder(dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_remove(dir);
	return 0;
}

static void put_u32(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t get_u32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void good_files(void)
{
	static const char *const names[] = {"kk.mo", "ky.mo", "ru.mo", "en.mo"};
	for (int i = 0; i < 4; i++) {
		char from[256], to[128];
		struct tg_buf b = TG_BUF_INIT;
		snprintf(from, sizeof(from), LOCALE "/%s", names[i]);
		snprintf(to, sizeof(to), "%s/%s", dir, names[i]);
		fixture_read(from, &b);
		fixture_write(to, tg_buf_str(&b), b.len);
		tg_buf_finish(&b);
	}
}

/* Loads with ru.mo replaced. */
static enum tg_status load_with(const void *bytes, size_t n, struct tg_i18n **i)
{
	char path[128];
	struct tg_error err = {0};
	good_files();
	snprintf(path, sizeof(path), "%s/ru.mo", dir);
	fixture_write(path, bytes, n);
	enum tg_status status = tg_i18n_load(i, dir, &err);
	if (status != TG_OK) {
		assert_null(*i);
		assert_string_equal(err.file, path);
		assert_true(strlen(err.detail) > 5);
	}
	return status;
}

static void expect_refused(const void *bytes, size_t n)
{
	struct tg_i18n *i = NULL;
	assert_int_equal(load_with(bytes, n, &i), TG_TRANSLATION_MISSING);
}

static void read_russian(struct tg_buf *b)
{
	fixture_read(LOCALE "/ru.mo", b);
	assert_true(b->len > 1000);
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	struct tg_buf b = TG_BUF_INIT;
	read_russian(&b);
	size_t step = b.len / 97;
	for (size_t n = 0; n < b.len; n += n < 64 ? 1 : step)
		expect_refused(b.data, n);
	expect_refused(b.data, b.len - 1);
	tg_buf_finish(&b);
}

static void hostile_numbers_are_refused(void **state)
{
	(void)state;
	static const struct {
		size_t at;
		uint32_t value;
	} lies[] = {
	        {0, 0x12345678},  /* magic */
	        {4, 0x00020000},  /* major revision 2 */
	        {8, 0xffffffff},  /* number of strings */
	        {8, 19999},       /* more rows than there is room */
	        {12, 0xfffffff8}, /* table of ids outside */
	        {16, 0xfffffff8}, /* table of texts outside */
	};
	struct tg_buf b = TG_BUF_INIT;
	read_russian(&b);
	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		uint32_t kept = get_u32(b.data + lies[i].at);
		put_u32(b.data + lies[i].at, lies[i].value);
		expect_refused(b.data, b.len);
		put_u32(b.data + lies[i].at, kept);
	}
	/* rows: length and offset of the third id and of the third text */
	for (size_t table = 12; table <= 16; table += 4)
		for (size_t half = 0; half < 8; half += 4) {
			uint8_t *at = b.data + get_u32(b.data + table) + 16 + half;
			uint32_t kept = get_u32(at);
			put_u32(at, 0xfffffff0);
			expect_refused(b.data, b.len);
			put_u32(at, kept + 1); /* no NUL where one must be */
			expect_refused(b.data, b.len);
			put_u32(at, kept);
		}
	struct tg_i18n *i = NULL;
	assert_int_equal(load_with(b.data, b.len, &i), TG_OK); /* all put back */
	tg_i18n_destroy(i);
	tg_buf_finish(&b);
}

/* Two messages, "a" → x, "b" → y. Rows: ids at 28, texts at 44, strings from 60. */
static size_t tiny(uint8_t out[128], const char *id1, const char *id2, const char *text2, bool big_endian)
{
	const char *strings[] = {id1, id2, "x", text2};
	uint32_t words[7] = {0x950412de, 0, 2, 28, 44, 0, 0};
	size_t at = 60;
	memset(out, 0, 128);
	for (int i = 0; i < 7; i++)
		put_u32(out + 4 * i, words[i]);
	for (int i = 0; i < 4; i++) {
		size_t n = strlen(strings[i]);
		put_u32(out + 28 + 8 * i, (uint32_t)n);
		put_u32(out + 32 + 8 * i, (uint32_t)at);
		memcpy(out + at, strings[i], n + 1);
		at += n + 1;
	}
	for (int i = 0; big_endian && i < 15; i++) {
		uint32_t v = get_u32(out + 4 * i);
		put_u32(out + 4 * i, __builtin_bswap32(v));
	}
	return at;
}

static void order_and_text_are_checked(void **state)
{
	(void)state;
	uint8_t mo[128];
	expect_refused(mo, tiny(mo, "b", "a", "y", false)); /* out of order */
	expect_refused(mo, tiny(mo, "a", "a", "y", false)); /* twice */
	expect_refused(mo, tiny(mo, "a", "b", "\xd0", false));
	expect_refused(mo, tiny(mo, "a", "b", "\xff\xfe", false));
}

static void both_byte_orders_are_read(void **state)
{
	(void)state;
	for (int big = 0; big <= 1; big++) {
		uint8_t mo[128];
		struct tg_i18n *i = NULL;
		assert_int_equal(load_with(mo, tiny(mo, "a", "b", "й", big != 0), &i), TG_OK);
		assert_string_equal(tg_text(i, TG_LANG_RU, "a"), "x");
		assert_string_equal(tg_text(i, TG_LANG_RU, "b"), "й");
		assert_false(tg_text_has(i, TG_LANG_RU, "c"));
		assert_false(tg_text_has(i, TG_LANG_RU, ""));
		tg_i18n_destroy(i);
	}
}

static void a_missing_file_is_named(void **state)
{
	(void)state;
	struct tg_i18n *i = NULL;
	struct tg_error err = {0};
	char path[128];
	good_files();
	snprintf(path, sizeof(path), "%s/ky.mo", dir);
	unlink(path);
	assert_int_equal(tg_i18n_load(&i, dir, &err), TG_TRANSLATION_MISSING);
	assert_null(i);
	assert_string_equal(err.file, path);
	assert_int_equal(mkdir(path, 0700), 0); /* a folder in its place */
	assert_int_equal(tg_i18n_load(&i, dir, &err), TG_TRANSLATION_MISSING);
	assert_null(i);
	rmdir(path);
}

static void P_1_four_languages_at_once(void **state)
{
	(void)state;
	struct tg_i18n *i = NULL;
	struct tg_error err = {0};
	assert_int_equal(tg_i18n_load(&i, LOCALE, &err), TG_OK);
	assert_string_equal(tg_text(i, TG_LANG_KK, "nca.a1.surname"), "Тегі");
	assert_string_equal(tg_text(i, TG_LANG_KY, "nca.a1.surname"), "Фамилиясы");
	assert_string_equal(tg_text(i, TG_LANG_RU, "nca.a1.surname"), "Фамилия");
	assert_string_equal(tg_text(i, TG_LANG_EN, "nca.a1.surname"), "Surname");
	tg_i18n_destroy(i);
}

static void a_missing_sentence_shows_its_id_and_stays(void **state)
{
	(void)state;
	struct tg_i18n *i = NULL;
	struct tg_error err = {0};
	assert_int_equal(tg_i18n_load(&i, LOCALE, &err), TG_OK);
	char id[16] = "no.such.id";
	const char *s = tg_text(i, TG_LANG_KK, id);
	memset(id, 'x', 10);
	assert_string_equal(s, "<no.such.id>");
	assert_ptr_equal(tg_text(i, TG_LANG_RU, "no.such.id"), s);
	for (int n = 0; n < 200; n++) { /* more than there is room for: still a text, never NULL */
		snprintf(id, sizeof(id), "no.%d", n);
		assert_non_null(tg_text(i, TG_LANG_KK, id));
	}
	assert_string_equal(s, "<no.such.id>");
	assert_non_null(tg_text(i, TG_LANG_COUNT, "nca.a1.iin"));
	assert_non_null(tg_text(i, TG_LANG_KK, NULL));
	tg_i18n_destroy(i);
}

static void languages_by_code_and_name(void **state)
{
	(void)state;
	assert_int_equal(tg_lang_find("kk"), TG_LANG_KK);
	assert_int_equal(tg_lang_find("en"), TG_LANG_EN);
	assert_int_equal(tg_lang_find("kz"), -1);
	assert_int_equal(tg_lang_find(""), -1);
	assert_string_equal(tg_lang_code(TG_LANG_KY), "ky");
	assert_string_equal(tg_lang_name(TG_LANG_KK), "Қазақша");
	assert_string_equal(tg_lang_name(TG_LANG_KY), "Кыргызча");
	assert_string_equal(tg_lang_name(TG_LANG_RU), "Русский");
	assert_string_equal(tg_lang_name(TG_LANG_COUNT), "");
}

static void places_are_filled_once(void **state)
{
	(void)state;
	char out[64];
	assert_string_equal(tg_text_fill(out, sizeof(out), "{a}-{b}-{a}", "a", "1", "b", "2", NULL), "1-2-1");
	/* a value is never looked at again; unknown and unclosed places stay */
	assert_string_equal(tg_text_fill(out, sizeof(out), "{a}{b}", "a", "{b}", "b", "2", NULL), "{b}2");
	assert_string_equal(tg_text_fill(out, sizeof(out), "{c} {a", "a", "1", NULL), "{c} {a");
	assert_string_equal(tg_text_fill(out, sizeof(out), "{{a}}", "a", "1", NULL), "{1}");
	assert_string_equal(tg_text_fill(out, sizeof(out), "{a}", "a", NULL, NULL), "");
	assert_string_equal(tg_text_fill(out, sizeof(out), "", NULL), "");
}

static void a_full_buffer_cuts_no_character(void **state)
{
	(void)state;
	char out[6];
	assert_string_equal(tg_text_fill(out, 6, "ҚазаҚ", NULL), "Қа");
	assert_string_equal(tg_text_fill(out, 6, "a{v}", "v", "қққ", NULL), "aққ");
	assert_string_equal(tg_text_fill(out, 2, "қ", NULL), "");
	assert_string_equal(tg_text_fill(out, 1, "abc", NULL), "");
	assert_string_equal(tg_text_fill(out, 0, "abc", NULL), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_truncation_is_refused),
	        cmocka_unit_test(hostile_numbers_are_refused),
	        cmocka_unit_test(order_and_text_are_checked),
	        cmocka_unit_test(both_byte_orders_are_read),
	        cmocka_unit_test(a_missing_file_is_named),
	        cmocka_unit_test(P_1_four_languages_at_once),
	        cmocka_unit_test(a_missing_sentence_shows_its_id_and_stays),
	        cmocka_unit_test(languages_by_code_and_name),
	        cmocka_unit_test(places_are_filled_once),
	        cmocka_unit_test(a_full_buffer_cuts_no_character),
	};
	return cmocka_run_group_tests_name("i18n", tests, set_up, tear_down);
}
