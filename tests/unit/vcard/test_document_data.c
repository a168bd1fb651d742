/* What stands in the document: machine-readable zones as ICAO prints them, signatures as `openssl` judges them, and
 * people as the personas say they are (K-4). */
#include "doc_tool.h"
#include <dirent.h>
#include <unistd.h>

#define AT "1795325400" /* DOC_NOW in seconds */

/* --- Machine-readable zones */
static void lines_are(const struct tg_vcard_persona *p, const char *one, const char *two, const char *three)
{
	char expected[160];
	struct tg_buf out = TG_BUF_INIT;
	struct tg_error err = {0};
	snprintf(expected, sizeof expected, "mrz=%s\nmrz=%s\n%s%s%s", one, two, three ? "mrz=" : "", three ? three : "",
	        three ? "\n" : "");
	if (tg_vcard_persona_show(p, &out, &err) != TG_OK)
		fail_msg("%s", err.detail);
	const char *mrz = strstr(tg_buf_str(&out), "mrz=");
	assert_non_null(mrz);
	assert_string_equal(mrz, expected);
	tg_buf_finish(&out);
}

static void test_k4_mrz_of_icao_part_5(void **state)
{
	struct tg_vcard_persona p = doc_specimen("D23145890", "1974-08-12", "2012-04-15", TG_VCARD_BAC);
	(void)state;
	tg_copy(p.document.state, sizeof p.document.state, "UTO");
	lines_are(&p, "I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6",
	        "ERIKSSON<<ANNA<MARIA<<<<<<<<<<");
}

static void test_k4_mrz_of_icao_part_4(void **state)
{
	struct tg_vcard_persona p = doc_specimen("L898902C3", "1974-08-12", "2012-04-15", TG_VCARD_BAC);
	(void)state;
	tg_copy(p.document.state, sizeof p.document.state, "UTO");
	tg_copy(p.document.format, sizeof p.document.format, "TD3");
	tg_copy(p.document.code, sizeof p.document.code, "P");
	tg_copy(p.document.optional, sizeof p.document.optional, "ZE184226B");
	lines_are(&p, "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
	        NULL);
}

/* A document number of more than nine characters: the example of ICAO 9303-11, appendix D.2. */
static void test_k4_mrz_with_a_long_number(void **state)
{
	struct tg_vcard_persona p = doc_specimen("D23145890734", "1934-07-12", "1995-07-12", TG_VCARD_BAC);
	(void)state;
	tg_copy(p.document.state, sizeof p.document.state, "UTO");
	tg_copy(p.person.surname_latin, sizeof p.person.surname_latin, "STEVENSON");
	tg_copy(p.person.given_latin, sizeof p.person.given_latin, "PETER JOHN");
	tg_copy(p.person.sex, sizeof p.person.sex, "M");
	lines_are(&p, "I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2",
	        "STEVENSON<<PETER<JOHN<<<<<<<<<");
}

static void name_is(const char *surname, const char *given, const char *expected)
{
	struct tg_vcard_persona p = doc_specimen("D23145890", "1974-08-12", "2012-04-15", TG_VCARD_BAC);
	tg_copy(p.document.state, sizeof p.document.state, "UTO");
	tg_copy(p.person.surname_latin, sizeof p.person.surname_latin, surname);
	tg_copy(p.person.given_latin, sizeof p.person.given_latin, given);
	lines_are(&p, "I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", expected);
}

/* ICAO 9303-3 §4.6, -5 §4.2.3: a cut field ends with a letter and keeps something of both names. */
static void test_names_that_do_not_fit(void **state)
{
	(void)state;
	name_is("O", "I", "O<<I<<<<<<<<<<<<<<<<<<<<<<<<<<");
	name_is("D'ARTAGNAN", "Anne-Marie", "DARTAGNAN<<ANNE<MARIE<<<<<<<<<");
	name_is("ERIKSSON", "", "ERIKSSON<<<<<<<<<<<<<<<<<<<<<<");
	name_is("ABCDEFGHIJKLMN", "OPQRSTUVWXYZAB", "ABCDEFGHIJKLMN<<OPQRSTUVWXYZAB"); /* thirty: not cut */
	name_is("ABCDEFGHIJKLMN", "OPQRSTUVWXYZABC", "ABCDEFGHIJKLMN<<OPQRSTUVWXYZAB");
	name_is("ABCDEFGHIJKLMN", "OPQRSTUVWXYZA BCD", "ABCDEFGHIJKLM<<OPQRSTUVWXYZA<B");
	name_is("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH", "XY", "ABCDEFGHIJKLMNOPQRSTUVWXYZA<<X");
	name_is("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH", "", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCD");
}

static void test_what_cannot_stand_in_a_zone_is_named(void **state)
{
	struct {
		size_t at, cap;
		const char *value, *named;
	} bad[] = {
	        {offsetof(struct tg_vcard_person, surname_latin), TG_VCARD_TEXT, "ӘБДІ", "surname_latin"},
	        {offsetof(struct tg_vcard_person, surname_latin), TG_VCARD_TEXT, "", "surname_latin"},
	        {offsetof(struct tg_vcard_person, given_latin), TG_VCARD_TEXT, "A.B", "given_latin"},
	        {offsetof(struct tg_vcard_person, document), 16, "", "person.document"},
	        {offsetof(struct tg_vcard_person, document), 16, "№123", "person.document"},
	        {offsetof(struct tg_vcard_person, birth), 16, "1974-8-12", "birth"},
	        {offsetof(struct tg_vcard_person, birth), 16, "12.08.1974", "birth"},
	        {offsetof(struct tg_vcard_person, expiry), 16, "", "expiry"},
	        {offsetof(struct tg_vcard_person, nationality), 8, "KAZAKH", "nationality"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct tg_vcard_persona p = doc_specimen("D23145890", "1974-08-12", "2012-04-15", TG_VCARD_BAC);
		struct hand h;
		struct tg_error err = {0};
		tg_copy((char *)&p.person + bad[i].at, bad[i].cap, bad[i].value);
		hand_take_persona(&h, &p);
		assert_int_equal(tg_vcard_issue(h.card, doc_folder, DOC_NOW, &err), TG_CONFIG);
		if (!strstr(err.detail, bad[i].named))
			fail_msg("'%s' does not name %s", err.detail, bad[i].named);
		assert_sw(&h, DOC_SELECT, 0x6a82); /* no half document */
		hand_drop(&h);
	}
}

static void test_nobody_signs_for_an_unknown_state(void **state)
{
	struct tg_vcard_persona p = doc_specimen("D23145890", "1974-08-12", "2012-04-15", TG_VCARD_BAC);
	struct hand h;
	struct tg_error err = {0};
	(void)state;
	tg_copy(p.document.state, sizeof p.document.state, "UTO");
	hand_take_persona(&h, &p);
	assert_int_equal(tg_vcard_issue(h.card, doc_folder, DOC_NOW, &err), TG_CONFIG);
	tg_copy(p.document.state, sizeof p.document.state, "KAZ");
	hand_drop(&h);
	hand_take_persona(&h, &p);
	assert_int_equal(tg_vcard_issue(h.card, "/nonexistent", DOC_NOW, &err), TG_NOT_FOUND);
	hand_drop(&h);
}

/* --- Signatures, judged by openssl */
static const char *const states[][2] = {{"KAZ", "KZ"}, {"KGZ", "KG"}, {"UZB", "UZ"}};

/* One PEM file with all that is in trust/: certificates and lists. */
static const char *trust(const char *country)
{
	static char path[128];
	char in[160], out[4096];
	snprintf(path, sizeof path, "%s/trust-%s.pem", doc_folder, country);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	snprintf(in, sizeof in, "%s/trust/csca-%s.%s", doc_folder, country, strcmp(country, "UZ") == 0 ? "cer" : "pem");
	assert_int_equal(doc_run(out, sizeof out, "openssl", "x509", "-in", in, NULL), 0);
	fputs(out, f);
	snprintf(in, sizeof in, "%s/trust/csca-%s.crl", doc_folder, country);
	assert_int_equal(doc_run(out, sizeof out, "openssl", "crl", "-inform", "DER", "-in", in, NULL), 0);
	fputs(out, f);
	fclose(f);
	return path;
}

/* The CMS inside EF.SOD: tag 77 and its length go. */
static const char *sod_file(struct hand *h)
{
	struct tg_bytes sod = tg_vcard_document_file(h->card, 0x011d);
	assert_true(sod.len > 200);
	assert_int_equal(sod.data[0], 0x77);
	assert_int_equal(sod.data[1], 0x82);
	assert_int_equal(sod.data[2] << 8 | sod.data[3], sod.len - 4);
	return doc_file("sod.der", sod.data + 4, sod.len - 4);
}

static int verify(struct hand *h, const char *country, char *out, size_t cap)
{
	char content[128];
	snprintf(content, sizeof content, "%s/content.der", doc_folder);
	return doc_run(out, cap, "openssl", "cms", "-verify", "-inform", "DER", "-in", sod_file(h), "-CAfile",
	        trust(country), "-purpose", "any", "-crl_check", "-attime", AT, "-out", content, NULL);
}

static void digest_of(struct tg_bytes file, char hex[80])
{
	char out[256];
	assert_int_equal(doc_run(out, sizeof out, "openssl", "dgst", "-sha256", "-r",
	                         doc_file("group", file.data, file.len), NULL),
	        0);
	assert_int_equal(strcspn(out, " "), 64);
	out[64] = '\0';
	for (size_t i = 0; i < 64; i++)
		hex[i] = (char)(out[i] >= 'a' ? out[i] - 32 : out[i]);
	hex[64] = '\0';
}

/* Whether the signed content names this data group with this hash. */
static bool signed_hash(struct hand *h, uint16_t fid, unsigned number)
{
	char content[128], out[4096], hex[80], group[16], *at = out;
	snprintf(content, sizeof content, "%s/content.der", doc_folder);
	digest_of(tg_vcard_document_file(h->card, fid), hex);
	assert_int_equal(doc_run(out, sizeof out, "openssl", "asn1parse", "-inform", "DER", "-in", content, NULL), 0);
	snprintf(group, sizeof group, ":%02X\n", number);
	while ((at = strstr(at, group)) != NULL) { /* INTEGER :01, then OCTET STRING [HEX DUMP]:… on the next line */
		at += strlen(group);
		const char *dump = strstr(at, "[HEX DUMP]:"), *end = strchr(at, '\n');
		if (dump && end && dump < end && strncmp(dump + 11, hex, 64) == 0)
			return true;
	}
	return false;
}

static struct tg_vcard_persona citizen(const char *state, enum tg_vcard_signer signer, bool chip)
{
	struct tg_vcard_persona p = doc_specimen("D23145890", "1974-08-12", "2031-04-15", TG_VCARD_BAC | TG_VCARD_PACE);
	tg_copy(p.document.state, sizeof p.document.state, state);
	p.document.signer = signer;
	p.document.active_authentication = p.document.chip_authentication = chip;
	return p;
}

static void test_k4_openssl_verifies_the_security_object(void **state)
{
	char out[4096];
	(void)state;
	for (size_t i = 0; i < 2; i++) { /* the third state's key is for the test after this */
		struct tg_vcard_persona p = citizen(states[i][0], TG_VCARD_SIGNER_VALID, true);
		struct hand h;
		doc_take(&h, &p);
		if (verify(&h, states[i][1], out, sizeof out) != 0)
			fail_msg("%s", out);
		assert_true(signed_hash(&h, 0x0101, 1));
		assert_true(signed_hash(&h, 0x0102, 2));
		assert_true(signed_hash(&h, 0x010e, 14));
		assert_true(signed_hash(&h, 0x010f, 15));
		assert_false(signed_hash(&h, 0x011e, 1)); /* the judge can say no */
		hand_drop(&h);
	}
}

/* ICAO 9303-12 §4.4.1 demands curves by their parameters. OpenSSL's own chain check refuses such certificates by name
 * ("explicit ECC parameters"), the signatures are right. */
static void test_explicit_parameters_are_what_icao_wants(void **state)
{
	char out[4096], cert[128];
	struct tg_vcard_persona p = citizen("UZB", TG_VCARD_SIGNER_VALID, false);
	struct hand h;
	(void)state;
	doc_take(&h, &p);
	assert_int_not_equal(verify(&h, "UZ", out, sizeof out), 0);
	assert_non_null(strstr(out, "explicit"));
	assert_int_equal(doc_run(out, sizeof out, "openssl", "cms", "-verify", "-inform", "DER", "-in", sod_file(&h),
	                         "-noverify", "-out", "/dev/null", NULL),
	        0);
	snprintf(cert, sizeof cert, "%s/trust/csca-UZ.cer", doc_folder);
	assert_int_equal(doc_run(out, sizeof out, "openssl", "x509", "-in", cert, "-noout", "-text", NULL), 0);
	assert_non_null(strstr(out, "Field Type: prime-field"));
	hand_drop(&h);
}

static void test_k4_signers_that_must_not_be_trusted(void **state)
{
	static const struct {
		enum tg_vcard_signer signer;
		const char *why;
	} bad[] = {{TG_VCARD_SIGNER_EXPIRED, "certificate has expired"},
	        {TG_VCARD_SIGNER_REVOKED, "certificate revoked"},
	        {TG_VCARD_SIGNER_WRONG, "unable to get local issuer certificate"}};
	char out[4096];
	(void)state;
	for (size_t i = 0; i < 2 * sizeof bad / sizeof *bad; i++) {
		struct tg_vcard_persona p = citizen(states[i % 2][0], bad[i / 2].signer, false);
		struct hand h;
		doc_take(&h, &p);
		assert_int_not_equal(verify(&h, states[i % 2][1], out, sizeof out), 0);
		if (!strstr(out, bad[i / 2].why))
			fail_msg("not '%s': %s", bad[i / 2].why, out);
		hand_drop(&h);
	}
}

static void test_k4_tampered_document_is_signed_rightly_over_something_else(void **state)
{
	char out[4096];
	struct tg_vcard_persona p = citizen("KAZ", TG_VCARD_SIGNER_TAMPERED, false);
	struct hand h;
	(void)state;
	doc_take(&h, &p);
	assert_int_equal(verify(&h, "KZ", out, sizeof out), 0);
	assert_false(signed_hash(&h, 0x0101, 1));
	assert_true(signed_hash(&h, 0x0102, 2));
	struct tg_bytes dg1 = tg_vcard_document_file(h.card, 0x0101);
	assert_int_equal(dg1.len, 95);
	assert_memory_equal(dg1.data + 5 + 60, "ARIKSSON<<ANNA<MARIA<<<<<<<<<<", 30);
	hand_drop(&h);
}

/* The extensions that ICAO 9303-12 §7 demands. */
static void test_k4_certificates_have_the_icao_profile(void **state)
{
	static const char *const of_ca[] = {"CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign",
	        "Private Key Usage Period", "Subject Key Identifier", "Authority Key Identifier",
	        "Subject Alternative Name", "Issuer Alternative Name", "CRL Distribution Points", "C = KZ", "L=KAZ"};
	static const char *const of_signer[] = {"Digital Signature", "Private Key Usage Period", "2.23.136.1.1.6.2",
	        "Subject Alternative Name", "Issuer Alternative Name", "CRL Distribution Points", "C = KZ"};
	char out[8192], path[128];
	(void)state;
	snprintf(path, sizeof path, "%s/trust/csca-KZ.pem", doc_folder);
	assert_int_equal(doc_run(out, sizeof out, "openssl", "x509", "-in", path, "-noout", "-text", NULL), 0);
	for (size_t i = 0; i < sizeof of_ca / sizeof *of_ca; i++) {
		if (!strstr(out, of_ca[i]))
			fail_msg("the CSCA has no %s", of_ca[i]);
	}
	snprintf(path, sizeof path, "%s/secret/signer-valid-KZ.pem", doc_folder);
	assert_int_equal(doc_run(out, sizeof out, "openssl", "x509", "-in", path, "-noout", "-text", NULL), 0);
	for (size_t i = 0; i < sizeof of_signer / sizeof *of_signer; i++) {
		if (!strstr(out, of_signer[i]))
			fail_msg("the signer has no %s", of_signer[i]);
	}
	assert_null(strstr(out, "CA:TRUE"));
}

static void test_authorities_are_made_once_and_their_lists_anew(void **state)
{
	char before[4096], after[4096], list_before[4096], list_after[4096], cert[128], crl[128], wrong[128];
	(void)state;
	snprintf(cert, sizeof cert, "%s/trust/csca-KZ.pem", doc_folder);
	snprintf(crl, sizeof crl, "%s/trust/csca-KZ.crl", doc_folder);
	doc_run(before, sizeof before, "openssl", "x509", "-in", cert, "-noout", "-fingerprint", NULL);
	doc_run(list_before, sizeof list_before, "openssl", "crl", "-inform", "DER", "-in", crl, "-noout", "-crlnumber",
	        "-nextupdate", NULL);
	assert_int_equal(tg_vcard_csca_make(doc_folder, DOC_NOW + 86400000, NULL), TG_OK);
	doc_run(after, sizeof after, "openssl", "x509", "-in", cert, "-noout", "-fingerprint", NULL);
	doc_run(list_after, sizeof list_after, "openssl", "crl", "-inform", "DER", "-in", crl, "-noout", "-crlnumber",
	        "-nextupdate", NULL);
	assert_string_equal(before, after);
	assert_string_not_equal(list_before, list_after);
	assert_int_equal(tg_vcard_csca_make(doc_folder, DOC_NOW, NULL), TG_OK);
	/* what the kiosk trusts holds no key and not the wrong authority */
	snprintf(wrong, sizeof wrong, "%s/trust", doc_folder);
	DIR *d = opendir(wrong);
	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d)) != NULL;) {
		assert_null(strstr(e->d_name, "wrong"));
		assert_null(strstr(e->d_name, ".key"));
	}
	closedir(d);
}

/* --- People */
static void resolves(const char *birth, const char *today, const char *expected)
{
	struct tg_vcard_persona p = hand_persona();
	struct tm t = {0};
	assert_non_null(strptime(today, "%Y-%m-%d", &t));
	tg_copy(p.person.birth, sizeof p.person.birth, birth);
	struct tg_error err = {0};
	enum tg_status status = tg_vcard_persona_resolve(&p, (int64_t)timegm(&t) * 1000 + 86399999, &err);
	if (expected) {
		assert_int_equal(status, TG_OK);
		assert_string_equal(p.person.birth, expected);
	} else {
		assert_int_equal(status, TG_CONFIG);
		assert_non_null(strstr(err.detail, "birth"));
	}
}

static void test_dates_that_go_with_the_day(void **state)
{
	(void)state;
	resolves("today", "2026-11-22", "2026-11-22");
	resolves("today-16y", "2026-11-22", "2010-11-22");
	resolves("today-15y-100d", "2026-11-22", "2011-08-14"); /* date -d "2011-11-22 -100 days" */
	resolves("today+10y-1d", "2026-11-22", "2036-11-21");
	resolves("today-1y", "2028-02-29", "2027-02-28");
	resolves("today-4y", "2028-02-29", "2024-02-29");
	resolves("today-1d", "2028-03-01", "2028-02-29");
	resolves("1994-03-17", "2026-11-22", "1994-03-17");
	resolves("", "2026-11-22", "");
	resolves("today-", "2026-11-22", NULL);
	resolves("today16y", "2026-11-22", NULL);
	resolves("today-16", "2026-11-22", NULL);
	resolves("today-99999d", "2026-11-22", NULL);
	resolves("today- 1y", "2026-11-22", NULL);
	resolves("todayish", "2026-11-22", NULL);
}

static bool checks(const char *kind, const char *number)
{
	char out[256];
	return doc_run(out, sizeof out, TAMGA_BINARY_DIR "/bin/tamgactl", "id", "check", kind, number, NULL) == 0 &&
	       strcmp(out, "valid\n") == 0;
}

static void check_person(const char *path)
{
	struct tg_vcard_persona p;
	struct tg_error err = {0};
	if (tg_vcard_persona_load(&p, path, &err) != TG_OK || tg_vcard_persona_resolve(&p, DOC_NOW, &err) != TG_OK)
		fail_msg("%s: %s", path, err.detail);
	bool kg = strcmp(p.person.nationality, "KGZ") == 0;
	if (p.person.iin[0] && !checks(kg ? "kg-pin" : "iin", p.person.iin))
		fail_msg("%s: the personal number %s cannot be", path, p.person.iin);
	struct hand h;
	hand_take_persona(&h, &p);
	if (tg_vcard_issue(h.card, doc_folder, DOC_NOW, &err) != TG_OK)
		fail_msg("%s: %s", path, err.detail);
	struct tg_vcard_facts f;
	tg_vcard_describe(h.card, &f);
	assert_int_equal(f.document, p.document.present);
	hand_drop(&h);
}

static void test_personas_are_people_who_can_be(void **state)
{
	char path[512];
	int n = 0;
	DIR *d = opendir(TAMGA_TESTS_DIR "/personas");
	(void)state;
	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d)) != NULL;) {
		size_t len = strlen(e->d_name);
		if (len < 6 || strcmp(e->d_name + len - 5, ".yaml") != 0)
			continue;
		snprintf(path, sizeof path, TAMGA_TESTS_DIR "/personas/%s", e->d_name);
		check_person(path);
		n++;
	}
	closedir(d);
	assert_true(n >= 20);
}

static void test_auto_numbers_are_valid_on_any_day(void **state)
{
	(void)state;
	for (int64_t day = 0; day < 12; day++) {
		struct tg_vcard_persona p = hand_persona();
		tg_copy(p.person.birth, sizeof p.person.birth, "today-16y");
		tg_copy(p.person.iin, sizeof p.person.iin, "auto");
		tg_copy(p.person.sex, sizeof p.person.sex, day % 2 ? "F" : "M");
		assert_int_equal(tg_vcard_persona_resolve(&p, DOC_NOW + day * 86400000 * 31, NULL), TG_OK);
		assert_true(checks("iin", p.person.iin));
		tg_copy(p.person.birth, sizeof p.person.birth, "today-16y");
		tg_copy(p.person.iin, sizeof p.person.iin, "auto");
		tg_copy(p.person.nationality, sizeof p.person.nationality, "KGZ");
		assert_int_equal(tg_vcard_persona_resolve(&p, DOC_NOW + day * 86400000 * 31, NULL), TG_OK);
		assert_true(checks("kg-pin", p.person.iin));
	}
}

static void test_show_says_what_a_person_reads_off_the_plastic(void **state)
{
	char out[4096];
	(void)state;
	assert_int_equal(doc_run(out, sizeof out, TAMGA_BINARY_DIR "/bin/tamga-vcard", "--show",
	                         TAMGA_TESTS_DIR "/personas/bakyt.yaml", NULL),
	        0);
	assert_non_null(strstr(out, "\ndocument=ID4120836\n"));
	assert_non_null(strstr(out, "\nbirth=1983-01-07\n"));
	assert_non_null(strstr(out, "\nexpiry=2035-02-19\n"));
	assert_non_null(strstr(out, "\ncan=860217\n"));
	assert_non_null(strstr(out, "\nmrz=IDKGZID41208363"));
	assert_null(strstr(out, "570943")); /* no PIN */
	assert_int_equal(
	        doc_run(out, sizeof out, TAMGA_BINARY_DIR "/bin/tamga-vcard", "--show", "/nonexistent.yaml", NULL), 1);
}

static void test_program_without_its_authorities_makes_no_card(void **state)
{
	char out[4096], card[128], control[128];
	(void)state;
	snprintf(card, sizeof card, "%s/card", doc_folder);
	snprintf(control, sizeof control, "%s/control", doc_folder);
	assert_int_equal(
	        doc_run(out, sizeof out, TAMGA_BINARY_DIR "/bin/tamga-vcard", "--state", card, "--control", control,
	                "--persona", TAMGA_TESTS_DIR "/personas/aigul.yaml", "--csca", "/nonexistent", NULL),
	        1);
	assert_non_null(strstr(out, "/nonexistent/secret/signer-valid-KZ.pem"));
	assert_int_equal(access(card, F_OK), -1);
	assert_int_equal(
	        doc_run(out, sizeof out, TAMGA_BINARY_DIR "/bin/tamga-vcard", "--make-csca", "/proc/csca", NULL), 1);
}

#define PERSONA_HEAD "name: x\nserial: X1\nperson:\n  surname: X\n  given: X\ndocument:\n"

static void test_persona_mistakes_are_told_with_their_place(void **state)
{
	static const struct {
		const char *document;
		int line;
	} bad[] = {
	        {"  format: TD2\n  access: bac\n", 7},
	        {"  format: TD1\n", 7},
	        {"  access: bac\n", 7},
	        {"  format: TD1\n  access: open\n", 8},
	        {"  format: TD1\n  access: pace\n  can: \"12345\"\n", 9},
	        {"  format: TD1\n  access: pace\n  can: \"12345a\"\n", 9},
	        {"  format: TD1\n  access: bac\n  can: \"123456\"\n", 9},
	        {"  format: TD1\n  access: bac\n  signer: stolen\n", 9},
	        {"  format: TD1\n  access: bac\n  signer: copied\n", 9},
	        {"  format: TD1\n  access: bac\n  colour: blue\n", 9},
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char text[512];
		struct tg_vcard_persona p;
		struct tg_error err = {0};
		int n = snprintf(text, sizeof text, "%s%s", PERSONA_HEAD, bad[i].document);
		assert_int_equal(tg_vcard_persona_load(&p, doc_file("p.yaml", text, (size_t)n), &err), TG_CONFIG);
		if (err.line != bad[i].line)
			fail_msg("%s: line %d: %s", bad[i].document, err.line, err.detail);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_k4_mrz_of_icao_part_5),
	        cmocka_unit_test(test_k4_mrz_of_icao_part_4),
	        cmocka_unit_test(test_k4_mrz_with_a_long_number),
	        cmocka_unit_test(test_names_that_do_not_fit),
	        cmocka_unit_test(test_what_cannot_stand_in_a_zone_is_named),
	        cmocka_unit_test(test_nobody_signs_for_an_unknown_state),
	        cmocka_unit_test(test_k4_openssl_verifies_the_security_object),
	        cmocka_unit_test(test_explicit_parameters_are_what_icao_wants),
	        cmocka_unit_test(test_k4_signers_that_must_not_be_trusted),
	        cmocka_unit_test(test_k4_tampered_document_is_signed_rightly_over_something_else),
	        cmocka_unit_test(test_k4_certificates_have_the_icao_profile),
	        cmocka_unit_test(test_authorities_are_made_once_and_their_lists_anew),
	        cmocka_unit_test(test_dates_that_go_with_the_day),
	        cmocka_unit_test(test_personas_are_people_who_can_be),
	        cmocka_unit_test(test_auto_numbers_are_valid_on_any_day),
	        cmocka_unit_test(test_show_says_what_a_person_reads_off_the_plastic),
	        cmocka_unit_test(test_program_without_its_authorities_makes_no_card),
	        cmocka_unit_test(test_persona_mistakes_are_told_with_their_place),
	};
	return cmocka_run_group_tests(tests, doc_group_setup, doc_group_teardown);
}
