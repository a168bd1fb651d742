# Shared by kiosk-image/demo, tests/run and tests/bench/run: packages and build. Sourced by bash.
# shellcheck shell=bash

PATH=$PATH:/usr/sbin:/sbin # pcscd, for people who are not root
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# need_packages LISTFILE…: names what is missing before it is installed.
need_packages() {
	local missing
	# shellcheck disable=SC2046
	missing=$(for name in $(cat "$@"); do
		dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || printf '%s ' "$name"
	done)
	[ -n "$missing" ] || return 0
	say "Installing from Debian: $missing"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || say "apt-get update failed; trying with the lists there are"
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
		fail "These packages could not be installed: $missing"
}

# build PRESET [TARGET…]: configures once, builds what changed. Quiet unless it fails.
build() {
	local preset=$1 log
	shift
	log=$(mktemp)
	if ! { cd "$TOP" && { [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset"; } &&
		cmake --build --preset "$preset" ${1:+--target "$@"}; } >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		fail "The build ($preset) failed."
	fi
	rm -f "$log"
}
