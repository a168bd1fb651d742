/* The state file.
 *
 *   8 bytes   "TGVCARD1"
 *   fields    2 bytes tag, 4 bytes length, value (include/tamga/frame.h); numbers big-endian
 *             1 kind, initialised, keys at most, bytes at most   2 bytes, 4 bytes, 4 bytes
 *             2 ATR
 *             3 user PIN, 4 officer's PIN: length, tries, limit, salt, hash
 *             5 file: 2 bytes name, body; one field a file, in order of names
 *             6 the tree of a Rutoken (rutoken_state.c)
 *             7 the replies of a script
 *             8 the document: access bits; 9 one of its files: number (vdoc.h), body
 *             16… texts of the persona, in the order of `texts` below
 *   32 bytes  SHA-256 of all that stands before it
 *
 * A file that is not exactly this is refused: a card that forgot half of itself would be worse than none. */
#include "rutoken.h"
#include "script.h"
#include "tamga/frame.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[8] = {'T', 'G', 'V', 'C', 'A', 'R', 'D', '1'};
enum { NUMBERS = 1, ATR, USER_PIN, SO_PIN, ONE_FILE, TREE, SCRIPT, DOCUMENT, DOCUMENT_FILE, FIRST_TEXT = 16 };
enum { DIGEST = 32, PIN_FIELD = 3 + TG_VCARD_SALT + TG_VCARD_HASH, STATE_MAX = 1 << 22 };

#define TEXT(m)                                                                                                        \
	{                                                                                                              \
		offsetof(struct tg_vcard_persona, m), sizeof((struct tg_vcard_persona *)0)->m                          \
	}
static const struct text {
	size_t at, cap;
} texts[] = {
        TEXT(name),
        TEXT(serial),
        TEXT(label),
        TEXT(manufacturer),
        TEXT(person.surname),
        TEXT(person.given),
        TEXT(person.patronymic),
        TEXT(person.surname_latin),
        TEXT(person.given_latin),
        TEXT(person.sex),
        TEXT(person.birth),
        TEXT(person.iin),
        TEXT(person.nationality),
        TEXT(person.document),
        TEXT(person.issuer),
        TEXT(person.issued),
        TEXT(person.expiry),
        TEXT(person.organisation),
        TEXT(person.tax_number),
        TEXT(person.position),
        TEXT(version),
};
enum { N_TEXTS = sizeof texts / sizeof *texts };

static void put_pin(struct tg_buf *out, uint16_t tag, const struct tg_vcard_pin *pin)
{
	struct tg_buf b = TG_BUF_INIT;
	tg_buf_add_u8(&b, pin->len);
	tg_buf_add_u8(&b, pin->tries);
	tg_buf_add_u8(&b, pin->limit);
	tg_buf_add(&b, pin->salt, sizeof pin->salt);
	tg_buf_add(&b, pin->hash, sizeof pin->hash);
	out->failed |= b.failed;
	tg_field_put(out, tag, b.data, b.len);
	tg_buf_wipe(&b);
}

static void put_numbers(struct tg_buf *out, const struct tg_vcard *card)
{
	struct tg_buf b = TG_BUF_INIT;
	tg_buf_add_u8(&b, (uint8_t)card->made_of.kind);
	tg_buf_add_u8(&b, card->initialised);
	tg_buf_add_u32(&b, card->made_of.max_keys);
	tg_buf_add_u32(&b, card->made_of.memory);
	out->failed |= b.failed;
	tg_field_put(out, NUMBERS, b.data, b.len);
	tg_buf_finish(&b);
}

static void put_file(struct tg_buf *out, const struct tg_vcard_file *file)
{
	struct tg_buf b = TG_BUF_INIT;
	tg_buf_add_u16(&b, file->fid);
	if (file->body.len)
		tg_buf_add(&b, file->body.data, file->body.len);
	out->failed |= b.failed;
	tg_field_put(out, ONE_FILE, b.data, b.len);
	tg_buf_wipe(&b);
}

/* What only one kind of card has. */
static void put_parts(struct tg_buf *out, const struct tg_vcard *card)
{
	struct tg_buf b = TG_BUF_INIT;
	if (card->rutoken) {
		tg_rutoken_pack(card->rutoken, &b);
		out->failed |= b.failed;
		tg_field_put(out, TREE, b.data, b.len);
	}
	if (card->script)
		tg_field_put(out, SCRIPT, tg_script_bytes(card->script).data, tg_script_bytes(card->script).len);
	tg_buf_wipe(&b);
}

static bool digest(const void *data, size_t n, uint8_t out[DIGEST])
{
	return EVP_Digest(data, n, out, NULL, EVP_sha256(), NULL) == 1;
}

static void put_document(struct tg_buf *out, const struct tg_vdoc *d)
{
	struct tg_buf b = TG_BUF_INIT;
	if (!d->present)
		return;
	tg_buf_add_u8(&b, (uint8_t)d->access);
	tg_field_put(out, DOCUMENT, b.data, b.len);
	for (size_t i = 0; i < TG_VDOC_FILE_COUNT; i++) {
		if (d->files[i].len == 0)
			continue;
		tg_buf_reset(&b);
		tg_buf_add_u8(&b, (uint8_t)i);
		tg_buf_add(&b, d->files[i].data, d->files[i].len);
		out->failed |= b.failed;
		tg_field_put(out, DOCUMENT_FILE, b.data, b.len);
	}
	tg_buf_wipe(&b);
}

enum tg_status tg_vcard_pack(const struct tg_vcard *card, struct tg_buf *out)
{
	uint8_t sum[DIGEST];
	tg_buf_reset(out);
	tg_buf_add(out, magic, sizeof magic);
	put_numbers(out, card);
	tg_field_put(out, ATR, card->atr, card->atr_len);
	put_pin(out, USER_PIN, &card->user);
	put_pin(out, SO_PIN, &card->so);
	for (size_t i = 0; i < card->n_files; i++)
		put_file(out, &card->files[i]);
	put_parts(out, card);
	put_document(out, &card->doc);
	for (size_t i = 0; i < N_TEXTS; i++)
		tg_field_put_str(out, (uint16_t)(FIRST_TEXT + i), (const char *)&card->made_of + texts[i].at);
	TG_TRY(tg_buf_status(out));
	if (!digest(out->data, out->len, sum))
		return TG_NO_MEMORY;
	tg_buf_add(out, sum, sizeof sum);
	return tg_buf_status(out);
}

static bool take_pin(struct tg_bytes v, struct tg_vcard_pin *pin)
{
	if (v.len != PIN_FIELD)
		return false;
	pin->len = v.data[0];
	pin->tries = v.data[1];
	pin->limit = v.data[2];
	memcpy(pin->salt, v.data + 3, TG_VCARD_SALT);
	memcpy(pin->hash, v.data + 3 + TG_VCARD_SALT, TG_VCARD_HASH);
	return pin->tries <= pin->limit;
}

static bool take_numbers(struct tg_bytes v, struct tg_vcard *card)
{
	struct tg_reader r;
	tg_reader_init(&r, v.data, v.len);
	unsigned kind = tg_read_u8(&r);
	if (kind > TG_VCARD_FOREIGN)
		return false;
	card->made_of.kind = (enum tg_vcard_kind)kind;
	card->initialised = tg_read_u8(&r) != 0;
	card->made_of.max_keys = tg_read_u32(&r);
	card->made_of.memory = tg_read_u32(&r);
	return tg_reader_done(&r);
}

static bool take_file(struct tg_bytes v, struct tg_vcard *card)
{
	if (v.len < 2)
		return false;
	uint16_t fid = (uint16_t)(v.data[0] << 8 | v.data[1]);
	struct tg_vcard_file *file = tg_vcard_file_find(card, fid) ? NULL : tg_vcard_file_add(card, fid);
	if (!file)
		return false;
	if (v.len > 2)
		tg_buf_add(&file->body, v.data + 2, v.len - 2);
	return !file->body.failed;
}

static bool take_document_file(struct tg_bytes v, struct tg_vdoc *d)
{
	if (v.len < 2 || v.data[0] >= TG_VDOC_FILE_COUNT || d->files[v.data[0]].len)
		return false;
	tg_buf_add(&d->files[v.data[0]], v.data + 1, v.len - 1);
	return !d->files[v.data[0]].failed;
}

static bool take_text(struct tg_bytes v, size_t i, struct tg_vcard *card)
{
	if (i >= N_TEXTS || v.len >= texts[i].cap)
		return false;
	memcpy((char *)&card->made_of + texts[i].at, v.data, v.len);
	return true;
}

static bool take_field(struct tg_vcard *card, uint16_t tag, struct tg_bytes v)
{
	switch (tag) {
	case NUMBERS:
		return take_numbers(v, card);
	case ATR:
		if (v.len > TG_VCARD_ATR_MAX)
			return false;
		memcpy(card->atr, v.data, v.len);
		card->atr_len = v.len;
		return true;
	case USER_PIN:
		return take_pin(v, &card->user);
	case SO_PIN:
		return take_pin(v, &card->so);
	case ONE_FILE:
		return take_file(v, card);
	case TREE:
		return !card->rutoken && tg_rutoken_unpack(card, v);
	case SCRIPT:
		card->script = card->script ? NULL : tg_script_create(v);
		return card->script != NULL;
	case DOCUMENT:
		card->doc.present = v.len == 1;
		card->doc.access = v.len == 1 ? v.data[0] : 0;
		return v.len == 1;
	case DOCUMENT_FILE:
		return take_document_file(v, &card->doc);
	default:
		return tag >= FIRST_TEXT && take_text(v, (size_t)(tag - FIRST_TEXT), card);
	}
}

static bool take_fields(struct tg_vcard *card, const uint8_t *data, size_t n)
{
	struct tg_reader r;
	struct tg_bytes v;
	uint16_t tag;
	uint32_t seen = 0;
	tg_reader_init(&r, data, n);
	while (tg_field_next(&r, &tag, &v)) {
		if (!take_field(card, tag, v))
			return false;
		if (tag < 32)
			seen |= UINT32_C(1) << tag;
	}
	const uint32_t needed = 1u << NUMBERS | 1u << ATR | 1u << USER_PIN | 1u << SO_PIN | 1u << FIRST_TEXT;
	bool whole = (card->made_of.kind == TG_VCARD_RUTOKEN) == (card->rutoken != NULL) &&
	             (card->made_of.kind == TG_VCARD_SCRIPT) == (card->script != NULL);
	return tg_reader_done(&r) && (seen & needed) == needed && whole;
}

enum tg_status tg_vcard_unpack(struct tg_vcard **out, const void *data, size_t n, struct tg_error *err)
{
	const uint8_t *p = data;
	uint8_t sum[DIGEST];
	*out = NULL;
	if (n < sizeof magic + DIGEST || memcmp(p, magic, sizeof magic) != 0)
		return tg_error_set(err, TG_STORE_DAMAGED, "not a virtual card");
	if (!digest(p, n - DIGEST, sum) || CRYPTO_memcmp(sum, p + n - DIGEST, DIGEST) != 0)
		return tg_error_set(err, TG_STORE_DAMAGED, "the virtual card's checksum is wrong");
	struct tg_vcard *card = calloc(1, sizeof *card);
	if (!card)
		return tg_error_set(err, TG_NO_MEMORY, "no memory for a card");
	card->doc.current = -1;
	if (!take_fields(card, p + sizeof magic, n - sizeof magic - DIGEST)) {
		tg_vcard_destroy(card);
		return tg_error_set(err, TG_STORE_DAMAGED, "the virtual card's fields cannot be read");
	}
	*out = card;
	return TG_OK;
}

static enum tg_status io_error(struct tg_error *err, const char *path, const char *what)
{
	int e = errno;
	enum tg_status status = e == ENOENT ? TG_NOT_FOUND : e == ENOSPC || e == EDQUOT ? TG_DISK_FULL : TG_IO;
	return tg_error_at(err, status, path, 0, 0, "%s: %s", what, strerror(e));
}

static enum tg_status read_all(int fd, const char *path, struct tg_buf *b, struct tg_error *err)
{
	uint8_t part[4096];
	ssize_t n;
	while ((n = read(fd, part, sizeof part)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return io_error(err, path, "read");
		tg_buf_add(b, part, (size_t)n);
		if (b->len > STATE_MAX)
			return tg_error_at(err, TG_STORE_DAMAGED, path, 0, 0, "too long for a virtual card");
	}
	OPENSSL_cleanse(part, sizeof part);
	return tg_buf_status(b);
}

enum tg_status tg_vcard_load(struct tg_vcard **out, const char *path, struct tg_error *err)
{
	struct tg_buf b = TG_BUF_INIT;
	*out = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return io_error(err, path, "open");
	enum tg_status status = read_all(fd, path, &b, err);
	close(fd);
	if (status == TG_OK)
		status = tg_vcard_unpack(out, b.data, b.len, err);
	if (status != TG_OK && err && !err->file[0])
		tg_copy(err->file, sizeof err->file, path);
	tg_buf_wipe(&b);
	return status;
}

static bool write_all(int fd, const struct tg_buf *b)
{
	for (size_t done = 0; done < b->len;) {
		ssize_t n = write(fd, b->data + done, b->len - done);
		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* The new name is only certain after the directory is on the disk too. */
static bool sync_folder(const char *path)
{
	char copy[PATH_MAX];
	if (!tg_copy(copy, sizeof copy, path))
		return false;
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool ok = fsync(fd) == 0;
	close(fd);
	return ok;
}

static enum tg_status write_new(const char *path, const struct tg_buf *b, struct tg_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return io_error(err, path, "create");
	bool ok = fchmod(fd, 0600) == 0 && write_all(fd, b) && fsync(fd) == 0;
	enum tg_status status = ok ? TG_OK : io_error(err, path, "write");
	close(fd);
	return status;
}

static enum tg_status replace_file(const char *path, const struct tg_buf *b, struct tg_error *err)
{
	char temp[PATH_MAX];
	int n = snprintf(temp, sizeof temp, "%s.new", path);
	if (n < 0 || (size_t)n >= sizeof temp)
		return tg_error_at(err, TG_INVALID, path, 0, 0, "path too long");
	enum tg_status status = write_new(temp, b, err);
	if (status == TG_OK && rename(temp, path) != 0)
		status = io_error(err, path, "rename");
	if (status != TG_OK)
		unlink(temp);
	else if (!sync_folder(path))
		status = io_error(err, path, "sync folder");
	return status;
}

enum tg_status tg_vcard_save(const struct tg_vcard *card, const char *path, struct tg_error *err)
{
	struct tg_buf b = TG_BUF_INIT;
	enum tg_status status = tg_vcard_pack(card, &b);
	if (status != TG_OK)
		tg_error_set(err, status, "cannot pack the virtual card");
	else
		status = replace_file(path, &b, err);
	tg_buf_wipe(&b);
	return status;
}

/* The file still holds what the card was before the command. */
static enum tg_status undo(struct tg_vcard **card, const char *path, struct tg_buf *answer, struct tg_error *err)
{
	struct tg_vcard *before;
	tg_buf_reset(answer);
	TG_TRY(tg_vcard_load(&before, path, err));
	tg_vcard_destroy(*card);
	*card = before;
	tg_buf_add_u16(answer, TG_SW_MEMORY_FAILURE);
	return tg_buf_status(answer);
}

enum tg_status tg_vcard_exchange(struct tg_vcard **card, const char *path, const uint8_t *apdu, size_t n,
        struct tg_buf *answer, struct tg_error *err)
{
	bool changed = tg_vcard_transmit(*card, apdu, n, answer);
	TG_TRY(tg_buf_status(answer));
	if (!changed)
		return TG_OK;
	const uint8_t *sw = answer->data + answer->len - 2;
	bool half_done = (sw[0] << 8 | sw[1]) == TG_SW_MEMORY_FAILURE;
	enum tg_status saved = half_done ? TG_NO_MEMORY : tg_vcard_save(*card, path, err);
	if (saved == TG_OK)
		return TG_OK;
	enum tg_status undone = undo(card, path, answer, half_done ? err : NULL);
	return undone == TG_OK ? saved : undone;
}
