/* The channel certificate is renewed before it ends, without a hand. The present pair is left alone until the new one
 * is complete: kiosk.key.new   made; whoever is killed after this goes on with the same key, and the centre repeats its
 * answer kiosk.crt.got   the answer kiosk.crt.new   the answer was good: from here on the new pair wins kiosk.key, then
 * kiosk.crt                        tg_identity_settle */
#include "agent.h"
#include "tamga/log.h"

#include <jansson.h>

#define ANSWER_MAX (64u * 1024u)
#define LOOK_MS    INT64_C(60000)
#define DAY_MS     INT64_C(86400000)

static enum tg_status make_body(
        const struct tg_agent_config *c, const char *key_path, struct tg_buf *body, struct tg_error *err)
{
	enum tg_channel_tpm tpm;
	struct tg_buf csr = TG_BUF_INIT;
	TG_TRY(tg_agent_tpm(c->tpm, &tpm, err));
	TG_TRY(tg_channel_key_make(key_path, tpm, err));
	enum tg_status st = tg_channel_request(key_path, c->kiosk, &csr, err);
	char *hex = st == TG_OK ? malloc(2 * csr.len + 1) : NULL;
	if (hex) {
		tg_hex(csr.data, csr.len, hex);
		tg_buf_addf(body, "{\"csr\":\"%s\",\"key_in\":\"%s\"}", hex,
		        tg_channel_key_in_tpm(key_path) ? "tpm" : "file");
		st = tg_buf_status(body);
	} else if (st == TG_OK) {
		st = tg_error_set(err, TG_NO_MEMORY, "renewal");
	}
	free(hex);
	tg_buf_finish(&csr);
	return st;
}

static enum tg_status post(
        const struct tg_agent_config *c, const struct tg_buf *body, struct tg_buf *answer, struct tg_error *err)
{
	char url[512];
	struct tg_http *h = NULL;
	const struct tg_http_options o = {.ca = c->centre->tls->ca,
	        .cert = c->centre->tls->cert,
	        .key = c->centre->tls->key,
	        .tls13 = true,
	        .net_switch = c->net_switch,
	        .answer_max = ANSWER_MAX,
	        .down = TG_CENTRE_DOWN,
	        .garbage = TG_CENTRE_GARBAGE,
	        .refused = TG_CENTRE_REFUSED};
	const struct tg_http_request q = {.url = url,
	        .content_type = "application/json",
	        .accept = "application/json",
	        .body = {body->data, body->len},
	        .timeout_ms = (int)c->timeout_ms};
	if (snprintf(url, sizeof(url), "%s/v1/renew", c->centre->url) >= (int)sizeof(url))
		return tg_error_set(err, TG_CONFIG, "centre.url is too long");
	TG_TRY(tg_http_create(&h, &o, err));
	enum tg_status st = tg_http_do(h, &q, answer, err);
	tg_http_destroy(h);
	return st;
}

/* Of the new key, of this kiosk, for longer than the present one. */
static bool is_good(const struct tg_agent_config *c, const char *got, const char *key, int64_t until_ms)
{
	struct tg_channel_facts facts;
	struct tg_error err = {0};
	return tg_channel_certificate(got, &facts, &err) == TG_OK && strcmp(facts.name, c->kiosk) == 0 &&
	       facts.until_ms > until_ms && tg_channel_pair(got, key);
}

static enum tg_status keep(const struct tg_agent_config *c, const struct tg_buf *answer, const char *key,
        int64_t until_ms, struct tg_error *err)
{
	json_t *o = json_loadb((const char *)answer->data, answer->len, 0, NULL);
	const char *pem = json_string_value(json_object_get(o, "certificate"));
	const char *ca = json_string_value(json_object_get(o, "channel_ca"));
	char *got = tg_identity_path(c->identity, TG_ID_CERT_GOT);
	enum tg_status st = pem && ca && got ? TG_OK : tg_error_set(err, TG_CENTRE_GARBAGE, "renewal: no certificate");
	if (st == TG_OK)
		st = tg_identity_write(c->identity, TG_ID_CERT_GOT, pem, err);
	if (st == TG_OK && !is_good(c, got, key, until_ms))
		st = tg_error_set(err, TG_CENTRE_GARBAGE, "renewal: not a certificate of our new key");
	/* The channel CA is renewed too, with its old key and name: what it issued before goes on. */
	if (st == TG_OK)
		st = tg_identity_write(c->identity, TG_ID_CHANNEL_CA, ca, err);
	if (st == TG_OK)
		st = tg_identity_move(c->identity, TG_ID_CERT_GOT, TG_ID_CERT_NEW, err);
	free(got);
	json_decref(o);
	return st;
}

static enum tg_status renew(const struct tg_agent_config *c, int64_t until_ms, struct tg_error *err)
{
	struct tg_buf body = TG_BUF_INIT, answer = TG_BUF_INIT;
	char *key = tg_identity_path(c->identity, TG_ID_KEY_NEW);
	enum tg_status st = key ? make_body(c, key, &body, err) : tg_error_set(err, TG_NO_MEMORY, "renewal");
	if (st == TG_OK)
		st = post(c, &body, &answer, err);
	if (st == TG_OK)
		st = keep(c, &answer, key, until_ms, err);
	if (st == TG_OK)
		st = tg_identity_settle(c->identity, err);
	free(key);
	tg_buf_finish(&body);
	tg_buf_finish(&answer);
	return st;
}

static bool is_due(const struct tg_renewal *r, const struct tg_agent_config *c, int64_t now_ms)
{
	int64_t left = r->until_ms - now_ms;
	return c->renew_days > 0 ? left < (int64_t)c->renew_days * DAY_MS : left < (r->until_ms - r->issued_ms) / 3;
}

static enum tg_status look(struct tg_renewal *r, const struct tg_agent_config *c, struct tg_error *err)
{
	struct tg_channel_facts facts;
	TG_TRY(tg_identity_settle(c->identity, err));
	TG_TRY(tg_channel_certificate(c->centre->tls->cert, &facts, err));
	r->issued_ms = facts.issued_ms;
	r->until_ms = facts.until_ms;
	return TG_OK;
}

static enum tg_status turn(struct tg_renewal *r, const struct tg_agent_config *c, int64_t now_ms, struct tg_error *err)
{
	TG_TRY(look(r, c, err));
	if (now_ms >= r->until_ms)
		return tg_error_set(err, TG_CHANNEL_EXPIRED, "the certificate of this kiosk is over");
	if (!is_due(r, c, now_ms))
		return TG_OK;
	TG_TRY(renew(c, r->until_ms, err));
	tg_http_forget_certificates();
	TG_TRY(look(r, c, err));
	tg_log_info("the channel certificate was renewed, key in %s",
	        tg_channel_key_in_tpm(c->centre->tls->key) ? "the TPM" : "a file");
	return TG_OK;
}

/* A certificate that somebody put elsewhere by hand is his to renew. */
static bool is_ours(const struct tg_agent_config *c)
{
	char *cert = c->identity ? tg_identity_path(c->identity, TG_ID_CERT) : NULL;
	bool ours = cert && strcmp(cert, c->centre->tls->cert) == 0;
	free(cert);
	return ours;
}

enum tg_status tg_renewal_turn(struct tg_renewal *r, struct tg_agent *a, int64_t now_ms, struct tg_error *err)
{
	const struct tg_agent_config *c = a->config;
	int64_t mono = a->clock.mono_ms(a->clock.ctx);
	if (mono < r->again_ms || !is_ours(c))
		return r->last;
	r->last = turn(r, c, now_ms, err);
	/* Certificates of tests live for seconds: looked at often enough for the shortest. */
	int64_t pause = (r->until_ms - r->issued_ms) / 20;
	r->again_ms = mono + (pause > LOOK_MS || pause <= 0 ? LOOK_MS : pause);
	return r->last;
}
