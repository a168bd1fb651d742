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

/* Streams that anything is known of, and their roles. */
struct seen {
	struct tg_store *s;
	struct tg_buf ids; /* each followed by a NUL */
	struct tg_error *err;
};

static bool is_new(const struct seen *k, const char *id)
{
	const char *at = (const char *)k->ids.data, *end = at ? at + k->ids.len : NULL;
	for (; at && at < end; at += strlen(at) + 1)
		if (strcmp(at, id) == 0)
			return false;
	return true;
}

static enum tg_status see_stream(const struct tg_entry *e, void *ctx)
{
	struct seen *k = ctx;
	char role[16];
	if (strcmp(e->kiosk, TG_CENTRE_STREAM) == 0 || !is_new(k, e->kiosk))
		return TG_OK;
	tg_buf_add(&k->ids, e->kiosk, strlen(e->kiosk) + 1);
	TG_TRY(tg_store_kiosk_role(k->s, e->kiosk, role, k->err));
	printf("%s\t%s\n", e->kiosk, *role ? role : "none");
	return tg_buf_status(&k->ids);
}

enum ctl_exit ctl_kiosk_list(const struct ctl_args *args)
{
	const char *dir = NULL;
	const struct ctl_option options[] = {{"--data", &dir, NULL}, {NULL, NULL, NULL}};
	struct tg_error err = {0};
	struct seen k = {.err = &err};
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	enum ctl_exit code = ctl_open_centre(dir, &k.s);
	enum tg_status st = code == CTL_YES ? tg_store_each(k.s, see_stream, &k, &err) : TG_OK;
	tg_store_close(k.s);
	tg_buf_finish(&k.ids);
	return st == TG_OK ? code : ctl_fail(st, &err);
}
