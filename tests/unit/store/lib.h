/* What the store's tests share: a folder of their own, streams of entries, the sqlite3 program as a second opinion. */
#ifndef TG_STORE_TESTS_LIB_H
#define TG_STORE_TESTS_LIB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tamga/store.h"

#define NOW INT64_C(1795338930000)

/* A new folder under TMPDIR (or /tmp), and its removal with everything in it. */
void lib_make_dir(void);
void lib_remove_dir(void);
/* The same as cmocka calls it. */
int lib_setup(void **state);
int lib_teardown(void **state);
/* Path of a file in it; four results live at a time. */
const char *lib_path(const char *name);
void lib_copy(const char *from, const char *to);
size_t lib_file_size(const char *path);

struct tg_store *lib_open_kiosk(const char *name, const char *kiosk);
struct tg_store *lib_open_centre(const char *name);
/* Opens, expects `want`. */
void lib_open_fails(const char *name, enum tg_store_role role, const char *kiosk, enum tg_status want);
uint64_t lib_append(struct tg_store *s, enum tg_record_kind kind, const char *json);
/* One application, submitted, with chip work, delivered: six entries. */
void lib_whole_application(struct tg_store *s, const char *number, const char *serial);

/* What the kiosk has written goes to the centre; the feed comes back. */
void lib_send_all(struct tg_store *kiosk, const char *id, struct tg_store *centre, int64_t now);
void lib_read_feed(struct tg_store *kiosk, const char *id, struct tg_store *centre);

/* Runs `sqlite3 FILE SQL` and returns what it prints without the last newline; static memory. */
const char *lib_sqlite3(const char *name, const char *sql);
/* The same for its number. */
long lib_count(const char *name, const char *sql);

/* What later versions added to a database is taken out of it: it is one of version 3 then. */
void lib_make_version_3(const char *name);

/* A chain made without a store. */
struct lib_chain {
	char kiosk[TG_KIOSK_MAX + 1];
	struct tg_entry *entries;
	char (*bodies)[80];
	size_t n;
};
void lib_chain_make(struct lib_chain *c, const char *kiosk, size_t n);
void lib_chain_free(struct lib_chain *c);

/* Pseudo-random numbers with a fixed seed. */
uint32_t lib_rnd(uint64_t *state, uint32_t below);

enum tg_status lib_verify(struct tg_store *s, struct tg_verify_report *report);
/* Counts entries and keeps the last hash. */
struct lib_seen {
	uint64_t n, last_seq;
	uint8_t hash[TG_HASH_LEN];
	bool ordered;
};
enum tg_status lib_see(const struct tg_entry *e, void *seen);

/* ./tests/run --deep: every place of a sweep; otherwise some of them. */
bool lib_deep(void);

#endif
