/* Addresses: from what people type to what SMTP takes. */
#include "tamga/mail.h"
#include "tamga/text.h"

#include <idn2.h>
#include <string.h>

#define LOCAL_MAX  64u  /* RFC 5321 §4.5.3.1.1 */
#define DOMAIN_MAX 253u /* RFC 1035 without the dot at the end */

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 5321 Dot-string: atoms of RFC 5322 atext between single dots. No quoted strings: nobody's mail needs them, and
 * they may hold anything. */
static bool is_local(const char *s, size_t n)
{
	if (n == 0 || n > LOCAL_MAX || s[0] == '.' || s[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_alnum(s[i]) && !(s[i] != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", s[i])))
			return false;
		if (s[i] == '.' && s[i + 1] == '.')
			return false;
	}
	return true;
}

static bool is_label(const char *s, size_t n)
{
	if (n == 0 || n > 63 || s[0] == '-' || s[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_alnum(s[i]) && s[i] != '-')
			return false;
	return true;
}

/* Two labels at least: mail to a bare word would stay on the server's own machine. */
static bool is_domain(const char *s)
{
	size_t labels = 0, n = strlen(s);
	if (n == 0 || n > DOMAIN_MAX)
		return false;
	while (*s) {
		n = strcspn(s, ".");
		if (!is_label(s, n))
			return false;
		labels++;
		if (s[n] == '.' && s[n + 1] == '\0')
			return false;
		s += s[n] ? n + 1 : n;
	}
	return labels >= 2;
}

enum tg_status tg_mail_address(const char *typed, char out[TG_MAIL_ADDRESS])
{
	char *ascii = NULL;
	const char *at = strrchr(typed, '@');
	out[0] = '\0';
	if (!at || !tg_utf8_valid(typed, strlen(typed)) || strlen(at + 1) > 4 * DOMAIN_MAX ||
	        !is_local(typed, (size_t)(at - typed)))
		return TG_INVALID;
	int rc = idn2_to_ascii_8z(at + 1, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	bool good = rc == IDN2_OK && is_domain(ascii);
	if (good)
		(void)snprintf(out, TG_MAIL_ADDRESS, "%.*s@%s", (int)(at - typed), typed, ascii);
	idn2_free(ascii);
	if (rc == IDN2_MALLOC)
		return TG_NO_MEMORY;
	return good ? TG_OK : TG_INVALID;
}
