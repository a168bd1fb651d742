#include "ctl.h"

#include "tamga/record.h"

static const struct {
	const char *name;
	enum tg_id_result (*check)(const char *text);
} kinds[] = {{"iin", tg_id_iin}, {"bin", tg_id_bin}, {"kg-pin", tg_id_kg_pin}};

static const char *const results[] = {
        [TG_ID_OK] = "valid",
        [TG_ID_LENGTH] = "invalid: wrong number of digits",
        [TG_ID_CHARACTERS] = "invalid: not all digits",
        [TG_ID_CHECK_DIGIT] = "invalid: the check digit is wrong",
        [TG_ID_NOT_PERSON] = "invalid: the fifth digit is not a person's",
        [TG_ID_NOT_ENTITY] = "invalid: the fifth digit is not an entity's",
        [TG_ID_ODD] = "valid, but unusual: sex and date of birth cannot be read from it",
};

enum ctl_exit ctl_id_check(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX];
	if (!ctl_parse(args, NULL, words, 2))
		return CTL_TROUBLE;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(words[0], kinds[i].name) != 0)
			continue;
		enum tg_id_result r = kinds[i].check(words[1]);
		puts(results[r]);
		return r == TG_ID_OK || r == TG_ID_ODD ? CTL_YES : CTL_NO;
	}
	fputs("tamgactl: the kinds are iin, bin, kg-pin\n", stderr);
	return CTL_TROUBLE;
}
