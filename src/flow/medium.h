/* Private to flow: removable media (tamga/medium.h). */
#ifndef TAMGA_FLOW_MEDIUM_H
#define TAMGA_FLOW_MEDIUM_H

#include "parts.h"

extern const struct tg_stage_ops tg_stage_medium, tg_stage_deliver;

/* The form asks for a request that nobody brought yet, and there is a place to put a medium in. */
bool tg_medium_wanted(const struct tg_flow_config *c, const struct tg_flow_state *s);
/* The centre knows the key of the form's request already (K-16): true, and the form is shown with that said beside the
 * request, which has to be another one. */
bool tg_request_used(struct tg_turn *t);

#endif
