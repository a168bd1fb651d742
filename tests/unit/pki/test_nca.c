/* What the sandbox CA issues, field by field against the NCA's own certificates (tests/data/nca-test), read with
 * OpenSSL and with the tools of two libraries. */
#include "kit.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static struct kit k;
static X509 *theirs[2], *ours[2];
static const char *const profiles[2] = {"nca-individual-sign", "nca-individual-auth"};
static const char *const files[2] = {
        KIT_DATA "individual_valid_sign_2004_rsa.cer", KIT_DATA "individual_valid_sign_2004_rsa_auth.cer"};
/* The applicant of the NCA's certificates. The number fails the official check digit: allow_test_ids. */
static const struct kit_person test_person = {
        .surname = "Тестов", .name = "Тест", .patronymic = "Тестович", .iin = "123456789011"};

static X509 *issue(const char *profile, const char *storage, const struct kit_person *person, unsigned number)
{
	struct kit_wire wire = {.ca = k.ca, .peer = "K01A-1"};
	struct tg_cmp_config config = kit_client(&k);
	struct tg_cmp_transport t = kit_wire_port(&wire);
	struct tg_cmp_result result;
	struct tg_buf crmf = TG_BUF_INIT, spki = TG_BUF_INIT;
	struct tg_error err = {0};
	EVP_PKEY *key = kit_rsa();
	const struct kit_request q = {
	        .number = kit_number(number), .profile = profile, .storage = storage, .person = person, .key = key};
	kit_crmf(&k, &q, &crmf);
	kit_spki(key, &spki);
	enum tg_status status =
	        tg_cmp_enrol(&config, &t, profile, kit_bytes(&crmf), kit_bytes(&spki), NULL, NULL, &result, &err);
	if (status != TG_OK)
		print_error("%s / %s\n", err.detail, wire.server.detail);
	assert_int_equal(status, TG_OK);
	X509 *x = kit_x509(kit_bytes(&result.certificate));
	tg_cmp_result_finish(&result);
	kit_wire_finish(&wire);
	tg_buf_finish(&crmf);
	tg_buf_finish(&spki);
	EVP_PKEY_free(key);
	return x;
}

static int start(void **state)
{
	(void)state;
	kit_start(&k);
	kit_stop_ca(&k);
	k.config.allow_test_ids = true;
	kit_open_ca(&k);
	for (unsigned i = 0; i < 2; i++) {
		BIO *in = BIO_new_file(files[i], "r");
		theirs[i] = PEM_read_bio_X509(in, NULL, NULL, NULL);
		BIO_free(in);
		assert_non_null(theirs[i]);
		ours[i] = issue(profiles[i], NULL, &test_person, i + 1);
	}
	return 0;
}

static int end(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		X509_free(theirs[i]);
		X509_free(ours[i]);
	}
	kit_end(&k);
	return 0;
}

/* The names of the two files say little ("2004 rsa"): what they are is decided by their content. */
static void test_the_files_are_what_we_take_them_for(void **state)
{
	(void)state;
	assert_int_equal(X509_get_key_usage(theirs[0]), KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION);
	assert_int_equal(X509_get_key_usage(theirs[1]), KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
	assert_int_equal(X509_get_signature_nid(theirs[0]), NID_sha256WithRSAEncryption);
	BIO *in = BIO_new_file(KIT_DATA "nca_rsa_test.crt", "r");
	X509 *ca = PEM_read_bio_X509(in, NULL, NULL, NULL);
	BIO_free(in);
	assert_non_null(ca);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(X509_verify(theirs[i], X509_get0_pubkey(ca)), 1);
	X509_free(ca);
}

/* Same order, same OIDs, same string types, and for the same person the same bytes. */
static void test_subject(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		unsigned char *a = NULL, *b = NULL;
		int n = i2d_X509_NAME(X509_get_subject_name(theirs[i]), &a);
		assert_true(n > 100);
		assert_int_equal(i2d_X509_NAME(X509_get_subject_name(ours[i]), &b), n);
		assert_memory_equal(a, b, (size_t)n);
		OPENSSL_free(a);
		OPENSSL_free(b);
	}
}

static void test_version_serial_algorithm_key(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(X509_get_version(ours[i]), X509_get_version(theirs[i]));
		const ASN1_INTEGER *a = X509_get0_serialNumber(ours[i]), *b = X509_get0_serialNumber(theirs[i]);
		assert_int_equal(ASN1_STRING_length(a), ASN1_STRING_length(b));
		assert_true(ASN1_STRING_get0_data(a)[0] >= 0x10 && ASN1_STRING_get0_data(b)[0] >= 0x10);
		assert_int_equal(X509_ALGOR_cmp(X509_get0_tbs_sigalg(ours[i]), X509_get0_tbs_sigalg(theirs[i])), 0);
		assert_int_equal(
		        EVP_PKEY_get_bits(X509_get0_pubkey(ours[i])), EVP_PKEY_get_bits(X509_get0_pubkey(theirs[i])));
		BIGNUM *e = NULL;
		assert_int_equal(EVP_PKEY_get_bn_param(X509_get0_pubkey(theirs[i]), "e", &e), 1);
		assert_int_equal(BN_get_word(e), 65537);
		BN_free(e);
	}
}

static void test_validity(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		int days, seconds, days_theirs, seconds_theirs;
		assert_int_equal(
		        ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(ours[i]), X509_get0_notAfter(ours[i])), 1);
		assert_int_equal(ASN1_TIME_diff(&days_theirs, &seconds_theirs, X509_get0_notBefore(theirs[i]),
		                         X509_get0_notAfter(theirs[i])),
		        1);
		assert_int_equal(days_theirs, 365);
		assert_int_equal(days, days_theirs);
		assert_int_equal(seconds, seconds_theirs);
		assert_int_equal(ASN1_STRING_type(X509_get0_notBefore(ours[i])),
		        ASN1_STRING_type(X509_get0_notBefore(theirs[i])));
	}
}

/* The same extensions in the same order, equally critical. */
static void test_extension_set(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(X509_get_ext_count(theirs[i]), 8);
		assert_int_equal(X509_get_ext_count(ours[i]), 8);
		for (int n = 0; n < 8; n++) {
			X509_EXTENSION *a = X509_get_ext(ours[i], n), *b = X509_get_ext(theirs[i], n);
			assert_int_equal(OBJ_cmp(X509_EXTENSION_get_object(a), X509_EXTENSION_get_object(b)), 0);
			assert_int_equal(X509_EXTENSION_get_critical(a), X509_EXTENSION_get_critical(b));
		}
	}
}

static void same_value(unsigned i, int nid, bool same)
{
	X509_EXTENSION *a = X509_get_ext(ours[i], X509_get_ext_by_NID(ours[i], nid, -1));
	X509_EXTENSION *b = X509_get_ext(theirs[i], X509_get_ext_by_NID(theirs[i], nid, -1));
	assert_int_equal(ASN1_OCTET_STRING_cmp(X509_EXTENSION_get_data(a), X509_EXTENSION_get_data(b)) == 0, same);
}

/* Byte for byte: key usage, extended key usage, policies with CPS and notice. */
static void test_equal_extensions(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		same_value(i, NID_key_usage, true);
		same_value(i, NID_ext_key_usage, true);
		same_value(i, NID_certificate_policies, true);
	}
}

/* What differs, all of it, and why:
 *   AKI, SKI, issuer, key, serial, dates, signature   other CA, other key, other day
 *   CRLDP, freshestCRL, AIA                           the addresses are the CA's: same form and length of path here
 *   notBefore                                         ten minutes before issuance, for kiosks with a late clock
 *   1.2.398.3.3.5                                     only when the request names the storage; the NCA's certificates
 * of 2022 have none, all newer ones do (test_storage) */
static void test_differing_extensions(void **state)
{
	(void)state;
	static const int nids[] = {NID_authority_key_identifier, NID_subject_key_identifier,
	        NID_crl_distribution_points, NID_freshest_crl, NID_info_access};
	for (unsigned i = 0; i < 2; i++)
		for (size_t n = 0; n < sizeof nids / sizeof *nids; n++)
			same_value(i, nids[n], false);
}

/* Their subscribers' key identifier is the SHA-1 of the whole SubjectPublicKeyInfo; so is ours. */
static void test_subject_key_identifier_is_made_as_theirs(void **state)
{
	(void)state;
	X509 *const all[] = {theirs[0], theirs[1], ours[0], ours[1]};
	for (unsigned i = 0; i < 4; i++) {
		unsigned char *spki = NULL, digest[20];
		int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(all[i]), &spki);
		assert_int_equal(EVP_Digest(spki, (size_t)n, digest, NULL, EVP_sha1(), NULL), 1);
		const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(all[i]);
		assert_int_equal(ASN1_STRING_length(id), 20);
		assert_memory_equal(ASN1_STRING_get0_data(id), digest, 20);
		OPENSSL_free(spki);
	}
}

/* With the NCA's host names in place of ours the addresses are the same bytes. */
static void test_addresses_have_the_same_form(void **state)
{
	(void)state;
	static const int nids[] = {NID_crl_distribution_points, NID_freshest_crl, NID_info_access};
	for (size_t n = 0; n < 3; n++) {
		const ASN1_OCTET_STRING *a =
		        X509_EXTENSION_get_data(X509_get_ext(ours[0], X509_get_ext_by_NID(ours[0], nids[n], -1)));
		const ASN1_OCTET_STRING *b =
		        X509_EXTENSION_get_data(X509_get_ext(theirs[0], X509_get_ext_by_NID(theirs[0], nids[n], -1)));
		uint8_t mine[256];
		int len = ASN1_STRING_length(a);
		assert_true(len > 0 && len < 256);
		assert_int_equal(len, ASN1_STRING_length(b));
		memcpy(mine, ASN1_STRING_get0_data(a), (size_t)len);
		uint8_t *at;
		while ((at = memmem(mine, (size_t)len, "example.kz", 10)) != NULL)
			memcpy(at, "pki.gov.kz", 10);
		assert_memory_equal(mine, ASN1_STRING_get0_data(b), (size_t)len);
	}
}

/* 300A06082A830E0303050101 = {1.2.398.3.3.5.1.1}, as decoded from a certificate of the NCA of 2026 (PKCS#12 storage).
 */
static void test_storage(void **state)
{
	(void)state;
	static const uint8_t want[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x83, 0x0e, 0x03, 0x03, 0x05, 0x01, 0x01};
	X509 *x = issue(profiles[0], "1.2.398.3.3.5.1.1", &test_person, 3);
	ASN1_OBJECT *type = OBJ_txt2obj("1.2.398.3.3.5", 1);
	X509_EXTENSION *e = X509_get_ext(x, X509_get_ext_by_OBJ(x, type, -1));
	assert_non_null(e);
	assert_int_equal(X509_EXTENSION_get_critical(e), 0);
	assert_int_equal(ASN1_STRING_length(X509_EXTENSION_get_data(e)), sizeof want);
	assert_memory_equal(ASN1_STRING_get0_data(X509_EXTENSION_get_data(e)), want, sizeof want);
	assert_int_equal(X509_get_ext_count(x), 9);
	ASN1_OBJECT_free(type);
	X509_free(x);
}

static void write_pem(const char *path, X509 *x)
{
	BIO *out = BIO_new_file(path, "w");
	assert_int_equal(PEM_write_bio_X509(out, x), 1);
	BIO_free(out);
}

/* --- Tools */
static void test_openssl_verifies_strictly(void **state)
{
	(void)state;
	struct tg_buf out = TG_BUF_INIT;
	char at[32];
	struct kit_person p = kit_aigul;
	p.email = "aigul@example.kz";
	X509 *x = issue(profiles[0], "1.2.398.3.3.5.2.1", &p, 4);
	const char *leaf = kit_path(k.dir, "leaf.pem");
	write_pem(leaf, x);
	(void)snprintf(at, sizeof at, "%lld", (long long)(KIT_NOW_MS / 1000));
	int rc = kit_run(&out, "openssl", "verify", "-x509_strict", "-check_ss_sig", "-policy_check", "-purpose",
	        "smimesign", "-attime", at, "-CAfile", kit_path(k.config.dir, "root.pem"), "-untrusted",
	        kit_path(k.config.dir, "issuing.pem"), leaf, NULL);
	if (rc != 0)
		print_error("%s\n", tg_buf_str(&out));
	assert_int_equal(rc, 0);
	/* A kiosk's own check says the same. */
	struct tg_buf der = TG_BUF_INIT;
	unsigned char *bytes = NULL;
	int n = i2d_X509(x, &bytes);
	tg_buf_add(&der, bytes, (size_t)n);
	OPENSSL_free(bytes);
	struct tg_error err = {0};
	const struct tg_bytes none = {NULL, 0};
	assert_int_equal(tg_pki_check_chain(kit_bytes(&der), none, k.trust, KIT_NOW_MS, &err), TG_OK);
	assert_int_equal(tg_pki_check_chain(kit_bytes(&der), none, k.kiosk_ca, KIT_NOW_MS, &err), TG_CERT_INVALID);
	assert_int_equal(tg_pki_check_chain(kit_bytes(&der), none, k.trust, KIT_NOW_MS + INT64_C(400) * 86400000, &err),
	        TG_CERT_INVALID);
	assert_int_equal(
	        tg_pki_check_chain(kit_bytes(&der), none, k.trust, KIT_NOW_MS - 3600000, &err), TG_CERT_INVALID);
	der.len--;
	assert_int_equal(tg_pki_check_chain(kit_bytes(&der), none, k.trust, KIT_NOW_MS, &err), TG_CERT_INVALID);
	tg_buf_finish(&der);
	tg_buf_reset(&out);
	assert_int_equal(kit_run(&out, "openssl", "asn1parse", "-in", leaf, NULL), 0);
	assert_non_null(strstr(tg_buf_str(&out), "ӘБІЛҚАСЫМОВА АЙГҮЛ"));
	assert_non_null(strstr(tg_buf_str(&out), "PRINTABLESTRING   :IIN850101400001"));
	X509_free(x);
	tg_buf_finish(&out);
}

/* A line of certtool's output that begins with `label`, without it. */
static const char *line_of(const struct tg_buf *text, const char *label, char *out, size_t cap)
{
	const char *at = strstr(tg_buf_str(text), label);
	out[0] = '\0';
	if (at != NULL)
		(void)snprintf(out, cap, "%.*s", (int)strcspn(at + strlen(label), "\n"), at + strlen(label));
	return out;
}

/* GnuTLS reads the same serial, subject, key identifiers, usages and dates. */
static void test_gnutls_reads_the_same(void **state)
{
	(void)state;
	struct tg_buf text = TG_BUF_INIT;
	char line[512], serial[64], name[512];
	const char *leaf = kit_path(k.dir, "leaf2.pem");
	write_pem(leaf, ours[0]);
	assert_int_equal(kit_run(&text, "certtool", "-i", "--infile", leaf, NULL), 0);
	const ASN1_INTEGER *s = X509_get0_serialNumber(ours[0]);
	tg_hex(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s), serial);
	assert_string_equal(line_of(&text, "Serial Number (hex): ", line, sizeof line), serial);
	BIO *mem = BIO_new(BIO_s_mem());
	char *printed = NULL;
	/* RFC 4514, as certtool prints: the last attribute first. */
	assert_true(X509_NAME_print_ex(mem, X509_get_subject_name(ours[0]), 0,
	                    XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) > 0);
	long n = BIO_get_mem_data(mem, &printed);
	(void)snprintf(name, sizeof name, "%.*s", (int)n, printed);
	BIO_free(mem);
	(void)line_of(&text, "Subject: ", line, sizeof line);
	assert_non_null(strstr(line, "CN=ТЕСТОВ ТЕСТ"));
	assert_non_null(strstr(line, "IIN123456789011"));
	assert_non_null(strstr(line, "C=KZ"));
	assert_non_null(strstr(name, "CN=ТЕСТОВ ТЕСТ"));
	assert_non_null(
	        strstr(tg_buf_str(&text), "Key Usage (critical):\n\t\t\tDigital signature.\n\t\t\tNon repudiation."));
	assert_non_null(strstr(tg_buf_str(&text), "Email protection."));
	assert_non_null(strstr(tg_buf_str(&text), "1.2.398.3.3.2.3"));
	assert_non_null(strstr(tg_buf_str(&text), "URI: http://test.example.kz/crl/nca_rsa_test.crl"));
	tg_buf_finish(&text);
}

static time_t test_time(time_t *t)
{
	(void)t;
	return (time_t)(KIT_NOW_MS / 1000);
}

/* GnuTLS's own path validation, by its library: certtool 3.7 knows no other time than now. */
static void test_gnutls_finds_the_chain_good(void **state)
{
	(void)state;
	gnutls_x509_trust_list_t list;
	gnutls_x509_crt_t leaf;
	unsigned result = ~0u;
	gnutls_global_set_time_function(test_time);
	assert_int_equal(gnutls_x509_trust_list_init(&list, 0), 0);
	assert_int_equal(gnutls_x509_trust_list_add_trust_file(list, k.trust, NULL, GNUTLS_X509_FMT_PEM, 0, 0),
	        4); /* issuing CA and root, of RSA and of GOST */
	for (unsigned i = 0; i < 2; i++) {
		unsigned char *bytes = NULL;
		int n = i2d_X509(ours[i], &bytes);
		const gnutls_datum_t der = {bytes, (unsigned)n};
		assert_int_equal(gnutls_x509_crt_init(&leaf), 0);
		assert_int_equal(gnutls_x509_crt_import(leaf, &der, GNUTLS_X509_FMT_DER), 0);
		assert_int_equal(gnutls_x509_trust_list_verify_crt(list, &leaf, 1, 0, &result, NULL), 0);
		assert_int_equal(result, 0);
		gnutls_x509_crt_deinit(leaf);
		OPENSSL_free(bytes);
	}
	gnutls_x509_trust_list_deinit(list, 1);
}

/* certtool's copy of the certificate, parsed and written again by GnuTLS, is the same DER. */
static void test_gnutls_writes_the_same_der(void **state)
{
	(void)state;
	struct tg_buf back = TG_BUF_INIT;
	const char *leaf = kit_path(k.dir, "leaf3.pem"), *der = kit_path(k.dir, "leaf3.der");
	for (unsigned i = 0; i < 2; i++) {
		unsigned char *bytes = NULL;
		int n = i2d_X509(ours[i], &bytes);
		write_pem(leaf, ours[i]);
		assert_int_equal(
		        kit_run(NULL, "certtool", "-i", "--infile", leaf, "--outder", "--outfile", der, NULL), 0);
		tg_buf_reset(&back);
		kit_read(der, &back);
		assert_int_equal(back.len, n);
		assert_memory_equal(back.data, bytes, back.len);
		OPENSSL_free(bytes);
	}
	tg_buf_finish(&back);
}

static void test_crl_is_read_by_openssl(void **state)
{
	(void)state;
	struct tg_buf der = TG_BUF_INIT, text = TG_BUF_INIT;
	struct tg_error err = {0};
	char serial[64];
	X509 *x = issue(profiles[0], NULL, &kit_aigul, 5);
	const ASN1_INTEGER *s = X509_get0_serialNumber(x);
	tg_hex(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s), serial);
	assert_int_equal(tg_ca_revoke(k.ca, serial, 1, "", &err), TG_OK);
	assert_int_equal(kit_crl(&k, TG_CA_LIST_RSA, &der, &err), TG_OK);
	const char *path = kit_path(k.dir, "ca.crl");
	kit_write(path, der.data, der.len);
	int rc = kit_run(
	        &text, "openssl", "crl", "-inform", "DER", "-in", path, "-text", "-noout", "-CAfile", k.trust, NULL);
	assert_int_equal(rc, 0);
	assert_non_null(strstr(tg_buf_str(&text), "verify OK"));
	assert_non_null(strstr(tg_buf_str(&text), "Version 2"));
	assert_non_null(strstr(tg_buf_str(&text), "X509v3 CRL Number: \n                1795000000\n"));
	assert_non_null(strstr(tg_buf_str(&text), "Key Compromise"));
	assert_non_null(strstr(tg_buf_str(&text), "Next Update: Nov 19"));
	for (char *c = serial; *c != '\0'; c++)
		*c = (char)(*c >= 'a' && *c <= 'f' ? *c - 32 : *c);
	assert_non_null(strstr(tg_buf_str(&text), serial));
	/* The second has the next number. */
	tg_buf_reset(&der);
	tg_buf_reset(&text);
	assert_int_equal(kit_crl(&k, TG_CA_LIST_RSA, &der, &err), TG_OK);
	kit_write(path, der.data, der.len);
	assert_int_equal(
	        kit_run(&text, "openssl", "crl", "-inform", "DER", "-in", path, "-noout", "-crlnumber", NULL), 0);
	assert_non_null(strstr(tg_buf_str(&text), "crlNumber=0x6AFD86C1"));
	tg_buf_reset(&der);
	tg_buf_reset(&text);
	assert_int_equal(kit_crl(&k, TG_CA_LIST_RSA_ROOT, &der, &err), TG_OK);
	kit_write(path, der.data, der.len);
	assert_int_equal(
	        kit_run(&text, "openssl", "crl", "-inform", "DER", "-in", path, "-noout", "-CAfile", k.trust, NULL), 0);
	assert_non_null(strstr(tg_buf_str(&text), "verify OK"));
	X509_free(x);
	tg_buf_finish(&der);
	tg_buf_finish(&text);
}

/* The CA says what it is. */
static void test_ca_names_say_training(void **state)
{
	(void)state;
	struct tg_buf text = TG_BUF_INIT;
	assert_int_equal(
	        kit_run(&text, "openssl", "x509", "-in", kit_path(k.config.dir, "issuing.pem"), "-noout", "-subject",
	                "-issuer", "-ext", "basicConstraints,keyUsage", "-nameopt", "utf8,sep_comma_plus_space", NULL),
	        0);
	assert_non_null(strstr(tg_buf_str(&text), "subject=C=KZ, CN=ТАМГА ОҚУ КО (RSA) 2026"));
	assert_non_null(strstr(tg_buf_str(&text), "issuer=C=KZ, CN=ТАМГА ОҚУ НЕГІЗГІ КО (RSA) 2026"));
	assert_non_null(strstr(tg_buf_str(&text), "CA:TRUE, pathlen:0"));
	tg_buf_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_files_are_what_we_take_them_for),
	        cmocka_unit_test(test_subject),
	        cmocka_unit_test(test_version_serial_algorithm_key),
	        cmocka_unit_test(test_validity),
	        cmocka_unit_test(test_extension_set),
	        cmocka_unit_test(test_equal_extensions),
	        cmocka_unit_test(test_differing_extensions),
	        cmocka_unit_test(test_addresses_have_the_same_form),
	        cmocka_unit_test(test_subject_key_identifier_is_made_as_theirs),
	        cmocka_unit_test(test_storage),
	        cmocka_unit_test(test_crl_is_read_by_openssl),
	        cmocka_unit_test(test_openssl_verifies_strictly),
	        cmocka_unit_test(test_gnutls_reads_the_same),
	        cmocka_unit_test(test_gnutls_finds_the_chain_good),
	        cmocka_unit_test(test_gnutls_writes_the_same_der),
	        cmocka_unit_test(test_ca_names_say_training),
	};
	return cmocka_run_group_tests(tests, start, end);
}
