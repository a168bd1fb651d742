#!/usr/bin/env bash
# NCA-9.rep, NCA-9.head, NCA-10, P-5, K-15 through the real program: what is not granted. A power of attorney for one time is
# shown a second time; the head declines an employee's request; an application is withdrawn, another corrected, by number and
# only by who knows whose it is; before a clerk has accepted it nothing is done on the card.
# shellcheck disable=SC2154,SC2034  # names shared with lib.sh
. "$(dirname "$0")/desk-lib.sh"
openssl engine gost >/dev/null 2>&1 || { echo "skipped: OpenSSL has no GOST engine" >&2; exit 77; }
stage_up
desk_ready
PIN=$(persona_value rutoken-kz-head user_pin)
ORGANISATION=(090540002317 "«Алтын Дән» ЖШС")
OTHER=("${ORGANISATION[@]}" 880625400234 Жүнісова Гүлнар Өтегенқызы Ақмола Көкшетау gulnar@example.kz +77011112244 -)
used_by() { # POWER NUMBER
	[ "$(centre_sql "select json_extract(body,'\$.number') from journal where kind='power.used' and json_extract(body,'\$.power')='$1'")" = "$2" ]
}
why_cancelled() { kiosk_sql "select json_extract(body,'\$.why') from journal where kind='application.cancelled' and json_extract(body,'\$.number')='$1'"; }

# --- a power of attorney for one time; the head's request is accepted with it, then another comes with the same one
power=$(next_number)
{
	begin en power
	printf 'wait "A3.1"\n'
	answers Астана "${ORGANISATION[1]}" "${ORGANISATION[0]}" "Астана, Достық көшесі 1"
	printf 'key Right Enter\n'
	answers "Сейітқалиев Дәурен Маратұлы" "1979, Көкшетау" "Көкшетау, Абай көшесі 5" 790412300171
	printf 'key Right\nkey Enter\n'
	answers "Жүнісова Гүлнар Өтегенқызы" 880625400234 - - - - - -
	CONSENTS=0 to_submit en none
	in_lang en result.paper
	n=$power printed en
} >"$WALK"
play "power of attorney"
PRESENTER=("$power" Жүнісова Гүлнар 880625400234)
FILLED=("${ORGANISATION[@]}" 790412300171 Сейітқалиев Дәурен Маратұлы Ақмола Көкшетау dauren@example.kz +77011112233 -)
QUESTIONS="Down Enter Enter Enter" paper en entity papers A2.2 "Space Down Space" "Up*2 Space Up Space" 790412300171 "$PIN" rutoken-kz-head
first=$n
check "used by the first" wait_until 20 used_by "$power" "$first"
FILLED=("${OTHER[@]}")
n=$(next_number)
{
	printf 'card pull\n'
	QUESTIONS="Down Enter Enter Enter" filled ru issue entity papers A2.2 "Space Down Space"
	in_lang ru result.at-desk
	printed ru
	desk_enter
	desk_open "$n"
	printf 'size 100x90\n'
	in_lang ru desk.power-used
	printf 'key End Up*2 Space\nkey Up*2 Space Up Space\nkey End Up Enter\n'
	in_lang ru desk.compare-again
	printf 'shot power-used\n'
	desk_decide
	in_lang ru desk.power-used
	printf 'expect-not "%s"\n' "$(said ru desk.accept)"
	printf 'key Home Space\nkey End Enter\n'
	in_lang ru title.desk-done
	desk_leave
} >"$WALK"
play "the same power of attorney again"
check "not accepted" equal "$(decided number) $(decided outcome)" "$n refused"
check "refused at the centre" at_centre "$n" refused
check "used once" equal "$(centre_sql "select count(*) from journal where kind='power.used'")" 1
PRESENTER=()

# --- an employee's request: without the head's word nothing is accepted; the head declines, and says why
n=$(next_number)
{
	QUESTIONS="Enter Down Enter Enter" filled kk issue entity papers A2.2 "Space Down*2 Space"
	in_lang kk result.confirming
	printed kk
	desk_enter
	desk_open "$n"
	in_lang ru desk.head-waiting
	desk_leave
	printf 'card insert rutoken-kz-head\n'
	begin en confirm
	printf 'wait "%s" 20s\ntype 1\n' "$(persona_value rutoken-kz-head serial)"
	in_lang en pin.label
	pin "$PIN"
	in_lang en pending.intro
	printf 'wait "%s"\ntype 1\n' "$n"
	in_lang en request.intro
	printf 'key End Enter\n'
	in_lang en request.decline-text
	printf 'key Down Enter\n' # no reason, no signature
	in_lang en form.required-missing
	printf 'key Home\ntype She works elsewhere\nshot decline\nkey Down Enter\n'
	in_lang en pin.label
	pin "$PIN"
	in_lang en pending.declined
	printf 'key End Enter\n'
	in_lang en title.leave
	printf 'card pull\n'
	see idle.choose
	by_number kk "$n"
	in_lang kk state.declined
	printf 'shot declined\nkey End Enter\n'
	desk_enter
	desk_open "$n"
	in_lang ru desk.head-no
	desk_leave
} >"$WALK"
play "the head declines"
check "declined at the centre" at_centre "$n" declined
check "the reason is in the record" equal "$(kiosk_sql "select json_extract(body,'\$.why') from journal where kind='head.decided' and json_extract(body,'\$.number')='$n'")" "She works elsewhere"
check "the head's signature was judged" equal "$(centre_sql "select json_extract(body,'\$.code') from journal where kind='application.verified' and body like '%\"what\":\"head\"%'")" 0

# --- by number: it waits, with the card in too; whose it is is asked before it is withdrawn
n=$(next_number)
{
	a1_papers
	printf 'card insert aigul\nsleep 1200ms\n'
	by_number en "$n"
	in_lang en state.at-desk
	printf 'expect-not "%s"\nshot waits\n' "$(said en status.continue)"
	printf 'key Home Down Enter\n'
	in_lang en status.proof
	printf 'type 940317450215\nkey Enter\n'
	in_lang en status.proof-wrong
	printf 'key Backspace*12\ntype %s\nkey Enter\n' "$IIN"
	in_lang en status.withdraw-text
	printf 'key Home Enter\n' # no
	in_lang en state.at-desk
	printf 'key Home Down Enter\n'
	in_lang en status.proof
	printf 'key Backspace*12\ntype %s\nkey Enter\n' "$IIN"
	in_lang en status.withdraw-yes
	printf 'key End Enter\n'
	in_lang en state.cancelled
	printf 'shot withdrawn\nkey End Enter\ncard pull\n'
	see idle.choose
} >"$WALK"
play "withdrawn by number"
check "withdrawn" equal "$(state_here "$n")" cancelled
check "by the person" equal "$(why_cancelled "$n")" person
check "at the centre" at_centre "$n" cancelled
check "nothing was done on the card" equal "$(kiosk_sql "select count(*) from journal where kind='chip.intent' and json_extract(body,'\$.number')='$n'")" 0

# --- corrected: its answers are on the form; the new one takes the place of the old one
old=$(next_number)
new=$(next_number 1)
{
	a1_papers
	by_number en "$old"
	printf 'key Home Enter\n'
	in_lang en status.proof
	printf 'type %s\nkey Enter\n' "$IIN"
	printf 'wait "A1.2"\nwait "Нұрланова"\nshot correct\n'
	printf 'key Down\nkey Backspace*12\ntype Сейітова\nkey Enter*8\n'
	to_submit en "Home Space"
	in_lang en title.result
	printf 'wait "%s" 20s\nkey Enter\n' "$new"
	see idle.choose
	by_number en "$old"
	in_lang en state.cancelled
	printf 'key End Enter\n'
} >"$WALK"
play "corrected by number"
check "the old one ended" equal "$(state_here "$old") $(why_cancelled "$old")" "cancelled edited"
check "the new one waits" equal "$(state_here "$new")" at-desk
check "with the new name" equal "$(kiosk_sql "select json_extract(j.value,'\$.value') from journal, json_each(body,'\$.answers') j where kind='application.submitted' and json_extract(body,'\$.number')='$new' and json_extract(j.value,'\$.field')='surname'")" Сейітова
check "and the same number of the person" equal "$(kiosk_sql "select json_extract(body,'\$.iin') from journal where kind='application.submitted' and json_extract(body,'\$.number')='$new'")" $IIN
check "at the centre: the old one" at_centre "$old" cancelled
check "at the centre: the new one" at_centre "$new" at-desk

chains_hold
say "$checks checks"
