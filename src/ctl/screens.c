/* What is wrong in screens/ and locale/, what there is in them, and what is to be translated. */
#include "ctl.h"
#include "report_words.h"
#include "screens.h"

#include "tamga/flow.h"
#include "tamga/mail.h"
#include "tamga/i18n.h"
#include "tamga/pki.h"
#include "tamga/retention.h"
#include "tamga/screen.h"
#include "tamga/token.h"

#include <jansson.h>

#define SCREENS_DIR "/usr/share/tamga/screens"
#define LOCALE_DIR  "/usr/share/tamga/locale"

/* "file:line:column: message", as compilers write it, so that editors find the place. */
static void say_place(const char *dir, const struct tg_error *err)
{
	printf("%s/%s:%d:%d: %s\n", dir, err->file, err->line, err->column, err->detail);
}

static enum ctl_exit load(const char *dir, struct tg_catalog **c)
{
	struct tg_error err = {0};
	enum tg_status st = tg_catalog_load(c, dir, tg_flow_rules, &err);
	if (st == TG_OK)
		return CTL_YES;
	if (st != TG_SCREEN_DATA)
		return ctl_fail(st, &err);
	say_place(dir, &err);
	return CTL_NO;
}

/* `screens` is one of the options. */
static enum ctl_exit parse_and_load(const struct ctl_args *args, const struct ctl_option *options,
        const char *const *screens, struct tg_catalog **c)
{
	return ctl_parse(args, options, NULL, 0) ? load(*screens, c) : CTL_TROUBLE;
}

static enum ctl_exit load_texts(const char *dir, struct tg_i18n **texts)
{
	struct tg_error err = {0};
	enum tg_status st = tg_i18n_load(texts, dir, &err);
	if (st == TG_OK)
		return CTL_YES;
	if (st != TG_TRANSLATION_MISSING)
		return ctl_fail(st, &err);
	printf("%s: %s\n", err.file, err.detail);
	return CTL_NO;
}

/* Every message id there is, with a place to name for it. */
typedef void id_fn(const char *id, const char *place, void *ctx);

struct giving {
	id_fn *fn;
	void *ctx;
	const char *dir;
};

static void give_use(const char *id, const char *file, int line, int column, void *ctx)
{
	const struct giving *g = ctx;
	char place[400];
	snprintf(place, sizeof(place), "%s/%s:%d:%d", g->dir, file, line, column);
	g->fn(id, place, g->ctx);
}

static void give_flow(const char *id, void *ctx)
{
	const struct giving *g = ctx;
	g->fn(id, "src/flow", g->ctx);
}

static void give_statuses(const struct giving *g)
{
	static const char *const heads[] = {"error", "mend", "manual"};
	enum tg_status st;
	for (size_t i = 0; tg_status_each(i, &st); i++)
		for (size_t h = 0; h < sizeof(heads) / sizeof(heads[0]); h++) {
			char id[80];
			snprintf(id, sizeof(id), "%s.%s", heads[h], tg_status_name(st));
			g->fn(id, "include/tamga/status.h", g->ctx);
		}
}

static void all_messages(const struct tg_catalog *c, const char *dir, id_fn *fn, void *ctx)
{
	struct giving g = {fn, ctx, dir};
	tg_catalog_message_uses(c, give_use, &g);
	tg_flow_messages(give_flow, &g);
	give_statuses(&g);
	for (const char *const *id = ctl_manual_messages; *id; id++)
		fn(*id, "src/ctl/manual.c", ctx);
	for (const char *const *id = ctl_report_messages; *id; id++)
		fn(*id, "src/ctl/report_words.c", ctx);
	for (const char *const *id = tg_mail_messages; *id; id++)
		fn(*id, "src/office/mail_text.c", ctx);
}

/* True the first time: ids come from more than one side. */
static bool first_time(json_t *seen, const char *id)
{
	return !json_object_get(seen, id) && json_object_set_new(seen, id, json_true()) == 0;
}

struct lookup {
	const struct tg_i18n *texts;
	json_t *seen;
	unsigned ids, missing;
};

static void look_up(const char *id, const char *place, void *ctx)
{
	struct lookup *m = ctx;
	if (!first_time(m->seen, id))
		return;
	m->ids++;
	for (int lang = 0; lang < TG_LANG_COUNT; lang++) {
		if (tg_text_has(m->texts, (enum tg_lang)lang, id))
			continue;
		printf("%s: the message '%s' is missing in locale/%s.po\n", place, id,
		        tg_lang_code((enum tg_lang)lang));
		m->missing++;
	}
}

static enum ctl_exit check_texts(const struct tg_catalog *c, const char *screens, const char *locale)
{
	struct tg_i18n *texts = NULL;
	enum ctl_exit code = load_texts(locale, &texts);
	if (code != CTL_YES)
		return code;
	struct lookup m = {.texts = texts, .seen = json_object()};
	all_messages(c, screens, look_up, &m);
	json_decref(m.seen);
	tg_i18n_destroy(texts);
	printf("%u messages in %d languages, %u missing\n", m.ids, (int)TG_LANG_COUNT, m.missing);
	return m.missing == 0 && m.ids > 0 ? CTL_YES : CTL_NO;
}

/* An answer for every field that the form has: what a profile then misses, no person could ever give. */
static const char *any_answer(const char *field_id, const void *form)
{
	const struct tg_field *f = tg_form_field(form, field_id);
	for (unsigned i = 0; f && i < f->n_rules; i++)
		if (strcmp(f->rules[i].name, "domain") == 0)
			return "example.kz"; /* a name of a host is held against its own rules there */
	return f ? "A" : NULL;
}

static bool check_key(const struct tg_profiles *p, const struct tg_form *form, const struct tg_key_plan *key)
{
	struct tg_error err = {0};
	struct tg_buf name = TG_BUF_INIT;
	if (strcmp(key->profile, "as-old") == 0)
		return true; /* the CA takes the one of the old certificate */
	enum tg_status st = tg_profile_subject(p, key->profile, any_answer, form, &name, &err);
	tg_buf_finish(&name);
	if (st != TG_OK)
		printf("form %s, key %s, profile %s: %s\n", form->code, key->id, key->profile, err.detail);
	return st == TG_OK;
}

static bool check_keys(const struct tg_profiles *p, const struct tg_service *service)
{
	bool ok = true;
	for (unsigned k = 0; k < service->n_kinds; k++)
		for (unsigned i = 0; i < service->kinds[k].form->n_keys; i++)
			ok &= check_key(p, service->kinds[k].form, &service->kinds[k].form->keys[i]);
	return ok;
}

static bool check_retention(const struct tg_catalog *c, const char *screens)
{
	struct tg_error err = {0};
	struct tg_retention *retention = NULL;
	char path[600];
	snprintf(path, sizeof(path), "%s/retention.yaml", screens);
	enum tg_status st = tg_retention_load(&retention, path, tg_record_personal_kinds(), c, &err);
	if (st != TG_OK)
		printf("%s:%d:%d: %s\n", err.file[0] ? err.file : path, err.line, err.column, err.detail);
	tg_retention_destroy(retention);
	return st == TG_OK;
}

/* The tables of the other layers beside the screens: each by itself, and whether the forms fit the profiles. */
static enum ctl_exit check_tables(const struct tg_catalog *c, const char *screens)
{
	struct tg_error err = {0};
	struct tg_profiles *profiles = NULL;
	struct tg_carriers *carriers = NULL;
	char path[600];
	bool ok = check_retention(c, screens);
	snprintf(path, sizeof(path), "%s/carriers.yaml", screens);
	enum tg_status st = tg_carriers_load(&carriers, path, &err);
	snprintf(path, sizeof(path), "%s/profiles", screens);
	if (st == TG_OK)
		st = tg_profiles_load(&profiles, path, &err);
	if (st != TG_OK)
		printf("%s:%d:%d: %s\n", err.file, err.line, err.column, err.detail);
	for (unsigned i = 0; st == TG_OK && i < c->n_providers; i++)
		for (unsigned k = 0; k < c->providers[i].n_services; k++)
			ok &= check_keys(profiles, &c->providers[i].services[k]);
	tg_profiles_destroy(profiles);
	tg_carriers_destroy(carriers);
	return st == TG_OK && ok ? CTL_YES : CTL_NO;
}

enum ctl_exit ctl_screens_check(const struct ctl_args *args)
{
	const char *screens = SCREENS_DIR, *locale = LOCALE_DIR;
	const struct ctl_option options[] = {{"--screens", &screens, NULL}, {"--locale", &locale, NULL}, {0}};
	struct tg_catalog *c = NULL;
	enum ctl_exit code = parse_and_load(args, options, &screens, &c);
	if (code != CTL_YES)
		return code;
	code = check_tables(c, screens);
	if (code == CTL_YES)
		code = check_texts(c, screens, locale);
	tg_catalog_destroy(c);
	return code;
}

enum ctl_exit ctl_screens_list(const struct ctl_args *args)
{
	const char *screens = SCREENS_DIR, *locale = LOCALE_DIR;
	bool json = false;
	const struct ctl_option options[] = {
	        {"--screens", &screens, NULL}, {"--locale", &locale, NULL}, {"--json", NULL, &json}, {0}};
	struct tg_catalog *c = NULL;
	struct tg_i18n *texts = NULL;
	enum ctl_exit code = parse_and_load(args, options, &screens, &c);
	if (code != CTL_YES)
		return code;
	struct tg_error err = {0};
	if (tg_i18n_load(&texts, locale, &err) != TG_OK)
		fprintf(stderr, "tamgactl: without sentences: %s: %s\n", err.file, err.detail);
	if (json)
		code = screens_say_json(texts, c);
	else
		screens_say_text(texts, c);
	tg_i18n_destroy(texts);
	tg_catalog_destroy(c);
	return code;
}

static void print_once(const char *id, const char *place, void *ctx)
{
	if (first_time(ctx, id))
		printf("#: %s\nmsgid \"%s\"\nmsgstr \"\"\n\n", place, id);
}

enum ctl_exit ctl_screens_pot(const struct ctl_args *args)
{
	const char *screens = SCREENS_DIR;
	const struct ctl_option options[] = {{"--screens", &screens, NULL}, {0}};
	struct tg_catalog *c = NULL;
	enum ctl_exit code = parse_and_load(args, options, &screens, &c);
	if (code != CTL_YES)
		return code;
	puts("msgid \"\"\nmsgstr \"\"\n\"Project-Id-Version: Tamga " TAMGA_VERSION "\\n\"\n"
	     "\"MIME-Version: 1.0\\n\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n"
	     "\"Content-Transfer-Encoding: 8bit\\n\"\n");
	json_t *seen = json_object();
	all_messages(c, screens, print_once, seen);
	json_decref(seen);
	tg_catalog_destroy(c);
	return seen ? CTL_YES : CTL_TROUBLE;
}
