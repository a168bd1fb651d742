/* Kiosks that the centre knows: number, state, role, where the key is, how long the certificate is good, what came. */
#include "kiosk_life.h"

#include "tamga/clock.h"

#include <jansson.h>

struct list {
	struct tg_store *store;
	json_t *rows; /* with --json */
	int64_t now_ms;
	struct tg_error *err;
};

static const char *state_of(const struct tg_kiosk_row *k, int64_t now_ms)
{
	if (k->disabled)
		return "disabled";
	if (!k->enrolled)
		return k->secret_until_ms > now_ms ? "announced" : "not-enrolled";
	if (k->until_ms != 0 && k->until_ms <= now_ms)
		return "expired";
	return k->secret_until_ms > now_ms ? "replaced" : "enabled";
}

struct seen {
	char role[16];
	uint64_t seq;
	uint8_t hash[TG_HASH_LEN];
	int64_t received_ms;
};

static enum tg_status look(const struct list *l, const struct tg_kiosk_row *k, struct seen *s)
{
	TG_TRY(tg_store_kiosk_role(l->store, k->kiosk, s->role, l->err));
	TG_TRY(tg_store_head(l->store, k->kiosk, &s->seq, s->hash, l->err));
	return s->seq > 0 ? tg_store_stream_received(l->store, k->kiosk, &s->received_ms, l->err) : TG_OK;
}

static enum tg_status add_json(struct list *l, const struct tg_kiosk_row *k, const struct seen *s)
{
	char hex[2 * TG_HASH_LEN + 1];
	tg_hex(s->hash, TG_HASH_LEN, hex);
	json_t *row = json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:I, s:b, s:I, s:I, s:s, s:I}", "kiosk", k->kiosk,
	        "number", (json_int_t)k->number, "state", state_of(k, l->now_ms), "role", s->role, "place", k->place,
	        "key_in", k->key_in, "certificate_until_ms", (json_int_t)k->until_ms, "not_shown_yet", k->pending,
	        "secret_until_ms", (json_int_t)k->secret_until_ms, "seq", (json_int_t)s->seq, "head",
	        s->seq > 0 ? hex : "", "received_ms", (json_int_t)s->received_ms);
	return row && json_array_append_new(l->rows, row) == 0 ? TG_OK : TG_NO_MEMORY;
}

static void day_of(int64_t ms, char out[TG_TIME_TEXT])
{
	if (ms > 0)
		tg_time_utc(ms, out);
	else
		(void)tg_copy(out, TG_TIME_TEXT, "-");
}

static enum tg_status add_row(const struct tg_kiosk_row *k, void *ctx)
{
	struct list *l = ctx;
	struct seen s = {0};
	char until[TG_TIME_TEXT], received[TG_TIME_TEXT];
	TG_TRY(look(l, k, &s));
	if (l->rows)
		return add_json(l, k, &s);
	day_of(k->until_ms, until);
	day_of(s.received_ms, received);
	printf("%s\t%s\t%u\t%s\t%s\t%s\t%llu\t%s\t%s\n", k->kiosk, *s.role ? s.role : "none", (unsigned)k->number,
	        state_of(k, l->now_ms), *k->key_in ? k->key_in : "-", until, (unsigned long long)s.seq, received,
	        k->place);
	return TG_OK;
}

static enum ctl_exit print_rows(json_t *rows)
{
	char *text = json_dumps(rows, JSON_INDENT(1));
	if (!text)
		return ctl_fail(TG_NO_MEMORY, NULL);
	puts(text);
	free(text);
	return CTL_YES;
}

enum ctl_exit ctl_kiosk_list(const struct ctl_args *args)
{
	const char *dir = NULL, *clock_file = NULL;
	bool json = false;
	const struct ctl_option options[] = {{"--data", &dir, NULL}, {"--json", NULL, &json},
	        {"--clock-file", &clock_file, NULL}, {NULL, NULL, NULL}};
	struct tg_registry *r = NULL;
	struct tg_error err = {0};
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	struct list l = {.now_ms = ctl_now(clock_file), .err = &err, .rows = json ? json_array() : NULL};
	enum ctl_exit code = ctl_open_centre(dir, &l.store);
	if (code == CTL_YES)
		code = ctl_registry_open(dir, &r);
	enum tg_status st = code == CTL_YES ? tg_kiosk_each(r, add_row, &l) : TG_OK;
	tg_registry_close(r);
	tg_store_close(l.store);
	if (code == CTL_YES)
		code = st != TG_OK ? ctl_fail(st, &err) : json ? print_rows(l.rows) : CTL_YES;
	json_decref(l.rows);
	return code;
}
