/* Private to flow: what its files share. One stage per file pair, all behind the same row of functions, so that the
 * step function and the view are two table look-ups. */
#ifndef TAMGA_FLOW_PARTS_H
#define TAMGA_FLOW_PARTS_H

#include "tamga/flow.h"
#include "tamga/text.h"

/* One call of tg_flow_step. */
struct tg_turn {
	const struct tg_flow_config *c;
	struct tg_flow_state *s;
	const struct tg_event *ev;
	struct tg_effects *fx;
};

/* One call of tg_flow_view. */
struct tg_paint {
	const struct tg_flow_config *c;
	const struct tg_flow_state *s;
	struct tg_view *v;
	enum tg_lang lang;
	int focus; /* which focusable item has the focus */
	int slot;  /* focusable items so far */
};

/* What a stage may do with keys that stand on every screen, and with time. */
enum tg_stage_trait {
	TG_STAGE_DIGITS = 1,    /* digits choose an item */
	TG_STAGE_CANCEL = 2,    /* F10 asks whether to stop */
	TG_STAGE_TIMED = 4,     /* idle warning after config.idle_ms */
	TG_STAGE_SHOWN = 8,     /* timed, but after config.result_ms */
	TG_STAGE_BACK = 16,     /* Esc leads one step back */
	TG_STAGE_CARDS = 32,    /* a new card is looked at at once */
	TG_STAGE_PERSON = 64,   /* somebody is there: reader line and trail are shown */
	TG_STAGE_CABINET = 128, /* stands on a chosen token: its leaving ends this */
	TG_STAGE_PROVEN = 256,  /* behind the proof of who asks: not reached, and left, without it */
	/* What nearly all have where somebody stands and chooses. */
	TG_STAGE_USUAL = TG_STAGE_CANCEL | TG_STAGE_TIMED | TG_STAGE_BACK | TG_STAGE_PERSON,
};

/* All members but `slots` and `paint` may be NULL. A slot is a focusable item, counted from 0. */
struct tg_stage_ops {
	unsigned traits;
	unsigned (*slots)(const struct tg_flow_config *c, const struct tg_flow_state *s);
	void (*enter)(struct tg_turn *t);
	void (*leave)(struct tg_turn *t, enum tg_stage to);
	void (*choose)(struct tg_turn *t, unsigned slot); /* Enter, or its digit */
	bool (*key)(struct tg_turn *t);                   /* before the common keys; true: done */
	void (*back)(struct tg_turn *t);
	void (*event)(struct tg_turn *t); /* all events but keys and ticks */
	void (*paint)(struct tg_paint *p);
	const char *enter_label; /* message id of what Enter does here; NULL: action.enter */
	const char *(*label)(const struct tg_flow_state *s); /* the same where it is not always the same */
};
const struct tg_stage_ops *tg_stage_ops(enum tg_stage stage);
/* Those of the present stage; while the machine works nothing can be stopped, and no time runs. */
unsigned tg_stage_traits(const struct tg_flow_state *s);
extern const struct tg_stage_ops tg_stage_idle, tg_stage_provider, tg_stage_service, tg_stage_kind, tg_stage_carrier,
        tg_stage_form, tg_stage_documents, tg_stage_review, tg_stage_consent, tg_stage_pin, tg_stage_submitting,
        tg_stage_document, tg_stage_reading, tg_stage_pin_change, tg_stage_staff, tg_stage_unblock, tg_stage_working,
        tg_stage_result, tg_stage_waiting, tg_stage_resume, tg_stage_failure, tg_stage_wiping, tg_stage_out_of_service,
        tg_stage_way, tg_stage_questions, tg_stage_pick, tg_stage_open, tg_stage_carriers;

/* Moves, by the table. Where the chip has yet to say who asks (tg_identity_wanted) the stages behind it are CARRIER. */
void tg_turn_go(struct tg_turn *t, enum tg_stage to);
void tg_turn_fail(struct tg_turn *t, enum tg_status why);
/* Each effect once in a step; false when it is there already. */
bool tg_turn_emit(struct tg_turn *t, enum tg_effect_kind effect);
/* An effect that has an answer. */
void tg_turn_ask(struct tg_turn *t, enum tg_effect_kind effect, unsigned *asked);
/* A print, also while one is under way; and only when none is. */
void tg_print_ask(struct tg_turn *t, struct tg_print *print, enum tg_effect_kind effect, unsigned *asked);
void tg_print_again(struct tg_turn *t, struct tg_print *print, enum tg_effect_kind effect, unsigned *asked);
/* Our own mistake: reported, everything of the person wiped, OUT_OF_SERVICE. */
void tg_turn_bug(struct tg_turn *t, const char *what);
/* Looks at the card in the reader, when there is one that answers. */
void tg_turn_ask_token(struct tg_turn *t);
/* What is known of the card is forgotten: it left, or is about to be looked at anew. */
void tg_turn_forget_card(struct tg_turn *t);
/* After work during which a card was moved: what is in the reader now is looked at. */
void tg_turn_look_again(struct tg_turn *t);
/* Everything of the person becomes zero; readers, times and answers under way stay. The stage is kept. */
void tg_state_erase(struct tg_flow_state *s);

/* What several stages do in the same way: one line to choose; what was told on a stage is not told on the next; chip
 * work was found on the card, perhaps late: it comes before everything else. */
unsigned tg_one_slot(const struct tg_flow_config *c, const struct tg_flow_state *s);
void tg_forget_notice(struct tg_turn *t, enum tg_stage to);
void tg_resume_found(struct tg_turn *t);
/* Both texts are there, and the same. */
bool tg_same(const char *a, const char *b);
/* The space bar, which ticks. */
bool tg_key_is_space(const struct tg_event *ev);

/* Questions about a state. */
bool tg_card_answers(const struct tg_flow_state *s);    /* a card is in and speaks */
bool tg_card_being_read(const struct tg_flow_state *s); /* and an answer about it is awaited */
bool tg_card_ready(const struct tg_flow_state *s);      /* inspected and usable */
/* A card without a module here whose document can be read all the same: it says who asks, and no more (K-4). */
bool tg_card_only_names(const struct tg_flow_state *s);
/* TG_OK; or why the card that was inspected is not one that the application's keys can be made on:
 * TG_CARD_UNSUPPORTED (another kind of carrier), TG_ALGORITHM (it makes no such keys). */
enum tg_status tg_card_unfit(const struct tg_flow_state *s);
/* Not the card that is waited for, and another one lies in the other reader: that one is looked at. Once, until a card
 * is moved (state.looked_beside). */
bool tg_turn_look_beside(struct tg_turn *t);
/* On the way into a stage that waits for the card of begun work: beside, else at a card that was not looked at yet. */
void tg_turn_look_for_ours(struct tg_turn *t);
/* The token says that it is older than what the kind asks for (DOS-1). */
bool tg_carrier_is_old(const struct tg_flow_state *s);
/* A token of the kind's is in the reader, and says that it is not. */
bool tg_carrier_told(const struct tg_flow_state *s);
/* The person's token with the bounds that the provider sets for its PIN (stage_pin.c). */
struct tg_token_state tg_person_token(const struct tg_flow_state *s);
/* TG_OK while being read or ready; else why the card cannot be used, service and reader included. */
enum tg_status tg_card_trouble(const struct tg_flow_state *s);
/* The card in the reader is the one that the application is for; and from now on it is. */
bool tg_card_is_ours(const struct tg_flow_state *s);
void tg_card_becomes_ours(struct tg_flow_state *s);
bool tg_status_among(enum tg_status status, const enum tg_status *list, size_t n);
/* Of work on a card: it broke off because the card or its reader is not there any more. */
bool tg_card_is_gone(enum tg_status status);
/* What is told of it: where a card was, an empty reader means that it was pulled. */
enum tg_status tg_card_gone_notice(enum tg_status status);
bool tg_service_open(const struct tg_provider *p);                  /* the provider has an open service */
const struct tg_form *tg_state_form(const struct tg_flow_state *s); /* NULL before the kind is chosen */
/* The key pairs of the form on the carrier that the application is for; `out` holds TG_FLOW_KEYS_MAX. */
unsigned tg_state_keys(const struct tg_flow_state *s, const struct tg_key_plan **out);
/* Those of them that are made on a carrier of this purpose. */
unsigned tg_state_keys_on(const struct tg_flow_state *s, const char *purpose, const struct tg_key_plan **out);
/* Message id of what stands in a field of a public key before the key is there: made on this card, or not (K-6). */
const char *tg_state_key_note(const struct tg_flow_state *s, const struct tg_field *field);
/* Message id of the name of one of them; `id` holds 48 bytes. */
void tg_state_key_name(const struct tg_flow_state *s, unsigned key, char *id);
/* Provider, service and kind of the form with this id. */
bool tg_state_choose_form(const struct tg_flow_config *c, struct tg_flow_state *s, const char *form);
/* The step before the PIN of a new application. */
enum tg_stage tg_state_before_pin(const struct tg_flow_state *s);
unsigned tg_kinds_open(const struct tg_service *s);

/* Documents of the kind, by index (stage_documents.c): what stands for one, and what keeps the list from being whole.
 */
enum tg_brought_by tg_document_brought(const struct tg_flow_state *s, unsigned i);
unsigned tg_state_missing(
        const struct tg_flow_config *c, const struct tg_flow_state *s, unsigned out[TG_DOCUMENTS_MAX]);
bool tg_documents_any(const struct tg_flow_state *s);                         /* any is asked for */
bool tg_documents_ask_presenter(const struct tg_flow_state *s, bool *needed); /* a power was brought */
/* Who stands at the kiosk with it (presenter.c), by enum tg_presenter. */
const struct tg_field *tg_presenter_field(unsigned part);
bool tg_presenter_check(const struct tg_flow_config *c, struct tg_flow_state *s, unsigned part, bool needed);
int tg_presenter_first_wrong(const struct tg_flow_config *c, struct tg_flow_state *s, bool needed); /* -1: none */

/* Ways, questions and what they set (conditions.c). */
bool tg_state_holds(const struct tg_flow_state *s, const char *when); /* tg_when_holds under the state's conditions */
/* The ways of the kind that are open here, in its order; how many. `out` may be NULL. */
#define TG_WAYS_MAX 9
unsigned tg_ways_open(
        const struct tg_flow_config *c, const struct tg_flow_state *s, const struct tg_way *out[TG_WAYS_MAX]);
/* The questions of the kind that are asked: their indexes. */
unsigned tg_questions_asked(const struct tg_flow_state *s, unsigned out[TG_QUESTIONS_MAX]);
/* The last stage of choosing that asked something: where the first stage behind the choices leads back to. */
enum tg_stage tg_stage_last_choice(const struct tg_flow_config *c, const struct tg_flow_state *s);
/* Whose card, PIN or answer is asked for, where a form knows several people (NCA-role): message id, or NULL. On a form
 * it is the focused field's role that tells. */
const char *tg_state_whose(const struct tg_flow_state *s);
void tg_paint_whose(struct tg_paint *p); /* as a line of its own; nothing where there is nobody to mix up */
/* Message id of the heading over the fields of a role, "role.head", in `id` (48 bytes); NULL: of no role. */
const char *tg_role_heading(const char *role, char *id);
/* The chip proved the person to be younger than the form's rule age_at_least allows (NCA-10). */
bool tg_chip_too_young(const struct tg_flow_state *s);
/* The provider's own calendar, or NULL. */
const struct tg_workdays *tg_state_workdays(const struct tg_flow_state *s);

/* The stage before the form, by the way that led to it (stage_form.c). */
enum tg_stage tg_stage_before_form(const struct tg_flow_config *c, const struct tg_flow_state *s);
/* Certificates are known, or a card is there to ask, and the form wants serial numbers (stage_pick.c). */
bool tg_pick_wanted(const struct tg_flow_state *s);
/* Serial numbers are being typed: the day of issue that the certificates told is the person's to correct. */
void tg_issue_dates_unlock(struct tg_flow_state *s);

/* Answers (answer.c). How many fields the form has; 0 before the kind is chosen. */
unsigned tg_state_fields(const struct tg_flow_state *s);
/* The first field of this kind that the person answers here; -1: none. */
int tg_field_asked_of(const struct tg_flow_state *s, enum tg_field_kind kind);
/* The answer of the first field of this kind that is shown, NULL: none; and what it says, "": nothing. */
const struct tg_answer *tg_answer_of(const struct tg_flow_state *s, enum tg_field_kind kind);
const char *tg_value_of(const struct tg_flow_state *s, enum tg_field_kind kind);
bool tg_field_has_rule(const struct tg_field *f, const char *name);
bool tg_field_shown(const struct tg_flow_state *s, unsigned field);  /* its conditions hold: on screen and in record */
bool tg_field_needed(const struct tg_flow_state *s, unsigned field); /* required, or a part of what was begun */
bool tg_field_is_list(const struct tg_field *f);                     /* one answer a line */
unsigned tg_answer_lines(const struct tg_answer *a);                 /* that are not empty */
bool tg_field_asked(const struct tg_flow_state *s, unsigned field);  /* typed by the person on this kiosk */
unsigned tg_fields_asked(const struct tg_flow_state *s);
int tg_field_of_slot(const struct tg_flow_state *s, unsigned slot); /* -1: not a field */
unsigned tg_slot_of_field(const struct tg_flow_state *s, unsigned field);
void tg_answers_begin(struct tg_flow_state *s); /* empty, or as the form presets them */
void tg_case_begin(struct tg_flow_state *s);    /* all but the answers that there are */
/* Checks one answer: sets its error and mend. True when right. */
bool tg_answer_check(const struct tg_flow_config *c, struct tg_flow_state *s, unsigned field);
/* The same for a value of no form: what the rule `use` says of it, or NULL. `mend` holds TG_VALUE_MAX bytes. */
const char *tg_rule_says(
        const struct tg_flow_config *c, const struct tg_flow_state *s, const char *use, const char *value, char *mend);
void tg_state_today(const struct tg_flow_state *s, char out[11]); /* YYYY-MM-DD at the provider's place */
/* Checks all; the first wrong field, or -1. */
int tg_answers_check(const struct tg_flow_config *c, struct tg_flow_state *s);
void tg_answer_tidy(struct tg_answer *a); /* no spaces at the ends of its lines, no empty line */
/* What stands for the answer on the screen: of a request, a summary. */
const char *tg_paint_answer(struct tg_paint *p, unsigned field);
const char *tg_answer_shown(
        const struct tg_flow_config *c, enum tg_lang lang, const struct tg_field *f, const struct tg_answer *a);
/* Editing (edit.c): true when the key was an editing key of this field. */
bool tg_answer_edit(const struct tg_flow_config *c, struct tg_flow_state *s, unsigned field, const struct tg_event *ev);
/* Enter in a list: a new line behind the one with the cursor. False when that one is empty: the list is done. */
bool tg_answer_new_line(struct tg_answer *a, const struct tg_field *f);
/* The same for a field of no form; not for choices. */
bool tg_answer_type(struct tg_answer *a, const struct tg_field *f, const struct tg_event *ev);
/* The same for a text that is no answer; what does not fit into it is not taken. */
bool tg_text_type(char *text, size_t cap, unsigned *cursor, const struct tg_field *f, const struct tg_event *ev);
/* A digit in any keyboard layout; the Kazakh one has letters in the place of its digits. -1: none. */
int tg_digit_of(uint32_t ch);
/* Only letters that are certainly meant as digits; `,` `.` `"` stay themselves. */
int tg_digit_of_letter(uint32_t ch);

/* What the chip told (document.c, K-4). */
bool tg_document_offered(const struct tg_flow_state *s); /* the card may have one, and the form has use for it */
bool tg_document_proven(const struct tg_flow_state *s);
bool tg_document_was_read(const struct tg_flow_state *s); /* proven or not */
/* What is to be thought of what came off the chip: TG_OK, TG_DOC_OTHER, TG_CARD_EXPIRED, TG_DOC_SIGNER … */
enum tg_status tg_document_verdict(const struct tg_chip_document *d);
/* Answers by the chip, marked and locked; what was typed there before gives way. */
void tg_document_fill(struct tg_flow_state *s);
/* The chip has something for the form: a foreigner's document has no IIN, and names are only compared. */
bool tg_document_fills(const struct tg_flow_state *s);
/* Everything that the chip told, and the answers that it filled. What was typed to open it stays. */
void tg_document_forget(struct tg_flow_state *s);
/* A name typed by the person beside the Latin one of the chip. */
enum tg_name_fit tg_document_name_fit(const struct tg_flow_config *c, const struct tg_flow_state *s, unsigned field);
/* Of all names of the form together, for the record. */
enum tg_name_fit tg_document_names_fit(const struct tg_flow_config *c, const struct tg_flow_state *s);
/* The note behind an answer: who or what gave it, or NULL. */
const char *tg_answer_mark(struct tg_paint *p, unsigned field);
/* DD.MM.YYYY ↔ YYYY-MM-DD; false for no date of the calendar. */
bool tg_date_iso(const char *shown, char out[11]);
int tg_date_age(const char *birth, const char *today); /* full years between two YYYY-MM-DD */
void tg_date_shown(const char *iso, char out[11]);
const char *tg_paint_iso_date(struct tg_paint *p, const char *iso);
/* The stage behind a card that fits: its identity document, where it is to be read, or the form. */
enum tg_stage tg_state_after_card(const struct tg_flow_state *s);

/* What all screens with a PIN have in common (stage_pin.c). One more wrong PIN locks the card; true: that is asked
 * first, the person has not agreed to it yet. */
bool tg_last_try(const struct tg_token_state *k);
bool tg_last_try_asked(struct tg_turn *t, const struct tg_token_state *k);
void tg_paint_tries_of(struct tg_paint *p, const struct tg_token_state *k);
bool tg_pin_length_is_right(const struct tg_token_state *k, unsigned characters);
/* The box, as long as the longest PIN of `k`, NULL: of no known token; beneath it how long a PIN is. */
struct tg_item *tg_paint_pin_box(
        struct tg_paint *p, int id, const char *label, unsigned characters, const struct tg_token_state *k);
/* PIN work on the card was broken off, and which PIN holds is not known. */
void tg_paint_pin_broken(struct tg_paint *p);
/* The PIN in hand is one that must be changed before anything else is done with it (K-5). */
bool tg_pin_must_change(const struct tg_flow_state *s);
/* To PIN_CHANGE with the PIN in hand as the old one; then to `then`. */
void tg_pin_change_forced(struct tg_turn *t, enum tg_stage then);

/* A new PIN typed twice (new_pin.c); `first` is the slot of the first entry, the second one is behind it. */
void tg_new_pin_begin(struct tg_turn *t);
/* Characters of any secret were typed. */
void tg_new_pin_typed(struct tg_turn *t, enum tg_secret_slot slot);
/* Enter on one of the two. */
void tg_new_pin_choose(struct tg_turn *t);
/* TG_EV_PIN_JUDGED; true when both entries are right: the card may be asked. */
bool tg_new_pin_judged(struct tg_turn *t, int first);
/* TG_EV_PIN_ENDED: the card's work is over, and what it tells of itself is taken; then the PIN is another one. */
enum tg_status tg_new_pin_ended(struct tg_turn *t);
void tg_new_pin_done(struct tg_turn *t);
/* It was refused: which of its rules the card has, and how it is said. */
void tg_new_pin_refused(struct tg_flow_state *s, enum tg_status why);
/* Why the new PIN was refused, or what went wrong before. */
void tg_paint_new_pin_notice(struct tg_paint *p);
void tg_paint_new_pin(struct tg_paint *p);
void tg_paint_secret(
        struct tg_paint *p, enum tg_secret_slot slot, const char *label_id, const struct tg_token_state *k);

/* Staff have done what they came for, or leave: all of theirs is forgotten (stage_staff.c). */
void tg_staff_end(struct tg_turn *t);
/* To where the locked card is asked for again. */
void tg_staff_home(struct tg_turn *t);
/* The PIN of a member of staff is complete: true when the proof was asked for (TG_FX_STAFF_PROVE); else the notice or
 * the question of the last try stands. Leaving a stage on which it is typed forgets it. */
bool tg_staff_prove(struct tg_turn *t);
void tg_staff_typed(struct tg_turn *t);
void tg_staff_leave(struct tg_turn *t, enum tg_stage to);
/* Their token can be asked for a PIN; else why not: TG_OK while none was looked at. */
bool tg_staff_token_usable(const struct tg_flow_state *s);
enum tg_status tg_staff_token_trouble(const struct tg_flow_state *s);
/* TG_EV_STAFF says that the PIN was wrong, and the token is still there: it may be tried again. */
bool tg_staff_pin_again(struct tg_turn *t);
void tg_paint_staff_pin(struct tg_paint *p);
/* A member of staff can unblock the card in the reader here. */
bool tg_staff_can_help(const struct tg_flow_config *c, const struct tg_flow_state *s);

/* Which secret is typed now (stage_pin_change.c, stage_staff.c, stage_unblock.c). */
enum tg_secret_slot tg_pin_change_secret(const struct tg_flow_state *s);
enum tg_secret_slot tg_staff_secret(const struct tg_flow_state *s);
enum tg_secret_slot tg_unblock_secret(const struct tg_flow_state *s);

/* Overlays (overlay.c). */
unsigned tg_overlay_slots(const struct tg_flow_config *c, const struct tg_flow_state *s);
void tg_overlay_open(struct tg_turn *t, enum tg_overlay overlay);
void tg_overlay_key(struct tg_turn *t);
void tg_overlay_paint(struct tg_paint *p);
/* Where am I? (where.c, P-3) */
void tg_where_paint(struct tg_paint *p);
const char *tg_overlay_name(enum tg_overlay overlay);

/* Moving through a list; true when the key was one of its keys. */
bool tg_focus_move(int *focus, unsigned slots, enum tg_action action);
unsigned tg_slots(const struct tg_flow_config *c, const struct tg_flow_state *s);

/* Painting (paint.c). Texts are message ids; the sentence is borrowed from the catalogue. */
const char *tg_say(const struct tg_paint *p, const char *id);
/* The sentence of "family.name": of a state, a status, a step. */
const char *tg_say_of(const struct tg_paint *p, const char *family, const char *name);
struct tg_item *tg_paint_item(struct tg_paint *p, enum tg_item_kind kind, const char *label, bool focusable);
/* A sentence that is only read. */
void tg_paint_line(struct tg_paint *p, enum tg_item_kind kind, const char *sentence);
void tg_paint_text(struct tg_paint *p, const char *id);
void tg_paint_notice(struct tg_paint *p, const char *id);
void tg_paint_error(struct tg_paint *p, const char *id);
void tg_paint_heading(struct tg_paint *p, const char *id);
void tg_paint_button(struct tg_paint *p, int id, const char *label_id);
/* One of a list, with the digit that chooses it while there is one; `value` and `mark` may be NULL. */
struct tg_item *tg_paint_choice(struct tg_paint *p, const char *label, const char *value, const char *mark);
/* A line to type in that is no field of a form. */
struct tg_item *tg_paint_typed(struct tg_paint *p, const struct tg_field *f, const struct tg_answer *a);
/* What happened, what to do, and the code. */
void tg_paint_status(struct tg_paint *p, enum tg_status status);
const char *tg_paint_trouble_text(struct tg_paint *p, enum tg_lang lang, enum tg_status status);
/* Keeps a text that was written into tg_paint_room; "" when there is no more room. */
char *tg_paint_room(struct tg_paint *p);
size_t tg_paint_left(const struct tg_paint *p);
const char *tg_paint_keep(struct tg_paint *p);
/* A sentence with its places filled: name, value, …; kept in the view. */
#define TG_FILL(p, id, ...)                                                                                            \
	((void)tg_text_fill(tg_paint_room(p), tg_paint_left(p), tg_say((p), (id)), __VA_ARGS__, (const char *)NULL),   \
	        tg_paint_keep(p))
/* The same as a line of its own. */
#define TG_PAINT(p, kind, id, ...) tg_paint_line((p), (kind), TG_FILL((p), (id), __VA_ARGS__))
/* Date and time at the provider's place; at that of another provider, NULL: none. */
const char *tg_paint_time(struct tg_paint *p, int64_t wall_ms);
const char *tg_paint_time_at(struct tg_paint *p, const struct tg_provider *provider, int64_t wall_ms);
const char *tg_paint_number(struct tg_paint *p, int64_t n);
/* A carrier's own, else what the card calls itself; and that of the card in the reader. */
const char *tg_paint_token_name(struct tg_paint *p, const struct tg_token_state *k);
const char *tg_paint_card_name(struct tg_paint *p);
/* Which card it is that lies there: with its serial number; or when it is no good, by its carrier alone. */
void tg_paint_card_found(struct tg_paint *p);
void tg_paint_card_known(struct tg_paint *p);
/* Lines that belong together, as one paragraph. They must have been kept already. */
void tg_paint_lines(struct tg_paint *p, const char *const *lines, unsigned n);
const char *tg_paint_joined(struct tg_paint *p, const char *const *lines, unsigned n);
/* When it was accepted, sent and registered, honestly (K-15); how many lines. 0: not yet. */
unsigned tg_times_lines(
        struct tg_paint *p, int64_t accepted_ms, int64_t sent_ms, int64_t registered_ms, const char *out[3]);
void tg_paint_application_number(struct tg_paint *p);
/* What became of a print; message ids of "it is being printed" and of {where} it lies. */
void tg_paint_printed(struct tg_paint *p, const struct tg_print *print, const char *busy, const char *where);
void tg_paint_receipt(struct tg_paint *p);

/* Ids of the items that are not lines of data: stable for tests and speech. */
enum tg_item_id {
	TG_ITEM_ID_CONTINUE = 1000,
	TG_ITEM_ID_RETRY,
	TG_ITEM_ID_LEAVE,
	TG_ITEM_ID_UNDO,
	TG_ITEM_ID_RECEIPT,
	TG_ITEM_ID_PIN,
	TG_ITEM_ID_YES,
	TG_ITEM_ID_NO,
	TG_ITEM_ID_MORE_TIME,
	TG_ITEM_ID_OTHER_WAY,
	TG_ITEM_ID_BY_HAND,
	TG_ITEM_ID_MEND,
	TG_ITEM_ID_OTHER_CARD,
	TG_ITEM_ID_STAFF,
	TG_ITEM_ID_COMPARED,
	TG_ITEM_ID_SECRET, /* + enum tg_secret_slot */
};

extern const char *const tg_ways_messages[]; /* NULL-ended: the second half of the list of messages.c */

/* Look-alike letters (lookalike.c), requirement P-7. `out` holds TG_VALUE_MAX bytes; false: could not be made right. */
bool tg_mend_digits(const char *value, char *out);
bool tg_mend_latin(const char *value, char *out);
/* The words that mix Latin and Cyrillic, each in the script of its majority. */
bool tg_mend_one_script(const char *value, char *out);
bool tg_is_latin(uint32_t cp);
bool tg_is_cyrillic(uint32_t cp);

#endif
