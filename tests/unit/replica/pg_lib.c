#include "pg_lib.h"

#include <libpq-fe.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[200], info[300], admin[300];
static PGconn *eye;

static int run(const char *const argv[])
{
	pid_t pid;
	int status = 0;
	assert_int_equal(posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv, environ), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int script(const char *what, const char *more)
{
	static const char path[] = TAMGA_TESTS_DIR "/lib/postgres.sh";
	const char *const argv[] = {"bash", path, what, dir, more, NULL};
	return run(argv);
}

void pg_up(unsigned standbys)
{
	const char *base = getenv("TMPDIR");
	char n[8];
	(void)snprintf(dir, sizeof(dir), "%s/tamga-pg-XXXXXX", base && *base ? base : "/tmp");
	(void)snprintf(n, sizeof(n), "%u", standbys);
	assert_non_null(mkdtemp(dir));
	int rc = script("up", n);
	if (rc == 77) {
		(void)rmdir(dir);
		exit(77);
	}
	assert_int_equal(rc, 0);
	(void)snprintf(info, sizeof(info), "host=%s user=tamga dbname=tamga", dir);
	(void)snprintf(
	        admin, sizeof(admin), "host=%s user=postgres dbname=tamga options='-c client_min_messages=error'", dir);
}

void pg_down(void)
{
	PQfinish(eye);
	eye = NULL;
	assert_int_equal(script("down", NULL), 0);
	const char *const argv[] = {"rm", "-rf", dir, NULL};
	assert_int_equal(run(argv), 0);
}

const char *pg_dir(void)
{
	return dir;
}

const char *pg_conninfo(void)
{
	return info;
}

struct tg_postgres pg_options(void)
{
	return (struct tg_postgres){.conninfo = info, .timeout_ms = 2000};
}

static PGconn *look(void)
{
	if (eye && PQstatus(eye) != CONNECTION_OK) {
		PQfinish(eye);
		eye = NULL;
	}
	if (!eye)
		eye = PQconnectdb(admin);
	if (PQstatus(eye) != CONNECTION_OK)
		print_error("%s", PQerrorMessage(eye));
	assert_int_equal(PQstatus(eye), CONNECTION_OK);
	return eye;
}

void pg_do(const char *sql)
{
	PGresult *r = PQexec(look(), sql);
	ExecStatusType st = PQresultStatus(r);
	if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK)
		print_error("%s: %s", sql, PQerrorMessage(eye));
	assert_true(st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK);
	PQclear(r);
}

long pg_number(const char *sql)
{
	PGresult *r = PQexec(look(), sql);
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		print_error("%s: %s", sql, PQerrorMessage(eye));
	assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
	assert_int_equal(PQntuples(r), 1);
	long n = strtol(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	return n;
}

void pg_until(const char *sql, long want)
{
	for (int i = 0; i < 400; i++) {
		if (pg_number(sql) == want)
			return;
		usleep(50000);
	}
	print_error("%s never gave %ld\n", sql, want);
	fail();
}

void pg_reset(void)
{
	pg_do("ALTER SYSTEM RESET synchronous_standby_names");
	pg_do("SELECT pg_reload_conf()");
	pg_until("SELECT count(*) FROM pg_settings WHERE name = 'synchronous_standby_names' AND setting = ''", 1);
	pg_do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tamga'");
	pg_do("DROP SCHEMA IF EXISTS tamga CASCADE");
}
