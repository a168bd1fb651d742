/* Any bytes as a machine-readable zone and as names: a zone that is taken is printable, in its fields, and its dates
 * are dates; names end. */
#include "mrz.h"
#include "tamga/mrtd.h"

#include <ctype.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define DATE_TEXT 11

static void check_text(const char *s, size_t cap)
{
	if (!memchr(s, 0, cap))
		abort();
	for (; *s; s++)
		if (!isupper((unsigned char)*s) && !isdigit((unsigned char)*s) && !strchr("< -", *s))
			abort();
}

static void check_zone(const struct tg_mrz *m)
{
	char iin[13];
	check_text(m->document_code, sizeof m->document_code);
	check_text(m->issuer, sizeof m->issuer);
	check_text(m->number, sizeof m->number);
	check_text(m->nationality, sizeof m->nationality);
	check_text(m->surname, sizeof m->surname);
	check_text(m->given, sizeof m->given);
	check_text(m->optional1, sizeof m->optional1);
	check_text(m->optional2, sizeof m->optional2);
	if (strlen(m->birth) != DATE_TEXT - 1 || strlen(m->expiry) != DATE_TEXT - 1 ||
	        strcmp(m->birth, "2026-11-22") > 0 || !m->number[0] || !m->surname[0] || !strchr("FMX", m->sex))
		abort();
	tg_mrz_iin(m, iin);
	if (iin[0] && strlen(iin) != 12)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_mrz m;
	struct tg_error err = {0};
	char name[128], out[64];
	size_t length = n < sizeof name - 1 ? n : sizeof name - 1;
	if (tg_mrz_parse((struct tg_bytes){data, n}, "2026-11-22", &m, &err) == TG_OK)
		check_zone(&m);
	else if (err.status != TG_DOC_READ)
		abort();
	memcpy(name, data, length);
	name[length] = 0;
	if (tg_mrz_transliterate(name, out, sizeof out) == TG_OK && out[0] && !tg_mrz_same_name(name, out))
		abort(); /* a name is its own transliteration */
	(void)tg_mrz_check_digit((const char *)data, n);
	return 0;
}
