/* Bytes from the network as a page of the feed (sync.h). Whatever is accepted must be written again as the very bytes
 * that were read: no second reading of the same page. */
#include "tamga/sync.h"

#define AT_AFTER 13 /* behind the label */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_feed_read page;
	struct tg_feed_writer again = {0};
	struct tg_reader r;
	const struct tg_bytes in = {data, n};
	tg_reader_init(&r, data, n);
	(void)tg_read_bytes(&r, AT_AFTER);
	uint64_t after = tg_read_u64(&r);
	if (tg_feed_read(in, after, &page) != TG_OK)
		return 0;
	tg_feed_write_begin(&again, after);
	for (size_t i = 0; i < page.n; i++)
		if (tg_feed_write(&page.items[i], &again) != TG_OK)
			abort();
	if (tg_feed_write_end(&again, page.up_to, page.more, page.centre_ms) != TG_OK || again.bytes.len != n ||
	        memcmp(again.bytes.data, data, n) != 0)
		abort();
	tg_buf_finish(&again.bytes);
	free(page.items);
	return 0;
}
