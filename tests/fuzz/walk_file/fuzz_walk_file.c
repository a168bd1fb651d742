/* A walk file of any bytes is read, or refused with a line and a column. */
#include "walkfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_walk w;
	struct tg_error err = {0};
	char *text = malloc(n + 1); /* exactly so long: a step too far is seen */
	if (!text)
		return 0;
	memcpy(text, data, n);
	text[n] = '\0';
	enum tg_status st = tg_walk_parse(&w, "fuzz", text, n, &err);
	if (st != TG_OK && (err.line < 1 || err.column < 1))
		abort();
	tg_walk_finish(&w);
	free(text);
	return 0;
}
