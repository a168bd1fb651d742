#include "profile.h"

#include <cyaml/cyaml.h>
#include <dirent.h>
#include <errno.h>
#include <openssl/objects.h>
#include <yaml.h>

#define PROFILE_FILE_MAX 65536

/* clang-format off */
static const cyaml_strval_t dn_strings[] = {{"utf8", TG_DN_UTF8}, {"printable", TG_DN_PRINTABLE}};
static const cyaml_strval_t dn_identifiers[] = {{"none", TG_DN_ID_NONE}, {"iin", TG_DN_ID_IIN}, {"bin", TG_DN_ID_BIN}};
/* Not CYAML_BOOL, which takes every word it does not know for true. */
static const cyaml_strval_t yes_no[] = {{"false", 0}, {"true", 1}};
static const cyaml_strval_t key_usage_bits[] = {{"digitalSignature", 1 << 0}, {"nonRepudiation", 1 << 1},
	{"keyEncipherment", 1 << 2}, {"dataEncipherment", 1 << 3}, {"keyAgreement", 1 << 4}};
static const cyaml_schema_field_t attr_fields[] = {
	CYAML_FIELD_STRING_PTR("attribute", CYAML_FLAG_POINTER, struct tg_profile_attr, attribute, 1, 64),
	CYAML_FIELD_ENUM("string", CYAML_FLAG_STRICT, struct tg_profile_attr, string, dn_strings, CYAML_ARRAY_LEN(dn_strings)),
	CYAML_FIELD_STRING_PTR("value", CYAML_FLAG_POINTER, struct tg_profile_attr, value, 1, 128),
	CYAML_FIELD_ENUM("must", CYAML_FLAG_STRICT, struct tg_profile_attr, must, yes_no, CYAML_ARRAY_LEN(yes_no)),
	CYAML_FIELD_UINT("max", CYAML_FLAG_DEFAULT, struct tg_profile_attr, max),
	CYAML_FIELD_ENUM("identifier", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct tg_profile_attr, identifier,
		dn_identifiers, CYAML_ARRAY_LEN(dn_identifiers)),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t attr_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_profile_attr, attr_fields)};
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
	CYAML_FIELD_ENUM("upper_case", CYAML_FLAG_STRICT, struct tg_profile, upper, yes_no, CYAML_ARRAY_LEN(yes_no)),
	CYAML_FIELD_SEQUENCE_COUNT("subject", CYAML_FLAG_POINTER, struct tg_profile, subject, n_subject, &attr_value, 1, 16),
	CYAML_FIELD_FLAGS("key_usage", CYAML_FLAG_STRICT, struct tg_profile, key_usage, key_usage_bits,
		CYAML_ARRAY_LEN(key_usage_bits)),
	CYAML_FIELD_SEQUENCE_COUNT("ext_key_usage", CYAML_FLAG_POINTER, struct tg_profile, ext_key_usage, n_ext_key_usage,
		&text_value, 1, 16),
	CYAML_FIELD_SEQUENCE_COUNT("policies", CYAML_FLAG_POINTER, struct tg_profile, policies, n_policies, &policy_value, 1, 8),
	CYAML_FIELD_ENUM("email", CYAML_FLAG_STRICT, struct tg_profile, email, yes_no, CYAML_ARRAY_LEN(yes_no)),
	CYAML_FIELD_STRING_PTR("storage_extension", CYAML_FLAG_POINTER, struct tg_profile, storage_extension, 1, 64),
	CYAML_FIELD_SEQUENCE_COUNT("storages", CYAML_FLAG_POINTER, struct tg_profile, storages, n_storages, &text_value, 1, 64),
	CYAML_FIELD_UINT("key_bits", CYAML_FLAG_DEFAULT, struct tg_profile, key_bits),
	CYAML_FIELD_UINT("validity_days", CYAML_FLAG_DEFAULT, struct tg_profile, validity_days),
	CYAML_FIELD_UINT("backdate_minutes", CYAML_FLAG_DEFAULT, struct tg_profile, backdate_minutes),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t profile_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct tg_profile, profile_fields)};
/* clang-format on */

/* libcyaml tells where a mistake stands only in its log: the first message is the reason, the first "line: N, column:
 * M" of its backtrace the innermost place. */
struct yaml_log {
	char reason[160];
	int line, column;
};

static TG_PRINTF(3, 0) void take_log(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
	struct yaml_log *log = ctx;
	char line[256];
	if (level < CYAML_LOG_ERROR || vsnprintf(line, sizeof line, fmt, args) < 0)
		return;
	const char *at = strstr(line, "line: ");
	int l = 0, c = 0;
	if (at != NULL && sscanf(at, "line: %d, column: %d", &l, &c) == 2 && log->line == 0) {
		log->line = l;
		log->column = c;
	}
	if (log->reason[0] == '\0' && strstr(line, "Backtrace") == NULL) {
		line[strcspn(line, "\n")] = '\0';
		const char *text = strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
		(void)tg_copy(log->reason, sizeof log->reason, text);
	}
}

static cyaml_config_t yaml_config(struct yaml_log *log)
{
	return (cyaml_config_t){.log_fn = take_log,
	        .log_ctx = log,
	        .mem_fn = cyaml_mem,
	        .log_level = CYAML_LOG_ERROR,
	        .flags = CYAML_CFG_DEFAULT};
}

static enum tg_status read_file(const char *path, struct tg_buf *out, struct tg_error *err)
{
	FILE *f = fopen(path, "re");
	if (f == NULL)
		return tg_error_at(err, errno == ENOENT ? TG_NOT_FOUND : TG_IO, path, 0, 0, "cannot open the profile");
	char chunk[4096];
	size_t n;
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0 && out->len <= PROFILE_FILE_MAX)
		tg_buf_add(out, chunk, n);
	bool bad = ferror(f) != 0;
	(void)fclose(f);
	if (bad || out->len > PROFILE_FILE_MAX)
		return tg_error_at(
		        err, bad ? TG_IO : TG_CONFIG, path, 0, 0, "cannot read the profile, or it is too long");
	return tg_buf_status(out);
}

/* --- Where a value that parses but means nothing stands: the same text read as a document with its marks. */
static yaml_node_t *child(yaml_document_t *doc, yaml_node_t *node, const char *key, size_t len)
{
	if (node->type == YAML_SEQUENCE_NODE) {
		long i = strtol(key, NULL, 10);
		yaml_node_item_t *item = node->data.sequence.items.start + i;
		return item < node->data.sequence.items.top ? yaml_document_get_node(doc, *item) : NULL;
	}
	if (node->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top; p++) {
		yaml_node_t *k = yaml_document_get_node(doc, p->key);
		if (k != NULL && k->type == YAML_SCALAR_NODE && k->data.scalar.length == len &&
		        memcmp(k->data.scalar.value, key, len) == 0)
			return yaml_document_get_node(doc, p->value);
	}
	return NULL;
}

/* `path` as "subject/2/value"; what is not there gives the place of what holds it. */
static void locate(const struct tg_buf *text, const char *path, int *line, int *column)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	*line = *column = 0;
	if (yaml_parser_initialize(&parser) == 0)
		return;
	yaml_parser_set_input_string(&parser, text->data, text->len);
	if (yaml_parser_load(&parser, &doc) != 0) {
		yaml_node_t *node = yaml_document_get_root_node(&doc);
		for (yaml_node_t *next = node; next != NULL;) {
			node = next;
			size_t len = strcspn(path, "/");
			next = len == 0 ? NULL : child(&doc, node, path, len);
			path += path[len] == '/' ? len + 1 : len;
		}
		if (node != NULL) {
			*line = (int)node->start_mark.line + 1;
			*column = (int)node->start_mark.column + 1;
		}
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
}

/* The place of a word that the schema does not know (libcyaml gives that of what stands before it), or of a syntax
 * error. */
static void locate_word(const struct tg_buf *text, const char *word, struct yaml_log *log)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	if (yaml_parser_initialize(&parser) == 0)
		return;
	yaml_parser_set_input_string(&parser, text->data, text->len);
	if (yaml_parser_load(&parser, &doc) == 0) {
		log->line = (int)parser.problem_mark.line + 1;
		log->column = (int)parser.problem_mark.column + 1;
		yaml_parser_delete(&parser);
		return;
	}
	for (const yaml_node_t *n = doc.nodes.start; n < doc.nodes.top; n++)
		if (n->type == YAML_SCALAR_NODE && strcmp((const char *)n->data.scalar.value, word) == 0) {
			log->line = (int)n->start_mark.line + 1;
			log->column = (int)n->start_mark.column + 1;
		}
	yaml_document_delete(&doc);
	yaml_parser_delete(&parser);
}

struct check {
	const struct tg_profile *p;
	const char *file;
	const struct tg_buf *text;
	struct tg_error *err;
};

static enum tg_status wrong(const struct check *c, const char *where, const char *what)
{
	int line, column;
	locate(c->text, where, &line, &column);
	return tg_error_at(c->err, TG_CONFIG, c->file, line, column, "%s", what);
}

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
		size_t n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_-.0123456789");
		if (n == 0 || p[n + 1] != '}')
			return false;
		p += n + 1;
	}
	return true;
}

static enum tg_status check_subject(const struct check *c)
{
	char where[64];
	for (unsigned i = 0; i < c->p->n_subject; i++) {
		const struct tg_profile_attr *a = &c->p->subject[i];
		(void)snprintf(where, sizeof where, "subject/%u/attribute", i);
		if (OBJ_txt2nid(a->attribute) == NID_undef)
			return wrong(c, where, "no such name attribute");
		(void)snprintf(where, sizeof where, "subject/%u/value", i);
		if (!places_closed(a->value))
			return wrong(c, where, "a place is written {field}");
		(void)snprintf(where, sizeof where, "subject/%u/max", i);
		if (a->max == 0 || a->max > 32768)
			return wrong(c, where, "max is a number of characters from 1 to 32768");
	}
	return TG_OK;
}

static enum tg_status check_oids(const struct check *c, const char *key, char *const *list, unsigned n)
{
	char where[64];
	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(where, sizeof where, "%s/%u", key, i);
		if (!is_oid(list[i]))
			return wrong(c, where, "not an object identifier");
	}
	return TG_OK;
}

static enum tg_status check_policies(const struct check *c)
{
	char where[64];
	for (unsigned i = 0; i < c->p->n_policies; i++) {
		(void)snprintf(where, sizeof where, "policies/%u/oid", i);
		if (!is_oid(c->p->policies[i].oid))
			return wrong(c, where, "not an object identifier");
	}
	return TG_OK;
}

static enum tg_status check_profile(const struct check *c)
{
	const struct tg_profile *p = c->p;
	if (strspn(p->id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(p->id))
		return wrong(c, "id", "an id is made of a-z, 0-9 and -");
	TG_TRY(check_subject(c));
	TG_TRY(check_oids(c, "ext_key_usage", p->ext_key_usage, p->n_ext_key_usage));
	TG_TRY(check_policies(c));
	if (!is_oid(p->storage_extension))
		return wrong(c, "storage_extension", "not an object identifier");
	TG_TRY(check_oids(c, "storages", p->storages, p->n_storages));
	if (p->key_usage == 0)
		return wrong(c, "key_usage", "at least one key usage");
	if (p->key_bits != 2048 && p->key_bits != 3072 && p->key_bits != 4096)
		return wrong(c, "key_bits", "RSA keys have 2048, 3072 or 4096 bits");
	if (p->validity_days == 0 || p->validity_days > 1200)
		return wrong(c, "validity_days", "validity is 1 to 1200 days");
	if (p->backdate_minutes > 1440)
		return wrong(c, "backdate_minutes", "at most a day");
	return TG_OK;
}

void tg_profile_free(struct tg_profile *p)
{
	struct yaml_log log = {0};
	cyaml_config_t config = yaml_config(&log);
	if (p != NULL)
		(void)cyaml_free(&config, &profile_schema, p, 0);
}

static enum tg_status parse(struct tg_profile **out, const char *path, const struct tg_buf *text, struct tg_error *err)
{
	struct yaml_log log = {0};
	cyaml_config_t config = yaml_config(&log);
	cyaml_data_t *data = NULL;
	cyaml_err_t e = cyaml_load_data(text->data, text->len, &config, &profile_schema, &data, NULL);
	const char *word = strstr(log.reason, ": ");
	if (e == CYAML_ERR_INVALID_KEY ||
	        (e == CYAML_ERR_INVALID_VALUE && strncmp(log.reason, "Unknown flag", 12) == 0))
		locate_word(text, word == NULL ? "" : word + 2, &log);
	else if (e == CYAML_ERR_LIBYAML_PARSER)
		locate_word(text, "", &log);
	if (e != CYAML_OK || data == NULL)
		return tg_error_at(err, e == CYAML_ERR_OOM ? TG_NO_MEMORY : TG_CONFIG, path, log.line, log.column, "%s",
		        log.reason[0] != '\0' ? log.reason : cyaml_strerror(e));
	*out = data;
	return TG_OK;
}

enum tg_status tg_profile_load(struct tg_profile **out, const char *path, struct tg_error *err)
{
	struct tg_buf text = TG_BUF_INIT;
	struct tg_profile *p = NULL;
	*out = NULL;
	enum tg_status status = read_file(path, &text, err);
	if (status == TG_OK && text.len == 0)
		status = tg_error_at(err, TG_CONFIG, path, 1, 1, "the profile is empty");
	if (status == TG_OK)
		status = parse(&p, path, &text, err);
	if (p != NULL) {
		const struct check c = {p, path, &text, err};
		status = check_profile(&c);
	}
	tg_buf_finish(&text);
	if (status == TG_OK)
		*out = p;
	else
		tg_profile_free(p);
	return status;
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
