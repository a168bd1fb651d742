/* Tickets of the electronic queue (NCA-4, NCA-8). */
#ifndef KIOSK_TICKET_H
#define KIOSK_TICKET_H

#include "kiosk.h"

/* Takes one, or checks in the one that was typed → TG_EV_TICKET. */
void kiosk_start_ticket(struct kiosk *k);
/* Writes queue.ticket; `what`: "taken", "called" (a clerk opens the application that goes with it), "served" (decided).
 * Not on the store's worker. */
enum tg_status kiosk_ticket_note(
        struct kiosk *k, const char *ticket, const char *number, const char *what, struct tg_error *err) TG_MUST_USE;

#endif
