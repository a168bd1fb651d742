#!/usr/bin/python3
"""A passport out of other people's code, behind the reader driver vpcd: vicc_card.py PORT FOLDER MRZ-LINE-2.

Key derivation, basic access control and secure messaging are virtualsmartcard's (Debian: python3-virtualsmartcard 3.3),
an implementation of 2011 by the authors of the reader driver. The package installs where Python does not look, is half
Python 2, and leaves the processing status out of protected answers, which ICAO 9303-11 demands: the replacements below
are all that is changed, and each must still fit. Files (COM, DG1, SOD as named) come from FOLDER.
"""
import os
import socket
import struct
import sys
import types

PACKAGE = "/usr/lib/python3/site-packages/virtualsmartcard"
try:
    import Cryptodome.Cipher
    import Cryptodome.Hash.SHA
    import Cryptodome.Hash.HMAC
except ImportError:
    print("python3-pycryptodome is not installed", file=sys.stderr)
    sys.exit(77)
if not os.path.isdir(PACKAGE):
    print("python3-virtualsmartcard is not installed", file=sys.stderr)
    sys.exit(77)
# Debian's pycryptodome has another name than the one that is imported there.
for name in ("", ".Cipher", ".Hash", ".Cipher.DES", ".Cipher.DES3", ".Cipher.AES", ".Cipher.ARC4", ".Hash.SHA", ".Hash.HMAC"):
    sys.modules["Crypto" + name] = __import__("Cryptodome" + name, fromlist=["x"])
sys.path.insert(0, PACKAGE)

REPLACED = {
    "TLVutils": [('    return b"".join(result)\n\n\ndef bertlv_pack', "    return result\n\n\ndef bertlv_pack")],
    "CryptoUtils": [
        ("        result.append(chr(op(ord(string1[i]), ord(string2[i]))))\n    return \"\".join(result)",
         "        result.append(op(string1[i], string2[i]))\n    return bytes(result)"),
    ],
    "SEutils": [
        ('return_data = ["", ]', 'return_data = [b"", ]'),
        ("stringtoint(value[0])", "value[0]"),
        ("        c = C_APDU(cla=cla", "        c = dict(cla=cla"),
        ('data="".join(return_data))', 'data=b"".join(return_data))'),
        ('        return_data = ""\n        # if sw', '        return_data = b""\n        # if sw'),
        ('        if result != "":', '        if result != b"":'),
        ('"\\x01" + encrypted', 'b"\\x01" + encrypted'),
        ('        if sw == SW["NORMAL"]:\n            if self.cct', '        return_data += pack([(0x99, 2, inttostring(sw))])\n'
         '        if True:\n            if self.cct'),
    ],
}


def load(name):
    with open(f"{PACKAGE}/virtualsmartcard/{name}.py", encoding="utf-8") as f:
        source = f.read()
    for old, new in REPLACED[name]:
        if source.count(old) != 1:
            print(f"{name}: the package is another than this test knows: {old!r}", file=sys.stderr)
            sys.exit(77)
        source = source.replace(old, new)
    module = types.ModuleType("virtualsmartcard." + name)
    sys.modules["virtualsmartcard." + name] = module
    exec(compile(source, name, "exec"), module.__dict__)
    return module


for module_name in ("TLVutils", "CryptoUtils", "SEutils"):
    load(module_name)
from virtualsmartcard.cards.ePass import PassportSAM, ePass_SE  # noqa: E402
from virtualsmartcard.SWutils import SwError  # noqa: E402

APPLICATION = bytes.fromhex("A0000002471001")
FILES = {0x011E: "COM", 0x0101: "DG1", 0x011D: "SOD"}


class Passport:
    def __init__(self, folder, line2):
        self.files = {}
        for fid, file_name in FILES.items():
            with open(f"{folder}/{file_name}", "rb") as f:
                self.files[fid] = f.read()
        self.line2 = line2.encode()
        self.power_up()

    def power_up(self):
        self.sam = PassportSAM.__new__(PassportSAM)  # its constructor wants the package's file system
        self.sam.mrz2 = self.line2
        self.sam._PassportSAM__computeKeys()
        self.sam.current_SE = ePass_SE(None, self.sam)
        self.sam.last_challenge = None
        self.selected, self.current, self.secure = False, None, False

    def select(self, p1, data):
        if p1 == 0x04:
            self.selected = data == APPLICATION
            return (0x9000 if self.selected else 0x6A82), b""
        fid = int.from_bytes(data, "big")
        if not self.selected or fid not in self.files:
            return 0x6A82, b""
        if not self.secure:
            return 0x6982, b""
        self.current = self.files[fid]
        return 0x9000, b""

    def read(self, p1, p2, le):
        if not self.secure:
            return 0x6982, b""
        at = p1 << 8 | p2
        if self.current is None or at >= len(self.current):
            return 0x6B00, b""
        piece = self.current[at:at + le]
        return (0x9000 if len(piece) == le else 0x6282), piece

    def run(self, ins, p1, p2, data, le):
        if ins == 0xA4:
            return self.select(p1, data)
        if ins == 0xB0:
            return self.read(p1, p2, le)
        if ins == 0x84 and self.selected:
            return self.sam.get_challenge(p1, p2, data)
        if ins == 0x82 and self.selected and self.sam.last_challenge:
            answer = self.sam.external_authenticate(p1, p2, data)
            self.secure = True
            return answer
        return 0x6D00, b""

    def execute(self, apdu):
        cla, ins, p1, p2 = apdu[:4]
        lc = apdu[4] if len(apdu) > 5 else 0
        data, rest = apdu[5:5 + lc], apdu[5 + lc:] if lc else apdu[4:]
        le = (rest[0] or 256) if rest else 0
        try:
            if cla & 0x0C != 0x0C:
                self.secure = False  # a plain command ends secure messaging
                sw, answer = self.run(ins, p1, p2, data, le)
                return answer + struct.pack("!H", sw)
            if not self.secure:
                return b"\x69\x88"
            plain = self.sam.current_SE.parse_SM_CAPDU(
                types.SimpleNamespace(cla=cla, ins=ins, p1=p1, p2=p2, data=data), True)
            sw, answer = self.run(ins, p1, p2, plain["data"], plain["le"] or 0)
            sw, answer = self.sam.current_SE.protect_response(sw, answer)
            return answer + struct.pack("!H", sw)
        except SwError as e:
            self.secure = False
            return struct.pack("!H", e.sw)


def receive(sock, n):
    data = b""
    while len(data) < n:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        piece = sock.recv(n - len(data))
        if not piece:
            sys.exit(0)
        data += piece
    return data


def main():
    port, folder, line2 = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    card = Passport(folder, line2)
    atr = bytes.fromhex("3B888001") + b"PASSPORT" + b"\x00"
    checksum = 0
    for byte in atr[1:-1]:
        checksum ^= byte
    atr = atr[:-1] + bytes([checksum])
    sock = socket.create_connection(("127.0.0.1", port))
    while True:
        message = receive(sock, struct.unpack("!H", receive(sock, 2))[0])
        if len(message) > 1:
            answer = card.execute(message)
        elif message == b"\x04":
            answer = atr
        else:
            card.power_up()
            continue
        sock.sendall(struct.pack("!H", len(answer)) + answer)


main()
