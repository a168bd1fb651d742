/* The CMP client against a server that is not ours: `openssl cmp -port`, over HTTP by libcurl. Both kinds of
 * protection, and what goes wrong. The issue's "enrols against openssl cmp -port by configuration alone" is shown with
 * the whole kiosk elsewhere; this is the library's part. */
#include "issue.h"
#include "kit.h"
#include "ossl.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <openssl/crmf.h>
#include <signal.h>
#include <unistd.h>

#define SECRET "a shared secret of the test"

static struct kit k; /* folder, profiles and kiosk credentials; its own CA is not asked here */
static char ca_cert[256], leaf_cert[256], server_cert[256], server_key[256], secret_file[256];
static EVP_PKEY *ca_key, *leaf_key;
static X509 *ca_x509;

static void issue(const char *name, EVP_PKEY *key, bool ca, const char *usage, X509 **out)
{
	struct tg_error err = {0};
	X509_NAME *subject = X509_NAME_new();
	assert_int_equal(
	        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0), 1);
	const struct tg_issue_plain in = {.subject = subject,
	        .key = key,
	        .issuer = ca ? NULL : ca_x509,
	        .issuer_key = ca_key,
	        .ca = ca,
	        .path_length = -1,
	        .key_usage = usage,
	        .from_ms = (int64_t)time(NULL) * 1000 - 86400000,
	        .seconds = 86400 * 30};
	assert_int_equal(tg_issue_plain(&in, out, &err), TG_OK);
	X509_NAME_free(subject);
}

static int start(void **state)
{
	(void)state;
	struct tg_error err = {0};
	X509 *x = NULL;
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(curl_global_init(CURL_GLOBAL_DEFAULT), CURLE_OK);
	kit_start(&k);
	kit_stop_ca(&k);
	k.time.wall_ms = (int64_t)time(NULL) * 1000; /* openssl cmp lives in the machine's time */
	(void)unlink(k.kiosk_ca);
	assert_int_equal(tg_channel_ca_create(k.kiosk_ca, k.kiosk_ca_key, "Tamga kiosks", k.time.wall_ms, &err), TG_OK);
	kit_kiosk(&k, "K01A-1", k.kiosk_cert, k.kiosk_key);
	(void)snprintf(ca_cert, sizeof ca_cert, "%.63s/foreign-ca.pem", k.dir);
	(void)snprintf(leaf_cert, sizeof leaf_cert, "%.63s/leaf.pem", k.dir);
	(void)snprintf(server_cert, sizeof server_cert, "%.63s/server.pem", k.dir);
	(void)snprintf(server_key, sizeof server_key, "%.63s/server.key", k.dir);
	(void)snprintf(secret_file, sizeof secret_file, "%.63s/secret", k.dir);
	kit_write(secret_file, SECRET "\n", strlen(SECRET) + 1);
	ca_key = kit_rsa();
	leaf_key = kit_rsa();
	issue("Foreign CA", ca_key, true, "critical,keyCertSign,cRLSign,digitalSignature", &ca_x509);
	assert_int_equal(tg_pem_write_cert(ca_cert, ca_x509, &err), TG_OK);
	issue("АЙГҮЛ", leaf_key, false, "critical,digitalSignature", &x);
	assert_int_equal(tg_pem_write_cert(leaf_cert, x, &err), TG_OK);
	X509_free(x);
	EVP_PKEY *key = kit_rsa();
	issue("Foreign CMP server", key, false, "critical,digitalSignature", &x);
	assert_int_equal(tg_pem_write_cert(server_cert, x, &err), TG_OK);
	assert_int_equal(tg_pem_write_key(server_key, key, &err), TG_OK);
	X509_free(x);
	EVP_PKEY_free(key);
	return 0;
}

static int end(void **state)
{
	(void)state;
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(leaf_key);
	X509_free(ca_x509);
	kit_end(&k);
	curl_global_cleanup();
	return 0;
}

/* --- HTTP */
static size_t take(char *bytes, size_t size, size_t n, void *ctx)
{
	tg_buf_add(ctx, bytes, size * n);
	return size * n;
}

/* One connection for the messages of one transaction: openssl's server forgets the transaction with the connection. */
struct line {
	int port;
	CURL *curl;
};

static enum tg_status http(void *ctx, const char *endpoint, struct tg_bytes request, struct tg_buf *answer,
        int timeout_ms, struct tg_error *err)
{
	char url[64];
	struct line *line = ctx;
	(void)endpoint;
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%d/pkix/", line->port);
	if (line->curl == NULL)
		line->curl = curl_easy_init();
	CURL *c = line->curl;
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/pkixcmp");
	headers = curl_slist_append(headers, "Connection: keep-alive"); /* it answers as HTTP/1.0 */
	(void)curl_easy_setopt(c, CURLOPT_URL, url);
	(void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, request.data);
	(void)curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)request.len);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, answer);
	(void)curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	(void)curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	CURLcode code = curl_easy_perform(c);
	curl_slist_free_all(headers);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return tg_error_set(err, TG_TIMEOUT, "the CA does not answer in time");
	return code == CURLE_OK ? TG_OK : tg_error_set(err, TG_CA_DOWN, "%s", curl_easy_strerror(code));
}

static void wait_for(int port)
{
	struct sockaddr_in a = {
	        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	for (int i = 0; i < 200; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		int ok = connect(fd, (struct sockaddr *)&a, sizeof a);
		(void)close(fd);
		if (ok == 0)
			return;
		(void)usleep(50000);
	}
	fail_msg("openssl cmp -port does not listen");
}

static int serve_signed(int *port, const char *trusted)
{
	char text[16];
	*port = kit_free_port();
	(void)snprintf(text, sizeof text, "%d", *port);
	int pid = kit_spawn(kit_path(k.dir, "server.log"), "openssl", "cmp", "-port", text, "-srv_cert", server_cert,
	        "-srv_key", server_key, "-srv_trusted", trusted, "-rsp_cert", leaf_cert, NULL);
	wait_for(*port);
	return pid;
}

static int serve_secret(int *port, const char *secret)
{
	char text[16], pass[64];
	*port = kit_free_port();
	(void)snprintf(text, sizeof text, "%d", *port);
	(void)snprintf(pass, sizeof pass, "pass:%s", secret);
	int pid = kit_spawn(kit_path(k.dir, "server.log"), "openssl", "cmp", "-port", text, "-srv_ref", "kiosk",
	        "-srv_secret", pass, "-rsp_cert", leaf_cert, NULL);
	wait_for(*port);
	return pid;
}

/* --- Client */
struct run {
	struct tg_cmp_config config;
	struct tg_buf crmf, spki;
	struct tg_cmp_result result;
	struct tg_error err;
	struct line line;
};

static void run_init(struct run *r, EVP_PKEY *key)
{
	const struct kit_request q = {
	        .number = kit_number(1), .profile = "nca-individual-sign", .person = &kit_aigul, .key = key};
	memset(r, 0, sizeof *r);
	r->config = (struct tg_cmp_config){
	        .trust_pem = ca_cert, .cert_pem = k.kiosk_cert, .key_pem = k.kiosk_key, .timeout_ms = 5000};
	kit_crmf(&k, &q, &r->crmf);
	kit_spki(key, &r->spki);
}

static void run_finish(struct run *r)
{
	tg_buf_finish(&r->crmf);
	tg_buf_finish(&r->spki);
	tg_cmp_result_finish(&r->result);
	curl_easy_cleanup(r->line.curl);
}

static void use_secret(struct run *r)
{
	r->config.cert_pem = r->config.key_pem = NULL;
	r->config.secret_ref = "kiosk";
	r->config.secret_file = secret_file;
}

static void expect(struct run *r, enum tg_status want)
{
	struct tg_cmp_transport t = {http, &r->line};
	enum tg_status got = tg_cmp_enrol(
	        &r->config, &t, "any", kit_bytes(&r->crmf), kit_bytes(&r->spki), NULL, NULL, &r->result, &r->err);
	if (got != want)
		print_error("%s: %s\n", tg_status_name(got), r->err.detail);
	assert_int_equal(got, want);
	if (want != TG_OK)
		assert_int_equal(r->result.certificate.len, 0);
}

static void test_signature_protection(void **state)
{
	(void)state;
	struct run r;
	run_init(&r, leaf_key);
	int pid = serve_signed(&r.line.port, k.kiosk_ca);
	expect(&r, TG_OK);
	X509 *x = kit_x509(kit_bytes(&r.result.certificate));
	assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(x), leaf_key), 1);
	X509_free(x);
	kit_stop(pid);
	run_finish(&r);
}

static void test_implicit_confirmation_may_be_asked_for(void **state)
{
	(void)state;
	struct run r;
	run_init(&r, leaf_key);
	r.config.accept_implicit_confirm = true; /* this server does not grant it: certConf is sent all the same */
	int pid = serve_signed(&r.line.port, k.kiosk_ca);
	expect(&r, TG_OK);
	kit_stop(pid);
	run_finish(&r);
}

static void test_secret_protection(void **state)
{
	(void)state;
	struct run r;
	run_init(&r, leaf_key);
	use_secret(&r);
	int pid = serve_secret(&r.line.port, SECRET);
	expect(&r, TG_OK);
	kit_stop(pid);
	run_finish(&r);
}

static void test_wrong_secret(void **state)
{
	(void)state;
	struct run r;
	run_init(&r, leaf_key);
	use_secret(&r);
	int pid = serve_secret(&r.line.port, "another secret");
	expect(&r, TG_CA_PROTECTION);
	kit_stop(pid);
	run_finish(&r);
}

static void test_server_that_we_do_not_trust(void **state)
{
	(void)state;
	struct run r;
	run_init(&r, leaf_key);
	r.config.trust_pem = k.kiosk_ca;
	int pid = serve_signed(&r.line.port, k.kiosk_ca);
	expect(&r, TG_CA_PROTECTION);
	kit_stop(pid);
	run_finish(&r);
}

static void test_server_that_does_not_trust_us(void **state)
{
	(void)state;
	struct run r;
	run_init(&r, leaf_key);
	int pid = serve_signed(&r.line.port, ca_cert);
	expect(&r, TG_CA_REFUSED);
	kit_stop(pid);
	run_finish(&r);
}

static void test_certificate_for_another_key(void **state)
{
	(void)state;
	struct run r;
	EVP_PKEY *mine = kit_rsa();
	run_init(&r, mine); /* the server hands out the certificate of leaf_key, whatever it is asked */
	int pid = serve_signed(&r.line.port, k.kiosk_ca);
	expect(&r, TG_CERT_MISMATCH);
	kit_stop(pid);
	EVP_PKEY_free(mine);
	run_finish(&r);
}

/* p10cr: number and profile stand in generalInfo, which this server does not know and answers all the same. */
static void p10cr(const char *reg_info, EVP_PKEY *key, bool by_secret, enum tg_status want)
{
	struct run r;
	X509_REQ *csr = X509_REQ_new();
	unsigned char *der = NULL;
	run_init(&r, key);
	assert_int_equal(X509_REQ_set_pubkey(csr, key), 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(csr), "CN", MBSTRING_ASC,
	                         (const unsigned char *)"example.kz", -1, -1, 0),
	        1);
	assert_true(X509_REQ_sign(csr, key, EVP_sha256()) > 0);
	int n = i2d_X509_REQ(csr, &der);
	assert_true(n > 0);
	if (by_secret)
		use_secret(&r);
	int pid = by_secret ? serve_secret(&r.line.port, SECRET) : serve_signed(&r.line.port, k.kiosk_ca);
	struct tg_cmp_transport t = {http, &r.line};
	enum tg_status got = tg_cmp_enrol_p10(
	        &r.config, &t, "any", (struct tg_bytes){der, (size_t)n}, reg_info, NULL, NULL, &r.result, &r.err);
	kit_stop(pid);
	if (got != want)
		print_error("%s: %s\n", tg_status_name(got), r.err.detail);
	assert_int_equal(got, want);
	assert_true((r.result.certificate.len > 0) == (want == TG_OK));
	OPENSSL_free(der);
	X509_REQ_free(csr);
	run_finish(&r);
}

static void test_k7_p10cr(void **state)
{
	(void)state;
	EVP_PKEY *mine = kit_rsa();
	p10cr("number?K7M2-0004-9QX1%profile?nca-ssl%", mine, false, TG_CERT_MISMATCH);
	p10cr("number?K7M2-0004-9QX1%profile?nca-ssl%", leaf_key, false, TG_OK);
	p10cr("number?K7M2-0004-9QX1%profile?nca-ssl%", leaf_key, true, TG_OK);
	p10cr(NULL, leaf_key, false, TG_OK);
	EVP_PKEY_free(mine);
}

/* The request of a renewal with the id of `old` among its controls, under the proof of possession. */
static void crmf_with_old_id(const struct run *r, struct tg_bytes old, EVP_PKEY *key, struct tg_buf *out)
{
	X509 *x = kit_x509(old);
	const unsigned char *p = r->crmf.data;
	OSSL_CRMF_MSG *m = d2i_OSSL_CRMF_MSG(NULL, &p, (long)r->crmf.len);
	OSSL_CRMF_CERTID *id = OSSL_CRMF_CERTID_gen(X509_get_issuer_name(x), X509_get0_serialNumber(x));
	assert_int_equal(OSSL_CRMF_MSG_set1_regCtrl_oldCertID(m, id), 1);
	assert_int_equal(OSSL_CRMF_MSG_create_popo(OSSL_CRMF_POPO_SIGNATURE, m, key, EVP_sha256(), NULL, NULL), 1);
	unsigned char *der = NULL;
	int n = i2d_OSSL_CRMF_MSG(m, &der);
	assert_true(n > 0);
	tg_buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	OSSL_CRMF_CERTID_free(id);
	OSSL_CRMF_MSG_free(m);
	X509_free(x);
}

/* kur as this server wants it: with oldCertID among the signed controls. */
static void test_renewal_and_revocation(void **state)
{
	(void)state;
	struct run r;
	struct tg_cmp_transport t = {http, &r.line};
	run_init(&r, leaf_key);
	int pid = serve_signed(&r.line.port, k.kiosk_ca);
	expect(&r, TG_OK);
	struct tg_buf old = TG_BUF_INIT, crmf = TG_BUF_INIT;
	tg_buf_add(&old, r.result.certificate.data, r.result.certificate.len);
	crmf_with_old_id(&r, kit_bytes(&old), leaf_key, &crmf);
	tg_cmp_result_finish(&r.result);
	enum tg_status status = tg_cmp_renew(&r.config, &t, "any", kit_bytes(&old), kit_bytes(&crmf),
	        kit_bytes(&r.spki), NULL, NULL, &r.result, &r.err);
	if (status != TG_OK)
		print_error("%s\n", r.err.detail);
	assert_int_equal(status, TG_OK);
	status = tg_cmp_revoke(&r.config, &t, "any", kit_bytes(&old), 4, &r.err);
	if (status != TG_OK)
		print_error("%s\n", r.err.detail);
	assert_int_equal(status, TG_OK);
	tg_cmp_result_finish(&r.result);
	/* Without the old certificate's id this server refuses, and says why. */
	assert_int_equal(tg_cmp_renew(&r.config, &t, "any", kit_bytes(&old), kit_bytes(&r.crmf), kit_bytes(&r.spki),
	                         NULL, NULL, &r.result, &r.err),
	        TG_CA_REFUSED);
	tg_buf_finish(&crmf);
	tg_buf_finish(&old);
	kit_stop(pid);
	run_finish(&r);
}

/* A key on a carrier, as the library sees it: it signs what it is given and says how. */
struct holder {
	EVP_PKEY *key;
	unsigned signatures;
};

static enum tg_status sign_as_holder(
        void *ctx, struct tg_bytes message, struct tg_buf *signature, struct tg_buf *algorithm, struct tg_error *err)
{
	static const uint8_t sha256_rsa[] = {
	        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00};
	struct holder *h = ctx;
	uint8_t bytes[512];
	size_t n = sizeof bytes;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	(void)err;
	h->signatures++;
	assert_int_equal(EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, h->key), 1);
	assert_int_equal(EVP_DigestSign(c, bytes, &n, message.data, message.len), 1);
	EVP_MD_CTX_free(c);
	tg_buf_add(signature, bytes, n);
	tg_buf_add(algorithm, sha256_rsa, sizeof sha256_rsa);
	return TG_OK;
}

/* kur and rr under the signature of the holder's old key (RFC 4210 5.3.5, 5.3.9): every message of the exchange, the
 * certConf too, is verified by openssl's server against the CA of that key. The kiosk's own key is not asked. */
static void test_k14_renewal_signed_by_the_holder(void **state)
{
	(void)state;
	struct run r;
	struct tg_buf old = TG_BUF_INIT, crmf = TG_BUF_INIT;
	struct tg_cmp_transport t = {http, &r.line};
	struct holder h = {leaf_key, 0}, stranger = {kit_rsa(), 0};
	run_init(&r, leaf_key);
	X509 *x = tg_pem_cert(leaf_cert, &r.err);
	assert_int_equal(TG_DER_ADD(X509, x, &old), TG_OK);
	X509_free(x);
	crmf_with_old_id(&r, kit_bytes(&old), leaf_key, &crmf);
	struct tg_cmp_signer signer = {sign_as_holder, kit_bytes(&old), &h};
	r.config.cert_pem = r.config.key_pem = NULL;
	r.config.signer = &signer;
	int pid = serve_signed(&r.line.port, ca_cert); /* trusts the issuer of leaf_cert and nobody else */
	enum tg_status status = tg_cmp_renew(&r.config, &t, "any", kit_bytes(&old), kit_bytes(&crmf),
	        kit_bytes(&r.spki), NULL, NULL, &r.result, &r.err);
	if (status != TG_OK)
		print_error("%s\n", r.err.detail);
	assert_int_equal(status, TG_OK);
	assert_int_equal(h.signatures, 2); /* kur, certConf */
	status = tg_cmp_revoke(&r.config, &t, "any", kit_bytes(&old), 4, &r.err);
	if (status != TG_OK)
		print_error("%s\n", r.err.detail);
	assert_int_equal(status, TG_OK);
	assert_int_equal(h.signatures, 3);
	/* Somebody else's key under the same certificate. */
	signer.ctx = &stranger;
	tg_cmp_result_finish(&r.result);
	assert_int_equal(tg_cmp_renew(&r.config, &t, "any", kit_bytes(&old), kit_bytes(&crmf), kit_bytes(&r.spki), NULL,
	                         NULL, &r.result, &r.err),
	        TG_CA_REFUSED);
	kit_stop(pid);
	EVP_PKEY_free(stranger.key);
	tg_buf_finish(&crmf);
	tg_buf_finish(&old);
	run_finish(&r);
}

static void test_nobody_listens(void **state)
{
	(void)state;
	struct run r;
	run_init(&r, leaf_key);
	r.line.port = kit_free_port();
	expect(&r, TG_CA_DOWN);
	run_finish(&r);
}

static void test_server_that_never_answers(void **state)
{
	(void)state;
	struct run r;
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	run_init(&r, leaf_key);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	r.line.port = ntohs(a.sin_port);
	r.config.timeout_ms = 700;
	expect(&r, TG_TIMEOUT);
	(void)close(fd);
	run_finish(&r);
}

/* The other way round: openssl's client cannot enrol at our CA, for it has no regInfo, and is refused by name (see
 * test_requests_that_the_profile_forbids); it renews there (test_holder.c). */
int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_nobody_listens),
	        cmocka_unit_test(test_server_that_never_answers),
	        cmocka_unit_test(test_wrong_secret),
	        cmocka_unit_test(test_server_that_we_do_not_trust),
	        cmocka_unit_test(test_server_that_does_not_trust_us),
	        cmocka_unit_test(test_certificate_for_another_key),
	        cmocka_unit_test(test_signature_protection),
	        cmocka_unit_test(test_implicit_confirmation_may_be_asked_for),
	        cmocka_unit_test(test_secret_protection),
	        cmocka_unit_test(test_k7_p10cr),
	        cmocka_unit_test(test_renewal_and_revocation),
	        cmocka_unit_test(test_k14_renewal_signed_by_the_holder),
	};
	return cmocka_run_group_tests(tests, start, end);
}
