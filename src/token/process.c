#include "process.h"
#include "tamga/spawn.h"
#include "wire.h"

#include <unistd.h>

/* Where modules and the daemon of the readers are told from outside where to look, and the sanitizers of test builds.
 * Above all not OPENSSL_CONF: an engine named there would be loaded into the child. */
static const char *const kept[] = {
        "SOFTHSM2_CONF=", "OPENSC_CONF=", "PCSCLITE_CSOCK_NAME=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=",
        /* of the stand-in of tests/modules/gost, which is in no image */
        "TAMGA_TEST_GOST_DIR=", "TAMGA_TEST_GOST_PAD=", "TAMGA_TEST_GOST_FAULT="};
#define KEPT (sizeof kept / sizeof kept[0])

/* The allocator overwrites what is freed: OpenSC formats each APDU, the PIN's too, into a string that it frees as it
 * is, even when it logs nothing (seen in 0.23). Blocks in the thread cache are not overwritten, so there is none. */
static char wiping_malloc[] = "GLIBC_TUNABLES=glibc.malloc.perturb=165:glibc.malloc.tcache_count=0";

static void choose_environment(char *out[KEPT + 2])
{
	size_t n = 0;
	out[n++] = wiping_malloc;
	for (char **e = environ; *e; e++)
		for (size_t i = 0; i < KEPT && n < KEPT + 1; i++)
			if (strncmp(*e, kept[i], strlen(kept[i])) == 0)
				out[n++] = *e;
	out[n] = NULL;
}

enum tg_status tg_token_spawn(const struct tg_token_config *config, pid_t *pid, int *fd, struct tg_error *err)
{
	char name[] = "tamga-token";
	char *argv[] = {
	        name, (char *)(uintptr_t)config->carriers_path, (char *)(uintptr_t)config->module_override, NULL};
	char *env[KEPT + 2];
	choose_environment(env);
	const struct tg_spawn child = {.program = config->program,
	        .argv = argv,
	        .env = env,
	        .stderr_path = config->stderr_path,
	        .child_fd = TG_TOKEN_FD,
	        .failed = TG_TOKEN_LOST};
	return tg_spawn(&child, pid, fd, err);
}
