/* One walk over tree and schema. The messages speak of the file as its writer sees it. */
#include "tamga/text.h"
#include "tamga/yaml.h"

#include <limits.h>
#include <string.h>

struct match {
	const struct tg_yaml *y;
	tg_yaml_look *look;
	void *ctx;
};

enum tg_status tg_yaml_bad_at(const struct tg_yaml *y, int line, int column, const char *what, const char *value)
{
	char shown[160];
	tg_text_clean(shown, sizeof(shown), value, strlen(value), 40);
	return tg_error_at(y->err, y->mistake, y->file, line, column, "%s: '%s'", what, shown);
}

enum tg_status tg_yaml_bad_node(
        const struct tg_yaml *y, const struct tg_yaml_node *at, const char *what, const char *value)
{
	return tg_yaml_bad_at(y, at->line, at->column, what, value);
}

static const char *name_of(const struct tg_yaml_node *n)
{
	return n->key ? n->key : "";
}

static enum tg_status check_string(const struct match *m, const cyaml_schema_value_t *s, const struct tg_yaml_node *n)
{
	size_t len = strlen(n->text);
	if (len < s->string.min)
		return tg_yaml_bad_node(m->y, n, "the value is empty", name_of(n));
	if (len > s->string.max)
		return tg_yaml_bad_node(m->y, n, "the value is too long", name_of(n));
	return TG_OK;
}

/* The largest number the member can hold. */
static uint64_t most_of(const cyaml_schema_value_t *s)
{
	unsigned bits = 8u * s->data_size - (s->type == CYAML_INT);
	return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

/* Decimal only: libcyaml would read 010 as eight. */
static bool whole(const char *text, bool may_be_negative, uint64_t most)
{
	const char *digits = text + (may_be_negative && text[0] == '-');
	size_t n = strlen(digits);
	if (n == 0 || n > 18 || digits[strspn(digits, "0123456789")] || (digits[0] == '0' && n > 1))
		return false;
	return strtoull(digits, NULL, 10) <= most + (digits > text);
}

static enum tg_status check_whole(const struct match *m, const cyaml_schema_value_t *s, const struct tg_yaml_node *n)
{
	if (whole(n->text, s->type == CYAML_INT, most_of(s)))
		return TG_OK;
	return tg_yaml_bad_node(m->y, n, "this must be a whole number", n->text);
}

static bool known_word(const cyaml_schema_value_t *s, const char *text)
{
	for (uint32_t i = 0; i < s->enumeration.count; i++)
		if (strcmp(s->enumeration.strings[i].str, text) == 0)
			return true;
	return false;
}

static enum tg_status check_word(const struct match *m, const cyaml_schema_value_t *s, const struct tg_yaml_node *n)
{
	char what[100];
	if (known_word(s, n->text))
		return TG_OK;
	(void)snprintf(what, sizeof(what), n->key ? "unknown word for %s" : "unknown word%s", name_of(n));
	return tg_yaml_bad_node(m->y, n, what, n->text);
}

static enum tg_status check_flags(const struct match *m, const cyaml_schema_value_t *s, const struct tg_yaml_node *n)
{
	for (const struct tg_yaml_node *item = n->first; item; item = item->next) {
		if (item->kind != TG_YAML_SCALAR)
			return tg_yaml_bad_node(m->y, item, "this must be one word", name_of(n));
		TG_TRY(check_word(m, s, item));
	}
	return TG_OK;
}

static enum tg_status check_scalar(const struct match *m, const cyaml_schema_value_t *s, const struct tg_yaml_node *n)
{
	switch ((int)s->type) {
	case CYAML_STRING:
		return check_string(m, s, n);
	case CYAML_INT:
	case CYAML_UINT:
		return check_whole(m, s, n);
	case CYAML_ENUM:
		return check_word(m, s, n);
	case CYAML_BOOL: /* libcyaml takes any unknown word for true */
		return strcmp(n->text, "true") == 0 || strcmp(n->text, "false") == 0
		               ? TG_OK
		               : tg_yaml_bad_node(m->y, n, "this must be true or false", n->text);
	default:
		return tg_yaml_bad_node(m->y, n, "this must be a list or a group of keys", n->text);
	}
}

static enum tg_status check_node(const struct match *m, const cyaml_schema_value_t *s, const struct tg_yaml_node *n);

static enum tg_status check_unique(
        const struct match *m, const struct tg_yaml_node *list, const struct tg_yaml_node *item)
{
	const struct tg_yaml_node *id = tg_yaml_key(item, "id");
	const char *mine = id ? id->text : item->text;
	for (const struct tg_yaml_node *o = list->first; o != item && mine; o = o->next) {
		const struct tg_yaml_node *other_id = tg_yaml_key(o, "id");
		const char *other = other_id ? other_id->text : o->text;
		if (other && strcmp(other, mine) == 0)
			return tg_yaml_bad_node(m->y, id ? id : item, "this id stands in the list twice", mine);
	}
	return TG_OK;
}

/* As deep as the tree at most: TG_YAML_DEPTH_MAX. */
// NOLINTBEGIN(misc-no-recursion)
static enum tg_status check_list(const struct match *m, const cyaml_schema_value_t *s, const struct tg_yaml_node *n)
{
	const char *name = name_of(n);
	if (n->n > s->sequence.max)
		return tg_yaml_bad_node(m->y, tg_yaml_item(n, s->sequence.max), "the list has too many entries", name);
	if (n->n < s->sequence.min)
		return tg_yaml_bad_node(m->y, n, "the list has too few entries", name);
	for (const struct tg_yaml_node *item = n->first; item; item = item->next) {
		TG_TRY(check_node(m, s->sequence.entry, item));
		TG_TRY(check_unique(m, n, item));
	}
	return TG_OK;
}

static const cyaml_schema_field_t *find_field(const cyaml_schema_value_t *s, const char *key)
{
	const cyaml_schema_field_t *f = s->mapping.fields;
	while (f->key && strcmp(f->key, key) != 0)
		f++;
	return f->key ? f : NULL;
}

static enum tg_status check_keys(const struct match *m, const cyaml_schema_value_t *s, const struct tg_yaml_node *map)
{
	for (const struct tg_yaml_node *n = map->first; n; n = n->next) {
		const cyaml_schema_field_t *f = find_field(s, n->key);
		if (!f)
			return tg_yaml_bad_at(m->y, n->key_line, n->key_column, "unknown key", n->key);
		TG_TRY(check_node(m, &f->value, n));
		if (n->kind == TG_YAML_SCALAR && m->look)
			TG_TRY(m->look(s, n, m->ctx));
	}
	return TG_OK;
}

static enum tg_status check_map(const struct match *m, const cyaml_schema_value_t *s, const struct tg_yaml_node *map)
{
	TG_TRY(check_keys(m, s, map));
	for (const cyaml_schema_field_t *f = s->mapping.fields; f->key; f++)
		if (!(f->value.flags & CYAML_FLAG_OPTIONAL) && !tg_yaml_key(map, f->key))
			return tg_yaml_bad_node(m->y, map, "a key is missing", f->key);
	return TG_OK;
}

static enum tg_status check_node(const struct match *m, const cyaml_schema_value_t *s, const struct tg_yaml_node *n)
{
	const char *name = name_of(n);
	if (s->type == CYAML_MAPPING)
		return n->kind == TG_YAML_MAP ? check_map(m, s, n)
		                              : tg_yaml_bad_node(m->y, n, "this must be a group of keys", name);
	if (s->type == CYAML_FLAGS)
		return n->kind == TG_YAML_LIST ? check_flags(m, s, n)
		                               : tg_yaml_bad_node(m->y, n, "this must be a list", name);
	if (s->type == CYAML_SEQUENCE)
		return n->kind == TG_YAML_LIST ? check_list(m, s, n)
		                               : tg_yaml_bad_node(m->y, n, "this must be a list", name);
	return n->kind == TG_YAML_SCALAR ? check_scalar(m, s, n)
	                                 : tg_yaml_bad_node(m->y, n, "this must be one value", name);
}
// NOLINTEND(misc-no-recursion)

enum tg_status tg_yaml_match(const struct tg_yaml *y, const cyaml_schema_value_t *schema, tg_yaml_look *look, void *ctx)
{
	const struct match m = {y, look, ctx};
	return check_node(&m, schema, y->root);
}
