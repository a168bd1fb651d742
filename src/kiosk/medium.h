/* Requests on removable media, and the certificates that go back on them (tamga/medium.h). */
#ifndef KIOSK_MEDIUM_H
#define KIOSK_MEDIUM_H

#include "kiosk.h"

/* Effects, started by the loop. */
void kiosk_start_medium_list(struct kiosk *k);
void kiosk_start_medium_read(struct kiosk *k);
void kiosk_start_deliver(struct kiosk *k);       /* ssl.c */
void kiosk_start_deliver_paper(struct kiosk *k); /* ssl.c */

/* Text between BEGIN and END lines. TG_LIMIT when it does not fit. */
enum tg_status kiosk_pem(const char *what, struct tg_bytes der, char *out, size_t cap) TG_MUST_USE;

#endif
