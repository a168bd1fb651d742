#!/usr/bin/env bash
# P-5, NCA-9.check, NCA-9.rcpt through the real program: an application with papers is handed in, a clerk compares it with
# the originals and the register and accepts it, and the applicant goes on with the card until the certificate is on it.
# Before that: a kiosk without the role, a token of nobody, a centre that is not there, a token pulled in the middle.
. "$(dirname "$0")/desk-lib.sh"
stage_up
{ a1_papers; } >"$WALK"
play "handed in"
N=$(last_number)
check "it waits for a clerk" equal "$(state_here "$N")" at-desk
check "the centre knows it" at_centre "$N" at-desk

# --- nobody is let in without being listed; a kiosk without staff offers nothing
{
	see idle.choose
	printf 'expect-not "F9"\nkey F9\nexpect "%s"\n' "$(said en idle.choose)"
} >"$WALK"
play "no staff, no desk"
stage_staff $STAFF
token pull >/dev/null
check "no role" "$BIN/tamgactl" kiosk role K01 none --data "$STAGE/centre" >/dev/null
{
	see idle.choose
	printf 'key F9\n'
	in_lang ru desk.insert
	printf 'token insert rutoken-blank\n'
	in_lang ru error.staff-unknown
	printf 'expect "T-324"\nkey Esc\n'
	see idle.choose
	printf 'token pull\n'
	desk_enter
	in_lang ru desk.no-role
	printf 'expect "T-403"\n'
	desk_leave
} >"$WALK"
play "a token of nobody; a kiosk without the role"

# --- the centre is down: nothing can be opened; then the token is pulled in the middle: nothing is decided
check "the role" "$BIN/tamgactl" kiosk role K01 desk --data "$STAGE/centre" >/dev/null
{
	desk_enter
	printf 'wait "%s" 10s\n' "$N"
	printf 'net down\nkey Enter\n'
	in_lang ru desk.offline
	printf 'net up\n'
	printf 'key Enter\n'
	in_lang ru title.desk-application 60s
	printf 'expect "Нұрланова"\nshot desk-application\n'
	desk_tick_identity
	desk_consent
	in_lang ru desk.register-down
	desk_decide
	printf 'key Space\nshot desk-decide\n'
	printf 'token pull\n'
	see idle.choose
	printf 'expect-not "Нұрланова"\n'
} >"$WALK"
play "a centre that is not there; a token pulled in the middle"
check "nothing was decided" equal "$(kiosk_sql "select count(*) from journal where kind='desk.decided'")" 0

# --- the register has another family name: it stands beside the answer; mended, the application is accepted
printf '{"key":"%s","surname":"Нурланова","given-name":"Айгүл"}\n' $IIN >"$STAGE/persons.jsonl"
check "the register" "$BIN/tamgactl" register import persons "$STAGE/persons.jsonl" --data "$STAGE/centre" \
	--screens "$TOP/screens" --source "Register extract 1" >/dev/null
{
	desk_enter
	desk_open "$N"
	desk_decide
	in_lang ru desk.cannot-accept
	printf 'expect-not "%s"\nkey Esc\n' "$(said ru desk.accept)"
	in_lang ru title.desk-application
	printf 'size 100x60\n'
	desk_consent
	in_lang ru desk.register-other
	in_lang ru desk.register-differs
	printf 'expect "Register extract 1"\nshot desk-differs\n'
	desk_tick_identity
	printf 'size 80x24\n'
	desk_decide
	in_lang ru desk.accept
	printf 'key Enter*2\n'
	in_lang ru title.desk-done
	in_lang ru desk.originals
	printf 'wait "%s-desk.pdf" 20s\n' "$N"
	printf 'shot desk-done\n'
	desk_leave
} >"$WALK"
play "accepted"
check "outcome" equal "$(decided outcome)" accepted
check "who" equal "$(decided staff | tr -d '\n' | sed 's/^0*//')" \
	"$(openssl x509 -inform DER -in "$STAGE/$STAFF.der" -noout -serial | cut -d= -f2 | tr 'A-F' 'a-f' | sed 's/^0*//')"
check "documents" equal "$(decided documents)" \
	'[{"id":"application","by":"form","erasures":false},{"id":"identity","by":"paper","erasures":false}]'
check "consent" equal "$(decided consent)" 1
check "the register's word" equal "$(decided 'registers[0].status') $(decided 'registers[0].source')" "other Register extract 1"
check "accepted everywhere" at_centre "$N" accepted
check "entered once for each visit" equal "$(kiosk_sql "select count(*) from journal where kind='staff.entered' and json_extract(body,'$.what')='desk'")" 3
# NCA-9.rcpt: date and number, service, number and names of documents, date, time and place of the result, full name of the worker
check "receipt" on_paper "$N-desk.pdf" "$N" "$(said en nca.issue)" "handed in: 2" "$(said en nca.doc.identity-applicant)" \
	"САДЫКОВА ГҮЛМИРА БАКЫТОВНА" "$(said en receipt.protected-data)" "18:30 at the latest"

# --- the applicant comes back with the card
{
	begin en status
	in_lang en status.number
	printf 'type %s\nkey Enter\n' "$N"
	in_lang en status.continue
	printf 'key Home Enter\n'
	in_lang en status.proof
	printf 'type %s\nkey Enter\n' $IIN
	in_lang en resume.accepted
	printf 'card insert aigul\n'
	in_lang en resume.continue
	printf 'key Home Enter\n'
	in_lang en title.pin
	pin "$(persona_value aigul user_pin)"
	delivered
} >"$WALK"
play "the applicant goes on"
check "delivered" equal "$(state_here "$N")" delivered
check "delivered at the centre" at_centre "$N" delivered
chains_hold
check "no answers in the log" not grep -qE "Нұрланова|$IIN" "$STAGE/kiosk.log"
say "$checks checks"
