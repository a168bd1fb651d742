#!/usr/bin/env bash
# DOS-4 through the real program: in the cabinet a renewal asks what has changed; whoever has changed is led to the renewal at
# the office with what was answered. An application that differs from the old certificate although nothing was said to
# have changed gets no certificate: the CA looks, whatever the kiosk sends.
TOKEN=rutoken-head
. "$(dirname "$0")/desk-lib.sh"
PIN=$(persona_value "$TOKEN" user_pin)
SERIAL=$(printf '%16s' "$(persona_value "$TOKEN" serial)" | tr ' ' 0)
stage_up
check "a certificate" stage_rutoken_certificate "$TOKEN" kg-dostek-head "organisation=${FIRM[0]}" "organisation-number=${FIRM[1]}" title=директор
echo $((7800 * 3600 * 1000)) >"$STAGE/clock" # a year less 40 days
renew() {
	kg_service en cabinet
	see title.storage
	printf 'type 1\nwait "Rutoken ECP, No. %s" 20s\ntype 1\n' "$SERIAL"
	see title.enter 20s
	pin "$PIN"
	see home.news 20s
	printf 'type 1\n'
	see certificates.intro
	printf 'type 1\n'
	see title.certificate
	printf 'key Enter\n'
	see title.questions
}
{
	renew
	see dostek.q.change.passport
	printf 'type 6\n' # another position
	see dostek.why.changed
	printf 'expect "%s"\nshot leads\ntype 2\n' "$(said en dostek.renew)"
	see dostek.q.product
	printf 'key F10\n'
	see cancel.title
	printf 'type 2\n'
} >"$WALK"
play "another position: to the office"
{
	renew
	printf 'type 1\n'
	see title.review
	printf 'expect "%s"\nkey Home Enter\n' "${FIRM[1]}"
	see title.consent
	printf 'key Space Down Space Down Enter\n'
	see title.pin
	pin "$PIN"
	see title.result 90s
} >"$WALK"
play "nothing has changed: renewed"
check "delivered" equal "$(last_state)" delivered
check "at the centre" wait_until 20 in_replica "$(last_number)" delivered
chains_hold
say "$checks checks"
