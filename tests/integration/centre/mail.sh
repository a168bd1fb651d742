#!/bin/bash
# Notices by e-mail through a real SMTP server (aiosmtpd): sent once, in the person's language; server down, 4xx, 5xx,
# a centre killed at each point of a conversation, a replica restored; addresses that would be more than an address.
# NCA-9.mail. Servers with TLS and login: mail-tls.sh; killed at random: mail-kill.sh.
# usage: mail.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: mail.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../lib/centre.sh"
. "$here/mail-lib.sh"

# --- settings that cannot be right end the start
bad_start() { # WHAT FLAGS…
	local what=$1
	shift
	check "$what" sh -c '! timeout 20 "$@" 2>"$0"' "$work/bad.err" "$bin/tamga-centre" --data "$work/bad" --listen 127.0.0.1:0 \
		--screens "$screens" --locale "$build/locale" "$@"
	check "$what: said" grep -q 'T-105' "$work/bad.err"
}
bad_start "not SMTP" --smtp http://127.0.0.1/ --mail-from a@b.kz
bad_start "a login in the URL" --smtp smtp://me:secret@127.0.0.1 --mail-from a@b.kz
bad_start "no sender" --smtp smtp://127.0.0.1
bad_start "a sender with a line end" --smtp smtp://127.0.0.1 --mail-from $'a@b.kz\r\nBcc: c@d.kz'

# --- sent, once, in the person's language
smtp_start
mail_centre
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
submit K1AA-0001 kk aigul@mail.kz
submit K1AA-0002 ky bakyt@mail.kg
submit K1AA-0003 ru ivan@mail.kz '"promised_ms":1795177800000'
submit K1AA-0004 en ann@mail.kz
submit K1AA-0005 kk 'айгүл@mail.kz'
submit K1AA-0006 kk 'info@ұко.қаз'
agent_start K01A-1
check "a notice of acceptance goes" wait_for 15 got_is aigul@mail.kz 1
check "recorded in the centre's own stream" wait_for 5 done_is K1AA-0001 accepted 0
check "subject in Kazakh" same "$(read_mail aigul@mail.kz subject)" "K1AA-0001 өтінішіңіз қабылданды"
check "text in Kazakh" sh -c "echo '$(read_mail aigul@mail.kz text)' | grep -q 'K1AA-0001 нөмірлі өтінішіңіз қабылданды'"
wait_for 10 done_is K1AA-0006 accepted 0
check "subject in Kyrgyz" same "$(read_mail bakyt@mail.kg subject)" "K1AA-0002 арызыңыз кабыл алынды"
check "subject in Russian" same "$(read_mail ivan@mail.kz subject)" "Ваше заявление K1AA-0003 принято"
check "subject in English" same "$(read_mail ann@mail.kz subject)" "Your application K1AA-0004 has been accepted"
check "the promised time, of the provider's place" sh -c "echo '$(read_mail ivan@mail.kz text)' | grep -q '20.11.2026 17:30'"
check "a training centre says so" sh -c "echo '$(read_mail ivan@mail.kz text)' | grep -q 'УЧЕБНЫЙ РЕЖИМ'"
check "the sender" same "$(read_mail ann@mail.kz from | sed 's/.*<//')" "notices@centre.example>"
check "Message-ID of number and event" same "$(read_mail ann@mail.kz message-id)" "<tamga.K1AA-0004.accepted@centre.example>"
check "lines as RFC 5322 wants them" sh -c "! awk 'length > 998 || !/\r\$/' '$box'/1.eml | grep -q ."
check "IDN: the domain in A-labels" same "$(got info@xn--j1ai75a.xn--80ao21a)" 1
check "a local part that SMTP does not take without extensions: by name" wait_for 5 done_is K1AA-0005 accepted 112
check "no address of anybody in the log" sh -c "! grep -qE '@mail|aigul|айгүл' '$work/centre.err'"
check "nothing was sent twice" same "$(ls "$box"/*.eml | wc -l)" 5
deliver K1AA-0001
check "delivered: another notice" wait_for 10 done_is K1AA-0001 delivered 0
check "two messages by now" same "$(got aigul@mail.kz)" 2

# --- what asks for none
"$tool" append "$work/K01A-1.db" K01A-1 application.submitted '{"number":"K1AA-0012","provider":"kz-nca","service":"issue","form":"nca-a1",
	"language":"kk","answers":[{"field":"email","number":"A1.8","value":"silent@mail.kz","by":"person"}],"consents":["policy"]}'
submit K1AA-0013 kk desk@mail.kz '"proof":"desk","way":"papers"'
OPERATION=paper submit K1AA-0014 kk paper@mail.kz
# --- more than an address
submit K1AA-0021 kk 'evil@mail.kz\r\nBcc: other@mail.kz'
submit K1AA-0022 kk 'evil@mail.kz> SIZE=1'
submit K1AA-0023 kk 'evil@mail.kz,other@mail.kz'
submit K1AA-0024 kk '\"evil\"@mail.kz'
submit K1AA-0026 kk 'evil@localhost'
submit K1AA-0027 ru fine@mail.kz
check "after all of them comes one that is fine" wait_for 15 done_is K1AA-0027 accepted 0
for n in 21 22 23 24 26; do check "address of K1AA-00$n is refused by name" done_is K1AA-00$n accepted 112; done
check "none of these went anywhere" sh -c "! grep -lE 'evil|other|silent|desk|paper' '$box'/*.to"
check "no row without consent, none before the desk decided" same \
	"$(sqlite3 -readonly "$work/c/office.db" "SELECT count(*) FROM mail WHERE number IN ('K1AA-0012', 'K1AA-0013', 'K1AA-0014')")" 0

# --- what the desk decides, when it may
decide() { # NUMBER OUTCOME GROUND
	"$tool" append "$work/K01A-1.db" K01A-1 desk.decided "{\"number\":\"$1\",\"staff\":\"5A\",\"outcome\":\"$2\",\"ground\":\"$3\",\"documents\":[]}"
}
desk='"proof":"desk","way":"papers"'
submit K1AA-0101 ru rogue@mail.kz "$desk"
decide K1AA-0101 refused court
submit K1AA-0102 ru fine2@mail.kz
wait_for 15 done_is K1AA-0102 accepted 0
check "a kiosk that may not decide writes to nobody" same "$(got rogue@mail.kz)" 0
"$bin/tamgactl" kiosk role K01A-1 field --data "$work/c" >/dev/null
submit K1AA-0103 ru refused@mail.kz "$desk"
decide K1AA-0103 refused court
check "a refusal by who may" wait_for 15 done_is K1AA-0103 refused 0
check "with its ground" sh -c "echo '$(read_mail refused@mail.kz text)' | grep -q 'Основание: '"
submit K1AA-0104 kk taken@mail.kz "$desk"
check "nothing before the desk has decided" same "$(got taken@mail.kz)" 0
decide K1AA-0104 accepted ''
check "accepted at the desk" wait_for 15 done_is K1AA-0104 accepted 0
submit K1AA-0105 en lacking@mail.kz "$desk"
decide K1AA-0105 not-accepted incomplete
check "the package is incomplete" wait_for 15 done_is K1AA-0105 not-accepted 0
check "said so" same "$(read_mail lacking@mail.kz subject)" "Your application K1AA-0105 was not accepted: papers are missing"

# --- the server is down, then up
smtp_stop
submit K1AA-0031 ru down@mail.kz
check "it waits" wait_for 5 state_is K1AA-0031 accepted due
sleep 0.5
check "and is not given up" state_is K1AA-0031 accepted due
smtp_start
check "then it goes" wait_for 15 done_is K1AA-0031 accepted 0
check "once" got_is down@mail.kz 1

# --- 4xx then ok; 5xx
for kind in rcpt data; do
	mode $kind-4xx
	submit "K1AA-41$kind" ru "$kind-later@mail.kz"
	before=$(tries mail)
	check "$kind 4xx: tried again" wait_for 10 sh -c "[ \$(grep -c '^mail\$' '$box/log') -ge $((${before:-0} + 2)) ]"
	check "$kind 4xx: not given up" same "$(done_code "K1AA-41$kind" accepted)" ""
	mode ok
	check "$kind 4xx, then taken" wait_for 15 done_is "K1AA-41$kind" accepted 0
	check "$kind 4xx: once" got_is "$kind-later@mail.kz" 1
	mode $kind-5xx
	submit "K1AA-51$kind" ru "$kind-never@mail.kz"
	check "$kind 5xx: given up, recorded" wait_for 15 done_is "K1AA-51$kind" accepted 424
	check "$kind 5xx: not sent" got_is "$kind-never@mail.kz" 0
	mode ok
done
mode mail-5xx
submit K1AA-0061 ru sender@mail.kz
wait_for 5 state_is K1AA-0061 accepted due
sleep 0.5
check "a server that does not take the sender: the notice waits for whoever mends that" state_is K1AA-0061 accepted due
mode ok
check "and goes then" wait_for 15 done_is K1AA-0061 accepted 0

# --- the centre is killed
mode stall
submit K1AA-0071 ru early@mail.kz
check "under way" wait_for 10 state_is K1AA-0071 accepted sending
centre_kill KILL
mode ok
mail_centre
check "killed before the message was handed over: sent after all" wait_for 15 done_is K1AA-0071 accepted 0
check "once" got_is early@mail.kz 1
mode slow
submit K1AA-0072 ru late@mail.kz
check "the server took it and has not said so" wait_for 10 got_is late@mail.kz 1
centre_kill KILL
mode ok
mail_centre
check "killed between: recorded as unknown" wait_for 15 done_is K1AA-0072 accepted 109
sleep 0.5
check "never twice" got_is late@mail.kz 1
mode slow
submit K1AA-0073 ru stop@mail.kz
check "again taken and not said" wait_for 10 got_is stop@mail.kz 1
kill -TERM "$centre_pid"
sleep 0.3
mode ok
wait "$centre_pid"
mail_centre
check "ended by TERM in that moment: it waited for the answer" wait_for 10 done_is K1AA-0073 accepted 0
# After the answer and before the entry: as a crash there leaves the table.
centre_kill TERM
sqlite3 "$work/c/office.db" "UPDATE mail SET state = 'ended' WHERE number = 'K1AA-0073'; UPDATE mail SET state = 'ended', code = 0
	WHERE number = 'K1AA-0031'; DELETE FROM mail_seen"
sqlite3 "$work/c/office.db" "INSERT INTO mail VALUES ('K1AA-0099', 'accepted', 'ended', 1, 1, 1, 1, 0)"
taken=$(ls "$box"/*.eml | wc -l)
mail_centre
check "killed after the answer: recorded" wait_for 10 done_is K1AA-0099 accepted 0
check "what the journal knows is not recorded twice" same "$(done_code K1AA-0073 accepted) $(done_code K1AA-0031 accepted)" "0 0"
check "the file lost: nothing is sent again" sh -c "kill -TERM $centre_pid"
wait "$centre_pid" 2>/dev/null
rm -f "$work/c"/office.db*
mail_centre
submit K1AA-0081 ru after@mail.kz
check "a new notice after it" wait_for 15 done_is K1AA-0081 accepted 0
check "one more than before" same "$(ls "$box"/*.eml | wc -l)" $((taken + 1))
check "the replica is whole" "$bin/tamgactl" journal verify "$work/c/centre.db"

# --- the replica restored from before: kiosks send again what it lacks, people hear nothing twice
sqlite3 "$work/c/centre.db" ".backup '$work/backup.db'"
submit K1AA-0083 ru backup@mail.kz
check "sent after the backup" wait_for 15 done_is K1AA-0083 accepted 0
centre_kill KILL
rm -f "$work"/c/centre.db*
cp "$work/backup.db" "$work/c/centre.db"
mail_centre
submit K1AA-0084 ru restored@mail.kz
check "a new notice of the restored centre" wait_for 20 done_is K1AA-0084 accepted 0
check "the application came again" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM application WHERE number = 'K1AA-0083'")" 1
check "its notice did not" got_is backup@mail.kz 1
done_testing
