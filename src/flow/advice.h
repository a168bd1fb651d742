/* Private to flow: the adviser, help topics, companies of a complex certificate. */
#ifndef TAMGA_FLOW_ADVICE_H
#define TAMGA_FLOW_ADVICE_H

#include "parts.h"

extern const struct tg_stage_ops tg_stage_adviser, tg_stage_advice, tg_stage_topics, tg_stage_topic, tg_stage_companies;

/* "1 510 som"; `amount` in hundredths of the provider's currency. */
const char *tg_paint_money(struct tg_paint *p, int64_t amount);
/* The language is another one: what was typed is looked for in its texts. */
void tg_topics_search_again(struct tg_turn *t);
/* Where to ask: the provider's contacts, each a line that the focus can stand on. */
void tg_paint_contacts(struct tg_paint *p);
unsigned tg_contacts_slots(const struct tg_provider *p);

#endif
