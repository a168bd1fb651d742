#!/usr/bin/env bash
# DOS-1 through the real program: the version of the Rutoken is read from the token. One of 2.0 ticks its line of the list by
# itself, at the kiosk and at the desk; an older one is called by its name and refused before the PIN; one that does not say
# is left to the person and the clerk. Elsewhere than at this provider an older one is as good as before.
. "$(dirname "$0")/desk-lib.sh"
stage_up
desk_ready
NEW=rutoken-ubr # says 2.0
asks() { # TOKEN PAPERS: up to the list of papers; "continue" of the form
	printf 'token insert %s\nsleep 1200ms\n' "$1"
	kg_service en renew
	questions en 1 1 1 1 1 1 1
	printf 'wait "D2.2"\n'
	answers "${FIRM[@]}" "${HEAD_IS[@]}" -
}
# The line of the list follows the token in the reader: an older one and one that does not say tick nothing.
other() { printf 'token pull\nsleep 500ms\ntoken insert %s\nsleep 1500ms\n' "$1"; }
{
	asks rutoken-old
	printf 'key End Enter\n'
	in_lang en title.documents
	printf 'expect-not "%s"\n' "$(said en documents.by-carrier)"
	other rutoken-head
	printf 'expect-not "%s"\n' "$(said en documents.by-carrier)"
	other $NEW
	in_lang en documents.by-carrier
	printf 'shot carrier-told\nkey Home\n'
	for _ in 1 2 3 4; do printf 'key Space Down\n'; done
	printf 'key End Enter\n'
	in_lang en title.review
	printf 'key End Enter\n'
	in_lang en title.consent
	printf 'key Space Down Enter\n'
	in_lang en title.result 30s
	in_lang en work.registered 20s
	kg_done
} >"$WALK"
play "1.5, nothing said, 2.0"
N=$(last_number)
check "by the carrier" equal "$(kiosk_sql "select json_extract(j.value,'\$.by') from journal, json_each(body,'\$.documents') j where kind='application.submitted' and json_extract(j.value,'\$.id')='carrier'")" carrier
accepted() { # as the desk and the cash desk would: the state is what counts here
	"$BIN/tamgactl" record show "$STAGE/centre/centre.db" "$N" | grep -q "state accepted"
}
{
	kg_desk
	kg_open "$N"
	in_lang ru desk.documents
	in_lang ru desk.proof-carrier
	desk_cash
	printf 'key End Up*2 Space\n'
	for _ in 1 2 3 4 5; do printf 'key Up Space\n'; done
	printf 'key End Up Enter\n'
	in_lang ru desk.compare-again
	printf 'key End Enter\n'
	in_lang ru title.desk-decide
	in_lang ru desk.accept
	printf 'key Home Enter\nkey End Enter\n'
	in_lang ru title.desk-done
	kg_leave
	kg_service en status
	in_lang en status.number
	printf 'type %s\nkey Enter\n' "$N"
	in_lang en state.accepted
	printf 'token insert rutoken-old\nsleep 1200ms\nkey Home Enter\n'
	in_lang en status.proof
	printf 'type %s\nkey Enter\n' "${FIRM[1]}"
	in_lang en error.card-version
	printf 'expect "T-214"\nexpect "Rutoken"\nexpect-not "%s"\nshot too-old\n' "$(said en pin.label)"
	printf 'token pull\nsleep 500ms\ntoken insert %s\n' $NEW
	printf 'wait "[ %s ]" 20s\nkey Enter\n' "$(said en resume.continue)"
	in_lang en pin.label
	printf 'key F10\n'
} >"$WALK"
play "refused by name, before the PIN; 2.0 is taken"
check "accepted meanwhile" accepted
chains_hold
say "$checks checks"
