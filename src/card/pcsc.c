#include "pcsc.h"
#include "tamga/clock.h"

#include <openssl/crypto.h>
#include <winscard.h>

#define ANSWER_MAX 65538
#define GONE_MS    600 /* after a broken command the daemon needs a moment to see that the card is out */

struct tg_pcsc {
	SCARDCONTEXT context;
	SCARDHANDLE card;
	bool connected;
	DWORD protocol;
	DWORD events; /* how often a card came or went in this reader before */
	char reader[128];
	uint8_t answer[ANSWER_MAX];
};

static DWORD events_of(const SCARD_READERSTATE *s)
{
	return s->dwEventState >> 16;
}

static enum tg_status name_failure(LONG rv)
{
	switch (rv) {
	case SCARD_E_NO_SERVICE:
	case SCARD_E_SERVICE_STOPPED:
	case SCARD_F_INTERNAL_ERROR:
		return TG_READER_SERVICE;
	case SCARD_E_UNKNOWN_READER:
	case SCARD_E_READER_UNAVAILABLE:
	case SCARD_E_NO_READERS_AVAILABLE:
		return TG_READER_GONE;
	case SCARD_E_NO_SMARTCARD:
	case SCARD_W_REMOVED_CARD:
		return TG_CARD_PULLED;
	case SCARD_W_UNRESPONSIVE_CARD:
	case SCARD_W_UNPOWERED_CARD:
		return TG_CARD_MUTE;
	default:
		return TG_CARD_BROKEN;
	}
}

static enum tg_status fail(struct tg_error *err, enum tg_status status, const char *what, LONG rv)
{
	return tg_error_set(err, status, "%s: PC/SC 0x%08lX", what, (unsigned long)rv & 0xFFFFFFFFul);
}

enum tg_status tg_pcsc_open(struct tg_pcsc **out, const char *reader, struct tg_error *err)
{
	*out = NULL;
	struct tg_pcsc *p = calloc(1, sizeof *p);
	if (!p)
		return tg_error_set(err, TG_NO_MEMORY, "no memory for the reader");
	LONG rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &p->context);
	if (rv != SCARD_S_SUCCESS) {
		free(p);
		return fail(err, TG_READER_SERVICE, "the daemon of the readers", rv);
	}
	(void)tg_copy(p->reader, sizeof p->reader, reader);
	SCARD_READERSTATE before = {.szReader = p->reader, .dwCurrentState = SCARD_STATE_UNAWARE};
	if (SCardGetStatusChange(p->context, 0, &before, 1) == SCARD_S_SUCCESS)
		p->events = events_of(&before);
	rv = SCardConnect(p->context, p->reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &p->card,
	        &p->protocol);
	p->connected = rv == SCARD_S_SUCCESS;
	if (rv == SCARD_S_SUCCESS)
		rv = SCardBeginTransaction(p->card);
	if (rv == SCARD_S_SUCCESS) {
		*out = p;
		return TG_OK;
	}
	tg_pcsc_close(p);
	enum tg_status status = name_failure(rv);
	return fail(err, status == TG_CARD_PULLED ? TG_CARD_NONE : status, "connecting to the card", rv);
}

void tg_pcsc_close(struct tg_pcsc *p)
{
	if (!p)
		return;
	if (p->connected) {
		(void)SCardEndTransaction(p->card, SCARD_RESET_CARD);
		(void)SCardDisconnect(p->card, SCARD_LEAVE_CARD);
	}
	(void)SCardReleaseContext(p->context);
	OPENSSL_cleanse(p->answer, sizeof p->answer);
	free(p);
}

/* A card that was pulled in the middle of a command looks like a broken one until the daemon has seen it; the same or
 * another may be there again by then. */
static bool card_left(struct tg_pcsc *p)
{
	int64_t end = tg_clock_real().mono_ms(NULL) + GONE_MS;
	SCARD_READERSTATE s = {.szReader = p->reader, .dwCurrentState = SCARD_STATE_UNAWARE};
	for (;;) {
		int64_t left = end - tg_clock_real().mono_ms(NULL);
		LONG rv = left > 0 ? SCardGetStatusChange(p->context, (DWORD)left, &s, 1) : SCARD_E_TIMEOUT;
		if (rv != SCARD_S_SUCCESS)
			return false;
		if (!(s.dwEventState & SCARD_STATE_PRESENT) || events_of(&s) != p->events)
			return true;
		s.dwCurrentState = s.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
	}
}

static enum tg_status transmit(void *ctx, struct tg_bytes command, struct tg_buf *answer, struct tg_error *err)
{
	struct tg_pcsc *p = ctx;
	DWORD n = sizeof p->answer;
	const SCARD_IO_REQUEST *how = p->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
	LONG rv = SCardTransmit(p->card, how, command.data, command.len, NULL, p->answer, &n);
	if (rv == SCARD_S_SUCCESS && n >= 2 && n <= sizeof p->answer) {
		tg_buf_add(answer, p->answer, n);
		OPENSSL_cleanse(p->answer, n);
		return tg_buf_status(answer);
	}
	/* No status word: some drivers call a card that is gone a success. */
	enum tg_status status = name_failure(rv);
	if (status == TG_CARD_BROKEN && card_left(p))
		status = TG_CARD_PULLED;
	return fail(err, status == TG_CARD_MUTE ? TG_CARD_BROKEN : status, "a command to the card", rv);
}

struct tg_apdu_port tg_pcsc_port(struct tg_pcsc *p)
{
	return (struct tg_apdu_port){transmit, p};
}
