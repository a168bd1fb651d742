#!/usr/bin/env bash
# K-8, K-14, K-15, K-12: network, centre or agent are down before the work on the card, or in the middle of it. The
# application is kept, screen and receipt say honestly what has not happened yet, and when the way is free again the same
# card brings it to its end: in the same program, and in one that was started anew.
. "$(dirname "$0")/lib.sh"
stage_up
receipt_says() { # LANG ID
	tr -s ' \n' '  ' <"$STAGE/receipts/$(last_number).txt" | grep -qF "$(said "$1" "$2")"
}
# waiting_four CODE NAME: the whole screen, so large that nothing is below its edge
waiting_four() {
	see title.waiting 60s
	echo 'size 100x50'
	four "$1" title.waiting waiting.text "error.$2" "mend.$2" work.accepted work.not-registered receipt.where
	echo 'size 80x24'
}

# The network goes before the PIN. Nothing can be sent, so the screen says «not sent». Then it comes back.
{
	to_pin
	echo 'net down'
	pin 648219
	see title.waiting 60s
	echo 'size 100x50'
	four T-406 work.not-sent
	echo 'size 80x24'
	waiting_four T-406 ca-down
	printf 'key End Enter\n' # try again, still down
	see title.pin
	pin 648219
	see title.waiting 60s
} >"$WALK"
play "network down before the work"
check "queued here" equal "$(last_state)" waiting
check "both keys are made" equal "$(keys_on_card)" 2
check "no certificate" equal "$(certs_on_card)" 0
check "the centre knows nothing of it" not in_replica "$(last_number)" ''
check "the receipt says that it waits" receipt_says en receipt.state.waiting
check "the receipt says that it was not sent" receipt_says en receipt.times.not-yet
# It comes back: the record is at the centre before anybody presents a card again.
rm -f "$STAGE/net-down"
check "the record is sent by itself" wait_until 20 in_replica "$(last_number)" waiting
{ to_resume; pin 648219; delivered; } >"$WALK"
play "the network is back, the card is presented again"
whole "network down"
check "one application" equal "$(applications)" 1

# The centre dies while the card makes its keys. In the same program: it comes back, «try again».
fresh_card aigul
{
	to_pin
	echo 'card slow 60'
	pin 648219
	see title.working
	echo 'kill centre'
	echo 'card slow 0'
	waiting_four T-406 ca-down
	echo 'restart centre'
	printf 'key End Enter\n'
	see title.pin
	pin 648219
	delivered
} >"$WALK"
play "centre killed in the middle"
whole "centre killed in the middle"

# The agent dies: there is no network at all, and the kiosk goes on taking applications (K-14: the queue is allowed).
fresh_card aigul
{
	see idle.choose
	echo 'kill agent'
	to_pin
	pin 648219
	waiting_four T-401 agent-down
	printf 'key Enter\n'
	see idle.choose
} >"$WALK"
play "agent killed"
check "queued here" equal "$(last_state)" waiting
rm -f "$STAGE/agent.sock" "$STAGE/agent.pid"
stage_agent
check "the record is sent by itself" wait_until 20 in_replica "$(last_number)" waiting
{ to_resume; pin 648219; delivered; } >"$WALK"
play "agent is back"
whole "agent killed"
check "three applications, each once" equal "$(centre_sql 'select count(*), count(distinct number) from application')" '3|3'
chains_hold
echo "$checks checks"
