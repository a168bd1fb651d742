#!/usr/bin/env bash
# DOS-8 through the real program: seven wrong PINs lock a certificate at every kiosk; the holder applies to have it
# unlocked, a clerk accepts, and it opens again at every kiosk. The token's own PIN counter is another thing: it is not
# opened by that, and is named as the other thing.
. "$(dirname "$0")/desk-lib.sh"
TOKEN=$ACCOUNTANT # which takes ten wrong PINs
PIN=$(persona_value "$TOKEN" user_pin)
SERIAL=$(printf '%16s' "$(persona_value "$TOKEN" serial)" | tr ' ' 0)
HOURS=6 one_day # wrong PINs are counted by days
stage_up
desk_ready
check "a certificate" stage_rutoken_certificate "$TOKEN" kg-dostek-accountant "organisation=${FIRM[0]}" \
	"organisation-number=${FIRM[1]}" "title=башкы эсепчи"
SHA=$(sha256sum "$STAGE/$TOKEN.01.der" | cut -d' ' -f1)
CERT=$(openssl x509 -inform DER -in "$STAGE/$TOKEN.01.der" -noout -serial | cut -d= -f2 | tr A-F a-f)
check "a second kiosk" second_kiosk

to_enter() {
	kg_service en cabinet
	see title.storage
	printf 'type 1\nwait "Rutoken ECP, No. %s" 20s\ntype 1\n' "$SERIAL"
}
wrong() { pin 000000; printf 'wait "today %s, in all %s" 20s\n' "$1" "$2"; }
{
	printf 'token insert %s\nsleep 1200ms\n' "$TOKEN"
	to_enter
	see title.enter 20s
	wrong 4 6
	wrong 3 5
	wrong 2 4
	pin 000000
	see lock.last 20s
	pin 000000
	see error.lock-day 20s
	printf 'key F10\n'
	see cancel.title
	printf 'type 2\n'
	see idle.choose
} >"$WALK"
play "locked for the day"
echo $((24 * 3600 * 1000)) >"$STAGE/clock"
{
	to_enter
	printf 'wait "today 2, in all 2" 20s\n'
	pin 000000
	see lock.last 20s
	pin 000000
	see error.lock-all 20s
	see enter.unlock
	see enter.token-apart
	printf 'expect "%s"\n' "$CERT"
	# From the refusal to the application: the certificate is picked, not typed.
	printf 'key Down Enter\n'
	see title.kind
	printf 'type 1\n'
	see title.pick
	printf 'key Space\nkey End Enter\nwait "D5.2"\n'
	answers "${FIRM[0]}" "${FIRM[1]}" "${ACCOUNTANT_IS[@]:0:4}" "${ACCOUNTANT_IS[6]}"
	printf 'key Enter*2\n' # the list of serial numbers is done
	kg_submit en 2
	kg_done
} >"$WALK"
play "locked, and applied for"
N=$(last_number)
check "what it names" equal "$(kiosk_sql "select json_extract(body,'\$.serials[0]') from journal where kind='application.submitted'" | tr A-F a-f)" "$CERT"
check "it waits for a clerk" at_centre "$N" at-desk

# The other kiosk knows it too, before any PIN.
locked_there() { sqlite3 -batch "$STAGE/kiosk2.db" "select json_array_length(body,'\$.tries') from feed where kind='lock' and key='$SHA'" | grep -qx 7; }
check "the second kiosk is told" wait_until 20 locked_there
{
	to_enter
	see error.lock-all 20s
	see title.enter-refused
	printf 'key F10\n'
	see cancel.title
	printf 'type 2\n'
	see idle.choose
} >"$WALK"
at_second "locked at the second kiosk"

# The desk sees the provider's counts, and that the token's counter is another thing.
{
	kg_desk
	kg_open "$N"
	in_lang ru desk.documents
	printf 'expect "%s"\nexpect "%s"\n' "${CERT:0:16}" "$(said ru desk.lock-token)"
	printf 'expect "Неверных PIN: сегодня 2, всего 7"\nshot desk-unlock\n'
	kg_accept 2
	kg_leave
} >"$WALK"
play "accepted"
check "done" at_centre "$N" delivered
reset() { centre_sql "select json_extract(body,'\$.$1') from journal where kind='lock.reset'"; }
check "which certificate" equal "$(reset certificate)" "$SHA"
check "by whom" equal "$(reset by) $(reset number) $(reset code)" "office $N 0"
check "one reset" equal "$(centre_sql "select count(*) from journal where kind='lock.reset'")" 1

{
	printf 'token insert %s\nsleep 1200ms\n' "$TOKEN"
	to_enter
	printf 'wait "today 3, in all 7" 20s\n'
	pin "$PIN"
	see home.news 20s
} >"$WALK"
open_again() { sqlite3 -batch "$STAGE/kiosk2.db" "select json_extract(body,'\$.tries[0][2]') from feed where kind='lock' and key='$SHA'" | grep -qx 1; }
check "the second kiosk hears of it" wait_until 20 open_again
at_second "open at the second kiosk"
play "open at the first kiosk"

# The token's own PIN is locked, by tries that no kiosk saw: the certificate is not, and the screen says which it is.
for _ in $(seq 10); do stage_p11 --login --pin 999999 --list-objects >/dev/null 2>&1; done
{
	to_enter
	see error.pin-locked 20s
	printf 'expect-not "%s"\n' "$(said en error.lock-all)"
	printf 'key F10\n'
} >"$WALK"
play "the token's own PIN"
check "nothing more was counted" equal "$(kiosk_sql "select count(*) from journal where kind='pin.tried' and body like '%$SHA%\"right\":false%'")" 7
chains_hold
say "$checks checks"
