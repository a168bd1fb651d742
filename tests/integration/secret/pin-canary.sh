#!/usr/bin/env bash
# K-5, limits.md §5: 10 ms after a PIN was used no copy of it is in any process of ours (kiosk, its children, agent,
# centre), in no file, socket or pipe, in whatever writing (canary.c). The identity card, in good and bad endings.
#
# "Use" lasts from the first key until the screen stands that tells its end: the refusal, the question that comes after it,
# the idle screen. While it is being typed the PIN is in the kiosk once: that is what shows that the search can find it. The
# search begins when all processes are stopped, 10 ms after that screen was photographed.
# pcscd and the card itself are beyond the reader: what is found there is told, and fails nothing.
. "$(dirname "$0")/lib.sh"
needs_root
command -v pkcs11-tool >/dev/null || { say "skipped: pkcs11-tool is missing"; exit 77; }
stage_up
check "the search can find" "$CANARY" --self-test >"$STAGE/found"

# A PIN that stands nowhere by chance: set by a program that is not ours.
GOOD=739150284617
long_pin() {
	stage_card card aigul
	wait_until 10 eval "opensc-tool -l | grep -q '^0 *Yes'"
	pkcs11-tool --module "$(stage_module)" --slot-index 0 --login --pin 648219 --change-pin --new-pin $GOOD >/dev/null 2>"$STAGE/tool.err"
	card pull >/dev/null
}
check "a PIN of twelve digits" long_pin

# --- Typed, erased, of the wrong kind, wrong, given up
{
	to_pin
	printf 'type 583017462915\nwait "************"\n'
	moment typed
	printf 'key Backspace*12\nwait "[                ]"\n'
	moment erased
	pin 'Zq#7vK9wLm2'
	see error.pin-length
	moment kind
	printf 'key Backspace*11\n'
	pin 920571836402
	see error.pin-wrong
	moment wrong
	printf 'type 617384029518\nwait "************"\n'
	printf 'key F10\n'
	see cancel.title
	printf 'type 2\n'
	see idle.choose
	moment cancelled
} >"$WALK"
walk_in_background
check "while it is typed it is in the kiosk, once" held typed 583017462915 tamga 1
check "erased letter by letter" nowhere erased 583017462915
check "not of the card's kind" nowhere kind 'Zq#7vK9wLm2'
check "wrong" nowhere wrong 920571836402
check "given up while typing" nowhere cancelled 617384029518 920571836402 583017462915
check "the walk" walk_ends

# --- The card leaves, nobody is there any more, the work is broken off, the child is killed; at last it works
{
	to_resume
	printf 'type 840261759302\nwait "************"\ncard pull\n'
	see title.resume
	moment pulled
	printf 'card insert\n'
	see resume.continue
	printf 'key Enter\n'
	see title.pin
	printf 'type 295830641758\nwait "************"\nclock +2m\n'
	see idle-warning.title
	printf 'clock +40s\n'
	see idle.choose
	moment time-out
} >"$WALK"
walk_in_background
check "the card is pulled" nowhere pulled 840261759302
check "nobody is there any more" nowhere time-out 295830641758
check "the walk" walk_ends
{
	to_resume
	printf 'card pull-at 20\n'
	pin $GOOD
	see title.resume 30s
	moment broken-off
	printf 'card insert\n'
	see resume.continue
	printf 'key Enter\n'
	see title.pin
	printf 'card slow 150\n'
	pin $GOOD
	printf 'sleep 1500ms\nkill token\n'
	see title.resume 30s
	moment killed
	printf 'card slow 0\n'
	see resume.continue 30s
	printf 'key Enter\n'
	see title.pin
	pin $GOOD
	see title.result 60s
	moment delivered
	printf 'key Home Enter\n'
	see idle.choose
	moment idle
} >"$WALK"
walk_in_background
check "pulled in the middle of the work" nowhere broken-off $GOOD
check "the child is killed in the middle" nowhere killed $GOOD
check "delivered" nowhere delivered $GOOD
check "receipt, and idle again" nowhere idle $GOOD
check "the walk" walk_ends
whole "looked at"

# --- Locked by the last try
fresh_card aigul
{
	to_pin
	pin 471826039517
	see error.pin-wrong
	echo 'wait "PIN tries left: 2."'
	pin 471826039528
	see pin.last-try
	pin 471826039539
	see last-try.title
	moment asked
	printf 'type 2\n'
	see title.failure
	moment locked
} >"$WALK"
walk_in_background
check "the last try is asked for: the PIN waits in the kiosk" held asked 471826039539 tamga 1
check "locked" nowhere locked 471826039517 471826039528 471826039539
check "the walk" walk_ends
chains_hold
told
echo "$checks checks"
