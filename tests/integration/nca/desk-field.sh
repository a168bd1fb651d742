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

# --- the whole way at the applicant's address: handed in and decided on this machine, nothing of it known elsewhere
A=$(next_number)
{
	see idle.choose
	printf 'net down\n'
	begin en issue individual
	in_lang en title.way
	in_lang en nca.way.address
	printf 'key End Enter\n'
	in_lang en nca.q.id-card
	printf 'type 1\nwait "A1.2"\n'
	answers 850505400028 Сейітова Бақыт - "Алматы облысы" Қонаев bakyt@example.kz +77011234568 -
	to_submit en "Home Space"
	in_lang en title.result
	printf 'wait "%s" 20s\nkey Enter\n' "$A"
	desk_enter
	in_lang ru desk.local
	desk_open "$A"
	desk_tick_identity
	desk_consent
	in_lang ru desk.register-down
	desk_decide
	printf 'key Enter*2\n'
	in_lang ru title.desk-done
	printf 'wait "%s-desk.pdf" 20s\n' "$A"
	desk_leave
	by_number en "$A"
	in_lang en state.accepted
	in_lang en status.own-word
	printf 'shot address\nkey End Enter\n'
} >"$WALK"
play "at the address"
check "accepted here" equal "$(state_here "$A")" accepted
check "the centre knows nothing of it" equal "$(centre_sql "select count(*) from journal where json_extract(body,'$.number')='$A'")" 0
rm -f "$STAGE/net-down"
check "the centre has it all afterwards" at_centre "$A" accepted
of_address() { centre_sql "select json_extract(body,'$.$1') from journal where kind='application.submitted' and json_extract(body,'$.number')='$A'"; }
check "NCA-3: the channel is recorded: from the address" equal "$(of_address channel) $(of_address way)" "address address"
check "the other one not" equal "$(centre_sql "select json_extract(body,'$.channel') from journal where kind='application.submitted' and json_extract(body,'$.number')='$N'")" kiosk
chains_hold
say "$checks checks"
