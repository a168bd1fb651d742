/* Private: a certificate profile as it stands in its file. */
#ifndef TAMGA_PKI_PROFILE_H
#define TAMGA_PKI_PROFILE_H

#include "tamga/pki.h"
#include <openssl/x509.h>

enum tg_dn_string { TG_DN_UTF8, TG_DN_PRINTABLE, TG_DN_IA5 };
enum tg_dn_identifier {
	TG_DN_ID_NONE,
	TG_DN_ID_IIN,
	TG_DN_ID_BIN,
	TG_DN_ID_KG_PIN,
	TG_DN_ID_KG_INN,
	TG_DN_ID_DOMAIN, /* stands there in its A-label form */
};
/* What the application that a certificate is for must have behind it (NCA-9, K-4): nothing at all; who asks, by the
 * chip, a clerk, a judged signature, or the old key of a renewal; somebody's acceptance. */
enum tg_profile_approval { TG_APPROVAL_NONE, TG_APPROVAL_IDENTIFIED, TG_APPROVAL_REQUIRED };
/* Which of the CA's two families of certificates signs. */
/* TG_CA_OUTSIDE: a CA elsewhere; no profile names it. */
enum tg_ca_family { TG_CA_RSA, TG_CA_GOST, TG_CA_OUTSIDE };

struct tg_profile_attr {
	char *attribute; /* name or OID, as OpenSSL knows it */
	enum tg_dn_string string;
	char *value;    /* "{field}" places between fixed text; "{ field}": a blank and the answer, or nothing */
	bool must, cut; /* cut: a longer value ends at the last word that fits, instead of failing */
	unsigned max;   /* characters */
	enum tg_dn_identifier identifier; /* what the one place in `value` holds */
};
/* An extended key usage that the application must give the right to. */
struct tg_profile_role {
	char *oid, *when; /* when: one condition of the application */
};
struct tg_profile_policy {
	char *oid, *cps, *notice; /* cps, notice may be NULL */
};
struct tg_profile {
	char *id;
	bool upper;
	struct tg_profile_attr *subject;
	unsigned n_subject;
	uint32_t key_usage; /* bit n = bit n of RFC 5280 KeyUsage */
	char **ext_key_usage;
	unsigned n_ext_key_usage;
	struct tg_profile_role *roles; /* stand behind ext_key_usage, in this order */
	unsigned n_roles;
	struct tg_profile_policy *policies;
	unsigned n_policies;
	bool email;       /* rfc822Name may stand in subjectAltName */
	char **dns_names; /* fields whose names, one a line, stand there as dNSName; none: no dNSName */
	unsigned n_dns_names;
	char *storage_extension; /* NULL: certificates of this profile do not say where the key is */
	char **storages;
	unsigned n_storages;
	char **algorithms; /* of the holder's key: "rsa-2048", "gost2001", "gost2012-256", "gost2012-512" */
	unsigned n_algorithms;
	enum tg_ca_family issuer;
	enum tg_profile_approval approval;
	unsigned validity_days, backdate_minutes;
	unsigned ahead_days; /* its validity may begin so much later, where it takes over from another certificate */
};
struct tg_profiles {
	struct tg_profile **list;
	unsigned n;
};

/* The word stands in a list of words separated by spaces; NULL: an empty list. */
bool tg_profile_word(const char *words, const char *word);
/* Names that are certified for servers: A-labels, each once. */
struct tg_names {
	char list[TG_CSR_NAMES_MAX][256];
	unsigned n;
};
/* Those of the answers. TG_INVALID: one is no domain name, or there is none; TG_LIMIT. */
enum tg_status tg_profile_names(const struct tg_profile *p, tg_answer_get *get, const void *ctx, struct tg_names *out,
        struct tg_error *err) TG_MUST_USE;
/* Key usage for a key of this kind: an EC key enciphers none (RFC 8813 3). */
uint32_t tg_profile_key_usage(const struct tg_profile *p, const char *algorithm);
bool tg_profile_takes(const struct tg_profile *p, const char *algorithm);
const struct tg_profile *tg_profile_find(const struct tg_profiles *p, const char *id);
/* One file. TG_CONFIG with file, line and column. */
enum tg_status tg_profile_load(struct tg_profile **out, const char *path, struct tg_error *err) TG_MUST_USE;
void tg_profile_free(struct tg_profile *p);
/* The value of one attribute. TG_NOT_FOUND when a place has no answer, TG_INVALID when one is no UTF-8 or too long. */
enum tg_status tg_profile_fill(const struct tg_profile *p, const char *value, tg_answer_get *get, const void *ctx,
        struct tg_buf *out) TG_MUST_USE;
/* The storage extension may name this OID. */
bool tg_profile_storage_known(const struct tg_profile *p, const char *oid);

#endif
