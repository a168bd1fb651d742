#!/usr/bin/env bash
# NCA-6 through the real program, card stack, agent and centre: one application, certificates on the identity card and on the
# SIM card. Usage: carriers.sh both|without|waiting|later|document
#   both     the SIM in the other reader; what lies on both is asked with pkcs11-tool and verified by openssl
#   without  the person goes without the SIM as soon as it is asked for
#   waiting  the centre is not reached while the SIM is worked on; the person goes without it, and its key leaves the SIM
#   later    power goes when the first card is finished; gone on with by the number, another card is named first
#   document an identity card that nothing but its document can be read of says who asks; the certificates go onto a token
# shellcheck disable=SC2154,SC2034  # names shared with lib.sh
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../chip/bench.sh"
SIM=sim-aigul
SIM_PIN=$(persona_value $SIM user_pin)
AIGUL=(Әбдіғалиева Айгүл Өмірқызы Алматы Қонаев aigul@example.kz +77011234567 -)
stage_up
n=$(next_number)

# to_carriers LANG PERSONA ID: on the spot, with this card, which is told by the message of this id; its chip has been read
to_carriers() {
	begin "$1" issue individual spot
	printf 'card insert %s\n' "$2"
	in_lang "$1" "$3"
	in_lang "$1" button.continue
	printf 'key Enter\n'
	in_lang "$1" document.read
	printf 'type 048315627\nkey Enter\ntype 17031994\nkey Enter\ntype 13062031\nkey Enter*2\nwait "ABDIGALIYEVA" 30s\nkey Enter\n'
	in_lang "$1" title.carriers
}
# to_first LANG: form A1, both carriers, up to the PIN of the identity card
to_first() {
	to_carriers "$1" aigul carrier.found
	printf 'type 4\nwait "A1.2"\n'
	answers "${AIGUL[@]}"
	to_submit "$1" Space
	in_lang "$1" pin.label
}
# to_second LANG: the identity card is finished, the SIM is asked for
to_second() {
	to_first "$1"
	pin 648219
	in_lang "$1" title.second-sim 90s
	in_lang "$1" second.done-id-card
	in_lang "$1" carrier.insert-sim
	printf 'wait "%s"\n' "$n"
}
sim_pin() { # LANG: the SIM is in
	printf 'wait "51c04a07" 20s\nkey Enter\n'
	in_lang "$1" pin.label
	pin "$SIM_PIN"
}
sql_one() { kiosk_sql "select $1 from journal where kind='$2' and json_extract(body,'\$.number')='$n' $3"; }
on_card() { # WHAT: both certificates with their keys
	card insert >/dev/null
	P11_SLOT=0
	check "$1: the identity card is seen" wait_until 10 p11 --list-objects
	check "$1: two pairs on the identity card" pairs_are 648219 2
}
sim_holds() { # WHAT SLOT PAIRS: nothing nameless either
	check "$1: on the SIM" equal "$("$BIN/tamga-vcard" --ctl "$STAGE/$2.ctl" status | grep -o 'keys=[0-9]* certs=[0-9]*')" "keys=$3 certs=$3"
}
of_both() { # WHAT
	local key
	delivered_everywhere "$1" "$n"
	for key in sign auth sim-sign; do
		check "$1: certificate $key" cert_of "$n" $key
		check "$1: $key names the person" grep -q IIN940317450215 <(x509 -subject -nameopt utf8)
		check "$1: $key: the chain" grep -q ': OK$' <(openssl verify -engine gost -CAfile "$STAGE/agent/ca-trust.pem" "$STAGE/cert.pem" 2>&1)
	done
	check "$1: both tokens are in use" equal "$(kiosk_sql "select group_concat(state) from token")" in-use,in-use
	check "$1: what is where" equal "$(kiosk_sql "select group_concat(json_extract(c.value,'\$.key')||' '||json_extract(c.value,'\$.carrier'))
		from journal, json_each(body,'\$.certificates') c where kind='application.delivered'")" "sign id-card,auth id-card,sim-sign sim"
}
receipt_says() { # WHAT LANG ID: in the person's language
	check "$1: the receipt says it" wait_until 20 grep -qF "$(said "$2" "$3")" "$STAGE/receipts/$n.txt"
}
without() { # LANG: the safe answer has the focus, so a stray Enter leaves nothing out
	in_lang "$1" second.no
	printf 'key Enter\nsleep 300ms\n'
	in_lang "$1" "$2"
	printf 'key %s\n' "$3"
	in_lang "$1" second.no
	printf 'key Down Enter\n'
}
part() { # LANG: the result says what was written where, and what was not
	in_lang "$1" result.text-part 60s
	printf 'size 100x60\n'
	in_lang "$1" written.on-id-card
	in_lang "$1" written.not-sim
	printf 'key Enter\nsize 80x24\n'
}
delivered_without() { # WHAT LANG
	delivered_everywhere "$1" "$n"
	check "$1: recorded" equal "$(sql_one "json_extract(body,'\$.without')||' '||json_array_length(body,'\$.certificates')" application.delivered)" "sim 2"
	receipt_says "$1" "$2" written.not-sim
	by_number "$2" "$n" >"$WALK"
	in_lang "$2" state.delivered >>"$WALK"
	in_lang "$2" written.not-sim >>"$WALK"
	play "$1: its number says what is missing"
}

journey_both() {
	local language
	language=$(turn kk)
	{
		to_second "$language"
		printf 'token insert %s\n' $SIM
		sim_pin "$language"
		in_lang "$language" result.text-both 90s
		printf 'size 100x60\n'
		in_lang "$language" written.on-id-card
		in_lang "$language" written.on-sim
		printf 'key Enter\n'
	} >"$WALK"
	play "both ($language)"
	of_both both
	on_card both
	P11_SLOT=4
	check "both: one pair on the SIM" pairs_are "$SIM_PIN" 1
	sim_holds both token 1
	receipt_says both "$language" written.on-sim
}

journey_without() {
	local language
	language=$(turn ky)
	{
		to_second "$language"
		printf 'key Enter\n'
		without "$language" title.second-sim Enter
		part "$language"
	} >"$WALK"
	play "without ($language)"
	delivered_without without "$language"
	on_card without
	check "without: nothing was begun on it" equal "$(sql_one 'count(*)' chip.intent "and json_extract(body,'\$.purpose')='sim'")" 0
}

journey_waiting() {
	local language
	language=$(turn ru)
	{
		to_second "$language"
		printf 'token insert %s\nnet down\n' $SIM
		sim_pin "$language"
		in_lang "$language" title.waiting 60s
		printf 'key Down*3 Enter\n'
		without "$language" title.waiting Enter
		in_lang "$language" pin.label
		pin "$SIM_PIN"
		part "$language"
		printf 'net up\n'
	} >"$WALK"
	play "waiting ($language)"
	delivered_without waiting "$language"
	sim_holds waiting token 0
	check "waiting: taken back, and it says from which" equal \
		"$(sql_one "json_extract(body,'\$.purpose')||' '||json_extract(body,'\$.serial')" chip.done "and json_extract(body,'\$.step')='undo'")" "sim 0000000051c04a07"
	on_card waiting
}

fresh_slot() { # the identity card back into the reader where the SIM lies
	"$TOP/kiosk-image/lib/hook" "$STAGE" "$BIN" card aigul >/dev/null
}
journey_later() {
	local language
	language=$(turn en)
	{
		to_second "$language"
		printf 'kill kiosk\ncard pull\nrestart kiosk\n'
		by_number "$language" "$n"
		printf 'key Enter\n'
		in_lang "$language" status.proof
		printf 'type 940317450215\nkey Enter\n'
		in_lang "$language" title.second-sim
		in_lang "$language" carrier.insert-sim
		printf 'card insert rutoken-kz-foreign\n' # in its place
		in_lang "$language" error.card-other
		printf 'card insert %s\n' $SIM
		sim_pin "$language"
		in_lang "$language" result.text-both 90s
		printf 'key Enter\n'
	} >"$WALK"
	play "later ($language)"
	of_both later
	sim_holds later card 1
	check "later: the keys of the first card were made once" equal "$(sql_one 'count(*)' chip.intent "and json_extract(body,'\$.step')='generate'")" 3
	fresh_slot
	on_card later
}

journey_document() {
	local language token=rutoken-kz-employee pin
	language=$(turn kk)
	pin=$(persona_value $token user_pin)
	{
		to_carriers "$language" aigul-soma carrier.known
		in_lang "$language" carriers.sim
		printf 'type 1\n'
		in_lang "$language" carrier.insert-token
		printf 'token insert %s\n' $token
		in_lang "$language" carrier.found
		printf 'key Enter\nwait "A1.2"\n'
		answers "${AIGUL[@]}"
		to_submit "$language" Space
		in_lang "$language" pin.label
		pin "$pin"
		in_lang "$language" result.text 120s
		printf 'key Enter\n'
	} >"$WALK"
	play "document ($language)"
	delivered_everywhere document "$n"
	for key in sign auth; do
		check "document: certificate $key" cert_of "$n" $key
		check "document: $key names the person" grep -q IIN940317450215 <(x509 -subject -nameopt utf8)
	done
	sim_holds document token 2
	check "document: nothing was written to the identity card" equal \
		"$("$BIN/tamga-vcard" --ctl "$STAGE/card.ctl" status | grep -o 'keys=[0-9]* certs=[0-9]*')" "keys=0 certs=0"
	check "document: it names the token" equal "$(sql_one "json_extract(body,'\$.carrier.purpose')" application.submitted)" token
}

"journey_$1"
chains_hold
echo "$1: $checks checks"
