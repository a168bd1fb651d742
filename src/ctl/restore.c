/* What a backup holds and the centre's directory lacks is put back, with the centre stopped (src/decisions/0228). */
#include "backup.h"

#include "ctl.h"

#include "tamga/outside.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A restored ca.db knows nothing of what was given out since: numbers go on far above. */
static const char *const skip_numbers = "UPDATE sqlite_sequence SET seq = seq + 1000 WHERE name = 'kiosks';"
                                        "UPDATE counters SET value = value + 100000 WHERE name LIKE 'crl%'";

struct restore {
	const char *data, *from, *clock_file;
	struct ctl_manifest list;
	json_t *files; /* names of those put back */
};

bool ctl_centre_stands_still(const char *data)
{
	char path[CTL_PATH];
	if (!ctl_path(path, data, "lock"))
		return false;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return ctl_refuse(path);
	/* As the centre itself does: two never work on one directory. The lock ends with this program. */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	fprintf(stderr, "tamgactl: a centre runs on %s\n", data);
	(void)close(fd);
	return false;
}

static bool is_database(const char *name)
{
	size_t n = strlen(name);
	return n > 3 && strcmp(name + n - 3, ".db") == 0 && !strchr(name, '/');
}

/* A stray log of a lost database would be read into the copy. */
static bool has_no_log(const char *path)
{
	char log[CTL_PATH + 4];
	(void)snprintf(log, sizeof(log), "%s-wal", path);
	if (!ctl_is_there(log))
		return true;
	fprintf(stderr, "tamgactl: %s belongs to a database that is gone: move it away\n", log);
	return false;
}

static bool run_sql(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	bool ok = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	          sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
	if (!ok)
		fprintf(stderr, "tamgactl: %s: %s\n", path, db ? sqlite3_errmsg(db) : "no memory");
	return sqlite3_close(db) == SQLITE_OK && ok;
}

static bool is_outside(struct tg_store *s)
{
	struct tg_buf where = TG_BUF_INIT;
	bool is = tg_store_outside(s, &where, NULL) == TG_OK;
	tg_buf_finish(&where);
	return is;
}

/* The journal as it was goes on under a new tree, and says so, before it has its name. */
static bool begin_tree(struct restore *r, const char *path)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	json_t *body = json_pack("{s:s, s:O}", "from", r->list.time, "files", r->files);
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	int64_t now_ms = ctl_now(r->clock_file);
	enum tg_status st = text ? tg_store_open(&s, path, TG_STORE_CENTRE, NULL, &err) : TG_NO_MEMORY;
	/* Kept outside: the centre's next start reads from there what this copy lacks, and the tree grows on. */
	bool lacks = st == TG_OK && !is_outside(s);
	if (lacks)
		st = tg_store_tree_restart(s, "restored", now_ms, &err);
	if (lacks && st == TG_OK)
		st = tg_store_append(s, TG_RECORD_REPLICA_RESTORED, text, now_ms, NULL, &err);
	tg_store_close(s);
	free(text);
	json_decref(body);
	if (st != TG_OK)
		(void)ctl_fail(st, &err);
	return st == TG_OK;
}

/* The journal goes back as far as ca.db: the centre learns from what kiosks send (src/decisions/0265). */
static bool note_both(struct restore *r, const char *making)
{
	char replica[CTL_PATH], sql[120];
	if (!ctl_path(replica, r->data, "centre.db") || ctl_is_there(replica))
		return true;
	(void)snprintf(sql, sizeof(sql), "INSERT OR REPLACE INTO words(name, value) VALUES('restored', '%lld')",
	        (long long)ctl_now(r->clock_file));
	return run_sql(making, sql);
}

static bool finish(struct restore *r, const char *making, const char *path, const char *name)
{
	if (strcmp(name, "centre.db") == 0 && !begin_tree(r, making))
		return false;
	if (strcmp(name, "ca.db") == 0 && !run_sql(making, skip_numbers))
		return false;
	if (strcmp(name, "ca.db") == 0 && !note_both(r, making))
		return false;
	return has_no_log(making) && (rename(making, path) == 0 || ctl_refuse(path)) && ctl_sync_dir(r->data);
}

/* Under another name until it is what it shall be. */
static bool put_back(struct restore *r, const char *name)
{
	char source[CTL_PATH], path[CTL_PATH], making[CTL_PATH];
	char part[300];
	(void)snprintf(part, sizeof(part), "%s.restoring", name);
	if (!ctl_path(source, r->from, name) || !ctl_path(path, r->data, name) || !ctl_path(making, r->data, part))
		return false;
	if (ctl_is_there(path)) {
		if (is_database(name))
			printf("%s stays as it is\n", path);
		return true;
	}
	for (size_t i = 0; i < 3; i++) {
		char left[CTL_PATH + 8];
		(void)snprintf(left, sizeof(left), "%s%s", making, (const char *[]){"", "-wal", "-shm"}[i]);
		(void)unlink(left);
	}
	if (!has_no_log(path) || !ctl_make_folders(r->data, name) || !ctl_file_copy(source, making) ||
	        json_array_append_new(r->files, json_string(name)) != 0 || !finish(r, making, path, name))
		return false;
	printf("%s\n", path);
	return true;
}

/* The replica last: it is looked through with its segments in place, and a centre finds no directory that is half full.
 */
static enum ctl_exit put_all_back(struct restore *r)
{
	const struct ctl_file *replica = ctl_manifest_find(&r->list, "centre.db");
	if (!replica) {
		fprintf(stderr, "tamgactl: no centre.db in %s\n", r->from);
		return CTL_TROUBLE;
	}
	for (size_t i = 0; i < r->list.n; i++)
		if (&r->list.files[i] != replica && !put_back(r, r->list.files[i].name))
			return CTL_TROUBLE;
	return put_back(r, "centre.db") ? CTL_YES : CTL_TROUBLE;
}

/* What survived is newer; its own journal tells what came back beside it. */
static enum ctl_exit tell(struct restore *r)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	json_t *body = json_pack("{s:s, s:O}", "from", r->list.time, "files", r->files);
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	enum ctl_exit code = text ? ctl_open_centre(r->data, &s) : CTL_TROUBLE;
	enum tg_status st = code == CTL_YES ? tg_store_append(s, TG_RECORD_REPLICA_RESTORED, text,
	                                              ctl_now(r->clock_file), NULL, &err)
	                                    : TG_OK;
	tg_store_close(s);
	free(text);
	json_decref(body);
	return st == TG_OK ? code : ctl_fail(st, &err);
}

static bool put_back_name(const struct restore *r, const char *name)
{
	size_t i;
	const json_t *at;
	json_array_foreach(r->files, i, at) if (strcmp(json_string_value(at), name) == 0) return true;
	return false;
}

static enum ctl_exit restore(struct restore *r)
{
	char replica[CTL_PATH];
	if (mkdir(r->data, 0700) != 0 && errno != EEXIST) {
		(void)ctl_refuse(r->data);
		return CTL_TROUBLE;
	}
	if (!ctl_path(replica, r->from, "centre.db") || !ctl_centre_stands_still(r->data))
		return CTL_TROUBLE;
	if (!ctl_manifest_check(&r->list, r->from))
		return CTL_NO;
	enum ctl_exit code = ctl_verify_file(replica);
	if (code == CTL_YES)
		code = put_all_back(r);
	if (code == CTL_YES && put_back_name(r, "ca.db"))
		puts(put_back_name(r, "centre.db") ? "certificates issued since the backup are learnt again from what "
		                                     "kiosks send; kiosks enrolled since enrol again; what was "
		                                     "revoked since by nobody's application has to be revoked again"
		                                   : "what was issued, enrolled and revoked since the backup is taken "
		                                     "in from the journal when "
		                                     "the centre starts");
	if (code == CTL_YES && json_array_size(r->files) > 0 && !put_back_name(r, "centre.db"))
		code = tell(r);
	return code;
}

enum ctl_exit ctl_restore(const struct ctl_args *args)
{
	struct restore r = {0};
	const struct ctl_option options[] = {{"--data", &r.data, NULL}, {"--from", &r.from, NULL},
	        {"--clock-file", &r.clock_file, NULL}, {NULL, NULL, NULL}};
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	if (!r.data || !r.from) {
		fputs("tamgactl: --data DIR, the centre's directory, and --from DIR, a backup, are needed\n", stderr);
		return CTL_TROUBLE;
	}
	r.files = json_array();
	enum ctl_exit code = restore(&r);
	json_decref(r.files);
	ctl_manifest_free(&r.list);
	return code;
}
