# shellcheck shell=bash disable=SC2154,SC2034
# Sourced by tests: starts and stops tamga-centre and tamga-agent, by pid, in a directory of their own.
# The caller sets $build (the build directory) first.
. "$(dirname "${BASH_SOURCE[0]}")/day.sh"
bin=$build/bin
tool=$build/tests/link-tool
centre_pid='' checks=0 failures=0
declare -A agent_pid=()

for need in "$bin/tamga-centre" "$bin/tamga-agent" "$tool"; do
	[ -x "$need" ] || { echo "skipped: $need is not built" >&2; exit 77; }
done
for need in curl openssl sqlite3; do
	command -v $need >/dev/null || { echo "skipped: $need is missing" >&2; exit 77; }
done

clean_up() {
	local p
	for p in $centre_pid "${agent_pid[@]}" ${extra_pids:-}; do
		kill "$p" 2>/dev/null && wait "$p" 2>/dev/null
	done
	if [ "$failures" -gt 0 ]; then
		tail -n 20 "$work"/*.err 2>/dev/null
	fi
	rm -rf "$work"
}
work=$(mktemp -d "${TMPDIR:-/tmp}/tamga-test.XXXXXX")
trap clean_up EXIT

check() { # WHAT COMMAND…
	local what=$1
	shift
	checks=$((checks + 1))
	if "$@" >"$work/check.out" 2>&1; then
		echo "ok   $what"
	else
		echo "FAIL $what"
		sed 's/^/     | /' "$work/check.out" | head -n 10
		failures=$((failures + 1))
	fi
}

same() { # GOT WANTED
	echo "got «$1», wanted «$2»"
	[ "$1" = "$2" ]
}

# SECONDS: on a machine with nothing else to do. One that is four times slower must pass too.
wait_for() { # SECONDS COMMAND…
	local end=$(($(date +%s) + 4 * $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -le "$end" ] || return 1
		sleep 0.05
	done
}

listening() { ss -Hltn "sport = :$1" | grep -q .; } # PORT

done_testing() {
	echo "$checks checks, $failures failed"
	[ "$failures" -eq 0 ] && [ "$checks" -gt 0 ]
	exit
}

centre_start() { # [LISTEN [FLAGS…]]: sets $url
	local listen=${1:-127.0.0.1:0}
	[ $# -gt 0 ] && shift
	: >"$work/centre.out"
	# TAMGA_CENTRE_UNDER: a launcher and its arguments
	# shellcheck disable=SC2086
	${TAMGA_CENTRE_UNDER:-} "$bin/tamga-centre" --data "$work/c" --listen "$listen" ${centre_gost---gost-files} "$@" >"$work/centre.out" 2>>"$work/centre.err" &
	centre_pid=$!
	wait_for 60 grep -q '^ready' "$work/centre.out" || { echo "the centre did not start"; cat "$work/centre.err"; exit 1; }
	url=$(sed -n 's/^ready //p' "$work/centre.out")
}

centre_kill() { # SIGNAL
	kill -"$1" "$centre_pid" && wait "$centre_pid" 2>/dev/null
	centre_status=$?
	centre_pid=
}

centre_again() { # [FLAGS…]: the same port
	centre_start "${url#https://}" "$@"
}

enrol() { # KIOSK
	"$bin/tamga-agent" --enrol --centre "$url" --secret-file "$work/c/enrolment-secret" --kiosk "$1" --out "$work/$1" \
		>>"$work/enrol.out" 2>>"$work/enrol.err"
}

agent_start() { # KIOSK [FLAGS…]
	local k=$1
	shift
	cat >"$work/$k.yaml" <<-YAML
		identity: $work/$k
		database: $work/$k.db
		socket: $work/$k.sock
		net_switch: $work/net-down
		backoff_ms: 50
		backoff_cap_ms: 400
		poll_ms: 200
		ask_every_ms: ${agent_ask_ms:-1000}
		${agent_heads:-no_heads: true}
		${agent_extra:-}
	YAML
	"$bin/tamga-agent" --config "$work/$k.yaml" "$@" 2>>"$work/$k.err" &
	agent_pid[$k]=$!
}

agent_kill() { # KIOSK SIGNAL
	kill -"$2" "${agent_pid[$1]}" && wait "${agent_pid[$1]}" 2>/dev/null
	agent_status=$?
	unset "agent_pid[$1]"
}

fill() { # KIOSK N
	"$tool" fill "$work/$1.db" "$1" "$2"
}

status_is() { # KIOSK NAME VALUE
	[ "$("$tool" status "$work/$1.sock" | sed -n "s/^$2=//p")" = "$3" ]
}

arrived() { # KIOSK SEQ
	status_is "$1" acked_seq "$2"
}

as() { # KIOSK CURL-ARGUMENTS…: with the kiosk's own certificate
	local k=$1
	shift
	curl -sS --max-time 20 --cacert "$work/c/channel-ca.pem" --cert "$work/$k/kiosk.crt" --key "$work/$k/kiosk.key" "$@"
}

http_of() { # CURL-ARGUMENTS…: the HTTP status, and the body in $work/body
	curl -sS --max-time 20 --cacert "$work/c/channel-ca.pem" -o "$work/body" -w '%{http_code}' "$@" 2>"$work/curl.err"
}

# A journal as text, one line an entry, read by the sqlite3 command: the same query at kiosk and centre.
rows_of() { # DATABASE KIOSK
	sqlite3 -readonly "$1" "SELECT seq, time_ms, kind, version, hex(salt), hex(body_hash), hex(prev_hash), hex(hash), body
		FROM journal WHERE kiosk = '$2' ORDER BY seq, id"
}

# Killed by SIGKILL at its Nth sync of a file (tests/lib/kill_at_sync.c). The sanitizers' library wants to be the first.
killer_make() {
	cc -std=c17 -D_GNU_SOURCE -shared -fPIC -o "$work/kill.so" "$(dirname "${BASH_SOURCE[0]}")/kill_at_sync.c" -ldl ||
		{ echo "skipped: no compiler" >&2; exit 77; }
	killer=$(ldd "$bin/tamgactl" | sed -n 's/.*=> \(\/[^ ]*libasan[^ ]*\) .*/\1:/p')$work/kill.so
}
killed_at() { # N COMMAND…: true when it was
	local n=$1
	shift
	(LD_PRELOAD=$killer TG_KILL_AT_SYNC=$n ASAN_OPTIONS=detect_leaks=0 exec "$@") >"$work/killed.out" 2>&1
	[ $? -eq 137 ]
}

# Parts of a test that need nothing of each other, each with a centre of its own, at the same time: this script is run
# once for each, with the part's name as its second argument.
side_by_side() { # PART…
	local part rc got=0
	declare -A of=()
	for part in "$@"; do
		bash "$0" "$build" "$part" >"$work/part.$part" 2>&1 &
		of[$part]=$!
	done
	extra_pids="${extra_pids:-} ${of[*]}"
	for part in "$@"; do
		wait "${of[$part]}"
		rc=$?
		sed "s/^/$part: /" "$work/part.$part"
		[ $rc -eq 0 ] || got=$rc
	done
	extra_pids=
	exit $got
}
