/* The provider's help topics, searched (DOS-11). An index in memory, made of the texts of one provider in one language
 * when they are first asked for. Letters that one keyboard lacks stand for each other: what was typed is looked for as
 * it is, then with every letter of the other alphabets as its Russian neighbour («ө» finds «ө», and second «о»). */
#ifndef KIOSK_HELP_H
#define KIOSK_HELP_H

#include "tamga/advice.h"
#include "tamga/i18n.h"

struct kiosk_help;
/* `i18n` outlives it. For one thread. TG_NO_MEMORY, TG_STORE_OPEN: no full-text search in this SQLite. */
enum tg_status kiosk_help_create(struct kiosk_help **out, const struct tg_i18n *i18n, struct tg_error *err) TG_MUST_USE;
void kiosk_help_destroy(struct kiosk_help *h);
/* The topics of `p` in which every word of `query` begins some word, the best first; all of them for an empty query.
 * Nothing that stands in a query is a command. */
enum tg_status kiosk_help_find(struct kiosk_help *h, const struct tg_provider *p, enum tg_lang lang, const char *query,
        struct tg_topics *out, struct tg_error *err) TG_MUST_USE;

#endif
