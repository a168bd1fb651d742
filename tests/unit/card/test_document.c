/* The kiosk's side of tamga-chip with a child that does everything wrong, and the child's prison. Requirement K-4.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tamga/clock.h"
#include "wire.h"

#include <unistd.h>

static const struct tg_mrtd_access access_data = {.number = "048315627", .birth = "1994-03-17", .expiry = "2031-06-13"};

struct told {
	int steps;
};

static void count(enum tg_mrtd_step step, void *ctx)
{
	(void)step;
	((struct told *)ctx)->steps++;
}

static enum tg_status run(const char *how, int timeout_ms, struct tg_mrtd_raw *raw, struct tg_error *err)
{
	const struct tg_document_config config = {
	        .program = TAMGA_BINARY_DIR "/tests/bad-chip", .timeout_ms = timeout_ms};
	struct told told = {0};
	*err = (struct tg_error){0};
	enum tg_status status = tg_document_read(&config, how, &access_data, -1, count, &told, raw, err);
	assert_true(told.steps <= TG_MRTD_STEP_COUNT);
	assert_int_equal(err->status, status == TG_OK ? 0 : status);
	return status;
}

static void test_good_child(void **state)
{
	struct tg_mrtd_raw raw;
	struct tg_error err;
	static const uint8_t none[8];
	(void)state;
	assert_int_equal(run("good", 5000, &raw, &err), TG_OK);
	assert_int_equal(raw.apdus, 7);
	assert_true(raw.pace);
	assert_int_equal(raw.dg1.len, 5);
	assert_memory_not_equal(raw.challenge, none, sizeof none); /* ours, whatever the child did */
	tg_mrtd_raw_finish(&raw);
	assert_int_equal(run("refused", 5000, &raw, &err), TG_DOC_ACCESS);
	assert_string_equal(err.detail, "the chip does not open: 6300");
}

static void test_bad_children(void **state)
{
	static const char *const ways[] = {"die", "end", "huge", "kind", "half", "empty", "status", "bug", "no-dg1",
	        "twice", "unknown", "back", "far", "again"};
	struct tg_mrtd_raw raw;
	struct tg_error err;
	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		int64_t begin = tg_clock_real().mono_ms(NULL);
		if (run(ways[i], 5000, &raw, &err) != TG_TOKEN_LOST)
			fail_msg("%s: %s", ways[i], err.detail);
		assert_int_equal(raw.dg1.len, 0);
		assert_true(tg_clock_real().mono_ms(NULL) - begin < 3000);
	}
}

/* Silent for ever, or a byte from time to time: ended at the deadline. */
static void test_slow_children(void **state)
{
	static const char *const ways[] = {"silent", "trickle"};
	struct tg_mrtd_raw raw;
	struct tg_error err;
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int64_t begin = tg_clock_real().mono_ms(NULL);
		assert_int_equal(run(ways[i], 700, &raw, &err), TG_TOKEN_LOST);
		int64_t took = tg_clock_real().mono_ms(NULL) - begin;
		assert_true(took >= 600 && took < 2500);
	}
}

static void test_foreign_words(void **state)
{
	struct tg_mrtd_raw raw;
	struct tg_error err;
	(void)state;
	assert_int_equal(run("words", 5000, &raw, &err), TG_DOC_READ);
	for (const char *c = err.detail; *c; c++)
		assert_true((unsigned char)*c >= ' ' && *c != 0x7F);
	assert_non_null(strstr(err.detail, "red"));
}

static void test_cancel(void **state)
{
	const struct tg_document_config config = {.program = TAMGA_BINARY_DIR "/tests/bad-chip"};
	struct tg_mrtd_raw raw;
	struct tg_error err = {0};
	int ends[2];
	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	int64_t begin = tg_clock_real().mono_ms(NULL);
	assert_int_equal(
	        tg_document_read(&config, "silent", &access_data, ends[0], NULL, NULL, &raw, &err), TG_CANCELLED);
	assert_true(tg_clock_real().mono_ms(NULL) - begin < 1500);
	close(ends[0]);
	close(ends[1]);
}

static void test_no_program(void **state)
{
	const struct tg_document_config config = {.program = "/nonexistent/tamga-chip"};
	struct tg_mrtd_raw raw;
	struct tg_error err = {0};
	char long_name[300];
	(void)state;
	assert_int_equal(tg_document_read(&config, "r", &access_data, -1, NULL, NULL, &raw, &err), TG_TOKEN_LOST);
	memset(long_name, 'r', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = 0;
	assert_int_equal(tg_document_read(&config, long_name, &access_data, -1, NULL, NULL, &raw, &err), TG_INVALID);
}

/* What the child can still do once a chip's bytes reach it: ask for memory. */
static void test_prison(void **state)
{
	struct tg_mrtd_raw raw;
	struct tg_error err;
	(void)state;
	assert_int_equal(run("prison", 5000, &raw, &err), TG_DOC_READ);
	assert_string_equal(err.detail,
	        "read=refused write=refused network=refused local=refused fork=refused clone=refused"
	        " exec=refused kill=refused trace=refused code=refused unlink=refused memory=done ");
}

/* Requests and results survive the wire; each byte less or more does not. */
static void test_wire(void **state)
{
	struct tg_chip_request q = {.reader = "Reader 00 00", .access = access_data}, back;
	struct tg_buf out = TG_BUF_INIT;
	(void)state;
	memset(q.challenge, 0xA5, sizeof q.challenge);
	tg_chip_request_encode(&q, &out);
	assert_true(tg_chip_request_decode(&back, &out));
	assert_string_equal(back.reader, q.reader);
	assert_string_equal(back.access.number, q.access.number);
	assert_memory_equal(back.challenge, q.challenge, sizeof q.challenge);
	for (size_t n = out.len; n-- > 0;) {
		out.len = n;
		assert_false(tg_chip_request_decode(&back, &out));
	}
	tg_buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_good_child),
	        cmocka_unit_test(test_bad_children),
	        cmocka_unit_test(test_slow_children),
	        cmocka_unit_test(test_foreign_words),
	        cmocka_unit_test(test_cancel),
	        cmocka_unit_test(test_no_program),
	        cmocka_unit_test(test_prison),
	        cmocka_unit_test(test_wire),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
