/* The four languages by name and code. */
#include "tamga/i18n.h"

static const struct {
	const char *code, *name;
} languages[TG_LANG_COUNT] = {
        [TG_LANG_KK] = {"kk", "Қазақша"},
        [TG_LANG_KY] = {"ky", "Кыргызча"},
        [TG_LANG_RU] = {"ru", "Русский"},
        [TG_LANG_EN] = {"en", "English"},
};

static bool known(enum tg_lang lang)
{
	return (unsigned)lang < TG_LANG_COUNT;
}

const char *tg_lang_code(enum tg_lang lang)
{
	return known(lang) ? languages[lang].code : "";
}

const char *tg_lang_name(enum tg_lang lang)
{
	return known(lang) ? languages[lang].name : "";
}

int tg_lang_find(const char *code)
{
	for (int i = 0; i < TG_LANG_COUNT; i++)
		if (strcmp(languages[i].code, code) == 0)
			return i;
	return -1;
}
