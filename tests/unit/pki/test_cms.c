/* NCA-9.again, NCA-9.R, NCA-9.head: signatures over applications (CMS, RFC 5652). Ours are read by the openssl program
 * and by GnuTLS, theirs by us; the certificates are of the sandbox CA. Unhappy cases first. */
#include "run.h"

#include "tamga/gost.h"
#include <openssl/cms.h>
#include <openssl/pem.h>

static const char content[] =
        "{\"provider\":\"kz-nca\",\"service\":\"issue\",\"language\":\"kk\",\"answers\":[\"Әбілқасымова\"]}";

struct holder {
	EVP_PKEY *key;
	struct tg_buf certificate;
	char pem[256], key_pem[256];
};
static struct holder sign_key, auth_key, gost_2001, gost_2012;

/* --- A holder with a key in memory */
static enum tg_status sign_with(
        void *ctx, struct tg_bytes message, struct tg_buf *signature, struct tg_buf *algorithm, struct tg_error *err)
{
	const struct holder *h = ctx;
	struct tg_buf spki = TG_BUF_INIT;
	unsigned char out[512];
	size_t n = sizeof out;
	static const uint8_t rsa[] = {
	        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00};
	(void)err;
	kit_spki(h->key, &spki);
	const struct tg_gost *g = tg_gost_of_spki(kit_bytes(&spki));
	tg_buf_finish(&spki);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	assert_int_equal(
	        EVP_DigestSignInit(c, NULL, g != NULL ? EVP_get_digestbynid(g->hash_nid) : EVP_sha256(), NULL, h->key),
	        1);
	assert_int_equal(EVP_DigestSign(c, out, &n, message.data, message.len), 1);
	EVP_MD_CTX_free(c);
	tg_buf_add(signature, out, n);
	if (g != NULL)
		return tg_gost_signature_algorithm(g, algorithm);
	tg_buf_add(algorithm, rsa, sizeof rsa);
	return TG_OK;
}

static struct tg_cmp_signer signer_of(const struct holder *h)
{
	return (struct tg_cmp_signer){
	        .sign = sign_with, .certificate = kit_bytes(&h->certificate), .ctx = (void *)(uintptr_t)h};
}

static void write_pem(struct holder *h, const char *name)
{
	(void)snprintf(h->pem, sizeof h->pem, "%.63s/%.60s.crt", k.dir, name);
	(void)snprintf(h->key_pem, sizeof h->key_pem, "%.63s/%.60s.key", k.dir, name);
	FILE *f = fopen(h->pem, "we");
	X509 *x = kit_x509(kit_bytes(&h->certificate));
	assert_int_equal(PEM_write_X509(f, x), 1);
	X509_free(x);
	assert_int_equal(fclose(f), 0);
	f = fopen(h->key_pem, "we");
	assert_int_equal(PEM_write_PKCS8PrivateKey(f, h->key, NULL, NULL, 0, NULL, NULL), 1);
	assert_int_equal(fclose(f), 0);
}

static void make_holder(struct holder *h, EVP_PKEY *key, const char *profile, unsigned number, const char *name)
{
	struct run r;
	run_init(&r);
	EVP_PKEY_free(r.key);
	r.key = key;
	assert_int_equal(EVP_PKEY_up_ref(key), 1);
	tg_buf_reset(&r.spki);
	kit_spki(key, &r.spki);
	const struct kit_request q = {.number = kit_number(number),
	        .profile = profile,
	        .person = strncmp(profile, "kg-", 3) == 0 ? &kit_head : &kit_aigul,
	        .key = key};
	kit_crmf(&k, &q, &r.crmf);
	expect(&r, TG_OK);
	h->key = key;
	tg_buf_add(&h->certificate, r.result.certificate.data, r.result.certificate.len);
	run_finish(&r);
	write_pem(h, name);
}

static int start(void **state)
{
	(void)state;
	/* The openssl program signs, and certtool judges, at the time of the machine. */
	kit_start_at(&k, (int64_t)time(NULL) * 1000);
	assert_int_equal(tg_gost_load(NULL), TG_OK);
	make_holder(&sign_key, kit_rsa(), "nca-individual-sign", 1, "sign");
	make_holder(&auth_key, kit_rsa(), "nca-individual-auth", 1, "auth");
	make_holder(&gost_2001, kit_gost("gost2001"), "nca-sim-sign", 2, "gost2001");
	make_holder(&gost_2012, kit_gost("gost2012-512"), "kg-dostek-head-gost", 3, "gost2012");
	return 0;
}

static int end(void **state)
{
	struct holder *all[] = {&sign_key, &auth_key, &gost_2001, &gost_2012};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		EVP_PKEY_free(all[i]->key);
		tg_buf_finish(&all[i]->certificate);
	}
	return run_end(state);
}

static void sign_content(const struct holder *h, int64_t at_ms, struct tg_buf *cms)
{
	struct tg_cmp_signer s = signer_of(h);
	struct tg_error err = {0};
	tg_buf_reset(cms);
	enum tg_status got =
	        tg_cms_sign((struct tg_bytes){(const uint8_t *)content, strlen(content)}, &s, at_ms, cms, &err);
	if (got != TG_OK)
		print_error("%s: %s\n", tg_status_name(got), err.detail);
	assert_int_equal(got, TG_OK);
}

static void judged(struct tg_bytes cms, int64_t at_ms, enum tg_status want, const char *words)
{
	struct tg_cms_judged j;
	struct tg_error err = {0};
	enum tg_status got = tg_cms_verify(cms, k.trust, at_ms, NULL, NULL, &j, &err);
	if (got != want || (words != NULL && strstr(err.detail, words) == NULL))
		print_error("%s: %s\n", tg_status_name(got), err.detail);
	assert_int_equal(got, want);
	assert_true(words == NULL || strstr(err.detail, words) != NULL);
	if (got == TG_SIGNATURE_BAD) {
		assert_int_equal(j.content.len, 0);
		assert_int_equal(j.certificate.len, 0);
	}
	tg_cms_judged_finish(&j);
}

static int64_t now(void)
{
	return k.time.wall_ms;
}

/* --- Not as it was signed */
static void nca9_another_content_is_refused(void **state)
{
	(void)state;
	struct tg_buf cms = TG_BUF_INIT;
	sign_content(&sign_key, now(), &cms);
	uint8_t *at = memmem(cms.data, cms.len, "issue", 5);
	assert_non_null(at);
	memcpy(at, "ISSUE", 5);
	judged(kit_bytes(&cms), now(), TG_SIGNATURE_BAD, "another content");
	tg_buf_finish(&cms);
}

static void nca9_signature_of_another_key_is_refused(void **state)
{
	(void)state;
	struct tg_buf cms = TG_BUF_INIT;
	struct tg_error err = {0};
	struct tg_cmp_signer s = signer_of(&sign_key);
	s.ctx = &auth_key; /* signs with this, says it was that */
	assert_int_equal(
	        tg_cms_sign((struct tg_bytes){(const uint8_t *)content, strlen(content)}, &s, now(), &cms, &err),
	        TG_OK);
	judged(kit_bytes(&cms), now(), TG_SIGNATURE_BAD, "does not fit");
	tg_buf_finish(&cms);
}

/* Each byte in turn made another one: nothing that is changed is taken for what was signed. */
static void nca9_no_changed_byte_passes(void **state)
{
	(void)state;
	struct tg_buf cms = TG_BUF_INIT;
	sign_content(&sign_key, now(), &cms);
	unsigned passed = 0;
	for (size_t i = 0; i < cms.len; i++) {
		struct tg_cms_judged j;
		struct tg_error err;
		cms.data[i] ^= 0x01;
		enum tg_status got = tg_cms_verify(kit_bytes(&cms), k.trust, now(), NULL, NULL, &j, &err);
		if (got == TG_OK) { /* version numbers and unread names of algorithms */
			passed++;
			assert_memory_equal(j.content.data, content, strlen(content));
			assert_int_equal(j.certificate.len, sign_key.certificate.len);
			assert_memory_equal(j.certificate.data, sign_key.certificate.data, j.certificate.len);
		}
		tg_cms_judged_finish(&j);
		cms.data[i] ^= 0x01;
	}
	assert_true(passed < 40);
	judged(kit_bytes(&cms), now(), TG_OK, NULL);
	tg_buf_finish(&cms);
}

static void nca9_cut_short_or_with_a_tail(void **state)
{
	(void)state;
	struct tg_buf cms = TG_BUF_INIT;
	sign_content(&sign_key, now(), &cms);
	for (size_t n = 0; n < cms.len; n++)
		judged((struct tg_bytes){cms.data, n}, now(), TG_SIGNATURE_BAD, NULL);
	tg_buf_add_u8(&cms, 0);
	judged(kit_bytes(&cms), now(), TG_SIGNATURE_BAD, NULL);
	tg_buf_reset(&cms);
	for (size_t i = 0; i < 300 * 1024; i++)
		tg_buf_add_u8(&cms, 0x30);
	judged(kit_bytes(&cms), now(), TG_SIGNATURE_BAD, "longer");
	tg_buf_finish(&cms);
}

static void nca9_signed_on_another_day(void **state)
{
	(void)state;
	struct tg_buf cms = TG_BUF_INIT;
	const int64_t day = INT64_C(86400000);
	sign_content(&sign_key, now(), &cms);
	judged(kit_bytes(&cms), now() + day, TG_OK, NULL);
	judged(kit_bytes(&cms), now() - day, TG_CERT_EXPIRED, NULL); /* the certificate was not there yet */
	judged(kit_bytes(&cms), now() + day + 1000, TG_SIGNATURE_BAD, "another day");
	judged(kit_bytes(&cms), now() - day - 1000, TG_SIGNATURE_BAD, "another day");
	tg_buf_finish(&cms);
}

/* --- The certificate */
static void nca9_certificate_out_of_its_time(void **state)
{
	(void)state;
	struct tg_buf cms = TG_BUF_INIT;
	int64_t later = now() + INT64_C(366) * 86400000;
	sign_content(&sign_key, later, &cms);
	judged(kit_bytes(&cms), later, TG_CERT_EXPIRED, NULL);
	tg_buf_finish(&cms);
}

static enum tg_status said(struct tg_bytes certificate, int64_t at_ms, void *ctx, struct tg_error *err)
{
	assert_int_equal(certificate.len, sign_key.certificate.len);
	assert_int_equal(at_ms, now());
	return tg_error_set(err, *(enum tg_status *)ctx, "as the test says");
}

/* What the register says comes through; content and certificate are there for the refusal's record. */
static void nca9_revoked_certificate(void **state)
{
	(void)state;
	static const enum tg_status all[] = {TG_CERT_REVOKED, TG_STORE_BUSY, TG_OK};
	struct tg_buf cms = TG_BUF_INIT;
	sign_content(&sign_key, now(), &cms);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		enum tg_status what = all[i];
		struct tg_cms_judged j;
		struct tg_error err;
		assert_int_equal(tg_cms_verify(kit_bytes(&cms), k.trust, now(), said, &what, &j, &err), all[i]);
		assert_int_equal(j.content.len, strlen(content));
		assert_memory_equal(j.certificate.data, sign_key.certificate.data, sign_key.certificate.len);
		tg_cms_judged_finish(&j);
	}
	tg_buf_finish(&cms);
}

/* K-6: the authentication key has no nonRepudiation. */
static void nca9_key_for_entering_signs_no_application(void **state)
{
	(void)state;
	struct tg_buf cms = TG_BUF_INIT;
	sign_content(&auth_key, now(), &cms);
	judged(kit_bytes(&cms), now(), TG_CERT_INVALID, "for entering");
	tg_buf_finish(&cms);
}

static void nca9_certificate_of_another_issuer(void **state)
{
	(void)state;
	struct tg_buf cms = TG_BUF_INIT;
	struct tg_cms_judged j;
	struct tg_error err;
	sign_content(&sign_key, now(), &cms);
	assert_int_equal(tg_cms_verify(kit_bytes(&cms), k.kiosk_ca, now(), NULL, NULL, &j, &err), TG_CERT_INVALID);
	tg_cms_judged_finish(&j);
	assert_int_equal(tg_cms_verify(kit_bytes(&cms), "/nonexistent", now(), NULL, NULL, &j, &err), TG_CONFIG);
	tg_cms_judged_finish(&j);
	tg_buf_finish(&cms);
}

/* Trusted is the root alone: the issuing CA must come along. (Ours bring none: the centre trusts the issuing CA
 * itself.)
 */
static void nca9_chain_up_to_the_root(void **state)
{
	(void)state;
	struct tg_buf out = TG_BUF_INIT, cms = TG_BUF_INIT;
	char root[300], issuing[300];
	(void)snprintf(root, sizeof root, "%s/ca/root.pem", k.dir);
	(void)snprintf(issuing, sizeof issuing, "%s/ca/issuing.pem", k.dir);
	kit_write(kit_path(k.dir, "content"), content, strlen(content));
	for (int with = 0; with < 2; with++) {
		struct tg_cms_judged j;
		struct tg_error err;
		if (kit_run(&out, "openssl", "cms", "-sign", "-nodetach", "-binary", "-outform", "DER", "-in",
		            kit_path(k.dir, "content"), "-out", kit_path(k.dir, "theirs"), "-signer", sign_key.pem,
		            "-inkey", sign_key.key_pem, with ? "-certfile" : "-binary", with ? issuing : "-nosmimecap",
		            NULL) != 0)
			fail_msg("%s", tg_buf_str(&out));
		tg_buf_reset(&cms);
		kit_read(kit_path(k.dir, "theirs"), &cms);
		assert_int_equal(tg_cms_verify(kit_bytes(&cms), root, (int64_t)time(NULL) * 1000, NULL, NULL, &j, &err),
		        with ? TG_OK : TG_CERT_INVALID);
		assert_int_equal(j.certificate.len, sign_key.certificate.len); /* whose it was is known all the same */
		tg_cms_judged_finish(&j);
	}
	tg_buf_finish(&out);
	tg_buf_finish(&cms);
}

/* --- Of other programs */
static void run_ok(struct tg_buf *out, int code)
{
	if (code != 0)
		print_error("%s", tg_buf_str(out));
	assert_int_equal(code, 0);
	tg_buf_finish(out);
}

static const char *attime(void)
{
	static char text[32];
	(void)snprintf(text, sizeof text, "%lld", (long long)(now() / 1000));
	return text;
}

static int64_t machine_now(void)
{
	return (int64_t)time(NULL) * 1000;
}

static void theirs(struct tg_bytes cms, const struct holder *h, enum tg_status want, const char *words)
{
	struct tg_cms_judged j;
	struct tg_error err = {0};
	enum tg_status got = tg_cms_verify(cms, k.trust, machine_now(), NULL, NULL, &j, &err);
	if (got != want || (words != NULL && strstr(err.detail, words) == NULL))
		print_error("%s: %s\n", tg_status_name(got), err.detail);
	assert_int_equal(got, want);
	assert_true(words == NULL || strstr(err.detail, words) != NULL);
	if (got == TG_OK) {
		assert_int_equal(j.content.len, strlen(content));
		assert_memory_equal(j.content.data, content, strlen(content));
		assert_memory_equal(j.certificate.data, h->certificate.data, h->certificate.len);
		assert_true(j.signed_ms > machine_now() - 600000 && j.signed_ms <= machine_now() + 1000);
	}
	tg_cms_judged_finish(&j);
}

static const char *path(const char *name)
{
	return kit_path(k.dir, name);
}

static void read_back(const char *name, struct tg_buf *out)
{
	tg_buf_reset(out);
	kit_read(path(name), out);
}

static void nca9_what_openssl_signed(void **state)
{
	(void)state;
	static const struct {
		const char *extra, *value;
		enum tg_status want;
		const char *words;
	} rows[] = {{"-binary", "-nosmimecap", TG_OK, NULL}, {"-cades", "-binary", TG_OK, NULL},
	        {"-md", "sha512", TG_OK, NULL}, {"-keyid", "-binary", TG_OK, NULL},
	        {"-md", "sha1", TG_ALGORITHM, "SHA1"}, {"-noattr", "-binary", TG_SIGNATURE_BAD, "no signed attributes"},
	        {"-nocerts", "-binary", TG_SIGNATURE_BAD, "certificate is not with it"},
	        {"-keyopt", "rsa_padding_mode:pss", TG_ALGORITHM, "verified"}};
	struct tg_buf out = TG_BUF_INIT, cms = TG_BUF_INIT;
	kit_write(path("content"), content, strlen(content));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		run_ok(&out, kit_run(&out, "openssl", "cms", "-sign", "-nodetach", "-binary", "-outform", "DER", "-in",
		                     path("content"), "-out", path("theirs"), "-signer", sign_key.pem, "-inkey",
		                     sign_key.key_pem, rows[i].extra, rows[i].value, NULL));
		read_back("theirs", &cms);
		theirs(kit_bytes(&cms), &sign_key, rows[i].want, rows[i].words);
	}
	run_ok(&out, kit_run(&out, "openssl", "cms", "-sign", "-binary", "-outform", "DER", "-in", path("content"),
	                     "-out", path("theirs"), "-signer", sign_key.pem, "-inkey", sign_key.key_pem, NULL));
	read_back("theirs", &cms);
	theirs(kit_bytes(&cms), &sign_key, TG_SIGNATURE_BAD, "no content with it");
	run_ok(&out, kit_run(&out, "openssl", "cms", "-sign", "-nodetach", "-binary", "-outform", "DER", "-in",
	                     path("content"), "-out", path("theirs"), "-signer", sign_key.pem, "-inkey",
	                     sign_key.key_pem, "-signer", auth_key.pem, "-inkey", auth_key.key_pem, NULL));
	read_back("theirs", &cms);
	theirs(kit_bytes(&cms), &sign_key, TG_SIGNATURE_BAD, "more than one signer");
	tg_buf_finish(&cms);
}

static void nca9_what_openssl_signed_with_gost(void **state)
{
	(void)state;
	const struct holder *all[] = {&gost_2001, &gost_2012};
	static const char *const md[] = {"md_gost94", "md_gost12_512"};
	struct tg_buf out = TG_BUF_INIT, cms = TG_BUF_INIT;
	kit_write(path("content"), content, strlen(content));
	for (size_t i = 0; i < 2; i++) {
		run_ok(&out, kit_run(&out, "openssl", "cms", "-engine", "gost", "-sign", "-nodetach", "-binary",
		                     "-outform", "DER", "-md", md[i], "-in", path("content"), "-out", path("theirs"),
		                     "-signer", all[i]->pem, "-inkey", all[i]->key_pem, NULL));
		read_back("theirs", &cms);
		theirs(kit_bytes(&cms), all[i], TG_OK, NULL);
	}
	tg_buf_finish(&cms);
}

static void nca9_ours_before_openssl(void **state)
{
	(void)state;
	const struct holder *all[] = {&sign_key, &gost_2001, &gost_2012};
	struct tg_buf out = TG_BUF_INIT, cms = TG_BUF_INIT, back = TG_BUF_INIT;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		sign_content(all[i], now(), &cms);
		kit_write(path("ours"), cms.data, cms.len);
		run_ok(&out, kit_run(&out, "openssl", "cms", "-engine", "gost", "-verify", "-binary", "-inform", "DER",
		                     "-in", path("ours"), "-CAfile", k.trust, "-attime", attime(), "-purpose", "any",
		                     "-cades", "-out", path("read"), NULL));
		read_back("read", &back);
		assert_int_equal(back.len, strlen(content));
		assert_memory_equal(back.data, content, back.len);
		run_ok(&out, kit_run(&out, "openssl", "cms", "-engine", "gost", "-cmsout", "-print", "-inform", "DER",
		                     "-in", path("ours"), "-out", path("text"), NULL));
		read_back("text", &back);
		assert_non_null(strstr(tg_buf_str(&back), "signingTime"));
		assert_non_null(strstr(tg_buf_str(&back), "id-smime-aa-signingCertificateV2"));
		assert_non_null(strstr(tg_buf_str(&back), "messageDigest"));
		cms.data[cms.len - 1] ^= 1;
		kit_write(path("ours"), cms.data, cms.len);
		assert_int_not_equal(kit_run(&out, "openssl", "cms", "-engine", "gost", "-verify", "-binary", "-inform",
		                             "DER", "-in", path("ours"), "-CAfile", k.trust, "-attime", attime(),
		                             "-purpose", "any", "-out", path("read"), NULL),
		        0);
		tg_buf_finish(&out);
	}
	tg_buf_finish(&cms);
	tg_buf_finish(&back);
}

/* GnuTLS: another library, with GOST of its own. */
static void nca9_ours_before_certtool(void **state)
{
	(void)state;
	struct tg_buf out = TG_BUF_INIT, cms = TG_BUF_INIT;
	sign_content(&sign_key, now(), &cms);
	kit_write(path("ours"), cms.data, cms.len);
	(void)kit_run(&out, "certtool", "--p7-verify", "--inder", "--infile", path("ours"), "--load-ca-certificate",
	        k.trust, "--load-certificate", sign_key.pem, NULL);
	if (strstr(tg_buf_str(&out), "Signature status: ok") == NULL)
		print_error("%s", tg_buf_str(&out));
	assert_non_null(strstr(tg_buf_str(&out), "Signature status: ok"));
	tg_buf_finish(&out);
	tg_buf_finish(&cms);
}

/* Without --p7-time there is no time, and it is refused; by default it has no signed attributes at all. */
static void nca9_what_certtool_signed(void **state)
{
	(void)state;
	struct tg_buf out = TG_BUF_INIT, cms = TG_BUF_INIT;
	kit_write(path("content"), content, strlen(content));
	run_ok(&out, kit_run(&out, "certtool", "--p7-sign", "--p7-time", "--p7-include-cert", "--outder", "--infile",
	                     path("content"), "--outfile", path("theirs"), "--load-certificate", sign_key.pem,
	                     "--load-privkey", sign_key.key_pem, NULL));
	read_back("theirs", &cms);
	theirs(kit_bytes(&cms), &sign_key, TG_OK, NULL);
	run_ok(&out, kit_run(&out, "certtool", "--p7-sign", "--p7-include-cert", "--outder", "--infile",
	                     path("content"), "--outfile", path("theirs"), "--load-certificate", sign_key.pem,
	                     "--load-privkey", sign_key.key_pem, NULL));
	read_back("theirs", &cms);
	theirs(kit_bytes(&cms), &sign_key, TG_SIGNATURE_BAD, "no time");
	tg_buf_finish(&cms);
}

static void nca9_ours_comes_back(void **state)
{
	(void)state;
	const struct holder *all[] = {&sign_key, &gost_2001, &gost_2012};
	struct tg_buf cms = TG_BUF_INIT;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct tg_cms_judged j;
		struct tg_error err = {0};
		sign_content(all[i], now() + 500, &cms);
		enum tg_status got = tg_cms_verify(kit_bytes(&cms), k.trust, now(), NULL, NULL, &j, &err);
		if (got != TG_OK)
			print_error("%s\n", err.detail);
		assert_int_equal(got, TG_OK);
		assert_int_equal(j.signed_ms, now());
		assert_memory_equal(j.content.data, content, strlen(content));
		tg_cms_judged_finish(&j);
	}
	tg_buf_finish(&cms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nca9_another_content_is_refused),
	        cmocka_unit_test(nca9_signature_of_another_key_is_refused),
	        cmocka_unit_test(nca9_no_changed_byte_passes),
	        cmocka_unit_test(nca9_cut_short_or_with_a_tail),
	        cmocka_unit_test(nca9_signed_on_another_day),
	        cmocka_unit_test(nca9_certificate_out_of_its_time),
	        cmocka_unit_test(nca9_revoked_certificate),
	        cmocka_unit_test(nca9_key_for_entering_signs_no_application),
	        cmocka_unit_test(nca9_certificate_of_another_issuer),
	        cmocka_unit_test(nca9_chain_up_to_the_root),
	        cmocka_unit_test(nca9_what_openssl_signed),
	        cmocka_unit_test(nca9_what_openssl_signed_with_gost),
	        cmocka_unit_test(nca9_ours_before_openssl),
	        cmocka_unit_test(nca9_ours_before_certtool),
	        cmocka_unit_test(nca9_what_certtool_signed),
	        cmocka_unit_test(nca9_ours_comes_back),
	};
	return cmocka_run_group_tests(tests, start, end);
}
