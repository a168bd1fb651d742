#include "chain.h"
#include "channel_key.h"
#include "cmp_message.h"
#include "cmp_names.h"
#include "cmp_rewrite.h"
#include "ossl.h"

#include "tamga/file.h"
#include "tamga/gost.h"
#include "tamga/secret.h"
#include "tamga/text.h"
#include <openssl/cmp.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#define ANSWER_MAX      (256u * 1024u)
#define MESSAGE_MS      30000
#define TOTAL_FACTOR    4
#define SECRET_FILE_MAX 4096

/* One transaction. OpenSSL calls back with `ctx` only: what the callbacks saw is kept here. */
struct exchange {
	const struct tg_cmp_config *config;
	const struct tg_cmp_transport *transport;
	const char *endpoint;
	struct tg_bytes spki;
	struct tg_buf own_spki; /* of a PKCS#10: what `spki` points to */
	tg_cmp_received *received;
	void *received_ctx;
	struct tg_cmp_result *result;
	OSSL_CMP_CTX *cmp;
	X509_STORE *trust;       /* for the new certificate; the CMP context owns another one for answers */
	enum tg_status transfer; /* of the last message */
	enum tg_status confirm;  /* what we thought of the certificate */
	struct tg_error why;     /* of whichever of the two failed */
};

static int64_t time_of(const struct tg_cmp_config *c)
{
	return c->clock == NULL ? 0 : c->clock->wall_ms(c->clock->ctx);
}

static int message_ms(const struct tg_cmp_config *c)
{
	return c->timeout_ms > 0 ? c->timeout_ms : MESSAGE_MS;
}

/* OpenSSL's messages go to no terminal of ours. */
static int quiet(const char *func, const char *file, int line, OSSL_CMP_severity level, const char *msg)
{
	(void)func, (void)file, (void)line, (void)level, (void)msg;
	return 1;
}

/* --- Messages */
/* As it goes on the wire: protected by the holder's own key where there is one. */
static enum tg_status finished(struct exchange *x, const OSSL_CMP_MSG *request, struct tg_buf *out)
{
	struct tg_buf plain = TG_BUF_INIT;
	if (x->config->signer == NULL)
		return tg_cmp_message_add(request, out);
	enum tg_status status = tg_cmp_message_add(request, &plain);
	if (status == TG_OK)
		status = tg_cmp_protect(x->config->signer, (struct tg_bytes){plain.data, plain.len}, out, &x->why);
	tg_buf_finish(&plain);
	return status;
}

static OSSL_CMP_MSG *transfer(OSSL_CMP_CTX *ctx, const OSSL_CMP_MSG *request)
{
	struct exchange *x = OSSL_CMP_CTX_get_transfer_cb_arg(ctx);
	struct tg_buf sent = TG_BUF_INIT, answer = TG_BUF_INIT;
	OSSL_CMP_MSG *msg = NULL;
	x->transfer = finished(x, request, &sent);
	if (x->transfer == TG_OK) {
		x->why.status = TG_OK;
		x->transfer = x->transport->exchange(x->transport->ctx, x->endpoint,
		        (struct tg_bytes){sent.data, sent.len}, &answer, message_ms(x->config), &x->why);
		if (x->transfer == TG_OK && (msg = tg_cmp_message_parse(answer.data, answer.len, ANSWER_MAX)) == NULL)
			x->transfer = tg_error_set(
			        &x->why, TG_CA_GARBAGE, "the answer of %zu bytes is not a CMP message", answer.len);
		else if (x->transfer != TG_OK && x->why.status == TG_OK)
			(void)tg_error_set(&x->why, x->transfer, "the message could not be exchanged");
	}
	tg_buf_finish(&sent);
	tg_buf_finish(&answer);
	return msg;
}

/* --- The new certificate, before certConf */
/* A GOST key can be written with or without its hash (RFC 9215 4.2), and a CA may write it its own way. */
static bool same_gost_key(struct tg_bytes spki, const X509 *cert)
{
	EVP_PKEY *asked = tg_gost_of_spki(spki) == NULL ? NULL : tg_spki_parse(spki), *got = X509_get0_pubkey(cert);
	bool same = asked != NULL && got != NULL && EVP_PKEY_eq(asked, got) == 1;
	EVP_PKEY_free(asked);
	ERR_clear_error();
	return same;
}

static enum tg_status check_key(const struct exchange *x, const X509 *cert, struct tg_error *err)
{
	struct tg_buf spki = TG_BUF_INIT;
	enum tg_status status = tg_x509_spki(cert, &spki);
	bool same = status == TG_OK && spki.len == x->spki.len && memcmp(spki.data, x->spki.data, spki.len) == 0;
	if (status == TG_OK && !same && !same_gost_key(x->spki, cert))
		status = tg_error_set(err, TG_CERT_MISMATCH, "the certificate is for another key");
	tg_buf_finish(&spki);
	return status;
}

/* It was made a moment ago, by the CA's clock: ours may be a little behind, and the exchange began earlier. */
#define CLOCK_BEHIND_S 300
static void judge_at(const struct exchange *x, const X509 *cert)
{
	time_t now = (time_t)(time_of(x->config) / 1000);
	int days = 0, seconds = 0;
	if (x->config->clock == NULL) /* OpenSSL's own time */
		return;
	ASN1_TIME *ours = ASN1_TIME_set(NULL, now);
	if (ours != NULL && ASN1_TIME_diff(&days, &seconds, ours, X509_get0_notBefore(cert)) == 1 && days == 0 &&
	        seconds > 0 && seconds <= CLOCK_BEHIND_S)
		now += seconds;
	ASN1_TIME_free(ours);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(x->trust), now);
}

static enum tg_status check_chain(const struct exchange *x, X509 *cert, struct tg_error *err)
{
	judge_at(x, cert);
	STACK_OF(X509) *extra = OSSL_CMP_CTX_get1_extraCertsIn(x->cmp), *ca = OSSL_CMP_CTX_get1_caPubs(x->cmp);
	STACK_OF(X509) *all = sk_X509_new_null();
	enum tg_status status = all == NULL ? TG_NO_MEMORY : TG_OK;
	for (int i = 0; i < sk_X509_num(extra) && status == TG_OK; i++)
		status = sk_X509_push(all, sk_X509_value(extra, i)) > 0 ? TG_OK : TG_NO_MEMORY;
	for (int i = 0; i < sk_X509_num(ca) && status == TG_OK; i++)
		status = sk_X509_push(all, sk_X509_value(ca, i)) > 0 ? TG_OK : TG_NO_MEMORY;
	if (status == TG_OK)
		status = tg_chain_verify(cert, all, x->trust, &x->result->chain, err);
	sk_X509_free(all);
	sk_X509_pop_free(extra, X509_free);
	sk_X509_pop_free(ca, X509_free);
	return status;
}

static enum tg_status look_at(struct exchange *x, X509 *cert, struct tg_error *err)
{
	struct tg_cmp_result *r = x->result;
	TG_TRY(check_key(x, cert, err));
	TG_TRY(check_chain(x, cert, err));
	TG_TRY(TG_DER_ADD(X509, cert, &r->certificate));
	if (!tg_serial_text(X509_get0_serialNumber(cert), r->serial, sizeof r->serial))
		return tg_error_set(err, TG_CERT_INVALID, "the serial number is too long");
	if (x->received == NULL)
		return TG_OK;
	enum tg_status status =
	        x->received((struct tg_bytes){r->certificate.data, r->certificate.len}, x->received_ctx);
	return status == TG_OK ? TG_OK : tg_error_set(err, status, "the certificate was not taken over");
}

/* 0 accepts; else PKIFailureInfo bits of the refusal. */
static int confirm(OSSL_CMP_CTX *ctx, X509 *cert, int fail_info, const char **text)
{
	struct exchange *x = OSSL_CMP_CTX_get_certConf_cb_arg(ctx);
	(void)fail_info; /* says that the key differs, which check_key sees too */
	x->confirm = look_at(x, cert, &x->why);
	if (x->confirm == TG_OK)
		return 0;
	*text = tg_status_name(x->confirm);
	return x->confirm == TG_CERT_MISMATCH || x->confirm == TG_CERT_INVALID
	               ? 1 << OSSL_CMP_PKIFAILUREINFO_incorrectData
	               : 1 << OSSL_CMP_PKIFAILUREINFO_systemFailure;
}

/* --- Setting up */
static enum tg_status set_secret(OSSL_CMP_CTX *cmp, const struct tg_cmp_config *c, struct tg_error *err)
{
	struct tg_buf secret = TG_BUF_INIT;
	bool read = tg_file_read(&secret, c->secret_file, SECRET_FILE_MAX, NULL) == TG_OK;
	size_t n = secret.len;
	while (n > 0 && (secret.data[n - 1] == '\n' || secret.data[n - 1] == '\r'))
		n--;
	bool ok = read && n > 0 && OSSL_CMP_CTX_set1_secretValue(cmp, secret.data, (int)n) == 1 &&
	          OSSL_CMP_CTX_set1_referenceValue(
	                  cmp, (const unsigned char *)c->secret_ref, (int)strlen(c->secret_ref)) == 1 &&
	          OSSL_CMP_CTX_set_option(cmp, OSSL_CMP_OPT_MAC_ALGNID, NID_hmacWithSHA256) == 1;
	tg_buf_wipe(&secret);
	return ok ? TG_OK
	          : tg_error_at(err, TG_CONFIG, c->secret_file, 0, 0,
	                    "the shared secret cannot be read, is empty or too long");
}

static enum tg_status set_signer(OSSL_CMP_CTX *cmp, const struct tg_cmp_config *c, struct tg_error *err)
{
	X509 *cert = tg_pem_cert(c->cert_pem, err);
	EVP_PKEY *key = cert == NULL ? NULL : tg_channel_key_load(c->key_pem, err);
	enum tg_status status = key == NULL ? TG_CONFIG : TG_OK;
	if (status == TG_OK && X509_check_private_key(cert, key) != 1)
		status = tg_error_at(err, TG_CONFIG, c->key_pem, 0, 0, "the key is not that of the certificate");
	if (status == TG_OK && (OSSL_CMP_CTX_set1_cert(cmp, cert) != 1 || OSSL_CMP_CTX_set1_pkey(cmp, key) != 1))
		status = tg_ossl_error(err, TG_CONFIG, "protection");
	EVP_PKEY_free(key);
	X509_free(cert);
	return status;
}

static enum tg_status set_recipient(OSSL_CMP_CTX *cmp, const char *text, struct tg_error *err)
{
	/* "/CN=name/O=name": the slash form that OpenSSL's tools take, without their escapes. */
	X509_NAME *name = X509_NAME_new();
	bool ok = name != NULL && text[0] == '/';
	while (ok && *text == '/') {
		char type[32];
		size_t k = strcspn(text + 1, "=");
		size_t v = text[1 + k] == '=' ? strcspn(text + 2 + k, "/") : 0;
		ok = v > 0 && v < 256 && k < sizeof type;
		if (ok) {
			memcpy(type, text + 1, k);
			type[k] = '\0';
			ok = X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, (const unsigned char *)text + 2 + k,
			             (int)v, -1, 0) == 1;
			text += 2 + k + v;
		}
	}
	ok = ok && OSSL_CMP_CTX_set1_recipient(cmp, name) == 1;
	X509_NAME_free(name);
	return ok ? TG_OK : tg_ossl_error(err, TG_CONFIG, "the CMP recipient is not written /CN=…");
}

static bool set_options(OSSL_CMP_CTX *cmp, struct exchange *x)
{
	int seconds = (message_ms(x->config) + 999) / 1000;
	return OSSL_CMP_CTX_set_log_cb(cmp, quiet) == 1 && OSSL_CMP_CTX_set_transfer_cb(cmp, transfer) == 1 &&
	       OSSL_CMP_CTX_set_transfer_cb_arg(cmp, x) == 1 && OSSL_CMP_CTX_set_certConf_cb(cmp, confirm) == 1 &&
	       OSSL_CMP_CTX_set_certConf_cb_arg(cmp, x) == 1 &&
	       OSSL_CMP_CTX_set_option(cmp, OSSL_CMP_OPT_MSG_TIMEOUT, seconds) == 1 &&
	       OSSL_CMP_CTX_set_option(cmp, OSSL_CMP_OPT_TOTAL_TIMEOUT, TOTAL_FACTOR * seconds) == 1 &&
	       OSSL_CMP_CTX_set_option(cmp, OSSL_CMP_OPT_DIGEST_ALGNID, NID_sha256) == 1 &&
	       OSSL_CMP_CTX_set_option(cmp, OSSL_CMP_OPT_IMPLICIT_CONFIRM, x->config->accept_implicit_confirm) == 1;
}

static enum tg_status begin(struct exchange *x, struct tg_error *err)
{
	const struct tg_cmp_config *c = x->config;
	TG_TRY(tg_pki_check_openssl(err));
	ERR_clear_error();
	/* Before anything is parsed: OpenSSL looks at a key once, and never again when it did not know it. */
	if (tg_gost_of_spki(x->spki) != NULL)
		TG_TRY(tg_gost_load(err));
	x->trust = tg_trust_store(c->trust_pem, time_of(c), err);
	X509_STORE *answers = x->trust == NULL ? NULL : tg_trust_store(c->trust_pem, time_of(c), err);
	if (answers == NULL)
		return TG_CONFIG;
	x->cmp = OSSL_CMP_CTX_new(NULL, NULL);
	if (x->cmp == NULL || OSSL_CMP_CTX_set0_trustedStore(x->cmp, answers) != 1) {
		X509_STORE_free(answers);
		return tg_ossl_error(err, TG_NO_MEMORY, "CMP");
	}
	if (!set_options(x->cmp, x))
		return tg_ossl_error(err, TG_NO_MEMORY, "CMP options");
	if (c->recipient != NULL)
		TG_TRY(set_recipient(x->cmp, c->recipient, err));
	if (c->signer != NULL) /* OpenSSL makes the messages, tg_cmp_protect protects them */
		return OSSL_CMP_CTX_set_option(x->cmp, OSSL_CMP_OPT_UNPROTECTED_SEND, 1) == 1 ? TG_OK : TG_BUG;
	if (c->cert_pem != NULL && c->key_pem != NULL)
		return set_signer(x->cmp, c, err);
	if (c->secret_ref != NULL && c->secret_file != NULL)
		return set_secret(x->cmp, c, err);
	return tg_error_set(err, TG_CONFIG, "neither a certificate nor a secret to protect CMP messages with");
}

static void end(struct exchange *x)
{
	OSSL_CMP_CTX_free(x->cmp);
	X509_STORE_free(x->trust);
	ERR_clear_error();
}

/* --- Failures */
/* Why our own CA does not issue yet stands at the beginning of what it says (ca_gate.c). */
static enum tg_status why_refused(int bits, const char *said)
{
	static const struct {
		const char *begins;
		enum tg_status status;
	} rows[] = {{"not-decided:", TG_NOT_DECIDED}, {"unpaid:", TG_UNPAID}, {"not-identified:", TG_NOT_IDENTIFIED},
	        {"changed:", TG_CHANGED}, {"price:", TG_PRICE_SHORT}, {"companies:", TG_COMPANIES}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (bits == 1 << OSSL_CMP_PKIFAILUREINFO_notAuthorized &&
		        strncmp(said, rows[i].begins, strlen(rows[i].begins)) == 0)
			return rows[i].status;
	return TG_CA_REFUSED;
}

static enum tg_status refused(OSSL_CMP_CTX *cmp, struct tg_error *err)
{
	struct tg_buf names = TG_BUF_INIT, said = TG_BUF_INIT;
	char clean[160];
	int bits = OSSL_CMP_CTX_get_failInfoCode(cmp);
	tg_cmp_failure_names(bits < 0 ? 0 : bits, &names);
	OSSL_CMP_PKIFREETEXT *texts = OSSL_CMP_CTX_get0_statusString(cmp);
	for (int i = 0; i < sk_ASN1_UTF8STRING_num(texts); i++) {
		const ASN1_UTF8STRING *s = sk_ASN1_UTF8STRING_value(texts, i);
		tg_buf_add(&said, ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
		tg_buf_add_str(&said, " ");
	}
	tg_text_clean(clean, sizeof clean, tg_buf_str(&said), said.len, 120);
	enum tg_status status = why_refused(bits, clean);
	(void)tg_error_set(
	        err, status, "the CA refused: %s: %s", names.len == 0 ? "no failure info" : tg_buf_str(&names), clean);
	tg_buf_finish(&said);
	tg_buf_finish(&names);
	return status;
}

static enum tg_status failure(struct exchange *x, struct tg_error *err)
{
	char detail[240];
	enum tg_status queue = tg_cmp_queue_status(detail, sizeof detail);
	if (x->confirm != TG_OK || x->transfer != TG_OK) {
		if (err != NULL)
			*err = x->why;
		return x->confirm != TG_OK ? x->confirm : x->transfer;
	}
	if (queue == TG_CA_REFUSED)
		return refused(x->cmp, err);
	return tg_error_set(err, queue, "CMP: %s", detail);
}

/* --- ir and kur */
static OSSL_CRMF_MSG *parse_crmf(struct tg_bytes der)
{
	const unsigned char *p = der.data;
	OSSL_CRMF_MSG *m = der.len == 0 || der.len > ANSWER_MAX ? NULL : d2i_OSSL_CRMF_MSG(NULL, &p, (long)der.len);
	if (m != NULL && p != der.data + der.len) {
		OSSL_CRMF_MSG_free(m);
		m = NULL;
	}
	return m;
}

static enum tg_status set_request(struct exchange *x, struct tg_error *err)
{
	EVP_PKEY *key = tg_spki_parse(x->spki);
	if (key == NULL)
		return tg_ossl_error(err, TG_INVALID, "public key");
	if (OSSL_CMP_CTX_set0_newPkey(x->cmp, 0, key) != 1) {
		EVP_PKEY_free(key);
		return tg_ossl_error(err, TG_NO_MEMORY, "public key");
	}
	/* The request brings its proof of possession: OpenSSL is not to make one, it has no private key here. */
	return OSSL_CMP_CTX_set_option(x->cmp, OSSL_CMP_OPT_POPO_METHOD, OSSL_CRMF_POPO_NONE) == 1 ? TG_OK : TG_BUG;
}

static enum tg_status certify(struct exchange *x, int type, struct tg_bytes crmf, struct tg_error *err)
{
	TG_TRY(set_request(x, err));
	OSSL_CRMF_MSG *request = parse_crmf(crmf);
	if (request == NULL)
		return tg_ossl_error(err, TG_INVALID, "the request is not a CRMF message");
	X509 *cert = OSSL_CMP_exec_certreq(x->cmp, type, request);
	OSSL_CRMF_MSG_free(request);
	return cert != NULL && x->confirm == TG_OK ? TG_OK : failure(x, err);
}

/* --- p10cr. Number and profile in the header, which a CA that does not know them ignores (RFC 4210 5.1.1.4). */
static enum tg_status add_reg_info(OSSL_CMP_CTX *cmp, const char *reg_info, struct tg_error *err)
{
	ASN1_OBJECT *type = OBJ_txt2obj("1.3.6.1.5.5.7.5.2.1", 1);
	ASN1_UTF8STRING *text = ASN1_UTF8STRING_new();
	ASN1_TYPE *value = ASN1_TYPE_new();
	OSSL_CMP_ITAV *pair = NULL;
	if (type != NULL && value != NULL && text != NULL && ASN1_STRING_set(text, reg_info, -1) == 1) {
		ASN1_TYPE_set(value, V_ASN1_UTF8STRING, text);
		text = NULL;
		pair = OSSL_CMP_ITAV_create(type, value);
	}
	ASN1_UTF8STRING_free(text);
	if (pair == NULL) {
		ASN1_TYPE_free(value);
		ASN1_OBJECT_free(type);
		return tg_ossl_error(err, TG_NO_MEMORY, "regInfo");
	}
	if (OSSL_CMP_CTX_push0_geninfo_ITAV(cmp, pair) == 1)
		return TG_OK;
	OSSL_CMP_ITAV_free(pair);
	return tg_ossl_error(err, TG_NO_MEMORY, "regInfo");
}

static enum tg_status certify_p10(
        struct exchange *x, struct tg_bytes pkcs10, const char *reg_info, struct tg_error *err)
{
	const unsigned char *p = pkcs10.data;
	X509_REQ *csr = pkcs10.len == 0 || pkcs10.len > ANSWER_MAX ? NULL : d2i_X509_REQ(NULL, &p, (long)pkcs10.len);
	enum tg_status status = csr == NULL || p != pkcs10.data + pkcs10.len
	                                ? tg_ossl_error(err, TG_INVALID, "the request is not a PKCS#10")
	                                : TG_DER_ADD(X509_PUBKEY, X509_REQ_get_X509_PUBKEY(csr), &x->own_spki);
	x->spki = (struct tg_bytes){x->own_spki.data, x->own_spki.len};
	if (status == TG_OK && reg_info != NULL)
		status = add_reg_info(x->cmp, reg_info, err);
	if (status == TG_OK && OSSL_CMP_CTX_set1_p10CSR(x->cmp, csr) != 1)
		status = tg_ossl_error(err, TG_NO_MEMORY, "PKCS#10");
	X509 *cert = status == TG_OK ? OSSL_CMP_exec_certreq(x->cmp, OSSL_CMP_P10CR, NULL) : NULL;
	if (status == TG_OK && (cert == NULL || x->confirm != TG_OK))
		status = failure(x, err);
	X509_REQ_free(csr);
	return status;
}

void tg_cmp_result_finish(struct tg_cmp_result *r)
{
	tg_buf_finish(&r->certificate);
	tg_buf_finish(&r->chain);
	r->serial[0] = '\0';
}

/* The request is signed already and cannot take an oldCertID any more: the old certificate goes along in extraCerts,
 * and in the context for servers that look at its name. */
static enum tg_status set_old(struct exchange *x, struct tg_bytes old, bool send, struct tg_error *err)
{
	X509 *cert = tg_x509_parse(old);
	STACK_OF(X509) *list = sk_X509_new_null();
	enum tg_status status = cert == NULL ? tg_ossl_error(err, TG_INVALID, "the old certificate") : TG_OK;
	if (status == TG_OK &&
	        (list == NULL || sk_X509_push(list, cert) <= 0 || OSSL_CMP_CTX_set1_oldCert(x->cmp, cert) != 1))
		status = TG_NO_MEMORY;
	if (status == TG_OK && send && OSSL_CMP_CTX_set1_extraCertsOut(x->cmp, list) != 1)
		status = TG_NO_MEMORY;
	sk_X509_free(list);
	X509_free(cert);
	return status;
}

/* With an old certificate a renewal, without one a first request. */
static enum tg_status obtain(struct exchange *x, const struct tg_bytes *old, struct tg_bytes crmf, struct tg_error *err)
{
	memset(x->result, 0, sizeof *x->result);
	enum tg_status status = begin(x, err);
	if (status == TG_OK && old != NULL)
		status = set_old(x, *old, true, err);
	if (status == TG_OK)
		status = certify(x, old != NULL ? OSSL_CMP_KUR : OSSL_CMP_IR, crmf, err);
	end(x);
	if (status != TG_OK)
		tg_cmp_result_finish(x->result);
	return status;
}

enum tg_status tg_cmp_enrol(const struct tg_cmp_config *c, const struct tg_cmp_transport *t, const char *endpoint,
        struct tg_bytes crmf, struct tg_bytes spki, tg_cmp_received *received, void *ctx, struct tg_cmp_result *out,
        struct tg_error *err)
{
	struct exchange x = {c, t, endpoint, .spki = spki, .received = received, .received_ctx = ctx, .result = out};
	return obtain(&x, NULL, crmf, err);
}

enum tg_status tg_cmp_renew(const struct tg_cmp_config *c, const struct tg_cmp_transport *t, const char *endpoint,
        struct tg_bytes old_certificate, struct tg_bytes crmf, struct tg_bytes spki, tg_cmp_received *received,
        void *ctx, struct tg_cmp_result *out, struct tg_error *err)
{
	struct exchange x = {c, t, endpoint, .spki = spki, .received = received, .received_ctx = ctx, .result = out};
	return obtain(&x, &old_certificate, crmf, err);
}

enum tg_status tg_cmp_enrol_p10(const struct tg_cmp_config *c, const struct tg_cmp_transport *t, const char *endpoint,
        struct tg_bytes pkcs10, const char *reg_info, tg_cmp_received *received, void *ctx, struct tg_cmp_result *out,
        struct tg_error *err)
{
	struct exchange x = {c, t, endpoint, .received = received, .received_ctx = ctx, .result = out};
	memset(out, 0, sizeof *out);
	enum tg_status status = begin(&x, err);
	if (status == TG_OK)
		status = certify_p10(&x, pkcs10, reg_info, err);
	end(&x);
	tg_buf_finish(&x.own_spki);
	if (status != TG_OK)
		tg_cmp_result_finish(out);
	return status;
}

enum tg_status tg_cmp_revoke(const struct tg_cmp_config *c, const struct tg_cmp_transport *t, const char *endpoint,
        struct tg_bytes certificate, int reason, struct tg_error *err)
{
	struct exchange x = {.config = c, .transport = t, .endpoint = endpoint};
	enum tg_status status = begin(&x, err);
	if (status == TG_OK)
		status = set_old(&x, certificate, false, err);
	if (status == TG_OK && OSSL_CMP_CTX_set_option(x.cmp, OSSL_CMP_OPT_REVOCATION_REASON, reason) != 1)
		status = tg_ossl_error(err, TG_INVALID, "revocation reason");
	if (status == TG_OK && OSSL_CMP_exec_RR_ses(x.cmp) != 1)
		status = failure(&x, err);
	end(&x);
	return status;
}
