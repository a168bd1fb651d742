/* NCA-9.dom, A4, A5: requests for servers that people bring along (PKCS#10, RFC 2986), names of domains (IDNA 2008,
 * RFC 5890 to 5893), certificates by p10cr (RFC 4210 5.3.4). Requests are made by the openssl program and by certtool,
 * certificates read by both. Refusals first. */
#include "run.h"
#include "weak_keys.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

static const struct kit_person owner = {.surname = "Әбілқасымова",
        .name = "Айгүл",
        .iin = "850101400001",
        .organisation = "«Алатау Жарық» ЖШС",
        .bin = "960240000015",
        .domain = "пошта.қаз",
        .domains = "www.пошта.қаз\nexample.kz\n"};
#define POSHTA "xn--80a1acn3a.xn--80ao21a"

static const char *path(const char *name)
{
	return kit_path(k.dir, name);
}

/* --- Requests by the openssl program */
static void new_key(const char *name, const char *algorithm, const char *option)
{
	struct tg_buf out = TG_BUF_INIT;
	if (kit_run(&out, "openssl", "genpkey", "-quiet", "-algorithm", algorithm, "-pkeyopt", option, "-out",
	            path(name), NULL) != 0)
		fail_msg("%s", tg_buf_str(&out));
	tg_buf_finish(&out);
}

/* `alt_names` NULL: none. `form` "PEM" or "DER". */
static void make_csr(const char *key, const char *subject, const char *alt_names, const char *form, const char *md,
        struct tg_buf *csr)
{
	struct tg_buf out = TG_BUF_INIT;
	char extension[1024] = "keyUsage=digitalSignature";
	if (alt_names != NULL)
		(void)snprintf(extension, sizeof extension, "subjectAltName=%s", alt_names);
	if (kit_run(&out, "openssl", "req", "-new", "-utf8", "-key", path(key), "-subj", subject, "-addext", extension,
	            "-outform", form, md, "-out", path("request"), NULL) != 0)
		fail_msg("%s", tg_buf_str(&out));
	tg_buf_finish(&out);
	tg_buf_reset(csr);
	kit_read(path("request"), csr);
}

static void parsed(struct tg_bytes text, enum tg_status want, const char *words)
{
	struct tg_csr c;
	struct tg_error err = {0};
	enum tg_status got = tg_csr_parse(text, &c, &err);
	if (got != want || (words != NULL && strstr(err.detail, words) == NULL))
		print_error("%s: %s\n", tg_status_name(got), err.detail);
	assert_int_equal(got, want);
	assert_true(words == NULL || strstr(err.detail, words) != NULL);
	if (got != TG_OK)
		assert_true(c.n_names == 0 && c.der.data == NULL && c.spki.data == NULL);
	tg_csr_finish(&c);
}

static void nca9_dom_not_a_request(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "hello", "MIIB", "====", "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n",
	        "-----BEGIN CERTIFICATE REQUEST-----\n!\n-----END CERTIFICATE REQUEST-----\n", "\x30\x80\x00\x00",
	        "A\x00B", "ҚҚҚҚ"};
	struct tg_buf csr = TG_BUF_INIT;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		parsed((struct tg_bytes){(const uint8_t *)texts[i], strlen(texts[i])}, TG_PKCS10, NULL);
	kit_read(KIT_DATA "nca_rsa_test.crt", &csr); /* a certificate in PEM */
	parsed(kit_bytes(&csr), TG_PKCS10, NULL);
	make_csr("rsa", "/CN=example.kz", NULL, "DER", "-sha256", &csr);
	for (size_t n = 0; n < csr.len; n += 7)
		parsed((struct tg_bytes){csr.data, n}, TG_PKCS10, NULL);
	tg_buf_add_u8(&csr, 0);
	parsed(kit_bytes(&csr), TG_PKCS10, NULL);
	tg_buf_reset(&csr);
	for (size_t i = 0; i <= 16384; i++)
		tg_buf_add_u8(&csr, 'A');
	parsed(kit_bytes(&csr), TG_PKCS10, NULL);
	tg_buf_finish(&csr);
}

static void nca9_dom_signature_that_does_not_fit(void **state)
{
	(void)state;
	struct tg_buf csr = TG_BUF_INIT;
	make_csr("rsa", "/CN=example.kz", NULL, "DER", "-sha256", &csr);
	csr.data[csr.len - 1] ^= 1;
	parsed(kit_bytes(&csr), TG_PKCS10, "signature");
	csr.data[csr.len - 1] ^= 1;
	uint8_t *at = memmem(csr.data, csr.len, "example", 7);
	assert_non_null(at);
	at[0] = 'a';
	parsed(kit_bytes(&csr), TG_PKCS10, "signature");
	make_csr("rsa", "/CN=example.kz", NULL, "DER", "-sha1", &csr);
	parsed(kit_bytes(&csr), TG_PKCS10, "proves nothing");
	tg_buf_finish(&csr);
}

/* A weak key cannot always sign: what is looked at before the signature is refused before it. */
static void with_key(EVP_PKEY *key, struct tg_buf *csr)
{
	X509_REQ *r = X509_REQ_new();
	X509_NAME *n = X509_NAME_new();
	EVP_PKEY *other = kit_rsa();
	unsigned char *der = NULL;
	assert_int_equal(
	        X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const unsigned char *)"example.kz", -1, -1, 0), 1);
	assert_int_equal(X509_REQ_set_subject_name(r, n), 1);
	assert_int_equal(X509_REQ_set_pubkey(r, key), 1);
	assert_true(X509_REQ_sign(r, other, EVP_sha256()) > 0);
	int len = i2d_X509_REQ(r, &der);
	assert_true(len > 0);
	tg_buf_reset(csr);
	tg_buf_add(csr, der, (size_t)len);
	OPENSSL_free(der);
	EVP_PKEY_free(other);
	X509_NAME_free(n);
	X509_REQ_free(r);
}

static void weak_modulus(const char *hex, const char *words)
{
	struct tg_buf csr = TG_BUF_INIT;
	BIGNUM *n = NULL;
	assert_true(BN_hex2bn(&n, hex) > 0);
	/* The modulus into a key of the same size: the DER of both is laid out alike. */
	EVP_PKEY *key = kit_rsa();
	BIGNUM *old = NULL;
	unsigned char *der = NULL, from[256], to[256];
	assert_int_equal(EVP_PKEY_get_bn_param(key, "n", &old), 1);
	assert_int_equal(BN_bn2binpad(old, from, sizeof from), 256);
	assert_int_equal(BN_bn2binpad(n, to, sizeof to), 256);
	int len = i2d_PUBKEY(key, &der);
	uint8_t *at = memmem(der, (size_t)len, from, sizeof from);
	assert_non_null(at);
	memcpy(at, to, sizeof to);
	EVP_PKEY_free(key);
	const unsigned char *p = der;
	key = d2i_PUBKEY(NULL, &p, len);
	assert_non_null(key);
	with_key(key, &csr);
	parsed(kit_bytes(&csr), TG_KEY_WEAK, words);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	BN_free(old);
	BN_free(n);
	tg_buf_finish(&csr);
}

static void nca9_dom_weak_keys(void **state)
{
	(void)state;
	static const struct {
		const char *algorithm, *option;
		enum tg_status want;
		const char *words;
	} rows[] = {{"RSA", "rsa_keygen_bits:1024", TG_KEY_WEAK, "2048"},
	        {"RSA", "rsa_keygen_bits:2040", TG_KEY_WEAK, "2048"},
	        {"RSA", "rsa_keygen_bits:2560", TG_PKCS10, "2560"},
	        {"RSA", "rsa_keygen_pubexp:3", TG_KEY_WEAK, "exponent"},
	        {"EC", "ec_paramgen_curve:secp521r1", TG_KEY_WEAK, "curve"},
	        {"EC", "ec_paramgen_curve:secp256k1", TG_KEY_WEAK, "curve"}};
	struct tg_buf csr = TG_BUF_INIT;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		new_key("odd", rows[i].algorithm, rows[i].option);
		make_csr("odd", "/CN=example.kz", NULL, "DER", "-sha256", &csr);
		parsed(kit_bytes(&csr), rows[i].want, rows[i].words);
	}
	weak_modulus(WEAK_ROCA, "ROCA");
	weak_modulus(WEAK_CLOSE, "close");
	EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	with_key(ed, &csr);
	parsed(kit_bytes(&csr), TG_PKCS10, "neither RSA");
	EVP_PKEY_free(ed);
	tg_buf_finish(&csr);
}

static void nca9_dom_names_that_are_none(void **state)
{
	(void)state;
	static const struct {
		const char *subject, *alt_names;
	} rows[] = {{"/CN=Айгүл Әбілқасымова", NULL}, {"/O=nobody", NULL}, {"/CN=10.0.0.1", NULL},
	        {"/CN=localhost", NULL}, {"/CN=a_b.kz", NULL}, {"/CN=-a.kz", NULL}, {"/CN=a..kz", NULL},
	        {"/CN=example.kz", "IP:10.0.0.1"}, {"/CN=example.kz", "URI:http://example.kz"},
	        {"/CN=example.kz", "DNS:exam ple.kz"}, {"/CN=example.kz", "DNS:*.*.kz"},
	        {"/CN=example.kz", "DNS:w*.example.kz"}, {"/CN=kаspi.kz", NULL} /* Cyrillic а */,
	        {"/CN=example.kz", "DNS:xn--kspi-53d.kz"} /* the same, an A-label */, {"/CN=example.kz\x1b[2J", NULL}};
	struct tg_buf csr = TG_BUF_INIT;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		make_csr("rsa", rows[i].subject, rows[i].alt_names, "DER", "-sha256", &csr);
		parsed(kit_bytes(&csr), TG_PKCS10, "name");
	}
	char many[1024] = "DNS:a0.kz";
	for (int i = 1; i < 33; i++)
		(void)snprintf(many + strlen(many), sizeof many - strlen(many), ",DNS:a%d.kz", i);
	make_csr("rsa", "/CN=a0.kz", many, "DER", "-sha256", &csr);
	parsed(kit_bytes(&csr), TG_LIMIT, "32");
	tg_buf_finish(&csr);
}

/* --- Right ones, in every clothing */
static void taken(struct tg_bytes text, const char *algorithm, const char *const *names)
{
	struct tg_csr c;
	struct tg_error err = {0};
	enum tg_status got = tg_csr_parse(text, &c, &err);
	if (got != TG_OK)
		print_error("%s: %s\n", tg_status_name(got), err.detail);
	assert_int_equal(got, TG_OK);
	assert_string_equal(c.algorithm, algorithm);
	unsigned n = 0;
	for (; names[n] != NULL; n++)
		assert_string_equal(c.names[n], names[n]);
	assert_int_equal(c.n_names, n);
	const unsigned char *p = c.spki.data;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)c.spki.len);
	assert_non_null(key);
	EVP_PKEY_free(key);
	tg_csr_finish(&c);
}

static void as_base64(const struct tg_buf *der, size_t line, struct tg_buf *out)
{
	char *text = malloc(der->len / 3 * 4 + 5);
	assert_non_null(text);
	int n = EVP_EncodeBlock((unsigned char *)text, der->data, (int)der->len);
	tg_buf_reset(out);
	for (int i = 0; i < n; i++) {
		tg_buf_add_u8(out, (uint8_t)text[i]);
		if (line > 0 && ((size_t)i + 1) % line == 0)
			tg_buf_add_str(out, "\r\n ");
	}
	free(text);
}

static void nca_a4_der_pem_and_bare_base64(void **state)
{
	(void)state;
	static const char *const names[] = {"example.kz", "www.example.kz", NULL};
	struct tg_buf csr = TG_BUF_INIT, text = TG_BUF_INIT;
	make_csr("rsa", "/CN=Example.KZ/O=X", "DNS:WWW.example.kz,DNS:example.kz,email:a@b.kz", "DER", "-sha256", &csr);
	taken(kit_bytes(&csr), "rsa-2048", names);
	as_base64(&csr, 0, &text);
	taken(kit_bytes(&text), "rsa-2048", names);
	as_base64(&csr, 64, &text);
	taken(kit_bytes(&text), "rsa-2048", names);
	as_base64(&csr, 7, &text);
	taken(kit_bytes(&text), "rsa-2048", names);
	make_csr("rsa", "/CN=example.kz", "DNS:www.example.kz", "PEM", "-sha512", &csr);
	taken(kit_bytes(&csr), "rsa-2048", names);
	tg_buf_reset(&text);
	tg_buf_add_str(&text, "Certificate Request:\n    Data:\n");
	tg_buf_add(&text, csr.data, csr.len);
	taken(kit_bytes(&text), "rsa-2048", names); /* openssl req -text */
	tg_buf_finish(&text);
	tg_buf_finish(&csr);
}

static void nca_a4_kinds_of_keys(void **state)
{
	(void)state;
	static const char *const rows[][3] = {{"RSA", "rsa_keygen_bits:3072", "rsa-3072"},
	        {"RSA", "rsa_keygen_bits:4096", "rsa-4096"}, {"EC", "ec_paramgen_curve:P-256", "ec-p256"},
	        {"EC", "ec_paramgen_curve:P-384", "ec-p384"}};
	static const char *const names[] = {POSHTA, NULL};
	struct tg_buf csr = TG_BUF_INIT;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		new_key("other", rows[i][0], rows[i][1]);
		make_csr("other", "/CN=" POSHTA, NULL, "DER", "-sha384", &csr);
		taken(kit_bytes(&csr), rows[i][2], names);
	}
	tg_buf_finish(&csr);
}

/* certtool writes the name as people read it. */
static void nca_a4_request_of_certtool(void **state)
{
	(void)state;
	static const char template[] = "cn = \"example.kz\"\ndns_name = \"example.kz\"\ndns_name = \"*.example.kz\"\n";
	static const char *const names[] = {"example.kz", "*.example.kz", NULL};
	struct tg_buf out = TG_BUF_INIT, csr = TG_BUF_INIT;
	kit_write(path("template"), template, strlen(template));
	if (kit_run(&out, "certtool", "--generate-request", "--load-privkey", path("rsa"), "--template",
	            path("template"), "--outfile", path("request"), NULL) != 0)
		fail_msg("%s", tg_buf_str(&out));
	kit_read(path("request"), &csr);
	taken(kit_bytes(&csr), "rsa-2048", names);
	tg_buf_finish(&out);
	tg_buf_finish(&csr);
}

static void fits(const struct tg_csr *c, const char *domain, const char *more, enum tg_status want, const char *words)
{
	struct tg_error err = {0};
	assert_int_equal(tg_csr_names_fit(c, domain, more, &err), want);
	if (words != NULL && strstr(err.detail, words) == NULL)
		fail_msg("%s lacks %s", err.detail, words);
}

static void nca9_dom_names_on_form_and_in_request(void **state)
{
	(void)state;
	struct tg_buf csr = TG_BUF_INIT;
	struct tg_csr c;
	struct tg_error err;
	make_csr("rsa", "/CN=пошта.қаз", "DNS:*.example.kz,DNS:example.kz", "DER", "-sha256", &csr);
	assert_int_equal(tg_csr_parse(kit_bytes(&csr), &c, &err), TG_OK);
	assert_string_equal(c.common_name, "пошта.қаз");
	fits(&c, "ПОШТА.ҚАЗ", "*.example.kz\n example.kz \r\n\n", TG_OK, NULL);
	fits(&c, POSHTA, "*.EXAMPLE.kz\nexample.kz\nexample.kz", TG_OK, NULL);
	fits(&c, "пошта.қаз", "example.kz", TG_PKCS10_NAMES, "*.example.kz stands in the request");
	fits(&c, "пошта.қаз", "", TG_PKCS10_NAMES, "in the request");
	fits(&c, "пошта.қаз", "*.example.kz\nexample.kz\nwww.example.kz", TG_PKCS10_NAMES, "www.example.kz stands on");
	fits(&c, "example.kz", "*.example.kz", TG_PKCS10_NAMES, POSHTA);
	fits(&c, "not a name", "", TG_PKCS10_NAMES, "no domain name");
	fits(&c, "", "", TG_PKCS10_NAMES, NULL);
	tg_csr_finish(&c);
	tg_buf_finish(&csr);
}

/* --- Names of domains */
static void nca9_dom_domain_names(void **state)
{
	(void)state;
	/* A-labels by Python's codec "punycode". */
	static const struct {
		const char *typed, *zones;
		enum tg_status want;
		const char *ascii, *shown;
	} rows[] = {{"example.kz", "kz қаз", TG_OK, "example.kz", "example.kz"},
	        {"EXAMPLE.KZ", "kz қаз", TG_OK, "example.kz", "example.kz"},
	        {"Пошта.Қаз", "kz қаз", TG_OK, POSHTA, "пошта.қаз"}, {POSHTA, "kz қаз", TG_OK, POSHTA, "пошта.қаз"},
	        {"пошта.қаз", "kz xn--80ao21a", TG_OK, POSHTA, "пошта.қаз"},
	        {"көлік.kz", NULL, TG_OK, "xn--j1aac2i36a.kz", "көлік.kz"},
	        {"faß.kz", NULL, TG_OK, "xn--fa-hia.kz", "faß.kz"},
	        {"*.example.kz", "kz", TG_OK, "*.example.kz", "*.example.kz"},
	        {"example.com", "kz қаз", TG_NOT_FOUND, "example.com", "example.com"},
	        {"example.z", "kz қаз", TG_NOT_FOUND, "example.z", "example.z"},
	        {"kаspi.kz", NULL, TG_INVALID, "", ""},        /* Cyrillic а among Latin */
	        {"xn--kspi-53d.kz", NULL, TG_INVALID, "", ""}, /* the same */
	        {"пoшта.қаз", NULL, TG_INVALID, "", ""},       /* Latin o among Cyrillic */
	        {"kz", NULL, TG_INVALID, "", ""}, {"", NULL, TG_INVALID, "", ""}, {".", NULL, TG_INVALID, "", ""},
	        {"example.kz.", NULL, TG_INVALID, "", ""}, {"a b.kz", NULL, TG_INVALID, "", ""},
	        {"a_b.kz", NULL, TG_INVALID, "", ""}, {"-a.kz", NULL, TG_INVALID, "", ""},
	        {"ab--c.kz", NULL, TG_INVALID, "", ""}, {"1.2.3.4", NULL, TG_INVALID, "", ""},
	        {"*.kz", NULL, TG_INVALID, "", ""}, {"*", NULL, TG_INVALID, "", ""},
	        {"a.*.kz", NULL, TG_INVALID, "", ""}, {"☃.kz", NULL, TG_INVALID, "", ""},
	        {"xn--zzzzzz99999.kz", NULL, TG_INVALID, "", ""},
	        {"a\u200bb.kz", NULL, TG_OK, "ab.kz", "ab.kz"} /* UTS 46 leaves it out */,
	        {"a\u202eb.kz", NULL, TG_INVALID, "", ""}, {"\xff.kz", NULL, TG_INVALID, "", ""},
	        {"https://example.kz", NULL, TG_INVALID, "", ""}, {"a\nb.kz", NULL, TG_INVALID, "", ""}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char ascii[256], shown[256];
		enum tg_status got = tg_domain_parse(rows[i].typed, rows[i].zones, ascii, shown);
		if (got != rows[i].want)
			print_error("%s: %s %s\n", rows[i].typed, tg_status_name(got), ascii);
		assert_int_equal(got, rows[i].want);
		assert_string_equal(ascii, rows[i].ascii);
		assert_string_equal(shown, rows[i].shown);
	}
	char ascii[256], shown[256], text[2048] = "";
	for (int n = 0; n < 1500; n++) {
		(void)!tg_domain_parse(text, "kz", ascii, shown);
		text[n] = n % 60 == 59 ? '.' : 'a';
	}
	assert_int_equal(tg_domain_parse(text, NULL, ascii, shown), TG_INVALID);
}

/* --- p10cr */
static enum tg_status enrol_p10(struct run *r, const char *number, const char *profile, const struct tg_buf *csr)
{
	struct tg_cmp_transport t = kit_wire_port(&r->wire);
	struct tg_buf info = TG_BUF_INIT;
	struct tg_csr c;
	tg_cmp_result_finish(&r->result);
	memset(&r->err, 0, sizeof r->err);
	assert_int_equal(tg_csr_parse(kit_bytes(csr), &c, &r->err), TG_OK);
	tg_pki_reg_info(number, profile, &info);
	enum tg_status got = tg_cmp_enrol_p10(&r->config, &t, profile, kit_bytes(&c.der),
	        number == NULL ? NULL : tg_buf_str(&info), r->received, r->received_ctx, &r->result, &r->err);
	tg_buf_reset(&r->spki);
	tg_buf_add(&r->spki, c.spki.data, c.spki.len);
	tg_csr_finish(&c);
	tg_buf_finish(&info);
	return got;
}

static void refused(
        const char *number, const char *profile, const struct tg_buf *csr, enum tg_status want, const char *words)
{
	struct run r;
	run_init(&r);
	assert_int_equal(enrol_p10(&r, number, profile, csr), want);
	if (strstr(r.wire.server.detail, words) == NULL)
		print_error("%s lacks %s\n", r.wire.server.detail, words);
	assert_non_null(strstr(r.wire.server.detail, words));
	expect_nothing_issued(&r);
	run_finish(&r);
}

static void k7_p10cr_refusals(void **state)
{
	(void)state;
	struct tg_buf csr = TG_BUF_INIT;
	make_csr("rsa", "/CN=" POSHTA, "DNS:www." POSHTA ",DNS:example.kz", "DER", "-sha256", &csr);
	refused("K7M2-0004-9QX9", "nca-ssl", &csr, TG_CA_REFUSED, "number");
	refused(kit_number(1), "nca-nothing", &csr, TG_CA_REFUSED, "profile");
	refused(kit_number(1), "nca-ssl", &csr, TG_NOT_DECIDED, "does not have");
	kit_applies(&k, kit_number(1), TG_CA_WAITING, NULL, &owner);
	refused(kit_number(1), "nca-ssl", &csr, TG_NOT_DECIDED, "waits");
	struct kit_person less = owner;
	less.domains = "www.пошта.қаз";
	kit_applies(&k, kit_number(1), TG_CA_ACCEPTED, NULL, &less);
	refused(kit_number(1), "nca-ssl", &csr, TG_CA_REFUSED, "example.kz stands in the request");
	less.domains = "www.пошта.қаз\nexample.kz\nshop.kz";
	kit_applies(&k, kit_number(1), TG_CA_ACCEPTED, NULL, &less);
	refused(kit_number(1), "nca-ssl", &csr, TG_CA_REFUSED, "shop.kz stands on the form");
	/* Keys of people and keys of servers are not mixed up. */
	refused(kit_number(2), "nca-individual-sign", &csr, TG_CA_REFUSED, "nobody says");
	tg_buf_finish(&csr);
}

static void has(const struct tg_buf *text, const char *const *lines)
{
	for (; *lines != NULL; lines++) {
		if (strstr(tg_buf_str(text), *lines) == NULL)
			print_error("%s\nlacks \"%s\"\n", tg_buf_str(text), *lines);
		assert_non_null(strstr(tg_buf_str(text), *lines));
	}
}

static void read_by_others(struct tg_bytes der, const char *const *openssl, const char *const *gnutls)
{
	struct tg_buf out = TG_BUF_INIT;
	char at[32];
	(void)snprintf(at, sizeof at, "%lld", (long long)(k.time.wall_ms / 1000));
	FILE *f = fopen(path("leaf.pem"), "we");
	X509 *x = kit_x509(der);
	assert_int_equal(PEM_write_X509(f, x), 1);
	assert_int_equal(fclose(f), 0);
	X509_free(x);
	if (kit_run(&out, "openssl", "verify", "-attime", at, "-x509_strict", "-purpose", "sslserver",
	            "-verify_hostname", "example.kz", "-CAfile", k.trust, path("leaf.pem"), NULL) != 0)
		fail_msg("%s", tg_buf_str(&out));
	tg_buf_reset(&out);
	assert_int_equal(kit_run(&out, "openssl", "x509", "-in", path("leaf.pem"), "-noout", "-text", "-nameopt",
	                         "sep_multiline,utf8,esc_ctrl", NULL),
	        0);
	has(&out, openssl);
	tg_buf_reset(&out);
	assert_int_equal(kit_run(&out, "certtool", "-i", "--infile", path("leaf.pem"), NULL), 0);
	has(&out, gnutls);
	tg_buf_finish(&out);
}

#define NAMES "DNS:" POSHTA ", DNS:www." POSHTA ", DNS:example.kz\n"
static void nca_a4_certificate_of_a_server(void **state)
{
	(void)state;
	static const struct {
		const char *key, *profile, *openssl[10], *gnutls[8];
	} rows[] = {
	        {"rsa", "nca-ssl",
	                {"Subject:\n            CN=" POSHTA "\n            serialNumber=IIN850101400001\n            "
	                 "C=KZ\n        Subject",
	                        "critical\n                Digital Signature, Key Encipherment\n",
	                        "Usage: \n                TLS Web Server Authentication\n", NAMES,
	                        "Policy: 1.2.398.3.3.2.5\n",
	                        "Not Before: Nov 18 10:56:40 2026 GMT\n            Not After : Nov 18 10:56:40 2027"},
	                {"DNSname: " POSHTA, "DNSname: example.kz", "TLS WWW Server.", "Key encipherment."}},
	        {"ec", "nca-ssl-entity",
	                {"Subject:\n            CN=" POSHTA "\n            C=KZ\n            O=«Алатау Жарық» ЖШС\n"
	                 "            OU=BIN960240000015\n        Subject",
	                        "critical\n                Digital Signature\n", NAMES, "NIST CURVE: P-256"},
	                {"DNSname: www." POSHTA, "Digital signature.", "SECP256R1"}}};
	struct tg_buf csr = TG_BUF_INIT;
	new_key("ec", "EC", "ec_paramgen_curve:P-256");
	for (unsigned i = 0; i < 2; i++) {
		struct run r;
		run_init(&r);
		const char *number = kit_number(10 + i);
		kit_applies(&k, number, TG_CA_ACCEPTED, NULL, &owner);
		make_csr(rows[i].key, "/C=RU/O=whoever/CN=" POSHTA "/emailAddress=a@b.kz",
		        "DNS:example.kz,DNS:www." POSHTA, "DER", "-sha256", &csr);
		if (enrol_p10(&r, number, rows[i].profile, &csr) != TG_OK)
			fail_msg("%s / %s", r.err.detail, r.wire.server.detail);
		assert_int_equal(r.wire.messages, 2); /* certConf */
		assert_int_equal(state_of(r.result.serial), TG_CA_VALID);
		read_by_others(kit_bytes(&r.result.certificate), rows[i].openssl, rows[i].gnutls);
		struct tg_certificate_facts f;
		assert_int_equal(tg_pki_certificate_facts(kit_bytes(&r.result.certificate), &f, &r.err), TG_OK);
		assert_false(f.signs); /* a server's key signs no application */
		assert_false(f.authenticates);
		assert_string_equal(f.algorithm, i == 0 ? "rsa-2048" : "ec-p256");
		/* The answer was lost: the same certificate once more. */
		char serial[48];
		(void)tg_copy(serial, sizeof serial, r.result.serial);
		forget_transactions();
		assert_int_equal(enrol_p10(&r, number, rows[i].profile, &csr), TG_OK);
		assert_string_equal(r.result.serial, serial);
		/* The same key for another application is another matter (K-16). */
		kit_applies(&k, kit_number(12), TG_CA_ACCEPTED, NULL, &owner);
		assert_int_equal(enrol_p10(&r, kit_number(12), rows[i].profile, &csr), TG_CA_REFUSED);
		assert_non_null(strstr(r.wire.server.detail, "another application"));
		run_finish(&r);
	}
	tg_buf_finish(&csr);
}

static enum tg_status not_kept(struct tg_bytes certificate, void *ctx)
{
	(void)certificate, (void)ctx;
	return TG_DISK_FULL;
}

static void k7_p10cr_that_was_not_taken_over(void **state)
{
	(void)state;
	struct tg_buf csr = TG_BUF_INIT;
	struct tg_ca_record rec = {0};
	struct run r;
	run_init(&r);
	new_key("third", "EC", "ec_paramgen_curve:P-384");
	make_csr("third", "/CN=" POSHTA, "DNS:example.kz,DNS:www." POSHTA, "DER", "-sha256", &csr);
	kit_applies(&k, kit_number(13), TG_CA_ACCEPTED, NULL, &owner);
	r.received = not_kept;
	assert_int_equal(enrol_p10(&r, kit_number(13), "nca-ssl", &csr), TG_DISK_FULL);
	assert_int_equal(r.result.certificate.len, 0);
	assert_int_equal(known_key(&r, &rec), TG_OK);
	assert_int_equal(rec.state, TG_CA_REJECTED);
	tg_ca_record_finish(&rec);
	r.received = NULL;
	assert_int_equal(enrol_p10(&r, kit_number(13), "nca-ssl", &csr), TG_OK);
	assert_int_equal(state_of(r.result.serial), TG_CA_VALID);
	run_finish(&r);
	tg_buf_finish(&csr);
}

static int start(void **state)
{
	run_start(state);
	new_key("rsa", "RSA", "rsa_keygen_bits:2048");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nca9_dom_not_a_request),
	        cmocka_unit_test(nca9_dom_signature_that_does_not_fit),
	        cmocka_unit_test(nca9_dom_weak_keys),
	        cmocka_unit_test(nca9_dom_names_that_are_none),
	        cmocka_unit_test(nca_a4_der_pem_and_bare_base64),
	        cmocka_unit_test(nca_a4_kinds_of_keys),
	        cmocka_unit_test(nca_a4_request_of_certtool),
	        cmocka_unit_test(nca9_dom_names_on_form_and_in_request),
	        cmocka_unit_test(nca9_dom_domain_names),
	        cmocka_unit_test(k7_p10cr_refusals),
	        cmocka_unit_test(nca_a4_certificate_of_a_server),
	        cmocka_unit_test(k7_p10cr_that_was_not_taken_over),
	};
	return cmocka_run_group_tests(tests, start, run_end);
}
