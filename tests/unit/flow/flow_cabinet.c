#include "flow_cabinet.h"

#include "tamga/text.h"

#define DAY_MS INT64_C(86400000)

static void certificate(struct flow *f, const char *organisation, const char *holder, const char *title, int days)
{
	struct tg_held_certificate *c = &f->facts.certificates[f->facts.n_certificates++];
	memset(c, 0, sizeof *c);
	(void)snprintf(c->sha256, sizeof c->sha256, "%064u", f->facts.n_certificates);
	(void)snprintf(c->serial, sizeof c->serial, "5a%02uc0ffee", f->facts.n_certificates);
	(void)tg_copy(c->organisation, sizeof c->organisation, organisation);
	(void)tg_copy(c->holder, sizeof c->holder, holder);
	(void)tg_copy(c->title, sizeof c->title, title);
	(void)tg_copy(c->issuer, sizeof c->issuer, "Tamga sandbox GOST CA");
	(void)tg_copy(c->personal_number, sizeof c->personal_number, "20101199012345");
	(void)tg_copy(c->organisation_number, sizeof c->organisation_number, "01234567890123");
	(void)tg_copy(c->algorithm, sizeof c->algorithm, "gost2001");
	c->from_ms = f->wall - (365 - days) * DAY_MS;
	c->until_ms = f->wall + days * DAY_MS + DAY_MS / 2;
	c->status = days < 0 ? TG_CERT_EXPIRED : TG_OK;
	c->signs = true;
	c->left_today = 5;
	c->left_in_all = 7;
	c->lock_known_ms = f->wall - 60000;
}

static void news(struct flow *f, const char *title, const char *text)
{
	struct tg_shown_news *n = &f->facts.news[f->facts.n_news++];
	n->time_ms = f->wall - (int64_t)f->facts.n_news * DAY_MS;
	for (int l = 0; l < TG_LANG_COUNT; l++) {
		(void)tg_copy(n->title[l], sizeof n->title[l], title);
		(void)tg_copy(n->text[l], sizeof n->text[l], text);
	}
}

static void application(struct flow *f, const char *number, const char *state, int days_ago)
{
	struct tg_shown_application *a = &f->facts.applications[f->facts.n_applications++];
	(void)tg_copy(a->number, sizeof a->number, number);
	(void)tg_copy(a->service, sizeof a->service, "renew-online");
	(void)tg_copy(a->state, sizeof a->state, state);
	a->accepted_ms = f->wall - days_ago * DAY_MS;
	if (days_ago > 0) {
		a->sent_ms = a->accepted_ms + 60000;
		a->registered_ms = a->accepted_ms + 120000;
	}
}

void flow_cabinet_begin(struct flow *f)
{
	struct tg_device *d = &f->facts.devices[0];
	(void)tg_copy(d->reader, sizeof d->reader, "Virtual PCD 00 01");
	(void)tg_copy(d->shown, sizeof d->shown, "Virtual PCD 00 01");
	(void)tg_copy(d->carrier_name, sizeof d->carrier_name, "carrier.rutoken-ecp");
	(void)tg_copy(d->label, sizeof d->label, "Rutoken ECP");
	(void)tg_copy(d->serial, sizeof d->serial, "DECC0401234");
	f->facts.n_devices = 1;
	f->facts.centre_reached = true;
	certificate(f, "ОсОО «Ала-Тоо»", "Асанов Бакыт Эмилевич", "директор", 200);
	news(f, "Жаңы отчет формасы", "2026-жылдын 1-январынан тартып жаңы форма колдонулат.");
	news(f, "Профилактические работы", "В субботу с 20:00 до 22:00 система недоступна.");
	application(f, "K7M2-0004-9QX1", "working", 0);
	application(f, "K7M2-0003-7WT5", "delivered", 340);
}

void flow_cabinet_many(struct flow *f)
{
	certificate(f, "Сельскохозяйственный производственный кооператив «Көк-Жангак»", "Асанов Бакыт Эмилевич",
	        "главный бухгалтер", 20);
	(void)tg_copy(f->facts.certificates[1].organisation_number, 32, "02504201910385");
	f->facts.certificates[1].left_today = 2;
	f->facts.certificates[1].left_in_all = 3;
	certificate(f, "ОсОО «Ала-Тоо»", "Асанов Бакыт Эмилевич", "директор", -30);
	certificate(f, "", "НҰРЛАНОВА АЙГҮЛ", "", 100);
	f->facts.certificates[3].foreign = true;
}

void flow_cabinet_in_cloud(struct flow *f, const char *serial, const char *title, int days, enum tg_status order)
{
	struct tg_held_certificate *c = &f->facts.in_cloud[f->facts.n_in_cloud++];
	*c = f->facts.certificates[0];
	memset(c->sha256, 0, sizeof c->sha256);
	memset(c->issuer, 0, sizeof c->issuer); /* the centre says no more than an order needs */
	memset(c->algorithm, 0, sizeof c->algorithm);
	(void)tg_copy(c->serial, sizeof c->serial, serial);
	(void)tg_copy(c->title, sizeof c->title, title);
	c->from_ms = f->wall - (365 - days) * DAY_MS;
	c->until_ms = f->wall + days * DAY_MS + DAY_MS / 2;
	c->cloud = true;
	c->order = order;
	c->left_today = c->left_in_all = -1;
}

void flow_days_left(struct flow *f, unsigned i, int days)
{
	f->facts.certificates[i].until_ms = f->wall + days * DAY_MS + DAY_MS / 2;
}

void flow_cabinet_answer(const struct flow *f, enum tg_effect_kind effect, struct tg_event *ev)
{
	static struct tg_cabinet_facts one;
	if (effect == TG_FX_CERTIFICATES || effect == TG_FX_ENTER) {
		(void)tg_copy(ev->token.carrier, sizeof ev->token.carrier, "rutoken-ecp");
		(void)tg_copy(ev->token.carrier_name, sizeof ev->token.carrier_name, "carrier.rutoken-ecp");
		(void)tg_copy(ev->token.purpose, sizeof ev->token.purpose, "token");
	}
	ev->cabinet = &f->facts;
	if (effect == TG_FX_DEVICES)
		ev->status = f->readers;
	else if (effect == TG_FX_CERTIFICATES)
		ev->status = f->held;
	else if (effect == TG_FX_CLOUD)
		ev->status = f->cloud;
	if (effect != TG_FX_ENTER)
		return;
	ev->status = f->entered;
	ev->chain = f->chain;
	one.certificates[0] = f->facts.certificates[f->s.cabinet.certificate % TG_HELD_CERTIFICATES_MAX];
	one.n_certificates = 1;
	ev->cabinet = &one;
}

char flow_cabinet_key(const struct flow *f)
{
	char key = '0';
	for (unsigned i = 0; i < f->s.provider->n_services; i++) {
		const struct tg_service *service = &f->s.provider->services[i];
		key = (char)(key + service->open);
		if (tg_service_opens_cabinet(service))
			return key;
	}
	return '\0';
}

void flow_cabinet_service(struct flow *f)
{
	const char key[2] = {flow_cabinet_key(f), '\0'};
	if (key[0] == '\0')
		fail_msg("%s has no cabinet", f->s.provider->id);
	flow_keys(f, key);
}

static void step(struct flow *f)
{
	if (f->s.stage == TG_STAGE_IDLE)
		flow_keys(f, "3");
	else if (f->s.stage == TG_STAGE_PROVIDER)
		flow_keys(f, "2"); /* DosTek */
	else if (f->s.stage == TG_STAGE_SERVICE)
		flow_cabinet_service(f);
	else if (f->s.stage == TG_STAGE_DEVICES)
		flow_keys(f, "1");
	else if (f->s.stage == TG_STAGE_COMPANY)
		flow_keys(f, "1");
	else if (f->s.stage == TG_STAGE_ENTER)
		flow_pin(f, 8), flow_keys(f, "Enter");
}

void flow_cabinet_walk(struct flow *f, enum tg_stage stage)
{
	for (int i = 0; i < 12; i++) {
		bool chosen = stage != TG_STAGE_DEVICES || f->s.cabinet.storage == TG_STORAGE_TOKEN;
		if (f->s.stage == stage && chosen)
			return;
		step(f);
	}
	fail_msg("%s was never reached: now %s", tg_sm_name(&tg_stage_machine, (int)stage),
	        tg_sm_name(&tg_stage_machine, (int)f->s.stage));
}
