#!/usr/bin/env bash
# DOS-3, DOS-7 through the real program: a renewal in E-Cloud. At the office: accepted and paid, the provider makes key and
# certificate, from now. As an online order: refused while the notice of the end has not appeared; with too little on the balance
# not accepted; topped up, charged on acceptance, valid from the end of the old certificate only; after that end only at the
# office. The centre killed in the middle makes one key and one certificate.
. "$(dirname "$0")/lib.sh"
for need in pkcs11-tool openssl; do command -v $need >/dev/null || { echo "skipped: $need is missing" >&2; exit 77; }; done
at_centre() { wait_until 30 in_replica "$1" "$2"; }
# A certificate that ends within the days of the notice: the acting head's, for this test, is for 20 days.
sed -i 's/^validity_days: .*/validity_days: 20/' "$STAGE_PROFILES/kg-dostek-acting.yaml"
export CENTRE_CLOCK=$STAGE/clock STAGE_PROFILES LOCALE_DIR # for the centre that is started again
echo 0 >"$STAGE/clock"
stage_up
desk_ready
lang=$(turn ky)
SERIAL=0011223344556677 # of a certificate that this centre does not know: at the office the papers count
office() { # PRODUCT: hands a renewal at the office in
	begin "$lang" renew-cloud holder office
	questions "$lang" "$1" 1 1 1 1 1
	printf 'wait "D3.2"\n'
	answers "${FIRM[@]}" "${HEAD_IS[@]}"
	printf 'type %s\nkey Enter*3\n' $SERIAL
	in_lang "$lang" title.documents
	printf 'key %s\nkey End Enter\n' "$(ticks 4)"
	in_lang "$lang" title.review
	printf 'key End Enter\n'
	in_lang "$lang" title.consent
	printf 'key Space Down Enter\n'
	in_lang "$lang" title.result
	in_lang "$lang" result.to-pay
	printf 'size 100x60\nwait "%s" 20s\nsize 80x24\nkey Home Enter\n' "$(said "$lang" work.registered)"
	see idle.choose
}
# order PRODUCT SERIAL: an online order up to the review
order() {
	begin "$lang" renew-cloud holder online
	questions "$lang" "$1" 1
	printf 'wait "D3.2"\n'
	answers "${FIRM[@]}" "${HEAD_IS[@]}"
	printf 'type %s\nkey Enter*3\n' "$2"
	in_lang "$lang" title.review
	printf 'key End\n'
	in_lang "$lang" review.order
}
order_on() {
	printf 'key Enter\n'
	in_lang "$lang" title.consent
	printf 'key Space Down Enter\n'
	in_lang "$lang" title.result
	in_lang "$lang" result.order
	printf 'shot order\nsize 100x60\nwait "%s" 20s\nsize 80x24\nkey Home Enter\n' "$(said "$lang" work.registered)"
	see idle.choose
}
# The person is told, and cannot go on.
no_order() {
	printf 'size 100x80\n'
	in_lang "$lang" error.order-office
	printf 'expect "T-446"\nkey Enter\n'
	in_lang "$lang" title.review
	printf 'size 80x24\n'
	give_up
}
give_up() { printf 'key F10\ntype 2\n'; see idle.choose; }
open_at_desk() {
	at_desk
	printf 'type %s\nkey Enter\n' "$1"
	in_lang ru desk.money
}
pay_cash() {
	printf 'key Home Enter\n'
	in_lang ru title.desk-payment
	printf 'key Down*3 Enter\n'
	in_lang ru desk.pay.noted
	printf 'key End Enter\n'
	in_lang ru title.desk-application
}
issued() { centre_sql "select json_extract(body,'\$.$2') from journal where kind='application.issued' and json_extract(body,'\$.number')='$1'"; }
certificate() { issued "$1" certificate | base64 -d >"$STAGE/$1.der" && openssl x509 -inform DER -in "$STAGE/$1.der" -noout "${@:2}"; }
# Keys by their labels, as pkcs11-tool sees the centre's token.
cloud_keys() {
	SOFTHSM2_CONF=$STAGE/centre/softhsm2.conf pkcs11-tool --module "$(find /usr/lib -name libsofthsm2.so | head -n 1)" \
		--token-label tamga-cloud --login --pin "$(cat "$STAGE/centre/token-pin")" --list-objects --type privkey 2>/dev/null |
		grep -c "label: *$1"
}

# --- at the office: a head's for a year, an acting head's for 20 days
{ office 1; } >"$WALK"
play "at the office"
H=$(last_number)
{ office 3; } >"$WALK"
play "another"
A=$(last_number)
{
	at_desk
	desk_accept "$H" "$(ticks_up 4)"
	leave_desk
} >"$WALK"
play "accepted"
check "not made unpaid" equal "$(cloud_keys "$H")" 0
{
	open_at_desk "$H"
	pay_cash
	printf 'key Esc\n'
	in_lang ru desk.find
	leave_desk
} >"$WALK"
play "paid in cash"
check "made by the centre" at_centre "$H" delivered
check "one key" equal "$(cloud_keys "$H")" 1
check "whose it is" sh -c "case '$(certificate "$H" -subject -nameopt utf8)' in *INN01203201810274*) ;; *) exit 1 ;; esac"
check "a year" test "$((($(date -d "$(certificate "$H" -enddate | cut -d= -f2)" +%s) - $(date -d "$(certificate "$H" -startdate | cut -d= -f2)" +%s)) / 86400))" -eq 365
check "from now" test "$(($(date +%s) - $(date -d "$(certificate "$H" -startdate | cut -d= -f2)" +%s)))" -lt 1800

# --- the centre is killed while it makes the other one
{
	at_desk
	desk_accept "$A" "$(ticks_up 4)"
	printf 'type %s\nkey Enter\n' "$A"
	in_lang ru desk.money
	pay_cash
	printf 'kill centre\n'
	printf 'restart centre\n'
	printf 'key Esc\n'
	in_lang ru desk.find 60s
	leave_desk
} >"$WALK"
play "paid, and the centre killed"
check "made all the same" at_centre "$A" delivered
check "one key of it" equal "$(cloud_keys "$A")" 1
check "one certificate of it" equal "$(sqlite3 "$STAGE/centre/ca.db" "select count(*) from issued where number='$A'")" 1

# --- orders that are made at the office only
{
	order 1 "$(issued "$H" serial)"
	no_order
	order 1 $SERIAL
	no_order
} >"$WALK"
play "too early, and of a certificate that nobody knows"

# --- an order: too little, then enough
{
	order 3 "$(issued "$A" serial)"
	order_on
} >"$WALK"
play "ordered"
O=$(last_number)
submitted() { kiosk_sql "select json_extract(body,'\$.$1') from journal where kind='application.submitted' and json_extract(body,'\$.number')='$O'"; }
check "whose balance" equal "$(submitted account)" 01203201810274
check "up to seven days" test $(($(submitted promised_ms) / 86400000 - $(date +%s) / 86400)) -eq 7
{
	open_at_desk "$O"
	in_lang ru desk.money.order
	printf 'key End Up*2 Space\nkey End Up Enter\n'
	in_lang ru desk.compare-again
	printf 'key End Enter\n'
	in_lang ru title.desk-decide
	in_lang ru desk.balance-low
	printf 'expect-not "%s"\nkey Esc\n' "$(said ru desk.accept)"
	in_lang ru title.desk-application
	printf 'key Home Enter\n' # to the payment: the account is filled in
	in_lang ru title.desk-payment
	printf 'expect "01203201810274"\nkey Down\ntype 2000\nkey Down\ntype TOP-1\nkey Down Enter\n'
	in_lang ru desk.pay.noted
	printf 'expect "2000 сом"\nkey End Enter\n'
	in_lang ru title.desk-application
	printf 'key Esc\n'
	in_lang ru desk.find
	desk_accept "$O" ""
	leave_desk
} >"$WALK"
play "too little, topped up, accepted"
check "made by the centre" at_centre "$O" delivered
charged() { centre_sql "select json_extract(body,'\$.$1') from journal where kind='balance.charged'"; }
# seed 002: «Бухгалтердин милдетин аткаруучу жетекчилик КЭК – 1420 сом»
check "charged" equal "$(charged number) $(charged amount) $(charged account)" "$O 142000 01203201810274"
check "what is left" equal "$(centre_sql "select amount from balance")" 58000
check "from the end of the old one" equal "$(certificate "$O" -startdate | cut -d= -f2)" "$(certificate "$A" -enddate | cut -d= -f2)"
{
	by_number "$lang" "$O"
	in_lang "$lang" status.cloud-made
	give_up
} >"$WALK"
play "its number says that it is made"
report() { "$BIN/tamgactl" report --data "$STAGE/centre" --screens "$TOP/screens" --provider kg-dostek --csv | tr -d '"\r'; }
check "report: topped up" grep -q '^money,kg-dostek,,.*,top-up,bank,KGS,1,200000$' <<<"$(report)"
check "report: charged" grep -q '^money,kg-dostek,renew-cloud,.*,order,,KGS,1,142000$' <<<"$(report)"

# --- the old one is over
{
	printf 'clock +505h\n'
	order 3 "$(issued "$A" serial)"
	no_order
} >"$WALK"
play "after its end only at the office"
chains_hold
say "$checks checks"
