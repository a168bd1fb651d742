/* One session with PostgreSQL: connecting, asking, and what its failures mean here.
 *
 * Traps: COMMIT says yes with no more than a warning when somebody cancels its wait for the standbys, so that a warning
 * there is a failure (tg_pg_commit). A transaction that was cut off in that wait is seen by everybody once the server
 * starts again, although no standby has it: so each session begins with a commit of its own, which stands behind
 * everything it can see (confirm). */
#include "pg.h"
#include "tamga/text.h"

#include <errno.h>
#include <poll.h>

#define TIMEOUT_MS 5000u

static void notice(void *ctx, const PGresult *r)
{
	struct tg_pg *pg = ctx;
	const char *level = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
	pg->warnings += level && strcmp(level, "WARNING") == 0;
}

static enum tg_status say(struct tg_error *err, enum tg_status st, const char *text)
{
	char clean[200];
	tg_text_clean(clean, sizeof(clean), text ? text : "", text ? strlen(text) : 0, 180);
	return tg_error_set(err, st, "postgres: %s", clean);
}

static enum tg_status lost(struct tg_pg *pg, struct tg_error *err)
{
	enum tg_status st = say(err, TG_LOG_DOWN, PQerrorMessage(pg->c));
	tg_pg_forget(pg);
	return st;
}

/* Only the sentence is told: what follows it may quote a row. */
static enum tg_status refused(struct tg_pg *pg, const PGresult *r, struct tg_error *err)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	if (!state || PQstatus(pg->c) != CONNECTION_OK)
		return lost(pg, err);
	if (strcmp(state, "TG001") == 0)
		return say(err, TG_LOG_OTHER, text);
	/* Read only: this is no primary any more, and the next connection looks for the one that is. */
	if (strcmp(state, "25006") == 0 || strncmp(state, "08", 2) == 0 || strncmp(state, "57P", 3) == 0) {
		enum tg_status st = say(err, TG_LOG_DOWN, text);
		tg_pg_forget(pg);
		return st;
	}
	if (strncmp(state, "42", 2) == 0 || strncmp(state, "3F", 2) == 0)
		return say(err, TG_CONFIG, text);
	return say(err, strncmp(state, "22", 2) == 0 ? TG_BUG : TG_LOG_DOWN, text);
}

/* Waits until there is something to read (or room to write, while anything is to be sent). */
static bool wait_for(struct tg_pg *pg, bool write)
{
	struct pollfd p = {.fd = PQsocket(pg->c), .events = (short)(POLLIN | (write ? POLLOUT : 0))};
	int rc;
	do
		rc = poll(&p, 1, pg->timeout_ms);
	while (rc < 0 && errno == EINTR);
	return rc > 0 && PQconsumeInput(pg->c) == 1;
}

static bool flush(struct tg_pg *pg)
{
	int rc;
	while ((rc = PQflush(pg->c)) == 1)
		if (!wait_for(pg, true))
			return false;
	return rc == 0;
}

/* The next answer; NULL after the last. False: the session is lost. */
static bool next(struct tg_pg *pg, PGresult **r)
{
	*r = NULL;
	if (!flush(pg))
		return false;
	while (PQisBusy(pg->c))
		if (!wait_for(pg, false))
			return false;
	*r = PQgetResult(pg->c);
	return true;
}

/* Reads all answers; keeps the first refusal, else the last answer. */
static enum tg_status collect(struct tg_pg *pg, PGresult **out, struct tg_error *err)
{
	PGresult *r, *kept = NULL;
	bool bad = false;
	for (;;) {
		if (!next(pg, &r)) {
			PQclear(kept);
			return lost(pg, err);
		}
		if (!r)
			break;
		ExecStatusType s = PQresultStatus(r);
		bool is_bad = s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK && s != PGRES_EMPTY_QUERY;
		if (bad) {
			PQclear(r);
		} else {
			PQclear(kept);
			kept = r;
			bad = is_bad;
		}
		if (s == PGRES_COPY_IN || s == PGRES_COPY_OUT || s == PGRES_COPY_BOTH)
			break;
	}
	enum tg_status st = bad ? refused(pg, kept, err) : TG_OK;
	if (out && st == TG_OK)
		*out = kept;
	else
		PQclear(kept);
	return st;
}

static bool send(struct tg_pg *pg, const char *sql, const struct tg_pg_values *v)
{
	const char *at[TG_PG_VALUES] = {0};
	int formats[TG_PG_VALUES];
	int n = v ? v->n : 0;
	for (int i = 0; i < n; i++) {
		at[i] = v->len[i] > 0 ? (const char *)v->bytes.data + v->at[i] : "";
		formats[i] = 1;
	}
	return PQsendQueryParams(pg->c, sql, n, NULL, at, v ? v->len : NULL, formats, 1) == 1;
}

static enum tg_status gone(struct tg_error *err)
{
	return tg_error_set(err, TG_LOG_DOWN, "postgres: the session was lost");
}

enum tg_status tg_pg_ask(
        struct tg_pg *pg, const char *sql, const struct tg_pg_values *v, PGresult **out, struct tg_error *err)
{
	if (out)
		*out = NULL;
	if (v)
		TG_TRY(tg_buf_status(&v->bytes));
	if (!pg->c)
		return gone(err);
	return send(pg, sql, v) ? collect(pg, out, err) : lost(pg, err);
}

enum tg_status tg_pg_do(struct tg_pg *pg, const char *sql, struct tg_error *err)
{
	if (!pg->c)
		return gone(err);
	return PQsendQuery(pg->c, sql) == 1 ? collect(pg, NULL, err) : lost(pg, err);
}

enum tg_status tg_pg_copy(struct tg_pg *pg, const char *sql, const struct tg_buf *bytes, struct tg_error *err)
{
	PGresult *r;
	TG_TRY(tg_buf_status(bytes));
	if (!pg->c)
		return gone(err);
	if (PQsendQuery(pg->c, sql) != 1 || !next(pg, &r))
		return lost(pg, err);
	if (PQresultStatus(r) != PGRES_COPY_IN) {
		enum tg_status st = refused(pg, r, err);
		PQclear(r);
		if (pg->c)
			(void)!collect(pg, NULL, NULL);
		return st == TG_OK ? TG_BUG : st;
	}
	PQclear(r);
	if (PQputCopyData(pg->c, (const char *)bytes->data, (int)bytes->len) != 1 || PQputCopyEnd(pg->c, NULL) != 1)
		return lost(pg, err);
	return collect(pg, NULL, err);
}

enum tg_status tg_pg_begin(struct tg_pg *pg, struct tg_error *err)
{
	enum tg_status st = tg_pg_do(pg, "BEGIN", err);
	pg->in_transaction = st == TG_OK;
	return st;
}

enum tg_status tg_pg_commit(struct tg_pg *pg, struct tg_error *err)
{
	PGresult *r;
	pg->warnings = 0;
	pg->in_transaction = false;
	if (!pg->c)
		return gone(err);
	if (PQsendQuery(pg->c, "COMMIT") != 1)
		return lost(pg, err);
	TG_TRY(collect(pg, &r, err));
	/* A transaction that failed before answers with ROLLBACK. */
	bool done = strcmp(PQcmdStatus(r), "COMMIT") == 0 && pg->warnings == 0;
	PQclear(r);
	if (done)
		return TG_OK;
	tg_pg_forget(pg);
	return tg_error_set(err, TG_LOG_DOWN, "postgres: the commit was not confirmed by its standbys");
}

void tg_pg_rollback(struct tg_pg *pg)
{
	pg->in_transaction = false;
	if (pg->c && PQtransactionStatus(pg->c) != PQTRANS_IDLE && tg_pg_do(pg, "ROLLBACK", NULL) != TG_OK)
		tg_pg_forget(pg);
}

enum tg_status tg_pg_each(struct tg_pg *pg, const char *sql, const struct tg_pg_values *v, tg_pg_row_fn *fn, void *ctx,
        struct tg_error *err)
{
	enum tg_status st = TG_OK;
	PGresult *r;
	if (v)
		TG_TRY(tg_buf_status(&v->bytes));
	if (!pg->c)
		return gone(err);
	if (!send(pg, sql, v) || PQsetSingleRowMode(pg->c) != 1)
		return lost(pg, err);
	while (st == TG_OK) {
		if (!next(pg, &r))
			return lost(pg, err);
		if (!r)
			return TG_OK;
		if (PQresultStatus(r) == PGRES_SINGLE_TUPLE)
			st = fn(r, ctx);
		else if (PQresultStatus(r) != PGRES_TUPLES_OK)
			st = refused(pg, r, err);
		PQclear(r);
	}
	/* The rest of the answer is not wanted. */
	tg_pg_forget(pg);
	return st;
}

void tg_pg_forget(struct tg_pg *pg)
{
	PQfinish(pg->c);
	pg->c = NULL;
	pg->ready = false;
}

/* The owner's name lets another centre see that this one lives. Dead peers are noticed within half a minute by the
 * server, after timeout_ms here. */
static PGconn *connect_now(const struct tg_pg *pg)
{
	char name[48] = "tamga", wait[24], hex[2 * TG_LOG_OWNER_LEN + 1];
	tg_hex(pg->owner, TG_LOG_OWNER_LEN, hex);
	if (pg->has_owner)
		(void)snprintf(name, sizeof(name), "tamga %s", hex);
	(void)snprintf(wait, sizeof(wait), "%d", (pg->timeout_ms + 999) / 1000);
	const char *keys[] = {"connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "dbname",
	        "application_name", "client_encoding", NULL};
	const char *values[] = {wait, "15", "5", "3", pg->conninfo, name, "UTF8", NULL};
	return PQconnectdbParams(keys, values, 1);
}

static const char *const settings =
        "SET synchronous_commit = on; SET lock_timeout = '4s'; SET statement_timeout = '60s'; "
        "SET idle_in_transaction_session_timeout = '30s'; SET tcp_keepalives_idle = 15; "
        "SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; SET search_path = pg_catalog; "
        "SET client_min_messages = warning; SET default_transaction_isolation = 'read committed';";

/* How many standbys have a commit before it counts: "ANY k (…)", "FIRST k (…)", "k (…)", or a plain list, where it is
 * one. */
static unsigned long standbys(const char *names)
{
	const char *p = names + strspn(names, " ");
	if (strncasecmp(p, "ANY ", 4) == 0)
		p += 4;
	else if (strncasecmp(p, "FIRST ", 6) == 0)
		p += 6;
	p += strspn(p, " ");
	unsigned long n = strtoul(p, NULL, 10);
	return n > 0 && strchr(p, '(') ? n : *p != '\0';
}

enum tg_status tg_pg_quorum(const struct tg_pg *pg, const char *names, struct tg_error *err)
{
	return pg->quorum == 0 || standbys(names) >= pg->quorum
	               ? TG_OK
	               : tg_error_set(err, TG_CONFIG,
	                         "postgres: synchronous_standby_names is «%.120s», ANY %u (…) is needed", names,
	                         pg->quorum);
}

/* What this session can see is at the quorum once this is. */
static enum tg_status confirm(struct tg_pg *pg, struct tg_error *err)
{
	enum tg_status st = tg_pg_begin(pg, err);
	if (st == TG_OK)
		st = tg_pg_do(pg, "UPDATE tamga.head SET confirmed = confirmed + 1 WHERE id = 1", err);
	if (st == TG_OK)
		return tg_pg_commit(pg, err);
	tg_pg_rollback(pg);
	return st;
}

static enum tg_status set_up(struct tg_pg *pg, struct tg_error *err)
{
	TG_TRY(tg_pg_do(pg, settings, err));
	TG_TRY(tg_pg_schema(pg, err));
	return confirm(pg, err);
}

enum tg_status tg_pg_session(struct tg_pg *pg, struct tg_error *err)
{
	if (pg->c && PQstatus(pg->c) == CONNECTION_OK)
		return TG_OK;
	if (pg->in_transaction) /* the rest of it must not be done by itself */
		return gone(err);
	tg_pg_forget(pg);
	pg->c = connect_now(pg);
	if (!pg->c)
		return tg_error_set(err, TG_NO_MEMORY, "postgres");
	if (PQstatus(pg->c) != CONNECTION_OK || PQsetnonblocking(pg->c, 1) != 0)
		return lost(pg, err);
	(void)PQsetNoticeReceiver(pg->c, notice, pg);
	enum tg_status st = set_up(pg, err);
	if (st != TG_OK)
		tg_pg_forget(pg);
	pg->ready = st == TG_OK;
	return st;
}

/* A session that had died long before is found out by its first use. Outside a transaction nothing is changed by
 * asking twice. */
static bool again(const struct tg_pg *pg, bool had, enum tg_status st)
{
	return st == TG_LOG_DOWN && had && !pg->c && !pg->in_transaction;
}

enum tg_status tg_pg_look(
        struct tg_pg *pg, const char *sql, const struct tg_pg_values *v, PGresult **out, struct tg_error *err)
{
	bool had = pg->ready;
	TG_TRY(tg_pg_session(pg, err));
	enum tg_status st = tg_pg_ask(pg, sql, v, out, err);
	if (!again(pg, had, st))
		return st;
	TG_TRY(tg_pg_session(pg, err));
	return tg_pg_ask(pg, sql, v, out, err);
}

enum tg_status tg_pg_start(struct tg_pg *pg, struct tg_error *err)
{
	bool had = pg->ready;
	TG_TRY(tg_pg_session(pg, err));
	enum tg_status st = tg_pg_begin(pg, err);
	if (!again(pg, had, st))
		return st;
	TG_TRY(tg_pg_session(pg, err));
	return tg_pg_begin(pg, err);
}

enum tg_status tg_postgres_check(const struct tg_postgres *p, struct tg_error *err)
{
	char *text = NULL;
	PQconninfoOption *o = PQconninfoParse(p->conninfo, &text);
	bool password = false;
	for (const PQconninfoOption *i = o; i && i->keyword; i++)
		password = password || (strcmp(i->keyword, "password") == 0 && i->val);
	enum tg_status st = TG_OK;
	if (!o)
		st = say(err, TG_CONFIG, text);
	else if (password)
		st = tg_error_set(err, TG_CONFIG, "postgres: a password stands in a file: passfile=FILE");
	PQconninfoFree(o);
	PQfreemem(text);
	return st;
}

enum tg_status tg_pg_create(struct tg_pg **out, const struct tg_postgres *p, const uint8_t *owner, struct tg_error *err)
{
	*out = NULL;
	TG_TRY(tg_postgres_check(p, err));
	struct tg_pg *pg = calloc(1, sizeof(*pg));
	if (!pg)
		return tg_error_set(err, TG_NO_MEMORY, "postgres");
	pg->quorum = p->quorum;
	pg->timeout_ms = (int)(p->timeout_ms > 0 && p->timeout_ms <= 600000 ? p->timeout_ms : TIMEOUT_MS);
	pg->conninfo = strdup(p->conninfo);
	pg->shard = strdup(p->shard ? p->shard : "");
	pg->has_owner = owner != NULL;
	if (owner)
		memcpy(pg->owner, owner, TG_LOG_OWNER_LEN);
	if (pg->conninfo && pg->shard) {
		*out = pg;
		return TG_OK;
	}
	tg_pg_destroy(pg);
	return tg_error_set(err, TG_NO_MEMORY, "postgres");
}

void tg_pg_destroy(struct tg_pg *pg)
{
	if (!pg)
		return;
	tg_pg_forget(pg);
	free(pg->conninfo);
	free(pg->shard);
	free(pg);
}
