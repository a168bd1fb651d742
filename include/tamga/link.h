/* Layer: sync. The kiosk's end of the local socket to tamga-agent, the only program with network. Frames (frame.h) on a
 * unix stream socket; one request at a time, each with a deadline.
 *
 *   CMP        endpoint, PKIMessage              → CMP_OK PKIMessage | FAILED status, detail
 *   STATUS     –                                 → STATUS_OK centre reachable, last acknowledgement, centre time offset
 *   FRESH      –                                 → STATUS_OK, after what waits was sent and the feed was read
 *   ASK        path, JSON body                  → ASK_OK JSON body | FAILED. What only the centre can answer: POST
 *                                                /v1/ask/<path>, mutual TLS (src/decisions/0161). Paths and bodies:
 *     status    {number}                         → {number, provider, service, form, state, kind, accepted_ms, sent_ms,
 *                                                  registered_ms, promised_ms, changed_ms, code, complaint};
 * TG_NOT_FOUND queue     {}  desk kiosks only             → {applications: [{number, kiosk, provider, service, kind,
 * form, state, accepted_ms, promised_ms, claimed_by, claimed_until_ms}]} read      {number}  desk kiosks only       →
 * {application: body of application.submitted, head: {…} | null, verified: {…} | null, decisions: [desk.decided …]}
 *     claim     {number, staff, staff_name}      → {until_ms}; TG_CLAIMED when another clerk has it, TG_CARD_STATE when
 *                                                  nothing is to be decided any more
 *     registers {number}                         → {registers: [{name, status: "same"|"other"|"none"|"down", source,
 *                                                  time_ms, differs: [field ids]}]}
 *     pending   {bin}  the head's journey        → {applications: [body of application.submitted …]}
 *     open      {provider, service, iin, bin}    → {number | null}: an application of the same person that is open
 * (K-16) keys      {spki_sha256}                    → {state: "free"|"used"|"revoked"} (K-16) power     {power} →
 * {state: "free"|"used"|"unknown", purpose, bin} POKE       –                                 (no answer) there are new
 * entries to send */
#ifndef TAMGA_LINK_H
#define TAMGA_LINK_H

#include "tamga/buf.h"
#include "tamga/pki.h"

enum tg_link_kind {
	TG_LINK_CMP = 1,
	TG_LINK_CMP_OK,
	TG_LINK_STATUS,
	TG_LINK_STATUS_OK,
	TG_LINK_POKE,
	TG_LINK_FAILED,
	TG_LINK_FRESH,
	TG_LINK_ASK,
	TG_LINK_ASK_OK
};
enum tg_link_field {
	TG_LINK_F_ENDPOINT = 1,
	TG_LINK_F_BODY,
	TG_LINK_F_STATUS,
	TG_LINK_F_DETAIL,
	TG_LINK_F_REACHABLE,
	TG_LINK_F_ACKED_SEQ,
	TG_LINK_F_ACKED_MS,
	TG_LINK_F_CLOCK_OFFSET_MS,
	TG_LINK_F_CMP_CONFIGURED,
	TG_LINK_F_TIMEOUT_MS,
	TG_LINK_F_PATH
};

struct tg_link_status {
	bool centre_reachable; /* the last exchange worked, at most a minute ago */
	uint64_t acked_seq;
	int64_t acked_ms;        /* 0 = never */
	int64_t clock_offset_ms; /* centre's time minus ours, at the last exchange */
	enum tg_status last;     /* of the last exchange with the centre */
};
/* Connects for each call. TG_AGENT_DOWN, TG_TIMEOUT, and what the agent reports. */
enum tg_status tg_link_status(const char *socket_path, struct tg_link_status *out, struct tg_error *err) TG_MUST_USE;
/* The same after an exchange with the centre that was begun for this call: what the kiosk holds of the feed is then as
 * fresh as it can be. Returns at the latest after `timeout_ms`; not reaching the centre is TG_CENTRE_DOWN and no harm.
 */
enum tg_status tg_link_fresh(
        const char *socket_path, int timeout_ms, struct tg_link_status *out, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_link_poke(const char *socket_path) TG_MUST_USE;
/* Asks the centre; `answer` comes empty and gets JSON. TG_AGENT_DOWN, TG_CENTRE_DOWN, TG_TIMEOUT, TG_CENTRE_GARBAGE,
 * and what the centre refuses with. May hold personal data: tg_buf_wipe. */
enum tg_status tg_link_ask(const char *socket_path, const char *path, const char *json, int timeout_ms,
        struct tg_buf *answer, struct tg_error *err) TG_MUST_USE;
/* A CMP transport whose ctx is the socket path. */
struct tg_cmp_transport tg_link_cmp_transport(const char *socket_path);

#endif
