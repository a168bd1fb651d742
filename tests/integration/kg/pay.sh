#!/usr/bin/env bash
# DOS-1, DOS-7 through the real program: a renewal at the office costs what the source says, its slip has amount, number, both
# codes and a QR code; unpaid nothing is issued, neither at the kiosk nor by a request to the CA; a bank reference is good
# once; a refund is possible until the certificate is made; paid in cash it is written onto the Rutoken.
. "$(dirname "$0")/lib.sh"
command -v zbarimg >/dev/null && command -v pdftoppm >/dev/null || { echo "skipped: zbarimg or pdftoppm is missing" >&2; exit 77; }
at_centre() { wait_until 20 in_replica "$1" "$2"; }
text_of() { pdftotext -layout "$STAGE/receipts/$1" - | tr -s ' \n' ' '; }
HOURS=6 one_day
stage_up
desk_ready
renewal() { # hands one in, in Kyrgyz
	begin ky renew
	questions ky 1 1 1 1 1 1 1
	printf 'wait "D2.2"\n'
	answers "${FIRM[@]}" "${HEAD_IS[@]}" -
	printf 'key End Enter\n'
	in_lang ky title.documents
	printf 'key %s\nkey End Enter\n' "$(ticks 5)"
	in_lang ky title.review
	printf 'key End\n'
	in_lang ky review.cost
	printf 'expect "1510 сом"\nkey Enter\n'
	in_lang ky title.consent
	printf 'key Space Down Enter\n'
	in_lang ky title.result
	printf 'size 100x60\nwait "%s" 20s\n' "$(said ky work.registered)"
}
{
	renewal
	in_lang ky result.to-pay
	printf 'expect "1510 сом"\nexpect "42151410, 42122900"\nshot to-pay\nsize 80x24\nkey Home Enter\n'
	see idle.choose
} >"$WALK"
play "handed in"
N=$(last_number)
submitted() { kiosk_sql "select json_extract(body,'\$.$1') from journal where kind='application.submitted' and json_extract(body,'\$.number')='$N'"; }
# seed 002: «Жетекчилик КЭК – 1510 сом», in tyiyn
check "what it costs" equal "$(submitted charges)" '[{"product":"head","amount":151000}]'
check "in which money" equal "$(submitted currency)" KGS
check "the centre knows it" at_centre "$N" at-desk

# --- the slip, read by tools that are not ours
text=$(text_of "$N-payment.pdf")
for word in "$N" "1510" "42151410" "42122900"; do check "on the slip: $word" grep -qF -- "$word" <<<"$text"; done
check "of refunds" grep -qF -- "$(said ky dostek.pay.note)" <<<"$text"
check "as text" grep -qF -- "42122900" "$STAGE/receipts/$N-payment.txt"
pdftoppm -r 150 -png "$STAGE/receipts/$N-payment.pdf" "$STAGE/slip"
qr=$(zbarimg -q --raw "$STAGE"/slip*.png 2>/dev/null)
for word in "$N" "1510 KGS" "42151410, 42122900"; do check "in the QR code: $word" grep -qxF -- "$word" <<<"$qr"; done

# --- accepted and not paid: nothing is issued
{
	at_desk
	printf 'wait "%s"\ntype %s\nkey Enter\n' "$N" "$N"
	in_lang ru desk.money.rest
	printf 'key Esc\n'
	in_lang ru desk.find
	desk_accept "$N" "$(ticks_up 5)"
	leave_desk
} >"$WALK"
play "accepted"
check "at the centre" at_centre "$N" accepted
{
	by_number ky "$N"
	in_lang ky status.to-pay
	printf 'expect-not "%s"\nkey F10\ntype 2\n' "$(said ky status.continue)"
	see idle.choose
} >"$WALK"
play "its number says what is still to pay"
# A request of a kiosk that does not ask its own program. The numbers of this kiosk begin with 1.
forged() {
	openssl genrsa -out "$STAGE/forged.key" 2048 2>/dev/null
	"$TOOLS/link-enrol" "$STAGE/agent.sock" "$STAGE/agent" "$STAGE_PROFILES" 1 "$STAGE/forged.key" "$STAGE/forged.der" \
		kg-dostek-head surname=Төлөгөнов given-name=Нурланбек patronymic=Эркинович personal-number=21204197900147 \
		"organisation=${FIRM[0]}" organisation-number=01203201810274 title=директор 2>"$STAGE/forged.err"
}
check "the CA issues nothing unpaid" equal "$(forged)" unpaid
check "no certificate" equal "$(sqlite3 "$STAGE/centre/ca.db" "select count(*) from issued where number='$N'")" 0

# --- the desk: a transfer without its number, then with it; then the same once more; then asked back and paid back
noted() { centre_sql "select count(*) from journal where kind='$1'"; }
money() { centre_sql "select $1 from money where number='$N'"; }
to_money() {
	at_desk
	printf 'type %s\nkey Enter\n' "$N"
	in_lang ru desk.money
	printf 'key Home Enter\n'
	in_lang ru title.desk-payment
}
from_money() {
	printf 'key End Enter\n'
	in_lang ru title.desk-application
	printf 'key Esc\n'
	in_lang ru desk.find
	leave_desk
}
{
	to_money
	printf 'key Down*2 Enter\n'
	in_lang ru desk.pay.reference.wrong
	printf 'type PAY-7\nkey Down Enter\n'
	in_lang ru desk.pay.noted
	printf 'expect "1510 сом"\nshot paid\n'
	printf 'key Home\ntype 10\nkey Down\ntype PAY-7\nkey Down Enter\n'
	in_lang ru error.payment-twice
	printf 'expect "T-444"\nkey Down*3 Enter\n' # what came the first time is asked back
	in_lang ru desk.pay.refund-noted
	from_money
} >"$WALK"
play "a transfer, once more, asked back"
check "noted once" equal "$(noted payment.noted)" 1
check "who noted it" equal "$(centre_sql "select json_extract(body,'\$.staff_name') from journal where kind='payment.noted'")" \
	"САДЫКОВА ГҮЛМИРА БАКЫТОВНА"
check "it is on its way back" wait_until 10 equal "$(money asked)" 151000
check "nothing is issued meanwhile" equal "$(forged)" unpaid
{
	to_money
	printf 'key Down*4 Enter\n'
	in_lang ru desk.pay.refund-done
	from_money
} >"$WALK"
play "paid back"
sleep 1
check "nothing is left" equal "$(money "paid||'/'||refunded")" "0/151000"

# --- cash, then the Rutoken
{
	to_money
	printf 'key Down*3 Enter\n'
	in_lang ru desk.pay.noted
	from_money
	printf 'token insert %s\n' $HEAD
	go_on ky "$N" "${FIRM[1]}" "$(persona_value $HEAD user_pin)"
} >"$WALK"
play "paid in cash, issued on the Rutoken"
check "delivered" at_centre "$N" delivered
stage_p11 --read-object --type cert --id "$(stage_p11 --list-objects --type cert 2>/dev/null | sed -n 's/ *ID: *//p' | tail -n 1)" -o "$STAGE/made.der" 2>/dev/null
check "for twelve months" sh -c "openssl x509 -inform DER -in '$STAGE/made.der' -noout -subject | grep -q 01203201810274"
# --- made: no refund any more
{
	printf 'token pull\n'
	to_money
	printf 'key Down*4 Enter\n'
	in_lang ru error.refund-late
	printf 'expect "T-442"\n'
	from_money
} >"$WALK"
play "too late for a refund"
check "nothing went back" equal "$(money "paid||'/'||refunded")" "151000/151000"
# --- what managers are told: money taken, by service and day
today=$(HOURS=6 kiosk_date +%F)
report=$("$BIN/tamgactl" report --data "$STAGE/centre" --screens "$TOP/screens" --provider kg-dostek --from "$today" --until "$today" --csv)
row() { grep -qxF "money,\"kg-dostek\",\"renew\",\"$today\",$1"$'\r' <<<"$report" || { say "$report"; return 1; }; }
check "report: what it costs" row '"charge","","KGS","1","151000"'
check "report: by bank" row '"payment","bank","KGS","1","151000"'
check "report: in cash" row '"payment","cash","KGS","1","151000"'
check "report: paid back" row '"refund","","KGS","1","151000"'
chains_hold
say "$checks checks"
