#!/usr/bin/env bash
# The queue from end to end: a number is taken, an application is filled in while waiting, the clerk opens it by the ticket's
# number and decides; both minutes are measured and stand in the report; the ticket is on the receipt. NCA-4, NCA-8, P-5.
# shellcheck disable=SC2154,SC2034  # CENTRE_CLOCK is for stage.sh
. "$(dirname "$0")/../nca/desk-lib.sh"
begin() { # LANG SERVICE KIND WAY: with a ticket first, then on from the list of services
	printf 'size 80x24\n'
	in_lang "$1" idle.choose
	printf 'type %s\n' "$(number_of "$1")"
	in_lang "$1" title.provider
	printf 'type 1\n'
	in_lang "$1" title.service
	printf 'key End Enter\n'
	in_lang "$1" ticket.take
	printf 'key Home Enter\nwait "A-001"\nkey Home Down Enter\n'
	in_lang "$1" title.service
	printf 'type %s\n' "$(service_key "$2")"
	in_lang "$1" title.kind
	printf 'type %s\n' "$(kind_key "$2" "$3")"
	in_lang "$1" title.way
	printf 'type %s\n' "$(way_key "$2" "$3" "$4")"
}
# Twenty-five minutes lie between the number and the clerk, on one day. One clock for all: a kiosk whose clock is off serves
# nobody.
one_day
early=0 late=25
[ "$(kiosk_date +%H)" -lt 12 ] || early=-25 late=0
echo $((early * 60000)) >"$STAGE/clock"
CENTRE_CLOCK=$STAGE/clock
stage_up
desk_ready
echo 'ticket_series: A' >>"$STAGE/kiosk.yaml"
{ a1_papers; } >"$WALK"
play "a number, and an application while waiting"
N=$(last_number)
check "the ticket goes with the application" equal \
	"$(kiosk_sql "select json_extract(body,'\$.ticket') from journal where kind='application.submitted'")" A-001
check "it is on the receipt" sh -c "pdftotext -layout '$STAGE/receipts/$N.pdf' - | grep -q 'A-001'"
check "the centre knows it" at_centre "$N" at-desk
echo $((late * 60000)) >"$STAGE/clock" # too late: twenty minutes are the term
{
	desk_enter
	printf 'wait "A-001" 20s\n'
	desk_open A-001
	printf 'size 100x60\n'
	desk_consent
	desk_tick_identity
	desk_decide
	in_lang ru desk.accept
	printf 'key Enter*2\n'
	in_lang ru title.desk-done
	desk_leave
} >"$WALK"
play "opened by the ticket's number, accepted"
check "taken, called, served" equal "$(kiosk_sql "select group_concat(json_extract(body,'\$.what')) from journal where kind='queue.ticket'")" \
	taken,called,served
check "called for this application" equal \
	"$(kiosk_sql "select json_extract(body,'\$.number') from journal where kind='queue.ticket' and json_extract(body,'\$.what')='called'")" "$N"
check "all at the centre" wait_until 20 sh -c "[ \$(sqlite3 '$STAGE/centre/centre.db' \"select count(*) from journal where kind='queue.ticket'\") = 3 ]"
report() { "$BIN/tamgactl" report --data "$STAGE/centre" --screens "$TOP/screens" --clock-file "$STAGE/clock"; }
check "the queue's term is broken" sh -c "$(declare -f report); BIN='$BIN' STAGE='$STAGE' TOP='$TOP'; report | grep -Eq 'queue +0 +1 +0 +(2[5-9]|[3-9][0-9])'"
check "the service's is kept" sh -c "$(declare -f report); BIN='$BIN' STAGE='$STAGE' TOP='$TOP'; report | grep -Eq 'service +1 +0 +0'"
check "and the result is promised, not broken" sh -c "$(declare -f report); BIN='$BIN' STAGE='$STAGE' TOP='$TOP'; report | grep -Eq 'result +0 +0 +1'"
echo "$checks checks"
