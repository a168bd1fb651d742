#!/usr/bin/env bash
# PostgreSQL servers of tests: on a socket in a directory of their own, never the machine's. As a program:
#   postgres.sh up DIR [STANDBYS]   makes and starts one with so many standbys (0), database and role "tamga"
#   postgres.sh down DIR            stops all of it
# Afterwards DIR/conninfo is for libpq, DIR/admin the same as superuser. Exit 77: PostgreSQL is not installed.
# Sourced: the functions below. PostgreSQL does not run as root: then it is the user postgres.
pg_bin=$(find /usr/lib/postgresql/*/bin -maxdepth 0 2>/dev/null | sort -V | tail -n 1)

pg_as() {
	if [ "$(id -u)" = 0 ]; then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}

pg_psql() { # DIR [PORT] SQL: as superuser
	local dir=$1 sql=${*: -1} port=5432
	[ $# -gt 2 ] && port=$2
	psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$dir" -p "$port" -U "${pg_admin:-postgres}" -d tamga -c "$sql"
}

# Small and quiet, but durable: fsync stays on.
pg_settings() { # DIR
	cat <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$1'
		unix_socket_permissions = 0777
		shared_buffers = 64MB
		max_wal_size = 512MB
		max_connections = 60
		wal_level = replica
		hot_standby = on
		wal_keep_size = 64MB
		logging_collector = off
		log_min_messages = warning
		wal_receiver_status_interval = 1s
		wal_retrieve_retry_interval = 500ms
		${pg_more:-}
	CONF
}

pg_start() { # DIR DATA PORT
	pg_as "$pg_bin/pg_ctl" -D "$2" -s -w -t 60 -l "$1/log.$3" -o "-p $3" start </dev/null >/dev/null 2>&1 || {
		tail -n 20 "$1/log.$3" >&2
		return 1
	}
}

pg_stop() { # DATA [MODE]
	[ -f "$1/postmaster.pid" ] || return 0
	pg_as "$pg_bin/pg_ctl" -D "$1" -s -w -m "${2:-immediate}" stop >/dev/null 2>&1
}

# A standby that knows itself as s1, s2 …
pg_standby() { # DIR N
	pg_as "$pg_bin/pg_basebackup" -h "$1" -p 5432 -U "${pg_admin:-postgres}" -D "$1/s$2" -R -X stream -c fast \
		--no-sync >/dev/null || return 1
	echo "cluster_name = 's$2'" | pg_as tee -a "$1/s$2/postgresql.conf" >/dev/null
	pg_start "$1" "$1/s$2" $((5432 + $2))
}

pg_up() { # DIR [STANDBYS]
	local dir=$1 i
	if [ -z "$pg_bin" ] || ! command -v psql >/dev/null; then
		echo "skipped: PostgreSQL is not installed" >&2
		return 77
	fi
	mkdir -p "$dir" && chmod 755 "$dir" || return 1
	[ "$(id -u)" != 0 ] || chown postgres "$dir"
	pg_as "$pg_bin/initdb" -D "$dir/data" -N -A trust -U postgres -E UTF8 --locale=C.UTF-8 >/dev/null || return 1
	pg_settings "$dir" | pg_as tee -a "$dir/data/postgresql.conf" >/dev/null
	pg_start "$dir" "$dir/data" 5432 || return 1
	psql -X -q -h "$dir" -U postgres -d postgres -v ON_ERROR_STOP=1 \
		-c 'CREATE ROLE tamga LOGIN' -c 'CREATE DATABASE tamga OWNER tamga' || return 1
	for ((i = 1; i <= ${2:-0}; i++)); do
		pg_standby "$dir" "$i" || return 1
	done
	echo "host=$dir user=tamga dbname=tamga" >"$dir/conninfo"
	echo "host=$dir user=postgres dbname=tamga" >"$dir/admin"
}

pg_down() { # DIR
	local data
	for data in "$1"/s[0-9]* "$1"/data*; do
		[ -d "$data" ] && pg_stop "$data"
	done
	return 0
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	case ${1:-} in
	up) pg_up "$2" "${3:-0}" ;;
	down) pg_down "$2" ;;
	*) echo "usage: postgres.sh up DIR [STANDBYS] | down DIR" >&2; exit 2 ;;
	esac
fi
