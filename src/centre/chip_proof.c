/* What is done on the spot rests on the chip of the identity card alone (K-4, NCA-9.1, NCA-9.R1): no clerk saw the
 * person and nothing was signed. What the kiosk wrote of the chip is looked at before a certificate is issued or taken
 * back. */
#include "centre.h"

#include <jansson.h>

/* `active` and `chip` may be "not offered": a card without such a key still proves by its signed data. */
static enum tg_status chip_proven(const json_t *document, struct tg_error *err)
{
	const json_t *passive = json_object_get(document, "passive");
	if (!json_is_object(document) || !json_is_integer(passive))
		return tg_error_set(err, TG_DOC_NONE, "no chip was read");
	if (json_integer_value(passive) != TG_OK)
		return json_integer_value(passive) == TG_DOC_TAMPERED
		               ? tg_error_set(err, TG_DOC_TAMPERED, "the chip's data are changed")
		               : tg_error_set(err, TG_DOC_SIGNER, "the chip's data are not proven");
	if (json_integer_value(json_object_get(document, "active")) == TG_DOC_COPY ||
	        json_integer_value(json_object_get(document, "chip")) == TG_DOC_COPY)
		return tg_error_set(err, TG_DOC_COPY, "the chip is a copy");
	return TG_OK;
}

/* The number certificates are compared with came from the chip, not from the keyboard. */
static bool iin_by_chip(const json_t *application)
{
	size_t i;
	const json_t *answer;
	const char *iin = tg_court_text(application, "iin");
	json_array_foreach(json_object_get(application, "answers"), i, answer)
	{
		if (iin[0] && strcmp(tg_court_text(answer, "value"), iin) == 0 &&
		        strcmp(tg_court_text(answer, "by"), "chip") == 0)
			return true;
	}
	return false;
}

enum tg_status tg_court_identified(const json_t *application, struct tg_error *err)
{
	const char *proof = tg_court_text(application, "proof");
	if (strcmp(proof, "desk") == 0 || strcmp(proof, "signature") == 0)
		return TG_OK;
	TG_TRY(chip_proven(json_object_get(application, "document"), err));
	return iin_by_chip(application) ? TG_OK : tg_error_set(err, TG_DOC_OTHER, "the IIN is not the chip's");
}
