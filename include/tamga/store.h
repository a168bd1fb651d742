/* Layer: store. The journal and its projections in one SQLite database, the same code at kiosk and centre.
 *
 * A kiosk's database holds one stream that this program writes; the centre's holds all streams, written by receiving,
 * and one of its own (TG_CENTRE_STREAM) for what its office does. WAL, synchronous=FULL. Appending an entry and
 * changing its projections is one transaction. Requirements C-1, C-3, K-8, K-15. */
#ifndef TAMGA_STORE_H
#define TAMGA_STORE_H

#include "tamga/clock.h"
#include "tamga/record.h"
#include "tamga/sm.h"
#include "tamga/tree.h"

struct tg_store;

enum tg_store_role { TG_STORE_KIOSK, TG_STORE_CENTRE };
/* The centre's own stream: no kiosk may have this id, and nothing of it is taken from a wire. */
#define TG_CENTRE_STREAM "C00-1"

/* Opens or makes the database, migrates it, checks the head of the chain. `kiosk` is the stream id of a kiosk, NULL at
 * the centre. One tg_store belongs to one thread. TG_STORE_OPEN, TG_STORE_DAMAGED, TG_DISK_FULL, TG_CHAIN_BROKEN. */
enum tg_status tg_store_open(struct tg_store **out, const char *path, enum tg_store_role role, const char *kiosk,
        struct tg_error *err) TG_MUST_USE;
void tg_store_close(struct tg_store *s);
/* Opens a database that is there already, of either role, for writing (technicians' tools). As tg_store_open. */
enum tg_status tg_store_open_existing(struct tg_store **out, const char *path, struct tg_error *err) TG_MUST_USE;

/* Appends one entry of this kiosk with body `json` (an object; NUL-terminated), durable when it returns TG_OK; at the
 * centre: of its own stream. `seq` may be NULL. TG_DISK_FULL, TG_IO, TG_STORE_BUSY; TG_CARD_STATE for a token.state
 * that the table of a token's life does not allow; nothing was written then. */
enum tg_status tg_store_append(struct tg_store *s, enum tg_record_kind kind, const char *json, int64_t now_ms,
        uint64_t *seq, struct tg_error *err) TG_MUST_USE;

/* Next unused counter for tg_number_make; durable before it is returned, never repeated. */
enum tg_status tg_store_next_number(struct tg_store *s, uint32_t *counter, struct tg_error *err) TG_MUST_USE;

/* States of an application as its entries made them, from this kiosk, from the desk, from the head and from the centre.
 * Checked moves (sm.h); a draft is never stored. Requirement K-15, NCA-10, NCA-11. */
/* clang-format off */
#define TG_APP_STATES(X) \
	X(SUBMITTED, "submitted") X(WORKING, "working") X(WAITING, "waiting") X(DELIVERED, "delivered") X(UNDONE, "undone") \
	X(DRAFT, "draft") \
	X(CONFIRMING, "confirming")     /* waits for the head */ \
	X(DECLINED, "declined")         /* by the head */ \
	X(AT_DESK, "at-desk")           /* waits for a clerk */ \
	X(VERIFYING, "verifying")       /* its signature is being judged by the centre */ \
	X(ACCEPTED, "accepted") \
	X(NOT_ACCEPTED, "not-accepted") /* package incomplete: A9 */ \
	X(REFUSED, "refused")           /* the service is refused, with its ground; or the signature is not good */ \
	X(ISSUED, "issued")             /* a certificate exists that is not delivered yet */ \
	X(REVOKED, "revoked")           /* outcome of a revocation */ \
	X(CANCELLED, "cancelled")       /* by the person, or edited after acceptance */ \
	X(RECORDED, "recorded")         /* a paper that asks for nothing more (A3) */ \
	X(COMPLAINED, "complained")     /* a complaint about its result is open */
/* clang-format on */
#define TG_APP_ENUM(name, text) TG_APP_##name,
enum tg_app_state { TG_APP_STATES(TG_APP_ENUM) TG_APP_STATE_COUNT };
#undef TG_APP_ENUM
const char *tg_app_state_name(enum tg_app_state state);
int tg_app_state_find(const char *name); /* -1 */
extern const struct tg_sm tg_app_machine;
bool tg_app_state_allows(enum tg_app_state from, enum tg_app_state to);
bool tg_app_state_is_final(enum tg_app_state state);

struct tg_app_row {
	char number[TG_NUMBER_MAX];
	char kiosk[TG_KIOSK_MAX + 1];
	enum tg_app_state state;
	char provider[32], service[32], form[32];
	char carrier_serial[64]; /* of the token whose chip work it is, "" before */
	/* Of the second carrier, where the certificates go onto two (NCA-6): what it is for, "" where there is one
	 * only; its serial number, "" before its work began; the person went without it. */
	char second_purpose[16], second_serial[64];
	bool second_left_out;
	int64_t accepted_ms; /* "accepted here at" */
	int64_t finished_ms; /* 0 = not yet */
	uint64_t first_seq, last_seq;
	/* Kiosk, our clock: everything up to last_seq is known to have arrived; 0 = not yet. Centre, its clock: when
	 * its first entry came. */
	int64_t sent_ms;
	int64_t registered_ms; /* by the centre's clock: when it had all of it durably; 0 = not yet (K-15) */
	char kind[32], way[32];
	int64_t promised_ms; /* 0: no term is stated */
	int64_t changed_ms;  /* of the last change of state */
	int code;            /* of the last decision that was not good, or 0 */
	char operation[16];  /* "issue" … as in the body, "" in old ones */
	char proof[16];      /* "chip", "desk", "signature"; "" in old ones, which are chip's */
	bool confirm;        /* the head had to confirm it */
	bool revokes;        /* its old certificate is revoked as soon as it is proven who asks (UBR-2) */
	bool taken_back;     /* and that was done, or cannot be: application.revoked says which */
	bool is_signed;      /* by the applicant; with proof "signature" and not so: its signature is still to come */
	int64_t held;        /* personal bodies that are not erased */
	bool keys_left;      /* it ended before its keys were certified, and they still lie on the card */
};
enum tg_status tg_store_app_find(struct tg_store *s, const char *number, struct tg_app_row *out,
        struct tg_error *err) TG_MUST_USE; /* TG_NOT_FOUND */
/* The unfinished application whose chip work is on this token, as its first carrier or its second, or is to be; also
 * one that ended and left keys there (keys_left); not one whose signature is still being judged. TG_NOT_FOUND. */
enum tg_status tg_store_app_unfinished(
        struct tg_store *s, const char *carrier_serial, struct tg_app_row *out, struct tg_error *err) TG_MUST_USE;
/* Every entry of one application in order: kind and body, for rebuilding the state of its chip work. The callback's
 * strings are borrowed. A callback that returns anything but TG_OK ends the walk with that status. */
typedef enum tg_status tg_store_entry_fn(const struct tg_entry *e, void *ctx);
enum tg_status tg_store_app_entries(
        struct tg_store *s, const char *number, tg_store_entry_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;

/* The outbox side (used by sync in the agent, which has its own tg_store on the same file). */
enum tg_status tg_store_acked(
        struct tg_store *s, uint64_t *seq, struct tg_error *err) TG_MUST_USE; /* highest acknowledged */
enum tg_status tg_store_head(struct tg_store *s, const char *kiosk, uint64_t *seq, uint8_t hash[TG_HASH_LEN],
        struct tg_error *err) TG_MUST_USE; /* 0 and genesis when empty */
enum tg_status tg_store_read(struct tg_store *s, const char *kiosk, uint64_t from_seq, int max_entries,
        tg_store_entry_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;
/* Records a verified acknowledgement. TG_SYNC_FORK when its hash is not ours. A lower `seq` than before means a
 * restored centre: sending goes on from there (C-3). */
enum tg_status tg_store_set_acked(
        struct tg_store *s, const struct tg_ack *ack, int64_t now_ms, struct tg_error *err) TG_MUST_USE;

/* The centre's side: a group in one transaction. Each entry: TG_OK stored · TG_SYNC_REPEAT already there and equal ·
 * TG_SYNC_GAP · TG_SYNC_FORK · TG_SYNC_FOREIGN · TG_CHAIN_BROKEN; `results[i]`. Nothing is durable until
 * it returns TG_OK. Append-only log table + high-water table, no unique index over history (limits.md §2). */
enum tg_status tg_store_receive(struct tg_store *s, const struct tg_entry *entries, size_t n, int64_t now_ms,
        enum tg_status *results, struct tg_error *err) TG_MUST_USE;

/* The judgement of one entry, whatever keeps the journal: false is TG_SYNC_FOREIGN. */
bool tg_store_is_receivable(const struct tg_entry *e);
/* Of one that is, by the newest entry of its stream (0 and the genesis hash: none). TG_SYNC_REPEAT: it is at or before
 * it, and still to be compared with the one there (TG_SYNC_FORK); else as tg_store_receive. TG_NO_MEMORY. */
enum tg_status tg_store_judge(const struct tg_entry *e, uint64_t head, const uint8_t hash[TG_HASH_LEN]) TG_MUST_USE;

/* Checks every chain from its beginning, and at the centre the tree over all. The report says where the first break is;
 * `kiosk`/`seq`, `place`/`place_to` 0 when whole. */
struct tg_verify_report {
	uint64_t entries, streams, erased_bodies;
	uint64_t heads, trees; /* signed heads; trees that somebody was told, and that are the beginning of this one */
	uint64_t trees_over;   /* told of an epoch that is over: cannot be compared */
	char kiosk[TG_KIOSK_MAX + 1];
	uint64_t seq;
	int64_t place, place_to; /* of entries in the centre's journal, where that is what is known */
	char what[160];
};
enum tg_status tg_store_verify(
        struct tg_store *s, struct tg_verify_report *out, struct tg_error *err) TG_MUST_USE; /* TG_CHAIN_BROKEN */
/* The same, and the witnesses: what kiosks signed and were told (head.signed), and their own journals. So a past that
 * was written again with all its hashes is found too. */
struct tg_verify_options {
	/* Both are called from two threads at once. May be NULL: not looked at. The certificate leads to the channel CA
	 * and is this kiosk's, at that time. */
	enum tg_status (*check_certificate)(void *ctx, struct tg_bytes der, const char *kiosk, int64_t at_ms);
	/* May be NULL. The centre signed this. */
	enum tg_status (*check_ack)(void *ctx, const struct tg_ack *ack);
	void *ctx;
	const char *const *against; /* databases of kiosks */
	size_t n_against;
};
enum tg_status tg_store_verify_with(struct tg_store *s, const struct tg_verify_options *o, struct tg_verify_report *out,
        struct tg_error *err) TG_MUST_USE;
/* Makes all projections again from the journal, in one transaction. */
enum tg_status tg_store_rebuild(struct tg_store *s, struct tg_error *err) TG_MUST_USE;
/* What is damaged in a centre's database and its segments, one line each; nothing is changed. TG_STORE_DAMAGED:
 * something is; TG_STORE_OPEN: there is no such file. The centre stands still meanwhile. */
typedef void tg_damage_fn(const char *line, void *ctx);
enum tg_status tg_store_inspect(const char *path, tg_damage_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;
/* The centre stands still. Makes the database again of every row that is whole wherever it lies (src/decisions/0229,
 * 0264): in the file, in its pages to which nothing leads any more, as the second row of the centre's own entries, in
 * `backup`. When they give the tree that was there, it grows on. Otherwise a new one begins: each stream goes up to its
 * first gap; rows behind one wait until the kiosk, which finds the high water lower, has sent the missing ones; the
 * centre's own stream closes its gaps, and what was lost of it is named. Segments stay as long as they are whole, from
 * the first one on; rows of the others come back into the database. The old files are moved into damaged-TIME beside
 * it. Cut off anywhere: the next call goes on, and until then no centre starts. TG_NOT_FOUND: nothing is damaged. */
struct tg_mend_order {
	const char *path;
	const char *backup; /* a copy of the database with its segments beside it; or NULL */
	int64_t now_ms;
	tg_damage_fn *say; /* may be NULL */
	void *ctx;
};
struct tg_mend_report {
	int64_t entries, aside; /* aside: of them wait */
	bool same_tree;         /* nothing was lost */
	int64_t own_lost;       /* entries of the centre's own stream that nobody has any more, as far as is known */
	int64_t segments, reopened;
	char moved_to[64]; /* damaged-TIME */
};
enum tg_status tg_store_mend(
        const struct tg_mend_order *o, struct tg_mend_report *out, struct tg_error *err) TG_MUST_USE;
/* The same for a database beside the replica that another module makes: every row that can be read comes into a new
 * one.
 */
struct tg_beside {
	enum tg_status (*make)(const char *path, struct tg_error *err); /* an empty one */
	/* Names of tables, with a blank before and behind each: not taken over, for they are made again; taken from the
	 * backup first where they cannot be read to the end. */
	const char *made_again, *from_backup;
	/* A table that is of no use in part, and what is done at the end when it cannot be read to its own. */
	struct {
		const char *table, *then;
	} in_part[4];
	const char *after; /* done at the end */
};
enum tg_status tg_store_inspect_beside(const char *path, tg_damage_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_store_mend_beside(
        const struct tg_mend_order *o, const struct tg_beside *b, char moved_to[64], struct tg_error *err) TG_MUST_USE;
/* The file that takes this one's place is complete, but has not taken it: mending goes on first. */
bool tg_mend_is_cut_off(const char *path);
/* Centre: months that are over leave the database for files of their own, segments/YYYY-MM.db beside it, where all
 * walks and questions find them as before (src/decisions/0227). A month is sealed when `keep_months` further ones are
 * over too; its rows are those up to the last one received in it, by UTC. In small portions: others read and write
 * meanwhile, and wherever it is cut off, the next call goes on. TG_STORE_BUSY: another program does the same;
 * TG_STORE_DAMAGED: a row is not what it was, named; TG_DISK_FULL. */
struct tg_seal_order {
	int64_t now_ms;
	int keep_months;
	bool (*stopped)(void *ctx); /* may be NULL */
	void (*sealed)(const char *name, int64_t entries, void *ctx);
	void *ctx;
};
enum tg_status tg_store_seal(struct tg_store *s, const struct tg_seal_order *o, struct tg_error *err) TG_MUST_USE;
/* A copy of one of our databases as it is at one moment, while others write to it; checked. `to` must not exist. */
enum tg_status tg_store_copy(const char *from, const char *to, struct tg_error *err) TG_MUST_USE;
/* Opens for looking only (verify, export): never writes, never migrates. */
enum tg_status tg_store_open_readonly(struct tg_store **out, const char *path, struct tg_error *err) TG_MUST_USE;
/* All entries of all streams, each stream in order; streams are mixed as the entries came in. The callbacks of all
 * walks must not write to the same store. */
enum tg_status tg_store_each(struct tg_store *s, tg_store_entry_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;
/* Entries of all streams that came after the place `after` (0: from the beginning), at most `max`, in the order in
 * which they came; each with its own place, to go on from. Places grow; a restored database may give one out again. */
typedef enum tg_status tg_store_after_fn(const struct tg_entry *e, int64_t place, void *ctx);
enum tg_status tg_store_after(
        struct tg_store *s, int64_t after, int max, tg_store_after_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;

/* --- The centre's tree over its journal (record.h), which it tells with each acknowledgement: so the centre cannot
 * rewrite what it took without a kiosk finding out (C-1). */
/* Size and root as they are now, after what was committed. TG_STORE_DAMAGED. */
enum tg_status tg_store_tree_head(struct tg_store *s, struct tg_tree_head *out, struct tg_error *err) TG_MUST_USE;
/* After restoring or mending: another tree over the journal as it is now, under a new epoch, and the entry
 * tree.restarted that says so. `why`: "restored", "mended". The places of the journal must be dense from 1
 * (TG_STORE_DAMAGED). All in one transaction. */
enum tg_status tg_store_tree_restart(
        struct tg_store *s, const char *why, int64_t now_ms, struct tg_error *err) TG_MUST_USE;
/* That the tree of `to` entries begins with that of `from` (0: not asked), and that it holds entry `seq` of a stream
 * (0: not asked). */
struct tg_tree_question {
	uint64_t from, to, seq;
};
struct tg_tree_proof {
	uint8_t epoch[TG_EPOCH_LEN];
	uint64_t from, to, seq, place; /* place: of the entry, from 1; 0 when not asked */
	struct tg_proof growth, inclusion;
};
/* Centre. TG_INVALID: no such sizes; TG_NOT_FOUND: no such entry in the tree of `to`. */
enum tg_status tg_store_tree_prove(struct tg_store *s, const char *kiosk, const struct tg_tree_question *ask,
        struct tg_tree_proof *out, struct tg_error *err) TG_MUST_USE;

/* Kiosk: the newest tree that was told and proven, with the acknowledgement that told it; older ones of other epochs
 * are kept. A row for each epoch. */
struct tg_tree_seen {
	struct tg_ack ack; /* tree.size 0: none yet */
	enum tg_status
	        doubt;    /* TG_OK, or what is wrong with what the centre told since: nothing is sent until it proves */
	int64_t since_ms; /* when it was proven, by our clock */
};
enum tg_status tg_store_tree_seen(struct tg_store *s, struct tg_tree_seen *out, struct tg_error *err) TG_MUST_USE;
/* The head of this acknowledgement was proven. Takes back a doubt. TG_TREE_OTHER: an epoch that was over. */
enum tg_status tg_store_tree_see(
        struct tg_store *s, const struct tg_ack *ack, int64_t now_ms, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_store_tree_doubt(struct tg_store *s, enum tg_status why, struct tg_error *err) TG_MUST_USE;

/* --- Times that are known whatever the machine's clock says */
/* At a kiosk: the newest time that the centre signed (it never goes back), and what the kiosk's clock said when it was
 * told; all 0: none yet. */
struct tg_clock_seen {
	int64_t centre_ms, wall_ms;
};
enum tg_status tg_store_clock_seen(struct tg_store *s, struct tg_clock_seen *out, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_store_set_clock_seen(
        struct tg_store *s, const struct tg_clock_seen *seen, struct tg_error *err) TG_MUST_USE;
/* Whether a clock that says `wall_ms` is wrong by what was seen, by more than `limit_ms`: it stands before the newest
 * signed time; or it was ahead of the centre's then, and nobody has set it back since. */
bool tg_clock_contradicts(const struct tg_clock_seen *seen, int64_t wall_ms, int64_t limit_ms);
/* At the centre: when the newest entry of a stream was received; 0: there is none. */
enum tg_status tg_store_stream_received(
        struct tg_store *s, const char *kiosk, int64_t *ms, struct tg_error *err) TG_MUST_USE;
/* At the centre: when the newest entry was received; 0: there is none. */
enum tg_status tg_store_newest_received(struct tg_store *s, int64_t *ms, struct tg_error *err) TG_MUST_USE;

/* --- The feed: what the centre tells the kiosks (C-5). The centre numbers its items; a kiosk keeps what it was told
 * and the cursor up to which it knows, in one transaction. An item replaces an older one of the same kind and key.
 * Kinds and bodies (unknown members are ignored, items of unknown kinds are kept):
 *   news   key: its id.                       {"from_ms", "until_ms": int; shown from … to before …,
 *                                              "title", "text": {"kk", "ky", "ru", "en"}}
 *   lock   key: SHA-256 of the certificate.   {"tries": [[kiosk, ms, cleared 0|1] …], "clears": [[kiosk, ms] …]}
 *   token  key: serial number of the token.   {"state"}
 *   application  key: its number; audience: the kiosk it was handed in at. What others made of it: {"state", "code",
 *                "ms", "promised_ms", "ground", and of one that costs something "due", "rest" (still to be
 *                paid), "currency"}; no personal data. The kiosk's application row follows it by the
 *                table of moves. */
#define TG_FEED_BODY_MAX (32u * 1024u)
struct tg_feed_item {
	uint64_t cursor; /* from 1, growing; above any given out before also after the centre was restored */
	int64_t time_ms; /* by the centre's clock */
	char kind[33];   /* "news", "software", "register", "revoked", "lock", "token", "application" */
	char key[72]; /* of the thing it speaks of: id of the news, version, register, SHA-256 of the certificate … */
	char provider[32]; /* "" = all */
	const char *body;  /* JSON object, borrowed; NULL: the thing is gone */
	size_t body_len;
	char audience[TG_KIOSK_MAX + 1]; /* centre only: the one stream that may see it; "" = every kiosk */
};
typedef enum tg_status tg_feed_fn(const struct tg_feed_item *item, void *ctx);
/* Centre: appends one item; sets its cursor. TG_INVALID for a kind, key or body that is none, a member that this kind
 * does not have (feed_kinds.c), an application's item for everybody or anything else for one kiosk. */
enum tg_status tg_store_feed_add(struct tg_store *s, struct tg_feed_item *item, struct tg_error *err) TG_MUST_USE;
/* Centre: appends an entry that tells the kiosks something (news.told, software.told, register.imported,
 * certificate.revoked) to its own stream; the item of the feed follows from it. TG_INVALID: it may not be told. */
enum tg_status tg_store_tell(struct tg_store *s, enum tg_record_kind kind, const char *json, int64_t now_ms,
        struct tg_error *err) TG_MUST_USE;
/* Centre: items after `cursor`, at most `max`, in order. Kiosk: what it holds of one kind (NULL: all), newest first. */
enum tg_status tg_store_feed_after(
        struct tg_store *s, uint64_t cursor, int max, tg_feed_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_store_feed_held(
        struct tg_store *s, const char *kind, int max, tg_feed_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;
/* The same as tg_store_feed_after, of what the stream `kiosk` may see. */
enum tg_status tg_store_feed_for(struct tg_store *s, const char *kiosk, uint64_t cursor, int max, tg_feed_fn *fn,
        void *ctx, struct tg_error *err) TG_MUST_USE;
/* Kiosk: up to which it knows. Centre: the newest it gave out. */
enum tg_status tg_store_feed_cursor(struct tg_store *s, uint64_t *cursor, struct tg_error *err) TG_MUST_USE;
/* Whether the centre said that this certificate (SHA-256, hex) is revoked: TG_CERT_REVOKED, else TG_OK. Known also
 * while the centre cannot be asked; what it says nothing of may be revoked all the same. */
enum tg_status tg_store_certificate_check(
        struct tg_store *s, const char *certificate, struct tg_error *err) TG_MUST_USE;
/* Where a kiosk stands. It knows everything up to `after`; while `walk` is not 0, it reads everything anew, as it was
 * or will be told up to `walk`, and what it then was not told is gone. */
struct tg_feed_place {
	uint64_t after, walk;
};
enum tg_status tg_store_feed_place(struct tg_store *s, struct tg_feed_place *out, struct tg_error *err) TG_MUST_USE;
/* Kiosk: another centre tells from now on, and some of it before our cursor: all of it is read, what is held stays. */
enum tg_status tg_store_feed_again(struct tg_store *s, struct tg_error *err) TG_MUST_USE;
/* Centre: where its next page begins: `*at` itself, or at 0 and `walk` when things that are gone were forgotten since,
 * or when the kiosk is so far ahead of us and of the clock that it would hear nothing more. `*head`: the newest cursor
 * given out. */
enum tg_status tg_store_feed_begin(
        struct tg_store *s, struct tg_feed_place *at, int64_t now_ms, uint64_t *head, struct tg_error *err) TG_MUST_USE;
/* Centre: forgets of at most `max` things that they are gone, said before `before_ms`; how many in `*n`. */
enum tg_status tg_store_feed_tidy(
        struct tg_store *s, int64_t before_ms, int max, int *n, struct tg_error *err) TG_MUST_USE;
/* Kiosk: takes a page. TG_CENTRE_GARBAGE when its cursors do not grow from the one we have, or an item is malformed:
 * nothing was taken then. */
enum tg_status tg_store_feed_take(
        struct tg_store *s, const struct tg_feed_item *items, size_t n, struct tg_error *err) TG_MUST_USE;
/* The same, told more: nothing for this kiosk lies between the last item and `up_to`, and when the centre said so. */
struct tg_feed_page {
	const struct tg_feed_item *items;
	size_t n;
	uint64_t up_to;    /* at least the last item's cursor and our own */
	int64_t centre_ms; /* by the centre's clock */
	bool anew;         /* everything from the beginning: what no page brings until there are no more, is gone */
	uint64_t walk;     /* of it */
	bool more;         /* another page follows at once */
};
enum tg_status tg_store_feed_take_page(
        struct tg_store *s, const struct tg_feed_page *page, struct tg_error *err) TG_MUST_USE;

/* --- Lock of a certificate (DOS-8), apart from the token's own counter. Both counts are of wrong tries: today's (the
 * day of the provider's place) and those since the last right PIN or reset. Made from pin.tried and lock.reset entries;
 * at a kiosk: the centre's word (feed) plus its own entries that the centre did not have yet.
 * A right PIN or reset clears the tries before it: in its own stream by order, in other streams by time. So the counts
 * do not depend on the order in which entries arrive, and no entry that comes late lowers a count of newer tries. */
struct tg_lock_rule {
	int per_day, in_all; /* 0: no such rule */
	int utc_offset_minutes;
};
struct tg_lock {
	int today, in_all;           /* wrong tries */
	int left_today, left_in_all; /* -1 without a rule */
	enum tg_status status;       /* TG_OK, TG_LOCK_DAY, TG_LOCK_ALL */
	int64_t known_ms;            /* centre's time up to which other kiosks' tries are known; 0 = never */
};
enum tg_status tg_store_lock(struct tg_store *s, const char *certificate, const struct tg_lock_rule *rule,
        int64_t now_ms, struct tg_lock *out, struct tg_error *err) TG_MUST_USE;

/* --- Life of a token, by its serial number. Checked moves (sm.h). */
/* clang-format off */
#define TG_TOKEN_STATES(X) \
	X(BLANK, "blank") X(IN_USE, "in-use") X(SUSPENDED, "suspended") X(LOST, "lost") X(DAMAGED, "damaged") X(ENDED, "ended")
/* clang-format on */
#define TG_TOKEN_ENUM(name, text) TG_TOKEN_LIFE_##name,
enum tg_token_life { TG_TOKEN_STATES(TG_TOKEN_ENUM) TG_TOKEN_LIFE_COUNT };
#undef TG_TOKEN_ENUM
const char *tg_token_life_name(enum tg_token_life state);
int tg_token_life_find(const char *name); /* -1 */
extern const struct tg_sm tg_token_machine;
/* Whether the move is allowed; the entry token.state is refused by name when it is not (TG_CARD_STATE). */
bool tg_token_life_allows(enum tg_token_life from, enum tg_token_life to);
/* BLANK when nothing is known of it. At a kiosk: the centre's word (feed), else what its own entries made of it. A
 * delivered application makes a blank token in-use; every other move is a token.state entry. */
enum tg_status tg_store_token_life(
        struct tg_store *s, const char *serial, enum tg_token_life *out, struct tg_error *err) TG_MUST_USE;
/* What is known of a token's life; the entries that made it, oldest first. TG_NOT_FOUND. */
struct tg_token_row {
	char serial[64];
	enum tg_token_life state; /* by the entries of this database, without the feed */
	int64_t changed_ms;       /* when it came into this state */
	int64_t irregular;        /* entries whose move was not allowed */
};
enum tg_status tg_store_token_find(
        struct tg_store *s, const char *serial, struct tg_token_row *out, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_store_token_entries(
        struct tg_store *s, const char *serial, tg_store_entry_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;
/* PIN work on this token that was begun and whose end nobody knows: `what` of the last pin.intent without pin.done, or
 * TG_NOT_FOUND. */
enum tg_status tg_store_pin_unfinished(
        struct tg_store *s, const char *serial, char what[16], struct tg_error *err) TG_MUST_USE;

/* Applications of whose carriers this token is one, newest first. */
typedef enum tg_status tg_app_fn(const struct tg_app_row *row, void *ctx);
enum tg_status tg_store_apps_of_token(
        struct tg_store *s, const char *serial, int max, tg_app_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;

/* --- What others decide: desk, head and centre (P-5, NCA-9, NCA-10; src/decisions/0178) */

/* The body of application.submitted; `body` comes empty. TG_NOT_FOUND: no such application, or its body was erased. */
enum tg_status tg_store_app_body(
        struct tg_store *s, const char *number, struct tg_buf *body, struct tg_error *err) TG_MUST_USE;
/* Applications at the desk and complaints nobody has taken up, oldest first; before them those whose old certificate
 * is still to be revoked (UBR-2). */
enum tg_status tg_store_queue(struct tg_store *s, int max, tg_app_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;
/* Applications that wait for a head of this entity, oldest first. */
enum tg_status tg_store_apps_pending(
        struct tg_store *s, const char *bin, int max, tg_app_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;
/* An application of the same person for the same service that is open (K-16). TG_NOT_FOUND. */
enum tg_status tg_store_app_open(struct tg_store *s, const char *provider, const char *service, const char *iin,
        const char *bin, char number[TG_NUMBER_MAX], struct tg_error *err) TG_MUST_USE;

/* What a kiosk may do beside taking applications: "desk", "field" (a field set that also decides on its own ones,
 * NCA-14) or "". An entry kiosk.role of the centre's stream; nothing is written when it is so already. TG_INVALID. */
enum tg_status tg_store_kiosk_role(
        struct tg_store *s, const char *kiosk, char role[16], struct tg_error *err) TG_MUST_USE;
enum tg_status tg_store_set_kiosk_role(
        struct tg_store *s, const char *kiosk, const char *role, int64_t now_ms, struct tg_error *err) TG_MUST_USE;

/* Who has an application before the eyes. */
struct tg_claim {
	char number[TG_NUMBER_MAX];
	char kiosk[TG_KIOSK_MAX + 1], staff[64]; /* staff: serial of the clerk's certificate */
	int64_t until_ms; /* afterwards another may take it; its decision counts until one does */
};
enum tg_status tg_store_claim_of(struct tg_store *s, const char *number, struct tg_claim *out,
        struct tg_error *err) TG_MUST_USE; /* TG_NOT_FOUND */
/* Centre: an entry desk.claimed. TG_NOT_FOUND, TG_CLAIMED, TG_CARD_STATE (nothing to decide). */
enum tg_status tg_store_claim(struct tg_store *s, const struct tg_claim *c, int64_t now_ms, int64_t *until_ms,
        struct tg_error *err) TG_MUST_USE;

/* Applications for certificates of servers, handed in since, that a clerk or the centre's judgement accepted and that
 * were not given up afterwards; newest first. `fn` may end the walk. */
enum tg_status tg_store_apps_ssl(
        struct tg_store *s, int64_t since_ms, tg_app_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;

/* A power of attorney of one use (A3), by the number of its own application (operation "paper"). */
struct tg_power_row {
	bool known;                 /* its paper was recorded by this program */
	char number[TG_NUMBER_MAX]; /* of the application that it was used for, "" */
	char purpose[16], bin[16];
};
enum tg_status tg_store_power(
        struct tg_store *s, const char *power, struct tg_power_row *out, struct tg_error *err) TG_MUST_USE;

/* The application that a signature (SHA-256 of its CMS, hex) was judged for; "" when it is new. */
enum tg_status tg_store_signature_user(
        struct tg_store *s, const char *hash, char number[TG_NUMBER_MAX], struct tg_error *err) TG_MUST_USE;

/* Centre: whom a complex certificate serves (DOS-6), by the number of the application that it came from; `fn` (may be
 * NULL) gets each, by tax number, and must not write. TG_NOT_FOUND: it has no such list. */
struct tg_company_list {
	char number[TG_NUMBER_MAX], product[32];
	int count;
};
typedef enum tg_status tg_company_fn(const char *inn, const char *name, void *ctx);
enum tg_status tg_store_companies(struct tg_store *s, const char *number, struct tg_company_list *out,
        tg_company_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;

/* Complaints. States in order: delivered, registered, executed, answered; or not-considered. */
struct tg_complaint_row {
	char number[TG_NUMBER_MAX], about[TG_NUMBER_MAX]; /* about: the application whose result it is about, or "" */
	char state[16];
	char staff[64], staff_name[128], place[256];
	int64_t due_ms, changed_ms; /* due: when the answer is given, 0 before it is registered */
};
extern const struct tg_sm tg_complaint_machine;
enum tg_status tg_store_complaint(
        struct tg_store *s, const char *number, struct tg_complaint_row *out, struct tg_error *err) TG_MUST_USE;
/* The newest one about this application. TG_NOT_FOUND. */
enum tg_status tg_store_complaint_about(
        struct tg_store *s, const char *number, struct tg_complaint_row *out, struct tg_error *err) TG_MUST_USE;

/* The electronic queue, measured (NCA-4); a time is 0 while it has not come. */
struct tg_ticket_row {
	char ticket[32], kiosk[TG_KIOSK_MAX + 1], number[TG_NUMBER_MAX];
	int64_t taken_ms, called_ms, served_ms;
};
typedef enum tg_status tg_ticket_fn(const struct tg_ticket_row *row, void *ctx);
/* Those taken in [from, to), by time. */
enum tg_status tg_store_tickets(struct tg_store *s, int64_t from_ms, int64_t to_ms, tg_ticket_fn *fn, void *ctx,
        struct tg_error *err) TG_MUST_USE;

/* Centre: what it owes, made by the entries and paid by entries (src/decisions/0179):
 *   judge   the application's signature          → application.verified
 *   head    a head's signature, `entry`          → application.verified with what "head"
 *   revoke  the certificates it names            → application.revoked
 *   unlock  the locks of those it names          → lock.reset
 *   companies  the list of a complex certificate is to be changed → companies.changed
 *   power   to write down that it is used        → power.used
 *   charge  to write down what a balance paid    → balance.charged
 *   cloud   a key and a certificate of the provider's own module (DOS-3) → application.issued, application.undone */
struct tg_work_row {
	char what[16], number[TG_NUMBER_MAX];
	char kiosk[TG_KIOSK_MAX + 1]; /* stream and place of the entry it is for; "" and 0: the application itself */
	uint64_t seq;
	int64_t time_ms; /* of that entry */
};
typedef enum tg_status tg_work_fn(const struct tg_work_row *row, void *ctx);
/* Oldest entries first. `fn` may write. */
enum tg_status tg_store_work(
        struct tg_store *s, const char *what, int max, tg_work_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;

/* --- Money (DOS-7), in hundredths of the provider's currency. Made from application.submitted, payment.noted,
 * payment.refund and balance.charged; a kiosk has the centre's word about its own applications (feed). An entry that
 * fits nothing (a second note of one bank reference, a refund of what was never asked, or too late) changes nothing and
 * is counted as irregular. */
struct tg_money {
	char provider[32], currency[8];
	int64_t due;   /* what it costs */
	int64_t paid;  /* came for it, less what was paid back */
	int64_t asked; /* of it: asked back and not paid back yet */
	int64_t refunded;
	int64_t charged;     /* of `paid`: taken from a balance */
	int64_t produced_ms; /* the certificate exists since then (chip.done of enrol, application.issued); 0: not yet
	                      */
	bool order;          /* it is paid from a balance when it is accepted */
};
/* TG_NOT_FOUND: it costs nothing, or there is no such application. */
enum tg_status tg_store_money(
        struct tg_store *s, const char *number, struct tg_money *out, struct tg_error *err) TG_MUST_USE;
bool tg_money_is_paid(const struct tg_money *m);
int64_t tg_money_rest(const struct tg_money *m); /* still to be paid; 0 when it is paid */
/* What may be asked back now: everything until the certificate is produced, afterwards what was paid too much. */
int64_t tg_money_refundable(const struct tg_money *m);
/* Centre: what an organisation has with a provider; 0 when nothing is known of it. */
enum tg_status tg_store_balance(struct tg_store *s, const char *provider, const char *account, int64_t *amount,
        struct tg_error *err) TG_MUST_USE;
/* Whether a payment with this reference was noted before. */
enum tg_status tg_store_payment_known(struct tg_store *s, const char *provider, const char *how, const char *reference,
        bool *known, struct tg_error *err) TG_MUST_USE;

/* Money that counted, in the order in which it did: "charge" (an application was handed in that costs it), "payment",
 * "refund" (paid back), "top-up" (of a balance), "order" (a balance was charged). */
struct tg_money_move {
	int64_t place;                            /* of the entry that made it */
	char provider[32], number[TG_NUMBER_MAX]; /* number: "" of a top-up */
	char what[12], how[32], currency[8];      /* how: id of struct tg_payment, "" where it was not said */
	int64_t amount, time_ms;
};
typedef enum tg_status tg_money_fn(const struct tg_money_move *move, void *ctx);
enum tg_status tg_store_money_moves(struct tg_store *s, tg_money_fn *fn, void *ctx, struct tg_error *err) TG_MUST_USE;

#endif
