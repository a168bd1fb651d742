/* Bodies of entries: JSON read through jansson. The size is capped by the caller (TG_BODY_MAX). */
#ifndef TG_STORE_BODY_H
#define TG_STORE_BODY_H

#include <jansson.h>
#include <stddef.h>

/* The object, or NULL for anything else, doubled members included. The caller owns it. */
json_t *tg_body_parse(const char *json, size_t n);
/* A text member; "" when it is missing or no text. Borrowed. */
const char *tg_body_text(const json_t *body, const char *member);

#endif
