#!/bin/bash
# The centre killed at any moment while it sends many notices: nobody gets one twice, each is recorded once, and one that
# is recorded as sent was taken by the server. NCA-9.mail, decision 0180. CYCLES=N for more.
# usage: mail-kill.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: mail-kill.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../lib/centre.sh"
. "$here/mail-lib.sh"
cycles=${CYCLES:-5} each=8
smtp_start
mail_centre --mail-retry 20
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
agent_start K01A-1
n=0
for ((c = 0; c < cycles; c++)); do
	for ((i = 0; i < each; i++)); do
		n=$((n + 1))
		submit "K1AA-$n" ru "person$n@mail.kz"
	done
	seq=$(sqlite3 -readonly "$work/K01A-1.db" 'SELECT max(seq) FROM journal')
	wait_for 15 arrived K01A-1 "$seq"
	# From the first look of the mailer to the end of what is due: about half a second, each message some milliseconds.
	sleep "0.$(printf '%03d' $((RANDOM % 500)))"
	centre_kill KILL
	mail_centre --mail-retry 20
done
all_done() {
	[ "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM journal WHERE kind = 'mail.done'")" -ge "$n" ]
}
check "every notice comes to an end" wait_for 30 all_done
sleep 0.6
codes=$(sqlite3 -readonly "$work/c/centre.db" "SELECT json_extract(body, '\$.number') || ' ' || json_extract(body, '\$.code') FROM journal
	WHERE kind = 'mail.done'")
check "each is recorded once" same "$(echo "$codes" | cut -d' ' -f1 | sort | uniq -d)" ""
check "all are" same "$(echo "$codes" | wc -l)" "$n"
twice='' lost=''
while read -r number code; do
	count=$(got "person${number#K1AA-}@mail.kz")
	[ "$count" -le 1 ] || twice="$twice $number"
	[ "$code" != 0 ] || [ "$count" = 1 ] || lost="$lost $number"
	case $code in 0 | 109) ;; *) lost="$lost $number($code)" ;; esac
done <<<"$codes"
check "nobody got one twice" same "$twice" ""
check "what is recorded as sent was taken" same "$lost" ""
echo "of $n: $(echo "$codes" | grep -c ' 109$') unknown"
check "the replica is whole" "$bin/tamgactl" journal verify "$work/c/centre.db"
done_testing
