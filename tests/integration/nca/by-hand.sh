#!/usr/bin/env bash
# K-4 through the real program: a card whose chip proves nothing goes no further on the spot. With papers the person types what
# the chip could not say; the record says for each answer that it was typed, and what of the chip failed; no certificate is
# issued, the desk shows both, and after a clerk has accepted it the certificates come onto the same card.
# shellcheck disable=SC2154  # names shared with desk-lib.sh
. "$(dirname "$0")/desk-lib.sh"
stage_up
CARD=tampered
IIN=$(persona_value $CARD iin)
issued() { sqlite3 -readonly "$STAGE/centre/ca.db" 'select count(*) from issued'; }
submitted() { kiosk_sql "select json_extract(body,'\$.$1') from journal where kind='application.submitted'"; }
{
	begin en issue individual spot
	printf 'card insert %s\nwait "%s" 20s\nkey Enter\n' $CARD "$(persona_value $CARD serial)"
	see document.read
	typed_data $CARD
	printf 'key Enter\n'
	see error.doc-tampered 30s
	four T-224 error.doc-tampered document.papers
	printf 'key Enter\n'
	in_lang en nca.q.id-card
	printf 'type 1\nwait "A1.2"\nexpect-not "from the chip"\n'
	answers "$IIN" Қоңырбаев Нұрлан - "Алматы облысы" Қонаев nurlan@example.kz +77012223344 -
	to_submit en "Home Space"
	in_lang en result.at-desk 20s
	printf 'wait "%s" 20s\nkey Enter\n' "$(said en work.registered)"
	see idle.choose
	echo 'card pull'
} >"$WALK"
play "typed by hand, with papers"
N=$(last_number)
check "it waits for a clerk" at_centre "$N" at-desk
check "what failed stands in the record" equal "$(submitted proof) $(submitted document.passive)" "desk 224"
check "and who gave the answers" equal \
	"$(kiosk_sql "select distinct json_extract(a.value,'\$.by') from journal, json_each(body,'\$.answers') a where kind='application.submitted'")" person
check "no certificate" equal "$(issued)" 0

# --- the desk: the chip unproven, each answer marked as typed
stage_staff $STAFF
token pull >/dev/null
{
	printf 'size 100x60\n'
	desk_enter
	desk_open "$N"
	in_lang ru desk.chip-unproven
	printf 'wait "%s"\nshot desk\n' "$IIN"
	desk_tick_identity
	desk_consent
	printf 'key End Enter\n'
	in_lang ru title.desk-decide
	in_lang ru desk.accept
	printf 'key Enter*2\n'
	in_lang ru title.desk-done
	desk_leave
} >"$WALK"
play "the desk"
marked() { grep -F "$1" "$STAGE/shots/desk.txt" | grep -qF "$(said ru desk.by-person)"; }
for value in "$IIN" Қоңырбаев Нұрлан; do check "the desk sees that $value was typed" marked "$value"; done
check "nothing is marked as the chip's" not grep -qF "$(said ru desk.by-chip)" "$STAGE/shots/desk.txt"
check "accepted" at_centre "$N" accepted
check "still no certificate" equal "$(issued)" 0

# --- back with the card: what a clerk accepted is issued
{
	printf 'size 80x24\n'
	echo "card insert $CARD"
	go_on en "$N" "$IIN" "$(persona_value $CARD user_pin)"
} >"$WALK"
play "the applicant goes on"
check "delivered" at_centre "$N" delivered
check "two certificates" equal "$(issued)" 2
chains_hold
say "$checks checks"
