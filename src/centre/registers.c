/* The registers of persons and entities, as the options say. */
#include "centre.h"
#include "tamga/log.h"

#include <jansson.h>

static enum tg_status load_names(struct tg_names *n, const struct tg_centre_options *o, struct tg_error *err)
{
	char path[TG_CENTRE_PATH];
	if (snprintf(path, sizeof(path), "%s/registers.yaml", o->screens) >= (int)sizeof(path))
		return tg_error_set(err, TG_CONFIG, "--screens: the path is too long");
	TG_TRY(tg_catalog_load(&n->catalog, o->screens, NULL, err));
	return tg_registers_load(&n->registers, path, n->catalog, err);
}

enum tg_status tg_names_load(struct tg_names *n, const struct tg_centre_options *o, struct tg_error *err)
{
	enum tg_status st = load_names(n, o, err);
	if (o->smtp)
		return st == TG_OK ? tg_i18n_load(&n->i18n, o->locale, err) : st;
	/* Records are taken and certificates issued without the screens too; only the registers are down then. */
	if (st != TG_OK)
		tg_log_error(err, "registers are not asked");
	return TG_OK;
}

void tg_names_free(struct tg_names *n)
{
	tg_registers_free(n->registers);
	tg_catalog_destroy(n->catalog);
	tg_i18n_destroy(n->i18n);
	*n = (struct tg_names){0};
}

static enum tg_status open_https(struct tg_register_desk *d, const struct tg_centre_options *o, struct tg_error *err)
{
	const struct tg_register_https_settings s = {.url = o->register_url,
	        .ca = o->register_ca,
	        .cert = o->register_cert,
	        .key = o->register_key,
	        .timeout_ms = (int)o->register_ms};
	TG_TRY(tg_register_https_create(&d->https, &s, err));
	d->port = tg_register_https_port(d->https);
	return TG_OK;
}

enum tg_status tg_register_desk_open(struct tg_register_desk *d, const struct tg_centre_options *o,
        const struct tg_centre_paths *p, const struct tg_names *names, struct tg_clock clock, struct tg_error *err)
{
	*d = (struct tg_register_desk){.map = names->registers, .clock = clock};
	if (o->register_url)
		return open_https(d, o, err);
	TG_TRY(tg_office_open(&d->office, p->office, err));
	d->port = tg_register_file_port(d->office);
	return TG_OK;
}

void tg_register_desk_close(struct tg_register_desk *d)
{
	tg_register_https_destroy(d->https);
	tg_office_close(d->office);
	*d = (struct tg_register_desk){0};
}

static enum tg_status compare(void *ctx, const json_t *application, json_t **answer, struct tg_error *err)
{
	struct tg_register_desk *d = ctx;
	if (!d->map)
		return tg_error_set(err, TG_REGISTER_DOWN, "registers.yaml was not read");
	return tg_register_compare(d->map, &d->port, application, d->clock.wall_ms(d->clock.ctx), answer, err);
}

struct tg_registers_port tg_register_desk_port(struct tg_register_desk *d)
{
	return (struct tg_registers_port){compare, d};
}
