#!/bin/bash
# Every entry of every kiosk arrives once, whatever is killed and whenever the network is gone. C-1, C-3.
# usage: journal.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: journal.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
rounds=12
[ -n "${TAMGA_DEEP:-}" ] && rounds=100

centre_start
for k in K01A-1 K02B-1; do
	enrol $k || { cat "$work/enrol.err"; exit 1; }
	fill $k 30
	agent_start $k
done
for k in K01A-1 K02B-1; do
	check "$k: what was there before the agent arrives" wait_for 20 arrived $k 30
	check "$k: the socket is the owner's alone" same "$(stat -c %a "$work/$k.sock")" 600
done
"$tool" fill "$work/K01A-1.db" K01A-1 1 && "$tool" poke "$work/K01A-1.sock"
check "a poke sends at once" wait_for 2 arrived K01A-1 31
fill K01A-1 1
check "and without a poke it is found all the same" wait_for 5 arrived K01A-1 32

touch "$work/net-down"
fill K01A-1 10
check "net down: said in STATUS" wait_for 5 status_is K01A-1 reachable 0
check "net down: by its name" wait_for 5 status_is K01A-1 last centre-down
check "net down: nothing is acknowledged" arrived K01A-1 32
rm "$work/net-down"
check "net up: it catches up by itself" wait_for 10 arrived K01A-1 42
check "net up: said in STATUS" wait_for 5 status_is K01A-1 reachable 1

total1=42 total2=30
for i in $(seq $rounds); do
	n=$((RANDOM % 40 + 1))
	fill K01A-1 $n & f1=$!
	fill K02B-1 $n & f2=$!
	total1=$((total1 + n)) total2=$((total2 + n))
	sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
	case $((RANDOM % 3)) in
	0) centre_kill KILL; sleep 0.1; centre_again ;;
	1) agent_kill K01A-1 KILL; agent_start K01A-1 ;;
	2) touch "$work/net-down"; sleep 0.2; rm "$work/net-down"; agent_kill K02B-1 KILL; agent_start K02B-1 ;;
	esac
	wait $f1 $f2
done
check "K01A-1: all $total1 acknowledged after $rounds kills" wait_for 30 arrived K01A-1 $total1
check "K02B-1: all $total2 acknowledged" wait_for 30 arrived K02B-1 $total2
for k in K01A-1 K02B-1; do
	rows_of "$work/$k.db" $k >"$work/$k.kiosk"
	rows_of "$work/c/centre.db" $k >"$work/$k.centre"
	check "$k: the replica is the journal, entry for entry (sqlite3)" cmp "$work/$k.kiosk" "$work/$k.centre"
done
check "and nothing else is in it" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM journal WHERE kiosk <> 'C00-1'")" $((total1 + total2))
check "$total1 lines were compared" same "$(wc -l <"$work/K01A-1.kiosk")" $total1

agent_kill K01A-1 TERM
check "SIGTERM ends the agent cleanly" same "$agent_status" 0
check "its socket is gone" test ! -e "$work/K01A-1.sock"
check "an agent that is not there is named" same "$("$tool" status "$work/K01A-1.sock" 2>/dev/null)" agent-down
done_testing
