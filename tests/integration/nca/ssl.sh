#!/bin/bash
# A certificate for a domain of an individual, from the request on a medium to the certificate on the same medium: .kz and
# .қаз, RSA and EC, mounted for reading only until something is to be written; afterwards printed as PEM with a QR code.
# NCA-9.4, NCA-9.dom, NCA-A4, K-10.
# shellcheck disable=SC2154,SC2034,SC2012  # names shared with ssl-lib.sh
. "$(dirname "$0")/ssl-lib.sh"
ssl_up
kaz=$(alabel мектеп.қаз)
request server rsa:2048 www.example.kz example.kz mail.example.kz
request kaz "ec -pkeyopt ec_paramgen_curve:P-256" "$kaz"
openssl req -in "$STAGE/req/kaz.csr" -outform DER -out "$STAGE/req/kaz.p10"
printf 'no request\n' >"$STAGE/req/notes.txt"
check "files on the stick" with_stick copy_in "$STAGE/req/server.csr" "$STAGE/req/kaz.p10" "$STAGE/req/notes.txt"
before=$(sha256sum <"$STAGE/stick.img")
plug sdb

# --- .kz with two more names, PEM
{
	to_medium domain-person
	printf 'wait "rsa-2048"\nexpect "www.example.kz"\nexpect "мектеп.қаз"\nshot medium\ntype 3\nwait "A4.2"\n'
	person
	printf 'shot form\n'
	hand_in Space Down Space
} >"$STAGE/a.walk"

check "a request from the stick" walk_or_show "$STAGE/a.walk"
first=$(last_number)
check "it was mounted for reading only, and nothing on it may run" grep -q 'mount --no-user-interaction -b /dev/sdb1 -o ro,nosuid,nodev,noexec' "$STAGE/udisks.log"
check "never for writing" sh -c "! grep -q 'rw,' '$STAGE/udisks.log'"
check "not a byte of the stick was changed" equal "$(sha256sum <"$STAGE/stick.img")" "$before"
answer_of() { kiosk_sql "select value from journal, json_each(body, '\$.answers') where kind = 'application.submitted' and json_extract(body, '\$.number') = '$1' and json_extract(value, '\$.field') = '$2'" | jq -r .value; }
check "the names come from the request" equal "$(answer_of "$first" domain)" www.example.kz
check "the others too" equal "$(answer_of "$first" additional-domains | sort | tr '\n' ' ')" "example.kz mail.example.kz "
check "the record holds the request" equal "$(answer_of "$first" pkcs10 | openssl req -noout -pubkey)" "$(openssl req -in "$STAGE/req/server.csr" -noout -pubkey)"
check "it waits for the desk" equal "$(state_of "$first")" at-desk
check "the form was printed" wait_until 20 test -s "$STAGE/receipts/$first-A4.pdf"
check "with its request" sh -c "pdftotext -raw '$STAGE/receipts/$first-A4.pdf' - | grep -q 'BEGIN CERTIFICATE REQUEST'"

# --- nothing is issued before the desk has accepted it
{ begin "$spoken" status; in_lang "$spoken" title.status; printf 'type %s\nkey Enter\nwait "%s"\nexpect-not "[ %s ]"\nkey F10\n' "$first" "$(said "$spoken" state.at-desk)" "$(said "$spoken" status.collect)"; } >"$STAGE/early.walk"
check "no way to collect it yet" walk_or_show "$STAGE/early.walk"
check "accepted" accept "$first"
{ collect "$first"; in_lang "$spoken" result.delivered-medium 40s; printf 'shot delivered\nkey Enter\n'; in_lang en idle.choose; } >"$STAGE/b.walk"
check "collected" walk_or_show "$STAGE/b.walk"
take() { cp "$STICK/$1.pem" "$STAGE/$1.pem" && [ ! -e "$STICK/$1-2.pem" ]; }
check "a new file on the stick, one" with_stick take "$first"
check "good for openssl and certtool, with the names of the form" certificate_is_good "$STAGE/$first.pem" server www.example.kz example.kz mail.example.kz
check "one year (NCA-valid)" sh -c "openssl x509 -in '$STAGE/$first.pem' -checkend $((364 * 86400)) -noout && ! openssl x509 -in '$STAGE/$first.pem' -checkend $((366 * 86400)) -noout"
check "issued once" equal "$(entries_of "$first" application.issued)" 1
check "delivered once" equal "$(entries_of "$first" application.delivered)" 1
check "delivered, also at the centre" wait_until 20 in_replica "$first" delivered
check "the files that lay there are as they were" with_stick cmp -s "$STAGE/req/server.csr" "$STICK/server.csr"

# --- .қаз, EC, DER; handed over on paper
{
	to_medium domain-person
	printf 'wait "мектеп.қаз"\ntype 2\nwait "A4.2"\n'
	person
	hand_in Space Down Space
} | sed "s/$IIN/850505400028/; s/Айгүл/Бақыт/" >"$STAGE/c.walk"
check "a request in DER for .қаз" walk_or_show "$STAGE/c.walk"
second=$(last_number)
check "the name as people write it" equal "$(answer_of "$second" domain)" мектеп.қаз
check "accepted too" accept "$second"
unplug sdb
{
	collect "$second" 850505400028
	in_lang "$spoken" error.medium-none 40s
	printf 'shot no-medium\nkey Down\nkey Enter\n'
	in_lang "$spoken" result.delivered-medium 40s
	printf 'key Enter\n'
} >"$STAGE/d.walk"
check "without the stick it is printed" walk_or_show "$STAGE/d.walk"
paper=$STAGE/receipts/$second-pem
check "the paper" wait_until 10 test -s "$paper.pdf"
pdftotext -raw "$paper.pdf" - | sed -n '/-----BEGIN CERTIFICATE-----/,/-----END CERTIFICATE-----/p' >"$STAGE/$second.pem"
check "its text is the certificate" certificate_is_good "$STAGE/$second.pem" kaz "$kaz"
if command -v zbarimg >/dev/null; then
	pdftoppm -r 200 -f 1 -l 1 -png "$paper.pdf" "$STAGE/paper"
	zbarimg -q --raw -S*.enable=0 -Sqrcode.enable=1 "$STAGE"/paper*.png >"$STAGE/qr.txt" 2>/dev/null
	check "the QR code holds the same" bash -c "diff <(sed -n /BEGIN/,/END/p $STAGE/qr.txt | openssl x509 -noout -fingerprint) <(openssl x509 -in $STAGE/$second.pem -noout -fingerprint)"
fi
check "delivered" equal "$(state_of "$second")" delivered
echo "$checks checks"
