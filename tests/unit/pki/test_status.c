/* C-4: CRLs, delta CRLs and OCSP of both issuers. What the CA makes is read by the openssl program (with the engine for
 * GOST) and by GnuTLS (ocsptool, certtool), which are not ours. Refusals and clocks first. */
#include "run.h"

#include "tamga/gost.h"
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

static struct tg_error err;

/* The machine's own time: ocsptool and `openssl ocsp` know no other. */
static int start_now(void **state)
{
	static const char text[] = "openssl_conf = init\n[init]\nengines = list\n[list]\ngost = one\n[one]\n"
	                           "engine_id = gost\ndefault_algorithms = ALL\n";
	(void)state;
	kit_start_at(&k, (int64_t)time(NULL) * 1000);
	kit_stop_ca(&k);
	k.config.urls = (struct tg_ca_urls){.crl = "http://crl.test/i.crl",
	        .delta_crl = "http://crl.test/d.crl",
	        .ca_cert = "http://crl.test/i.cer",
	        .ocsp = "http://crl.test/ocsp"};
	k.config.gost_urls = k.config.urls;
	kit_open_ca(&k);
	kit_write(kit_path(k.dir, "gost.cnf"), text, sizeof text - 1);
	return 0;
}

static const char *at(const char *name)
{
	return kit_path(k.dir, name);
}

/* A certificate in NAME.pem, its serial in `serial`. */
static void issue(unsigned number, const char *profile, EVP_PKEY *key, const char *name, char serial[48])
{
	struct run r;
	char file[64];
	run_init(&r);
	if (key != NULL) {
		EVP_PKEY_free(r.key);
		r.key = key;
	}
	static const struct kit_person head = {.surname = "Төлөгөнов",
	        .name = "Нурланбек",
	        .patronymic = "Эркинович",
	        .iin = "21204197900147",
	        .organisation = "«Ош Жибек Жолу» ЖЧК",
	        .organisation_number = "01203201810274",
	        .title = "директор"};
	const struct kit_request q = {.number = kit_number(number),
	        .profile = profile,
	        .person = key == NULL ? &kit_aigul : &head,
	        .key = r.key};
	kit_crmf(&k, &q, &r.crmf);
	tg_buf_reset(&r.spki);
	kit_spki(r.key, &r.spki);
	expect(&r, TG_OK);
	(void)tg_copy(serial, 48, r.result.serial);
	X509 *x = kit_x509(kit_bytes(&r.result.certificate));
	(void)snprintf(file, sizeof file, "%s.pem", name);
	FILE *f = fopen(at(file), "we");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, x), 1);
	assert_int_equal(fclose(f), 0);
	X509_free(x);
	run_finish(&r);
}

static void publish(enum tg_ca_list list, struct tg_ca_published *p)
{
	int64_t change;
	assert_int_equal(k.store.last_change(k.store.ctx, &change), TG_OK);
	assert_true(tg_ca_publish_due(p, list, change, k.time.wall_ms));
	assert_int_equal(tg_ca_publish(k.ca, list, p, &err), TG_OK);
}

/* What `openssl crl` says of it; both lists verify under the CA. */
static void read_crl(const struct tg_buf *der, const char *name, struct tg_buf *text)
{
	tg_buf_reset(text);
	kit_write(at("one.crl"), der->data, der->len);
	assert_int_equal(kit_run(text, "openssl", "crl", "-inform", "DER", "-in", at("one.crl"), "-noout", "-text",
	                         "-CAfile", k.trust, NULL),
	        0);
	assert_non_null(strstr(tg_buf_str(text), "verify OK"));
	assert_int_equal(
	        kit_run(NULL, "openssl", "crl", "-inform", "DER", "-in", at("one.crl"), "-out", at(name), NULL), 0);
}

static bool lists(const struct tg_buf *text, const char *serial)
{
	char upper[48];
	size_t n = strlen(serial);
	for (size_t i = 0; i <= n; i++)
		upper[i] = (char)(serial[i] >= 'a' && serial[i] <= 'f' ? serial[i] - 32 : serial[i]);
	return strstr(tg_buf_str(text), upper) != NULL;
}

static uint64_t number_after(const struct tg_buf *text, const char *title)
{
	const char *p = strstr(tg_buf_str(text), title);
	assert_non_null(p);
	p += strlen(title);
	return strtoull(p + strspn(p, ": \n\tcriticalXv"), NULL, 10);
}

/* `openssl verify` with a list that was fetched before, and the delta beside it. */
static int verify(const char *certificate, bool deltas, struct tg_buf *said)
{
	tg_buf_reset(said);
	return deltas ? kit_run(said, "openssl", "verify", "-CAfile", k.trust, "-crl_check", "-extended_crl",
	                        "-use_deltas", "-CRLfile", at("old.pem"), "-CRLfile", at("delta.pem"), certificate,
	                        NULL)
	              : kit_run(said, "openssl", "verify", "-CAfile", k.trust, "-crl_check", "-CRLfile", at("old.pem"),
	                        certificate, NULL);
}

static void c4_a_delta_tells_what_came_after_its_base(void **state)
{
	struct tg_ca_published p = {0};
	struct tg_buf text = TG_BUF_INIT, said = TG_BUF_INIT;
	char good[48], bad[48], path[128];
	(void)state;
	issue(301, "nca-individual-sign", NULL, "good", good);
	issue(302, "nca-individual-sign", NULL, "bad", bad);
	(void)tg_copy(path, sizeof path, at("bad.pem"));
	publish(TG_CA_LIST_RSA, &p);
	read_crl(&p.full, "old.pem", &text);
	uint64_t base = p.number;
	assert_non_null(strstr(tg_buf_str(&text), "Freshest CRL"));
	assert_false(lists(&text, bad));
	assert_int_equal(verify(path, false, &said), 0);
	k.time.wall_ms += 1000;
	assert_int_equal(tg_ca_revoke(k.ca, bad, 1, "", &err), TG_OK);
	publish(TG_CA_LIST_RSA, &p);
	read_crl(&p.full, "new.pem", &text);
	assert_true(lists(&text, bad));
	assert_int_equal(number_after(&text, "CRL Number"), p.number);
	assert_true(p.number > base);
	read_crl(&p.delta, "delta.pem", &text);
	assert_true(lists(&text, bad));
	assert_false(lists(&text, good));
	assert_non_null(strstr(tg_buf_str(&text), "Delta CRL Indicator: critical"));
	assert_int_equal(number_after(&text, "Delta CRL Indicator: critical"), base);
	assert_int_equal(number_after(&text, "CRL Number"), p.number);
	/* The old list and the delta: known to be revoked, by OpenSSL's own joining of the two. */
	assert_int_equal(verify(path, false, &said), 0);
	assert_int_not_equal(verify(path, true, &said), 0);
	assert_non_null(strstr(tg_buf_str(&said), "certificate revoked"));
	(void)tg_copy(path, sizeof path, at("good.pem"));
	assert_int_equal(verify(path, true, &said), 0);
	tg_ca_published_finish(&p);
	tg_buf_finish(&text);
	tg_buf_finish(&said);
}

static void c4_hold_comes_and_goes_on_a_delta(void **state)
{
	struct tg_ca_published p = {0};
	struct tg_buf text = TG_BUF_INIT;
	char held[48];
	(void)state;
	issue(303, "nca-individual-sign", NULL, "held", held);
	publish(TG_CA_LIST_RSA, &p);
	k.time.wall_ms += 1000;
	assert_int_equal(k.store.set_state(k.store.ctx, held, TG_CA_REJECTED, -1, k.time.wall_ms, ""), TG_OK);
	publish(TG_CA_LIST_RSA, &p);
	read_crl(&p.delta, "delta.pem", &text);
	assert_true(lists(&text, held));
	assert_non_null(strstr(tg_buf_str(&text), "Certificate Hold"));
	assert_int_equal(k.store.set_state(k.store.ctx, held, TG_CA_UNCONFIRMED, -1, k.time.wall_ms, ""), TG_OK);
	publish(TG_CA_LIST_RSA, &p);
	read_crl(&p.delta, "delta.pem", &text);
	assert_true(lists(&text, held));
	assert_non_null(strstr(tg_buf_str(&text), "Remove From CRL"));
	read_crl(&p.full, "full.pem", &text);
	assert_false(lists(&text, held));
	tg_ca_published_finish(&p);
	tg_buf_finish(&text);
}

static void c4_schedule_and_clock(void **state)
{
	struct tg_ca_published p = {0};
	int64_t began = k.time.wall_ms, change;
	(void)state;
	publish(TG_CA_LIST_RSA, &p);
	assert_int_equal(k.store.last_change(k.store.ctx, &change), TG_OK);
	assert_false(tg_ca_publish_due(&p, TG_CA_LIST_RSA, change, k.time.wall_ms + 2 * HOUR_MS));
	assert_true(tg_ca_publish_due(&p, TG_CA_LIST_RSA, change, k.time.wall_ms + 3 * HOUR_MS)); /* the delta */
	uint64_t first = p.number, last = 0;
	int64_t end = p.next_ms;
	assert_int_equal(end - began, DAY_MS);
	/* A whole list in between ends when the scheduled one does, so that its deltas fit both. */
	for (int hour = 3; hour <= 48; hour += 3) {
		k.time.wall_ms = began + hour * HOUR_MS;
		publish(TG_CA_LIST_RSA, &p);
		assert_true(p.number > last);
		assert_true(p.next_ms > k.time.wall_ms);
		assert_true(p.delta_next_ms > k.time.wall_ms);
		/* Who took a list half a period ago, the latest before its end, finds a delta for it. */
		assert_true(p.base.number <= first || hour >= 24);
		assert_true(p.scheduled.number <= p.number);
		last = p.number;
	}
	assert_true(p.base.number > first);
	/* The clock goes back: nothing is signed, and what stands stays. */
	struct tg_ca_published before = p;
	k.time.wall_ms -= 2 * HOUR_MS;
	assert_int_equal(tg_ca_publish(k.ca, TG_CA_LIST_RSA, &p, &err), TG_CLOCK_WRONG);
	assert_memory_equal(&before, &p, sizeof p);
	k.time.wall_ms = before.this_ms - 500; /* slewed */
	assert_int_equal(tg_ca_publish(k.ca, TG_CA_LIST_RSA, &p, &err), TG_OK);
	assert_int_equal(p.this_ms, before.this_ms);
	assert_true(p.number > last);
	k.time.wall_ms = began;
	tg_ca_published_finish(&p);
}

/* --- OCSP */
static const char *const issuers[] = {[0] = "issuing.pem", [1] = "gost-issuing.pem"};

/* The request that `openssl ocsp` makes for certificates in NAME.pem, the last NULL. */
static void ask(int family, const char *hash, bool nonce, const char *one, const char *two, struct tg_buf *der)
{
	char issuer[256], first[128], second[128] = "";
	(void)snprintf(issuer, sizeof issuer, "%s/%s", k.config.dir, issuers[family]);
	(void)tg_copy(first, sizeof first, at(one));
	if (two != NULL)
		(void)tg_copy(second, sizeof second, at(two));
	assert_int_equal(kit_run(NULL, "openssl", "ocsp", hash, "-issuer", issuer, "-cert", first, "-reqout",
	                         at("request.der"), nonce ? "-nonce" : "-no_nonce", two == NULL ? NULL : hash,
	                         two == NULL ? NULL : "-cert", second, NULL),
	        0);
	tg_buf_reset(der);
	kit_read(at("request.der"), der);
}

static void answer(const struct tg_buf *request, struct tg_ca_ocsp *out)
{
	assert_int_equal(tg_ca_ocsp(k.ca, kit_bytes(request), out, &err), TG_OK);
	assert_true(out->der.len > 0);
	kit_write(at("answer.der"), out->der.data, out->der.len);
}

/* `openssl ocsp` about NAME.pem: checks signature, signer, its purpose, times. */
static void reads(int family, const char *hash, const char *name, const char *words)
{
	struct tg_buf said = TG_BUF_INIT;
	char issuer[256], certificate[128];
	(void)snprintf(issuer, sizeof issuer, "%s/%s", k.config.dir, issuers[family]);
	(void)tg_copy(certificate, sizeof certificate, at(name));
	int rc = kit_run(&said, "openssl", "ocsp", hash, "-issuer", issuer, "-cert", certificate, "-respin",
	        at("answer.der"), "-CAfile", k.trust, "-no_nonce", NULL);
	if (rc != 0 || strstr(tg_buf_str(&said), "Response verify OK") == NULL ||
	        strstr(tg_buf_str(&said), words) == NULL)
		fail_msg("%s", tg_buf_str(&said));
	tg_buf_finish(&said);
}

static void c4_ocsp_good_revoked_held_unknown(void **state)
{
	struct tg_buf request = TG_BUF_INIT, said = TG_BUF_INIT;
	struct tg_ca_ocsp a;
	char serial[48], path[128];
	(void)state;
	issue(310, "nca-individual-sign", NULL, "cert", serial);
	for (int sha256 = 0; sha256 <= 1; sha256++) {
		ask(0, sha256 ? "-sha256" : "-sha1", false, "cert.pem", NULL, &request);
		answer(&request, &a);
		assert_true(a.answered);
		assert_false(a.nonce);
		reads(0, sha256 ? "-sha256" : "-sha1", "cert.pem", "cert.pem: good");
		tg_buf_finish(&a.der);
	}
	/* GnuTLS as the second opinion. */
	(void)tg_copy(path, sizeof path, at("answer.der"));
	assert_int_equal(
	        kit_run(&said, "ocsptool", "--load-response", path, "--verify-response", "--load-trust", k.trust, NULL),
	        0);
	assert_non_null(strstr(tg_buf_str(&said), "Certificate Status: good"));
	assert_int_equal(k.store.set_state(k.store.ctx, serial, TG_CA_REJECTED, -1, k.time.wall_ms, ""), TG_OK);
	answer(&request, &a);
	reads(0, "-sha256", "cert.pem", "Reason: certificateHold");
	tg_buf_finish(&a.der);
	assert_int_equal(tg_ca_revoke(k.ca, serial, 4, "", &err), TG_OK);
	answer(&request, &a);
	reads(0, "-sha256", "cert.pem", "Reason: superseded");
	tg_buf_finish(&a.der);
	/* A number that was never given: nobody is told that it is good. */
	assert_int_equal(kit_run(NULL, "openssl", "ocsp", "-issuer", kit_path(k.config.dir, "issuing.pem"), "-serial",
	                         "0x4711", "-no_nonce", "-reqout", at("request.der"), NULL),
	        0);
	tg_buf_reset(&request);
	kit_read(at("request.der"), &request);
	answer(&request, &a);
	tg_buf_reset(&said);
	assert_int_equal(kit_run(&said, "openssl", "ocsp", "-issuer", kit_path(k.config.dir, "issuing.pem"), "-serial",
	                         "0x4711", "-no_nonce", "-respin", at("answer.der"), "-CAfile", k.trust, NULL),
	        0);
	assert_non_null(strstr(tg_buf_str(&said), "0x4711: unknown"));
	tg_buf_finish(&a.der);
	tg_buf_finish(&request);
	tg_buf_finish(&said);
}

static void c4_ocsp_of_the_gost_issuer(void **state)
{
	struct tg_buf request = TG_BUF_INIT;
	struct tg_ca_ocsp a;
	char serial[48];
	(void)state;
	issue(311, "kg-dostek-head-gost", kit_gost("gost2012-256"), "gost", serial);
	assert_int_equal(setenv("OPENSSL_CONF", at("gost.cnf"), 1), 0);
	ask(1, "-sha256", false, "gost.pem", NULL, &request);
	answer(&request, &a);
	reads(1, "-sha256", "gost.pem", "gost.pem: good");
	tg_buf_finish(&a.der);
	assert_int_equal(tg_ca_revoke(k.ca, serial, 1, "", &err), TG_OK);
	answer(&request, &a);
	reads(1, "-sha256", "gost.pem", "Reason: keyCompromise");
	tg_buf_finish(&a.der);
	assert_int_equal(unsetenv("OPENSSL_CONF"), 0);
	tg_buf_finish(&request);
}

static void c4_ocsp_answers_are_kept_and_nonces_echoed(void **state)
{
	struct tg_buf request = TG_BUF_INIT, said = TG_BUF_INIT;
	struct tg_ca_ocsp a, b;
	char serial[48], other[48], issuer[256];
	(void)state;
	issue(312, "nca-individual-sign", NULL, "kept", serial);
	issue(313, "nca-individual-sign", NULL, "other", other);
	ask(0, "-sha1", false, "kept.pem", NULL, &request);
	answer(&request, &a);
	k.time.wall_ms += 59000;
	answer(&request, &b);
	assert_int_equal(a.der.len, b.der.len);
	assert_memory_equal(a.der.data, b.der.data, a.der.len); /* the same, byte for byte: an ETag holds */
	tg_buf_finish(&b.der);
	assert_int_equal(tg_ca_revoke(k.ca, other, 1, "", &err), TG_OK);
	answer(&request, &b);
	assert_true(b.this_ms > a.this_ms);
	tg_buf_finish(&a.der);
	tg_buf_finish(&b.der);
	k.time.wall_ms -= 59000;
	/* With a nonce: `openssl ocsp` compares it with what it asked. */
	(void)snprintf(issuer, sizeof issuer, "%s/issuing.pem", k.config.dir);
	ask(0, "-sha1", true, "kept.pem", NULL, &request);
	answer(&request, &a);
	assert_true(a.nonce);
	assert_int_equal(kit_run(&said, "openssl", "ocsp", "-issuer", issuer, "-reqin", at("request.der"), "-respin",
	                         at("answer.der"), "-CAfile", k.trust, NULL),
	        0);
	assert_non_null(strstr(tg_buf_str(&said), "Response verify OK"));
	assert_null(strstr(tg_buf_str(&said), "Nonce"));
	tg_buf_finish(&a.der);
	/* Several certificates in one request. */
	ask(0, "-sha1", false, "kept.pem", "other.pem", &request);
	answer(&request, &a);
	reads(0, "-sha1", "kept.pem", "kept.pem: good");
	reads(0, "-sha1", "other.pem", "other.pem: revoked");
	tg_buf_finish(&a.der);
	tg_buf_finish(&request);
	tg_buf_finish(&said);
}

/* responseStatus as RFC 6960 4.2.1 numbers it, read from the bytes: SEQUENCE { ENUMERATED } and no more. */
static void expect_status(const struct tg_buf *request, unsigned char status)
{
	const unsigned char want[] = {0x30, 0x03, 0x0a, 0x01, status};
	struct tg_ca_ocsp a;
	answer(request, &a);
	assert_false(a.answered);
	assert_int_equal(a.der.len, sizeof want);
	assert_memory_equal(a.der.data, want, sizeof want);
	tg_buf_finish(&a.der);
}

static void c4_ocsp_refuses_what_is_no_request(void **state)
{
	struct tg_buf request = TG_BUF_INIT, bad = TG_BUF_INIT;
	char serial[48], foreign[128], key[128];
	(void)state;
	expect_status(&bad, 1);
	tg_buf_add_str(&bad, "garbage");
	expect_status(&bad, 1);
	issue(314, "nca-individual-sign", NULL, "some", serial);
	ask(0, "-sha1", false, "some.pem", NULL, &request);
	for (size_t n = 0; n < request.len; n += 7) { /* cut off anywhere */
		tg_buf_reset(&bad);
		tg_buf_add(&bad, request.data, n);
		expect_status(&bad, 1);
	}
	tg_buf_reset(&bad);
	tg_buf_add(&bad, request.data, request.len);
	tg_buf_add_u8(&bad, 0); /* bytes after its end */
	expect_status(&bad, 1);
	/* Too long, and too many questions. */
	tg_buf_reset(&bad);
	for (size_t i = 0; i <= TG_OCSP_REQUEST_MAX; i++)
		tg_buf_add_u8(&bad, 0x30);
	expect_status(&bad, 1);
	/* Somebody else's issuer: unauthorized. */
	(void)tg_copy(foreign, sizeof foreign, at("foreign.pem"));
	(void)tg_copy(key, sizeof key, at("foreign.key"));
	assert_int_equal(kit_run(NULL, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
	                         "-out", foreign, "-days", "9", "-subj", "/CN=foreign", NULL),
	        0);
	assert_int_equal(kit_run(NULL, "openssl", "ocsp", "-issuer", foreign, "-cert", foreign, "-no_nonce", "-reqout",
	                         at("request.der"), NULL),
	        0);
	tg_buf_reset(&bad);
	kit_read(at("request.der"), &bad);
	expect_status(&bad, 6);
	tg_buf_finish(&bad);
	tg_buf_finish(&request);
}

/* Its nonce replaced by one of `n` bytes: 4.4.1 has it as an OCTET STRING in an OCTET STRING. */
static void with_nonce(const struct tg_buf *request, size_t n, struct tg_buf *out)
{
	const unsigned char *p = request->data;
	unsigned char *der = NULL, nonce[200];
	OCSP_REQUEST *r = d2i_OCSP_REQUEST(NULL, &p, (long)request->len);
	assert_non_null(r);
	X509_EXTENSION_free(OCSP_REQUEST_delete_ext(r, OCSP_REQUEST_get_ext_by_NID(r, NID_id_pkix_OCSP_Nonce, -1)));
	ASN1_OCTET_STRING *inner = ASN1_OCTET_STRING_new(), *outer = ASN1_OCTET_STRING_new();
	unsigned char *value = NULL;
	memset(nonce, 7, sizeof nonce);
	assert_int_equal(ASN1_OCTET_STRING_set(inner, nonce, (int)n), 1);
	int len = i2d_ASN1_OCTET_STRING(inner, &value);
	assert_int_equal(ASN1_OCTET_STRING_set(outer, value, len), 1);
	X509_EXTENSION *e = X509_EXTENSION_create_by_NID(NULL, NID_id_pkix_OCSP_Nonce, 0, outer);
	assert_int_equal(OCSP_REQUEST_add_ext(r, e, -1), 1);
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(outer);
	OPENSSL_free(value);
	len = i2d_OCSP_REQUEST(r, &der);
	tg_buf_reset(out);
	tg_buf_add(out, der, (size_t)len);
	OPENSSL_free(der);
	ASN1_OCTET_STRING_free(inner);
	OCSP_REQUEST_free(r);
}

static void c4_ocsp_nonces_of_every_length(void **state)
{
	struct tg_buf request = TG_BUF_INIT, other = TG_BUF_INIT;
	struct tg_ca_ocsp a;
	char serial[48];
	(void)state;
	issue(315, "nca-individual-sign", NULL, "nonce", serial);
	ask(0, "-sha1", true, "nonce.pem", NULL, &request);
	with_nonce(&request, 0, &other);
	expect_status(&other, 1);
	with_nonce(&request, 129, &other);
	expect_status(&other, 1);
	for (size_t n = 1; n <= 128; n += n < 34 ? 1 : 47) {
		with_nonce(&request, n, &other);
		answer(&other, &a);
		assert_true(a.answered);
		assert_int_equal(a.nonce, n <= 32); /* RFC 9654 2.1: longer ones may be left out */
		tg_buf_finish(&a.der);
	}
	tg_buf_finish(&request);
	tg_buf_finish(&other);
}

static int ocsp_keys(void)
{
	char pin[64] = "";
	struct tg_buf said = TG_BUF_INIT;
	int n = 0;
	(void)snprintf(pin, sizeof pin, "%.*s", (int)tg_secret_len(k.pin), (const char *)tg_secret_peek(k.pin));
	assert_int_equal(
	        kit_run(&said, "pkcs11-tool", "--module", k.config.module, "--token-label", k.config.token_label,
	                "--login", "--pin", pin, "--list-objects", "--type", "privkey", NULL),
	        0);
	for (const char *p = tg_buf_str(&said); (p = strstr(p, "tamga-ocsp-rsa-")) != NULL; p++)
		n++;
	tg_buf_finish(&said);
	return n;
}

static void c4_ocsp_signer_is_replaced_in_time(void **state)
{
	struct tg_buf request = TG_BUF_INIT, said = TG_BUF_INIT, first = TG_BUF_INIT, second = TG_BUF_INIT;
	struct tg_ca_ocsp a;
	char serial[48], signer[256];
	(void)state;
	issue(316, "nca-individual-sign", NULL, "signed", serial);
	(void)snprintf(signer, sizeof signer, "%s/ocsp.pem", k.config.dir);
	assert_int_equal(kit_run(&said, "openssl", "x509", "-in", signer, "-noout", "-text", NULL), 0);
	assert_non_null(strstr(tg_buf_str(&said), "OCSP Signing"));
	assert_non_null(strstr(tg_buf_str(&said), "OCSP No Check"));
	kit_read(signer, &first);
	assert_int_equal(ocsp_keys(), 1);
	/* Restarted: the same. */
	kit_stop_ca(&k);
	kit_open_ca(&k);
	kit_read(signer, &second);
	assert_string_equal(tg_buf_str(&first), tg_buf_str(&second));
	/* A year later the old one would be over; 61 days are enough for another, with another key. */
	k.time.wall_ms += 61 * DAY_MS;
	assert_int_equal(tg_ca_ocsp_renew(k.ca, &err), TG_OK);
	tg_buf_reset(&second);
	kit_read(signer, &second);
	assert_string_not_equal(tg_buf_str(&first), tg_buf_str(&second));
	assert_int_equal(ocsp_keys(), 1); /* the old key is destroyed */
	k.time.wall_ms -= 61 * DAY_MS;
	/* The signer of then is not valid now: a clock that went back gets a signer of its own. */
	ask(0, "-sha1", false, "signed.pem", NULL, &request);
	answer(&request, &a);
	reads(0, "-sha1", "signed.pem", "signed.pem: good");
	tg_buf_finish(&a.der);
	tg_buf_finish(&request);
	tg_buf_finish(&said);
	tg_buf_finish(&first);
	tg_buf_finish(&second);
}

int main(void)
{
	if (tg_gost_load(&err) != TG_OK) {
		print_error("skipped: %s\n", err.detail);
		return 77;
	}
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(c4_a_delta_tells_what_came_after_its_base),
	        cmocka_unit_test(c4_hold_comes_and_goes_on_a_delta),
	        cmocka_unit_test(c4_schedule_and_clock),
	        cmocka_unit_test(c4_ocsp_good_revoked_held_unknown),
	        cmocka_unit_test(c4_ocsp_of_the_gost_issuer),
	        cmocka_unit_test(c4_ocsp_answers_are_kept_and_nonces_echoed),
	        cmocka_unit_test(c4_ocsp_refuses_what_is_no_request),
	        cmocka_unit_test(c4_ocsp_nonces_of_every_length),
	        cmocka_unit_test(c4_ocsp_signer_is_replaced_in_time),
	};
	return cmocka_run_group_tests(tests, start_now, run_end);
}
