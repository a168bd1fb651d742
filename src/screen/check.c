#include "check.h"

#include <string.h>

enum tg_status uses_add(struct uses *u, const char *id, const char *file, int line, int column)
{
	for (unsigned i = 0; i < u->n; i++)
		if (strcmp(u->list[i].id, id) == 0)
			return TG_OK;
	if (u->n == u->cap) {
		unsigned cap = u->cap ? 2 * u->cap : 64;
		struct use *grown = tg_arena_get(u->arena, cap * sizeof(*grown));
		if (!grown)
			return TG_NO_MEMORY;
		if (u->n)
			memcpy(grown, u->list, u->n * sizeof(*grown));
		u->list = grown;
		u->cap = cap;
	}
	u->list[u->n++] = (struct use){id, file, line, column};
	return TG_OK;
}

static bool only(const char *s, const char *allowed)
{
	return *s && s[strspn(s, allowed)] == '\0';
}

#define LOWER    "abcdefghijklmnopqrstuvwxyz"
#define ID_CHARS LOWER "0123456789-"

static bool is_message_key(const char *key)
{
	static const char *const keys[] = {"label", "hint", "title", "text", "signer", "date", "place", "contact",
	        "annex", "seal", "footnote", "holder", "why", "reason", "payment-note", "note", "contact-for"};
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* A key label of a carrier ("SIGN") is no message id, known by the struct it stands in. */
static bool has_messages(const cyaml_schema_value_t *map)
{
	for (const cyaml_schema_field_t *f = map->mapping.fields; f->key; f++)
		if (strcmp(f->key, "algorithm") == 0)
			return false;
	return true;
}

/* In every file "id" is an id and "label", "text" … are message ids; so this is said once, by the key. */
enum tg_status check_by_key(const cyaml_schema_value_t *map, const struct tg_yaml_node *n, void *check)
{
	const struct check *c = check;
	if (strcmp(n->key, "id") == 0 && !only(n->text, ID_CHARS))
		return tg_yaml_bad_node(c->y, n, "an id is made of a-z, 0-9 and '-'", n->text);
	return is_message_key(n->key) && has_messages(map) ? check_message(c, n) : TG_OK;
}

enum tg_status check_message(const struct check *c, const struct tg_yaml_node *n)
{
	if (!only(n->text, ID_CHARS "."))
		return tg_yaml_bad_node(c->y, n, "a message id is made of a-z, 0-9, '-' and '.'", n->text);
	return uses_add(c->uses, n->text, c->y->file, n->line, n->column);
}

enum tg_status check_bad(const struct check *c, const struct tg_yaml_node *map, const char *key, const char *what)
{
	const struct tg_yaml_node *at = tg_yaml_key(map, key);
	return tg_yaml_bad_node(c->y, at ? at : map, what, at && at->text ? at->text : key);
}

bool check_one_of(const char *const *list, const char *s, size_t n)
{
	for (; *list; list++)
		if (strlen(*list) == n && strncmp(*list, s, n) == 0)
			return true;
	return false;
}

enum tg_status check_listed(const struct check *c, const struct tg_yaml_node *map, const char *key,
        const char *const *list, const char *what)
{
	const struct tg_yaml_node *at = tg_yaml_key(map, key);
	return !at || check_one_of(list, at->text, strlen(at->text)) ? TG_OK : check_bad(c, map, key, what);
}

enum tg_status check_words(const struct check *c, const struct tg_yaml_node *map, const char *key, check_word *ok,
        const void *ctx, const char *what)
{
	const struct tg_yaml_node *at = tg_yaml_key(map, key);
	for (const char *w = at ? at->text : NULL; w; w = strchr(w, ' ') ? strchr(w, ' ') + 1 : NULL)
		if (!ok(w, strcspn(w, " "), ctx))
			return check_bad(c, map, key, what);
	return TG_OK;
}

const struct tg_yaml_node *check_first(const struct tg_yaml_node *map, const char *key)
{
	const struct tg_yaml_node *list = tg_yaml_key(map, key);
	return list ? list->first : NULL;
}

bool check_is_date(const char *s)
{
	static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	static const char shape[] = "dddd-dd-dd";
	if (strlen(s) != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; shape[i]; i++)
		if (shape[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != '-')
			return false;
	int month = (s[5] - '0') * 10 + s[6] - '0', day = (s[8] - '0') * 10 + s[9] - '0';
	return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

const char *const check_operations[] = {"issue", "renew", "replace", "revoke", "ssl", "paper", "complaint", "cloud",
        "unlock", "companies", "order", NULL};
