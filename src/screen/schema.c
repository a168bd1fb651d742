/* The schemas as tables. The same table drives libcyaml and our own check with exact places (check.c). */
#include "schema.h"

#define ID_MAX  SCREEN_ID_MAX
#define MSG_MAX SCREEN_MESSAGE_MAX

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
#define WHOLE(key, type, member)     CYAML_FIELD_INT(key, CYAML_FLAG_DEFAULT, struct type, member)
#define MAY_WHOLE(key, type, member) CYAML_FIELD_INT(key, CYAML_FLAG_OPTIONAL, struct type, member)

static const cyaml_schema_value_t id_entry = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, ID_MAX)};

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
        LIST("conditions", raw_catalog, conditions, n_conditions, &condition_entry, 0, 64),
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
static const cyaml_schema_field_t provider_fields[] = {
        MUST("id", raw_provider, p.id, ID_MAX),
        MUST("label", raw_provider, p.label, MSG_MAX),
        MUST("country", raw_provider, p.country, 2),
        WHOLE("utc-offset-minutes", raw_provider, p.utc_offset_minutes),
        MUST("office-language", raw_provider, p.office_language, 2),
        MUST("place", raw_provider, p.place, MSG_MAX),
        MUST("contact", raw_provider, p.contact, MSG_MAX),
        YES_NO("accept-nca-test-numbers", raw_provider, p.accept_nca_test_numbers),
        MAY_WHOLE("lock-per-day", raw_provider, p.lock_per_day),
        MAY_WHOLE("lock-in-all", raw_provider, p.lock_in_all),
        MAY_LIST("legal-basis", raw_provider, p.basis, p.n_basis, &basis_entry, 8),
        LIST("services", raw_provider, services, n_services, &id_entry, 1, 16),
        CYAML_FIELD_END,
};
const cyaml_schema_value_t schema_provider = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_provider, provider_fields)};

/* services/ID.yaml */
static const cyaml_schema_field_t document_fields[] = {
        MUST("id", tg_document, id, ID_MAX),
        MUST("label", tg_document, label, MSG_MAX),
        MAY("when", tg_document, when, ID_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t document_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_document, document_fields)};
static const cyaml_schema_field_t kind_fields[] = {
        MUST("id", raw_kind, k.id, ID_MAX),
        MUST("label", raw_kind, k.label, MSG_MAX),
        MUST("form", raw_kind, form, ID_MAX),
        MAY("carriers", raw_kind, k.carriers, 60),
        LIST("documents", raw_kind, k.documents, k.n_documents, &document_entry, 0, 32),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t kind_entry = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_kind, kind_fields)};
static const cyaml_schema_field_t service_fields[] = {
        MUST("id", raw_service, s.id, ID_MAX),
        MUST("label", raw_service, s.label, MSG_MAX),
        YES_NO("open", raw_service, s.open),
        MAY("opens", raw_service, s.opens, ID_MAX),
        MAY("operation", raw_service, s.operation, ID_MAX),
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
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t key_entry = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_key_plan, key_fields)};
static const cyaml_schema_field_t line_fields[] = {
        MUST("id", tg_form_line, id, ID_MAX),
        MUST("text", tg_form_line, text, MSG_MAX),
        MAY("after", tg_form_line, after, ID_MAX),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t line_entry = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_form_line, line_fields)};
static const cyaml_schema_field_t form_fields[] = {
        MUST("id", tg_form, id, ID_MAX),
        MUST("code", tg_form, code, 6),
        WHOLE("version", tg_form, version),
        MUST("title", tg_form, title, MSG_MAX),
        MUST("signer", tg_form, signer, MSG_MAX),
        MUST("date", tg_form, date, MSG_MAX),
        WHOLE("validity-days", tg_form, validity_days),
        MAY_LIST("lines", tg_form, lines, n_lines, &line_entry, 16),
        LIST("fields", tg_form, fields, n_fields, &field_entry, 1, TG_FORM_FIELDS_MAX),
        LIST("consents", tg_form, consents, n_consents, &consent_entry, 0, 8),
        LIST("keys", tg_form, keys, n_keys, &key_entry, 0, 4),
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
