/* What a kiosk may do beside taking applications (P-5, NCA-14): entries of the centre's own stream. */
#include "ctl.h"

enum ctl_exit ctl_kiosk_role(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX], *dir = NULL, *clock_file = NULL;
	const struct ctl_option options[] = {
	        {"--data", &dir, NULL}, {"--clock-file", &clock_file, NULL}, {NULL, NULL, NULL}};
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	if (!ctl_parse(args, options, words, 2))
		return CTL_TROUBLE;
	const char *role = strcmp(words[1], "none") == 0 ? "" : words[1];
	if (strcmp(role, "desk") != 0 && strcmp(role, "field") != 0 && *role != '\0') {
		fputs("tamgactl: the roles are desk, field, none\n", stderr);
		return CTL_TROUBLE;
	}
	enum ctl_exit code = ctl_open_centre(dir, &s);
	enum tg_status st =
	        code == CTL_YES ? tg_store_set_kiosk_role(s, words[0], role, ctl_now(clock_file), &err) : TG_OK;
	tg_store_close(s);
	if (code != CTL_YES)
		return code;
	if (st != TG_OK)
		return ctl_fail(st, &err);
	printf("kiosk %s: %s\n", words[0], *role ? role : "none");
	return CTL_YES;
}
