#include "module.h"

/* The well-known PINs of the maker's examples (domain-facts.md §3.1). */
static const struct token fresh = {.label = "TAMGA TEST GOST",
        .serial = "0054474F53540001",
        .user = "12345678",
        .so = "87654321",
        .user_max = 10,
        .user_left = 10,
        .so_max = 10,
        .so_left = 10,
        .initialised = true,
        .pin_set = true};

bool token_present(void)
{
	return folder_there() && !file_there("absent");
}

bool token_pad(void)
{
	const char *pad = getenv("TAMGA_TEST_GOST_PAD");
	return pad != NULL && strcmp(pad, "1") == 0;
}

static void text_line(char *out, size_t cap, const char *value)
{
	(void)snprintf(out, cap, "%.*s", (int)strcspn(value, "\n"), value);
}

static void take_line(struct token *t, const char *name, const char *value)
{
	const struct {
		const char *name;
		char *text;
		size_t cap;
		int *number;
		bool *flag;
	} rows[] = {{"label", t->label, sizeof t->label, NULL, NULL},
	        {"serial", t->serial, sizeof t->serial, NULL, NULL}, {"user", t->user, sizeof t->user, NULL, NULL},
	        {"so", t->so, sizeof t->so, NULL, NULL}, {"user_max", NULL, 0, &t->user_max, NULL},
	        {"user_left", NULL, 0, &t->user_left, NULL}, {"so_max", NULL, 0, &t->so_max, NULL},
	        {"so_left", NULL, 0, &t->so_left, NULL}, {"initialised", NULL, 0, NULL, &t->initialised},
	        {"pin_set", NULL, 0, NULL, &t->pin_set}, {"must_change", NULL, 0, NULL, &t->must_change}};
	for (size_t i = 0; i < ROOM(rows); i++) {
		size_t n = strlen(rows[i].name);
		if (strncmp(name, rows[i].name, n) != 0 || name[n] != ' ')
			continue;
		if (rows[i].text != NULL)
			text_line(rows[i].text, rows[i].cap, value);
		else if (rows[i].number != NULL)
			*rows[i].number = (int)strtol(value, NULL, 10);
		else
			*rows[i].flag = value[0] == '1';
	}
}

bool token_read(struct token *t)
{
	char text[1024];
	*t = fresh;
	if (file_read("token", text, sizeof text) < 0)
		return token_write(t);
	for (char *line = text; *line != '\0';) {
		char *space = strchr(line, ' ');
		if (space != NULL)
			take_line(t, line, space + 1);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return true;
}

bool token_write(const struct token *t)
{
	char text[1024];
	int n = snprintf(text, sizeof text,
	        "label %s\nserial %s\nuser %s\nso %s\nuser_max %d\nuser_left %d\nso_max %d\nso_left %d\n"
	        "initialised %d\npin_set %d\nmust_change %d\n",
	        t->label, t->serial, t->user, t->so, t->user_max, t->user_left, t->so_max, t->so_left, t->initialised,
	        t->pin_set, t->must_change);
	return n > 0 && (size_t)n < sizeof text && file_write("token", text, (size_t)n);
}

CK_FLAGS token_flags(const struct token *t)
{
	CK_FLAGS f = CKF_RNG | CKF_LOGIN_REQUIRED;
	f |= t->initialised ? CKF_TOKEN_INITIALIZED : 0;
	f |= t->pin_set ? CKF_USER_PIN_INITIALIZED : 0;
	f |= token_pad() ? CKF_PROTECTED_AUTHENTICATION_PATH : 0;
	f |= t->must_change ? CKF_USER_PIN_TO_BE_CHANGED : 0;
	f |= t->user_left < t->user_max ? CKF_USER_PIN_COUNT_LOW : 0;
	f |= t->user_left == 1 ? CKF_USER_PIN_FINAL_TRY : 0;
	f |= t->user_left == 0 ? CKF_USER_PIN_LOCKED : 0;
	f |= t->so_left < t->so_max ? CKF_SO_PIN_COUNT_LOW : 0;
	f |= t->so_left == 1 ? CKF_SO_PIN_FINAL_TRY : 0;
	f |= t->so_left == 0 ? CKF_SO_PIN_LOCKED : 0;
	return f;
}

/* --- PINs */
static CK_RV from_pad(char out[PIN_MAX + 1])
{
	char text[256];
	if (file_read("pad", text, sizeof text) <= 0)
		return CKR_FUNCTION_CANCELED; /* nobody types */
	size_t n = strcspn(text, "\n");
	const char *rest = text + n + (text[n] == '\n');
	(void)snprintf(out, PIN_MAX + 1, "%.*s", (int)n, text);
	(void)file_write("pad", rest, strlen(rest));
	return strcmp(out, "cancel") == 0 ? CKR_FUNCTION_CANCELED : CKR_OK;
}

CK_RV token_take_pin(const CK_UTF8CHAR *pin, CK_ULONG n, char out[PIN_MAX + 1])
{
	if (pin == NULL)
		return token_pad() ? from_pad(out) : CKR_ARGUMENTS_BAD;
	if (n > PIN_MAX)
		return CKR_PIN_LEN_RANGE;
	memcpy(out, pin, n);
	out[n] = '\0';
	return CKR_OK;
}

CK_RV token_check_pin(struct token *t, CK_USER_TYPE who, const CK_UTF8CHAR *pin, CK_ULONG n)
{
	char typed[PIN_MAX + 1];
	const char *right = who == CKU_SO ? t->so : t->user;
	int *left = who == CKU_SO ? &t->so_left : &t->user_left;
	if (who == CKU_USER && !t->pin_set)
		return CKR_USER_PIN_NOT_INITIALIZED;
	if (*left <= 0)
		return CKR_PIN_LOCKED;
	CK_RV rv = token_take_pin(pin, n, typed);
	if (rv != CKR_OK)
		return rv;
	bool fits = strcmp(typed, right) == 0;
	OPENSSL_cleanse(typed, sizeof typed);
	*left = fits ? (who == CKU_SO ? t->so_max : t->user_max) : *left - 1;
	if (!token_write(t))
		return CKR_DEVICE_ERROR;
	return fits ? CKR_OK : *left == 0 ? CKR_PIN_LOCKED : CKR_PIN_INCORRECT;
}
