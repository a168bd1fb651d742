/* That something is gone is told for two months; then it is forgotten, and whoever was away longer reads everything
 * anew (C-5; src/decisions/0254). */
#include "centre.h"
#include "tamga/log.h"

#define KEPT_MS  (60 * INT64_C(86400000)) /* a kiosk that was away for a month reads only what is new */
#define EVERY_MS INT64_C(3600000)
#define AT_ONCE  1000 /* in one transaction */

enum tg_status tg_feed_forget(struct tg_store *s, int64_t now_ms, void *last_ms, struct tg_error *err)
{
	int64_t *last = last_ms;
	int n = AT_ONCE, all = 0;
	/* A clock that was set back is no reason to wait for it. */
	if (*last <= now_ms && now_ms - *last < EVERY_MS)
		return TG_OK;
	for (; n == AT_ONCE; all += n)
		TG_TRY(tg_store_feed_tidy(s, now_ms - KEPT_MS, AT_ONCE, &n, err));
	*last = now_ms;
	if (all > 0)
		tg_log_info("the feed forgets of %d things that they are gone", all);
	return TG_OK;
}
