/* Expected hashes: vectors.py beside this file (python3 hashlib), from the formats in record.h. Requirement C-1. */
#include "tests.h"

#define GENESIS "7e9115030f7a48496840065ace5fa587e58a0f7093bd66252ed8199bb258d310"
#define BODY_1  "593a44bed37369401c63b393d06e68beff981121c7d537c4b54c34a81ba4e28d"
#define HASH_1  "081ac4f7a8383992dcc3c3f9a3f75a57981bf7cfe7b18e51ef813dc1de14312d"
#define BODY_2  "333270598d68775f3d164e1bbd0eb4b112848bb990d16bf057e7a115604c3caa"
#define HASH_2  "82b8a2e027ab25028c810da9ffc4510ea714e7757d87c3c9fa763f8d2d0c6c1c"
#define ROOT    "b796feec106a3a09b57879bcea75a991a1241d9afc587941289410d6f0f3107a"
#define ACK                                                                                                            \
	"74616d67612d61636b2d320000064b3031412d33000000000000000282b8a2e027ab25028c810da9ffc4510ea714e7757d87"         \
	"c3c9fa763f8d2d0c6c1c000001a2028a0b38a0a1a2a3a4a5a6a7a8a9aaabacadaeaf0000000000000002b796feec106a3a09"         \
	"b57879bcea75a991a1241d9afc587941289410d6f0f3107a"
#define HEAD                                                                                                           \
	"74616d67612d686561642d310000064b3031412d33000000000000000282b8a2e027ab25028c810da9ffc4510ea714e7757d"         \
	"87c3c9fa763f8d2d0c6c1c"

static void assert_hex(const void *bytes, size_t n, const char *hex)
{
	char text[1024];
	assert_true(2 * n < sizeof(text));
	tg_hex(bytes, n, text);
	assert_string_equal(text, hex);
}

static struct tg_entry first_entry(void)
{
	static const char body[] = "{\"number\":\"0001-0000-01\",\"n\":\"Айгүл\"}";
	struct tg_entry e = {.kiosk = "K01A-3",
	        .seq = 1,
	        .time_ms = 1795338930123,
	        .kind = "application.submitted",
	        .version = 1,
	        .body = body,
	        .body_len = sizeof(body) - 1};
	for (uint8_t i = 0; i < TG_SALT_LEN; i++)
		e.salt[i] = i;
	tg_entry_genesis(e.kiosk, e.prev_hash);
	assert_int_equal(tg_entry_seal(&e), TG_OK);
	return e;
}

static void test_c1_hashes_are_those_of_hashlib(void **state)
{
	(void)state;
	struct tg_entry e = first_entry();
	assert_hex(e.prev_hash, TG_HASH_LEN, GENESIS);
	assert_hex(e.body_hash, TG_HASH_LEN, BODY_1);
	assert_hex(e.hash, TG_HASH_LEN, HASH_1);
	struct tg_entry f = {.kiosk = "K01A-3",
	        .seq = 2,
	        .time_ms = -1,
	        .kind = "kiosk.started",
	        .version = 7,
	        .body = "{}",
	        .body_len = 2};
	memset(f.salt, 0xff, TG_SALT_LEN);
	memcpy(f.prev_hash, e.hash, TG_HASH_LEN);
	assert_int_equal(tg_entry_seal(&f), TG_OK);
	assert_hex(f.body_hash, TG_HASH_LEN, BODY_2);
	assert_hex(f.hash, TG_HASH_LEN, HASH_2);
	assert_int_equal(tg_entry_check(&f, e.hash), TG_OK);
}

static void test_c1_every_changed_bit_breaks_the_chain(void **state)
{
	(void)state;
	const struct tg_entry e = first_entry();
	uint8_t genesis[TG_HASH_LEN];
	memcpy(genesis, e.prev_hash, TG_HASH_LEN);
	char body[64];
	memcpy(body, e.body, e.body_len);
	/* Every byte of the struct's own members that is covered, one bit each. */
	const size_t parts[][2] = {{offsetof(struct tg_entry, seq), sizeof(e.seq)},
	        {offsetof(struct tg_entry, time_ms), sizeof(e.time_ms)}, {offsetof(struct tg_entry, kiosk), 6},
	        {offsetof(struct tg_entry, kind), 21}, {offsetof(struct tg_entry, version), sizeof(e.version)},
	        {offsetof(struct tg_entry, salt), TG_SALT_LEN},
	        {offsetof(struct tg_entry, body_hash), 3 * TG_HASH_LEN}};
	for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++) {
		for (size_t i = 0; i < parts[p][1] * 8; i++) {
			struct tg_entry f = e;
			((uint8_t *)&f)[parts[p][0] + i / 8] ^= (uint8_t)(1u << (i % 8));
			assert_int_equal(tg_entry_check(&f, genesis), TG_CHAIN_BROKEN);
		}
	}
	for (size_t i = 0; i < e.body_len * 8; i++) {
		struct tg_entry f = e;
		f.body = body;
		body[i / 8] = (char)(body[i / 8] ^ (1 << (i % 8)));
		assert_int_equal(tg_entry_check(&f, genesis), TG_CHAIN_BROKEN);
		body[i / 8] = (char)(body[i / 8] ^ (1 << (i % 8)));
	}
	assert_int_equal(tg_entry_check(&e, genesis), TG_OK);
}

static void test_c1_wrong_predecessor_is_refused(void **state)
{
	(void)state;
	const struct tg_entry e = first_entry();
	uint8_t other[TG_HASH_LEN];
	tg_entry_genesis("K01A-4", other);
	assert_int_equal(tg_entry_check(&e, other), TG_CHAIN_BROKEN);
}

static void test_c8_an_erased_body_still_verifies(void **state)
{
	(void)state;
	struct tg_entry e = first_entry();
	e.body = NULL;
	e.body_len = 0;
	memset(e.salt, 0, TG_SALT_LEN); /* goes with the body, or short bodies could be guessed from body_hash */
	assert_int_equal(tg_entry_check(&e, e.prev_hash), TG_OK);
	e.body_hash[0] ^= 1;
	assert_int_equal(tg_entry_check(&e, e.prev_hash), TG_CHAIN_BROKEN);
}

static void encode_first(struct tg_buf *b)
{
	struct tg_entry e = first_entry();
	tg_entry_encode(&e, b);
	assert_int_equal(tg_buf_status(b), TG_OK);
}

static void test_wire_gives_back_the_entry(void **state)
{
	(void)state;
	struct tg_buf b = TG_BUF_INIT;
	struct tg_reader r;
	struct tg_entry e = first_entry(), f;
	encode_first(&b);
	tg_reader_init(&r, b.data, b.len);
	assert_int_equal(tg_entry_decode(&r, &f), TG_OK);
	assert_true(tg_reader_done(&r));
	assert_int_equal(tg_entry_check(&f, e.prev_hash), TG_OK);
	assert_string_equal(f.kiosk, "K01A-3");
	assert_string_equal(f.kind, "application.submitted");
	assert_int_equal(f.seq, 1);
	assert_true(f.time_ms == e.time_ms && f.version == 1 && f.body_len == e.body_len);
	assert_memory_equal(f.body, e.body, e.body_len);
	assert_memory_equal(f.hash, e.hash, TG_HASH_LEN);
	tg_buf_finish(&b);
}

static void test_wire_refuses_every_shorter_input(void **state)
{
	(void)state;
	struct tg_buf b = TG_BUF_INIT;
	encode_first(&b);
	for (size_t n = 0; n < b.len; n++) {
		struct tg_entry f;
		struct tg_reader r;
		uint8_t *exact = malloc(n + 1); /* the sanitizer sees a read beyond */
		assert_non_null(exact);
		memcpy(exact, b.data, n);
		tg_reader_init(&r, exact, n);
		assert_int_equal(tg_entry_decode(&r, &f), TG_INVALID);
		free(exact);
	}
	tg_buf_finish(&b);
}

static void decode_changed(size_t at, const uint8_t *bytes, size_t n)
{
	struct tg_buf b = TG_BUF_INIT;
	struct tg_entry f;
	struct tg_reader r;
	encode_first(&b);
	assert_true(at + n <= b.len);
	memcpy(b.data + at, bytes, n);
	tg_reader_init(&r, b.data, b.len);
	assert_int_equal(tg_entry_decode(&r, &f), TG_INVALID);
	tg_buf_finish(&b);
}

static void test_wire_refuses_what_cannot_be(void **state)
{
	(void)state;
	const size_t kind_at = 8 + 16, body_flag = kind_at + 2 + 21 + 4 + TG_SALT_LEN + 3 * TG_HASH_LEN;
	const uint8_t zero[8] = {0}, ff[8] = {255, 255, 255, 255, 255, 255, 255, 255};
	decode_changed(0, zero, 2);                                      /* no kiosk */
	decode_changed(0, (const uint8_t[]){0, 25}, 2);                  /* too long a kiosk */
	decode_changed(2, (const uint8_t *)"k", 1);                      /* lower case */
	decode_changed(3, zero, 1);                                      /* NUL inside */
	decode_changed(8, zero, 8);                                      /* seq 0 */
	decode_changed(8, ff, 8);                                        /* beyond the database's numbers */
	decode_changed(16, ff, 8);                                       /* before 1970 */
	decode_changed(16, (const uint8_t[]){0x7f}, 1);                  /* beyond all calendars */
	decode_changed(kind_at, ff, 2);                                  /* kind longer than all */
	decode_changed(kind_at + 2, (const uint8_t *)"A", 1);            /* kinds are lower case */
	decode_changed(body_flag, (const uint8_t[]){3}, 1);              /* neither there, nor erased, nor kept */
	decode_changed(body_flag + 1, (const uint8_t[]){0, 1, 0, 1}, 4); /* 65,537 bytes */
}

static void test_wire_carries_an_erased_body(void **state)
{
	(void)state;
	struct tg_buf b = TG_BUF_INIT;
	struct tg_reader r;
	struct tg_entry e = first_entry(), f;
	e.body = NULL;
	e.body_len = 0;
	tg_entry_encode(&e, &b);
	tg_reader_init(&r, b.data, b.len);
	assert_int_equal(tg_entry_decode(&r, &f), TG_OK);
	assert_true(tg_reader_done(&r));
	assert_null(f.body);
	assert_int_equal(tg_entry_check(&f, e.prev_hash), TG_OK);
	tg_buf_finish(&b);
}

/* What is kept of it goes along, and the hashes do not speak of it; the salt goes with the body. */
static void test_c8_wire_carries_what_is_kept(void **state)
{
	(void)state;
	static const char kept[] = "{\"number\":\"0001-0000-01\"}";
	struct tg_buf b = TG_BUF_INIT;
	struct tg_reader r;
	struct tg_entry e = first_entry(), f;
	const uint8_t none[TG_SALT_LEN] = {0};
	tg_entry_forget_body(&e);
	e.kept = kept;
	e.kept_len = sizeof(kept) - 1;
	tg_entry_encode(&e, &b);
	tg_reader_init(&r, b.data, b.len);
	assert_int_equal(tg_entry_decode(&r, &f), TG_OK);
	assert_true(tg_reader_done(&r));
	assert_null(f.body);
	assert_int_equal(f.kept_len, sizeof(kept) - 1);
	assert_memory_equal(f.kept, kept, sizeof(kept) - 1);
	assert_memory_equal(f.salt, none, TG_SALT_LEN);
	assert_int_equal(tg_entry_check(&f, e.prev_hash), TG_OK);
	assert_hex(f.hash, TG_HASH_LEN, HASH_1);
	for (size_t n = 0; n < b.len; n++) {
		tg_reader_init(&r, b.data, n);
		assert_int_equal(tg_entry_decode(&r, &f), TG_INVALID);
	}
	tg_buf_finish(&b);
}

/* Each personal kind says what is kept of it, and none of it is a name, an answer or a number of a person. */
static void test_c8_personal_kinds_name_what_is_kept(void **state)
{
	(void)state;
	static const char *const never[] = {"iin", "bin", "answers", "certificate", "request", "spki", "signed",
	        "presenter", "staff_name", "old", "why", "companies", "added", "removed", "documents", "refusal",
	        "place", "label"};
	size_t n = 0;
	for (const char *const *k = tg_record_personal_kinds(); *k; k++, n++) {
		int kind = tg_record_kind_find(*k);
		assert_true(kind >= 0 && tg_record_kind_personal((enum tg_record_kind)kind));
		char words[400];
		(void)snprintf(words, sizeof(words), " %s ", tg_record_kind_kept(kind));
		assert_non_null(strstr(words, " number "));
		for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
			char word[32];
			(void)snprintf(word, sizeof(word), " %s ", never[i]);
			bool number_of_a_list =
			        kind == TG_RECORD_COMPANIES_CHANGED && strcmp(never[i], "certificate") == 0;
			assert_true(number_of_a_list || !strstr(words, word));
		}
	}
	assert_int_equal(n, 7);
	assert_string_equal(tg_record_kind_kept(TG_RECORD_CHIP_INTENT), "");
	assert_string_equal(tg_record_kind_kept(-1), "");
}

static struct tg_ack example_ack(void)
{
	struct tg_ack a = {.kiosk = "K01A-3", .seq = 2, .centre_time_ms = 1795338931000, .signature_len = 72};
	assert_int_equal(tg_unhex(HASH_2, a.hash, sizeof(a.hash)), TG_HASH_LEN);
	memset(a.signature, 0x5a, 72);
	for (uint8_t i = 0; i < TG_EPOCH_LEN; i++)
		a.tree.epoch[i] = (uint8_t)(0xa0 + i);
	a.tree.size = 2;
	assert_int_equal(tg_unhex(ROOT, a.tree.root, sizeof(a.tree.root)), TG_HASH_LEN);
	return a;
}

static void test_c1_ack_signs_the_written_bytes(void **state)
{
	(void)state;
	struct tg_buf b = TG_BUF_INIT;
	struct tg_ack a = example_ack();
	tg_ack_signed_bytes(&a, &b);
	assert_hex(b.data, b.len, ACK);
	tg_buf_finish(&b);
}

static void test_c1_a_head_is_signed_over_the_written_bytes(void **state)
{
	(void)state;
	struct tg_buf b = TG_BUF_INIT;
	struct tg_ack a = example_ack();
	tg_head_signed_bytes(a.kiosk, a.seq, a.hash, &b);
	assert_hex(b.data, b.len, HEAD);
	tg_buf_finish(&b);
}

static void test_ack_comes_back_and_short_ones_do_not(void **state)
{
	(void)state;
	struct tg_buf b = TG_BUF_INIT;
	struct tg_reader r;
	struct tg_ack a = example_ack(), c;
	tg_ack_encode(&a, &b);
	tg_reader_init(&r, b.data, b.len);
	assert_int_equal(tg_ack_decode(&r, &c), TG_OK);
	assert_true(tg_reader_done(&r));
	assert_string_equal(c.kiosk, a.kiosk);
	assert_true(c.seq == 2 && c.centre_time_ms == a.centre_time_ms && c.signature_len == 72);
	assert_memory_equal(c.signature, a.signature, 72);
	assert_memory_equal(c.hash, a.hash, TG_HASH_LEN);
	assert_memory_equal(c.tree.epoch, a.tree.epoch, TG_EPOCH_LEN);
	assert_memory_equal(c.tree.root, a.tree.root, TG_HASH_LEN);
	assert_int_equal(c.tree.size, 2);
	for (size_t n = 0; n < b.len; n++) {
		tg_reader_init(&r, b.data, n);
		assert_int_equal(tg_ack_decode(&r, &c), TG_INVALID);
	}
	b.data[b.len - 73] = 81; /* a signature longer than its room */
	tg_reader_init(&r, b.data, b.len);
	assert_int_equal(tg_ack_decode(&r, &c), TG_INVALID);
	tg_buf_finish(&b);
}

static void test_kinds_have_names_and_unknown_ones_do_not(void **state)
{
	(void)state;
	for (int i = 0; i < TG_RECORD_KIND_COUNT; i++) {
		const char *name = tg_record_kind_name((enum tg_record_kind)i);
		assert_int_equal(tg_record_kind_find(name), i);
		assert_true(strlen(name) <= TG_KIND_MAX && tg_record_kind_version((enum tg_record_kind)i) >= 1);
	}
	assert_string_equal(tg_record_kind_name(TG_RECORD_CHIP_INTENT), "chip.intent");
	assert_true(tg_record_kind_personal(TG_RECORD_APPLICATION_SUBMITTED));
	assert_false(tg_record_kind_personal(TG_RECORD_CHIP_INTENT));
	assert_int_equal(tg_record_kind_find("chip.inten"), -1);
	assert_int_equal(tg_record_kind_find(""), -1);
}

static void test_stream_ids(void **state)
{
	(void)state;
	const char *const good[] = {"K01A-3", "A", "123456789012345678901234"};
	const char *const bad[] = {"", "k01", "K 1", "K.1", "К01", "1234567890123456789012345", "K\n"};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(tg_kiosk_id_valid(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(tg_kiosk_id_valid(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_c1_wrong_predecessor_is_refused),
	        cmocka_unit_test(test_c1_every_changed_bit_breaks_the_chain),
	        cmocka_unit_test(test_wire_refuses_every_shorter_input),
	        cmocka_unit_test(test_wire_refuses_what_cannot_be),
	        cmocka_unit_test(test_c1_hashes_are_those_of_hashlib),
	        cmocka_unit_test(test_c8_an_erased_body_still_verifies),
	        cmocka_unit_test(test_wire_gives_back_the_entry),
	        cmocka_unit_test(test_wire_carries_an_erased_body),
	        cmocka_unit_test(test_c8_wire_carries_what_is_kept),
	        cmocka_unit_test(test_c8_personal_kinds_name_what_is_kept),
	        cmocka_unit_test(test_c1_ack_signs_the_written_bytes),
	        cmocka_unit_test(test_c1_a_head_is_signed_over_the_written_bytes),
	        cmocka_unit_test(test_ack_comes_back_and_short_ones_do_not),
	        cmocka_unit_test(test_kinds_have_names_and_unknown_ones_do_not),
	        cmocka_unit_test(test_stream_ids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
