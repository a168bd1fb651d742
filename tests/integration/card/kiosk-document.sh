#!/usr/bin/env bash
# K-4, P-7 through the real program, tamga-chip, a real pcscd and virtual documents: read by BAC and by the CAN, wrong data,
# a card without document, not proven, expired, a pulled card; what comes into the form and the record.
. "$(dirname "$0")/../bad-days/lib.sh"
[ -x "$BIN/tamga-chip" ] || { echo "$BIN/tamga-chip is not built"; exit 77; }
one_day # one of them ended forty days ago
stage_up
of() { persona_value "$1" "$2"; }
to_document() { # PERSONA
	to_service
	printf 'card insert %s\nwait "%s" 20s\nkey Enter\n' "$1" "$(of "$1" serial)"
	see document.read
}
leave() { printf 'key F10\ntype 2\n'; see idle.choose; }
rest_to_pin() { sed -n '/^type Almaty/,$p' "$TOP/tests/lib/a1-to-pin.walk"; }
names() { printf 'type %s\nkey Enter\ntype %s\nkey Enter\nkey Enter\n' "$1" "$2"; }
submitted() { kiosk_sql "select body from journal where kind='application.submitted' order by seq desc limit 1"; }
value() { submitted | python3 -c "import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))" "$1"; }

# --- wrong data are told from a wrong card, and mended; then the whole journey with what the chip knows
{
	to_document aigul
	printf 'type 048315628\nkey Enter\ntype 17031994\nkey Enter\ntype 13062031\nkey Enter\nkey Enter\n'
	see error.doc-access 30s
	echo 'expect "T-220"'
	four T-220 error.doc-access mend.doc-access reading.mend
	printf 'key Enter\n'
	see document.read
	printf 'key Backspace\ntype 7\nkey Tab*3\nkey Enter\n'
	see reading.person 30s
	echo 'expect "ABDIGALIYEVA AIGUL"'
	echo 'expect "13.06.2031"'
	echo 'shot read'
	printf 'key Enter\n'
	see title.carriers
	printf 'key Enter\nwait "A1.2"\nexpect "940317450215"\nexpect "from the chip"\n'
	names Әбдіғалиева Айгүл
	echo 'expect "fits the chip"'
	rest_to_pin
	pin 648219
	delivered
} >"$WALK"
play "read by BAC after wrong data"
check "the chip's answer" equal "$(value "[a['by'] for a in d['answers'] if a['field']=='iin'][0]")" chip
check "the IIN" equal "$(value "[a['value'] for a in d['answers'] if a['field']=='iin'][0]")" 940317450215
check "names are the person's" equal "$(value "[a['by'] for a in d['answers'] if a['field']=='surname'][0]")" person
check "what was proven" equal "$(value "[d['document'][k] for k in ('access','passive','active','chip','chip_name')]")" \
	"['bac', 0, 113, 113, 'same']"
check "delivered at the centre too" wait_until 20 in_replica "$(last_number)" delivered
check "the centre has the same words" equal "$(centre_sql "select body from journal where kind='application.submitted'")" "$(submitted)"
certified() { # by what the card itself holds
	timeout 30 pkcs11-tool --module "$(stage_module)" --slot-index 0 --read-object --type cert --label SIGN 2>/dev/null |
		openssl x509 -inform DER -noout -subject | grep -q IIN940317450215
}
check "the certificate has the chip's IIN" certified
check "the receipt has both public keys" equal "$(grep -c '^A1.1[01] ' "$STAGE/receipts/$(last_number).txt")" 4

# --- the access number, in the letters of the Kazakh layout's upper row; a Kyrgyz document; another name than the chip's
{
	to_document bakyt
	printf 'key Down*4 Enter\n'
	see document.by-details
	can=$(of bakyt can)
	printf 'type %s\nkey Enter\nkey Enter\n' "$(printf '%s' "$can" | python3 -c "import sys; print(''.join('қ\"әіңғ,.үұ'[int(c)] for c in sys.stdin.read().strip()))" | sed 's/"/\\"/g')"
	see reading.person 30s
	echo "expect \"$(of bakyt surname_latin)\""
	leave
} >"$WALK"
play "read by the CAN"

# --- what is not proven fills nothing, and says so
not_proven() { # PERSONA CODE STATUS
	{
		to_document "$1"
		typed_data "$1"
		printf 'key Enter\n'
		see "error.$3" 30s
		echo "expect \"$2\""
		four "$2" "error.$3" "mend.$3"
		echo 'shot not-proven'
		printf 'expect-not "%s"\n' "$(of "$1" surname_latin)"
		see document.papers
		printf 'key Enter\n'
		see nca.q.id-card
		printf 'type 1\nwait "A1.2"\nexpect-not "from the chip"\nexpect-not "%s"\n' "$(of "$1" iin)"
		leave
	} >"$WALK"
	play "$1: $2"
}
not_proven tampered T-224 doc-tampered
not_proven wrong-signer T-223 doc-signer
not_proven copied T-225 doc-copy

# --- an expired document goes no further
{
	to_document expired
	typed_data expired
	printf 'key Enter\n'
	see error.card-expired 30s
	four T-213 error.card-expired mend.card-expired reading.other-card
	leave
} >"$WALK"
play "expired"

# --- a key card that carries no document
sed '/^document:/,$d; s/^name: .*/name: plain/; s/^serial: .*/serial: KZ00777001/' "$TOP/tests/personas/aigul.yaml" >"$STAGE/plain.yaml"
stop_pid "$STAGE/card.pid"
sleep 1
setsid "$BIN/tamga-vcard" --state "$STAGE/cards/plain.card" --control "$STAGE/card.ctl" --port "$(cat "$STAGE/card.port")" \
	--persona "$STAGE/plain.yaml" >"$STAGE/card.log" 2>&1 &
echo $! >"$STAGE/card.pid"
echo plain >"$STAGE/card.persona"
wait_until 10 card status
{
	to_service
	printf 'card insert\nwait "KZ00777001" 20s\nkey Enter\n'
	see document.read
	typed_data aigul
	printf 'key Enter\n'
	see error.doc-none 30s
	four T-221 error.doc-none mend.doc-none reading.other-card
	leave
} >"$WALK"
play "no document"

# --- pulled while it is read: back to the card, with what was typed
fresh_card nurlan
{
	to_document nurlan
	typed_data nurlan
	printf 'card pull-at 12\nkey Enter\n'
	see carrier.insert 30s
	echo 'expect "T-205"'
	printf 'sleep 1s\ncard insert\nwait "%s" 20s\nkey Enter\n' "$(of nurlan serial)"
	see document.read
	printf 'expect "%s"\nkey Tab*3 Enter\n' "$(of nurlan document)"
	see reading.person 30s
	echo "expect \"$(of nurlan surname_latin)\""
	see reading.genuine
	leave
} >"$WALK"
play "pulled and put back"

# --- a card that the office was told is lost: named before anything is asked (K-5)
serial=$(of nurlan serial)
card pull >/dev/null
for state in in-use lost; do
	check "the office says $state" "$BIN/tamgactl" token state "$serial" $state --why "told at the office" --data "$STAGE/centre"
done
knows() { "$BIN/tamgactl" token show "$STAGE/kiosk.db" "$serial" | grep -q ": lost"; }
check "the kiosk hears of it" wait_until 30 knows
{
	to_service
	printf 'card insert nurlan\n'
	see error.card-state 20s
	four T-215 error.card-state mend.card-state
	printf 'expect "%s"\nexpect-not "%s"\n' "Identity card of Kazakhstan" "$serial"
	leave
} >"$WALK"
play "a lost card"
check "nothing of the documents is in the log" not grep -qE "ABDIGALIYEVA|048315627|940317450215|KONYRBAYEV" "$STAGE/kiosk.log"
chains_hold
say "$checks checks"
