/* That the centre began, with which configuration, and that it ended. */
#include "audit.h"

#include "centre.h"
#include "tamga/file.h"
#include "tamga/log.h"

#include <fts.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/timex.h>
#include <unistd.h>

#define FILE_BYTES (1024u * 1024u)

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Names and contents of a folder, in the order of the names. What cannot be read counts as nothing: the next start
 * that can read it is a change. */
static void add_folder(EVP_MD_CTX *c, const char *dir)
{
	char path[1024];
	char *const paths[] = {path, NULL};
	FTS *walk = tg_copy(path, sizeof(path), dir) ? fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name) : NULL;
	for (FTSENT *e = walk ? fts_read(walk) : NULL; e; e = fts_read(walk)) {
		struct tg_buf b = TG_BUF_INIT;
		if (e->fts_info != FTS_F || e->fts_name[0] == '.')
			continue;
		EVP_DigestUpdate(c, e->fts_name, strlen(e->fts_name) + 1);
		if (tg_file_read(&b, e->fts_path, FILE_BYTES, NULL) == TG_OK)
			EVP_DigestUpdate(c, b.data, b.len);
		tg_buf_finish(&b);
	}
	if (walk)
		(void)fts_close(walk);
}

static void finish(EVP_MD_CTX *c, char out[2 * TG_HASH_LEN + 1])
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	out[0] = '\0';
	if (c && EVP_DigestFinal_ex(c, hash, &n) == 1 && n == TG_HASH_LEN)
		tg_hex(hash, n, out);
	EVP_MD_CTX_free(c);
}

static EVP_MD_CTX *begin(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	if (c && EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1)
		return c;
	EVP_MD_CTX_free(c);
	return NULL;
}

static void hash_screens(const struct tg_centre_options *o, char out[2 * TG_HASH_LEN + 1])
{
	EVP_MD_CTX *c = begin();
	if (c) {
		add_folder(c, o->screens);
		add_folder(c, o->profiles);
	}
	finish(c, out);
}

static void hash_config(const struct tg_centre_options *o, const char *screens, char out[2 * TG_HASH_LEN + 1])
{
	struct tg_buf text = TG_BUF_INIT;
	EVP_MD_CTX *c = begin();
	tg_centre_options_text(o, &text);
	tg_buf_add_str(&text, screens);
	if (c && tg_buf_status(&text) == TG_OK)
		EVP_DigestUpdate(c, text.data, text.len);
	tg_buf_finish(&text);
	finish(c, out);
}

/* Kept beside the databases: what the start before had. */
static void read_before(struct tg_audit *a, char out[2 * TG_HASH_LEN + 1])
{
	sqlite3_stmt *q = tg_registry_stmt(a->registry, "SELECT value FROM words WHERE name = 'config'");
	out[0] = '\0';
	if (q && sqlite3_step(q) == SQLITE_ROW && sqlite3_column_text(q, 0))
		(void)tg_copy(out, 2 * TG_HASH_LEN + 1, (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
}

static enum tg_status keep(struct tg_audit *a, const char *config)
{
	sqlite3_stmt *q = tg_registry_stmt(a->registry, "INSERT INTO words(name, value) VALUES('config', ?) "
	                                                "ON CONFLICT(name) DO UPDATE SET value = excluded.value");
	if (q)
		sqlite3_bind_text(q, 1, config, -1, SQLITE_STATIC);
	return tg_registry_run(a->registry, q);
}

/* Under its unit the centre may not ask the kernel; systemd's own client leaves a mark. */
#define TIMESYNC_MARK "/run/systemd/timesync/synchronized"

static const char *clock_word(void)
{
	struct timex t = {0};
	int state = adjtimex(&t);
	if (state < 0)
		return access(TIMESYNC_MARK, F_OK) == 0 ? "synchronised" : "unknown";
	return state == TIME_ERROR || (t.status & STA_UNSYNC) != 0 ? "free" : "synchronised";
}

enum tg_status tg_audit_started(struct tg_audit *a, const struct tg_centre_options *o, struct tg_error *err)
{
	char screens[2 * TG_HASH_LEN + 1], config[2 * TG_HASH_LEN + 1], before[2 * TG_HASH_LEN + 1];
	hash_screens(o, screens);
	hash_config(o, screens, config);
	read_before(a, before);
	TG_TRY(tg_audit_write(a, TG_RECORD_CENTRE_STARTED,
	        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "program", "tamga-centre", "version", TAMGA_VERSION,
	                "config", config, "screens", screens, "openssl", OpenSSL_version(OPENSSL_VERSION_STRING),
	                "clock", clock_word()),
	        err));
	if (strcmp(before, config) == 0)
		return TG_OK;
	if (before[0])
		TG_TRY(tg_audit_write(
		        a, TG_RECORD_CENTRE_CHANGED, json_pack("{s:s, s:s}", "config", config, "before", before), err));
	enum tg_status st = keep(a, config);
	return st == TG_OK ? TG_OK : tg_error_set(err, st, "registry");
}

void tg_audit_stopped(struct tg_audit *a)
{
	if (!a->ready)
		return;
	tg_audit_tick(a, true);
	const struct tg_clock real = tg_clock_real();
	int64_t ran = real.mono_ms(real.ctx) - a->started_ms;
	tg_audit_note(a, TG_RECORD_CENTRE_STOPPED, json_pack("{s:I}", "seconds", (json_int_t)(ran / 1000)));
}
