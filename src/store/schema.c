#include "body.h"
#include "db.h"

/* "TMGA": tells our files from other SQLite files. */
#define APPLICATION_ID "1414350657"

/* The log is append-only by rowid, and history has no unique index: the small high-water table alone says which `seq`
 * comes next. `before` links the entries of one stream backwards, `mark` names every 64th of them, so that any entry is
 * found in at most 64 steps. At a kiosk id = seq. */
static const char *const version_1 =
        "CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), role TEXT NOT NULL, kiosk TEXT NOT NULL, "
        "next_number INTEGER NOT NULL) STRICT;"
        "CREATE TABLE journal (id INTEGER PRIMARY KEY, kiosk TEXT NOT NULL, seq INTEGER NOT NULL, "
        "time_ms INTEGER NOT NULL, kind TEXT NOT NULL, version INTEGER NOT NULL, body TEXT, salt BLOB NOT NULL, "
        "body_hash BLOB NOT NULL, prev_hash BLOB NOT NULL, hash BLOB NOT NULL, before INTEGER NOT NULL, "
        "received_ms INTEGER NOT NULL) STRICT;"
        "CREATE TABLE high_water (kiosk TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL, "
        "last_id INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE mark (kiosk TEXT, block INTEGER, id INTEGER NOT NULL, PRIMARY KEY (kiosk, block)) "
        "STRICT, WITHOUT ROWID;"
        "CREATE TABLE application (number TEXT PRIMARY KEY, kiosk TEXT NOT NULL, state TEXT NOT NULL, "
        "provider TEXT NOT NULL, service TEXT NOT NULL, form TEXT NOT NULL, carrier_serial TEXT NOT NULL, "
        "accepted_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL, first_seq INTEGER NOT NULL, "
        "last_seq INTEGER NOT NULL, sent_ms INTEGER NOT NULL, registered_ms INTEGER NOT NULL, last_id INTEGER NOT "
        "NULL, "
        "irregular INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE INDEX application_open ON application (carrier_serial) WHERE finished_ms = 0 AND carrier_serial <> '';"
        "CREATE TABLE application_entry (id INTEGER PRIMARY KEY REFERENCES journal (id), before INTEGER NOT NULL) "
        "STRICT;"
        "CREATE TABLE sync_state (id INTEGER PRIMARY KEY CHECK (id = 1), acked_seq INTEGER NOT NULL, acked_hash BLOB, "
        "acked_centre_ms INTEGER NOT NULL, acked_signature BLOB, acked_at_ms INTEGER NOT NULL, "
        "best_seq INTEGER NOT NULL, best_hash BLOB, best_centre_ms INTEGER NOT NULL, best_signature BLOB) STRICT;"
        "INSERT INTO sync_state VALUES (1, 0, NULL, 0, NULL, 0, 0, NULL, 0, NULL);";

/* Only a kiosk asks which applications are not sent yet. */
static const char *const version_1_kiosk =
        "CREATE INDEX application_unsent ON application (last_seq) WHERE sent_ms = 0;";

/* Wrong tries and the newest right one or reset of each stream; lives of tokens with their entries linked as those of
 * applications are; PIN work under way; the feed. In `feed` a newer item takes the place of the older one of its thing.
 */
static const char *const version_2 =
        "CREATE TABLE lock_try (certificate TEXT, kiosk TEXT, seq INTEGER, time_ms INTEGER NOT NULL, "
        "provider TEXT NOT NULL, PRIMARY KEY (certificate, kiosk, seq)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE lock_clear (certificate TEXT, kiosk TEXT, seq INTEGER NOT NULL, time_ms INTEGER NOT NULL, "
        "PRIMARY KEY (certificate, kiosk)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE token (serial TEXT PRIMARY KEY, state TEXT NOT NULL, changed_ms INTEGER NOT NULL, "
        "stated_ms INTEGER NOT NULL, last_id INTEGER NOT NULL, irregular INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE token_entry (id INTEGER PRIMARY KEY REFERENCES journal (id), before INTEGER NOT NULL) STRICT;"
        "CREATE TABLE pin_work (serial TEXT, kiosk TEXT, what TEXT NOT NULL, seq INTEGER NOT NULL, "
        "PRIMARY KEY (serial, kiosk)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE feed (cursor INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, kind TEXT NOT NULL, "
        "key TEXT NOT NULL, provider TEXT NOT NULL, audience TEXT NOT NULL, body TEXT) STRICT;"
        "CREATE UNIQUE INDEX feed_thing ON feed (kind, key);"
        "CREATE TABLE feed_state (id INTEGER PRIMARY KEY CHECK (id = 1), cursor INTEGER NOT NULL, "
        "centre_ms INTEGER NOT NULL) STRICT;"
        "INSERT INTO feed_state VALUES (1, 0, 0);";

/* A kiosk shows the applications of a token, finished ones too: one index for both questions. */
static const char *const version_2_kiosk =
        "DROP INDEX application_open;"
        "CREATE INDEX application_carrier ON application (carrier_serial) WHERE carrier_serial <> '';";

/* Applications that others decide on: desk, head and centre. A person is known by a fingerprint only this database can
 * make, and only while the application is open. `early` holds entries that came before what they speak of; `work` what
 * the centre still owes (src/decisions/0178, 0179). */
static const char *const version_3 =
        "ALTER TABLE application ADD COLUMN kind TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE application ADD COLUMN way TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE application ADD COLUMN operation TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE application ADD COLUMN proof TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE application ADD COLUMN person TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE application ADD COLUMN head TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE application ADD COLUMN power TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE application ADD COLUMN before_complaint TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE application ADD COLUMN promised_ms INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE application ADD COLUMN changed_ms INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE application ADD COLUMN code INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE application ADD COLUMN flags INTEGER NOT NULL DEFAULT 0;"
        "CREATE INDEX application_person ON application (person) WHERE person <> '';"
        "CREATE INDEX application_head ON application (head) WHERE head <> '';"
        "CREATE INDEX application_queue ON application (accepted_ms) WHERE state = 'at-desk' OR "
        "(operation = 'complaint' AND state = 'submitted');"
        "CREATE INDEX application_ssl ON application (accepted_ms) WHERE operation = 'ssl';"
        "CREATE TABLE store_key (id INTEGER PRIMARY KEY CHECK (id = 1), key BLOB NOT NULL) STRICT;"
        "INSERT INTO store_key VALUES (1, randomblob(16));"
        "CREATE TABLE early (number TEXT, id INTEGER, PRIMARY KEY (number, id)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE kiosk_role (kiosk TEXT PRIMARY KEY, role TEXT NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE claim (number TEXT PRIMARY KEY, kiosk TEXT NOT NULL, staff TEXT NOT NULL, "
        "until_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE work (what TEXT, number TEXT, id INTEGER, PRIMARY KEY (what, number, id)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE used_signature (hash TEXT PRIMARY KEY, number TEXT NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE power (power TEXT PRIMARY KEY, number TEXT NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE complaint (number TEXT PRIMARY KEY, about TEXT NOT NULL, state TEXT NOT NULL, "
        "staff TEXT NOT NULL, staff_name TEXT NOT NULL, place TEXT NOT NULL, due_ms INTEGER NOT NULL, "
        "changed_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE INDEX complaint_about ON complaint (about) WHERE about <> '';"
        "CREATE TABLE ticket (day INTEGER, ticket TEXT, kiosk TEXT NOT NULL, number TEXT NOT NULL, "
        "taken_ms INTEGER NOT NULL, called_ms INTEGER NOT NULL, served_ms INTEGER NOT NULL, "
        "PRIMARY KEY (day, ticket)) STRICT, WITHOUT ROWID;";

/* What applications cost and what came for them; references of payments, each good once; balances, known like persons
 * by fingerprints (src/decisions/0206). The second carrier of those applications that have two. */
static const char *const version_4 =
        "CREATE TABLE money (number TEXT PRIMARY KEY, provider TEXT NOT NULL, currency TEXT NOT NULL, "
        "account TEXT NOT NULL, due INTEGER NOT NULL, paid INTEGER NOT NULL, asked INTEGER NOT NULL, "
        "refunded INTEGER NOT NULL, charged INTEGER NOT NULL, produced_ms INTEGER NOT NULL, is_order INTEGER NOT NULL) "
        "STRICT, WITHOUT ROWID;"
        "CREATE TABLE payment (provider TEXT, how TEXT, reference TEXT, PRIMARY KEY (provider, how, reference)) "
        "STRICT, WITHOUT ROWID;"
        "CREATE TABLE money_move (id INTEGER PRIMARY KEY, provider TEXT NOT NULL, number TEXT NOT NULL, "
        "what TEXT NOT NULL, how TEXT NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL, "
        "time_ms INTEGER NOT NULL) STRICT;"
        "CREATE TABLE balance (account TEXT PRIMARY KEY, amount INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE company_list (number TEXT PRIMARY KEY, product TEXT NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE company (number TEXT, inn TEXT, name TEXT NOT NULL, PRIMARY KEY (number, inn)) STRICT, "
        "WITHOUT ROWID;"
        "CREATE TABLE second_carrier (number TEXT PRIMARY KEY, purpose TEXT NOT NULL, serial TEXT NOT NULL, "
        "left_out INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE INDEX second_carrier_serial ON second_carrier (serial) WHERE serial <> '';";

/* The Merkle tree over the journal (place - 1 is the index of a leaf) and what a kiosk was told of it; sealed segments,
 * which hold the first places; what is kept of erased bodies; where the journal is kept beside this file. */
static const char *const version_5 =
        "CREATE TABLE tree (id INTEGER PRIMARY KEY CHECK (id = 1), epoch BLOB NOT NULL, size INTEGER NOT NULL, "
        "peaks BLOB NOT NULL) STRICT;"
        "CREATE TABLE tree_node (level INTEGER, at INTEGER, hash BLOB NOT NULL, PRIMARY KEY (level, at)) "
        "STRICT, WITHOUT ROWID;"
        "CREATE TABLE tree_seen (n INTEGER PRIMARY KEY, epoch BLOB NOT NULL UNIQUE, size INTEGER NOT NULL, "
        "root BLOB NOT NULL, centre_ms INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, "
        "signature BLOB NOT NULL, code INTEGER NOT NULL, since_ms INTEGER NOT NULL) STRICT;"
        "ALTER TABLE sync_state ADD COLUMN acked_tree BLOB;"
        "ALTER TABLE sync_state ADD COLUMN best_tree BLOB;"
        "CREATE TABLE clock_seen (id INTEGER PRIMARY KEY CHECK (id = 1), centre_ms INTEGER NOT NULL, "
        "wall_ms INTEGER NOT NULL) STRICT;"
        "CREATE TABLE segment (name TEXT PRIMARY KEY, first_id INTEGER NOT NULL, last_id INTEGER NOT NULL, "
        "sealed_ms INTEGER NOT NULL, root BLOB NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE segment_stream (kiosk TEXT, first_seq INTEGER, last_seq INTEGER NOT NULL, name TEXT NOT NULL, "
        "PRIMARY KEY (kiosk, first_seq)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE erased (kiosk TEXT, seq INTEGER, kept TEXT NOT NULL, PRIMARY KEY (kiosk, seq)) "
        "STRICT, WITHOUT ROWID;"
        "CREATE TABLE erase_todo (kiosk TEXT, seq INTEGER, PRIMARY KEY (kiosk, seq)) STRICT, WITHOUT ROWID;"
        /* A month that was copied before and registered after an erasure. */
        "CREATE TRIGGER segment_erased AFTER INSERT ON segment_stream BEGIN "
        "INSERT OR IGNORE INTO erase_todo SELECT kiosk, seq FROM erased WHERE kiosk = NEW.kiosk AND "
        "seq BETWEEN NEW.first_seq AND NEW.last_seq; END;"
        "ALTER TABLE application ADD COLUMN held INTEGER NOT NULL DEFAULT 0;"
        "CREATE INDEX application_held ON application (last_id) WHERE held > 0 AND finished_ms > 0;"
        "CREATE TABLE outer_log (id INTEGER PRIMARY KEY CHECK (id = 1), where_to TEXT NOT NULL, owner BLOB NOT NULL) "
        "STRICT;"
        "ALTER TABLE feed ADD COLUMN seen INTEGER NOT NULL DEFAULT 1;"
        "ALTER TABLE feed_state ADD COLUMN floor INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE feed_state ADD COLUMN walk INTEGER NOT NULL DEFAULT 0;";

/* What these point to may lie in a segment. */
static const char *const version_5_links =
        "ALTER TABLE application_entry RENAME TO application_entry_4;"
        "CREATE TABLE application_entry (id INTEGER PRIMARY KEY, before INTEGER NOT NULL) STRICT;"
        "INSERT INTO application_entry SELECT id, before FROM application_entry_4;"
        "DROP TABLE application_entry_4;"
        "ALTER TABLE token_entry RENAME TO token_entry_4;"
        "CREATE TABLE token_entry (id INTEGER PRIMARY KEY, before INTEGER NOT NULL) STRICT;"
        "INSERT INTO token_entry SELECT id, before FROM token_entry_4;"
        "DROP TABLE token_entry_4;";

/* Rows of a damaged file that stand behind a gap: taken in when the kiosk has sent what is missing. */
#define TG_ASIDE_TABLE                                                                                                 \
	"CREATE TABLE aside (kiosk TEXT, seq INTEGER, time_ms INTEGER NOT NULL, kind TEXT NOT NULL, "                  \
	"version INTEGER NOT NULL, body TEXT, salt BLOB NOT NULL, body_hash BLOB NOT NULL, prev_hash BLOB NOT NULL, "  \
	"hash BLOB NOT NULL, received_ms INTEGER NOT NULL, PRIMARY KEY (kiosk, seq)) STRICT, WITHOUT ROWID;"

/* A page for one kiosk is read without looking at what is for others. */
static const char *const version_5_centre =
        TG_ASIDE_TABLE "CREATE INDEX feed_audience ON feed (audience, cursor);"
                       "CREATE INDEX feed_gone ON feed (time_ms) WHERE body IS NULL;";

/* The centre's own entries a second time, in other pages: kiosks send theirs again, these nobody has. They stay here
 * when their month is sealed (src/decisions/0264). */
static const char *const version_6_own =
        "CREATE TABLE IF NOT EXISTS own (id INTEGER PRIMARY KEY, kiosk TEXT NOT NULL, seq INTEGER NOT NULL, "
        "time_ms INTEGER NOT NULL, kind TEXT NOT NULL, version INTEGER NOT NULL, body TEXT, salt BLOB NOT NULL, "
        "body_hash BLOB NOT NULL, prev_hash BLOB NOT NULL, hash BLOB NOT NULL, before INTEGER NOT NULL, "
        "received_ms INTEGER NOT NULL) STRICT;";
static const char *const version_6_centre =
        "INSERT OR IGNORE INTO own SELECT * FROM journal WHERE kiosk = '" TG_CENTRE_STREAM "';"
        "CREATE INDEX application_idle ON application (last_id) WHERE finished_ms = 0;";

static enum tg_status make_version_1(struct tg_store *s, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	TG_TRY(tg_db_exec(s, version_1, err));
	if (s->role == TG_STORE_KIOSK)
		TG_TRY(tg_db_exec(s, version_1_kiosk, err));
	TG_TRY(tg_db_prepare(s, "INSERT INTO meta VALUES (1, ?1, ?2, 1)", &q, err));
	tg_db_bind_text(q, 1, s->role == TG_STORE_KIOSK ? "kiosk" : "centre");
	tg_db_bind_text(q, 2, s->kiosk);
	enum tg_status st = tg_db_run(s, q, err);
	sqlite3_finalize(q);
	if (st == TG_OK)
		st = tg_db_exec(s, "PRAGMA application_id = " APPLICATION_ID "; PRAGMA user_version = 1", err);
	return st;
}

static enum tg_status refuse_foreign(struct tg_store *s, struct tg_error *err)
{
	int64_t tables = 0;
	TG_TRY(tg_db_number(s, "SELECT count(*) FROM sqlite_schema", &tables, err));
	return tables == 0 ? TG_OK : tg_error_set(err, TG_STORE_OPEN, "store: the file is another program's database");
}

static enum tg_status make_version_2(struct tg_store *s, struct tg_error *err)
{
	TG_TRY(tg_db_exec(s, version_2, err));
	if (s->role == TG_STORE_KIOSK)
		TG_TRY(tg_db_exec(s, version_2_kiosk, err));
	return tg_db_exec(s, "PRAGMA user_version = 2", err);
}

/* What older programs kept without knowing what it means is read again from the journal, once all tables are there. */
static enum tg_status make_version_5(struct tg_store *s, int64_t version, struct tg_error *err)
{
	int64_t any = 0;
	if (version <= 3)
		TG_TRY(tg_db_exec(s, version_4, err));
	TG_TRY(tg_db_exec(s, version_5, err));
	TG_TRY(tg_db_exec(s, version_5_links, err));
	s->version = TG_STORE_VERSION;
	if (s->role == TG_STORE_CENTRE)
		TG_TRY(tg_db_exec(s, version_5_centre, err));
	if (s->role == TG_STORE_CENTRE)
		TG_TRY(tg_db_exec(s, version_6_own, err)); /* what follows writes entries */
	if (s->role == TG_STORE_CENTRE)
		TG_TRY(tg_tree_make_locked(s, err));
	TG_TRY(tg_told_migrate(s, err));
	TG_TRY(tg_db_number(s, "SELECT EXISTS (SELECT 1 FROM journal)", &any, err));
	if (any)
		TG_TRY(tg_rebuild_locked(s, err));
	return tg_db_exec(s, "PRAGMA user_version = 5", err);
}

static enum tg_status make_version_6(struct tg_store *s, struct tg_error *err)
{
	if (s->role == TG_STORE_CENTRE) {
		TG_TRY(tg_db_exec(s, version_6_own, err));
		TG_TRY(tg_db_exec(s, version_6_centre, err));
	}
	return tg_db_exec(s, "PRAGMA user_version = 6", err);
}

static enum tg_status migrate_locked(struct tg_store *s, struct tg_error *err)
{
	int64_t version = 0;
	/* Asked again under the lock: another process may have made the tables in the meantime. */
	TG_TRY(tg_db_number(s, "PRAGMA user_version", &version, err));
	if (version >= TG_STORE_VERSION)
		return TG_OK;
	if (version == 0) {
		TG_TRY(refuse_foreign(s, err));
		TG_TRY(make_version_1(s, err));
		version = 1;
	} else {
		/* Whose it is decides what is made of it. */
		TG_TRY(tg_schema_read(s, err));
	}
	if (version == 1)
		TG_TRY(make_version_2(s, err));
	if (version <= 2)
		TG_TRY(tg_db_exec(s, version_3, err));
	if (version <= 4)
		TG_TRY(make_version_5(s, version, err));
	return make_version_6(s, err);
}

enum tg_status tg_schema_migrate(struct tg_store *s, struct tg_error *err)
{
	int64_t version = 0;
	TG_TRY(tg_db_number(s, "PRAGMA user_version", &version, err));
	if (version >= TG_STORE_VERSION)
		return TG_OK;
	TG_TRY(tg_db_begin(s, err));
	return tg_db_end(s, migrate_locked(s, err), err);
}

enum tg_status tg_schema_is_present(struct tg_store *s, struct tg_error *err)
{
	return s->version >= TG_STORE_VERSION
	               ? TG_OK
	               : tg_error_set(err, TG_STORE_OPEN,
	                         "store: made by an older program (version %d); its own program brings it up to date",
	                         (int)s->version);
}

static enum tg_status read_meta(struct tg_store *s, struct tg_error *err)
{
	sqlite3_stmt *q = NULL;
	char role[8] = "", kiosk[TG_KIOSK_MAX + 1] = "";
	TG_TRY(tg_db_prepare(s, "SELECT role, kiosk FROM meta WHERE id = 1", &q, err));
	enum tg_status st = tg_db_row(s, q, err);
	bool read = st == TG_OK && tg_db_text(q, 0, role, sizeof(role)) && tg_db_text(q, 1, kiosk, sizeof(kiosk));
	sqlite3_finalize(q);
	if (st != TG_OK && st != TG_NOT_FOUND)
		return st;
	bool is_kiosk = strcmp(role, "kiosk") == 0;
	if (!read || (!is_kiosk && strcmp(role, "centre") != 0) || (is_kiosk && !tg_kiosk_id_valid(kiosk)))
		return tg_error_set(err, TG_STORE_DAMAGED, "store: table meta cannot be read");
	s->role = is_kiosk ? TG_STORE_KIOSK : TG_STORE_CENTRE;
	(void)tg_copy(s->kiosk, sizeof(s->kiosk), kiosk);
	return TG_OK;
}

enum tg_status tg_schema_read(struct tg_store *s, struct tg_error *err)
{
	int64_t id = 0, version = 0;
	TG_TRY(tg_db_number(s, "SELECT application_id = " APPLICATION_ID " FROM pragma_application_id", &id, err));
	TG_TRY(tg_db_number(s, "PRAGMA user_version", &version, err));
	if (!id || version < 1)
		return tg_error_set(err, TG_STORE_OPEN, "store: not a Tamga database");
	if (version > TG_STORE_VERSION)
		return tg_error_set(err, TG_STORE_OPEN, "store: made by a newer program (version %d, this is %d)",
		        (int)version, TG_STORE_VERSION);
	s->version = version;
	return read_meta(s, err);
}
