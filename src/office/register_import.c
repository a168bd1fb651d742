/* Registers from files into office.db, and looking there. */
#include "db.h"
#include "tamga/file.h"
#include "tamga/record.h"
#include "tamga/register.h"
#include "tamga/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX  (256u * 1024u * 1024u)
#define VALUE_MAX 1000
#define COLUMNS   (TG_REGISTER_FACTS_MAX + 2)

struct import {
	struct tg_office *o;
	const struct tg_register_import *i;
	const struct tg_register_map *map;
	struct tg_error *err;
	sqlite3_stmt *put;
	const char *at, *end; /* of the text */
	int line, row_line;
	uint64_t n;
};

static enum tg_status bad(const struct import *m, const char *what)
{
	return tg_error_at(m->err, TG_INVALID, m->i->path, m->row_line, 1, "%s", what);
}

/* --- One record */

static bool is_key(const struct import *m, const char *key)
{
	return tg_id_iin(key) == TG_ID_OK || tg_id_bin(key) == TG_ID_OK || tg_id_kg_pin(key) == TG_ID_OK ||
	       (m->i->accept_test_ids && tg_id_is_nca_test(key));
}

static bool is_fact(const struct tg_register_map *map, const char *name)
{
	for (unsigned g = 0; g < map->n_groups; g++)
		for (unsigned i = 0; i < map->groups[g].n_facts; i++)
			if (strcmp(map->groups[g].facts[i].fact, name) == 0)
				return true;
	return false;
}

static enum tg_status check_member(const struct import *m, const char *name, const json_t *value)
{
	if (strcmp(name, "ended") == 0)
		return json_is_boolean(value) ? TG_OK : bad(m, "'ended' is true or false");
	if (strcmp(name, "key") != 0 && !is_fact(m->map, name))
		return bad(m, "a member that registers.yaml does not have for this register");
	if (!json_is_string(value) || json_string_length(value) >= VALUE_MAX ||
	        strlen(json_string_value(value)) != json_string_length(value))
		return bad(m, "a value that is no text, or too long");
	return TG_OK;
}

static enum tg_status put(struct import *m, const char *key, const char *facts)
{
	(void)sqlite3_reset(m->put);
	tg_office_bind(m->put, 1, m->i->id);
	tg_office_bind(m->put, 2, key);
	tg_office_bind(m->put, 3, facts);
	int rc = sqlite3_step(m->put);
	if ((rc & 0xff) == SQLITE_CONSTRAINT)
		return bad(m, "this key stands twice");
	m->n++;
	return tg_office_status(m->o, rc, m->err);
}

static enum tg_status put_record(struct import *m, json_t *record)
{
	const char *name, *key = json_string_value(json_object_get(record, "key"));
	json_t *value;
	if (!json_is_object(record) || !key || !is_key(m, key))
		return bad(m, "no 'key', or it is no IIN and no BIN");
	json_object_foreach(record, name, value) TG_TRY(check_member(m, name, value));
	char *copy = strdup(key);
	bool ok = copy && json_object_del(record, "key") == 0;
	char *facts = ok ? json_dumps(record, JSON_COMPACT) : NULL;
	enum tg_status st = facts ? put(m, copy, facts) : tg_error_set(m->err, TG_NO_MEMORY, "register");
	free(facts);
	free(copy);
	return st;
}

/* --- JSON lines */

static enum tg_status read_json_lines(struct import *m)
{
	while (m->at < m->end) {
		const char *stop = memchr(m->at, '\n', (size_t)(m->end - m->at));
		size_t n = (size_t)((stop ? stop : m->end) - m->at);
		m->row_line = m->line++;
		if (strspn(m->at, " \t\r") < n) {
			json_t *record = json_loadb(m->at, n, JSON_REJECT_DUPLICATES, NULL);
			enum tg_status st = record ? put_record(m, record) : bad(m, "not a JSON object in one line");
			json_decref(record);
			TG_TRY(st);
		}
		m->at = stop ? stop + 1 : m->end;
	}
	return TG_OK;
}

/* --- CSV, RFC 4180 */

struct csv {
	char separator;
	int n_columns;
	char columns[COLUMNS][64];
	struct tg_buf cell;
	bool last; /* the cell just read ends its record */
};

static void end_cell(struct import *m, struct csv *c)
{
	c->last = m->at >= m->end || *m->at != c->separator;
	if (m->at < m->end && *m->at == '\r' && m->at + 1 < m->end && m->at[1] == '\n')
		m->at++;
	if (m->at < m->end) {
		m->line += *m->at == '\n';
		m->at++;
	}
}

static enum tg_status read_quoted(struct import *m, struct csv *c)
{
	m->at++;
	for (; m->at < m->end; m->at++) {
		if (*m->at == '"' && (m->at + 1 == m->end || m->at[1] != '"'))
			break;
		m->at += *m->at == '"';
		m->line += *m->at == '\n';
		tg_buf_add_u8(&c->cell, (uint8_t)*m->at);
	}
	if (m->at >= m->end)
		return bad(m, "a quotation mark is not closed");
	m->at++;
	if (m->at < m->end && *m->at != c->separator && *m->at != '\r' && *m->at != '\n')
		return bad(m, "something stands behind a closing quotation mark");
	end_cell(m, c);
	return TG_OK;
}

static enum tg_status read_cell(struct import *m, struct csv *c)
{
	tg_buf_reset(&c->cell);
	if (m->at < m->end && *m->at == '"') {
		TG_TRY(read_quoted(m, c));
	} else {
		while (m->at < m->end && *m->at != c->separator && *m->at != '\n' && *m->at != '\r')
			tg_buf_add_u8(&c->cell, (uint8_t)*m->at++);
		end_cell(m, c);
	}
	return tg_buf_status(&c->cell);
}

static enum tg_status read_columns(struct import *m, struct csv *c)
{
	const char *stop = memchr(m->at, '\n', (size_t)(m->end - m->at));
	size_t n = stop ? (size_t)(stop - m->at) : (size_t)(m->end - m->at);
	c->separator = memchr(m->at, ';', n) ? ';' : ',';
	m->row_line = m->line;
	do {
		TG_TRY(read_cell(m, c));
		const char *name = tg_buf_str(&c->cell);
		if (c->n_columns == COLUMNS || !tg_copy(c->columns[c->n_columns], sizeof(c->columns[0]), name))
			return bad(m, "too many columns, or a name of one is too long");
		for (int i = 0; i < c->n_columns; i++)
			if (strcmp(c->columns[i], name) == 0)
				return bad(m, "a column stands twice");
		c->n_columns++;
	} while (!c->last);
	return TG_OK;
}

static bool set_cell(json_t *record, const char *name, const struct tg_buf *cell)
{
	const char *text = tg_buf_str(cell);
	if (cell->len == 0)
		return true;
	if (strcmp(name, "ended") == 0 && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
		return json_object_set_new(record, name, json_boolean(text[0] == 't')) == 0;
	return json_object_set_new(record, name, json_stringn(text, cell->len)) == 0;
}

static enum tg_status read_row(struct import *m, struct csv *c, json_t *record)
{
	int n = 0;
	do {
		TG_TRY(read_cell(m, c));
		if (n >= c->n_columns)
			return bad(m, "more cells than columns");
		if (!set_cell(record, c->columns[n++], &c->cell))
			return bad(m, "a cell that is no text");
	} while (!c->last);
	return n == c->n_columns ? TG_OK : bad(m, "fewer cells than columns");
}

static bool is_blank_line(const struct import *m)
{
	return *m->at == '\n' || (*m->at == '\r' && m->at + 1 < m->end && m->at[1] == '\n');
}

static enum tg_status read_rows(struct import *m, struct csv *c)
{
	TG_TRY(read_columns(m, c));
	while (m->at < m->end) {
		m->row_line = m->line;
		if (is_blank_line(m)) {
			m->at += *m->at == '\r' ? 2 : 1;
			m->line++;
			continue;
		}
		json_t *record = json_object();
		enum tg_status st = record ? read_row(m, c, record) : TG_NO_MEMORY;
		if (st == TG_OK)
			st = put_record(m, record);
		json_decref(record);
		TG_TRY(st);
	}
	return TG_OK;
}

static enum tg_status read_csv(struct import *m)
{
	struct csv *c = calloc(1, sizeof(*c));
	enum tg_status st = c ? read_rows(m, c) : tg_error_set(m->err, TG_NO_MEMORY, "register");
	if (c)
		tg_buf_wipe(&c->cell);
	free(c);
	return st;
}

/* --- The whole file */

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static enum tg_status note_source(struct import *m)
{
	sqlite3_stmt *q;
	char source[TG_REGISTER_SOURCE_MAX];
	const char *given = m->i->source ? m->i->source : file_name(m->i->path);
	tg_text_clean(source, sizeof(source), given, strlen(given), 100);
	TG_TRY(tg_office_prepare(m->o, "INSERT OR REPLACE INTO register_source VALUES (?1, ?2, ?3, ?4)", &q, m->err));
	tg_office_bind(q, 1, m->i->id);
	tg_office_bind(q, 2, source);
	(void)sqlite3_bind_int64(q, 3, m->i->now_ms);
	(void)sqlite3_bind_int64(q, 4, (sqlite3_int64)m->n);
	return tg_office_run(m->o, q, m->err);
}

static enum tg_status forget_old(struct import *m)
{
	sqlite3_stmt *q;
	TG_TRY(tg_office_prepare(m->o, "DELETE FROM register WHERE register = ?1", &q, m->err));
	tg_office_bind(q, 1, m->i->id);
	return tg_office_run(m->o, q, m->err);
}

static enum tg_status replace(struct import *m)
{
	TG_TRY(forget_old(m));
	TG_TRY(tg_office_prepare(m->o, "INSERT INTO register VALUES (?1, ?2, ?3)", &m->put, m->err));
	while (m->at < m->end && (*m->at == '\n' || *m->at == '\r')) {
		m->line += *m->at == '\n';
		m->at++;
	}
	m->row_line = m->line;
	enum tg_status st;
	if (m->at >= m->end)
		st = bad(m, "the file is empty");
	else
		st = *m->at == '{' ? read_json_lines(m) : read_csv(m);
	sqlite3_finalize(m->put);
	m->put = NULL;
	return st == TG_OK ? note_source(m) : st;
}

enum tg_status tg_register_import(
        struct tg_office *o, const struct tg_register_import *i, uint64_t *records, struct tg_error *err)
{
	struct tg_buf text = TG_BUF_INIT;
	struct import m = {.o = o, .i = i, .err = err, .line = 1, .row_line = 1};
	for (unsigned n = 0; n < i->map->n_maps; n++)
		if (strcmp(i->map->maps[n].id, i->id) == 0)
			m.map = &i->map->maps[n];
	if (!m.map)
		return tg_error_set(err, TG_INVALID, "registers.yaml has no such register");
	enum tg_status st = tg_file_read(&text, i->path, FILE_MAX, err);
	if (st == TG_OK && (!tg_utf8_valid(tg_buf_str(&text), text.len) || memchr(tg_buf_str(&text), 0, text.len)))
		st = tg_error_at(err, TG_INVALID, i->path, 1, 1, "not UTF-8 text");
	if (st == TG_OK) {
		bool mark = text.len >= 3 && memcmp(tg_buf_str(&text), "\xEF\xBB\xBF", 3) == 0;
		m.at = tg_buf_str(&text) + (mark ? 3 : 0);
		m.end = tg_buf_str(&text) + text.len;
		st = tg_office_begin(o, err);
		if (st == TG_OK)
			st = tg_office_end(o, replace(&m), err);
	}
	tg_buf_wipe(&text);
	*records = m.n;
	return st;
}

enum tg_status tg_register_list(struct tg_office *o, tg_register_seen *fn, void *ctx, struct tg_error *err)
{
	sqlite3_stmt *q;
	enum tg_status st;
	TG_TRY(tg_office_prepare(
	        o, "SELECT register, source, time_ms, records FROM register_source ORDER BY register", &q, err));
	while ((st = tg_office_row(o, q, err)) == TG_OK)
		fn(tg_office_text(q, 0), tg_office_text(q, 1), sqlite3_column_int64(q, 2), sqlite3_column_int64(q, 3),
		        ctx);
	return st == TG_NOT_FOUND ? TG_OK : st;
}

/* --- Looking */

static enum tg_status find_source(
        struct tg_office *o, const char *id, struct tg_register_record *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_office_prepare(o, "SELECT source, time_ms FROM register_source WHERE register = ?1", &q, err));
	tg_office_bind(q, 1, id);
	enum tg_status st = tg_office_row(o, q, err);
	if (st == TG_NOT_FOUND)
		return tg_error_set(err, TG_REGISTER_DOWN, "register: nothing was imported");
	TG_TRY(st);
	(void)tg_copy(out->source, sizeof(out->source), tg_office_text(q, 0));
	out->time_ms = sqlite3_column_int64(q, 1);
	return tg_office_status(o, sqlite3_finalize(q), err);
}

static enum tg_status find_facts(
        struct tg_office *o, const char *id, const char *key, struct tg_register_record *out, struct tg_error *err)
{
	sqlite3_stmt *q;
	TG_TRY(tg_office_prepare(o,
	        "SELECT facts, coalesce(json_extract(facts, '$.ended'), 0) FROM register WHERE register = ?1 AND key = "
	        "?2",
	        &q, err));
	tg_office_bind(q, 1, id);
	tg_office_bind(q, 2, key);
	TG_TRY(tg_office_row(o, q, err));
	tg_buf_add_str(&out->facts, tg_office_text(q, 0));
	out->ended = sqlite3_column_int(q, 1) != 0;
	TG_TRY(tg_office_status(o, sqlite3_finalize(q), err));
	return tg_buf_status(&out->facts);
}

static enum tg_status look(
        void *ctx, const char *id, const char *key, struct tg_register_record *out, struct tg_error *err)
{
	struct tg_office *o = ctx;
	TG_TRY(find_source(o, id, out, err));
	enum tg_status st = find_facts(o, id, key, out, err);
	return st == TG_OK || st == TG_NOT_FOUND ? st : tg_error_set(err, TG_REGISTER_DOWN, "register: office.db");
}

struct tg_register_port tg_register_file_port(struct tg_office *o)
{
	return (struct tg_register_port){look, o};
}
