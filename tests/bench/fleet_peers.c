#include "fleet_peers.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NGINX "/usr/sbin/nginx"

static void run(struct fleet *f, sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fleet_die(f, sqlite3_errmsg(db));
}

static void bind_row(sqlite3_stmt *q, const struct fleet_kiosk *k, int64_t seq, const char *body, size_t n)
{
	static const char zeros[TG_HASH_LEN];
	sqlite3_bind_text(q, 1, k->kiosk, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, seq);
	sqlite3_bind_int64(q, 3, 1790000000000);
	sqlite3_bind_text(q, 4, "kiosk.started", -1, SQLITE_STATIC);
	sqlite3_bind_int(q, 5, 1);
	sqlite3_bind_text(q, 6, body, (int)n, SQLITE_STATIC);
	sqlite3_bind_blob(q, 7, zeros, TG_SALT_LEN, SQLITE_STATIC);
	for (int i = 8; i <= 10; i++)
		sqlite3_bind_blob(q, i, zeros, TG_HASH_LEN, SQLITE_STATIC);
	sqlite3_bind_int64(q, 11, seq);
	sqlite3_bind_int64(q, 12, 1790000000000);
}

static sqlite3 *open_raw(struct fleet *f, sqlite3_stmt **row, sqlite3_stmt **head)
{
	char path[400];
	sqlite3 *db = NULL;
	(void)snprintf(path, sizeof(path), "%s/raw.db", f->dir);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		fleet_die(f, path);
	run(f, db,
	        "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
	        "PRAGMA wal_autocheckpoint = 8000; PRAGMA cache_size = -262144;"
	        "CREATE TABLE journal (id INTEGER PRIMARY KEY, kiosk TEXT, seq INTEGER, time_ms INTEGER, kind TEXT, "
	        "version INTEGER, body TEXT, salt BLOB, body_hash BLOB, prev_hash BLOB, hash BLOB, before INTEGER, "
	        "received_ms INTEGER);"
	        "CREATE TABLE high_water (kiosk TEXT PRIMARY KEY, seq INTEGER) WITHOUT ROWID");
	if (sqlite3_prepare_v2(db,
	            "INSERT INTO journal VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)", -1, row,
	            NULL) != SQLITE_OK ||
	        sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO high_water VALUES (?1, ?2)", -1, head, NULL) !=
	                SQLITE_OK)
		fleet_die(f, sqlite3_errmsg(db));
	return db;
}

double peer_sqlite(struct fleet *f, unsigned rows, unsigned group)
{
	sqlite3_stmt *row = NULL, *head = NULL;
	sqlite3 *db = open_raw(f, &row, &head);
	char *body = malloc(f->body);
	if (!body)
		fleet_die(f, "memory");
	memset(body, 'x', f->body);
	int64_t start = fleet_now_us();
	for (unsigned i = 0; i < rows; i += group) {
		const struct fleet_kiosk *k = &f->kiosks[(i / group) % f->n];
		run(f, db, "BEGIN IMMEDIATE");
		for (unsigned j = 0; j < group; j++) {
			bind_row(row, k, (int64_t)i + j, body, f->body);
			if (sqlite3_step(row) != SQLITE_DONE)
				fleet_die(f, sqlite3_errmsg(db));
			sqlite3_reset(row);
		}
		sqlite3_bind_text(head, 1, k->kiosk, -1, SQLITE_STATIC);
		sqlite3_bind_int64(head, 2, (int64_t)i + group);
		(void)sqlite3_step(head);
		sqlite3_reset(head);
		run(f, db, "COMMIT");
	}
	double seconds = (double)(fleet_now_us() - start) / 1e6;
	free(body);
	sqlite3_finalize(row);
	sqlite3_finalize(head);
	sqlite3_close(db);
	return rows / seconds;
}

static bool is_up(const struct fleet *f)
{
	char path[400];
	(void)snprintf(path, sizeof(path), "%s/nginx.pid", f->dir);
	return access(path, R_OK) == 0;
}

bool peer_nginx_start(struct fleet *f)
{
	char path[400], where[400];
	if (access(NGINX, X_OK) != 0)
		return false;
	(void)snprintf(path, sizeof(path), "%s/nginx.conf", f->dir);
	FILE *out = fopen(path, "we");
	if (!out)
		fleet_die(f, path);
	fprintf(out,
	        "daemon off; user root; worker_processes 2; worker_rlimit_nofile 20000; pid %s/nginx.pid; error_log "
	        "stderr crit;\n"
	        "events { worker_connections 15000; multi_accept on; }\n"
	        "http { access_log off; keepalive_timeout 300; keepalive_requests 1000000; server_tokens off;\n"
	        "client_body_temp_path %s/n1; proxy_temp_path %s/n2; fastcgi_temp_path %s/n3; uwsgi_temp_path %s/n4; "
	        "scgi_temp_path %s/n5;\n"
	        "server { listen 127.0.0.1:%u ssl backlog=4096; ssl_certificate %s/c/tls.crt; ssl_certificate_key "
	        "%s/c/tls.key; ssl_protocols TLSv1.3; ssl_session_tickets off; ssl_verify_client on; "
	        "ssl_client_certificate %s/c/channel-ca.pem; location / { return 200 \"high water\\n\"; } } }\n",
	        f->dir, f->dir, f->dir, f->dir, f->dir, f->dir, (unsigned)f->port, f->dir, f->dir, f->dir);
	if (fclose(out) != 0)
		fleet_die(f, path);
	(void)snprintf(where, sizeof(where), "%s/", f->dir);
	const char *argv[] = {NGINX, "-p", where, "-c", path, NULL};
	f->server = fleet_start(f, "nginx", argv);
	for (int i = 0; i < 100 && !is_up(f); i++)
		usleep(50000);
	usleep(300000);
	return is_up(f);
}
