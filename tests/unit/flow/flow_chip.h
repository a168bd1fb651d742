/* What the pretended kiosk finds on a chip, thinks of a new PIN, and knows of its staff. */
#ifndef TAMGA_TESTS_FLOW_CHIP_H
#define TAMGA_TESTS_FLOW_CHIP_H

#include "flow_fixture.h"

/* A citizen's document that proves itself, staff with a token of their own, a card that can be unblocked. */
void flow_chip_begin(struct flow *f);
void flow_chip_answer(const struct flow *f, enum tg_effect_kind effect, struct tg_event *ev);
/* A journey up to DOCUMENT, with a card that may carry one. */
void flow_to_document(struct flow *f);
/* Types the three data that open Aigul's chip; `flow_read` reads it too, ending with `status`. */
void flow_type_document(struct flow *f);
void flow_read(struct flow *f, enum tg_status status);
/* `pin` characters for each entry of a new PIN, judged as right. */
void flow_new_pin(struct flow *f, unsigned characters);
void flow_pin_ended(struct flow *f, enum tg_status status);
void flow_other_card(struct flow *f, bool in);
/* With a locked card on CARRIER: the staff member is here, and up to CHECK, and up to UNBLOCK. */
void flow_to_staff(struct flow *f);
void flow_staff_known(struct flow *f);
void flow_to_unblock(struct flow *f);

#endif
