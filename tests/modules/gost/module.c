#include "module.h"

#include <openssl/rand.h>

static CK_RV initialize(void *args)
{
	(void)args;
	BEGIN(C_Initialize);
	return start();
}

static CK_RV finalize(void *reserved)
{
	BEGIN(C_Finalize);
	if (reserved != NULL)
		return CKR_ARGUMENTS_BAD;
	if (!started())
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	finish();
	return CKR_OK;
}

static CK_RV get_info(CK_INFO *info)
{
	BEGIN(C_GetInfo);
	if (!started())
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	memset(info, ' ', sizeof *info);
	info->cryptokiVersion = (CK_VERSION){2, 40};
	info->libraryVersion = (CK_VERSION){1, 0};
	info->flags = 0;
	memcpy(info->manufacturerID, "Tamga tests", 11);
	memcpy(info->libraryDescription, "GOST stand-in", 13);
	return CKR_OK;
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *app, CK_NOTIFY notify, CK_SESSION_HANDLE *out)
{
	(void)app, (void)notify;
	BEGIN(C_OpenSession);
	if (!started())
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (slot != 0)
		return CKR_SLOT_ID_INVALID;
	if ((flags & CKF_SERIAL_SESSION) == 0)
		return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
	return session_open((flags & CKF_RW_SESSION) != 0, out);
}

static CK_RV close_session(CK_SESSION_HANDLE s)
{
	BEGIN(C_CloseSession);
	return started() ? session_close(s) : CKR_CRYPTOKI_NOT_INITIALIZED;
}

static CK_RV close_all(CK_SLOT_ID slot)
{
	BEGIN(C_CloseAllSessions);
	if (!started())
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (slot != 0)
		return CKR_SLOT_ID_INVALID;
	session_close_all();
	return CKR_OK;
}

static CK_RV session_info(CK_SESSION_HANDLE s, CK_SESSION_INFO *info)
{
	BEGIN(C_GetSessionInfo);
	struct session *session;
	CK_RV rv = session_check(s, &session);
	if (rv != CKR_OK)
		return rv;
	*info = (CK_SESSION_INFO){
	        0, session_state(session), CKF_SERIAL_SESSION | (session->rw ? CKF_RW_SESSION : 0), 0};
	return CKR_OK;
}

static CK_RV login(CK_SESSION_HANDLE s, CK_USER_TYPE who, unsigned char *pin, unsigned long n)
{
	BEGIN(C_Login);
	struct session *session;
	CK_RV rv = session_check(s, &session);
	return rv == CKR_OK ? session_login(who, pin, n) : rv;
}

static CK_RV logout(CK_SESSION_HANDLE s)
{
	BEGIN(C_Logout);
	struct session *session;
	CK_RV rv = session_check(s, &session);
	return rv == CKR_OK ? session_logout() : rv;
}

static CK_RV seed_random(CK_SESSION_HANDLE s, unsigned char *seed, unsigned long n)
{
	(void)s, (void)seed, (void)n;
	return CKR_RANDOM_SEED_NOT_SUPPORTED;
}

static CK_RV generate_random(CK_SESSION_HANDLE s, unsigned char *out, unsigned long n)
{
	BEGIN(C_GenerateRandom);
	struct session *session;
	CK_RV rv = session_check(s, &session);
	if (rv != CKR_OK)
		return rv;
	return n <= INT_MAX && RAND_bytes(out, (int)n) == 1 ? CKR_OK : CKR_DEVICE_ERROR;
}

static CK_RV wait_for_event(CK_FLAGS flags, CK_SLOT_ID *slot, void *reserved)
{
	(void)slot, (void)reserved;
	return (flags & CKF_DONT_BLOCK) != 0 ? CKR_NO_EVENT : CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV get_function_list(CK_FUNCTION_LIST **out);

/* --- What this token cannot do. */
#define NO(name, ...)                                                                                                  \
	static CK_RV no_##name(__VA_ARGS__)                                                                            \
	{                                                                                                              \
		return CKR_FUNCTION_NOT_SUPPORTED;                                                                     \
	}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
typedef CK_SESSION_HANDLE S;
typedef unsigned char *B;
typedef unsigned long N, *L;
typedef CK_MECHANISM *M;
typedef CK_OBJECT_HANDLE O;
NO(state_get, S s, B a, L b)
NO(state_set, S s, B a, N b, O c, O d)
NO(copy, S s, O o, CK_ATTRIBUTE *a, N n, O *out)
NO(size, S s, O o, L out)
NO(init, S s, M m, O k)
NO(digest_init, S s, M m)
NO(five, S s, B a, N b, B c, L d)
NO(feed, S s, B a, N b)
NO(last, S s, B a, L b)
NO(key, S s, O k)
NO(verify, S s, B a, N b, B c, N d)
NO(generate, S s, M m, CK_ATTRIBUTE *a, N n, O *out)
NO(wrap, S s, M m, O a, O b, B c, L d)
NO(unwrap, S s, M m, O a, B b, N c, CK_ATTRIBUTE *d, N e, O *f)
NO(derive, S s, M m, O a, CK_ATTRIBUTE *b, N c, O *d)
NO(parallel, S s)
#pragma GCC diagnostic pop

static CK_FUNCTION_LIST functions = {
        .version = {2, 40},
        .C_Initialize = initialize,
        .C_Finalize = finalize,
        .C_GetInfo = get_info,
        .C_GetFunctionList = get_function_list,
        .C_GetSlotList = test_C_GetSlotList,
        .C_GetSlotInfo = test_C_GetSlotInfo,
        .C_GetTokenInfo = test_C_GetTokenInfo,
        .C_GetMechanismList = test_C_GetMechanismList,
        .C_GetMechanismInfo = test_C_GetMechanismInfo,
        .C_InitToken = test_C_InitToken,
        .C_InitPIN = test_C_InitPIN,
        .C_SetPIN = test_C_SetPIN,
        .C_OpenSession = open_session,
        .C_CloseSession = close_session,
        .C_CloseAllSessions = close_all,
        .C_GetSessionInfo = session_info,
        .C_GetOperationState = no_state_get,
        .C_SetOperationState = no_state_set,
        .C_Login = login,
        .C_Logout = logout,
        .C_CreateObject = test_C_CreateObject,
        .C_CopyObject = no_copy,
        .C_DestroyObject = test_C_DestroyObject,
        .C_GetObjectSize = no_size,
        .C_GetAttributeValue = test_C_GetAttributeValue,
        .C_SetAttributeValue = test_C_SetAttributeValue,
        .C_FindObjectsInit = test_C_FindObjectsInit,
        .C_FindObjects = test_C_FindObjects,
        .C_FindObjectsFinal = test_C_FindObjectsFinal,
        .C_EncryptInit = no_init,
        .C_Encrypt = no_five,
        .C_EncryptUpdate = no_five,
        .C_EncryptFinal = no_last,
        .C_DecryptInit = no_init,
        .C_Decrypt = no_five,
        .C_DecryptUpdate = no_five,
        .C_DecryptFinal = no_last,
        .C_DigestInit = no_digest_init,
        .C_Digest = no_five,
        .C_DigestUpdate = no_feed,
        .C_DigestKey = no_key,
        .C_DigestFinal = no_last,
        .C_SignInit = test_C_SignInit,
        .C_Sign = test_C_Sign,
        .C_SignUpdate = no_feed,
        .C_SignFinal = no_last,
        .C_SignRecoverInit = no_init,
        .C_SignRecover = no_five,
        .C_VerifyInit = no_init,
        .C_Verify = no_verify,
        .C_VerifyUpdate = no_feed,
        .C_VerifyFinal = no_feed,
        .C_VerifyRecoverInit = no_init,
        .C_VerifyRecover = no_five,
        .C_DigestEncryptUpdate = no_five,
        .C_DecryptDigestUpdate = no_five,
        .C_SignEncryptUpdate = no_five,
        .C_DecryptVerifyUpdate = no_five,
        .C_GenerateKey = no_generate,
        .C_GenerateKeyPair = test_C_GenerateKeyPair,
        .C_WrapKey = no_wrap,
        .C_UnwrapKey = no_unwrap,
        .C_DeriveKey = no_derive,
        .C_SeedRandom = seed_random,
        .C_GenerateRandom = generate_random,
        .C_GetFunctionStatus = no_parallel,
        .C_CancelFunction = no_parallel,
        .C_WaitForSlotEvent = wait_for_event,
};

static CK_RV get_function_list(CK_FUNCTION_LIST **out)
{
	*out = &functions;
	return CKR_OK;
}

__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST **out)
{
	return get_function_list(out);
}
