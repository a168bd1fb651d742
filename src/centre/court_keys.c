/* The public keys in what an applicant signed (NCA-9.again): those that its form asks for, each once, and no others.
 * The verdict names them by their SHA-256, and the CA issues for none but them. */
#include "centre.h"
#include "tamga/screen.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>

#define KEYS_MAX 8

struct plans {
	const struct tg_key_plan *list[KEYS_MAX];
	unsigned n;
};

static enum tg_status bad(struct tg_error *err, const char *why)
{
	return tg_error_set(err, TG_SIGNATURE_BAD, "%s", why);
}

static bool makes_keys(const char *operation)
{
	return !*operation || strcmp(operation, "issue") == 0 || strcmp(operation, "renew") == 0 ||
	       strcmp(operation, "replace") == 0;
}

/* Whatever carrier it is for: the purposes that the application names, else that of the card it was begun on. */
static void add_plans(struct plans *p, const struct tg_form *form, const char *purpose, const char *conditions)
{
	const struct tg_key_plan *found[KEYS_MAX];
	unsigned n = tg_form_keys(form, purpose, conditions, found, KEYS_MAX);
	for (unsigned i = 0; i < n && p->n < KEYS_MAX; i++)
		p->list[p->n++] = found[i];
}

static void plans_of(const struct tg_catalog *catalog, const json_t *application, struct plans *p)
{
	char conditions[TG_CONDITIONS_MAX], purpose[32];
	const struct tg_form *form = catalog ? tg_catalog_form(catalog, tg_court_text(application, "form")) : NULL;
	const char *at = tg_court_text(application, "carriers");
	*p = (struct plans){.n = 0};
	if (!form || !makes_keys(tg_court_text(application, "operation")))
		return;
	tg_application_conditions(application, conditions);
	if (!*at)
		at = tg_court_text(json_object_get(application, "carrier"), "purpose");
	do {
		size_t n = strcspn(at, " ");
		(void)snprintf(purpose, sizeof(purpose), "%.*s", (int)n, at);
		add_plans(p, form, purpose, conditions);
		at += n;
		at += strspn(at, " ");
	} while (*at);
}

const char *tg_court_profile(const struct tg_catalog *catalog, const json_t *application, const char *key)
{
	struct plans p;
	plans_of(catalog, application, &p);
	for (unsigned i = 0; i < p.n; i++)
		if (strcmp(p.list[i]->id, key) == 0)
			return p.list[i]->profile;
	return "";
}

bool tg_court_unpack(const char *text, struct tg_buf *out)
{
	size_t n = strlen(text), padding = 0;
	if (n == 0 || n % 4 != 0 || n > TG_BODY_MAX)
		return false;
	unsigned char *bytes = malloc(n / 4 * 3);
	int got = bytes ? EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)n) : -1;
	while (padding < 2 && text[n - 1 - padding] == '=')
		padding++;
	if (got > (int)padding)
		tg_buf_add(out, bytes, (size_t)got - padding);
	free(bytes);
	return tg_buf_status(out) == TG_OK && out->len > 0;
}

/* Adds the key's name; false when it stands there already. */
static bool name_key(json_t *names, struct tg_bytes spki)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char hex[2 * SHA256_DIGEST_LENGTH + 1];
	size_t i;
	const json_t *other;
	SHA256(spki.data, spki.len, hash);
	tg_hex(hash, sizeof(hash), hex);
	json_array_foreach(names, i, other)
	{
		if (strcmp(json_string_value(other), hex) == 0)
			return false;
	}
	return json_array_append_new(names, json_string(hex)) == 0;
}

static const json_t *key_of(const json_t *keys, const char *plan)
{
	size_t i;
	const json_t *key, *found = NULL;
	json_array_foreach(keys, i, key)
	{
		if (strcmp(tg_court_text(key, "key"), plan) == 0)
			found = key;
	}
	return found;
}

static enum tg_status take_key(const struct tg_key_plan *plan, const json_t *keys, json_t *names, struct tg_error *err)
{
	struct tg_buf spki = TG_BUF_INIT;
	char algorithm[32] = "";
	const json_t *key = key_of(keys, plan->id);
	enum tg_status st = key ? TG_OK : bad(err, "a new public key is not signed");
	if (st == TG_OK && !tg_court_unpack(tg_court_text(key, "spki"), &spki))
		st = bad(err, "a new public key is no Base64");
	const struct tg_bytes der = {spki.data, spki.len};
	if (st == TG_OK && tg_pki_public_key(der, algorithm, err) != TG_OK)
		st = bad(err, "a new public key cannot be read");
	if (st == TG_OK && strcmp(plan->algorithm, "as-old") != 0 && strcmp(plan->algorithm, algorithm) != 0)
		st = tg_error_set(err, TG_ALGORITHM, "a new key is %s and should be %s", algorithm, plan->algorithm);
	if (st == TG_OK && !name_key(names, der))
		st = bad(err, "one key in place of two");
	tg_buf_finish(&spki);
	return st;
}

/* Of a server's certificate the key stands in the answers: its PKCS#10 (NCA-9.dom). */
static enum tg_status take_request(
        const struct tg_catalog *catalog, const json_t *application, json_t *names, struct tg_error *err)
{
	const struct tg_form *form = catalog ? tg_catalog_form(catalog, tg_court_text(application, "form")) : NULL;
	for (unsigned i = 0; form && i < form->n_fields; i++) {
		struct tg_csr csr;
		const char *text = form->fields[i].kind == TG_FIELD_PKCS10
		                           ? tg_application_answer(application, form->fields[i].id)
		                           : NULL;
		if (!text)
			continue;
		if (tg_csr_parse((struct tg_bytes){(const uint8_t *)text, strlen(text)}, &csr, err) != TG_OK)
			return bad(err, "the request among the answers is none");
		(void)name_key(names, (struct tg_bytes){csr.spki.data, csr.spki.len});
		tg_csr_finish(&csr);
	}
	return TG_OK;
}

enum tg_status tg_court_keys(const struct tg_catalog *catalog, const json_t *application, const json_t *content,
        json_t *names, struct tg_error *err)
{
	struct plans p;
	const json_t *keys = json_object_get(content, "keys");
	plans_of(catalog, application, &p);
	if (catalog && json_array_size(keys) != p.n)
		return bad(err, p.n > 0 ? "other keys than the form's were signed" : "keys that nobody asks for");
	for (unsigned i = 0; i < p.n; i++)
		TG_TRY(take_key(p.list[i], keys, names, err));
	return take_request(catalog, application, names, err);
}
