/* How a new kiosk becomes known. The person who sets it up carries one line from the centre (enrol.h), or the file of a
 * sandbox: a secret and the pin of the channel CA (SHA-256 of its DER). First the CA certificate is fetched from
 * whoever answers and compared with the pin; only then, over TLS proven by that CA, goes the request: PKCS#10 and a
 * signature made with the secret, which itself never travels. A lost answer is asked for again with the same key: the
 * centre repeats it. */
#include "agent.h"
#include "tamga/ca.h"
#include "tamga/enrol.h"
#include "tamga/file.h"
#include "tamga/text.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#define ANSWER_MAX (64u * 1024u)
#define TIMEOUT_MS 20000
#define SECRET_MIN 16

struct enrolment {
	const struct tg_agent_flags *f;
	enum tg_channel_tpm tpm;
	const char *kiosk, *centre;
	struct tg_enrol_line line;
	uint8_t secret[128], pin[SHA256_DIGEST_LENGTH];
	size_t secret_len, pin_len;
	char url[512], ca_path[512], key_path[512];
	struct tg_buf csr, answer;
};

/* --- The secret */
static void take_line(struct enrolment *e)
{
	memcpy(e->secret, e->line.secret, TG_ENROL_SECRET);
	memcpy(e->pin, e->line.pin, TG_ENROL_PIN);
	e->secret_len = TG_ENROL_SECRET;
	e->pin_len = TG_ENROL_PIN;
	if (!e->kiosk)
		e->kiosk = e->line.kiosk;
	if (!e->centre)
		e->centre = e->line.url;
}

/* A sandbox's file: the secret in its first line, "ca-pin HEX" in another. */
static enum tg_status take_sandbox(struct enrolment *e, const char *text, struct tg_error *err)
{
	size_t n = strcspn(text, "\r\n");
	const char *pin = strstr(text, "\nca-pin ");
	if (n < SECRET_MIN || n > sizeof(e->secret))
		return tg_error_set(err, TG_CONFIG, "secret file: no secret in its first line");
	memcpy(e->secret, text, n);
	e->secret_len = n;
	char hex[2 * SHA256_DIGEST_LENGTH + 1] = "";
	if (pin)
		(void)snprintf(hex, sizeof(hex), "%.*s", (int)strcspn(pin + 8, "\r\n"), pin + 8);
	if (e->f->ca_pin && !tg_copy(hex, sizeof(hex), e->f->ca_pin))
		hex[0] = '\0';
	if (tg_unhex(hex, e->pin, sizeof(e->pin)) != (int)sizeof(e->pin))
		return tg_error_set(
		        err, TG_CONFIG, "no pin of the channel CA: --ca-pin or a ca-pin line in the secret file");
	e->pin_len = sizeof(e->pin);
	return TG_OK;
}

/* From the file, or as it is typed. */
static enum tg_status read_text(const struct tg_agent_flags *f, struct tg_buf *out, struct tg_error *err)
{
	char typed[TG_ENROL_LINE_MAX + 64];
	if (f->secret_file && strcmp(f->secret_file, "-") != 0)
		return tg_file_read(out, f->secret_file, 4096, err);
	if (isatty(STDIN_FILENO))
		fputs("The line that tamgactl kiosk add printed at the centre:\n", stderr);
	bool got = fgets(typed, sizeof(typed), stdin) != NULL;
	if (got)
		tg_buf_add_str(out, typed);
	OPENSSL_cleanse(typed, sizeof(typed));
	return got ? tg_buf_status(out) : tg_error_set(err, TG_CONFIG, "no line was entered");
}

static enum tg_status read_secret(struct enrolment *e, struct tg_error *err)
{
	struct tg_buf text = TG_BUF_INIT;
	enum tg_status st = read_text(e->f, &text, err);
	if (st == TG_NOT_FOUND)
		st = TG_CONFIG;
	const char *s = st == TG_OK ? tg_buf_str(&text) : "";
	bool line = strncmp(s, TG_ENROL_LINE_BEGIN, strlen(TG_ENROL_LINE_BEGIN)) == 0;
	if (st == TG_OK)
		st = line ? tg_enrol_line_read(s, &e->line, err) : take_sandbox(e, s, err);
	if (st == TG_OK && line)
		take_line(e);
	tg_buf_wipe(&text);
	return st;
}

/* --- The centre's CA */
static bool pin_fits(const X509 *ca, const struct enrolment *e)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	unsigned n = 0;
	return X509_digest(ca, EVP_sha256(), digest, &n) == 1 && n == sizeof(digest) &&
	       CRYPTO_memcmp(digest, e->pin, e->pin_len) == 0;
}

/* The pinned certificate and nothing else of what somebody said: whatever stood after it would be believed as well. */
static bool take_pinned(const struct enrolment *e, struct tg_buf *pem)
{
	char *text = NULL;
	BIO *in = BIO_new_mem_buf(e->answer.data, (int)e->answer.len), *out = BIO_new(BIO_s_mem());
	X509 *ca = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
	bool ok = ca && out && pin_fits(ca, e) && PEM_write_bio_X509(out, ca) == 1;
	long n = ok ? BIO_get_mem_data(out, &text) : 0;
	tg_buf_add(pem, text, n > 0 ? (size_t)n : 0);
	X509_free(ca);
	BIO_free(in);
	BIO_free(out);
	return ok;
}

/* TG_TLS when the CA shown is not the pinned one. */
static enum tg_status fetch_ca(struct enrolment *e, struct tg_error *err)
{
	struct tg_http *h = NULL;
	struct tg_buf pem = TG_BUF_INIT;
	struct tg_http_options o = tg_http_to_centre(&(struct tg_agent_tls){0}, NULL, ANSWER_MAX);
	o.any_server = true;
	(void)snprintf(e->url, sizeof(e->url), "%s/ca/channel-ca.pem", e->centre);
	TG_TRY(tg_http_create(&h, &o, err));
	const struct tg_http_request q = {.url = e->url, .timeout_ms = TIMEOUT_MS};
	enum tg_status st = tg_http_do(h, &q, &e->answer, err);
	tg_http_destroy(h);
	if (st != TG_OK)
		return st;
	st = take_pinned(e, &pem) ? tg_buf_status(&pem)
	                          : tg_error_set(err, TG_TLS, "the channel CA shown is not the pinned one");
	if (st == TG_OK)
		st = tg_identity_write(e->f->out, TG_ID_CHANNEL_CA, tg_buf_str(&pem), err);
	tg_buf_finish(&pem);
	return st;
}

/* --- The request */
static enum tg_status make_request(struct enrolment *e, struct tg_buf *body, struct tg_error *err)
{
	uint8_t proof[TG_ENROL_PROOF_LEN];
	char proof_hex[2 * TG_ENROL_PROOF_LEN + 1];
	TG_TRY(tg_channel_key_make(e->key_path, e->tpm, err));
	TG_TRY(tg_channel_request(e->key_path, e->kiosk, &e->csr, err));
	struct tg_bytes csr = {e->csr.data, e->csr.len};
	TG_TRY(tg_enrol_prove((struct tg_bytes){e->secret, e->secret_len}, e->kiosk, csr, proof, err));
	tg_hex(proof, sizeof(proof), proof_hex);
	char *hex = malloc(2 * e->csr.len + 1);
	if (!hex)
		return tg_error_set(err, TG_NO_MEMORY, "request");
	tg_hex(e->csr.data, e->csr.len, hex);
	tg_buf_addf(body, "{\"kiosk\":\"%s\",\"csr\":\"%s\",\"proof\":\"%s\",\"key_in\":\"%s\"}", e->kiosk, hex,
	        proof_hex, tg_channel_key_in_tpm(e->key_path) ? "tpm" : "file");
	free(hex);
	return tg_buf_status(body);
}

static enum tg_status post_request(struct enrolment *e, struct tg_error *err)
{
	struct tg_http *h = NULL;
	struct tg_buf body = TG_BUF_INIT;
	const struct tg_agent_tls tls = {.ca = e->ca_path};
	const struct tg_http_options o = tg_http_to_centre(&tls, NULL, ANSWER_MAX);
	(void)snprintf(e->url, sizeof(e->url), "%s/v1/enrol", e->centre);
	enum tg_status st = make_request(e, &body, err);
	if (st == TG_OK)
		st = tg_http_create(&h, &o, err);
	if (st == TG_OK) {
		const struct tg_http_request q = {.url = e->url,
		        .content_type = "application/json",
		        .accept = "application/json",
		        .body = {body.data, body.len},
		        .timeout_ms = TIMEOUT_MS};
		st = tg_http_do(h, &q, &e->answer, err);
	}
	tg_http_destroy(h);
	tg_buf_finish(&body);
	return st;
}

static enum tg_status save_member(
        const struct enrolment *e, json_t *o, const char *member, const char *name, struct tg_error *err)
{
	const char *text = json_string_value(json_object_get(o, member));
	if (!text || text[0] == '\0')
		return tg_error_set(err, TG_CENTRE_GARBAGE, "the answer lacks %s", member);
	return tg_identity_write(e->f->out, name, text, err);
}

static enum tg_status save_all(const struct enrolment *e, json_t *o, struct tg_error *err)
{
	char line[600];
	json_int_t number = json_integer_value(json_object_get(o, "number"));
	if (number <= 0 || number >= 1 << 20)
		return tg_error_set(err, TG_CENTRE_GARBAGE, "the answer has no usable kiosk number");
	TG_TRY(save_member(e, o, "ca_trust", TG_ID_CA_TRUST, err));
	TG_TRY(save_member(e, o, "ack_key", TG_ID_ACK_KEY, err));
	(void)snprintf(line, sizeof(line), "%lld\n", (long long)number);
	TG_TRY(tg_identity_write(e->f->out, TG_ID_NUMBER, line, err));
	(void)snprintf(line, sizeof(line), "%s\n", e->centre);
	TG_TRY(tg_identity_write(e->f->out, TG_ID_CENTRE, line, err));
	/* The next CA too, if there is one. */
	TG_TRY(save_member(e, o, "channel_ca", TG_ID_CHANNEL_CA, err));
	TG_TRY(save_member(e, o, "certificate", TG_ID_CERT, err));
	/* Last: who finds the id finds all the rest. */
	(void)snprintf(line, sizeof(line), "%s\n", e->kiosk);
	return tg_identity_write(e->f->out, TG_ID_KIOSK, line, err);
}

static enum tg_status save_answer(const struct enrolment *e, struct tg_error *err)
{
	json_t *o = json_loadb((const char *)e->answer.data, e->answer.len, 0, NULL);
	enum tg_status st = o ? save_all(e, o, err) : tg_error_set(err, TG_CENTRE_GARBAGE, "the answer is not JSON");
	json_decref(o);
	return st;
}

static enum tg_status check(struct enrolment *e, struct tg_error *err)
{
	const char *out = e->f->out;
	if (!e->centre || !e->kiosk)
		return tg_error_set(err, TG_CONFIG, "with this secret --enrol needs --centre and --kiosk");
	if (!tg_kiosk_id_valid(e->kiosk) || strncmp(e->centre, "https://", 8) != 0 || strlen(e->centre) > 400)
		return tg_error_set(err, TG_CONFIG, "--kiosk is no stream id, or --centre no https:// address");
	if (snprintf(e->key_path, sizeof(e->key_path), "%s/" TG_ID_KEY, out) >= (int)sizeof(e->key_path) ||
	        snprintf(e->ca_path, sizeof(e->ca_path), "%s/" TG_ID_CHANNEL_CA, out) >= (int)sizeof(e->ca_path))
		return tg_error_set(err, TG_CONFIG, "--out is too long");
	if (mkdir(out, 0700) != 0 && errno != EEXIST)
		return tg_error_set(err, TG_IO, "--out: %s", strerror(errno));
	return tg_identity_settle(out, err);
}

enum tg_status tg_agent_enrol(const struct tg_agent_flags *f, struct tg_error *err)
{
	struct enrolment e = {.f = f, .kiosk = f->kiosk, .centre = f->centre};
	if (!f->out)
		return tg_error_set(err, TG_CONFIG, "--enrol needs --out");
	enum tg_status st = tg_agent_tpm(f->tpm, &e.tpm, err);
	if (st == TG_OK)
		st = read_secret(&e, err);
	if (st == TG_OK)
		st = check(&e, err);
	if (st == TG_OK)
		st = fetch_ca(&e, err);
	if (st == TG_OK)
		st = post_request(&e, err);
	if (st == TG_OK)
		st = save_answer(&e, err);
	if (st == TG_OK)
		printf("enrolled %s in %s, key in %s\n", e.kiosk, f->out,
		        tg_channel_key_in_tpm(e.key_path) ? "the TPM" : "a file");
	OPENSSL_cleanse(&e.secret, sizeof(e.secret));
	OPENSSL_cleanse(&e.line, sizeof(e.line));
	tg_buf_finish(&e.csr);
	tg_buf_finish(&e.answer);
	return st;
}
