/* A request on a removable medium, and its certificate (NCA-9.dom). */
#include "scenes.h"

static void looking(struct flow *f)
{
	f->config.media = true;
	flow_walk(f, TG_STAGE_KIND);
	f->silent = true;
	flow_keys(f, "4 1");
	flow_at(f, "medium");
}

static void tell(struct flow *f, enum tg_status status, const struct tg_medium_facts *facts)
{
	struct tg_event ev = flow_ev(f, TG_EV_MEDIUM);
	ev.status = status;
	ev.medium = facts;
	flow_event(f, &ev);
}

static void add(
        struct tg_medium_facts *m, const char *name, enum tg_status status, const char *domain, unsigned n_names)
{
	struct tg_medium_file *f = &m->files[m->n++];
	(void)tg_copy(f->name, sizeof f->name, name);
	(void)tg_copy(f->algorithm, sizeof f->algorithm, "rsa-2048");
	(void)tg_copy(f->domain, sizeof f->domain, domain);
	f->status = status;
	f->n_names = n_names;
}

static void list(struct flow *f)
{
	static struct tg_medium_facts m;
	memset(&m, 0, sizeof m);
	add(&m, "notes.txt", TG_PKCS10, "", 0);
	add(&m, "old/server.csr", TG_KEY_WEAK, "", 0);
	add(&m, "server.csr", TG_OK, "www.example.kz", 3);
	add(&m, "school.p10", TG_OK, "мектеп.қаз", 1);
	m.more = true;
	looking(f);
	tell(f, TG_OK, &m);
}

static void none(struct flow *f)
{
	looking(f);
	tell(f, TG_MEDIUM_NONE, NULL);
}

static void busy(struct flow *f)
{
	static struct tg_ways_facts facts;
	memset(&facts, 0, sizeof facts);
	f->config.media = true;
	flow_walk(f, TG_STAGE_SERVICE);
	f->silent = true;
	flow_keys(f, "5 '0001-0000-0144 Enter");
	(void)tg_copy(facts.application.number, sizeof facts.application.number, "0001-0000-0144");
	(void)tg_copy(facts.application.provider, sizeof facts.application.provider, "kz-nca");
	(void)tg_copy(facts.application.service, sizeof facts.application.service, "issue");
	(void)tg_copy(facts.application.kind, sizeof facts.application.kind, "domain-person");
	(void)tg_copy(facts.application.form, sizeof facts.application.form, "nca-a4");
	(void)tg_copy(facts.application.state, sizeof facts.application.state, TG_STATE_ACCEPTED);
	facts.application.ours = true;
	(void)tg_copy(facts.answers.provider, sizeof facts.answers.provider, "kz-nca");
	(void)tg_copy(facts.answers.service, sizeof facts.answers.service, "issue");
	(void)tg_copy(facts.answers.kind, sizeof facts.answers.kind, "domain-person");
	(void)tg_copy(facts.answers.way, sizeof facts.answers.way, "papers");
	struct tg_event ev = flow_ev(f, TG_EV_STATUS);
	ev.ways = &facts;
	flow_event(f, &ev);
	flow_keys(f, "Enter '940317450215 Enter");
	ev = flow_ev(f, TG_EV_APPLICATION);
	ev.ways = &facts;
	flow_event(f, &ev);
	flow_at(f, "deliver");
}

static void full(struct flow *f)
{
	busy(f);
	struct tg_event ev = flow_ev(f, TG_EV_DELIVERED);
	ev.status = TG_MEDIUM_WRITE;
	(void)tg_copy(ev.serial[0], sizeof ev.serial[0], "5e38aac455497d6e61ac435739372884d6fce72f");
	flow_event(f, &ev);
}

static void later(struct flow *f)
{
	full(f);
	flow_keys(f, "End Enter");
	flow_at(f, "result");
}

const struct scene golden_medium_scenes[] = {
        {"medium-looking", looking},
        {"medium-list", list},
        {"medium-none", none},
        {"medium-deliver", busy},
        {"medium-full", full},
        {"medium-later", later},
        {NULL, NULL},
};
