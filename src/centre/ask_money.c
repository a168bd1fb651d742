/* Questions about money: what an application costs and what came for it, what a balance has, whether a payment was
 * noted before (DOS-7); and of an old certificate in E-Cloud, whether the next one may be ordered (DOS-3). */
#include "cloud.h"
#include "tamga/link.h"
#include "tamga/screen.h"

#include <jansson.h>

static const char *text(const json_t *o, const char *member)
{
	const char *s = json_string_value(json_object_get(o, member));
	return s ? s : "";
}

static enum tg_status made(json_t *o, json_t **out)
{
	*out = o;
	return o ? TG_OK : TG_NO_MEMORY;
}

/* --- money */

/* A payment that is about to be noted: not one that was noted already. */
static enum tg_status check_reference(struct tg_asker *a, const char *provider, const json_t *in, struct tg_error *err)
{
	bool known = false;
	TG_TRY(tg_store_payment_known(a->store, provider, text(in, "how"), text(in, "reference"), &known, err));
	return known ? tg_error_set(err, TG_PAYMENT_TWICE, "this reference was noted before") : TG_OK;
}

/* A refund that is about to be noted: before the certificate is made; paid back only what was asked for. */
static enum tg_status check_refund(const struct tg_money *m, const char *what, struct tg_error *err)
{
	if (!*what)
		return TG_OK;
	if (tg_money_refundable(m) == 0)
		return m->produced_ms > 0 ? tg_error_set(err, TG_REFUND_LATE, "the certificate is made")
		                          : tg_error_set(err, TG_CARD_STATE, "nothing was paid");
	bool fits = strcmp(what, "asked") == 0 ? m->asked == 0 : m->asked > 0;
	return fits ? TG_OK : tg_error_set(err, TG_CARD_STATE, "the refund was asked for, or paid, before");
}

static enum tg_status of_application(struct tg_asker *a, const json_t *in, json_t **out, struct tg_error *err)
{
	char number[TG_NUMBER_MAX];
	struct tg_money m;
	int64_t balance = 0;
	struct tg_buf body = TG_BUF_INIT;
	if (tg_number_check(text(in, "number"), number) != TG_OK)
		return tg_error_set(err, TG_INVALID, "no number");
	TG_TRY(tg_store_money(a->store, number, &m, err));
	TG_TRY(check_reference(a, m.provider, in, err));
	TG_TRY(check_refund(&m, text(in, "refund"), err));
	if (m.order) {
		TG_TRY(tg_store_app_body(a->store, number, &body, err));
		json_t *application = json_loadb((const char *)body.data, body.len, 0, NULL);
		tg_buf_wipe(&body);
		enum tg_status st = tg_store_balance(a->store, m.provider, text(application, "account"), &balance, err);
		json_decref(application);
		TG_TRY(st);
	}
	return made(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:I, s:I}", "currency", m.currency, "due",
	                    (json_int_t)m.due, "paid", (json_int_t)m.paid, "rest", (json_int_t)tg_money_rest(&m),
	                    "asked", (json_int_t)m.asked, "refunded", (json_int_t)m.refunded, "refundable",
	                    (json_int_t)tg_money_refundable(&m), "order", m.order, "balance", (json_int_t)balance,
	                    "produced_ms", (json_int_t)m.produced_ms),
	        out);
}

static enum tg_status of_account(struct tg_asker *a, const json_t *in, json_t **out, struct tg_error *err)
{
	int64_t balance = 0;
	if (!*text(in, "provider") || strlen(text(in, "account")) > 32)
		return tg_error_set(err, TG_INVALID, "no account");
	TG_TRY(check_reference(a, text(in, "provider"), in, err));
	TG_TRY(tg_store_balance(a->store, text(in, "provider"), text(in, "account"), &balance, err));
	return made(json_pack("{s:I}", "balance", (json_int_t)balance), out);
}

enum tg_status tg_ask_money(struct tg_asker *a, const char *kiosk, const json_t *in, json_t **out, struct tg_error *err)
{
	(void)kiosk;
	return *text(in, "account") ? of_account(a, in, out, err) : of_application(a, in, out, err);
}

/* --- cloud */

enum tg_status tg_ask_cloud(struct tg_asker *a, const char *kiosk, const json_t *in, json_t **out, struct tg_error *err)
{
	struct tg_cloud_old old;
	struct tg_error why = {0};
	const struct tg_provider *p = a->catalog ? tg_catalog_provider(a->catalog, text(in, "provider")) : NULL;
	TG_TRY(tg_guess_allowed(a, kiosk));
	if (!p)
		return tg_error_set(err, TG_INVALID, "no provider");
	enum tg_status st = tg_cloud_old(a->registry, text(in, "serial"), text(in, "account"), &old, err);
	if (st == TG_NOT_FOUND)
		tg_guess_missed(a, kiosk);
	TG_TRY(st);
	st = tg_cloud_may_order(&old, p, a->clock.wall_ms(a->clock.ctx), &why);
	return made(
	        json_pack("{s:i, s:b, s:b, s:I, s:I, s:s, s:s, s:s, s:s}", "code", (int)st, "cloud", old.cloud, "good",
	                old.good, "from_ms", (json_int_t)old.facts.from_ms, "until_ms", (json_int_t)old.facts.until_ms,
	                "name", old.facts.common_name, "organisation", old.facts.organisation, "title", old.facts.title,
	                "personal_number", old.facts.personal_number),
	        out);
}

#define CLOUD_TOLD 20

struct cloud_list {
	const struct tg_provider *provider;
	const char *account;
	int64_t now_ms;
	json_t *list;
};

static enum tg_status add_cloud(const struct tg_ca_record *r, void *ctx)
{
	struct cloud_list *l = ctx;
	struct tg_error why = {0};
	struct tg_cloud_old old = {.cloud = true, .good = true};
	const struct tg_bytes der = {r->certificate.data, r->certificate.len};
	if (json_array_size(l->list) >= CLOUD_TOLD || tg_pki_certificate_facts(der, &old.facts, &why) != TG_OK)
		return TG_OK;
	if (strcmp(old.facts.organisation_number, l->account) != 0)
		return TG_OK; /* the number stands elsewhere in it */
	enum tg_status code = tg_cloud_may_order(&old, l->provider, l->now_ms, &why);
	json_t *one = json_pack("{s:i, s:s, s:I, s:I, s:s, s:s, s:s, s:s}", "code", (int)code, "serial",
	        old.facts.serial, "from_ms", (json_int_t)old.facts.from_ms, "until_ms", (json_int_t)old.facts.until_ms,
	        "name", old.facts.common_name, "organisation", old.facts.organisation, "title", old.facts.title,
	        "personal_number", old.facts.personal_number);
	return json_array_append_new(l->list, one) == 0 ? TG_OK : TG_NO_MEMORY;
}

enum tg_status tg_ask_cloud_of(
        struct tg_asker *a, const char *kiosk, const json_t *in, json_t **out, struct tg_error *err)
{
	struct tg_cloud_old entered;
	struct cloud_list l = {.account = text(in, "account"), .now_ms = a->clock.wall_ms(a->clock.ctx)};
	l.provider = a->catalog ? tg_catalog_provider(a->catalog, text(in, "provider")) : NULL;
	TG_TRY(tg_guess_allowed(a, kiosk));
	if (!l.provider)
		return tg_error_set(err, TG_INVALID, "no provider");
	enum tg_status st = tg_cloud_old(a->registry, text(in, "serial"), l.account, &entered, err);
	if (st == TG_NOT_FOUND)
		tg_guess_missed(a, kiosk); /* who knows a tax number alone learns nothing */
	TG_TRY(st);
	l.list = json_array();
	st = tg_registry_each_kept(a->registry, TG_CENTRE_STREAM, l.account, l.now_ms, add_cloud, &l);
	if (st != TG_OK) {
		json_decref(l.list);
		return tg_error_set(err, st, "certificates in the cloud");
	}
	return made(json_pack("{s:o}", "certificates", l.list), out);
}
