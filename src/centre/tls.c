/* The certificate that the centre shows to kiosks. It is made at each start and again while the centre runs, before it
 * ends: who connects after that sees the new one, connections that are open stay. */
#include "tls.h"

#include "tamga/file.h"
#include "tamga/log.h"

#include <gnutls/gnutls.h>

/* Lent to greetings that are under way: it stays for as long as the next one is shown. */
struct shown {
	gnutls_pcert_st certificate;
	gnutls_privkey_t key;
};

static struct {
	pthread_mutex_t lock;
	struct shown *now, *before;
	const struct tg_centre_paths *paths;
	char hosts[600];
	int64_t seconds, until_ms;
} tls = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* TLS is judged by the machines' own clocks. */
static int64_t machine_ms(void)
{
	struct tg_clock real = tg_clock_real();
	return real.wall_ms(real.ctx);
}

static void forget(struct shown *s)
{
	if (!s)
		return;
	gnutls_pcert_deinit(&s->certificate);
	gnutls_privkey_deinit(s->key);
	free(s);
}

static gnutls_datum_t datum_of(const struct tg_buf *b)
{
	return (gnutls_datum_t){.data = b->data, .size = (unsigned)b->len};
}

static struct shown *import(const struct tg_buf *certificate, const struct tg_buf *key)
{
	gnutls_datum_t c = datum_of(certificate), k = datum_of(key);
	struct shown *s = calloc(1, sizeof(*s));
	if (s && gnutls_privkey_init(&s->key) == 0) {
		if (gnutls_privkey_import_x509_raw(s->key, &k, GNUTLS_X509_FMT_PEM, NULL, 0) == 0 &&
		        gnutls_pcert_import_x509_raw(&s->certificate, &c, GNUTLS_X509_FMT_PEM, 0) == 0)
			return s;
		gnutls_privkey_deinit(s->key);
	}
	free(s);
	return NULL;
}

static enum tg_status load(struct shown **s, struct tg_error *err)
{
	struct tg_buf certificate = TG_BUF_INIT, key = TG_BUF_INIT;
	enum tg_status st = tg_file_read(&certificate, tls.paths->tls_cert, 16384, err);
	if (st == TG_OK)
		st = tg_file_read(&key, tls.paths->tls_key, 16384, err);
	if (st == TG_OK && !(*s = import(&certificate, &key)))
		st = tg_error_at(err, TG_TLS, tls.paths->tls_cert, 0, 0, "certificate or key cannot be used");
	tg_buf_finish(&certificate);
	tg_buf_wipe(&key);
	return st;
}

static enum tg_status make(struct tg_error *err)
{
	struct shown *fresh = NULL;
	int64_t now = machine_ms();
	const struct tg_centre_paths *p = tls.paths;
	TG_TRY(tg_channel_server(
	        p->channel_ca, p->channel_ca_key, p->tls_cert, p->tls_key, tls.hosts, tls.seconds, now, err));
	TG_TRY(load(&fresh, err));
	pthread_mutex_lock(&tls.lock);
	forget(tls.before);
	tls.before = tls.now;
	tls.now = fresh;
	tls.until_ms = now + tls.seconds * 1000;
	pthread_mutex_unlock(&tls.lock);
	return TG_OK;
}

enum tg_status tg_tls_open(const struct tg_centre_paths *p, const char *hosts, int64_t seconds, struct tg_error *err)
{
	tls.paths = p;
	tls.seconds = seconds;
	if (!tg_copy(tls.hosts, sizeof(tls.hosts), hosts))
		return tg_error_set(err, TG_CONFIG, "--names: too many");
	return make(err);
}

void tg_tls_close(void)
{
	forget(tls.now);
	forget(tls.before);
	tls.now = tls.before = NULL;
}

enum tg_status tg_tls_renew(struct tg_store *s, int64_t now_ms, void *ctx, struct tg_error *err)
{
	(void)s;
	(void)now_ms;
	(void)ctx;
	if (tls.until_ms - machine_ms() > tls.seconds * 1000 / 3)
		return TG_OK;
	TG_TRY(make(err));
	tg_log_info("a new TLS certificate is shown");
	return TG_OK;
}

int tg_tls_certificate(gnutls_session_t session, const gnutls_datum_t *issuers, int n_issuers,
        const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **certificate, unsigned *n,
        gnutls_privkey_t *key)
{
	(void)session;
	(void)issuers;
	(void)n_issuers;
	(void)algorithms;
	(void)n_algorithms;
	pthread_mutex_lock(&tls.lock);
	*certificate = &tls.now->certificate;
	*n = 1;
	*key = tls.now->key;
	pthread_mutex_unlock(&tls.lock);
	return 0;
}
