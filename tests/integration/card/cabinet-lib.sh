# Shared by the tests of the cabinet: a stage, the way in, and a Rutoken with certificates of the sandbox CA.
# shellcheck shell=bash
# shellcheck disable=SC2034  # used by the tests
. "$(dirname "${BASH_SOURCE[0]}")/../nca/lib.sh"
TOKEN=${TOKEN:-rutoken-head}
PIN=$(persona_value "$TOKEN" user_pin)
SERIAL=$(printf '%16s' "$(persona_value "$TOKEN" serial)" | tr ' ' 0)
# Kiosk, agent and centre go by one clock, which a walk can move.
echo 0 >"$STAGE/clock"
CENTRE_CLOCK=$STAGE/clock

# Sentences are waited for in the language that is walked: English, where a test does not set another one.
see() { in_lang "$spoken" "$@"; }
to_devices() {
	local PROVIDER=kg-dostek
	begin "$spoken" cabinet
	see title.storage
	printf 'expect "Вход через токен"\ntype 1\n' # the guide's own words (seed 003), in each language
	see title.devices
}
to_enter() { to_devices; printf 'wait "%s" 20s\ntype 1\n' "$SERIAL"; see title.enter 20s; }
enter() { to_enter; pin "$PIN"; see home.news 20s; }
journal() { kiosk_sql "select count(*) from journal where kind='$1' and body like '%$2%'"; }

# cabinet_certificate ID PROFILE ORGANISATION TAX-NUMBER POSITION: on the token, which stays in the reader
cabinet_certificate() {
	ID=$1 check "a certificate of the sandbox CA" stage_rutoken_certificate "$TOKEN" "$2" \
		"organisation=$3" "organisation-number=$4" "title=$5"
}
sha_of() { sha256sum "$STAGE/$TOKEN.$1.der" | cut -d' ' -f1; } # as the centre names the certificate
