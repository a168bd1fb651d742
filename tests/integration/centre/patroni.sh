#!/bin/bash
# The shipped patroni.yml with three nodes and etcd on this machine: the primary is killed while kiosks send, the centre
# goes on with the next one, nothing that was acknowledged is lost or there twice, the old one comes back. C-1, C-7.
# usage: patroni.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: patroni.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")/../.." && pwd)
. "$here/lib/centre.sh"
. "$here/lib/postgres.sh"
for need in patroni patronictl etcd psql; do
	command -v $need >/dev/null || { echo "skipped: $need is missing" >&2; exit 77; }
done
[ -n "$pg_bin" ] || { echo "skipped: PostgreSQL is not installed" >&2; exit 77; }
chmod 755 "$work"
cluster=$work/cluster
mkdir "$cluster" && chmod 755 "$cluster"
[ "$(id -u)" != 0 ] || chown postgres "$cluster"

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
etcd_port=$(free_port) peer_port=$(free_port)
declare -A node_pid=() pg_port=() rest_port=()

node_file() { # NAME: the shipped file with this machine's words
	local n=$1 secrets=$cluster
	sed -e "s,@NAME@,$n,g" -e "s,@ADDRESS@,127.0.0.1,g" -e "s,@ETCD@,127.0.0.1:$etcd_port,g" \
		-e "s,@DATA@,$cluster/$n,g" -e "s,@BIN@,$pg_bin,g" -e "s,@HBA_NET@,127.0.0.1/32,g" \
		-e "s,@REST_PORT@,${rest_port[$n]},g" -e "s,@PORT@,${pg_port[$n]},g" -e "s,@SECRETS@,$secrets,g" \
		-e "s,@SUPERUSER_PASSWORD@,super-1,g" -e "s,@REPLICATION_PASSWORD@,repl-1,g" -e "s,@REWIND_PASSWORD@,rewind-1,g" \
		-e "s,@SOCKETS@,$cluster,g" -e "s,@SHARED_BUFFERS@,32MB,g" -e "s,@WATCHDOG@,'off',g" \
		-e "s,@TTL@,20,g" -e "s,@LOOP_WAIT@,2,g" -e "s,@RETRY_TIMEOUT@,6,g" \
		-e "s,hostssl replication,host replication,; s,wal_keep_size: 1GB,wal_keep_size: 64MB," \
		"$here/../kiosk-image/centre/postgres/patroni.yml"
}
node_start() { # NAME
	pg_as patroni "$cluster/$1.yml" >>"$cluster/$1.log" 2>&1 &
	node_pid[$1]=$!
}
# The postmaster and Patroni of one node, both at once, as a machine that loses its power.
node_kill() { # NAME
	local pg p
	pg=$(head -n 1 "$cluster/$1/postmaster.pid")
	p=$(pgrep -u postgres -f "patroni $cluster/$1.yml" | tr '\n' ' ')
	# shellcheck disable=SC2086
	kill -KILL $p "$pg" $(pgrep -P "$pg")
	wait "${node_pid[$1]}" 2>/dev/null
	unset "node_pid[$1]"
}
cluster_down() {
	local n p
	for n in "${!node_pid[@]}"; do
		p=$(pgrep -f "patroni $cluster/$n.yml" | tr '\n' ' ')
		# shellcheck disable=SC2086
		[ -z "$p" ] || kill $p 2>/dev/null
	done
	for n in "${!node_pid[@]}"; do wait "${node_pid[$n]}" 2>/dev/null; done
	for n in n1 n2 n3; do [ -d "$cluster/$n" ] && pg_stop "$cluster/$n"; done
	kill "$etcd_pid" 2>/dev/null && wait "$etcd_pid" 2>/dev/null
	[ "$failures" -eq 0 ] || tail -n 25 "$cluster"/n?.log
}

pg_as etcd --name e1 --data-dir "$cluster/etcd" --listen-client-urls "http://127.0.0.1:$etcd_port" \
	--advertise-client-urls "http://127.0.0.1:$etcd_port" --listen-peer-urls "http://127.0.0.1:$peer_port" \
	--initial-advertise-peer-urls "http://127.0.0.1:$peer_port" --initial-cluster "e1=http://127.0.0.1:$peer_port" \
	>"$cluster/etcd.log" 2>&1 &
etcd_pid=$!
# The centre first: it says its last word to its database.
trap '[ -z "$centre_pid" ] || centre_kill TERM; cluster_down; clean_up' EXIT
hosts='' ports=''
for n in n1 n2 n3; do
	pg_port[$n]=$(free_port) rest_port[$n]=$(free_port)
	node_file $n | pg_as tee "$cluster/$n.yml" >/dev/null
	pg_as chmod 600 "$cluster/$n.yml"
	hosts=$hosts${hosts:+,}127.0.0.1 ports=$ports${ports:+,}${pg_port[$n]}
done
check "no word of the shipped file is left open" sh -c "! grep -v '^#' '$cluster/n1.yml' | grep -q '@'"

admin() { PGPASSWORD=super-1 psql -X -q -A -t -v ON_ERROR_STOP=1 \
	"host=$hosts port=$ports user=postgres dbname=${db:-tamga} target_session_attrs=read-write connect_timeout=3" -c "$1"; }
members() { # STATE-OR-ROLE: how many
	pg_as patronictl -c "$cluster/n1.yml" list -f json 2>/dev/null | jq "[.[] | select(.Role == \"$1\" and (.State == \"running\" or .State == \"streaming\"))] | length"
}
are() { [ "$(members "$1")" = "$2" ]; }
leader() { pg_as patronictl -c "$cluster/n2.yml" list -f json 2>/dev/null | jq -r '.[] | select(.Role == "Leader") | .Member'; }

node_start n1
check "the first node becomes the primary" wait_for 120 are Leader 1
node_start n2
node_start n3
check "one of the others becomes the synchronous standby" wait_for 120 are 'Sync Standby' 1
check "and one follows" wait_for 60 are Replica 1
db=postgres admin "CREATE ROLE tamga LOGIN PASSWORD 'tamga-1'" && db=postgres admin 'CREATE DATABASE tamga OWNER tamga'

# --- The centre, with its password in a file
printf '127.0.0.1:*:tamga:tamga:tamga-1\n' >"$work/pgpass"
chmod 600 "$work/pgpass"
info="host=$hosts port=$ports user=tamga dbname=tamga target_session_attrs=read-write passfile=$work/pgpass"
centre_start 127.0.0.1:0 --postgres "$info" --postgres-quorum 1 --postgres-ms 3000
last() { sqlite3 -readonly "$work/$1.db" "SELECT max(seq) FROM journal"; }
acked() { "$tool" status "$work/$1.sock" | sed -n 's/^acked_seq=//p'; }
level() { arrived "$1" "$(last "$1")"; }
for k in K01A-1 K02B-1; do
	enrol $k || { cat "$work/enrol.err"; exit 1; }
	fill $k 50
	agent_start $k
done
for k in K01A-1 K02B-1; do check "$k: at the cluster" wait_for 60 level $k; done

# --- The primary dies while they send
(while [ ! -e "$work/enough" ]; do fill K01A-1 3; fill K02B-1 3; sleep 0.1; done) >/dev/null 2>&1 &
filler=$!
extra_pids=$filler
sleep 1
old=$(leader)
began=$(date +%s)
sure=$(acked K01A-1)
node_kill "$old"
check "$old, the primary, is killed: another takes its place" wait_for 180 sh -c \
	"[ \"\$(runuser -u postgres -- patronictl -c '$cluster/n2.yml' list -f json 2>/dev/null | jq -r '.[] | select(.Role == \"Leader\") | .Member')\" != '$old' ] &&
	runuser -u postgres -- patronictl -c '$cluster/n2.yml' list -f json 2>/dev/null | jq -e '.[] | select(.Role == \"Leader\" and .State == \"running\")'"
goes_on() { [ "$(acked K01A-1)" -gt $((sure + 20)) ]; }
check "the centre goes on with it by itself" wait_for 180 goes_on
echo "     acknowledged again after $(($(date +%s) - began)) s"
touch "$work/enough"
wait $filler
extra_pids=''
for k in K01A-1 K02B-1; do check "$k: everything is acknowledged" wait_for 120 level $k; done
in_both() { # KIOSK
	rows_of "$work/$1.db" "$1" >"$work/$1.kiosk"
	rows_of "$work/c/centre.db" "$1" >"$work/$1.centre"
	cmp "$work/$1.kiosk" "$work/$1.centre" || return 1
	cut -d'|' -f1,2,8 "$work/$1.kiosk" | tr A-F a-f >"$work/$1.short"
	admin "SELECT seq, time_ms, encode(hash, 'hex') FROM tamga.journal WHERE kiosk = '$1' ORDER BY seq, place" >"$work/$1.pg"
	cmp "$work/$1.short" "$work/$1.pg" && [ -s "$work/$1.pg" ]
}
for k in K01A-1 K02B-1; do check "$k: every entry is there once (psql at the new primary)" in_both $k; done
check "chains, places and tree are whole" "$bin/tamgactl" replica verify --data "$work/c"
check "file and database are equal" "$bin/tamgactl" replica status --data "$work/c"

# --- The old primary comes back
node_start "$old"
check "$old comes back as a standby" wait_for 180 sh -c \
	"runuser -u postgres -- patronictl -c '$cluster/n2.yml' list -f json 2>/dev/null | jq -e '.[] | select(.Member == \"$old\" and .Role != \"Leader\" and (.State == \"running\" or .State == \"streaming\"))'"
fill K01A-1 5
check "and the cluster goes on" wait_for 60 level K01A-1
caught_up() {
	[ "$(PGPASSWORD=super-1 psql -X -q -A -t "host=127.0.0.1 port=${pg_port[$old]} user=postgres dbname=tamga" \
		-c 'SELECT place FROM tamga.head')" = "$(admin 'SELECT place FROM tamga.head')" ]
}
check "it has every row" wait_for 60 caught_up
done_testing
