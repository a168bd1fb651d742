#!/bin/bash
# K-6: a token with GOST keys, asked by pkcs11-tool; its signatures verified by the openssl program. Written for the
# stand-in (decision 0130) and meant for a real Rutoken as well.
# usage: run.sh MODULE.so [PIN]   With a PIN the token is a real one: keys with the ids f1 to f4 are made on it and
# removed, and nothing is done that costs tries or locks it. exit 77 = a part is missing
set -u
module=${1:?usage: run.sh MODULE.so [PIN]}
pin=${2:-12345678}
real=${2:-}
for need in pkcs11-tool openssl xxd; do
	command -v $need >/dev/null || { echo "skipped: $need is missing" >&2; exit 77; }
done
[ -e "$module" ] || { echo "skipped: $module is not built" >&2; exit 77; }
openssl engine gost >/dev/null 2>&1 || { echo "skipped: OpenSSL has no GOST engine" >&2; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/tamga-test.XXXXXX")
trap 'rm -rf "$work"' EXIT
checks=0 failures=0
check() { # WHAT COMMAND…
	local what=$1
	shift
	checks=$((checks + 1))
	if "$@" >"$work/out" 2>&1; then
		echo "ok   $what"
	else
		echo "FAIL $what"
		sed 's/^/     | /' "$work/out" | head -n 10
		failures=$((failures + 1))
	fi
}
refuses() { ! "$@"; }
if [ -z "$real" ]; then
	mkdir "$work/token"
	export TAMGA_TEST_GOST_DIR=$work/token
fi
p11() { timeout 60 pkcs11-tool --module "$module" "$@"; }

# The SubjectPublicKeyInfo of a key, by hand: what stands before X ‖ Y (RFC 4491, RFC 9215), then the token's own bytes.
declare -A head=(
	[GOSTR3410-2001:A]=3063301c06062a8503020213301206072a85030202230106072a850302021e010343000440
	[GOSTR3410-2012-256:A]=305e301706082a85030701010101300b06092a85030701020101010343000440
	[GOSTR3410-2012-512:A]=3081a0301706082a85030701010102300b06092a850307010201020103818400048180
)
declare -A hash=([GOSTR3410-2001:A]=md_gost94 [GOSTR3410-2012-256:A]=md_gost12_256 [GOSTR3410-2012-512:A]=md_gost12_512)
declare -A mechanism=([GOSTR3410-2001:A]=GOSTR3410 [GOSTR3410-2012-256:A]=GOSTR3410 [GOSTR3410-2012-512:A]=0xD4321006)
public_key() { # ID TYPE
	local value
	value=$(p11 -O --type pubkey | awk -v id="$1" '
		/VALUE:/ { v = $2; more = 1; next }
		more && /^ *[0-9a-f]+$/ { v = v $1; next }
		{ more = 0 }
		$1 == "ID:" && $2 == id { printf "%s", v }')
	case $value in 0440*) value=${value#0440} ;; 048180*) value=${value#048180} ;; esac # OpenSC leaves the OCTET STRING
	printf '%s%s' "${head[$2]}" "$value" | xxd -r -p >"$work/spki"
}
printf 'Қол қою' >"$work/message"
signs() { # ID TYPE
	openssl dgst -engine gost "-${hash[$2]}" -binary "$work/message" >"$work/hash" &&
		p11 --login --pin "$pin" --sign --mechanism "${mechanism[$2]}" --id "$1" -i "$work/hash" -o "$work/signature" &&
		public_key "$1" "$2" &&
		openssl dgst -engine gost "-${hash[$2]}" -keyform DER -verify "$work/spki" -signature "$work/signature" "$work/message"
}
n=1
for type in GOSTR3410-2001:A GOSTR3410-2012-256:A GOSTR3410-2012-512:A; do
	id=f$n n=$((n + 1))
	check "a key pair $type is made on the token" p11 --login --pin "$pin" --keypairgen --key-type $type --id $id --label "test $id"
	check "what it signs, openssl verifies with its public key" signs $id $type
	check "a private key does not leave" refuses sh -c "pkcs11-tool --module '$module' --login --pin '$pin' --read-object --type privkey --id $id -o '$work/private' && test -s '$work/private'"
done
check "an RSA-2048 key pair as well" p11 --login --pin "$pin" --keypairgen --key-type rsa:2048 --id f4 --label "test f4"
for id in f1 f2 f3 f4; do
	check "the pair $id is removed" sh -c "pkcs11-tool --module '$module' --login --pin '$pin' --delete-object --type privkey --id $id &&
		pkcs11-tool --module '$module' --login --pin '$pin' --delete-object --type pubkey --id $id"
done

if [ -z "$real" ]; then
	line() { sed -n "s/^$1 //p" "$work/token/token"; }
	same() { [ "$1" = "$2" ] || { echo "$1 is not $2"; false; }; }
	openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=test -outform DER -out "$work/cert" 2>/dev/null
	check "a certificate is written" p11 --login --pin "$pin" --write-object "$work/cert" --type cert --id 11 --label cert
	check "and read back without a login" sh -c "pkcs11-tool --module '$module' --read-object --type cert --id 11 -o '$work/back' && cmp '$work/cert' '$work/back'"
	check "a hash of 31 bytes is refused" sh -c "head -c 31 /dev/zero >'$work/short' && pkcs11-tool --module '$module' --login --pin '$pin' --keypairgen --key-type GOSTR3410-2012-256:A --id 12 &&
		! pkcs11-tool --module '$module' --login --pin '$pin' --sign --mechanism GOSTR3410 --id 12 -i '$work/short' -o '$work/x'"
	check "private keys are not seen before the login" refuses sh -c "pkcs11-tool --module '$module' -O | grep -q 'Private Key'"
	check "a wrong PIN is refused" refuses p11 --login --pin 00000000 -O
	check "and costs a try that outlives the process" same "$(line user_left)" 9
	check "the right one gives them back" p11 --login --pin "$pin" -O
	check "all of them" same "$(line user_left)" 10
	for _ in $(seq 10); do p11 --login --pin 00000000 -O >/dev/null 2>&1; done
	check "after ten the right one is refused too" refuses p11 --login --pin "$pin" -O
	check "which the token says" sh -c "pkcs11-tool --module '$module' -L | grep -q 'user PIN locked'"
	check "the security officer unblocks it" p11 --login --login-type so --so-pin 87654321 --init-pin --new-pin 55443322
	check "with a new PIN" p11 --login --pin 55443322 -O
	check "which is changed" p11 --login --pin 55443322 --change-pin --new-pin "$pin"
	check "to another" p11 --login --pin "$pin" -O
	# On order it misbehaves.
	ends() { # CODE COMMAND…
		local want=$1 code
		shift
		"$@" >/dev/null 2>&1
		code=$?
		same $code "$want"
	}
	export TAMGA_TEST_GOST_FAULT
	TAMGA_TEST_GOST_FAULT=hang:C_Login check "it hangs" ends 124 timeout 2 pkcs11-tool --module "$module" --login --pin "$pin" -O
	TAMGA_TEST_GOST_FAULT=crash:C_FindObjectsInit check "it crashes" ends 139 bash -c "pkcs11-tool --module '$module' -O; exit \$?"
	TAMGA_TEST_GOST_FAULT=error:C_GetTokenInfo:\* check "it fails" refuses sh -c "pkcs11-tool --module '$module' -L | grep -q 'serial num'"
	TAMGA_TEST_GOST_FAULT=pull:C_FindObjects check "it is pulled out" refuses p11 -O
	TAMGA_TEST_GOST_FAULT='' check "and stays away" sh -c "pkcs11-tool --module '$module' -L | grep -q empty"
	rm "$work/token/absent"
	TAMGA_TEST_GOST_FAULT='' check "until it is put back" sh -c "pkcs11-tool --module '$module' -L | grep -q 'TAMGA TEST GOST'"
	export TAMGA_TEST_GOST_FAULT='' TAMGA_TEST_GOST_PAD=1
	check "with a PIN pad it says so" sh -c "pkcs11-tool --module '$module' -L | grep -q 'PIN pad'"
	printf '%s\n' "$pin" >"$work/token/pad"
	check "and takes the PIN from there" p11 --login -O
fi
echo "$checks checks, $failures failed"
[ $failures -eq 0 ]
