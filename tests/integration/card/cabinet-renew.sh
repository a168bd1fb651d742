#!/usr/bin/env bash
# Renewal from the cabinet, asked for with the old key (DOS-3, DOS-10, K-7): the form filled from the certificate, a new
# pair beside the old one, and back in the cabinet with both; replacement removes the old pair.
. "$(dirname "$0")/cabinet-lib.sh"
stage_up
cabinet_certificate 01 kg-dostek-head '«Ош Жибек Жолу» ЖЧК' 01203201810274 директор

renew() { # which button, as keys: from the first page on
	echo 'type 1'
	see certificates.intro
	echo 'type 1'
	see title.certificate
	printf 'key %s\n' "$1"
	printf 'wait "What has changed since the certificate was made?"\ntype 1\n' # DOS-4: nothing
	see title.review
	echo 'expect "01203201810274"'
	echo 'key Home Enter'
	see title.consent
	echo 'key Space Down Space Down Enter'
	see title.pin
	pin "$PIN"
	see title.result 90s
}
# A year less 40 days later: before, the CA would refuse, and the screen says from when it is possible.
{
	enter
	echo 'type 1'
	see certificates.intro
	echo 'type 1'
	see certificate.renew-early
	echo 'expect-not "Renew"'
	echo 'clock +7800h'
} >"$WALK"
play "too early"
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
play "renewal"
check "delivered" equal "$(last_state)" delivered
check "at the centre" wait_until 20 in_replica "$(last_number)" delivered
check "two certificates on the token" equal "$(token status | grep -o 'certs=[0-9]*')" certs=2

# --- replacement: the old pair goes when the new one is proven
old_there() { stage_p11 --read-object --type cert --id 01 --output-file "$STAGE/old" >/dev/null 2>&1; }
check "the old pair is there" old_there
{
	to_devices
	printf 'wait "Rutoken ECP, No. %s" 20s\ntype 1\n' "$SERIAL"
	see company.intro 20s # two of one company: the dates tell them apart
	echo 'type 1'
	see title.enter
	pin "$PIN"
	see home.news 20s
	renew 'Down Enter'
	echo 'key Enter'
	see home.news 20s
} >"$WALK"
play "replacement"
check "delivered too" equal "$(last_state)" delivered
check "two certificates as before" equal "$(token status | grep -o 'certs=[0-9]*')" certs=2
check "the old pair is gone" not old_there
chains_hold
echo "$checks checks"
