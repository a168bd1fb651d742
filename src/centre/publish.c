#include "publish.h"

#include "audit.h"
#include "centre.h"
#include "tamga/log.h"

/* Other programs revoke in ca.db too: it is looked at so often. */
#define EVERY_MS 1000

static const char *const names[TG_CA_LISTS] = {[TG_CA_LIST_RSA] = "rsa",
        [TG_CA_LIST_GOST] = "gost",
        [TG_CA_LIST_RSA_ROOT] = "rsa-root",
        [TG_CA_LIST_GOST_ROOT] = "gost-root"};

/* --- Kept in ca.db */
static void take(sqlite3_stmt *q, struct tg_ca_published *p)
{
	*p = (struct tg_ca_published){.number = (uint64_t)sqlite3_column_int64(q, 1),
	        .change = sqlite3_column_int64(q, 2),
	        .this_ms = sqlite3_column_int64(q, 3),
	        .next_ms = sqlite3_column_int64(q, 4),
	        .delta_next_ms = sqlite3_column_int64(q, 5),
	        .base = {(uint64_t)sqlite3_column_int64(q, 6), sqlite3_column_int64(q, 7), sqlite3_column_int64(q, 8)},
	        .scheduled = {(uint64_t)sqlite3_column_int64(q, 9), sqlite3_column_int64(q, 10),
	                sqlite3_column_int64(q, 11)},
	        .count = (unsigned)sqlite3_column_int(q, 12),
	        .delta_count = (unsigned)sqlite3_column_int(q, 13)};
	tg_buf_add(&p->full, sqlite3_column_blob(q, 14), (size_t)sqlite3_column_bytes(q, 14));
	tg_buf_add(&p->delta, sqlite3_column_blob(q, 15), (size_t)sqlite3_column_bytes(q, 15));
	if (tg_buf_status(&p->full) != TG_OK || tg_buf_status(&p->delta) != TG_OK)
		tg_ca_published_finish(p);
}

static enum tg_status load(struct tg_publisher *p)
{
	sqlite3_stmt *q = tg_registry_stmt(p->registry,
	        "SELECT list, number, change, this_ms, next_ms, delta_next_ms, base, base_change, base_next_ms, "
	        "scheduled, scheduled_change, scheduled_next_ms, count, delta_count, crl, delta FROM published");
	int rc = SQLITE_ERROR;
	while (q && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		sqlite3_int64 list = sqlite3_column_int64(q, 0);
		if (list >= 0 && list < TG_CA_LISTS)
			take(q, &p->lists[list]);
	}
	sqlite3_finalize(q);
	return tg_registry_status(rc);
}

static enum tg_status save(struct tg_publisher *p, int list, const struct tg_ca_published *x)
{
	sqlite3_stmt *q = tg_registry_stmt(
	        p->registry, "INSERT OR REPLACE INTO published VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
	const int64_t numbers[] = {list, (int64_t)x->number, x->change, x->this_ms, x->next_ms, x->delta_next_ms,
	        (int64_t)x->base.number, x->base.change, x->base.next_ms, (int64_t)x->scheduled.number,
	        x->scheduled.change, x->scheduled.next_ms, x->count, x->delta_count};
	const int n = sizeof(numbers) / sizeof(numbers[0]);
	for (int i = 0; q && i < n; i++)
		sqlite3_bind_int64(q, i + 1, numbers[i]);
	if (q) {
		sqlite3_bind_blob64(q, n + 1, x->full.data, x->full.len, SQLITE_STATIC);
		sqlite3_bind_blob64(
		        q, n + 2, x->delta.data ? (const void *)x->delta.data : "", x->delta.len, SQLITE_STATIC);
	}
	return tg_registry_run(p->registry, q);
}

/* --- One list anew. Public is what is durable. */
static enum tg_status publish(struct tg_publisher *p, int list, struct tg_error *err)
{
	struct tg_ca_published next = p->lists[list];
	next.full = next.delta = (struct tg_buf)TG_BUF_INIT;
	TG_TRY(tg_ca_publish(p->ca, (enum tg_ca_list)list, &next, err));
	enum tg_status st = save(p, list, &next);
	if (st != TG_OK) {
		tg_ca_published_finish(&next);
		return tg_error_set(err, st, "a CRL cannot be kept");
	}
	tg_ca_published_finish(&p->lists[list]);
	p->lists[list] = next;
	tg_audit_note(p->audit, TG_RECORD_CRL_PUBLISHED,
	        json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "list", names[list], "number", (json_int_t)next.number,
	                "base", (json_int_t)next.base.number, "count", (json_int_t)next.count, "delta",
	                (json_int_t)next.delta_count, "until_ms", (json_int_t)next.next_ms));
	return TG_OK;
}

/* It is tried each second: a reason is told once, until it is another. */
static void tell(struct tg_publisher *p, int list, const struct tg_error *err)
{
	if (err->status != TG_OK && err->status != p->told[list])
		tg_log_error(err, "no new CRL (%s)", names[list]);
	p->told[list] = err->status;
}

/* With the lock. */
static void refresh(struct tg_publisher *p)
{
	int64_t change = 0, now = p->clock.wall_ms(p->clock.ctx);
	const struct tg_ca_store records = tg_registry_ca_port(p->registry);
	if (records.last_change(records.ctx, &change) != TG_OK) {
		tg_log_warn("no new CRL: the register of certificates does not answer");
		return;
	}
	/* One that cannot be made (a token is away) does not hold up the others. */
	for (int i = 0; i < TG_CA_LISTS; i++) {
		struct tg_error err = {0};
		if (tg_ca_publish_due(&p->lists[i], (enum tg_ca_list)i, change, now) &&
		        publish(p, i, &err) == TG_NOT_FOUND)
			continue; /* no GOST here */
		tell(p, i, &err);
	}
}

/* --- The job */
static void release(struct tg_publisher *p)
{
	for (int i = 0; i < TG_CA_LISTS; i++)
		tg_ca_published_finish(&p->lists[i]);
	tg_registry_close(p->registry);
	p->registry = NULL;
	pthread_mutex_destroy(&p->lock);
}

/* What cannot be made is told of, and tried again a second later; what was published before is served on. */
static enum tg_status round_of(struct tg_store *s, int64_t now_ms, void *ctx, struct tg_error *err)
{
	struct tg_publisher *p = ctx;
	(void)s, (void)now_ms;
	pthread_mutex_lock(&p->lock);
	refresh(p);
	pthread_mutex_unlock(&p->lock);
	tg_audit_tick(p->audit, false);
	return tg_ca_ocsp_renew(p->ca, err);
}

enum tg_status tg_publisher_start(struct tg_publisher *p, struct tg_ca *ca, struct tg_audit *audit,
        const struct tg_centre_paths *paths, struct tg_clock clock, struct tg_error *err)
{
	const struct tg_job job = {round_of, p};
	*p = (struct tg_publisher){.ca = ca, .audit = audit, .clock = clock};
	if (pthread_mutex_init(&p->lock, NULL) != 0)
		return tg_error_set(err, TG_NO_MEMORY, "publisher");
	TG_TRY(tg_registry_open(&p->registry, paths->registry, err));
	enum tg_status st = load(p);
	if (st != TG_OK)
		(void)!tg_error_set(err, st, "the CRLs cannot be read");
	else
		refresh(p); /* they are there when the first kiosk asks */
	if (st == TG_OK)
		st = tg_works_start(&p->works, NULL, &job, 1, EVERY_MS, clock, err);
	if (st != TG_OK)
		release(p);
	return st;
}

void tg_publisher_wake(struct tg_publisher *p)
{
	if (p)
		tg_works_wake(&p->works);
}

void tg_publisher_stop(struct tg_publisher *p)
{
	if (!p->works.ready)
		return;
	tg_works_stop(&p->works);
	release(p);
}

/* --- Giving */
static const struct {
	const char *path;
	enum tg_ca_list list;
	bool delta;
} crls[] = {{"/crl/issuing.crl", TG_CA_LIST_RSA, false}, {"/crl/issuing-delta.crl", TG_CA_LIST_RSA, true},
        {"/crl/issuing-gost.crl", TG_CA_LIST_GOST, false}, {"/crl/issuing-gost-delta.crl", TG_CA_LIST_GOST, true},
        {"/crl/root.crl", TG_CA_LIST_RSA_ROOT, false}, {"/crl/root-gost.crl", TG_CA_LIST_GOST_ROOT, false}};

static enum tg_status give_list(struct tg_publisher *p, size_t i, struct tg_public_file *f)
{
	pthread_mutex_lock(&p->lock);
	refresh(p);
	const struct tg_ca_published *l = &p->lists[crls[i].list];
	const struct tg_buf *b = crls[i].delta ? &l->delta : &l->full;
	enum tg_status st = b->len > 0 ? TG_OK : TG_NOT_FOUND;
	tg_buf_add(&f->bytes, b->data, b->len);
	f->type = "application/pkix-crl";
	f->since_ms = l->this_ms;
	f->until_ms = crls[i].delta ? l->delta_next_ms : l->next_ms;
	pthread_mutex_unlock(&p->lock);
	return st == TG_OK ? tg_buf_status(&f->bytes) : st;
}

enum tg_status tg_publisher_get(struct tg_publisher *p, const char *path, struct tg_public_file *f)
{
	*f = (struct tg_public_file){.type = "application/pkix-cert"};
	for (size_t i = 0; i < sizeof(crls) / sizeof(crls[0]); i++)
		if (strcmp(crls[i].path, path) == 0)
			return give_list(p, i, f);
	if (strcmp(path, "/ca/issuing.cer") == 0)
		return tg_ca_issuing_der(p->ca, &f->bytes);
	if (strcmp(path, "/ca/issuing-gost.cer") == 0)
		return tg_ca_gost_issuing_der(p->ca, &f->bytes);
	f->type = "application/x-pem-file";
	return strcmp(path, "/ca/chain.pem") == 0 ? tg_ca_chain_pem(p->ca, &f->bytes) : TG_NOT_FOUND;
}
