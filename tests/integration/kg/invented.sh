#!/usr/bin/env bash
# A provider that no program knows (tests/data/invented-provider: screens, a profile, sentences in four languages) is added to a copy
# of the shipped data, and its service goes the whole way: question, form, papers, price, desk, certificate on the token, the
# paper in its words. Design.md §2.3: screens, forms, papers, prices are data; no C is compiled here.
# shellcheck disable=SC2154,SC2034  # names shared with lib.sh
. "$(dirname "$0")/lib.sh"
for need in msgcat msgfmt; do command -v $need >/dev/null || { echo "skipped: $need is missing" >&2; exit 77; }; done
DATA=$TOP/tests/data/invented-provider

# The stage's own top folder: screens and sentences are copies with the provider in them, all else is what is shipped.
shipped=$TOP
mkdir "$STAGE/top"
for part in "$shipped"/*; do ln -s "$part" "$STAGE/top/"; done
rm "$STAGE/top/screens" "$STAGE/top/locale"
TOP=$STAGE/top LOCALE_DIR=$STAGE/mo
cp -r "$shipped/screens" "$TOP/screens"
cp -r "$DATA/screens/." "$TOP/screens/"
cp "$DATA"/screens/profiles/* "$STAGE_PROFILES/"
sed -i -e 's/^  - kg-ubr$/&\n  - xx-lake/' -e 's/^conditions:$/&\n  - id: lake-motor\n    label: condition.lake-motor/' "$TOP/screens/catalog.yaml"
mkdir "$TOP/locale" "$LOCALE_DIR"
for language in kk ky ru en; do
	msgcat --no-wrap --use-first "$shipped/locale/$language.po" "$DATA/locale/$language.po" -o "$TOP/locale/$language.po" &&
		msgfmt -o "$LOCALE_DIR/$language.mo" "$TOP/locale/$language.po" || fail "the sentences cannot be put together"
done
screens_are_good() { "$BIN/tamgactl" screens check --screens "$TOP/screens" --locale "$LOCALE_DIR" >"$STAGE/tool.out" || { cat "$STAGE/tool.out" >&2; return 1; }; }
check "screens and sentences are good" screens_are_good

PROVIDER=xx-lake
stage_up
desk_ready
lang=$(turn kk)
FILLED=(Төлөгөнов 21204197900147 Чайка)
# A motor boat has one paper more, and costs 123.45 som.
PAID=1 ANSWERS=2 renewed kk member L1.2 2 "$(persona_value $HEAD user_pin)" $HEAD
listed "skipper" "$lang" "$n" lake.doc.passport lake.doc.licence
check "the form is on paper in its words" on_paper "$n-L1.pdf" "$(said "$lang" lake.l1.title)" Чайка 21204197900147
check "so is what it costs" on_paper "$n-payment.pdf" "123,45" 70001

check "its certificate is in the replica" cert_of "$n" sign
of_the_skipper() { openssl x509 -inform DER -in "$STAGE/cert.der" -noout -subject -nameopt RFC2253,utf8,-esc_msb | grep -qF "$1"; }
check "with the names of its profile" of_the_skipper 'CN=Төлөгөнов\, Чайка'
check "and the number" of_the_skipper 'serialNumber=PIN21204197900147'
seconds() { date -d "$(openssl x509 -inform DER -in "$STAGE/cert.der" -noout "-$1date" | cut -d= -f2)" +%s; }
check "for the 31 days of the profile" equal $((($(seconds end) - $(seconds start)) / 86400)) 31
on_the_token() {
	stage_card token $HEAD && wait_until 10 stage_p11 --read-object --type cert --label LAKE --output-file "$STAGE/lake.der" &&
		cmp "$STAGE/lake.der" "$STAGE/cert.der"
}
check "it is on the token, under the label that the form names" on_the_token
token pull >/dev/null

# A rowing boat needs no licence, and costs nothing.
n=$(next_number)
{
	ANSWERS=1 handed_in "$lang" member L1.2 1
	in_lang "$lang" result.at-desk
	in_lang "$lang" paper.where 30s
	printf 'key Enter\n'
} >"$WALK"
play "a rowing boat"
listed "rowing" "$lang" "$n" lake.doc.passport
check "nothing is to be paid" test ! -e "$STAGE/receipts/$n-payment.pdf"
check "which the record says as well" equal "$(kiosk_sql "select json_extract(body,'$.charges') is null from journal where kind='application.submitted' and body like '%$n%'")" 1
chains_hold
echo "$checks checks"
