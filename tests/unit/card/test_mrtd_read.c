/* Whole readings of another implementation's chip (src/vcard, which shares no code with src/card): every persona, both
 * ways in, what is proven by whom, and chips that misbehave at each command. Requirement K-4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "vchip.h"

struct reading {
	struct vchip chip;
	struct tg_mrtd_raw raw;
	struct tg_mrtd_person person;
	struct tg_mrtd_proof proof;
	struct tg_error err;
	unsigned steps; /* bit of each that was told */
};

static void note_step(enum tg_mrtd_step step, void *ctx)
{
	struct reading *r = ctx;
	assert_int_equal(r->steps >> step, 0); /* never back */
	r->steps |= 1u << step;
}

static enum tg_status read_as(struct reading *r, const struct tg_mrtd_access *access)
{
	const struct tg_apdu_port port = vchip_port(&r->chip);
	tg_vcard_reset(r->chip.card);
	r->chip.commands = 0;
	r->steps = 0;
	r->err = (struct tg_error){0};
	return tg_mrtd_read(&port, access, note_step, r, &r->raw, &r->err);
}

static void judge(struct reading *r)
{
	assert_int_equal(tg_mrtd_judge(&r->raw, vchip_trust(), vchip_now(), &r->person, &r->proof, &r->err), TG_OK);
}

static void finish(struct reading *r)
{
	tg_mrtd_raw_finish(&r->raw);
	vchip_finish(&r->chip);
}

static void check_person(const struct reading *r)
{
	const struct tg_vcard_person *p = &r->chip.persona.person;
	char want[128];
	assert_string_equal(r->person.mrz.number, p->document);
	assert_string_equal(r->person.mrz.birth, p->birth);
	assert_string_equal(r->person.mrz.expiry, p->expiry);
	assert_string_equal(r->person.mrz.nationality, p->nationality);
	assert_int_equal(r->person.mrz.sex, p->sex[0]);
	assert_int_equal(tg_mrz_transliterate(p->surname_latin, want, sizeof want), TG_OK);
	assert_memory_equal(want, r->person.mrz.surname, strlen(r->person.mrz.surname));
	assert_string_equal(r->person.iin, strcmp(p->nationality, "KAZ") == 0 ? p->iin : "");
}

/* Who is proven how: as the persona files say. */
static void test_personas(void **state)
{
	static const struct {
		const char *persona;
		bool pace;
		enum tg_status passive, active, chip;
		bool expired;
	} rows[] = {
	        {"aigul", false, TG_OK, TG_NOT_FOUND, TG_NOT_FOUND, false},
	        {"aizhan", true, TG_OK, TG_OK, TG_OK, false},
	        {"bakyt", true, TG_OK, TG_OK, TG_OK, false},
	        {"nurlan", true, TG_OK, TG_OK, TG_OK, false},
	        {"foreigner", true, TG_OK, TG_OK, TG_OK, false},
	        {"head", true, TG_OK, TG_NOT_FOUND, TG_NOT_FOUND, false},
	        {"minor", true, TG_OK, TG_OK, TG_NOT_FOUND, false},
	        {"sixteen", true, TG_OK, TG_OK, TG_OK, false},
	        {"long-names", true, TG_OK, TG_OK, TG_OK, false},
	        {"short-names", false, TG_OK, TG_NOT_FOUND, TG_NOT_FOUND, false},
	        {"expired", false, TG_OK, TG_NOT_FOUND, TG_NOT_FOUND, true},
	        {"old-signer", false, TG_DOC_SIGNER, TG_NOT_FOUND, TG_NOT_FOUND, false},
	        {"revoked", true, TG_DOC_SIGNER, TG_NOT_FOUND, TG_NOT_FOUND, false},
	        {"wrong-signer", true, TG_DOC_SIGNER, TG_OK, TG_NOT_FOUND, false},
	        {"tampered", true, TG_DOC_TAMPERED, TG_NOT_FOUND, TG_NOT_FOUND, false},
	        {"copied", true, TG_OK, TG_DOC_COPY, TG_DOC_COPY, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct reading r = {0};
		vchip_make(&r.chip, rows[i].persona);
		const struct tg_mrtd_access access = vchip_mrz(&r.chip);
		enum tg_status status = read_as(&r, &access);
		if (status != TG_OK)
			fail_msg("%s: %s", rows[i].persona, r.err.detail);
		assert_int_equal(r.steps, (1u << TG_MRTD_STEP_COUNT) - 1);
		assert_int_equal(r.raw.apdus, r.chip.commands);
		judge(&r);
		if (r.proof.passive != rows[i].passive || r.proof.active != rows[i].active ||
		        r.proof.chip != rows[i].chip)
			fail_msg("%s: %d %d %d %s", rows[i].persona, (int)r.proof.passive, (int)r.proof.active,
			        (int)r.proof.chip, r.proof.why);
		assert_int_equal(r.proof.pace, rows[i].pace);
		assert_int_equal(r.person.expired, rows[i].expired);
		assert_true(r.proof.signer[0] != 0);
		assert_int_equal(r.proof.why[0] != 0, r.proof.passive != TG_OK || r.proof.active == TG_DOC_COPY);
		if (strcmp(rows[i].persona, "tampered") != 0)
			check_person(&r);
		finish(&r);
	}
}

static void test_card_access_number(void **state)
{
	struct reading r = {0};
	(void)state;
	vchip_make(&r.chip, "bakyt");
	struct tg_mrtd_access access = vchip_can(&r.chip);
	assert_int_equal(read_as(&r, &access), TG_OK);
	assert_true(r.raw.pace);
	assert_true(r.raw.chip_authenticated);
	judge(&r);
	check_person(&r);
	tg_mrtd_raw_finish(&r.raw);
	access.number[5] ^= 1;
	assert_int_equal(read_as(&r, &access), TG_DOC_ACCESS);
	assert_int_equal(r.raw.dg1.len, 0);
	access.number[5] = 0; /* five digits */
	assert_int_equal(read_as(&r, &access), TG_INVALID);
	finish(&r);
	/* a chip that knows BAC only */
	vchip_make(&r.chip, "aigul");
	access = (struct tg_mrtd_access){.can = true, .number = "123456"};
	assert_int_equal(read_as(&r, &access), TG_DOC_ACCESS);
	finish(&r);
}

/* Wrong data is told from a wrong card. */
static void test_wrong_data(void **state)
{
	static const char *const personas[] = {"aigul", "bakyt"};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct reading r = {0};
		vchip_make(&r.chip, personas[i]);
		const struct tg_mrtd_access good = vchip_mrz(&r.chip);
		struct tg_mrtd_access number = good, birth = good, expiry = good;
		number.number[0] = number.number[0] == '9' ? '8' : '9';
		birth.birth[9] = birth.birth[9] == '9' ? '8' : '9';
		expiry.expiry[9] = expiry.expiry[9] == '9' ? '8' : '9';
		assert_int_equal(read_as(&r, &number), TG_DOC_ACCESS);
		assert_int_equal(read_as(&r, &birth), TG_DOC_ACCESS);
		assert_int_equal(read_as(&r, &expiry), TG_DOC_ACCESS);
		assert_int_equal(read_as(&r, &good), TG_OK);
		finish(&r);
	}
}

static enum tg_status foreign_card(void *ctx, struct tg_bytes command, struct tg_buf *answer, struct tg_error *err)
{
	static const uint8_t not_found[] = {0x6A, 0x82};
	(void)ctx, (void)command, (void)err;
	tg_buf_add(answer, not_found, sizeof not_found);
	return TG_OK;
}

static void test_wrong_card(void **state)
{
	const struct tg_apdu_port port = {foreign_card, NULL};
	const struct tg_mrtd_access access = {.number = "048315627", .birth = "1994-03-17", .expiry = "2031-06-13"};
	struct tg_mrtd_raw raw;
	struct tg_error err = {0};
	struct vchip key_card = {0};
	(void)state;
	assert_int_equal(tg_mrtd_read(&port, &access, NULL, NULL, &raw, &err), TG_DOC_NONE);
	assert_int_equal(err.status, TG_DOC_NONE);
	/* the same persona's card without its document: the key applet alone */
	vchip_make(&key_card, "aigul");
	tg_vcard_destroy(key_card.card);
	assert_int_equal(tg_vcard_create(&key_card.card, &key_card.persona, &err), TG_OK);
	const struct tg_apdu_port key_port = vchip_port(&key_card);
	assert_int_equal(tg_mrtd_read(&key_port, &access, NULL, NULL, &raw, &err), TG_DOC_NONE);
	vchip_finish(&key_card);
}

/* Pulled before each command: always said as such, nothing kept. */
static void test_pulled(void **state)
{
	struct reading r = {0};
	(void)state;
	vchip_make(&r.chip, "bakyt");
	const struct tg_mrtd_access access = vchip_mrz(&r.chip);
	assert_int_equal(read_as(&r, &access), TG_OK);
	unsigned all = r.raw.apdus;
	tg_mrtd_raw_finish(&r.raw);
	assert_true(all > 20);
	for (unsigned n = 1; n <= all; n++) {
		r.chip.pulled_at = n;
		assert_int_equal(read_as(&r, &access), TG_CARD_PULLED);
		assert_int_equal(r.raw.apdus, n);
		assert_int_equal(r.raw.dg1.len + r.raw.sod.len + r.raw.com.len, 0);
	}
	finish(&r);
}

static void set_answer(struct tg_buf *answer, const char *hex)
{
	uint8_t bytes[64];
	int n = tg_unhex(hex, bytes, sizeof bytes);
	tg_buf_reset(answer);
	tg_buf_add(answer, bytes, (size_t)n);
}

/* One answer of the reading spoilt, in one way. */
static const char *const plain_answers[] = {"6A82", "6982", "6F00", "9000", "", "90", "6100", "6C00", "6282", "AA9000"};
#define PLAIN  (sizeof plain_answers / sizeof plain_answers[0])
#define SPOILS (PLAIN + 6)

static void spoil(struct tg_buf *answer, size_t how)
{
	if (how < PLAIN) {
		set_answer(answer, plain_answers[how]);
		return;
	}
	switch (how - PLAIN) {
	case 0: /* cut in the middle */
		answer->len /= 2;
		break;
	case 1: /* the seal, or the last byte of what is there */
		if (answer->len > 2)
			answer->data[answer->len - 3] ^= 0x01;
		break;
	case 2: /* the first length */
		if (answer->len > 3)
			answer->data[1] ^= 0x7F;
		break;
	case 3: /* no end */
		if (answer->len > 3)
			answer->data[1] = 0x84;
		break;
	case 4: /* the longest there can be */
		tg_buf_reset(answer);
		for (size_t i = 0; i < 65536; i++)
			tg_buf_add_u8(answer, 0x30);
		tg_buf_add_u16(answer, 0x9000);
		break;
	default: /* longer than there can be */
		tg_buf_reset(answer);
		for (size_t i = 0; i < 70000; i++)
			tg_buf_add_u8(answer, 0x7F);
		break;
	}
}

static size_t spoil_how;
static void spoil_at(struct vchip *v, unsigned number, struct tg_bytes command, struct tg_buf *answer)
{
	(void)command;
	if (number == v->at)
		spoil(answer, spoil_how);
}

static bool named(enum tg_status status)
{
	return status == TG_OK || status == TG_DOC_READ || status == TG_DOC_ACCESS || status == TG_DOC_NONE;
}

/* Each command of two readings with each spoilt answer: a named end, and what is still read is judged no better than it
 * was: a spoilt chip never gains a proof. */
static void test_malformed(void **state)
{
	static const char *const personas[] = {"aigul", "bakyt"};
	unsigned failed = 0, runs = 0;
	(void)state;
	for (size_t p = 0; p < 2; p++) {
		struct reading r = {0};
		vchip_make(&r.chip, personas[p]);
		const struct tg_mrtd_access access = vchip_mrz(&r.chip);
		assert_int_equal(read_as(&r, &access), TG_OK);
		unsigned all = r.raw.apdus;
		tg_mrtd_raw_finish(&r.raw);
		r.chip.fault = spoil_at;
		for (unsigned n = 1; n <= all; n++) {
			for (spoil_how = 0; spoil_how < SPOILS; spoil_how++, runs++) {
				r.chip.at = n;
				enum tg_status status = read_as(&r, &access);
				if (!named(status))
					fail_msg("%s, command %u, spoil %zu: %d %s", personas[p], n, spoil_how,
					        (int)status, r.err.detail);
				failed += status != TG_OK;
				if (status == TG_OK)
					judge(&r);
				tg_mrtd_raw_finish(&r.raw);
				assert_true(r.chip.commands < 2000);
			}
		}
		finish(&r);
	}
	assert_true(failed > runs / 2);
}

/* A chip that knows short answers only, and says so in one of three ways. */
static unsigned short_limit;
static void short_only(struct vchip *v, unsigned number, struct tg_bytes command, struct tg_buf *answer)
{
	(void)number, (void)command;
	/* Only the protected reads get that long here. */
	if (v->at == 1 && answer->len > short_limit)
		set_answer(answer, "6700");
}

static void test_short_pieces(void **state)
{
	struct reading r = {0};
	struct tg_mrtd_raw whole;
	(void)state;
	vchip_make(&r.chip, "aigul");
	const struct tg_mrtd_access access = vchip_mrz(&r.chip);
	assert_int_equal(read_as(&r, &access), TG_OK);
	whole = r.raw;
	assert_true(r.chip.longest <= 258);
	r.raw = (struct tg_mrtd_raw){0};
	/* An error outside of secure messaging ends it: that is a reading that failed, not one that hangs. */
	r.chip.fault = short_only;
	r.chip.at = 1;
	short_limit = 100;
	assert_int_equal(read_as(&r, &access), TG_DOC_READ);
	tg_mrtd_raw_finish(&whole);
	finish(&r);
}

/* A DG15 that the signed list names and the chip hides: the question is not avoided by not showing the key. */
static void test_hidden_key(void **state)
{
	struct reading r = {0};
	(void)state;
	vchip_make(&r.chip, "bakyt");
	const struct tg_mrtd_access access = vchip_mrz(&r.chip);
	assert_int_equal(read_as(&r, &access), TG_OK);
	tg_buf_reset(&r.raw.dg15);
	tg_buf_reset(&r.raw.dg14);
	r.raw.chip_authenticated = false;
	judge(&r);
	assert_int_equal(r.proof.passive, TG_OK);
	assert_int_equal(r.proof.active, TG_DOC_COPY);
	assert_int_equal(r.proof.chip, TG_DOC_COPY);
	finish(&r);
}

/* What was read, with one thing changed afterwards. */
static void test_changed_after(void **state)
{
	static const struct {
		size_t file; /* offset of the buffer in the raw data */
		long at;     /* from the end when negative */
		enum tg_status passive, active;
	} rows[] = {
	        {offsetof(struct tg_mrtd_raw, dg15), -1, TG_DOC_TAMPERED, TG_DOC_COPY},
	        {offsetof(struct tg_mrtd_raw, dg14), -1, TG_DOC_TAMPERED, TG_OK},
	        {offsetof(struct tg_mrtd_raw, sod), -1, TG_DOC_TAMPERED, TG_OK},
	        {offsetof(struct tg_mrtd_raw, response), 5, TG_OK, TG_DOC_COPY},
	};
	struct reading r = {0};
	(void)state;
	vchip_make(&r.chip, "bakyt");
	const struct tg_mrtd_access access = vchip_mrz(&r.chip);
	assert_int_equal(read_as(&r, &access), TG_OK);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tg_buf *b = (struct tg_buf *)((char *)&r.raw + rows[i].file);
		uint8_t *byte = b->data + (rows[i].at < 0 ? (long)b->len + rows[i].at : rows[i].at);
		*byte ^= 0x01;
		judge(&r);
		*byte ^= 0x01;
		assert_int_equal(r.proof.passive, rows[i].passive);
		assert_int_equal(r.proof.active, rows[i].active);
	}
	r.raw.challenge[0] ^= 0x80; /* an old signature played back */
	judge(&r);
	assert_int_equal(r.proof.active, TG_DOC_COPY);
	finish(&r);
}

static int teardown(void **state)
{
	(void)state;
	vchip_remove_csca();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_personas),
	        cmocka_unit_test(test_card_access_number),
	        cmocka_unit_test(test_wrong_data),
	        cmocka_unit_test(test_wrong_card),
	        cmocka_unit_test(test_pulled),
	        cmocka_unit_test(test_malformed),
	        cmocka_unit_test(test_short_pieces),
	        cmocka_unit_test(test_hidden_key),
	        cmocka_unit_test(test_changed_after),
	};
	return cmocka_run_group_tests(tests, NULL, teardown);
}
