/* "{name}" places of a sentence. One pass: what a value holds is never looked at again. */
#include "tamga/i18n.h"

#include "tamga/buf.h"
#include "tamga/text.h"
#include <stdarg.h>

#define PLACES_MAX 16

struct place {
	const char *name, *value;
};

static const char *value_of(const struct place *places, unsigned n, const char *name, size_t len)
{
	for (unsigned i = 0; i < n; i++)
		if (strlen(places[i].name) == len && strncmp(places[i].name, name, len) == 0)
			return places[i].value ? places[i].value : "";
	return NULL;
}

/* Appends as much as fits without cutting a character; false when it did not all fit. */
static bool put(char *out, size_t cap, size_t *at, const char *s, size_t n)
{
	size_t room = cap - 1 - *at, fits = n < room ? n : room;
	while (fits < n && fits > 0 && ((unsigned char)s[fits] & 0xc0) == 0x80)
		fits--;
	memcpy(out + *at, s, fits);
	*at += fits;
	out[*at] = '\0';
	return fits == n;
}

static void fill(char *out, size_t cap, const char *s, const struct place *places, unsigned n)
{
	size_t at = 0;
	bool fits = true;
	out[0] = '\0';
	while (*s && fits) {
		size_t plain = strcspn(s, "{");
		fits = put(out, cap, &at, s, plain);
		s += plain;
		const char *close = *s ? strchr(s, '}') : NULL;
		const char *value = close ? value_of(places, n, s + 1, (size_t)(close - s - 1)) : NULL;
		if (fits && value)
			fits = put(out, cap, &at, value, strlen(value));
		else if (fits && *s)
			fits = put(out, cap, &at, s, 1);
		if (*s)
			s = value ? close + 1 : s + 1;
	}
}

const char *tg_text_fill(char *out, size_t cap, const char *sentence, ...)
{
	struct place places[PLACES_MAX];
	unsigned n = 0;
	va_list args;
	if (cap == 0)
		return "";
	va_start(args, sentence);
	const char *name;
	while (n < PLACES_MAX && (name = va_arg(args, const char *)) != NULL)
		places[n++] = (struct place){name, va_arg(args, const char *)};
	va_end(args);
	fill(out, cap, sentence, places, n);
	return out;
}
