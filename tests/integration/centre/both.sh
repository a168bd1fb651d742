#!/bin/bash
# C-3, C-4: the centre's whole directory is lost and put back from a backup that is older than what the CA did since. Kiosks send
# their entries again, and from these the centre knows the certificates once more: in the register, on the CRL, by OCSP's
# records; a revocation that an application asked for is done again; no serial number, CRL number or record comes twice.
# Witnesses: openssl, sqlite3, curl. usage: both.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: both.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
command -v jq >/dev/null || { echo "skipped: jq is missing" >&2; exit 77; }
ctl=$bin/tamgactl
cp -r "$(dirname "$0")/../../../screens/profiles" "$work/profiles"
sed -i 's/^approval: identified/approval: none/' "$work"/profiles/nca-individual-*.yaml
. "$(dirname "$0")/court-lib.sh"

kept() { sqlite3 -readonly "$work/c/ca.db" "SELECT $2 FROM issued WHERE serial = '$(serial_of "$1")'"; }
kept_is() { [ "$(kept "$1" "$2")" = "$3" ]; }
bytes() { od -An -v -tx1 "$work/$1.cer" | tr -d ' \n' | tr a-f A-F; }
journal() { sqlite3 -readonly "$work/c/centre.db" "$1"; }
# As the kiosk does: each certificate before the CA hears that it came.
write_down() { # NAME KIOSK
	local n
	n=$(kept "$1" number)
	"$tool" append "$work/$2.db" "$2" application.submitted "$(body "$n" issue "\"proof\":\"chip\",$aigul")"
	"$tool" append "$work/$2.db" "$2" chip.done "{\"number\":\"$n\",\"serial\":\"1\",\"step\":\"enrol\",\"key\":\"sign\",\"id\":\"01\",
		\"label\":\"x\",\"code\":0,\"certificate\":\"$(base64 -w0 "$work/$1.cer")\"}"
}
all_arrived() { arrived "$1" "$(sqlite3 -readonly "$work/$1.db" 'SELECT max(seq) FROM journal')"; }
crl() { curl -sS --max-time 20 --cacert "$work/c/channel-ca.pem" "$url/crl/issuing.crl" | openssl crl -inform DER "$@"; }
crl_number() { crl -noout -crlnumber | sed 's/.*=0x//;s/.*=//'; }
on_crl() { crl -noout -text | grep -qi "serial number: 0*$(serial_of "$1")\$"; }
good_by_openssl() { # NAME: the chain with the CRL as it is published
	crl >"$work/now.crl" && openssl verify -crl_check -CAfile "$work/c/ca-trust.pem" -CRLfile "$work/now.crl" "$work/$1.pem"
}
revoked_by_openssl() { good_by_openssl "$1" 2>&1 | grep -q 'certificate revoked'; }
revocation() { # NUMBER NAME: signed with aigul
	local b
	b=$(body "$1" revoke "\"proof\":\"signature\",$aigul,\"serials\":[\"$(serial_of "$2")\"]" |
		jq -c '.answers += [{field: "serials", number: "A7.5", value: (.serials | join("\n")), by: "person"}]')
	jq -c --arg s "$(sign aigul "$(content "$b")")" '. + {signed: $s}' <<<"$b"
}

centre_start 127.0.0.1:0 --profiles "$work/profiles"
for k in K01A-1 K02B-1; do
	enrol $k || { cat "$work/enrol.err"; exit 1; }
	fill $k 1
	agent_start $k
done
for k in K01A-1 K02B-1; do wait_for 30 arrived $k 1; done
person=(surname=Әбілқасымова given-name=Айгүл patronymic=Серікқызы iin=850101400001)
check "a certificate before the backup" enrol_as 1 before nca-individual-sign "${person[@]}"
write_down before K01A-1
wait_for 30 all_arrived K01A-1
check "the backup" "$ctl" backup --data "$work/c" --out "$work/backup" --with-keys

# --- what the backup does not know
check "one to sign with" enrol_as 2 aigul nca-individual-sign "${person[@]}"
check "one that is revoked" enrol_as 3 second nca-individual-sign "${person[@]}"
check "one that is not" enrol_as 4 third nca-individual-sign "${person[@]}"
for n in aigul second third; do write_down $n K01A-1; done
check "all three are written down" wait_for 30 all_arrived K01A-1
N=$("$ctl" number new --kiosk-no 2 --counter 9)
"$tool" append "$work/K02B-1.db" K02B-1 application.submitted "$(revocation "$N" second)"
check "revoked, asked for at another kiosk" wait_for 30 on_crl second
last=$(crl_number)
check "everything arrives" wait_for 30 all_arrived K02B-1
agent_kill K01A-1 TERM
centre_kill KILL
rm -rf "$work/c"

# --- put back
check "everything is put back" sh -c '"$@" >"$0"' "$work/says" "$ctl" restore --data "$work/c" --from "$work/backup"
check "it says who tells the rest" grep -q 'learnt again from what kiosks send' "$work/says"
check "one certificate is known" same "$(sqlite3 -readonly "$work/c/ca.db" 'SELECT count(*) FROM issued')" 1
: >"$work/centre.err"
centre_again --profiles "$work/profiles"
check "the other kiosk sends first what asks for a revocation" wait_for 30 all_arrived K02B-1
state() { journal "SELECT state FROM application WHERE number = '$N'"; }
check "whose certificate nobody knows is not refused" wait_for 30 eval '[ "$(journal "SELECT count(*) FROM journal
	WHERE kind = '"'application.verified'"' AND body LIKE '"'%$N%'"'")" = 1 ]'
check "but waits" same "$(state)" verifying
agent_start K01A-1
check "its own kiosk comes back" wait_for 30 all_arrived K01A-1
check "then it is known, as the CA wrote it" wait_for 30 kept_is aigul "state, profile, hex(certificate)" \
	"1|nca-individual-sign|$(bytes aigul)"
check "the third as well" wait_for 30 kept_is third "kiosk, number, hex(certificate)" \
	"K01A-1|$(journal "SELECT json_extract(body, '\$.number') FROM journal WHERE kind = 'certificate.issued' AND
		json_extract(body, '\$.serial') = '$(serial_of third)'")|$(bytes third)"
check "the second is revoked once more" wait_for 30 kept_is second state 3
check "and on the list" wait_for 30 on_crl second
check "by openssl: revoked" revoked_by_openssl second
for n in before aigul third; do check "by openssl: $n is good" good_by_openssl $n; done
check "under a number that was not used yet" sh -c '[ "$(printf "%d" "0x$1")" -gt "$(printf "%d" "0x$2")" ]' - "$(crl_number)" "$last"
check "its end is the certificate's" same "$(($(kept third expires_ms) / 1000))" \
	"$(date -d "$(openssl x509 -in "$work/third.pem" -noout -enddate | cut -d= -f2)" +%s)"
check "its key is known by openssl's hash" same "$(kept third 'lower(hex(spki_hash))')" \
	"$(openssl x509 -in "$work/third.pem" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)"

# --- it goes on
M=$("$ctl" number new --kiosk-no 2 --counter 10)
"$tool" append "$work/K02B-1.db" K02B-1 application.submitted "$(revocation "$M" third)"
check "what was learnt can be revoked" wait_for 30 on_crl third
check "a new certificate" enrol_as 5 fifth nca-individual-sign "${person[@]}"
check "has a serial number that nobody had" same "$(for n in before aigul second third fifth; do serial_of $n; done | sort -u | wc -l)" 5
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/self.key" -outform DER -out "$work/self.cer" -days 9 -subj '/CN=self' 2>/dev/null
openssl x509 -inform DER -in "$work/self.cer" -out "$work/self.pem"
cp "$work/third.cer" "$work/bent.cer"
printf '\001' | dd of="$work/bent.cer" bs=1 seek=300 conv=notrunc 2>/dev/null
for n in self bent; do
	"$tool" append "$work/K01A-1.db" K01A-1 chip.done "{\"number\":\"$N\",\"serial\":\"1\",\"step\":\"enrol\",\"key\":\"sign\",\"id\":\"01\",
		\"label\":\"x\",\"code\":0,\"certificate\":\"$(base64 -w0 "$work/$n.cer")\"}"
done
check "each is in the audit journal once" same "$(journal "SELECT count(*), count(DISTINCT json_extract(body, '\$.serial')) FROM journal
	WHERE kind = 'certificate.issued'")" "5|5"
write_down fifth K01A-1
check "what no issuer of ours signed arrives, and another behind it" wait_for 30 all_arrived K01A-1
centre_kill KILL
sqlite3 "$work/c/ca.db" "DELETE FROM issued WHERE serial = '$(serial_of fifth)'; UPDATE words SET value = 99 WHERE name = 'journal'"
centre_again --profiles "$work/profiles"
check "the one behind it is learnt" wait_for 30 kept_is fifth "hex(certificate)" "$(bytes fifth)"
check "what was before it is not believed" same "$(sqlite3 -readonly "$work/c/ca.db" 'SELECT count(*) FROM issued')" 5
centre_kill TERM
check "the chains hold" "$ctl" journal verify "$work/c/centre.db"
done_testing
