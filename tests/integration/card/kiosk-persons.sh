#!/usr/bin/env bash
# K-4 through the real program: a foreigner's passport (TD3, no IIN), a child's passport, somebody who turns sixteen today,
# names longer than the machine-readable zone and names of one letter: what the screen says, what is in the form, and the
# body of application.submitted here and at the centre.
. "$(dirname "$0")/../bad-days/lib.sh"
[ -x "$BIN/tamga-chip" ] || { echo "$BIN/tamga-chip is not built"; exit 77; }
one_day # two of them are as old as the day the card is made
stage_up
of() { persona_value "$1" "$2"; }
dotted() { sed 's/\(..\)\(..\)\(....\)/\1.\2.\3/'; }
to_chip() { # PERSONA
	to_service
	printf 'card insert %s\nwait "%s" 20s\nkey Enter\n' "$1" "$(of "$1" serial)"
	see document.read
	typed_data "$1"
	printf 'key Enter\n'
}
to_reading() {
	to_chip "$1"
	see reading.person 30s
	printf 'expect "%s"\nexpect "%s"\nexpect "%s"\n' "$(of "$1" document)" "$(digits_of "$1" birth | dotted)" "$(digits_of "$1" expiry | dotted)"
}

# --- with an IIN: filled, marked, locked. The IIN of the two young ones begins with the birth of the day the card is made;
# its seventh digit tells the century (2001 to 2100: 5 male, 6 female).
filled() { # PERSONA NAME-ON-SCREEN IIN-BEGINS
	{
		to_reading "$1"
		printf 'expect "%s"\n' "$2"
		see reading.filled
		printf 'key Enter\n'
		see title.carriers
		printf 'key Enter\nwait "A1.2"\nexpect "%s"\nexpect "from the chip"\n' "$3"
		printf 'key Up*4\ntype 7\nkey Backspace*2\nexpect "%s"\nexpect "from the chip"\n' "$3" # it is not to be typed over
		printf 'key F10\ntype 2\n'
		see idle.choose
	} >"$WALK"
	play "$1"
}
# NCA-10: under sixteen by the chip: the journey ends with what can be done, and nothing is recorded.
{
	to_chip minor
	see error.doc-young 30s
	printf 'expect-not "SAPARKYZY"\n'
	four "T-227" error.doc-young
	printf 'key Enter\n'
	see idle.choose 20s
} >"$WALK"
play "a child"
check "nothing of it is recorded" equal "$(applications)" 0
filled sixteen "TAZHIBAY YERASSYL" "$(plastic sixteen birth | tr -d - | cut -c 3-8)5"
filled long-names "ZHANSEIITOVA KURMANGALIYEVA A" 980722450318
filled short-names "O I" 900412301175

# --- a foreigner: nothing to fill in, and no IIN of the chip to issue for: with papers, the name is compared; what the
# record says
{
	to_reading foreigner
	echo 'expect "YULDASHEVA NIGORA"'
	four "" reading.not-filled reading.genuine
	four "" reading.no-iin document.papers
	printf 'key Enter\n'
	see nca.q.id-card
	printf 'type 1\nwait "A1.2"\nexpect-not "from the chip"\ntype %s\nkey Enter\n' "$(of foreigner iin)"
	printf 'type Юлдашева\nkey Enter\ntype Нигора\nkey Enter\n'
	echo 'wait "fits the chip"'
	printf 'type Бахтияровна\nkey Enter\n'
	sed -n '/^type Almaty/,/^key Space Down/p' "$TOP/tests/lib/a1-to-pin.walk"
	see result.at-desk 20s
} >"$WALK"
play "a foreigner"
body() { "$1" "select body from journal where kind='application.submitted' order by $2 desc limit 1"; }
value() { body kiosk_sql seq | python3 -c "import json,sys; d=json.load(sys.stdin); print($1)"; }
check "at the centre" wait_until 20 in_replica "$(last_number)" at-desk
check "nothing by the chip" equal "$(value "sorted({a['by'] for a in d['answers']})")" "['person']"
check "what was proven" equal "$(value "[d['document'][k] for k in ('access','passive','active','chip','chip_name')]")" "['pace', 0, 0, 0, 'same']"
check "the same at the centre" equal "$(body centre_sql id)" "$(body kiosk_sql seq)"
check "nothing of the documents is in the log" not grep -qE "YULDASHEVA|FA4062817|SAPARKYZY|TAZHIBAY" "$STAGE/kiosk.log"
chains_hold
echo "$checks checks"
