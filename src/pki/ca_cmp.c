#include "bodies.h"
#include "ca_answer.h"
#include "ca_holder.h"
#include "ca_outside.h"
#include "cmp_message.h"
#include "cmp_names.h"
#include "cmp_rewrite.h"
#include "ossl.h"

#include "tamga/text.h"
#include <openssl/err.h>

#define REQUEST_MAX (64u * 1024u)

/* OpenSSL empties its error queue into the log callback, which gets no context: the first error of the message that
 * this thread works on goes here. */
static _Thread_local struct tg_error *logged;

static int take_log(const char *func, const char *file, int line, OSSL_CMP_severity level, const char *msg)
{
	(void)func, (void)file, (void)line;
	char clean[200];
	if (level <= OSSL_CMP_LOG_ERR && logged != NULL && logged->status == TG_OK && msg != NULL) {
		tg_text_clean(clean, sizeof clean, msg, strcspn(msg, "\n"), 160);
		(void)tg_error_set(logged, TG_CA_PROTECTION, "CMP: %s", clean);
	}
	return 1;
}

/* --- Server context */
static enum tg_status set_trust(const struct tg_ca *ca, OSSL_CMP_CTX *c)
{
	/* Each context owns a store; the certificates in it are shared. */
	X509_STORE *store = X509_STORE_new();
	STACK_OF(X509) *known = store == NULL ? NULL : X509_STORE_get1_all_certs(ca->kiosks);
	bool ok = known != NULL;
	for (int i = 0; i < sk_X509_num(known) && ok; i++)
		ok = X509_STORE_add_cert(store, sk_X509_value(known, i)) == 1;
	sk_X509_pop_free(known, X509_free);
	if (ok)
		X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)(tg_ca_now(ca) / 1000));
	if (ok && OSSL_CMP_CTX_set0_trustedStore(c, store) == 1)
		return TG_OK;
	X509_STORE_free(store);
	return TG_NO_MEMORY;
}

static enum tg_status set_own(const struct tg_ca *ca, OSSL_CMP_CTX *c)
{
	STACK_OF(X509) *above = sk_X509_new_null();
	bool ok = above != NULL && sk_X509_push(above, ca->issuing.cert) > 0 &&
	          sk_X509_push(above, ca->root.cert) > 0 && OSSL_CMP_CTX_set1_untrusted(c, above) == 1 &&
	          OSSL_CMP_CTX_set1_cert(c, ca->cmp.cert) == 1 && OSSL_CMP_CTX_set1_pkey(c, ca->cmp.key) == 1;
	sk_X509_free(above);
	return ok ? TG_OK : TG_NO_MEMORY;
}

enum tg_status tg_ca_server_create(struct tg_ca_transaction *t)
{
	t->server = OSSL_CMP_SRV_CTX_new(NULL, NULL);
	OSSL_CMP_CTX *c = t->server == NULL ? NULL : OSSL_CMP_SRV_CTX_get0_cmp_ctx(t->server);
	if (c == NULL || OSSL_CMP_SRV_CTX_init(t->server, t, tg_ca_on_request, tg_ca_on_revocation, NULL,
	                         tg_ca_on_error, tg_ca_on_confirm, NULL) != 1)
		return TG_NO_MEMORY;
	if (OSSL_CMP_CTX_set_log_cb(c, take_log) != 1 ||
	        OSSL_CMP_CTX_set_option(c, OSSL_CMP_OPT_DIGEST_ALGNID, NID_sha256) != 1)
		return TG_NO_MEMORY;
	TG_TRY(set_trust(t->ca, c));
	return set_own(t->ca, c);
}

/* --- Who asks */
static bool common_name(const X509_NAME *name, char out[TG_KIOSK_MAX + 1])
{
	int at = X509_NAME_get_index_by_NID((X509_NAME *)(uintptr_t)name, NID_commonName, -1);
	const X509_NAME_ENTRY *e = at < 0 ? NULL : X509_NAME_get_entry(name, at);
	const ASN1_STRING *s = e == NULL ? NULL : X509_NAME_ENTRY_get_data(e);
	if (s == NULL || ASN1_STRING_length(s) > TG_KIOSK_MAX)
		return false;
	memcpy(out, ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
	out[ASN1_STRING_length(s)] = '\0';
	return tg_kiosk_id_valid(out);
}

/* Signed: OpenSSL accepts a certificate only when its subject is the sender of the header, and the sender only when it
 * is the expected one. So the expected sender is what the header says when that is the connected kiosk, and the
 * connected kiosk otherwise, which then differs. */
static enum tg_status expect_signer(struct tg_ca_transaction *t, const struct tg_cmp_peek *m, const char *peer)
{
	const unsigned char *p = m->sender.data;
	X509_NAME *name = m->sender.len == 0 ? NULL : d2i_X509_NAME(NULL, &p, (long)m->sender.len);
	bool known = name != NULL && common_name(name, t->kiosk);
	if (!known || (peer != NULL && strcmp(t->kiosk, peer) != 0)) {
		X509_NAME_free(name);
		name = X509_NAME_new();
		const char *other = peer != NULL ? peer : "?";
		if (name == NULL || X509_NAME_add_entry_by_txt(
		                            name, "CN", MBSTRING_UTF8, (const unsigned char *)other, -1, -1, 0) != 1) {
			X509_NAME_free(name);
			return TG_NO_MEMORY;
		}
		t->kiosk[0] = '\0';
	}
	int ok = OSSL_CMP_CTX_set1_expected_sender(OSSL_CMP_SRV_CTX_get0_cmp_ctx(t->server), name);
	X509_NAME_free(name);
	return ok == 1 ? TG_OK : TG_NO_MEMORY;
}

static enum tg_status expect_sender(struct tg_ca_transaction *t, const struct tg_cmp_peek *m)
{
	const unsigned char *p = m->sender.data;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)m->sender.len);
	int ok = name == NULL ? 0 : OSSL_CMP_CTX_set1_expected_sender(OSSL_CMP_SRV_CTX_get0_cmp_ctx(t->server), name);
	X509_NAME_free(name);
	return ok == 1 ? TG_OK : TG_NO_MEMORY;
}

/* A holder's message. OpenSSL cannot say whose certificate verified a message, and here it must be that of the renewal:
 * the protection is checked by us, taken off, and OpenSSL told to take this one message without. When it does not hold
 * the message is left as it is, and nobody that OpenSSL knows has protected it. */
static enum tg_status use_holder(
        struct tg_ca_transaction *t, const struct tg_cmp_peek *m, const char *peer, OSSL_CMP_MSG **bare)
{
	char serial[TG_CA_SERIAL_MAX];
	struct tg_buf der = TG_BUF_INIT;
	enum tg_status status = tg_ca_holder_check(t->ca, t->request, m, peer, serial, t->err);
	if (status == TG_OK && t->serial[0] != '\0' && strcmp(t->holder, serial) != 0)
		status = tg_error_set(
		        t->err, TG_INVALID, "another key protects the end of this exchange than its beginning");
	if (status != TG_OK)
		return expect_signer(t, m, peer);
	(void)tg_copy(t->holder, sizeof t->holder, serial);
	(void)tg_copy(t->kiosk, sizeof t->kiosk, peer);
	TG_TRY(expect_sender(t, m));
	status = tg_cmp_strip(t->request, &der);
	*bare = status == TG_OK ? tg_cmp_message_parse(der.data, der.len, REQUEST_MAX) : NULL;
	tg_buf_finish(&der);
	return *bare != NULL && OSSL_CMP_SRV_CTX_set_accept_unprotected(t->server, 1) == 1 ? TG_OK : TG_NO_MEMORY;
}

static enum tg_status use_secret(struct tg_ca_transaction *t, const struct tg_cmp_peek *m, const char *peer)
{
	OSSL_CMP_CTX *c = OSSL_CMP_SRV_CTX_get0_cmp_ctx(t->server);
	struct tg_secret *secret = NULL;
	(void)tg_copy(t->kiosk, sizeof t->kiosk, peer == NULL ? "" : peer);
	if (t->ca->config.pbm_secret == NULL || m->sender_kid.len == 0 || m->sender_kid.len > 255)
		return TG_OK; /* without a secret OpenSSL refuses the message */
	TG_TRY(tg_secret_create(&secret));
	enum tg_status status = t->ca->config.pbm_secret(t->ca->config.pbm_ctx, m->sender_kid, secret);
	if (status == TG_OK && tg_secret_len(secret) > 0 &&
	        (OSSL_CMP_CTX_set1_secretValue(c, tg_secret_peek(secret), (int)tg_secret_len(secret)) != 1 ||
	                OSSL_CMP_CTX_set1_referenceValue(c, m->sender_kid.data, (int)m->sender_kid.len) != 1 ||
	                OSSL_CMP_CTX_set_option(c, OSSL_CMP_OPT_MAC_ALGNID, NID_hmacWithSHA256) != 1))
		status = TG_NO_MEMORY;
	tg_secret_destroy(secret);
	return status == TG_NOT_FOUND ? TG_OK : status;
}

/* --- One message */
static bool continues(int body)
{
	return body == TG_BODY_CERTCONF || body == TG_BODY_POLLREQ;
}

/* The transaction that the message belongs to, taken out of the table, or a new one. */
static enum tg_status transaction_of(struct tg_ca *ca, const OSSL_CMP_MSG *msg, const struct tg_cmp_peek *m,
        const char *peer, struct tg_ca_transaction **out)
{
	const ASN1_OCTET_STRING *id = OSSL_CMP_HDR_get0_transactionID(OSSL_CMP_MSG_get0_header(msg));
	int n = id == NULL ? 0 : ASN1_STRING_length(id);
	if (n <= 0 || n > TG_CA_TID_MAX)
		return TG_INVALID;
	const char *who = peer == NULL ? "" : peer;
	struct tg_ca_transaction *t = tg_ca_table_take(ca, ASN1_STRING_get0_data(id), (size_t)n, who);
	if (t != NULL && !continues(m->body_tag) && !(t->relayed && m->body_tag == TG_BODY_ERROR)) {
		/* The first message once more, the answer was lost: begun anew, the certificate stays the same. */
		tg_ca_transaction_free(t);
		t = NULL;
	}
	if (t == NULL) {
		TG_TRY(tg_ca_transaction_create(&t, ca));
		memcpy(t->id, ASN1_STRING_get0_data(id), (size_t)n);
		t->id_len = (size_t)n;
		(void)tg_copy(t->peer, sizeof t->peer, who);
	}
	*out = t;
	return TG_OK;
}

static void forget_message(struct tg_ca_transaction *t)
{
	t->request = (struct tg_bytes){0};
	t->err = NULL;
	t->forward = false;
}

/* --- To a CA elsewhere, and back. The lock is given up while it is asked: it may take its time. */
static enum tg_status relay(struct tg_ca *ca, struct tg_ca_transaction *t, struct tg_buf *answer, struct tg_error *err)
{
	bool open = false;
	(void)pthread_mutex_unlock(&ca->lock);
	enum tg_status status = tg_ca_outside_ask(ca, t, t->request, answer, err);
	(void)pthread_mutex_lock(&ca->lock);
	if (status == TG_OK) {
		*err = (struct tg_error){0};
		status = tg_ca_outside_take(ca, t, (struct tg_bytes){answer->data, answer->len}, &open, err);
	}
	if (status != TG_OK)
		tg_buf_reset(answer);
	t->relayed = true;
	forget_message(t);
	if (status == TG_OK && open)
		tg_ca_table_put(ca, t);
	else
		tg_ca_transaction_free(t);
	return status;
}

/* A message of an exchange that goes on there. Whoever answers there checks its protection; here it is known who is
 * connected. */
static bool goes_on_there(struct tg_ca_transaction *t, const struct tg_cmp_peek *m)
{
	const int body = m->body_tag;
	if (!t->relayed || (body != TG_BODY_CERTCONF && body != TG_BODY_POLLREQ && body != TG_BODY_ERROR))
		return false;
	t->takes = body == TG_BODY_CERTCONF && tg_ca_outside_accepts(m);
	return true;
}

/* Keeps the transaction while a certConf is awaited. */
static void settle(struct tg_ca *ca, struct tg_ca_transaction *t, const OSSL_CMP_MSG *answer)
{
	int body = OSSL_CMP_MSG_get_bodytype(answer);
	bool issued = body == TG_BODY_IP || body == TG_BODY_CP || body == TG_BODY_KUP;
	if (body == TG_BODY_ERROR && t->err->status == TG_OK)
		(void)tg_error_set(
		        t->err, TG_CA_PROTECTION, "the message was refused for its sender or its protection");
	/* An empty certConf refuses; OpenSSL does not call back for it. */
	if (body == TG_BODY_PKICONF && t->serial[0] != '\0' && !t->confirmed && t->err->status == TG_OK &&
	        tg_ca_reject(t) != TG_OK)
		(void)tg_error_set(t->err, TG_STORE_BUSY, "the register did not take the refusal of a certificate");
	forget_message(t);
	if (issued && t->serial[0] != '\0')
		tg_ca_table_put(ca, t);
	else
		tg_ca_transaction_free(t);
}

static enum tg_status answer_one(struct tg_ca *ca, const char *peer, const OSSL_CMP_MSG *msg, struct tg_bytes request,
        struct tg_buf *answer, struct tg_error *err)
{
	struct tg_cmp_peek m;
	struct tg_ca_transaction *t = NULL;
	if (!tg_cmp_peek(request, &m))
		return tg_error_set(err, TG_INVALID, "the CMP message is not DER");
	enum tg_status status = transaction_of(ca, msg, &m, peer, &t);
	if (status != TG_OK)
		return tg_error_set(err, status, "the CMP message has no transaction id");
	t->err = err;
	t->request = request;
	if (goes_on_there(t, &m))
		return relay(ca, t, answer, err);
	OSSL_CMP_MSG *bare = NULL;
	(void)OSSL_CMP_SRV_CTX_set_accept_unprotected(t->server, 0);
	status = m.protection_pbm              ? use_secret(t, &m, peer)
	         : tg_ca_holder_speaks(ca, &m) ? use_holder(t, &m, peer, &bare)
	                                       : expect_signer(t, &m, peer);
	OSSL_CMP_MSG *reply =
	        status == TG_OK ? OSSL_CMP_SRV_process_request(t->server, bare != NULL ? bare : msg) : NULL;
	OSSL_CMP_MSG_free(bare);
	if (t->forward) {
		OSSL_CMP_MSG_free(reply);
		return relay(ca, t, answer, err);
	}
	if (status == TG_OK && reply == NULL)
		status = tg_error_set(err, TG_BUG, "no answer could be made");
	if (reply == NULL) {
		tg_ca_transaction_free(t);
		return status;
	}
	status = tg_cmp_message_add(reply, answer);
	settle(ca, t, reply);
	OSSL_CMP_MSG_free(reply);
	return status;
}

enum tg_status tg_ca_cmp(
        struct tg_ca *ca, const char *peer, struct tg_bytes request, struct tg_buf *answer, struct tg_error *err)
{
	struct tg_error local;
	err = err == NULL ? &local : err;
	memset(err, 0, sizeof *err);
	if (peer != NULL && !tg_kiosk_id_valid(peer))
		return tg_error_set(err, TG_INVALID, "not a kiosk id");
	(void)pthread_mutex_lock(&ca->lock);
	ERR_clear_error();
	OSSL_CMP_MSG *msg = tg_cmp_message_parse(request.data, request.len, REQUEST_MAX);
	logged = err;
	enum tg_status status = msg == NULL ? tg_error_set(err, TG_INVALID, "not a CMP message")
	                                    : answer_one(ca, peer, msg, request, answer, err);
	logged = NULL;
	OSSL_CMP_MSG_free(msg);
	ERR_clear_error();
	(void)pthread_mutex_unlock(&ca->lock);
	return status;
}
