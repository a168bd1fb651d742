#!/usr/bin/env bash
# K-6, NCA-A1 through the real program, OpenSC and a virtual SIM card: form A1 ends with one GOST key, no RSA one, and one
# certificate of the sandbox CA, proven; application, receipt and record show the key that is on the card. What the card
# holds is asked with pkcs11-tool, what it signs and what the CA signed is verified by the openssl program.
. "$(dirname "$0")/../bad-days/lib.sh"
for need in pkcs11-tool openssl xxd; do
	command -v $need >/dev/null || { echo "skipped: $need is missing" >&2; exit 77; }
done
openssl engine gost >/dev/null 2>&1 || { echo "skipped: OpenSSL has no GOST engine" >&2; exit 77; }
stage_up
SIM=sim-aigul
PIN=$(persona_value $SIM user_pin)
p11() { timeout 30 pkcs11-tool --module "$(stage_module)" --slot 0 "$@" 2>/dev/null; }
objects() { p11 --list-objects --login --pin "$PIN"; }
count_of() { objects | grep -c "^$1 Object"; }

{
	to_service
	# A SIM says nothing about who holds it: the identity card comes first.
	printf 'card insert %s\n' $SIM
	see carrier.identity-first 20s
	four "" carrier.identity-first
	identified aigul
	four "" carriers.intro carriers.id-card carriers.token carriers.sim
	onto sim
	see carrier.insert-sim
	four "" carrier.insert-sim
	printf 'card insert %s\nwait "%s" 20s\nkey Enter\n' $SIM "$(persona_value $SIM serial)"
	answers_to_pin | sed '/^wait "Check your answers"/q'
	# One key is made here, the other is not.
	echo 'size 100x60'
	see form.key-later
	see form.key-none
	four "" form.key-later form.key-none
	echo 'size 80x24'
	sed -n '/^key End Enter/,$p' "$TOP/tests/lib/a1-to-pin.walk"
	pin "$PIN"
	delivered
	printf 'expect "%s"\n' "$(said en key-plan.sim-sign)"
} >"$WALK"
play "form A1 on a SIM card"
check "delivered" equal "$(last_state)" delivered
check "at the centre" wait_until 20 in_replica "$(last_number)" delivered

# --- what is on the card
check "one private key" equal "$(count_of 'Private Key')" 1
check "one public key" equal "$(count_of 'Public Key')" 1
check "one certificate" equal "$(count_of Certificate)" 1
check "none of RSA" not grep -q RSA <(objects)
id=$(objects | sed -n 's/^ *ID: *//p' | sort -u)
check "all under one id" equal "$(wc -w <<<"$id")" 1
point=$(objects | awk '/VALUE:/ { v = $2; more = 1; next } more && /^ *[0-9a-f]+$/ { v = v $1; next } { more = 0 } END { print v }')
point=${point#0440}
check "512 bits of public key" equal ${#point} 128
p11 --read-object --type cert --id "$id" --output-file "$STAGE/cert.der"

# --- the certificate has this key, the issuer is the GOST one of the sandbox CA, and its signature holds
openssl x509 -engine gost -inform DER -in "$STAGE/cert.der" -out "$STAGE/cert.pem" 2>/dev/null
openssl x509 -engine gost -in "$STAGE/cert.pem" -noout -pubkey 2>/dev/null | openssl pkey -engine gost -pubin -outform DER 2>/dev/null >"$STAGE/spki"
check "the key on the card is the certified one" equal "$(tail -c 64 "$STAGE/spki" | xxd -p -c 64)" "$point"
said_by() { openssl x509 -engine gost -in "$STAGE/cert.pem" -noout "$@" 2>/dev/null; }
check "of GOST R 34.10-2001" grep -q 'Public Key Algorithm: GOST R 34.10-2001' <(said_by -text)
check "the person's" grep -q 'IIN940317450215' <(said_by -subject)
verified() { openssl verify -engine gost -CAfile "$STAGE/agent/ca-trust.pem" "$STAGE/cert.pem" 2>&1 | grep -q ': OK$'; }
check "openssl verifies the chain" verified
changed() { # one bit of the signature
	local last
	last=$(tail -c 1 "$STAGE/cert.der" | xxd -p)
	{ head -c -1 "$STAGE/cert.der"; printf '%02x' $((16#$last ^ 1)) | xxd -r -p; } |
		openssl x509 -engine gost -inform DER -out "$STAGE/changed.pem" 2>/dev/null
	! openssl verify -engine gost -CAfile "$STAGE/agent/ca-trust.pem" "$STAGE/changed.pem" >/dev/null 2>&1
}
check "and not a changed one" changed

# --- the key signs, without the program
printf 'Қол қою' >"$STAGE/message"
openssl dgst -engine gost -md_gost94 -binary "$STAGE/message" >"$STAGE/hash" 2>/dev/null
check "the key signs" p11 --login --pin "$PIN" --sign --mechanism GOSTR3410 --id "$id" -i "$STAGE/hash" -o "$STAGE/signature"
signed() { openssl dgst -engine gost -md_gost94 -keyform DER -verify "$STAGE/spki" -signature "$STAGE/signature" "$1" 2>/dev/null | grep -q '^Verified OK'; }
check "with what was certified" signed "$STAGE/message"
check "and nothing else" not signed "$STAGE/hash"

# --- record and receipt
base64=$(base64 -w 0 "$STAGE/spki")
made() { kiosk_sql "select json_extract(body,'\$.$1') from journal where kind='chip.done' and json_extract(body,'\$.step')='generate'"; }
check "recorded: which key" equal "$(made key)" sim-sign
check "recorded: the key itself" equal "$(made spki)" "$base64"
check "recorded: on what" equal "$(kiosk_sql "select json_extract(body,'\$.carrier.purpose') from journal where kind='application.submitted'")" sim
receipt=$STAGE/receipts/$(last_number).txt
check "the receipt: A1.10" grep -q '^A1.10 ' "$receipt"
check "the receipt: no A1.11" not grep -q '^A1.11 ' "$receipt"
check "the receipt has the key" grep -qF "$base64" <(tr -d ' \n' <"$receipt")
check "no PIN in the journal" equal "$(kiosk_sql "select count(*) from journal where body like '%$PIN%'")" 0
chains_hold
echo "$checks checks"
