#!/usr/bin/env bash
# UBR-2 through the real program: a certificate that is asked for anew because its device was lost. The application comes
# first in the queue; before the papers are judged the clerk confirms who asks, and the old certificate is on the CRL at
# once, in sight with its time; then the papers, and the new certificate by the steps of a first issue: an own PIN of six
# digits, asked of the holder by name. After the end of a certificate nothing is revoked. The report knows the promise.
. "$(dirname "$0")/desk-lib.sh"
PROVIDER=kg-ubr
TOKEN=$ACCOUNTANT
stage_up
desk_ready
# Of the profile that may be issued without an application: the CA of both is one.
check "the certificate that was lost" stage_rutoken_certificate "$TOKEN" kg-dostek-accountant "organisation=${FIRM[0]}" \
	"organisation-number=${FIRM[1]}" "title=башкы эсепчи"
OLD=$(openssl x509 -inform DER -in "$STAGE/$TOKEN.01.der" -noout -serial | cut -d= -f2)
token pull >/dev/null
# asks REASON HOLDER SERIAL-OR-NOTHING PARTICULARS…: holder 1 is the head, 2 the accountant
asks() {
	kg_service en reissue
	questions en "$1" "$2" 1 1 1 1
	printf 'wait "U3.2"\n'
	answers "${FIRM[@]}" "${@:4}"
	[ -z "$3" ] || printf 'type %s\nkey Enter*2\n' "$3"
	kg_submit en 9
}
# An ordinary one first: what is early comes before it all the same.
{
	asks 1 1 "" "${HEAD_IS[@]}"
	printf 'expect-not "%s"\n' "$(said en result.old-certificate)"
	kg_done
} >"$WALK"
play "after the end: nothing to revoke"
LATE=$(last_number)
{
	asks 6 2 "$OLD" "${ACCOUNTANT_IS[@]}"
	in_lang en result.old-certificate
	printf 'expect "24"\n'
	kg_done
	kg_service en status
	in_lang en status.number
	printf 'type %s\nkey Enter\n' "$(next_number 0)"
	in_lang en status.old-waits
	printf 'key End Enter\n'
} >"$WALK"
play "lost"
N=$(last_number)
check "it says so" equal "$(kiosk_sql "select json_extract(body,'\$.revokes') from journal where kind='application.submitted' and body like '%$N%'")" 1
check "the other does not" equal "$(kiosk_sql "select json_extract(body,'\$.revokes') is null from journal where kind='application.submitted' and body like '%$LATE%'")" 1
check "not on the list yet" not in_crl "$OLD"
report() { "$BIN/tamgactl" report --data "$STAGE/centre" --screens "$TOP/screens" --provider kg-ubr --json --clock-file "$1"; }
kept() { report "$1" | jq -r '.terms[] | select(.term=="revocation") | "\(.kept) \(.broken) \(.open)"'; }
echo $((25 * 3600 * 1000)) >"$STAGE/later"
check "a promise that still runs" equal "$(kept "$STAGE/clock")" "0 0 1"
check "a day and an hour later it would be broken" equal "$(kept "$STAGE/later")" "0 1 0"

identify() { printf 'key End Up*3 Enter\n'; } # the button stands before consent, registers, decision
{
	kg_desk
	printf 'wait "%s"\nexpect "> %s"\nexpect "%s"\nshot desk-urgent\n' "$LATE" "$N" "$(said ru desk.urgent)"
	kg_open "$N"
	in_lang ru desk.documents
	in_lang ru desk.old-waits
	identify
	in_lang ru desk.identity-first
	printf 'key Up Space\n' # the passport of the accountant, the last paper
	identify
	in_lang ru desk.old-revoked
	printf 'expect-not "%s"\nshot desk-identified\n' "$(said ru desk.identify)"
	kg_leave
} >"$WALK"
play "who asks is confirmed"
check "on the list of revoked certificates, before any decision" in_crl "$OLD"
check "nothing is decided" equal "$(centre_sql "select group_concat(json_extract(body,'\$.outcome')) from journal where kind='desk.decided'")" identified
check "it still waits for its papers" in_replica "$N" at-desk
check "which one" equal "$(centre_sql "select upper(json_extract(body,'\$.serials[0]')) from journal where kind='application.revoked'")" "$OLD"

{
	kg_desk
	kg_open "$N"
	in_lang ru desk.documents
	in_lang ru desk.old-revoked
	kg_accept 9
	kg_leave
	kg_service en status
	in_lang en status.number
	printf 'type %s\nkey Enter\n' "$N"
	in_lang en status.old-revoked
	printf 'token insert %s\nsleep 1200ms\nkey Home Enter\n' rutoken-ubr
	in_lang en status.proof
	printf 'type %s\nkey Enter\n' "${FIRM[1]}"
	in_lang en resume.accepted
	printf 'wait "[ %s ]" 20s\nkey Enter\n' "$(said en resume.continue)"
	in_lang en pin.label
	printf 'expect "%s"\nexpect "%s"\n' "Күмүшалиева Айзада" "$(said en pin.own-token)"
	pin 5731908
	in_lang en error.pin-length
	printf 'key Backspace*7\n'
	pin 573190
	in_lang en title.result 90s
	in_lang en result.text
} >"$WALK"
play "the papers, then the new certificate"
delivered_everywhere "reissue" "$N"
certificate "reissue" "$N" accountant "PIN12309198500362" "INN${FIRM[1]}" 'Public-Key: (2048 bit)'
check "the new one is not the old one" test "$(x509 -serial | cut -d= -f2)" != "$OLD"
check "one revocation" equal "$(centre_sql "select count(*) from journal where kind='application.revoked'")" 1
check "the promise was kept" equal "$(kept "$STAGE/later")" "1 0 0"
chains_hold
say "$checks checks"
