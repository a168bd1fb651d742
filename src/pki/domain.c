#include "profile.h"

#include "tamga/text.h"
#include <idn2.h>

#define NAME_MAX_ASCII 253
#define LABEL_MAX      63

/* --- ASCII: RFC 1034 3.5, RFC 1123 2.1 */
static bool ldh_label(const char *label, size_t n)
{
	if (n == 0 || n > LABEL_MAX || label[0] == '-' || label[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		bool ok =
		        (label[i] >= 'a' && label[i] <= 'z') || (label[i] >= '0' && label[i] <= '9') || label[i] == '-';
		if (!ok)
			return false;
	}
	/* "--" in third place is kept for A-labels (RFC 5890 2.3.1). */
	return n < 4 || label[2] != '-' || label[3] != '-' || strncmp(label, "xn--", 4) == 0;
}

/* Two labels at least, of which the last is no number: no address. */
static bool ldh_name(const char *name)
{
	unsigned labels = 0;
	const char *last = name;
	if (strlen(name) > NAME_MAX_ASCII)
		return false;
	for (const char *p = name;; labels++) {
		size_t n = strcspn(p, ".");
		if (!ldh_label(p, n))
			return false;
		last = p;
		if (p[n] == '\0')
			break;
		p += n + 1;
	}
	return labels > 0 && strspn(last, "0123456789") != strlen(last);
}

/* --- Scripts. A label of two scripts is how one name is made to look like another ("kаspi" with a Cyrillic а). */
enum script { SCRIPT_ANY, SCRIPT_LATIN, SCRIPT_CYRILLIC, SCRIPT_OTHER };

static enum script script_of(uint32_t c)
{
	if (c == '-' || (c >= '0' && c <= '9'))
		return SCRIPT_ANY;
	if (c < 0x250 || (c >= 0x1e00 && c <= 0x1eff))
		return SCRIPT_LATIN;
	if ((c >= 0x400 && c <= 0x52f) || (c >= 0x1c80 && c <= 0x1c8f) || (c >= 0xa640 && c <= 0xa69f))
		return SCRIPT_CYRILLIC;
	return SCRIPT_OTHER;
}

static bool one_script_each(const char *name)
{
	const char *p = name, *end = name + strlen(name);
	enum script seen = SCRIPT_ANY;
	while (p < end) {
		uint32_t c = tg_utf8_next(&p, end);
		enum script s = c == '.' ? SCRIPT_ANY : script_of(c);
		if (c == '.')
			seen = SCRIPT_ANY;
		else if (s != SCRIPT_ANY && seen != SCRIPT_ANY && s != seen)
			return false;
		else if (s != SCRIPT_ANY)
			seen = s;
	}
	return true;
}

/* --- IDNA. Mapped as people type it (UTS 46: capital letters), then held against IDNA 2008 without any mapping. */
static bool to_ascii(const char *name, int flags, char out[256])
{
	uint8_t *made = NULL;
	bool ok =
	        idn2_lookup_u8((const uint8_t *)name, &made, flags) == IDN2_OK && tg_copy(out, 256, (const char *)made);
	idn2_free(made);
	return ok;
}

static bool to_unicode(const char *ascii, char out[256])
{
	char *made = NULL;
	bool ok = idn2_to_unicode_8z8z(ascii, &made, 0) == IDN2_OK && tg_copy(out, 256, made);
	idn2_free(made);
	return ok;
}

static bool convert(const char *name, char ascii[256], char shown[256])
{
	char again[256];
	return to_ascii(name, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL, ascii) && ldh_name(ascii) &&
	       to_unicode(ascii, shown) && to_ascii(shown, IDN2_NFC_INPUT | IDN2_NO_TR46, again) &&
	       strcmp(ascii, again) == 0 && one_script_each(shown);
}

static bool in_zone(const char *name, const char *zones)
{
	const char *last = strrchr(name, '.');
	return last != NULL && tg_profile_word(zones, last + 1);
}

enum tg_status tg_domain_parse(const char *name, const char *zones, char ascii[256], char shown[256])
{
	char plain_ascii[256], plain_shown[256];
	const char *star = strncmp(name, "*.", 2) == 0 ? "*." : "";
	ascii[0] = shown[0] = '\0';
	if (strlen(name) > 1000 || !tg_utf8_valid(name, strlen(name)) ||
	        !convert(name + strlen(star), plain_ascii, plain_shown) ||
	        strlen(star) + strlen(plain_ascii) > NAME_MAX_ASCII)
		return TG_INVALID;
	(void)snprintf(ascii, 256, "%s%.253s", star, plain_ascii);
	(void)snprintf(shown, 256, "%s%.253s", star, plain_shown);
	if (zones != NULL && !in_zone(plain_ascii, zones) && !in_zone(plain_shown, zones))
		return TG_NOT_FOUND;
	return TG_OK;
}
