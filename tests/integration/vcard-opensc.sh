#!/bin/bash
# The virtual card driven by Debian's own OpenSC through the real pcscd: every command that the kiosk's token work is
# made of, PIN flags as fresh processes see them, and cards pulled in the middle (K-5, K-6, K-8).
# usage: vcard-opensc.sh PATH-OF-tamga-vcard [--deep]   exit 77 = a part is missing, said on stderr
# --deep: pulled at every single command of a key generation (some minutes)
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../kiosk-image/lib/setup.sh"
. "$here/../../kiosk-image/lib/stage.sh"
program=${1:?usage: vcard-opensc.sh PATH-OF-tamga-vcard [--deep]}
deep=${2:-}
personas=$here/../personas
module=$(find /usr/lib -name opensc-pkcs11.so -path '*linux*' 2>/dev/null | head -1)
for tool in pkcs11-tool opensc-tool openssl; do
	command -v $tool >/dev/null || { echo "skipped: $tool is missing" >&2; exit 77; }
done
[ -n "$module" ] || { echo "skipped: opensc-pkcs11.so is missing" >&2; exit 77; }

so=3537363231383830
pin=648219
work=$(mktemp -d)
STAGE=$work # of this test's own pcscd
card_pid=
checks=0
failures=0

# reader_wait N Yes|No: until pcscd sees a card in reader N, or sees none
reader_wait() { wait_until 10 eval "opensc-tool -l 2>/dev/null | grep -Eq '^$1 +$2'" || { echo "reader $1: no \"$2\" within 10 s" >&2; return 1; }; }

finish() {
	[ -n "$card_pid" ] && kill "$card_pid" 2>/dev/null && wait "$card_pid" 2>/dev/null
	stop_pid "$STAGE/pcscd.pid"
	rm -rf "$work"
}
trap finish EXIT
# Cards with a document beside the key applet: OpenSC must not notice.
"$program" --make-csca "$work/csca" || { echo "the authorities could not be made" >&2; exit 1; }

check() { # DESCRIPTION COMMAND…: the command must succeed
	local what=$1
	shift
	checks=$((checks + 1))
	if "$@"; then
		echo "ok   $what"
	else
		echo "FAIL $what"
		sed 's/^/     | /' "$work/out" 2>/dev/null
		failures=$((failures + 1))
	fi
}

p11() { # one process, its output in $work/out
	timeout 30 pkcs11-tool --module "$module" --slot 0 "$@" >"$work/out" 2>&1
}
fails_with() { # TEXT pkcs11-tool arguments…
	local text=$1
	shift
	! p11 "$@" && grep -q "$text" "$work/out"
}
flags() { # the flags of reader 0's token, in a new process
	timeout 30 pkcs11-tool --module "$module" -L 2>"$work/err" >"$work/out"
	sed -n '/^Slot 0/,/^Slot 1/s/ *token flags *: //p' "$work/out"
}
has_flag() { flags | grep -q "$1"; }
no_pin_flag() { [ -n "$(flags)" ] && ! flags | grep -Eq "count low|final user|PIN locked"; }
ctl() { "$program" --ctl "$work/ctl" "$@" >"$work/ctl.out" 2>&1; }
status_has() { ctl status && grep -q -- "$1" "$work/ctl.out"; }

card_start() { # STATE [PERSONA]
	"$program" --port "$CARD_PORT" --state "$work/$1" --control "$work/ctl" ${2:+--persona "$personas/$2.yaml"} --csca "$work/csca" --inserted 2>>"$work/card.log" &
	card_pid=$!
	local i
	for ((i = 0; i < 200; i++)); do
		status_has connected=yes && break
		sleep 0.05
	done
	reader_wait 0 Yes
}
card_stop() { # [SIGNAL]
	kill "-${1:-TERM}" "$card_pid"
	wait "$card_pid" 2>/dev/null
	card_pid=
	reader_wait 0 No
}
reinsert() {
	ctl insert && for _ in $(seq 100); do status_has connected=yes && break; sleep 0.05; done
	reader_wait 0 Yes
}

stage_pcscd_private

keygen() { p11 --login --pin $pin --keypairgen --key-type rsa:2048 --id "$1" --label "$2" --usage-sign; }
sign_and_verify() { # ID
	p11 --login --pin $pin --sign --mechanism SHA256-RSA-PKCS --id "$1" -i "$work/text" -o "$work/sig" &&
		p11 --read-object --type pubkey --id "$1" -o "$work/pub" &&
		openssl dgst -sha256 -verify "$work/pub" -signature "$work/sig" "$work/text" >"$work/out" 2>&1
}
make_certificate() { # ID: a self-made CA certifies the card's public key
	p11 --read-object --type pubkey --id "$1" -o "$work/pub" || return 1
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/ca.key" -out "$work/ca.pem" -subj "/CN=Test CA" -days 2 2>/dev/null &&
		openssl req -new -key "$work/ca.key" -subj "/CN=ӘБДІҒАЛИЕВА АЙГҮЛ" -utf8 -out "$work/csr" 2>/dev/null &&
		openssl x509 -req -in "$work/csr" -force_pubkey "$work/pub" -CA "$work/ca.pem" -CAkey "$work/ca.key" \
			-CAcreateserial -days 1 -outform DER -out "$work/cert$1" 2>"$work/out" &&
		openssl x509 -in "$work/ca.pem" -outform DER -out "$work/ca.der"
}
store_certificate() { p11 --login --pin $pin --write-object "$work/cert$1" --type cert --id "$1" --label "$2"; }
reads_back() { # ID
	p11 --read-object --type cert --id "$1" -o "$work/back" && cmp -s "$work/back" "$work/cert$1"
}
listed() { # KIND COUNT
	p11 --login --pin $pin -O && [ "$(grep -c "^$1 Key Object" "$work/out")" = "$2" ]
}

echo "== from blank card to finished card"
printf 'Өтініш\n' >"$work/text"
card_start blank blank || exit 1
ctl trace "$work/trace"
check "C_InitToken on a blank card" p11 --init-token --label Token --so-pin $so
check "C_InitPIN by the officer" p11 --login --login-type so --so-pin $so --init-pin --new-pin $pin
check "label of the token" grep -q "Token (UserPIN)" <(pkcs11-tool --module "$module" -L)
check "key pair SIGN" keygen 01 SIGN
check "key pair AUTH" keygen 02 AUTH
check "the card has two keys" status_has keys=2
check "OpenSC lists two private keys" listed Private 2
check "signature of key 1 verifies under openssl" sign_and_verify 01
check "signature of key 2 verifies under openssl" sign_and_verify 02
check "certificate for key 1 can be made" make_certificate 01
check "certificate beside key 1" store_certificate 01 SIGN
check "certificate for key 2 can be made" make_certificate 02
check "certificate beside key 2" store_certificate 02 AUTH
check "certificate 1 reads back byte for byte" reads_back 01
check "certificate 2 reads back byte for byte" reads_back 02
check "certificate without a key" p11 --login --pin $pin --write-object "$work/ca.der" --type cert --id 77 --label CA
check "the card has three certificates" status_has certs=3
check "both keys still sign" sign_and_verify 02
check "self-test of pkcs11-tool" p11 --login --pin $pin --test
check "random numbers" p11 --generate-random 8
check "PIN changes" p11 --login --pin $pin --change-pin --new-pin 123456
check "the old PIN is wrong now" fails_with CKR_PIN_INCORRECT --login --pin $pin -O
check "the new PIN logs in, and changes back" p11 --login --pin 123456 --change-pin --new-pin $pin
check "officer's PIN changes" p11 --login --login-type so --so-pin $so --change-pin --new-pin 1122334455667788
check "and back" p11 --login --login-type so --so-pin 1122334455667788 --change-pin --new-pin $so
check "key deleted" p11 --login --pin $pin --delete-object --type privkey --id 02
check "one key left" status_has keys=1
check "C_InitToken with a wrong officer's PIN" fails_with CKR_PIN_INCORRECT --init-token --label Other --so-pin 0000000000000000
check "the key survived it" status_has keys=1
check "the trace has headers" grep -q " 46 " "$work/trace"
check "the trace has no PIN, in digits or hex" bash -c "! grep -Eq '$pin|363438323139' '$work/trace'"
check "the state file has no PIN" bash -c "! grep -aq '$pin' '$work/blank'"
check "the state file is for its owner only" [ "$(stat -c %a "$work/blank")" = 600 ]

echo "== tries, seen by fresh processes (K-5)"
wrong() { fails_with "$1" --login --pin 648218 -O; }
check "no flag at first" no_pin_flag
check "wrong once" wrong CKR_PIN_INCORRECT
check "flag: count low" has_flag "user PIN count low"
check "wrong twice" wrong CKR_PIN_INCORRECT
check "flag: final try" has_flag "final user PIN try"
check "right" p11 --login --pin $pin -O
check "flags gone" no_pin_flag
wrong CKR_PIN_INCORRECT
wrong CKR_PIN_INCORRECT
card_stop KILL
card_start blank
check "the last try is still the last after kill -9" has_flag "final user PIN try"
check "wrong a third time" wrong CKR_PIN_INCORRECT
check "flag: locked" has_flag "user PIN locked"
check "the right PIN does not help" fails_with CKR_PIN_LOCKED --login --pin $pin -O
check "a wrong officer's PIN does not either" fails_with CKR_PIN_INCORRECT --login --login-type so --so-pin 0000000000000000 --init-pin --new-pin $pin
check "still locked" has_flag "user PIN locked"
check "the officer unblocks" p11 --login --login-type so --so-pin $so --init-pin --new-pin 777888
check "flags gone again" no_pin_flag
check "the new PIN logs in" p11 --login --pin 777888 -O
card_stop

echo "== pulled in the middle (K-8)"
card_start fresh aigul
check "the persona's own PIN" p11 --login --pin $pin -O
check "and label" grep -q "Жеке куәлік" <(pkcs11-tool --module "$module" -L)
card_stop
cp "$work/fresh" "$work/saved"
card_start fresh
ctl trace "$work/trace2"
check "key pair on it" keygen 01 SIGN
at=$(grep -n " 00 46 " "$work/trace2" | head -1 | cut -d: -f1)
check "the trace says which command made the key" [ -n "$at" ]
card_stop
cp "$work/saved" "$work/fresh"
card_start fresh
ctl pull-at "$at"
started=$(date +%s)
check "pulled at the key generation: a general error" fails_with CKR_GENERAL_ERROR --login --pin $pin --keypairgen --key-type rsa:2048 --id 01 --label SIGN --usage-sign
check "within two seconds" [ $(($(date +%s) - started)) -le 2 ]
check "the reader is empty" reader_wait 0 No
check "no key was made" status_has keys=0
reinsert
check "back in the reader it works" keygen 01 SIGN
check "and signs" sign_and_verify 01
card_stop
cp "$work/saved" "$work/fresh"
card_start fresh
ctl pull-after "$at"
check "pulled just after it: a general error too" fails_with CKR_GENERAL_ERROR --login --pin $pin --keypairgen --key-type rsa:2048 --id 01 --label SIGN --usage-sign
check "but the key is there" status_has keys=1
reinsert
check "OpenSC does not show a key without its description" listed Private 0
check "the next key gets another place" keygen 01 SIGN
check "two keys now, one of them nobody's" status_has keys=2
check "and the right one signs" sign_and_verify 01

echo "== other misfortunes"
ctl break
check "a broken card gives no token" bash -c "! timeout 30 pkcs11-tool --module '$module' --slot 0 --login --pin $pin -O >/dev/null 2>&1"
ctl mend
check "mended" p11 --login --pin $pin -O
check "and no try was lost" status_has tries=3
ctl mute
timeout 3 pkcs11-tool --module "$module" -L >/dev/null 2>&1
check "a mute card keeps its caller waiting" [ $? = 124 ]
ctl unmute
check "and speaks again" p11 --login --pin $pin -O
ctl slow 50
check "a slow card is only slow" p11 --login --pin $pin -O
card_stop
card_start stranger foreign
check "a foreign card is not recognised" grep -q "not recognized" <(pkcs11-tool --module "$module" -L)
card_stop
card_start beside nurlan
document() { timeout 30 opensc-tool -r 0 "$@" >"$work/out" 2>&1; }
count_ok() { grep -c "SW1=0x90, SW2=0x00" "$work/out"; }
check "the document's access file is read in the master file" \
	document -s 00:A4:00:0C:02:3F:00 -s 00:A4:02:0C:02:01:1C -s 00:B0:00:00:00
check "each of it was answered" [ "$(count_ok)" = 3 ]
check "the document is chosen and asks for its keys" document -s 00:A4:04:0C:07:A0:00:00:02:47:10:01 -s 00:84:00:00:08 -s 00:B0:81:00:00
check "nothing is read without them" grep -q "SW1=0x69, SW2=0x82" "$work/out"
check "the key applet is there again" p11 --login --pin 730518264 -O
check "and lost no try" status_has "tries=3 .* document=yes"
card_stop
card_start shut locked
check "a locked card says so before any PIN" has_flag "user PIN locked"
card_stop

pulled_at() { # HOW N: afterwards the card must be whole: its PIN right, no try lost, at most one key
	cp "$work/saved" "$work/fresh"
	card_start fresh
	ctl "$1" "$2"
	keygen 01 SIGN
	reader_wait 0 No && reinsert && p11 --login --pin $pin -O && status_has tries=3 && status_has 'keys=[01] '
}
if [ "$deep" = --deep ]; then
	echo "== pulled at every command"
	for ((n = 1; n < $(wc -l <"$work/trace2"); n++)); do
		check "pull-at $n" pulled_at pull-at $n
		card_stop
		check "pull-after $n" pulled_at pull-after $n
		card_stop
	done
fi

check "pcscd is still alive" listens "$CARD_PORT"
check "the card's program complained of nothing" [ ! -s "$work/card.log" ]

echo "$checks checks, $failures failed"
[ $failures = 0 ] && [ $checks -gt 70 ]
