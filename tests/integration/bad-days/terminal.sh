#!/usr/bin/env bash
# K-11, K-12, P-1, P-3: a screen that is too small and grows again, another language in the middle of the form, a person
# who goes away. What was typed stays while it should, and is gone when it should.
. "$(dirname "$0")/lib.sh"
stage_up
to_form() { sed '/^wait "A1.2"$/q' "$TOP/tests/lib/a1-to-pin.walk"; }
small() { # in four languages at once or one after the other, on a screen that has no room for anything else
	echo 'size 30x10'
	for lang in $LANGS; do printf 'wait "%s"\n' "$(said "$lang" error.terminal-small)"; done
	echo 'expect "T-107"'
	printf 'expect-not "940317450215"\n'
}
{
	to_form
	printf 'type Әбдіғалиева\nkey Enter\ntype Айг\n'
	small
	echo 'size 80x24'
	printf 'wait "Айг"\nexpect "Әбдіғалиева"\nexpect "940317450215"\n'
	echo 'type үл' # the cursor is where it was
	printf 'wait "Айгүл"\n'
	# Another language at each field; what was typed stays, and so does the place.
	for lang in $LANGS; do
		printf 'key F2\nsleep 200ms\ntype %s\n' "$(number_of "$lang")"
		printf 'wait "%s"\nexpect "Айгүл"\nexpect "Әбдіғалиева"\nexpect "940317450215"\n' "$(said "$lang" form.number-later | cut -d " " -f 1-2)"
	done
	for size in 120x33 64x24 50x18 80x24; do
		printf 'size %s\nwait "Айгүл"\n' $size
	done
	printf 'key Enter\ntype Өмірқызы\nkey Enter\ntype Almaty region\nkey Enter\ntype Konaev\nkey Enter\ntype aigul@example.kz\nkey Enter\ntype +77011234567\nkey Enter\n'
	sed -n '/^wait "A1.12"/,$p' "$TOP/tests/lib/a1-to-pin.walk"
	# The PIN is typed across a screen that is too small: characters count, and none is shown.
	printf 'type 648\n'
	small
	printf 'expect-not "648"\nsize 80x24\n'
	see title.pin
	printf 'type 219\nexpect-not "219"\nkey Enter\n'
	delivered
} >"$WALK"
play "small screens and languages"
whole "small screens"

# K-11: nobody presses anything. The warning counts down; any key gives more time, again and again; then all is wiped.
fresh_card aigul
erased() {
	see idle.choose 20s
	for text in 940317450215 Әбдіғалиева Айгүл aigul@ A1.; do printf 'expect-not "%s"\n' "$text"; done
}
{
	to_form
	printf 'type Әбдіғалиева\nwait "Әбдіғалиева"\n'
	for key in Space Enter F1; do
		echo 'clock +2m'
		see idle-warning.title
		printf 'wait "Time left: "\nkey %s\n' $key
		printf 'wait "Әбдіғалиева"\nexpect-not "Time left"\n'
		printf 'clock -2m\nsleep 500ms\n' # a clock that is minutes off keeps journeys from beginning
	done
	echo 'expect "A1.3"'
	echo 'clock +2m'
	see idle-warning.text
	see idle-warning.countdown
	echo 'clock +15s'
	printf 'wait "Time left: "\n' # at least 20 s of warning (P-3)
	echo 'clock +20s'
	erased
	echo 'clock -155s'
	printf 'type 4\nwait "Choose the certification authority"\n'
	printf 'expect-not "Әбд"\n'
	printf 'type 1\nwait "Choose the service"\ntype 1\nwait "Who is applying?"\ntype 1\nwait "How are you applying?"\ntype 1\nwait "KZ00194031"\nkey Enter\n'
	see document.read
	printf 'expect-not "048315627"\n'
	read_chip aigul
	printf 'key Enter\n'
	see title.carriers
	printf 'key Enter\nwait "A1.2"\nexpect-not "Әбд"\n'
} >"$WALK"
play "time-out in the form"
# The same with a PIN half typed, and on the result.
{
	to_pin
	printf 'type 6482\nwait "****"\n'
	echo 'clock +2m'
	see idle-warning.title
	echo 'clock +40s'
	erased
	echo 'clock -160s'
	printf 'type 4\nwait "Choose the certification authority"\ntype 1\nwait "Choose the service"\ntype 1\nwait "Who is applying?"\ntype 1\nwait "How are you applying?"\ntype 1\nwait "KZ00194031"\nkey Enter\n'
	form_to_pin
	echo 'expect-not "****"'
	pin 648219
	delivered
	echo 'clock +3m'
	see idle-warning.title
	echo 'clock +40s'
	erased
} >"$WALK"
card pull >/dev/null
play "time-out with a PIN half typed"
whole "time-out"
check "two applications" equal "$(applications)" 2
chains_hold
echo "$checks checks"
