#!/bin/bash
# What a kiosk may ask of the centre, and who may: states by number, the desk's queue, claims and decisions of two clerks,
# a power of attorney used twice; killed in between; questions that are none. C-5, K-15, K-16, NCA-9.rep, NCA-10, P-5.
# usage: ask.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: ask.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
command -v jq >/dev/null || { echo "skipped: jq is missing" >&2; exit 77; }
ctl=$bin/tamgactl
[ -x "$ctl" ] || { echo "skipped: $ctl is not built" >&2; exit 77; }

number() { # KIOSK-NUMBER COUNTER
	"$ctl" number new --kiosk-no "$1" --counter "$2"
}
append() { # KIOSK KIND BODY
	"$tool" append "$work/$1.db" "$1" "$2" "$3"
}
ask() { # KIOSK PATH JSON
	"$tool" ask "$work/$1.sock" "$2" "$3" 2>"$work/ask.err"
}
asks() { # KIOSK PATH JSON JQ WANTED
	local got
	got=$(ask "$1" "$2" "$3" | jq -r "$4") || return 1
	same "$got" "$5"
}
refuses() { # KIOSK PATH JSON NAME
	same "$(ask "$1" "$2" "$3")" "$4"
}
fresh() {
	"$tool" fresh "$work/$1.sock" 5000
}
state_is() { # KIOSK NUMBER "STATE CODE"
	[ "$("$tool" state "$work/$1.db" "$1" "$2")" = "$3" ]
}
in_centre() { # SQL
	sqlite3 -readonly "$work/c/centre.db" "$1"
}
submit() { # KIOSK NUMBER MORE
	append "$1" application.submitted "{\"number\":\"$2\",\"provider\":\"kz-nca\",\"service\":\"issue\",\"kind\":\"entity\",
		\"form\":\"nca-a2\",\"language\":\"kk\",\"answers\":[{\"field\":\"name\",\"value\":\"Сарыбаева\"}],\"way\":\"papers\"$3}"
}
decide() { # KIOSK NUMBER STAFF OUTCOME
	append "$1" desk.decided "{\"number\":\"$2\",\"staff\":\"$3\",\"staff_name\":\"Ким\",\"outcome\":\"$4\",\"ground\":\"data\",
		\"promised_ms\":1795000000000}"
}

centre_start
for kiosk in K01A-1 K02B-1 K03C-1; do
	enrol $kiosk || { cat "$work/enrol.err"; exit 1; }
	agent_start $kiosk
done
check "a role for no kiosk is none" sh -c "! '$tool' role '$work/c/centre.db' 'C00-1' desk"
check "and no role is none" sh -c "! '$tool' role '$work/c/centre.db' K01A-1 boss"
check "the first is a desk" "$tool" role "$work/c/centre.db" K01A-1 desk
check "the third one too" "$tool" role "$work/c/centre.db" K03C-1 desk
N1=$(number 1 1) N2=$(number 2 1) N3=$(number 2 2) N4=$(number 2 3)
check "agents are up" wait_for 10 "$tool" fresh "$work/K02B-1.sock" 3000
check "one at the desk" submit K02B-1 "$N2" ',"proof":"desk","iin":"850101300015","bin":"","promised_ms":1795000000000'
check "it reaches the centre" fresh K02B-1

# --- questions that are none, and who may not ask
own=(--cert "$work/K02B-1/kiosk.crt" --key "$work/K02B-1/kiosk.key")
http() { # WHAT HTTP NAME CURL…
	local what=$1 http=$2 name=$3
	shift 3
	check "$what: $http" same "$(http_of "$@")" "$http"
	check "$what: $name" grep -q "\"name\":\"$name\"" "$work/body"
}
json=(-H 'Content-Type: application/json')
http "no certificate" 403 kiosk-unknown "${json[@]}" --data '{}' "$url/v1/ask/status"
http "no JSON" 400 invalid "${own[@]}" "${json[@]}" --data 'x' "$url/v1/ask/open"
http "an array" 400 invalid "${own[@]}" "${json[@]}" --data '[]' "$url/v1/ask/open"
http "doubled" 400 invalid "${own[@]}" "${json[@]}" --data '{"power":"1","power":"2"}' "$url/v1/ask/power"
http "empty" 400 invalid "${own[@]}" "${json[@]}" --data '' "$url/v1/ask/open"
http "no such question" 400 invalid "${own[@]}" "${json[@]}" --data '{}' "$url/v1/ask/nothing"
http "a path beyond it" 400 invalid --path-as-is "${own[@]}" "${json[@]}" --data '{}' "$url/v1/ask/../journal/and/much/further/than/that"
http "another type" 415 invalid "${own[@]}" -H 'Content-Type: text/plain' --data '{}' "$url/v1/ask/open"
http "another method" 404 not-found "${own[@]}" "$url/v1/ask/open"
head -c 70000 /dev/zero | tr '\0' ' ' >"$work/long"
http "too long" 413 limit "${own[@]}" "${json[@]}" --data-binary "@$work/long" "$url/v1/ask/open"
for path in queue read claim registers; do
	http "no desk: $path" 403 centre-refused "${own[@]}" "${json[@]}" --data "{\"number\":\"$N2\",\"staff\":\"S\"}" "$url/v1/ask/$path"
done
check "the same through the agent" refuses K02B-1 queue '{}' centre-refused
check "not even a question" refuses K02B-1 'Queue/..' '{}' invalid
check "no hash" refuses K02B-1 keys '{"spki_sha256":"00"}' invalid
check "no BIN" refuses K02B-1 pending '{"bin":"1"}' invalid

# --- states by number
check "its state" asks K02B-1 status "{\"number\":\"$N2\"}" '[.state,.kind,.form,.code,.promised_ms,.complaint]|@csv' \
	'"at-desk","entity","nca-a2",0,1795000000000,'
check "from any kiosk, however it is typed" asks K01A-1 status "{\"number\":\" $(echo "$N2" | tr -d - | tr '[:upper:]' '[:lower:]')\"}" .number "$N2"
check "its three times in order" asks K01A-1 status "{\"number\":\"$N2\"}" '.accepted_ms <= .sent_ms and .sent_ms <= .registered_ms' true
check "no personal data" sh -c "'$tool' ask '$work/K01A-1.sock' status '{\"number\":\"$N2\"}' | grep -vq -e Сарыбаева -e 850101300015"
check "not known yet" refuses K01A-1 status "{\"number\":\"$N1\"}" not-found
guess() {
	local i
	for ((i = 0; i < 40; i++)); do
		ask K01A-1 status "{\"number\":\"$(number 9 $i)\"}" && return 1
	done | grep -c '^limit' | grep -q '^1[01]$'
}
check "thirty guesses a minute" guess
check "then nothing for a while" refuses K01A-1 status "{\"number\":\"$N2\"}" limit
check "another kiosk goes on" asks K03C-1 status "{\"number\":\"$N2\"}" .state at-desk

# --- one open application of a person (K-16)
P='"provider":"kz-nca","service":"issue"'
check "it is open" asks K01A-1 open "{$P,\"iin\":\"850101300015\",\"bin\":\"\"}" .number "$N2"
check "of another person there is none" asks K01A-1 open "{$P,\"iin\":\"850101300025\",\"bin\":\"\"}" .number null
check "of nobody neither" asks K01A-1 open "{$P}" .number null
check "the tables do not hold the number of a person" sh -c "! sqlite3 -readonly '$work/c/centre.db' \
	'SELECT * FROM application' | grep -q 850101300015"
check "a key that nobody used" asks K01A-1 keys "{\"spki_sha256\":\"$(printf x | sha256sum | cut -d' ' -f1)\"}" .state free

# --- the desk
check "it is in the queue" asks K01A-1 queue '{}' '[.applications[]|.number,.claimed_by,.state]|@csv' "\"$N2\",,\"at-desk\""
check "on one screen" asks K01A-1 read "{\"number\":\"$N2\"}" '[.application.answers[0].value,.state,.kiosk,.head,(.decisions|length)]|@csv' \
	'"Сарыбаева","at-desk","K02B-1",,0'
check "no clerk, no claim" refuses K01A-1 claim "{\"number\":\"$N2\"}" invalid
check "a decision without a claim" decide K01A-1 "$N2" S1 accepted
check "arrives" fresh K01A-1
check "and decides nothing" asks K03C-1 status "{\"number\":\"$N2\"}" .state at-desk
check "it is counted" same "$(in_centre "SELECT irregular FROM application WHERE number='$N2'")" 1
check "one clerk takes it" asks K01A-1 claim "{\"number\":\"$N2\",\"staff\":\"S1\",\"staff_name\":\"Ким\"}" '.until_ms > 0' true
check "again: still" asks K01A-1 claim "{\"number\":\"$N2\",\"staff\":\"S1\"}" '.until_ms > 0' true
check "one entry is made of it" same "$(in_centre "SELECT count(*) FROM journal WHERE kind='desk.claimed'")" 1
check "another clerk has to wait" refuses K03C-1 claim "{\"number\":\"$N2\",\"staff\":\"S2\"}" claimed
check "another clerk at the same machine too" refuses K01A-1 claim "{\"number\":\"$N2\",\"staff\":\"S2\"}" claimed
check "who has it is seen" asks K03C-1 queue '{}' '.applications[0].claimed_by' S1
check "a decision of somebody else" decide K03C-1 "$N2" S2 refused
check "arrives too" fresh K03C-1
check "and decides nothing neither" asks K03C-1 status "{\"number\":\"$N2\"}" .state at-desk
centre_kill 9
centre_again
check "killed: the claim stands" wait_for 10 refuses K03C-1 claim "{\"number\":\"$N2\",\"staff\":\"S2\"}" claimed
check "who has it decides" decide K01A-1 "$N2" S1 accepted
check "it arrives" fresh K01A-1
check "accepted" asks K03C-1 status "{\"number\":\"$N2\"}" .state accepted
check "the queue is empty" asks K03C-1 queue '{}' '.applications|length' 0
check "nothing is to be claimed any more" refuses K03C-1 claim "{\"number\":\"$N2\",\"staff\":\"S2\"}" card-state
check "a second decision" decide K01A-1 "$N2" S1 refused
check "is sent" fresh K01A-1
check "and changes nothing" asks K03C-1 status "{\"number\":\"$N2\"}" .state accepted
check "all three are shown" asks K03C-1 read "{\"number\":\"$N2\"}" '.decisions|length' 4
check "its own kiosk asks for fresh word" fresh K02B-1
check "and knows" state_is K02B-1 "$N2" "accepted 0"
check "the other kiosks were told nothing" sh -c "! '$tool' feed '$work/K03C-1.db' K03C-1 | grep -q application"

# --- a power of attorney for one time (NCA-9.rep)
check "the paper" submit K02B-1 "$N3" ',"operation":"paper","purpose":"issue","bin":"990240001237"'
check "two applications with it: one" submit K02B-1 "$N4" ",\"proof\":\"desk\",\"bin\":\"990240001237\",\"power\":\"$N3\""
N5=$(number 2 4)
check "two" submit K02B-1 "$N5" ",\"proof\":\"desk\",\"iin\":\"1\",\"bin\":\"990240001237\",\"power\":\"$N3\""
check "sent" fresh K02B-1
check "it is good" asks K03C-1 power "{\"power\":\"$N3\"}" '[.state,.purpose,.bin]|@csv' '"free","issue","990240001237"'
check "both are taken up: one" asks K01A-1 claim "{\"number\":\"$N4\",\"staff\":\"S1\"}" '.until_ms > 0' true
check "two" asks K03C-1 claim "{\"number\":\"$N5\",\"staff\":\"S2\"}" '.until_ms > 0' true
check "the first is accepted" decide K01A-1 "$N4" S1 accepted
check "sent" fresh K01A-1
check "it is used now" asks K03C-1 power "{\"power\":\"$N3\"}" .state used
check "the second cannot be accepted any more" decide K03C-1 "$N5" S2 accepted
check "sent" fresh K03C-1
check "it is refused, by name" asks K03C-1 status "{\"number\":\"$N5\"}" '[.state,.code]|@csv' '"refused",417'
check "its kiosk is told" fresh K02B-1
check "by name" state_is K02B-1 "$N5" "refused 417"

# --- money (DOS-7): sums, a reference that is good once, money noted by a kiosk that is no desk
N6=$(number 2 5)
check "one that costs something" submit K02B-1 "$N6" ',"proof":"desk","charges":[{"product":"head","amount":151000}],"currency":"KGS"'
check "sent" fresh K02B-1
paid() { # KIOSK AMOUNT REFERENCE
	append "$1" payment.noted "{\"number\":\"$N6\",\"account\":\"\",\"provider\":\"kz-nca\",\"amount\":$2,\"currency\":\"KGS\",
		\"how\":\"bank\",\"reference\":\"$3\",\"staff\":\"S1\",\"staff_name\":\"Ким\"}"
}
check "no desk, no sums" refuses K02B-1 money "{\"number\":\"$N6\"}" centre-refused
check "what costs nothing has none" refuses K01A-1 money "{\"number\":\"$N2\"}" not-found
check "what it costs" asks K01A-1 money "{\"number\":\"$N6\"}" '[.due,.rest,.currency]|@csv' '151000,151000,"KGS"'
check "its own kiosk notes money" paid K02B-1 151000 R-0
check "a desk notes some" paid K01A-1 100000 R-1
check "the same once more" paid K03C-1 100000 R-1
for kiosk in K02B-1 K01A-1 K03C-1; do check "sent: $kiosk" fresh $kiosk; done
check "only the desk's counts, once" asks K03C-1 money "{\"number\":\"$N6\"}" '[.paid,.rest]|@csv' 100000,51000
check "the reference is known" refuses K03C-1 money "{\"number\":\"$N6\",\"how\":\"bank\",\"reference\":\"R-1\"}" payment-twice
check "any kiosk may ask what is still to pay" asks K02B-1 status "{\"number\":\"$N6\"}" '[.due,.rest]|@csv' 151000,51000
check "a refund that nobody asked for" refuses K01A-1 money "{\"number\":\"$N6\",\"refund\":\"paid\"}" card-state
check "a balance of nobody" asks K01A-1 money '{"provider":"kz-nca","account":"01203201810274"}' .balance 0

# --- an old certificate in the cloud (DOS-3): nothing is told without both its numbers, and guesses are counted
check "of no provider" refuses K03C-1 cloud '{"provider":"nobody","serial":"1","account":"1"}' invalid
check "of nobody" refuses K03C-1 cloud '{"provider":"kg-dostek","serial":"00aa","account":"01203201810274"}' not-found
check "no serial number" refuses K03C-1 cloud '{"provider":"kg-dostek","serial":"xyz","account":"01203201810274"}' not-found
check "guesses are counted" sh -c "for i in \$(seq 40); do '$tool' ask '$work/K03C-1.sock' cloud \
	'{\"provider\":\"kg-dostek\",\"serial\":\"0a\",\"account\":\"1\"}' 2>/dev/null; done | grep -q limit"

# --- while the centre is away
centre_kill 9
check "no answer, by name" refuses K02B-1 status "{\"number\":\"$N2\"}" centre-down
touch "$work/net-down"
check "switched off" refuses K02B-1 status "{\"number\":\"$N2\"}" centre-down
rm "$work/net-down"
centre_again
check "the tables are what the journal makes" sh -c "
	dump() { sqlite3 -readonly '$work/c/centre.db' 'SELECT * FROM application ORDER BY 1; SELECT * FROM claim; SELECT * FROM power;
		SELECT * FROM kiosk_role; SELECT * FROM work ORDER BY 1, 2, 3; SELECT * FROM early; SELECT kind, key, body FROM feed ORDER BY 1, 2'; }
	dump >'$work/before'
	'$ctl' journal rebuild '$work/c/centre.db' && dump >'$work/after' && diff '$work/before' '$work/after'"
check "and so at the kiosk" sh -c "
	dump() { sqlite3 -readonly '$work/K02B-1.db' 'SELECT number, state, code, finished_ms, irregular, person FROM application ORDER BY 1'; }
	dump >'$work/before'
	'$ctl' journal rebuild '$work/K02B-1.db' && dump >'$work/after' && diff '$work/before' '$work/after'"
done_testing
