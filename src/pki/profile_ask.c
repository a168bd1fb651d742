/* What an application asks for that goes with a right: roles and domain names. Whoever decides on it without papers
 * reads here what the profiles would make of it (NCA-9.again). */
#include "ossl.h"
#include "profile.h"

#include <openssl/x509v3.h>

static bool usage_has(const EXTENDED_KEY_USAGE *list, const char *oid)
{
	ASN1_OBJECT *wanted = OBJ_txt2obj(oid, 1);
	bool found = false;
	for (int i = 0; wanted != NULL && i < sk_ASN1_OBJECT_num(list); i++)
		found = found || OBJ_cmp(sk_ASN1_OBJECT_value(list, i), wanted) == 0;
	ASN1_OBJECT_free(wanted);
	return found;
}

static enum tg_status roles_within(
        const struct tg_profile *p, const char *conditions, const EXTENDED_KEY_USAGE *own, struct tg_error *err)
{
	for (unsigned i = 0; i < p->n_roles; i++)
		if (tg_profile_word(conditions, p->roles[i].when) && !usage_has(own, p->roles[i].oid))
			return tg_error_set(err, TG_ROLE_BEYOND, "%s is not in the certificate", p->roles[i].when);
	return TG_OK;
}

enum tg_status tg_profiles_roles_within(
        const struct tg_profiles *p, const char *conditions, struct tg_bytes certificate, struct tg_error *err)
{
	X509 *x = tg_x509_parse(certificate);
	if (x == NULL)
		return tg_ossl_error(err, TG_CERT_INVALID, "not a certificate");
	EXTENDED_KEY_USAGE *own = X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
	enum tg_status st = TG_OK;
	for (unsigned i = 0; i < p->n && st == TG_OK; i++)
		st = roles_within(p->list[i], conditions, own, err);
	sk_ASN1_OBJECT_pop_free(own, ASN1_OBJECT_free);
	X509_free(x);
	return st;
}

static bool names_any(const struct tg_profile *p, tg_answer_get *get, const void *ctx)
{
	for (unsigned i = 0; i < p->n_dns_names; i++) {
		const char *answer = get(p->dns_names[i], ctx);
		if (answer != NULL && answer[0] != '\0')
			return true;
	}
	return false;
}

bool tg_domain_names_have(const struct tg_domain_names *all, const char *ascii)
{
	for (unsigned i = 0; i < all->n; i++)
		if (strcmp(all->list[i], ascii) == 0)
			return true;
	return false;
}

static enum tg_status add_names(struct tg_domain_names *all, const struct tg_names *more, struct tg_error *err)
{
	for (unsigned i = 0; i < more->n; i++) {
		if (tg_domain_names_have(all, more->list[i]))
			continue;
		if (all->n == TG_CSR_NAMES_MAX)
			return tg_error_set(err, TG_LIMIT, "more than %d domain names", TG_CSR_NAMES_MAX);
		(void)tg_copy(all->list[all->n++], sizeof all->list[0], more->list[i]);
	}
	return TG_OK;
}

enum tg_status tg_profiles_domains(const struct tg_profiles *p, tg_answer_get *get, const void *ctx,
        struct tg_domain_names *out, struct tg_error *err)
{
	struct tg_names names;
	out->n = 0;
	for (unsigned i = 0; i < p->n; i++) {
		if (!names_any(p->list[i], get, ctx))
			continue;
		TG_TRY(tg_profile_names(p->list[i], get, ctx, &names, err));
		TG_TRY(add_names(out, &names, err));
	}
	return TG_OK;
}
