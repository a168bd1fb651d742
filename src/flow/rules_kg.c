/* Identifiers of Kyrgyzstan. Of none is a check digit published, so shape is all that stops anybody; a personal number
 * that does not look like a citizen's is only asked about, for foreigners have one too. */
#include "rules.h"

#define DIGITS "0123456789"

/* Letters and blanks in a number are taken out where the right number of digits remains. */
static const char *of_digits(const char *value, size_t n, const char *characters, const char *length, char *mend)
{
	size_t have = strlen(value);
	bool digits = strspn(value, DIGITS) == have;
	if (digits && have == n)
		return NULL;
	if (!digits && tg_mend_digits(value, mend) && strlen(mend) != n)
		mend[0] = '\0';
	return digits ? length : characters;
}

const char *tg_rule_kg_pin(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg, (void)v;
	const char *shape = of_digits(value, 14, "rule.kg-pin.characters", "rule.kg-pin.length", mend);
	if (shape)
		return shape;
	return tg_id_kg_pin(value) == TG_ID_ODD ? "rule.kg-pin.odd" : NULL;
}

const char *tg_rule_kg_inn(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg, (void)v;
	return of_digits(value, 14, "rule.kg-inn.characters", "rule.kg-inn.length", mend);
}

const char *tg_rule_kg_okpo(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg, (void)v;
	return of_digits(value, 8, "rule.kg-okpo.characters", "rule.kg-okpo.length", mend);
}

/* Series and number of a passport or an identity card of any country: what ICAO 9303 allows in a document number. */
const char *tg_rule_document_number(const char *value, const char *arg, const struct tg_rule_values *v, char *mend)
{
	(void)arg, (void)v;
	static const char allowed[] = DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz -";
	if (tg_rule_has_cyrillic(value)) {
		if (tg_mend_latin(value, mend) && mend[strspn(mend, allowed)] != '\0')
			mend[0] = '\0';
		return "rule.document-number.latin";
	}
	if (value[strspn(value, allowed)] != '\0')
		return "rule.document-number.characters";
	return strpbrk(value, DIGITS) ? NULL : "rule.document-number.digits";
}
