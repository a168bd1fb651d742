/* Bytes from the network as a page of the feed (sync.h). Whatever is accepted must be written again as the very bytes
 * that were read: no second reading of the same page. */
#include "tamga/sync.h"

#define AT_AFTER 13 /* behind the label */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_feed_page page;
	struct tg_feed_item *items;
	struct tg_feed_writer again = {0};
	struct tg_reader r;
	const struct tg_bytes in = {data, n};
	tg_reader_init(&r, data, n);
	(void)tg_read_bytes(&r, AT_AFTER);
	struct tg_feed_place asked;
	asked.after = tg_read_u64(&r);
	asked.walk = tg_read_u64(&r);
	if (tg_feed_read(in, &asked, &items, &page) != TG_OK)
		return 0;
	const struct tg_feed_place from = {page.anew ? 0 : asked.after, page.walk};
	tg_feed_write_begin(&again, asked.after, &from, page.anew);
	for (size_t i = 0; i < page.n; i++)
		if (tg_feed_write(&page.items[i], &again) != TG_OK)
			abort();
	if (tg_feed_write_end(&again, page.up_to, page.more, page.centre_ms) != TG_OK || again.bytes.len != n ||
	        memcmp(again.bytes.data, data, n) != 0)
		abort();
	tg_buf_finish(&again.bytes);
	free(items);
	return 0;
}
