/* A pretended kiosk around the pure step function: answers effects as workers would, counts them, reads the view. */
#ifndef TAMGA_TESTS_FLOW_FIXTURE_H
#define TAMGA_TESTS_FLOW_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tamga/flow.h"

#define FX_KINDS TG_FX_COUNT

struct flow {
	struct tg_flow_config config;
	struct tg_flow_state s;
	struct tg_effects fx;     /* of the last step that was not an answer */
	unsigned count[FX_KINDS]; /* effects since the last flow_forget_effects */
	struct tg_view view;
	int64_t now, wall;
	bool silent;                 /* effects stay without answers */
	struct tg_token_state token; /* what TG_FX_TOKEN_INFO finds */
	const char *open;            /* number that TG_FX_OPEN_ASK finds, or NULL */
	const char *unfinished;      /* number that TG_FX_FIND_UNFINISHED finds, or NULL */
	enum tg_status submit, receipt, services;
	struct tg_cabinet_facts facts;                       /* what the effects of the cabinet find */
	enum tg_status readers, held, entered, chain, cloud; /* and how they end */
	struct tg_chip_document chip;                        /* what TG_FX_READ_DOCUMENT finds (flow_chip.h) */
	struct tg_token_state staff_token;
	const char *holder;
	enum tg_status reading, judged, staff;
	enum tg_pin_flaw flaw;
	struct tg_desk_facts *desk; /* what effects of the desk find (flow_desk.h), and how they end */
	enum tg_status desk_status;
	unsigned wipings; /* entries into WIPING */
	unsigned bugs;
};

/* The shipped screens and sentences. */
int flow_group_setup(void **state);
int flow_words_setup(void **state); /* the sentences alone, for a test with a catalogue of its own */
int flow_group_teardown(void **state);
const struct tg_catalog *flow_shipped(void);
const struct tg_i18n *flow_sentences(void);
/* A catalogue with what the shipped one does not have: two kinds, a choice field, a form without documents and
 * consents. */
extern const struct tg_catalog flow_small;

void flow_begin(struct flow *f, const struct tg_catalog *catalog);
void flow_event(struct flow *f, const struct tg_event *ev);
struct tg_event flow_ev(const struct flow *f, enum tg_event_kind kind);
/* "Enter Tab*3 F1 Esc 1 'Айгүл_А Space": keys as walk files name them; 'x types x, _ is a space. */
void flow_keys(struct flow *f, const char *script);
void flow_card(struct flow *f, bool in);
void flow_tick(struct flow *f, int64_t ms); /* time passes, then one tick */
void flow_pin(struct flow *f, unsigned characters);
void flow_step_event(struct flow *f, enum tg_chip_step step, int key, enum tg_step_state state);
void flow_chip_ended(struct flow *f, enum tg_status status);
void flow_forget_effects(struct flow *f);
/* Walks a new journey in Russian with a good card up to `stage` (IDLE … RESULT). */
/* From idle to the form of an individual with papers, where everything is typed. */
void flow_to_typed_form(struct flow *f);
void flow_walk(struct flow *f, enum tg_stage stage);
/* flow_walk comes by it, and it stays long enough to be seen. */
bool flow_on_the_way(enum tg_stage stage);
/* One sensible act on the present screen. */
void flow_next(struct flow *f);
/* The answer of a worker to one effect; kind -1: it has none. */
struct tg_event flow_answer(const struct flow *f, enum tg_effect_kind effect, bool *there_is_one);
void flow_fill_form(struct flow *f);
/* The same without keys: right answers into the fields that have none. */
void flow_put_answers(struct flow *f);
int flow_field(const struct flow *f, const char *id);
/* Moves the focus of the form to a field by keys. */
void flow_to_field(struct flow *f, const char *id);

#define flow_at(f, name) assert_string_equal(tg_sm_name(&tg_stage_machine, (int)(f)->s.stage), name)
/* Paints; fails when the text is (not) anywhere on it. */
void flow_see(struct flow *f, const char *text);
void flow_see_not(struct flow *f, const char *text);
void flow_see_id(struct flow *f, const char *message_id);
/* True when `text` stands in any string of the view; `each` may be NULL. */
bool flow_view_has(const struct tg_view *v, const char *text);
void flow_view_strings(const struct tg_view *v, void (*each)(const char *s, void *ctx), void *ctx);
bool flow_state_has(const struct tg_flow_state *s, const char *text);
#endif
