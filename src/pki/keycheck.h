/* Private: keys that people bring along. */
#ifndef TAMGA_PKI_KEYCHECK_H
#define TAMGA_PKI_KEYCHECK_H

#include "tamga/pki.h"
#include <openssl/bn.h>

/* `algorithm` gets "rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384". TG_KEY_WEAK says why; TG_PKCS10: a key of
 * a kind or size that is not taken. */
enum tg_status tg_key_check(struct tg_bytes spki, char algorithm[32], struct tg_error *err) TG_MUST_USE;
/* Divisible by a small prime: of a broken generator. */
bool tg_modulus_small_factor(const BIGNUM *n);
/* The fingerprint of CVE-2017-15361 (ROCA). */
bool tg_modulus_roca(const BIGNUM *n);
/* Two primes close to each other (CVE-2022-26320): Fermat's method finds them at once. */
bool tg_modulus_close_primes(const BIGNUM *n);

#endif
