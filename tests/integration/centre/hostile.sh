#!/bin/bash
# A centre that answers garbage, or signs with another key: openssl s_server serves files as whole answers. C-1, K-12.
# usage: hostile.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: hostile.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"

centre_start
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
fill K01A-1 3
agent_start K01A-1
check "the real centre first" wait_for 20 arrived K01A-1 3
as K01A-1 "$url/v1/high-water" -o "$work/ack"
agent_kill K01A-1 TERM
centre_kill TERM
fill K01A-1 2

mkdir -p "$work/www/v1"
answer() { # FILE-WITH-BODY TYPE [STATUS-LINE]: what GET /v1/high-water gives
	{
		printf '%s\r\nContent-Type: %s\r\nContent-Length: %s\r\nConnection: close\r\n\r\n' "${3:-HTTP/1.1 200 OK}" "$2" "$(stat -c %s "$1")"
		cat "$1"
	} >"$work/www/v1/high-water"
}
port=${url##*:}
server() { # CERTIFICATE KEY
	(cd "$work/www" && exec openssl s_server -accept "127.0.0.1:$port" -cert "$1" -key "$2" -tls1_3 -HTTP -quiet >/dev/null 2>&1) &
	server_pid=$!
	extra_pids=$server_pid
	wait_for 5 sh -c "echo | openssl s_client -connect 127.0.0.1:$port"
}
server_stop() {
	kill "$server_pid" 2>/dev/null
	wait "$server_pid" 2>/dev/null
	extra_pids=
}
expect() { # WHAT STATUS
	check "$1: $2" wait_for 8 status_is K01A-1 last "$2"
	check "$1: not reachable" status_is K01A-1 reachable 0
	check "$1: nothing acknowledged" status_is K01A-1 acked_seq 3
}

echo '<html>hello</html>' >"$work/html"
answer "$work/html" text/html
server "$work/c/tls.crt" "$work/c/tls.key"
agent_start K01A-1
expect "an HTML page" centre-garbage
answer "$work/html" application/octet-stream
sleep 1
expect "an HTML page that lies about its type" centre-garbage
cp "$work/ack" "$work/bent" && printf '\x01' | dd of="$work/bent" bs=1 seek=30 conv=notrunc 2>/dev/null
answer "$work/bent" application/octet-stream
sleep 1
expect "an acknowledgement with a changed byte" centre-garbage
# The same promise, for entry 5, signed by a key that is not the centre's.
signed=$(($(stat -c %s "$work/ack")))
head -c $((13 - 2)) "$work/ack" >/dev/null
len=$((12 + 2 + 6 + 8 + 32 + 8 + 16 + 8 + 32))
head -c $len "$work/ack" >"$work/said"
openssl ecparam -name prime256v1 -genkey -noout -out "$work/other.key"
openssl dgst -sha256 -sign "$work/other.key" -out "$work/sig" "$work/said"
n=$(stat -c %s "$work/sig")
{ cat "$work/said"; printf "\\x00\\x$(printf %02x "$n")"; cat "$work/sig"; } >"$work/forged"
check "the forged answer has the right shape ($signed bytes the real one)" test "$(stat -c %s "$work/forged")" -gt 130
answer "$work/forged" application/octet-stream
sleep 1
expect "an acknowledgement signed by somebody else" centre-garbage
check "named in the log" grep -q 'wrong signature' "$work/K01A-1.err"
head -c 100000 /dev/zero >"$work/long"
answer "$work/long" application/octet-stream
sleep 1
expect "an endless answer" centre-garbage
echo '{"code":301,"name":"pin-wrong"}' >"$work/odd"
answer "$work/odd" application/json 'HTTP/1.1 500 Oh'
sleep 1
expect "a broken server" centre-down
server_stop
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/o.key" -out "$work/o.crt" -days 9 \
	-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2>/dev/null
answer "$work/ack" application/octet-stream
server "$work/o.crt" "$work/o.key"
sleep 1
expect "a server with another CA's certificate" channel-other
server_stop
expect "nobody there" centre-down
centre_again
check "the real centre again: all arrives" wait_for 10 arrived K01A-1 5
done_testing
