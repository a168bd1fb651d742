/* Values of a request and of an answer in PostgreSQL's binary form: big-endian, as our own buffers write. */
#include "pg.h"

void tg_pg_values_finish(struct tg_pg_values *v)
{
	tg_buf_finish(&v->bytes);
	*v = (struct tg_pg_values){0};
}

static void begin(struct tg_pg_values *v)
{
	if (v->n < TG_PG_VALUES)
		v->at[v->n] = v->bytes.len;
	else
		v->bytes.failed = true;
}

static void end(struct tg_pg_values *v)
{
	if (v->bytes.failed)
		return;
	v->len[v->n] = (int)(v->bytes.len - v->at[v->n]);
	v->n++;
}

void tg_pg_add_int(struct tg_pg_values *v, int64_t number)
{
	begin(v);
	tg_buf_add_u64(&v->bytes, (uint64_t)number);
	end(v);
}

void tg_pg_add_bytes(struct tg_pg_values *v, const void *bytes, size_t n)
{
	begin(v);
	tg_buf_add(&v->bytes, bytes, n);
	end(v);
}

void tg_pg_array_begin(struct tg_pg_values *v, enum tg_pg_type type, size_t n)
{
	begin(v);
	tg_buf_add_u32(&v->bytes, n > 0 ? 1 : 0); /* dimensions */
	tg_buf_add_u32(&v->bytes, 0);             /* no NULLs */
	tg_buf_add_u32(&v->bytes, (uint32_t)type);
	if (n == 0)
		return;
	tg_buf_add_u32(&v->bytes, (uint32_t)n);
	tg_buf_add_u32(&v->bytes, 1); /* index of the first */
}

void tg_pg_item(struct tg_pg_values *v, const void *bytes, size_t n)
{
	tg_buf_add_u32(&v->bytes, (uint32_t)n);
	tg_buf_add(&v->bytes, bytes, n);
}

void tg_pg_item_int(struct tg_pg_values *v, int64_t number)
{
	tg_buf_add_u32(&v->bytes, 8);
	tg_buf_add_u64(&v->bytes, (uint64_t)number);
}

void tg_pg_array_end(struct tg_pg_values *v)
{
	end(v);
}

int64_t tg_pg_int(const PGresult *r, int row, int col)
{
	struct tg_reader in;
	int n = PQgetlength(r, row, col);
	tg_reader_init(&in, PQgetvalue(r, row, col), (size_t)(n > 0 ? n : 0));
	if (n == 8)
		return (int64_t)tg_read_u64(&in);
	return n == 4 ? (int32_t)tg_read_u32(&in) : n == 1 ? tg_read_u8(&in) : 0;
}

bool tg_pg_fixed(const PGresult *r, int row, int col, void *out, size_t n)
{
	if (PQgetisnull(r, row, col) || (size_t)PQgetlength(r, row, col) != n)
		return false;
	memcpy(out, PQgetvalue(r, row, col), n);
	return true;
}

bool tg_pg_text(const PGresult *r, int row, int col, char *out, size_t cap)
{
	size_t n = (size_t)PQgetlength(r, row, col);
	const char *p = PQgetvalue(r, row, col);
	out[0] = '\0';
	if (PQgetisnull(r, row, col) || n >= cap || memchr(p, '\0', n))
		return false;
	memcpy(out, p, n);
	out[n] = '\0';
	return true;
}
