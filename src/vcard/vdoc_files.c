/* The files of a new document: ICAO 9303-10 §4.6, §4.7; security infos of 9303-11 §9.2. */
#include "vdoc_make.h"
#include <openssl/ec.h>
#include <openssl/rsa.h>

int tg_vdoc_group(enum tg_vdoc_file file)
{
	static const int groups[TG_VDOC_FILE_COUNT] = {
	        [TG_VDOC_DG1] = 1, [TG_VDOC_DG2] = 2, [TG_VDOC_DG14] = 14, [TG_VDOC_DG15] = 15};
	return groups[file];
}

/* --- Security infos: SET OF SEQUENCE { OID, required, optional }, in DER's order */
static const uint8_t pace_gm_aes128[] = {0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x02};
static const uint8_t ca_ecdh_3des[] = {0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x01};
static const uint8_t ca_ecdh_aes128[] = {0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x02};
static const uint8_t pk_ecdh[] = {0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x01, 0x02};
static const uint8_t active_auth[] = {0x67, 0x81, 0x08, 0x01, 0x01, 0x05};
static const uint8_t ecdsa_plain_sha256[] = {0x04, 0x00, 0x7f, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x03};

#define INFOS 4
struct infos {
	struct tg_buf one[INFOS];
	size_t n;
};

static struct tg_buf *info_begin(struct infos *s, const uint8_t *oid, size_t n)
{
	struct tg_buf *b = &s->one[s->n++];
	tg_tlv_put(b, 0x06, oid, n);
	return b;
}

static void put_number(struct tg_buf *b, uint8_t v)
{
	tg_tlv_put(b, 0x02, &v, 1);
}

static void info_end(struct tg_buf *b)
{
	struct tg_buf whole = TG_BUF_INIT;
	tg_tlv_put_buf(&whole, 0x30, b);
	tg_buf_finish(b);
	*b = whole;
}

static int by_bytes(const void *a, const void *b)
{
	const struct tg_buf *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int order = memcmp(x->data, y->data, n);
	return order ? order : (x->len > y->len) - (x->len < y->len);
}

static void put_infos(struct infos *s, struct tg_buf *out)
{
	struct tg_buf body = TG_BUF_INIT;
	bool failed = false;
	for (size_t i = 0; i < s->n; i++)
		failed |= s->one[i].failed || s->one[i].len == 0;
	if (!failed)
		qsort(s->one, s->n, sizeof s->one[0], by_bytes);
	for (size_t i = 0; i < s->n; i++) {
		if (!failed)
			tg_buf_add(&body, s->one[i].data, s->one[i].len);
		tg_buf_finish(&s->one[i]);
	}
	tg_tlv_put_buf(out, 0x31, &body);
	out->failed |= failed;
	tg_buf_finish(&body);
}

/* --- EF.CardAccess. Identity cards here use brainpoolP256r1 (13), passports P-256 (12), so that both are driven. */
static void card_access(const struct tg_vcard_persona *p, struct tg_buf *out)
{
	struct infos s = {0};
	struct tg_buf *b = info_begin(&s, pace_gm_aes128, sizeof pace_gm_aes128);
	put_number(b, 2);
	put_number(b, p->document.format[2] == '1' ? 13 : 12);
	info_end(b);
	put_infos(&s, out);
}

/* --- The chip's keys */
static bool put_private(EVP_PKEY *key, struct tg_buf *out)
{
	uint8_t *der = NULL;
	int n = i2d_PrivateKey(key, &der);
	if (n > 0)
		tg_buf_add(out, der, (size_t)n);
	OPENSSL_clear_free(der, n > 0 ? (size_t)n : 0);
	return n > 0 && !out->failed;
}

static bool put_public(EVP_PKEY *key, struct tg_buf *out)
{
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(key, &der);
	if (n > 0)
		tg_buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	return n > 0 && !out->failed;
}

static EVP_PKEY *new_key(bool rsa)
{
	/* 1536 bits: the signature fits into a short answer under secure messaging */
	return rsa ? EVP_RSA_gen(1536) : EVP_EC_gen("P-256");
}

/* A copied chip has another private key than its data group says: the right one cannot be read out. */
static bool key_pair(bool rsa, bool copied, struct tg_buf *secret, struct tg_buf *public)
{
	EVP_PKEY *key = new_key(rsa), *other = copied ? new_key(rsa) : NULL;
	bool ok = key && (!copied || other) && put_private(copied ? other : key, secret) && put_public(key, public);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	return ok;
}

static void chip_infos(struct infos *s, const struct tg_buf *public)
{
	struct tg_buf *b = info_begin(s, ca_ecdh_aes128, sizeof ca_ecdh_aes128);
	put_number(b, 1);
	put_number(b, TG_VDOC_CHIP_KEY_ID);
	info_end(b);
	b = info_begin(s, ca_ecdh_3des, sizeof ca_ecdh_3des);
	put_number(b, 1);
	put_number(b, TG_VDOC_CHIP_KEY_ID);
	info_end(b);
	b = info_begin(s, pk_ecdh, sizeof pk_ecdh);
	tg_buf_add(b, public->data, public->len);
	put_number(b, TG_VDOC_CHIP_KEY_ID);
	info_end(b);
}

static void active_info(struct infos *s)
{
	struct tg_buf *b = info_begin(s, active_auth, sizeof active_auth);
	put_number(b, 1);
	tg_tlv_put(b, 0x06, ecdsa_plain_sha256, sizeof ecdsa_plain_sha256);
	info_end(b);
}

/* DG14 and DG15 with the keys behind them. Passports sign with RSA, identity cards with ECDSA, which DG14 must name. */
static bool chip_files(struct tg_vdoc *d, const struct tg_vcard_persona *p)
{
	struct tg_buf chip = TG_BUF_INIT, active = TG_BUF_INIT, body = TG_BUF_INIT;
	struct infos s = {0};
	const struct tg_vcard_document *doc = &p->document;
	bool rsa = doc->format[2] != '1', copied = doc->signer == TG_VCARD_SIGNER_COPIED;
	bool ok = (!doc->chip_authentication || key_pair(false, copied, &d->files[TG_VDOC_CHIP_KEY], &chip)) &&
	          (!doc->active_authentication || key_pair(rsa, copied, &d->files[TG_VDOC_ACTIVE_KEY], &active));
	if (ok && doc->chip_authentication)
		chip_infos(&s, &chip);
	if (ok && doc->active_authentication && !rsa)
		active_info(&s);
	if (s.n) {
		put_infos(&s, &body);
		tg_tlv_put_buf(&d->files[TG_VDOC_DG14], 0x6e, &body);
	}
	if (ok && doc->active_authentication)
		tg_tlv_put_buf(&d->files[TG_VDOC_DG15], 0x6f, &active);
	tg_buf_finish(&chip);
	tg_buf_finish(&active);
	tg_buf_finish(&body);
	return ok;
}

/* --- The data */
static void group_1(const struct tg_vdoc_mrz *mrz, struct tg_buf *out)
{
	struct tg_buf body = TG_BUF_INIT;
	tg_tlv_put(&body, 0x5f1f, mrz->text, strlen(mrz->text));
	tg_tlv_put_buf(out, 0x61, &body);
	tg_buf_finish(&body);
}

/* A group of biometric templates that holds none: number of instances 0. */
static void group_2(struct tg_buf *out)
{
	static const uint8_t none[] = {0x7f, 0x61, 0x03, 0x02, 0x01, 0x00};
	tg_tlv_put(out, 0x75, none, sizeof none);
}

/* LDS 1.7, Unicode 4.0.0, and the tags of the groups. */
static void common(const struct tg_vdoc *d, struct tg_buf *out)
{
	static const struct {
		enum tg_vdoc_file file;
		uint8_t tag;
	} groups[] = {{TG_VDOC_DG1, 0x61}, {TG_VDOC_DG2, 0x75}, {TG_VDOC_DG14, 0x6e}, {TG_VDOC_DG15, 0x6f}};
	uint8_t tags[4];
	size_t n = 0;
	struct tg_buf body = TG_BUF_INIT;
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		if (d->files[groups[i].file].len)
			tags[n++] = groups[i].tag;
	}
	tg_tlv_put(&body, 0x5f01, "0107", 4);
	tg_tlv_put(&body, 0x5f36, "040000", 6);
	tg_tlv_put(&body, 0x5c, tags, n);
	tg_tlv_put_buf(out, 0x60, &body);
	tg_buf_finish(&body);
}

enum tg_status tg_vdoc_files_make(struct tg_vdoc *d, const struct tg_vcard_persona *p, struct tg_error *err)
{
	struct tg_vdoc_mrz mrz;
	bool failed = false;
	TG_TRY(tg_vdoc_mrz_make(p, &mrz, err));
	group_1(&mrz, &d->files[TG_VDOC_DG1]);
	group_2(&d->files[TG_VDOC_DG2]);
	bool ok = chip_files(d, p);
	common(d, &d->files[TG_VDOC_COM]);
	if (p->document.access & TG_VCARD_PACE)
		card_access(p, &d->files[TG_VDOC_CARD_ACCESS]);
	tg_buf_add_str(&d->files[TG_VDOC_MRZ_INFO], mrz.info);
	if (p->document.can[0])
		tg_buf_add_str(&d->files[TG_VDOC_CAN], p->document.can);
	for (size_t i = 0; i < TG_VDOC_FILE_COUNT; i++)
		failed |= d->files[i].failed;
	return ok && !failed ? TG_OK : tg_error_set(err, TG_NO_MEMORY, "cannot make the document's files");
}
