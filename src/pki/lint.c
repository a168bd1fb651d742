#include "lint.h"

#include "issue.h"
#include "keycheck.h"
#include "ossl.h"

#include "tamga/gost.h"
#include <openssl/err.h>
#include <openssl/rsa.h>

/* --- Rules about the fields of the certificate; those about subject and extensions stand in their own files. */
static bool version_3(const struct tg_lint *l)
{
	return X509_get_version(l->x) == X509_VERSION_3;
}

static bool serial_positive(const struct tg_lint *l)
{
	const ASN1_INTEGER *s = X509_get0_serialNumber(l->x);
	return ASN1_STRING_type(s) == V_ASN1_INTEGER && ASN1_STRING_length(s) <= 20 &&
	       !(ASN1_STRING_length(s) == 1 && ASN1_STRING_get0_data(s)[0] == 0);
}

static bool serial_random(const struct tg_lint *l)
{
	const ASN1_INTEGER *s = X509_get0_serialNumber(l->x);
	return ASN1_STRING_length(s) == 20 && ASN1_STRING_get0_data(s)[0] >= 0x10 && ASN1_STRING_get0_data(s)[0] < 0x80;
}

static bool algorithms_equal(const struct tg_lint *l)
{
	const X509_ALGOR *outer = NULL;
	X509_get0_signature(NULL, &outer, l->x);
	return outer != NULL && X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(l->x)) == 0;
}

static bool algorithm_sha256_rsa(const struct tg_lint *l)
{
	if (l->profile->issuer != TG_CA_RSA)
		return true;
	const ASN1_OBJECT *o = NULL;
	int type = 0;
	X509_ALGOR_get0(&o, &type, NULL, X509_get0_tbs_sigalg(l->x));
	return OBJ_obj2nid(o) == NID_sha256WithRSAEncryption && type == V_ASN1_NULL;
}

static bool algorithm_gost(const struct tg_lint *l)
{
	const ASN1_OBJECT *o = NULL;
	int type = 0;
	if (l->profile->issuer != TG_CA_GOST)
		return true;
	X509_ALGOR_get0(&o, &type, NULL, X509_get0_tbs_sigalg(l->x));
	int nid = OBJ_obj2nid(o);
	return type == V_ASN1_UNDEF &&
	       (nid == NID_id_GostR3411_94_with_GostR3410_2001 || nid == NID_id_tc26_signwithdigest_gost3410_2012_256 ||
	               nid == NID_id_tc26_signwithdigest_gost3410_2012_512);
}

static bool issuer_named(const struct tg_lint *l)
{
	return X509_NAME_entry_count(X509_get_issuer_name(l->x)) > 0;
}

static bool issuer_is_ca(const struct tg_lint *l)
{
	return l->issuer == NULL || X509_NAME_cmp(X509_get_issuer_name(l->x), X509_get_subject_name(l->issuer)) == 0;
}

static bool no_unique_ids(const struct tg_lint *l)
{
	const ASN1_BIT_STRING *issuer = NULL, *subject = NULL;
	X509_get0_uids(l->x, &issuer, &subject);
	return issuer == NULL && subject == NULL;
}

/* --- Validity */
static bool time_encoded(const ASN1_TIME *t)
{
	/* RFC 5280 4.1.2.5: UTCTime through 2049, then GeneralizedTime; with seconds, in UTC. */
	struct tm tm;
	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	int type = ASN1_STRING_type(t), n = ASN1_STRING_length(t);
	bool zulu = n > 0 && ASN1_STRING_get0_data(t)[n - 1] == 'Z';
	return zulu && (tm.tm_year + 1900 < 2050 ? type == V_ASN1_UTCTIME && n == 13
	                                         : type == V_ASN1_GENERALIZEDTIME && n == 15);
}

static bool validity_encoded(const struct tg_lint *l)
{
	return time_encoded(X509_get0_notBefore(l->x)) && time_encoded(X509_get0_notAfter(l->x));
}

static bool validity_days(const struct tg_lint *l)
{
	int days = 0, seconds = 0;
	return ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(l->x), X509_get0_notAfter(l->x)) == 1 &&
	       days == (int)l->profile->validity_days && seconds == 0;
}

static bool validity_inside_issuer(const struct tg_lint *l)
{
	return l->issuer == NULL ||
	       (ASN1_TIME_compare(X509_get0_notBefore(l->issuer), X509_get0_notBefore(l->x)) <= 0 &&
	               ASN1_TIME_compare(X509_get0_notAfter(l->x), X509_get0_notAfter(l->issuer)) <= 0);
}

/* A certificate begins now, or as far ahead as the profile allows: where it takes over from another (DOS-3). */
static bool validity_begins(const struct tg_lint *l)
{
	const int64_t now = l->now_ms / 1000, least = now - (int64_t)l->profile->backdate_minutes * 60 - 1,
	              most = now + (int64_t)l->profile->ahead_days * 86400;
	struct tm begins;
	if (l->now_ms == 0)
		return true;
	if (ASN1_TIME_to_tm(X509_get0_notBefore(l->x), &begins) != 1)
		return false;
	const int64_t at = (int64_t)timegm(&begins);
	return at >= least && at <= most;
}

/* --- Public key */
static bool is_rsa(const struct tg_lint *l)
{
	char name[32];
	tg_x509_algorithm(l->x, name, sizeof name);
	bool taken_ec = strncmp(name, "ec-", 3) == 0 && tg_profile_takes(l->profile, name);
	return l->profile->issuer == TG_CA_RSA && !taken_ec;
}

/* RFC 5480 2.1.1: a curve by its name; P-256 or P-384 only, or tg_x509_algorithm would not know it. */
static bool key_is_ec(const struct tg_lint *l)
{
	char name[32];
	ASN1_OBJECT *o = NULL;
	const ASN1_OBJECT *curve = NULL;
	X509_ALGOR *a = NULL;
	int type = 0;
	const void *value = NULL;
	tg_x509_algorithm(l->x, name, sizeof name);
	if (strncmp(name, "ec-", 3) != 0)
		return true;
	if (X509_PUBKEY_get0_param(&o, NULL, NULL, &a, X509_get_X509_PUBKEY(l->x)) != 1)
		return false;
	X509_ALGOR_get0(NULL, &type, &value, a);
	curve = type == V_ASN1_OBJECT ? value : NULL;
	int nid = curve == NULL ? NID_undef : OBJ_obj2nid(curve);
	return OBJ_obj2nid(o) == NID_X9_62_id_ecPublicKey && (nid == NID_X9_62_prime256v1 || nid == NID_secp384r1);
}

static bool key_is_rsa(const struct tg_lint *l)
{
	if (!is_rsa(l))
		return true;
	const X509_ALGOR *a = NULL;
	const ASN1_OBJECT *o = NULL;
	int type = 0;
	EVP_PKEY *key = X509_get0_pubkey(l->x);
	if (key == NULL || EVP_PKEY_is_a(key, "RSA") != 1 ||
	        X509_PUBKEY_get0_param(NULL, NULL, NULL, (X509_ALGOR **)(uintptr_t)&a, X509_get_X509_PUBKEY(l->x)) != 1)
		return false;
	X509_ALGOR_get0(&o, &type, NULL, a);
	return OBJ_obj2nid(o) == NID_rsaEncryption && type == V_ASN1_NULL;
}

/* A GOST key on the curve that this algorithm has here: its point, read once more under our own identifiers. */
static bool key_is_gost(const struct tg_lint *l)
{
	struct tg_buf spki = TG_BUF_INIT, again = TG_BUF_INIT;
	if (l->profile->issuer != TG_CA_GOST)
		return true;
	const struct tg_gost *g =
	        tg_x509_spki(l->x, &spki) == TG_OK ? tg_gost_of_spki((struct tg_bytes){spki.data, spki.len}) : NULL;
	bool ok = g != NULL && spki.len > g->point_len && X509_get0_pubkey(l->x) != NULL &&
	          tg_gost_spki(g, (struct tg_bytes){spki.data + spki.len - g->point_len, g->point_len}, &again, NULL) ==
	                  TG_OK;
	tg_buf_finish(&again);
	tg_buf_finish(&spki);
	return ok;
}

static bool key_algorithm(const struct tg_lint *l)
{
	char name[32];
	tg_x509_algorithm(l->x, name, sizeof name);
	return name[0] != '\0' && tg_profile_takes(l->profile, name);
}

static bool key_number(const struct tg_lint *l, const char *name, bool (*holds)(BIGNUM *n))
{
	BIGNUM *n = NULL;
	EVP_PKEY *key = X509_get0_pubkey(l->x);
	bool ok = key != NULL && EVP_PKEY_get_bn_param(key, name, &n) == 1 && holds(n);
	BN_free(n);
	return ok;
}

static bool is_f4(BIGNUM *n)
{
	return BN_is_word(n, RSA_F4) == 1;
}

/* CA/B BR 6.1.6 */
static bool is_exponent(BIGNUM *n)
{
	return BN_is_odd(n) == 1 && BN_num_bits(n) >= 17 && BN_num_bits(n) <= 256;
}

/* Carriers here make 65537 and nothing else; people bring what they have. */
static bool key_exponent(const struct tg_lint *l)
{
	return !is_rsa(l) || key_number(l, "e", l->profile->n_dns_names > 0 ? is_exponent : is_f4);
}

static bool no_small_factor(BIGNUM *n)
{
	return !tg_modulus_small_factor(n);
}

static bool key_modulus(const struct tg_lint *l)
{
	return !is_rsa(l) || key_number(l, "n", no_small_factor);
}

static bool not_roca(BIGNUM *n)
{
	return !tg_modulus_roca(n);
}

static bool key_roca(const struct tg_lint *l)
{
	return !is_rsa(l) || key_number(l, "n", not_roca);
}

static bool not_close(BIGNUM *n)
{
	return !tg_modulus_close_primes(n);
}

static bool key_close_primes(const struct tg_lint *l)
{
	return !is_rsa(l) || key_number(l, "n", not_close);
}

static bool key_not_issuers(const struct tg_lint *l)
{
	EVP_PKEY *key = X509_get0_pubkey(l->x), *ca = l->issuer == NULL ? NULL : X509_get0_pubkey(l->issuer);
	return ca == NULL || key == NULL || EVP_PKEY_eq(key, ca) != 1;
}

static const struct tg_lint_rule field_rules[] = {
        {"rfc5280-version-3", "RFC 5280 4.1.2.1", version_3},
        {"rfc5280-serial-positive", "RFC 5280 4.1.2.2: positive, at most 20 octets", serial_positive},
        {"profile-serial-random", "NCA: 20 random bytes, the first at least 0x10", serial_random},
        {"rfc5280-algorithms-equal", "RFC 5280 4.1.1.2", algorithms_equal},
        {"profile-sha256-rsa", "NCA: sha256WithRSAEncryption; RFC 4055: parameters NULL", algorithm_sha256_rsa},
        {"profile-gost-signature", "RFC 4491 2.2.2, RFC 9215 3.2: GOST with its hash, no parameters", algorithm_gost},
        {"rfc5280-issuer-named", "RFC 5280 4.1.2.4", issuer_named},
        {"rfc5280-issuer-is-ca", "RFC 5280 6.1.3 (a)(4)", issuer_is_ca},
        {"rfc5280-no-unique-ids", "RFC 5280 4.1.2.8", no_unique_ids},
        {"rfc5280-validity-encoded", "RFC 5280 4.1.2.5", validity_encoded},
        {"profile-validity-days", "NCA-valid", validity_days},
        {"profile-validity-begins", "DOS-3: from the end of the old certificate, within the profile's days",
                validity_begins},
        {"rfc5280-validity-inside-issuer", "RFC 5280 6.1: the chain must be valid as long as the certificate",
                validity_inside_issuer},
        {"rfc3279-key-rsa", "RFC 3279 2.3.1: rsaEncryption, parameters NULL", key_is_rsa},
        {"rfc9215-key-gost", "RFC 4491 2.3.2, RFC 9215 4: a point of the curve that is used here", key_is_gost},
        {"profile-key-algorithm", "K-6: the kinds of key that the profile takes", key_algorithm},
        {"rfc5480-key-ec", "RFC 5480 2.1.1: P-256 or P-384, by name", key_is_ec},
        {"profile-key-exponent", "NCA: 65537; CA/B BR 6.1.6 for servers: odd, 65537 to 2^256", key_exponent},
        {"key-modulus-small-factor", "CA/B BR 6.1.6: odd, no factor below 752", key_modulus},
        {"key-not-roca", "CVE-2017-15361", key_roca},
        {"key-primes-apart", "CVE-2022-26320: Fermat's method does not factor it", key_close_primes},
        {"key-is-not-the-issuers", "a CA's key certifies nobody else", key_not_issuers},
};
#define N_FIELD_RULES (sizeof field_rules / sizeof *field_rules)

static const struct tg_lint_rule *rule_at(size_t i)
{
	if (i < N_FIELD_RULES)
		return &field_rules[i];
	i -= N_FIELD_RULES;
	if (i < tg_lint_n_subject_rules)
		return &tg_lint_subject_rules[i];
	i -= tg_lint_n_subject_rules;
	return i < tg_lint_n_extension_rules ? &tg_lint_extension_rules[i] : NULL;
}

const char *tg_pki_lint_rule(size_t i, const char **why)
{
	const struct tg_lint_rule *r = rule_at(i);
	if (r != NULL && why != NULL)
		*why = r->why;
	return r == NULL ? NULL : r->name;
}

enum tg_status tg_lint_x509(const struct tg_profile *p, X509 *x, X509 *issuer, bool allow_test_ids,
        const struct tg_ca_application *application, int64_t now_ms, struct tg_error *err)
{
	const struct tg_lint l = {p, x, issuer, allow_test_ids, application, now_ms};
	const struct tg_lint_rule *r;
	for (size_t i = 0; (r = rule_at(i)) != NULL; i++) {
		bool holds = r->holds(&l);
		ERR_clear_error();
		if (!holds)
			return tg_error_set(err, TG_CERT_INVALID, "%s (%s)", r->name, r->why);
	}
	return TG_OK;
}

enum tg_status tg_pki_lint(const struct tg_profiles *p, const char *profile, struct tg_bytes certificate,
        struct tg_bytes issuer, bool allow_test_ids, struct tg_error *err)
{
	const struct tg_profile *one = tg_profile_find(p, profile);
	if (one == NULL)
		return tg_error_set(err, TG_NOT_FOUND, "no such certificate profile");
	X509 *x = tg_x509_parse(certificate), *ca = issuer.len == 0 ? NULL : tg_x509_parse(issuer);
	enum tg_status status = x == NULL || (issuer.len != 0 && ca == NULL)
	                                ? tg_ossl_error(err, TG_CERT_INVALID, "der-parse")
	                                : tg_lint_x509(one, x, ca, allow_test_ids, NULL, 0, err);
	X509_free(x);
	X509_free(ca);
	return status;
}
