#include "flow_desk.h"

#include "tamga/text.h"
#include "tamga/workdays.h"

#define DAY INT64_C(86400000)
#define AT  INT64_C(1770267600000) /* 5 February 2026, 10:00 in Astana: date -d '2026-02-05T05:00:00Z' +%s */

static const struct tg_choice colours[] = {{"red", "button.leave"}, {"blue", "button.close"}};
static const struct tg_field fields[] = {
        {.id = "bin", .number = "T.1", .kind = TG_FIELD_DIGITS, .label = "title.kind", .person = true},
        {.id = "name", .number = "T.2", .kind = TG_FIELD_NAME, .label = "title.service", .person = true},
        {.id = "colour",
                .number = "T.3",
                .kind = TG_FIELD_CHOICE,
                .label = "title.provider",
                .person = true,
                .choices = colours,
                .n_choices = 2},
};
static const struct tg_form form = {
        .id = "t1", .code = "T1", .version = 1, .title = "title.form", .fields = fields, .n_fields = 3};
/* Of refused acceptance: the address comes from the application, the branch from the office, the phone is typed. */
static const struct tg_field refusal_fields[] = {
        {.id = "recipient", .number = "R.1", .kind = TG_FIELD_TEXT, .label = "title.home", .role = "subject"},
        {.id = "branch",
                .number = "R.2",
                .kind = TG_FIELD_TEXT,
                .label = "title.leave",
                .person = true,
                .required = true},
        {.id = "phone",
                .number = "R.3",
                .kind = TG_FIELD_PHONE,
                .label = "title.pin",
                .person = true,
                .required = true},
        {.id = "executor",
                .number = "R.4",
                .kind = TG_FIELD_NAME,
                .label = "title.pin-change",
                .person = true,
                .role = "worker"},
        {.id = "gone", .number = "R.5", .kind = TG_FIELD_NAME, .label = "title.try", .person = true, .when = "never"},
};
static const struct tg_form refusal = {
        .id = "r1", .code = "R1", .version = 1, .title = "title.form", .fields = refusal_fields, .n_fields = 5};
static const struct tg_desk_office office[] = {{"branch", "Нұра"}};
/* "identity" must be shown; "power" only when represented, and "appointment" may stand in its place; "whois" and
 * "certificate" are one group; "agreement" has a date; "extra" is asked for if there is one; "charter" comes from the
 * register. */
static const struct tg_document documents[] = {
        {.id = "identity", .label = "title.document", .proven_by = "chip"},
        {.id = "power", .label = "title.unblock", .when = "represented"},
        {.id = "appointment", .label = "title.staff", .when = "represented", .instead = "power"},
        {.id = "whois", .label = "title.carrier", .group = "domain"},
        {.id = "certificate", .label = "title.certificate", .group = "domain"},
        {.id = "agreement", .label = "title.review", .rule = "within_working_days 3"},
        {.id = "extra", .label = "title.home", .optional = true},
        {.id = "charter", .label = "title.consent", .proven_by = "register"},
        {.id = "confirmation", .label = "title.failure", .proven_by = "head", .optional = true},
};
static const struct tg_kind kinds[] = {{.id = "entity",
        .label = "title.company",
        .form = &form,
        .documents = documents,
        .n_documents = 9,
        .ways = "papers",
        .confirm = "represented"}};
static const struct tg_kind complaint_kinds[] = {{.id = "person", .label = "title.company", .form = &form}};
static const struct tg_service services[] = {
        {.id = "issue", .label = "title.result", .kinds = kinds, .n_kinds = 1, .open = true},
        {.id = "complaint",
                .label = "title.failure",
                .kinds = complaint_kinds,
                .n_kinds = 1,
                .open = true,
                .operation = "complaint"}};
static const struct tg_way ways[] = {{.id = "papers", .label = "title.devices", .proof = "desk"}};
static const struct tg_term terms[] = {
        {.id = "result", .label = "title.home", .working_days = 1, .calendar = "provider"},
        {.id = "complaint", .label = "title.home", .working_days = 5, .calendar = "provider"},
        {.id = "complaint-quality",
                .label = "title.home",
                .working_days = 15,
                .calendar = "provider",
                .when = "quality"}};
static const struct tg_ground grounds[] = {{"lacking", "title.waiting", "acceptance"},
        {"incorrect", "title.enter", "service"}, {"court", "title.try", "service"}};
static struct tg_calendar calendars[] = {{.id = "provider", .label = "title.home"}};
static const struct tg_provider providers[] = {{.id = "t",
        .label = "title.leave",
        .place = "title.wiping",
        .contact = "title.home",
        .office_language = "en",
        .utc_offset_minutes = 300,
        .services = services,
        .n_services = 2,
        .ways = ways,
        .n_ways = 1,
        .calendars = calendars,
        .n_calendars = 1,
        .terms = terms,
        .n_terms = 3,
        .grounds = grounds,
        .n_grounds = 3,
        .refusal_form = "r1"}};
static const struct tg_catalog catalog = {.providers = providers, .n_providers = 1};
static struct tg_desk_facts told;

const struct tg_catalog *flow_desk_catalog(void)
{
	static const struct tg_work_hours hours[] = {{1, 540, 1110, 780, 870}, {2, 540, 1110, 780, 870},
	        {3, 540, 1110, 780, 870}, {4, 540, 1110, 780, 870}, {5, 540, 1110, 780, 870}};
	if (!calendars[0].workdays)
		assert_int_equal(tg_workdays_create(&calendars[0].workdays, hours, 5, NULL, 0, false, 300), TG_OK);
	return &catalog;
}

int flow_desk_setup(void **flow)
{
	flow_desk_begin(*flow);
	return 0;
}

int flow_desk_end(void **flow)
{
	assert_int_equal(((const struct flow *)*flow)->bugs, 0);
	return 0;
}

int flow_desk_finish(void **state)
{
	tg_workdays_destroy(calendars[0].workdays);
	calendars[0].workdays = NULL;
	return flow_group_teardown(state);
}

static void waits(struct tg_desk_row *r, const char *number, const char *ticket, unsigned service, int64_t at)
{
	(void)tg_copy(r->number, sizeof r->number, number);
	(void)tg_copy(r->ticket, sizeof r->ticket, ticket);
	(void)tg_copy(r->state, sizeof r->state, service == 0 ? "at-desk" : "submitted");
	r->provider = &providers[0];
	r->service = &services[service];
	r->kind = &services[service].kinds[0];
	r->accepted_ms = at;
	r->complaint = service == 1;
}

static void answers(struct tg_desk_application *a)
{
	static const char text[] = "010203040506\0Жүнісұлы\0blue";
	static const char by[] = {'k', 'p', 'p'};
	static const unsigned at[] = {0, 13, 30};
	memcpy(a->text, text, sizeof text);
	a->n_answers = 3;
	for (unsigned i = 0; i < 3; i++)
		a->answers[i] = (struct tg_desk_answer){.field = i, .at = at[i], .by = by[i]};
}

void flow_desk_begin(struct flow *f)
{
	flow_begin(f, flow_desk_catalog());
	f->wall = AT + INT64_C(7) * 60000; /* seven minutes later */
	memset(&told, 0, sizeof told);
	struct tg_desk_queue *q = &told.queue;
	waits(&q->rows[0], "K7M2-0004-9QX1", "A12", 0, AT);
	waits(&q->rows[1], "K7M2-0005-XYZ2", "", 0, AT + 60000);
	waits(&q->rows[2], "K7M2-0006-ABC3", "", 1, AT + 120000);
	q->n = q->waiting = 3;
	struct tg_desk_application *a = &told.application;
	(void)tg_copy(a->number, sizeof a->number, "K7M2-0004-9QX1");
	(void)tg_copy(a->state, sizeof a->state, "at-desk");
	a->provider = &providers[0];
	a->service = &services[0];
	a->kind = &kinds[0];
	a->way = &ways[0];
	a->refusal_form = &refusal;
	a->accepted_ms = AT;
	a->claimed_until_ms = f->wall + TG_DESK_LEASE_MS;
	(void)tg_copy(a->documents[5].by, sizeof a->documents[5].by, "person");
	(void)tg_copy(a->documents[5].date, sizeof a->documents[5].date, "02.02.2026");
	answers(a);
	f->desk = &told;
	f->config.office = office;
	f->config.n_office = 1;
}

void flow_desk_answer(const struct flow *f, enum tg_effect_kind effect, struct tg_event *ev)
{
	if (effect == TG_FX_DESK_TOKEN) {
		ev->token = f->staff_token;
		(void)tg_copy(ev->reader.name, sizeof ev->reader.name, "Second reader");
		(void)tg_copy(ev->reader.reader, sizeof ev->reader.reader, "Second reader");
	} else if (effect == TG_FX_DESK_CLAIM) {
		ev->status = f->desk_status;
	} else if (effect >= TG_FX_DESK_QUEUE && effect <= TG_FX_DESK_MOVE) {
		ev->status = f->desk_status;
		ev->desk = f->desk;
	} else if (effect == TG_FX_DESK_PRINT) {
		ev->status = f->receipt;
	}
}

void flow_to_queue(struct flow *f)
{
	flow_keys(f, "F9");
	flow_at(f, "desk-enter");
	flow_pin(f, 6);
	flow_keys(f, "Enter");
	flow_at(f, "desk-queue");
}

void flow_to_application(struct flow *f)
{
	flow_to_queue(f);
	flow_keys(f, "Enter");
	flow_at(f, "desk-application");
}

void flow_to_line(struct flow *f, const char *message_id)
{
	const char *label = tg_text(f->config.i18n, f->s.lang, message_id);
	flow_keys(f, "Home");
	for (int i = 0; i < 40; i++) {
		tg_flow_view(&f->config, &f->s, &f->view);
		if (f->view.focus >= 0 && strstr(f->view.items[f->view.focus].label, label))
			return;
		flow_keys(f, "Down");
	}
	fail_msg("the focus never came to \"%s\"", label);
}

static void agree(struct tg_desk_application *a)
{
	a->asked_registers = true;
	a->n_registers = 1;
	a->registers[0] = (struct tg_desk_answered_register){
	        .name = "entities", .source = "register file", .status = TG_DESK_SAME, .time_ms = AT + DAY};
}

void flow_check_all(struct flow *f)
{
	static const char *const shown[] = {"title.document", "title.carrier", "title.review"};
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		flow_to_line(f, shown[i]);
		flow_keys(f, "Space");
	}
	flow_to_line(f, "desk.consent");
	flow_keys(f, "Space");
	agree(&f->desk->application);
	flow_to_line(f, "desk.compare");
	flow_keys(f, "Enter");
}

void flow_to_decision(struct flow *f)
{
	flow_to_application(f);
	flow_check_all(f);
	flow_to_line(f, "desk.decide");
	flow_keys(f, "Enter");
	flow_at(f, "desk-decide");
}

bool flow_may_accept(struct flow *f)
{
	tg_flow_view(&f->config, &f->s, &f->view);
	return flow_view_has(&f->view, tg_text(f->config.i18n, f->s.lang, "desk.accept"));
}

void flow_decide_again(struct flow *f)
{
	flow_to_line(f, "desk.decide");
	flow_keys(f, "Enter");
	flow_at(f, "desk-decide");
}
