#include "sheet.h"

#include <stdlib.h>
#include <string.h>

/* Empty lines for an answer that is written by hand. */
#define BLANK_LINES 2
#define BLANK_LIST  3
#define BLANK_CODE  4

struct making {
	const struct tg_form_print *f;
	struct tg_sheet *sheet;
	unsigned n_joined;
	bool empty; /* nothing was answered: printed to be filled by hand */
};

static struct tg_sheet_item *add(struct making *m, enum tg_sheet_kind kind, const char *label)
{
	return tg_sheet_add(m->sheet, kind, label);
}

static const char *answer(const struct making *m, const char *field_id)
{
	const char *value = m->f->answer ? m->f->answer(field_id, m->f->ctx) : NULL;
	if (value && *value)
		return value;
	const struct tg_field *field = m->f->worker ? tg_form_field(m->f->form, field_id) : NULL;
	return field && field->role && !strcmp(field->role, "worker") ? m->f->worker : NULL;
}

/* ---- which fields stand on this paper ---- */

static bool role_named(const struct making *m, const char *role)
{
	const struct tg_form *form = m->f->form;
	for (unsigned i = 0; i < form->n_fields; i++)
		if (form->fields[i].role && !strcmp(form->fields[i].role, role) && answer(m, form->fields[i].id))
			return true;
	return false;
}

/* The form asks for this person, and need not. */
static bool role_optional(const struct making *m, const char *role)
{
	const struct tg_form *form = m->f->form;
	bool asked = false;
	for (unsigned i = 0; i < form->n_fields; i++) {
		if (!form->fields[i].role || strcmp(form->fields[i].role, role) != 0)
			continue;
		asked = true;
		if (form->fields[i].required)
			return false;
	}
	return asked;
}

static bool some_key(const struct making *m)
{
	const struct tg_form *form = m->f->form;
	for (unsigned i = 0; i < form->n_fields; i++)
		if (form->fields[i].kind == TG_FIELD_PUBLIC_KEY && answer(m, form->fields[i].id))
			return true;
	return false;
}

/* Places for people who were not named are left out of a filled form, so that nobody is added after it was signed; the
 * public keys shown are those there are (K-6). */
static bool stands(const struct making *m, const struct tg_field *field)
{
	if (!tg_when_holds(field->when, m->f->conditions))
		return false;
	if (m->empty || answer(m, field->id))
		return true;
	if (field->kind == TG_FIELD_PUBLIC_KEY)
		return !some_key(m);
	return !field->role || role_named(m, field->role) || !role_optional(m, field->role);
}

/* ---- one field ---- */

static const char *choice_label(const struct tg_field *field, const char *value)
{
	for (unsigned i = 0; i < field->n_choices; i++)
		if (!strcmp(field->choices[i].id, value))
			return field->choices[i].label;
	return NULL;
}

static const char *signed_beside(const struct tg_form *form, const struct tg_field *field)
{
	for (unsigned i = 0; i < form->n_signatures; i++)
		if (form->signatures[i].beside && form->signatures[i].field &&
		        !strcmp(form->signatures[i].field, field->id))
			return "print.form.sign";
	return NULL;
}

static unsigned blank_lines(const struct tg_form *form, const struct tg_field *field)
{
	static const unsigned char lines[TG_FIELD_KIND_COUNT] = {
	        [TG_FIELD_LINES] = BLANK_LINES, [TG_FIELD_LIST] = BLANK_LIST, [TG_FIELD_PKCS10] = BLANK_CODE};
	if (field->kind == TG_FIELD_SERIALS && form->lines_per_sheet > 0)
		return (unsigned)form->lines_per_sheet;
	return lines[field->kind] ? lines[field->kind] : 1;
}

static bool is_code(enum tg_field_kind kind)
{
	return kind == TG_FIELD_SERIALS || kind == TG_FIELD_PKCS10 || kind == TG_FIELD_PUBLIC_KEY;
}

static void add_missing(struct making *m)
{
	for (unsigned i = 0; i < m->f->n_missing && i < TG_DOCUMENTS_MAX; i++)
		add(m, TG_SHEET_LISTED, m->f->missing[i])->from = i + 1;
}

static void add_question(struct making *m, const struct tg_field *field, bool right)
{
	const struct tg_form *form = m->f->form;
	const char *value = answer(m, field->id);
	bool missing = field->kind == TG_FIELD_LIST && !value && m->f->n_missing;
	struct tg_sheet_item *item = add(m, TG_SHEET_QUESTION, field->label);
	item->number = field->number;
	item->value = value;
	item->right = right;
	item->code = is_code(field->kind);
	item->listed = field->kind == TG_FIELD_LIST;
	item->blank = value && field->kind != TG_FIELD_SERIALS ? 1 : missing ? 0 : blank_lines(form, field);
	item->sign = signed_beside(form, field);
	if (field->kind == TG_FIELD_NUMBER && !value)
		item->value = m->f->number;
	if (field->kind == TG_FIELD_SERIALS && form->lines_per_sheet > 0)
		item->most = (unsigned)form->lines_per_sheet;
	if (value && choice_label(field, value)) {
		item->value = choice_label(field, value);
		item->said = true;
	}
	if (missing)
		add_missing(m);
	m->sheet->number_inside = m->sheet->number_inside || field->kind == TG_FIELD_NUMBER;
}

/* ---- what stands between and behind ---- */

/* Both may be NULL: what stands before the first field, and at the end. */
static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static void add_lines(struct making *m, const char *after)
{
	const struct tg_form *form = m->f->form;
	for (unsigned i = 0; i < form->n_lines; i++)
		if (same(form->lines[i].after, after) && tg_when_holds(form->lines[i].when, m->f->conditions))
			(void)add(m, TG_SHEET_LINE, form->lines[i].text);
}

static void add_consents(struct making *m, const char *after)
{
	const struct tg_form *form = m->f->form;
	for (unsigned i = 0; i < form->n_consents && i < sizeof m->f->consents; i++) {
		if (!same(form->consents[i].after, after))
			continue;
		struct tg_sheet_item *item = add(m, TG_SHEET_CONSENT, form->consents[i].text);
		item->value = form->consents[i].version;
		item->given = m->f->consents[i];
	}
}

static void add_fields(struct making *m)
{
	const struct tg_form *form = m->f->form;
	bool titled = form->title_after == NULL;
	if (titled)
		(void)add(m, TG_SHEET_TITLE, form->title);
	add_lines(m, NULL);
	for (unsigned i = 0; i < form->n_fields; i++) {
		const struct tg_field *field = &form->fields[i];
		if (stands(m, field))
			add_question(m, field, !titled);
		if (same(form->title_after, field->id)) {
			(void)add(m, TG_SHEET_TITLE, form->title);
			titled = true;
		}
		if (same(form->date_after, field->id))
			(void)add(m, TG_SHEET_DATE, form->date);
		add_lines(m, field->id);
		add_consents(m, field->id);
	}
}

/* One more answer of those that make a name. */
static void join(struct making *m, char out[TG_SHEET_NAME], const char *field)
{
	const char *value = answer(m, field);
	size_t used = strlen(out);
	if (!value || used + 2 >= TG_SHEET_NAME)
		return;
	(void)tg_copy(out + used, TG_SHEET_NAME - used, used ? " " : "");
	used = strlen(out);
	(void)tg_copy(out + used, TG_SHEET_NAME - used, value);
}

/* The name beside a signature: the answer of its field, or the names of its person. */
static const char *name_beside(struct making *m, const struct tg_signature_line *s)
{
	const struct tg_form *form = m->f->form;
	if (m->n_joined >= sizeof m->sheet->joined / sizeof m->sheet->joined[0])
		return NULL;
	char *out = m->sheet->joined[m->n_joined++];
	out[0] = '\0';
	if (s->field)
		join(m, out, s->field);
	for (unsigned i = 0; !s->field && i < form->n_fields; i++)
		if (form->fields[i].kind == TG_FIELD_NAME && same(form->fields[i].role, s->role))
			join(m, out, form->fields[i].id);
	return out;
}

static bool signs(const struct making *m, const struct tg_signature_line *s)
{
	return !s->beside && tg_when_holds(s->when, m->f->conditions) &&
	       (!s->role || m->empty || role_named(m, s->role) || !role_optional(m, s->role));
}

static void add_signatures(struct making *m)
{
	const struct tg_form *form = m->f->form;
	if (!form->n_signatures)
		(void)add(m, TG_SHEET_SIGN, form->signer);
	for (unsigned i = 0; i < form->n_signatures; i++) {
		const struct tg_signature_line *s = &form->signatures[i];
		if (!signs(m, s))
			continue;
		struct tg_sheet_item *item = add(m, TG_SHEET_SIGN, s->label);
		item->named = s->field || s->role;
		item->value = item->named ? name_beside(m, s) : NULL;
	}
}

static void add_end(struct making *m)
{
	const struct tg_form *form = m->f->form;
	add_consents(m, NULL);
	if (!form->date_after)
		(void)add(m, TG_SHEET_DATE, form->date);
	add_signatures(m);
	if (same(form->date_after, "signatures"))
		(void)add(m, TG_SHEET_DATE, form->date);
	if (form->seal && tg_when_holds(form->seal_when, m->f->conditions))
		(void)add(m, TG_SHEET_SEAL, form->seal);
	if (form->footnote)
		(void)add(m, TG_SHEET_NOTE, form->footnote);
}

/* NCA-0: a text that is no law any more is never handed out without saying so. */
static void add_basis(struct making *m)
{
	const struct tg_provider *p = m->f->provider;
	for (unsigned i = 0; p && i < p->n_basis; i++)
		if (p->basis[i].repealed_by)
			(void)add(m, TG_SHEET_BASIS, p->basis[i].text);
}

static unsigned count_lines(const char *value)
{
	unsigned n = 0;
	for (const char *p = value; p && *p; n++) {
		p += strcspn(p, "\n");
		p += *p == '\n';
	}
	return n;
}

/* NCA-A7: what has no room on the lines of the form goes on further sheets, signed like the first. */
static void add_further(struct making *m)
{
	const struct tg_form *form = m->f->form;
	unsigned per_sheet = form->lines_per_sheet > 0 ? (unsigned)form->lines_per_sheet : 0;
	for (unsigned i = 0; per_sheet && i < form->n_fields; i++) {
		const struct tg_field *field = &form->fields[i];
		unsigned all = field->kind == TG_FIELD_SERIALS ? count_lines(answer(m, field->id)) : 0;
		for (unsigned from = per_sheet; from < all; from += per_sheet) {
			(void)add(m, TG_SHEET_FURTHER, form->title);
			struct tg_sheet_item *item = add(m, TG_SHEET_QUESTION, field->label);
			item->number = field->number;
			item->value = answer(m, field->id);
			item->code = true;
			item->from = from;
			item->most = per_sheet;
			item->blank = 1;
			(void)add(m, TG_SHEET_DATE, form->date);
			add_signatures(m);
		}
	}
}

static bool nothing_answered(const struct making *m)
{
	for (unsigned i = 0; i < m->f->form->n_fields; i++)
		if (answer(m, m->f->form->fields[i].id))
			return false;
	return true;
}

static enum tg_lang language_of(const struct tg_form *form, enum tg_lang person)
{
	int lang = form->language ? tg_lang_find(form->language) : -1;
	return lang < 0 ? person : (enum tg_lang)lang;
}

enum tg_status tg_sheet_of_form(
        const struct tg_form_print *f, enum tg_lang person, struct tg_sheet *out, struct tg_error *err)
{
	const struct tg_form *form = f->form;
	struct making m = {.f = f, .sheet = out};
	*out = (struct tg_sheet){.code = form->code,
	        .title = form->title,
	        .annex = form->annex,
	        .number = f->number,
	        .lang = language_of(form, person),
	        .person = person,
	        .reader = person,
	        .date_ms = f->date_ms,
	        .utc_offset_minutes = f->provider ? f->provider->utc_offset_minutes : 0,
	        .copies = form->copies > 1 ? (unsigned)form->copies : 1,
	        .sandbox = f->sandbox};
	m.empty = nothing_answered(&m);
	add_fields(&m);
	add_end(&m);
	add_basis(&m);
	add_further(&m);
	return out->full ? tg_error_set(err, TG_LIMIT, "form %s has more than a sheet holds", form->code) : TG_OK;
}
