/* Layer: office. Notices by e-mail from the centre (NCA-9.mail): which entries of the journal ask for one, the text in
 * the person's language (RFC 5322, RFC 2047), and the way to an SMTP server (RFC 5321), retried until it took the
 * message or for the days of the rule, never handed over twice. Decision 0180. */
#ifndef TAMGA_MAIL_H
#define TAMGA_MAIL_H

#include "tamga/buf.h"
#include "tamga/clock.h"
#include "tamga/i18n.h"
#include "tamga/office.h"
#include "tamga/screen.h"
#include "tamga/store.h"

/* What a notice tells; the words stand in mail.done, in message ids (notice.<what>.subject, .text) and in the
 * Message-ID. For ever. */
/* clang-format off */
#define TG_NOTICES(X) \
	X(ACCEPTED, "accepted") X(NOT_ACCEPTED, "not-accepted") X(REFUSED, "refused") X(ISSUED, "issued") \
	X(DELIVERED, "delivered") X(REVOKED, "revoked") X(CONFIRMED, "confirmed") X(DECLINED, "declined")
/* clang-format on */
#define TG_NOTICE_ENUM(name, text) TG_NOTICE_##name,
enum tg_notice { TG_NOTICES(TG_NOTICE_ENUM) TG_NOTICE_COUNT };
#undef TG_NOTICE_ENUM
const char *tg_notice_name(enum tg_notice what);
int tg_notice_find(const char *name); /* -1 */
/* Every message id that a notice may need; NULL at the end. */
extern const char *const tg_mail_messages[];

/* An address as a person typed it, made fit for SMTP without extensions: local part as RFC 5321 dot-string, domain by
 * IDNA 2008 in A-labels. Nothing that could end a header line or an SMTP argument passes. TG_INVALID. */
#define TG_MAIL_ADDRESS 330
enum tg_status tg_mail_address(const char *typed, char out[TG_MAIL_ADDRESS]) TG_MUST_USE;

struct tg_mail_text {
	enum tg_notice what;
	const char *number, *to, *from; /* addresses from tg_mail_address */
	enum tg_lang lang;
	const char *provider, *service, *contact; /* sentences in that language */
	const char *ground;                       /* of a refusal, or "" */
	const char *promised, *place;             /* "22.11.2026 18:30", where; or "" */
	bool sandbox;
	int64_t date_ms;
};
/* The whole message with CRLF lines. The same number and `what` have the same Message-ID for ever. */
enum tg_status tg_mail_compose(
        const struct tg_mail_text *t, const struct tg_i18n *i18n, struct tg_buf *out) TG_MUST_USE;

struct tg_mail_settings {
	const char *url;       /* "smtp://mail.example.kz:587", "smtps://…" */
	const char *user_file; /* two lines, user and password; NULL: no login */
	const char *ca;        /* PEM of who may vouch for the server; NULL: the system's */
	const char *from;
	unsigned retry_ms;     /* first pause, doubled up to 60 times as much; 0: a minute */
	unsigned give_up_days; /* 0: five (RFC 5321 §4.5.4.1) */
};
/* TG_CONFIG: no SMTP URL; not TLS and not this machine itself (loopback needs none); a sender that is no address. */
enum tg_status tg_mail_settings_check(const struct tg_mail_settings *s, struct tg_error *err) TG_MUST_USE;

/* --- One message to the server */
enum tg_mail_fate {
	TG_MAIL_TAKEN,  /* the server answered for it */
	TG_MAIL_LATER,  /* nothing was taken; worth another try */
	TG_MAIL_NO,     /* refused for good: this address, this message */
	TG_MAIL_UNKNOWN /* all of it was handed over and no answer came: it may have been taken */
};
struct tg_mail_outcome {
	enum tg_mail_fate fate;
	bool server;   /* what failed is the server or the way to it, not this message */
	int reply;     /* the last SMTP reply, 0: none */
	char why[160]; /* for the log: own words and libcurl's, no address */
};
/* Called before the end of the message is handed over: from then on it may have been taken. Not TG_OK: it is broken
 * off, and was not taken. */
typedef enum tg_status tg_mail_handing(void *ctx);
/* Asked about every second: true ends what is under way. */
typedef bool tg_mail_stop(void *ctx);
struct tg_mail_way {
	tg_mail_handing *handing;
	tg_mail_stop *stop;
	void *ctx;
};
/* TG_CONFIG, TG_NO_MEMORY; else TG_OK and what became of it. */
enum tg_status tg_mail_send(const struct tg_mail_settings *s, const char *to, const struct tg_buf *message,
        const struct tg_mail_way *way, struct tg_mail_outcome *out, struct tg_error *err) TG_MUST_USE;

/* --- The notices of a centre */
struct tg_mailer;
struct tg_mailer_parts {
	const char *office, *replica; /* paths of office.db and centre.db: the mailer has connections of its own */
	struct tg_mail_settings settings;
	const struct tg_catalog *catalog;
	const struct tg_i18n *i18n;
	struct tg_clock clock;
	bool sandbox;
	tg_mail_stop *stop;
	void *ctx; /* of `stop` */
};
/* Opens; finds again what was under way when the last mailer ended: what may have been taken is not sent again but
 * recorded with the code TG_TIMEOUT. */
enum tg_status tg_mailer_create(
        struct tg_mailer **out, const struct tg_mailer_parts *p, struct tg_error *err) TG_MUST_USE;
void tg_mailer_destroy(struct tg_mailer *m);
/* One round: new entries of the journal are looked at; what is due is sent; what ended becomes a mail.done entry (code
 * 0; TG_MAIL given up or refused for good; TG_TIMEOUT unknown; TG_INVALID no address SMTP takes; TG_NOT_FOUND erased).
 * TG_OK also when the server could not be reached. */
enum tg_status tg_mailer_round(struct tg_mailer *m, struct tg_error *err) TG_MUST_USE;

#endif
