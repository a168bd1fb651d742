/* Private: what a rule of the linter looks at. */
#ifndef TAMGA_PKI_LINT_H
#define TAMGA_PKI_LINT_H

#include "profile.h"

#include "tamga/ca.h"
#include <openssl/x509v3.h>

struct tg_lint {
	const struct tg_profile *profile;
	X509 *x;
	X509 *issuer; /* NULL: not known; rules about it hold then */
	bool allow_test_ids;
	const struct tg_ca_application *application; /* NULL: not known, any right role will do */
	int64_t now_ms;                              /* 0: not known */
};
struct tg_lint_rule {
	const char *name, *why;
	bool (*holds)(const struct tg_lint *l);
};
extern const struct tg_lint_rule tg_lint_subject_rules[], tg_lint_extension_rules[];
extern const size_t tg_lint_n_subject_rules, tg_lint_n_extension_rules;

#endif
