#!/usr/bin/env bash
# NCA-9.2, 9.3, 9.6, 9.8, 9.R2, 9.R3, NCA-9.head, NCA-9.poa, NCA-9.again through the real program: entities get certificates on
# Rutokens (a GOST key for signature, an RSA key for authentication) by every way, each in another language; the head confirms an
# employee's request with an own signature; with a power of attorney; revocation by papers, representative, signature.
# shellcheck disable=SC2154,SC2034  # names shared with lib.sh
. "$(dirname "$0")/lib.sh"
openssl engine gost >/dev/null 2>&1 || { echo "skipped: OpenSSL has no GOST engine" >&2; exit 77; }
stage_up
desk_ready
pin_of() { persona_value "rutoken-kz-$1" user_pin; }
serial_of() { persona_value "rutoken-kz-$1" serial; }
HEAD=(090540002317 "«Алтын Дән» ЖШС" 790412300171 Сейітқалиев Дәурен Маратұлы Ақмола Көкшетау dauren@example.kz +77011112233 -)
EMPLOYEE=(090540002317 "«Алтын Дән» ЖШС" 880625400234 Жүнісова Гүлнар Өтегенқызы Ақмола Көкшетау gulnar@example.kz +77011112244 -)
JOINT=(151041000770 "«Бірлестік» БК" 910303500317 Қанапиянов Әлібек Серікұлы Жамбыл Тараз alibek@example.kz +77022223344 -)

# power LANG PURPOSE-KEYS NAME IIN BIN ORGANISATION: an A3 for one representative; its number in $power
power() {
	set -- "$(turn "$1")" "${@:2}"
	power=$(next_number)
	{
		begin "$1" power
		printf 'wait "A3.1"\n'
		answers Астана "$6" "$5" "Астана, Достық көшесі 1"
		printf 'key Right Enter\n' # on what the head acts
		answers "Сейітқалиев Дәурен Маратұлы" "1979, Көкшетау" "Көкшетау, Абай көшесі 5" 790412300171
		printf 'key %s\nkey Enter\n' "$2"
		answers "$3" "$4" - - - - - -
		printf 'shot power\n'
		CONSENTS=0 to_submit "$1" none
		in_lang "$1" result.paper
		n=$power printed "$1"
	} >"$WALK"
	play "power of attorney ($1)"
}

# --- the head: own request, nobody has to confirm it
FILLED=("${HEAD[@]}")
QUESTIONS="Down Enter Down Enter Enter" paper ru entity papers A2.2 "Space Down*2 Space" "Up*3 Space Up*2 Space" \
	790412300171 "$(pin_of head)" rutoken-kz-head
certificate "head" "$n" sign IIN790412300171 BIN090540002317 1.2.398.3.3.4.1.2.1 'GOST R 34.10-2001'
certificate "head" "$n" auth IIN790412300171 BIN090540002317 'TLS Web Client Authentication'

# head_confirms LANG NUMBER: the head reads the request and signs it
head_confirms() {
	printf 'card insert rutoken-kz-head\n'
	begin "$1" confirm
	printf 'wait "%s" 20s\ntype 1\n' "$(serial_of head)"
	in_lang "$1" pin.label
	pin "$(pin_of head)"
	in_lang "$1" pending.intro
	printf 'wait "%s"\ntype 1\n' "$2"
	in_lang "$1" request.intro
	printf 'shot request\nkey End Up Enter\n'
	in_lang "$1" pin.label
	pin "$(pin_of head)"
	in_lang "$1" pending.done
	in_lang "$1" pending.again
	printf 'key End Enter\n'
	in_lang "$1" title.leave
	printf 'card pull\n'
}

# --- an employee, by a representative with a power of attorney for one time; the head confirms before the visit
power en Right "Жүнісова Гүлнар Өтегенқызы" 880625400234 090540002317 "«Алтын Дән» ЖШС"
FILLED=("${EMPLOYEE[@]}")
PRESENTER=("$power" Жүнісова Гүлнар 880625400234)
QUESTIONS="Enter Enter Enter" CONFIRMED=kk paper en entity papers A2.2 "Space Down Space" "Up*3 Space Up Space" \
	880625400234 "$(pin_of employee)" rutoken-kz-employee
certificate "employee" "$n" sign IIN880625400234 BIN090540002317 1.2.398.3.3.4.1.2.5
check "the head's signature was judged" equal "$(centre_sql "select json_extract(body,'$.code') from journal where kind='application.verified' and body like '%\"what\":\"head\"%'")" 0
PRESENTER=()
FILLED=(Жүнісова Гүлнар Өтегенқызы Ақмола Көкшетау gulnar@example.kz +77011112244 -)
QUESTIONS="Enter" signed kk entity "$(serial_of employee)" A2.5 "$(pin_of employee)"
certificate "employee, signature" "$n" sign IIN880625400234 BIN090540002317

# --- sole proprietors in joint entrepreneurship
FILLED=("${JOINT[@]}")
QUESTIONS=Enter paper kk joint papers A2.2 "Space Down Space" "Up Space Up Space" 910303500317 "$(pin_of joint)" rutoken-kz-joint
certificate "joint" "$n" sign IIN910303500317 BIN151041000770
joint=$n
PRESENTER=(Нұрланов Ерлан 900101300017)
AFTER=Space QUESTIONS=Enter paper ky joint representative A2.2 "Space Down Space" "Up Space Up Space Up Space" \
	910303500317 "$(pin_of joint)" rutoken-kz-joint
PRESENTER=()
FILLED=(Қанапиянов Әлібек Серікұлы Жамбыл Тараз alibek@example.kz +77022223344 -)
QUESTIONS=Enter CHOICE=1 signed en joint "$(serial_of joint)" A2.5 "$(pin_of joint)"

# --- Treasury-Client: with papers only; the agreement is of the last working days
FILLED=(020740001234 "Қаржы департаменті" 851111450055 Әміржанова Шолпан Қайратқызы 2170001 ROLE01 Ақмола Көкшетау sholpan@example.kz +77033334455 -)
power kk Right "Әміржанова Шолпан Қайратқызы" 851111450055 020740001234 "Қаржы департаменті"
PRESENTER=("$power" Әміржанова Шолпан 851111450055)
AFTER=Space DATED=20112026 paper ky treasury papers A6.2 "Space Down Space" "Up*4 Space Up Space Up Space" \
	851111450055 "$(pin_of treasury)" rutoken-kz-treasury
certificate "treasury" "$n" sign IIN851111450055 BIN020740001234
PRESENTER=()

# --- non-resident entity: its head
FILLED=(120940011775 "Nur Trade" 830217399071 Йылмаз Ахмет - Маңғыстау Ақтау ahmet@example.kz +77023334455 -)
QUESTIONS="Down Enter Down Enter Enter Enter" paper kk nonresident-entity papers A2.2 "Space Down*2 Space Down*2 Space" \
	"Up*4 Space Up*2 Space Up*2 Space" 830217399071 "$(pin_of foreign)" rutoken-kz-foreign
certificate "non-resident entity" "$n" sign IIN830217399071 BIN120940011775 1.2.398.3.3.4.1.2.1
FILLED=(Йылмаз Ахмет - Маңғыстау Ақтау ahmet@example.kz +77023334455 -)
QUESTIONS="Down Enter" signed ru nonresident-entity "$(serial_of foreign)" A2.5 "$(pin_of foreign)"

# --- revocation: of an entity by signature, Treasury-Client included; of joint sole proprietors by all ways
read -r one two <<<"$(serials_of "$joint" | tr '\n' ' ')"
FILLED=(151041000770 "«Бірлестік» БК" 910303500317 Қанапиянов Әлібек Серікұлы Жамбыл Тараз +77022223344 "$one" - -)
QUESTIONS=Enter revoked ru joint papers A8.1 "Space" "Up Space"
check "revoked: in the list" wait_until 20 in_crl "$one"
PRESENTER=(Нұрланов Ерлан 900101300017)
FILLED=(151041000770 "«Бірлестік» БК" 910303500317 Қанапиянов Әлібек Серікұлы Жамбыл Тараз +77022223344 "$two" - -)
QUESTIONS=Enter revoked en joint representative A8.1 "Space Down Space" "Up Space Up Space"
PRESENTER=()
FILLED=(Қанапиянов Әлібек Серікұлы Жамбыл Тараз +77022223344 - -)
CARD=rutoken-kz-joint CHOICE=2 revoked_signed ky joint "$(serial_of joint)" A8.4 "$(pin_of joint)"
FILLED=(Әміржанова Шолпан Қайратқызы 2170001 ROLE01 Ақмола Көкшетау +77033334455 - -)
QUESTIONS="Down Enter" CARD=rutoken-kz-treasury revoked_signed ru entity "$(serial_of treasury)" A8.4 "$(pin_of treasury)"

chains_hold
echo "$checks checks"
