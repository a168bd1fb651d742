#!/usr/bin/env bash
# P-5: two clerks at two kiosks, one centre. What one has before the eyes the other cannot open; what one decided, the other
# cannot decide; an application that its owner takes back is decided by nobody.
. "$(dirname "$0")/desk-lib.sh"
echo 0 >"$STAGE/clock"
# shellcheck disable=SC2034  # read by stage.sh: one time for kiosks, agents and centre
CENTRE_CLOCK=$STAGE/clock
stage_up
desk_ready
token pull >/dev/null
check "a second kiosk" second_kiosk desk

{ a1_papers; } >"$WALK"
play "handed in"
N=$(last_number)
{
	desk_enter
	desk_open "$N"
	desk_leave
} >"$WALK"
play "the first clerk has it"
check "the claim is in the centre's stream" equal "$(centre_sql "select count(*) from journal where kind='desk.claimed' and json_extract(body,'\$.kiosk')='K01'")" 1
# The certificate is the same person's here: another kiosk is another clerk's desk all the same.
{
	desk_enter
	in_lang ru desk.refresh
	printf 'type %s\nkey Enter\n' "$N"
	in_lang ru error.claimed
	printf 'expect "T-416"\nexpect-not "Нұрланова"\n'
	desk_leave
} >"$WALK"
at_second "the second clerk cannot open it"
# A quarter of an hour later the claim is over: the second one takes it and accepts; the first one comes too late.
echo $((16 * 60 * 1000)) >"$STAGE/clock"
accepts() {
	desk_enter
	desk_open "$N"
	desk_tick_identity
	desk_consent
	desk_decide
	printf 'key Enter*2\n'
}
{
	accepts
	in_lang ru title.desk-done
	desk_leave
} >"$WALK"
at_second "the second clerk accepts"
check "accepted" at_centre "$N" accepted
{
	desk_enter
	in_lang ru desk.refresh
	printf 'type %s\nkey Enter\n' "$N"
	in_lang ru title.desk-application
	in_lang ru desk.nothing-to-decide
	printf 'expect-not "%s"\n' "$(said ru desk.decide)"
	desk_leave
} >"$WALK"
play "what is decided is only shown"
check "one decision" equal "$(centre_sql "select count(*) from journal where kind='desk.decided'")" 1
check "of the second kiosk" equal "$(second_sql "select count(*) from journal where kind='desk.decided'")" 1
check "the first kiosk follows" wait_until 20 eval '[ "$(state_here "$N")" = accepted ]'

# --- its owner takes it back at the first kiosk, while the second clerk has it before the eyes
IIN=940317450215 # another person's
{ a1_papers Оспанова; } >"$WALK"
play "another one is handed in"
N=$(last_number)
clerk_reads() { # as `walk`, beside it and at the second kiosk
	"$BIN/tamga-walk" --walk "$STAGE/clerk.walk" --patience "$PATIENCE" --dir "$STAGE" --ctl-card "$STAGE/card.ctl" --ctl-token "$STAGE/token.ctl" \
		--token-insert "$TOP/kiosk-image/lib/hook $STAGE $BIN token" --restart "$STAGE/when-withdrawn" --clock-file "$STAGE/clock" --pids "$STAGE" \
		-- "$BIN/tamga" --config "$STAGE/kiosk2.yaml" >"$STAGE/clerk.out" 2>&1
}
{
	desk_enter
	desk_open "$N"
	desk_tick_identity
	desk_consent
	printf 'shot clerk-reads\n'
	printf 'restart centre\n' # not the centre: the walk's word for standing still until it is withdrawn
	desk_decide
	printf 'key Enter*2\n'
	in_lang ru desk.changed
	printf 'expect-not "%s"\nshot withdrawn-meanwhile\n' "$(said ru title.desk-done)"
	desk_leave
} >"$STAGE/clerk.walk"
printf '#!/bin/sh\nuntil [ -e "%s" ]; do sleep 0.1; done\n' "$STAGE/withdrawn" >"$STAGE/when-withdrawn"
chmod +x "$STAGE/when-withdrawn"
clerk_reads &
clerk=$!
check "the second clerk has it before the eyes" wait_until 30 test -s "$STAGE/shots/clerk-reads.txt"
{
	by_number en "$N"
	in_lang en state.at-desk
	printf 'key Home Down Enter\n'
	in_lang en status.proof
	printf 'type %s\nkey Enter\n' "$IIN"
	in_lang en status.withdraw-yes
	printf 'key End Enter\n'
	in_lang en state.cancelled
} >"$WALK"
play "its owner takes it back"
check "cancelled at the centre" at_centre "$N" cancelled
touch "$STAGE/withdrawn"
clerk_is_told() { wait $clerk || { cat "$STAGE/clerk.out" >&2; return 1; }; }
check "the clerk is told, and decides nothing" clerk_is_told
check "no decision about it" equal "$(second_sql "select count(*) from journal where kind='desk.decided' and json_extract(body,'\$.number')='$N'")" 0
check "it stays withdrawn" at_centre "$N" cancelled
chains_hold
say "$checks checks"
