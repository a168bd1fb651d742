#!/bin/bash
# CMP bytes through the agent: to the centre, and to a server that is not ours (openssl cmp -port) over plain HTTP. K-7.
# usage: cmp.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: cmp.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"

# What the transport carries is the matter here, not who asks: that has a test of its own (identified.sh).
profiles=$work/profiles
cp -r "$(dirname "$0")/../../../screens/profiles" "$profiles"
sed -i 's/^approval: identified/approval: none/' "$profiles"/nca-individual-*.yaml
centre_start 127.0.0.1:0 --profiles "$profiles"
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
fill K01A-1 1
agent_start K01A-1
check "the agent is up" wait_for 10 arrived K01A-1 1

# A request by OpenSSL's own client, written to a file: genm, protected with the kiosk's certificate, and ir by a secret.
openssl cmp -cmd genm -use_mock_srv -srv_ref x -srv_secret pass:x -ref x -secret pass:x -reqout "$work/genm.der" \
	>/dev/null 2>&1
check "OpenSSL wrote a request" openssl asn1parse -inform DER -in "$work/genm.der" -noout
relay() { "$tool" cmp "$work/K01A-1.sock" "${2:-nca-individual-sign}" "$1" "$work/answer.der"; }
check "the centre's CA answers through the agent" relay "$work/genm.der"
check "with a CMP message (openssl)" sh -c "openssl asn1parse -inform DER -in '$work/answer.der' | head -3 | grep -q 'SEQUENCE'"
echo garbage >"$work/garbage"
check "garbage is refused by name" same "$(relay "$work/garbage" 2>/dev/null)" ca-refused
touch "$work/net-down"
check "net down: the CA is not reached, by name" same "$(relay "$work/genm.der" 2>/dev/null)" ca-down
rm "$work/net-down"
check "net up again" relay "$work/genm.der"

# --- a whole enrolment: ir, ip, certConf, pkiConf
issue() { "$build/tests/link-enrol" "$work/K01A-1.sock" "$work/K01A-1" "$profiles" "$1" "$work/$2.key" "$work/$2.cer"; }
check "a certificate is issued through agent and centre" issue 7 p1
openssl x509 -inform DER -in "$work/p1.cer" -out "$work/p1.pem" 2>/dev/null
check "it leads to the CA that enrolment gave (openssl)" \
	openssl verify -x509_strict -ignore_critical -CAfile "$work/K01A-1/ca-trust.pem" "$work/p1.pem"
serial=$(openssl x509 -in "$work/p1.pem" -noout -serial | sed 's/.*=//;s/^0*//' | tr A-F a-f)
registered() { sqlite3 -readonly "$work/c/ca.db" "SELECT $1 FROM issued WHERE serial = '$serial'"; }
check "the centre keeps it under its kiosk" same "$(registered kiosk)" K01A-1
check "as confirmed" same "$(registered state)" 1
check "byte for byte" same "$(registered 'hex(certificate)')" "$(od -An -v -tx1 "$work/p1.cer" | tr -d ' \n' | tr a-f A-F)"
check "asked for again it is the same" sh -c "cp '$work/p1.cer' '$work/p1.first'"
check "(the transaction)" issue 7 p1
check "byte for byte the same" cmp "$work/p1.first" "$work/p1.cer"
centre_kill KILL
centre_again --profiles "$profiles"
check "also after the centre was killed" issue 7 p1
check "still the same" cmp "$work/p1.first" "$work/p1.cer"
check "the CA's keys are the same after it" sh -c "curl -sS --cacert '$work/c/channel-ca.pem' '$url/ca/chain.pem' | cmp - '$work/K01A-1/ca-trust.pem'"
check "another key, another certificate" issue 8 p2
check "really another" sh -c "! cmp -s '$work/p1.cer' '$work/p2.cer'"
"$bin/tamgactl" kiosk disable K01A-1 --data "$work/c" >/dev/null
sleep 1
check "a disabled kiosk gets none" same "$(issue 9 p3 2>/dev/null)" kiosk-unknown
"$bin/tamgactl" kiosk enable K01A-1 --data "$work/c" >/dev/null
check "the CA counts two" same "$(sqlite3 -readonly "$work/c/ca.db" 'SELECT count(*) FROM issued')" 2

# --- an external CA
port=$((20000 + RANDOM % 20000))
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/e.key" -out "$work/e.crt" -days 9 -subj '/CN=external' 2>/dev/null
openssl cmp -port $port -srv_ref 1234 -srv_secret pass:secret -rsp_cert "$work/e.crt" -srv_cert "$work/e.crt" -srv_key "$work/e.key" \
	>"$work/e.out" 2>&1 &
extra_pids=$!
wait_for 10 listening "$port"
agent_kill K01A-1 TERM
agent_extra="cmp: {url: \"http://127.0.0.1:$port/pkix/\"}"
agent_start K01A-1
wait_for 5 test -S "$work/K01A-1.sock"
openssl cmp -cmd genm -use_mock_srv -srv_ref 1234 -srv_secret pass:secret -ref 1234 -secret pass:secret -reqout "$work/g2.der" >/dev/null 2>&1
check "an external CA answers through the agent" wait_for 5 relay "$work/g2.der"
check "with a CMP message" sh -c "openssl asn1parse -inform DER -in '$work/answer.der' | head -3 | grep -q SEQUENCE"
check "while the journal still goes to the centre" sh -c "'$tool' fill '$work/K01A-1.db' K01A-1 1"
check "and arrives" wait_for 10 arrived K01A-1 2
kill "$extra_pids"; wait "$extra_pids" 2>/dev/null; extra_pids=
check "an external CA that is gone: by name" same "$(relay "$work/g2.der" 2>/dev/null)" ca-down
check "the centre is not blamed for it" status_is K01A-1 reachable 1
agent_kill K01A-1 TERM
agent_extra="cmp: {endpoints: [{profile: nca-individual-sign, url: \"http://127.0.0.1:1/pkix/\"}]}"
agent_start K01A-1
wait_for 5 test -S "$work/K01A-1.sock"
check "a profile without an address is a mistake in the configuration" same "$(relay "$work/g2.der" nca-individual-auth 2>/dev/null)" config
done_testing
