#include "caps.h"

#include <curses.h>
#include <term.h>

/* tputs has no argument for us; there is one terminal. */
static struct {
	char *out;
	size_t n, cap;
} collected;

static int collect(int c)
{
	if (collected.n < collected.cap)
		collected.out[collected.n++] = (char)c;
	return c;
}

static const char *capability(const char *name)
{
	const char *s = tigetstr(name);
	return s && s != (const char *)-1 ? s : NULL;
}

/* The screen is cleared before it is left, since the linux console has no second screen to hide ours on. */
size_t tg_caps_leaving(char *out, size_t cap)
{
	static const char *const names[] = {"sgr0", "op", "clear", "E3", "cnorm", "rmkx", "rmcup"};
	collected.out = out;
	collected.n = 0;
	collected.cap = cap;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *s = capability(names[i]);
		if (s)
			tputs(s, 1, collect);
	}
	collected.out = NULL;
	collected.cap = 0;
	return collected.n;
}

void tg_caps_keys(struct tg_key_map *map)
{
	static const struct {
		const char *name;
		enum tg_action action;
	} keys[] = {{"kcuu1", TG_ACTION_UP}, {"kcud1", TG_ACTION_DOWN}, {"kcub1", TG_ACTION_LEFT},
	        {"kcuf1", TG_ACTION_RIGHT}, {"khome", TG_ACTION_HOME}, {"kend", TG_ACTION_END},
	        {"kpp", TG_ACTION_PAGE_UP}, {"knp", TG_ACTION_PAGE_DOWN}, {"kcbt", TG_ACTION_PREVIOUS},
	        {"kdch1", TG_ACTION_DELETE}, {"kent", TG_ACTION_ENTER}, {"kf1", TG_ACTION_HELP},
	        {"kf2", TG_ACTION_LANGUAGE}, {"kf3", TG_ACTION_WHERE}, {"kf9", TG_ACTION_STAFF},
	        {"kf10", TG_ACTION_CANCEL}};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0] && map->n < TG_KEY_SEQUENCES; i++) {
		const char *s = capability(keys[i].name);
		if (!s || s[0] != 0x1B || strlen(s) < 2 || strlen(s) > TG_KEY_BYTES)
			continue;
		map->rows[map->n].sequence = s;
		map->rows[map->n++].action = keys[i].action;
	}
}
