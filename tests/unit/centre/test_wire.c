/* What goes between GnuTLS and the socket: nothing is lost, doubled or held back, however the kernel cuts it. C-2, C-3.
 * The other end is GnuTLS as it comes. */
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.2:+ANON-ECDH"
#define BIG        200000u

struct pair {
	gnutls_session_t server, client;
	gnutls_anon_server_credentials_t server_keys;
	gnutls_anon_client_credentials_t client_keys;
	struct tg_wire wire;
	int fds[2]; /* server, client */
};

static void shake(struct pair *p)
{
	int a = GNUTLS_E_AGAIN, b = GNUTLS_E_AGAIN;
	for (int i = 0; i < 1000 && (a != 0 || b != 0); i++) {
		if (b != 0)
			b = gnutls_handshake(p->client);
		if (a != 0)
			a = gnutls_handshake(p->server);
	}
	assert_int_equal(a, 0);
	assert_int_equal(b, 0);
}

static void pair_open(struct pair *p)
{
	*p = (struct pair){0};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, p->fds), 0);
	assert_int_equal(gnutls_anon_allocate_server_credentials(&p->server_keys), 0);
	assert_int_equal(gnutls_anon_allocate_client_credentials(&p->client_keys), 0);
	assert_int_equal(gnutls_init(&p->server, GNUTLS_SERVER | GNUTLS_NONBLOCK), 0);
	assert_int_equal(gnutls_init(&p->client, GNUTLS_CLIENT | GNUTLS_NONBLOCK), 0);
	assert_int_equal(gnutls_priority_set_direct(p->server, PRIORITIES, NULL), 0);
	assert_int_equal(gnutls_priority_set_direct(p->client, PRIORITIES, NULL), 0);
	assert_int_equal(gnutls_credentials_set(p->server, GNUTLS_CRD_ANON, p->server_keys), 0);
	assert_int_equal(gnutls_credentials_set(p->client, GNUTLS_CRD_ANON, p->client_keys), 0);
	gnutls_transport_set_int(p->client, p->fds[1]);
	tg_wire_attach(&p->wire, p->fds[0], p->server);
	shake(p);
}

static void pair_close(struct pair *p)
{
	gnutls_deinit(p->server);
	gnutls_deinit(p->client);
	tg_wire_finish(&p->wire);
	gnutls_anon_free_server_credentials(p->server_keys);
	gnutls_anon_free_client_credentials(p->client_keys);
	close(p->fds[0]);
	if (p->fds[1] >= 0)
		close(p->fds[1]);
}

static void fill(unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (unsigned char)(i * 31 + i / 251);
}

static void test_head_and_body_are_one(void **state)
{
	struct pair p;
	char got[16];
	(void)state;
	pair_open(&p);
	tg_wire_hold(&p.wire);
	assert_int_equal(gnutls_record_send(p.server, "head", 4), 4);
	assert_int_equal(recv(p.fds[1], got, 1, MSG_PEEK), -1); /* nothing was sent */
	assert_int_equal(gnutls_record_send(p.server, "body", 4), 4);
	assert_int_equal(gnutls_record_recv(p.client, got, sizeof(got)), 4);
	assert_memory_equal(got, "head", 4);
	assert_int_equal(gnutls_record_recv(p.client, got, sizeof(got)), 4);
	assert_memory_equal(got, "body", 4);
	/* It holds once. */
	assert_int_equal(gnutls_record_send(p.server, "next", 4), 4);
	assert_int_equal(gnutls_record_recv(p.client, got, sizeof(got)), 4);
	assert_memory_equal(got, "next", 4);
	pair_close(&p);
}

/* More than the kernel takes at once: the head that was held, then the body, each byte once and in order. */
static void test_full_socket(void **state)
{
	struct pair p;
	size_t sent = 0, got = 0;
	unsigned char *out = malloc(BIG), *in = malloc(BIG);
	(void)state;
	assert_non_null(out);
	assert_non_null(in);
	fill(out, BIG);
	pair_open(&p);
	assert_int_equal(setsockopt(p.fds[0], SOL_SOCKET, SO_SNDBUF, &(int){2048}, sizeof(int)), 0);
	while (gnutls_record_send(p.server, out, 100) > 0) /* until it is full */
		sent += 100;
	while (gnutls_record_recv(p.client, in, 100) > 0)
		;
	(void)gnutls_record_send(p.server, NULL, 0); /* the rest of the one that waited */
	while (gnutls_record_recv(p.client, in, 100) > 0)
		;
	assert_true(sent > 0);
	sent = 0;
	tg_wire_hold(&p.wire);
	for (int i = 0; i < 100000 && got < BIG; i++) {
		size_t next = sent == 0 ? 300 : BIG - sent;
		ssize_t n = sent < BIG ? gnutls_record_send(p.server, out + sent, next) : 0;
		assert_true(n >= 0 || n == GNUTLS_E_AGAIN);
		sent += n > 0 ? (size_t)n : 0;
		n = gnutls_record_recv(p.client, in + got, BIG - got);
		assert_true(n > 0 || n == GNUTLS_E_AGAIN);
		got += n > 0 ? (size_t)n : 0;
	}
	assert_int_equal(got, BIG);
	assert_memory_equal(in, out, BIG);
	free(out);
	free(in);
	pair_close(&p);
}

/* Several records that come in one piece, and each in many: all of it is read, and nothing is kept for an idle
 * connection. */
static void test_read_ahead(void **state)
{
	struct pair p;
	int between[2];
	unsigned char out[5000], in[5000], some[7];
	size_t got = 0;
	(void)state;
	fill(out, sizeof(out));
	pair_open(&p);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, between), 0);
	for (size_t piece = 1; piece <= sizeof(some); piece += 3) {
		gnutls_transport_set_int(p.client, between[0]);
		for (size_t at = 0; at < sizeof(out); at += 1000)
			assert_int_equal(gnutls_record_send(p.client, out + at, 1000), 1000);
		for (ssize_t n = 1; n > 0 && got < sizeof(in);) {
			n = recv(between[1], some, piece, 0);
			assert_true(n <= 0 || send(p.fds[1], some, (size_t)n, MSG_NOSIGNAL) == n);
			ssize_t r = gnutls_record_recv(p.server, in + got, sizeof(in) - got);
			assert_true(r > 0 || r == GNUTLS_E_AGAIN);
			got += r > 0 ? (size_t)r : 0;
		}
		assert_int_equal(got, sizeof(out));
		assert_memory_equal(in, out, sizeof(out));
		got = 0;
	}
	gnutls_transport_set_int(p.client, p.fds[1]);
	for (size_t at = 0; at < sizeof(out); at += 1000)
		assert_int_equal(gnutls_record_send(p.client, out + at, 1000), 1000);
	while (got < sizeof(out)) {
		ssize_t r = gnutls_record_recv(p.server, in + got, 333);
		assert_true(r > 0);
		got += (size_t)r;
	}
	assert_memory_equal(in, out, sizeof(out));
	assert_int_equal(gnutls_record_recv(p.server, in, 1), GNUTLS_E_AGAIN);
	assert_null(p.wire.ahead);
	close(between[0]);
	close(between[1]);
	pair_close(&p);
}

/* An end in the middle of a record is an error, and at its end is the end. */
static void test_the_end(void **state)
{
	struct pair p;
	char in[8];
	(void)state;
	pair_open(&p);
	assert_int_equal(gnutls_record_send(p.client, "last", 4), 4);
	close(p.fds[1]);
	p.fds[1] = -1;
	assert_int_equal(gnutls_record_recv(p.server, in, sizeof(in)), 4);
	assert_int_equal(gnutls_record_recv(p.server, in, sizeof(in)), GNUTLS_E_PREMATURE_TERMINATION);
	assert_true(gnutls_record_send(p.server, "more", 4) < 0); /* an error, no signal */
	pair_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_head_and_body_are_one),
	        cmocka_unit_test(test_full_socket), cmocka_unit_test(test_read_ahead), cmocka_unit_test(test_the_end)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
