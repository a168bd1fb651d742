# shellcheck shell=bash disable=SC2154,SC2034  # names shared with tests/lib/postgres.sh
# Sourced by tests/bench/run: the centre's journal in PostgreSQL with one synchronous standby, beside pgbench inserting
# the same rows in the same groups on the same server. Sourced by who set $bench, the folder of the bench programs.
# Prints "name value unit [ratio-to PEER]" lines. PostgreSQL is the test's own, in a directory that goes afterwards.
. "$(dirname "${BASH_SOURCE[0]}")/../lib/postgres.sh"

pg_bench_rows=${pg_bench_rows:-30000}

# The same columns, the same indexes, the same bytes; no rule of ours.
pg_bench_table='CREATE TABLE rows (kiosk text COLLATE "C" NOT NULL, seq bigint NOT NULL, time_ms bigint NOT NULL,
	kind bytea NOT NULL, version bigint NOT NULL, body bytea, salt bytea NOT NULL, body_hash bytea NOT NULL,
	prev_hash bytea NOT NULL, hash bytea NOT NULL, place bigserial PRIMARY KEY, before bigint NOT NULL,
	received_ms bigint NOT NULL) WITH (toast_tuple_target = 8160); CREATE INDEX ON rows (kiosk, seq) WHERE seq % 64 = 0'

pg_bench_script() { # GROUP
	local i body
	body=$(printf '7%.0s' $(seq 4000))
	printf '%s\n' "INSERT INTO rows (kiosk, seq, time_ms, kind, version, body, salt, body_hash, prev_hash, hash, before, received_ms) VALUES"
	for ((i = 1; i <= $1; i++)); do
		printf "('K%03d-1', %d, 1795338930000, '\\\\x6661696c7572652e73686f776e', 1, '\\\\x%s', '\\\\x%032d', '\\\\x%064d', '\\\\x%064d', '\\\\x%064d', 1, 1795338930000)%s\n" \
			$((i % 1000)) $((i + 1)) "$body" 0 0 0 0 "$([ "$i" -lt "$1" ] && echo , || echo \;)"
	done
}

# Entries a second that pgbench inserts: GROUP CLIENTS
pg_bench_peer() {
	local tps
	pg_psql "$pg_bench_dir" 'TRUNCATE rows' >/dev/null
	pg_bench_script "$1" >"$pg_bench_dir/peer.sql"
	tps=$(PGOPTIONS='-c search_path=public' "$pg_bin/pgbench" -n -h "$pg_bench_dir" -U postgres -c "$2" -j 1 \
		-t $((pg_bench_rows / $1 / $2)) -f "$pg_bench_dir/peer.sql" tamga 2>/dev/null |
		sed -n 's/^tps = \([0-9.]*\).*/\1/p' | tail -n 1)
	awk -v t="$tps" -v g="$1" 'BEGIN { printf "%.0f\n", t * g }'
}

pg_bench() {
	local group ours peer rc=0
	pg_bench_dir=$(mktemp -d "${TMPDIR:-/tmp}/tamga-pgbench.XXXXXX")
	pg_more='max_wal_size = 4GB
		shared_buffers = 256MB'
	pg_up "$pg_bench_dir" 1 || { rm -rf "$pg_bench_dir"; return 1; }
	pg_psql "$pg_bench_dir" "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'" &&
		pg_psql "$pg_bench_dir" 'SELECT pg_reload_conf()' >/dev/null && pg_psql "$pg_bench_dir" "$pg_bench_table" || rc=1
	for group in 100 1000; do
		[ $rc = 0 ] || break
		peer=$(pg_bench_peer $group 1)
		echo "pgbench-quorum-groups-of-$group $peer entries/s"
		pg_psql "$pg_bench_dir" 'DROP SCHEMA IF EXISTS tamga CASCADE' 2>/dev/null
		ours=$("$bench/bench_replica" "$(cat "$pg_bench_dir/conninfo")" $group "$pg_bench_rows" x) || { rc=1; break; }
		ours=${ours#x } ours=${ours% *}
		echo "postgres-quorum-groups-of-$group $ours entries/s $(awk -v a="$ours" -v b="$peer" 'BEGIN { printf "%.2f", a / b }') pgbench-same-rows"
		pg_psql "$pg_bench_dir" 'DROP SCHEMA IF EXISTS tamga CASCADE' 2>/dev/null
		"$bench/bench_replica" "$(cat "$pg_bench_dir/conninfo")" $group "$pg_bench_rows" \
			"centre-on-postgres-groups-of-$group" "$pg_bench_dir/centre$group.db" || { rc=1; break; }
	done
	pg_down "$pg_bench_dir"
	rm -rf "$pg_bench_dir"
	return $rc
}
