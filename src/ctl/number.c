#include "ctl.h"

#include "tamga/record.h"

enum ctl_exit ctl_number_new(const struct ctl_args *args)
{
	const char *kiosk = "", *counter = "";
	const struct ctl_option options[] = {{"--kiosk-no", &kiosk, NULL}, {"--counter", &counter, NULL}, {0}};
	uint64_t k, c;
	char number[TG_NUMBER_MAX];
	if (!ctl_parse(args, options, NULL, 0) ||
	        !ctl_number("--kiosk-no", kiosk, (struct ctl_range){0, (1u << 20) - 1}, &k) ||
	        !ctl_number("--counter", counter, (struct ctl_range){0, (1u << 28) - 1}, &c))
		return CTL_TROUBLE;
	enum tg_status st = tg_number_make((uint32_t)k, (uint32_t)c, number);
	if (st != TG_OK)
		return ctl_fail(st, NULL);
	puts(number);
	return CTL_YES;
}

enum ctl_exit ctl_number_check(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX];
	char number[TG_NUMBER_MAX];
	if (!ctl_parse(args, NULL, words, 1))
		return CTL_TROUBLE;
	if (tg_number_check(words[0], number) != TG_OK) {
		puts("not a unique number");
		return CTL_NO;
	}
	puts(number);
	return CTL_YES;
}
