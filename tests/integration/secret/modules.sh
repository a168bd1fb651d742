#!/usr/bin/env bash
# K-8, K-12, limits.md §4: a module that hangs, crashes and lies under the real kiosk (the stand-in of tests/modules/gost in
# the place of SoftHSM): keys are answered within a second all the while; from the child's death to the screen that names it
# passes less than a second; with the fault gone the same journey ends well. (Each function: test_token_hostile.)
. "$(dirname "$0")/lib.sh"
module=$TOOLS/libtamga-test-gost.so
[ -e "$module" ] || { say "skipped: $module is not built"; exit 77; }
mkdir "$STAGE/token"
export TAMGA_TEST_GOST_DIR=$STAGE/token
stage_up
cp -r "$TOP/screens" "$STAGE/screens"
# Before all other rows: the first that fits counts. The identity card is one of the others.
cat >"$STAGE/row" <<YAML
  - id: vendor
    name: carrier.softhsm
    model: TAMGA-TEST-GOST
    module: $module
    dialect: generic
    pin_min: 6
    pin_max: 32
    purpose: token
    algorithms: rsa-2048
    certificate_category: 1
    storage_oid: 1.2.398.3.3.5.1.1
YAML
sed -i "/^carriers:/r $STAGE/row" "$STAGE/screens/carriers.yaml"
sed -i "s|^screens:.*|screens: $STAGE/screens|" "$STAGE/kiosk.yaml"
echo 'soft_carrier: vendor' >>"$STAGE/kiosk.yaml"
SERIAL=0054474F53540001
fault() { printf '%s' "$1" >"$STAGE/token/fault.new" && mv "$STAGE/token/fault.new" "$STAGE/token/fault"; }
alive() { printf 'key F2\nwait "%s" 1s\nkey Esc\nwait "%s" 1s\n' "$(said en language.title)" "$1"; }
at() { wait_until 60 test -s "$STAGE/shots/$1.txt" || { cat "$STAGE/walk.out" >&2; return 1; }; }
now_ms() { date +%s%3N; }
child() { pgrep -f "^tamga-token $STAGE/screens" | head -n 1 | grep .; }
# death: when the child that runs now dies, in milliseconds. One that is dead and not yet buried is dead.
death() {
	local pid state end=$((SECONDS + 60))
	wait_until 20 child || return 1
	pid=$(child)
	while [ $SECONDS -lt $end ] && read -r _ _ state _ 2>/dev/null <"/proc/$pid/stat" && [ "$state" != Z ]; do sleep 0.005; done
	now_ms
}
# named_in_time DEATH SHOT: the screen was photographed within a second of the death
named_in_time() {
	local took=$(($(stat -c %.3Y "$STAGE/shots/$2.txt" | tr -d .) - $1))
	say "$2: named $took ms after the child's death"
	[ $took -lt 1000 ] && [ $took -gt -50 ]
}

fault hang:C_GetSlotList
{
	to_service
	for _ in 1 2 3 4 5; do alive "$(said en title.carrier)"; echo 'sleep 2s'; done
	echo 'wait "T-305" 25s'
	echo 'shot hang-slots'
	alive "$(said en title.carrier)"
	printf 'sleep 1s\nkey Enter\n'
	see carrier.identity-first 20s
	identified aigul
	onto token
	printf 'wait "%s" 20s\nkey Enter\n' $SERIAL
	answers_to_pin
	printf 'shot at-pin\nsleep 1s\n'
	pin 12345678
	echo 'wait "T-305" 20s'
	echo 'shot crash-login'
	alive "T-305"
	printf 'sleep 1s\nkey Enter\n'
	see title.pin 20s
	printf 'shot at-pin-again\nsleep 1s\n'
	pin 12345678
	see title.working 5s
	for _ in 1 2 3 4 5; do printf 'sleep 2s\nkey F2\nwait "%s" 1s\nkey Esc\n' "$(said en language.title)"; done
	echo 'wait "T-305" 25s'
	echo 'shot hang-sign'
	printf 'sleep 1s\nkey Enter\n'
	see title.pin 20s
	pin 12345678
	see title.result 60s
} >"$WALK"
walk_in_background
died=$(death)
check "a hang while the slots are listed is told" at hang-slots
check "in time" named_in_time "$died" hang-slots
rm "$STAGE/token/fault"
check "the PIN is asked for" at at-pin
fault crash:C_Login
died=$(death)
check "a crash at the login is told" at crash-login
check "in time" named_in_time "$died" crash-login
rm "$STAGE/token/fault"
check "the PIN again" at at-pin-again
fault hang:C_Sign
died=$(death)
check "a hang while signing is told" at hang-sign
check "in time" named_in_time "$died" hang-sign
rm "$STAGE/token/fault"
check "the walk" walk_ends
check "delivered" equal "$(last_state)" delivered
chains_hold
echo "$checks checks"
