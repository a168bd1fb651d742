#include "child.h"
#include "tamga/clock.h"

#include <winscard.h>

#define ANSWER_MAX 65538

static void read_state(const SCARD_READERSTATE *s, struct tg_child_look *out)
{
	out->known = !(s->dwEventState & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE));
	out->present = s->dwEventState & SCARD_STATE_PRESENT;
	out->events = (unsigned)(s->dwEventState >> 16) & 0xFFFF;
	out->atr_len = s->cbAtr < sizeof out->atr ? s->cbAtr : sizeof out->atr;
	memcpy(out->atr, s->rgbAtr, out->atr_len);
}

void tg_child_look(const char *reader, struct tg_child_look *out)
{
	SCARDCONTEXT context;
	*out = (struct tg_child_look){0};
	if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS)
		return;
	SCARD_READERSTATE s = {.szReader = reader, .dwCurrentState = SCARD_STATE_UNAWARE};
	LONG rv = SCardGetStatusChange(context, 0, &s, 1);
	out->service = rv == SCARD_S_SUCCESS || rv == SCARD_E_TIMEOUT || rv == SCARD_E_UNKNOWN_READER;
	if (rv == SCARD_S_SUCCESS)
		read_state(&s, out);
	SCardReleaseContext(context);
}

bool tg_child_reader_is_ambiguous(const char *reader, size_t told)
{
	SCARDCONTEXT context;
	char names[4096] = "";
	DWORD length = sizeof names - 1;
	unsigned alike = 0;
	if (strlen(reader) <= told)
		return false;
	if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS)
		return true;
	if (SCardListReaders(context, NULL, names, &length) == SCARD_S_SUCCESS)
		for (size_t at = 0; at < length && names[at]; at += strlen(names + at) + 1)
			alike += strncmp(names + at, reader, told) == 0;
	SCardReleaseContext(context);
	return alike != 1;
}

static bool left(const struct tg_child *c, const struct tg_child_look *l)
{
	return !l->service || !l->known || !l->present || l->events != c->events;
}

bool tg_child_card_left(const struct tg_child *c, int wait_ms)
{
	if (!c->reader[0])
		return false;
	struct tg_clock clock = tg_clock_real();
	int64_t end = clock.mono_ms(NULL) + wait_ms;
	for (;;) {
		struct tg_child_look l;
		tg_child_look(c->reader, &l);
		if (left(c, &l))
			return true;
		if (clock.mono_ms(NULL) >= end)
			return false;
		struct timespec nap = {.tv_nsec = 50000000};
		nanosleep(&nap, NULL);
	}
}

enum tg_status tg_apdu_open(struct tg_child *c, struct tg_apdu_link *link)
{
	SCARDCONTEXT context;
	SCARDHANDLE card;
	DWORD protocol = 0;
	if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS)
		return tg_error_set(&c->err, TG_READER_SERVICE, "no PC/SC service");
	LONG rv = SCardConnect(
	        context, c->reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol);
	if (rv == SCARD_S_SUCCESS) {
		rv = SCardBeginTransaction(card);
		if (rv != SCARD_S_SUCCESS)
			SCardDisconnect(card, SCARD_LEAVE_CARD);
	}
	if (rv != SCARD_S_SUCCESS) {
		SCardReleaseContext(context);
		enum tg_status status = tg_child_card_left(c, 0) ? TG_CARD_PULLED : TG_CARD_BROKEN;
		return tg_error_set(&c->err, status, "SCardConnect: 0x%lx", (unsigned long)rv);
	}
	*link = (struct tg_apdu_link){.context = context, .card = card, .protocol = protocol};
	return TG_OK;
}

void tg_apdu_close(struct tg_apdu_link *link)
{
	/* LEAVE: a reset would log out the module's own connection. */
	SCardEndTransaction(link->card, SCARD_LEAVE_CARD);
	SCardDisconnect(link->card, SCARD_LEAVE_CARD);
	SCardReleaseContext(link->context);
}

enum tg_status tg_apdu(
        struct tg_child *c, struct tg_apdu_link *link, struct tg_bytes apdu, struct tg_buf *out, unsigned *sw)
{
	static uint8_t answer[ANSWER_MAX]; /* one thread, too large for a stack */
	DWORD n = sizeof answer;
	const SCARD_IO_REQUEST *pci = link->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
	LONG rv = SCardTransmit(link->card, pci, apdu.data, (DWORD)apdu.len, NULL, answer, &n);
	tg_buf_reset(out);
	if (rv != SCARD_S_SUCCESS || n < 2 || n > sizeof answer) {
		enum tg_status status = tg_child_card_left(c, 700) ? TG_CARD_PULLED : TG_CARD_BROKEN;
		return tg_error_set(&c->err, status, "SCardTransmit: 0x%lx", (unsigned long)rv);
	}
	tg_buf_add(out, answer, n - 2);
	*sw = (unsigned)answer[n - 2] << 8 | answer[n - 1];
	return tg_buf_status(out);
}

enum tg_status tg_apdu_ask(struct tg_child *c, struct tg_apdu_link *link, struct tg_bytes apdu, unsigned *sw)
{
	struct tg_buf none = TG_BUF_INIT;
	enum tg_status status = tg_apdu(c, link, apdu, &none, sw);
	tg_buf_finish(&none);
	return status;
}
