# Shared by the walks of the National Certification Authority's services: one kind of applicant after the other, by every way,
# through the real program with cards, agent and centre. Pieces of walks are written to standard output; they wait for
# numbers of questions ("A2.2") and for sentences of the language that is walked, never for words of the program.
# shellcheck shell=bash disable=SC2034  # used by the tests
. "$(dirname "${BASH_SOURCE[0]}")/../bad-days/lib.sh"
for need in pkcs11-tool openssl certtool pdftotext; do
	command -v $need >/dev/null || { echo "skipped: $need is missing" >&2; exit 77; }
done
STAFF=staff-gulmira
PRESENTER=() # surname, given name and IIN of who hands in for another

# turn LANG: a journey is written down in one language and played in it or, with TAMGA_LANGUAGE_TURN=1, 2 or 3, in the one so many
# places further: the four turns together walk each kind and way in each language.
turn() {
	local languages=(kk ky ru en) i
	for i in 0 1 2 3; do
		[ "${languages[i]}" = "$1" ] && echo "${languages[(i + ${TAMGA_LANGUAGE_TURN:-0}) % 4]}"
	done
}

spoken=$(turn en) # of walks in one language

# in_lang LANG ID [TIME]: waits for a sentence
in_lang() { printf 'wait "%s" %s\n' "$(said "$1" "$2" | sed 's/"/\\"/g')" "${3:-20s}"; }

# Positions of kinds and ways, as the data have them (service_key: bad-days/lib.sh).
kinds_of() { sed -n '/^kinds:/,$s/^  - id: //p' "$(its_file "services/$1")"; }
kind_key() { kinds_of "$1" | nth_of "$2"; }
# Ways of a kind that an ordinary kiosk offers: a visit to the address needs a field set.
ways_of() {
	awk -v kind="  - id: $2" '$0 == kind { on = 1; next } on && /^  - id: / { exit } on && $1 == "ways:" { $1 = ""; print }' \
		"$(its_file "services/$1")" | tr ' ' '\n' | grep -v -e '^$' -e '^address$'
}
way_key() { ways_of "$1" "$2" | nth_of "$3"; }

# pick N: the line of this place; from the tenth on no digit chooses it
pick() { if [ "$1" -le 9 ]; then printf 'type %s\n' "$1"; else printf 'key Down*%s Enter\n' $(($1 - 1)); fi; }

# begin LANG SERVICE [KIND [WAY]]: from idle to what follows the way; lists of one are no question
begin() {
	printf 'size 80x24\n'
	in_lang "$1" idle.choose
	printf 'type %s\n' "$(number_of "$1")"
	in_lang "$1" title.provider
	printf 'type %s\n' "$(provider_key)"
	in_lang "$1" title.service
	pick "$(service_key "$2")"
	[ -z "${3:-}" ] || [ "$(kinds_of "$2" | wc -l)" -eq 1 ] || { in_lang "$1" title.kind; printf 'type %s\n' "$(kind_key "$2" "$3")"; }
	[ -z "${4:-}" ] || [ "$(ways_of "$2" "$3" | wc -l)" -eq 1 ] || { in_lang "$1" title.way; printf 'type %s\n' "$(way_key "$2" "$3" "$4")"; }
}

# answers VALUE…: of the form's questions in order; "-" leaves one empty
answers() {
	local value
	for value; do
		[ "$value" = - ] || printf 'type %s\n' "$value"
		printf 'key Enter\n'
	done
}

# finish LANG: from "continue" of the form over documents, review and declarations
to_submit() { # LANG [DOCUMENTS…: lines to tick, from the one that has the focus]
	local lang=$1
	shift
	printf 'key End Enter\n'
	[ "${1:-}" = none ] || {
		in_lang "$lang" title.documents
		[ $# -eq 0 ] || printf 'key %s\n' "$*"
		[ "${#PRESENTER[@]}" -eq 0 ] || { printf 'key Down\n'; answers "${PRESENTER[@]}"; }
		[ -z "${AFTER:-}" ] || printf 'key %s\n' "$AFTER" # the documents behind the presenter's names
		[ -z "${DATED:-}" ] || printf 'type %s\nkey Down\n' "$DATED"
		printf 'key End Enter\n'
	}
	in_lang "$lang" title.review
	printf 'key End Enter\n'
	[ "${CONSENTS:-4}" = 0 ] || {
		in_lang "$lang" title.consent
		for _ in $(seq "${CONSENTS:-4}"); do printf 'key Space Down\n'; done
		printf 'key Enter\n'
	}
}

# The desk of this stage: a role at the centre, a member of staff with a token.
desk_ready() {
	"$BIN/tamgactl" kiosk role K01 desk --data "$STAGE/centre" >"$STAGE/tool.out" || fail "the kiosk is no desk"
	stage_staff $STAFF
	token pull >/dev/null # of two cards the kiosk keeps to the one it has
	sleep 0.5
}

# The clerk's keys, in the office's language. at_desk: from idle to the queue.
STAFF_PIN=$(persona_value $STAFF user_pin)
at_desk() {
	printf 'size 100x90\n'
	in_lang en idle.choose
	printf 'token insert %s\nkey F9\n' $STAFF
	in_lang ru staff.pin-label
	pin "$STAFF_PIN"
	in_lang ru desk.find
}
# The amount that is due is paid in cash: the first line of the application; amount, reference, bank, cash.
desk_cash() {
	printf 'key Home Enter\n'
	in_lang ru title.desk-payment
	printf 'key Home Down*3 Enter\n'
	in_lang ru desk.pay.noted
	printf 'key End Enter\n'
	in_lang ru desk.documents
}
# desk_accept NUMBER KEYS: with PAID the money comes first; KEYS go upwards from the consent and mark the documents that are shown; registers; accepted
desk_accept() {
	local step
	printf 'wait "%s"\n' "$1"
	printf 'type %s\nkey Enter\n' "$1"
	in_lang ru desk.documents
	[ -z "${PAID:-}" ] || desk_cash
	printf 'key End Up*2 Space\n'
	[ -z "$2" ] || printf 'key %s\n' "$2"
	printf 'key End Up Enter\n'
	in_lang ru desk.compare-again
	printf 'key End Enter\n'
	in_lang ru title.desk-decide
	in_lang ru desk.accept
	printf 'key Home Enter\nkey End Enter\n'
	in_lang ru title.desk-done
	in_lang ru desk.next
	printf 'key Home Enter\n'
	in_lang ru desk.find
}
leave_desk() {
	printf 'key End Enter\n'
	in_lang en idle.choose
	printf 'token pull\nsize 80x24\n'
}

# by_number LANG NUMBER: the state of an application on the screen
by_number() {
	begin "$1" status
	in_lang "$1" status.number
	printf 'type %s\nkey Enter\n' "$2"
	printf 'wait "%s ·" 20s\n' "$2"
}
# go_on LANG NUMBER IIN-OR-BIN PIN [CARD SLOT]: an accepted application with the card that is in
go_on() {
	by_number "$1" "$2"
	printf 'key Enter\n'
	in_lang "$1" status.proof
	printf 'type %s\nkey Enter\n' "$3"
	in_lang "$1" title.resume-accepted
	printf 'wait "[ %s ]" 20s\nkey Enter\n' "$(said "$1" resume.continue)" # when the card was looked at
	in_lang "$1" pin.label
	pin "$4"
	in_lang "$1" title.result 90s
	in_lang "$1" result.text
	printf 'key Enter\n'
}

# next_number: the number that this kiosk gives next. Numbers are given in order; the walk that comes has to type them.
# shellcheck disable=SC2120  # the walks of Kyrgyzstan give several at once
next_number() { "$BIN/tamgactl" number new --kiosk-no "$(cat "$STAGE/agent/kiosk-number")" --counter "$(($(kiosk_sql "select count(*) from application" 2>/dev/null || echo 0) + 1 + ${1:-0}))"; }

# What the centre's replica holds of a delivered key: cert_of NUMBER KEY leaves $STAGE/cert.pem
cert_of() {
	centre_sql "select json_extract(body,'$.certificate') from journal where kind='chip.done' and json_extract(body,'$.number')='$1'
		and json_extract(body,'$.key')='$2' and json_extract(body,'$.step')='enrol'" | tail -n 1 | base64 -d >"$STAGE/cert.der" &&
		openssl x509 -engine gost -inform DER -in "$STAGE/cert.der" -out "$STAGE/cert.pem" 2>/dev/null
}
x509() { openssl x509 -engine gost -in "$STAGE/cert.pem" -noout "$@" 2>/dev/null; }
# certificate WHAT NUMBER KEY TEXT…: by openssl and by certtool: these texts, a year, the chain, the carrier's private key proven
certificate() {
	local what=$1 number=$2 key=$3 text from until
	shift 3
	check "$what: certificate $key is in the replica" cert_of "$number" "$key"
	x509 -text -nameopt utf8,sep_comma_plus >"$STAGE/x509.txt"
	certtool -i --inder --infile "$STAGE/cert.der" >"$STAGE/certtool.txt" 2>/dev/null
	for text; do check "$what: $key says «$text»" grep -qF -- "$text" "$STAGE/x509.txt"; done
	from=$(date -d "$(x509 -startdate | cut -d= -f2)" +%s) until=$(date -d "$(x509 -enddate | cut -d= -f2)" +%s)
	check "$what: $key is good for a year" equal $(((until - from) / 86400)) 365
	check "$what: $key: the chain" grep -q ': OK$' <(openssl verify -engine gost -CAfile "$STAGE/agent/ca-trust.pem" "$STAGE/cert.pem" 2>&1)
	check "$what: $key: certtool reads the same number" grep -qi "$(x509 -serial | cut -d= -f2)" <(tr -d ':' <"$STAGE/certtool.txt")
}
delivered_everywhere() { # WHAT NUMBER
	check "$1: delivered here" equal "$(kiosk_sql "select state from application where number='$2'")" delivered
	check "$1: delivered at the centre" wait_until 20 in_replica "$2" delivered
}

# Journeys. The answers come in FILLED, the keys for the questions before the form in QUESTIONS; $n is the application's number
# afterwards.

# filled LANG SERVICE KIND WAY FIRST-FIELD DOCUMENT-KEYS: up to the result "go to the desk"
filled() {
	begin "$1" "$2" "$3" "$4"
	[ -z "${QUESTIONS:-}" ] || { in_lang "$1" title.questions; printf 'key %s\n' "$QUESTIONS"; }
	printf 'wait "%s"\n' "$5"
	answers "${FILLED[@]}"
	# shellcheck disable=SC2086
	to_submit "$1" $6
}
printed() { # LANG: the number is on the screen, the filled form on paper
	printf 'wait "%s"\n' "$n"
	in_lang "$1" paper.where 30s
	printf 'key Enter\n'
}

# With CONFIRMED=LANG the head confirms before the visit, in that language.
# paper LANG KIND WAY FIRST-FIELD DOCUMENT-KEYS DESK-KEYS IIN-OR-BIN PIN CARD: filled, accepted at the desk, delivered
paper() {
	set -- "$(turn "$1")" "${@:2}"
	n=$(next_number)
	{
		filled "$1" issue "$2" "$3" "$4" "$5"
		if [ "${CONFIRMED:-}" ]; then in_lang "$1" result.confirming; else in_lang "$1" result.at-desk; fi
		printed "$1"
		[ -z "${CONFIRMED:-}" ] || head_confirms "$(turn "$CONFIRMED")" "$n"
		at_desk
		desk_accept "$n" "$6"
		leave_desk
		printf 'card insert %s\nsleep 1200ms\n' "$9" # until the readers are quiet
		go_on "$1" "$n" "$7" "$8"
	} >"$WALK"
	play "$2, $3 ($1)"
	delivered_everywhere "$2, $3" "$n"
}

# What was done on the card, in order.
steps_done() { kiosk_sql "select group_concat(json_extract(body,'$.step')) from journal where kind='chip.done' and json_extract(body,'$.number')='$1'"; }
# signed_keys NUMBER: by openssl, the CMS in the replica is signed, names this number and holds the public keys that were made on
# the card, and where there are certificates theirs
signed_keys() {
	local key spki
	centre_sql "select json_extract(body,'$.signed') from journal where kind='application.signed' and json_extract(body,'$.number')='$1'" |
		base64 -d >"$STAGE/signed.der" &&
		openssl cms -verify -engine gost -inform DER -in "$STAGE/signed.der" -noverify -out "$STAGE/signed.json" 2>/dev/null &&
		[ "$(jq -r .number "$STAGE/signed.json")" = "$1" ] || return 1
	[ "$(jq '.keys | length' "$STAGE/signed.json")" -gt 0 ] || return 1
	for key in $(jq -r '.keys[].key' "$STAGE/signed.json"); do
		spki=$(jq -r --arg k "$key" '.keys[] | select(.key == $k) | .spki' "$STAGE/signed.json")
		[ "$spki" = "$(kiosk_sql "select json_extract(body,'$.spki') from journal where kind='chip.done' and json_extract(body,'$.number')='$1'
			and json_extract(body,'$.key')='$key' and json_extract(body,'$.step')='generate'")" ] || return 1
		cert_of "$1" "$key" || continue # refused: there is none
		[ "$(x509 -pubkey | sed '/---/d' | tr -d '\n')" = "$spki" ] || return 1
	done
}

# choose_signer LANG N: once the list is there; revoked ones that cannot be chosen may have pushed its first lines off the screen
choose_signer() {
	in_lang "$1" title.company-sign
	printf 'sleep 500ms\nwait "> 1 "\ntype %s\n' "$2" # the list of devices, which has such a line too, is gone from the screen
}

# signed LANG KIND SERIAL FIRST-FIELD PIN: with a certificate of the card that is in (the one with CHOICE on the list, where
# there are several); the new keys on the same visit
signed() {
	set -- "$(turn "$1")" "${@:2}"
	n=$(next_number)
	{
		begin "$1" issue "$2" signature
		[ -z "${QUESTIONS:-}" ] || { in_lang "$1" title.questions; printf 'key %s\n' "$QUESTIONS"; }
		printf 'wait "%s" 20s\ntype 1\n' "$3"
		[ -z "${CHOICE:-}" ] || choose_signer "$1" "$CHOICE"
		printf 'wait "%s" 20s\n' "$4"
		answers "${FILLED[@]}"
		# shellcheck disable=SC2086
		to_submit "$1" ${DOCUMENTS:-}
		in_lang "$1" pin.sign
		in_lang "$1" pin.label
		pin "$5"
		in_lang "$1" result.text 90s
		printf 'wait "%s"\nkey Enter\n' "$n"
	} >"$WALK"
	play "$2, signature ($1)"
	delivered_everywhere "$2, signature" "$n"
	check "$2: what was signed holds the keys of the certificates" signed_keys "$n"
	check "$2: the centre found the signature good" equal "$(centre_sql "select json_extract(body,'$.code') from journal where kind='application.verified' and body like '%$n%'")" 0
}

# revoked LANG KIND WAY FIRST-FIELD DOCUMENT-KEYS DESK-KEYS: a revocation with papers; the serial numbers stand in FILLED
revoked() {
	set -- "$(turn "$1")" "${@:2}"
	n=$(next_number)
	{
		printf 'card pull\n' # what is on a card would be offered to be picked
		CONSENTS=3 filled "$1" revoke "$2" "$3" "$4" "$5"
		in_lang "$1" result.at-desk
		printed "$1"
		at_desk
		desk_accept "$n" "$6"
		leave_desk
		by_number "$1" "$n"
		in_lang "$1" state.revoked
		printf 'key End Enter\n'
	} >"$WALK"
	play "revocation: $2, $3 ($1)"
	check "revocation: $2, $3: at the centre" in_replica "$n" revoked
}
# revoked_signed LANG KIND SERIAL FIRST-FIELD PIN [PICK-KEYS]: by signature; certificates picked from the card
revoked_signed() {
	set -- "$(turn "$1")" "${@:2}"
	n=$(next_number)
	{
		[ -z "${CARD:-}" ] || printf 'card insert %s\nsleep 1200ms\n' "$CARD"
		begin "$1" revoke "$2" signature
		[ -z "${QUESTIONS:-}" ] || { in_lang "$1" title.questions; printf 'key %s\n' "$QUESTIONS"; }
		printf 'wait "%s" 20s\ntype 1\n' "$3"
		[ -z "${CHOICE:-}" ] || choose_signer "$1" "$CHOICE"
		in_lang "$1" title.pick
		printf 'key %s\nkey End Enter\nwait "%s"\n' "${6:-Space}" "$4"
		answers "${FILLED[@]}"
		# shellcheck disable=SC2086
		CONSENTS=3 to_submit "$1" ${DOCUMENTS:-}
		in_lang "$1" pin.label
		pin "$5"
		in_lang "$1" result.revoked 60s
		printf 'key Enter\n'
	} >"$WALK"
	play "revocation: $2, signature ($1)"
	check "revocation: $2, signature: at the centre" in_replica "$n" revoked
}
# in_crl SERIAL: the newest list of the sandbox CA, fetched as anybody may and read by openssl, has it
in_crl() {
	local list
	for list in issuing issuing-gost; do
		curl -s --cacert "$STAGE/centre/channel-ca.pem" "$CENTRE_URL/crl/$list.crl" -o "$STAGE/list.crl" &&
			openssl crl -inform DER -in "$STAGE/list.crl" -noout -text 2>/dev/null | grep -qi "Serial Number: $1" && return
	done
	return 1
}
serials_of() { kiosk_sql "select json_extract(j.value,'$.serial') from journal, json_each(body,'$.certificates') j where kind='application.delivered' and json_extract(body,'$.number')='$1'"; }

# second_kiosk [ROLE]: own stream, own database, own agent; the readers are the same.
second_kiosk() {
	"$BIN/tamga-agent" --enrol --centre "$CENTRE_URL" --secret-file "$STAGE/centre/enrolment-secret" --kiosk K02 \
		--out "$STAGE/agent2" >"$STAGE/enrol2.log" 2>&1 || { cat "$STAGE/enrol2.log" >&2; return 1; }
	[ -z "${1:-}" ] || "$BIN/tamgactl" kiosk role K02 "$1" --data "$STAGE/centre" >/dev/null || return 1
	sed -e "s|K01|K02|;s|$STAGE/kiosk.db|$STAGE/kiosk2.db|;s|$STAGE/agent.sock|$STAGE/agent2.sock|;s|$STAGE/agent\$|$STAGE/agent2|;s|net-down|net-down2|" \
		"$STAGE/agent.yaml" >"$STAGE/agent2.yaml"
	sed -e "s|K01|K02|;s|^kiosk_no:.*|kiosk_no: $(cat "$STAGE/agent2/kiosk-number")|;s|$STAGE/kiosk.db|$STAGE/kiosk2.db|" \
		-e "s|$STAGE/agent.sock|$STAGE/agent2.sock|;s|$STAGE/agent/|$STAGE/agent2/|;s|kiosk.log|kiosk2.log|" \
		"$STAGE/kiosk.yaml" >"$STAGE/kiosk2.yaml"
	trap 'stop_pid "$STAGE/agent2.pid"; test_finish' EXIT
	setsid "$BIN/tamga-agent" --config "$STAGE/agent2.yaml" >"$STAGE/agent2.out" 2>&1 &
	echo $! >"$STAGE/agent2.pid"
	wait_until 20 test -S "$STAGE/agent2.sock"
}
# at_second WHAT: the walk is played at the second kiosk
at_second() {
	mv "$STAGE/kiosk.yaml" "$STAGE/kiosk1.yaml"
	cp "$STAGE/kiosk2.yaml" "$STAGE/kiosk.yaml"
	check "$1" walk_or_show "$WALK"
	mv "$STAGE/kiosk1.yaml" "$STAGE/kiosk.yaml"
}
second_sql() { sqlite3 -batch "$STAGE/kiosk2.db" "$1"; }
