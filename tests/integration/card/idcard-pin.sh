#!/usr/bin/env bash
# K-5: the PIN of an identity card is changed by its holder, who enters with the certificate on it; a wrong old PIN changes
# nothing. Asked of the card by pkcs11-tool.
export TOKEN=rutoken-head
. "$(dirname "$0")/cabinet-lib.sh"
OLD=648219 NEW=907153
login_works() { timeout 30 pkcs11-tool --module "$(stage_module)" --slot 0 --login --pin "$1" --list-objects >/dev/null 2>&1; }
to_change() { see home.pin; printf 'key Down*2 Enter\n'; see pin-change.old; }
stage_up
{ cat "$TOP/tests/lib/a1-to-pin.walk"; printf 'type %s\nkey Enter\nwait "[ Finish ]" 90s\n' $OLD; } >"$WALK"
play "certificates on the card"
{
	printf 'size 80x24\n'
	see idle.choose
	printf 'type 4\nwait "Choose the certification authority"\ntype 1\nwait "Choose the service"\ntype %s\n' "$(service_key cabinet)"
	see title.storage
	echo 'type 1'
	see title.devices
	printf 'card insert aigul\nwait "KZ00194031" 20s\ntype 1\n'
	see title.company 20s
	printf 'wait "АЙГҮЛ" 20s\nexpect "Signature key"\nexpect "Authentication key"\ntype 1\n'
	see title.enter 20s
	pin $OLD
	to_change
	pin 111222
	pin $NEW
	pin $NEW
	see error.pin-wrong 20s
	see pin-change.old
	echo 'sleep 1s'
	pin $OLD
	pin $NEW
	pin $NEW
	see pin-change.done 20s
} >"$WALK"
play "the PIN is changed"
check "the new PIN holds" login_works $NEW
check "two tries were spent on nothing: the wrong one came back with the right one" \
	equal "$(card status | grep -o 'tries=[0-9]*' | head -n 1)" tries=3
check "the old PIN holds no more" eval '! login_works $OLD'
check "recorded before and after" equal \
	"$(kiosk_sql "select kind from journal where kind in ('pin.intent','pin.done') order by seq" | tail -n 2 | tr '\n' ' ')" "pin.intent pin.done "
echo "$checks checks"
