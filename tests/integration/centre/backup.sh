#!/bin/bash
# C-3, C-8: the centre's two databases copied while entries come in and put back after both were lost: journal, applications and
# registers are there again, and the kiosk sends what the backup had not yet. usage: backup.sh BUILD-DIRECTORY
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: backup.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl copy=$work/backup
screens=$(dirname "$0")/../../../screens
rows() { sqlite3 -readonly "$1" "SELECT count(*) FROM journal"; }
persons() { sqlite3 -readonly "$1" "SELECT key FROM register WHERE register = 'persons'"; }

centre_start
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
fill K01A-1 20
agent_start K01A-1
check "20 arrive" wait_for 20 arrived K01A-1 20
printf '{"key":"900101300017","surname":"Нурланова","given-name":"Айгүл"}\n' >"$work/persons.jsonl"
check "a register" "$ctl" register import persons "$work/persons.jsonl" --data "$work/c" --screens "$screens" --source "Extract 1"

# --- while the centre writes
fill K01A-1 300
check "taken while entries come in" "$ctl" backup --data "$work/c" --out "$copy"
check "nobody else may read it" same "$(stat -c %a "$copy" "$copy/centre.db" "$copy/office.db" | tr '\n' ' ')" "700 600 600 "
check "by sqlite: whole" same "$(sqlite3 "$copy/centre.db" 'PRAGMA integrity_check'; sqlite3 "$copy/office.db" 'PRAGMA integrity_check')" "$(printf 'ok\nok')"
held=$(rows "$copy/centre.db")
check "what the centre had by then" test "$held" -ge 20
check "the register is in it" same "$(persons "$copy/office.db")" 900101300017
check "a backup is never overwritten" sh -c "! '$ctl' backup --data '$work/c' --out '$copy' 2>/dev/null"
check "and is as it was" same "$(rows "$copy/centre.db")" "$held"
check "320 arrive" wait_for 30 arrived K01A-1 320

# --- what is refused
check "not into a running centre" sh -c "! '$ctl' restore --data '$work/c' --from '$copy' 2>'$work/says'"
check "and it says why" grep -q 'a centre runs' "$work/says"
check "nothing to copy" sh -c "! '$ctl' backup --data '$work' --out '$work/none' 2>/dev/null; test ! -e '$work/none'"
cp -r "$copy" "$work/bad"
sqlite3 "$work/bad/centre.db" "UPDATE journal SET body = replace(body, 'a', 'b') WHERE id = (SELECT max(id) FROM journal WHERE body LIKE '%a%')"
centre_kill KILL
rm -f "$work"/c/centre.db* "$work"/c/office.db*
check "a backup that was changed is not taken" sh -c "! '$ctl' restore --data '$work/c' --from '$work/bad' >'$work/says' 2>&1"
check "and it says where it is broken" grep -q '^broken: ' "$work/says"
check "nothing was put back" test ! -e "$work/c/centre.db"

# --- both lost, both put back
check "put back" "$ctl" restore --data "$work/c" --from "$copy"
check "the journal of the backup" same "$(rows "$work/c/centre.db")" "$held"
check "the register" same "$(persons "$work/c/office.db")" 900101300017
centre_again
check "the kiosk sends what the backup had not" wait_for 30 sh -c "test \"\$(sqlite3 -readonly '$work/c/centre.db' 'SELECT count(*) FROM journal')\" = $(rows "$work/K01A-1.db")"
rows_of "$work/K01A-1.db" K01A-1 >"$work/kiosk.rows"
rows_of "$work/c/centre.db" K01A-1 >"$work/centre.rows"
check "entry for entry" cmp "$work/kiosk.rows" "$work/centre.rows"
check "the chains hold" "$ctl" journal verify "$work/c/centre.db"

# --- one lost: the other is newer than the backup and stays
centre_kill TERM
sqlite3 "$work/c/office.db" "UPDATE register_source SET source = 'Extract 2'"
rm -f "$work"/c/centre.db*
check "the lost one is put back" "$ctl" restore --data "$work/c" --from "$copy"
check "the other one stays" same "$(sqlite3 "$work/c/office.db" 'SELECT source FROM register_source')" "Extract 2"
check "the lost one" same "$(rows "$work/c/centre.db")" "$held"
done_testing
