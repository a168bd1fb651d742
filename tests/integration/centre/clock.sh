#!/bin/bash
# Clocks are held against what is signed and received: a centre whose clock stands before its newest entry does not open
# its door, a kiosk remembers the newest time that the centre signed, and one that is years ahead spoils no one's time.
# C-2.
# usage: clock.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: clock.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl
day=86400000
all_there() {
	local head
	head=$(sqlite3 -readonly "$work/$1.db" "SELECT max(seq) FROM journal WHERE kiosk = '$1'") && [ "$head" -ge "$2" ] && arrived "$1" "$head"
}
seen() { sqlite3 -readonly "$work/K01A-1.db" "SELECT $1 FROM clock_seen"; }
now_ms() { date +%s%3N; }
near() { # MS MS: within ten minutes
	[ $(($1 - $2)) -lt 600000 ] && [ $(($2 - $1)) -lt 600000 ]
}

# --- the kiosk remembers
echo 0 >"$work/clock"
echo 0 >"$work/kiosk-clock"
centre_start 127.0.0.1:0 --clock-file "$work/clock"
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
fill K01A-1 3
agent_start K01A-1 --clock-file "$work/kiosk-clock"
check "entries arrive" wait_for 20 all_there K01A-1 3
check "the newest signed time is kept" near "$(seen centre_ms)" "$(now_ms)"
first=$(seen centre_ms)
agent_kill K01A-1 KILL
echo -$((400 * day)) >"$work/kiosk-clock"
agent_start K01A-1 --clock-file "$work/kiosk-clock"
offset_beyond() { [ "$("$tool" status "$work/K01A-1.sock" | sed -n 's/^offset_ms=//p')" -gt "$1" ]; }
check "a kiosk whose clock was set back sees it by the offset" wait_for 20 offset_beyond 34000000000
check "what it remembers does not go back" sh -c '[ "$1" -ge "$2" ]' - "$(seen centre_ms)" "$first"
check "and is the centre's time, not its own" near "$(seen centre_ms)" "$(now_ms)"
check "its own clock then is kept beside it" wait_for 10 eval "near \"\$(seen wall_ms)\" $(($(now_ms) - 400 * day))"
agent_kill K01A-1 KILL

# --- years ahead
echo $((3650 * day)) >"$work/kiosk-clock"
fill K01A-1 2
agent_start K01A-1 --clock-file "$work/kiosk-clock"
check "entries of a kiosk that is ten years ahead arrive" wait_for 20 all_there K01A-1 5
check "they were received when the centre had them" near "$(sqlite3 -readonly "$work/c/centre.db" 'SELECT max(received_ms) FROM journal')" "$(now_ms)"
check "the certificate is not renewed for that" sh -c '! [ -e "$1/kiosk.key.next" ] && [ "$(sqlite3 -readonly "$2" "SELECT count(*) FROM kiosk_certificates")" = 1 ]' - "$work/K01A-1" "$work/c/ca.db"
agent_kill K01A-1 TERM
centre_kill TERM

# --- the centre's own clock
started() { # OFFSET [FLAGS…]: whether it opens its door
	echo "$1" >"$work/clock"
	: >"$work/started.err"
	"$bin/tamga-centre" --data "$work/c" --listen 127.0.0.1:0 --clock-file "$work/clock" "${@:2}" >"$work/started" 2>"$work/started.err" &
	local p=$!
	wait_for 40 eval "grep -q ^ready '$work/started' || ! kill -0 $p" || return 1
	grep -q ^ready "$work/started"
	local result=$?
	kill "$p" 2>/dev/null
	wait "$p" 2>/dev/null
	return $result
}
started -$((2 * day))
check "two days before what it received last the centre does not open its door" same $? 1
check "and says why" grep -q 'T-104 clock-wrong' "$work/started.err"
check "a person may say that it is right" started -$((2 * day)) --accept-clock
check "it is noted in the log" grep -q 'clock-wrong' "$work/started.err"
check "a quarter of an hour is noted only" started -900000
check "and is" grep -q 'clock-wrong' "$work/started.err"
check "a clock that goes on is no matter" started 3600000
check "and nothing is noted" sh -c '! grep -q clock-wrong "$1"' - "$work/started.err"
done_testing
