#!/usr/bin/env python3
"""What a centre could do that wants another past, and what an auditor does with hashlib alone. From the formats in record.h
and RFC 9162, no code of Tamga. What is written stays in DB-wal: without that file the database is as it was.
  rewrite.py rewrite DB KIOSK SEQ     changes the body of one entry and makes all hashes, heads and the tree again
  rewrite.py forget DB KIOSK SEQ      the same, and from there on no entry of this stream is a signed head any more
  rewrite.py cut DB N                 the last N entries were never there: heads and tree are made again
  rewrite.py exchange DB A B          the entries of two places change places, and all links are as they should be
  rewrite.py sql DB STATEMENTS        whatever else
  rewrite.py root DB SIZE             root of the tree over the first SIZE entries, hex
  rewrite.py check DB PROOF FROM TO SEQ KIOSK   holds a proof (file) against the journal: exit 0 when it proves what it should
"""
import glob, hashlib, os, sqlite3, struct, sys

H = lambda *p: hashlib.sha256(b''.join(p)).digest()
text = lambda s: struct.pack('>H', len(s.encode())) + s.encode()
leaf = lambda h: H(b'\0', h)


def mth(d):
    if not d:
        return H()
    while len(d) > 1:  # pairs from the left; an odd last one goes up as it is: the same tree
        d = [H(b'\1', d[i], d[i + 1]) if i + 1 < len(d) else d[i] for i in range(0, len(d), 2)]
    return d[0]


def leaves(db, n=None):  # sealed months hold the first places
    path = db.execute('PRAGMA database_list').fetchone()[2]
    found = {}
    for f in [*glob.glob(os.path.dirname(path) + '/segments/*.db'), path]:
        one = sqlite3.connect(f'file:{f}?mode=ro', uri=True) if f != path else db
        found.update(one.execute('SELECT id, hash FROM journal'))
    return [leaf(found[i]) for i in sorted(found)[:n]]


def opened(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute('PRAGMA wal_autocheckpoint = 0')
    db.execute('BEGIN')
    return db


def committed(db):
    db.execute('COMMIT')
    os._exit(0)  # closing would move the log into the file


def make_tree(db):
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


def rewrite(path, kiosk, seq, heads):
    db, prev = opened(path), None
    rows = db.execute('SELECT id, seq, time_ms, kind, version, body, salt, prev_hash FROM journal WHERE kiosk = ? AND seq >= ? '
                      'ORDER BY seq', (kiosk, seq)).fetchall()
    for id, n, time, kind, version, body, salt, was in rows:
        if n == seq:
            body, prev = '{"code":0}', was
        if kind == 'head.signed' and not heads:
            kind, body = 'failure.shown', '{"code":1}'
        bh = H(b'tamga-body-1\0', salt, body.encode())
        h = H(b'tamga-entry-1\0', text(kiosk), struct.pack('>Qq', n, time), text(kind), struct.pack('>I', version), bh, prev)
        db.execute('UPDATE journal SET kind = ?, body = ?, body_hash = ?, prev_hash = ?, hash = ? WHERE id = ?',
                   (kind, body, bh, prev, h, id))
        prev = h
    db.execute('UPDATE high_water SET hash = ? WHERE kiosk = ?', (prev, kiosk))
    if db.execute('SELECT 1 FROM tree').fetchone():
        make_tree(db)
    committed(db)


def cut(path, n):
    db = opened(path)
    end = db.execute('SELECT max(id) FROM journal').fetchone()[0] - n
    for kiosk, in db.execute('SELECT DISTINCT kiosk FROM journal WHERE id > ?', (end,)).fetchall():
        db.execute('UPDATE high_water SET (seq, hash, last_id) = (SELECT seq, hash, id FROM journal WHERE kiosk = ?1 AND id <= ?2 '
                   'ORDER BY id DESC LIMIT 1) WHERE kiosk = ?1', (kiosk, end))
    db.execute('DELETE FROM journal WHERE id > ?', (end,))
    db.execute('DELETE FROM mark WHERE id > ?', (end,))
    make_tree(db)
    committed(db)


def exchange(path, a, b):
    db = opened(path)
    for old, new in ((a, -1), (b, a), (-1, b)):
        for table, column in (('journal', 'id'), ('journal', 'before'), ('high_water', 'last_id'), ('mark', 'id')):
            db.execute(f'UPDATE {table} SET {column} = ? WHERE {column} = ?', (new, old))
    committed(db)


def sql(path, text):
    db = opened(path)
    for statement in text.split(';'):
        db.execute(statement)
    committed(db)


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
if a[1] in ('rewrite', 'forget'):
    rewrite(a[2], a[3], int(a[4]), a[1] == 'rewrite')
elif a[1] == 'cut':
    cut(a[2], int(a[3]))
elif a[1] == 'exchange':
    exchange(a[2], int(a[3]), int(a[4]))
elif a[1] == 'sql':
    sql(a[2], a[3])
elif a[1] == 'root':
    print(mth(leaves(sqlite3.connect(a[2]), int(a[3]))).hex().upper())
else:
    check(a[2], a[3], int(a[4]), int(a[5]), int(a[6]), a[7])
