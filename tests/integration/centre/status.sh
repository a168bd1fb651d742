#!/bin/bash
# C-4: the status service of the real centre: CRLs, delta CRLs, CA certificates and OCSP by plain HTTP, cacheable; what is
# revoked is durable and public at once, also after a kill between the two, and when another program revoked it.
# Witnesses: curl, openssl (crl, ocsp, verify), GnuTLS (certtool, ocsptool), sqlite3.
# usage: status.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034,SC2016  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: status.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
for need in certtool ocsptool; do
	command -v $need >/dev/null || { echo "skipped: $need is missing" >&2; exit 77; }
done

profiles=$work/profiles
cp -r "$(dirname "$0")/../../../screens/profiles" "$profiles"
sed -i 's/^approval: identified/approval: none/' "$profiles"/nca-individual-*.yaml
public_of() { public=$(sed -n 's/^public //p' "$work/centre.out"); }
first() { centre_start 127.0.0.1:0 --profiles "$profiles" --public 127.0.0.1:0; public_of; }
again() { centre_again --profiles "$profiles" --public "${public#http://}" "$@"; public_of; }
first
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
fill K01A-1 1
agent_start K01A-1
wait_for 10 arrived K01A-1 1
issue() { # SEED NAME: NAME.pem, its serial in $serial
	"$build/tests/link-enrol" "$work/K01A-1.sock" "$work/K01A-1" "$profiles" "$1" "$work/$2.key" "$work/$2.cer" >/dev/null || return 1
	openssl x509 -inform DER -in "$work/$2.cer" -out "$work/$2.pem"
	serial=$(openssl x509 -in "$work/$2.pem" -noout -serial | sed 's/.*=//;s/^0*//' | tr A-F a-f)
}
ca() { sqlite3 "$work/c/ca.db" "$1"; }
issue 7 one || { echo "no certificate"; cat "$work/centre.err"; exit 1; }
one=$serial
issue 8 two
two=$serial
sed -n '/BEGIN/,/END/p' "$work/c/ca/issuing.pem" >"$work/issuing.pem"
chain=$work/K01A-1/ca-trust.pem

# --- The addresses in a certificate work, with nothing else than what stands in it
text=$(openssl x509 -in "$work/one.pem" -noout -text)
crl_url=$(grep -A4 'CRL Distribution' <<<"$text" | sed -n 's/.*URI://p' | head -1)
delta_url=$(grep -A4 'Freshest CRL' <<<"$text" | sed -n 's/.*URI://p' | head -1)
ocsp_url=$(openssl x509 -in "$work/one.pem" -noout -ocsp_uri)
cer_url=$(grep -A6 'Authority Information' <<<"$text" | sed -n 's/.*CA Issuers - URI://p' | head -1)
check "a certificate says where its CRL is" same "$crl_url" "$public/crl/issuing.crl"
check "and its delta" same "$delta_url" "$public/crl/issuing-delta.crl"
check "and OCSP" same "$ocsp_url" "$public/ocsp"
curl -sS "$crl_url" -o "$work/base.crl"
check "the CRL is signed by the CA (openssl)" sh -c "openssl crl -inform DER -in '$work/base.crl' -noout -CAfile '$chain' 2>&1 | grep -q 'verify OK'"
curl -sS "$cer_url" -o "$work/issuer.cer"
check "the CA's certificate is what it says" same "$(openssl x509 -inform DER -in "$work/issuer.cer" -outform PEM)" "$(openssl x509 -in "$work/issuing.pem")"
certtool --crl-info --inder --infile "$work/base.crl" >"$work/base.txt" 2>&1
check "GnuTLS reads it" grep -q "CRL Number" "$work/base.txt"
openssl crl -inform DER -in "$work/base.crl" -out "$work/base.crl.pem" && certtool --verify-crl --load-ca-certificate "$work/issuing.pem" --infile "$work/base.crl.pem" >"$work/verify.txt" 2>&1
check "and says that it is good" grep -qi "verified" "$work/verify.txt"

ocsp() { # PEM FLAGS…: what openssl says of it
	local certificate=$1
	shift
	openssl ocsp -issuer "$work/issuing.pem" -cert "$certificate" -url "$ocsp_url" -CAfile "$chain" "$@" 2>&1
}
check "OCSP by POST: good" grep -q "Response verify OK" <<<"$(ocsp "$work/one.pem" -no_nonce)"
check "with SHA-256 too" grep -q ": good" <<<"$(openssl ocsp -sha256 -issuer "$work/issuing.pem" -cert "$work/one.pem" -url "$ocsp_url" -CAfile "$chain" -no_nonce 2>&1)"
check "with a nonce, which is echoed" sh -c '! printf "%s" "$1" | grep -qi "nonce"' sh "$(ocsp "$work/one.pem")"

# --- Cacheable
head_of() { curl -sS -o "$work/body" -D - "$@" | tr -d '\r'; }
openssl ocsp -issuer "$work/issuing.pem" -cert "$work/one.pem" -no_nonce -reqout "$work/request.der" 2>/dev/null
get=$ocsp_url/$(base64 -w0 "$work/request.der" | sed 's/+/%2B/g;s|/|%2F|g;s/=/%3D/g')
for what in "$public/crl/issuing.crl" "$public/crl/issuing-delta.crl" "$get" "$public/ca/issuing.cer"; do
	name=${what#"$public"}
	name=${name:0:24}
	head_of "$what" >"$work/head"
	tag=$(sed -n 's/^ETag: //p' "$work/head")
	date=$(sed -n 's/^Last-Modified: //p' "$work/head")
	check "$name: 200" grep -q "^HTTP/1.1 200" "$work/head"
	check "$name: for a minute" grep -q "^Cache-Control: max-age=\([0-9]\|[1-5][0-9]\|60\)," "$work/head"
	check "$name: Expires" grep -q "^Expires: .* GMT" "$work/head"
	check "$name: not changed (ETag)" same "$(curl -sS -o /dev/null -w '%{http_code} %{size_download}' -H "If-None-Match: $tag" "$what")" "304 0"
	check "$name: changed" same "$(curl -sS -o /dev/null -w '%{http_code}' -H 'If-None-Match: "0"' "$what")" 200
	[ -n "$date" ] && check "$name: not changed (date)" same "$(curl -sS -o /dev/null -w '%{http_code}' -H "If-Modified-Since: $date" "$what")" 304
done
curl -sS "$get" -o "$work/answer.der"
check "OCSP by GET is read by OpenSSL" grep -q "Response verify OK" <<<"$(openssl ocsp -issuer "$work/issuing.pem" -cert "$work/one.pem" -respin "$work/answer.der" -CAfile "$chain" -no_nonce 2>&1)"
check "and by GnuTLS" sh -c "ocsptool --load-response '$work/answer.der' --verify-response --load-trust '$chain' | grep -q 'Certificate Status: good'"
check "with plain Base64 as well" same "$(curl -sS "$ocsp_url/$(base64 -w0 "$work/request.der")" | sha256sum)" "$(sha256sum <"$work/answer.der")"
check "HEAD" grep -q "^HTTP/1.1 200" <<<"$(curl -sSI "$public/crl/issuing.crl")"

# --- What is asked wrongly
status_of() { curl -sS -o "$work/body" -w '%{http_code}' "$@"; }
post() { status_of -H 'Content-Type: application/ocsp-request' --data-binary "@$1" "$ocsp_url"; }
echo garbage >"$work/garbage"
check "garbage is no request" same "$(post "$work/garbage")" 200
check "which OCSP itself says" same "$(od -An -tx1 "$work/body" | tr -d ' \n')" 30030a0101
head -c 5000 /dev/zero >"$work/long"
check "a long one is refused before it is read" same "$(post "$work/long")" 413
check "a wrong type too" same "$(status_of -H 'Content-Type: text/plain' --data-binary x "$ocsp_url")" 415
check "another method" same "$(status_of -X DELETE "$public/crl/issuing.crl")" 405
check "a file that is none" same "$(status_of "$public/crl/../ca.db")" 404
check "no way out of the names" same "$(status_of --path-as-is "$public/crl/%2e%2e/ca.db")" 404
check "nothing of the kiosks' side is here" same "$(status_of "$public/v1/high-water")" 404
check "no TLS, no certificate asked" same "$(status_of "$ocsp_url/%ZZ")" 200
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/f.key" -out "$work/f.pem" -days 9 -subj /CN=foreign 2>/dev/null
check "of another issuer nothing is said" grep -q "unauthorized" <<<"$(openssl ocsp -issuer "$work/f.pem" -cert "$work/f.pem" -url "$ocsp_url" -no_nonce 2>&1)"

# --- Revoked: public at once
on_crl() { curl -sS "$public/crl/$1.crl" | openssl crl -inform DER -noout -text | grep -qi "serial number: 0*$2"; }
revoked() { grep -q "revoked" <<<"$(ocsp "$1" -no_nonce)"; }
check "good before" sh -c '! printf "%s" "$1" | grep -q revoked' sh "$(ocsp "$work/one.pem" -no_nonce)"
# By another program: the file is all that both know of each other.
ca "UPDATE issued SET state = 3, reason = 1, changed_ms = $(date +%s)000 WHERE serial = '$one'"
check "OCSP says so with the next question" revoked "$work/one.pem"
check "the CRL too" on_crl issuing "$one"
check "and the delta" on_crl issuing-delta "$one"
curl -sS "$public/crl/issuing-delta.crl" | openssl crl -inform DER -out "$work/delta.pem"
openssl crl -inform DER -in "$work/base.crl" -out "$work/base.pem"
verify() { openssl verify -CAfile "$chain" -ignore_critical -crl_check "$@" 2>&1; }
check "a relying party with the old list does not know" grep -q ": OK" <<<"$(verify -CRLfile "$work/base.pem" "$work/one.pem")"
check "with the delta it does" grep -q "certificate revoked" <<<"$(verify -extended_crl -use_deltas -CRLfile "$work/base.pem" -CRLfile "$work/delta.pem" "$work/one.pem")"
check "of the other it says nothing" grep -q ": OK" <<<"$(verify -extended_crl -use_deltas -CRLfile "$work/base.pem" -CRLfile "$work/delta.pem" "$work/two.pem")"

# --- Killed between the commit and the publication
number() { curl -sS "$public/crl/issuing.crl" | openssl crl -inform DER -noout -crlnumber | sed 's/.*=0x//'; }
before=$(number)
served=$(curl -sS "$public/crl/issuing.crl" | sha256sum)
centre_kill KILL
again
check "the same list after a kill" same "$(curl -sS "$public/crl/issuing.crl" | sha256sum)" "$served"
centre_kill KILL
ca "UPDATE issued SET state = 3, reason = 4, changed_ms = $(date +%s)000 WHERE serial = '$two'"
again
check "what was revoked before the kill is on the list of the start" on_crl issuing "$two"
check "OCSP too" revoked "$work/two.pem"
check "with a higher number" test "$((16#$(number)))" -gt "$((16#$before))"

# --- A clock that goes back, and a long time
wait_for 5 sh -c "sqlite3 -readonly '$work/c/centre.db' \"SELECT 1 FROM journal WHERE kind = 'crl.published'\" | grep -q 1"
centre_kill TERM
echo $((-2 * 3600000)) >"$work/offset"
last=$(ca "SELECT number FROM published WHERE list = 0")
again --clock-file "$work/offset"
check "a clock that went back: the list that stands is served" on_crl issuing "$two"
ca "UPDATE issued SET state = 3, changed_ms = changed_ms + 1, reason = 1 WHERE serial = '$one'"
check "and none is signed" same "$(ca "SELECT number FROM published WHERE list = 0")" "$last"
echo 0 >"$work/offset"
echo $((13 * 3600000)) >"$work/offset"
check "when half of its time is over there is another" wait_for 10 sh -c "[ \$(sqlite3 -readonly '$work/c/ca.db' 'SELECT number FROM published WHERE list = 0') -gt $last ]"
check "the jump of the clock is in the journal" wait_for 10 sh -c "sqlite3 -readonly '$work/c/centre.db' \"SELECT 1 FROM journal WHERE kind = 'clock.stepped'\" | grep -q 1"
check "no number twice" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) - count(DISTINCT json_extract(body, '\$.number')) FROM journal WHERE kind = 'crl.published'")" 0
check "no serial number in the log" sh -c "! grep -qi '$one\|$two' '$work/centre.err'"
centre_kill TERM
check "it ends in order" same "$centre_status" 0
done_testing
