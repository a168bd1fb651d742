#include "lint.h"

#include "ossl.h"

/* --- Which extensions, how often, how critical */
enum presence { MUST, MAY };
static const struct {
	int nid;
	enum presence presence;
	bool critical;
} known[] = {
        {NID_key_usage, MUST, true},
        {NID_ext_key_usage, MUST, false},
        {NID_authority_key_identifier, MUST, false},
        {NID_subject_key_identifier, MUST, false},
        {NID_certificate_policies, MUST, false},
        {NID_crl_distribution_points, MAY, false},
        {NID_freshest_crl, MAY, false},
        {NID_info_access, MAY, false},
        {NID_subject_alt_name, MAY, false},
};
#define N_KNOWN (sizeof known / sizeof *known)

static bool is_storage(const struct tg_lint *l, X509_EXTENSION *e)
{
	char oid[128];
	int n = OBJ_obj2txt(oid, sizeof oid, X509_EXTENSION_get_object(e), 1);
	return n > 0 && (size_t)n < sizeof oid && l->profile->storage_extension != NULL &&
	       strcmp(oid, l->profile->storage_extension) == 0;
}

static bool extensions_unique(const struct tg_lint *l)
{
	for (int i = 0; i < X509_get_ext_count(l->x); i++) {
		const ASN1_OBJECT *o = X509_EXTENSION_get_object(X509_get_ext(l->x, i));
		if (X509_get_ext_by_OBJ(l->x, o, i) >= 0)
			return false;
	}
	return true;
}

static bool extensions_known(const struct tg_lint *l)
{
	for (int i = 0; i < X509_get_ext_count(l->x); i++) {
		X509_EXTENSION *e = X509_get_ext(l->x, i);
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(e));
		bool found = is_storage(l, e);
		for (size_t k = 0; k < N_KNOWN; k++)
			found = found || (nid != NID_undef && nid == known[k].nid);
		if (!found)
			return false;
	}
	return true;
}

static bool extensions_there(const struct tg_lint *l)
{
	for (size_t k = 0; k < N_KNOWN; k++)
		if (known[k].presence == MUST && X509_get_ext_by_NID(l->x, known[k].nid, -1) < 0)
			return false;
	return true;
}

static bool extensions_critical(const struct tg_lint *l)
{
	for (int i = 0; i < X509_get_ext_count(l->x); i++) {
		X509_EXTENSION *e = X509_get_ext(l->x, i);
		bool want = false;
		for (size_t k = 0; k < N_KNOWN; k++)
			if (OBJ_obj2nid(X509_EXTENSION_get_object(e)) == known[k].nid)
				want = known[k].critical;
		if ((X509_EXTENSION_get_critical(e) != 0) != want)
			return false;
	}
	return true;
}

static bool extensions_parse(const struct tg_lint *l)
{
	for (int i = 0; i < X509_get_ext_count(l->x); i++) {
		X509_EXTENSION *e = X509_get_ext(l->x, i);
		const X509V3_EXT_METHOD *m = X509V3_EXT_get(e);
		void *value = m == NULL ? NULL : X509V3_EXT_d2i(e);
		if (m != NULL && value == NULL)
			return false;
		if (value != NULL && m->it != NULL)
			ASN1_item_free(value, ASN1_ITEM_ptr(m->it));
	}
	return true;
}

/* --- What they say */
static bool not_ca(const struct tg_lint *l)
{
	BASIC_CONSTRAINTS *b = X509_get_ext_d2i(l->x, NID_basic_constraints, NULL, NULL);
	bool ca = b != NULL && b->ca != 0;
	BASIC_CONSTRAINTS_free(b);
	return !ca;
}

static bool key_usage(const struct tg_lint *l)
{
	ASN1_BIT_STRING *usage = X509_get_ext_d2i(l->x, NID_key_usage, NULL, NULL);
	uint32_t bits = 0;
	for (int i = 0; i < 9 && usage != NULL; i++)
		bits |= (uint32_t)(ASN1_BIT_STRING_get_bit(usage, i) != 0) << i;
	ASN1_BIT_STRING_free(usage);
	char algorithm[32];
	tg_x509_algorithm(l->x, algorithm, sizeof algorithm);
	return bits == tg_profile_key_usage(l->profile, algorithm);
}

static bool oid_is(const ASN1_OBJECT *o, const char *text)
{
	char oid[128];
	int n = o == NULL ? -1 : OBJ_obj2txt(oid, sizeof oid, o, 1);
	return n > 0 && (size_t)n < sizeof oid && strcmp(oid, text) == 0;
}

static bool ext_key_usage(const struct tg_lint *l)
{
	EXTENDED_KEY_USAGE *list = X509_get_ext_d2i(l->x, NID_ext_key_usage, NULL, NULL);
	const struct tg_profile *p = l->profile;
	bool ok = sk_ASN1_OBJECT_num(list) >= (int)p->n_ext_key_usage;
	for (unsigned i = 0; i < p->n_ext_key_usage && ok; i++)
		ok = oid_is(sk_ASN1_OBJECT_value(list, (int)i), p->ext_key_usage[i]);
	sk_ASN1_OBJECT_pop_free(list, ASN1_OBJECT_free);
	return ok;
}

/* Behind the profile's own: the roles whose conditions the application sets, all of them and in order. */
static bool roles(const struct tg_lint *l)
{
	EXTENDED_KEY_USAGE *list = X509_get_ext_d2i(l->x, NID_ext_key_usage, NULL, NULL);
	const struct tg_profile *p = l->profile;
	int at = (int)p->n_ext_key_usage;
	bool ok = true;
	for (unsigned i = 0; i < p->n_roles; i++) {
		const ASN1_OBJECT *o = at < sk_ASN1_OBJECT_num(list) ? sk_ASN1_OBJECT_value(list, at) : NULL;
		bool there = oid_is(o, p->roles[i].oid);
		ok = ok &&
		     (l->application == NULL || there == tg_profile_word(l->application->conditions, p->roles[i].when));
		at += there;
	}
	ok = ok && at == sk_ASN1_OBJECT_num(list);
	sk_ASN1_OBJECT_pop_free(list, ASN1_OBJECT_free);
	return ok;
}

/* RFC 5280 4.2.1.12: both name a purpose that the other allows. */
static bool usages_agree(const struct tg_lint *l)
{
	static const struct {
		int purpose;
		uint32_t any_of; /* key usage bits */
	} rows[] = {{NID_server_auth, KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT},
	        {NID_client_auth, KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT},
	        {NID_email_protect,
	                KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION | KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT}};
	EXTENDED_KEY_USAGE *list = X509_get_ext_d2i(l->x, NID_ext_key_usage, NULL, NULL);
	uint32_t usage = X509_get_key_usage(l->x);
	bool ok = true;
	for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++)
		for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
			if (OBJ_obj2nid(sk_ASN1_OBJECT_value(list, i)) == rows[k].purpose)
				ok = ok && (usage & rows[k].any_of) != 0;
	sk_ASN1_OBJECT_pop_free(list, ASN1_OBJECT_free);
	return ok && (usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) == 0;
}

static bool string_is(const ASN1_STRING *s, const char *text)
{
	return s != NULL && (size_t)ASN1_STRING_length(s) == strlen(text) &&
	       memcmp(ASN1_STRING_get0_data(s), text, strlen(text)) == 0;
}

static bool policy_is(const POLICYINFO *info, const struct tg_profile_policy *p)
{
	int want = (p->cps != NULL) + (p->notice != NULL), n = sk_POLICYQUALINFO_num(info->qualifiers);
	bool ok = oid_is(info->policyid, p->oid) && (n < 0 ? 0 : n) == want;
	for (int i = 0; i < n && ok; i++) {
		const POLICYQUALINFO *q = sk_POLICYQUALINFO_value(info->qualifiers, i);
		int nid = OBJ_obj2nid(q->pqualid);
		if (nid == NID_id_qt_cps)
			ok = p->cps != NULL && string_is(q->d.cpsuri, p->cps);
		else
			ok = nid == NID_id_qt_unotice && p->notice != NULL && q->d.usernotice->noticeref == NULL &&
			     string_is(q->d.usernotice->exptext, p->notice);
	}
	return ok;
}

static bool policies(const struct tg_lint *l)
{
	CERTIFICATEPOLICIES *list = X509_get_ext_d2i(l->x, NID_certificate_policies, NULL, NULL);
	bool ok = sk_POLICYINFO_num(list) == (int)l->profile->n_policies;
	for (unsigned i = 0; i < l->profile->n_policies && ok; i++)
		ok = policy_is(sk_POLICYINFO_value(list, (int)i), &l->profile->policies[i]);
	sk_POLICYINFO_pop_free(list, POLICYINFO_free);
	return ok;
}

static bool notice_text(const struct tg_lint *l)
{
	CERTIFICATEPOLICIES *list = X509_get_ext_d2i(l->x, NID_certificate_policies, NULL, NULL);
	bool ok = true;
	for (int i = 0; i < sk_POLICYINFO_num(list); i++) {
		const POLICYINFO *info = sk_POLICYINFO_value(list, i);
		for (int k = 0; k < sk_POLICYQUALINFO_num(info->qualifiers); k++) {
			const POLICYQUALINFO *q = sk_POLICYQUALINFO_value(info->qualifiers, k);
			const ASN1_STRING *s =
			        OBJ_obj2nid(q->pqualid) == NID_id_qt_unotice ? q->d.usernotice->exptext : NULL;
			ok = ok &&
			     (s == NULL || (ASN1_STRING_type(s) == V_ASN1_UTF8STRING && ASN1_STRING_length(s) <= 200));
		}
	}
	sk_POLICYINFO_pop_free(list, POLICYINFO_free);
	return ok;
}

static bool subject_key_id(const struct tg_lint *l)
{
	unsigned char digest[TG_KEY_ID_LEN];
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(l->x);
	return id != NULL && tg_spki_key_id(l->x, digest) && ASN1_STRING_length(id) == TG_KEY_ID_LEN &&
	       memcmp(ASN1_STRING_get0_data(id), digest, sizeof digest) == 0;
}

static bool authority_key_id(const struct tg_lint *l)
{
	AUTHORITY_KEYID *aki = X509_get_ext_d2i(l->x, NID_authority_key_identifier, NULL, NULL);
	const ASN1_OCTET_STRING *ca = l->issuer == NULL ? NULL : X509_get0_subject_key_id(l->issuer);
	bool ok = aki != NULL && aki->keyid != NULL && aki->issuer == NULL && aki->serial == NULL &&
	          (ca == NULL || ASN1_OCTET_STRING_cmp(aki->keyid, ca) == 0);
	AUTHORITY_KEYID_free(aki);
	return ok;
}

/* --- Addresses */
static bool web_address(const GENERAL_NAME *n)
{
	int type = 0;
	const ASN1_STRING *s = GENERAL_NAME_get0_value(n, &type);
	if (type != GEN_URI || s == NULL)
		return false;
	const char *text = (const char *)ASN1_STRING_get0_data(s);
	size_t len = (size_t)ASN1_STRING_length(s);
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] >= 0x7f)
			return false;
	return (len > 7 && memcmp(text, "http://", 7) == 0) || (len > 8 && memcmp(text, "https://", 8) == 0);
}

static bool crl_addresses(const struct tg_lint *l, int nid)
{
	CRL_DIST_POINTS *list = X509_get_ext_d2i(l->x, nid, NULL, NULL);
	bool ok = true;
	for (int i = 0; i < sk_DIST_POINT_num(list); i++) {
		const DIST_POINT *p = sk_DIST_POINT_value(list, i);
		ok = ok && p->distpoint != NULL && p->distpoint->type == 0 && p->reasons == NULL &&
		     p->CRLissuer == NULL;
		for (int k = 0; ok && k < sk_GENERAL_NAME_num(p->distpoint->name.fullname); k++)
			ok = web_address(sk_GENERAL_NAME_value(p->distpoint->name.fullname, k));
	}
	sk_DIST_POINT_pop_free(list, DIST_POINT_free);
	return ok;
}

static bool crl_points(const struct tg_lint *l)
{
	return crl_addresses(l, NID_crl_distribution_points);
}

static bool freshest_points(const struct tg_lint *l)
{
	return crl_addresses(l, NID_freshest_crl);
}

static bool info_access(const struct tg_lint *l)
{
	AUTHORITY_INFO_ACCESS *list = X509_get_ext_d2i(l->x, NID_info_access, NULL, NULL);
	bool ok = true;
	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(list) && ok; i++) {
		const ACCESS_DESCRIPTION *d = sk_ACCESS_DESCRIPTION_value(list, i);
		int nid = OBJ_obj2nid(d->method);
		ok = (nid == NID_ad_OCSP || nid == NID_ad_ca_issuers) && web_address(d->location);
	}
	sk_ACCESS_DESCRIPTION_pop_free(list, ACCESS_DESCRIPTION_free);
	return ok;
}

static bool mail_address(const GENERAL_NAME *n)
{
	int type = 0;
	const ASN1_STRING *s = GENERAL_NAME_get0_value(n, &type);
	if (type != GEN_EMAIL || s == NULL || ASN1_STRING_length(s) < 3 || ASN1_STRING_length(s) > 254)
		return false;
	const char *text = (const char *)ASN1_STRING_get0_data(s);
	int at = 0, len = ASN1_STRING_length(s);
	for (int i = 0; i < len; i++) {
		if (text[i] <= ' ' || text[i] >= 0x7f)
			return false;
		at += text[i] == '@';
	}
	return at == 1 && text[0] != '@' && text[len - 1] != '@';
}

static bool alt_names(const struct tg_lint *l)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(l->x, NID_subject_alt_name, NULL, NULL);
	bool dns = l->profile->n_dns_names > 0;
	bool ok = names == NULL ? !dns : ((dns || l->profile->email) && sk_GENERAL_NAME_num(names) > 0);
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && ok; i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
		ok = dns ? n->type == GEN_DNS : mail_address(n);
	}
	sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
	return ok;
}

/* --- Names of servers */
static bool dns_text(const GENERAL_NAME *n, char out[256])
{
	int type = 0;
	const ASN1_STRING *s = GENERAL_NAME_get0_value(n, &type);
	int len = type == GEN_DNS && s != NULL ? ASN1_STRING_length(s) : -1;
	if (len <= 0 || len > 255 || memchr(ASN1_STRING_get0_data(s), 0, (size_t)len) != NULL)
		return false;
	memcpy(out, ASN1_STRING_get0_data(s), (size_t)len);
	out[len] = '\0';
	return true;
}

/* Each in its A-label form, lower case, and none twice. */
static bool dns_names(const struct tg_lint *l)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(l->x, NID_subject_alt_name, NULL, NULL);
	char name[256], ascii[256], shown[256], other[256];
	bool ok = true;
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && ok; i++) {
		if (sk_GENERAL_NAME_value(names, i)->type != GEN_DNS)
			continue;
		ok = dns_text(sk_GENERAL_NAME_value(names, i), name) &&
		     tg_domain_parse(name, NULL, ascii, shown) == TG_OK && strcmp(name, ascii) == 0;
		for (int k = 0; k < i && ok; k++)
			ok = !dns_text(sk_GENERAL_NAME_value(names, k), other) || strcmp(name, other) != 0;
	}
	sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
	return ok;
}

/* RFC 6125: the common name of a server is no further name. */
static bool common_name_among_them(const struct tg_lint *l)
{
	char name[256];
	X509_NAME *subject = X509_get_subject_name(l->x);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	if (l->profile->n_dns_names == 0 || at < 0)
		return true;
	const ASN1_STRING *cn = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
	GENERAL_NAMES *names = X509_get_ext_d2i(l->x, NID_subject_alt_name, NULL, NULL);
	bool found = false;
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++)
		found = dns_text(sk_GENERAL_NAME_value(names, i), name) && string_is(cn, name);
	sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
	return found;
}

/* RFC 5280 4.2.1.13: where there is no CRL nobody can be told of a revocation, unless by OCSP. */
static bool revocation_told(const struct tg_lint *l)
{
	AUTHORITY_INFO_ACCESS *list = X509_get_ext_d2i(l->x, NID_info_access, NULL, NULL);
	bool ocsp = false;
	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(list); i++)
		ocsp = ocsp || OBJ_obj2nid(sk_ACCESS_DESCRIPTION_value(list, i)->method) == NID_ad_OCSP;
	sk_ACCESS_DESCRIPTION_pop_free(list, ACCESS_DESCRIPTION_free);
	return ocsp || X509_get_ext_by_NID(l->x, NID_crl_distribution_points, -1) >= 0;
}

static bool storage(const struct tg_lint *l)
{
	for (int i = 0; i < X509_get_ext_count(l->x); i++) {
		X509_EXTENSION *e = X509_get_ext(l->x, i);
		if (!is_storage(l, e))
			continue;
		const ASN1_OCTET_STRING *octets = X509_EXTENSION_get_data(e);
		const unsigned char *p = ASN1_STRING_get0_data(octets), *end = p + ASN1_STRING_length(octets);
		STACK_OF(ASN1_TYPE) *s = d2i_ASN1_SEQUENCE_ANY(NULL, &p, ASN1_STRING_length(octets));
		const ASN1_TYPE *t = sk_ASN1_TYPE_num(s) == 1 ? sk_ASN1_TYPE_value(s, 0) : NULL;
		char oid[128];
		int n = t != NULL && t->type == V_ASN1_OBJECT ? OBJ_obj2txt(oid, sizeof oid, t->value.object, 1) : -1;
		bool ok = p == end && n > 0 && (size_t)n < sizeof oid && tg_profile_storage_known(l->profile, oid);
		sk_ASN1_TYPE_pop_free(s, ASN1_TYPE_free);
		if (!ok)
			return false;
	}
	return true;
}

const struct tg_lint_rule tg_lint_extension_rules[] = {
        {"rfc5280-extensions-unique", "RFC 5280 4.2", extensions_unique},
        {"rfc5280-not-ca", "RFC 5280 4.2.1.9: a subscriber is no CA", not_ca},
        {"profile-extensions-known", "NCA: nothing but what the profile has", extensions_known},
        {"profile-extensions-there", "NCA: KU, EKU, AKI, SKI, policies", extensions_there},
        {"profile-extensions-critical", "NCA: key usage is critical, nothing else", extensions_critical},
        {"rfc5280-extensions-parse", "RFC 5280 4.2: each is what its OID says", extensions_parse},
        {"profile-key-usage", "NCA: exactly these bits", key_usage},
        {"profile-ext-key-usage", "NCA: these first, in this order", ext_key_usage},
        {"profile-roles", "NCA: then the roles that were accepted, and nothing more", roles},
        {"rfc5280-usages-agree", "RFC 5280 4.2.1.12: key usage allows what extended key usage names", usages_agree},
        {"rfc5280-notice-text", "RFC 5280 4.2.1.4: explicitText UTF8String, at most 200", notice_text},
        {"profile-policies", "NCA: policy, CPS and notice", policies},
        {"profile-subject-key-id", "NCA: SHA-1 of the whole SubjectPublicKeyInfo", subject_key_id},
        {"rfc5280-authority-key-id", "RFC 5280 4.2.1.1: key identifier of the issuer", authority_key_id},
        {"rfc5280-crl-address", "RFC 5280 4.2.1.13", crl_points},
        {"rfc5280-freshest-address", "RFC 5280 4.2.1.15", freshest_points},
        {"rfc5280-info-access", "RFC 5280 4.2.2.1", info_access},
        {"rfc5280-revocation-told", "RFC 5280 4.2.1.13, 4.2.2.1: a CRL or OCSP has an address", revocation_told},
        {"profile-alt-names", "NCA: rfc822Name only; of a server dNSName only", alt_names},
        {"rfc5890-dns-names", "RFC 5280 4.2.1.6, RFC 5890: A-labels, lower case, each once", dns_names},
        {"rfc6125-common-name", "RFC 6125 6.4.4: the common name of a server is one of its dNSNames",
                common_name_among_them},
        {"profile-storage", "NCA: SEQUENCE { OID } of a known key storage", storage},
};
const size_t tg_lint_n_extension_rules = sizeof tg_lint_extension_rules / sizeof *tg_lint_extension_rules;
