#!/bin/bash
# Two shards, seen by a person with a number in the hand and by a manager: the state of an application shows at a kiosk of
# the other shard; one report over both counts everything once. C-6, C-7, K-9, K-15.
# usage: across.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: across.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../lib/centre.sh"
ctl=$bin/tamgactl
"$ctl" help 2>/dev/null | grep -q 'tamgactl report' || { echo "skipped: $ctl is not built with screens" >&2; exit 77; }
for need in jq awk; do
	command -v $need >/dev/null || { echo "skipped: $need is missing" >&2; exit 77; }
done
screens=$(cd "$here/../../../screens" && pwd)
south_pid=''
trap '[ -z "$south_pid" ] || { kill $south_pid 2>/dev/null && wait $south_pid 2>/dev/null; }; clean_up' EXIT

entry() { "$tool" append "$work/$1.db" "$1" "$2" "$3"; } # KIOSK KIND BODY
number() { "$ctl" number new --kiosk-no "$(sqlite3 -readonly "$work/$1/ca.db" "SELECT number FROM kiosks WHERE kiosk = '$2'")" --counter "$3"; }
submit() { # KIOSK NUMBER SERVICE [MEMBERS]
	entry "$1" application.submitted "{\"number\":\"$2\",\"provider\":\"kz-nca\",\"service\":\"$3\",\"kind\":\"individual\",
		\"form\":\"nca-a1\",\"language\":\"kk\",\"promised_ms\":$((now + 3600000)),\"answers\":[],\"consents\":[]${4:+,$4}}"
}
ask() { "$tool" ask "$work/$1.sock" status "{\"number\":\"$2\"}" 2>"$work/ask.err"; }
says() { # KIOSK NUMBER STATE
	local got
	got=$(ask "$1" "$2" | jq -r .state)
	same "$got" "$3"
}
level() { arrived "$1" "$(sqlite3 -readonly "$work/$1.db" "SELECT max(seq) FROM journal")"; }
now=$(date +%s)000

# --- One centre with two kiosks, then each has its own
centre_start 127.0.0.1:0 --screens "$screens"
for k in K01A-1 K02B-1; do enrol $k || { cat "$work/enrol.err"; exit 1; }; done
"$ctl" kiosk role K01A-1 desk --data "$work/c" >"$work/role.out"
before=$(number c K02B-1 1) north=$(number c K01A-1 1)
submit K01A-1 "$north" issue
submit K02B-1 "$before" issue '"charges":[{"product":"individual","amount":151000}],"currency":"KGS"'
for k in K01A-1 K02B-1; do agent_start $k; done
for k in K01A-1 K02B-1; do check "$k: at the one centre" wait_for 30 level $k; done
entry K01A-1 payment.noted "{\"number\":\"$before\",\"account\":\"\",\"provider\":\"kz-nca\",\"amount\":151000,\"currency\":\"KGS\",
	\"how\":\"bank\",\"reference\":\"R-1\",\"staff\":\"S1\",\"staff_name\":\"X\"}"
check "a desk noted money" wait_for 30 level K01A-1
centre_kill TERM
mkdir -m 700 "$work/south"
for f in "$work/c"/*; do
	case ${f##*/} in
	centre.db* | segments | lock | listen | tls.*) ;;
	*) cp -rp "$f" "$work/south/" ;;
	esac
done
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
south=https://127.0.0.1:$port
cat >"$work/shards.yaml" <<-YAML
	shards:
	  - name: north
	    url: $url
	    streams: [""]
	    first_number: 1
	  - name: south
	    url: $south
	    streams: [K02]
	    first_number: 500000
YAML
south_start() {
	: >"$work/south.out"
	"$bin/tamga-centre" --data "$work/south" --listen "127.0.0.1:$port" --shards "$work/shards.yaml" --shard south \
		--screens "$screens" >"$work/south.out" 2>>"$work/south.err" &
	south_pid=$!
	wait_for 60 grep -q '^ready' "$work/south.out"
}
check "the second centre starts" south_start
# Told in the south before its kiosk came, and in the north afterwards: the kiosk has read further than the first.
news() { # DIRECTORY ID
	sed "s/ID/$2/" >"$work/news.yaml" <<-'YAML'
		id: ID
		from: 2026-01-01
		until: 2099-12-31
		title: {kk: "a", ky: "b", ru: "c", en: "d"}
		text: {kk: "a", ky: "b", ru: "c", en: "d"}
	YAML
	"$ctl" news add --data "$1" --provider kz-nca --file "$work/news.yaml" --screens "$screens"
}
holds() { "$tool" feed "$work/$1.db" "$1" | grep -q "^news $2 "; } # KIOSK ID
check "news of the south" news "$work/south" of-the-south
check "news of the north" news "$work/c" of-the-north
centre_again --screens "$screens"
check "K02B-1 hears those of the north" wait_for 30 holds K02B-1 of-the-north
centre_kill TERM
centre_again --shards "$work/shards.yaml" --shard north --screens "$screens"
moved() { [ "$(cat "$work/K02B-1/centre-url")" = "$south" ]; }
check "K02B-1 goes to the second centre" wait_for 30 moved
check "and hears what was told there before" wait_for 30 holds K02B-1 of-the-south
check "what it heard before stays" holds K02B-1 of-the-north
# One that the second centre never heard of, and one that the first did not.
enrol K01C-1 || cat "$work/enrol.err"
check "a new kiosk in the south" sh -c \
	"'$bin/tamga-agent' --enrol --centre '$south' --secret-file '$work/south/enrolment-secret' --kiosk K02D-1 --out '$work/K02D-1'"
after=$(number south K02D-1 1)
submit K02D-1 "$after" revoke
submit K01A-1 "$(number c K01A-1 2)" revoke
submit K01C-1 "$(number c K01C-1 1)" issue
entry K02B-1 application.delivered "{\"number\":\"$before\"}"
for k in K01C-1 K02D-1; do agent_start $k; done
for k in K01A-1 K01C-1 K02B-1 K02D-1; do check "$k: everything is acknowledged" wait_for 30 level $k; done

# --- A number, typed at a kiosk of the other shard
check "one of the south, at a kiosk of the north" says K01A-1 "$after" submitted
check "one that was handed in before its kiosk moved: as it is now" says K01A-1 "$before" delivered
check "at its own shard" says K02D-1 "$before" delivered
check "one of the north, at a kiosk of the south" says K02B-1 "$north" submitted
check "a kiosk that the other centre never heard of may ask too" says K01C-1 "$after" submitted
check "and the other way" says K02D-1 "$north" submitted
check "no more is told than at its own shard" same "$(ask K01C-1 "$before")" "$(ask K02D-1 "$before")"
check "nobody's number" same "$(ask K01A-1 "$(number south K02D-1 77)")" not-found
check "one of a kiosk that nobody has" same "$(ask K01A-1 "$("$ctl" number new --kiosk-no 700000 --counter 1)")" not-found
check "no number at all" same "$(ask K01A-1 XXXX)" not-found

# --- A stranger may ask that, and nothing else
json=(-H 'Content-Type: application/json')
refused() { # WHAT HTTP NAME KIOSK CURL…
	local what=$1 http=$2 name=$3 k=$4
	shift 4
	check "$what: $http" same "$(http_of --cert "$work/$k/kiosk.crt" --key "$work/$k/kiosk.key" "$@")" "$http"
	check "$what: $name" same "$(jq -r .name "$work/body")" "$name"
}
for path in open keys power pending cloud companies queue read claim; do
	refused "$path at the other centre" 403 kiosk-unknown K01C-1 "${json[@]}" --data '{}' "$south/v1/ask/$path"
done
refused "its feed" 403 kiosk-unknown K01C-1 "$south/v1/feed?after=0"
refused "its journal" 403 kiosk-unknown K01C-1 "$south/v1/high-water"
refused "one it knows is sent home" 421 shard-other K01A-1 "${json[@]}" --data '{}' "$south/v1/ask/open"
guess() {
	local i
	for i in $(seq 40); do
		ask K01C-1 "$(number south K02D-1 $((100 + i)))"
	done | grep -c '^limit'
}
check "guesses are counted there too" sh -c "[ $(guess) -ge 10 ]"
check "not those of others" says K01A-1 "$after" submitted
"$ctl" kiosk disable K01A-1 --data "$work/south" >"$work/disable.out"
gone() { [ "$(http_of --cert "$work/K01A-1/kiosk.crt" --key "$work/K01A-1/kiosk.key" "${json[@]}" --data "{\"number\":\"$after\"}" "$south/v1/ask/status")" = 403 ]; }
check "one that is disabled there is refused there" wait_for 10 gone
kill -TERM "$south_pid" && wait "$south_pid" 2>/dev/null
check "the other centre is away: by name" same "$(ask K01C-1 "$after")" centre-down
check "what is here is still told" says K01C-1 "$north" submitted
check "the second centre again" south_start

# --- One report over both. What is right is counted by sqlite3 in the kiosks' own journals.
report() { "$ctl" report --data "$work/c" --data "$work/south" --screens "$screens" "$@"; }
kiosks() { # SQL: over all four, added up
	local k
	for k in K01A-1 K01C-1 K02B-1 K02D-1; do sqlite3 -readonly "$work/$k.db" "$1"; done
}
summed() { awk -F'|' '{ n[$1] += $2 } END { for (k in n) print k "|" n[k] }' | LC_ALL=C sort; }
table() { report --json | jq -r ".$1[] | $2"; }
check "applications by service" same "$(table applications '"\(.service)|\(.count)"' | summed)" \
	"$(kiosks "SELECT json_extract(body, '\$.service') || '|1' FROM journal WHERE kind = 'application.submitted'" |
		summed)"
check "by kiosk" same "$(table applications '"\(.kiosk)|\(.count)"' | summed)" \
	"$(kiosks "SELECT kiosk || '|' || count(*) FROM journal WHERE kind = 'application.submitted' GROUP BY kiosk" | summed)"
check "not what one of them has alone" sh -c \
	"! [ \"\$('$ctl' report --data '$work/c' --screens '$screens' --json | jq '[.applications[].count] | add')\" = 5 ]"
check "states: as the last centre has them" same "$(table states '"\(.state)|\(.count)"' | summed)" "delivered|1
submitted|4"
check "a row for equal keys of both" same "$(table states '"\(.service) \(.state)"' | LC_ALL=C sort | uniq -d)" ""
check "terms" same "$(report --json | jq -c '.terms[] | select(.term == "result") | [.kept, .broken, .open]')" "[1,0,4]"
check "money of both, once" same "$(table money '"\(.what)|\(.amount)"' | summed)" \
	"$(kiosks "SELECT 'charge|' || json_extract(body, '\$.charges[0].amount') FROM journal WHERE kind = 'application.submitted'
		AND json_extract(body, '\$.charges[0].amount') > 0
		UNION ALL SELECT 'payment|' || json_extract(body, '\$.amount') FROM journal WHERE kind = 'payment.noted'" | summed)"
check "the same the other way round" same "$(report --json)" \
	"$("$ctl" report --data "$work/south" --data "$work/c" --screens "$screens" --json)"
check "a centre named twice counts once" same "$("$ctl" report --data "$work/c" --data "$work/c/." --screens "$screens" --json)" \
	"$("$ctl" report --data "$work/c" --screens "$screens" --json)"
check "CSV" same "$(report --csv | tr -d '"\r' | awk -F, '$1 == "applications" && $2 == "kz-nca" { n += $6 } END { print n }')" 5
check "a table" sh -c "'$ctl' report --data '$work/c' --data '$work/south' --screens '$screens' | grep -Eq 'kz-nca +revoke +K02D-1'"
check "a PDF" report --language ru --locale "$build/locale" --pdf "$work/all.pdf"
check "with the kiosks of both" sh -c "pdftotext -layout '$work/all.pdf' - | grep -q K01A-1 && pdftotext -layout '$work/all.pdf' - | grep -q K02D-1"
check "one directory that is none: named" sh -c \
	"'$ctl' report --data '$work/c' --data '$work/none' --screens '$screens' 2>'$work/none.err'; test \$? = 2 && grep -q '$work/none' '$work/none.err'"
done_testing
