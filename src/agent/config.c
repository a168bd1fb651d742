/* agent.yaml. Unknown keys are mistakes and refused. */
#include "agent.h"
#include "tamga/yaml.h"

#define TEXT(key, type, member)                                                                                        \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0, 1024)
#define UINT(key, member) CYAML_FIELD_UINT(key, CYAML_FLAG_OPTIONAL, struct tg_agent_config, member)

static const cyaml_schema_field_t tls_fields[] = {
        TEXT("ca", struct tg_agent_tls, ca),
        TEXT("cert", struct tg_agent_tls, cert),
        TEXT("key", struct tg_agent_tls, key),
        CYAML_FIELD_END,
};
static const cyaml_schema_field_t endpoint_fields[] = {
        CYAML_FIELD_STRING_PTR("profile", CYAML_FLAG_POINTER, struct tg_agent_endpoint, profile, 1, 63),
        CYAML_FIELD_STRING_PTR("url", CYAML_FLAG_POINTER, struct tg_agent_endpoint, url, 1, 1024),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t endpoint_value = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tg_agent_endpoint, endpoint_fields),
};
static const cyaml_schema_field_t cmp_fields[] = {
        TEXT("url", struct tg_agent_cmp, url),
        CYAML_FIELD_SEQUENCE_COUNT("endpoints", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_agent_cmp,
                endpoints, n_endpoints, &endpoint_value, 0, 64),
        CYAML_FIELD_MAPPING_PTR("tls", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_agent_cmp, tls, tls_fields),
        CYAML_FIELD_END,
};
static const cyaml_schema_field_t centre_fields[] = {
        TEXT("url", struct tg_agent_centre, url),
        TEXT("ack_key", struct tg_agent_centre, ack_key),
        CYAML_FIELD_MAPPING_PTR(
                "tls", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_agent_centre, tls, tls_fields),
        CYAML_FIELD_END,
};
static const cyaml_schema_field_t config_fields[] = {
        TEXT("kiosk", struct tg_agent_config, kiosk),
        TEXT("database", struct tg_agent_config, database),
        TEXT("socket", struct tg_agent_config, socket),
        TEXT("identity", struct tg_agent_config, identity),
        TEXT("net_switch", struct tg_agent_config, net_switch),
        TEXT("clock_file", struct tg_agent_config, clock_file),
        TEXT("retention", struct tg_agent_config, retention),
        TEXT("tpm", struct tg_agent_config, tpm),
        UINT("renew_days", renew_days),
        UINT("timeout_ms", timeout_ms),
        UINT("backoff_ms", backoff_ms),
        UINT("backoff_cap_ms", backoff_cap_ms),
        UINT("ask_every_ms", ask_every_ms),
        UINT("poll_ms", poll_ms),
        UINT("prove_every_ms", prove_every_ms),
        UINT("head_entries", head_entries),
        UINT("head_every_ms", head_every_ms),
        CYAML_FIELD_BOOL("no_heads", CYAML_FLAG_OPTIONAL, struct tg_agent_config, no_heads),
        CYAML_FIELD_MAPPING_PTR(
                "centre", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_agent_config, centre, centre_fields),
        CYAML_FIELD_MAPPING_PTR(
                "cmp", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct tg_agent_config, cmp, cmp_fields),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t config_value = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct tg_agent_config, config_fields),
};

/* The first value that cannot be right, by its place in the file; `what` tells why. NULL: none. */
static const char *wrong_value(const struct tg_agent_config *c, const char **what)
{
	enum tg_channel_tpm tpm;
	if (tg_agent_tpm(c->tpm, &tpm, NULL) != TG_OK)
		return *what = "auto, require or never", "tpm";
	if (c->kiosk && !tg_kiosk_id_valid(c->kiosk))
		return *what = "not a stream id", "kiosk";
	if (c->centre && c->centre->url && strncmp(c->centre->url, "https://", 8) != 0)
		return *what = "must begin with https://", "centre/url";
	return NULL;
}

enum tg_status tg_agent_tpm(const char *word, enum tg_channel_tpm *out, struct tg_error *err)
{
	static const char *const words[] = {"auto", "require", "never"};
	*out = TG_CHANNEL_TPM_AUTO;
	for (unsigned i = 0; word && i < 3; i++)
		if (strcmp(word, words[i]) == 0) {
			*out = (enum tg_channel_tpm)i;
			return TG_OK;
		}
	return word ? tg_error_set(err, TG_CONFIG, "tpm: auto, require or never") : TG_OK;
}

static enum tg_status check_file(const struct tg_yaml *y, const void *data)
{
	const char *what = NULL, *place = wrong_value(data, &what);
	return place ? tg_yaml_bad(y, what, "%s", place) : TG_OK;
}

static const struct tg_yaml_form form = {&config_value, TG_CONFIG, check_file};

enum tg_status tg_agent_config_load(struct tg_agent_config **out, const char *path, struct tg_error *err)
{
	void *data = NULL;
	*out = NULL;
	if (path)
		TG_TRY(tg_yaml_load(&data, &form, path, err));
	else
		data = calloc(1, sizeof(**out));
	*out = data;
	return data ? TG_OK : tg_error_set(err, TG_NO_MEMORY, "configuration");
}

void tg_agent_config_free(struct tg_agent_config *c)
{
	tg_yaml_free(&form, c);
}

static void from_line(char **slot, const char *dir, const char *name)
{
	if (!*slot && dir)
		*slot = tg_identity_line(dir, name);
}

static void from_path(char **slot, const char *dir, const char *name)
{
	if (!*slot && dir)
		*slot = tg_identity_path(dir, name);
}

static bool make_parts(struct tg_agent_config *c)
{
	if (!c->centre)
		c->centre = calloc(1, sizeof(*c->centre));
	if (c->centre && !c->centre->tls)
		c->centre->tls = calloc(1, sizeof(*c->centre->tls));
	if (!c->cmp)
		c->cmp = calloc(1, sizeof(*c->cmp));
	return c->centre && c->centre->tls && c->cmp;
}

static void defaults(struct tg_agent_config *c)
{
	struct tg_sender_config d = tg_sender_defaults();
	if (c->net_switch) {
		/* In training nobody waits a minute for the network to come back. */
		d.backoff_base_ms = 200;
		d.backoff_cap_ms = 2000;
		d.ask_every_ms = 2000;
	}
	if (!c->timeout_ms)
		c->timeout_ms = 20000;
	if (!c->backoff_ms)
		c->backoff_ms = (unsigned)d.backoff_base_ms;
	if (!c->backoff_cap_ms)
		c->backoff_cap_ms = (unsigned)d.backoff_cap_ms;
	if (!c->ask_every_ms)
		c->ask_every_ms = (unsigned)d.ask_every_ms;
	if (!c->poll_ms)
		c->poll_ms = 2000;
	if (!c->prove_every_ms)
		c->prove_every_ms = 60000;
	if (!c->head_entries)
		c->head_entries = 1000;
	if (!c->head_every_ms)
		c->head_every_ms = 86400000;
}

static enum tg_status check(const struct tg_agent_config *c, struct tg_error *err)
{
	const struct {
		const char *value, *name;
	} must[] = {{c->kiosk, "kiosk"}, {c->database, "database"}, {c->socket, "socket"},
	        {c->centre->url, "centre.url"}, {c->centre->ack_key, "centre.ack_key"},
	        {c->centre->tls->ca, "centre.tls.ca"}, {c->centre->tls->cert, "centre.tls.cert"},
	        {c->centre->tls->key, "centre.tls.key"}};
	for (size_t i = 0; i < sizeof(must) / sizeof(must[0]); i++)
		if (!must[i].value)
			return tg_error_set(
			        err, TG_CONFIG, "%s is missing (and no identity directory gives it)", must[i].name);
	/* Once more: flags and the identity directory gave values too. */
	const char *what = NULL, *place = wrong_value(c, &what);
	return place ? tg_error_set(err, TG_CONFIG, "%s: %s", place, what) : TG_OK;
}

enum tg_status tg_agent_config_complete(struct tg_agent_config *c, struct tg_error *err)
{
	if (!make_parts(c))
		return tg_error_set(err, TG_NO_MEMORY, "configuration");
	from_line(&c->kiosk, c->identity, TG_ID_KIOSK);
	from_line(&c->centre->url, c->identity, TG_ID_CENTRE);
	from_path(&c->centre->ack_key, c->identity, TG_ID_ACK_KEY);
	from_path(&c->centre->tls->ca, c->identity, TG_ID_CHANNEL_CA);
	from_path(&c->centre->tls->cert, c->identity, TG_ID_CERT);
	from_path(&c->centre->tls->key, c->identity, TG_ID_KEY);
	defaults(c);
	return check(c, err);
}
