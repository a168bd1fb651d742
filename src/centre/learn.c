/* centre.db and ca.db were put back from the same old backup: what the CA did since stands in neither, and
 * tamgactl restore leaves word of it in ca.db. Kiosks wrote down each certificate before the CA heard that it came, and
 * send those entries again: here they are learnt from, so that a certificate that is out there can be revoked, is told
 * of by OCSP and stands in the register. Only one that an issuer of this CA signed is believed, whoever sent it
 * (src/decisions/0265). */
#include "centre.h"

#include "tamga/log.h"

#include <jansson.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#define PAGE     500
#define ROUND    40 /* pages: others have work to do as well */
#define CERT_MAX 16384

enum tg_status tg_learner_open(struct tg_learner *l, struct tg_desk *d, const struct tg_catalog *catalog,
        const struct tg_centre_paths *p, struct tg_error *err)
{
	*l = (struct tg_learner){.desk = d, .catalog = catalog};
	TG_TRY(tg_registry_open(&l->registry, p->registry, err));
	TG_TRY(tg_ca_issuing_der(d->ca, &l->issuers[0]));
	enum tg_status st = tg_ca_gost_issuing_der(d->ca, &l->issuers[1]);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

void tg_learner_close(struct tg_learner *l)
{
	tg_registry_close(l->registry);
	tg_buf_finish(&l->issuers[0]);
	tg_buf_finish(&l->issuers[1]);
	*l = (struct tg_learner){0};
}

/* --- One certificate */

struct found {
	char kiosk[TG_KIOSK_MAX + 1];
	char number[TG_NUMBER_MAX], key[16];
	int64_t at_ms;
	struct tg_buf der;
};

static bool is_ours(const struct tg_learner *l, const struct tg_buf *der)
{
	for (size_t i = 0; i < sizeof(l->issuers) / sizeof(l->issuers[0]); i++) {
		const struct tg_buf *issuer = &l->issuers[i];
		if (issuer->len > 0 && tg_pki_verify_certificate((struct tg_bytes){der->data, der->len},
		                               (struct tg_bytes){issuer->data, issuer->len}, NULL) == TG_OK)
			return true;
	}
	return false;
}

static bool hash_key(const struct tg_buf *der, uint8_t out[TG_HASH_LEN])
{
	const unsigned char *at = der->data;
	unsigned char *spki = NULL;
	X509 *x = d2i_X509(NULL, &at, (long)der->len);
	const int n = x ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki) : 0;
	if (n > 0)
		SHA256(spki, (size_t)n, out);
	OPENSSL_free(spki);
	X509_free(x);
	return n > 0;
}

/* As the CA would have written it down. What it cannot say any more, whether the kiosk confirmed it, does no harm. */
static enum tg_status read_record(struct tg_learner *l, struct tg_store *s, struct found *f, struct tg_ca_record *r)
{
	struct tg_certificate_facts facts;
	struct tg_buf text = TG_BUF_INIT;
	struct tg_error err = {0};
	TG_TRY(tg_pki_certificate_facts((struct tg_bytes){f->der.data, f->der.len}, &facts, &err));
	enum tg_status st = tg_store_app_body(s, f->number, &text, &err);
	json_t *application = st == TG_OK ? json_loadb((const char *)text.data, text.len, 0, NULL) : NULL;
	bool fits = tg_ca_serial(facts.serial, r->serial) && tg_copy(r->number, sizeof(r->number), f->number) &&
	            tg_copy(r->kiosk, sizeof(r->kiosk), f->kiosk) &&
	            tg_copy(r->profile, sizeof(r->profile), tg_court_profile(l->catalog, application, f->key)) &&
	            hash_key(&f->der, r->spki_hash);
	json_decref(application);
	tg_buf_wipe(&text);
	r->state = TG_CA_VALID;
	r->reason = -1;
	r->issued_ms = r->changed_ms = f->at_ms;
	r->expires_ms = facts.until_ms;
	r->certificate = f->der;
	f->der = (struct tg_buf)TG_BUF_INIT;
	return fits ? TG_OK : TG_CERT_INVALID;
}

static enum tg_status write_record(struct tg_learner *l, struct tg_store *s, const struct tg_ca_record *r)
{
	struct tg_ledger ledger = {.records = tg_registry_ca_port(l->registry), .registry = l->registry, .store = s};
	const struct tg_ca_store port = tg_ledger_port(&ledger);
	struct tg_ca_record other;
	enum tg_status st = port.find_by_serial(port.ctx, r->serial, &other);
	if (st == TG_NOT_FOUND) {
		tg_ca_record_finish(&other);
		st = port.find_by_spki(port.ctx, r->spki_hash, &other);
		if (st == TG_OK)
			tg_log_warn("certificate %s stays out of the register: its key has certificate %s", r->serial,
			        other.serial);
	}
	tg_ca_record_finish(&other);
	if (st != TG_NOT_FOUND)
		return st;
	st = port.insert(port.ctx, r);
	l->learnt += st == TG_OK;
	return st;
}

static enum tg_status learn(struct tg_learner *l, struct tg_store *s, struct found *f)
{
	struct tg_ca_record r = {0};
	if (!is_ours(l, &f->der))
		return TG_OK; /* of a CA elsewhere, or of nobody */
	enum tg_status st = read_record(l, s, f, &r);
	if (st == TG_OK)
		st = write_record(l, s, &r);
	tg_ca_record_finish(&r);
	return st == TG_CERT_INVALID ? TG_OK : st;
}

/* --- The journal, from its beginning at each start */

/* The store reads one thing at a time: first the page, then what each of it needs. */
struct page {
	struct tg_learner *l;
	struct found found[PAGE];
	size_t n, rows;
};

static enum tg_status look_at(const struct tg_entry *e, int64_t place, void *ctx)
{
	struct page *p = ctx;
	p->rows++;
	p->l->at = place;
	const int kind = tg_record_kind_find(e->kind);
	if (!e->body || (kind != TG_RECORD_CHIP_DONE && kind != TG_RECORD_APPLICATION_ISSUED))
		return TG_OK;
	json_t *body = json_loadb(e->body, e->body_len, JSON_REJECT_DUPLICATES, NULL);
	const char *text = tg_court_text(body, "certificate");
	struct found *f = &p->found[p->n];
	*f = (struct found){.at_ms = e->time_ms};
	const bool fits = strlen(text) < CERT_MAX && tg_copy(f->kiosk, sizeof(f->kiosk), e->kiosk) &&
	                  tg_copy(f->number, sizeof(f->number), tg_court_text(body, "number")) &&
	                  tg_copy(f->key, sizeof(f->key), tg_court_text(body, "key"));
	if (fits && tg_court_unpack(text, &f->der))
		p->n++;
	else
		tg_buf_finish(&f->der);
	json_decref(body);
	return TG_OK;
}

static enum tg_status learn_page(struct page *p, struct tg_store *s, struct tg_error *err)
{
	const int64_t before = p->l->at;
	enum tg_status st = tg_store_after(s, before, PAGE, look_at, p, err);
	for (size_t i = 0; i < p->n; i++) {
		if (st == TG_OK && (st = learn(p->l, s, &p->found[i])) != TG_OK)
			(void)!tg_error_set(err, st, "a certificate is not learnt");
		tg_buf_finish(&p->found[i].der);
	}
	if (st != TG_OK)
		p->l->at = before;
	return st;
}

enum tg_status tg_learner_round(struct tg_store *s, int64_t now_ms, void *learner, struct tg_error *err)
{
	struct tg_learner *l = learner;
	const uint64_t before = l->learnt;
	enum tg_status st = TG_OK;
	size_t rows = PAGE;
	if (!tg_registry_is_learning(l->registry, now_ms))
		return TG_OK;
	struct page *p = malloc(sizeof(*p));
	if (!p)
		return tg_error_set(err, TG_NO_MEMORY, "learner");
	for (int i = 0; i < ROUND && st == TG_OK && rows == PAGE; i++) {
		p->l = l;
		p->n = p->rows = 0;
		st = learn_page(p, s, err);
		rows = p->rows;
	}
	free(p);
	if (l->learnt > before)
		tg_log_warn("%llu certificates that were issued after the backup are known again",
		        (unsigned long long)(l->learnt - before));
	return st;
}
