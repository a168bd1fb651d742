/* The chip's part of one issuance by a program that does nothing else: one process, one session of raw PKCS#11. Two RSA
 * pairs, each signs a request; two certificates are written and read back; each key signs once more. The floor beside
 * which the kiosk and pkcs11-tool are put: what the module, the reader and the card cost by themselves. Prints "us N":
 * from C_Login to the last signature. What comes before is the start of the module, which the kiosk has behind it when
 * the PIN is typed.
 *
 *   bench_session MODULE PIN CERTIFICATE CERTIFICATE    the certificates as DER files */
#include "tamga/file.h"

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

#define CERTIFICATE_MAX 8192
#define SIGNATURE_MAX   512

static CK_FUNCTION_LIST *f;
static CK_SESSION_HANDLE session;
static CK_BBOOL yes = CK_TRUE;

static void must(CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return;
	fprintf(stderr, "bench_session: %s: 0x%lX\n", what, (unsigned long)rv);
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void load(const char *path)
{
	CK_C_GetFunctionList get;
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL), *symbol;
	must(library ? CKR_OK : CKR_GENERAL_ERROR, "the module");
	symbol = dlsym(library, "C_GetFunctionList");
	must(symbol ? CKR_OK : CKR_GENERAL_ERROR, "C_GetFunctionList");
	memcpy(&get, &symbol, sizeof get); /* ISO C has no cast between the two kinds of pointer */
	must(get(&f), "C_GetFunctionList");
}

static void open_session(void)
{
	CK_SLOT_ID slots[8];
	CK_ULONG n = 8;
	must(f->C_Initialize(NULL), "C_Initialize");
	must(f->C_GetSlotList(CK_TRUE, slots, &n), "C_GetSlotList");
	must(n > 0 ? CKR_OK : CKR_TOKEN_NOT_PRESENT, "a card");
	must(f->C_OpenSession(slots[0], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session), "C_OpenSession");
}

static void log_in(const char *pin)
{
	char copy[32];
	must(tg_copy(copy, sizeof copy, pin) ? CKR_OK : CKR_PIN_LEN_RANGE, "the PIN");
	must(f->C_Login(session, CKU_USER, (CK_UTF8CHAR *)copy, strlen(copy)), "C_Login");
}

static void generate(CK_BYTE id)
{
	CK_MECHANISM mechanism = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
	CK_ULONG bits = 2048;
	CK_BYTE exponent[] = {1, 0, 1};
	CK_OBJECT_HANDLE a, b;
	CK_ATTRIBUTE public[] = {{CKA_TOKEN, &yes, sizeof yes}, {CKA_VERIFY, &yes, sizeof yes}, {CKA_ID, &id, 1},
	        {CKA_MODULUS_BITS, &bits, sizeof bits}, {CKA_PUBLIC_EXPONENT, exponent, sizeof exponent}};
	CK_ATTRIBUTE private[] = {{CKA_TOKEN, &yes, sizeof yes}, {CKA_PRIVATE, &yes, sizeof yes},
	        {CKA_SENSITIVE, &yes, sizeof yes}, {CKA_SIGN, &yes, sizeof yes}, {CKA_ID, &id, 1}};
	must(f->C_GenerateKeyPair(session, &mechanism, public, 5, private, 5, &a, &b), "C_GenerateKeyPair");
}

static CK_OBJECT_HANDLE find(CK_OBJECT_CLASS class, CK_BYTE id)
{
	CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, &id, 1}};
	CK_OBJECT_HANDLE object = 0;
	CK_ULONG n = 0;
	must(f->C_FindObjectsInit(session, wanted, 2), "C_FindObjectsInit");
	must(f->C_FindObjects(session, &object, 1, &n), "C_FindObjects");
	must(f->C_FindObjectsFinal(session), "C_FindObjectsFinal");
	must(n == 1 ? CKR_OK : CKR_OBJECT_HANDLE_INVALID, "an object that must be there");
	return object;
}

static void sign(CK_BYTE id)
{
	CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
	CK_BYTE text[1024] = {id}, signature[SIGNATURE_MAX];
	CK_ULONG n = sizeof signature;
	must(f->C_SignInit(session, &mechanism, find(CKO_PRIVATE_KEY, id)), "C_SignInit");
	must(f->C_Sign(session, text, sizeof text, signature, &n), "C_Sign");
}

static void write_and_read(CK_BYTE id, struct tg_buf *certificate)
{
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_CERTIFICATE_TYPE type = CKC_X_509;
	CK_BYTE back[CERTIFICATE_MAX];
	CK_OBJECT_HANDLE object;
	CK_ATTRIBUTE written[] = {{CKA_CLASS, &class, sizeof class}, {CKA_CERTIFICATE_TYPE, &type, sizeof type},
	        {CKA_TOKEN, &yes, sizeof yes}, {CKA_ID, &id, 1}, {CKA_VALUE, certificate->data, certificate->len}};
	CK_ATTRIBUTE value = {CKA_VALUE, back, sizeof back};
	must(f->C_CreateObject(session, written, 5, &object), "C_CreateObject");
	must(f->C_GetAttributeValue(session, find(CKO_CERTIFICATE, id), &value, 1), "C_GetAttributeValue");
	bool same = value.ulValueLen == certificate->len && memcmp(back, certificate->data, certificate->len) == 0;
	must(same ? CKR_OK : CKR_DATA_INVALID, "the certificate that was read back");
}

int main(int argc, char **argv)
{
	struct tg_buf certificates[2] = {TG_BUF_INIT, TG_BUF_INIT};
	struct tg_error err = {0};
	if (argc != 5)
		return 2;
	for (int i = 0; i < 2; i++)
		if (tg_file_read(&certificates[i], argv[3 + i], CERTIFICATE_MAX, &err) != TG_OK) {
			fprintf(stderr, "bench_session: %s\n", err.detail);
			return 1;
		}
	load(argv[1]);
	open_session();
	int64_t begin = now_us();
	log_in(argv[2]);
	for (CK_BYTE id = 1; id <= 2; id++) {
		generate(id);
		sign(id);
	}
	for (CK_BYTE id = 1; id <= 2; id++) {
		write_and_read(id, &certificates[id - 1]);
		sign(id);
	}
	printf("us %lld\n", (long long)(now_us() - begin));
	must(f->C_Finalize(NULL), "C_Finalize");
	for (int i = 0; i < 2; i++)
		tg_buf_finish(&certificates[i]);
	return 0;
}
