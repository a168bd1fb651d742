#!/usr/bin/env python3
"""Makes the malicious cards: NAME.bin (replies for `tamga-vcard --script`, format in src/vcard/script.h) and NAME.txt (one
line: which class of fault). Run in this folder after a change; the test compares.

Most of them speak as a Rutoken until the point where they lie, because OpenSC's driver for it is chosen by the ATR and
then asks in a fixed order: EF.DIR, application folder, ODF, TokenInfo, AODF (PINs), PrKDF, PuKDF, public keys, CDF,
certificates; each file is one SELECT and READ BINARY in pieces of 256 bytes."""
import base64
import os
import sys

RUTOKEN = '3B8B015275746F6B656E20445320C1'
ID_CARD = '3BFE1800008131FE458031815448534D31738021408107FA'
OK = b'\x90\x00'
AGAIN, LAST, LAST_TWO = [b'\0'], [b'\1'], [b'\2'] # how many replies are repeated for ever, 0 = all


def tlv(tag, value):
    n = len(value)
    size = bytes([n]) if n < 128 else bytes([0x81, n]) if n < 256 else bytes([0x82]) + n.to_bytes(2, 'big')
    return bytes([tag]) + size + value


def fci(size, kind=0x01, number=2):
    body = tlv(0x80, size.to_bytes(number, 'big')) + tlv(0x82, bytes([kind, 0])) + tlv(0x83, b'\x50\x31')
    return tlv(0x6f, body + tlv(0x86, bytes.fromhex('430000000000000200000000000000'))) + OK


def pieces(content):
    return [content[i:i + 256] + OK for i in range(0, len(content), 256)]


def file(content, size=None):
    size = size or len(content)
    return [fci(size)] + pieces(content.ljust(size, b'\0'))


def path(*names):
    return tlv(0x04, b''.join(n.to_bytes(2, 'big') for n in names))


def entry(tag, *names):
    return tlv(tag, tlv(0x30, path(0x3f00, 0x5000, *names)))


def token_info(serial=bytes.fromhex('000000003ba1f05c'), label=b'Token', maker=b'Aktiv Co.'):
    return tlv(0x30, tlv(2, b'\0') + tlv(4, serial) + tlv(0x0c, maker) + tlv(0x80, label) + tlv(3, b'\x04\x10'))


def pin(label, reference, flags, least):
    attributes = bytes.fromhex('0302%04x0a01010201%02x0201200201208001%02x040100' % (flags, least, reference))
    return tlv(0x30, tlv(0x30, tlv(0x0c, label) + tlv(3, b'\x06\xc0')) + tlv(0x30, tlv(4, bytes([reference]))) +
               tlv(0xa1, tlv(0x30, attributes)))


DIRECTORY = tlv(0x61, tlv(0x4f, b'\xa0\0\0\0\x63PKCS-15') + tlv(0x50, b'Token') + tlv(0x51, b'\x3f\0\x50\0'))
ODF = entry(0xa8, 0x6005) + entry(0xa0, 0x6002) + entry(0xa1, 0x6001) + entry(0xa4, 0x6004)
PINS = pin(b'Security Officer PIN', 1, 0x0099, 8) + pin(b'User PIN', 2, 0x0398, 4)


def private_key(label=b'SIGN', number=1):
    return tlv(0x30, tlv(0x30, tlv(0x0c, label) + tlv(3, b'\x06\xc0') + tlv(4, b'\x02')) +
               tlv(0x30, tlv(4, bytes([number])) + bytes.fromhex('03020430020101')) +
               tlv(0xa1, tlv(0x30, tlv(0x30, path(0x3f00, 0x1000, 0x1000, 0x6002, number)) + b'\x02\x02\x08\x00')))


def certificate_entry(label=b'SIGN', number=1):
    return tlv(0x30, tlv(0x30, tlv(0x0c, label) + tlv(3, b'\x06\x40')) + tlv(0x30, tlv(4, bytes([number]))) +
               tlv(0xa1, tlv(0x30, tlv(0x30, path(0x3f00, 0x5000, 0x0300)))))


CERTIFICATE = base64.b64decode(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'certificate.b64')).read())


def head(directory=DIRECTORY, odf=ODF, info=token_info(), pins=PINS):
    return file(directory, 128) + [fci(5000, 0x38)] + file(odf, 128) + file(info, 256) + file(pins, 256)


def nested(depth, last=b''):
    """Constructed objects in each other, as many as fit; the lengths of the outer ones lie when they no longer do."""
    out = last
    for _ in range(depth):
        out = tlv(0x30, out)
    return out


HOSTILE_LABEL = b'\x1b]0;owned\x07\x1b[2J\x1b[31m' + '\u202egnp.exe\u2066\u200b'.encode() + b'\n\r\t\xff\xfe'
NEVER_ENDING = (entry(0xa8, 0x6005) + entry(0xa0, 0x5031) * 32)[:252] + b'\0' * 4

CARDS = {
    '01-long-serial': (
        'CVE-2010-4523, CVE-2010-4530: a serial number far longer than any buffer for one, in TokenInfo',
        RUTOKEN, head(info=token_info(serial=b'\x41' * 200)) + [b'\x41' * 254 + OK] + AGAIN),
    '02-lengths-believed': (
        'CVE-2018-16391 and its kin, CVE-2021-42781/2: lengths in EF.DIR, ODF, TokenInfo and PrKDF beyond the end of the file',
        RUTOKEN,
        file(bytes.fromhex('6182ffff4f7f') + b'\xa0\0\0\0\x63PKCS-15' + bytes.fromhex('5184ffffffff3f005000'), 128) +
        [fci(5000, 0x38)] + file(ODF + bytes.fromhex('a084fffffff03084ffffffe0'), 128) +
        file(bytes.fromhex('30847fffffff020100048300ffff') + b'B' * 200, 256) +
        file(PINS[:40] + bytes.fromhex('3082ffff0c84fffffffe'), 256) +
        file(bytes.fromhex('3082ffff3082fff00c82ffe0') + b'C' * 64, 256) + [b'D' * 256 + OK] + LAST),
    '03-nested': (
        'CVE-2018-16418 and endless recursion: objects inside objects inside objects, and a folder that contains itself',
        RUTOKEN,
        head(odf=entry(0xa8, 0x6005) + entry(0xa0, 0x6002) + entry(0xa8, 0x5031) + entry(0xa4, 0x5031)) +
        file(nested(900), 2048) + file(b'\x30\x80' * 128, 256) + file(ODF, 256) + AGAIN),
    '04-partial-replies': (
        'CVE-2024-45615 to 45620, CVE-2025-13763: replies with fewer bytes than asked for, none, or less than a status word',
        RUTOKEN,
        [fci(128), DIRECTORY[:20] + OK, fci(128)[:10] + OK, OK, b'\x61\x10', b'\x6f', b'\x61\xff', OK,
         b'\x6c\x01', b'\x6c\x00', tlv(0x6f, b'') + OK, b'\x00', b'\x6f\x1d' + OK, fci(256)[:-6], b'\x90'] + AGAIN),
    '05-atr': (
        'CVE-2010-4531: an ATR of 33 bytes whose interface bytes announce more and more, and 15 historical bytes that are not there',
        '3FFF' + 'FFFF80F1' * 7 + 'FF8080', [OK, b'\x6a\x82'] + AGAIN),
    '06-giant-certificate': (
        'CVE-2023-4535: a certificate of 32 KiB (more OpenSC takes for a negative number), announced by every length there is, that never comes to its end',
        RUTOKEN,
        head(odf=entry(0xa8, 0x6005) + entry(0xa4, 0x6004)) + file(certificate_entry(), 256) +
        [fci(0x7ff0), bytes.fromhex('30827fec30827fe7a003020102') + b'E' * 243 + OK, b'\x30\x82\xff\xff' * 64 + OK] + LAST),
    '07-endless-list': (
        'CVE-2018-16391 (muscle_list_files): a directory of objects that is full of further directories, all of them itself',
        RUTOKEN, file(DIRECTORY, 128) + [fci(5000, 0x38), fci(0x4000)] + [NEVER_ENDING + OK] * 64 + file(token_info(), 256) +
        file(PINS, 256) + [fci(256), (private_key() * 4)[:256].ljust(256, b'\0') + OK] + LAST_TWO),
    '08-sizes': (
        'CVE-2010-4530 (signed lengths), CVE-2021-42779: sizes in FCI that are negative, enormous, 20 bytes long; reads without a byte',
        RUTOKEN,
        head() + [fci(0x8000), OK, OK, OK, tlv(0x6f, tlv(0x80, b'\xff' * 20) + tlv(0x86, b'\x43' * 15)) + OK,
         fci(0xffffffff, 1, 4), OK, fci(0x80000000, 1, 4), OK, fci(0x7fffffff, 1, 4), OK, fci(0xff00, 1, 3), OK,
         b'\x6f\x83\xff\xff\xff' + OK] + AGAIN),
    '09-hostile-label': (
        'Strings shown as they are: control sequences, bidirectional controls and bytes that are no UTF-8 in every name',
        RUTOKEN,
        head(info=token_info(label=HOSTILE_LABEL, maker=HOSTILE_LABEL[:32]), pins=pin(b'SO', 1, 0x0099, 8) +
             pin(HOSTILE_LABEL[:24], 2, 0x0398, 4), odf=entry(0xa8, 0x6005) + entry(0xa0, 0x6002) + entry(0xa4, 0x6004)) +
        file(private_key(HOSTILE_LABEL), 256) + file(certificate_entry(HOSTILE_LABEL), 256) + file(CERTIFICATE) + [OK] + LAST),
    '10-any-pin': (
        'CVE-2023-40660: a card that says 9000 to every PIN and to every other command',
        RUTOKEN,
        head(odf=entry(0xa8, 0x6005) + entry(0xa0, 0x6002) + entry(0xa4, 0x6004)) +
        file(private_key(), 256) + file(certificate_entry(), 256) + file(CERTIFICATE) + [OK] + LAST),
    '11-document-lies': (
        'A travel document whose lengths lie: EF.CardAccess, EF.COM and EF.SOD announce 4 GiB, the challenge is too long',
        ID_CARD,
        [OK, OK, bytes.fromhex('3184ffffffff30820fff06') + b'F' * 40 + OK, b'\x31\x80' * 100 + OK, OK,
         b'G' * 64 + OK, b'H' * 254 + OK, bytes.fromhex('6084ffffffff5f0182ffff') + OK,
         bytes.fromhex('7782ffff') + b'\x30\x84\xff\xff\xff\xfe' * 40 + OK,
         bytes.fromhex('7c84ffffffff8082ffff') + OK, bytes.fromhex('8783ffffff01') + b'I' * 60 + OK] + AGAIN),
    '12-mute': (
        'No answer any more in the middle: the token speaks well until its keys are asked for',
        RUTOKEN, head(odf=entry(0xa8, 0x6005) + entry(0xa0, 0x6002)) + [fci(256), b'']),
}


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    target = sys.argv[1] if len(sys.argv) > 1 else here
    for name, (told, atr, replies) in CARDS.items():
        with open(os.path.join(target, name + '.bin'), 'wb') as f:
            for block in [bytes.fromhex(atr)] + replies:
                f.write(len(block).to_bytes(2, 'little') + block)
        with open(os.path.join(target, name + '.txt'), 'w', encoding='utf-8') as f:
            f.write(told + '\n')


main()
