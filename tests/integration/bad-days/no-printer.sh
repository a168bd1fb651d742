#!/usr/bin/env bash
# K-10, K-12: no printer, or one that does not exist. The certificates are on the card all the same; the screen says what to
# do without paper.
. "$(dirname "$0")/lib.sh"
stage_up
cp "$STAGE/kiosk.yaml" "$STAGE/kiosk.real"
ends_without_paper() { # CODE NAME
	to_pin
	pin 648219
	see title.result 60s
	echo 'size 100x50'
	four "$1" result.text "error.$2" "mend.$2"
	see button.receipt
	printf 'key End Enter\n' # print again: the same, nothing worse
	four "$1" result.text "error.$2"
}
grep -v '^receipts:' "$STAGE/kiosk.real" >"$STAGE/kiosk.yaml"
ends_without_paper T-601 printer-none >"$WALK"
play "no printer"
whole "no printer"
fresh_card aigul
{ grep -v '^receipts:' "$STAGE/kiosk.real"; echo 'printer: nowhere'; } >"$STAGE/kiosk.yaml"
export CUPS_SERVER=$STAGE/no-cups
ends_without_paper T-601 printer-none >"$WALK"
play "a printer that is not there"
whole "a printer that is not there"
# A folder that cannot be written to.
fresh_card aigul
sed "s|^receipts:.*|receipts: $STAGE/not-there|" "$STAGE/kiosk.real" >"$STAGE/kiosk.yaml"
ends_without_paper T-102 io >"$WALK"
play "a folder that is not there"
whole "a folder that is not there"
check "nothing says that a receipt was printed" equal "$(kiosk_sql "select count(*) from journal where kind='receipt.printed'")" 0
chains_hold
echo "$checks checks"
