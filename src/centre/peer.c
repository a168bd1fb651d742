/* Who is at the other end. libmicrohttpd only asks for a certificate; whether it is one of ours is found out here. */
#include "centre.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* How soon a kiosk that was disabled is refused on a connection that is open. */
#define LOOK_EVERY_MS 500

/* An explicit clientAuth: a certificate without any purpose is not meant for this. */
static bool for_clients(gnutls_x509_crt_t crt)
{
	for (unsigned i = 0;; i++) {
		char oid[128];
		size_t n = sizeof(oid);
		int rc = gnutls_x509_crt_get_key_purpose_oid(crt, i, oid, &n, NULL);
		if (rc < 0)
			return false;
		if (strcmp(oid, GNUTLS_KP_TLS_WWW_CLIENT) == 0)
			return true;
	}
}

/* 112 bits: RSA-2048, P-256. Whatever the channel CA was once made to sign. */
static bool is_strong(gnutls_x509_crt_t crt)
{
	unsigned bits = 0;
	int algorithm = gnutls_x509_crt_get_pk_algorithm(crt, &bits);
	return algorithm >= 0 &&
	       gnutls_pk_bits_to_sec_param((gnutls_pk_algorithm_t)algorithm, bits) >= GNUTLS_SEC_PARAM_MEDIUM;
}

static bool read_certificate(const gnutls_datum_t *der, struct tg_peer *p)
{
	gnutls_x509_crt_t crt;
	size_t n = TG_FINGERPRINT_LEN;
	if (gnutls_x509_crt_init(&crt) != 0)
		return false;
	bool ok = gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) == 0 && for_clients(crt) && is_strong(crt) &&
	          gnutls_x509_crt_get_ca_status(crt, NULL) <= 0 &&
	          gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, p->fingerprint, &n) == 0;
	p->until_ms = (int64_t)gnutls_x509_crt_get_expiration_time(crt) * 1000;
	gnutls_x509_crt_deinit(crt);
	return ok;
}

/* TG_CHANNEL_EXPIRED: nothing but its time is wrong. */
static enum tg_status verify(gnutls_session_t session, struct tg_peer *p)
{
	unsigned n = 0, status = 0;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(session, &n);
	if (!list || n == 0)
		return TG_KIOSK_UNKNOWN;
	if (gnutls_certificate_verify_peers2(session, &status) != 0)
		return TG_KIOSK_UNKNOWN;
	if ((status & ~((unsigned)GNUTLS_CERT_INVALID | GNUTLS_CERT_EXPIRED)) != 0 || !read_certificate(&list[0], p))
		return TG_KIOSK_UNKNOWN;
	return status == 0 ? TG_OK : (status & GNUTLS_CERT_EXPIRED) ? TG_CHANNEL_EXPIRED : TG_KIOSK_UNKNOWN;
}

static enum tg_status look_up(struct tg_peers *all, struct tg_peer *p)
{
	char kiosk[TG_KIOSK_MAX + 1];
	atomic_fetch_add(&all->counts->database, 1);
	/* It is over: not as good as shown, so that the one before it goes on. */
	bool over = p->over || all->clock.wall_ms(all->clock.ctx) >= p->until_ms;
	int64_t now = all->wall.wall_ms(all->wall.ctx);
	enum tg_status st = over ? tg_kiosk_of_certificate(all->registry, p->fingerprint, kiosk)
	                         : tg_kiosk_by_certificate(all->registry, p->fingerprint, kiosk, now);
	if (st == TG_OK)
		(void)tg_copy(p->kiosk, sizeof(p->kiosk), kiosk);
	return st == TG_OK && over ? TG_CHANNEL_EXPIRED : st;
}

static unsigned present_generation(struct tg_peers *all)
{
	int64_t now = all->clock.mono_ms(all->clock.ctx);
	if (now - all->looked_ms >= LOOK_EVERY_MS) {
		all->looked_ms = now;
		if (tg_registry_changed(all->registry))
			all->generation++;
	}
	return all->generation;
}

/* The certificate itself: once per connection. */
static void meet(struct tg_peer *p, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	enum tg_status st = info ? verify((gnutls_session_t)info->tls_session, p) : TG_KIOSK_UNKNOWN;
	p->over = st == TG_CHANNEL_EXPIRED;
	p->proven = st == TG_OK || p->over;
	p->status = TG_KIOSK_UNKNOWN;
	p->met = true;
}

/* For the audit journal: how many came with no certificate of ours, or one of a kiosk that is not let in any more. */
static void count_refused(struct tg_peers *all, const struct tg_peer *peer)
{
	if (all->audit)
		tg_audit_refused(all->audit, peer->proven ? &all->audit->no_kiosk : &all->audit->no_certificate);
}

static enum tg_status check(struct tg_peers *all, struct tg_peer *peer, struct MHD_Connection *c)
{
	bool first = !peer->met;
	if (first)
		meet(peer, c);
	if (!peer->proven)
		return TG_KIOSK_UNKNOWN;
	pthread_mutex_lock(&all->lock);
	unsigned now = present_generation(all);
	bool ended = peer->status == TG_OK && all->clock.wall_ms(all->clock.ctx) >= peer->until_ms;
	if (first || now != peer->generation || ended) {
		peer->status = look_up(all, peer);
		peer->generation = now;
	}
	pthread_mutex_unlock(&all->lock);
	return peer->status;
}

enum tg_status tg_peer_check(struct tg_peers *all, struct tg_peer *peer, struct MHD_Connection *c)
{
	enum tg_status st = check(all, peer, c);
	if (st == TG_KIOSK_UNKNOWN || st == TG_CHANNEL_EXPIRED)
		count_refused(all, peer);
	return st;
}
