#!/usr/bin/env bash
# The status service with 10,000 revoked certificates: how long until a list with them is public, how large it is, and how
# long one more revocation takes. usage: status.sh BIN-DIRECTORY; prints "name value unit" lines.
set -eu
bin=${1:?usage: status.sh BIN-DIRECTORY}
work=$(mktemp -d "${TMPDIR:-/tmp}/tamga-bench.XXXXXX")
pid=
trap 'if [ -n "$pid" ]; then kill "$pid"; wait "$pid" 2>/dev/null || :; fi; rm -rf "$work"' EXIT
"$bin/tamga-centre" --data "$work/c" --listen 127.0.0.1:0 --public 127.0.0.1:0 >"$work/out" 2>"$work/err" &
pid=$!
for _ in $(seq 600); do
	if grep -q '^ready' "$work/out"; then break; fi
	sleep 0.1
done
public=$(sed -n 's/^public //p' "$work/out")
ca() { sqlite3 -cmd '.timeout 5000' "$work/c/ca.db" "$1"; }
ms() { echo $(($(date +%s%N) / 1000000)); }
ca "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001) INSERT INTO issued(serial, spki_hash, number, profile,
	kiosk, state, reason, issued_ms, expires_ms, changed_ms, certificate) SELECT printf('1%039x', i), randomblob(32), 'x' || i,
	'nca-individual-sign', 'K01A-1', 1, -1, 0, 9000000000000, 0, randomblob(1500) FROM n"
revoke() { ca "UPDATE issued SET state = 3, reason = 1, changed_ms = $(ms) WHERE $1"; }
revoke "serial < printf('1%039x', 10001)"
begin=$(ms)
curl -sS "$public/crl/issuing.crl" -o "$work/list"
printf 'status-crl-10000-made %d ms\n' $(($(ms) - begin))
[ "$(openssl crl -inform DER -in "$work/list" -noout -text | grep -c 'Serial Number')" = 10000 ]
printf 'status-crl-10000-size %d bytes\n' "$(stat -c %s "$work/list")"
revoke "serial = printf('1%039x', 10001)"
begin=$(ms)
curl -sS "$public/crl/issuing-delta.crl" -o "$work/delta"
printf 'status-revoked-to-public %d ms\n' $(($(ms) - begin))
[ "$(openssl crl -inform DER -in "$work/delta" -noout -text | grep -c 'Serial Number')" -ge 1 ]
begin=$(ms)
for _ in $(seq 200); do printf 'url = "%s/crl/issuing-delta.crl"\noutput = /dev/null\n' "$public"; done | curl -sS -K -
printf 'status-crl-given %d requests/s\n' $((200 * 1000 / ($(ms) - begin + 1)))
