/* What one part of the catalogue says about another: conditions, ways, documents, calendars. Private to screen. */
#ifndef TAMGA_SCREEN_REFS_H
#define TAMGA_SCREEN_REFS_H

#include "check.h"

/* The words of `key` are conditions of the catalogue; with `negated` each may begin with '!'. */
enum tg_status refs_conditions(const struct check *c, const struct tg_catalog *catalog, const struct tg_yaml_node *map,
        const char *key, bool negated) TG_MUST_USE;
/* Fields, lines and signatures of a form. */
enum tg_status refs_form(const struct check *c, const struct tg_catalog *catalog, const struct tg_yaml_node *root,
        const struct tg_form *form) TG_MUST_USE;
/* Ways, questions and documents of a kind; forms are the joiner's. `rules` as in tg_catalog_load. */
enum tg_status refs_kind(const struct check *c, const struct tg_catalog *catalog, const struct tg_provider *p,
        const struct tg_yaml_node *n, const struct tg_kind *k, const struct tg_rule *rules) TG_MUST_USE;
/* Ways, terms and grounds of a provider whose calendars are in their place. */
enum tg_status refs_provider(const struct check *c, const struct tg_catalog *catalog, const struct tg_yaml_node *root,
        const struct tg_provider *p) TG_MUST_USE;
/* Prices, products, payments of a provider. */
enum tg_status refs_money(const struct check *c, const struct tg_catalog *catalog, const struct tg_yaml_node *root,
        const struct tg_provider *p) TG_MUST_USE;
/* What is ordered from the notice of a near end (DOS-3), of a provider whose services are in their place. */
enum tg_status refs_order(
        const struct check *c, const struct tg_yaml_node *root, const struct tg_provider *p) TG_MUST_USE;
/* The value of `key`, if there is one, is a product of the provider. */
enum tg_status refs_product(
        const struct check *c, const struct tg_provider *p, const struct tg_yaml_node *n, const char *key) TG_MUST_USE;
/* What a kind costs. */
enum tg_status refs_charges(const struct check *c, const struct tg_catalog *catalog, const struct tg_provider *p,
        const struct tg_yaml_node *kind) TG_MUST_USE;
/* The list `questions` of `map`; services that an answer leads to are the joiner's. */
enum tg_status refs_questions(const struct check *c, const struct tg_catalog *catalog, const struct tg_yaml_node *map,
        const struct tg_question *questions, unsigned n) TG_MUST_USE;
/* Whether no answers to the kind's questions let both of these `when` hold; either may be NULL. */
bool refs_exclude(const struct tg_kind *k, const char *a, const char *b);
enum tg_status refs_advice(const struct check *c, const struct tg_catalog *catalog, const struct tg_provider *p,
        const struct tg_yaml_node *root) TG_MUST_USE;
/* Hours and days of a calendar, each at its own place. */
enum tg_status refs_calendar(
        const struct check *c, const struct tg_yaml_node *n, const struct tg_calendar *calendar) TG_MUST_USE;

#endif
