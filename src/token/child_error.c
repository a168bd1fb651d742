#include "child.h"

/* News of a pull reach the daemon within 0.2 s, a mid-operation pull within 0.4 s. */
#define NEWS_MS 700

#ifndef CKR_PIN_TOO_WEAK
#define CKR_PIN_TOO_WEAK 0x1B8UL /* PKCS #11 3.0 */
#endif

enum meaning {
	CERTAIN, /* the status says it all */
	ASK,     /* may be a pulled card: the reader is asked first */
};

static const struct {
	CK_RV rv;
	const char *name;
	enum tg_status status; /* TG_OK: the caller's `otherwise` */
	enum meaning meaning;
} table[] = {
        {CKR_HOST_MEMORY, "HOST_MEMORY", TG_NO_MEMORY, CERTAIN},
        {CKR_DEVICE_MEMORY, "DEVICE_MEMORY", TG_CARD_FULL, CERTAIN},
        {CKR_PIN_INCORRECT, "PIN_INCORRECT", TG_PIN_WRONG, CERTAIN},
        {CKR_PIN_LOCKED, "PIN_LOCKED", TG_PIN_LOCKED, CERTAIN},
        {CKR_PIN_LEN_RANGE, "PIN_LEN_RANGE", TG_PIN_LENGTH, CERTAIN},
        {CKR_PIN_INVALID, "PIN_INVALID", TG_PIN_LENGTH, CERTAIN},
        {CKR_PIN_EXPIRED, "PIN_EXPIRED", TG_PIN_FACTORY, CERTAIN},
        {CKR_PIN_TOO_WEAK, "PIN_TOO_WEAK", TG_PIN_WEAK, CERTAIN},
        {CKR_FUNCTION_CANCELED, "FUNCTION_CANCELED", TG_PIN_PAD_CANCELLED, ASK},
        {CKR_CANCEL, "CANCEL", TG_PIN_PAD_CANCELLED, ASK},
        {CKR_USER_PIN_NOT_INITIALIZED, "USER_PIN_NOT_INITIALIZED", TG_CARD_BLANK, CERTAIN},
        {CKR_TOKEN_NOT_RECOGNIZED, "TOKEN_NOT_RECOGNIZED", TG_CARD_FOREIGN, ASK},
        {CKR_TOKEN_NOT_PRESENT, "TOKEN_NOT_PRESENT", TG_OK, ASK},
        {CKR_DEVICE_REMOVED, "DEVICE_REMOVED", TG_CARD_PULLED, ASK},
        {CKR_SESSION_HANDLE_INVALID, "SESSION_HANDLE_INVALID", TG_TOKEN_LOST, ASK},
        {CKR_SESSION_CLOSED, "SESSION_CLOSED", TG_TOKEN_LOST, ASK},
        {CKR_USER_NOT_LOGGED_IN, "USER_NOT_LOGGED_IN", TG_TOKEN_LOST, ASK},
        {CKR_OBJECT_HANDLE_INVALID, "OBJECT_HANDLE_INVALID", TG_OK, ASK},
        {CKR_KEY_HANDLE_INVALID, "KEY_HANDLE_INVALID", TG_OK, ASK},
        {CKR_GENERAL_ERROR, "GENERAL_ERROR", TG_OK, ASK},
        {CKR_FUNCTION_FAILED, "FUNCTION_FAILED", TG_OK, ASK},
        {CKR_DEVICE_ERROR, "DEVICE_ERROR", TG_OK, ASK},
        {CKR_CRYPTOKI_NOT_INITIALIZED, "CRYPTOKI_NOT_INITIALIZED", TG_TOKEN_MODULE, CERTAIN},
        {CKR_ATTRIBUTE_TYPE_INVALID, "ATTRIBUTE_TYPE_INVALID", TG_OK, CERTAIN},
        {CKR_ATTRIBUTE_VALUE_INVALID, "ATTRIBUTE_VALUE_INVALID", TG_OK, CERTAIN},
        {CKR_ATTRIBUTE_READ_ONLY, "ATTRIBUTE_READ_ONLY", TG_OK, CERTAIN},
        {CKR_TEMPLATE_INCONSISTENT, "TEMPLATE_INCONSISTENT", TG_OK, CERTAIN},
        {CKR_TEMPLATE_INCOMPLETE, "TEMPLATE_INCOMPLETE", TG_OK, CERTAIN},
        {CKR_MECHANISM_INVALID, "MECHANISM_INVALID", TG_ALGORITHM, CERTAIN},
        {CKR_MECHANISM_PARAM_INVALID, "MECHANISM_PARAM_INVALID", TG_ALGORITHM, CERTAIN},
        {CKR_FUNCTION_NOT_SUPPORTED, "FUNCTION_NOT_SUPPORTED", TG_OK, CERTAIN},
        {CKR_SESSION_READ_ONLY, "SESSION_READ_ONLY", TG_OK, CERTAIN},
        {CKR_TOKEN_WRITE_PROTECTED, "TOKEN_WRITE_PROTECTED", TG_OK, CERTAIN},
};

enum tg_status tg_child_failed(struct tg_child *c, CK_RV rv, enum tg_status otherwise, const char *call)
{
	enum tg_status status = otherwise;
	enum meaning meaning = ASK;
	const char *name = "";
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (table[i].rv != rv)
			continue;
		status = table[i].status == TG_OK ? otherwise : table[i].status;
		meaning = table[i].meaning;
		name = table[i].name;
	}
	if (meaning == ASK && tg_child_card_left(c, NEWS_MS))
		status = TG_CARD_PULLED;
	return tg_error_set(&c->err, status, "%s: 0x%lx%s%s", call, (unsigned long)rv, name[0] ? " CKR_" : "", name);
}
