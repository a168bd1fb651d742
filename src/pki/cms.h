/* Private: what signing and verifying of CMS (RFC 5652) share. */
#ifndef TAMGA_PKI_CMS_H
#define TAMGA_PKI_CMS_H

#include "tamga/pki.h"

#define TG_CMS_TAG_INTEGER  0x02
#define TG_CMS_TAG_OCTETS   0x04
#define TG_CMS_TAG_OID      0x06
#define TG_CMS_TAG_SEQUENCE 0x30
#define TG_CMS_TAG_SET      0x31
#define TG_CMS_CONTEXT(n)   (uint8_t)(0xa0 | (n)) /* constructed */
#define TG_CMS_PRIMITIVE(n) (uint8_t)(0x80 | (n))
#define TG_CMS_HASH_MAX     64

/* Contents of OBJECT IDENTIFIERs. */
enum tg_cms_oid {
	TG_CMS_SIGNED_DATA,
	TG_CMS_DATA,
	TG_CMS_CONTENT_TYPE,
	TG_CMS_MESSAGE_DIGEST,
	TG_CMS_SIGNING_TIME,
	TG_CMS_SIGNING_CERTIFICATE, /* RFC 5035 ESSCertIDv2 */
};
struct tg_bytes tg_cms_oid(enum tg_cms_oid which);
bool tg_cms_is(struct tg_bytes oid, enum tg_cms_oid which);

/* The hash of this name (OpenSSL's NID), GOST by the engine. TG_ALGORITHM: not here, or too weak to prove anything. */
enum tg_status tg_cms_hash(int nid, struct tg_bytes message, struct tg_buf *out, struct tg_error *err) TG_MUST_USE;

#endif
