/* What a token shows of its certificates, to anybody. */
#include "child.h"
#include "tamga/frame.h"
#include "tamga/text.h"

#define ANSWER_ROOM (TG_FRAME_MAX - 4096u) /* for the other fields of an answer */

static enum tg_status has_key(struct tg_child *c, struct tg_bytes id, bool *yes)
{
	static const CK_OBJECT_CLASS halves[] = {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY};
	*yes = false;
	if (!id.len)
		return TG_OK; /* an empty id would match every key */
	for (size_t i = 0; i < 2 && !*yes; i++) {
		struct tg_found found;
		TG_TRY(tg_child_find(c, halves[i], id, &found));
		*yes = found.n;
	}
	return TG_OK;
}

/* An attribute that the object does not have is an empty one. */
static enum tg_status read(struct tg_child *c, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type, struct tg_buf *out)
{
	enum tg_status status = tg_child_attribute(c, o, type, out);
	return status == TG_NOT_FOUND ? TG_OK : status;
}

static enum tg_status describe(struct tg_child *c, CK_OBJECT_HANDLE o, struct tg_token_certificate *out,
        struct tg_buf *text, struct tg_buf *der)
{
	TG_TRY(read(c, o, CKA_ID, text));
	if (text->len <= sizeof out->id) {
		out->id_len = text->len;
		if (text->len)
			memcpy(out->id, text->data, text->len);
	}
	TG_TRY(has_key(c, (struct tg_bytes){out->id, out->id_len}, &out->has_key));
	TG_TRY(read(c, o, CKA_LABEL, text));
	tg_text_clean(out->label, sizeof out->label, tg_buf_str(text), text->len, (int)sizeof out->label - 1);
	TG_TRY(read(c, o, CKA_VALUE, der));
	out->der = (struct tg_bytes){der->data, der->len};
	return TG_OK;
}

/* One that cannot be read (a fragment of broken-off writing) or finds no room is passed over: the others count. */
static enum tg_status put(struct tg_child *c, CK_OBJECT_HANDLE o, struct tg_buf *out)
{
	struct tg_token_certificate one = {0};
	struct tg_buf text = TG_BUF_INIT, der = TG_BUF_INIT;
	enum tg_status status = describe(c, o, &one, &text, &der);
	if (status == TG_OK && one.der.len && out->len + one.der.len + 256 < ANSWER_ROOM)
		tg_token_certificate_put(out, &one);
	tg_buf_finish(&text);
	tg_buf_finish(&der);
	return status == TG_CARD_BROKEN ? TG_OK : status;
}

enum tg_status tg_child_certificates(struct tg_child *c, const struct tg_token_request *r, struct tg_buf *out)
{
	struct tg_found found;
	(void)r;
	TG_TRY(tg_child_find(c, CKO_CERTIFICATE, (struct tg_bytes){NULL, 0}, &found));
	for (unsigned i = 0; i < found.n; i++)
		TG_TRY(put(c, found.list[i], out));
	return tg_buf_status(out);
}
