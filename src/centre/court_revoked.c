/* Was the signer's certificate taken back? Our own CA's records say it of what it issued; of others, and of our own
 * where an entry says so, whoever issued it is asked over the network (NCA-V). Nobody's silence is a yes. */
#include "centre.h"
#include "tamga/file.h"

#define TRUST_MAX (1024u * 1024u)

/* Who is asked, and one file with the chains of all who may have issued a signer's certificate. */
enum tg_status tg_court_trust(
        struct tg_court *c, const struct tg_centre_paths *p, const char *outside, struct tg_error *err)
{
	char cache[TG_CENTRE_PATH];
	struct tg_buf pem = TG_BUF_INIT;
	(void)snprintf(cache, sizeof(cache), "%s/status", p->dir);
	(void)snprintf(c->trust, sizeof(c->trust), "%s/court-trust.pem", p->dir);
	TG_TRY(tg_cert_status_open(&c->outside, outside, cache, err));
	enum tg_status st = tg_file_read(&pem, p->ca_trust, TRUST_MAX, err);
	if (st == TG_OK)
		st = tg_cert_status_trust(c->outside, &pem);
	if (st == TG_OK)
		st = tg_file_write(c->trust, pem.data, pem.len, 0644, err);
	tg_buf_finish(&pem);
	return st;
}

static enum tg_status by_own_records(struct tg_court *c, struct tg_bytes certificate, struct tg_error *err)
{
	struct tg_certificate_facts f;
	struct tg_ca_record r;
	TG_TRY(tg_pki_certificate_facts(certificate, &f, err));
	struct tg_ca_store port = tg_registry_ca_port(c->registry);
	enum tg_status st = port.find_by_serial(port.ctx, f.serial, &r);
	bool taken_back = st == TG_OK && (r.state == TG_CA_REVOKED || r.state == TG_CA_REJECTED);
	bool same = st == TG_OK && r.certificate.len == certificate.len &&
	            memcmp(r.certificate.data, certificate.data, certificate.len) == 0;
	tg_ca_record_finish(&r);
	if (st == TG_NOT_FOUND || (st == TG_OK && !same))
		return tg_error_set(err, TG_NOT_FOUND, "no certificate of this authority");
	if (st != TG_OK)
		return tg_error_set(err, st, "registry");
	return taken_back ? tg_error_set(err, TG_CERT_REVOKED, "revoked") : TG_OK;
}

enum tg_status tg_court_revoked(struct tg_court *c, struct tg_bytes certificate, int64_t now_ms, struct tg_error *err)
{
	bool asked = c->outside && tg_cert_status_knows(c->outside, certificate);
	enum tg_status st = by_own_records(c, certificate, err);
	/* Its chain is ours, as the caller has seen: it may be one that was forgotten with a lost ca.db. */
	if (st == TG_NOT_FOUND && !asked)
		return tg_error_set(err,
		        tg_registry_is_learning(c->registry, now_ms) ? TG_CERT_STATUS : TG_CERT_INVALID,
		        "no certificate of this authority");
	if (!asked || (st != TG_OK && st != TG_NOT_FOUND))
		return st;
	return tg_cert_status_ask(c->outside, certificate, now_ms, err);
}
