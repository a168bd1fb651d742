#!/bin/bash
# The managers' report: applications by service, kiosk and day, refusals by ground, terms of results and complaints kept
# and broken; as a table, CSV, JSON. C-6, NCA-4, NCA-10, NCA-11.
# usage: report.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: report.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../lib/centre.sh"
ctl=$bin/tamgactl
"$ctl" help 2>/dev/null | grep -q 'tamgactl report' || { echo "skipped: $ctl is not built with screens" >&2; exit 77; }
screens=$(cd "$here/../../../screens" && pwd)

entry() { "$tool" append "$work/$1.db" "$1" "$2" "$3"; } # KIOSK KIND BODY
submit() { # KIOSK NUMBER SERVICE PROMISED [MEMBERS]
	entry "$1" application.submitted "{\"number\":\"$2\",\"provider\":\"kz-nca\",\"service\":\"$3\",\"kind\":\"individual\",
		\"form\":\"nca-a1\",\"language\":\"kk\",\"promised_ms\":$4${5:+,$5},\"answers\":[],\"consents\":[]}"
}
decide() { # KIOSK NUMBER OUTCOME GROUND
	entry "$1" desk.decided "{\"number\":\"$2\",\"staff\":\"5A\",\"outcome\":\"$3\",\"ground\":\"$4\",\"documents\":[]}"
}
report() { "$ctl" report --data "$work/c" --screens "$screens" --clock-file "$work/clock" "$@"; }
of() { # TABLE PYTHON-EXPRESSION over its rows "r"
	report --json | /usr/bin/python3 -c "
import json, sys
r = json.load(sys.stdin)['$1']
print($2)"
}
one_day
now=$(date +%s)000
hour=3600000 day=86400000
echo 0 >"$work/clock"
centre_start 127.0.0.1:0 --screens "$screens"
for kiosk in K01A-1 K02B-1; do enrol $kiosk || { cat "$work/enrol.err"; exit 1; }; done
check "an empty centre has an empty report" same "$(of applications 'len(r)') $(of terms 'len(r)')" "0 0"
check "K01A-1 decides on its own" "$ctl" kiosk role K01A-1 field --data "$work/c"
desk='"proof":"desk","way":"papers"'
submit K01A-1 A1 issue $((now + hour)) && entry K01A-1 application.delivered '{"number":"A1"}'       # in time
submit K01A-1 A2 issue $((now - hour)) && entry K01A-1 application.delivered '{"number":"A2"}'       # late
submit K01A-1 A3 issue $((now - hour))                                                            # late and not there
submit K02B-1 A4 issue $((now + 2 * day))                                                         # open
submit K01A-1 R1 revoke $((now + hour)) "$desk" && decide K01A-1 R1 refused court
submit K01A-1 R2 revoke $((now + hour)) "$desk" && decide K01A-1 R2 refused court
submit K01A-1 R3 issue $((now + hour)) "$desk" && decide K01A-1 R3 not-accepted incomplete
submit K02B-1 R4 issue $((now + hour)) "$desk" && decide K02B-1 R4 refused age # of a kiosk that may not decide
# Complaints: due after 5 working days and after 15, registered today.
due() { echo "$(date -d "$(working_day "$@") 07:00 UTC" +%s)000"; } # WORKING-DAYS [AFTER]: noon of that day in Kazakhstan
complain() { # NUMBER DUE [KIOSK]
	entry "${3:-K01A-1}" application.submitted "{\"number\":\"$1\",\"provider\":\"kz-nca\",\"service\":\"complaint\",\"operation\":\"complaint\",
		\"kind\":\"anyone\",\"form\":\"nca-c1\",\"language\":\"kk\",\"answers\":[],\"consents\":[]}"
	entry "${3:-K01A-1}" complaint.registered "{\"number\":\"$1\",\"about\":\"\",\"staff\":\"5A\",\"staff_name\":\"X\",\"due_ms\":$2,\"place\":\"\"}"
}
complain C5 "$(due 5)"
complain C15 "$(due 15)"
entry K01A-1 complaint.state '{"number":"C5","state":"answered","staff":"5A"}'
agent_start K01A-1
agent_start K02B-1
all=$(sqlite3 -readonly "$work/K01A-1.db" 'SELECT max(seq) FROM journal')
check "all arrived" wait_for 20 arrived K01A-1 "$all"
wait_for 10 arrived K02B-1 3

today=$(kiosk_date -d "@${now%000}" +%F)
check "by service, kiosk and day" same "$(of applications '[(x["service"], x["kiosk"], x["count"]) for x in r]')" \
	"[('complaint', 'K01A-1', 2), ('issue', 'K01A-1', 4), ('issue', 'K02B-1', 2), ('revoke', 'K01A-1', 2)]"
check "the day is the provider's" same "$(of applications 'sorted({x["day"] for x in r})')" "['$today']"
check "states now" same "$(of states '[(x["state"], x["count"]) for x in r if x["service"] == "issue"]')" \
	"[('at-desk', 1), ('delivered', 2), ('not-accepted', 1), ('submitted', 2)]"
check "refusals by ground, by those who may" same "$(of refusals '[(x["event"], x["ground"], x["count"]) for x in r]')" \
	"[('acceptance', 'incomplete', 1), ('service', 'court', 2)]"
check "terms of the result" same "$(of terms '[(x["kept"], x["broken"], x["open"]) for x in r if x["term"] == "result"]')" "[(4, 2, 2)]"
check "the broken ones are named" same "$(of breaches '[(x["what"], x["done"] != "") for x in r if x["term"] == "result"]')" \
	"[('A2', True), ('A3', False)]"
check "5 working days: answered in time" same "$(of terms '[(x["kept"], x["broken"], x["open"]) for x in r if x["term"] == "complaint"]')" "[(1, 0, 0)]"
check "15 working days: open" same "$(of terms '[(x["kept"], x["broken"], x["open"]) for x in r if x["term"] == "complaint-quality"]')" "[(0, 0, 1)]"
echo $((40 * day)) >"$work/clock"
range=(--from "$today" --until "$today")
later() { report "${range[@]}" --json | /usr/bin/python3 -c "
import json, sys
print([(x['broken'], x['open']) for x in json.load(sys.stdin)['terms'] if x['term'] == '$1'])"; }
check "forty days later that one is broken" same "$(later complaint-quality)" "[(1, 0)]"
check "and what was open of the results" same "$(later result)" "[(4, 0)]"
echo 0 >"$work/clock"
check "another period: nothing" same "$(report --from 2020-01-01 --until 2020-12-31 --json | grep -c kiosk)" 0
check "another provider: nothing" same "$(report --provider kg-dostek --json | grep -c kiosk)" 0
check "a day that is none" sh -c "'$ctl' report --data '$work/c' --screens '$screens' --from 2026-02-30 2>/dev/null; test \$? = 2"
check "the table" sh -c "'$ctl' report --data '$work/c' --screens '$screens' | grep -Eq '^  kz-nca +issue +K01A-1 +$today +4 *\$'"
report --csv >"$work/report.csv"
check "CSV, read by Python's csv" same "$(/usr/bin/python3 -c "
import csv
rows = list(csv.reader(open('$work/report.csv', newline='')))
print(next(r[1:] for r in rows if r[0] == 'refusals' and 'court' in r))")" "['kz-nca', 'service', 'court', '2']"
as_written=$(echo "$today" | awk -F- '{ print $3 "." $2 "." $1 }')
# For people: in the words of a language, on the terminal and as PDF with charts, read back by pdftotext.
locale=$build/locale
in_words() { report --language "$1" --locale "$locale"; }
pdf() { report --language "$1" --locale "$locale" --pdf "$work/$1.pdf" "${@:2}" && pdftotext -layout "$work/$1.pdf" "$work/$1.txt"; }
words() { # LANGUAGE TITLE SERVICE CHART
	check "$1: the table in its words" bash -c "$(declare -f report in_words); ctl='$ctl' work='$work' screens='$screens' locale='$locale'
		in_words $1 | grep -q '$3' && ! in_words $1 | grep -Eq '[‹⟨<]|report\\.|kz-nca'"
	check "$1: as PDF" pdf "$1"
	check "$1: its title, its service, its chart" sh -c "grep -q '$2' '$work/$1.txt' && grep -q '$3' '$work/$1.txt' && grep -q '$4' '$work/$1.txt'"
	check "$1: the bar of today is as long as all of today" sh -c "grep -Eq '^ *$as_written +10 *\$' '$work/$1.txt'"
	check "$1: kept and broken are told apart" grep -Eq ' 4 ?[+] ?2' "$work/$1.txt"
}
words kk 'Өтініштер туралы есеп' 'Тіркеу куәліктерін алу' 'Күн сайынғы өтініштер'
words ky 'Арыздар жөнүндө отчёт' 'ертификат' 'Күн сайынкы арыздар'
words ru 'Отчёт о заявлениях' 'ертификат' 'Заявления по дням'
words en 'Report on applications' 'ertificate' 'Applications by day'
check "a year has bars by month" bash -c "$(declare -f report pdf); ctl='$ctl' work='$work' screens='$screens' locale='$locale'
	pdf en --from ${today%%-*}-01-01 --until ${today%%-*}-12-31 && grep -q 'Applications by month' '$work/en.txt' && grep -Eq '^ *${as_written#*.} +10' '$work/en.txt'"
check "it is only the manager's" same "$(stat -c %a "$work/en.pdf")" 600
check "a language that is none" sh -c "'$ctl' report --data '$work/c' --screens '$screens' --language xx 2>/dev/null; test \$? = 2"
check "no program that draws: said by its code" sh -c "'$ctl' report --data '$work/c' --screens '$screens' --locale '$locale' --pdf '$work/no.pdf' --print /nowhere 2>&1 | grep -q T-602 && ! test -e '$work/no.pdf'"
check "a place that cannot be written" sh -c "'$ctl' report --data '$work/c' --screens '$screens' --locale '$locale' --pdf '$work/none/no.pdf' 2>&1 | grep -q T-102"
entry K01A-1 application.submitted '{"number":"=1+2","provider":"kz-nca","service":"=cmd|x","kind":"individual","form":"nca-a1","answers":[]}'
check "one more" wait_for 20 arrived K01A-1 $((all + 1))
report --csv >"$work/report.csv"
check "no cell is a formula" sh -c "grep -q '\"'\\''=cmd|x\"' '$work/report.csv' && ! grep -Eq '(^|,)\"?[=+@-]' '$work/report.csv'"
# What is registered on a day off counts from the next working day: it is of the same term as any other.
saturday=$(date -d "$(kiosk_date -d 'last saturday' +%F) 07:00 UTC" +%s)
echo "$((saturday * 1000 - now))" >"$work/shift"
export LINK_CLOCK=$work/shift
enrol K03C-1
check "K03C-1 is a field set" "$ctl" kiosk role K03C-1 field --data "$work/c"
complain S15 "$(due 15 "$saturday")" K03C-1
agent_start K03C-1
check "of a Saturday" wait_for 20 arrived K03C-1 2
check "15 working days after it" same "$(of terms '[(x["kept"], x["broken"], x["open"]) for x in r if x["term"] == "complaint-quality"]')" "[(0, 0, 2)]"
check "kiosks and their roles" same "$("$ctl" kiosk list --data "$work/c" | cut -f1,2 | sort | tr '\t\n' '  ')" "K01A-1 field K02B-1 none K03C-1 field "
done_testing
