#!/bin/bash
# C-4: relay mode. The kiosk's CMP messages go through the centre to a CA elsewhere, as they are: OpenSSL's own server
# first, then a second tamga-centre over TLS. The centre's gate stands before it; what comes back is in ca.db and in the
# journal; revocations, a court's too, go there with the centre's own certificate; a CA that is down loses nothing.
# Witnesses: openssl (cmp, verify, ocsp), sqlite3, curl.  usage: relay.sh BUILD-DIRECTORY
# shellcheck disable=SC2154,SC2034,SC2016  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: relay.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl kiosk=K02B-1
. "$(dirname "$0")/court-lib.sh"
command -v jq >/dev/null || { echo "skipped: jq is missing" >&2; exit 77; }
shipped=$(cd "$(dirname "$0")/../../.." && pwd)/screens/profiles
profiles=$work/profiles
cp -r "$shipped" "$profiles"
sed -i 's/^approval: identified/approval: none/' "$profiles"/nca-individual-*.yaml
quietly() { "$@" >"$work/tool.out" 2>&1 || { cat "$work/tool.out"; return 1; }; }
free_port() {
	local port=$((23000 + ($$ * 7 + RANDOM) % 4000))
	while (echo >"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
	echo $port
}

# --- A CA that nobody here wrote
ext=$work/ext
mkdir "$ext"
quietly openssl req -x509 -newkey rsa:2048 -nodes -keyout "$ext/root.key" -out "$ext/root.pem" -days 30 -subj '/O=Not here/CN=Foreign root' \
	-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=1.3.6.1.5.5.7.3.27,1.3.6.1.5.5.7.3.28\n' >"$ext/server.ext"
printf 'keyUsage=critical,digitalSignature\n' >"$ext/leaf.ext"
certify() { # NAME KEY SUBJECT SERIAL EXT
	quietly openssl req -new -key "$2" -out "$ext/$1.csr" -subj "$3" &&
		quietly openssl x509 -req -in "$ext/$1.csr" -CA "$ext/root.pem" -CAkey "$ext/root.key" -set_serial "$4" -days 20 \
			-extfile "$ext/$5.ext" -out "$ext/$1.pem"
}
for key in server leaf other; do quietly openssl genrsa -out "$ext/$key.key" 2048; done
certify server "$ext/server.key" '/O=Not here/CN=Foreign CMP' 0x10 server
certify leaf "$ext/leaf.key" '/CN=somebody' 0x5A5A01 leaf
port=$(free_port)
serve() { # CERTIFICATE: OpenSSL's server, which hands out that one
	openssl cmp -port "$port" -srv_cert "$ext/server.pem" -srv_key "$ext/server.key" -srv_trusted "$work/c/channel-ca.pem" \
		-rsp_cert "$1" >>"$ext/cmp.log" 2>&1 &
	extra_pids=$!
	wait_for 10 listening "$port"
}
unserve() { kill "$extra_pids"; wait "$extra_pids" 2>/dev/null; extra_pids=; }
requests() { grep -c 'Received request.*POST' "$ext/cmp.log" 2>/dev/null; }
relay=(--relay "http://127.0.0.1:$port/pkix/" --relay-trust "$ext/root.pem")

# --- What is asked wrongly at the start
refuses() { timeout 20 "$bin/tamga-centre" --data "$work/none" --listen 127.0.0.1:0 "$@" 2>&1 >/dev/null | grep -q T-1; }
check "plain HTTP to another machine is refused" refuses --relay http://ca.example/pkix --relay-trust "$ext/root.pem"
check "no chain, no relay" refuses --relay https://ca.example/pkix
check "a certificate without its key" refuses --relay https://ca.example/pkix --relay-trust "$ext/root.pem" --relay-cert "$ext/server.pem"

# --- The gate stands before it: with the profiles as they are nothing is sent
: >"$ext/cmp.log"
centre_start 127.0.0.1:0 "${relay[@]}"
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
check "kiosks trust the CA elsewhere with their enrolment" grep -qF "$(sed -n 2p "$ext/root.pem")" "$work/K01A-1/ca-trust.pem"
fill K01A-1 1
agent_start K01A-1
wait_for 10 arrived K01A-1 1
issue() { "$build/tests/link-enrol" "$work/K01A-1.sock" "$work/K01A-1" "${p:-$shipped}" "$1" "$2" "$work/$3.cer" 2>/dev/null; }
serve "$ext/leaf.pem"
check "an application that nobody knows is refused by name" same "$(issue 7 "$ext/leaf.key" none)" not-decided
check "and nothing of it went out" same "$(requests)" 0
refused() { sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM journal WHERE kind = 'certificate.refused'"; }
check "the refusal is in the journal" same "$(refused)" 1
issue 7 "$ext/leaf.key" none >/dev/null
check "once, however often it is asked" same "$(refused)" 1
unserve
centre_kill TERM
p=$profiles
centre_again --profiles "$profiles" "${relay[@]}"

# --- Down: named, nothing lost; then it goes on
check "a CA that is down: by name" same "$(issue 7 "$ext/leaf.key" leaf)" ca-down
check "nothing is registered" same "$(sqlite3 -readonly "$work/c/ca.db" 'SELECT count(*) FROM issued')" 0
serve "$ext/leaf.pem"
check "later it goes on" issue 7 "$ext/leaf.key" leaf
registered() { sqlite3 -readonly "$work/c/ca.db" "SELECT $1 FROM issued WHERE serial = '5a5a01'"; }
openssl x509 -in "$ext/leaf.pem" -outform DER -out "$ext/leaf.der"
check "the certificate is that CA's, byte for byte" cmp "$ext/leaf.der" "$work/leaf.cer"
check "it is registered as issued by it" same "$(registered issuer)" "CN=Foreign root,O=Not here"
check "as confirmed: certConf went there and came back" same "$(registered state)" 1
check "two messages went out" same "$(requests)" 2
check "the journal says who issued it" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT json_extract(body, '\$.issuer') FROM journal WHERE kind = 'certificate.issued' AND json_extract(body, '\$.serial') = '5a5a01'")" "CN=Foreign root,O=Not here"
check "asked again: the same" issue 7 "$ext/leaf.key" leaf2
check "byte for byte the same" cmp "$work/leaf.cer" "$work/leaf2.cer"
check "registered once" same "$(sqlite3 -readonly "$work/c/ca.db" 'SELECT count(*) FROM issued')" 1
check "in the journal once" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM journal WHERE kind = 'certificate.issued'")" 1

# --- What comes back is looked at
check "a certificate for another key reaches nobody" same "$(issue 8 "$ext/other.key" other)" ca-down
check "and is not registered" same "$(sqlite3 -readonly "$work/c/ca.db" 'SELECT count(*) FROM issued')" 1
unserve
extra_pids=
agent_kill K01A-1 TERM
centre_kill TERM

# --- The second centre as the CA elsewhere, over TLS; the first is its registration authority "R01-1"
b=$work/b
b_start() { # LISTEN
	: >"$work/b.out"
	"$bin/tamga-centre" --data "$b" --listen "$1" --profiles "$profiles" --public "${b_public:-127.0.0.1:0}" --ra R01-1 \
		--ra-trust "$work/c/channel-ca.pem" >"$work/b.out" 2>>"$work/b.err" &
	extra_pids=$!
	wait_for 60 grep -q '^ready' "$work/b.out" || { cat "$work/b.err"; exit 1; }
	b_url=$(sed -n 's/^ready //p' "$work/b.out")
	b_public=$(sed -n 's|^public http://||p' "$work/b.out")
}
b_start 127.0.0.1:0
"$bin/tamga-agent" --enrol --centre "$b_url" --secret-file "$b/enrolment-secret" --kiosk R01-1 --out "$work/R01-1" >"$work/tool.out" 2>&1 ||
	{ cat "$work/tool.out"; exit 1; }
start_first() {
	centre_again --profiles "$profiles" --relay "$b_url/v1/cmp" --relay-ca "$b/channel-ca.pem" --relay-trust "$b/ca-trust.pem" \
		--relay-cert "$work/R01-1/kiosk.crt" --relay-key "$work/R01-1/kiosk.key"
}
start_first
enrol K02B-1 || { cat "$work/enrol.err"; exit 1; }
fill K02B-1 1
agent_start K02B-1
wait_for 10 arrived K02B-1 1
issue2() { "$build/tests/link-enrol" "$work/K02B-1.sock" "$work/K02B-1" "$profiles" "$1" "$work/$2.key" "$work/$2.cer" 2>/dev/null; }
at_b() { sqlite3 -readonly "$b/ca.db" "$1"; }
at_a() { sqlite3 -readonly "$work/c/ca.db" "$1"; }
check "a certificate of the second centre, through the first" issue2 21 far
openssl x509 -inform DER -in "$work/far.cer" -out "$work/far.pem" 2>/dev/null
check "it leads to the second's CA (openssl)" openssl verify -ignore_critical -CAfile "$b/ca-trust.pem" "$work/far.pem"
far=$(openssl x509 -in "$work/far.pem" -noout -serial | sed 's/.*=//;s/^0*//' | tr A-F a-f)
check "the second has it under the kiosk that signed" same "$(at_b "SELECT kiosk || ' ' || state FROM issued WHERE serial = '$far'")" "K02B-1 1"
check "the first under its issuer" same "$(at_a "SELECT issuer <> '' AND state = 1 FROM issued WHERE serial = '$far'")" 1
curl -sS --cacert "$work/c/channel-ca.pem" "$url/crl/issuing.crl" -o "$work/a.crl"
check "the first's own CRL says nothing of it" sh -c "! openssl crl -inform DER -in '$work/a.crl' -noout -text | grep -qi $far"

b_listen=${b_url#https://}
kill -KILL "$extra_pids"; wait "$extra_pids" 2>/dev/null
check "the second was killed: by name" same "$(issue2 22 near)" ca-down
check "nothing is registered" same "$(at_a "SELECT count(*) FROM issued WHERE number LIKE '%'")" 2
b_start "$b_listen"
check "it is back: it goes on" wait_for 20 issue2 22 near
check "two certificates of it" same "$(at_b 'SELECT count(*) FROM issued')" 2
openssl x509 -inform DER -in "$work/near.cer" -out "$work/near.pem" 2>/dev/null

# --- What the court decided is carried out there: a person's application, judged here, becomes an rr of this centre's own
check "the kiosk's feed" wait_for 30 fresh
in_b_crl() { curl -sS --max-time 20 "http://$b_public/crl/issuing.crl" | openssl crl -inform DER -noout -text | grep -qi "serial number: 0*$1"; }
of_revoked() { sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM journal WHERE kind = 'certificate.revoked' AND json_extract(body, '\$.serial') = '$1'"; }
N=$(number 40)
check "an application that the chip does not prove" append application.submitted "$(revoke_by_chip "$N" "$far" 223 chip)"
check "is refused" becomes "$N" "refused 223"
check "and nothing went there" same "$(at_b "SELECT state FROM issued WHERE serial = '$far'")" 1
N=$(number 41)
check "one that it proves" append application.submitted "$(revoke_by_chip "$N" "$far" 0 chip)"
check "is carried out" becomes "$N" "revoked 0"
check "there it was this centre that revoked" same "$(sqlite3 -readonly "$b/centre.db" "SELECT json_extract(body, '\$.by') FROM journal WHERE kind = 'certificate.revoked' AND json_extract(body, '\$.serial') = '$far'")" R01-1
check "it is on the list there" wait_for 60 in_b_crl "$far"
check "here it is revoked, by the application" same "$(at_a "SELECT state FROM issued WHERE serial = '$far'") $(of_revoked "$far")" "3 1"

near=$(serial_of near)
b_kill() { kill -KILL "$extra_pids"; wait "$extra_pids" 2>/dev/null; extra_pids=; }
b_kill
N=$(number 42)
check "another, while the CA there is down" append application.submitted "$(revoke_by_chip "$N" "$near" 0 chip)"
fresh
check "is put off, by name" wait_for 60 grep -q 'a certificate is not revoked: T-402 ca-down\|a certificate is not revoked: .*ca-down' "$work/centre.err"
check "and not said to be done" sh -c 'case "$1" in revoked*) exit 1 ;; esac' sh "$(state_now "$N")"
check "nothing is written down that is not so" same "$(at_a "SELECT state FROM issued WHERE serial = '$near'")" 1
centre_kill KILL
start_first
b_start "$b_listen"
check "both were killed: it is carried out" wait_for 90 state_is "$N" "revoked 0"
check "there" same "$(at_b "SELECT state FROM issued WHERE serial = '$near'")" 3
check "once here" same "$(of_revoked "$near")" 1

# Killed between what was done there and what is written down here.
check "a third certificate" wait_for 30 issue2 23 third
openssl x509 -inform DER -in "$work/third.cer" -out "$work/third.pem" 2>/dev/null
third=$(serial_of third)
sqlite3 "$b/ca.db" "UPDATE issued SET state = 3, reason = 0, changed_ms = $(date +%s)000 WHERE serial = '$third'"
N=$(number 43)
check "revoked there already" append application.submitted "$(revoke_by_chip "$N" "$third" 0 chip)"
check "is revoked" becomes "$N" "revoked 0"
check "and written down" same "$(at_a "SELECT state FROM issued WHERE serial = '$third'")" 3

# The message of a kiosk that is not connected: only who relays may bring it.
check "a stranger's request is not taken from an ordinary kiosk" same "$("$build/tests/link-enrol" "$work/K02B-1.sock" "$work/K01A-1" "$profiles" 23 "$work/x.key" "$work/x.cer" 2>/dev/null)" ca-refused

centre_kill TERM
check "the first ends in order" same "$centre_status" 0
done_testing
