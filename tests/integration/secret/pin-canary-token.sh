#!/usr/bin/env bash
# K-5, DOS-9, P-5: as pin-canary.sh, for a Rutoken: wrong PIN, entering, a changed PIN in good and bad endings, trying a
# signature, leaving; then a member of staff with a token and an unblocking PIN at a locked identity card, whose chip is read.
# OpenSC holds the PIN of a Rutoken from login to logout (decision 0127): before a screen stands the kiosk has logged out.
export TOKEN=rutoken-head
. "$(dirname "$0")/../card/cabinet-lib.sh"
. "$(dirname "$0")/lib.sh"
needs_root
stage_up
cabinet_certificate 01 kg-dostek-head '«Ош Жибек Жолу» ЖЧК' 01203201810274 директор
to_change() { see home.pin; printf 'key Down*2 Enter\n'; see pin-change.old; }
{
	to_enter
	pin 583017462915
	see error.pin-wrong 20s
	moment wrong
	printf 'type 840261759302\nwait "************"\nkey F10\n'
	see cancel.title
	printf 'type 2\n'
	see idle.choose
	moment given-up
	enter
	moment entered
	to_change
	pin 295830641758
	pin 920571836402
	pin 920571836402
	see error.pin-wrong 20s
	moment change-wrong
	pin "$PIN"
	pin 617384029518
	pin 617384029518
	see pin-change.done 20s
	moment changed
	printf 'key Enter\n'
	see home.pin
	printf 'type 5\n'
	see leave.done 20s
	moment left
} >"$WALK"
walk_in_background
check "wrong" nowhere wrong 583017462915
check "given up while typing" nowhere given-up 840261759302
check "entered, and logged out by that" nowhere entered "$PIN"
check "a change with a wrong old PIN" nowhere change-wrong 295830641758 920571836402
check "changed" nowhere changed 617384029518
check "left" nowhere left "$PIN" 617384029518 295830641758 920571836402
check "the walk" walk_ends

# --- Staff
STAFF=staff-gulmira
stage_staff $STAFF
token pull >/dev/null
staff_pin=$(persona_value $STAFF user_pin) so=$(persona_value locked so_pin)
{
	to_service
	printf 'card insert locked\n'
	see error.pin-locked 20s
	printf 'key Enter\n'
	see staff.insert
	echo "token insert $STAFF"
	see staff.pin 20s
	pin "$staff_pin"
	see staff.known 20s
	moment staff-entered
	printf 'key Enter\n'
	see document.read
	printf 'type %s\nkey Enter\ntype 28062001\nkey Enter\ntype 19092032\nkey Enter\nkey Enter\n' "$(persona_value locked document)"
	see reading.person 30s
	printf 'key Enter\n'
	see staff.chip-says
	printf 'key Down Enter\n'
	see staff.not-compared
	printf 'key Enter Enter\n'
	see unblock.so-label
	pin 6483920175829301
	see unblock.turn-away
	pin 738291640582
	pin 738291640582
	see error.so-pin-wrong 20s
	moment so-wrong
	pin "$so"
	see unblock.turn-away
	pin 194736285041
	pin 194736285041
	see unblock.done 20s
	moment unblocked
} >"$WALK"
walk_in_background
check "the PIN of the staff" nowhere staff-entered "$staff_pin"
check "a wrong unblocking PIN" nowhere so-wrong 6483920175829301 738291640582
check "unblocked" nowhere unblocked "$so" 194736285041 "$staff_pin"
check "the walk" walk_ends
chains_hold
told
echo "$checks checks"
