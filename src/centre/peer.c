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

static bool read_certificate(const gnutls_datum_t *der, struct tg_peer *p)
{
	gnutls_x509_crt_t crt;
	size_t n = TG_FINGERPRINT_LEN;
	if (gnutls_x509_crt_init(&crt) != 0)
		return false;
	bool ok = gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) == 0 && for_clients(crt) &&
	          gnutls_x509_crt_get_ca_status(crt, NULL) <= 0 &&
	          gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, p->fingerprint, &n) == 0;
	gnutls_x509_crt_deinit(crt);
	return ok;
}

static enum tg_status verify(gnutls_session_t session, struct tg_peer *p)
{
	unsigned n = 0, status = 0;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(session, &n);
	if (!list || n == 0)
		return TG_KIOSK_UNKNOWN;
	if (gnutls_certificate_verify_peers2(session, &status) != 0 || status != 0)
		return TG_KIOSK_UNKNOWN;
	return read_certificate(&list[0], p) ? TG_OK : TG_KIOSK_UNKNOWN;
}

static enum tg_status look_up(struct tg_peers *all, struct tg_peer *p)
{
	char kiosk[TG_KIOSK_MAX + 1];
	enum tg_status st = tg_kiosk_by_certificate(all->registry, p->fingerprint, kiosk);
	if (st == TG_OK)
		(void)tg_copy(p->kiosk, sizeof(p->kiosk), kiosk);
	return st;
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
	p->proven = info && verify((gnutls_session_t)info->tls_session, p) == TG_OK;
	p->status = TG_KIOSK_UNKNOWN;
	p->met = true;
}

enum tg_status tg_peer_check(struct tg_peers *all, struct tg_peer *peer, struct MHD_Connection *c)
{
	bool first = !peer->met;
	if (first)
		meet(peer, c);
	if (!peer->proven)
		return TG_KIOSK_UNKNOWN;
	pthread_mutex_lock(&all->lock);
	unsigned now = present_generation(all);
	if (first || now != peer->generation) {
		peer->status = look_up(all, peer);
		peer->generation = now;
	}
	pthread_mutex_unlock(&all->lock);
	return peer->status;
}
