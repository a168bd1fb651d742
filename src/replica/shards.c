/* shards.yaml: which centre keeps which stream. */
#include "tamga/replica.h"
#include "tamga/yaml.h"

struct shard {
	char *name, *url;
	char **streams; /* beginnings of ids */
	unsigned n;
	unsigned first_number;
};
struct tg_shards {
	struct shard *shards;
	unsigned n;
};

static const cyaml_schema_value_t stream_value = {
        CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, TG_KIOSK_MAX),
};
static const cyaml_schema_field_t shard_fields[] = {
        CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct shard, name, 1, 63),
        CYAML_FIELD_STRING_PTR("url", CYAML_FLAG_POINTER, struct shard, url, 9, 255),
        CYAML_FIELD_SEQUENCE_COUNT("streams", CYAML_FLAG_POINTER, struct shard, streams, n, &stream_value, 1, 4096),
        CYAML_FIELD_UINT("first_number", CYAML_FLAG_DEFAULT, struct shard, first_number),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t shard_value = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct shard, shard_fields),
};
static const cyaml_schema_field_t file_fields[] = {
        CYAML_FIELD_SEQUENCE_COUNT("shards", CYAML_FLAG_POINTER, struct tg_shards, shards, n, &shard_value, 1, 256),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_value = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct tg_shards, file_fields),
};

/* Whether a shard before this one says the same. */
static bool said_before(const struct tg_shards *s, unsigned i, const char *beginning)
{
	for (unsigned j = 0; j < i; j++)
		for (unsigned k = 0; k < s->shards[j].n; k++)
			if (strcmp(s->shards[j].streams[k], beginning) == 0)
				return true;
	return false;
}

static enum tg_status check_shard(const struct tg_yaml *y, const struct tg_shards *s, unsigned i)
{
	const struct shard *h = &s->shards[i];
	if (strncmp(h->url, "https://", 8) != 0 || h->url[strcspn(h->url, "\"\\ \t")])
		return tg_yaml_bad(y, "must begin with https://", "shards/%u/url", i);
	if (h->name[strspn(h->name, "abcdefghijklmnopqrstuvwxyz0123456789-")])
		return tg_yaml_bad(y, "small letters, digits and dashes only", "shards/%u/name", i);
	for (unsigned j = 0; j < i; j++)
		if (strcmp(s->shards[j].name, h->name) == 0)
			return tg_yaml_bad(y, "stands twice", "shards/%u/name", i);
	if (h->first_number < 1 || h->first_number >= 1u << 20 ||
	        (i > 0 && h->first_number <= s->shards[i - 1].first_number))
		return tg_yaml_bad(y, "above that of the shard before, at most 1048575", "shards/%u/first_number", i);
	for (unsigned k = 0; k < h->n; k++)
		if (said_before(s, i, h->streams[k]))
			return tg_yaml_bad(y, "belongs to another shard already", "shards/%u/streams/%u", i, k);
	return TG_OK;
}

static enum tg_status check(const struct tg_yaml *y, const void *data)
{
	const struct tg_shards *s = data;
	for (unsigned i = 0; i < s->n; i++)
		TG_TRY(check_shard(y, s, i));
	return TG_OK;
}

static const struct tg_yaml_form form = {&file_value, TG_CONFIG, check};

enum tg_status tg_shards_load(struct tg_shards **out, const char *path, struct tg_error *err)
{
	void *data = NULL;
	*out = NULL;
	TG_TRY(tg_yaml_load(&data, &form, path, err));
	*out = data;
	return TG_OK;
}

void tg_shards_destroy(struct tg_shards *s)
{
	if (s)
		tg_yaml_free(&form, s);
}

bool tg_shards_numbers(const struct tg_shards *s, const char *name, unsigned *first, unsigned *last)
{
	for (unsigned i = 0; i < s->n; i++)
		if (strcmp(s->shards[i].name, name) == 0) {
			*first = s->shards[i].first_number;
			*last = i + 1 < s->n ? s->shards[i + 1].first_number - 1 : (1u << 20) - 1;
			return true;
		}
	return false;
}

const char *tg_shards_of(const struct tg_shards *s, const char *kiosk, const char **url)
{
	const struct shard *best = NULL;
	size_t length = 0;
	for (unsigned i = 0; i < s->n; i++)
		for (unsigned k = 0; k < s->shards[i].n; k++) {
			const char *beginning = s->shards[i].streams[k];
			size_t n = strlen(beginning);
			if ((!best || n > length) && strncmp(kiosk, beginning, n) == 0) {
				best = &s->shards[i];
				length = n;
			}
		}
	if (url)
		*url = best ? best->url : NULL;
	return best ? best->name : NULL;
}

const char *tg_shards_of_number(const struct tg_shards *s, uint32_t kiosk_no, const char **url)
{
	const struct shard *of = NULL;
	for (unsigned i = 0; i < s->n && s->shards[i].first_number <= kiosk_no; i++)
		of = &s->shards[i];
	*url = of ? of->url : NULL;
	return of ? of->name : NULL;
}
