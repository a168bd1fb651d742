/* Private to flow: the named rules that stand in files of their own. Each is the `check` of a struct tg_rule. */
#ifndef TAMGA_FLOW_RULES_H
#define TAMGA_FLOW_RULES_H

#include "parts.h"

/* rules_date.c: values DD.MM.YYYY */
const char *tg_rule_date(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);
const char *tg_rule_past_date(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);
const char *tg_rule_within_working_days(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);
const char *tg_rule_age_at_least(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);
bool tg_rule_count_ok(const char *arg); /* a number from 1 to 999 */

/* rules_tech.c: what machines made. A list is checked line by line by its field; given several lines at once the rules
 * take the first that is wrong. */
const char *tg_rule_serial_hex(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);
/* `arg`: the zones that the papers can prove, "kz қаз"; NULL: any. */
const char *tg_rule_domain(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);
const char *tg_rule_domains(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);
/* `arg`: the fields with the main name and with the further names, "domain more-domains": its names are those. */
const char *tg_rule_pkcs10(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);
/* `arg`: the usual shapes, "KS##### ####" (# a digit, other characters themselves); NULL: any. Another shape is only
 * warned of (the source does not give it). */
const char *tg_rule_treasury_code(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);
const char *tg_rule_treasury_role(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);

/* rules_kg.c */
const char *tg_rule_kg_pin(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);
/* A line "tax number, space, name"; `arg`: how many digits the number has. The name may be missing. */
const char *tg_rule_company(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);
const char *tg_rule_kg_inn(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);
const char *tg_rule_kg_okpo(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);
const char *tg_rule_document_number(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);

const struct tg_rule *tg_rule_find(const char *name, size_t len);
/* Of what a rule says: it is said, and stops nobody. */
bool tg_rule_only_warns(const struct tg_rule *r, const char *message);
bool tg_rule_any_argument(const char *arg);
bool tg_rule_has_cyrillic(const char *value);

#endif
