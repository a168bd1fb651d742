#!/usr/bin/env bash
# K-3, K-8, K-12: the card is pulled in the middle of the work and comes back; another person's card is put in instead and
# refused; then the right one. Also over an end of the program. (Every APDU: tests/integration/chip-pull.)
. "$(dirname "$0")/lib.sh"
stage_up
{
	to_pin
	echo 'card pull-at 40'
	pin 648219
	see title.resume 30s
	four T-205 title.resume error.card-pulled mend.card-pulled
	echo 'card insert nurlan'
	four T-209 title.resume error.card-other mend.card-other
	printf 'expect-not "%s"\n' "$(said en resume.continue)"
	echo 'card insert foreign'
	four T-206 title.resume error.card-foreign
	echo 'card insert aigul'
	see resume.continue
	four "" resume.must-finish resume.continue resume.leave
	printf 'expect-not "%s"\n' "$(said en resume.undo)" # a certificate is out: only continuing is offered
	echo 'key Enter'
	see title.pin
	pin 648219
	delivered
} >"$WALK"
play "pulled, another card, the right one"
whole "pulled"
check "one application" equal "$(applications)" 1

# Another person's card with a journey of its own in between: the first one's work waits for the first one's card.
fresh_card aigul
{
	to_pin
	echo 'card pull-at 60'
	pin 648219
	see title.resume 30s
	printf 'key Enter\n'
	see cancel.recorded
	printf 'type 2\n'
	see idle.choose
	printf 'type 4\nwait "Choose the certification authority"\ntype 1\nwait "Choose the service"\ntype 1\nwait "Who is applying?"\ntype 1\nwait "How are you applying?"\ntype 1\n'
	see carrier.insert
	echo 'card insert nurlan'
	echo 'wait "KZ00287110"'
	printf 'expect-not "%s"\n' "$(said en title.resume)"
} >"$WALK"
play "left for later; another person comes"
check "it waits" equal "$(last_state)" working
stop_pid "$STAGE/card.pid"
{ to_resume; pin 648219; delivered; } >"$WALK"
play "the first person comes back"
whole "came back"

# Undone on the person's wish, while nothing was asked of the CA.
fresh_card aigul
{
	to_pin
	echo 'card pull-at 20'
	pin 648219
	see title.resume 30s
	echo 'card insert aigul'
	see resume.undo
	printf 'key Down Enter\n'
	see pin.undo
	pin 648219
	see title.undone 30s
	four T-110 title.undone error.cancelled mend.cancelled
	printf 'key End Enter\n'
	see idle.choose
} >"$WALK"
play "undone"
check "no key is left on the card" equal "$(keys_on_card)" 0
check "the journal says so" equal "$(last_state)" undone
check "the centre too" wait_until 20 in_replica "$(last_number)" undone
chains_hold
echo "$checks checks"
