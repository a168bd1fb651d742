/* The carriers table: what ships is right, and each mistake is told with its place. Requirement K-12. */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include "carriers.h"
#include "tamga/text.h"

#include <cmocka.h>

#define GOOD                                                                                                           \
	"carriers:\n"                                                                                                  \
	"  - id: one\n"                                                                                                \
	"    name: carrier.one\n"                                                                                      \
	"    atr: 3B00FF\n"                                                                                            \
	"    module: /lib/one.so\n"                                                                                    \
	"    dialect: generic\n"                                                                                       \
	"    pin_min: 4\n"                                                                                             \
	"    pin_max: 8\n"                                                                                             \
	"    pin_digits_only: true\n"                                                                                  \
	"    factory_pin: \"1234\"\n"                                                                                  \
	"    so_pin: text\n"                                                                                           \
	"    version_min: \"2.0\"\n"                                                                                   \
	"    purpose: token\n"                                                                                         \
	"    algorithms: rsa-2048\n"                                                                                   \
	"    certificate_category: 1\n"                                                                                \
	"    storage_oid: 1.2.3\n"

static enum tg_status load(const char *text, struct tg_carriers **out, struct tg_error *err)
{
	char path[] = "/tmp/tamga-carriers-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	*err = (struct tg_error){0};
	enum tg_status status = tg_carriers_load(out, path, err);
	if (status != TG_OK)
		assert_string_equal(err->file, path);
	unlink(path);
	return status;
}

/* GOOD with the first `from` replaced. */
static void refused(const char *from, const char *to, int line, int column, const char *says)
{
	char text[1024];
	const char *at = strstr(GOOD, from);
	struct tg_carriers *c;
	struct tg_error err;
	assert_non_null(at);
	snprintf(text, sizeof text, "%.*s%s%s", (int)(at - GOOD), GOOD, to, at + strlen(from));
	enum tg_status status = load(text, &c, &err);
	if (status != TG_SCREEN_DATA || err.line != line || err.column != column || !strstr(err.detail, says))
		fail_msg("%s: %s at %d:%d: %s", to, tg_status_name(status), err.line, err.column, err.detail);
	assert_null(c);
}

static void test_mistakes_are_told_with_line_and_column(void **state)
{
	(void)state;
	refused("3B00FF", "3B00F", 4, 10, "atr");
	refused("3B00FF", "card", 4, 10, "atr");
	refused("    atr: 3B00FF\n", "", 2, 5, "needs atr or model");
	refused("    atr: 3B00FF\n", "    atr: 3B00FF\n    mask: FF\n", 5, 11, "mask");
	refused("/lib/one.so", "one.so", 5, 13, "absolute");
	refused("generic", "sc-hsn", 6, 14, "dialect");
	refused("pin_min: 4", "pin_min: 9", 7, 14, "pin_min");
	refused("pin_min: 4", "pin_min: four", 7, 14, "four");
	refused("pin_max: 8", "pin_max: 800", 8, 14, "pin_max");
	refused("rsa-2048", "rot13", 14, 17, "algorithms");
	refused("rsa-2048", "rsa-2048  gost2001", 14, 17, "algorithms");
	refused("rsa-2048", "rsa-2048 gost2001 gost", 14, 17, "algorithms");
	refused("\"1234\"", "\"123\"", 10, 18, "factory_pin");
	refused("\"1234\"", "\"abcd\"", 10, 18, "factory_pin");
	refused("so_pin: text", "so_pin: hex", 11, 13, "so_pin");
	refused("\"2.0\"", "\"two\"", 12, 18, "version_min");
	refused("\"2.0\"", "\"2..0\"", 12, 18, "version_min");
	refused("purpose: token", "purpose: toy", 13, 14, "purpose");
	refused("    purpose: token\n", "", 2, 5, "purpose");
	refused("    purpose: token\n", "    purpose: token\n    document: perhaps\n", 14, 15, "perhaps");
	refused("    dialect", "    dialekt", 6, 5, "dialekt");
	refused("    dialect: generic\n", "", 2, 5, "dialect");
	refused("    pin_min: 4\n", "", 2, 5, "pin_min");
	refused("    algorithms: rsa-2048\n", "", 2, 5, "algorithms");
}

/* A carrier that is known by name only promises nothing. */
static void test_a_row_without_module_says_only_what_it_is(void **state)
{
	(void)state;
	refused("    module: /lib/one.so\n", "", 5, 14, "without module");
	struct tg_carriers *c;
	struct tg_error err;
	static const char bare[] =
	        "carriers:\n  - id: one\n    name: carrier.one\n    atr: 3B00FF\n    purpose: id-card\n"
	        "    document: true\n";
	assert_int_equal(load(bare, &c, &err), TG_OK);
	assert_null(c->list[0].module);
	assert_true(c->list[0].document);
	tg_carriers_destroy(c);
	assert_int_equal(load("carriers:\n  - id: one\n    name: x\n    model: y\n    purpose: token\n", &c, &err),
	        TG_SCREEN_DATA);
	assert_int_equal(err.line, 4);
}

static void test_a_missing_field_is_named(void **state)
{
	(void)state;
	struct tg_carriers *c;
	struct tg_error err;
	assert_int_equal(load("carriers:\n  - id: x\n    name: y\n", &c, &err), TG_SCREEN_DATA);
	assert_int_equal(err.line, 2);
	assert_int_equal(err.column, 5);
	assert_non_null(strstr(err.detail, "purpose"));
	assert_int_equal(load("carriers: [", &c, &err), TG_SCREEN_DATA);
	assert_int_equal(load("", &c, &err), TG_SCREEN_DATA);
	assert_int_equal(tg_carriers_load(&c, "/nowhere.yaml", &err), TG_SCREEN_DATA);
	assert_string_equal(err.file, "/nowhere.yaml");
}

static void test_an_id_is_taken_once(void **state)
{
	(void)state;
	struct tg_carriers *c;
	struct tg_error err;
	char text[2048];
	snprintf(text, sizeof text, "%s%s", GOOD, strchr(GOOD, '\n') + 1);
	assert_int_equal(load(text, &c, &err), TG_SCREEN_DATA);
	assert_int_equal(err.line, 17);
	assert_int_equal(err.column, 9);
}

static void test_an_answer_to_reset_fits_under_its_mask(void **state)
{
	(void)state;
	static const uint8_t exact[] = {0x3B, 0x00, 0xFF}, other[] = {0x3B, 0x77, 0xFF}, longer[] = {0x3B, 0, 0xFF, 0};
	struct tg_carrier plain = {.atr = "3B00FF"}, masked = {.atr = "3B00FF", .mask = "FF00FF"},
	                  none = {.model = "x"};
	assert_true(tg_carrier_fits_atr(&plain, exact, 3));
	assert_false(tg_carrier_fits_atr(&plain, other, 3));
	assert_true(tg_carrier_fits_atr(&masked, other, 3));
	assert_false(tg_carrier_fits_atr(&masked, longer, 4));
	assert_false(tg_carrier_fits_atr(&plain, exact, 2));
	assert_false(tg_carrier_fits_atr(&plain, exact, 0));
	assert_false(tg_carrier_fits_atr(&none, exact, 3));
}

static const struct tg_carrier *row_of(const struct tg_carriers *c, const char *atr_hex)
{
	uint8_t atr[33];
	int n = tg_unhex(atr_hex, atr, sizeof atr);
	assert_true(n > 0);
	for (unsigned i = 0; i < c->n; i++)
		if (tg_carrier_fits_atr(&c->list[i], atr, (size_t)n))
			return &c->list[i];
	return NULL;
}

/* Answers of real cards, from smartcard_list.txt of pcsc-tools and OpenSC's table, and the row that must take each. */
static void test_k5_real_cards_find_their_rows(void **state)
{
	(void)state;
	static const struct {
		const char *atr, *id;
	} cards[] = {
	        {"3BFE1800008131FE458031815448534D31738021408107FA", "kz-idcard"},
	        {"3B8B015275746F6B656E20445320C1", "rutoken-ecp"},
	        {"3B8B015275746F6B656E20454350A0", "rutoken-ecp"},
	        {"3B9C96005275746F6B656E4543507363", "kz-sim"},
	        {"3B8B015275746F6B656E6C697465C2", "rutoken-lite"},
	        {"3B8B005275746F6B656E6C745344E3", "rutoken-lite-sd"},
	        {"3B6F00FF00567275546F6B6E73302000009000", "rutoken-s"},
	        {"3B88800152745343778183206A", "rutoken-ecp3-nfc"},
	        {"3B8C8001505C4B71A152745343778183D9", "rutoken-ecp3"},
	        {"3B3E9500534F4D412D633030372D44533161", "kz-idcard-soma"},
	        {"3B3E9500534F4D412D633030372D44533162", "kz-idcard-soma"},
	        {"3B391900534F4D414453333031", "kz-idcard-somads"},
	        {"3B391900534F4D414453333033", "kz-idcard-somads"},
	        {"3B771800004B4153414B4944", "kz-idcard-kasakid"},
	        {"3B8C800150F56FF82BE1F35E113381C73C", "kz-idcard-contactless"},
	        {"3B88014B415A544F4B454E82", "kaztoken"},
	        {"3B9896004B415A544F4B454E", "kaztoken-sc"},
	        {"3B781800000073C80140009000", "kg-eid"},
	        {"3BDC18FF8191FE1FC38073C821136601061159000128", "jacarta"},
	        {"3BD518008131FE7D8073C82110F4", "etoken"},
	        {"3BD5180081313A7D8073C8211030", "etoken-72k"},
	        {"3B8B015275746F6B656E44534254D7", NULL},               /* Rutoken ECP Bluetooth */
	        {"3BDC18FF8191FE1FC38073C8211366010B0352000538", NULL}, /* Athena's own card */
	        {"3B6800000073C84013009000", NULL},
	};
	struct tg_carriers *c;
	struct tg_error err = {0};
	assert_int_equal(tg_carriers_load(&c, TAMGA_SOURCE_DIR "/screens/carriers.yaml", &err), TG_OK);
	for (size_t i = 0; i < sizeof cards / sizeof cards[0]; i++) {
		const struct tg_carrier *row = row_of(c, cards[i].atr);
		const char *id = row ? row->id : "no row";
		if (strcmp(id, cards[i].id ? cards[i].id : "no row") != 0)
			fail_msg("%s: %s", cards[i].atr, id);
	}
	tg_carriers_destroy(c);
}

static void test_the_shipped_table_is_right(void **state)
{
	(void)state;
	struct tg_carriers *c;
	struct tg_error err = {0};
	unsigned usable = 0;
	if (tg_carriers_load(&c, TAMGA_SOURCE_DIR "/screens/carriers.yaml", &err) != TG_OK)
		fail_msg("%d:%d: %s", err.line, err.column, err.detail);
	assert_string_equal(c->list[0].id, "kz-idcard");
	assert_string_equal(c->list[0].storage_oid, "1.2.398.3.3.5.2.1");
	assert_int_equal(c->list[0].pin_min, 6);
	assert_int_equal(c->list[0].pin_max, 15);
	assert_true(c->list[0].document);
	for (unsigned i = 0; i < c->n; i++) {
		if (!c->list[i].module)
			continue;
		assert_int_equal(access(c->list[i].module, R_OK), 0);
		usable++;
	}
	assert_int_equal(usable, 4);
	tg_carriers_destroy(c);
}

static void test_every_carrier_has_a_name_in_four_languages(void **state)
{
	(void)state;
	static const char *const files[] = {"kk", "ky", "ru", "en"};
	static char text[1 << 20];
	struct tg_carriers *c;
	struct tg_error err = {0};
	assert_int_equal(tg_carriers_load(&c, TAMGA_SOURCE_DIR "/screens/carriers.yaml", &err), TG_OK);
	for (size_t l = 0; l < 4; l++) {
		char path[256], line[300];
		snprintf(path, sizeof path, TAMGA_SOURCE_DIR "/locale/%s.po", files[l]);
		FILE *f = fopen(path, "r");
		assert_non_null(f);
		text[fread(text, 1, sizeof text - 1, f)] = 0;
		fclose(f);
		for (unsigned i = 0; i < c->n; i++) {
			snprintf(line, sizeof line, "\nmsgid \"%s\"\nmsgstr \"", c->list[i].name);
			const char *at = strstr(text, line);
			if (!at || at[strlen(line)] == '"')
				fail_msg("%s has no %s", path, c->list[i].name);
		}
	}
	tg_carriers_destroy(c);
}

static void test_versions_are_compared_by_their_numbers(void **state)
{
	(void)state;
	assert_false(tg_version_is_older("2.0", "2.0"));
	assert_false(tg_version_is_older("2.0", "2"));
	assert_false(tg_version_is_older("10.1", "2.9"));
	assert_false(tg_version_is_older("2.0.1", "2.0"));
	assert_true(tg_version_is_older("1.9", "2.0"));
	assert_true(tg_version_is_older("2", "2.0.1"));
	assert_true(tg_version_is_older("2.3", "2.10"));
	assert_true(tg_version_is_older("", "2.0"));
	assert_true(tg_version_is_older("two", "2.0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_mistakes_are_told_with_line_and_column),
	        cmocka_unit_test(test_a_missing_field_is_named),
	        cmocka_unit_test(test_an_id_is_taken_once),
	        cmocka_unit_test(test_an_answer_to_reset_fits_under_its_mask),
	        cmocka_unit_test(test_a_row_without_module_says_only_what_it_is),
	        cmocka_unit_test(test_the_shipped_table_is_right),
	        cmocka_unit_test(test_k5_real_cards_find_their_rows),
	        cmocka_unit_test(test_versions_are_compared_by_their_numbers),
	        cmocka_unit_test(test_every_carrier_has_a_name_in_four_languages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
