#!/bin/bash
# A certificate for the domain of a legal entity (A5): the employee's names, the entity's BIN, the request on a medium, the
# certificate back on it. NCA-9.5, NCA-9.dom, NCA-A5.
# shellcheck disable=SC2154,SC2034  # names shared with ssl-lib.sh
. "$(dirname "$0")/ssl-lib.sh"
ssl_up
request entity rsa:3072 www.firma.kz mail.firma.kz
check "the request on the stick" with_stick copy_in "$STAGE/req/entity.csr"
plug sdb
{
	to_medium domain-entity
	printf 'wait "entity.csr"\ntype 1\nwait "A5.2"\nshot form\n'
	answers 980540000397 'ТОО Фирма' $IIN Әбдіғалиева Айгүл Өмірқызы 'Almaty region' Konaev aigul@example.kz +77011234567
	printf 'key Enter Down Down Enter\n'
	in_lang "$spoken" title.documents
	printf 'shot documents\nkey Space Down Space Down*5 Space\nshot ticked\nkey End Enter\n'
	in_lang "$spoken" title.review
	printf 'shot review\nkey End Enter\n'
	in_lang "$spoken" title.consent
	printf 'key Space Down Space Down Space Down Space Down Enter\n'
	in_lang "$spoken" title.result
	printf 'wait "A5.pdf" 30s\nkey Enter\n'
	in_lang en idle.choose
} >"$STAGE/a.walk"
check "an entity's request" walk_or_show "$STAGE/a.walk"
number=$(last_number)
check "it waits for the desk" equal "$(state_of "$number")" at-desk
check "accepted" accept "$number"
{ collect "$number" 980540000397; in_lang "$spoken" result.delivered-medium 40s; printf 'key Enter\n'; } >"$STAGE/b.walk"
check "collected by whoever knows the BIN on it" walk_or_show "$STAGE/b.walk"
take() { cp "$STICK/$number.pem" "$STAGE/$number.pem"; }
check "on the stick" with_stick take
check "the certificate" certificate_is_good "$STAGE/$number.pem" entity www.firma.kz mail.firma.kz
check "in the entity's name" sh -c "openssl x509 -in '$STAGE/$number.pem' -noout -subject -nameopt utf8 | grep -q 'BIN980540000397'"
check "delivered, also at the centre" wait_until 20 in_replica "$number" delivered
echo "$checks checks"
