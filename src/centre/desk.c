/* The thread that speaks for the CA: CMP, enrolment, CRLs and CA certificates. */
#include "centre.h"
#include "tamga/file.h"
#include "tamga/log.h"

/* A CRL asked for often is not signed anew each time; a revocation shows after at most this long. */
#define CRL_FRESH_MS 5000

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

static void do_cmp(struct tg_desk *d, struct tg_request *q)
{
	struct tg_error err = {0};
	struct tg_bytes in = {q->body.data, q->body.len};
	enum tg_status st = tg_ca_cmp(d->ca, q->kiosk, in, &q->answer, &err);
	if (st != TG_OK) {
		refuse(q, &err, st);
		return;
	}
	if (err.status != TG_OK)
		tg_log_error(&err, "CMP request of %s refused", q->kiosk);
	q->http = 200;
	q->type = "application/pkixcmp";
}

typedef enum tg_status make_crl(struct tg_ca *ca, struct tg_buf *der, struct tg_error *err);

static void do_crl(struct tg_desk *d, struct tg_request *q, make_crl *make, struct tg_buf *kept, int64_t *made_ms)
{
	struct tg_error err = {0};
	int64_t now = d->clock.wall_ms(d->clock.ctx);
	if (atomic_exchange(&d->revoked, false))
		d->crl_ms = d->root_crl_ms = d->gost_crl_ms = d->gost_root_crl_ms = 0;
	if (kept->len == 0 || now < *made_ms || now - *made_ms >= CRL_FRESH_MS) {
		tg_buf_reset(kept);
		enum tg_status st = make(d->ca, kept, &err);
		if (st != TG_OK) {
			tg_buf_reset(kept);
			refuse(q, &err, st);
			return;
		}
		*made_ms = now;
	}
	give(q, kept, "application/pkix-crl");
}

typedef enum tg_status give_der(struct tg_ca *ca, struct tg_buf *der);

static void do_issuing(struct tg_desk *d, struct tg_request *q, give_der *take)
{
	enum tg_status st = take(d->ca, &q->answer);
	if (st != TG_OK) {
		tg_request_refuse(q, st);
		return;
	}
	q->http = 200;
	q->type = "application/pkix-cert";
}

static void do_one(struct tg_desk *d, struct tg_request *q)
{
	switch (q->work) {
	case TG_WORK_CMP:
		do_cmp(d, q);
		return;
	case TG_WORK_ENROL:
		tg_desk_enrol(d, q);
		return;
	case TG_WORK_CRL:
		do_crl(d, q, tg_ca_crl, &d->crl, &d->crl_ms);
		return;
	case TG_WORK_ROOT_CRL:
		do_crl(d, q, tg_ca_root_crl, &d->root_crl, &d->root_crl_ms);
		return;
	case TG_WORK_ISSUING:
		do_issuing(d, q, tg_ca_issuing_der);
		return;
	case TG_WORK_GOST_CRL:
		do_crl(d, q, tg_ca_gost_crl, &d->gost_crl, &d->gost_crl_ms);
		return;
	case TG_WORK_GOST_ROOT_CRL:
		do_crl(d, q, tg_ca_gost_root_crl, &d->gost_root_crl, &d->gost_root_crl_ms);
		return;
	case TG_WORK_GOST_ISSUING:
		do_issuing(d, q, tg_ca_gost_issuing_der);
		return;
	case TG_WORK_CHAIN:
		give(q, &d->ca_trust, "application/x-pem-file");
		return;
	case TG_WORK_CHANNEL_CA:
		give(q, &d->channel_ca, "application/x-pem-file");
		return;
	case TG_WORK_JOURNAL:
	case TG_WORK_HIGH_WATER:
	case TG_WORK_FEED:
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
	tg_ca_close(d->ca);
	tg_registry_close(d->registry);
	tg_registry_close(d->ca_registry);
	tg_gate_close(&d->gate);
	tg_buf_finish(&d->ca_trust);
	tg_buf_finish(&d->ack_public);
	tg_buf_finish(&d->channel_ca);
	tg_buf_finish(&d->crl);
	tg_buf_finish(&d->root_crl);
	tg_buf_finish(&d->gost_crl);
	tg_buf_finish(&d->gost_root_crl);
	tg_queue_finish(&d->queue);
	*d = (struct tg_desk){0};
}

static enum tg_status read_secret(struct tg_desk *d, struct tg_error *err)
{
	struct tg_buf b = TG_BUF_INIT;
	enum tg_status st = tg_file_read(&b, d->paths->secret, 1024, err);
	if (st == TG_OK) {
		size_t n = strcspn(tg_buf_str(&b), "\r\n");
		if (n < 16 || n >= sizeof(d->secret))
			st = tg_error_at(err, TG_CONFIG, d->paths->secret, 1, 0, "no secret of 16 to 127 characters");
		else
			memcpy(d->secret, b.data, n);
	}
	tg_buf_wipe(&b);
	return st;
}

static enum tg_status open_parts(struct tg_desk *d, const struct tg_ca_config *config, struct tg_error *err)
{
	const struct tg_centre_paths *p = d->paths;
	TG_TRY(read_secret(d, err));
	TG_TRY(tg_file_read(&d->ack_public, p->ack_public, 4096, err));
	TG_TRY(tg_file_read(&d->channel_ca, p->channel_ca, 16384, err));
	TG_TRY(tg_registry_open(&d->registry, p->registry, err));
	TG_TRY(tg_registry_open(&d->ca_registry, p->registry, err));
	TG_TRY(tg_gate_open(&d->gate, p, err));
	struct tg_ca_store port = tg_registry_ca_port(d->ca_registry);
	struct tg_ca_config gated = *config;
	gated.applications = tg_gate_port(&d->gate);
	TG_TRY(tg_ca_open(&d->ca, &gated, &port, &d->clock, err));
	TG_TRY(tg_ca_chain_pem(d->ca, &d->ca_trust));
	return tg_file_write(p->ca_trust, d->ca_trust.data, d->ca_trust.len, 0600, err);
}

enum tg_status tg_desk_start(struct tg_desk *d, const struct tg_centre_paths *p, const struct tg_ca_config *ca,
        struct tg_clock clock, struct tg_error *err)
{
	*d = (struct tg_desk){.clock = clock, .paths = p};
	TG_TRY(tg_queue_init(&d->queue));
	enum tg_status st = open_parts(d, ca, err);
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
