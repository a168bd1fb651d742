/* What the tests of sync share: entries of a stream, keys made by OpenSSL directly, a temporary directory. */
#ifndef TESTS_SYNC_LIB_H
#define TESTS_SYNC_LIB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tamga/sync.h"
#include "tamga/text.h"

#include <openssl/ec.h>
#include <openssl/evp.h>

#define KIOSK "K01A-1"

/* A chain of `n` sealed entries of `kiosk` with different bodies. Free with free(). */
struct tg_entry *make_stream(const char *kiosk, unsigned n);
/* A fresh directory, removed by drop_dir. */
const char *make_dir(char path[64]);
void drop_dir(const char *path);

/* A P-256 key and its two PEM files DIR/ack.key, DIR/ack.pem. */
EVP_PKEY *make_ack_files(const char *dir);
/* Signs with OpenSSL's one-shot interface, not with the code under test. */
void sign_ack(EVP_PKEY *key, struct tg_ack *a);

/* Deterministic random numbers (xorshift). */
uint32_t draw(uint64_t *state);

#endif
