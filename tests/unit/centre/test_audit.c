/* C-4: the table of audit events (RFC 3647 5.4.1) against the kinds of entry that there are. With "--print": the table,
 * a line for each kind, for tests/integration/centre/audit.sh. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "audit.h"

#include <stdlib.h>

/* Calls `fn` for each word. */
static void each_word(const char *text, void (*fn)(const char *word, void *ctx), void *ctx)
{
	char copy[600], *save = NULL;
	assert_true(tg_copy(copy, sizeof(copy), text));
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		fn(w, ctx);
}

static void is_kind(const char *word, void *ctx)
{
	(void)ctx;
	if (tg_record_kind_find(word) < 0)
		fail_msg("the table names a kind that is none: %s", word);
}

static void c4_the_table_names_kinds_that_there_are(void **state)
{
	size_t n = 0;
	const struct tg_audit_class *c;
	(void)state;
	for (; (c = tg_audit_class(n)); n++) {
		assert_non_null(strstr(c->source, "RFC 3647 5.4.1"));
		assert_true(c->what[0] && c->kinds[0]);
		each_word(c->kinds, is_kind, NULL);
		/* Somebody whom there is writes them. */
		assert_true(strstr(c->writer, "centre") || strstr(c->writer, "kiosk") || strstr(c->writer, "tamgactl"));
	}
	assert_true(n >= 10);
}

struct seek {
	const char *kind;
	bool found;
};

static void compare(const char *word, void *ctx)
{
	struct seek *s = ctx;
	s->found = s->found || strcmp(word, s->kind) == 0;
}

static bool in_table(const char *kind)
{
	struct seek s = {.kind = kind};
	const struct tg_audit_class *c;
	for (size_t i = 0; (c = tg_audit_class(i)); i++)
		each_word(c->kinds, compare, &s);
	return s.found;
}

/* What nobody has to audit: service to people, money, paper, notices, what is told to kiosks. A new kind of entry
 * stands here or in the table: whoever adds one decides. */
static const char *const others[] = {"application.waiting", "receipt.printed", "failure.shown", "chip.done",
        "power.used", "queue.ticket", "complaint.registered", "complaint.state", "mail.done", "payment.noted",
        "payment.refund", "balance.charged", "companies.changed", "callback.done", "head.signed", "news.told",
        "software.told", "register.imported"};

static void c4_every_kind_is_audited_or_known_not_to_be(void **state)
{
	(void)state;
	for (int kind = 0; kind < (int)TG_RECORD_KIND_COUNT; kind++) {
		const char *name = tg_record_kind_name((enum tg_record_kind)kind);
		bool other = false;
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			other = other || strcmp(others[i], name) == 0;
		if (in_table(name) == other)
			fail_msg("%s: in the table of audit events, or in the list of others, and not in both", name);
	}
}

static void print_kind(const char *word, void *ctx)
{
	const struct tg_audit_class *c = ctx;
	printf("%s\t%s\n", word, c->what);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(c4_the_table_names_kinds_that_there_are),
	        cmocka_unit_test(c4_every_kind_is_audited_or_known_not_to_be),
	};
	const struct tg_audit_class *c;
	if (argc < 2 || strcmp(argv[1], "--print") != 0)
		return cmocka_run_group_tests(tests, NULL, NULL);
	for (size_t i = 0; (c = tg_audit_class(i)); i++)
		each_word(c->kinds, print_kind, (void *)(uintptr_t)c);
	return 0;
}
