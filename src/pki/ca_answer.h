/* Private: what the CA decides about each kind of CMP message: callbacks of OSSL_CMP_SRV_CTX. Each is called with the
 * protection of the message and the proof of possession checked by OpenSSL. */
#ifndef TAMGA_PKI_CA_ANSWER_H
#define TAMGA_PKI_CA_ANSWER_H

#include "ca_table.h"

OSSL_CMP_PKISI *tg_ca_on_request(OSSL_CMP_SRV_CTX *server, const OSSL_CMP_MSG *req, int id, const OSSL_CRMF_MSG *crm,
        const X509_REQ *p10cr, X509 **cert, STACK_OF(X509) * *chain, STACK_OF(X509) * *ca_pubs);
OSSL_CMP_PKISI *tg_ca_on_revocation(
        OSSL_CMP_SRV_CTX *server, const OSSL_CMP_MSG *req, const X509_NAME *issuer, const ASN1_INTEGER *serial);
int tg_ca_on_confirm(OSSL_CMP_SRV_CTX *server, const OSSL_CMP_MSG *req, int id, const ASN1_OCTET_STRING *hash,
        const OSSL_CMP_PKISI *si);
void tg_ca_on_error(OSSL_CMP_SRV_CTX *server, const OSSL_CMP_MSG *req, const OSSL_CMP_PKISI *si,
        const ASN1_INTEGER *code, const OSSL_CMP_PKIFREETEXT *details);
/* The certificate of this transaction is not wanted. */
enum tg_status tg_ca_reject(struct tg_ca_transaction *t) TG_MUST_USE;

#endif
