#include "ctl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

static const struct ctl_option *option(const struct ctl_option *options, const char *name)
{
	for (; options && options->name; options++)
		if (strcmp(options->name, name) == 0)
			return options;
	return NULL;
}

/* Takes the option at `*i` with its value. */
static bool take_option(const struct ctl_args *args, int *i, const struct ctl_option *options)
{
	const struct ctl_option *o = option(options, args->at[*i]);
	if (!o) {
		fprintf(stderr, "tamgactl: no such option: %s\n", args->at[*i]);
		return false;
	}
	if (o->flag) {
		*o->flag = true;
		return true;
	}
	if (*i + 1 >= args->n) {
		fprintf(stderr, "tamgactl: %s needs a value\n", o->name);
		return false;
	}
	*o->value = args->at[++*i];
	return true;
}

bool ctl_parse(
        const struct ctl_args *args, const struct ctl_option *options, const char *words[CTL_WORDS_MAX], int want)
{
	int n = 0;
	for (int i = 0; i < args->n; i++) {
		if (strncmp(args->at[i], "--", 2) == 0) {
			if (!take_option(args, &i, options))
				return false;
		} else if (n < want && n < CTL_WORDS_MAX) {
			words[n++] = args->at[i];
		} else {
			n = want + 1;
			break;
		}
	}
	if (n != want)
		fputs("tamgactl: wrong number of arguments; see tamgactl help\n", stderr);
	return n == want;
}

bool ctl_take_list(const struct ctl_args *args, const char *name, struct ctl_list *out)
{
	out->n = 0;
	out->rest = (struct ctl_args){0, out->left};
	for (int i = 0; i < args->n; i++) {
		bool is = strcmp(args->at[i], name) == 0;
		if (is && i + 1 == args->n) {
			fprintf(stderr, "tamgactl: %s needs a value\n", name);
			return false;
		}
		if (is ? out->n == CTL_LIST_MAX : out->rest.n == CTL_REST_MAX) {
			fputs("tamgactl: too many arguments; see tamgactl help\n", stderr);
			return false;
		}
		if (is)
			out->at[out->n++] = args->at[++i];
		else
			out->left[out->rest.n++] = args->at[i];
	}
	return true;
}

enum ctl_exit ctl_fail(enum tg_status status, const struct tg_error *err)
{
	char code[8];
	tg_status_code(status, code);
	fprintf(stderr, "tamgactl: %s %s: %s\n", code, tg_status_name(status), err ? err->detail : "");
	if (err && err->file[0] && err->line > 0)
		fprintf(stderr, "tamgactl: at %s:%d:%d\n", err->file, err->line, err->column);
	else if (err && err->file[0])
		fprintf(stderr, "tamgactl: at %s\n", err->file);
	return CTL_TROUBLE;
}

bool ctl_number(const char *flag, const char *text, struct ctl_range range, uint64_t *out)
{
	char *end = NULL;
	errno = 0;
	unsigned long long v = *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
	*out = v;
	if (end && *end == '\0' && errno == 0 && v >= range.min && v <= range.max)
		return true;
	fprintf(stderr, "tamgactl: %s is %" PRIu64 " to %" PRIu64 "\n", flag, range.min, range.max);
	return false;
}

bool ctl_given(const char *flag, const char *value)
{
	if (value && *value)
		return true;
	fprintf(stderr, "tamgactl: %s is missing\n", flag);
	return false;
}
