/* The kiosk's end: one connection, one request, one answer. */
#include "link_wire.h"
#include "tamga/text.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define STATUS_TIMEOUT_MS 2000
#define POKE_TIMEOUT_MS   200
/* The agent is given so much less than the caller waits: its answer needs time too. */
#define FRESH_MARGIN_MS 100
/* The agent answers within the given time; this much more tells a slow network from a dead agent. */
#define AGENT_GRACE_MS 2000

static int dial(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	if (!tg_copy(a.sun_path, sizeof(a.sun_path), path))
		return -1;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)(const void *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

static enum tg_status agent_trouble(enum tg_status st, struct tg_error *err)
{
	if (st == TG_IO)
		st = TG_AGENT_DOWN;
	return tg_error_set(err, st, "agent: no answer");
}

/* What the agent reports instead of an answer. */
static enum tg_status take_failure(const struct tg_buf *body, struct tg_error *err)
{
	struct tg_reader r;
	struct tg_bytes v;
	uint16_t tag = 0;
	uint32_t code = TG_BUG;
	char detail[200] = "";
	tg_reader_init(&r, body->data, body->len);
	while (tg_field_next(&r, &tag, &v)) {
		if (tag == TG_LINK_F_STATUS && !tg_link_get_u32(v, &code))
			code = TG_BUG;
		if (tag == TG_LINK_F_DETAIL)
			tg_text_clean(detail, sizeof(detail), (const char *)v.data, v.len, 150);
	}
	enum tg_status st = tg_link_status_of(code);
	return tg_error_set(err, st == TG_OK ? TG_BUG : st, "agent: %s", detail);
}

static enum tg_status call(const char *path, uint16_t kind, const struct tg_buf *request, uint16_t wanted,
        struct tg_buf *answer, int timeout_ms, struct tg_error *err)
{
	uint16_t got = 0;
	int fd = dial(path);
	if (fd < 0)
		return tg_error_set(err, TG_AGENT_DOWN, "agent: cannot connect");
	enum tg_status st = tg_frame_send(fd, kind, request->data, request->len, timeout_ms);
	if (st == TG_OK)
		st = tg_frame_recv(fd, &got, answer, timeout_ms);
	close(fd);
	if (st != TG_OK)
		return agent_trouble(st, err);
	if (got == TG_LINK_FAILED)
		return take_failure(answer, err);
	if (got != wanted)
		return tg_error_set(err, TG_AGENT_DOWN, "agent: answered with frame kind %u", (unsigned)got);
	return TG_OK;
}

static bool take_status_field(struct tg_link_status *out, uint16_t tag, struct tg_bytes v)
{
	uint32_t n = 0;
	uint64_t big = 0;
	if (tag == TG_LINK_F_REACHABLE || tag == TG_LINK_F_STATUS) {
		if (!tg_link_get_u32(v, &n))
			return false;
		if (tag == TG_LINK_F_REACHABLE)
			out->centre_reachable = n == 1;
		else
			out->last = tg_link_status_of(n);
		return true;
	}
	if (tag == TG_LINK_F_SOFTWARE) {
		bool fits = v.len < sizeof(out->software);
		memcpy(out->software, v.data, fits ? v.len : 0);
		return fits;
	}
	if (tag != TG_LINK_F_ACKED_SEQ && tag != TG_LINK_F_ACKED_MS && tag != TG_LINK_F_CLOCK_OFFSET_MS)
		return true; /* of a newer agent */
	if (!tg_link_get_u64(v, &big))
		return false;
	if (tag == TG_LINK_F_ACKED_SEQ)
		out->acked_seq = big;
	else if (tag == TG_LINK_F_ACKED_MS)
		out->acked_ms = (int64_t)big;
	else
		out->clock_offset_ms = (int64_t)big;
	return true;
}

static enum tg_status parse_status(const struct tg_buf *body, struct tg_link_status *out)
{
	struct tg_reader r;
	struct tg_bytes v;
	uint16_t tag = 0;
	*out = (struct tg_link_status){.last = TG_CENTRE_DOWN};
	tg_reader_init(&r, body->data, body->len);
	while (tg_field_next(&r, &tag, &v))
		if (!take_status_field(out, tag, v))
			return TG_AGENT_DOWN;
	return tg_reader_done(&r) ? TG_OK : TG_AGENT_DOWN;
}

static enum tg_status ask_status(const char *socket_path, uint16_t kind, const struct tg_buf *request, int timeout_ms,
        struct tg_link_status *out, struct tg_error *err)
{
	struct tg_buf answer = TG_BUF_INIT;
	*out = (struct tg_link_status){.last = TG_AGENT_DOWN};
	enum tg_status st = call(socket_path, kind, request, TG_LINK_STATUS_OK, &answer, timeout_ms, err);
	if (st == TG_OK && parse_status(&answer, out) != TG_OK)
		st = tg_error_set(err, TG_AGENT_DOWN, "agent: malformed status");
	tg_buf_finish(&answer);
	return st;
}

enum tg_status tg_link_status(const char *socket_path, struct tg_link_status *out, struct tg_error *err)
{
	const struct tg_buf none = TG_BUF_INIT;
	return ask_status(socket_path, TG_LINK_STATUS, &none, STATUS_TIMEOUT_MS, out, err);
}

enum tg_status tg_link_fresh(const char *socket_path, int timeout_ms, struct tg_link_status *out, struct tg_error *err)
{
	struct tg_buf request = TG_BUF_INIT;
	int agent_ms = timeout_ms > 2 * FRESH_MARGIN_MS ? timeout_ms - FRESH_MARGIN_MS : (timeout_ms + 1) / 2;
	tg_field_put_u32(&request, TG_LINK_F_TIMEOUT_MS, agent_ms > 0 ? (uint32_t)agent_ms : 1);
	*out = (struct tg_link_status){.last = TG_AGENT_DOWN};
	enum tg_status st = tg_buf_status(&request);
	if (st == TG_OK)
		st = ask_status(socket_path, TG_LINK_FRESH, &request, timeout_ms, out, err);
	if (st != TG_OK && st != TG_AGENT_DOWN)
		out->last = st;
	tg_buf_finish(&request);
	return st;
}

enum tg_status tg_link_poke(const char *socket_path)
{
	int fd = dial(socket_path);
	if (fd < 0)
		return TG_AGENT_DOWN;
	enum tg_status st = tg_frame_send(fd, TG_LINK_POKE, NULL, 0, POKE_TIMEOUT_MS);
	close(fd);
	return st == TG_IO ? TG_AGENT_DOWN : st;
}

/* The body of an answer to CMP or ASK. */
static enum tg_status take_body(const struct tg_buf *frame, struct tg_buf *answer, struct tg_error *err)
{
	struct tg_reader r;
	struct tg_bytes v;
	uint16_t tag = 0;
	tg_reader_init(&r, frame->data, frame->len);
	while (tg_field_next(&r, &tag, &v))
		if (tag == TG_LINK_F_BODY)
			tg_buf_add(answer, v.data, v.len);
	if (!tg_reader_done(&r) || answer->len == 0)
		return tg_error_set(err, TG_AGENT_DOWN, "agent: malformed answer");
	return tg_buf_status(answer);
}

static enum tg_status cmp_exchange(void *ctx, const char *endpoint, struct tg_bytes request, struct tg_buf *answer,
        int timeout_ms, struct tg_error *err)
{
	struct tg_buf body = TG_BUF_INIT, frame = TG_BUF_INIT;
	tg_field_put_str(&body, TG_LINK_F_ENDPOINT, endpoint);
	tg_field_put(&body, TG_LINK_F_BODY, request.data, request.len);
	tg_field_put_u32(&body, TG_LINK_F_TIMEOUT_MS, timeout_ms > 0 ? (uint32_t)timeout_ms : 0);
	tg_buf_reset(answer);
	enum tg_status st = tg_buf_status(&body);
	if (st == TG_OK)
		st = call(ctx, TG_LINK_CMP, &body, TG_LINK_CMP_OK, &frame, timeout_ms + AGENT_GRACE_MS, err);
	if (st == TG_OK)
		st = take_body(&frame, answer, err);
	tg_buf_finish(&body);
	tg_buf_finish(&frame);
	return st;
}

enum tg_status tg_link_ask(const char *socket_path, const char *path, const char *json, int timeout_ms,
        struct tg_buf *answer, struct tg_error *err)
{
	struct tg_buf body = TG_BUF_INIT, frame = TG_BUF_INIT;
	size_t n = strlen(json);
	tg_buf_reset(answer);
	if (n > TG_LINK_ASK_MAX)
		return tg_error_set(err, TG_LIMIT, "ask: longer than %u bytes", TG_LINK_ASK_MAX);
	tg_field_put_str(&body, TG_LINK_F_PATH, path);
	tg_field_put(&body, TG_LINK_F_BODY, json, n);
	tg_field_put_u32(&body, TG_LINK_F_TIMEOUT_MS, timeout_ms > 0 ? (uint32_t)timeout_ms : 0);
	enum tg_status st = tg_buf_status(&body);
	if (st == TG_OK)
		st = call(socket_path, TG_LINK_ASK, &body, TG_LINK_ASK_OK, &frame, timeout_ms + AGENT_GRACE_MS, err);
	if (st == TG_OK)
		st = take_body(&frame, answer, err);
	tg_buf_wipe(&body);
	tg_buf_wipe(&frame);
	return st;
}

struct tg_cmp_transport tg_link_cmp_transport(const char *socket_path)
{
	/* The transport hands its ctx back unchanged; the path is only read. */
	union {
		const char *in;
		void *out;
	} path = {.in = socket_path};
	return (struct tg_cmp_transport){.exchange = cmp_exchange, .ctx = path.out};
}
