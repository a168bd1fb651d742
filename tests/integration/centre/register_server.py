#!/usr/bin/python3
"""A state register behind HTTPS for tests: the contract of include/tamga/register.h, and every way to break it.

usage: register_server.py DIR CERT KEY CLIENT-CA
DIR/mode  ok · none · slow · hang-up · garbage · not-json · html · huge · error · redirect · wrong-types · no-source
DIR/asked what was asked, one line each; DIR/port the port"""
import http.server
import json
import os
import ssl
import sys
import time

folder, cert, key, client_ca = sys.argv[1:5]
PERSONS = {"900101300017": {"surname": "СЕРІКОВА", "given-name": "Айгүл", "patronymic": "Болатқызы"}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def give(self, body, kind="application/json", code=200, more=()):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in more:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(os.path.join(folder, "mode")) as f:
            mode = f.read().strip()
        with open(os.path.join(folder, "asked"), "a") as f:
            f.write(self.path + " " + body.decode() + "\n")
        facts = PERSONS.get(json.loads(body)["key"]) if self.path == "/v1/registers/persons" else None
        good = {"found": True, "source": "ЖТ МДБ", "time_ms": 1763800000000, "facts": facts, "ended": False}
        if mode == "slow":
            time.sleep(3)
        if mode == "hang-up":
            self.close_connection = True
            return
        if mode == "garbage":
            self.give(bytes(range(256)) * 20)
        elif mode == "not-json":
            self.give(b'{"found": true')
        elif mode == "html":
            self.give(b"<html>log in</html>", "text/html")
        elif mode == "huge":
            self.give(json.dumps({**good, "facts": {"surname": "x" * 200000}}).encode())
        elif mode == "error":
            self.give(b"{}", code=500)
        elif mode == "redirect":
            self.give(b"", code=302, more=[("Location", "https://127.0.0.1/")])
        elif mode == "wrong-types":
            self.give(json.dumps({**good, "time_ms": "now"}).encode())
        elif mode == "no-source":
            self.give(json.dumps({"found": True, "time_ms": 1, "facts": {}}).encode())
        elif mode == "ended":
            self.give(json.dumps({**good, "ended": True}).encode())
        elif facts is None or mode == "none":
            self.give(json.dumps({"found": False, "source": "ЖТ МДБ", "time_ms": 1763800000000}).encode())
        else:
            self.give(json.dumps(good).encode())


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
context.verify_mode = ssl.CERT_REQUIRED
context.load_verify_locations(client_ca)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.handle_error = lambda request, address: None  # who hangs up is what some tests are about
server.socket = context.wrap_socket(server.socket, server_side=True)
with open(os.path.join(folder, "port.new"), "w") as f:
    f.write(str(server.server_address[1]) + "\n")
os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
server.serve_forever()
