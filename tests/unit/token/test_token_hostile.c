/* A module that hangs, crashes, fails or answers garbage in each function that the child calls, through a login, a key,
 * a signature: every call comes back in time with a named failure, none of them is a success that was not one, and
 * with the fault gone the same token works. Requirements K-8, K-12; limits.md §4. */
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig.h"
#include "tamga/clock.h"
#include "tamga/gost.h"

#include <cmocka.h>

#define MODULE  TAMGA_BINARY_DIR "/tests/libtamga-test-gost.so"
#define FACTORY "12345678"
#define CALL_MS 1500

static struct {
	char dir[64], carriers[96], token[96], fault[128];
} place;

static void put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void begin(struct rig *r)
{
	(void)tg_copy(place.dir, sizeof place.dir, "/tmp/tamga-hostile-test-XXXXXX");
	assert_non_null(mkdtemp(place.dir));
	snprintf(place.carriers, sizeof place.carriers, "%s/carriers.yaml", place.dir);
	snprintf(place.token, sizeof place.token, "%s/token", place.dir);
	snprintf(place.fault, sizeof place.fault, "%s/fault", place.token);
	assert_int_equal(mkdir(place.token, 0700), 0);
	put_file(place.carriers,
	        "carriers:\n  - id: vendor\n    name: carrier.rutoken-ecp\n    model: TAMGA-TEST-GOST\n"
	        "    module: " MODULE "\n    dialect: generic\n    pin_min: 6\n    pin_max: 32\n"
	        "    so_pin: text\n    purpose: token\n    algorithms: gost2012-256\n");
	assert_int_equal(setenv("TAMGA_TEST_GOST_DIR", place.token, 1), 0);
	rig_start(r, place.carriers, NULL, CALL_MS);
	tg_token_destroy(r->token);
	struct tg_token_config config = {.program = TAMGA_BINARY_DIR "/bin/tamga-token",
	        .carriers_path = place.carriers,
	        .call_ms = CALL_MS,
	        .generate_ms = CALL_MS};
	assert_int_equal(tg_token_create(&r->token, &config), TG_OK);
}

static void end(struct rig *r)
{
	char out[256];
	rig_stop(r);
	const char *const rm[] = {"rm", "-rf", place.dir, NULL};
	assert_int_equal(rig_run(out, sizeof out, rm), 0);
}

static enum tg_status login(struct rig *r)
{
	struct tg_secret *pin = rig_pin(FACTORY);
	enum tg_status status = tg_token_login(r->token, "0054474F53540001", pin, &r->info, &r->err);
	tg_secret_destroy(pin);
	return status;
}

static enum tg_status sign(struct rig *r, const struct tg_key_ref *key)
{
	static const uint8_t text[] = "what a person has seen";
	struct tg_buf signature = TG_BUF_INIT, algorithm = TG_BUF_INIT;
	enum tg_status status =
	        tg_token_sign(r->token, key, (struct tg_bytes){text, sizeof text}, &signature, &algorithm, &r->err);
	if (status == TG_OK)
		assert_int_equal(signature.len, 64);
	tg_buf_finish(&signature);
	tg_buf_finish(&algorithm);
	return status;
}

/* All that a journey does with a token, up to the first failure. */
static enum tg_status journey(struct rig *r)
{
	struct tg_key_ref key = rig_key(1, "SIGN");
	struct tg_buf spki = TG_BUF_INIT;
	r->err = (struct tg_error){0};
	enum tg_status status = tg_token_inspect(r->token, NULL, NULL, 0, &r->info, &r->err);
	if (status == TG_OK)
		status = login(r);
	if (status == TG_OK)
		status = tg_token_generate(r->token, &key, "gost2012-256", &spki, &r->err);
	if (status == TG_OK)
		status = sign(r, &key);
	if (status == TG_OK)
		status = tg_token_remove(r->token, &key, &r->err);
	tg_buf_finish(&spki);
	return status;
}

static const char *const functions[] = {"C_Initialize", "C_GetSlotList", "C_GetTokenInfo", "C_OpenSession",
        "C_FindObjectsInit", "C_FindObjects", "C_FindObjectsFinal", "C_Login", "C_GenerateKeyPair",
        "C_GetAttributeValue", "C_SignInit", "C_Sign", "C_DestroyObject", "C_Logout", NULL};

static void one(struct rig *r, const char *kind, const char *function)
{
	char fault[64];
	snprintf(fault, sizeof fault, "%s:%s", kind, function);
	tg_token_kill(r->token); /* one that has a session does not look for the token again */
	usleep(50000);
	put_file(place.fault, fault);
	int64_t begun = tg_clock_real().mono_ms(NULL);
	enum tg_status status = journey(r);
	int64_t took = tg_clock_real().mono_ms(NULL) - begun;
	bool fatal = strcmp(kind, "hang") == 0 || strcmp(kind, "crash") == 0;
	/* Logging out comes after the work, and FindObjectsFinal has nothing to tell: they may fail unseen. */
	bool late = strcmp(function, "C_Logout") == 0 || strcmp(function, "C_FindObjectsFinal") == 0;
	if (fatal && !late && status != TG_TOKEN_LOST)
		fail_msg("%s: %s: %s", fault, tg_status_name(status), r->err.detail);
	if (!fatal && status == TG_TOKEN_LOST)
		fail_msg("%s: the child died: %s", fault, r->err.detail);
	if (status == TG_BUG || status == TG_NO_MEMORY)
		fail_msg("%s: %s: %s", fault, tg_status_name(status), r->err.detail);
	if (status != TG_OK)
		assert_true(r->err.detail[0]);
	if (took > CALL_MS + 1500)
		fail_msg("%s: %d ms", fault, (int)took);
	assert_int_equal(unlink(place.fault), 0);
	tg_token_kill(r->token); /* where the fault waits still */
	usleep(50000);
	if (journey(r) != TG_OK)
		fail_msg("after %s: %s", fault, r->err.detail);
}

static void all(const char *kind)
{
	static struct rig r;
	begin(&r);
	for (const char *const *function = functions; *function; function++)
		one(&r, kind, *function);
	end(&r);
}

static void test_k12_a_crash_anywhere_is_told(void **state)
{
	(void)state;
	all("crash");
}

static void test_k12_a_hang_anywhere_ends_at_the_deadline(void **state)
{
	(void)state;
	all("hang");
}

static void test_k12_garbage_anywhere_is_not_believed(void **state)
{
	(void)state;
	all("garbage");
}

static void test_k12_an_error_anywhere_is_named(void **state)
{
	(void)state;
	all("error");
}

int main(void)
{
	struct tg_error err = {0};
	if (tg_gost_load(&err) != TG_OK) {
		print_message("skipped: %s\n", err.detail);
		return 77;
	}
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_teardown(test_k12_a_crash_anywhere_is_told, rig_teardown),
	        cmocka_unit_test_teardown(test_k12_garbage_anywhere_is_not_believed, rig_teardown),
	        cmocka_unit_test_teardown(test_k12_an_error_anywhere_is_named, rig_teardown),
	        cmocka_unit_test_teardown(test_k12_a_hang_anywhere_ends_at_the_deadline, rig_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
