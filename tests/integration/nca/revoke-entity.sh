#!/usr/bin/env bash
# NCA-9.R3, NCA-A8, NCA-sign through the real program: certificates of a legal entity are revoked with papers: A8 and a power of
# attorney A3; a copy of the order of dismissal in place of A8; A8 signed by the owner of the certificate, with an extract of the
# order. What was revoked is on the centre's lists, as openssl reads them; what was not is not.
# shellcheck disable=SC2154,SC2034  # names shared with lib.sh
. "$(dirname "$0")/lib.sh"
openssl engine gost >/dev/null 2>&1 || { echo "skipped: OpenSSL has no GOST engine" >&2; exit 77; }
stage_up
desk_ready
PIN=$(persona_value rutoken-kz-head user_pin)
HEAD=(090540002317 "«Алтын Дән» ЖШС" 790412300171 Сейітқалиев Дәурен Маратұлы)
ADDRESS=(Ақмола Көкшетау)
used_by() { # POWER NUMBER
	[ "$(centre_sql "select json_extract(body,'\$.number') from journal where kind='power.used' and json_extract(body,'\$.power')='$1'")" = "$2" ]
}
decision() { centre_sql "select json_extract(value,'\$.id') from journal, json_each(body,'\$.documents') where kind='desk.decided' and json_extract(body,'\$.number')='$1' and json_extract(value,'\$.by') <> 'not'" | tr '\n' ' '; }
condition() { kiosk_sql "select json_extract(body,'\$.conditions') from journal where kind='application.submitted' and json_extract(body,'\$.number')='$1'"; }
# power LANG: an A3 for a revocation; its number in $power
power() {
	set -- "$(turn "$1")" "${@:2}"
	power=$(next_number)
	{
		begin "$1" power
		printf 'wait "A3.1"\n'
		answers Астана "${HEAD[1]}" "${HEAD[0]}" "Астана, Достық көшесі 1"
		printf 'key Right Enter\n'
		answers "Сейітқалиев Дәурен Маратұлы" "1979, Көкшетау" "Көкшетау, Абай көшесі 5" 790412300171
		printf 'key Right*2\nkey Enter\n' # for a revocation
		answers "Жүнісова Гүлнар Өтегенқызы" 880625400234 - - - - - -
		printf 'shot power\n'
		CONSENTS=0 to_submit "$1" none
		in_lang "$1" result.paper
		n=$power printed "$1"
	} >"$WALK"
	play "power of attorney ($1)"
}
# two certificates of the head twice: a GOST one for signature, an RSA one for authentication
FILLED=("${HEAD[@]}" "${ADDRESS[@]}" dauren@example.kz +77011112233 -)
QUESTIONS="Down Enter Down Enter Enter" paper ky entity papers A2.2 "Space Down*2 Space" "Up*3 Space Up*2 Space" \
	790412300171 "$PIN" rutoken-kz-head
read -r one two <<<"$(serials_of "$n" | tr '\n' ' ')"
QUESTIONS="Down Enter Down Enter Enter" paper en entity papers A2.2 "Space Down*2 Space" "Up*3 Space Up*2 Space" \
	790412300171 "$PIN" rutoken-kz-head
read -r three four <<<"$(serials_of "$n" | tr '\n' ' ')"
check "four certificates" test -n "$four"
for serial in "$one" "$two" "$three" "$four"; do check "not revoked yet" not in_crl "$serial"; done

# --- A8 of the head, handed in by a representative with an A3
power kk
PRESENTER=("$power" Жүнісова Гүлнар 880625400234)
FILLED=("${HEAD[@]}" "${ADDRESS[@]}" +77011112233 "$one" - -)
QUESTIONS="Enter Enter Enter" revoked kk entity papers A8.1 "Space Down Space" "Up Space Up Space"
check "the power is used" wait_until 20 used_by "$power" "$n"
check "revoked: in the list" wait_until 20 in_crl "$one"
PRESENTER=()

# --- a copy of the order of dismissal in place of A8
power en
PRESENTER=("$power" Жүнісова Гүлнар 880625400234)
FILLED=("${HEAD[@]}" "${ADDRESS[@]}" +77011112233 "$two" - -)
QUESTIONS="Enter Down Enter Enter" revoked ru entity papers A8.1 "Space Down Space Down Space" "Up Space Up Space Up Space"
check "with a copy of the order" equal "$(condition "$n" | grep -c dismissal-copy)" 1
check "decided by these papers" equal "$(decision "$n")" "dismissal-copy identity-representative power-a3 "
check "revoked: in the list" wait_until 20 in_crl "$two"

# --- A8 signed by the owner of the certificate, with an extract of the order
power ky
PRESENTER=("$power" Жүнісова Гүлнар 880625400234)
FILLED=("${HEAD[@]}" "${ADDRESS[@]}" +77011112233 "$three" - -)
QUESTIONS="Enter Down*2 Enter Enter" revoked ky entity papers A8.1 "Space Down Space Down Space" "Up Space Up Space Up Space"
check "with an extract of the order" equal "$(condition "$n" | grep -c dismissal-extract)" 1
check "decided by these papers" equal "$(decision "$n")" "application dismissal-extract identity-representative power-a3 "
check "revoked: in the list" wait_until 20 in_crl "$three"

check "what nobody named is good" not in_crl "$four"
check "the last one too" wait_until 20 used_by "$power" "$n"
check "each power is used once" equal "$(centre_sql "select count(*) from journal where kind='power.used'")" 3
chains_hold
echo "$checks checks"
