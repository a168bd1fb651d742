/* Private to flow: a list of questions, whoever asks it: a kind of applicant, or the adviser. */
#ifndef TAMGA_FLOW_QUESTIONS_H
#define TAMGA_FLOW_QUESTIONS_H

#include "parts.h"

/* Those that the present stage asks. */
struct tg_asking {
	const struct tg_question *list;
	const struct tg_replies *replies;
	unsigned asked[TG_QUESTIONS_MAX], n; /* indexes of those whose conditions hold */
};
void tg_asking_now(const struct tg_flow_state *s, struct tg_asking *out);
/* Which of `list` are asked. `set` (TG_CONDITIONS_BYTES) comes with what holds before, and leaves with what the answers
 * add. */
unsigned tg_questions_hold(const struct tg_question *list, unsigned n, const struct tg_replies *r, char *set,
        unsigned out[TG_QUESTIONS_MAX]);
/* What the adviser's answers set. */
void tg_adviser_conditions(const struct tg_flow_state *s, char *out);
/* The number that was typed for the adviser; 0: none was asked for. */
unsigned tg_adviser_count(const struct tg_flow_state *s);
/* The option that `question` was answered with; NULL: none yet. */
const struct tg_question_option *tg_option_chosen(const struct tg_question *question, unsigned option);

/* All answered: to where the stage leads. */
typedef void tg_questions_done(struct tg_turn *t);
unsigned tg_question_slots(const struct tg_flow_config *c, const struct tg_flow_state *s);
void tg_question_choose(struct tg_turn *t, unsigned slot, tg_questions_done *done);
bool tg_question_key(struct tg_turn *t, tg_questions_done *done);
void tg_question_focus(struct tg_flow_state *s); /* on what was answered before */
void tg_questions_paint(struct tg_paint *p);

/* The answer leads to another service (DOS-4, NCA-9.2): the overlay, and what is kept of the answers on the way. */
const struct tg_question_option *tg_leading_option(const struct tg_flow_state *s);
void tg_lead_follow(struct tg_turn *t);
void tg_lead_stay(struct tg_turn *t);
const char *tg_lead_name(struct tg_paint *p); /* of the other service */
/* The answers of the form `old` that the state's form also asks for stay, by the field's id; the others go. So do the
 * replies to the kind's questions, by question and option. */
void tg_answers_carry(struct tg_flow_state *s, const struct tg_kind *old);

#endif
