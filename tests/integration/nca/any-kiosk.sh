#!/usr/bin/env bash
# K-9, K-15: an application by its number, at another kiosk than the one it was handed in at: its state and its times in four
# languages, as they change; nothing of the person gets there; what cannot be asked is said. C-5: what the centre tells
# kiosks, on the screens of those whom it is for.
# shellcheck disable=SC2154  # names shared with lib.sh
. "$(dirname "$0")/desk-lib.sh"
screens=$TOP/screens
stage_up
desk_ready
token pull >/dev/null
check "a second kiosk, a desk too" second_kiosk desk

{ a1_papers; } >"$WALK"
play "handed in at the first"
N=$(last_number)
plain=$(tr -d - <<<"$N" | tr A-Z a-z)
label() { said "$1" "$2" | sed 's/ *{.*//'; }

# shown LANG STATE [TYPED]: the number, what it means, when it was accepted and registered
shown() {
	begin "$1" status
	in_lang "$1" status.number
	printf 'type %s\nkey Enter\nwait "%s ·" 20s\n' "${3:-$N}" "$N"
	in_lang "$1" "$2"
	printf 'expect "%s"\nexpect "%s"\nexpect "%s"\n' "$(label "$1" work.accepted)" "$(label "$1" work.sent)" "$(label "$1" work.registered)"
	printf 'expect-not "%s"\nexpect-not "Нұрланова"\nkey End Enter\n' "$IIN"
	see idle.choose
}
for lang in kk ky ru en; do
	shown $lang state.at-desk
done >"$WALK"
shown en state.at-desk "$plain" >>"$WALK"
at_second "its state at the second, in four languages, and from a number typed in small letters"
check "the second kiosk knows of no application" equal "$(second_sql 'select count(*) from application')" 0
check "nothing of the person is in its files" sh -c "! grep -qa -e '$IIN' -e 'Нұрланова' '$STAGE'/kiosk2.db*"
check "nor was the first's told to it" equal "$(second_sql "select count(*) from feed where kind='application'")" 0
{
	begin en status
	in_lang en status.number
	printf 'type %s\nkey Enter\n' "$("$BIN/tamgactl" number new --kiosk-no 77 --counter 5)"
	in_lang en status.not-found
	printf 'key F10\n'
	see cancel.title
	printf 'type 2\n'
	see idle.choose
} >"$WALK"
at_second "a number that nobody gave"

# The line of the second is cut: it says so, in each language, and nothing else.
touch "$STAGE/net-down2"
for lang in kk ky ru en; do
	begin $lang status
	in_lang $lang status.number
	printf 'type %s\nkey Enter\n' "$N"
	in_lang $lang error.centre-down 30s
	printf 'expect-not "%s ·"\nkey F10\n' "$N"
	in_lang $lang cancel.title
	printf 'type 2\n'
	see idle.choose
done >"$WALK"
at_second "it cannot be asked now"
rm "$STAGE/net-down2"

# --- decided at the second: the first has it without asking, and says it also when its own line is cut
cat >"$STAGE/software.yaml" <<'YAML'
version: 9.9.0
from: 2020-01-01
until: 2099-12-31
text:
  kk: "Жаңа карта оқығыштар."
  ky: "Жаңы карта окугучтар."
  ru: "Новые считыватели карт."
  en: "New card readers."
YAML
check "a version is told" "$BIN/tamgactl" software tell --data "$STAGE/centre" --file "$STAGE/software.yaml"
printf 'key;surname\n850101400001;Ахметов\n' >"$STAGE/persons.csv"
check "a register is imported" "$BIN/tamgactl" register import persons "$STAGE/persons.csv" --data "$STAGE/centre" --source "ГБД ФЛ" \
	--screens "$screens" --allow-test-ids
has_both() { [ "$(second_sql "select count(*) from feed where kind in ('software', 'register') and body is not null")" = 2 ]; }
check "the second kiosk was told both" wait_until 20 has_both
{
	printf 'size 100x60\n'
	desk_enter
	printf 'wait "9.9.0" 10s\nexpect "Новые считыватели карт."\nexpect "ГБД ФЛ"\n'
	desk_open "$N"
	desk_tick_identity
	desk_consent
	desk_decide
	printf 'key Enter*2\n'
	in_lang ru title.desk-done
	desk_leave
	printf 'size 80x24\n'
} >"$WALK"
at_second "staff see the version and how fresh the register is, and accept at the second"
told() { [ "$(kiosk_sql "select json_extract(body,'\$.state') from feed where kind='application' and key='$N'")" = accepted ]; }
check "the first was told" wait_until 20 told
touch "$STAGE/net-down"
{
	shown ru state.accepted
	printf 'expect-not "9.9.0"\n'
} >"$WALK"
sed -i 's/^key End Enter$/wait "'"$(said ru status.own-word | head -c 40)"'"\nkey End Enter/' "$WALK"
play "the first says it by itself while its line is cut, and nothing of versions"
rm "$STAGE/net-down"
for lang in kk ky ru en; do
	shown $lang state.accepted
done >"$WALK"
at_second "the second says it too"
chains_hold
say "$checks checks"
