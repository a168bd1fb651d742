/* Modules and children that hang, crash and lie: each ends within the deadline as a named failure, and the next call
 * starts afresh. Requirement K-12; limits.md §4 (malicious cards). */
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "rig.h"
#include "tamga/clock.h"

#include <cmocka.h>

#define CALL_MS 1500

static int64_t now_ms(void)
{
	return tg_clock_real().mono_ms(NULL);
}

/* Inspects with this module in the place of SoftHSM's; the answer must come in time. */
static enum tg_status inspect_with(struct rig *r, const char *module)
{
	char override[512];
	snprintf(override, sizeof override, "softhsm=%s", module);
	rig_start(r, NULL, override, CALL_MS);
	int64_t begun = now_ms();
	enum tg_status status = tg_token_inspect(r->token, NULL, NULL, 0, &r->info, &r->err);
	assert_true(now_ms() - begun < CALL_MS + 1500);
	return status;
}

static void loses_the_child(const char *module)
{
	static struct rig r;
	assert_int_equal(inspect_with(&r, module), TG_TOKEN_LOST);
	assert_int_equal(tg_token_pid(r.token), 0);
	/* and again: nothing is left of the first */
	assert_int_equal(tg_token_inspect(r.token, NULL, NULL, 0, &r.info, &r.err), TG_TOKEN_LOST);
	rig_stop(&r);
}

static void test_a_module_that_hangs_is_ended_at_the_deadline(void **state)
{
	(void)state;
	loses_the_child(BAD_MODULES "/bad_hang_initialize.so");
	loses_the_child(BAD_MODULES "/bad_hang_session.so");
}

static void test_a_module_that_crashes_takes_only_the_child(void **state)
{
	(void)state;
	loses_the_child(BAD_MODULES "/bad_crash_session.so");
}

static void test_a_module_that_cannot_be_loaded_is_named(void **state)
{
	(void)state;
	static struct rig r;
	assert_int_equal(inspect_with(&r, "/nowhere/at/all.so"), TG_TOKEN_MODULE);
	assert_non_null(strstr(r.err.detail, "/nowhere/at/all.so"));
	rig_stop(&r);
	assert_int_equal(inspect_with(&r, "/lib/x86_64-linux-gnu/libm.so.6"), TG_TOKEN_MODULE);
	rig_stop(&r);
	assert_int_equal(inspect_with(&r, BAD_MODULES "/bad_refuse_list.so"), TG_TOKEN_MODULE);
	rig_stop(&r);
}

static void test_a_module_that_counts_wrongly_is_not_believed(void **state)
{
	(void)state;
	static struct rig r;
	assert_int_equal(inspect_with(&r, BAD_MODULES "/bad_many_slots.so"), TG_TOKEN_MODULE);
	rig_stop(&r);
	assert_int_equal(inspect_with(&r, BAD_MODULES "/bad_many_objects.so"), TG_CARD_BROKEN);
	rig_stop(&r);
}

static void test_foreign_text_comes_out_harmless(void **state)
{
	(void)state;
	static struct rig r;
	assert_int_equal(inspect_with(&r, BAD_MODULES "/bad_garbage_info.so"), TG_OK);
	for (const char *p = r.info.label; *p; p++)
		assert_true((unsigned char)*p >= 0x20);
	assert_null(strstr(r.info.label, "\xe2\x80\xae"));
	assert_non_null(strstr(r.info.label, "evil"));
	assert_string_not_equal(r.info.serial, "");
	assert_null(strchr(r.info.serial, '\x9b'));
	rig_stop(&r);
}

static void test_a_child_that_talks_nonsense_is_ended(void **state)
{
	(void)state;
	static const char *const kinds[] = {"huge", "short", "kind", "status", "field", "twice", "half", "exit"};
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct tg_token_config config = {.program = BAD_MODULES "/bad_child",
		        .carriers_path = kinds[i],
		        .call_ms = CALL_MS,
		        .generate_ms = CALL_MS};
		struct tg_token *t;
		struct tg_token_info info;
		struct tg_error err = {0};
		assert_int_equal(tg_token_create(&t, &config), TG_OK);
		enum tg_status status = tg_token_inspect(t, "reader", NULL, 0, &info, &err);
		if (status != TG_TOKEN_LOST)
			fail_msg("%s: %s", kinds[i], tg_status_name(status));
		assert_int_equal(tg_token_pid(t), 0);
		tg_token_destroy(t);
	}
}

static void test_a_child_that_cannot_be_started_is_lost(void **state)
{
	(void)state;
	struct tg_token_config config = {.program = "/nowhere/tamga-token", .carriers_path = "x"};
	struct tg_token *t;
	struct tg_token_info info;
	struct tg_error err = {0};
	assert_int_equal(tg_token_create(&t, &config), TG_OK);
	assert_int_equal(tg_token_inspect(t, NULL, NULL, 0, &info, &err), TG_TOKEN_LOST);
	assert_non_null(strstr(err.detail, "/nowhere/tamga-token"));
	tg_token_destroy(t);
}

static char *read_proc(int pid, const char *file, char *out, size_t cap)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	out[fread(out, 1, cap - 1, f)] = 0;
	fclose(f);
	return out;
}

/* design.md §1: no terminal, no core dumps, no new privileges, a filter of system calls, nothing open but its socket.
 */
static void test_the_child_is_locked_in(void **state)
{
	(void)state;
	static struct rig r;
	char text[8192] = "", *at;
	assert_int_equal(inspect_with(&r, BAD_MODULES "/bad_garbage_info.so"), TG_OK);
	int pid = tg_token_pid(r.token);
	read_proc(pid, "status", text, sizeof text);
	assert_non_null(strstr(text, "NoNewPrivs:\t1"));
	assert_non_null(strstr(text, "Seccomp:\t2"));
	read_proc(pid, "limits", text, sizeof text);
	at = strstr(text, "Max core file size");
	assert_non_null(at);
	assert_memory_equal(at + 26, "0 ", 2);
	read_proc(pid, "stat", text, sizeof text);
	int session = 0, terminal = -1;
	assert_int_equal(sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %d %d", &session, &terminal), 2);
	assert_int_equal(session, pid);
	assert_int_equal(terminal, 0);
	char dir[64], out[4096];
	snprintf(dir, sizeof dir, "/proc/%d/fd", pid);
	const char *const ls[] = {"ls", dir, NULL};
	assert_int_equal(rig_run(out, sizeof out, ls), 0);
	assert_string_equal(out, "0\n1\n2\n3\n");
	rig_stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_teardown(test_a_module_that_hangs_is_ended_at_the_deadline, rig_teardown),
	        cmocka_unit_test_teardown(test_a_module_that_crashes_takes_only_the_child, rig_teardown),
	        cmocka_unit_test_teardown(test_a_module_that_cannot_be_loaded_is_named, rig_teardown),
	        cmocka_unit_test_teardown(test_a_module_that_counts_wrongly_is_not_believed, rig_teardown),
	        cmocka_unit_test_teardown(test_foreign_text_comes_out_harmless, rig_teardown),
	        cmocka_unit_test(test_a_child_that_talks_nonsense_is_ended),
	        cmocka_unit_test(test_a_child_that_cannot_be_started_is_lost),
	        cmocka_unit_test_teardown(test_the_child_is_locked_in, rig_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
