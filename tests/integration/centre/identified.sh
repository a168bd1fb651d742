#!/bin/bash
# K-4, NCA-9: the certification authority itself asks who applied. Journals are written that no kiosk writes: an application
# on the spot whose chip was not read, not proven, a copy, or names another person; one for the desk that nobody accepted. None
# of them gets a certificate, each is refused by name, and the proven one gets it. usage: identified.sh BUILD-DIRECTORY
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: identified.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl
profiles=$(cd "$(dirname "$0")/../../../screens/profiles" && pwd)
number() { "$ctl" number new --kiosk-no 1 --counter "$1"; }
append() { "$tool" append "$work/K01A-1.db" K01A-1 "$1" "$2"; }
fresh() { "$tool" fresh "$work/K01A-1.sock" 5000 >/dev/null; }
asks() { # COUNTER PROFILE: by CMP; what is said on the error stream ends with the name of the status
	"$build/tests/link-enrol" "$work/K01A-1.sock" "$work/K01A-1" "$profiles" "$1" "$work/$1.key" "$work/$1.cer" "$2" \
		surname=Әбілқасымова given-name=Айгүл patronymic=Серікқызы iin=850101400001 2>/dev/null
}
issued() { sqlite3 -readonly "$work/c/ca.db" 'SELECT count(*) FROM issued'; }
body() { # COUNTER PROOF BY-OF-THE-IIN MORE
	echo "{\"number\":\"$(number "$1")\",\"provider\":\"kz-nca\",\"service\":\"issue\",\"operation\":\"issue\",\"kind\":\"individual\",
		\"form\":\"nca-a1\",\"form_version\":1,\"language\":\"kk\",\"way\":\"spot\",\"proof\":\"$2\",\"iin\":\"850101400001\",\"bin\":\"\",
		\"answers\":[{\"field\":\"iin\",\"number\":\"A1.2\",\"value\":\"850101400001\",\"by\":\"$3\"},
		{\"field\":\"surname\",\"number\":\"A1.3\",\"value\":\"Әбілқасымова\",\"by\":\"person\"},
		{\"field\":\"given-name\",\"number\":\"A1.4\",\"value\":\"Айгүл\",\"by\":\"person\"},
		{\"field\":\"patronymic\",\"number\":\"A1.5\",\"value\":\"Серікқызы\",\"by\":\"person\"}],\"consents\":[\"policy\"]${4:+,$4}}"
}
document() { echo "\"document\":{\"access\":\"bac\",\"passive\":$1,\"active\":$2,\"chip\":$3,\"signer\":\"CN=signer\"}"; }

centre_start 127.0.0.1:0 --profiles "$profiles"
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
agent_start K01A-1
check "the agent is up" wait_for 10 fresh

check "no application at all" same "$(asks 1 nca-individual-sign)" not-decided
refused() { # COUNTER WHAT STATUS BODY
	check "$2" append application.submitted "$4"
	for profile in nca-individual-sign nca-individual-auth nca-sim-sign; do
		check "$2: no $profile" same "$(asks "$1" $profile)" "$3"
	done
}
refused 2 "no chip was read" not-identified "$(body 2 chip person)"
refused 3 "no chip, and the IIN is said to be its" not-identified "$(body 3 chip chip)"
refused 4 "a signer that is not known" not-identified "$(body 4 chip chip "$(document 223 0 0)")"
refused 5 "changed data" not-identified "$(body 5 chip chip "$(document 224 0 0)")"
refused 6 "a copy" not-identified "$(body 6 chip chip "$(document 0 225 113)")"
refused 7 "a proven chip, the IIN typed" not-identified "$(body 7 chip person "$(document 0 0 0)")"
refused 8 "the proof left out of the document" not-identified "$(body 8 chip chip '"document":{"access":"bac","active":0}')"
refused 9 "a proof that there is none of" not-identified "$(body 9 charm chip)"
refused 10 "for the desk, accepted by nobody" not-decided "$(body 10 desk person)"
refused 11 "by signature, judged by nobody" not-decided "$(body 11 signature person)"
# Work that the journal says was begun makes nothing of it accepted.
refused 12 "for the desk, and begun on all the same" not-decided "$(body 12 desk person)"
check "begun" append chip.intent "{\"number\":\"$(number 12)\",\"serial\":\"K1\",\"step\":\"generate\",\"key\":\"sign\"}"
check "begun on: no certificate" same "$(asks 12 nca-individual-sign)" not-decided
check "nothing was issued to any of them" same "$(issued)" 0

# The proven one, as a kiosk writes it; its journal is there before the CA is asked.
append application.submitted "$(body 20 chip chip "$(document 0 113 0)")"
check "the proven one" asks 20 nca-individual-sign
check "is its holder's" sh -c "openssl x509 -inform DER -in '$work/20.cer' -noout -subject | grep -q IIN850101400001"
check "one certificate" same "$(issued)" 1
done_testing
