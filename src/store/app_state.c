/* States of an application: one table of checked moves for kiosk and centre (K-15, NCA-10, NCA-11). */
#include "body.h"
#include "db.h"

#define STATE_NAME(name, text) text,
static const char *const state_names[TG_APP_STATE_COUNT] = {TG_APP_STATES(STATE_NAME)};
#undef STATE_NAME

#define TO(state)  TG_SM_TO(TG_APP_##state)
#define CHIP_WORK  (TO(WORKING) | TO(WAITING) | TO(DELIVERED) | TO(UNDONE) | TO(ISSUED))
#define COMPLAINED TO(COMPLAINED)
#define OUTCOMES                                                                                                       \
	(TO(DELIVERED) | TO(UNDONE) | TO(REFUSED) | TO(NOT_ACCEPTED) | TO(REVOKED) | TO(DECLINED) | TO(RECORDED))

/* What was decided stays decided: an outcome is left for a complaint only, and come back to from there. */
static const struct tg_sm_row rows[TG_APP_STATE_COUNT] = {
        [TG_APP_DRAFT] = {"draft", TO(SUBMITTED) | TO(CONFIRMING) | TO(AT_DESK) | TO(VERIFYING) | TO(RECORDED), false},
        [TG_APP_SUBMITTED] = {"submitted", CHIP_WORK | TO(VERIFYING) | TO(REVOKED) | TO(REFUSED) | TO(CANCELLED),
                false},
        [TG_APP_CONFIRMING] = {"confirming",
                TO(SUBMITTED) | TO(AT_DESK) | TO(VERIFYING) | TO(ACCEPTED) | TO(DECLINED) | TO(REFUSED) |
                        TO(CANCELLED) | TO(UNDONE),
                false},
        [TG_APP_AT_DESK] = {"at-desk", TO(ACCEPTED) | TO(NOT_ACCEPTED) | TO(REFUSED) | TO(CANCELLED) | TO(RECORDED),
                false},
        [TG_APP_VERIFYING] = {"verifying", TO(ACCEPTED) | TO(REFUSED) | TO(CANCELLED), false},
        [TG_APP_ACCEPTED] = {"accepted", CHIP_WORK | TO(REVOKED) | TO(REFUSED) | TO(CANCELLED), false},
        [TG_APP_WORKING] = {"working", CHIP_WORK, false},
        [TG_APP_WAITING] = {"waiting", CHIP_WORK, false},
        [TG_APP_ISSUED] = {"issued", CHIP_WORK & ~TO(ISSUED), false},
        [TG_APP_DELIVERED] = {"delivered", COMPLAINED, true},
        [TG_APP_UNDONE] = {"undone", COMPLAINED, true},
        [TG_APP_DECLINED] = {"declined", COMPLAINED, true},
        [TG_APP_NOT_ACCEPTED] = {"not-accepted", COMPLAINED, true},
        [TG_APP_REFUSED] = {"refused", COMPLAINED, true},
        [TG_APP_REVOKED] = {"revoked", COMPLAINED, true},
        [TG_APP_RECORDED] = {"recorded", COMPLAINED, true},
        [TG_APP_CANCELLED] = {"cancelled", 0, true},
        [TG_APP_COMPLAINED] = {"complained", OUTCOMES, false},
};
const struct tg_sm tg_app_machine = {"application", rows, TG_APP_STATE_COUNT};

const char *tg_app_state_name(enum tg_app_state state)
{
	return (unsigned)state < TG_APP_STATE_COUNT ? state_names[state] : "";
}

int tg_app_state_find(const char *name)
{
	for (int i = 0; i < TG_APP_STATE_COUNT; i++)
		if (strcmp(state_names[i], name) == 0)
			return i;
	return -1;
}

bool tg_app_state_allows(enum tg_app_state from, enum tg_app_state to)
{
	return tg_sm_allows(&tg_app_machine, (int)from, (int)to);
}

bool tg_app_state_is_final(enum tg_app_state state)
{
	return (unsigned)state < TG_APP_STATE_COUNT && rows[state].final;
}

/* A kiosk hears of the last state only, not of those on the way. One outcome never becomes another by a complaint. */
bool tg_app_reaches(enum tg_app_state from, enum tg_app_state to)
{
	uint64_t seen = TG_SM_TO(from), wave = seen;
	while (wave) {
		uint64_t next = 0;
		for (int i = 0; i < TG_APP_STATE_COUNT; i++)
			if ((wave & TG_SM_TO(i)) && (i != TG_APP_COMPLAINED || i == (int)from))
				next |= rows[i].next;
		if (next & TG_SM_TO(to))
			return true;
		wave = next & ~seen;
		seen |= next;
	}
	return false;
}

/* What its applicant signs is judged from then on (NCA-9.again). */
static enum tg_app_state by_proof(const char *operation, const char *proof, bool is_signed)
{
	if (strcmp(operation, "paper") == 0)
		return TG_APP_RECORDED;
	if (strcmp(operation, "complaint") == 0)
		return TG_APP_SUBMITTED;
	if (strcmp(operation, "order") == 0) /* somebody has to call back */
		return TG_APP_AT_DESK;
	if (strcmp(proof, "desk") == 0)
		return TG_APP_AT_DESK;
	return strcmp(proof, "signature") == 0 && is_signed ? TG_APP_VERIFYING : TG_APP_SUBMITTED;
}

enum tg_app_state tg_app_first_state(const json_t *body)
{
	if (json_is_true(json_object_get(body, "confirm")))
		return TG_APP_CONFIRMING;
	return by_proof(
	        tg_body_text(body, "operation"), tg_body_text(body, "proof"), *tg_body_text(body, "signed") != '\0');
}

enum tg_app_state tg_app_confirmed_state(const struct tg_app_full *app)
{
	enum tg_app_state next = by_proof(app->row.operation, app->row.proof, (app->flags & TG_APP_SIGNED) != 0);
	/* Its own signature was judged while the head took time. */
	return next == TG_APP_VERIFYING && (app->flags & TG_APP_GOOD) ? TG_APP_ACCEPTED : next;
}
