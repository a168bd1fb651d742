#include "kyrgyz_fixture.h"

#include <stdlib.h>

#define SCREENS TAMGA_SOURCE_DIR "/screens"
#define LOCALE  TAMGA_BINARY_DIR "/locale"

struct tg_catalog *kg_catalog;
static struct tg_i18n *texts;
char kg_page_renewal[KG_PAGE], kg_page_questions[KG_PAGE], kg_page_guide[KG_PAGE], kg_page_ubr[KG_PAGE];

static void read_page(const char *name, char out[KG_PAGE])
{
	struct tg_buf b = TG_BUF_INIT;
	char path[512];
	snprintf(path, sizeof(path), "%s/data/%s", TAMGA_TESTS_DIR, name);
	fixture_read(path, &b);
	fixture_fold(tg_buf_str(&b), out, KG_PAGE);
	assert_true(strlen(out) + 8 < KG_PAGE);
	tg_buf_finish(&b);
}

int kg_set_up(void **state)
{
	(void)state;
	struct tg_error err = {0};
	if (tg_catalog_load(&kg_catalog, SCREENS, fixture_rules, &err) != TG_OK)
		fail_msg("%s:%d:%d: %s", err.file, err.line, err.column, err.detail);
	if (tg_i18n_load(&texts, LOCALE, &err) != TG_OK)
		fail_msg("%s: %s", err.file, err.detail);
	read_page("seed-dostek-renewal.txt", kg_page_renewal);
	read_page("seed-dostek-questions.txt", kg_page_questions);
	read_page("seed-dostek-guide.txt", kg_page_guide);
	read_page("seed-ubr.txt", kg_page_ubr);
	return 0;
}

int kg_tear_down(void **state)
{
	(void)state;
	tg_catalog_destroy(kg_catalog);
	tg_i18n_destroy(texts);
	return 0;
}

const struct tg_provider *kg_dostek(void)
{
	return tg_catalog_provider(kg_catalog, "kg-dostek");
}

const struct tg_provider *kg_ubr(void)
{
	return tg_catalog_provider(kg_catalog, "kg-ubr");
}

const char *kg_ky(const char *id)
{
	assert_true(tg_text_has(texts, TG_LANG_KY, id));
	return tg_text(texts, TG_LANG_KY, id);
}

const struct tg_service *kg_service(const struct tg_provider *p, const char *id)
{
	for (unsigned i = 0; i < p->n_services; i++)
		if (strcmp(p->services[i].id, id) == 0)
			return &p->services[i];
	fail_msg("no service %s", id);
	abort(); /* never reached: fail_msg does not return */
}

const struct tg_kind *kg_kind(const struct tg_provider *p, const char *service_id)
{
	const struct tg_service *s = kg_service(p, service_id);
	assert_true(s->n_kinds > 0);
	return &s->kinds[0];
}

const struct tg_document *kg_document(const struct tg_kind *k, const char *id)
{
	for (unsigned i = 0; i < k->n_documents; i++)
		if (strcmp(k->documents[i].id, id) == 0)
			return &k->documents[i];
	fail_msg("no document %s", id);
	abort();
}

const struct tg_question *kg_question(const struct tg_question *list, unsigned n, const char *id)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(list[i].id, id) == 0)
			return &list[i];
	fail_msg("no question %s", id);
	abort();
}

/* The ids that are asked for under some conditions, in order. */
void kg_expect_list(const struct tg_kind *k, const char *set, const char *expected)
{
	char out[1024] = "";
	size_t n = 0;
	for (unsigned i = 0; i < k->n_documents; i++)
		if (tg_when_holds(k->documents[i].when, set))
			n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s", n ? " " : "", k->documents[i].id);
	assert_string_equal(out, expected);
}

bool kg_stands_in(const char *page, const char *words)
{
	char folded[2048];
	fixture_fold(words, folded, sizeof(folded));
	assert_true(strlen(folded) > 3);
	return strstr(page, folded) != NULL;
}

/* The phrase is the source's and stands in the text that people read. */
void kg_expect_phrase(const char *page, const char *message, const char *phrase)
{
	char text[4096];
	fixture_fold(kg_ky(message), text, sizeof(text));
	if (!kg_stands_in(page, phrase))
		fail_msg("not in the source: %s", phrase);
	if (!kg_stands_in(text, phrase))
		fail_msg("%s does not say: %s", message, phrase);
}

void kg_expect_phrases(const char *page, const struct kg_phrase *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		kg_expect_phrase(page, list[i].message, list[i].phrase);
}
