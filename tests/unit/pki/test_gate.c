/* NCA-9, NCA-10: no certificate before the application was accepted, and none for anybody else than the application
 * says; roles and codes of entities and of the Treasury; revocation for the holder only. Each certificate is read by
 * the openssl program and by certtool (GnuTLS). Refusals first. */
#include "run.h"

#include <openssl/sha.h>

#include "tamga/gost.h"
#include <openssl/pem.h>

static const struct kit_person clerk = {.surname = "Төлегенов",
        .name = "Нұрлан",
        .patronymic = "Әлиұлы",
        .iin = "850101400001",
        .email = "n.tolegenov@example.kz",
        .organisation = "«Алатау Жарық» ЖШС",
        .bin = "960240000015",
        .institution = "KS01234",
        .role = "ROLE01"};

static void openssl_reads(struct tg_bytes der, const char *const *lines);

/* --- One request */
static void ask(struct run *r, const struct kit_request *q)
{
	kit_crmf(&k, q, &r->crmf);
}

static void begin(struct run *r, EVP_PKEY *key)
{
	run_init(r);
	if (key == NULL)
		return;
	EVP_PKEY_free(r->key);
	r->key = key;
	tg_buf_reset(&r->spki);
	kit_spki(key, &r->spki);
}

static void refused(unsigned number, const char *profile, enum tg_status want, const char *words)
{
	struct run r;
	begin(&r, NULL);
	const struct kit_request q = {.number = kit_number(number), .profile = profile, .person = &clerk, .key = r.key};
	ask(&r, &q);
	expect(&r, want);
	if (strstr(r.wire.server.detail, words) == NULL)
		print_error("%s lacks %s\n", r.wire.server.detail, words);
	assert_non_null(strstr(r.wire.server.detail, words));
	expect_nothing_issued(&r);
	run_finish(&r);
}

static void nca9_nothing_before_the_decision(void **state)
{
	(void)state;
	refused(1, "nca-entity-auth", TG_NOT_DECIDED, "does not have the application");
	kit_applies(&k, kit_number(2), TG_CA_HANDED_IN, "role-head", &clerk);
	refused(2, "nca-entity-auth", TG_NOT_DECIDED, "nobody has accepted");
	kit_applies(&k, kit_number(2), TG_CA_WAITING, "role-head", &clerk);
	refused(2, "nca-entity-auth", TG_NOT_DECIDED, "waits");
	refused(2, "nca-individual-auth", TG_NOT_DECIDED, "waits"); /* with papers: the chip has proven nothing */
	kit_applies(&k, kit_number(2), TG_CA_CLOSED, "role-head", &clerk);
	refused(2, "nca-entity-auth", TG_CA_REFUSED, "closed");
	refused(2, "nca-individual-auth", TG_CA_REFUSED, "closed");
	assert_int_equal(k.n_released, k.n_asked - 1); /* the first was not found */
}

static void nca9_a_replica_that_is_down_issues_nothing(void **state)
{
	(void)state;
	kit_applies(&k, kit_number(3), TG_CA_ACCEPTED, NULL, &clerk)->status = TG_STORE_BUSY;
	refused(3, "nca-individual-auth", TG_CA_REFUSED, "replica");
}

static void nca9_for_nobody_else(void **state)
{
	(void)state;
	struct kit_person other = clerk;
	other.name = "Нурлан"; /* у for ұ */
	kit_applies(&k, kit_number(4), TG_CA_ACCEPTED, "role-hr", &other);
	refused(4, "nca-entity-auth", TG_CA_REFUSED, "subject is not that of the application");
	other = clerk;
	other.organisation = "«АЛАТАУ ЖАРЫК» ЖШС";
	kit_applies(&k, kit_number(4), TG_CA_ACCEPTED, "role-hr", &other);
	refused(4, "nca-entity-auth", TG_CA_REFUSED, "subject is not that of the application");
	other = clerk;
	other.role = "ROLE02";
	kit_applies(&k, kit_number(4), TG_CA_ACCEPTED, NULL, &other);
	refused(4, "nca-treasury-auth", TG_CA_REFUSED, "subject is not that of the application");
	other = clerk;
	other.email = "somebody@else.kz";
	kit_applies(&k, kit_number(4), TG_CA_ACCEPTED, NULL, &other);
	refused(4, "nca-entity-auth", TG_CA_REFUSED, "e-mail");
	other.email = NULL;
	kit_applies(&k, kit_number(4), TG_CA_ACCEPTED, NULL, &other);
	refused(4, "nca-entity-auth", TG_CA_REFUSED, "e-mail");
	kit_applies(&k, kit_number(4), TG_CA_ACCEPTED, NULL, &clerk)->profiles = "nca-entity-auth nca-entity-sign";
	refused(4, "nca-individual-auth", TG_CA_REFUSED, "no certificate of this profile");
}

static void nca9_an_accepted_application_once_more(void **state)
{
	(void)state;
	struct run r;
	char serial[48];
	begin(&r, NULL);
	const struct kit_request q = {
	        .number = kit_number(5), .profile = "nca-entity-auth", .person = &clerk, .key = r.key};
	kit_applies(&k, kit_number(5), TG_CA_ACCEPTED, "role-hr", &clerk);
	ask(&r, &q);
	expect(&r, TG_OK);
	(void)tg_copy(serial, sizeof serial, r.result.serial);
	/* The answer was lost, the application is delivered meanwhile: the same key gets the same certificate. */
	kit_applies(&k, kit_number(5), TG_CA_CLOSED, "role-hr", &clerk);
	expect(&r, TG_OK);
	assert_string_equal(r.result.serial, serial);
	run_finish(&r);
	/* Another key does not. */
	refused(5, "nca-entity-auth", TG_CA_REFUSED, "closed");
}

/* K-4: on the spot nobody decides, and then the chip must have said who asks. What is not in the replica says nothing.
 */
static void k4_nothing_for_somebody_who_is_not_identified(void **state)
{
	(void)state;
	static const char *const profiles[] = {"nca-individual-sign", "nca-individual-auth"};
	kit_identify(&k, true);
	for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
		refused(30, profiles[i], TG_NOT_DECIDED, "does not have the application");
		kit_applies(&k, kit_number(31), TG_CA_HANDED_IN, NULL, &clerk)->identified = TG_DOC_NONE;
		refused(31, profiles[i], TG_NOT_IDENTIFIED, "doc-none");
		kit_applies(&k, kit_number(31), TG_CA_HANDED_IN, NULL, &clerk)->identified = TG_DOC_SIGNER;
		refused(31, profiles[i], TG_NOT_IDENTIFIED, "doc-signer");
		/* A head's confirmation says that the request is wanted, not who stands at the kiosk. */
		kit_applies(&k, kit_number(31), TG_CA_ACCEPTED, NULL, &clerk)->identified = TG_DOC_OTHER;
		refused(31, profiles[i], TG_NOT_IDENTIFIED, "doc-other");
	}
	kit_applies(&k, kit_number(31), TG_CA_ACCEPTED, "role-head", &clerk)->identified = TG_DOC_NONE;
	refused(31, "nca-entity-auth", TG_NOT_IDENTIFIED, "doc-none");
	kit_identify(&k, false);
}

static void k4_who_is_identified_gets_both(void **state)
{
	(void)state;
	static const char *const profiles[] = {"nca-individual-sign", "nca-individual-auth"};
	kit_identify(&k, true);
	kit_applies(&k, kit_number(32), TG_CA_HANDED_IN, NULL, &clerk);
	for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
		struct run r;
		begin(&r, NULL);
		const struct kit_request q = {
		        .number = kit_number(32), .profile = profiles[i], .person = &clerk, .key = r.key};
		ask(&r, &q);
		expect(&r, TG_OK);
		run_finish(&r);
	}
	kit_identify(&k, false);
}

/* K-14: the old key signs for who holds it. The application may still be on its way. */
static void k14_a_renewal_is_identified_by_the_old_key(void **state)
{
	(void)state;
	struct run r, next;
	kit_identify(&k, true);
	begin(&r, NULL);
	kit_applies(&k, kit_number(33), TG_CA_HANDED_IN, NULL, &clerk);
	const struct kit_request first = {
	        .number = kit_number(33), .profile = "nca-individual-sign", .person = &clerk, .key = r.key};
	ask(&r, &first);
	expect(&r, TG_OK);
	k.time.wall_ms += INT64_C(310) * 86400000;
	for (unsigned known = 0; known < 2; known++) {
		begin(&next, NULL);
		const struct kit_request q = {.number = kit_number(34 + known),
		        .profile = "nca-individual-sign",
		        .reg_profile = "as-old",
		        .person = &clerk,
		        .key = next.key};
		if (known)
			kit_applies(&k, kit_number(34 + known), TG_CA_HANDED_IN, NULL, &clerk)->identified =
			        TG_DOC_NONE;
		ask(&next, &q);
		struct tg_cmp_transport t = kit_wire_port(&next.wire);
		assert_int_equal(
		        tg_cmp_renew(&next.config, &t, "", kit_bytes(&r.result.certificate), kit_bytes(&next.crmf),
		                kit_bytes(&next.spki), NULL, NULL, &next.result, &next.err),
		        TG_OK);
		run_finish(&next);
	}
	k.time.wall_ms = KIT_NOW_MS;
	run_finish(&r);
	kit_identify(&k, false);
}

/* --- NCA-9.again: only for the public keys that the applicant signed */
static void nca9_again_no_key_but_a_signed_one(void **state)
{
	(void)state;
	static char spki[65], two[160];
	static const char other[] = "00000000000000000000000000000000000000000000000000000000000000aa";
	const char *lists[] = {"", other, two};
	for (unsigned i = 0; i < 3; i++) {
		struct run r;
		uint8_t hash[SHA256_DIGEST_LENGTH];
		begin(&r, NULL);
		const struct kit_request q = {
		        .number = kit_number(45 + i), .profile = "nca-individual-sign", .person = &clerk, .key = r.key};
		ask(&r, &q);
		SHA256(r.spki.data, r.spki.len, hash);
		tg_hex(hash, sizeof hash, spki);
		(void)snprintf(two, sizeof two, "%s %s", other, spki);
		kit_applies(&k, kit_number(45 + i), TG_CA_ACCEPTED, NULL, &clerk)->keys = lists[i];
		expect(&r, i < 2 ? TG_CA_REFUSED : TG_OK);
		run_finish(&r);
	}
}

/* --- DOS-4 */
static char name_of_old[128];
static enum tg_status something_else(const struct tg_ca_application *a, const struct tg_certificate_facts *old)
{
	(void)a;
	(void)tg_copy(name_of_old, sizeof name_of_old, old->common_name);
	return TG_CHANGED;
}
static enum tg_status the_same(const struct tg_ca_application *a, const struct tg_certificate_facts *old)
{
	(void)a, (void)old;
	return TG_OK;
}

/* Whatever the kiosk has looked at: the CA compares with the certificate in its own register. */
static void dos4_nothing_from_afar_for_whoever_has_changed(void **state)
{
	(void)state;
	struct run r, next;
	char serial[48];
	begin(&r, NULL);
	kit_applies(&k, kit_number(50), TG_CA_ACCEPTED, "role-hr", &clerk);
	const struct kit_request first = {
	        .number = kit_number(50), .profile = "nca-entity-auth", .person = &clerk, .key = r.key};
	ask(&r, &first);
	expect(&r, TG_OK);
	(void)tg_copy(serial, sizeof serial, r.result.serial);
	struct kit_application *a = kit_applies(&k, kit_number(51), TG_CA_ACCEPTED, "role-hr", &clerk);
	a->unchanged = something_else;
	a->old_serial = serial;
	refused(51, "nca-entity-auth", TG_CHANGED, "old certificate");
	assert_non_null(strstr(name_of_old, "ТӨЛЕГЕНОВ"));
	a->old_serial = "00aa"; /* of nobody */
	refused(51, "nca-entity-auth", TG_CA_REFUSED, "no such certificate");
	a->old_serial = NULL;
	refused(51, "nca-entity-auth", TG_CA_REFUSED, "not a serial number");
	a->old_serial = serial;
	a->unchanged = the_same;
	begin(&next, NULL);
	const struct kit_request second = {
	        .number = kit_number(51), .profile = "nca-entity-auth", .person = &clerk, .key = next.key};
	ask(&next, &second);
	expect(&next, TG_OK);
	run_finish(&next);
	run_finish(&r);
}

/* NCA-9.again, K-14: a renewal needs its own accepted application, whose conditions give the roles of the new one. */
static void k14_renewal_of_an_entity(void **state)
{
	(void)state;
	struct run r, next;
	begin(&r, NULL);
	const struct kit_request first = {
	        .number = kit_number(7), .profile = "nca-entity-auth", .person = &clerk, .key = r.key};
	kit_applies(&k, kit_number(7), TG_CA_ACCEPTED, "role-head", &clerk);
	ask(&r, &first);
	expect(&r, TG_OK);
	kit_applies(&k, kit_number(7), TG_CA_CLOSED, "role-head", &clerk);
	static const struct {
		enum tg_ca_standing standing;
		enum tg_status want;
	} rows[] = {{TG_CA_WAITING, TG_NOT_DECIDED}, {TG_CA_HANDED_IN, TG_NOT_DECIDED}, {TG_CA_CLOSED, TG_CA_REFUSED},
	        {TG_CA_ACCEPTED, TG_OK}};
	begin(&next, NULL);
	const struct kit_request q = {.number = kit_number(8),
	        .profile = "nca-entity-auth",
	        .reg_profile = "as-old",
	        .person = &clerk,
	        .key = next.key};
	ask(&next, &q);
	struct tg_cmp_transport t = kit_wire_port(&next.wire);
	k.time.wall_ms += INT64_C(310) * 86400000;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		kit_applies(&k, kit_number(8), rows[i].standing, "role-hr", &clerk);
		enum tg_status got = tg_cmp_renew(&next.config, &t, "", kit_bytes(&r.result.certificate),
		        kit_bytes(&next.crmf), kit_bytes(&next.spki), NULL, NULL, &next.result, &next.err);
		if (got != rows[i].want)
			print_error("%s / %s\n", next.err.detail, next.wire.server.detail);
		assert_int_equal(got, rows[i].want);
	}
	openssl_reads(kit_bytes(&next.result.certificate),
	        (const char *const[]){"1.2.398.3.3.4.1.2, 1.2.398.3.3.4.1.2.4\n", NULL});
	k.time.wall_ms = KIT_NOW_MS;
	run_finish(&next);
	run_finish(&r);
}

static void dos_6_nothing_is_issued_for_a_wrong_number_of_companies(void **state)
{
	(void)state;
	struct run r;
	begin(&r, NULL);
	const struct kit_request q = {
	        .number = kit_number(9), .profile = "nca-entity-auth", .person = &clerk, .key = r.key};
	kit_applies(&k, kit_number(9), TG_CA_ACCEPTED, "role-head", &clerk)->wrong_companies = true;
	ask(&r, &q);
	expect(&r, TG_COMPANIES);
	kit_applies(&k, kit_number(9), TG_CA_ACCEPTED, "role-head", &clerk)->wrong_companies = false;
	kit_applies(&k, kit_number(9), TG_CA_ACCEPTED, "role-head", &clerk)->price_short = true;
	ask(&r, &q);
	expect(&r, TG_PRICE_SHORT);
	kit_applies(&k, kit_number(9), TG_CA_ACCEPTED, "role-head", &clerk)->price_short = false;
	ask(&r, &q);
	expect(&r, TG_OK);
	run_finish(&r);
}

/* --- Each profile, read by others */
static void write_pem(struct tg_bytes der)
{
	FILE *f = fopen(kit_path(k.dir, "leaf.pem"), "we");
	X509 *x = kit_x509(der);
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, x), 1);
	assert_int_equal(fclose(f), 0);
	X509_free(x);
}

static void has(const struct tg_buf *text, const char *const *lines)
{
	for (; *lines != NULL; lines++) {
		if (strstr(tg_buf_str(text), *lines) == NULL)
			print_error("%s\nlacks \"%s\"\n", tg_buf_str(text), *lines);
		assert_non_null(strstr(tg_buf_str(text), *lines));
	}
}

static void openssl_reads(struct tg_bytes der, const char *const *lines)
{
	struct tg_buf out = TG_BUF_INIT;
	char at[32];
	(void)snprintf(at, sizeof at, "%lld", (long long)(k.time.wall_ms / 1000));
	write_pem(der);
	if (kit_run(&out, "openssl", "verify", "-engine", "gost", "-attime", at, "-x509_strict", "-check_ss_sig",
	            "-CAfile", k.trust, kit_path(k.dir, "leaf.pem"), NULL) != 0)
		fail_msg("%s", tg_buf_str(&out));
	tg_buf_reset(&out);
	assert_int_equal(kit_run(&out, "openssl", "x509", "-engine", "gost", "-in", kit_path(k.dir, "leaf.pem"),
	                         "-noout", "-text", "-nameopt", "sep_multiline,utf8,esc_ctrl", NULL),
	        0);
	has(&out, lines);
	tg_buf_finish(&out);
}

static void certtool_reads(const char *const *lines)
{
	struct tg_buf out = TG_BUF_INIT;
	assert_int_equal(kit_run(&out, "certtool", "-i", "--infile", kit_path(k.dir, "leaf.pem"), NULL), 0);
	has(&out, lines);
	tg_buf_finish(&out);
}

struct made {
	const char *profile, *algorithm, *conditions;
	const char *openssl[16], *gnutls[12];
};
#define SUBJECT                                                                                                        \
	"Subject:\n            CN=ТӨЛЕГЕНОВ НҰРЛАН\n            SN=ТӨЛЕГЕНОВ\n            "    \
	"serialNumber=IIN850101400001\n"                                                                               \
	"            C=KZ\n            O=«АЛАТАУ ЖАРЫҚ» ЖШС\n            OU=BIN960240000015\n            GN=ӘЛИҰЛЫ\n"
#define TREASURY                                                                                                               \
	"Subject:\n            DC=ROLE01\n            CN=ТӨЛЕГЕНОВ НҰРЛАН\n            SN=ТӨЛЕГЕНОВ\n" \
	"            serialNumber=IIN850101400001\n            C=KZ\n            O=«АЛАТАУ ЖАРЫҚ» ЖШС\n"       \
	"            OU=BIN960240000015\n            businessCategory=KS01234\n            GN=ӘЛИҰЛЫ\n"
#define SIGN_USE "Key Usage: critical\n                Digital Signature, Non Repudiation\n"
#define AUTH_USE "Key Usage: critical\n                Digital Signature, Key Encipherment\n"
#define YEAR     "Not Before: Nov 18 10:56:40 2026 GMT\n            Not After : Nov 18 10:56:40 2027 GMT"
#define COMMON   "email:n.tolegenov@example.kz", "1.2.398.3.3.5", YEAR
static const struct made all[] = {
        {"nca-entity-sign", "gost2001", "role-head",
                {SUBJECT, SIGN_USE, "E-mail Protection, 1.2.398.3.3.4.1.2, 1.2.398.3.3.4.1.2.1\n",
                        "Policy: 1.2.398.3.3.2.1\n", "GOST R 34.10-2012 with GOST R 34.11-2012 (512 bit)",
                        "Public Key Algorithm: GOST R 34.10-2001", COMMON},
                {"Email protection.", "Digital signature.", "Non repudiation.", "1.2.398.3.3.2.1"}},
        {"nca-entity-sign", "gost2012-512", "represented role-finance",
                {SUBJECT, SIGN_USE, "E-mail Protection, 1.2.398.3.3.4.1.2, 1.2.398.3.3.4.1.2.3\n",
                        "GOST R 34.10-2012 with 512 bit modulus", COMMON},
                {"Digital signature.", "1.2.398.3.3.4.1.2.3"}},
        {"nca-entity-auth", NULL, "role-signer role-hr",
                {SUBJECT, AUTH_USE,
                        "TLS Web Client Authentication, 1.2.398.3.3.4.1.2, 1.2.398.3.3.4.1.2.2, "
                        "1.2.398.3.3.4.1.2.4\n",
                        "Policy: 1.2.398.3.3.2.2\n", "Signature Algorithm: sha256WithRSAEncryption",
                        "Public-Key: (2048 bit)", "Exponent: 65537", COMMON},
                {"TLS WWW Client.", "1.2.398.3.3.4.1.2.2", "1.2.398.3.3.4.1.2.4", "Key encipherment.", "RSA-SHA256",
                        "n.tolegenov@example.kz", "ТӨЛЕГЕНОВ НҰРЛАН", "IIN850101400001", "BIN960240000015"}},
        {"nca-entity-auth", NULL, "role-employee",
                {"TLS Web Client Authentication, 1.2.398.3.3.4.1.2, 1.2.398.3.3.4.1.2.5\n"}, {"1.2.398.3.3.4.1.2.5"}},
        {"nca-entity-auth", NULL, NULL, /* no right is given that the application does not name */
                {"TLS Web Client Authentication, 1.2.398.3.3.4.1.2\n"}, {"1.2.398.3.3.4.1.2\n"}},
        {"nca-treasury-sign", "gost2001", "role-head",
                {TREASURY, SIGN_USE, "E-mail Protection, 1.2.398.3.3.4.1.2, 1.2.398.5.19.1.2.2.1\n",
                        "Policy: 1.2.398.5.19.1.2.2.1.2\n", COMMON},
                {"1.2.398.5.19.1.2.2.1"}},
        {"nca-treasury-auth", NULL, NULL,
                {TREASURY, AUTH_USE, "TLS Web Client Authentication, 1.2.398.3.3.4.1.2, 1.2.398.5.19.1.2.2.1\n",
                        "Policy: 1.2.398.5.19.1.2.2.1.3\n", COMMON},
                {"ROLE01", "KS01234", "1.2.398.5.19.1.2.2.1"}},
        {"nca-individual-sign", NULL, NULL,
                {"SN=ТӨЛЕГЕНОВ\n            serialNumber=IIN850101400001\n            C=KZ\n            GN=ӘЛИҰЛЫ\n",
                        SIGN_USE, "E-mail Protection, 1.2.398.3.3.4.1.1\n", COMMON},
                {"Email protection."}},
        {"nca-individual-auth", NULL, NULL, {AUTH_USE, "TLS Web Client Authentication, 1.2.398.3.3.4.1.1\n", COMMON},
                {"TLS WWW Client."}},
        {"nca-sim-sign", "gost2001", NULL,
                {SIGN_USE, "E-mail Protection, 1.2.398.3.3.4.1.1\n", "Policy: 1.2.398.3.3.2.3\n", YEAR},
                {"Email protection."}},
};

static void c4_each_profile_read_by_others(void **state)
{
	(void)state;
	assert_int_equal(tg_gost_load(NULL), TG_OK);
	for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
		struct run r;
		begin(&r, all[i].algorithm == NULL ? NULL : kit_gost(all[i].algorithm));
		const struct kit_request q = {.number = kit_number(20),
		        .profile = all[i].profile,
		        .storage =
		                strcmp(all[i].profile, "nca-sim-sign") == 0 ? "1.2.398.3.3.5.2.7" : "1.2.398.3.3.5.2.1",
		        .person = &clerk,
		        .key = r.key};
		kit_applies(&k, kit_number(20), TG_CA_ACCEPTED, all[i].conditions, &clerk);
		ask(&r, &q);
		expect(&r, TG_OK);
		openssl_reads(kit_bytes(&r.result.certificate), all[i].openssl);
		certtool_reads(all[i].gnutls);
		assert_int_equal(tg_pki_lint(k.profiles, all[i].profile, kit_bytes(&r.result.certificate),
		                         (struct tg_bytes){0}, false, &r.err),
		        TG_OK);
		run_finish(&r);
	}
}

/* RFC 5280: at most 64 characters. The number says which organisation it is. */
static void nca_a2_a_long_name_is_cut_at_a_word(void **state)
{
	(void)state;
	struct kit_person p = clerk;
	struct run r;
	begin(&r, NULL);
	p.organisation = "«Қазақстан Республикасының Ұлттық экономика министрлігінің орталығы» мемлекеттік мекемесі";
	const struct kit_request q = {
	        .number = kit_number(21), .profile = "nca-entity-auth", .person = &p, .key = r.key};
	kit_applies(&k, kit_number(21), TG_CA_ACCEPTED, NULL, &p);
	ask(&r, &q);
	expect(&r, TG_OK);
	openssl_reads(kit_bytes(&r.result.certificate),
	        (const char *const[]){"O=«ҚАЗАҚСТАН РЕСПУБЛИКАСЫНЫҢ ҰЛТТЫҚ ЭКОНОМИКА МИНИСТРЛІГІНІҢ\n", NULL});
	run_finish(&r);
}

/* --- NCA-9.R: the holder's own and nobody else's */
static void issue_for(unsigned number, const char *profile, char serial[48])
{
	struct run r;
	begin(&r, NULL);
	const struct kit_request q = {.number = kit_number(number), .profile = profile, .person = &clerk, .key = r.key};
	kit_applies(&k, kit_number(number), TG_CA_ACCEPTED, NULL, &clerk);
	ask(&r, &q);
	expect(&r, TG_OK);
	(void)tg_copy(serial, 48, r.result.serial);
	run_finish(&r);
}

static enum tg_status revoke(const char *serial, const char *iin, const char *bin)
{
	struct tg_error err = {0};
	return tg_ca_revoke_for(k.ca, serial, iin, bin, 0, "", &err);
}

static void nca_a7_a_person_revokes_own_certificates(void **state)
{
	(void)state;
	char serial[48];
	issue_for(22, "nca-individual-auth", serial);
	assert_int_equal(revoke(serial, "900707300123", NULL), TG_CERT_OTHER_PERSON);
	assert_int_equal(revoke(serial, clerk.iin, clerk.bin), TG_CERT_OTHER_PERSON);
	assert_int_equal(revoke(serial, "", ""), TG_CERT_OTHER_PERSON);
	assert_int_equal(revoke(serial, NULL, clerk.bin), TG_CERT_OTHER_PERSON);
	assert_int_equal(revoke("0123456789abcdef", clerk.iin, NULL), TG_NOT_FOUND);
	assert_int_equal(revoke("", clerk.iin, NULL), TG_NOT_FOUND);
	assert_int_equal(revoke("00:00", clerk.iin, NULL), TG_NOT_FOUND);
	assert_int_equal(revoke("not a serial", clerk.iin, NULL), TG_NOT_FOUND);
	assert_int_equal(state_of(serial), TG_CA_VALID);
	assert_int_equal(revoke(serial, clerk.iin, ""), TG_OK);
	assert_int_equal(state_of(serial), TG_CA_REVOKED);
	assert_int_equal(revoke(serial, clerk.iin, ""), TG_INVALID);
}

static void nca_a8_an_organisation_revokes_its_own(void **state)
{
	(void)state;
	char serial[48], typed[160] = "00 ";
	issue_for(23, "nca-entity-auth", serial);
	assert_int_equal(revoke(serial, clerk.iin, NULL), TG_CERT_OTHER_PERSON); /* A7 is not for it */
	assert_int_equal(revoke(serial, clerk.iin, "980540000397"), TG_CERT_OTHER_PERSON);
	assert_int_equal(revoke(serial, "900707300123", clerk.bin), TG_CERT_OTHER_PERSON);
	assert_int_equal(state_of(serial), TG_CA_VALID);
	size_t n = strlen(typed);
	for (size_t i = 0; serial[i] != '\0'; i++) {
		typed[n++] = (char)(serial[i] >= 'a' ? serial[i] - 'a' + 'A' : serial[i]);
		if (i % 2 == 1)
			typed[n++] = ':';
	}
	assert_int_equal(revoke(typed, NULL, clerk.bin), TG_OK); /* as a person copies it from another program */
	assert_int_equal(state_of(serial), TG_CA_REVOKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nca9_nothing_before_the_decision),
	        cmocka_unit_test(nca9_a_replica_that_is_down_issues_nothing),
	        cmocka_unit_test(nca9_for_nobody_else),
	        cmocka_unit_test(nca9_an_accepted_application_once_more),
	        cmocka_unit_test(k4_nothing_for_somebody_who_is_not_identified),
	        cmocka_unit_test(k4_who_is_identified_gets_both),
	        cmocka_unit_test(k14_a_renewal_is_identified_by_the_old_key),
	        cmocka_unit_test(dos4_nothing_from_afar_for_whoever_has_changed),
	        cmocka_unit_test(k14_renewal_of_an_entity),
	        cmocka_unit_test(dos_6_nothing_is_issued_for_a_wrong_number_of_companies),
	        cmocka_unit_test(c4_each_profile_read_by_others),
	        cmocka_unit_test(nca_a2_a_long_name_is_cut_at_a_word),
	        cmocka_unit_test(nca9_again_no_key_but_a_signed_one),
	        cmocka_unit_test(nca_a7_a_person_revokes_own_certificates),
	        cmocka_unit_test(nca_a8_an_organisation_revokes_its_own),
	};
	return cmocka_run_group_tests(tests, run_start, run_end);
}
