#!/usr/bin/env bash
# NCA-9.again, NCA-9.head, NCA-V, K-15 through the real program: signatures that are worth nothing. A certificate that names
# another, one that was revoked, one that has ended; and a centre that is away while it should judge: what is signed is kept and
# judged later.
# shellcheck disable=SC2154,SC2034  # names shared with lib.sh
. "$(dirname "$0")/lib.sh"
# Kiosk, agent and centre go by one clock, which a walk can move.
CENTRE_CLOCK=$STAGE/clock
echo 0 >"$STAGE/clock"
stage_up
AIGUL=(940317450215 Әбдіғалиева Айгүл Өмірқызы Алматы Қонаев aigul@example.kz +77011234567 -)
state_here() { kiosk_sql "select state || ' ' || code from application where number='$1'"; }
kiosk_knows() { [ "$(state_here "$1")" = "$2 0" ]; }
verdict() { centre_sql "select json_extract(body,'\$.code') from journal where kind='application.verified' and json_extract(body,'\$.number')='$1'"; }
# spot CARD PIN VALUE…: form A1 on the spot, in English, until it is delivered
spot() {
	n=$(next_number)
	{
		printf 'card pull\n'
		begin en issue individual spot
		identified "$1"
		onto id-card
		printf 'wait "A1.2"\n'
		answers "${@:3}"
		to_submit en Space
		in_lang en pin.label
		pin "$2"
		in_lang en result.text 60s
		printf 'key Enter\n'
	} >"$WALK"
	play "on the spot: $1"
}
# sign_a1: a second request by signature, up to its number; the first certificate of the card in the reader
sign_a1() {
	begin en issue individual signature
	printf 'wait "%s" 20s\ntype 1\n' KZ00194031
	[ -z "${1:-}" ] || { in_lang en company.intro-sign; printf 'type %s\n' "$1"; }
	printf 'wait "A1.3" 20s\n'
	answers "${AIGUL[@]:1}"
	to_submit en
	in_lang en pin.sign
	in_lang en pin.label
}
stage_card card aigul
card pull >/dev/null
spot aigul 648219 "${AIGUL[@]:1}"
first=$n
read -r one two <<<"$(serials_of "$first" | tr '\n' ' ')"

# --- the centre goes away while it should judge: the number is given, nothing is said to be done; it goes on at the next visit
n=$(next_number)
{
	sign_a1
	printf 'net down\n'
	pin 648219
	in_lang en title.judging 20s
	in_lang en judging.text
	printf 'shot judging\nkey Enter\n'
	in_lang en title.result
	in_lang en result.verifying
	printf 'expect "%s"\nkey Enter\n' "$n"
	in_lang en idle.choose 20s
	printf 'type 4\nsleep 1500ms\n' # the card is still in: nothing is to be gone on with yet
	in_lang en title.provider
	printf 'key F10\n'
} >"$WALK"
play "the centre is away"
check "kept here" equal "$(state_here "$n")" "verifying 0"
check "the new keys are on the card, and nothing more was done" equal "$(steps_done "$n")" generate,generate
rm -f "$STAGE/net-down"
check "judged when the centre is back" wait_until 30 in_replica "$n" accepted
check "the verdict" equal "$(verdict "$n")" 0
check "the kiosk is told" wait_until 30 kiosk_knows "$n" accepted
{
	printf 'size 80x24\n'
	in_lang en idle.choose
	printf 'type 4\n' # the card in the reader is known
	in_lang en resume.continue
	in_lang en resume.accepted # nothing was begun, so there is nothing to be undone
	printf 'expect "%s"\nexpect-not "%s"\nshot goes-on\nkey Enter\n' "$n" "$(said en resume.undo)"
	in_lang en pin.label
	pin 648219
	in_lang en result.text 90s
	printf 'key Enter\n'
} >"$WALK"
play "it goes on at the next visit"
delivered_everywhere "after a centre that was away" "$n"

# --- another person's card signs a revocation of her certificates: none of them is taken back
spot nurlan "$(persona_value nurlan user_pin)" Қоңырбаев Нұрлан Ізбасарұлы Алматы Қонаев nurlan@example.kz +77012223344 -
n=$(next_number)
{
	begin en revoke person signature
	printf 'wait "%s" 20s\ntype 1\n' "$(persona_value nurlan serial)"
	in_lang en title.pick
	printf 'key End Enter\nwait "A7.2"\n'
	answers Қоңырбаев Нұрлан Ізбасарұлы nurlan@example.kz +77012223344 "$two" - -
	CONSENTS=3 to_submit en
	in_lang en pin.label
	pin "$(persona_value nurlan user_pin)"
	in_lang en title.refused 60s
	in_lang en error.cert-other-person
	printf 'shot other\nkey Enter\n'
} >"$WALK"
play "a revocation of another's certificate"
check "refused by name" equal "$(state_here "$n")" "refused 326"
check "refused at the centre" in_replica "$n" refused
check "not in the list" not in_crl "$two"

# --- a certificate that was taken back signs nothing any more. She revokes at another kiosk while this one is cut off: it
# cannot know and lets her sign (one that knows does not: revoked-known.sh), and the centre refuses.
check "a second kiosk" second_kiosk
touch "$STAGE/net-down"
{
	printf 'card pull\ncard insert aigul\nsleep 1200ms\n'
	begin en revoke person signature
	printf 'wait "KZ00194031" 20s\ntype 1\n'
	in_lang en company.intro-sign
	printf 'type 1\n'
	in_lang en title.pick
	printf 'shot pick\nkey Space Down Space Down Space Down Space\nkey End Enter\nwait "A7.2"\n'
	answers Әбдіғалиева Айгүл Өмірқызы aigul@example.kz +77011234567 - -
	CONSENTS=3 to_submit en
	in_lang en pin.label
	pin 648219
	in_lang en result.revoked 60s
	printf 'key Enter\n'
} >"$WALK"
at_second "she revokes what is on her card"
check "in the list" wait_until 20 in_crl "$two"
n=$(next_number)
{
	sign_a1 1
	pin 648219
	in_lang en title.judging 20s
	printf 'net up\n'
	in_lang en title.refused 90s
	in_lang en error.cert-revoked
	printf 'expect "T-321"\nshot revoked\nkey Enter\n'
} >"$WALK"
play "signed with what was revoked"
check "refused by name" equal "$(state_here "$n")" "refused 321"
check "the verdict" equal "$(verdict "$n")" 321
check "the new keys were removed again" equal "$(steps_done "$n")" generate,generate,undo
check "nothing was asked for them" equal "$(sqlite3 -batch "$STAGE/centre/ca.db" "select count(*) from issued where number = '$n'")" 0

# --- a year later his own has ended
n=$(next_number)
{
	printf 'card pull\ncard insert nurlan\nsleep 1200ms\nclock +366d\nsleep 1s\n'
	begin en issue individual signature
	printf 'wait "%s" 20s\ntype 1\n' "$(persona_value nurlan serial)"
	in_lang en error.cert-expired 20s
	in_lang en mend.cert-expired
	printf 'expect "T-320"\nshot expired\nkey F10\n'
} >"$WALK"
play "a certificate that has ended"
check "nothing was handed in" equal "$(kiosk_sql "select count(*) from application where number='$n'")" 0

chains_hold
echo "$checks checks"
