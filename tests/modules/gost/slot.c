#include "module.h"

static const CK_MECHANISM_TYPE mechanisms[] = {CKM_RSA_PKCS_KEY_PAIR_GEN, CKM_RSA_PKCS, CKM_GOSTR3410_KEY_PAIR_GEN,
        CKM_GOSTR3410, CKM_GOSTR3410_512_KEY_PAIR_GEN, CKM_GOSTR3410_512};

/* PKCS#11 text: filled up with blanks, without an end. */
static void pad(unsigned char *out, size_t cap, const char *text)
{
	size_t n = strlen(text);
	memset(out, ' ', cap);
	memcpy(out, text, n < cap ? n : cap);
}

API(C_GetSlotList, unsigned char present, CK_SLOT_ID *list, unsigned long *count)
{
	BEGIN(C_GetSlotList);
	if (!started())
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (count == NULL)
		return CKR_ARGUMENTS_BAD;
	CK_ULONG n = present && !token_present() ? 0 : 1, room = *count;
	*count = fault == FAULT_GARBAGE ? 0x7fffffffUL : n;
	if (list == NULL)
		return CKR_OK;
	if (room < n)
		return CKR_BUFFER_TOO_SMALL;
	if (n > 0)
		list[0] = 0;
	return CKR_OK;
}

API(C_GetSlotInfo, CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
	BEGIN(C_GetSlotInfo);
	char reader[65] = "Tamga test GOST reader 00 00";
	if (!started())
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (slot != 0)
		return CKR_SLOT_ID_INVALID;
	if (file_read("reader", reader, sizeof reader) > 0)
		reader[strcspn(reader, "\n")] = '\0';
	memset(info, fault == FAULT_GARBAGE ? 0xff : 0, sizeof *info);
	if (fault == FAULT_GARBAGE)
		return CKR_OK;
	pad(info->slotDescription, sizeof info->slotDescription, reader);
	pad(info->manufacturerID, sizeof info->manufacturerID, "Tamga tests");
	info->flags = CKF_REMOVABLE_DEVICE | CKF_HW_SLOT | (token_present() ? CKF_TOKEN_PRESENT : 0);
	return CKR_OK;
}

API(C_GetTokenInfo, CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	BEGIN(C_GetTokenInfo);
	struct token t;
	if (!started())
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (slot != 0)
		return CKR_SLOT_ID_INVALID;
	if (!token_present() || !token_read(&t))
		return CKR_TOKEN_NOT_PRESENT;
	memset(info, fault == FAULT_GARBAGE ? 0xff : 0, sizeof *info);
	if (fault == FAULT_GARBAGE)
		return CKR_OK;
	pad(info->label, sizeof info->label, t.label);
	pad(info->manufacturerID, sizeof info->manufacturerID, "Tamga tests");
	pad(info->model, sizeof info->model, "TAMGA-TEST-GOST");
	pad(info->serialNumber, sizeof info->serialNumber, t.serial);
	info->flags = token_flags(&t);
	info->ulMaxSessionCount = info->ulMaxRwSessionCount = 16;
	info->ulSessionCount = info->ulRwSessionCount = CK_UNAVAILABLE_INFORMATION;
	info->ulMaxPinLen = PIN_MAX;
	info->ulMinPinLen = 6;
	info->ulTotalPublicMemory = info->ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
	info->ulTotalPrivateMemory = info->ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
	info->hardwareVersion = (CK_VERSION){2, 0};
	info->firmwareVersion = (CK_VERSION){23, 2};
	return CKR_OK;
}

API(C_GetMechanismList, CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, unsigned long *count)
{
	BEGIN(C_GetMechanismList);
	if (!started())
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (slot != 0 || !token_present())
		return slot != 0 ? CKR_SLOT_ID_INVALID : CKR_TOKEN_NOT_PRESENT;
	CK_ULONG room = *count;
	*count = fault == FAULT_GARBAGE ? 0x7fffffffUL : ROOM(mechanisms);
	if (list == NULL)
		return CKR_OK;
	if (room < ROOM(mechanisms))
		return CKR_BUFFER_TOO_SMALL;
	memcpy(list, mechanisms, sizeof mechanisms);
	return CKR_OK;
}

API(C_GetMechanismInfo, CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	BEGIN(C_GetMechanismInfo);
	if (!started())
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (slot != 0)
		return CKR_SLOT_ID_INVALID;
	for (size_t i = 0; i < ROOM(mechanisms); i++) {
		if (mechanisms[i] != type)
			continue;
		bool rsa = type == CKM_RSA_PKCS || type == CKM_RSA_PKCS_KEY_PAIR_GEN;
		CK_ULONG bits = rsa ? 2048 : type >= CKM_GOSTR3410_512_KEY_PAIR_GEN ? 512 : 256;
		info->ulMinKeySize = info->ulMaxKeySize = bits;
		info->flags = CKF_HW | (i % 2 == 0 ? CKF_GENERATE_KEY_PAIR : CKF_SIGN);
		return CKR_OK;
	}
	return CKR_MECHANISM_INVALID;
}

/* --- PINs */
API(C_InitToken, CK_SLOT_ID slot, unsigned char *pin, unsigned long n, unsigned char *label)
{
	BEGIN(C_InitToken);
	struct token t;
	if (!started())
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (slot != 0)
		return CKR_SLOT_ID_INVALID;
	if (!token_present() || !token_read(&t))
		return CKR_TOKEN_NOT_PRESENT;
	CK_RV rv = t.initialised ? token_check_pin(&t, CKU_SO, pin, n) : token_take_pin(pin, n, t.so);
	if (rv != CKR_OK)
		return rv;
	session_close_all();
	objects_destroy_all();
	memcpy(t.label, label, 32);
	t.label[32] = '\0';
	t.initialised = true;
	t.pin_set = false;
	t.user_left = t.user_max;
	return token_write(&t) ? CKR_OK : CKR_DEVICE_ERROR;
}

static CK_RV set_user_pin(struct token *t, const CK_UTF8CHAR *pin, CK_ULONG n)
{
	char fresh[PIN_MAX + 1];
	CK_RV rv = token_take_pin(pin, n, fresh);
	if (rv != CKR_OK)
		return rv;
	if (strlen(fresh) < 6)
		return CKR_PIN_LEN_RANGE;
	memcpy(t->user, fresh, sizeof fresh);
	OPENSSL_cleanse(fresh, sizeof fresh);
	t->user_left = t->user_max;
	t->pin_set = true;
	t->must_change = false;
	return token_write(t) ? CKR_OK : CKR_DEVICE_ERROR;
}

API(C_InitPIN, CK_SESSION_HANDLE s, unsigned char *pin, unsigned long n)
{
	BEGIN(C_InitPIN);
	struct session *session;
	struct token t;
	CK_RV rv = session_check(s, &session);
	if (rv != CKR_OK)
		return rv;
	if (!logged_in(CKU_SO))
		return CKR_USER_NOT_LOGGED_IN;
	if (!token_read(&t))
		return CKR_DEVICE_ERROR;
	rv = set_user_pin(&t, pin, n);
	OPENSSL_cleanse(&t, sizeof t);
	return rv;
}

static CK_RV set_so_pin(struct token *t, const CK_UTF8CHAR *pin, CK_ULONG n)
{
	CK_RV rv = token_take_pin(pin, n, t->so);
	if (rv != CKR_OK)
		return rv;
	return token_write(t) ? CKR_OK : CKR_DEVICE_ERROR;
}

API(C_SetPIN, CK_SESSION_HANDLE s, unsigned char *old, unsigned long old_n, unsigned char *new, unsigned long n)
{
	BEGIN(C_SetPIN);
	struct session *session;
	struct token t;
	CK_RV rv = session_check(s, &session);
	if (rv != CKR_OK)
		return rv;
	if (!session->rw)
		return CKR_SESSION_READ_ONLY;
	if (!token_read(&t))
		return CKR_DEVICE_ERROR;
	CK_USER_TYPE who = logged_in(CKU_SO) ? CKU_SO : CKU_USER;
	rv = token_check_pin(&t, who, old, old_n);
	if (rv == CKR_OK)
		rv = who == CKU_SO ? set_so_pin(&t, new, n) : set_user_pin(&t, new, n);
	OPENSSL_cleanse(&t, sizeof t);
	return rv;
}
