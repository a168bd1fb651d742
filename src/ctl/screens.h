/* `screens list`: the whole catalogue, as text and as JSON. Private to ctl. */
#ifndef TG_CTL_SCREENS_H
#define TG_CTL_SCREENS_H

#include "ctl.h"
#include "tamga/i18n.h"
#include "tamga/screen.h"

/* `texts` NULL: without the sentences. */
enum ctl_exit screens_say_json(const struct tg_i18n *texts, const struct tg_catalog *c);
/* What a product costs today where the provider is, or NULL. */
const struct tg_price *screens_price_today(const struct tg_provider *p, const char *product);
void screens_say_text(const struct tg_i18n *texts, const struct tg_catalog *c);

#endif
