/* Commands, answers and BER-TLV: the forms of the standards, and what is none of them. Requirement K-4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "apdu.h"
#include "ber.h"
#include "chip.h"
#include "script.h"

static struct tg_bytes text(const char *s)
{
	return (struct tg_bytes){(const uint8_t *)s, strlen(s)};
}

/* ISO/IEC 7816-3, 12.1.3: the seven forms of a command. */
static void test_apdu_forms(void **state)
{
	static uint8_t long_data[300];
	static const struct {
		size_t n;
		unsigned le;
		size_t length;
		const char *begin, *end;
	} rows[] = {
	        {0, 0, 4, "00B00000", "00B00000"},
	        {0, 256, 5, "00B0000000", "00"},
	        {0, 65536, 7, "00B00000000000", "0000"},
	        {2, 0, 7, "00B00000020000", "0000"},
	        {2, 256, 8, "00B0000002000000", "00"},
	        {2, 65536, 11, "00B000000000020000", "0000"},
	        {300, 0, 307, "00B0000000012C00", "00"},
	        {300, 256, 309, "00B0000000012C00", "0100"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct tg_apdu a = {0x00, 0xB0, 0, 0, {long_data, rows[i].n}, rows[i].le};
		struct tg_buf out = TG_BUF_INIT;
		tg_apdu_build(&a, &out);
		assert_int_equal(out.len, rows[i].length);
		assert_hex((struct tg_bytes){out.data, strlen(rows[i].begin) / 2}, rows[i].begin);
		assert_hex((struct tg_bytes){out.data + out.len - strlen(rows[i].end) / 2, strlen(rows[i].end) / 2},
		        rows[i].end);
		tg_buf_finish(&out);
	}
}

/* T=0: what the chip keeps back is fetched; a chip that never ends is left. */
static void test_apdu_fetches(void **state)
{
	static const struct exchange list[] = {
	        {"00B0000000", "6C04"}, {"00B0000004", "AABB6102"}, {"00C0000002", "CCDD9000"}};
	static const struct exchange shortest[] = {{"00B0000000", "90"}};
	struct script s = {list, 3, 0};
	struct tg_apdu_port port = script_port(&s);
	struct tg_buf answer = TG_BUF_INIT;
	uint8_t command[5] = {0x00, 0xB0, 0, 0, 0};
	uint16_t sw = 0;
	(void)state;
	assert_int_equal(tg_apdu_exchange(&port, (struct tg_bytes){command, 5}, &answer, &sw, NULL, NULL), TG_OK);
	assert_hex(tg_buf_bytes(&answer), "AABBCCDD");
	assert_int_equal(sw, 0x9000);
	s = (struct script){shortest, 1, 0};
	assert_int_equal(tg_apdu_exchange(&port, (struct tg_bytes){command, 5}, &answer, &sw, NULL, NULL), TG_DOC_READ);
	tg_buf_finish(&answer);
}

static enum tg_status endless(void *ctx, struct tg_bytes command, struct tg_buf *answer, struct tg_error *err)
{
	static const uint8_t more[] = {0xAA, 0x61, 0x00};
	(void)command, (void)err;
	++*(unsigned *)ctx;
	tg_buf_add(answer, more, sizeof more);
	return TG_OK;
}

static void test_apdu_endless(void **state)
{
	unsigned commands = 0, counted = 0;
	const struct tg_apdu_port port = {endless, &commands};
	struct tg_buf answer = TG_BUF_INIT;
	uint8_t command[5] = {0x00, 0xB0, 0, 0, 0};
	uint16_t sw = 0;
	(void)state;
	assert_int_equal(
	        tg_apdu_exchange(&port, (struct tg_bytes){command, 5}, &answer, &sw, &counted, NULL), TG_DOC_READ);
	assert_int_equal(commands, counted);
	assert_true(commands < 1000);
	tg_buf_finish(&answer);
}

static void test_tlv(void **state)
{
	static const struct {
		const char *hex;
		uint32_t tag;
		long length; /* of the value, -1: malformed */
	} rows[] = {
	        {"6103010203", 0x61, 3}, {"5F1F020102", 0x5F1F, 2}, {"7F8201020102", 0x7F8201, 2},
	        {"61820002AABB", 0x61, 2}, {"6184000000020102", 0x61, 2}, {"6180", 0x61, -1},
	        {"61850000000001AA", 0x61, -1}, {"6103AABB", 0x61, -1}, {"6184FFFFFFFFAA", 0x61, -1}, {"5F", 0x5F, -1},
	        {"5F818181010100", 0, -1}, {"61", 0x61, -1}, {"61820A", 0x61, -1},
	        {"6103010203AA", 0x61, -1}, /* more than one element */
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tg_buf b = TG_BUF_INIT;
		struct tg_bytes v = {NULL, 0};
		add_hex(&b, rows[i].hex);
		bool ok = tg_ber_whole(tg_buf_bytes(&b), rows[i].tag, &v);
		assert_int_equal(ok ? (long)v.len : -1, rows[i].length);
		tg_buf_finish(&b);
	}
	assert_false(tg_ber_find(text("\x30\x01"), 0x30, &(struct tg_bytes){NULL, 0}));
}

/* A chip in clear with one file of 500 bytes, that gives `most` bytes at a time and says `refusal` to who asks for
 * more. */
struct small_chip {
	unsigned most, reads;
	const char *refusal; /* NULL: it gives fewer than asked for */
	uint8_t file[500];
};

static enum tg_status small_answer(void *ctx, struct tg_bytes command, struct tg_buf *answer, struct tg_error *err)
{
	struct small_chip *c = ctx;
	(void)err;
	if (command.data[1] == 0xA4) {
		add_hex(answer, "9000");
		return TG_OK;
	}
	c->reads++;
	size_t at = (size_t)(command.data[2] << 8 | command.data[3]), le = command.data[4] ? command.data[4] : 256;
	size_t left = at < sizeof c->file ? sizeof c->file - at : 0;
	if (le > c->most && c->refusal) {
		add_hex(answer, c->refusal);
		return TG_OK;
	}
	if (le > c->most)
		le = c->most;
	tg_buf_add(answer, c->file + at, le < left ? le : left);
	add_hex(answer, le <= left ? "9000" : "6282");
	return TG_OK;
}

static void test_pieces(void **state)
{
	static const struct {
		unsigned most;
		const char *refusal;
		enum tg_status want;
		unsigned reads; /* at most */
	} rows[] = {
	        {256, NULL, TG_OK, 4},
	        {100, NULL, TG_OK, 6},
	        {1, NULL, TG_OK, 500},
	        {112, "6700", TG_OK, 8},
	        {20, "6700", TG_OK, 45},
	        {64, "6C40", TG_OK, 16},
	        {3, "6700", TG_DOC_READ, 1},
	        {100, "6F00", TG_DOC_READ, 2},
	        {100, "6982", TG_DOC_READ, 2},
	        {0, NULL, TG_DOC_READ, 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct small_chip small = {.most = rows[i].most, .refusal = rows[i].refusal};
		const struct tg_apdu_port port = {small_answer, &small};
		struct tg_chip chip;
		struct tg_buf out = TG_BUF_INIT;
		struct tg_error err = {0};
		for (size_t k = 0; k < sizeof small.file; k++)
			small.file[k] = (uint8_t)(k * 7);
		memcpy(small.file, "\x77\x82\x01\xF0", 4);
		tg_chip_init(&chip, &port);
		enum tg_status status = tg_chip_read_file(&chip, TG_EF_SOD, TG_TAG_SOD, &out, &err);
		if (status != rows[i].want || small.reads > rows[i].reads)
			fail_msg("row %zu: %d after %u reads: %s", i, (int)status, small.reads, err.detail);
		if (status == TG_OK) {
			assert_int_equal(out.len, sizeof small.file);
			assert_memory_equal(out.data, small.file, out.len);
		}
		tg_buf_finish(&out);
	}
}

/* A file that says it is longer than it is, than it can be, shorter than its own head, or another. */
static void test_lying_files(void **state)
{
	static const char *const heads[] = {
	        "778201F1", "77827FFF", "7782FFFF", "77847FFF", "7700", "77010000", "61820100", "7F7F7F7F", "77850000"};
	(void)state;
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		struct small_chip small = {.most = 256};
		const struct tg_apdu_port port = {small_answer, &small};
		struct tg_chip chip;
		struct tg_buf out = TG_BUF_INIT;
		struct tg_error err = {0};
		assert_true(tg_unhex(heads[i], small.file, 4) > 0);
		tg_chip_init(&chip, &port);
		assert_int_equal(tg_chip_read_file(&chip, TG_EF_SOD, TG_TAG_SOD, &out, &err), TG_DOC_READ);
		assert_true(small.reads < 10);
		tg_buf_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_apdu_forms),
	        cmocka_unit_test(test_apdu_fetches),
	        cmocka_unit_test(test_apdu_endless),
	        cmocka_unit_test(test_tlv),
	        cmocka_unit_test(test_pieces),
	        cmocka_unit_test(test_lying_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
