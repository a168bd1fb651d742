#include "lint.h"

#include "tamga/record.h"
#include "tamga/text.h"

#define VALUE_MAX  512
#define PLACES_MAX 8

/* The n-th name attribute as text; false for what is not single-valued, too long, or holds a NUL. */
static bool value_at(const struct tg_lint *l, int n, char out[VALUE_MAX])
{
	const X509_NAME_ENTRY *e = X509_NAME_get_entry(X509_get_subject_name(l->x), n);
	const ASN1_STRING *s = e == NULL ? NULL : X509_NAME_ENTRY_get_data(e);
	int len = s == NULL ? -1 : ASN1_STRING_length(s);
	if (len <= 0 || len >= VALUE_MAX || memchr(ASN1_STRING_get0_data(s), 0, (size_t)len) != NULL)
		return false;
	memcpy(out, ASN1_STRING_get0_data(s), (size_t)len);
	out[len] = '\0';
	return true;
}

/* Pairs the attributes of the certificate with the rows of the profile, in order: calls `holds` for each pair. False
 * also when an attribute has no row, or a row that must be there has no attribute. */
static bool each_pair(
        const struct tg_lint *l, bool (*holds)(const struct tg_lint *l, int n, const struct tg_profile_attr *a))
{
	X509_NAME *name = X509_get_subject_name(l->x);
	int n = 0, count = X509_NAME_entry_count(name);
	for (unsigned i = 0; i < l->profile->n_subject; i++) {
		const struct tg_profile_attr *a = &l->profile->subject[i];
		const X509_NAME_ENTRY *e = n < count ? X509_NAME_get_entry(name, n) : NULL;
		if (e != NULL && OBJ_obj2nid(X509_NAME_ENTRY_get_object(e)) == OBJ_txt2nid(a->attribute)) {
			if (!holds(l, n, a))
				return false;
			n++;
		} else if (a->must) {
			return false;
		}
	}
	return n == count;
}

static bool any(const struct tg_lint *l, int n, const struct tg_profile_attr *a)
{
	(void)l, (void)n, (void)a;
	return true;
}

static bool layout(const struct tg_lint *l)
{
	return each_pair(l, any);
}

static bool single_valued(const struct tg_lint *l)
{
	X509_NAME *name = X509_get_subject_name(l->x);
	for (int i = 0; i < X509_NAME_entry_count(name); i++)
		if (X509_NAME_ENTRY_set(X509_NAME_get_entry(name, i)) != i)
			return false;
	return true;
}

static bool string_type_of(const struct tg_lint *l, int n, const struct tg_profile_attr *a)
{
	const ASN1_STRING *s = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(X509_get_subject_name(l->x), n));
	static const int types[] = {[TG_DN_UTF8] = V_ASN1_UTF8STRING,
	        [TG_DN_PRINTABLE] = V_ASN1_PRINTABLESTRING,
	        [TG_DN_IA5] = V_ASN1_IA5STRING};
	return ASN1_STRING_type(s) == types[a->string];
}

static bool string_type(const struct tg_lint *l)
{
	return each_pair(l, string_type_of);
}

static bool text_valid_of(const struct tg_lint *l, int n, const struct tg_profile_attr *a)
{
	char v[VALUE_MAX], clean[VALUE_MAX * 3];
	if (!value_at(l, n, v) || !tg_utf8_valid(v, strlen(v)))
		return false;
	/* No control, bidirectional, zero-width or private characters, no space at the ends. */
	tg_text_clean(clean, sizeof clean, v, strlen(v), VALUE_MAX);
	if (strcmp(clean, v) != 0 || v[0] == ' ' || v[strlen(v) - 1] == ' ')
		return false;
	int least = ASN1_PRINTABLE_type((const unsigned char *)v, -1);
	return a->string == TG_DN_UTF8 || least == V_ASN1_PRINTABLESTRING ||
	       (a->string == TG_DN_IA5 && least == V_ASN1_IA5STRING);
}

static bool text_valid(const struct tg_lint *l)
{
	return each_pair(l, text_valid_of);
}

static bool length_of(const struct tg_lint *l, int n, const struct tg_profile_attr *a)
{
	char v[VALUE_MAX];
	return value_at(l, n, v) && tg_utf8_count(v) <= a->max;
}

static bool length(const struct tg_lint *l)
{
	return each_pair(l, length_of);
}

static bool upper_of(const struct tg_lint *l, int n, const struct tg_profile_attr *a)
{
	char v[VALUE_MAX], upper[VALUE_MAX * 2];
	(void)a;
	return value_at(l, n, v) && tg_text_to_upper(upper, sizeof upper, v) && strcmp(v, upper) == 0;
}

static bool upper(const struct tg_lint *l)
{
	return !l->profile->upper || each_pair(l, upper_of);
}

/* --- Values against "{surname} {name}": a place that stands alone in one attribute must be the same in the others. */
static bool alone(const struct tg_profile_attr *a, const char *place, size_t len)
{
	return strlen(a->value) == len + 2 && a->value[0] == '{' && strncmp(a->value + 1, place, len) == 0 &&
	       a->value[len + 1] == '}';
}

/* The text that stands for a place elsewhere in the name; NULL when it stands alone nowhere. */
static const char *bound(const struct tg_lint *l, const char *place, size_t len, char out[VALUE_MAX])
{
	X509_NAME *name = X509_get_subject_name(l->x);
	for (unsigned i = 0; i < l->profile->n_subject; i++) {
		const struct tg_profile_attr *a = &l->profile->subject[i];
		int n = alone(a, place, len) ? X509_NAME_get_index_by_NID(name, OBJ_txt2nid(a->attribute), -1) : -1;
		if (n >= 0)
			return value_at(l, n, out) ? out : NULL;
	}
	return NULL;
}

/* The length of what stands for the place at `*pattern`, which moves behind it; 0: it does not fit. */
static size_t place_len(const struct tg_lint *l, const char *v, const char **pattern)
{
	char known[VALUE_MAX];
	const char *name = *pattern + 1;
	size_t len = strcspn(name, "}");
	const char *text = bound(l, name, len, known);
	*pattern = name + len + 1;
	if (text != NULL)
		return strncmp(v, text, strlen(text)) == 0 ? strlen(text) : 0;
	const char end[2] = {**pattern, '\0'};
	return end[0] == '\0' || end[0] == '{' ? strlen(v) : strcspn(v, end);
}

static bool matches(const struct tg_lint *l, const char *v, const char *pattern)
{
	while (*pattern != '\0') {
		if (*pattern != '{') {
			if (*v++ != *pattern++)
				return false;
			continue;
		}
		if (pattern[1] == ' ' && *v != ' ') { /* { field}: with its blank, or not at all */
			pattern += strcspn(pattern, "}") + 1;
			continue;
		}
		if (pattern[1] == ' ') {
			v++;
			pattern++;
		}
		size_t n = place_len(l, v, &pattern);
		if (n == 0)
			return false;
		v += n;
	}
	return *v == '\0';
}

static bool consistent_of(const struct tg_lint *l, int n, const struct tg_profile_attr *a)
{
	char v[VALUE_MAX];
	return value_at(l, n, v) && matches(l, v, a->value);
}

static bool consistent(const struct tg_lint *l)
{
	return each_pair(l, consistent_of);
}

static bool domain_right(const char *name)
{
	char ascii[256], shown[256];
	return tg_domain_parse(name, NULL, ascii, shown) == TG_OK && strcmp(ascii, name) == 0;
}

static bool id_right(enum tg_dn_identifier kind, const char *id)
{
	switch (kind) {
	case TG_DN_ID_IIN:
		return tg_id_iin(id) == TG_ID_OK;
	case TG_DN_ID_BIN:
		return tg_id_bin(id) == TG_ID_OK;
	case TG_DN_ID_KG_PIN:
		return tg_id_kg_pin(id) == TG_ID_OK || tg_id_kg_pin(id) == TG_ID_ODD;
	case TG_DN_ID_KG_INN:
		return strlen(id) == 14 && strspn(id, "0123456789") == 14;
	case TG_DN_ID_DOMAIN:
		return domain_right(id);
	case TG_DN_ID_NONE:
		break;
	}
	return true;
}

static bool identifier_of(const struct tg_lint *l, int n, const struct tg_profile_attr *a)
{
	char v[VALUE_MAX];
	if (a->identifier == TG_DN_ID_NONE)
		return true;
	size_t prefix = strcspn(a->value, "{");
	if (!value_at(l, n, v) || strlen(v) < prefix)
		return false;
	const char *id = v + prefix;
	if (l->allow_test_ids && tg_id_is_nca_test(id))
		return true;
	return id_right(a->identifier, id);
}

static bool identifier(const struct tg_lint *l)
{
	return each_pair(l, identifier_of);
}

static bool country(const struct tg_lint *l)
{
	char v[VALUE_MAX];
	int n = X509_NAME_get_index_by_NID(X509_get_subject_name(l->x), NID_countryName, -1);
	return n < 0 || (value_at(l, n, v) && strlen(v) == 2 && strspn(v, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2);
}

const struct tg_lint_rule tg_lint_subject_rules[] = {
        {"profile-subject-layout", "NCA: attributes and their order", layout},
        {"profile-subject-single-valued", "NCA: one attribute in each RDN", single_valued},
        {"profile-subject-string-type", "NCA: UTF8String, PrintableString; RFC 5280 4.1.2.4", string_type},
        {"profile-subject-text", "readable text only", text_valid},
        {"profile-subject-length", "RFC 5280 appendix A, upper bounds", length},
        {"profile-subject-upper-case", "NCA: upper case", upper},
        {"rfc5280-country-code", "X.520 countryName: ISO 3166", country},
        {"profile-subject-consistent", "NCA: CN is surname and name", consistent},
        {"profile-subject-identifier", "check digit of the IIN or BIN; digits of the ПИН or ИНН", identifier},
};
const size_t tg_lint_n_subject_rules = sizeof tg_lint_subject_rules / sizeof *tg_lint_subject_rules;
