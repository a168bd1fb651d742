/* Loading, look-ups, end of the catalogue. */
#include "catalog.h"

#include "tamga/i18n.h"

static enum tg_status read_files(
        struct owner *o, const struct screen_files *files, struct tg_arena *scratch, struct tg_error *err)
{
	o->files = tg_arena_get(&o->arena, (files->n + 1) * sizeof(*o->files));
	if (!o->files)
		return tg_error_set(err, TG_NO_MEMORY, "no memory for the screens");
	for (unsigned i = 0; i < files->n; i++) {
		struct loaded *l = &o->files[o->n_files++];
		TG_TRY(loaded_place(l, files->list[i].path, err));
		TG_TRY(loaded_read(l, &files->list[i], scratch, &o->uses, err));
	}
	return TG_OK;
}

/* The trees go when loading ends; ids and file names of the uses move to the memory that stays. */
static enum tg_status keep_uses(struct owner *o, struct tg_error *err)
{
	for (unsigned i = 0; i < o->uses.n; i++) {
		struct use *u = &o->uses.list[i];
		u->id = tg_arena_text(&o->arena, u->id, strlen(u->id));
		u->file = tg_arena_text(&o->arena, u->file, strlen(u->file));
		if (!u->id || !u->file)
			return tg_error_set(err, TG_NO_MEMORY, "no memory for the screens");
	}
	return TG_OK;
}

static enum tg_status load(
        struct owner *o, const char *dir, struct tg_arena *scratch, const struct tg_rule *rules, struct tg_error *err)
{
	struct screen_files *files = tg_arena_get(scratch, sizeof(*files));
	if (!files)
		return tg_error_set(err, TG_NO_MEMORY, "no memory for the screens");
	TG_TRY(files_read(files, scratch, dir, err));
	TG_TRY(files_hash(files, o->pub.hash, err));
	TG_TRY(read_files(o, files, scratch, err));
	TG_TRY(catalog_join(o, rules, err));
	return keep_uses(o, err);
}

enum tg_status tg_catalog_load(
        struct tg_catalog **out, const char *dir, const struct tg_rule *rules, struct tg_error *err)
{
	struct tg_arena scratch = {0};
	*out = NULL;
	struct owner *o = calloc(1, sizeof(*o));
	if (!o)
		return tg_error_set(err, TG_NO_MEMORY, "no memory for the screens");
	o->uses.arena = &o->arena;
	enum tg_status status = load(o, dir, &scratch, rules, err);
	tg_arena_finish(&scratch);
	if (status == TG_OK)
		*out = &o->pub;
	else
		tg_catalog_destroy(&o->pub);
	return status;
}

static struct owner *owner_of(struct tg_catalog *c)
{
	return (struct owner *)(void *)c;
}

static const struct uses *uses_of(const struct tg_catalog *c)
{
	return &((const struct owner *)(const void *)c)->uses;
}

void tg_catalog_destroy(struct tg_catalog *c)
{
	if (!c)
		return;
	struct owner *o = owner_of(c);
	calendars_finish(o);
	for (unsigned i = 0; i < o->n_files; i++)
		loaded_finish(&o->files[i]);
	tg_arena_finish(&o->arena);
	free(o);
}

void tg_catalog_messages(const struct tg_catalog *c, void (*fn)(const char *id, void *ctx), void *ctx)
{
	const struct uses *u = uses_of(c);
	for (unsigned i = 0; i < u->n; i++)
		fn(u->list[i].id, ctx);
}

void tg_catalog_message_uses(const struct tg_catalog *c, tg_message_use *fn, void *ctx)
{
	const struct uses *u = uses_of(c);
	for (unsigned i = 0; i < u->n; i++)
		fn(u->list[i].id, u->list[i].file, u->list[i].line, u->list[i].column, ctx);
}

enum tg_status tg_catalog_check_texts(const struct tg_catalog *c, const struct tg_i18n *i18n, struct tg_error *err)
{
	const struct uses *uses = uses_of(c);
	for (unsigned i = 0; i < uses->n; i++)
		for (int lang = 0; lang < TG_LANG_COUNT; lang++) {
			const struct use *u = &uses->list[i];
			if (!tg_text_has(i18n, (enum tg_lang)lang, u->id))
				return tg_error_at(err, TG_SCREEN_DATA, u->file, u->line, u->column,
				        "the message '%s' is missing in locale/%s.po", u->id,
				        tg_lang_code((enum tg_lang)lang));
		}
	return TG_OK;
}

const struct tg_field *tg_form_field(const struct tg_form *form, const char *id)
{
	for (unsigned i = 0; i < form->n_fields; i++)
		if (strcmp(form->fields[i].id, id) == 0)
			return &form->fields[i];
	return NULL;
}

const struct tg_condition *tg_catalog_condition(const struct tg_catalog *c, const char *id)
{
	for (unsigned i = 0; i < c->n_conditions; i++)
		if (strcmp(c->conditions[i].id, id) == 0)
			return &c->conditions[i];
	return NULL;
}

const struct tg_provider *tg_catalog_provider(const struct tg_catalog *c, const char *id)
{
	for (unsigned i = 0; i < c->n_providers; i++)
		if (strcmp(c->providers[i].id, id) == 0)
			return &c->providers[i];
	return NULL;
}

const struct tg_form *tg_catalog_form(const struct tg_catalog *c, const char *id)
{
	const struct owner *o = (const struct owner *)(const void *)c;
	for (unsigned i = 0; i < o->n_files; i++) {
		const struct tg_form *form = o->files[i].data;
		if (o->files[i].kind == FILE_FORM && strcmp(form->id, id) == 0)
			return form;
	}
	return NULL;
}
