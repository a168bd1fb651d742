#include "issue.h"

#include "ossl.h"
#include "sign.h"
#include <openssl/x509v3.h>

static bool added(int result)
{
	return result == 1;
}

static bool add_key_usage(X509 *x, const struct tg_profile *p)
{
	char algorithm[32];
	tg_x509_algorithm(x, algorithm, sizeof algorithm);
	uint32_t bits = tg_profile_key_usage(p, algorithm);
	ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();
	bool ok = usage != NULL;
	for (int i = 0; i < 9 && ok; i++)
		if ((bits >> i & 1) != 0)
			ok = ASN1_BIT_STRING_set_bit(usage, i, 1) == 1;
	ok = ok && added(X509_add1_ext_i2d(x, NID_key_usage, usage, 1, 0));
	ASN1_BIT_STRING_free(usage);
	return ok;
}

static bool push_oid(EXTENDED_KEY_USAGE *list, const char *oid)
{
	ASN1_OBJECT *o = OBJ_txt2obj(oid, 1);
	if (o != NULL && sk_ASN1_OBJECT_push(list, o) > 0)
		return true;
	ASN1_OBJECT_free(o);
	return false;
}

/* Those of the profile, then the roles that the application was accepted for. */
static bool add_ext_key_usage(X509 *x, const struct tg_profile *p, const struct tg_ca_application *application)
{
	EXTENDED_KEY_USAGE *list = sk_ASN1_OBJECT_new_null();
	const char *conditions = application == NULL ? NULL : application->conditions;
	bool ok = list != NULL;
	for (unsigned i = 0; i < p->n_ext_key_usage && ok; i++)
		ok = push_oid(list, p->ext_key_usage[i]);
	for (unsigned i = 0; i < p->n_roles && ok; i++)
		if (tg_profile_word(conditions, p->roles[i].when))
			ok = push_oid(list, p->roles[i].oid);
	ok = ok && added(X509_add1_ext_i2d(x, NID_ext_key_usage, list, 0, 0));
	sk_ASN1_OBJECT_pop_free(list, ASN1_OBJECT_free);
	return ok;
}

static bool add_aki(X509 *x, X509 *issuer)
{
	/* Not X509_get0_subject_key_id: it gives nothing for a certificate that is not signed yet. */
	AUTHORITY_KEYID *aki = AUTHORITY_KEYID_new();
	bool ok = aki != NULL &&
	          (aki->keyid = X509_get_ext_d2i(issuer, NID_subject_key_identifier, NULL, NULL)) != NULL &&
	          added(X509_add1_ext_i2d(x, NID_authority_key_identifier, aki, 0, 0));
	AUTHORITY_KEYID_free(aki);
	return ok;
}

static bool add_key_id(X509 *x, const unsigned char *digest, int n)
{
	ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
	bool ok = id != NULL && ASN1_OCTET_STRING_set(id, digest, n) == 1 &&
	          added(X509_add1_ext_i2d(x, NID_subject_key_identifier, id, 0, 0));
	ASN1_OCTET_STRING_free(id);
	return ok;
}

/* Of a CA or a machine: RFC 5280 4.2.1.2 (1). */
static bool add_ski(X509 *x)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n = 0;
	return X509_pubkey_digest(x, EVP_sha1(), digest, &n) == 1 && add_key_id(x, digest, (int)n);
}

static bool add_subscriber_ski(X509 *x)
{
	unsigned char digest[TG_KEY_ID_LEN];
	return tg_spki_key_id(x, digest) && add_key_id(x, digest, sizeof digest);
}

/* --- Policies */
static POLICYQUALINFO *qualifier_cps(const char *uri)
{
	POLICYQUALINFO *q = POLICYQUALINFO_new();
	if (q == NULL)
		return NULL;
	q->pqualid = OBJ_nid2obj(NID_id_qt_cps);
	q->d.cpsuri = ASN1_IA5STRING_new();
	if (q->d.cpsuri != NULL && ASN1_STRING_set(q->d.cpsuri, uri, -1) == 1)
		return q;
	POLICYQUALINFO_free(q);
	return NULL;
}

static POLICYQUALINFO *qualifier_notice(const char *text)
{
	POLICYQUALINFO *q = POLICYQUALINFO_new();
	if (q == NULL)
		return NULL;
	q->pqualid = OBJ_nid2obj(NID_id_qt_unotice);
	q->d.usernotice = USERNOTICE_new();
	if (q->d.usernotice != NULL && (q->d.usernotice->exptext = ASN1_UTF8STRING_new()) != NULL &&
	        ASN1_STRING_set(q->d.usernotice->exptext, text, -1) == 1)
		return q;
	POLICYQUALINFO_free(q);
	return NULL;
}

static bool push_qualifier(POLICYINFO *info, POLICYQUALINFO *q)
{
	if (q != NULL && info->qualifiers == NULL)
		info->qualifiers = sk_POLICYQUALINFO_new_null();
	if (q != NULL && info->qualifiers != NULL && sk_POLICYQUALINFO_push(info->qualifiers, q) > 0)
		return true;
	POLICYQUALINFO_free(q);
	return false;
}

static POLICYINFO *policy_info(const struct tg_profile_policy *p)
{
	POLICYINFO *info = POLICYINFO_new();
	bool ok = info != NULL;
	if (ok) {
		ASN1_OBJECT_free(info->policyid);
		ok = (info->policyid = OBJ_txt2obj(p->oid, 1)) != NULL;
	}
	if (ok && p->cps != NULL)
		ok = push_qualifier(info, qualifier_cps(p->cps));
	if (ok && p->notice != NULL)
		ok = push_qualifier(info, qualifier_notice(p->notice));
	if (ok)
		return info;
	POLICYINFO_free(info);
	return NULL;
}

static bool add_policies(X509 *x, const struct tg_profile *p)
{
	CERTIFICATEPOLICIES *list = sk_POLICYINFO_new_null();
	bool ok = list != NULL;
	for (unsigned i = 0; i < p->n_policies && ok; i++) {
		POLICYINFO *info = policy_info(&p->policies[i]);
		ok = info != NULL && sk_POLICYINFO_push(list, info) > 0;
		if (!ok)
			POLICYINFO_free(info);
	}
	ok = ok && added(X509_add1_ext_i2d(x, NID_certificate_policies, list, 0, 0));
	sk_POLICYINFO_pop_free(list, POLICYINFO_free);
	return ok;
}

/* --- Addresses */
static GENERAL_NAME *uri_name(const char *uri)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	if (name != NULL && text != NULL && ASN1_STRING_set(text, uri, -1) == 1) {
		GENERAL_NAME_set0_value(name, GEN_URI, text);
		return name;
	}
	ASN1_IA5STRING_free(text);
	GENERAL_NAME_free(name);
	return NULL;
}

static DIST_POINT *dist_point(const char *uri)
{
	DIST_POINT *p = DIST_POINT_new();
	GENERAL_NAME *name = uri_name(uri);
	if (p != NULL && name != NULL && (p->distpoint = DIST_POINT_NAME_new()) != NULL &&
	        (p->distpoint->name.fullname = sk_GENERAL_NAME_new_null()) != NULL &&
	        sk_GENERAL_NAME_push(p->distpoint->name.fullname, name) > 0) {
		p->distpoint->type = 0;
		return p;
	}
	GENERAL_NAME_free(name);
	DIST_POINT_free(p);
	return NULL;
}

/* CRLDistributionPoints and freshestCRL have the same form. */
static CRL_DIST_POINTS *crl_address(const char *uri)
{
	CRL_DIST_POINTS *list = sk_DIST_POINT_new_null();
	DIST_POINT *point = dist_point(uri);
	if (list != NULL && point != NULL && sk_DIST_POINT_push(list, point) > 0)
		return list;
	DIST_POINT_free(point);
	sk_DIST_POINT_free(list);
	return NULL;
}

static bool add_crl_address(X509 *x, int nid, const char *uri)
{
	CRL_DIST_POINTS *list = uri == NULL ? NULL : crl_address(uri);
	bool ok = uri == NULL || (list != NULL && added(X509_add1_ext_i2d(x, nid, list, 0, 0)));
	sk_DIST_POINT_pop_free(list, DIST_POINT_free);
	return ok;
}

bool tg_issue_freshest(X509_CRL *crl, const char *uri)
{
	CRL_DIST_POINTS *list = uri == NULL ? NULL : crl_address(uri);
	bool ok = uri == NULL || (list != NULL && added(X509_CRL_add1_ext_i2d(crl, NID_freshest_crl, list, 0, 0)));
	sk_DIST_POINT_pop_free(list, DIST_POINT_free);
	return ok;
}

static bool push_access(AUTHORITY_INFO_ACCESS *list, int nid, const char *uri)
{
	if (uri == NULL)
		return true;
	ACCESS_DESCRIPTION *d = ACCESS_DESCRIPTION_new();
	GENERAL_NAME *name = uri_name(uri);
	if (d != NULL && name != NULL) {
		ASN1_OBJECT_free(d->method);
		d->method = OBJ_nid2obj(nid);
		GENERAL_NAME_free(d->location);
		d->location = name;
		name = NULL;
		if (sk_ACCESS_DESCRIPTION_push(list, d) > 0)
			return true;
	}
	GENERAL_NAME_free(name);
	ACCESS_DESCRIPTION_free(d);
	return false;
}

static bool add_info_access(X509 *x, const struct tg_ca_urls *urls)
{
	if (urls->ca_cert == NULL && urls->ocsp == NULL)
		return true;
	AUTHORITY_INFO_ACCESS *list = sk_ACCESS_DESCRIPTION_new_null();
	bool ok = list != NULL && push_access(list, NID_ad_ca_issuers, urls->ca_cert) &&
	          push_access(list, NID_ad_OCSP, urls->ocsp) &&
	          added(X509_add1_ext_i2d(x, NID_info_access, list, 0, 0));
	sk_ACCESS_DESCRIPTION_pop_free(list, ACCESS_DESCRIPTION_free);
	return ok;
}

/* --- What the applicant may choose: e-mail and key storage. All else that is asked for is the profile's to say. */
static enum tg_status copy_alt_names(
        X509 *x, const struct tg_profile *p, const X509_EXTENSIONS *asked, struct tg_error *err)
{
	int at = X509v3_get_ext_by_NID(asked, NID_subject_alt_name, -1);
	if (at < 0)
		return TG_OK;
	GENERAL_NAMES *names = X509V3_EXT_d2i(X509v3_get_ext(asked, at));
	bool only_mail = p->email && sk_GENERAL_NAME_num(names) > 0;
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		only_mail = only_mail && sk_GENERAL_NAME_value(names, i)->type == GEN_EMAIL;
	enum tg_status status = TG_OK;
	if (!only_mail)
		status = tg_error_set(err, TG_INVALID, "subjectAltName holds what the profile does not allow");
	else if (X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0) != 1)
		status = tg_ossl_error(err, TG_NO_MEMORY, "subjectAltName");
	sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
	return status;
}

/* --- The names of a server: those of the application, whatever the request says */
static bool push_dns(GENERAL_NAMES *names, const char *dns)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	bool ok = name != NULL && text != NULL && ASN1_STRING_set(text, dns, -1) == 1;
	if (ok) {
		GENERAL_NAME_set0_value(name, GEN_DNS, text);
		text = NULL;
		ok = sk_GENERAL_NAME_push(names, name) > 0;
	}
	ASN1_IA5STRING_free(text);
	if (!ok)
		GENERAL_NAME_free(name);
	return ok;
}

static enum tg_status add_dns_names(
        X509 *x, const struct tg_profile *p, const struct tg_ca_application *application, struct tg_error *err)
{
	struct tg_names all;
	if (p->n_dns_names == 0)
		return TG_OK;
	if (application == NULL)
		return tg_error_set(err, TG_INVALID, "no application says which domains it is for");
	TG_TRY(tg_profile_names(p, application->answer, application->answers, &all, err));
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	bool ok = names != NULL;
	for (unsigned i = 0; i < all.n && ok; i++)
		ok = push_dns(names, all.list[i]);
	ok = ok && X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0) == 1;
	sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
	return ok ? TG_OK : tg_ossl_error(err, TG_NO_MEMORY, "subjectAltName");
}

static bool storage_oid(X509_EXTENSION *e, char *out, int cap)
{
	const ASN1_OCTET_STRING *octets = X509_EXTENSION_get_data(e);
	const unsigned char *p = ASN1_STRING_get0_data(octets);
	STACK_OF(ASN1_TYPE) *sequence = d2i_ASN1_SEQUENCE_ANY(NULL, &p, ASN1_STRING_length(octets));
	const ASN1_TYPE *first = sk_ASN1_TYPE_num(sequence) > 0 ? sk_ASN1_TYPE_value(sequence, 0) : NULL;
	int n = first != NULL && first->type == V_ASN1_OBJECT ? OBJ_obj2txt(out, cap, first->value.object, 1) : -1;
	sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free);
	return n > 0 && n < cap;
}

static enum tg_status copy_storage(
        X509 *x, const struct tg_profile *p, const X509_EXTENSIONS *asked, struct tg_error *err)
{
	char oid[128];
	if (p->storage_extension == NULL)
		return TG_OK; /* asked for, but these certificates have no place for it */
	ASN1_OBJECT *type = OBJ_txt2obj(p->storage_extension, 1);
	int at = type == NULL ? -1 : X509v3_get_ext_by_OBJ(asked, type, -1);
	ASN1_OBJECT_free(type);
	if (at < 0)
		return TG_OK;
	if (!storage_oid(X509v3_get_ext(asked, at), oid, sizeof oid) || !tg_profile_storage_known(p, oid))
		return tg_error_set(err, TG_INVALID, "the profile does not know this key storage");
	/* Made anew: of what was asked only the OID is taken over. */
	X509_EXTENSION *e = tg_storage_extension(p->storage_extension, oid);
	int ok = e == NULL ? 0 : X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	return ok == 1 ? TG_OK : TG_NO_MEMORY;
}

/* The key as it was asked for, byte by byte: a GOST key can be written in more than one way, and who asked compares. */
static bool set_spki(X509 *x, struct tg_bytes spki)
{
	X509_PUBKEY *at = X509_get_X509_PUBKEY(x);
	const unsigned char *p = spki.data;
	return spki.len > 0 && spki.len <= LONG_MAX && d2i_X509_PUBKEY(&at, &p, (long)spki.len) != NULL &&
	       p == spki.data + spki.len && X509_get0_pubkey(x) != NULL;
}

static bool set_fields(X509 *x, const struct tg_issue *in)
{
	int64_t from = in->from_ms > 0 ? in->from_ms : in->now_ms - (int64_t)in->profile->backdate_minutes * 60000;
	return X509_set_version(x, X509_VERSION_3) == 1 && tg_serial_random(X509_get_serialNumber(x)) &&
	       X509_set_issuer_name(x, X509_get_subject_name(in->issuer)) == 1 &&
	       X509_set_subject_name(x, in->subject) == 1 && set_spki(x, in->spki) &&
	       tg_x509_validity(x, from, (int64_t)in->profile->validity_days * 86400);
}

/* In the order in which the NCA's certificates have them. */
static bool add_extensions(X509 *x, const struct tg_issue *in)
{
	const struct tg_profile *p = in->profile;
	return add_key_usage(x, p) && add_ext_key_usage(x, p, in->application) && add_aki(x, in->issuer) &&
	       add_subscriber_ski(x) && add_policies(x, p) &&
	       add_crl_address(x, NID_crl_distribution_points, in->urls->crl) &&
	       add_crl_address(x, NID_freshest_crl, in->urls->delta_crl) && add_info_access(x, in->urls);
}

enum tg_status tg_issue_build(const struct tg_issue *in, X509 **out, struct tg_error *err)
{
	X509 *x = X509_new();
	*out = NULL;
	enum tg_status status = TG_OK;
	if (x == NULL || !set_fields(x, in) || !add_extensions(x, in))
		status = tg_ossl_error(err, TG_NO_MEMORY, "certificate");
	if (status == TG_OK)
		status = add_dns_names(x, in->profile, in->application, err);
	if (status == TG_OK && in->asked != NULL && in->profile->n_dns_names == 0)
		status = copy_alt_names(x, in->profile, in->asked, err);
	if (status == TG_OK && in->asked != NULL)
		status = copy_storage(x, in->profile, in->asked, err);
	if (status == TG_OK)
		*out = x;
	else
		X509_free(x);
	return status;
}

/* --- Certificates of machines */
static bool add_conf(X509 *x, int nid, const char *value)
{
	if (value == NULL)
		return true;
	X509V3_CTX ctx;
	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, NULL, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool ok = e != NULL && X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	return ok;
}

static bool add_basic(X509 *x, const struct tg_issue_plain *in)
{
	char text[64] = "critical,CA:FALSE";
	if (in->ca)
		(void)snprintf(text, sizeof text, "critical,CA:TRUE");
	if (in->ca && in->path_length >= 0)
		(void)snprintf(text, sizeof text, "critical,CA:TRUE,pathlen:%d", in->path_length);
	return add_conf(x, NID_basic_constraints, text);
}

enum tg_status tg_issue_plain(const struct tg_issue_plain *in, X509 **out, struct tg_error *err)
{
	X509 *x = X509_new();
	*out = NULL;
	bool ok = x != NULL && X509_set_version(x, X509_VERSION_3) == 1 && tg_serial_random(X509_get_serialNumber(x)) &&
	          X509_set_subject_name(x, in->subject) == 1 &&
	          X509_set_issuer_name(x, in->issuer == NULL ? in->subject : X509_get_subject_name(in->issuer)) == 1 &&
	          X509_set_pubkey(x, in->key) == 1 && tg_x509_validity(x, in->from_ms, in->seconds) &&
	          add_basic(x, in) && add_conf(x, NID_key_usage, in->key_usage) &&
	          add_conf(x, NID_ext_key_usage, in->ext_key_usage) && add_ski(x) &&
	          add_aki(x, in->issuer == NULL ? x : in->issuer) && add_conf(x, NID_subject_alt_name, in->alt_names) &&
	          (!in->no_check || add_conf(x, NID_id_pkix_OCSP_noCheck, "ignored"));
	enum tg_status status =
	        ok ? tg_sign_x509(&x, in->issuer_key, err) : tg_ossl_error(err, TG_INVALID, "certificate");
	if (status == TG_OK)
		*out = x;
	else
		X509_free(x);
	return status;
}
