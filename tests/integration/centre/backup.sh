#!/bin/bash
# C-3, C-8, K-15: the centre copied while three kiosks send; its databases lost, then its whole directory; put back, every entry
# comes again from the kiosks. What is damaged or unfinished is refused by name. usage: backup.sh BUILD-DIRECTORY
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: backup.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl copy=$work/backup
screens=$(dirname "$0")/../../../screens
kiosks='K01A-1 K02B-1 K03C-1'
held() { sqlite3 -readonly "$1" "SELECT count(*) FROM journal WHERE kiosk = '$2'"; }
persons() { sqlite3 -readonly "$1" "SELECT key FROM register WHERE register = 'persons'"; }
kind() { sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM journal WHERE kind = '$1'"; }
epoch() { sqlite3 -readonly "$1" "SELECT hex(epoch) FROM tree"; }
all_the_same() { # every entry of every kiosk stands at the centre once, and is the same
	local k
	for k in $kiosks; do
		rows_of "$work/$k.db" "$k" >"$work/kiosk.rows"
		rows_of "$work/c/centre.db" "$k" >"$work/centre.rows"
		cmp "$work/kiosk.rows" "$work/centre.rows" || return 1
		[ -s "$work/kiosk.rows" ] || return 1
	done
}
# Each application is registered at the kiosk (K-15), with the time of the acknowledgement that covers it.
registered() {
	local k
	for k in $kiosks; do
		[ "$(sqlite3 -readonly "$work/$k.db" "SELECT count(*) FROM application WHERE registered_ms = 0 OR sent_ms = 0")" = 0 ] || return 1
		[ "$(sqlite3 -readonly "$work/$k.db" "SELECT acked_seq = (SELECT max(seq) FROM journal) FROM sync_state")" = 1 ] || return 1
	done
}

centre_start
for k in $kiosks; do
	enrol "$k" || { cat "$work/enrol.err"; exit 1; }
	fill "$k" 20
	agent_start "$k"
done
for k in $kiosks; do check "20 of $k arrive" wait_for 30 arrived "$k" 20; done
printf '{"key":"900101300017","surname":"Нурланова","given-name":"Айгүл"}\n' >"$work/persons.jsonl"
check "a register" "$ctl" register import persons "$work/persons.jsonl" --data "$work/c" --screens "$screens" --source "Extract 1"

# --- while the kiosks send
for k in $kiosks; do fill "$k" 200 & done
check "taken while entries come in" "$ctl" backup --data "$work/c" --out "$copy" --with-keys
for k in $kiosks; do wait_for 30 sh -c "test \"\$(sqlite3 -readonly '$work/$k.db' 'SELECT count(*) FROM journal')\" -ge 220"; done
check "nobody else may read it" same "$(stat -c %a "$copy" "$copy/centre.db" "$copy/office.db" "$copy/ca.db" "$copy/ack.key" | tr '\n' ' ')" \
	"700 600 600 600 600 "
check "by sqlite: whole" same "$(for d in centre office ca; do sqlite3 "$copy/$d.db" 'PRAGMA integrity_check'; done | tr '\n' ' ')" "ok ok ok "
check "sums by sha256sum" sh -c "cd '$copy' && sed '1d;\$d' MANIFEST | sed -E 's/^([0-9a-f]+) [0-9]+ /\\1  /' | sha256sum -c --quiet"
check "sizes by stat" sh -c "cd '$copy' && sed '1d;\$d' MANIFEST | while read -r _ n f; do test \"\$(stat -c %s \"\$f\")\" = \"\$n\" || exit 1; done"
for k in $kiosks; do check "what the centre had of $k by then" test "$(held "$copy/centre.db" "$k")" -ge 20; done
check "the register is in it" same "$(persons "$copy/office.db")" 900101300017
check "it stands in the journal" same "$(kind backup.made)" 1
check "a backup is never overwritten" sh -c "! '$ctl' backup --data '$work/c' --out '$copy' 2>/dev/null"
check "one without keys" "$ctl" backup --data "$work/c" --out "$work/plain"
check "has none" sh -c "! ls '$work/plain' | grep -v '^MANIFEST$\|\.db$'"
for k in $kiosks; do check "all of $k arrive" wait_for 60 registered; done

# --- what is refused
check "not into a running centre" sh -c "! '$ctl' restore --data '$work/c' --from '$copy' 2>'$work/says'"
check "and it says why" grep -q 'a centre runs' "$work/says"
check "nothing to copy" sh -c "! '$ctl' backup --data '$work' --out '$work/none' 2>/dev/null; test ! -e '$work/none'"
centre_kill KILL
cp -r "$work/c" "$work/was"
rm -f "$work"/c/*.db*
refused() { # WHAT WORDS: the backup in $work/bad
	check "$1: not taken" sh -c "! '$ctl' restore --data '$work/c' --from '$work/bad' >'$work/says' 2>&1"
	check "$1: says so" grep -q "$2" "$work/says"
	check "$1: nothing was put back" sh -c "! ls '$work'/c/*.db* 2>/dev/null"
	rm -rf "$work/bad"
}
cp -r "$copy" "$work/bad" && printf x | dd of="$work/bad/centre.db" bs=1 seek=9000 conv=notrunc 2>/dev/null
refused "one byte changed" 'broken: .*centre.db is not what was backed up'
cp -r "$copy" "$work/bad" && rm "$work/bad/office.db"
refused "a file is gone" 'office.db: No such file'
cp -r "$copy" "$work/bad" && rm "$work/bad/MANIFEST"
refused "unfinished" 'MANIFEST: not there: no backup, or an unfinished one'
cp -r "$copy" "$work/bad" && sed -i '$d' "$work/bad/MANIFEST"
refused "its list cut short" 'MANIFEST: damaged'
cp -r "$copy" "$work/bad" && sed -i 's/ office.db/ ..\/office.db/' "$work/bad/MANIFEST"
refused "a name that leads out" 'MANIFEST: damaged'
cp -r "$copy" "$work/bad"
sqlite3 "$work/bad/centre.db" "UPDATE journal SET body = replace(body, 'a', 'b') WHERE id = (SELECT max(id) FROM journal WHERE body LIKE '%a%')"
sed -i "s/^[0-9a-f]* [0-9]* centre.db$/$(sha256sum "$work/bad/centre.db" | cut -d' ' -f1) $(stat -c %s "$work/bad/centre.db") centre.db/" "$work/bad/MANIFEST"
refused "the journal changed before its sum was made" '^broken: '

# --- the replica lost, put back
cp "$work"/was/office.db* "$work"/was/ca.db* "$work/c/"
sqlite3 "$work/c/office.db" "UPDATE register_source SET source = 'Extract 2'"
check "put back" "$ctl" restore --data "$work/c" --from "$copy"
check "what survived stays" same "$(sqlite3 "$work/c/office.db" 'SELECT source FROM register_source')" "Extract 2"
check "a new tree begins" sh -c "test '$(epoch "$work/c/centre.db")' != '$(epoch "$copy/centre.db")'"
check "and the journal says so" same "$(kind tree.restarted) $(kind replica.restored)" "1 1"
check "the chains hold" "$ctl" journal verify "$work/c/centre.db"
centre_again
check "the kiosks send what the backup had not" wait_for 60 all_the_same
check "registered again (K-15)" wait_for 30 registered
check "nothing is doubled" same "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) - count(DISTINCT kiosk || ' ' || seq) FROM journal")" 0
check "the chains hold afterwards" "$ctl" journal verify "$work/c/centre.db"

# --- the whole directory lost
centre_kill KILL
rm -rf "$work/c"
for k in $kiosks; do fill "$k" 10; done
check "everything is put back" "$ctl" restore --data "$work/c" --from "$copy"
check "keys with their modes" same "$(stat -c %a "$work/c/ack.key" "$work/c")" "$(printf '600\n700')"
check "the same key signs" cmp "$work/c/ack.key" "$work/was/ack.key"
check "kiosks' numbers go on far above" test "$(sqlite3 "$work/c/ca.db" "SELECT seq FROM sqlite_sequence WHERE name = 'kiosks'")" -ge 1003
centre_again
check "the kiosks send everything" wait_for 60 all_the_same
check "and all is registered" wait_for 30 registered
enrol K04D-1
check "another kiosk gets a number that nobody had" test "$(sqlite3 "$work/c/ca.db" "SELECT number FROM kiosks WHERE kiosk = 'K04D-1'")" -ge 1004
centre_kill TERM
check "the chains hold at the end" "$ctl" journal verify "$work/c/centre.db"
done_testing
