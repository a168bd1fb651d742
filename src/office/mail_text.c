/* The text of a notice: RFC 5322 header with RFC 2047 words, one plain-text part in UTF-8, sent as Base64 so that every
 * server takes it as it is. */
#include "tamga/mail.h"
#include "tamga/text.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WORD_BYTES 45 /* of UTF-8 in one encoded word: 60 characters of Base64 and 12 around them, at most 75 */
#define LINE_BYTES 57 /* in one line of the body: 76 characters */
#define PARAGRAPH  4096

#define NOTICE_NAME(name, text) [TG_NOTICE_##name] = (text),
static const char *const names[TG_NOTICE_COUNT] = {TG_NOTICES(NOTICE_NAME)};

#define NOTICE_MESSAGES(name, text) "notice." text ".subject", "notice." text ".text",
const char *const tg_mail_messages[] = {TG_NOTICES(NOTICE_MESSAGES) "notice.greeting", "notice.service",
        "notice.ground", "notice.promised", "notice.look", "notice.contact", "notice.automatic", "notice.sandbox",
        NULL};

const char *tg_notice_name(enum tg_notice what)
{
	return names[what];
}

int tg_notice_find(const char *name)
{
	for (int i = 0; i < TG_NOTICE_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static void add_base64(struct tg_buf *out, const char *bytes, size_t n)
{
	unsigned char text[4 * ((LINE_BYTES + 2) / 3) + 1];
	int len = EVP_EncodeBlock(text, (const unsigned char *)bytes, (int)n);
	tg_buf_add(out, text, len > 0 ? (size_t)len : 0);
}

/* How many bytes of `s` make one word without cutting a character. */
static size_t word_length(const char *s, size_t n)
{
	size_t at = 0, next;
	while (at < n && (next = tg_utf8_after(s, at)) <= WORD_BYTES && next > at)
		at = next;
	return at > 0 ? at : n < WORD_BYTES ? n : WORD_BYTES;
}

/* RFC 2047: whatever stands in `s`, only its own letters and "=?UTF-8?B?" come into the header. */
static void add_words(struct tg_buf *out, const char *s)
{
	size_t n = strlen(s);
	const char *fold = "";
	while (n > 0) {
		size_t len = word_length(s, n);
		tg_buf_addf(out, "%s=?UTF-8?B?", fold);
		add_base64(out, s, len);
		tg_buf_add_str(out, "?=");
		fold = "\r\n ";
		s += len;
		n -= len;
	}
}

static void add_date(struct tg_buf *out, int64_t ms)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {
	        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t seconds = (time_t)(ms / 1000);
	struct tm t = {0};
	if (!gmtime_r(&seconds, &t))
		return;
	tg_buf_addf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[t.tm_wday], t.tm_mday, months[t.tm_mon],
	        t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

/* Numbers are letters, digits and dashes; one of a foreign system may be anything. */
static void add_message_id(struct tg_buf *out, const struct tg_mail_text *t)
{
	const char *host = strrchr(t->from, '@');
	tg_buf_add_str(out, "Message-ID: <tamga.");
	for (const char *p = t->number; *p; p++) {
		bool plain =
		        (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') || *p == '-';
		if (plain)
			tg_buf_add_u8(out, (uint8_t)*p);
		else
			tg_buf_addf(out, "_%02x", (unsigned)(unsigned char)*p);
	}
	tg_buf_addf(out, ".%s@%s>\r\n", names[t->what], host ? host + 1 : "localhost");
}

static void add_header(struct tg_buf *out, const struct tg_mail_text *t, const char *subject)
{
	add_date(out, t->date_ms);
	tg_buf_add_str(out, "From: ");
	add_words(out, t->provider);
	tg_buf_addf(out, " <%s>\r\nTo: <%s>\r\nSubject: ", t->from, t->to);
	add_words(out, subject);
	tg_buf_add_str(out, "\r\n");
	add_message_id(out, t);
	tg_buf_addf(out,
	        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	        "Content-Transfer-Encoding: base64\r\nContent-Language: %s\r\n\r\n",
	        tg_lang_code(t->lang));
}

static void add_sentence(struct tg_buf *body, const struct tg_mail_text *t, const struct tg_i18n *i18n, const char *id)
{
	char filled[PARAGRAPH];
	tg_buf_addf(body, "%s\r\n\r\n",
	        tg_text_fill(filled, sizeof(filled), tg_text(i18n, t->lang, id), "number", t->number, "service",
	                t->service, "provider", t->provider, "ground", t->ground, "promised", t->promised, "place",
	                t->place, "contact", t->contact, NULL));
}

static void add_paragraphs(struct tg_buf *body, const struct tg_mail_text *t, const struct tg_i18n *i18n)
{
	char id[64];
	(void)snprintf(id, sizeof(id), "notice.%s.text", names[t->what]);
	if (t->sandbox)
		add_sentence(body, t, i18n, "notice.sandbox");
	add_sentence(body, t, i18n, "notice.greeting");
	add_sentence(body, t, i18n, id);
	add_sentence(body, t, i18n, "notice.service");
	if (*t->ground)
		add_sentence(body, t, i18n, "notice.ground");
	if (*t->promised)
		add_sentence(body, t, i18n, "notice.promised");
	add_sentence(body, t, i18n, "notice.look");
	add_sentence(body, t, i18n, "notice.contact");
	add_sentence(body, t, i18n, "notice.automatic");
}

static void add_body(struct tg_buf *out, const struct tg_buf *body)
{
	const char *text = tg_buf_str(body);
	for (size_t at = 0; at < body->len; at += LINE_BYTES) {
		size_t n = body->len - at < LINE_BYTES ? body->len - at : LINE_BYTES;
		add_base64(out, text + at, n);
		tg_buf_add_str(out, "\r\n");
	}
}

enum tg_status tg_mail_compose(const struct tg_mail_text *t, const struct tg_i18n *i18n, struct tg_buf *out)
{
	char id[64], subject[512];
	struct tg_buf body = TG_BUF_INIT;
	(void)snprintf(id, sizeof(id), "notice.%s.subject", names[t->what]);
	(void)tg_text_fill(subject, sizeof(subject), tg_text(i18n, t->lang, id), "number", t->number, NULL);
	add_header(out, t, subject);
	add_paragraphs(&body, t, i18n);
	enum tg_status st = tg_buf_status(&body);
	if (st == TG_OK)
		add_body(out, &body);
	tg_buf_wipe(&body);
	return st == TG_OK ? tg_buf_status(out) : st;
}
