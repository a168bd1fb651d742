/* Private to flow: chip work on two carriers in one application (NCA-6). */
#ifndef TAMGA_FLOW_WORK_H
#define TAMGA_FLOW_WORK_H

#include "parts.h"

extern const struct tg_stage_ops tg_stage_second;

/* What is known of the chip work came with an event. */
void tg_take_work(struct tg_flow_state *s, const struct tg_work_facts *work);
/* The application's certificates go onto two carriers. */
bool tg_work_is_double(const struct tg_flow_state *s);
/* Index of the carrier whose turn it is; with all done, the last one. */
unsigned tg_work_turn(const struct tg_flow_state *s);
/* The first carrier is finished: the second one is waited for, or being worked on. */
bool tg_work_at_second(const struct tg_flow_state *s);
/* The application can be finished without the second carrier. */
bool tg_work_can_leave_out(const struct tg_flow_state *s);
/* That is wished: the PIN is asked when something must be removed from the card first. */
void tg_work_leave_out(struct tg_turn *t);
/* The carrier that the key pair belongs to, by index of tg_state_keys. */
unsigned tg_work_carrier_of(const struct tg_flow_state *s, unsigned key);
/* Message id about a carrier, in `id` (48 bytes): "written.on-" and the purpose of it. */
const char *tg_work_message(const struct tg_flow_state *s, const char *prefix, unsigned carrier, char id[48]);
/* As a heading: on which carrier; with its serial number where that is known. */
void tg_paint_work_carrier(struct tg_paint *p, unsigned carrier);

#endif
