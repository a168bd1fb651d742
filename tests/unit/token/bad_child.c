/* In the place of tamga-token: talks nonsense, of the kind named by its first argument (the carriers path). */
#include <string.h>
#include <unistd.h>

static void say(const void *bytes, size_t n)
{
	if (write(3, bytes, n) < 0)
		_exit(1);
}

int main(int argc, char **argv)
{
	char request[4096];
	const char *kind = argc > 1 ? argv[1] : "";
	if (strcmp(kind, "early") == 0)
		say("\0\0\0\2\x80\1", 6); /* an answer that nobody asked for */
	if (strcmp(kind, "exit") == 0)
		return 5;
	if (read(3, request, sizeof request) <= 0)
		return 0;
	if (strcmp(kind, "huge") == 0)
		say("\x7f\xff\xff\xff\x80\1", 6);
	if (strcmp(kind, "short") == 0)
		say("\0\0\0\1\x80", 5);
	if (strcmp(kind, "kind") == 0)
		say("\0\0\0\x0c\x80\2\0\0\0\0\0\4\0\0\0\0", 16); /* success, of another operation */
	if (strcmp(kind, "status") == 0)
		say("\0\0\0\x0c\x80\1\0\0\0\0\0\4\0\0\xff\xff", 16); /* a status that is not in the list */
	if (strcmp(kind, "field") == 0)
		say("\0\0\0\x0c\x80\1\0\0\0\0\0\x40\0\0\0\0", 16); /* a field longer than its frame */
	if (strcmp(kind, "twice") == 0)
		say("\0\0\0\x16\x80\1\0\0\0\0\0\4\0\0\0\0\0\0\0\0\0\4\0\0\0\0", 26); /* the status twice */
	if (strcmp(kind, "half") == 0)
		say("\0\0\0\x40\x80\1\0\0", 8); /* and then silence */
	for (;;)
		pause();
}
