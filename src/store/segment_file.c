/* The file of one sealed month while it is made: filled from the journal in small portions, looked through once more
 * when it is whole, then given its name. */
#include "db.h"
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PORTION 2000 /* rows read in one go: a reader must not keep the log from being emptied for long */

static const char *const tables =
        "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = "
        "EXCLUSIVE; "
        "PRAGMA application_id = 1414350657; PRAGMA user_version = 5;"
        "CREATE TABLE segment (name TEXT PRIMARY KEY, first_id INTEGER NOT NULL, last_id INTEGER NOT NULL, "
        "sealed_ms INTEGER NOT NULL, root BLOB NOT NULL, format INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE journal (id INTEGER PRIMARY KEY, kiosk TEXT NOT NULL, seq INTEGER NOT NULL, "
        "time_ms INTEGER NOT NULL, kind TEXT NOT NULL, version INTEGER NOT NULL, body TEXT, salt BLOB NOT NULL, "
        "body_hash BLOB NOT NULL, prev_hash BLOB NOT NULL, hash BLOB NOT NULL, before INTEGER NOT NULL, "
        "received_ms INTEGER NOT NULL) STRICT;";
static const char *const indexed = "CREATE UNIQUE INDEX journal_entry ON journal (kiosk, seq)";

#define INSERT                                                                                                         \
	"INSERT INTO journal (" TG_ENTRY_COLUMNS ", received_ms) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)"
#define SELECT "SELECT " TG_ENTRY_COLUMNS ", received_ms FROM journal WHERE id BETWEEN ?1 AND ?2 ORDER BY id"
enum { COLUMNS = 13 };

static enum tg_status file_failed(const char *path, struct tg_error *err)
{
	enum tg_status st = errno == ENOSPC || errno == EDQUOT ? TG_DISK_FULL : TG_IO;
	return tg_error_at(err, st, path, 0, 0, "%s", strerror(errno));
}

static enum tg_status make_failed(struct tg_seal *m, struct tg_error *err)
{
	int rc = m->db ? sqlite3_errcode(m->db) & 0xff : SQLITE_NOMEM;
	enum tg_status st = rc == SQLITE_FULL ? TG_DISK_FULL : TG_IO;
	if (rc == SQLITE_IOERR && sqlite3_system_errno(m->db) == ENOSPC)
		st = TG_DISK_FULL;
	if (rc == SQLITE_CONSTRAINT)
		st = TG_STORE_DAMAGED; /* two rows say that they are the same entry */
	return tg_error_at(err, st, m->making, 0, 0, "%s", m->db ? sqlite3_errmsg(m->db) : "no memory");
}

static enum tg_status run(struct tg_seal *m, const char *sql, struct tg_error *err)
{
	return sqlite3_exec(m->db, sql, NULL, NULL, NULL) == SQLITE_OK ? TG_OK : make_failed(m, err);
}

static enum tg_status make_empty(struct tg_seal *m, struct tg_error *err)
{
	if (unlink(m->making) != 0 && errno != ENOENT)
		return file_failed(m->making, err);
	int fd = open(m->making, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return file_failed(m->making, err);
	(void)close(fd);
	if (sqlite3_open_v2(m->making, &m->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return make_failed(m, err);
	return run(m, tables, err);
}

/* One row as it stands, value for value. */
static enum tg_status put_row(struct tg_seal *m, sqlite3_stmt *from, sqlite3_stmt *to, struct tg_error *err)
{
	if (sqlite3_column_int64(from, TG_COL_ID) != m->copied + 1)
		return tg_error_set(err, TG_STORE_DAMAGED, "store: the journal has no entry at place %lld",
		        (long long)m->copied + 1);
	for (int i = 0; i < COLUMNS; i++)
		if (sqlite3_bind_value(to, i + 1, sqlite3_column_value(from, i)) != SQLITE_OK)
			return make_failed(m, err);
	int rc = sqlite3_step(to);
	sqlite3_reset(to);
	m->copied++;
	return rc == SQLITE_DONE ? TG_OK : make_failed(m, err);
}

static enum tg_status copy_portion(
        struct tg_store *s, struct tg_seal *m, sqlite3_stmt *from, sqlite3_stmt *to, struct tg_error *err)
{
	int64_t end = m->copied + PORTION < m->last ? m->copied + PORTION : m->last;
	enum tg_status st;
	sqlite3_reset(from);
	tg_db_bind_int(from, 1, m->copied + 1);
	tg_db_bind_int(from, 2, end);
	while ((st = tg_db_row(s, from, err)) == TG_OK)
		TG_TRY(put_row(m, from, to, err));
	if (st == TG_NOT_FOUND && m->copied != end)
		st = tg_error_set(err, TG_STORE_DAMAGED, "store: the journal has no entry at place %lld",
		        (long long)m->copied + 1);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

static enum tg_status copy_rows(struct tg_store *s, struct tg_seal *m, struct tg_error *err)
{
	sqlite3_stmt *from = NULL, *to = NULL;
	enum tg_status st = tg_db_prepare(s, SELECT, &from, err);
	if (st == TG_OK && sqlite3_prepare_v2(m->db, INSERT, -1, &to, NULL) != SQLITE_OK)
		st = make_failed(m, err);
	if (st == TG_OK)
		st = run(m, "BEGIN", err);
	for (m->copied = m->first - 1; st == TG_OK && m->copied < m->last;)
		st = copy_portion(s, m, from, to, err);
	sqlite3_finalize(from);
	sqlite3_finalize(to);
	if (st == TG_OK)
		st = run(m, "COMMIT", err);
	return st == TG_OK ? run(m, indexed, err) : st;
}

static enum tg_status write_meta(struct tg_seal *m, int64_t now_ms, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	if (sqlite3_prepare_v2(m->db, "INSERT INTO segment VALUES (?1, ?2, ?3, ?4, ?5, 1)", -1, &q, NULL) != SQLITE_OK)
		return make_failed(m, err);
	tg_db_bind_text(q, 1, m->name);
	tg_db_bind_int(q, 2, m->first);
	tg_db_bind_int(q, 3, m->last);
	tg_db_bind_int(q, 4, now_ms);
	tg_db_bind_hash(q, 5, m->root);
	enum tg_status st = sqlite3_step(q) == SQLITE_DONE ? TG_OK : make_failed(m, err);
	sqlite3_finalize(q);
	return st;
}

static enum tg_status check_row(struct tg_tree *t, sqlite3_stmt *q, struct tg_error *err)
{
	struct tg_entry e;
	uint8_t leaf[TG_HASH_LEN];
	enum tg_status st = tg_row_entry(q, &e);
	if (st == TG_OK)
		st = tg_entry_check(&e, e.prev_hash);
	if (st == TG_CHAIN_BROKEN)
		return tg_error_set(err, TG_STORE_DAMAGED, "store: stream %s, entry %llu (place %llu) was changed",
		        e.kiosk, (unsigned long long)e.seq, (unsigned long long)t->size + 1);
	TG_TRY(st);
	TG_TRY(tg_tree_leaf(e.hash, TG_HASH_LEN, leaf));
	return tg_tree_add(t, leaf, NULL, NULL);
}

enum tg_status tg_segment_check(sqlite3 *db, const char *name, struct tg_tree *t, int64_t first, int64_t last,
        const uint8_t root[TG_HASH_LEN], struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	uint8_t own[TG_HASH_LEN];
	int rc;
	enum tg_status st = TG_OK;
	if (sqlite3_prepare_v2(db, SELECT, -1, &q, NULL) != SQLITE_OK)
		return tg_segment_fail(name, db, err);
	tg_db_bind_int(q, 1, first);
	tg_db_bind_int(q, 2, last);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW && st == TG_OK)
		st = check_row(t, q, err);
	if (st == TG_OK && rc != SQLITE_DONE)
		st = tg_segment_fail(name, db, err);
	sqlite3_finalize(q);
	if (st == TG_OK)
		st = tg_tree_root(t, own);
	if (st == TG_OK && (t->size != (uint64_t)last || memcmp(own, root, TG_HASH_LEN) != 0))
		st = tg_error_set(err, TG_STORE_DAMAGED, "store: segment %s: the rows are not those of the tree", name);
	return st;
}

static enum tg_status onto_disk(const char *path, int flags, struct tg_error *err)
{
	int fd = open(path, flags | O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return file_failed(path, err);
	int rc = fsync(fd);
	enum tg_status st = rc == 0 ? TG_OK : file_failed(path, err);
	(void)close(fd);
	return st;
}

static enum tg_status close_file(struct tg_seal *m, struct tg_error *err)
{
	int rc = sqlite3_close(m->db);
	m->db = NULL;
	return rc == SQLITE_OK ? TG_OK : tg_error_at(err, TG_IO, m->making, 0, 0, "not closed");
}

enum tg_status tg_segment_name(struct tg_seal *m, struct tg_error *err)
{
	TG_TRY(close_file(m, err));
	TG_TRY(onto_disk(m->making, 0, err));
	if (chmod(m->making, 0400) != 0 || rename(m->making, m->path) != 0)
		return file_failed(m->path, err);
	return onto_disk(m->dir, O_DIRECTORY, err);
}

static enum tg_status fill(struct tg_store *s, struct tg_seal *m, int64_t now_ms, struct tg_error *err)
{
	struct tg_tree t;
	TG_TRY(make_empty(m, err));
	TG_TRY(copy_rows(s, m, err));
	TG_TRY(tg_tree_at_size(s, (uint64_t)m->first - 1, &t, err));
	struct tg_tree end;
	TG_TRY(tg_tree_at_size(s, (uint64_t)m->last, &end, err));
	TG_TRY(tg_tree_root(&end, m->root));
	TG_TRY(write_meta(m, now_ms, err));
	return tg_segment_check(m->db, m->name, &t, m->first, m->last, m->root, err);
}

enum tg_status tg_segment_make(struct tg_store *s, struct tg_seal *m, int64_t now_ms, struct tg_error *err)
{
	if (mkdir(m->dir, 0700) != 0 && errno != EEXIST)
		return file_failed(m->dir, err);
	TG_TRY(fill(s, m, now_ms, err));
	return onto_disk(m->making, 0, err);
}

void tg_segment_drop(struct tg_seal *m)
{
	(void)sqlite3_close(m->db);
	m->db = NULL;
	(void)unlink(m->making);
}
