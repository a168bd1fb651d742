#!/usr/bin/env bash
# DOS-1, K-6: a Rutoken with the certificate of a head, issued by the stage's own CA to a key that pkcs11-tool made and
# OpenSSL's PKCS#11 engine signed with; then the accountant's, in the same reader.
set -u
. "$(dirname "$0")/../../lib/stage.sh"
[ -e /usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so ] || { echo "skipped: libengine-pkcs11-openssl is missing" >&2; exit 77; }
[ -x "$TOOLS/link-enrol" ] || { echo "skipped: link-enrol is not built" >&2; exit 77; }
stage_up
pem() { openssl x509 -inform DER -in "$STAGE/$1.01.der" -out "$STAGE/$1.pem"; }
subject() { openssl x509 -in "$STAGE/$1.pem" -noout -subject -nameopt utf8,sep_multiline | grep -qx " *$2"; }
chain() { openssl verify -x509_strict -ignore_critical -CAfile "$STAGE/agent/ca-trust.pem" "$STAGE/$1.pem" >"$STAGE/out" 2>&1; }
registered() { # PERSONA PROFILE: confirmed, issued through this kiosk
	local serial
	serial=$(openssl x509 -in "$STAGE/$1.pem" -noout -serial | sed 's/.*=0*//' | tr A-F a-f)
	equal "$(sqlite3 -readonly "$STAGE/centre/ca.db" "select profile || ' ' || kiosk || ' ' || state from issued where serial = '$serial'")" "$2 K01 1"
}
proven() { # PERSONA PIN: what stands on the token is this certificate, and its key signs
	stage_p11 --read-object --type cert --id 01 -o "$STAGE/read.der" >/dev/null 2>&1 && cmp "$STAGE/read.der" "$STAGE/$1.01.der" &&
		date >"$STAGE/text" &&
		stage_p11 --login --pin "$2" --sign --mechanism SHA256-RSA-PKCS --id 01 -i "$STAGE/text" -o "$STAGE/sig" >/dev/null 2>&1 &&
		openssl x509 -in "$STAGE/$1.pem" -noout -pubkey >"$STAGE/pub" &&
		openssl dgst -sha256 -verify "$STAGE/pub" -signature "$STAGE/sig" "$STAGE/text" >"$STAGE/out"
}

check "the head's certificate" stage_rutoken_head
check "in PEM" pem rutoken-head
check "leads to the CA" chain rutoken-head
check "for the head" subject rutoken-head "CN=ТӨЛӨГӨНОВ НУРЛАНБЕК ЭРКИНОВИЧ"
check "of the organisation" subject rutoken-head "O=«Ош Жибек Жолу» ЖЧК"
check "confirmed in the CA's register" registered rutoken-head before-kg-dostek-head
check "on the token, with its key" proven rutoken-head 70418352
check "the accountant's certificate, on another token" stage_rutoken_accountant
check "in PEM" pem rutoken-accountant
check "leads to the CA" chain rutoken-accountant
check "of the same organisation" subject rutoken-accountant "O=«Ош Жибек Жолу» ЖЧК"
check "confirmed in the CA's register" registered rutoken-accountant before-kg-dostek-accountant
check "on the token, with its key" proven rutoken-accountant 264905
check "the head's token comes back" stage_card token rutoken-head
check "and is seen" wait_until 10 stage_token_is 000000003ba1f05c
check "with what it held" proven rutoken-head 70418352
check "tokens hold one key and one certificate" eval "token status | grep -q 'keys=1 certs=1'"
echo "$checks checks"
