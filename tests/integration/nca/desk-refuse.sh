#!/usr/bin/env bash
# NCA-10, NCA-A9 through the real program: a service refused with its ground; an acceptance refused because papers are
# missing or corrected: A9 with all its fields in two copies, also when there is no printer. Neither leaves an open way.
. "$(dirname "$0")/desk-lib.sh"
stage_up
desk_ready
token pull >/dev/null
cat >"$STAGE/office" <<-OFFICE
	# what stands on every refusal of this office
	branch: Алматы облысы бойынша филиал
	department: 3
	office-address: Қонаев, Жамбыл көшесі, 12
OFFICE
echo "office: $STAGE/office" >>"$STAGE/kiosk.yaml"
{ a1_papers; } >"$WALK"
play "the first is handed in"
N1=$(last_number)
check "it waits" at_centre "$N1" at-desk

# --- an edited office file is told with file and line
printf 'branch\n' >"$STAGE/bad-office"
sed "s|^office: .*|office: $STAGE/bad-office|" "$STAGE/kiosk.yaml" >"$STAGE/bad.yaml"
refuses() { ! "$BIN/tamga" --config "$STAGE/bad.yaml" </dev/null 2>"$STAGE/refused" && grep -q "$STAGE/bad-office:1.*T-105" "$STAGE/refused"; }
check "a mistake in the office file" refuses

# --- nothing without a choice; then the service is refused
{
	desk_enter
	desk_open "$N1"
	desk_decide
	printf 'key End Enter\n'
	in_lang ru desk.choose-decision
	printf 'key Home Down Space\nkey End Enter\n'
	in_lang ru title.desk-done
	in_lang ru nca.ground.court
	desk_leave
} >"$WALK"
play "the service is refused"
check "outcome" equal "$(decided outcome) $(decided ground) $(decided promised_ms)" "refused court 0"
check "refused everywhere" at_centre "$N1" refused

{ a1_papers Сейітова; } >"$WALK"
play "a new one is handed in"
N2=$(last_number)
check "it waits" at_centre "$N2" at-desk

# --- a corrected paper cannot be ticked; the acceptance is refused and names it; the telephone is typed
{
	desk_enter
	desk_open "$N2"
	printf 'key End Up*3 Left\n'
	in_lang ru desk.mark-corrected
	printf 'key Space\n'
	in_lang ru desk.corrected
	printf 'shot desk-corrected\n'
	desk_decide
	in_lang ru desk.cannot-accept
	printf 'expect-not "%s"\n' "$(said ru desk.accept)"
	printf 'key Down*4 Space\nsize 80x40\n'
	in_lang ru desk.is-missing
	printf 'wait "A9.10"\nexpect "Алматы облысы, Қонаев"\nexpect "Жамбыл көшесі"\nexpect "САДЫКОВА ГҮЛМИРА БАКЫТОВНА"\n'
	printf 'shot desk-a9\n'
	printf 'key End Up\n' # the telephone stands before "record"
	printf 'type +77277212345\nkey Enter Enter\n'
	in_lang ru title.desk-done
	in_lang ru desk.two-copies
	printf 'wait "%s-A9.pdf" 30s\n' "$N2"
	desk_leave
} >"$WALK"
play "the acceptance is refused"
check "outcome" equal "$(decided outcome)" not-accepted
check "ground" equal "$(decided ground)" corrected
check "missing" equal "$(decided missing)" '["identity"]'
check "erasures noted" equal "$(decided 'documents')" \
	'[{"id":"application","by":"form","erasures":false},{"id":"identity","by":"paper","erasures":true}]'
check "A9 in the record" equal "$(kiosk_sql "select group_concat(json_extract(value,'\$.number'),' ') from journal, json_each(journal.body,'\$.refusal.answers') where kind='desk.decided' and json_extract(body,'\$.outcome')='not-accepted'")" \
	"A9.1 A9.2 A9.3 A9.4 A9.5 A9.6 A9.7 A9.8 A9.9 A9.10 A9.11"
check "not accepted everywhere" at_centre "$N2" not-accepted
check "A9" on_paper "$N2-A9.pdf" "Сейітова Айгүл" "Алматы облысы, Қонаев" "Алматы облысы бойынша филиал" "Жамбыл көшесі" \
	"$(said kk nca.doc.identity-applicant)" "САДЫКОВА ГҮЛМИРА БАКЫТОВНА" "+77277212345"
copies() { text_of "$N2-A9.pdf" | grep -o "+77277212345" | wc -l; }
check "two copies, one for each side" equal "$(copies)" 2
chains_hold
check "no answers in the log" not grep -qE "Сейітова|$IIN" "$STAGE/kiosk.log"
say "$checks checks"
