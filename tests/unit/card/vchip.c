#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tamga/clock.h"
#include "vchip.h"

#include <dirent.h>
#include <unistd.h>

static char folder[64], trust[80];

int64_t vchip_now(void)
{
	return tg_clock_real().wall_ms(NULL);
}

const char *vchip_csca(void)
{
	struct tg_error err = {0};
	if (!folder[0]) {
		(void)tg_copy(folder, sizeof folder, "/tmp/tamga-csca.XXXXXX");
		assert_non_null(mkdtemp(folder));
		(void)snprintf(trust, sizeof trust, "%s/trust", folder);
		assert_int_equal(tg_vcard_csca_make(folder, vchip_now(), &err), TG_OK);
	}
	return folder;
}

const char *vchip_trust(void)
{
	(void)vchip_csca();
	return trust;
}

static void remove_folder(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	while (d && (e = readdir(d))) {
		char name[512];
		(void)snprintf(name, sizeof name, "%s/%s", path, e->d_name);
		if (e->d_name[0] != '.' && unlink(name) != 0)
			remove_folder(name);
	}
	if (d)
		(void)closedir(d);
	(void)rmdir(path);
}

void vchip_remove_csca(void)
{
	if (folder[0])
		remove_folder(folder);
	folder[0] = 0;
}

void vchip_make(struct vchip *v, const char *persona)
{
	char path[512];
	struct tg_error err = {0};
	*v = (struct vchip){0};
	(void)snprintf(path, sizeof path, "%s/personas/%s.yaml", TAMGA_TESTS_DIR, persona);
	if (tg_vcard_persona_load(&v->persona, path, &err) != TG_OK)
		fail_msg("%s: %s", persona, err.detail);
	assert_int_equal(tg_vcard_persona_resolve(&v->persona, vchip_now(), &err), TG_OK);
	assert_int_equal(tg_vcard_create(&v->card, &v->persona, &err), TG_OK);
	if (tg_vcard_issue(v->card, vchip_csca(), vchip_now(), &err) != TG_OK)
		fail_msg("%s: %s", persona, err.detail);
	tg_vcard_reset(v->card);
}

void vchip_finish(struct vchip *v)
{
	tg_vcard_destroy(v->card);
	v->card = NULL;
}

static enum tg_status transmit(void *ctx, struct tg_bytes command, struct tg_buf *answer, struct tg_error *err)
{
	struct vchip *v = ctx;
	if (++v->commands == v->pulled_at)
		return tg_error_set(err, TG_CARD_PULLED, "pulled by the test");
	/* Whether the card changed is for whoever keeps it. */
	if (tg_vcard_transmit(v->card, command.data, command.len, answer) && answer->failed)
		return TG_NO_MEMORY;
	if (v->fault)
		v->fault(v, v->commands, command, answer);
	if (answer->len > v->longest)
		v->longest = (unsigned)answer->len;
	return TG_OK;
}

struct tg_apdu_port vchip_port(struct vchip *v)
{
	return (struct tg_apdu_port){transmit, v};
}

struct tg_mrtd_access vchip_mrz(const struct vchip *v)
{
	struct tg_mrtd_access a = {0};
	(void)tg_copy(a.number, sizeof a.number, v->persona.person.document);
	(void)tg_copy(a.birth, sizeof a.birth, v->persona.person.birth);
	(void)tg_copy(a.expiry, sizeof a.expiry, v->persona.person.expiry);
	return a;
}

struct tg_mrtd_access vchip_can(const struct vchip *v)
{
	struct tg_mrtd_access a = {.can = true};
	(void)tg_copy(a.number, sizeof a.number, v->persona.document.can);
	return a;
}
