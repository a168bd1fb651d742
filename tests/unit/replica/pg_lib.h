/* A PostgreSQL of the tests' own (tests/lib/postgres.sh), and a second connection as superuser: an eye and a hand that
 * know nothing of our code. */
#ifndef TG_REPLICA_TESTS_PG_LIB_H
#define TG_REPLICA_TESTS_PG_LIB_H

#include "../store/lib.h"
#include "tamga/replica.h"

/* Ends the program with 77 when PostgreSQL is not installed. */
void pg_up(unsigned standbys);
void pg_down(void);
const char *pg_dir(void);
const char *pg_conninfo(void);
struct tg_postgres pg_options(void); /* of the one database, 2 s of patience */
/* No tables, no standbys asked for. */
void pg_reset(void);
/* One or more statements as superuser. */
void pg_do(const char *sql);
long pg_number(const char *sql);
/* Waits until a query gives this number; fails after 20 s. */
void pg_until(const char *sql, long want);

#endif
