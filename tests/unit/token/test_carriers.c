/* The carriers table: what ships is right, and each mistake is told with its place. Requirement K-12. */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include "carriers.h"

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
	refused("rsa-2048", "rot13", 10, 17, "algorithms");
	refused("    dialect", "    dialekt", 6, 5, "dialekt");
}

static void test_a_missing_field_is_named(void **state)
{
	(void)state;
	struct tg_carriers *c;
	struct tg_error err;
	assert_int_equal(load("carriers:\n  - id: x\n    name: y\n", &c, &err), TG_SCREEN_DATA);
	assert_int_equal(err.line, 2);
	assert_int_equal(err.column, 5);
	assert_non_null(strstr(err.detail, "module"));
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
	assert_int_equal(err.line, 13);
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

static void test_the_shipped_table_is_right(void **state)
{
	(void)state;
	struct tg_carriers *c;
	struct tg_error err = {0};
	if (tg_carriers_load(&c, TAMGA_SOURCE_DIR "/screens/carriers.yaml", &err) != TG_OK)
		fail_msg("%d:%d: %s", err.line, err.column, err.detail);
	assert_int_equal(c->n, 2);
	assert_string_equal(c->list[0].id, "kz-idcard");
	assert_string_equal(c->list[0].storage_oid, "1.2.398.3.3.5.2.1");
	assert_int_equal(c->list[0].pin_min, 6);
	assert_int_equal(c->list[0].pin_max, 15);
	assert_string_equal(c->list[1].model, "SoftHSM");
	assert_null(c->list[1].atr);
	for (unsigned i = 0; i < c->n; i++)
		assert_int_equal(access(c->list[i].module, R_OK), 0);
	tg_carriers_destroy(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_mistakes_are_told_with_line_and_column),
	        cmocka_unit_test(test_a_missing_field_is_named),
	        cmocka_unit_test(test_an_id_is_taken_once),
	        cmocka_unit_test(test_an_answer_to_reset_fits_under_its_mask),
	        cmocka_unit_test(test_the_shipped_table_is_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
