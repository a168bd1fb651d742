#include "tamga/frame.h"
#include "tamga/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Waits until `fd` is ready or the deadline passes. */
static enum tg_status wait_for(int fd, short what, int64_t deadline)
{
	struct tg_clock clock = tg_clock_real();
	for (;;) {
		int64_t left = deadline - clock.mono_ms(NULL);
		if (left < 0)
			left = 0;
		struct pollfd p = {.fd = fd, .events = what};
		int n = poll(&p, 1, left > 3600000 ? 3600000 : (int)left);
		if (n > 0)
			return TG_OK;
		if (n == 0 && left <= 3600000)
			return TG_TIMEOUT;
		if (n < 0 && errno != EINTR)
			return TG_IO;
	}
}

static enum tg_status send_all(int fd, const uint8_t *p, size_t n, int64_t deadline)
{
	while (n) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		} else if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			TG_TRY(wait_for(fd, POLLOUT, deadline));
		} else if (done < 0 && errno != EINTR) {
			return TG_IO;
		}
	}
	return TG_OK;
}

static enum tg_status recv_all(int fd, uint8_t *p, size_t n, int64_t deadline)
{
	while (n) {
		ssize_t done = recv(fd, p, n, MSG_DONTWAIT);
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		} else if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			TG_TRY(wait_for(fd, POLLIN, deadline));
		} else if (done == 0 || errno != EINTR) {
			return TG_IO;
		}
	}
	return TG_OK;
}

enum tg_status tg_frame_send(int fd, uint16_t kind, const void *body, size_t n, int timeout_ms)
{
	if (n > TG_FRAME_MAX - 2)
		return TG_LIMIT;
	uint32_t length = (uint32_t)n + 2;
	uint8_t head[6] = {(uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length,
	        (uint8_t)(kind >> 8), (uint8_t)kind};
	int64_t deadline = tg_clock_real().mono_ms(NULL) + timeout_ms;
	TG_TRY(send_all(fd, head, sizeof head, deadline));
	return send_all(fd, body, n, deadline);
}

enum tg_status tg_frame_recv(int fd, uint16_t *kind, struct tg_buf *body, int timeout_ms)
{
	uint8_t head[6];
	int64_t deadline = tg_clock_real().mono_ms(NULL) + timeout_ms;
	tg_buf_reset(body);
	TG_TRY(recv_all(fd, head, sizeof head, deadline));
	uint32_t length = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
	if (length < 2 || length > TG_FRAME_MAX)
		return TG_LIMIT;
	*kind = (uint16_t)(head[4] << 8 | head[5]);
	uint8_t chunk[4096];
	enum tg_status status = TG_OK;
	for (size_t left = length - 2; left && status == TG_OK;) {
		size_t n = left < sizeof chunk ? left : sizeof chunk;
		status = recv_all(fd, chunk, n, deadline);
		if (status == TG_OK)
			tg_buf_add(body, chunk, n);
		left -= n;
	}
	explicit_bzero(chunk, sizeof chunk); /* the frame may have carried a PIN */
	return status != TG_OK ? status : tg_buf_status(body);
}

void tg_field_put(struct tg_buf *b, uint16_t tag, const void *bytes, size_t n)
{
	if (n > UINT32_MAX) {
		b->failed = true;
		return;
	}
	tg_buf_add_u16(b, tag);
	tg_buf_add_u32(b, (uint32_t)n);
	tg_buf_add(b, bytes, n);
}

void tg_field_put_str(struct tg_buf *b, uint16_t tag, const char *s)
{
	tg_field_put(b, tag, s, strlen(s));
}

void tg_field_put_u32(struct tg_buf *b, uint16_t tag, uint32_t v)
{
	uint8_t bytes[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
	tg_field_put(b, tag, bytes, sizeof bytes);
}

bool tg_field_next(struct tg_reader *r, uint16_t *tag, struct tg_bytes *value)
{
	if (r->failed || r->p == r->end)
		return false;
	*tag = tg_read_u16(r);
	*value = tg_read_bytes(r, tg_read_u32(r));
	return !r->failed;
}
