/* What the tests of the linter share: a certificate of the NCA that breaks no rule, and ways to change it. */
#ifndef TESTS_PKI_LINT_KIT_H
#define TESTS_PKI_LINT_KIT_H

#include "kit.h"

extern struct tg_profiles *profiles;
extern X509 *original, *issuer;
extern EVP_PKEY *key, *ec;  /* that tests sign with; an RSA and a P-256 key */
extern const char *profile; /* that lint() holds certificates against */

typedef void change(X509 *x);

int lint_start(void **state);
int lint_end(void **state);
X509 *lint_pem(const char *path);
enum tg_status lint(X509 *x, X509 *ca, bool test_ids, struct tg_error *err);
/* The linter must name this rule. `ca` NULL: not known. */
void expect_rule(X509 *x, X509 *ca, const char *rule);

void set_name(X509 *x, int nid, int type, const char *text);
void drop(X509 *x, int nid);
void conf(X509 *x, int nid, const char *value);
void replace(X509 *x, int nid, const char *value);
void set_modulus(X509 *x, const char *hex); /* 65537 and a modulus from hex */

#endif
