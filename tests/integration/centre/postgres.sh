#!/bin/bash
# A live centre moves to PostgreSQL with a standby that must confirm, goes on through a database that is gone, through
# kills, and comes back from nothing but its database. C-1, C-3, C-7.
# usage: postgres.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: postgres.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")/../.." && pwd)
. "$here/lib/centre.sh"
. "$here/lib/postgres.sh"
ctl=$bin/tamgactl
chmod 755 "$work"
pg_up "$work/pg" 2 || exit
# The centre first: it says its last word to its database.
trap '[ -z "$centre_pid" ] || centre_kill TERM; pg_down "$work/pg"; clean_up' EXIT
info=$(cat "$work/pg/conninfo")
sql() { pg_psql "$work/pg" "$1"; }
sql "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (s1, s2)'" && sql "SELECT pg_reload_conf()" >/dev/null

# Every kiosk's journal is in the centre's file and in the database, entry for entry, once.
in_both() { # KIOSK…
	local k
	for k in "$@"; do
		rows_of "$work/$k.db" "$k" >"$work/$k.kiosk"
		rows_of "$work/c/centre.db" "$k" >"$work/$k.centre"
		cmp "$work/$k.kiosk" "$work/$k.centre" || return 1
		cut -d'|' -f1,2,8 "$work/$k.kiosk" | tr A-F a-f >"$work/$k.short"
		psql -X -q -A -t -h "$work/pg" -U postgres -d tamga -c "SELECT seq, time_ms, encode(hash, 'hex')
			FROM tamga.journal WHERE kiosk = '$k' ORDER BY seq, place" >"$work/$k.pg"
		cmp "$work/$k.short" "$work/$k.pg" || return 1
		[ -s "$work/$k.pg" ] || return 1
	done
}
last() { sqlite3 -readonly "$work/$1.db" "SELECT max(seq) FROM journal"; }
acked() { "$tool" status "$work/$1.sock" | sed -n 's/^acked_seq=//p'; }
# Everything it wrote, its own signed heads too.
level() { # KIOSK
	arrived "$1" "$(last "$1")"
}
equal() {
	"$ctl" replica status --data "$work/c" && "$ctl" replica verify --data "$work/c" &&
		"$ctl" journal verify "$work/c/centre.db"
}

centre_start
for k in K01A-1 K02B-1; do
	enrol $k || { cat "$work/enrol.err"; exit 1; }
	fill $k 150
	agent_start $k
done
for k in K01A-1 K02B-1; do check "$k: at the centre's own file" wait_for 30 level $k; done

# --- Moving while kiosks send
(while [ ! -e "$work/enough" ]; do fill K01A-1 5; fill K02B-1 5; sleep 0.05; done) >/dev/null 2>&1 &
filler=$!
extra_pids=$filler
check "replica move copies while the centre works" "$ctl" replica move --data "$work/c" --postgres "$info" --postgres-quorum 1
check "the copy is whole before anybody uses it" "$ctl" replica verify --data "$work/c" --postgres "$info"
seq_of() { sqlite3 -readonly "$work/c/centre.db" "SELECT seq FROM high_water WHERE kiosk = '$1'"; }
before=$(seq_of K01A-1)
began=$(date +%s%N)
centre_kill TERM
centre_again --postgres "$info" --postgres-quorum 1 --postgres-ms 1500
wait_for 30 sh -c "[ \"\$(sqlite3 -readonly '$work/c/centre.db' \"SELECT seq FROM high_water WHERE kiosk = 'K01A-1'\")\" -gt $before ]"
echo "     the writing paused for $((($(date +%s%N) - began) / 1000000)) ms"
touch "$work/enough"
wait $filler
extra_pids=''
check "K01A-1: everything is acknowledged" wait_for 30 level K01A-1
check "K02B-1: everything is acknowledged" wait_for 30 level K02B-1
check "and each is there once, in both (sqlite3, psql)" in_both K01A-1 K02B-1
check "places and roots are equal" equal
check "the file holds no password and knows its place" same \
	"$(sqlite3 -readonly "$work/c/centre.db" "SELECT where_to FROM outer_log")" "quorum=1 timeout=1500 shard= $info"

check "a backup of it" "$ctl" backup --data "$work/c" --out "$work/backup"

# --- A second centre is refused
cp -r "$work/c" "$work/second" && rm -f "$work/second/lock"
check "another machine with a copy of it is refused by name" sh -c \
	"! '$bin/tamga-centre' --data '$work/second' --listen 127.0.0.1:0 2>'$work/second.err' && grep -q 'log-fenced' '$work/second.err'"

# --- The standbys are gone: nothing is acknowledged
pg_stop "$work/pg/s1" immediate
pg_stop "$work/pg/s2" immediate
before=$(acked K01A-1)
fill K01A-1 3
check "no standby: the kiosk is told that the centre is down" wait_for 30 status_is K01A-1 reachable 0
check "no standby: nothing is acknowledged" same "$(acked K01A-1)" "$before"
pg_start "$work/pg" "$work/pg/s2" 5434
check "a standby is back: it goes on by itself" wait_for 60 level K01A-1

# --- The database is gone
pg_stop "$work/pg/data" immediate
before=$(acked K01A-1)
fill K01A-1 5
check "database down: by its name in the centre's log" wait_for 30 grep -q 'log-down\|postgres' "$work/centre.err"
sleep 1
check "database down: nothing is acknowledged" same "$(acked K01A-1)" "$before"
pg_start "$work/pg" "$work/pg/data" 5432
check "database up: it goes on by itself" wait_for 60 level K01A-1

# --- The centre is killed at any moment
for i in 1 2 3; do
	fill K01A-1 20 & f1=$!
	fill K02B-1 20 & f2=$!
		sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
	centre_kill KILL
	# without --postgres: where the journal is stands in its file
	centre_again
	wait $f1 $f2
done
check "K01A-1: everything is acknowledged after three kills" wait_for 60 level K01A-1
check "K02B-1: everything is acknowledged" wait_for 60 level K02B-1
check "each is there once, in both" in_both K01A-1 K02B-1
check "equal again" equal

# --- The machine is lost: nothing of the replica but its database
old=$("$ctl" replica status --data "$work/c" | sed -n 's/^database *//p')
centre_kill KILL
rm -rf "$work/c/centre.db" "$work/c/centre.db-wal" "$work/c/centre.db-shm" "$work/c/segments"
centre_again --postgres "$info" --postgres-quorum 1 --postgres-ms 1500
fill K01A-1 4
check "from nothing but its database: kiosks go on" wait_for 60 level K01A-1
check "with every entry" in_both K01A-1 K02B-1
epoch=${old#*epoch } epoch=${epoch%% *}
check "under the same tree" sh -c "'$ctl' replica status --data '$work/c' | grep -q 'epoch $epoch'"
check "equal" equal

# --- An old backup
centre_kill KILL
rm -rf "$work/c/centre.db" "$work/c/centre.db-wal" "$work/c/centre.db-shm"
check "a backup is put back" "$ctl" restore --data "$work/c" --from "$work/backup"
centre_again
fill K02B-1 4
check "what it lacks is read from the database: kiosks go on" wait_for 60 level K02B-1
check "with every entry, once" in_both K01A-1 K02B-1
check "under the same tree still" sh -c "'$ctl' replica status --data '$work/c' | grep -q 'epoch $epoch'"

# --- Somebody changes a row with psql
sql "UPDATE tamga.journal SET time_ms = time_ms + 1 WHERE kiosk = 'K02B-1' AND seq = 17" >/dev/null
check "a change made with psql is found and placed" sh -c \
	"'$ctl' replica verify --data '$work/c' | grep -q 'broken: kiosk K02B-1, entry 17'"

check "a password on the command line is refused" sh -c \
	"! '$bin/tamga-centre' --data '$work/x' --listen 127.0.0.1:0 --postgres 'host=h password=secret' 2>'$work/x.err' && grep -q passfile '$work/x.err' && ! grep -q secret '$work/x.err'"
check "a quorum that the database does not promise is refused" sh -c \
	"! '$bin/tamga-centre' --data '$work/y' --listen 127.0.0.1:0 --postgres '$info' --postgres-quorum 2 2>'$work/y.err' && grep -q 'ANY 2' '$work/y.err'"
done_testing
