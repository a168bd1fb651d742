#!/bin/bash
# What the centre tells, and what two kiosks make of it: wrong PINs tried at both, news, tokens; killed in between; pages
# that are garbage. DOS-8, DOS-10, C-5.
# usage: feed.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: feed.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl
if ! "$ctl" help 2>/dev/null | grep -q 'news add'; then
	echo "skipped: $ctl is not built, or without screens" >&2
	exit 77
fi
screens=$(cd "$(dirname "$0")/../../../screens" && pwd)

cert=$(printf 'a certificate' | sha256sum | cut -d' ' -f1)
other=$(printf 'another one' | sha256sum | cut -d' ' -f1)
tries() { # KIOSK CERTIFICATE right|wrong N
	local right=false i
	[ "$3" = right ] && right=true
	for ((i = 0; i < $4; i++)); do
		"$tool" append "$work/$1.db" "$1" pin.tried "{\"certificate\":\"$2\",\"provider\":\"kg-dostek\",\"right\":$right}" || return 1
	done
}
lock() { # KIOSK CERTIFICATE: wrong tries in all, and the status
	"$tool" lock "$work/$1.db" "$1" "$2" | sed 's/in_all=\([0-9]*\) status=\([a-z-]*\) .*/\1 \2/'
}
lock_is() { # KIOSK CERTIFICATE WANTED
	[ "$(lock "$1" "$2")" = "$3" ]
}
holds() { # KIOSK PATTERN
	"$tool" feed "$work/$1.db" "$1" | grep -q "$2"
}
fresh() { # KIOSK MS
	"$tool" fresh "$work/$1.sock" "$2"
}
in_centre() { # SQL
	sqlite3 -readonly "$work/c/centre.db" "$1"
}

centre_start
for kiosk in K01A-1 K02B-1; do
	enrol $kiosk || { cat "$work/enrol.err"; exit 1; }
done
check "nobody becomes the centre's own stream" sh -c "! '$bin/tamga-agent' --enrol --centre '$url' \
	--secret-file '$work/c/enrolment-secret' --kiosk C00-1 --out '$work/C00-1' 2>/dev/null"

# --- the route
refused() { # WHAT HTTP NAME CURL-ARGUMENTS…
	local what=$1 http=$2 name=$3
	shift 3
	check "$what: $http" same "$(http_of "$@")" "$http"
	check "$what: $name" grep -q "\"name\":\"$name\"" "$work/body"
}
own=(--cert "$work/K01A-1/kiosk.crt" --key "$work/K01A-1/kiosk.key")
refused "no certificate" 403 kiosk-unknown "$url/v1/feed?after=0"
refused "no cursor" 400 invalid "${own[@]}" "$url/v1/feed"
for wrong in '' x -1 1x 0x1 18446744073709551616 9223372036854775808 %00 '1&after=2' '1&x=2'; do
	refused "cursor «$wrong»" 400 invalid "${own[@]}" "$url/v1/feed?after=$wrong"
done
for wrong in 'walk=x' 'walk=-1' 'wait=51' 'wait=-1' 'wait=1x' 'wait=' 'wait=1&wait=1' 'walk=1&walk=1' 'wait=1&after=0'; do
	refused "waiting «$wrong»" 400 invalid "${own[@]}" "$url/v1/feed?after=0&$wrong"
done
refused "another argument" 400 invalid "${own[@]}" "$url/v1/feed?before=1"
refused "another method" 404 not-found "${own[@]}" -X POST --data-binary x "$url/v1/feed?after=0"
check "an empty page" same "$(http_of "${own[@]}" "$url/v1/feed?after=0")" 200
check "it is one" same "$("$tool" page 0 "$work/body")" "up_to=0 more=0"
check "but not the answer to another question" sh -c "! '$tool' page 1 '$work/body'"
ahead=$((($(date +%s) + 3600) * 1024000))
check "an hour ahead of everything: nothing new" same "$(http_of "${own[@]}" "$url/v1/feed?after=$ahead")" 200
check "a page again" same "$("$tool" page $ahead "$work/body")" "up_to=$ahead more=0"
check "far ahead: from the beginning" same "$(http_of "${own[@]}" "$url/v1/feed?after=9223372036854775807")" 200
check "so that news are heard again" same "$("$tool" page 9223372036854775807 "$work/body")" "up_to=0 more=0 anew"

# --- two kiosks' wrong tries add up
HOURS=6 one_day
agent_start K01A-1
agent_start K02B-1
check "a try at one" tries K01A-1 "$cert" wrong 3
check "and fresh word" fresh K01A-1 5000
check "two at the other, which has not heard" tries K02B-1 "$cert" wrong 2
check "fresh word for it" fresh K02B-1 5000
check "it counts both" same "$(lock K02B-1 "$cert")" "5 lock-day"
check "the first learns it by itself" wait_for 10 lock_is K01A-1 "$cert" "5 lock-day"
check "a right PIN clears, except the day" tries K02B-1 "$cert" right 1
check "fresh word" fresh K02B-1 5000
check "here" same "$(lock K02B-1 "$cert")" "0 lock-day"
check "there" wait_for 10 lock_is K01A-1 "$cert" "0 lock-day"
check "another certificate has its own count" same "$(lock K01A-1 "$other")" "0 ok"

# --- offline at both, then together
touch "$work/net-down"
check "three here" tries K01A-1 "$other" wrong 3
check "four there" tries K02B-1 "$other" wrong 4
check "fresh word of a centre that is not there: no harm, no waiting" sh -c "'$tool' fresh '$work/K01A-1.sock' 3000 | grep -q centre-down"
check "each counts its own" same "$(lock K01A-1 "$other") $(lock K02B-1 "$other")" "3 ok 4 ok"
rm "$work/net-down"
check "together seven" wait_for 15 lock_is K01A-1 "$other" "7 lock-all"
check "at both" wait_for 15 lock_is K02B-1 "$other" "7 lock-all"
check "each entry once" same "$(in_centre "SELECT count(*) FROM journal WHERE kind = 'pin.tried'")" 13

# --- many at once share an exchange; the agent is asked for bounded time
for _ in 1 2 3 4 5 6 7 8; do fresh K01A-1 5000 >>"$work/fresh.out" & callers+=($!); done
check "eight callers at once" wait "${callers[@]}"
check "all answered" same "$(grep -c reachable=1 "$work/fresh.out")" 8
kill -STOP "$centre_pid"
check "a centre that hangs: back in time" sh -c "'$tool' fresh '$work/K01A-1.sock' 700 | grep -Eq '^took=([5-9]|[1-9][0-9])[0-9][0-9]$'"
kill -CONT "$centre_pid"

# --- the office
check "the office resets" "$ctl" lock reset "$other" --data "$work/c" --provider kg-dostek --why "holder came with passport"
check "known at one" wait_for 10 lock_is K01A-1 "$other" "0 lock-day"
check "and at the other" wait_for 10 sh -c "'$tool' lock '$work/K02B-1.db' K02B-1 $other | grep -q in_all=0"
check "it is an entry of the centre's own stream" same \
	"$(in_centre "SELECT kiosk || ' ' || json_extract(body, '\$.by') FROM journal WHERE kind = 'lock.reset'")" "C00-1 office"
check "the replica with it is whole" "$ctl" journal verify "$work/c/centre.db"
check "no kiosk may add to that stream" sh -c "'$tool' forge C00-1 2 1 '$work/own-stream'"
refused "the centre's stream from a kiosk" 403 sync-foreign "${own[@]}" -H 'Content-Type: application/octet-stream' \
	--data-binary "@$work/own-stream" "$url/v1/journal"
check "a wrong certificate name is wrong use" sh -c "'$ctl' lock reset xyz --data '$work/c'; test \$? = 2"
check "a wrong directory too, and none is made" sh -c "'$ctl' lock reset $other --data '$work/none'; test \$? = 2 -a ! -e '$work/none'"

# --- tokens
"$tool" append "$work/K01A-1.db" K01A-1 application.submitted '{"number":"A","provider":"kg-dostek","carrier":{"name":"Rutoken","serial":"S1"}}'
"$tool" append "$work/K01A-1.db" K01A-1 application.delivered '{"number":"A"}'
check "delivered: in use" same "$("$tool" life "$work/K01A-1.db" K01A-1 S1)" in-use
check "sent" fresh K01A-1 5000
check "the other was not bothered with it" same "$("$tool" life "$work/K02B-1.db" K02B-1 S1)" blank
check "lost" "$ctl" token state S1 lost --why "lost in a taxi" --data "$work/c"
check "the other knows" wait_for 10 sh -c "'$tool' life '$work/K02B-1.db' K02B-1 S1 | grep -q lost"
check "and the first" wait_for 10 sh -c "'$tool' life '$work/K01A-1.db' K01A-1 S1 | grep -q lost"
check "what is not allowed is refused" sh -c "'$ctl' token state S1 suspended --why x --data '$work/c' | grep -q 'from lost to suspended'"
check "its story" sh -c "'$ctl' token show '$work/c/centre.db' S1 | grep -q 'token.state  state: lost  why: lost in a taxi'"

# --- news
cat >"$work/news.yaml" <<'YAML'
id: holiday
from: 2026-01-01
until: 2099-12-31
title:
  kk: "Мереке күні"
  ky: "Майрам күнү"
  ru: "Праздничный день"
  en: "A holiday"
text:
  kk: "Кеңсе жабық."
  ky: "Кеңсе жабык."
  ru: "Офис закрыт."
  en: "The office is closed."
YAML
add() { "$ctl" news add --data "$work/c" --provider kg-dostek --file "$work/news.yaml" --screens "$screens"; }
check "news are added" add
check "they reach one kiosk" wait_for 10 holds K01A-1 '^news holiday kg-dostek .*"en":"A holiday"'
check "and the other" wait_for 10 holds K02B-1 '^news holiday kg-dostek .*Офис закрыт'
check "days are those of Bishkek" same "$(in_centre "SELECT json_extract(body, '\$.from_ms') FROM feed WHERE key = 'holiday'")" \
	"$(date -u -d '2025-12-31 18:00' +%s)000"
sed -i 's/A holiday/A long holiday/' "$work/news.yaml"
check "again with the same id" add
check "the new text takes the place of the old" wait_for 10 holds K02B-1 'A long holiday'
check "there is one" same "$("$tool" feed "$work/K02B-1.db" K02B-1 | grep -c ^news)" 1
check "listed" sh -c "'$ctl' news list --data '$work/c' | grep -q '^holiday .*Праздничный день'"
bad() { # WHAT SED-SCRIPT PLACE
	sed "$2" "$work/news.yaml" >"$work/bad.yaml"
	check "refused: $1" sh -c "'$ctl' news add --data '$work/c' --provider kg-dostek --file '$work/bad.yaml' --screens '$screens' 2>&1 | grep -q 'bad.yaml:$3'"
}
bad "a language is missing" '/ky: "Кеңсе/d' '10:3'
bad "an unknown key" 's/^until:/ends:/' '3:1'
bad "no such day" 's/2099-12-31/2099-02-30/' '3:8'
bad "another way of dates" 's/2099-12-31/31.12.2099/' '3:8'
bad "ends before it begins" 's/2099-12-31/2025-12-31/' '3:8'
bad "an id with a blank" 's/id: holiday/id: "a b"/' '1:5'
bad "a title longer than a line" "s/A long holiday/$(printf 'x%.0s' {1..90})/" '8:7'
check "an unknown provider" sh -c "'$ctl' news add --data '$work/c' --provider kz-none --file '$work/news.yaml' --screens '$screens'; test \$? = 2"
check "nothing of it was taken" same "$(in_centre "SELECT count(*) FROM feed WHERE kind = 'news'")" 1
check "taken back" "$ctl" news remove holiday --data "$work/c"
check "gone at one" wait_for 10 sh -c "! '$tool' feed '$work/K01A-1.db' K01A-1 | grep -q ^news"
check "gone at the other" wait_for 10 sh -c "! '$tool' feed '$work/K02B-1.db' K02B-1 | grep -q ^news"
check "only once" sh -c "'$ctl' news remove holiday --data '$work/c'; test \$? = 1"

# --- versions of the program: for those who look after kiosks; how fresh the registers are
cat >"$work/software.yaml" <<'YAML'
version: 9.9.0
from: 2026-01-01
until: 2099-12-31
text:
  kk: "Жаңа карта оқығыштар."
  ky: "Жаңы карта окугучтар."
  ru: "Новые считыватели карт."
  en: "New card readers."
YAML
software() { "$ctl" software "$@" --data "$work/c"; }
check "a version is told" software tell --file "$work/software.yaml"
check "it is listed" sh -c "'$ctl' software list --data '$work/c' | grep -q '^9.9.0 .*Новые считыватели'"
check "a kiosk holds it" wait_for 10 holds K02B-1 '^software 9.9.0 .*New card readers'
check "the agent says so to whoever asks it" wait_for 10 status_is K01A-1 software 9.9.0
bad_software() { # WHAT SED-SCRIPT PLACE
	sed "$2" "$work/software.yaml" >"$work/bad.yaml"
	check "refused: $1" sh -c "'$ctl' software tell --data '$work/c' --file '$work/bad.yaml' 2>&1 | grep -q 'bad.yaml:$3'"
}
bad_software "a version with a blank" 's/9.9.0/"9 9"/' '1:10'
bad_software "a language is missing" '/ky:/d' '5:3'
bad_software "ends before it begins" 's/2099-12-31/2025-12-31/' '3:8'
check "withdrawn" software withdraw 9.9.0
check "gone at the kiosk" wait_for 10 sh -c "! '$tool' feed '$work/K02B-1.db' K02B-1 | grep -q ^software"
check "and for the agent" wait_for 10 status_is K01A-1 software ""
check "only once" sh -c "'$ctl' software withdraw 9.9.0 --data '$work/c'; test \$? = 1"
printf 'key;surname;given-name\n900101300017;Усенова;Айгуль\n' >"$work/persons.csv"
check "a register is imported" "$ctl" register import persons "$work/persons.csv" --data "$work/c" --source "ГБД ФЛ" --screens "$screens" --allow-test-ids
check "the kiosks know how fresh it is" wait_for 10 holds K01A-1 '^register persons .*"records":1,"source":"ГБД ФЛ"'
check "and nothing of what is in it" sh -c "! '$tool' feed '$work/K01A-1.db' K01A-1 | grep -q -e 900101300017 -e Усенова"

# --- all of it stands in the centre's own stream: made again from there, nobody is told anything
told=$(in_centre "SELECT count(*) FROM journal WHERE kiosk = 'C00-1' AND kind IN ('news.told', 'software.told', 'register.imported')")
check "three news, two versions, a register are entries" same "$told" 6
said=$(in_centre "SELECT cursor, kind, key, body FROM feed ORDER BY cursor" | sha256sum)
check "made again" "$ctl" journal rebuild "$work/c/centre.db"
check "it says the same, and nothing again" same "$(in_centre "SELECT cursor, kind, key, body FROM feed ORDER BY cursor" | sha256sum)" "$said"

# --- a question that waits
here=$(sqlite3 "$work/c/centre.db" 'SELECT cursor FROM feed_state')
check "nothing comes: an empty page after a second" same "$(http_of "${own[@]}" "$url/v1/feed?after=$here&wait=1")" 200
check "it is one" same "$("$tool" page "$here" "$work/body")" "up_to=$here more=0"
agent_kill K01A-1 TERM
waits() { # NAME KIOSK SECONDS: in the background
	as "$2" --max-time 60 "$url/v1/feed?after=$here&wait=$3" -o "$work/$1.page" &
	waiting=$!
}
came() { # NAME: items of its page
	"$tool" page "$here" "$work/$1.page"
}
waits one K01A-1 50; one=$waiting
sqlite3 -cmd '.timeout 5000' "$work/c/centre.db" "INSERT INTO feed (cursor, time_ms, kind, key, provider, audience, body)
	SELECT cursor + 1, 1, 'application', 'FOREIGN', '', 'K02B-1', '{}' FROM feed_state; UPDATE feed_state SET cursor = cursor + 1"
check "what is for another wakes that one" wait_for 10 holds K02B-1 '^application FOREIGN'
check "not this one" test ! -s "$work/one.page"
check "news are told to whoever waits" add
check "at once" wait_for 20 test -s "$work/one.page"
wait "$one"
check "the page has them, and nothing that is for another" sh -c "'$tool' page $here '$work/one.page' | grep -q '^news holiday' && ! '$tool' page $here '$work/one.page' | grep -q FOREIGN"
here=$(sqlite3 "$work/c/centre.db" 'SELECT cursor FROM feed_state')
waits two K01A-1 50; two=$waiting
sleep 0.3
waits three K01A-1 50; three=$waiting
check "a kiosk has one question waiting: the first is answered" wait_for 20 test -s "$work/two.page"
wait "$two"
check "with nothing" same "$(came two)" "up_to=$here more=0"
check "a removal wakes too" "$ctl" news remove holiday --data "$work/c"
check "the second has it" wait_for 20 test -s "$work/three.page"
wait "$three"
check "it is gone" sh -c "'$tool' page $here '$work/three.page' | grep -q '^news holiday'"
here=$(sqlite3 "$work/c/centre.db" 'SELECT cursor FROM feed_state')
waits four K01A-1 50; four=$waiting
sleep 0.3
centre_kill TERM
wait "$four"
check "the centre ends while somebody waits" same "$centre_status" 0
centre_again
# Without listening it would be a minute.
agent_ask_ms=60000 agent_start K01A-1
check "an agent that asks once a minute" wait_for 20 status_is K01A-1 reachable 1
check "news for it" add
check "hears them at once" wait_for 15 holds K01A-1 '^news holiday'
check "sends what is written meanwhile" tries K01A-1 "$cert" wrong 0
agent_kill K01A-1 TERM
check "it ends while it listens" same "$agent_status" 0
check "taken back again" "$ctl" news remove holiday --data "$work/c"
agent_start K01A-1
check "the other agent is back" wait_for 20 status_is K02B-1 reachable 1

# --- a kiosk that was away, a centre with more than a page to tell
agent_kill K02B-1 TERM
sqlite3 "$work/c/centre.db" "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700)
	INSERT INTO feed (cursor, time_ms, kind, key, provider, audience, body) SELECT (SELECT cursor FROM feed_state) + i, 1, 'news', 'n' || i, '', CASE WHEN i = 7 THEN 'K01A-1' ELSE '' END,
	'{\"text\":\"' || hex(zeroblob(200)) || '\"}' FROM n; UPDATE feed_state SET cursor = cursor + 700;"
check "a page has at most 256 items" same "$(http_of "${own[@]}" "$url/v1/feed?after=0")" 200
check "and says that there are more" sh -c "'$tool' page 0 '$work/body' | tail -1 | grep -q 'more=1' && test \$('$tool' page 0 '$work/body' | wc -l) = 257"
agent_start K02B-1
check "the kiosk that was away is up to date" wait_for 10 sh -c "test \$('$tool' feed '$work/K02B-1.db' K02B-1 | grep -c ^news) = 699"
check "what is for one kiosk only, the other does not see" sh -c "! '$tool' feed '$work/K02B-1.db' K02B-1 | grep -q '^news n7 '"
check "that one does" wait_for 10 holds K01A-1 '^news n7 '
# Killed again and again while it reads from the beginning: it goes on where it was, nothing is lost or doubled.
agent_kill K02B-1 KILL
sqlite3 "$work/K02B-1.db" "DELETE FROM feed; UPDATE feed_state SET cursor = 0"
for _ in 1 2 3 4 5 6; do
	agent_start K02B-1
	sleep 0.0"$((RANDOM % 9 + 1))"
	agent_kill K02B-1 KILL
done
agent_start K02B-1
check "after six kills all is there" wait_for 10 sh -c "test \$('$tool' feed '$work/K02B-1.db' K02B-1 | grep -c ^news) = 699"
centre_kill KILL
check "tried while the centre is dead" tries K02B-1 "$cert" wrong 1
centre_again
check "after the centre was killed it is told all the same" wait_for 15 lock_is K01A-1 "$cert" "1 lock-day"

# --- a centre restored from before: what it says from now on is heard
sqlite3 "$work/c/centre.db" ".backup '$work/backup.db'"
check "more news" add
check "heard" wait_for 10 holds K01A-1 '^news holiday'
centre_kill KILL
rm -f "$work"/c/centre.db*
cp "$work/backup.db" "$work/c/centre.db"
centre_again
sed -i 's/A long holiday/Another holiday/' "$work/news.yaml"
check "news of the restored centre" add
check "are heard, although the kiosk was further" wait_for 10 holds K01A-1 'Another holiday'

# --- pages that are garbage: openssl s_server gives files as whole answers
agent_kill K02B-1 TERM
agent_kill K01A-1 TERM
as K01A-1 "$url/v1/high-water" -o "$work/ack"
cursor=$(sqlite3 "$work/K01A-1.db" 'SELECT cursor FROM feed_state')
as K01A-1 "$url/v1/feed?after=$cursor" -o "$work/page"
as K01A-1 "$url/v1/feed?after=0" -o "$work/full"
centre_kill TERM
mkdir -p "$work/www/v1"
answer() { # NAME FILE-WITH-BODY
	{
		printf 'HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %s\r\nConnection: close\r\n\r\n' "$(stat -c %s "$2")"
		cat "$2"
	} >"$work/www/v1/$1"
}
answer high-water "$work/ack"
(cd "$work/www" && exec openssl s_server -accept "127.0.0.1:${url##*:}" -cert "$work/c/tls.crt" -key "$work/c/tls.key" -tls1_3 -HTTP -quiet >/dev/null 2>&1) &
extra_pids=$!
garbage() { # WHAT FILE
	answer "feed?after=$cursor&walk=0" "$2"
	check "$1 is garbage" sh -c "'$tool' fresh '$work/K01A-1.sock' 5000 | grep -qx centre-garbage"
	check "$1: nothing of it was taken" same "$(sqlite3 "$work/K01A-1.db" 'SELECT cursor FROM feed_state')" "$cursor"
}
held=$("$tool" feed "$work/K01A-1.db" K01A-1 | sha256sum)
answer "feed?after=$cursor&walk=0" "$work/page"
agent_start K01A-1
check "a good page first" wait_for 10 fresh K01A-1 3000
head -c 39 "$work/page" >"$work/cut"
{ cat "$work/page"; printf x; } >"$work/longer"
head -c 300000 /dev/zero >"$work/zeros"
: >"$work/none"
bent() { # AT BYTES FILE: into $work/bent
	cp "$3" "$work/bent"
	printf '%b' "$2" | dd of="$work/bent" bs=1 seek="$1" conv=notrunc 2>/dev/null
}
garbage "no bytes" "$work/none"
garbage "a cut page" "$work/cut"
garbage "a page with a byte too many" "$work/longer"
garbage "an endless page" "$work/zeros"
garbage "the page after another cursor" "$work/full"
bent 29 '\x00\x00\x00\x00\x00\x00\x00\x01' "$work/page"
garbage "a page that ends before it begins" "$work/bent"
# The real items, which begin after another cursor, under our question.
bent 13 "$(printf '%016x' "$cursor" | sed 's/../\\x&/g')" "$work/full"
garbage "items that we have long had" "$work/bent"
check "the journal's acknowledgements still work" status_is K01A-1 reachable 1
check "all that was known before is known" same "$("$tool" feed "$work/K01A-1.db" K01A-1 | sha256sum)" "$held"
check "the log says it once for each kind" sh -c "test \$(grep -c 'the feed cannot be read' '$work/K01A-1.err') -le 20"
done_testing
