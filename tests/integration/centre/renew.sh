#!/bin/bash
# Certificates are renewed before they end, without a hand: the kiosk's by the agent, the centre's own while it runs.
# Killed at each step, the kiosk has a pair that works. Whether it is time for that the programs see by a clock that is set
# forward here; TLS goes by the machine's own, by which nothing ends but where the test waits for it. C-2.
# usage: renew.sh BUILD-DIRECTORY [own|ends|steps|kills]   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: renew.sh BUILD-DIRECTORY [PART]}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl
print_of() { openssl x509 -in "$1" -noout -fingerprint -sha256; }
changed() { [ "$(print_of "$1")" != "$2" ]; }
pair() { # CERTIFICATE KEY
	[ "$(openssl x509 -in "$1" -noout -pubkey)" = "$(openssl pkey -in "$2" -pubout)" ]
}
who() { http_of --cert "$1/kiosk.crt" --key "$1/kiosk.key" "$url/v1/high-water"; }
good() { [ "$(who "$1")" = 200 ]; }
refused() { [ "$(who "$1")" = 403 ]; }
certificates() { sqlite3 -readonly "$work/c/ca.db" "SELECT count(*) FROM kiosk_certificates WHERE kiosk = '$1' AND replaced = 0"; }
known() { "$ctl" kiosk "$1" "$2" --data "$work/c" --out "$work/$2.line" >/dev/null 2>&1; }
let_in() { "$bin/tamga-agent" --enrol --out "$work/$1" --secret-file "$work/$1.line" >/dev/null; }
ready() { grep -q 'ready at the local socket' "$work/$1.err"; }

# All that the kiosk wrote, with what its agent adds.
all_there() {
	local head
	head=$(sqlite3 -readonly "$work/$1.db" "SELECT max(seq) FROM journal WHERE kiosk = '$1'") && [ "$head" -ge "$2" ] && arrived "$1" "$head"
}

[ $# -ge 2 ] || side_by_side own ends steps kills

own() {
	# --- what the centre shows
	shown() { openssl s_client -connect "${url#https://}" -CAfile "$work/c/channel-ca.pem" -verify_return_error </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256; }
	other_shown() { local now; now=$(shown) && [ -n "$now" ] && [ "$now" != "$1" ]; }
	centre_start 127.0.0.1:0 --tls-seconds 12
	first=$(shown)
	check "the centre shows a certificate" test -n "$first"
	check "and another one, before that ends, while it runs" wait_for 30 other_shown "$first"
}

ends() {
	# --- the kiosk's
	echo 0 >"$work/clock"
	centre_start 127.0.0.1:0 --kiosk-seconds 3600 --clock-file "$work/clock"
	enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
	first=$(print_of "$work/K01A-1/kiosk.crt")
	fill K01A-1 3
	agent_start K01A-1 --clock-file "$work/clock"
	check "entries arrive" wait_for 20 all_there K01A-1 3
	echo 2300000 >"$work/clock"
	for n in 4 5; do fill K01A-1 1 && wait_for 20 all_there K01A-1 $n; done
	check "nothing is renewed while more than a third is left" same "$(print_of "$work/K01A-1/kiosk.crt") $(find "$work/K01A-1" -name '*.next' | wc -l)" "$first 0"
	echo 2500000 >"$work/clock"
	check "the agent renews by itself" wait_for 20 changed "$work/K01A-1/kiosk.crt" "$first"
	check "with a new key that fits" pair "$work/K01A-1/kiosk.crt" "$work/K01A-1/kiosk.key"
	check "no part of it is left behind" sh -c '! ls "$1" | grep -E "next|got|new"' - "$work/K01A-1"
	fill K01A-1 1
	check "entries arrive with it, on a new connection" wait_for 20 all_there K01A-1 6
	check "the one before has ended" wait_for 10 eval '[ "$(certificates K01A-1)" = 1 ]'
	check "the journal has it" wait_for 15 eval "sqlite3 -readonly '$work/c/centre.db' \"SELECT body FROM journal WHERE kind = 'kiosk.renewed'\" | grep -q K01A-1"
	agent_kill K01A-1 TERM
	centre_kill TERM

	# --- K02B-1 was not switched on until its time was over
	centre_again --kiosk-seconds 2
	enrol K02B-1
	centre_kill TERM
	centre_again --kiosk-seconds 3600
	check "its time is over" wait_for 10 refused "$work/K02B-1"
	check "it is refused by name" grep -q '"name":"channel-expired"' "$work/body"
	curl -sS --max-time 20 --cacert "$work/c/channel-ca.pem" --cert "$work/K02B-1/kiosk.crt" --key "$work/K02B-1/kiosk.key" \
		-H 'Content-Type: application/json' --data '{"csr":"00","key_in":"file"}' "$url/v1/renew" >"$work/body"
	check "renewal too" grep -q '"name":"channel-expired"' "$work/body"
	fill K02B-1 2
	agent_start K02B-1
	check "the agent says what it is" wait_for 20 grep -q 'not renewed.*channel-expired\|channel-expired.*not renewed' "$work/K02B-1.err"
	check "and asks for no certificate" sh -c '! ls "$1" | grep -E "next|got"' - "$work/K02B-1"
	agent_kill K02B-1 TERM
	known replace K02B-1
	check "a technician's line brings it back" let_in K02B-1
	agent_start K02B-1
	check "and what waited is sent" wait_for 20 all_there K02B-1 2
	agent_kill K02B-1 KILL
}

steps() {
	# --- killed at each step: what stands in the directory after each, made by hand from a renewal that was done by curl
	centre_start 127.0.0.1:0 --kiosk-seconds 3600
	known add K03C-1
	let_in K03C-1
	good "$work/K03C-1"
	ask_renewal() { # DIRECTORY: answer in $work/answer
		openssl ecparam -name prime256v1 -genkey -noout 2>/dev/null | openssl pkcs8 -topk8 -nocrypt -out "$1/kiosk.key.next"
		openssl req -new -key "$1/kiosk.key.next" -subj /CN=K03C-1 -outform DER -out "$work/csr"
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
		: >"$work/K04.err"
		agent_start K04 --kiosk K03C-1
		wait_for 20 ready K04
		check "$what: it works" wait_for 20 good "$work/K04"
		check "$what: the pair fits" pair "$work/K04/kiosk.crt" "$work/K04/kiosk.key"
		agent_kill K04 KILL
	}
	fill K03C-1 1
	settled "killed after the key was made" true
	settled "killed before the answer was looked at" sh -c "cp '$work/once' kiosk.crt.got"
	settled "killed with a broken answer" sh -c "head -c 300 '$work/once' >kiosk.crt.got"
	# Files are written beside their place first: these are no part of a renewal.
	settled "killed in the middle of a file" sh -c "head -c 300 '$work/once' >kiosk.crt.new; head -c 50 kiosk.key >kiosk.key.new"
	check "until now the present one worked" same "$(certificates K03C-1)" 2
	settled "killed when the answer was good" sh -c "cp '$work/once' kiosk.crt.next"
	check "the new certificate is in its place" cmp "$work/K04/kiosk.crt" "$work/once"
	cp -r "$work/K04" "$work/renewed"
	settled "killed between key and certificate" sh -c "cp '$work/once' kiosk.crt.next && mv kiosk.key.next kiosk.key"
	check "the new certificate is in its place" cmp "$work/K04/kiosk.crt" "$work/once"
	check "and the old one has ended" wait_for 10 refused "$work/K03C-1"
}

kills() {
	# --- real kills: of the agent at each write of a renewal, which is made at each of its starts here
	killer_make
	centre_start 127.0.0.1:0 --kiosk-seconds 3600
	agent_extra='renew_days: 1'
	known add K01A-1
	let_in K01A-1
	fill K01A-1 1
	gone() { ! kill -0 "${agent_pid[K01A-1]}" 2>/dev/null; }
	renewed() { grep -q 'the channel certificate was renewed' "$work/K01A-1.err"; }
	gone_or_renewed() { gone || renewed; }
	killed=0
	while [ $killed -lt 30 ]; do
		: >"$work/K01A-1.err"
		LD_PRELOAD=$killer TG_KILL_UNDER=$work/K01A-1 TG_KILL_AT_SYNC=$((killed + 1)) ASAN_OPTIONS=detect_leaks=0 agent_start K01A-1
		wait_for 20 gone_or_renewed
		renewed && break
		agent_kill K01A-1 KILL 2>/dev/null
		killed=$((killed + 1))
		agent_start K01A-1
		wait_for 20 renewed || break
		agent_kill K01A-1 KILL 2>/dev/null
	done
	agent_kill K01A-1 KILL 2>/dev/null
	# A key, an answer, the channel CAs: each a file and its folder; then three moves.
	check "killed at each of its $killed writes, the next start renews" same $killed 9
	check "with a pair that fits" pair "$work/K01A-1/kiosk.crt" "$work/K01A-1/kiosk.key"
	check "which works" good "$work/K01A-1"
	# And of the centre, wherever it is.
	for _ in 1 2 3; do
		fill K01A-1 1
		agent_start K01A-1
		sleep "0.$((RANDOM % 9))"
		centre_kill KILL
		agent_kill K01A-1 KILL
		centre_again --kiosk-seconds 3600
	done
	: >"$work/K01A-1.err"
	agent_start K01A-1
	check "after the centre's kills everything arrives" wait_for 25 all_there K01A-1 4
	check "and it is renewed" wait_for 20 grep -q 'the channel certificate was renewed' "$work/K01A-1.err"
	agent_kill K01A-1 TERM

	# --- a kiosk that was disabled is not renewed
	"$ctl" kiosk disable K01A-1 --data "$work/c" >/dev/null
	now=$(print_of "$work/K01A-1/kiosk.crt")
	wait_for 10 refused "$work/K01A-1"
	: >"$work/K01A-1.err"
	agent_start K01A-1
	check "a kiosk that was disabled is told so" wait_for 20 grep -q 'not renewed.*kiosk-unknown\|kiosk-unknown.*not renewed' "$work/K01A-1.err"
	check "and gets no other certificate" same "$(print_of "$work/K01A-1/kiosk.crt")" "$now"
}

"$2"
done_testing
