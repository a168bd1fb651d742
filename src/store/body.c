#include "body.h"

json_t *tg_body_parse(const char *json, size_t n)
{
	json_t *body = json_loadb(json, n, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(body))
		return body;
	json_decref(body);
	return NULL;
}

const char *tg_body_text(const json_t *body, const char *member)
{
	const char *s = json_string_value(json_object_get(body, member));
	return s ? s : "";
}
