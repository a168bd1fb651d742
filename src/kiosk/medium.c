#include "medium.h"

#include "judges.h"
#include "media.h"
#include "tamga/log.h"
#include "tamga/text.h"
#include "ways.h"

#include <openssl/evp.h>

#define NAME_COLUMNS 60

enum tg_status kiosk_pem(const char *what, struct tg_bytes der, char *out, size_t cap)
{
	enum { LINE = 48 }; /* bytes: 64 letters (RFC 7468) */
	int used = snprintf(out, cap, "-----BEGIN %s-----\n", what);
	for (size_t at = 0; at < der.len && used > 0 && (size_t)used + 100 < cap; at += LINE) {
		unsigned char line[LINE / 3 * 4 + 1];
		size_t n = der.len - at < LINE ? der.len - at : LINE;
		EVP_EncodeBlock(line, der.data + at, (int)n);
		used += snprintf(out + used, cap - (size_t)used, "%s\n", (const char *)line);
		if (n < LINE || at + n == der.len) {
			(void)snprintf(out + used, cap - (size_t)used, "-----END %s-----\n", what);
			return TG_OK;
		}
	}
	return TG_LIMIT;
}

/* ---- jobs, on the print worker: it waits for devices as well ---- */

static void post(struct kiosk *k, const struct tg_event *event, struct tg_medium_facts *facts)
{
	struct kiosk_event *e = kiosk_event_new();
	if (!e) {
		free(facts);
		return;
	}
	e->event = *event;
	e->event.medium = e->medium = facts;
	tg_mailbox_post(k->mailbox, &e->base);
}

/* A request in any of its forms becomes text as an answer holds it, and is judged as an answer is. */
static enum tg_status take_request(
        const char *root, const char *path, struct tg_medium_facts *out, struct tg_error *err)
{
	struct tg_csr csr = {0};
	struct tg_buf b = TG_BUF_INIT;
	enum tg_status status = kiosk_medium_read(root, path, &b, err);
	if (status == TG_OK)
		status = tg_csr_parse((struct tg_bytes){b.data, b.len}, &csr, err);
	if (status == TG_OK)
		status = kiosk_pem("CERTIFICATE REQUEST", (struct tg_bytes){csr.der.data, csr.der.len}, out->text,
		        sizeof out->text);
	if (status == TG_OK)
		status = kiosk_judge_pkcs10(out->text, NULL, NULL, &out->request);
	tg_csr_finish(&csr);
	tg_buf_finish(&b);
	return status == TG_OK ? TG_OK : tg_error_set(err, status, "this file holds no good request");
}

static void describe(const char *root, const char *path, struct tg_medium_file *out, struct tg_medium_facts *room)
{
	struct tg_error ignored = {0};
	memset(&room->request, 0, sizeof room->request);
	tg_text_clean(out->name, sizeof out->name, path, strlen(path), NAME_COLUMNS);
	out->status = take_request(root, path, room, &ignored);
	if (out->status != TG_OK)
		return;
	tg_copy(out->algorithm, sizeof out->algorithm, room->request.algorithm);
	tg_copy(out->domain, sizeof out->domain, room->request.names[0]);
	out->n_names = room->request.n_names;
}

static enum tg_status list(const char *root, struct tg_medium_facts *out, struct tg_error *err)
{
	struct kiosk_medium_list files;
	TG_TRY(kiosk_medium_scan(root, &files, err));
	for (unsigned i = 0; i < files.n; i++)
		describe(root, files.paths[i], &out->files[i], out);
	memset(out->text, 0, sizeof out->text); /* none is chosen yet */
	out->n = files.n;
	out->more = files.more;
	return TG_OK;
}

/* A key that has a certificate already, or had one, is said at once (K-16). The centre is asked about the chosen file
 * only; where nobody can be asked the journey goes on, and the CA looks. */
static enum tg_status check_key(struct kiosk *k, struct tg_medium_facts *f, struct tg_error *err)
{
	enum tg_status status = kiosk_request_is_free(k, f->text, err);
	if (status != TG_OK)
		memset(f, 0, sizeof *f); /* nothing was chosen */
	return status;
}

/* The one that was chosen is found by its place and its name: a medium that was exchanged meanwhile is not read. */
static enum tg_status read_chosen(
        const char *root, const struct tg_medium *m, struct tg_medium_facts *out, struct tg_error *err)
{
	struct kiosk_medium_list files;
	char name[sizeof m->files[0].name];
	TG_TRY(kiosk_medium_scan(root, &files, err));
	if (m->chosen >= files.n)
		return tg_error_set(err, TG_MEDIUM_READ, "another medium");
	const char *path = files.paths[m->chosen];
	tg_text_clean(name, sizeof name, path, strlen(path), NAME_COLUMNS);
	if (strcmp(name, m->files[m->chosen].name) != 0)
		return tg_error_set(err, TG_MEDIUM_READ, "another medium");
	return take_request(root, path, out, err);
}

static void work(struct kiosk_job *job, bool chosen)
{
	struct kiosk *k = job->k;
	struct tg_error err = {0};
	struct kiosk_medium medium;
	struct tg_event ev = {.kind = TG_EV_MEDIUM, .status = TG_NO_MEMORY};
	struct tg_medium_facts *facts = calloc(1, sizeof *facts);
	if (facts && k->media) {
		ev.status = k->media->open(k->media, false, &medium, &err);
		if (ev.status == TG_OK) {
			ev.status = chosen ? read_chosen(medium.path, &job->state.medium, facts, &err)
			                   : list(medium.path, facts, &err);
			k->media->close(k->media, &medium);
			if (chosen && ev.status == TG_OK)
				ev.status = check_key(k, facts, &err);
		}
	}
	if (ev.status != TG_OK)
		tg_log_error(&err, "medium");
	post(k, &ev, facts);
}

static void list_files(struct kiosk_job *job)
{
	work(job, false);
}

static void read_file(struct kiosk_job *job)
{
	work(job, true);
}

void kiosk_start_medium_list(struct kiosk *k)
{
	kiosk_job_start(k->print_worker, kiosk_job_new(k, list_files));
}

void kiosk_start_medium_read(struct kiosk *k)
{
	kiosk_job_start(k->print_worker, kiosk_job_new(k, read_file));
}
