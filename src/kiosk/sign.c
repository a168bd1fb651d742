/* Signing with the person's own certificate: the application itself (NCA-9.again), or a head's decision on one
 * (NCA-9.head). CMS over what stands in the record; the key never leaves its carrier. */
#include "ways.h"
#include "tamga/log.h"

#include <jansson.h>
#include <openssl/evp.h>

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

static enum tg_status dump(json_t *o, struct tg_buf *out)
{
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	if (!text)
		return TG_NO_MEMORY;
	tg_buf_wipe(out);
	tg_buf_add_str(out, text);
	explicit_bzero(text, strlen(text));
	free(text);
	return tg_buf_status(out);
}

enum tg_status kiosk_signed_content(
        const char *body, int64_t at_ms, json_t *more, struct tg_buf *out, struct tg_error *err)
{
	static const char *const members[] = {
	        "provider", "service", "kind", "form", "form_version", "language", "answers", "consents"};
	json_t *application = json_loads(body, JSON_REJECT_DUPLICATES, NULL), *content = json_object();
	bool ok = application && content;
	for (size_t i = 0; ok && i < sizeof members / sizeof members[0]; i++) {
		json_t *value = json_object_get(application, members[i]);
		ok = !value || json_object_set(content, members[i], value) == 0;
	}
	ok = ok && json_object_set_new(content, "time_ms", json_integer(at_ms)) == 0;
	ok = ok && (!more || json_object_update(content, more) == 0);
	enum tg_status status = ok ? dump(content, out) : TG_INVALID;
	json_decref(content);
	json_decref(application);
	return status == TG_OK ? TG_OK : tg_error_set(err, status, "what is to be signed cannot be put together");
}

static json_t *base64(const struct tg_buf *b)
{
	char *text = malloc(4 * ((b->len + 2) / 3) + 1);
	if (!text)
		return NULL;
	EVP_EncodeBlock((unsigned char *)text, b->data, (int)b->len);
	json_t *json = json_string(text);
	free(text);
	return json;
}

enum tg_status kiosk_add_signature(struct tg_buf *body, const struct tg_buf *cms, struct tg_error *err)
{
	if (!cms || !cms->len)
		return TG_OK;
	json_t *o = json_loads(tg_buf_str(body), 0, NULL);
	bool ok = o && json_object_set_new(o, "signed", base64(cms)) == 0;
	enum tg_status status = ok ? dump(o, body) : TG_NO_MEMORY;
	json_decref(o);
	return status == TG_OK ? TG_OK : tg_error_set(err, status, "the body of an application");
}

static bool other(const char *certificate, const char *application)
{
	return application[0] && strcmp(certificate, application) != 0;
}

enum tg_status kiosk_certificate_fits(const struct kiosk_certificate *c, const char *body, struct tg_error *err)
{
	struct tg_certificate_facts facts;
	TG_TRY(tg_pki_certificate_facts((struct tg_bytes){c->der.data, c->der.len}, &facts, err));
	json_t *o = json_loads(body, 0, NULL);
	const char *bin = text_of(o, "bin"), *iin = text_of(o, "iin");
	/* A certificate of the entity speaks for it whoever of its people holds it; else the person must be the same.
	 */
	bool wrong = bin[0] ? other(facts.organisation_number, bin) : other(facts.personal_number, iin);
	json_decref(o);
	return wrong ? tg_error_set(err, TG_CERT_OTHER_PERSON, "the certificate names another person or entity")
	             : TG_OK;
}

struct signer {
	struct tg_token *token;
	struct tg_key_ref ref;
};

static enum tg_status sign_on_token(
        void *ctx, struct tg_bytes message, struct tg_buf *signature, struct tg_buf *algorithm, struct tg_error *err)
{
	struct signer *s = ctx;
	return tg_token_sign(s->token, &s->ref, message, signature, algorithm, err);
}

enum tg_status kiosk_cms(struct kiosk *k, const struct kiosk_certificate *c, struct tg_bytes content,
        struct tg_buf *cms, struct tg_error *err)
{
	struct signer s = {.token = k->token, .ref = {.id_len = c->id_len, .label = c->label}};
	memcpy(s.ref.id, c->id, c->id_len);
	const struct tg_cmp_signer signer = {
	        .sign = sign_on_token, .certificate = {c->der.data, c->der.len}, .ctx = &s};
	return tg_cms_sign(content, &signer, k->clock.wall_ms(k->clock.ctx), cms, err);
}

enum tg_status kiosk_sign(struct kiosk_job *job, struct tg_token_info *info, struct tg_bytes content,
        struct tg_buf *cms, struct tg_error *err)
{
	if (!job->certificate)
		return tg_error_set(err, TG_CERT_NONE, "the certificate is not on the token");
	TG_TRY(kiosk_not_revoked(job->k, job->certificate->sha256, err));
	enum tg_status status = kiosk_log_in(job, info, err);
	if (status == TG_OK)
		status = kiosk_cms(job->k, job->certificate, content, cms, err);
	tg_token_logout(job->k->token); /* at once: a module may keep the PIN as long as the login (decision 0146) */
	return status;
}
