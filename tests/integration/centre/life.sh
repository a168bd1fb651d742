#!/bin/bash
# A kiosk's life at the centre: announced with a one-time secret, let in once, disabled, replaced, followed by its next
# stream; what is refused, and that the journal has all of it. C-2.
# usage: life.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034,SC2016  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: life.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl
"$ctl" help 2>/dev/null | grep -q 'tamgactl kiosk add' || { echo "skipped: $ctl is not built with screens" >&2; exit 77; }
for need in jq zbarimg xxd; do command -v $need >/dev/null || { echo "skipped: $need is missing" >&2; exit 77; }; done
ca=$work/c/channel-ca.pem

kiosk() { "$ctl" kiosk "$@" --data "$work/c" --clock-file "$work/clock"; }
add() { kiosk add "$1" --out "$work/$1.line" "${@:2}" >"$work/ctl.out"; }
let_in() { "$bin/tamga-agent" --enrol --out "$work/$1" --secret-file "$2" "${@:3}"; }
refused_as() { # NAME COMMAND…
	local name=$1
	shift
	! "$@" >"$work/refused" 2>&1 && grep -q " $name:" "$work/refused"
}
state() { kiosk list --json | jq -r --arg k "$1" '.[] | select(.kiosk == $k) | .state'; }
who() { http_of --cert "$work/$1/kiosk.crt" --key "$work/$1/kiosk.key" "$url/v1/high-water"; }
told() { # KIND N
	wait_for 15 eval "[ \"\$(sqlite3 -readonly '$work/c/centre.db' \"SELECT count(*) FROM journal WHERE kind = '$1'\")\" = $2 ]"
}

echo 0 >"$work/clock"
centre_start 127.0.0.1:0 --no-sandbox-enrolment --clock-file "$work/clock"
check "without the sandbox's way no secret is made" test ! -e "$work/c/enrolment-secret"
check "and none is spoken of" sh -c '! grep -q secret "$1"' - "$work/centre.out"

# --- announced
check "kiosk add" add K01A-1 --role desk --place "Алматы, Абай 1" --qr "$work/K01A-1.png"
line=$(cat "$work/K01A-1.line")
check "the line names kiosk and centre" grep -Eqx "tamga-enrol K01A-1 $url ([0-9A-HJKMNP-TV-Z]{5}-){9}[0-9A-HJKMNP-TV-Z]{5}" "$work/K01A-1.line"
check "its file is nobody else's" same "$(stat -c %a "$work/K01A-1.line" "$work/K01A-1.png" | xargs)" "600 600"
check "a QR reader reads the same from the picture" same "$(zbarimg -q --raw "$work/K01A-1.png")" "$line"
"$ctl" kiosk add K01B-1 --data "$work/c" >"$work/terminal"
check "the terminal shows line and code" sh -c 'grep -q "^tamga-enrol K01B-1 " "$1" && [ "$(grep -c "█" "$1")" -gt 15 ]' - "$work/terminal"
secret=$(sed 's/.* //' <<<"$line" | sed -E 's/(....).-?/\1/g' | cut -c1-19)
check "the database holds no part of the secret" sh -c '! grep -aqF "$1" "$2"/ca.db*' - "${secret:0:8}" "$work/c"
check "it is announced" same "$(state K01A-1)" announced
check "its role was given" same "$(kiosk list --json | jq -r '.[0].role')" desk

# --- refused
check "no such kiosk can be replaced" sh -c '"$@"; [ $? = 1 ]' - "$ctl" kiosk replace K77A-1 --data "$work/c" --no-qr
check "the centre's own stream is no kiosk" sh -c '"$@"; [ $? = 1 ]' - "$ctl" kiosk add C00-1 --data "$work/c" --no-qr
check "an hour count of nought is refused" sh -c '"$@"; [ $? = 2 ]' - "$ctl" kiosk add K78A-1 --data "$work/c" --valid 0
check "an empty directory is not filled" sh -c '"$@"; [ $? = 2 ]' - "$ctl" kiosk list --data "$work"
sed -E 's/([0-9A-Z])([0-9A-Z])([^-]*)$/\2\1\3/' "$work/K01A-1.line" >"$work/typo"
sed 's/K01A-1/K01A-7/' "$work/K01A-1.line" >"$work/other-id"
check "a line mistyped at its end is noticed at the kiosk" sh -c 'cmp -s "$1" "$2" || ! "$3" --enrol --out "$4" --secret-file "$1" 2>&1 | grep -v "group 10" | grep -q .' - "$work/typo" "$work/K01A-1.line" "$bin/tamga-agent" "$work/x1"
check "so is another kiosk's id in it" refused_as invalid let_in x2 "$work/other-id"
check "the secret is of no use to another kiosk" refused_as enrol-wrong let_in x3 "$work/K01A-1.line" --kiosk K01B-1
check "nothing of it is stored at the kiosk" test ! -e "$work/x3/kiosk.crt"
check "a kiosk nobody announced" refused_as enrol-wrong let_in x4 "$work/K01A-1.line" --kiosk K02B-1

# --- somebody in the middle: the pinned CA is shown, with one of his own behind it
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/his.key" -out "$work/his.pem" -days 9 -subj "/CN=his" \
	-addext subjectAltName=DNS:localhost 2>/dev/null
cat "$ca" "$work/his.pem" >"$work/his.cas"
/usr/bin/python3 - "$work" >"$work/his.port" 2>"$work/his.log" <<-'PY' &
	import http.server, ssl, sys
	work = sys.argv[1]
	class Centre(http.server.BaseHTTPRequestHandler):
	    def do_GET(self):
	        body = open(work + "/his.cas", "rb").read()
	        self.send_response(200)
	        self.send_header("Content-Type", "application/x-pem-file")
	        self.send_header("Content-Length", str(len(body)))
	        self.end_headers()
	        self.wfile.write(body)
	    def do_POST(self):
	        open(work + "/his.got", "w").write("asked")
	        self.send_error(500)
	server = http.server.HTTPServer(("127.0.0.1", 0), Centre)
	tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	tls.load_cert_chain(work + "/his.pem", work + "/his.key")
	server.socket = tls.wrap_socket(server.socket, server_side=True)
	print(server.server_port, flush=True)
	server.serve_forever()
PY
extra_pids=$!
wait_for 10 test -s "$work/his.port"
check "who stands in the middle is not believed" refused_as channel-other let_in x6 "$work/K01A-1.line" --centre "https://localhost:$(cat "$work/his.port")"
check "and is asked for nothing" test ! -e "$work/his.got"

# --- let in
check "typed in, it lets the kiosk in" sh -c '"$1" --enrol --out "$2" <"$3" >"$4"' - "$bin/tamga-agent" "$work/K01A-1" "$work/K01A-1.line" "$work/typed"
check "and says where the key is" grep -q "key in a file" "$work/typed"
check "the centre knows it" same "$(who K01A-1)" 200
check "openssl follows the chain" openssl verify -x509_strict -purpose sslclient -CAfile "$ca" "$work/K01A-1/kiosk.crt"
check "its files are nobody else's" same "$(stat -c %a "$work/K01A-1/"* | sort -u)" 600
check "it is enabled" same "$(state K01A-1)" enabled
cp "$work/K01A-1/kiosk.crt" "$work/first.crt"
check "a lost answer is given again for the same key" let_in K01A-1 "$work/K01A-1.line"
check "and is the same" cmp "$work/K01A-1/kiosk.crt" "$work/first.crt"
check "another key is refused by name" refused_as enrol-used let_in x5 "$work/K01A-1.line"
check "a second announcement is refused" sh -c '"$@"; [ $? = 1 ]' - "$ctl" kiosk add K01A-1 --data "$work/c" --no-qr

# --- too late
add K03C-1 --valid 1
echo 3600001 >"$work/clock"
check "after its hour the secret is refused by name" refused_as enrol-expired let_in K03C-1 "$work/K03C-1.line"
check "and the list says so" same "$(state K03C-1)" not-enrolled
add K03C-1 --valid 1
check "a new one is good" let_in K03C-1 "$work/K03C-1.line"

# --- disabled
answered() { [ "$(who "$1")" = "$2" ]; }
check "disable is one command" kiosk disable K01A-1
check "it is refused" wait_for 5 answered K01A-1 403
check "by name" grep -q '"name":"kiosk-unknown"' "$work/body"
check "its secret's answer too" refused_as kiosk-unknown let_in K01A-1 "$work/K01A-1.line"
check "enable takes it back" kiosk enable K01A-1
check "it is served" wait_for 5 answered K01A-1 200

# --- replaced: a new key, until then the old one works
kiosk replace K01A-1 --out "$work/again.line" >/dev/null 2>"$work/advice"
check "replace says what to do when the database is lost" grep -q -- '--reimaged; it becomes K01A-2' "$work/advice"
check "the old certificate still works" same "$(who K01A-1)" 200
check "a new key comes in" let_in new "$work/again.line"
check "the old one works until the new one is shown" same "$(who K01A-1)" 200
check "the new one works" same "$(who new)" 200
check "now the old one is refused" wait_for 5 answered K01A-1 403
check "the number stays" cmp "$work/K01A-1/kiosk-number" "$work/new/kiosk-number"
kiosk replace K01A-1 --reimaged --out "$work/next.line" --no-qr >/dev/null
check "a re-imaged kiosk becomes the next stream" same "$(cut -d' ' -f2 "$work/next.line")" K01A-2
check "it comes in" let_in K01A-2 "$work/next.line"
check "it works" same "$(who K01A-2)" 200
check "its predecessor is refused" wait_for 5 answered new 403
check "and disabled" same "$(state K01A-1)" disabled
check "its number is another" sh -c '! cmp -s "$1" "$2"' - "$work/new/kiosk-number" "$work/K01A-2/kiosk-number"

# --- guesses
add K04D-1
for _ in 1 2 3 4 5 6; do let_in guess "$work/K03C-1.line" --kiosk K04D-1 >>"$work/guesses" 2>&1; done
check "five wrong secrets in a minute, then no more" same "$(grep -c enrol-wrong "$work/guesses") $(grep -c 'limit' "$work/guesses")" "5 1"
check "not the right one either" refused_as limit let_in K04D-1 "$work/K04D-1.line"
check "another kiosk is not held up" sh -c '"$1" kiosk add K05E-1 --data "$2" --clock-file "$3" --out "$4" >/dev/null && "$5" --enrol --out "$6" --secret-file "$4" >/dev/null' \
	- "$ctl" "$work/c" "$work/clock" "$work/K05E-1.line" "$bin/tamga-agent" "$work/K05E-1"

# --- the journal
check "what was done stands in the centre's own stream" told kiosk.enrolled 5
check "announcements" told kiosk.added 7
check "replacements" told kiosk.replaced 1
check "disabled: by hand, and by a follower" told kiosk.disabled 2
check "enabled" told kiosk.enabled 1
check "each kind of refusal" sh -c '[ "$(sqlite3 -readonly "$1" "SELECT count(*) FROM journal WHERE kind = '"'enrolment.refused'"'")" -ge 4 ]' - "$work/c/centre.db"
check "the fingerprint is that of the certificate" same \
	"$(sqlite3 -readonly "$work/c/centre.db" "SELECT json_extract(body, '\$.certificate') FROM journal WHERE kind = 'kiosk.enrolled' ORDER BY id LIMIT 1")" \
	"$(openssl x509 -in "$work/first.crt" -noout -fingerprint -sha256 | sed 's/.*=//;s/://g' | tr A-F a-f)"
check "its chain is whole" "$ctl" journal verify "$work/c/centre.db"
done_testing
