/* The shipped catalogue beside the pages that DosTek and UBR published (tests/data/seed-dostek-*.txt, seed-ubr.txt). */
#ifndef TAMGA_TESTS_KYRGYZ_FIXTURE_H
#define TAMGA_TESTS_KYRGYZ_FIXTURE_H

#include "screen_fixture.h"

#define KG_PAGE 24576 /* the longest of the pages, folded */

extern struct tg_catalog *kg_catalog;
extern char kg_page_renewal[KG_PAGE], kg_page_questions[KG_PAGE], kg_page_guide[KG_PAGE], kg_page_ubr[KG_PAGE];

int kg_set_up(void **state);
int kg_tear_down(void **state);
const struct tg_provider *kg_dostek(void);
const struct tg_provider *kg_ubr(void);
/* The sentence in Kyrgyz. */
const char *kg_ky(const char *id);
/* By their ids; the test fails where there is none. Of a service its first kind. */
const struct tg_service *kg_service(const struct tg_provider *p, const char *id);
const struct tg_kind *kg_kind(const struct tg_provider *p, const char *service_id);
const struct tg_document *kg_document(const struct tg_kind *k, const char *id);
const struct tg_question *kg_question(const struct tg_question *list, unsigned n, const char *id);
/* The ids that are asked for under some conditions, in order. */
void kg_expect_list(const struct tg_kind *k, const char *set, const char *expected);
/* Both folded (fixture_fold). */
bool kg_stands_in(const char *page, const char *words);
/* The phrase is the page's, and stands in the text that people read. */
void kg_expect_phrase(const char *page, const char *message, const char *phrase);
struct kg_phrase {
	const char *message, *phrase;
};
void kg_expect_phrases(const char *page, const struct kg_phrase *list, size_t n);
#define KG_EXPECT_PHRASES(page, list) kg_expect_phrases(page, list, sizeof(list) / sizeof(*(list)))

#endif
