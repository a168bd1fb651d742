/* What the centre tells the desk, also when it tells nonsense (P-5, NCA-9.check, NCA-9.head). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "desk.h"

static struct tg_catalog *catalog;
static struct tg_desk_application a;
static struct tg_error err;

static int load(void **state)
{
	(void)state;
	return tg_catalog_load(&catalog, TAMGA_SOURCE_DIR "/screens", tg_flow_rules, &err) == TG_OK ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	tg_catalog_destroy(catalog);
	return 0;
}

static json_t *body(const char *kind, const char *form)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "number", "0001-0000-0144", "provider", "kz-nca", "service",
	        "issue", "kind", kind, "form", form, "language", "kk");
}

static enum tg_status take(json_t *b)
{
	memset(&a, 0, sizeof a);
	enum tg_status status = kiosk_desk_application(catalog, b, &a, &err);
	json_decref(b);
	return status;
}

static void p5_nonsense_is_no_application(void **state)
{
	(void)state;
	assert_int_equal(take(json_array()), TG_CENTRE_GARBAGE);
	assert_int_equal(take(json_null()), TG_CENTRE_GARBAGE);
	assert_int_equal(take(body("nobody", "nca-a1")), TG_NOT_FOUND);
	assert_int_equal(take(body("individual", "nca-a2")), TG_NOT_FOUND);
	json_t *numbered = body("individual", "nca-a1");
	json_object_set_new(numbered, "number", json_string("0123456789012345678901234567890123456789"));
	assert_int_equal(take(numbered), TG_CENTRE_GARBAGE);
}

static json_t *answer(const char *field, const char *value)
{
	return json_pack("{s:s, s:s, s:s}", "field", field, "value", value, "by", "chip");
}

/* More answers than a form has fields, each as long as an answer may be, and fields that are none. */
static void p5_no_answer_is_longer_than_its_room(void **state)
{
	(void)state;
	static char longest[TG_VALUE_MAX];
	memset(longest, 'x', sizeof longest - 1);
	json_t *b = body("individual", "nca-a1"), *list = json_array();
	json_array_append_new(list, answer("no-such-field", "y"));
	for (int i = 0; i < 200; i++)
		json_array_append_new(list, answer("surname", longest));
	json_object_set_new(b, "answers", list);
	assert_int_equal(take(b), TG_OK);
	assert_true(a.n_answers > 0 && a.n_answers <= TG_FORM_FIELDS_MAX);
	for (unsigned i = 0; i < a.n_answers; i++) {
		assert_true(a.answers[i].at < sizeof a.text);
		assert_non_null(memchr(a.text + a.answers[i].at, '\0', sizeof a.text - a.answers[i].at));
		assert_string_equal(a.kind->form->fields[a.answers[i].field].id, "surname");
		assert_int_equal(a.answers[i].by, 'c');
	}
}

static void p5_what_is_shown_is_clean(void **state)
{
	(void)state;
	/* An escape sequence that wipes the screen, and U+202E, which turns what follows around. */
	static const char hostile[] = {'A', 033, '[', '2', 'J', 'B', (char)0xE2, (char)0x80, (char)0xAE, '\0'};
	json_t *b = body("individual", "nca-a1"), *list = json_array();
	json_array_append_new(list, answer("surname", hostile));
	json_object_set_new(b, "answers", list);
	json_object_set_new(b, "documents",
	        json_pack("[s, {s:s, s:s, s:s}]", "identity", "id", "power", "by", "person", "date", "\033]0;x\a"));
	assert_int_equal(take(b), TG_OK);
	assert_null(strchr(a.text, 033));
	assert_null(strstr(a.text, hostile + 6));
	for (unsigned i = 0; i < a.kind->n_documents; i++) {
		bool named = strcmp(a.kind->documents[i].id, "identity") == 0 ||
		             strcmp(a.kind->documents[i].id, "power") == 0;
		assert_string_equal(a.documents[i].by, named ? "person" : "");
		assert_null(strchr(a.documents[i].date, 033));
	}
}

/* The head's decision counts when the centre has verified it: then the application does not wait for the head any more.
 */
static void nca9_head_what_the_head_has_decided(void **state)
{
	(void)state;
	static const struct {
		bool confirm, decided, yes;
		const char *state;
		enum tg_desk_head head;
	} rows[] = {{false, false, false, "at-desk", TG_DESK_HEAD_NONE},
	        {true, false, false, "confirming", TG_DESK_HEAD_WAITING},
	        {true, true, true, "confirming", TG_DESK_HEAD_WAITING}, {true, true, true, "at-desk", TG_DESK_HEAD_YES},
	        {true, true, false, "declined", TG_DESK_HEAD_NO}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_t *b = json_pack("{s:b}", "confirm", (int)rows[i].confirm), *said = json_object();
		if (rows[i].decided)
			json_object_set_new(said, "head", json_pack("{s:b}", "yes", (int)rows[i].yes));
		memset(&a, 0, sizeof a);
		(void)tg_copy(a.state, sizeof a.state, rows[i].state);
		kiosk_desk_proofs(b, said, &a);
		assert_int_equal(a.head, rows[i].head);
		json_decref(b);
		json_decref(said);
	}
}

/* The judgement of the head's signature is none of the applicant's. */
static void nca9_again_whose_signature_was_judged(void **state)
{
	(void)state;
	json_t *b = json_object(), *said = json_pack("{s:{s:s, s:i}}", "verified", "what", "head", "code", 0);
	memset(&a, 0, sizeof a);
	kiosk_desk_proofs(b, said, &a);
	assert_false(a.verified);
	json_decref(said);
	said = json_pack("{s:{s:i}}", "verified", "code", (int)TG_CERT_REVOKED);
	kiosk_desk_proofs(b, said, &a);
	assert_true(a.verified);
	assert_int_equal(a.signature, TG_CERT_REVOKED);
	json_decref(said);
	json_decref(b);
}

static void nca9_check_registers_within_their_room(void **state)
{
	(void)state;
	json_t *list = json_array();
	assert_int_equal(take(body("individual", "nca-a1")), TG_OK);
	for (int i = 0; i < 9; i++) {
		json_t *differs = json_array();
		for (int k = 0; k < 30; k++)
			json_array_append_new(differs, json_string(k % 2 ? "surname" : "no-such-field"));
		json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "name", "persons", "status",
		                                    i == 0 ? "other" : "nonsense", "differs", differs));
	}
	kiosk_desk_registers(list, &a);
	assert_int_equal(a.n_registers, TG_DESK_REGISTERS_MAX);
	assert_int_equal(a.registers[0].status, TG_DESK_OTHER);
	assert_int_equal(a.registers[0].n_differs, TG_DESK_DIFFERS_MAX);
	assert_int_equal(a.registers[1].status, TG_DESK_DOWN); /* what is not understood is no agreement */
	assert_true(a.asked_registers);
	json_decref(list);
}

static void p5_a_row_of_the_queue(void **state)
{
	(void)state;
	struct tg_desk_row row;
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "number", "0001-0000-0144", "provider", "kz-nca",
	        "service", "complaint", "kind", "anyone", "claimed_by", "5a01", "claimed_until_ms", (json_int_t)77);
	assert_true(kiosk_desk_row(catalog, o, "5a02", &row));
	assert_true(row.complaint);
	assert_string_equal(row.claimed_by, "5a01");
	assert_true(kiosk_desk_row(catalog, o, "5a01", &row)); /* one's own claim hinders nobody */
	assert_string_equal(row.claimed_by, "");
	json_object_set_new(o, "kind", json_string("of-a-newer-kiosk"));
	assert_true(kiosk_desk_row(catalog, o, "", &row));
	assert_null(row.kind);
	json_object_del(o, "number");
	assert_false(kiosk_desk_row(catalog, o, "", &row));
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(p5_nonsense_is_no_application),
	        cmocka_unit_test(p5_no_answer_is_longer_than_its_room), cmocka_unit_test(p5_what_is_shown_is_clean),
	        cmocka_unit_test(nca9_head_what_the_head_has_decided),
	        cmocka_unit_test(nca9_again_whose_signature_was_judged),
	        cmocka_unit_test(nca9_check_registers_within_their_room), cmocka_unit_test(p5_a_row_of_the_queue)};
	return cmocka_run_group_tests_name("desk_facts", tests, load, unload);
}
