#!/bin/bash
# C-3: a page of what lies beside the replica is overwritten: ca.db, of every table and index, and office.db. It is named, the
# rest is kept, and what is missing is known again: from the journal (certificates, revocations, kiosks), from the newest
# backup, or by importing a register once more. And a page of the journal itself with a backup at hand: nothing is lost.
# Pages are found by the sqlite3 program (dbstat). usage: pages.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: pages.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl
screens=$(dirname "$0")/../../../screens
cp -r "$screens/profiles" "$work/profiles"
sed -i 's/^approval: identified/approval: none/' "$work"/profiles/nca-individual-*.yaml
issue() { "$build/tests/link-enrol" "$work/K01A-1.sock" "$work/K01A-1" "$work/profiles" "$1" "$work/$1.key" "$work/$1.cer" 2>/dev/null; }
serial_of() { openssl x509 -inform DER -in "$work/$1.cer" -noout -serial | sed 's/.*=//;s/^0*//' | tr A-F a-f; }
ca() { sqlite3 -readonly "$work/c/ca.db" "$1"; }
journal() { sqlite3 -readonly "$work/c/centre.db" "$1"; }
write_down() { # COUNTER
	local n
	n=$(ca "SELECT number FROM issued WHERE serial = '$(serial_of "$1")'")
	"$tool" append "$work/K01A-1.db" K01A-1 application.submitted "{\"number\":\"$n\",\"provider\":\"kz-nca\",\"service\":\"issue\"}"
	"$tool" append "$work/K01A-1.db" K01A-1 chip.done "{\"number\":\"$n\",\"serial\":\"1\",\"step\":\"enrol\",\"key\":\"sign\",\"id\":\"01\",
		\"label\":\"x\",\"code\":0,\"certificate\":\"$(base64 -w0 "$work/$1.cer")\"}"
}
all_arrived() { arrived K01A-1 "$(sqlite3 -readonly "$work/K01A-1.db" 'SELECT max(seq) FROM journal')"; }
on_crl() {
	curl -sS --max-time 20 --cacert "$work/c/channel-ca.pem" "$url/crl/issuing.crl" | openssl crl -inform DER -noout -text |
		grep -qi "serial number: 0*$(serial_of "$1")\$"
}
who() { http_of --cert "$work/$1/kiosk.crt" --key "$work/$1/kiosk.key" "$url/v1/high-water"; }

centre_start 127.0.0.1:0 --profiles "$work/profiles"
for k in K01A-1 K02B-1 K03C-1; do enrol $k || { cat "$work/enrol.err"; exit 1; }; done
fill K01A-1 300
agent_start K01A-1
wait_for 60 arrived K01A-1 300
for n in 1 2 3; do issue $n && write_down $n; done
openssl x509 -inform DER -in "$work/2.cer" -out "$work/2.pem"
openssl cmp -cmd rr -use_mock_srv -srv_ref x -srv_secret pass:x -cert "$work/K01A-1/kiosk.crt" -key "$work/K01A-1/kiosk.key" \
	-oldcert "$work/2.pem" -revreason 1 -trusted "$work/c/ca-trust.pem" -reqout "$work/rr.der" >/dev/null 2>&1
check "one of three is revoked" "$tool" cmp "$work/K01A-1.sock" nca-individual-sign "$work/rr.der" "$work/rr.answer"
"$ctl" kiosk disable K03C-1 --data "$work/c" >/dev/null
# Identifiers with their check digit, as the law on national registers has it.
awk 'BEGIN { for (n = 0; n < 3000; n++) { s = sprintf("9001013%04d", n); c = 0; d = 0
	for (i = 1; i <= 11; i++) { c += i * substr(s, i, 1); d += (i < 10 ? i + 2 : i - 9) * substr(s, i, 1) }
	c %= 11; if (c == 10) c = d % 11; if (c < 10) print s c } }' >"$work/iins"
persons=$(wc -l <"$work/iins")
sed 's/.*/{"key":"&","surname":"Нурланова","given-name":"Айгүл"}/' "$work/iins" >"$work/persons.jsonl"
check "a register" "$ctl" register import persons "$work/persons.jsonl" --data "$work/c" --screens "$screens" --source "Extract 1"
check "everything arrives" wait_for 30 all_arrived
agent_kill K01A-1 TERM
centre_kill TERM
for d in ca centre office; do sqlite3 "$work/c/$d.db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null; done
facts="SELECT serial, hex(spki_hash), number, profile, kiosk, state, reason, expires_ms, hex(certificate) FROM issued ORDER BY serial;
	SELECT number, kiosk, disabled FROM kiosks ORDER BY number;
	SELECT hex(fingerprint), kiosk FROM kiosk_certificates WHERE replaced = 0 ORDER BY fingerprint"
ca "$facts" >"$work/facts"
cp -r "$work/c" "$work/whole"

damage() { # DATABASE PAGE
	rm -rf "$work/c" && cp -r "$work/whole" "$work/c"
	dd if=/dev/urandom of="$work/c/$1" bs="$(sqlite3 "$work/whole/$1" 'PRAGMA page_size')" seek=$(($2 - 1)) count=1 conv=notrunc 2>/dev/null
}
named_and_mended() { # DATABASE PAGE WHAT [FLAGS…]
	damage "$1" "$2"
	sha256sum <"$work/c/$1" >"$work/damaged.sum"
	check "$3: named" sh -c "! '$ctl' journal mend --data '$work/c' --look >'$work/says' 2>&1 && grep -q '^damaged: $1' '$work/says'"
	check "$3: mended" sh -c '"$@" >"$0" 2>&1' "$work/says" "$ctl" journal mend --data "$work/c" "${@:4}"
	check "$3: the old file is kept" sh -c "cat '$work'/c/damaged-*/$1 | sha256sum | cmp - '$work/damaged.sum'"
	check "$3: whole by sqlite3" same "$(sqlite3 "$work/c/$1" 'PRAGMA integrity_check')" ok
}
each_page() { # DATABASE: one page of each table and index, and the first
	sqlite3 "$work/whole/$1" "SELECT max(pageno) || ' ' || name || ' ' || pagetype FROM dbstat WHERE ncell > 0 GROUP BY name, pagetype"
}

# --- ca.db
each_page ca.db >"$work/pages"
check "there are pages of each kind" test "$(wc -l <"$work/pages")" -ge 12
while read -r page table type; do
	named_and_mended ca.db "$page" "ca.db, $table $type"
	case $table in issued | kiosks | kiosk_certificates | sqlite_schema | sqlite_autoindex_issued_1) ;; *) continue ;; esac
	centre_again --profiles "$work/profiles"
	check "$table $type: each certificate and kiosk is known as before" sh -c "sqlite3 -readonly '$work/c/ca.db' \"\$1\" | cmp - '$work/facts'" - "$facts"
	check "$table $type: what was revoked is on the list" wait_for 20 on_crl 2
	check "$table $type: who may speak does" wait_for 20 eval '[ "$(who K02B-1)" = 200 ]'
	check "$table $type: who was shut out may not" same "$(who K03C-1)" 403
	centre_kill TERM
done <"$work/pages"

# --- a centre that is started on it
damage ca.db 1
check "a centre does not start on it" sh -c "! timeout 60 '$bin/tamga-centre' --data '$work/c' --listen 127.0.0.1:0 >'$work/says' 2>&1"
check "and says what to do" sh -c "grep -q 'damaged: ca.db' '$work/says' && grep -q 'tamgactl journal mend' '$work/says'"

# --- office.db
while read -r page table type; do
	named_and_mended office.db "$page" "office.db, $table $type"
	case "$table" in
	register | register_source | sqlite_schema)
		check "$table $type: a register with holes is none" same "$(sqlite3 "$work/c/office.db" 'SELECT count(*) FROM register; SELECT count(*)
			FROM register_source' | tr '\n' ' ')" "0 0 " ;;
	*) check "$table $type: the register is there" same "$(sqlite3 "$work/c/office.db" 'SELECT count(*) FROM register')" "$persons" ;;
	esac
done < <(each_page office.db)
check "it is imported again" "$ctl" register import persons "$work/persons.jsonl" --data "$work/c" --screens "$screens" --source "Extract 1"

# --- a page of the journal, with a backup
rm -rf "$work/c" && cp -r "$work/whole" "$work/c"
"$ctl" backup --data "$work/c" --out "$work/backup" >/dev/null
sqlite3 "$work/c/centre.db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
rm -rf "$work/whole" && cp -r "$work/c" "$work/whole"
rows="SELECT id, kiosk, seq, hex(hash), hex(body), received_ms FROM journal WHERE id <= $(sqlite3 "$work/whole/centre.db" \
	'SELECT max(id) FROM journal') ORDER BY id"
sqlite3 "$work/whole/centre.db" "$rows" >"$work/rows"
while read -r page; do
	named_and_mended centre.db "$page" "centre.db, page $page" --backup "$work/backup"
	check "page $page: nothing is lost" grep -q 'nothing is lost' "$work/says"
	check "page $page: entry for entry, by sqlite3" sh -c "sqlite3 '$work/c/centre.db' \"\$1\" | cmp - '$work/rows'" - "$rows"
	check "page $page: the chains hold" "$ctl" journal verify "$work/c/centre.db"
done < <(sqlite3 "$work/whole/centre.db" "SELECT pageno FROM dbstat WHERE name = 'journal' AND pagetype = 'leaf' ORDER BY path LIMIT 3 OFFSET 2")
check "one that was changed is no backup" sh -c "printf x | dd of='$work/backup/centre.db' bs=1 seek=9000 conv=notrunc 2>/dev/null
	! '$ctl' journal mend --data '$work/c' --backup '$work/backup' >'$work/says' 2>&1 && grep -q 'not what was backed up' '$work/says'"

# --- killed
killer_make
rm -rf "$work/backup"
damage ca.db "$(sqlite3 "$work/whole/ca.db" "SELECT pageno FROM dbstat WHERE name = 'issued' LIMIT 1")"
cp -r "$work/c" "$work/broken"
killed=0 wrong='' step=5
[ -z "${TAMGA_DEEP:-}" ] || step=1
for n in $(seq 1 "$step" 60); do
	rm -rf "$work/c" && cp -r "$work/broken" "$work/c"
	killed_at "$n" "$ctl" journal mend --data "$work/c" 2>/dev/null || break
	killed=$((killed + 1))
	"$ctl" journal mend --data "$work/c" >"$work/again.out" 2>&1 || wrong="$wrong $n: $(cat "$work/again.out");"
	"$ctl" journal mend --data "$work/c" --look >"$work/again.out" 2>&1 || wrong="$wrong $n: $(cat "$work/again.out");"
	[ "$(ca 'SELECT count(*) FROM kiosks')" = 3 ] || wrong="$wrong $n: empty;"
done
check "killed at $killed places" test "$killed" -ge 4
check "each time the next one completed it" same "$wrong" ''
done_testing
