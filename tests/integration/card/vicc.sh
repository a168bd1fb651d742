#!/usr/bin/env bash
# K-4: an independent card and an independent signer. The chip speaks virtualsmartcard's basic access control and secure
# messaging, its files are signed with the openssl program; read through tamga-chip, pcscd and vpcd.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sign.sh"
LINE1='P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<' LINE2='L898902C36UTO7408122F1204159ZE184226B<<<<<10'
W=$STAGE/passport
mkdir "$W"
authority "$W" csca && signer "$W" csca ds -algorithm RSA -pkeyopt rsa_keygen_bits:2048 || fail "openssl made no certificates."
dg1 "$LINE1$LINE2" >"$W/DG1"
com 6175 >"$W/COM"
head -c 20000 /dev/urandom >"$W/DG2"
lds_object sha256 00 "1=$W/DG1" "2=$W/DG2" | sod "$W" ds sha256 "$W/SOD" || fail "openssl made no signature: $(cat "$W/cms.err")"
TRUST=$W/trust

/usr/bin/python3 "$(dirname "$0")/vicc_card.py" "$CARD_PORT" "$W" "$LINE2" >"$STAGE/vicc.log" 2>&1 &
echo $! >"$STAGE/card.pid"
if ! PATIENCE=0 wait_until 20 card_seen; then
	wait "$(cat "$STAGE/card.pid")" 2>/dev/null
	[ $? = 77 ] && { cat "$STAGE/vicc.log"; exit 77; }
	fail "The card was not seen: $(cat "$STAGE/vicc.log")"
fi
read_it() { "$TOOL" "$BIN/tamga-chip" "$TRUST" --mrz "$@" >"$STAGE/read" || return 1; [ -z "${SHOW:-}" ] || cat "$STAGE/read"; }
check "the passport is read" read_it L898902C3 1974-08-12 2012-04-15
check "and opens" said status ok
check "by basic access control" said access bac
check "and was signed" said passive ok
check "by whom" said signer "CN=ds,O=Utopia,C=UT"
check "and belongs to" said surname ERIKSSON
check "given" said given "ANNA MARIA"
check "number" said number L898902C3
check "has ended" said expired yes
check "wrong number" read_it L898902C4 1974-08-12 2012-04-15
check "does not open" said status doc-access
check "wrong birth" read_it L898902C3 1974-08-13 2012-04-15
check "does not open" said status doc-access
check "and opens again with the right ones" read_it L898902C3 1974-08-12 2012-04-15
check "as before" said status ok
TRUST=$STAGE/csca/trust read_it L898902C3 1974-08-12 2012-04-15
check "other states do not vouch for it" said passive doc-signer
echo "$checks checks"
