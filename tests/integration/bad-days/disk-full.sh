#!/usr/bin/env bash
# K-8, K-12, K-14: the disk fills up: before a person comes, before the application is recorded, and in the middle of the
# work on the card. Nothing is lost, nothing half-done is left, and when there is room again it goes on.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || { say "skipped: mounting a small disk needs root"; exit 77; }
mkdir "$STAGE/disk"
mount -t tmpfs -o size=24m,mode=0700 tmpfs "$STAGE/disk" 2>/dev/null || { say "skipped: no tmpfs can be mounted here"; exit 77; }
trap 'stop_pid "$STAGE/agent.pid"; umount -l "$STAGE/disk"; test_finish' EXIT
ln -s disk/kiosk.db "$STAGE/kiosk.db" # where the other helpers look
stage_up
sed -i "s|^database: .*|database: $STAGE/disk/kiosk.db|" "$STAGE/agent.yaml" "$STAGE/kiosk.yaml"
stop_pid "$STAGE/agent.pid"
rm -f "$STAGE/agent.sock"
stage_agent

# The walk's words: "restart centre" fills the disk up, "restart agent" makes room again.
cat >"$STAGE/hook" <<EOF
#!/bin/sh
case \$1 in
centre) # what the log holds already can be written over without room
	sqlite3 -cmd '.timeout 2000' "$STAGE/disk/kiosk.db" 'pragma wal_checkpoint(truncate)' >/dev/null 2>&1
	cat /dev/zero >"$STAGE/disk/ballast" 2>/dev/null; test "\$(df --output=avail "$STAGE/disk" | tail -n 1)" -eq 0 ;;
agent) rm -f "$STAGE/disk/ballast" ;;
esac
EOF
chmod +x "$STAGE/hook"
full='restart centre' room='restart agent'
walk_disk() {
	"$BIN/tamga-walk" --walk "$WALK" --patience "$PATIENCE" --dir "$STAGE" --ctl-card "$STAGE/card.ctl" --card-insert "$TOP/kiosk-image/lib/hook $STAGE $BIN card" \
		--restart "$STAGE/hook" --pids "$STAGE" -- "$BIN/tamga" --config "$STAGE/kiosk.yaml" >"$STAGE/walk.out" 2>&1 ||
		{ cat "$STAGE/walk.out" >&2; return 1; }
}

# Nearly full: no journey is begun, and the screen says why. Room: it serves people by itself.
{
	see idle.choose
	echo "$full"
	idle_four T-103 error.disk-full
	idle_four T-103 mend.disk-full
	echo 'type 4'
	see title.provider
	four T-103 error.disk-full mend.disk-full
	printf 'type 1\nkey Enter\nsleep 500ms\nexpect-not "%s"\nkey Esc\n' "$(said en title.service)"
	echo "$room"
	printf 'sleep 4s\nexpect-not "T-103"\n'
} >"$WALK"
check "full before anybody comes" walk_disk

# Full when the application is to be recorded: no number was given, nothing touched the card.
{
	to_pin
	echo "$full"
	pin 648219
	see title.failure
	four T-103 title.failure error.disk-full mend.disk-full
	printf 'expect-not "0001-"\n'
	echo "$room"
	printf 'key Enter\n'
	see title.pin
	pin 648219
	delivered
} >"$WALK"
check "full when it is to be recorded" walk_disk
whole "full when it is to be recorded"
check "one application" equal "$(applications)" 1

# Full in the middle of the work on the card; tried again in the same program.
fresh_card aigul
{
	to_pin
	echo 'card slow 60'
	pin 648219
	see title.working
	echo 'sleep 500ms'
	echo "$full"
	see title.failure 60s
	echo 'card slow 0'
	four T-103 title.failure error.disk-full
	echo "$room"
	printf 'key Enter\n'
	see title.pin
	pin 648219
	delivered
} >"$WALK"
check "full during chip work" walk_disk
whole "full during chip work"

# The same, but the kiosk is switched off in that state; later the card comes back.
fresh_card aigul
{
	to_pin
	echo 'card slow 60'
	pin 648219
	see title.working
	echo 'sleep 1s'
	echo "$full"
	see title.failure 60s
} >"$WALK"
check "full during chip work, then off" walk_disk
card slow 0 >/dev/null
rm -f "$STAGE/disk/ballast"
{ to_resume; pin 648219; delivered; } >"$WALK"
check "room again, the card comes back" walk_disk
whole "full during chip work, then off"
check "three applications, each once" equal "$(centre_sql 'select count(*), count(distinct number) from application')" '3|3'
chains_hold
echo "$checks checks"
