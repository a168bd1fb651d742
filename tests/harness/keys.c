#include "harness.h"

/* As xterm sends them when no program has changed its modes. */
static const struct {
	const char *name, *bytes;
} keys[] = {
        {"Enter", "\r"},
        {"Tab", "\t"},
        {"BackTab", "\033[Z"},
        {"Esc", "\033"},
        {"Backspace", "\177"},
        {"Space", " "},
        {"Up", "\033[A"},
        {"Down", "\033[B"},
        {"Right", "\033[C"},
        {"Left", "\033[D"},
        {"Home", "\033[H"},
        {"End", "\033[F"},
        {"PageUp", "\033[5~"},
        {"PageDown", "\033[6~"},
        {"Insert", "\033[2~"},
        {"Delete", "\033[3~"},
        {"F1", "\033OP"},
        {"F2", "\033OQ"},
        {"F3", "\033OR"},
        {"F4", "\033OS"},
        {"F5", "\033[15~"},
        {"F6", "\033[17~"},
        {"F7", "\033[18~"},
        {"F8", "\033[19~"},
        {"F9", "\033[20~"},
        {"F10", "\033[21~"},
        {"F11", "\033[23~"},
        {"F12", "\033[24~"},
};

static const char *control(char letter)
{
	static const char bytes[32][2] = {"\000", "\001", "\002", "\003", "\004", "\005", "\006", "\007", "\010",
	        "\011", "\012", "\013", "\014", "\015", "\016", "\017", "\020", "\021", "\022", "\023", "\024", "\025",
	        "\026", "\027", "\030", "\031", "\032", "\033", "\034", "\035", "\036", "\037"};
	bool good = letter > '@' && letter <= '_';
	return good ? bytes[letter - '@'] : NULL;
}

const char *tg_harness_key_bytes(const char *name)
{
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (strcmp(keys[i].name, name) == 0)
			return keys[i].bytes;
	if (strncmp(name, "Ctrl-", 5) == 0 && name[5] && !name[6])
		return control(name[5] >= 'a' && name[5] <= 'z' ? (char)(name[5] - 'a' + 'A') : name[5]);
	return NULL;
}

bool tg_harness_key(struct tg_harness *h, const char *name)
{
	char key[32];
	const char *star = strchr(name, '*');
	size_t n = star ? (size_t)(star - name) : strlen(name);
	if (n >= sizeof key)
		return false;
	memcpy(key, name, n);
	key[n] = '\0';
	char *end = NULL;
	long times = star ? strtol(star + 1, &end, 10) : 1;
	const char *bytes = tg_harness_key_bytes(key);
	if (!bytes || times < 1 || times > 1000 || (end && *end))
		return false;
	for (; times > 0; times--) {
		tg_harness_send(h, bytes, strlen(bytes));
		/* Esc and the next key must not be taken for one sequence. */
		if (strcmp(key, "Esc") == 0)
			tg_harness_settle(h, 60, 60);
	}
	return true;
}
