#!/usr/bin/env bash
# Renewal from the cabinet, asked for with the old key (DOS-3, DOS-10, K-7): the form filled from the certificate, a new
# pair beside the old one, and back in the cabinet with both; replacement removes the old pair. In each language.
. "$(dirname "$0")/cabinet-lib.sh"
spoken=$(turn ky)
stage_up
cabinet_certificate 01 kg-dostek-head '«Ош Жибек Жолу» ЖЧК' 01203201810274 директор

renew() { # which button, as keys: from the first page on
	echo 'type 1'
	see certificates.intro
	echo 'type 1'
	see certificate.renew
	see certificate.replace
	printf 'key %s\n' "$1"
	see dostek.q.change
	echo 'type 1' # DOS-4: nothing
	see title.review
	echo 'expect "01203201810274"'
	echo 'key Home Enter'
	see title.consent
	echo 'key Space Down Space Down Enter'
	see title.pin
	pin "$PIN"
	see title.result 90s
	see result.text
}
# made WHAT SERVICE: delivered here and at the centre; by openssl the certificate has the old one's subject, another key, the
# chain and a year; the receipt names the service in the language that was walked
made() {
	local number at old=$STAGE/$TOKEN.01.der
	number=$(last_number)
	delivered_everywhere "$1" "$number"
	check "$1: the certificate is in the replica" cert_of "$number" sign
	check "$1: the subject is that of the old one" equal "$(x509 -subject -nameopt utf8)" "$(openssl x509 -inform DER -in "$old" -noout -subject -nameopt utf8)"
	check "$1: the key is a new one" test "$(x509 -pubkey)" != "$(openssl x509 -inform DER -in "$old" -noout -pubkey)"
	at=$(date -d "$(x509 -startdate | cut -d= -f2)" +%s)
	check "$1: the chain" openssl verify -attime "$at" -CAfile "$STAGE/agent/ca-trust.pem" "$STAGE/cert.pem" >/dev/null
	check "$1: good for a year" equal $((($(date -d "$(x509 -enddate | cut -d= -f2)" +%s) - at) / 86400)) 365
	check "$1: the receipt is in this language" grep -qF "$(said "$spoken" "$2")" <<<"$(pdftotext -layout "$STAGE/receipts/$number.pdf" - | tr -s ' \n' ' ')"
}
# A year less 40 days later: before, the CA would refuse, and the screen says from when it is possible.
until=$(openssl x509 -inform DER -in "$STAGE/$TOKEN.01.der" -noout -enddate | cut -d= -f2)
renewable=$(HOURS=6 kiosk_date -d "@$(($(date -d "$until" +%s) - 60 * 86400))" +%d.%m.%Y)
{
	enter
	echo 'type 1'
	see certificates.intro
	echo 'type 1'
	see certificate.renew-early
	printf 'expect "%s"\n' "$renewable"
	printf 'expect-not "%s"\n' "$(said "$spoken" certificate.renew)"
	echo 'clock +7800h'
} >"$WALK"
play "too early ($spoken)"
{
	enter
	renew Enter
	echo 'key Enter'
	see home.news 20s
	echo 'type 1'
	see certificates.intro
	echo 'expect "2 «Ош Жибек Жолу» ЖЧК"'
	echo 'key Esc'
	see home.news
	echo 'type 2'
	see app-state.delivered
	echo 'key Enter'
	see home.news
	echo 'type 4'
	see title.enter-try
	pin "$PIN"
	see try.proven 20s
} >"$WALK"
play "renewal ($spoken)"
made "renewal" dostek.renew-online
check "two certificates on the token" equal "$(token status | grep -o 'certs=[0-9]*')" certs=2

# --- replacement: the old pair goes when the new one is proven
old_there() { stage_p11 --read-object --type cert --id 01 --output-file "$STAGE/old" >/dev/null 2>&1; }
check "the old pair is there" old_there
{
	to_devices
	printf 'wait "%s" 20s\ntype 1\n' "$SERIAL"
	see company.intro 20s # two of one company: the dates tell them apart
	echo 'type 1'
	see title.enter
	pin "$PIN"
	see home.news 20s
	renew 'Down Enter'
	echo 'key Enter'
	see home.news 20s
} >"$WALK"
play "replacement ($spoken)"
made "replacement" dostek.replace
check "two certificates as before" equal "$(token status | grep -o 'certs=[0-9]*')" certs=2
check "the old pair is gone" not old_there
chains_hold
echo "$checks checks"
