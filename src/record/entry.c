#include "parts.h"

struct kind_row {
	const char *name;
	int version;
	bool personal;
};

#define KIND_ROW(name, text, version, personal) {text, version, personal},
static const struct kind_row kinds[TG_RECORD_KIND_COUNT] = {TG_RECORD_KINDS(KIND_ROW)};
#undef KIND_ROW

const char *tg_record_kind_name(enum tg_record_kind kind)
{
	return (unsigned)kind < TG_RECORD_KIND_COUNT ? kinds[kind].name : "";
}

int tg_record_kind_version(enum tg_record_kind kind)
{
	return (unsigned)kind < TG_RECORD_KIND_COUNT ? kinds[kind].version : 0;
}

bool tg_record_kind_personal(enum tg_record_kind kind)
{
	return (unsigned)kind >= TG_RECORD_KIND_COUNT || kinds[kind].personal;
}

static const struct {
	enum tg_record_kind kind;
	const char *members;
} kept[] = {
        /* `account` stands in the entries of bookkeeping too, which are not erased. */
        {TG_RECORD_APPLICATION_SUBMITTED,
                "number provider service kind form form_version language channel operation way power ticket "
                "promised_ms proof confirm serials revokes charges currency account carriers purpose about carrier"},
        {TG_RECORD_CHIP_DONE, "number serial step key id carrier purpose code"},
        {TG_RECORD_APPLICATION_ISSUED, "number serial profile until_ms from_ms"},
        {TG_RECORD_HEAD_DECIDED, "number yes"},
        {TG_RECORD_DESK_DECIDED, "number staff outcome ground missing promised_ms"},
        {TG_RECORD_APPLICATION_SIGNED, "number"},
        {TG_RECORD_COMPANIES_CHANGED, "number certificate product count code"},
};

const char *tg_record_kind_kept(int kind)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if ((int)kept[i].kind == kind)
			return kept[i].members;
	return "";
}

#define PERSONAL_true(text) text,
#define PERSONAL_false(text)
#define PERSONAL(name, text, version, personal) PERSONAL_##personal(text)
static const char *const personal_kinds[] = {TG_RECORD_KINDS(PERSONAL) NULL};
#undef PERSONAL

const char *const *tg_record_personal_kinds(void)
{
	return personal_kinds;
}

int tg_record_kind_find(const char *name)
{
	for (int i = 0; i < TG_RECORD_KIND_COUNT; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return i;
	return -1;
}

bool tg_kiosk_id_valid(const char *kiosk)
{
	size_t n = strnlen(kiosk, TG_KIOSK_MAX + 1);
	if (n == 0 || n > TG_KIOSK_MAX)
		return false;
	return strspn(kiosk, TG_KIOSK_CHARS) == n;
}

/* Labels are hashed with their NUL, so that no label is the beginning of another. */
#define LABEL(text)                                                                                                    \
	{                                                                                                              \
		(const uint8_t *)(text), sizeof(text)                                                                  \
	}
#define BYTES(array)                                                                                                   \
	{                                                                                                              \
		(array), sizeof(array)                                                                                 \
	}

void tg_record_put_text(struct tg_buf *b, const char *s)
{
	size_t n = strlen(s);
	tg_buf_add_u16(b, (uint16_t)n);
	tg_buf_add(b, s, n);
}

void tg_entry_genesis(const char *kiosk, uint8_t out[TG_HASH_LEN])
{
	const struct tg_bytes pieces[] = {LABEL("tamga-genesis-1"), {(const uint8_t *)kiosk, strlen(kiosk)}};
	/* A hash that could not be made fits no entry: the caller sees a broken chain, never a false agreement. */
	if (tg_digest(pieces, 2, out) != TG_OK)
		memset(out, 0, TG_HASH_LEN);
}

static enum tg_status hash_body(const struct tg_entry *e, uint8_t out[TG_HASH_LEN])
{
	const struct tg_bytes pieces[] = {
	        LABEL("tamga-body-1"), BYTES(e->salt), {(const uint8_t *)e->body, e->body_len}};
	return tg_digest(pieces, 3, out);
}

void tg_entry_put_head(struct tg_buf *b, const struct tg_entry *e)
{
	tg_record_put_text(b, e->kiosk);
	tg_buf_add_u64(b, e->seq);
	tg_buf_add_u64(b, (uint64_t)e->time_ms);
	tg_record_put_text(b, e->kind);
	tg_buf_add_u32(b, e->version);
}

static enum tg_status hash_entry(const struct tg_entry *e, uint8_t out[TG_HASH_LEN])
{
	struct tg_buf head = TG_BUF_INIT;
	tg_entry_put_head(&head, e);
	const struct tg_bytes pieces[] = {
	        LABEL("tamga-entry-1"), {head.data, head.len}, BYTES(e->body_hash), BYTES(e->prev_hash)};
	enum tg_status st = tg_buf_status(&head);
	if (st == TG_OK)
		st = tg_digest(pieces, 4, out);
	tg_buf_finish(&head);
	return st;
}

void tg_entry_forget_body(struct tg_entry *e)
{
	e->body = NULL;
	e->body_len = 0;
	memset(e->salt, 0, TG_SALT_LEN);
}

enum tg_status tg_entry_seal(struct tg_entry *e)
{
	if (e->body)
		TG_TRY(hash_body(e, e->body_hash));
	return hash_entry(e, e->hash);
}

enum tg_status tg_entry_check(const struct tg_entry *e, const uint8_t prev_hash[TG_HASH_LEN])
{
	uint8_t h[TG_HASH_LEN];
	if (memcmp(e->prev_hash, prev_hash, TG_HASH_LEN) != 0)
		return TG_CHAIN_BROKEN;
	if (e->body) {
		TG_TRY(hash_body(e, h));
		if (memcmp(h, e->body_hash, TG_HASH_LEN) != 0)
			return TG_CHAIN_BROKEN;
	}
	TG_TRY(hash_entry(e, h));
	return memcmp(h, e->hash, TG_HASH_LEN) == 0 ? TG_OK : TG_CHAIN_BROKEN;
}
