#!/bin/bash
# A kiosk can neither read nor write what is another's: every route of the centre, asked by kiosk B with its own good certificate for
# what belongs to kiosk A. Beside each, where there is something to be had, A itself gets it. C-1, C-2, C-5.
# usage: others.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034,SC2016  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: others.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl
command -v jq >/dev/null || { echo "skipped: jq is missing" >&2; exit 77; }
command -v python3 >/dev/null || { echo "skipped: python3 is missing" >&2; exit 77; }
[ -x "$ctl" ] || { echo "skipped: $ctl is not built" >&2; exit 77; }

centre_start
for k in K01A-1 K02B-1; do enrol $k || { cat "$work/enrol.err"; exit 1; }; done
N=$("$ctl" number new --kiosk-no 1 --counter 1)
name=Сарыбаева iin=850101300015
agent_start K01A-1
"$tool" append "$work/K01A-1.db" K01A-1 application.submitted "{\"number\":\"$N\",\"provider\":\"kz-nca\",\"service\":\"issue\",\"kind\":\"person\",
	\"form\":\"nca-a1\",\"language\":\"kk\",\"proof\":\"desk\",\"iin\":\"$iin\",\"bin\":\"\",\"answers\":[{\"field\":\"name\",\"value\":\"$name\"}],\"way\":\"spot\"}"
check "A's application is at the centre" "$tool" fresh "$work/K01A-1.sock" 8000
# A is a desk too and decides: that comes back to it in the feed.
"$tool" role "$work/c/centre.db" K01A-1 desk
wait_for 10 "$tool" ask "$work/K01A-1.sock" claim "{\"number\":\"$N\",\"staff\":\"7\",\"staff_name\":\"Ким\"}"
"$tool" append "$work/K01A-1.db" K01A-1 desk.decided "{\"number\":\"$N\",\"staff\":\"7\",\"staff_name\":\"Ким\",\"outcome\":\"refused\",\"ground\":\"data\",\"promised_ms\":1795000000000}"
check "decided" "$tool" fresh "$work/K01A-1.sock" 8000
in_centre() { sqlite3 -readonly "$work/c/centre.db" "$1"; }
entries() { in_centre "SELECT count(*) FROM journal WHERE kiosk = 'K01A-1'"; }
before=$(entries)
check "with its entry" test "$before" -ge 1

got() { # KIOSK CURL-ARGUMENTS…: HTTP status; body in $work/body
	local k=$1
	shift
	rm -f "$work/body" && : >"$work/body"
	as "$k" -o "$work/body" -w '%{http_code}' "$@" 2>/dev/null
}
nothing_of_a() { # in the body: neither stream nor number nor person
	! grep -aqF -e K01A-1 -e "$N" -e "$name" -e "$iin" "$work/body"
}
nobody() { # in the body: no person
	! grep -aqF -e "$name" -e "$iin" "$work/body"
}
asked=0
b_asks() { # WHAT HTTP HOW CURL-ARGUMENTS…: the status, then HOW is said of the body
	local what=$1 http=$2 how=$3
	shift 3
	asked=$((asked + 1))
	check "$what: $http" same "$(got K02B-1 "$@")" "$http"
	check "$what: $how" "$how"
}
named() { # in the body
	grep -q "\"name\":\"$1\"" "$work/body"
}
type='Content-Type: application/octet-stream' json='Content-Type: application/json'
is_foreign() { named sync-foreign && nothing_of_a; }
is_refused() { named centre-refused && nothing_of_a; }
is_invalid() { named invalid && nothing_of_a; }
is_unknown() { named not-found && nothing_of_a; }

# --- writing
"$tool" forge K01A-1 $((before + 1)) 1 "$work/next" && "$tool" forge K01A-1 1 2 "$work/again" && "$tool" forge K02B-1 1 3 "$work/mixed"
# The third entry of a batch of B says that it is A's; the names are of one length.
python3 - "$work/mixed" <<'PY' || exit 1
import sys
b = open(sys.argv[1], 'rb').read()
at = b.rindex(b'K02B-1')
open(sys.argv[1], 'wb').write(b[:at] + b'K01A-1' + b[at + 6:])
PY
b_asks "the next entry of A" 403 is_foreign -H "$type" --data-binary "@$work/next" "$url/v1/journal"
b_asks "A's first entries anew" 403 is_foreign -H "$type" --data-binary "@$work/again" "$url/v1/journal"
b_asks "an entry of A behind B's own" 403 is_foreign -H "$type" --data-binary "@$work/mixed" "$url/v1/journal"
b_asks "A's stream in a header" 403 is_foreign -H "$type" -H 'Tamga-Kiosk: K01A-1' -H 'X-Forwarded-For: 127.0.0.1' --data-binary "@$work/next" "$url/v1/journal"
check "nothing of B's batch was taken either" same "$(in_centre "SELECT count(*) FROM journal WHERE kiosk = 'K02B-1'")" 0

# --- reading
of_b() { grep -aqF K02B-1 "$work/body" && nothing_of_a; }
b_asks "the high water" 200 of_b "$url/v1/high-water"
b_asks "the high water, A by argument" 200 of_b "$url/v1/high-water?kiosk=K01A-1"
b_asks "the high water, A by header" 200 of_b -H 'Tamga-Kiosk: K01A-1' "$url/v1/high-water"
b_asks "the high water, A by path" 404 is_unknown "$url/v1/high-water/K01A-1"
check "A itself is told of A" sh -c '[ "$1" = 200 ] && grep -aqF K01A-1 "$2"' - "$(got K01A-1 "$url/v1/high-water")" "$work/body"
b_asks "the feed from its beginning" 200 nothing_of_a "$url/v1/feed?after=0"
b_asks "the feed, A by argument" 400 is_invalid "$url/v1/feed?after=0&kiosk=K01A-1"
b_asks "the feed by A's path" 404 is_unknown "$url/v1/feed/K01A-1?after=0"
check "A itself finds its application there" sh -c '[ "$1" = 200 ] && grep -aqF "$3" "$2"' - "$(got K01A-1 "$url/v1/feed?after=0")" "$work/body" "$N"
for argument in '' '?kiosk=K01A-1' '?seq=1&kiosk=K01A-1' '?from=0&to=1&kiosk=K01A-1'; do
	asked=$((asked + 1))
	got K02B-1 "$url/v1/tree$argument" >/dev/null
	check "the tree$argument: nothing of A" nothing_of_a
done

# --- questions: those of the desk are for desks
for path in queue money read claim locks registers; do
	b_asks "ask/$path without being a desk" 403 is_refused -H "$json" --data-binary "{\"number\":\"$N\",\"staff\":\"x\",\"staff_name\":\"x\",\"per_day\":5,\"in_all\":7,\"utc_offset_minutes\":360}" "$url/v1/ask/$path"
done
# A state is told to who has the number (K-15), and that somebody has an open application to who knows whose (K-16): no person in either.
b_asks "ask/status by number" 200 nobody -H "$json" --data-binary "{\"number\":\"$N\"}" "$url/v1/ask/status"
asked=$((asked + 1))
got K02B-1 -H "$json" --data-binary "{\"provider\":\"kz-nca\",\"service\":\"issue\",\"iin\":\"$iin\",\"bin\":\"\"}" "$url/v1/ask/open" >/dev/null
check "ask/open: no person in the answer" nobody
for path in pending keys power cloud cloud-of companies none ../read read/../queue; do
	asked=$((asked + 1))
	got K02B-1 --path-as-is -H "$json" --data-binary "{\"number\":\"$N\",\"kiosk\":\"K01A-1\",\"serial\":\"00\",\"keys\":[],\"bin\":\"123456789012\"}" "$url/v1/ask/$path" >/dev/null
	check "ask/$path: nothing of A" nothing_of_a
done
check "nor are guesses free: numbers that are none are soon refused" sh -c 'for i in $(seq 40); do
	curl -sS --cacert "$1/c/channel-ca.pem" --cert "$1/K02B-1/kiosk.crt" --key "$1/K02B-1/kiosk.key" -H "$3" --data-binary "{\"number\":\"$i\"}" "$2/v1/ask/status"; done | grep -q "\"name\":\"limit\""' - "$work" "$url" "$json"

# --- the CA and the channel
b_asks "CMP with what is no message" 400 is_invalid -H 'Content-Type: application/pkixcmp' --data-binary "$N" "$url/v1/cmp"
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/n.key" -out "$work/n.csr" -subj /CN=K01A-1 2>/dev/null
for path in enrol renew; do
	asked=$((asked + 1))
	http=$(got K02B-1 -H "$json" --data-binary "$(jq -n --rawfile csr "$work/n.csr" '{kiosk: "K01A-1", secret: "x", csr: $csr, pkcs10: $csr}')" "$url/v1/$path")
	check "$path in A's name: no certificate ($http)" sh -c '[ "$1" != 200 ] && ! grep -q "BEGIN CERTIFICATE" "$2"' - "$http" "$work/body"
done

check "every route was asked ($asked questions)" test "$asked" -ge 30
check "A's journal is what it was" same "$(entries)" "$before"
check "and the replica is whole" "$ctl" journal verify "$work/c/centre.db"
done_testing
