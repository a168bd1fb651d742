#include "config.h"

#include "tamga/record.h"
#include "tamga/yaml.h"

static const cyaml_schema_field_t cmp_fields[] = {
        CYAML_FIELD_STRING_PTR("trust", CYAML_FLAG_POINTER, struct kiosk_config, cmp.trust, 1, 500),
        CYAML_FIELD_STRING_PTR(
                "certificate", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct kiosk_config, cmp.certificate, 1, 500),
        CYAML_FIELD_STRING_PTR("key", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct kiosk_config, cmp.key, 1, 500),
        CYAML_FIELD_STRING_PTR(
                "secret_ref", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct kiosk_config, cmp.secret_ref, 1, 100),
        CYAML_FIELD_STRING_PTR(
                "secret_file", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct kiosk_config, cmp.secret_file, 1, 500),
        CYAML_FIELD_STRING_PTR(
                "recipient", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct kiosk_config, cmp.recipient, 1, 300),
        CYAML_FIELD_BOOL("implicit_confirm", CYAML_FLAG_OPTIONAL, struct kiosk_config, cmp.implicit_confirm),
        CYAML_FIELD_UINT("timeout_ms", CYAML_FLAG_OPTIONAL, struct kiosk_config, cmp.timeout_ms), CYAML_FIELD_END};

#define TEXT(key, member, flags)                                                                                       \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | (flags), struct kiosk_config, member, 1, 500)

static const cyaml_schema_field_t fields[] = {TEXT("kiosk", kiosk, 0),
        CYAML_FIELD_UINT("kiosk_no", CYAML_FLAG_DEFAULT, struct kiosk_config, kiosk_no), TEXT("database", database, 0),
        TEXT("screens", screens, 0), TEXT("locale", locale, 0), TEXT("agent_socket", agent_socket, 0),
        TEXT("chip_program", chip_program, CYAML_FLAG_OPTIONAL), TEXT("csca", csca, CYAML_FLAG_OPTIONAL),
        TEXT("staff", staff, CYAML_FLAG_OPTIONAL), TEXT("token_program", token_program, 0),
        TEXT("token_module", token_module, CYAML_FLAG_OPTIONAL),
        TEXT("soft_carrier", soft_carrier, CYAML_FLAG_OPTIONAL),
        CYAML_FIELD_UINT("token_call_ms", CYAML_FLAG_OPTIONAL, struct kiosk_config, token_call_ms),
        CYAML_FIELD_UINT("token_generate_ms", CYAML_FLAG_OPTIONAL, struct kiosk_config, token_generate_ms),
        /* The members of `cmp` lie in the outer struct: offset 0 keeps their own offsets right. */
        {.key = "cmp",
                .value = {.type = CYAML_MAPPING,
                        .flags = CYAML_FLAG_DEFAULT,
                        .data_size = sizeof(struct kiosk_config),
                        .mapping = {.fields = cmp_fields}},
                .data_offset = 0},
        TEXT("printer", printer, CYAML_FLAG_OPTIONAL), TEXT("print_program", print_program, CYAML_FLAG_OPTIONAL),
        TEXT("receipts", receipts, CYAML_FLAG_OPTIONAL),
        CYAML_FIELD_BOOL("sandbox", CYAML_FLAG_OPTIONAL, struct kiosk_config, sandbox),
        TEXT("channel", channel, CYAML_FLAG_OPTIONAL), TEXT("office", office, CYAML_FLAG_OPTIONAL),
        TEXT("ticket_series", ticket_series, CYAML_FLAG_OPTIONAL), TEXT("media", media, CYAML_FLAG_OPTIONAL),
        TEXT("media_helper", media_helper, CYAML_FLAG_OPTIONAL), TEXT("media_sys", media_sys, CYAML_FLAG_OPTIONAL),
        CYAML_FIELD_BOOL("field_set", CYAML_FLAG_OPTIONAL, struct kiosk_config, field_set),
        CYAML_FIELD_BOOL("may_quit", CYAML_FLAG_OPTIONAL, struct kiosk_config, may_quit),
        TEXT("clock_file", clock_file, CYAML_FLAG_OPTIONAL), TEXT("log", log, CYAML_FLAG_OPTIONAL),
        CYAML_FIELD_UINT("idle_seconds", CYAML_FLAG_OPTIONAL, struct kiosk_config, idle_s),
        CYAML_FIELD_UINT("warn_seconds", CYAML_FLAG_OPTIONAL, struct kiosk_config, warn_s), CYAML_FIELD_END};

static const cyaml_schema_value_t schema = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct kiosk_config, fields)};

static enum tg_status check(const struct tg_yaml *y, const void *data)
{
	const struct kiosk_config *c = data;
	if (!tg_kiosk_id_valid(c->kiosk))
		return tg_yaml_bad(y, "not a stream id", "kiosk");
	if (c->kiosk_no >= 1u << 20) /* as many as unique numbers have room for */
		return tg_yaml_bad(y, "from 0 to 1048575", "kiosk_no");
	size_t n = c->ticket_series ? strlen(c->ticket_series) : 0;
	if (n > 8 || (n > 0 && strspn(c->ticket_series, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != n))
		return tg_yaml_bad(y, "at most eight of A-Z and 0-9", "ticket_series");
	return TG_OK;
}

static const struct tg_yaml_form form = {&schema, TG_CONFIG, check};

enum tg_status kiosk_config_load(struct kiosk_config **out, const char *path, struct tg_error *err)
{
	void *data;
	enum tg_status status = tg_yaml_load(&data, &form, path, err);
	*out = data;
	return status;
}

void kiosk_config_free(struct kiosk_config *c)
{
	tg_yaml_free(&form, c);
}
