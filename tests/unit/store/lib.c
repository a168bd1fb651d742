#include "lib.h"

#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[200];

void lib_make_dir(void)
{
	const char *base = getenv("TMPDIR");
	int n = snprintf(dir, sizeof(dir), "%s/tamga-store-XXXXXX", base && *base ? base : "/tmp");
	assert_true(n > 0 && (size_t)n < sizeof(dir));
	assert_non_null(mkdtemp(dir));
}

static void empty(const char *path)
{
	DIR *d = opendir(path);
	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));) {
		char inside[700];
		if (unlinkat(dirfd(d), e->d_name, 0) == 0 || strcmp(e->d_name, ".") == 0 ||
		        strcmp(e->d_name, "..") == 0)
			continue;
		if (snprintf(inside, sizeof(inside), "%s/%s", path, e->d_name) < (int)sizeof(inside))
			empty(inside);
	}
	closedir(d);
	(void)rmdir(path);
}

void lib_remove_dir(void)
{
	empty(dir);
	assert_int_equal(access(dir, F_OK), -1);
}

int lib_setup(void **state)
{
	(void)state;
	lib_make_dir();
	return 0;
}

int lib_teardown(void **state)
{
	(void)state;
	lib_remove_dir();
	return 0;
}

const char *lib_path(const char *name)
{
	static char paths[4][300];
	static int at;
	at = (at + 1) % 4;
	int n = snprintf(paths[at], sizeof(paths[at]), "%s/%s", dir, name);
	assert_true(n > 0 && (size_t)n < sizeof(paths[at]));
	return paths[at];
}

size_t lib_file_size(const char *path)
{
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	return (size_t)st.st_size;
}

void lib_copy(const char *from, const char *to)
{
	static char part[1 << 16];
	int in = open(lib_path(from), O_RDONLY | O_CLOEXEC);
	int out = open(lib_path(to), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(in >= 0 && out >= 0);
	for (ssize_t n; (n = read(in, part, sizeof(part))) > 0;)
		assert_int_equal(write(out, part, (size_t)n), n);
	close(in);
	close(out);
}

static struct tg_store *opened(const char *name, enum tg_store_role role, const char *kiosk)
{
	struct tg_error err = {0};
	struct tg_store *s = NULL;
	enum tg_status st = tg_store_open(&s, lib_path(name), role, kiosk, &err);
	if (st != TG_OK)
		print_error("open: %s: %s\n", tg_status_name(st), err.detail);
	assert_int_equal(st, TG_OK);
	return s;
}

struct tg_store *lib_open_kiosk(const char *name, const char *kiosk)
{
	return opened(name, TG_STORE_KIOSK, kiosk);
}

struct tg_store *lib_open_centre(const char *name)
{
	return opened(name, TG_STORE_CENTRE, NULL);
}

void lib_open_fails(const char *name, enum tg_store_role role, const char *kiosk, enum tg_status want)
{
	struct tg_store *s = NULL;
	struct tg_error err = {0};
	assert_int_equal(tg_store_open(&s, lib_path(name), role, kiosk, &err), want);
	assert_null(s);
	assert_int_equal(err.status, want);
	assert_true(err.detail[0] != '\0');
}

uint64_t lib_append(struct tg_store *s, enum tg_record_kind kind, const char *json)
{
	struct tg_error err = {0};
	uint64_t seq = 0;
	enum tg_status st = tg_store_append(s, kind, json, NOW, &seq, &err);
	if (st != TG_OK)
		print_error("append: %s: %s\n", tg_status_name(st), err.detail);
	assert_int_equal(st, TG_OK);
	return seq;
}

static void append_for(struct tg_store *s, enum tg_record_kind kind, const char *number, const char *more)
{
	char body[300];
	int n = snprintf(body, sizeof(body), "{\"number\":\"%s\"%s}", number, more);
	assert_true(n > 0 && (size_t)n < sizeof(body));
	(void)lib_append(s, kind, body);
}

void lib_whole_application(struct tg_store *s, const char *number, const char *serial)
{
	char step[120];
	int n = snprintf(step, sizeof(step), ",\"serial\":\"%s\",\"step\":\"generate\",\"key\":\"sign\"", serial);
	assert_true(n > 0 && (size_t)n < sizeof(step));
	append_for(s, TG_RECORD_APPLICATION_SUBMITTED, number,
	        ",\"provider\":\"kz-nca\",\"service\":\"issue\",\"form\":\"nca-a1\"");
	append_for(s, TG_RECORD_APPLICATION_WAITING, number, ",\"code\":402");
	append_for(s, TG_RECORD_CHIP_INTENT, number, step);
	append_for(s, TG_RECORD_CHIP_DONE, number, step);
	append_for(s, TG_RECORD_APPLICATION_DELIVERED, number, "");
	append_for(s, TG_RECORD_RECEIPT_PRINTED, number, ",\"to\":\"file\"");
}

struct carrying {
	struct tg_store *centre;
	int64_t now;
};

static enum tg_status carry(const struct tg_entry *e, void *ctx)
{
	struct carrying *c = ctx;
	enum tg_status result = TG_BUG;
	assert_int_equal(tg_store_receive(c->centre, e, 1, c->now, &result, NULL), TG_OK);
	assert_true(result == TG_OK || result == TG_SYNC_REPEAT);
	return TG_OK;
}

void lib_send_all(struct tg_store *kiosk, const char *id, struct tg_store *centre, int64_t now)
{
	struct carrying c = {centre, now};
	assert_int_equal(tg_store_read(kiosk, id, 1, 1000, carry, &c, NULL), TG_OK);
}

static enum tg_status take_item(const struct tg_feed_item *item, void *kiosk)
{
	struct tg_feed_item seen = *item;
	seen.audience[0] = '\0'; /* not on the wire */
	return tg_store_feed_take(kiosk, &seen, 1, NULL);
}

void lib_read_feed(struct tg_store *kiosk, const char *id, struct tg_store *centre)
{
	uint64_t cursor;
	assert_int_equal(tg_store_feed_cursor(kiosk, &cursor, NULL), TG_OK);
	assert_int_equal(tg_store_feed_for(centre, id, cursor, 1000, take_item, kiosk, NULL), TG_OK);
}

const char *lib_sqlite3(const char *name, const char *sql)
{
	extern char **environ;
	static char out[1 << 16];
	char path[300];
	int p[2];
	pid_t pid;
	posix_spawn_file_actions_t fa;
	assert_true(tg_copy(path, sizeof(path), lib_path(name)));
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, p[1], 1);
	char *argv[] = {(char[]){"sqlite3"}, (char[]){"-batch"}, path, strdup(sql), NULL};
	assert_int_equal(posix_spawnp(&pid, "sqlite3", &fa, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&fa);
	free(argv[3]);
	close(p[1]);
	size_t n = 0;
	for (ssize_t r; n < sizeof(out) - 1 && (r = read(p[0], out + n, sizeof(out) - 1 - n)) > 0;)
		n += (size_t)r;
	close(p[0]);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	while (n > 0 && out[n - 1] == '\n')
		n--;
	out[n] = '\0';
	return out;
}

void lib_make_version_3(const char *name)
{
	static const char added[] =
	        "SELECT 'DROP TRIGGER ' || name || ';' FROM sqlite_schema WHERE type = 'trigger';"
	        "SELECT 'DROP INDEX ' || name || ';' FROM sqlite_schema WHERE type = 'index' AND name IN "
	        "('application_held', 'application_idle', 'feed_audience', 'feed_gone');"
	        "SELECT 'DROP TABLE ' || name || ';' FROM sqlite_schema WHERE type = 'table' AND name NOT IN "
	        "('meta', 'journal', 'high_water', 'mark', 'application', 'application_entry', 'sync_state', "
	        "'lock_try', 'lock_clear', 'token', 'token_entry', 'pin_work', 'feed', 'feed_state', 'store_key', "
	        "'early', 'kiosk_role', 'claim', 'work', 'used_signature', 'power', 'complaint', 'ticket');"
	        "SELECT 'ALTER TABLE ' || t.name || ' DROP COLUMN ' || c.name || ';' FROM sqlite_schema t "
	        "JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name || '.' || c.name IN "
	        "('application.held', 'feed.seen', 'feed_state.floor', 'feed_state.walk', 'sync_state.acked_tree', "
	        "'sync_state.best_tree');";
	static char undo[4000];
	assert_true(tg_copy(undo, sizeof(undo), lib_sqlite3(name, added)));
	(void)lib_sqlite3(name, undo);
	(void)lib_sqlite3(name, "PRAGMA user_version = 3");
}

long lib_count(const char *name, const char *sql)
{
	const char *text = lib_sqlite3(name, sql);
	char *end;
	long v = strtol(text, &end, 10);
	assert_true(*text && *end == '\0');
	return v;
}

void lib_chain_make(struct lib_chain *c, const char *kiosk, size_t n)
{
	*c = (struct lib_chain){.n = n};
	assert_true(tg_copy(c->kiosk, sizeof(c->kiosk), kiosk));
	c->entries = calloc(n, sizeof(*c->entries));
	c->bodies = calloc(n, sizeof(*c->bodies));
	assert_true(c->entries && c->bodies);
	uint8_t prev[TG_HASH_LEN];
	tg_entry_genesis(kiosk, prev);
	for (size_t i = 0; i < n; i++) {
		struct tg_entry *e = &c->entries[i];
		int len = snprintf(c->bodies[i], sizeof(c->bodies[i]), "{\"code\":%zu,\"screen\":\"%s\"}", i, kiosk);
		*e = (struct tg_entry){
		        .seq = i + 1, .time_ms = NOW + (int64_t)i, .kind = "failure.shown", .version = 1};
		e->body = c->bodies[i];
		e->body_len = (size_t)len;
		assert_true(tg_copy(e->kiosk, sizeof(e->kiosk), kiosk));
		memset(e->salt, (int)(i & 0xff), TG_SALT_LEN);
		memcpy(e->prev_hash, prev, TG_HASH_LEN);
		assert_int_equal(tg_entry_seal(e), TG_OK);
		memcpy(prev, e->hash, TG_HASH_LEN);
	}
}

void lib_chain_free(struct lib_chain *c)
{
	free(c->entries);
	free(c->bodies);
}

uint32_t lib_rnd(uint64_t *state, uint32_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(((*state >> 32) * below) >> 32);
}

enum tg_status lib_verify(struct tg_store *s, struct tg_verify_report *report)
{
	struct tg_error err = {0};
	return tg_store_verify(s, report, &err);
}

enum tg_status lib_see(const struct tg_entry *e, void *ctx)
{
	struct lib_seen *seen = ctx;
	seen->ordered = seen->n == 0 ? true : seen->ordered && e->seq == seen->last_seq + 1;
	seen->n++;
	seen->last_seq = e->seq;
	memcpy(seen->hash, e->hash, TG_HASH_LEN);
	return TG_OK;
}

bool lib_deep(void)
{
	const char *deep = getenv("TAMGA_DEEP");
	return deep && deep[0] != '\0';
}
