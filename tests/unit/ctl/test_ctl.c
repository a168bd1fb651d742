/* tamgactl as a technician runs it: exit status, output. Requirements C-1, K-9, K-12, NCA-V, P-6. */
#include "../store/lib.h"

#include <fcntl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#define NUMBER "0001-0000-0144"

static char out[1 << 18];

/* Runs tamgactl; its standard output stands in `out`, complaints are dropped. */
static int run_ctl(const char *const *args)
{
	extern char **environ;
	int p[2], status;
	pid_t pid;
	posix_spawn_file_actions_t fa;
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, p[1], 1);
	posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	assert_int_equal(
	        posix_spawn(&pid, TAMGA_BINARY_DIR "/bin/tamgactl", &fa, NULL, (char *const *)(uintptr_t)args, environ),
	        0);
	posix_spawn_file_actions_destroy(&fa);
	close(p[1]);
	size_t n = 0;
	for (ssize_t r; n < sizeof(out) - 1 && (r = read(p[0], out + n, sizeof(out) - 1 - n)) > 0;)
		n += (size_t)r;
	out[n] = '\0';
	close(p[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int ctl(const char *a, const char *b, const char *c, const char *d, const char *e, const char *f)
{
	const char *const args[] = {"tamgactl", a, b, c, d, e, f, NULL};
	return run_ctl(args);
}

static int ctl3(const char *a, const char *b, const char *c)
{
	return ctl(a, b, c, NULL, NULL, NULL);
}

static int ctl4(const char *a, const char *b, const char *c, const char *d)
{
	return ctl(a, b, c, d, NULL, NULL);
}

static void test_wrong_use_is_two(void **state)
{
	(void)state;
	assert_int_equal(ctl3(NULL, NULL, NULL), 2);
	assert_int_equal(ctl3("journal", NULL, NULL), 2);
	assert_int_equal(ctl3("journal", "burn", "x"), 2);
	assert_int_equal(ctl3("journal", "verify", NULL), 2);
	assert_int_equal(ctl4("journal", "verify", "a", "b"), 2);
	assert_int_equal(ctl4("journal", "verify", "--fast", "b"), 2);
	assert_int_equal(ctl3("journal", "verify", lib_path("none")), 2);
	assert_int_equal(ctl4("number", "new", "--kiosk-no", "1"), 2);
	assert_int_equal(ctl("number", "new", "--kiosk-no", "1", "--counter", NULL), 2);
	assert_int_equal(ctl("number", "new", "--kiosk-no", "1", "--counter", "268435456"), 2);
	assert_int_equal(ctl("number", "new", "--kiosk-no", "1048576", "--counter", "1"), 2);
	assert_int_equal(ctl("number", "new", "--kiosk-no", "-1", "--counter", "1x"), 2);
	assert_int_equal(ctl4("id", "check", "inn", "1"), 2);
	assert_int_equal(access(lib_path("none"), F_OK), -1);
}

static void test_help_names_every_command(void **state)
{
	(void)state;
	assert_int_equal(ctl3("help", NULL, NULL), 0);
	const char *const words[] = {"number new", "number check", "id check", "journal verify", "journal export",
	        "journal rebuild", "record show", "tamgactl manual", "news add", "news list", "news remove",
	        "lock show", "lock reset", "token show", "token states", "token state"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_non_null(strstr(out, words[i]));
}

static void test_k9_numbers(void **state)
{
	(void)state;
	assert_int_equal(ctl("number", "new", "--kiosk-no", "7", "--counter", "123456"), 0);
	assert_string_equal(out, "0007-003R-J0ZH\n"); /* tests/unit/record/vectors.py */
	assert_int_equal(ctl3("number", "check", "ooo7oo3rj0zh"), 0);
	assert_string_equal(out, "0007-003R-J0ZH\n");
	assert_int_equal(ctl3("number", "check", "0007-003R-J0HZ"), 1);
}

static void test_nca_v_identifiers(void **state)
{
	(void)state;
	assert_int_equal(ctl4("id", "check", "bin", "140840021970"), 0);
	assert_int_equal(ctl4("id", "check", "bin", "140840021971"), 1);
	assert_int_equal(ctl4("id", "check", "iin", "140840021970"), 1);
	assert_int_equal(ctl4("id", "check", "iin", "900101300017"), 0);
	assert_int_equal(ctl4("id", "check", "kg-pin", "20101199000011"), 0);
	assert_int_equal(ctl4("id", "check", "kg-pin", "2010119900001"), 1);
}

static void make_journal(void)
{
	struct tg_store *s = lib_open_kiosk("db", "K01A-3");
	lib_whole_application(s, NUMBER, "S1");
	(void)lib_append(s, TG_RECORD_APPLICATION_SUBMITTED, "{\"number\":\"portal 77\", \"n\" : \"Айгүл\"}");
	(void)lib_append(s, TG_RECORD_FAILURE_SHOWN, "{\n\"code\":1}");
	tg_store_close(s);
}

static void test_c1_verify_says_where(void **state)
{
	(void)state;
	make_journal();
	assert_int_equal(ctl3("journal", "verify", lib_path("db")), 0);
	assert_string_equal(out, "whole: 8 entries in 1 streams, 0 erased bodies\n");
	(void)lib_sqlite3("db", "UPDATE journal SET body = replace(body, 'nca', 'ncb') WHERE seq = 1");
	assert_int_equal(ctl3("journal", "verify", lib_path("db")), 1);
	assert_non_null(strstr(out, "kiosk K01A-3, entry 1"));
	assert_int_equal(ctl3("journal", "rebuild", lib_path("db")), 1);
}

static void sha256_hex(const void *a, size_t n, const void *b, size_t m, const void *c, size_t k, char *hex)
{
	uint8_t md[32];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	assert_true(EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) && EVP_DigestUpdate(ctx, a, n) &&
	            EVP_DigestUpdate(ctx, b, m) && EVP_DigestUpdate(ctx, c, k) && EVP_DigestFinal_ex(ctx, md, NULL));
	EVP_MD_CTX_free(ctx);
	tg_hex(md, 32, hex);
}

/* The body of an exported line, byte for byte as its hash covers it. */
static void assert_body_hash(const char *line, const json_t *entry)
{
	uint8_t salt[16];
	char hex[65];
	const char *body = strstr(line, "\"body\":") + 7, *end = strstr(line, ",\"hash\":");
	assert_int_equal(tg_unhex(json_string_value(json_object_get(entry, "salt")), salt, 16), 16);
	if (strncmp(body, "\"hex:", 5) == 0)
		return;
	sha256_hex("tamga-body-1", 13, salt, 16, body, (size_t)(end - body), hex);
	assert_string_equal(hex, json_string_value(json_object_get(entry, "body_hash")));
}

static void test_c1_export_can_be_checked_by_others(void **state)
{
	(void)state;
	make_journal();
	char prev[65];
	int n = 0;
	sha256_hex("tamga-genesis-1", 16, "K01A-3", 6, "", 0, prev);
	assert_int_equal(ctl3("journal", "export", lib_path("db")), 0);
	char *save = NULL;
	for (char *line = strtok_r(out, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		json_t *e = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(e);
		const char *const members[] = {"kiosk", "seq", "time", "kind", "version", "body", "hash"};
		for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
			assert_non_null(json_object_get(e, members[i]));
		assert_int_equal(json_integer_value(json_object_get(e, "seq")), ++n);
		assert_string_equal(json_string_value(json_object_get(e, "prev_hash")), prev);
		assert_true(tg_copy(prev, sizeof(prev), json_string_value(json_object_get(e, "hash"))));
		assert_body_hash(line, e);
		json_decref(e);
	}
	assert_int_equal(n, lib_count("db", "SELECT count(*) FROM journal"));
}

static void test_k15_record_show(void **state)
{
	(void)state;
	make_journal();
	assert_int_equal(ctl4("record", "show", lib_path("db"), "0001-0000-0155"), 1);
	assert_int_equal(ctl4("record", "show", lib_path("db"), "portal 77"), 1); /* there, not delivered */
	assert_non_null(strstr(out, "record in replica: kiosk K01A-3 seq 7..7 state submitted\n"));
	assert_int_equal(ctl4("record", "show", lib_path("db"), "ooo1 oooo o144"), 0);
	assert_non_null(strstr(out, "record in replica: kiosk K01A-3 seq 1..6 state delivered\n"));
	assert_non_null(strstr(out, "2026-11-22T09:15:30Z"));
	assert_int_equal(ctl4("record", "show", lib_path("none"), NUMBER), 2);
}

#define CERT "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* DIR/centre.db as a centre has it, with what one kiosk told it. */
static void make_centre(void)
{
	struct tg_store *k = lib_open_kiosk("db", "K01A-3"), *c = lib_open_centre("centre.db");
	lib_whole_application(k, NUMBER, "S1");
	tg_store_close(k);
	(void)lib_append(
	        c, TG_RECORD_PIN_TRIED, "{\"certificate\":\"" CERT "\",\"provider\":\"kg-dostek\",\"right\":false}");
	tg_store_close(c);
}

/* The directory of the tests. */
static const char *data(void)
{
	static char dir[300];
	assert_true(tg_copy(dir, sizeof(dir), lib_path("x")));
	*strrchr(dir, '/') = '\0';
	return dir;
}

/* The machine's clock set to NOW, a minute later than what was written. */
static const char *clock_file(void)
{
	static char path[300];
	struct tg_clock real = tg_clock_real();
	FILE *f = fopen(lib_path("clock"), "w");
	assert_non_null(f);
	fprintf(f, "%lld\n", (long long)(NOW + 60000 - real.wall_ms(real.ctx)));
	fclose(f);
	assert_true(tg_copy(path, sizeof(path), lib_path("clock")));
	return path;
}

static int ctl8(const char *a, const char *b, const char *c, const char *d, const char *e, const char *f, const char *g,
        const char *h)
{
	const char *const args[] = {"tamgactl", a, b, c, d, e, f, g, h, NULL};
	return run_ctl(args);
}

static void test_dos8_the_office_resets_a_lock(void **state)
{
	(void)state;
	make_centre();
	const char *clock = clock_file();
	assert_int_equal(ctl("lock", "show", lib_path("centre.db"), CERT, "--clock-file", clock), 0);
	assert_string_equal(out, "wrong tries: 1 today, 1 since the last right PIN or reset\n");
	assert_int_equal(ctl("lock", "reset", CERT, NULL, NULL, NULL), 2); /* where? */
	assert_int_equal(ctl("lock", "reset", CERT, "--data", lib_path("none"), NULL), 2);
	assert_int_equal(ctl("lock", "reset", "AA", "--data", data(), NULL), 2);
	assert_int_equal(ctl("lock", "reset", CERT "a", "--data", data(), NULL), 2);
	assert_int_equal(ctl8("lock", "reset", CERT, "--data", data(), "--why", "\xff", NULL), 2);
	assert_int_equal(access(lib_path("none"), F_OK), -1);
	assert_int_equal(lib_count("centre.db", "SELECT count(*) FROM journal"), 1);
	assert_int_equal(ctl8("lock", "reset", CERT, "--data", data(), "--clock-file", clock, NULL), 0);
	assert_string_equal(out, "entry C00-1 2\n");
	assert_int_equal(ctl("lock", "show", lib_path("centre.db"), CERT, "--clock-file", clock), 0);
	assert_string_equal(out, "wrong tries: 1 today, 0 since the last right PIN or reset\n");
	assert_int_equal(ctl3("journal", "verify", lib_path("centre.db")), 0);
	/* A kiosk's database is no centre's. */
	lib_copy("db", "centre.db");
	assert_int_equal(ctl("lock", "reset", CERT, "--data", data(), NULL), 2);
}

static void test_dos8_lives_of_tokens(void **state)
{
	(void)state;
	make_centre();
	assert_int_equal(ctl3("token", "states", NULL), 0);
	assert_string_equal(out, "blank      -> in-use\n"
	                         "in-use     -> suspended -> lost -> damaged -> ended\n"
	                         "suspended  -> in-use -> lost -> damaged -> ended\n"
	                         "lost       -> in-use -> ended\n"
	                         "damaged    -> ended\n"
	                         "ended      (for ever)\n");
	assert_int_equal(ctl4("token", "show", lib_path("db"), "S1"), 0);
	assert_non_null(strstr(out, "token S1: in-use\n"));
	assert_non_null(strstr(out, "K01A-3 5  application.delivered  number: " NUMBER));
	assert_int_equal(ctl4("token", "show", lib_path("db"), "S9"), 1);
	assert_string_equal(out, "token S9: blank\n");
	assert_int_equal(ctl4("token", "show", lib_path("none"), "S1"), 2);
	assert_int_equal(ctl("token", "state", "S1", "in-use", "--data", data()), 2); /* why? */
	assert_int_equal(ctl8("token", "state", "S1", "lost", "--data", data(), "--why", "x"), 1);
	assert_string_equal(out, "no: a token does not go from blank to lost\n");
	assert_int_equal(ctl8("token", "state", "S1", "gone", "--data", data(), "--why", "x"), 2);
	assert_int_equal(ctl8("token", "state", "S1", "in-use", "--data", data(), "--why", "handed out"), 0);
	assert_int_equal(ctl8("token", "state", "S1", "lost", "--data", data(), "--why", "in\na taxi"), 0);
	assert_int_equal(ctl4("token", "show", lib_path("centre.db"), "S1"), 0);
	assert_non_null(strstr(out, "token S1: lost\n"));
	assert_non_null(strstr(out, "C00-1 3  token.state  state: lost  why: in a taxi\n")); /* one line each */
}

static void test_rebuild(void **state)
{
	(void)state;
	make_journal();
	(void)lib_sqlite3("db", "DELETE FROM application");
	assert_int_equal(ctl4("record", "show", lib_path("db"), NUMBER), 1);
	assert_int_equal(ctl3("journal", "rebuild", lib_path("db")), 0);
	assert_int_equal(ctl4("record", "show", lib_path("db"), NUMBER), 0);
}

static void test_output_that_cannot_be_written_is_trouble(void **state)
{
	(void)state;
	extern char **environ;
	const char *args[] = {"tamgactl", "number", "check", NUMBER, NULL};
	int status;
	pid_t pid;
	posix_spawn_file_actions_t fa;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 1, "/dev/full", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	assert_int_equal(
	        posix_spawn(&pid, TAMGA_BINARY_DIR "/bin/tamgactl", &fa, NULL, (char *const *)(void *)args, environ),
	        0);
	posix_spawn_file_actions_destroy(&fa);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
}

/* K-12: the manual holds every failure with its sentences, in each language. What must stand there comes from the PO
 * files, not from the program under test. */
static void manual_holds(const char *language)
{
	char line[4096], file[512], id[64] = "";
	unsigned seen = 0;
	snprintf(file, sizeof(file), TAMGA_SOURCE_DIR "/locale/%s.po", language);
	FILE *po = fopen(file, "r");
	assert_non_null(po);
	while (fgets(line, sizeof(line), po)) {
		char begin[64];
		(void)sscanf(line, "msgid \"%63[^\"]\"", id);
		/* The first words: a line of the manual may break behind them. */
		if (strncmp(id, "error.", 6) != 0 || strcmp(id, "error.ok") == 0 ||
		        sscanf(line, "msgstr \"%40[^\"]", begin) != 1)
			continue;
		seen++;
		if (!strstr(out, id + 6) || !strstr(out, begin))
			fail_msg("%s: %s is not in the manual", language, id);
	}
	fclose(po);
	assert_true(seen > 55);
}

static void test_k12_manual(void **state)
{
	(void)state;
	static const char *const languages[] = {"kk", "ky", "ru", "en"};
	for (size_t l = 0; l < 4; l++) {
		assert_int_equal(
		        ctl("manual", "--language", languages[l], "--locale", TAMGA_BINARY_DIR "/locale", NULL), 0);
#define CODE(name, code, class, id)                                                                                    \
	if ((code) != 0)                                                                                               \
		assert_non_null(strstr(out, "T-" #code "  " id " ("));
		TG_STATUS_LIST(CODE)
#undef CODE
		manual_holds(languages[l]);
		assert_null(strchr(out, '<')); /* no sentence is missing */
		assert_non_null(strstr(out, "  tamgactl lock reset CERT --data DIR"));
		assert_non_null(strstr(out, "  tamgactl news remove ID --data DIR"));
		assert_null(strstr(out, "digraph"));
	}
	assert_int_equal(ctl("manual", "--graph", "--locale", TAMGA_BINARY_DIR "/locale", NULL, NULL), 0);
	assert_non_null(strstr(out, "\"idle\" -> \"provider\";"));
	assert_non_null(strstr(out, "digraph \"sender\" {"));
	assert_non_null(strstr(out, "digraph \"token\" {"));
	assert_non_null(strstr(out, "\"lost\" -> \"in-use\";"));
	assert_non_null(strstr(out, "F10"));
	assert_int_equal(ctl("manual", "--language", "de", "--locale", TAMGA_BINARY_DIR "/locale", NULL), 2);
	assert_int_equal(ctl("manual", "--locale", "/nowhere", NULL, NULL, NULL), 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, lib_setup, lib_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
	        T(test_wrong_use_is_two),
	        T(test_output_that_cannot_be_written_is_trouble),
	        T(test_c1_verify_says_where),
	        T(test_help_names_every_command),
	        T(test_k9_numbers),
	        T(test_nca_v_identifiers),
	        T(test_c1_export_can_be_checked_by_others),
	        T(test_k15_record_show),
	        T(test_rebuild),
	        T(test_dos8_the_office_resets_a_lock),
	        T(test_dos8_lives_of_tokens),
	        T(test_k12_manual),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
