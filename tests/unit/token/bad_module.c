/* PKCS#11 modules as bad as vendors' have been: compiled once for each fault, and loaded by the real child in place of
 * SoftHSM's. Only what is called before the fault is there; everything else is a null pointer, which is a fault too. */
#include <p11-kit/pkcs11.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum fault { HANG_INITIALIZE, HANG_SESSION, CRASH_SESSION, GARBAGE_INFO, MANY_SLOTS, MANY_OBJECTS, REFUSE_LIST };

static CK_RV get_info(CK_INFO *info)
{
	*info = (CK_INFO){.cryptokiVersion = {2, 40}};
	return CKR_OK;
}

static void hang(void)
{
	for (;;)
		pause();
}

static CK_RV initialize(void *args)
{
	(void)args;
	if (FAULT == HANG_INITIALIZE)
		hang();
	return CKR_OK;
}

static CK_RV finalize(void *args)
{
	(void)args;
	return CKR_OK;
}

static CK_RV get_slot_list(CK_BBOOL present, CK_SLOT_ID *list, CK_ULONG *n)
{
	(void)present;
	if (FAULT == MANY_SLOTS) {
		*n = 1000000;
		return CKR_OK;
	}
	if (list)
		list[0] = 7;
	*n = 1;
	return CKR_OK;
}

static void fill(unsigned char *field, size_t n, const char *text)
{
	memset(field, ' ', n);
	memcpy(field, text, strlen(text));
}

static CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *t)
{
	(void)slot;
	*t = (CK_TOKEN_INFO){.flags = CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED};
	fill(t->model, sizeof t->model, "SoftHSM v2");
	fill(t->label, sizeof t->label, "Label");
	fill(t->serialNumber, sizeof t->serialNumber, "1");
	if (FAULT == GARBAGE_INFO) {
		fill(t->label, sizeof t->label,
		        "\x1b[2J\x1b]0;x\x07 \xff\xfe\xe2\x80\xae"
		        "evil");
		memset(t->serialNumber, 0x9B, sizeof t->serialNumber);
	}
	return CKR_OK;
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *app, CK_NOTIFY notify, CK_SESSION_HANDLE *out)
{
	(void)slot;
	(void)flags;
	(void)app;
	(void)notify;
	if (FAULT == HANG_SESSION)
		hang();
	if (FAULT == CRASH_SESSION)
		abort();
	*out = 1;
	return CKR_OK;
}

static CK_RV find_init(CK_SESSION_HANDLE s, CK_ATTRIBUTE *a, CK_ULONG n)
{
	(void)s;
	(void)a;
	(void)n;
	return CKR_OK;
}

static CK_RV find(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *list, CK_ULONG max, CK_ULONG *n)
{
	(void)s;
	(void)list;
	*n = FAULT == MANY_OBJECTS ? max + 1 : 0;
	return CKR_OK;
}

static CK_RV find_final(CK_SESSION_HANDLE s)
{
	(void)s;
	return CKR_OK;
}

static CK_FUNCTION_LIST functions = {
        .version = {2, 40},
        .C_Initialize = initialize,
        .C_Finalize = finalize,
        .C_GetInfo = get_info,
        .C_GetSlotList = get_slot_list,
        .C_GetTokenInfo = get_token_info,
        .C_OpenSession = open_session,
        .C_FindObjectsInit = find_init,
        .C_FindObjects = find,
        .C_FindObjectsFinal = find_final,
};

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **out)
{
	if (FAULT == REFUSE_LIST)
		return CKR_GENERAL_ERROR;
	*out = &functions;
	return CKR_OK;
}
