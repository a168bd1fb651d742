/* Each kind of applicant by each of its ways, from the first screen to the application that is handed in: NCA-9.1
 * … 9.8, R1 … R3, 9.poa, NCA-11, and what stands in the record of it. */
#include "flow_fixture.h"

#include "tamga/ways.h"

#include <jansson.h>

static const struct tg_provider *nca(void)
{
	return tg_catalog_provider(flow_shipped(), "kz-nca");
}

static void bring_everything(struct flow *f)
{
	for (int i = 0; i < 40; i++) {
		tg_flow_view(&f->config, &f->s, &f->view);
		const struct tg_item *it = &f->view.items[f->view.focus];
		if (it->kind == TG_ITEM_CHECK && !it->checked)
			flow_keys(f, "Space");
		else if (it->kind == TG_ITEM_FIELD && it->max_chars == 10 && it->value[0] == '\0')
			flow_keys(f, "'21112025");
		else if (it->kind == TG_ITEM_FIELD && !it->hint && it->value[0] == '\0')
			flow_keys(f, it->max_chars == 12 ? "'900101300017" : "'Ерлан");
		else if (it->kind != TG_ITEM_BUTTON)
			flow_keys(f, "Down");
	}
	flow_keys(f, "Enter");
}

/* One sensible act that leads on, whatever the screen asks. On QUESTIONS the first answer of each. */
static void lead_on(struct flow *f)
{
	tg_flow_view(&f->config, &f->s, &f->view);
	if (f->s.stage == TG_STAGE_QUESTIONS)
		flow_keys(f, "Enter");
	else if (f->s.stage == TG_STAGE_DOCUMENTS)
		bring_everything(f);
	else if (f->s.stage == TG_STAGE_PICK || f->s.stage == TG_STAGE_REVIEW)
		flow_keys(f, "PageDown*9 Enter");
	else
		flow_next(f);
}

/* A token with a certificate that signs, for the ways by signature. */
static void give_certificate(struct flow *f)
{
	struct tg_held_certificate *c = &f->facts.certificates[0];
	memset(&f->facts, 0, sizeof f->facts);
	f->facts.n_devices = 1;
	f->facts.devices[0] = (struct tg_device){.reader = "Virtual PCD 00 00", .shown = "Virtual PCD 00 00"};
	f->facts.n_certificates = 1;
	(void)tg_copy(c->serial, sizeof c->serial, "5a01c0ffee");
	(void)tg_copy(c->sha256, sizeof c->sha256, "00ff");
	(void)tg_copy(c->holder, sizeof c->holder, "Нұрланова Айгүл");
	c->from_ms = INT64_C(1750000000000);
	c->until_ms = INT64_C(1790000000000);
	c->signs = true;
	c->left_today = c->left_in_all = -1;
}

static void begin_kind(struct flow *f, const struct tg_service *service, const struct tg_kind *kind)
{
	flow_begin(f, flow_shipped());
	f->config.field_set = true;
	give_certificate(f);
	f->token.document = true;
	flow_card(f, true);
	(void)tg_copy(f->token.purpose, sizeof f->token.purpose,
	        kind->carriers && !tg_words_have(kind->carriers, "id-card") ? "token" : "id-card");
	flow_keys(f, "4 1");
	f->s.service = service; /* as if its line had been chosen: services are listed by what is open */
	f->s.stage = TG_STAGE_KIND;
	f->s.focus = 0;
}

static void choose_kind(struct flow *f, const struct tg_service *service, const struct tg_kind *kind)
{
	unsigned open = 0, at = 0;
	for (unsigned i = 0; i < service->n_kinds; i++) {
		if (&service->kinds[i] == kind)
			at = open;
		open += service->kinds[i].form != NULL;
	}
	for (unsigned i = 0; i < at; i++)
		flow_keys(f, "Down");
	flow_keys(f, "Enter");
	assert_ptr_equal(f->s.kind, kind);
}

static json_t *record(struct flow *f)
{
	struct tg_buf out = TG_BUF_INIT;
	json_error_t error;
	assert_int_equal(tg_flow_application_json_as(&f->s, "K7M2-0004-9QX1", &out), TG_OK);
	json_t *body = json_loads(tg_buf_str(&out), JSON_REJECT_DUPLICATES, &error);
	if (!body)
		fail_msg("no JSON: %s", error.text);
	tg_buf_wipe(&out);
	return body;
}

static const char *member(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));
	return text ? text : "";
}

static bool in_array(const json_t *array, const char *word)
{
	size_t i;
	const json_t *one;
	json_array_foreach(array, i, one) if (strcmp(json_string_value(one), word) == 0) return true;
	return false;
}

/* Only what is on the form under its conditions; each document asked for, with who brought it. */
static void check_record(struct flow *f)
{
	json_t *body = record(f);
	char set[TG_CONDITIONS_BYTES];
	size_t i;
	json_t *one;
	tg_state_conditions(&f->s, set);
	assert_string_equal(member(body, "kind"), f->s.kind->id);
	assert_string_equal(member(body, "way"), f->s.way ? f->s.way->id : "");
	assert_string_equal(member(body, "proof"), f->s.way ? f->s.way->proof : "chip");
	assert_string_equal(member(body, "channel"), f->s.way && f->s.way->field_set ? "address" : "kiosk");
	json_array_foreach(json_object_get(body, "conditions"), i, one)
	        assert_true(tg_words_have(set, json_string_value(one)));
	json_array_foreach(json_object_get(body, "answers"), i, one)
	{
		const struct tg_field *field = tg_form_field(f->s.kind->form, member(one, "field"));
		assert_non_null(field);
		assert_string_equal(member(one, "number"), field->number);
		assert_true(tg_when_holds(field->when, set));
	}
	json_array_foreach(json_object_get(body, "documents"), i, one)
	{
		static const char *const by[] = {"person", "form", "chip", "certificate"};
		bool known = false;
		for (size_t k = 0; k < 4; k++)
			known = known || strcmp(member(one, "by"), by[k]) == 0;
		assert_true(known);
	}
	if (strcmp(member(body, "proof"), "desk") == 0 && !json_is_integer(json_object_get(body, "promised_ms")))
		fail_msg("%s by %s has no promised time", f->s.kind->id, member(body, "way"));
	json_decref(body);
}

static void walk_way(const struct tg_service *service, const struct tg_kind *kind, int way)
{
	struct flow f;
	begin_kind(&f, service, kind);
	choose_kind(&f, service, kind);
	if (f.s.stage == TG_STAGE_WAY) {
		for (int i = 0; i < way; i++)
			flow_keys(&f, "Down");
		flow_keys(&f, "Enter");
	}
	int acts = 0;
	while (f.s.stage != TG_STAGE_RESULT && f.s.stage != TG_STAGE_JUDGING && f.s.stage != TG_STAGE_WORKING &&
	        acts++ < 60) {
		if (f.s.stage == TG_STAGE_PIN || (f.count[TG_FX_SUBMIT] == 0 && f.s.stage == TG_STAGE_CONSENT))
			check_record(&f);
		lead_on(&f);
	}
	if (f.count[TG_FX_SUBMIT] != 1 || f.bugs != 0 || f.s.stage == TG_STAGE_FAILURE)
		fail_msg("%s by way %s ends at %s after %d acts", kind->id, f.s.way ? f.s.way->id : "-",
		        tg_sm_name(&tg_stage_machine, (int)f.s.stage), acts);
}

static unsigned n_ways(const struct tg_kind *kind)
{
	unsigned n = kind->ways && kind->ways[0] != '\0';
	for (const char *p = kind->ways; p && *p != '\0'; p++)
		n += *p == ' ';
	return n > 0 ? n : 1;
}

static void every_kind_by_every_way_is_handed_in(void **state)
{
	(void)state;
	unsigned kinds = 0;
	for (unsigned s = 0; s < nca()->n_services; s++) {
		const struct tg_service *service = &nca()->services[s];
		bool opens_form = !service->opens || strcmp(service->opens, "form") == 0;
		for (unsigned k = 0; opens_form && service->open && k < service->n_kinds; k++)
			for (unsigned w = 0; service->kinds[k].form && w < n_ways(&service->kinds[k]); w++) {
				walk_way(service, &service->kinds[k], (int)w);
				kinds += w == 0;
			}
	}
	assert_int_equal(kinds, 8 + 3 + 1 + 1); /* of issue, of revocation, the power, the complaint */
}

static void the_record_names_what_is_held_against_registers(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_keys(&f,
	        "4 1 1 3 1 Enter Enter Enter"); /* an entity's employee with papers, presented by a representative */
	flow_at(&f, "form");
	flow_fill_form(&f);
	json_t *body = record(&f);
	assert_string_equal(member(body, "iin"), "900101300017");
	assert_string_equal(member(body, "bin"), "140840021970");
	assert_true(json_is_true(json_object_get(body, "confirm"))); /* NCA-9.head */
	assert_true(in_array(json_object_get(body, "conditions"), "role-employee"));
	json_decref(body);
	flow_keys(&f, "Esc Down Enter Enter Enter"); /* the head's own request needs no confirmation */
	flow_at(&f, "form");
	body = record(&f);
	assert_true(json_is_false(json_object_get(body, "confirm")));
	json_decref(body);
	flow_begin(&f, flow_shipped());
	flow_keys(&f, "4 1 2 1 2");
	flow_fill_form(&f);
	body = record(&f);
	assert_int_equal(json_array_size(json_object_get(body, "serials")), 2);
	assert_true(in_array(json_object_get(body, "serials"), "5a02c0ffee"));
	assert_string_equal(member(body, "operation"), "revoke");
	json_decref(body);
}

/* NCA-4: one working day by the provider's calendar. Handed in on Saturday 22 November 2025, 13:26 at the place: that
 * counts as Monday, and one working day later is Tuesday 25, 18:30 (13:30 UTC). */
static void nca_4_the_promised_time_stands_in_the_record(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_keys(&f, "4 1 1 1 2 1");
	json_t *body = record(&f);
	assert_int_equal(json_integer_value(json_object_get(body, "promised_ms")), INT64_C(1764077400000));
	json_decref(body);
}

static void nca_9_poa_the_power_says_what_it_is_for(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	flow_keys(&f, "4 1 3");
	flow_at(&f, "form");
	flow_fill_form(&f);
	json_t *body = record(&f);
	assert_string_equal(member(body, "operation"), "paper");
	assert_string_equal(member(body, "purpose"), "issue");
	json_decref(body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_kind_by_every_way_is_handed_in),
	        cmocka_unit_test(the_record_names_what_is_held_against_registers),
	        cmocka_unit_test(nca_4_the_promised_time_stands_in_the_record),
	        cmocka_unit_test(nca_9_poa_the_power_says_what_it_is_for),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
