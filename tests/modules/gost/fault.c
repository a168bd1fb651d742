#include "module.h"

#include <signal.h>
#include <unistd.h>

/* How often each fault's function was called in this process. */
static struct {
	char what[64];
	unsigned calls;
} counted[16];

static unsigned *counter(const char *what, size_t n)
{
	for (size_t i = 0; i < ROOM(counted); i++) {
		if (counted[i].what[0] == '\0')
			(void)snprintf(counted[i].what, sizeof counted[i].what, "%.*s", (int)n, what);
		if (strlen(counted[i].what) == n && strncmp(counted[i].what, what, n) == 0)
			return &counted[i].calls;
	}
	return NULL;
}

/* One "KIND:FUNCTION[:N]" of `n` bytes: whether it is this function's turn. */
static bool due(const char *one, size_t n, const char *function)
{
	const char *name = memchr(one, ':', n);
	if (name == NULL)
		return false;
	name++;
	size_t left = n - (size_t)(name - one), len = strlen(function);
	if (left < len || strncmp(name, function, len) != 0 || (left > len && name[len] != ':'))
		return false;
	unsigned *calls = counter(one, n);
	if (calls == NULL)
		return false;
	++*calls;
	if (left > len + 1 && name[len + 1] == '*')
		return true;
	unsigned long want = left > len + 1 ? strtoul(name + len + 1, NULL, 10) : 1;
	return *calls == want;
}

static enum fault act(const char *kind)
{
	if (file_there("once")) /* a fault that does not come again */
		file_remove("fault");
	if (strncmp(kind, "hang:", 5) == 0)
		for (;;)
			(void)pause();
	if (strncmp(kind, "crash:", 6) == 0)
		(void)raise(SIGSEGV);
	if (strncmp(kind, "pull:", 5) == 0) {
		(void)file_write("absent", "", 0);
		return FAULT_PULL;
	}
	if (strncmp(kind, "probe:", 6) == 0)
		probe();
	if (strncmp(kind, "error:", 6) == 0)
		return FAULT_ERROR;
	return strncmp(kind, "garbage:", 8) == 0 ? FAULT_GARBAGE : FAULT_NONE;
}

static enum fault in_list(const char *list, const char *function)
{
	while (*list != '\0') {
		size_t n = strcspn(list, ",\n");
		if (due(list, n, function))
			return act(list);
		list += n + (list[n] != '\0');
	}
	return FAULT_NONE;
}

enum fault fault_at(const char *function)
{
	char text[512];
	const char *list = getenv("TAMGA_TEST_GOST_FAULT");
	enum fault f = list == NULL ? FAULT_NONE : in_list(list, function);
	if (f == FAULT_NONE && file_read("fault", text, sizeof text) > 0)
		f = in_list(text, function);
	return f;
}
