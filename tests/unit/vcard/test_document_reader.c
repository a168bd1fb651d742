/* The document as a terminal reads it, through secure messaging in both its forms, and the proofs of the chip (K-4). */
#include "doc_terminal.h"
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>
#include <openssl/sha.h>

#define INFO                                                                                                           \
	"D231458907"                                                                                                   \
	"7408122"                                                                                                      \
	"3104150" /* check digits as in ICAO 9303-5; 310415 → 0 by hand */
#define CAN "483920"

static struct tg_vcard_persona person(const char *format, enum tg_vcard_signer signer)
{
	struct tg_vcard_persona p = doc_specimen("D23145890", "1974-08-12", "2031-04-15", TG_VCARD_BAC | TG_VCARD_PACE);
	tg_copy(p.document.format, sizeof p.document.format, format);
	tg_copy(p.document.can, sizeof p.document.can, CAN);
	p.document.signer = signer;
	p.document.active_authentication = p.document.chip_authentication = true;
	return p;
}

static void open_bac(struct hand *h, struct terminal *t, const char *format, enum tg_vcard_signer signer)
{
	struct tg_vcard_persona p = person(format, signer);
	doc_take(h, &p);
	*t = (struct terminal){.h = h};
	assert_sw(h, DOC_SELECT, 0x9000);
	assert_int_equal(terminal_bac(t, INFO), 0x9000);
}

static void open_pace(struct hand *h, struct terminal *t, const char *format, uint8_t reference)
{
	struct tg_vcard_persona p = person(format, TG_VCARD_SIGNER_VALID);
	int nid = strcmp(format, "TD1") == 0 ? NID_brainpoolP256r1 : NID_X9_62_prime256v1;
	doc_take(h, &p);
	*t = (struct terminal){.h = h};
	assert_int_equal(terminal_pace(t, nid, reference, reference == 1 ? INFO : CAN), 0x9000);
	assert_int_equal(terminal_send(t, "0CA4040C", "\xa0\x00\x00\x02\x47\x10\x01", 7, 0), 0x9000);
}

static void close_all(struct hand *h, struct terminal *t)
{
	terminal_finish(t);
	hand_drop(h);
}

static const uint16_t fids[] = {0x011e, 0x0101, 0x0102, 0x010e, 0x010f, 0x011d};
#define N_FIDS (sizeof fids / sizeof *fids)

static void same(const struct tg_buf *read, struct tg_bytes file)
{
	assert_int_equal(read->len, file.len);
	assert_memory_equal(read->data, file.data, file.len);
}

/* Selected, in parts of `step` bytes. */
static void read_selected(struct hand *h, struct terminal *t, uint16_t fid, uint32_t step)
{
	const uint8_t name[2] = {(uint8_t)(fid >> 8), (uint8_t)fid};
	struct tg_buf all = TG_BUF_INIT;
	struct tg_bytes file = tg_vcard_document_file(h->card, fid);
	char head[16];
	assert_int_equal(terminal_send(t, "0CA4020C", name, 2, 0), 0x9000);
	while (all.len < file.len) {
		snprintf(head, sizeof head, "0CB0%04X", (unsigned)(all.len & 0x7fff));
		uint16_t sw = terminal_send(t, head, NULL, 0, step);
		bool last = file.len - all.len < step && step != 256 && step != 65536;
		assert_int_equal(sw, last ? 0x6282 : 0x9000);
		assert_true(t->data.len > 0);
		tg_buf_add(&all, t->data.data, t->data.len);
	}
	same(&all, file);
	snprintf(head, sizeof head, "0CB0%04X", (unsigned)(all.len & 0x7fff));
	assert_int_equal(terminal_send(t, head, NULL, 0, 1), 0x6b00);
	tg_buf_finish(&all);
}

static void read_everything(struct hand *h, struct terminal *t)
{
	static const uint32_t steps[] = {223, 256, 16, 65536};
	char head[16];
	for (size_t i = 0; i < N_FIDS; i++) {
		for (size_t j = 0; j < sizeof steps / sizeof *steps; j++)
			read_selected(h, t, fids[i], steps[j]);
		/* by short name, all at once */
		snprintf(head, sizeof head, "0CB0%02X00", 0x80 | (fids[i] & 0x1f));
		assert_int_equal(terminal_send(t, head, NULL, 0, 65536), 0x9000);
		same(&t->data, tg_vcard_document_file(h->card, fids[i]));
	}
}

static void test_k4_read_after_bac(void **state)
{
	struct hand h;
	struct terminal t;
	(void)state;
	open_bac(&h, &t, "TD1", TG_VCARD_SIGNER_VALID);
	read_everything(&h, &t);
	close_all(&h, &t);
	open_bac(&h, &t, "TD3", TG_VCARD_SIGNER_VALID);
	read_everything(&h, &t);
	close_all(&h, &t);
}

static void test_k4_read_after_pace(void **state)
{
	struct hand h;
	struct terminal t;
	(void)state;
	for (uint8_t reference = 1; reference <= 2; reference++) {
		open_pace(&h, &t, "TD1", reference);
		read_everything(&h, &t);
		close_all(&h, &t);
		open_pace(&h, &t, "TD3", reference);
		read_everything(&h, &t);
		close_all(&h, &t);
	}
}

static void test_read_with_an_offset_object(void **state)
{
	struct hand h;
	struct terminal t;
	(void)state;
	open_bac(&h, &t, "TD1", TG_VCARD_SIGNER_VALID);
	struct tg_bytes dg1 = tg_vcard_document_file(h.card, 0x0101);
	assert_int_equal(terminal_send(&t, "0CB10001", "\x54\x02\x00\x05", 4, 34), 0x9000);
	assert_int_equal(t.data.len, 2 + 34);
	assert_memory_equal(t.data.data, "\x53\x22", 2);
	assert_memory_equal(t.data.data + 2, dg1.data + 5, 34);
	assert_int_equal(terminal_send(&t, "0CB10001", "\x54\x02\x01\x05", 4, 34), 0x6b00);
	assert_int_equal(terminal_send(&t, "0CB10001", "\x55\x01\x00", 3, 34), 0x6a80);
	close_all(&h, &t);
}

static void test_errors_are_protected_and_end_nothing(void **state)
{
	struct hand h;
	struct terminal t;
	(void)state;
	open_bac(&h, &t, "TD1", TG_VCARD_SIGNER_VALID);
	assert_int_equal(terminal_send(&t, "0CB00000", NULL, 0, 4), 0x6986);       /* nothing selected */
	assert_int_equal(terminal_send(&t, "0CA4020C", "\x01\x03", 2, 0), 0x6a82); /* fingerprints */
	assert_int_equal(terminal_send(&t, "0CA4020C", "\x01", 1, 0), 0x6700);
	assert_int_equal(terminal_send(&t, "0CB08300", NULL, 0, 4), 0x6a82);
	assert_int_equal(terminal_send(&t, "0CA4040C", "\xe8\x2b\x06\x01\x04\x01\x81\xc3\x1f\x02\x01", 11, 0), 0x6a82);
	assert_int_equal(terminal_send(&t, "0C200081", "12345678", 8, 0), 0x6d00);
	assert_int_equal(terminal_send(&t, "0CA4020C", "\x01\x1d", 2, 0), 0x9000);
	assert_int_equal(terminal_send(&t, "0CB00000", NULL, 0, 240), 0x6700); /* does not fit into a short answer */
	assert_int_equal(terminal_send(&t, "0CB00000", NULL, 0, 231), 0x9000);
	assert_int_equal(t.data.len, 231);
	close_all(&h, &t);
}

static void test_wrong_data_do_not_open(void **state)
{
	struct tg_vcard_persona p = person("TD1", TG_VCARD_SIGNER_VALID);
	struct hand h;
	struct terminal t = {.h = &h};
	(void)state;
	doc_take(&h, &p);
	for (int i = 0; i < 5; i++) { /* and nothing is locked by it */
		assert_int_equal(terminal_pace(&t, NID_brainpoolP256r1, 2, "483921"), 0x6300);
		assert_int_equal(terminal_pace(&t, NID_brainpoolP256r1, 1,
		                         "D2314589077408133"
		                         "3104150"),
		        0x6300);
	}
	assert_sw(&h, DOC_SELECT, 0x9000);
	assert_int_equal(terminal_bac(&t, "D231458907"
	                                  "7408122"
	                                  "3104161"),
	        0x6300);
	assert_int_equal(terminal_bac(&t, INFO), 0x9000);
	tg_vcard_reset(h.card);
	assert_int_equal(terminal_pace(&t, NID_brainpoolP256r1, 2, CAN), 0x9000);
	close_all(&h, &t);
}

/* --- Active authentication. The key of DG15, into a file for openssl. */
static const char *public_key(struct hand *h)
{
	struct tg_bytes dg15 = tg_vcard_document_file(h->card, 0x010f);
	assert_true(dg15.len > 60);
	assert_int_equal(dg15.data[0], 0x6f);
	size_t head = dg15.data[1] == 0x82 ? 4 : dg15.data[1] == 0x81 ? 3 : 2;
	return doc_file("aa.der", dg15.data + head, dg15.len - head);
}

static const char *der_signature(const struct tg_buf *plain)
{
	uint8_t der[80], *p = der;
	assert_int_equal(plain->len, 64);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	ECDSA_SIG_set0(sig, BN_bin2bn(plain->data, 32, NULL), BN_bin2bn(plain->data + 32, 32, NULL));
	int n = i2d_ECDSA_SIG(sig, &p);
	ECDSA_SIG_free(sig);
	return doc_file("aa.sig", der, (size_t)n);
}

static int verify_ec(struct hand *h, struct terminal *t)
{
	char out[512];
	assert_int_equal(terminal_send(t, "0C880000", "CHALLENG", 8, 256), 0x9000);
	return doc_run(out, sizeof out, "openssl", "dgst", "-sha256", "-keyform", "DER", "-verify", public_key(h),
	        "-signature", der_signature(&t->data), doc_file("aa.txt", "CHALLENG", 8), NULL);
}

static void test_k4_active_authentication_ecdsa(void **state)
{
	struct hand h;
	struct terminal t;
	(void)state;
	open_bac(&h, &t, "TD1", TG_VCARD_SIGNER_VALID);
	assert_int_equal(verify_ec(&h, &t), 0);
	assert_int_equal(terminal_send(&t, "0C880000", "CHALLEN", 7, 256), 0x6700);
	close_all(&h, &t);
	open_bac(&h, &t, "TD1", TG_VCARD_SIGNER_COPIED);
	assert_int_equal(verify_ec(&h, &t), 1);
	close_all(&h, &t);
}

/* ISO/IEC 9796-2 scheme 1: openssl opens the block, SHA-1 over M1 and the challenge is looked for in it. */
static bool opens(struct hand *h, struct terminal *t)
{
	char out[512];
	uint8_t text[512], digest[20];
	assert_int_equal(terminal_send(t, "0C880000", "CHALLENG", 8, 256), 0x9000);
	size_t n = t->data.len;
	assert_int_equal(n, 192);
	int code = doc_run(out, sizeof out, "openssl", "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey",
	        public_key(h), "-pkeyopt", "rsa_padding_mode:none", "-in", doc_file("aa.sig", t->data.data, n), NULL);
	const uint8_t *block = (const uint8_t *)out;
	if (code != 0 || block[0] != 0x6a || block[n - 1] != 0xbc)
		return false;
	memcpy(text, block + 1, n - 22);
	memcpy(text + n - 22, "CHALLENG", 8);
	SHA1(text, n - 22 + 8, digest);
	return memcmp(digest, block + n - 21, 20) == 0;
}

static void test_k4_active_authentication_rsa(void **state)
{
	struct hand h;
	struct terminal t;
	(void)state;
	open_bac(&h, &t, "TD3", TG_VCARD_SIGNER_VALID);
	assert_true(opens(&h, &t));
	close_all(&h, &t);
	open_bac(&h, &t, "TD3", TG_VCARD_SIGNER_COPIED);
	assert_false(opens(&h, &t));
	close_all(&h, &t);
}

/* --- Chip authentication: the point is the end of the public key in DG14. */
static void chip_key(struct hand *h, uint8_t point[65])
{
	static const uint8_t before[] = {0x03, 0x42, 0x00, 0x04}; /* BIT STRING, no unused bits, uncompressed */
	struct tg_bytes dg14 = tg_vcard_document_file(h->card, 0x010e);
	const uint8_t *at = memmem(dg14.data, dg14.len, before, sizeof before);
	assert_non_null(at);
	assert_true((size_t)(at - dg14.data) + 68 <= dg14.len);
	memcpy(point, at + 3, 65);
}

static void test_k4_chip_authentication(void **state)
{
	struct hand h;
	struct terminal t;
	uint8_t point[65];
	(void)state;
	for (int aes = 0; aes <= 1; aes++) {
		open_bac(&h, &t, "TD1", TG_VCARD_SIGNER_VALID);
		chip_key(&h, point);
		assert_int_equal(terminal_chip(&t, point, aes), 0x9000);
		read_selected(&h, &t, 0x0101, 223);
		close_all(&h, &t);
		open_pace(&h, &t, "TD3", 2);
		chip_key(&h, point);
		assert_int_equal(terminal_chip(&t, point, aes), 0x9000);
		read_selected(&h, &t, 0x011d, 223);
		close_all(&h, &t);
	}
}

static void test_k4_copied_chip_cannot_go_on(void **state)
{
	struct hand h;
	struct terminal t;
	uint8_t point[65];
	(void)state;
	for (int aes = 0; aes <= 1; aes++) {
		open_bac(&h, &t, "TD1", TG_VCARD_SIGNER_COPIED);
		chip_key(&h, point);
		assert_int_equal(terminal_chip(&t, point, aes), 0x9000);
		assert_int_equal(terminal_send(&t, "0CA4020C", "\x01\x01", 2, 0), 0x6988); /* other keys than ours */
		close_all(&h, &t);
	}
}

static void test_chip_authentication_refuses_what_cannot_be(void **state)
{
	static const uint8_t no_point[2 + 2 + 65] = {0x7c, 0x43, 0x80, 0x41, 0x04, 0x01};
	static const uint8_t choose[] = {0x80, 0x0a, 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x02};
	static const uint8_t other_key[] = {
	        0x80, 0x0a, 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x02, 0x84, 0x01, 0x02};
	struct hand h;
	struct terminal t;
	(void)state;
	open_bac(&h, &t, "TD1", TG_VCARD_SIGNER_VALID);
	assert_int_equal(terminal_send(&t, "0C860000", no_point, sizeof no_point, 256), 0x6985); /* nothing chosen */
	assert_int_equal(terminal_send(&t, "0C2241A4", other_key, sizeof other_key, 0), 0x6a88);
	assert_int_equal(terminal_send(&t, "0C2241A4", choose, sizeof choose, 0), 0x9000);
	assert_int_equal(terminal_send(&t, "0C860000", no_point, sizeof no_point, 256), 0x6300);
	read_selected(&h, &t, 0x0101, 223); /* the session goes on with its old keys */
	close_all(&h, &t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_k4_read_after_bac),
	        cmocka_unit_test(test_k4_read_after_pace),
	        cmocka_unit_test(test_read_with_an_offset_object),
	        cmocka_unit_test(test_errors_are_protected_and_end_nothing),
	        cmocka_unit_test(test_wrong_data_do_not_open),
	        cmocka_unit_test(test_k4_active_authentication_ecdsa),
	        cmocka_unit_test(test_k4_active_authentication_rsa),
	        cmocka_unit_test(test_k4_chip_authentication),
	        cmocka_unit_test(test_k4_copied_chip_cannot_go_on),
	        cmocka_unit_test(test_chip_authentication_refuses_what_cannot_be),
	};
	return cmocka_run_group_tests(tests, doc_group_setup, doc_group_teardown);
}
