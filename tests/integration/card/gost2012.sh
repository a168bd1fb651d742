#!/usr/bin/env bash
# K-5, K-6, DOS-1 through the real program: a vendor's module becomes usable by one row of carriers.yaml, and form A1 ends with a
# GOST R 34.10-2012 key of 256 and of 512 bits with its certificate, proven. The module is the stand-in of decision 0130,
# which says what that leaves unproven for a real token. What is on it is asked with pkcs11-tool; openssl verifies.
. "$(dirname "$0")/../bad-days/lib.sh"
MODULE=$TOOLS/libtamga-test-gost.so
command -v pkcs11-tool >/dev/null || { echo "skipped: pkcs11-tool is missing" >&2; exit 77; }
[ -e "$MODULE" ] || { echo "skipped: $MODULE is not built" >&2; exit 77; }
openssl engine gost >/dev/null 2>&1 || { echo "skipped: OpenSSL has no GOST engine" >&2; exit 77; }
PIN=73051826

# The stage's own screens, with one more row; which algorithm the form asks for is set before each walk.
mkdir "$STAGE/top"
for part in "$TOP"/*; do ln -s "$part" "$STAGE/top/"; done
rm "$STAGE/top/screens"
cp -r "$TOP/screens" "$STAGE/top/screens"
TOP=$STAGE/top
cat >>"$TOP/screens/carriers.yaml" <<YAML
  - id: vendor
    name: carrier.kz-sim
    model: TAMGA-TEST-GOST
    module: $MODULE
    dialect: generic
    pin_min: 6
    pin_max: 32
    pin_digits_only: true
    so_pin: text
    purpose: sim
    algorithms: gost2012-256 gost2012-512
    certificate_category: 1
    storage_oid: 1.2.398.3.3.5.2.7
YAML
sed -i 's/^algorithms: \[gost2001\]$/algorithms: [gost2012-256, gost2012-512]/' "$TOP/screens/profiles/nca-sim-sign.yaml" "$STAGE_PROFILES/nca-sim-sign.yaml"
stage_up
echo 'soft_carrier: vendor' >>"$STAGE/kiosk.yaml"
p11() { timeout 30 pkcs11-tool --module "$MODULE" "$@" 2>/dev/null; }
objects() { p11 --list-objects --login --pin "$PIN"; }
count_of() { objects | grep -c "^$1 Object"; }

issue() { # ALGORITHM HASH MECHANISM BYTES-OF-X-AND-Y
	export TAMGA_TEST_GOST_DIR=$STAGE/$1
	mkdir "$TAMGA_TEST_GOST_DIR"
	check "$1: the PIN of the maker is changed" p11 --login --pin 12345678 --change-pin --new-pin $PIN >/dev/null
	sed -i "/^  - id: sim-sign\$/,/label:/s/algorithm: .*/algorithm: $1/" "$TOP/screens/providers/kz-nca/forms/a1.yaml"
	check "$1: the screens are good" "$BIN/tamgactl" screens check --screens "$TOP/screens" --locale "$LOCALE_DIR" >"$STAGE/tool.out"
	{
		to_service
		identified aigul
		onto sim
		see carrier.found 20s
		printf 'key Enter\n'
		answers_to_pin
		pin 99999999
		see error.pin-wrong 20s
		see pin.tries-low 20s # until the token was asked again Enter does nothing
		pin $PIN
		delivered
	} >"$WALK"
	play "$1: form A1"
	check "$1: delivered" equal "$(last_state)" delivered
	check "$1: at the centre" wait_until 20 in_replica "$(last_number)" delivered
	check "$1: one private key" equal "$(count_of 'Private Key')" 1
	check "$1: one certificate" equal "$(count_of Certificate)" 1
	id=$(objects | sed -n 's/^ *ID: *//p' | sort -u)
	p11 --read-object --type cert --id "$id" --output-file "$STAGE/cert.der"
	openssl x509 -engine gost -inform DER -in "$STAGE/cert.der" -out "$STAGE/cert.pem" 2>/dev/null
	openssl x509 -engine gost -in "$STAGE/cert.pem" -noout -pubkey 2>/dev/null |
		openssl pkey -engine gost -pubin -outform DER 2>/dev/null >"$STAGE/spki"
	point=$(objects | awk '/VALUE:/ { v = $2; more = 1; next } more && /^ *[0-9a-f]+$/ { v = v $1; next } { more = 0 } END { print v }')
	check "$1: the certificate is of the token's key" equal "$(tail -c "$4" "$STAGE/spki" | xxd -p -c 999)" "${point:(-$(($4 * 2)))}"
	check "$1: openssl verifies the chain" verified
	check "$1: the key on the token signs what openssl verifies" signs "$2" "$3"
}
verified() { openssl verify -engine gost -CAfile "$STAGE/agent/ca-trust.pem" "$STAGE/cert.pem" 2>&1 | grep -q ': OK$'; }
signs() { # HASH MECHANISM
	date >"$STAGE/message"
	openssl dgst -engine gost "-$1" -binary "$STAGE/message" >"$STAGE/hash" 2>/dev/null
	p11 --login --pin $PIN --sign --mechanism "$2" --id "$id" -i "$STAGE/hash" -o "$STAGE/signature" >/dev/null &&
		openssl dgst -engine gost "-$1" -keyform DER -verify "$STAGE/spki" -signature "$STAGE/signature" "$STAGE/message" 2>/dev/null |
		grep -q '^Verified OK'
}
issue gost2012-256 md_gost12_256 GOSTR3410 64
issue gost2012-512 md_gost12_512 0xD4321006 128

# --- DOS-1: a token that says it is older than its row asks for (this one says 2.0) is named before its PIN is asked
echo '    version_min: "2.1"' >>"$TOP/screens/carriers.yaml"
{
	to_service
	identified aigul
	onto sim
	see error.card-version 20s
	four T-214 error.card-version mend.card-version
	echo "type $PIN"
	echo 'key Enter'
	see error.card-version 20s
	printf 'key F10\ntype 2\n'
	see idle.choose
} >"$WALK"
play "too old a token"
sed -i 's/version_min: "2.1"/version_min: "2.0"/' "$TOP/screens/carriers.yaml"
{ to_service; identified aigul; onto sim; see carrier.found 20s; } >"$WALK"
play "not too old a one"
chains_hold
echo "$checks checks"
