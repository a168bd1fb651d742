/* NCA-6: the identity card and the SIM in one application. The journal is written here by hand, as record.h describes
 * it: the first carrier to its last proof, then the second; sweep and undo of one carrier; the second left out. */
#include "tamga/chipwork.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct tg_catalog *catalog;

static int load(void **state)
{
	struct tg_error err = {0};
	(void)state;
	return tg_catalog_load(&catalog, TAMGA_SOURCE_DIR "/screens", tg_flow_rules, &err) != TG_OK;
}

static int unload(void **state)
{
	(void)state;
	tg_catalog_destroy(catalog);
	return 0;
}

static enum tg_status apply(struct tg_chip_work *w, const char *kind, const char *body)
{
	struct tg_entry e = {.body = body, .body_len = strlen(body), .time_ms = 1795342530000};
	tg_copy(e.kind, sizeof e.kind, kind);
	return tg_chip_work_apply(w, catalog, &e);
}

/* Form A1: sign and auth (RSA) on an identity card, sim-sign (GOST) on a SIM. */
static enum tg_status submit(struct tg_chip_work *w, const char *carrier, const char *carriers)
{
	char body[512];
	tg_chip_work_init(w);
	snprintf(body, sizeof body,
	        "{\"number\":\"0001-0000-0144\",\"provider\":\"kz-nca\",\"service\":\"issue\",\"form\":\"nca-a1\","
	        "\"language\":\"kk\",\"carrier\":%s,\"carriers\":\"%s\"}",
	        carrier, carriers);
	return apply(w, "application.submitted", body);
}
#define CARD  "{\"name\":\"kz-idcard\",\"serial\":\"KZ1\",\"purpose\":\"id-card\"}"
#define NONE  "{\"name\":\"\",\"serial\":\"\",\"purpose\":\"\"}"
#define SIM   ",\"carrier\":\"kz-sim\",\"purpose\":\"sim\""
#define BYTES "MAMCAQU="

struct entry {
	const char *kind, *step, *key, *more;
};
/* What a whole run writes: 5 × 2 steps on the card, 5 on the SIM, each an intent and a done, and the certificates that
 * were received before they were confirmed. */
#define BOTH(step, key, more, result)                                                                                  \
	{"chip.intent", step, key, more},                                                                              \
	{                                                                                                              \
		"chip.done", step, key, more result                                                                    \
	}
#define ENROL(key, more)                                                                                               \
	{"chip.intent", "enrol", key, more}, {"chip.intent", "enrol", key, more ",\"certificate\":\"" BYTES "\""},     \
	{                                                                                                              \
		"chip.done", "enrol", key, more ",\"certificate\":\"" BYTES "\""                                       \
	}
static const struct entry whole[] = {BOTH("generate", "sign", "", ",\"spki\":\"" BYTES "\""),
        BOTH("generate", "auth", "", ",\"spki\":\"" BYTES "\""), BOTH("request", "sign", "", ""),
        BOTH("request", "auth", "", ""), ENROL("sign", ""), ENROL("auth", ""), BOTH("write", "sign", "", ""),
        BOTH("prove", "sign", "", ""), BOTH("write", "auth", "", ""), BOTH("prove", "auth", "", ""),
        BOTH("generate", "sim-sign", SIM, ",\"spki\":\"" BYTES "\""), BOTH("request", "sim-sign", SIM, ""),
        ENROL("sim-sign", SIM), BOTH("write", "sim-sign", SIM, ""), BOTH("prove", "sim-sign", SIM, "")};
enum { WHOLE = sizeof whole / sizeof whole[0], ON_CARD = 22, SIM_RECEIVED = ON_CARD + 5 };

static enum tg_status apply_one(struct tg_chip_work *w, const struct entry *e)
{
	char body[256];
	snprintf(body, sizeof body,
	        "{\"number\":\"0001-0000-0144\",\"serial\":\"%s\",\"step\":\"%s\",\"key\":\"%s\"%s}",
	        strstr(e->more, "purpose") ? "51c04a07" : "KZ1", e->step, e->key, e->more);
	return apply(w, e->kind, body);
}

/* The work as it is after the first n entries of a whole run. */
static void after(struct tg_chip_work *w, size_t n)
{
	assert_int_equal(submit(w, CARD, "id-card sim"), TG_OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(apply_one(w, &whole[i]), TG_OK);
}

static void the_first_is_finished_before_the_second_begins(void **state)
{
	struct tg_chip_work w;
	(void)state;
	after(&w, 0);
	assert_int_equal(w.n_carriers, 2);
	assert_int_equal(w.n_keys, 3);
	assert_string_equal(w.keys[2].plan->id, "sim-sign");
	assert_int_equal(w.keys[2].carrier, 1);
	assert_string_equal(w.carriers[1].serial, "");
	for (size_t i = 0; i < WHOLE; i++) {
		enum tg_chip_step step;
		unsigned key;
		/* An intent is what comes next; the second intent of an enrolment repeats the first. */
		assert_true(tg_chip_work_next(&w, &step, &key));
		assert_string_equal(tg_chip_step_name(step), whole[i].step);
		assert_string_equal(w.keys[key].plan->id, whole[i].key);
		assert_int_equal(tg_chip_work_at(&w), i < ON_CARD ? 0 : 1);
		assert_int_equal(apply_one(&w, &whole[i]), TG_OK);
	}
	assert_int_equal(tg_chip_work_at(&w), 2);
	assert_string_equal(w.carriers[0].serial, "KZ1");
	assert_string_equal(w.carriers[1].serial, "51c04a07");
	assert_string_equal(w.carriers[1].name, "kz-sim");
	tg_chip_work_finish(&w);
}

/* Power may go after any entry: what the next run finds is told by the entries alone. */
static void every_prefix_of_the_journal_says_what_is_true_then(void **state)
{
	(void)state;
	for (size_t n = 0; n <= WHOLE; n++) {
		struct tg_chip_work w;
		struct tg_work_facts f;
		bool begun = n > 0 && strcmp(whole[n - 1].kind, "chip.intent") == 0 &&
		             strcmp(whole[n - 1].step, "generate") == 0;
		after(&w, n);
		tg_chip_work_facts(&w, &f);
		assert_int_equal(f.n, 2);
		assert_int_equal(f.at, n < ON_CARD ? 0 : n < WHOLE ? 1 : 2);
		assert_int_equal(tg_chip_work_touched(&w, 0), n > 0);
		assert_int_equal(tg_chip_work_touched(&w, 1), n > ON_CARD);
		assert_int_equal(tg_chip_work_needs_sweep(&w, 0), begun && n < ON_CARD);
		assert_int_equal(tg_chip_work_needs_sweep(&w, 1), begun && n > ON_CARD);
		assert_int_equal(tg_chip_work_can_undo(&w), n <= 8); /* before the first certificate is asked for */
		/* The second may be left out until a certificate for it was received. */
		assert_int_equal(tg_chip_work_can_leave_out(&w), n >= ON_CARD && n <= SIM_RECEIVED);
		assert_int_equal(f.can_leave_out, n >= ON_CARD && n <= SIM_RECEIVED);
		assert_int_equal(f.touched, n < ON_CARD ? n > 0 : n > ON_CARD && n < WHOLE);
		tg_chip_work_finish(&w);
	}
}

static void an_undo_is_of_one_carrier(void **state)
{
	struct tg_chip_work w;
	const struct entry begun = {"chip.intent", "undo", "", SIM}, done = {"chip.done", "undo", "", SIM};
	(void)state;
	after(&w, ON_CARD + 4);
	assert_int_equal(apply_one(&w, &begun), TG_OK);
	assert_true(tg_chip_work_needs_sweep(&w, 1)); /* nobody knows which keys are left */
	assert_false(tg_chip_work_needs_sweep(&w, 0));
	assert_int_equal(w.keys[0].marks[TG_CHIP_PROVE], TG_MARK_DONE);
	assert_true(tg_chip_work_touched(&w, 1));
	assert_int_equal(apply_one(&w, &done), TG_OK);
	assert_false(tg_chip_work_touched(&w, 1));
	assert_int_equal(tg_chip_work_at(&w), 1);
	assert_int_equal(w.keys[2].spki.len, 0);
	assert_true(tg_chip_work_can_leave_out(&w));
	assert_int_equal(
	        apply(&w, "application.delivered", "{\"number\":\"0001-0000-0144\",\"without\":\"sim\"}"), TG_OK);
	assert_true(w.delivered && w.left_out);
	assert_int_equal(tg_chip_work_at(&w), 2);
	tg_chip_work_finish(&w);
}

/* K-3: the card on which a step was begun, and no other; one of the right kind where none was. */
static void each_carrier_keeps_to_its_card(void **state)
{
	struct tg_chip_work w;
	const struct tg_work_carrier card = {"kz-idcard", "id-card", "KZ1"}, other = {"kz-idcard", "id-card", "KZ2"};
	const struct tg_work_carrier sim = {"kz-sim", "sim", "51c04a07"}, sim2 = {"kz-sim", "sim", "51c04a08"};
	(void)state;
	after(&w, 0);
	assert_int_equal(tg_chip_work_adopt(&w, 0, &other), TG_CARD_OTHER);
	assert_int_equal(tg_chip_work_adopt(&w, 0, &sim), TG_CARD_OTHER);
	assert_int_equal(tg_chip_work_adopt(&w, 0, &card), TG_OK);
	assert_int_equal(tg_chip_work_adopt(&w, 1, &card), TG_CARD_OTHER); /* not the identity card once more */
	assert_int_equal(tg_chip_work_adopt(&w, 2, &sim), TG_INVALID);
	assert_int_equal(tg_chip_work_adopt(&w, 1, &sim2), TG_OK); /* whichever comes: nothing was begun */
	tg_chip_work_finish(&w);
	after(&w, ON_CARD + 1);
	assert_int_equal(tg_chip_work_adopt(&w, 1, &sim2), TG_CARD_OTHER);
	assert_int_equal(tg_chip_work_adopt(&w, 1, &sim), TG_OK);
	tg_chip_work_finish(&w);
}

static void expect_text(const struct tg_buf *json, const char *name, const char *wanted)
{
	json_t *body = json_loads(tg_buf_str(json), 0, NULL);
	const char *got = json_string_value(json_object_get(body, name));
	if (wanted)
		assert_string_equal(got ? got : "(none)", wanted);
	else
		assert_null(got);
	json_decref(body);
}

/* record.h: an entry of the second carrier says its serial number, its row and what it is for; one of the first is as
 * it always was. */
static void the_entries_of_the_second_say_so(void **state)
{
	const struct tg_bytes none = {NULL, 0};
	const struct tg_work_carrier sim = {"kz-sim", "sim", "51c04a07"};
	struct tg_chip_work w;
	struct tg_buf first = TG_BUF_INIT, second = TG_BUF_INIT;
	(void)state;
	after(&w, ON_CARD);
	assert_int_equal(tg_chip_work_adopt(&w, 1, &sim), TG_OK);
	assert_int_equal(tg_chip_work_json(&w, TG_CHIP_PROVE, 0, NULL, none, &first), TG_OK);
	assert_int_equal(tg_chip_work_json(&w, TG_CHIP_UNDO, 2, NULL, none, &second), TG_OK);
	expect_text(&first, "serial", "KZ1");
	expect_text(&first, "purpose", NULL);
	expect_text(&first, "carrier", NULL);
	expect_text(&second, "serial", "51c04a07");
	expect_text(&second, "purpose", "sim");
	expect_text(&second, "carrier", "kz-sim");
	expect_text(&second, "key", "");
	tg_buf_finish(&first);
	tg_buf_finish(&second);
	tg_chip_work_finish(&w);
}

/* Handed in with papers: what it is for is known, which card it is not. */
static void the_first_card_may_come_later(void **state)
{
	const struct tg_work_carrier card = {"kz-idcard", "id-card", "KZ1"}, token = {"rutoken", "token", "R1"};
	struct tg_chip_work w;
	struct tg_buf json = TG_BUF_INIT;
	(void)state;
	assert_int_equal(submit(&w, NONE, "id-card sim"), TG_OK);
	assert_int_equal(w.n_keys, 3);
	assert_int_equal(tg_chip_work_adopt(&w, 0, &token), TG_CARD_OTHER);
	assert_int_equal(tg_chip_work_adopt(&w, 0, &card), TG_OK);
	assert_int_equal(tg_chip_work_json(&w, TG_CHIP_GENERATE, 0, NULL, (struct tg_bytes){NULL, 0}, &json), TG_OK);
	expect_text(&json, "purpose", "id-card");
	tg_buf_finish(&json);
	tg_chip_work_finish(&w);
}

static void one_carrier_is_one(void **state)
{
	static const char *const carriers[] = {"", "id-card"};
	(void)state;
	for (size_t i = 0; i < sizeof carriers / sizeof carriers[0]; i++) {
		struct tg_chip_work w;
		assert_int_equal(submit(&w, CARD, carriers[i]), TG_OK);
		assert_int_equal(w.n_carriers, 1);
		assert_int_equal(w.n_keys, 2);
		assert_false(tg_chip_work_can_leave_out(&w));
		tg_chip_work_finish(&w);
	}
}

static void nonsense_is_refused(void **state)
{
	static const char *const carriers[] = {"id-card id-card", "sim id-card", "id-card sim token",
	        "id-card a-purpose-that-is-longer-than-any", "a-purpose-that-is-longer-than-any sim", " sim",
	        "id-card medium"};
	const struct entry unknown = {"chip.intent", "generate", "sim-sign", ",\"purpose\":\"token\""};
	struct tg_chip_work w;
	(void)state;
	for (size_t i = 0; i < sizeof carriers / sizeof carriers[0]; i++) {
		assert_int_equal(submit(&w, CARD, carriers[i]), TG_INVALID);
		tg_chip_work_finish(&w);
	}
	after(&w, 0);
	assert_int_equal(apply_one(&w, &unknown), TG_INVALID); /* the SIM's key on another carrier */
	tg_chip_work_finish(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_first_is_finished_before_the_second_begins),
	        cmocka_unit_test(every_prefix_of_the_journal_says_what_is_true_then),
	        cmocka_unit_test(an_undo_is_of_one_carrier),
	        cmocka_unit_test(each_carrier_keeps_to_its_card),
	        cmocka_unit_test(the_entries_of_the_second_say_so),
	        cmocka_unit_test(the_first_card_may_come_later),
	        cmocka_unit_test(one_carrier_is_one),
	        cmocka_unit_test(nonsense_is_refused),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
