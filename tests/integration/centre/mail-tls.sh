#!/bin/bash
# Notices by e-mail: given up by the rule of days; servers with TLS, with a login, and another machine, to which nothing
# goes in the clear. NCA-9.mail.
# usage: mail-tls.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: mail-tls.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../lib/centre.sh"
. "$here/mail-lib.sh"

# --- TLS and login
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/s.key" -out "$work/s.crt" -days 9 -subj /CN=localhost \
	-addext 'subjectAltName=IP:127.0.0.1,DNS:localhost' 2>/dev/null
printf 'mailer\nvery secret\n' >"$work/login"
printf 'mailer\nnot it\n' >"$work/wrong-login"
smtp_start --tls "$work/s.crt" "$work/s.key" --login mailer 'very secret'
smtp_url=smtps://127.0.0.1:$port
mail_centre --smtp-user-file "$work/login"
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
agent_start K01A-1
submit K1AA-0091 ru tls@mail.kz
wait_for 5 state_is K1AA-0091 accepted due
sleep 0.5
check "a server that nobody vouches for gets nothing" same "$(got tls@mail.kz) $(done_code K1AA-0091 accepted)" "0 "
centre_kill TERM
mail_centre --smtp-ca "$work/s.crt" --smtp-user-file "$work/wrong-login"
sleep 0.7
check "a wrong password: it waits" same "$(got tls@mail.kz) $(done_code K1AA-0091 accepted)" "0 "
centre_kill TERM
mail_centre --smtp-ca "$work/s.crt" --smtp-user-file "$work/login"
check "TLS and login: it goes" wait_for 15 done_is K1AA-0091 accepted 0
check "no password in the log" sh -c "! grep -q 'very secret' '$work/centre.err'"
centre_kill TERM
smtp_stop
own=$(hostname -I 2>/dev/null | tr ' ' '\n' | grep -m1 '^[0-9.]*$')
if [ -n "$own" ]; then
	smtp_start --host "$own"
	smtp_url=smtp://$own:$port
	mail_centre
	submit K1AA-0092 ru plain@mail.kz
	wait_for 5 state_is K1AA-0092 accepted due
	sleep 0.5
	check "another machine without TLS: nothing is sent in the clear" same "$(got plain@mail.kz)" 0
	check "not even whose it is" same "$(grep -c 'plain@' "$box"/log)" 0
	centre_kill TERM
	smtp_stop
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/o.key" -out "$work/o.crt" -days 9 -subj /CN=own \
		-addext "subjectAltName=IP:$own" 2>/dev/null
	smtp_start --host "$own" --starttls "$work/o.crt" "$work/o.key"
	mail_centre --smtp-ca "$work/o.crt"
	check "with STARTTLS it goes" wait_for 15 done_is K1AA-0092 accepted 0
	centre_kill TERM
	smtp_stop
fi

# --- given up by the rule of days: the centre's clock a week ahead, which no centre goes back from
smtp_url=
echo 0 >"$work/clock"
mail_centre --clock-file "$work/clock" --mail-days 5
submit K1AA-0082 ru week@mail.kz
check "it waits" wait_for 5 state_is K1AA-0082 accepted due
echo $((6 * 86400 * 1000)) >"$work/clock"
check "six days later it is given up, with an entry" wait_for 15 done_is K1AA-0082 accepted 424
done_testing
