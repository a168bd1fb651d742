#!/usr/bin/env bash
# K-5, K-12: wrong PIN. The tries left stand on the screen before and after each try, the last one is asked for twice, and
# no try is spent that the person did not confirm. The application that was begun goes on with the right PIN.
. "$(dirname "$0")/lib.sh"
stage_up
{
	to_pin
	echo 'expect "PIN tries left: 3."'
	pin 111111
	see error.pin-wrong
	echo 'wait "PIN tries left: 2."'
	four T-301 error.pin-wrong mend.pin-wrong pin.tries
} >"$WALK"
play "first wrong PIN"
check "one try spent" equal "$(tries_on_card)" 2
check "nothing on the card" equal "$(keys_on_card)" 0
check "recorded" equal "$(last_state)" submitted

# Too short, and a mere Enter: no try is spent.
{
	to_resume
	pin 1234
	four T-303 error.pin-length mend.pin-length
	echo 'expect "PIN tries left: 2."'
	printf 'key Backspace*4 Enter\n'
	see error.pin-length
	pin 222222
	see error.pin-wrong
	see pin.last-try
	four T-301 error.pin-wrong pin.last-try
	pin 333333
	see last-try.title
	four "" last-try.text last-try.no last-try.yes
} >"$WALK"
play "second wrong PIN, question before the last one"
check "the last try was not spent" equal "$(tries_on_card)" 1
{
	to_resume
	see pin.last-try
	pin 333333
	see last-try.title
	printf 'key Enter\n' # the safe answer has the focus
	see title.pin
	see pin.last-try
	printf 'key Backspace*8\n'
	pin 648219
	see last-try.title
	printf 'type 2\n'
	delivered
} >"$WALK"
play "the right PIN as the last try"
check "the counter is full again" equal "$(tries_on_card)" 3
whole "after wrong PINs"
check "one application" equal "$(applications)" 1

# Three wrong ones: locked, and said so. Only staff can help.
fresh_card aigul
{
	to_pin
	pin 111111
	see error.pin-wrong
	echo 'wait "PIN tries left: 2."'
	pin 222222
	see error.pin-wrong
	see pin.last-try
	pin 333333
	see last-try.title
	printf 'type 2\n'
	see title.failure
	four T-302 title.failure error.pin-locked mend.pin-locked
	printf 'key Enter\n'
	see idle.choose
} >"$WALK"
play "three wrong PINs"
check "locked" equal "$(tries_on_card)" 0
check "nothing on the card" equal "$(keys_on_card)" 0
check "the failure is recorded" equal "$(shown_codes 302)" 1
check "the application is kept" equal "$(last_state)" submitted
chains_hold
# The PINs that were tried stand in no file of the kiosk.
for wrong in 111111 222222 333333 648219; do
	check "no PIN $wrong in a file" not grep -qaF "$wrong" "$STAGE/kiosk.db" "$STAGE/kiosk.db-wal" "$STAGE/kiosk.log" "$STAGE/agent.out"
done
echo "$checks checks"
