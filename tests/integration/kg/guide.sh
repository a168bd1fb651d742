#!/usr/bin/env bash
# DOS-0, DOS-4, DOS-5, DOS-11, DOS-12 through the real program: the two ways of a first registration with the telephones to
# ask; no online order after a change; the adviser at every border, with the prices and sums of the source; all thirteen
# questions of the help, found by a word; whom to ask what.
# shellcheck disable=SC2154,SC2034  # names shared with lib.sh
. "$(dirname "$0")/lib.sh"
stage_up
lang=$(turn ky)
PHONES=("+996 312 960 360" "+996 706 960 360" "+996 776 960 360" "+996 558 960 360") # seed 003
away() { printf 'key F10\ntype 2\n'; see idle.choose; }
# on_screen NAME WORD…: the shot shows each of these, wherever its lines are cut
on_screen() {
	local text word
	text=$(tr -s ' \n' ' ' <"$STAGE/shots/$1.txt")
	shift
	for word; do grep -qF -- "$word" <<<"$text" || { say "not on the screen: $word"; return 1; }; done
}

# --- DOS-0, DOS-12
{
	begin "$lang" first
	in_lang "$lang" dostek.first.two
	printf 'size 100x40\nsleep 200ms\nshot first\n'
	away
	begin "$lang" about
	in_lang "$lang" dostek.contact.site
	printf 'size 100x40\nsleep 200ms\nshot about\n'
	away
} >"$WALK"
play "first registration, whom to ask ($lang)"
check "first: the branch is asked" on_screen first "${PHONES[@]}" "$(said "$lang" dostek.first.papers)"
check "about: telephones, and the bodies for other questions" on_screen about "${PHONES[@]}" www.dostek.kg \
	"$(said "$lang" dostek.contact.tax)" "$(said "$lang" dostek.contact.fund)" "$(said "$lang" dostek.contact.statistics)"

# --- DOS-5: prices and sums as seed 002 has them
# advised NAME KEYS…: the answer of the adviser as a shot
advised() {
	local name=$1
	shift
	begin "$lang" adviser
	in_lang "$lang" title.adviser
	printf '%s\n' "$@"
	in_lang "$lang" title.advice
	printf 'size 100x50\nsleep 200ms\nshot %s\n' "$name"
	away
}
serving() { advised "$1" 'type 4' "type $2" 'key Enter*2'; }
{
	advised nil 'type 1'
	advised alone 'type 2'
	advised accountant 'type 3'
	serving five 5
	serving six 6
	serving ten 10
	serving eleven 11
	serving two 2
} >"$WALK"
play "adviser ($lang)"
money() { local n=$1; shift; check "adviser, $n: $*" on_screen "$n" "$@"; }
money nil 1510
money alone 1510 1420 2930
money accountant 1510 1420 2930
money five 1510 1800 3310
money six 1510 2000 3510
money ten 1510 2000 3510
money eleven 1510 2350 3860
money two 1510 1420 2930
check "no complex one for two companies" not on_screen two "$(said "$lang" dostek.product.complex-5)"

# --- DOS-4: each of the source's six changes leads from the online order to the office
{
	begin "$lang" renew-cloud holder online
	in_lang "$lang" title.questions
	printf 'key Enter\n'
	for change in 1 2 3 4 5 6; do
		printf 'key Down Enter\n'
		in_lang "$lang" dostek.why.changed
		if [ $change -lt 6 ]; then printf 'type 1\nsleep 100ms\n'; else printf 'type 2\nsleep 500ms\nsize 100x50\nsleep 200ms\nshot office\n'; fi
	done
	away
} >"$WALK"
play "no online order after a change ($lang)"
check "at the office, with the questions of the office" on_screen office "$(said "$lang" dostek.q.branch)"
check "the change is not asked about again" not on_screen office "$(said "$lang" dostek.q.change)"

# --- DOS-11: the thirteen questions of seed 002 and the notice of seed 003
QUESTIONS_KY=("КЭК деген эмне?" "КЭК эмнеге окшош?" "мыйзамченемдүүлүгү" "Күбөлөндүрүүчү борбор (КБ) деген эмне?" "Кандай КЭК тандоо керек?"
	"КЭК жөнүндө кененирээк" "КЭКти кантип алса болот?" "КЭК канча турат?" "КЭК үчүн кантип төлөө керек?" "КЭК кимге катталат?"
	"КЭК канча убакытка берилет?" "КЭКтин кулпулануусу" "КЭК үчүн акча кайтарылабы?")
declare -A LOCKED=([kk]=құлып [ky]=кулпу [ru]=блокир [en]=lock)
{
	begin "$lang" help
	in_lang "$lang" dostek.help.what
	printf 'size 100x60\nsleep 200ms\nshot help\ntype %s\nsleep 500ms\nshot found\nkey Down Enter\nsleep 300ms\nshot answer\n' "${LOCKED[$lang]}"
	away
} >"$WALK"
play "help ($lang)"
titles=("${QUESTIONS_KY[@]}")
[ "$lang" = ky ] || for id in what look law centre choose complex get price pay holder term lock refund; do
	titles=("${titles[@]:1}" "$(said "$lang" dostek.help.$id)")
done
check "help: all thirteen questions" on_screen help "${titles[@]}" "$(said "$lang" dostek.help.responsibility)"
check "help: the word finds its question" on_screen found "$(said "$lang" dostek.help.lock)"
check "help: and not the others" not on_screen found "$(said "$lang" dostek.help.look)"
check "help: the answer has both counts" on_screen answer 7 5 00.00
chains_hold
echo "$checks checks"
