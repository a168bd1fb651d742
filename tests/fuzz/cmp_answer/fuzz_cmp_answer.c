/* Bytes from a CA into the kiosk's client, under both kinds of protection: never a certificate, always a named failure,
 * and no byte in the detail that a terminal would obey. */
#include "kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct {
	char dir[64], ca[128], ca_key[128], secret[128];
	struct kit k; /* folder, names and profiles only */
	struct tg_buf crmf, spki;
} w;

static void stop(void)
{
	tg_profiles_destroy(w.k.profiles);
	tg_buf_finish(&w.crmf);
	tg_buf_finish(&w.spki);
	kit_folder_remove(w.dir);
}

static void start(void)
{
	struct tg_error err = {0};
	kit_folder(w.dir);
	(void)atexit(stop);
	(void)snprintf(w.ca, sizeof w.ca, "%s/ca.pem", w.dir);
	(void)snprintf(w.ca_key, sizeof w.ca_key, "%s/ca.key", w.dir);
	(void)snprintf(w.secret, sizeof w.secret, "%s/secret", w.dir);
	kit_write(w.secret, "secret", 6);
	w.k.time.wall_ms = KIT_NOW_MS;
	w.k.clock = kit_clock_port(&w.k.time);
	assert_int_equal(tg_channel_ca_create(w.ca, w.ca_key, "Tamga kiosks", KIT_NOW_MS, &err), TG_OK);
	assert_int_equal(tg_profiles_load(&w.k.profiles, TAMGA_SOURCE_DIR "/screens/profiles", &err), TG_OK);
	EVP_PKEY *key = kit_rsa();
	const struct kit_request q = {
	        .number = kit_number(1), .profile = "nca-individual-sign", .person = &kit_aigul, .key = key};
	kit_crmf(&w.k, &q, &w.crmf);
	kit_spki(key, &w.spki);
	EVP_PKEY_free(key);
}

static enum tg_status answer_with(void *ctx, const char *endpoint, struct tg_bytes request, struct tg_buf *answer,
        int timeout_ms, struct tg_error *err)
{
	const struct tg_bytes *in = ctx;
	(void)endpoint, (void)request, (void)timeout_ms, (void)err;
	tg_buf_add(answer, in->data, in->len);
	return TG_OK;
}

static void check(enum tg_status status, const struct tg_error *err)
{
	if (status == TG_OK || status == TG_BUG || err->status != status)
		abort();
	for (const char *c = err->detail; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_bytes in = {data, n};
	const struct tg_cmp_transport t = {answer_with, &in};
	struct tg_cmp_result result;
	struct tg_error err;
	if (w.crmf.len == 0)
		start();
	const struct tg_cmp_config config[2] = {
	        {.trust_pem = w.ca, .cert_pem = w.ca, .key_pem = w.ca_key, .timeout_ms = 1000, .clock = &w.k.clock},
	        {.trust_pem = w.ca,
	                .secret_ref = "kiosk",
	                .secret_file = w.secret,
	                .timeout_ms = 1000,
	                .clock = &w.k.clock}};
	for (unsigned i = 0; i < 2; i++) {
		memset(&err, 0, sizeof err);
		check(tg_cmp_enrol(
		              &config[i], &t, "", kit_bytes(&w.crmf), kit_bytes(&w.spki), NULL, NULL, &result, &err),
		        &err);
		tg_cmp_result_finish(&result);
	}
	return 0;
}
