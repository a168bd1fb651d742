#!/usr/bin/env bash
# Entering with a Rutoken and the cabinet behind it, through the real program, a real pcscd and OpenSC (DOS-8, DOS-9,
# DOS-10, DOS-12): empty list, choice, wrong PIN, lost connection, company, first page, certificates, try, leave.
. "$(dirname "$0")/cabinet-lib.sh"
HOURS=6 one_day # wrong PINs are counted by days
stage_up

cat >"$STAGE/news.yaml" <<'YAML'
id: holiday
from: 2026-01-01
until: 2099-12-31
title: {kk: "Мереке күні", ky: "Майрам күнү", ru: "Праздничный день", en: "A holiday"}
text: {kk: "Кеңсе жабық.", ky: "Кеңсе жабык.", ru: "Офис закрыт.", en: "The office is closed."}
YAML
check "news at the centre" "$BIN/tamgactl" news add --data "$STAGE/centre" --provider kg-dostek \
	--file "$STAGE/news.yaml" --screens "$TOP/screens"

# --- nothing is plugged in: the guide's order of help, and the four numbers, in four languages
{
	to_devices
	see devices.empty
	echo 'size 100x40'
	four '+996 312 960 360' devices.empty devices.help.1 devices.help.2 devices.help.3
	echo 'expect "+996 558 960 360"'
} >"$WALK"
play "empty list"

# --- a token without a certificate of the provider
{
	to_devices
	printf 'token insert rutoken-head\nwait "Rutoken ECP, No. %s" 20s\ntype 1\n' "$SERIAL"
	see error.cert-none 20s
	echo 'size 100x40'
	four T-319 error.cert-none mend.cert-none
	echo 'expect "+996 706 960 360"'
} >"$WALK"
play "no certificate"

cabinet_certificate 01 kg-dostek-head '«Ош Жибек Жолу» ЖЧК' 01203201810274 директор
SHA=$(sha_of 01)

# --- one certificate: the company is chosen by itself; both counts before the PIN; a wrong one is told and counted
{
	to_enter
	echo 'expect "«Ош Жибек Жолу» ЖЧК"'
	echo 'expect "today 5, in all 7"'
	pin 00000000
	see error.pin-wrong 20s
	echo 'expect "T-301"'
	echo 'expect "today 4, in all 6"'
	echo 'shot enter-wrong'
} >"$WALK"
play "wrong PIN"
check "the wrong try is recorded" equal "$(journal pin.tried "\"certificate\":\"$SHA\",\"provider\":\"kg-dostek\",\"right\":false")" 1

# --- the right one: the first page with news; the count is reset; certificates, applications, try, leave
{
	enter
	echo 'expect "A holiday"'
	echo 'expect "«Ош Жибек Жолу» ЖЧК"'
	echo 'shot home'
	echo 'type 1'
	see certificates.intro
	echo 'expect "days left: 36"'
	echo 'type 1'
	see certificate.issuer
	echo 'expect "01203201810274"'
	echo 'key Esc*2'
	see home.news
	echo 'type 2'
	see applications.none
	echo 'key Enter'
	see home.news
	echo 'type 4'
	see title.enter-try
	pin "$PIN"
	see try.proven 20s
	see try.chain
	echo 'shot try'
	echo 'key Enter'
	see home.news
	echo 'type 5'
	see leave.done
	see leave.take-token
	see leave.why.1
	echo 'shot leave'
	echo 'token pull'
	see idle.choose
} >"$WALK"
play "the cabinet"
check "the right tries are recorded" equal "$(journal pin.tried "\"certificate\":\"$SHA\",\"provider\":\"kg-dostek\",\"right\":true")" 2
check "the tried signature is recorded" equal "$(journal signature.tried "\"certificate\":\"$SHA\",\"code\":0")" 1
check "no PIN in the journal" equal "$(kiosk_sql "select count(*) from journal where body like '%$PIN%'")" 0
check "no PIN in the log" not grep -q "$PIN" "$STAGE/kiosk.log"

# --- the token goes while its PIN is being checked, and while one is inside
{
	token_back='token insert rutoken-head'
	echo "$token_back"
	to_enter
	echo 'token pull-at 3'
	pin "$PIN"
	see devices.lost 20s
	echo 'wait "+996 776 960 360" 20s' # when it was looked again
	echo 'shot lost'
	echo "$token_back"
	printf 'wait "Rutoken ECP, No. %s" 20s\ntype 1\n' "$SERIAL"
	see title.enter 20s
	pin "$PIN"
	see home.news 20s
	echo 'token pull'
	see leave.pulled
	echo 'expect-not "Жибек"'
	echo 'shot pulled'
	echo 'key Enter'
	see idle.choose
} >"$WALK"
play "lost connection"

# --- a second certificate: the company is chosen from the list
cabinet_certificate 02 kg-dostek-accountant '«Алай» ЖЧК' 02504201910385 бухгалтер
{
	to_devices
	printf 'wait "Rutoken ECP, No. %s" 20s\ntype 1\n' "$SERIAL"
	see title.company 20s
	echo 'expect "«Ош Жибек Жолу» ЖЧК"'
	echo 'expect "«Алай» ЖЧК"'
	echo 'shot company'
	echo 'key Down Enter'
	see title.enter 20s
	pin "$PIN"
	see home.news 20s
	echo 'shot home-second'
} >"$WALK"
play "two companies"
chains_hold
echo "$checks checks"
