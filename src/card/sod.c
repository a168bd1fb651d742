#include "sod.h"
#include "chip.h"
#include "ber.h"

#include <openssl/err.h>

#define TAG_SEQUENCE 0x30
#define TAG_INTEGER  0x02
#define TAG_OID      0x06
#define TAG_OCTETS   0x04

static enum tg_status tampered(struct tg_error *err, const char *what)
{
	ERR_clear_error();
	return tg_error_set(err, TG_DOC_TAMPERED, "EF.SOD: %s", what);
}

/* The hashes that a signer of travel documents may use (9303-11, 4.7 and 9303-12, 4.4). */
static const EVP_MD *known_hash(struct tg_bytes algorithm)
{
	struct tg_bytes oid;
	static const struct {
		uint8_t length, oid[9];
		const EVP_MD *(*md)(void);
	} known[] = {
	        {5, {0x2B, 0x0E, 0x03, 0x02, 0x1A}, EVP_sha1},
	        {9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04}, EVP_sha224},
	        {9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01}, EVP_sha256},
	        {9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02}, EVP_sha384},
	        {9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03}, EVP_sha512},
	};
	if (!tg_ber_find(algorithm, TAG_OID, &oid))
		return NULL;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (tg_bytes_equal(oid, (struct tg_bytes){known[i].oid, known[i].length}))
			return known[i].md();
	return NULL;
}

static bool read_hashes(struct tg_bytes list, struct tg_sod *s)
{
	struct tg_reader r;
	struct tg_ber one;
	tg_reader_init(&r, list.data, list.len);
	while (tg_ber_next(&r, &one)) {
		struct tg_bytes number, hash;
		if (one.tag != TAG_SEQUENCE || !tg_ber_find(one.value, TAG_INTEGER, &number) ||
		        !tg_ber_find(one.value, TAG_OCTETS, &hash) || number.len != 1 || number.data[0] < 1 ||
		        number.data[0] > TG_DATA_GROUPS || s->hash[number.data[0]].data ||
		        hash.len != (size_t)EVP_MD_get_size(s->md))
			return false;
		s->hash[number.data[0]] = hash;
	}
	return !r.failed;
}

/* LDSSecurityObject: version 0 or 1, hash algorithm, hashes, and in version 1 the versions of the data structure. */
static bool read_list(struct tg_bytes object, struct tg_sod *s)
{
	struct tg_bytes inner;
	struct tg_reader r;
	struct tg_ber version, algorithm, list;
	if (!tg_ber_whole(object, TAG_SEQUENCE, &inner))
		return false;
	tg_reader_init(&r, inner.data, inner.len);
	if (!tg_ber_next(&r, &version) || version.tag != TAG_INTEGER || version.value.len != 1 ||
	        version.value.data[0] > 1 || !tg_ber_next(&r, &algorithm) || algorithm.tag != TAG_SEQUENCE ||
	        !tg_ber_next(&r, &list) || list.tag != TAG_SEQUENCE)
		return false;
	s->md = known_hash(algorithm.value);
	return s->md && read_hashes(list.value, s);
}

static bool is_lds_object(const CMS_ContentInfo *cms)
{
	/* id-icao-mrtd-security-ldsSecurityObject; without this check anything else that the signer signed would do. */
	static const uint8_t want[] = {0x67, 0x81, 0x08, 0x01, 0x01, 0x01};
	const ASN1_OBJECT *type = CMS_get0_eContentType((CMS_ContentInfo *)(uintptr_t)cms);
	return type && tg_bytes_equal((struct tg_bytes){OBJ_get0_data(type), OBJ_length(type)},
	                       (struct tg_bytes){want, sizeof want});
}

static enum tg_status parse(struct tg_sod *s, struct tg_bytes file, struct tg_error *err)
{
	struct tg_bytes body;
	ASN1_OCTET_STRING **content;
	if (!tg_ber_whole(file, TG_TAG_SOD, &body))
		return tampered(err, "missing, or not one file");
	const unsigned char *p = body.data;
	s->cms = d2i_CMS_ContentInfo(NULL, &p, (long)body.len);
	if (!s->cms || p != body.data + body.len || OBJ_obj2nid(CMS_get0_type(s->cms)) != NID_pkcs7_signed)
		return tampered(err, "no signed message");
	if (!is_lds_object(s->cms) || !(content = CMS_get0_content(s->cms)) || !*content)
		return tampered(err, "it signs something else than a list of hashes");
	const struct tg_bytes object = {ASN1_STRING_get0_data(*content), (size_t)ASN1_STRING_length(*content)};
	return read_list(object, s) ? TG_OK : tampered(err, "the list of hashes is none, or its algorithm unknown");
}

/* Exactly one signer, by the certificate that is inside. */
static enum tg_status verify(struct tg_sod *s, struct tg_error *err)
{
	STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(s->cms);
	STACK_OF(X509) *inside = CMS_get1_certs(s->cms);
	bool any = inside && sk_X509_num(inside) > 0;
	sk_X509_pop_free(inside, X509_free);
	/* Older documents may leave it out: then it would have to come from the states' directory. */
	if (!any)
		return tg_error_set(err, TG_DOC_SIGNER, "EF.SOD: the signer's certificate is not inside");
	if (sk_CMS_SignerInfo_num(infos) != 1)
		return tampered(err, "not one signer");
	if (CMS_verify(s->cms, NULL, NULL, NULL, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) != 1)
		return tampered(err, "the signature does not fit");
	CMS_SignerInfo_get0_algs(sk_CMS_SignerInfo_value(infos, 0), NULL, &s->signer, NULL, NULL);
	return s->signer ? TG_OK : tampered(err, "the signer's certificate is not inside");
}

enum tg_status tg_sod_open(struct tg_sod *s, struct tg_bytes file, struct tg_error *err)
{
	*s = (struct tg_sod){0};
	TG_TRY(parse(s, file, err));
	return verify(s, err);
}

void tg_sod_close(struct tg_sod *s)
{
	CMS_ContentInfo_free(s->cms);
	*s = (struct tg_sod){0};
}

enum tg_status tg_sod_check(const struct tg_sod *s, unsigned group, struct tg_bytes file, struct tg_error *err)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	TG_BUG_IF(group < 1 || group > TG_DATA_GROUPS);
	if (!s->hash[group].data)
		return tg_error_set(err, TG_DOC_TAMPERED, "data group %u is not on the signed list", group);
	if (EVP_Digest(file.data, file.len, hash, &n, s->md, NULL) != 1)
		return tg_error_set(err, TG_NO_MEMORY, "no memory for a hash");
	if (!tg_bytes_equal(s->hash[group], (struct tg_bytes){hash, n}))
		return tg_error_set(err, TG_DOC_TAMPERED, "data group %u is not what was signed", group);
	return TG_OK;
}

bool tg_sod_names(struct tg_bytes file, unsigned group)
{
	struct tg_sod s = {0};
	bool has = group >= 1 && group <= TG_DATA_GROUPS && parse(&s, file, NULL) == TG_OK && s.hash[group].data;
	tg_sod_close(&s);
	return has;
}
