#define OPENSSL_SUPPRESS_DEPRECATED /* single DES, which the card has in another way */
#include "doc_terminal.h"
#include <openssl/bn.h>
#include <openssl/cmac.h>
#include <openssl/des.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

void terminal_finish(struct terminal *t)
{
	tg_buf_finish(&t->data);
}

/* --- Keys */
static void derive(const void *secret, size_t n, uint8_t counter, uint8_t key[16])
{
	uint8_t digest[SHA_DIGEST_LENGTH];
	const uint8_t number[4] = {0, 0, 0, counter};
	SHA_CTX c;
	SHA1_Init(&c);
	SHA1_Update(&c, secret, n);
	SHA1_Update(&c, number, 4);
	SHA1_Final(digest, &c);
	memcpy(key, digest, 16);
}

static void des_schedules(const uint8_t key[16], DES_key_schedule *a, DES_key_schedule *b)
{
	DES_cblock k;
	memcpy(k, key, 8);
	DES_set_key_unchecked(&k, a);
	memcpy(k, key + 8, 8);
	DES_set_key_unchecked(&k, b);
}

static void des_mac(const uint8_t key[16], const struct tg_buf *m, uint8_t out[8])
{
	DES_key_schedule a, b;
	DES_cblock x = {0};
	assert_true(m->len % 8 == 0);
	des_schedules(key, &a, &b);
	DES_cbc_cksum(m->data, &x, (long)m->len, &a, &x);
	DES_ecb_encrypt(&x, &x, &b, DES_DECRYPT);
	DES_ecb_encrypt(&x, &x, &a, DES_ENCRYPT);
	memcpy(out, x, 8);
}

static void aes_mac(const uint8_t key[16], const struct tg_buf *m, uint8_t out[8])
{
	uint8_t full[16];
	size_t n = 0;
	CMAC_CTX *c = CMAC_CTX_new();
	assert_int_equal(CMAC_Init(c, key, 16, EVP_aes_128_cbc(), NULL), 1);
	assert_int_equal(CMAC_Update(c, m->data, m->len), 1);
	assert_int_equal(CMAC_Final(c, full, &n), 1);
	CMAC_CTX_free(c);
	memcpy(out, full, 8);
}

static void aes(const uint8_t key[16], const uint8_t *iv, int encrypt, uint8_t *data, size_t n)
{
	static const uint8_t zeros[16];
	int got = 0;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	assert_int_equal(EVP_CipherInit_ex(c, EVP_aes_128_cbc(), NULL, key, iv ? iv : zeros, encrypt), 1);
	EVP_CIPHER_CTX_set_padding(c, 0);
	assert_int_equal(EVP_CipherUpdate(c, data, &got, data, (int)n), 1);
	assert_int_equal(got, n);
	EVP_CIPHER_CTX_free(c);
}

static void triple_des(const uint8_t key[16], int encrypt, uint8_t *data, size_t n)
{
	DES_key_schedule a, b;
	DES_cblock iv = {0};
	des_schedules(key, &a, &b);
	DES_ede2_cbc_encrypt(data, data, (long)n, &a, &b, &iv, encrypt);
}

static void crypt(struct terminal *t, int encrypt, uint8_t *data, size_t n)
{
	uint8_t iv[16];
	assert_true(n % (t->aes ? 16 : 8) == 0);
	if (!t->aes) {
		triple_des(t->enc, encrypt, data, n);
		return;
	}
	memcpy(iv, t->ssc, 16);
	aes(t->enc, NULL, 1, iv, 16);
	aes(t->enc, iv, encrypt, data, n);
}

/* --- Secure messaging */
static size_t block(const struct terminal *t)
{
	return t->aes ? 16 : 8;
}

static void count(struct terminal *t)
{
	size_t i = block(t);
	while (i > 0 && ++t->ssc[--i] == 0)
		continue;
}

static void pad(struct tg_buf *b, size_t size)
{
	static const uint8_t zeros[16];
	tg_buf_add_u8(b, 0x80);
	tg_buf_add(b, zeros, (size - b->len % size) % size);
}

static void mac(struct terminal *t, const void *head, const struct tg_buf *body, uint8_t out[8])
{
	struct tg_buf m = TG_BUF_INIT;
	tg_buf_add(&m, t->ssc, block(t));
	if (head) {
		tg_buf_add(&m, head, 4);
		pad(&m, block(t));
	}
	if (body->len) {
		tg_buf_add(&m, body->data, body->len);
		pad(&m, block(t));
	}
	if (t->aes)
		aes_mac(t->mac, &m, out);
	else
		des_mac(t->mac, &m, out);
	tg_buf_finish(&m);
}

static void put(struct tg_buf *b, uint8_t tag, const void *value, size_t n)
{
	tg_buf_add_u8(b, tag);
	if (n > 0xff) {
		tg_buf_add_u8(b, 0x82);
		tg_buf_add_u16(b, (uint16_t)n);
	} else {
		if (n > 0x7f)
			tg_buf_add_u8(b, 0x81);
		tg_buf_add_u8(b, (uint8_t)n);
	}
	tg_buf_add(b, value, n);
}

static void put_data(struct terminal *t, uint8_t ins, const void *data, size_t n, struct tg_buf *body)
{
	struct tg_buf plain = TG_BUF_INIT, value = TG_BUF_INIT;
	tg_buf_add(&plain, data, n);
	pad(&plain, block(t));
	crypt(t, 1, plain.data, plain.len);
	if (!(ins & 1))
		tg_buf_add_u8(&value, 0x01);
	tg_buf_add(&value, plain.data, plain.len);
	put(body, ins & 1 ? 0x85 : 0x87, value.data, value.len);
	tg_buf_finish(&plain);
	tg_buf_finish(&value);
}

static void put_le(struct tg_buf *body, uint32_t le)
{
	const uint8_t bytes[2] = {(uint8_t)(le >> 8), (uint8_t)le};
	if (le > 256)
		put(body, 0x97, bytes, 2);
	else if (le)
		put(body, 0x97, bytes + 1, 1);
}

/* The answer's objects: data, 99, 8E in this order. */
static uint16_t take_answer(struct terminal *t, uint8_t ins)
{
	const struct tg_buf *a = &t->h->answer;
	const size_t tail = 4 + 10 + 2;
	uint8_t expected[8];
	struct tg_buf body = TG_BUF_INIT;
	tg_buf_reset(&t->data);
	assert_true(a->len >= tail);
	tg_buf_add(&body, a->data, a->len - 12);
	mac(t, NULL, &body, expected);
	bool ok = memcmp(expected, a->data + a->len - 10, 8) == 0;
	if (a->len > tail) {
		size_t head = a->data[1] == 0x82 ? 4 : a->data[1] == 0x81 ? 3 : 2;
		head += ins & 1 ? 0 : 1;
		assert_int_equal(a->data[0], ins & 1 ? 0x85 : 0x87);
		tg_buf_add(&t->data, a->data + head, a->len - tail - head);
		crypt(t, 0, t->data.data, t->data.len);
		while (t->data.len && t->data.data[t->data.len - 1] == 0)
			t->data.len--;
		assert_true(t->data.len && t->data.data[--t->data.len] == 0x80);
	}
	const uint8_t *inside = a->data + a->len - 14;
	assert_memory_equal(inside, a->data + a->len - 2, 2); /* the protected word is the word */
	tg_buf_finish(&body);
	return (uint16_t)(ok ? inside[0] << 8 | inside[1] : 0);
}

uint16_t terminal_send(struct terminal *t, const char *header_hex, const void *data, size_t n, uint32_t le)
{
	uint8_t head[4], m[8];
	struct tg_buf body = TG_BUF_INIT, apdu = TG_BUF_INIT;
	assert_int_equal(tg_unhex(header_hex, head, 4), 4);
	count(t);
	if (n)
		put_data(t, head[1], data, n, &body);
	put_le(&body, le);
	mac(t, head, &body, m);
	put(&body, 0x8e, m, 8);
	bool extended = body.len > 255 || le > 256;
	tg_buf_add(&apdu, head, 4);
	if (extended) {
		tg_buf_add_u8(&apdu, 0);
		tg_buf_add_u16(&apdu, (uint16_t)body.len);
	} else {
		tg_buf_add_u8(&apdu, (uint8_t)body.len);
	}
	tg_buf_add(&apdu, body.data, body.len);
	tg_buf_add(&apdu, "\0\0", extended ? 2 : 1);
	uint16_t sw = hand_send_bytes(t->h, apdu.data, apdu.len);
	bool protected = t->h->answer.len > 2;
	if (protected)
		count(t);
	sw = protected ? take_answer(t, head[1]) : sw;
	tg_buf_finish(&body);
	tg_buf_finish(&apdu);
	return sw;
}

/* --- BAC */
uint16_t terminal_bac(struct terminal *t, const char *info)
{
	uint8_t seed[20], kenc[16], kmac[16], text[32], apdu[46] = {0x00, 0x82, 0x00, 0x00, 0x28}, m[8], rnd[8];
	struct tg_buf b = TG_BUF_INIT;
	SHA1((const uint8_t *)info, strlen(info), seed);
	derive(seed, 16, 1, kenc);
	derive(seed, 16, 2, kmac);
	assert_sw(t->h, "0084000008", 0x9000);
	memcpy(rnd, t->h->answer.data, 8);
	RAND_bytes(text, sizeof text);
	memcpy(text + 8, rnd, 8);
	memcpy(apdu + 5, text, 32);
	triple_des(kenc, 1, apdu + 5, 32);
	tg_buf_add(&b, apdu + 5, 32);
	pad(&b, 8);
	des_mac(kmac, &b, apdu + 37);
	apdu[45] = 0x28;
	uint16_t sw = hand_send_bytes(t->h, apdu, sizeof apdu);
	if (sw == 0x9000) {
		uint8_t *answer = t->h->answer.data;
		tg_buf_reset(&b);
		tg_buf_add(&b, answer, 32);
		pad(&b, 8);
		des_mac(kmac, &b, m);
		assert_memory_equal(m, answer + 32, 8);
		triple_des(kenc, 0, answer, 32);
		assert_memory_equal(answer, rnd, 8);
		assert_memory_equal(answer + 8, text, 8);
		for (size_t i = 0; i < 16; i++)
			seed[i] = answer[16 + i] ^ text[16 + i];
		t->aes = false;
		derive(seed, 16, 1, t->enc);
		derive(seed, 16, 2, t->mac);
		memcpy(t->ssc, rnd + 4, 4);
		memcpy(t->ssc + 4, text + 4, 4);
	}
	tg_buf_finish(&b);
	return sw;
}

/* --- PACE */
static void send_point(struct terminal *t, uint8_t tag, const uint8_t point[65])
{
	struct tg_buf b = TG_BUF_INIT;
	const uint8_t head[] = {0x10, 0x86, 0x00, 0x00, 0x45, 0x7c, 0x43, tag, 0x41};
	tg_buf_add(&b, head, sizeof head);
	tg_buf_add(&b, point, 65);
	tg_buf_add_u8(&b, 0);
	assert_int_equal(hand_send_bytes(t->h, b.data, b.len), 0x9000);
	assert_int_equal(t->h->answer.len, 4 + 65 + 2);
	tg_buf_finish(&b);
}

static void token(const uint8_t key[16], const uint8_t point[65], uint8_t out[8])
{
	static const uint8_t head[] = {
	        0x7f, 0x49, 0x4f, 0x06, 0x0a, 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x02, 0x86, 0x41};
	struct tg_buf b = TG_BUF_INIT;
	tg_buf_add(&b, head, sizeof head);
	tg_buf_add(&b, point, 65);
	aes_mac(key, &b, out);
	tg_buf_finish(&b);
}

struct curve {
	EC_GROUP *g;
	EC_POINT *p, *q;
	BIGNUM *k;
};

static void octets(const struct curve *c, const EC_POINT *p, uint8_t out[65])
{
	assert_int_equal(EC_POINT_point2oct(c->g, p, POINT_CONVERSION_UNCOMPRESSED, out, 65, NULL), 65);
}

static void curve_open(struct curve *c, int nid)
{
	c->g = EC_GROUP_new_by_curve_name(nid);
	c->p = EC_POINT_new(c->g);
	c->q = EC_POINT_new(c->g);
	c->k = BN_new();
	assert_int_equal(BN_rand_range(c->k, EC_GROUP_get0_order(c->g)), 1);
}

static void curve_close(struct curve *c)
{
	EC_POINT_free(c->p);
	EC_POINT_free(c->q);
	EC_GROUP_free(c->g);
	BN_free(c->k);
}

/* Sends k·base under `tag`; q = k·(the card's point), whose bytes stand in `theirs`. */
static void exchange(struct terminal *t, struct curve *c, const EC_POINT *base, uint8_t tag, uint8_t theirs[65])
{
	uint8_t own[65];
	EC_POINT_mul(c->g, c->p, NULL, base, c->k, NULL);
	octets(c, c->p, own);
	send_point(t, tag, own);
	memcpy(theirs, t->h->answer.data + 4, 65);
	assert_int_equal(EC_POINT_oct2point(c->g, c->q, theirs, 65, NULL), 1);
	EC_POINT_mul(c->g, c->q, NULL, c->q, c->k, NULL);
}

static uint16_t compare_tokens(struct terminal *t, const uint8_t own[65], const uint8_t theirs[65])
{
	uint8_t apdu[5 + 12 + 1] = {0x00, 0x86, 0x00, 0x00, 0x0c, 0x7c, 0x0a, 0x85, 0x08}, m[8];
	token(t->mac, theirs, apdu + 9);
	uint16_t sw = hand_send_bytes(t->h, apdu, sizeof apdu);
	if (sw != 0x9000)
		return sw;
	token(t->mac, own, m);
	return memcmp(m, t->h->answer.data + 4, 8) == 0 ? sw : 0;
}

static void nonce(struct terminal *t, uint8_t reference, const char *secret, uint8_t s[16])
{
	char choose[64];
	uint8_t digest[20], key[16];
	snprintf(choose, sizeof choose, "0022C1A40F800A04007F000702020402028301%02X", reference);
	assert_sw(t->h, choose, 0x9000);
	assert_sw(t->h, "10860000027C0000", 0x9000);
	SHA1((const uint8_t *)secret, strlen(secret), digest);
	if (reference == 1)
		derive(digest, 20, 3, key);
	else
		derive(secret, strlen(secret), 3, key);
	memcpy(s, t->h->answer.data + 4, 16);
	aes(key, NULL, 0, s, 16);
}

uint16_t terminal_pace(struct terminal *t, int nid, uint8_t reference, const char *secret)
{
	uint8_t s[16], theirs[65], own[65], shared[65];
	struct curve map, agree;
	nonce(t, reference, secret, s);
	curve_open(&map, nid);
	curve_open(&agree, nid);
	exchange(t, &map, EC_GROUP_get0_generator(map.g), 0x81, theirs);
	BIGNUM *n = BN_bin2bn(s, 16, NULL);
	EC_POINT *g = EC_POINT_new(map.g);
	EC_POINT_mul(map.g, g, n, NULL, NULL, NULL);
	EC_POINT_add(map.g, g, g, map.q, NULL);
	exchange(t, &agree, g, 0x83, theirs);
	octets(&agree, agree.p, own);
	octets(&agree, agree.q, shared);
	t->aes = true;
	derive(shared + 1, 32, 1, t->enc);
	derive(shared + 1, 32, 2, t->mac);
	memset(t->ssc, 0, sizeof t->ssc);
	EC_POINT_free(g);
	BN_free(n);
	curve_close(&map);
	curve_close(&agree);
	return compare_tokens(t, own, theirs);
}

/* --- Chip authentication */
uint16_t terminal_chip(struct terminal *t, const uint8_t point[65], bool use_aes)
{
	static const uint8_t choose[] = {0x80, 0x0a, 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x02};
	uint8_t own[65], shared[65];
	struct tg_buf b = TG_BUF_INIT;
	struct curve c;
	uint16_t sw = 0x9000;
	curve_open(&c, NID_X9_62_prime256v1);
	EC_POINT_mul(c.g, c.p, c.k, NULL, NULL, NULL);
	octets(&c, c.p, own);
	assert_int_equal(EC_POINT_oct2point(c.g, c.q, point, 65, NULL), 1);
	EC_POINT_mul(c.g, c.q, NULL, c.q, c.k, NULL);
	octets(&c, c.q, shared);
	curve_close(&c);
	if (use_aes) {
		sw = terminal_send(t, "0C2241A4", choose, sizeof choose, 0);
		tg_buf_add(&b, "\x7c\x43\x80\x41", 4);
	} else {
		tg_buf_add(&b, "\x91\x41", 2);
	}
	tg_buf_add(&b, own, 65);
	if (sw == 0x9000)
		sw = terminal_send(t, use_aes ? "0C860000" : "0C2241A6", b.data, b.len, use_aes ? 256 : 0);
	tg_buf_finish(&b);
	if (sw != 0x9000)
		return sw;
	t->aes = use_aes;
	derive(shared + 1, 32, 1, t->enc);
	derive(shared + 1, 32, 2, t->mac);
	memset(t->ssc, 0, sizeof t->ssc);
	return sw;
}
