/* What a schema cannot say: references, numbers in order, rules that exist. Private to screen. */
#ifndef TAMGA_SCREEN_FORM_CHECK_H
#define TAMGA_SCREEN_FORM_CHECK_H

#include "check.h"

/* A form against its own tree and the table of rules; adds the rules' messages to the uses. */
enum tg_status form_check(const struct check *c, const struct tg_yaml_node *root, const struct tg_form *form,
        const struct tg_rule *rules) TG_MUST_USE;
enum tg_status provider_check(
        const struct check *c, const struct tg_yaml_node *root, const struct tg_provider *p) TG_MUST_USE;
enum tg_status service_check(
        const struct check *c, const struct tg_yaml_node *root, const struct tg_service *s) TG_MUST_USE;
enum tg_status kind_check(const struct check *c, const struct tg_yaml_node *n, const struct tg_kind *k) TG_MUST_USE;

#endif
