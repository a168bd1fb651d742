#include "run.h"

struct kit k;

int run_start(void **state)
{
	(void)state;
	kit_start(&k);
	return 0;
}

int run_end(void **state)
{
	(void)state;
	kit_end(&k);
	return 0;
}

void run_init(struct run *r)
{
	memset(r, 0, sizeof *r);
	r->wire = (struct kit_wire){.ca = k.ca, .peer = "K01A-1"};
	r->config = kit_client(&k);
	r->key = kit_rsa();
	kit_spki(r->key, &r->spki);
}

void run_finish(struct run *r)
{
	tg_buf_finish(&r->crmf);
	tg_buf_finish(&r->spki);
	tg_cmp_result_finish(&r->result);
	kit_wire_finish(&r->wire);
	EVP_PKEY_free(r->key);
}

void make_request(struct run *r, unsigned number, const char *profile)
{
	const struct kit_request q = {.number = kit_number(number),
	        .profile = profile,
	        .storage = "1.2.398.3.3.5.2.1",
	        .person = &kit_aigul,
	        .key = r->key};
	kit_crmf(&k, &q, &r->crmf);
}

enum tg_status enrol(struct run *r)
{
	struct tg_cmp_transport t = kit_wire_port(&r->wire);
	tg_cmp_result_finish(&r->result);
	memset(&r->err, 0, sizeof r->err);
	return tg_cmp_enrol(&r->config, &t, "nca-individual-sign", kit_bytes(&r->crmf), kit_bytes(&r->spki),
	        r->received, r->received_ctx, &r->result, &r->err);
}

void expect(struct run *r, enum tg_status want)
{
	enum tg_status got = enrol(r);
	if (got != want)
		print_error("%s: %s / server %s: %s\n", tg_status_name(got), r->err.detail,
		        tg_status_name(r->wire.server.status), r->wire.server.detail);
	assert_int_equal(got, want);
}

enum tg_ca_state state_of(const char *serial)
{
	struct tg_ca_record rec = {0};
	assert_int_equal(k.store.find_by_serial(k.store.ctx, serial, &rec), TG_OK);
	enum tg_ca_state s = rec.state;
	tg_ca_record_finish(&rec);
	return s;
}

void forget_transactions(void)
{
	k.time.mono_ms += 120001;
	assert_int_equal(tg_ca_transactions(k.ca), 0);
}

enum tg_status known_key(struct run *r, struct tg_ca_record *rec)
{
	uint8_t hash[TG_HASH_LEN];
	unsigned int n = sizeof hash;
	assert_int_equal(EVP_Digest(r->spki.data, r->spki.len, hash, &n, EVP_sha256(), NULL), 1);
	return k.store.find_by_spki(k.store.ctx, hash, rec);
}

void expect_nothing_issued(struct run *r)
{
	struct tg_ca_record rec = {0};
	assert_int_equal(known_key(r, &rec), TG_NOT_FOUND);
}
