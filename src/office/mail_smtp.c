/* One message to an SMTP server through libcurl. */
#include "tamga/file.h"
#include "tamga/mail.h"
#include "tamga/secret.h"
#include "tamga/text.h"

#include <curl/curl.h>
#include <string.h>

/* RFC 5321 §4.5.3.2: ten minutes for the answer to the end of a message. Less would make more doubt, not less waiting.
 */
#define ANSWER_SECONDS     600L
#define CONNECT_TIMEOUT_MS 30000L
#define URL_MAX            512u

struct sending {
	const struct tg_buf *message;
	size_t at;
	const struct tg_mail_way *way;
	bool recipient; /* the server was asked about the address: what it says from now on is about this message */
	bool handed;
};

static bool is_loopback(const char *host, size_t n)
{
	static const char *const own[] = {"localhost", "[::1]"};
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strlen(own[i]) == n && strncasecmp(own[i], host, n) == 0)
			return true;
	return n > 4 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") >= n;
}

/* Where the host begins and how long it is; false for what is no SMTP URL. A name in it would be a login in the clear
 * in the list of processes. */
static bool find_host(const char *url, const char **host, size_t *n)
{
	*host = strncmp(url, "smtp://", 7) == 0 ? url + 7 : strncmp(url, "smtps://", 8) == 0 ? url + 8 : NULL;
	if (!*host || strlen(url) > URL_MAX || strpbrk(url, "@\r\n\t ?#"))
		return false;
	*n = **host == '[' ? strcspn(*host, "]") + 1 : strcspn(*host, ":/");
	return *n > 0 && *n <= strlen(*host);
}

enum tg_status tg_mail_settings_check(const struct tg_mail_settings *s, struct tg_error *err)
{
	const char *host = NULL;
	size_t n = 0;
	char address[TG_MAIL_ADDRESS];
	if (!s->url || !find_host(s->url, &host, &n))
		return tg_error_set(err, TG_CONFIG, "--smtp: smtp://HOST:PORT or smtps://HOST:PORT expected");
	if (!s->from || tg_mail_address(s->from, address) != TG_OK || strcmp(address, s->from) != 0)
		return tg_error_set(err, TG_CONFIG, "--mail-from: an address of letters that SMTP takes is expected");
	return TG_OK;
}

static bool needs_tls(const struct tg_mail_settings *s)
{
	const char *host = NULL;
	size_t n = 0;
	return !find_host(s->url, &host, &n) || !is_loopback(host, n);
}

/* --- What libcurl asks back */

static size_t give(char *out, size_t size, size_t n, void *ctx)
{
	struct sending *s = ctx;
	size_t left = s->message->len - s->at, room = size * n;
	if (left == 0) {
		/* After this libcurl writes the dot that ends the message. */
		if (s->way->handing(s->way->ctx) != TG_OK)
			return CURL_READFUNC_ABORT;
		s->handed = true;
		return 0;
	}
	if (left < room)
		room = left;
	memcpy(out, s->message->data + s->at, room);
	s->at += room;
	return room;
}

static int see_command(CURL *c, curl_infotype type, char *bytes, size_t n, void *ctx)
{
	struct sending *s = ctx;
	(void)c;
	if (type == CURLINFO_HEADER_OUT && n >= 5 && strncasecmp(bytes, "RCPT ", 5) == 0)
		s->recipient = true;
	return 0;
}

static int look_around(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct sending *s = ctx;
	(void)a, (void)b, (void)c, (void)d;
	return s->way->stop && s->way->stop(s->way->ctx) ? 1 : 0;
}

/* --- Settings */

static bool set_text(CURL *c, CURLoption option, const char *value)
{
	return curl_easy_setopt(c, option, value) == CURLE_OK;
}

static bool set_number(CURL *c, CURLoption option, long value)
{
	return curl_easy_setopt(c, option, value) == CURLE_OK;
}

static bool set_security(CURL *c, const struct tg_mail_settings *s)
{
	bool ok = set_text(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps") && set_text(c, CURLOPT_PROXY, "") &&
	          set_number(c, CURLOPT_USE_SSL, needs_tls(s) ? CURLUSESSL_ALL : CURLUSESSL_NONE) &&
	          set_number(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	return ok && (!s->ca || (set_text(c, CURLOPT_CAPATH, NULL) && set_text(c, CURLOPT_CAINFO, s->ca)));
}

static bool set_work(CURL *c, struct sending *s)
{
	return set_number(c, CURLOPT_NOSIGNAL, 1) && set_number(c, CURLOPT_UPLOAD, 1) &&
	       set_number(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS) &&
	       set_number(c, CURLOPT_SERVER_RESPONSE_TIMEOUT, ANSWER_SECONDS) &&
	       set_number(c, CURLOPT_FORBID_REUSE, 1) && curl_easy_setopt(c, CURLOPT_READFUNCTION, give) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_READDATA, s) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, see_command) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_DEBUGDATA, s) == CURLE_OK && set_number(c, CURLOPT_VERBOSE, 1) &&
	       curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look_around) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_XFERINFODATA, s) == CURLE_OK && set_number(c, CURLOPT_NOPROGRESS, 0);
}

/* The password's line of the file, as a secret of its own. */
static enum tg_status read_login(
        const char *path, struct tg_buf *user, struct tg_secret *password, struct tg_error *err)
{
	struct tg_buf b = TG_BUF_INIT;
	enum tg_status st = tg_file_read(&b, path, 1024, err);
	const char *text = tg_buf_str(&b);
	size_t n = strcspn(text, "\r\n"), gap = strspn(text + n, "\r\n"), m = strcspn(text + n + gap, "\r\n");
	if (st == TG_OK && (n == 0 || m == 0 || !tg_secret_append(password, text + n + gap, m)))
		st = tg_error_at(err, TG_CONFIG, path, 1, 0, "two lines expected: user, password of at most %d bytes",
		        TG_SECRET_MAX);
	if (st == TG_OK)
		tg_buf_add(user, text, n);
	tg_buf_wipe(&b);
	return st == TG_OK ? tg_buf_status(user) : st;
}

static enum tg_status set_login(CURL *c, const struct tg_mail_settings *s, struct tg_error *err)
{
	struct tg_buf user = TG_BUF_INIT;
	struct tg_secret *password = NULL;
	if (!s->user_file)
		return TG_OK;
	TG_TRY(tg_secret_create(&password));
	enum tg_status st = read_login(s->user_file, &user, password, err);
	if (st == TG_OK && (!set_text(c, CURLOPT_USERNAME, tg_buf_str(&user)) ||
	                           !set_text(c, CURLOPT_PASSWORD, (const char *)tg_secret_peek(password))))
		st = tg_error_set(err, TG_NO_MEMORY, "smtp login");
	tg_secret_destroy(password);
	tg_buf_finish(&user);
	return st;
}

/* --- What became of it */

static enum tg_mail_fate judge(const struct sending *s, CURLcode code, long reply)
{
	if (code == CURLE_OK)
		return TG_MAIL_TAKEN;
	/* 354 asked for the message: a later number is the answer to all of it. */
	if (s->handed && reply < 400)
		return TG_MAIL_UNKNOWN;
	return s->recipient && reply >= 500 && reply < 600 ? TG_MAIL_NO : TG_MAIL_LATER;
}

static void tell(const struct sending *s, CURLcode code, long reply, struct tg_mail_outcome *out)
{
	*out = (struct tg_mail_outcome){.fate = judge(s, code, reply), .reply = (int)reply};
	/* An answer about the address or the message speaks of them alone; anything else will befall the next one too.
	 */
	out->server = out->fate != TG_MAIL_TAKEN && !(s->recipient && reply >= 400);
	if (code != CURLE_OK)
		(void)snprintf(out->why, sizeof(out->why), "%s, reply %ld", curl_easy_strerror(code), reply);
}

static bool set_message(CURL *c, const struct tg_mail_settings *s, const char *to, struct curl_slist **list)
{
	*list = curl_slist_append(NULL, to);
	return *list && set_text(c, CURLOPT_URL, s->url) && set_text(c, CURLOPT_MAIL_FROM, s->from) &&
	       curl_easy_setopt(c, CURLOPT_MAIL_RCPT, *list) == CURLE_OK;
}

enum tg_status tg_mail_send(const struct tg_mail_settings *s, const char *to, const struct tg_buf *message,
        const struct tg_mail_way *way, struct tg_mail_outcome *out, struct tg_error *err)
{
	struct sending sending = {.message = message, .way = way};
	struct curl_slist *list = NULL;
	CURL *c = curl_easy_init();
	*out = (struct tg_mail_outcome){.fate = TG_MAIL_LATER, .server = true};
	bool ready = c && set_security(c, s) && set_work(c, &sending) && set_message(c, s, to, &list);
	enum tg_status st =
	        ready ? set_login(c, s, err) : tg_error_set(err, TG_CONFIG, "smtp: libcurl lacks what is needed");
	if (st == TG_OK) {
		long reply = 0;
		CURLcode code = curl_easy_perform(c);
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &reply);
		tell(&sending, code, reply, out);
	}
	curl_slist_free_all(list);
	if (c)
		curl_easy_cleanup(c);
	return st;
}
