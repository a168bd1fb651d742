#include "flow_fixture.h"

#include "flow_cabinet.h"
#include "flow_chip.h"
#include "flow_desk.h"
#include "tamga/text.h"

static struct tg_catalog *shipped;
static struct tg_i18n *sentences;
static struct flow *watched; /* whose bugs are counted */

static void count_bug(const char *file, int line, const char *what)
{
	if (watched)
		watched->bugs++;
	(void)fprintf(stderr, "bug reported: %s:%d: %s\n", file, line, what);
}

int flow_group_setup(void **state)
{
	(void)state;
	struct tg_error err = {0};
	tg_bug_set_hook(count_bug);
	if (tg_i18n_load(&sentences, TAMGA_BINARY_DIR "/locale", &err) != TG_OK ||
	        tg_catalog_load(&shipped, TAMGA_SOURCE_DIR "/screens", tg_flow_rules, &err) != TG_OK) {
		(void)fprintf(stderr, "%s:%d:%d: %s\n", err.file, err.line, err.column, err.detail);
		return -1;
	}
	return 0;
}

int flow_words_setup(void **state)
{
	(void)state;
	struct tg_error err = {0};
	tg_bug_set_hook(count_bug);
	return tg_i18n_load(&sentences, TAMGA_BINARY_DIR "/locale", &err) == TG_OK ? 0 : -1;
}

int flow_group_teardown(void **state)
{
	(void)state;
	tg_catalog_destroy(shipped);
	tg_i18n_destroy(sentences);
	return 0;
}

const struct tg_catalog *flow_shipped(void)
{
	return shipped;
}

const struct tg_i18n *flow_sentences(void)
{
	return sentences;
}

static const struct tg_choice colours[] = {
        {"red", "button.leave"}, {"blue", "button.close"}, {"green", "button.retry"}};
static const struct tg_rule_use short_text[] = {{"length", "2..5"}};
static const struct tg_field small_fields[] = {
        {.id = "colour",
                .number = "T.1",
                .kind = TG_FIELD_CHOICE,
                .label = "help.title",
                .required = true,
                .person = true,
                .choices = colours,
                .n_choices = 3,
                .default_value = "blue"},
        {.id = "word",
                .number = "T.2",
                .kind = TG_FIELD_TEXT,
                .label = "help.title",
                .person = true,
                .max_chars = 10,
                .rules = short_text,
                .n_rules = 1},
        {.id = "digits",
                .number = "T.3",
                .kind = TG_FIELD_DIGITS,
                .label = "help.title",
                .person = true,
                .max_chars = 10},
};
static const struct tg_key_plan small_keys[] = {
        {.id = "sign", .algorithm = "rsa-2048", .label = "SIGN", .profile = "nca-individual-sign"}};
static const struct tg_form small_form = {.id = "small",
        .code = "T",
        .version = 1,
        .title = "help.title",
        .fields = small_fields,
        .n_fields = 3,
        .keys = small_keys,
        .n_keys = 1};
static const struct tg_form other_form = {.id = "other",
        .code = "U",
        .version = 1,
        .title = "help.title",
        .fields = small_fields + 1,
        .n_fields = 1,
        .keys = small_keys,
        .n_keys = 1};
static const struct tg_kind small_kinds[] = {
        {.id = "one", .label = "help.title", .form = &small_form},
        {.id = "none", .label = "help.title", .form = NULL},
        {.id = "two", .label = "help.title", .form = &other_form},
};
static const struct tg_service small_services[] = {
        {.id = "closed", .label = "title.wiping", .kinds = small_kinds, .n_kinds = 3, .open = false},
        {.id = "open", .label = "title.result", .kinds = small_kinds, .n_kinds = 3, .open = true},
};
static const struct tg_provider small_providers[] = {
        {.id = "empty", .label = "help.title", .office_language = "ru", .place = "help.title", .contact = "help.title"},
        {.id = "full",
                .label = "help.title",
                .office_language = "ru",
                .place = "help.title",
                .contact = "help.title",
                .utc_offset_minutes = 360,
                .services = small_services,
                .n_services = 2},
};
const struct tg_catalog flow_small = {.providers = small_providers, .n_providers = 2};

void flow_begin(struct flow *f, const struct tg_catalog *catalog)
{
	memset(f, 0, sizeof *f);
	watched = f;
	f->config = (struct tg_flow_config){.catalog = catalog,
	        .i18n = sentences,
	        .sandbox = true,
	        .idle_ms = 90000,
	        .warn_ms = 30000,
	        .result_ms = 60000};
	f->now = 1000;
	f->wall = INT64_C(1763800000000); /* 22.11.2025 08:26:40 UTC (date -u -d @1763800000) */
	f->token = (struct tg_token_state){.status = TG_OK,
	        .carrier = "kz-idcard",
	        .carrier_name = "carrier.kz-idcard",
	        .purpose = "id-card",
	        .label = "ID CARD",
	        .serial = "DECC0401234",
	        .document = true,
	        .tries_left = 3,
	        .pin_min = 6,
	        .pin_max = 15};
	flow_cabinet_begin(f);
	flow_chip_begin(f);
	tg_flow_init(&f->config, &f->s);
	f->s.reader =
	        (struct tg_reader_state){.service = TG_OK, .reader = "Virtual PCD 00 00", .name = "Virtual PCD 00 00"};
	struct tg_event start = flow_ev(f, TG_EV_START);
	flow_event(f, &start);
}

struct tg_event flow_ev(const struct flow *f, enum tg_event_kind kind)
{
	return (struct tg_event){.kind = kind, .now_ms = f->now, .now_wall_ms = f->wall};
}

static const int kinds[FX_KINDS] = {[TG_FX_OPEN_ASK] = TG_EV_OPEN, /* not named here: it has no answer */
        [TG_FX_DEVICES] = TG_EV_DEVICES,
        [TG_FX_CERTIFICATES] = TG_EV_CERTIFICATES,
        [TG_FX_ENTER] = TG_EV_ENTERED,
        [TG_FX_CABINET] = TG_EV_CABINET,
        [TG_FX_CLOUD] = TG_EV_CLOUD,
        [TG_FX_READ_DOCUMENT] = TG_EV_DOCUMENT,
        [TG_FX_KEEP_PIN] = -1,
        [TG_FX_CLEAR_NEW] = -1,
        [TG_FX_PIN_JUDGE] = TG_EV_PIN_JUDGED,
        [TG_FX_PIN_CHANGE] = -1,
        [TG_FX_UNBLOCK] = -1,
        [TG_FX_STAFF_TOKEN] = TG_EV_STAFF_TOKEN,
        [TG_FX_STAFF_PROVE] = TG_EV_STAFF,
        [TG_FX_MEDIUM_LIST] = TG_EV_MEDIUM,
        [TG_FX_MEDIUM_READ] = TG_EV_MEDIUM,
        [TG_FX_DELIVER] = TG_EV_DELIVERED,
        [TG_FX_DELIVER_PAPER] = TG_EV_DELIVERED,
        [TG_FX_DESK_TOKEN] = TG_EV_STAFF_TOKEN,
        [TG_FX_DESK_QUEUE] = TG_EV_DESK,
        [TG_FX_DESK_READ] = TG_EV_DESK,
        [TG_FX_DESK_CLAIM] = TG_EV_DESK_CLAIM,
        [TG_FX_DESK_REGISTERS] = TG_EV_DESK,
        [TG_FX_DESK_DECIDE] = TG_EV_DESK,
        [TG_FX_DESK_PAY] = TG_EV_DESK,
        [TG_FX_SLIP] = TG_EV_SLIP,
        [TG_FX_DESK_MOVE] = TG_EV_DESK,
        [TG_FX_DESK_PRINT] = TG_EV_RECEIPT,
        [TG_FX_TOKEN_INFO] = TG_EV_TOKEN,
        [TG_FX_FIND_UNFINISHED] = TG_EV_UNFINISHED,
        [TG_FX_SUBMIT] = TG_EV_SUBMITTED,
        [TG_FX_RECEIPT] = TG_EV_RECEIPT,
        [TG_FX_WIPE] = TG_EV_WIPED,
        [TG_FX_CHECK_SERVICES] = TG_EV_SERVICES,
        [TG_FX_CHIP_RUN] = -1,
        [TG_FX_CHIP_UNDO] = -1,
        [TG_FX_CLEAR_PIN] = -1,
        [TG_FX_RECORD_FAILURE] = -1};

struct tg_event flow_answer(const struct flow *f, enum tg_effect_kind effect, bool *there_is_one)
{
	*there_is_one = kinds[effect] > 0;
	struct tg_event ev = flow_ev(f, kinds[effect] > 0 ? (enum tg_event_kind)kinds[effect] : TG_EV_TICK);
	ev.token = f->token;
	const char *number = f->unfinished;
	if (effect == TG_FX_FIND_UNFINISHED)
		ev.status = f->unfinished ? TG_OK : TG_NOT_FOUND;
	else if (effect == TG_FX_SUBMIT)
		ev.status = f->submit, ev.accepted_ms = f->wall, number = "K7M2-0004-9QX1";
	else if (effect == TG_FX_OPEN_ASK)
		ev.status = f->open ? TG_OK : TG_NOT_FOUND, number = f->open;
	else if (effect == TG_FX_RECEIPT)
		ev.status = f->receipt;
	else if (effect == TG_FX_CHECK_SERVICES)
		ev.status = f->services;
	else
		flow_cabinet_answer(f, effect, &ev);
	flow_chip_answer(f, effect, &ev);
	flow_desk_answer(f, effect, &ev);
	(void)tg_copy(ev.number, sizeof ev.number, number ? number : "");
	(void)tg_copy(ev.form, sizeof ev.form, "nca-a1");
	(void)tg_copy(ev.where, sizeof ev.where, "paper");
	return ev;
}

static void answer(struct flow *f, enum tg_effect_kind effect)
{
	bool there_is_one;
	struct tg_event ev = flow_answer(f, effect, &there_is_one);
	if (there_is_one)
		flow_event(f, &ev);
}

void flow_event(struct flow *f, const struct tg_event *ev)
{
	struct tg_effects fx;
	enum tg_stage before = f->s.stage;
	tg_flow_step(&f->config, &f->s, ev, &fx);
	f->fx = fx;
	f->wipings += f->s.stage == TG_STAGE_WIPING && before != TG_STAGE_WIPING;
	for (unsigned i = 0; i < fx.n; i++)
		f->count[fx.list[i]]++;
	for (unsigned i = 0; !f->silent && i < fx.n; i++)
		answer(f, fx.list[i]);
}

void flow_forget_effects(struct flow *f)
{
	memset(f->count, 0, sizeof f->count);
}

static void press(struct flow *f, enum tg_action action, uint32_t ch)
{
	struct tg_event ev = flow_ev(f, TG_EV_KEY);
	ev.action = action;
	ev.ch = ch;
	flow_event(f, &ev);
}

static void type(struct flow *f, const char *text, size_t n)
{
	for (const char *p = text, *end = text + n; p < end;) {
		uint32_t cp = tg_utf8_next(&p, end);
		press(f, TG_ACTION_CHAR, cp == '_' ? ' ' : cp);
	}
}

static enum tg_action action_named(const char *name, size_t n)
{
	for (int a = TG_ACTION_ENTER; a < TG_ACTION_COUNT; a++) {
		const char *key = tg_action_key((enum tg_action)a);
		if (strlen(key) == n && memcmp(key, name, n) == 0)
			return (enum tg_action)a;
	}
	fail_msg("no key is called %.*s", (int)n, name);
	return TG_ACTION_NONE;
}

void flow_keys(struct flow *f, const char *script)
{
	while (*script != '\0') {
		size_t n = strcspn(script, " "), name = strcspn(script, " *");
		long times = name < n ? strtol(script + name + 1, NULL, 10) : 1;
		if (script[0] == '\'')
			type(f, script + 1, n - 1);
		else if (n == 1)
			press(f, TG_ACTION_CHAR, (uint32_t)script[0]);
		else if (n == 5 && memcmp(script, "Space", 5) == 0)
			press(f, TG_ACTION_CHAR, ' ');
		else
			for (long i = 0; i < times; i++)
				press(f, action_named(script, name), 0);
		script += n;
		script += strspn(script, " ");
	}
}

void flow_card(struct flow *f, bool in)
{
	struct tg_event ev = flow_ev(f, TG_EV_READER);
	ev.reader = f->s.reader;
	ev.other = f->s.other;
	ev.reader.card = in;
	ev.reader.mute = false;
	flow_event(f, &ev);
}

void flow_tick(struct flow *f, int64_t ms)
{
	f->now += ms;
	f->wall += ms;
	struct tg_event ev = flow_ev(f, TG_EV_TICK);
	flow_event(f, &ev);
}

void flow_pin(struct flow *f, unsigned characters)
{
	struct tg_event ev = flow_ev(f, TG_EV_PIN);
	ev.pin_characters = characters;
	flow_event(f, &ev);
}

void flow_step_event(struct flow *f, enum tg_chip_step step, int key, enum tg_step_state state)
{
	struct tg_event ev = flow_ev(f, TG_EV_CHIP_STEP);
	ev.step = step;
	ev.key = key;
	ev.step_state = state;
	flow_event(f, &ev);
}

void flow_chip_ended(struct flow *f, enum tg_status status)
{
	struct tg_event ev = flow_ev(f, TG_EV_CHIP_ENDED);
	ev.status = status;
	if (status == TG_OK) {
		(void)tg_copy(ev.serial[0], sizeof ev.serial[0], "5a01c0ffee");
		(void)tg_copy(ev.serial[1], sizeof ev.serial[1], "5a02c0ffee");
		ev.sent_ms = f->wall + 60000;
	}
	flow_event(f, &ev);
}

int flow_field(const struct flow *f, const char *id)
{
	const struct tg_form *form = f->s.kind->form;
	for (unsigned i = 0; i < form->n_fields; i++)
		if (strcmp(form->fields[i].id, id) == 0)
			return (int)i;
	fail_msg("no field %s", id);
	return -1;
}

void flow_to_field(struct flow *f, const char *id)
{
	flow_at(f, "form");
	int want = flow_field(f, id);
	for (int i = 0; i < TG_FORM_FIELDS_MAX; i++) {
		tg_flow_view(&f->config, &f->s, &f->view);
		if (f->view.focus >= 0 && f->view.items[f->view.focus].kind == TG_ITEM_FIELD &&
		        f->view.items[f->view.focus].id == want)
			return;
		flow_keys(f, "Tab");
	}
	fail_msg("the focus never came to %s", id);
}

static bool has_rule(const struct tg_field *f, const char *name)
{
	for (unsigned i = 0; i < f->n_rules; i++)
		if (strcmp(f->rules[i].name, name) == 0)
			return true;
	return false;
}

/* Keys that answer a field rightly, by its id, else by its rules. */
static const char *right_answer(const struct tg_field *f)
{
	static const char *const by_id[][2] = {{"iin", "'900101300017"}, {"surname", "'Нұрланова"},
	        {"given-name", "'Айгүл"}, {"region", "'Алматы_облысы"}, {"city", "'Қонаев"},
	        {"email", "'aigul@example.kz"}, {"phone", "'+7_701_123_45_67"}};
	static const char *const by_rule[][2] = {{"iin", "'900101300017"}, {"bin", "'140840021970"},
	        {"email", "'aigul@example.kz"}, {"phone", "'+7_701_123_45_67"}, {"domain", "'shop.kz"},
	        {"domains", "'www.shop.kz"}, {"serial-hex", "'5a01c0ffee Enter '5a02c0ffee"},
	        {"treasury-code", "'KS01234"}, {"treasury-role", "'ROLE01"}, {"letters", "'Айгүл"},
	        {"organisation", "'«Қонаев_су»_АҚ"}, {"address", "'Қонаев,_Жамбыл_к-сі,_1"}, {"place", "'Қонаев"},
	        {"pkcs10", "'MIICijCCAXICAQAwRTELMAkGA1UEBhMCQVUxEzARBgNVBAgMClNvbWUtU3RhdGUxITAfBgNVBAoMGEludGVy"
	                   "bmV0IFdpZGdpdHMgUHR5IEx0ZDCC"}};
	for (size_t i = 0; i < sizeof by_id / sizeof by_id[0]; i++)
		if (strcmp(by_id[i][0], f->id) == 0)
			return by_id[i][1];
	for (size_t i = 0; i < sizeof by_rule / sizeof by_rule[0]; i++)
		if (has_rule(f, by_rule[i][0]))
			return by_rule[i][1];
	if (f->kind == TG_FIELD_CHOICE)
		return "1";
	return f->kind == TG_FIELD_DATE ? "'01022025" : "'Қонаев_қаласы";
}

void flow_fill_form(struct flow *f)
{
	const struct tg_form *form = f->s.kind->form;
	for (unsigned i = 0; i < form->n_fields; i++) {
		const struct tg_field *field = &form->fields[i];
		tg_flow_view(&f->config, &f->s, &f->view);
		bool asked = false;
		for (unsigned k = 0; k < f->view.n_items; k++)
			asked = asked || (f->view.items[k].kind == TG_ITEM_FIELD && f->view.items[k].id == (int)i &&
			                         f->view.items[k].focusable);
		if (!asked || !(field->required || strcmp(field->id, "email") == 0) || f->s.answers[i].value[0] != '\0')
			continue;
		flow_to_field(f, field->id);
		flow_keys(f, right_answer(field));
	}
	flow_keys(f, "Tab*9");
	while (f->view.items[f->view.focus].kind != TG_ITEM_BUTTON) {
		flow_keys(f, "Tab");
		tg_flow_view(&f->config, &f->s, &f->view);
	}
}

/* What the keys would type: a space for _, a new line for Enter, the first choice for a digit. */
static void value_of_keys(const struct tg_field *f, const char *keys, char out[TG_VALUE_MAX])
{
	size_t n = 0;
	memset(out, 0, TG_VALUE_MAX);
	if (f->kind == TG_FIELD_CHOICE) {
		(void)tg_copy(out, TG_VALUE_MAX, f->choices[0].id);
		return;
	}
	if (f->kind == TG_FIELD_DATE) {
		(void)tg_copy(out, TG_VALUE_MAX, "01.02.2025");
		return;
	}
	for (const char *p = keys; *p != '\0'; p++)
		if (strncmp(p, " Enter ", 7) == 0)
			out[n++] = '\n', p += 6;
		else if (*p != '\'')
			out[n++] = (char)(*p == '_' ? ' ' : *p);
}

void flow_put_answers(struct flow *f)
{
	const struct tg_form *form = f->s.kind->form;
	for (unsigned i = 0; i < form->n_fields; i++) {
		const struct tg_field *field = &form->fields[i];
		if (field->person && field->required && f->s.answers[i].value[0] == '\0')
			value_of_keys(field, right_answer(field), f->s.answers[i].value);
	}
}

static void tick_all(struct flow *f)
{
	for (int i = 0; i < 40; i++) {
		tg_flow_view(&f->config, &f->s, &f->view);
		if (f->view.items[f->view.focus].kind == TG_ITEM_CHECK)
			flow_keys(f, "Enter Tab");
	}
	flow_keys(f, "Enter");
}

void flow_next(struct flow *f)
{
	if (f->s.stage == TG_STAGE_IDLE)
		flow_keys(f, "3");
	else if (f->s.stage == TG_STAGE_PROVIDER || f->s.stage == TG_STAGE_SERVICE || f->s.stage == TG_STAGE_KIND ||
	         f->s.stage == TG_STAGE_WAY)
		flow_keys(f, "1");
	else if (f->s.stage == TG_STAGE_CARRIER && !f->s.reader.card)
		flow_card(f, true);
	else if (f->s.stage == TG_STAGE_DOCUMENT)
		flow_read(f, TG_OK);
	else if (f->s.stage == TG_STAGE_FORM)
		flow_fill_form(f), flow_keys(f, "Enter");
	else if (f->s.stage == TG_STAGE_REVIEW)
		flow_keys(f, "PageDown*9 Enter");
	else if (f->s.stage == TG_STAGE_DOCUMENTS || f->s.stage == TG_STAGE_CONSENT)
		tick_all(f);
	else if (f->s.stage == TG_STAGE_PIN)
		flow_pin(f, 6), flow_keys(f, "Enter");
	else if (f->s.stage == TG_STAGE_WORKING)
		flow_chip_ended(f, TG_OK);
	else
		flow_keys(f, "Enter");
}

void flow_walk(struct flow *f, enum tg_stage stage)
{
	for (int i = 0; i < 30 && f->s.stage != stage; i++)
		flow_next(f);
	assert_int_equal(f->s.stage, stage);
}

void flow_to_typed_form(struct flow *f)
{
	flow_keys(f, "3 1 1 1 2 1");
	flow_at(f, "form");
}

bool flow_on_the_way(enum tg_stage stage)
{
	static const enum tg_stage stages[] = {TG_STAGE_IDLE, TG_STAGE_PROVIDER, TG_STAGE_SERVICE, TG_STAGE_KIND,
	        TG_STAGE_WAY, TG_STAGE_CARRIER, TG_STAGE_DOCUMENT, TG_STAGE_READING, TG_STAGE_CARRIERS, TG_STAGE_FORM,
	        TG_STAGE_DOCUMENTS, TG_STAGE_REVIEW, TG_STAGE_CONSENT, TG_STAGE_PIN, TG_STAGE_WORKING, TG_STAGE_RESULT};
	for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++)
		if (stages[i] == stage)
			return true;
	return false;
}

void flow_view_strings(const struct tg_view *v, void (*each)(const char *s, void *ctx), void *ctx)
{
	const char *around[] = {v->title, v->trail, v->banner, v->status, v->countdown};
	for (size_t i = 0; i < sizeof around / sizeof around[0]; i++)
		if (around[i])
			each(around[i], ctx);
	for (unsigned i = 0; i < v->n_items; i++) {
		const struct tg_item *it = &v->items[i];
		const char *in[] = {it->number, it->label, it->value, it->hint, it->error, it->mark};
		for (size_t k = 0; k < sizeof in / sizeof in[0]; k++)
			if (in[k])
				each(in[k], ctx);
	}
	for (unsigned i = 0; i < v->n_keys; i++)
		each(v->keys[i].label, ctx);
}

struct search {
	const char *text;
	bool found;
};

static void look(const char *s, void *ctx)
{
	struct search *search = ctx;
	search->found = search->found || strstr(s, search->text) != NULL;
}

bool flow_view_has(const struct tg_view *v, const char *text)
{
	struct search search = {text, false};
	flow_view_strings(v, look, &search);
	return search.found;
}

void flow_see(struct flow *f, const char *text)
{
	tg_flow_view(&f->config, &f->s, &f->view);
	if (!flow_view_has(&f->view, text))
		fail_msg("\"%s\" is not on the screen %s", text, f->view.screen);
}

void flow_see_not(struct flow *f, const char *text)
{
	tg_flow_view(&f->config, &f->s, &f->view);
	if (flow_view_has(&f->view, text))
		fail_msg("\"%s\" is on the screen %s", text, f->view.screen);
}

void flow_see_id(struct flow *f, const char *message_id)
{
	flow_see(f, tg_text(f->config.i18n, f->s.lang, message_id));
}

bool flow_state_has(const struct tg_flow_state *s, const char *text)
{
	return memmem(s, sizeof *s, text, strlen(text)) != NULL;
}
