# shellcheck shell=bash disable=SC2154,SC2034
# Sourced by tests that run the centre as its unit file says. Sets $unit, $names (a file with the allowed system calls).
unit=$here/../../../kiosk-image/centre/tamga-centre.service
command -v systemd-analyze >/dev/null || { echo "skipped: systemd-analyze is missing" >&2; exit 77; }
[ -x "$build/tests/under-unit" ] || { echo "skipped: under-unit is not built" >&2; exit 77; }

expand() { # GROUP|CALL: the system calls it stands for, by systemd's own lists
	case $1 in
	@*) systemd-analyze syscall-filter "$1" 2>/dev/null | sed -n 's/^    \([^#]*\)$/\1/p' | while read -r one; do expand "$one"; done ;;
	*) echo "$1" ;;
	esac
}

# The lines of the unit in their order: the first one makes the list, those with "~" take away, others add.
filter_names() { # OUT
	local line word
	: >"$1"
	while read -r line; do
		for word in ${line#\~}; do
			expand "$word" | sort -u >"$1.part"
			if [ "${line#\~}" = "$line" ]; then sort -u "$1" "$1.part" >"$1.new"; else sort -u "$1" | comm -23 - "$1.part" >"$1.new"; fi
			mv "$1.new" "$1"
		done
	done < <(sed -n 's/^SystemCallFilter=//p' "$unit")
	# What systemd allows every unit that has a list.
	expand @default | sort -u - "$1" >"$1.new" && mv "$1.new" "$1" && rm -f "$1.part"
}
