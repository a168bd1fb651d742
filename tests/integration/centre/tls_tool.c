/* A TLS client that does what no honest library would:
 *   stolen HOST PORT CA CERT KEY   shows CERT and signs with KEY, which is another's; prints "accepted" or why not
 * By GnuTLS, which can be told not to compare the two. */
#include <gnutls/gnutls.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int dial(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	if (getaddrinfo(host, port, &hints, &list) != 0)
		return -1;
	int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, list->ai_addr, list->ai_addrlen) != 0) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(list);
	return fd;
}

/* With TLS 1.3 the server's judgement of our signature comes after our own end of the handshake: by what is read. */
static int talk(gnutls_session_t s)
{
	static const char ask[] = "GET /v1/high-water HTTP/1.1\r\nHost: x\r\n\r\n";
	char in[64];
	int rc = gnutls_handshake(s);
	ssize_t n = rc == 0 ? gnutls_record_send(s, ask, sizeof(ask) - 1) : rc;
	if (n > 0)
		n = gnutls_record_recv(s, in, sizeof(in));
	if (n > 0) {
		printf("accepted: %.*s\n", (int)n, in);
		return 0;
	}
	int alert = n == GNUTLS_E_FATAL_ALERT_RECEIVED ? (int)gnutls_alert_get(s) : -1;
	printf("refused: %s%s%s\n", n == 0 ? "closed" : gnutls_strerror((int)n), alert >= 0 ? ": " : "",
	        alert >= 0 ? gnutls_alert_get_name((gnutls_alert_description_t)alert) : "");
	return 0;
}

int main(int argc, char **argv)
{
	gnutls_certificate_credentials_t cred;
	gnutls_session_t s;
	if (argc != 7 || strcmp(argv[1], "stolen") != 0)
		return 2;
	if (gnutls_certificate_allocate_credentials(&cred) != 0)
		return 2;
	gnutls_certificate_set_flags(cred, GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH);
	if (gnutls_certificate_set_x509_trust_file(cred, argv[4], GNUTLS_X509_FMT_PEM) < 1 ||
	        gnutls_certificate_set_x509_key_file(cred, argv[5], argv[6], GNUTLS_X509_FMT_PEM) != 0)
		return 2;
	int fd = dial(argv[2], argv[3]);
	if (fd < 0 || gnutls_init(&s, GNUTLS_CLIENT) != 0)
		return 2;
	if (gnutls_priority_set_direct(s, "NORMAL:-VERS-ALL:+VERS-TLS1.3", NULL) != 0 ||
	        gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, cred) != 0)
		return 2;
	gnutls_transport_set_int(s, fd);
	int rc = talk(s);
	gnutls_deinit(s);
	gnutls_certificate_free_credentials(cred);
	close(fd);
	return rc;
}
