/* A kiosk becomes known, and stays known. Bodies are JSON:
 *   enrolment  {"kiosk", "csr" (hex DER), "proof" (hex, enrol.h), "key_in" ("file", "tpm")}
 *   renewal    {"csr", "key_in"}, over the connection that the present certificate proves
 * The proof is held against the kiosk's one-time secret first, then against the sandbox's, which serves many kiosks,
 * once for each id. Whoever comes again with the very same key (an answer that got lost) is given the same certificate.
 */
#include "centre.h"
#include "tamga/enrol.h"
#include "tamga/log.h"

#include <jansson.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdlib.h>

#define CSR_MAX      4096
#define CERT_SECONDS (INT64_C(730) * 86400)
/* Wrong secrets, in one minute: of one kiosk, and of all together. 96 bits are not guessed; the journal is not filled.
 */
#define WINDOW_MS 60000
#define WRONG_MAX 5u
#define ALL_MAX   100u

struct request {
	char kiosk[TG_KIOSK_MAX + 1], key_in[TG_KIOSK_KEY_IN_MAX + 1];
	uint8_t csr[CSR_MAX], proof[TG_ENROL_PROOF_LEN], spki[TG_HASH_LEN];
	size_t csr_len;
	enum tg_kiosk_way way;
};

/* --- What is asked */
static bool hash_spki(struct request *r)
{
	const unsigned char *p = r->csr;
	unsigned char *der = NULL;
	X509_REQ *q = d2i_X509_REQ(NULL, &p, (long)r->csr_len);
	int n = q && p == r->csr + r->csr_len ? i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(q), &der) : -1;
	if (n > 0)
		SHA256(der, (size_t)n, r->spki);
	OPENSSL_free(der);
	X509_REQ_free(q);
	return n > 0;
}

static bool parse_key(const json_t *o, struct request *r)
{
	const char *csr = json_string_value(json_object_get(o, "csr"));
	const char *key_in = json_string_value(json_object_get(o, "key_in"));
	int n = csr ? tg_unhex(csr, r->csr, sizeof(r->csr)) : -1;
	r->csr_len = n > 0 ? (size_t)n : 0;
	return n > 0 && key_in && (strcmp(key_in, "file") == 0 || strcmp(key_in, "tpm") == 0) &&
	       tg_copy(r->key_in, sizeof(r->key_in), key_in) && hash_spki(r);
}

static bool parse_proof(const json_t *o, struct request *r)
{
	const char *kiosk = json_string_value(json_object_get(o, "kiosk"));
	const char *proof = json_string_value(json_object_get(o, "proof"));
	return kiosk && proof && tg_kiosk_id_valid(kiosk) && tg_copy(r->kiosk, sizeof(r->kiosk), kiosk) &&
	       tg_unhex(proof, r->proof, sizeof(r->proof)) == (int)sizeof(r->proof);
}

static bool parse(const struct tg_buf *body, struct request *r, bool enrol)
{
	json_t *o = json_loadb((const char *)body->data, body->len, JSON_REJECT_DUPLICATES, NULL);
	bool ok = o && parse_key(o, r) && (!enrol || parse_proof(o, r));
	json_decref(o);
	return ok;
}

/* --- Guesses */
static struct tg_enrol_guesses *guesses_now(struct tg_desk *d)
{
	int64_t now = d->clock.mono_ms(d->clock.ctx);
	if (now - d->guesses.since_ms >= WINDOW_MS)
		d->guesses = (struct tg_enrol_guesses){.since_ms = now};
	return &d->guesses;
}

static struct tg_enrol_guess *guess_of(struct tg_enrol_guesses *g, const char *kiosk)
{
	for (unsigned i = 0; i < g->n; i++)
		if (strcmp(g->of[i].kiosk, kiosk) == 0)
			return &g->of[i];
	struct tg_enrol_guess *new = g->n < TG_ENROL_GUESSES ? &g->of[g->n++] : NULL;
	if (new)
		(void)tg_copy(new->kiosk, sizeof(new->kiosk), kiosk);
	return new;
}

static enum tg_status may_try(struct tg_desk *d, const char *kiosk, struct tg_error *err)
{
	struct tg_enrol_guesses *g = guesses_now(d);
	const struct tg_enrol_guess *of = guess_of(g, kiosk);
	if (g->all < ALL_MAX && of && of->wrong < WRONG_MAX)
		return TG_OK;
	return tg_error_set(err, TG_LIMIT, "enrolment of %s: too many wrong secrets in this minute", kiosk);
}

/* The first refusal of a kind in a minute is noted for the journal; all of them are in the log. */
static void count_wrong(struct tg_desk *d, const char *kiosk, enum tg_status why)
{
	struct tg_enrol_guesses *g = guesses_now(d);
	struct tg_enrol_guess *of = guess_of(g, kiosk);
	g->all++;
	if (!of || of->wrong++ > 0)
		return;
	if (tg_kiosk_refused(d->registry, kiosk, why, d->untold + 1, d->clock.wall_ms(d->clock.ctx)) == TG_OK)
		d->untold = 0;
}

/* --- Who may */
static bool fits_sandbox(const struct tg_desk *d, const struct request *r)
{
	bool closed = true;
	return d->sandbox && tg_kiosk_sandbox_closed(d->registry, &closed) == TG_OK && !closed &&
	       tg_enrol_proven(d->sandbox_verifier, r->kiosk, (struct tg_bytes){r->csr, r->csr_len}, r->proof);
}

static enum tg_status check_secret(
        struct tg_desk *d, const struct request *r, const struct tg_kiosk_secret *s, struct tg_error *err)
{
	if (s->used_ms != 0)
		return memcmp(s->spki, r->spki, TG_HASH_LEN) == 0
		               ? TG_OK
		               : tg_error_set(err, TG_ENROL_USED, "the secret of %s was used already", r->kiosk);
	if (d->clock.wall_ms(d->clock.ctx) >= s->until_ms)
		return tg_error_set(err, TG_ENROL_EXPIRED, "the secret of %s is over", r->kiosk);
	return TG_OK;
}

/* Sets how it may be let in. */
static enum tg_status prove(struct tg_desk *d, struct request *r, struct tg_error *err)
{
	struct tg_kiosk_secret s;
	struct tg_bytes csr = {r->csr, r->csr_len};
	enum tg_status st = tg_kiosk_secret_find(d->registry, r->kiosk, &s);
	if (st != TG_OK && st != TG_NOT_FOUND)
		return tg_error_set(err, st, "registry");
	r->way = TG_KIOSK_BY_SECRET;
	if (st == TG_OK && tg_enrol_proven(s.verifier, r->kiosk, csr, r->proof))
		return check_secret(d, r, &s, err);
	r->way = TG_KIOSK_BY_SANDBOX;
	if (fits_sandbox(d, r))
		return TG_OK;
	return tg_error_set(err, TG_ENROL_WRONG, "enrolment of %s: wrong secret", r->kiosk);
}

/* --- The certificate */
static bool fingerprint(const struct tg_buf *pem, uint8_t out[TG_FINGERPRINT_LEN])
{
	unsigned n = 0;
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
	X509 *x = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	bool ok = x && X509_digest(x, EVP_sha256(), out, &n) == 1 && n == TG_FINGERPRINT_LEN;
	X509_free(x);
	BIO_free(bio);
	return ok;
}

static enum tg_status issue(
        struct tg_desk *d, const struct request *r, uint32_t *number, struct tg_buf *pem, struct tg_error *err)
{
	struct tg_clock real = tg_clock_real(); /* TLS is judged by the machines' own clocks */
	int64_t now = real.wall_ms(real.ctx), seconds = d->kiosk_seconds > 0 ? d->kiosk_seconds : CERT_SECONDS;
	struct tg_bytes csr = {r->csr, r->csr_len};
	const struct tg_centre_paths *p = d->paths;
	const char *ca = d->next_issues ? p->channel_next : p->channel_ca,
	           *key = d->next_issues ? p->channel_next_key : p->channel_ca_key;
	TG_TRY(tg_channel_issue(ca, key, r->kiosk, csr, seconds, now, pem, err));
	struct tg_kiosk_issue i = {.kiosk = r->kiosk,
	        .key_in = r->key_in,
	        .pem = tg_buf_str(pem),
	        .way = r->way,
	        .until_ms = now + seconds * 1000};
	if (!fingerprint(pem, i.fingerprint))
		return tg_error_set(err, TG_BUG, "own certificate cannot be read");
	memcpy(i.spki, r->spki, TG_HASH_LEN);
	enum tg_status st = tg_kiosk_issued(d->registry, &i, d->clock.wall_ms(d->clock.ctx), number);
	return st == TG_OK ? TG_OK : tg_error_set(err, st, "registry");
}

/* The certificate of this key, or a new one. */
static enum tg_status admit(
        struct tg_desk *d, const struct request *r, uint32_t *number, struct tg_buf *pem, struct tg_error *err)
{
	struct tg_kiosk_row k;
	enum tg_status st = tg_kiosk_find(d->registry, r->kiosk, &k);
	if (st != TG_OK && st != TG_NOT_FOUND)
		return tg_error_set(err, st, "registry");
	if (st == TG_OK && k.disabled)
		return tg_error_set(err, TG_KIOSK_UNKNOWN, "kiosk %s is disabled", r->kiosk);
	*number = k.number;
	struct tg_kiosk_secret s;
	bool fresh = r->way == TG_KIOSK_BY_SECRET && tg_kiosk_secret_find(d->registry, r->kiosk, &s) == TG_OK &&
	             s.used_ms == 0;
	if (st == TG_OK && !fresh && tg_kiosk_certificate(d->registry, r->kiosk, r->spki, pem) == TG_OK)
		return TG_OK;
	if (r->way == TG_KIOSK_BY_SANDBOX && st == TG_OK)
		return tg_error_set(err, TG_CENTRE_REFUSED, "kiosk %s is known already", r->kiosk);
	if (r->way == TG_KIOSK_BY_SECRET && !fresh)
		return tg_error_set(err, TG_ENROL_USED, "the secret of %s was used already", r->kiosk);
	return issue(d, r, number, pem, err);
}

static enum tg_status write_answer(const struct tg_desk *d, const struct request *r, uint32_t number,
        const struct tg_buf *pem, struct tg_request *q)
{
	json_t *o = json_pack("{s:s, s:I, s:s, s:s, s:s, s:s}", "kiosk", r->kiosk, "number", (json_int_t)number,
	        "certificate", tg_buf_str(pem), "channel_ca", tg_buf_str(&d->channel_ca), "ca_trust",
	        tg_buf_str(&d->ca_trust), "ack_key", tg_buf_str(&d->ack_public));
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (!text)
		return TG_NO_MEMORY;
	tg_buf_add_str(&q->answer, text);
	free(text);
	q->http = 200;
	q->type = "application/json";
	return tg_buf_status(&q->answer);
}

static void answer(
        struct tg_desk *d, const struct request *r, struct tg_request *q, enum tg_status st, struct tg_error *err)
{
	uint32_t number = 0;
	struct tg_buf pem = TG_BUF_INIT;
	if (st == TG_OK)
		st = admit(d, r, &number, &pem, err);
	if (st == TG_OK)
		st = write_answer(d, r, number, &pem, q);
	tg_buf_finish(&pem);
	if (st != TG_OK) {
		tg_log_error(err, "enrolment refused");
		tg_request_refuse(q, st);
	} else {
		tg_log_info("kiosk %s has a certificate, number %u, key in %s", r->kiosk, (unsigned)number, r->key_in);
	}
}

static enum tg_status look(struct tg_desk *d, struct tg_request *q, struct request *r, struct tg_error *err)
{
	if (!parse(&q->body, r, true))
		return tg_error_set(err, TG_INVALID, "enrolment: malformed");
	if (strcmp(r->kiosk, TG_CENTRE_STREAM) == 0)
		return tg_error_set(err, TG_CENTRE_REFUSED, "%s is the centre's own", r->kiosk);
	if (tg_outside_check(d->outside, r->kiosk, &q->elsewhere) != TG_OK)
		return tg_error_set(err, TG_SHARD_OTHER, "enrolment of %s: another centre keeps it", r->kiosk);
	enum tg_status st = may_try(d, r->kiosk, err);
	if (st != TG_OK) {
		d->untold++;
		return st;
	}
	st = prove(d, r, err);
	if (st == TG_ENROL_WRONG || st == TG_ENROL_USED || st == TG_ENROL_EXPIRED)
		count_wrong(d, r->kiosk, st);
	return st;
}

void tg_desk_enrol(struct tg_desk *d, struct tg_request *q)
{
	struct tg_error err = {0};
	struct request *r = calloc(1, sizeof(*r));
	if (!r) {
		tg_request_refuse(q, TG_NO_MEMORY);
		return;
	}
	enum tg_status st = look(d, q, r, &err);
	answer(d, r, q, st, &err);
	free(r);
}

void tg_desk_renew(struct tg_desk *d, struct tg_request *q)
{
	struct tg_error err = {0};
	struct request *r = calloc(1, sizeof(*r));
	if (!r) {
		tg_request_refuse(q, TG_NO_MEMORY);
		return;
	}
	enum tg_status st = parse(&q->body, r, false) ? TG_OK : tg_error_set(&err, TG_INVALID, "renewal: malformed");
	r->way = TG_KIOSK_BY_RENEWAL;
	(void)tg_copy(r->kiosk, sizeof(r->kiosk), q->kiosk);
	answer(d, r, q, st, &err);
	free(r);
}
