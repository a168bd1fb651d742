/* What is told before somebody applies, on the kiosk's side: help topics, the companies of a complex certificate. */
#ifndef KIOSK_ADVICE_H
#define KIOSK_ADVICE_H

#include "ways.h"

/* Effects, started by the loop. */
void kiosk_start_topics(struct kiosk *k);
void kiosk_start_companies(struct kiosk *k);

#endif
