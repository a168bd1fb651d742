/* The technicians' manual (K-12): made from the same lists as the screens, so that it cannot say anything else than
 * they do. Keys from TG_ACTIONS, failures from TG_STATUS_LIST, sentences from locale/, ways from the tables of moves.
 */
#include "ctl.h"

#include "tamga/flow.h"
#include "tamga/i18n.h"
#include "tamga/sync.h"
#include "tamga/text.h"

#define LOCALE_DIR "/usr/share/tamga/locale"
#define COLUMNS    100
#define INDENT     12
#define OFFICE     "manual.office." /* and the command, "lock-reset" */

const char *const ctl_manual_messages[] = {"manual.title", "manual.keys", "manual.failures", "manual.graph",
        "manual.says", "manual.told", "manual.do", "manual.class.none", "manual.class.applicant",
        "manual.class.operator", "manual.class.bug", "manual.office", OFFICE "lock-show", OFFICE "lock-reset",
        OFFICE "token-show", OFFICE "token-states", OFFICE "token-state", OFFICE "news-add", OFFICE "news-list",
        OFFICE "news-remove", OFFICE "software-tell", OFFICE "software-list", OFFICE "software-withdraw",
        OFFICE "kiosk-add", OFFICE "kiosk-replace", OFFICE "kiosk-disable", OFFICE "kiosk-enable", OFFICE "kiosk-close",
        OFFICE "kiosk-role", OFFICE "kiosk-list", OFFICE "register-import", OFFICE "register-list", OFFICE "report-",
        OFFICE "mail", OFFICE "registers", OFFICE "journal-verify", OFFICE "journal-seal", OFFICE "journal-mend",
        OFFICE "backup-", OFFICE "restore-", OFFICE "erase-", OFFICE "replica-move", OFFICE "replica-status",
        OFFICE "replica-verify", OFFICE "services", NULL};

struct book {
	const struct tg_i18n *texts;
	enum tg_lang lang;
};

static const char *say(const struct book *b, const char *head, const char *name)
{
	char id[80];
	(void)snprintf(id, sizeof id, "%s.%s", head, name);
	return tg_text(b->texts, b->lang, id);
}

/* Words in columns as the eye counts them: Cyrillic letters are two bytes. */
static void pad(const char *s, int columns)
{
	int spaces = columns - tg_text_columns(s);
	printf("%s%*s", s, spaces > 1 ? spaces : 1, "");
}

static void put_line(const char *line, size_t bytes, void *ctx)
{
	bool *first = ctx;
	if (!*first)
		printf("%*s", INDENT, "");
	printf("%.*s\n", (int)bytes, line);
	*first = false;
}

static void put_paragraph(const struct book *b, const char *heading, const char *text)
{
	bool first = true;
	char label[64];
	(void)snprintf(label, sizeof label, "  %s:", say(b, "manual", heading));
	pad(label, INDENT);
	(void)tg_text_wrap(text, COLUMNS - INDENT, put_line, &first);
}

static void put_heading(const char *text)
{
	printf("\n%s\n", text);
	for (int i = tg_text_columns(text); i > 0; i--)
		putchar('=');
	printf("\n\n");
}

static void put_keys(const struct book *b)
{
	put_heading(say(b, "manual", "keys"));
	for (int a = TG_ACTION_ENTER; a < TG_ACTION_COUNT; a++) {
		printf("  ");
		pad(tg_action_key((enum tg_action)a), INDENT - 2);
		printf("%s\n", tg_text(b->texts, b->lang, tg_action_label((enum tg_action)a)));
	}
}

static void put_status(const struct book *b, enum tg_status status)
{
	static const char *const classes[] = {[TG_CLASS_NONE] = "class.none",
	        [TG_CLASS_APPLICANT] = "class.applicant",
	        [TG_CLASS_OPERATOR] = "class.operator",
	        [TG_CLASS_BUG] = "class.bug"};
	const char *name = tg_status_name(status);
	char code[8];
	tg_status_code(status, code);
	printf("%s  %s (%s)\n", code, name, say(b, "manual", classes[tg_status_class(status)]));
	put_paragraph(b, "says", say(b, "error", name));
	put_paragraph(b, "told", say(b, "mend", name));
	put_paragraph(b, "do", say(b, "manual", name));
	putchar('\n');
}

static void put_failures(const struct book *b)
{
	enum tg_status status;
	put_heading(say(b, "manual", "failures"));
	for (size_t i = 0; tg_status_each(i, &status); i++)
		if (status != TG_OK)
			put_status(b, status);
}

/* The command that an entry speaks of, by its words with a dash between them; NULL: of none. */
static const struct tg_ctl_command *command_of(const char *name)
{
	char group[16] = "";
	const char *dash = strchr(name, '-');
	if (!dash || dash - name >= (int)sizeof group)
		return NULL;
	memcpy(group, name, (size_t)(dash - name));
	return ctl_command(group, dash + 1);
}

/* What is done at the centre, each with its words as they are typed. */
static void put_office(const struct book *b)
{
	put_heading(say(b, "manual", "office"));
	for (const char *const *id = ctl_manual_messages; *id; id++) {
		if (strncmp(*id, OFFICE, strlen(OFFICE)) != 0)
			continue;
		const struct tg_ctl_command *c = command_of(*id + strlen(OFFICE));
		if (c)
			printf("  tamgactl %s%s%s %s\n", c->group, *c->name ? " " : "", c->name, c->arguments);
		printf("%*s", INDENT, "");
		bool first = true;
		(void)tg_text_wrap(tg_text(b->texts, b->lang, *id), COLUMNS - INDENT, put_line, &first);
		putchar('\n');
	}
}

static enum ctl_exit put_graph(const struct book *b)
{
	struct tg_buf graph = TG_BUF_INIT;
	put_heading(say(b, "manual", "graph"));
	tg_sm_draw(&tg_stage_machine, &graph);
	tg_sm_draw(&tg_sender_machine, &graph);
	tg_sm_draw(&tg_token_machine, &graph);
	enum tg_status st = tg_buf_status(&graph);
	if (st == TG_OK)
		fputs(tg_buf_str(&graph), stdout);
	tg_buf_finish(&graph);
	return st == TG_OK ? CTL_YES : ctl_fail(st, NULL);
}

static enum ctl_exit put_book(const struct book *b, bool graph)
{
	printf("%s %s\n", say(b, "manual", "title"), TAMGA_VERSION);
	put_keys(b);
	put_failures(b);
	put_office(b);
	return graph ? put_graph(b) : CTL_YES;
}

enum ctl_exit ctl_manual(const struct ctl_args *args)
{
	const char *language = "en", *locale = LOCALE_DIR;
	bool graph = false;
	const struct ctl_option options[] = {
	        {"--language", &language, NULL}, {"--locale", &locale, NULL}, {"--graph", NULL, &graph}, {0}};
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	int lang = tg_lang_find(language);
	if (lang < 0) {
		fputs("tamgactl: the languages are kk, ky, ru, en\n", stderr);
		return CTL_TROUBLE;
	}
	struct tg_error err = {0};
	struct tg_i18n *texts = NULL;
	enum tg_status st = tg_i18n_load(&texts, locale, &err);
	if (st != TG_OK)
		return ctl_fail(st, &err);
	const struct book b = {texts, (enum tg_lang)lang};
	enum ctl_exit code = put_book(&b, graph);
	tg_i18n_destroy(texts);
	return code;
}
