#include "child.h"

#include <dlfcn.h>
#include <openssl/err.h>
#include <unistd.h>

static const char *module_path(const struct tg_child *c, const struct tg_carrier *row)
{
	const char *o = c->module_override;
	size_t n = strlen(row->id);
	return o && strncmp(o, row->id, n) == 0 && o[n] == '=' ? o + n + 1 : row->module;
}

void tg_child_unload(struct tg_child *c)
{
	if (c->slots)
		PKCS11_release_all_slots(c->p11, c->slots, c->n_slots);
	if (c->p11) {
		if (c->f)
			PKCS11_CTX_unload(c->p11);
		PKCS11_CTX_free(c->p11);
	}
	if (c->library)
		dlclose(c->library);
	c->slots = NULL;
	c->n_slots = 0;
	c->p11 = NULL;
	c->library = NULL;
	c->f = NULL;
	c->carrier = NULL;
	c->dialect = NULL;
	c->has_session = c->logged_in = false;
	c->reader[0] = 0;
}

/* The raw functions of the same module: the dynamic linker gives libp11 and us one instance. */
static bool load_raw(struct tg_child *c, const char *path)
{
	c->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!c->library)
		return false;
	CK_C_GetFunctionList get;
	void *symbol = dlsym(c->library, "C_GetFunctionList");
	if (!symbol)
		return false;
	memcpy(&get, &symbol, sizeof get); /* ISO C has no cast between the two kinds of pointer */
	return get(&c->f) == CKR_OK && c->f;
}

enum tg_status tg_child_load(struct tg_child *c, const struct tg_carrier *row)
{
	const char *path = module_path(c, row);
	if (c->carrier == row)
		return TG_OK;
	tg_child_unload(c);
	c->p11 = PKCS11_CTX_new();
	if (!c->p11)
		return tg_error_set(&c->err, TG_NO_MEMORY, "libp11");
	/* libp11 loads and initialises; before that `f` must stay unset, or an unload would finalise. */
	if (PKCS11_CTX_load(c->p11, path)) {
		char why[120] = "cannot be opened";
		if (ERR_peek_last_error())
			ERR_error_string_n(ERR_peek_last_error(), why, sizeof why);
		ERR_clear_error();
		tg_child_unload(c);
		return tg_error_set(&c->err, TG_TOKEN_MODULE, "%s: %s", path, why);
	}
	if (!load_raw(c, path)) {
		PKCS11_CTX_unload(c->p11);
		c->f = NULL;
		tg_child_unload(c);
		return tg_error_set(&c->err, TG_TOKEN_MODULE, "%s: no list of functions", path);
	}
	c->carrier = row;
	c->dialect = strcmp(row->dialect, tg_dialect_schsm.id) == 0 ? &tg_dialect_schsm : NULL;
	return TG_OK;
}
