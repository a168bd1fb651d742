#!/usr/bin/env bash
# K-3, K-12: the service of the readers dies (and with it the reader) while nobody is there, while the card is awaited, and
# while the PIN is asked for. Each time the kiosk says so, and goes on by itself when it is back.
. "$(dirname "$0")/lib.sh"
stage_up

# Called by the walk: restart reader | restart no-reader.
cat >"$STAGE/hook" <<EOF
#!/bin/bash
set -u
cd "$(dirname "$0")"
STAGE=$STAGE BIN=$BIN TOP=$TOP CARD_PORT=$CARD_PORT
. "$TOP/kiosk-image/lib/setup.sh"; . "$TOP/kiosk-image/lib/stage.sh"
case \$1 in
centre) stop_pid $STAGE/pcscd.pid ;;
agent)
	setsid unshare -m sh -c 'mount -t tmpfs tmpfs /run && mkdir /run/pcscd && mount --bind "\$0" /run/pcscd && exec pcscd -f -c "\$0/conf"' \
		$STAGE/pcscd >>$STAGE/pcscd/log 2>&1 &
	echo \$! >$STAGE/pcscd.pid
	CARD_PORT=$CARD_PORT
	wait_until 10 listens $CARD_PORT ;;
esac
EOF
chmod +x "$STAGE/hook"
# The walk's words for what the hook does: "restart centre" takes the reader away, "restart agent" brings it back.
walk_readers() {
	"$BIN/tamga-walk" --walk "$WALK" --patience "$PATIENCE" --dir "$STAGE" --ctl-card "$STAGE/card.ctl" --card-insert "$TOP/kiosk-image/lib/hook $STAGE $BIN card" \
		--restart "$STAGE/hook" --pids "$STAGE" -- "$BIN/tamga" --config "$STAGE/kiosk.yaml" >"$STAGE/walk.out" 2>&1 ||
		{ cat "$STAGE/walk.out" >&2; return 1; }
}
gone='restart centre' back='restart agent'
{
	see idle.choose
	echo "$gone"
	echo 'sleep 2s'
	echo "$back"
	to_service
	see carrier.insert
	echo "$gone"
	four T-203 title.carrier error.reader-service mend.reader-service
	echo "$back"
	see carrier.insert
	four "" carrier.insert
	echo 'card insert aigul'
	echo 'wait "KZ00194031" 20s'
	echo 'key Enter'
	form_to_pin
	echo 'type 6482'
	echo "$gone"
	four T-203 error.reader-service
	echo "$back"
	echo 'wait "KZ00194031" 20s'
	echo 'key Enter'
	see title.pin
	echo "$gone"
	four T-203 error.reader-service
	echo "$back"
	echo 'wait "KZ00194031" 20s'
	echo 'key Enter'
	see title.pin
	pin 648219
	delivered
} >"$WALK"
check "the reader goes and comes" walk_readers
whole "after the reader was gone three times"

# It dies during chip work: the card is slow enough for that to be certain.
fresh_card aigul
{
	to_pin
	echo 'card slow 100'
	pin 648219
	see title.working
	echo 'sleep 2s'
	echo "$gone"
	see title.resume 60s
	four T-203 title.resume resume.text error.reader-service
	echo "$back"
	echo 'card slow 0'
	see resume.continue 30s
	echo 'key Enter'
	see title.pin
	pin 648219
	delivered
} >"$WALK"
check "the reader goes during chip work" walk_readers
whole "after the reader was gone during chip work"
chains_hold
echo "$checks checks"
