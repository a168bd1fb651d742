/* Who is at the other end. libmicrohttpd only asks for a certificate; whether it is one of ours is found out here. */
#include "centre.h"

#include <gnutls/gnutls.h>

/* How soon a kiosk that was disabled is refused on a connection that is open. */
#define LOOK_EVERY_MS 500

/* Its certificate, which the handshake has proven to be its own. */
static enum tg_status judge(struct tg_peers *all, struct tg_peer *p, gnutls_session_t session)
{
	unsigned n = 0;
	struct tg_shown shown;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(session, &n);
	if (!list || n == 0)
		return TG_KIOSK_UNKNOWN;
	enum tg_status st = tg_trust_judge(all->trust, (struct tg_bytes){list[0].data, list[0].size}, &shown);
	memcpy(p->fingerprint, shown.fingerprint, TG_FINGERPRINT_LEN);
	memcpy(p->named, shown.name, sizeof(p->named));
	p->until_ms = shown.until_ms;
	return st;
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
static void meet(struct tg_peers *all, struct tg_peer *p, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	enum tg_status st = info ? judge(all, p, (gnutls_session_t)info->tls_session) : TG_KIOSK_UNKNOWN;
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
		meet(all, peer, c);
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

/* One that this centre ever knew is what this centre says of it: disabled stays disabled. */
static bool is_guest(struct tg_peers *all, const struct tg_peer *p, const struct tg_outside *outside)
{
	struct tg_kiosk_row row;
	const char *url;
	if (!p->proven || p->over || !p->named[0] || all->clock.wall_ms(all->clock.ctx) >= p->until_ms ||
	        tg_outside_check(outside, p->named, &url) != TG_SHARD_OTHER)
		return false;
	pthread_mutex_lock(&all->lock);
	enum tg_status st = tg_kiosk_find(all->registry, p->named, &row);
	pthread_mutex_unlock(&all->lock);
	return st == TG_NOT_FOUND;
}

enum tg_status tg_peer_check_guest(
        struct tg_peers *all, struct tg_peer *peer, struct MHD_Connection *c, const struct tg_outside *outside)
{
	enum tg_status st = check(all, peer, c);
	if (st == TG_KIOSK_UNKNOWN && is_guest(all, peer, outside)) {
		(void)tg_copy(peer->kiosk, sizeof(peer->kiosk), peer->named);
		return TG_OK;
	}
	if (st == TG_KIOSK_UNKNOWN || st == TG_CHANNEL_EXPIRED)
		count_refused(all, peer);
	return st;
}

enum tg_status tg_peer_check(struct tg_peers *all, struct tg_peer *peer, struct MHD_Connection *c)
{
	return tg_peer_check_guest(all, peer, c, NULL);
}
