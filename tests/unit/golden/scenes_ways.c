/* What lies between consent and result on the other ways: judged, by number, the head's list, about (tamga/ways.h). */
#include "scenes.h"

#include "tamga/text.h"

#define AT     INT64_C(1770267600000) /* 5 February 2026, 10:00 in Astana */
#define NUMBER "K7M2-0004-9QX1"

static struct tg_ways_facts told;

static void choose(struct flow *f, const char *service, const char *kind, const char *way)
{
	flow_begin(f, flow_shipped());
	f->silent = true;
	const struct tg_provider *p = tg_catalog_provider(flow_shipped(), "kz-nca");
	f->s.provider = p;
	f->s.lang = TG_LANG_KK;
	for (unsigned i = 0; p && i < p->n_services; i++) {
		if (strcmp(p->services[i].id, service) != 0)
			continue;
		f->s.service = &p->services[i];
		for (unsigned k = 0; kind && k < f->s.service->n_kinds; k++)
			if (!strcmp(f->s.service->kinds[k].id, kind))
				f->s.kind = &f->s.service->kinds[k];
	}
	assert_non_null(f->s.service);
	f->s.way = way ? tg_provider_way(p, way) : NULL;
}

static void tell(struct flow *f, enum tg_event_kind kind, const char *state)
{
	struct tg_event ev = flow_ev(f, kind);
	struct tg_application_facts *a = &told.application;
	memset(&told, 0, sizeof told);
	*a = (struct tg_application_facts){.accepted_ms = AT,
	        .sent_ms = AT + 60000,
	        .registered_ms = AT + 60000,
	        .promised_ms = AT + INT64_C(86400000),
	        .by_centre = true,
	        .ours = true};
	(void)tg_copy(a->number, sizeof a->number, NUMBER);
	(void)tg_copy(a->provider, sizeof a->provider, "kz-nca");
	(void)tg_copy(a->service, sizeof a->service, "issue");
	(void)tg_copy(a->kind, sizeof a->kind, "individual");
	(void)tg_copy(a->form, sizeof a->form, "nca-a1");
	(void)tg_copy(a->state, sizeof a->state, state);
	(void)tg_copy(ev.number, sizeof ev.number, NUMBER);
	ev.accepted_ms = AT;
	ev.ways = &told;
	flow_event(f, &ev);
}

static void submitted(struct flow *f, const char *service, const char *kind, const char *way, const char *state)
{
	choose(f, service, kind, way);
	f->s.stage = TG_STAGE_SUBMITTING;
	f->s.asked.submit = 1;
	tell(f, TG_EV_SUBMITTED, state);
}

static void judging(struct flow *f)
{
	submitted(f, "issue", "individual", "signature", "verifying");
}

static void judging_revoke(struct flow *f)
{
	submitted(f, "revoke", "person", "signature", "verifying");
}

static void result_at_desk(struct flow *f)
{
	submitted(f, "issue", "individual", "papers", "at-desk");
}

static void result_confirming(struct flow *f)
{
	submitted(f, "issue", "entity", "papers", "confirming");
}

static void result_paper(struct flow *f)
{
	submitted(f, "power", "entity", NULL, "recorded");
}

static void result_revoked(struct flow *f)
{
	submitted(f, "revoke", "person", "signature", "verifying");
	tell(f, TG_EV_VERDICT, "revoked");
}

static void status(struct flow *f)
{
	choose(f, "status", NULL, NULL);
	f->s.stage = TG_STAGE_STATUS;
}

static void status_wrong(struct flow *f)
{
	status(f);
	flow_keys(f, "'0001-0000-0145 Enter");
}

static void status_asking(struct flow *f)
{
	status(f);
	flow_keys(f, "'0001-0000-0144 Enter");
}

static void status_accepted(struct flow *f)
{
	status_asking(f);
	tell(f, TG_EV_STATUS, "accepted");
}

static void status_proof(struct flow *f)
{
	status_accepted(f);
	flow_keys(f, "Enter");
}

static void status_withdraw(struct flow *f)
{
	status_accepted(f);
	f->s.ways.step = TG_STATUS_WITHDRAW;
}

static void pending_with(struct flow *f, unsigned n)
{
	choose(f, "confirm", NULL, NULL);
	f->s.cabinet.service = f->s.service;
	f->s.cabinet.entered = true;
	f->s.stage = TG_STAGE_PENDING;
	f->s.asked.pending = 1;
	memset(&told, 0, sizeof told);
	for (unsigned i = 0; i < n; i++) {
		struct tg_pending_request *r = &told.pending[i];
		(void)tg_copy(r->number, sizeof r->number, i > 0 ? "K7M2-0004-A1B2" : NUMBER);
		(void)tg_copy(r->form, sizeof r->form, "nca-a2");
		(void)tg_copy(
		        r->name, sizeof r->name, i > 0 ? "Қанапиянов Әлібек Серікұлы" : "Жүнісова Гүлнар Өтегенқызы");
		r->accepted_ms = AT + (int64_t)i * 3600000;
	}
	told.n_pending = n;
	struct tg_event ev = flow_ev(f, TG_EV_PENDING);
	ev.ways = &told;
	flow_event(f, &ev);
}

static void pending(struct flow *f)
{
	pending_with(f, 2);
}

/* The head has just signed a decision. */
static void pending_sent(struct flow *f)
{
	pending_with(f, 1);
	(void)tg_copy(f->s.ways.facts.state, sizeof f->s.ways.facts.state, TG_STATE_CONFIRMING);
}

static void pending_none(struct flow *f)
{
	pending_with(f, 0);
}

static void add(const char *field, const char *value)
{
	struct tg_application_answers *a = &told.answers;
	(void)tg_copy(a->list[a->n].field, sizeof a->list[0].field, field);
	(void)tg_copy(a->list[a->n++].value, sizeof a->list[0].value, value);
}

static void request(struct flow *f)
{
	pending(f);
	flow_keys(f, "1");
	memset(&told, 0, sizeof told);
	(void)tg_copy(told.answers.provider, sizeof told.answers.provider, "kz-nca");
	(void)tg_copy(told.answers.service, sizeof told.answers.service, "issue");
	(void)tg_copy(told.answers.kind, sizeof told.answers.kind, "entity");
	(void)tg_copy(told.answers.way, sizeof told.answers.way, "papers");
	add("bin", "090540002317");
	add("organisation", "«Алтын Дән» ЖШС");
	add("iin", "880625400234");
	add("surname", "Жүнісова");
	add("given-name", "Гүлнар");
	struct tg_event ev = flow_ev(f, TG_EV_REQUEST);
	ev.ways = &told;
	flow_event(f, &ev);
}

static void request_decline(struct flow *f)
{
	request(f);
	flow_keys(f, "Tab*6 Enter Enter");
}

static void about(struct flow *f)
{
	choose(f, "about", NULL, NULL);
	f->s.stage = TG_STAGE_ABOUT;
}

const struct scene golden_ways_scenes[] = {{"judging", judging}, {"judging-revoke", judging_revoke},
        {"result-at-desk", result_at_desk}, {"result-confirming", result_confirming}, {"result-paper", result_paper},
        {"result-revoked", result_revoked}, {"status", status}, {"status-wrong", status_wrong},
        {"status-asking", status_asking}, {"status-accepted", status_accepted}, {"status-proof", status_proof},
        {"status-withdraw", status_withdraw}, {"pending", pending}, {"pending-none", pending_none},
        {"pending-sent", pending_sent}, {"request", request}, {"request-decline", request_decline}, {"about", about},
        {NULL, NULL}};
