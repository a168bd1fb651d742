/* What the centre told the staff of this kiosk: how fresh the registers are, which version is to be installed. It is
 * held here, and shown also while the centre cannot be asked (C-5). */
#include "desk.h"
#include "tamga/log.h"
#include "tamga/text.h"

struct telling {
	struct tg_desk_told *out;
	int64_t now_ms;
};

static void clean(char *out, size_t cap, const json_t *text)
{
	const char *s = json_string_value(text);
	tg_text_clean(out, cap, s ? s : "", s ? strlen(s) : 0, (int)cap);
}

static enum tg_status take_register(const struct tg_feed_item *item, void *ctx)
{
	struct tg_desk_told *to = ((struct telling *)ctx)->out;
	json_t *body = json_loadb(item->body, item->body_len, 0, NULL);
	if (body && to->n_registers < TG_DESK_TOLD_MAX) {
		struct tg_desk_fresh *r = &to->registers[to->n_registers++];
		clean(r->source, sizeof r->source, json_object_get(body, "source"));
		r->time_ms = json_integer_value(json_object_get(body, "ms"));
		r->records = json_integer_value(json_object_get(body, "records"));
	}
	json_decref(body);
	return TG_OK;
}

/* This program is what is asked for: nothing to be told. */
static enum tg_status take_software(const struct tg_feed_item *item, void *ctx)
{
	const struct telling *t = ctx;
	struct tg_desk_told *to = t->out;
	json_t *body = json_loadb(item->body, item->body_len, 0, NULL);
	bool now = body && t->now_ms >= json_integer_value(json_object_get(body, "from_ms"));
	if (now && strcmp(item->key, TAMGA_VERSION) != 0 && to->n_software < TG_DESK_TOLD_MAX) {
		struct tg_desk_software *s = &to->software[to->n_software++];
		tg_copy(s->version, sizeof s->version, item->key);
		s->until_ms = json_integer_value(json_object_get(body, "until_ms"));
		for (int l = 0; l < TG_LANG_COUNT; l++)
			clean(s->text[l], sizeof s->text[l],
			        json_object_get(json_object_get(body, "text"), tg_lang_code((enum tg_lang)l)));
	}
	json_decref(body);
	return TG_OK;
}

static enum tg_status read_told(struct kiosk *k, void *arg, struct tg_error *err)
{
	struct telling t = {arg, k->clock.wall_ms(k->clock.ctx)};
	TG_TRY(tg_store_feed_held(k->store, "register", TG_DESK_TOLD_MAX, take_register, &t, err));
	return tg_store_feed_held(k->store, "software", TG_DESK_TOLD_MAX, take_software, &t, err);
}

void kiosk_desk_told(struct kiosk *k, struct tg_desk_told *out)
{
	struct tg_error err = {0};
	memset(out, 0, sizeof *out);
	if (kiosk_store_call(k, read_told, out, &err) != TG_OK)
		tg_log_error(&err, "what the centre told the staff");
}
