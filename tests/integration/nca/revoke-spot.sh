#!/usr/bin/env bash
# NCA-9.R1, K-4 through the real program: a person revokes a certificate on the spot with the chip of the identity card; who
# would rather type everything by hand is sent to another way.
# shellcheck disable=SC2154,SC2034  # names shared with lib.sh
. "$(dirname "$0")/lib.sh"
stage_up

# --- certificates to revoke
n=$(next_number)
{
	begin "$spoken" issue individual spot
	identified aigul "$spoken"
	onto id-card
	printf 'wait "A1.2"\n'
	answers Әбдіғалиева Айгүл Өмірқызы Алматы Қонаев aigul@example.kz +77011234567 -
	to_submit "$spoken" Space
	in_lang "$spoken" pin.label
	pin 648219
	in_lang "$spoken" result.text 60s
	printf 'key Enter\n'
} >"$WALK"
play "issued"
delivered_everywhere "issued" "$n"
read -r one two <<<"$(serials_of "$n" | tr '\n' ' ')"
check "two certificates" test -n "$two"
check "not in the list yet" not in_crl "$one"

# --- without the chip: no further on this way, it goes on with papers; nothing is recorded yet
applications=$(kiosk_sql "select count(*) from application")
{
	begin "$spoken" revoke person spot-revoke
	in_lang "$spoken" carrier.found
	printf 'key Enter\n'
	in_lang "$spoken" document.papers
	printf 'key BackTab Enter\n'
	in_lang "$spoken" pick.intro
	printf 'key End Enter\nwait "A7.2"\nexpect-not "940317450215"\nshot papers\nkey F10\n'
} >"$WALK"
play "without the chip"
check "nothing was handed in" equal "$(kiosk_sql "select count(*) from application")" "$applications"

# --- by the chip
n=$(next_number)
{
	begin "$spoken" revoke person spot-revoke
	in_lang "$spoken" carrier.found
	printf 'key Enter\n'
	in_lang "$spoken" document.read
	typed_data aigul
	printf 'key Enter\n'
	in_lang "$spoken" reading.person 30s
	printf 'key Enter\n'
	in_lang "$spoken" pick.intro
	printf 'key Space\nkey End Enter\nwait "A7.2"\n'
	answers Әбдіғалиева Айгүл Өмірқызы aigul@example.kz +77011234567 - -
	CONSENTS=3 to_submit "$spoken"
	in_lang "$spoken" result.revoked 60s
	printf 'shot revoked\nkey Enter\n'
} >"$WALK"
play "on the spot"
check "at the centre" in_replica "$n" revoked
serial=$(centre_sql "select json_extract(body,'$.serials[0]') from journal where kind='application.revoked' and body like '%$n%'")
check "one of the two" grep -qi -e "^0*$one\$" -e "^0*$two\$" <<<"$serial"
check "in the list" wait_until 20 in_crl "$serial"
[ "${serial,,}" = "${one,,}" ] && other=$two || other=$one
check "the other is not" not in_crl "$other"
proof() { centre_sql "select json_extract(body,'$.proof'), json_extract(body,'$.document.passive') from journal where kind='application.submitted' and body like '%$n%'"; }
check "the chip was proven" equal "$(proof)" "chip|0"
chains_hold
echo "$checks checks"
