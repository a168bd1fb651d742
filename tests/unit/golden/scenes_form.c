/* FORM to CONSENT. */
#include "scenes.h"

static void form_empty(struct flow *f)
{
	flow_walk(f, TG_STAGE_FORM);
}

/* Each kind of mistake: wrong check digit, two alphabets in a word (with a mend), nothing typed. */
static void form_errors(struct flow *f)
{
	flow_to_typed_form(f);
	flow_to_field(f, "iin");
	flow_keys(f, "'900101300018");
	flow_to_field(f, "surname");
	flow_keys(f, "'Hұрланова");
	flow_to_field(f, "email");
	flow_keys(f, "'aigul.example.kz");
	flow_to_field(f, "phone");
	flow_keys(f, "'+7_701");
	flow_keys(f, "Tab Tab Enter");
	flow_at(f, "form");
}

static void form_mend(struct flow *f)
{
	form_errors(f);
	flow_to_field(f, "surname");
}

static void form_filled(struct flow *f)
{
	flow_walk(f, TG_STAGE_FORM);
	flow_fill_form(f);
}

static void form_middle(struct flow *f)
{
	form_filled(f);
	flow_to_field(f, "region");
}

static void form_from_review(struct flow *f)
{
	flow_walk(f, TG_STAGE_REVIEW);
	flow_keys(f, "Down Down Enter");
	flow_at(f, "form");
}

static void documents(struct flow *f)
{
	flow_to_typed_form(f);
	flow_walk(f, TG_STAGE_DOCUMENTS);
	flow_keys(f, "Space Down");
}

static void documents_missing(struct flow *f)
{
	flow_to_typed_form(f);
	flow_walk(f, TG_STAGE_DOCUMENTS);
	flow_keys(f, "End Enter");
	flow_at(f, "documents");
}

static void review(struct flow *f)
{
	flow_walk(f, TG_STAGE_REVIEW);
}

static void consent(struct flow *f)
{
	flow_walk(f, TG_STAGE_CONSENT);
	flow_keys(f, "Space Down");
}

static void consent_missing(struct flow *f)
{
	flow_walk(f, TG_STAGE_CONSENT);
	flow_keys(f, "Space End Enter");
	flow_at(f, "consent");
}

const struct scene golden_form_scenes[] = {
        {"form-empty", form_empty},
        {"form-errors", form_errors},
        {"form-mend", form_mend},
        {"form-middle", form_middle},
        {"form-filled", form_filled},
        {"form-from-review", form_from_review},
        {"documents", documents},
        {"documents-missing", documents_missing},
        {"review", review},
        {"consent", consent},
        {"consent-missing", consent_missing},
        {NULL, NULL},
};
