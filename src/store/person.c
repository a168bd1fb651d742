/* Who an application is of, without a number that could be read: a keyed fingerprint, which only this database can make
 * and which goes when the application is closed (src/decisions/0178). */
#include "db.h"

#include <openssl/hmac.h>

static enum tg_status load_key(struct tg_store *s, struct tg_error *err)
{
	sqlite3_stmt *q;
	if (s->has_key)
		return TG_OK;
	TG_TRY(tg_schema_is_present(s, err));
	TG_TRY(tg_db_stmt(s, TG_SQL_KEY_GET, &q, err));
	enum tg_status st = tg_db_row(s, q, err);
	const void *key = st == TG_OK ? sqlite3_column_blob(q, 0) : NULL;
	s->has_key = key && sqlite3_column_bytes(q, 0) == (int)sizeof(s->key);
	if (s->has_key)
		memcpy(s->key, key, sizeof(s->key));
	sqlite3_reset(q);
	if (st != TG_OK && st != TG_NOT_FOUND)
		return st;
	return s->has_key ? TG_OK : tg_error_set(err, TG_STORE_DAMAGED, "store: table store_key is empty");
}

static enum tg_status print_of(
        struct tg_store *s, const char *const parts[], size_t n, char out[65], struct tg_error *err)
{
	unsigned char mac[32];
	struct tg_buf text = TG_BUF_INIT;
	out[0] = '\0';
	TG_TRY(load_key(s, err));
	for (size_t i = 0; i < n; i++)
		tg_buf_add(&text, parts[i], strlen(parts[i]) + 1);
	bool made = tg_buf_status(&text) == TG_OK &&
	            HMAC(EVP_sha256(), s->key, (int)sizeof(s->key), text.data, text.len, mac, NULL) != NULL;
	tg_buf_wipe(&text);
	if (!made)
		return tg_error_set(err, TG_NO_MEMORY, "store: fingerprint");
	tg_hex(mac, sizeof(mac), out);
	return TG_OK;
}

enum tg_status tg_person_print(struct tg_store *s, const char *provider, const char *service, const char *iin,
        const char *bin, char out[65], struct tg_error *err)
{
	const char *const parts[] = {"tamga-person-1", provider, service, iin, bin};
	out[0] = '\0';
	return *iin || *bin ? print_of(s, parts, 5, out, err) : TG_OK;
}

enum tg_status tg_entity_print(struct tg_store *s, const char *bin, char out[65], struct tg_error *err)
{
	const char *const parts[] = {"tamga-entity-1", bin};
	out[0] = '\0';
	return *bin ? print_of(s, parts, 2, out, err) : TG_OK;
}
