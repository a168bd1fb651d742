#include "config.h"

#include <cyaml/cyaml.h>

static const cyaml_schema_field_t cmp_fields[] = {
        CYAML_FIELD_STRING_PTR("trust", CYAML_FLAG_POINTER, struct kiosk_config, cmp.trust, 1, 500),
        CYAML_FIELD_STRING_PTR("certificate", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct kiosk_config,
                cmp.certificate, 1, 500),
        CYAML_FIELD_STRING_PTR("key", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct kiosk_config, cmp.key, 1, 500),
        CYAML_FIELD_STRING_PTR("secret_ref", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct kiosk_config,
                cmp.secret_ref, 1, 100),
        CYAML_FIELD_STRING_PTR("secret_file", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct kiosk_config,
                cmp.secret_file, 1, 500),
        CYAML_FIELD_STRING_PTR("recipient", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct kiosk_config,
                cmp.recipient, 1, 300),
        CYAML_FIELD_BOOL("implicit_confirm", CYAML_FLAG_OPTIONAL, struct kiosk_config, cmp.implicit_confirm),
        CYAML_FIELD_UINT("timeout_ms", CYAML_FLAG_OPTIONAL, struct kiosk_config, cmp.timeout_ms),
        CYAML_FIELD_END};

#define TEXT(key, member, flags) \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | (flags), struct kiosk_config, member, 1, 500)

static const cyaml_schema_field_t fields[] = {
        TEXT("kiosk", kiosk, 0),
        CYAML_FIELD_UINT("kiosk_no", CYAML_FLAG_DEFAULT, struct kiosk_config, kiosk_no),
        TEXT("database", database, 0),
        TEXT("screens", screens, 0),
        TEXT("locale", locale, 0),
        TEXT("agent_socket", agent_socket, 0),
        TEXT("token_program", token_program, 0),
        TEXT("token_module", token_module, CYAML_FLAG_OPTIONAL),
        TEXT("soft_carrier", soft_carrier, CYAML_FLAG_OPTIONAL),
        /* The members of `cmp` lie in the outer struct: offset 0 keeps their own offsets right. */
        {.key = "cmp",
                .value = {.type = CYAML_MAPPING,
                        .flags = CYAML_FLAG_DEFAULT,
                        .data_size = sizeof(struct kiosk_config),
                        .mapping = {.fields = cmp_fields}},
                .data_offset = 0},
        TEXT("printer", printer, CYAML_FLAG_OPTIONAL),
        TEXT("print_program", print_program, CYAML_FLAG_OPTIONAL),
        TEXT("receipts", receipts, CYAML_FLAG_OPTIONAL),
        CYAML_FIELD_BOOL("sandbox", CYAML_FLAG_OPTIONAL, struct kiosk_config, sandbox),
        CYAML_FIELD_BOOL("may_quit", CYAML_FLAG_OPTIONAL, struct kiosk_config, may_quit),
        TEXT("clock_file", clock_file, CYAML_FLAG_OPTIONAL),
        TEXT("log", log, CYAML_FLAG_OPTIONAL),
        CYAML_FIELD_UINT("idle_seconds", CYAML_FLAG_OPTIONAL, struct kiosk_config, idle_s),
        CYAML_FIELD_UINT("warn_seconds", CYAML_FLAG_OPTIONAL, struct kiosk_config, warn_s),
        CYAML_FIELD_END};

static const cyaml_schema_value_t schema = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct kiosk_config, fields)};

/* libcyaml says what is wrong and where in its log only. The first line is the fault, the rest its surroundings. */
static TG_PRINTF(3, 0) void note(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
	struct tg_error *err = ctx;
	(void)level;
	if (err && !err->detail[0]) {
		vsnprintf(err->detail, sizeof err->detail, fmt, args);
		err->detail[strcspn(err->detail, "\n")] = '\0';
	}
}

static cyaml_config_t cyaml(struct tg_error *err)
{
	return (cyaml_config_t){.log_fn = note, .log_ctx = err, .mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR};
}

enum tg_status kiosk_config_load(struct kiosk_config **out, const char *path, struct tg_error *err)
{
	cyaml_config_t config = cyaml(err);
	err->detail[0] = '\0';
	cyaml_err_t rc = cyaml_load_file(path, &config, &schema, (cyaml_data_t **)out, NULL);
	if (rc == CYAML_OK)
		return TG_OK;
	char why[sizeof err->detail];
	snprintf(why, sizeof why, "%s", err->detail[0] ? err->detail : cyaml_strerror(rc));
	return tg_error_at(err, TG_CONFIG, path, 0, 0, "%s", why);
}

void kiosk_config_free(struct kiosk_config *c)
{
	cyaml_config_t config = cyaml(NULL);
	cyaml_free(&config, &schema, c, 0);
}
