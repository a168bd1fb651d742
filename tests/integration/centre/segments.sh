#!/bin/bash
# C-1, C-3: months that are over leave centre.db for files of their own: by the centre itself at its start, by tamgactl while it
# runs; everything is found as before; a month that is gone is named and the centre goes on; killed at each sync point the next
# call goes on. usage: segments.sh BUILD-DIRECTORY
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: segments.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl db=$work/c/centre.db
top=$(dirname "$0")/../../..
day=86400000
of() { sqlite3 -readonly "$db" "$1"; }
all() { "$ctl" journal export "$db"; }
kiosk_rows() { # K: what the centre has of a stream, from all files, as the kiosk has it
	local f
	for f in "$work"/c/segments/*.db "$db"; do rows_of "$f" "$1"; done | sort -n -t'|' -k1,1 -s
}
same_rows() { rows_of "$work/$1.db" "$1" | sort -n -t'|' -k1,1 -s >"$work/kiosk.rows"; kiosk_rows "$1" | cmp - "$work/kiosk.rows"; }
# As if the first N entries had been received so many days ago: the times are the centre's own and no part of a hash.
older() { sqlite3 "$db" "UPDATE journal SET received_ms = received_ms - $2 * $day WHERE id <= $1"; }

centre_start
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
enrol K02B-1
for k in K01A-1 K02B-1; do fill $k 150; agent_start $k; done
for k in K01A-1 K02B-1; do check "150 of $k arrive" wait_for 60 arrived $k 150; done
centre_kill TERM
older 100 150
sqlite3 "$db" "UPDATE journal SET received_ms = received_ms - 100 * $day WHERE id BETWEEN 101 AND 220"
total=$(of 'SELECT count(*) FROM journal')
all >"$work/before.export"
cp -r "$work/c" "$work/was"

# --- the centre itself
centre_again
check "the centre seals two months by itself" wait_for 60 sh -c "test \"\$(ls '$work/c/segments' | wc -l)\" = 2 &&
	test \"\$(sqlite3 -readonly '$db' 'SELECT min(id) FROM journal')\" = 221"
check "and says so" grep -q 'segment .* sealed: 100 entries' "$work/centre.err"
check "their modes" same "$(stat -c %a "$work"/c/segments/*.db | sort -u)" 400
check "100 and 120 rows" same "$(for f in "$work"/c/segments/*.db; do sqlite3 -readonly "$f" 'SELECT count(*) FROM journal'; done | tr '\n' ' ')" "100 120 "
check "none of them here" same "$(of 'SELECT count(*) FROM journal WHERE id <= 220')" 0
check "the export begins as before" sh -c "'$ctl' journal export '$db' | head -n $total | cmp - '$work/before.export'"
check "kiosk and centre hold the same" same_rows K01A-1
check "and of the other" same_rows K02B-1
check "the chains hold" "$ctl" journal verify "$db"
fill K01A-1 10
check "entries come as before" wait_for 30 arrived K01A-1 160
check "behind the sealed places" same "$(of "SELECT min(id) > $total FROM journal WHERE kiosk = 'K01A-1' AND seq > 150")" 1
check "nothing more is to be sealed" same "$("$ctl" journal seal --data "$work/c")" ''
check "the last month is over too" "$ctl" journal seal --data "$work/c" --after-months 0
check "wrong use is said" sh -c "! '$ctl' journal seal --data '$work/c' --after-months many 2>/dev/null"

# --- a month that is not there
first=$(basename "$(ls "$work"/c/segments/*.db | head -n 1)")
mv "$work/c/segments/$first" "$work/away.db"
centre_kill TERM
centre_again
fill K02B-1 10
check "without it the centre takes what comes" wait_for 30 arrived K02B-1 160
check "who needs it is told which" sh -c "! '$ctl' journal verify '$db' >'$work/says' 2>&1; grep -q '${first%.db}' '$work/says'"
check "the export says it too" sh -c "! '$ctl' journal export '$db' 2>'$work/says' >/dev/null; grep -q '${first%.db}' '$work/says'"
mv "$work/away.db" "$work/c/segments/$first"
check "with it everything holds" "$ctl" journal verify "$db"
centre_kill TERM
for k in K01A-1 K02B-1; do agent_kill $k TERM; done

# --- killed at each sync point
killer_make
step=2 killed=0
[ -z "${TAMGA_DEEP:-}" ] || step=1
wrong=''
for n in $(seq 1 "$step" 400); do
	rm -rf "$work/c" && cp -r "$work/was" "$work/c"
	killed_at "$n" "$ctl" journal seal --data "$work/c" || break
	killed=$((killed + 1))
	all | cmp -s - "$work/before.export" || wrong="$wrong $n: another journal;"
	"$ctl" journal seal --data "$work/c" >/dev/null 2>"$work/again.err" || wrong="$wrong $n: $(cat "$work/again.err");"
	all | cmp -s - "$work/before.export" || wrong="$wrong $n: another journal afterwards;"
	[ "$(of 'SELECT min(id) FROM journal')" = 221 ] || wrong="$wrong $n: rows left;"
	[ "$(ls "$work/c/segments" | wc -l)" = 2 ] || wrong="$wrong $n: files left;"
	[ "$killed" -lt 40 ] || [ -n "${TAMGA_DEEP:-}" ] || break
done
check "killed at $killed places" test "$killed" -ge 5
check "each time the next one completed it" same "$wrong" ''
check "the chains hold at the end" "$ctl" journal verify "$db"
done_testing
