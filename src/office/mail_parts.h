/* Between the parts of the mailer. */
#ifndef TG_OFFICE_MAIL_PARTS_H
#define TG_OFFICE_MAIL_PARTS_H

#include "tamga/mail.h"

#include <jansson.h>

/* --- What an entry asks for */
/* The notice that this entry asks for, when the application's state bears it out (an entry that did not fit its
 * application tells nobody anything); -1: none. */
int tg_mail_asked(const struct tg_entry *e, const json_t *body, enum tg_app_state state);

/* What a notice needs to know of its application. Holds personal data: wiped by its user. */
struct tg_mail_case {
	bool there, consent; /* its body was not erased; e-mail was agreed to */
	enum tg_lang lang;
	const struct tg_provider *provider; /* NULL: of a catalogue that this centre has not */
	const struct tg_service *service;
	const struct tg_ground *ground;
	int64_t promised_ms;
	char typed[TG_VALUE_MAX]; /* the address, "" when there is none */
};
enum tg_status tg_mail_case_load(struct tg_store *s, const struct tg_catalog *catalog, const char *number,
        struct tg_mail_case *out, struct tg_error *err) TG_MUST_USE;
void tg_mail_case_wipe(struct tg_mail_case *c);

/* --- The table. due → sending → handing → ended → done. Each step is durable before what it announces is done. */
struct tg_mail_row {
	char number[64], what[32];
	int attempts, code;
	int64_t since_ms;
};
enum tg_status tg_mail_seen_get(
        struct tg_office *o, int64_t *place, uint8_t hash[TG_HASH_LEN], struct tg_error *err) TG_MUST_USE;
enum tg_status tg_mail_seen_set(
        struct tg_office *o, int64_t place, const uint8_t hash[TG_HASH_LEN], struct tg_error *err) TG_MUST_USE;
/* Nothing when it is there already. */
enum tg_status tg_mail_add(
        struct tg_office *o, const char *number, const char *what, int64_t now_ms, struct tg_error *err) TG_MUST_USE;
/* A mail.done of the journal: this notice is history, whatever the table thought. */
enum tg_status tg_mail_history(struct tg_office *o, const char *number, const char *what, int code, int64_t now_ms,
        struct tg_error *err) TG_MUST_USE;
/* What the last mailer left. */
enum tg_status tg_mail_recover(struct tg_office *o, struct tg_error *err) TG_MUST_USE;
/* The next that is due, or that ended and is not recorded. TG_NOT_FOUND. `reach_ms`: a time further away than this is a
 * mistake of the clock. */
enum tg_status tg_mail_next_due(struct tg_office *o, int64_t now_ms, int64_t reach_ms, struct tg_mail_row *out,
        struct tg_error *err) TG_MUST_USE;
enum tg_status tg_mail_next_ended(struct tg_office *o, struct tg_mail_row *out, struct tg_error *err) TG_MUST_USE;
/* `row` with its attempts and code into `state`; `next_ms` of "due". */
enum tg_status tg_mail_move(struct tg_office *o, const struct tg_mail_row *row, const char *state, int64_t next_ms,
        int64_t now_ms, struct tg_error *err) TG_MUST_USE;

#endif
