#!/usr/bin/env bash
# K-12, K-14: the database is damaged: overwritten at its head, in the middle, cut off, replaced by something else, not
# readable, made by another program. The kiosk shows a code and begins no journey; it neither crashes nor writes into it.
# With the good copy back it serves people again.
. "$(dirname "$0")/lib.sh"
stage_up
{ to_pin; pin 648219; delivered; } >"$WALK"
play "a whole journey"
whole "before"
card pull >/dev/null
stop_pid "$STAGE/agent.pid" # the kiosk alone: the agent has its own tests
sqlite3 "$STAGE/kiosk.db" 'pragma wal_checkpoint(truncate)' >/dev/null
cp "$STAGE/kiosk.db" "$STAGE/good.db"
size=$(stat -c %s "$STAGE/good.db")

overwrite() { # OFFSET LENGTH
	head -c "$2" /dev/urandom | dd of="$STAGE/kiosk.db" bs=1 seek="$1" conv=notrunc status=none
}
refused() { # WHAT CODE: on the idle screen, and after a choice of language
	{
		echo 'size 120x60'
		see idle.choose
		echo "wait \"($2)\" 20s"
		echo 'size 80x24'
		echo 'type 4'
		see title.provider
		printf 'type 1\nkey Enter\nsleep 500ms\n'
		printf 'expect "%s"\nexpect-not "%s"\nkey Esc\n' "$2" "$(said en title.service)"
		see idle.choose
	} >"$WALK"
	play "$1"
}
damage() { # WHAT CODE COMMAND…
	local what=$1 code=$2 before
	shift 2
	rm -f "$STAGE"/kiosk.db*
	cp "$STAGE/good.db" "$STAGE/kiosk.db"
	"$@"
	before=$(sha256sum <"$STAGE/kiosk.db")
	refused "$what" "$code"
	check "$what: left as it was" equal "$(sha256sum <"$STAGE/kiosk.db")" "$before"
}
four_languages() { # of one such screen
	{
		idle_four T-502 error.store-damaged
		idle_four T-502 mend.store-damaged
		echo 'type 4'
		see title.provider
		four T-502 error.store-damaged mend.store-damaged
	} >"$WALK"
	play "four languages"
}
sql() { sqlite3 "$STAGE/kiosk.db" "$1"; }

damage "head overwritten" T-502 overwrite 0 100
four_languages
damage "everything overwritten" T-502 overwrite 0 "$size"
damage "cut off in the middle" T-502 truncate -s $((size / 2 / 4096 * 4096)) "$STAGE/kiosk.db"
damage "a page of the journal overwritten" T-502 overwrite 4096 4096
damage "another program's database" T-502 sql 'drop table journal; drop table high_water; create table journal(x)'
damage "last entry changed" T-504 sql "update journal set body = replace(body, 'file', 'void') where id = (select max(id) from journal)"
damage "last entry taken away" T-504 sql 'delete from journal where id = (select max(id) from journal)'
damage "another kiosk's database" T-501 sql "update meta set kiosk = 'K99'"
rm -f "$STAGE"/kiosk.db*
mkdir "$STAGE/kiosk.db"
refused "a folder in its place" T-501
rmdir "$STAGE/kiosk.db"

cp "$STAGE/good.db" "$STAGE/kiosk.db"
rm -f "$STAGE/agent.sock"
stage_agent
fresh_card aigul
{ to_pin; pin 648219; delivered; } >"$WALK"
play "the good copy is back"
whole "after damage"
chains_hold
echo "$checks checks"
