/* Private to the kiosk: what the journey's rules ask the libraries that flow may not link (struct tg_flow_config). */
#ifndef TAMGA_KIOSK_JUDGES_H
#define TAMGA_KIOSK_JUDGES_H

#include "tamga/screen.h"

/* A PKCS#10 as text: TG_OK, TG_PKCS10, TG_KEY_WEAK, TG_PKCS10_NAMES. `domain` NULL: its names are not compared. `out`
 * is filled also when only the names are others. Pure. */
enum tg_status kiosk_judge_pkcs10(
        const char *text, const char *domain, const char *more_domains, struct tg_pkcs10_facts *out) TG_MUST_USE;

#endif
