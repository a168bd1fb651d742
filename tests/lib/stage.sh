# For integration tests: a stage (kiosk-image/lib/stage.sh) with the released build and a pcscd of its own, so that
# several run beside each other. Sourced by bash. Needs nothing; sets STAGE, BIN, LOCALE_DIR, and stops everything at exit.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/../../kiosk-image/lib/setup.sh"
. "$TOP/kiosk-image/lib/stage.sh"
. "$TOP/tests/lib/rutoken.sh"
. "$TOP/tests/lib/day.sh"

# shellcheck disable=SC2034  # used by stage.sh and the tests
BUILD=${TAMGA_BUILD:-$TOP/build/release}
BIN=$BUILD/bin LOCALE_DIR=$BUILD/locale
# Programs and modules of the tests alone: ctest names the folder, for a release is built without them.
TOOLS=${TAMGA_TOOLS:-$BUILD/tests}
STAGE_PCSCD=private
STAGE=$(mktemp -d /tmp/tamga-test.XXXXXX)
STAGE_PROFILES=$STAGE/profiles
stage_profiles
test_finish() {
	stage_down
	if [ "${KEEP_STAGE:-}" ]; then say "kept: $STAGE"; else rm -rf "$STAGE"; fi
}
trap test_finish EXIT
trap 'exit 130' INT TERM

checks=0
check() { # check WHAT COMMAND…: counts, and ends the test at the first failure
	local what=$1
	shift
	checks=$((checks + 1))
	if ! "$@"; then
		say "not true: $what"
		[ ! -f "$STAGE/kiosk.log" ] || tail -n 20 "$STAGE/kiosk.log" >&2
		exit 1
	fi
}
equal() { [ "$1" = "$2" ] || { say "got: $1; wanted: $2"; return 1; }; }

# Seconds that anything may take on a machine that is busy with other things: wait_until and the waits of walks are upper
# limits, never a measurement.
PATIENCE=60

# walk FILE [COMMAND…]: plays a walk; COMMAND in place of the plain kiosk (env with a preload …)
walk() {
	local file=$1 hook="${WALK_HOOK:-$TOP/kiosk-image/lib/hook} $STAGE $BIN"
	shift
	[ $# -gt 0 ] || set -- "$BIN/tamga"
	"$BIN/tamga-walk" --walk "$file" --patience "$PATIENCE" --dir "$STAGE" --ctl-card "$STAGE/card.ctl" --ctl-token "$STAGE/token.ctl" \
		--card-insert "$hook card" --token-insert "$hook token" --restart "$hook restart" \
		--net-switch "$STAGE/net-down" --clock-file "$STAGE/clock" --pids "$STAGE" \
		-- "$@" --config "$STAGE/kiosk.yaml" >"$STAGE/walk.out" 2>&1
}
walk_or_show() { walk "$@" || { cat "$STAGE/walk.out" >&2; return 1; }; }

card() { "$BIN/tamga-vcard" --ctl "$STAGE/card.ctl" "$@"; }
# fresh_card PERSONA: a new piece of plastic of this persona, not in the reader
fresh_card() {
	stop_pid "$STAGE/card.pid"
	rm -f "$STAGE/cards/$1.card" "$STAGE/card.persona"
}
kiosk_sql() { sqlite3 -batch "$STAGE/kiosk.db" "$1"; }
centre_sql() { sqlite3 -batch "$STAGE/centre/centre.db" "$1"; }
# last_number: of the newest application at this kiosk
last_number() { kiosk_sql "select number from application order by first_seq desc limit 1"; }
last_state() { "$BIN/tamgactl" record show "$STAGE/kiosk.db" "$(last_number)" | sed -n 's/.* state \([a-z]*\).*/\1/p'; }
in_replica() { "$BIN/tamgactl" record show "$STAGE/centre/centre.db" "$1" | grep -q "state $2"; }
