#!/bin/bash
# Who is slow, silent, in a crowd, or speaks no HTTP is dealt with before anything is asked of the database; and a centre with
# too much to do asks to wait, and is left alone so long. C-1, C-2, C-3.
# usage: doors.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034,SC2016  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: doors.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../lib/centre.sh"
command -v python3 >/dev/null || { echo "skipped: python3 is missing" >&2; exit 77; }
rude() { # HOW ARGUMENTS…: at the centre that runs; to be run in the background, it becomes the process that is ended
	local how=$1
	shift
	exec python3 "$here/rude_client.py" "$how" "${url_host%:*}" "${url_host##*:}" "$@"
}
of() { printf '%s\n' "$work/c/channel-ca.pem" "$work/$1/kiosk.crt" "$work/$1/kiosk.key"; }
counted() { # of the centre that has just ended
	grep -a 'counts:' "$work/centre.err" | tail -n 1 | sed -n "s/.* $1=\([0-9]*\).*/\1/p;t;s/.*/0/p" | head -n 1
}

centre_start 127.0.0.1:0 --greetings 64
url_host=${url#https://}
for k in K01A-1 K02B-1 K03C-1; do enrol $k || { cat "$work/enrol.err"; exit 1; }; done
readarray -t a < <(of K01A-1)
readarray -t b < <(of K02B-1)

# --- Those who never come to the point: a minute is given, the deadlines are 10 s and some.
rude slow "${a[@]}" >"$work/slow" 2>&1 &
slow_pid=$!
extra_pids=$slow_pid

# --- What is no request of ours
(rude odd "${b[@]}") >"$work/odd" 2>&1
gives() { # NAME WANTED
	check "$1: $2" same "$(sed -n "s/^$1 //p" "$work/odd")" "$2"
}
served=(200 200 200)
gives plain-get "200 open"
gives pipelined-3 "${served[*]} open"
check "forty in one go are forty answers" same "$(sed -n 's/^pipelined-40 //p' "$work/odd" | grep -o 200 | wc -l)" 40
named="two-slashes dot-dot behind-the-path escaped-nul escaped-letter upper-case-path another-kiosks-path file space-in-the-path
	put delete options trace connect lower-case-method nul-in-method"
for one in $named; do gives $one "404 closed not-found"; done
gives head "404 closed" # which has no body
for one in length-over-the-limit get-with-a-body; do gives $one "413 closed limit"; done
for one in no-length chunked chunked-and-length smuggled; do gives $one "411 closed invalid"; done
for one in no-host two-hosts two-lengths two-other-lengths chunked-written-oddly; do gives $one "400 closed invalid"; done
gives another-type "415 closed invalid"
gives http-1.0 "505 closed invalid"
# What the library itself refuses has a status and its own words; some of it, it begins twice. Nothing is served behind it.
for one in length-list length-plus length-hex length-with-more length-minus http-0.9; do
	check "$one: refused, and that is the end" grep -qE "^$one 400( 400)? closed$" "$work/odd"
done
for one in length-beyond-all length-2-64; do
	check "$one: refused, and that is the end" grep -qE "^$one 413( 413)? closed$" "$work/odd"
done
for one in http-2-preface http-9.9; do gives $one "505 closed"; done
gives long-path "414 closed"
for one in long-header many-headers; do gives $one "431 closed"; done
gives garbage closed
gives tls-1.2 refused
check "no HTTP/2 is agreed upon" grep -qE '^alpn-h2 (None|refused)$' "$work/odd"
gives without-tls closed
check "and the centre lives" same "$(as K02B-1 -o /dev/null -w '%{http_code}' "$url/v1/high-water")" 200

# --- A body that is begun and not sent keeps its place, and no more than one
rude hold "${b[@]}" 4000 90 >"$work/hold" 2>&1 &
hold_pid=$!
extra_pids="$slow_pid $hold_pid"
wait_for 10 grep -q begun "$work/hold"
"$tool" forge K02B-1 1 2 "$work/two" && "$tool" forge K03C-1 1 2 "$work/other"
send() { # KIOSK BATCH: HTTP status; head in $work/head, body in $work/body
	as "$1" -o "$work/body" -D "$work/head" -w '%{http_code}' -H 'Content-Type: application/octet-stream' --data-binary "@$2" "$url/v1/journal"
}
check "a second batch of the same kiosk waits: 503" same "$(send K02B-1 "$work/two")" 503
check "by name" grep -q '"code":434,"name":"centre-busy","wait_ms":1000}' "$work/body"
check "with Retry-After" grep -qi '^retry-after: 1' "$work/head"
check "another kiosk's is taken" same "$(send K03C-1 "$work/other")" 200
kill $hold_pid && wait $hold_pid 2>/dev/null
extra_pids=$slow_pid
check "when the first is gone the second is taken" wait_for 10 sh -c '[ "$('"$(declare -f as send); work=$work url=$url"'; send K02B-1 "$work/two")" = 200 ]'

wait $slow_pid
extra_pids=
for one in silent greets-by-the-byte half-a-greeting tls-and-nothing-more head-by-the-byte body-by-the-byte half-a-body; do
	check "$one is closed" grep -qx "$one closed" "$work/slow"
done
check "who is polite is served meanwhile" grep -qx "polite 200" "$work/slow"
centre_kill TERM
check "counted: five were late with their greeting" test "$(counted late-greeting)" -ge 4
check "counted: two with their body" test "$(counted late-body)" -ge 2
check "only the two batches that were whole were decoded" same "$(counted parsed)" 2
check "and only they were written" same "$(counted groups)" 2
check "the two kiosks that spoke were looked up, not their requests ($(counted requests), $(counted database))" test "$(counted database)" -lt "$(counted requests)"

# --- A crowd that says nothing takes all places: they are given away sooner
centre_again --greetings 8
rude crowd 16 60 >"$work/crowd" 2>&1 &
crowd_pid=$!
extra_pids=$crowd_pid
wait_for 10 grep -q here "$work/crowd"
check "behind sixteen who say nothing one is served all the same" same "$(curl -sS --max-time 60 --cacert "$work/c/channel-ca.pem" --cert "$work/K01A-1/kiosk.crt" \
	--key "$work/K01A-1/kiosk.key" -o /dev/null -w '%{http_code}' "$url/v1/high-water")" 200
kill $crowd_pid && wait $crowd_pid 2>/dev/null
extra_pids=
centre_kill TERM

# --- Too much: kiosks are asked to wait, wait, and come back by themselves
centre_again --waiting-mib 4
rude hold "${b[@]}" 4190000 120 >"$work/hold" 2>&1 &
hold_pid=$!
extra_pids=$hold_pid
wait_for 10 grep -q begun "$work/hold"
fill K01A-1 1000
agent_start K01A-1
check "the kiosk hears that the centre is busy" wait_for 20 status_is K01A-1 last centre-busy
check "which is no failure of the link" status_is K01A-1 reachable 1
check "nothing of it is stored" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM journal WHERE kiosk = 'K01A-1'")" 0
check "a question is answered all the same" same "$(as K01A-1 -o /dev/null -w '%{http_code}' "$url/v1/high-water")" 200
check "and somebody who waits before the kiosk gets it through the agent" sh -c '"$1" fresh "$2" 10000 | grep -qx reachable=1' - "$tool" "$work/K01A-1.sock"
kill $hold_pid && wait $hold_pid 2>/dev/null
extra_pids=
check "when there is room again it arrives by itself" wait_for 60 arrived K01A-1 1000
agent_kill K01A-1 TERM
centre_kill TERM
told=$(counted refused-centre-busy)
# Back-off would try again after 50 ms, then 100, …: told to wait a second and more, it asks a few times in all this while.
check "it was told so now and then, not in a tight circle ($told)" test "$told" -ge 1 -a "$told" -le 60
done_testing
