#!/usr/bin/env python3
"""What a certificate's addresses may lead to: files of a folder by GET, and answers to POST that are none, or old ones.
usage: status_server.py FOLDER PORT-FILE"""
import http.server
import os
import sys
import time

folder, port_file = sys.argv[1:]


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        with open(os.path.join(folder, "asked"), "a", encoding="ascii") as log:
            log.write(self.command + " " + self.path + "\n")

    def answer(self, body, kind, code=200):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def file(self):
        with open(os.path.join(folder, os.path.basename(self.path)), "rb") as f:
            return f.read()

    def do_GET(self):
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/list.der")
            self.end_headers()
            return
        try:
            self.answer(self.file(), "application/pkix-crl")
        except OSError:
            self.answer(b"", "text/plain", 404)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        kind = "application/ocsp-response"
        if self.path == "/garbage":
            self.answer(b"0\x03\x02\x01", kind)
        elif self.path == "/later":
            self.answer(b"0\x03\x0a\x01\x03", kind)  # tryLater
        elif self.path == "/page":
            self.answer(b"<html></html>", "text/html")
        elif self.path == "/huge":
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(b"0\x83\x20\x00\x00")
            try:
                for _ in range(4096):
                    self.wfile.write(b"\0" * 1024)
            except OSError:
                pass
        elif self.path == "/drip":
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            try:
                self.wfile.write(b"0\x82\x10\x00")
                for _ in range(60):
                    self.wfile.write(b"\0")
                    self.wfile.flush()
                    time.sleep(0.5)
            except OSError:
                pass
        else:
            self.answer(self.file(), kind)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
with open(port_file + ".new", "w", encoding="ascii") as f:
    f.write(str(server.server_address[1]))
os.rename(port_file + ".new", port_file)
server.serve_forever()
