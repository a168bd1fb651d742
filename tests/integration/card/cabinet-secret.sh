#!/usr/bin/env bash
# After the PIN of a Rutoken was used to enter, or was wrong, its bytes are in no memory of the kiosk, of the token's child,
# of the agent, and in no file but the token's own. Looked at from outside, by root.
. "$(dirname "$0")/cabinet-lib.sh"
[ "$(id -u)" = 0 ] || { say "skipped: reading another process's memory needs root"; exit 77; }
scan=$TOOLS/bad-memscan
stage_up
cabinet_certificate 01 kg-dostek-head '«Ош Жибек Жолу» ЖЧК' 01203201810274 директор

kiosk_pids() { pgrep -f "^$BIN/tamga --config $STAGE/kiosk.yaml"; }
all_pids() { local k; k=$(kiosk_pids); echo "$k $(pgrep -P "${k:-1}" -x tamga-token) $(cat "$STAGE/agent.pid")"; }
at() { # SHOT: waits for it
	wait_until 60 test -s "$STAGE/shots/$1.txt" || { cat "$STAGE/walk.out" >&2; fail "the walk did not come to $1"; }
}
nowhere() { # PIN
	# shellcheck disable=SC2046  # several numbers
	"$scan" "$1" $(all_pids) >"$STAGE/found" || { cat "$STAGE/found" >&2; return 1; }
}
no_file() {
	! grep -rlaF --exclude-dir=cards --exclude='*.walk' --exclude=found "$1" "$STAGE" 2>/dev/null | grep -v '/pcscd/pcscd.comm'
}

{
	to_enter
	printf 'type %s\n' "$PIN"
	echo 'shot typed'
	echo 'sleep 3s'
	echo 'key Enter'
	see home.news 20s
	echo 'shot entered'
	echo 'sleep 4s'
	echo 'type 4'
	see title.enter-try
	pin 59163728
	see error.pin-wrong 20s
	echo 'shot wrong'
	echo 'sleep 4s'
	echo 'key Esc'
	see home.news
	echo 'type 5'
	see leave.done
	echo 'shot left'
	echo 'sleep 3s'
} >"$WALK"
rm -f "$STAGE"/shots/*
walk "$WALK" &
walker=$!
at typed
# The looking works: while it is being typed the PIN is in the kiosk, in its one locked place.
"$scan" "$PIN" "$(kiosk_pids)" >"$STAGE/found"
check "while it is typed it is there once" equal "$(wc -l <"$STAGE/found")" 1
at entered
check "three processes" equal "$(all_pids | wc -w)" 3
check "inside the cabinet" nowhere "$PIN"
at wrong
check "after a wrong one" nowhere 59163728
at left
check "after leaving" nowhere "$PIN"
check "the walk" wait "$walker"
check "no file" no_file "$PIN"
check "no file of the wrong one" no_file 59163728
echo "$checks checks"
