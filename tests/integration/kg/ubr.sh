#!/usr/bin/env bash
# UBR-1, UBR-2, UBR-3 through the real program: the order and its agreement on paper; an issue with every paper of the source,
# managing organisation included, within a working day; reissue after expiry, where nothing is revoked, and for each of the five
# reasons, where the old certificate is revoked as soon as it is proven who asks.
# shellcheck disable=SC2154,SC2034  # names shared with lib.sh
. "$(dirname "$0")/lib.sh"
openssl engine gost >/dev/null 2>&1 || { echo "skipped: OpenSSL has no GOST engine" >&2; exit 77; }
PROVIDER=kg-ubr
stage_up
desk_ready
lang=$(turn ky)
U=ubr.doc
TOKEN=rutoken-ubr # six digits, as UBR has it
PIN=$(persona_value $TOKEN user_pin)

# --- the order: no papers; the filled order, the agreement in two copies with the source's telephone
FILLED=("${FIRM[0]}" "${FIRM[1]}" Ош "Төлөгөнов Нурланбек" +996555123456 -)
n=$(next_number)
{
	handed_in "$lang" order U1.2 0
	in_lang "$lang" result.ordered
	in_lang "$lang" paper.where 30s
	printf 'key Home Enter\n'
	see idle.choose
	begin "$lang" about
	printf 'wait "(0312) 98 68 66"\nkey F10\ntype 2\n'
	see idle.choose
} >"$WALK"
play "order ($lang)"
check "the order on paper" on_paper "$n-U1.pdf" "$n" "${FIRM[0]}" "${FIRM[1]}" "+996555123456" "$(said "$lang" ubr.u1.title)"
check "the agreement on paper" on_paper "$n-U2.pdf" "$n" "${FIRM[0]}" "${FIRM[1]}" "$(said "$lang" ubr.u2.title)"
[ "$lang" != ky ] || check "seed 001: the title" on_paper "$n-U1.pdf" "атып алуу буйрутмасы"

# --- issue: all fourteen papers of the source and the application itself, a GOST key
FILLED=("${FIRM[@]}" "${ACCOUNTANT_IS[@]}")
ANSWERS="2 2 2 2 2" renewed ky issue U3.2 14 "$PIN" $TOKEN
listed "issue" "$lang" "$n" $U.application $U.tax $U.registration $U.fund $U.appointment $U.decision $U.power $U.head-passport \
	$U.head-translation $U.accountant-passport $U.accountant-translation $U.managed-decision $U.managed-charter $U.managed-tax \
	$U.managed-registration
certificate "issue" "$n" accountant-gost "PIN12309198500362" "INN01203201810274" 'GOST R 34.10-2001'
promised=$(centre_sql "select promised_ms - accepted_ms from application where number='$n'")
check "within one working day: at most four days with a weekend and a holiday" [ "$promised" -gt 0 ] && check "not later" [ "$promised" -lt 345600000 ]
old=$(serials_of "$n")

# --- compromised: the old one is revoked at once, then the steps of a first issue, with an RSA key
FILLED=("${FIRM[@]}" "${ACCOUNTANT_IS[@]}" "$old" -)
ANSWERS="7 2 1 1 1 1" renewed ky reissue U3.2 9 "$PIN" $TOKEN
listed "reissue" "$lang" "$n" $U.application $U.tax $U.registration $U.fund $U.appointment $U.decision $U.power $U.head-passport \
	$U.accountant-passport
certificate "reissue" "$n" accountant "PIN12309198500362" 'Public-Key: (2048 bit)'
check "compromised: the old one is in the list" wait_until 20 in_crl "$old"
check "and the new one is not" not in_crl "$(serials_of "$n")"

# --- the other occasions: the five reasons (the first is two kinds of change), and after expiry
# had_certificate PLACE: one that another organisation got before; its key is not of interest
had_certificate() {
	rm -f "$STAGE/had.key"
	"$TOOLS/link-enrol" "$STAGE/agent.sock" "$STAGE/agent" "$STAGE_PROFILES" $((260000000 + $1)) "$STAGE/had.key" "$STAGE/had-$1.der" \
		before-kg-ubr-accountant surname=Күмүшалиева given-name=Айзада patronymic=Түмөнбаевна personal-number="1230919850036$1" \
		"organisation=${FIRM[0]}" organisation-number="0120320181028$1" "title=башкы эсепчи" >"$STAGE/had.log" 2>&1 &&
		openssl x509 -inform DER -in "$STAGE/had-$1.der" -noout -serial | cut -d= -f2
}
NUMBERS=() HAD=()
{
	for reason in 1 2 3 4 5 6; do
		n=$(next_number $((reason - 1)))
		had=$(had_certificate $reason) || fail "no certificate to begin with: $(cat "$STAGE/had.log")"
		NUMBERS+=("$n") HAD+=("$had")
		FILLED=("${FIRM[@]}" "${ACCOUNTANT_IS[@]}") # an organisation each: one has only one open application
		FILLED[1]=0120320181028$reason FILLED[7]=1230919850036$reason
		[ $reason = 1 ] || FILLED+=("$had" -)
		ANSWERS="$reason 2 1 1 1 1" handed_in "$lang" reissue U3.2 9
		[ $reason = 1 ] || in_lang "$lang" result.old-certificate
		printf 'key Home Enter\n'
		see idle.choose
	done
	at_desk
	for n in "${NUMBERS[@]}"; do desk_accept "$n" "$(ticks_up 9)"; done
	leave_desk
} >"$WALK"
play "reissue on every occasion ($lang)"
for reason in 2 3 4 5 6; do
	check "occasion $reason: accepted" in_replica "${NUMBERS[reason - 1]}" accepted
	check "occasion $reason: the old one is in the list" wait_until 20 in_crl "${HAD[reason - 1]}"
done
check "after expiry: accepted" in_replica "${NUMBERS[0]}" accepted
check "after expiry nothing is revoked" not in_crl "${HAD[0]}"

chains_hold
echo "$checks checks"
