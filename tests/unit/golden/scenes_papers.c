/* Ways, questions, lists of several lines, papers (NCA-9.1 … 9.8, R1 … R3, K-16). */
#include "scenes.h"

static void way(struct flow *f)
{
	flow_walk(f, TG_STAGE_WAY);
}

static void questions(struct flow *f)
{
	flow_walk(f, TG_STAGE_WAY);
	flow_keys(f, "2");
	flow_at(f, "questions");
}

/* A non-resident entity is asked three things; one is left out. */
static void questions_missing(struct flow *f)
{
	flow_walk(f, TG_STAGE_KIND);
	flow_keys(f, "8 1 Enter End Enter");
	flow_at(f, "questions");
}

static void revocation(struct flow *f)
{
	flow_walk(f, TG_STAGE_SERVICE);
	flow_keys(f, "2 1 2");
}

/* A revocation on the spot, the chip is not read, and the kind is one that no clerk takes. */
static void way_chip_needed(struct flow *f)
{
	static struct tg_kind kind;
	flow_walk(f, TG_STAGE_SERVICE);
	flow_keys(f, "2 1 1");
	flow_walk(f, TG_STAGE_DOCUMENT);
	kind = *f->s.kind;
	kind.ways = "spot-revoke signature";
	f->s.kind = &kind;
	flow_keys(f, "BackTab Enter");
	flow_at(f, "way");
}

static void pick(struct flow *f)
{
	static const char *const serials[] = {
	        "5e38aac455497d6e61ac435739372884d6fce72f", "7c318e8c15b245704c1890f6913836f1e02bcfdc"};
	memset(&f->facts, 0, sizeof f->facts);
	f->facts.n_certificates = 2;
	for (unsigned i = 0; i < 2; i++) {
		struct tg_held_certificate *c = &f->facts.certificates[i];
		(void)tg_copy(c->serial, sizeof c->serial, serials[i]);
		c->signs = i == 0;
		c->authenticates = i == 1;
		c->from_ms = INT64_C(1750000000000);
		c->until_ms = INT64_C(1781536000000);
	}
	flow_card(f, true);
	revocation(f);
	flow_at(f, "pick");
	flow_keys(f, "Space");
}

static void form_list(struct flow *f)
{
	revocation(f);
	flow_to_field(f, "serials");
	flow_keys(f, "'5e38aac455497d6e61ac435739372884d6fce72f Enter '5a02c0ffee Enter '5a:03:c0:ff:ee Enter");
}

static void form_sheets(struct flow *f)
{
	revocation(f);
	flow_to_field(f, "serials");
	for (int i = 0; i < 19; i++) {
		char line[32];
		(void)snprintf(line, sizeof line, "'%08x Enter", 0x5a010000 + i);
		flow_keys(f, line);
	}
}

static void treasury(struct flow *f)
{
	flow_walk(f, TG_STAGE_KIND);
	flow_keys(f, "6");
}

/* A form that knows several people; a code whose shape is strange is only warned of. */
static void form_people(struct flow *f)
{
	treasury(f);
	flow_to_field(f, "institution-code");
	flow_keys(f, "'AB12 Enter");
}

static void documents_desk(struct flow *f)
{
	treasury(f);
	flow_fill_form(f);
	flow_keys(f, "Enter");
	flow_at(f, "documents");
}

static void documents_dated(struct flow *f)
{
	documents_desk(f);
	flow_keys(f, "Down Space"); /* the power of attorney, with its number and who comes with it */
	flow_keys(f, "Down*5 Space '01092025");
}

static void documents_less(struct flow *f)
{
	documents_desk(f);
	flow_keys(f, "End Enter");
	flow_at(f, "documents");
}

static void review_papers(struct flow *f)
{
	documents_less(f);
	flow_keys(f, "Enter End");
	flow_at(f, "review");
}

static void open_application(struct flow *f)
{
	f->open = "0001-0000-0144";
	flow_walk(f, TG_STAGE_REVIEW);
	flow_keys(f, "PageDown*9 Enter");
	flow_at(f, "open");
}

static void read_young(struct flow *f)
{
	f->token.document = true;
	(void)tg_copy(f->chip.birth, sizeof f->chip.birth, "2012-05-01");
	for (int i = 0; i < 20 && f->s.stage != TG_STAGE_FAILURE; i++)
		flow_next(f);
}

const struct scene golden_papers_scenes[] = {
        {"way", way},
        {"way-chip-needed", way_chip_needed},
        {"questions", questions},
        {"questions-missing", questions_missing},
        {"pick", pick},
        {"form-list", form_list},
        {"form-sheets", form_sheets},
        {"form-people", form_people},
        {"documents-desk", documents_desk},
        {"documents-dated", documents_dated},
        {"documents-less", documents_less},
        {"review-papers", review_papers},
        {"open", open_application},
        {"read-young", read_young},
        {NULL, NULL},
};
