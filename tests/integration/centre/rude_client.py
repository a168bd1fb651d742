#!/usr/bin/env python3
"""Clients that mean no good, for the tests of the centre's door. Prints a line "NAME RESULT" for each thing tried.

  rude_client.py slow  HOST PORT CA CERT KEY   those who never come to the point: "closed" or "still open after N s"
  rude_client.py odd   HOST PORT CA CERT KEY   requests that are none: the HTTP status of each answer, "closed" at its end,
                                               and the name of the refusal where the last body has one
  rude_client.py crowd HOST PORT N SECONDS     N connections that say nothing for so long
  rude_client.py hold  HOST PORT CA CERT KEY BYTES SECONDS
                                               a batch of BYTES is announced, begun, and not sent
"""
import re
import socket
import ssl
import sys
import threading
import time

PATIENCE = 60  # below the 75 s after which silence alone would end it
LABEL = b'tamga-batch-1\0'


def dial(host, port):
    return socket.create_connection((host, int(port)), timeout=20)


def context(ca, cert, key):
    c = ssl.create_default_context(cafile=ca)
    c.load_cert_chain(cert, key)
    return c


def is_closed(s, deadline):
    """Reads until the other side ends it; what it says before that does not matter."""
    while time.monotonic() < deadline:
        s.settimeout(max(0.01, min(0.3, deadline - time.monotonic())))
        try:
            if not s.recv(4096):
                return True
        except (TimeoutError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True
    return False


def drip(s, data):
    """A byte at a time until it is closed or the patience is over."""
    end = time.monotonic() + PATIENCE
    at = 0
    while time.monotonic() < end:
        if at < len(data):
            try:
                s.sendall(data[at:at + 1])
            except OSError:
                return 'closed'
            at += 1
        if is_closed(s, time.monotonic() + 0.3):
            return 'closed'
    return f'still open after {PATIENCE} s'


def client_hello():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    o = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname='localhost')
    try:
        o.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def slow(host, port, ca, cert, key):
    c = context(ca, cert, key)

    def tls():
        return c.wrap_socket(dial(host, port), server_hostname=host)

    post = (b'POST /v1/journal HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n'
            b'Content-Length: 4000\r\n\r\n')

    def begun(first):
        s = tls()
        s.sendall(first)
        return s

    served = b'GET /v1/high-water HTTP/1.1\r\nHost: x\r\n\r\n'
    tried = {
        'silent': (lambda: dial(host, port), b''),
        'greets-by-the-byte': (lambda: dial(host, port), client_hello()),
        'half-a-greeting': (lambda: dial(host, port), client_hello()[:40]),
        'tls-and-nothing-more': (tls, b''),
        'head-by-the-byte': (tls, b'GET /v1/high-water HTTP/1.1\r\n' + b'X-A: b\r\n' * 200),
        'body-by-the-byte': (lambda: begun(post + LABEL), b'\0' * 3900),
        'half-a-body': (lambda: begun(post + LABEL), b''),
    }
    lines = []

    def try_one(name, make, data):
        try:
            with make() as s:
                lines.append(f'{name} {drip(s, data)}')
        except OSError as e:
            lines.append(f'{name} {e}')

    threads = [threading.Thread(target=try_one, args=(n, *v)) for n, v in tried.items()]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    # Beside them one that does as it should.
    with begun(served) as s:
        lines.append(f'polite {s.recv(200).split(b" ")[1].decode()}')
    print('\n'.join(lines))


def answers(c, host, port, request):
    """The HTTP statuses that come back for these bytes; "open" or "closed"; a name as the centre writes it."""
    got = b''
    end = 'open'
    try:
        with c.wrap_socket(dial(host, port), server_hostname=host) as s:
            s.sendall(request)
            s.settimeout(1.0)
            while True:
                try:
                    part = s.recv(65536)
                except TimeoutError:
                    break
                if not part:
                    end = 'closed'
                    break
                got += part
    except OSError:
        end = 'closed'
    text = got.decode('latin-1')
    named = re.findall(r'\{"code":\d+,"name":"([a-z-]+)"\}\n$', text)
    return ' '.join(re.findall(r'HTTP/1\.[01] (\d\d\d)', text) + [end] + named)


GET = b'GET /v1/high-water HTTP/1.1\r\nHost: x\r\n\r\n'


def head(first, *more):
    return b'\r\n'.join([first, b'Host: x', *more, b'', b''])


def post(*more, body=b''):
    return head(b'POST /v1/journal HTTP/1.1', b'Content-Type: application/octet-stream', *more) + body


ODD = {
    'plain-get': GET,
    'pipelined-3': GET * 3,
    'pipelined-40': GET * 40,
    'http-1.0': head(b'GET /v1/high-water HTTP/1.0'),
    'http-0.9': b'GET /v1/high-water\r\n\r\n',
    'http-2-preface': b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'http-9.9': head(b'GET /v1/high-water HTTP/9.9'),
    'no-host': b'GET /v1/high-water HTTP/1.1\r\n\r\n',
    'two-hosts': head(b'GET /v1/high-water HTTP/1.1', b'Host: y'),
    'space-in-the-path': head(b'GET /v1/high water HTTP/1.1'),
    'put': head(b'PUT /v1/journal HTTP/1.1', b'Content-Length: 0'),
    'delete': head(b'DELETE /v1/journal HTTP/1.1'),
    'head': head(b'HEAD /v1/high-water HTTP/1.1'),
    'options': head(b'OPTIONS * HTTP/1.1'),
    'trace': head(b'TRACE /v1/high-water HTTP/1.1'),
    'connect': head(b'CONNECT x:443 HTTP/1.1'),
    'lower-case-method': head(b'get /v1/high-water HTTP/1.1'),
    'nul-in-method': head(b'G\0T /v1/high-water HTTP/1.1'),
    'two-slashes': head(b'GET //v1/high-water HTTP/1.1'),
    'dot-dot': head(b'GET /v1/../v1/high-water HTTP/1.1'),
    'behind-the-path': head(b'GET /v1/high-water/ HTTP/1.1'),
    'escaped-nul': head(b'GET /v1/high-water%00 HTTP/1.1'),
    'escaped-letter': head(b'GET /v1/%68igh-water HTTP/1.1'),
    'upper-case-path': head(b'GET /V1/HIGH-WATER HTTP/1.1'),
    'another-kiosks-path': head(b'GET /v1/high-water/K02B-1 HTTP/1.1'),
    'file': head(b'GET /../../etc/passwd HTTP/1.1'),
    'long-path': head(b'GET /' + b'a' * 40000 + b' HTTP/1.1'),
    'long-header': head(b'GET /v1/high-water HTTP/1.1', b'X-A: ' + b'a' * 40000),
    'many-headers': head(b'GET /v1/high-water HTTP/1.1', *[b'X-%d: a' % i for i in range(4000)]),
    'no-length': post(),
    'chunked': post(b'Transfer-Encoding: chunked', body=b'0\r\n\r\n'),
    'chunked-and-length': post(b'Transfer-Encoding: chunked', b'Content-Length: 5', body=b'0\r\n\r\n'),
    'chunked-written-oddly': post(b'Transfer-Encoding : chunked', b'Content-Length: 5', body=b'0\r\n\r\n'),
    'two-lengths': post(b'Content-Length: 5', b'Content-Length: 5', body=b'aaaaa'),
    'two-other-lengths': post(b'Content-Length: 0', b'Content-Length: ' + str(len(GET)).encode(), body=GET),
    'length-list': post(b'Content-Length: 5, 5', body=b'aaaaa'),
    'length-minus': post(b'Content-Length: -1'),
    'length-plus': post(b'Content-Length: +5', body=b'aaaaa'),
    'length-hex': post(b'Content-Length: 0x5', body=b'aaaaa'),
    'length-with-more': post(b'Content-Length: 5a', body=b'aaaaa'),
    'length-beyond-all': post(b'Content-Length: 99999999999999999999999'),
    'length-2-64': post(b'Content-Length: 18446744073709551621', body=b'aaaaa'),
    'length-over-the-limit': post(b'Content-Length: 4194305'),
    'get-with-a-body': head(b'GET /v1/high-water HTTP/1.1', b'Content-Length: 5') + b'aaaaa',
    'smuggled': post(b'Content-Length: 5', b'Transfer-Encoding: chunked', body=b'0\r\n\r\n' + GET),
    'another-type': head(b'POST /v1/journal HTTP/1.1', b'Content-Type: text/plain', b'Content-Length: 5') + b'aaaaa',
    'garbage': b'\x16\x03\x01' + bytes(range(256)) * 4,
}


def odd(host, port, ca, cert, key):
    c = context(ca, cert, key)
    for name, request in ODD.items():
        print(name, answers(c, host, port, request))
    # Below and beside HTTP.
    old = context(ca, cert, key)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        with old.wrap_socket(dial(host, port), server_hostname=host):
            print('tls-1.2 accepted')
    except OSError:
        print('tls-1.2 refused')
    c.set_alpn_protocols(['h2'])
    try:
        with c.wrap_socket(dial(host, port), server_hostname=host) as s:
            print('alpn-h2', s.selected_alpn_protocol())
    except OSError:
        print('alpn-h2 refused')
    with dial(host, port) as s:
        s.sendall(GET)
        try:
            print('without-tls', 'answered' if b'HTTP/' in s.recv(200) else 'closed')
        except OSError:
            print('without-tls closed')


def crowd(host, port, n, seconds):
    held = [dial(host, port) for _ in range(int(n))]
    print('here', len(held), flush=True)
    time.sleep(float(seconds))


def hold(host, port, ca, cert, key, size, seconds):
    with context(ca, cert, key).wrap_socket(dial(host, port), server_hostname=host) as s:
        s.sendall(post(b'Content-Length: ' + size.encode(), body=LABEL))
        print('begun', flush=True)
        time.sleep(float(seconds))


if __name__ == '__main__':
    {'slow': slow, 'odd': odd, 'crowd': crowd, 'hold': hold}[sys.argv[1]](*sys.argv[2:])
