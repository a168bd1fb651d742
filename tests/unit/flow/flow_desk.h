/* What the pretended kiosk tells the desk, and a catalogue of its own: one kind with six documents of every sort, a
 * calendar, terms, grounds; a complaint. */
#ifndef TAMGA_TESTS_FLOW_DESK_H
#define TAMGA_TESTS_FLOW_DESK_H

#include "flow_fixture.h"

const struct tg_catalog *flow_desk_catalog(void);
/* One test of the desk with a fresh `flow`, a struct flow of the file; at its end the program has found no bug. */
#define FLOW_DESK_TEST(test, flow)                                                                                     \
	cmocka_unit_test_prestate_setup_teardown(test, flow_desk_setup, flow_desk_end, &(flow))
int flow_desk_setup(void **flow);
int flow_desk_end(void **flow);
int flow_desk_finish(void **state); /* of the group */
/* Two applications and a complaint wait; the first one's answers, at the desk's ease. Handed in on Thursday,
 * 5 February 2026, 10:00 in Astana. */
void flow_desk_begin(struct flow *f);
/* F9 on the idle screen, the token, its PIN, the queue. */
void flow_to_queue(struct flow *f);
/* The first line of it. */
void flow_to_application(struct flow *f);
/* Every document that must be shown is ticked, the consent is given, the registers agree. */
void flow_check_all(struct flow *f);
void flow_to_decision(struct flow *f);
/* Acceptance stands on the screen at hand. */
bool flow_may_accept(struct flow *f);
/* From the application to the decision. */
void flow_decide_again(struct flow *f);
/* Moves the focus down to the item with this label (a message id). */
void flow_to_line(struct flow *f, const char *message_id);
/* The answer of the kiosk to an effect of the desk. */
void flow_desk_answer(const struct flow *f, enum tg_effect_kind effect, struct tg_event *ev);

#endif
