/* The data directory. A first start makes everything; a start that was cut short is completed by the next one. */
#include "centre.h"
#include "tamga/enrol.h"
#include "tamga/file.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

enum tg_status tg_centre_paths_init(struct tg_centre_paths *p, const char *dir, struct tg_error *err)
{
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return tg_error_set(err, TG_IO, "--data: %s", strerror(errno));
	char *full = realpath(dir, NULL);
	if (!full)
		return tg_error_set(err, TG_IO, "--data: %s", strerror(errno));
	bool fits = tg_copy(p->dir, sizeof(p->dir), full);
	free(full);
	if (!fits)
		return tg_error_set(err, TG_CONFIG, "--data: the path is too long");
	if (chmod(p->dir, 0700) != 0)
		return tg_error_set(err, TG_IO, "--data: %s", strerror(errno));
	const struct {
		char *out;
		const char *name;
	} files[] = {{p->replica, "centre.db"}, {p->registry, "ca.db"}, {p->office, "office.db"}, {p->ca_dir, "ca"},
	        {p->channel_ca, "channel-ca.pem"}, {p->channel_ca_key, "channel-ca.key"},
	        {p->channel_next, "channel-ca-next.pem"}, {p->channel_next_key, "channel-ca-next.key"},
	        {p->channel_trust, "channel-trust.pem"}, {p->tls_cert, "tls.crt"}, {p->tls_key, "tls.key"},
	        {p->ack_key, "ack.key"}, {p->ack_public, "ack.pem"}, {p->ca_trust, "ca-trust.pem"},
	        {p->secret, "enrolment-secret"}, {p->token_pin, "token-pin"}, {p->softhsm_conf, "softhsm2.conf"},
	        {p->softhsm_dir, "softhsm"}, {p->listen, "listen"}, {p->public_at, "public"},
	        {p->cmp_trust, "cmp-trust.pem"}, {p->metrics_at, "metrics"}, {p->lock, "lock"}};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		(void)snprintf(files[i].out, TG_CENTRE_PATH, "%s/%s", p->dir, files[i].name);
	return TG_OK;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static enum tg_status save_key(BIO *bio, const char *path, struct tg_error *err)
{
	char *text = NULL;
	struct tg_buf b = TG_BUF_INIT;
	long n = BIO_get_mem_data(bio, &text);
	tg_buf_add(&b, text, n > 0 ? (size_t)n : 0);
	enum tg_status st = tg_buf_status(&b);
	if (st == TG_OK)
		st = tg_file_write(path, b.data, b.len, 0600, err);
	tg_buf_wipe(&b);
	return st;
}

/* The public half is written last: where it stands, the private one stands too. */
static enum tg_status make_ack_key(const struct tg_centre_paths *p, struct tg_error *err)
{
	if (exists(p->ack_key) && exists(p->ack_public))
		return TG_OK;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *private = BIO_new(BIO_s_secmem()), *public = BIO_new(BIO_s_mem());
	bool ok = key && private && public &&
	          PEM_write_bio_PKCS8PrivateKey(private, key, NULL, NULL, 0, NULL, NULL) == 1 &&
	          PEM_write_bio_PUBKEY(public, key) == 1;
	enum tg_status st = ok ? save_key(private, p->ack_key, err) : tg_error_set(err, TG_KEY_GENERATE, "ack key");
	if (st == TG_OK)
		st = save_key(public, p->ack_public, err);
	BIO_free(private);
	BIO_free(public);
	EVP_PKEY_free(key);
	return st;
}

enum tg_status tg_centre_pin(const char *path, struct tg_secret **out, struct tg_error *err)
{
	struct tg_buf b = TG_BUF_INIT;
	*out = NULL;
	enum tg_status st = tg_file_read(&b, path, 64, err);
	size_t n = st == TG_OK ? strcspn(tg_buf_str(&b), "\r\n") : 0;
	if (st == TG_OK)
		st = tg_secret_create(out);
	if (st == TG_OK && (n == 0 || !tg_secret_append(*out, b.data, n)))
		st = tg_error_at(err, TG_CONFIG, path, 1, 0, "no PIN, or too long");
	tg_buf_wipe(&b);
	return st;
}

static enum tg_status make_random_hex(const char *path, size_t bytes, const char *after, struct tg_error *err)
{
	unsigned char raw[32];
	char hex[2 * sizeof(raw) + 1];
	struct tg_buf b = TG_BUF_INIT;
	if (bytes > sizeof(raw) || RAND_priv_bytes(raw, (int)bytes) != 1)
		return tg_error_set(err, TG_IO, "no random numbers");
	tg_hex(raw, bytes, hex);
	tg_buf_addf(&b, "%s\n%s", hex, after);
	enum tg_status st = tg_buf_status(&b);
	if (st == TG_OK)
		st = tg_file_write(path, b.data, b.len, 0600, err);
	OPENSSL_cleanse(raw, sizeof(raw));
	OPENSSL_cleanse(hex, sizeof(hex));
	tg_buf_wipe(&b);
	return st;
}

/* The same secret, with the pin of the channel CA that is the present one now. */
static enum tg_status pin_again(const char *path, const char *line, struct tg_error *err)
{
	struct tg_buf b = TG_BUF_INIT;
	enum tg_status st = tg_file_read(&b, path, 1024, err);
	if (st == TG_OK && !strstr(tg_buf_str(&b), line)) {
		b.len = strcspn(tg_buf_str(&b), "\r\n");
		tg_buf_addf(&b, "\n%s", line);
		st = tg_buf_status(&b);
		if (st == TG_OK)
			st = tg_file_write(path, b.data, b.len, 0600, err);
	}
	tg_buf_wipe(&b);
	return st;
}

/* The pin stands beside the secret: whoever sets up a kiosk carries one file. */
static enum tg_status make_secret(const struct tg_centre_paths *p, struct tg_error *err)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char pin[2 * SHA256_DIGEST_LENGTH + 1], line[96];
	TG_TRY(tg_enrol_pin(p->channel_ca, digest, err));
	tg_hex(digest, sizeof(digest), pin);
	(void)snprintf(line, sizeof(line), "ca-pin %s\n", pin);
	return exists(p->secret) ? pin_again(p->secret, line, err) : make_random_hex(p->secret, 32, line, err);
}

static enum tg_status write_trust(const struct tg_centre_paths *p, struct tg_error *err)
{
	struct tg_buf pem = TG_BUF_INIT;
	enum tg_status st = tg_channel_ca_all(p->dir, &pem, err);
	if (st == TG_OK)
		st = tg_file_write(p->channel_trust, pem.data, pem.len, 0644, err);
	tg_buf_finish(&pem);
	return st;
}

static enum tg_status make_softhsm(const struct tg_centre_paths *p, struct tg_error *err)
{
	struct tg_buf b = TG_BUF_INIT;
	if (mkdir(p->softhsm_dir, 0700) != 0 && errno != EEXIST)
		return tg_error_at(err, TG_IO, p->softhsm_dir, 0, 0, "%s", strerror(errno));
	if (mkdir(p->ca_dir, 0700) != 0 && errno != EEXIST)
		return tg_error_at(err, TG_IO, p->ca_dir, 0, 0, "%s", strerror(errno));
	tg_buf_addf(&b,
	        "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n",
	        p->softhsm_dir);
	enum tg_status st = tg_buf_status(&b);
	/* Written at each start: a directory that was moved brings its keys along. */
	if (st == TG_OK)
		st = tg_file_write(p->softhsm_conf, b.data, b.len, 0600, err);
	tg_buf_finish(&b);
	if (st == TG_OK && !exists(p->token_pin))
		st = make_random_hex(p->token_pin, 8, "", err);
	return st;
}

enum tg_status tg_centre_setup(const struct tg_centre_paths *p, bool sandbox, struct tg_error *err)
{
	struct tg_clock real = tg_clock_real(); /* TLS is judged by the machines' own clocks */
	int64_t now = real.wall_ms(real.ctx);
	TG_TRY(tg_channel_ca_settle(p->dir, err));
	TG_TRY(tg_channel_ca_create(p->channel_ca, p->channel_ca_key, TG_CHANNEL_CA_NAME, now, err));
	TG_TRY(write_trust(p, err));
	TG_TRY(make_ack_key(p, err));
	if (sandbox)
		TG_TRY(make_secret(p, err));
	return make_softhsm(p, err);
}
