/* Profiles as data: the subject from the answers, the extensions that are asked for, and mistakes with their place. */
#include "kit.h"

#include "der.h"

#include <openssl/x509v3.h>
#include <unistd.h>

static struct tg_profiles *profiles;
static char dir[64];
static struct tg_buf good;

static int start(void **state)
{
	(void)state;
	struct tg_error err = {0};
	assert_int_equal(tg_profiles_load(&profiles, TAMGA_SOURCE_DIR "/screens/profiles", &err), TG_OK);
	kit_folder(dir);
	kit_read(TAMGA_SOURCE_DIR "/screens/profiles/nca-individual-sign.yaml", &good);
	return 0;
}

static int end(void **state)
{
	(void)state;
	tg_profiles_destroy(profiles);
	tg_buf_finish(&good);
	kit_folder_remove(dir);
	return 0;
}

/* --- Subject */
static enum tg_status subject_of(const struct kit_person *p, struct tg_buf *der, struct tg_error *err)
{
	memset(err, 0, sizeof *err);
	tg_buf_reset(der);
	return tg_profile_subject(profiles, "nca-individual-sign", kit_answer, p, der, err);
}

static void test_subject_is_upper_case_with_kazakh_letters(void **state)
{
	(void)state;
	struct tg_buf der = TG_BUF_INIT;
	struct tg_error err;
	const struct kit_person p = {
	        .surname = "әғқңөұүһі", .name = "ё", .patronymic = "Өміртайұлы", .iin = "850101400001"};
	assert_int_equal(subject_of(&p, &der, &err), TG_OK);
	assert_non_null(memmem(der.data, der.len, "ӘҒҚҢӨҰҮҺІ Ё", strlen("ӘҒҚҢӨҰҮҺІ Ё")));
	assert_non_null(memmem(der.data, der.len, "ӨМІРТАЙҰЛЫ", strlen("ӨМІРТАЙҰЛЫ")));
	tg_buf_finish(&der);
}

static void test_no_patronymic_no_gn(void **state)
{
	(void)state;
	struct tg_buf der = TG_BUF_INIT;
	struct tg_error err;
	struct kit_person p = kit_aigul;
	static const char *const none[] = {NULL, ""};
	for (unsigned i = 0; i < 2; i++) {
		p.patronymic = none[i];
		assert_int_equal(subject_of(&p, &der, &err), TG_OK);
		const unsigned char *at = der.data;
		X509_NAME *n = d2i_X509_NAME(NULL, &at, (long)der.len);
		assert_int_equal(X509_NAME_entry_count(n), 4);
		assert_int_equal(X509_NAME_get_index_by_NID(n, NID_givenName, -1), -1);
		X509_NAME_free(n);
	}
	tg_buf_finish(&der);
}

static void test_subject_that_cannot_be(void **state)
{
	(void)state;
	struct tg_buf der = TG_BUF_INIT;
	struct tg_error err;
	struct kit_person p = kit_aigul;
	p.iin = "";
	assert_int_equal(subject_of(&p, &der, &err), TG_INVALID);
	assert_non_null(strstr(err.detail, "serialNumber"));
	p.iin = "8501014000011"; /* IIN and 13 digits: longer than 15 */
	assert_int_equal(subject_of(&p, &der, &err), TG_INVALID);
	p.iin = "85010140000Ж";
	assert_int_equal(subject_of(&p, &der, &err), TG_INVALID);
	p = kit_aigul;
	p.name = "Ағайынды-Бірлестіктер-Өкілеттілік-Кеңесінің-Төрағасының-Мүшесі-Айгүл";
	assert_int_equal(subject_of(&p, &der, &err), TG_INVALID);
	assert_non_null(strstr(err.detail, "commonName"));
	p.name = "\xd0\xff";
	assert_int_equal(subject_of(&p, &der, &err), TG_INVALID);
	assert_int_equal(tg_profile_subject(profiles, "nothing", kit_answer, &p, &der, &err), TG_NOT_FOUND);
	assert_int_equal(der.len, 0);
	tg_buf_finish(&der);
}

/* --- Extensions */
static void test_request_extensions(void **state)
{
	(void)state;
	struct tg_buf der = TG_BUF_INIT;
	struct tg_error err = {0};
	assert_int_equal(tg_profile_request_extensions(profiles, "nca-individual-auth", "", NULL, &der, &err), TG_OK);
	assert_int_equal(der.len, 0);
	assert_int_equal(tg_profile_request_extensions(
	                         profiles, "nca-individual-auth", "a@b.kz", "1.2.398.3.3.5.2.1", &der, &err),
	        TG_OK);
	const unsigned char *at = der.data;
	X509_EXTENSIONS *list = d2i_X509_EXTENSIONS(NULL, &at, (long)der.len);
	assert_int_equal(sk_X509_EXTENSION_num(list), 2);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	tg_buf_reset(&der);
	assert_int_equal(
	        tg_profile_request_extensions(profiles, "nca-individual-auth", "a b@c", NULL, &der, &err), TG_INVALID);
	assert_int_equal(
	        tg_profile_request_extensions(profiles, "nca-individual-auth", "a@", NULL, &der, &err), TG_INVALID);
	assert_int_equal(
	        tg_profile_request_extensions(profiles, "nca-individual-auth", "@b", NULL, &der, &err), TG_INVALID);
	assert_int_equal(
	        tg_profile_request_extensions(profiles, "nca-individual-auth", NULL, "1.2.3", &der, &err), TG_INVALID);
	assert_int_equal(tg_profile_request_extensions(profiles, "nothing", NULL, NULL, &der, &err), TG_NOT_FOUND);
	assert_int_equal(der.len, 0);
	tg_buf_finish(&der);
}

static void test_reg_info(void **state)
{
	(void)state;
	struct tg_buf text = TG_BUF_INIT;
	char v[64];
	tg_pki_reg_info("K7M2-0004-9QX1", "nca-individual-sign", &text);
	assert_string_equal(tg_buf_str(&text), "number?K7M2-0004-9QX1%profile?nca-individual-sign%");
	assert_true(tg_reg_info_get(kit_bytes(&text), "number", v, sizeof v));
	assert_string_equal(v, "K7M2-0004-9QX1");
	assert_true(tg_reg_info_get(kit_bytes(&text), "profile", v, sizeof v));
	assert_string_equal(v, "nca-individual-sign");
	assert_false(tg_reg_info_get(kit_bytes(&text), "profil", v, sizeof v));
	assert_false(tg_reg_info_get(kit_bytes(&text), "profile", v, 5));
	tg_buf_reset(&text);
	tg_pki_reg_info("100%?", "p", &text);
	assert_string_equal(tg_buf_str(&text), "number?100%25%3F%profile?p%");
	assert_true(tg_reg_info_get(kit_bytes(&text), "number", v, sizeof v));
	assert_string_equal(v, "100%?");
	static const char *const odd[] = {"", "%", "?", "number", "number?", "number?%", "%%%?", "number?%00%"};
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		const struct tg_bytes b = {(const uint8_t *)odd[i], strlen(odd[i])};
		assert_false(tg_reg_info_get(b, "number", v, sizeof v));
	}
	tg_buf_finish(&text);
}

/* --- Mistakes in files */
static void expect_mistake(const char *from, const char *to, int line, int column, const char *words)
{
	struct tg_buf text = TG_BUF_INIT;
	struct tg_profiles *p = NULL;
	struct tg_error err = {0};
	const char *at = strstr(tg_buf_str(&good), from), *path = kit_path(dir, "profile.yaml");
	assert_non_null(at);
	tg_buf_add(&text, good.data, (size_t)(at - tg_buf_str(&good)));
	tg_buf_add_str(&text, to);
	tg_buf_add_str(&text, at + strlen(from));
	kit_write(path, text.data, text.len);
	tg_buf_finish(&text);
	enum tg_status status = tg_profiles_load(&p, dir, &err);
	if (status != TG_CONFIG || err.line != line || err.column != column || strstr(err.detail, words) == NULL)
		print_error("%s → %s: %s:%d:%d: %s\n", from, to, err.file, err.line, err.column, err.detail);
	assert_int_equal(status, TG_CONFIG);
	assert_null(p);
	assert_string_equal(err.file, path);
	assert_int_equal(err.line, line);
	assert_int_equal(err.column, column);
	assert_non_null(strstr(err.detail, words));
}

static void test_mistakes_have_a_place(void **state)
{
	(void)state;
	expect_mistake("upper_case: true", "uper_case: true", 4, 1, "uper_case");
	expect_mistake("must: false,", "might: false,", 11, 77, "might");
	expect_mistake("upper_case: true", "upper_case: perhaps", 4, 13, "perhaps");
	expect_mistake("attribute: commonName", "attribute: commonNane", 7, 17, "no such name attribute");
	expect_mistake("string: printable", "string: teletex", 9, 39, "teletex");
	expect_mistake("{surname} {given-name}", "{surname {given-name}", 7, 57, "{field}");
	expect_mistake("digitalSignature, nonRepudiation", "digitalSignature, repudiation", 12, 31, "repudiation");
	expect_mistake("- 1.2.398.3.3.4.1.1 ", "- 1.2.398.x ", 15, 5, "object identifier");
	expect_mistake("oid: 1.2.398.3.3.2.3", "oid: 9.2", 17, 10, "object identifier");
	expect_mistake("algorithms: [rsa-2048]", "algorithms: [rsa-1024]", 35, 14, "no such key algorithm");
	expect_mistake("algorithms: [rsa-2048]", "algorithms: [gost2001]", 35, 14, "same family");
	expect_mistake("issuer: rsa", "issuer: dsa", 36, 9, "dsa");
	expect_mistake("approval: identified", "approval: later", 37, 11, "later");
	expect_mistake(
	        "policies:", "role_key_usage: [{oid: 1.2, when: role head}]\npolicies:", 16, 35, "one condition");
	expect_mistake("policies:", "role_key_usage: [{oid: 9.9, when: role-head}]\npolicies:", 16, 24, "object");
	expect_mistake("\"{patronymic}\"", "\"{ }\"", 11, 57, "{field}");
	expect_mistake("validity_days: 365", "validity_days: 0", 39, 16, "1200");
	expect_mistake("validity_days: 365", "validity_days: many", 39, 16, "many");
	expect_mistake("\nid: nca-individual-sign\n", "\nid: \"nca sign\"\n", 3, 5, "a-z");
	/* A key that is missing is told where what lacks it begins. */
	expect_mistake("algorithms: [rsa-2048]\n", "", 3, 1, "algorithms");
	expect_mistake("email: true", "email: [", 21, 8, "bracket missing");
	expect_mistake("cps: http://pki.gov.kz/cps", "cps: \"http://pki.gov.kz/cps", 18, 10, "end of stream");
}

static void test_folders_without_profiles(void **state)
{
	(void)state;
	struct tg_profiles *p = NULL;
	struct tg_error err = {0};
	assert_int_equal(tg_profiles_load(&p, "/nonexistent", &err), TG_CONFIG);
	(void)unlink(kit_path(dir, "profile.yaml"));
	assert_int_equal(tg_profiles_load(&p, dir, &err), TG_CONFIG);
	kit_write(kit_path(dir, "profile.yaml"), "", 0);
	assert_int_equal(tg_profiles_load(&p, dir, &err), TG_CONFIG);
	kit_write(kit_path(dir, "profile.yaml"), good.data, good.len);
	kit_write(kit_path(dir, "second.yaml"), good.data, good.len);
	assert_int_equal(tg_profiles_load(&p, dir, &err), TG_CONFIG);
	assert_non_null(strstr(err.detail, "another file"));
	assert_non_null(strstr(err.file, "second.yaml"));
	(void)unlink(kit_path(dir, "second.yaml"));
	assert_int_equal(tg_profiles_load(&p, dir, &err), TG_OK);
	assert_string_equal(tg_profiles_id(p, 0), "nca-individual-sign");
	assert_null(tg_profiles_id(p, 1));
	tg_profiles_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_mistakes_have_a_place),
	        cmocka_unit_test(test_folders_without_profiles),
	        cmocka_unit_test(test_subject_that_cannot_be),
	        cmocka_unit_test(test_no_patronymic_no_gn),
	        cmocka_unit_test(test_subject_is_upper_case_with_kazakh_letters),
	        cmocka_unit_test(test_request_extensions),
	        cmocka_unit_test(test_reg_info),
	};
	return cmocka_run_group_tests(tests, start, end);
}
