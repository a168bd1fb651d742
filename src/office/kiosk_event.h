/* Private: what is done about kiosks, on its way to the journal. */
#ifndef TAMGA_OFFICE_KIOSK_EVENT_H
#define TAMGA_OFFICE_KIOSK_EVENT_H

#include "tamga/registry.h"

#include <jansson.h>

/* registry.c: true once, the first time after it was opened. */
bool tg_registry_first_look(struct tg_registry *r);

#endif
