/* One file of the catalogue, from bytes to checked structs: the first byte says which kind of file it is, the rest is
 * the file. Whatever the bytes are, the outcome is a struct or one error with file, line and column. */
#include "catalog.h"
#include "form_check.h"
#include "refs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct tg_rule rules[] = {{.name = "iin"}, {.name = NULL}};

/* A catalogue with one condition, as the references between the parts see it. */
static const struct tg_condition conditions[] = {{.id = "represented", .label = "m"}};
static const struct tg_catalog all = {.conditions = conditions, .n_conditions = 1};

static enum tg_status check_form(const struct check *c, const struct tg_form *form)
{
	TG_TRY(form_check(c, c->y->root, form, rules));
	return refs_form(c, &all, c->y->root, form);
}

static enum tg_status check_provider(const struct check *c, const struct tg_provider *p)
{
	TG_TRY(provider_check(c, c->y->root, p));
	return refs_provider(c, &all, c->y->root, p);
}

static enum tg_status check_kinds(const struct check *c, const struct raw_service *raw)
{
	static const struct tg_provider none = {.id = "p"};
	for (unsigned i = 0; i < raw->n_kinds; i++) {
		const struct tg_yaml_node *n = tg_yaml_item(tg_yaml_key(c->y->root, "kinds"), i);
		TG_TRY(refs_kind(c, &all, &none, n, &raw->kinds[i].k, rules));
	}
	return TG_OK;
}

static enum tg_status check_calendars(const struct check *c, const struct raw_calendars *raw)
{
	for (unsigned i = 0; i < raw->n_calendars; i++) {
		const struct tg_yaml_node *n = tg_yaml_item(tg_yaml_key(c->y->root, "calendars"), i);
		TG_TRY(refs_calendar(c, n, &raw->calendars[i]));
	}
	return TG_OK;
}

static enum tg_status check_more(const struct loaded *l, const struct check *c)
{
	if (l->kind == FILE_FORM)
		return check_form(c, l->data);
	if (l->kind == FILE_PROVIDER)
		return check_provider(c, &((const struct raw_provider *)l->data)->p);
	if (l->kind == FILE_SERVICE)
		return check_kinds(c, l->data);
	return l->kind == FILE_CALENDARS ? check_calendars(c, l->data) : TG_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_arena scratch = {0};
	struct uses uses = {.arena = &scratch};
	struct tg_error err = {0};
	if (n == 0)
		return 0;
	struct loaded l = {.kind = (enum file_kind)((uint8_t)(data[0] - '0') % (FILE_OTHER + 1))};
	struct screen_file f = {.path = "fuzz.yaml", .bytes = data + 1, .len = n - 1};
	struct check c = {&l.y, &uses};
	enum tg_status status = loaded_read(&l, &f, &scratch, &uses, &err);
	if (status == TG_OK && l.data)
		status = check_more(&l, &c);
	/* an error without a place, or one that libcyaml found and our own walk did not, is a defect of ours */
	if (status != TG_OK &&
	        (err.status != status || !err.line || !err.column || strncmp(err.detail, "libcyaml: ", 10) == 0))
		abort();
	loaded_finish(&l);
	tg_arena_finish(&scratch);
	return 0;
}
