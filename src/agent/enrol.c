/* How a new kiosk becomes known. The person who sets it up carries two things from the centre: a secret and the pin of
 * the channel CA (SHA-256 of its DER), both in one file. First the CA certificate is fetched from whoever answers and
 * compared with the pin; only then, over TLS proven by that CA, goes the request: PKCS#10 and a MAC made with the
 * secret. The secret itself never travels. A lost answer is asked for again with the same key: the centre repeats it.
 */
#include "agent.h"
#include "tamga/text.h"
#include "tamga/ca.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <errno.h>

#define ANSWER_MAX (64u * 1024u)
#define TIMEOUT_MS 20000
#define MAC_LABEL  "tamga-enrol-1"

struct enrolment {
	const struct tg_agent_flags *f;
	char secret[128], pin[2 * SHA256_DIGEST_LENGTH + 1];
	char url[512], ca_path[512];
	struct tg_buf csr, answer;
};

/* The file: the secret in its first line, "ca-pin HEX" in another. */
static enum tg_status read_secret(struct enrolment *e, struct tg_error *err)
{
	char line[200];
	FILE *file = fopen(e->f->secret_file, "re");
	if (!file)
		return tg_error_set(err, TG_CONFIG, "secret file: %s", strerror(errno));
	bool first = true, ok = true;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (first)
			ok = tg_copy(e->secret, sizeof(e->secret), line);
		else if (strncmp(line, "ca-pin ", 7) == 0)
			ok = ok && tg_copy(e->pin, sizeof(e->pin), line + 7);
		first = false;
	}
	fclose(file);
	OPENSSL_cleanse(line, sizeof(line));
	if (e->f->ca_pin)
		ok = ok && tg_copy(e->pin, sizeof(e->pin), e->f->ca_pin);
	if (!ok || strlen(e->secret) < 16)
		return tg_error_set(err, TG_CONFIG, "secret file: no secret in its first line");
	if (strlen(e->pin) != sizeof(e->pin) - 1)
		return tg_error_set(
		        err, TG_CONFIG, "no pin of the channel CA: --ca-pin or a ca-pin line in the secret file");
	return TG_OK;
}

static bool pin_fits(const struct tg_buf *pem, const char *pin)
{
	unsigned char digest[SHA256_DIGEST_LENGTH], wanted[SHA256_DIGEST_LENGTH];
	unsigned n = 0;
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
	X509 *ca = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	bool ok = ca && X509_digest(ca, EVP_sha256(), digest, &n) == 1 && n == sizeof(digest) &&
	          tg_unhex(pin, wanted, sizeof(wanted)) == (int)sizeof(wanted) &&
	          CRYPTO_memcmp(digest, wanted, sizeof(digest)) == 0;
	X509_free(ca);
	BIO_free(bio);
	return ok;
}

static const struct tg_http_options base_options = {.tls13 = true,
        .answer_max = ANSWER_MAX,
        .down = TG_CENTRE_DOWN,
        .garbage = TG_CENTRE_GARBAGE,
        .refused = TG_CENTRE_REFUSED};

/* TG_TLS when the CA shown is not the pinned one. */
static enum tg_status fetch_ca(struct enrolment *e, struct tg_error *err)
{
	struct tg_http *h = NULL;
	struct tg_http_options o = base_options;
	o.any_server = true;
	(void)snprintf(e->url, sizeof(e->url), "%s/ca/channel-ca.pem", e->f->centre);
	TG_TRY(tg_http_create(&h, &o, err));
	const struct tg_http_request q = {.url = e->url, .timeout_ms = TIMEOUT_MS};
	enum tg_status st = tg_http_do(h, &q, &e->answer, err);
	tg_http_destroy(h);
	if (st != TG_OK)
		return st;
	if (!pin_fits(&e->answer, e->pin))
		return tg_error_set(err, TG_TLS, "the channel CA shown is not the pinned one");
	return tg_identity_write(e->f->out, TG_ID_CHANNEL_CA, tg_buf_str(&e->answer), err);
}

static void make_mac(const struct enrolment *e, char hex[2 * SHA256_DIGEST_LENGTH + 1])
{
	unsigned char mac[SHA256_DIGEST_LENGTH] = {0};
	struct tg_buf text = TG_BUF_INIT;
	tg_buf_add(&text, MAC_LABEL, sizeof(MAC_LABEL));
	tg_buf_add(&text, e->f->kiosk, strlen(e->f->kiosk) + 1);
	tg_buf_add(&text, e->csr.data, e->csr.len);
	HMAC(EVP_sha256(), e->secret, (int)strlen(e->secret), text.data, text.len, mac, NULL);
	tg_buf_finish(&text);
	tg_hex(mac, sizeof(mac), hex);
}

static enum tg_status make_request(struct enrolment *e, struct tg_buf *body, struct tg_error *err)
{
	char mac[2 * SHA256_DIGEST_LENGTH + 1], path[512];
	if (snprintf(path, sizeof(path), "%s/" TG_ID_KEY, e->f->out) >= (int)sizeof(path))
		return tg_error_set(err, TG_CONFIG, "--out is too long");
	TG_TRY(tg_channel_request(path, e->f->kiosk, &e->csr, err));
	char *hex = malloc(2 * e->csr.len + 1);
	if (!hex)
		return tg_error_set(err, TG_NO_MEMORY, "request");
	tg_hex(e->csr.data, e->csr.len, hex);
	make_mac(e, mac);
	tg_buf_addf(body, "{\"kiosk\":\"%s\",\"csr\":\"%s\",\"mac\":\"%s\"}", e->f->kiosk, hex, mac);
	free(hex);
	return tg_buf_status(body);
}

static enum tg_status post_request(struct enrolment *e, struct tg_error *err)
{
	struct tg_http *h = NULL;
	struct tg_buf body = TG_BUF_INIT;
	struct tg_http_options o = base_options;
	(void)snprintf(e->ca_path, sizeof(e->ca_path), "%s/" TG_ID_CHANNEL_CA, e->f->out);
	(void)snprintf(e->url, sizeof(e->url), "%s/v1/enrol", e->f->centre);
	o.ca = e->ca_path;
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
	(void)snprintf(line, sizeof(line), "%s\n", e->f->centre);
	TG_TRY(tg_identity_write(e->f->out, TG_ID_CENTRE, line, err));
	TG_TRY(save_member(e, o, "certificate", TG_ID_CERT, err));
	/* Last: who finds the id finds all the rest. */
	(void)snprintf(line, sizeof(line), "%s\n", e->f->kiosk);
	return tg_identity_write(e->f->out, TG_ID_KIOSK, line, err);
}

static enum tg_status save_answer(const struct enrolment *e, struct tg_error *err)
{
	json_t *o = json_loadb((const char *)e->answer.data, e->answer.len, 0, NULL);
	enum tg_status st = o ? save_all(e, o, err) : tg_error_set(err, TG_CENTRE_GARBAGE, "the answer is not JSON");
	json_decref(o);
	return st;
}

enum tg_status tg_agent_enrol(const struct tg_agent_flags *f, struct tg_error *err)
{
	struct enrolment e = {.f = f};
	if (!f->centre || !f->secret_file || !f->kiosk || !f->out)
		return tg_error_set(err, TG_CONFIG, "--enrol needs --centre, --secret-file, --kiosk and --out");
	if (!tg_kiosk_id_valid(f->kiosk) || strncmp(f->centre, "https://", 8) != 0 || strlen(f->centre) > 400)
		return tg_error_set(err, TG_CONFIG, "--kiosk is no stream id, or --centre no https:// address");
	if (mkdir(f->out, 0700) != 0 && errno != EEXIST)
		return tg_error_set(err, TG_IO, "--out: %s", strerror(errno));
	enum tg_status st = read_secret(&e, err);
	if (st == TG_OK)
		st = fetch_ca(&e, err);
	if (st == TG_OK)
		st = post_request(&e, err);
	if (st == TG_OK)
		st = save_answer(&e, err);
	OPENSSL_cleanse(e.secret, sizeof(e.secret));
	tg_buf_finish(&e.csr);
	tg_buf_finish(&e.answer);
	if (st == TG_OK)
		printf("enrolled %s in %s\n", f->kiosk, f->out);
	return st;
}
