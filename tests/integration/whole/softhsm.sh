#!/usr/bin/env bash
# K-5, K-7: SoftHSM as a carrier, by one row of screens/carriers.yaml and one line of configuration: the whole journey to a
# delivered record; then pkcs11-tool finds two keys and two certificates in the token, and they work.
set -u
. "$(dirname "$0")/../bad-days/lib.sh"
module=/usr/lib/softhsm/libsofthsm2.so
mkdir "$STAGE/tokens"
printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$STAGE/tokens" >"$STAGE/softhsm2.conf"
export SOFTHSM2_CONF=$STAGE/softhsm2.conf
stage_up
softhsm2-util --init-token --free --label 'Aigul' --pin 648219 --so-pin 11223344 >"$STAGE/tool.out" 2>&1 || { cat "$STAGE/tool.out" >&2; exit 1; }
echo 'soft_carrier: softhsm' >>"$STAGE/kiosk.yaml"
serial=$(pkcs11-tool --module $module --list-slots 2>/dev/null | awk '$1 == "serial" { print $NF; exit }')
p11() { pkcs11-tool --module $module --token-label Aigul --login --pin 648219 "$@" 2>"$STAGE/tool.err" || { cat "$STAGE/tool.err" >&2; return 1; }; }
objects() { p11 --list-objects --type "$1" | grep -c "$2"; }

{
	to_service
	see carrier.identity-first 20s # the token is there already, and says nothing about who asks
	identified aigul
	onto token
	printf 'wait "%s" 20s\nkey Enter\n' "$serial"
	answers_to_pin
	printf 'type 999999\nkey Enter\nwait "The PIN is wrong"\nsleep 1s\ntype 648219\nkey Enter\nwait "Done" 60s\n'
} >"$STAGE/at.walk"
check "the token has a serial number" [ -n "$serial" ]
check "the whole journey" walk_or_show "$STAGE/at.walk"
check "delivered" equal "$(last_state)" delivered
check "at the centre" wait_until 20 in_replica "$(last_number)" delivered
check "the record names the token" equal "$(kiosk_sql 'select carrier_serial from application')" "$serial"
check "two private keys" equal "$(objects privkey 'Private Key Object')" 2
check "two public keys" equal "$(objects pubkey 'Public Key Object')" 2
check "two certificates" equal "$(objects cert 'Certificate Object')" 2
# The CA's file has its root and the kiosk's; each certificate is verified and fits the key that signs.
ids=$(p11 --list-objects --type privkey | awk '$1 == "ID:" { print $2 }')
date >"$STAGE/data"
works() { # ID
	p11 --read-object --type cert --id "$1" --output-file "$STAGE/c.der" >/dev/null &&
		openssl x509 -inform DER -in "$STAGE/c.der" -out "$STAGE/c.pem" &&
		openssl verify -CAfile "$STAGE/agent/ca-trust.pem" "$STAGE/c.pem" >/dev/null &&
		openssl x509 -in "$STAGE/c.pem" -noout -pubkey >"$STAGE/c.pub" &&
		p11 --sign --mechanism SHA256-RSA-PKCS --id "$1" --input-file "$STAGE/data" --output-file "$STAGE/sig" >/dev/null &&
		openssl dgst -sha256 -verify "$STAGE/c.pub" -signature "$STAGE/sig" "$STAGE/data" >/dev/null
}
never_exportable() { p11 --list-objects --type privkey | grep -c 'never extractable'; }
for id in $ids; do check "key $id works" works "$id"; done
check "private keys never leave" equal "$(never_exportable)" 2
echo "$checks checks"
