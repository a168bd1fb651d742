/* Settings with one mistake each: the person who mends kiosk.yaml or agent.yaml is told file, line and column.
 * Requirement K-12. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent.h"
#include "config.h"
#include "tamga/file.h"

#include <cmocka.h>

static const char kiosk_yaml[] = "# kiosk of a test\n"
                                 "kiosk: K01\n"
                                 "kiosk_no: 1\n"
                                 "database: /tmp/kiosk.db\n"
                                 "screens: screens\n"
                                 "locale: locale\n"
                                 "agent_socket: /tmp/agent.sock\n"
                                 "token_program: bin/tamga-token\n"
                                 "cmp:\n"
                                 "  trust: trust.pem\n"
                                 "  implicit_confirm: false\n"
                                 "may_quit: true\n"
                                 "idle_seconds: 90\n";

static const char agent_yaml[] = "kiosk: K01\n"
                                 "database: /tmp/kiosk.db\n"
                                 "poll_ms: 200\n"
                                 "centre:\n"
                                 "  url: https://localhost:8443\n"
                                 "  tls:\n"
                                 "    ca: ca.pem\n"
                                 "cmp:\n"
                                 "  endpoints:\n"
                                 "    - profile: nca-individual-sign\n"
                                 "      url: http://localhost:8080/cmp\n";

static enum tg_status load_kiosk(const char *path, struct tg_error *err)
{
	struct kiosk_config *c;
	enum tg_status status = kiosk_config_load(&c, path, err);
	assert_true((c != NULL) == (status == TG_OK));
	if (c)
		assert_string_equal(c->cmp.trust, "trust.pem");
	kiosk_config_free(c);
	return status;
}

static enum tg_status load_agent(const char *path, struct tg_error *err)
{
	struct tg_agent_config *c;
	enum tg_status status = tg_agent_config_load(&c, path, err);
	assert_true((c != NULL) == (status == TG_OK));
	if (c)
		assert_string_equal(c->cmp->endpoints[0].url, "http://localhost:8080/cmp");
	tg_agent_config_free(c);
	return status;
}

static const struct settings {
	const char *text;
	enum tg_status (*load)(const char *path, struct tg_error *err);
} kiosk = {kiosk_yaml, load_kiosk}, agent = {agent_yaml, load_agent};

/* The text with the first `from` replaced. */
static enum tg_status load(const struct settings *s, const char *from, const char *to, struct tg_error *err)
{
	char path[] = "/tmp/tamga-config-XXXXXX";
	struct tg_buf text = TG_BUF_INIT;
	const char *at = strstr(s->text, from);
	assert_non_null(at);
	tg_buf_addf(&text, "%.*s%s%s", (int)(at - s->text), s->text, to, at + strlen(from));
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(tg_file_write(path, text.data, text.len, 0600, err), TG_OK);
	*err = (struct tg_error){0};
	enum tg_status status = s->load(path, err);
	if (status != TG_OK)
		assert_string_equal(err->file, path);
	unlink(path);
	tg_buf_finish(&text);
	return status;
}

static void refused(const struct settings *s, const char *from, const char *to, int line, int column, const char *says)
{
	struct tg_error err;
	enum tg_status status = load(s, from, to, &err);
	if (status != TG_CONFIG || err.line != line || err.column != column || !strstr(err.detail, says))
		fail_msg("%s: %s at %d:%d: %s", to, tg_status_name(status), err.line, err.column, err.detail);
}

static void test_sound_settings_are_taken(void **state)
{
	(void)state;
	struct tg_error err;
	if (load(&kiosk, "K01", "K01", &err) != TG_OK || load(&agent, "K01", "K01", &err) != TG_OK)
		fail_msg("%d:%d: %s", err.line, err.column, err.detail);
}

static void test_k12_mistakes_in_kiosk_yaml_have_a_place(void **state)
{
	(void)state;
	refused(&kiosk, "database:", "databank:", 4, 1, "unknown key: 'databank'");
	refused(&kiosk, "  trust", "  thrust", 10, 3, "unknown key: 'thrust'");
	refused(&kiosk, "locale: locale\n", "", 2, 1, "a key is missing: 'locale'");
	refused(&kiosk, "  trust: trust.pem\n", "", 10, 3, "a key is missing: 'trust'");
	refused(&kiosk, "kiosk_no: 1", "kiosk_no: one", 3, 11, "whole number: 'one'");
	refused(&kiosk, "kiosk_no: 1", "kiosk_no: -1", 3, 11, "whole number: '-1'");
	refused(&kiosk, "kiosk_no: 1", "kiosk_no: 1048576", 3, 11, "kiosk_no");
	refused(&kiosk, "idle_seconds: 90", "idle_seconds: 4294967296", 13, 15, "whole number");
	refused(&kiosk, "may_quit: true", "may_quit: maybe", 12, 11, "true or false: 'maybe'");
	refused(&kiosk, "screens: screens", "screens:", 5, 9, "empty: 'screens'");
	refused(&kiosk, "screens: screens", "screens: [a]", 5, 10, "one value: 'screens'");
	refused(&kiosk, "kiosk: K01", "kiosk: \"K 01\"", 2, 8, "stream id");
	refused(&kiosk, "locale: locale", "locale: \"locale", 6, 9, "not valid YAML");
	refused(&kiosk, "locale: locale", "locale locale", 6, 1, "not valid YAML");
	refused(&kiosk, "locale: locale", "database: b", 6, 1, "'database' stands here a second time");
	refused(&kiosk, kiosk_yaml, "", 1, 1, "empty");
}

static void test_k12_mistakes_in_agent_yaml_have_a_place(void **state)
{
	(void)state;
	refused(&agent, "database:", "databank:", 2, 1, "unknown key: 'databank'");
	refused(&agent, "    ca:", "    cs:", 7, 5, "unknown key: 'cs'");
	refused(&agent, "      url: http://localhost:8080/cmp\n", "", 10, 7, "a key is missing: 'url'");
	refused(&agent, "poll_ms: 200", "poll_ms: soon", 3, 10, "whole number: 'soon'");
	refused(&agent, "https://", "http://", 5, 8, "https://");
	refused(&agent, "kiosk: K01", "kiosk: \"K 01\"", 1, 8, "stream id");
	refused(&agent, "centre:\n", "centre: near\n", 4, 9, "one line");
	refused(&agent, "  tls:\n    ca: ca.pem\n", "  tls: none\n", 6, 8, "group of keys: 'tls'");
	refused(&agent, "cmp:\n", "cmp: &c\n", 8, 6, "anchors");
}

static void test_no_file_is_told(void **state)
{
	(void)state;
	struct tg_error err;
	const struct settings *both[] = {&kiosk, &agent};
	for (size_t i = 0; i < 2; i++) {
		err = (struct tg_error){0};
		assert_int_equal(both[i]->load("/nowhere.yaml", &err), TG_CONFIG);
		assert_int_equal(err.status, TG_CONFIG);
		assert_string_equal(err.file, "/nowhere.yaml");
		assert_non_null(strstr(err.detail, "No such file"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_k12_mistakes_in_kiosk_yaml_have_a_place),
	        cmocka_unit_test(test_k12_mistakes_in_agent_yaml_have_a_place),
	        cmocka_unit_test(test_no_file_is_told),
	        cmocka_unit_test(test_sound_settings_are_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
