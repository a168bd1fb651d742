/* Batches and acknowledgements as bytes that somebody else may have written. Requirement C-1. */
#include "lib.h"

#include <stdlib.h>

static void fill(struct tg_batch *b, const struct tg_entry *list, unsigned n)
{
	tg_batch_begin(b);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(tg_batch_add(b, &list[i]), TG_OK);
}

static enum tg_status decode(const void *data, size_t n, const char *kiosk, size_t *count)
{
	struct tg_entry *list = NULL;
	struct tg_bytes in = {data, n};
	enum tg_status st = tg_batch_decode(in, kiosk, &list, count);
	if (st == TG_OK)
		assert_non_null(list);
	else
		assert_null(list);
	free(list);
	return st;
}

static void test_every_cut_is_refused(void **state)
{
	(void)state;
	struct tg_entry *s = make_stream(KIOSK, 3);
	struct tg_batch b = {0};
	size_t n = 0;
	fill(&b, s, 3);
	for (size_t cut = 0; cut < b.bytes.len; cut++) {
		/* A copy of exactly this length: the sanitizer sees a read past its end. */
		uint8_t *copy = malloc(cut ? cut : 1);
		assert_non_null(copy);
		memcpy(copy, b.bytes.data, cut);
		assert_int_equal(decode(copy, cut, KIOSK, &n), TG_INVALID);
		free(copy);
	}
	tg_buf_add_u8(&b.bytes, 0);
	assert_int_equal(decode(b.bytes.data, b.bytes.len, KIOSK, &n), TG_INVALID);
	tg_batch_finish(&b);
	free(s);
}

static void test_foreign_stream_is_refused(void **state)
{
	(void)state;
	struct tg_entry *s = make_stream("K02B-1", 2);
	struct tg_batch b = {0};
	size_t n = 0;
	fill(&b, s, 2);
	assert_int_equal(decode(b.bytes.data, b.bytes.len, KIOSK, &n), TG_SYNC_FOREIGN);
	assert_int_equal(decode(b.bytes.data, b.bytes.len, "K02B-1", &n), TG_OK);
	assert_int_equal(n, 2);
	tg_batch_finish(&b);
	free(s);
}

static void test_lying_counts_are_refused(void **state)
{
	(void)state;
	struct tg_entry *s = make_stream(KIOSK, 2);
	struct tg_batch b = {0};
	size_t n = 0;
	fill(&b, s, 2);
	uint8_t *count = b.bytes.data + sizeof("tamga-batch-1");
	const struct {
		uint32_t n;
		enum tg_status st;
	} lies[] = {{0, TG_INVALID}, {1, TG_INVALID}, {3, TG_INVALID}, {1000, TG_INVALID}, {1001, TG_LIMIT},
	        {UINT32_MAX, TG_LIMIT}};
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		for (unsigned k = 0; k < 4; k++)
			count[k] = (uint8_t)(lies[i].n >> (24 - 8 * k));
		assert_int_equal(decode(b.bytes.data, b.bytes.len, KIOSK, &n), lies[i].st);
	}
	tg_batch_finish(&b);
	free(s);
}

static void test_a_hole_in_a_batch_is_refused(void **state)
{
	(void)state;
	struct tg_entry *s = make_stream(KIOSK, 3);
	struct tg_batch b = {0};
	size_t n = 0;
	fill(&b, s, 1);
	assert_int_equal(tg_batch_add(&b, &s[2]), TG_CHAIN_BROKEN);
	assert_int_equal(b.n, 1);
	/* Forged past the codec's own check: */
	s[2].seq = 2;
	assert_int_equal(tg_batch_add(&b, &s[2]), TG_OK);
	s[2].seq = 3;
	assert_int_equal(decode(b.bytes.data, b.bytes.len, KIOSK, &n), TG_OK);
	tg_batch_begin(&b);
	s[0].seq = 2;
	assert_int_equal(tg_batch_add(&b, &s[0]), TG_OK);
	s[1].seq = 3;
	assert_int_equal(tg_batch_add(&b, &s[1]), TG_OK);
	/* seq of the second entry, the last byte of its big-endian number: 3 → 4 */
	size_t first_len = (b.bytes.len - sizeof("tamga-batch-1") - 4) / 2;
	b.bytes.data[sizeof("tamga-batch-1") + 4 + first_len + 2 + strlen(KIOSK) + 7] = 4;
	assert_int_equal(decode(b.bytes.data, b.bytes.len, KIOSK, &n), TG_INVALID);
	tg_batch_finish(&b);
	free(s);
}

static void test_full_batches_keep_what_fits(void **state)
{
	(void)state;
	struct tg_entry *s = make_stream(KIOSK, TG_BATCH_ENTRIES + 1);
	struct tg_batch b = {0};
	size_t n = 0;
	fill(&b, s, TG_BATCH_ENTRIES);
	assert_int_equal(tg_batch_add(&b, &s[TG_BATCH_ENTRIES]), TG_LIMIT);
	assert_int_equal(decode(b.bytes.data, b.bytes.len, KIOSK, &n), TG_OK);
	assert_int_equal(n, TG_BATCH_ENTRIES);
	/* Long bodies reach the limit in bytes first. */
	char *body = malloc(TG_BODY_MAX);
	assert_non_null(body);
	memset(body, ' ', TG_BODY_MAX);
	tg_batch_begin(&b);
	unsigned taken = 0;
	for (; taken < TG_BATCH_ENTRIES; taken++) {
		s[taken].body = body;
		s[taken].body_len = TG_BODY_MAX;
		if (tg_batch_add(&b, &s[taken]) == TG_LIMIT)
			break;
	}
	assert_in_range(taken, 60, 64);
	assert_true(b.bytes.len <= TG_BATCH_BYTES);
	assert_int_equal(decode(b.bytes.data, b.bytes.len, KIOSK, &n), TG_OK);
	assert_int_equal(n, taken);
	free(body);
	tg_batch_finish(&b);
	free(s);
}

static enum tg_status open_ack(struct tg_ack_key *k, const struct tg_ack *a, struct tg_ack *out)
{
	struct tg_buf b = TG_BUF_INIT;
	struct tg_error err = {0};
	tg_ack_encode(a, &b);
	struct tg_bytes bytes = {b.data, b.len};
	enum tg_status st = tg_ack_open(k, bytes, KIOSK, out, &err);
	tg_buf_finish(&b);
	return st;
}

static void check_refusals(struct tg_ack_key *k, EVP_PKEY *other, struct tg_ack a)
{
	struct tg_ack got, changed = a;
	changed.seq++;
	assert_int_equal(open_ack(k, &changed, &got), TG_CENTRE_GARBAGE);
	changed = a;
	changed.hash[31] ^= 1;
	assert_int_equal(open_ack(k, &changed, &got), TG_CENTRE_GARBAGE);
	changed = a;
	changed.signature_len = 0;
	assert_int_equal(open_ack(k, &changed, &got), TG_CENTRE_GARBAGE);
	changed = a;
	sign_ack(other, &changed);
	assert_int_equal(open_ack(k, &changed, &got), TG_CENTRE_GARBAGE);
	changed = a;
	assert_true(tg_copy(changed.kiosk, sizeof(changed.kiosk), "K02B-1"));
	sign_ack(other, &changed);
	assert_int_equal(open_ack(k, &changed, &got), TG_CENTRE_GARBAGE);
}

static void test_acknowledgements_are_proven(void **state)
{
	(void)state;
	char dir[64], path[96];
	struct tg_error err = {0};
	struct tg_ack_key *public = NULL, *private = NULL;
	struct tg_ack got;
	EVP_PKEY *key = make_ack_files(make_dir(dir)), *other = EVP_EC_gen("P-256");
	struct tg_ack a = {.kiosk = KIOSK, .seq = 7, .centre_time_ms = 1790000000000};
	memset(a.hash, 0x5a, sizeof(a.hash));
	(void)snprintf(path, sizeof(path), "%s/ack.pem", dir);
	assert_int_equal(tg_ack_key_load(&public, path, &err), TG_OK);
	sign_ack(key, &a);
	assert_int_equal(open_ack(public, &a, &got), TG_OK);
	assert_int_equal(got.seq, 7);
	check_refusals(public, other, a);
	/* Signed by us, verified by OpenSSL's one-shot interface. */
	(void)snprintf(path, sizeof(path), "%s/ack.key", dir);
	assert_int_equal(tg_ack_key_load(&private, path, &err), TG_OK);
	for (int i = 0; i < 3; i++) {
		struct tg_buf b = TG_BUF_INIT;
		EVP_MD_CTX *md = EVP_MD_CTX_new();
		a.seq++;
		assert_int_equal(tg_ack_sign(private, &a, &err), TG_OK);
		tg_ack_signed_bytes(&a, &b);
		assert_int_equal(EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key), 1);
		assert_int_equal(EVP_DigestVerify(md, a.signature, a.signature_len, b.data, b.len), 1);
		EVP_MD_CTX_free(md);
		tg_buf_finish(&b);
	}
	assert_int_equal(tg_ack_key_load(&(struct tg_ack_key *){NULL}, "/dev/null", &err), TG_CONFIG);
	tg_ack_key_destroy(public);
	tg_ack_key_destroy(private);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	drop_dir(dir);
}

static enum tg_status look(const uint8_t *data, size_t n, const char *kiosk)
{
	uint8_t *copy = malloc(n ? n : 1);
	assert_non_null(copy);
	memcpy(copy, data, n);
	enum tg_status st = tg_batch_look((struct tg_bytes){copy, n}, kiosk);
	free(copy);
	return st;
}

/* What a batch's first bytes say is enough to let go of the rest. */
static void test_the_first_bytes_say_whose_it_is(void **state)
{
	(void)state;
	struct tg_entry *s = make_stream(KIOSK, 2);
	struct tg_batch b = {0};
	fill(&b, s, 2);
	const size_t told = sizeof("tamga-batch-1") + 4 + 2 + strlen(KIOSK);
	for (size_t cut = 0; cut <= b.bytes.len; cut++) {
		assert_int_equal(look(b.bytes.data, cut, KIOSK), TG_OK);
		assert_int_equal(look(b.bytes.data, cut, "K02B-1"), cut < told ? TG_OK : TG_SYNC_FOREIGN);
	}
	/* A name that only begins the same. */
	assert_int_equal(look(b.bytes.data, b.bytes.len, KIOSK "2"), TG_SYNC_FOREIGN);
	/* A changed byte of label, count or name is seen; none of the rest is looked at. */
	for (size_t i = 0; i < b.bytes.len; i++) {
		b.bytes.data[i] ^= 0x40;
		enum tg_status st = look(b.bytes.data, b.bytes.len, KIOSK);
		const size_t count = sizeof("tamga-batch-1");
		enum tg_status want = i < count        ? TG_INVALID
		                      : i < count + 3  ? TG_LIMIT
		                      : i == count + 3 ? TG_OK /* 66 entries may well come */
		                      : i < told       ? TG_SYNC_FOREIGN
		                                       : TG_OK;
		assert_int_equal(st, want);
		b.bytes.data[i] ^= 0x40;
	}
	memset(b.bytes.data + sizeof("tamga-batch-1"), 0, 4);
	assert_int_equal(look(b.bytes.data, b.bytes.len, KIOSK), TG_INVALID);
	tg_batch_finish(&b);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_every_cut_is_refused),
	        cmocka_unit_test(test_foreign_stream_is_refused),
	        cmocka_unit_test(test_the_first_bytes_say_whose_it_is),
	        cmocka_unit_test(test_lying_counts_are_refused),
	        cmocka_unit_test(test_a_hole_in_a_batch_is_refused),
	        cmocka_unit_test(test_full_batches_keep_what_fits),
	        cmocka_unit_test(test_acknowledgements_are_proven),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
