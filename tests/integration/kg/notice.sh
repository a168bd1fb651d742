#!/usr/bin/env bash
# DOS-3, DOS-10 (sources #49) through the real program: near the end of a certificate the first page of the cabinet says so before
# everything else, and offers what can be done. Of the token: its renewal. In E-Cloud, of the same organisation: the order of
# the next one, up to 7 days warned of, with what the old certificate says; when it is made nothing more is told. A
# centre that is not reached stops nobody; whoever entered for another organisation is told nothing.
TOKEN=rutoken-head
. "$(dirname "$0")/desk-lib.sh"
for need in pkcs11-tool openssl; do command -v $need >/dev/null || { echo "skipped: $need is missing" >&2; exit 77; }; done
PIN=$(persona_value "$TOKEN" user_pin)
TOKEN_SERIAL=$(printf '%16s' "$(persona_value "$TOKEN" serial)" | tr ' ' 0)
at_centre() { wait_until 30 in_replica "$1" "$2"; }
# The acting head's, in E-Cloud, is for 20 days; the accountant's, on the token, for 25.
sed -i 's/^validity_days: .*/validity_days: 20/' "$STAGE_PROFILES/kg-dostek-acting.yaml"
sed -i 's/^validity_days: .*/validity_days: 25/' "$STAGE_PROFILES"/{before-,}kg-dostek-accountant.yaml
export CENTRE_CLOCK STAGE_PROFILES LOCALE_DIR # for the centre that is started again
stage_up
desk_ready
lang=$(turn ky)
issued() { centre_sql "select json_extract(body,'\$.$2') from journal where kind='application.issued' and json_extract(body,'\$.number')='$1'"; }
give_up() { printf 'key F10\ntype 2\n'; see idle.choose; }
# home [PLACE COMPANY]: enters; with this line of the list of companies, where there are several
home() {
	printf 'token insert %s\n' "$TOKEN"
	kg_service "$lang" cabinet
	in_lang "$lang" title.storage
	printf 'type 1\nwait "%s" 20s\ntype 1\n' "$TOKEN_SERIAL"
	[ $# -eq 0 ] || printf 'wait "%s" 20s\ntype %s\n' "$2" "$1"
	in_lang "$lang" title.enter
	pin "$PIN"
	in_lang "$lang" home.news
}
leave() { printf 'key F10\ntype 2\n'; see idle.choose; printf 'token pull\n'; }
sentence() { sed -n "/^msgid \"$1\"\$/{n;s/^msgstr \"//;s/\"\$//;p}" "$TOP/locale/$lang.po"; }
# What a notice says between the certificate's name and the day; the first clause of what is said before the order.
part() { sentence "$1" | sed 's/{certificate}: //; s/{.*//; s/ *$//'; }
terms() { sentence certificate.order-terms | sed 's/{term}/7/; s/[,;].*//'; } # seed 000: up to seven days

# --- in E-Cloud: an acting head's, made at the office
{
	begin "$lang" renew-cloud holder office
	questions "$lang" 3 1 1 1 1 1
	printf 'wait "D3.2"\n'
	answers "${FIRM[@]}" "${HEAD_IS[@]}"
	printf 'type 0011223344556677\nkey Enter*3\n'
	in_lang "$lang" title.documents
	printf 'key %s\nkey End Enter\n' "$(ticks 4)"
	in_lang "$lang" title.review
	printf 'key End Enter\n'
	in_lang "$lang" title.consent
	printf 'key Space Down Enter\n'
	in_lang "$lang" title.result
	printf 'size 100x60\nwait "%s" 20s\nsize 80x24\nkey Home Enter\n' "$(said "$lang" work.registered)"
	see idle.choose
} >"$WALK"
play "at the office"
A=$(last_number)
{
	at_desk
	PAID=1 desk_accept "$A" "$(ticks_up 4)"
	leave_desk
} >"$WALK"
play "accepted and paid"
check "made by the centre" at_centre "$A" delivered
OLD=$(issued "$A" serial)

# --- a token of the same organisation
ID=01 check "a certificate of the organisation" stage_rutoken_certificate "$TOKEN" kg-dostek-head "organisation=${FIRM[0]}" \
	"organisation-number=${FIRM[1]}" title=директор
token pull >/dev/null
{
	home
	in_lang "$lang" home.order
	printf 'expect "%s"\nexpect "1 %s"\nshot notice\n' "$(part home.cloud-expiry)" "$(said "$lang" home.order)"
	printf 'expect-not "%s"\ntype 1\n' "$(said "$lang" home.renew)"
	in_lang "$lang" title.certificate
	printf 'size 100x60\nexpect "%s"\nexpect "%s"\nshot certificate\nkey Enter\n' "$OLD" "$(terms)"
	questions "$lang" 3 1
	printf 'wait "D3.4"\n'
	# what the certificate says is filled in and cannot be typed over: place, names, passport, telephone are asked
	answers "${FIRM[@]:2}" "${HEAD_IS[@]:0:3}" "${HEAD_IS[@]:5}"
	printf 'key End Enter\n'
	in_lang "$lang" title.review
	printf 'shot review\nexpect "%s"\nexpect "%s"\nkey End Enter\n' "${FIRM[1]}" "$OLD"
	in_lang "$lang" title.consent
	printf 'key Space Down Enter\n'
	in_lang "$lang" title.result
	in_lang "$lang" work.registered
	printf 'key Home Enter\n'
	in_lang "$lang" home.news # back in the cabinet
	leave
} >"$WALK"
play "the notice, and the order from it"
O=$(last_number)
submitted() { kiosk_sql "select json_extract(body,'\$.$1') from journal where kind='application.submitted' and json_extract(body,'\$.number')='$O'"; }
check "it is an order" equal "$(submitted operation) $(submitted way) $(submitted account)" "cloud online ${FIRM[1]}"
check "of the old certificate" equal "$(submitted 'serials[0]')" "$OLD"
check "at the centre" at_centre "$O" at-desk

# --- who knows a tax number alone, or a serial number of another organisation, is told nothing
cloud_of() { "$TOOLS/link-tool" ask "$STAGE/agent.sock" cloud-of "{\"provider\":\"kg-dostek\",\"serial\":\"$1\",\"account\":\"$2\"}" 2>&1 || true; }
ENTERED=$(openssl x509 -inform DER -in "$STAGE/$TOKEN.01.der" -noout -serial | cut -d= -f2)
check "the organisation is told" grep -qi "$OLD" <<<"$(cloud_of "$ENTERED" "${FIRM[1]}")"
check "a number alone" grep -q not-found <<<"$(cloud_of 0011223344556677 "${FIRM[1]}")"
check "another organisation" grep -q not-found <<<"$(cloud_of "$ENTERED" 02504201910385)"

# --- the order is accepted: the next one is there, nothing more is told
{
	at_desk
	printf 'type %s\nkey Enter\n' "$O"
	in_lang ru desk.money.order
	printf 'key Home Enter\n'
	in_lang ru title.desk-payment
	printf 'key Down\ntype 2000\nkey Down\ntype TOP-1\nkey Down Enter\n'
	in_lang ru desk.pay.noted
	printf 'key End Enter\n'
	in_lang ru title.desk-application
	printf 'key Esc\n'
	in_lang ru desk.find
	desk_accept "$O" ""
	leave_desk
} >"$WALK"
play "topped up, accepted"
check "the next one is made" at_centre "$O" delivered
{
	home
	printf 'sleep 2s\nexpect-not "%s"\ntype 1\n' "$(said "$lang" home.order)"
	in_lang "$lang" certificates.intro-cloud
	in_lang "$lang" certificates.cloud
	printf 'shot list\n'
	leave
} >"$WALK"
play "with the next one"

# --- the centre is away: said, and the cabinet is there
{
	printf 'kill centre\n'
	home
	in_lang "$lang" home.cloud-unknown
	printf 'type 1\n'
	in_lang "$lang" certificates.intro
	leave
	printf 'restart centre\n'
} >"$WALK"
play "without the centre"

# --- on the token: the accountant's of another organisation ends soon; nothing of the first one is told there
ID=02 check "a certificate of another organisation" stage_rutoken_certificate "$TOKEN" kg-dostek-accountant "organisation=«Алай» ЖЧК" \
	organisation-number=02504201910385 title=бухгалтер
token pull >/dev/null
{
	home 2 «Алай»
	printf 'expect "%s"\nexpect "1 %s"\n' "$(part home.expiry)" "$(said "$lang" home.renew)"
	printf 'expect-not "E-Cloud"\nshot notice-token\ntype 1\n'
	in_lang "$lang" title.certificate
	printf 'expect "%s"\n' "$(said "$lang" certificate.renew)"
	leave
} >"$WALK"
play "near the end on the token"
chains_hold
say "$checks checks"
