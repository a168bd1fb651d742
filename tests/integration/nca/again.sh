#!/bin/bash
# NCA-9.again, NCA-role: a second request by signature gives the same right again and no other. Through the real program with a
# GOST key on a token: an employee asks to be head, is refused by name on the screen, and the keys that were made are taken off the token again.
# shellcheck disable=SC2154,SC2034  # names shared with lib.sh
. "$(dirname "$0")/lib.sh"
openssl engine gost >/dev/null 2>&1 || { echo "skipped: OpenSSL has no GOST engine" >&2; exit 77; }
stage_up
desk_ready
JOINT_PIN=$(persona_value rutoken-kz-joint user_pin) JOINT_SERIAL=$(persona_value rutoken-kz-joint serial)
FILLED=(151041000770 "«Бірлестік» БК" 910303500317 Қанапиянов Әлібек Серікұлы Жамбыл Тараз alibek@example.kz +77022223344 -)
QUESTIONS=Enter paper en joint papers A2.2 "Space Down Space" "Up Space Up Space" 910303500317 "$JOINT_PIN" rutoken-kz-joint
certificate "as employee" "$n" sign IIN910303500317 BIN151041000770 1.2.398.3.3.4.1.2.5
issued() { sqlite3 -batch "$STAGE/centre/ca.db" "select count(*) from issued where number = '$1'"; }

n=$(next_number)
{
	begin en issue joint signature
	in_lang en title.questions
	printf 'key Down Enter\n' # first head
	printf 'wait "%s" 20s\ntype 1\nwait "A2.5" 20s\n' "$JOINT_SERIAL"
	answers Қанапиянов Әлібек Серікұлы Жамбыл Тараз alibek@example.kz +77022223344 -
	to_submit en
	in_lang en pin.sign
	in_lang en pin.label
	pin "$JOINT_PIN"
	in_lang en title.refused 60s
	in_lang en error.role-beyond
	in_lang en mend.role-beyond
	printf 'wait "%s"\nshot refused\nkey Enter\n' "$n"
	in_lang en idle.choose
} >"$WALK"
play "an employee who asks to be head"
check "refused here" equal "$(kiosk_sql "select state || ' ' || code from application where number='$n'")" "refused 426"
check "refused at the centre" in_replica "$n" refused
check "its keys were made, and removed again" equal "$(steps_done "$n")" generate,generate,undo
check "what was signed holds them" signed_keys "$n"
check "nothing was issued" equal "$(issued "$n")" 0

# --- the same right again
FILLED=(Қанапиянов Әлібек Серікұлы Жамбыл Тараз alibek@example.kz +77022223344 -)
QUESTIONS=Enter signed ru joint "$JOINT_SERIAL" A2.5 "$JOINT_PIN"
certificate "employee again" "$n" sign IIN910303500317 BIN151041000770 1.2.398.3.3.4.1.2.5
check "and no other role" sh -c "! grep -q '1\.2\.398\.3\.3\.4\.1\.2\.[1-4]' '$STAGE/x509.txt'"
echo "$checks checks"
