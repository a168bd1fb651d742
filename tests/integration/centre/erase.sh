#!/bin/bash
# Personal data goes by order and by rule, at the centre and at the kiosk; chains, states and reports stay. Killed at
# each sync point the erasure is completed by the next. C-8, K-8, K-15.
# usage: erase.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: erase.sh BUILD-DIRECTORY}
top=$(cd "$(dirname "$0")/../../.." && pwd)
. "$top/tests/lib/centre.sh"
ctl=$bin/tamgactl
[ -x "$ctl" ] || { echo "skipped: tamgactl is not built" >&2; exit 77; }
day=86400000

cp -r "$top/screens" "$work/screens"
cat >"$work/screens/retention.yaml" <<'YAML'
kiosk_min_days: 1
idle_days: 6
rules:
  - id: short
    records: [personal]
    centre_days: 4
    kiosk_days: 2
YAML
echo 0 >"$work/clock"
agent_extra="retention: $work/screens/retention.yaml
clock_file: $work/clock"
start() { # FUNCTION
	"$1" "${@:2}" --clock-file "$work/clock" --screens "$work/screens"
}

number() { # COUNTER
	"$ctl" number new --kiosk-no 1 --counter "$1"
}
entry() { # KIND BODY
	"$tool" append "$work/K01A-1.db" K01A-1 "$1" "$2" || exit 1
}
submitted() { # NUMBER WORD IIN
	entry application.submitted "{\"number\":\"$1\",\"provider\":\"kz-nca\",\"service\":\"issue\",\"form\":\"nca-a2\",
		\"iin\":\"$3\",\"answers\":[{\"field\":\"surname\",\"value\":\"$2\"}],\"carrier\":{\"name\":\"t\",\"serial\":\"S1\"}}"
}
delivered() { # NUMBER WORD IIN
	submitted "$1" "$2" "$3"
	entry chip.intent "{\"number\":\"$1\",\"serial\":\"S1\",\"step\":\"generate\",\"key\":\"sign\"}"
	entry chip.done "{\"number\":\"$1\",\"serial\":\"S1\",\"step\":\"generate\",\"key\":\"sign\",\"code\":0,\"spki\":\"$2\"}"
	entry application.delivered "{\"number\":\"$1\",\"certificates\":[]}"
}
in_files() { # WORD FILES…
	cat "${@:2}" 2>/dev/null | grep -qaF "$1"
}
at_centre() {
	in_files "$1" "$work"/c/centre.db* "$work"/c/segments/*
}
at_kiosk() {
	in_files "$1" "$work"/K01A-1.db*
}
not() {
	! "$@"
}
whole() { # DATABASE ERASED
	"$ctl" journal verify "$1"
	"$ctl" journal verify "$1" | grep -q "^whole: .* $2 erased bodies"
}
report() {
	"$ctl" report --data "$work/c" --json --screens "$work/screens" --locale "$build/locale" --clock-file "$work/clock" \
		--from 2020-01-01
}

start centre_start 127.0.0.1:0
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
a=$(number 1) b=$(number 2) open=$(number 3) same_person=$(number 4)
delivered "$a" Сырдана 900101300017
delivered "$b" Бермет 900202300013
submitted "$open" Ашык 900101300017
agent_start K01A-1
check "nine entries arrive" wait_for 20 sh -c "test \"\$(sqlite3 -readonly '$work/c/centre.db' \"SELECT count(*) FROM journal WHERE
	kiosk = 'K01A-1'\")\" -ge 9"
check "with what they say" at_centre Сырдана
report >"$work/report.before"
"$ctl" journal export "$work/c/centre.db" | sed 's/.*"hash":"\([0-9a-f]*\)".*/\1/' | head -n 9 >"$work/hashes.before"

echo "# by order"
erase() {
	"$ctl" erase --data "$work/c" --clock-file "$work/clock" "$@"
}
says() { # STATUS TEXT COMMAND…
	local out status
	out=$("${@:3}" 2>&1)
	status=$?
	printf '%s: %s\n' "$status" "$out"
	[ "$status" = "$1" ] && printf '%s\n' "$out" | grep -q "$2"
}
check "nothing without --yes" says 1 "say --yes" erase --number "$a" --order "№ 17"
check "no order, no erasure" says 2 "what orders it" erase --number "$a" --yes
check "one thing at a time" says 2 "one of --number" erase --number "$a" --by-rule
check "a number nobody knows" says 1 "no record" erase --number "$(number 99)" --order "№ 17" --yes
check "an identifier that is none" says 2 "IIN" erase --person 12 --order "№ 17" --yes
check "an open application is refused" says 1 "not erased: .*submitted" erase --number "$open" --order "№ 17" --yes
check "so far all is there" whole "$work/c/centre.db" 0
check "a person: what ended goes, what is open is named" says 1 "erased: 2 bodies of 1 applications; refused: 1" \
	erase --person 900101300017 --order "court order № 17" --yes
# A reader at this very moment would keep the log; the centre's own round empties it then.
check "nothing of it is in a file" wait_for 20 not at_centre Сырдана
check "the others' is" at_centre Бермет
check "the chains verify" whole "$work/c/centre.db" 2
"$ctl" journal export "$work/c/centre.db" | sed 's/.*"hash":"\([0-9a-f]*\)".*/\1/' | head -n 9 >"$work/hashes.after"
check "with the same hashes" cmp "$work/hashes.before" "$work/hashes.after"
check "an entry says so, without the data" sh -c "sqlite3 -readonly '$work/c/centre.db' \"SELECT body FROM journal WHERE
	kind = 'bodies.erased'\" | grep 'court order № 17' | grep -v Сырдана | grep -qv 900101300017"
check "its state is what it was" says 0 "state delivered" "$ctl" record show "$work/c/centre.db" "$a"
check "told by its number at any kiosk as before" says 0 '"state": *"delivered"' "$tool" ask "$work/K01A-1.sock" status "{\"number\":\"$a\"}"
check "the kiosk drops its copy at once" wait_for 30 not at_kiosk Сырдана
check "and its chain verifies" whole "$work/K01A-1.db" 2
report >"$work/report.after"
check "the report is the same" cmp "$work/report.before" "$work/report.after"
check "tables are made again from what is left" says 0 rebuilt "$ctl" journal rebuild "$work/c/centre.db"
report >"$work/report.after"
check "and the report is the same" cmp "$work/report.before" "$work/report.after"
check "again: nothing is left to be erased" says 0 "erased: 0 bodies" erase --number "$a" --order "№ 18" --yes

echo "# by rule"
sweep="--by-rule --screens $work/screens"
# shellcheck disable=SC2086
check "nothing is due" says 0 "due: 0 bodies" erase $sweep --dry-run
echo $((2 * day + day / 2)) >"$work/clock"
check "after its days the kiosk drops what the centre has" wait_for 30 not at_kiosk Бермет
check "not what is open" at_kiosk Ашык
check "the centre keeps it" at_centre Бермет
echo $((4 * day + day / 2)) >"$work/clock"
check "then the centre erases by itself" wait_for 30 not at_centre Бермет
check "not what is open" at_centre Ашык
check "by its rule" sh -c "sqlite3 -readonly '$work/c/centre.db' \"SELECT json_extract(body, '\$.by') FROM journal WHERE
	kind = 'bodies.erased'\" | grep -qx short"
check "both chains verify" sh -c "'$ctl' journal verify '$work/c/centre.db' && '$ctl' journal verify '$work/K01A-1.db'"

echo "# a centre that lost everything is sent entries without bodies"
centre_kill KILL
cp -r "$work/c" "$work/before-loss"
rm -rf "$work"/c/centre.db* "$work"/c/segments
start centre_again
check "all of them arrive" wait_for 30 sh -c "test \"\$(sqlite3 -readonly '$work/c/centre.db' \"SELECT count(*) FROM journal WHERE
	kiosk = 'K01A-1' AND seq <= 9\")\" = 9"
check "it says so in its log" grep -q "came without their bodies" "$work/centre.err"
check "and in an entry" sh -c "sqlite3 -readonly '$work/c/centre.db' \"SELECT json_extract(body, '\$.why') FROM journal WHERE
	kind = 'bodies.erased'\" | grep -qx kiosk"
check "the application is delivered as before" says 0 "state delivered" "$ctl" record show "$work/c/centre.db" "$a"
check "the chains verify" whole "$work/c/centre.db" 4
agent_kill K01A-1 TERM
centre_kill TERM

echo "# killed at each sync point"
killer_make
delivered "$same_person" Сырдана 900101300017
agent_start K01A-1
start centre_again
check "one more arrives" wait_for 20 sh -c "'$ctl' record show '$work/c/centre.db' '$same_person' | grep -q 'state delivered'"
agent_kill K01A-1 TERM
centre_kill TERM
cp -r "$work/c" "$work/again"
killed=0 wrong=''
for n in $(seq 1 12); do
	rm -rf "$work/c" && cp -r "$work/again" "$work/c"
	killed_at "$n" "$ctl" erase --data "$work/c" --number "$same_person" --order "№ 19" --yes || break
	killed=$((killed + 1))
	"$ctl" journal verify "$work/c/centre.db" >"$work/verify.out" 2>&1 || wrong="$wrong $n: $(cat "$work/verify.out");"
	erase --number "$same_person" --order "№ 19" --yes >"$work/again.out" 2>&1 || wrong="$wrong $n: not again;"
	! at_centre Сырдана || wrong="$wrong $n: still there;"
	whole "$work/c/centre.db" 6 >"$work/verify.out" 2>&1 || wrong="$wrong $n: $(cat "$work/verify.out");"
done 2>"$work/kill.err" # the shell tells of each that was killed
check "it was killed at least twice" test "$killed" -ge 2
check "each time the next one completed it" same "$wrong" ''

echo "# nobody goes on with it"
begun=$(number 5)
submitted "$begun" Калган 910303300019
entry chip.intent "{\"number\":\"$begun\",\"serial\":\"S5\",\"step\":\"generate\",\"key\":\"sign\"}"
entry chip.done "{\"number\":\"$begun\",\"serial\":\"S5\",\"step\":\"generate\",\"key\":\"sign\",\"code\":0,\"spki\":\"Калган\"}"
agent_start K01A-1
start centre_again
state_is() { # NUMBER STATE
	"$ctl" record show "$work/c/centre.db" "$1" | grep -q "state $2"
}
check "its keys are on the card, and nobody comes" wait_for 30 state_is "$begun" working
check "before its time it stays" state_is "$open" submitted
echo $((11 * day)) >"$work/clock"
check "then the centre ends it" wait_for 30 state_is "$open" cancelled
check "and what was begun on a card" wait_for 30 state_is "$begun" undone
check "with an entry that says after how long" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*), max(json_extract(body, '\$.days'))
	FROM journal WHERE kind = 'application.abandoned'")" "2|6"
told() { "$tool" state "$work/K01A-1.db" K01A-1 "$1"; }
told_is() { [ "$(told "$1")" = "$2" ]; }
check "the kiosk is told, and why" wait_for 30 told_is "$open" "cancelled 517"
check "of both" wait_for 30 told_is "$begun" "undone 517"
echo $((13 * day + day / 2)) >"$work/clock"
check "the kiosk's term runs from then" wait_for 30 not at_kiosk Калган
echo $((15 * day + day / 2)) >"$work/clock"
check "the centre's too" wait_for 30 not at_centre Калган
check "also of the other" not at_centre Ашык
check "both chains verify at the end" sh -c "'$ctl' journal verify '$work/c/centre.db' && '$ctl' journal verify '$work/K01A-1.db'"
done_testing
