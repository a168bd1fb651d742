#!/bin/bash
# C-3, C-4: ca.db lost and put back from a backup that is older than the journal. What was issued, revoked, let in and shut
# out since then is taken in again from the centre's own stream; no serial, CRL number or kiosk's number comes twice; a
# start where nothing was lost takes nothing. Witnesses: openssl, sqlite3, curl.
# usage: behind.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: behind.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl
cp -r "$(dirname "$0")/../../../screens/profiles" "$work/profiles"
sed -i 's/^approval: identified/approval: none/' "$work"/profiles/nca-individual-*.yaml
issue() { "$build/tests/link-enrol" "$work/K01A-1.sock" "$work/K01A-1" "$work/profiles" "$1" "$work/$1.key" "$work/$1.cer" 2>/dev/null; }
serial_of() { openssl x509 -inform DER -in "$work/$1.cer" -noout -serial | sed 's/.*=//;s/^0*//' | tr A-F a-f; }
kept() { sqlite3 -readonly "$work/c/ca.db" "SELECT $2 FROM issued WHERE serial = '$(serial_of "$1")'"; }
bytes() { od -An -v -tx1 "$work/$1.cer" | tr -d ' \n' | tr a-f A-F; }
# As the kiosk does: the application, then each certificate before the CA hears that it came.
write_down() { # COUNTER
	local number
	number=$(kept "$1" number)
	"$tool" append "$work/K01A-1.db" K01A-1 application.submitted "{\"number\":\"$number\",\"provider\":\"kz-nca\",\"service\":\"issue\"}"
	"$tool" append "$work/K01A-1.db" K01A-1 chip.done "{\"number\":\"$number\",\"serial\":\"1\",\"step\":\"enrol\",\"key\":\"sign\",\"id\":\"01\",
		\"label\":\"x\",\"code\":0,\"certificate\":\"$(base64 -w0 "$work/$1.cer")\"}"
}
all_arrived() { arrived K01A-1 "$(sqlite3 -readonly "$work/K01A-1.db" 'SELECT max(seq) FROM journal')"; }
revoke() { # COUNTER
	openssl x509 -inform DER -in "$work/$1.cer" -out "$work/$1.pem"
	openssl cmp -cmd rr -use_mock_srv -srv_ref x -srv_secret pass:x -cert "$work/K01A-1/kiosk.crt" -key "$work/K01A-1/kiosk.key" \
		-oldcert "$work/$1.pem" -revreason 1 -trusted "$work/c/ca-trust.pem" -reqout "$work/rr.der" >/dev/null 2>&1
	"$tool" cmp "$work/K01A-1.sock" nca-individual-sign "$work/rr.der" "$work/rr.answer"
}
crl() { curl -sS --max-time 20 --cacert "$work/c/channel-ca.pem" "$url/crl/issuing.crl" | openssl crl -inform DER -noout "$@"; }
crl_number() { crl -crlnumber | sed 's/.*=0x//;s/.*=//'; }
on_crl() { crl -text | grep -qi "serial number: 0*$(serial_of "$1")"; }
who() { http_of --cert "$work/$1/kiosk.crt" --key "$work/$1/kiosk.key" "$url/v1/high-water"; }
let_in() { "$ctl" kiosk add "$1" --data "$work/c" --out "$work/$1.line" >/dev/null && "$bin/tamga-agent" --enrol --out "$work/$1" --secret-file "$work/$1.line" >/dev/null; }

centre_start 127.0.0.1:0 --profiles "$work/profiles"
for k in K01A-1 K03C-1; do enrol $k || { cat "$work/enrol.err"; exit 1; }; done
fill K01A-1 1
agent_start K01A-1
wait_for 20 arrived K01A-1 1
check "a certificate before the backup" issue 1
write_down 1
wait_for 20 all_arrived
check "the backup" "$ctl" backup --data "$work/c" --out "$work/backup" --with-keys

# --- the stretch that the backup does not know
check "one more" issue 2
check "one that is revoked" issue 3
check "one that its kiosk does not tell of" issue 4
for n in 2 3; do write_down $n; done
check "the revocation of the third" revoke 3
check "and of the first" revoke 1
check "a kiosk is let in" let_in K02B-1
check "it may speak" same "$(who K02B-1)" 200
"$ctl" kiosk disable K03C-1 --data "$work/c" >/dev/null
check "another is shut out" wait_for 10 eval '[ "$(who K03C-1)" = 403 ]'
check "both are on the list" wait_for 10 eval 'on_crl 3 && on_crl 1'
last=$(crl_number)
numbers=$(sqlite3 -readonly "$work/c/ca.db" 'SELECT group_concat(number) FROM kiosks')
lost=$(serial_of 4)
check "everything arrives" wait_for 20 all_arrived
centre_kill KILL

# --- put back
rm -f "$work"/c/ca.db*
check "ca.db is put back" sh -c '"$@" >"$0"' "$work/says" "$ctl" restore --data "$work/c" --from "$work/backup"
check "it says where the rest comes from" grep -q 'taken in from the journal' "$work/says"
check "it knows one certificate" same "$(sqlite3 -readonly "$work/c/ca.db" 'SELECT count(*) FROM issued')" 1
: >"$work/centre.err"
centre_again --profiles "$work/profiles"
check "it is said" grep -q 'ca.db was behind the journal: [1-9]' "$work/centre.err"
check "the second is there" same "$(kept 2 'state, hex(certificate)')" "1|$(bytes 2)"
check "the third is revoked, with its reason" same "$(kept 3 'state, reason, hex(certificate)')" "3|1|$(bytes 3)"
check "so is the first" same "$(kept 1 state)" 3
check "what nobody has is said by its serial number" grep -q "certificate $lost was issued" "$work/centre.err"
check "the list has both" wait_for 10 eval 'on_crl 3 && on_crl 1'
check "under a number that was not used yet" sh -c '[ "$(printf "%d" "0x$1")" -gt "$(printf "%d" "0x$2")" ]' - "$(crl_number)" "$last"
check "who was let in may speak" wait_for 10 eval '[ "$(who K02B-1)" = 200 ]'
check "who was shut out may not" same "$(who K03C-1)" 403
check "the kiosk works on" wait_for 20 status_is K01A-1 reachable 1
cp "$work/2.cer" "$work/2.first"
check "the same key is answered with the same certificate" issue 2
check "byte for byte" cmp "$work/2.first" "$work/2.cer"
check "a revoked key is certified no more" sh -c '! "$@"' - "$build/tests/link-enrol" "$work/K01A-1.sock" "$work/K01A-1" "$work/profiles" 3 "$work/3.key" "$work/3.again"
check "a new key gets another serial number" issue 5
check "that nobody had" same "$(for n in 1 2 3 4 5; do serial_of $n; done | sort -u | wc -l)" 5
let_in K04D-1
check "another kiosk gets a number that nobody had" sh -c 'case ",$2," in *",$1,"*) exit 1 ;; esac; [ -n "$1" ]' - "$(sqlite3 -readonly "$work/c/ca.db" "SELECT number FROM kiosks WHERE kiosk = 'K04D-1'")" "$numbers"

# --- the kiosk tells of the one that was missing
number=$(sqlite3 -readonly "$work/c/centre.db" "SELECT json_extract(body, '\$.number') FROM journal WHERE kind = 'certificate.issued' AND json_extract(body, '\$.serial') = '$lost'")
"$tool" append "$work/K01A-1.db" K01A-1 application.submitted "{\"number\":\"$number\",\"provider\":\"kz-nca\",\"service\":\"issue\"}"
"$tool" append "$work/K01A-1.db" K01A-1 chip.done "{\"number\":\"$number\",\"serial\":\"1\",\"step\":\"enrol\",\"key\":\"sign\",\"id\":\"01\",
	\"label\":\"x\",\"code\":0,\"certificate\":\"$(base64 -w0 "$work/4.cer")\"}"
check "it arrives" wait_for 20 all_arrived
centre_kill KILL
: >"$work/centre.err"
centre_again --profiles "$work/profiles"
check "the next start has it" same "$(kept 4 'state, hex(certificate)')" "1|$(bytes 4)"
check "the others are as they were" same "$(for n in 1 2 3 5; do kept $n state; done | tr '\n' ' ')" "3 1 3 1 "
for what in disable enable; do "$ctl" kiosk $what K02B-1 --data "$work/c" >/dev/null; done
"$ctl" kiosk replace K02B-1 --data "$work/c" --out "$work/again.line" >/dev/null
centre_kill KILL
: >"$work/centre.err"
centre_again --profiles "$work/profiles"
check "a start where nothing was lost takes nothing" sh -c '! grep -q "behind the journal" "$1"' - "$work/centre.err"
check "nor a line that is not used yet" "$bin/tamga-agent" --enrol --out "$work/K02B-2" --secret-file "$work/again.line"
centre_kill TERM
check "the chains hold" "$ctl" journal verify "$work/c/centre.db"
done_testing
