/* The pretended kiosk's side of the cabinet: a Rutoken with certificates, news, applications. */
#ifndef TAMGA_TESTS_FLOW_CABINET_H
#define TAMGA_TESTS_FLOW_CABINET_H

#include "flow_fixture.h"

/* One Rutoken of DosTek with one certificate, two news, two applications. */
void flow_cabinet_begin(struct flow *f);
void flow_cabinet_answer(const struct flow *f, enum tg_effect_kind effect, struct tg_event *ev);
/* A second certificate of another company, one that has ended, one of another provider. */
void flow_cabinet_many(struct flow *f);
/* Walks in Russian to a stage of the cabinet: DEVICES (list), COMPANY, ENTER, HOME. */
void flow_cabinet_walk(struct flow *f, enum tg_stage stage);
/* On SERVICE: the digit of the service that opens the cabinet, '\0' where there is none. */
char flow_cabinet_key(const struct flow *f);
/* On SERVICE: the key of the service that opens the cabinet, wherever the data have it. */
void flow_cabinet_service(struct flow *f);
void flow_days_left(struct flow *f, unsigned certificate, int days);
/* One in E-Cloud of the same organisation, with so many days left; the centre says whether the next may be ordered. */
void flow_cabinet_in_cloud(struct flow *f, const char *serial, const char *title, int days, enum tg_status order);

#endif
