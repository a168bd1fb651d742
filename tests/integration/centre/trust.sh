#!/bin/bash
# The centre itself cannot rewrite what it took: kiosks follow its tree, sign their heads, and verification places the
# change. openssl, curl and python3's hashlib are the witnesses. C-1.
# usage: trust.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: trust.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
command -v python3 >/dev/null || { echo "skipped: python3 is missing" >&2; exit 77; }
rewrite=$(dirname "$(readlink -f "$0")")/rewrite.py
ctl=$bin/tamgactl
agent_heads="head_entries: 20" agent_extra="prove_every_ms: 300"
sql() { sqlite3 -readonly "$1" "$2"; }
db=$work/c/centre.db

centre_start
for k in K01A-1 K02B-1; do
	enrol $k || { cat "$work/enrol.err"; exit 1; }
	fill $k 30
	agent_start $k
done
signed() { test "$(sql "$work/$1.db" "SELECT count(*) FROM journal WHERE kind = 'head.signed'")" -ge "$2"; }
seen() { sql "$work/$1.db" "SELECT $2 FROM tree_seen ORDER BY n DESC LIMIT 1"; }
all_there() { # KIOSK: acknowledged up to its end
	arrived "$1" "$(sql "$work/$1.db" 'SELECT max(seq) FROM journal')"
}
# The last entry is a signed head, which is told with the tree before it.
level() { all_there "$1" && test "$(seen "$1" size)" = "$(sql "$db" 'SELECT size FROM tree')"; }
for k in K01A-1 K02B-1; do
	check "$k signs its head after the start" wait_for 20 signed $k 1
	fill $k 45
	check "$k signs again, by count" wait_for 20 signed $k 2
	check "$k: all of it arrives" wait_for 20 all_there $k
done
check "K01A-1 has seen the newest tree proven" wait_for 20 level K01A-1
check "and K02B-1" wait_for 20 level K02B-1
check "nobody doubts" same "$(seen K01A-1 code) $(seen K02B-1 code)" "0 0"
check "the root is that of hashlib" same "$(seen K01A-1 'hex(root)')" "$(python3 "$rewrite" root "$db" "$(seen K01A-1 size)")"

# A signed head, taken apart by hand.
head_of() { sql "$db" "SELECT json_extract(body, '$1') FROM journal WHERE kiosk = 'K01A-1' AND kind = 'head.signed' ORDER BY seq DESC LIMIT 1"; }
seq=$(head_of '$.seq')
{
	printf 'tamga-head-1\0\0\006K01A-1'
	printf '%016x' "$seq" | xxd -r -p
	head_of '$.hash' | xxd -r -p
} >"$work/said"
head_of '$.signature' | base64 -d >"$work/sig"
head_of '$.certificate' | base64 -d | openssl x509 -inform DER -pubkey -noout >"$work/pub" 2>/dev/null
check "a signed head verifies with openssl" openssl dgst -sha256 -verify "$work/pub" -signature "$work/sig" "$work/said"
check "it names the entry before it" same "$(head_of '$.hash')" \
	"$(sql "$db" "SELECT lower(hex(hash)) FROM journal WHERE kiosk = 'K01A-1' AND seq = $seq")"
told=$(head_of '$.tree.size')
check "and the tree that it was told" same "$(head_of '$.tree.root')" \
	"$(python3 "$rewrite" root "$db" "$told" | tr A-F a-f)"

# Proofs over the wire, with curl.
size=$(sql "$db" 'SELECT size FROM tree')
proof_is_right() { # FROM TO SEQ
	as K01A-1 "$url/v1/tree?from=$1&to=$2&seq=$3" -o "$work/proof" && python3 "$rewrite" check "$db" "$work/proof" "$1" "$2" "$3" K01A-1
}
own=$(sql "$db" "SELECT min(id) FROM journal WHERE kiosk = 'K01A-1'")
check "a proof is that of hashlib" proof_is_right "$own" "$size" 1
check "and another" proof_is_right 64 "$((size - 1))" 5
check "and of the first" proof_is_right 0 "$((own + 4))" 1
me=(--cert "$work/K01A-1/kiosk.crt" --key "$work/K01A-1/kiosk.key")
refused() { check "refused: $1" same "$(http_of "${me[@]}" "$url/v1/tree$2") $(sed -n 's/.*"name":"\([a-z-]*\)".*/\1/p' "$work/body")" "$3"; }
refused "no argument" "" "400 invalid"
refused "a part" "?from=1&to=2" "400 invalid"
refused "one twice" "?from=1&to=2&to=3" "400 invalid"
refused "a stream's name: a kiosk asks for its own only" "?from=1&to=2&seq=1&kiosk=K02B-1" "400 invalid"
refused "no number" "?from=1&to=x&seq=1" "400 invalid"
refused "more than there is" "?from=1&to=99999999&seq=1" "400 invalid"
refused "backwards" "?from=9&to=8&seq=1" "400 invalid"
refused "an entry that it has not" "?from=1&to=$size&seq=100000" "404 not-found"
check "nobody without a certificate" same "$(http_of "$url/v1/tree?from=1&to=2&seq=1")" 403

"$ctl" journal verify "$db" --channel-ca "$work/c/channel-ca.pem" --ack-key "$work/c/ack.pem" >"$work/whole"
check "the journal is whole: «$(cat "$work/whole")»" grep -q '^whole: ' "$work/whole"
check "and witnessed" grep -Eq '^witnesses: [1-9][0-9]* signed heads, [1-9]' "$work/whole"

# The centre is stopped, one entry of K02B-1 is another now, and everything after it was made again.
centre_kill TERM
sqlite3 "$db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
cp "$db" "$work/honest.db"
python3 "$rewrite" rewrite "$db" K02B-1 7
for k in K01A-1 K02B-1; do sqlite3 "$work/$k.db" ".backup '$work/$k.witness'"; done
verify() { "$ctl" journal verify "$db" "$@"; }
finds() { # WHAT PATTERN ARGUMENTS…
	local what=$1 pattern=$2
	shift 2
	check "$what: exit 1" same "$(verify "$@" >"$work/found"; echo $?)" 1
	check "$what: «$(cat "$work/found")»" grep -q "$pattern" "$work/found"
}
next=$(sql "$db" "SELECT json_extract(body, '\$.seq') FROM journal WHERE kiosk = 'K02B-1' AND kind = 'head.signed' AND seq > 7 ORDER BY seq LIMIT 1")
finds "a signed head shows it" "kiosk K02B-1, entry $next: its kiosk signed another"
finds "the kiosk's journal shows which" "kiosk K02B-1, entry 7: the kiosk's own journal has another" --against "$work/K02B-1.witness"
finds "and the other's that it was told otherwise" "kiosk K02B-1, entry $next" --against "$work/K01A-1.witness"
check "a journal that is not a kiosk's is refused" same "$(verify --against "$work/honest.db" >/dev/null 2>&1; echo $?)" 2
check "a key that is not there is refused" same "$(verify --ack-key "$work/none" >/dev/null 2>&1; echo $?)" 2
check "a channel CA that is not there too" same "$(verify --channel-ca "$work/none" >/dev/null 2>&1; echo $?)" 2
# Somebody else's centre: its CA knows none of these kiosks, its key signed nothing here.
openssl ecparam -name prime256v1 -genkey -noout -out "$work/o.key"
openssl req -x509 -key "$work/o.key" -subj /CN=other -days 9 -out "$work/o.crt" 2>/dev/null
openssl pkey -in "$work/o.key" -pubout -out "$work/o.pub"
check "another channel CA" same "$("$ctl" journal verify "$work/honest.db" --channel-ca "$work/o.crt" | grep -c "not the channel CA's")" 1
check "another centre's key" same "$("$ctl" journal verify "$work/honest.db" --ack-key "$work/o.pub" | grep -c 'not signed by the centre')" 1

before=$(seen K01A-1 "hex(epoch), size, hex(root)")
centre_again
check "the centre starts with its other past" kill -0 "$centre_pid"
# Its own entry is another: the acknowledgement says so before any proof is asked for.
refuses() { status_is "$1" last tree-other || status_is "$1" last sync-fork; }
check "the kiosk whose entry it was halts" wait_for 20 refuses K02B-1
check "and the one that has nothing to do with it" wait_for 20 status_is K01A-1 last tree-other
rows=$(sql "$db" 'SELECT count(*) FROM journal')
fill K01A-1 5
agent_kill K01A-1 TERM
agent_start K01A-1
check "after a new start too" wait_for 20 status_is K01A-1 last tree-other
sleep 1
check "nothing more was sent there" same "$(sql "$db" 'SELECT count(*) FROM journal')" "$rows"
check "the alarm is in the log" grep -q 'tree-other' "$work/K01A-1.err"
check "the evidence stays" same "$(seen K01A-1 "hex(epoch), size, hex(root)")" "$before"
check "and that it is doubted" same "$(seen K01A-1 code)" 509

# The honest database comes back: the centre proves itself, and goes on.
centre_kill TERM
rm -f "$db" "$db"-*
cp "$work/honest.db" "$db"
centre_again
for k in K01A-1 K02B-1; do
	agent_kill $k TERM
	agent_start $k
	check "$k goes on with the honest centre" wait_for 20 all_there $k
done
check "nobody doubts any more" wait_for 10 same "$(seen K01A-1 code) $(seen K02B-1 code)" "0 0"

# A centre that lost everything: a new tree, taken once, and what was before stays.
centre_kill TERM
rm -f "$db" "$db"-*
centre_again
check "K01A-1 sends all again to a centre that lost all" wait_for 30 all_there K01A-1
told_of_it() { sql "$work/K01A-1.db" "SELECT count(*) FROM journal WHERE kind = 'head.signed' AND json_extract(body, '\$.before.size') > 0" | grep -q '^1$'; }
check "the new tree is a signed entry, with the one before" wait_for 30 told_of_it
check "both trees are kept" same "$(sql "$work/K01A-1.db" 'SELECT count(*) FROM tree_seen')" 2
check "and it is in the log" grep -q 'began a new tree' "$work/K01A-1.err"
check "the replica says that it cannot compare the old ones" sh -c "'$ctl' journal verify '$db' | grep -Eq '; [1-9][0-9]* told of a tree before'"
done_testing
