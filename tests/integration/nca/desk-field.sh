#!/usr/bin/env bash
# NCA-14, P-5: a field set at the applicant's address, without the centre: what was handed in here is decided here, the
# registers' silence stands in the decision; when the network is back the centre has it all. An ordinary kiosk decides nothing
# alone.
. "$(dirname "$0")/desk-lib.sh"
stage_up
desk_ready
token pull >/dev/null
{
	a1_papers
	printf 'net down\n'
	desk_enter
	in_lang ru desk.offline
	printf 'expect-not "%s"\n' "$(said ru desk.local)"
	printf 'net up\n'
	desk_leave
} >"$WALK"
play "an ordinary kiosk opens nothing alone"

check "a field set" "$BIN/tamgactl" kiosk role K01 field --data "$STAGE/centre" >/dev/null
echo "field_set: true" >>"$STAGE/kiosk.yaml"
N=$(last_number)
{
	see idle.choose
	printf 'net down\n'
	desk_enter
	in_lang ru desk.local
	printf 'shot desk-local\n'
	desk_open "$N"
	desk_tick_identity
	desk_consent
	in_lang ru desk.register-down
	desk_decide
	printf 'key Enter*2\n'
	in_lang ru title.desk-done
	printf 'wait "%s-desk.pdf" 20s\n' "$N"
	desk_leave
} >"$WALK"
play "decided alone"
check "accepted here" equal "$(state_here "$N")" accepted
check "the register's silence is in the record" equal "$(decided 'registers[0].status')" down
check "the centre does not know it yet" not in_replica "$N" accepted
rm -f "$STAGE/net-down"
check "the centre has it when the network is back" at_centre "$N" accepted
chains_hold
say "$checks checks"
