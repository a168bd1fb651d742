/* A journey over two carriers, the identity card and the SIM (NCA-6): the pretended kiosk's side of it. */
#ifndef TAMGA_TESTS_FLOW_TWO_H
#define TAMGA_TESTS_FLOW_TWO_H

#include "flow_fixture.h"

/* Two keys on the identity card, one on the SIM; `at`: whose turn it is. */
struct tg_work_facts flow_work_at(unsigned at);
/* Chip work ends so, and its journal says that. */
void flow_work_ended(struct flow *f, enum tg_status status, const struct tg_work_facts *work);
/* What was in the reader leaves, a SIM comes. */
void flow_sim_in(struct flow *f);
/* Walks to SECOND: the identity card is finished, and still lies in the reader. */
void flow_to_second(struct flow *f);
#endif
