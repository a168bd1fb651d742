#!/bin/bash
# Certificates are renewed before they end, without a hand: the kiosk's by the agent, the centre's own while it runs.
# Killed at each step, the kiosk has a pair that works. Certificates live for seconds here, by the machine's real clock:
# nothing is shifted. C-2.
# usage: renew.sh BUILD-DIRECTORY [ends|steps|kills]   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: renew.sh BUILD-DIRECTORY [PART]}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl
life=18 # seconds: renewed when less than 6 are left
print_of() { openssl x509 -in "$1" -noout -fingerprint -sha256; }
changed() { [ "$(print_of "$1")" != "$2" ]; }
pair() { # CERTIFICATE KEY
	[ "$(openssl x509 -in "$1" -noout -pubkey)" = "$(openssl pkey -in "$2" -pubout)" ]
}
who() { http_of --cert "$1/kiosk.crt" --key "$1/kiosk.key" "$url/v1/high-water"; }
good() { [ "$(who "$1")" = 200 ]; }
certificates() { sqlite3 -readonly "$work/c/ca.db" "SELECT count(*) FROM kiosk_certificates WHERE kiosk = '$1' AND replaced = 0"; }
shown() { openssl s_client -connect "${url#https://}" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256; }
other_shown() { local now; now=$(shown) && [ -n "$now" ] && [ "$now" != "$1" ]; }

# All that the kiosk wrote, with what its agent adds.
all_there() {
	local head
	head=$(sqlite3 -readonly "$work/$1.db" "SELECT max(seq) FROM journal WHERE kiosk = '$1'") && [ "$head" -ge "$2" ] && arrived "$1" "$head"
}

[ $# -ge 2 ] || side_by_side ends steps kills

ends() {
	# --- the centre's own certificate and the kiosks'
	centre_start 127.0.0.1:0 --kiosk-seconds $life --tls-seconds $life
	own=$(shown)
	for k in K01A-1 K02B-1; do enrol $k || { cat "$work/enrol.err"; exit 1; }; done
	first=$(print_of "$work/K01A-1/kiosk.crt")
	fill K01A-1 3
	agent_start K01A-1
	check "entries arrive" wait_for 20 all_there K01A-1 3
	check "nothing is renewed while there is time" sh -c '! [ -e "$1/kiosk.key.new" ]' - "$work/K01A-1"
	check "the agent renews by itself" wait_for 40 changed "$work/K01A-1/kiosk.crt" "$first"
	check "with a new key that fits" pair "$work/K01A-1/kiosk.crt" "$work/K01A-1/kiosk.key"
	check "no part of it is left behind" sh -c '! ls "$1"/*.new "$1"/*.got 2>/dev/null | grep .' - "$work/K01A-1"
	check "the centre showed another certificate of its own meanwhile" wait_for 25 other_shown "$own"
	fill K01A-1 2
	check "entries arrive with it, on a new connection" wait_for 20 all_there K01A-1 5
	check "the one before has ended" wait_for 10 eval '[ "$(certificates K01A-1)" = 1 ]'
	check "the journal has it" wait_for 15 eval "sqlite3 -readonly '$work/c/centre.db' \"SELECT body FROM journal WHERE kind = 'kiosk.renewed'\" | grep -q K01A-1"
	agent_kill K01A-1 TERM

	# --- K02B-1 was never switched on: its time is over
	check "its time is over" wait_for 40 eval '[ "$(who "$work/K02B-1")" = 403 ]'
	check "it is refused by name" grep -q '"name":"channel-expired"' "$work/body"
	curl -sS --max-time 20 --cacert "$work/c/channel-ca.pem" --cert "$work/K02B-1/kiosk.crt" --key "$work/K02B-1/kiosk.key" \
		-H 'Content-Type: application/json' --data '{"csr":"00","key_in":"file"}' "$url/v1/renew" >"$work/body"
	check "renewal too" grep -q '"name":"channel-expired"' "$work/body"
	fill K02B-1 2
	agent_start K02B-1
	check "the agent says what it is" wait_for 20 grep -q channel-expired "$work/K02B-1.err"
	check "and asks for no certificate" sh -c '! [ -e "$1/kiosk.crt.new" ] && ! [ -e "$1/kiosk.key.new" ]' - "$work/K02B-1"
	agent_kill K02B-1 TERM
	"$ctl" kiosk replace K02B-1 --data "$work/c" --out "$work/line" >/dev/null 2>&1
	check "a technician's line brings it back" "$bin/tamga-agent" --enrol --out "$work/K02B-1" --secret-file "$work/line"
	agent_start K02B-1
	check "and what waited is sent" wait_for 20 all_there K02B-1 2
	agent_kill K02B-1 KILL
}

steps() {
	# --- killed at each step: what stands in the directory after each, made by hand from a renewal that was done by curl
	centre_start 127.0.0.1:0 --kiosk-seconds 3600
	"$ctl" kiosk add K03C-1 --data "$work/c" --out "$work/line3" >/dev/null 2>&1
	"$bin/tamga-agent" --enrol --out "$work/K03C-1" --secret-file "$work/line3" >/dev/null
	good "$work/K03C-1"
	ask_renewal() { # DIRECTORY: answer in $work/answer
		openssl ecparam -name prime256v1 -genkey -noout 2>/dev/null | openssl pkcs8 -topk8 -nocrypt -out "$1/kiosk.key.new"
		openssl req -new -key "$1/kiosk.key.new" -subj /CN=K03C-1 -outform DER -out "$work/csr"
		post_renewal "$1"
	}
	post_renewal() {
		printf '{"csr":"%s","key_in":"file"}' "$(xxd -p "$work/csr" | tr -d '\n')" >"$work/renewal"
		http_of --cert "$1/kiosk.crt" --key "$1/kiosk.key" -H 'Content-Type: application/json' --data-binary "@$work/renewal" "$url/v1/renew"
		/usr/bin/python3 -c "import json,sys; sys.stdout.write(json.load(open('$work/body')).get('certificate', ''))" >"$work/answer" 2>/dev/null
	}
	check "a renewal by curl" same "$(ask_renewal "$work/K03C-1")" 200
	cp "$work/answer" "$work/once"
	check "asked for again with the same key, it is the same" sh -c '[ "$1" = 200 ] && cmp "$2" "$3"' - "$(post_renewal "$work/K03C-1")" "$work/once" "$work/answer"
	check "the present one still works" good "$work/K03C-1"
	settled() { # WHAT FILES-ARE-MADE-BY…: an agent starts on the directory
		local what=$1
		shift
		rm -rf "$work/K04" && cp -r "$work/K03C-1" "$work/K04"
		(cd "$work/K04" && "$@")
		cp "$work/K03C-1.db" "$work/K04.db" 2>/dev/null
		agent_start K04 --kiosk K03C-1
		check "$what: it works" wait_for 20 good "$work/K04"
		check "$what: the pair fits" wait_for 10 pair "$work/K04/kiosk.crt" "$work/K04/kiosk.key"
		agent_kill K04 KILL
	}
	fill K03C-1 1
	settled "killed after the key was made" true
	settled "killed before the answer was looked at" sh -c "cp '$work/once' kiosk.crt.got"
	settled "killed with a broken answer" sh -c "head -c 300 '$work/once' >kiosk.crt.got"
	check "until now the present one worked" same "$(certificates K03C-1)" 2
	settled "killed when the answer was good" sh -c "cp '$work/once' kiosk.crt.new"
	check "the new certificate is in its place" cmp "$work/K04/kiosk.crt" "$work/once"
	cp -r "$work/K04" "$work/renewed"
	settled "killed between key and certificate" sh -c "cp '$work/once' kiosk.crt.new && mv kiosk.key.new kiosk.key"
	check "the new certificate is in its place" cmp "$work/K04/kiosk.crt" "$work/once"
	check "and the old one has ended" same "$(who "$work/K03C-1")" 403
}

kills() {
	# --- real kills: agent and centre again and again while certificates are renewed every three seconds, long before need
	centre_start 127.0.0.1:0 --kiosk-seconds 60
	agent_extra='renew_days: 1'
	"$ctl" kiosk add K01A-1 --data "$work/c" --out "$work/line1" >/dev/null 2>&1
	"$bin/tamga-agent" --enrol --out "$work/K01A-1" --secret-file "$work/line1" >/dev/null
	for round in 1 2 3 4; do
		fill K01A-1 1
		agent_start K01A-1
		sleep "$((2 + round % 3)).$((RANDOM % 10))"
		if [ $((round % 2)) = 0 ]; then
			centre_kill KILL
			agent_kill K01A-1 KILL
			centre_again --kiosk-seconds 60
		else
			agent_kill K01A-1 KILL
		fi
	done
	fill K01A-1 1
	agent_start K01A-1
	check "after four kills everything arrives" wait_for 25 all_there K01A-1 5
	renewals=$(sqlite3 -readonly "$work/c/ca.db" "SELECT count(*) FROM kiosk_certificates WHERE kiosk = 'K01A-1'")
	check "and it was renewed meanwhile" test "$renewals" -ge 4

	# --- a kiosk that was disabled is not renewed
	"$ctl" kiosk disable K01A-1 --data "$work/c" >/dev/null
	sleep 1
	now=$(print_of "$work/K01A-1/kiosk.crt")
	check "the agent is told so" wait_for 20 grep -q kiosk-unknown "$work/K01A-1.err"
	sleep 4
	check "and gets no other certificate" same "$(print_of "$work/K01A-1/kiosk.crt")" "$now"
}

"$2"
done_testing
