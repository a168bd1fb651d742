#!/usr/bin/env bash
# NCA-9.again, K-8: a second request by signature that is broken off between its new keys and its signature, by a kiosk that is
# killed and by a card that is pulled: the next visit goes on, or removes the keys. And one that is refused after its person has
# left: the keys are removed at the next visit, and it stays refused.
# shellcheck disable=SC2154,SC2034  # names shared with lib.sh
. "$(dirname "$0")/lib.sh"
stage_up
AIGUL=(Әбдіғалиева Айгүл Өмірқызы Алматы Қонаев aigul@example.kz +77011234567 -)
state_here() { kiosk_sql "select state || ' ' || code from application where number='$1'"; }
begun() { kiosk_sql "select count(*) from journal where kind='chip.intent' and json_extract(body,'$.number')='$1'"; }
entries() { kiosk_sql "select count(*) from journal where kind='$2' and json_extract(body,'$.number')='$1'"; }
sign_a1() { # [CHOICE]: up to the PIN
	begin en issue individual signature
	printf 'wait "KZ00194031" 20s\ntype 1\n'
	[ -z "${1:-}" ] || { in_lang en company.intro-sign; printf 'type %s\n' "$1"; }
	printf 'wait "A1.3" 20s\n'
	answers "${AIGUL[@]}"
	to_submit en
	in_lang en pin.sign
	in_lang en pin.label
}
at_rest() { # SHOT-ID TEXT-ID…: the kiosk meets the card of an earlier visit
	printf 'size 80x24\n'
	in_lang en idle.choose
	printf 'type 4\n'
	in_lang en title.resume
	for id; do in_lang en "$id"; done
}
goes_on() { # after the signature the PIN is asked for once more
	in_lang en pin.label 30s
	pin 648219
	in_lang en title.judging 60s
	in_lang en pin.label 60s
	pin 648219
	in_lang en result.text 90s
	printf 'key Enter\n'
	in_lang en idle.choose
}

# a certificate to sign with: on the spot
stage_card card aigul
card pull >/dev/null
{ cat "$TOP/tests/lib/a1-to-pin.walk"; pin 648219; in_lang en result.text 90s; printf 'key Enter\n'; in_lang en idle.choose; } >"$WALK"
play "a certificate to sign with"
check "two keys" equal "$(keys_on_card)" 2

# --- killed when the keys are made, and nothing is signed
n=$(next_number)
{ sign_a1; printf 'card slow 60\n'; pin 648219; in_lang en title.working; printf 'sleep %sms\nkill kiosk\n' "${KILL_MS:-1500}"; } >"$WALK"
walk "$WALK"
card slow 0 >/dev/null
check "handed in" equal "$(state_here "$n")" "submitted 0"
check "work was begun on the card" test "$(begun "$n")" -gt 0
check "nothing is signed" equal "$(entries "$n" application.signed)" 0
{ at_rest resume.continue resume.undo; printf 'shot resume\nkey Enter\n'; goes_on; } >"$WALK"
play "the person goes on"
delivered_everywhere "after a kill" "$n"
check "what was signed holds the keys of the certificates" signed_keys "$n"
check "four keys, four certificates" equal "$(keys_on_card) $(certs_on_card)" "4 4"

# --- the card is pulled there
n=$(next_number)
{ sign_a1 1; printf 'card pull-after %s\n' "${PULL:-12}"; pin 648219; in_lang en title.resume 60s; printf 'shot pulled\nkey Enter\n'; in_lang en cancel.recorded; printf 'type 2\n'; in_lang en idle.choose; } >"$WALK"
play "pulled while the keys are made"
check "handed in" equal "$(state_here "$n")" "submitted 0"
check "nothing is signed" equal "$(entries "$n" application.signed)" 0
{ printf 'card insert aigul\nsleep 1500ms\n'; at_rest resume.undo; printf 'key Down Enter\n'; in_lang en pin.label; pin 648219; in_lang en error.cancelled 60s; printf 'key Enter\n'; } >"$WALK"
play "the person has it removed"
check "undone" equal "$(state_here "$n")" "undone 110"
check "undone at the centre" wait_until 20 in_replica "$n" undone
check "its keys are gone" equal "$(keys_on_card) $(certs_on_card)" "4 4"

# --- refused when its person has left
n=$(next_number)
{
	sign_a1 1
	printf 'net down\n'
	pin 648219
	in_lang en title.judging 30s
	printf 'key Enter\n'
	in_lang en title.result
	printf 'key Enter\n'
	in_lang en idle.choose 20s
} >"$WALK"
play "signed, and nobody judges it"
check "keys wait on the card" equal "$(keys_on_card)" 6
# meanwhile everything of hers is taken back
sqlite3 "$STAGE/centre/ca.db" "update issued set state = 3, reason = 0 where state = 1"
rm -f "$STAGE/net-down"
refused() { [ "$(state_here "$n")" = "refused 321" ]; }
check "refused, and the kiosk is told" wait_until 30 refused
{
	at_rest resume.ended
	printf 'expect-not "%s"\nshot ended\nkey Enter\n' "$(said en resume.continue)"
	in_lang en pin.undo
	in_lang en pin.label
	pin 648219
	in_lang en error.cert-revoked 60s
	printf 'key Enter\n'
	in_lang en idle.choose
} >"$WALK"
play "its keys are removed at the next visit"
check "it stays refused" equal "$(state_here "$n")" "refused 321"
check "refused at the centre" in_replica "$n" refused
check "its keys are gone" equal "$(keys_on_card) $(certs_on_card)" "4 4"
check "and nothing more is to be done with the card" equal "$(kiosk_sql "select flags & 8 from application where number='$n'")" 0
chains_hold
echo "$checks checks"
