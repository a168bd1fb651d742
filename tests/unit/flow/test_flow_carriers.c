/* K-4, K-6, NCA-6: where the certificates go, after the chip has said who asks; a carrier that cannot make the keys of
 * the form is refused by name before anything is asked of it; what each makes stands in screens/carriers.yaml. */
#include "flow_fixture.h"

#include "tamga/buf.h"
#include "tamga/text.h"
#include <stdlib.h>

enum { INDIVIDUAL = 1, JOINT = 2, ENTITY = 3 };

static void at_way(struct flow *f, unsigned kind)
{
	char keys[32];
	flow_begin(f, flow_shipped());
	(void)snprintf(keys, sizeof keys, "4 1 1 %u", kind); /* English, the authority, issue */
	flow_keys(f, keys);
	flow_at(f, "way");
}

static void a_carrier(struct flow *f, const char *name, const char *purpose, const char *algorithms)
{
	(void)tg_copy(f->token.carrier, sizeof f->token.carrier, name);
	(void)tg_copy(f->token.purpose, sizeof f->token.purpose, purpose);
	(void)tg_copy(f->token.algorithms, sizeof f->token.algorithms, algorithms);
}

static void never_asked(const struct flow *f)
{
	assert_int_equal(f->count[TG_FX_SUBMIT], 0);
	assert_int_equal(f->count[TG_FX_CHIP_RUN], 0);
}

/* On the spot, and the chip has proven who asks; the carriers are asked for. */
static void at_carriers(struct flow *f)
{
	at_way(f, INDIVIDUAL);
	flow_walk(f, TG_STAGE_CARRIERS);
}

/* What is in the reader is exchanged for another carrier. */
static void exchange(struct flow *f, const char *name, const char *purpose, const char *algorithms)
{
	flow_card(f, false);
	a_carrier(f, name, purpose, algorithms);
	f->token.document = false;
	(void)snprintf(f->token.serial, sizeof f->token.serial, "OF-%s", name);
	flow_card(f, true);
}

static char *submitted(const struct flow *f)
{
	struct tg_buf out = TG_BUF_INIT;
	assert_int_equal(tg_flow_application_json(&f->s, &out), TG_OK);
	char *text = strdup(tg_buf_str(&out));
	tg_buf_wipe(&out);
	return text;
}

/* K-4: a token or SIM says nothing about who holds it. */
static void k4_the_identity_card_comes_before_any_other_carrier(void **state)
{
	(void)state;
	static const char *const purposes[] = {"token", "sim"};
	for (size_t i = 0; i < sizeof purposes / sizeof purposes[0]; i++) {
		struct flow f;
		at_way(&f, INDIVIDUAL);
		flow_keys(&f, "1");
		flow_at(&f, "carrier");
		exchange(&f, "softhsm", purposes[i], "rsa-2048 gost2001");
		flow_see_id(&f, "carrier.identity-first");
		flow_see_id(&f, "carrier.kz-idcard"); /* it is named: the name that the test gave its card */
		flow_keys(&f, "Enter Enter");
		flow_at(&f, "carrier");
		never_asked(&f);
	}
}

static void nca_6_each_carrier_and_two_together_are_offered(void **state)
{
	(void)state;
	static const struct {
		const char *key, *carriers;
	} rows[] = {{"1", "id-card"}, {"2", "token"}, {"3", "sim"}, {"4", "id-card sim"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct flow f;
		at_carriers(&f);
		flow_see_id(&f, "carriers.id-card");
		flow_see_id(&f, "carriers.token");
		flow_see_id(&f, "carriers.sim");
		flow_keys(&f, rows[i].key);
		assert_string_equal(f.s.carriers, rows[i].carriers);
		flow_at(&f, rows[i].carriers[0] == 'i' ? "form" : "carrier"); /* the identity card is in already */
	}
}

/* The focus is on the identity card: one key. */
static void k4_one_key_for_the_card_at_hand(void **state)
{
	(void)state;
	struct flow f;
	at_carriers(&f);
	flow_keys(&f, "Enter");
	flow_at(&f, "form");
	assert_string_equal(f.s.carriers, "id-card");
}

/* A kind that leaves one carrier is not asked. */
static void nca_6_one_possibility_is_no_question(void **state)
{
	(void)state;
	struct flow f;
	at_way(&f, INDIVIDUAL);
	flow_walk(&f, TG_STAGE_READING);
	struct tg_kind kind = *f.s.kind;
	kind.carriers = "id-card";
	kind.carriers_together = NULL;
	f.s.kind = &kind;
	flow_keys(&f, "Enter");
	flow_at(&f, "form");
	assert_string_equal(f.s.carriers, "id-card");
	flow_keys(&f, "Esc");
	flow_at(&f, "reading");
}

/* The identity card may leave: what its chip proved holds on this visit, and the certificates go onto the token. */
static void k4_the_proof_outlives_the_identity_card(void **state)
{
	(void)state;
	struct flow f;
	at_carriers(&f);
	flow_keys(&f, "2");
	flow_see_id(&f, "carrier.insert-token");
	exchange(&f, "kz-sim", "sim", "gost2001"); /* another one than was chosen */
	flow_see_id(&f, "carrier.insert-token");
	flow_keys(&f, "Enter");
	flow_at(&f, "carrier");
	exchange(&f, "softhsm", "token", "rsa-2048");
	flow_keys(&f, "Enter");
	flow_at(&f, "form");
	assert_string_equal(f.s.answers[flow_field(&f, "iin")].value, "900101300017");
	flow_walk(&f, TG_STAGE_PIN);
	char *json = submitted(&f);
	assert_non_null(strstr(json, "\"value\":\"900101300017\",\"by\":\"chip\""));
	assert_non_null(strstr(json, "\"passive\":0,"));
	assert_non_null(
	        strstr(json, "\"carrier\":{\"name\":\"softhsm\",\"serial\":\"OF-softhsm\",\"purpose\":\"token\"}"));
	assert_null(strstr(json, "\"carriers\":"));
	free(json);
	assert_int_equal(f.count[TG_FX_READ_DOCUMENT], 1);
}

/* Both cards are in from the beginning, each in a reader of its own. */
static void k4_a_card_in_the_other_reader_is_looked_at(void **state)
{
	(void)state;
	struct flow f;
	at_carriers(&f);
	struct tg_event ev = flow_ev(&f, TG_EV_READER);
	ev.reader = f.s.reader;
	ev.other = (struct tg_reader_state){.card = true, .reader = "Virtual PCD 00 01", .name = "Virtual PCD 00 01"};
	flow_event(&f, &ev);
	a_carrier(&f, "softhsm", "token", "rsa-2048");
	f.token.document = false;
	(void)snprintf(f.token.serial, sizeof f.token.serial, "OF-softhsm");
	flow_keys(&f, "2");
	assert_string_equal(f.s.reader.name, "Virtual PCD 00 01");
	assert_string_equal(f.s.token.purpose, "token");
	flow_keys(&f, "Enter");
	flow_at(&f, "form");
}

/* Two wrong ones are told, and not looked at in turns for ever. */
static void k3_two_wrong_cards_are_told_once(void **state)
{
	(void)state;
	struct flow f;
	at_carriers(&f);
	struct tg_event ev = flow_ev(&f, TG_EV_READER);
	ev.reader = f.s.reader;
	ev.other = (struct tg_reader_state){.card = true, .reader = "Virtual PCD 00 01", .name = "Virtual PCD 00 01"};
	flow_event(&f, &ev);
	a_carrier(&f, "kz-sim", "sim", "gost2001");
	f.token.document = false;
	(void)snprintf(f.token.serial, sizeof f.token.serial, "OF-sim");
	flow_forget_effects(&f);
	flow_keys(&f, "2");
	flow_see_id(&f, "carrier.insert-token");
	assert_in_range(f.count[TG_FX_TOKEN_INFO], 1, 2);
}

/* The form's two RSA pairs: a token of GOST alone is told on CARRIER, another one goes on at once. */
static void k6_a_carrier_that_cannot_make_the_keys_is_refused_by_name(void **state)
{
	(void)state;
	struct flow f;
	at_carriers(&f);
	flow_keys(&f, "2");
	flow_at(&f, "carrier");
	exchange(&f, "gost-only", "token", "gost2001 gost2012-256");
	flow_see_id(&f, "error.algorithm");
	flow_see_id(&f, "mend.algorithm");
	flow_see(&f, "T-318");
	flow_keys(&f, "Enter Enter");
	flow_at(&f, "carrier");
	never_asked(&f);
	exchange(&f, "softhsm", "token", "rsa-2048");
	flow_see_not(&f, tg_text(flow_sentences(), TG_LANG_EN, "error.algorithm"));
	flow_keys(&f, "Enter");
	flow_at(&f, "form");
}

/* On a SIM the same form asks for one GOST pair: what each carrier can make is what it is asked for. */
static void nca_6_the_keys_are_those_of_the_carrier(void **state)
{
	(void)state;
	struct flow f;
	at_carriers(&f);
	flow_keys(&f, "3");
	exchange(&f, "other-sim", "sim", "rsa-2048");
	flow_see_id(&f, "error.algorithm");
	exchange(&f, "kz-sim", "sim", "gost2001");
	flow_see_not(&f, tg_text(flow_sentences(), TG_LANG_EN, "error.algorithm"));
	flow_keys(&f, "Enter");
	flow_at(&f, "form");
}

/* NCA-6: both in one application: the identity card first, and the record says both. */
static void nca_6_identity_card_and_sim_in_one_application(void **state)
{
	(void)state;
	struct flow f;
	at_carriers(&f);
	flow_keys(&f, "4");
	flow_at(&f, "form");
	flow_walk(&f, TG_STAGE_PIN);
	char *json = submitted(&f);
	assert_non_null(strstr(json, "\"purpose\":\"id-card\"},\"carriers\":\"id-card sim\""));
	free(json);
}

static void with_certificate(struct flow *f, const char *algorithms)
{
	struct tg_held_certificate *c = &f->facts.certificates[0];
	memset(&f->facts, 0, sizeof f->facts);
	f->facts.n_devices = 1;
	f->facts.devices[0] = (struct tg_device){.reader = "Virtual PCD 00 00", .shown = "Virtual PCD 00 00"};
	f->facts.n_certificates = 1;
	(void)tg_copy(c->sha256, sizeof c->sha256, "00ff");
	(void)tg_copy(c->holder, sizeof c->holder, "B");
	c->from_ms = f->wall - 1000;
	c->until_ms = f->wall + INT64_C(86400000) * 90;
	c->signs = true;
	c->left_today = c->left_in_all = -1;
	a_carrier(f, "softhsm", "token", algorithms);
}

/* NCA-9.again: the token signs, but the new GOST key cannot be made on it. Said before the form is filled. */
static void nca_9_again_the_token_that_signs_must_make_the_new_keys(void **state)
{
	(void)state;
	struct flow f;
	at_way(&f, ENTITY);
	with_certificate(&f, "rsa-2048");
	flow_keys(&f, "2 1"); /* by signature, employee */
	flow_at(&f, "devices");
	flow_keys(&f, "1");
	flow_at(&f, "company");
	flow_see_id(&f, "error.algorithm");
	flow_keys(&f, "1 Enter");
	assert_int_not_equal(f.s.stage, TG_STAGE_FORM);
	never_asked(&f);
	at_way(&f, ENTITY);
	with_certificate(&f, "rsa-2048 gost2001");
	flow_keys(&f, "2 1 1");
	flow_at(&f, "form");
}

/* A revocation makes no keys: whatever signs is good for it. */
static void nca_9_r_a_revocation_asks_nothing_of_the_carrier(void **state)
{
	(void)state;
	struct flow f;
	flow_begin(&f, flow_shipped());
	with_certificate(&f, "gost2001");
	flow_keys(&f, "4 1 2 1 4"); /* revoke, a person, by signature */
	flow_at(&f, "devices");
	flow_keys(&f, "1");
	flow_see_not(&f, tg_text(flow_sentences(), TG_LANG_EN, "error.algorithm"));
	assert_int_not_equal(f.s.stage, TG_STAGE_COMPANY);
}

/* Accepted at the desk; the person comes back with a token that is no good for it: the PIN is not asked. */
static void k8_coming_back_with_a_carrier_that_cannot_make_them(void **state)
{
	(void)state;
	struct flow f;
	at_way(&f, JOINT);
	flow_keys(&f, "1 1"); /* papers, employee */
	f.s.stage = TG_STAGE_RESUME;
	(void)tg_copy(f.s.number, sizeof f.s.number, "K7M2-0004-9QX1");
	a_carrier(&f, "softhsm", "token", "rsa-2048");
	flow_card(&f, true);
	flow_see_id(&f, "error.algorithm");
	flow_see_not(&f, tg_text(flow_sentences(), TG_LANG_EN, "resume.continue"));
	flow_card(&f, false);
	a_carrier(&f, "kz-idcard", "id-card", "rsa-2048");
	flow_card(&f, true);
	flow_see_id(&f, "error.card-unsupported");
	flow_card(&f, false);
	a_carrier(&f, "rutoken-ecp", "token", "rsa-2048 gost2001");
	flow_card(&f, true);
	flow_see_id(&f, "resume.continue");
	never_asked(&f);
}

/* An identity card of a maker whose module is not here: inserted, known by its row, without a number. */
static void only_a_document(struct flow *f)
{
	flow_card(f, false);
	a_carrier(f, "kz-idcard-soma", "id-card", "");
	f->token.status = TG_CARD_UNSUPPORTED;
	f->token.document = true;
	f->token.serial[0] = '\0';
	flow_card(f, true);
}

static void usable(struct flow *f)
{
	f->token.status = TG_OK;
}

/* K-4: its chip says who asks; the certificates go onto something else. */
static void k4_a_card_that_makes_no_keys_says_who_asks(void **state)
{
	(void)state;
	struct flow f;
	at_way(&f, INDIVIDUAL);
	flow_keys(&f, "1");
	only_a_document(&f);
	flow_at(&f, "carrier");
	flow_see_not(&f, "T-212");
	flow_see_not(&f, tg_text(flow_sentences(), TG_LANG_EN, "reader.other-card"));
	flow_keys(&f, "Enter");
	flow_walk(&f, TG_STAGE_CARRIERS);
	flow_see_id(&f, "carriers.token");
	flow_see_id(&f, "carriers.sim");
	flow_see_not(&f, tg_text(flow_sentences(), TG_LANG_EN, "carriers.id-card"));
	flow_see_id(&f, "carriers.only-named");
	flow_keys(&f, "3 4"); /* nor the two together */
	flow_at(&f, "carriers");
	flow_keys(&f, "1");
	flow_at(&f, "carrier");
	flow_see_id(&f, "carrier.insert-token"); /* it has done its part: that it lies there still is no mistake */
	flow_see_not(&f, "T-212");
	flow_keys(&f, "Enter Enter");
	flow_at(&f, "carrier");
	usable(&f);
	exchange(&f, "softhsm", "token", "rsa-2048");
	flow_keys(&f, "Enter");
	flow_at(&f, "form");
	assert_string_equal(f.s.answers[flow_field(&f, "iin")].value, "900101300017");
	flow_walk(&f, TG_STAGE_PIN);
	char *json = submitted(&f);
	assert_non_null(strstr(json, "\"value\":\"900101300017\",\"by\":\"chip\""));
	assert_non_null(strstr(json, "\"name\":\"softhsm\""));
	free(json);
}

/* Where nothing but the identity card may carry the keys it is refused before anything is read or typed. */
static void k3_it_is_refused_where_only_its_like_is_written_to(void **state)
{
	(void)state;
	struct flow f;
	at_way(&f, INDIVIDUAL);
	flow_keys(&f, "1");
	struct tg_kind kind = *f.s.kind;
	kind.carriers = "id-card";
	kind.carriers_together = NULL;
	f.s.kind = &kind;
	only_a_document(&f);
	flow_see(&f, "T-212");
	flow_keys(&f, "Enter Enter");
	flow_at(&f, "carrier");
	assert_int_equal(f.count[TG_FX_READ_DOCUMENT], 0);
}

/* Read, but its chip proves nothing: it is good for nothing here. */
static void k4_unproven_it_leads_nowhere(void **state)
{
	(void)state;
	struct flow f;
	at_way(&f, INDIVIDUAL);
	flow_keys(&f, "1");
	only_a_document(&f);
	f.chip.passive = TG_DOC_TAMPERED;
	flow_walk(&f, TG_STAGE_READING);
	flow_see_id(&f, "error.doc-tampered");
	assert_string_equal(f.s.doc.keyless, "id-card");
	flow_card(&f, false);
	flow_at(&f, "carrier");
	usable(&f);
	exchange(&f, "softhsm", "token", "rsa-2048");
	flow_see_id(&f, "carrier.identity-first");
	flow_keys(&f, "Enter Enter");
	flow_at(&f, "carrier");
	never_asked(&f);
}

/* The identity card in one reader, the token in the other: nothing is to be moved. */
static void k4_the_token_beside_it_is_looked_at(void **state)
{
	(void)state;
	struct flow f;
	at_way(&f, INDIVIDUAL);
	flow_keys(&f, "1");
	only_a_document(&f);
	flow_walk(&f, TG_STAGE_CARRIERS);
	struct tg_event ev = flow_ev(&f, TG_EV_READER);
	ev.reader = f.s.reader;
	ev.other = (struct tg_reader_state){.card = true, .reader = "Virtual PCD 00 01", .name = "Virtual PCD 00 01"};
	flow_event(&f, &ev);
	usable(&f);
	a_carrier(&f, "softhsm", "token", "rsa-2048");
	f.token.document = false;
	(void)snprintf(f.token.serial, sizeof f.token.serial, "OF-softhsm");
	flow_keys(&f, "1");
	assert_string_equal(f.s.reader.name, "Virtual PCD 00 01");
	flow_keys(&f, "Enter");
	flow_at(&f, "form");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(k4_the_identity_card_comes_before_any_other_carrier),
	        cmocka_unit_test(nca_6_each_carrier_and_two_together_are_offered),
	        cmocka_unit_test(k4_one_key_for_the_card_at_hand),
	        cmocka_unit_test(nca_6_one_possibility_is_no_question),
	        cmocka_unit_test(k4_the_proof_outlives_the_identity_card),
	        cmocka_unit_test(k4_a_card_in_the_other_reader_is_looked_at),
	        cmocka_unit_test(k3_two_wrong_cards_are_told_once),
	        cmocka_unit_test(nca_6_identity_card_and_sim_in_one_application),
	        cmocka_unit_test(k6_a_carrier_that_cannot_make_the_keys_is_refused_by_name),
	        cmocka_unit_test(nca_6_the_keys_are_those_of_the_carrier),
	        cmocka_unit_test(nca_9_again_the_token_that_signs_must_make_the_new_keys),
	        cmocka_unit_test(nca_9_r_a_revocation_asks_nothing_of_the_carrier),
	        cmocka_unit_test(k4_a_card_that_makes_no_keys_says_who_asks),
	        cmocka_unit_test(k3_it_is_refused_where_only_its_like_is_written_to),
	        cmocka_unit_test(k4_unproven_it_leads_nowhere),
	        cmocka_unit_test(k4_the_token_beside_it_is_looked_at),
	        cmocka_unit_test(k8_coming_back_with_a_carrier_that_cannot_make_them),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
