#!/bin/bash
# The electronic queue: numbers taken at the kiosk, one that was booked on the portal, the minutes measured, terms broken,
# all in the report. NCA-4, NCA-8, C-6.
# shellcheck disable=SC2154,SC2034  # CENTRE_CLOCK is for stage.sh
. "$(dirname "$0")/../../lib/stage.sh"
TAKE=$STAGE/take.walk
cat >"$TAKE" <<'WALK'
size 80x24
wait "Choose a language"
type 4
wait "Choose the certification authority"
type 1
wait "Choose the service"
key End Enter
wait "Take a number"
expect "You should not have to wait more than 20 minutes"
key Home Enter
wait "Your number: TICKET"
shot ticket
key Enter
wait "Choose a language" 20s
WALK
take() { sed "s/TICKET/$1/" "$TAKE" >"$STAGE/one.walk"; walk_or_show "$STAGE/one.walk"; }
entries() { centre_sql "select count(*) from journal where kind = 'queue.ticket' and json_extract(body, '\$.what') = '$1'"; }
entries_are() { [ "$(entries "$1")" = "$2" ]; }
note() { # TICKET WHAT MS: an entry as the desk writes it
	"$TOOLS/link-tool" append "$STAGE/kiosk.db" K01 queue.ticket "{\"ticket\":\"$1\",\"number\":\"\",\"what\":\"$2\",\"time_ms\":$3}"
}
report() { "$BIN/tamgactl" report --data "$STAGE/centre" --screens "$TOP/screens" --clock-file "$STAGE/clock" "$@"; }
of_term() { # TERM MEMBER
	report --json | /usr/bin/python3 -c "
import json, sys
print(next((t['$2'] for t in json.load(sys.stdin)['terms'] if t['term'] == '$1'), 'none'))"
}
echo 0 >"$STAGE/clock"
CENTRE_CLOCK=$STAGE/clock # one clock for all: a kiosk whose clock is off serves nobody
one_day # numbers begin anew every day
stage_up

# --- without a series there is no queue here
cat >"$STAGE/none.walk" <<'WALK'
size 80x24
wait "Choose a language"
type 4
wait "Choose the certification authority"
type 1
wait "Choose the service"
expect-not "queue ticket"
key F10
WALK
check "a kiosk without a series offers no ticket" walk_or_show "$STAGE/none.walk"
echo 'ticket_series: a-b' >>"$STAGE/kiosk.yaml"
check "a series that is none is a mistake in the configuration" sh -c "! timeout 10 '$BIN/tamga' --config '$STAGE/kiosk.yaml' </dev/null >'$STAGE/bad.out' 2>&1"
check "named with its place" grep -q 'kiosk.yaml:[0-9]*:[0-9]*.*A-Z and 0-9' "$STAGE/bad.out"
sed -i 's/^ticket_series:.*/ticket_series: A/' "$STAGE/kiosk.yaml"

# --- numbers
check "the first of the day" take A-001
check "the second" take A-002
check "printed" test -s "$STAGE/receipts/ticket-A-002.pdf"
check "with its number" sh -c "pdftotext '$STAGE/receipts/ticket-A-002.pdf' - | grep -q A-002"
cat >"$STAGE/booked.walk" <<'WALK'
size 80x24
wait "Choose a language"
type 4
wait "Choose the certification authority"
type 1
wait "Choose the service"
key End Enter
wait "Take a number"
key Down
type B_12
key Enter
wait "A number has Latin letters"
key Backspace*4
type B-1234
key Enter
wait "Your number: B-1234"
key End Enter
wait "Choose the service"
key F10
WALK
check "one that was booked on the portal" walk_or_show "$STAGE/booked.walk"
echo $((26 * 3600 * 1000)) >"$STAGE/clock"
check "the next day begins anew" take A-001
echo 0 >"$STAGE/clock"
check "all are at the centre" wait_until 20 entries_are taken 4
check "the kiosk's clock of the taking" equal "$(centre_sql "select count(*) from journal where kind = 'queue.ticket' and abs(json_extract(body, '\$.time_ms') - time_ms) > 1000")" 0

# --- called and served: measured against the terms of 20 minutes
taken() { centre_sql "select max(json_extract(body, '\$.time_ms')) from journal where kind='queue.ticket' and json_extract(body, '\$.ticket')='$1'
	and json_extract(body, '\$.time_ms') < $(date +%s)000 + 3600000"; }
a1=$(taken A-001) a2=$(taken A-002) b=$(taken B-1234)
note A-001 called $((a1 + 19 * 60000)) && note A-001 served $((a1 + 30 * 60000))
note A-002 called $((a2 + 21 * 60000)) && note A-002 served $((a2 + 42 * 60000))
note A-002 called $((a2 + 25 * 60000)) # opened once more: the first call counts
note B-1234 called $((b + 20 * 60000)) && note B-1234 served $((b + 40 * 60000))
check "the centre has it" wait_until 20 entries_are served 3
check "queue: two in time" equal "$(of_term queue kept)" 2
check "queue: one late" equal "$(of_term queue broken)" 1
check "queue: the longest" equal "$(of_term queue longest_minutes)" 21
check "service: two in time" equal "$(of_term service kept)" 2
check "service: one late" equal "$(of_term service broken)" 1
check "which is named" sh -c "'$BIN/tamgactl' report --data '$STAGE/centre' --screens '$TOP/screens' | grep -Eq 'queue +A-002 +K01'"
check "tables made again from the journal say the same" "$BIN/tamgactl" journal rebuild "$STAGE/kiosk.db"
check "(at the kiosk)" equal "$(kiosk_sql "select called_ms - taken_ms from ticket where ticket = 'A-002' order by day limit 1")" $((21 * 60000))
echo "$checks checks"
