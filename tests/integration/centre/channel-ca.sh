#!/bin/bash
# The channel CA gets another key while kiosks are at work: they learn the next one by themselves, certificates of the one
# before stay good until all have come over, whoever slept through it is told so by name and comes back by a technician's
# line; killed anywhere, it is begun or done and nothing between. openssl judges. C-2.
# usage: channel-ca.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034,SC2016  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: channel-ca.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl
"$ctl" help 2>/dev/null | grep -q 'tamgactl channel-ca next' || { echo "skipped: $ctl is not built with screens" >&2; exit 77; }
killer_make
c=$work/c
ca() { "$ctl" channel-ca "$@" --data "${at:-$c}"; }
all_there() {
	local head
	head=$(sqlite3 -readonly "$work/$1.db" "SELECT max(seq) FROM journal WHERE kiosk = '$1'") && [ "$head" -ge "$2" ] && arrived "$1" "$head"
}
by() { openssl verify -x509_strict -purpose sslclient -CAfile "$1" "$2"; } # CA CERTIFICATE
print_of() { openssl x509 -in "$1" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f; }
shown_by() { # CA: it vouches for what the centre shows
	openssl s_client -connect "${url#https://}" -CAfile "$1" -verify_return_error </dev/null
}
who() { http_of --cacert "$work/now.pem" --cert "$work/$1/kiosk.crt" --key "$work/$1/kiosk.key" "$url/v1/high-water"; }
says() { local want=$1; shift; "$@"; [ $? = "$want" ]; } # STATUS COMMAND…
not() { ! "$@"; }
let_in() { "$ctl" kiosk "$1" "$2" --data "$c" --out "$work/$2.line" >/dev/null 2>&1 && "$bin/tamga-agent" --enrol --out "$work/$2" --secret-file "$work/$2.line"; }
starts() { centre_again && cp "$c/channel-ca.pem" "$work/now.pem"; }

# --- before
check "where no centre ever was nothing is made" says 2 "$ctl" channel-ca next --data "$work"
centre_start
cp "$c/channel-ca.pem" "$work/now.pem"
cp "$c/channel-ca.pem" "$work/old.pem"
for k in K01A-1 K02B-1 K03C-1; do let_in add $k >/dev/null || exit 1; done
for k in K01A-1 K02B-1 K03C-1; do who $k >/dev/null; done
fill K01A-1 2
agent_start K01A-1
check "entries arrive" wait_for 20 all_there K01A-1 2
check "under a centre that runs nothing is changed" says 2 ca next
check "nor turned" says 2 ca turn
agent_kill K01A-1 TERM
centre_kill TERM
check "without a next one there is no turn" says 2 ca turn
check "and nothing came of it" same "$(cd "$c" && echo channel-ca*)" "channel-ca.key channel-ca.pem"

# --- the next one is made: killed at each write first, on copies
made=0
while [ $made -lt 20 ]; do
	made=$((made + 1))
	rm -rf "$work/copy" && cp -r "$c" "$work/copy"
	TG_KILL_UNDER=$work/copy at=$work/copy killed_at $made "$ctl" channel-ca next --data "$work/copy" || break
	at=$work/copy ca next >"$work/again" 2>&1 || echo "again: $made" >>"$work/broken"
	openssl x509 -in "$work/copy/channel-ca-next.pem" -noout -pubkey 2>/dev/null |
		cmp -s - <(openssl pkey -in "$work/copy/channel-ca-next.key" -pubout 2>/dev/null) || echo "pair: $made" >>"$work/broken"
done
check "killed at each of $((made - 1)) writes, said again it is made" sh -c '[ "$1" -ge 4 ] && ! [ -e "$2" ]' - $((made - 1)) "$work/broken"
check "the next one is made" ca next
check "said again it stays the same" sh -c 'cp "$1" "$2" && shift 2 && "$@"' - "$c/channel-ca-next.pem" "$work/next.pem" "$ctl" channel-ca next --data "$c"
check "its file is as it was" cmp "$work/next.pem" "$c/channel-ca-next.pem"
check "it is a CA of its own key and name" sh -c 'openssl verify -x509_strict -CAfile "$1" "$1" && [ "$(openssl x509 -in "$1" -noout -subject)" != "$(openssl x509 -in "$2" -noout -subject)" ] &&
	[ "$(openssl x509 -in "$1" -noout -pubkey)" != "$(openssl x509 -in "$2" -noout -pubkey)" ] && ! openssl verify -CAfile "$2" "$1"' - "$work/next.pem" "$work/old.pem"
check "its key is nobody else's" same "$(stat -c %a "$c/channel-ca-next.key")" 600

# --- kiosks learn it
starts
check "the centre still shows what all kiosks believe" shown_by "$work/old.pem"
ca show >"$work/show"
check "show tells both by their fingerprints" sh -c 'grep -q "^present.*$2" "$1" && grep -q "^next.*$3" "$1"' - "$work/show" "$(print_of "$work/old.pem")" "$(print_of "$work/next.pem")"
check "and who does not know the next one" same "$(grep -c '^behind' "$work/show")" 3
before=$(print_of "$work/K01A-1/kiosk.crt")
fill K01A-1 1
agent_start K01A-1
check "the agent renews by itself, under the next one" wait_for 20 by "$work/next.pem" "$work/K01A-1/kiosk.crt"
check "and knows both" sh -c 'cat "$1" "$2" | cmp - "$3"' - "$work/old.pem" "$work/next.pem" "$work/K01A-1/channel-ca.pem"
check "it goes on" wait_for 20 all_there K01A-1 3
check "the certificate before is another" not same "$(print_of "$work/K01A-1/kiosk.crt")" "$before"
check "one of the present CA is good as before" same "$(who K02B-1)" 200
let_in add K04D-1 >/dev/null
check "who is new knows both" cmp "$work/K01A-1/channel-ca.pem" "$work/K04D-1/channel-ca.pem"
check "and is of the next" by "$work/next.pem" "$work/K04D-1/kiosk.crt"
check "it is let in" same "$(who K04D-1)" 200
fill K02B-1 1
agent_start K02B-1
check "another learns it" wait_for 20 by "$work/next.pem" "$work/K02B-1/kiosk.crt"
check "its entries arrive" wait_for 20 all_there K02B-1 1
agent_kill K02B-1 TERM
check "one is behind still" wait_for 10 eval '[ "$(ca show | grep "^behind" | cut -f2)" = K03C-1 ]'

# --- the turn
centre_kill TERM
check "while one is behind there is no turn" says 1 ca turn
check "nothing of it was begun" cmp "$c/channel-ca.pem" "$work/old.pem"
rm -f "$work/broken"
turned=0
while [ $turned -lt 20 ]; do
	turned=$((turned + 1))
	rm -rf "$work/copy" && cp -r "$c" "$work/copy"
	TG_KILL_UNDER=$work/copy killed_at $turned "$ctl" channel-ca turn --leave-behind --data "$work/copy" || break
	# The next start completes it, where it was begun.
	"$bin/tamga-centre" --data "$work/copy" --listen 127.0.0.1:0 >"$work/copy.out" 2>"$work/copy.err" &
	p=$!
	wait_for 20 grep -q ^ready "$work/copy.out" || echo "start: $turned" >>"$work/broken"
	kill $p && wait $p
	want=$work/next.pem
	[ -e "$work/copy/channel-ca-next.pem" ] && want=$work/old.pem
	{ cmp "$work/copy/channel-ca.pem" "$want" && openssl verify -CAfile "$want" "$work/copy/tls.crt" && ! [ -e "$work/copy/channel-ca-turn.pem" ] &&
		openssl x509 -in "$want" -noout -pubkey | cmp - <(openssl pkey -in "$work/copy/channel-ca.key" -pubout); } >"$work/why" 2>&1 ||
		{ echo "state: $turned"; cat "$work/why"; } >>"$work/broken"
done
check "killed at each of $((turned - 1)) writes, the next start has one or the other" sh -c '[ "$1" -ge 4 ] && ! [ -e "$2" ] || { cat "$2"; false; }' - $((turned - 1)) "$work/broken"
check "a kiosk may be left behind" ca turn --leave-behind
starts
check "the centre shows one of the next" shown_by "$work/next.pem"
check "which the one before does not vouch for" not shown_by "$work/old.pem"
check "there is one CA now" same "$(ca show | grep -vc '^behind')" 1
fill K01A-1 1
check "who knew it goes on" wait_for 30 all_there K01A-1 4
check "what the one before signed is good until its end" same "$(who K03C-1)" 200
agent_kill K01A-1 TERM
agent_start K01A-1
check "kiosks forget the one before" wait_for 20 cmp "$work/next.pem" "$work/K01A-1/channel-ca.pem"
check "heads that were signed under it are proven by those the centre keeps" "$ctl" journal verify "$c/centre.db" --channel-ca "$c/channel-trust.pem" --ack-key "$c/ack.pem"

# --- who slept through it
fill K03C-1 2
agent_start K03C-1
check "it says by name what it is" wait_for 20 grep -q 'T-451 channel-other' "$work/K03C-1.err"
check "and sends nothing there" same "$(sqlite3 -readonly "$c/centre.db" "SELECT count(*) FROM journal WHERE kiosk = 'K03C-1'")" 0
agent_kill K03C-1 TERM
check "a technician's line brings it back" let_in replace K03C-1
agent_start K03C-1
check "and what waited is sent" wait_for 20 all_there K03C-1 2
check "nobody is behind" same "$(ca show | grep -c '^behind')" 0
# The first start's secret lets in whoever knows it: with the pin of the CA that is.
check "the sandbox's secret goes with the new one" enrol K05E-1
centre_kill TERM
agent_kill K03C-1 TERM
agent_kill K01A-1 TERM
check "the next change" ca next
check "has a name that was never used" same "$(for f in "$work/old.pem" "$c/channel-ca.pem" "$c/channel-ca-next.pem"; do openssl x509 -in "$f" -noout -subject; done | sort -u | wc -l)" 3
done_testing
