/* The channel certificate is renewed before it ends, without a hand, and when the centre has a newer channel CA. The
 * present pair is left alone until the new one is complete; the files say how far it came:
 *   kiosk.key.next    made; whoever is killed after this goes on with the same key, and the centre repeats its answer
 *   kiosk.crt.got     the answer
 *   kiosk.crt.next    the answer was good: from here on the new pair wins
 *   kiosk.key, then kiosk.crt (tg_identity_settle) */
#include "agent.h"
#include "tamga/log.h"

#include <jansson.h>
#include <unistd.h>

#define ANSWER_MAX (64u * 1024u)
#define LOOK_MS    INT64_C(60000)
#define LEARN_MS   INT64_C(3600000)
#define DAY_MS     INT64_C(86400000)

/* One question over a connection of its own: the files may be others than those of the connections that are open. */
static enum tg_status ask(const struct tg_agent_config *c, const char *path, struct tg_http_request q,
        struct tg_buf *answer, struct tg_error *err)
{
	char url[512];
	struct tg_http *h = NULL;
	const struct tg_http_options o = tg_http_to_centre(c->centre->tls, c->net_switch, ANSWER_MAX);
	q.url = url;
	q.timeout_ms = (int)c->timeout_ms;
	if (snprintf(url, sizeof(url), "%s%s", c->centre->url, path) >= (int)sizeof(url))
		return tg_error_set(err, TG_CONFIG, "centre.url is too long");
	TG_TRY(tg_http_create(&h, &o, err));
	enum tg_status st = tg_http_do(h, &q, answer, err);
	tg_http_destroy(h);
	return st;
}

/* --- A certificate */
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

/* Of the new key, of this kiosk, for no shorter than the present one. */
static bool is_good(const struct tg_agent_config *c, const char *got, const char *key, int64_t until_ms)
{
	struct tg_channel_facts facts;
	struct tg_error err = {0};
	return tg_channel_certificate(got, &facts, &err) == TG_OK && strcmp(facts.name, c->kiosk) == 0 &&
	       facts.until_ms >= until_ms && tg_channel_pair(got, key);
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
	/* First: who shows a certificate of a new CA knows that CA (tamgactl channel-ca turn relies on it). */
	if (st == TG_OK)
		st = tg_identity_take_cas(c->identity, TG_ID_CERT_GOT, ca, err);
	if (st == TG_OK)
		st = tg_identity_move(c->identity, TG_ID_CERT_GOT, TG_ID_CERT_NEXT, err);
	free(got);
	json_decref(o);
	return st;
}

static enum tg_status renew(const struct tg_agent_config *c, int64_t until_ms, struct tg_error *err)
{
	struct tg_buf body = TG_BUF_INIT, answer = TG_BUF_INIT;
	char *key = tg_identity_path(c->identity, TG_ID_KEY_NEXT);
	enum tg_status st = key ? make_body(c, key, &body, err) : tg_error_set(err, TG_NO_MEMORY, "renewal");
	const struct tg_http_request q = {
	        .content_type = "application/json", .accept = "application/json", .body = {body.data, body.len}};
	if (st == TG_OK)
		st = ask(c, "/v1/renew", q, &answer, err);
	if (st == TG_OK)
		st = keep(c, &answer, key, until_ms, err);
	/* For the same key the centre would repeat its answer: one of a year ago, say, that was lost. And a key that
	 * cannot be read stays so. */
	if (key && (st == TG_CENTRE_GARBAGE || st == TG_CONFIG))
		(void)unlink(key);
	if (st == TG_OK)
		st = tg_identity_settle(c->identity, err);
	free(key);
	tg_buf_finish(&body);
	tg_buf_finish(&answer);
	return st;
}

/* --- The CAs that the centre is believed by */
static bool centre_is_there(struct tg_agent *a)
{
	pthread_mutex_lock(&a->lock);
	bool there = a->worked_ms >= 0;
	pthread_mutex_unlock(&a->lock);
	return there;
}

static enum tg_status learn(const struct tg_agent_config *c, struct tg_error *err)
{
	struct tg_buf told = TG_BUF_INIT, known = TG_BUF_INIT;
	const struct tg_http_request q = {.accept = "application/x-pem-file"};
	enum tg_status st = ask(c, "/ca/channel-ca.pem", q, &told, err);
	if (st == TG_OK)
		st = tg_identity_read(c->identity, TG_ID_CHANNEL_CA, &known, err);
	if (st == TG_OK && strcmp(tg_buf_str(&told), tg_buf_str(&known)) != 0) {
		st = tg_identity_take_cas(c->identity, TG_ID_CERT, tg_buf_str(&told), err);
		if (st == TG_OK) {
			tg_http_forget_certificates();
			tg_log_info("the centre told other channel CAs");
		}
	}
	tg_buf_finish(&told);
	tg_buf_finish(&known);
	return st;
}

static void learn_now_and_then(struct tg_renewal *r, struct tg_agent *a, int64_t mono)
{
	struct tg_error err = {0};
	if (mono < r->learn_ms || !centre_is_there(a))
		return;
	enum tg_status st = learn(a->config, &err);
	if (st != TG_OK && st != r->learned)
		tg_log_error(&err, "the centre's channel CAs were not learned");
	r->learned = st;
	r->learn_ms = mono + (st == TG_OK ? LEARN_MS : LOOK_MS);
}

/* --- When */
static bool is_due(const struct tg_renewal *r, const struct tg_agent_config *c, int64_t now_ms)
{
	int64_t left = r->until_ms - now_ms;
	if (r->other_ca)
		return true;
	return c->renew_days > 0 ? left < (int64_t)c->renew_days * DAY_MS : left < (r->until_ms - r->issued_ms) / 3;
}

static enum tg_status look(struct tg_renewal *r, const struct tg_agent_config *c, struct tg_error *err)
{
	struct tg_channel_facts facts;
	struct tg_buf cas = TG_BUF_INIT, cert = TG_BUF_INIT;
	TG_TRY(tg_identity_settle(c->identity, err));
	TG_TRY(tg_channel_certificate(c->centre->tls->cert, &facts, err));
	enum tg_status st = tg_identity_read(c->identity, TG_ID_CHANNEL_CA, &cas, err);
	if (st == TG_OK)
		st = tg_identity_read(c->identity, TG_ID_CERT, &cert, err);
	if (st == TG_OK)
		r->other_ca = tg_channel_issuer((struct tg_bytes){cas.data, cas.len},
		                      (struct tg_bytes){cert.data, cert.len}) != TG_CHANNEL_ISSUER_LAST;
	/* Renewed, or a technician let this kiosk in again. */
	if (r->until_ms != 0 && r->until_ms != facts.until_ms)
		tg_http_forget_certificates();
	r->issued_ms = facts.issued_ms;
	r->until_ms = facts.until_ms;
	tg_buf_finish(&cas);
	tg_buf_finish(&cert);
	return st;
}

static enum tg_status turn(struct tg_renewal *r, const struct tg_agent_config *c, int64_t now_ms, struct tg_error *err)
{
	TG_TRY(look(r, c, err));
	if (now_ms >= r->until_ms)
		return tg_error_set(err, TG_CHANNEL_EXPIRED, "the certificate of this kiosk is over");
	if (!is_due(r, c, now_ms))
		return TG_OK;
	TG_TRY(renew(c, r->until_ms, err));
	TG_TRY(look(r, c, err));
	tg_log_info("the channel certificate was renewed, key in %s",
	        tg_channel_key_in_tpm(c->centre->tls->key) ? "the TPM" : "a file");
	return TG_OK;
}

/* What somebody put elsewhere by hand is his to renew. */
static bool is_ours(const struct tg_agent_config *c)
{
	char *cert = c->identity ? tg_identity_path(c->identity, TG_ID_CERT) : NULL;
	char *ca = c->identity ? tg_identity_path(c->identity, TG_ID_CHANNEL_CA) : NULL;
	bool ours = cert && ca && strcmp(cert, c->centre->tls->cert) == 0 && strcmp(ca, c->centre->tls->ca) == 0;
	free(cert);
	free(ca);
	return ours;
}

enum tg_status tg_renewal_turn(struct tg_renewal *r, struct tg_agent *a, int64_t now_ms, struct tg_error *err)
{
	const struct tg_agent_config *c = a->config;
	int64_t mono = a->clock.mono_ms(a->clock.ctx);
	if (mono < r->again_ms || !is_ours(c))
		return r->last;
	learn_now_and_then(r, a, mono);
	r->last = turn(r, c, now_ms, err);
	/* Certificates of tests live for seconds: looked at often enough for the shortest. */
	int64_t pause = (r->until_ms - r->issued_ms) / 20;
	r->again_ms = mono + (pause > LOOK_MS || pause <= 0 ? LOOK_MS : pause);
	return r->last;
}
