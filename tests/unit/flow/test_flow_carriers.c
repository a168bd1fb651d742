/* K-6, NCA-6: a carrier that cannot make the keys of the form is refused by name before anything is asked of it; what
 * each makes stands in screens/carriers.yaml. */
#include "flow_fixture.h"

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

/* The form's two RSA pairs: a token of GOST alone is told on CARRIER, another one goes on at once. */
static void k6_a_carrier_that_cannot_make_the_keys_is_refused_by_name(void **state)
{
	(void)state;
	struct flow f;
	at_way(&f, INDIVIDUAL);
	flow_keys(&f, "1"); /* on the spot */
	flow_at(&f, "carrier");
	a_carrier(&f, "gost-only", "token", "gost2001 gost2012-256");
	flow_card(&f, true);
	flow_see_id(&f, "error.algorithm");
	flow_see_id(&f, "mend.algorithm");
	flow_see(&f, "T-318");
	flow_keys(&f, "Enter Enter");
	flow_at(&f, "carrier");
	never_asked(&f);
	flow_card(&f, false);
	a_carrier(&f, "softhsm", "token", "rsa-2048");
	flow_card(&f, true);
	flow_see_not(&f, tg_text(flow_sentences(), TG_LANG_EN, "error.algorithm"));
	flow_keys(&f, "Enter");
	assert_int_not_equal(f.s.stage, TG_STAGE_CARRIER);
}

/* On a SIM the same form asks for one GOST pair: what each carrier can make is what it is asked for. */
static void nca_6_the_keys_are_those_of_the_carrier(void **state)
{
	(void)state;
	struct flow f;
	at_way(&f, INDIVIDUAL);
	flow_keys(&f, "1");
	a_carrier(&f, "kz-sim", "sim", "gost2001");
	flow_card(&f, true);
	flow_see_not(&f, tg_text(flow_sentences(), TG_LANG_EN, "error.algorithm"));
	flow_keys(&f, "Enter");
	assert_int_not_equal(f.s.stage, TG_STAGE_CARRIER);
	at_way(&f, INDIVIDUAL);
	flow_keys(&f, "1");
	a_carrier(&f, "other-sim", "sim", "rsa-2048");
	flow_card(&f, true);
	flow_see_id(&f, "error.algorithm");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(k6_a_carrier_that_cannot_make_the_keys_is_refused_by_name),
	        cmocka_unit_test(nca_6_the_keys_are_those_of_the_carrier),
	        cmocka_unit_test(nca_9_again_the_token_that_signs_must_make_the_new_keys),
	        cmocka_unit_test(nca_9_r_a_revocation_asks_nothing_of_the_carrier),
	        cmocka_unit_test(k8_coming_back_with_a_carrier_that_cannot_make_them),
	};
	return cmocka_run_group_tests(tests, flow_group_setup, flow_group_teardown);
}
