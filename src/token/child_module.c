#include "child.h"

#include <dlfcn.h>
#include <openssl/err.h>
#include <unistd.h>

const char *tg_child_module_path(const struct tg_child *c, const struct tg_carrier *row)
{
	const char *o = c->module_override;
	size_t n = strlen(row->id);
	return o && strncmp(o, row->id, n) == 0 && o[n] == '=' ? o + n + 1 : row->module;
}

void tg_child_unload(struct tg_child *c)
{
	if (c->p11) {
		if (c->f)
			PKCS11_CTX_unload(c->p11);
		PKCS11_CTX_free(c->p11);
	}
	if (c->library)
		dlclose(c->library);
	c->p11 = NULL;
	c->library = NULL;
	c->f = NULL;
	c->carrier = NULL;
	c->dialect = NULL;
	c->has_session = c->logged_in = c->factory_pin = false;
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

/* NULL for "generic". */
static const struct tg_dialect *dialect_of(const char *id)
{
	static const struct tg_dialect *const all[] = {&tg_dialect_schsm, &tg_dialect_rutoken};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (strcmp(all[i]->id, id) == 0)
			return all[i];
	return NULL;
}

/* Our own configurations of OpenSC: opensc-DIALECT.conf, or opensc.conf. OpenSC reads it when it is initialised. */
static void choose_opensc_conf(const struct tg_child *c, const char *dialect)
{
	const char *slash = strrchr(c->carriers_path, '/');
	int folder = slash ? (int)(slash - c->carriers_path + 1) : 0;
	struct tg_buf own = TG_BUF_INIT, any = TG_BUF_INIT;
	tg_buf_addf(&own, "%.*sopensc-%s.conf", folder, c->carriers_path, dialect);
	tg_buf_addf(&any, "%.*sopensc.conf", folder, c->carriers_path);
	const char *path = access(tg_buf_str(&own), R_OK) == 0 ? tg_buf_str(&own) : tg_buf_str(&any);
	if (!c->keep_opensc_conf && access(path, R_OK) == 0)
		(void)setenv("OPENSC_CONF", path, 1);
	tg_buf_finish(&own);
	tg_buf_finish(&any);
}

enum tg_status tg_child_load(struct tg_child *c, const struct tg_carrier *row)
{
	const char *path = tg_child_module_path(c, row);
	if (c->carrier == row)
		return TG_OK;
	tg_child_unload(c);
	choose_opensc_conf(c, row->dialect);
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
	c->dialect = dialect_of(row->dialect);
	return TG_OK;
}
