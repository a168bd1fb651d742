#!/bin/bash
# Bad days of a request on a medium: none, two, garbage, a weak key, names that are not the form's, a zone that nobody can
# prove, a medium that is full, protected, pulled out while it is written; each named, nothing lost, finished at the next
# visit. NCA-9.dom, NCA-V, K-8.
# shellcheck disable=SC2154,SC2034,SC2012  # names shared with ssl-lib.sh
STICK_SIZE=200K
. "$(dirname "$0")/ssl-lib.sh"
ssl_up
request good rsa:2048 www.example.kz
request weak rsa:1024 www.example.kz
request other rsa:2048 www.other.kz www.example.kz
request zone rsa:2048 www.example.com
{ head -c 300 "$STAGE/req/good.csr"; echo; } >"$STAGE/req/cut.csr"
head -c 9000 /dev/urandom >"$STAGE/req/noise.p10"
head -c 17000 /dev/zero >"$STAGE/req/long.txt"
openssl req -in "$STAGE/req/good.csr" -outform DER | head -c -1 >"$STAGE/req/signature.p10" && printf 'x' >>"$STAGE/req/signature.p10"
check "files on the stick" with_stick copy_in "$STAGE"/req/*.csr "$STAGE"/req/*.p10 "$STAGE/req/long.txt"

# --- none, two
{
	to_medium domain-person
	in_lang en error.medium-none
	printf 'expect-not "good.csr"\nkey F10\n'
} >"$STAGE/none.walk"
check "no medium" walk_or_show "$STAGE/none.walk"
plug sdb && plug sdc
check "two media: neither is touched" walk_or_show "$STAGE/none.walk"
check "nothing was mounted" sh -c "! grep -qs '^mount' '$STAGE/udisks.log'"
unplug sdc
echo mount >"$STAGE/udisks.fail"
sed "s/$(said en error.medium-none | cut -c1-20)[^\"]*/$(said en error.medium-read)/" "$STAGE/none.walk" >"$STAGE/unread.walk"
check "a medium that cannot be mounted" walk_or_show "$STAGE/unread.walk"
rm "$STAGE/udisks.fail"

# --- what is no good request is not taken: cut.csr, good.csr, long.txt, noise.p10, other.csr, signature.p10, weak.csr, zone.csr
{
	to_medium domain-person
	printf 'wait "good.csr: rsa-2048, www.example.kz"\nexpect "cut.csr: no good request"\nexpect "long.txt: no good request"\n'
	printf 'expect "noise.p10: no good request"\nexpect "signature.p10: no good request"\nexpect "weak.csr: no good request"\n'
	printf 'shot list\ntype 7\n'
	in_lang en error.key-weak
	printf 'type 1\n'
	in_lang en error.pkcs10
	printf 'type 3\n'
	in_lang en error.medium-read
	# a zone that these papers cannot prove is said beside its field
	printf 'type 8\nwait "A4.2"\n'
	person
	printf 'key End Enter\n'
	in_lang en rule.domain.zone
	printf 'shot zone\nkey F10\n'
} >"$STAGE/list.walk"
check "bad requests are named" walk_or_show "$STAGE/list.walk"

# --- names: the request has two, the form gets another
{
	to_medium domain-person
	printf 'wait "other.csr"\ntype 5\nwait "A4.2"\n'
	person
	printf 'key Backspace*20\ntype www.third.kz\nkey Enter\nkey Down\nkey Down\nkey Enter\n'
	in_lang en rule.pkcs10.names
	printf 'shot names\nkey F10\n'
} >"$STAGE/names.walk"
check "names that are not the form's" walk_or_show "$STAGE/names.walk"
check "nothing was handed in so far" equal "$(kiosk_sql 'select count(*) from application')" 0

# --- typed line by line, where there is no medium
{
	begin en issue domain-person papers
	in_lang en title.medium
	in_lang en error.medium-none
	printf 'key End Enter\nwait "A4.2"\n'
	person
	printf 'type www.example.kz\nkey Enter\nkey Down\n'
	while read -r line; do printf 'type %s\nkey Enter\n' "$line"; done < <(grep -v -e ----- "$STAGE/req/good.csr")
	printf 'key Down\nwait "rsa-2048"\nshot typed\nkey Enter\n'
	in_lang en title.documents
	printf 'key Space Down Space End Enter\n'
	in_lang en title.review
	printf 'key End Enter\n'
	in_lang en title.consent
	printf 'key Space Down Space Down Space Down Space Down Enter\n'
	in_lang en title.result
	printf 'key Enter\n'
} >"$STAGE/typed.walk"
unplug sdb
check "typed line by line" walk_or_show "$STAGE/typed.walk"
number=$(last_number)
check "accepted" accept "$number"

# --- handing over: protected, full, pulled; each time the same certificate
visit() { # MESSAGE
	plug sdb
	{
		collect "$number"
		in_lang en "$1" 40s
		in_lang en deliver.issued
		printf 'key End\nkey Enter\n'
		in_lang en title.result
		printf 'shot %s\nkey Enter\n' "${1#error.}"
	} >"$STAGE/visit.walk"
	walk_or_show "$STAGE/visit.walk"
}
touch "$STAGE/net-down"
{ plug sdb; collect "$number"; in_lang en deliver.not-issued 60s; printf 'key End\nkey Enter\n'; in_lang en title.result; printf 'key Enter\n'; } >"$STAGE/visit.walk"
check "the network is down: nothing is issued, nothing is said to be" walk_or_show "$STAGE/visit.walk"
rm "$STAGE/net-down"
check "still accepted" equal "$(state_of "$number")" accepted
touch "$STAGE/udisks.protected"
check "a protected stick" visit error.medium-write
rm "$STAGE/udisks.protected"
check "it is issued and waits" equal "$(state_of "$number")" issued
fill_up() { dd if=/dev/zero of="$STICK/full.bin" bs=1k 2>/dev/null; sync; true; }
check "a full stick" with_stick fill_up
check "is named" visit error.medium-write
no_pem() { ! ls "$STICK"/*.pem >/dev/null 2>&1; }
check "no half of a certificate on it" with_stick no_pem
make_room() { rm "$STICK/full.bin"; }
check "room again" with_stick make_room
touch "$STAGE/udisks.pull-after"
check "pulled out while it was written" visit error.medium-write
rm "$STAGE/udisks.pull-after"
check "not delivered" equal "$(state_of "$number")" issued
plug sdb
{ collect "$number"; in_lang en result.delivered-medium 40s; printf 'key Enter\n'; } >"$STAGE/visit.walk"
check "finished at the next visit" walk_or_show "$STAGE/visit.walk"
take() { cp "$STICK/$number.pem" "$STAGE/$number.pem" && [ "$(ls "$STICK"/*.pem | wc -l)" = 1 ]; }
check "one file" with_stick take
check "the certificate" certificate_is_good "$STAGE/$number.pem" good www.example.kz
check "issued once, whatever happened" equal "$(entries_of "$number" application.issued)" 1
check "delivered once" equal "$(entries_of "$number" application.delivered)" 1
check "one certificate at the CA" equal "$(sqlite3 -batch "$STAGE/centre/ca.db" "select count(*) from issued where number = '$number'")" 1

# --- the same request once more: its key has a certificate already, or had one (K-16)
applications=$(kiosk_sql 'select count(*) from application')
used() { # WHAT
	{
		to_medium domain-person
		printf 'wait "good.csr: rsa-2048, www.example.kz"\ntype 3\n'
		in_lang en error.key-used
		printf 'shot used\n'
		# another request leads on; the first certificate lies on the stick as well
		printf 'expect "other.csr"\ntype 6\nwait "A4.2"\nkey F10\n'
	} >"$STAGE/used.walk"
	check "$1" walk_or_show "$STAGE/used.walk"
}
used "a key that has a certificate"
by_chip="\"operation\":\"revoke\",\"proof\":\"chip\",\"iin\":\"$IIN\",\"document\":{\"passive\":0,\"active\":0,\"chip\":0}"
revocation=$("$BIN/tamgactl" number new --kiosk-no "$(cat "$STAGE/agent/kiosk-number")" --counter 900)
serial=$(openssl x509 -in "$STAGE/$number.pem" -noout -serial | cut -d= -f2)
check "it is revoked" "$TOOLS/link-tool" append "$STAGE/kiosk.db" K01 application.submitted "{\"number\":\"$revocation\",
	\"provider\":\"kz-nca\",\"service\":\"revoke\",\"kind\":\"person\",\"form\":\"nca-a7\",\"form_version\":1,\"language\":\"en\",$by_chip,
	\"answers\":[{\"field\":\"iin\",\"value\":\"$IIN\",\"by\":\"chip\"}],\"serials\":[\"$serial\"]}"
check "the centre says so" wait_until 20 in_replica "$revocation" revoked
used "a key whose certificate was revoked"

# typed, it is found out before it is handed in
{
	begin en issue domain-person papers
	in_lang en error.medium-none
	printf 'key End Enter\nwait "A4.2"\n'
	person
	printf 'type www.example.kz\nkey Enter\nkey Down\n'
	while read -r line; do printf 'type %s\nkey Enter\n' "$line"; done < <(grep -v -e ----- "$STAGE/req/good.csr")
	printf 'key Down\nwait "rsa-2048"\nkey Enter\n'
	in_lang en title.documents
	printf 'key Space Down Space End Enter\n'
	in_lang en title.review
	printf 'sleep 1500ms\nkey End Enter\n'
	in_lang en error.key-used
	printf 'shot used-typed\nkey F10\n'
} >"$STAGE/used.walk"
unplug sdb
check "typed: a key that was used" walk_or_show "$STAGE/used.walk"
check "nothing more was handed in" equal "$(kiosk_sql 'select count(*) from application')" $((applications + 1))
echo "$checks checks"
