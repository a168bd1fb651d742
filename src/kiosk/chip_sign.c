/* The applicant's signature over an application whose new keys are made (NCA-9.again): the same answers and
 * declarations as were handed in, the number, and each new public key. */
#include "chip.h"
#include "ways.h"

#include <jansson.h>
#include <openssl/evp.h>

const char *kiosk_chip_signer(const struct tg_chip_work *w)
{
	const char *s = json_string_value(json_object_get(w->application, "signer"));
	return s ? s : "";
}

struct search {
	const char *sha256;
	struct kiosk_certificate *found;
	enum tg_status status;
};

static enum tg_status take(const struct tg_token_certificate *c, void *ctx)
{
	struct search *s = ctx;
	struct tg_certificate_facts facts;
	struct tg_error err = {0};
	if (s->found->der.len || c->id_len > sizeof s->found->id ||
	        tg_pki_certificate_facts(c->der, &facts, &err) != TG_OK || strcmp(facts.sha256, s->sha256) != 0)
		return TG_OK;
	tg_copy(s->found->sha256, sizeof s->found->sha256, facts.sha256);
	memcpy(s->found->id, c->id, c->id_len);
	s->found->id_len = c->id_len;
	tg_copy(s->found->label, sizeof s->found->label, c->label);
	tg_buf_add(&s->found->der, c->der.data, c->der.len);
	return tg_buf_status(&s->found->der);
}

/* The one that was chosen when the application was handed in: after a break nobody is asked again. */
static enum tg_status find_signer(struct kiosk_chip *r, struct kiosk_certificate *out)
{
	struct search s = {.sha256 = kiosk_chip_signer(&r->work), .found = out};
	int64_t begin = kiosk_chip_now();
	TG_TRY(kiosk_chip_spent(&r->card_us, begin, tg_token_certificates(r->k->token, take, &s, &r->err)));
	return out->der.len ? TG_OK
	                    : tg_error_set(&r->err, TG_CERT_NONE, "the signer's certificate is not on the card");
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

static json_t *number_and_keys(const struct tg_chip_work *w)
{
	json_t *keys = json_array(), *more = keys ? json_pack("{s:s, s:o}", "number", w->number, "keys", keys) : NULL;
	for (unsigned i = 0; more && i < w->n_keys; i++)
		if (json_array_append_new(keys, json_pack("{s:s, s:o}", "key", w->keys[i].plan->id, "spki",
		                                        base64(&w->keys[i].spki))) != 0) {
			json_decref(more);
			return NULL;
		}
	return more;
}

static enum tg_status make_content(struct kiosk_chip *r, struct tg_buf *content)
{
	const struct tg_clock *clock = &r->k->clock;
	json_t *more = number_and_keys(&r->work);
	char *body = json_dumps(r->work.application, JSON_COMPACT);
	enum tg_status status = more && body
	                                ? kiosk_signed_content(body, clock->wall_ms(clock->ctx), more, content, &r->err)
	                                : tg_error_set(&r->err, TG_NO_MEMORY, "what is to be signed");
	if (body)
		explicit_bzero(body, strlen(body));
	free(body);
	json_decref(more);
	return status;
}

static enum tg_status write_down(struct kiosk_chip *r, const struct tg_buf *cms)
{
	struct tg_buf json = TG_BUF_INIT;
	tg_buf_addf(&json, "{\"number\":\"%s\"}", r->work.number);
	enum tg_status status = kiosk_add_signature(&json, cms, &r->err);
	if (status == TG_OK)
		status = kiosk_chip_append(r, TG_RECORD_APPLICATION_SIGNED, tg_buf_str(&json));
	tg_buf_wipe(&json);
	return status;
}

enum tg_status kiosk_chip_sign(struct kiosk_chip *r)
{
	struct tg_buf content = TG_BUF_INIT, cms = TG_BUF_INIT;
	struct kiosk_certificate signer = {.der = TG_BUF_INIT};
	enum tg_status status = find_signer(r, &signer);
	if (status == TG_OK)
		status = make_content(r, &content);
	int64_t begin = kiosk_chip_now();
	if (status == TG_OK)
		status = kiosk_chip_spent(
		        &r->card_us, begin, kiosk_cms(r->k, &signer, kiosk_bytes(&content), &cms, &r->err));
	if (status == TG_OK)
		status = write_down(r, &cms);
	tg_buf_wipe(&content);
	tg_buf_finish(&cms);
	tg_buf_finish(&signer.der);
	return status;
}
