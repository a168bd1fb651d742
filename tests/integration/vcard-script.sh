#!/bin/bash
# The twelve malicious cards through a real pcscd: each is played to its end, nobody hangs for ever, pcscd lives. What
# the kiosk does with them is another test's matter.
# usage: vcard-script.sh PATH-OF-tamga-vcard   exit 77 = a part is missing, said on stderr
# shellcheck disable=SC2034  # STAGE is used by stage.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../kiosk-image/lib/setup.sh"
. "$here/../../kiosk-image/lib/stage.sh"
program=${1:?usage: vcard-script.sh PATH-OF-tamga-vcard}
cards=$here/../data/malicious-cards
module=$(find /usr/lib -name opensc-pkcs11.so -path '*linux*' 2>/dev/null | head -1)
for tool in pkcs11-tool opensc-tool python3; do
	command -v $tool >/dev/null || { echo "skipped: $tool is missing" >&2; exit 77; }
done
[ -n "$module" ] || { echo "skipped: opensc-pkcs11.so is missing" >&2; exit 77; }

work=$(mktemp -d)
STAGE=$work
checks=0
failures=0
card_pid=
finish() {
	[ -n "$card_pid" ] && kill "$card_pid" 2>/dev/null
	stop_pid "$STAGE/pcscd.pid"
	rm -rf "$work"
}
trap finish EXIT
check() { # DESCRIPTION COMMAND…
	local what=$1
	shift
	checks=$((checks + 1))
	if "$@"; then
		echo "ok   $what"
	else
		echo "FAIL $what"
		failures=$((failures + 1))
	fi
}
reader_wait() { wait_until 10 eval "opensc-tool -l 2>/dev/null | grep -Eq '^1 +$1'"; }
ctl() { "$program" --ctl "$work/ctl" "$@"; }
commands() { ctl count | sed 's/.*total=//'; }
ends() { # SECONDS COMMAND…: by itself, and not by a signal
	timeout "$@" >"$work/out" 2>&1
	local rc=$?
	[ $rc -lt 124 ] || { echo "     | ended with $rc"; return 1; }
}
play() { # NAME
	local name=$1
	"$program" --port "$TOKEN_PORT" --state "$work/$name" --control "$work/ctl" --script "$cards/$name.bin" --inserted 2>>"$work/log" &
	card_pid=$!
	check "$name: pcscd has a card" reader_wait Yes
	if [ "$name" = 12-mute ]; then
		check "$name: opensc-tool" ends 10 opensc-tool -r 1 -n
		timeout 2 pkcs11-tool --module "$module" -L >/dev/null 2>&1
		check "$name: keeps its caller waiting" [ $? = 124 ]
	else
		check "$name: pkcs11-tool" ends 10 pkcs11-tool --module "$module" -L
		check "$name: login" ends 10 pkcs11-tool --module "$module" --slot 4 --login --pin 12345678 -O
		check "$name: opensc-tool" ends 10 opensc-tool -r 1 -n
	fi
	check "$name: it was asked something" [ "$(commands)" -gt 3 ]
	ctl pull >/dev/null
	check "$name: gone" reader_wait No
	kill "$card_pid" && wait "$card_pid" 2>/dev/null
	card_pid=
	check "$name: pcscd lives" pid_alive "$STAGE/pcscd.pid"
}

mkdir "$work/made"
python3 "$cards/make.py" "$work/made"
check "the files are what make.py makes" diff -r -x make.py -x certificate.b64 "$cards" "$work/made"
check "twelve of them, each with one line" [ "$(cat "$cards"/*.txt | wc -l)" = 12 ]
stage_pcscd_private
for file in "$cards"/*.bin; do play "$(basename "$file" .bin)"; done
check "the card's program complained of nothing" [ ! -s "$work/log" ]
echo "$checks checks, $failures failed"
[ $failures = 0 ] && [ $checks -gt 70 ]
