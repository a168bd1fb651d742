/* Layer: base. GOST R 34.10 (2001 = GOST 34.310-2004 class, 2012/256, 2012/512) through the packaged OpenSSL engine
 * (libengine-gost-openssl): the one place that knows names, identifiers, lengths and byte order. Requirement K-6;
 * domain-facts.md §1.3, §5.2, §7; RFC 4357, 4491, 7091, 9215.
 *
 * Parameter sets: CryptoPro-A for both 256-bit algorithms (what Rutoken's own examples generate with, AktivCo
 * pkcs11_for_dummies; it names the same curve in 2001 and 2012), TC26 512-A for 512 bits.
 *
 * Byte order, all of it:
 * - hash: as OpenSSL and C_Digest print it; nothing is turned before C_Sign(CKM_GOSTR3410);
 * - public key, CKA_VALUE and in X.509: X ‖ Y, little-endian each, in an OCTET STRING;
 * - signature: C_Sign gives s ‖ r, big-endian each (PKCS#11 2.30 §6.29 "GOST R 34.10-2001 without hashing"; OpenSC
 * turns what the card says), which is the order of X.509, CMS and CRMF too (RFC 4491 2.2.2, RFC 9215 3.2): it goes into
 * the BIT STRING as it came. Turned round as a whole (r ‖ s, little-endian each) it is in the APDUs of a Rutoken and in
 *   the Kazakh family (1.2.398.3.10.1.1.2.3.*). */
#ifndef TAMGA_GOST_H
#define TAMGA_GOST_H

#include "tamga/buf.h"
#include <stdbool.h>

struct tg_gost {
	const char *id;              /* "gost2001", "gost2012-256", "gost2012-512": as in forms and carriers */
	int key_nid;                 /* NID_id_GostR3410_2001 … */
	int hash_nid;                /* of the hash that goes with it */
	int sign_nid;                /* hash with key */
	size_t hash_len;             /* bytes: 32, 32, 64 */
	size_t point_len;            /* bytes of X ‖ Y, little-endian each: 64, 64, 128 */
	struct tg_bytes key_params;  /* DER OBJECT IDENTIFIER for CKA_GOSTR3410_PARAMS (parameter set A) */
	struct tg_bytes hash_params; /* DER OBJECT IDENTIFIER for CKA_GOSTR3411_PARAMS */
};
/* NULL: not a GOST algorithm. */
const struct tg_gost *tg_gost_find(const char *id);
/* Of a DER SubjectPublicKeyInfo, by its algorithm whatever the parameter set; NULL when it is no GOST key of ours. */
const struct tg_gost *tg_gost_of_spki(struct tg_bytes spki);

/* Loads the engine once for the process; may be called from any thread, again and again. TG_ALGORITHM: not installed.
 * Only this (and what calls it: all below but the table, the identifiers and the swap) maps the engine, so a program
 * that meets no GOST key does not pay for it. It opens a library: call it before a sandbox forbids that. */
enum tg_status tg_gost_load(struct tg_error *err) TG_MUST_USE;
/* The hash that is signed, in the byte order that C_Sign (CKM_GOSTR3410) takes. */
enum tg_status tg_gost_hash(
        const struct tg_gost *g, struct tg_bytes message, struct tg_buf *out, struct tg_error *err) TG_MUST_USE;
/* SubjectPublicKeyInfo from CKA_VALUE (X ‖ Y little-endian, with or without the OCTET STRING around it). TG_INVALID:
 * wrong length, or no point of the curve. */
enum tg_status tg_gost_spki(
        const struct tg_gost *g, struct tg_bytes point, struct tg_buf *out, struct tg_error *err) TG_MUST_USE;
/* DER AlgorithmIdentifier of the signature. */
enum tg_status tg_gost_signature_algorithm(const struct tg_gost *g, struct tg_buf *out) TG_MUST_USE;
/* Turns a signature round as a whole: from s ‖ r big-endian (C_Sign, X.509) to r ‖ s little-endian (the card's own
 * APDU, the Kazakh family) and back. What C_Sign gives needs no turning. TG_INVALID: wrong length. */
enum tg_status tg_gost_signature_swap(const struct tg_gost *g, struct tg_bytes in, struct tg_buf *out) TG_MUST_USE;
/* TG_PROOF_FAILED when the signature (RFC 4491 / 9215 order, as C_Sign gives it) does not fit; TG_INVALID: the key is
 * unreadable or no point of its curve; TG_ALGORITHM: not a GOST key. */
enum tg_status tg_gost_verify(
        struct tg_bytes spki, struct tg_bytes message, struct tg_bytes signature, struct tg_error *err) TG_MUST_USE;

#endif
