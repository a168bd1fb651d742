/* NCA-9.R1: a revocation on the spot is executed for whom the chip names, and only when the chip was proven. Bodies as
 * record.h describes application.submitted. */
#include "centre.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define BODY(proof, document, by)                                                                                      \
	"{\"number\":\"K7M2-0001-0001\",\"operation\":\"revoke\",\"proof\":\"" proof "\",\"iin\":\"850101400001\","    \
	"\"bin\":\"\",\"serials\":[\"0a\"],\"answers\":[{\"field\":\"iin\",\"value\":\"850101400001\",\"by\":\"" by    \
	"\"},{\"field\":\"surname\",\"value\":\"A\",\"by\":\"person\"}]" document "}"
#define READ(passive, active, chip)                                                                                    \
	",\"document\":{\"access\":\"bac\",\"passive\":" passive ",\"active\":" active ",\"chip\":" chip "}"

static enum tg_status judged(const char *body)
{
	struct tg_error err = {0};
	json_t *o = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	enum tg_status status = tg_court_identified(o, &err);
	json_decref(o);
	return status;
}

static void r1_the_chip_was_not_read(void **state)
{
	(void)state;
	assert_int_equal(judged(BODY("chip", "", "person")), TG_DOC_NONE);
	assert_int_equal(judged(BODY("chip", "", "chip")), TG_DOC_NONE);
	assert_int_equal(judged(BODY("chip", ",\"document\":true", "chip")), TG_DOC_NONE);
	assert_int_equal(judged(BODY("chip", ",\"document\":{\"passive\":\"0\"}", "chip")), TG_DOC_NONE);
	assert_int_equal(judged(BODY("chip", ",\"document\":{\"active\":0}", "chip")), TG_DOC_NONE);
	assert_int_equal(judged("{}"), TG_DOC_NONE);
}

static void r1_the_chip_was_not_proven(void **state)
{
	(void)state;
	assert_int_equal(judged(BODY("chip", READ("223", "0", "0"), "chip")), TG_DOC_SIGNER);
	assert_int_equal(judged(BODY("chip", READ("224", "0", "0"), "chip")), TG_DOC_TAMPERED);
	assert_int_equal(judged(BODY("chip", READ("1", "0", "0"), "chip")), TG_DOC_SIGNER);
	assert_int_equal(judged(BODY("chip", READ("0", "225", "0"), "chip")), TG_DOC_COPY);
	assert_int_equal(judged(BODY("chip", READ("0", "0", "225"), "chip")), TG_DOC_COPY);
}

static void r1_the_number_is_not_the_chips(void **state)
{
	(void)state;
	assert_int_equal(judged(BODY("chip", READ("0", "0", "113"), "person")), TG_DOC_OTHER);
	assert_int_equal(judged("{\"proof\":\"chip\",\"iin\":\"850101400001\",\"document\":{\"passive\":0},\"answers\":"
	                        "[{\"field\":\"iin\",\"value\":\"850101300015\",\"by\":\"chip\"}]}"),
	        TG_DOC_OTHER);
	assert_int_equal(judged("{\"proof\":\"chip\",\"iin\":\"\",\"document\":{\"passive\":0},\"answers\":"
	                        "[{\"field\":\"iin\",\"value\":\"\",\"by\":\"chip\"}]}"),
	        TG_DOC_OTHER);
}

static void r1_proven(void **state)
{
	(void)state;
	assert_int_equal(
	        judged(BODY("chip", READ("0", "113", "113"), "chip")), TG_OK); /* 113: the card has no such key */
	assert_int_equal(judged(BODY("chip", READ("0", "0", "0"), "chip")), TG_OK);
	assert_int_equal(judged(BODY("", READ("0", "0", "0"), "person")), TG_DOC_OTHER); /* no way named: the same */
}

/* The clerk saw the papers; the signature was judged. */
static void r1_other_proofs_need_no_chip(void **state)
{
	(void)state;
	assert_int_equal(judged(BODY("desk", "", "person")), TG_OK);
	assert_int_equal(judged(BODY("signature", "", "certificate")), TG_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(r1_the_chip_was_not_read),
	        cmocka_unit_test(r1_the_chip_was_not_proven),
	        cmocka_unit_test(r1_the_number_is_not_the_chips),
	        cmocka_unit_test(r1_proven),
	        cmocka_unit_test(r1_other_proofs_need_no_chip),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
