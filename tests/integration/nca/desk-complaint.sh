#!/usr/bin/env bash
# NCA-11, NCA-12 through the real program: a complaint is handed in, registered at the desk with its number, who took it, when
# and where the answer is given (five working days, fifteen for disagreement with the result), printed twice, executed,
# answered; its state is visible by its number at any kiosk.
. "$(dirname "$0")/desk-lib.sh"
stage_up
desk_ready
token pull >/dev/null
# complaint MATTER: of a person, about what the list's MATTER-th line says
complaint() {
	begin en complaint
	in_lang en nca.q.matter
	printf 'key Home Space\nkey Home Down*%s Space\nkey End Enter\nwait "C1.2"\n' $(($1 + 1))
	answers Нұрланова Айгүл - "Қонаев, Жамбыл көшесі, 12" - "Кезекте екі сағат күттім, ешкім қабылдамады."
	printf 'key Enter Right Enter\n'
	printf 'key End Enter\n'
	in_lang en title.review
	printf 'key End Enter\n'
	in_lang en title.result
	printf 'wait "%s" 20s\nkey Enter\n' "$(said en work.registered)"
	see idle.choose
}
{ complaint 1; } >"$WALK"
play "handed in"
N1=$(last_number)
{ complaint 4; } >"$WALK"
play "another, about the result"
N2=$(last_number)
# The state stands behind the number: the buttons name states too.
now_is() { printf 'wait "%s: %s" 20s\n' "$1" "$(said ru "complaint-state.$2")"; }
open_complaint() {
	in_lang ru desk.refresh
	printf 'type %s\nkey Enter\n' "$1"
	in_lang ru title.desk-complaint
}
{
	desk_enter
	open_complaint "$N1"
	in_lang ru complaint-state.delivered
	printf 'size 80x40\n'
	in_lang ru desk.complaint-court
	printf 'key End Up*2 Enter\n'
	now_is $N1 registered
	printf 'wait "%s-slip.pdf" 20s\nshot desk-complaint\n' "$N1"
	printf 'key Esc\n'
	open_complaint "$N1"
	now_is $N1 registered
	in_lang ru desk.complaint-due
	printf 'key End Up*4 Enter\n'
	now_is $N1 executed
	printf 'key End Up*2 Enter\n'
	now_is $N1 answered
	printf 'key Esc\n'
	open_complaint "$N2"
	printf 'key End Up*2 Enter\n'
	now_is $N2 registered
	printf 'size 80x24\n'
	desk_leave
} >"$WALK"
play "registered, executed, answered"
registered() { kiosk_sql "select json_extract(body,'\$.$2') from journal where kind='complaint.registered' and json_extract(body,'\$.number')='$1'"; }
due_of() { kiosk_date -d "@$(($(registered "$1" due_ms) / 1000))" "+${2:-%F}"; }
# By the calendar of the day and the hour at which it was registered: a day off is no working day.
due_in() { working_day "$2" "$(($(kiosk_sql "select time_ms from journal where kind='complaint.registered' and json_extract(body,'\$.number')='$1'") / 1000))"; }
check "who took it" equal "$(registered "$N1" staff_name)" "САДЫКОВА ГҮЛМИРА БАКЫТОВНА"
check "five working days" equal "$(due_of "$N1")" "$(due_in "$N1" 5)"
check "fifteen at the quality authority" equal "$(due_of "$N2")" "$(due_in "$N2" 15)"
check "states" equal "$(kiosk_sql "select group_concat(json_extract(body,'\$.state')) from journal where kind='complaint.state'")" "executed,answered"
check "slip" on_paper "$N1-slip.pdf" "$N1" "Нұрланова Айгүл" "САДЫКОВА ГҮЛМИРА БАКЫТОВНА" "$(due_of "$N1" %d.%m.%Y)" \
	"$(said en slip.complaint.stamp)" "$(said en desk.complaint-court)"
copies() { pdfinfo "$STAGE/receipts/$N1-slip.pdf" | sed -n 's/^Pages: *//p'; }
check "two copies" test "$(copies)" -ge 2
# --- by its number, at any kiosk
{
	begin en status
	in_lang en status.number
	printf 'type %s\nkey Enter\n' "$N2"
	in_lang en complaint-state.registered
	printf 'key F10\ntype 2\n'
} >"$WALK"
play "its state by its number"
chains_hold
check "no complaint in the log" not grep -q "екі сағат" "$STAGE/kiosk.log"
say "$checks checks"
