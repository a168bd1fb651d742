# A bench to look at a card as it lay there right after a pull: a pcscd of its own with nothing at it but a copy of the
# card, asked by pkcs11-tool and the openssl program. Also the same questions to the card in the stage's reader.
# shellcheck shell=bash

BENCH=$STAGE/bench
bench_up() {
	mkdir -p "$BENCH"
	(
		STAGE=$BENCH
		stage_pcscd_private
		echo "$CARD_PORT" >"$BENCH/card.port"
	) || exit 1
}
bench_down() { stop_pid "$BENCH/card.pid"; stop_pid "$BENCH/pcscd.pid"; }
trap 'bench_down; test_finish' EXIT

bench_sees() { opensc-tool -l 2>/dev/null | grep -q "^0 *$1"; }
# on_bench FILE COMMAND…: COMMAND with a copy of the card in FILE in the first reader and no other
on_bench() {
	local file=$1 rc
	shift
	cp "$file" "$BENCH/at.card"
	(
		export PCSCLITE_CSOCK_NAME=$BENCH/pcscd/pcscd.comm P11_SLOT=0
		wait_until 10 bench_sees No || exit 1
		setsid "$BIN/tamga-vcard" --state "$BENCH/at.card" --control "$BENCH/card.ctl" --port "$(cat "$BENCH/card.port")" \
			--inserted >"$BENCH/card.log" 2>&1 &
		echo $! >"$BENCH/card.pid"
		wait_until 10 bench_sees Yes && "$@"
	)
	rc=$?
	stop_pid "$BENCH/card.pid"
	return $rc
}

p11() { timeout 30 pkcs11-tool --module "$(stage_module)" --slot "${P11_SLOT:-0}" "$@" 2>"$STAGE/p11.err"; }
login_works() { p11 --login --pin "$1" --list-objects >/dev/null; }
# ids CLASS < list: CKA_IDs, one a line
ids() { awk -v class="$1" '/ Object;/ { on = index($0, class " Object") == 1 } on && $1 == "ID:" { print $2 }'; }

# signs PIN ID: the key with this id signs, and the openssl program verifies with the certificate of the same id
signs() {
	local dir
	dir=$(mktemp -d "$STAGE/signs.XXXXXX")
	signs_in "$dir" "$@"
	local rc=$?
	rm -rf "$dir"
	return $rc
}
signs_in() { # DIR PIN ID
	local d=$1 pin=$2 id=$3
	date >"$d/text"
	p11 --read-object --type cert --id "$id" -o "$d/c.der" >/dev/null &&
		openssl x509 -engine gost -inform DER -in "$d/c.der" -noout -pubkey >"$d/pub" 2>"$d/err" || return 1
	if openssl x509 -engine gost -inform DER -in "$d/c.der" -noout -text 2>/dev/null | grep -q 'Public Key Algorithm: rsa'; then
		p11 --login --pin "$pin" --sign --mechanism SHA256-RSA-PKCS --id "$id" -i "$d/text" -o "$d/sig" >/dev/null &&
			openssl dgst -sha256 -verify "$d/pub" -signature "$d/sig" "$d/text" >/dev/null
	else
		openssl dgst -engine gost -md_gost94 -binary "$d/text" >"$d/hash" 2>>"$d/err" &&
			p11 --login --pin "$pin" --sign --mechanism GOSTR3410 --id "$id" -i "$d/hash" -o "$d/sig" >/dev/null &&
			openssl dgst -engine gost -md_gost94 -verify "$d/pub" -signature "$d/sig" "$d/text" >/dev/null 2>>"$d/err"
	fi
}
serial_of() { # ID: of the certificate on the token, as the CA's register writes it
	p11 --read-object --type cert --id "$1" | openssl x509 -inform DER -noout -serial 2>/dev/null | sed 's/.*=0*//' | tr A-F a-f
}

# pairs_are PIN N: exactly N private keys and N certificates, and each certificate has its key
pairs_are() {
	local list id
	list=$(p11 --login --pin "$1" --list-objects) || { cat "$STAGE/p11.err" >&2; return 1; }
	equal "$(grep -c '^Private Key Object' <<<"$list") keys, $(grep -c '^Certificate Object' <<<"$list") certificates" \
		"$2 keys, $2 certificates" || return 1
	for id in $(ids Certificate <<<"$list"); do signs "$1" "$id" || { say "$id does not sign: $(cat "$STAGE/p11.err")"; return 1; }; done
}
# usable PIN OLD-ID: the old certificate signs; if not, every certificate there is signs and is none but a new one
usable() {
	local list id n=0
	signs "$1" "$2" && return 0
	list=$(p11 --login --pin "$1" --list-objects) || return 1
	for id in $(ids Certificate <<<"$list"); do
		[ "$id" != "$2" ] || continue
		signs "$1" "$id" || return 1
		n=$((n + 1))
	done
	[ $n -eq 1 ]
}
