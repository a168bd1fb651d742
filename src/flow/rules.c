/* Named rules of fields (NCA-V, P-7). Each says what is wrong in a sentence that also says how to mend it, and proposes
 * a value where it can. */
#include "rules.h"

#define IDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *iin_fault(enum tg_id_result r)
{
	static const char *const ids[] = {
	        [TG_ID_LENGTH] = "rule.iin.length",
	        [TG_ID_CHARACTERS] = "rule.iin.characters",
	        [TG_ID_CHECK_DIGIT] = "rule.iin.check-digit",
	        [TG_ID_NOT_PERSON] = "rule.iin.not-person",
	};
	return (size_t)r < sizeof ids / sizeof ids[0] ? ids[r] : NULL; /* odd is right: no test of the birth date */
}

static const char *check_iin(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg;
	if (tg_id_is_nca_test(value))
		return v->accept_nca_test_numbers ? NULL : "rule.iin.test-number";
	enum tg_id_result r = tg_id_iin(value);
	if ((r == TG_ID_CHARACTERS || r == TG_ID_LENGTH) && tg_mend_digits(value, mend) && strlen(mend) != 12)
		mend[0] = '\0';
	return iin_fault(r);
}

static const char *bin_fault(enum tg_id_result r)
{
	static const char *const ids[] = {
	        [TG_ID_LENGTH] = "rule.bin.length",
	        [TG_ID_CHARACTERS] = "rule.bin.characters",
	        [TG_ID_CHECK_DIGIT] = "rule.bin.check-digit",
	        [TG_ID_NOT_ENTITY] = "rule.bin.not-entity",
	};
	return (size_t)r < sizeof ids / sizeof ids[0] ? ids[r] : NULL;
}

static const char *check_bin(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg;
	if (tg_id_is_nca_test(value))
		return v->accept_nca_test_numbers ? NULL : "rule.bin.test-number";
	enum tg_id_result r = tg_id_bin(value);
	if ((r == TG_ID_CHARACTERS || r == TG_ID_LENGTH) && tg_mend_digits(value, mend) && strlen(mend) != 12)
		mend[0] = '\0';
	return bin_fault(r);
}

bool tg_rule_has_cyrillic(const char *value)
{
	for (const char *p = value, *end = value + strlen(value); p < end;)
		if (tg_is_cyrillic(tg_utf8_next(&p, end)))
			return true;
	return false;
}

static bool email_character(unsigned char ch)
{
	return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
	       strchr("!#$%&'*+-/=?^_`{|}~.", ch) != NULL;
}

/* local@domain with at least one dot in the domain (RFC 5321 without quoted parts, which nobody types at a kiosk). */
static bool email_shape(const char *value)
{
	const char *at = strchr(value, '@'), *dot = at ? strrchr(at, '.') : NULL;
	if (!at || at == value || strchr(at + 1, '@') || !dot || dot == at + 1 || dot[1] == '\0' || dot[2] == '\0')
		return false;
	if (strstr(value, "..") || value[0] == '.' || at[-1] == '.' || at[1] == '.' || at[1] == '-')
		return false;
	for (const char *p = value; *p != '\0'; p++)
		if (p != at && !email_character((unsigned char)*p))
			return false;
	return strspn(at + 1, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-") == strlen(at + 1);
}

static const char *check_email(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg, (void)v;
	if (tg_rule_has_cyrillic(value)) {
		if (tg_mend_latin(value, mend) && !email_shape(mend))
			mend[0] = '\0';
		return "rule.email.latin";
	}
	const char *at = strchr(value, '@');
	if (!email_shape(value))
		return "rule.email.shape";
	return strlen(value) > 254 || at - value > 64 ? "rule.email.long" : NULL;
}

static bool phone_shape(const char *value)
{
	const char *rest = value + (value[0] == '+');
	return strspn(rest, "0123456789 -()") == strlen(rest);
}

static size_t digits_of(const char *value, char digits[24])
{
	size_t n = 0;
	for (; *value != '\0'; value++)
		if (*value >= '0' && *value <= '9' && n++ < 23)
			digits[n - 1] = *value;
	digits[n < 23 ? n : 23] = '\0';
	return n;
}

/* A Kazakh number without its country code, or with the trunk 8: shown as it is dialled from anywhere. */
static void mend_phone(const char *value, char *mend)
{
	char text[TG_VALUE_MAX], d[24];
	if (!tg_mend_digits(value[0] == '+' ? value + 1 : value, text))
		return;
	size_t n = digits_of(text, d);
	const char *ten = n == 11 && (d[0] == '8' || d[0] == '7') ? d + 1 : n == 10 ? d : NULL;
	if (ten && ten[0] == '7')
		(void)snprintf(mend, TG_VALUE_MAX, "+7 %.3s %.3s %.2s %.2s", ten, ten + 3, ten + 6, ten + 8);
}

static const char *check_phone(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg, (void)v;
	char d[24];
	if (!phone_shape(value)) {
		mend_phone(value, mend);
		return "rule.phone.characters";
	}
	size_t n = digits_of(value, d);
	if (n >= 7 && n <= 15)
		return NULL;
	mend_phone(value, mend);
	return "rule.phone.length";
}

static bool range_of(const char *arg, long *min, long *max)
{
	char *end;
	if (!arg || arg[0] < '0' || arg[0] > '9')
		return false;
	*min = strtol(arg, &end, 10);
	if (end[0] != '.' || end[1] != '.' || end[2] < '0' || end[2] > '9')
		return false;
	*max = strtol(end + 2, &end, 10);
	return *end == '\0' && *min <= *max && *max < TG_VALUE_MAX;
}

static bool range_ok(const char *arg)
{
	long min, max;
	return range_of(arg, &min, &max);
}

static const char *check_length(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)v, (void)mend;
	long min, max, n = (long)tg_utf8_count(value);
	if (!range_of(arg, &min, &max))
		return NULL;
	if (n < min)
		return "rule.length.short";
	return n > max ? "rule.length.long" : NULL;
}

static bool is_letter(uint32_t cp)
{
	return tg_is_latin(cp) || tg_is_cyrillic(cp);
}

/* Letters and the characters of `more` (’ always, № with digits); `digits`: digits too. */
static bool only_words(const char *value, const char *more, bool digits)
{
	for (const char *p = value, *end = value + strlen(value); p < end;) {
		const char *at = p;
		uint32_t cp = tg_utf8_next(&p, end);
		char one[5] = "";
		memcpy(one, at, (size_t)(p - at));
		bool known = is_letter(cp) || (digits && cp >= '0' && cp <= '9') || (cp == 0x2019) ||
		             (digits && cp == 0x2116) || strstr(more, one) != NULL;
		if (!known)
			return false;
	}
	return true;
}

/* Begins with a letter where `start` says what is wrong otherwise. */
static const char *check_words(
        const char *value, const char *more, bool digits, const char *characters, const char *start)
{
	const char *first = value;
	if (start && !is_letter(tg_utf8_next(&first, value + strlen(value))))
		return start;
	return only_words(value, more, digits) ? NULL : characters;
}

static bool has_letter(const char *value)
{
	for (const char *p = value, *end = value + strlen(value); p < end;)
		if (is_letter(tg_utf8_next(&p, end)))
			return true;
	return false;
}

static const char *check_letters(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg, (void)v, (void)mend;
	return check_words(value, "-' .", false, "rule.letters.characters", "rule.letters.start");
}

static const char *check_place(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg, (void)v, (void)mend;
	return check_words(value, "-' .,()/", true, "rule.place.characters", NULL);
}

/* As the registers have them: with quotation marks of every kind. */
static const char *check_organisation(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg, (void)v, (void)mend;
	if (!only_words(value, "-' .,()/&+:;!@\"«»“”„–—", true))
		return "rule.organisation.characters";
	return has_letter(value) ? NULL : "rule.organisation.letters";
}

static const char *check_address(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg, (void)v, (void)mend;
	if (!only_words(value, "-' .,()/#:;\"«»“”„–—", true))
		return "rule.address.characters";
	return has_letter(value) ? NULL : "rule.address.letters";
}

static const char *check_one_script(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg, (void)v;
	bool latin = false, cyrillic = false;
	for (const char *p = value, *end = value + strlen(value); p < end;) {
		uint32_t cp = tg_utf8_next(&p, end);
		latin = tg_is_latin(cp) || (latin && is_letter(cp));
		cyrillic = tg_is_cyrillic(cp) || (cyrillic && is_letter(cp));
		if (latin && cyrillic) {
			(void)tg_mend_one_script(value, mend);
			return "rule.one-script.mixed";
		}
	}
	return NULL;
}

static bool allowed(const char *p, const char *end)
{
	char clean[16];
	size_t n = (size_t)(end - p);
	tg_text_clean(clean, sizeof clean, p, n, 4);
	return strlen(clean) == n && memcmp(clean, p, n) == 0;
}

static const char *check_no_control(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg, (void)v;
	size_t n = 0;
	for (const char *p = value, *end = value + strlen(value); p < end;) {
		const char *at = p;
		(void)tg_utf8_next(&p, end);
		if (allowed(at, p)) {
			memcpy(mend + n, at, (size_t)(p - at));
			n += (size_t)(p - at);
		}
	}
	mend[n] = '\0';
	if (n != strlen(value))
		return "rule.no-control.characters";
	mend[0] = '\0';
	return NULL;
}

bool tg_rule_any_argument(const char *arg)
{
	(void)arg;
	return true;
}

#define DATE_IDS "rule.date.none"

const struct tg_rule tg_flow_rules[] = {
        {.name = "iin",
                .check = check_iin,
                .messages = IDS("rule.iin.length", "rule.iin.characters", "rule.iin.check-digit", "rule.iin.not-person",
                        "rule.iin.test-number")},
        {.name = "bin",
                .check = check_bin,
                .messages = IDS("rule.bin.length", "rule.bin.characters", "rule.bin.check-digit", "rule.bin.not-entity",
                        "rule.bin.test-number")},
        {.name = "email",
                .check = check_email,
                .messages = IDS("rule.email.shape", "rule.email.latin", "rule.email.long")},
        {.name = "phone", .check = check_phone, .messages = IDS("rule.phone.characters", "rule.phone.length")},
        {.name = "length",
                .check = check_length,
                .arg_ok = range_ok,
                .messages = IDS("rule.length.short", "rule.length.long")},
        {.name = "letters", .check = check_letters, .messages = IDS("rule.letters.characters", "rule.letters.start")},
        {.name = "place", .check = check_place, .messages = IDS("rule.place.characters")},
        {.name = "organisation",
                .check = check_organisation,
                .messages = IDS("rule.organisation.characters", "rule.organisation.letters")},
        {.name = "address", .check = check_address, .messages = IDS("rule.address.characters", "rule.address.letters")},
        {.name = "one-script", .check = check_one_script, .messages = IDS("rule.one-script.mixed")},
        {.name = "no-control", .check = check_no_control, .messages = IDS("rule.no-control.characters")},
        {.name = "date", .check = tg_rule_date, .messages = IDS(DATE_IDS)},
        {.name = "past-date", .check = tg_rule_past_date, .messages = IDS(DATE_IDS, "rule.past-date.future")},
        {.name = "within_working_days",
                .check = tg_rule_within_working_days,
                .arg_ok = tg_rule_count_ok,
                .messages = IDS(DATE_IDS, "rule.past-date.future", "rule.working-days.late")},
        {.name = "age_at_least",
                .check = tg_rule_age_at_least,
                .arg_ok = tg_rule_count_ok,
                .messages = IDS(DATE_IDS, "rule.past-date.future", "rule.age.young")},
        {.name = "serial-hex",
                .check = tg_rule_serial_hex,
                .messages =
                        IDS("rule.serial.characters", "rule.serial.length", "rule.serial.odd", "rule.list.line-twice")},
        {.name = "domain",
                .check = tg_rule_domain,
                .arg_ok = tg_rule_any_argument,
                .messages = IDS("rule.domain.shape", "rule.domain.zone", "rule.domain.letters")},
        {.name = "domains",
                .check = tg_rule_domains,
                .arg_ok = tg_rule_any_argument,
                .messages =
                        IDS("rule.domain.shape", "rule.domain.zone", "rule.domain.letters", "rule.list.line-twice")},
        {.name = "pkcs10",
                .check = tg_rule_pkcs10,
                .arg_ok = tg_rule_any_argument,
                .messages = IDS("rule.pkcs10.none", "rule.pkcs10.weak", "rule.pkcs10.names")},
        {.name = "treasury-code",
                .check = tg_rule_treasury_code,
                .arg_ok = tg_rule_any_argument,
                .messages =
                        IDS("rule.treasury-code.characters", "rule.treasury-code.latin", "rule.treasury-code.unusual"),
                .warnings = IDS("rule.treasury-code.unusual")},
        {.name = "kg-pin",
                .check = tg_rule_kg_pin,
                .messages = IDS("rule.kg-pin.characters", "rule.kg-pin.length", "rule.kg-pin.odd"),
                .warnings = IDS("rule.kg-pin.odd")},
        {.name = "company",
                .check = tg_rule_company,
                .arg_ok = tg_rule_count_ok,
                .messages = IDS("rule.company.shape")},
        {.name = "kg-inn", .check = tg_rule_kg_inn, .messages = IDS("rule.kg-inn.characters", "rule.kg-inn.length")},
        {.name = "kg-okpo",
                .check = tg_rule_kg_okpo,
                .messages = IDS("rule.kg-okpo.characters", "rule.kg-okpo.length")},
        {.name = "document-number",
                .check = tg_rule_document_number,
                .messages = IDS("rule.document-number.latin", "rule.document-number.characters",
                        "rule.document-number.digits")},
        {.name = "treasury-role", .check = tg_rule_treasury_role, .messages = IDS("rule.treasury-role.shape")},
        {.name = NULL},
};

const struct tg_rule *tg_rule_find(const char *name, size_t len)
{
	for (const struct tg_rule *r = tg_flow_rules; r->name; r++)
		if (strlen(r->name) == len && memcmp(r->name, name, len) == 0)
			return r;
	return NULL;
}

bool tg_rule_only_warns(const struct tg_rule *r, const char *message)
{
	for (const char *const *w = r->warnings; w && *w; w++)
		if (strcmp(*w, message) == 0)
			return true;
	return false;
}
