/* The desk (P-5): a legal entity's application with its seven documents, decisions, a complaint. */
#include "scenes.h"

#include "../flow/flow_desk.h"
#include "tamga/text.h"

#define AT INT64_C(1770267600000) /* 5 February 2026, 10:00 in Astana */

static struct tg_desk_facts told;

static const char *sample(const struct tg_field *f)
{
	static const char *const values[TG_FIELD_KIND_COUNT] = {[TG_FIELD_TEXT] = "Алматы облысы",
	        [TG_FIELD_NAME] = "Әбдіғалиева",
	        [TG_FIELD_DIGITS] = "940317450215",
	        [TG_FIELD_EMAIL] = "aigul@example.kz",
	        [TG_FIELD_PHONE] = "+77011234567",
	        [TG_FIELD_DATE] = "01.02.2026",
	        [TG_FIELD_LINES] = "Кезекте екі сағат күттім, ешкім қабылдамады."};
	return values[f->kind];
}

static void answer_all(struct tg_desk_application *a)
{
	size_t used = 0;
	a->n_answers = 0;
	for (unsigned i = 0; i < a->kind->form->n_fields; i++) {
		const struct tg_field *f = &a->kind->form->fields[i];
		const char *value = sample(f);
		if (!f->person || !value || !tg_when_holds(f->when, a->conditions))
			continue;
		a->answers[a->n_answers++] = (struct tg_desk_answer){.field = i, .at = (unsigned)used, .by = 'p'};
		(void)tg_copy(a->text + used, sizeof a->text - used, value);
		used += strlen(value) + 1;
	}
}

static const struct tg_kind *kind_of(const struct tg_service *s, const char *id)
{
	for (unsigned i = 0; i < s->n_kinds; i++)
		if (strcmp(s->kinds[i].id, id) == 0)
			return &s->kinds[i];
	fail_msg("no kind %s", id);
	return s->kinds; /* never: but the compiler does not know that */
}

static const struct tg_service *service_of(const struct tg_provider *p, const char *id)
{
	for (unsigned i = 0; i < p->n_services; i++)
		if (strcmp(p->services[i].id, id) == 0)
			return &p->services[i];
	fail_msg("no service %s", id);
	return p->services; /* the same */
}

static void wait_in_queue(unsigned i, const char *number, const struct tg_service *s, const struct tg_kind *k)
{
	struct tg_desk_row *r = &told.queue.rows[i];
	(void)tg_copy(r->number, sizeof r->number, number);
	(void)tg_copy(r->state, sizeof r->state, tg_kind_is(s, k, "complaint") ? "submitted" : "at-desk");
	r->provider = flow_shipped()->providers;
	r->service = s;
	r->kind = k;
	r->accepted_ms = AT + (int64_t)i * 60000;
	r->promised_ms = AT + INT64_C(86400000);
	told.queue.n = told.queue.waiting = i + 1;
}

static void prepare_of(struct flow *f, const struct tg_provider *p, const char *service, const char *kind)
{
	memset(&told, 0, sizeof told);
	f->desk = &told;
	f->wall = AT + INT64_C(17) * 60000;
	struct tg_desk_application *a = &told.application;
	a->provider = p;
	a->service = service_of(p, service);
	a->kind = kind_of(a->service, kind);
	a->refusal_form = p->refusal_form ? tg_catalog_form(flow_shipped(), p->refusal_form) : NULL;
	(void)tg_copy(a->number, sizeof a->number, "K7M2-0004-9QX1");
	(void)tg_copy(a->state, sizeof a->state, "at-desk");
	a->accepted_ms = AT;
	a->promised_ms = AT + INT64_C(86400000);
	a->claimed_until_ms = f->wall + TG_DESK_LEASE_MS;
}

static void prepare(struct flow *f, const char *service, const char *kind)
{
	prepare_of(f, flow_shipped()->providers, service, kind);
}

static void entity(struct flow *f)
{
	prepare(f, "issue", "entity");
	struct tg_desk_application *a = &told.application;
	a->way = tg_provider_way(a->provider, "papers");
	(void)tg_copy(a->conditions, sizeof a->conditions, "at-desk role-employee presenter-representative");
	(void)tg_copy(a->presenter, sizeof a->presenter, "Сейітов Дәурен 900101300017");
	a->head = TG_DESK_HEAD_YES;
	(void)tg_copy(a->power, sizeof a->power, "K7M2-0003-ABC4");
	a->power_state = TG_DESK_POWER_FREE;
	answer_all(a);
	wait_in_queue(0, "K7M2-0004-9QX1", a->service, a->kind);
	wait_in_queue(1, "K7M2-0005-XYZ2", a->service, kind_of(a->service, "individual"));
	const struct tg_service *complaints = service_of(a->provider, "complaint");
	wait_in_queue(2, "K7M2-0006-ABC3", complaints, complaints->kinds);
	(void)tg_copy(told.queue.rows[0].ticket, sizeof told.queue.rows[0].ticket, "A012");
	(void)tg_copy(told.queue.rows[1].claimed_by, sizeof told.queue.rows[1].claimed_by, "Д. Тілеуов");
	told.queue.rows[1].claimed_until_ms = f->wall + 60000;
}

static void desk_enter(struct flow *f)
{
	entity(f);
	f->staff_token.status = TG_CARD_NONE;
	f->staff_token.serial[0] = '\0';
	flow_keys(f, "F9");
}

static void desk_pin(struct flow *f)
{
	entity(f);
	flow_keys(f, "F9");
	flow_pin(f, 4);
}

static void desk_queue(struct flow *f)
{
	entity(f);
	flow_to_queue(f);
}

static void tell_version(const char *version, const char *const text[TG_LANG_COUNT], int64_t until_ms)
{
	struct tg_desk_software *s = &told.queue.told.software[told.queue.told.n_software++];
	(void)tg_copy(s->version, sizeof s->version, version);
	s->until_ms = until_ms;
	for (int l = 0; l < TG_LANG_COUNT; l++)
		(void)tg_copy(s->text[l], sizeof s->text[l], text[l]);
}

/* Below an empty queue, where it is seen: a version in time, one that is late, and a register (C-5). */
static void desk_told(struct flow *f)
{
	static const char *const readers[TG_LANG_COUNT] = {
	        "Жаңа карта оқығыштар.", "Жаңы карта окугучтар.", "Новые считыватели карт.", "New card readers."};
	static const char *const fonts[TG_LANG_COUNT] = {
	        "Басып шығару түзетілді.", "Басып чыгаруу оңдолду.", "Исправлена печать.", "Printing is mended."};
	entity(f);
	told.queue.n = told.queue.waiting = 0;
	tell_version("9.9.0", readers, AT + INT64_C(30) * 86400000);
	tell_version("9.8.1", fonts, AT - INT64_C(86400000));
	struct tg_desk_fresh *r = &told.queue.told.registers[told.queue.told.n_registers++];
	(void)tg_copy(r->source, sizeof r->source, "ГБД ФЛ");
	r->time_ms = AT - INT64_C(3600000);
	r->records = 19876543;
	flow_to_queue(f);
}

static void desk_offline(struct flow *f)
{
	entity(f);
	f->desk_status = TG_CENTRE_DOWN;
	flow_to_queue(f);
	f->desk_status = TG_OK;
}

static void desk_application(struct flow *f)
{
	entity(f);
	flow_to_application(f);
}

static void agree_and_differ(void)
{
	struct tg_desk_application *a = &told.application;
	a->asked_registers = true;
	a->n_registers = 2;
	a->registers[0] = (struct tg_desk_answered_register){
	        .name = "persons", .source = "Extract 1", .status = TG_DESK_OTHER, .time_ms = AT, .n_differs = 1};
	a->registers[0].differs[0] = a->answers[2].field;
	a->registers[1] = (struct tg_desk_answered_register){
	        .name = "entities", .source = "Extract 2", .status = TG_DESK_SAME, .time_ms = AT};
}

static void desk_compared(struct flow *f)
{
	desk_application(f);
	flow_to_line(f, "desk.consent");
	flow_keys(f, "Space");
	agree_and_differ();
	flow_to_line(f, "nca.doc.power-a3");
	flow_keys(f, "Left");
	flow_to_line(f, "desk.compare");
	flow_keys(f, "Enter");
}

static void desk_decide(struct flow *f)
{
	desk_application(f);
	flow_to_line(f, "desk.decide");
	flow_keys(f, "Enter");
	flow_at(f, "desk-decide");
}

static void desk_refusal(struct flow *f)
{
	desk_decide(f);
	flow_to_line(f, "nca.ground.incomplete");
	flow_keys(f, "Enter");
}

static void desk_refused(struct flow *f)
{
	desk_decide(f);
	flow_to_line(f, "nca.ground.court");
	flow_keys(f, "Enter Enter");
	flow_at(f, "desk-done");
}

static void desk_complaint(struct flow *f)
{
	prepare(f, "complaint", "anyone");
	struct tg_desk_application *a = &told.application;
	(void)tg_copy(a->conditions, sizeof a->conditions, "complainant-person matter-quality");
	a->claimed_until_ms = 0;
	answer_all(a);
	wait_in_queue(0, "K7M2-0004-9QX1", a->service, a->kind);
	flow_to_queue(f);
	flow_keys(f, "Enter");
	flow_to_line(f, "desk.complaint-register");
	flow_keys(f, "Enter");
}

static void opened(struct flow *f)
{
	const struct tg_desk_application *a = &told.application;
	answer_all(&told.application);
	wait_in_queue(0, a->number, a->service, a->kind);
	told.queue.rows[0].provider = a->provider;
	flow_to_queue(f);
	flow_keys(f, "Enter");
}

/* DOS-8: one certificate that is locked, one that is another person's. */
static void desk_unlock(struct flow *f)
{
	prepare_of(f, tg_catalog_provider(flow_shipped(), "kg-dostek"), "unlock", "holder");
	struct tg_desk_application *a = &told.application;
	a->n_locks = 2;
	a->locks[0] = (struct tg_desk_lock){
	        .serial = "2f1af3991bcdc2510b2f28049e8527ad07fd29f3", .lock = TG_LOCK_ALL, .today = 2, .in_all = 7};
	a->locks[1] = (struct tg_desk_lock){
	        .serial = "4e5b3205a56ec998f5f1da48290dd5cdb98ccdcd", .code = TG_CERT_OTHER_PERSON};
	opened(f);
}

/* UBR-2 */
static void desk_reissue(struct flow *f)
{
	prepare_of(f, tg_catalog_provider(flow_shipped(), "kg-ubr"), "reissue", "entity");
	struct tg_desk_application *a = &told.application;
	(void)tg_copy(a->conditions, sizeof a->conditions, "at-desk early reason-lost holder-accountant");
	a->reissue = true;
	opened(f);
}

static void desk_reissue_revoked(struct flow *f)
{
	prepare_of(f, tg_catalog_provider(flow_shipped(), "kg-ubr"), "reissue", "entity");
	struct tg_desk_application *a = &told.application;
	(void)tg_copy(a->conditions, sizeof a->conditions, "at-desk early reason-lost holder-accountant");
	a->reissue = a->identified = true;
	a->revoked_ms = AT + INT64_C(600000);
	a->n_revoked = 1;
	opened(f);
}

/* UBR-3 */
static void desk_callback(struct flow *f)
{
	prepare_of(f, tg_catalog_provider(flow_shipped(), "kg-ubr"), "order", "entity");
	told.application.calls = 2;
	opened(f);
	flow_at(f, "desk-callback");
}

static void desk_leave(struct flow *f)
{
	desk_queue(f);
	flow_keys(f, "F10");
}

const struct scene golden_desk_scenes[] = {{"desk-enter", desk_enter}, {"desk-pin", desk_pin},
        {"desk-queue", desk_queue}, {"desk-told", desk_told}, {"desk-offline", desk_offline},
        {"desk-application", desk_application}, {"desk-compared", desk_compared}, {"desk-decide", desk_decide},
        {"desk-refusal", desk_refusal}, {"desk-refused", desk_refused}, {"desk-complaint", desk_complaint},
        {"desk-unlock", desk_unlock}, {"desk-reissue", desk_reissue}, {"desk-reissue-revoked", desk_reissue_revoked},
        {"desk-callback", desk_callback}, {"over-desk-leave", desk_leave}, {NULL, NULL}};
