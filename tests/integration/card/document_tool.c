/* Reads and judges one document through tamga-chip, for tests: prints "key=value" lines.
 *   document-tool PROGRAM TRUST (--mrz NUMBER BIRTH EXPIRY | --can NUMBER) [--timeout MS] [--cancel MS] [--reader NAME]
 *                 [--save DIR]: keeps what was read as DIR/DG1 …
 *   document-tool --files DIR TRUST [--days N]     judges DIR/DG1, SOD, DG14, DG15 as they would be in N days
 * Exit 0 whenever the reading ended with a named status, also a bad one. */
#include "tamga/card.h"
#include "tamga/clock.h"
#include "tamga/document.h"
#include "tamga/file.h"
#include "tamga/text.h"

#include <pthread.h>
#include <unistd.h>
#include <winscard.h>

struct job {
	struct tg_document_config config;
	struct tg_mrtd_access access;
	const char *trust, *reader, *save;
	int cancel_ms;
	int cancel[2];
	int64_t later_ms;
};

static int usage(void)
{
	fputs("document-tool PROGRAM TRUST (--mrz NUMBER BIRTH EXPIRY | --can NUMBER) [--timeout MS] [--cancel MS]"
	      " [--reader NAME]\n",
	        stderr);
	return 2;
}

/* The first reader of the daemon. */
static const char *first_reader(void)
{
	static char names[4096];
	DWORD n = sizeof names - 1;
	SCARDCONTEXT context;
	if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS)
		return "none";
	if (SCardListReaders(context, NULL, names, &n) != SCARD_S_SUCCESS)
		(void)tg_copy(names, sizeof names, "none");
	SCardReleaseContext(context);
	return names;
}

static void *cancel_later(void *arg)
{
	const struct job *j = arg;
	(void)usleep((useconds_t)j->cancel_ms * 1000);
	if (write(j->cancel[1], "x", 1) != 1)
		abort();
	return NULL;
}

static void show_step(enum tg_mrtd_step step, void *ctx)
{
	(void)ctx;
	printf("step=%d\n", (int)step);
}

static void show(const char *key, const char *value)
{
	char clean[400];
	tg_text_clean(clean, sizeof clean, value, strlen(value), 390);
	printf("%s=%s\n", key, clean);
}

static void show_judgement(const struct job *j, const struct tg_mrtd_raw *raw)
{
	struct tg_mrtd_person person;
	struct tg_mrtd_proof proof;
	struct tg_error err = {0};
	enum tg_status status =
	        tg_mrtd_judge(raw, j->trust, tg_clock_real().wall_ms(NULL) + j->later_ms, &person, &proof, &err);
	show("judge", tg_status_name(status));
	if (status != TG_OK) {
		show("detail", err.detail);
		return;
	}
	show("passive", tg_status_name(proof.passive));
	show("active", tg_status_name(proof.active));
	show("chip", tg_status_name(proof.chip));
	show("access", proof.pace ? "pace" : "bac");
	show("signer", proof.signer);
	show("why", proof.why);
	show("number", person.mrz.number);
	show("surname", person.mrz.surname);
	show("given", person.mrz.given);
	show("birth", person.mrz.birth);
	show("expiry", person.mrz.expiry);
	show("iin", person.iin);
	show("expired", person.expired ? "yes" : "no");
}

static void keep(const struct job *j, const char *name, const void *bytes, size_t n)
{
	char path[512];
	(void)snprintf(path, sizeof path, "%s/%s", j->save, name);
	if (tg_file_write(path, bytes, n, 0600, NULL) != TG_OK)
		fprintf(stderr, "%s: not written\n", path);
}

static void keep_all(const struct job *j, const struct tg_mrtd_raw *raw)
{
	keep(j, "COM", raw->com.data, raw->com.len);
	keep(j, "DG1", raw->dg1.data, raw->dg1.len);
	keep(j, "SOD", raw->sod.data, raw->sod.len);
	keep(j, "DG14", raw->dg14.data, raw->dg14.len);
	keep(j, "DG15", raw->dg15.data, raw->dg15.len);
	keep(j, "challenge", raw->challenge, sizeof raw->challenge);
	keep(j, "response", raw->response.data, raw->response.len);
}

static int run(struct job *j)
{
	struct tg_mrtd_raw raw;
	struct tg_error err = {0};
	pthread_t thread;
	bool cancels = j->cancel_ms > 0;
	if (pipe(j->cancel) || (cancels && pthread_create(&thread, NULL, cancel_later, j)))
		return 1;
	int64_t begin = tg_clock_real().mono_ms(NULL);
	enum tg_status status = tg_document_read(&j->config, j->reader ? j->reader : first_reader(), &j->access,
	        cancels ? j->cancel[0] : -1, show_step, NULL, &raw, &err);
	printf("status=%s\nms=%lld\napdus=%u\n", tg_status_name(status),
	        (long long)(tg_clock_real().mono_ms(NULL) - begin), raw.apdus);
	if (status == TG_OK && j->save)
		keep_all(j, &raw);
	if (status == TG_OK)
		show_judgement(j, &raw);
	else
		show("detail", err.detail);
	tg_mrtd_raw_finish(&raw);
	if (cancels)
		pthread_join(thread, NULL);
	return 0;
}

static void load(struct tg_buf *out, const char *dir, const char *name)
{
	char path[512];
	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	if (tg_file_read(out, path, 32767, NULL) != TG_OK)
		tg_buf_reset(out); /* not every document has it */
}

static int judge_files(int argc, char **argv)
{
	struct job j = {.trust = argv[3]};
	struct tg_mrtd_raw raw = {0};
	if (argc == 6 && strcmp(argv[4], "--days") == 0)
		j.later_ms = strtoll(argv[5], NULL, 10) * 86400000;
	else if (argc != 4)
		return usage();
	load(&raw.dg1, argv[2], "DG1");
	load(&raw.sod, argv[2], "SOD");
	load(&raw.dg14, argv[2], "DG14");
	load(&raw.dg15, argv[2], "DG15");
	show_judgement(&j, &raw);
	tg_mrtd_raw_finish(&raw);
	return 0;
}

static bool take(struct job *j, int argc, char **argv)
{
	for (int i = 3; i < argc; i++) {
		if (strcmp(argv[i], "--mrz") == 0 && i + 3 < argc) {
			(void)tg_copy(j->access.number, sizeof j->access.number, argv[i + 1]);
			(void)tg_copy(j->access.birth, sizeof j->access.birth, argv[i + 2]);
			(void)tg_copy(j->access.expiry, sizeof j->access.expiry, argv[i + 3]);
			i += 3;
		} else if (strcmp(argv[i], "--can") == 0 && i + 1 < argc) {
			j->access.can = true;
			(void)tg_copy(j->access.number, sizeof j->access.number, argv[++i]);
		} else if (strcmp(argv[i], "--timeout") == 0 && i + 1 < argc) {
			j->config.timeout_ms = (int)strtol(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--cancel") == 0 && i + 1 < argc) {
			j->cancel_ms = (int)strtol(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--save") == 0 && i + 1 < argc) {
			j->save = argv[++i];
		} else if (strcmp(argv[i], "--reader") == 0 && i + 1 < argc) {
			j->reader = argv[++i];
		} else {
			return false;
		}
	}
	return j->access.number[0];
}

int main(int argc, char **argv)
{
	if (argc >= 4 && strcmp(argv[1], "--files") == 0)
		return judge_files(argc, argv);
	if (argc < 5)
		return usage();
	struct job j = {.config.program = argv[1], .config.stderr_path = getenv("CHIP_STDERR"), .trust = argv[2]};
	if (!take(&j, argc, argv))
		return usage();
	return run(&j);
}
