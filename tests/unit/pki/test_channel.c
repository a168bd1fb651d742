/* Who may talk to the centre: the kiosk CA, the centre's TLS certificate, kiosk certificates. */
#include "kit.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], ca[128], ca_key[128], cert[128], key[128];

static int start(void **state)
{
	(void)state;
	kit_folder(dir);
	(void)snprintf(ca, sizeof ca, "%s/ca.pem", dir);
	(void)snprintf(ca_key, sizeof ca_key, "%s/ca.key", dir);
	(void)snprintf(cert, sizeof cert, "%s/server.pem", dir);
	(void)snprintf(key, sizeof key, "%s/server.key", dir);
	struct tg_error err = {0};
	assert_int_equal(tg_channel_ca_create(ca, ca_key, "Tamga kiosks", KIT_NOW_MS, &err), TG_OK);
	return 0;
}

static int end(void **state)
{
	(void)state;
	kit_folder_remove(dir);
	return 0;
}

static void test_ca_is_made_once(void **state)
{
	(void)state;
	struct tg_buf before = TG_BUF_INIT, after = TG_BUF_INIT;
	struct tg_error err = {0};
	struct stat st;
	kit_read(ca, &before);
	assert_int_equal(tg_channel_ca_create(ca, ca_key, "Tamga kiosks", KIT_NOW_MS, &err), TG_OK);
	kit_read(ca, &after);
	assert_string_equal(tg_buf_str(&before), tg_buf_str(&after));
	assert_int_equal(stat(ca_key, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(
	        tg_channel_ca_create("/nonexistent/ca.pem", "/nonexistent/ca.key", "x", KIT_NOW_MS, &err), TG_IO);
	tg_buf_finish(&before);
	tg_buf_finish(&after);
}

static void test_server_certificate(void **state)
{
	(void)state;
	struct tg_error err = {0};
	struct tg_buf out = TG_BUF_INIT;
	char at[32];
	(void)snprintf(at, sizeof at, "%lld", (long long)(KIT_NOW_MS / 1000));
	assert_int_equal(
	        tg_channel_server(ca, ca_key, cert, key, "", 30 * INT64_C(86400), KIT_NOW_MS, &err), TG_CONFIG);
	assert_int_equal(
	        tg_channel_server(ca, ca_key, cert, key, "a,,b", 30 * INT64_C(86400), KIT_NOW_MS, &err), TG_CONFIG);
	assert_int_equal(tg_channel_server(ca, ca_key, cert, key, "evil,DNS:x", 30 * INT64_C(86400), KIT_NOW_MS, &err),
	        TG_CONFIG);
	assert_int_equal(
	        tg_channel_server(ca, cert, cert, key, "localhost", 30 * INT64_C(86400), KIT_NOW_MS, &err), TG_CONFIG);
	assert_int_equal(tg_channel_server(ca, ca_key, cert, key, "localhost,127.0.0.1,::1,centre.example.kz",
	                         30 * INT64_C(86400), KIT_NOW_MS, &err),
	        TG_OK);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(kit_run(&out, "openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-attime",
		                         at, i == 0 ? "-verify_hostname" : "-verify_ip",
		                         i == 0 ? "centre.example.kz" : "127.0.0.1", "-CAfile", ca, cert, NULL),
		        0);
	assert_int_not_equal(kit_run(&out, "openssl", "verify", "-purpose", "sslserver", "-attime", at,
	                             "-verify_hostname", "example.kz", "-CAfile", ca, cert, NULL),
	        0);
	tg_buf_finish(&out);
}

static void kiosk_certificate(const char *id, struct tg_buf *pem)
{
	struct tg_buf csr = TG_BUF_INIT;
	struct tg_error err = {0};
	assert_int_equal(tg_channel_request(kit_path(dir, "kiosk.key"), id, &csr, &err), TG_OK);
	assert_int_equal(
	        tg_channel_issue(ca, ca_key, id, kit_bytes(&csr), 365 * INT64_C(86400), KIT_NOW_MS, pem, &err), TG_OK);
	tg_buf_finish(&csr);
}

static void to_der(const char *path, struct tg_buf *der)
{
	BIO *in = BIO_new_file(path, "r");
	X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
	unsigned char *bytes = NULL;
	BIO_free(in);
	assert_non_null(x);
	int n = i2d_X509(x, &bytes);
	tg_buf_reset(der);
	tg_buf_add(der, bytes, (size_t)n);
	OPENSSL_free(bytes);
	X509_free(x);
}

static void test_kiosk_certificate(void **state)
{
	(void)state;
	struct tg_buf pem = TG_BUF_INIT, out = TG_BUF_INIT, der = TG_BUF_INIT;
	struct tg_error err = {0};
	char at[32], id[TG_KIOSK_MAX + 1];
	const char *path = kit_path(dir, "kiosk.pem");
	(void)snprintf(at, sizeof at, "%lld", (long long)(KIT_NOW_MS / 1000));
	kiosk_certificate("K01A-3", &pem);
	kit_write(path, pem.data, pem.len);
	assert_int_equal(kit_run(&out, "openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-attime", at,
	                         "-CAfile", ca, path, NULL),
	        0);
	to_der(path, &der);
	assert_int_equal(tg_channel_peer(ca, kit_bytes(&der), KIT_NOW_MS, id, &err), TG_OK);
	assert_string_equal(id, "K01A-3");
	assert_int_equal(
	        tg_channel_peer(ca, kit_bytes(&der), KIT_NOW_MS + INT64_C(500) * 86400000, id, &err), TG_KIOSK_UNKNOWN);
	der.data[der.len - 1] ^= 1;
	assert_int_equal(tg_channel_peer(ca, kit_bytes(&der), KIT_NOW_MS, id, &err), TG_KIOSK_UNKNOWN);
	/* Neither the server's own certificate nor the CA's is a kiosk. */
	to_der(cert, &der);
	assert_int_equal(tg_channel_peer(ca, kit_bytes(&der), KIT_NOW_MS, id, &err), TG_KIOSK_UNKNOWN);
	to_der(ca, &der);
	assert_int_equal(tg_channel_peer(ca, kit_bytes(&der), KIT_NOW_MS, id, &err), TG_KIOSK_UNKNOWN);
	assert_int_equal(tg_channel_peer(ca, (struct tg_bytes){NULL, 0}, KIT_NOW_MS, id, &err), TG_KIOSK_UNKNOWN);
	tg_buf_finish(&pem);
	tg_buf_finish(&out);
	tg_buf_finish(&der);
}

static void test_requests_that_are_not_taken(void **state)
{
	(void)state;
	struct tg_buf csr = TG_BUF_INIT, pem = TG_BUF_INIT;
	struct tg_error err = {0};
	assert_int_equal(tg_channel_request(kit_path(dir, "kiosk.key"), "no such id!", &csr, &err), TG_INVALID);
	assert_int_equal(tg_channel_request(kit_path(dir, "kiosk.key"), "K02B-1", &csr, &err), TG_OK);
	assert_int_equal(tg_channel_issue(ca, ca_key, "no such id!", kit_bytes(&csr), 365 * INT64_C(86400), KIT_NOW_MS,
	                         &pem, &err),
	        TG_INVALID);
	csr.data[csr.len - 1] ^= 1; /* its own signature does not fit */
	assert_int_equal(
	        tg_channel_issue(ca, ca_key, "K02B-1", kit_bytes(&csr), 365 * INT64_C(86400), KIT_NOW_MS, &pem, &err),
	        TG_INVALID);
	csr.data[csr.len - 1] ^= 1;
	csr.len--;
	assert_int_equal(
	        tg_channel_issue(ca, ca_key, "K02B-1", kit_bytes(&csr), 365 * INT64_C(86400), KIT_NOW_MS, &pem, &err),
	        TG_INVALID);
	csr.len++;
	/* The CA's key file is another's. */
	assert_int_equal(
	        tg_channel_issue(ca, key, "K02B-1", kit_bytes(&csr), 365 * INT64_C(86400), KIT_NOW_MS, &pem, &err),
	        TG_CONFIG);
	/* An RSA key is not what the channel uses. */
	const char *rsa = kit_path(dir, "rsa.der");
	assert_int_equal(kit_run(NULL, "openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout",
	                         kit_path(dir, "rsa.key"), "-subj", "/CN=K02B-1", "-outform", "DER", "-out", rsa, NULL),
	        0);
	tg_buf_reset(&csr);
	kit_read(rsa, &csr);
	assert_int_equal(
	        tg_channel_issue(ca, ca_key, "K02B-1", kit_bytes(&csr), 365 * INT64_C(86400), KIT_NOW_MS, &pem, &err),
	        TG_INVALID);
	assert_int_equal(pem.len, 0);
	tg_buf_finish(&csr);
	tg_buf_finish(&pem);
}

/* The name in the request is not believed. */
static void test_request_for_another_name(void **state)
{
	(void)state;
	struct tg_buf csr = TG_BUF_INIT, pem = TG_BUF_INIT, der = TG_BUF_INIT;
	struct tg_error err = {0};
	char id[TG_KIOSK_MAX + 1];
	assert_int_equal(tg_channel_request(kit_path(dir, "kiosk.key"), "K99Z-9", &csr, &err), TG_OK);
	assert_int_equal(
	        tg_channel_issue(ca, ca_key, "K02B-1", kit_bytes(&csr), 365 * INT64_C(86400), KIT_NOW_MS, &pem, &err),
	        TG_OK);
	kit_write(kit_path(dir, "k2.pem"), pem.data, pem.len);
	to_der(kit_path(dir, "k2.pem"), &der);
	assert_int_equal(tg_channel_peer(ca, kit_bytes(&der), KIT_NOW_MS, id, &err), TG_OK);
	assert_string_equal(id, "K02B-1");
	tg_buf_finish(&csr);
	tg_buf_finish(&pem);
	tg_buf_finish(&der);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_ca_is_made_once),
	        cmocka_unit_test(test_server_certificate),
	        cmocka_unit_test(test_kiosk_certificate),
	        cmocka_unit_test(test_requests_that_are_not_taken),
	        cmocka_unit_test(test_request_for_another_name),
	};
	return cmocka_run_group_tests(tests, start, end);
}
