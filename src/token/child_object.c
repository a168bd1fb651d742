#include "child.h"

#define ATTRIBUTE_MAX 65536

enum tg_status tg_child_find(struct tg_child *c, CK_OBJECT_CLASS class, struct tg_bytes id, struct tg_found *out)
{
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE want[] = {
	        {CKA_CLASS, &class, sizeof class},
	        {CKA_TOKEN, &yes, sizeof yes},
	        {CKA_ID, (void *)(uintptr_t)id.data, id.len},
	};
	*out = (struct tg_found){0};
	CK_RV rv = c->f->C_FindObjectsInit(c->session, want, id.len ? 3 : 2);
	if (rv != CKR_OK)
		return tg_child_failed(c, rv, TG_CARD_BROKEN, "C_FindObjectsInit");
	CK_ULONG n = 0;
	do {
		n = 0;
		rv = c->f->C_FindObjects(c->session, out->list + out->n, TG_FOUND_MAX - out->n, &n);
		if (rv == CKR_OK && n > TG_FOUND_MAX - out->n)
			rv = CKR_GENERAL_ERROR; /* a module that says more than it was asked */
		if (rv == CKR_OK)
			out->n += (unsigned)n;
	} while (rv == CKR_OK && n && out->n < TG_FOUND_MAX);
	CK_RV last = c->f->C_FindObjectsFinal(c->session);
	if (rv != CKR_OK || last != CKR_OK)
		return tg_child_failed(c, rv != CKR_OK ? rv : last, TG_CARD_BROKEN, "C_FindObjects");
	return TG_OK;
}

enum tg_status tg_child_attribute(struct tg_child *c, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type, struct tg_buf *out)
{
	CK_ATTRIBUTE a = {type, NULL, 0};
	tg_buf_reset(out);
	CK_RV rv = c->f->C_GetAttributeValue(c->session, o, &a, 1);
	if (rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE ||
	        (rv == CKR_OK && a.ulValueLen == CK_UNAVAILABLE_INFORMATION))
		return tg_error_set(&c->err, TG_NOT_FOUND, "the object has no attribute 0x%lx", (unsigned long)type);
	if (rv != CKR_OK)
		return tg_child_failed(c, rv, TG_CARD_BROKEN, "C_GetAttributeValue");
	if (a.ulValueLen > ATTRIBUTE_MAX)
		return tg_error_set(
		        &c->err, TG_CARD_BROKEN, "attribute 0x%lx: %lu bytes", (unsigned long)type, a.ulValueLen);
	CK_ULONG room = a.ulValueLen;
	a.pValue = calloc(1, room + 1); /* zeroed: a module may say success and fill only a part */
	if (!a.pValue)
		return tg_error_set(&c->err, TG_NO_MEMORY, "attribute");
	rv = c->f->C_GetAttributeValue(c->session, o, &a, 1);
	if (rv == CKR_OK && a.ulValueLen <= room)
		tg_buf_add(out, a.pValue, a.ulValueLen);
	free(a.pValue);
	if (rv != CKR_OK || a.ulValueLen > room)
		return tg_child_failed(c, rv != CKR_OK ? rv : CKR_GENERAL_ERROR, TG_CARD_BROKEN, "C_GetAttributeValue");
	return tg_buf_status(out);
}

enum tg_status tg_child_mend(struct tg_child *c)
{
	return c->dialect && c->dialect->mend ? c->dialect->mend(c) : TG_OK;
}

enum tg_status tg_child_destroy_all(struct tg_child *c, CK_OBJECT_CLASS class, struct tg_bytes id)
{
	struct tg_found found;
	TG_TRY(tg_child_find(c, class, id, &found));
	for (unsigned i = 0; i < found.n; i++) {
		CK_RV rv = c->f->C_DestroyObject(c->session, found.list[i]);
		/* One destroyed with its other half (a public key with its private one) is gone, as was wanted. */
		if (rv != CKR_OK && rv != CKR_OBJECT_HANDLE_INVALID)
			return tg_child_failed(c, rv, TG_CARD_BROKEN, "C_DestroyObject");
	}
	return TG_OK;
}
