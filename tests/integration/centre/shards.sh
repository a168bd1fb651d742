#!/bin/bash
# One centre becomes two, each with a database of its own: kiosks are sent to theirs, bring everything along and can
# write nowhere else. C-1, C-2, C-7.
# usage: shards.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: shards.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")/../.." && pwd)
. "$here/lib/centre.sh"
. "$here/lib/postgres.sh"
chmod 755 "$work"
pg_up "$work/pg" || exit
other_pid=''
trap '[ -z "$centre_pid" ] || centre_kill TERM; kill $other_pid 2>/dev/null && wait $other_pid 2>/dev/null; pg_down "$work/pg"; clean_up' EXIT
psql -X -q -h "$work/pg" -U postgres -d postgres -c 'CREATE DATABASE tamga_south OWNER tamga'
north="host=$work/pg user=tamga dbname=tamga" south="host=$work/pg user=tamga dbname=tamga_south"
last() { sqlite3 -readonly "$work/$1.db" "SELECT max(seq) FROM journal"; }
level() { arrived "$1" "$(last "$1")"; }
rows_in() { psql -X -q -A -t -h "$work/pg" -U postgres -d "$1" -c "SELECT count(*) FROM tamga.journal WHERE kiosk = '$2'"; }

# --- One centre, two kiosks
centre_start
for k in K01A-1 K02B-1; do
	enrol $k || { cat "$work/enrol.err"; exit 1; }
	fill $k 100
	agent_start $k
done
for k in K01A-1 K02B-1; do check "$k: at the one centre" wait_for 30 level $k; done
was=$(last K02B-1)

# --- The second one begins with the keys of the first and what it knows of kiosks, and with no entry
centre_kill TERM
mkdir "$work/south" && chmod 700 "$work/south"
for f in "$work/c"/*; do
	case ${f##*/} in
	centre.db* | segments | lock | listen | tls.*) ;;
	*) cp -rp "$f" "$work/south/" ;;
	esac
done
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/shards.yaml" <<-YAML
	shards:
	  - name: north
	    url: $url
	    streams: [""]
	    first_number: 1
	  - name: south
	    url: https://127.0.0.1:$port
	    streams: [K02]
	    first_number: 500000
YAML
south_start() {
	: >"$work/south.out"
	"$bin/tamga-centre" --data "$work/south" --listen "127.0.0.1:$port" --postgres "$south" --shards "$work/shards.yaml" \
		--shard south >"$work/south.out" 2>>"$work/south.err" &
	other_pid=$!
	wait_for 60 grep -q '^ready' "$work/south.out"
}
check "the second centre starts" south_start
centre_again --postgres "$north" --shards "$work/shards.yaml" --shard north

check "the first refuses the other's kiosk by name" same \
	"$(as K02B-1 -o "$work/body" -w '%{http_code}' "$url/v1/high-water")" 421
check "and says where to go" same "$(jq -r '.name, .centre' "$work/body" | tr '\n' ' ')" "shard-other https://127.0.0.1:$port "
check "the second refuses the first's" same \
	"$(as K01A-1 -o "$work/body" -w '%{http_code}' "https://127.0.0.1:$port/v1/high-water")" 421
check "with its address" same "$(jq -r .centre "$work/body")" "$url"

# --- The agent follows and brings everything along
moved() { [ "$(cat "$work/K02B-1/centre-url")" = "https://127.0.0.1:$port" ]; }
check "K02B-1: its agent goes to the other centre by itself" wait_for 30 moved
fill K02B-1 20
fill K01A-1 20
check "K02B-1: everything is acknowledged" wait_for 30 level K02B-1
check "K01A-1: everything is acknowledged" wait_for 30 level K01A-1
check "the second database has all of K02B-1" same "$(rows_in tamga_south K02B-1)" "$(last K02B-1)"
check "and nothing of K01A-1" same "$(rows_in tamga_south K01A-1)" 0
check "the first has what K02B-1 wrote before" same "$(rows_in tamga K02B-1)" "$was"
check "and all of K01A-1" same "$(rows_in tamga K01A-1)" "$(last K01A-1)"
for d in c south; do
	check "$d: whole and equal" sh -c "'$bin/tamgactl' replica verify --data '$work/$d' && '$bin/tamgactl' replica status --data '$work/$d'"
done
agent_kill K02B-1 KILL
agent_start K02B-1
fill K02B-1 5
check "started again it is there at once" wait_for 30 level K02B-1
check "enrolling at the wrong centre names the right one" sh -c \
	"! '$bin/tamga-agent' --enrol --centre '$url' --secret-file '$work/c/enrolment-secret' --kiosk K02C-1 --out '$work/K02C-1' 2>'$work/e.err' && grep -q 'https://127.0.0.1:$port' '$work/e.err'"
check "at the right one it works" sh -c \
	"'$bin/tamga-agent' --enrol --centre 'https://127.0.0.1:$port' --secret-file '$work/south/enrolment-secret' --kiosk K02C-1 --out '$work/K02C-1'"

check "its number is no other shard's (K-9)" same \
	"$(sqlite3 -readonly "$work/south/ca.db" "SELECT number FROM kiosks WHERE kiosk = 'K02C-1'")" 500000

# --- Mistakes
kill -TERM $other_pid && wait $other_pid 2>/dev/null
check "a shard does not start on another's database" sh -c \
	"! '$bin/tamga-centre' --data '$work/south' --listen 127.0.0.1:0 --postgres '$north' --shards '$work/shards.yaml' --shard south 2>'$work/wrong.err' && grep -qE 'T-105|T-524' '$work/wrong.err'"
printf 'shards:\n  - name: a\n    url: https://x:1\n    streams: [K0, K1]\n    first_number: 1\n  - name: b\n    url: https://y:1\n    streams: [K1]\n    first_number: 9\n' >"$work/bad.yaml"
check "a stream of two shards is a mistake with its place" sh -c \
	"! '$bin/tamga-centre' --data '$work/south' --listen 127.0.0.1:0 --shards '$work/bad.yaml' --shard a 2>'$work/bad.err' && grep -q 'bad.yaml:8:' '$work/bad.err'"
check "a shard that the file does not have" sh -c \
	"! '$bin/tamga-centre' --data '$work/south' --listen 127.0.0.1:0 --shards '$work/shards.yaml' --shard west 2>'$work/west.err' && grep -q west '$work/west.err'"
done_testing
