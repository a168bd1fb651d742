#!/usr/bin/env bash
# K-4, passive authentication: documents signed by the openssl program in every way that states sign, and every way in
# which such a signature can be worth nothing.
. "$(dirname "$0")/../../lib/stage.sh"
. "$(dirname "$0")/sign.sh"
TOOL=$TOOLS/document-tool
[ -x "$TOOL" ] || { echo "$TOOL is not built"; exit 77; }
W=$STAGE/w
mkdir "$W"
authority "$W" csca || fail "openssl made no authority."
dg1 'I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<' >"$W/DG1"
head -c 1000 /dev/urandom >"$W/DG2"
# judged PASSIVE [TRUST [DAYS]]
judged() {
	"$TOOL" --files "$W" "${2:-$W/trust}" --days "${3:-0}" >"$STAGE/read" || return 1
	equal "$(sed -n 's/^passive=//p' "$STAGE/read")" "$1" || { cat "$STAGE/read" >&2; return 1; }
}
list() { lds_object "${1:-sha256}" "${2:-00}" "1=$W/DG1" "2=$W/DG2"; }

# name  hash  version  key options…  -- cms options…
while read -r name hash version options; do
	# shellcheck disable=SC2086
	{
		signer "$W" csca "$name" ${options%%--*} || fail "no signer $name"
		list "$hash" "$version" | sod "$W" "$name" "$hash" "$W/SOD" ${options#*--} || fail "$name does not sign: $(cat "$W/cms.err")"
	}
	check "$name" judged ok
done <<'ROWS'
rsa-sha256 sha256 00 -algorithm RSA -pkeyopt rsa_keygen_bits:2048 --
rsa-sha1 sha1 00 -algorithm RSA -pkeyopt rsa_keygen_bits:2048 --
rsa-pss-sha256 sha256 00 -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -- -keyopt rsa_padding_mode:pss
rsa-pss-sha512 sha512 01 -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -- -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:32
p256 sha256 01 -algorithm EC -pkeyopt ec_paramgen_curve:P-256 --
p384 sha384 00 -algorithm EC -pkeyopt ec_paramgen_curve:P-384 --
brainpool sha256 00 -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1 --
brainpool512 sha512 01 -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP512r1 --
written-out sha256 00 -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1 -pkeyopt ec_param_enc:explicit --
key-id sha256 00 -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -- -keyid
ROWS

# From here on one good document, and one thing wrong with it at a time.
signer "$W" csca ds -algorithm EC -pkeyopt ec_paramgen_curve:P-256
good() { list | sod "$W" ds sha256 "$W/SOD"; }
good
check "good" judged ok
cp "$W/DG1" "$W/DG1.good"
dg1 'I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNE<MARIA<<<<<<<<<<' >"$W/DG1"
check "another name" judged doc-tampered
cp "$W/DG1.good" "$W/DG1"
hex 6F03020100 >"$W/DG15"
check "a group that was not signed" judged doc-tampered
rm "$W/DG15"
lds_object sha256 00 "2=$W/DG2" "3=$W/DG2" | sod "$W" ds sha256 "$W/SOD"
check "DG1 is not on the list" judged doc-tampered
list sha256 02 | sod "$W" ds sha256 "$W/SOD"
check "a version of the future" judged doc-tampered
list | head -c 60 | sod "$W" ds sha256 "$W/SOD"
check "half a list" judged doc-tampered
lds_object sha256 00 "1=$W/DG1" "1=$W/DG1" | sod "$W" ds sha256 "$W/SOD"
check "a group twice" judged doc-tampered
list | openssl cms -sign -binary -nodetach -md sha256 -signer "$W/ds.pem" -inkey "$W/ds.key" -outform DER | tlv 77 >"$W/SOD"
check "the same bytes signed as something else" judged doc-tampered
list | openssl cms -encrypt -binary -aes-128-cbc -outform DER "$W/rsa-sha256.pem" | tlv 77 >"$W/SOD"
check "not signed at all" judged doc-tampered
signer "$W" csca second -algorithm EC -pkeyopt ec_paramgen_curve:P-256
list | sod "$W" ds sha256 "$W/SOD" -signer "$W/second.pem" -inkey "$W/second.key"
check "two signers" judged doc-tampered
list | sod "$W" ds sha256 "$W/SOD" -nocerts
check "no certificate inside" judged doc-signer
good
head -c 200 "$W/SOD" >"$W/half" && mv "$W/half" "$W/SOD"
check "half a file" judged doc-tampered
: >"$W/SOD"
check "an empty file" judged doc-tampered
rm "$W/SOD"
check "no file" judged doc-tampered
good
printf x >>"$W/SOD"
check "more than a file" judged doc-tampered
good
check "good again" judged ok

# Trust and time.
check "when the list is out of date" judged doc-signer "$W/trust" 120
check "when the signer's certificate has ended" judged doc-signer "$W/trust" 3660
check "before it began" judged doc-signer "$W/trust" -30
mkdir "$W/t"
cp "$W/trust/csca.pem" "$W/t"
check "without a list" judged doc-signer "$W/t"
authority "$W/other" csca
cp "$W/other/trust/csca.crl" "$W/t"
check "with the list of another of the same name" judged doc-signer "$W/t"
check "with the authority of another of the same name" judged doc-signer "$W/other/trust"
rm "$W/t"/*
cp "$W/ds.pem" "$W/trust/csca.crl" "$W/t"
check "a signer in the folder vouches for nobody" judged doc-signer "$W/t"
rm "$W/t"/*
openssl x509 -in "$W/csca.pem" -outform DER -out "$W/t/a.cer"
openssl crl -in "$W/trust/csca.crl" -outform DER -out "$W/t/a.crl"
check "both as DER" judged ok "$W/t"
cat "$W/other/csca.pem" "$W/csca.pem" >"$W/t/a.pem"
rm "$W/t/a.cer"
check "several in one file" judged ok "$W/t"
check "a good signature once more, with the list a month later" judged ok "$W/trust" 30
cat "$W/csca.pem" "$W/csca.key" >"$W/csca.ca/both.pem"
openssl ca -config "$W/csca.ca/conf" -revoke "$W/ds.pem" -keyfile "$W/csca.key" -cert "$W/csca.pem" 2>/dev/null && crl "$W" csca
check "revoked" judged doc-signer
check "for the reason" grep -q '^why=.*revoked' "$STAGE/read"
list | sod "$W" second sha256 "$W/SOD"
check "others of that state are not" judged ok
{ cat "$W/csca.pem"; sed 5d "$W/csca.pem"; } >"$W/t/b.pem"
"$TOOL" --files "$W" "$W/t" >"$STAGE/read"
check "a broken certificate behind a whole one is told" grep -q '^judge=config' "$STAGE/read"
rm "$W/t/b.pem"
echo garbage >"$W/t/b.cer"
"$TOOL" --files "$W" "$W/t" >"$STAGE/read"
check "a file that is none is told" grep -q '^judge=config' "$STAGE/read"
check "by name" grep -q 'neither certificate' "$STAGE/read"
"$TOOL" --files "$W/t" "$W/trust" >"$STAGE/read"
check "no DG1, no document" grep -q '^judge=doc-read' "$STAGE/read"
echo "$checks checks"
