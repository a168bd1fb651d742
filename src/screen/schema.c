/* The schemas as tables. The same table drives libcyaml and our own check with exact places (check.c). */
#include "schema.h"

#define ID_MAX    SCREEN_ID_MAX
#define MSG_MAX   SCREEN_MESSAGE_MAX
#define WORDS_MAX 200u /* a list of ids */

/* A text that must be there, a text that may be there, a list. */
#define MUST(key, type, member, max) CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, struct type, member, 1, max)
#define MAY(key, type, member, max)                                                                                    \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct type, member, 1, max)
#define LIST(key, type, member, count, entry, min, max)                                                                \
	CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER, struct type, member, count, entry, min, max)
#define MAY_LIST(key, type, member, count, entry, max)                                                                 \
	CYAML_FIELD_SEQUENCE_COUNT(                                                                                    \
	        key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct type, member, count, entry, 0, max)
#define YES_NO(key, type, member)    CYAML_FIELD_BOOL(key, CYAML_FLAG_DEFAULT, struct type, member)
#define MAY_YES(key, type, member)   CYAML_FIELD_BOOL(key, CYAML_FLAG_OPTIONAL, struct type, member)
#define WHOLE(key, type, member)     CYAML_FIELD_INT(key, CYAML_FLAG_DEFAULT, struct type, member)
#define MAY_WHOLE(key, type, member) CYAML_FIELD_INT(key, CYAML_FLAG_OPTIONAL, struct type, member)

static const cyaml_schema_value_t id_entry = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, ID_MAX)};
static const cyaml_schema_value_t message_entry = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, MSG_MAX)};

/* catalog.yaml */
static const cyaml_schema_field_t condition_fields[] = {
        MUST("id", tg_condition, id, ID_MAX),
        MUST("label", tg_condition, label, MSG_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t condition_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_condition, condition_fields)};
static const cyaml_schema_field_t catalog_fields[] = {
        LIST("providers", raw_catalog, providers, n_providers, &id_entry, 1, 16),
        LIST("conditions", raw_catalog, conditions, n_conditions, &condition_entry, 0, 128),
        CYAML_FIELD_END,
};
const cyaml_schema_value_t schema_catalog = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_catalog, catalog_fields)};

/* provider.yaml */
static const cyaml_schema_field_t basis_fields[] = {
        MUST("id", tg_legal_basis, id, ID_MAX),
        MUST("order", tg_legal_basis, order, 60),
        MUST("order-date", tg_legal_basis, order_date, 10),
        MAY("wording", tg_legal_basis, wording, 60),
        MAY("wording-date", tg_legal_basis, wording_date, 10),
        MUST("in-force-from", tg_legal_basis, in_force_from, 10),
        MAY("in-force-until", tg_legal_basis, in_force_until, 10),
        MAY("repealed-by", tg_legal_basis, repealed_by, 60),
        MAY("repealed-date", tg_legal_basis, repealed_date, 10),
        MUST("text", tg_legal_basis, text, MSG_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t basis_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_legal_basis, basis_fields)};
static const cyaml_schema_field_t way_fields[] = {
        MUST("id", tg_way, id, ID_MAX),
        MUST("label", tg_way, label, MSG_MAX),
        MAY("hint", tg_way, hint, MSG_MAX),
        MUST("proof", tg_way, proof, ID_MAX),
        MAY("sets", tg_way, sets, WORDS_MAX),
        MAY_YES("field-set", tg_way, field_set),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t way_entry = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_way, way_fields)};
static const cyaml_schema_field_t term_fields[] = {
        MUST("id", tg_term, id, ID_MAX),
        MUST("label", tg_term, label, MSG_MAX),
        MAY_WHOLE("working-days", tg_term, working_days),
        MAY_WHOLE("minutes", tg_term, minutes),
        MAY_WHOLE("days", tg_term, days),
        MAY("calendar", tg_term, calendar, ID_MAX),
        MAY("when", tg_term, when, WORDS_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t term_entry = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_term, term_fields)};
static const cyaml_schema_field_t ground_fields[] = {
        MUST("id", tg_ground, id, ID_MAX),
        MUST("label", tg_ground, label, MSG_MAX),
        MUST("event", tg_ground, event, ID_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t ground_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_ground, ground_fields)};
static const cyaml_schema_field_t contact_fields[] = {
        MUST("id", tg_form_line, id, ID_MAX),
        MUST("text", tg_form_line, text, MSG_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t contact_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_form_line, contact_fields)};
/* Money. Prices of one product follow each other, so they have no id of their own. */
static const cyaml_schema_field_t price_fields[] = {
        MUST("of", tg_price, id, ID_MAX),
        WHOLE("amount", tg_price, amount),
        MUST("from", tg_price, from, 10),
        MAY("until", tg_price, until, 10),
        MUST("source", tg_price, source, 200),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t price_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_price, price_fields)};
static const cyaml_schema_field_t product_fields[] = {
        MUST("id", tg_product, id, ID_MAX),
        MUST("label", tg_product, label, MSG_MAX),
        MUST("holder", tg_product, holder, MSG_MAX),
        MUST("price", tg_product, price, ID_MAX),
        WHOLE("months", tg_product, months),
        MAY_YES("complex", tg_product, complex),
        MAY_WHOLE("companies-min", tg_product, companies_min),
        MAY_WHOLE("companies-max", tg_product, companies_max),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t product_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_product, product_fields)};
static const cyaml_schema_field_t payment_fields[] = {
        MUST("id", tg_payment, id, ID_MAX),
        MUST("label", tg_payment, label, MSG_MAX),
        MAY("when", tg_payment, when, WORDS_MAX),
        MAY("code", tg_payment, code, 20),
        MAY("code2", tg_payment, code2, 20),
        MAY_YES("desk", tg_payment, desk),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t payment_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_payment, payment_fields)};
static const cyaml_schema_field_t pin_fields[] = {
        MUST("id", tg_pin_plan, id, ID_MAX),
        MUST("carriers", tg_pin_plan, carriers, 60),
        WHOLE("min", tg_pin_plan, min),
        WHOLE("max", tg_pin_plan, max),
        MAY_YES("digits", tg_pin_plan, digits),
        MAY("note", tg_pin_plan, note, MSG_MAX),
        MUST("source", tg_pin_plan, source, 200),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t pin_entry = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_pin_plan, pin_fields)};
static const cyaml_schema_field_t provider_fields[] = {
        MUST("id", raw_provider, p.id, ID_MAX),
        MUST("label", raw_provider, p.label, MSG_MAX),
        MUST("country", raw_provider, p.country, 2),
        WHOLE("utc-offset-minutes", raw_provider, p.utc_offset_minutes),
        MUST("office-language", raw_provider, p.office_language, 2),
        MUST("place", raw_provider, p.place, MSG_MAX),
        MUST("contact", raw_provider, p.contact, MSG_MAX),
        MAY("contact-for", raw_provider, p.contact_for, MSG_MAX),
        YES_NO("accept-nca-test-numbers", raw_provider, p.accept_nca_test_numbers),
        MAY_WHOLE("lock-per-day", raw_provider, p.lock_per_day),
        MAY_WHOLE("lock-in-all", raw_provider, p.lock_in_all),
        MAY_LIST("legal-basis", raw_provider, p.basis, p.n_basis, &basis_entry, 8),
        MAY_LIST("ways", raw_provider, p.ways, p.n_ways, &way_entry, 8),
        MAY_LIST("terms", raw_provider, p.terms, p.n_terms, &term_entry, 16),
        MAY_LIST("grounds", raw_provider, p.grounds, p.n_grounds, &ground_entry, 16),
        MAY_LIST("contacts", raw_provider, p.contacts, p.n_contacts, &contact_entry, 24),
        MAY("refusal-form", raw_provider, p.refusal_form, ID_MAX),
        MAY_LIST("pins", raw_provider, p.pins, p.n_pins, &pin_entry, 4),
        MAY("currency", raw_provider, p.currency, 3),
        MAY_LIST("prices", raw_provider, p.prices, p.n_prices, &price_entry, 64),
        MAY_LIST("products", raw_provider, p.products, p.n_products, &product_entry, 16),
        MAY_LIST("payments", raw_provider, p.payments, p.n_payments, &payment_entry, 12),
        MAY("payment-note", raw_provider, p.payment_note, MSG_MAX),
        MAY_WHOLE("notice-days", raw_provider, p.notice_days),
        MAY("order-service", raw_provider, p.order_service, ID_MAX),
        MAY("order-way", raw_provider, p.order_way, ID_MAX),
        LIST("services", raw_provider, services, n_services, &id_entry, 1, 16),
        CYAML_FIELD_END,
};
const cyaml_schema_value_t schema_provider = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_provider, provider_fields)};

/* services/ID.yaml */
static const cyaml_schema_field_t document_fields[] = {
        MUST("id", tg_document, id, ID_MAX),
        MUST("label", tg_document, label, MSG_MAX),
        MAY("when", tg_document, when, WORDS_MAX),
        MAY("group", tg_document, group, ID_MAX),
        MAY("instead", tg_document, instead, ID_MAX),
        MAY_YES("optional", tg_document, optional),
        MAY("identity", tg_document, identity, WORDS_MAX),
        MAY("proven-by", tg_document, proven_by, WORDS_MAX),
        MAY("paper", tg_document, paper, ID_MAX),
        MAY("form", tg_document, form, ID_MAX),
        MAY("rule", tg_document, rule, 60),
        MAY("asks", tg_document, asks, ID_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t document_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_document, document_fields)};
static const cyaml_schema_field_t option_fields[] = {
        MUST("id", tg_question_option, id, ID_MAX),
        MUST("label", tg_question_option, label, MSG_MAX),
        MAY("sets", tg_question_option, sets, WORDS_MAX),
        MAY("leads", tg_question_option, leads, ID_MAX),
        MAY("leads-way", tg_question_option, leads_way, ID_MAX),
        MAY("why", tg_question_option, why, MSG_MAX),
        MAY_WHOLE("from", tg_question_option, from),
        MAY_WHOLE("to", tg_question_option, to),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t option_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_question_option, option_fields)};
static const cyaml_schema_field_t question_fields[] = {
        MUST("id", tg_question, id, ID_MAX),
        MUST("label", tg_question, label, MSG_MAX),
        MAY("when", tg_question, when, WORDS_MAX),
        MAY_YES("number", tg_question, number),
        LIST("options", tg_question, options, n_options, &option_entry, 2, 9),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t question_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_question, question_fields)};
static const cyaml_schema_field_t charge_fields[] = {
        MUST("product", tg_charge, product, ID_MAX),
        MAY("when", tg_charge, when, WORDS_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t charge_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_charge, charge_fields)};
static const cyaml_schema_field_t kind_fields[] = {
        MUST("id", raw_kind, k.id, ID_MAX),
        MUST("label", raw_kind, k.label, MSG_MAX),
        MUST("form", raw_kind, form, ID_MAX),
        MAY("carriers", raw_kind, k.carriers, 60),
        MAY("carriers-together", raw_kind, k.carriers_together, 60),
        MAY("ways", raw_kind, k.ways, WORDS_MAX),
        MAY("subject", raw_kind, k.subject, ID_MAX),
        MAY("confirm", raw_kind, k.confirm, WORDS_MAX),
        MAY("extensions", raw_kind, k.extensions, WORDS_MAX),
        MAY("operation", raw_kind, k.operation, ID_MAX),
        MAY("revokes", raw_kind, k.revokes, WORDS_MAX),
        MAY("unchanged", raw_kind, k.unchanged, WORDS_MAX),
        MAY("carrier-version", raw_kind, k.carrier_version, 15),
        MAY("printed", raw_kind, k.printed, WORDS_MAX),
        MAY_LIST("charges", raw_kind, k.charges, k.n_charges, &charge_entry, 12),
        MAY_LIST("questions", raw_kind, k.questions, k.n_questions, &question_entry, TG_QUESTIONS_MAX),
        LIST("documents", raw_kind, k.documents, k.n_documents, &document_entry, 0, TG_DOCUMENTS_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t kind_entry = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_kind, kind_fields)};
static const cyaml_schema_field_t service_fields[] = {
        MUST("id", raw_service, s.id, ID_MAX),
        MUST("label", raw_service, s.label, MSG_MAX),
        YES_NO("open", raw_service, s.open),
        MAY("opens", raw_service, s.opens, ID_MAX),
        MAY("operation", raw_service, s.operation, ID_MAX),
        MAY_LIST("lines", raw_service, s.lines, s.n_lines, &contact_entry, 24),
        LIST("kinds", raw_service, kinds, n_kinds, &kind_entry, 0, 16),
        CYAML_FIELD_END,
};
const cyaml_schema_value_t schema_service = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_service, service_fields)};

/* forms/NAME.yaml */
static const cyaml_strval_t kind_names[] = {
#define KIND_NAME(name, text) {text, TG_FIELD_##name},
        TG_FIELD_KINDS(KIND_NAME)
#undef KIND_NAME
};
static const cyaml_schema_field_t rule_fields[] = {
        MUST("name", tg_rule_use, name, ID_MAX),
        MAY("arg", tg_rule_use, arg, 60),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t rule_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_rule_use, rule_fields)};
static const cyaml_schema_field_t choice_fields[] = {
        MUST("id", tg_choice, id, ID_MAX),
        MUST("label", tg_choice, label, MSG_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t choice_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_choice, choice_fields)};
static const cyaml_schema_field_t field_fields[] = {
        MUST("id", tg_field, id, ID_MAX),
        MUST("number", tg_field, number, 12),
        CYAML_FIELD_ENUM("kind", CYAML_FLAG_STRICT, struct tg_field, kind, kind_names, CYAML_ARRAY_LEN(kind_names)),
        MUST("label", tg_field, label, MSG_MAX),
        MAY("hint", tg_field, hint, MSG_MAX),
        YES_NO("required", tg_field, required),
        YES_NO("person", tg_field, person),
        MAY("chip", tg_field, chip, ID_MAX),
        MAY("certificate", tg_field, certificate, ID_MAX),
        YES_NO("personal", tg_field, personal),
        WHOLE("max-chars", tg_field, max_chars),
        MAY("when", tg_field, when, WORDS_MAX),
        MAY("role", tg_field, role, ID_MAX),
        MAY_LIST("rules", tg_field, rules, n_rules, &rule_entry, 8),
        MAY_LIST("choices", tg_field, choices, n_choices, &choice_entry, 40),
        MAY("default", tg_field, default_value, 200),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t field_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_field, field_fields)};
static const cyaml_schema_field_t consent_fields[] = {
        MUST("id", tg_consent, id, ID_MAX),
        MUST("text", tg_consent, text, MSG_MAX),
        MUST("version", tg_consent, version, 60),
        MAY("after", tg_consent, after, ID_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t consent_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_consent, consent_fields)};
static const cyaml_schema_field_t key_fields[] = {
        MUST("id", tg_key_plan, id, ID_MAX),
        MUST("algorithm", tg_key_plan, algorithm, ID_MAX),
        MUST("label", tg_key_plan, label, ID_MAX),
        MUST("profile", tg_key_plan, profile, ID_MAX),
        MUST("field", tg_key_plan, field, ID_MAX),
        MAY("carriers", tg_key_plan, carriers, 60),
        MAY("when", tg_key_plan, when, WORDS_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t key_entry = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_key_plan, key_fields)};
static const cyaml_schema_field_t line_fields[] = {
        MUST("id", tg_form_line, id, ID_MAX),
        MUST("text", tg_form_line, text, MSG_MAX),
        MAY("after", tg_form_line, after, ID_MAX),
        MAY("when", tg_form_line, when, WORDS_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t line_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_form_line, line_fields)};
static const cyaml_schema_field_t signature_fields[] = {
        MUST("id", tg_signature_line, id, ID_MAX),
        MUST("label", tg_signature_line, label, MSG_MAX),
        MAY("when", tg_signature_line, when, WORDS_MAX),
        MAY("field", tg_signature_line, field, ID_MAX),
        MAY("role", tg_signature_line, role, ID_MAX),
        MAY_YES("beside", tg_signature_line, beside),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t signature_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_signature_line, signature_fields)};
static const cyaml_schema_field_t form_fields[] = {
        MUST("id", tg_form, id, ID_MAX),
        MUST("code", tg_form, code, 6),
        WHOLE("version", tg_form, version),
        MUST("title", tg_form, title, MSG_MAX),
        MAY("annex", tg_form, annex, MSG_MAX),
        MAY("language", tg_form, language, 2),
        MAY("title-after", tg_form, title_after, ID_MAX),
        MAY("date-after", tg_form, date_after, ID_MAX),
        MUST("signer", tg_form, signer, MSG_MAX),
        MUST("date", tg_form, date, MSG_MAX),
        MAY_WHOLE("validity-days", tg_form, validity_days),
        MAY_LIST("lines", tg_form, lines, n_lines, &line_entry, 16),
        MAY_LIST("signatures", tg_form, signatures, n_signatures, &signature_entry, 12),
        MAY("seal", tg_form, seal, MSG_MAX),
        MAY("seal-when", tg_form, seal_when, WORDS_MAX),
        MAY("footnote", tg_form, footnote, MSG_MAX),
        MAY_WHOLE("copies", tg_form, copies),
        MAY_WHOLE("lines-per-sheet", tg_form, lines_per_sheet),
        LIST("fields", tg_form, fields, n_fields, &field_entry, 1, TG_FORM_FIELDS_MAX),
        LIST("consents", tg_form, consents, n_consents, &consent_entry, 0, 8),
        LIST("keys", tg_form, keys, n_keys, &key_entry, 0, 16),
        CYAML_FIELD_END,
};
const cyaml_schema_value_t schema_form = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct tg_form, form_fields)};

/* errata.yaml */
static const cyaml_schema_field_t erratum_fields[] = {
        MUST("id", tg_erratum, id, ID_MAX),
        MAY("form", tg_erratum, form, ID_MAX),
        MUST("where", tg_erratum, where, 200),
        MUST("printed", tg_erratum, printed, 600),
        MUST("mended", tg_erratum, mended, 600),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t erratum_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_erratum, erratum_fields)};
static const cyaml_schema_field_t errata_fields[] = {
        LIST("errata", raw_errata, errata, n_errata, &erratum_entry, 1, 64),
        CYAML_FIELD_END,
};
const cyaml_schema_value_t schema_errata = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_errata, errata_fields)};

/* calendars.yaml. A day is "day", not "date": a date is a line of a form, whose text is a message. */
static const cyaml_schema_field_t hours_fields[] = {
        WHOLE("weekday", tg_calendar_hours, weekday),
        WHOLE("from", tg_calendar_hours, from),
        WHOLE("to", tg_calendar_hours, to),
        MAY_WHOLE("break-from", tg_calendar_hours, break_from),
        MAY_WHOLE("break-to", tg_calendar_hours, break_to),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t hours_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_calendar_hours, hours_fields)};
static const cyaml_schema_field_t day_fields[] = {
        MUST("day", tg_calendar_day, date, 10),
        MAY_YES("working", tg_calendar_day, working),
        MAY_YES("moves", tg_calendar_day, moves),
        MAY("label", tg_calendar_day, label, MSG_MAX),
        MUST("source", tg_calendar_day, source, 200),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t day_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_calendar_day, day_fields)};
static const cyaml_schema_field_t calendar_fields[] = {
        MUST("id", tg_calendar, id, ID_MAX),
        MUST("label", tg_calendar, label, MSG_MAX),
        MAY_YES("round-the-clock", tg_calendar, round_the_clock),
        MAY_LIST("hours", tg_calendar, hours, n_hours, &hours_entry, 7),
        MAY_LIST("days", tg_calendar, days, n_days, &day_entry, 400),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t calendar_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_calendar, calendar_fields)};
static const cyaml_schema_field_t calendars_fields[] = {
        LIST("calendars", raw_calendars, calendars, n_calendars, &calendar_entry, 1, 8),
        CYAML_FIELD_END,
};
const cyaml_schema_value_t schema_calendars = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_calendars, calendars_fields)};

/* adviser.yaml */
static const cyaml_schema_field_t advice_fields[] = {
        MUST("id", tg_advice, id, ID_MAX),
        MAY("when", tg_advice, when, WORDS_MAX),
        MUST("product", tg_advice, product, ID_MAX),
        MAY_YES("each-company", tg_advice, each_company),
        MUST("reason", tg_advice, reason, MSG_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t advice_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_advice, advice_fields)};
static const cyaml_schema_field_t adviser_fields[] = {
        LIST("questions", raw_adviser, questions, n_questions, &question_entry, 1, TG_QUESTIONS_MAX),
        LIST("advice", raw_adviser, advice, n_advice, &advice_entry, 1, 32),
        CYAML_FIELD_END,
};
const cyaml_schema_value_t schema_adviser = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_adviser, adviser_fields)};

/* help.yaml */
static const cyaml_schema_field_t topic_fields[] = {
        MUST("id", tg_help_topic, id, ID_MAX),
        MUST("title", tg_help_topic, title, MSG_MAX),
        LIST("text", tg_help_topic, text, n_text, &message_entry, 1, 16),
        MUST("source", tg_help_topic, source, 200),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t topic_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_help_topic, topic_fields)};
static const cyaml_schema_field_t help_fields[] = {
        LIST("topics", raw_help, topics, n_topics, &topic_entry, 1, 40),
        CYAML_FIELD_END,
};
const cyaml_schema_value_t schema_help = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_help, help_fields)};
