/* What a kiosk's user can put into the agent's socket, and what a kiosk can post to the centre. Input: the first byte
 * chooses: 0 to 15 a link request of that kind, others a journal batch. Whatever is accepted must keep its promises. */
#include "tamga/link.h"
#include "tamga/sync.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void try_request(uint16_t kind, struct tg_bytes body)
{
	struct tg_link_request q;
	if (tg_link_parse_request(kind, body, &q) != TG_OK || body.len == 0 || kind == TG_LINK_FRESH)
		return;
	must(q.body.data >= body.data && q.body.data + q.body.len <= body.data + body.len);
	const char *word = kind == TG_LINK_ASK ? q.path : q.endpoint;
	must(strlen(word) > 0 && strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(word));
	must(kind != TG_LINK_ASK || (q.endpoint[0] == '\0' && q.body.len <= TG_LINK_ASK_MAX));
}

static void try_batch(struct tg_bytes body)
{
	struct tg_entry *list = NULL;
	size_t n = 0;
	if (tg_batch_decode(body, "K01A-1", &list, &n) != TG_OK) {
		must(!list && n == 0);
		return;
	}
	must(n > 0 && n <= TG_BATCH_ENTRIES);
	for (size_t i = 0; i < n; i++)
		must(strcmp(list[i].kiosk, "K01A-1") == 0 && list[i].seq == list[0].seq + i &&
		        list[i].body_len <= TG_BODY_MAX);
	free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0)
		return 0;
	/* An exact copy, so that a read past the end is seen. */
	uint8_t *copy = malloc(n);
	must(copy != NULL);
	memcpy(copy, data + 1, n - 1);
	struct tg_bytes body = {copy, n - 1};
	if (data[0] < 16)
		try_request(data[0], body);
	else
		try_batch(body);
	free(copy);
	return 0;
}
