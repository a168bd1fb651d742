/* Layer: pki. Whether somebody's certificate was revoked, asked of who issued it: OCSP (RFC 6960) first, a CRL (RFC
 * 5280) when nobody answers. For issuers whose records are not ours; requirement NCA-V "verified at the centre with
 * chain, CRL/OCSP and time".
 *
 * One object belongs to one thread. The addresses in a certificate are whatever its maker wrote: they are followed only
 * where their host was named by whoever set this up. Only http:// is spoken: what comes is signed. */
#ifndef TAMGA_CERTSTATUS_H
#define TAMGA_CERTSTATUS_H

#include "tamga/buf.h"

struct tg_cert_status;
/* Every NAME.yaml of `dir` is one issuer:
 *   certificate: issuer.pem        the issuing CA, then the certificates above it; a path from `dir`
 *   ocsp: http://…                 optional: asked in place of what the certificate says
 *   crl: http://… or a path        optional: the same
 *   responder: responder.pem       optional: who may answer beside the issuer and those it certified for that
 *   hosts: [ocsp.example.kz]       optional: hosts whose addresses in certificates are followed
 *   nonce_optional: true           optional: take answers made beforehand, which repeat no nonce
 * CRLs are kept in `cache` (made when missing) until they end, and the number of the newest for good. TG_CONFIG,
 * TG_CERT_INVALID, TG_IO. */
enum tg_status tg_cert_status_open(
        struct tg_cert_status **out, const char *dir, const char *cache, struct tg_error *err) TG_MUST_USE;
void tg_cert_status_close(struct tg_cert_status *s); /* takes NULL */
/* The issuers and what stands above them, as PEM: for checking a chain. */
enum tg_status tg_cert_status_trust(const struct tg_cert_status *s, struct tg_buf *pem) TG_MUST_USE;
/* One of the issuers has this certificate's issuer name. */
bool tg_cert_status_knows(const struct tg_cert_status *s, struct tg_bytes certificate);
/* TG_OK: its issuer says that it is good. TG_CERT_REVOKED (also: on hold). TG_CERT_INVALID: its issuer does not know
 * it. TG_CERT_STATUS: nobody could be asked, or no answer could be believed; then, for ten seconds, nobody is asked
 * again. TG_NOT_FOUND: none of the issuers. Waits at most some ten seconds. */
enum tg_status tg_cert_status_ask(
        struct tg_cert_status *s, struct tg_bytes certificate, int64_t now_ms, struct tg_error *err) TG_MUST_USE;

#endif
