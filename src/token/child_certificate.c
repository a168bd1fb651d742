#include "child.h"

#include <openssl/err.h>
#include <openssl/x509.h>

static X509 *read_certificate(struct tg_bytes der)
{
	const unsigned char *p = der.data;
	X509 *x = d2i_X509(NULL, &p, (long)der.len);
	if (x && p == der.data + der.len)
		return x;
	X509_free(x);
	ERR_clear_error();
	return NULL;
}

static bool same(const struct tg_buf *a, struct tg_bytes b)
{
	return a->len == b.len && memcmp(a->data, b.data, b.len) == 0;
}

/* The certificate's SubjectPublicKeyInfo as it stands there. */
static enum tg_status key_of(struct tg_child *c, X509 *x, struct tg_buf *spki)
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
	if (n <= 0)
		return tg_error_set(&c->err, TG_CERT_INVALID, "a certificate without public key");
	tg_buf_add(spki, der, (size_t)n);
	OPENSSL_free(der);
	return tg_buf_status(spki);
}

static struct tg_bytes bytes(const struct tg_buf *b)
{
	return (struct tg_bytes){b->data, b->len};
}

/* A certificate of another key under this id would make the token useless for both. Where broken-off writing has cost
 * the key its public half (it stood in the request that the certificate was replacing), a signature tells instead. */
static enum tg_status check_key(struct tg_child *c, const struct tg_token_request *r, X509 *x)
{
	struct tg_buf ours = TG_BUF_INIT, theirs = TG_BUF_INIT;
	enum tg_status status = key_of(c, x, &theirs);
	if (status == TG_OK)
		status = tg_child_find_key(c, r, &ours);
	bool same_key = status == TG_OK && tg_child_same_key(bytes(&ours), bytes(&theirs));
	if (status == TG_CARD_BROKEN) {
		status = tg_child_challenge(c, r->field[TG_F_KEY_ID], bytes(&theirs));
		same_key = status == TG_OK;
	}
	if (status == TG_PROOF_FAILED || (status == TG_OK && !same_key))
		status = tg_error_set(&c->err, TG_CERT_MISMATCH, "the certificate is for another key");
	tg_buf_finish(&ours);
	tg_buf_finish(&theirs);
	return status;
}

/* Where the module puts the certificate's subject into the description of its key, it writes the folder of keys anew in
 * pieces, and a card pulled between two of them has lost the descriptions of keys. So the certificate is written under
 * another id, which no key has, and then gets its own: that changes no length (decision 0155). Several such ids, for a
 * description whose file was never written takes its own for good. */
#define APART 4
struct apart {
	uint8_t id[TG_KEY_ID_MAX];
};

static struct tg_bytes id_apart(const struct tg_token_request *r, unsigned n, struct apart *out)
{
	struct tg_bytes id = r->field[TG_F_KEY_ID];
	for (size_t i = 0; i < id.len; i++)
		out->id[i] = (uint8_t)(id.data[i] ^ (0xFFu - n));
	return (struct tg_bytes){out->id, id.len};
}

static bool is_written_apart(const struct tg_child *c)
{
	return c->dialect && c->dialect->certificate_apart;
}

enum tg_status tg_child_clear_apart(struct tg_child *c, const struct tg_token_request *r)
{
	struct apart apart;
	for (unsigned n = 0; is_written_apart(c) && n < APART; n++)
		TG_TRY(tg_child_destroy_all(c, CKO_CERTIFICATE, id_apart(r, n, &apart)));
	return TG_OK;
}

static CK_RV give_id(struct tg_child *c, CK_OBJECT_HANDLE o, struct tg_bytes id)
{
	CK_ATTRIBUTE own = {CKA_ID, (void *)(uintptr_t)id.data, id.len};
	return c->f->C_SetAttributeValue(c->session, o, &own, 1);
}

static CK_RV create_under(struct tg_child *c, const struct tg_token_request *r, const struct tg_buf name[3],
        struct tg_bytes id, bool say_category)
{
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_CERTIFICATE_TYPE type = CKC_X_509;
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ULONG category = c->carrier->certificate_category;
	struct tg_bytes label = r->field[TG_F_LABEL], der = r->field[TG_F_CERTIFICATE];
	CK_ATTRIBUTE want[] = {
	        {CKA_CLASS, &class, sizeof class}, {CKA_CERTIFICATE_TYPE, &type, sizeof type},
	        {CKA_TOKEN, &yes, sizeof yes}, {CKA_PRIVATE, &no, sizeof no},
	        {CKA_ID, (void *)(uintptr_t)id.data, id.len}, {CKA_LABEL, (void *)(uintptr_t)label.data, label.len},
	        {CKA_SUBJECT, name[0].data, name[0].len}, {CKA_ISSUER, name[1].data, name[1].len},
	        {CKA_SERIAL_NUMBER, name[2].data, name[2].len}, {CKA_VALUE, (void *)(uintptr_t)der.data, der.len},
	        {CKA_CERTIFICATE_CATEGORY, &category,
	                sizeof category}, /* last: left out for modules that do not know it */
	};
	CK_OBJECT_HANDLE o;
	CK_ULONG n = sizeof want / sizeof want[0];
	CK_RV rv = c->f->C_CreateObject(c->session, want, n - !say_category, &o);
	return rv == CKR_OK && is_written_apart(c) ? give_id(c, o, r->field[TG_F_KEY_ID]) : rv;
}

static CK_RV create(struct tg_child *c, const struct tg_token_request *r, const struct tg_buf name[3], unsigned try)
{
	struct apart apart;
	struct tg_bytes id = is_written_apart(c) ? id_apart(r, try, &apart) : r->field[TG_F_KEY_ID];
	CK_RV rv = create_under(c, r, name, id, true);
	bool unknown = rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_VALUE_INVALID ||
	               rv == CKR_TEMPLATE_INCONSISTENT || rv == CKR_ATTRIBUTE_READ_ONLY;
	return unknown ? create_under(c, r, name, id, false) : rv;
}

static void add_der(struct tg_buf *b, unsigned char *der, int n)
{
	if (n > 0)
		tg_buf_add(b, der, (size_t)n);
	else
		b->failed = true;
	OPENSSL_free(der);
}

static void encode_names(X509 *x, struct tg_buf name[3])
{
	unsigned char *der = NULL;
	int n = i2d_X509_NAME(X509_get_subject_name(x), &der);
	add_der(&name[0], der, n);
	der = NULL;
	n = i2d_X509_NAME(X509_get_issuer_name(x), &der);
	add_der(&name[1], der, n);
	der = NULL;
	n = i2d_ASN1_INTEGER(X509_get_serialNumber(x), &der);
	add_der(&name[2], der, n);
}

static enum tg_status store(struct tg_child *c, const struct tg_token_request *r, X509 *x, unsigned try)
{
	struct tg_buf name[3] = {TG_BUF_INIT, TG_BUF_INIT, TG_BUF_INIT};
	encode_names(x, name);
	CK_RV rv = CKR_HOST_MEMORY;
	if (!name[0].failed && !name[1].failed && !name[2].failed)
		rv = create(c, r, name, try);
	for (unsigned i = 0; i < 3; i++)
		tg_buf_finish(&name[i]);
	return rv == CKR_OK ? TG_OK : tg_child_failed(c, rv, TG_CERT_WRITE, "C_CreateObject");
}

/* Leaves the first equal certificate under the id, destroys all others; an unreadable one counts as different. */
static enum tg_status keep_equal(struct tg_child *c, const struct tg_token_request *r, bool *kept)
{
	struct tg_found found;
	*kept = false;
	TG_TRY(tg_child_find(c, CKO_CERTIFICATE, r->field[TG_F_KEY_ID], &found));
	for (unsigned i = 0; i < found.n; i++) {
		struct tg_buf value = TG_BUF_INIT;
		enum tg_status status = tg_child_attribute(c, found.list[i], CKA_VALUE, &value);
		bool equal = status == TG_OK && same(&value, r->field[TG_F_CERTIFICATE]);
		tg_buf_finish(&value);
		if (status == TG_CARD_PULLED || status == TG_NO_MEMORY)
			return status;
		if (equal && !*kept) {
			*kept = true;
			continue;
		}
		CK_RV rv = c->f->C_DestroyObject(c->session, found.list[i]);
		if (rv != CKR_OK)
			return tg_child_failed(c, rv, TG_CERT_WRITE, "C_DestroyObject");
	}
	return TG_OK;
}

/* What the module shows under the id; with a dialect that can ask the card itself, the card has the last word: a module
 * may remember what it never wrote, or not see what it could not read when it was loaded. */
static enum tg_status read_back(struct tg_child *c, const struct tg_token_request *r)
{
	struct tg_found found;
	struct tg_buf value = TG_BUF_INIT;
	struct tg_bytes want = r->field[TG_F_CERTIFICATE];
	bool ask_card = c->dialect && c->dialect->holds, equal = ask_card;
	TG_TRY(tg_child_find(c, CKO_CERTIFICATE, r->field[TG_F_KEY_ID], &found));
	if (found.n > 1 || (!found.n && !ask_card))
		return tg_error_set(&c->err, TG_CERT_READBACK, "%u certificates under the id", found.n);
	enum tg_status status = TG_OK;
	if (found.n) {
		status = tg_child_attribute(c, found.list[0], CKA_VALUE, &value);
		equal = status == TG_OK && same(&value, want);
		tg_buf_finish(&value);
	}
	if (status == TG_OK && equal && ask_card)
		status = c->dialect->holds(c, want, &equal);
	if (status == TG_CARD_PULLED)
		return status;
	return status == TG_OK && equal
	               ? TG_OK
	               : tg_error_set(&c->err, TG_CERT_READBACK, "what the token holds is not what was written");
}

static enum tg_status store_somehow(struct tg_child *c, const struct tg_token_request *r, X509 *x)
{
	enum tg_status status = store(c, r, x, 0);
	for (unsigned try = 0; status == TG_CERT_WRITE && c->dialect && c->dialect->sweep_and_retry && try < APART;
	        try++) {
		TG_TRY(c->dialect->sweep(c));
		TG_TRY(tg_child_clear_apart(c, r));
		status = store(c, r, x, try);
	}
	if (status != TG_CERT_WRITE || !c->dialect || !c->dialect->store)
		return status;
	return c->dialect->store(c, r->field[TG_F_KEY_ID], r->field[TG_F_CERTIFICATE]);
}

enum tg_status tg_child_write(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out)
{
	bool kept;
	(void)out;
	X509 *x = read_certificate(r->field[TG_F_CERTIFICATE]);
	if (!x)
		return tg_error_set(&c->err, TG_CERT_INVALID, "not one certificate in DER");
	enum tg_status status = check_key(c, r, x);
	if (status == TG_OK)
		status = tg_child_clear_apart(c, r);
	if (status == TG_OK)
		status = keep_equal(c, r, &kept);
	/* Kept by the module's memory of it, perhaps, but not whole on the card: written again. */
	if (status == TG_OK && kept && read_back(c, r) != TG_OK) {
		status = tg_child_destroy_all(c, CKO_CERTIFICATE, r->field[TG_F_KEY_ID]);
		kept = false;
	}
	if (status == TG_OK && !kept)
		status = store_somehow(c, r, x);
	X509_free(x);
	return status == TG_OK && !kept ? read_back(c, r) : status;
}

enum tg_status tg_child_prove(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out)
{
	(void)out;
	enum tg_status status = read_back(c, r);
	if (status != TG_OK)
		return status == TG_CERT_READBACK
		               ? tg_error_set(&c->err, TG_PROOF_FAILED, "not the certificate that was issued")
		               : status;
	X509 *x = read_certificate(r->field[TG_F_CERTIFICATE]);
	if (!x)
		return tg_error_set(&c->err, TG_CERT_INVALID, "not one certificate in DER");
	struct tg_buf spki = TG_BUF_INIT;
	status = key_of(c, x, &spki);
	if (status == TG_OK)
		status = tg_child_challenge(c, r->field[TG_F_KEY_ID], bytes(&spki));
	tg_buf_finish(&spki);
	X509_free(x);
	return status;
}
