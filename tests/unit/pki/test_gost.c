/* K-6, K-14: GOST requests and the GOST issuer of the CA; renewals and revocations that the holder's own key protects.
 * Certificates and CRLs are looked at by the openssl program with the engine, another caller of it, and by GnuTLS,
 * whose GOST is its own. */
#include "ca_parts.h"
#include "run.h"
#include "sign.h"

#include "tamga/gost.h"
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <openssl/pem.h>
#include <unistd.h>

static const struct {
	const char *algorithm, *profile;
} kinds[] = {{"gost2001", "nca-sim-sign"}, {"gost2001", "kg-dostek-head-gost"}, {"gost2012-256", "kg-dostek-head-gost"},
        {"gost2012-512", "kg-dostek-accountant-gost"}};
#define N_KINDS (sizeof kinds / sizeof *kinds)

static void request_for(struct run *r, EVP_PKEY *key, unsigned number, const char *profile)
{
	const struct kit_request q = {.number = kit_number(number),
	        .profile = profile,
	        .person = strncmp(profile, "kg-", 3) == 0 ? &kit_head : &kit_aigul,
	        .key = key};
	EVP_PKEY_free(r->key);
	r->key = key;
	tg_buf_reset(&r->spki);
	kit_spki(key, &r->spki);
	kit_crmf(&k, &q, &r->crmf);
}

static void write_pem(const char *name, struct tg_bytes der)
{
	X509 *x = kit_x509(der);
	FILE *f = fopen(kit_path(k.dir, name), "we");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, x), 1);
	assert_int_equal(fclose(f), 0);
	X509_free(x);
}

static void openssl_verifies(struct tg_bytes leaf, bool right)
{
	struct tg_buf out = TG_BUF_INIT;
	char at[32];
	(void)snprintf(at, sizeof at, "%lld", (long long)(k.time.wall_ms / 1000));
	write_pem("leaf.pem", leaf);
	int code = kit_run(&out, "openssl", "verify", "-engine", "gost", "-attime", at, "-x509_strict", "-check_ss_sig",
	        "-CAfile", k.trust, kit_path(k.dir, "leaf.pem"), NULL);
	if ((code == 0) != right)
		print_error("%s", tg_buf_str(&out));
	assert_int_equal(code == 0, right);
	tg_buf_finish(&out);
}

static time_t test_time(time_t *t)
{
	(void)t;
	return (time_t)(k.time.wall_ms / 1000);
}

/* GnuTLS has GOST of its own, by nettle: nothing in common with the engine. */
static void gnutls_verifies(struct tg_bytes leaf, bool right)
{
	gnutls_x509_trust_list_t list;
	gnutls_x509_crt_t x;
	unsigned result = ~0u;
	const gnutls_datum_t der = {(unsigned char *)(uintptr_t)leaf.data, (unsigned)leaf.len};
	gnutls_global_set_time_function(test_time);
	assert_int_equal(gnutls_x509_trust_list_init(&list, 0), 0);
	assert_int_equal(gnutls_x509_trust_list_add_trust_file(list, k.trust, NULL, GNUTLS_X509_FMT_PEM, 0, 0), 4);
	assert_int_equal(gnutls_x509_crt_init(&x), 0);
	assert_int_equal(gnutls_x509_crt_import(x, &der, GNUTLS_X509_FMT_DER), 0);
	assert_int_equal(gnutls_x509_trust_list_verify_crt(list, &x, 1, 0, &result, NULL), 0);
	if ((result == 0) != right)
		print_error("gnutls: 0x%x\n", result);
	assert_int_equal(result == 0, right);
	gnutls_x509_crt_deinit(x);
	gnutls_x509_trust_list_deinit(list, 1);
}

/* --- Issue */
static void k6_gost_requests_get_certificates(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_KINDS; i++) {
		struct run r;
		struct tg_certificate_facts f;
		run_init(&r);
		request_for(&r, kit_gost(kinds[i].algorithm), 100 + i, kinds[i].profile);
		expect(&r, TG_OK);
		assert_int_equal(state_of(r.result.serial), TG_CA_VALID);
		assert_int_equal(tg_pki_certificate_facts(kit_bytes(&r.result.certificate), &f, &r.err), TG_OK);
		assert_string_equal(f.algorithm, kinds[i].algorithm);
		assert_string_equal(f.issuer, "ТАМГА ОҚУ КО (GOST) 2026");
		assert_true(f.signs);
		openssl_verifies(kit_bytes(&r.result.certificate), true);
		gnutls_verifies(kit_bytes(&r.result.certificate), true);
		r.result.certificate.data[r.result.certificate.len - 1] ^= 1;
		openssl_verifies(kit_bytes(&r.result.certificate), false);
		gnutls_verifies(kit_bytes(&r.result.certificate), false);
		r.result.certificate.data[r.result.certificate.len - 1] ^= 1;
		assert_int_equal(tg_pki_check_chain(kit_bytes(&r.result.certificate), (struct tg_bytes){0}, k.trust,
		                         k.time.wall_ms, &r.err),
		        TG_OK);
		/* The answer once more: the same certificate. */
		char serial[48];
		(void)tg_copy(serial, sizeof serial, r.result.serial);
		expect(&r, TG_OK);
		assert_string_equal(r.result.serial, serial);
		run_finish(&r);
	}
}

/* What the holder of a Kyrgyz certificate is told (the assumed layout, screens/profiles/kg-dostek-head.yaml). */
static void dos9_facts_of_a_kyrgyz_head(void **state)
{
	(void)state;
	struct run r;
	struct tg_certificate_facts f;
	run_init(&r);
	request_for(&r, kit_rsa(), 110, "kg-dostek-head");
	expect(&r, TG_OK);
	assert_int_equal(tg_pki_certificate_facts(kit_bytes(&r.result.certificate), &f, &r.err), TG_OK);
	assert_string_equal(f.common_name, "Төлөгөнов Нурланбек Эркинович");
	assert_string_equal(f.organisation, "«Ош Жибек Жолу» ЖЧК");
	assert_string_equal(f.organisation_number, "01203201810274");
	assert_string_equal(f.personal_number, "21204197900147");
	assert_string_equal(f.title, "директор");
	assert_string_equal(f.algorithm, "rsa-2048");
	assert_string_equal(f.issuer, "ТАМГА ОҚУ КО (RSA) 2026");
	assert_true(f.signs && f.authenticates);
	assert_int_equal(f.until_ms - f.from_ms, INT64_C(365) * 86400000);
	assert_int_equal(strlen(f.sha256), 64);
	run_finish(&r);
}

static void refused_request(struct run *r, EVP_PKEY *key, const char *profile, const char *why)
{
	request_for(r, key, 120, profile);
	expect(r, TG_CA_REFUSED);
	if (strstr(r->wire.server.detail, why) == NULL)
		print_error("%s lacks %s\n", r->wire.server.detail, why);
	assert_non_null(strstr(r->wire.server.detail, why));
	expect_nothing_issued(r);
}

static void k6_a_profile_takes_its_own_keys_only(void **state)
{
	(void)state;
	struct run r;
	run_init(&r);
	refused_request(&r, kit_gost("gost2012-256"), "nca-sim-sign", "profile-key-algorithm");
	refused_request(&r, kit_gost("gost2001"), "nca-individual-sign", "rfc3279-key-rsa");
	refused_request(&r, kit_rsa(), "nca-sim-sign", "rfc9215-key-gost");
	run_finish(&r);
}

static void k6_proof_of_possession_is_verified(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_KINDS; i++) {
		struct run r;
		EVP_PKEY *other = kit_gost(kinds[i].algorithm), *mine = kit_gost(kinds[i].algorithm);
		const struct kit_request q = {.number = kit_number(130 + i),
		        .profile = kinds[i].profile,
		        .person = strncmp(kinds[i].profile, "kg-", 3) == 0 ? &kit_head : &kit_aigul,
		        .key = mine,
		        .signer = other};
		run_init(&r);
		EVP_PKEY_free(r.key);
		r.key = mine;
		tg_buf_reset(&r.spki);
		kit_spki(mine, &r.spki);
		kit_crmf(&k, &q, &r.crmf);
		expect(&r, TG_CA_REFUSED);
		expect_nothing_issued(&r);
		run_finish(&r);
		EVP_PKEY_free(other);
	}
}

/* The 512-bit key as RFC 9215 writes it, without the hash that the engine adds: the certificate has it as asked. */
static void k6_key_goes_in_as_it_was_asked(void **state)
{
	(void)state;
	struct run r;
	struct tg_buf ours = TG_BUF_INIT;
	run_init(&r);
	request_for(&r, kit_gost("gost2012-512"), 140, "kg-dostek-head-gost");
	const struct tg_gost *g = tg_gost_find("gost2012-512");
	assert_int_equal(tg_gost_spki(g, (struct tg_bytes){r.spki.data + r.spki.len - 128, 128}, &ours, &r.err), TG_OK);
	assert_int_not_equal(ours.len, r.spki.len);
	tg_buf_reset(&r.spki);
	tg_buf_add(&r.spki, ours.data,
	        ours.len); /* asked for under one writing, given under the other: still the same key */
	expect(&r, TG_OK);
	tg_buf_finish(&ours);
	run_finish(&r);
}

/* --- CRLs of the two families */
/* `openssl crl` takes no -engine: the engine comes from its configuration. */
static void engine_by_configuration(void)
{
	static const char text[] = "openssl_conf = init\n[init]\nengines = list\n[list]\ngost = one\n[one]\n"
	                           "engine_id = gost\ndefault_algorithms = ALL\n";
	kit_write(kit_path(k.dir, "gost.cnf"), text, sizeof text - 1);
	assert_int_equal(setenv("OPENSSL_CONF", kit_path(k.dir, "gost.cnf"), 1), 0);
}

static int revoked_count(enum tg_ca_list list, const char *issuer_cn)
{
	struct tg_buf der = TG_BUF_INIT, out = TG_BUF_INIT;
	struct tg_error err;
	assert_int_equal(kit_crl(&k, list, &der, &err), TG_OK);
	engine_by_configuration();
	kit_write(kit_path(k.dir, "list.crl"), der.data, der.len);
	assert_int_equal(kit_run(&out, "openssl", "crl", "-inform", "DER", "-in", kit_path(k.dir, "list.crl"), "-noout",
	                         "-text", "-nameopt", "utf8", "-CAfile", k.trust, NULL),
	        0);
	assert_non_null(strstr(tg_buf_str(&out), "verify OK"));
	assert_non_null(strstr(tg_buf_str(&out), issuer_cn));
	int n = 0;
	for (const char *p = tg_buf_str(&out); (p = strstr(p, "Serial Number:")) != NULL; p++)
		n++;
	tg_buf_finish(&out);
	tg_buf_finish(&der);
	return n;
}

static void k6_each_family_has_its_crl(void **state)
{
	(void)state;
	struct run r;
	int rsa = revoked_count(TG_CA_LIST_RSA, "ТАМГА ОҚУ КО (RSA) 2026");
	int gost = revoked_count(TG_CA_LIST_GOST, "ТАМГА ОҚУ КО (GOST) 2026");
	run_init(&r);
	request_for(&r, kit_gost("gost2012-256"), 150, "kg-dostek-head-gost");
	expect(&r, TG_OK);
	assert_int_equal(tg_ca_revoke(k.ca, r.result.serial, 1, "", &r.err), TG_OK);
	assert_int_equal(revoked_count(TG_CA_LIST_GOST, "ТАМГА ОҚУ КО (GOST) 2026"), gost + 1);
	assert_int_equal(revoked_count(TG_CA_LIST_RSA, "ТАМГА ОҚУ КО (RSA) 2026"), rsa);
	assert_int_equal(revoked_count(TG_CA_LIST_GOST_ROOT, "ТАМГА ОҚУ НЕГІЗГІ КО (GOST) 2026"), 0);
	/* Our own check of it, and of one flipped bit. */
	struct tg_buf crl = TG_BUF_INIT, issuer = TG_BUF_INIT;
	assert_int_equal(kit_crl(&k, TG_CA_LIST_GOST, &crl, &r.err), TG_OK);
	assert_int_equal(tg_ca_gost_issuing_der(k.ca, &issuer), TG_OK);
	assert_int_equal(tg_pki_verify_crl(kit_bytes(&crl), kit_bytes(&issuer), &r.err), TG_OK);
	assert_int_equal(
	        tg_pki_verify_certificate(kit_bytes(&r.result.certificate), kit_bytes(&issuer), &r.err), TG_OK);
	crl.data[crl.len / 2] ^= 4;
	assert_int_not_equal(tg_pki_verify_crl(kit_bytes(&crl), kit_bytes(&issuer), &r.err), TG_OK);
	tg_buf_finish(&crl);
	tg_buf_finish(&issuer);
	run_finish(&r);
}

/* --- The keys of the GOST issuer are locked by a key of the token (decision 0243): no PIN opens them. */
static bool opens(const char *path, const char *password)
{
	char word[80];
	(void)snprintf(word, sizeof word, "pass:%s", password);
	return kit_run(NULL, "openssl", "pkey", "-engine", "gost", "-in", path, "-noout", "-passin", word, NULL) == 0;
}

static void k6_keys_of_an_older_program_are_locked_anew(void **state)
{
	(void)state;
	struct tg_buf before = TG_BUF_INIT, after = TG_BUF_INIT;
	struct tg_error err;
	char lock[256], root[256], issuing[256];
	(void)snprintf(lock, sizeof lock, "%s/gost-lock.bin", k.config.dir);
	(void)snprintf(root, sizeof root, "%s/gost-root.key", k.config.dir);
	(void)snprintf(issuing, sizeof issuing, "%s/gost-issuing.key", k.config.dir);
	assert_int_equal(tg_ca_gost_issuing_der(k.ca, &before), TG_OK);
	/* As decision 0132 had them: the PIN opens them. A kill came after the first was locked anew. */
	assert_int_equal(tg_gost_key_write(issuing, k.ca->gost_issuing.key, k.pin, &err), TG_OK);
	kit_stop_ca(&k);
	assert_true(opens(issuing, "87654321"));
	kit_open_ca(&k);
	assert_false(opens(issuing, "87654321"));
	assert_false(opens(root, "87654321"));
	assert_int_equal(tg_ca_gost_issuing_der(k.ca, &after), TG_OK);
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.data, after.data, before.len);
	tg_buf_finish(&before);
	tg_buf_finish(&after);
	/* What is locked for another token is refused by name, with the right PIN. */
	struct tg_buf file = TG_BUF_INIT;
	kit_read(lock, &file);
	file.data[file.len / 2] ^= 1;
	kit_stop_ca(&k);
	kit_write(lock, file.data, file.len);
	assert_int_equal(tg_ca_open(&k.ca, &k.config, &k.store, &k.clock, &err), TG_PIN_WRONG);
	file.data[file.len / 2] ^= 1;
	kit_write(lock, file.data, file.len);
	kit_open_ca(&k);
	tg_buf_finish(&file);
}

static void k6_issuer_comes_back(void **state)
{
	(void)state;
	struct tg_buf before = TG_BUF_INIT, after = TG_BUF_INIT, file = TG_BUF_INIT;
	struct tg_error err;
	char path[256];
	assert_int_equal(tg_ca_gost_issuing_der(k.ca, &before), TG_OK);
	(void)snprintf(path, sizeof path, "%s/gost-issuing.key", k.config.dir);
	kit_read(path, &file);
	assert_non_null(strstr(tg_buf_str(&file), "BEGIN ENCRYPTED PRIVATE KEY"));
	assert_false(opens(path, "00000000"));
	assert_false(opens(path, "87654321")); /* the PIN */
	kit_stop_ca(&k);
	kit_open_ca(&k);
	assert_int_equal(tg_ca_gost_issuing_der(k.ca, &after), TG_OK);
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.data, after.data, before.len);
	/* Somebody exchanged the key: the CA does not start with a certificate that is not of its key. */
	kit_stop_ca(&k);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(tg_ca_open(&k.ca, &k.config, &k.store, &k.clock, &err), TG_CERT_INVALID);
	kit_write(path, file.data, file.len);
	kit_open_ca(&k);
	tg_buf_finish(&before);
	tg_buf_finish(&after);
	tg_buf_finish(&file);
}

/* --- A token that keeps the keys (decision 0267). This one is a key of the engine's, whose private half the CA never
 * sees. */
static struct keeper {
	EVP_PKEY *keys[2];
	const char *labels[2];
	enum tg_status away;
	unsigned made, signed_;
	bool other_key;
} keeper;

static EVP_PKEY *kept(const char *label)
{
	for (unsigned i = 0; i < keeper.made; i++)
		if (strcmp(keeper.labels[i], label) == 0)
			return keeper.keys[i];
	return NULL;
}

static enum tg_status keeper_key(void *ctx, const char *label, bool *made, struct tg_buf *spki, struct tg_error *err)
{
	assert_ptr_equal(ctx, &keeper);
	if (keeper.away != TG_OK)
		return tg_error_set(err, keeper.away, "as the test says");
	*made = kept(label) == NULL;
	if (*made) {
		assert_true(keeper.made < 2);
		keeper.labels[keeper.made] = label;
		keeper.keys[keeper.made++] = kit_gost("gost2012-256");
	}
	kit_spki(kept(label), spki);
	return TG_OK;
}

static enum tg_status keeper_sign(
        void *ctx, const char *label, struct tg_bytes hash, struct tg_buf *signature, struct tg_error *err)
{
	uint8_t out[64];
	size_t n = sizeof out;
	assert_ptr_equal(ctx, &keeper);
	if (keeper.away != TG_OK)
		return tg_error_set(err, keeper.away, "as the test says");
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(keeper.other_key ? keeper.keys[0] : kept(label), NULL);
	assert_int_equal(EVP_PKEY_sign_init(c), 1);
	assert_int_equal(EVP_PKEY_sign(c, out, &n, hash.data, hash.len), 1);
	EVP_PKEY_CTX_free(c);
	keeper.signed_++;
	tg_buf_add(signature, out, n);
	return tg_buf_status(signature);
}

static void refused_with(unsigned number, enum tg_status inside)
{
	struct run r;
	run_init(&r);
	request_for(&r, kit_gost("gost2012-256"), number, "kg-dostek-head-gost");
	expect(&r, TG_CA_REFUSED);
	assert_int_equal(r.wire.server.status, inside);
	expect_nothing_issued(&r);
	run_finish(&r);
}

static void issued_and_verified(unsigned number)
{
	struct run r;
	run_init(&r);
	request_for(&r, kit_gost("gost2012-512"), number, "kg-dostek-head-gost");
	expect(&r, TG_OK);
	openssl_verifies(kit_bytes(&r.result.certificate), true);
	gnutls_verifies(kit_bytes(&r.result.certificate), true);
	run_finish(&r);
}

static unsigned ocsp_keys(void)
{
	struct tg_buf labels = TG_BUF_INIT;
	unsigned n = 0;
	assert_int_equal(tg_ca_token_labels(k.ca->token, "tamga-ocsp-gost-", &labels), TG_OK);
	for (const char *p = tg_buf_str(&labels); (p = strchr(p, '\n')) != NULL; p++)
		n++;
	tg_buf_finish(&labels);
	return n;
}

/* While it is away, its OCSP signer, whose key is elsewhere, goes on to its end; no try leaves a key behind. */
static void ocsp_signer_goes_on(void)
{
	struct tg_error err;
	const int64_t now = k.time.wall_ms;
	k.time.wall_ms += INT64_C(65) * 86400000;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(tg_ca_ocsp_renew(k.ca, &err), TG_OK);
		k.time.wall_ms += 61000;
	}
	k.time.wall_ms = now + INT64_C(91) * 86400000;
	assert_int_equal(tg_ca_ocsp_renew(k.ca, &err), TG_CARD_PULLED);
	keeper.away = TG_OK;
	k.time.wall_ms += 61000;
	assert_int_equal(tg_ca_ocsp_renew(k.ca, &err), TG_OK);
	kit_stop_ca(&k); /* libp11 goes on listing what was destroyed */
	kit_open_ca(&k);
	assert_int_equal(ocsp_keys(), 1);
	k.time.wall_ms = now;
}

static void not_looked_for_in_files(const struct tg_ca_config *before)
{
	struct tg_error err;
	kit_stop_ca(&k);
	k.config.gost_token = (struct tg_ca_keeper){0};
	k.config.gost_files = true;
	assert_int_equal(tg_ca_open(&k.ca, &k.config, &k.store, &k.clock, &err), TG_CONFIG);
	k.config = *before;
	k.config.gost_token = (struct tg_ca_keeper){keeper_key, keeper_sign, &keeper};
	assert_int_equal(tg_ca_open(&k.ca, &k.config, &k.store, &k.clock, &err), TG_CONFIG);
	k.config = *before;
	k.config.gost_files = false; /* what an older program left is known by its files */
	kit_open_ca(&k);
	assert_int_equal(tg_ca_gost_keys(k.ca), TG_CA_GOST_FILES);
}

static void c4_issuer_of_a_token(void **state)
{
	(void)state;
	struct tg_error err;
	static char dir[160];
	const struct tg_ca_config before = k.config;
	(void)snprintf(dir, sizeof dir, "%s/ca-token", k.dir);
	kit_stop_ca(&k);
	k.config.dir = dir;
	k.config.gost_files = false;
	k.config.gost_token = (struct tg_ca_keeper){keeper_key, keeper_sign, &keeper};
	keeper.away = TG_CARD_NONE;
	assert_int_equal(tg_ca_open(&k.ca, &k.config, &k.store, &k.clock, &err), TG_CARD_NONE);
	keeper.away = TG_OK;
	kit_open_ca(&k);
	assert_int_equal(tg_ca_gost_keys(k.ca), TG_CA_GOST_TOKEN);
	assert_int_equal(keeper.made, 2);
	issued_and_verified(500);
	(void)revoked_count(TG_CA_LIST_GOST, "ТАМГА ОҚУ КО (GOST) 2026"); /* and verified */
	/* Pulled: what needs it is refused by name, and goes on when it is back. */
	keeper.away = TG_CARD_PULLED;
	refused_with(501, TG_CARD_PULLED);
	struct tg_buf crl = TG_BUF_INIT;
	assert_int_equal(kit_crl(&k, TG_CA_LIST_GOST, &crl, &err), TG_CARD_PULLED);
	assert_int_equal(kit_crl(&k, TG_CA_LIST_RSA, &crl, &err), TG_OK);
	tg_buf_finish(&crl);
	kit_stop_ca(&k);
	kit_open_ca(&k); /* without it, too */
	refused_with(502, TG_CARD_PULLED);
	ocsp_signer_goes_on();
	issued_and_verified(503);
	/* A signature of another key goes nowhere. */
	keeper.other_key = true;
	refused_with(504, TG_SIGN_FAILED);
	keeper.other_key = false;
	not_looked_for_in_files(&before);
	for (unsigned i = 0; i < keeper.made; i++)
		EVP_PKEY_free(keeper.keys[i]);
}

int main(void)
{
	struct tg_error err;
	if (tg_gost_load(&err) != TG_OK) {
		print_error("skipped: %s\n", err.detail);
		return 77;
	}
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(k6_gost_requests_get_certificates),
	        cmocka_unit_test(dos9_facts_of_a_kyrgyz_head),
	        cmocka_unit_test(k6_a_profile_takes_its_own_keys_only),
	        cmocka_unit_test(k6_proof_of_possession_is_verified),
	        cmocka_unit_test(k6_key_goes_in_as_it_was_asked),
	        cmocka_unit_test(k6_each_family_has_its_crl),
	        cmocka_unit_test(k6_issuer_comes_back),
	        cmocka_unit_test(k6_keys_of_an_older_program_are_locked_anew),
	        cmocka_unit_test(c4_issuer_of_a_token),
	};
	return cmocka_run_group_tests(tests, run_start, run_end);
}
