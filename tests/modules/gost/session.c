#include "module.h"

#define SESSIONS_MAX 16

static struct session sessions[SESSIONS_MAX];
static bool running, user_in, so_in;

CK_RV start(void)
{
	if (running)
		return CKR_CRYPTOKI_ALREADY_INITIALIZED;
	running = true;
	objects_load();
	return CKR_OK;
}

void finish(void)
{
	session_close_all();
	objects_forget();
	running = false;
}

bool started(void)
{
	return running;
}

bool logged_in(CK_USER_TYPE who)
{
	return who == CKU_SO ? so_in : user_in;
}

bool object_visible(const struct object *o)
{
	bool private = object_ulong(o, CKA_CLASS, 0) == CKO_PRIVATE_KEY;
	return user_in || !object_flag(o, CKA_PRIVATE, private);
}

struct session *session_get(CK_SESSION_HANDLE h)
{
	return h == 0 || h > SESSIONS_MAX || !sessions[h - 1].open ? NULL : &sessions[h - 1];
}

static bool any_open(void)
{
	for (unsigned i = 0; i < SESSIONS_MAX; i++)
		if (sessions[i].open)
			return true;
	return false;
}

CK_RV session_check(CK_SESSION_HANDLE h, struct session **out)
{
	*out = NULL;
	if (!running)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (!token_present() && any_open()) {
		session_close_all();
		return CKR_DEVICE_REMOVED;
	}
	*out = session_get(h);
	return *out == NULL ? CKR_SESSION_HANDLE_INVALID : CKR_OK;
}

CK_RV session_open(bool rw, CK_SESSION_HANDLE *out)
{
	if (!token_present())
		return CKR_TOKEN_NOT_PRESENT;
	if (!rw && so_in)
		return CKR_SESSION_READ_WRITE_SO_EXISTS;
	if (!any_open())
		objects_load(); /* another process may have been at work */
	for (unsigned i = 0; i < SESSIONS_MAX; i++) {
		if (sessions[i].open)
			continue;
		sessions[i] = (struct session){.open = true, .rw = rw};
		*out = i + 1;
		return CKR_OK;
	}
	return CKR_SESSION_COUNT;
}

static void drop_session_objects(void)
{
	for (unsigned i = 0; i < OBJECTS_MAX; i++) {
		struct object *o = object_at(i);
		if (o != NULL && o->session_only)
			object_free(o);
	}
}

CK_RV session_close(CK_SESSION_HANDLE h)
{
	struct session *s = session_get(h);
	if (s == NULL)
		return CKR_SESSION_HANDLE_INVALID;
	s->open = false;
	if (!any_open())
		session_close_all();
	return CKR_OK;
}

void session_close_all(void)
{
	memset(sessions, 0, sizeof sessions);
	user_in = so_in = false;
	drop_session_objects();
}

CK_RV session_login(CK_USER_TYPE who, const CK_UTF8CHAR *pin, CK_ULONG n)
{
	struct token t;
	if (who != CKU_USER && who != CKU_SO)
		return CKR_USER_TYPE_INVALID;
	if (logged_in(who))
		return CKR_USER_ALREADY_LOGGED_IN;
	if (user_in || so_in)
		return CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
	for (unsigned i = 0; who == CKU_SO && i < SESSIONS_MAX; i++)
		if (sessions[i].open && !sessions[i].rw)
			return CKR_SESSION_READ_ONLY_EXISTS;
	if (!token_read(&t))
		return CKR_DEVICE_ERROR;
	CK_RV rv = token_check_pin(&t, who, pin, n);
	OPENSSL_cleanse(&t, sizeof t);
	if (rv == CKR_OK)
		*(who == CKU_SO ? &so_in : &user_in) = true;
	return rv;
}

CK_RV session_logout(void)
{
	if (!user_in && !so_in)
		return CKR_USER_NOT_LOGGED_IN;
	user_in = so_in = false;
	return CKR_OK;
}

CK_STATE session_state(const struct session *s)
{
	if (so_in)
		return CKS_RW_SO_FUNCTIONS;
	if (user_in)
		return s->rw ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
	return s->rw ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
}
