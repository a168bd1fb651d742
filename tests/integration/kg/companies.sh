#!/usr/bin/env bash
# DOS-6 through the real program: a complex certificate comes with its companies; its holder enters with it, sees them, takes
# one out and adds two within the limit, and signs that. More than the kind serves is refused on the form. Two changes at
# once at two kiosks: the centre's order decides, and the second is judged against the new list. Without the certificate at
# hand the same goes by the desk, with everything typed.
# shellcheck disable=SC2154,SC2034  # names shared with lib.sh
. "$(dirname "$0")/desk-lib.sh"
stage_up
desk_ready
lang=$(turn ky)
PIN=$(persona_value $ACCOUNTANT user_pin)
FIRMS=("01203201810274 «Ош Жибек Жолу» ЖЧК" "02203201810275 «Алтын Көл» ЖЧК" "03203201810276 «Ак Бата» ЖЧК")
SIGNER=(Күмүшалиева Айзада Түмөнбаевна +996555654321)
list() { centre_sql "select group_concat(inn, ' ') from (select inn from company order by inn)"; }
written() { centre_sql "select json_extract(body, '$.$2') from journal where kind = 'companies.changed' and json_extract(body, '$.number') = '$1'"; }

FILLED=("${FIRM[@]}" "Төлөгөнов Нурланбек Эркинович" "${ACCOUNTANT_IS[@]}" "${FIRMS[@]}" - -)
PAID=1 ANSWERS="4 1 1 1 1 1 1" renewed ky renew D2.2 5 "$PIN" $ACCOUNTANT
complex=$n
check "the first list is the application's" equal "$(list)" "01203201810274 02203201810275 03203201810276"

# to_list: from idle to the list of who enters with the certificate
to_list() {
	begin "$lang" companies accountant token
	printf 'card insert %s\n' $ACCOUNTANT
	in_lang "$lang" title.devices
	printf 'wait "3ba1f05d" 20s\ntype 1\n'
	in_lang "$lang" title.enter
	pin "$PIN"
	in_lang "$lang" title.companies
	in_lang "$lang" companies.intro
}
# to_sign KEYS LINE…: ticks, then what is added; up to the PIN of the signature
to_sign() {
	local keys=$1
	shift
	printf 'key Home %s End Up Enter\nwait "D4.2"\n' "$keys"
	answers "${SIGNER[@]}"
	[ $# -eq 0 ] || answers "$@" -
	CONSENTS=1 to_submit "$lang" none
	in_lang "$lang" pin.sign
	pin "$PIN"
}

n=$(next_number)
{
	to_list
	printf 'expect "03203201810276"\nexpect "1510"\nshot list\n'
	to_sign "Down Space" "04203201810277 «Жаңы Жол» ЖЧК" "05203201810278 «Береке» ЖЧК"
	in_lang "$lang" result.companies 60s
	printf 'wait "%s"\nkey Enter\ncard pull\n' "$n"
	in_lang "$lang" idle.choose
} >"$WALK"
play "the holder changes the list"
check "changed" equal "$(list)" "01203201810274 03203201810276 04203201810277 05203201810278"
check "recorded by the centre: how many there are" equal "$(written "$n" count)" 4
check "… of which certificate" equal "$(written "$n" certificate)" "$complex"
check "… who is new" equal "$(written "$n" 'added[1].inn')" 05203201810278
check "… who is gone" equal "$(written "$n" 'removed[0].inn')" 02203201810275
check "done here" equal "$(state_here "$n")" delivered
check "done at the centre" at_centre "$n" delivered

# --- one company more than five: said on the form, nothing is handed in
{
	to_list
	printf 'key End Up Enter\nwait "D4.2"\n'
	answers "${SIGNER[@]}" "06203201810279 «Алтын» ЖЧК" "07203201810280 «Күмүш» ЖЧК" -
	in_lang "$lang" companies.too-many # as soon as the field is left
	printf 'shot too-many\nkey F10\n'
	in_lang "$lang" cancel.text
	printf 'type 2\ncard pull\n'
	in_lang "$lang" idle.choose
} >"$WALK"
play "more than the kind serves"
check "nothing was handed in" equal "$(last_number)" "$n"

# --- two at once: this kiosk has no line while the change is signed, another one is faster
check "a second kiosk" second_kiosk
n=$(next_number)
{
	to_list
	printf 'expect "01203201810274"\nnet down\n'
	to_sign "Space" "06203201810279 «Алтын» ЖЧК"
	printf 'wait "%s" 60s\nkey Enter\nkey Enter\ncard pull\n' "$n"
	in_lang "$lang" idle.choose
} >"$WALK"
play "signed without a line"
first=$n
{
	to_list
	to_sign "Space" "07203201810280 «Күмүш» ЖЧК"
	in_lang "$lang" result.companies 60s
	printf 'key Enter\ncard pull\n'
	in_lang "$lang" idle.choose
} >"$WALK"
at_second "the other kiosk is faster"
check "its change holds" equal "$(list)" "03203201810276 04203201810277 05203201810278 07203201810280"
rm -f "$STAGE/net-down"
check "the slower one is judged by the new list" at_centre "$first" refused
check "and refused by name" equal "$(written "$first" code)" 429
check "the list is as it was" equal "$(list)" "03203201810276 04203201810277 05203201810278 07203201810280"
check "its kiosk is told" wait_until 20 sh -c "[ \"\$(sqlite3 -batch '$STAGE/kiosk.db' \"select state || code from application where number = '$first'\")\" = refused429 ]"

# --- at an office: tax number and serial number of the certificate from the paper, and who it is that asks
FILLED=(Күмүшалиева Айзада Түмөнбаевна "${ACCOUNTANT_IS[3]}" +996555654321 "${FIRM[1]}" "$(serials_of "$complex")" -
	"07203201810280 «Күмүш» ЖЧК" - "08203201810281 «Нур» ЖЧК" "09203201810282 «Тоо» ЖЧК" -)
n=$(next_number)
{
	KIND=accountant WAY=office ANSWERS="" handed_in "$lang" companies D4.2 1
	in_lang "$lang" result.at-desk-papers
	in_lang "$lang" paper.where 30s
	printf 'key Home Enter\n'
	at_desk
	desk_accept "$n" "$(ticks_up 1)"
	leave_desk
} >"$WALK"
play "changed at the office"
check "office: the paper is named" on_paper "$n.pdf" "$n" "$(said "$lang" dostek.doc.identity-holder)"
check "office: what is asked stands on the form" on_paper "$n-D4.pdf" "«Күмүш» ЖЧК" "«Нур» ЖЧК"
check "office: done at the centre" at_centre "$n" delivered
here() { [ "$(state_here "$n")" = delivered ]; }
check "office: its kiosk is told" wait_until 20 here
{
	by_number "$lang" "$n"
	in_lang "$lang" state.companies.delivered
} >"$WALK"
play "its state by number"
check "office: the list" equal "$(list)" "03203201810276 04203201810277 05203201810278 08203201810281 09203201810282"
check "office: of the same certificate" equal "$(written "$n" certificate)" "$complex"

chains_hold
echo "$checks checks"
