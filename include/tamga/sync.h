/* Layer: sync. How a kiosk's journal reaches the centre exactly once: batch codec, acknowledgement keys, the sender as
 * a pure state machine, and one round of it over a store and a transport. Requirements C-1, C-3; design.md §2.2.
 *
 *   kiosk                                    centre
 *   GET  high water                    ►     signed acknowledgement of (kiosk, seq, hash); seq 0 with the genesis hash
 *   POST batch [seq a..b]              ►     commit, then the signed acknowledgement
 *        anything else: status by name ◄     gap: ask again · fork, foreign, broken chain: stop and raise an alarm
 *                                            busy: wait as long as it says, then some
 *   GET  tree from, to, seq            ►     proof that the tree it tells grew out of the one it told before, and holds
 *                                            our entry (C-1): asked when nothing else is to be sent
 *   GET  feed after a cursor           ►     a page of what this kiosk may see (C-5)
 * Any failure leads to asking first: whether a lost answer was a lost request is the centre's to say. */
#ifndef TAMGA_SYNC_H
#define TAMGA_SYNC_H

#include "tamga/clock.h"
#include "tamga/record.h"
#include "tamga/sm.h"
#include "tamga/store.h"

/* --- Batches: "tamga-batch-1" 00 ‖ u32 entries ‖ entries as tg_entry_encode makes them. */
#define TG_BATCH_BYTES   (4u * 1024u * 1024u)
#define TG_BATCH_ENTRIES 1000u

struct tg_batch {
	struct tg_buf bytes;
	unsigned n;
	uint64_t first, last; /* seq; 0 while empty */
};
void tg_batch_begin(struct tg_batch *b); /* a zeroed or used one; keeps its memory */
/* TG_OK, or TG_LIMIT: it was left out, the batch is full. TG_CHAIN_BROKEN: not the seq that follows. TG_NO_MEMORY. */
enum tg_status tg_batch_add(struct tg_batch *b, const struct tg_entry *e) TG_MUST_USE;
void tg_batch_finish(struct tg_batch *b);
/* Every entry must be of `kiosk`, their seqs must follow each other, at least one. `*entries` is the caller's to
 * free(); bodies are borrowed from `in`. TG_INVALID, TG_LIMIT, TG_SYNC_FOREIGN, TG_NO_MEMORY. Hashes are not looked at.
 */
enum tg_status tg_batch_decode(struct tg_bytes in, const char *kiosk, struct tg_entry **entries, size_t *n) TG_MUST_USE;

/* The first bytes of a batch, while the rest is on its way: TG_INVALID, TG_LIMIT, TG_SYNC_FOREIGN when it can be none
 * of `kiosk`'s; TG_OK also when they are too few to tell. */
enum tg_status tg_batch_look(struct tg_bytes start, const char *kiosk) TG_MUST_USE;

/* --- Acknowledgement keys: EC P-256. One thread at a time signs with a key object; any may check with it meanwhile. */
struct tg_ack_key;
/* A PEM file with a private key (may sign and verify) or a public key (verifies only). TG_CONFIG names the file. */
enum tg_status tg_ack_key_load(struct tg_ack_key **out, const char *pem_path, struct tg_error *err) TG_MUST_USE;
void tg_ack_key_destroy(struct tg_ack_key *k); /* takes NULL */
/* Fills `signature`. TG_BUG with a public key only; TG_SIGN_FAILED. */
enum tg_status tg_ack_sign(struct tg_ack_key *k, struct tg_ack *a, struct tg_error *err) TG_MUST_USE;
/* TG_OK, or TG_CENTRE_GARBAGE: not this key's signature. */
enum tg_status tg_ack_check(const struct tg_ack_key *k, const struct tg_ack *a, struct tg_error *err) TG_MUST_USE;
/* The answer's bytes hold one acknowledgement of `kiosk`, nothing after it, rightly signed. TG_CENTRE_GARBAGE. */
enum tg_status tg_ack_open(struct tg_ack_key *k, struct tg_bytes answer, const char *kiosk, struct tg_ack *out,
        struct tg_error *err) TG_MUST_USE;

/* --- The sender. No clock, no random numbers, no I/O of its own: `now_ms` is monotonic, `random` any 32 bits. */
/* clang-format off */
#define TG_SENDER_STATES(X) \
	X(UNSURE, "unsure")   /* does not know the centre's high water: asks */ \
	X(ASKING, "asking")   /* a question is under way */ \
	X(LEVEL, "level")     /* knows it; sends when there is more */ \
	X(SENDING, "sending") /* a batch is under way */ \
	X(PAUSED, "paused")   /* after a failure, until wake_ms */ \
	X(HALTED, "halted")   /* fork, foreign, broken chain, other tree, kiosk refused: an alarm; asks again rarely, never repairs */
/* clang-format on */
#define TG_SENDER_ENUM(name, text) TG_SENDER_##name,
enum tg_sender_state { TG_SENDER_STATES(TG_SENDER_ENUM) TG_SENDER_STATE_COUNT };
#undef TG_SENDER_ENUM
extern const struct tg_sm tg_sender_machine;

struct tg_sender_config {
	int64_t backoff_base_ms; /* 1 000: the first pause is drawn from 0 … base, then twice that, and so on */
	int64_t backoff_cap_ms;  /* 60 000; full jitter, so that ten thousand kiosks do not come back together */
	int64_t ask_every_ms;    /* 30 000: with nothing to send, whether the centre is there and remembers */
	int64_t halt_ms;         /* 300 000 */
	int64_t wait_cap_ms;     /* 600 000: no centre makes us wait longer than twice this */
};
struct tg_sender_config tg_sender_defaults(void);

struct tg_sender {
	struct tg_sender_config c;
	enum tg_sender_state state;
	uint64_t acked;      /* the centre's high water when last told */
	uint64_t sending;    /* first seq of the batch under way */
	int64_t wake_ms;     /* PAUSED, HALTED: until then nothing; LEVEL: the next question */
	int64_t hold_ms;     /* LEVEL: the centre asked to wait; until then no batch */
	unsigned failures;   /* in a row */
	enum tg_status last; /* of the last exchange */
};
enum tg_sender_act { TG_SEND_NOTHING, TG_SEND_ASK, TG_SEND_BATCH };
struct tg_sender_step {
	enum tg_sender_act act;
	uint64_t from;    /* TG_SEND_BATCH: first seq */
	int64_t until_ms; /* TG_SEND_NOTHING: when to come again, or sooner when there is a new entry */
};
void tg_sender_init(struct tg_sender *s, const struct tg_sender_config *c);
/* What is to be done now; `head` is the highest own seq. After ASK and BATCH exactly one of told or failed follows. */
struct tg_sender_step tg_sender_next(struct tg_sender *s, int64_t now_ms, uint64_t head);
/* A verified acknowledgement that fits our own journal. Lower than before: a restored centre, sent the rest again. */
void tg_sender_told(struct tg_sender *s, int64_t now_ms, uint64_t high_water, uint32_t random);
void tg_sender_failed(struct tg_sender *s, int64_t now_ms, enum tg_status why, uint32_t random);
/* The centre has too much to do and asked for `wait_ms` (TG_CENTRE_BUSY): nothing is sent for at least that long, and
 * drawn evenly from as long again. It is no failure: the back-off neither grows nor ends. 0: it named no time. */
void tg_sender_busy(struct tg_sender *s, int64_t now_ms, int64_t wait_ms, uint32_t random);
/* Somebody waits for an exchange: one is made at once, whatever pause was agreed; while the centre asked to wait, a
 * question only, no batch (src/decisions/0239). An alarm stays one. */
void tg_sender_hurry(struct tg_sender *s, int64_t now_ms);
/* Another connection shows that the centre is there: with nothing to send, it is not asked before `until_ms`. */
void tg_sender_heard(struct tg_sender *s, int64_t until_ms);

/* --- One round: sender, journal, acknowledgement key and a transport put together. */
struct tg_sync_port {
	/* Both put the answer's body into `answer` (reset first). TG_CENTRE_DOWN, TG_TIMEOUT, TG_TLS,
	 * TG_CENTRE_GARBAGE, TG_CENTRE_REFUSED, or what the centre names: TG_SYNC_GAP, TG_SYNC_FORK, TG_KIOSK_UNKNOWN …
	 */
	enum tg_status (*ask)(void *ctx, struct tg_buf *answer, struct tg_error *err);
	enum tg_status (*send)(void *ctx, struct tg_bytes batch, struct tg_buf *answer, struct tg_error *err);
	uint32_t (*random)(void *ctx);
	void *ctx;
	/* As ask: the next page of the feed, from where the kiosk stands. */
	enum tg_status (*feed)(void *ctx, const struct tg_feed_place *at, struct tg_buf *answer, struct tg_error *err);
	/* As ask: a proof (below). NULL: trees are not followed. */
	enum tg_status (*tree)(
	        void *ctx, const struct tg_tree_question *ask, struct tg_buf *answer, struct tg_error *err);
	/* After TG_CENTRE_BUSY: how long it asked to wait. NULL: it never says. */
	int64_t (*wait_ms)(void *ctx);
};
struct tg_sync {
	struct tg_sender sender;
	struct tg_store *store;     /* borrowed; of the calling thread */
	struct tg_ack_key *ack_key; /* borrowed */
	const char *kiosk;          /* borrowed */
	struct tg_sync_port port;
	struct tg_clock clock;
	struct tg_batch batch;
	struct tg_buf answer;
	/* For STATUS: */
	uint64_t acked_seq;
	uint8_t acked_hash[TG_HASH_LEN];
	int64_t acked_ms;          /* wall; 0 = never in this run */
	int64_t worked_ms;         /* monotonic, of the last exchange that worked; -1 = never */
	int64_t clock_offset_ms;   /* centre's time minus ours, at the last exchange */
	struct tg_clock_seen seen; /* the newest signed time, as it is kept in the store */
	/* The centre's tree. */
	struct {
		bool loaded, asked;
		struct tg_tree_seen seen;   /* what was proven; as the store has it */
		struct tg_ack told;         /* the newest that is not; tree.size 0: none */
		int64_t every_ms, asked_ms; /* at most one question in every_ms: 60 000 */
		unsigned misses;            /* questions without a proof, in a row */
		bool restarted;             /* another epoch was seen since this was last cleared; what `before` was */
		struct tg_tree_head before;
	} tree;
};
void tg_sync_init(struct tg_sync *s, const struct tg_sender_config *c);
void tg_sync_finish(struct tg_sync *s);
/* Does at most one exchange. `*again_ms` is the monotonic time at which to come again (now: at once). The status is the
 * exchange's, TG_OK when there was nothing to do; a failure is already taken into account and only for the log. */
enum tg_status tg_sync_round(struct tg_sync *s, int64_t *again_ms, struct tg_error *err) TG_MUST_USE;

/* --- The centre's tree (C-1, record.h). Proofs: "tamga-tree-1" 00 ‖ epoch ‖ u64 from ‖ u64 to ‖ u64 seq ‖ u64 place ‖
 * u8 n ‖ n hashes that `to` grew out of `from` ‖ u8 n ‖ n hashes that the entry is in `to`; RFC 9162 §2.1. */
#define TG_TREE_PROOF_BYTES 4352u
#define TG_TREE_PATIENCE    1440u /* questions in a row that a centre may leave unproven: a day of minutes */
enum tg_status tg_tree_proof_write(const struct tg_tree_proof *p, struct tg_buf *out) TG_MUST_USE;
/* TG_INVALID: malformed, or not the answer to `asked`. Whether it proves anything is not looked at. */
enum tg_status tg_tree_proof_read(
        struct tg_bytes in, const struct tg_tree_question *asked, struct tg_tree_proof *out) TG_MUST_USE;
/* A verified acknowledgement, before anything else is made of it: TG_TREE_OTHER when its tree contradicts the one that
 * was proven. Does the proof itself when the centre contradicted itself before. */
enum tg_status tg_sync_tree_told(struct tg_sync *s, const struct tg_ack *ack, struct tg_error *err) TG_MUST_USE;
/* A head that is not proven waits, and it is time to ask. */
bool tg_sync_tree_is_due(const struct tg_sync *s, int64_t now_ms);
/* Asks for the proof of the newest head. TG_TREE_OTHER: it proves another past, or nothing for too long; the old head
 * stays as evidence, and nothing counts as proven until a proof begins with it. Else what kept the proof away. */
enum tg_status tg_sync_tree(struct tg_sync *s, struct tg_error *err) TG_MUST_USE;

/* The body of head.signed. */
struct tg_head_facts {
	const char *kiosk;
	uint64_t seq;
	const uint8_t *hash;
	const struct tg_ack *told;         /* what was proven of the tree; NULL: nothing */
	const struct tg_tree_head *before; /* of another epoch, until then; NULL */
};
/* `json` is reset. TG_CONFIG: no key, or not the certificate's; TG_SIGN_FAILED. */
enum tg_status tg_head_body(const char *key_pem, const char *certificate_pem, const struct tg_head_facts *f,
        struct tg_buf *json, struct tg_error *err) TG_MUST_USE;

/* --- Pages of the feed: "tamga-feed-2" 00 ‖ u64 after ‖ u64 walk ‖ u64 up_to ‖ i64 centre time ‖ u8 flags (1: more, 2:
 * anew) ‖ u16 items ‖ items; an item: u64 cursor ‖ i64 time ‖ u8 len ‖ kind ‖ u8 len ‖ key ‖ u8 len ‖ provider ‖ u32
 * len of the body + 1, 0 = gone ‖ body. A page is bound to the TLS connection that brought it, as the requests are;
 * `after` and `walk` bind it to the question. Anew: it begins at 0, `walk` is of the walk that begins with it
 * (store.h). */
#define TG_FEED_PAGE_BYTES (256u * 1024u)
#define TG_FEED_PAGE_ITEMS 256u
/* How long a question may wait at the centre for something to be told. */
#define TG_FEED_WAIT_MAX_S 50u
struct tg_feed_writer {
	struct tg_buf bytes;
	unsigned n;
	uint64_t last;
	bool anew;
};
/* The answer to a question after `after`, which begins at `from`. */
void tg_feed_write_begin(struct tg_feed_writer *w, uint64_t after, const struct tg_feed_place *from, bool anew);
/* TG_OK, or TG_LIMIT: it was left out, the page is full. TG_NO_MEMORY. A tg_feed_fn with the writer as ctx. */
enum tg_status tg_feed_write(const struct tg_feed_item *item, void *writer) TG_MUST_USE;
/* Ends the page; `more`: it is full, there may be others. Then `up_to` is the last item's cursor, else `head` where
 * that is higher. The bytes are the page. */
enum tg_status tg_feed_write_end(struct tg_feed_writer *w, uint64_t head, bool more, int64_t centre_ms) TG_MUST_USE;
/* `*items`, which `out` points to, is the caller's to free(); bodies are borrowed from `in`. TG_INVALID: malformed, or
 * not the answer to `asked`. TG_NO_MEMORY. What the items say is not looked at. */
enum tg_status tg_feed_read(struct tg_bytes in, const struct tg_feed_place *asked, struct tg_feed_item **items,
        struct tg_feed_page *out) TG_MUST_USE;

/* Asks for one page and takes it into the store. `*more`: another lies ready. A page that cannot be right is
 * TG_CENTRE_GARBAGE and nothing of it is taken; the next question begins where the last good page ended. */
enum tg_status tg_sync_feed(struct tg_sync *s, bool *more, struct tg_error *err) TG_MUST_USE;
/* The same with the answer to a question that another connection asked from `asked`; TG_CENTRE_GARBAGE too when the
 * kiosk stands elsewhere now. */
enum tg_status tg_sync_feed_came(struct tg_sync *s, const struct tg_feed_place *asked, struct tg_bytes in, bool *more,
        struct tg_error *err) TG_MUST_USE;

/* --- Frames between kiosk and agent (link.h), for the agent's side and for tests. */
struct tg_link_request {
	char endpoint[64];    /* CMP */
	char path[32];        /* ASK: a-z 0-9 and '-' */
	struct tg_bytes body; /* CMP, ASK; borrowed */
	uint32_t timeout_ms;  /* CMP, FRESH, ASK; 0 = the agent's own */
};
/* TG_INVALID for a kind that is no request, unknown or doubled fields, a missing or too long one. */
enum tg_status tg_link_parse_request(uint16_t kind, struct tg_bytes body, struct tg_link_request *out) TG_MUST_USE;

#endif
