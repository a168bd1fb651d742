#!/bin/bash
# The desk asks what the registers of persons and entities say: imported files, and a service behind HTTPS with every way
# it can fail. NCA-9.check.
# usage: registers.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: registers.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../lib/centre.sh"
ctl=$bin/tamgactl
"$ctl" help 2>/dev/null | grep -q 'register import' || { echo "skipped: $ctl is not built with screens" >&2; exit 77; }
screens=$(cd "$here/../../../screens" && pwd)

url=127.0.0.1:0
office_centre() { centre_start "${url#https://}" --screens "$screens" --locale "$build/locale" "$@"; }
submit() { # NUMBER IIN SURNAME GIVEN PATRONYMIC
	"$tool" append "$work/K01A-1.db" K01A-1 application.submitted "{\"number\":\"$1\",\"provider\":\"kz-nca\",\"service\":\"issue\",
		\"operation\":\"issue\",\"proof\":\"desk\",\"kind\":\"individual\",\"form\":\"nca-a1\",\"language\":\"kk\",\"iin\":\"$2\",\"consents\":[],
		\"answers\":[{\"field\":\"iin\",\"value\":\"$2\"},{\"field\":\"surname\",\"value\":\"$3\"},
		{\"field\":\"given-name\",\"value\":\"$4\"},{\"field\":\"patronymic\",\"value\":\"$5\"}]}"
}
ask() { # NUMBER: {status source differs} of the first register; or the name of the refusal
	as K02B-1 -H 'Content-Type: application/json' --data "{\"number\":\"$1\"}" "$url/v1/ask/registers" >"$work/answer" 2>&1
	/usr/bin/python3 - "$work/answer" <<-'PY'
		import json, sys
		a = json.load(open(sys.argv[1]))
		r = a["registers"][0] if "registers" in a and a["registers"] else None
		print(f'{r["status"]} {r["name"]} {r["source"]} {",".join(r["differs"])}' if r else a.get("name", "nothing"))
	PY
}
refused() { # WHAT FILE-CONTENT LINE: an import that is not taken, and where
	printf '%b' "$2" >"$work/bad.txt"
	check "refused: $1" sh -c '! "$@" 2>"$0"' "$work/bad.err" "$ctl" register import persons "$work/bad.txt" --data "$work/c" --screens "$screens"
	check "refused at line $3: $1" grep -q "bad.txt:$3:" "$work/bad.err"
}

office_centre
enrol K01A-1 && enrol K02B-1 || { cat "$work/enrol.err"; exit 1; }
submit 0001-0000-0144 900101300017 СЕРІКОВА АЙГҮЛ БОЛАТҚЫЗЫ
submit 0001-0000-02MQ 900101300017 СЕРИКОВА АЙГҮЛ БОЛАТҚЫЗЫ
submit 0001-0000-0375 850505400028 ИВАНОВ ИВАН ''
agent_start K01A-1
wait_for 15 arrived K01A-1 3
check "a kiosk that is no desk is refused" same "$(ask 0001-0000-0144)" centre-refused
check "made a desk" "$ctl" kiosk role K02B-1 desk --data "$work/c"
check "a role that is none" sh -c "'$ctl' kiosk role K02B-1 boss --data '$work/c' 2>/dev/null; test \$? = 2"
check "nothing imported: the desk goes by paper" same "$(ask 0001-0000-0144)" "down persons  "

# --- files
iin=900101300017
good='{"key":"900101300017","surname":"Серікова","given-name":"Айгүл","patronymic":"Болатқызы"}\n'
refused "no JSON" '{"key":\n' 1
refused "no key" "$good"'{"surname":"A"}\n' 2
refused "a key that is no IIN" "$good\n"'{"key":"900101300018"}\n' 3
refused "a key twice" "$good$good" 2
refused "a fact that no form asks" "$good"'{"key":"850505400028","shoe":"42"}\n' 2
refused "a fact that is no text" '{"key":"850505400028","surname":5}\n' 1
refused "nothing" '' 1
refused "not UTF-8" 'key,surname\n850505400028,\xff\n' 1
refused "CSV: fewer cells" 'key,surname\n900101300017,A\n850505400028\n' 3
refused "CSV: more cells" 'key,surname\n900101300017,A,B\n' 2
refused "CSV: an open quotation mark" 'key,surname\n900101300017,"A\n\n' 2
refused "CSV: a column twice" 'key,surname,surname\n' 1
refused "CSV: a record over two lines, then a mistake" 'key,surname\n900101300017,"A\nB"\nx,y\n' 4
check "a register that no form asks" sh -c "! '$ctl' register import horses '$work/bad.txt' --data '$work/c' --screens '$screens' 2>/dev/null"
check "nothing of all that was taken" same "$("$ctl" register list --data "$work/c")" ""
printf '%b' "$good" >"$work/persons.jsonl"
check "JSON lines" "$ctl" register import persons "$work/persons.jsonl" --data "$work/c" --screens "$screens"
check "the same as the application" same "$(ask 0001-0000-0144)" "same persons persons.jsonl "
check "with the time of the import" sh -c "grep -q '\"time_ms\":$(date +%s | cut -c1-7)' '$work/answer'"
check "a letter differs: the field is named" same "$(ask 0001-0000-02MQ)" "other persons persons.jsonl surname"
check "not what stands there" sh -c "! grep -q Серікова '$work/answer'"
check "a person whom it does not know" same "$(ask 0001-0000-0375)" "none persons persons.jsonl "
printf '\xef\xbb\xbfsurname;key;given-name;patronymic;ended\r\n"Серікова";900101300017;Айгүл;"Болат""қызы";false\r\n\r\nИванов;850505400028;Иван;;true\r\n' >"$work/persons.csv"
check "CSV takes its place" "$ctl" register import persons "$work/persons.csv" --data "$work/c" --screens "$screens" --source "ЖТ МДБ 2026-11"
check "listed" sh -c "'$ctl' register list --data '$work/c' | grep -q '^persons .* 2 records .*ЖТ МДБ 2026-11'"
check "quotes are not letters" same "$(ask 0001-0000-0144)" "same persons ЖТ МДБ 2026-11 "
check "a person who died is not the same" same "$(ask 0001-0000-0375)" "other persons ЖТ МДБ 2026-11 "
check "the file is not open to others" same "$(stat -c %a "$work/c/office.db")" 600
check "no number that is none" same "$(ask 0001-0000-33CD)" not-found
check "no name in the log" sh -c "! grep -qi 'Серікова' '$work/centre.err'"

# --- HTTPS
mkdir "$work/reg"
for who in server client other; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$who.key" -out "$work/$who.crt" -days 9 \
		-subj "/CN=$who" -addext 'subjectAltName=IP:127.0.0.1' 2>/dev/null
done
echo ok >"$work/reg/mode"
/usr/bin/python3 "$here/register_server.py" "$work/reg" "$work/server.crt" "$work/server.key" "$work/client.crt" 2>"$work/reg.err" &
reg_pid=$!
extra_pids=$reg_pid
check "a register starts" wait_for 10 test -f "$work/reg/port"
reg=https://127.0.0.1:$(cat "$work/reg/port")
https_centre() { # CA CLIENT
	centre_kill TERM
	office_centre --register-url "$reg" --register-ca "$work/$1.crt" --register-cert "$work/$2.crt" --register-key "$work/$2.key" --register-ms 800
}
https_centre server client
check "HTTPS: the same" same "$(ask 0001-0000-0144)" "same persons ЖТ МДБ "
check "HTTPS: other" same "$(ask 0001-0000-02MQ)" "other persons ЖТ МДБ surname"
check "HTTPS: none" same "$(ask 0001-0000-0375)" "none persons ЖТ МДБ "
check "as the contract says" same "$(head -n 1 "$work/reg/asked")" '/v1/registers/persons {"key":"900101300017"}'
for mode in hang-up garbage not-json html huge error redirect wrong-types no-source; do
	echo $mode >"$work/reg/mode"
	check "$mode: down, by name" same "$(ask 0001-0000-0144 | cut -d' ' -f1)" down
done
echo ended >"$work/reg/mode"
check "ended" same "$(ask 0001-0000-0144)" "other persons ЖТ МДБ "
echo slow >"$work/reg/mode"
began=$(date +%s%N)
check "slow: down" same "$(ask 0001-0000-0144 | cut -d' ' -f1)" down
check "after the time that was allowed" test $((($(date +%s%N) - began) / 1000000)) -lt 2500
(ask 0001-0000-0144 >/dev/null) &
began=$(date +%s%N)
as K02B-1 -H 'Content-Type: application/json' --data '{"number":"0001-0000-0144"}' "$url/v1/ask/status" >"$work/status"
check "meanwhile others are answered" test $((($(date +%s%N) - began) / 1000000)) -lt 700
wait $!
echo ok >"$work/reg/mode"
check "well again" same "$(ask 0001-0000-0144 | cut -d' ' -f1)" same
https_centre other client
check "a server that nobody vouches for: down" same "$(ask 0001-0000-0144 | cut -d' ' -f1)" down
https_centre server other
check "a client that the register does not know: down" same "$(ask 0001-0000-0144 | cut -d' ' -f1)" down
kill "$reg_pid"
wait "$reg_pid" 2>/dev/null
extra_pids=
check "gone: down" same "$(ask 0001-0000-0144 | cut -d' ' -f1)" down
check "no name and no number of a person in the log" sh -c "! grep -qE 'Серікова|900101300017' '$work/centre.err'"
centre_kill TERM
# The rules of erasure are not screens: without them no centre starts.
mkdir "$work/no-screens" && cp "$screens/retention.yaml" "$work/no-screens"
office_centre --screens "$work/no-screens"
check "without screens the centre runs, and registers are down by name" same "$(ask 0001-0000-0144)" register-down
check "plain HTTP is not taken" sh -c "! timeout 10 '$bin/tamga-centre' --data '$work/x' --listen 127.0.0.1:0 --screens '$screens' \
	--register-url http://127.0.0.1/ 2>&1 | grep -q ^ready"
done_testing
