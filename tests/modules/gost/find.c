#include "module.h"

API(C_FindObjectsInit, CK_SESSION_HANDLE s, CK_ATTRIBUTE *list, unsigned long n)
{
	BEGIN(C_FindObjectsInit);
	struct session *session;
	CK_RV rv = session_check(s, &session);
	if (rv != CKR_OK)
		return rv;
	if (session->finding)
		return CKR_OPERATION_ACTIVE;
	session->n_found = session->at = 0;
	for (unsigned i = 0; i < OBJECTS_MAX; i++) {
		const struct object *o = object_at(i);
		if (o != NULL && object_visible(o) && object_matches(o, list, n))
			session->found[session->n_found++] = o->handle;
	}
	session->finding = true;
	return CKR_OK;
}

API(C_FindObjects, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *out, unsigned long max, unsigned long *n)
{
	BEGIN(C_FindObjects);
	struct session *session;
	CK_RV rv = session_check(s, &session);
	if (rv != CKR_OK)
		return rv;
	if (!session->finding)
		return CKR_OPERATION_NOT_INITIALIZED;
	for (*n = 0; *n < max && session->at < session->n_found; ++*n)
		out[*n] = session->found[session->at++];
	if (fault == FAULT_GARBAGE)
		*n = max + 1000000;
	return CKR_OK;
}

API(C_FindObjectsFinal, CK_SESSION_HANDLE s)
{
	BEGIN(C_FindObjectsFinal);
	struct session *session;
	CK_RV rv = session_check(s, &session);
	if (rv != CKR_OK)
		return rv;
	if (!session->finding)
		return CKR_OPERATION_NOT_INITIALIZED;
	session->finding = false;
	return CKR_OK;
}

/* --- Attributes */
static CK_RV object_of(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE h, struct session **session, struct object **out)
{
	CK_RV rv = session_check(s, session);
	*out = rv == CKR_OK ? object_get(h) : NULL;
	if (rv == CKR_OK && (*out == NULL || !object_visible(*out)))
		rv = CKR_OBJECT_HANDLE_INVALID;
	return rv;
}

static CK_RV give(const struct object *o, CK_ATTRIBUTE *a)
{
	const struct attribute *have = a->type == CKA_TEST_PKCS8 ? NULL : object_find(o, a->type);
	CK_ULONG room = a->ulValueLen;
	a->ulValueLen = CK_UNAVAILABLE_INFORMATION;
	if (object_ulong(o, CKA_CLASS, 0) == CKO_PRIVATE_KEY &&
	        (a->type == CKA_VALUE || a->type == CKA_PRIVATE_EXPONENT))
		return CKR_ATTRIBUTE_SENSITIVE;
	if (have == NULL)
		return CKR_ATTRIBUTE_TYPE_INVALID;
	if (a->pValue != NULL && room < have->len)
		return CKR_BUFFER_TOO_SMALL;
	a->ulValueLen = have->len;
	if (a->pValue != NULL && have->len > 0)
		memcpy(a->pValue, have->value, have->len);
	return CKR_OK;
}

API(C_GetAttributeValue, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE h, CK_ATTRIBUTE *list, unsigned long n)
{
	BEGIN(C_GetAttributeValue);
	struct session *session;
	struct object *o;
	CK_RV rv = object_of(s, h, &session, &o), worst = CKR_OK;
	if (rv != CKR_OK)
		return rv;
	for (unsigned long i = 0; i < n; i++) {
		rv = give(o, &list[i]);
		worst = rv != CKR_OK ? rv : worst;
		if (fault == FAULT_GARBAGE)
			list[i].ulValueLen = 0x40000000UL;
	}
	return worst;
}

static CK_RV may_write(const struct session *session, const CK_ATTRIBUTE *list, CK_ULONG n)
{
	bool token = false, private = false;
	for (CK_ULONG i = 0; i < n; i++) {
		bool yes = list[i].ulValueLen == 1 && list[i].pValue != NULL && *(CK_BBOOL *)list[i].pValue != CK_FALSE;
		token |= list[i].type == CKA_TOKEN && yes;
		private |= list[i].type == CKA_PRIVATE && yes;
	}
	if (token && !session->rw)
		return CKR_SESSION_READ_ONLY;
	return (token || private) && !logged_in(CKU_USER) ? CKR_USER_NOT_LOGGED_IN : CKR_OK;
}

API(C_SetAttributeValue, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE h, CK_ATTRIBUTE *list, unsigned long n)
{
	BEGIN(C_SetAttributeValue);
	struct session *session;
	struct object *o;
	CK_RV rv = object_of(s, h, &session, &o);
	if (rv != CKR_OK)
		return rv;
	for (unsigned long i = 0; i < n; i++)
		if (list[i].type != CKA_LABEL && list[i].type != CKA_ID)
			return CKR_ATTRIBUTE_READ_ONLY;
	if (!logged_in(CKU_USER))
		return CKR_USER_NOT_LOGGED_IN;
	return object_set_all(o, list, n) && object_save(o) ? CKR_OK : CKR_DEVICE_MEMORY;
}

API(C_CreateObject, CK_SESSION_HANDLE s, CK_ATTRIBUTE *list, unsigned long n, CK_OBJECT_HANDLE *out)
{
	BEGIN(C_CreateObject);
	struct session *session;
	CK_RV rv = session_check(s, &session);
	if (rv == CKR_OK)
		rv = may_write(session, list, n);
	if (rv != CKR_OK)
		return rv;
	struct object *o = object_new();
	if (o == NULL)
		return CKR_DEVICE_MEMORY;
	bool set = object_set_all(o, list, n);
	CK_ULONG class = object_ulong(o, CKA_CLASS, CKO_VENDOR_DEFINED);
	o->session_only = !object_flag(o, CKA_TOKEN, false);
	if (class != CKO_CERTIFICATE && class != CKO_DATA)
		rv = CKR_TEMPLATE_INCONSISTENT;
	else if (object_find(o, CKA_VALUE) == NULL)
		rv = CKR_TEMPLATE_INCOMPLETE;
	else if (!set || !object_save(o))
		rv = CKR_DEVICE_MEMORY;
	*out = o->handle;
	if (rv != CKR_OK)
		object_free(o);
	return rv;
}

API(C_DestroyObject, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE h)
{
	BEGIN(C_DestroyObject);
	struct session *session;
	struct object *o;
	CK_RV rv = object_of(s, h, &session, &o);
	if (rv != CKR_OK)
		return rv;
	if (!o->session_only && !logged_in(CKU_USER))
		return CKR_USER_NOT_LOGGED_IN;
	if (!o->session_only && !session->rw)
		return CKR_SESSION_READ_ONLY;
	object_unsave(o);
	object_free(o);
	return CKR_OK;
}

/* --- Keys */
static bool set_flag(struct object *o, CK_ATTRIBUTE_TYPE type, bool value)
{
	CK_BBOOL b = value ? CK_TRUE : CK_FALSE;
	return object_find(o, type) != NULL || object_set(o, type, &b, sizeof b);
}

/* What the templates left open. */
static bool complete(struct object *public, struct object *private)
{
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		bool public, private, value;
	} rows[] = {{CKA_TOKEN, true, true, false}, {CKA_PRIVATE, true, false, false}, {CKA_PRIVATE, false, true, true},
	        {CKA_VERIFY, true, false, true}, {CKA_ENCRYPT, true, false, false}, {CKA_WRAP, true, false, false},
	        {CKA_SENSITIVE, false, true, true}, {CKA_EXTRACTABLE, false, true, false},
	        {CKA_SIGN, false, true, true}, {CKA_DECRYPT, false, true, false}, {CKA_UNWRAP, false, true, false},
	        {CKA_DERIVE, true, true, false}, {CKA_ALWAYS_AUTHENTICATE, false, true, false},
	        {CKA_ALWAYS_SENSITIVE, false, true, true}, {CKA_NEVER_EXTRACTABLE, false, true, true},
	        {CKA_LOCAL, true, true, true}};
	bool ok = true;
	for (size_t i = 0; i < ROOM(rows) && ok; i++)
		ok = (!rows[i].public || set_flag(public, rows[i].type, rows[i].value)) &&
		     (!rows[i].private || set_flag(private, rows[i].type, rows[i].value));
	return ok;
}

static CK_RV fill_pair(CK_MECHANISM_TYPE type, struct object *public, const CK_ATTRIBUTE *pub, CK_ULONG pub_n,
        struct object *private, const CK_ATTRIBUTE *priv, CK_ULONG priv_n)
{
	if (!object_set_all(public, pub, pub_n) || !object_set_all(private, priv, priv_n) || !complete(public, private))
		return CKR_DEVICE_MEMORY;
	public->session_only = !object_flag(public, CKA_TOKEN, false);
	private->session_only = !object_flag(private, CKA_TOKEN, false);
	CK_RV rv = crypto_generate(type, public, private);
	if (rv == CKR_OK && !(object_save(private) && object_save(public)))
		rv = CKR_DEVICE_MEMORY;
	return rv;
}

API(C_GenerateKeyPair, CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_ATTRIBUTE *pub, unsigned long pub_n, CK_ATTRIBUTE *priv,
        unsigned long priv_n, CK_OBJECT_HANDLE *pub_out, CK_OBJECT_HANDLE *priv_out)
{
	BEGIN(C_GenerateKeyPair);
	struct session *session;
	CK_RV rv = session_check(s, &session);
	if (rv == CKR_OK)
		rv = may_write(session, priv, priv_n);
	if (rv != CKR_OK)
		return rv;
	if (!logged_in(CKU_USER))
		return CKR_USER_NOT_LOGGED_IN;
	struct object *public = object_new(), *private = object_new();
	rv = private == NULL ? CKR_DEVICE_MEMORY : fill_pair(m->mechanism, public, pub, pub_n, private, priv, priv_n);
	if (rv == CKR_OK) {
		*pub_out = public->handle;
		*priv_out = fault == FAULT_GARBAGE ? 0xfefefefeUL : private->handle;
		return CKR_OK;
	}
	if (public != NULL)
		object_free(public);
	if (private != NULL)
		object_free(private);
	return rv;
}

API(C_SignInit, CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	BEGIN(C_SignInit);
	struct session *session;
	struct object *o;
	CK_RV rv = object_of(s, key, &session, &o);
	if (rv != CKR_OK)
		return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_HANDLE_INVALID : rv;
	if (!logged_in(CKU_USER))
		return CKR_USER_NOT_LOGGED_IN;
	CK_ULONG type = object_ulong(o, CKA_KEY_TYPE, CKK_VENDOR_DEFINED);
	if (m->mechanism != CKM_RSA_PKCS && m->mechanism != CKM_GOSTR3410 && m->mechanism != CKM_GOSTR3410_512)
		return CKR_MECHANISM_INVALID;
	bool fits = (m->mechanism == CKM_RSA_PKCS && type == CKK_RSA) ||
	            (m->mechanism == CKM_GOSTR3410 && type == CKK_GOSTR3410) ||
	            (m->mechanism == CKM_GOSTR3410_512 && type == CKK_GOSTR3410_512);
	if (!fits || object_ulong(o, CKA_CLASS, 0) != CKO_PRIVATE_KEY)
		return CKR_KEY_TYPE_INCONSISTENT;
	session->signing = true;
	session->key = key;
	session->mechanism = m->mechanism;
	return CKR_OK;
}

API(C_Sign, CK_SESSION_HANDLE s, unsigned char *data, unsigned long n, unsigned char *out, unsigned long *out_len)
{
	BEGIN(C_Sign);
	struct session *session;
	CK_RV rv = session_check(s, &session);
	if (rv != CKR_OK)
		return rv;
	if (!session->signing)
		return CKR_OPERATION_NOT_INITIALIZED;
	const struct object *key = object_get(session->key);
	rv = key == NULL ? CKR_KEY_HANDLE_INVALID : crypto_sign(key, session->mechanism, data, n, out, out_len);
	if (out != NULL && rv != CKR_BUFFER_TOO_SMALL)
		session->signing = false;
	if (fault == FAULT_GARBAGE && out != NULL)
		*out_len = 0x40000000UL;
	return rv;
}
