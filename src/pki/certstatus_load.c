#include "certstatus.h"

#include "tamga/yaml.h"

#define HOSTS_MAX 16

/* clang-format off */
static const cyaml_schema_value_t host_value = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, 253)};
static const cyaml_schema_field_t source_fields[] = {
	CYAML_FIELD_STRING_PTR("certificate", CYAML_FLAG_POINTER, struct tg_cert_source, certificate, 1, 400),
	CYAML_FIELD_STRING_PTR("ocsp", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_cert_source, ocsp, 1, 400),
	CYAML_FIELD_STRING_PTR("crl", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_cert_source, crl, 1, 400),
	CYAML_FIELD_STRING_PTR("responder", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_cert_source, responder, 1, 400),
	CYAML_FIELD_SEQUENCE_COUNT("hosts", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_cert_source, hosts, n_hosts, &host_value, 1, HOSTS_MAX),
	CYAML_FIELD_BOOL("nonce_optional", CYAML_FLAG_OPTIONAL, struct tg_cert_source, nonce_optional),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t source_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct tg_cert_source, source_fields)};
/* clang-format on */

static bool is_http(const char *url)
{
	return strncmp(url, "http://", 7) == 0;
}

static enum tg_status check(const struct tg_yaml *y, const void *data)
{
	const struct tg_cert_source *s = data;
	if (s->ocsp != NULL && !is_http(s->ocsp))
		return tg_yaml_bad(y, "an address that begins with http://", "ocsp");
	if (s->crl != NULL && strstr(s->crl, "://") != NULL && !is_http(s->crl))
		return tg_yaml_bad(y, "a file, or an address that begins with http://", "crl");
	if (s->ocsp == NULL && s->crl == NULL && s->n_hosts == 0)
		return tg_yaml_bad(y, "somebody must be asked: ocsp, crl or hosts", "certificate");
	return TG_OK;
}

static const struct tg_yaml_form form = {&source_schema, TG_CONFIG, check};

enum tg_status tg_cert_source_load(struct tg_cert_source **out, const char *path, struct tg_error *err)
{
	void *data;
	enum tg_status status = tg_yaml_load(&data, &form, path, err);
	*out = data;
	return status;
}

void tg_cert_source_free(struct tg_cert_source *s)
{
	tg_yaml_free(&form, s);
}
