# Shared by the bad days: a stage, pieces of walks, and the sentences that must stand on the screen. What is expected is
# read from the translators' files (locale/*.po), never from the program.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/../../lib/stage.sh"
WALK=$STAGE/at.walk
LANGS="kk ky ru en"

# said LANG ID: the sentence up to its first {place}, at most seven words: more may be cut by the edge of a small screen.
said() {
	local text
	text=$(awk -v id="msgid \"$2\"" '
		$0 == id { found = 1; next }
		found && /^msgstr/ { sub(/^msgstr "/, ""); sub(/"$/, ""); text = $0; open = 1; next }
		found && open && /^"/ { sub(/^"/, ""); sub(/"$/, ""); text = text $0; next }
		found && open { exit }
		END { print text }' "$TOP/locale/$1.po" | sed 's/\\"/"/g; s/{.*//; s/ *$//' | cut -d ' ' -f 1-7)
	[ -n "$text" ] || fail "locale/$1.po says nothing for $2"
	printf '%s' "$text"
}

# Pieces of walks are written to standard output and gathered in $WALK.
see() { printf 'wait "%s" %s\n' "$(said en "$1" | sed 's/"/\\"/g')" "${2:-15s}"; }
number_of() { case $1 in kk) echo 1 ;; ky) echo 2 ;; ru) echo 3 ;; en) echo 4 ;; esac; }

# four CODE ID…: on the screen at hand, each language in turn: the sentences are there, and the code. Ends in English.
four() {
	local code=$1 lang id
	shift
	for lang in $LANGS; do
		printf 'key F2\nwait "%s"\ntype %s\n' "$(said en language.title)" "$(number_of $lang)" |
			sed "s/$(said en language.title)/$(said "${before:-en}" language.title)/"
		before=$lang
		for id in "$@"; do printf 'wait "%s"\n' "$(said $lang "$id" | sed 's/"/\\"/g')"; done
		[ -z "$code" ] || printf 'expect "%s"\n' "$code"
	done
	before=en
}

# Idle: four languages at once, no key. A small screen shows them one page after the other.
idle_four() { # CODE ID
	local lang
	echo 'size 120x60'
	for lang in $LANGS; do printf 'wait "%s" 20s\n' "$(said $lang "$2" | sed 's/"/\\"/g')"; done
	printf 'expect "%s"\nsize 80x24\n' "$1"
}

# Positions of providers and services on the screen, as the data have them: the walk types the digit.
PROVIDER=kz-nca
its_file() { echo "$TOP/screens/providers/$PROVIDER/$1.yaml"; }
services() { sed -n '/^services:/,/^[a-z]/s/^  - //p' "$(its_file provider)"; }
open_services() { for s in $(services); do grep -q '^open: true' "$(its_file "services/$s")" && echo "$s"; done; }
nth_of() { grep -nx "$1" | cut -d: -f1; }
provider_key() { sed -n '/^providers:/,/^$/s/^  - //p' "$TOP/screens/catalog.yaml" | nth_of $PROVIDER; }
service_key() { open_services | nth_of "$1"; }
to_service() { printf 'size 80x24\n'; see idle.choose; printf 'type 4\nwait "Choose the certification authority"\ntype 1\nwait "Choose the service"\ntype 1\nwait "Who is applying?"\ntype 1\nwait "How are you applying?"\ntype 1\n'; }
# read_chip PERSONA [LANG]: what opens the chip of this identity card is typed, and it is read
digits_of() { plastic "$1" "$2" | sed 's/\(....\)-\(..\)-\(..\)/\3\2\1/'; } # 1994-03-17 → 17031994
typed_data() { printf 'type %s\nkey Enter\ntype %s\nkey Enter\ntype %s\nkey Enter\n' "$(persona_value "$1" document)" "$(digits_of "$1" birth)" "$(digits_of "$1" expiry)"; }
see_in() { printf 'wait "%s" %s\n' "$(said "$1" "$2" | sed 's/"/\\"/g')" "${3:-20s}"; }
read_chip() { see_in "${2:-en}" document.read; typed_data "$1"; printf 'key Enter\n'; see_in "${2:-en}" reading.person 30s; }
# identified PERSONA [LANG]: on CARRIER, the identity card is put in and says who asks; ends where the carriers are asked for
identified() {
	printf 'card insert %s\nwait "%s" 20s\nkey Enter\n' "$1" "$(persona_value "$1" serial)"
	read_chip "$@"
	printf 'key Enter\n'
	see_in "${2:-en}" title.carriers
}
# onto PURPOSE: where the certificates of an individual go, by its place in the data
onto() {
	printf 'type %s\n' "$(awk '$0 == "  - id: individual" { on = 1 } on && $1 == "carriers:" { $1 = ""; print; exit }' \
		"$TOP/screens/providers/kz-nca/services/issue.yaml" | tr ' ' '\n' | grep . | nth_of "$1")"
}
to_pin() { cat "$TOP/tests/lib/a1-to-pin.walk"; }
# The form and all behind it, when who asks is known.
answers_to_pin() { sed -n '/^wait "A1.2"/,$p' "$TOP/tests/lib/a1-to-pin.walk"; }
# The form and all behind it, when another card is in or the carrier screen was passed by other means.
form_to_pin() { sed -n '/^wait "Read the chip"/,$p' "$TOP/tests/lib/a1-to-pin.walk"; }
pin() { printf 'type %s\nkey Enter\n' "$1"; }
# The result is longer than a small screen, which shows where the cursor is.
delivered() { see title.result 90s; printf 'size 100x50\n'; see result.text; see button.receipt; printf 'size 80x24\n'; }
# The card may lie in the reader from the walk before: then the way to its work is another one.
to_resume() { card pull >/dev/null 2>&1; to_service; printf 'card insert aigul\n'; see title.resume; see resume.continue; printf 'key Enter\n'; see title.pin; }

play() { # WHAT: what stands in $WALK
	check "$1" walk_or_show "$WALK"
}

not() { ! "$@"; }
keys_on_card() { card status | grep -o 'keys=[0-9]*' | cut -d= -f2; }
certs_on_card() { card status | grep -o 'certs=[0-9]*' | cut -d= -f2; }
tries_on_card() { card status | grep -o ' tries=[0-9]*' | cut -d= -f2; }
applications() { kiosk_sql 'select count(*) from application' 2>/dev/null || echo 0; }
shown_codes() { kiosk_sql "select count(*) from journal where kind='failure.shown' and body like '%\"code\":$1,%'"; }
chains_hold() {
	check "kiosk's chain" "$BIN/tamgactl" journal verify "$STAGE/kiosk.db" >/dev/null
	check "centre's chain" "$BIN/tamgactl" journal verify "$STAGE/centre/centre.db" >/dev/null
}
# whole WHAT: two keys, two certificates, one delivered application, at the centre too.
whole() {
	card insert >/dev/null
	check "$1: keys" equal "$(keys_on_card)" 2
	check "$1: certificates" equal "$(certs_on_card)" 2
	check "$1: delivered here" equal "$(last_state)" delivered
	check "$1: delivered at the centre" wait_until 20 in_replica "$(last_number)" delivered
}
