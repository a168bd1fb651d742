#!/bin/bash
# The virtual Rutoken in the second reader, driven by Debian's own OpenSC through a real pcscd: from the blank token to
# a signature, PINs and their tries, GOST keys, tokens pulled in the middle (K-5, K-6, K-8, DOS-1).
# usage: vcard-rutoken.sh PATH-OF-tamga-vcard [--deep]   exit 77 = a part is missing, said on stderr
# --deep: pulled at every single command of a key generation and of writing a certificate (some minutes)
# shellcheck disable=SC2034  # STAGE is used by stage.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../kiosk-image/lib/setup.sh"
. "$here/../../kiosk-image/lib/stage.sh"
program=${1:?usage: vcard-rutoken.sh PATH-OF-tamga-vcard [--deep]}
deep=${2:-}
personas=$here/../personas
module=$(find /usr/lib -name opensc-pkcs11.so -path '*linux*' 2>/dev/null | head -1)
for tool in pkcs11-tool pkcs15-init opensc-tool openssl; do
	command -v $tool >/dev/null || { echo "skipped: $tool is missing" >&2; exit 77; }
done
[ -n "$module" ] || { echo "skipped: opensc-pkcs11.so is missing" >&2; exit 77; }
gost() { openssl "$1" -engine gost "${@:2}" 2>"$work/gost.err"; }

work=$(mktemp -d)
STAGE=$work # of this test's own pcscd
card_pid=
checks=0
failures=0

reader_wait() { wait_until 10 eval "opensc-tool -l 2>/dev/null | grep -Eq '^1 +$1'" || { echo "reader 1: no \"$1\" within 10 s" >&2; return 1; }; }
finish() {
	[ -n "$card_pid" ] && kill "$card_pid" 2>/dev/null && wait "$card_pid" 2>/dev/null
	stop_pid "$STAGE/pcscd.pid"
	rm -rf "$work"
}
trap finish EXIT

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
same() { [ "$1" = "$2" ] || { printf 'got %s, wanted %s\n' "$1" "$2" >"$work/out"; return 1; }; }

p11() { timeout 30 pkcs11-tool --module "$module" --slot 4 "$@" >"$work/out" 2>&1; } # reader 1 is slot 4
p15_init() { timeout 30 pkcs15-init -r 1 "$@" >"$work/out" 2>&1; }
fails_with() { # TEXT pkcs11-tool arguments…
	local text=$1
	shift
	! p11 "$@" && grep -q "$text" "$work/out"
}
slot() { timeout 30 pkcs11-tool --module "$module" -L 2>"$work/err" >"$work/out" && sed -n '/^Slot 1 /,$p' "$work/out"; }
shows() { slot | grep -q "$1"; }
ctl() { "$program" --ctl "$work/ctl" "$@" >"$work/ctl.out" 2>&1; }
status_has() { ctl status && grep -q -- "$1" "$work/ctl.out"; }
connected() { status_has connected=yes; }

card_start() { # STATE [PERSONA]
	"$program" --port "$TOKEN_PORT" --state "$work/$1" --control "$work/ctl" ${2:+--persona "$personas/$2.yaml"} --inserted 2>>"$work/card.log" &
	card_pid=$!
	wait_until 10 connected
	reader_wait Yes
}
card_stop() { # [SIGNAL]
	kill "-${1:-TERM}" "$card_pid"
	wait "$card_pid" 2>/dev/null
	card_pid=
	reader_wait No
}
reinsert() { ctl insert && wait_until 10 connected && reader_wait Yes; }
card_file() { # PATH-IN-HEX LENGTH-IN-HEX: the bytes, read with plain commands
	local length=$((${#1} / 2))
	opensc-tool -r 1 -s "00:A4:08:00:$(printf %02x $length):$(sed 's/../&:/g;s/:$//' <<<"$1")" -s "00:B0:00:00:$2" 2>/dev/null |
		sed -n '/^Received/,$p' | sed -n '/^Sending: 00 B0/,$p'
}

keygen() { p11 --login --pin "$pin" --keypairgen --key-type "${3:-rsa:2048}" --id "$1" --label "$2" --usage-sign; }
sign_and_verify() { # ID
	p11 --login --pin "$pin" --sign --mechanism SHA256-RSA-PKCS --id "$1" -i "$work/text" -o "$work/sig" &&
		p11 --read-object --type pubkey --id "$1" -o "$work/pub" &&
		openssl dgst -sha256 -verify "$work/pub" -signature "$work/sig" "$work/text" >"$work/out" 2>&1
}
certify() { # ID PUBLIC-KEY-FILE [DER or PEM]: a self-made CA certifies the key
	[ -f "$work/ca.pem" ] ||
		openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/ca.key" -out "$work/ca.pem" -subj "/CN=Test CA" -days 2 2>/dev/null
	openssl req -new -key "$work/ca.key" -subj "/CN=ТӨЛӨГӨНОВ НУРЛАНБЕК" -utf8 -out "$work/csr" 2>/dev/null &&
		openssl x509 -engine gost -req -in "$work/csr" -force_pubkey "$2" -CA "$work/ca.pem" -CAkey "$work/ca.key" \
			-CAcreateserial -days 1 -outform DER -out "$work/cert$1" >"$work/out" 2>&1
}
store_certificate() { p11 --login --pin "$pin" --write-object "$work/cert$1" --type cert --id "$1" --label "$2"; }
reads_back() { p11 --read-object --type cert --id "$1" -o "$work/back" && cmp -s "$work/back" "$work/cert$1"; }
listed() { p11 --login --pin "$pin" -O && [ "$(grep -c "^$1" "$work/out")" = "$2" ]; } # KIND COUNT

stage_pcscd_private
printf 'Арыз\n' >"$work/text"

echo "== a blank token, set up by pkcs15-init"
pin=12345678 so=87654321
card_start blank rutoken-blank || exit 1
ctl trace "$work/trace"
check "the driver knows the token" grep -q "Rutoken ECP (DS)" <(opensc-tool -r 1 -n 2>/dev/null)
check "erased" p15_init --erase-card --so-pin $so
check "files" p15_init --create-pkcs15 --so-pin $so --so-puk "" --pin $pin --label "Rutoken ECP"
check "user PIN, and the end of setting up" p15_init --store-pin --label "User PIN" --auth-id 2 --pin $pin --puk "" --so-pin $so --finalize
check "label" shows "token label *: Rutoken ECP (User PIN)"
check "manufacturer" shows "token manufacturer *: Aktiv Co."
check "serial number" shows "serial num *: 000000003ba0c117"
check "lengths of the PIN" shows "pin min/max *: 4/32"
files="2f00:80 50005031:80 50006005:00 50004946:80"
for f in $files; do card_file "${f%:*}" "${f#*:}" >"$work/made.${f%:*}"; done
check "something was read" grep -q "PKCS-15" "$work/made.2f00"
card_stop

echo "== the same from a persona"
card_start factory rutoken-factory
for f in $files; do
	card_file "${f%:*}" "${f#*:}" >"$work/own.${f%:*}"
	check "file ${f%:*} byte for byte as pkcs15-init makes it" cmp "$work/made.${f%:*}" "$work/own.${f%:*}"
done
check "label" shows "token label *: Rutoken ECP (User PIN)"
check "the maker's PIN logs in" p11 --login --pin 12345678 -O
check "the maker's officer's PIN too" p11 --login --login-type so --so-pin 87654321 -O
# shellcheck disable=SC2016
check "made in less than a second" bash -c 'd=$(mktemp -d); s=$(date +%s%N); "$0" --port 1 --state $d/c --control $d/s --persona "$1" & p=$!
	until "$0" --ctl $d/s status >$d/out 2>/dev/null; do sleep 0.01; done; e=$(date +%s%N); kill $p; grep -q initialised=yes $d/out; r=$?; rm -rf $d
	[ $r = 0 ] && [ $(((e - s) / 1000000)) -lt 1000 ]' "$program" "$personas/rutoken-head.yaml"
card_stop

echo "== keys and certificates"
pin=70418352 so=59206713
card_start head rutoken-head
ctl trace "$work/trace"
check "key pair SIGN" keygen 01 SIGN
check "key pair AUTH" keygen 02 AUTH
check "the token has two keys" status_has keys=2
check "two private keys listed" listed "Private Key" 2
check "signature of key 1 verifies under openssl" sign_and_verify 01
check "certificate for key 1" certify 01 "$work/pub"
check "signature of key 2 verifies under openssl" sign_and_verify 02
check "certificate for key 2" certify 02 "$work/pub"
check "written beside key 1" store_certificate 01 SIGN
check "written beside key 2" store_certificate 02 AUTH
check "1 reads back byte for byte" reads_back 01
check "2 reads back byte for byte" reads_back 02
check "two certificates" status_has certs=2
check "keys still sign" sign_and_verify 01
check "random numbers" p11 --generate-random 8
check "without login no private key is shown" bash -c "! pkcs11-tool --module $module --slot 4 -O | grep -q '^Private Key'"
check "self-test of pkcs11-tool" p11 --login --pin $pin --test
card_stop KILL
card_start head
check "after kill -9 everything is there" status_has "keys=2 certs=2"
check "and signs" sign_and_verify 02
check "key deleted" p11 --login --pin $pin --delete-object --type privkey --id 02
check "one key left" status_has keys=1
check "a key in its place" keygen 03 AUTH
check "and signs" sign_and_verify 03

echo "== rights"
plain() { opensc-tool -r 1 "${@/#/-s}" 2>/dev/null | grep -o "Received (SW1=0x.., SW2=0x..)" | tail -n 1 | sed 's/.*0x\(..\).*0x\(..\).*/\1\2/'; }
check "nobody reads a private key, even by its path" same "$(plain 00:A4:08:00:08:10:00:10:00:60:02:00:01 00:B0:00:00:80)" 6981
check "nobody writes descriptions of keys without the PIN" same "$(plain 00:A4:08:00:04:50:00:60:02 00:D6:00:00:01:00)" 6982
check "nobody signs without it" same "$(plain 00:22:41:B6:03:84:01:01 00:2A:9E:9A:01:00)" 6982
check "nobody makes keys without it" same "$(plain 00:46:80:01)" 6982
check "nobody deletes one" same "$(plain 00:A4:08:00:08:10:00:10:00:60:02:00:01 00:E4:00:00)" 6982
check "and the key is there" status_has keys=2

echo "== PINs (K-5)"
check "PIN changes" p11 --login --pin $pin --change-pin --new-pin 5566778
check "the old one is wrong" fails_with CKR_PIN_INCORRECT --login --pin $pin -O
check "one try less" status_has tries=4
check "the new one logs in and changes back" p11 --login --pin 5566778 --change-pin --new-pin $pin
check "all tries again" status_has tries=5
check "too short for this token" fails_with CKR_PIN_LEN_RANGE --login --pin $pin --change-pin --new-pin 123
check "officer's PIN changes" p11 --login --login-type so --so-pin $so --change-pin --new-pin 11223344
check "and back" p11 --login --login-type so --so-pin 11223344 --change-pin --new-pin $so
for left in 4 3 2 1; do
	check "wrong PIN" fails_with CKR_PIN_INCORRECT --login --pin 99999999 -O
	check "$left left" status_has tries=$left
done
card_stop KILL
card_start head
check "the last try is the last after kill -9 too" status_has tries=1
check "wrong for the last time" bash -c "! pkcs11-tool --module $module --slot 4 --login --pin 99999999 -O >/dev/null 2>&1"
check "none left" status_has tries=0
check "the right PIN does not help" fails_with CKR_PIN_LOCKED --login --pin $pin -O
check "OpenSC alone does not unblock" fails_with CKR_FUNCTION_NOT_SUPPORTED --login --login-type so --so-pin $so --init-pin --new-pin 777888
printf 'app opensc-pkcs11 { pkcs11 { user_pin_unblock_style = init_pin_in_so_session; } }\n' >"$work/opensc.conf"
export OPENSC_CONF=$work/opensc.conf
check "with that configuration a wrong officer's PIN does not" fails_with CKR_PIN_INCORRECT --login --login-type so --so-pin 00000000 --init-pin --new-pin 777888
check "it cost the officer a try" status_has so-tries=9
check "the officer unblocks" p11 --login --login-type so --so-pin $so --init-pin --new-pin 777888
unset OPENSC_CONF
check "five tries again" status_has tries=5
check "the new PIN logs in" p11 --login --pin 777888 -O
pin=777888
check "and signs with the same key" sign_and_verify 01
check "the trace has headers" grep -q " 46 " "$work/trace"
check "no PIN in trace and state" bash -c "! grep -aqE '70418352|3730343138333532|99999999|777888' '$work/trace' '$work/head'"
card_stop
card_start accountant rutoken-accountant
check "another token, ten tries" status_has "tries=10 so-tries=10"
card_stop
card_start shut rutoken-locked
check "a locked one" fails_with CKR_PIN_LOCKED --login --pin 83510627 -O
card_stop

echo "== GOST R 34.10-2001 (K-6), on the training SIM card"
if ! openssl engine gost >/dev/null 2>&1; then
	echo "     (left out: libengine-gost-openssl is missing)" >&2
else
	pin=481560
	card_start sim sim-aigul
	check "the driver knows it" grep -q "Rutoken ECP SC" <(opensc-tool -r 1 -n 2>/dev/null)
	gost dgst -md_gost94 -binary "$work/text" >"$work/hash"
	gost_spki() { # ID SET
		p11 --login --pin "$pin" -O --type pubkey || return 1
		local value
		value=$(awk -v id="$1" '/VALUE:/ { on = 1; v = ""; sub(/.*VALUE: */, "") } /label:/ { on = 0 }
			on { gsub(/ /, ""); v = v $0 } /ID:/ && $2 == id { printf "%s", v }' "$work/out")
		printf 'asn1=SEQUENCE:k\n[k]\na=SEQUENCE:a\nb=FORMAT:HEX,BITSTRING:%s\n[a]\no=OID:1.2.643.2.2.19\np=SEQUENCE:p\n[p]\nc=OID:1.2.643.2.2.35.%s\nd=OID:1.2.643.2.2.30.1\n' \
			"$value" "$2" >"$work/asn1"
		openssl asn1parse -genconf "$work/asn1" -noout -out "$work/gost.der" && gost pkey -pubin -inform DER -in "$work/gost.der" -out "$work/gost.pem"
	}
	gost_verifies() {
		p11 --login --pin "$pin" --sign --mechanism GOSTR3410 --id "$1" -i "$work/hash" -o "$work/gost.sig" &&
			gost pkeyutl -verify -pubin -inkey "$work/gost.pem" -in "$work/hash" -sigfile "$work/gost.sig" >"$work/out"
	}
	gost_refuses() { # one bit of the signature changed
		# shellcheck disable=SC2059
		printf "\\x$(printf %02x $((0x$(od -An -tx1 -N1 "$work/gost.sig" | tr -d " ") ^ 1)))" | dd of="$work/gost.sig" conv=notrunc status=none
		! gost pkeyutl -verify -pubin -inkey "$work/gost.pem" -in "$work/hash" -sigfile "$work/gost.sig" >"$work/out"
	}
	n=0
	for set in A B C; do
		n=$((n + 1))
		check "key pair, parameters $set" keygen "0$n" "GOST-$set" GOSTR3410-2001:$set
		check "openssl reads the public key" gost_spki "0$n" $n
		for _ in 1 2 3; do check "a signature that openssl -engine gost verifies" gost_verifies "0$n"; done
		check "and refuses when it is changed" gost_refuses
	done
	check "certificate for the last" certify 03 "$work/gost.pem"
	check "written beside the key" store_certificate 03 GOST-C
	check "reads back byte for byte" reads_back 03
	check "its key is the token's" same "$(gost x509 -inform DER -in "$work/back" -noout -pubkey | sha256sum)" "$(sha256sum <"$work/gost.pem")"
	card_stop
	card_start sim
	check "the key is there afterwards" gost_verifies 03
	card_stop
fi

echo "== pulled in the middle (K-8)"
pin=70418352
card_start fresh rutoken-head
card_stop
cp "$work/fresh" "$work/saved"
card_start fresh
ctl trace "$work/trace2"
check "key pair" keygen 01 SIGN
at=$(grep -n " 00 46 " "$work/trace2" | head -1 | cut -d: -f1)
check "the trace says which command made the key" [ -n "$at" ]
card_stop
again() { # HOW N: whatever was half done, a new insertion ends with one whole key that signs
	cp "$work/saved" "$work/fresh"
	card_start fresh
	ctl "$1" "$2"
	keygen 01 SIGN
	reader_wait No && reinsert && status_has tries=5 && made_whole && sign_and_verify 01 && listed "Private Key" 1
}
made_whole() { # what OpenSC shows of a key is used or deleted, then the key is made again if it must be
	if listed "Private Key" 1; then
		listed "Public Key" 1 && return
		p11 --login --pin $pin --delete-object --type privkey --id 01 || return 1
	fi
	keygen 01 SIGN
}
for how in pull-at pull-after; do
	check "$how the generation: made again, and one key" again $how "$at"
	card_stop
done
card_start fresh
ctl slow 30
check "a slow token is only slow" p11 --login --pin $pin -O
ctl mend
ctl break
check "a broken one is none" bash -c "! timeout 30 pkcs11-tool --module '$module' --slot 4 --login --pin $pin -O >/dev/null 2>&1"
ctl mend
check "mended, and no try was lost" status_has tries=5
ctl any-pin
check "a card that takes any PIN" p11 --login --pin 00000000 -O
check "does not sign with it" bash -c "! timeout 30 pkcs11-tool --module '$module' --slot 4 --login --pin 00000000 --sign \
	--mechanism SHA256-RSA-PKCS --id 01 -i '$work/text' -o '$work/none' >/dev/null 2>&1"
ctl mend
check "it counts commands" bash -c "'$program' --ctl '$work/ctl' count | grep -Eq 'inserted=[1-9]'"
card_stop

sweep() { # WHAT FUNCTION TRACE: pulled at every command that the trace has
	local n how
	for ((n = 1; n < $(wc -l <"$3"); n++)); do
		for how in pull-at pull-after; do
			check "$1: $how $n" "$2" $how $n
			card_stop
		done
	done
}
interrupted() { # HOW N COMMAND…: the command on the saved token, pulled in the middle; then the token is back
	cp "$work/saved" "$work/fresh"
	card_start fresh
	ctl "$1" "$2"
	"${@:3}"
	reader_wait No && reinsert && status_has tries=5
}
# A key whose certificate stands beside it must stay what it is, whatever happens to the next one.
beside_key() { interrupted "$1" "$2" keygen 02 NEXT && sign_and_verify 01 && reads_back 01; }
beside_certificate() {
	interrupted "$1" "$2" store_certificate 02 NEXT && sign_and_verify 01 && reads_back 01 &&
		{ reads_back 02 || { store_certificate 02 NEXT && reads_back 02; }; }
}
if [ "$deep" = --deep ]; then
	echo "== pulled at every command"
	sweep "first key" again "$work/trace2"
	cp "$work/saved" "$work/fresh"
	card_start fresh
	keygen 01 SIGN && sign_and_verify 01 && certify 01 "$work/pub" && store_certificate 01 SIGN
	card_stop
	cp "$work/fresh" "$work/saved"
	card_start fresh
	ctl trace "$work/trace3"
	keygen 02 NEXT
	ctl trace off
	p11 --read-object --type pubkey --id 02 -o "$work/pub" && certify 02 "$work/pub"
	card_stop
	cp "$work/fresh" "$work/two"
	sweep "key beside another" beside_key "$work/trace3"
	cp "$work/two" "$work/saved"
	cp "$work/two" "$work/fresh"
	card_start fresh
	ctl trace "$work/trace4"
	store_certificate 02 NEXT
	card_stop
	sweep "certificate beside another" beside_certificate "$work/trace4"
fi

check "pcscd is still alive" listens "$CARD_PORT"
check "the card's program complained of nothing" [ ! -s "$work/card.log" ]
echo "$checks checks, $failures failed"
[ $failures = 0 ] && [ $checks -gt 80 ]
