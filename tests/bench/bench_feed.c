/* A kiosk that was away for a month: 100,000 items that others took the place of, 20,000 that stand, read page by page
 * into a kiosk's tables, each page durable; no network. And what a kiosk that needs everything anew costs. C-5.
 *   bench_feed   prints "name value unit" lines; bounded to a minute */
#include "tamga/sync.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SUPERSEDED 100000u
#define LIVE       20000u
#define BODY       400

static char dir[64];
static struct tg_store *centre;
static unsigned pages, items;
static size_t bytes;

static int die(const char *what, const struct tg_error *err)
{
	fprintf(stderr, "bench_feed: %s: %s\n", what, err ? err->detail : "");
	exit(1);
}

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct tg_store *open_store(const char *name, enum tg_store_role role)
{
	char path[128];
	struct tg_error err = {0};
	struct tg_store *s = NULL;
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (tg_store_open(&s, path, role, role == TG_STORE_KIOSK ? "K01A-1" : NULL, &err) != TG_OK)
		die(name, &err);
	return s;
}

static void fill(void)
{
	char body[BODY], key[72];
	memset(body, 'x', sizeof(body));
	for (unsigned i = 0; i < SUPERSEDED + LIVE; i++) {
		/* Each of the first 10,000 things is said eleven times: ten of them were taken the place of. */
		unsigned thing = i < SUPERSEDED ? i % (LIVE / 2) : i - SUPERSEDED;
		struct tg_error err = {0};
		struct tg_feed_item item = {.time_ms = 1000 + i, .kind = "register", .body = body};
		(void)snprintf(key, sizeof(key), "thing-%u", thing);
		(void)tg_copy(item.key, sizeof(item.key), key);
		item.body_len = (size_t)snprintf(body, sizeof(body), "{\"ms\":%u,\"source\":\"%0150u\"}", i, i);
		if (tg_store_feed_add(centre, &item, &err) != TG_OK)
			die("an item", &err);
	}
}

static enum tg_status give(void *ctx, const struct tg_feed_place *asked, struct tg_buf *answer, struct tg_error *err)
{
	static struct tg_feed_writer page;
	struct tg_feed_place at = *asked;
	uint64_t head = 0;
	(void)ctx;
	TG_TRY(tg_store_feed_begin(centre, &at, 1, &head, err));
	tg_feed_write_begin(&page, asked->after, &at, at.walk != asked->walk);
	enum tg_status st =
	        tg_store_feed_for(centre, "K01A-1", at.after, (int)TG_FEED_PAGE_ITEMS + 1, tg_feed_write, &page, err);
	if (st != TG_OK && st != TG_LIMIT)
		return st;
	items += page.n;
	TG_TRY(tg_feed_write_end(&page, head, st == TG_LIMIT, 1));
	pages++;
	bytes += page.bytes.len;
	tg_buf_add(answer, page.bytes.data, page.bytes.len);
	return tg_buf_status(answer);
}

static void read_all(struct tg_store *kiosk, const char *name)
{
	struct tg_sync s;
	struct tg_error err = {0};
	const struct tg_sender_config pace = tg_sender_defaults();
	bool more = true;
	tg_sync_init(&s, &pace);
	s.store = kiosk;
	s.port.feed = give;
	pages = items = 0;
	bytes = 0;
	double since = now_s();
	while (more)
		if (tg_sync_feed(&s, &more, &err) != TG_OK)
			die("a page", &err);
	double took = now_s() - since;
	printf("%s_s %.3f s\n%s_pages %u pages\n%s_items %u items\n%s_bytes %zu bytes\n", name, took, name, pages, name,
	        items, name, bytes);
	tg_sync_finish(&s);
}

static void forget_one(void)
{
	struct tg_error err = {0};
	int n = 0;
	struct tg_feed_item gone = {.time_ms = 900000, .kind = "register", .key = "thing-1"};
	if (tg_store_feed_add(centre, &gone, &err) != TG_OK ||
	        tg_store_feed_tidy(centre, 1000000, 10, &n, &err) != TG_OK || n != 1)
		die("forgetting", &err);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	(void)snprintf(dir, sizeof(dir), "%.40s/feedXXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return die("a directory", NULL);
	centre = open_store("centre.db", TG_STORE_CENTRE);
	struct tg_store *kiosk = open_store("kiosk.db", TG_STORE_KIOSK);
	double since = now_s();
	fill();
	printf("feed_said %.0f items/s\n", (SUPERSEDED + LIVE) / (now_s() - since));
	read_all(kiosk, "feed_month");
	forget_one();
	read_all(kiosk, "feed_anew");
	tg_store_close(kiosk);
	tg_store_close(centre);
	static const char *const names[] = {
	        "centre.db", "kiosk.db", "centre.db-wal", "kiosk.db-wal", "centre.db-shm", "kiosk.db-shm"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[128];
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	return rmdir(dir) == 0 ? 0 : 1;
}
