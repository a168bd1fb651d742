#include "ca_parts.h"

#include "ca_outside.h"

/* RFC 5280 5.3.1; hold, removal and the unused 7 cannot be asked for. */
static bool reason_possible(int reason)
{
	return (reason >= -1 && reason <= 5) || reason == 9 || reason == 10;
}

/* May it be revoked? `r` is filled whatever the answer. */
static enum tg_status look(
        struct tg_ca *ca, const char *serial, int reason, struct tg_ca_record *r, struct tg_error *err)
{
	memset(r, 0, sizeof *r);
	if (!reason_possible(reason))
		return tg_error_set(err, TG_INVALID, "revocation reason %d cannot be asked for", reason);
	enum tg_status status = ca->store.find_by_serial(ca->store.ctx, serial, r);
	if (status != TG_OK)
		return tg_error_set(
		        err, status, status == TG_NOT_FOUND ? "no such certificate" : "the register does not answer");
	return r->state == TG_CA_REVOKED ? tg_error_set(err, TG_INVALID, "the certificate is revoked already") : TG_OK;
}

static enum tg_status write_down(struct tg_ca *ca, const char *serial, int reason, const char *by, struct tg_error *err)
{
	enum tg_status status =
	        ca->store.set_state(ca->store.ctx, serial, TG_CA_REVOKED, reason, tg_ca_now(ca), by == NULL ? "" : by);
	return status == TG_OK ? TG_OK : tg_error_set(err, status, "the register did not take the revocation");
}

enum tg_status tg_ca_revoke_locked(
        struct tg_ca *ca, const char *serial, int reason, const char *by, struct tg_error *err)
{
	struct tg_ca_record r;
	enum tg_status status = look(ca, serial, reason, &r, err);
	tg_ca_record_finish(&r);
	return status == TG_OK ? write_down(ca, serial, reason, by, err) : status;
}

/* What a CA elsewhere issued is revoked there, without the lock: it may take its time. */
static enum tg_status revoke_there(struct tg_ca *ca, const struct tg_ca_record *r, int reason, struct tg_error *err)
{
	if (r->issuer[0] == '\0')
		return TG_OK;
	if (!tg_ca_is_relay(ca))
		return tg_error_set(err, TG_CONFIG, "the certificate is of a CA elsewhere, and none is configured");
	return tg_ca_outside_revoke(ca, r, reason, err);
}

enum tg_status tg_ca_revoke(struct tg_ca *ca, const char *serial, int reason, const char *by, struct tg_error *err)
{
	struct tg_ca_record r;
	(void)pthread_mutex_lock(&ca->lock);
	enum tg_status status = look(ca, serial, reason, &r, err);
	(void)pthread_mutex_unlock(&ca->lock);
	if (status == TG_OK)
		status = revoke_there(ca, &r, reason, err);
	tg_ca_record_finish(&r);
	if (status != TG_OK)
		return status;
	(void)pthread_mutex_lock(&ca->lock);
	status = tg_ca_revoke_locked(ca, serial, reason, by, err);
	(void)pthread_mutex_unlock(&ca->lock);
	return status;
}

/* --- For an application that names the certificate */
bool tg_ca_serial(const char *text, char out[TG_CA_SERIAL_MAX])
{
	static const char typed[] = "0123456789abcdefABCDEF", plain[] = "0123456789abcdefabcdef";
	char digits[TG_CA_SERIAL_MAX + 1] = "0";
	size_t n = 1;
	for (const char *c = text; *c != '\0'; c++) {
		const char *at = strchr(typed, *c);
		if (*c == ' ' || *c == ':' || (*c == '0' && n == 1))
			continue;
		if (at == NULL || n >= TG_CA_SERIAL_MAX)
			return false;
		digits[n++] = plain[at - typed];
	}
	/* Whole bytes: one zero stays when the number of digits is odd. */
	return n > 1 && tg_copy(out, TG_CA_SERIAL_MAX, n % 2 == 0 ? digits : digits + 1);
}

static bool is_of(const struct tg_certificate_facts *f, const char *iin, const char *bin)
{
	iin = iin == NULL ? "" : iin;
	bin = bin == NULL ? "" : bin;
	if (strcmp(f->organisation_number, bin) != 0 || (iin[0] == '\0' && bin[0] == '\0'))
		return false;
	/* A server of an organisation has nobody's number; its application names the employee who hands it in. */
	bool nobody = f->personal_number[0] == '\0' && bin[0] != '\0';
	return nobody || (iin[0] == '\0' && bin[0] != '\0') || strcmp(f->personal_number, iin) == 0;
}

enum tg_status tg_ca_find_for(const struct tg_ca_store *store, const char *serial, const char *iin, const char *bin,
        struct tg_ca_record *out, struct tg_error *err)
{
	char plain[TG_CA_SERIAL_MAX];
	struct tg_certificate_facts f;
	memset(out, 0, sizeof *out);
	if (serial == NULL || !tg_ca_serial(serial, plain))
		return tg_error_set(err, TG_NOT_FOUND, "not a serial number");
	enum tg_status status = store->find_by_serial(store->ctx, plain, out);
	if (status != TG_OK)
		return tg_error_set(
		        err, status, status == TG_NOT_FOUND ? "no such certificate" : "the register does not answer");
	status = tg_pki_certificate_facts((struct tg_bytes){out->certificate.data, out->certificate.len}, &f, err);
	if (status == TG_OK && !is_of(&f, iin, bin))
		status = tg_error_set(err, TG_CERT_OTHER_PERSON, "the certificate names another holder");
	if (status != TG_OK)
		tg_ca_record_finish(out);
	return status;
}

enum tg_status tg_ca_revoke_for(struct tg_ca *ca, const char *serial, const char *iin, const char *bin, int reason,
        const char *by, struct tg_error *err)
{
	struct tg_ca_record r;
	char plain[TG_CA_SERIAL_MAX] = "";
	(void)pthread_mutex_lock(&ca->lock);
	enum tg_status status = tg_ca_find_for(&ca->store, serial, iin, bin, &r, err);
	if (status == TG_OK)
		(void)tg_copy(plain, sizeof plain, r.serial);
	tg_ca_record_finish(&r);
	(void)pthread_mutex_unlock(&ca->lock);
	return status == TG_OK ? tg_ca_revoke(ca, plain, reason, by, err) : status;
}
