/* Whether a certificate was revoked, asked of others (NCA-V): the responder is openssl's own (openssl ocsp), lists are
 * made by openssl ca, certificates by openssl x509. Requirements NCA-V, C-5; RFC 6960, RFC 5280. */
#include "kit.h"

#include "certstatus.h"
#include "ossl.h"
#include "tamga/file.h"
#include <arpa/inet.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char folder[64];
static int server, responder, port, ocsp_port;

static const char *path(const char *name)
{
	return kit_path(folder, name);
}

/* Runs a line of the shell in the folder; what it said stands in the failure. */
static void run(const char *line)
{
	struct tg_buf out = TG_BUF_INIT;
	char command[4096];
	assert_true(snprintf(command, sizeof command, "cd %s && { %s; } 2>&1", folder, line) < (int)sizeof command);
	if (kit_run(&out, "sh", "-c", command, NULL) != 0)
		fail_msg("%s\n%s", line, tg_buf_str(&out));
	tg_buf_finish(&out);
}

static void make_issuers(void)
{
	run("for n in ca other; do openssl req -x509 -newkey rsa:2048 -nodes -keyout $n.key -out $n.pem -days 30 "
	    "-subj \"/CN=Outside $n\" -addext keyUsage=critical,keyCertSign,cRLSign; done");
	run("printf "
	    "'V\\t391231235959Z\\t\\t01\\tunknown\\t/CN=good\\nR\\t391231235959Z\\t260101000000Z\\t02\\tunknown\\t"
	    "/CN=bad\\n' >index.txt; printf 'unique_subject = no\\n' >index.txt.attr; echo 05 >crlnumber");
	run("printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index.txt\\ncrlnumber=crlnumber\\ndefault_md=sha256\\n"
	    "default_crl_days=1\\ncrl_extensions=e\\n[e]\\nauthorityKeyIdentifier=keyid\\n' >ca.cnf");
}

/* leaf NAME SERIAL ISSUER EXTENSIONS */
static void leaf(const char *name, int serial, const char *issuer, const char *extensions)
{
	char line[1024];
	(void)snprintf(line, sizeof line,
	        "printf '%s' >%s.ext; openssl req -newkey rsa:2048 -nodes -keyout %s.key -subj /CN=%s -out %s.csr && "
	        "openssl x509 -req -in %s.csr -CA %s.pem -CAkey %s.key -set_serial %d -days 20 -extfile %s.ext -out "
	        "%s.pem",
	        extensions, name, name, name, name, name, issuer, issuer, serial, name, name);
	run(line);
}

static void make_leaves(void)
{
	char addresses[256];
	(void)snprintf(addresses, sizeof addresses,
	        "authorityInfoAccess=OCSP;URI:http://127.0.0.1:%d/\\ncrlDistributionPoints=URI:http://127.0.0.1:%d/"
	        "list.der\\n",
	        ocsp_port, port);
	leaf("good", 1, "ca", addresses);
	leaf("bad", 2, "ca", addresses);
	leaf("nobodys", 3, "ca", addresses);
	leaf("elsewhere", 1, "other", addresses);
	leaf("responder", 40, "ca", "extendedKeyUsage=OCSPSigning\\n");
	leaf("noresponder", 41, "ca", "extendedKeyUsage=clientAuth\\n");
	leaf("foreign", 42, "other", "extendedKeyUsage=OCSPSigning\\n");
}

static void make_list(const char *options)
{
	char line[512];
	(void)snprintf(line, sizeof line,
	        "openssl ca -gencrl -config ca.cnf -keyfile ca.key -cert ca.pem -out list.pem %s && "
	        "openssl crl -in list.pem -outform DER -out list.der",
	        options);
	run(line);
}

static void nap(void)
{
	const struct timespec moment = {0, 50000000};
	nanosleep(&moment, NULL);
}

/* It serves one connection after the other, and ends at one that asks nothing. */
static bool is_waiting(void)
{
	struct tg_buf log = TG_BUF_INIT;
	bool is = tg_file_read(&log, path("ocsp.log"), 1 << 16, NULL) == TG_OK && strstr(tg_buf_str(&log), "waiting");
	tg_buf_finish(&log);
	return is;
}

static void stop_responder(void)
{
	if (responder > 0)
		kit_stop(responder);
	responder = 0;
}

/* openssl ocsp with this certificate and `minutes` until the answer ends; its key has the same name. */
static void start_responder(const char *signer, const char *minutes)
{
	char port_text[12], certificate[96], key[96], index[96], ca[96];
	stop_responder();
	(void)snprintf(port_text, sizeof port_text, "%d", ocsp_port);
	(void)snprintf(certificate, sizeof certificate, "%s/%s.pem", folder, signer);
	(void)snprintf(key, sizeof key, "%s/%s.key", folder, signer);
	(void)snprintf(index, sizeof index, "%s/index.txt", folder);
	(void)snprintf(ca, sizeof ca, "%s/ca.pem", folder);
	(void)remove(path("ocsp.log"));
	responder = kit_spawn(path("ocsp.log"), "openssl", "ocsp", "-port", port_text, "-index", index, "-CA", ca,
	        "-rsigner", certificate, "-rkey", key, "-nmin", minutes, "-ignore_err", NULL);
	for (int i = 0; i < 100 && !is_waiting(); i++)
		nap();
}

static int start(void **state)
{
	struct tg_buf text = TG_BUF_INIT;
	char port_file[96];
	(void)state;
	kit_folder(folder);
	(void)tg_copy(port_file, sizeof port_file, path("port"));
	server = kit_spawn(
	        path("server.log"), "python3", TAMGA_TESTS_DIR "/unit/pki/status_server.py", folder, port_file, NULL);
	for (int i = 0; i < 100 && access(port_file, R_OK) != 0; i++)
		nap();
	if (tg_file_read(&text, port_file, 16, NULL) != TG_OK)
		return -1;
	port = (int)strtol(tg_buf_str(&text), NULL, 10);
	tg_buf_finish(&text);
	ocsp_port = kit_free_port();
	make_issuers();
	make_leaves();
	make_list("");
	return 0;
}

static int end(void **state)
{
	(void)state;
	stop_responder();
	kit_stop(server);
	kit_folder_remove(folder);
	return 0;
}

/* --- Asking */

static struct tg_cert_status *open_with(const char *more)
{
	struct tg_cert_status *s = NULL;
	struct tg_error err = {0};
	char line[600], dir[96], cache[96];
	(void)snprintf(line, sizeof line,
	        "rm -rf issuers && mkdir issuers && cp ca.pem responder.pem issuers && printf 'certificate: "
	        "ca.pem\\n%s' >issuers/ca.yaml",
	        more);
	run(line);
	(void)tg_copy(dir, sizeof dir, path("issuers"));
	(void)tg_copy(cache, sizeof cache, path("cache"));
	if (tg_cert_status_open(&s, dir, cache, &err) != TG_OK)
		fail_msg("%s", tg_status_name(err.status));
	return s;
}

static int64_t now_ms(void)
{
	return (int64_t)time(NULL) * 1000;
}

static enum tg_status ask_at(struct tg_cert_status *s, const char *name, int64_t at_ms)
{
	struct tg_buf der = TG_BUF_INIT;
	struct tg_error err = {0};
	char file[32];
	(void)snprintf(file, sizeof file, "%s.pem", name);
	X509 *x = tg_pem_cert(path(file), &err);
	assert_non_null(x);
	assert_int_equal(TG_DER_ADD(X509, x, &der), TG_OK);
	enum tg_status status = tg_cert_status_ask(s, (struct tg_bytes){der.data, der.len}, at_ms, &err);
	X509_free(x);
	tg_buf_finish(&der);
	return status;
}

static enum tg_status ask(struct tg_cert_status *s, const char *name)
{
	return ask_at(s, name, now_ms());
}

static enum tg_status ask_once(const char *more, const char *name)
{
	struct tg_cert_status *s = open_with(more);
	enum tg_status status = ask(s, name);
	tg_cert_status_close(s);
	return status;
}

static char more_text[256];
static const char *ocsp_at(const char *place, bool list)
{
	int n = snprintf(more_text, sizeof more_text, "ocsp: http://127.0.0.1:%d%s\\n", port, place);
	if (list)
		(void)snprintf(
		        more_text + n, sizeof more_text - (size_t)n, "crl: http://127.0.0.1:%d/list.der\\n", port);
	return more_text;
}
static const char *list_at(const char *place)
{
	(void)snprintf(more_text, sizeof more_text, "crl: %s\\n", place);
	return more_text;
}
static const char *list_by_http(void)
{
	(void)snprintf(more_text, sizeof more_text, "crl: http://127.0.0.1:%d/list.der\\n", port);
	return more_text;
}
#define HOST "hosts: [127.0.0.1]\\n"

static void forget(void)
{
	run("rm -rf cache asked");
}

/* How often the server of this test was asked. */
static int asked(void)
{
	struct tg_buf log = TG_BUF_INIT;
	int n = 0;
	if (tg_file_read(&log, path("asked"), 1 << 20, NULL) == TG_OK)
		for (size_t i = 0; i < log.len; i++)
			n += log.data[i] == '\n';
	tg_buf_finish(&log);
	return n;
}

/* --- OCSP */

static void ocsp_says_good_revoked_unknown(void **state)
{
	(void)state;
	forget();
	start_responder("responder", "5");
	struct tg_cert_status *s = open_with(HOST);
	assert_int_equal(ask(s, "good"), TG_OK);
	assert_int_equal(ask(s, "bad"), TG_CERT_REVOKED);
	assert_int_equal(
	        ask(s, "nobodys"), TG_CERT_INVALID); /* the list, which does not know it either, is not asked */
	assert_int_equal(asked(), 0);
	assert_int_equal(ask(s, "elsewhere"), TG_NOT_FOUND);
	tg_cert_status_close(s);
}

static void the_issuer_itself_and_whom_it_named_may_answer(void **state)
{
	(void)state;
	forget();
	start_responder("ca", "5");
	assert_int_equal(ask_once(HOST, "good"), TG_OK);
	assert_int_equal(ask_once(HOST, "bad"), TG_CERT_REVOKED);
	start_responder("responder", "5");
	assert_int_equal(ask_once(HOST "responder: responder.pem\\n", "good"), TG_OK);
	assert_int_equal(asked(), 0); /* no list was needed */
}

static void nobody_else_may_answer(void **state)
{
	(void)state;
	static const char *const others[] = {"noresponder", "foreign", "other", "good"};
	run("mv list.der list.away");
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		forget();
		start_responder(others[i], "5");
		assert_int_equal(ask_once(HOST, "good"), TG_CERT_STATUS);
	}
	run("mv list.away list.der");
	assert_int_equal(ask_once(HOST, "good"), TG_OK); /* the list says it */
	assert_int_equal(ask_once(HOST, "bad"), TG_CERT_REVOKED);
}

static void an_answer_has_its_time(void **state)
{
	(void)state;
	forget();
	run("mv list.der list.away");
	start_responder("responder", "5");
	struct tg_cert_status *s = open_with(HOST);
	assert_int_equal(ask_at(s, "good", now_ms() + 9 * 60000), TG_OK);           /* within the clocks' difference */
	assert_int_equal(ask_at(s, "good", now_ms() + 11 * 60000), TG_CERT_STATUS); /* it has ended */
	tg_cert_status_close(s);
	s = open_with(HOST);
	assert_int_equal(ask_at(s, "good", now_ms() - 6 * 60000), TG_CERT_STATUS); /* not yet */
	tg_cert_status_close(s);
	run("mv list.away list.der");
}

/* Addresses in certificates are followed only where their host was named. */
static void no_host_is_asked_that_was_not_named(void **state)
{
	(void)state;
	forget();
	start_responder("responder", "5");
	assert_int_equal(ask_once("hosts: [ocsp.example.kz]\\n", "good"), TG_CERT_STATUS);
	assert_int_equal(asked(), 0);
}

static void an_old_answer_is_no_answer_again(void **state)
{
	(void)state;
	char line[400];
	forget();
	start_responder("responder", "60");
	(void)snprintf(line, sizeof line,
	        "openssl ocsp -issuer ca.pem -cert good.pem -url http://127.0.0.1:%d/ -respout replay -CAfile ca.pem "
	        "&& "
	        "openssl ocsp -issuer ca.pem -cert good.pem -no_nonce -url http://127.0.0.1:%d/ -respout bare -CAfile "
	        "ca.pem",
	        ocsp_port, ocsp_port);
	run(line);
	assert_int_equal(ask_once(ocsp_at("/replay", false), "good"), TG_CERT_STATUS);
	assert_int_equal(ask_once(ocsp_at("/bare", false), "good"), TG_CERT_STATUS);
	char more[300];
	(void)snprintf(more, sizeof more, "%snonce_optional: true\\n", ocsp_at("/bare", false));
	assert_int_equal(ask_once(more, "good"), TG_OK);         /* made beforehand, within its time */
	assert_int_equal(ask_once(more, "bad"), TG_CERT_STATUS); /* and about another certificate */
	(void)snprintf(more, sizeof more, "%snonce_optional: true\\n", ocsp_at("/replay", false));
	assert_int_equal(ask_once(more, "good"), TG_CERT_STATUS); /* a nonce that is another never fits */
}

static void what_is_no_answer_leads_to_the_list(void **state)
{
	(void)state;
	static const char *const places[] = {"/garbage", "/later", "/page", "/huge", "/nothing-there"};
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		forget();
		assert_int_equal(ask_once(ocsp_at(places[i], false), "good"), TG_CERT_STATUS);
		forget();
		assert_int_equal(ask_once(ocsp_at(places[i], true), "good"), TG_OK);
		assert_int_equal(ask_once(ocsp_at(places[i], true), "bad"), TG_CERT_REVOKED);
	}
}

/* Nobody waits for ever, neither for silence nor for a byte now and then; afterwards nobody is asked for a while. */
static void silence_ends(void **state)
{
	(void)state;
	char more[128];
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t n = sizeof a;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	(void)snprintf(more, sizeof more, "ocsp: http://127.0.0.1:%d/\\n", ntohs(a.sin_port));
	forget();
	time_t begin = time(NULL);
	struct tg_cert_status *s = open_with(more);
	int64_t at = now_ms();
	assert_int_equal(ask_at(s, "good", at), TG_CERT_STATUS);
	assert_true(time(NULL) - begin <= 8);
	begin = time(NULL);
	assert_int_equal(ask_at(s, "good", at + 9000), TG_CERT_STATUS);
	assert_true(time(NULL) - begin <= 1);
	tg_cert_status_close(s);
	close(fd);
	begin = time(NULL);
	assert_int_equal(ask_once(ocsp_at("/drip", false), "good"), TG_CERT_STATUS);
	assert_true(time(NULL) - begin <= 8);
}

/* --- Lists */

static void a_list_is_kept_until_it_ends(void **state)
{
	(void)state;
	forget();
	struct tg_cert_status *s = open_with(list_by_http());
	assert_int_equal(ask(s, "good"), TG_OK);
	assert_int_equal(ask(s, "bad"), TG_CERT_REVOKED);
	assert_int_equal(asked(), 1);
	tg_cert_status_close(s);
	s = open_with(list_by_http()); /* also over a start */
	assert_int_equal(ask(s, "bad"), TG_CERT_REVOKED);
	assert_int_equal(asked(), 1);
	run("mv list.der list.away");
	assert_int_equal(ask_at(s, "good", now_ms() + 2 * INT64_C(86400000)), TG_CERT_STATUS); /* it has ended */
	assert_int_equal(asked(), 2);
	tg_cert_status_close(s);
	run("mv list.away list.der");
}

static void a_list_never_goes_back(void **state)
{
	(void)state;
	forget();
	run("cp list.der older.der");
	make_list("");
	struct tg_cert_status *s = open_with(list_by_http());
	int64_t later = now_ms() + 2 * INT64_C(86400000);
	assert_int_equal(ask(s, "good"), TG_OK);
	tg_cert_status_close(s);
	run("printf 5 >crlnumber.5; echo 05 >crlnumber");
	make_list("-crldays 9"); /* good in two days, but with an older number */
	s = open_with(list_by_http());
	assert_int_equal(ask_at(s, "good", later), TG_CERT_STATUS);
	tg_cert_status_close(s);
	run("echo 20 >crlnumber");
	make_list("-crldays 9");
	s = open_with(list_by_http());
	assert_int_equal(ask_at(s, "good", later), TG_OK);
	tg_cert_status_close(s);
}

static void a_list_from_a_file_and_one_that_is_none(void **state)
{
	(void)state;
	forget();
	assert_int_equal(ask_once(list_at("../list.pem"), "bad"), TG_CERT_REVOKED);
	forget();
	assert_int_equal(ask_once(list_at("../list.der"), "good"), TG_OK);
	static const char *const made[] = {
	        "cp ca.pem wrong.der",
	        "printf 0 >wrong.der",
	        ": >wrong.der",
	        "{ cat list.der; printf x; } >wrong.der",
	        "{ head -c -1 list.der; printf '\\001'; } >wrong.der",
	        "openssl ca -gencrl -config ca.cnf -keyfile other.key -cert other.pem -out o.pem && openssl crl -in "
	        "o.pem -outform DER -out wrong.der",
	        "openssl ca -gencrl -config ca.cnf -keyfile other.key -cert other.pem -out o.pem && openssl crl -in "
	        "o.pem -out wrong.der",
	        "sed 's/^\\[e\\]/[e]\\nissuingDistributionPoint=critical,onlysomereasons:keyCompromise/' ca.cnf >p.cnf "
	        "&& "
	        "openssl ca -gencrl -config p.cnf -keyfile ca.key -cert ca.pem -out o.pem && openssl crl -in o.pem "
	        "-outform DER -out wrong.der",
	};
	for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
		forget();
		run(made[i]);
		if (ask_once(list_at("../wrong.der"), "good") != TG_CERT_STATUS)
			fail_msg("%s", made[i]);
	}
	forget();
	assert_int_equal(ask_once(list_at("../not-there.der"), "good"), TG_CERT_STATUS);
}

static void a_redirection_is_not_followed(void **state)
{
	(void)state;
	forget();
	(void)snprintf(more_text, sizeof more_text, "crl: http://127.0.0.1:%d/redirect\\n", port);
	assert_int_equal(ask_once(more_text, "good"), TG_CERT_STATUS);
	assert_int_equal(asked(), 1);
}

/* --- The folder */

static void a_mistake_in_the_folder_is_named(void **state)
{
	(void)state;
	struct tg_cert_status *s = NULL;
	struct tg_error err = {0};
	static const char *const texts[] = {"certificate: ca.pem\\n", "ocsp: http://x/\\n",
	        "certificate: ca.pem\\nocsp: https://x/\\n", "certificate: none.pem\\ncrl: x\\n",
	        "certificate: ca.pem\\ncrl: ftp://x/\\n", "certificate: ca.pem\\nanswer: x\\n"};
	char line[300], dir[96], cache[96];
	(void)tg_copy(dir, sizeof dir, path("issuers"));
	(void)tg_copy(cache, sizeof cache, path("cache"));
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		(void)snprintf(line, sizeof line,
		        "rm -rf issuers && mkdir issuers && cp ca.pem issuers && printf '%s' >issuers/ca.yaml",
		        texts[i]);
		run(line);
		if (tg_cert_status_open(&s, dir, cache, &err) == TG_OK)
			fail_msg("%s", texts[i]);
		assert_null(s);
	}
	run("rm -rf issuers && mkdir issuers");
	assert_int_equal(tg_cert_status_open(&s, dir, cache, &err), TG_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(ocsp_says_good_revoked_unknown),
	        cmocka_unit_test(the_issuer_itself_and_whom_it_named_may_answer),
	        cmocka_unit_test(nobody_else_may_answer),
	        cmocka_unit_test(an_answer_has_its_time),
	        cmocka_unit_test(no_host_is_asked_that_was_not_named),
	        cmocka_unit_test(an_old_answer_is_no_answer_again),
	        cmocka_unit_test(what_is_no_answer_leads_to_the_list),
	        cmocka_unit_test(silence_ends),
	        cmocka_unit_test(a_list_is_kept_until_it_ends),
	        cmocka_unit_test(a_list_never_goes_back),
	        cmocka_unit_test(a_list_from_a_file_and_one_that_is_none),
	        cmocka_unit_test(a_redirection_is_not_followed),
	        cmocka_unit_test(a_mistake_in_the_folder_is_named),
	};
	return cmocka_run_group_tests(tests, start, end);
}
