#include "kiosk.h"
#include "tamga/log.h"
#include "tamga/text.h"

#define SHOWN_COLUMNS 40

static void describe(struct tg_token_state *out, const struct tg_token_info *info, const struct tg_carriers *carriers)
{
	tg_copy(out->carrier, sizeof out->carrier, info->carrier);
	tg_text_clean(out->label, sizeof out->label, info->label, strlen(info->label), SHOWN_COLUMNS);
	tg_text_clean(out->serial, sizeof out->serial, info->serial, strlen(info->serial), SHOWN_COLUMNS);
	out->tries_left = info->tries_left;
	out->tries_low = info->tries_low;
	out->final_try = info->final_try;
	out->locked = info->locked;
	out->pin_pad = info->pin_pad;
	out->n_keys = info->n_keys;
	out->n_certificates = info->n_certificates;
	for (unsigned i = 0; i < carriers->n; i++)
		if (!strcmp(carriers->list[i].id, info->carrier)) {
			tg_copy(out->carrier_name, sizeof out->carrier_name, carriers->list[i].name);
			tg_copy(out->purpose, sizeof out->purpose,
			        carriers->list[i].purpose ? carriers->list[i].purpose : "");
			out->pin_min = carriers->list[i].pin_min;
			out->pin_max = carriers->list[i].pin_max;
		}
}

void kiosk_describe_token(
        struct kiosk *k, enum tg_status status, const struct tg_token_info *info, struct tg_token_state *out)
{
	memset(out, 0, sizeof *out);
	out->tries_left = -1;
	out->status = status;
	if (status == TG_OK || status == TG_PIN_WRONG || status == TG_PIN_LOCKED)
		describe(out, info, k->carriers);
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

void kiosk_token_info(struct kiosk_job *job)
{
	struct tg_error err = {0};
	struct tg_token_info info;
	struct tg_event ev = {.kind = TG_EV_TOKEN};
	enum tg_status status = kiosk_inspect(job, &info, &err);
	if (status != TG_OK)
		tg_log_error(&err, "token not usable");
	kiosk_describe_token(job->k, status, &info, &ev.token);
	ev.status = ev.token.status;
	kiosk_post(job->k, &ev);
}
