#!/bin/bash
# C-4, K-6: the GOST issuers' keys in a token that knows GOST: the virtual Rutoken behind a real pcscd and Debian's own
# OpenSC. Its certificate, CRL and OCSP answer verify with openssl and the GOST engine; a token that is pulled, exchanged
# or refuses its PIN is told by name, costs no try that it need not, and what waited for it goes on when it is back.
# usage: gost-token.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034,SC2016  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: gost-token.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../../kiosk-image/lib/setup.sh"
. "$here/../../../kiosk-image/lib/stage.sh"
. "$here/../../lib/centre.sh"
command -v pkcs11-tool >/dev/null || { echo "skipped: pkcs11-tool is missing" >&2; exit 77; }
openssl engine gost >/dev/null 2>&1 || { echo "skipped: OpenSSL has no GOST engine" >&2; exit 77; }
find /usr/lib/pcsc/drivers/serial -name 'libifdvpcd.so*' 2>/dev/null | grep -q . || { echo "skipped: vsmartcard-vpcd is missing" >&2; exit 77; }
[ -x "$bin/tamga-vcard" ] || { echo "skipped: tamga-vcard is not built" >&2; exit 77; }
personas=$here/../../personas
module=$(stage_module)
reader='Virtual PCD 00 01'
serial=000000003ba1f05c right=70418352 wrong=11111111 # tests/personas/rutoken-head.yaml
STAGE=$work
stage_pcscd_private
extra_pids=$(cat "$STAGE/pcscd.pid")
printf 'openssl_conf = i\n[i]\nengines = l\n[l]\ngost = g\n[g]\nengine_id = gost\ndefault_algorithms = ALL\n' >"$work/gost.cnf"
gost() { OPENSSL_CONF=$work/gost.cnf openssl "$@" 2>&1; }
vcard() { "$bin/tamga-vcard" --ctl "$work/vcard.ctl" "$@"; }
in_reader() { opensc-tool -l 2>/dev/null | grep -Eq "^1 +$1"; }
plug() { # PERSONA
	"$bin/tamga-vcard" --port "$TOKEN_PORT" --state "$work/$1.card" --control "$work/vcard.ctl" --persona "$personas/$1.yaml" \
		--inserted 2>>"$work/vcard.err" &
	vcard_pid=$!
	extra_pids="$(cat "$STAGE/pcscd.pid") $vcard_pid"
	wait_for 30 in_reader Yes
}
unplug() {
	kill "$vcard_pid" && wait "$vcard_pid" 2>/dev/null
	wait_for 30 in_reader No
}
not() { ! "$@"; }
tries() { vcard status | grep -o '\btries=[0-9]*' | head -1; }

profiles=$work/profiles
cp -r "$here/../../../screens/profiles" "$profiles"
sed -i 's/^approval: identified/approval: none/' "$profiles"/nca-individual-*.yaml "$profiles"/nca-sim-sign.yaml
centre_gost=
flags=(--profiles "$profiles" --public 127.0.0.1:0 --gost-token "$serial" --gost-reader "$reader" --gost-pin "$work/pin")
refused() { # STATUS: a start that ends with this
	timeout 120 "$bin/tamga-centre" --data "$work/c" --listen 127.0.0.1:0 "${flags[@]}" >"$work/refused.out" 2>"$work/refused.err"
	[ $? -eq 1 ] && grep -q "^tamga-centre: T-[0-9]* $1:" "$work/refused.err" || { cat "$work/refused.err"; return 1; }
}

# --- The first start makes the keys, or nothing
echo $wrong >"$work/pin"
check "no token: the first start says so" refused card-none
plug rutoken-head
before=$(tries)
check "a wrong PIN is told" refused pin-wrong
once=$(tries)
check "it cost one try" test "$before" != "$once"
for _ in 1 2 3; do refused pin-wrong >/dev/null; done
check "no start spends another" same "$(tries)" "$once"
check "and it says why" grep -q 'not tried again' "$work/refused.err"
check "nothing was made" sh -c "! ls '$work/c/ca' | grep -q 'gost-.*pem'"
echo $right >"$work/pin"
centre_start 127.0.0.1:0 "${flags[@]}"
public=$(sed -n 's/^public //p' "$work/centre.out")
check "with another PIN it starts, and says where its keys are" grep -q "GOST issuers are in the token $serial" "$work/centre.err"
check "all tries are there again" same "$(tries)" "$before"
check "no GOST key is in a file" sh -c "! ls '$work/c/ca' | grep -q 'gost.*key\|gost-lock\|refused'"

# --- What openssl says of it
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
fill K01A-1 1
agent_start K01A-1
wait_for 30 arrived K01A-1 1
chain=$work/K01A-1/ca-trust.pem
issue() { # COUNTER NAME [rsa]: NAME.pem
	[ "${3:-}" ] || gost genpkey -algorithm gost2001 -pkeyopt paramset:A -out "$work/$2.key" >/dev/null
	"$build/tests/link-enrol" "$work/K01A-1.sock" "$work/K01A-1" "$profiles" "$1" "$work/$2.key" "$work/$2.cer" \
		"$([ "${3:-}" ] && echo nca-individual-sign || echo nca-sim-sign)" surname=Әбілқасымова given-name=Айгүл \
		patronymic=Серікқызы iin=850101400001 && gost x509 -inform DER -in "$work/$2.cer" -out "$work/$2.pem"
}
number_of() { gost x509 -in "$work/$1.pem" -noout -serial | sed -n 's/^serial=0*//p' | tr A-F a-f; }
check "a certificate by the GOST issuer" issue 51 one
one=$(number_of one)
check "which its holder's confirmation reached" same "$(sqlite3 -readonly "$work/c/ca.db" "SELECT state FROM issued WHERE serial = '$one'")" 1
check "openssl verifies the chain" sh -c 'printf "%s" "$1" | grep -q ": OK$"' sh "$(gost verify -CAfile "$chain" -x509_strict -check_ss_sig "$work/one.pem")"
check "signed with GOST R 34.10-2012, 256 bits" sh -c 'printf "%s" "$1" | grep -q "Signature Algorithm: .*34.10-2012 with.*256"' sh "$(gost x509 -in "$work/one.pem" -noout -text)"
list() { curl -sS --max-time 60 "$public/crl/issuing-gost.crl" -o "$work/list.crl" && gost crl -inform DER -in "$work/list.crl" -noout -text -CAfile "$chain"; }
check "the CRL too" sh -c 'printf "%s" "$1" | grep -q "verify OK"' sh "$(list)"
check "and the root's" sh -c 'printf "%s" "$1" | grep -q "verify OK"' sh "$(curl -sS "$public/crl/root-gost.crl" -o "$work/root.crl" && gost crl -inform DER -in "$work/root.crl" -noout -CAfile "$chain")"
gost x509 -inform DER -in "$work/c/ca/gost-issuing.pem" >/dev/null
sed -n '/BEGIN/,/END/p' "$work/c/ca/gost-issuing.pem" >"$work/issuer.pem"
ocsp() { gost ocsp -issuer "$work/issuer.pem" -cert "$work/one.pem" -url "$public/ocsp" -CAfile "$chain" -no_nonce; }
check "OCSP: verified" sh -c 'printf "%s" "$1" | grep -q "Response verify OK"' sh "$(ocsp)"
check "good" sh -c 'printf "%s" "$1" | grep -q ": good"' sh "$(ocsp)"
p11() { timeout 60 pkcs11-tool --module "$module" --slot 4 --login --pin $right "$@" 2>/dev/null; }

# --- A child that was ended
children() { pgrep -P "$centre_pid" -x tamga-token; }
check "one child drives the token" same "$(children | wc -l)" 1
kill -KILL "$(children)"
check "killed, the next certificate brings it back" issue 52 two

# --- Pulled
vcard pull >/dev/null
wait_for 30 in_reader No
check "without the token nothing is issued by it" not issue 53 three
check "which the log names" grep -q "request of K01A-1 refused: T-204 card-none" "$work/centre.err"
check "RSA goes on" issue 54 four rsa
sqlite3 "$work/c/ca.db" "UPDATE issued SET state = 3, reason = 1, changed_ms = $(date +%s)000 WHERE serial = '$one'"
check "OCSP tells of a revocation all the same" sh -c 'printf "%s" "$1" | grep -q revoked' sh "$(ocsp)"
check "the list that stands is served" sh -c 'printf "%s" "$1" | grep -q "verify OK"' sh "$(list)"
check "the list of the other issuer is made anew" wait_for 30 sh -c "[ \$(sqlite3 -readonly '$work/c/ca.db' 'SELECT change FROM published WHERE list = 0') -gt \$(sqlite3 -readonly '$work/c/ca.db' 'SELECT change FROM published WHERE list = 1') ]"
lines=$(grep -c 'token with the GOST keys' "$work/centre.err")
check "it is told once" same "$lines" 1

# --- Another one in its place
vcard quit >/dev/null
wait "$vcard_pid" 2>/dev/null
plug rutoken-accountant
others=$(tries)
refuses_other() { ! issue 55 five && grep -q "refused: T-209 card-other" "$work/centre.err"; }
check "another token is not its own" wait_for 60 refuses_other
check "no PIN was shown to it" same "$(tries)" "$others"
unplug

# --- Started while it is away, and back
centre_kill TERM
check "it ends in order" same "$centre_status" 0
centre_again "${flags[@]}" --public "${public#http://}"
check "it starts without the token" sh -c 'printf "%s" "$1" | grep -q "verify OK"' sh "$(list)"
plug rutoken-head
listed() { list | grep -qi "serial number: 0*$one"; }
check "when it is back the list tells of the revocation" wait_for 60 listed
check "and it issues" issue 56 six
check "verified" sh -c 'printf "%s" "$1" | grep -q ": OK$"' sh "$(gost verify -CAfile "$chain" "$work/six.pem")"
check "the audit journal says when it was away and back" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT group_concat(json_extract(body, '\$.what'), ' ') FROM (SELECT body FROM journal WHERE kind = 'ca.key' AND json_extract(body, '\$.label') = 'token $serial' ORDER BY id)" | tr ' ' '\n' | sort -u | tr '\n' ' ')" "away opened "

# --- What was made in one place is not looked for in the other
centre_kill TERM
check "a start without naming the token is refused" sh -c '! timeout 60 "$@" 2>&1 | grep -q ^ready' sh "$bin/tamga-centre" --data "$work/c" --listen 127.0.0.1:0 --profiles "$profiles" --gost-files
check "and made no key file" sh -c "! ls '$work/c/ca' | grep -q 'gost.*key'"
keys=$(p11 --list-objects --type privkey)
check "two private keys are on the token" same "$(grep -c '^Private Key Object' <<<"$keys")" 2
p11 --read-object --type privkey --label gost-root --output-file "$work/stolen"
check "none gives itself away" not test -s "$work/stolen"
check "no message that was answered stands in the log as refused" not grep -q 'refused: T-409' "$work/centre.err"
done_testing
