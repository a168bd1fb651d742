#!/bin/bash
# The centre as judge: applications signed with CMS (by openssl) are judged with chain, records of the CA and content;
# heads confirm; certificates are revoked and stand on the CRL at once; nothing is issued before it was accepted; killed
# in between. NCA-9.again, NCA-9.head, NCA-9.R1 … R3, NCA-15, NCA-10.
# usage: court.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: court.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
command -v jq >/dev/null || { echo "skipped: jq is missing" >&2; exit 77; }
ctl=$bin/tamgactl
[ -x "$ctl" ] || { echo "skipped: $ctl is not built" >&2; exit 77; }
# Certificates of entities with RSA: the keys here are made by OpenSSL, which is the witness of this test.
cp -r "$(dirname "$0")/../../../screens/profiles" "$work/profiles"
sed -i 's/^algorithms:.*/algorithms: [rsa-2048]/; s/^issuer:.*/issuer: rsa/' "$work"/profiles/nca-entity-*.yaml
# And certificates to sign with, which nobody has to ask for before.
sed -i 's/^approval: identified/approval: none/' "$work"/profiles/nca-individual-*.yaml

. "$(dirname "$0")/court-lib.sh"

centre_start 127.0.0.1:0 --profiles "$work/profiles"
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
agent_start K01A-1
"$ctl" kiosk role K01A-1 desk --data "$work/c" >/dev/null
check "the agent is up" wait_for 10 fresh
person=(surname=Әбілқасымова given-name=Айгүл patronymic=Серікқызы iin=850101400001)
check "a certificate to sign with" enrol_as 1 aigul nca-individual-sign "${person[@]}"
check "a second one" enrol_as 2 second nca-individual-sign "${person[@]}"
check "one to enter with" enrol_as 3 entering nca-individual-auth "${person[@]}"
check "somebody else's" enrol_as 4 bakyt nca-individual-sign surname=Бакытов given-name=Бакыт iin=850101300015
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/self.key" -out "$work/self.pem" -days 9 \
	-subj '/CN=self/serialNumber=IIN850101400001' 2>/dev/null

# --- what is not good is refused by name
bad() { # COUNTER WHAT CODE NAME [OTHER-BODY]
	local n b
	n=$(number "$1")
	b=$(body "$n" issue "\"proof\":\"signature\",$aigul")
	check "$2" submit_signed "$4" "$b" "${5:-$b}"
	check "$2: refused" becomes "$n" "refused $3"
}
bad 20 "signed by nobody's certificate" 411 self
bad 21 "signed with the key for entering" 411 entering
bad 22 "signed by somebody else" 326 bakyt
bad 23 "something else was signed" 413 aigul "$(body "$(number 23)" issue '"x":1' | jq -c '.answers[0].value = "Бакытова"')"
N=$(number 24)
check "no signature at all" append application.submitted "$(body "$N" issue "\"proof\":\"signature\",\"signed\":\"bm90aGluZw==\",$aigul")"
check "no signature at all: refused" becomes "$N" "refused 413"
N=$(number 25)
check "no Base64" append application.submitted "$(body "$N" issue "\"proof\":\"signature\",\"signed\":\"?\",$aigul")"
check "no Base64: refused" becomes "$N" "refused 413"
N=$(number 26)
check "nothing signed" append application.submitted "$(body "$N" issue "\"proof\":\"signature\",$aigul")"
check "waits for its signature" becomes "$N" "submitted 0"
check "and gets nothing before, by name" same "$(enrol_as 26 new-sign nca-individual-sign "${person[@]}")" not-decided

# --- what is good
N=$(number 30)
B=$(body "$N" issue "\"proof\":\"signature\",$aigul" | jq -c '.answers += [{field: "given-name", number: "A1.2", value: "Айгүл", by: "person"},
	{field: "patronymic", number: "A1.3", value: "Серікқызы", by: "person"}]')
check "a good one" submit_signed aigul "$B"
check "is accepted" becomes "$N" "accepted 0"
check "once" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM journal WHERE kind='application.verified'
	AND json_extract(body,'\$.number')='$N'")" 1
check "by this certificate" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT json_extract(body,'\$.certificate') FROM journal
	WHERE kind='application.verified' AND json_extract(body,'\$.number')='$N'")" "$(sha256sum "$work/aigul.cer" | cut -d' ' -f1)"
check "which names the keys that were signed" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT json_extract(body,'\$.keys') FROM journal
	WHERE kind='application.verified' AND json_extract(body,'\$.number')='$N'")" "$(for k in new-sign new-auth; do
	openssl pkey -in "$work/$k.key" -pubout -outform DER | sha256sum | cut -d' ' -f1; done | jq -cRn '[inputs]')"
check "the CA certifies no other key" same "$(enrol_as 30 longer nca-individual-sign "${person[@]}")" ca-refused
check "but the one that was signed" enrol_as 30 new-sign nca-individual-sign "${person[@]}"
check "with that key (openssl)" same "$(openssl x509 -in "$work/new-sign.pem" -noout -pubkey)" "$(openssl pkey -in "$work/new-sign.key" -pubout)"

# --- the new keys in what is signed (NCA-9.again)
keys_refused() { # COUNTER WHAT CODE KEYS
	KEYS=$4 bad "$1" "$2" "$3" aigul
}
keys_refused 200 "no new keys" 413 '[]'
keys_refused 201 "one key is missing" 413 "$(keys "$NEW_SIGN")"
keys_refused 202 "a key that nobody asks for" 413 "$(keys "$NEW_SIGN" "$NEW_AUTH" "$(key_of third longer)")"
keys_refused 203 "one key for two" 413 "$(keys "$NEW_SIGN" "$(key_of auth new-sign)")"
keys_refused 204 "one plan twice" 413 "$(keys "$NEW_SIGN" "$(key_of sign new-auth)")"
keys_refused 205 "no key but bytes" 413 "$(keys "$NEW_SIGN" '{"key":"auth","spki":"AAAA"}')"
keys_refused 206 "no Base64" 413 "$(keys "$NEW_SIGN" '{"key":"auth","spki":"?"}')"
keys_refused 207 "of another length" 318 "$(keys "$NEW_SIGN" "$(key_of auth longer)")"
keys_refused 208 "no list" 413 '"x"'
bad 209 "signed for another number" 413 aigul "$(body "$(number 210)" issue "\"proof\":\"signature\",$aigul")"
old_shape() { append application.submitted "$(jq -c --arg s "$(sign aigul "$(content "$1")")" '. + {signed: $s}' <<<"$1")"; }
N2=$(number 211)
check "signed before there were keys" old_shape "$(body "$N2" issue "\"proof\":\"signature\",$aigul")"
check "signed before there were keys: refused" becomes "$N2" "refused 413"

# --- once only
same_again() {
	append application.submitted "$(body "$(number 31)" issue "\"proof\":\"signature\",$aigul")" &&
		append application.signed "$(sqlite3 -readonly "$work/K01A-1.db" "SELECT body FROM journal WHERE kind='application.signed'
			AND json_extract(body,'\$.number')='$N'" | jq -c --arg n "$(number 31)" '.number = $n')"
}
check "the same signature under another number" same_again
check "is good for nothing" becomes "$(number 31)" "refused 413"

# --- no certificate before that
N=$(number 32)
check "an application at the desk" append application.submitted "$(body "$N" issue "\"proof\":\"desk\",$aigul")"
check "it is there" becomes "$N" "at-desk 0"
check "no certificate yet, by name" same "$(enrol_as 32 early nca-individual-sign "${person[@]}")" not-decided
ask claim "{\"number\":\"$N\",\"staff\":\"S1\"}" >/dev/null
check "refused" append desk.decided "{\"number\":\"$N\",\"staff\":\"S1\",\"outcome\":\"refused\",\"ground\":\"court\"}"
check "it is" becomes "$N" "refused 0"
check "none then" same "$(enrol_as 32 early nca-individual-sign "${person[@]}")" ca-refused

# --- what the answers do not say was not signed
N=$(number 33)
B=$(body "$N" issue "\"proof\":\"signature\",\"iin\":\"850101300015\",\"bin\":\"\"")
check "for another than the answers say" submit_signed bakyt "$B"
check "is refused" becomes "$N" "refused 413"
N=$(number 34)
B=$(body "$N" revoke "\"proof\":\"signature\",$aigul,\"serials\":[\"$(serial_of second)\"]")
check "a certificate that no answer names" submit_signed aigul "$B"
check "is not revoked" becomes "$N" "refused 413"

# --- revocation (A7, A8)
crl_has() { # SERIAL
	curl -sS --cacert "$work/c/channel-ca.pem" "$url/crl/issuing.crl" | openssl crl -inform DER -noout -text |
		grep -iq "Serial Number: 0*$1\$"
}
check "not on the CRL" sh -c "! $(declare -f crl_has); work='$work' url='$url'; ! crl_has $(serial_of second)"
N=$(number 40)
check "a revocation, signed" submit_signed aigul "$(revoke_body "$N" signature "[\"$(serial_of second | tr a-f A-F)\"]")"
check "is executed" becomes "$N" "revoked 0"
check "and on the CRL at once" crl_has "$(serial_of second)"
bad 41 "signed with what was revoked" 321 second
N=$(number 42)
check "somebody else's certificate" submit_signed aigul "$(revoke_body "$N" signature "[\"$(serial_of bakyt)\"]")"
check "is not revoked" becomes "$N" "refused 326"
check "nor on the CRL" sh -c "$(declare -f crl_has); work='$work' url='$url'; ! crl_has $(serial_of bakyt)"
N=$(number 43)
check "one's own, revoked already, and one that is none" submit_signed aigul \
	"$(revoke_body "$N" signature "[\"$(serial_of second)\",\"00ff\"]")"
check "what can be done is done, the rest named" becomes "$N" "revoked 113"
# on the spot: for whom a proven chip names, and for nobody else
by_chip() { revoke_by_chip "$1" "$(serial_of entering)" "$2" "$3"; } # NUMBER PASSIVE BY
N=$(number 190)
check "on the spot, without a chip" append application.submitted "$(revoke_body "$N" chip "[\"$(serial_of entering)\"]")"
check "without a chip: refused" becomes "$N" "refused 221"
N=$(number 191)
check "on the spot, the chip not proven" append application.submitted "$(by_chip "$N" 223 chip)"
check "not proven: refused" becomes "$N" "refused 223"
N=$(number 192)
check "on the spot, the IIN typed" append application.submitted "$(by_chip "$N" 0 person)"
check "the IIN typed: refused" becomes "$N" "refused 226"
check "none of them is on the CRL" sh -c "$(declare -f crl_has); work='$work' url='$url'; ! crl_has $(serial_of entering)"
N=$(number 44)
check "by the chip, on the spot" append application.submitted "$(by_chip "$N" 0 chip)"
check "at once" becomes "$N" "revoked 0"
check "on the CRL" crl_has "$(serial_of entering)"
N=$(number 45)
check "at the desk" append application.submitted "$(revoke_body "$N" desk "[\"$(serial_of aigul)\"]")"
check "not before it is accepted" becomes "$N" "at-desk 0"
check "not on the CRL" sh -c "$(declare -f crl_has); work='$work' url='$url'; ! crl_has $(serial_of aigul)"

# --- a head confirms (kind 3)
entity() { # NUMBER MORE
	echo "{\"number\":\"$1\",\"provider\":\"kz-nca\",\"service\":\"issue\",\"operation\":\"issue\",\"kind\":\"entity\",\"form\":\"nca-a2\",
		\"form_version\":1,\"language\":\"kk\",\"answers\":[{\"field\":\"surname\",\"value\":\"$3\"},{\"field\":\"given-name\",\"value\":\"Айдос\"},
		{\"field\":\"iin\",\"value\":\"850101300015\"},{\"field\":\"organisation\",\"value\":\"ТОО Тамға\"},{\"field\":\"bin\",
		\"value\":\"990240001237\"}],\"consents\":[],\"way\":\"papers\",\"proof\":\"desk\",\"iin\":\"850101300015\",\"bin\":\"990240001237\",$2}"
}
accept_and_enrol() { # COUNTER NAME ROLE
	local n
	n=$(number "$1")
	append application.submitted "$(entity "$n" "\"conditions\":[\"$3\"]" "$2")" && fresh &&
		ask claim "{\"number\":\"$n\",\"staff\":\"S1\"}" >/dev/null &&
		append desk.decided "{\"number\":\"$n\",\"staff\":\"S1\",\"outcome\":\"accepted\"}" && fresh && state_is "$n" "accepted 0" &&
		enrol_as "$1" "$2" nca-entity-sign "surname=$2" given-name=Айдос iin=850101300015 'organisation=ТОО Тамға' bin=990240001237
}
check "a head has a certificate, accepted at the desk" accept_and_enrol 50 head role-head
check "for a head (openssl)" sh -c "openssl x509 -in '$work/head.pem' -noout -ext extendedKeyUsage | grep -q 1.2.398.3.3.4.1.2.1"
check "an employee has one" accept_and_enrol 51 employee role-employee
decide() { # BODY SIGNER YES [SAID]
	append head.decided "$(jq -cn --arg n "$(jq -r .number <<<"$1")" --arg s "$(sign "$2" "$(content "$1" "$3")")" \
		--argjson y "${4:-$3}" '{number: $n, yes: $y, signed: $s, why: ""}')"
}
pending() { ask pending '{"bin":"990240001237"}' | jq -r '[.applications[].number] | join(" ")'; }
N=$(number 60) B=$(entity "$(number 60)" '"confirm":true' Ахметов)
check "an employee's request" append application.submitted "$B"
check "waits for the head" becomes "$N" "confirming 0"
check "and is in the head's list" same "$(pending)" "$N"
check "not in the desk's" same "$(ask queue '{}' | jq -r "[.applications[]|select(.number==\"$N\")]|length")" 0
check "confirmed by an employee" decide "$B" employee true
check "which is nothing" becomes "$N" "confirming 326"
check "a signed no, said to be a yes" decide "$B" head false true
check "is nothing neither" becomes "$N" "confirming 413"
check "confirmed by the head" decide "$B" head true
check "now it is at the desk" becomes "$N" "at-desk 0"
check "and no more in the list" same "$(pending)" ""
check "a second word of the head" decide "$B" head false
fresh
check "comes too late" becomes "$N" "at-desk 0"
N=$(number 61) B=$(entity "$(number 61)" '"confirm":true' Ахметов)
check "another request" append application.submitted "$B"
check "waits" becomes "$N" "confirming 0"
check "the head declines" decide "$B" head false
check "declined" becomes "$N" "declined 0"

# --- killed between anything
for i in 1 2 3 4 5 6; do
	submit_signed aigul "$(body "$(number $((70 + i)))" issue "\"proof\":\"signature\",$aigul,\"x\":$i")" || echo "FAIL submit"
	"$tool" poke "$work/K01A-1.sock"
	sleep "0.0$((RANDOM % 9))"
	centre_kill 9
	centre_again --profiles "$work/profiles"
done
all_judged() {
	[ "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM application WHERE state='accepted'")" = 9 ]
}
check "killed six times: all are judged in the end" wait_for 15 all_judged
check "each once" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*), count(DISTINCT json_extract(body,'\$.number'))
	FROM journal WHERE kind='application.verified' AND json_extract(body,'\$.what') IS NULL")" "$(sqlite3 -readonly \
	"$work/c/centre.db" "SELECT count(*)||'|'||count(*) FROM application WHERE flags & 2")"
check "nothing is owed" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM work")" 0
check "the kiosk knows of all" wait_for 10 sh -c "'$tool' fresh '$work/K01A-1.sock' 3000 >/dev/null &&
	[ \"\$(sqlite3 -readonly '$work/K01A-1.db' \"SELECT count(*) FROM application WHERE state='accepted'\")\" = 9 ]"
check "no personal data in the log" sh -c "! grep -q -e 850101 -e Айдос -e Айгүл '$work/centre.err'"
done_testing
