#!/usr/bin/env bash
# K-7, K-8, K-12: the certification authority's address answers with something else: a web page, HTTP errors, nothing,
# noise, half an answer, no HTTP at all, or never. Each is named, the application is kept, no key is made twice, and with
# the real CA it comes to its end.
. "$(dirname "$0")/lib.sh"
stage_up
answerer=$TOOLS/bad-answerer
printf '  timeout_ms: 3000\n' >"$STAGE/timeout"
sed -i "/^cmp:/r $STAGE/timeout" "$STAGE/kiosk.yaml"
cp "$STAGE/agent.yaml" "$STAGE/agent.real"

restart_agent() { stop_pid "$STAGE/agent.pid"; rm -f "$STAGE/agent.sock"; stage_agent; }
wrong_ca() { # MODE
	stop_pid "$STAGE/answerer.pid"
	rm -f "$STAGE/answerer.out" # of the mode before
	"$answerer" "$1" >"$STAGE/answerer.out" 2>&1 &
	echo $! >"$STAGE/answerer.pid"
	wait_until 5 grep -q '^port' "$STAGE/answerer.out" || fail "the answerer did not start"
	{ cat "$STAGE/agent.real"; printf 'cmp:\n  url: http://127.0.0.1:%s/cmp\n' "$(sed -n 's/^port //p' "$STAGE/answerer.out")"; } >"$STAGE/agent.yaml"
	restart_agent
}
trap 'stop_pid "$STAGE/answerer.pid"; test_finish' EXIT

begin=to_pin
while read -r mode code name; do
	wrong_ca "$mode"
	{
		$begin
		pin 648219
		see title.waiting 60s
		echo 'size 100x50'
		four "$code" waiting.text "error.$name" "mend.$name" work.not-registered
	} >"$WALK"
	play "$mode"
	check "$mode: kept" equal "$(last_state)" waiting
	check "$mode: keys" equal "$(keys_on_card)" 2
	check "$mode: certificates" equal "$(certs_on_card)" 0
	begin=to_resume
done <<-MODES
	page T-408 ca-garbage
	error-500 T-406 ca-down
	error-404 T-408 ca-garbage
	empty T-408 ca-garbage
	noise T-408 ca-garbage
	short T-406 ca-down
	not-http T-408 ca-garbage
	closes T-406 ca-down
	hangs T-109 timeout
MODES
# A key was made once only, whatever came after.
check "two keys were made in all" equal "$(kiosk_sql "select count(*) from journal where kind='chip.done' and body like '%\"generate\"%'")" 2
cp "$STAGE/agent.real" "$STAGE/agent.yaml"
restart_agent
{ to_resume; pin 648219; delivered; } >"$WALK"
play "the real CA answers"
whole "after garbage"
check "one application" equal "$(applications)" 1
chains_hold
echo "$checks checks"
