/* The same file is the same card; a damaged file is no card; personas are what their files say. */
#include "card_tool.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static const char *path_of(const char *name)
{
	static char path[128];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static int make_folder(void **state)
{
	(void)state;
	tg_copy(folder, sizeof folder, "/tmp/tamga-vcard-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {"card", "p.yaml", "new"};
	(void)state;
	for (size_t i = 0; i < 3; i++)
		unlink(path_of(names[i]));
	return rmdir(folder);
}

static uint16_t exchange(struct hand *h, const char *path, const char *hex, enum tg_status expected)
{
	uint8_t apdu[512];
	struct tg_error err = {0};
	int n = tg_unhex(hex, apdu, sizeof apdu);
	assert_true(n > 0);
	assert_int_equal(tg_vcard_exchange(&h->card, path, apdu, (size_t)n, &h->answer, &err), expected);
	assert_true(h->answer.len >= 2);
	return (uint16_t)(h->answer.data[h->answer.len - 2] << 8 | h->answer.data[h->answer.len - 1]);
}

static void reload(struct hand *h, const char *path)
{
	struct tg_error err = {0};
	tg_vcard_destroy(h->card);
	assert_int_equal(tg_vcard_load(&h->card, path, &err), TG_OK);
	assert_sw(h, AID_SELECT, 0x9000);
}

static void test_k5_tries_survive_a_restart(void **state)
{
	struct hand h;
	struct tg_error err = {0};
	const char *path = path_of("card");
	(void)state;
	hand_take(&h);
	assert_int_equal(tg_vcard_save(h.card, path, &err), TG_OK);
	for (unsigned left = 3; left-- > 0;) {
		assert_int_equal(exchange(&h, path, PIN_WRONG, TG_OK), 0x63c0 + left);
		reload(&h, path);
	}
	assert_sw(&h, PIN_OK, 0x6983);
	hand_drop(&h);
}

static void test_everything_survives_a_restart_but_the_session(void **state)
{
	struct hand h;
	struct tg_error err = {0};
	struct tg_vcard_facts f;
	struct tg_buf before = TG_BUF_INIT, after = TG_BUF_INIT;
	const char *path = path_of("card");
	(void)state;
	hand_take(&h);
	assert_sw(&h, PIN_OK, 0x9000);
	assert_int_equal(hand_generate(&h, 9, 2048), 0x9000);
	assert_sw(&h,
	        "00D7CE0907"
	        "54020000"
	        "530130",
	        0x9000);
	assert_sw(&h,
	        "00D7C40906"
	        "54020000"
	        "5300",
	        0x9000); /* an empty file is a file */
	assert_int_equal(tg_vcard_save(h.card, path, &err), TG_OK);
	assert_int_equal(tg_vcard_pack(h.card, &before), TG_OK);
	reload(&h, path);
	assert_int_equal(tg_vcard_pack(h.card, &after), TG_OK);
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.data, after.data, after.len);
	tg_vcard_describe(h.card, &f);
	assert_int_equal(f.keys, 1);
	assert_int_equal(f.certs, 1);
	assert_false(f.logged_in);
	assert_string_equal(f.serial, "TEST0001");
	tg_buf_finish(&before);
	tg_buf_finish(&after);
	hand_drop(&h);
}

static void test_file_is_for_its_owner_only(void **state)
{
	struct hand h;
	struct tg_error err = {0};
	struct stat st;
	const char *path = path_of("card");
	(void)state;
	hand_take(&h);
	umask(0);
	assert_int_equal(tg_vcard_save(h.card, path, &err), TG_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	hand_drop(&h);
}

static void test_pins_are_not_in_the_file(void **state)
{
	struct hand h;
	struct tg_buf packed = TG_BUF_INIT;
	(void)state;
	hand_take(&h);
	assert_int_equal(tg_vcard_pack(h.card, &packed), TG_OK);
	assert_null(memmem(packed.data, packed.len, "648219", 6));
	assert_null(memmem(packed.data, packed.len, SO_PIN, 16));
	assert_null(memmem(packed.data, packed.len, "57621880", 8));     /* the officer's, as bytes */
	assert_non_null(memmem(packed.data, packed.len, "TEST0001", 8)); /* the search does find things */
	tg_buf_finish(&packed);
	hand_drop(&h);
}

static void test_every_changed_byte_and_every_cut_is_seen(void **state)
{
	struct hand h;
	struct tg_vcard *other;
	struct tg_error err = {0};
	struct tg_buf packed = TG_BUF_INIT;
	(void)state;
	hand_take(&h);
	assert_int_equal(tg_vcard_pack(h.card, &packed), TG_OK);
	for (size_t i = 0; i < packed.len; i++) {
		packed.data[i] ^= 0x10;
		assert_int_equal(tg_vcard_unpack(&other, packed.data, packed.len, &err), TG_STORE_DAMAGED);
		assert_null(other);
		packed.data[i] ^= 0x10;
		assert_int_equal(tg_vcard_unpack(&other, packed.data, i, &err), TG_STORE_DAMAGED);
	}
	assert_int_equal(tg_vcard_unpack(&other, packed.data, packed.len, &err), TG_OK);
	tg_vcard_destroy(other);
	tg_buf_finish(&packed);
	hand_drop(&h);
}

static void test_missing_and_foreign_files(void **state)
{
	struct tg_vcard *card;
	struct tg_error err = {0};
	(void)state;
	assert_int_equal(tg_vcard_load(&card, path_of("none"), &err), TG_NOT_FOUND);
	assert_int_equal(tg_vcard_load(&card, "/etc/passwd", &err), TG_STORE_DAMAGED);
	assert_string_equal(err.file, "/etc/passwd");
	assert_int_equal(tg_vcard_load(&card, folder, &err), TG_IO);
}

/* When the disk refuses, the command has not happened: neither in the file nor on the card. */
static void test_k8_what_cannot_be_kept_did_not_happen(void **state)
{
	struct hand h;
	struct tg_error err = {0};
	char path[128], temp[128];
	(void)state;
	hand_take(&h);
	tg_copy(path, sizeof path, path_of("card"));
	tg_copy(temp, sizeof temp, path_of("card.new"));
	assert_int_equal(tg_vcard_save(h.card, path, &err), TG_OK);
	assert_int_equal(mkdir(temp, 0700), 0); /* where the new file would be written */
	assert_int_equal(exchange(&h, path, PIN_WRONG, TG_IO), 0x6581);
	assert_int_equal(rmdir(temp), 0);
	assert_sw(&h, AID_SELECT, 0x9000);
	assert_sw(&h, "00200081", 0x63c3);
	reload(&h, path);
	assert_sw(&h, "00200081", 0x63c3);
	assert_int_equal(exchange(&h, path, PIN_WRONG, TG_OK), 0x63c2);
	hand_drop(&h);
}

/* IIN: Σ dᵢ·i mod 11, at 10 again with weights 3…11, 1, 2 (order of the Ministry of Internal Affairs). */
static bool iin_ok(const char *iin)
{
	static const int second[] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2};
	int a = 0, b = 0;
	if (strlen(iin) != 12)
		return false;
	for (int i = 0; i < 11; i++) {
		a += (iin[i] - '0') * (i + 1);
		b += (iin[i] - '0') * second[i];
	}
	int check = a % 11 == 10 ? b % 11 : a % 11;
	return check == iin[11] - '0';
}

/* Returns the tries a card made from it has. */
static int load_persona(const char *name, struct tg_vcard_persona *p)
{
	char path[256];
	struct tg_error err = {0};
	struct tg_vcard *card;
	snprintf(path, sizeof path, "%s/personas/%s.yaml", TAMGA_TESTS_DIR, name);
	if (tg_vcard_persona_load(p, path, &err) != TG_OK)
		fail_msg("%s: %s", err.file, err.detail);
	assert_string_equal(p->name, name);
	assert_int_equal(tg_vcard_create(&card, p, &err), TG_OK);
	struct tg_vcard_facts f;
	tg_vcard_describe(card, &f);
	tg_vcard_destroy(card);
	return f.tries;
}

static void test_personas_are_what_their_names_say(void **state)
{
	struct tg_vcard_persona p;
	(void)state;
	assert_true(iin_ok("140840021970") && iin_ok("170840028120")); /* real organisations' numbers: same rule */
	assert_false(iin_ok("140840021971"));
	assert_int_equal(load_persona("aigul", &p), 3);
	assert_true(p.initialised && !p.locked);
	assert_string_equal(p.user_pin, "648219");
	assert_string_equal(p.person.surname, "ӘБДІҒАЛИЕВА");
	assert_true(iin_ok(p.person.iin));
	assert_int_equal(load_persona("nurlan", &p), 3);
	assert_true(iin_ok(p.person.iin));
	assert_int_equal(load_persona("locked", &p), 0);
	assert_true(p.locked && iin_ok(p.person.iin));
	assert_int_equal(load_persona("blank", &p), 0);
	assert_false(p.initialised);
	assert_int_equal(load_persona("foreign", &p), 0);
	assert_int_equal(p.kind, TG_VCARD_FOREIGN);
	assert_true(p.atr[0] != '\0');
}

static void test_bad_personas_are_named(void **state)
{
	static const struct {
		const char *yaml, *says;
	} bad[] = {
	        {"serial: A\n", "name"},
	        {"name: x\nserial: A\ncolour: red\n", "colour"},
	        {"name: x\nserial: A-1\n", "serial"},
	        {"name: x\nserial: ABCDEFGHIJKL\n", "serial"},
	        {"name: x\nserial: A\natr: \"3B8\"\n", "atr"},
	        {"name: x\nserial: A\natr: \"0011\"\n", "atr"},
	        {"name: x\nserial: A\nuser_pin: \"123456\"\n", "PIN"},
	        {"name: x\nserial: A\nlocked: true\n", "PIN"},
	        {"name: x\nserial: A\ninitialised: true\nuser_pin: \"12345\"\nso_pin: \"0011223344556677\"\n",
	                "user_pin"},
	        {"name: x\nserial: A\ninitialised: true\nuser_pin: \"123456\"\nso_pin: \"00112233\"\n", "so_pin"},
	        {"name: x\nserial: A\nmax_keys: 300\n", "max_keys"},
	        {"name: x\nserial: A\ncard: paper\n", "card"},
	};
	char path[128];
	(void)state;
	tg_copy(path, sizeof path, path_of("p.yaml"));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct tg_vcard_persona p;
		struct tg_error err = {0};
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		assert_true(fputs(bad[i].yaml, f) >= 0);
		assert_int_equal(fclose(f), 0);
		assert_int_equal(tg_vcard_persona_load(&p, path, &err), TG_CONFIG);
		assert_string_equal(err.file, path);
		assert_true(err.line > 0 && err.column > 0);
		if (!strstr(err.detail, bad[i].says))
			fail_msg("'%s' does not name %s", err.detail, bad[i].says);
	}
	struct tg_error err = {0};
	struct tg_vcard_persona p;
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs("name: x\nserial: A\nuser_pin: \"9876543210123456\"\n", f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(tg_vcard_persona_load(&p, path, &err), TG_CONFIG);
	assert_int_equal(err.line, 3);
	assert_int_equal(err.column, 11);
	assert_null(strstr(err.detail, "98765"));
	assert_int_equal(tg_vcard_persona_load(&p, path_of("none.yaml"), &err), TG_CONFIG);
}

static void test_blank_cards_differ(void **state)
{
	struct tg_vcard_persona a, b;
	(void)state;
	tg_vcard_persona_blank(&a);
	tg_vcard_persona_blank(&b);
	assert_string_not_equal(a.serial, b.serial);
	assert_int_equal(tg_vcard_persona_check(&a, NULL), TG_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_k5_tries_survive_a_restart),
	        cmocka_unit_test(test_everything_survives_a_restart_but_the_session),
	        cmocka_unit_test(test_file_is_for_its_owner_only),
	        cmocka_unit_test(test_pins_are_not_in_the_file),
	        cmocka_unit_test(test_every_changed_byte_and_every_cut_is_seen),
	        cmocka_unit_test(test_missing_and_foreign_files),
	        cmocka_unit_test(test_k8_what_cannot_be_kept_did_not_happen),
	        cmocka_unit_test(test_personas_are_what_their_names_say),
	        cmocka_unit_test(test_bad_personas_are_named),
	        cmocka_unit_test(test_blank_cards_differ),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
