/* Layer: sync. The kiosk's end of the local socket to tamga-agent, the only program with network. Frames (frame.h) on a
 * unix stream socket; one request at a time, each with a deadline.
 *
 *   CMP        endpoint, PKIMessage              → CMP_OK PKIMessage | FAILED status, detail
 *   STATUS     –                                 → STATUS_OK centre reachable, last acknowledgement, centre time offset
 *   FRESH      –                                 → STATUS_OK, after what waits was sent and the feed was read
 *   POKE       –                                 (no answer) there are new entries to send
 *   ASK        path, JSON body                  → ASK_OK JSON body | FAILED. What only the centre can answer: POST
 *                                                /v1/ask/<path>, mutual TLS (src/decisions/0161).
 */
/* clang-format off */
/* Questions and answers, JSON objects; times are milliseconds (int), `null` where nothing is known:
 *   status     {number}                        → {number, provider, service, form, kind, operation, state, accepted_ms,
 *                                                 sent_ms, registered_ms, promised_ms, changed_ms, code, complaint: state
 *                                                 of the complaint that it is or that is open about it, or null;
 *                                                 revoked: {serials, code, ms} | null, of a reissue (UBR-2);
 *                                                 due, rest (still to be paid), currency: where it costs something}.
 *                                                TG_NOT_FOUND; TG_LIMIT for a kiosk that asks for too many that are none
 *   queue      {}  desk kiosks only            → {applications: [{number, ticket, kiosk, provider, service, kind, form,
 *                                                 way, operation, state, accepted_ms, promised_ms, claimed_by
 *                                                 (certificate serial or null), claimed_until_ms, urgent: true where an old
 *                                                 certificate waits to be revoked, calls: of an order, how often somebody
 *                                                 was called in vain}], more: bool}, urgent ones before the others, oldest
 *                                                 first; ticket: of the electronic queue, or ""
 *   read       {number}  desk kiosks only      → {application: body of application.submitted, price_short: bool (by the price
 *                                                 list it costs more than it says), state, kiosk, head: {…} |
 *                                                 null, verified: {…} | null, revoked: {…, ms} | null, calls, decisions:
 *                                                 [desk.decided …], claimed_by,
 *                                                 claimed_until_ms}
 *   claim      {number, staff, staff_name}     → {until_ms}; desk kiosks only. TG_CLAIMED when another clerk has it,
 *                                                TG_CARD_STATE when nothing is to be decided any more
 *   locks      {number, per_day, in_all, utc_offset_minutes}  → {certificates: [{serial, code (int: it is none of the
 *                                                applicant's), today, in_all, left_today, left_in_all, lock (int, status),
 *                                                revoked: bool}]} of an unlocking (DOS-8); desk kiosks only
 *   registers  {number}  desk kiosks only      → {registers: [{name, status: "same"|"other"|"none"|"down", source,
 *                                                 time_ms, differs: [field ids], field: id of the key's, ended: bool}]},
 *                                                 one for each person and entity of the form; TG_REGISTER_DOWN
 *   pending    {bin}  the head's journey       → {applications: [body of application.submitted …], more: bool}
 *   open       {provider, service, iin, bin}   → {number | null}: an application of the same person that is open (K-16)
 *   keys       {spki_sha256}                   → {state: "free"|"used"|"revoked"} (K-16)
 *   companies  {provider, serial}  after the   → {number, product, count (int), companies: [{inn, name}]} of a complex
 *              holder's entering                  certificate (DOS-6); the first 1000. TG_NOT_FOUND; TG_LIMIT as for status
 *   money      {number} or {provider, account}, with {how, reference} of a payment or {refund: "asked"|"paid"} that is
 *              about to be noted; desk kiosks only → {currency, due, paid, rest, asked, refunded, refundable, order: bool,
 *                                                 balance, produced_ms} of an application, {balance} of an account.
 *                                                TG_NOT_FOUND: it costs nothing; TG_PAYMENT_TWICE, TG_REFUND_LATE,
 *                                                TG_CARD_STATE (asked for or paid back before, or nothing was paid)
 *   cloud      {provider, serial, account}     → {code (int, 0: the next one may be ordered), cloud: bool, good: bool,
 *                                                 from_ms, until_ms, name, organisation, title, personal_number} of the
 *                                                 certificate with this serial number and tax number. TG_NOT_FOUND;
 *                                                 TG_LIMIT as for status
 *   cloud-of   {provider, serial, account}     → {certificates: [{code, serial, from_ms, until_ms, name, organisation, title,
 *              after the holder's entering        personal_number}]}: those in E-Cloud with this tax number, which stands in
 *                                                 the certificate with this serial number; good, not over, the one that
 *                                                 ends first before the others, 20 at most; code as for cloud.
 *                                                 TG_NOT_FOUND; TG_LIMIT as for status
 *   power      {power}                         → {state: "free"|"used"|"unknown", purpose, bin}
 * A kiosk without the role is refused with TG_CENTRE_REFUSED, a question that is none with TG_INVALID. */
/* clang-format on */
#ifndef TAMGA_LINK_H
#define TAMGA_LINK_H

#include "tamga/buf.h"
#include "tamga/pki.h"

#define TG_LINK_ASK_MAX        (64u * 1024u)  /* a question's body */
#define TG_LINK_ASK_ANSWER_MAX (240u * 1024u) /* an answer's; longer lists are cut and say so */

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
	TG_LINK_F_PATH,
	TG_LINK_F_SOFTWARE
};

struct tg_link_status {
	bool centre_reachable; /* the last exchange worked, at most a minute ago */
	uint64_t acked_seq;
	int64_t acked_ms;        /* 0 = never */
	int64_t clock_offset_ms; /* centre's time minus ours, at the last exchange */
	enum tg_status last;     /* of the last exchange with the centre */
	char software[72];       /* version that is to be installed here, by the centre's word; "" = none but this */
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
