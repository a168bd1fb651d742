/* What an old certificate says beside what is answered now (DOS-4). */
#include "tamga/screen.h"
#include "tamga/text.h"

#include <stdio.h>
#include <string.h>

#define NAMES_MAX 512

/* The next character that counts: however many spaces are one blank, small letters are as good as large ones. 0 at the
 * end. */
static uint32_t next(const char **at)
{
	bool blank = false;
	while (**at == ' ' || **at == '\t')
		blank = true, (*at)++;
	if (**at == '\0')
		return 0;
	return blank ? ' ' : tg_text_upper(tg_utf8_next(at, *at + strlen(*at)));
}

static bool same(const char *a, const char *b)
{
	a += strspn(a, " ");
	b += strspn(b, " ");
	for (;;) {
		uint32_t x = next(&a), y = next(&b);
		if (x != y)
			return false;
		if (x == 0)
			return true;
	}
}

static const char *fact_of(const struct tg_old_facts *old, const char *name)
{
	const struct {
		const char *name, *value;
	} facts[] = {{"common-name", old->common_name}, {"organisation", old->organisation},
	        {"organisation-number", old->organisation_number}, {"title", old->title},
	        {"personal-number", old->personal_number}};
	for (size_t i = 0; name && i < sizeof facts / sizeof facts[0]; i++)
		if (strcmp(facts[i].name, name) == 0)
			return facts[i].value;
	return NULL;
}

static bool is_name(const struct tg_field *f)
{
	return f->kind == TG_FIELD_NAME && !f->certificate && f->role && strcmp(f->role, "subject") == 0;
}

static const char *answer(const struct tg_field *f, const struct tg_answers_now *now)
{
	const char *value = tg_when_holds(f->when, now->conditions) ? now->get(f->id, now->ctx) : NULL;
	return value ? value : "";
}

/* The names of the holder stand in several answers, and together in the certificate. */
static const struct tg_field *name_changed(
        const struct tg_form *form, const struct tg_answers_now *now, const char *common_name)
{
	char all[NAMES_MAX] = "";
	const struct tg_field *first = NULL;
	for (unsigned i = 0; i < form->n_fields; i++) {
		const char *value = is_name(&form->fields[i]) ? answer(&form->fields[i], now) : "";
		size_t used = strlen(all);
		if (value[0] == '\0')
			continue;
		first = first ? first : &form->fields[i];
		(void)snprintf(all + used, sizeof all - used, "%s%s", used > 0 ? " " : "", value);
	}
	return first && common_name && common_name[0] != '\0' && !same(all, common_name) ? first : NULL;
}

const struct tg_field *tg_form_changed(
        const struct tg_form *form, const struct tg_answers_now *now, const struct tg_old_facts *old, const char **was)
{
	for (unsigned i = 0; i < form->n_fields; i++) {
		const struct tg_field *f = &form->fields[i];
		const char *said = fact_of(old, f->certificate), *value = said ? answer(f, now) : "";
		*was = said;
		if (said && said[0] != '\0' && value[0] != '\0' && !same(said, value))
			return f;
	}
	*was = old->common_name;
	return name_changed(form, now, old->common_name);
}
