#!/usr/bin/env bash
# K-4: documents of all kinds through tamga-chip and a real pcscd: BAC, PACE by the printed data and by the card access
# number, what is proven and by whom, wrong data, a wrong card, a pulled card, too slow a chip, cancelling.
. "$(dirname "$0")/lib.sh"

# persona access passive active chip
while read -r persona access passive active chip; do
	document_card "$persona"
	check "$persona is read" read_mrz
	check "$persona: status" said status ok
	check "$persona: access" said access "$access"
	check "$persona: passive" said passive "$passive"
	check "$persona: active" said active "$active"
	check "$persona: chip" said chip "$chip"
	[ "$persona" = tampered ] || check "$persona: number" said number "$(printed document)"
	check "$persona: birth" said birth "$(printed birth)"
	echo "$persona: $access $passive, $(sed -n 's/^apdus=//p' "$STAGE/read") commands, $(sed -n 's/^ms=//p' "$STAGE/read") ms"
done <<'ROWS'
aigul bac ok not-found not-found
nurlan pace ok ok ok
aizhan pace ok ok ok
foreigner pace ok ok ok
minor pace ok ok not-found
long-names pace ok ok ok
short-names bac ok not-found not-found
expired bac ok not-found not-found
old-signer bac doc-signer not-found not-found
revoked pace doc-signer not-found not-found
wrong-signer pace doc-signer ok not-found
tampered pace doc-tampered not-found not-found
copied pace ok doc-copy doc-copy
ROWS

document_card bakyt
check "the access number opens the chip" read_can bakyt
check "with PACE" said access pace
check "and the same person" said number "$(printed document)"
"$TOOL" "$BIN/tamga-chip" "$TRUST" --can 000000 >"$STAGE/read"
check "a wrong access number is told as such" said status doc-access
check "and the right one works after it" read_can bakyt
check "as before" said status ok
"$TOOL" "$BIN/tamga-chip" "$TRUST" --mrz 999999999 1980-01-01 2030-01-01 >"$STAGE/read"
check "wrong data are told as such" said status doc-access

# Without the state's list of the revoked nothing is trusted.
mkdir "$STAGE/no-list" && cp "$STAGE/csca/trust/"*.pem "$STAGE/csca/trust/"*.cer "$STAGE/no-list"
TRUST=$STAGE/no-list read_can bakyt
check "no revocation list, no trust" said passive doc-signer
mkdir "$STAGE/empty"
TRUST=$STAGE/empty read_can bakyt
check "no authority, no trust" said passive doc-signer
TRUST=$STAGE/missing read_can bakyt
check "no folder is a fault of this machine" said judge config

# Slow, cancelled, pulled, gone.
"$BIN/tamga-vcard" --ctl "$STAGE/card.ctl" slow 200 >/dev/null
read_can bakyt --timeout 1500
check "too slow a chip is left" said status token-lost
check "in time" test "$(sed -n 's/^ms=//p' "$STAGE/read")" -lt 2500
read_can bakyt --cancel 700
check "cancelling ends it" said status cancelled
check "at once" test "$(sed -n 's/^ms=//p' "$STAGE/read")" -lt 1500
# tamga-chip of this stage: other tests may run theirs
children() { local p; for p in $(pgrep -x tamga-chip); do grep -qs "$STAGE" "/proc/$p/environ" && echo "$p"; done; }
check "no child is left" test -z "$(children)"
"$BIN/tamga-vcard" --ctl "$STAGE/card.ctl" slow 0 >/dev/null
wait_until 20 read_can bakyt
for n in 3 7 12 20 30; do
	"$BIN/tamga-vcard" --ctl "$STAGE/card.ctl" insert >/dev/null
	wait_until 10 card_seen
	"$BIN/tamga-vcard" --ctl "$STAGE/card.ctl" pull-at $n >/dev/null
	read_can bakyt
	check "pulled at command $n" said status card-pulled
done
read_can bakyt
check "no card" said status card-none
"$TOOL" "$BIN/tamga-chip" "$TRUST" --can 123456 --reader "No such reader" >"$STAGE/read"
check "no reader" said status reader-gone
stop_pid "$STAGE/pcscd.pid"
"$TOOL" "$BIN/tamga-chip" "$TRUST" --can 123456 --reader "Virtual PCD 00 00" >"$STAGE/read"
check "no service" said status reader-service
"$TOOL" /bin/true "$TRUST" --can 123456 --reader x >"$STAGE/read"
check "a child that ends" said status token-lost
"$TOOL" /nonexistent "$TRUST" --can 123456 --reader x >"$STAGE/read"
check "no child at all" said status token-lost
echo "$checks checks"
