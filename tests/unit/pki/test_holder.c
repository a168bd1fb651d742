/* K-14, DOS-3: renewal (kur) and revocation (rr) that the holder's own key protects, RSA and GOST: our client against
 * our CA, and `openssl cmp`, a client that is not ours, against our CA. Our client against openssl's server is in
 * test_interop.c. */
#include "cmp_rewrite.h"
#include "der.h"
#include "run.h"

#include "tamga/gost.h"
#include <arpa/inet.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <unistd.h>

#define DAY_MS INT64_C(86400000)

/* --- A holder: certificate and key */
struct holder {
	struct tg_buf certificate;
	EVP_PKEY *key;
	char serial[48];
	const char *profile;
	unsigned signatures;
	EVP_PKEY *other_from; /* signs from the second message on; NULL: the same key all the time */
};

static enum tg_status sign(
        void *ctx, struct tg_bytes message, struct tg_buf *signature, struct tg_buf *algorithm, struct tg_error *err)
{
	static const uint8_t sha256_rsa[] = {
	        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00};
	struct holder *h = ctx;
	struct tg_buf spki = TG_BUF_INIT;
	uint8_t bytes[512];
	size_t n = sizeof bytes;
	(void)err;
	EVP_PKEY *key = h->signatures++ > 0 && h->other_from != NULL ? h->other_from : h->key;
	kit_spki(h->key, &spki);
	const struct tg_gost *g = tg_gost_of_spki(kit_bytes(&spki));
	tg_buf_finish(&spki);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	const EVP_MD *md = g == NULL ? EVP_sha256() : EVP_get_digestbynid(g->hash_nid);
	assert_int_equal(EVP_DigestSignInit(c, NULL, md, NULL, key), 1);
	assert_int_equal(EVP_DigestSign(c, bytes, &n, message.data, message.len), 1);
	EVP_MD_CTX_free(c);
	tg_buf_add(signature, bytes, n);
	if (g != NULL)
		return tg_gost_signature_algorithm(g, algorithm);
	tg_buf_add(algorithm, sha256_rsa, sizeof sha256_rsa);
	return TG_OK;
}

static EVP_PKEY *key_of(const char *algorithm)
{
	return strcmp(algorithm, "rsa-2048") == 0 ? kit_rsa() : kit_gost(algorithm);
}

static const struct kit_person *person_of(const char *profile)
{
	return strncmp(profile, "kg-", 3) == 0 ? &kit_head : &kit_aigul;
}

static void holder_init(struct holder *h, unsigned number, const char *algorithm, const char *profile)
{
	struct run r;
	memset(h, 0, sizeof *h);
	run_init(&r);
	h->key = key_of(algorithm);
	h->profile = profile;
	const struct kit_request q = {
	        .number = kit_number(number), .profile = profile, .person = person_of(profile), .key = h->key};
	tg_buf_reset(&r.spki);
	kit_spki(h->key, &r.spki);
	kit_crmf(&k, &q, &r.crmf);
	expect(&r, TG_OK);
	tg_buf_add(&h->certificate, r.result.certificate.data, r.result.certificate.len);
	(void)tg_copy(h->serial, sizeof h->serial, r.result.serial);
	run_finish(&r);
}

static void holder_finish(struct holder *h)
{
	tg_buf_finish(&h->certificate);
	EVP_PKEY_free(h->key);
}

/* --- A renewal */
struct renewal {
	struct run r;
	struct tg_cmp_signer signer;
	const char *profile;             /* in regInfo */
	const struct kit_person *person; /* NULL: the holder's */
	struct tg_buf old;               /* the certificate that is said to be renewed; empty: the holder's */
};

static void renewal_init(struct renewal *n, struct holder *h)
{
	memset(n, 0, sizeof *n);
	run_init(&n->r);
	n->signer = (struct tg_cmp_signer){sign, kit_bytes(&h->certificate), h};
	n->r.config.cert_pem = n->r.config.key_pem = NULL;
	n->r.config.signer = &n->signer;
	n->profile = "as-old";
	h->signatures = 0;
}

static void renewal_finish(struct renewal *n)
{
	tg_buf_finish(&n->old);
	run_finish(&n->r);
}

static enum tg_status renew(struct renewal *n, struct holder *h, EVP_PKEY *key, unsigned number)
{
	struct tg_cmp_transport t = kit_wire_port(&n->r.wire);
	const struct kit_request q = {.number = kit_number(number),
	        .profile = h->profile,
	        .reg_profile = n->profile,
	        .person = n->person != NULL ? n->person : person_of(h->profile),
	        .key = key};
	tg_buf_reset(&n->r.spki);
	kit_spki(key, &n->r.spki);
	kit_crmf(&k, &q, &n->r.crmf);
	tg_cmp_result_finish(&n->r.result);
	struct tg_bytes old = n->old.len > 0 ? kit_bytes(&n->old) : kit_bytes(&h->certificate);
	return tg_cmp_renew(&n->r.config, &t, "renew", old, kit_bytes(&n->r.crmf), kit_bytes(&n->r.spki), NULL, NULL,
	        &n->r.result, &n->r.err);
}

static void expect_renewed(struct renewal *n, enum tg_status got)
{
	if (got != TG_OK)
		print_error("%s: %s / server: %s\n", tg_status_name(got), n->r.err.detail, n->r.wire.server.detail);
	assert_int_equal(got, TG_OK);
}

static void expect_refused(struct renewal *n, enum tg_status got, const char *why)
{
	if (got == TG_OK || strstr(n->r.wire.server.detail, why) == NULL)
		print_error("%s: %s, not: %s\n", tg_status_name(got), n->r.wire.server.detail, why);
	assert_int_not_equal(got, TG_OK);
	assert_non_null(strstr(n->r.wire.server.detail, why));
	assert_int_equal(n->r.result.certificate.len, 0);
	expect_nothing_issued(&n->r);
}

static void near_the_end(void)
{
	k.time.wall_ms += 335 * DAY_MS;
}

static void back_again(void)
{
	k.time.wall_ms -= 335 * DAY_MS;
}

static const struct {
	const char *algorithm, *profile;
} kinds[] = {{"rsa-2048", "kg-dostek-head"}, {"gost2001", "kg-dostek-head-gost"},
        {"gost2012-256", "kg-dostek-accountant-gost"}, {"gost2012-512", "kg-dostek-head-gost"}};
#define N_KINDS (sizeof kinds / sizeof *kinds)

/* The new certificate has name, profile and issuer of the old one; the old one stays in force to its end. */
static void k14_the_old_key_renews(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_KINDS; i++) {
		struct holder h;
		struct renewal n;
		struct tg_certificate_facts old, new;
		struct tg_ca_record record = {0};
		holder_init(&h, 300 + i, kinds[i].algorithm, kinds[i].profile);
		near_the_end();
		renewal_init(&n, &h);
		EVP_PKEY *key = key_of(kinds[i].algorithm);
		expect_renewed(&n, renew(&n, &h, key, 310 + i));
		assert_int_equal(h.signatures, 2); /* kur and certConf */
		assert_int_equal(tg_pki_certificate_facts(kit_bytes(&h.certificate), &old, &n.r.err), TG_OK);
		assert_int_equal(tg_pki_certificate_facts(kit_bytes(&n.r.result.certificate), &new, &n.r.err), TG_OK);
		assert_string_equal(new.common_name, old.common_name);
		assert_string_equal(new.issuer, old.issuer);
		assert_string_equal(new.algorithm, kinds[i].algorithm);
		assert_true(new.until_ms > old.until_ms);
		assert_int_equal(state_of(h.serial), TG_CA_VALID);
		assert_int_equal(state_of(n.r.result.serial), TG_CA_VALID);
		assert_int_equal(known_key(&n.r, &record), TG_OK);
		assert_string_equal(record.profile, kinds[i].profile);
		assert_string_equal(record.kiosk, "K01A-1"); /* who brought it */
		tg_ca_record_finish(&record);
		back_again();
		EVP_PKEY_free(key);
		renewal_finish(&n);
		holder_finish(&h);
	}
}

static void k14_what_is_refused(void **state)
{
	(void)state;
	struct holder h, other;
	struct renewal n;
	struct kit_person stranger = kit_head;
	stranger.name = "Азамат";
	holder_init(&h, 320, "rsa-2048", "kg-dostek-head");
	holder_init(&other, 321, "rsa-2048", "kg-dostek-accountant");
	EVP_PKEY *key = kit_rsa();
	renewal_init(&n, &h);
	expect_refused(&n, renew(&n, &h, key, 322), "in force for more than 60 days");
	near_the_end();
	n.profile = "kg-dostek-accountant";
	expect_refused(&n, renew(&n, &h, key, 322), "another profile");
	n.profile = "as-old";
	n.person = &stranger;
	expect_refused(&n, renew(&n, &h, key, 322), "another name");
	n.person = NULL;
	/* Not through a kiosk. */
	n.r.wire.peer = NULL;
	expect_refused(&n, renew(&n, &h, key, 322), "through an enrolled kiosk only");
	n.r.wire.peer = "K01A-1";
	/* Another key than the certificate's. */
	EVP_PKEY *own = h.key;
	h.key = other.key;
	expect_refused(&n, renew(&n, &h, key, 322), "does not fit");
	h.key = own;
	/* The key of the other family. */
	EVP_PKEY *gost = kit_gost("gost2012-256");
	expect_refused(&n, renew(&n, &h, gost, 322), "rfc3279-key-rsa");
	EVP_PKEY_free(gost);
	/* After its end. */
	k.time.wall_ms += 40 * DAY_MS;
	expect_refused(&n, renew(&n, &h, key, 322), "out of its time");
	k.time.wall_ms -= 40 * DAY_MS;
	/* Revoked. */
	assert_int_equal(tg_ca_revoke(k.ca, h.serial, 1, "", &n.r.err), TG_OK);
	expect_refused(&n, renew(&n, &h, key, 322), "was revoked");
	back_again();
	EVP_PKEY_free(key);
	renewal_finish(&n);
	holder_finish(&other);
	holder_finish(&h);
}

static void k14_the_old_key_is_no_new_key(void **state)
{
	(void)state;
	struct holder h;
	struct renewal n;
	holder_init(&h, 330, "gost2012-256", "kg-dostek-head-gost");
	near_the_end();
	renewal_init(&n, &h);
	assert_int_equal(renew(&n, &h, h.key, 331), TG_CA_REFUSED);
	assert_non_null(strstr(n.r.wire.server.detail, "for the old key"));
	back_again();
	renewal_finish(&n);
	holder_finish(&h);
}

/* A certificate that was never confirmed, or that is not in the register, speaks for nobody. */
static void k14_only_certificates_that_were_delivered(void **state)
{
	(void)state;
	struct holder h;
	struct renewal n;
	holder_init(&h, 340, "rsa-2048", "kg-dostek-head");
	near_the_end();
	renewal_init(&n, &h);
	EVP_PKEY *key = kit_rsa();
	assert_int_equal(k.store.set_state(k.store.ctx, h.serial, TG_CA_UNCONFIRMED, -1, 0, ""), TG_OK);
	expect_refused(&n, renew(&n, &h, key, 341), "never confirmed");
	assert_int_equal(k.store.set_state(k.store.ctx, h.serial, TG_CA_VALID, -1, 0, ""), TG_OK);
	/* One byte of the signature of the certificate itself: the register has another one. */
	h.certificate.data[h.certificate.len - 1] ^= 1;
	n.signer.certificate = kit_bytes(&h.certificate);
	expect_refused(&n, renew(&n, &h, key, 341), "the register has another certificate");
	back_again();
	EVP_PKEY_free(key);
	renewal_finish(&n);
	holder_finish(&h);
}

/* The certConf after a holder's kur needs the holder's key again; without it the certificate is not in force. */
static void k14_confirmation_by_another_key(void **state)
{
	(void)state;
	struct holder h;
	struct renewal n;
	struct tg_ca_record record = {0};
	holder_init(&h, 350, "rsa-2048", "kg-dostek-head");
	near_the_end();
	renewal_init(&n, &h);
	EVP_PKEY *key = kit_rsa();
	h.other_from = key;
	assert_int_not_equal(renew(&n, &h, key, 351), TG_OK);
	assert_int_equal(known_key(&n.r, &record), TG_OK);
	assert_int_equal(record.state, TG_CA_UNCONFIRMED);
	tg_ca_record_finish(&record);
	/* Asked again with the right key: the same certificate, now confirmed. */
	h.other_from = NULL;
	expect_renewed(&n, renew(&n, &h, key, 351));
	assert_int_equal(state_of(n.r.result.serial), TG_CA_VALID);
	back_again();
	EVP_PKEY_free(key);
	renewal_finish(&n);
	holder_finish(&h);
}

/* Any byte of a holder's message changed under way: no certificate. */
static void k14_flipped_bytes_of_the_request(void **state)
{
	(void)state;
	struct holder h;
	struct renewal n;
	struct tg_buf answer = TG_BUF_INIT;
	struct tg_error err;
	holder_init(&h, 360, "gost2012-256", "kg-dostek-head-gost");
	near_the_end();
	renewal_init(&n, &h);
	EVP_PKEY *key = kit_gost("gost2012-256");
	n.r.wire.fail_at = 1;
	n.r.wire.fail_with = TG_TIMEOUT;
	assert_int_equal(renew(&n, &h, key, 361), TG_TIMEOUT); /* made, kept, never sent */
	struct tg_buf *m = &n.r.wire.last_request;
	size_t body_and_header = m->len - h.certificate.len; /* behind it only the certificate: part of the proof too */
	for (size_t at = 0; at < m->len; at += at < body_and_header ? 7 : 41) {
		m->data[at] ^= 0x20;
		tg_buf_reset(&answer);
		enum tg_status status = tg_ca_cmp(k.ca, "K01A-1", kit_bytes(m), &answer, &err);
		assert_true(status == TG_INVALID || (status == TG_OK && err.status != TG_OK));
		expect_nothing_issued(&n.r);
		m->data[at] ^= 0x20;
	}
	tg_buf_reset(&answer);
	assert_int_equal(tg_ca_cmp(k.ca, "K01A-1", kit_bytes(m), &answer, &err), TG_OK);
	assert_int_equal(err.status, TG_OK);
	struct tg_ca_record record = {0};
	assert_int_equal(known_key(&n.r, &record), TG_OK); /* unchanged it is good */
	tg_ca_record_finish(&record);
	back_again();
	tg_buf_finish(&answer);
	EVP_PKEY_free(key);
	renewal_finish(&n);
	holder_finish(&h);
}

static void k14_a_holder_revokes_the_own_certificate_only(void **state)
{
	(void)state;
	struct holder h, other;
	struct renewal n;
	holder_init(&h, 370, "gost2001", "nca-sim-sign");
	holder_init(&other, 371, "rsa-2048", "kg-dostek-head");
	renewal_init(&n, &h);
	struct tg_cmp_transport t = kit_wire_port(&n.r.wire);
	assert_int_equal(
	        tg_cmp_revoke(&n.r.config, &t, "revoke", kit_bytes(&other.certificate), 1, &n.r.err), TG_CA_REFUSED);
	assert_int_equal(state_of(other.serial), TG_CA_VALID);
	enum tg_status status = tg_cmp_revoke(&n.r.config, &t, "revoke", kit_bytes(&h.certificate), 1, &n.r.err);
	if (status != TG_OK)
		print_error("%s / %s\n", n.r.err.detail, n.r.wire.server.detail);
	assert_int_equal(status, TG_OK);
	assert_int_equal(state_of(h.serial), TG_CA_REVOKED);
	renewal_finish(&n);
	holder_finish(&other);
	holder_finish(&h);
}

/* A holder's key does not ask for first certificates: the same request under the tag of an ir, protected anew. */
static void k14_a_holder_enrols_nobody(void **state)
{
	(void)state;
	struct holder h;
	struct renewal n;
	struct tg_cmp_peek peek;
	struct tg_buf message = TG_BUF_INIT, answer = TG_BUF_INIT;
	struct tg_error err;
	holder_init(&h, 380, "rsa-2048", "kg-dostek-head");
	near_the_end();
	renewal_init(&n, &h);
	EVP_PKEY *key = kit_rsa();
	n.r.wire.fail_at = 1;
	n.r.wire.fail_with = TG_TIMEOUT;
	assert_int_equal(renew(&n, &h, key, 381), TG_TIMEOUT);
	struct tg_buf *m = &n.r.wire.last_request;
	assert_true(tg_cmp_peek(kit_bytes(m), &peek));
	m->data[peek.body.data - m->data] = 0xa0;
	assert_int_equal(tg_cmp_protect(&n.signer, kit_bytes(m), &message, &err), TG_OK);
	assert_int_equal(tg_ca_cmp(k.ca, "K01A-1", kit_bytes(&message), &answer, &err), TG_OK);
	assert_non_null(strstr(err.detail, "renewals and revocations only"));
	expect_nothing_issued(&n.r);
	back_again();
	EVP_PKEY_free(key);
	tg_buf_finish(&message);
	tg_buf_finish(&answer);
	renewal_finish(&n);
	holder_finish(&h);
}

/* --- `openssl cmp -cmd kur` against our CA: HTTP as small as can be, in a thread of this program */
struct http {
	int fd, port;
	unsigned requests;
	struct tg_error said;
};

static void answer_one(struct http *h, int fd)
{
	char in[65536];
	size_t n = 0, head = 0;
	unsigned long len = 0;
	ssize_t got = 1;
	while (got > 0 && (head == 0 || n < head + len)) {
		got = read(fd, in + n, sizeof in - 1 - n);
		n += got > 0 ? (size_t)got : 0;
		in[n] = '\0';
		const char *end = memmem(in, n, "\r\n\r\n", 4), *length = strcasestr(in, "content-length:");
		if (head == 0 && end != NULL && length != NULL) {
			head = (size_t)(end - in) + 4;
			len = strtoul(length + 15, NULL, 10);
		}
	}
	struct tg_buf out = TG_BUF_INIT, answer = TG_BUF_INIT;
	struct tg_error err;
	if (head > 0 && n >= head + len &&
	        tg_ca_cmp(k.ca, "K01A-1", (struct tg_bytes){(uint8_t *)in + head, len}, &answer, &err) == TG_OK) {
		h->requests++;
		if (err.status != TG_OK)
			h->said = err;
		tg_buf_addf(&out, "HTTP/1.0 200 OK\r\nContent-Type: application/pkixcmp\r\nContent-Length: %zu\r\n\r\n",
		        answer.len);
		tg_buf_add(&out, answer.data, answer.len);
		(void)!write(fd, out.data, out.len);
	}
	tg_buf_finish(&answer);
	tg_buf_finish(&out);
}

static void *serve(void *ctx)
{
	struct http *h = ctx;
	int fd;
	while ((fd = accept(h->fd, NULL, NULL)) >= 0) {
		answer_one(h, fd);
		(void)close(fd);
	}
	return NULL;
}

static void listen_on_loopback(struct http *h)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	memset(h, 0, sizeof *h);
	h->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(h->fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(h->fd, 4), 0);
	assert_int_equal(getsockname(h->fd, (struct sockaddr *)&a, &n), 0);
	h->port = ntohs(a.sin_port);
}

static void write_holder(const struct holder *h, const char *cert, const char *key)
{
	X509 *x = kit_x509(kit_bytes(&h->certificate));
	FILE *f = fopen(cert, "we");
	assert_int_equal(PEM_write_X509(f, x), 1);
	assert_int_equal(fclose(f), 0);
	f = fopen(key, "we");
	assert_int_equal(PEM_write_PrivateKey(f, h->key, NULL, NULL, 0, NULL, NULL), 1);
	assert_int_equal(fclose(f), 0);
	X509_free(x);
}

static int openssl_kur(
        const struct http *s, const char *cert, const char *key, const char *new_key, const char *out, bool may_fail)
{
	char server[32], at[32];
	struct tg_buf said = TG_BUF_INIT;
	(void)snprintf(server, sizeof server, "127.0.0.1:%d", s->port);
	(void)snprintf(at, sizeof at, "%lld", (long long)(k.time.wall_ms / 1000));
	int code = kit_run(&said, "openssl", "cmp", "-cmd", "kur", "-server", server, "-path", "pkix/", "-oldcert",
	        cert, "-cert", cert, "-key", key, "-newkey", new_key, "-trusted", k.trust, "-attime", at, "-certout",
	        out, "-no_proxy", "*", "-msg_timeout", "20", NULL);
	if (code != 0 && !may_fail)
		print_message("%s\n", tg_buf_str(&said));
	tg_buf_finish(&said);
	return code;
}

static void k14_openssl_renews_here(void **state)
{
	(void)state;
	struct holder h, other;
	struct http s;
	pthread_t thread;
	struct tg_buf pem = TG_BUF_INIT;
	holder_init(&h, 390, "rsa-2048", "kg-dostek-head");
	holder_init(&other, 391, "rsa-2048", "kg-dostek-accountant");
	near_the_end();
	listen_on_loopback(&s);
	assert_int_equal(pthread_create(&thread, NULL, serve, &s), 0);
	const char *cert = kit_path(k.dir, "old.pem"), *key = kit_path(k.dir, "old.key"),
	           *new_key = kit_path(k.dir, "new.key"), *out = kit_path(k.dir, "new.pem");
	write_holder(&other, cert, new_key); /* for its key file alone */
	write_holder(&h, cert, key);
	EVP_PKEY *fresh = kit_rsa(), *kept = h.key;
	h.key = fresh;
	write_holder(&h, cert, new_key);
	assert_int_equal(openssl_kur(&s, cert, key, new_key, out, false), 0);
	assert_int_equal(s.requests, 2); /* kur, certConf */
	kit_read(out, &pem);
	BIO *in = BIO_new_mem_buf(pem.data, (int)pem.len);
	X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL), *old = kit_x509(kit_bytes(&h.certificate));
	assert_non_null(x);
	assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(x), fresh), 1);
	assert_int_equal(X509_NAME_cmp(X509_get_subject_name(x), X509_get_subject_name(old)), 0);
	assert_int_equal(state_of(h.serial), TG_CA_VALID);
	/* Once more after the old one was revoked. */
	struct tg_error err;
	assert_int_equal(tg_ca_revoke(k.ca, h.serial, 4, "", &err), TG_OK);
	assert_int_not_equal(openssl_kur(&s, cert, key, new_key, out, true), 0);
	assert_non_null(strstr(s.said.detail, "was revoked"));
	(void)shutdown(s.fd, SHUT_RDWR);
	(void)close(s.fd);
	assert_int_equal(pthread_join(thread, NULL), 0);
	back_again();
	X509_free(x);
	X509_free(old);
	BIO_free(in);
	tg_buf_finish(&pem);
	h.key = kept;
	EVP_PKEY_free(fresh);
	holder_finish(&other);
	holder_finish(&h);
}

int main(void)
{
	struct tg_error err;
	if (tg_gost_load(&err) != TG_OK) {
		print_error("skipped: %s\n", err.detail);
		return 77;
	}
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(k14_what_is_refused),
	        cmocka_unit_test(k14_the_old_key_is_no_new_key),
	        cmocka_unit_test(k14_only_certificates_that_were_delivered),
	        cmocka_unit_test(k14_confirmation_by_another_key),
	        cmocka_unit_test(k14_flipped_bytes_of_the_request),
	        cmocka_unit_test(k14_a_holder_revokes_the_own_certificate_only),
	        cmocka_unit_test(k14_a_holder_enrols_nobody),
	        cmocka_unit_test(k14_the_old_key_renews),
	        cmocka_unit_test(k14_openssl_renews_here),
	};
	return cmocka_run_group_tests(tests, run_start, run_end);
}
