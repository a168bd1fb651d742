#!/bin/bash
# C-1: in a million entries, of one kiosk or of two hundred at the centre with sealed months among them, verification finds every
# change, deletion, exchange and cut and names the entry, also when whoever has the centre made everything after it again.
# openssl's keys, python3's hashlib and sqlite3 are the attacker. How long it takes is measured in tests/bench.
# usage: million.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034,SC2119  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: million.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
million=$build/tests/million-tool ctl=$bin/tamgactl
[ -x "$million" ] || { echo "skipped: $million is not built" >&2; exit 77; }
command -v python3 >/dev/null || { echo "skipped: python3 is missing" >&2; exit 77; }
rewrite=$(dirname "$(readlink -f "$0")")/rewrite.py
agent_heads="head_entries: 20" agent_extra="prove_every_ms: 300"
entries=1000000 sealed=150000
db=$work/c/centre.db
of() { sqlite3 -readonly "${2:-$db}" "$1"; }
signed() { test "$(of "SELECT count(*) FROM journal WHERE kind = 'head.signed'" "$work/$1.db")" -ge "$2"; }
all_there() { arrived "$1" "$(of 'SELECT max(seq) FROM journal' "$work/$1.db")"; }

# --- A real kiosk before the million and one after it; between them two hundred, whose first entries lie in a sealed month.
centre_start
for k in K01A-1 K02B-1; do enrol $k || { cat "$work/enrol.err"; exit 1; }; done
fill K01A-1 90
agent_start K01A-1
check "a kiosk of before" wait_for 60 all_there K01A-1
agent_kill K01A-1 TERM
centre_kill TERM
old_ms=$((($(date +%s) - 100 * 86400) * 1000))
sqlite3 "$db" "UPDATE journal SET received_ms = $old_ms"
"$million" centre "$work/c" $entries $sealed $old_ms || exit 1
check "the first ones are sealed" "$ctl" journal seal --data "$work/c"
first=$(of 'SELECT min(id) FROM journal')
check "$((first - 1)) of them" test "$first" -gt $sealed
centre_again
fill K02B-1 90
agent_start K02B-1
check "a kiosk of after it" wait_for 60 all_there K02B-1
check "which signs its heads" wait_for 60 signed K02B-1 1
check "all of it is acknowledged" wait_for 60 all_there K02B-1
agent_kill K02B-1 TERM
centre_kill TERM

seconds() { date +%s.%N; }
whole() { # DATABASE ARGUMENTS…
	local began it=$1
	began=$(seconds)
	check "whole: $(basename "$it")" "$ctl" journal verify "$@"
	echo "     $(tail -n 2 "$work/check.out" | tr '\n' ' ') $(echo "$(seconds) - $began" | bc) s"
}
# What an attacker does stays in the log beside the database.
finds() { # WHAT SAYS DATABASE ARGUMENTS…
	local what=$1 says=$2
	shift 2
	check "$what" same "$("$ctl" journal verify "$@"; echo $?)" "broken: $says
1"
}
undo() { rm -f "${1:-$db}"-wal "${1:-$db}"-shm; }
attack() { # COMMAND DATABASE ARGUMENTS…
	python3 "$rewrite" "$@" || { echo "the attack failed: $*"; exit 1; }
}
deep() { [ -z "${TAMGA_DEEP:-}" ] || "$@"; }
auditor=(--channel-ca "$work/c/channel-ca.pem" --ack-key "$work/c/ack.pem")
for f in "$db" "$work/K01A-1.db" "$work/K02B-1.db"; do
	check "nothing is in the log of $(basename "$f")" same "$(sqlite3 "$f" 'PRAGMA wal_checkpoint(TRUNCATE)')" '0|0|0'
	undo "$f"
done
whole "$db" "${auditor[@]}" --against "$work/K01A-1.db" --against "$work/K02B-1.db"

# --- At the centre
p=$((entries * 6 / 10))
who="kiosk $(of "SELECT kiosk || ', entry ' || seq FROM journal WHERE id = $p")"
change() { # WHAT SQL SAYS
	attack sql "$db" "$2"
	finds "$1" "$3" "$db"
	undo
}
change "a body" "UPDATE journal SET body = '{\"code\":0}' WHERE id = $p" "$who: its body or salt was changed"
change "a hash" "UPDATE journal SET hash = randomblob(32) WHERE id = $p" "$who: it was changed"
deep change "a kind" "UPDATE journal SET kind = 'kiosk.started' WHERE id = $p" "$who: it was changed"
deep change "a link between hashes" "UPDATE journal SET prev_hash = randomblob(32) WHERE id = $p" \
	"$who: it does not follow from the entry before it"
change "an entry is gone" "DELETE FROM journal WHERE id = $p" "$who: the entry before it is missing"
change "two of one kiosk change places" \
	"UPDATE journal SET id = -1 WHERE id = $p; UPDATE journal SET id = $p WHERE id = $p + 1; UPDATE journal SET id = $p + 1 WHERE id = -1" \
	"$who: the entry before it is missing"
# Of two kiosks, with all links mended: every chain holds, the tree does not. Its lowest stored nodes stand over 64 places.
edge=$(of "SELECT a.id FROM journal a JOIN journal b ON b.id = a.id + 1 WHERE a.id BETWEEN $p AND $p + 2000 AND a.kiosk <> b.kiosk LIMIT 1")
attack exchange "$db" "$edge" $((edge + 1))
finds "two of two kiosks change places" "places $(((edge - 1) / 64 * 64 + 1)) to $(((edge - 1) / 64 * 64 + 64)) of the journal: the tree was made over other entries" "$db"
undo
end=$(of 'SELECT max(id) FROM journal')
lost=$(of "SELECT 'kiosk ' || kiosk || ', entry ' || min(seq) FROM journal WHERE id > $end - 1500 GROUP BY kiosk ORDER BY kiosk LIMIT 1")
change "the end is cut off" "DELETE FROM journal WHERE id > $end - 1500" "$lost: entries at the end are missing"
node=$(((p - 1) / 64))
deep change "a node of the tree" "UPDATE tree_node SET hash = randomblob(32) WHERE level = 6 AND at = $node" \
	"places $((node * 64 + 1)) to $((node * 64 + 64)) of the journal: the tree was made over other entries"

# --- In a sealed month
month=$(ls "$work"/c/segments/*.db)
cp "$month" "$work/month.db"
s=$((sealed / 2))
inside="kiosk $(of "SELECT kiosk || ', entry ' || seq FROM journal WHERE id = $s" "$month")"
sqlite3 "$month" "UPDATE journal SET body = '{\"code\":0}' WHERE id = $s"
finds "a body in a sealed month" "$inside: its body or salt was changed" "$db"
cp "$work/month.db" "$month"
sqlite3 "$month" "DELETE FROM journal WHERE id = $s"
finds "an entry of a sealed month is gone" "$inside: the entry before it is missing" "$db"
cp "$work/month.db" "$month"

# --- Everything after it is made again: chain, high water, tree. Now others must know.
next=$(of "SELECT json_extract(body, '\$.seq') FROM journal WHERE kiosk = 'K02B-1' AND kind = 'head.signed' ORDER BY seq LIMIT 1")
attack rewrite "$db" K02B-1 1
finds "a whole stream: the kiosk's signature in it shows it" "kiosk K02B-1, entry $next: its kiosk signed another" "$db" "${auditor[@]}"
finds "and its own journal shows which" "kiosk K02B-1, entry 1: the kiosk's own journal has another" "$db" "${auditor[@]}" --against "$work/K02B-1.db"
undo
attack cut "$db" $((end + 1 - $(of "SELECT id FROM journal WHERE kiosk = 'K02B-1' AND seq = 77")))
finds "the end, with all that told of it: the kiosk knows better" \
	"kiosk K02B-1, entry 77: the centre signed that it has entries that are missing" "$db" "${auditor[@]}" --against "$work/K02B-1.db"
undo
# Without the kiosk's signed heads: what the others were told of the tree, between two of them.
read -r kiosk seq <<<"$(of "SELECT kiosk || ' ' || seq FROM journal WHERE id = $p")"
attack forget "$db" "$kiosk" "$seq"
"$ctl" journal verify "$db" "${auditor[@]}" >"$work/found"
undo
read -r from to <<<"$(sed -n 's/^broken: places \([0-9]*\) to \([0-9]*\) of the journal: B.* holds the centre.s signature for a tree .*/\1 \2/p' "$work/found")"
check "a stream without its heads: «$(cat "$work/found")»" test "${from:-$end}" -le $p -a "${to:-0}" -ge $p -a $((to - from)) -lt 2000
whole "$db" "${auditor[@]}"

# --- A kiosk's own journal
own=$work/K03C-1.db
"$million" kiosk "$work/c" $entries "$own" K03C-1 || exit 1
undo "$own"
whole "$own" --channel-ca "$work/c/channel-ca.pem"
kiosk_change() { # WHAT SQL SEQ SAYS
	attack sql "$own" "$2"
	finds "at the kiosk: $1" "kiosk K03C-1, entry $3: $4" "$own"
	undo "$own"
}
kiosk_change "a body" "UPDATE journal SET body = '{}' WHERE id = $p" $p "its body or salt was changed"
deep kiosk_change "a hash" "UPDATE journal SET hash = randomblob(32) WHERE id = $p" $p "it was changed"
deep kiosk_change "an entry is gone" "DELETE FROM journal WHERE id = $p" $p "the entry before it is missing"
kiosk_change "two change places" \
	"UPDATE journal SET id = -1, seq = $p + 1 WHERE id = $p; UPDATE journal SET id = $p, seq = $p WHERE id = $p + 1; UPDATE journal SET id = $p + 1 WHERE id = -1" \
	$p "it does not follow from the entry before it"
kiosk_change "the end is cut off" "DELETE FROM journal WHERE id > $entries - 1000" $((entries - 999)) "entries at the end are missing"
attack rewrite "$own" K03C-1 $((entries - 1300))
finds "at the kiosk: all after one entry made again" "kiosk K03C-1, entry $((entries - 1001)): its kiosk signed another" "$own"
undo "$own"
done_testing
