/* The line that lets a kiosk in, and the proof that goes with it. C-2. */
#include "kit.h"
#include "tamga/enrol.h"

#include <stdlib.h>

static const struct tg_enrol_line example = {.kiosk = "K01A-1",
        .url = "https://centre.example.kz:8443",
        .secret = {0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf, 0x84, 0x65},
        .pin = {0x3a, 0x56, 0xd7, 0xc6, 0x75, 0xbe, 0x77, 0xdf, 0x00, 0x44, 0x32, 0x14, 0xc7}};

static void written(char out[TG_ENROL_LINE_MAX])
{
	struct tg_error err = {0};
	assert_int_equal(tg_enrol_line_write(&example, out, &err), TG_OK);
}

/* The data characters of the groups, without check characters. */
static void code_of(const char *line, char out[41])
{
	const char *at = strrchr(line, ' ') + 1;
	size_t n = 0;
	for (size_t i = 0; at[i]; i++)
		if (i % 6 < 4)
			out[n++] = at[i];
	out[n] = '\0';
}

/* The bytes of the example count 0, 1, 2 … 31, 0 … 7 in groups of five bits. */
static void c_2_code_is_base_32(void **state)
{
	char line[TG_ENROL_LINE_MAX], code[41];
	(void)state;
	written(line);
	code_of(line, code);
	assert_int_equal(strncmp(line, "tamga-enrol K01A-1 https://centre.example.kz:8443 ", 50), 0);
	assert_int_equal(strlen(strrchr(line, ' ') + 1), 59);
	assert_string_equal(code, "0123456789ABCDEFGHJKMNPQRSTVWXYZ01234567");
}

static void same_line(const char *text)
{
	struct tg_enrol_line back;
	struct tg_error err = {0};
	assert_int_equal(tg_enrol_line_read(text, &back, &err), TG_OK);
	assert_string_equal(back.kiosk, example.kiosk);
	assert_string_equal(back.url, example.url);
	assert_memory_equal(back.secret, example.secret, TG_ENROL_SECRET);
	assert_memory_equal(back.pin, example.pin, TG_ENROL_PIN);
}

/* As people type: small letters, other gaps, o for 0, l and i for 1, a line's end. */
static void c_2_line_is_read_as_it_is_typed(void **state)
{
	char line[TG_ENROL_LINE_MAX], typed[2 * TG_ENROL_LINE_MAX];
	(void)state;
	written(line);
	same_line(line);
	char *code = strrchr(line, ' ') + 1;
	size_t n = (size_t)snprintf(typed, sizeof(typed), "  %.*s ", (int)(code - line), line);
	for (; *code; code++) {
		char c = *code == '0' ? 'o' : *code == '1' ? 'l' : *code == '-' ? ' ' : *code;
		typed[n++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	(void)snprintf(typed + n, sizeof(typed) - n, "\r\n");
	same_line(typed);
}

/* Each of the 50 characters, each other value: refused, and the group is named. */
static void c_2_every_wrong_character_is_found(void **state)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char line[TG_ENROL_LINE_MAX], wanted[40];
	struct tg_enrol_line back;
	(void)state;
	written(line);
	char *code = strrchr(line, ' ') + 1;
	for (size_t i = 0; code[i]; i++) {
		char right = code[i];
		(void)snprintf(wanted, sizeof(wanted), "group %zu ", i / 6 + 1);
		for (size_t v = 0; right != '-' && v < 32; v++) {
			struct tg_error err = {0};
			code[i] = alphabet[v];
			enum tg_status st = tg_enrol_line_read(line, &back, &err);
			assert_int_equal(st, alphabet[v] == right ? TG_OK : TG_INVALID);
			assert_true(st == TG_OK || strstr(err.detail, wanted) != NULL);
		}
		code[i] = right;
	}
}

static void c_2_every_swap_of_neighbours_is_found(void **state)
{
	char line[TG_ENROL_LINE_MAX];
	struct tg_enrol_line back;
	unsigned swaps = 0;
	(void)state;
	written(line);
	char *code = strrchr(line, ' ') + 1;
	const size_t n = strlen(code);
	for (size_t i = 0; i + 1 < n; i++) {
		if (code[i] == code[i + 1] || code[i] == '-' || code[i + 1] == '-')
			continue;
		char a = code[i];
		code[i] = code[i + 1];
		code[i + 1] = a;
		assert_int_equal(tg_enrol_line_read(line, &back, NULL), TG_INVALID);
		code[i + 1] = code[i];
		code[i] = a;
		swaps++;
	}
	assert_true(swaps >= 20);
	same_line(line);
}

static void c_2_id_and_address_are_held_too(void **state)
{
	char line[TG_ENROL_LINE_MAX];
	struct tg_enrol_line back;
	struct tg_error err = {0};
	(void)state;
	written(line);
	line[strlen("tamga-enrol K01A-")] = '2';
	assert_int_equal(tg_enrol_line_read(line, &back, &err), TG_INVALID);
	assert_non_null(strstr(err.detail, "id or the address"));
	written(line);
	line[strlen("tamga-enrol K01A-1 https://c")] = 'a';
	assert_int_equal(tg_enrol_line_read(line, &back, &err), TG_INVALID);
	assert_non_null(strstr(err.detail, "id or the address"));
}

static void c_2_other_lines_are_refused(void **state)
{
	static const char *const lines[] = {"", "tamga-enrol", "tamga-enrol K01A-1", "tamga-enrol K01A-1 https://x",
	        "tamga-enrol K01A-1 https://x 0123", "tamga-enrol k?1 https://x 00000-00000-00000-00000-00000",
	        "tamga-enrol K01A-1 http://x 00000-00000-00000-00000-00000-00000-00000-00000-00000-00000",
	        "tamga-enrol K01A-1 https://x\"y 00000-00000-00000-00000-00000-00000-00000-00000-00000-00000",
	        "tamga-enrol K01A-1 https://x 00000-00000-00000-00000-00000-00000-00000-00000-00000-00000-00000",
	        "tamga-enrol K01A-1 https://x 0000!-00000-00000-00000-00000-00000-00000-00000-00000-00000",
	        "tamga-enrolK01A-1 https://x 00000-00000-00000-00000-00000-00000-00000-00000-00000-00000"};
	struct tg_enrol_line back;
	char text[1200];
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(tg_enrol_line_read(lines[i], &back, NULL), TG_INVALID);
	memset(text, 'A', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(tg_enrol_line_read(text, &back, NULL), TG_INVALID);
	struct tg_enrol_line bad = example;
	char out[TG_ENROL_LINE_MAX];
	(void)tg_copy(bad.url, sizeof(bad.url), "https://a b");
	assert_int_equal(tg_enrol_line_write(&bad, out, NULL), TG_INVALID);
	bad = example;
	bad.kiosk[0] = '\0';
	assert_int_equal(tg_enrol_line_write(&bad, out, NULL), TG_INVALID);
}

/* The public key, by sha256sum and openssl alone: PKCS#8 of RFC 8410 around the seed. */
static void c_2_verifier_is_an_ed25519_key(void **state)
{
	uint8_t key[TG_ENROL_KEY_LEN];
	char hex[2 * TG_ENROL_KEY_LEN + 1];
	struct tg_buf out = TG_BUF_INIT;
	(void)state;
	assert_int_equal(tg_enrol_verifier((struct tg_bytes){(const uint8_t *)"open sesame", 11}, key, NULL), TG_OK);
	tg_hex(key, sizeof(key), hex);
	assert_int_equal(kit_run(&out, "sh", "-c",
	                         "s=$(printf 'tamga-enrol-seed\\000open sesame' | sha256sum | cut -c1-64); "
	                         "printf 302e020100300506032b657004220420$s | xxd -r -p | "
	                         "openssl pkey -inform DER -pubout -outform DER | xxd -p -c 200 | tail -c 65",
	                         NULL),
	        0);
	assert_int_equal(strncmp(tg_buf_str(&out), hex, 64), 0);
	tg_buf_finish(&out);
}

static void c_2_proof_holds_for_nothing_else(void **state)
{
	uint8_t key[TG_ENROL_KEY_LEN], other[TG_ENROL_KEY_LEN], proof[TG_ENROL_PROOF_LEN];
	struct tg_bytes secret = {example.secret, TG_ENROL_SECRET}, csr = {(const uint8_t *)"csr", 3};
	(void)state;
	assert_int_equal(tg_enrol_verifier(secret, key, NULL), TG_OK);
	assert_int_equal(tg_enrol_verifier((struct tg_bytes){example.pin, TG_ENROL_PIN}, other, NULL), TG_OK);
	assert_int_equal(tg_enrol_prove(secret, "K01A-1", csr, proof, NULL), TG_OK);
	assert_true(tg_enrol_proven(key, "K01A-1", csr, proof));
	assert_false(tg_enrol_proven(key, "K01A-2", csr, proof));
	assert_false(tg_enrol_proven(key, "K01A-1", (struct tg_bytes){(const uint8_t *)"csR", 3}, proof));
	assert_false(tg_enrol_proven(key, "K01A-1", (struct tg_bytes){(const uint8_t *)"cs", 2}, proof));
	assert_false(tg_enrol_proven(other, "K01A-1", csr, proof));
	for (size_t i = 0; i < sizeof(proof); i++) {
		proof[i] ^= 1;
		assert_false(tg_enrol_proven(key, "K01A-1", csr, proof));
		proof[i] ^= 1;
	}
	memset(proof, 0, sizeof(proof));
	assert_false(tg_enrol_proven(key, "K01A-1", csr, proof));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(c_2_code_is_base_32),
	        cmocka_unit_test(c_2_line_is_read_as_it_is_typed),
	        cmocka_unit_test(c_2_every_wrong_character_is_found),
	        cmocka_unit_test(c_2_every_swap_of_neighbours_is_found),
	        cmocka_unit_test(c_2_id_and_address_are_held_too),
	        cmocka_unit_test(c_2_other_lines_are_refused),
	        cmocka_unit_test(c_2_verifier_is_an_ed25519_key),
	        cmocka_unit_test(c_2_proof_holds_for_nothing_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
