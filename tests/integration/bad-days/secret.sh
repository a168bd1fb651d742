#!/usr/bin/env bash
# K-12, design.md §4: after the PIN was used, its bytes are in no memory of the kiosk, of the card's child, of the agent, and
# in no file but the card's own. Looked at from outside, by root, in all readable memory.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || { say "skipped: reading another process's memory needs root"; exit 77; }
stage_up
scan=$TOOLS/bad-memscan

kiosk_pids() { pgrep -f "^$BIN/tamga --config $STAGE/kiosk.yaml"; }
all_pids() { local k; k=$(kiosk_pids); echo "$k $(pgrep -P "${k:-1}" -x tamga-token) $(cat "$STAGE/agent.pid")"; }
walk_in_background() {
	rm -f "$STAGE"/shots/*
	walk "$WALK" &
	walker=$!
}
at() { # SHOT: waits for it
	wait_until 90 test -s "$STAGE/shots/$1.txt" || { cat "$STAGE/walk.out" >&2; fail "the walk did not come to $1"; }
}
nowhere() { # PIN WHAT
	# shellcheck disable=SC2046  # several numbers
	"$scan" "$1" $(all_pids) >"$STAGE/found" || { say "$2: the PIN is in memory:"; cat "$STAGE/found" >&2; return 1; }
}
no_file() {
	! grep -rlaF --exclude-dir=cards --exclude='*.walk' --exclude=found "$1" "$STAGE" 2>/dev/null | grep -v '/pcscd/pcscd.comm' >"$STAGE/files" ||
		{ say "the PIN is in files:"; cat "$STAGE/files" >&2; return 1; }
}

{
	to_pin
	printf 'type 648219\n'
	echo 'shot typed'
	echo 'sleep 3s'
	printf 'key Enter\n'
	see title.result 60s
	echo 'shot ended'
	echo 'sleep 6s'
	printf 'key Home Enter\n'
	see idle.choose
	echo 'shot idle'
	echo 'sleep 4s'
} >"$WALK"
walk_in_background
at typed
# The looking works: while it is being typed the PIN is in the kiosk, in its one locked place.
"$scan" 648219 "$(kiosk_pids)" >"$STAGE/found"
check "while it is typed it is there once" equal "$(wc -l <"$STAGE/found")" 1
check "and nowhere in the agent" "$scan" 648219 "$(cat "$STAGE/agent.pid")"
at ended
check "three processes" equal "$(all_pids | wc -w)" 3
check "after the work" nowhere 648219 "after the work"
at idle
check "idle again" nowhere 648219 "idle again"
check "the walk" wait "$walker"
check "no file" no_file 648219
whole "looked at"

# A wrong PIN, one that was erased letter by letter, one that a time-out and one that a pulled card took away.
fresh_card aigul
{
	to_pin
	pin 571903
	see error.pin-wrong
	echo 'wait "PIN tries left: 2."'
	echo 'shot wrong'
	echo 'sleep 3s'
	printf 'type 982736\nkey Backspace*6\n'
	echo 'shot erased'
	echo 'sleep 3s'
	printf 'type 364527\n'
	echo 'card pull'
	see title.resume
	echo 'shot pulled'
	echo 'sleep 3s'
	echo 'card insert'
	see resume.continue
	printf 'key Enter\n'
	see title.pin
	printf 'type 839142\nwait "******"\n'
	echo 'clock +2m'
	see idle-warning.title
	echo 'clock +40s'
	see idle.choose
	echo 'shot time-out'
	echo 'sleep 3s'
} >"$WALK"
walk_in_background
at wrong
check "a wrong PIN" nowhere 571903 "a wrong PIN"
at erased
check "an erased PIN" nowhere 982736 "an erased PIN"
at pulled
check "a pulled card" nowhere 364527 "a pulled card"
at time-out
check "a time-out" nowhere 839142 "a time-out"
check "the walk" wait "$walker"
for tried in 571903 982736 364527 839142; do check "no file" no_file $tried; done
echo "$checks checks"
