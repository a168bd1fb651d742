#!/usr/bin/env bash
# The lock of a certificate, apart from the token's own counter (DOS-8): five wrong PINs a day, seven in all; told before
# the PIN, refused before the PIN, open again at midnight in Bishkek, reset at the office; and without the centre.
TOKEN=rutoken-accountant # which takes ten wrong PINs
. "$(dirname "$0")/cabinet-lib.sh"
HOURS=6 one_day # wrong PINs are counted by days
stage_up
cabinet_certificate 01 kg-dostek-accountant '«Ош Жибек Жолу» ЖЧК' 01203201810274 бухгалтер
SHA=$(sha_of 01)
tries_on_token() { token status | grep -o ' tries=[0-9]*' | cut -d= -f2; }
tried() { kiosk_sql "select count(*) from journal where kind='pin.tried' and body like '%$SHA%\"right\":false%'"; }
wrong() { # TODAY ALL: what is left afterwards
	pin 00000000
	printf 'wait "today %s, in all %s" 20s\n' "$1" "$2"
	see error.pin-wrong
}

# Five times in a day. The token itself would take more.
{
	to_enter
	wrong 4 6
	wrong 3 5
	wrong 2 4
	pin 00000000
	see lock.last 20s
	pin 00000000
	see error.lock-day 20s
	echo 'size 100x40'
	four T-322 error.lock-day title.enter-refused
	echo 'expect "in all: 2"'
	echo 'expect "+996 312 960 360"'
	# From the beginning: refused again, and no PIN is asked.
	echo 'key F10'
	see cancel.title
	echo 'type 2'
	to_devices
	printf 'wait "Rutoken ECP, No. %s" 20s\ntype 1\n' "$SERIAL"
	see title.enter-refused 20s
	echo "type $PIN"
	echo 'key Enter'
	see title.devices
} >"$WALK"
play "locked for the day"
check "five were recorded" equal "$(tried)" 5
check "the token counts for itself" equal "$(tries_on_token)" 5

# The next day two more lock it for good. The centre is away: said before the PIN.
{
	echo 'clock +24h'
	echo 'net down'
	to_enter
	see lock.counts-offline
	echo 'expect "today 2, in all 2"'
	pin 00000000
	see lock.last 20s
	pin 00000000
	see error.lock-all 20s
	echo 'size 100x40'
	four T-323 error.lock-all lock.office
	echo 'net up'
} >"$WALK"
play "locked in all"
check "seven were recorded" equal "$(tried)" 7

# The holder came to the office: open again at the kiosk, though not more tries for today.
check "the office resets" "$BIN/tamgactl" lock reset "$SHA" --data "$STAGE/centre" --provider kg-dostek \
	--why "holder came with passport" --clock-file "$STAGE/clock"
{
	to_enter
	echo 'expect "today 3, in all 7"'
	pin "$PIN"
	see home.news 20s
} >"$WALK"
play "reset at the office"
chains_hold
echo "$checks checks"
