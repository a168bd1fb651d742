/* One enrolment of a fresh key, for the tests that run client and CA in one process. `k` is the test program's CA. */
#ifndef TESTS_PKI_RUN_H
#define TESTS_PKI_RUN_H

#include "kit.h"

extern struct kit k;

int run_start(void **state); /* group set-up and tear-down: the CA */
int run_end(void **state);

struct run {
	struct kit_wire wire;
	struct tg_cmp_config config;
	struct tg_buf crmf, spki;
	struct tg_cmp_result result;
	struct tg_error err;
	EVP_PKEY *key;
	tg_cmp_received *received;
	void *received_ctx;
};
void run_init(struct run *r);
void run_finish(struct run *r);
void make_request(struct run *r, unsigned number, const char *profile);
enum tg_status enrol(struct run *r);
void expect(struct run *r, enum tg_status want); /* enrols; says what was wrong when it is not `want` */
enum tg_ca_state state_of(const char *serial);
void forget_transactions(void);
enum tg_status known_key(struct run *r, struct tg_ca_record *rec);
void expect_nothing_issued(struct run *r);

#endif
