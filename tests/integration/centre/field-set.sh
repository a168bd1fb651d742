#!/bin/bash
# A field set at the address of a person with a disability (NCA-14): no network there; an application is taken and decided
# on the same machine; later its records join, and say that they come from the address.
# shellcheck disable=SC2154
. "$(dirname "$0")/../../lib/stage.sh"
stage_up
choose() { # to the list of ways
	cat <<-'WALK'
		size 80x24
		wait "Choose a language"
		type 4
		wait "Choose the certification authority"
		type 1
		wait "Choose the service"
		type 1
		wait "Who is applying"
		type 1
		wait "How are you applying"
	WALK
}
hand_in() {
	choose
	cat <<-'WALK'
		expect "At the address"
		key End Enter
		wait "being issued at the same visit"
		type 1
		wait "A1.2"
		type 940317450215
		key Enter
		type Әбдіғалиева
		key Enter
		type Айгүл
		key Enter
		type Өмірқызы
		key Enter
		type Almaty region
		key Enter
		type Konaev
		key Enter
		type aigul@example.kz
		key Enter
		type +77011234567
		key Enter
		wait "A1.12"
		key Enter*2
		wait "List of documents"
		key Space End Enter
		wait "Check your answers"
		key End Enter
		wait "Consents"
		key Space Down Space Down Space Down Space Down Enter
		wait "Application number"
		expect "Not sent to the centre yet"
		key Enter
		wait "Choose a language" 20s
	WALK
}
decide() { # NUMBER: as the desk of the same machine writes it without the centre
	"$TOOLS/link-tool" append "$STAGE/kiosk.db" K01 desk.decided "{\"number\":\"$1\",\"staff\":\"5A\",\"staff_name\":\"Clerk\",
		\"outcome\":\"accepted\",\"ground\":\"\",\"missing\":[],\"documents\":[{\"id\":\"identity\",\"by\":\"paper\",\"erasures\":false}],
		\"consent\":true,\"registers\":[{\"name\":\"-\",\"status\":\"down\",\"source\":\"-\",\"time_ms\":1}],\"promised_ms\":0,\"place\":\"\"}"
}
of_centre() { centre_sql "select $2 from journal where kind = 'application.submitted' and json_extract(body, '\$.number') = '$1'"; }

{ choose; printf 'expect-not "At the address"\nkey F10\n'; } >"$STAGE/other.walk"
check "a kiosk that is no field set does not offer it" walk_or_show "$STAGE/other.walk"
echo 'field_set: true' >>"$STAGE/kiosk.yaml"
touch "$STAGE/net-down"
hand_in >"$STAGE/hand-in.walk"
check "without network an application is taken at the address" walk_or_show "$STAGE/hand-in.walk"
first=$(last_number)
check "it waits for the clerk" equal "$(kiosk_sql "select state from application where number = '$first'")" at-desk
decide "$first"
check "decided on the same machine, still without network" equal "$(kiosk_sql "select state from application where number = '$first'")" accepted
check "nothing of it is at the centre" equal "$(of_centre "$first" 'count(*)')" 0

check "the centre knows the field set" "$BIN/tamgactl" kiosk role K01 field --data "$STAGE/centre"
rm "$STAGE/net-down"
check "the network is back: the records join" wait_until 20 in_replica "$first" accepted
check "once" equal "$(of_centre "$first" 'count(*)')" 1
check "from the address" equal "$(of_centre "$first" "json_extract(body, '\$.channel')")" address
check "by that way" equal "$(of_centre "$first" "json_extract(body, '\$.way')")" address
check "with the time of then, not of now" equal "$(of_centre "$first" 'time_ms')" "$(kiosk_sql "select accepted_ms from application where number = '$first'")"
check "the clerk's decision with it" equal "$(centre_sql "select count(*) from journal where kind = 'desk.decided' and kiosk = 'K01'")" 1
check "the report counts it" sh -c "'$BIN/tamgactl' report --data '$STAGE/centre' --screens '$TOP/screens' | grep -Eq 'issue +accepted +1'"

# --- a machine whose right was taken away decides nothing
check "the right is taken away" "$BIN/tamgactl" kiosk role K01 none --data "$STAGE/centre"
sed 's/940317450215/850505400028/; s/Айгүл/Бақыт/' "$STAGE/hand-in.walk" | sed '/Not sent to the centre yet/d' >"$STAGE/second.walk"
check "another application" walk_or_show "$STAGE/second.walk"
second=$(last_number)
decide "$second"
check "it arrives" wait_until 20 sh -c "[ \$(sqlite3 '$STAGE/centre/centre.db' \"select count(*) from journal where kind = 'desk.decided'\") = 2 ]"
check "and still waits for a clerk who may" in_replica "$second" at-desk
check "the replica is whole" "$BIN/tamgactl" journal verify "$STAGE/centre/centre.db"
echo "$checks checks"
