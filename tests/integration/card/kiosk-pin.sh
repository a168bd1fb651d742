#!/usr/bin/env bash
# K-5, K-8 through the real program, OpenSC and a virtual Rutoken: the factory PIN must be changed, weak ones are refused
# with the reason, the journey goes on with the new one; a change from the cabinet, broken off and done.
export TOKEN=rutoken-head
. "$(dirname "$0")/cabinet-lib.sh"
stage_up
journal_of() { kiosk_sql "select kind||' '||json_extract(body,'$.what')||' '||coalesce(json_extract(body,'$.code'),'-') from journal where kind like 'pin.%' and kind<>'pin.tried' order by seq"; }
login_works() { stage_p11 --login --pin "$1" --list-objects >/dev/null 2>&1; }

# --- a Rutoken as the shop sells it
FACTORY=$(printf '%16s' "$(persona_value rutoken-factory serial)" | tr ' ' 0)
{
	to_service
	identified aigul
	onto token
	see carrier.insert-token
	printf 'token insert rutoken-factory\nwait "%s" 20s\nkey Enter\n' "$FACTORY"
	answers_to_pin
	pin 12345678
	see error.pin-factory
	four T-313 error.pin-factory pin-change.new
	pin 123456
	see pin-flaw.easy
	four T-314 pin-flaw.easy pin-flaw.mend
	pin 12345678 # the factory PIN itself
	see pin-flaw.easy
	pin 17031994
	see pin-flaw.birth
	four T-314 pin-flaw.birth
	pin 40317450
	see pin-flaw.number
	pin 51
	see error.pin-length
	echo 'key Backspace*2'
	pin 50731946
	pin 50731949
	see error.pin-mismatch
	four T-315 error.pin-mismatch
	pin 50731946
	echo 'expect-not "50731946"'
	pin 50731946
	delivered
} >"$WALK"
play "the factory PIN is changed on the way"
check "changed once, recorded before and after" equal "$(journal_of)" "pin.intent factory -
pin.done factory 0"
check "the application is delivered" equal "$(last_state)" delivered
card pull >/dev/null # the identity card
check "the new PIN holds" login_works 50731946
check "the maker's PIN holds no more" not login_works 12345678

# --- from the cabinet: the wrong old PIN shows the tries, then a change that is broken off, then one that is not
cabinet_certificate 01 kg-dostek-head '«Ош Жибек Жолу» ЖЧК' 01203201810274 директор
to_change() { see home.pin; printf 'key Down*2 Enter\n'; see pin-change.old; }
{
	enter
	to_change
	pin 99999999
	pin 24681357
	pin 24681357
	see error.pin-wrong 20s
	four T-301 error.pin-wrong pin-change.old
	pin "$PIN"
	pin "$PIN"
	see pin-flaw.same
	pin 62048175
	pin 62048175
	see pin-change.done 20s
	four "" pin-change.done
	printf 'key Enter\n'
	see home.pin
	echo 'token pull'
	see leave.pulled 20s
} >"$WALK"
play "a change from the cabinet"
token insert >/dev/null
check "seen again" wait_until 10 stage_token_is "$SERIAL"
check "the new PIN holds" login_works 62048175
check "the old one holds no more" not login_works "$PIN"
check "recorded" equal "$(journal_of | tail -n +3)" "pin.intent change -
pin.done change 301
pin.intent change -
pin.done change 0"

# --- pulled in the middle of a change: either PIN may hold, and the screen says so until one was right
PIN=62048175
{
	enter
	to_change
	pin "$PIN"
	pin 73159284
	echo 'token pull-at 4'
	pin 73159284
	see leave.pulled 30s
	printf 'sleep 1s\ntoken insert\n'
} >"$WALK"
play "a change that is broken off"
check "its end is not known" equal "$(journal_of | tail -n 1)" "pin.intent change -"
wait_until 10 stage_token_is "$SERIAL"
if login_works 73159284; then PIN=73159284; fi
{
	to_enter
	four "" pin.broken-change
	pin "$PIN"
	see home.news 20s
} >"$WALK"
play "the PIN that holds enters"
check "no longer open" equal "$(journal_of | tail -n 1)" "pin.done change 205"
{ to_enter; printf 'expect-not "%s"\n' "$(said en pin.broken-change)"; } >"$WALK"
play "and is not told any more"
chains_hold
say "$checks checks"
