/* NCA-9.again, NCA-9.dom, NCA-role: what the centre lets a signature bring without papers. Applications travel from a
 * kiosk into a centre's store and are judged there; certificates and signatures are made by the openssl program. */
#include "../pki/kit.h"
#include "../store/app_lib.h"
#include "centre.h"
#include "tamga/gost.h"
#include "tamga/screen.h"

#include <jansson.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <time.h>

#define AIGUL  "850101400001"
#define BAKYT  "850101300015"
#define BIN    "990240001237"
#define DAY_MS INT64_C(86400000)
/* domain-facts.md §1.2 */
#define PERSON "emailProtection,1.2.398.3.3.4.1.1"
#define ENTITY "emailProtection,1.2.398.3.3.4.1.2"

static char dir[64];
static struct world w;
static struct tg_court court;
static struct tg_profiles *profiles;
static struct tg_catalog *catalog;
static int64_t now;

/* --- Certificates */

static void run_openssl(int code, const struct tg_buf *said)
{
	if (code != 0)
		fail_msg("openssl: %.*s", (int)said->len, (const char *)said->data);
}

static const char *file(const char *name, const char *what)
{
	char all[64];
	(void)snprintf(all, sizeof all, "%s.%s", name, what);
	return kit_path(dir, all);
}

static void make_authority(void)
{
	static const char config[] = "[req]\ndistinguished_name=dn\nutf8=yes\nstring_mask=utf8only\n[dn]\n";
	struct tg_buf said = TG_BUF_INIT;
	kit_write(kit_path(dir, "req.cnf"), config, sizeof config - 1);
	run_openssl(kit_run(&said, "openssl", "req", "-config", kit_path(dir, "req.cnf"), "-x509", "-newkey",
	                    "rsa:2048", "-nodes", "-keyout", file("ca", "key"), "-out", file("ca", "pem"), "-subj",
	                    "/CN=authority", "-days", "3", "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
	                    "keyUsage=critical,keyCertSign,cRLSign", NULL),
	        &said);
	tg_buf_finish(&said);
}

static void remember(const char *der_file, const char *number, enum tg_ca_state state)
{
	struct tg_ca_record r = {.state = state, .reason = -1, .issued_ms = now, .expires_ms = now + DAY_MS};
	struct tg_ca_store port = tg_registry_ca_port(court.registry);
	struct tg_certificate_facts f;
	static uint8_t key; /* the registry takes each key once */
	kit_read(der_file, &r.certificate);
	assert_int_equal(tg_pki_certificate_facts(kit_bytes(&r.certificate), &f, NULL), TG_OK);
	(void)tg_copy(r.serial, sizeof r.serial, f.serial + strspn(f.serial, "0"));
	(void)tg_copy(r.number, sizeof r.number, number);
	r.spki_hash[0] = ++key;
	assert_int_equal(port.insert(port.ctx, &r), TG_OK);
	tg_ca_record_finish(&r);
}

static void make_certificate(const char *name, const char *subject, const char *usage)
{
	struct tg_buf said = TG_BUF_INIT;
	char extended[256];
	(void)snprintf(extended, sizeof extended, "extendedKeyUsage=%s", usage);
	run_openssl(kit_run(&said, "openssl", "req", "-config", kit_path(dir, "req.cnf"), "-x509", "-newkey",
	                    "rsa:2048", "-nodes", "-keyout", file(name, "key"), "-out", file(name, "pem"), "-subj",
	                    subject, "-days", "2", "-CA", file("ca", "pem"), "-CAkey", file("ca", "key"), "-addext",
	                    "basicConstraints=critical,CA:FALSE", "-addext",
	                    "keyUsage=critical,digitalSignature,nonRepudiation", "-addext", extended, NULL),
	        &said);
	run_openssl(kit_run(&said, "openssl", "x509", "-in", file(name, "pem"), "-outform", "DER", "-out",
	                    file(name, "der"), NULL),
	        &said);
	tg_buf_finish(&said);
}

static void make_signer(const char *name, const char *subject, const char *usage)
{
	make_certificate(name, subject, usage);
	remember(file(name, "der"), "", TG_CA_VALID);
}

/* --- New keys: what the form of an entity asks for, GOST by the engine and RSA (nca-a2) */

static char *new_key[2]; /* Base64 of SubjectPublicKeyInfo */

static char *spki_of(EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(key, &der);
	assert_true(n > 0);
	char *text = malloc((size_t)n / 3 * 4 + 5);
	assert_non_null(text);
	EVP_EncodeBlock((unsigned char *)text, der, n);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	return text;
}

static void make_new_keys(void)
{
	assert_int_equal(tg_gost_load(NULL), TG_OK);
	new_key[0] = spki_of(kit_gost("gost2001"));
	new_key[1] = spki_of(EVP_RSA_gen(2048));
}

/* --- Applications */

struct application {
	const char *number, *operation, *form, *proof, *iin, *bin, *condition, *domain, *more;
	int64_t at_ms; /* 0: now */
};

static void add_answer(json_t *all, const char *field, const char *value)
{
	if (value && *value)
		assert_int_equal(
		        json_array_append_new(all, json_pack("{s:s, s:s}", "field", field, "value", value)), 0);
}

static json_t *answers_of(const struct application *a)
{
	json_t *all = json_array();
	add_answer(all, "iin", a->iin);
	add_answer(all, "bin", a->bin);
	add_answer(all, "domain", a->domain);
	add_answer(all, "additional-domains", a->more);
	return all;
}

static json_t *content_of(const struct application *a)
{
	static int count; /* no two are signed alike: a signature is good for one application */
	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:i, s:s, s:o, s:[]}", "time_ms", ++count, "provider", "kz-nca",
	        "service", "issue", "kind", "entity", "form", a->form, "form_version", 1, "language", "kk", "answers",
	        answers_of(a), "consents");
}

static void add_rest(json_t *body, const struct application *a)
{
	json_t *rest = json_pack("{s:s, s:s, s:s, s:s, s:s}", "number", a->number, "operation", a->operation, "proof",
	        a->proof, "iin", a->iin, "bin", a->bin);
	assert_int_equal(json_object_update(body, rest), 0);
	json_decref(rest);
	if (a->condition)
		assert_int_equal(json_object_set_new(body, "conditions", json_pack("[s]", a->condition)), 0);
}

/* Base64 of the CMS that the openssl program makes of the content. */
static json_t *signed_by(const char *signer, const json_t *content)
{
	struct tg_buf said = TG_BUF_INIT, text = TG_BUF_INIT;
	char *plain = json_dumps(content, JSON_COMPACT);
	kit_write(kit_path(dir, "content"), plain, strlen(plain));
	free(plain);
	run_openssl(kit_run(&said, "openssl", "cms", "-sign", "-nodetach", "-binary", "-outform", "DER", "-in",
	                    kit_path(dir, "content"), "-out", kit_path(dir, "cms"), "-signer", file(signer, "pem"),
	                    "-inkey", file(signer, "key"), "-md", "sha256", NULL),
	        &said);
	run_openssl(kit_run(&said, "openssl", "base64", "-A", "-in", kit_path(dir, "cms"), "-out",
	                    kit_path(dir, "base64"), NULL),
	        &said);
	kit_read(kit_path(dir, "base64"), &text);
	json_t *s = json_stringn((const char *)text.data, text.len);
	tg_buf_finish(&said);
	tg_buf_finish(&text);
	return s;
}

static void append(enum tg_record_kind kind, json_t *body, int64_t at_ms)
{
	char *text = json_dumps(body, JSON_COMPACT);
	assert_int_equal(tg_store_append(w.a, kind, text, at_ms ? at_ms : now, NULL, NULL), TG_OK);
	free(text);
	json_decref(body);
}

/* What makes keys is signed with them, after it was handed in (NCA-9.again). */
static bool makes_keys(const struct application *a)
{
	return strcmp(a->operation, "issue") == 0 && strcmp(a->form, "nca-a2") == 0;
}

static void sign_keys(const struct application *a, const char *signer, json_t *content)
{
	json_t *keys = json_pack(
	        "[{s:s, s:s}, {s:s, s:s}]", "key", "sign", "spki", new_key[0], "key", "auth", "spki", new_key[1]);
	assert_int_equal(json_object_set_new(content, "keys", keys), 0);
	assert_int_equal(json_object_set_new(content, "number", json_string(a->number)), 0);
	append(TG_RECORD_APPLICATION_SIGNED,
	        json_pack("{s:s, s:o}", "number", a->number, "signed", signed_by(signer, content)), a->at_ms);
}

static void hand_in(const struct application *a, const char *signer)
{
	json_t *body = content_of(a), *content = json_deep_copy(body);
	if (signer && !makes_keys(a))
		assert_int_equal(json_object_set_new(body, "signed", signed_by(signer, content)), 0);
	add_rest(body, a);
	append(TG_RECORD_APPLICATION_SUBMITTED, body, a->at_ms);
	if (signer && makes_keys(a))
		sign_keys(a, signer, content);
	json_decref(content);
	world_turn(&w);
}

static void decide(const char *number, const char *outcome)
{
	char more[128];
	assert_int_equal(app_claim(w.c, number, "K2", "S1", now), TG_OK);
	(void)snprintf(more, sizeof more, ",\"staff\":\"S1\",\"outcome\":\"%s\"", outcome);
	app_add(w.b, TG_RECORD_DESK_DECIDED, number, more);
	world_turn(&w);
}

/* Handed in, judged; and what the kiosk hears of it. */
static void expect(const struct application *a, const char *signer, enum tg_status want)
{
	struct tg_error err = {0};
	hand_in(a, signer);
	assert_int_equal(tg_court_judge(w.c, now, &court, &err), TG_OK);
	world_turn(&w);
	app_assert_state(w.a, a->number, want == TG_OK ? "accepted" : "refused");
	assert_int_equal(app_code(w.a, a->number), want);
}

static struct application role(const char *number, const char *iin, const char *condition)
{
	return (struct application){.number = number,
	        .operation = "issue",
	        .form = "nca-a2",
	        .proof = "signature",
	        .iin = iin,
	        .bin = BIN,
	        .condition = condition};
}

static struct application ssl(const char *number, const char *proof, const char *domain, const char *more)
{
	return (struct application){.number = number,
	        .operation = "ssl",
	        .form = "nca-a4",
	        .proof = proof,
	        .iin = AIGUL,
	        .bin = "",
	        .domain = domain,
	        .more = more};
}

/* --- */

static int group_start(void **state)
{
	char registry[128];
	now = (int64_t)time(NULL) * 1000;
	kit_folder(dir);
	(void)tg_copy(registry, sizeof registry, kit_path(dir, "ca.db"));
	assert_int_equal(tg_registry_open(&court.registry, registry, NULL), TG_OK);
	assert_int_equal(tg_profiles_load(&profiles, TAMGA_SOURCE_DIR "/screens/profiles", NULL), TG_OK);
	assert_int_equal(tg_catalog_load(&catalog, TAMGA_SOURCE_DIR "/screens", NULL, NULL), TG_OK);
	court.profiles = profiles;
	court.catalog = catalog;
	make_authority();
	make_new_keys();
	(void)tg_copy(court.trust, sizeof(court.trust), file("ca", "pem"));
	make_signer("aigul", "/CN=A/serialNumber=IIN" AIGUL, PERSON);
	make_signer("bakyt", "/CN=B/serialNumber=IIN" BAKYT, PERSON);
	make_signer("employee", "/CN=B/serialNumber=IIN" BAKYT "/OU=BIN" BIN, ENTITY ",1.2.398.3.3.4.1.2.5");
	make_signer("head", "/CN=H/serialNumber=IIN" AIGUL "/OU=BIN" BIN, ENTITY ",1.2.398.3.3.4.1.2.1");
	(void)state;
	return 0;
}

static int group_end(void **state)
{
	free(new_key[0]);
	free(new_key[1]);
	tg_profiles_destroy(profiles);
	tg_catalog_destroy(catalog);
	tg_registry_close(court.registry);
	kit_folder_remove(dir);
	(void)state;
	return 0;
}

static int start(void **state)
{
	(void)lib_setup(state);
	now = (int64_t)time(NULL) * 1000; /* the signers are older */
	w = world_open();
	return 0;
}

static int end(void **state)
{
	world_close(&w);
	return lib_teardown(state);
}

/* NCA-role: the roles of the form, one by one, against the certificate that signs. */
static void again_gives_no_role_that_the_signer_lacks(void **state)
{
	static const char *const beyond[][2] = {{"K7M2-0001-0001", "role-head"}, {"K7M2-0001-0002", "role-signer"},
	        {"K7M2-0001-0003", "role-finance"}, {"K7M2-0001-0004", "role-hr"}};
	for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
		const struct application a = role(beyond[i][0], BAKYT, beyond[i][1]);
		expect(&a, "employee", TG_ROLE_BEYOND);
	}
	const struct application same = role("K7M2-0001-0005", BAKYT, "role-employee");
	expect(&same, "employee", TG_OK);
	const struct application none = role("K7M2-0001-0006", BAKYT, NULL);
	expect(&none, "employee", TG_OK);
	(void)state;
}

static void again_head_stays_head_and_is_nobody_else(void **state)
{
	const struct application own = role("K7M2-0002-0001", AIGUL, "role-head");
	expect(&own, "head", TG_OK);
	const struct application finance = role("K7M2-0002-0002", AIGUL, "role-finance");
	expect(&finance, "head", TG_ROLE_BEYOND);
	/* A certificate in an employee's name, with a key the head holds. */
	const struct application other = role("K7M2-0002-0003", BAKYT, "role-head");
	expect(&other, "head", TG_CERT_OTHER_PERSON);
	struct application revoke = role("K7M2-0002-0004", BAKYT, NULL);
	revoke.operation = "revoke";
	expect(&revoke, "head", TG_OK);
	(void)state;
}

/* A6 is handed in at the desk only; whatever kind the kiosk says it is of. What takes the certificate back is not. */
static void again_not_for_the_treasury(void **state)
{
	struct application a = role("K7M2-0008-0001", AIGUL, NULL);
	a.form = "nca-a6";
	expect(&a, "head", TG_SIGNATURE_BAD);
	a = role("K7M2-0008-0002", AIGUL, NULL);
	a.form = "nca-a8";
	a.operation = "revoke";
	expect(&a, "head", TG_OK);
	(void)state;
}

/* NCA-9.dom: nobody gets another's domain by having some certificate. */
static void again_domain_never_proven(void **state)
{
	const struct application first = ssl("K7M2-0003-0001", "signature", "tamga.kz", NULL);
	expect(&first, "aigul", TG_DOMAIN_UNPROVEN);
	const struct application second = ssl("K7M2-0003-0002", "signature", "tamga.kz", NULL);
	expect(&second, "aigul", TG_DOMAIN_UNPROVEN); /* what was refused proves nothing */
	struct application said = ssl("K7M2-0003-0003", "signature", "tamga.kz", NULL);
	said.operation = "issue"; /* whatever the kiosk calls it */
	expect(&said, "aigul", TG_DOMAIN_UNPROVEN);
	const struct application garbage = ssl("K7M2-0003-0004", "signature", "..", NULL);
	expect(&garbage, "aigul", TG_DOMAIN_UNPROVEN);
	(void)state;
}

static void again_domain_proven_at_the_desk(void **state)
{
	const struct application desk = ssl("K7M2-0004-0001", "desk", "Tamga.kz", "тамға.қаз\nwww.tamga.kz");
	hand_in(&desk, NULL);
	const struct application early = ssl("K7M2-0004-0002", "signature", "tamga.kz", NULL);
	expect(&early, "aigul", TG_DOMAIN_UNPROVEN); /* nobody has accepted the first yet */
	decide("K7M2-0004-0001", "accepted");
	/* The .қаз name as A-labels (RFC 3492, by the codec of Python). */
	const struct application all =
	        ssl("K7M2-0004-0003", "signature", "www.tamga.kz", "tamga.kz\nxn--80aa9aw12b.xn--80ao21a");
	expect(&all, "aigul", TG_OK);
	const struct application more = ssl("K7M2-0004-0004", "signature", "tamga.kz", "mail.tamga.kz");
	expect(&more, "aigul", TG_DOMAIN_UNPROVEN);
	const struct application wild = ssl("K7M2-0004-0005", "signature", "*.tamga.kz", NULL);
	expect(&wild, "aigul", TG_DOMAIN_UNPROVEN);
	struct application other = ssl("K7M2-0004-0006", "signature", "tamga.kz", NULL);
	other.iin = BAKYT;
	expect(&other, "bakyt", TG_DOMAIN_UNPROVEN); /* somebody else's */
	(void)state;
}

/* One of an entity is not its employee's own, and the other way round. */
static void again_domain_of_the_entity(void **state)
{
	struct application desk = ssl("K7M2-0005-0001", "desk", "tamga.kz", NULL);
	desk.form = "nca-a5";
	desk.bin = BIN;
	hand_in(&desk, NULL);
	decide("K7M2-0005-0001", "accepted");
	const struct application own = ssl("K7M2-0005-0002", "signature", "tamga.kz", NULL);
	expect(&own, "aigul", TG_DOMAIN_UNPROVEN);
	struct application same = ssl("K7M2-0005-0003", "signature", "tamga.kz", NULL);
	same.form = "nca-a5";
	same.bin = BIN;
	expect(&same, "head", TG_OK);
	(void)state;
}

static void again_domain_given_up_or_long_ago(void **state)
{
	struct application old = ssl("K7M2-0006-0001", "desk", "old.kz", NULL);
	old.at_ms = now - 399 * DAY_MS;
	hand_in(&old, NULL);
	decide("K7M2-0006-0001", "accepted");
	const struct application again = ssl("K7M2-0006-0002", "signature", "old.kz", NULL);
	expect(&again, "aigul", TG_DOMAIN_UNPROVEN);
	struct application year = ssl("K7M2-0006-0003", "desk", "year.kz", NULL);
	year.at_ms = now - 397 * DAY_MS;
	hand_in(&year, NULL);
	decide("K7M2-0006-0003", "accepted");
	const struct application in_time = ssl("K7M2-0006-0004", "signature", "year.kz", NULL);
	expect(&in_time, "aigul", TG_OK);
	const struct application refused = ssl("K7M2-0006-0005", "desk", "no.kz", NULL);
	hand_in(&refused, NULL);
	decide("K7M2-0006-0005", "refused");
	const struct application try = ssl("K7M2-0006-0006", "signature", "no.kz", NULL);
	expect(&try, "aigul", TG_DOMAIN_UNPROVEN);
	(void)state;
}

/* A server's certificate that this application was given, in this state. */
static void was_given(const char *number, enum tg_ca_state state)
{
	make_certificate("server", "/CN=server", "serverAuth");
	remember(file("server", "der"), number, state);
}

static void again_domain_whose_certificate_was_revoked(void **state)
{
	const struct application kept = ssl("K7M2-0007-0001", "desk", "kept.kz", NULL);
	hand_in(&kept, NULL);
	decide("K7M2-0007-0001", "accepted");
	was_given("K7M2-0007-0001", TG_CA_VALID);
	const struct application good = ssl("K7M2-0007-0002", "signature", "kept.kz", NULL);
	expect(&good, "aigul", TG_OK);
	const struct application gone = ssl("K7M2-0007-0003", "desk", "gone.kz", NULL);
	hand_in(&gone, NULL);
	decide("K7M2-0007-0003", "accepted");
	was_given("K7M2-0007-0003", TG_CA_REVOKED);
	const struct application bad = ssl("K7M2-0007-0004", "signature", "gone.kz", NULL);
	expect(&bad, "aigul", TG_DOMAIN_UNPROVEN);
	(void)state;
}

/* NCA-9.check: what was accepted for one certificate is not used for another. The profiles stand in the forms' files.
 */
static void the_gate_knows_what_a_form_is_for(void **state)
{
	static const struct {
		const char *number, *form, *profiles;
	} rows[] = {{"K7M2-0009-0001", "nca-a2", "nca-entity-sign nca-entity-auth"},
	        {"K7M2-0009-0002", "nca-a6", "nca-treasury-sign nca-treasury-auth"},
	        {"K7M2-0009-0003", "nca-a4", "nca-ssl"}, {"K7M2-0009-0004", "nca-a8", ""},
	        {"K7M2-0009-0005", "dostek-d1", NULL}, {"K7M2-0009-0006", "nca-b1", NULL}};
	struct tg_gate gate = {.store = w.c, .catalog = catalog};
	struct tg_ca_applications port = tg_gate_port(&gate);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct application a = role(rows[i].number, AIGUL, NULL);
		struct tg_ca_application found;
		a.proof = "desk";
		a.form = rows[i].form;
		hand_in(&a, NULL);
		assert_int_equal(port.find(port.ctx, a.number, &found, NULL), TG_OK);
		assert_int_equal(found.standing, TG_CA_WAITING);
		if (rows[i].profiles)
			assert_string_equal(found.profiles, rows[i].profiles);
		else
			assert_null(found.profiles);
		port.release(port.ctx, &found);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(again_gives_no_role_that_the_signer_lacks, start, end),
	        cmocka_unit_test_setup_teardown(again_head_stays_head_and_is_nobody_else, start, end),
	        cmocka_unit_test_setup_teardown(again_not_for_the_treasury, start, end),
	        cmocka_unit_test_setup_teardown(the_gate_knows_what_a_form_is_for, start, end),
	        cmocka_unit_test_setup_teardown(again_domain_never_proven, start, end),
	        cmocka_unit_test_setup_teardown(again_domain_proven_at_the_desk, start, end),
	        cmocka_unit_test_setup_teardown(again_domain_of_the_entity, start, end),
	        cmocka_unit_test_setup_teardown(again_domain_given_up_or_long_ago, start, end),
	        cmocka_unit_test_setup_teardown(again_domain_whose_certificate_was_revoked, start, end),
	};
	return cmocka_run_group_tests(tests, group_start, group_end);
}
