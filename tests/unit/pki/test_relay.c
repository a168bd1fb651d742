/* C-4: relay mode, the CA elsewhere being a second CA in this process: what is revoked here is revoked there first, by
 * the centre's own certificate, and once; messages reach it byte for byte; what is down loses nothing. Faults first. */
#include "run.h"

#include <stdlib.h>
#include <string.h>

static struct tg_ca *far;
static struct tg_ca_memory *far_memory;
static struct tg_ca_store far_store;
static char far_dir[128], far_trust[128], ra_cert[256], ra_key[256];
static struct tg_error err;

/* The wire between the two. */
static struct {
	bool down, lose; /* lose: it has seen the message, its answer does not come */
	unsigned messages;
	struct tg_buf last, kept, garbage; /* kept: its first answer */
	const struct tg_buf *answer;       /* given instead of its own */
} between;

static enum tg_status exchange(
        void *ctx, const char *route, struct tg_bytes request, struct tg_buf *answer, struct tg_error *e)
{
	(void)ctx, (void)route;
	if (between.down)
		return tg_error_set(e, TG_CA_DOWN, "down");
	between.messages++;
	tg_buf_reset(&between.last);
	tg_buf_add(&between.last, request.data, request.len);
	enum tg_status status = tg_ca_cmp(far, NULL, request, answer, e);
	if (between.kept.len == 0)
		tg_buf_add(&between.kept, answer->data, answer->len);
	if (between.answer != NULL) {
		tg_buf_reset(answer);
		tg_buf_add(answer, between.answer->data, between.answer->len);
	}
	return between.lose ? tg_error_set(e, TG_CA_DOWN, "lost") : status;
}

static int start(void **state)
{
	struct tg_buf pem = TG_BUF_INIT;
	(void)state;
	kit_start(&k);
	kit_kiosk(&k, "R01-1", ra_cert, ra_key);
	(void)tg_copy(far_dir, sizeof far_dir, kit_path(k.dir, "far"));
	(void)tg_copy(far_trust, sizeof far_trust, kit_path(k.dir, "far.pem"));
	assert_int_equal(tg_ca_memory_create(&far_memory), TG_OK);
	far_store = tg_ca_memory_port(far_memory);
	struct tg_ca_config c = k.config;
	c.dir = far_dir;
	c.token_label = "far";
	c.year = 2031; /* another name */
	kit_stop_ca(&k);
	assert_int_equal(tg_ca_open(&far, &c, &far_store, &k.clock, &err), TG_OK);
	assert_int_equal(tg_ca_chain_pem(far, &pem), TG_OK);
	kit_write(far_trust, pem.data, pem.len);
	tg_buf_finish(&pem);
	k.config.outside = (struct tg_ca_outside){
	        .exchange = exchange, .trust_pem = far_trust, .cert_pem = ra_cert, .key_pem = ra_key};
	kit_open_ca(&k);
	return 0;
}

static int end(void **state)
{
	(void)state;
	tg_ca_close(far);
	tg_ca_memory_destroy(far_memory);
	tg_buf_finish(&between.last);
	tg_buf_finish(&between.kept);
	tg_buf_finish(&between.garbage);
	kit_end(&k);
	return 0;
}

static enum tg_ca_state state_there(const char *serial)
{
	struct tg_ca_record r;
	assert_int_equal(far_store.find_by_serial(far_store.ctx, serial, &r), TG_OK);
	enum tg_ca_state state = r.state;
	tg_ca_record_finish(&r);
	return state;
}

/* The kiosk trusts the chain of the CA elsewhere. */
static void ask_for(struct run *r, unsigned number)
{
	run_init(r);
	r->config.trust_pem = far_trust;
	make_request(r, number, "nca-individual-sign");
}

/* The wire of this test answers HTTP 400 for whatever the CA does not answer; what it was the CA says. */
static void fails(struct run *r, enum tg_status want)
{
	expect(r, TG_CA_GARBAGE);
	if (r->wire.server.status != want)
		fail_msg("%s", r->wire.server.detail);
}

static void c4_down_and_up_again(void **state)
{
	struct run r;
	(void)state;
	ask_for(&r, 501);
	between.down = true;
	fails(&r, TG_CA_DOWN);
	expect_nothing_issued(&r);
	between.down = false;
	expect(&r, TG_OK);
	assert_int_equal(state_of(r.result.serial), TG_CA_VALID);
	assert_int_equal(state_there(r.result.serial), TG_CA_VALID);
	/* The last message, certConf, went as the kiosk protected it. */
	assert_int_equal(r.wire.last_request.len, between.last.len);
	assert_memory_equal(r.wire.last_request.data, between.last.data, between.last.len);
	run_finish(&r);
}

static void c4_an_answer_that_is_lost(void **state)
{
	struct run r;
	(void)state;
	ask_for(&r, 502);
	between.lose = true;
	fails(&r, TG_CA_DOWN);
	expect_nothing_issued(&r); /* here: the CA there has issued it */
	between.lose = false;
	expect(&r, TG_OK); /* the same certificate */
	assert_int_equal(state_there(r.result.serial), TG_CA_VALID);
	run_finish(&r);
}

static void c4_the_gate_stands_before_it(void **state)
{
	struct run r;
	unsigned before = between.messages;
	(void)state;
	static const struct {
		enum tg_ca_standing standing;
		bool unpaid;
		enum tg_status want;
	} cases[] = {{TG_CA_WAITING, false, TG_NOT_DECIDED}, {TG_CA_ACCEPTED, true, TG_UNPAID},
	        {TG_CA_CLOSED, false, TG_CA_REFUSED}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ask_for(&r, 503);
		kit_applies(&k, kit_number(503), cases[i].standing, NULL, &kit_aigul)->unpaid = cases[i].unpaid;
		r.config.trust_pem = k.trust; /* the refusal is ours */
		expect(&r, cases[i].want);
		run_finish(&r);
	}
	assert_int_equal(between.messages, before);
}

static void c4_revoked_there_first_and_once(void **state)
{
	struct run r;
	(void)state;
	ask_for(&r, 504);
	expect(&r, TG_OK);
	between.down = true;
	assert_int_equal(tg_ca_revoke(k.ca, r.result.serial, 1, "", &err), TG_CA_DOWN);
	assert_int_equal(state_of(r.result.serial), TG_CA_VALID);
	between.down = false;
	/* It was revoked there, and this centre was killed before it came to write it down. */
	between.lose = true;
	assert_int_equal(tg_ca_revoke(k.ca, r.result.serial, 1, "", &err), TG_CA_DOWN);
	assert_int_equal(state_there(r.result.serial), TG_CA_REVOKED);
	assert_int_equal(state_of(r.result.serial), TG_CA_VALID);
	between.lose = false;
	assert_int_equal(tg_ca_revoke(k.ca, r.result.serial, 1, "", &err), TG_OK);
	assert_int_equal(state_of(r.result.serial), TG_CA_REVOKED);
	assert_int_equal(tg_ca_revoke(k.ca, r.result.serial, 1, "", &err), TG_INVALID);
	/* Neither our CRL nor our OCSP speaks of it: it is of another issuer. */
	struct tg_ca_published p = {0};
	assert_int_equal(tg_ca_publish(k.ca, TG_CA_LIST_RSA, &p, &err), TG_OK);
	assert_int_equal(p.count, 0);
	tg_ca_published_finish(&p);
	run_finish(&r);
}

static void c4_what_comes_back_is_looked_at(void **state)
{
	struct run r;
	(void)state;
	struct tg_buf pem = TG_BUF_INIT;
	/* A certificate that leads somewhere else. */
	kit_read(far_trust, &pem);
	struct tg_buf other = TG_BUF_INIT;
	kit_read(k.kiosk_ca, &other);
	kit_write(far_trust, other.data, other.len);
	ask_for(&r, 505);
	fails(&r, TG_CERT_INVALID);
	expect_nothing_issued(&r);
	run_finish(&r);
	kit_write(far_trust, pem.data, pem.len);
	tg_buf_finish(&pem);
	tg_buf_finish(&other);
	/* The answer to somebody else's request, and none. */
	ask_for(&r, 506);
	between.answer = &between.kept;
	fails(&r, TG_CERT_MISMATCH);
	tg_buf_add_str(&between.garbage, "garbage");
	between.answer = &between.garbage;
	fails(&r, TG_CA_GARBAGE);
	expect_nothing_issued(&r);
	between.answer = NULL;
	expect(&r, TG_OK);
	run_finish(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(c4_down_and_up_again),
	        cmocka_unit_test(c4_an_answer_that_is_lost),
	        cmocka_unit_test(c4_the_gate_stands_before_it),
	        cmocka_unit_test(c4_revoked_there_first_and_once),
	        cmocka_unit_test(c4_what_comes_back_is_looked_at),
	};
	return cmocka_run_group_tests(tests, start, end);
}
