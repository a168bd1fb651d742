#!/bin/bash
# A certificate for a domain without a visit to the desk: the application is signed with the applicant's valid certificate,
# the centre judges it, and the certificate goes onto the medium at once. NCA-9.again, NCA-9.4, NCA-15.
# shellcheck disable=SC2154,SC2034  # names shared with ssl-lib.sh
. "$(dirname "$0")/ssl-lib.sh"
ssl_up
request server rsa:2048 www.example.kz
request again rsa:3072 www.example.kz
check "files on the stick" with_stick copy_in "$STAGE/req/server.csr" "$STAGE/req/again.csr"
plug sdb

# --- the person's own certificate, on the card
{
	begin "$spoken" issue individual spot
	in_lang "$spoken" carrier.insert
	identified aigul "$spoken"
	onto id-card
	printf 'wait "A1.2"\n'
	answers Әбдіғалиева Айгүл Өмірқызы 'Almaty region' Konaev aigul@example.kz +77011234567
	printf 'wait "A1.12"\nkey Enter*2\n'
	in_lang "$spoken" title.documents
	printf 'key Space Down*2 Space End Enter\n'
	in_lang "$spoken" title.review
	printf 'key End Enter\n'
	in_lang "$spoken" title.consent
	printf 'key Space Down Space Down Space Down Space Down Enter\n'
	in_lang "$spoken" title.pin
	printf 'type 648219\nkey Enter\n'
	in_lang "$spoken" title.result 90s
	printf 'key Enter\n'
	in_lang en idle.choose
} >"$STAGE/a1.walk"
check "the person has a certificate" walk_or_show "$STAGE/a1.walk"

# --- the request, signed with it
signed() { # FILE THEN…
	begin "$spoken" issue domain-person signature
	in_lang "$spoken" title.devices
	printf 'wait "KZ00194031"\n'
	printf 'type 1\n'
	in_lang "$spoken" title.medium
	printf 'wait "server.csr"\ntype %s\nwait "%s"\nshot form\n' "$1" "$(said "$spoken" form.by-certificate)"
	answers Әбдіғалиева Айгүл Өмірқызы 'Almaty region' Konaev aigul@example.kz +77011234567
	printf 'key Enter Down Down Enter\n'
	in_lang "$spoken" title.documents
	printf 'shot documents\nkey End Enter\n'
	in_lang "$spoken" title.review
	printf 'key End Enter\n'
	in_lang "$spoken" title.consent
	printf 'key Space Down Space Down Space Down Space Down Enter\n'
	in_lang "$spoken" title.pin
	printf 'type 648219\nkey Enter\n'
	in_lang "$spoken" "$2" 90s
	printf 'shot result\nkey Enter\n'
	in_lang en idle.choose
}
verdict() { centre_sql "select json_extract(body, '\$.code') from journal where kind = 'application.verified' and json_extract(body, '\$.number') = '$1'"; }
signed 2 title.refused >"$STAGE/stranger.walk"
check "a domain that was never proven is not given to a signature alone" walk_or_show "$STAGE/stranger.walk"
check "refused by name" equal "$(verdict "$(last_number)")" 425
check "nothing was issued" equal "$(entries_of "$(last_number)" application.issued)" 0

# --- the first time with papers at the desk
{
	to_medium domain-person
	printf 'wait "server.csr"\ntype 2\nwait "A4.2"\n'
	person
	hand_in Space Down Space
} >"$STAGE/papers.walk"
check "the first time with papers" walk_or_show "$STAGE/papers.walk"
papers=$(last_number)
check "accepted" accept "$papers"
{ collect "$papers"; in_lang "$spoken" result.delivered-medium 40s; printf 'key Enter\n'; } >"$STAGE/collect.walk"
check "collected" walk_or_show "$STAGE/collect.walk"

# --- and again without a visit, with a new key
signed 2 result.delivered-medium >"$STAGE/signed.walk"
check "signed, judged, issued, delivered on one visit" walk_or_show "$STAGE/signed.walk"
number=$(last_number)
check "delivered" equal "$(state_of "$number")" delivered
take() { cp "$STICK/$number.pem" "$STAGE/$number.pem"; }
check "on the stick" with_stick take
check "the certificate" certificate_is_good "$STAGE/$number.pem" again www.example.kz
check "the centre has judged its signature good" equal "$(verdict "$number")" 0
check "the desk decided the first one only" equal "$(centre_sql "select count(*) from journal where kind = 'desk.decided'")" 1
check "delivered, also at the centre" wait_until 20 in_replica "$number" delivered
check "a key that has a certificate gets no second one (K-16)" equal "$(sqlite3 -batch "$STAGE/centre/ca.db" "select count(*) from issued where number in ('$papers', '$number')")" 2
echo "$checks checks"
