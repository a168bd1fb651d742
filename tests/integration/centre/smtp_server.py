#!/usr/bin/python3
"""An SMTP server for tests: aiosmtpd on loopback, told by a file how to behave, keeping what it took as files.

usage: smtp_server.py DIR PORT [--tls CERT KEY | --starttls CERT KEY] [--host ADDRESS] [--login USER PASSWORD]
DIR/mode   ok · rcpt-4xx · rcpt-5xx · data-4xx · data-5xx · mail-5xx · slow (takes the message, says so only after the
           file is "ok" again) · stall (never answers RCPT)
DIR/N.eml  messages taken, DIR/N.to their recipients; DIR/log one word per event"""
import asyncio
import os
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Handler:
    def __init__(self, folder):
        self.folder = folder
        self.taken = len([n for n in os.listdir(folder) if n.endswith(".eml")])

    def mode(self):
        with open(os.path.join(self.folder, "mode")) as f:
            return f.read().strip()

    def log(self, word):
        with open(os.path.join(self.folder, "log"), "a") as f:
            f.write(word + "\n")

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.log("mail")
        if self.mode() == "mail-5xx":
            return "550 5.7.1 this sender may not"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        mode = self.mode()
        self.log("rcpt")
        while mode == "stall":
            await asyncio.sleep(0.05)
            mode = self.mode()
        if mode == "rcpt-4xx":
            return "451 4.7.1 greylisted, come again"
        if mode == "rcpt-5xx":
            return "550 5.1.1 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mode = self.mode()
        self.log("data")
        if mode == "data-4xx":
            return "452 4.2.2 the box is full"
        if mode == "data-5xx":
            return "554 5.7.1 not this"
        self.taken += 1
        name = os.path.join(self.folder, str(self.taken))
        with open(name + ".eml.new", "wb") as f:
            f.write(envelope.original_content)
        with open(name + ".to", "w") as f:
            f.write(envelope.mail_from + "\n" + "\n".join(envelope.rcpt_tos) + "\n")
        os.rename(name + ".eml.new", name + ".eml")
        self.log("taken")
        while self.mode() == "slow":
            await asyncio.sleep(0.05)
        return "250 OK taken"


def main():
    folder, port = sys.argv[1], int(sys.argv[2])
    rest = sys.argv[3:]
    options, host = {}, "127.0.0.1"
    kind = None
    while rest:
        word = rest.pop(0)
        if word in ("--tls", "--starttls"):
            kind = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            kind.load_cert_chain(rest.pop(0), rest.pop(0))
            if word == "--tls":
                options["ssl_context"] = kind
            else:
                options["tls_context"] = kind
                options["require_starttls"] = True
        elif word == "--host":
            host = rest.pop(0)
        elif word == "--login":
            user, password = rest.pop(0).encode(), rest.pop(0).encode()
            options["auth_required"] = True
            options["auth_require_tls"] = False
            options["authenticator"] = lambda server, session, envelope, mechanism, data: AuthResult(
                success=data.login == user and data.password == password)
    controller = Controller(Handler(folder), hostname=host, port=port, **options)
    controller.start()
    with open(os.path.join(folder, "ready"), "w") as f:
        f.write("ready\n")
    try:
        asyncio.new_event_loop().run_forever()
    finally:
        controller.stop()


main()
