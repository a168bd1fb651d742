#!/bin/bash
# Whoever may not write is refused, by name, before a byte of the body is looked at. C-2; limits.md §3.
# usage: refuses.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: refuses.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"

centre_start
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
enrol K02B-1 || { cat "$work/enrol.err"; exit 1; }
ca=$work/c/channel-ca.pem
bin_type='Content-Type: application/octet-stream'
"$tool" forge K01A-1 1 2 "$work/own" && "$tool" forge K02B-1 1 2 "$work/foreign"

refused() { # WHAT HTTP NAME CURL-ARGUMENTS…
	local what=$1 http=$2 name=$3
	shift 3
	check "$what: $http" same "$(http_of "$@")" "$http"
	check "$what: $name" grep -q "\"name\":\"$name\"" "$work/body"
}
own=(--cert "$work/K01A-1/kiosk.crt" --key "$work/K01A-1/kiosk.key")
post=(-H "$bin_type" --data-binary "@$work/own" "$url/v1/journal")

check "the kiosk's certificate leads to the channel CA (openssl)" \
	openssl verify -x509_strict -purpose sslclient -CAfile "$ca" "$work/K01A-1/kiosk.crt"

# --- certificates
refused "no certificate" 403 kiosk-unknown "${post[@]}"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/o.key" -out "$work/o.ca" -days 9 \
	-subj "/O=Tamga/CN=Tamga sandbox channel CA" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/x.key" -out "$work/x.csr" -subj /CN=K01A-1 2>/dev/null
sign() { # OUT EXTENSIONS CA KEY [MORE]: a certificate for x.csr
	local out=$1 extensions=$2 by=$3 key=$4
	shift 4
	openssl x509 -req -in "$work/x.csr" -CA "$by" -CAkey "$key" -out "$out" -extfile <(printf '%b' "$extensions") "$@" 2>/dev/null
}
client='basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n'
sign "$work/other.crt" "$client" "$work/o.ca" "$work/o.key" -days 9
refused "another CA of the same name" 403 kiosk-unknown --cert "$work/other.crt" --key "$work/x.key" "${post[@]}"
sign "$work/expired.crt" "$client" "$ca" "$work/c/channel-ca.key" -days -1
refused "expired" 403 kiosk-unknown --cert "$work/expired.crt" --key "$work/x.key" "${post[@]}"
sign "$work/server.crt" "${client/clientAuth/serverAuth}" "$ca" "$work/c/channel-ca.key" -days 9
refused "for servers" 403 kiosk-unknown --cert "$work/server.crt" --key "$work/x.key" "${post[@]}"
sign "$work/bare.crt" 'basicConstraints=critical,CA:FALSE\n' "$ca" "$work/c/channel-ca.key" -days 9
refused "for no purpose" 403 kiosk-unknown --cert "$work/bare.crt" --key "$work/x.key" "${post[@]}"
sign "$work/unlisted.crt" "$client" "$ca" "$work/c/channel-ca.key" -days 9
refused "rightly signed, never enrolled" 403 kiosk-unknown --cert "$work/unlisted.crt" --key "$work/x.key" "${post[@]}"
refused "the centre's own" 403 kiosk-unknown --cert "$work/c/tls.crt" --key "$work/c/tls.key" "${post[@]}"
refused "no certificate for the high water" 403 kiosk-unknown "$url/v1/high-water"
refused "no certificate for CMP" 403 kiosk-unknown -H 'Content-Type: application/pkixcmp' --data-binary x "$url/v1/cmp"

# --- streams
refused "another kiosk's stream" 403 sync-foreign "${own[@]}" -H "$bin_type" --data-binary "@$work/foreign" "$url/v1/journal"
check "nothing of all that was stored" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM journal WHERE kiosk <> 'C00-1'")" 0
check "a first batch is taken" same "$(http_of "${own[@]}" "${post[@]}")" 200
check "and again, as a repeat" same "$(http_of "${own[@]}" "${post[@]}")" 200
check "it is there once" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM journal WHERE kiosk <> 'C00-1'")" 2
"$tool" forge K01A-1 5 1 "$work/gap"
refused "a gap" 409 sync-gap "${own[@]}" -H "$bin_type" --data-binary "@$work/gap" "$url/v1/journal"
"$tool" forge K01A-1 2 1 "$work/fork"
refused "a fork" 409 sync-fork "${own[@]}" -H "$bin_type" --data-binary "@$work/fork" "$url/v1/journal"
"$tool" forge K01A-1 3 1 "$work/fork"
refused "a fork behind the end" 409 sync-fork "${own[@]}" -H "$bin_type" --data-binary "@$work/fork" "$url/v1/journal"
{ head -c 80 "$work/own"; head -c 1 /dev/zero; tail -c +82 "$work/own"; } >"$work/bent"
check "a bent byte is refused" same "$(http_of "${own[@]}" -H "$bin_type" --data-binary "@$work/bent" "$url/v1/journal" | tr 409 444)" 444
check "still two" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM journal WHERE kiosk <> 'C00-1'")" 2

# --- bodies
refused "no batch" 400 invalid "${own[@]}" -H "$bin_type" --data-binary garbage "$url/v1/journal"
refused "an empty body" 400 invalid "${own[@]}" -H "$bin_type" --data-binary '' "$url/v1/journal"
refused "another type" 415 invalid "${own[@]}" -H 'Content-Type: text/plain' --data-binary x "$url/v1/journal"
refused "a chunked body" 411 invalid "${own[@]}" -H "$bin_type" -H 'Transfer-Encoding: chunked' --data-binary "@$work/own" "$url/v1/journal"
head -c 5000000 /dev/zero >"$work/large"
refused "an oversized batch" 413 limit "${own[@]}" -H "$bin_type" --data-binary "@$work/large" "$url/v1/journal"
head -c 70000 /dev/zero >"$work/large"
refused "an oversized CMP message" 413 limit "${own[@]}" -H 'Content-Type: application/pkixcmp' --data-binary "@$work/large" "$url/v1/cmp"
refused "no PKIMessage" 400 invalid "${own[@]}" -H 'Content-Type: application/pkixcmp' --data-binary garbage "$url/v1/cmp"
tls() { timeout 5 openssl s_client -quiet -connect "${url#https://}" -CAfile "$ca" -cert "$work/K01A-1/kiosk.crt" -key "$work/K01A-1/kiosk.key" 2>/dev/null; }
raw() { { printf "POST /v1/journal HTTP/1.1\r\nHost: x\r\n$bin_type\r\n$1\r\n\r\n$2"; sleep 1; } | tls; }
check "a truncated body is never answered with 200" sh -c '! grep -q " 200 " "$1"' - <(raw 'Content-Length: 500' 'tamga-batch-1')
check "both lengths at once are refused" grep -qE '^HTTP/1.1 4' <(raw 'Content-Length: 5\r\nTransfer-Encoding: chunked' '0\r\n\r\n')
check "a negative length is refused" grep -qE '^HTTP/1.1 4' <(raw 'Content-Length: -1' 'x')
check "a length beyond all numbers is refused" grep -qE '^HTTP/1.1 4' <(raw 'Content-Length: 99999999999999999999999' 'x')
check "the centre lives" same "$(http_of "${own[@]}" "$url/v1/high-water")" 200

# --- enrolment
enrol_as() { "$bin/tamga-agent" --enrol --centre "$url" --kiosk "$1" --out "$work/$2" --secret-file "$3" "${@:4}"; }
sed '1s/^./z/' "$work/c/enrolment-secret" >"$work/wrong-secret"
sed '/^ca-pin/{s/^ca-pin //;y/0123456789abcdef/123456789abcdef0/;s/^/ca-pin /}' "$work/c/enrolment-secret" >"$work/wrong-pin"
check "a wrong secret enrols nobody" sh -c '! "$@"' - "$bin/tamga-agent" --enrol --centre "$url" --kiosk K03C-1 --out "$work/n1" --secret-file "$work/wrong-secret"
check "a wrong pin is refused before anything is sent" sh -c '! "$@" 2>&1 | grep -v T-405 | grep .' - "$bin/tamga-agent" --enrol --centre "$url" --kiosk K03C-1 --out "$work/n2" --secret-file "$work/wrong-pin"
check "no certificate came of it" test ! -e "$work/n2/kiosk.crt"
check "a known kiosk is not enrolled a second time" sh -c '! "$@"' - "$bin/tamga-agent" --enrol --centre "$url" --kiosk K01A-1 --out "$work/n3" --secret-file "$work/c/enrolment-secret"
check "but may ask again with the same key" enrol K01A-1
"$bin/tamgactl" kiosk replace K02B-1 --data "$work/c" --out "$work/K02B-1.line" >/dev/null 2>&1
check "or with a one-time secret of its own" enrol_as K02B-1 n4 "$work/K02B-1.line"
check "its new certificate is shown" same "$(http_of --cert "$work/n4/kiosk.crt" --key "$work/n4/kiosk.key" "$url/v1/high-water")" 200
refused "then its old certificate is worth nothing" 403 kiosk-unknown --cert "$work/K02B-1/kiosk.crt" --key "$work/K02B-1/kiosk.key" "$url/v1/high-water"
check "and its number is the old one" cmp "$work/n4/kiosk-number" "$work/K02B-1/kiosk-number"
check "numbers differ" sh -c '! cmp -s "$1" "$2"' - "$work/K01A-1/kiosk-number" "$work/K02B-1/kiosk-number"

# --- disabled, also on a connection that is open
{
	printf 'GET /v1/high-water HTTP/1.1\r\nHost: x\r\n\r\n'
	wait_for 5 test -e "$work/now"
	sleep 1
	printf 'GET /v1/high-water HTTP/1.1\r\nHost: x\r\n\r\n'
	sleep 0.5
} | timeout 12 openssl s_client -quiet -connect "${url#https://}" -CAfile "$ca" -cert "$work/K01A-1/kiosk.crt" -key "$work/K01A-1/kiosk.key" >"$work/open.out" 2>/dev/null &
open_pid=$!
sleep 1
check "kiosk disable is one command" "$bin/tamgactl" kiosk disable K01A-1 --data "$work/c"
touch "$work/now"
wait "$open_pid"
check "an open connection is served before" same "$(grep -ao 'HTTP/1.1 200' "$work/open.out" | wc -l)" 1
check "and refused after" same "$(grep -ao 'HTTP/1.1 403' "$work/open.out" | wc -l)" 1
refused "a disabled kiosk" 403 kiosk-unknown "${own[@]}" "${post[@]}"
"$bin/tamgactl" kiosk enable K01A-1 --data "$work/c" >/dev/null
sleep 1
check "enabled again it is served" same "$(http_of "${own[@]}" "$url/v1/high-water")" 200

# --- the sandbox's secret can be ended for good
cp "$work/c/enrolment-secret" "$work/copy-secret"
check "kiosk close is one command" "$bin/tamgactl" kiosk close --data "$work/c"
check "its file is gone" test ! -e "$work/c/enrolment-secret"
check "a copy that was kept lets nobody in" sh -c '! "$@"' - "$bin/tamga-agent" --enrol --centre "$url" --kiosk K09Z-1 --out "$work/n9" --secret-file "$work/copy-secret"
centre_kill TERM
centre_again
check "nor is there another after a start" test ! -e "$work/c/enrolment-secret"
check "a copy lets nobody in then either" sh -c '! "$@"' - "$bin/tamga-agent" --enrol --centre "$url" --kiosk K09Z-1 --out "$work/n9" --secret-file "$work/copy-secret"
done_testing
