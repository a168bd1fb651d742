#include "ossl.h"
#include "profile.h"

#include "tamga/text.h"
#include <openssl/x509v3.h>

static enum tg_status fill_place(const char *name, size_t len, tg_answer_get *get, const void *ctx, struct tg_buf *out)
{
	char id[64];
	bool may = len > 0 && name[0] == ' ';
	name += may;
	len -= may;
	if (len >= sizeof id)
		return TG_NOT_FOUND;
	memcpy(id, name, len);
	id[len] = '\0';
	const char *answer = get(id, ctx);
	if (answer == NULL || answer[0] == '\0')
		return may ? TG_OK : TG_NOT_FOUND;
	if (may)
		tg_buf_add_u8(out, ' ');
	tg_buf_add_str(out, answer);
	return tg_utf8_valid(answer, strlen(answer)) ? TG_OK : TG_INVALID;
}

enum tg_status tg_profile_fill(
        const struct tg_profile *p, const char *value, tg_answer_get *get, const void *ctx, struct tg_buf *out)
{
	char upper[1024];
	while (*value != '\0') {
		size_t n = strcspn(value, "{");
		tg_buf_add(out, value, n);
		value += n;
		if (*value == '\0')
			break;
		n = strcspn(value, "}");
		TG_TRY(fill_place(value + 1, n - 1, get, ctx, out));
		value += n + (value[n] == '}');
	}
	if (p->upper) {
		if (!tg_text_to_upper(upper, sizeof upper, tg_buf_str(out)))
			return TG_INVALID;
		tg_buf_reset(out);
		tg_buf_add_str(out, upper);
	}
	return tg_buf_status(out);
}

/* Ends at the last word of which all fits. RFC 5280 bounds names that the law does not. */
static void cut(struct tg_buf *value, unsigned max)
{
	const char *text = tg_buf_str(value);
	size_t at = 0, word = 0;
	for (unsigned n = 0; n < max && at < value->len; n++)
		at = tg_utf8_after(text, at);
	if (at == value->len)
		return;
	for (size_t i = 1; i <= at; i++)
		if (text[i] == ' ')
			word = i;
	value->len = word > 0 ? word : at;
	value->data[value->len] = '\0';
}

static int string_type(enum tg_dn_string s)
{
	return s == TG_DN_UTF8 ? V_ASN1_UTF8STRING : s == TG_DN_IA5 ? V_ASN1_IA5STRING : V_ASN1_PRINTABLESTRING;
}

static bool characters_fit(enum tg_dn_string s, const struct tg_buf *value)
{
	int type = ASN1_PRINTABLE_type(value->data, (int)value->len);
	return s == TG_DN_UTF8 || type == V_ASN1_PRINTABLESTRING || (s == TG_DN_IA5 && type == V_ASN1_IA5STRING);
}

static enum tg_status add_attribute(
        X509_NAME *name, const struct tg_profile_attr *a, struct tg_buf *value, struct tg_error *err)
{
	if (a->cut)
		cut(value, a->max);
	if (tg_utf8_count(tg_buf_str(value)) > a->max || value->len > INT_MAX)
		return tg_error_set(err, TG_INVALID, "%s is longer than %u characters", a->attribute, a->max);
	if (!characters_fit(a->string, value))
		return tg_error_set(err, TG_INVALID, "%s holds a character that may not stand there", a->attribute);
	if (X509_NAME_add_entry_by_txt(
	            name, a->attribute, string_type(a->string), value->data, (int)value->len, -1, 0) != 1)
		return tg_ossl_error(err, TG_INVALID, "name attribute");
	return TG_OK;
}

/* A name longer than the attribute takes stands in subjectAltName alone, where the attribute may be left out. */
static enum tg_status use_domain(const struct tg_profile_attr *a, struct tg_buf *value)
{
	char ascii[256], shown[256];
	if (tg_domain_parse(tg_buf_str(value), NULL, ascii, shown) != TG_OK)
		return TG_INVALID;
	tg_buf_reset(value);
	tg_buf_add_str(value, ascii);
	return strlen(ascii) > a->max && !a->must ? TG_NOT_FOUND : tg_buf_status(value);
}

static enum tg_status add_filled(const struct tg_profile *p, const struct tg_profile_attr *a, tg_answer_get *get,
        const void *ctx, X509_NAME *name, struct tg_error *err)
{
	struct tg_buf value = TG_BUF_INIT;
	enum tg_status status = tg_profile_fill(p, a->value, get, ctx, &value);
	if (status == TG_OK && a->identifier == TG_DN_ID_DOMAIN)
		status = use_domain(a, &value);
	if (status == TG_OK)
		status = add_attribute(name, a, &value, err);
	else if (status == TG_NOT_FOUND)
		status = a->must ? tg_error_set(err, TG_INVALID, "no answer for %s", a->attribute) : TG_OK;
	else
		(void)tg_error_set(err, status, "%s is no text that can stand there, or too long", a->attribute);
	tg_buf_wipe(&value);
	return status;
}

enum tg_status tg_profile_subject(const struct tg_profiles *p, const char *profile, tg_answer_get *get, const void *ctx,
        struct tg_buf *der, struct tg_error *err)
{
	const struct tg_profile *one = tg_profile_find(p, profile);
	if (one == NULL)
		return tg_error_set(err, TG_NOT_FOUND, "no such certificate profile");
	X509_NAME *name = X509_NAME_new();
	enum tg_status status = name == NULL ? TG_NO_MEMORY : TG_OK;
	for (unsigned i = 0; i < one->n_subject && status == TG_OK; i++)
		status = add_filled(one, &one->subject[i], get, ctx, name, err);
	if (status == TG_OK)
		status = TG_DER_ADD(X509_NAME, name, der);
	X509_NAME_free(name);
	return status;
}

bool tg_profile_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	while (words != NULL && *words != '\0') {
		size_t n = strcspn(words, " ");
		if (n == len && strncmp(words, word, n) == 0)
			return true;
		words += n + (words[n] == ' ');
	}
	return false;
}

uint32_t tg_profile_key_usage(const struct tg_profile *p, const char *algorithm)
{
	static const uint32_t enciphers = 1u << 2 | 1u << 3;
	return strncmp(algorithm, "ec-", 3) == 0 ? p->key_usage & ~enciphers : p->key_usage;
}

/* --- Names of servers */
static enum tg_status add_dns_name(struct tg_names *out, const char *line, size_t n, struct tg_error *err)
{
	char name[512], ascii[256], shown[256];
	if (n >= sizeof name)
		return tg_error_set(err, TG_INVALID, "a domain name is too long");
	memcpy(name, line, n);
	name[n] = '\0';
	if (tg_domain_parse(name, NULL, ascii, shown) != TG_OK)
		return tg_error_set(err, TG_INVALID, "a name of the application is no domain name");
	for (unsigned i = 0; i < out->n; i++)
		if (strcmp(out->list[i], ascii) == 0)
			return TG_OK;
	if (out->n == TG_CSR_NAMES_MAX)
		return tg_error_set(err, TG_LIMIT, "more than %d domain names", TG_CSR_NAMES_MAX);
	(void)tg_copy(out->list[out->n++], sizeof out->list[0], ascii);
	return TG_OK;
}

/* One a line, with blanks around. */
static enum tg_status add_dns_lines(struct tg_names *out, const char *lines, struct tg_error *err)
{
	while (lines != NULL && *lines != '\0') {
		size_t n = strcspn(lines, "\n"), from = strspn(lines, " "), to = n;
		while (to > from && (lines[to - 1] == ' ' || lines[to - 1] == '\r'))
			to--;
		if (to > from)
			TG_TRY(add_dns_name(out, lines + from, to - from, err));
		lines += n + (lines[n] == '\n');
	}
	return TG_OK;
}

enum tg_status tg_profile_names(
        const struct tg_profile *p, tg_answer_get *get, const void *ctx, struct tg_names *out, struct tg_error *err)
{
	out->n = 0;
	for (unsigned i = 0; i < p->n_dns_names; i++)
		TG_TRY(add_dns_lines(out, get(p->dns_names[i], ctx), err));
	return out->n > 0 ? TG_OK : tg_error_set(err, TG_INVALID, "the application names no domain");
}

bool tg_profile_takes(const struct tg_profile *p, const char *algorithm)
{
	for (unsigned i = 0; i < p->n_algorithms; i++)
		if (strcmp(p->algorithms[i], algorithm) == 0)
			return true;
	return false;
}

bool tg_profile_storage_known(const struct tg_profile *p, const char *oid)
{
	for (unsigned i = 0; i < p->n_storages; i++)
		if (strcmp(p->storages[i], oid) == 0)
			return true;
	return false;
}

/* --- Extensions that are asked for */
static enum tg_status add_email(X509_EXTENSIONS **list, const char *email, struct tg_error *err)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	enum tg_status status = TG_NO_MEMORY;
	if (name != NULL && names != NULL && text != NULL && ASN1_STRING_set(text, email, -1) == 1) {
		GENERAL_NAME_set0_value(name, GEN_EMAIL, text);
		text = NULL;
		if (sk_GENERAL_NAME_push(names, name) > 0) {
			name = NULL;
			if (X509V3_add1_i2d(list, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND) == 1)
				status = TG_OK;
		}
	}
	ASN1_IA5STRING_free(text);
	GENERAL_NAME_free(name);
	GENERAL_NAMES_free(names);
	return status == TG_OK ? TG_OK : tg_ossl_error(err, status, "subjectAltName");
}

static enum tg_status add_storage(
        X509_EXTENSIONS **list, const struct tg_profile *p, const char *oid, struct tg_error *err)
{
	X509_EXTENSION *e = tg_storage_extension(p->storage_extension, oid);
	if (e == NULL)
		return tg_ossl_error(err, TG_NO_MEMORY, "storage extension");
	X509_EXTENSIONS *made = X509v3_add_ext(list, e, -1);
	X509_EXTENSION_free(e);
	return made == NULL ? TG_NO_MEMORY : TG_OK;
}

static bool plausible_email(const char *email)
{
	const char *at = strchr(email, '@');
	for (const char *c = email; *c != '\0'; c++)
		if (*c <= ' ' || *c >= 0x7f)
			return false;
	return at != NULL && at != email && at[1] != '\0' && strchr(at + 1, '@') == NULL && strlen(email) <= 254;
}

enum tg_status tg_profile_request_extensions(const struct tg_profiles *p, const char *profile, const char *email,
        const char *storage_oid, struct tg_buf *der, struct tg_error *err)
{
	const struct tg_profile *one = tg_profile_find(p, profile);
	if (one == NULL)
		return tg_error_set(err, TG_NOT_FOUND, "no such certificate profile");
	bool with_email = one->email && email != NULL && email[0] != '\0';
	bool with_storage = one->storage_extension != NULL && storage_oid != NULL && storage_oid[0] != '\0';
	if (with_email && !plausible_email(email))
		return tg_error_set(err, TG_INVALID, "not an e-mail address");
	if (with_storage && !tg_profile_storage_known(one, storage_oid))
		return tg_error_set(err, TG_INVALID, "the profile does not know this key storage");
	X509_EXTENSIONS *list = NULL;
	enum tg_status status = TG_OK;
	if (with_email)
		status = add_email(&list, email, err);
	if (status == TG_OK && with_storage)
		status = add_storage(&list, one, storage_oid, err);
	if (status == TG_OK && list != NULL)
		status = TG_DER_ADD(X509_EXTENSIONS, list, der);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	return status;
}

/* --- regInfo: name?value%name?value%; what would break it is written %XX (RFC 4211, B.1). */
static void add_pair(struct tg_buf *out, const char *name, const char *value)
{
	tg_buf_addf(out, "%s?", name);
	for (const char *c = value; *c != '\0'; c++) {
		if (*c == '%' || *c == '?')
			tg_buf_addf(out, "%%%02X", (unsigned)*c);
		else
			tg_buf_add_u8(out, (uint8_t)*c);
	}
	tg_buf_add_str(out, "%");
}

void tg_pki_reg_info(const char *number, const char *profile, struct tg_buf *out)
{
	add_pair(out, "number", number);
	add_pair(out, "profile", profile);
}
