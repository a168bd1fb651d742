#!/usr/bin/env python3
"""What a centre could do that wants another past, and what an auditor does with hashlib alone. From the formats in record.h
and RFC 9162, no code of Tamga.
  rewrite.py rewrite DB KIOSK SEQ     changes the body of one entry and makes all hashes, heads and the tree again
  rewrite.py root DB SIZE             root of the tree over the first SIZE entries, hex
  rewrite.py check DB PROOF FROM TO SEQ KIOSK   holds a proof (file) against the journal: exit 0 when it proves what it should
"""
import hashlib, sqlite3, struct, sys

H = lambda *p: hashlib.sha256(b''.join(p)).digest()
text = lambda s: struct.pack('>H', len(s.encode())) + s.encode()
leaf = lambda h: H(b'\0', h)


def mth(d):
    if not d:
        return H()
    while len(d) > 1:  # pairs from the left; an odd last one goes up as it is: the same tree
        d = [H(b'\1', d[i], d[i + 1]) if i + 1 < len(d) else d[i] for i in range(0, len(d), 2)]
    return d[0]


def leaves(db, n=None):
    rows = db.execute('SELECT hash FROM journal ORDER BY id' + (f' LIMIT {n}' if n is not None else ''))
    return [leaf(r[0]) for r in rows]


def rewrite(path, kiosk, seq):
    db = sqlite3.connect(path)
    prev = H(b'tamga-genesis-1\0', kiosk.encode())
    rows = db.execute('SELECT id, seq, time_ms, kind, version, body, salt FROM journal WHERE kiosk = ? ORDER BY seq', (kiosk,))
    for id, n, time, kind, version, body, salt in rows.fetchall():
        if n == seq:
            body = '{"code":0}'
        bh = H(b'tamga-body-1\0', salt, body.encode())
        h = H(b'tamga-entry-1\0', text(kiosk), struct.pack('>Qq', n, time), text(kind), struct.pack('>I', version), bh, prev)
        db.execute('UPDATE journal SET body = ?, body_hash = ?, prev_hash = ?, hash = ? WHERE id = ?', (body, bh, prev, h, id))
        prev = h
    db.execute('UPDATE high_water SET hash = ? WHERE kiosk = ?', (prev, kiosk))
    level, nodes, peaks = 0, leaves(db), []
    size = len(nodes)
    db.execute('DELETE FROM tree_node')
    while nodes:
        if level >= 6:
            db.executemany('INSERT INTO tree_node VALUES (?, ?, ?)', [(level, i, h) for i, h in enumerate(nodes)])
        if size >> level & 1:
            peaks.append(nodes[(size >> level) - 1])
        nodes = [H(b'\1', nodes[i], nodes[i + 1]) for i in range(0, len(nodes) - 1, 2)]
        level += 1
    db.execute('UPDATE tree SET size = ?, peaks = ?', (size, b''.join(peaks)))
    db.commit()


def inclusion(path, m, n):  # RFC 9162 2.1.3.1, recursive
    def p(m, d):
        if len(d) <= 1:
            return []
        k = 1
        while 2 * k < len(d):
            k *= 2
        return p(m, d[:k]) + [mth(d[k:])] if m < k else p(m - k, d[k:]) + [mth(d[:k])]
    return p(m, path[:n])


def growth(d, m):  # 2.1.4.1
    def s(m, d, b):
        if m == len(d):
            return [] if b else [mth(d)]
        k = 1
        while 2 * k < len(d):
            k *= 2
        return s(m, d[:k], b) + [mth(d[k:])] if m <= k else s(m - k, d[k:], False) + [mth(d[:k])]
    return s(m, d, True)


def check(path, proof, first, to, seq, kiosk):
    db, b = sqlite3.connect(path), open(proof, 'rb').read()
    epoch = db.execute('SELECT epoch FROM tree').fetchone()[0]
    place = db.execute('SELECT id FROM journal WHERE kiosk = ? AND seq = ?', (kiosk, seq)).fetchone()[0]
    all = leaves(db)
    g, i = growth(all[:to], first) if first else [], inclusion(all, place - 1, to)
    want = b'tamga-tree-1\0' + epoch + struct.pack('>QQQQ', first, to, seq, place)
    want += bytes([len(g)]) + b''.join(g) + bytes([len(i)]) + b''.join(i)
    if b != want:
        sys.exit(f'{len(b)} bytes, {len(want)} wanted')


a = sys.argv
if a[1] == 'rewrite':
    rewrite(a[2], a[3], int(a[4]))
elif a[1] == 'root':
    print(mth(leaves(sqlite3.connect(a[2]), int(a[3]))).hex().upper())
else:
    check(a[2], a[3], int(a[4]), int(a[5]), int(a[6]), a[7])
