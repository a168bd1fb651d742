#!/bin/bash
# A centre put back from an older backup is sent the rest again; a kiosk put back is stopped. C-3.
# usage: restored.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: restored.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"

centre_start
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
fill K01A-1 20
agent_start K01A-1
check "20 arrive" wait_for 20 arrived K01A-1 20
sqlite3 "$work/c/centre.db" ".backup '$work/backup.db'"
cp "$work/K01A-1.db" "$work/kiosk-old.db" 2>/dev/null
sqlite3 "$work/K01A-1.db" ".backup '$work/kiosk-old.db'"
fill K01A-1 15
check "35 arrive" wait_for 20 arrived K01A-1 35

centre_kill KILL
rm -f "$work"/c/centre.db*
cp "$work/backup.db" "$work/c/centre.db"
centre_again
check "the restored centre holds 20" test "$(sqlite3 -readonly "$work/c/centre.db" 'SELECT count(*) FROM journal')" -ge 20
check "and gets the rest by itself" wait_for 20 sh -c "test \"\$(sqlite3 -readonly '$work/c/centre.db' 'SELECT count(*) FROM journal')\" = 35"
rows_of "$work/K01A-1.db" K01A-1 >"$work/kiosk.rows"
rows_of "$work/c/centre.db" K01A-1 >"$work/centre.rows"
check "entry for entry" cmp "$work/kiosk.rows" "$work/centre.rows"

centre_kill KILL
rm -f "$work"/c/centre.db*
centre_again
check "a centre that lost everything is filled from its kiosk" \
	wait_for 20 sh -c "test \"\$(sqlite3 -readonly '$work/c/centre.db' 'SELECT count(*) FROM journal')\" = 35"

# The kiosk's disk goes back to 20 while the centre holds 35.
agent_kill K01A-1 TERM
rm -f "$work"/K01A-1.db*
cp "$work/kiosk-old.db" "$work/K01A-1.db"
fill K01A-1 3
agent_start K01A-1
check "a kiosk put back is stopped by name" wait_for 10 status_is K01A-1 last sync-fork
sleep 1
check "the centre keeps what it has" same "$(sqlite3 -readonly "$work/c/centre.db" 'SELECT count(*) FROM journal')" 35
check "the alarm is in the agent's log" grep -q sync-fork "$work/K01A-1.err"
done_testing
