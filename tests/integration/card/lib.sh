# For the tests of documents: a pcscd of their own, the authorities of the virtual documents, and a card at a time.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/../../lib/stage.sh"
TOOL=$TOOLS/document-tool
[ -x "$TOOL" ] || { echo "$TOOL is not built"; exit 77; }
one_day # --show speaks of today
stage_pcscd_private
"$BIN/tamga-vcard" --make-csca "$STAGE/csca" || fail "The authorities could not be made."
TRUST=$STAGE/csca/trust

# document_card PERSONA: this persona's document lies in the reader
document_card() {
	stop_pid "$STAGE/card.pid"
	wait_until 10 no_card_seen || fail "The card before is still in the reader."
	mkdir -p "$STAGE/cards"
	setsid "$BIN/tamga-vcard" --state "$STAGE/cards/$1.card" --control "$STAGE/card.ctl" --port "$CARD_PORT" \
		--persona "$TOP/tests/personas/$1.yaml" --csca "$STAGE/csca" --inserted >"$STAGE/card.log" 2>&1 &
	echo $! >"$STAGE/card.pid"
	wait_until 10 "$BIN/tamga-vcard" --ctl "$STAGE/card.ctl" status || fail "No card: $(cat "$STAGE/card.log")"
	wait_until 10 card_seen || fail "The card was not seen in the reader."
	document_of=$1
}
no_card_seen() { opensc-tool -l 2>/dev/null | grep -q '^0 *No'; }
card_seen() { opensc-tool -l 2>/dev/null | grep -q '^0 *Yes'; }
can_of() { sed -n 's/^ *can: "\(.*\)"/\1/p' "$TOP/tests/personas/$1.yaml"; }
# printed KEY: on the document in the reader
printed() { plastic "$document_of" "$1"; }
# read_mrz [OPTIONS]: with the printed data; read_can PERSONA [OPTIONS]
read_mrz() { "$TOOL" "$BIN/tamga-chip" "$TRUST" --mrz "$(printed document)" "$(printed birth)" "$(printed expiry)" "$@" >"$STAGE/read"; }
read_can() { local p=$1; shift; "$TOOL" "$BIN/tamga-chip" "$TRUST" --can "$(can_of "$p")" "$@" >"$STAGE/read"; }
said() { equal "$(sed -n "s/^$1=//p" "$STAGE/read")" "$2"; }
