/* The tables. Kinds and bodies are bytes: what a kiosk sends need not be UTF-8, and one entry that the database refuses
 * would keep all others out. Only the streams' ids, which are checked, are text.
 *
 * `journal` has one index over its places, in partitions of 2^24 rows, made before they are reached; of (kiosk, seq)
 * only every 64th is indexed, and `before` leads from there to the others: no unique index over history. `high_water`
 * keeps sequences dense, `head` places. */
#include "pg.h"

#define VERSION 1

static const char *const tables =
        "CREATE SCHEMA tamga;"
        "CREATE TABLE tamga.meta (id int PRIMARY KEY CHECK (id = 1), version bigint NOT NULL, shard text NOT NULL);"
        "CREATE TABLE tamga.head (id int PRIMARY KEY CHECK (id = 1), place bigint NOT NULL, hash bytea NOT NULL, "
        "owner bytea NOT NULL, epoch bytea NOT NULL, peaks bytea NOT NULL, parts bigint NOT NULL, "
        "confirmed bigint NOT NULL) WITH (fillfactor = 10);"
        "INSERT INTO tamga.head VALUES (1, 0, '', '', '', '', 1, 0);"
        "CREATE TABLE tamga.journal (kiosk text COLLATE \"C\" NOT NULL, seq bigint NOT NULL, time_ms bigint NOT NULL, "
        "kind bytea NOT NULL, version bigint NOT NULL, body bytea, salt bytea NOT NULL, body_hash bytea NOT NULL, "
        "prev_hash bytea NOT NULL, hash bytea NOT NULL, place bigint NOT NULL, before bigint NOT NULL, "
        "received_ms bigint NOT NULL, PRIMARY KEY (place)) PARTITION BY RANGE (place);"
        "CREATE INDEX journal_mark ON tamga.journal (kiosk, seq) WHERE seq % 64 = 0;"
        "CREATE TABLE tamga.high_water (kiosk text COLLATE \"C\" PRIMARY KEY, seq bigint NOT NULL, hash bytea NOT "
        "NULL, "
        "place bigint NOT NULL) WITH (fillfactor = 50);"
        "CREATE FUNCTION tamga.make_part(n bigint) RETURNS void LANGUAGE plpgsql AS $$ BEGIN "
        "EXECUTE format('CREATE TABLE tamga.journal_%s PARTITION OF tamga.journal FOR VALUES FROM (%s) TO (%s) "
        "WITH (toast_tuple_target = 8160)', n, n << 24, (n + 1) << 24); END $$;"
        "SELECT tamga.make_part(0);"
        /* Moves the high water of each stream of a group from the entry before its first to its last one, and the head
         * of the journal. */
        "CREATE FUNCTION tamga.advance(streams text[], seqs bigint[], prevs bytea[], earlier bigint[], lasts bigint[], "
        "hashes bytea[], places bigint[], new_place bigint, new_hash bytea, new_peaks bytea) RETURNS void "
        "LANGUAGE plpgsql AS $$ DECLARE fit bigint; BEGIN "
        "SELECT count(*) INTO fit FROM unnest(streams, seqs, prevs, earlier) AS t (k, s, p, b) "
        "LEFT JOIN tamga.high_water w ON w.kiosk = t.k "
        "WHERE (w.kiosk IS NULL AND s = 1 AND b = 0) OR (w.seq = s - 1 AND w.hash = p AND w.place = b); "
        "IF fit <> cardinality(streams) THEN "
        "RAISE EXCEPTION 'the rows do not follow from what is there' USING ERRCODE = 'TG001'; END IF; "
        "INSERT INTO tamga.high_water AS w (kiosk, seq, hash, place) "
        "SELECT * FROM unnest(streams, lasts, hashes, places) "
        "ON CONFLICT (kiosk) DO UPDATE SET seq = EXCLUDED.seq, hash = EXCLUDED.hash, place = EXCLUDED.place; "
        "UPDATE tamga.head SET place = new_place, hash = new_hash, peaks = new_peaks WHERE id = 1; "
        "END $$;";

static enum tg_status make_locked(struct tg_pg *pg, struct tg_error *err)
{
	struct tg_pg_values v = {0};
	PGresult *r = NULL;
	/* Two that begin at once: the second waits here and finds the tables. */
	TG_TRY(tg_pg_do(pg, "SELECT pg_advisory_xact_lock(6072341)", err));
	TG_TRY(tg_pg_ask(pg, "SELECT to_regclass('tamga.meta') IS NOT NULL", NULL, &r, err));
	bool there = tg_pg_int(r, 0, 0) != 0;
	PQclear(r);
	if (there)
		return TG_OK;
	TG_TRY(tg_pg_do(pg, tables, err));
	tg_pg_add_int(&v, VERSION);
	tg_pg_add_bytes(&v, pg->shard, strlen(pg->shard));
	enum tg_status st = tg_pg_ask(pg, "INSERT INTO tamga.meta VALUES (1, $1::bigint, $2::text)", &v, NULL, err);
	tg_pg_values_finish(&v);
	return st;
}

static enum tg_status make(struct tg_pg *pg, struct tg_error *err)
{
	enum tg_status st = tg_pg_begin(pg, err);
	if (st == TG_OK)
		st = make_locked(pg, err);
	if (st == TG_OK)
		return tg_pg_commit(pg, err);
	tg_pg_rollback(pg);
	return st;
}

enum tg_status tg_pg_schema(struct tg_pg *pg, struct tg_error *err)
{
	PGresult *r = NULL;
	char shard[80], names[400];
	TG_TRY(tg_pg_ask(pg,
	        "SELECT to_regclass('tamga.meta') IS NOT NULL, current_setting('synchronous_standby_names'), "
	        "current_setting('fsync') || current_setting('full_page_writes')",
	        NULL, &r, err));
	bool there = tg_pg_int(r, 0, 0) != 0;
	enum tg_status st = tg_pg_text(r, 0, 1, names, sizeof(names)) ? tg_pg_quorum(pg, names, err) : TG_BUG;
	if (st == TG_OK && strcmp(PQgetvalue(r, 0, 2), "onon") != 0)
		st = tg_error_set(err, TG_CONFIG, "postgres: fsync and full_page_writes must be on");
	PQclear(r);
	if (st == TG_OK && !there)
		st = make(pg, err);
	if (st == TG_OK)
		st = tg_pg_ask(pg, "SELECT version, shard FROM tamga.meta WHERE id = 1", NULL, &r, err);
	if (st != TG_OK)
		return st;
	bool good = PQntuples(r) == 1 && tg_pg_int(r, 0, 0) == VERSION;
	bool ours = good && tg_pg_text(r, 0, 1, shard, sizeof(shard)) && strcmp(shard, pg->shard) == 0;
	PQclear(r);
	if (!good)
		return tg_error_set(err, TG_CONFIG, "postgres: its tables are another version's");
	return ours ? TG_OK
	            : tg_error_set(err, TG_CONFIG, "postgres: the database is shard «%.40s»'s, not «%.40s»'s", shard,
	                      pg->shard);
}
