#!/usr/bin/env bash
# K-3, K-5, K-12: no card, a foreign one, a blank one, a locked one, one that does not answer: named before any PIN is
# asked for, in four languages, and the right card is taken afterwards.
. "$(dirname "$0")/lib.sh"
stage_up

# A choice of provider and service, then the screen that waits for a card.
{
	to_service
	see title.carrier
	four "" title.carrier carrier.insert
	echo 'card insert foreign'
	four T-206 error.card-foreign mend.card-foreign
	printf 'key Enter\nexpect "T-206"\n' # nothing but the same can be chosen
	echo 'card insert blank'
	four T-211 error.card-blank mend.card-blank
	echo 'card insert locked'
	four T-302 error.pin-locked mend.pin-locked
	printf 'key Enter\nexpect-not "A1.2"\n'
	echo 'card insert aigul'
	echo 'wait "KZ00194031"'
	four "" carrier.found carrier.leave-in
	# A card that answers to reset and to nothing after it: its program is ended at the deadline, nothing freezes.
	echo 'card mute'
	echo 'card pull'
	see carrier.insert
	echo 'card insert'
	see error.token-lost 40s
	four T-305 error.token-lost mend.token-lost
	echo 'card unmute'
	echo 'sleep 1s' # the reader's driver has to hear its late answer before it can notice a pull
	echo 'card pull'
	see carrier.insert
	echo 'card insert'
	echo 'wait "KZ00194031"'
	echo 'key Enter'
	form_to_pin
	echo 'expect "PIN tries left: 3."'
	# Gone while the PIN is asked for: nothing of it is kept, the same card comes back.
	echo 'type 6482'
	echo 'card pull'
	see error.card-pulled
	four T-205 error.card-pulled carrier.insert
	echo 'card insert'
	echo 'wait "KZ00194031"'
	echo 'key Enter'
	see title.pin
	# One that answers with errors from here on. Nothing was made on it, so trying again is all that is needed.
	echo 'card break'
	pin 648219
	see error.card-broken 40s
	four T-207 title.failure error.card-broken mend.card-broken
	echo 'card mend'
	printf 'key Enter\n'
	see title.pin
	pin 648219
	delivered
} >"$WALK"
play "one card after the other"
whole "at last the right card"
check "no try was spent" equal "$(tries_on_card)" 3
check "one application" equal "$(applications)" 1

# In the middle of the form a person changes nothing but the card: the form stays, the PIN screen names the new card.
fresh_card aigul
{
	to_pin
	printf 'key Esc\n'
	see title.consent
	echo 'card pull'
	echo 'card insert foreign'
	echo 'sleep 1s'
	printf 'key End Enter\n'
	four T-206 title.carrier error.card-foreign
	echo 'card insert aigul'
	echo 'wait "KZ00194031"'
	echo 'key Enter'
	see title.pin
	pin 648219
	delivered
} >"$WALK"
play "a foreign card in the middle"
whole "after a foreign card"
chains_hold
echo "$checks checks"
