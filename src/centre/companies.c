/* The companies of complex certificates (DOS-6): told to a kiosk where the holder has just entered, and changed when an
 * application for that was accepted. The order in which the centre comes to the applications decides: each is judged by
 * the list as it is then. */
#include "companies.h"
#include "tamga/log.h"
#include "tamga/screen.h"

#include <ctype.h>
#include <jansson.h>

#define ROUND_MAX 200

static const char *text(const json_t *o, const char *member)
{
	const char *s = json_string_value(json_object_get(o, member));
	return s ? s : "";
}

/* --- Judging */

static const json_t *named(const json_t *list, const char *inn)
{
	size_t i;
	const json_t *company;
	json_array_foreach(list, i, company)
	{
		if (strcmp(text(company, "inn"), inn) == 0)
			return company;
	}
	return NULL;
}

static bool has_twice(const json_t *list)
{
	size_t i;
	const json_t *company;
	json_array_foreach(list, i, company)
	{
		if (named(list, text(company, "inn")) != company)
			return true;
	}
	return false;
}

static bool all_there(const json_t *now, const json_t *removed)
{
	size_t i;
	const json_t *company;
	json_array_foreach(removed, i, company)
	{
		if (!named(now, text(company, "inn")))
			return false;
	}
	return true;
}

static bool any_there(const json_t *now, const json_t *removed, const json_t *added)
{
	size_t i;
	const json_t *company;
	json_array_foreach(added, i, company)
	{
		const char *inn = text(company, "inn");
		if (!*inn || (named(now, inn) && !named(removed, inn)))
			return true;
	}
	return false;
}

enum tg_status tg_companies_judge(
        const json_t *now, const json_t *removed, const json_t *added, int max, int *count, struct tg_error *err)
{
	const size_t n = json_array_size(now) - json_array_size(removed) + json_array_size(added);
	*count = 0;
	if (json_array_size(removed) + json_array_size(added) == 0)
		return tg_error_set(err, TG_COMPANIES, "nothing is to be changed");
	if (has_twice(removed) || has_twice(added))
		return tg_error_set(err, TG_COMPANIES, "a company is named twice");
	if (!all_there(now, removed))
		return tg_error_set(err, TG_COMPANIES, "a company that is to go is not there");
	if (any_there(now, removed, added))
		return tg_error_set(err, TG_COMPANIES, "a company that is to come is there");
	if (max > 0 && n > (size_t)max)
		return tg_error_set(err, TG_COMPANIES, "%zu companies of %d", n, max);
	*count = (int)n;
	return TG_OK;
}

/* --- The list of a certificate */

static enum tg_status take_company(const char *inn, const char *name, void *ctx)
{
	json_t *list = ctx;
	return json_array_append_new(list, json_pack("{s:s, s:s}", "inn", inn, "name", name)) == 0 ? TG_OK
	                                                                                           : TG_NO_MEMORY;
}

enum tg_status tg_companies_number(
        struct tg_registry *registry, const char *typed, char number[TG_NUMBER_MAX], struct tg_error *err)
{
	char serial[TG_CA_SERIAL_MAX];
	struct tg_ca_record r;
	if (!tg_ca_serial(typed, serial))
		return tg_error_set(err, TG_NOT_FOUND, "no serial number");
	struct tg_ca_store port = tg_registry_ca_port(registry);
	enum tg_status st = port.find_by_serial(port.ctx, serial, &r);
	if (st != TG_OK)
		return tg_error_set(err, st, "no certificate of this authority");
	bool good = r.state == TG_CA_VALID || r.state == TG_CA_UNCONFIRMED;
	(void)tg_copy(number, TG_NUMBER_MAX, r.number);
	tg_ca_record_finish(&r);
	return good ? TG_OK : tg_error_set(err, TG_NOT_FOUND, "the certificate was taken back");
}

enum tg_status tg_companies_list(
        struct tg_store *s, const char *number, struct tg_company_list *row, json_t **list, struct tg_error *err)
{
	*list = json_array();
	enum tg_status st = *list ? tg_store_companies(s, number, row, take_company, *list, err) : TG_NO_MEMORY;
	if (st != TG_OK) {
		json_decref(*list);
		*list = NULL;
	}
	return st;
}

/* --- What the centre owes after an acceptance */

struct round {
	struct tg_court *court;
	struct tg_store *store;
	int64_t now_ms;
	struct tg_error *err;
};

static const char *first_serial(const json_t *application)
{
	const char *s = json_string_value(json_array_get(json_object_get(application, "serials"), 0));
	return s ? s : "";
}

/* The certificate that the application names is the applicant's own: a list is changed by nobody else. */
static enum tg_status applicants_certificate(
        struct tg_registry *registry, const json_t *application, char number[TG_NUMBER_MAX], struct tg_error *err)
{
	struct tg_ca_record r;
	const char *iin = text(application, "iin"), *bin = text(application, "bin");
	struct tg_ca_store port = tg_registry_ca_port(registry);
	if (!*iin && !*bin)
		return tg_error_set(err, TG_CERT_OTHER_PERSON, "the application says nothing of who asks");
	TG_TRY(tg_ca_find_for(&port, first_serial(application), iin, bin, &r, err));
	tg_ca_record_finish(&r);
	return tg_companies_number(registry, first_serial(application), number, err);
}

static enum tg_status limit_of(
        const struct tg_court *c, const json_t *application, const char *product, int *max, struct tg_error *err)
{
	const struct tg_provider *p =
	        c->catalog ? tg_catalog_provider(c->catalog, text(application, "provider")) : NULL;
	const struct tg_product *sold = p ? tg_provider_product(p, product) : NULL;
	*max = sold ? sold->companies_max : 0;
	return sold && sold->complex ? TG_OK : tg_error_set(err, TG_COMPANIES, "no product that serves companies");
}

struct change {
	char number[TG_NUMBER_MAX]; /* of the application that the certificate came from */
	struct tg_company_list row;
	json_t *now;
	int count;
};

static enum tg_status judge(struct round *r, const json_t *application, struct change *c, struct tg_error *why)
{
	int max;
	TG_TRY(tg_court_identified(application, why));
	enum tg_status st = applicants_certificate(r->court->registry, application, c->number, why);
	if (st == TG_OK)
		st = tg_companies_list(r->store, c->number, &c->row, &c->now, why);
	if (st == TG_NOT_FOUND)
		return tg_error_set(why, TG_COMPANIES, "the certificate has no list of companies");
	TG_TRY(st);
	TG_TRY(limit_of(r->court, application, c->row.product, &max, why));
	return tg_companies_judge(c->now, json_object_get(application, "removed"),
	        json_object_get(application, "added"), max, &c->count, why);
}

/* What is no verdict is put off: a database that does not answer, no memory. */
static bool is_verdict(enum tg_status st)
{
	return st == TG_OK || tg_status_class(st) == TG_CLASS_APPLICANT;
}

static json_t *or_none(const json_t *application, const char *member)
{
	const json_t *list = json_object_get(application, member);
	return json_is_array(list) ? json_deep_copy(list) : json_array();
}

static enum tg_status write_change(
        struct round *r, const json_t *application, const struct change *c, enum tg_status st)
{
	return tg_court_write(r->store, TG_RECORD_COMPANIES_CHANGED,
	        json_pack("{s:s, s:s, s:s, s:o, s:o, s:i, s:i}", "number", text(application, "number"), "certificate",
	                c->number, "product", c->row.product, "added", or_none(application, "added"), "removed",
	                or_none(application, "removed"), "count", st == TG_OK ? c->count : c->row.count, "code",
	                (int)st),
	        r->now_ms, r->err);
}

static enum tg_status change_one(const struct tg_work_row *row, void *ctx)
{
	struct round *r = ctx;
	struct tg_buf body = TG_BUF_INIT;
	struct tg_error why = {0};
	struct change c = {0};
	enum tg_status st = tg_store_app_body(r->store, row->number, &body, r->err);
	json_t *application = st == TG_OK ? json_loadb((const char *)body.data, body.len, 0, NULL) : NULL;
	tg_buf_wipe(&body);
	if (!application)
		return st == TG_NOT_FOUND ? TG_OK : st;
	st = judge(r, application, &c, &why);
	if (st != TG_OK)
		tg_log_error(&why, "companies of application %s", row->number);
	if (is_verdict(st))
		st = write_change(r, application, &c, st);
	else
		st = TG_OK; /* put off; logged */
	json_decref(c.now);
	json_decref(application);
	return st;
}

enum tg_status tg_court_companies(struct tg_store *s, int64_t now_ms, void *court, struct tg_error *err)
{
	struct round r = {court, s, now_ms, err};
	return tg_store_work(s, "companies", ROUND_MAX, change_one, &r, err);
}
