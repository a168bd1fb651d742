#include "gost_token.h"

#include "tamga/file.h"
#include "tamga/log.h"
#include "tamga/spawn.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <unistd.h>

#define AGAIN_MS    10000 /* a token that hangs would stop the CA each time */
#define CALL_MS     10000
#define GENERATE_MS 120000
#define SALT_LEN    16
#define ITERATIONS  100000

/* --- The PIN that was refused */
static bool hash_pin(const struct tg_gost_token *g, const struct tg_secret *pin, const uint8_t salt[SALT_LEN],
        uint8_t out[TG_HASH_LEN])
{
	uint8_t of[SALT_LEN + TG_HASH_LEN];
	memcpy(of, salt, SALT_LEN);
	SHA256((const unsigned char *)g->o->gost_token, strlen(g->o->gost_token), of + SALT_LEN);
	return PKCS5_PBKDF2_HMAC((const char *)tg_secret_peek(pin), (int)tg_secret_len(pin), of, sizeof(of), ITERATIONS,
	               EVP_sha256(), TG_HASH_LEN, out) == 1;
}

static bool was_refused(const struct tg_gost_token *g, const struct tg_secret *pin)
{
	uint8_t kept[SALT_LEN + TG_HASH_LEN], now[TG_HASH_LEN];
	struct tg_buf b = TG_BUF_INIT;
	bool yes = tg_file_read(&b, g->refused, 256, NULL) == TG_OK &&
	           tg_unhex(tg_buf_str(&b), kept, sizeof(kept)) == (int)sizeof(kept) && hash_pin(g, pin, kept, now) &&
	           CRYPTO_memcmp(kept + SALT_LEN, now, TG_HASH_LEN) == 0;
	tg_buf_finish(&b);
	return yes;
}

static void keep_refused(const struct tg_gost_token *g, const struct tg_secret *pin)
{
	uint8_t kept[SALT_LEN + TG_HASH_LEN];
	char hex[2 * sizeof(kept) + 1];
	struct tg_error err = {0};
	if (RAND_bytes(kept, SALT_LEN) != 1 || !hash_pin(g, pin, kept, kept + SALT_LEN))
		return;
	tg_hex(kept, sizeof(kept), hex);
	if (tg_file_write(g->refused, hex, strlen(hex), 0600, &err) != TG_OK)
		tg_log_error(&err, "a PIN that the token refused cannot be noted");
}

/* --- Logging in */
static enum tg_status try_pin(struct tg_gost_token *g, const struct tg_secret *pin, struct tg_error *err)
{
	struct tg_token_info info;
	if (was_refused(g, pin))
		return tg_error_set(
		        err, TG_PIN_WRONG, "the token refused the PIN in %s before: not tried again", g->o->gost_pin);
	TG_TRY(tg_token_inspect(g->token, g->o->gost_reader, NULL, 0, &info, err));
	if (info.final_try || info.tries_left == 1)
		return tg_error_set(err, TG_PIN_LOCKED, "the token has one try left, which is a person's to spend");
	enum tg_status st = tg_token_login(g->token, g->o->gost_token, pin, &info, err);
	if (st == TG_PIN_WRONG)
		keep_refused(g, pin);
	else if (st == TG_OK)
		(void)unlink(g->refused);
	return st;
}

static enum tg_status try_file(struct tg_gost_token *g, struct tg_error *err)
{
	struct tg_secret *pin = NULL;
	enum tg_status st = tg_centre_pin(g->o->gost_pin, &pin, err);
	if (st == TG_OK)
		st = try_pin(g, pin, err);
	tg_secret_destroy(pin);
	return st;
}

static void note(struct tg_gost_token *g, const char *what, enum tg_status why)
{
	char label[96];
	(void)snprintf(label, sizeof(label), "token %s", g->o->gost_token);
	tg_audit_note(g->audit, TG_RECORD_CA_KEY,
	        json_pack("{s:s, s:s, s:i}", "what", what, "label", label, "code", (int)why));
}

static void tell(struct tg_gost_token *g)
{
	if (!g->in && !g->told) {
		tg_log_error(&g->last, "the token with the GOST keys");
		note(g, "away", g->last.status);
	} else if (g->in) {
		note(g, "opened", TG_OK);
	}
	g->told = !g->in;
}

static enum tg_status log_in(struct tg_gost_token *g, struct tg_error *err)
{
	const struct tg_clock real = tg_clock_real();
	int64_t now = real.mono_ms(real.ctx);
	if (g->in)
		return TG_OK;
	if (g->last.status == TG_OK || now >= g->again_ms) {
		g->last = (struct tg_error){0};
		g->in = try_file(g, &g->last) == TG_OK;
		g->again_ms = now + AGAIN_MS;
		tell(g);
	}
	return g->in ? TG_OK : tg_error_set(err, g->last.status, "%s", g->last.detail);
}

/* --- Work with a key */
typedef enum tg_status key_work(struct tg_gost_token *g, const struct tg_key_ref *key, void *ctx, struct tg_error *err);

/* The same label is the same key for ever: making it twice finds it. */
static struct tg_key_ref key_of(const char *label)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	struct tg_key_ref key = {.id_len = TG_KEY_ID_MAX, .label = label};
	SHA256((const unsigned char *)label, strlen(label), hash);
	memcpy(key.id, hash, sizeof(key.id));
	return key;
}

/* A token that came back, or a child that was ended, only has to be logged in again: tried once more at once. */
static enum tg_status with_key(
        struct tg_gost_token *g, const char *label, key_work *work, void *ctx, struct tg_error *err)
{
	const struct tg_key_ref key = key_of(label);
	enum tg_status st = TG_BUG;
	for (int left = 2; left > 0; left--) {
		TG_TRY(log_in(g, err));
		st = work(g, &key, ctx, err);
		if (st != TG_CARD_PULLED && st != TG_TOKEN_LOST)
			break;
		g->in = false;
	}
	return st;
}

struct wish {
	bool *made;
	struct tg_bytes hash;
	struct tg_buf *out;
};

/* 512 bits, as the NCA's own GOST issuer, where the token can; else 256. */
static enum tg_status make(
        struct tg_gost_token *g, const struct tg_key_ref *key, const struct wish *w, struct tg_error *err)
{
	enum tg_status st = tg_token_generate(g->token, key, "gost2012-512", w->out, err);
	return st == TG_ALGORITHM ? tg_token_generate(g->token, key, "gost2012-256", w->out, err) : st;
}

static enum tg_status find_or_make(
        struct tg_gost_token *g, const struct tg_key_ref *key, void *ctx, struct tg_error *err)
{
	struct wish *w = ctx;
	enum tg_status st = tg_token_find_key(g->token, key, w->out, err);
	*w->made = st == TG_KEY_MISSING || st == TG_CARD_BROKEN; /* half made: made anew */
	return *w->made ? make(g, key, w, err) : st;
}

static enum tg_status sign_hash(struct tg_gost_token *g, const struct tg_key_ref *key, void *ctx, struct tg_error *err)
{
	const struct wish *w = ctx;
	struct tg_buf algorithm = TG_BUF_INIT; /* the certificate says it */
	enum tg_status st = tg_token_sign_hash(g->token, key, w->hash, w->out, &algorithm, err);
	tg_buf_finish(&algorithm);
	return st;
}

static enum tg_status port_key(void *ctx, const char *label, bool *made, struct tg_buf *spki, struct tg_error *err)
{
	return with_key(ctx, label, find_or_make, &(struct wish){.made = made, .out = spki}, err);
}

static enum tg_status port_sign(
        void *ctx, const char *label, struct tg_bytes hash, struct tg_buf *signature, struct tg_error *err)
{
	return with_key(ctx, label, sign_hash, &(struct wish){.hash = hash, .out = signature}, err);
}

struct tg_ca_keeper tg_gost_token_port(struct tg_gost_token *g)
{
	return g->token ? (struct tg_ca_keeper){.key = port_key, .sign = port_sign, .ctx = g}
	                : (struct tg_ca_keeper){0};
}

enum tg_status tg_gost_token_open(struct tg_gost_token *g, const struct tg_centre_options *o,
        const struct tg_centre_paths *p, struct tg_audit *audit, struct tg_error *err)
{
	char program[TG_CENTRE_PATH], carriers[1024];
	*g = (struct tg_gost_token){.o = o, .audit = audit};
	if (!o->gost_token)
		return TG_OK;
	if (!tg_spawn_beside(program, sizeof(program), "tamga-token") || access(program, X_OK) != 0)
		return tg_error_set(err, TG_CONFIG, "--gost-token: there is no tamga-token beside this program");
	if (o->gost_carriers)
		(void)tg_copy(carriers, sizeof(carriers), o->gost_carriers);
	else
		(void)snprintf(carriers, sizeof(carriers), "%s/gost-carriers.yaml", o->screens);
	(void)snprintf(g->refused, sizeof(g->refused), "%s/gost-pin-refused", p->ca_dir);
	const struct tg_token_config config = {
	        .program = program, .carriers_path = carriers, .call_ms = CALL_MS, .generate_ms = GENERATE_MS};
	enum tg_status st = tg_token_create(&g->token, &config);
	return st == TG_OK ? TG_OK : tg_error_set(err, st, "tamga-token");
}

void tg_gost_token_close(struct tg_gost_token *g)
{
	tg_token_destroy(g->token);
	g->token = NULL;
}
