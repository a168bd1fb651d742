#!/bin/bash
# First start, second start, stop, who may look, what is published. C-2, C-4; design.md §5.
# usage: start.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: start.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"

centre_start
check "an empty directory is filled and the secret's place said" grep -q "$work/c/enrolment-secret" "$work/centre.out"
check "the address is written beside it" same "https://$(cat "$work/c/listen")" "$url"
check "the directory is the owner's alone" same "$(stat -c %a "$work/c")" 700
check "nothing in it is for others" same "$(find "$work/c" -type f \( -name '*key' -o -name enrolment-secret -o -name token-pin \) -exec stat -c %a {} + | sort -u)" 600
check "no private key of the CA stands open outside the token" \
	sh -c "! grep -rl 'BEGIN [A-Z]* *PRIVATE KEY' '$work/c/ca' | xargs -r grep -L 'BEGIN ENCRYPTED PRIVATE KEY' | grep ."
check "the RSA keys are in the token, the two GOST keys locked beside it" \
	same "$(cd "$work/c/ca" && grep -rl 'PRIVATE KEY' . | sort | tr '\n' ' ')" './gost-issuing.key ./gost-root.key '
check "the TLS certificate leads to the channel CA (openssl)" \
	openssl verify -x509_strict -purpose sslserver -CAfile "$work/c/channel-ca.pem" "$work/c/tls.crt"
check "it names the address" openssl x509 -in "$work/c/tls.crt" -noout -checkip 127.0.0.1
pin=$(openssl x509 -in "$work/c/channel-ca.pem" -outform DER | sha256sum | cut -d' ' -f1)
check "the pin beside the secret is the channel CA's" grep -qx "ca-pin $pin" "$work/c/enrolment-secret"

host=${url#https://}
check "TLS 1.3 is spoken" sh -c "echo | openssl s_client -connect $host -tls1_3 -CAfile '$work/c/channel-ca.pem' -verify_return_error"
check "TLS 1.2 is not" sh -c "! echo | openssl s_client -connect $host -tls1_2"
for path in / /v1 /v1/journal /v1/journal/x /v1/cmp /v2/journal /../c/ack.key /ca /ca/ack.key; do
	check "GET $path is not found" same "$(http_of --path-as-is "$url$path")" 404
done
check "DELETE is not found" same "$(http_of -X DELETE "$url/v1/high-water")" 404

curl -sS --cacert "$work/c/channel-ca.pem" "$url/ca/chain.pem" -o "$work/chain.pem"
curl -sS --cacert "$work/c/channel-ca.pem" "$url/ca/issuing.cer" -o "$work/issuing.cer"
openssl x509 -inform DER -in "$work/issuing.cer" -out "$work/issuing.pem"
check "the issuing CA leads to the root (openssl)" openssl verify -x509_strict -CAfile "$work/chain.pem" "$work/issuing.pem"
for crl in issuing root; do
	curl -sS --cacert "$work/c/channel-ca.pem" "$url/crl/$crl.crl" -o "$work/$crl.crl"
	check "the $crl CRL is signed by its CA (openssl)" sh -c \
		"openssl crl -inform DER -in '$work/$crl.crl' -noout -CAfile '$work/chain.pem' 2>&1 | grep -q 'verify OK'"
done

# The GOST family beside it (K-6). `openssl crl` takes the engine from its configuration only.
printf '%s\n' 'openssl_conf = init' '[init]' 'engines = list' '[list]' 'gost = one' '[one]' 'engine_id = gost' \
	'default_algorithms = ALL' >"$work/gost.cnf"
curl -sS --cacert "$work/c/channel-ca.pem" "$url/ca/issuing-gost.cer" | OPENSSL_CONF=$work/gost.cnf openssl x509 -inform DER -out "$work/issuing-gost.pem"
check "the GOST issuing CA leads to the GOST root (openssl)" \
	openssl verify -engine gost -x509_strict -CAfile "$work/chain.pem" "$work/issuing-gost.pem"
for crl in issuing-gost root-gost; do
	curl -sS --cacert "$work/c/channel-ca.pem" "$url/crl/$crl.crl" -o "$work/$crl.crl"
	check "the $crl CRL is signed by its CA (openssl)" sh -c \
		"OPENSSL_CONF=$work/gost.cnf openssl crl -inform DER -in '$work/$crl.crl' -noout -CAfile '$work/chain.pem' 2>&1 | grep -q 'verify OK'"
done

check "a second centre on the same directory is refused" \
	sh -c "! '$bin/tamga-centre' --data '$work/c' --listen 127.0.0.1:0"
centre_kill TERM
check "SIGTERM ends it cleanly" same "$centre_status" 0
cp "$work/chain.pem" "$work/chain.before"
keys_of() { find "$work/c" -type f -path '*key*' ! -name '*.lock' -exec sha256sum {} + | sort; }
keys_of >"$work/keys.before"
centre_again
check "there were keys to keep" test -s "$work/keys.before"
check "a second start makes no key anew" cmp "$work/keys.before" <(keys_of)
curl -sS --cacert "$work/c/channel-ca.pem" "$url/ca/chain.pem" -o "$work/chain.pem"
check "with the same CA" cmp "$work/chain.before" "$work/chain.pem"
centre_kill KILL
centre_again
check "and after kill -9" same "$(http_of "$url/ca/chain.pem")" 200

# A first start that is cut short at any moment is completed by the next one.
centre_kill TERM
whole() { openssl verify -x509_strict -CAfile "$work/chain.pem" "$work/issuing.pem"; }
cuts=6
[ -n "${TAMGA_DEEP:-}" ] && cuts=60
for i in $(seq $cuts); do
	rm -rf "$work/c"
	"$bin/tamga-centre" --data "$work/c" --listen 127.0.0.1:0 >/dev/null 2>&1 &
	cut_pid=$!
	sleep "0.$(printf %03d $((RANDOM % 400 + 10)))"
	kill -KILL $cut_pid
	wait $cut_pid 2>/dev/null
	had=$(find "$work/c" -type f 2>/dev/null | wc -l)
	centre_start
	curl -sS --cacert "$work/c/channel-ca.pem" "$url/ca/chain.pem" -o "$work/chain.pem"
	curl -sS --cacert "$work/c/channel-ca.pem" "$url/ca/issuing.cer" | openssl x509 -inform DER -out "$work/issuing.pem"
	check "first start cut short with $had files: the next completes it" whole
	check "and enrols a kiosk" enrol "K01A-$i"
	centre_kill TERM
done

# Cut off at the one moment that no luck of timing is needed for: the token is made and has no PIN yet.
centre_start
centre_kill TERM
find "$work/c" -mindepth 1 ! -name token-pin ! -name softhsm2.conf -delete
mkdir "$work/c/softhsm"
export SOFTHSM2_CONF=$work/c/softhsm2.conf
check "a token with the officer's PIN alone" pkcs11-tool --module /usr/lib/softhsm/libsofthsm2.so --slot-index 0 --init-token \
	--label tamga-centre --so-pin "$(cat "$work/c/token-pin")"
unset SOFTHSM2_CONF
centre_start
curl -sS --cacert "$work/c/channel-ca.pem" "$url/ca/chain.pem" -o "$work/chain.pem"
curl -sS --cacert "$work/c/channel-ca.pem" "$url/ca/issuing.cer" | openssl x509 -inform DER -out "$work/issuing.pem"
check "first start cut off between the token and its PIN: the next completes it" whole
centre_kill TERM

check "flags that cannot be are named" sh -c "! '$bin/tamga-centre' --data '$work/y' --listen nonsense && ! '$bin/tamga-centre' --listen 127.0.0.1:0 --bogus"
done_testing
