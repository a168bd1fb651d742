#!/usr/bin/env bash
# DOS-8 through the real program, in each language: unlocking is asked for by the holder, and by the trustee who is named in the
# registration, with the serial number typed from the paper; the papers are named, the clerk decides, the lock is reset.
# shellcheck disable=SC2154,SC2034  # names shared with lib.sh
. "$(dirname "$0")/lib.sh"
stage_up
desk_ready
lang=$(turn ky)
# had_certificate FIELD=VALUE…: one that the holder got before, whose Rutoken is at home; its serial number in $had
had_certificate() {
	rm -f "$STAGE/had.key"
	"$TOOLS/link-enrol" "$STAGE/agent.sock" "$STAGE/agent" "$STAGE_PROFILES" $((260000000 + RANDOM)) "$STAGE/had.key" "$STAGE/had.der" \
		before-kg-dostek-head surname=Төлөгөнов given-name=Нурланбек patronymic=Эркинович title=директор \
		"organisation=${FIRM[0]}" "$@" >"$STAGE/had.log" 2>&1 || fail "no certificate to begin with: $(cat "$STAGE/had.log")"
	had=$(openssl x509 -inform DER -in "$STAGE/had.der" -noout -serial | cut -d= -f2)
}
# unlocks KIND FIRST-FIELD: applied for with FILLED, accepted
unlocks() {
	n=$(next_number)
	{
		KIND=$1 handed_in "$lang" unlock "$2" 2
		in_lang "$lang" result.at-desk-papers
		in_lang "$lang" paper.where 30s
		printf 'key Home Enter\n'
		at_desk
		desk_accept "$n" "$(ticks_up 2)"
		leave_desk
		by_number "$lang" "$n"
		printf 'key F10\ntype 2\n'
		see idle.choose
	} >"$WALK"
	play "unlock: $1 ($lang)"
	check "$1: the papers are named" on_paper "$n.pdf" "$n" "$(said "$lang" "$3")" "$(said "$lang" dostek.doc.unlock-papers)"
	check "$1: done at the centre" wait_until 20 in_replica "$n" delivered
	check "$1: the certificate's lock is reset" equal "$(centre_sql "select json_extract(body,'\$.by') from journal where kind='lock.reset' and body like '%$n%'")" office
}
had_certificate organisation-number="${FIRM[1]}" personal-number=21204197900147
FILLED=("${FIRM[0]}" "${FIRM[1]}" Төлөгөнов Нурланбек Эркинович 21204197900147 +996555123456 "$had" -)
unlocks holder D5.2 dostek.doc.identity-holder
had_certificate organisation-number=01203201810282 personal-number=21204197900148
FILLED=("${FIRM[0]}" 01203201810282 Төлөгөнов Нурланбек Эркинович 21204197900148 "Асанбекова Үмүт Жээнбековна" +996700112233 "$had" -)
unlocks trustee D6.2 dostek.doc.identity-trustee
chains_hold
echo "$checks checks"
