#!/usr/bin/env bash
# NCA-9.1, NCA-9.7, NCA-9.R1, NCA-9.rep, NCA-9.again, K-15 through the real program, card stack, agent and centre: individuals and
# non-resident individuals get certificates by every way, each in another language, and revoke them. What was issued is read
# by openssl and certtool.
# shellcheck disable=SC2154,SC2034  # names shared with lib.sh
. "$(dirname "$0")/lib.sh"
stage_up
desk_ready
AIGUL=(940317450215 Әбдіғалиева Айгүл Өмірқызы Алматы Қонаев aigul@example.kz +77011234567 -)
FOREIGN=rutoken-kz-foreign
YILMAZ=(830217399071 Йылмаз Ахмет - Маңғыстау Ақтау ahmet@example.kz +77023334455 -)
YILMAZ_PIN=$(persona_value $FOREIGN user_pin)

# --- individual, on the spot
language=$(turn kk)
n=$(next_number)
{
	begin "$language" issue individual spot
	identified aigul "$language"
	onto id-card
	printf 'wait "A1.2"\n'
	answers "${AIGUL[@]:1}"
	to_submit "$language" Space
	in_lang "$language" pin.label
	pin 648219
	in_lang "$language" result.text 60s
	printf 'key Enter\n'
} >"$WALK"
play "individual, on the spot ($language)"
delivered_everywhere "individual, spot" "$n"
certificate "individual, spot" "$n" sign IIN940317450215 'Digital Signature, Non Repudiation'
certificate "individual, spot" "$n" auth IIN940317450215 'TLS Web Client Authentication'

# --- individual: with papers, by a representative, with the valid certificate
FILLED=("${AIGUL[@]}")
QUESTIONS=Enter paper ru individual papers A1.2 "Space" "Up Space" 940317450215 648219 aigul
certificate "individual, papers" "$n" sign IIN940317450215
first=$n
PRESENTER=(Нұрланов Ерлан 900101300017)
QUESTIONS=Enter paper en individual representative A1.2 "Space Down Space Down Space" "Up Space Up Space Up Space" \
	940317450215 648219 aigul
PRESENTER=()
FILLED=(Әбдіғалиева Айгүл Өмірқызы Алматы Қонаев aigul@example.kz +77011234567 -)
CHOICE=1 signed ky individual KZ00194031 A1.3 648219
certificate "individual, signature" "$n" sign IIN940317450215

# --- non-resident individual, on a token
FILLED=("${YILMAZ[@]}")
paper ky nonresident-person papers A1.2 "Space Down Space" "Up Space Up*3 Space" 830217399071 "$YILMAZ_PIN" $FOREIGN
certificate "non-resident, papers" "$n" sign IIN830217399071
PRESENTER=(Нұрланов Ерлан 900101300017)
AFTER=Space paper kk nonresident-person representative A1.2 "Space Down Space" "Up Space Up*3 Space Up Space" \
	830217399071 "$YILMAZ_PIN" $FOREIGN
PRESENTER=()
FILLED=(Йылмаз Ахмет - Маңғыстау Ақтау ahmet@example.kz +77023334455 -)
CHOICE=1 signed ru nonresident-person "$(persona_value $FOREIGN serial)" A1.3 "$YILMAZ_PIN"

# --- revocation
read -r one two <<<"$(serials_of "$first" | tr '\n' ' ')"
FILLED=(940317450215 Әбдіғалиева Айгүл Өмірқызы aigul@example.kz +77011234567 "$one" - -)
revoked en person papers A7.1 "Space" "Up Space"
check "revoked: in the list" wait_until 20 in_crl "$one"
FILLED=(940317450215 Әбдіғалиева Айгүл Өмірқызы aigul@example.kz +77011234567 "$two" - -)
PRESENTER=(Нұрланов Ерлан 900101300017)
revoked ru person representative A7.1 "Space Down Space Down Space" "Up Space Up Space Up Space"
check "revoked: in the list" wait_until 20 in_crl "$two"
PRESENTER=()
FILLED=(Әбдіғалиева Айгүл Өмірқызы aigul@example.kz +77011234567 - -)
CARD=aigul CHOICE=1 revoked_signed kk person KZ00194031 A7.2 648219

chains_hold
echo "$checks checks"
