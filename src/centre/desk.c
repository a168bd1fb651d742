/* The thread that speaks for the CA: CMP, enrolment, CRLs and CA certificates. */
#include "centre.h"
#include "tamga/enrol.h"
#include "tamga/file.h"
#include "tamga/log.h"

#include <unistd.h>

static void refuse(struct tg_request *q, const struct tg_error *err, enum tg_status st)
{
	tg_log_error(err, "request refused");
	tg_request_refuse(q, st);
}

static void give(struct tg_request *q, const struct tg_buf *b, const char *type)
{
	q->http = 200;
	q->type = type;
	tg_buf_add(&q->answer, b->data, b->len);
}

void tg_desk_cmp(struct tg_desk *d, struct tg_request *q)
{
	struct tg_error err = {0};
	struct tg_bytes in = {q->body.data, q->body.len};
	/* Who relays for another centre brings messages of that centre's kiosks: whose they are their protection says.
	 */
	bool relays = d->ra && strcmp(d->ra, q->kiosk) == 0;
	enum tg_status st = tg_ca_cmp(d->ca, relays ? NULL : q->kiosk, in, &q->answer, &err);
	if (st != TG_OK) {
		refuse(q, &err, st);
		return;
	}
	if (err.status != TG_OK)
		tg_log_error(&err, "CMP request of %s refused", q->kiosk);
	q->http = 200;
	q->type = "application/pkixcmp";
}

static void do_public(struct tg_desk *d, struct tg_request *q)
{
	struct tg_public_file f;
	enum tg_status st = tg_publisher_get(&d->publisher, q->path, &f);
	if (st == TG_OK)
		give(q, &f.bytes, f.type);
	else
		tg_request_refuse(q, st);
	tg_buf_finish(&f.bytes);
}

static void do_one(struct tg_desk *d, struct tg_request *q)
{
	switch (q->work) {
	case TG_WORK_CMP:
		tg_desk_cmp(d, q);
		return;
	case TG_WORK_ENROL:
		tg_desk_enrol(d, q);
		return;
	case TG_WORK_RENEW:
		tg_desk_renew(d, q);
		return;
	case TG_WORK_PUBLIC:
		do_public(d, q);
		return;
	case TG_WORK_CHANNEL_CA:
		give(q, &d->channel_ca, "application/x-pem-file");
		return;
	case TG_WORK_JOURNAL:
	case TG_WORK_HIGH_WATER:
	case TG_WORK_FEED:
	case TG_WORK_TREE:
	case TG_WORK_ASK:
		break;
	}
	tg_request_refuse(q, TG_BUG);
}

static void *run(void *ctx)
{
	struct tg_desk *d = ctx;
	struct tg_request *list;
	while ((list = tg_queue_take(&d->queue, 0)))
		while (list) {
			struct tg_request *q = list;
			list = q->next;
			do_one(d, q);
			q->answered = true;
			MHD_resume_connection(q->connection);
		}
	return NULL;
}

static void release(struct tg_desk *d)
{
	tg_publisher_stop(&d->publisher);
	tg_ca_close(d->ca);
	tg_audit_stopped(&d->audit);
	tg_audit_close(&d->audit);
	tg_registry_close(d->registry);
	tg_registry_close(d->ca_registry);
	tg_gate_close(&d->gate);
	tg_buf_finish(&d->ca_trust);
	tg_buf_finish(&d->ack_public);
	tg_buf_finish(&d->channel_ca);
	tg_queue_finish(&d->queue);
	*d = (struct tg_desk){0};
	tg_queue_shut(&d->queue); /* the server still runs */
}

static enum tg_status read_secret(struct tg_desk *d, struct tg_error *err)
{
	struct tg_buf b = TG_BUF_INIT;
	if (!d->sandbox)
		return TG_OK;
	enum tg_status st = tg_file_read(&b, d->paths->secret, 1024, err);
	if (st == TG_OK) {
		size_t n = strcspn(tg_buf_str(&b), "\r\n");
		if (n < 16)
			st = tg_error_at(err, TG_CONFIG, d->paths->secret, 1, 0, "no secret of at least 16 characters");
		else
			st = tg_enrol_verifier((struct tg_bytes){b.data, n}, d->sandbox_verifier, err);
	}
	tg_buf_wipe(&b);
	return st;
}

static enum tg_status open_parts(
        struct tg_desk *d, const struct tg_centre_options *o, const struct tg_ca_config *config, struct tg_error *err)
{
	const struct tg_centre_paths *p = d->paths;
	TG_TRY(read_secret(d, err));
	TG_TRY(tg_file_read(&d->ack_public, p->ack_public, 4096, err));
	TG_TRY(tg_channel_ca_told(p->dir, &d->channel_ca, err));
	d->next_issues = access(p->channel_next, F_OK) == 0;
	TG_TRY(tg_registry_open(&d->registry, p->registry, err));
	TG_TRY(tg_registry_open(&d->ca_registry, p->registry, err));
	TG_TRY(tg_gate_open(&d->gate, p, err));
	TG_TRY(tg_audit_open(&d->audit, p, d->clock, err));
	TG_TRY(tg_catch_up(d->ca_registry, d->audit.store, err));
	TG_TRY(tg_audit_started(&d->audit, o, err));
	d->ra = o->ra;
	d->ledger = (struct tg_ledger){.records = tg_registry_ca_port(d->ca_registry),
	        .registry = d->ca_registry,
	        .store = d->gate.store,
	        .clock = d->clock,
	        .publisher = &d->publisher};
	struct tg_ca_store port = tg_ledger_port(&d->ledger);
	struct tg_ca_config gated = *config;
	gated.watch = tg_audit_watch(&d->audit);
	gated.applications = tg_gate_port(&d->gate);
	TG_TRY(tg_ca_open(&d->ca, &gated, &port, &d->clock, err));
	TG_TRY(tg_publisher_start(&d->publisher, d->ca, &d->audit, p, d->clock, err));
	TG_TRY(tg_ca_chain_pem(d->ca, &d->ca_trust));
	return tg_file_write(p->ca_trust, d->ca_trust.data, d->ca_trust.len, 0600, err);
}

enum tg_status tg_desk_start(struct tg_desk *d, const struct tg_centre_paths *p, const struct tg_centre_options *o,
        const struct tg_ca_config *ca, struct tg_clock clock, struct tg_error *err)
{
	*d = (struct tg_desk){
	        .clock = clock, .paths = p, .sandbox = !o->no_sandbox_enrolment, .kiosk_seconds = o->kiosk_seconds};
	TG_TRY(tg_queue_init(&d->queue));
	enum tg_status st = open_parts(d, o, ca, err);
	if (st == TG_OK && pthread_create(&d->thread, NULL, run, d) != 0)
		st = tg_error_set(err, TG_NO_MEMORY, "desk thread");
	if (st != TG_OK)
		release(d);
	return st;
}

void tg_desk_stop(struct tg_desk *d)
{
	if (!d->ca)
		return;
	tg_queue_close(&d->queue);
	pthread_join(d->thread, NULL);
	release(d);
}
