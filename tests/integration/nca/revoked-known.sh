#!/usr/bin/env bash
# C-5, NCA-9.R3, K-9 through the real program: a clerk accepts the revocation of a certificate that stands on a Rutoken; the
# word reaches another kiosk, whose cabinet refuses that certificate by name, also with the line cut afterwards. Before that
# the same kiosk, cut off, lets it in: it cannot know. The second certificate of the token goes on opening the cabinet.
# shellcheck disable=SC2154,SC2034  # names shared with lib.sh
. "$(dirname "$0")/lib.sh"
openssl engine gost >/dev/null 2>&1 || { echo "skipped: OpenSSL has no GOST engine" >&2; exit 77; }
stage_up
desk_ready
check "a second kiosk" second_kiosk
PIN=$(persona_value rutoken-kz-head user_pin)
SERIAL=$(printf '%16s' "$(persona_value rutoken-kz-head serial)" | tr ' ' 0)
HEAD=(090540002317 "«Алтын Дән» ЖШС" 790412300171 Сейітқалиев Дәурен Маратұлы)
ADDRESS=(Ақмола Көкшетау)

# --- two certificates on the token: a GOST one for signature, an RSA one for authentication
FILLED=("${HEAD[@]}" "${ADDRESS[@]}" dauren@example.kz +77011112233 -)
QUESTIONS="Down Enter Down Enter Enter" paper en entity papers A2.2 "Space Down*2 Space" "Up*3 Space Up*2 Space" \
	790412300171 "$PIN" rutoken-kz-head
read -r one two <<<"$(serials_of "$n" | tr '\n' ' ')"
check "two certificates" test -n "$two"

# to_company: at the second kiosk, from idle to the list of the token's certificates, where the one for signature is the second
to_company() {
	printf 'card insert rutoken-kz-head\nsleep 1200ms\n' # until the readers are quiet
	begin "$spoken" cabinet
	in_lang "$spoken" title.storage
	printf 'type 1\nwait "%s" 20s\ntype 1\n' "$SERIAL"
	in_lang "$spoken" title.company
}
# enters_with N: the cabinet opens with the Nth of those that can be chosen
enters_with() {
	in_lang "$spoken" company.intro
	printf 'type %s\n' "$1"
	in_lang "$spoken" title.enter
	pin "$PIN"
	in_lang "$spoken" title.home
	printf 'key F10\n'
	in_lang "$spoken" cancel.title
	printf 'type 2\n'
	in_lang "$spoken" idle.choose
	printf 'card pull\n'
}
named="$(said "$spoken" error.cert-revoked)"
# refused NAME: in the list the revoked one is named so, and cannot be chosen: the first that can be is the other one. A
# signature with it is refused with the code.
refused() {
	to_company
	printf 'wait "%s"\nshot %s-cabinet\n' "$named" "$1"
	enters_with 1
	printf 'card insert rutoken-kz-head\nsleep 1200ms\n'
	begin "$spoken" issue entity signature
	in_lang "$spoken" title.questions
	printf 'key Enter\nwait "%s" 20s\ntype 1\nwait "%s"\n' "$SERIAL" "$named"
	printf 'expect "T-321"\nshot %s-sign\nkey F10\n' "$1"
	in_lang "$spoken" cancel.title
	printf 'type 2\n'
	in_lang "$spoken" idle.choose
	printf 'card pull\n'
}

{
	to_company
	printf 'expect-not "%s"\n' "$named"
	enters_with 2
} >"$WALK"
at_second "before"
sha=$(second_sql "select json_extract(body,'\$.certificate') from journal where kind='pin.tried'")
check "it was entered with the one that is going to be revoked" equal "$sha" "$(
	cert_of "$n" sign && sha256sum <"$STAGE/cert.der" | cut -d' ' -f1)"

# --- its line is cut before the revocation: what it cannot know it does not claim
touch "$STAGE/net-down2"
FILLED=("${HEAD[@]}" "${ADDRESS[@]}" +77011112233 "$one" - -)
QUESTIONS="Enter Enter Enter" revoked ru entity papers A8.1 "Space Down Space" "Up Space Up Space"
{
	to_company
	printf 'expect-not "%s"\n' "$named"
	enters_with 2
} >"$WALK"
at_second "cut off it lets in"
knows() { [ "$(second_sql "select group_concat(key) from feed where kind='revoked' and body is not null")" = "$sha" ]; }
check "cut off it does not know" not knows

# --- the line is back: the word comes by itself
rm "$STAGE/net-down2"
check "it is told, and of this certificate alone" wait_until 20 knows
refused online >"$WALK"
at_second "refused by name"
touch "$STAGE/net-down2"
refused offline >"$WALK"
at_second "refused with the line cut, too"
check "the other one entered, each time" equal "$(second_sql "select count(*) from journal where kind='pin.tried' and json_extract(body,'\$.certificate')<>'$sha'")" 2
check "the PIN of the revoked one was not asked for" equal "$(second_sql "select count(*) from journal where kind='pin.tried' and json_extract(body,'\$.certificate')='$sha'")" 2
check "second kiosk's chain" "$BIN/tamgactl" journal verify "$STAGE/kiosk2.db" >/dev/null
chains_hold
echo "$checks checks"
