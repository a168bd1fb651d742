/* EF.SOD (ICAO 9303-10, 4.6.2): the signed list of hashes. */
#ifndef TG_CARD_SOD_H
#define TG_CARD_SOD_H

#include "tamga/mrtd.h"

#include <openssl/cms.h>

#define TG_DATA_GROUPS 16

struct tg_sod {
	CMS_ContentInfo *cms;
	X509 *signer;                             /* borrowed from cms */
	const EVP_MD *md;                         /* what the groups were hashed with */
	struct tg_bytes hash[TG_DATA_GROUPS + 1]; /* by number of data group; borrowed from cms */
};
/* Takes it apart and verifies the signature by the certificate inside, whoever that is: trust is csca.h.
 * TG_DOC_TAMPERED: it is no such list, or was not signed by that certificate. TG_DOC_SIGNER: there is none inside.
 * `err` says why. */
enum tg_status tg_sod_open(struct tg_sod *s, struct tg_bytes file, struct tg_error *err) TG_MUST_USE;
void tg_sod_close(struct tg_sod *s);
/* TG_OK, or TG_DOC_TAMPERED when the file is not the one that was signed (or not on the list). */
enum tg_status tg_sod_check(
        const struct tg_sod *s, unsigned group, struct tg_bytes file, struct tg_error *err) TG_MUST_USE;

/* Whether the list, signed by whomever, has this group. */
bool tg_sod_names(struct tg_bytes file, unsigned group);

#endif
