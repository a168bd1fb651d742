/* Layer: record. What a journal entry is and how its hash is made.
 *
 * hash      = SHA-256("tamga-entry-1" 00 ‖ u16 len ‖ kiosk ‖ u64 seq ‖ i64 time ‖ u16 len ‖ kind ‖ u32 version ‖
 *             body_hash ‖ prev_hash)
 * body_hash = SHA-256("tamga-body-1" 00 ‖ salt ‖ body bytes)
 * All numbers big-endian. The chain covers body_hash, not the body: a body with personal data can be erased later and
 * the chain still verifies (C-8). Entry 1 has prev_hash = SHA-256("tamga-genesis-1" 00 ‖ kiosk). Requirement C-1. */
#ifndef TAMGA_RECORD_H
#define TAMGA_RECORD_H

#include "tamga/buf.h"

#define TG_HASH_LEN  32
#define TG_SALT_LEN  16
#define TG_KIOSK_MAX 24 /* stream id, e.g. "K01A-3": kiosk and epoch; A-Z 0-9 and '-' */
#define TG_KIND_MAX  32
#define TG_BODY_MAX  (64u * 1024u)

/* Every kind of entry there is, with the version this program writes. `personal` bodies are erased by rule. */
/* clang-format off */
#define TG_RECORD_KINDS(X) \
	X(KIOSK_STARTED,         "kiosk.started",         1, false) /* program, version, screens version */ \
	X(APPLICATION_SUBMITTED, "application.submitted", 1, true)  /* number, provider, service, kind, form, answers … */ \
	X(CHIP_INTENT,           "chip.intent",           1, false) /* number, step, key: before the step is done */ \
	X(CHIP_DONE,             "chip.done",             1, true)  /* number, step, key, result (public key, certificate) */ \
	X(APPLICATION_DELIVERED, "application.delivered", 1, false) /* number, serials of the certificates */ \
	X(APPLICATION_UNDONE,    "application.undone",    1, false) /* number, status code: why */ \
	X(APPLICATION_WAITING,   "application.waiting",   1, false) /* number, status code: what it waits for */ \
	X(RECEIPT_PRINTED,       "receipt.printed",       1, false) /* number, where to */ \
	X(FAILURE_SHOWN,         "failure.shown",         1, false) /* status code, screen */ \
	X(PIN_INTENT,            "pin.intent",            1, false) /* serial, carrier, what: before the card is asked */ \
	X(PIN_DONE,              "pin.done",              1, false) /* serial, carrier, what, code */ \
	X(PIN_TRIED,             "pin.tried",             1, false) /* certificate, provider, right (DOS-8) */ \
	X(LOCK_RESET,            "lock.reset",            1, false) /* certificate, by */ \
	X(TOKEN_STATE,           "token.state",           1, false) /* serial, state, why: life of a token */ \
	X(STAFF_ENTERED,         "staff.entered",         1, false) /* staff, for what */ \
	X(SIGNATURE_TRIED,       "signature.tried",       1, false) /* certificate, code */ \
	X(APPLICATION_VERIFIED,  "application.verified",  1, false) /* centre: what its CMS signature was worth */ \
	X(APPLICATION_REVOKED,   "application.revoked",   1, false) /* centre: the certificates it named are revoked */ \
	X(APPLICATION_ISSUED,    "application.issued",    1, true)  /* of a PKCS#10: the certificate */ \
	X(APPLICATION_CANCELLED, "application.cancelled", 1, false) /* by the applicant, or edited after acceptance */ \
	X(HEAD_DECIDED,          "head.decided",          1, true)  /* confirmed or declined, signed (NCA-9.head) */ \
	X(DESK_CLAIMED,          "desk.claimed",          1, false) /* one clerk has it before the eyes */ \
	X(DESK_DECIDED,          "desk.decided",          1, true)  /* accepted, acceptance refused, service refused */ \
	X(POWER_USED,            "power.used",            1, false) /* centre: A3 is good for one application */ \
	X(QUEUE_TICKET,          "queue.ticket",          1, false) /* electronic queue; measured minutes (NCA-4) */ \
	X(COMPLAINT_REGISTERED,  "complaint.registered",  1, false) /* number, who took it, when the answer is due */ \
	X(COMPLAINT_STATE,       "complaint.state",       1, false) /* executed, answered, refused (NCA-11) */ \
	X(MAIL_DONE,             "mail.done",             1, false) /* centre: a notice went, or was given up */ \
	X(KIOSK_ROLE,            "kiosk.role",            1, false) /* centre: what a kiosk may do beside taking applications */ \
	X(APPLICATION_SIGNED,    "application.signed",    1, true)  /* its content with the new keys, signed by the holder */ \
	X(PAYMENT_NOTED,         "payment.noted",         1, false) /* money came (DOS-7) */ \
	X(PAYMENT_REFUND,        "payment.refund",        1, false) /* was asked for, was paid back */ \
	X(BALANCE_CHARGED,       "balance.charged",       1, false) /* centre: an order was paid from the balance (DOS-3) */ \
	X(COMPANIES_CHANGED,     "companies.changed",     1, true)  /* centre: list of a complex certificate (DOS-6) */ \
	X(CALLBACK_DONE,         "callback.done",         1, false) /* the orderer was called (UBR-3) */ \
	X(HEAD_SIGNED,           "head.signed",           1, false) /* kiosk: its own head, signed; the tree it was told */ \
	X(TREE_RESTARTED,        "tree.restarted",        1, false) /* centre: restored or mended, a new tree begins */ \
	X(BODIES_ERASED,         "bodies.erased",         1, false) /* centre: by rule or order (C-8) */ \
	X(KIOSK_ADDED,           "kiosk.added",           1, false) /* centre: announced, with a one-time secret (C-2) */ \
	X(KIOSK_DISABLED,        "kiosk.disabled",        1, false) \
	X(KIOSK_ENABLED,         "kiosk.enabled",         1, false) \
	X(KIOSK_REPLACED,        "kiosk.replaced",        1, false) /* centre: its next key comes with a new secret */ \
	X(KIOSK_ENROLLED,        "kiosk.enrolled",        1, false) /* centre: a certificate for a secret */ \
	X(KIOSK_RENEWED,         "kiosk.renewed",         1, false) /* centre: a certificate for the one before it */ \
	X(ENROLMENT_REFUSED,     "enrolment.refused",     1, false) \
	X(ENROLMENT_CLOSED,      "enrolment.closed",      1, false) /* centre: the sandbox's secret lets nobody in any more */ \
	X(CENTRE_STARTED,        "centre.started",        1, false) /* centre: program, version, hash of its configuration */ \
	X(CENTRE_STOPPED,        "centre.stopped",        1, false) \
	X(CENTRE_CHANGED,        "centre.changed",        1, false) /* centre: another configuration than before */ \
	X(CLOCK_STEPPED,         "clock.stepped",         1, false) /* centre: its wall clock jumped */ \
	X(ACCESS_REFUSED,        "access.refused",        1, false) /* centre: how often in the last while, by kind */ \
	X(CA_KEY,                "ca.key",                1, false) /* centre: a key of the CA made, opened, destroyed */ \
	X(CA_CERTIFICATE,        "ca.certificate",        1, false) /* centre: a certificate of the CA itself or of its signers */ \
	X(CERTIFICATE_ISSUED,    "certificate.issued",    1, false) /* centre: to whom, for which application */ \
	X(CERTIFICATE_REFUSED,   "certificate.refused",   1, false) /* centre: what was asked for, and why not */ \
	X(CERTIFICATE_STATE,     "certificate.state",     1, false) /* centre: confirmed, held, released */ \
	X(CRL_PUBLISHED,         "crl.published",         1, false) /* centre: number and count of each list */ \
	X(BACKUP_MADE,           "backup.made",           1, false) /* centre: what was copied */ \
	X(REPLICA_RESTORED,      "replica.restored",      1, false) /* centre: from which backup */ \
	X(REPLICA_MENDED,        "replica.mended",        1, false) /* centre: what was lost of a damaged file */ \
	X(NEWS_TOLD,             "news.told",             1, false) /* centre: news, or that they are taken back */ \
	X(SOFTWARE_TOLD,         "software.told",         1, false) /* centre: a version for kiosks, or that it is withdrawn */ \
	X(REGISTER_IMPORTED,     "register.imported",     1, false) /* centre: how fresh a register is */ \
	X(CERTIFICATE_REVOKED,   "certificate.revoked",   1, false) /* centre: revoked in its CA's records, from now on told */ \
	X(APPLICATION_ABANDONED, "application.abandoned", 1, false) /* centre: nobody went on with it, it ends */
/* clang-format on */

/* clang-format off */
/* Bodies are JSON objects; members (strings unless said), unknown ones are kept and ignored:
 *   application.submitted  number, provider, service, kind, form, form_version (int), language, channel,
 *                          operation ("issue", "renew"; absent: issue), answers: array of {field, number, value,
 *                          by: "person"|"chip"|"staff"|"certificate"}, consents: array of ids, carrier: {name, serial},
 *                          document: {access: "bac"|"pace", passive, active, chip (int, status codes), signer,
 *                          chip_name: "same"|"other" (the typed names beside the chip's)} where the chip was read, old: {id, label (CKA_ID hex), certificate (Base64 DER)} for a renewal
 *                          Also: way, conditions: array of words, power (number of the A3 it goes with),
 *                          ticket, presenter: {surname, given_name, iin} where another stands at the kiosk,
 *                          documents: array of {id, by: "person"|"form"|"chip"|"certificate"|"head"|"register"|"carrier",
 *                          date}; older entries have plain ids there;
 *                          promised_ms (int; absent: no term is stated);
 *                          proof: "chip" (absent: this), "desk", "signature"; confirm (bool): the head must confirm
 *                          beforehand; iin, bin: the applicant's, of the answers of these field kinds whose role is
 *                          none, "subject" or "organisation" ("" when there is none): what certificates, registers and
 *                          the rule of one open application are held against; serials: array of hex, of a revocation, of
 *                          an unlocking, of a reissue; revokes (bool): of a reissue, they are revoked as soon as it is
 *                          proven who asks (UBR-2);
 *                          charges: array of {product, amount (int, hundredths)}, currency: where it costs something;
 *                          account: tax number of the organisation whose balance is charged when it is accepted;
 *                          carriers: purposes of the carriers it is for, in order ("id-card sim"), where there are
 *                          several (NCA-6); product, companies: array of {inn, name}: of a complex certificate, the
 *                          first list; added, removed: the same, of a change of that list (operation "companies");
 *                          purpose ("issue", "revoke"): of a power of attorney (operation "paper");
 *                          signer: SHA-256 (hex) of the certificate that signs it once its keys are made, where the
 *                          way's proof is "signature" and keys are made (application.signed);
 *                          signed: Base64 of a CMS SignedData with its content, where the way's proof is "signature" and
 *                          no keys are made on a carrier: content is the UTF-8 JSON {provider, service, kind, form,
 *                          form_version, language, answers, consents, time_ms} of the same application
 *   application.verified   number, code (int, 0 = good; 427: not known yet, it is judged again), certificate (SHA-256
 *                          hex), serial, until_ms, signature (SHA-256 hex of the CMS: the same one is good for one
 *                          application), keys: array of SHA-256 (hex) of the public keys (DER SubjectPublicKeyInfo)
 *                          that were signed with it: certificates are issued for no others; of a head's
 *                          signature also what: "head", yes (bool), kiosk and seq (int) of the head.decided
 *   application.revoked    number, serials: array of those that are revoked, failed: array of {serial, code}, code
 *                          (int, 0, or of the first that failed)
 *   application.issued     number, serial, profile, certificate (Base64 DER), until_ms; from_ms where it is not at once
 *   application.cancelled  number, why ("person", "edited")
 *   application.abandoned  number, code (int), days (int: for so many there was no entry of it)
 *   head.decided           number, yes (bool), signed (Base64 CMS, content as above and number, yes), why (text)
 *   desk.claimed           number, staff, until_ms (int), kiosk (whose decision is then believed); in the centre's stream
 *   desk.decided           number, staff (certificate serial), staff_name, outcome ("accepted", "not-accepted",
 *                          "refused"; "identified": of a reissue, before its papers are judged: who asks is proven, its
 *                          old certificate is revoked now, UBR-2), ground (id of struct tg_ground), missing: array of document ids, documents:
 *                          array of {id, by: "paper"|"register"|"chip"|…, source, time_ms, erasures (bool)}, consent
 *                          (bool, to use protected data), registers: array of {name, status, source, time_ms},
 *                          promised_ms (int), place, refusal: {form, answers: array of {field, number, value}} of
 *                          "not-accepted" (A9)
 *   power.used             power (number of the A3), number
 *   queue.ticket           ticket, number ("" before), what ("taken", "called": the first counts, "served"), time_ms
 *   complaint.registered   number, about (number of an application or ""), staff, staff_name, due_ms, place
 *   complaint.state        number, state ("delivered", "registered", "executed", "answered", "not-considered"), staff
 *   application.signed     number, signed: Base64 of a CMS SignedData with its content: the UTF-8 JSON {provider, service,
 *                          kind, form, form_version, language, answers, consents, time_ms, number, keys: array of
 *                          {key, spki (Base64 DER)}} of the application submitted under this number; NCA-9.again
 *   payment.noted          number ("" where it goes to a balance), account (tax number of the organisation, "" where it
 *                          is for an application), provider, amount (int, hundredths), currency, how (id of struct
 *                          tg_payment), reference (of the bank, or ""), staff, staff_name
 *   payment.refund         number, what ("asked", "paid"), amount (int), currency, staff, staff_name
 *   balance.charged        account, number, provider, amount (int), currency
 *   companies.changed      number (of the application that asked), certificate (number of the application that the
 *                          complex certificate came from), product, added, removed: arrays of {inn, name}, count (int:
 *                          how many there are then), code (int, 0; else
 *                          TG_COMPANIES …: nothing was changed)
 *   callback.done          number, staff, staff_name, reached (bool; true ends the order)
 *   kiosk.role             kiosk, role ("desk", "field", "" = none any more); in the centre's stream
 *   mail.done              number, what (as in TG_NOTICES of mail.h), code (int, 0 = handed over), attempts (int)
 *   chip.intent            number, serial, step ("generate", "request", "enrol", "write", "prove", "retire", "undo"),
 *                          key ("sign", "auth"; "" for undo), id (hex, CKA_ID), label; where the application names no carrier
 *                          also carrier, purpose: of the one that the work began on; so do entries of the second of two
 *                          (NCA-6; without them: of the first)
 *   chip.done              as chip.intent, and one of: spki, request, certificate (Base64 DER); code (int, 0 = done)
 *   application.delivered  number, certificates: array of {key, serial (hex)}, of two carriers with carrier: what it is for;
 *                          without: what the second is for, where the person went without it
 *   application.undone     number, code (int)
 *   application.waiting    number, code (int)
 *   receipt.printed        number, to ("paper", "file", "screen"), what (code of a form; absent: the receipt)
 *   failure.shown          code (int), screen
 *   kiosk.started          program, version, screens (hash, hex)
 *   pin.intent             serial, carrier, what ("change", "factory", "unblock"), staff (certificate serial, unblock)
 *   pin.done               as pin.intent, and code (int, 0 = done)
 *   pin.tried              certificate (SHA-256 hex), provider, right (bool)
 *   lock.reset             certificate (SHA-256 hex), provider, by ("office", "right-pin"); of an application (operation
 *                          "unlock", in the centre's stream) also number, staff (who accepted it), serial, left (int: how
 *                          many more of it follow), code (int: nothing was reset, and why; certificate is then "")
 *   token.state            serial, state ("blank", "in-use", "suspended", "lost", "damaged", "ended"), why
 *   head.signed            seq (int), hash (hex): of an entry before this one; signature (Base64 DER, ECDSA P-256 over
 *                          "tamga-head-1" 00 ‖ u16 len ‖ kiosk ‖ u64 seq ‖ hash), certificate (Base64 DER of the kiosk's
 *                          channel certificate); tree: {epoch (hex), size (int), root (hex), centre_ms (int), seq, hash,
 *                          signature (Base64): the acknowledgement that told it}, where one was told;
 *                          before: {epoch, size, root} of the tree of another epoch that was told until then
 *   tree.restarted         epoch (hex), why, old: {epoch, size, root} of the tree before, as far as it is known
 *   bodies.erased          why ("rule", "order"; "kiosk": they came without), by (id of the rule, or what orders it),
 *                          entries: array of {kiosk, seq, kept: object, the members of the body that are not personal}
 *   kiosk.added            kiosk, kiosk_no (int), until_ms (int: of the secret), place, follows (kiosk whose place it
 *                          takes, or ""), by (who ordered it). All kiosk.* and enrolment.*: event (int); the same number
 *                          is the same event, written twice by a program that was killed
 *   kiosk.disabled         kiosk, by; follower: not by somebody, but because this kiosk took its place
 *   kiosk.enabled          kiosk, by
 *   kiosk.replaced         as kiosk.added
 *   kiosk.enrolled         kiosk, kiosk_no, certificate (SHA-256 hex), until_ms (int: its end), key_in ("file", "tpm"),
 *                          way ("secret", "sandbox")
 *   kiosk.renewed          the same; way: "renewal"
 *   enrolment.refused      kiosk (as it was claimed), code (int), tries (int: since the entry before)
 *   enrolment.closed       by
 *   centre.started         program, version, config (SHA-256 hex of the options and of the screens), screens (hex),
 *                          openssl, clock ("synchronised", "free", "unknown": what is said of the wall clock)
 *   centre.stopped         seconds (int: how long it ran)
 *   centre.changed         config, before: the two hashes
 *   clock.stepped          by_ms (int; negative: back)
 *   access.refused         what ("certificate": no or a wrong client certificate, "kiosk": of a kiosk that is disabled or
 *                          replaced), count (int), first_ms, last_ms (int)
 *   ca.key                 what ("made", "opened", "locked": put under the token's key, "destroyed"), label
 *   ca.certificate         file, serial (hex)
 *   certificate.issued     serial (hex), certificate (SHA-256 hex), number, profile, kiosk, key (SHA-256 hex of the
 *                          public key), until_ms (int), issuer ("" = ours; else the name of the CA elsewhere). All that
 *                          the CA notes: event (int), as kiosk.*
 *   certificate.refused    number, profile, kiosk, key, serial (of a revocation that was asked for, or ""), code (int), why
 *   certificate.state      serial, certificate, state ("confirmed", "held", "released"), by
 *   crl.published          list ("rsa", "gost", "rsa-root", "gost-root"), number, base (int; of the delta), count,
 *                          delta (int: entries), until_ms (int)
 *   backup.made            to, files (int), bytes (int), keys (bool)
 *   replica.restored       from, entries (int: in the backup), files: array of names
 *   replica.mended         entries, aside, own_lost, segments, reopened (int; struct tg_mend_report), lost: array of
 *                          {kiosk, from, to}: kiosks are asked for these again
 *   news.told              id, provider ("" = all), and the members of a feed item "news"; without title: taken back
 *   software.told          version, and the members of a feed item "software"; without text: withdrawn
 *   register.imported      register, source, records (int), ms (int)
 *   certificate.revoked    certificate (SHA-256 hex), serial (hex), reason (int, RFC 5280 §5.3.1), ms (int)
 *   staff.entered          staff (certificate serial), what ("unblock", "desk")
 *   signature.tried        certificate (SHA-256 hex), code (int) */
/* clang-format on */
#define TG_RECORD_ENUM(name, text, version, personal) TG_RECORD_##name,
enum tg_record_kind { TG_RECORD_KINDS(TG_RECORD_ENUM) TG_RECORD_KIND_COUNT };
#undef TG_RECORD_ENUM
const char *tg_record_kind_name(enum tg_record_kind kind);
int tg_record_kind_version(enum tg_record_kind kind);
/* Bodies of this kind hold personal data and are erased by rule (C-8). */
bool tg_record_kind_personal(enum tg_record_kind kind);
/* Members of a personal body that are not personal, with blanks between them: what is kept of it when it is erased, so
 * that states, sums and reports stay as they were. "" of a kind that is never erased, or not known. */
const char *tg_record_kind_kept(int kind);
/* Names of the personal kinds, NULL at the end. */
const char *const *tg_record_personal_kinds(void);
/* -1 for a name of no kind (an entry of a newer program: kept and verified, not projected). */
int tg_record_kind_find(const char *name);

struct tg_entry {
	char kiosk[TG_KIOSK_MAX + 1];
	uint64_t seq;    /* from 1, without gaps */
	int64_t time_ms; /* wall clock of the kiosk */
	char kind[TG_KIND_MAX + 1];
	uint32_t version;
	const char *body; /* JSON text, borrowed; NULL when erased */
	size_t body_len;
	const char
	        *kept; /* of an erased body: its members that are not personal, JSON text, borrowed; NULL: not known */
	size_t kept_len;
	uint8_t salt[TG_SALT_LEN];
	uint8_t body_hash[TG_HASH_LEN], prev_hash[TG_HASH_LEN], hash[TG_HASH_LEN];
};

void tg_entry_genesis(const char *kiosk, uint8_t out[TG_HASH_LEN]);
/* Fills body_hash (when there is a body) and hash from the other members. */
enum tg_status tg_entry_seal(struct tg_entry *e) TG_MUST_USE;
/* TG_OK, or TG_CHAIN_BROKEN when body_hash, prev_hash or hash do not fit `prev_hash`. */
enum tg_status tg_entry_check(const struct tg_entry *e, const uint8_t prev_hash[TG_HASH_LEN]) TG_MUST_USE;
bool tg_kiosk_id_valid(const char *kiosk);

/* The salt goes with the body: without it nobody can try what a short body may have been. All zero then. */
void tg_entry_forget_body(struct tg_entry *e);

/* Entries on the wire (kiosk → centre), length-checked binary. Decoded bodies are borrowed from the input. */
void tg_entry_encode(const struct tg_entry *e, struct tg_buf *out);
enum tg_status tg_entry_decode(struct tg_reader *r, struct tg_entry *e) TG_MUST_USE; /* TG_INVALID */
/* A time from another machine, i64 ms since 1970: one before, or beyond all calendars, fails the reader, so that
 * whoever subtracts times need not ask. */
int64_t tg_read_time(struct tg_reader *r);

/* State of the centre's Merkle tree (RFC 9162 §2.1, SHA-256) over its journal: leaf i is the hash (32 bytes) of the
 * entry at place i + 1, so that every head that any stream ever had is a leaf. The epoch names the tree: a centre that
 * was restored from a backup begins a new one and says so (tree.restarted). All zero: not told. */
#define TG_EPOCH_LEN 16
struct tg_tree_head {
	uint8_t epoch[TG_EPOCH_LEN];
	uint64_t size;
	uint8_t root[TG_HASH_LEN];
};

/* The centre's signed answer: "I hold (kiosk, seq) with this hash, in a journal with this tree." Signature: ECDSA
 * P-256, SHA-256, over "tamga-ack-2" 00 ‖ u16 len ‖ kiosk ‖ u64 seq ‖ hash ‖ i64 centre time ‖ epoch ‖ u64 size ‖ root;
 * DER. */
struct tg_ack {
	char kiosk[TG_KIOSK_MAX + 1];
	uint64_t seq;
	uint8_t hash[TG_HASH_LEN];
	int64_t centre_time_ms;
	struct tg_tree_head tree;
	uint8_t signature[80];
	size_t signature_len;
};
void tg_ack_signed_bytes(const struct tg_ack *a, struct tg_buf *out);
void tg_ack_encode(const struct tg_ack *a, struct tg_buf *out);
enum tg_status tg_ack_decode(struct tg_reader *r, struct tg_ack *a) TG_MUST_USE;

/* What a kiosk signs of its own journal: see head.signed. */
void tg_head_signed_bytes(const char *kiosk, uint64_t seq, const uint8_t hash[TG_HASH_LEN], struct tg_buf *out);

/* Unique number of an application (K-9): unique over all kiosks while offline, short, with a check digit that catches
 * every single wrong character and every swap of neighbours. Digits and unmistakable letters only. E.g.
 * "K7M2-0004-9QX1". The layout is in src/decisions/. `kiosk_no` 0…(2^20-1), `counter` 0…(2^28-1) never repeats on one
 * kiosk stream. */
#define TG_NUMBER_MAX 24
enum tg_status tg_number_make(uint32_t kiosk_no, uint32_t counter, char out[TG_NUMBER_MAX]) TG_MUST_USE;
/* Accepts lower case, missing or extra dashes and spaces, O for 0, I and L for 1; writes the canonical form. */
enum tg_status tg_number_check(const char *text, char out[TG_NUMBER_MAX]) TG_MUST_USE; /* TG_INVALID */
/* The kiosk's number in one that tg_number_check wrote. */
uint32_t tg_number_kiosk_no(const char *number);

/* Identifiers (domain-facts.md §2). Results: */
enum tg_id_result {
	TG_ID_OK,
	TG_ID_LENGTH,
	TG_ID_CHARACTERS,
	TG_ID_CHECK_DIGIT,
	TG_ID_NOT_PERSON,
	TG_ID_NOT_ENTITY,
	TG_ID_ODD
};
enum tg_id_result tg_id_iin(const char *text);    /* Kazakhstan, person: 12 digits, check digit; no birth date test */
enum tg_id_result tg_id_bin(const char *text);    /* Kazakhstan, entity */
enum tg_id_result tg_id_kg_pin(const char *text); /* Kyrgyzstan: 14 digits; TG_ID_ODD is a warning only */
/* The NCA's own published test numbers, accepted only when the provider's data say so. */
bool tg_id_is_nca_test(const char *text);

#endif
