#!/bin/bash
# NCA-V: an application signed with a certificate of another authority. Whether it was revoked is asked of that authority, by
# OCSP (openssl ocsp) and, when nobody answers, by its list (openssl ca); silence accepts nothing, and is not the end.
# usage: outside.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: outside.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
for need in jq python3; do command -v $need >/dev/null || { echo "skipped: $need is missing" >&2; exit 77; }; done
ctl=$bin/tamgactl
[ -x "$ctl" ] || { echo "skipped: $ctl is not built" >&2; exit 77; }
cp -r "$(dirname "$0")/../../../screens/profiles" "$work/profiles"
. "$(dirname "$0")/court-lib.sh"

# --- the other authority
mkdir "$work/issuers" "$work/other"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
(
	cd "$work/other" || exit
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 9 -subj '/CN=another authority' \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
	printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index\ncrlnumber=number\ndefault_md=sha256\ndefault_crl_days=1\n' >ca.cnf
	echo 01 >number
	printf 'V\t391231235959Z\t\t01\tunknown\t/CN=x\n' >index
	openssl ca -gencrl -config ca.cnf -keyfile ca.key -cert ca.pem -out list.pem 2>/dev/null
)
signer() { # NAME SERIAL IIN
	openssl req -newkey rsa:2048 -nodes -keyout "$work/$1.key" -out "$work/$1.csr" -subj "/CN=$1/serialNumber=IIN$3" 2>/dev/null
	openssl x509 -req -in "$work/$1.csr" -CA "$work/other/ca.pem" -CAkey "$work/other/ca.key" -set_serial "$2" -days 5 -out "$work/$1.pem" \
		-extfile <(printf 'keyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage=emailProtection\n') 2>/dev/null
}
signer outside 1 850101400001
signer stranger 7 850101400001
cp "$work/other/ca.pem" "$work/issuers/"
printf 'certificate: ca.pem\nocsp: http://127.0.0.1:%s/\n' "$port" >"$work/issuers/other.yaml"
responder_start() {
	openssl ocsp -port "$port" -index "$work/other/index" -CA "$work/other/ca.pem" -rsigner "$work/other/ca.pem" -rkey "$work/other/ca.key" \
		-nmin 5 -ignore_err >"$work/ocsp.out" 2>&1 &
	responder=$!
	wait_for 5 grep -q waiting "$work/ocsp.out"
}
responder_stop() { kill "$responder" && wait "$responder" 2>/dev/null; }

asks=(--profiles "$work/profiles" --outside-issuers "$work/issuers")
centre_start 127.0.0.1:0 "${asks[@]}"
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
agent_start K01A-1
check "the agent is up" wait_for 10 fresh
handed_in() { # COUNTER SIGNER
	submit_signed "$2" "$(body "$(number "$1")" issue "\"proof\":\"signature\",$aigul")"
}

responder_start
check "signed with a certificate of another authority" handed_in 1 outside
check "which says that it is good" becomes "$(number 1)" "accepted 0"
check "one that it does not know" handed_in 2 stranger
check "signs nothing" becomes "$(number 2)" "refused 411"
printf 'R\t391231235959Z\t260101000000Z\t01\tunknown\t/CN=x\n' >"$work/other/index"
responder_stop
responder_start
check "it took the certificate back" handed_in 3 outside
check "signs nothing any more" becomes "$(number 3)" "refused 321"

# --- silence
responder_stop
printf 'V\t391231235959Z\t\t01\tunknown\t/CN=x\n' >"$work/other/index"
check "nobody answers" handed_in 4 outside
check "it is not accepted: it waits, and the kiosk is told why" becomes "$(number 4)" "verifying 427"
sleep 2
check "that is told once" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM journal WHERE kind='application.verified'
	AND json_extract(body,'\$.number')='$(number 4)'")" 1
centre_kill TERM
centre_again "${asks[@]}"
check "nor after the centre was started anew" becomes "$(number 4)" "verifying 427"
responder_start
accepted_now() { fresh; state_is "$(number 4)" "accepted 0"; }
check "judged when it answers again" wait_for 30 accepted_now

# --- the list in its place
responder_stop
printf 'crl: %s\n' "$work/other/list.pem" >>"$work/issuers/other.yaml"
centre_kill TERM
centre_again "${asks[@]}"
check "nobody answers, but there is a list" handed_in 5 outside
check "which does not name it" becomes "$(number 5)" "accepted 0"
centre_kill TERM
centre_again --profiles "$work/profiles"
check "without that authority" handed_in 6 outside
check "its certificates sign nothing" becomes "$(number 6)" "refused 411"
done_testing
