# Days, for tests: whatever zone this machine is in, and at any hour. Sourced by stage.sh and centre.sh.
# shellcheck shell=bash

# kiosk_date [ARGUMENTS OF date]: in Kazakhstan, whose day the virtual cards have too; HOURS=6: in Kyrgyzstan
kiosk_date() { TZ=UTC-${HOURS:-5} date "$@"; }

# one_day: what counts by days, or makes cards of today, does not begin in the last minutes of one
one_day() {
	local left=$((86400 - ($(date +%s) + ${HOURS:-5} * 3600) % 86400))
	[ $left -gt 240 ] || sleep $((left + 1))
}

# working_day DAYS [SECONDS]: YYYY-MM-DD, by the calendar of the National Certification Authority
working_day() {
	/usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/working_day.py" \
		"$(dirname "${BASH_SOURCE[0]}")/../../screens/providers/kz-nca/calendars.yaml" provider "$@"
}
