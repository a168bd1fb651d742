# Shared by the tests of the desk (P-5): an application with papers, a member of staff at the desk, what stands in the
# journal. The desk speaks the office's language, Russian, until F2.
# shellcheck shell=bash disable=SC2034  # used by the tests
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
IIN=900101300017

# a1_papers [FAMILY]: form A1 for the desk, in English, up to the screen that says it is handed in
a1_papers() {
	begin en issue individual papers
	in_lang en nca.q.id-card
	printf 'type 1\nwait "A1.2"\n'
	answers $IIN "${1:-Нұрланова}" Айгүл - "Алматы облысы" Қонаев aigul@example.kz +77011234567 -
	to_submit en "Home Space"
	in_lang en title.result
	printf 'wait "%s" 20s\n' "$(said en work.registered)"
	printf 'key Enter\n'
	see idle.choose
}
# desk_enter [PERSONA]: from idle to the queue
desk_enter() {
	see idle.choose
	printf 'key F9\n'
	in_lang ru title.desk-enter
	printf 'token insert %s\n' "${1:-$STAFF}"
	in_lang ru staff.pin-label
	pin "$(persona_value "${1:-$STAFF}" user_pin)"
	in_lang ru title.desk-queue
}
desk_open() { # NUMBER
	in_lang ru desk.refresh
	printf 'type %s\nkey Enter\n' "$1"
	in_lang ru title.desk-application
}
# Out of the last lines of an application: how many stand before "decide": registers, consent, the documents from the last.
desk_consent() { printf 'key End Up*2 Space Down Enter\n'; in_lang ru desk.compare-again; }
desk_tick_identity() { printf 'key End Up*3 Space\n'; }
desk_decide() { printf 'key End Enter\n'; in_lang ru title.desk-decide; }
desk_leave() {
	printf 'key F10\n'
	in_lang ru desk.leave-text
	printf 'type 2\n'
	see idle.choose
	printf 'token pull\n'
}
decided() { kiosk_sql "select json_extract(body,'$.$1') from journal where kind='desk.decided' order by seq desc limit 1"; }
state_here() { kiosk_sql "select state from application where number='$1'"; }
at_centre() { wait_until 20 in_replica "$1" "$2"; }
text_of() { pdftotext -layout "$STAGE/receipts/$1" - | tr -s ' \n' ' '; }
# on_paper FILE WORD…: the paper says each of these
on_paper() {
	local file=$1 text word
	shift
	text=$(text_of "$file") || return 1
	for word; do grep -qF -- "$word" <<<"$text" || { say "not on $file: $word"; return 1; }; done
}
