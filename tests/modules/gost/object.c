#include "module.h"

#include <unistd.h>

static struct object objects[OBJECTS_MAX];
static CK_OBJECT_HANDLE next_handle = 1;

void object_free(struct object *o)
{
	for (unsigned i = 0; i < o->n; i++)
		OPENSSL_clear_free(o->list[i].value, o->list[i].len);
	memset(o, 0, sizeof *o);
}

struct object *object_new(void)
{
	for (unsigned i = 0; i < OBJECTS_MAX; i++) {
		if (objects[i].handle != 0)
			continue;
		objects[i].handle = next_handle++;
		return &objects[i];
	}
	return NULL;
}

struct object *object_at(unsigned i)
{
	return objects[i].handle == 0 ? NULL : &objects[i];
}

struct object *object_get(CK_OBJECT_HANDLE h)
{
	for (unsigned i = 0; h != 0 && i < OBJECTS_MAX; i++)
		if (objects[i].handle == h)
			return &objects[i];
	return NULL;
}

bool object_set(struct object *o, CK_ATTRIBUTE_TYPE type, const void *value, size_t n)
{
	struct attribute *a = (struct attribute *)(uintptr_t)object_find(o, type);
	if (a == NULL && o->n == ATTRIBUTES_MAX)
		return false;
	uint8_t *copy = OPENSSL_malloc(n == 0 ? 1 : n);
	if (copy == NULL)
		return false;
	if (n > 0)
		memcpy(copy, value, n);
	if (a == NULL)
		a = &o->list[o->n++];
	else
		OPENSSL_clear_free(a->value, a->len);
	*a = (struct attribute){type, n, copy};
	return true;
}

bool object_set_all(struct object *o, const CK_ATTRIBUTE *list, CK_ULONG n)
{
	for (CK_ULONG i = 0; i < n; i++)
		if ((list[i].pValue == NULL && list[i].ulValueLen > 0) || list[i].ulValueLen > 65536 ||
		        !object_set(o, list[i].type, list[i].pValue, list[i].ulValueLen))
			return false;
	return true;
}

const struct attribute *object_find(const struct object *o, CK_ATTRIBUTE_TYPE type)
{
	for (unsigned i = 0; i < o->n; i++)
		if (o->list[i].type == type)
			return &o->list[i];
	return NULL;
}

bool object_flag(const struct object *o, CK_ATTRIBUTE_TYPE type, bool otherwise)
{
	const struct attribute *a = object_find(o, type);
	return a == NULL || a->len != sizeof(CK_BBOOL) ? otherwise : a->value[0] != CK_FALSE;
}

CK_ULONG object_ulong(const struct object *o, CK_ATTRIBUTE_TYPE type, CK_ULONG otherwise)
{
	const struct attribute *a = object_find(o, type);
	if (a != NULL && a->len == sizeof otherwise)
		memcpy(&otherwise, a->value, sizeof otherwise);
	return otherwise;
}

bool object_matches(const struct object *o, const CK_ATTRIBUTE *list, CK_ULONG n)
{
	for (CK_ULONG i = 0; i < n; i++) {
		const struct attribute *a = object_find(o, list[i].type);
		if (a == NULL || a->len != list[i].ulValueLen || memcmp(a->value, list[i].pValue, a->len) != 0)
			return false;
	}
	return true;
}

/* --- On the token: per attribute type, length, value, in the machine's own order. */
static void name_of(CK_OBJECT_HANDLE h, char out[32])
{
	(void)snprintf(out, 32, "object-%lu", h);
}

bool object_save(const struct object *o)
{
	static uint8_t bytes[65536];
	char name[32];
	size_t n = 0;
	if (o->session_only)
		return true;
	for (unsigned i = 0; i < o->n; i++) {
		const struct attribute *a = &o->list[i];
		if (n + 2 * sizeof(CK_ULONG) + a->len > sizeof bytes)
			return false;
		memcpy(bytes + n, &a->type, sizeof a->type);
		memcpy(bytes + n + sizeof a->type, &a->len, sizeof a->len);
		memcpy(bytes + n + 2 * sizeof a->len, a->value, a->len);
		n += 2 * sizeof a->len + a->len;
	}
	name_of(o->handle, name);
	return file_write(name, bytes, n);
}

void object_unsave(const struct object *o)
{
	char name[32];
	name_of(o->handle, name);
	if (!o->session_only)
		file_remove(name);
}

static void load_one(CK_OBJECT_HANDLE h)
{
	static uint8_t bytes[65537];
	char name[32];
	name_of(h, name);
	long n = file_read(name, bytes, sizeof bytes);
	struct object *o = n <= 0 ? NULL : object_new();
	if (o == NULL)
		return;
	o->handle = h;
	for (size_t at = 0; at + 2 * sizeof(CK_ULONG) <= (size_t)n;) {
		CK_ULONG type, len;
		memcpy(&type, bytes + at, sizeof type);
		memcpy(&len, bytes + at + sizeof type, sizeof len);
		at += 2 * sizeof len;
		if (len > (size_t)n - at || !object_set(o, type, bytes + at, len))
			break;
		at += len;
	}
}

void objects_load(void)
{
	objects_forget();
	for (CK_OBJECT_HANDLE h = 1; h < 4 * OBJECTS_MAX; h++)
		load_one(h);
	for (next_handle = 4 * OBJECTS_MAX - 1; next_handle > 1 && object_get(next_handle - 1) == NULL;)
		next_handle--;
}

void objects_forget(void)
{
	for (unsigned i = 0; i < OBJECTS_MAX; i++)
		object_free(&objects[i]);
	next_handle = 1;
}

void objects_destroy_all(void)
{
	for (unsigned i = 0; i < OBJECTS_MAX; i++)
		if (objects[i].handle != 0)
			object_unsave(&objects[i]);
	objects_forget();
}
