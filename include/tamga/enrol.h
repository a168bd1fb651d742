/* Layer: pki. How a kiosk is let in for the first time (C-2): a secret that somebody carries from the centre to the
 * kiosk, and the proof that the kiosk knows it.
 *
 * The secret is the seed of an Ed25519 key (RFC 8032). The kiosk signs its id and its PKCS#10 with it; the centre keeps
 * the public half only, so that neither the wire nor a copy of the centre's database lets anybody in.
 *
 * What is carried is one line that can be typed or read from a QR code:
 *   tamga-enrol K01A-1 https://centre.example:8443 XXXXC-XXXXC-… (ten groups of four and a check character)
 * in the 32 characters of unique numbers; I, L, O are read as 1, 1, 0 and small letters as large ones. Each group's
 * check character finds every single wrong character and every swap of neighbours in it; all ten together also hold id
 * and address. Secrets live in the caller's memory and are his to wipe. */
#ifndef TAMGA_ENROL_H
#define TAMGA_ENROL_H

#include "tamga/buf.h"
#include "tamga/record.h"

#define TG_ENROL_SECRET     12 /* bytes: 96 random bits against guesses with a stolen verifier */
#define TG_ENROL_PIN        13 /* bytes of the SHA-256 of the channel CA's DER: 104 bits against another CA */
#define TG_ENROL_URL_MAX    200
#define TG_ENROL_KEY_LEN    32
#define TG_ENROL_PROOF_LEN  64
#define TG_ENROL_GROUPS     10
#define TG_ENROL_LINE_MAX   (sizeof("tamga-enrol  ") + TG_KIOSK_MAX + TG_ENROL_URL_MAX + 6 * TG_ENROL_GROUPS)
#define TG_ENROL_LINE_BEGIN "tamga-enrol "

struct tg_enrol_line {
	char kiosk[TG_KIOSK_MAX + 1], url[TG_ENROL_URL_MAX + 1];
	uint8_t secret[TG_ENROL_SECRET], pin[TG_ENROL_PIN];
};
/* TG_INVALID: id or address cannot stand in such a line. */
enum tg_status tg_enrol_line_write(
        const struct tg_enrol_line *l, char out[TG_ENROL_LINE_MAX], struct tg_error *err) TG_MUST_USE;
/* TG_INVALID, and `err` says which group is mistyped, or that id or address are. */
enum tg_status tg_enrol_line_read(const char *text, struct tg_enrol_line *l, struct tg_error *err) TG_MUST_USE;

/* SHA-256 of the DER of a certificate (PEM file): what a pin is the beginning of. */
enum tg_status tg_enrol_pin(const char *cert_pem, uint8_t out[32], struct tg_error *err) TG_MUST_USE;

/* The public half of a secret. */
enum tg_status tg_enrol_verifier(
        struct tg_bytes secret, uint8_t out[TG_ENROL_KEY_LEN], struct tg_error *err) TG_MUST_USE;
/* Signature over "tamga-enrol-2" 00 ‖ kiosk 00 ‖ csr. */
enum tg_status tg_enrol_prove(struct tg_bytes secret, const char *kiosk, struct tg_bytes csr,
        uint8_t out[TG_ENROL_PROOF_LEN], struct tg_error *err) TG_MUST_USE;
bool tg_enrol_proven(const uint8_t verifier[TG_ENROL_KEY_LEN], const char *kiosk, struct tg_bytes csr,
        const uint8_t proof[TG_ENROL_PROOF_LEN]);

#endif
