/* Who vouches for what stands in the journal: the centre's acknowledgement key, the channel CA. */
#include "ctl.h"
#include "witness.h"

#include "tamga/ca.h"
#include "tamga/file.h"

static enum tg_status check_certificate(void *ctx, struct tg_bytes der, const char *kiosk, int64_t at_ms)
{
	const struct ctl_witness *w = ctx;
	char name[TG_KIOSK_MAX + 1];
	struct tg_error err = {0};
	TG_TRY(tg_channel_peer(w->channel_ca, der, at_ms, name, &err));
	return strcmp(name, kiosk) == 0 ? TG_OK : TG_KIOSK_UNKNOWN;
}

static enum tg_status check_ack(void *ctx, const struct tg_ack *ack)
{
	const struct ctl_witness *w = ctx;
	struct tg_error err = {0};
	return tg_ack_check(w->ack_key, ack, &err);
}

enum tg_status ctl_witness_open(
        struct ctl_witness *w, const char *channel_ca, const char *ack_key, struct tg_error *err)
{
	struct tg_buf pem = TG_BUF_INIT;
	*w = (struct ctl_witness){.channel_ca = channel_ca, .options = {.ctx = w}};
	if (channel_ca) {
		w->options.check_certificate = check_certificate;
		/* A file that is not there must not look like a journal full of strangers. */
		TG_TRY(tg_file_read(&pem, channel_ca, 1 << 20, err));
		tg_buf_finish(&pem);
	}
	if (!ack_key)
		return TG_OK;
	w->options.check_ack = check_ack;
	return tg_ack_key_load(&w->ack_key, ack_key, err);
}

void ctl_witness_close(struct ctl_witness *w)
{
	tg_ack_key_destroy(w->ack_key);
	w->ack_key = NULL;
}
