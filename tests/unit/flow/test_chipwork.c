/* K-8: what has been begun and done, read back from entries, and what comes next. The entries are written here by hand,
 * as record.h describes them. */
#include "tamga/chipwork.h"

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
	struct tg_entry e = {.body = body, .body_len = body ? strlen(body) : 0, .time_ms = 1795342530000};
	tg_copy(e.kind, sizeof e.kind, kind);
	return tg_chip_work_apply(w, catalog, &e);
}

static void submit(struct tg_chip_work *w)
{
	tg_chip_work_init(w);
	assert_int_equal(apply(w, "application.submitted",
	                         "{\"number\":\"0001-0000-0144\",\"provider\":\"kz-nca\",\"service\":\"issue\","
	                         "\"form\":\"nca-a1\",\"language\":\"kk\",\"answers\":[{\"field\":\"iin\",\"value\":"
	                         "\"940317450215\"}],\"carrier\":{\"name\":\"x\",\"serial\":\"KZ1\"}}"),
	        TG_OK);
}

static void step(struct tg_chip_work *w, const char *kind, const char *name, const char *key, const char *extra)
{
	char body[256];
	snprintf(body, sizeof body,
	        "{\"number\":\"0001-0000-0144\",\"serial\":\"KZ1\",\"step\":\"%s\",\"key\":\"%s\"%s}", name, key,
	        extra);
	assert_int_equal(apply(w, kind, body), TG_OK);
}

static void expect_next(const struct tg_chip_work *w, enum tg_chip_step step_wanted, unsigned key_wanted)
{
	enum tg_chip_step s;
	unsigned k;
	assert_true(tg_chip_work_next(w, &s, &k));
	assert_int_equal(s, step_wanted);
	assert_int_equal(k, key_wanted);
}

static void steps_come_in_their_order(void **state)
{
	static const struct {
		enum tg_chip_step step;
		unsigned key;
		const char *name, *key_name;
	} order[] = {{TG_CHIP_GENERATE, 0, "generate", "sign"}, {TG_CHIP_GENERATE, 1, "generate", "auth"},
	        {TG_CHIP_REQUEST, 0, "request", "sign"}, {TG_CHIP_REQUEST, 1, "request", "auth"},
	        {TG_CHIP_ENROL, 0, "enrol", "sign"}, {TG_CHIP_ENROL, 1, "enrol", "auth"},
	        {TG_CHIP_WRITE, 0, "write", "sign"}, {TG_CHIP_PROVE, 0, "prove", "sign"},
	        {TG_CHIP_WRITE, 1, "write", "auth"}, {TG_CHIP_PROVE, 1, "prove", "auth"}};
	struct tg_chip_work w;
	enum tg_chip_step s;
	unsigned k;
	(void)state;
	submit(&w);
	assert_string_equal(tg_chip_work_answer("iin", &w), "940317450215");
	assert_null(tg_chip_work_answer("surname", &w));
	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		expect_next(&w, order[i].step, order[i].key);
		step(&w, "chip.intent", order[i].name, order[i].key_name, "");
		expect_next(&w, order[i].step, order[i].key); /* begun is not done: power may have gone */
		assert_int_equal(tg_chip_work_needs_sweep(&w, 0), order[i].step == TG_CHIP_GENERATE);
		assert_int_equal(tg_chip_work_can_undo(&w), i < 4);
		step(&w, "chip.done", order[i].name, order[i].key_name, "");
	}
	assert_false(tg_chip_work_next(&w, &s, &k));
	assert_int_equal(apply(&w, "application.delivered", "{\"number\":\"0001-0000-0144\"}"), TG_OK);
	assert_true(w.delivered);
	tg_chip_work_finish(&w);
}

/* The certificate that was received and not confirmed is kept, and the step is still to be done. */
static void a_received_certificate_is_kept(void **state)
{
	struct tg_chip_work w;
	(void)state;
	submit(&w);
	step(&w, "chip.intent", "enrol", "sign", ",\"certificate\":\"MAMCAQU=\"");
	assert_int_equal(w.keys[0].certificate.len, 5);
	assert_memory_equal(w.keys[0].certificate.data, "\x30\x03\x02\x01\x05", 5);
	assert_int_equal(w.keys[0].marks[TG_CHIP_ENROL], TG_MARK_BEGUN);
	assert_false(tg_chip_work_can_undo(&w));
	tg_chip_work_finish(&w);
}

static const char renewal[] =
        "{\"number\":\"0001-0000-0144\",\"provider\":\"kg-dostek\",\"form\":\"dostek-d1\",\"operation\":\"%s\","
        "\"carrier\":{\"name\":\"rutoken\",\"serial\":\"R1\",\"purpose\":\"token\"},\"old\":%s}";

static enum tg_status submit_renewal(struct tg_chip_work *w, const char *operation, const char *old)
{
	char body[512];
	tg_chip_work_init(w);
	snprintf(body, sizeof body, renewal, operation, old);
	return apply(w, "application.submitted", body);
}

static void prove_all(struct tg_chip_work *w)
{
	static const char *const names[] = {"generate", "request", "enrol", "write", "prove"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		enum tg_chip_step s;
		unsigned k;
		assert_true(tg_chip_work_next(w, &s, &k));
		assert_int_not_equal(s, TG_CHIP_RETIRE); /* the old pair stays until the new one is proven */
		step(w, "chip.intent", names[i], "sign", "");
		step(w, "chip.done", names[i], "sign", "");
	}
}

#define OLD "{\"id\":\"0aff\",\"label\":\"SIGN\",\"certificate\":\"MAMCAQU=\"}"

/* K-8: the old certificate is usable until the new one is proven. */
static void a_replacement_retires_the_old_pair_last(void **state)
{
	struct tg_chip_work w;
	enum tg_chip_step s;
	unsigned k;
	(void)state;
	assert_int_equal(submit_renewal(&w, "replace", OLD), TG_OK);
	assert_true(w.renews && w.retires);
	assert_int_equal(w.old_id_len, 2);
	assert_memory_equal(w.old_id, "\x0a\xff", 2);
	assert_memory_equal(w.old_certificate.data, "\x30\x03\x02\x01\x05", 5);
	prove_all(&w);
	expect_next(&w, TG_CHIP_RETIRE, 0);
	step(&w, "chip.intent", "retire", "sign", "");
	expect_next(&w, TG_CHIP_RETIRE, 0);
	assert_false(tg_chip_work_can_undo(&w));
	step(&w, "chip.done", "retire", "sign", "");
	assert_false(tg_chip_work_next(&w, &s, &k));
	tg_chip_work_finish(&w);
}

static void a_renewal_keeps_the_old_pair(void **state)
{
	struct tg_chip_work w;
	enum tg_chip_step s;
	unsigned k;
	(void)state;
	assert_int_equal(submit_renewal(&w, "renew", OLD), TG_OK);
	assert_true(w.renews && !w.retires);
	prove_all(&w);
	assert_false(tg_chip_work_next(&w, &s, &k));
	tg_chip_work_finish(&w);
}

static void a_renewal_of_nothing_is_refused(void **state)
{
	static const char *const olds[] = {"{}", "null", "{\"id\":\"0\",\"certificate\":\"MAMCAQU=\"}",
	        "{\"id\":\"0g\",\"certificate\":\"MAMCAQU=\"}", "{\"id\":\"0a\",\"certificate\":\"\"}",
	        "{\"id\":\"0a\",\"certificate\":\"?\"}",
	        "{\"id\":\"00112233445566778899aabbccddeeff0011223344\",\"certificate\":\"MAMCAQU=\"}"};
	(void)state;
	for (size_t i = 0; i < sizeof olds / sizeof olds[0]; i++) {
		struct tg_chip_work w;
		assert_int_equal(submit_renewal(&w, "renew", olds[i]), TG_INVALID);
		tg_chip_work_finish(&w);
	}
}

/* After a broken-off undo nobody knows which keys are left: they are made or found anew, with new requests. */
static void a_broken_undo_makes_the_keys_unknown(void **state)
{
	struct tg_chip_work w;
	(void)state;
	submit(&w);
	step(&w, "chip.intent", "generate", "sign", "");
	step(&w, "chip.done", "generate", "sign", ",\"spki\":\"MAMCAQU=\"");
	step(&w, "chip.done", "request", "sign", ",\"request\":\"MAMCAQU=\"");
	step(&w, "chip.intent", "undo", "", "");
	expect_next(&w, TG_CHIP_GENERATE, 0);
	assert_true(tg_chip_work_needs_sweep(&w, 0));
	assert_int_equal(w.keys[0].marks[TG_CHIP_REQUEST], TG_MARK_NONE);
	assert_int_equal(w.keys[0].spki.len, 0);
	assert_int_equal(w.keys[0].request.len, 0);
	step(&w, "chip.done", "undo", "", "");
	assert_false(tg_chip_work_needs_sweep(&w, 0));
	tg_chip_work_finish(&w);
}

static void key_ids_are_of_the_number_and_the_plan(void **state)
{
	struct tg_chip_work a, b;
	(void)state;
	submit(&a);
	submit(&b);
	assert_int_equal(a.n_keys, 2);
	assert_string_equal(a.keys[0].id_hex, b.keys[0].id_hex);
	assert_string_not_equal(a.keys[0].id_hex, a.keys[1].id_hex);
	/* printf 'tamga-key-id-1\0000001-0000-0144\000sign' | sha256sum | cut -c1-16 */
	assert_string_equal(a.keys[0].id_hex, "801bb4a3b47cbb4a");
	tg_chip_work_finish(&a);
	tg_chip_work_finish(&b);
}

static void nonsense_is_refused(void **state)
{
	static const char *const bodies[] = {"", "{", "[]", "{\"number\":1}",
	        "{\"number\":\"0001-0000-0144\",\"provider\":\"kz-nca\",\"form\":\"no-such-form\"}",
	        "{\"number\":\"0001-0000-0144\",\"provider\":\"nobody\",\"form\":\"nca-a1\"}",
	        "{\"number\":\"a number that is much longer than any "
	        "number\",\"provider\":\"kz-nca\",\"form\":\"nca-a1\"}"};
	struct tg_chip_work w;
	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		tg_chip_work_init(&w);
		assert_int_equal(apply(&w, "application.submitted", bodies[i]), TG_INVALID);
		tg_chip_work_finish(&w);
	}
	submit(&w);
	assert_int_equal(apply(&w, "chip.intent", "{\"step\":\"fly\",\"key\":\"sign\"}"), TG_INVALID);
	assert_int_equal(apply(&w, "chip.intent", "{\"step\":\"write\",\"key\":\"third\"}"), TG_INVALID);
	assert_int_equal(
	        apply(&w, "chip.done", "{\"step\":\"enrol\",\"key\":\"sign\",\"certificate\":\"%%%%\"}"), TG_INVALID);
	assert_int_equal(apply(&w, "some.newer.kind", "{}"), TG_OK);
	assert_int_equal(apply(&w, "chip.done", NULL), TG_OK); /* erased by rule */
	tg_chip_work_finish(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(steps_come_in_their_order),
	        cmocka_unit_test(a_received_certificate_is_kept),
	        cmocka_unit_test(a_replacement_retires_the_old_pair_last),
	        cmocka_unit_test(a_renewal_keeps_the_old_pair),
	        cmocka_unit_test(a_renewal_of_nothing_is_refused),
	        cmocka_unit_test(a_broken_undo_makes_the_keys_unknown),
	        cmocka_unit_test(key_ids_are_of_the_number_and_the_plan),
	        cmocka_unit_test(nonsense_is_refused),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
