/* The moves there are. Each way out leads through WIPING; OUT_OF_SERVICE is for our own mistakes. */
#include "advice.h"
#include "cabinet.h"
#include "desk.h"
#include "money.h"
#include "medium.h"
#include "ways.h"
#include "work.h"

#define TO(stage) TG_SM_TO(TG_STAGE_##stage)
#define OUT       (TO(WIPING) | TO(OUT_OF_SERVICE))
/* Where another service begins. */
#define ELSEWHERE (TO(KIND) | TO(DEVICES) | TO(STATUS) | TO(ABOUT) | TO(TICKET) | TO(ADVISER) | TO(TOPICS))

static const struct tg_sm_row rows[TG_STAGE_COUNT] = {
        [TG_STAGE_IDLE] = {"idle", TO(DESK_ENTER) | TO(PROVIDER) | TO(RESUME) | TO(OUT_OF_SERVICE), false},
        [TG_STAGE_PROVIDER] = {"provider", TO(SERVICE) | TO(RESUME) | OUT, false},
        [TG_STAGE_SERVICE] = {"service", ELSEWHERE | TO(PROVIDER) | TO(RESUME) | OUT, false},
        [TG_STAGE_KIND] = {"kind", TO(WAY) | TO(STATUS) | TO(SERVICE) | TO(RESUME) | OUT, false},
        [TG_STAGE_WAY] = {"way", TO(QUESTIONS) | TO(KIND) | TO(SERVICE) | TO(RESUME) | OUT, false},
        [TG_STAGE_QUESTIONS] = {"questions",
                ELSEWHERE | TO(REVIEW) | TO(CERTIFICATE) | TO(LEAVE) | TO(CARRIER) | TO(FORM) | TO(WAY) | TO(SERVICE) |
                        TO(RESUME) | OUT,
                false},
        [TG_STAGE_CARRIERS] = {"carriers", TO(FORM) | TO(CARRIER) | TO(READING) | OUT, false},
        [TG_STAGE_PICK] = {"pick",
                TO(CARRIERS) | TO(FORM) | TO(CARRIER) | TO(DOCUMENT) | TO(READING) | TO(DEVICES) | TO(QUESTIONS) |
                        TO(WAY) | TO(KIND) | TO(SERVICE) | TO(LEAVE) | OUT,
                false},
        [TG_STAGE_OPEN] = {"open", TO(CARRIER) | TO(CONSENT) | TO(REVIEW) | TO(LEAVE) | OUT, false},
        [TG_STAGE_CARRIER] = {"carrier",
                TO(CARRIERS) | TO(DOCUMENT) | TO(STAFF) | TO(FORM) | TO(PIN) | TO(QUESTIONS) | TO(WAY) | TO(KIND) |
                        TO(SERVICE) | TO(REVIEW) | TO(CONSENT) | TO(RESUME) | TO(LEAVE) | TO(DEVICES) | OUT,
                false},
        [TG_STAGE_DOCUMENT] = {"document",
                TO(QUESTIONS) | TO(WAY) | TO(READING) | TO(FORM) | TO(CARRIER) | TO(STAFF) | OUT, false},
        [TG_STAGE_READING] = {"reading",
                TO(CARRIERS) | TO(QUESTIONS) | TO(WAY) | TO(FORM) | TO(DOCUMENT) | TO(CARRIER) | TO(STAFF) |
                        TO(RESUME) | TO(FAILURE) | OUT,
                false},
        [TG_STAGE_MEDIUM] = {"medium",
                TO(CARRIERS) | TO(FORM) | TO(QUESTIONS) | TO(WAY) | TO(KIND) | TO(SERVICE) | TO(DEVICES) | TO(CARRIER) |
                        TO(DOCUMENT) | TO(READING) | TO(STATUS) | TO(LEAVE) | OUT,
                false},
        [TG_STAGE_DELIVER] = {"deliver", TO(RESULT) | OUT, false},
        [TG_STAGE_FORM] = {"form",
                TO(CARRIERS) | TO(COMPANIES) | TO(MEDIUM) | TO(PICK) | TO(QUESTIONS) | TO(WAY) | TO(KIND) |
                        TO(SERVICE) | TO(DEVICES) | TO(COMPANY) | TO(STATUS) | TO(DOCUMENTS) | TO(REVIEW) |
                        TO(CARRIER) | TO(DOCUMENT) | TO(READING) | TO(LEAVE) | TO(CERTIFICATE) | OUT,
                false},
        [TG_STAGE_DOCUMENTS] = {"documents", TO(CARRIER) | TO(REVIEW) | TO(FORM) | TO(LEAVE) | OUT, false},
        [TG_STAGE_REVIEW] = {"review",
                TO(FAILURE) | TO(CARRIER) | TO(OPEN) | TO(CONSENT) | TO(DOCUMENTS) | TO(FORM) | TO(LEAVE) |
                        TO(CERTIFICATE) | OUT,
                false},
        [TG_STAGE_CONSENT] = {"consent",
                TO(OPEN) | TO(PIN) | TO(SUBMITTING) | TO(CARRIER) | TO(REVIEW) | TO(FORM) | TO(LEAVE) | OUT, false},
        [TG_STAGE_PIN] = {"pin",
                TO(SUBMITTING) | TO(WORKING) | TO(PIN_CHANGE) | TO(CONSENT) | TO(REVIEW) | TO(CARRIER) | TO(RESUME) |
                        TO(REQUEST) | TO(FAILURE) | TO(LEAVE) | OUT,
                false},
        [TG_STAGE_SUBMITTING] = {"submitting",
                TO(WORKING) | TO(JUDGING) | TO(RESULT) | TO(PIN) | TO(PENDING) | TO(FAILURE) | OUT, false},
        [TG_STAGE_JUDGING] = {"judging", TO(DELIVER) | TO(WORKING) | TO(PIN) | TO(RESULT) | TO(FAILURE) | OUT, false},
        [TG_STAGE_WORKING] = {"working",
                TO(SECOND) | TO(JUDGING) | TO(RESULT) | TO(WAITING) | TO(PIN) | TO(RESUME) | TO(FAILURE) | OUT, false},
        [TG_STAGE_SECOND] = {"second", TO(PIN) | TO(WORKING) | TO(STAFF) | OUT, false},
        [TG_STAGE_RESULT] = {"result", TO(HOME) | TO(LEAVE) | OUT, false},
        [TG_STAGE_WAITING] = {"waiting", TO(PIN) | TO(RESUME) | TO(HOME) | TO(LEAVE) | OUT, false},
        [TG_STAGE_RESUME] = {"resume", TO(PIN) | TO(SECOND) | TO(FAILURE) | OUT, false},
        [TG_STAGE_FAILURE] = {"failure",
                TO(KIND) | TO(STAFF) | TO(PIN) | TO(CARRIER) | TO(RESUME) | TO(HOME) | TO(LEAVE) | OUT, false},
        [TG_STAGE_PIN_CHANGE] = {"pin-change",
                TO(SUBMITTING) | TO(WORKING) | TO(PIN) | TO(CARRIER) | TO(RESUME) | TO(FAILURE) | TO(LEAVE) | TO(HOME) |
                        TO(ENTER) | OUT,
                false},
        [TG_STAGE_STAFF] = {"staff",
                TO(UNBLOCK) | TO(DEVICES) | TO(DOCUMENT) | TO(READING) | TO(CARRIER) | TO(RESUME) | TO(FAILURE) | OUT,
                false},
        [TG_STAGE_UNBLOCK] = {"unblock", TO(STAFF) | TO(DEVICES) | TO(CARRIER) | TO(RESUME) | TO(FAILURE) | OUT, false},
        [TG_STAGE_DEVICES] = {"devices", TO(SERVICE) | TO(KIND) | TO(WAY) | TO(QUESTIONS) | TO(COMPANY) | OUT, false},
        [TG_STAGE_COMPANY] = {"company", TO(DEVICES) | TO(ENTER) | TO(FORM) | TO(RESUME) | TO(FAILURE) | OUT, false},
        [TG_STAGE_ENTER] = {"enter",
                TO(KIND) | TO(HOME) | TO(PENDING) | TO(COMPANIES) | TO(TRY) | TO(COMPANY) | TO(DEVICES) |
                        TO(PIN_CHANGE) | TO(RESUME) | TO(FAILURE) | TO(LEAVE) | OUT,
                false},
        [TG_STAGE_HOME] = {"home",
                TO(CERTIFICATES) | TO(CERTIFICATE) | TO(APPLICATIONS) | TO(TRY) | TO(ENTER) | TO(PIN_CHANGE) |
                        TO(LEAVE) | OUT,
                false},
        [TG_STAGE_CERTIFICATES] = {"certificates", TO(HOME) | TO(CERTIFICATE) | TO(LEAVE) | OUT, false},
        [TG_STAGE_CERTIFICATE] = {"certificate",
                TO(CERTIFICATES) | TO(QUESTIONS) | TO(FORM) | TO(REVIEW) | TO(LEAVE) | OUT, false},
        [TG_STAGE_APPLICATIONS] = {"applications", TO(HOME) | TO(LEAVE) | OUT, false},
        [TG_STAGE_TRY] = {"try", TO(HOME) | TO(LEAVE) | TO(ENTER) | OUT, false},
        [TG_STAGE_LEAVE] = {"leave", OUT, false},
        [TG_STAGE_STATUS] = {"status",
                TO(CARRIER) | TO(DELIVER) | TO(RESUME) | TO(FORM) | TO(KIND) | TO(SERVICE) | TO(PROVIDER) | OUT, false},
        [TG_STAGE_PENDING] = {"pending", TO(REQUEST) | TO(LEAVE) | OUT, false},
        [TG_STAGE_REQUEST] = {"request", TO(PIN) | TO(PENDING) | TO(LEAVE) | OUT, false},
        [TG_STAGE_ABOUT] = {"about", TO(SERVICE) | TO(RESUME) | OUT, false},
        [TG_STAGE_TICKET] = {"ticket", TO(SERVICE) | OUT, false},
        [TG_STAGE_ADVISER] = {"adviser", TO(ADVICE) | TO(SERVICE) | ELSEWHERE | OUT, false},
        [TG_STAGE_ADVICE] = {"advice", ELSEWHERE | TO(SERVICE) | OUT, false},
        [TG_STAGE_TOPICS] = {"topics", TO(TOPIC) | TO(SERVICE) | OUT, false},
        [TG_STAGE_TOPIC] = {"topic", TO(TOPICS) | OUT, false},
        [TG_STAGE_COMPANIES] = {"companies", TO(FORM) | TO(DEVICES) | OUT, false},
        [TG_STAGE_DESK_ENTER] = {"desk-enter", TO(DESK_QUEUE) | OUT, false},
        [TG_STAGE_DESK_QUEUE] = {"desk-queue",
                TO(DESK_APPLICATION) | TO(DESK_PAYMENT) | TO(DESK_COMPLAINT) | TO(DESK_CALLBACK) | OUT, false},
        [TG_STAGE_DESK_APPLICATION] = {"desk-application", TO(DESK_DECIDE) | TO(DESK_PAYMENT) | TO(DESK_QUEUE) | OUT,
                false},
        [TG_STAGE_DESK_DECIDE] = {"desk-decide", TO(DESK_DONE) | TO(DESK_APPLICATION) | TO(DESK_QUEUE) | OUT, false},
        [TG_STAGE_DESK_DONE] = {"desk-done", TO(DESK_QUEUE) | OUT, false},
        [TG_STAGE_DESK_COMPLAINT] = {"desk-complaint", TO(DESK_QUEUE) | OUT, false},
        [TG_STAGE_DESK_PAYMENT] = {"desk-payment", TO(DESK_APPLICATION) | TO(DESK_QUEUE) | OUT, false},
        [TG_STAGE_DESK_CALLBACK] = {"desk-callback", TO(DESK_QUEUE) | OUT, false},
        [TG_STAGE_WIPING] = {"wiping", TO(IDLE) | TO(OUT_OF_SERVICE), false},
        [TG_STAGE_OUT_OF_SERVICE] = {"out-of-service", TO(WIPING), false},
};
const struct tg_sm tg_stage_machine = {"journey", rows, TG_STAGE_COUNT};

static const struct tg_stage_ops *const stages[TG_STAGE_COUNT] = {
        [TG_STAGE_IDLE] = &tg_stage_idle,
        [TG_STAGE_PROVIDER] = &tg_stage_provider,
        [TG_STAGE_SERVICE] = &tg_stage_service,
        [TG_STAGE_KIND] = &tg_stage_kind,
        [TG_STAGE_WAY] = &tg_stage_way,
        [TG_STAGE_QUESTIONS] = &tg_stage_questions,
        [TG_STAGE_CARRIERS] = &tg_stage_carriers,
        [TG_STAGE_PICK] = &tg_stage_pick,
        [TG_STAGE_MEDIUM] = &tg_stage_medium,
        [TG_STAGE_DELIVER] = &tg_stage_deliver,
        [TG_STAGE_OPEN] = &tg_stage_open,
        [TG_STAGE_CARRIER] = &tg_stage_carrier,
        [TG_STAGE_DOCUMENT] = &tg_stage_document,
        [TG_STAGE_READING] = &tg_stage_reading,
        [TG_STAGE_PIN_CHANGE] = &tg_stage_pin_change,
        [TG_STAGE_STAFF] = &tg_stage_staff,
        [TG_STAGE_UNBLOCK] = &tg_stage_unblock,
        [TG_STAGE_FORM] = &tg_stage_form,
        [TG_STAGE_DEVICES] = &tg_stage_devices,
        [TG_STAGE_COMPANY] = &tg_stage_company,
        [TG_STAGE_ENTER] = &tg_stage_enter,
        [TG_STAGE_HOME] = &tg_stage_home,
        [TG_STAGE_CERTIFICATES] = &tg_stage_certificates,
        [TG_STAGE_CERTIFICATE] = &tg_stage_certificate,
        [TG_STAGE_APPLICATIONS] = &tg_stage_applications,
        [TG_STAGE_TRY] = &tg_stage_try,
        [TG_STAGE_LEAVE] = &tg_stage_leave,
        [TG_STAGE_JUDGING] = &tg_stage_judging,
        [TG_STAGE_STATUS] = &tg_stage_status,
        [TG_STAGE_PENDING] = &tg_stage_pending,
        [TG_STAGE_REQUEST] = &tg_stage_request,
        [TG_STAGE_ABOUT] = &tg_stage_about,
        [TG_STAGE_TICKET] = &tg_stage_ticket,
        [TG_STAGE_ADVISER] = &tg_stage_adviser,
        [TG_STAGE_ADVICE] = &tg_stage_advice,
        [TG_STAGE_TOPICS] = &tg_stage_topics,
        [TG_STAGE_TOPIC] = &tg_stage_topic,
        [TG_STAGE_COMPANIES] = &tg_stage_companies,
        [TG_STAGE_DOCUMENTS] = &tg_stage_documents,
        [TG_STAGE_REVIEW] = &tg_stage_review,
        [TG_STAGE_CONSENT] = &tg_stage_consent,
        [TG_STAGE_PIN] = &tg_stage_pin,
        [TG_STAGE_SUBMITTING] = &tg_stage_submitting,
        [TG_STAGE_WORKING] = &tg_stage_working,
        [TG_STAGE_RESULT] = &tg_stage_result,
        [TG_STAGE_WAITING] = &tg_stage_waiting,
        [TG_STAGE_RESUME] = &tg_stage_resume,
        [TG_STAGE_SECOND] = &tg_stage_second,
        [TG_STAGE_FAILURE] = &tg_stage_failure,
        [TG_STAGE_DESK_ENTER] = &tg_stage_desk_enter,
        [TG_STAGE_DESK_QUEUE] = &tg_stage_desk_queue,
        [TG_STAGE_DESK_APPLICATION] = &tg_stage_desk_application,
        [TG_STAGE_DESK_DECIDE] = &tg_stage_desk_decide,
        [TG_STAGE_DESK_DONE] = &tg_stage_desk_done,
        [TG_STAGE_DESK_COMPLAINT] = &tg_stage_desk_complaint,
        [TG_STAGE_DESK_PAYMENT] = &tg_stage_desk_payment,
        [TG_STAGE_DESK_CALLBACK] = &tg_stage_desk_callback,
        [TG_STAGE_WIPING] = &tg_stage_wiping,
        [TG_STAGE_OUT_OF_SERVICE] = &tg_stage_out_of_service,
};

const struct tg_stage_ops *tg_stage_ops(enum tg_stage stage)
{
	return stages[stage];
}

unsigned tg_stage_traits(const struct tg_flow_state *s)
{
	return tg_flow_busy(s) ? TG_STAGE_PERSON : stages[s->stage]->traits;
}

const char *tg_chip_step_name(enum tg_chip_step step)
{
#define NAME(name, text) text,
	static const char *const names[] = {TG_CHIP_STEPS(NAME)};
#undef NAME
	return (unsigned)step < TG_CHIP_STEP_COUNT ? names[step] : "?";
}
