/* Rows of a journal, found page by page, whatever leads to them is damaged: each leaf of a table is looked through for
 * rows of the journal's shape (the file format and that of the log are SQLite's own and do not change:
 * https://www.sqlite.org/fileformat2.html). Nothing here is believed: a row counts when its hash is that of its words.
 */
#include "damaged.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUR_PAGE    8192 /* where the file does not say it any more */
#define LEAF        13
#define FILE_HEADER 100
#define LEAF_HEADER 8
#define LOG_HEADER  32
#define LOG_FRAME   24
#define COLUMNS     13
#define ROW_MAX     (TG_BODY_MAX + 4096)

/* A row of the journal: place, stream, number, time, kind, version, body, salt, three hashes, the one before, received.
 * The place is the key and not written again. */
enum { COL_KIOSK = 1, COL_SEQ, COL_TIME, COL_KIND, COL_VERSION, COL_BODY, COL_SALT, COL_HASHES, COL_RECEIVED = 12 };

struct bytes {
	const uint8_t *p, *end;
};

static uint32_t big(const uint8_t *p, int n)
{
	uint32_t v = 0;
	for (int i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static bool varint(struct bytes *b, uint64_t *v)
{
	*v = 0;
	for (int i = 0; i < 9; i++) {
		if (b->p >= b->end)
			return false;
		const uint8_t c = *b->p++;
		if (i == 8) {
			*v = *v << 8 | c;
			return true;
		}
		*v = *v << 7 | (c & 0x7f);
		if (c < 0x80)
			return true;
	}
	return true;
}

/* --- Pages */

static bool read_page(struct tg_leaves *l, uint32_t page)
{
	if (page < 1 || page > l->pages)
		return false;
	const uint32_t frame = l->logged[page];
	const off_t at = frame ? LOG_HEADER + (off_t)(frame - 1) * (LOG_FRAME + (off_t)l->page) + LOG_FRAME
	                       : (off_t)(page - 1) * (off_t)l->page;
	return pread(frame ? l->log : l->file, l->now, l->page, at) == (ssize_t)l->page;
}

static uint32_t page_size(int fd)
{
	uint8_t head[FILE_HEADER];
	uint32_t size = 0;
	if (pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) && memcmp(head, "SQLite format 3", 16) == 0)
		size = big(head + 16, 2);
	if (size == 1)
		size = 65536;
	return size >= 512 && (size & (size - 1)) == 0 ? size : OUR_PAGE;
}

static off_t size_of(int fd)
{
	struct stat st;
	return fd >= 0 && fstat(fd, &st) == 0 ? st.st_size : 0;
}

/* Calls for every frame of the log that is of the newest run of it. Pages of a transaction that was cut off are among
 * them: their rows are as good as others. */
static void each_frame(struct tg_leaves *l, void (*fn)(struct tg_leaves *l, uint32_t page, uint32_t frame))
{
	uint8_t head[LOG_HEADER], frame[LOG_FRAME];
	const off_t step = LOG_FRAME + (off_t)l->page;
	if (l->log < 0 || pread(l->log, head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return;
	for (uint32_t n = 1;
	        pread(l->log, frame, sizeof(frame), LOG_HEADER + (off_t)(n - 1) * step) == (ssize_t)sizeof(frame) &&
	        memcmp(frame + 8, head + 16, 8) == 0;
	        n++)
		fn(l, big(frame, 4), n);
}

static void count_page(struct tg_leaves *l, uint32_t page, uint32_t frame)
{
	const off_t room = size_of(l->log) / LOG_FRAME + size_of(l->file) / (off_t)l->page;
	(void)frame;
	if (page > l->pages && (off_t)page <= room)
		l->pages = page;
}

static void note_page(struct tg_leaves *l, uint32_t page, uint32_t frame)
{
	if (page >= 1 && page <= l->pages)
		l->logged[page] = frame;
}

/* --- Cells */

struct cell {
	uint64_t length;
	int64_t id;
	struct bytes local; /* as much of the row as lies in the page */
	uint32_t more;      /* page with the rest, 0: none */
};

/* File format, 1.6: how much of a row stays in its leaf. */
static uint64_t local_length(const struct tg_leaves *l, uint64_t length)
{
	const uint64_t usable = l->page, least = (usable - 12) * 32 / 255 - 23;
	if (length <= usable - 35)
		return length;
	const uint64_t k = least + (length - least) % (usable - 4);
	return k <= usable - 35 ? k : least;
}

static bool read_cell(const struct tg_leaves *l, uint32_t at, struct cell *c)
{
	struct bytes b = {l->now + at, l->now + l->page};
	uint64_t id;
	if (at < LEAF_HEADER || at >= l->page || !varint(&b, &c->length) || !varint(&b, &id) || c->length > ROW_MAX)
		return false;
	const uint64_t local = local_length(l, c->length), left = (uint64_t)(b.end - b.p);
	const bool goes_on = local < c->length;
	if (local + (goes_on ? 4 : 0) > left)
		return false;
	c->id = (int64_t)id;
	c->local = (struct bytes){b.p, b.p + local};
	c->more = goes_on ? big(b.p + local, 4) : 0;
	return id >= 1 && id <= INT64_MAX;
}

static bool is_number(uint64_t type)
{
	return (type >= 1 && type <= 6) || type == 8 || type == 9;
}

static bool is_text(uint64_t type)
{
	return type >= 13 && type % 2 == 1;
}

/* The types of its columns are those of an entry. */
static bool read_types(struct bytes row, uint64_t types[COLUMNS], struct bytes *values)
{
	const uint8_t *start = row.p;
	uint64_t header;
	if (!varint(&row, &header) || header > (uint64_t)(row.end - start))
		return false;
	for (int i = 0; i < COLUMNS; i++)
		if (!varint(&row, &types[i]))
			return false;
	*values = (struct bytes){row.p, row.end};
	bool hashes = types[COL_SALT] == 12 + 2 * TG_SALT_LEN;
	for (int i = 0; i < 3; i++)
		hashes = hashes && types[COL_HASHES + i] == 12 + 2 * TG_HASH_LEN;
	return row.p == start + header && hashes && types[0] == 0 && is_text(types[COL_KIOSK]) &&
	       is_number(types[COL_SEQ]) && is_number(types[COL_TIME]) && is_text(types[COL_KIND]) &&
	       is_number(types[COL_VERSION]) && (types[COL_BODY] == 0 || is_text(types[COL_BODY])) &&
	       is_number(types[COL_RECEIVED - 1]) && is_number(types[COL_RECEIVED]);
}

static void add_row(struct tg_leaves *l, uint32_t page, uint32_t at)
{
	struct cell c;
	struct bytes values;
	uint64_t types[COLUMNS];
	if (!read_cell(l, at, &c) || !read_types(c.local, types, &values))
		return;
	const struct tg_leaf_row row = {c.id, page, at};
	tg_buf_add(&l->rows, &row, sizeof(row));
}

static void scan_page(struct tg_leaves *l, uint32_t page)
{
	const uint32_t head = page == 1 ? FILE_HEADER : 0;
	if (!read_page(l, page) || l->now[head] != LEAF)
		return;
	const uint32_t n = big(l->now + head + 3, 2);
	for (uint32_t i = 0, p = head + LEAF_HEADER; i < n && p + 2 <= l->page; i++, p += 2)
		add_row(l, page, big(l->now + p, 2));
}

static int by_place(const void *a, const void *b)
{
	const struct tg_leaf_row *x = a, *y = b;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* --- Looked through once, when the first row is asked for */

static struct tg_leaf_row row_at(const struct tg_leaves *l, size_t i)
{
	struct tg_leaf_row row;
	memcpy(&row, l->rows.data + i * sizeof(row), sizeof(row));
	return row;
}

static void open_files(struct tg_leaves *l)
{
	char log[620];
	l->file = open(l->path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(log, sizeof(log), "%s-wal", l->path);
	l->log = open(log, O_RDONLY | O_CLOEXEC);
	l->page = page_size(l->file);
	l->pages = (uint32_t)(size_of(l->file) / (off_t)l->page);
	each_frame(l, count_page);
}

static enum tg_status look_through(struct tg_leaves *l)
{
	if (l->is_read)
		return TG_OK;
	l->is_read = true;
	open_files(l);
	l->logged = calloc((size_t)l->pages + 1, sizeof(*l->logged));
	l->now = malloc(l->page);
	if (!l->logged || !l->now) {
		l->pages = 0;
		return TG_NO_MEMORY;
	}
	each_frame(l, note_page);
	for (uint32_t page = 1; page <= l->pages; page++)
		scan_page(l, page);
	if (l->rows.len > 0)
		qsort(l->rows.data, l->rows.len / sizeof(struct tg_leaf_row), sizeof(struct tg_leaf_row), by_place);
	return tg_buf_status(&l->rows);
}

void tg_leaves_close(struct tg_leaves *l)
{
	if (l->is_read && l->file >= 0)
		(void)close(l->file);
	if (l->is_read && l->log >= 0)
		(void)close(l->log);
	free(l->logged);
	free(l->now);
	tg_buf_finish(&l->rows);
	tg_buf_wipe(&l->row);
	*l = (struct tg_leaves){0};
}

/* --- One row */

/* The page of the cell is read anew: the rest may lie in others. */
static bool gather(struct tg_leaves *l, const struct tg_leaf_row *at)
{
	struct cell c;
	if (!read_page(l, at->page) || !read_cell(l, at->at, &c))
		return false;
	tg_buf_reset(&l->row);
	tg_buf_add(&l->row, c.local.p, (size_t)(c.local.end - c.local.p));
	while (c.more != 0 && l->row.len < c.length) {
		const uint64_t left = c.length - l->row.len, here = l->page - 4;
		if (!read_page(l, c.more))
			return false;
		c.more = big(l->now, 4);
		tg_buf_add(&l->row, l->now + 4, (size_t)(left < here ? left : here));
	}
	return tg_buf_status(&l->row) == TG_OK && l->row.len == c.length;
}

static bool take_number(struct bytes *b, uint64_t type, int64_t *out)
{
	static const uint8_t widths[] = {0, 1, 2, 3, 4, 6, 8};
	if (type == 8 || type == 9) {
		*out = (int64_t)(type - 8);
		return true;
	}
	const int n = widths[type];
	if (b->end - b->p < n)
		return false;
	uint64_t v = b->p[0] & 0x80 ? UINT64_MAX : 0;
	for (int i = 0; i < n; i++)
		v = v << 8 | b->p[i];
	b->p += n;
	*out = (int64_t)v;
	return true;
}

static bool take_bytes(struct bytes *b, uint64_t type, const uint8_t **out, size_t *n)
{
	*n = type >= 12 ? (size_t)((type - 12) / 2) : 0;
	*out = b->p;
	if ((size_t)(b->end - b->p) < *n)
		return false;
	b->p += *n;
	return true;
}

static bool take_word(struct bytes *b, uint64_t type, char *out, size_t room)
{
	const uint8_t *p;
	size_t n;
	if (!take_bytes(b, type, &p, &n) || n >= room || memchr(p, 0, n))
		return false;
	memcpy(out, p, n);
	out[n] = '\0';
	return true;
}

static bool take_fixed(struct bytes *b, uint64_t type, uint8_t *out)
{
	const uint8_t *p;
	size_t n;
	if (!take_bytes(b, type, &p, &n))
		return false;
	memcpy(out, p, n); /* read_types has seen how many */
	return true;
}

static bool read_entry(struct bytes row, struct tg_entry *e, int64_t *received_ms)
{
	uint64_t t[COLUMNS];
	struct bytes b;
	const uint8_t *body;
	int64_t seq, version, before;
	*e = (struct tg_entry){0};
	if (!read_types(row, t, &b) || !take_word(&b, t[COL_KIOSK], e->kiosk, sizeof(e->kiosk)) ||
	        !take_number(&b, t[COL_SEQ], &seq) || !take_number(&b, t[COL_TIME], &e->time_ms) ||
	        !take_word(&b, t[COL_KIND], e->kind, sizeof(e->kind)) || !take_number(&b, t[COL_VERSION], &version) ||
	        !take_bytes(&b, t[COL_BODY], &body, &e->body_len) || !take_fixed(&b, t[COL_SALT], e->salt) ||
	        !take_fixed(&b, t[COL_HASHES], e->body_hash) || !take_fixed(&b, t[COL_HASHES + 1], e->prev_hash) ||
	        !take_fixed(&b, t[COL_HASHES + 2], e->hash) || !take_number(&b, t[COL_RECEIVED - 1], &before) ||
	        !take_number(&b, t[COL_RECEIVED], received_ms))
		return false;
	e->seq = (uint64_t)seq;
	e->version = (uint32_t)version;
	e->body = t[COL_BODY] ? (const char *)body : NULL;
	return seq > 0 && version >= 0 && version <= UINT32_MAX && e->body_len <= TG_BODY_MAX &&
	       tg_entry_check(e, e->prev_hash) == TG_OK;
}

bool tg_leaves_row(struct tg_leaves *l, int64_t id, struct tg_entry *e, int64_t *received_ms)
{
	if (look_through(l) != TG_OK)
		return false;
	size_t from = 0, to = l->rows.len / sizeof(struct tg_leaf_row);
	const size_t n = to;
	while (from < to) {
		const size_t middle = from + (to - from) / 2;
		if (row_at(l, middle).id < id)
			from = middle + 1;
		else
			to = middle;
	}
	for (; from < n; from++) {
		const struct tg_leaf_row at = row_at(l, from);
		if (at.id != id)
			return false;
		if (gather(l, &at) && read_entry((struct bytes){l->row.data, l->row.data + l->row.len}, e, received_ms))
			return true;
	}
	return false;
}

int64_t tg_leaves_end(struct tg_leaves *l, int64_t possible)
{
	struct tg_entry e;
	int64_t ms;
	if (look_through(l) != TG_OK)
		return 0;
	for (size_t i = l->rows.len / sizeof(struct tg_leaf_row); i > 0; i--) {
		const int64_t id = row_at(l, i - 1).id;
		if (id <= possible && tg_leaves_row(l, id, &e, &ms))
			return id;
	}
	return 0;
}
