/* Layer: office. What the state registers of persons and entities say beside an application (NCA-9.check): a port with
 * two adapters, registers imported from files (the embedded default) and an HTTPS service. Decision 0181.
 *
 * Which answers of a form are held against which facts of which register is data: screens/registers.yaml.
 *
 * The HTTPS contract, for whoever stands before a real register (TLS 1.2 or newer, the server's certificate checked,
 * a client certificate where one is given):
 *   POST <url>/v1/registers/<register>      Content-Type: application/json    {"key": "900101300017"}
 *   200, application/json, at most 64 KiB:
 *        {"found": true, "source": "…", "time_ms": 1763800000000, "facts": {"surname": "…", …}, "ended": false}
 *        {"found": false, "source": "…", "time_ms": …}
 * `source` names the register as the desk shall see it (at most 100 characters), `time_ms` is as of when it speaks;
 * `facts` are strings by the names of registers.yaml, others are ignored; `ended`: the person died, the entity was
 * closed. Keys are sent in the body, never in the address: addresses are logged. Any other answer, none in time, or
 * none at all is "down": the desk then goes by paper. */
#ifndef TAMGA_REGISTER_H
#define TAMGA_REGISTER_H

#include "tamga/buf.h"
#include "tamga/clock.h"
#include "tamga/office.h"
#include "tamga/screen.h"

#define TG_REGISTER_FACTS_MAX  24
#define TG_REGISTER_SOURCE_MAX 301
#define TG_REGISTER_KEY_MAX    32

/* --- The map: fields of forms and facts of registers */
struct tg_register_fact {
	char *field, *fact;
};
struct tg_register_group { /* one person or entity of a form */
	char *form, *key;  /* ids of the form and of the field that holds IIN or BIN */
	struct tg_register_fact *facts;
	unsigned n_facts;
};
struct tg_register_map {
	char *id; /* "persons" */
	struct tg_register_group *groups;
	unsigned n_groups;
};
struct tg_registers {
	struct tg_register_map *maps;
	unsigned n_maps;
};
/* TG_SCREEN_DATA with file, line, column; also when a form or a field is not in the catalogue. */
enum tg_status tg_registers_load(struct tg_registers **out, const char *path, const struct tg_catalog *catalog,
        struct tg_error *err) TG_MUST_USE;
void tg_registers_free(struct tg_registers *r); /* takes NULL */

/* --- The port */
struct tg_register_record {
	char source[TG_REGISTER_SOURCE_MAX];
	int64_t time_ms;
	bool ended;
	struct tg_buf facts; /* JSON object; wiped by tg_register_record_wipe */
};
void tg_register_record_wipe(struct tg_register_record *r);
struct tg_register_port {
	/* TG_OK; TG_NOT_FOUND (source and time are set); TG_REGISTER_DOWN. */
	enum tg_status (*look)(
	        void *ctx, const char *id, const char *key, struct tg_register_record *out, struct tg_error *err);
	void *ctx;
};

/* Registers that were imported into office.db. */
struct tg_register_port tg_register_file_port(struct tg_office *o);
/* Replaces what was imported as register `id`, all or nothing. The file is UTF-8 and one of: JSON lines, an object with
 * "key" and facts as strings each, "ended" true or false; or CSV (RFC 4180, comma or semicolon), its first line names
 * the columns, "key" among them. TG_INVALID with file and line: not that, a fact or a register that the map has not, a
 * key that is no IIN or BIN, a key twice. `records`: how many there are now. */
struct tg_register_import {
	const char *id, *path;
	const char *source; /* what the desk shall see; NULL: the file's name */
	const struct tg_registers *map;
	int64_t now_ms;
	bool accept_test_ids; /* the NCA's published test numbers (NCA-V) */
};
enum tg_status tg_register_import(
        struct tg_office *o, const struct tg_register_import *i, uint64_t *records, struct tg_error *err) TG_MUST_USE;
/* What is imported; the strings are borrowed. */
typedef void tg_register_seen(const char *id, const char *source, int64_t time_ms, int64_t records, void *ctx);
enum tg_status tg_register_list(struct tg_office *o, tg_register_seen *fn, void *ctx, struct tg_error *err) TG_MUST_USE;

/* An HTTPS service. One object belongs to one thread. */
struct tg_register_https;
struct tg_register_https_settings {
	const char *url;        /* "https://registers.example.kz" */
	const char *ca;         /* PEM of who may vouch for it; NULL: the system's */
	const char *cert, *key; /* PEM of ours, or NULL */
	int timeout_ms;         /* of one question; 0: 5000 */
};
enum tg_status tg_register_https_create(
        struct tg_register_https **out, const struct tg_register_https_settings *s, struct tg_error *err) TG_MUST_USE;
void tg_register_https_destroy(struct tg_register_https *h); /* takes NULL */
struct tg_register_port tg_register_https_port(struct tg_register_https *h);

/* --- Holding an application against the registers */
struct json_t; /* jansson's */
/* `application`: body of application.submitted. `*answer`: array of {"name", "field", "status": "same"|"other"|"none"|
 * "down", "source", "time_ms", "differs": [field ids], "ended"}, one for each group of its form whose key is answered;
 * the caller's to json_decref. "other" also when nothing differs but the person or entity has "ended". What differs is
 * named, never shown. TG_NO_MEMORY. */
enum tg_status tg_register_compare(const struct tg_registers *map, const struct tg_register_port *port,
        const struct json_t *application, int64_t now_ms, struct json_t **answer, struct tg_error *err) TG_MUST_USE;
/* Whether two spellings are the same to a register: case, blanks, quotes and dashes, ways of writing a date. */
bool tg_register_same(const char *a, const char *b);

#endif
