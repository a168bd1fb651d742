#include "kiosk.h"
#include "tamga/log.h"
#include "tamga/text.h"

#define SHOWN_COLUMNS 40

static void describe(struct tg_token_state *out, const struct tg_token_info *info, const struct tg_carriers *carriers)
{
	tg_copy(out->carrier, sizeof out->carrier, info->carrier);
	tg_text_clean(out->label, sizeof out->label, info->label, strlen(info->label), SHOWN_COLUMNS);
	tg_text_clean(out->serial, sizeof out->serial, info->serial, strlen(info->serial), SHOWN_COLUMNS);
	tg_text_clean(out->version, sizeof out->version, info->version, strlen(info->version), SHOWN_COLUMNS);
	out->tries_left = info->tries_left;
	out->tries_low = info->tries_low;
	out->final_try = info->final_try;
	out->locked = info->locked;
	out->pin_pad = info->pin_pad;
	out->pin_to_be_changed = info->pin_to_be_changed;
	out->n_keys = info->n_keys;
	out->n_certificates = info->n_certificates;
	for (unsigned i = 0; i < carriers->n; i++)
		if (!strcmp(carriers->list[i].id, info->carrier)) {
			tg_copy(out->carrier_name, sizeof out->carrier_name, carriers->list[i].name);
			tg_copy(out->purpose, sizeof out->purpose,
			        carriers->list[i].purpose ? carriers->list[i].purpose : "");
			tg_copy(out->algorithms, sizeof out->algorithms,
			        carriers->list[i].algorithms ? carriers->list[i].algorithms : "");
			out->pin_min = carriers->list[i].pin_min;
			out->pin_max = carriers->list[i].pin_max;
			out->pin_digits = carriers->list[i].pin_digits_only;
			out->document = carriers->list[i].document;
			out->can_unblock = carriers->list[i].so_pin != NULL;
		}
}

void kiosk_describe_token(
        struct kiosk *k, enum tg_status status, const struct tg_token_info *info, struct tg_token_state *out)
{
	memset(out, 0, sizeof *out);
	out->tries_left = -1;
	out->status = status;
	if (info->carrier[0] != '\0') /* also of one that cannot be used: it is called by its name */
		describe(out, info, k->carriers);
	out->document = out->document && k->config->chip_program && k->config->csca;
	if (status == TG_OK && info->locked)
		out->status = TG_PIN_LOCKED;
	else if (status == TG_OK && !info->initialised)
		out->status = TG_CARD_BLANK;
}

enum tg_status kiosk_inspect(struct kiosk_job *job, struct tg_token_info *info, struct tg_error *err)
{
	const struct tg_reader_info *r = &job->reader;
	memset(info, 0, sizeof *info);
	return tg_token_inspect(job->k->token, job->has_reader ? r->name : NULL, r->atr, r->atr_len, info, err);
}

/* What the journal knows of a token: its life, and work on its PIN that was broken off. On the store worker. */
static enum tg_status ask_records(struct kiosk *k, void *arg, struct tg_error *err)
{
	struct tg_token_state *token = arg;
	enum tg_token_life life;
	TG_TRY(tg_store_token_life(k->store, token->serial, &life, err));
	if (life != TG_TOKEN_LIFE_BLANK && life != TG_TOKEN_LIFE_IN_USE)
		token->status = TG_CARD_STATE;
	enum tg_status status = tg_store_pin_unfinished(k->store, token->serial, token->pin_broken, err);
	return status == TG_NOT_FOUND ? TG_OK : status;
}

void kiosk_ask_records(struct kiosk *k, struct tg_token_state *token)
{
	struct tg_error err = {0};
	bool known = token->serial[0] != '\0' && (token->status == TG_OK || token->status == TG_PIN_LOCKED);
	if (known && kiosk_store_call(k, ask_records, token, &err) != TG_OK)
		tg_log_error(&err, "what the journal knows of a token was not read");
}

void kiosk_token_info(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_token_info info;
	struct tg_event ev = {.kind = TG_EV_TOKEN};
	enum tg_status status = kiosk_inspect(job, &info, &err);
	if (status != TG_OK)
		tg_log_error(&err, "token not usable");
	kiosk_describe_token(job->k, status, &info, &ev.token);
	kiosk_ask_records(job->k, &ev.token);
	ev.status = ev.token.status;
	kiosk_post(job->k, &ev);
}
