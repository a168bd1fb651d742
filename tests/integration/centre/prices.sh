#!/bin/bash
# DOS-7: what an application costs is not for the kiosk to say. Journals are written that no kiosk writes: accepted by the desk, and with
# charges left out, too low, in another money, or under another kind's name. Nothing is issued to any, each is refused by name and
# shown to the clerk; the honest one is refused while unpaid, and issued when paid. usage: prices.sh BUILD-DIRECTORY
# shellcheck disable=SC2154,SC2034,SC2016  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: prices.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
command -v jq >/dev/null || { echo "skipped: jq is missing" >&2; exit 77; }
ctl=$bin/tamgactl
for need in "$ctl" "$build/tests/link-enrol"; do [ -x "$need" ] || { echo "skipped: $need is not built" >&2; exit 77; }; done
top=$(cd "$(dirname "$0")/../../.." && pwd)
profiles=$top/screens/profiles
append() { "$tool" append "$work/K01A-1.db" K01A-1 "$1" "$2"; }
fresh() { "$tool" fresh "$work/K01A-1.sock" 8000 >/dev/null; }
ask() { "$tool" ask "$work/K01A-1.sock" "$1" "$2" 2>/dev/null; }
number() { "$ctl" number new --kiosk-no 1 --counter "$1"; }
asks() { # COUNTER: by CMP
	"$build/tests/link-enrol" "$work/K01A-1.sock" "$work/K01A-1" "$profiles" "$1" "$work/$1.key" "$work/$1.cer" kg-dostek-head \
		surname=Төлөгөнов given-name=Нурланбек patronymic=Эркинович personal-number=21204197900147 \
		"organisation=«Ош Жибек Жолу» ЖЧК" organisation-number=01203201810274 title=директор 2>/dev/null
}
issued() { sqlite3 -readonly "$work/c/ca.db" 'SELECT count(*) FROM issued'; }
answer() { printf '{"field":"%s","number":"D2.1","value":"%s","by":"person"}' "$1" "$2"; }
body() { # COUNTER MORE [KIND [SERVICE [PROVIDER]]]
	jq -cn --arg n "$(number "$1")" --arg kind "${3:-holder}" --arg service "${4:-renew}" --arg provider "${5:-kg-dostek}" --argjson more "{$2}" \
		--argjson answers "[$(answer surname Төлөгөнов),$(answer given-name Нурланбек),$(answer patronymic Эркинович),$(answer personal-number 21204197900147),$(answer organisation '«Ош Жибек Жолу» ЖЧК'),$(answer organisation-number 01203201810274),$(answer title директор)]" \
		'{number: $n, provider: $provider, service: $service, operation: "issue", kind: $kind, form: "dostek-d2", form_version: 1,
		language: "ky", way: "office", proof: "desk", iin: "21204197900147", bin: "01203201810274", answers: $answers, consents: [],
		conditions: ["product-head", "holder-head", "head-citizen"]} + $more'
}
accepted() { # COUNTER: by the desk, which is the same kiosk
	local n
	n=$(number "$1")
	wait_for 10 ask claim "{\"number\":\"$n\",\"staff\":\"7\",\"staff_name\":\"Ким\"}" &&
		append desk.decided "{\"number\":\"$n\",\"staff\":\"7\",\"staff_name\":\"Ким\",\"outcome\":\"accepted\",\"ground\":\"\",\"promised_ms\":0}" && fresh
}
paid() { # COUNTER AMOUNT MONEY
	append payment.noted "{\"number\":\"$(number "$1")\",\"account\":\"\",\"provider\":\"kg-dostek\",\"amount\":$2,\"currency\":\"$3\",\"how\":\"cash\",\"reference\":\"R$1\",\"staff\":\"7\",\"staff_name\":\"Ким\"}" && fresh
}
state_at() { sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM journal WHERE kind = 'desk.decided' AND body LIKE '%$(number "$1")%'"; }
seen() { # COUNTER: what the clerk is told
	ask read "{\"number\":\"$(number "$1")\"}" | jq -r .price_short
}

centre_start 127.0.0.1:0 --profiles "$profiles" --screens "$top/screens"
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
agent_start K01A-1
check "the agent is up" wait_for 10 fresh
"$tool" role "$work/c/centre.db" K01A-1 desk
fresh
short() { # COUNTER WHAT BODY
	check "$2: handed in" append application.submitted "$3"
	fresh
	check "$2: accepted by the desk" accepted "$1"
	check "$2: the clerk is told" same "$(seen "$1")" true
	check "$2: no certificate" same "$(asks "$1")" price-short
}
# Seed 002: 1510 som, in tyiyn.
short 2 "no charges at all" "$(body 2 '')"
short 3 "an empty list" "$(body 3 '"charges": [], "currency": "KGS"')"
short 4 "a som" "$(body 4 '"charges": [{"product": "head", "amount": 100}], "currency": "KGS"')"
paid 4 100 KGS
check "a som, and paid: no certificate" same "$(asks 4)" price-short
short 5 "a tyiyn less" "$(body 5 '"charges": [{"product": "head", "amount": 150999}], "currency": "KGS"')"
short 6 "in another money" "$(body 6 '"charges": [{"product": "head", "amount": 151000}], "currency": "KZT"')"
short 7 "less than nothing beside too much" "$(body 7 '"charges": [{"product": "head", "amount": 150000}, {"product": "head", "amount": -1000}], "currency": "KGS"')"
short 8 "in the name of a kind that nobody knows" "$(body 8 '' gift)"
short 9 "in the name of another provider's kind that costs nothing" "$(body 9 '' individual issue kz-nca)"
check "nothing was issued to any of them" same "$(issued)" 0

append application.submitted "$(body 20 '"charges": [{"product": "head", "amount": 151000}], "currency": "KGS"')"
fresh
check "the honest one: accepted" accepted 20
check "the clerk is told nothing of the kind" same "$(seen 20)" false
check "unpaid it waits" same "$(asks 20)" unpaid
paid 20 151000 KGS
check "paid it is issued" asks 20
check "to its holder" sh -c "openssl x509 -inform DER -in '$work/20.cer' -noout -subject | grep -q INN01203201810274"
check "one certificate" same "$(issued)" 1
done_testing
