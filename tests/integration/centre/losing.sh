#!/bin/bash
# C-1, C-3, K-15: one page of the centre's database is overwritten, with kiosks that go on sending: it is named, the rest is kept,
# and the kiosks send what is missing. The disk fills up while kiosks send, while a month is sealed, while a backup is made: nothing
# that was acknowledged is lost, and with room it goes on. Restoring and mending are killed at each sync point.
# usage: losing.sh BUILD-DIRECTORY
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: losing.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl db=$work/c/centre.db
top=$(dirname "$0")/../../..
kiosks='K01A-1 K02B-1 K03C-1'
of() { sqlite3 -readonly "$db" "$1"; }
all_the_same() {
	local k
	for k in $kiosks; do
		rows_of "$work/$k.db" "$k" >"$work/kiosk.rows"
		rows_of "$db" "$k" >"$work/centre.rows"
		cmp "$work/kiosk.rows" "$work/centre.rows" || return 1
		[ -s "$work/kiosk.rows" ] || return 1
	done
}
page_of() { # TABLE TYPE
	of "SELECT pageno FROM dbstat WHERE name = '$1' AND pagetype = '$2' ORDER BY path LIMIT 1
		OFFSET (SELECT count(*) / 2 FROM dbstat WHERE name = '$1' AND pagetype = '$2')"
}
overwrite() { # PAGE
	dd if=/dev/urandom of="$db" bs=8192 seek=$(($1 - 1)) count=1 conv=notrunc 2>/dev/null
}

centre_start
for k in $kiosks; do
	enrol "$k" || { cat "$work/enrol.err"; exit 1; }
	fill "$k" 80
	agent_start "$k"
done
for k in $kiosks; do check "80 of $k arrive" wait_for 60 arrived "$k" 80; done

# --- damage, each time found by the operator's command
damage() { # TABLE TYPE WORDS
	centre_kill TERM
	sqlite3 "$db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	local page
	page=$(page_of "$1" "$2")
	overwrite "$page"
	sha256sum <"$db" >"$work/damaged.sum"
	for k in $kiosks; do fill "$k" 5; done
	check "$1 $2: looked at" sh -c "! '$ctl' journal mend --data '$work/c' --look >'$work/says' 2>&1"
	check "$1 $2: named" grep -q "^damaged: .*$3" "$work/says"
	check "$1 $2: mended" "$ctl" journal mend --data "$work/c"
	check "$1 $2: the chains hold" "$ctl" journal verify "$db"
	check "$1 $2: the old file is kept" sh -c "cat '$work'/c/damaged-*/centre.db | sha256sum | cmp - '$work/damaged.sum'"
	rm -rf "$work"/c/damaged-*
	centre_again
	check "$1 $2: the kiosks send what is missing" wait_for 60 all_the_same
	check "$1 $2: nothing waits any more" same "$(of 'SELECT count(*) FROM aside')" 0
	check "$1 $2: the chains hold afterwards" "$ctl" journal verify "$db"
}
damage journal leaf "table journal"
damage journal internal "journal"
damage high_water leaf "table high_water"
damage application leaf "table application"
damage feed leaf "table feed"
check "each time in the journal" same "$(of "SELECT count(*) FROM journal WHERE kind = 'replica.mended'") $(of "SELECT count(*) > 0 FROM journal WHERE kind = 'tree.restarted'")" \
	"$(of "SELECT count(*) FROM journal WHERE kind = 'replica.mended'") 1"
centre_kill TERM
check "nothing is damaged now" same "$("$ctl" journal mend --data "$work/c")" 'nothing is damaged'

# --- a centre that is started on a damaged file says what it is
sqlite3 "$db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
cp -r "$work/c" "$work/whole"
overwrite "$(page_of high_water leaf)"
check "a centre does not start on it" sh -c "! timeout 20 '$bin/tamga-centre' --data '$work/c' --listen 127.0.0.1:0 >'$work/says' 2>&1"
check "and names it" grep -q 'store-damaged\|chain-broken' "$work/says"
check "with the table, and what to do" sh -c "grep -q 'damaged: .*table high_water' '$work/says' && grep -q 'tamgactl journal mend' '$work/says'"

# --- killed while mending and while restoring
killer_make
rm -rf "$work/c" && cp -r "$work/whole" "$work/c"
check "a backup" "$ctl" backup --data "$work/c" --out "$work/backup"
rm -rf "$work/whole" && cp -r "$work/c" "$work/whole"
overwrite "$(page_of journal leaf)"
cp -r "$work/c" "$work/broken"
rm -rf "$work/whole/centre.db"* # lost
step=3
[ -z "${TAMGA_DEEP:-}" ] || step=1
kill_each() { # WHAT STATE COMMAND…
	local what=$1 state=$2 n killed=0 wrong=''
	shift 2
	for n in $(seq 1 "$step" 200); do
		rm -rf "$work/c" && cp -r "$state" "$work/c"
		killed_at "$n" "$@" || break
		killed=$((killed + 1))
		"$@" >"$work/again.out" 2>&1 || wrong="$wrong $n: $(cat "$work/again.out");"
		"$ctl" journal verify "$db" >"$work/verify.out" 2>&1 || wrong="$wrong $n: $(cat "$work/verify.out");"
		[ "$(of "SELECT count(*) FROM journal WHERE kiosk <> 'C00-1'")" -gt 100 ] || wrong="$wrong $n: empty;"
	done
	check "$what: killed at $killed places" test "$killed" -ge 2
	check "$what: each time the next one completed it" same "$wrong" ''
}
kill_each mending "$work/broken" "$ctl" journal mend --data "$work/c"
cp -r "$work/broken" "$work/live"
rm -f "$work/live/centre.db"* && cp "$work/backup/centre.db" "$work/live/" && sqlite3 "$work/live/centre.db" 'PRAGMA journal_mode = WAL' >/dev/null
printf '#!/bin/sh\nrm -rf "%s/second"\nexec "%s" backup --data "%s/c" --out "%s/second"\n' "$work" "$ctl" "$work" "$work" >"$work/take"
chmod +x "$work/take"
kill_each "a backup" "$work/live" "$work/take"
check "none of them is taken for a whole one" sh -c "! ls -d '$work'/second.unfinished 2>/dev/null"
kill_each restoring "$work/whole" "$ctl" restore --data "$work/c" --from "$work/backup"
centre_again
check "and the kiosks send the rest" wait_for 60 all_the_same
centre_kill TERM

# --- the disk fills up
[ "$(id -u)" = 0 ] && mkdir "$work/disk" && mount -t tmpfs -o size=40m,mode=0700 tmpfs "$work/disk" 2>/dev/null || {
	echo "skipped: no small disk can be mounted here" >&2
	[ "$failures" -eq 0 ] && exit 77
	done_testing
}
trap '[ -z "$centre_pid" ] || centre_kill TERM; umount -l "$work/disk"; clean_up' EXIT
cp -r "$work/c/." "$work/disk/"
rm -rf "$work/c" && ln -s disk "$work/c"
full() { sqlite3 -cmd '.timeout 2000' "$db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null 2>&1; cat /dev/zero >"$work/disk/ballast" 2>/dev/null; }
centre_again
full
for k in $kiosks; do fill "$k" 400; done
check "the kiosks are told to wait" wait_for 30 sh -c "grep -q 'disk-full' '$work/centre.err'"
for k in $kiosks; do seq=$("$tool" status "$work/$k.sock" | sed -n 's/^acked_seq=//p'); echo "$k $seq"; done >"$work/acked"
check "nothing that was acknowledged is missing" sh -c "while read -r k seq; do
	test \"\$(sqlite3 -readonly '$db' \"SELECT max(seq) FROM journal WHERE kiosk = '\$k'\")\" -ge \"\$seq\" || exit 1; done <'$work/acked'"
check "no backup onto a full disk" sh -c "! '$ctl' backup --data '$work/c' --out '$work/disk/copy' 2>'$work/says' && grep -q 'disk-full\|No space' '$work/says'"
rm -rf "$work/disk/copy.unfinished"
sqlite3 "$db" "SELECT 1" >/dev/null
rm "$work/disk/ballast"
check "with room everything arrives by itself" wait_for 90 all_the_same
centre_kill TERM
sqlite3 "$db" "UPDATE journal SET received_ms = received_ms - 90 * 86400000 WHERE id <= 900"
cat /dev/zero >"$work/disk/ballast" 2>/dev/null
check "no month is sealed on a full disk" sh -c "! '$ctl' journal seal --data '$work/c' 2>'$work/says' && grep -q 'disk-full' '$work/says'"
check "nothing is left of it" same "$(ls "$work/disk/segments")" ''
rm "$work/disk/ballast"
check "with room it is" sh -c "'$ctl' journal seal --data '$work/c' && test \"\$(ls '$work/disk/segments' | wc -l)\" = 1"
check "the chains hold at the end" "$ctl" journal verify "$db"
done_testing
