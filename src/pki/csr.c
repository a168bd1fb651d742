#include "keycheck.h"
#include "ossl.h"

#include "tamga/pki.h"
#include "tamga/text.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define TEXT_MAX 16384
#define DER_MAX  12288

static enum tg_status bad(struct tg_error *err, const char *why)
{
	return tg_error_set(err, TG_PKCS10, "%s", why);
}

/* --- From what it was written as to DER */
static bool from_pem(struct tg_bytes text, struct tg_buf *der)
{
	BIO *in = BIO_new_mem_buf(text.data, (int)text.len);
	char *name = NULL, *header = NULL;
	unsigned char *bytes = NULL;
	long n = 0;
	bool ok = in != NULL && PEM_read_bio(in, &name, &header, &bytes, &n) == 1 &&
	          (strcmp(name, PEM_STRING_X509_REQ) == 0 || strcmp(name, PEM_STRING_X509_REQ_OLD) == 0) &&
	          header[0] == '\0';
	if (ok)
		tg_buf_add(der, bytes, (size_t)n);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(bytes);
	BIO_free(in);
	ERR_clear_error();
	return ok;
}

/* Base64 as a form holds it: lines of any length, nothing else. */
static bool from_base64(struct tg_bytes text, struct tg_buf *der)
{
	uint8_t out[DER_MAX + 3];
	struct tg_buf packed = TG_BUF_INIT;
	for (size_t i = 0; i < text.len; i++)
		if (strchr(" \t\r\n", text.data[i]) == NULL)
			tg_buf_add_u8(&packed, text.data[i]);
	size_t end = packed.len;
	while (end > 0 && packed.len - end < 2 && packed.data[end - 1] == '=')
		end--;
	bool ok = !packed.failed && packed.len > 0 && packed.len % 4 == 0 && packed.len / 4 * 3 <= DER_MAX;
	for (size_t i = 0; ok && i < end; i++)
		ok = packed.data[i] != '\0' &&
		     strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", packed.data[i]) != NULL;
	int n = ok ? EVP_DecodeBlock(out, packed.data, (int)packed.len) : -1;
	if (n > 0)
		tg_buf_add(der, out, (size_t)n - (packed.len - end));
	tg_buf_finish(&packed);
	return n > 0;
}

static bool to_der(struct tg_bytes text, struct tg_buf *der)
{
	if (text.len == 0 || text.len > TEXT_MAX)
		return false;
	if (text.data[0] == 0x30 && text.len > 1 && text.data[1] >= 0x80) /* Base64 goes on in ASCII */
		tg_buf_add(der, text.data, text.len);
	else if (memmem(text.data, text.len, "-----BEGIN", 10) != NULL ? !from_pem(text, der) : !from_base64(text, der))
		return false;
	return !der->failed && der->len > 0;
}

static X509_REQ *parse(const struct tg_buf *der)
{
	const unsigned char *p = der->data;
	X509_REQ *r = d2i_X509_REQ(NULL, &p, (long)der->len);
	if (r != NULL && (p != der->data + der->len || X509_REQ_get_version(r) != X509_REQ_VERSION_1)) {
		X509_REQ_free(r);
		r = NULL;
	}
	ERR_clear_error();
	return r;
}

/* --- Signature: the proof that the key is theirs */
static enum tg_status check_signature(X509_REQ *r, struct tg_error *err)
{
	int hash = NID_undef;
	EVP_PKEY *key = X509_REQ_get0_pubkey(r);
	bool known = OBJ_find_sigid_algs(X509_REQ_get_signature_nid(r), &hash, NULL) == 1 &&
	             (hash == NID_sha256 || hash == NID_sha384 || hash == NID_sha512);
	bool fits = known && key != NULL && X509_REQ_verify(r, key) == 1;
	ERR_clear_error();
	if (!known)
		return bad(err, "the request is signed with an algorithm that proves nothing");
	return fits ? TG_OK : bad(err, "the signature of the request does not fit");
}

/* --- Names */
static enum tg_status add_name(struct tg_csr *c, const char *name, struct tg_error *err)
{
	char ascii[256], shown[256];
	if (tg_domain_parse(name, NULL, ascii, shown) != TG_OK)
		return bad(err, "the request holds a name that is no domain name");
	for (unsigned i = 0; i < c->n_names; i++)
		if (strcmp(c->names[i], ascii) == 0)
			return TG_OK;
	if (c->n_names == TG_CSR_NAMES_MAX)
		return tg_error_set(err, TG_LIMIT, "the request holds more than %d names", TG_CSR_NAMES_MAX);
	(void)tg_copy(c->names[c->n_names++], sizeof c->names[0], ascii);
	return TG_OK;
}

static enum tg_status add_string(struct tg_csr *c, const ASN1_STRING *s, bool common, struct tg_error *err)
{
	unsigned char *utf8 = NULL;
	char text[512] = "";
	int n = ASN1_STRING_to_UTF8(&utf8, s);
	bool ok = n > 0 && (size_t)n < sizeof text && memchr(utf8, 0, (size_t)n) == NULL;
	if (ok)
		memcpy(text, utf8, (size_t)n); /* the rest is zero */
	OPENSSL_free(utf8);
	ERR_clear_error();
	if (!ok)
		return bad(err, "a name of the request is empty, too long or no text");
	if (common)
		tg_text_clean(c->common_name, sizeof c->common_name, text, strlen(text), 200);
	return add_name(c, text, err);
}

static enum tg_status add_common_names(struct tg_csr *c, X509_REQ *r, struct tg_error *err)
{
	X509_NAME *name = X509_REQ_get_subject_name(r);
	for (int i = -1; (i = X509_NAME_get_index_by_NID(name, NID_commonName, i)) >= 0;)
		TG_TRY(add_string(c, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)), true, err));
	return TG_OK;
}

static enum tg_status add_alt_name(struct tg_csr *c, const GENERAL_NAME *n, struct tg_error *err)
{
	int type = 0;
	const ASN1_STRING *s = GENERAL_NAME_get0_value(n, &type);
	if (type == GEN_EMAIL)
		return TG_OK; /* the certificate of a server names nobody's address */
	if (type != GEN_DNS)
		return bad(err, "the request asks for an address or another name that is no domain name");
	return add_string(c, s, false, err);
}

static enum tg_status add_alt_names(struct tg_csr *c, X509_REQ *r, struct tg_error *err)
{
	STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(r);
	int at = X509v3_get_ext_by_NID(list, NID_subject_alt_name, -1);
	GENERAL_NAMES *names = at < 0 ? NULL : X509V3_EXT_d2i(X509v3_get_ext(list, at));
	enum tg_status status = at >= 0 && names == NULL ? bad(err, "the names of the request cannot be read") : TG_OK;
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && status == TG_OK; i++)
		status = add_alt_name(c, sk_GENERAL_NAME_value(names, i), err);
	sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	ERR_clear_error();
	return status;
}

static enum tg_status read_names(struct tg_csr *c, X509_REQ *r, struct tg_error *err)
{
	TG_TRY(add_common_names(c, r, err));
	TG_TRY(add_alt_names(c, r, err));
	return c->n_names > 0 ? TG_OK : bad(err, "the request names no domain");
}

/* --- All of it */
static enum tg_status read_request(struct tg_csr *c, struct tg_error *err)
{
	X509_REQ *r = parse(&c->der);
	if (r == NULL)
		return bad(err, "not a PKCS#10 request");
	enum tg_status status = TG_DER_ADD(X509_PUBKEY, X509_REQ_get_X509_PUBKEY(r), &c->spki);
	if (status == TG_OK)
		status = tg_key_check((struct tg_bytes){c->spki.data, c->spki.len}, c->algorithm, err);
	if (status == TG_OK)
		status = check_signature(r, err);
	if (status == TG_OK)
		status = read_names(c, r, err);
	X509_REQ_free(r);
	ERR_clear_error();
	return status;
}

void tg_csr_finish(struct tg_csr *c)
{
	tg_buf_finish(&c->der);
	tg_buf_finish(&c->spki);
	memset(c, 0, sizeof *c);
}

enum tg_status tg_csr_parse(struct tg_bytes text, struct tg_csr *out, struct tg_error *err)
{
	memset(out, 0, sizeof *out);
	enum tg_status status =
	        to_der(text, &out->der) ? read_request(out, err) : bad(err, "neither DER nor PEM nor Base64");
	if (status != TG_OK)
		tg_csr_finish(out);
	return status;
}

/* --- Against the form */
static bool in_request(const struct tg_csr *c, const char *ascii)
{
	for (unsigned i = 0; i < c->n_names; i++)
		if (strcmp(c->names[i], ascii) == 0)
			return true;
	return false;
}

/* Ticks off one name of the form. */
static enum tg_status take_form_name(
        const struct tg_csr *c, const char *line, size_t n, bool *seen, struct tg_error *err)
{
	char name[512], ascii[256], shown[256];
	while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\r'))
		n--;
	while (n > 0 && *line == ' ')
		line++, n--;
	if (n == 0)
		return TG_OK;
	if (n >= sizeof name)
		return tg_error_set(err, TG_PKCS10_NAMES, "a name of the form is too long");
	memcpy(name, line, n);
	name[n] = '\0';
	if (tg_domain_parse(name, NULL, ascii, shown) != TG_OK)
		return tg_error_set(err, TG_PKCS10_NAMES, "a name of the form is no domain name");
	if (!in_request(c, ascii))
		return tg_error_set(err, TG_PKCS10_NAMES, "%s stands on the form and not in the request", ascii);
	for (unsigned i = 0; i < c->n_names; i++)
		seen[i] = seen[i] || strcmp(c->names[i], ascii) == 0;
	return TG_OK;
}

static enum tg_status take_lines(const struct tg_csr *c, const char *lines, bool *seen, struct tg_error *err)
{
	while (lines != NULL && *lines != '\0') {
		size_t n = strcspn(lines, "\n");
		TG_TRY(take_form_name(c, lines, n, seen, err));
		lines += n + (lines[n] == '\n');
	}
	return TG_OK;
}

enum tg_status tg_csr_names_fit(
        const struct tg_csr *c, const char *domain, const char *additional, struct tg_error *err)
{
	bool seen[TG_CSR_NAMES_MAX] = {false};
	TG_TRY(take_lines(c, domain, seen, err));
	TG_TRY(take_lines(c, additional, seen, err));
	for (unsigned i = 0; i < c->n_names; i++)
		if (!seen[i])
			return tg_error_set(
			        err, TG_PKCS10_NAMES, "%s stands in the request and not on the form", c->names[i]);
	return TG_OK;
}
