#include "db.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAL_TRIES  40
#define WAL_NAP_MS 50

static const char *const always = "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; "
                                  "PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON;";
static const char *const durable[] = {
        /* The agent moves the log into the file after acknowledgements (sync_state.c); the kiosk itself, whose appends
         * a person waits for, only when the agent has not done so for long. */
        [TG_STORE_KIOSK] = "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216; "
                           "PRAGMA wal_autocheckpoint = 4000;",
        /* Large groups: fewer, larger checkpoints and a cache for the tables that are not append-only. */
        [TG_STORE_CENTRE] = "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 268435456; "
                            "PRAGMA wal_autocheckpoint = 8000; PRAGMA cache_size = -262144;",
};

/* Group-readable at most, whatever the umask: the bodies are personal. A file that is there already must not be opened
 * and closed here: closing drops the locks that this process may hold on it through SQLite. */
static enum tg_status make_file(const char *path, struct tg_error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
	if (fd >= 0) {
		close(fd);
		return TG_OK;
	}
	if (errno == EEXIST)
		return TG_OK;
	return tg_error_set(err, errno == ENOSPC || errno == EDQUOT ? TG_DISK_FULL : TG_STORE_OPEN,
	        "store: cannot make the database: %s", strerror(errno));
}

static int ask_wal(struct tg_store *s, bool *is_wal)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db, "PRAGMA journal_mode = WAL", -1, &q, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(q);
	const unsigned char *mode = rc == SQLITE_ROW ? sqlite3_column_text(q, 0) : NULL;
	*is_wal = mode && strcmp((const char *)mode, "wal") == 0;
	sqlite3_finalize(q);
	return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* Switching a new file to WAL needs it alone and does not wait by itself for the other process that does the same. */
static enum tg_status use_wal(struct tg_store *s, struct tg_error *err)
{
	bool is_wal = false;
	int rc = ask_wal(s, &is_wal);
	for (int i = 1; i < WAL_TRIES && (rc & 0xff) == SQLITE_BUSY; i++) {
		sqlite3_sleep(WAL_NAP_MS);
		rc = ask_wal(s, &is_wal);
	}
	if (rc != SQLITE_OK)
		return tg_db_fail(s, rc, "journal_mode", err);
	return is_wal ? TG_OK : tg_error_set(err, TG_STORE_OPEN, "store: no write-ahead log possible at this place");
}

static enum tg_status connect_to(struct tg_store *s, const char *path, int flags, struct tg_error *err)
{
	int rc = sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc != SQLITE_OK)
		return tg_db_fail(s, rc, "open", err);
	(void)sqlite3_busy_timeout(s->db, TG_BUSY_MS);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	return tg_db_exec(s, always, err);
}

static enum tg_status prepare_writer(struct tg_store *s, enum tg_store_role role, struct tg_error *err)
{
	if (role == TG_STORE_CENTRE)
		TG_TRY(tg_db_exec(s, "PRAGMA page_size = 8192", err));
	TG_TRY(use_wal(s, err));
	TG_TRY(tg_db_exec(s, durable[role], err));
	return tg_schema_migrate(s, err);
}

static enum tg_status open_writer(
        struct tg_store *s, const char *path, enum tg_store_role role, const char *kiosk, struct tg_error *err)
{
	s->role = role;
	(void)tg_copy(s->kiosk, sizeof(s->kiosk), kiosk ? kiosk : "");
	if (role == TG_STORE_CENTRE && tg_mend_is_cut_off(path))
		return tg_error_set(err, TG_STORE_DAMAGED, "store: mending was cut off: tamgactl journal mend goes on");
	TG_TRY(make_file(path, err));
	TG_TRY(connect_to(s, path, SQLITE_OPEN_READWRITE, err));
	TG_TRY(prepare_writer(s, role, err));
	TG_TRY(tg_schema_read(s, err));
	if (s->role != role)
		return tg_error_set(err, TG_STORE_OPEN, "store: a kiosk's database at the centre, or the reverse");
	if (kiosk && strcmp(kiosk, s->kiosk) != 0)
		return tg_error_set(err, TG_STORE_OPEN, "store: belongs to stream %s, not %s", s->kiosk, kiosk);
	TG_TRY(tg_check_heads(s, err));
	return s->role == TG_STORE_CENTRE ? tg_outer_attach(s, err) : TG_OK;
}

static enum tg_status hand_over(struct tg_store **out, struct tg_store *s, enum tg_status st)
{
	*out = st == TG_OK ? s : NULL;
	if (st != TG_OK)
		tg_store_close(s);
	return st;
}

enum tg_status tg_store_open(
        struct tg_store **out, const char *path, enum tg_store_role role, const char *kiosk, struct tg_error *err)
{
	*out = NULL;
	TG_BUG_IF((role == TG_STORE_KIOSK) != (kiosk != NULL));
	if (kiosk && !tg_kiosk_id_valid(kiosk))
		return tg_error_set(err, TG_STORE_OPEN, "store: not a stream id");
	struct tg_store *s = calloc(1, sizeof(*s));
	if (!s)
		return tg_error_set(err, TG_NO_MEMORY, "store");
	return hand_over(out, s, open_writer(s, path, role, kiosk, err));
}

enum tg_status tg_store_open_readonly(struct tg_store **out, const char *path, struct tg_error *err)
{
	*out = NULL;
	struct tg_store *s = calloc(1, sizeof(*s));
	if (!s)
		return tg_error_set(err, TG_NO_MEMORY, "store");
	enum tg_status st = connect_to(s, path, SQLITE_OPEN_READONLY, err);
	if (st == TG_OK)
		st = tg_schema_read(s, err);
	return hand_over(out, s, st);
}

/* The role must be known before the pragmas that depend on it. */
static enum tg_status open_existing(struct tg_store *s, const char *path, struct tg_error *err)
{
	TG_TRY(connect_to(s, path, SQLITE_OPEN_READWRITE, err));
	TG_TRY(tg_schema_read(s, err));
	TG_TRY(tg_db_exec(s, durable[s->role], err));
	TG_TRY(tg_schema_migrate(s, err));
	TG_TRY(tg_schema_read(s, err));
	TG_TRY(tg_check_heads(s, err));
	return s->role == TG_STORE_CENTRE ? tg_outer_attach(s, err) : TG_OK;
}

enum tg_status tg_store_open_existing(struct tg_store **out, const char *path, struct tg_error *err)
{
	*out = NULL;
	struct tg_store *s = calloc(1, sizeof(*s));
	if (!s)
		return tg_error_set(err, TG_NO_MEMORY, "store");
	return hand_over(out, s, open_existing(s, path, err));
}

void tg_store_close(struct tg_store *s)
{
	if (!s)
		return;
	for (int i = 0; i < TG_SQL_COUNT; i++)
		sqlite3_finalize(s->stmt[i]);
	tg_segments_close(s);
	tg_outer_close(s);
	sqlite3_close_v2(s->db);
	free(s);
}
