#!/bin/bash
# C-4: the audit journal (RFC 3647 5.4.1). Every kind of entry of the table in src/centre/audit_table.c is made to happen
# at a real centre and read back by `tamgactl journal export`; retries and kills double nothing. What the centre and
# tamgactl write they are brought to write; what kiosks write comes with the journal of one, as text.
# usage: audit.sh BUILD-DIRECTORY
# shellcheck disable=SC2154,SC2034,SC2016  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: audit.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl
. "$(dirname "$0")/court-lib.sh"
command -v jq >/dev/null || { echo "skipped: jq is missing" >&2; exit 77; }
shipped=$(cd "$(dirname "$0")/../../.." && pwd)/screens/profiles
cp -r "$shipped" "$work/profiles"
sed -i 's/^approval: identified/approval: none/' "$work"/profiles/nca-individual-*.yaml
run() { centre_start "${url:+${url#https://}}" --profiles "$work/profiles" --clock-file "$work/offset" "$@"; }
echo 0 >"$work/offset"
url=https://127.0.0.1:0
run
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
fill K01A-1 1
agent_start K01A-1
wait_for 10 arrived K01A-1 1
export_all() { "$ctl" journal export "$work/c/centre.db" >"$work/journal"; }
of() { # KIND [JQ-CONDITION]: how many
	export_all
	jq -s --arg k "$1" "[.[] | select(.kind == \$k) | (.body | if type == \"string\" then fromjson else . end) | select(${2:-true})] | length" "$work/journal"
}

# --- What kiosks write themselves comes with their journals
a=$(number 1)
append kiosk.started '{"program":"tamga","version":"1","screens":"00"}'
append application.submitted "$(body "$a" issue "$aigul,\"proof\":\"desk\"")"
append chip.intent "{\"number\":\"$a\",\"serial\":\"1\",\"step\":\"generate\",\"key\":\"sign\",\"id\":\"01\",\"label\":\"x\"}"
append staff.entered '{"staff":"1","what":"desk"}'
append pin.tried '{"certificate":"00","provider":"kz-nca","right":false}'
append pin.intent '{"serial":"1","carrier":"x","what":"change"}'
append pin.done '{"serial":"1","carrier":"x","what":"change","code":0}'
append application.cancelled "{\"number\":\"$a\",\"why\":\"person\"}"
append application.delivered "{\"number\":\"$a\",\"serials\":[\"1\"]}"
append application.undone "{\"number\":\"$a\",\"code\":205}"
append application.issued "{\"number\":\"$a\",\"certificate\":\"00\"}"
append head.decided "{\"number\":\"$a\",\"yes\":true,\"signed\":\"AAAA\",\"why\":\"\"}"
append signature.tried '{"certificate":"00","code":413}'
fresh

# --- The CA: refused, issued, revoked
issue() { "$build/tests/link-enrol" "$work/K01A-1.sock" "$work/K01A-1" "$work/profiles" "$1" "$work/$2.key" "$work/$2.cer" "${@:3}" 2>/dev/null; }
check "a certificate" issue 41 one
check "the same once more" issue 41 one
check "is issued once" same "$(of certificate.issued)" 1
check "with who asked for it" same "$(of certificate.issued '.kiosk == "K01A-1" and .serial != "" and .key != ""')" 1
check "and confirmed" same "$(of certificate.state '.state == "confirmed"')" 1
for _ in 1 2 3; do issue 42 two nca-organisation-head surname=X >/dev/null; issue 43 three no-such-profile surname=X >/dev/null; done
issue 44 four nca-individual-sign surname=Әбілқасымова given-name=Айгүл iin=850101400009 >/dev/null
issue 44 four nca-individual-sign surname=Әбілқасымова given-name=Айгүл iin=850101400009 >/dev/null
check "what the linter refuses is one event, asked twice" same "$(of certificate.refused)" 1
openssl x509 -inform DER -in "$work/one.cer" -out "$work/one.pem"
serial=$(serial_of one)

# --- Applications: signed and judged, claimed and decided by a clerk, certificates revoked by what a chip proves
flags=(--data "$work/c" --clock-file "$work/offset")
check "a role" "$ctl" kiosk role K01A-1 desk "${flags[@]}"
n=$(number 2)
check "an application, signed" submit_signed one "$(body "$n" issue "\"proof\":\"signature\",$aigul")"
verified() { [ "$(of application.verified ".number == \"$1\"")" = 1 ]; }
fresh
check "is judged" wait_for 20 verified "$n"
n=$(number 3)
append application.submitted "$(body "$n" issue "\"proof\":\"desk\",$aigul")"
fresh
check "a clerk takes one" ask claim "{\"number\":\"$n\",\"staff\":\"S1\"}"
append desk.decided "{\"number\":\"$n\",\"staff\":\"S1\",\"outcome\":\"refused\",\"ground\":\"court\"}"
check "a certificate to take back" issue 45 spare
openssl x509 -inform DER -in "$work/spare.cer" -out "$work/spare.pem"
n=$(number 4)
append application.submitted "$(revoke_by_chip "$n" "$(serial_of spare)" 0 chip)"
check "taken back" becomes "$n" "revoked 0"
append application.submitted "$(body "$(number 5)" issue "$aigul,\"proof\":\"desk\"")" # stays open
fresh
open_one() { sqlite3 -readonly "$work/c/centre.db" "SELECT 1 FROM journal WHERE kind = 'application.submitted' AND instr(body, '$(number 5)')" | grep -q 1; }
check "one that is open arrives" wait_for 30 open_one
check "a token is told of by the office" "$ctl" token state 1 in-use --why test "${flags[@]}"
check "a lock is opened by the office" "$ctl" lock reset "$(sha256sum <"$work/spare.cer" | cut -d' ' -f1)" --provider kz-nca --why test "${flags[@]}"
openssl x509 -in "$work/K01A-1/kiosk.crt" -out "$work/kiosk.pem"
rr() { openssl cmp -cmd rr -use_mock_srv -srv_ref x -srv_secret pass:x -cert "$work/K01A-1/kiosk.crt" -key "$work/K01A-1/kiosk.key" \
	-oldcert "$work/one.pem" -revreason 1 -trusted "$work/c/ca-trust.pem" -reqout "$work/rr.der" >/dev/null 2>&1; }
rr
check "a revocation that a kiosk asks for" test -s "$work/rr.der"
check "is taken" "$tool" cmp "$work/K01A-1.sock" nca-individual-sign "$work/rr.der" "$work/rr.answer"
check "it is in ca.db" same "$(sqlite3 -readonly "$work/c/ca.db" "SELECT state FROM issued WHERE serial = '$serial'")" 3
check "one event, by whom and why" same "$(of certificate.revoked ".serial == \"$serial\" and .by == \"K01A-1\" and .reason == 1")" 1
wait_for 5 sh -c "[ \$(sqlite3 -readonly '$work/c/ca.db' 'SELECT count FROM published WHERE list = 0') = 2 ]"
check "and a list with it" same "$(of crl.published '.list == "rsa" and .count == 2')" 1

# --- Who may not
curl -sS --cacert "$work/c/channel-ca.pem" -o /dev/null "$url/v1/high-water"
for _ in 1 2 3 4 5; do curl -sS --cacert "$work/c/channel-ca.pem" -o /dev/null "$url/v1/high-water"; done
echo 0123456789abcdef0123456789abcdef >"$work/wrong-secret"
sed -n '2p' "$work/c/enrolment-secret" >>"$work/wrong-secret"
"$bin/tamga-agent" --enrol --centre "$url" --secret-file "$work/wrong-secret" --kiosk K09Z-1 --out "$work/K09Z-1" >/dev/null 2>&1

# --- Kiosks' lives, roles, carriers, clerks' words, erasure, by the technicians' commands
for what in add disable enable replace; do check "kiosk $what" "$ctl" kiosk "$what" K05E-1 "${flags[@]}"; done
check "a body is erased by order" "$ctl" erase "${flags[@]}" --number "$a" --order "№ 1" --yes

# --- The clock, the configuration, the end
echo 60000 >"$work/offset"
check "a clock that jumps" wait_for 10 sh -c "sqlite3 -readonly '$work/c/centre.db' \"SELECT 1 FROM journal WHERE kind = 'clock.stepped'\" | grep -q 1"
centre_kill TERM
check "it ends in order" same "$centre_status" 0
check "and says so" same "$(of centre.stopped)" 1
check "six clients without a certificate are one event" same "$(of access.refused '.what == "certificate" and .count == 6')" 1
run
changes=$(of centre.changed) # the first start took any free port, this one names it
centre_kill KILL
run
check "the same configuration is no change" same "$(of centre.changed)" "$changes"
centre_kill KILL
run --crl-hours 12
check "another is one" same "$(of centre.changed)" $((changes + 1))
check "four starts" same "$(of centre.started)" 4
check "keys are made once and opened with each start" same "$(of ca.key '.label == "tamga-issuing" and .what == "made"') $(of ca.key '.label == "tamga-issuing" and .what == "opened"')" "1 3"

# --- Killed between ca.db and the journal: nothing lost, nothing twice
centre_kill KILL
sqlite3 "$work/c/ca.db" "INSERT INTO kiosk_event(at_ms, kind, body) VALUES(1, 'ca.key', '{\"what\":\"made\",\"label\":\"left\"}')"
run
check "what was noted before a kill comes into the journal" same "$(of ca.key '.label == "left"')" 1
events=$(of certificate.issued)
centre_kill KILL
# As it was in the moment after the journal took it: the note stands still.
last=$(jq -c 'select(.kind == "ca.key") | (.body | if type == "string" then fromjson else . end) | select(.label == "left") | .event' "$work/journal")
sqlite3 "$work/c/ca.db" "INSERT INTO kiosk_event(id, at_ms, kind, body) VALUES($last, 1, 'ca.key', '{\"what\":\"made\",\"label\":\"left\"}')"
run
check "and not twice" same "$(of ca.key '.label == "left"')" 1
check "the chains verify" "$ctl" journal verify "$work/c/centre.db"

# --- A kiosk's certificate that renews itself; the secret that lets any in is closed; a copy, put back; a page is damaged
centre_kill TERM
run --kiosk-seconds 3600
enrol K07G-1
fill K07G-1 1
agent_start K07G-1 --clock-file "$work/offset"
wait_for 30 arrived K07G-1 1
echo 2660000 >"$work/offset"
in_journal() { sqlite3 -readonly "$work/c/centre.db" "SELECT 1 FROM journal WHERE kind = '$1'" | grep -q 1; }
check "a kiosk renews" wait_for 60 in_journal kiosk.renewed
check "nobody is let in by the secret of all any more" "$ctl" kiosk close "${flags[@]}"
check "which the centre tells" wait_for 30 in_journal enrolment.closed
agent_kill K07G-1 TERM
agent_kill K01A-1 TERM
centre_kill TERM
check "a backup" "$ctl" backup --data "$work/c" --out "$work/backup"
rm "$work"/c/centre.db*
check "put back" "$ctl" restore --data "$work/c" --from "$work/backup"
run
centre_kill TERM
check "another backup" "$ctl" backup --data "$work/c" --out "$work/second"
sqlite3 "$work/c/centre.db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
page=$(sqlite3 -readonly "$work/c/centre.db" "SELECT pageno FROM dbstat WHERE name = 'feed' AND pagetype = 'leaf' LIMIT 1")
size=$(sqlite3 -readonly "$work/c/centre.db" 'PRAGMA page_size')
dd if=/dev/urandom of="$work/c/centre.db" bs="$size" seek=$((page - 1)) count=1 conv=notrunc 2>/dev/null
check "mended" "$ctl" journal mend --data "$work/c"
run

# --- A year in which nobody goes on with an application
echo $((400 * 86400000)) >"$work/later"
check "it is ended" "$ctl" erase --data "$work/c" --by-rule --screens "$shipped/.." --clock-file "$work/later"
check "which is an event" wait_for 10 eval '[ "$(of application.abandoned ".number == \"$(number 5)\" and .days == 365")" = 1 ]'

# --- The table: each kind has happened, and stands in the journal
export_all
jq -r .kind "$work/journal" | sort -u >"$work/seen"
"$build/tests/test_audit" --print >"$work/table"
check "the table is there" test "$(wc -l <"$work/table")" -gt 30
check "every kind of the table is in the journal" same "$(cut -f1 "$work/table" | sort -u | comm -23 - "$work/seen" | tr '\n' ' ')" ""
check "nobody's name is in what the centre wrote" sh -c "jq -c 'select(.kiosk == \"C00-1\")' '$work/journal' | grep -v Әбілқасымова | wc -l | grep -qx \"\$(jq -c 'select(.kiosk == \"C00-1\")' '$work/journal' | wc -l)\""
done_testing
