/* The technicians' and managers' command line. One row a command: dispatch and help come from it.
 * A new command: one row in commands.h, one function in a file of its own. */
#ifndef TG_CTL_H
#define TG_CTL_H

#include "tamga/buf.h"
#include "tamga/store.h"

enum ctl_exit {
	CTL_YES = 0,    /* done, or the answer is yes */
	CTL_NO = 1,     /* the answer is no: invalid, broken, not delivered */
	CTL_TROUBLE = 2 /* wrong use, or the question could not be answered */
};

struct ctl_args {
	int n;
	const char *const *at; /* what stands after the command's words */
};

struct tg_ctl_command {
	const char *group, *name;
	const char *arguments, *help;
	enum ctl_exit (*run)(const struct ctl_args *args);
};

/* Options of one command: "--name VALUE", or "--name" alone when `flag`. */
struct ctl_option {
	const char *name;
	const char **value;
	bool *flag;
};

#define CTL_WORDS_MAX 4
/* Sorts the arguments into options (NULL-named row ends the table) and exactly `want` other words. Says on standard
 * error what is wrong and returns false. */
bool ctl_parse(
        const struct ctl_args *args, const struct ctl_option *options, const char *words[CTL_WORDS_MAX], int want);

/* An option that may stand more than once is taken out before the others: "NAME VALUE" …, what is left is `rest`. Says
 * on standard error what is wrong and returns false. */
#define CTL_LIST_MAX 1024
#define CTL_REST_MAX 64
struct ctl_list {
	const char *at[CTL_LIST_MAX], *left[CTL_REST_MAX];
	size_t n;
	struct ctl_args rest;
};
bool ctl_take_list(const struct ctl_args *args, const char *name, struct ctl_list *out);

/* Prints "tamgactl: …" with code, name and place of a failure (tamgactl manual says how it is mended); returns
 * CTL_TROUBLE. */
enum ctl_exit ctl_fail(enum tg_status status, const struct tg_error *err);
/* Decimal number from `min` to `max`; else says what `flag` takes. */
struct ctl_range {
	uint64_t min, max;
};
bool ctl_number(const char *flag, const char *text, struct ctl_range range, uint64_t *out);
/* Whether it was said; else says that `flag` is missing. */
bool ctl_given(const char *flag, const char *value);

/* The row of a command; NULL when there is none. */
const struct tg_ctl_command *ctl_command(const char *group, const char *name);

#define CTL_PATH 700
/* "DIR/name"; says when it is too long. */
bool ctl_path(char out[CTL_PATH], const char *dir, const char *name);
/* The same of a file that must be there: one made by mistake at a wrong place would look like a lost one. `dir`: of
 * --data, NULL when that is missing. Says what is wrong. */
bool ctl_centre_file(char out[CTL_PATH], const char *dir, const char *name);
/* centre.db of the centre's directory, as ctl_centre_file. */
enum ctl_exit ctl_open_centre(const char *dir, struct tg_store **s);
enum ctl_exit ctl_look_at_centre(const char *dir, struct tg_store **s); /* only to read */
/* Checks every chain of a journal and prints the verdict unless it is good. */
enum ctl_exit ctl_verify_file(const char *path);
/* Wall time; by a shifted clock in training, NULL: the machine's. */
int64_t ctl_now(const char *clock_file);

/* Message ids of the manual's own words, NULL at the end. */
extern const char *const ctl_manual_messages[];

#define CTL_DECLARE(group, name, arguments, help, function) enum ctl_exit function(const struct ctl_args *args);
#include "commands.h"
CTL_COMMANDS(CTL_DECLARE)
#undef CTL_DECLARE

#endif
