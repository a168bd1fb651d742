#!/usr/bin/env bash
# A mistake in the data is told by `tamgactl screens check`, never at a person's screen: also one between the tables of
# different layers, each of which is right by itself (design.md: screens are data).
set -u
. "$(dirname "$0")/../../lib/stage.sh"

said() { "$BIN/tamgactl" screens check --screens "$STAGE/screens" --locale "$LOCALE_DIR"; }
planted() { # FILE SED-EXPRESSION WORDS: the check must fail and say the words
	rm -rf "$STAGE/screens"
	cp -r "$TOP/screens" "$STAGE/screens"
	sed -i "$2" "$STAGE/screens/$1"
	check "$2 changes $1" eval "! cmp -s '$TOP/screens/$1' '$STAGE/screens/$1'"
	check "$2 is seen" eval '! said >"$STAGE/said"'
	check "$2 is named: $(cat "$STAGE/said")" grep -qF "$3" "$STAGE/said"
}
check "the shipped screens are right" "$BIN/tamgactl" screens check --screens "$TOP/screens" --locale "$LOCALE_DIR"
a1=providers/kz-nca/forms/a1.yaml
planted $a1 's/nca-individual-sign/nca-individual-sgn/' 'profile nca-individual-sgn: no such certificate profile'
planted profiles/nca-individual-sign.yaml 's/{surname}/{surnam}/' 'no answer for commonName'
line=$(grep -n 'dialect: sc-hsm' "$TOP/screens/carriers.yaml" | cut -d: -f1)
planted carriers.yaml 's/dialect: sc-hsm/dialect: sc-hsmm/' "carriers.yaml:$line:14: dialect"
planted $a1 's/kind: digits/kind: digit/' "$a1:"
planted $a1 's/number: A1.3/number: A1.4/' "$a1:"
planted $a1 's/name: email/name: emial/' "$a1:"
echo "$checks checks"
