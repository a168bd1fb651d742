/* The moves there are. Each way out leads through WIPING; OUT_OF_SERVICE is for our own mistakes. */
#include "parts.h"

#define TO(stage) TG_SM_TO(TG_STAGE_##stage)
#define OUT       (TO(WIPING) | TO(OUT_OF_SERVICE))

static const struct tg_sm_row rows[TG_STAGE_COUNT] = {
        [TG_STAGE_IDLE] = {"idle", TO(PROVIDER) | TO(RESUME) | TO(OUT_OF_SERVICE), false},
        [TG_STAGE_PROVIDER] = {"provider", TO(SERVICE) | TO(RESUME) | OUT, false},
        [TG_STAGE_SERVICE] = {"service", TO(KIND) | TO(PROVIDER) | TO(RESUME) | OUT, false},
        [TG_STAGE_KIND] = {"kind", TO(CARRIER) | TO(SERVICE) | TO(RESUME) | OUT, false},
        [TG_STAGE_CARRIER] = {"carrier",
                TO(FORM) | TO(PIN) | TO(KIND) | TO(SERVICE) | TO(REVIEW) | TO(CONSENT) | TO(RESUME) | OUT, false},
        [TG_STAGE_FORM] = {"form", TO(DOCUMENTS) | TO(REVIEW) | TO(CARRIER) | OUT, false},
        [TG_STAGE_DOCUMENTS] = {"documents", TO(REVIEW) | TO(FORM) | OUT, false},
        [TG_STAGE_REVIEW] = {"review", TO(CONSENT) | TO(DOCUMENTS) | TO(FORM) | OUT, false},
        [TG_STAGE_CONSENT] = {"consent", TO(PIN) | TO(CARRIER) | TO(REVIEW) | OUT, false},
        [TG_STAGE_PIN] = {"pin",
                TO(SUBMITTING) | TO(WORKING) | TO(CONSENT) | TO(REVIEW) | TO(CARRIER) | TO(RESUME) | TO(FAILURE) | OUT,
                false},
        [TG_STAGE_SUBMITTING] = {"submitting", TO(WORKING) | TO(FAILURE) | OUT, false},
        [TG_STAGE_WORKING] = {"working", TO(RESULT) | TO(WAITING) | TO(PIN) | TO(RESUME) | TO(FAILURE) | OUT, false},
        [TG_STAGE_RESULT] = {"result", OUT, false},
        [TG_STAGE_WAITING] = {"waiting", TO(PIN) | TO(RESUME) | OUT, false},
        [TG_STAGE_RESUME] = {"resume", TO(PIN) | TO(FAILURE) | OUT, false},
        [TG_STAGE_FAILURE] = {"failure", TO(PIN) | TO(CARRIER) | TO(RESUME) | OUT, false},
        [TG_STAGE_WIPING] = {"wiping", TO(IDLE) | TO(OUT_OF_SERVICE), false},
        [TG_STAGE_OUT_OF_SERVICE] = {"out-of-service", TO(WIPING), false},
};
const struct tg_sm tg_stage_machine = {"journey", rows, TG_STAGE_COUNT};

static const struct tg_stage_ops *const stages[TG_STAGE_COUNT] = {
        [TG_STAGE_IDLE] = &tg_stage_idle,
        [TG_STAGE_PROVIDER] = &tg_stage_provider,
        [TG_STAGE_SERVICE] = &tg_stage_service,
        [TG_STAGE_KIND] = &tg_stage_kind,
        [TG_STAGE_CARRIER] = &tg_stage_carrier,
        [TG_STAGE_FORM] = &tg_stage_form,
        [TG_STAGE_DOCUMENTS] = &tg_stage_documents,
        [TG_STAGE_REVIEW] = &tg_stage_review,
        [TG_STAGE_CONSENT] = &tg_stage_consent,
        [TG_STAGE_PIN] = &tg_stage_pin,
        [TG_STAGE_SUBMITTING] = &tg_stage_submitting,
        [TG_STAGE_WORKING] = &tg_stage_working,
        [TG_STAGE_RESULT] = &tg_stage_result,
        [TG_STAGE_WAITING] = &tg_stage_waiting,
        [TG_STAGE_RESUME] = &tg_stage_resume,
        [TG_STAGE_FAILURE] = &tg_stage_failure,
        [TG_STAGE_WIPING] = &tg_stage_wiping,
        [TG_STAGE_OUT_OF_SERVICE] = &tg_stage_out_of_service,
};

const struct tg_stage_ops *tg_stage_ops(enum tg_stage stage)
{
	return stages[stage];
}

const char *tg_chip_step_name(enum tg_chip_step step)
{
#define NAME(name, text) text,
	static const char *const names[] = {TG_CHIP_STEPS(NAME)};
#undef NAME
	return (unsigned)step < TG_CHIP_STEP_COUNT ? names[step] : "?";
}
