/* E-Cloud (DOS-3): a key of the provider's own token, made once; its certificate from the end of the old one. Read
 * again by openssl and pkcs11-tool, which are not ours. Refusals first. Nothing is issued unpaid (DOS-7). */
#include "run.h"

#include "tamga/file.h"
#include <openssl/sha.h>
#include <stdlib.h>

#define PROFILE "kg-dostek-head"
#define DAY_MS  INT64_C(86400000)

static const struct kit_person head = {.surname = "Төлөгөнов",
        .name = "Нурланбек",
        .patronymic = "Эркинович",
        .iin = "21204197900147",
        .organisation = "«Ош Жибек Жолу» ЖЧК",
        .organisation_number = "01203201810274",
        .title = "директор"};

static int start_cloud(void **state)
{
	int rc = run_start(state);
	kit_stop_ca(&k);
	kit_identify(&k, true);
	k.config.cloud_label = "cloud";
	kit_open_ca(&k);
	return rc;
}

static enum tg_status make(unsigned number, int64_t from_ms, struct tg_buf *certificate, struct tg_error *err)
{
	const struct tg_ca_cloud_wish w = {
	        .number = kit_number(number), .profile = PROFILE, .who = "C00-1", .from_ms = from_ms};
	return tg_ca_cloud(k.ca, &w, certificate, err);
}

static void refused(unsigned number, int64_t from_ms, enum tg_status want, const char *words)
{
	struct tg_buf certificate = TG_BUF_INIT;
	struct tg_error err = {0};
	assert_int_equal(make(number, from_ms, &certificate, &err), want);
	assert_non_null(strstr(err.detail, words));
	assert_int_equal(certificate.len, 0);
	tg_buf_finish(&certificate);
}

/* pkcs11-tool's words about the tokens: how many keys with this label there are, and whether they can leave. */
static int keys_of(unsigned number, struct tg_buf *said)
{
	char pin[64] = "";
	int n = 0;
	(void)snprintf(pin, sizeof pin, "%.*s", (int)tg_secret_len(k.pin), (const char *)tg_secret_peek(k.pin));
	assert_int_equal(kit_run(said, "pkcs11-tool", "--module", k.config.module, "--token-label", "cloud", "--login",
	                         "--pin", pin, "--list-objects", "--type", "privkey", NULL),
	        0);
	for (const char *at = tg_buf_str(said); (at = strstr(at, kit_number(number))) != NULL; at++)
		n++;
	return n;
}

static void dos3_nothing_before_acceptance_and_payment(void **state)
{
	(void)state;
	refused(1, 0, TG_NOT_DECIDED, "does not have the application");
	kit_applies(&k, kit_number(1), TG_CA_WAITING, NULL, &head);
	refused(1, 0, TG_NOT_DECIDED, "waits");
	kit_applies(&k, kit_number(1), TG_CA_ACCEPTED, NULL, &head)->unpaid = true;
	refused(1, 0, TG_UNPAID, "unpaid: ");
	kit_applies(&k, kit_number(1), TG_CA_CLOSED, NULL, &head);
	refused(1, 0, TG_CA_REFUSED, "closed");
	kit_applies(&k, kit_number(1), TG_CA_ACCEPTED, NULL, &head)->profiles = "kg-dostek-accountant";
	refused(1, 0, TG_INVALID, "no certificate of this profile");
}

static void dos7_a_kiosk_is_told_that_it_is_not_paid(void **state)
{
	struct run r;
	(void)state;
	run_init(&r);
	const struct kit_request q = {.number = kit_number(2), .profile = PROFILE, .person = &head, .key = r.key};
	kit_crmf(&k, &q, &r.crmf);
	kit_applies(&k, kit_number(2), TG_CA_ACCEPTED, NULL, &head)->unpaid = true;
	expect(&r, TG_UNPAID);
	expect_nothing_issued(&r);
	kit_applies(&k, kit_number(2), TG_CA_ACCEPTED, NULL, &head);
	expect(&r, TG_OK);
	run_finish(&r);
}

static void dos3_not_further_ahead_than_the_profile_says(void **state)
{
	(void)state;
	kit_applies(&k, kit_number(3), TG_CA_ACCEPTED, NULL, &head);
	refused(3, KIT_NOW_MS + 32 * DAY_MS, TG_CERT_INVALID, "profile-validity-begins");
	refused(3, KIT_NOW_MS - DAY_MS, TG_CERT_INVALID, "profile-validity-begins");
}

static void dos3_from_the_end_of_the_old_one(void **state)
{
	struct tg_buf certificate = TG_BUF_INIT, again = TG_BUF_INIT, said = TG_BUF_INIT;
	struct tg_error err = {0};
	char path[300];
	(void)state;
	kit_applies(&k, kit_number(4), TG_CA_ACCEPTED, NULL, &head);
	assert_int_equal(make(4, KIT_NOW_MS + 20 * DAY_MS, &certificate, &err), TG_OK);
	(void)tg_copy(path, sizeof path, kit_path(k.dir, "cloud.der"));
	kit_write(path, certificate.data, certificate.len);
	assert_int_equal(
	        kit_run(&said, "openssl", "x509", "-inform", "DER", "-in", path, "-noout", "-dates", "-subject", NULL),
	        0);
	/* 1795000000 s + 20 days, and 365 days later; by `date -u -d @…`. */
	assert_non_null(strstr(tg_buf_str(&said), "notBefore=Dec  8 11:06:40 2026 GMT"));
	assert_non_null(strstr(tg_buf_str(&said), "notAfter=Dec  8 11:06:40 2027 GMT"));
	assert_non_null(strstr(tg_buf_str(&said), "INN01203201810274"));
	/* Asked again, also by a CA that was started anew: the same key, the same certificate. */
	assert_int_equal(make(4, 0, &again, &err), TG_OK);
	assert_int_equal(again.len, certificate.len);
	assert_memory_equal(again.data, certificate.data, certificate.len);
	kit_stop_ca(&k);
	kit_open_ca(&k);
	tg_buf_reset(&again);
	assert_int_equal(make(4, 0, &again, &err), TG_OK);
	assert_memory_equal(again.data, certificate.data, certificate.len);
	tg_buf_reset(&said);
	assert_int_equal(keys_of(4, &said), 1);
	assert_non_null(strstr(tg_buf_str(&said), "never extractable"));
	tg_buf_finish(&certificate);
	tg_buf_finish(&again);
	tg_buf_finish(&said);
}

/* Killed between the key and the certificate: the refusals above left a key each, which is found again. */
static void dos3_a_key_that_has_no_certificate_yet_is_used(void **state)
{
	struct tg_buf certificate = TG_BUF_INIT, said = TG_BUF_INIT;
	struct tg_ca_record rec;
	struct tg_certificate_facts facts;
	struct tg_error err = {0};
	(void)state;
	assert_int_equal(keys_of(3, &said), 1);
	assert_int_equal(make(3, 0, &certificate, &err), TG_OK);
	tg_buf_reset(&said);
	assert_int_equal(keys_of(3, &said), 1);
	assert_int_equal(
	        tg_pki_certificate_facts((struct tg_bytes){certificate.data, certificate.len}, &facts, &err), TG_OK);
	assert_int_equal(state_of(facts.serial), TG_CA_VALID);
	assert_int_equal(k.store.find_by_serial(k.store.ctx, facts.serial, &rec), TG_OK);
	assert_string_equal(rec.kiosk, "C00-1");
	tg_ca_record_finish(&rec);
	tg_buf_finish(&certificate);
	tg_buf_finish(&said);
}

static void dos3_a_ca_without_a_cloud(void **state)
{
	struct tg_buf certificate = TG_BUF_INIT;
	(void)state;
	kit_stop_ca(&k);
	k.config.cloud_label = NULL;
	kit_open_ca(&k);
	assert_int_equal(make(4, 0, &certificate, NULL), TG_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(dos3_nothing_before_acceptance_and_payment),
	        cmocka_unit_test(dos7_a_kiosk_is_told_that_it_is_not_paid),
	        cmocka_unit_test(dos3_not_further_ahead_than_the_profile_says),
	        cmocka_unit_test(dos3_from_the_end_of_the_old_one),
	        cmocka_unit_test(dos3_a_key_that_has_no_certificate_yet_is_used),
	        cmocka_unit_test(dos3_a_ca_without_a_cloud),
	};
	return cmocka_run_group_tests(tests, start_cloud, run_end);
}
