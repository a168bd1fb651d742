#!/usr/bin/env bash
# UBR-3 through the real program: an order leaves a telephone at the desk; who is not reached stays in the queue with how
# often that was; order and agreement are printed with the same answers; the state by number says what is waited for.
. "$(dirname "$0")/desk-lib.sh"
PROVIDER=kg-ubr
stage_up
desk_ready
PHONE=+996555123456
{
	kg_service en order
	printf 'wait "U1.2"\n'
	answers "${FIRM[0]}" "${FIRM[1]}" Ош "Төлөгөнов Нурланбек" $PHONE -
	kg_submit en 0
	in_lang en result.ordered
	in_lang en paper.where
	kg_done
} >"$WALK"
play "ordered"
N=$(last_number)
check "it waits for a call" at_centre "$N" at-desk
papers() { find "$STAGE/receipts" -name "$N-*.pdf" -printf '%f\n' | sort | tr '\n' ' '; }
check "order and agreement" equal "$(papers)" "$N-U1.pdf $N-U2.pdf "
for form in U1 U2; do
	text=$(pdftotext -layout "$STAGE/receipts/$N-$form.pdf" - | tr -s ' \n' ' ')
	check "$form: the organisation" grep -qF "Ош Жибек Жолу" <<<"$text"
	check "$form: its number" grep -qF "${FIRM[1]}" <<<"$text"
done
{
	kg_desk
	printf 'wait "%s"\nexpect "%s"\n' "$N" "$(said ru desk.callback)"
	kg_open "$N"
	in_lang ru title.desk-callback
	printf 'expect "%s"\nexpect "Төлөгөнов Нурланбек"\nshot desk-callback\n' $PHONE
	printf 'key End Up Enter\n' # not reached
	in_lang ru desk.find
	printf 'wait "%s 1"\n' "$(said ru desk.callback-again)"
	kg_open "$N"
	printf 'wait "%s 1"\n' "$(said ru desk.calls)"
	printf 'key End Up*2 Enter\n' # reached
	in_lang ru desk.find
	kg_leave
} >"$WALK"
play "called twice"
check "the order is ended" at_centre "$N" recorded
check "two calls" equal "$(kiosk_sql "select group_concat(json_extract(body,'\$.reached')) from journal where kind='callback.done'")" 0,1
{
	kg_service en status
	in_lang en status.number
	printf 'type %s\nkey Enter\n' "$N"
	in_lang en state.order.recorded
	printf 'key End Enter\n'
	see idle.choose
	kg_desk
	printf 'expect-not "%s"\n' "$N"
	kg_leave
} >"$WALK"
play "its state; nothing waits"
chains_hold
say "$checks checks"
