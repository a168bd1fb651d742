# Shared by the tests of the desk and the lock of Kyrgyz providers: the way to a form that goes to the desk.
# shellcheck shell=bash disable=SC2034  # used by the tests
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
echo 0 >"$STAGE/clock"
CENTRE_CLOCK=$STAGE/clock # kiosk, agent and centre go by one clock, which a walk can move

# kg_service LANG SERVICE: from idle to what the service begins with
kg_service() {
	printf 'size 100x60\n'
	in_lang "$1" idle.choose
	printf 'type %s\n' "$(number_of "$1")"
	in_lang "$1" title.provider
	printf 'type %s\n' "$(provider_key)"
	in_lang "$1" title.service
	printf 'type %s\n' "$(service_key "$2")"
}
# kg_submit LANG PAPERS: from "continue" of the form to the number; PAPERS: documents that are ticked, from the first
kg_submit() {
	local i
	printf 'key End Enter\n'
	if [ "$2" -gt 0 ]; then
		in_lang "$1" title.documents
		printf 'key Home\n'
		for i in $(seq "$2"); do printf 'key Space Down\n'; done
		printf 'key End Enter\n'
	fi
	in_lang "$1" title.review
	printf 'key End Enter\n'
	in_lang "$1" title.consent
	printf 'key Space Down Enter\n'
	in_lang "$1" title.result 30s
	in_lang "$1" work.registered 20s
}
kg_done() { printf 'key Enter\n'; see idle.choose; }
# Tokens of the stage stand in the second reader: the clerk's takes the place of the person's.
kg_desk() {
	printf 'token pull\nsize 100x90\n'
	see idle.choose
	printf 'token insert %s\nkey F9\n' $STAFF
	in_lang ru staff.pin-label
	pin "$STAFF_PIN"
	in_lang ru desk.find
}
kg_open() { printf 'type %s\nkey Enter\n' "$1"; }
# kg_accept PAPERS: marks them from the consent upwards, consent, registers, accepted
kg_accept() {
	local i
	printf 'key End Up*2 Space\n'
	for i in $(seq "$1"); do printf 'key Up Space\n'; done
	printf 'key End Up Enter\n'
	in_lang ru desk.compare-again
	printf 'key End Enter\n'
	in_lang ru title.desk-decide
	in_lang ru desk.accept
	printf 'key Home Enter\nkey End Enter\n'
	in_lang ru title.desk-done
}
kg_leave() {
	printf 'key F10\n'
	in_lang ru desk.leave-text
	printf 'type 2\n'
	see idle.choose
	printf 'token pull\n'
}
state_here() { kiosk_sql "select state from application where number='$1'"; }
at_centre() { wait_until 20 in_replica "$1" "$2"; }
