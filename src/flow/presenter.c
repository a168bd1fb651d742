/* Who stands at the kiosk with a power of attorney, where it is not the one whom the form is about: names and number go
 * into the record (NCA-9.rep, NCA-role). They are asked beneath the power, not on the form: the form of the source has
 * no place for them. */
#include "rules.h"

static const struct tg_field fields[TG_PRESENTER_COUNT] = {
        [TG_PRESENTER_SURNAME] =
                {.id = "surname", .kind = TG_FIELD_NAME, .label = "presenter.surname", .person = true, .max_chars = 60},
        [TG_PRESENTER_GIVEN] = {.id = "given_name",
                .kind = TG_FIELD_NAME,
                .label = "presenter.given",
                .person = true,
                .max_chars = 60},
        [TG_PRESENTER_IIN] =
                {.id = "iin", .kind = TG_FIELD_DIGITS, .label = "presenter.iin", .person = true, .max_chars = 12},
};

const struct tg_field *tg_presenter_field(unsigned part)
{
	return &fields[part];
}

static bool any(const struct tg_flow_state *s)
{
	for (unsigned i = 0; i < TG_PRESENTER_COUNT; i++)
		if (s->presenter[i].value[0] != '\0')
			return true;
	return false;
}

static const char *wrong(const struct tg_flow_config *c, const struct tg_flow_state *s, unsigned part, char *mend)
{
	const char *value = s->presenter[part].value;
	if (part == TG_PRESENTER_IIN)
		return tg_rule_says(c, s, "iin", value, mend);
	const char *error = tg_rule_says(c, s, "letters", value, mend);
	return error ? error : tg_rule_says(c, s, "one-script", value, mend);
}

bool tg_presenter_check(const struct tg_flow_config *c, struct tg_flow_state *s, unsigned part, bool needed)
{
	struct tg_answer *a = &s->presenter[part];
	tg_answer_tidy(a);
	memset(a->mend, 0, sizeof a->mend);
	a->error = NULL;
	if (a->value[0] != '\0')
		a->error = wrong(c, s, part, a->mend);
	else if (needed || any(s)) /* all of it or nothing */
		a->error = "form.required-missing";
	return a->error == NULL;
}

int tg_presenter_first_wrong(const struct tg_flow_config *c, struct tg_flow_state *s, bool needed)
{
	int first = -1;
	for (unsigned i = 0; i < TG_PRESENTER_COUNT; i++)
		if (!tg_presenter_check(c, s, i, needed) && first < 0)
			first = (int)i;
	return first;
}
