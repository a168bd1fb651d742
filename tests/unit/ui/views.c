#include "views.h"

#include <stdio.h>
#include <string.h>

/* The words of ui itself. The catalogue's own loader is tested elsewhere; with this definition the linker leaves it
 * out. */
const char *tg_text(const struct tg_i18n *i, enum tg_lang lang, const char *id)
{
	static const struct {
		const char *id, *text[TG_LANG_COUNT];
	} rows[] = {
	        {"ui.small", {"Терезе тым кішкентай. Үлкенірек терезе қажет: кемінде 50 баған және 18 жол.",
	                             "Терезе өтө кичине. Чоңураак терезе керек: кеминде 50 тилке жана 18 сап.",
	                             "Окно слишком маленькое. Нужно окно больше: не менее 50 столбцов и 18 строк.",
	                             "The window is too small. It needs at least 50 columns and 18 rows."}},
	        {"ui.more-above", {"жоғарыда тағы бар: PageUp", "жогоруда дагы бар: PageUp", "выше есть ещё: PageUp",
	                                  "more above: PageUp"}},
	        {"ui.more-below", {"төменде тағы бар: PageDown", "төмөндө дагы бар: PageDown",
	                                  "ниже есть ещё: PageDown", "more below: PageDown"}},
	        {"ui.locked", {"толтырылған", "толтурулган", "заполнено", "filled in"}},
	        {"ui.step.waiting", {"кезекте", "кезекте", "в очереди", "waiting"}},
	        {"ui.step.running", {"орындалуда", "аткарылууда", "выполняется", "in progress"}},
	        {"ui.step.done", {"дайын", "даяр", "готово", "done"}},
	        {"ui.step.failed", {"орындалмады", "аткарылган жок", "не выполнено", "failed"}},
	};
	(void)i;
	for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
		if (strcmp(rows[k].id, id) == 0)
			return rows[k].text[lang];
	return "<?>";
}

static struct tg_item *add(struct tg_view *v, enum tg_item_kind kind, const char *label)
{
	struct tg_item *it = &v->items[v->n_items];
	*it = (struct tg_item){.kind = kind, .id = (int)v->n_items, .label = label};
	it->focusable = kind == TG_ITEM_CHOICE || kind == TG_ITEM_FIELD || kind == TG_ITEM_CHECK ||
	                kind == TG_ITEM_BUTTON || kind == TG_ITEM_PIN || kind == TG_ITEM_ANSWER;
	v->n_items++;
	return it;
}

static struct tg_item *field(struct tg_view *v, const char *number, const char *label, const char *value, int max)
{
	struct tg_item *it = add(v, TG_ITEM_FIELD, label);
	it->number = number;
	it->value = value;
	it->cursor = strlen(value);
	it->max_chars = max;
	return it;
}

static void chrome(struct tg_view *v, const char *screen, const char *title)
{
	memset(v, 0, sizeof *v);
	v->lang = TG_LANG_KK;
	v->screen = screen;
	v->title = title;
	v->trail = "ҚР ҰКО · Тіркеу куәлігін беру · Жеке тұлға";
	v->banner = "ОҚУ РЕЖИМІ. Куәліктердің заңды күші жоқ";
	v->status = "Оқырман: Virtual PCD 00 · карта салынған";
	v->keys[0].action = TG_ACTION_HELP, v->keys[0].label = "Көмек";
	v->keys[1].action = TG_ACTION_LANGUAGE, v->keys[1].label = "Тіл";
	v->keys[2].action = TG_ACTION_ENTER, v->keys[2].label = "Таңдау";
	v->keys[3].action = TG_ACTION_BACK, v->keys[3].label = "Артқа";
	v->keys[4].action = TG_ACTION_CANCEL, v->keys[4].label = "Болдырмау";
	v->n_keys = 5;
}

static void make_languages(struct tg_view *v)
{
	chrome(v, "idle", "Тілді таңдаңыз · Тилди тандаңыз · Выберите язык · Choose a language");
	v->trail = NULL;
	add(v, TG_ITEM_CHOICE, "Қазақша");
	add(v, TG_ITEM_CHOICE, "Кыргызча");
	add(v, TG_ITEM_CHOICE, "Русский");
	add(v, TG_ITEM_CHOICE, "English");
}

static void make_form(struct tg_view *v)
{
	chrome(v, "form", "Тіркеу куәлігін алуға өтініш (1-қосымша)");
	add(v, TG_ITEM_TEXT, "Барлық жолды толтырыңыз. Чиптен оқылған мәліметтер толтырылып қойған.");
	add(v, TG_ITEM_HEADING, "Өтініш беруші");
	struct tg_item *it = field(v, "A1.1", "Тегі (жеке басын куәландыратын құжаттағыдай)", "Әбдірахманқызы", 60);
	it->locked = true;
	it->mark = "чиптен";
	field(v, "A1.2", "Аты", "Айгүл", 60);
	it = field(v, "A1.3", "Жеке сәйкестендіру нөмірі (ЖСН)", "95010140012", 12);
	it->error = "Соңғы санның мәні дұрыс емес: ЖСН он екі саннан тұрады. Құжаттан қайта көшіріп жазыңыз.";
	it->hint = "Он екі сан, бос орынсыз. Ол жеке куәліктің артқы бетінде жазылған.";
	it = field(v, "A1.4",
	        "Тіркеу куәлігінің қолданылу мерзімінің аяқталуы туралы хабарлама жіберілетін электрондық пошта "
	        "мекенжайы",
	        "aigul.abdirakhmankyzy.very.long.address.for.wrapping@postasy.example.kz", 0);
	it->hint = "Мысалы: aigul@example.kz";
	field(v, "A1.5", "Ұялы телефоны", "", 20);
	add(v, TG_ITEM_HEADING, "Мекенжай");
	field(v, "A1.6", "Облыс, республикалық маңызы бар қала, астана", "Алматы қаласы", 80);
	field(v, "A1.7", "Көше, үй, пәтер", "Төле би көшесі, 59-үй, 12-пәтер", 120);
	add(v, TG_ITEM_BUTTON, "Жалғастыру");
	v->focus = 4;
}

static void make_consent(struct tg_view *v)
{
	static char text[6000];
	chrome(v, "consent", "Келісім");
	text[0] = '\0';
	size_t n = 0;
	for (int i = 1; i <= 24; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
		        "%d. Дербес деректерді жинауға және өңдеуге келісемін, куәлік "
		        "иесінің міндеттерімен таныстым, жабық кілтті сақтауға жауаптымын. ",
		        i);
	add(v, TG_ITEM_TEXT, text);
	add(v, TG_ITEM_CHECK,
	        "Мен мемлекеттік қызметті көрсету барысында ақпараттық жүйелердегі заңмен қорғалатын құпияны құрайтын "
	        "мәліметтерді пайдалануға келісемін")
	        ->checked = true;
	add(v, TG_ITEM_CHECK, "Мәліметтердің дұрыстығын растаймын");
	add(v, TG_ITEM_BUTTON, "Жалғастыру");
	v->focus = 1;
}

static void make_pin(struct tg_view *v)
{
	chrome(v, "pin", "PIN-кодты енгізіңіз");
	add(v, TG_ITEM_NOTICE, "Картаны оқырманнан алмаңыз. Қалған әрекет саны: 3.");
	struct tg_item *it = add(v, TG_ITEM_PIN, "Жеке куәліктің PIN-коды");
	it->pin_characters = 6;
	it->max_chars = 16;
	it->hint = "6-дан 15-ке дейін сан";
	v->focus = 1;
	v->countdown = "Ешкім жауап бермесе, 18 секундтан кейін деректер өшіріледі. Жалғастыру үшін кез келген пернені "
	               "басыңыз.";
}

static void make_working(struct tg_view *v)
{
	static const char *const steps[] = {"Қол қою кілтін картада жасау", "Аутентификация кілтін картада жасау",
	        "Куәландырушы орталықтан тіркеу куәліктерін алу", "Куәліктерді картаға жазу", "Қол қою арқылы тексеру"};
	chrome(v, "working", "Картада жұмыс жүріп жатыр");
	add(v, TG_ITEM_TEXT, "Картаны алмаңыз.");
	for (unsigned i = 0; i < 5; i++)
		add(v, TG_ITEM_STEP, steps[i])->state = i == 0   ? TG_STEP_DONE
		                                        : i == 1 ? TG_STEP_RUNNING
		                                        : i == 4 ? TG_STEP_FAILED
		                                                 : TG_STEP_WAITING;
	v->focus = -1;
}

static void make_review(struct tg_view *v)
{
	static char numbers[40][8];
	chrome(v, "review", "Тексеріңіз");
	add(v, TG_ITEM_TEXT, "Әр жолды тексеріңіз. Түзету үшін жолда Enter басыңыз.");
	for (unsigned i = 0; i < 40; i++) {
		snprintf(numbers[i], sizeof numbers[i], "A1.%u", i + 1);
		struct tg_item *it = add(v, TG_ITEM_ANSWER,
		        i % 3 ? "Аты-жөні" : "Тұрақты тіркелген жерінің толық мекенжайы (пошта индексі қоса)");
		it->number = numbers[i];
		it->value = i % 4 ? "Айгүл" : "050000, Алматы қаласы, Алмалы ауданы, Төле би көшесі, 59-үй, 12-пәтер";
	}
	add(v, TG_ITEM_BUTTON, "Бәрі дұрыс, өтінішті жіберу");
	add(v, TG_ITEM_BUTTON, "Артқа");
	v->focus = 1;
}

static void make_modal(struct tg_view *v)
{
	chrome(v, "form", "Тіркеу куәлігін алуға өтініш");
	v->modal = true;
	add(v, TG_ITEM_HEADING, "Тоқтатасыз ба?");
	add(v, TG_ITEM_TEXT, "Енгізілген мәліметтердің бәрі өшіріледі, картада ештеңе өзгермейді.");
	add(v, TG_ITEM_BUTTON, "Жоқ, жалғастыру");
	add(v, TG_ITEM_BUTTON, "Иә, бәрін өшіріп тоқтату");
	v->focus = 2;
}

static void make_tall_modal(struct tg_view *v)
{
	make_modal(v);
	v->n_items = 0;
	for (int i = 0; i < 14; i++)
		add(v, TG_ITEM_TEXT,
		        "Көмек: осы экранда пернелерді қалай пайдалану керегі туралы ұзын түсіндірме мәтіні.");
	add(v, TG_ITEM_BUTTON, "Жабу");
	v->focus = 14;
}

static void make_failure(struct tg_view *v)
{
	chrome(v, "failure", "Карта мерзімінен бұрын алынды");
	struct tg_item *it = add(v, TG_ITEM_ERROR, "Карта жұмыс аяқталмай тұрып оқырманнан алынды.");
	it->value = "T-205";
	it->hint = "Дәл сол картаны қайта салыңыз: жұмыс тоқтаған жерінен жалғасады.";
	add(v, TG_ITEM_CHOICE, "Қайта көру")->value = "Карта салынған кезде";
	add(v, TG_ITEM_CHOICE, "Кейін келу");
	v->focus = 1;
}

static void make_hostile(struct tg_view *v)
{
	chrome(v, "carrier",
	        "Карта \033[31m\033]0;own\007 \xC2\x9B"
	        "31m");
	v->status = "Оқырман \r\n\033[2J \xE2\x80\xAE evil \xEF\xBB\xBF \xFF\xFE\x7F";
	add(v, TG_ITEM_CHOICE, "\033c\033[?1049h\x1b[6n reader \xE2\x80\x8B\xC2\x85 name")->value = "\x9B"
	                                                                                            "5n";
	struct tg_item *it = field(v, "1", "\x01\x02\x03 label", "va\033[1mlue\b\b", 0);
	it->mark = "\033[5m";
	v->focus = 1;
}

static void make_wide(struct tg_view *v)
{
	chrome(v, "form", "Кең әріптер 漢字 мен и\xCC\x86 қосындылары");
	field(v, "1", "漢字漢字漢字 label with wide letters 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字",
	        "漢字漢字漢字漢字", 7);
	field(v, "2", "и\xCC\x86 joined", "и\xCC\x86и\xCC\x86", 10)->cursor = 4;
	v->focus = 0;
}

/* As many fields as fit one screen: for measuring. */
static void make_typing(struct tg_view *v)
{
	static const char *const numbers[] = {
	        "A1.1", "A1.2", "A1.3", "A1.4", "A1.5", "A1.6", "A1.7", "A1.8", "A1.9", "A1.10"};
	chrome(v, "form", "Тіркеу куәлігін алуға өтініш (1-қосымша)");
	for (unsigned i = 0; i < 10; i++)
		field(v, numbers[i], "Жеке сәйкестендіру нөмірі", "", 30);
	v->focus = 0;
}

static void make_empty(struct tg_view *v)
{
	memset(v, 0, sizeof *v);
	v->focus = -1;
}

const struct test_view test_views[] = {
        {"languages", make_languages},
        {"form", make_form},
        {"consent", make_consent},
        {"pin", make_pin},
        {"working", make_working},
        {"review", make_review},
        {"modal", make_modal},
        {"tall-modal", make_tall_modal},
        {"failure", make_failure},
        {"hostile", make_hostile},
        {"wide", make_wide},
        {"empty", make_empty},
        {"typing", make_typing},
};
const unsigned n_test_views = sizeof test_views / sizeof test_views[0];

bool test_view_move(struct tg_view *v, int by)
{
	for (int i = v->focus + by; i >= 0 && i < (int)v->n_items; i += by)
		if (v->items[i].focusable) {
			v->focus = i;
			return true;
		}
	return false;
}
