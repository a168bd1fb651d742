# Shared by the tests of what a PIN leaves behind and of cards that lie.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/../bad-days/lib.sh"
CANARY=$TOOLS/canary

needs_root() { [ "$(id -u)" = 0 ] || { say "skipped: reading another process's memory needs root"; exit 77; }; }
walk_in_background() {
	rm -f "$STAGE"/shots/*
	walk "$WALK" &
	walker=$!
}
walk_ends() { wait "$walker" || { cat "$STAGE/walk.out" >&2; return 1; }; }
# moment NAME: in a walk: the screen that ends the use of the PIN stands. The walker is stopped while the search goes on.
moment() { printf 'shot %s\nsleep 700ms\n' "$1"; }
search() { # NAME PIN…
	local name=$1
	shift
	# Each walk, the persons' files and the card's own file hold the PIN: they are the finger and the plastic.
	"$CANARY" --stage "$STAGE" --shot "$STAGE/shots/$name.txt" --except '*.walk' --except "$STAGE/cards/*" --except "*/found*" \
		"$@" >"$STAGE/found"
}
note() { # what was seen beyond the reader, for the end of the test
	grep -h '^looked .* ms' "$STAGE/found" | sed "s|$STAGE/shots/||" >>"$STAGE/found.when"
	grep -h '^reader-side' "$STAGE/found" | awk '{ print $2, $4 }' >>"$STAGE/found.beyond"
}
nowhere() { # NAME PIN…: 10 ms after this moment
	search "$@"
	local rc=$?
	note
	[ $rc = 0 ] || { say "$1 ($rc):"; cat "$STAGE/found" "$STAGE/walk.out" >&2; return 1; }
}
# held NAME PIN PROGRAM NUMBER: in this program alone, so many times: it is being typed, or OpenSC holds it
held() {
	search "$1" "$2"
	note
	equal "$(grep '^FOUND' "$STAGE/found" | awk '{ print $2, $4 }' | sort | uniq -c | sed 's/^ *//')" "$4 $3 UTF-8"
}
told() {
	sort -n -k 2 "$STAGE/found.when" | tail -n 1
	sort "$STAGE/found.beyond" | uniq -c | sed 's/^ */beyond the reader: /'
}
