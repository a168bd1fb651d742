#include "profile.h"

#include "tamga/gost.h"
#include "tamga/yaml.h"
#include <dirent.h>
#include <openssl/objects.h>

/* clang-format off */
static const cyaml_strval_t dn_strings[] = {{"utf8", TG_DN_UTF8}, {"printable", TG_DN_PRINTABLE}, {"ia5", TG_DN_IA5}};
static const cyaml_strval_t dn_identifiers[] = {{"none", TG_DN_ID_NONE}, {"iin", TG_DN_ID_IIN}, {"bin", TG_DN_ID_BIN},
	{"kg-pin", TG_DN_ID_KG_PIN}, {"kg-inn", TG_DN_ID_KG_INN}, {"domain", TG_DN_ID_DOMAIN}};
static const cyaml_strval_t approvals[] = {{"none", TG_APPROVAL_NONE},
        {"identified", TG_APPROVAL_IDENTIFIED}, {"required", TG_APPROVAL_REQUIRED}};
static const cyaml_strval_t families[] = {{"rsa", TG_CA_RSA}, {"gost", TG_CA_GOST}};
static const cyaml_strval_t key_usage_bits[] = {{"digitalSignature", 1 << 0}, {"nonRepudiation", 1 << 1},
	{"keyEncipherment", 1 << 2}, {"dataEncipherment", 1 << 3}, {"keyAgreement", 1 << 4}};
static const cyaml_schema_field_t attr_fields[] = {
	CYAML_FIELD_STRING_PTR("attribute", CYAML_FLAG_POINTER, struct tg_profile_attr, attribute, 1, 64),
	CYAML_FIELD_ENUM("string", CYAML_FLAG_STRICT, struct tg_profile_attr, string, dn_strings, CYAML_ARRAY_LEN(dn_strings)),
	CYAML_FIELD_STRING_PTR("value", CYAML_FLAG_POINTER, struct tg_profile_attr, value, 1, 128),
	CYAML_FIELD_BOOL("must", CYAML_FLAG_DEFAULT, struct tg_profile_attr, must),
	CYAML_FIELD_BOOL("cut", CYAML_FLAG_OPTIONAL, struct tg_profile_attr, cut),
	CYAML_FIELD_UINT("max", CYAML_FLAG_DEFAULT, struct tg_profile_attr, max),
	CYAML_FIELD_ENUM("identifier", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct tg_profile_attr, identifier,
		dn_identifiers, CYAML_ARRAY_LEN(dn_identifiers)),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t attr_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_profile_attr, attr_fields)};
static const cyaml_schema_field_t role_fields[] = {
	CYAML_FIELD_STRING_PTR("oid", CYAML_FLAG_POINTER, struct tg_profile_role, oid, 1, 128),
	CYAML_FIELD_STRING_PTR("when", CYAML_FLAG_POINTER, struct tg_profile_role, when, 1, 63),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t role_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_profile_role, role_fields)};
static const cyaml_schema_field_t policy_fields[] = {
	CYAML_FIELD_STRING_PTR("oid", CYAML_FLAG_POINTER, struct tg_profile_policy, oid, 1, 128),
	CYAML_FIELD_STRING_PTR("cps", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_profile_policy, cps, 1, 256),
	CYAML_FIELD_STRING_PTR("notice", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_profile_policy, notice, 1, 200),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t policy_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_profile_policy, policy_fields)};
static const cyaml_schema_value_t text_value = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, 128)};
static const cyaml_schema_field_t profile_fields[] = {
	CYAML_FIELD_STRING_PTR("id", CYAML_FLAG_POINTER, struct tg_profile, id, 1, 63),
	CYAML_FIELD_BOOL("upper_case", CYAML_FLAG_DEFAULT, struct tg_profile, upper),
	CYAML_FIELD_SEQUENCE_COUNT("subject", CYAML_FLAG_POINTER, struct tg_profile, subject, n_subject, &attr_value, 1, 16),
	CYAML_FIELD_FLAGS("key_usage", CYAML_FLAG_STRICT, struct tg_profile, key_usage, key_usage_bits,
		CYAML_ARRAY_LEN(key_usage_bits)),
	CYAML_FIELD_SEQUENCE_COUNT("ext_key_usage", CYAML_FLAG_POINTER, struct tg_profile, ext_key_usage, n_ext_key_usage,
		&text_value, 1, 16),
	CYAML_FIELD_SEQUENCE_COUNT("role_key_usage", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_profile, roles, n_roles, &role_value, 1, 16),
	CYAML_FIELD_SEQUENCE_COUNT("policies", CYAML_FLAG_POINTER, struct tg_profile, policies, n_policies, &policy_value, 1, 8),
	CYAML_FIELD_BOOL("email", CYAML_FLAG_DEFAULT, struct tg_profile, email),
	CYAML_FIELD_SEQUENCE_COUNT("dns_names", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_profile, dns_names, n_dns_names, &text_value, 1, 4),
	CYAML_FIELD_STRING_PTR("storage_extension", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_profile, storage_extension, 1, 64),
	CYAML_FIELD_SEQUENCE_COUNT("storages", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_profile, storages, n_storages, &text_value, 1, 64),
	CYAML_FIELD_SEQUENCE_COUNT("algorithms", CYAML_FLAG_POINTER, struct tg_profile, algorithms, n_algorithms, &text_value, 1, 8),
	CYAML_FIELD_ENUM("issuer", CYAML_FLAG_STRICT, struct tg_profile, issuer, families, CYAML_ARRAY_LEN(families)),
	CYAML_FIELD_ENUM("approval", CYAML_FLAG_STRICT, struct tg_profile, approval, approvals, CYAML_ARRAY_LEN(approvals)),
	CYAML_FIELD_UINT("validity_days", CYAML_FLAG_DEFAULT, struct tg_profile, validity_days),
	CYAML_FIELD_UINT("backdate_minutes", CYAML_FLAG_DEFAULT, struct tg_profile, backdate_minutes),
	CYAML_FIELD_UINT("ahead_days", CYAML_FLAG_OPTIONAL, struct tg_profile, ahead_days),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t profile_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct tg_profile, profile_fields)};
/* clang-format on */

static bool is_oid(const char *text)
{
	if (strspn(text, "0123456789.") != strlen(text))
		return false;
	ASN1_OBJECT *o = OBJ_txt2obj(text, 1);
	ASN1_OBJECT_free(o);
	return o != NULL;
}

/* Every "{" has its "}" with a name between. */
static bool places_closed(const char *value)
{
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '}')
			return false;
		if (*p != '{')
			continue;
		p += p[1] == ' ';
		size_t n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_-.0123456789");
		if (n == 0 || p[n + 1] != '}')
			return false;
		p += n + 1;
	}
	return true;
}

static enum tg_status check_subject(const struct tg_yaml *y, const struct tg_profile *p)
{
	for (unsigned i = 0; i < p->n_subject; i++) {
		const struct tg_profile_attr *a = &p->subject[i];
		if (OBJ_txt2nid(a->attribute) == NID_undef)
			return tg_yaml_bad(y, "no such name attribute", "subject/%u/attribute", i);
		if (!places_closed(a->value))
			return tg_yaml_bad(y, "a place is written {field}", "subject/%u/value", i);
		if (a->max == 0 || a->max > 32768)
			return tg_yaml_bad(y, "max is a number of characters from 1 to 32768", "subject/%u/max", i);
	}
	return TG_OK;
}

static const char no_oid[] = "not an object identifier";

static enum tg_status check_oids(const struct tg_yaml *y, const char *key, char *const *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!is_oid(list[i]))
			return tg_yaml_bad(y, no_oid, "%s/%u", key, i);
	return TG_OK;
}

static bool is_word(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static enum tg_status check_roles(const struct tg_yaml *y, const struct tg_profile *p)
{
	for (unsigned i = 0; i < p->n_roles; i++) {
		if (!is_oid(p->roles[i].oid))
			return tg_yaml_bad(y, no_oid, "role_key_usage/%u/oid", i);
		if (!is_word(p->roles[i].when))
			return tg_yaml_bad(y, "one condition: a-z, 0-9 and -", "role_key_usage/%u/when", i);
	}
	return TG_OK;
}

static enum tg_status check_policies(const struct tg_yaml *y, const struct tg_profile *p)
{
	for (unsigned i = 0; i < p->n_policies; i++)
		if (!is_oid(p->policies[i].oid))
			return tg_yaml_bad(y, no_oid, "policies/%u/oid", i);
	return TG_OK;
}

/* The keys that people bring along may be of kinds that no carrier here makes. */
static bool is_common(const char *algorithm, bool brought)
{
	static const char *const names[] = {"rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384"};
	for (size_t i = 0; i < (brought ? sizeof names / sizeof *names : 1); i++)
		if (strcmp(names[i], algorithm) == 0)
			return true;
	return false;
}

static enum tg_status check_algorithms(const struct tg_yaml *y, const struct tg_profile *p)
{
	for (unsigned i = 0; i < p->n_algorithms; i++) {
		bool gost = tg_gost_find(p->algorithms[i]) != NULL;
		if (!gost && !is_common(p->algorithms[i], p->n_dns_names > 0))
			return tg_yaml_bad(y, "no such key algorithm", "algorithms/%u", i);
		if (gost != (p->issuer == TG_CA_GOST))
			return tg_yaml_bad(y, "keys and issuer are of the same family", "algorithms/%u", i);
	}
	return TG_OK;
}

static enum tg_status check_storages(const struct tg_yaml *y, const struct tg_profile *p)
{
	if ((p->storage_extension == NULL) != (p->n_storages == 0))
		return tg_yaml_bad(y, "storages and their extension go together",
		        p->storage_extension == NULL ? "storages" : "storage_extension");
	if (p->storage_extension != NULL && !is_oid(p->storage_extension))
		return tg_yaml_bad(y, no_oid, "storage_extension");
	return check_oids(y, "storages", p->storages, p->n_storages);
}

static enum tg_status check_profile(const struct tg_yaml *y, const void *data)
{
	const struct tg_profile *p = data;
	if (!is_word(p->id))
		return tg_yaml_bad(y, "an id is made of a-z, 0-9 and -", "id");
	TG_TRY(check_subject(y, p));
	TG_TRY(check_oids(y, "ext_key_usage", p->ext_key_usage, p->n_ext_key_usage));
	TG_TRY(check_roles(y, p));
	TG_TRY(check_policies(y, p));
	TG_TRY(check_storages(y, p));
	TG_TRY(check_algorithms(y, p));
	if (p->key_usage == 0)
		return tg_yaml_bad(y, "at least one key usage", "key_usage");
	if ((p->n_roles > 0 || p->n_dns_names > 0) && p->approval != TG_APPROVAL_REQUIRED)
		return tg_yaml_bad(y, "roles and domain names are what somebody accepts first: required", "approval");
	if (p->validity_days == 0 || p->validity_days > 1200)
		return tg_yaml_bad(y, "validity is 1 to 1200 days", "validity_days");
	if (p->ahead_days > 60)
		return tg_yaml_bad(y, "at most 60 days", "ahead_days");
	if (p->backdate_minutes > 1440)
		return tg_yaml_bad(y, "at most a day", "backdate_minutes");
	return TG_OK;
}

static const struct tg_yaml_form form = {&profile_schema, TG_CONFIG, check_profile};

enum tg_status tg_profile_load(struct tg_profile **out, const char *path, struct tg_error *err)
{
	void *data;
	enum tg_status status = tg_yaml_load(&data, &form, path, err);
	*out = data;
	return status;
}

void tg_profile_free(struct tg_profile *p)
{
	tg_yaml_free(&form, p);
}

/* --- The folder */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_yaml(const struct dirent *e)
{
	size_t n = strlen(e->d_name);
	return e->d_name[0] != '.' && n > 5 && strcmp(e->d_name + n - 5, ".yaml") == 0;
}

static enum tg_status add_file(struct tg_profiles *all, const char *dir, const char *name, struct tg_error *err)
{
	char path[512];
	struct tg_profile *p = NULL;
	if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >= sizeof path)
		return tg_error_set(err, TG_CONFIG, "path of a profile is too long");
	TG_TRY(tg_profile_load(&p, path, err));
	TG_BUG_IF(!p);
	if (tg_profile_find(all, p->id) != NULL) {
		tg_profile_free(p);
		return tg_error_at(err, TG_CONFIG, path, 1, 1, "another file has this profile id");
	}
	all->list[all->n++] = p;
	return TG_OK;
}

enum tg_status tg_profiles_load(struct tg_profiles **out, const char *dir, struct tg_error *err)
{
	struct dirent **names = NULL;
	*out = NULL;
	int n = scandir(dir, &names, is_yaml, by_name);
	if (n <= 0) {
		free(names);
		return tg_error_at(err, TG_CONFIG, dir, 0, 0, "no certificate profiles (*.yaml) here");
	}
	struct tg_profiles *all = calloc(1, sizeof *all);
	enum tg_status status = all == NULL ? TG_NO_MEMORY : TG_OK;
	if (all != NULL && (all->list = calloc((size_t)n, sizeof(struct tg_profile *))) == NULL)
		status = TG_NO_MEMORY;
	for (int i = 0; i < n; i++) {
		if (status == TG_OK)
			status = add_file(all, dir, names[i]->d_name, err);
		free(names[i]);
	}
	free(names);
	if (status == TG_OK)
		*out = all;
	else
		tg_profiles_destroy(all);
	return status;
}

void tg_profiles_destroy(struct tg_profiles *p)
{
	if (p == NULL)
		return;
	for (unsigned i = 0; i < p->n; i++)
		tg_profile_free(p->list[i]);
	free(p->list);
	free(p);
}

const struct tg_profile *tg_profile_find(const struct tg_profiles *p, const char *id)
{
	for (unsigned i = 0; i < p->n; i++)
		if (strcmp(p->list[i]->id, id) == 0)
			return p->list[i];
	return NULL;
}

const char *tg_profiles_id(const struct tg_profiles *p, size_t i)
{
	return i < p->n ? p->list[i]->id : NULL;
}
