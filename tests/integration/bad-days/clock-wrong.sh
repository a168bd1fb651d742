#!/usr/bin/env bash
# K-14, K-12: with a wrong clock no journey is begun. The idle screen says so in four languages, nothing can be chosen, and
# when the clock is right the kiosk serves people again by itself.
. "$(dirname "$0")/lib.sh"
stage_up
for shift in +3 -3 -400; do
	{
		see idle.choose
		printf 'sleep 1s\nclock %sd\n' $shift
		idle_four T-104 error.clock-wrong
		idle_four T-104 mend.clock-wrong
		echo 'type 4'
		see title.provider
		four T-104 error.clock-wrong mend.clock-wrong
		printf 'type 1\nkey Enter\nsleep 500ms\n'
		printf 'expect-not "%s"\n' "$(said en title.service)"
		printf 'key Esc\n'
		see idle.choose
		printf 'clock %+dd\nsleep 6s\n' $((-shift))
		printf 'expect-not "T-104"\n'
		printf 'type 4\nwait "Choose the certification authority"\ntype 1\nwait "Choose the service"\n'
	} >"$WALK"
	echo 0 >"$STAGE/clock"
	play "clock off by $shift days"
done
check "nothing was begun" equal "$(applications)" 0
{ to_pin; pin 648219; delivered; } >"$WALK"
play "clock is right"
whole "after a wrong clock"
chains_hold
echo "$checks checks"
