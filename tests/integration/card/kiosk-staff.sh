#!/usr/bin/env bash
# P-5, K-5 through the real program: a locked identity card in the first reader, the token of a member of staff in the
# second. Nobody's token is refused before its PIN; the card is compared with what its chip says; wrong unblocking PIN;
# unblocked, and the journey goes on.
. "$(dirname "$0")/../bad-days/lib.sh"
command -v pkcs11-tool >/dev/null || { echo "skipped: pkcs11-tool is missing" >&2; exit 77; }
stage_up
STAFF=staff-gulmira
journal_of() { kiosk_sql "select kind||' '||json_extract(body,'$.what')||' '||coalesce(json_extract(body,'$.code'),'-') from journal where kind like 'pin.%' or kind='staff.entered' order by seq"; }
to_locked() {
	to_service
	printf 'card insert locked\n'
	see error.pin-locked 20s
}

# --- a mistake in the list of staff is told with file and line, when the kiosk starts
printf '# staff\nnot-a-fingerprint\n' >"$STAGE/staff"
refuses() { ! "$BIN/tamga" --config "$STAGE/kiosk.yaml" </dev/null 2>"$STAGE/refused" && grep -q "$STAGE/staff:2.*T-105" "$STAGE/refused"; }
check "a mistake in the list" refuses
: >"$STAGE/staff"

# --- a kiosk without staff offers nothing
{
	to_locked
	printf 'expect "T-302"\nexpect-not "%s"\n' "$(said en staff.here)"
	printf 'key F10\ntype 2\n'
	see idle.choose
} >"$WALK"
play "no staff, no help"

# --- her certificate, by the sandbox CA; listed by its SHA-256. Another token's is not.
stage_staff $STAFF
check "a certificate of somebody else" stage_rutoken_head
token pull >/dev/null
sleep 1

# --- somebody else's token, then hers; wrong PIN of hers; not compared; wrong unblocking PIN; unblocked
so=$(persona_value locked so_pin)
{
	to_locked
	see staff.call
	four T-302 error.pin-locked staff.call staff.here
	printf 'key Enter\n'
	see staff.insert
	echo 'token insert rutoken-head'
	see error.staff-unknown 20s
	four T-324 error.staff-unknown mend.staff-unknown
	echo "token insert $STAFF"
	see staff.pin 20s
	pin 11112222
	see error.pin-wrong 20s
	four T-301 error.pin-wrong staff.pin-label
	pin "$(persona_value $STAFF user_pin)"
	see staff.known 20s
	echo 'expect "ГҮЛМИРА"'
	printf 'key Enter\n'
	see document.read
	printf 'type %s\nkey Enter\ntype 28062001\nkey Enter\ntype 19092032\nkey Enter\nkey Enter\n' "$(persona_value locked document)"
	see reading.person 30s
	printf 'key Enter\n'
	see staff.chip-says
	echo 'expect "ZHUNISULY YERGALI"'
	echo 'expect "28.06.2001"'
	echo 'shot staff-check'
	printf 'key Down Enter\n'
	see staff.not-compared
	printf 'key Enter Enter\n'
	see unblock.so-label
	pin 0000000000000000
	see unblock.turn-away
	pin 472951
	pin 472951
	see error.so-pin-wrong 20s
	four T-316 error.so-pin-wrong unblock.so-label
	pin "$so"
	see unblock.turn-away
	pin 472951
	printf 'expect-not "472951"\n'
	pin 472951
	see unblock.done 20s
	four "" unblock.done unblock.staff-leaves
	echo 'token pull'
	printf 'key Enter\n'
	see carrier.found 20s
	printf 'key Enter\n'
	see title.carriers
	printf 'key Enter\nwait "A1.2"\nexpect "010628550372"\nexpect "from the chip"\n'
	printf 'type Жүнісұлы\nkey Enter\ntype Ерғали\nkey Enter\nkey Enter\n'
	sed -n '/^type Almaty/,$p' "$TOP/tests/lib/a1-to-pin.walk"
	pin 472951
	delivered
} >"$WALK"
play "unblocked by staff"
serial=$(openssl x509 -inform DER -in "$STAGE/$STAFF.der" -noout -serial | cut -d= -f2)
check "journal" equal "$(journal_of)" "staff.entered unblock -
pin.intent unblock -
pin.done unblock 316
pin.intent unblock -
pin.done unblock 0"
check "who it was" equal "$(kiosk_sql "select lower(json_extract(body,'$.staff')) from journal where kind='staff.entered'" | sed 's/^0*//')" \
	"$(printf '%s' "$serial" | tr 'A-F' 'a-f' | sed 's/^0*//')"
check "the application is delivered" equal "$(last_state)" delivered
check "the card's counter is full again" equal "$(tries_on_card)" 3
check "no PIN in the log" not grep -qE "472951|$so|$(persona_value $STAFF user_pin)" "$STAGE/kiosk.log"
chains_hold
say "$checks checks"
