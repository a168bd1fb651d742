#include "kit.h"

#include "profile.h"
#include "tamga/gost.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <openssl/crmf.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- Folders and programs */
void kit_folder(char out[64])
{
	(void)tg_copy(out, 64, "/tmp/tamga-pki-XXXXXX");
	assert_non_null(mkdtemp(out));
}

void kit_folder_remove(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	while (d != NULL && (e = readdir(d)) != NULL) {
		char path[512];
		struct stat st;
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
			kit_folder_remove(path);
		else
			(void)unlink(path);
	}
	if (d != NULL)
		(void)closedir(d);
	(void)rmdir(folder);
}

const char *kit_path(const char *folder, const char *name)
{
	static char paths[16][300];
	static unsigned next;
	char *p = paths[next++ % 16];
	(void)snprintf(p, sizeof paths[0], "%s/%s", folder, name);
	return p;
}

void kit_write(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

void kit_read(const char *path, struct tg_buf *out)
{
	char chunk[4096];
	size_t n;
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		tg_buf_add(out, chunk, n);
	assert_int_equal(fclose(f), 0);
}

static int launch(int out_fd, const char *program, va_list args)
{
	char *argv[40] = {(char *)(uintptr_t)program};
	unsigned n = 1;
	while (n < 39 && (argv[n] = va_arg(args, char *)) != NULL)
		n++;
	int pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* A test that fails leaves no server behind. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(out_fd, 1);
		(void)dup2(out_fd, 2);
		/* A sanitizer library that was preloaded for us is no business of theirs. */
		(void)unsetenv("LD_PRELOAD");
		(void)execvp(program, argv);
		_exit(127);
	}
	return pid;
}

int kit_run(struct tg_buf *out, const char *program, ...)
{
	int pipe_fd[2], status = 0;
	char chunk[4096];
	ssize_t n;
	va_list args;
	assert_int_equal(pipe2(pipe_fd, O_CLOEXEC), 0);
	va_start(args, program);
	int pid = launch(pipe_fd[1], program, args);
	va_end(args);
	(void)close(pipe_fd[1]);
	while ((n = read(pipe_fd[0], chunk, sizeof chunk)) > 0)
		if (out != NULL)
			tg_buf_add(out, chunk, (size_t)n);
	(void)close(pipe_fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int kit_spawn(const char *log, const char *program, ...)
{
	va_list args;
	int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	va_start(args, program);
	int pid = launch(fd, program, args);
	va_end(args);
	(void)close(fd);
	return pid;
}

void kit_stop(int pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
}

int kit_free_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	(void)close(fd);
	return ntohs(a.sin_port);
}

/* --- Time */
static int64_t wall(void *ctx)
{
	return ((struct kit_clock *)ctx)->wall_ms;
}

static int64_t mono(void *ctx)
{
	return ((struct kit_clock *)ctx)->mono_ms;
}

struct tg_clock kit_clock_port(struct kit_clock *c)
{
	return (struct tg_clock){wall, mono, c};
}

/* --- CA */
static void softhsm(const struct kit *k)
{
	char text[512];
	(void)mkdir(kit_path(k->dir, "tokens"), 0700);
	int n = snprintf(text, sizeof text,
	        "directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n", k->dir);
	kit_write(kit_path(k->dir, "softhsm2.conf"), text, (size_t)n);
	assert_int_equal(setenv("SOFTHSM2_CONF", kit_path(k->dir, "softhsm2.conf"), 1), 0);
}

void kit_kiosk(struct kit *k, const char *id, char cert[256], char key[256])
{
	struct tg_buf csr = TG_BUF_INIT, pem = TG_BUF_INIT;
	struct tg_error err = {0};
	(void)snprintf(cert, 256, "%.63s/%.24s.pem", k->dir, id);
	(void)snprintf(key, 256, "%.63s/%.24s.key", k->dir, id);
	assert_int_equal(tg_channel_request(key, id, &csr, &err), TG_OK);
	assert_int_equal(tg_channel_issue(k->kiosk_ca, k->kiosk_ca_key, id, kit_bytes(&csr), 365 * INT64_C(86400),
	                         k->time.wall_ms, &pem, &err),
	        TG_OK);
	kit_write(cert, pem.data, pem.len);
	tg_buf_finish(&csr);
	tg_buf_finish(&pem);
}

void kit_open_ca(struct kit *k)
{
	struct tg_error err = {0};
	struct tg_buf pem = TG_BUF_INIT;
	enum tg_status status = tg_ca_open(&k->ca, &k->config, &k->store, &k->clock, &err);
	if (status != TG_OK)
		print_error("tg_ca_open: %s: %s\n", tg_status_name(status), err.detail);
	assert_int_equal(status, TG_OK);
	assert_int_equal(tg_ca_chain_pem(k->ca, &pem), TG_OK);
	(void)snprintf(k->trust, sizeof k->trust, "%s/trust.pem", k->dir);
	kit_write(k->trust, pem.data, pem.len);
	tg_buf_finish(&pem);
}

static enum tg_status find_application(
        void *ctx, const char *number, struct tg_ca_application *out, struct tg_error *err);
static void release_application(void *ctx, struct tg_ca_application *a);

void kit_start(struct kit *k)
{
	kit_start_at(k, KIT_NOW_MS);
}

void kit_identify(struct kit *k, bool as_shipped)
{
	enum tg_profile_approval from = as_shipped ? TG_APPROVAL_NONE : TG_APPROVAL_IDENTIFIED;
	for (unsigned i = 0; i < k->profiles->n; i++)
		if (k->profiles->list[i]->approval == from)
			k->profiles->list[i]->approval = as_shipped ? TG_APPROVAL_IDENTIFIED : TG_APPROVAL_NONE;
}

void kit_start_at(struct kit *k, int64_t now_ms)
{
	struct tg_error err = {0};
	memset(k, 0, sizeof *k);
	kit_folder(k->dir);
	k->time = (struct kit_clock){now_ms, 1000};
	k->clock = kit_clock_port(&k->time);
	softhsm(k);
	enum tg_status status = tg_profiles_load(&k->profiles, TAMGA_SOURCE_DIR "/screens/profiles", &err);
	if (status != TG_OK)
		print_error("%s:%d:%d: %s\n", err.file, err.line, err.column, err.detail);
	assert_int_equal(status, TG_OK);
	kit_identify(k, false);
	assert_int_equal(tg_ca_memory_create(&k->memory), TG_OK);
	k->store = tg_ca_memory_port(k->memory);
	assert_int_equal(tg_secret_create(&k->pin), TG_OK);
	assert_true(tg_secret_append(k->pin, "87654321", 8));
	(void)snprintf(k->kiosk_ca, sizeof k->kiosk_ca, "%s/kiosk-ca.pem", k->dir);
	(void)snprintf(k->kiosk_ca_key, sizeof k->kiosk_ca_key, "%s/kiosk-ca.key", k->dir);
	assert_int_equal(
	        tg_channel_ca_create(k->kiosk_ca, k->kiosk_ca_key, "Tamga kiosks", k->time.wall_ms, &err), TG_OK);
	kit_kiosk(k, "K01A-1", k->kiosk_cert, k->kiosk_key);
	static char ca_dir[128];
	(void)snprintf(ca_dir, sizeof ca_dir, "%s/ca", k->dir);
	k->config = (struct tg_ca_config){.module = "/usr/lib/softhsm/libsofthsm2.so",
	        .token_label = "tamga-ca",
	        .pin = k->pin,
	        .init_token = true,
	        .dir = ca_dir,
	        .gost_files = true,
	        .year = 2026,
	        .profiles = k->profiles,
	        .kiosk_trust_pem = k->kiosk_ca,
	        .applications = {find_application, release_application, k},
	        .urls = {"http://test.example.kz/crl/nca_rsa_test.crl", "http://test.example.kz/crl/nca_d_rsa_test.crl",
	                "http://test.example.kz/cert/nca_rsa_test.cer", "http://test.example.kz/ocsp/"},
	        .gost_urls = {"http://test.example.kz/crl/nca_gost_test.crl", NULL,
	                "http://test.example.kz/cert/nca_gost_test.cer", NULL}};
	kit_open_ca(k);
}

/* --- Applications */
static enum tg_status find_application(
        void *ctx, const char *number, struct tg_ca_application *out, struct tg_error *err)
{
	struct kit *k = ctx;
	memset(out, 0, sizeof *out);
	k->n_asked++;
	for (unsigned i = 0; i < k->n_applications; i++) {
		const struct kit_application *a = &k->applications[i];
		if (strcmp(a->number, number) != 0)
			continue;
		if (a->status != TG_OK)
			return tg_error_set(err, a->status, "as the test says");
		*out = (struct tg_ca_application){.standing = a->standing,
		        .identified = a->identified,
		        .unchanged = a->unchanged,
		        .old_serial = a->old_serial,
		        .iin = a->person->iin,
		        .bin = a->person->bin,
		        .unpaid = a->unpaid,
		        .price_short = a->price_short,
		        .wrong_companies = a->wrong_companies,
		        .conditions = a->conditions,
		        .profiles = a->profiles,
		        .keys = a->keys,
		        .answer = kit_answer,
		        .answers = a->person,
		        .own = k};
		return TG_OK;
	}
	return TG_NOT_FOUND;
}

static void release_application(void *ctx, struct tg_ca_application *a)
{
	struct kit *k = ctx;
	assert_ptr_equal(a->own, k);
	k->n_released++;
}

struct kit_application *kit_applies(struct kit *k, const char *number, enum tg_ca_standing standing,
        const char *conditions, const struct kit_person *person)
{
	struct kit_application *a = NULL;
	for (unsigned i = 0; i < k->n_applications && a == NULL; i++)
		if (strcmp(k->applications[i].number, number) == 0)
			a = &k->applications[i];
	if (a == NULL) {
		assert_true(k->n_applications < sizeof k->applications / sizeof *k->applications);
		a = &k->applications[k->n_applications++];
	}
	*a = (struct kit_application){.standing = standing, .conditions = conditions, .person = person};
	(void)tg_copy(a->number, sizeof a->number, number);
	return a;
}

void kit_stop_ca(struct kit *k)
{
	tg_ca_close(k->ca);
	k->ca = NULL;
}

void kit_end(struct kit *k)
{
	kit_stop_ca(k);
	tg_ca_memory_destroy(k->memory);
	tg_profiles_destroy(k->profiles);
	tg_secret_destroy(k->pin);
	kit_folder_remove(k->dir);
}

struct tg_cmp_config kit_client(const struct kit *k)
{
	return (struct tg_cmp_config){.trust_pem = k->trust,
	        .cert_pem = k->kiosk_cert,
	        .key_pem = k->kiosk_key,
	        .timeout_ms = 5000,
	        .clock = &k->clock};
}

/* --- Requests */
const struct kit_person kit_aigul = {
        .surname = "Әбілқасымова", .name = "Айгүл", .patronymic = "Серікқызы", .iin = "850101400001"};
const struct kit_person kit_head = {.surname = "Төлөгөнов",
        .name = "Нурланбек",
        .patronymic = "Эркинович",
        .iin = "21204197900147",
        .organisation = "«Ош Жибек Жолу» ЖЧК",
        .organisation_number = "01203201810274",
        .title = "директор"};

const char *kit_answer(const char *field, const void *person)
{
	const struct kit_person *p = person;
	static const char *const names[] = {"surname", "given-name", "patronymic", "iin", "personal-number",
	        "organisation", "organisation-number", "title", "email", "bin", "institution-code", "role", "domain",
	        "additional-domains"};
	const char *const values[] = {p->surname, p->name, p->patronymic, p->iin, p->iin, p->organisation,
	        p->organisation_number, p->title, p->email, p->bin, p->institution, p->role, p->domain, p->domains};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(field, names[i]) == 0)
			return values[i];
	return NULL;
}

EVP_PKEY *kit_rsa(void)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	assert_non_null(key);
	return key;
}

EVP_PKEY *kit_gost(const char *algorithm)
{
	EVP_PKEY *key = NULL;
	const struct tg_gost *g = tg_gost_find(algorithm);
	assert_non_null(g);
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(g->key_nid, NULL);
	assert_non_null(c);
	assert_int_equal(EVP_PKEY_keygen_init(c), 1);
	assert_true(EVP_PKEY_CTX_ctrl_str(c, "paramset", "A") > 0);
	assert_int_equal(EVP_PKEY_keygen(c, &key), 1);
	EVP_PKEY_CTX_free(c);
	return key;
}

/* What a key of this kind signs with. */
static const EVP_MD *md_of(EVP_PKEY *key)
{
	struct tg_buf spki = TG_BUF_INIT;
	kit_spki(key, &spki);
	const struct tg_gost *g = tg_gost_of_spki(kit_bytes(&spki));
	tg_buf_finish(&spki);
	return g == NULL ? EVP_sha256() : EVP_get_digestbynid(g->hash_nid);
}

void kit_spki(EVP_PKEY *key, struct tg_buf *out)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(key, &der);
	assert_true(n > 0);
	tg_buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
}

static void fill_template(const struct kit *k, const struct kit_request *r, OSSL_CRMF_MSG *m)
{
	struct tg_buf subject = TG_BUF_INIT, extensions = TG_BUF_INIT;
	struct tg_error err = {0};
	assert_int_equal(tg_profile_subject(k->profiles, r->profile, kit_answer, r->person, &subject, &err), TG_OK);
	const unsigned char *p = subject.data;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)subject.len);
	assert_non_null(name);
	assert_int_equal(OSSL_CRMF_CERTTEMPLATE_fill(OSSL_CRMF_MSG_get0_tmpl(m), r->key, name, NULL, NULL), 1);
	X509_NAME_free(name);
	assert_int_equal(
	        tg_profile_request_extensions(k->profiles, r->profile, r->person->email, r->storage, &extensions, &err),
	        TG_OK);
	if (extensions.len > 0) {
		p = extensions.data;
		X509_EXTENSIONS *list = d2i_X509_EXTENSIONS(NULL, &p, (long)extensions.len);
		assert_non_null(list);
		assert_int_equal(OSSL_CRMF_MSG_set0_extensions(m, list), 1);
	}
	tg_buf_finish(&subject);
	tg_buf_finish(&extensions);
}

void kit_crmf(const struct kit *k, const struct kit_request *r, struct tg_buf *out)
{
	OSSL_CRMF_MSG *m = OSSL_CRMF_MSG_new();
	unsigned char *der = NULL;
	assert_non_null(m);
	assert_int_equal(OSSL_CRMF_MSG_set_certReqId(m, 0), 1);
	fill_template(k, r, m);
	if (!r->no_reg_info) {
		struct tg_buf text = TG_BUF_INIT;
		ASN1_UTF8STRING *pairs = ASN1_UTF8STRING_new();
		tg_pki_reg_info(r->number, r->reg_profile != NULL ? r->reg_profile : r->profile, &text);
		assert_int_equal(ASN1_STRING_set(pairs, text.data, (int)text.len), 1);
		assert_int_equal(OSSL_CRMF_MSG_set1_regInfo_utf8Pairs(m, pairs), 1);
		ASN1_UTF8STRING_free(pairs);
		tg_buf_finish(&text);
	}
	EVP_PKEY *signer = r->signer != NULL ? r->signer : r->key;
	if (!r->no_pop)
		assert_int_equal(
		        OSSL_CRMF_MSG_create_popo(OSSL_CRMF_POPO_SIGNATURE, m, signer, md_of(signer), NULL, NULL), 1);
	int n = i2d_OSSL_CRMF_MSG(m, &der);
	assert_true(n > 0);
	tg_buf_reset(out);
	tg_buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	OSSL_CRMF_MSG_free(m);
}

const char *kit_number(unsigned n)
{
	static char texts[8][TG_NUMBER_MAX];
	static unsigned next;
	char *t = texts[next++ % 8];
	assert_int_equal(tg_number_make(77, n, t), TG_OK);
	return t;
}

/* --- Transport */
static enum tg_status exchange(void *ctx, const char *endpoint, struct tg_bytes request, struct tg_buf *answer,
        int timeout_ms, struct tg_error *err)
{
	struct kit_wire *w = ctx;
	(void)endpoint, (void)timeout_ms;
	w->messages++;
	tg_buf_reset(&w->last_request);
	tg_buf_add(&w->last_request, request.data, request.len);
	if (w->messages == w->fail_at)
		return tg_error_set(err, w->fail_with, "the wire was cut by the test");
	enum tg_status status = tg_ca_cmp(w->ca, w->peer, request, answer, &w->server);
	if (status != TG_OK)
		return tg_error_set(err, TG_CA_GARBAGE, "HTTP 400");
	if (w->messages == w->lose_at)
		return tg_error_set(err, w->fail_with, "the answer was lost by the test");
	if (w->messages == w->garbage_at) {
		tg_buf_reset(answer);
		tg_buf_add_str(answer, "<html>not a CMP server\x1b[2J</html>");
	}
	if (w->messages == w->cut_at)
		answer->len /= 2;
	if (w->messages == w->flip_at)
		answer->data[w->flip_byte % answer->len] ^= 0x01;
	tg_buf_reset(&w->last_answer);
	tg_buf_add(&w->last_answer, answer->data, answer->len);
	return TG_OK;
}

struct tg_cmp_transport kit_wire_port(struct kit_wire *w)
{
	return (struct tg_cmp_transport){exchange, w};
}

void kit_wire_finish(struct kit_wire *w)
{
	tg_buf_finish(&w->last_request);
	tg_buf_finish(&w->last_answer);
}

X509 *kit_x509(struct tg_bytes der)
{
	const unsigned char *p = der.data;
	X509 *x = d2i_X509(NULL, &p, (long)der.len);
	assert_non_null(x);
	return x;
}

enum tg_status kit_crl(const struct kit *k, enum tg_ca_list list, struct tg_buf *der, struct tg_error *err)
{
	struct tg_ca_published p = {0};
	enum tg_status status = tg_ca_publish(k->ca, list, &p, err);
	tg_buf_add(der, p.full.data, p.full.len);
	tg_ca_published_finish(&p);
	return status;
}
