#!/bin/bash
# A centre put back from an older backup is sent the rest again; a kiosk put back is stopped. C-3.
# usage: restored.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: restored.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"

agent_extra="prove_every_ms: 300"
held() { sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM journal WHERE kiosk = 'K01A-1'"; }
holds() { [ "$(held)" = "$1" ]; }
seen() { sqlite3 -readonly "$work/K01A-1.db" "SELECT $1 FROM tree_seen ORDER BY n DESC LIMIT 1"; }

centre_start
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
fill K01A-1 20
agent_start K01A-1
check "20 arrive" wait_for 20 arrived K01A-1 20
"$bin/tamgactl" backup --data "$work/c" --out "$work/backup" >/dev/null || exit 1
sqlite3 "$work/K01A-1.db" ".backup '$work/kiosk-old.db'"
fill K01A-1 15
check "35 arrive" wait_for 20 arrived K01A-1 35

newer() { [ "$(seen size)" -ge 35 ]; }
check "the tree with all of them is proven" wait_for 20 newer

centre_kill KILL
rm -f "$work"/c/centre.db*
check "a backup is put back" "$bin/tamgactl" restore --data "$work/c" --from "$work/backup"
check "the restored centre holds 20" holds 20
centre_again
check "and gets the rest by itself" wait_for 20 holds 35
rows_of "$work/K01A-1.db" K01A-1 >"$work/kiosk.rows"
rows_of "$work/c/centre.db" K01A-1 >"$work/centre.rows"
check "entry for entry" cmp "$work/kiosk.rows" "$work/centre.rows"

new_tree() { [ "$(seen n)" = 2 ] && [ "$(seen code)" = 0 ]; }
check "it is smaller than it was: the kiosk takes its new tree, once, and raises no alarm" wait_for 20 new_tree

centre_kill KILL
rm -f "$work"/c/centre.db*
centre_again
check "a centre that lost everything is filled from its kiosk" wait_for 20 holds 35

# The kiosk's disk goes back to 20 while the centre holds 35.
agent_kill K01A-1 TERM
rm -f "$work"/K01A-1.db*
cp "$work/kiosk-old.db" "$work/K01A-1.db"
fill K01A-1 3
agent_start K01A-1
check "a kiosk put back is stopped by name" wait_for 10 status_is K01A-1 last sync-fork
sleep 1
check "the centre keeps what it has" same "$(held)" 35
check "the alarm is in the agent's log" grep -q sync-fork "$work/K01A-1.err"
done_testing
